/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/wait.h>

#include "qemu-vm.h"

#define ARGUMENTS(...) ((const char * const []) { __VA_ARGS__, NULL })

static const char * const no_machine[] = { QEMU_VM_NO_MACHINE, NULL };

/* NULL: the test is skipped. */
static QemuVm *
vm_new (const char * const *arguments)
{
  const char *program = qemu_test_find_system ();

  return program != NULL ? qemu_vm_new (program, arguments) : NULL;
}

static QemuDomain *
domain_new (const char *uri)
{
  g_autoptr(GError) error = NULL;
  QemuDomain *domain = qemu_domain_new_for_uri (uri, &error);

  g_assert_no_error (error);

  return domain;
}

static void
open_ok (QemuDomain *domain)
{
  g_autoptr(GError) error = NULL;
  gboolean ok = qemu_domain_open (domain, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

static QemuDomain *
domain_new_open (QemuVm *vm)
{
  QemuDomain *domain = domain_new (qemu_vm_get_uri (vm));

  open_ok (domain);

  return domain;
}

static JsonNode *
run_ok (QemuDomain *domain,
        const char *quoted)
{
  g_autofree char *text = qemu_test_json (quoted);
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuCommand) command = qemu_command_new_from_json (text, &error);
  JsonNode *node;

  g_assert_no_error (error);
  node = qemu_domain_run (domain, command, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (node);

  return node;
}

static void
do_ok (QemuDomain *domain,
       const char *quoted)
{
  json_node_unref (run_ok (domain, quoted));
}

/* Acts as the guest. */
static void
poke (QemuDomain *domain,
      const char *line)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *output = qemu_domain_human_monitor_command (domain, line, NULL, &error);

  g_assert_no_error (error);
}

/* The call has "err" for its error. */
#define assert_ok(call)                                    \
  G_STMT_START {                                           \
    g_autoptr(GError) _error = NULL;                       \
    GError **err = &_error;                                \
    gboolean _ok = call;                                   \
    g_assert_no_error (_error);                            \
    g_assert_true (_ok);                                   \
  } G_STMT_END

/* The names of all events, each with a blank behind it. */
static void
event_cb (QemuDomain *domain,
          QemuEvent  *event,
          gpointer    user_data)
{
  GString *log = user_data;

  g_assert_cmpint (qemu_event_get_timestamp (event), >, G_GINT64_CONSTANT (1600000000) * G_USEC_PER_SEC);
  g_string_append_printf (log, "%s ", qemu_event_get_name (event));
}

static void
closed_cb (QemuDomain   *domain,
           const GError *error,
           gpointer      user_data)
{
  unsigned *n_closed = user_data;

  (*n_closed)++;
}

/* ---------------------------------------------------------------- the first look */

static void
test_open (void)
{
  g_autoptr(QemuVm) vm = vm_new (no_machine);
  QemuDomain *domain;
  g_autoptr(QemuVersion) version = NULL;
  g_auto(GStrv) commands = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;

  g_test_summary ("A real QEMU tells its version, commands and status");

  if (vm == NULL)
    return;

  domain = domain_new_open (vm);
  g_assert_true (qemu_version_at_least (qemu_domain_get_version (domain), 2, 0, 0));
  version = qemu_domain_query_version (domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (qemu_version_get_major (version), ==, qemu_version_get_major (qemu_domain_get_version (domain)));
  commands = qemu_domain_list_commands (domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (commands), >, 50);
  g_assert_true (qemu_domain_supports_command (domain, "query-status", NULL, &error));
  g_assert_false (qemu_domain_supports_command (domain, "x-no-such-command", NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_PRELAUNCH);
  g_assert_cmpint (qemu_domain_query_status (domain, NULL, &error), ==, QEMU_STATUS_PRELAUNCH);
  g_assert_null (qemu_domain_get_name (domain));
  text = qemu_domain_human_monitor_command (domain, "info status", NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (text, "status"));
  qemu_test_drop (domain);
}

static void
test_unknown_command (void)
{
  g_autoptr(QemuVm) vm = vm_new (no_machine);
  g_autoptr(QemuCommand) unknown = qemu_command_new ("x-no-such-command");
  g_autoptr(QemuCommand) wrong = qemu_command_new ("query-status");
  g_autoptr(QemuCommand) again = qemu_command_new ("qmp_capabilities");
  g_autoptr(GError) error = NULL;
  QemuDomain *domain;

  g_test_summary ("What QEMU refuses comes as its error, and the next command is fine");

  if (vm == NULL)
    return;

  domain = domain_new_open (vm);
  g_assert_null (qemu_domain_run (domain, unknown, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_COMMAND_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "x-no-such-command"));
  g_clear_error (&error);
  qemu_command_set_int64 (wrong, "unexpected", 1);
  g_assert_null (qemu_domain_run (domain, wrong, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_error (&error);
  g_assert_null (qemu_domain_run (domain, again, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_COMMAND_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (qemu_domain_system_wakeup (domain, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  do_ok (domain, "{'execute': 'query-status'}");
  qemu_test_drop (domain);
}

static void
test_schema (void)
{
  g_autoptr(QemuVm) vm = vm_new (no_machine);
  g_autoptr(QemuCommand) command = qemu_command_new ("query-qmp-schema");
  g_autoptr(GError) error = NULL;
  QemuDomain *domain;

  g_test_summary ("query-qmp-schema, about 200 KB in one message, runs: as bytes, as nodes, sync, async, at once");

  if (vm == NULL)
    return;

  domain = domain_new_open (vm);
  for (unsigned i = 0; i < 3; i++)
    {
      g_autoptr(GAsyncResult) one = NULL, two = NULL;
      g_autoptr(GBytes) bytes = qemu_domain_run_raw (domain, command, NULL, &error);
      g_autoptr(GBytes) other_bytes = NULL;
      g_autoptr(JsonNode) node = NULL;

      g_assert_no_error (error);
      g_assert_cmpuint (g_bytes_get_size (bytes), >, 100000);
      qemu_domain_run_async (domain, command, NULL, qemu_test_store_result_cb, &one);
      qemu_domain_run_raw_async (domain, command, NULL, qemu_test_store_result_cb, &two);
      QEMU_TEST_WAIT_UNTIL (one && two);
      node = qemu_domain_run_finish (domain, one, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (json_array_get_length (json_node_get_array (node)), >, 300);
      other_bytes = qemu_domain_run_raw_finish (domain, two, &error);
      g_assert_no_error (error);
      /* But for the ids. */
      g_assert_cmpmem (g_bytes_get_data (other_bytes, NULL), 100000, g_bytes_get_data (bytes, NULL), 100000);
    }
  qemu_test_drop (domain);
}

static void
test_pretty (void)
{
  const char *program = qemu_test_find_system ();
  g_autoptr(QemuVm) vm = NULL;
  g_autoptr(GString) log = g_string_new (NULL);
  g_autoptr(JsonNode) node = NULL;
  QemuDomain *domain;

  g_test_summary ("A monitor that was told to write prettily is understood");

  if (program == NULL)
    return;

  vm = qemu_vm_new_full (program, no_machine, "qemu-vm-XXXXXX", QEMU_VM_PRETTY);
  domain = domain_new_open (vm);
  g_signal_connect (domain, "event", G_CALLBACK (event_cb), log);
  node = run_ok (domain, "{'execute': 'query-qmp-schema'}");
  g_assert_cmpuint (json_array_get_length (json_node_get_array (node)), >, 300);
  do_ok (domain, "{'execute': 'query-block'}");
  assert_ok (qemu_domain_cont (domain, NULL, err));
  assert_ok (qemu_domain_stop (domain, NULL, err));
  QEMU_TEST_WAIT_UNTIL (qemu_domain_get_status (domain) == QEMU_STATUS_PAUSED);
  g_assert_cmpstr (log->str, ==, "RESUME STOP ");
  qemu_test_drop (domain);
}

static void
test_names (void)
{
  const char *program = qemu_test_find_system ();
  g_autoptr(QemuVm) vm = NULL;
  g_autoptr(JsonNode) node = NULL;
  g_autoptr(GError) error = NULL;
  QemuDomain *domain;

  g_test_summary ("Names and paths need not be ASCII");

  if (program == NULL)
    return;

  vm = qemu_vm_new_full (program, ARGUMENTS (QEMU_VM_NO_MACHINE, "-name", "é😀"), "qemu-é😀-XXXXXX", QEMU_VM_NONE);
  domain = domain_new_open (vm);
  g_assert_cmpstr (qemu_domain_get_name (domain), ==, "é😀");
  node = run_ok (domain, "{'execute': 'query-chardev'}");
  g_assert_cmpint (json_array_get_length (json_node_get_array (node)), >=, 1);
  g_assert_false (qemu_domain_system_wakeup (domain, NULL, &error));
  g_assert_nonnull (strstr (error->message, "system_wakeup on é😀: "));
  qemu_test_drop (domain);
}

static void
test_all_bytes (void)
{
  g_autoptr(QemuVm) vm = vm_new (no_machine);
  QemuDomain *domain;

  g_test_summary ("Any text goes to QEMU and comes back in its words, but for what a terminal would obey; what is not "
                  "UTF-8 does not go");

  if (vm == NULL)
    return;

  domain = domain_new_open (vm);
  for (unsigned c = 1; c < 256; c++)
    {
      char name[] = { 'x', c, 'y', '\0' };
      g_autoptr(QemuCommand) command = qemu_command_new ("qom-list");
      g_autoptr(GError) error = NULL;

      qemu_command_set_string (command, "path", name);
      g_assert_null (qemu_domain_run (domain, command, NULL, &error));
      if (c < 128)
        {
          gboolean obeyed = g_ascii_iscntrl (c) && c != '\t' && c != '\n';

          g_assert_true (error->domain == QEMU_ERROR);
          g_assert_nonnull (strstr (error->message, obeyed ? "x\357\277\275y" : name));
        }
      else
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
        }
    }
  do_ok (domain, "{'execute': 'query-status'}");
  qemu_test_drop (domain);
}

/* ---------------------------------------------------------------- a QEMU that does not answer, or has gone */

/* FALSE: QEMU has crashed. When it goes on, it finds clients that have gone, and 7.2 does not always survive that. */
static gboolean
open_stopped (QemuVm *vm)
{
  g_autoptr(GError) error = NULL;
  QemuDomain *domain;
  gint64 begin;
  gboolean survived;

  qemu_vm_signal (vm, SIGSTOP);
  domain = domain_new (qemu_vm_get_uri (vm));
  qemu_monitor_set_open_timeout (qemu_domain_get_monitor (domain), 200);
  for (unsigned i = 0; i < 4; i++)
    {
      begin = g_get_monotonic_time ();
      if (i % 2 == 0)
        {
          g_assert_false (qemu_domain_open (domain, NULL, &error));
        }
      else
        {
          g_autoptr(GAsyncResult) opened = NULL;

          qemu_domain_open_async (domain, NULL, qemu_test_store_result_cb, &opened);
          QEMU_TEST_WAIT_UNTIL (opened);
          g_assert_false (qemu_domain_open_finish (domain, opened, &error));
        }
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_clear_error (&error);
      g_assert_cmpint (g_get_monotonic_time () - begin, >=, 200 * 1000);
      g_assert_cmpint (g_get_monotonic_time () - begin, <, 5 * G_USEC_PER_SEC);
    }

  qemu_vm_signal (vm, SIGCONT);
  qemu_monitor_set_open_timeout (qemu_domain_get_monitor (domain), 10000);
  survived = qemu_domain_open (domain, NULL, &error);
  if (survived)
    {
      do_ok (domain, "{'execute': 'query-status'}");
    }
  else
    {
      int status = qemu_vm_wait (vm);

      g_test_message ("%s", error->message);
      g_assert_true (WIFSIGNALED (status));
      g_assert_cmpint (WTERMSIG (status), ==, SIGSEGV);
    }
  qemu_test_drop (domain);

  return survived;
}

static void
test_stopped_at_open (void)
{
  g_autoptr(QemuVm) vm = vm_new (no_machine);
  unsigned n_crashes = 0;

  g_test_summary ("Opening a stopped QEMU ends in time, sync and async; once it goes on, it can be opened");

  if (vm == NULL)
    return;

  while (!open_stopped (vm))
    {
      g_assert_cmpuint (++n_crashes, <, 5);
      qemu_vm_restart (vm);
    }
}

static void
test_stopped_in_command (void)
{
  g_autoptr(QemuVm) vm = vm_new (no_machine);
  g_autoptr(QemuCommand) slow = qemu_command_new ("query-version");
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) node = NULL;
  QemuDomain *domain;

  g_test_summary ("A command to a stopped QEMU times out or is cancelled; the late replies go to nobody");

  if (vm == NULL)
    return;

  domain = domain_new_open (vm);
  qemu_vm_signal (vm, SIGSTOP);
  qemu_command_set_timeout (slow, 100);
  g_assert_null (qemu_domain_run (domain, slow, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  qemu_domain_query_version_async (domain, cancellable, qemu_test_store_result_cb, &result);
  qemu_test_spin (20);
  g_assert_null (result);
  g_cancellable_cancel (cancellable);
  QEMU_TEST_WAIT_UNTIL (result);
  g_assert_null (qemu_domain_query_version_finish (domain, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&result);

  qemu_vm_signal (vm, SIGCONT);
  node = run_ok (domain, "{'execute': 'query-status'}");
  g_assert_true (json_object_has_member (json_node_get_object (node), "status"));
  qemu_test_drop (domain);
}

static void
test_second_client (void)
{
  g_autoptr(QemuVm) vm = vm_new (no_machine);
  g_autoptr(GAsyncResult) opened = NULL;
  g_autoptr(GError) error = NULL;
  QemuDomain *first, *second;

  g_test_summary ("A second client of one monitor is told that it is busy, and gets in when the first has left");

  if (vm == NULL)
    return;

  first = domain_new_open (vm);
  second = domain_new (qemu_vm_get_uri (vm));
  qemu_monitor_set_open_timeout (qemu_domain_get_monitor (second), 150);
  g_assert_false (qemu_domain_open (second, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_clear_error (&error);

  qemu_monitor_set_open_timeout (qemu_domain_get_monitor (second), 10000);
  qemu_domain_open_async (second, NULL, qemu_test_store_result_cb, &opened);
  qemu_test_spin (50);
  g_assert_null (opened);
  do_ok (first, "{'execute': 'query-status'}");
  assert_ok (qemu_domain_close (first, NULL, err));
  QEMU_TEST_WAIT_UNTIL (opened);
  g_assert_true (qemu_domain_open_finish (second, opened, &error));
  g_assert_no_error (error);
  do_ok (second, "{'execute': 'query-status'}");
  g_clear_object (&opened);
  qemu_test_drop (first);
  qemu_test_drop (second);
}

static void
test_two_monitors (void)
{
  const char *program = qemu_test_find_system ();
  g_autoptr(QemuVm) vm = NULL;
  QemuDomain *one, *two;

  g_test_summary ("Two monitors of one QEMU: both hear of what either does");

  if (program == NULL)
    return;

  vm = qemu_vm_new_full (program, no_machine, "qemu-vm-XXXXXX", QEMU_VM_TWO_MONITORS);
  one = domain_new_open (vm);
  two = domain_new (qemu_vm_get_second_uri (vm));
  open_ok (two);
  assert_ok (qemu_domain_cont (one, NULL, err));
  QEMU_TEST_WAIT_UNTIL (qemu_domain_get_running (one) && qemu_domain_get_running (two));
  assert_ok (qemu_domain_stop (two, NULL, err));
  QEMU_TEST_WAIT_UNTIL (!qemu_domain_get_running (one) && !qemu_domain_get_running (two));
  qemu_test_drop (one);
  qemu_test_drop (two);
}

static void
test_full_queue (void)
{
  g_autoptr(QemuVm) vm = vm_new (no_machine);
  g_autoptr(GPtrArray) clients = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GAsyncResult) opened = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GSocketAddress) address = NULL;
  QemuDomain *domain;

  g_test_summary ("Probes that were left in QEMU's queue are waited out");

  if (vm == NULL)
    return;

  address = g_unix_socket_address_new (qemu_vm_get_uri (vm) + strlen ("unix:"));
  for (unsigned i = 0; i < 3; i++)
    {
      g_autoptr(GSocket) client = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);

      g_socket_set_blocking (client, FALSE);
      if (g_socket_connect (client, address, NULL, NULL))
        g_ptr_array_add (clients, g_steal_pointer (&client));
    }
  domain = domain_new (qemu_vm_get_uri (vm));
  qemu_domain_open_async (domain, NULL, qemu_test_store_result_cb, &opened);
  qemu_test_spin (150);
  g_assert_null (opened);
  g_ptr_array_set_size (clients, 0);
  QEMU_TEST_WAIT_UNTIL (opened);
  g_assert_true (qemu_domain_open_finish (domain, opened, &error));
  g_assert_no_error (error);
  g_clear_object (&opened);
  qemu_test_drop (domain);
}

static void
test_missed_event (void)
{
  const char *program = qemu_test_find_system ();
  g_autoptr(QemuVm) vm = NULL;
  QemuDomain *domain, *other;
  unsigned n_closed = 0;

  g_test_summary ("What happened while nobody was connected is seen when the domain is opened again");

  if (program == NULL)
    return;

  vm = qemu_vm_new_full (program, no_machine, "qemu-vm-XXXXXX", QEMU_VM_TWO_MONITORS);
  domain = domain_new_open (vm);
  g_signal_connect (domain, "closed", G_CALLBACK (closed_cb), &n_closed);
  other = domain_new (qemu_vm_get_second_uri (vm));
  open_ok (other);
  assert_ok (qemu_domain_close (domain, NULL, err));
  QEMU_TEST_WAIT_UNTIL (n_closed);
  assert_ok (qemu_domain_cont (other, NULL, err));
  open_ok (domain);
  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_RUNNING);
  qemu_test_drop (other);
  qemu_test_drop (domain);
}

static void
test_killed (void)
{
  const char *program = qemu_test_find_system ();
  g_autoptr(QemuVm) vm = NULL;
  QemuDomain *domain;
  unsigned n_closed = 0;

  g_test_summary ("Fifty times killed with commands in flight: each ends once, closed comes once, open works again");

  if (program == NULL)
    return;

  vm = qemu_vm_new (program, no_machine);
  domain = domain_new (qemu_vm_get_uri (vm));
  g_signal_connect (domain, "closed", G_CALLBACK (closed_cb), &n_closed);
  for (unsigned round = 0; round < 50; round++)
    {
      g_autoptr(QemuCommand) command = qemu_command_new ("query-qmp-schema");
      GAsyncResult *results[4] = { NULL };

      if (round > 0)
        qemu_vm_restart (vm);
      open_ok (domain);
      /* It is stopped first, so that the commands are really in flight. */
      if (round % 2)
        qemu_vm_signal (vm, SIGSTOP);
      for (unsigned i = 0; i < G_N_ELEMENTS (results); i++)
        qemu_domain_run_async (domain, command, NULL, qemu_test_store_result_cb, &results[i]);
      qemu_vm_signal (vm, SIGKILL);
      QEMU_TEST_WAIT_UNTIL (n_closed == round + 1);
      qemu_test_drain ();
      g_assert_cmpuint (n_closed, ==, round + 1);
      for (unsigned i = 0; i < G_N_ELEMENTS (results); i++)
        {
          g_autoptr(GError) error = NULL;
          g_autoptr(JsonNode) node = NULL;

          g_assert_nonnull (results[i]);
          node = qemu_domain_run_finish (domain, results[i], &error);
          if (node == NULL)
            g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
          g_object_unref (results[i]);
        }
      g_assert_cmpint (qemu_domain_get_state (domain), ==, QEMU_MONITOR_STATE_CLOSED);
      qemu_vm_wait (vm);
    }
  qemu_test_drop (domain);
}

static void
test_quit (void)
{
  g_autoptr(QemuVm) vm = vm_new (no_machine);
  g_autoptr(GString) log = g_string_new (NULL);
  QemuDomain *domain;
  unsigned n_closed = 0;
  int status;

  g_test_summary ("quit succeeds, SHUTDOWN and the end are told, and QEMU has ended well");

  if (vm == NULL)
    return;

  domain = domain_new_open (vm);
  g_signal_connect (domain, "event", G_CALLBACK (event_cb), log);
  g_signal_connect (domain, "closed", G_CALLBACK (closed_cb), &n_closed);
  assert_ok (qemu_domain_quit (domain, NULL, err));
  QEMU_TEST_WAIT_UNTIL (n_closed);
  g_assert_cmpstr (log->str, ==, "SHUTDOWN ");
  status = qemu_vm_wait (vm);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  qemu_test_drop (domain);
}

/* ---------------------------------------------------------------- power and run states */

typedef struct
{
  QemuVm     *vm;
  QemuDomain *domain;
  GString    *log;
  unsigned    n_closed;
} Machine;

/* A machine that is paused at its first instruction. */
static Machine *
machine_new (const char * const *more)
{
  static const char * const pc[] = { QEMU_VM_PC, "-S", NULL };
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_auto(GStrv) arguments = NULL;
  Machine *self;
  QemuVm *vm;

  g_strv_builder_addv (builder, (const char **) pc);
  if (more != NULL)
    g_strv_builder_addv (builder, (const char **) more);
  arguments = g_strv_builder_end (builder);
  vm = vm_new ((const char * const *) arguments);
  if (vm == NULL)
    return NULL;

  self = g_new0 (Machine, 1);
  self->vm = vm;
  self->domain = domain_new_open (vm);
  self->log = g_string_new (NULL);
  g_signal_connect (self->domain, "event", G_CALLBACK (event_cb), self->log);
  g_signal_connect (self->domain, "closed", G_CALLBACK (closed_cb), &self->n_closed);

  return self;
}

static void
machine_free (Machine *self)
{
  qemu_test_drop (self->domain);
  qemu_vm_free (self->vm);
  g_string_free (self->log, TRUE);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Machine, machine_free)

static void
machine_wait_for_status (Machine    *self,
                         QemuStatus  status)
{
  QEMU_TEST_WAIT_UNTIL (qemu_domain_get_status (self->domain) == status);
}

static void
machine_wait_for_event (Machine    *self,
                        const char *name)
{
  QEMU_TEST_WAIT_UNTIL (strstr (self->log->str, name) != NULL);
}

static void
test_stop_and_cont (void)
{
  g_autoptr(Machine) machine = machine_new (NULL);

  g_test_summary ("cont, stop, reset while running, and reset while paused, which tells nothing but RESET");

  if (machine == NULL)
    return;

  g_assert_cmpint (qemu_domain_get_status (machine->domain), ==, QEMU_STATUS_PRELAUNCH);
  assert_ok (qemu_domain_cont (machine->domain, NULL, err));
  machine_wait_for_status (machine, QEMU_STATUS_RUNNING);
  g_assert_true (qemu_domain_get_running (machine->domain));
  assert_ok (qemu_domain_cont (machine->domain, NULL, err));
  assert_ok (qemu_domain_stop (machine->domain, NULL, err));
  machine_wait_for_status (machine, QEMU_STATUS_PAUSED);
  g_assert_true (g_str_has_prefix (machine->log->str, "RESUME "));
  g_assert_nonnull (strstr (machine->log->str, "STOP "));

  g_string_truncate (machine->log, 0);
  assert_ok (qemu_domain_system_reset (machine->domain, NULL, err));
  machine_wait_for_status (machine, QEMU_STATUS_PRELAUNCH);
  g_assert_cmpstr (machine->log->str, ==, "RESET ");

  assert_ok (qemu_domain_cont (machine->domain, NULL, err));
  machine_wait_for_status (machine, QEMU_STATUS_RUNNING);
  g_string_truncate (machine->log, 0);
  assert_ok (qemu_domain_system_reset (machine->domain, NULL, err));
  machine_wait_for_event (machine, "RESET ");
  machine_wait_for_status (machine, QEMU_STATUS_RUNNING);
}

static void
test_powerdown (void)
{
  g_autoptr(Machine) machine = machine_new (NULL);
  g_autoptr(GError) error = NULL;

  g_test_summary ("Powerdown asks the guest, and an NMI is injected; a wake-up without a sleep is refused");

  if (machine == NULL)
    return;

  assert_ok (qemu_domain_cont (machine->domain, NULL, err));
  assert_ok (qemu_domain_system_powerdown (machine->domain, NULL, err));
  machine_wait_for_event (machine, "POWERDOWN ");
  g_assert_false (qemu_domain_system_wakeup (machine->domain, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  assert_ok (qemu_domain_inject_nmi (machine->domain, NULL, err));
}

static void
machine_start (Machine *self)
{
  assert_ok (qemu_domain_cont (self->domain, NULL, err));
  machine_wait_for_status (self, QEMU_STATUS_RUNNING);
  machine_wait_for_event (self, "RESUME ");
  g_string_truncate (self->log, 0);
}

/* These ports do something once the firmware has set them up. */
static gboolean
go_to_sleep_cb (gpointer user_data)
{
  Machine *self = user_data;
  g_autofree char *output = NULL;

  if (self->log->len == 0)
    output = qemu_domain_human_monitor_command (self->domain, "o /w 0x604 0x2400", NULL, NULL);

  return G_SOURCE_CONTINUE;
}

static gboolean
power_off_cb (gpointer user_data)
{
  Machine *self = user_data;
  g_autofree char *output = NULL;

  if (self->log->len == 0)
    output = qemu_domain_human_monitor_command (self->domain, "o /w 0x604 0x2000", NULL, NULL);

  return G_SOURCE_CONTINUE;
}

/* Acts again and again until something happens. */
static void
machine_act (Machine     *self,
             GSourceFunc  act)
{
  unsigned id = g_timeout_add (250, act, self);

  QEMU_TEST_WAIT_UNTIL (self->log->len > 0);
  g_source_remove (id);
}

static void
test_sleep (void)
{
  g_autoptr(Machine) machine = machine_new (NULL);

  g_test_summary ("A guest that sleeps is suspended, without a STOP, and can be woken up");

  if (machine == NULL)
    return;

  machine_start (machine);
  machine_act (machine, go_to_sleep_cb);
  machine_wait_for_status (machine, QEMU_STATUS_SUSPENDED);
  g_assert_false (qemu_domain_get_running (machine->domain));
  g_assert_cmpstr (machine->log->str, ==, "SUSPEND ");

  assert_ok (qemu_domain_system_wakeup (machine->domain, NULL, err));
  machine_wait_for_event (machine, "WAKEUP ");
  machine_wait_for_status (machine, QEMU_STATUS_RUNNING);
}

static void
test_guest_shutdown (void)
{
  g_autoptr(Machine) machine = machine_new (NULL);
  int status;

  g_test_summary ("A guest that shuts down ends QEMU; the last events come, then the end");

  if (machine == NULL)
    return;

  machine_start (machine);
  machine_act (machine, power_off_cb);
  QEMU_TEST_WAIT_UNTIL (machine->n_closed);
  g_assert_nonnull (strstr (machine->log->str, "SHUTDOWN "));
  g_assert_cmpint (qemu_domain_get_status (machine->domain), ==, QEMU_STATUS_UNKNOWN);
  status = qemu_vm_wait (machine->vm);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

static void
test_no_shutdown (void)
{
  g_autoptr(Machine) machine = machine_new (ARGUMENTS ("-no-shutdown"));
  g_autoptr(GError) error = NULL;

  g_test_summary ("With -no-shutdown the machine stays in the state shutdown, until it is reset");

  if (machine == NULL)
    return;

  machine_start (machine);
  machine_act (machine, power_off_cb);
  machine_wait_for_status (machine, QEMU_STATUS_SHUTDOWN);
  g_assert_true (g_str_has_prefix (machine->log->str, "SHUTDOWN STOP "));
  g_assert_false (qemu_domain_cont (machine->domain, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  assert_ok (qemu_domain_system_reset (machine->domain, NULL, err));
  machine_wait_for_status (machine, QEMU_STATUS_PRELAUNCH);
  assert_ok (qemu_domain_cont (machine->domain, NULL, err));
  machine_wait_for_status (machine, QEMU_STATUS_RUNNING);
}

static void
test_panic (void)
{
  g_autoptr(Machine) machine = machine_new (ARGUMENTS ("-device", "pvpanic", "-action", "panic=pause"));

  g_test_summary ("A guest that panics is guest-panicked, and can be made to go on");

  if (machine == NULL)
    return;

  machine_start (machine);
  poke (machine->domain, "o /b 0x505 1");
  machine_wait_for_status (machine, QEMU_STATUS_GUEST_PANICKED);
  g_assert_cmpstr (machine->log->str, ==, "GUEST_PANICKED STOP ");
  assert_ok (qemu_domain_cont (machine->domain, NULL, err));
  machine_wait_for_status (machine, QEMU_STATUS_RUNNING);
}

static void
test_watchdog (void)
{
  g_autoptr(Machine) machine = machine_new (ARGUMENTS ("-device", "ib700", "-action", "watchdog=pause"));

  g_test_summary ("A watchdog that nobody feeds stops the machine, when it was told to");

  if (machine == NULL)
    return;

  machine_start (machine);
  poke (machine->domain, "o /b 0x443 14");
  machine_wait_for_status (machine, QEMU_STATUS_WATCHDOG);
  g_assert_cmpstr (machine->log->str, ==, "WATCHDOG STOP ");
  assert_ok (qemu_domain_cont (machine->domain, NULL, err));
  machine_wait_for_status (machine, QEMU_STATUS_RUNNING);
}

static void
test_migrate (void)
{
  g_autoptr(Machine) machine = machine_new (NULL);

  g_test_summary ("A migrated machine passes through states that no event tells, to postmigrate");

  if (machine == NULL)
    return;

  assert_ok (qemu_domain_cont (machine->domain, NULL, err));
  machine_wait_for_status (machine, QEMU_STATUS_RUNNING);
  do_ok (machine->domain, "{'execute': 'migrate', 'arguments': {'uri': 'exec:cat >/dev/null'}}");
  machine_wait_for_status (machine, QEMU_STATUS_POSTMIGRATE);
}

static void
test_incoming (void)
{
  g_autoptr(Machine) machine = machine_new (ARGUMENTS ("-incoming", "defer"));

  g_test_summary ("A machine that waits for an incoming migration is inmigrate, whatever it is told");

  if (machine == NULL)
    return;

  g_assert_cmpint (qemu_domain_get_status (machine->domain), ==, QEMU_STATUS_INMIGRATE);
  assert_ok (qemu_domain_cont (machine->domain, NULL, err));
  g_assert_cmpint (qemu_domain_query_status (machine->domain, NULL, NULL), ==, QEMU_STATUS_INMIGRATE);
}

static void
test_terminated (void)
{
  g_autoptr(Machine) machine = machine_new (NULL);

  g_test_summary ("SIGTERM shuts QEMU down: its last event comes before the end");

  if (machine == NULL)
    return;

  qemu_vm_signal (machine->vm, SIGTERM);
  QEMU_TEST_WAIT_UNTIL (machine->n_closed);
  g_assert_cmpstr (machine->log->str, ==, "SHUTDOWN ");
}

/* ---------------------------------------------------------------- other peers and policies */

static void
test_nothing_deprecated (void)
{
  g_autoptr(QemuVm) vm = vm_new (ARGUMENTS (QEMU_VM_PC, "-S",
                                            "-compat", "deprecated-input=reject,deprecated-output=hide"));
  g_autoptr(QemuVersion) version = NULL;
  g_autofree char *text = NULL;
  QemuDomain *domain;

  g_test_summary ("Nothing that is sent, and nothing that is needed of what is received, is deprecated");

  if (vm == NULL)
    return;

  domain = domain_new_open (vm);
  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_PRELAUNCH);
  assert_ok (qemu_domain_cont (domain, NULL, err));
  assert_ok (qemu_domain_system_powerdown (domain, NULL, err));
  assert_ok (qemu_domain_inject_nmi (domain, NULL, err));
  assert_ok (qemu_domain_system_reset (domain, NULL, err));
  assert_ok (qemu_domain_stop (domain, NULL, err));
  assert_ok (qemu_domain_supports_command (domain, "stop", NULL, err));
  version = qemu_domain_query_version (domain, NULL, NULL);
  g_assert_nonnull (version);
  text = qemu_domain_human_monitor_command (domain, "info name", NULL, NULL);
  g_assert_nonnull (text);
  assert_ok (qemu_domain_quit (domain, NULL, err));
  qemu_test_drop (domain);
}

static void
test_storage_daemon (void)
{
  const char *program = qemu_test_find_storage_daemon ();
  g_autoptr(QemuVm) vm = NULL;
  QemuDomain *domain;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A storage daemon can be opened, although it has neither a status nor a name");

  if (program == NULL)
    return;

  vm = qemu_vm_new (program, ARGUMENTS ("--blockdev", "null-co,node-name=n0"));
  domain = domain_new_open (vm);
  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_UNKNOWN);
  g_assert_null (qemu_domain_get_name (domain));
  g_assert_true (qemu_version_at_least (qemu_domain_get_version (domain), 2, 0, 0));
  g_assert_true (qemu_domain_supports_command (domain, "query-named-block-nodes", NULL, &error));
  g_assert_false (qemu_domain_supports_command (domain, "query-status", NULL, &error));
  g_assert_no_error (error);
  do_ok (domain, "{'execute': 'query-named-block-nodes'}");
  g_assert_false (qemu_domain_stop (domain, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_COMMAND_NOT_FOUND);
  assert_ok (qemu_domain_quit (domain, NULL, err));
  qemu_vm_wait (vm);
  qemu_test_drop (domain);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/qemu/open", test_open);
  g_test_add_func ("/qemu/unknown-command", test_unknown_command);
  g_test_add_func ("/qemu/schema", test_schema);
  g_test_add_func ("/qemu/pretty", test_pretty);
  g_test_add_func ("/qemu/names", test_names);
  g_test_add_func ("/qemu/all-bytes", test_all_bytes);

  g_test_add_func ("/qemu/stopped-at-open", test_stopped_at_open);
  g_test_add_func ("/qemu/stopped-in-command", test_stopped_in_command);
  g_test_add_func ("/qemu/second-client", test_second_client);
  g_test_add_func ("/qemu/two-monitors", test_two_monitors);
  g_test_add_func ("/qemu/full-queue", test_full_queue);
  g_test_add_func ("/qemu/missed-event", test_missed_event);
  g_test_add_func ("/qemu/killed", test_killed);
  g_test_add_func ("/qemu/quit", test_quit);

  g_test_add_func ("/qemu/stop-and-cont", test_stop_and_cont);
  g_test_add_func ("/qemu/powerdown", test_powerdown);
  g_test_add_func ("/qemu/sleep", test_sleep);
  g_test_add_func ("/qemu/guest-shutdown", test_guest_shutdown);
  g_test_add_func ("/qemu/no-shutdown", test_no_shutdown);
  g_test_add_func ("/qemu/panic", test_panic);
  g_test_add_func ("/qemu/watchdog", test_watchdog);
  g_test_add_func ("/qemu/migrate", test_migrate);
  g_test_add_func ("/qemu/incoming", test_incoming);
  g_test_add_func ("/qemu/terminated", test_terminated);

  g_test_add_func ("/qemu/nothing-deprecated", test_nothing_deprecated);
  g_test_add_func ("/qemu/storage-daemon", test_storage_daemon);

  return g_test_run ();
}
