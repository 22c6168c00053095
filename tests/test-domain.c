/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "qemu-play.h"

/* A domain that was given its name asks for its status when it is opened, and for nothing else. */
#define OPENING_STATUS { .expect = "query-status", .reply = "{'status': 'running', 'running': true}" }
#define OPENING QMP_PLAY_HANDSHAKE, OPENING_STATUS

static QemuDomain *
domain_new (QemuPlay   *play,
            const char *name)
{
  g_autoptr(GIOStream) stream = qemu_play_take_stream (play);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_stream (stream);

  return qemu_domain_new (monitor, name);
}

static QemuDomain *
domain_new_open (QemuPlay   *play,
                 const char *name)
{
  QemuDomain *domain = domain_new (play, name);
  g_autoptr(GError) error = NULL;
  gboolean ok = qemu_domain_open (domain, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpint (qemu_domain_get_state (domain), ==, QEMU_MONITOR_STATE_OPEN);

  return domain;
}

/* ---------------------------------------------------------------- each method, in each way it may end */

typedef struct
{
  const char *command;          /* what it sends */
  const char *arguments;
  const char *reply;            /* what a QEMU returns */
  void      (*async)  (QemuDomain          *self,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data);
  gboolean  (*finish) (QemuDomain          *self,
                       GAsyncResult        *result,
                       GError             **error);
  gboolean  (*sync)   (QemuDomain          *self,
                       GCancellable        *cancellable,
                       GError             **error);
} Method;

static void
run_async (QemuDomain *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("x-run");

  qemu_command_set_string (command, "a", "é");
  qemu_domain_run_async (self, command, cancellable, callback, user_data);
}

static gboolean
check_node (JsonNode *node)
{
  g_autoptr(JsonNode) owned = node;

  if (owned == NULL)
    return FALSE;
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (owned), "b"), ==, 5);

  return TRUE;
}

static gboolean
run_finish (QemuDomain *self, GAsyncResult *result, GError **error)
{
  return check_node (qemu_domain_run_finish (self, result, error));
}

static gboolean
run_sync (QemuDomain *self, GCancellable *cancellable, GError **error)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("x-run");

  qemu_command_set_string (command, "a", "é");

  return check_node (qemu_domain_run (self, command, cancellable, error));
}

static gboolean
check_bytes (GBytes *bytes)
{
  g_autoptr(GBytes) owned = bytes;

  if (owned == NULL)
    return FALSE;
  g_assert_true (g_str_has_prefix (g_bytes_get_data (owned, NULL),
                                   "{\"return\": {\"b\" :  18446744073709551615}, \"id\": "));

  return TRUE;
}

static void
run_raw_async (QemuDomain *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("x-raw");

  qemu_domain_run_raw_async (self, command, cancellable, callback, user_data);
}

static gboolean
run_raw_finish (QemuDomain *self, GAsyncResult *result, GError **error)
{
  return check_bytes (qemu_domain_run_raw_finish (self, result, error));
}

static gboolean
run_raw_sync (QemuDomain *self, GCancellable *cancellable, GError **error)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("x-raw");

  return check_bytes (qemu_domain_run_raw (self, command, cancellable, error));
}

static gboolean
check_commands (char **commands)
{
  g_auto(GStrv) owned = commands;

  if (owned == NULL)
    return FALSE;
  g_assert_cmpuint (g_strv_length (owned), ==, 2);
  g_assert_true (g_strv_contains ((const char * const *) owned, "stop"));
  g_assert_true (g_strv_contains ((const char * const *) owned, "cont"));

  return TRUE;
}

static gboolean
list_commands_finish (QemuDomain *self, GAsyncResult *result, GError **error)
{
  return check_commands (qemu_domain_list_commands_finish (self, result, error));
}

static gboolean
list_commands_sync (QemuDomain *self, GCancellable *cancellable, GError **error)
{
  return check_commands (qemu_domain_list_commands (self, cancellable, error));
}

static void
supports_command_async (QemuDomain *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  qemu_domain_supports_command_async (self, "stop", cancellable, callback, user_data);
}

static gboolean
supports_command_sync (QemuDomain *self, GCancellable *cancellable, GError **error)
{
  return qemu_domain_supports_command (self, "stop", cancellable, error);
}

static gboolean
check_version (QemuVersion *version)
{
  g_autoptr(QemuVersion) owned = version;

  if (owned == NULL)
    return FALSE;
  g_assert_cmpuint (qemu_version_get_major (owned), ==, 10);
  g_assert_cmpstr (qemu_version_get_package (owned), ==, "p");

  return TRUE;
}

static gboolean
query_version_finish (QemuDomain *self, GAsyncResult *result, GError **error)
{
  return check_version (qemu_domain_query_version_finish (self, result, error));
}

static gboolean
query_version_sync (QemuDomain *self, GCancellable *cancellable, GError **error)
{
  return check_version (qemu_domain_query_version (self, cancellable, error));
}

static gboolean
query_status_finish (QemuDomain *self, GAsyncResult *result, GError **error)
{
  QemuStatus status = qemu_domain_query_status_finish (self, result, error);

  g_assert_true (status == QEMU_STATUS_PAUSED || status == QEMU_STATUS_UNKNOWN);

  return status == QEMU_STATUS_PAUSED;
}

static gboolean
query_status_sync (QemuDomain *self, GCancellable *cancellable, GError **error)
{
  QemuStatus status = qemu_domain_query_status (self, cancellable, error);

  g_assert_true (status == QEMU_STATUS_PAUSED || status == QEMU_STATUS_UNKNOWN);

  return status == QEMU_STATUS_PAUSED;
}

static gboolean
check_text (char *text)
{
  g_autofree char *owned = text;

  if (owned == NULL)
    return FALSE;
  g_assert_cmpstr (owned, ==, "VM status: é\r\n");

  return TRUE;
}

static void
human_async (QemuDomain *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  qemu_domain_human_monitor_command_async (self, "info status", cancellable, callback, user_data);
}

static gboolean
human_finish (QemuDomain *self, GAsyncResult *result, GError **error)
{
  return check_text (qemu_domain_human_monitor_command_finish (self, result, error));
}

static gboolean
human_sync (QemuDomain *self, GCancellable *cancellable, GError **error)
{
  return check_text (qemu_domain_human_monitor_command (self, "info status", cancellable, error));
}

static const Method methods[] = {
  { "x-run", "{'a': 'é'}", "{'b': 5}", run_async, run_finish, run_sync },
  { "x-raw", NULL, "{'b' :  18446744073709551615}", run_raw_async, run_raw_finish, run_raw_sync },
  { "query-commands", NULL, "[{'name': 'stop'}, {'name': 'cont', 'x-new': 1}]", qemu_domain_list_commands_async,
    list_commands_finish, list_commands_sync },
  { "query-commands", NULL, "[{'name': 'stop'}, {'name': 'cont'}]", supports_command_async,
    qemu_domain_supports_command_finish, supports_command_sync },
  { "query-version", NULL, "{'qemu': {'major': 10, 'minor': 0, 'micro': 0}, 'package': 'p'}",
    qemu_domain_query_version_async, query_version_finish, query_version_sync },
  { "query-status", NULL, "{'status': 'paused', 'running': false}", qemu_domain_query_status_async, query_status_finish,
    query_status_sync },
  { "human-monitor-command", "{'command-line': 'info status'}", "'VM status: \\u00e9\\r\\n'", human_async, human_finish,
    human_sync },
  { "system_powerdown", NULL, "{}", qemu_domain_system_powerdown_async, qemu_domain_system_powerdown_finish,
    qemu_domain_system_powerdown },
  { "system_reset", NULL, "{}", qemu_domain_system_reset_async, qemu_domain_system_reset_finish,
    qemu_domain_system_reset },
  { "system_wakeup", NULL, "{}", qemu_domain_system_wakeup_async, qemu_domain_system_wakeup_finish,
    qemu_domain_system_wakeup },
  { "stop", NULL, "{}", qemu_domain_stop_async, qemu_domain_stop_finish, qemu_domain_stop },
  { "cont", NULL, "{}", qemu_domain_cont_async, qemu_domain_cont_finish, qemu_domain_cont },
  { "quit", NULL, "{}", qemu_domain_quit_async, qemu_domain_quit_finish, qemu_domain_quit },
  { "inject-nmi", NULL, "{}", qemu_domain_inject_nmi_async, qemu_domain_inject_nmi_finish, qemu_domain_inject_nmi },
};

static gboolean
call (const Method  *method,
      QemuDomain    *domain,
      gboolean       async,
      GCancellable  *cancellable,
      GError       **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  if (!async)
    return method->sync (domain, cancellable, error);

  method->async (domain, cancellable, qemu_test_store_result_cb, &result);
  g_assert_null (result);
  QEMU_TEST_WAIT_UNTIL (result);

  return method->finish (domain, result, error);
}

static void
test_method_succeeds (gconstpointer data)
{
  const Method *method = data;
  const QmpPlay steps[] = {
    OPENING,
    { .expect = method->command, .arguments = method->arguments, .event = "MEANWHILE", .reply = method->reply },
    { 0 }
  };

  g_test_summary ("QEMU does it; sync and async");

  for (unsigned async = 0; async < 2; async++)
    {
      g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
      QemuDomain *domain = domain_new_open (play, "vm1");
      g_autoptr(GError) error = NULL;
      gboolean ok = call (method, domain, async, NULL, &error);

      g_assert_no_error (error);
      g_assert_true (ok);
      g_assert_finalize_object (domain);
    }
}

static void
test_method_refused (gconstpointer data)
{
  const Method *method = data;
  const QmpPlay steps[] = {
    OPENING, { .expect = method->command, .error = "DeviceNotFound: There is no such thing" }, { 0 }
  };

  g_test_summary ("QEMU refuses; the error says what was asked of whom, and why not");

  for (unsigned async = 0; async < 2; async++)
    {
      g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
      QemuDomain *domain = domain_new_open (play, "vm1");
      g_autoptr(GError) error = NULL;
      g_autofree char *expected = g_strdup_printf ("%s on vm1: There is no such thing", method->command);

      g_assert_false (call (method, domain, async, NULL, &error));
      g_assert_error (error, QEMU_ERROR, QEMU_ERROR_DEVICE_NOT_FOUND);
      g_assert_cmpstr (error->message, ==, expected);
      g_assert_finalize_object (domain);
    }
}

static gpointer
cancel_thread (gpointer data)
{
  gpointer *pair = data;

  qemu_play_wait_for_step (pair[0], 4);
  g_cancellable_cancel (pair[1]);

  return NULL;
}

static void
test_method_cancelled (gconstpointer data)
{
  const Method *method = data;
  const QmpPlay steps[] = {
    OPENING, { .expect = method->command },                   /* heard, never answered */
    { .expect = "x-next", .reply = "{}" }, { 0 }
  };

  g_test_summary ("The caller cancels before and during; then nothing is sent, and the connection stays usable");

  for (unsigned async = 0; async < 2; async++)
    {
      g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
      QemuDomain *domain = domain_new_open (play, "vm1");
      g_autoptr(GCancellable) before = g_cancellable_new ();
      g_autoptr(GCancellable) during = g_cancellable_new ();
      g_autoptr(QemuCommand) next = qemu_command_new ("x-next");
      g_autoptr(JsonNode) node = NULL;
      g_autoptr(GError) error = NULL;
      gpointer pair[2] = { play, during };
      GThread *thread;

      g_cancellable_cancel (before);
      g_assert_false (call (method, domain, async, before, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&error);

      thread = g_thread_new ("cancel", cancel_thread, pair);
      g_assert_false (call (method, domain, async, during, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&error);
      g_thread_join (thread);

      node = qemu_domain_run (domain, next, NULL, &error);
      g_assert_no_error (error);
      g_assert_finalize_object (domain);
    }
}

static void
test_method_cut_off (gconstpointer data)
{
  const Method *method = data;
  const QmpPlay steps[] = { OPENING, { .expect = method->command, .hang_up = TRUE }, { 0 } };
  gboolean is_quit = g_str_equal (method->command, "quit");

  g_test_summary ("QEMU hangs up instead of an answer: an error, but for quit just what was wanted");

  for (unsigned async = 0; async < 2; async++)
    {
      g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
      QemuDomain *domain = domain_new_open (play, "vm1");
      g_autoptr(GError) error = NULL;

      g_assert_cmpint (call (method, domain, async, NULL, &error), ==, is_quit);
      if (is_quit)
        g_assert_no_error (error);
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
      g_clear_error (&error);

      QEMU_TEST_WAIT_UNTIL (qemu_domain_get_state (domain) == QEMU_MONITOR_STATE_CLOSED);
      qemu_test_drain ();
      g_assert_false (call (method, domain, async, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
      g_assert_finalize_object (domain);
    }
}

/* ---------------------------------------------------------------- open and close */

static void
count_cb (GObject    *object,
          GParamSpec *pspec,
          gpointer    user_data)
{
  unsigned *n = user_data;

  (*n)++;
}

static void
count_closed_cb (QemuDomain   *domain,
                 const GError *error,
                 gpointer      user_data)
{
  unsigned *n = user_data;

  (*n)++;
}

static void
test_open (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .expect = "x-end", .reply = "{}" }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new (play, NULL);
  g_autoptr(QemuCommand) end = qemu_command_new ("x-end");
  g_autoptr(JsonNode) node = NULL;
  g_autoptr(GAsyncResult) opened = NULL, closed = NULL;
  g_autoptr(GError) error = NULL;
  unsigned n_status = 0, n_running = 0, n_name = 0, n_version = 0, n_closed = 0;

  g_test_summary ("Opening asks for the name and the status; closing forgets the status");

  g_signal_connect (domain, "notify::status", G_CALLBACK (count_cb), &n_status);
  g_signal_connect (domain, "notify::running", G_CALLBACK (count_cb), &n_running);
  g_signal_connect (domain, "notify::name", G_CALLBACK (count_cb), &n_name);
  g_signal_connect (domain, "notify::version", G_CALLBACK (count_cb), &n_version);
  g_signal_connect (domain, "closed", G_CALLBACK (count_closed_cb), &n_closed);
  g_assert_null (qemu_domain_get_name (domain));
  g_assert_null (qemu_domain_get_version (domain));
  g_assert_null (qemu_domain_get_status_name (domain));
  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_UNKNOWN);
  g_assert_false (qemu_domain_get_running (domain));
  g_assert_true (QEMU_IS_SOCKET_MONITOR (qemu_domain_get_monitor (domain)));

  qemu_domain_open_async (domain, NULL, qemu_test_store_result_cb, &opened);
  g_assert_cmpint (qemu_domain_get_state (domain), ==, QEMU_MONITOR_STATE_OPENING);
  QEMU_TEST_WAIT_UNTIL (opened);
  g_assert_true (qemu_domain_open_finish (domain, opened, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (qemu_domain_get_name (domain), ==, "vm1");
  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_RUNNING);
  g_assert_cmpstr (qemu_domain_get_status_name (domain), ==, "running");
  g_assert_true (qemu_domain_get_running (domain));
  g_assert_cmpuint (qemu_version_get_major (qemu_domain_get_version (domain)), ==, 7);
  qemu_test_drain ();
  g_assert_cmpuint (n_status, ==, 1);
  g_assert_cmpuint (n_running, ==, 1);
  g_assert_cmpuint (n_name, ==, 1);
  g_assert_cmpuint (n_version, ==, 1);

  node = qemu_domain_run (domain, end, NULL, &error);
  g_assert_no_error (error);
  qemu_domain_close_async (domain, NULL, qemu_test_store_result_cb, &closed);
  QEMU_TEST_WAIT_UNTIL (closed && n_closed);
  g_assert_true (qemu_domain_close_finish (domain, closed, &error));
  g_assert_no_error (error);
  qemu_test_drain ();
  g_assert_cmpint (qemu_domain_get_state (domain), ==, QEMU_MONITOR_STATE_CLOSED);
  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_UNKNOWN);
  g_assert_null (qemu_domain_get_status_name (domain));
  g_assert_false (qemu_domain_get_running (domain));
  g_assert_cmpuint (n_status, ==, 2);
  g_assert_cmpuint (qemu_test_read_properties (domain), >=, 11);
  g_clear_object (&opened);
  g_clear_object (&closed);
  g_assert_finalize_object (domain);
}

static void
store_name_cb (QemuDomain  *domain,
               GParamSpec  *pspec,
               char       **name)
{
  g_free (*name);
  *name = g_strdup (qemu_domain_get_name (domain));
}

static void
test_name_before_status (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .expect = "query-name", .reply = "{'name': 'mail'}" },
                                   OPENING_STATUS, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new (play, NULL);
  g_autofree char *name = NULL;
  g_autoptr(GAsyncResult) opened = NULL;

  g_test_summary ("Who hears of the status for the first time knows the name");

  g_signal_connect (domain, "notify::status", G_CALLBACK (store_name_cb), &name);
  qemu_domain_open_async (domain, NULL, qemu_test_store_result_cb, &opened);
  QEMU_TEST_WAIT_UNTIL (opened);
  g_assert_true (qemu_domain_open_finish (domain, opened, NULL));
  QEMU_TEST_WAIT_UNTIL (name != NULL);
  g_assert_cmpstr (name, ==, "mail");
  g_clear_object (&opened);
  g_assert_finalize_object (domain);
}

static void
test_given_name (void)
{
  static const QmpPlay steps[] = { OPENING, { .expect = "stop", .error = "GenericError: No" }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play, "é😀");
  g_autoptr(GError) error = NULL;

  g_test_summary ("A name that was given is not asked for, and stands in errors");

  g_assert_cmpstr (qemu_domain_get_name (domain), ==, "é😀");
  g_assert_false (qemu_domain_stop (domain, NULL, &error));
  g_assert_cmpstr (error->message, ==, "stop on é😀: No");
  g_assert_finalize_object (domain);
}

static void
test_storage_daemon (void)
{
  static const QmpPlay background[] = {
    { .expect = "query-status", .error = "CommandNotFound: The command query-status has not been found" },
    { .expect = "query-name", .error = "CommandNotFound: The command query-name has not been found" },
    { 0 }
  };
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .expect = "x-end", .reply = "{}" }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play, NULL);
  g_autoptr(QemuCommand) end = qemu_command_new ("x-end");
  g_autoptr(JsonNode) node = NULL;

  g_test_summary ("A peer that knows neither a name nor a status can be opened");

  g_assert_null (qemu_domain_get_name (domain));
  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_UNKNOWN);
  node = qemu_domain_run (domain, end, NULL, NULL);
  g_assert_nonnull (node);
  g_assert_finalize_object (domain);
}

static void
test_no_name (void)
{
  static const QmpPlay background[] = {
    { .expect = "query-status" }, { .expect = "query-name", .reply = "{}" }, { 0 }
  };
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play, NULL);

  g_test_summary ("A QEMU without a name has none");

  g_assert_null (qemu_domain_get_name (domain));
  g_assert_finalize_object (domain);
}

static void
test_open_fails_late (void)
{
  static const QmpPlay cut_off[] = { QMP_PLAY_HANDSHAKE, { .expect = "query-status", .hang_up = TRUE }, { 0 } };
  static const QmpPlay silent[] = { QMP_PLAY_HANDSHAKE, { .expect = "query-status" }, { 0 } };
  gint64 begin;

  g_test_summary ("When opening fails behind the handshake, in whatever way, the domain is closed");

  for (unsigned i = 0; i < 3; i++)
    {
      g_autoptr(QemuPlay) play = qemu_play_new (i == 0 ? cut_off : silent, NULL, QEMU_PLAY_NONE);
      QemuDomain *domain = domain_new (play, "vm1");
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(GAsyncResult) opened = NULL;
      g_autoptr(GError) error = NULL;

      begin = g_get_monotonic_time ();
      if (i == 2)
        qemu_monitor_set_open_timeout (qemu_domain_get_monitor (domain), 200);
      qemu_domain_open_async (domain, cancellable, qemu_test_store_result_cb, &opened);
      if (i == 1)
        {
          while (qemu_play_count_heard (play, "query-status") == 0)
            qemu_test_spin (1);
          g_assert_cmpint (qemu_domain_get_state (domain), ==, QEMU_MONITOR_STATE_OPEN);
          g_cancellable_cancel (cancellable);
        }
      QEMU_TEST_WAIT_UNTIL (opened);
      g_assert_false (qemu_domain_open_finish (domain, opened, &error));
      if (i == 0)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
      else if (i == 1)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_assert_cmpint (g_get_monotonic_time () - begin, <, 5 * G_USEC_PER_SEC);
      g_assert_cmpint (qemu_domain_get_state (domain), !=, QEMU_MONITOR_STATE_OPEN);
      g_clear_object (&opened);
      qemu_test_drain ();
      g_assert_finalize_object (domain);
    }
}

static void
test_open_not_there (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuDomain) domain = qemu_domain_new_for_uri ("/no/such/socket", &error);

  g_test_summary ("A domain that is not there cannot be opened; a bad address makes no domain");

  g_assert_no_error (error);
  g_assert_false (qemu_domain_open (domain, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "/no/such/socket"));
  g_clear_error (&error);

  g_assert_null (qemu_domain_new_for_uri ("tcp:", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static void
test_open_again (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE, { .expect = "query-commands", .reply = "[{'name': 'old'}]" },
    { .expect = "bye", .hang_up = TRUE },
    QMP_PLAY_HANDSHAKE, { .expect = "query-commands", .reply = "[{'name': 'new'}]" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_LISTEN);
  g_autoptr(QemuCommand) bye = qemu_command_new ("bye");
  g_autoptr(GError) error = NULL;
  QemuDomain *domain = qemu_domain_new_for_uri (qemu_play_get_uri (play), NULL);
  unsigned n_closed = 0, n_state = 0;

  g_test_summary ("A domain can be opened again, and what it knew of the other QEMU is asked for again");

  g_signal_connect (domain, "closed", G_CALLBACK (count_closed_cb), &n_closed);
  g_signal_connect (domain, "notify::state", G_CALLBACK (count_cb), &n_state);
  g_assert_true (qemu_domain_open (domain, NULL, &error));
  g_assert_true (qemu_domain_supports_command (domain, "old", NULL, &error));
  g_assert_false (qemu_domain_supports_command (domain, "new", NULL, &error));
  g_assert_no_error (error);
  g_assert_null (qemu_domain_run (domain, bye, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_clear_error (&error);
  QEMU_TEST_WAIT_UNTIL (n_closed == 1);
  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_UNKNOWN);

  g_assert_true (qemu_domain_open (domain, NULL, &error));
  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_RUNNING);
  g_assert_false (qemu_domain_supports_command (domain, "old", NULL, &error));
  g_assert_true (qemu_domain_supports_command (domain, "new", NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_closed, ==, 1);
  g_assert_cmpuint (n_state, >=, 3);
  qemu_test_drain ();
  g_assert_finalize_object (domain);
}

/* ---------------------------------------------------------------- status */

static const struct
{
  const char *name;
  QemuStatus  status;
} statuses[] = {
  { "debug", QEMU_STATUS_DEBUG },
  { "inmigrate", QEMU_STATUS_INMIGRATE },
  { "internal-error", QEMU_STATUS_INTERNAL_ERROR },
  { "io-error", QEMU_STATUS_IO_ERROR },
  { "paused", QEMU_STATUS_PAUSED },
  { "postmigrate", QEMU_STATUS_POSTMIGRATE },
  { "prelaunch", QEMU_STATUS_PRELAUNCH },
  { "finish-migrate", QEMU_STATUS_FINISH_MIGRATE },
  { "restore-vm", QEMU_STATUS_RESTORE_VM },
  { "running", QEMU_STATUS_RUNNING },
  { "save-vm", QEMU_STATUS_SAVE_VM },
  { "shutdown", QEMU_STATUS_SHUTDOWN },
  { "suspended", QEMU_STATUS_SUSPENDED },
  { "watchdog", QEMU_STATUS_WATCHDOG },
  { "guest-panicked", QEMU_STATUS_GUEST_PANICKED },
  { "colo", QEMU_STATUS_COLO },
  { "x-tomorrow", QEMU_STATUS_UNKNOWN },
  { "unknown", QEMU_STATUS_UNKNOWN },
  { "", QEMU_STATUS_UNKNOWN },
};

static void
test_statuses (void)
{
  QmpPlay steps[G_N_ELEMENTS (statuses) + 3] = { QMP_PLAY_HANDSHAKE };
  g_autoptr(QemuPlay) play = NULL;
  QemuDomain *domain;

  g_test_summary ("Each of QEMU's run states is known, an unknown one keeps its name, and running is another matter");

  for (unsigned i = 0; i < G_N_ELEMENTS (statuses); i++)
    steps[2 + i] = (QmpPlay) { .wait_for_test = TRUE, .status = statuses[i].name, .event = "STOP" };
  play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_NONE);
  domain = domain_new_open (play, "vm1");

  for (unsigned i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      qemu_play_go_on (play);
      QEMU_TEST_WAIT_UNTIL (g_strcmp0 (qemu_domain_get_status_name (domain), statuses[i].name) == 0);
      g_assert_cmpint (qemu_domain_get_status (domain), ==, statuses[i].status);
      g_assert_cmpint (qemu_domain_get_running (domain), ==, statuses[i].status == QEMU_STATUS_RUNNING);
    }
  qemu_test_spin (10);
  g_assert_finalize_object (domain);
}

static const char * const status_events[] = {
  "STOP", "RESUME", "RESET", "SUSPEND", "WAKEUP", "SHUTDOWN", "GUEST_PANICKED", "WATCHDOG", "MIGRATION"
};

static void
test_status_follows (gconstpointer data)
{
  const char *event = data;
  const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE, { .wait_for_test = TRUE, .status = "suspended", .event = event }, { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play, "vm1");

  g_test_summary ("After an event that may have changed the status it is asked for: the name is not the answer");

  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (qemu_domain_get_status (domain) == QEMU_STATUS_SUSPENDED);
  g_assert_false (qemu_domain_get_running (domain));
  qemu_test_spin (10);
  g_assert_finalize_object (domain);
}

static void
test_status_after_job (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .wait_for_test = TRUE, .event = "JOB_STATUS_CHANGE", .data = "{'id': 'j', 'status': 'created'}" },
    { .status = "paused", .event = "JOB_STATUS_CHANGE", .data = "{'id': 'j', 'status': 'concluded'}" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play, "vm1");

  g_test_summary ("Also when a job ends, which may have been a snapshot");

  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (qemu_domain_get_status (domain) == QEMU_STATUS_PAUSED);
  qemu_test_spin (10);
  g_assert_cmpuint (qemu_play_count_heard (play, "query-status"), ==, 2);
  g_assert_finalize_object (domain);
}

static void
test_status_coalesced (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE, { .wait_for_test = TRUE, .status = "paused", .event = "STOP", .times = 200 }, { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play, "vm1");

  g_test_summary ("Many events at once are one question, or few");

  qemu_play_go_on (play);
  qemu_play_wait_for_step (play, 3);
  QEMU_TEST_WAIT_UNTIL (qemu_domain_get_status (domain) == QEMU_STATUS_PAUSED);
  qemu_test_spin (50);
  g_assert_cmpuint (qemu_play_count_heard (play, "query-status"), <=, 5);
  g_assert_finalize_object (domain);
}

static void
test_status_event_lost (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE, { .wait_for_test = TRUE, .status = "paused" }, { .status = "running" },
    { .status = "shutdown", .event = "SHUTDOWN" }, { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play, "vm1");

  g_test_summary ("One event for three changes: the status is right");

  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (qemu_domain_get_status (domain) == QEMU_STATUS_SHUTDOWN);
  qemu_test_spin (10);
  g_assert_finalize_object (domain);
}

static void
test_status_passes (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE, { .wait_for_test = TRUE, .status = "finish-migrate", .event = "STOP" },
    { .wait_for_test = TRUE, .status = "postmigrate" }, { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play, "vm1");
  unsigned n_asked;

  g_test_summary ("A state that passes without an event is asked for again until it has passed, and then no more");

  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (qemu_domain_get_status (domain) == QEMU_STATUS_FINISH_MIGRATE);
  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (qemu_domain_get_status (domain) == QEMU_STATUS_POSTMIGRATE);
  qemu_test_drain ();
  n_asked = qemu_play_count_heard (play, "query-status");
  qemu_test_spin (400);
  g_assert_cmpuint (qemu_play_count_heard (play, "query-status"), ==, n_asked);
  g_assert_finalize_object (domain);
}

static void
test_passing_at_open (void)
{
  static const QmpPlay steps[] = {
    { .status = "inmigrate" }, QMP_PLAY_HANDSHAKE, { .wait_for_test = TRUE, .status = "running" }, { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play, "vm1");

  g_test_summary ("… also when the domain was in that state when it was opened");

  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_INMIGRATE);
  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (qemu_domain_get_status (domain) == QEMU_STATUS_RUNNING);
  qemu_test_drain ();
  g_assert_finalize_object (domain);
}

static void
test_idle_is_silent (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .event = "BALLOON_CHANGE", .data = "{'actual': 1}" }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play, NULL);

  g_test_summary ("An idle open domain sends nothing");

  g_assert_cmpuint (qemu_play_count_heard (play, NULL), ==, 3);
  qemu_test_spin (400);
  g_assert_cmpuint (qemu_play_count_heard (play, NULL), ==, 3);
  g_assert_finalize_object (domain);
}

static void
test_dropped_while_asking (void)
{
  static const QmpPlay steps[] = {
    OPENING, { .wait_for_test = TRUE, .event = "STOP" }, { .expect = "query-status" }, { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play, "vm1");
  gpointer alive = domain;

  g_test_summary ("A domain that is dropped while it asks for its status goes when that has ended");

  g_object_add_weak_pointer (G_OBJECT (domain), &alive);
  qemu_play_go_on (play);
  while (qemu_play_count_heard (play, "query-status") < 2)
    g_main_context_iteration (NULL, FALSE);
  qemu_monitor_set_command_timeout (qemu_domain_get_monitor (domain), 100);
  g_assert_true (qemu_domain_close (domain, NULL, NULL));
  g_object_unref (domain);
  QEMU_TEST_WAIT_UNTIL (alive == NULL);
}

/* ---------------------------------------------------------------- values and signals */

static const struct
{
  const char *reply;
  const char *expected;
} values[] = {
  { "{}", "{}" },
  { "[]", "[]" },
  { "[1, -9223372036854775808, 9223372036854775807]", "[1, -9223372036854775808, 9223372036854775807]" },
  { "'text é \\ud83d\\ude00'", "'text é 😀'" },
  { "'lone \\ud800'", "'lone \xef\xbf\xbd'" },
  { "true", "true" },
  { "null", "null" },
  { "0.5", "0.5" },
  { "{'a': {'b': [{'c': null}]}, 'd': false}", "{'a': {'b': [{'c': null}]}, 'd': false}" },
};

static void
test_values (void)
{
  QmpPlay steps[G_N_ELEMENTS (values) + 4] = { OPENING };
  g_autoptr(QemuPlay) play = NULL;
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  QemuDomain *domain;

  g_test_summary ("A command's value may be anything");

  for (unsigned i = 0; i < G_N_ELEMENTS (values); i++)
    steps[3 + i] = (QmpPlay) { .expect = "x", .reply = values[i].reply };
  play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  domain = domain_new_open (play, "vm1");
  for (unsigned i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(JsonNode) node = qemu_domain_run (domain, command, NULL, &error);
      g_autofree char *expected = qemu_test_json (values[i].expected);
      g_autoptr(JsonNode) expected_node = json_from_string (expected, NULL);

      g_assert_no_error (error);
      g_assert_nonnull (node);
      g_test_message ("%s", values[i].reply);
      g_assert_true (json_node_is_null (node) ? g_str_equal (expected, "null") : json_node_equal (node, expected_node));
    }
  g_assert_finalize_object (domain);
}

static void
event_cb (QemuDomain *domain,
          QemuEvent  *event,
          gpointer    user_data)
{
  GString *log = user_data;

  g_assert_true (QEMU_IS_EVENT (event));
  g_string_append_printf (log, "%s ", qemu_event_get_name (event));
}

static void
test_events (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .event = "A" }, { .event = "STOP" }, { .event = "B" }, { .event = "STOP" }, { .event = "END" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play, "vm1");
  g_autoptr(GString) all = g_string_new (NULL);
  g_autoptr(GString) stops = g_string_new (NULL);

  g_test_summary ("The domain passes its monitor's events on, with their names as detail");

  g_signal_connect (domain, "event", G_CALLBACK (event_cb), all);
  g_signal_connect (domain, "event::STOP", G_CALLBACK (event_cb), stops);
  QEMU_TEST_WAIT_UNTIL (g_str_has_suffix (all->str, "END "));
  g_assert_cmpstr (all->str, ==, "A STOP B STOP END ");
  g_assert_cmpstr (stops->str, ==, "STOP STOP ");
  qemu_test_spin (10);
  g_assert_finalize_object (domain);
}

typedef struct
{
  GThread *home;
  unsigned n;
} Home;

static void
at_home_cb (gpointer  object,
            gpointer  argument,
            Home     *home)
{
  g_assert_true (g_thread_self () == home->home);
  home->n++;
}

static gpointer
work_thread (gpointer data)
{
  QemuDomain *domain = data;
  g_autoptr(QemuCommand) flood = qemu_command_new ("x-flood");
  g_autoptr(GError) error = NULL;

  qemu_command_set_int64 (flood, "count", 5);
  g_assert_true (qemu_domain_open (domain, NULL, &error));
  for (unsigned i = 0; i < 20; i++)
    {
      g_autoptr(JsonNode) node = qemu_domain_run (domain, flood, NULL, &error);

      g_assert_no_error (error);
      qemu_domain_query_status (domain, NULL, &error);
      g_assert_no_error (error);
    }
  g_assert_true (qemu_domain_close (domain, NULL, &error));

  return NULL;
}

static void
test_signals_stay_home (void)
{
  g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_GREETING);
  g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_stream (stream);
  QemuDomain *domain = qemu_domain_new (monitor, NULL);
  Home home = { g_thread_self (), 0 }, closed = { g_thread_self (), 0 };
  GThread *thread;

  g_test_summary ("Signals and notifications come where the domain was made, whoever works with it");

  g_signal_connect (domain, "event", G_CALLBACK (at_home_cb), &home);
  g_signal_connect (domain, "closed", G_CALLBACK (at_home_cb), &closed);
  g_signal_connect (domain, "notify", G_CALLBACK (at_home_cb), &home);
  thread = g_thread_new ("work", work_thread, domain);
  QEMU_TEST_WAIT_UNTIL (closed.n);
  g_thread_join (thread);
  g_assert_cmpuint (home.n, >=, 100);
  g_clear_object (&monitor);
  qemu_test_drain ();
  g_assert_finalize_object (domain);
}

static void
reenter_cb (QemuDomain *domain,
            GParamSpec *pspec,
            gpointer    user_data)
{
  GAsyncResult **result = user_data;
  g_autoptr(GError) error = NULL;

  if (qemu_domain_get_status (domain) != QEMU_STATUS_PAUSED)
    return;

  g_assert_cmpint (qemu_domain_query_status (domain, NULL, &error), ==, QEMU_STATUS_PAUSED);
  g_assert_no_error (error);
  qemu_domain_cont_async (domain, NULL, qemu_test_store_result_cb, result);
}

static void
test_reentrant (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .wait_for_test = TRUE, .status = "paused", .event = "STOP" },
    { .expect = "cont", .status = "running", .event = "RESUME", .reply = "{}" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play, "vm1");
  g_autoptr(GAsyncResult) result = NULL;

  g_test_summary ("A handler of a notification may call any method, sync and async");

  qemu_test_drain ();
  g_signal_connect (domain, "notify::status", G_CALLBACK (reenter_cb), &result);
  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (result && qemu_domain_get_status (domain) == QEMU_STATUS_RUNNING);
  g_assert_true (qemu_domain_cont_finish (domain, result, NULL));
  g_clear_object (&result);
  qemu_test_spin (10);
  g_assert_finalize_object (domain);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (unsigned i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      const char *name = methods[i].async == supports_command_async ? "supports-command" : methods[i].command;
      g_autofree char *succeeds = g_strdup_printf ("/domain/%s/succeeds", name);
      g_autofree char *refused = g_strdup_printf ("/domain/%s/refused", name);
      g_autofree char *cancelled = g_strdup_printf ("/domain/%s/cancelled", name);
      g_autofree char *cut_off = g_strdup_printf ("/domain/%s/cut-off", name);

      g_test_add_data_func (succeeds, &methods[i], test_method_succeeds);
      g_test_add_data_func (refused, &methods[i], test_method_refused);
      g_test_add_data_func (cancelled, &methods[i], test_method_cancelled);
      g_test_add_data_func (cut_off, &methods[i], test_method_cut_off);
    }

  g_test_add_func ("/domain/open", test_open);
  g_test_add_func ("/domain/name-before-status", test_name_before_status);
  g_test_add_func ("/domain/given-name", test_given_name);
  g_test_add_func ("/domain/storage-daemon", test_storage_daemon);
  g_test_add_func ("/domain/no-name", test_no_name);
  g_test_add_func ("/domain/open-fails-late", test_open_fails_late);
  g_test_add_func ("/domain/open-not-there", test_open_not_there);
  g_test_add_func ("/domain/open-again", test_open_again);

  g_test_add_func ("/domain/statuses", test_statuses);
  for (unsigned i = 0; i < G_N_ELEMENTS (status_events); i++)
    {
      g_autofree char *path = g_strconcat ("/domain/status-follows/", status_events[i], NULL);

      g_test_add_data_func (path, status_events[i], test_status_follows);
    }
  g_test_add_func ("/domain/status-after-job", test_status_after_job);
  g_test_add_func ("/domain/status-coalesced", test_status_coalesced);
  g_test_add_func ("/domain/status-event-lost", test_status_event_lost);
  g_test_add_func ("/domain/status-passes", test_status_passes);
  g_test_add_func ("/domain/passing-at-open", test_passing_at_open);
  g_test_add_func ("/domain/idle-is-silent", test_idle_is_silent);
  g_test_add_func ("/domain/dropped-while-asking", test_dropped_while_asking);

  g_test_add_func ("/domain/values", test_values);
  g_test_add_func ("/domain/events", test_events);
  g_test_add_func ("/domain/signals-stay-home", test_signals_stay_home);
  g_test_add_func ("/domain/reentrant", test_reentrant);

  return g_test_run ();
}
