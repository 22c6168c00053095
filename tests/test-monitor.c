/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu-play.h"

/* What a monitor has told, in order. */
typedef struct
{
  GThread *thread;
  GString *log;
  unsigned n_closed;
  unsigned n_events;
  GError  *closed_error;
} Diary;

static void
event_cb (QemuMonitor *monitor,
          QemuEvent   *event,
          gpointer     user_data)
{
  Diary *diary = user_data;

  g_assert_true (g_thread_self () == diary->thread);
  diary->n_events++;
  g_string_append_printf (diary->log, "%s ", qemu_event_get_name (event));
}

static void
closed_cb (QemuMonitor  *monitor,
           const GError *error,
           gpointer      user_data)
{
  Diary *diary = user_data;

  g_assert_true (g_thread_self () == diary->thread);
  g_assert_cmpint (qemu_monitor_get_state (monitor), !=, QEMU_MONITOR_STATE_CLOSING);
  diary->n_closed++;
  g_clear_error (&diary->closed_error);
  diary->closed_error = error != NULL ? g_error_copy (error) : NULL;
  g_string_append (diary->log, "closed ");
}

static void
state_cb (QemuMonitor *monitor,
          GParamSpec  *pspec,
          gpointer     user_data)
{
  Diary *diary = user_data;
  g_autoptr(GEnumClass) klass = g_type_class_ref (QEMU_TYPE_MONITOR_STATE);

  g_assert_true (g_thread_self () == diary->thread);
  g_string_append_printf (diary->log, "(%s) ",
                          g_enum_get_value (klass, qemu_monitor_get_state (monitor))->value_nick);
}

static Diary *
diary_new (QemuMonitor *monitor)
{
  Diary *self = g_new0 (Diary, 1);

  self->thread = g_thread_self ();
  self->log = g_string_new (NULL);
  g_signal_connect (monitor, "event", G_CALLBACK (event_cb), self);
  g_signal_connect (monitor, "closed", G_CALLBACK (closed_cb), self);
  g_signal_connect (monitor, "notify::state", G_CALLBACK (state_cb), self);

  return self;
}

/* After its monitor. */
static void
diary_free (Diary *self)
{
  g_string_free (self->log, TRUE);
  g_clear_error (&self->closed_error);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Diary, diary_free)

static QemuMonitor *
monitor_for_stream (QemuPlay *play)
{
  g_autoptr(GIOStream) stream = qemu_play_take_stream (play);

  return qemu_socket_monitor_new_for_stream (stream);
}

static QemuMonitor *
monitor_for_uri (const char *uri)
{
  g_autoptr(GError) error = NULL;
  QemuMonitor *monitor = qemu_socket_monitor_new_for_uri (uri, &error);

  g_assert_no_error (error);
  g_assert_true (QEMU_IS_SOCKET_MONITOR (monitor));

  return monitor;
}

static void
open_ok (QemuMonitor *monitor)
{
  g_autoptr(GError) error = NULL;
  gboolean ok = qemu_monitor_open (monitor, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_OPEN);
}

static void
close_ok (QemuMonitor *monitor)
{
  g_autoptr(GError) error = NULL;
  gboolean ok = qemu_monitor_close (monitor, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
}

static void
open_fails (QemuMonitor *monitor,
            GQuark       domain,
            int          code,
            const char  *words)
{
  g_autoptr(GError) error = NULL;

  g_assert_false (qemu_monitor_open (monitor, NULL, &error));
  g_assert_error (error, domain, code);
  if (words != NULL)
    g_assert_nonnull (strstr (error->message, words));
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
}

static GBytes *
run (QemuMonitor  *monitor,
     const char   *name,
     GError      **error)
{
  g_autoptr(QemuCommand) command = qemu_command_new (name);

  return qemu_monitor_run (monitor, command, NULL, error);
}

static void
run_ok (QemuMonitor *monitor,
        const char  *name,
        const char  *words)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = run (monitor, name, &error);

  g_assert_no_error (error);
  g_assert_nonnull (strstr (g_bytes_get_data (reply, NULL), words));
}

static void
run_fails (QemuMonitor *monitor,
           const char  *name,
           GQuark       domain,
           int          code)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (run (monitor, name, &error));
  g_assert_error (error, domain, code);
  g_assert_nonnull (strstr (error->message, name));
}

static void
run_async (QemuMonitor   *monitor,
           const char    *name,
           GCancellable  *cancellable,
           GAsyncResult **result)
{
  g_autoptr(QemuCommand) command = qemu_command_new (name);

  qemu_monitor_run_async (monitor, command, cancellable, qemu_test_store_result_cb, result);
}

/* ---------------------------------------------------------------- open and close */

static void
test_open (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .expect = "query-status", .reply = "'here'" }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(Diary) diary = diary_new (monitor);
  g_autofree char *version = NULL;

  g_test_summary ("An open monitor knows QEMU's version and capabilities, and runs commands");

  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
  g_assert_null (qemu_monitor_get_version (monitor));
  g_assert_null (qemu_monitor_get_capabilities (monitor));
  open_ok (monitor);
  version = qemu_version_to_string (qemu_monitor_get_version (monitor));
  g_assert_cmpstr (version, ==, "7.2.0");
  g_assert_cmpstr (qemu_version_get_package (qemu_monitor_get_version (monitor)), ==, "Test");
  g_assert_cmpstrv (qemu_monitor_get_capabilities (monitor), ((const char * const []) { "oob", NULL }));
  g_assert_true (qemu_monitor_get_events_supported (monitor));
  g_assert_cmpuint (qemu_test_read_properties (monitor), >=, 8);
  g_object_set (monitor, "open-timeout", 5u, "wait-for-peer", TRUE, NULL);
  g_assert_cmpuint (qemu_monitor_get_open_timeout (monitor), ==, 5);
  g_assert_true (qemu_socket_monitor_get_wait_for_peer (QEMU_SOCKET_MONITOR (monitor)));
  run_ok (monitor, "query-status", "\"here\"");

  close_ok (monitor);
  QEMU_TEST_WAIT_UNTIL (diary->n_closed);
  g_assert_no_error (diary->closed_error);
  g_assert_finalize_object (monitor);
}

static void
count_cb (GObject    *object,
          GParamSpec *pspec,
          gpointer    user_data)
{
  unsigned *n = user_data;

  (*n)++;
}

static void
test_open_async (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .expect = "x", .reply = "'here'" }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(Diary) diary = diary_new (monitor);
  g_autoptr(GAsyncResult) opened = NULL, second = NULL, third = NULL, reply = NULL, closed = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = NULL;
  unsigned n_versions = 0, n_capabilities = 0;

  g_test_summary ("Opening tells each state as it comes; a second open meanwhile is refused, and one after it is done");

  g_signal_connect (monitor, "notify::version", G_CALLBACK (count_cb), &n_versions);
  g_signal_connect (monitor, "notify::capabilities", G_CALLBACK (count_cb), &n_capabilities);
  qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &opened);
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_OPENING);
  qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &second);
  g_assert_null (opened);
  g_assert_null (second);
  QEMU_TEST_WAIT_UNTIL (opened && second);
  g_assert_true (qemu_monitor_open_finish (monitor, opened, &error));
  g_assert_no_error (error);
  g_assert_false (qemu_monitor_open_finish (monitor, second, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_clear_error (&error);

  qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &third);
  QEMU_TEST_WAIT_UNTIL (third);
  g_assert_true (qemu_monitor_open_finish (monitor, third, &error));
  g_assert_no_error (error);

  run_async (monitor, "x", NULL, &reply);
  QEMU_TEST_WAIT_UNTIL (reply);
  bytes = qemu_monitor_run_finish (monitor, reply, &error);
  g_assert_no_error (error);
  g_assert_nonnull (bytes);

  qemu_monitor_close_async (monitor, NULL, qemu_test_store_result_cb, &closed);
  QEMU_TEST_WAIT_UNTIL (closed && diary->n_closed);
  g_assert_true (qemu_monitor_close_finish (monitor, closed, &error));
  g_assert_no_error (error);
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
  qemu_test_drain ();
  g_assert_cmpuint (diary->n_closed, ==, 1);
  g_assert_cmpstr (diary->log->str, ==, "(opening) (open) (closing) (closed) closed ");
  g_assert_cmpuint (n_versions, ==, 1);
  g_assert_cmpuint (n_capabilities, ==, 1);

  g_clear_object (&opened);
  g_clear_object (&second);
  g_clear_object (&third);
  g_clear_object (&reply);
  g_clear_object (&closed);
  g_assert_finalize_object (monitor);
}

static void
test_close_when_closed (void)
{
  g_autoptr(QemuMonitor) monitor = monitor_for_uri ("/no/such/path");
  g_autoptr(Diary) diary = diary_new (monitor);

  g_test_summary ("Closing what is closed is no error, and tells nothing");

  close_ok (monitor);
  close_ok (monitor);
  qemu_test_drain ();
  g_assert_cmpstr (diary->log->str, ==, "");
  run_fails (monitor, "query-status", G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
}

static void
test_events_before_greeting (void)
{
  static const QmpPlay steps[] = {
    { .event = "VSERPORT_CHANGE", .data = "{'open': true}", .times = 50 },
    { .greeting = TRUE },
    { .expect = "qmp_capabilities", .event = "STOP", .reply = "{}" },
    { .event = "RESUME" },
    { .expect = "query-status", .reply = "'own data'" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(Diary) diary = diary_new (monitor);
  g_autoptr(GAsyncResult) opened = NULL;

  g_test_summary ("Events before the greeting, and before the reply to the capabilities, come after open has ended");

  qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &opened);
  while (opened == NULL)
    {
      g_main_context_iteration (NULL, TRUE);
      g_assert_true (diary->n_events == 0 || qemu_monitor_get_state (monitor) == QEMU_MONITOR_STATE_OPEN);
    }
  g_assert_true (qemu_monitor_open_finish (monitor, opened, NULL));
  run_ok (monitor, "query-status", "own data");
  QEMU_TEST_WAIT_UNTIL (diary->n_events == 52);
  g_assert_true (g_str_has_prefix (diary->log->str, "(opening) (open) VSERPORT_CHANGE "));
  g_assert_true (g_str_has_suffix (diary->log->str, " VSERPORT_CHANGE STOP RESUME "));
  g_clear_object (&opened);
  g_assert_finalize_object (monitor);
}

static void
test_negotiated_already (void)
{
  static const QmpPlay steps[] = {
    { .expect = "qmp_capabilities", .error = "CommandNotFound: Capabilities negotiation is already complete" },
    { .expect = "query-version", .reply = "{'qemu': {'major': 8, 'minor': 1, 'micro': 3}, 'package': 'p'}" },
    { .expect = "x", .reply = "{}" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);

  g_test_summary ("A connection on which somebody has negotiated before can be taken over");

  open_ok (monitor);
  g_assert_nonnull (qemu_monitor_get_version (monitor));
  g_assert_cmpuint (qemu_version_get_major (qemu_monitor_get_version (monitor)), ==, 8);
  g_assert_null (qemu_monitor_get_capabilities (monitor));
  run_ok (monitor, "x", "return");
  g_assert_finalize_object (monitor);
}

static void
test_no_greeting (void)
{
  static const QmpPlay steps[] = { { .expect = "qmp_capabilities" }, { 0 } };

  g_test_summary ("A peer that accepts and says nothing is BUSY when the time is up, sync and async");

  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
      QemuMonitor *monitor = monitor_for_stream (play);
      gint64 begin = g_get_monotonic_time ();

      qemu_monitor_set_open_timeout (monitor, 80);
      if (i == 0)
        {
          open_fails (monitor, G_IO_ERROR, G_IO_ERROR_BUSY, "another client");
        }
      else
        {
          g_autoptr(GAsyncResult) opened = NULL;
          g_autoptr(GError) error = NULL;

          qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &opened);
          QEMU_TEST_WAIT_UNTIL (opened);
          g_assert_false (qemu_monitor_open_finish (monitor, opened, &error));
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
        }
      g_assert_cmpint (g_get_monotonic_time () - begin, >=, 80000);
      qemu_test_drain ();
      g_assert_finalize_object (monitor);
    }
}

static void
test_greeting_and_no_answer (void)
{
  static const QmpPlay steps[] = { { .greeting = TRUE }, { .expect = "qmp_capabilities" }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);

  g_test_summary ("A QEMU that has greeted and does not answer is TIMED_OUT");

  qemu_monitor_set_open_timeout (monitor, 80);
  open_fails (monitor, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, NULL);
  g_assert_finalize_object (monitor);
}

typedef struct
{
  const char *name;
  QmpPlay     steps[4];
  gboolean    protocol;         /* QEMU_ERROR_PROTOCOL, else CONNECTION_CLOSED */
} BadPeer;

static const BadPeer bad_peers[] = {
  { "hang-up-at-once", { { .hang_up = TRUE } }, FALSE },
  { "hang-up-after-greeting", { { .greeting = TRUE }, { .hang_up = TRUE } }, FALSE },
  { "hang-up-on-capabilities", { { .greeting = TRUE }, { .expect = "qmp_capabilities", .hang_up = TRUE } }, FALSE },
  { "reset", { { .greeting = TRUE, .reset = TRUE } }, FALSE },
  { "ssh", { { .expect = "qmp_capabilities", .raw = "SSH-2.0-OpenSSH_9.2\r\n" } }, TRUE },
  { "binary", { { .expect = "qmp_capabilities", .raw = "\x16\x03\x01\n", .raw_length = 4 } }, TRUE },
  { "half-a-greeting", { { .raw = "{\"QMP\": {\"vers" }, { .hang_up = TRUE } }, FALSE },
};

static void
test_bad_peer (gconstpointer data)
{
  const BadPeer *bad = data;
  g_autoptr(QemuPlay) play = qemu_play_new (bad->steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(Diary) diary = diary_new (monitor);

  g_test_summary ("Opening fails at once with what is wrong with the peer, and tells of no end");

  if (bad->protocol)
    open_fails (monitor, QEMU_ERROR, QEMU_ERROR_PROTOCOL, "open");
  else
    open_fails (monitor, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "The peer closed the connection");
  qemu_test_drain ();
  g_assert_cmpuint (diary->n_closed, ==, 0);
  g_assert_finalize_object (monitor);
}

static void
test_refused_capabilities (void)
{
  static const QmpPlay steps[] = {
    { .greeting = TRUE }, { .expect = "qmp_capabilities", .error = "GenericError: Not today" }, { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);

  g_test_summary ("When QEMU refuses the capabilities, its words are the error");

  open_fails (monitor, QEMU_ERROR, QEMU_ERROR_GENERIC, "Not today");
  g_assert_finalize_object (monitor);
}

static void
test_not_there (void)
{
  g_autofree char *folder = g_dir_make_tmp ("qemu-monitor-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "qmp", NULL);
  QemuMonitor *monitor = monitor_for_uri (path);
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr(GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);
  gint64 begin = g_get_monotonic_time ();

  g_test_summary ("A path that is not there, and one where nobody listens, fail at once and by name");

  open_fails (monitor, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, path);
  g_assert_true (g_socket_bind (socket, address, TRUE, NULL));
  open_fails (monitor, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, path);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 2 * G_USEC_PER_SEC);
  g_assert_finalize_object (monitor);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_wait_for_peer (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { 0 } };
  g_autofree char *folder = g_dir_make_tmp ("qemu-monitor-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "qmp", NULL);
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_LISTEN);
  QemuMonitor *monitor = monitor_for_uri (path);
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr(GSocket) nobody = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);
  g_autoptr(GAsyncResult) opened = NULL;
  g_autoptr(GError) error = NULL;
  unsigned n_notified = 0;

  g_test_summary ("With wait-for-peer, opening waits for a socket to appear, and for somebody to listen there");

  g_signal_connect (monitor, "notify::wait-for-peer", G_CALLBACK (count_cb), &n_notified);
  g_assert_false (qemu_socket_monitor_get_wait_for_peer (QEMU_SOCKET_MONITOR (monitor)));
  qemu_socket_monitor_set_wait_for_peer (QEMU_SOCKET_MONITOR (monitor), TRUE);
  qemu_socket_monitor_set_wait_for_peer (QEMU_SOCKET_MONITOR (monitor), TRUE);
  g_assert_true (qemu_socket_monitor_get_wait_for_peer (QEMU_SOCKET_MONITOR (monitor)));
  g_assert_cmpuint (n_notified, ==, 1);

  qemu_monitor_set_open_timeout (monitor, 50);
  g_assert_false (qemu_monitor_open (monitor, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  qemu_monitor_set_open_timeout (monitor, 10000);
  qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &opened);
  qemu_test_spin (40);
  g_assert_null (opened);
  g_assert_true (g_socket_bind (nobody, address, TRUE, NULL));
  qemu_test_spin (40);
  g_assert_null (opened);
  g_unlink (path);
  g_assert_no_errno (symlink (qemu_play_get_uri (play) + strlen ("unix:"), path));
  QEMU_TEST_WAIT_UNTIL (opened);
  g_assert_true (qemu_monitor_open_finish (monitor, opened, NULL));

  g_clear_object (&opened);
  g_assert_finalize_object (monitor);
  g_unlink (path);
  g_rmdir (folder);
}

/* A listening socket whose queue is full. */
static GSocket *
listen_in_vain (const char  *path,
                GPtrArray   *clients)
{
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new (path);
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);

  g_assert_true (g_socket_bind (socket, address, TRUE, NULL));
  g_socket_set_listen_backlog (socket, 1);
  g_assert_true (g_socket_listen (socket, NULL));

  for (;;)
    {
      g_autoptr(GSocket) client = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);

      g_socket_set_blocking (client, FALSE);
      if (!g_socket_connect (client, address, NULL, NULL))
        break;
      g_ptr_array_add (clients, g_steal_pointer (&client));
      g_assert_cmpuint (clients->len, <, 100);
    }

  return socket;
}

static void
test_full_queue (void)
{
  g_autofree char *folder = g_dir_make_tmp ("qemu-monitor-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "qmp", NULL);
  g_autoptr(GPtrArray) clients = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GSocket) listener = listen_in_vain (path, clients);
  QemuMonitor *monitor = monitor_for_uri (path);
  g_autoptr(GError) error = NULL;
  g_autoptr(GAsyncResult) opened = NULL;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("A full queue of clients is waited out, until the deadline, and can be cancelled at once");

  qemu_monitor_set_open_timeout (monitor, 100);
  g_assert_false (qemu_monitor_open (monitor, NULL, &error));
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);

  qemu_monitor_set_open_timeout (monitor, 10000);
  qemu_monitor_open_async (monitor, cancellable, qemu_test_store_result_cb, &opened);
  qemu_test_spin (30);
  g_assert_null (opened);
  g_cancellable_cancel (cancellable);
  QEMU_TEST_WAIT_UNTIL (opened);
  g_assert_false (qemu_monitor_open_finish (monitor, opened, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_clear_object (&opened);

  /* Each client is let in and leaves, the last one is ours. */
  qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &opened);
  for (unsigned i = 0; i < clients->len; i++)
    {
      g_autoptr(GSocket) connection = g_socket_accept (listener, NULL, &error);

      g_assert_no_error (error);
    }
  for (;;)
    {
      g_autoptr(GSocket) connection = NULL;
      const char greeting[] = QEMU_TEST_GREETING "{\"return\": {}, \"id\": 1}\r\n";

      qemu_test_spin (20);
      g_socket_set_blocking (listener, FALSE);
      connection = g_socket_accept (listener, NULL, NULL);
      if (connection == NULL)
        continue;
      g_assert_cmpint (g_socket_send (connection, greeting, strlen (greeting), NULL, NULL), >, 0);
      QEMU_TEST_WAIT_UNTIL (opened);
      g_assert_true (qemu_monitor_open_finish (monitor, opened, &error));
      g_assert_no_error (error);
      break;
    }

  g_clear_object (&opened);
  g_assert_finalize_object (monitor);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_open_cancelled (void)
{
  static const QmpPlay steps[] = { { .expect = "qmp_capabilities" }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(GCancellable) before = g_cancellable_new ();
  g_autoptr(GCancellable) during = g_cancellable_new ();
  g_autoptr(GAsyncResult) opened = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(Diary) diary = diary_new (monitor);

  g_test_summary ("Opening may be cancelled before and during; the monitor is closed then");

  g_cancellable_cancel (before);
  g_assert_false (qemu_monitor_open (monitor, before, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpuint (qemu_play_count_heard (play, NULL), ==, 0);

  qemu_monitor_open_async (monitor, during, qemu_test_store_result_cb, &opened);
  qemu_play_wait_for_step (play, 1);
  g_cancellable_cancel (during);
  QEMU_TEST_WAIT_UNTIL (opened);
  g_assert_false (qemu_monitor_open_finish (monitor, opened, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
  qemu_test_drain ();
  g_assert_cmpstr (diary->log->str, ==, "(opening) (closed) ");
  g_clear_object (&opened);
  g_assert_finalize_object (monitor);
}

static void
test_close_while_opening (void)
{
  static const QmpPlay steps[] = { { .expect = "qmp_capabilities" }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(GAsyncResult) opened = NULL, closed = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Closing ends an attempt to open");

  qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &opened);
  qemu_play_wait_for_step (play, 1);
  qemu_monitor_close_async (monitor, NULL, qemu_test_store_result_cb, &closed);
  QEMU_TEST_WAIT_UNTIL (opened && closed);
  g_assert_false (qemu_monitor_open_finish (monitor, opened, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_true (qemu_monitor_close_finish (monitor, closed, &error));
  g_assert_no_error (error);
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
  g_clear_object (&opened);
  g_clear_object (&closed);
  qemu_test_drain ();
  g_assert_finalize_object (monitor);
}

static gpointer
cancel_thread (gpointer data)
{
  GCancellable *cancellable = data;

  g_usleep (g_random_int_range (0, 300));
  g_cancellable_cancel (cancellable);

  return NULL;
}

/* Whatever the cancelling meets, the next attempt must find the peer free. */
static void
test_open_cancelled_any_time (void)
{
  g_test_summary ("Opening may be cancelled at any moment, and the connection is gone then");

  for (unsigned i = 0; i < 300; i++)
    {
      g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_GREETING);
      g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
      QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (stream);
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      GThread *thread = g_thread_new ("cancel", cancel_thread, cancellable);
      g_autoptr(GError) error = NULL;

      if (qemu_monitor_open (monitor, cancellable, &error))
        {
          run_ok (monitor, "x", "return");
        }
      else
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
          qemu_test_drain ();
          /* Unless that came before all else: then the stream is as good as new. */
          if (!g_io_stream_is_closed (stream))
            open_ok (monitor);
        }
      g_thread_join (thread);
      g_assert_finalize_object (monitor);
    }
}

static void
test_stream_only_once (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);

  g_test_summary ("A monitor of a stream cannot be opened again");

  open_ok (monitor);
  close_ok (monitor);
  open_fails (monitor, G_IO_ERROR, G_IO_ERROR_CLOSED, "open");
  qemu_test_drain ();
  g_assert_finalize_object (monitor);
}

static void
test_unusable_stream (void)
{
  g_autoptr(GInputStream) input = g_memory_input_stream_new ();
  g_autoptr(GDataInputStream) filter = g_data_input_stream_new (input);
  g_autoptr(GOutputStream) output = g_memory_output_stream_new_resizable ();
  g_autoptr(GIOStream) stream = g_simple_io_stream_new (G_INPUT_STREAM (filter), output);
  QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (stream);

  g_test_summary ("A stream that cannot be polled is refused when it is opened");

  open_fails (monitor, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, NULL);
  g_assert_finalize_object (monitor);
}

static void
test_open_again (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE, { .event = "ONE" }, { .expect = "x", .hang_up = TRUE },
    QMP_PLAY_HANDSHAKE, { .event = "TWO" }, { .expect = "y", .reply = "'second'" }, { .expect = "z", .hang_up = TRUE },
    QMP_PLAY_HANDSHAKE, { .event = "THREE" }, { .expect = "w", .reply = "'third'" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_LISTEN);
  QemuMonitor *monitor = monitor_for_uri (qemu_play_get_uri (play));
  g_autoptr(Diary) diary = diary_new (monitor);

  g_test_summary ("When the peer has hung up, the monitor can be opened again; it does not do so by itself");

  open_ok (monitor);
  run_fails (monitor, "x", G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);

  /* Before the loop has run: the end of the first is told later, and once. */
  open_ok (monitor);
  run_ok (monitor, "y", "second");
  QEMU_TEST_WAIT_UNTIL (diary->n_closed == 1 && diary->n_events == 2);
  g_assert_error (diary->closed_error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_OPEN);

  run_fails (monitor, "z", G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  QEMU_TEST_WAIT_UNTIL (diary->n_closed == 2);
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
  run_fails (monitor, "later", G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  open_ok (monitor);
  run_ok (monitor, "w", "third");
  QEMU_TEST_WAIT_UNTIL (diary->n_events == 3);
  g_assert_finalize_object (monitor);
  g_assert_cmpuint (diary->n_closed, ==, 2);
}

static void
open_again_cb (QemuMonitor  *monitor,
               const GError *error,
               gpointer      user_data)
{
  unsigned *n_opened = user_data;

  if (*n_opened < 2)
    {
      (*n_opened)++;
      open_ok (monitor);
    }
}

static void
test_open_in_closed_handler (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE, { .hang_up = TRUE },
    QMP_PLAY_HANDSHAKE, { .expect = "x", .reply = "{}" }, { .expect = "bye", .hang_up = TRUE },
    QMP_PLAY_HANDSHAKE, { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_LISTEN);
  QemuMonitor *monitor = monitor_for_uri (qemu_play_get_uri (play));
  unsigned n_opened = 0;

  g_test_summary ("A handler of closed may open the monitor again");

  g_signal_connect (monitor, "closed", G_CALLBACK (open_again_cb), &n_opened);
  open_ok (monitor);
  QEMU_TEST_WAIT_UNTIL (n_opened == 1);
  run_ok (monitor, "x", "return");
  run_fails (monitor, "bye", G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  QEMU_TEST_WAIT_UNTIL (n_opened == 2);
  g_assert_finalize_object (monitor);
}

static void
test_open_in_closed_handler_after_close (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .expect = "x", .hang_up = TRUE }, QMP_PLAY_HANDSHAKE, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_LISTEN);
  QemuMonitor *monitor = monitor_for_uri (qemu_play_get_uri (play));
  g_autoptr(GAsyncResult) closed = NULL, result = NULL;
  unsigned n_opened = 1;

  g_test_summary ("… also when the end was asked for");

  g_signal_connect (monitor, "closed", G_CALLBACK (open_again_cb), &n_opened);
  open_ok (monitor);
  run_async (monitor, "x", NULL, &result);
  qemu_play_wait_for_step (play, 3);
  qemu_monitor_close_async (monitor, NULL, qemu_test_store_result_cb, &closed);
  QEMU_TEST_WAIT_UNTIL (closed && result && n_opened == 2);
  g_assert_true (qemu_monitor_close_finish (monitor, closed, NULL));
  g_assert_null (qemu_monitor_run_finish (monitor, result, NULL));
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_OPEN);
  g_clear_object (&closed);
  g_clear_object (&result);
  g_assert_finalize_object (monitor);
}

static void
test_hang_up_with_commands (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE, { .expect = "a" }, { .expect = "b" }, { .expect = "c", .event = "LAST", .hang_up = TRUE }, { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(Diary) diary = diary_new (monitor);
  GAsyncResult *results[3] = { NULL, NULL, NULL };

  g_test_summary ("When the peer hangs up, each pending command fails once; closed comes once, behind the last event");

  open_ok (monitor);
  run_async (monitor, "a", NULL, &results[0]);
  run_async (monitor, "b", NULL, &results[1]);
  run_async (monitor, "c", NULL, &results[2]);
  QEMU_TEST_WAIT_UNTIL (diary->n_closed);
  qemu_test_drain ();
  for (unsigned i = 0; i < 3; i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_nonnull (results[i]);
      g_assert_null (qemu_monitor_run_finish (monitor, results[i], &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
      g_object_unref (results[i]);
    }
  g_assert_cmpuint (diary->n_closed, ==, 1);
  g_assert_true (g_str_has_suffix (diary->log->str, "LAST (closed) closed "));
  g_assert_finalize_object (monitor);
}

static void
test_closed_with_commands (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .expect = "a" }, { .expect = "b" }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(Diary) diary = diary_new (monitor);
  GAsyncResult *results[2] = { NULL, NULL };

  g_test_summary ("Closing fails what is pending, and closed comes without an error");

  open_ok (monitor);
  run_async (monitor, "a", NULL, &results[0]);
  run_async (monitor, "b", NULL, &results[1]);
  qemu_play_wait_for_step (play, 4);
  close_ok (monitor);
  QEMU_TEST_WAIT_UNTIL (diary->n_closed && results[0] && results[1]);
  g_assert_no_error (diary->closed_error);
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (qemu_monitor_run_finish (monitor, results[i], &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
      g_object_unref (results[i]);
    }
  g_assert_finalize_object (monitor);
}

static void
test_dropped_while_open (void)
{
  unsigned n_fds = 0;

  g_test_summary ("Dropping an open monitor closes the connection and tells nobody; no descriptor stays open");

  for (unsigned i = 0; i < 60; i++)
    {
      g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_GREETING);
      g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
      QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (stream);
      g_autoptr(Diary) diary = diary_new (monitor);

      open_ok (monitor);
      if (i % 2)
        run_ok (monitor, "x", "return");
      if (i % 3 == 0)
        qemu_test_drain ();
      g_assert_finalize_object (monitor);
      g_assert_true (g_io_stream_is_closed (stream));
      qemu_test_drain ();
      g_assert_cmpuint (diary->n_closed, ==, 0);

      if (i == 2)
        n_fds = qemu_test_count_fds ();
      else if (i > 2)
        g_assert_cmpuint (qemu_test_count_fds (), ==, n_fds);
    }
}

/* ---------------------------------------------------------------- run */

static void
test_run_errors (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "eject", .error = "DeviceNotFound: Device 'cd0' not found" },
    { .expect = "x-tomorrow", .error = "QuantumError: Cat is dead" },
    { .expect = "query-status", .reply = "{}" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(GError) error = NULL;

  g_test_summary ("QEMU's error has its class as code, and says what was asked and what QEMU said");

  open_ok (monitor);
  g_assert_null (run (monitor, "eject", &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_DEVICE_NOT_FOUND);
  g_assert_true (g_str_has_prefix (error->message, "eject on "));
  g_assert_true (g_str_has_suffix (error->message, ": Device 'cd0' not found"));
  g_clear_error (&error);
  g_assert_null (run (monitor, "x-tomorrow", &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_assert_nonnull (strstr (error->message, "Cat is dead"));
  run_ok (monitor, "query-status", "return");
  g_assert_finalize_object (monitor);
}

static void
test_run_timeouts (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "slow" }, { .expect = "slower" }, { .expect = "slowest" },
    { .expect = "next", .reply_to = 3, .reply = "'late'" },
    { .reply_to = 4, .reply = "'late'" },
    { .reply_to = 5, .reply = "'late'" },
    { .reply_to = 6, .reply = "'own'" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(QemuCommand) slow = qemu_command_new ("slow");
  g_autoptr(QemuCommand) slowest = qemu_command_new ("slowest");
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  unsigned n_notified = 0;

  g_test_summary ("The monitor's and the command's own time limit end the wait; late replies go to nobody");

  g_signal_connect (monitor, "notify::command-timeout", G_CALLBACK (count_cb), &n_notified);
  g_assert_cmpuint (qemu_monitor_get_command_timeout (monitor), ==, 60000);
  g_assert_cmpuint (qemu_monitor_get_open_timeout (monitor), ==, 10000);
  open_ok (monitor);
  qemu_command_set_timeout (slow, 30);
  g_assert_null (qemu_monitor_run (monitor, slow, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "slow"));

  qemu_monitor_set_command_timeout (monitor, 30);
  g_object_set (monitor, "command-timeout", 30, NULL);
  g_assert_cmpuint (n_notified, ==, 1);
  run_fails (monitor, "slower", G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  qemu_monitor_run_async (monitor, slowest, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);
  g_assert_null (qemu_monitor_run_finish (monitor, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  qemu_monitor_set_command_timeout (monitor, 0);
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_OPEN);
  run_ok (monitor, "next", "own");
  g_clear_object (&result);
  g_assert_finalize_object (monitor);
}

static void
test_run_cancelled (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "migrate" },                                   /* heard, never answered */
    { .expect = "query-status", .reply = "'fine'" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(QemuCommand) command = qemu_command_new ("query-status");
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Cancelling ends the wait at once and leaves the connection usable");

  open_ok (monitor);
  run_async (monitor, "migrate", cancellable, &result);
  qemu_play_wait_for_step (play, 3);
  g_cancellable_cancel (cancellable);
  QEMU_TEST_WAIT_UNTIL (result);
  g_assert_null (qemu_monitor_run_finish (monitor, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (qemu_monitor_run (monitor, command, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  run_ok (monitor, "query-status", "fine");
  g_clear_object (&result);
  g_assert_finalize_object (monitor);
}

static void
test_run_not_utf8 (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .expect = "good", .reply = "{}" }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(QemuCommand) bad = qemu_command_new ("bad");
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A command with text that is not UTF-8 fails here, and nothing of it is sent");

  qemu_command_set_string (bad, "file", "\xff");
  open_ok (monitor);
  g_assert_null (qemu_monitor_run (monitor, bad, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  qemu_monitor_run_async (monitor, bad, NULL, qemu_test_store_result_cb, &result);
  g_assert_null (result);
  QEMU_TEST_WAIT_UNTIL (result);
  g_assert_null (qemu_monitor_run_finish (monitor, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  run_ok (monitor, "good", "return");
  g_clear_object (&result);
  g_assert_finalize_object (monitor);
}

static void
test_run_same_command (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE, { .expect = "x", .arguments = "{'n': 18446744073709551615}" },
    { .expect = "x", .reply_to = 3, .reply = "1" }, { .reply_to = 4, .reply = "2" }, { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  QemuCommand *command = qemu_command_new ("x");
  g_autoptr(GAsyncResult) one = NULL, two = NULL;
  g_autoptr(GBytes) bytes_one = NULL, bytes_two = NULL;

  g_test_summary ("The same command may be run twice at a time, and let go meanwhile");

  qemu_command_set_uint64 (command, "n", G_MAXUINT64);
  open_ok (monitor);
  qemu_monitor_run_async (monitor, command, NULL, qemu_test_store_result_cb, &one);
  qemu_monitor_run_async (monitor, command, NULL, qemu_test_store_result_cb, &two);
  qemu_command_unref (command);
  QEMU_TEST_WAIT_UNTIL (one && two);
  bytes_one = qemu_monitor_run_finish (monitor, one, NULL);
  bytes_two = qemu_monitor_run_finish (monitor, two, NULL);
  g_assert_nonnull (strstr (g_bytes_get_data (bytes_one, NULL), "\"return\": 1"));
  g_assert_nonnull (strstr (g_bytes_get_data (bytes_two, NULL), "\"return\": 2"));
  g_clear_object (&one);
  g_clear_object (&two);
  g_assert_finalize_object (monitor);
}

static void
test_pending_keeps_alive (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .expect = "x", .wait_for_test = TRUE, .reply = "{}" }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) bytes = NULL;
  gpointer alive = monitor;

  g_test_summary ("A pending command keeps its monitor alive, and nothing else does");

  open_ok (monitor);
  g_object_add_weak_pointer (G_OBJECT (monitor), &alive);
  run_async (monitor, "x", NULL, &result);
  g_object_unref (monitor);
  g_assert_nonnull (alive);
  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (result);
  bytes = qemu_monitor_run_finish (alive, result, NULL);
  g_assert_nonnull (bytes);
  g_clear_object (&result);
  g_assert_null (alive);
}

static void
test_silent_monitors (void)
{
  QemuMonitor *monitors[20];
  int fars[20];
  GAsyncResult *results[20] = { NULL };
  unsigned n_ticks = 0;

  g_test_summary ("Twenty QEMUs that do not answer hold up neither each other nor the loop");

  for (unsigned i = 0; i < 20; i++)
    {
      g_autoptr(GIOStream) stream = qemu_test_stream_pair (&fars[i]);
      const char handshake[] = QEMU_TEST_GREETING "{\"return\": {}, \"id\": 1}\r\n";

      g_assert_cmpint (write (fars[i], handshake, strlen (handshake)), >, 0);
      monitors[i] = qemu_socket_monitor_new_for_stream (stream);
      qemu_monitor_set_open_timeout (monitors[i], 5000);
      open_ok (monitors[i]);
      qemu_monitor_set_command_timeout (monitors[i], 100);
      run_async (monitors[i], "query-status", NULL, &results[i]);
    }
  while (results[19] == NULL)
    {
      qemu_test_spin (10);
      n_ticks++;
      g_assert_cmpuint (n_ticks, <, 1000);
    }
  g_assert_cmpuint (n_ticks, >=, 5);
  for (unsigned i = 0; i < 20; i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_nonnull (results[i]);
      g_assert_null (qemu_monitor_run_finish (monitors[i], results[i], &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_object_unref (results[i]);
      g_assert_finalize_object (monitors[i]);
      close (fars[i]);
    }
}

/* ---------------------------------------------------------------- signals */

static void
test_event_detail (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .event = "STOP", .data = "{'a': 1}" }, { .event = "X-NEVER-HEARD-OF-BY-ANYBODY" }, { .event = "RESUME" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(Diary) diary = NULL;
  unsigned n_stops = 0;

  g_test_summary ("The detail selects events by name; a name nobody listens to is not interned");

  g_signal_connect_swapped (monitor, "event::STOP", G_CALLBACK (g_atomic_int_inc), &n_stops);
  diary = diary_new (monitor);
  open_ok (monitor);
  QEMU_TEST_WAIT_UNTIL (diary->n_events == 3);
  g_assert_cmpuint (n_stops, ==, 1);
  g_assert_cmpuint (g_quark_try_string ("X-NEVER-HEARD-OF-BY-ANYBODY"), ==, 0);
  g_assert_finalize_object (monitor);
}

static void
run_in_event_cb (QemuMonitor *monitor,
                 QemuEvent   *event,
                 gpointer     user_data)
{
  GAsyncResult **result = user_data;

  run_ok (monitor, "inside", "return");
  run_async (monitor, "later", NULL, result);
}

static void
test_run_in_handler (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE, { .event = "STOP" }, { .expect = "inside", .event = "OTHER", .reply = "{}" },
    { .expect = "later", .reply = "{}" }, { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(Diary) diary = diary_new (monitor);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) bytes = NULL;

  g_test_summary ("A handler may run commands, sync and async");

  g_signal_connect (monitor, "event::STOP", G_CALLBACK (run_in_event_cb), &result);
  open_ok (monitor);
  QEMU_TEST_WAIT_UNTIL (result && diary->n_events == 2);
  bytes = qemu_monitor_run_finish (monitor, result, NULL);
  g_assert_nonnull (bytes);
  g_clear_object (&result);
  g_assert_finalize_object (monitor);
}

static gpointer
work_thread (gpointer data)
{
  QemuMonitor *monitor = data;

  open_ok (monitor);
  for (unsigned i = 0; i < 10; i++)
    run_ok (monitor, "x-flood", "return");
  close_ok (monitor);

  return NULL;
}

static void
test_signals_stay_home (void)
{
  g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_GREETING);
  g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
  QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (stream);
  g_autoptr(Diary) diary = diary_new (monitor);
  GThread *thread;

  g_test_summary ("Whoever opens, runs and closes, in whatever thread: signals come where the monitor was made");

  thread = g_thread_new ("work", work_thread, monitor);
  QEMU_TEST_WAIT_UNTIL (diary->n_closed);
  g_thread_join (thread);
  qemu_test_drain ();
  g_assert_true (g_str_has_prefix (diary->log->str, "("));
  g_assert_finalize_object (monitor);
}

/* ---------------------------------------------------------------- addresses */

static const struct
{
  const char *uri;
  int         code;
} bad_uris[] = {
  { "", G_IO_ERROR_INVALID_ARGUMENT },
  { "unix:", G_IO_ERROR_INVALID_ARGUMENT },
  { "unix:@", G_IO_ERROR_INVALID_ARGUMENT },
  { "tcp:", G_IO_ERROR_INVALID_ARGUMENT },
  { "tcp:localhost", G_IO_ERROR_INVALID_ARGUMENT },
  { "tcp:localhost:", G_IO_ERROR_INVALID_ARGUMENT },
  { "tcp:localhost:0", G_IO_ERROR_INVALID_ARGUMENT },
  { "tcp:localhost:65536", G_IO_ERROR_INVALID_ARGUMENT },
  { "tcp:localhost:x", G_IO_ERROR_INVALID_ARGUMENT },
  { "tcp:localhost:\v1", G_IO_ERROR_INVALID_ARGUMENT },
  { "tcp:\xff:x", G_IO_ERROR_INVALID_ARGUMENT },
  { "\xff:x", G_IO_ERROR_NOT_SUPPORTED },
  { "tcp::4444", G_IO_ERROR_INVALID_ARGUMENT },
  { "tcp:::1:4444", G_IO_ERROR_INVALID_ARGUMENT },
  { "tcp:[::1:4444", G_IO_ERROR_INVALID_ARGUMENT },
  { "tcp:[]:4444", G_IO_ERROR_INVALID_ARGUMENT },
  { "fd:", G_IO_ERROR_INVALID_ARGUMENT },
  { "fd:-1", G_IO_ERROR_INVALID_ARGUMENT },
  { "fd:x", G_IO_ERROR_INVALID_ARGUMENT },
  { "fd:99999999999", G_IO_ERROR_INVALID_ARGUMENT },
  { "tls:localhost", G_IO_ERROR_INVALID_ARGUMENT },
  { "tls:::1:4444", G_IO_ERROR_INVALID_ARGUMENT },
  { "vsock:", G_IO_ERROR_INVALID_ARGUMENT },
  { "vsock:3", G_IO_ERROR_INVALID_ARGUMENT },
  { "vsock:3:", G_IO_ERROR_INVALID_ARGUMENT },
  { "vsock:host:4444", G_IO_ERROR_INVALID_ARGUMENT },
  { "vsock:4294967295:1", G_IO_ERROR_INVALID_ARGUMENT },
  { "vsock:3:4294967295", G_IO_ERROR_INVALID_ARGUMENT },
  { "vsock:3:1:1", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:host", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:host/", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:/run/vm.sock", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:user@/run/vm.sock", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:@host/run/vm.sock", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:-oProxyCommand=x/run/vm.sock", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:-l@host/run/vm.sock", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:user@-host/run/vm.sock", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:host;reboot/run/vm.sock", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:$(reboot)@host/run/vm.sock", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:`reboot`/run/vm.sock", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:host name/run/vm.sock", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:host:0/run/vm.sock", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:host:x/run/vm.sock", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:::1/run/vm.sock", G_IO_ERROR_INVALID_ARGUMENT },
  { "ssh:[::1/run/vm.sock", G_IO_ERROR_INVALID_ARGUMENT },
  { "libvirt:qemu:///system?domain=vm", G_IO_ERROR_NOT_SUPPORTED },
  { "http://localhost/", G_IO_ERROR_NOT_SUPPORTED },
};

static void
test_uri_not_utf8 (void)
{
  static const char * const uris[] = { "unix:/\xff", "/\xff", "tcp:\xff:1", "ssh:\xff/x", "ssh:h/\xff" };
  g_autoptr(QemuCommand) command = qemu_command_new ("x");

  g_test_summary ("An address may have any bytes in it, an error about it is UTF-8");

  for (unsigned i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_uri (uris[i], &error);
      g_autoptr(GBytes) reply = NULL;

      g_assert_no_error (error);
      reply = qemu_monitor_run (monitor, command, NULL, &error);
      g_assert_nonnull (error);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_finalize_object (g_steal_pointer (&monitor));
    }
}

static void
test_bad_uris (void)
{
  g_autofree char *long_path = g_strnfill (200, 'x');
  g_autofree char *long_uri = g_strconcat ("unix:/", long_path, NULL);
  g_autoptr(GError) error = NULL;

  g_test_summary ("An address that is none is refused, one of another kind is not supported, before any I/O");

  for (unsigned i = 0; i < G_N_ELEMENTS (bad_uris); i++)
    {
      g_assert_null (qemu_socket_monitor_new_for_uri (bad_uris[i].uri, &error));
      g_assert_error (error, G_IO_ERROR, bad_uris[i].code);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_test_message ("%s", error->message);
      g_clear_error (&error);
    }
  g_assert_null (qemu_socket_monitor_new_for_uri (long_uri, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static const struct
{
  const char    *name;
  QemuPlayFlags  flags;
  gboolean       bare;
} listeners[] = {
  { "unix", QEMU_PLAY_LISTEN, FALSE },
  { "bare-path", QEMU_PLAY_LISTEN, TRUE },
  { "abstract", QEMU_PLAY_ABSTRACT, FALSE },
  { "tcp", QEMU_PLAY_TCP, FALSE },
  { "tcp6", QEMU_PLAY_TCP6, FALSE },
};

static gboolean
have_ipv6 (void)
{
  g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string ("::1", 0);
  g_autoptr(GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM, 0, NULL);

  return socket != NULL && g_socket_bind (socket, address, TRUE, NULL);
}

static void
test_uri (gconstpointer data)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE, { .expect = "x", .reply = "{}" }, { .expect = "bad", .error = "GenericError: No" }, { 0 }
  };
  unsigned i = GPOINTER_TO_UINT (data);
  g_autoptr(QemuPlay) play = NULL;
  const char *uri;
  QemuMonitor *monitor;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Each kind of address reaches its peer, and is named in errors");

  if (listeners[i].flags == QEMU_PLAY_TCP6 && !have_ipv6 ())
    {
      g_test_skip ("there is no IPv6 here");
      return;
    }

  play = qemu_play_new (steps, NULL, listeners[i].flags);
  uri = qemu_play_get_uri (play);
  if (listeners[i].bare)
    uri += strlen ("unix:");
  monitor = monitor_for_uri (uri);
  open_ok (monitor);
  run_ok (monitor, "x", "return");
  g_assert_null (run (monitor, "bad", &error));
  g_assert_nonnull (strstr (error->message, uri));
  g_assert_finalize_object (monitor);
}

static void
test_fd_uri (void)
{
  int fds[2], file;
  const char handshake[] = QEMU_TEST_GREETING "{\"return\": {}, \"id\": 1}\r\n";
  g_autofree char *uri = NULL;
  g_autofree char *file_uri = NULL;
  g_autoptr(GError) error = NULL;
  QemuMonitor *monitor;
  char buffer[200];

  g_test_summary ("fd: takes a connected socket, and closes it in the end; anything else is refused");

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  uri = g_strdup_printf ("fd:%d", fds[0]);
  g_assert_cmpint (write (fds[1], handshake, strlen (handshake)), >, 0);
  monitor = monitor_for_uri (uri);
  open_ok (monitor);
  g_assert_finalize_object (monitor);
  while (read (fds[1], buffer, sizeof buffer) > 0)
    ;
  g_assert_cmpint (read (fds[1], buffer, sizeof buffer), ==, 0);
  close (fds[1]);

  g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, NULL));
  file = fds[0];
  file_uri = g_strdup_printf ("fd:%d", file);
  g_assert_null (qemu_socket_monitor_new_for_uri (file_uri, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == G_IO_ERROR);
  close (fds[0]);
  close (fds[1]);
}

static void
test_connectable (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_LISTEN);
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new (qemu_play_get_uri (play) + strlen ("unix:"));
  QemuMonitor *monitor = qemu_socket_monitor_new (G_SOCKET_CONNECTABLE (address));
  unsigned n_notified = 0;

  g_test_summary ("An address object serves as well as a line of text");

  g_signal_connect (monitor, "notify::max-message-size", G_CALLBACK (count_cb), &n_notified);
  g_assert_cmpuint (qemu_socket_monitor_get_max_message_size (QEMU_SOCKET_MONITOR (monitor)), ==, 64 << 20);
  qemu_socket_monitor_set_max_message_size (QEMU_SOCKET_MONITOR (monitor), 1000);
  g_object_set (monitor, "max-message-size", G_GUINT64_CONSTANT (1000), NULL);
  g_assert_cmpuint (n_notified, ==, 1);
  open_ok (monitor);
  g_assert_finalize_object (monitor);
}

/* A peer that comes to us, says what QEMU says, and stays. */
static int
come (GSocketAddress *address)
{
  static const char words[] = "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7, \"minor\": 2, \"micro\": 0}}}}\r\n"
                              "{\"return\": {}, \"id\": 1}\r\n";
  g_autoptr(GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  g_autoptr(GError) error = NULL;

  g_socket_connect (socket, address, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_socket_send (socket, words, strlen (words), NULL, &error), ==, strlen (words));
  g_assert_no_error (error);

  return dup (g_socket_get_fd (socket));
}

static void
test_listening (void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("qemu-listening-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "ours", NULL);
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new (path);
  QemuMonitor *monitor = qemu_socket_monitor_new_listening (address);
  QemuSocketMonitor *self = QEMU_SOCKET_MONITOR (monitor);

  g_test_summary ("A monitor that listens is opened by who comes, before or after, and listens no more");

  g_assert_no_error (error);
  g_assert_true (qemu_socket_monitor_get_local_address (self) == address);
  for (unsigned i = 0; i < 4; i++)
    {
      g_autoptr(GAsyncResult) result = NULL;
      int peer;

      if (i % 2 == 0)
        {
          g_assert_true (qemu_socket_monitor_listen (self, &error));
          peer = come (address);
          open_ok (monitor);
        }
      else
        {
          qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &result);
          peer = come (address);
          QEMU_TEST_WAIT_UNTIL (result != NULL);
          g_assert_true (qemu_monitor_open_finish (monitor, result, &error));
          g_assert_no_error (error);
        }
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
      close_ok (monitor);
      qemu_test_drain ();
      close (peer);
    }

  /* It goes with the monitor, too. */
  g_assert_true (qemu_socket_monitor_listen (self, &error));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_finalize_object (monitor);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_rmdir (folder);
}

/* What may be set for the ways that need more than an address. */
static void
test_settings (void)
{
  static const char * const command[] = { "ssh", "-i", "key", NULL }, * const empty[] = { NULL };
  g_autoptr(GError) error = NULL;
  QemuMonitor *monitor = qemu_socket_monitor_new_for_uri ("tls:localhost:4444", &error);
  QemuSocketMonitor *self = QEMU_SOCKET_MONITOR (monitor);
  unsigned n_notified = 0;

  g_test_summary ("What each way needs can be set, and told when it changes");

  g_assert_no_error (error);
  g_assert_null (qemu_socket_monitor_get_tls_database (self));
  g_assert_null (qemu_socket_monitor_get_tls_certificate (self));
  g_assert_null (qemu_socket_monitor_get_local_address (self));
  g_assert_false (qemu_socket_monitor_get_out_of_band (self));
  g_assert_cmpstr (qemu_socket_monitor_get_ssh_command (self)[0], ==, "ssh");
  g_assert_null (qemu_socket_monitor_get_ssh_command (self)[1]);
  g_signal_connect (monitor, "notify", G_CALLBACK (count_cb), &n_notified);

  for (unsigned i = 0; i < 2; i++)
    {
      qemu_socket_monitor_set_ssh_command (self, command);
      g_object_set (monitor, "out-of-band", TRUE, "ssh-command", command, NULL);
      g_assert_true (g_strv_equal (qemu_socket_monitor_get_ssh_command (self), command));
      g_assert_true (qemu_socket_monitor_get_out_of_band (self));
    }
  g_assert_cmpuint (n_notified, ==, 2);
  qemu_socket_monitor_set_ssh_command (self, empty);
  qemu_socket_monitor_set_ssh_command (self, NULL);
  g_assert_cmpuint (n_notified, ==, 3);
  g_assert_cmpuint (g_strv_length ((char **) qemu_socket_monitor_get_ssh_command (self)), ==, 1);
  g_assert_cmpuint (qemu_test_read_properties (monitor), ==, 15);
  g_assert_finalize_object (monitor);
}

static void
test_too_large (void)
{
  g_autofree char *filling = g_strnfill (5000, 'x');
  g_autofree char *big = g_strdup_printf ("'%s'", filling);
  const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .expect = "big", .reply = big }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_for_stream (play);
  g_autoptr(Diary) diary = diary_new (monitor);

  g_test_summary ("A message beyond max-message-size ends the connection, and says so");

  qemu_socket_monitor_set_max_message_size (QEMU_SOCKET_MONITOR (monitor), 4000);
  open_ok (monitor);
  run_fails (monitor, "big", QEMU_ERROR, QEMU_ERROR_PROTOCOL);
  QEMU_TEST_WAIT_UNTIL (diary->n_closed);
  g_assert_error (diary->closed_error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
  g_assert_finalize_object (monitor);
}

/* ---------------------------------------------------------------- a class of one's own */

#define OWN_TYPE_MONITOR (own_monitor_get_type ())
G_DECLARE_FINAL_TYPE (OwnMonitor, own_monitor, OWN, MONITOR, QemuMonitor)

struct _OwnMonitor
{
  QemuMonitor         parent_instance;

  QemuMonitorRequest *kept;
  const char         *greeting;
  gboolean            fail_open;
  gboolean            fail_close;
  gboolean            slow_close;
  unsigned            n_closes;
};

G_DEFINE_FINAL_TYPE (OwnMonitor, own_monitor, QEMU_TYPE_MONITOR)

static void
own_monitor_answer (QemuMonitorRequest *request,
                    const char         *quoted)
{
  g_autofree char *text = qemu_test_json (quoted);
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));

  qemu_monitor_request_return_bytes (request, bytes);
}

static gpointer
own_monitor_thread (gpointer data)
{
  g_autoptr(QemuMonitorRequest) request = data;

  own_monitor_answer (request, "{'return': 'from a thread'}");

  return NULL;
}

static gboolean
own_monitor_later_cb (gpointer data)
{
  own_monitor_answer (data, "{'return': 'later'}");

  return G_SOURCE_REMOVE;
}

static void
own_monitor_start_open (QemuMonitor        *monitor,
                        QemuMonitorRequest *request)
{
  OwnMonitor *self = OWN_MONITOR (monitor);

  g_assert_null (qemu_monitor_request_get_command (request));
  if (self->fail_open)
    {
      g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_HOST_NOT_FOUND, "No such host");

      qemu_monitor_request_return_error (request, error);
    }
  else
    {
      own_monitor_answer (request, self->greeting != NULL ? self->greeting : "{}");
    }
}

static void
own_monitor_start_close (QemuMonitor        *monitor,
                         QemuMonitorRequest *request)
{
  OwnMonitor *self = OWN_MONITOR (monitor);

  self->n_closes++;
  if (self->slow_close)
    {
      g_set_object (&self->kept, request);
    }
  else if (self->fail_close)
    {
      g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "Stuck");

      qemu_monitor_request_return_error (request, error);
    }
  else
    {
      own_monitor_answer (request, "{}");
    }
}

static void
own_monitor_answer_after_another (QemuMonitorRequest *request)
{
  QemuMonitor *other = g_object_new (OWN_TYPE_MONITOR, NULL);

  open_ok (other);
  run_ok (other, "at-once", "at once");
  close_ok (other);
  g_object_unref (other);
  own_monitor_answer (request, "{'return': 'after another'}");
}

static void
own_monitor_start_run (QemuMonitor        *monitor,
                       QemuMonitorRequest *request)
{
  const char *name = qemu_command_get_name (qemu_monitor_request_get_command (request));

  if (g_str_equal (name, "at-once"))
    own_monitor_answer (request, "{'return': 'at once'}");
  else if (g_str_equal (name, "after-another"))
    own_monitor_answer_after_another (request);
  else if (g_str_equal (name, "later"))
    g_timeout_add_full (G_PRIORITY_DEFAULT, 5, own_monitor_later_cb, g_object_ref (request), g_object_unref);
  else if (g_str_equal (name, "thread"))
    g_thread_unref (g_thread_new ("answer", own_monitor_thread, g_object_ref (request)));
  else if (g_str_equal (name, "error"))
    own_monitor_answer (request, "{'error': {'class': 'DeviceNotFound', 'desc': 'No disk'}}");
  else if (g_str_equal (name, "no-json"))
    own_monitor_answer (request, "return");
  else if (g_str_equal (name, "no-reply"))
    own_monitor_answer (request, "{'something': 'else'}");
  else if (g_str_equal (name, "keep"))
    g_set_object (&OWN_MONITOR (monitor)->kept, request);
  else if (g_str_equal (name, "twice"))
    {
      own_monitor_answer (request, "{'return': 'first'}");
      own_monitor_answer (request, "{'return': 'second'}");
    }
  else if (g_str_equal (name, "own-error"))
    {
      g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "Cannot do that");

      qemu_monitor_request_return_error (request, error);
    }
  /* else: dropped unanswered */
}

static void
own_monitor_finalize (GObject *object)
{
  g_clear_object (&OWN_MONITOR (object)->kept);

  G_OBJECT_CLASS (own_monitor_parent_class)->finalize (object);
}

static void
own_monitor_class_init (OwnMonitorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = own_monitor_finalize;
  QEMU_MONITOR_CLASS (klass)->start_open = own_monitor_start_open;
  QEMU_MONITOR_CLASS (klass)->start_close = own_monitor_start_close;
  QEMU_MONITOR_CLASS (klass)->start_run = own_monitor_start_run;
}

static void
own_monitor_init (OwnMonitor *self)
{
}

/* One that implements nothing. */
#define IDLE_TYPE_MONITOR (idle_monitor_get_type ())
G_DECLARE_FINAL_TYPE (IdleMonitor, idle_monitor, IDLE, MONITOR, QemuMonitor)

struct _IdleMonitor
{
  QemuMonitor parent_instance;
};

G_DEFINE_FINAL_TYPE (IdleMonitor, idle_monitor, QEMU_TYPE_MONITOR)

static void
idle_monitor_class_init (IdleMonitorClass *klass)
{
}

static void
idle_monitor_init (IdleMonitor *self)
{
}

/* One that implements only what it must. */
#define LEAST_TYPE_MONITOR (least_monitor_get_type ())
G_DECLARE_FINAL_TYPE (LeastMonitor, least_monitor, LEAST, MONITOR, QemuMonitor)

struct _LeastMonitor
{
  QemuMonitor parent_instance;
};

G_DEFINE_FINAL_TYPE (LeastMonitor, least_monitor, QEMU_TYPE_MONITOR)

static void
least_monitor_class_init (LeastMonitorClass *klass)
{
  QEMU_MONITOR_CLASS (klass)->start_run = own_monitor_start_run;
}

static void
least_monitor_init (LeastMonitor *self)
{
}

static void
test_own_class (void)
{
  OwnMonitor *own = g_object_new (OWN_TYPE_MONITOR, NULL);
  QemuMonitor *monitor = QEMU_MONITOR (own);
  g_autoptr(Diary) diary = diary_new (monitor);

  g_test_summary ("A class of one's own answers at once, later, or from a thread; what it does wrong is an error");

  run_fails (monitor, "at-once", G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  own->fail_open = TRUE;
  open_fails (monitor, G_IO_ERROR, G_IO_ERROR_HOST_NOT_FOUND, "No such host");
  own->fail_open = FALSE;
  open_ok (monitor);
  g_assert_null (qemu_monitor_get_version (monitor));
  run_ok (monitor, "at-once", "at once");
  run_ok (monitor, "thread", "from a thread");
  run_ok (monitor, "after-another", "after another");
  run_ok (monitor, "twice", "first");
  run_fails (monitor, "error", QEMU_ERROR, QEMU_ERROR_DEVICE_NOT_FOUND);
  run_fails (monitor, "own-error", G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  run_fails (monitor, "no-json", QEMU_ERROR, QEMU_ERROR_PROTOCOL);
  run_fails (monitor, "no-reply", QEMU_ERROR, QEMU_ERROR_PROTOCOL);
  run_fails (monitor, "dropped", QEMU_ERROR, QEMU_ERROR_PROTOCOL);
  close_ok (monitor);
  g_assert_cmpuint (own->n_closes, ==, 1);
  QEMU_TEST_WAIT_UNTIL (diary->n_closed);
  g_assert_no_error (diary->closed_error);
  qemu_test_drain ();
  g_assert_cmpuint (diary->n_closed, ==, 1);

  own->greeting = "{'QMP': {'version': {'qemu': {'major': 9, 'minor': 0, 'micro': 1}, 'package': ''}, "
                  "'capabilities': []}}";
  open_ok (monitor);
  g_assert_cmpuint (qemu_version_get_major (qemu_monitor_get_version (monitor)), ==, 9);
  g_assert_nonnull (qemu_monitor_get_capabilities (monitor));
  qemu_test_drain ();
  g_assert_finalize_object (monitor);
}

static void
test_own_class_async (void)
{
  static const char * const names[] = { "at-once", "later", "thread", "error", "dropped" };
  QemuMonitor *monitor = g_object_new (OWN_TYPE_MONITOR, NULL);
  GAsyncResult *results[G_N_ELEMENTS (names)] = { NULL };

  g_test_summary ("… and asynchronously; never before the call has returned");

  open_ok (monitor);
  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      run_async (monitor, names[i], NULL, &results[i]);
      g_assert_null (results[i]);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) bytes = NULL;

      QEMU_TEST_WAIT_UNTIL (results[i]);
      bytes = qemu_monitor_run_finish (monitor, results[i], &error);
      g_assert_true ((bytes != NULL) == (i < 3));
      g_assert_true ((error != NULL) == (i >= 3));
      g_object_unref (results[i]);
    }
  g_assert_finalize_object (monitor);
}

static void
test_own_class_late (void)
{
  OwnMonitor *own = g_object_new (OWN_TYPE_MONITOR, NULL);
  QemuMonitor *monitor = QEMU_MONITOR (own);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("The time limit and the cancellable hold for it, too; an answer that comes too late is dropped");

  open_ok (monitor);
  qemu_monitor_set_command_timeout (monitor, 30);
  run_fails (monitor, "keep", G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  own_monitor_answer (own->kept, "{'return': 'late'}");

  qemu_monitor_set_command_timeout (monitor, 0);
  run_async (monitor, "keep", cancellable, &result);
  g_assert_cmpstr (qemu_command_get_name (qemu_monitor_request_get_command (own->kept)), ==, "keep");
  g_assert_nonnull (qemu_monitor_request_get_cancellable (own->kept));
  g_cancellable_cancel (cancellable);
  QEMU_TEST_WAIT_UNTIL (result);
  g_assert_null (qemu_monitor_run_finish (monitor, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  own_monitor_answer (own->kept, "{'return': 'late'}");
  qemu_test_drain ();
  g_clear_object (&result);
  g_assert_finalize_object (monitor);
}

static void
test_own_class_closes (void)
{
  OwnMonitor *own = g_object_new (OWN_TYPE_MONITOR, NULL);
  QemuMonitor *monitor = QEMU_MONITOR (own);
  g_autoptr(Diary) diary = diary_new (monitor);
  g_autoptr(GAsyncResult) one = NULL, two = NULL, opened = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Closing twice at a time is closing once; one that fails has closed all the same");

  open_ok (monitor);
  own->slow_close = TRUE;
  qemu_monitor_close_async (monitor, NULL, qemu_test_store_result_cb, &one);
  qemu_monitor_close_async (monitor, NULL, qemu_test_store_result_cb, &two);
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSING);
  qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &opened);
  QEMU_TEST_WAIT_UNTIL (opened);
  g_assert_false (qemu_monitor_open_finish (monitor, opened, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_clear_error (&error);
  run_fails (monitor, "at-once", G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  own_monitor_answer (own->kept, "{}");
  QEMU_TEST_WAIT_UNTIL (one && two);
  g_assert_true (qemu_monitor_close_finish (monitor, one, NULL));
  g_assert_true (qemu_monitor_close_finish (monitor, two, NULL));
  g_assert_cmpuint (own->n_closes, ==, 1);

  own->slow_close = FALSE;
  own->fail_close = TRUE;
  open_ok (monitor);
  g_assert_false (qemu_monitor_close (monitor, NULL, &error));
  qemu_test_assert_error_says (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Stuck");
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
  QEMU_TEST_WAIT_UNTIL (diary->n_closed == 2);
  g_clear_object (&one);
  g_clear_object (&two);
  g_clear_object (&opened);
  qemu_test_drain ();
  g_assert_finalize_object (monitor);
}

static void
test_idle_class (void)
{
  QemuMonitor *monitor = g_object_new (IDLE_TYPE_MONITOR, NULL);

  g_test_summary ("A class that implements nothing can be opened and closed, and runs nothing");

  open_ok (monitor);
  run_fails (monitor, "x", G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  close_ok (monitor);
  qemu_test_drain ();
  g_assert_finalize_object (monitor);
}

static void
test_emit_and_go (void)
{
  QemuMonitor *monitor = g_object_new (LEAST_TYPE_MONITOR, NULL);

  g_test_summary ("What a monitor had to tell goes with it");

  open_ok (monitor);
  qemu_monitor_emit_event (monitor, "X", 0, NULL);
  qemu_monitor_emit_closed (monitor, NULL);
  g_assert_finalize_object (monitor);
  qemu_test_drain ();
}

static void
test_emit_no_json_child (void)
{
  QemuMonitor *monitor = g_object_new (LEAST_TYPE_MONITOR, NULL);
  g_autoptr(GBytes) data = g_bytes_new_static ("{no", 3);

  qemu_monitor_emit_event (monitor, "X", 0, data);
}

static void
test_emit_no_json (void)
{
  g_test_summary ("Data of an event that is no JSON is a mistake in the program");

  g_test_trap_subprocess ("/monitor/emit-no-json/subprocess", 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*The data of event X is dropped*");
}

static gpointer
emit_thread (gpointer data)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static ("{\"a\": 1}", 8);
  g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "Gone");

  qemu_monitor_emit_event (data, "ONE", 5, bytes);
  qemu_monitor_emit_event (data, "TWO", 0, NULL);
  qemu_monitor_emit_closed (data, error);
  qemu_monitor_emit_closed (data, error);

  return NULL;
}

static void
test_own_class_emits (void)
{
  QemuMonitor *monitor = g_object_new (LEAST_TYPE_MONITOR, NULL);
  g_autoptr(Diary) diary = diary_new (monitor);

  g_test_summary ("It emits events and its end from any thread; they come in order, at home, and the end once");

  open_ok (monitor);
  run_ok (monitor, "at-once", "at once");
  qemu_test_drain ();
  g_string_truncate (diary->log, 0);
  g_thread_join (g_thread_new ("emit", emit_thread, monitor));
  g_assert_cmpstr (diary->log->str, ==, "");
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
  QEMU_TEST_WAIT_UNTIL (diary->n_closed);
  g_assert_error (diary->closed_error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  qemu_test_drain ();
  g_assert_cmpstr (diary->log->str, ==, "ONE TWO (closed) closed ");

  open_ok (monitor);
  close_ok (monitor);
  QEMU_TEST_WAIT_UNTIL (diary->n_closed == 2);
  qemu_test_drain ();
  g_assert_finalize_object (monitor);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/monitor/open", test_open);
  g_test_add_func ("/monitor/open-async", test_open_async);
  g_test_add_func ("/monitor/close-when-closed", test_close_when_closed);
  g_test_add_func ("/monitor/events-before-greeting", test_events_before_greeting);
  g_test_add_func ("/monitor/negotiated-already", test_negotiated_already);
  g_test_add_func ("/monitor/no-greeting", test_no_greeting);
  g_test_add_func ("/monitor/greeting-and-no-answer", test_greeting_and_no_answer);
  for (unsigned i = 0; i < G_N_ELEMENTS (bad_peers); i++)
    {
      g_autofree char *path = g_strconcat ("/monitor/bad-peer/", bad_peers[i].name, NULL);

      g_test_add_data_func (path, &bad_peers[i], test_bad_peer);
    }
  g_test_add_func ("/monitor/refused-capabilities", test_refused_capabilities);
  g_test_add_func ("/monitor/not-there", test_not_there);
  g_test_add_func ("/monitor/wait-for-peer", test_wait_for_peer);
  g_test_add_func ("/monitor/full-queue", test_full_queue);
  g_test_add_func ("/monitor/open-cancelled", test_open_cancelled);
  g_test_add_func ("/monitor/open-cancelled-any-time", test_open_cancelled_any_time);
  g_test_add_func ("/monitor/close-while-opening", test_close_while_opening);
  g_test_add_func ("/monitor/stream-only-once", test_stream_only_once);
  g_test_add_func ("/monitor/unusable-stream", test_unusable_stream);
  g_test_add_func ("/monitor/open-again", test_open_again);
  g_test_add_func ("/monitor/open-in-closed-handler", test_open_in_closed_handler);
  g_test_add_func ("/monitor/open-in-closed-handler-after-close", test_open_in_closed_handler_after_close);
  g_test_add_func ("/monitor/hang-up-with-commands", test_hang_up_with_commands);
  g_test_add_func ("/monitor/closed-with-commands", test_closed_with_commands);
  g_test_add_func ("/monitor/dropped-while-open", test_dropped_while_open);

  g_test_add_func ("/monitor/run-errors", test_run_errors);
  g_test_add_func ("/monitor/run-timeouts", test_run_timeouts);
  g_test_add_func ("/monitor/run-cancelled", test_run_cancelled);
  g_test_add_func ("/monitor/run-not-utf8", test_run_not_utf8);
  g_test_add_func ("/monitor/run-same-command", test_run_same_command);
  g_test_add_func ("/monitor/pending-keeps-alive", test_pending_keeps_alive);
  g_test_add_func ("/monitor/silent-monitors", test_silent_monitors);

  g_test_add_func ("/monitor/event-detail", test_event_detail);
  g_test_add_func ("/monitor/run-in-handler", test_run_in_handler);
  g_test_add_func ("/monitor/signals-stay-home", test_signals_stay_home);

  g_test_add_func ("/monitor/bad-uris", test_bad_uris);
  g_test_add_func ("/monitor/uri-not-utf8", test_uri_not_utf8);
  g_test_add_func ("/monitor/listening", test_listening);
  g_test_add_func ("/monitor/settings", test_settings);
  for (unsigned i = 0; i < G_N_ELEMENTS (listeners); i++)
    {
      g_autofree char *path = g_strconcat ("/monitor/uri/", listeners[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_uri);
    }
  g_test_add_func ("/monitor/fd-uri", test_fd_uri);
  g_test_add_func ("/monitor/connectable", test_connectable);
  g_test_add_func ("/monitor/too-large", test_too_large);

  g_test_add_func ("/monitor/own-class", test_own_class);
  g_test_add_func ("/monitor/own-class-async", test_own_class_async);
  g_test_add_func ("/monitor/own-class-late", test_own_class_late);
  g_test_add_func ("/monitor/own-class-emits", test_own_class_emits);
  g_test_add_func ("/monitor/own-class-closes", test_own_class_closes);
  g_test_add_func ("/monitor/idle-class", test_idle_class);
  g_test_add_func ("/monitor/emit-and-go", test_emit_and_go);
  g_test_add_func ("/monitor/emit-no-json", test_emit_no_json);
  g_test_add_func ("/monitor/emit-no-json/subprocess", test_emit_no_json_child);

  return g_test_run ();
}
