/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes what a domain does by itself: whatever events and replies come, in whatever order, its models stay in order,
 * all that a program waits for ends, and nothing is left. */

#include "config.h"

#include <string.h>

#include "qemu-glib/qemu-json-private.h"
#include "qemu-test.h"

/* Each line of an input is one thing that happens. Its first letter says what, by the table below; what is behind it is
 * an event or a command with its arguments or its answer.
 */
#define MAX_LINES   64
#define MAX_WORDS   16
#define MAX_PENDING 32

typedef struct
{
  char *command;
  char *value;
  char *error;
} Word;

typedef struct
{
  QemuDomain   *domain;
  QemuMonitor  *monitor;
  GListModel   *block_devices;
  GListModel   *block_jobs;
  GListModel   *jobs;
  Word          words[MAX_WORDS];
  unsigned      n_words;
  GCancellable *cancellable;
  unsigned      n_pending;
  unsigned      n_started;
} Fuzz;

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

/* ---------------------------------------------------------------- QEMU's part */

/* The last word for a command counts; without one it returns nothing. */
static char *
answer (QemuTestMonitor  *monitor,
        QemuCommand      *command,
        gpointer          user_data,
        GError          **error)
{
  Fuzz *self = user_data;

  for (unsigned i = self->n_words; i-- > 0;)
    {
      const Word *word = &self->words[i];

      if (!g_str_equal (word->command, qemu_command_get_name (command)))
        continue;
      if (word->error == NULL)
        return g_strdup (word->value);
      g_set_error_literal (error, QEMU_ERROR, QEMU_ERROR_DEVICE_NOT_ACTIVE, "Refused");
      return NULL;
    }

  return g_strdup ("{}");
}

/* "NAME REST": both are the caller's. */
static char *
split_line (const char  *line,
            const char **rest)
{
  const char *space = strchr (line, ' ');

  *rest = space != NULL ? space + 1 : NULL;

  return space != NULL ? g_strndup (line, space - line) : g_strdup (line);
}

static void
say_event (Fuzz       *self,
           const char *line)
{
  const char *data;
  g_autofree char *name = split_line (line, &data);
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  /* What comes over the wire has been checked before. */
  if (g_utf8_validate (name, -1, NULL) && (data == NULL || qemu_json_parse (&json, data, strlen (data), NULL)))
    qemu_test_monitor_push_event (QEMU_TEST_MONITOR (self->monitor), name, data);
}

static void
add_word (Fuzz       *self,
          const char *line,
          gboolean    is_error)
{
  const char *value;
  Word *word = &self->words[self->n_words];

  if (self->n_words == MAX_WORDS)
    return;
  word->command = split_line (line, &value);
  word->value = g_strdup (value != NULL ? value : "{}");
  word->error = is_error ? word->value : NULL;
  self->n_words++;
}

static void
will_return (Fuzz       *self,
             const char *line)
{
  add_word (self, line, FALSE);
}

static void
will_refuse (Fuzz       *self,
             const char *line)
{
  add_word (self, line, TRUE);
}

static void
hang_up (Fuzz       *self,
         const char *line)
{
  qemu_monitor_emit_closed (self->monitor, NULL);
}

static void
replace (Fuzz       *self,
         const char *line)
{
  qemu_monitor_emit_replaced (self->monitor, NULL);
}

/* ---------------------------------------------------------------- the program's part */

static void
ended_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  Fuzz *self = user_data;

  g_assert_cmpuint (self->n_pending, >, 0);
  self->n_pending--;
}

static void
open_again (Fuzz       *self,
            const char *line)
{
  if (self->n_pending < MAX_PENDING)
    {
      self->n_pending++;
      qemu_domain_open_async (self->domain, self->cancellable, ended_cb, self);
    }
}

static void
cancel (Fuzz       *self,
        const char *line)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
}

static void
start_job (Fuzz       *self,
           const char *line)
{
  g_autoptr(QemuCommand) command = qemu_command_new_from_json (line, NULL);

  if (command == NULL || self->n_pending == MAX_PENDING)
    return;
  self->n_pending++;
  self->n_started++;
  qemu_domain_start_job_async (self->domain, command, self->cancellable, ended_cb, self);
}

static void
list_all (Fuzz       *self,
          const char *line)
{
  if (self->n_pending + 3 > MAX_PENDING)
    return;
  self->n_pending += 3;
  qemu_domain_list_block_devices_async (self->domain, self->cancellable, ended_cb, self);
  qemu_domain_list_block_jobs_async (self->domain, self->cancellable, ended_cb, self);
  qemu_domain_list_jobs_async (self->domain, self->cancellable, ended_cb, self);
}

/* A "3c" is the verb "c", and the fourth of the list. */
static gpointer
begin_verb (Fuzz       *self,
            GListModel *model,
            const char *line)
{
  gpointer item;

  if (self->n_pending == MAX_PENDING || !g_ascii_isdigit (line[0]) || line[1] == '\0')
    return NULL;
  item = g_list_model_get_item (model, line[0] - '0');
  if (item != NULL)
    self->n_pending++;

  return item;
}

static void
ask_job (Fuzz       *self,
         const char *line)
{
  static const struct
  {
    char   letter;
    void (*start) (QemuJob             *self,
                   GCancellable        *cancellable,
                   GAsyncReadyCallback  callback,
                   gpointer             user_data);
  } verbs[] = {
    { 'c', qemu_job_cancel_async },
    { 'd', qemu_job_dismiss_async },
    { 'f', qemu_job_finalize_async },
    { 'm', qemu_job_complete_async },
    { 'p', qemu_job_pause_async },
    { 'r', qemu_job_resume_async },
    { 'w', qemu_job_wait_async },
    { 'y', qemu_job_wait_ready_async },
  };
  g_autoptr(QemuJob) job = begin_verb (self, self->jobs, line);
  unsigned i = 0;

  if (job == NULL)
    return;
  while (i < G_N_ELEMENTS (verbs) && verbs[i].letter != line[1])
    i++;
  if (i < G_N_ELEMENTS (verbs))
    verbs[i].start (job, self->cancellable, ended_cb, self);
  else if (QEMU_IS_BLOCK_JOB (job))
    qemu_block_job_stop_async (QEMU_BLOCK_JOB (job), self->cancellable, ended_cb, self);
  else
    self->n_pending--;
}

static void
ask_block_device (Fuzz       *self,
                  const char *line)
{
  g_autoptr(QemuBlockDevice) device = begin_verb (self, self->block_devices, line);
  GCancellable *cancellable = self->cancellable;

  if (device == NULL)
    return;
  switch (line[1])
    {
    case 'b':
      qemu_block_device_backup_async (device, "/b", NULL, NULL, cancellable, ended_cb, self);
      break;

    case 'c':
      qemu_block_device_commit_async (device, NULL, NULL, NULL, cancellable, ended_cb, self);
      break;

    case 'e':
      qemu_block_device_eject_async (device, TRUE, cancellable, ended_cb, self);
      break;

    case 'i':
      qemu_block_device_change_medium_async (device, "/i", NULL, cancellable, ended_cb, self);
      break;

    case 'm':
      qemu_block_device_mirror_async (device, "/m", NULL, NULL, cancellable, ended_cb, self);
      break;

    case 'r':
      qemu_block_device_resize_async (device, 4096, QEMU_RESIZE_SHRINK, cancellable, ended_cb, self);
      break;

    case 's':
      qemu_block_device_snapshot_async (device, "/s", NULL, NULL, NULL, cancellable, ended_cb, self);
      break;

    default:
      qemu_block_device_stream_async (device, NULL, NULL, cancellable, ended_cb, self);
    }
}

/* ---------------------------------------------------------------- what has to be so */

static void
check_model (GListModel *model,
             GListModel *within)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr(GHashTable) all = g_hash_table_new (NULL, NULL);

  for (unsigned i = 0; within != NULL && i < g_list_model_get_n_items (within); i++)
    {
      g_autoptr(GObject) item = g_list_model_get_item (within, i);

      g_hash_table_add (all, item);
    }
  for (unsigned i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr(GObject) item = g_list_model_get_item (model, i);

      g_assert_true (g_type_is_a (G_OBJECT_TYPE (item), g_list_model_get_item_type (model)));
      g_assert_true (g_hash_table_add (seen, item));
      g_assert_true (within == NULL || g_hash_table_contains (all, item));
      qemu_test_read_properties (item);
    }
}

static void
check_jobs (Fuzz *self)
{
  g_autoptr(GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (unsigned i = 0; i < g_list_model_get_n_items (self->jobs); i++)
    {
      g_autoptr(QemuJob) job = g_list_model_get_item (self->jobs, i);
      double fraction = qemu_job_get_fraction (job);

      /* No QEMU in its right mind starts one of a name that is taken. */
      g_assert_true (g_hash_table_add (ids, g_strdup (qemu_job_get_id (job))) || self->n_started > 0);
      g_assert_true (fraction == -1 || (fraction >= 0 && fraction <= 1));
    }
}

static void
run_loop (Fuzz       *self,
          const char *line)
{
  qemu_test_drain ();
  check_model (self->block_devices, NULL);
  check_model (self->jobs, NULL);
  check_model (self->block_jobs, self->jobs);
  check_jobs (self);
  qemu_test_read_properties (self->domain);
}

static void
event_cb (QemuDomain *domain,
          QemuEvent  *event,
          gpointer    user_data)
{
  g_autoptr(GBytes) data = qemu_event_get_data_bytes (event);
  g_autofree char *id = qemu_event_get_string (event, "id");
  g_autofree char *device = qemu_event_get_string (event, "device");
  gint64 number;

  g_assert_true (g_utf8_validate (qemu_event_get_name (event), -1, NULL));
  g_assert_true (id == NULL || g_utf8_validate (id, -1, NULL));
  qemu_event_get_int64 (event, "len", &number);
  qemu_event_get_data (event);
  qemu_test_read_properties (event);
}

static const struct
{
  char   letter;
  void (*happens) (Fuzz       *self,
                   const char *line);
} happenings[] = {
  { 'E', say_event },                   /* NAME DATA */
  { '=', will_return },                 /* COMMAND VALUE */
  { '!', will_refuse },                 /* COMMAND */
  { 'H', hang_up },
  { 'R', replace },
  { 'o', open_again },
  { 'c', cancel },
  { 'S', start_job },                   /* COMMAND-AS-JSON */
  { 'l', list_all },
  { 'j', ask_job },                     /* NUMBER VERB */
  { 'b', ask_block_device },            /* NUMBER VERB */
  { '.', run_loop },
};

static void
begin (Fuzz *self)
{
  g_autoptr(GError) error = NULL;

  self->cancellable = g_cancellable_new ();
  self->monitor = qemu_test_monitor_new (answer, self, NULL);
  self->domain = qemu_domain_new (self->monitor, "vm");
  g_signal_connect (self->domain, "event", G_CALLBACK (event_cb), NULL);
  self->block_devices = g_object_ref (qemu_domain_get_block_devices (self->domain));
  self->block_jobs = g_object_ref (qemu_domain_get_block_jobs (self->domain));
  self->jobs = g_object_ref (qemu_domain_get_jobs (self->domain));
  qemu_monitor_open (self->monitor, NULL, &error);
  g_assert_no_error (error);
}

static void
end (Fuzz *self)
{
  run_loop (self, "");
  g_cancellable_cancel (self->cancellable);
  qemu_monitor_emit_closed (self->monitor, NULL);
  QEMU_TEST_WAIT_UNTIL (self->n_pending == 0);
  run_loop (self, "");
  g_assert_cmpuint (g_list_model_get_n_items (self->block_devices), ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (self->jobs), ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (self->block_jobs), ==, 0);
  g_assert_cmpint (qemu_domain_get_status (self->domain), ==, QEMU_STATUS_UNKNOWN);
  g_assert_false (qemu_domain_get_running (self->domain));

  qemu_test_drop (self->domain);
  g_assert_finalize_object (self->monitor);
  g_assert_finalize_object (self->block_devices);
  g_assert_finalize_object (self->block_jobs);
  g_assert_finalize_object (self->jobs);
  g_object_unref (self->cancellable);
  for (unsigned i = 0; i < self->n_words; i++)
    {
      g_free (self->words[i].command);
      g_free (self->words[i].value);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto(GStrv) lines = g_strsplit (text, "\n", MAX_LINES);
  Fuzz self = { NULL };

  begin (&self);
  for (unsigned i = 0; lines[i] != NULL; i++)
    for (unsigned j = 0; j < G_N_ELEMENTS (happenings); j++)
      if (happenings[j].letter == lines[i][0])
        happenings[j].happens (&self, lines[i] + 1);
  end (&self);

  return 0;
}
