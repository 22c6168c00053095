/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <signal.h>
#include <string.h>

#include "qemu-vm.h"

static QemuProcess *
process_new (const char         *program,
             const char * const *more)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_auto(GStrv) argv = NULL;

  g_strv_builder_add (builder, program);
  if (more != NULL)
    g_strv_builder_addv (builder, (const char **) more);
  argv = g_strv_builder_end (builder);

  return qemu_process_new ((const char * const *) argv);
}

static const char * const no_machine[] = { QEMU_VM_NO_MACHINE, NULL };
static const char * const machine[] = { QEMU_VM_PC, NULL };

static void
spawn_ok (QemuProcess *process)
{
  g_autoptr(GError) error = NULL;
  gboolean ok = qemu_process_spawn (process, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_true (qemu_process_get_running (process));
  g_assert_cmpint (qemu_process_get_pid (process), >, 0);
  g_assert_cmpint (qemu_domain_get_state (qemu_process_get_domain (process)), ==, QEMU_MONITOR_STATE_OPEN);
}

static void
wait_ok (QemuProcess *process)
{
  g_autoptr(GError) error = NULL;
  gboolean ok = qemu_process_wait (process, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_false (qemu_process_get_running (process));
  g_assert_cmpint (qemu_process_get_pid (process), ==, 0);
}

static void
process_free (QemuProcess *process)
{
  gpointer alive = process;

  g_object_add_weak_pointer (G_OBJECT (process), &alive);
  g_object_unref (process);
  QEMU_TEST_WAIT_UNTIL (alive == NULL);
}

static gboolean
is_alive (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *stat = NULL;

  /* A zombie is not. */
  return g_file_get_contents (path, &stat, NULL, NULL) && strstr (stat, ") Z ") == NULL;
}

static gboolean
look_again_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Nobody wakes us when a process that is not ours any more has gone. */
static void
wait_until_gone (int pid)
{
  unsigned id = g_timeout_add (5, look_again_cb, NULL);

  QEMU_TEST_WAIT_UNTIL (!is_alive (pid));
  g_source_remove (id);
}

static void
exited_cb (QemuProcess *process,
           int          status,
           gpointer     user_data)
{
  GString *log = user_data;

  g_assert_false (qemu_process_get_running (process));
  g_string_append_printf (log, "exited(%d) ", status);
}

static void
closed_cb (QemuDomain   *domain,
           const GError *error,
           gpointer      user_data)
{
  GString *log = user_data;

  g_string_append (log, "closed ");
}

static GString *
watch (QemuProcess *process)
{
  GString *log = g_string_new (NULL);

  g_signal_connect (process, "exited", G_CALLBACK (exited_cb), log);
  g_signal_connect (qemu_process_get_domain (process), "closed", G_CALLBACK (closed_cb), log);

  return log;
}

static void
test_spawn (void)
{
  const char *program = qemu_test_find_system ();
  QemuProcess *process;
  g_autoptr(GString) log = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) argv = NULL;
  QemuDomain *domain;
  int pid;

  g_test_summary ("A QEMU is started, driven and quit; the ends of the connection and of the process are told, once");

  if (program == NULL)
    return;

  process = process_new (program, no_machine);
  domain = qemu_process_get_domain (process);
  g_assert_false (qemu_process_get_running (process));
  g_assert_cmpint (qemu_process_get_pid (process), ==, 0);
  g_assert_cmpint (qemu_process_get_exit_status (process), ==, 0);
  g_assert_cmpstr (qemu_process_get_argv (process)[0], ==, program);
  g_object_get (process, "argv", &argv, NULL);
  g_assert_cmpstr (argv[0], ==, program);
  log = watch (process);

  spawn_ok (process);
  pid = qemu_process_get_pid (process);
  g_assert_true (is_alive (pid));
  g_assert_true (qemu_process_get_domain (process) == domain);
  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_PRELAUNCH);
  g_assert_cmpuint (qemu_test_read_properties (process), >=, 6);
  g_assert_false (qemu_process_spawn (process, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);

  g_assert_true (qemu_domain_quit (domain, NULL, &error));
  g_assert_no_error (error);
  wait_ok (process);
  QEMU_TEST_WAIT_UNTIL (strstr (log->str, "exited") && strstr (log->str, "closed"));
  qemu_test_drain ();
  g_assert_cmpuint (log->len, ==, strlen ("exited(0) closed "));
  g_assert_false (is_alive (pid));
  process_free (process);
}

static void
test_spawn_async (void)
{
  const char *program = qemu_test_find_system ();
  QemuProcess *process;
  g_autoptr(GString) log = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GAsyncResult) spawned = NULL, waited = NULL, ended = NULL;

  g_test_summary ("The same, asynchronously");

  if (program == NULL)
    return;

  process = process_new (program, no_machine);
  log = watch (process);
  qemu_process_spawn_async (process, NULL, qemu_test_store_result_cb, &spawned);
  g_assert_null (spawned);
  QEMU_TEST_WAIT_UNTIL (spawned);
  g_assert_true (qemu_process_spawn_finish (process, spawned, &error));
  g_assert_no_error (error);

  qemu_process_wait_async (process, NULL, qemu_test_store_result_cb, &waited);
  qemu_test_spin (20);
  g_assert_null (waited);
  qemu_process_shutdown_async (process, 0, NULL, qemu_test_store_result_cb, &ended);
  QEMU_TEST_WAIT_UNTIL (waited && ended && strstr (log->str, "exited") && strstr (log->str, "closed"));
  g_assert_true (qemu_process_wait_finish (process, waited, &error));
  g_assert_no_error (error);
  g_assert_true (qemu_process_shutdown_finish (process, ended, &error));
  g_assert_no_error (error);
  g_assert_cmpint (qemu_process_get_exit_status (process), ==, 0);
  g_clear_object (&spawned);
  g_clear_object (&waited);
  g_clear_object (&ended);
  process_free (process);
}

static void
test_spawn_again (void)
{
  const char *program = qemu_test_find_system ();
  QemuProcess *process;

  g_test_summary ("What has ended may be spawned again");

  if (program == NULL)
    return;

  process = process_new (program, no_machine);
  for (unsigned i = 0; i < 3; i++)
    {
      spawn_ok (process);
      qemu_process_force_exit (process);
      wait_ok (process);
      g_assert_cmpint (qemu_process_get_exit_status (process), ==, -SIGKILL);
    }
  process_free (process);
}

static void
test_bad_option (void)
{
  const char *program = qemu_test_find_system ();

  g_test_summary ("A QEMU that cannot start says why, in its own words; sync and async");

  if (program == NULL)
    return;

  for (unsigned i = 0; i < 2; i++)
    {
      QemuProcess *process = process_new (program, (const char * const []) { "-no-such-option", NULL });
      g_autoptr(GAsyncResult) spawned = NULL;
      g_autoptr(GError) error = NULL;

      if (i == 0)
        {
          g_assert_false (qemu_process_spawn (process, NULL, &error));
        }
      else
        {
          qemu_process_spawn_async (process, NULL, qemu_test_store_result_cb, &spawned);
          QEMU_TEST_WAIT_UNTIL (spawned);
          g_assert_false (qemu_process_spawn_finish (process, spawned, &error));
        }
      qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_PROCESS_FAILED, "no-such-option");
      g_assert_nonnull (strstr (error->message, program));
      g_assert_false (qemu_process_get_running (process));
      g_assert_cmpint (qemu_process_get_exit_status (process), ==, 1);
      g_clear_object (&spawned);
      process_free (process);
    }
}

static void
test_late_death (void)
{
  const char *program = qemu_test_find_system ();
  QemuProcess *process;
  g_autoptr(GError) error = NULL;

  g_test_summary ("… also when it finds out late, behind the point where its monitor exists");

  if (program == NULL)
    return;

  process = process_new (program, (const char * const []) {
    QEMU_VM_NO_MACHINE, "-blockdev", "file,node-name=d,filename=/no/such/é", NULL
  });
  g_assert_false (qemu_process_spawn (process, NULL, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_PROCESS_FAILED, "/no/such/é");
  process_free (process);
}

static void
test_missing_program (void)
{
  static const char * const programs[] = { "/no/such/qemu", "no-such-qemu-in-any-path", "/" };

  g_test_summary ("A program that is not there cannot be started");

  for (unsigned i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      QemuProcess *process = process_new (programs[i], NULL);
      g_autoptr(GError) error = NULL;

      g_assert_false (qemu_process_spawn (process, NULL, &error));
      g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PROCESS_FAILED);
      g_assert_nonnull (strstr (error->message, programs[i]));
      g_assert_false (qemu_process_get_running (process));
      g_assert_finalize_object (process);
    }
}

static void
test_no_qemu (void)
{
  g_test_summary ("A program that is no QEMU fails, with its status and words, or in time when it says nothing");

  for (unsigned i = 0; i < 3; i++)
    {
      static const char * const scripts[] = { "echo 'some words' >&2; exit 3", "kill -9 $$", "exec sleep 1000" };
      QemuProcess *process = qemu_process_new ((const char * const []) { "/bin/sh", "-c", scripts[i], "sh", NULL });
      g_autoptr(GError) error = NULL;
      gint64 begin = g_get_monotonic_time ();

      qemu_monitor_set_open_timeout (qemu_domain_get_monitor (qemu_process_get_domain (process)), i == 2 ? 200 : 10000);
      g_assert_false (qemu_process_spawn (process, NULL, &error));
      if (i == 0)
        qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_PROCESS_FAILED, "some words");
      else if (i == 1)
        qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_PROCESS_FAILED, "signal 9");
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
      g_assert_cmpint (g_get_monotonic_time () - begin, <, 8 * G_USEC_PER_SEC);
      g_assert_false (qemu_process_get_running (process));
      process_free (process);
    }
}

static void
test_spawn_cancelled (void)
{
  const char *program = qemu_test_find_system ();
  QemuProcess *process;
  g_autoptr(GCancellable) before = g_cancellable_new ();
  g_autoptr(GCancellable) during = g_cancellable_new ();
  g_autoptr(GAsyncResult) spawned = NULL;
  g_autoptr(GError) error = NULL;
  int pid;

  g_test_summary ("Spawning may be cancelled before and during; no process stays behind");

  if (program == NULL)
    return;

  process = process_new (program, no_machine);
  g_cancellable_cancel (before);
  g_assert_false (qemu_process_spawn (process, before, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpint (qemu_process_get_pid (process), ==, 0);

  qemu_process_spawn_async (process, during, qemu_test_store_result_cb, &spawned);
  pid = qemu_process_get_pid (process);
  g_assert_cmpint (pid, >, 0);
  g_cancellable_cancel (during);
  QEMU_TEST_WAIT_UNTIL (spawned);
  g_assert_false (qemu_process_spawn_finish (process, spawned, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  wait_until_gone (pid);
  g_clear_object (&spawned);
  process_free (process);
}

static void
test_never_spawned (void)
{
  QemuProcess *process = process_new ("qemu-system-x86_64", NULL);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;

  g_test_summary ("What was never spawned has ended");

  g_assert_true (qemu_process_wait (process, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (qemu_process_shutdown (process, 1000, NULL, &error));
  g_assert_no_error (error);
  g_cancellable_cancel (cancellable);
  g_assert_false (qemu_process_shutdown (process, 1000, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_object_set (process, "keep-alive", TRUE, NULL);
  g_assert_true (qemu_process_get_keep_alive (process));
  g_assert_finalize_object (process);
}

static void
test_wait_cancelled (void)
{
  const char *program = qemu_test_find_system ();
  QemuProcess *process;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) waited = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Cancelling a wait ends the wait alone");

  if (program == NULL)
    return;

  process = process_new (program, no_machine);
  spawn_ok (process);
  qemu_process_wait_async (process, cancellable, qemu_test_store_result_cb, &waited);
  g_cancellable_cancel (cancellable);
  QEMU_TEST_WAIT_UNTIL (waited);
  g_assert_false (qemu_process_wait_finish (process, waited, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (qemu_process_get_running (process));
  g_clear_object (&waited);
  process_free (process);
}

static void
test_much_error_output (void)
{
  const char *argv[] = {
    "/bin/sh", "-c",
    "i=0; while [ $i -lt 3000 ]; do echo \"line $i xxxxxxxxxxxxxxxxxxxxxxxxxxxx\" >&2; i=$((i+1)); done; exit 4",
    "sh", NULL
  };
  QemuProcess *process = qemu_process_new (argv);
  g_autoptr(GAsyncResult) spawned = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *output = NULL;

  g_test_summary ("Of much that is written to stderr the end is kept");

  qemu_process_spawn_async (process, NULL, qemu_test_store_result_cb, &spawned);
  QEMU_TEST_WAIT_UNTIL (spawned);
  g_assert_false (qemu_process_spawn_finish (process, spawned, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PROCESS_FAILED);
  output = qemu_process_get_error_output (process);
  g_assert_cmpuint (strlen (output), <=, 65536);
  g_assert_nonnull (strstr (output, "line "));
  g_clear_object (&spawned);
  process_free (process);
}

static void
test_shutdown_in_steps (void)
{
  const char *program = qemu_test_find_system ();
  QemuProcess *process;
  g_autoptr(GString) log = NULL;
  g_autoptr(GError) error = NULL;
  gint64 begin;

  g_test_summary ("Shutdown asks the guest, and quits QEMU when that has not helped in time");

  if (program == NULL)
    return;

  process = process_new (program, machine);
  log = watch (process);
  spawn_ok (process);
  begin = g_get_monotonic_time ();
  g_assert_true (qemu_process_shutdown (process, 300, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 300 * 1000);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 5 * G_USEC_PER_SEC);
  g_assert_false (qemu_process_get_running (process));
  g_assert_cmpint (qemu_process_get_exit_status (process), ==, 0);
  QEMU_TEST_WAIT_UNTIL (strstr (log->str, "exited(0)"));

  /* It has ended: there is nothing to do. */
  g_assert_true (qemu_process_shutdown (process, 300, NULL, &error));
  g_assert_no_error (error);
  wait_ok (process);
  process_free (process);
}

static void
test_shutdown_of_stopped (void)
{
  const char *program = qemu_test_find_system ();
  QemuProcess *process;
  g_autoptr(GError) error = NULL;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) ended = NULL;

  g_test_summary ("Cancelling a shutdown ends the wait and not the process; a QEMU that hangs is killed in the end");

  if (program == NULL)
    return;

  process = process_new (program, no_machine);
  spawn_ok (process);
  g_assert_no_errno (kill (qemu_process_get_pid (process), SIGSTOP));
  qemu_process_shutdown_async (process, 100000, cancellable, qemu_test_store_result_cb, &ended);
  qemu_test_spin (20);
  g_assert_null (ended);
  g_cancellable_cancel (cancellable);
  QEMU_TEST_WAIT_UNTIL (ended);
  g_assert_false (qemu_process_shutdown_finish (process, ended, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_true (qemu_process_get_running (process));

  g_assert_true (qemu_process_shutdown (process, 10, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (qemu_process_get_exit_status (process), ==, -SIGKILL);
  g_clear_object (&ended);
  process_free (process);
}

static void
test_shutdown_when_closed (void)
{
  const char *program = qemu_test_find_system ();
  QemuProcess *process;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A QEMU whose monitor was closed can still be shut down");

  if (program == NULL)
    return;

  process = process_new (program, no_machine);
  spawn_ok (process);
  g_assert_true (qemu_domain_close (qemu_process_get_domain (process), NULL, &error));
  g_assert_true (qemu_process_get_running (process));
  g_assert_true (qemu_process_shutdown (process, 1000, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (qemu_process_get_running (process));
  process_free (process);
}

static void
test_killed_from_outside (void)
{
  const char *program = qemu_test_find_system ();
  QemuProcess *process;
  g_autoptr(GString) log = NULL;

  g_test_summary ("A QEMU that is killed from outside: the signal is told, and pending commands end");

  if (program == NULL)
    return;

  process = process_new (program, no_machine);
  log = watch (process);
  spawn_ok (process);
  g_assert_no_errno (kill (qemu_process_get_pid (process), SIGKILL));
  QEMU_TEST_WAIT_UNTIL (strstr (log->str, "exited(-9)") && strstr (log->str, "closed"));
  g_assert_cmpint (qemu_process_get_exit_status (process), ==, -SIGKILL);
  g_assert_cmpint (qemu_domain_get_state (qemu_process_get_domain (process)), ==, QEMU_MONITOR_STATE_CLOSED);
  process_free (process);
}

static void
test_force_exit (void)
{
  const char *program = qemu_test_find_system ();
  QemuProcess *process;

  g_test_summary ("force_exit kills, and is harmless before and after");

  if (program == NULL)
    return;

  process = process_new (program, no_machine);
  qemu_process_force_exit (process);
  spawn_ok (process);
  qemu_process_force_exit (process);
  wait_ok (process);
  qemu_process_force_exit (process);
  g_assert_cmpint (qemu_process_get_exit_status (process), ==, -SIGKILL);
  process_free (process);
}

static void
test_dropped (void)
{
  const char *program = qemu_test_find_system ();

  g_test_summary ("A process ends with its object, and its domain is closed then");

  if (program == NULL)
    return;

  for (unsigned i = 0; i < 3; i++)
    {
      QemuProcess *process = process_new (program, no_machine);
      int pid;

      spawn_ok (process);
      pid = qemu_process_get_pid (process);
      if (i == 1)
        qemu_test_spin (5);
      process_free (process);
      wait_until_gone (pid);
    }
}

static void
test_keep_alive (void)
{
  const char *program = qemu_test_find_system ();
  QemuProcess *process;
  int pid;

  g_test_summary ("… unless it was told to live on");

  if (program == NULL)
    return;

  process = process_new (program, no_machine);
  g_assert_false (qemu_process_get_keep_alive (process));
  qemu_process_set_keep_alive (process, TRUE);
  g_assert_true (qemu_process_get_keep_alive (process));
  spawn_ok (process);
  pid = qemu_process_get_pid (process);
  process_free (process);
  qemu_test_spin (50);
  g_assert_true (is_alive (pid));
  g_assert_no_errno (kill (pid, SIGKILL));
  wait_until_gone (pid);
}

static void
test_error_output (void)
{
  const char *program = qemu_test_find_system ();
  QemuProcess *process;
  g_autofree char *output = NULL;

  g_test_summary ("What QEMU writes to stderr can be read, also while it runs");

  if (program == NULL)
    return;

  process = process_new (program, no_machine);
  output = qemu_process_get_error_output (process);
  g_assert_cmpstr (output, ==, "");
  spawn_ok (process);
  g_assert_no_errno (kill (qemu_process_get_pid (process), SIGTERM));
  wait_ok (process);
  g_clear_pointer (&output, g_free);
  output = qemu_process_get_error_output (process);
  g_assert_nonnull (strstr (output, "signal 15"));
  process_free (process);
}

static void
test_storage_daemon (void)
{
  const char *program = qemu_test_find_storage_daemon ();
  QemuProcess *process;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A storage daemon is started in the same way");

  if (program == NULL)
    return;

  process = process_new (program, NULL);
  spawn_ok (process);
  g_assert_true (qemu_process_shutdown (process, 0, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (qemu_process_get_exit_status (process), ==, 0);
  process_free (process);
}

static void
test_two_hundred (void)
{
  const char *program = qemu_test_find_system ();
  unsigned n_fds = 0;

  g_test_summary ("200 times started and quit: no descriptor, process or object is left over");

  if (program == NULL)
    return;

  for (unsigned i = 0; i < 200; i++)
    {
      QemuProcess *process = process_new (program, no_machine);
      QemuDomain *domain = g_object_ref (qemu_process_get_domain (process));
      g_autoptr(GError) error = NULL;

      spawn_ok (process);
      g_assert_true (qemu_domain_quit (domain, NULL, &error));
      g_assert_no_error (error);
      wait_ok (process);
      qemu_test_drain ();
      process_free (process);
      g_assert_finalize_object (domain);

      if (i == 20)
        n_fds = qemu_test_count_fds ();
    }
  /* GLib's own threads open one now and then. */
  g_assert_cmpuint (qemu_test_count_fds (), <=, n_fds + 3);
  g_assert_cmpuint (qemu_test_count_children (), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/process/spawn", test_spawn);
  g_test_add_func ("/process/spawn-async", test_spawn_async);
  g_test_add_func ("/process/spawn-again", test_spawn_again);
  g_test_add_func ("/process/bad-option", test_bad_option);
  g_test_add_func ("/process/late-death", test_late_death);
  g_test_add_func ("/process/missing-program", test_missing_program);
  g_test_add_func ("/process/no-qemu", test_no_qemu);
  g_test_add_func ("/process/spawn-cancelled", test_spawn_cancelled);
  g_test_add_func ("/process/never-spawned", test_never_spawned);
  g_test_add_func ("/process/wait-cancelled", test_wait_cancelled);
  g_test_add_func ("/process/much-error-output", test_much_error_output);
  g_test_add_func ("/process/shutdown-in-steps", test_shutdown_in_steps);
  g_test_add_func ("/process/shutdown-of-stopped", test_shutdown_of_stopped);
  g_test_add_func ("/process/shutdown-when-closed", test_shutdown_when_closed);
  g_test_add_func ("/process/killed-from-outside", test_killed_from_outside);
  g_test_add_func ("/process/force-exit", test_force_exit);
  g_test_add_func ("/process/dropped", test_dropped);
  g_test_add_func ("/process/keep-alive", test_keep_alive);
  g_test_add_func ("/process/error-output", test_error_output);
  g_test_add_func ("/process/storage-daemon", test_storage_daemon);
  g_test_add_func ("/process/two-hundred", test_two_hundred);

  return g_test_run ();
}
