/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replies that are not as they should be, or that are large: they never fail, and nothing in them is mistaken. */

#include "config.h"

#include <string.h>

#include "qemu-test.h"

/* ---------------------------------------------------------------- a monitor that answers from memory */

#define TEST_TYPE_MONITOR (test_monitor_get_type ())
G_DECLARE_FINAL_TYPE (TestMonitor, test_monitor, TEST, MONITOR, QemuMonitor)

struct _TestMonitor
{
  QemuMonitor  parent_instance;

  const char  *command;                 /* answered with … */
  const char  *value;                   /* … this */
};

G_DEFINE_FINAL_TYPE (TestMonitor, test_monitor, QEMU_TYPE_MONITOR)

static void
test_monitor_start_run (QemuMonitor        *monitor,
                        QemuMonitorRequest *request)
{
  TestMonitor *self = TEST_MONITOR (monitor);
  const char *name = qemu_command_get_name (qemu_monitor_request_get_command (request));
  g_autofree char *text = g_strdup_printf ("{\"return\": %s}", g_strcmp0 (name, self->command) == 0 ? self->value : "{}");
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));

  qemu_monitor_request_return_bytes (request, bytes);
}

static void
test_monitor_class_init (TestMonitorClass *klass)
{
  QEMU_MONITOR_CLASS (klass)->start_run = test_monitor_start_run;
}

static void
test_monitor_init (TestMonitor *self)
{
}

static QemuDomain *
domain_new_open (TestMonitor *monitor)
{
  QemuDomain *domain = qemu_domain_new (QEMU_MONITOR (monitor), "vm");
  g_autoptr(GError) error = NULL;

  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);

  return domain;
}

/* ---------------------------------------------------------------- what each command is asked by */

static GListModel *
list_cpus (QemuDomain    *domain,
           GCancellable  *cancellable,
           GError       **error)
{
  return qemu_domain_list_cpus (domain, QEMU_CPU_QUERY_NONE, cancellable, error);
}

static GListModel *
query_version (QemuDomain    *domain,
               GCancellable  *cancellable,
               GError       **error)
{
  g_autoptr(QemuVersion) version = qemu_domain_query_version (domain, cancellable, error);
  GListStore *store = g_list_store_new (QEMU_TYPE_VERSION);

  if (version != NULL)
    g_list_store_append (store, version);

  return G_LIST_MODEL (store);
}

static GListModel *
query_status (QemuDomain    *domain,
              GCancellable  *cancellable,
              GError       **error)
{
  qemu_domain_query_status (domain, cancellable, error);

  return G_LIST_MODEL (g_list_store_new (G_TYPE_OBJECT));
}

typedef struct
{
  const char  *command;
  GListModel *(*ask) (QemuDomain    *domain,
                      GCancellable  *cancellable,
                      GError       **error);
} Question;

static const Question questions[] = {
  { "query-block", qemu_domain_list_block_devices },
  { "query-blockstats", qemu_domain_list_block_stats },
  { "query-block-jobs", qemu_domain_list_block_jobs },
  { "query-jobs", qemu_domain_list_jobs },
  { "query-cpus-fast", list_cpus },
  { "query-pci", qemu_domain_list_pci_devices },
  { "query-status", query_status },
  { "query-version", query_version },
};

/* "query-block-chain3.json" is a reply to query-block. */
static const Question *
find_question (const char *file)
{
  const Question *found = NULL;

  for (unsigned i = 0; i < G_N_ELEMENTS (questions); i++)
    if (g_str_has_prefix (file, questions[i].command) && strchr ("-.", file[strlen (questions[i].command)]) != NULL &&
        (found == NULL || strlen (questions[i].command) > strlen (found->command)))
      found = &questions[i];

  return found;
}

static unsigned
ask (const Question *question,
     const char     *value)
{
  g_autoptr(TestMonitor) monitor = g_object_new (TEST_TYPE_MONITOR, NULL);
  g_autoptr(QemuDomain) domain = domain_new_open (monitor);
  g_autoptr(GListModel) list = NULL;
  g_autoptr(GError) error = NULL;

  monitor->command = question->command;
  monitor->value = value;
  list = question->ask (domain, NULL, &error);
  if (error != NULL)
    g_test_message ("%s", value);
  g_assert_no_error (error);
  qemu_test_check_result (list);

  return g_list_model_get_n_items (list);
}

/* ---------------------------------------------------------------- mutations */

#define HUGE_NUMBER "@huge@"

static const char * const substitutes[] = {
  NULL,                                 /* the member is left out */
  "null", "true", "\"made-up\"", "\"" HUGE_NUMBER "\"", "-1", "1.5", "[]", "{}", "[{}, null, 1]", "{\"a\": {\"b\": []}}"
};

/* With a sanitizer all of it would take minutes: then each member is substituted once, in turn. */
#ifdef __SANITIZE_ADDRESS__
# define STRIDE G_N_ELEMENTS (substitutes)
#else
# define STRIDE 1
#endif

typedef struct
{
  const Question *question;
  JsonNode       *root;
  GHashTable     *seen;                 /* "command/path": one member of a kind is enough */
  unsigned        n_asked;
} Mutation;

static void
ask_mutated (Mutation *self)
{
  g_autofree char *text = json_to_string (self->root, FALSE);
  g_auto(GStrv) pieces = g_strsplit (text, "\"" HUGE_NUMBER "\"", -1);
  g_autofree char *value = g_strjoinv ("18446744073709551615", pieces);

  ask (self->question, value);
  self->n_asked++;
}

static void
mutate_member (Mutation   *self,
               JsonObject *object,
               const char *member)
{
  JsonNode *original = json_node_copy (json_object_get_member (object, member));

  for (unsigned i = g_hash_table_size (self->seen) % STRIDE; i < G_N_ELEMENTS (substitutes); i += STRIDE)
    {
      if (substitutes[i] == NULL)
        json_object_remove_member (object, member);
      else
        json_object_set_member (object, member, json_from_string (substitutes[i], NULL));
      ask_mutated (self);
    }
  json_object_set_member (object, member, original);
}

static void
mutate_below (Mutation   *self,
              JsonNode   *node,
              const char *path)
{
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (unsigned i = 0; i < json_array_get_length (array); i++)
        mutate_below (self, json_array_get_element (array, i), path);
    }
  else if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObject *object = json_node_get_object (node);
      g_autoptr(GList) members = json_object_get_members (object);
      g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

      for (GList *l = members; l != NULL; l = l->next)
        g_ptr_array_add (names, g_strdup (l->data));
      for (unsigned i = 0; i < names->len; i++)
        {
          const char *name = g_ptr_array_index (names, i);
          g_autofree char *below = g_strconcat (path, "/", name, NULL);

          if (g_hash_table_add (self->seen, g_strdup (below)))
            mutate_member (self, object, name);
          mutate_below (self, json_object_get_member (object, name), below);
        }
      if (g_hash_table_add (self->seen, g_strconcat (path, "/", NULL)))
        {
          json_object_set_string_member (object, "made-up", "by a later QEMU");
          ask_mutated (self);
          json_object_remove_member (object, "made-up");
        }
    }
}

static unsigned
mutate_file (const char *folder,
             const char *file,
             GHashTable *seen)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);
  Mutation mutation = { .question = find_question (file), .seen = seen };
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;

  if (mutation.question == NULL)
    return 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  mutation.root = json_from_string (text, &error);
  g_assert_no_error (error);
  /* Recorded with or without what is around it. */
  if (JSON_NODE_HOLDS_OBJECT (mutation.root) && json_object_has_member (json_node_get_object (mutation.root), "return"))
    {
      JsonNode *value = json_object_dup_member (json_node_get_object (mutation.root), "return");

      json_node_unref (mutation.root);
      mutation.root = value;
    }
  ask_mutated (&mutation);
  mutate_below (&mutation, mutation.root, mutation.question->command);
  json_node_unref (mutation.root);

  return mutation.n_asked;
}

static void
test_mutations (gconstpointer data)
{
  const char *version = data;
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "data", "replies", version, NULL);
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = g_dir_open (folder, 0, &error);
  const char *file;
  unsigned n_files = 0, n_asked = 0;

  g_test_summary ("Whatever is missing in a recorded reply, added to it or of another kind: no reply fails");

  g_assert_no_error (error);
  while ((file = g_dir_read_name (dir)) != NULL)
    {
      unsigned n = mutate_file (folder, file, seen);

      n_files += n > 0;
      n_asked += n;
    }
  g_test_message ("%u replies made of %u files", n_asked, n_files);
  g_assert_cmpuint (n_files, >, 20);
  g_assert_cmpuint (n_asked, >, 4000 / STRIDE);
}

static void
test_other_kinds (void)
{
  static const char * const values[] = { "null", "{}", "[]", "\"x\"", "1", "[null, 1, [], \"x\"]", "[[{}]]" };

  g_test_summary ("A value that is no list at all is an empty one");

  for (unsigned i = 0; i < G_N_ELEMENTS (questions); i++)
    for (unsigned j = 0; j < G_N_ELEMENTS (values); j++)
      if (!g_str_equal (questions[i].command, "query-version"))
        g_assert_cmpuint (ask (&questions[i], values[j]), ==, 0);
}

/* ---------------------------------------------------------------- numbers */

static void
test_uint64 (void)
{
  static const struct
  {
    const char *json;
    gboolean    is_set, is_set_signed;
    guint64     value;
    gint64      signed_value;
  } cases[] = {
    { "0", TRUE, TRUE, 0, 0 },
    { "18446744073709551615", TRUE, FALSE, G_MAXUINT64, 0 },
    { "9223372036854775808", TRUE, FALSE, G_GUINT64_CONSTANT (1) << 63, 0 },
    { "9223372036854775807", TRUE, TRUE, G_MAXINT64, G_MAXINT64 },
    { "-1", FALSE, TRUE, 0, -1 },
    { "-9223372036854775808", FALSE, TRUE, 0, G_MININT64 },
    { "18446744073709551616", FALSE, FALSE, 0, 0 },
    { "null", FALSE, FALSE, 0, 0 },
    { "\"1\"", FALSE, FALSE, 0, 0 },
    { "1.0", FALSE, FALSE, 0, 0 },
    { NULL, FALSE, FALSE, 0, 0 },
  };

  g_test_summary ("Large numbers, negative ones, null and nothing are all told apart");

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(TestMonitor) monitor = g_object_new (TEST_TYPE_MONITOR, NULL);
      g_autoptr(QemuDomain) domain = domain_new_open (monitor);
      g_autofree char *block = NULL, *pci = NULL;
      g_autoptr(GListModel) disks = NULL, devices = NULL;
      g_autoptr(QemuBlockDevice) disk = NULL;
      g_autoptr(QemuPciDevice) device = NULL;
      g_autoptr(QemuPciRegion) region = NULL;
      g_autoptr(GError) error = NULL;

      if (cases[i].json != NULL)
        {
          block = g_strdup_printf ("[{\"device\": \"d\", \"inserted\": {\"bps\": %s}}]", cases[i].json);
          pci = g_strdup_printf ("[{\"devices\": [{\"regions\": [{\"address\": %s}]}]}]", cases[i].json);
        }
      else
        {
          block = g_strdup ("[{\"device\": \"d\", \"inserted\": {}}]");
          pci = g_strdup ("[{\"devices\": [{\"regions\": [{}]}]}]");
        }

      monitor->command = "query-block";
      monitor->value = block;
      disks = qemu_domain_list_block_devices (domain, NULL, &error);
      g_assert_no_error (error);
      disk = g_list_model_get_item (disks, 0);
      g_assert_cmpint (qemu_record_is_set (QEMU_RECORD (disk), "bps"), ==, cases[i].is_set);
      g_assert_cmpuint (qemu_block_device_get_bps (disk), ==, cases[i].value);

      monitor->command = "query-pci";
      monitor->value = pci;
      devices = qemu_domain_list_pci_devices (domain, NULL, &error);
      g_assert_no_error (error);
      device = g_list_model_get_item (devices, 0);
      region = g_list_model_get_item (qemu_pci_device_get_regions (device), 0);
      g_assert_cmpint (qemu_record_is_set (QEMU_RECORD (region), "address"), ==, cases[i].is_set_signed);
      g_assert_cmpint (qemu_pci_region_get_address (region), ==, cases[i].signed_value);
    }
}

/* ---------------------------------------------------------------- many */

#define MANY 10000

/* Number @missing is left out; number @changed has another node. */
static char *
many_disks (int missing,
            int changed)
{
  GString *text = g_string_new ("[");

  for (int i = 0; i < MANY; i++)
    {
      if (i == missing)
        continue;
      g_string_append_printf (text, "%s{\"device\": \"\", \"qdev\": \"disk%d\", \"locked\": false, \"removable\": false, "
                              "\"type\": \"unknown\", \"inserted\": {\"node-name\": \"node%d\", \"file\": \"/f%d\", "
                              "\"drv\": \"qcow2\", \"ro\": false, \"iops\": %d, \"image\": {\"filename\": \"/f%d\", "
                              "\"format\": \"qcow2\", \"virtual-size\": %d}}}",
                              text->len > 1 ? "," : "", i, i == changed ? -i : i, i, i, i, i * 512);
    }

  return g_string_free (g_string_append_c (text, ']'), FALSE);
}

static void
count_cb (GObject    *object,
          GParamSpec *pspec,
          gpointer    user_data)
{
  unsigned *n = user_data;

  g_assert_cmpstr (pspec->name, ==, "node-name");
  (*n)++;
}

static void
test_many (void)
{
  g_autoptr(TestMonitor) monitor = g_object_new (TEST_TYPE_MONITOR, NULL);
  g_autoptr(QemuDomain) domain = domain_new_open (monitor);
  g_autofree char *all = many_disks (-1, -1), *fewer = many_disks (7, 5000);
  g_autoptr(GListModel) first = NULL, second = NULL, third = NULL;
  g_autoptr(GError) error = NULL;
  unsigned n_notices = 0;

  g_test_summary ("Ten thousand disks are as many objects, which stay the same");

  monitor->command = "query-block";
  monitor->value = all;
  first = qemu_domain_list_block_devices (domain, NULL, &error);
  g_assert_no_error (error);
  second = qemu_domain_list_block_devices (domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (first), ==, MANY);
  g_assert_cmpuint (g_list_model_get_n_items (second), ==, MANY);
  for (unsigned i = 0; i < MANY; i++)
    {
      g_autoptr(QemuBlockDevice) disk = g_list_model_get_item (first, i), again = g_list_model_get_item (second, i);
      g_autofree char *node = g_strdup_printf ("node%u", i);

      g_assert_true (disk == again);
      g_assert_cmpstr (qemu_block_device_get_node_name (disk), ==, node);
      g_assert_cmpuint (qemu_block_device_get_iops (disk), ==, i);
      g_assert_cmpuint (qemu_image_get_virtual_size (qemu_block_device_get_image (disk)), ==, i * 512);
      g_signal_connect (disk, "notify", G_CALLBACK (count_cb), &n_notices);
    }

  monitor->value = fewer;
  third = qemu_domain_list_block_devices (domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (third), ==, MANY - 1);
  for (unsigned i = 0; i < MANY - 1; i++)
    {
      g_autoptr(QemuBlockDevice) disk = g_list_model_get_item (first, i < 7 ? i : i + 1);
      g_autoptr(QemuBlockDevice) again = g_list_model_get_item (third, i);

      g_assert_true (disk == again);
    }
  g_assert_cmpuint (n_notices, ==, 0);
  qemu_test_drain ();
  g_assert_cmpuint (n_notices, ==, 1);
}

/* ---------------------------------------------------------------- jobs, property by property */

typedef struct
{
  const char *property;
  const char *member;
} Expectation;

static const Expectation job_expectations[] = {
  { "id", "id" }, { "job-type", "type" }, { "status-name", "status" }, { "current-progress", "current-progress" },
  { "total-progress", "total-progress" }, { "error-message", "error" }
};

static const Expectation block_job_expectations[] = {
  { "id", "device" }, { "device", "device" }, { "job-type", "type" }, { "status-name", "status" }, { "len", "len" },
  { "total-progress", "len" }, { "offset", "offset" }, { "current-progress", "offset" }, { "speed", "speed" },
  { "busy", "busy" }, { "paused", "paused" }, { "ready", "ready" }, { "io-status", "io-status" },
  { "auto-finalize", "auto-finalize" }, { "auto-dismiss", "auto-dismiss" }, { "actively-synced", "actively-synced" },
  { "error-message", "error" }
};

static void
assert_same (gpointer           job,
             JsonObject        *raw,
             const Expectation *expectation)
{
  JsonNode *member = json_object_get_member (raw, expectation->member);
  g_auto(GValue) value = G_VALUE_INIT;

  g_object_get_property (job, expectation->property, &value);
  if (G_VALUE_HOLDS_STRING (&value))
    g_assert_cmpstr (g_value_get_string (&value), ==, member != NULL ? json_node_get_string (member) : NULL);
  else if (G_VALUE_HOLDS_BOOLEAN (&value))
    g_assert_cmpint (g_value_get_boolean (&value), ==, member != NULL && json_node_get_boolean (member));
  else if (G_VALUE_HOLDS_INT64 (&value))
    g_assert_cmpint (g_value_get_int64 (&value), ==, json_node_get_int (member));
  else
    g_assert_cmpuint (g_value_get_uint64 (&value), ==, json_node_get_int (member));
}

static void
assert_job (QemuJob    *job,
            JsonObject *raw,
            gboolean    is_block)
{
  const Expectation *expectations = is_block ? block_job_expectations : job_expectations;
  unsigned n = is_block ? G_N_ELEMENTS (block_job_expectations) : G_N_ELEMENTS (job_expectations);
  const char *status = json_object_get_string_member (raw, "status");
  g_autoptr(GEnumClass) klass = g_type_class_ref (QEMU_TYPE_JOB_STATUS);
  QemuJobResult expected = QEMU_JOB_RESULT_NONE;

  for (unsigned i = 0; i < n; i++)
    assert_same (job, raw, &expectations[i]);
  g_assert_cmpint (qemu_job_get_status (job), ==, g_enum_get_value_by_nick (klass, status)->value);
  if (g_str_equal (status, "concluded") && !json_object_has_member (raw, "error"))
    expected = QEMU_JOB_RESULT_COMPLETED;
  else if (g_str_equal (status, "concluded"))
    expected = g_str_equal (json_object_get_string_member (raw, "error"), "Operation canceled")
               ? QEMU_JOB_RESULT_CANCELLED : QEMU_JOB_RESULT_FAILED;
  g_assert_cmpint (qemu_job_get_result (job), ==, expected);
}

static void
check_jobs (const char *folder,
            const char *file)
{
  gboolean is_block = g_str_has_prefix (file, "query-block-jobs");
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autoptr(TestMonitor) monitor = g_object_new (TEST_TYPE_MONITOR, NULL);
  g_autoptr(QemuDomain) domain = domain_new_open (monitor);
  g_autofree char *text = NULL, *value = NULL;
  g_autoptr(JsonNode) node = NULL;
  g_autoptr(GListModel) list = NULL;
  g_autoptr(GError) error = NULL;
  JsonArray *raw;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  node = json_from_string (text, &error);
  g_assert_no_error (error);
  raw = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node)
                                     : json_object_get_array_member (json_node_get_object (node), "return");
  if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      g_free (text);
      text = json_to_string (json_object_get_member (json_node_get_object (node), "return"), FALSE);
    }

  monitor->command = is_block ? "query-block-jobs" : "query-jobs";
  monitor->value = text;
  list = is_block ? qemu_domain_list_block_jobs (domain, NULL, &error) : qemu_domain_list_jobs (domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, json_array_get_length (raw));
  for (unsigned i = 0; i < json_array_get_length (raw); i++)
    {
      g_autoptr(QemuJob) job = g_list_model_get_item (list, i);

      assert_job (job, json_array_get_object_element (raw, i), is_block);
    }
}

static void
test_jobs (gconstpointer data)
{
  const char *version = data;
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "data", "replies", version, NULL);
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;
  unsigned n_files = 0;

  g_test_summary ("Each property of each job is what the recorded reply says");

  while ((file = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (file, "query-jobs-") || g_str_has_prefix (file, "query-block-jobs-"))
      {
        check_jobs (folder, file);
        n_files++;
      }
  g_assert_cmpuint (n_files, >=, 15);
}

/* ---------------------------------------------------------------- from a QEMU that is not in its right mind */

typedef struct
{
  const char *command;
  const char *value;
} Answer;

/* The table ends with a command of NULL; what is not in it returns nothing. */
static char *
answer (QemuTestMonitor  *monitor,
        QemuCommand      *command,
        gpointer          user_data,
        GError          **error)
{
  for (const Answer *a = user_data; a->command != NULL; a++)
    if (g_str_equal (a->command, qemu_command_get_name (command)))
      return g_strdup (a->value);

  return g_strdup ("{}");
}

static QemuDomain *
domain_new_answered (const Answer *answers)
{
  g_autoptr(QemuMonitor) monitor = qemu_test_monitor_new (answer, (gpointer) answers, NULL);
  QemuDomain *domain = qemu_domain_new (monitor, "vm");
  g_autoptr(GError) error = NULL;

  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);

  return domain;
}

/* A time that grows by the square does not end before that of the test is up. */
#ifdef __SANITIZE_ADDRESS__
static const unsigned n_many = 1000;
#else
static const unsigned n_many = 50000;
#endif
static const unsigned n_members = 9000; /* more are refused */

static void
test_many_processors (void)
{
  g_autoptr(GString) cpus = g_string_new ("[");
  g_autoptr(GString) dump = g_string_new ("\"");
  const Answer *answers;
  QemuDomain *domain;
  g_autoptr(GListModel) list = NULL;
  g_autoptr(QemuCpu) last = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A great many processors, with their registers");

  for (unsigned i = 0; i < n_many; i++)
    {
      g_string_append_printf (cpus, "%s{\"cpu-index\": %u}", i > 0 ? "," : "", i);
      g_string_append_printf (dump, "\\r\\nCPU#%u\\r\\n PC=%x\\r\\n X=%0400d\\r\\n", i, i, 0);
    }
  g_string_append_c (cpus, ']');
  g_string_append_c (dump, '"');
  answers = (const Answer[]) { { "query-cpus-fast", cpus->str }, { "human-monitor-command", dump->str }, { NULL } };
  domain = domain_new_answered (answers);
  list = qemu_domain_list_cpus (domain, QEMU_CPU_QUERY_REGISTERS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, n_many);
  last = g_list_model_get_item (list, n_many - 1);
  g_assert_cmpuint (qemu_cpu_get_pc (last), ==, n_many - 1);
  qemu_test_drop (domain);
}

static void
test_many_names_twice (void)
{
  g_autofree char *last_name = g_strdup_printf ("%u", n_members - 1);
  g_autofree char *last_value = g_strdup_printf ("%u", 2 * n_members - 1);
  JsonObject *last;
  g_autoptr(GString) object = g_string_new ("{");
  QemuDomain *domain;
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(JsonNode) node = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Of a name that is there very often the last one counts");

  for (unsigned i = 0; i < 2 * n_members; i++)
    g_string_append_printf (object, "%s\"%u\": {\"%u\": 1}", i > 0 ? "," : "", MIN (i, n_members - 1), i);
  g_string_append_c (object, '}');
  domain = domain_new_answered ((const Answer[]) { { "x", object->str }, { NULL } });
  node = qemu_domain_run (domain, command, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (json_object_get_size (json_node_get_object (node)), ==, n_members);
  last = json_object_get_object_member (json_node_get_object (node), last_name);
  g_assert_cmpuint (json_object_get_size (last), ==, 1);
  g_assert_true (json_object_has_member (last, last_value));
  qemu_test_drop (domain);
}

static void
test_named_twice (void)
{
  const Answer answers[] = { { "query-jobs", "[{\"id\": \"a\"}, {\"id\": \"a\"}]" },
                             { "query-block-jobs", "[{\"device\": \"b\"}, {\"device\": \"b\"}]" }, { NULL } };
  QemuDomain *domain = domain_new_answered (answers);
  g_autoptr(GListModel) jobs = NULL, block_jobs = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A job that is named twice is in the list once");

  jobs = qemu_domain_list_jobs (domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (jobs), ==, 1);
  block_jobs = qemu_domain_list_block_jobs (domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (block_jobs), ==, 0);
  g_clear_object (&jobs);
  qemu_test_drop (domain);
}

static void
test_no_object (void)
{
  static const char * const values[] = { "7", "\"x\"", "[]", "null" };

  g_test_summary ("A record of what is no object has an object as its text all the same");

  for (unsigned i = 0; i < G_N_ELEMENTS (values); i++)
    {
      QemuDomain *domain = domain_new_answered ((const Answer[]) { { "query-version", values[i] }, { NULL } });
      g_autoptr(GError) error = NULL;
      g_autoptr(QemuVersion) version = qemu_domain_query_version (domain, NULL, &error);
      g_autofree char *json = NULL;

      g_assert_no_error (error);
      json = qemu_record_to_json (QEMU_RECORD (version));
      g_assert_cmpstr (json, ==, "{}");
      qemu_test_drop (domain);
    }
}

static void
test_no_format (void)
{
  static const char * const values[] = {
    "[{\"device\": \"d\", \"inserted\": {\"node-name\": \"n\", \"image\": {}}}]",
    "[{\"device\": \"d\", \"inserted\": {\"node-name\": \"n\"}}]"
  };

  g_test_summary ("The backup of a disk without a format fails");

  for (unsigned i = 0; i < G_N_ELEMENTS (values); i++)
    {
      QemuDomain *domain = domain_new_answered ((const Answer[]) { { "query-block", values[i] }, { NULL } });
      g_autoptr(GError) error = NULL;
      g_autoptr(QemuBlockDevice) disk = qemu_domain_find_block_device (domain, "d", NULL, &error);
      g_autoptr(QemuBlockJob) job = NULL;

      g_assert_no_error (error);
      job = qemu_block_device_backup (disk, "/copy", NULL, NULL, NULL, &error);
      g_assert_null (job);
      qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL, "blockdev-backup on vm: ");
      g_clear_object (&disk);
      qemu_test_drop (domain);
    }
}

static void
test_after_the_end (void)
{
  const Answer answers[] = { { "query-jobs", "[{\"id\": \"a\"}]" }, { "query-block", "[{\"device\": \"d\"}]" },
                             { "query-status", "{\"status\": \"running\", \"running\": true}" }, { NULL } };
  QemuDomain *domain = domain_new_answered (answers);
  GListModel *jobs = qemu_domain_get_jobs (domain), *disks = qemu_domain_get_block_devices (domain);
  g_autoptr(GAsyncResult) result = NULL, disks_result = NULL, status_result = NULL;
  g_autoptr(GListModel) list = NULL;
  g_autoptr(QemuJob) job = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A reply that is looked at when the connection has ended brings nothing back");

  qemu_domain_list_jobs_async (domain, NULL, qemu_test_store_result_cb, &result);
  qemu_domain_list_block_devices_async (domain, NULL, qemu_test_store_result_cb, &disks_result);
  qemu_domain_query_status_async (domain, NULL, qemu_test_store_result_cb, &status_result);
  qemu_monitor_emit_closed (qemu_domain_get_monitor (domain), NULL);
  QEMU_TEST_WAIT_UNTIL (result != NULL && disks_result != NULL && status_result != NULL);
  list = qemu_domain_list_jobs_finish (domain, result, &error);
  g_assert_no_error (error);
  job = g_list_model_get_item (list, 0);
  g_assert_nonnull (job);
  QEMU_TEST_WAIT_UNTIL (qemu_job_get_result (job) == QEMU_JOB_RESULT_LOST);
  qemu_test_drain ();
  g_assert_cmpuint (g_list_model_get_n_items (jobs), ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (disks), ==, 0);
  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_UNKNOWN);
  g_assert_null (qemu_domain_get_status_name (domain));
  g_assert_cmpint (qemu_domain_query_status_finish (domain, status_result, &error), ==, QEMU_STATUS_RUNNING);
  g_assert_no_error (error);
  g_clear_object (&disks_result);
  g_clear_object (&status_result);
  g_clear_object (&job);
  g_clear_object (&list);
  g_clear_object (&result);
  qemu_test_drop (domain);
}

static void
test_shown_and_refused (void)
{
  QemuDomain *domain = domain_new_answered ((const Answer[]) { { NULL } });
  GListModel *jobs = qemu_domain_get_jobs (domain);
  QemuMonitor *monitor = qemu_domain_get_monitor (domain);
  g_autoptr(QemuCommand) command = qemu_command_new ("blockdev-mirror");
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A job that events tell of, and that does not start all the same, is not shown for ever");

  qemu_command_set_string (command, "job-id", "j");
  qemu_monitor_emit_closed (monitor, NULL);
  qemu_test_drain ();
  qemu_domain_start_job_async (domain, command, NULL, qemu_test_store_result_cb, &result);
  qemu_test_monitor_push_event (QEMU_TEST_MONITOR (monitor), "JOB_STATUS_CHANGE",
                                "{\"id\": \"j\", \"status\": \"running\"}");
  QEMU_TEST_WAIT_UNTIL (result != NULL);
  g_assert_null (qemu_domain_start_job_finish (domain, result, &error));
  g_assert_nonnull (error);
  qemu_test_drain ();
  g_assert_cmpuint (g_list_model_get_n_items (jobs), ==, 0);
  g_clear_object (&result);
  qemu_test_drop (domain);
}

static void
test_reopened_in_vain (void)
{
  const Answer answers[] = { { "query-status", "{\"status\": \"paused\"}" }, { NULL } };
  QemuDomain *domain = domain_new_answered (answers);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Without a connection there is no status, also where opening it again at once fails");

  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_PAUSED);
  qemu_monitor_emit_closed (qemu_domain_get_monitor (domain), NULL);
  qemu_domain_open_async (domain, NULL, qemu_test_store_result_cb, &result);
  qemu_monitor_emit_closed (qemu_domain_get_monitor (domain), NULL);
  QEMU_TEST_WAIT_UNTIL (result != NULL);
  g_assert_false (qemu_domain_open_finish (domain, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  qemu_test_drain ();
  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_UNKNOWN);
  g_assert_null (qemu_domain_get_status_name (domain));
  g_clear_object (&result);
  qemu_test_drop (domain);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/replies/mutations/7.2", "7.2", test_mutations);
  g_test_add_data_func ("/replies/mutations/10.0", "10.0", test_mutations);
  g_test_add_func ("/replies/other-kinds", test_other_kinds);
  g_test_add_func ("/replies/uint64", test_uint64);
  g_test_add_func ("/replies/many", test_many);
  g_test_add_data_func ("/replies/jobs/7.2", "7.2", test_jobs);
  g_test_add_data_func ("/replies/jobs/10.0", "10.0", test_jobs);
  g_test_add_func ("/replies/odd/many-processors", test_many_processors);
  g_test_add_func ("/replies/odd/many-names-twice", test_many_names_twice);
  g_test_add_func ("/replies/odd/named-twice", test_named_twice);
  g_test_add_func ("/replies/odd/no-object", test_no_object);
  g_test_add_func ("/replies/odd/no-format", test_no_format);
  g_test_add_func ("/replies/odd/after-the-end", test_after_the_end);
  g_test_add_func ("/replies/odd/reopened-in-vain", test_reopened_in_vain);
  g_test_add_func ("/replies/odd/shown-and-refused", test_shown_and_refused);

  return g_test_run ();
}
