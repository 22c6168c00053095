/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Things that go well nearly always, and wrong when they meet at the wrong moment. */

#include "config.h"

#include "qemu-glib/qemu-mux-private.h"
#include "qemu-machine.h"
#include "qemu-play.h"
#include "qemu-vm.h"

#include <string.h>

#define RUNNING "{'status': 'running', 'running': true}"

/* How long the races are run. */
#define RACE_MS 1000

static QemuMonitor *
monitor_new (QemuPlay *play)
{
  g_autoptr(GIOStream) stream = qemu_play_take_stream (play);

  return qemu_socket_monitor_new_for_stream (stream);
}

static QemuDomain *
domain_open (QemuPlay *play)
{
  g_autoptr(QemuMonitor) monitor = monitor_new (play);
  QemuDomain *domain = qemu_domain_new (monitor, "vm1");
  g_autoptr(GError) error = NULL;

  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);

  return domain;
}

/* A monitor of which nothing is asked but to be open. */
#define TEST_TYPE_IDLE_MONITOR (test_idle_monitor_get_type ())
G_DECLARE_FINAL_TYPE (TestIdleMonitor, test_idle_monitor, TEST, IDLE_MONITOR, QemuMonitor)

struct _TestIdleMonitor
{
  QemuMonitor parent_instance;
};

G_DEFINE_FINAL_TYPE (TestIdleMonitor, test_idle_monitor, QEMU_TYPE_MONITOR)

static void
test_idle_monitor_class_init (TestIdleMonitorClass *klass)
{
}

static void
test_idle_monitor_init (TestIdleMonitor *self)
{
}

static gpointer
find_out_thread (gpointer monitor)
{
  for (unsigned i = 0; i < 1001; i++)
    g_object_set (monitor, "events-supported", i % 2 == 1, NULL);
  g_object_set (monitor, "events-supported", FALSE, NULL);

  return NULL;
}

static void
told_cb (gboolean *told)
{
  *told = TRUE;
}

/* ThreadSanitizer has something to say here. */
static void
test_found_out_elsewhere (void)
{
  QemuMonitor *monitor = g_object_new (TEST_TYPE_IDLE_MONITOR, NULL);
  GThread *thread = g_thread_new ("find-out", find_out_thread, monitor);
  gboolean told = FALSE;

  g_test_summary ("Whether there are events may be found out in another thread than asks");

  g_signal_connect_swapped (monitor, "notify::events-supported", G_CALLBACK (told_cb), &told);
  QEMU_TEST_WAIT_UNTIL (told && !qemu_monitor_get_events_supported (monitor));
  g_thread_join (thread);
  g_assert_false (qemu_monitor_get_events_supported (monitor));
  qemu_test_drain ();
  g_assert_finalize_object (monitor);
}

/* ---------------------------------------------------------------- closing */

static void
test_close_while_opening (void)
{
  static const QmpPlay steps[] = { { .expect = "qmp_capabilities" }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_new (play);
  g_autoptr(GAsyncResult) opened = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A synchronous close ends an asynchronous open, and needs no loop for it");

  qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &opened);
  g_assert_true (qemu_monitor_close (monitor, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);

  QEMU_TEST_WAIT_UNTIL (opened);
  g_assert_false (qemu_monitor_open_finish (monitor, opened, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&opened);
  qemu_test_drain ();
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
  g_assert_finalize_object (monitor);
}

static void
test_close_while_closing (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_new (play);
  g_autoptr(GAsyncResult) closed = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A synchronous close beside an asynchronous one does not wait for it");

  g_assert_true (qemu_monitor_open (monitor, NULL, &error));
  qemu_monitor_close_async (monitor, NULL, qemu_test_store_result_cb, &closed);
  g_assert_true (qemu_monitor_close (monitor, NULL, &error));
  QEMU_TEST_WAIT_UNTIL (closed);
  g_assert_true (qemu_monitor_close_finish (monitor, closed, &error));
  g_assert_no_error (error);
  g_clear_object (&closed);
  qemu_test_drain ();
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
  g_assert_finalize_object (monitor);
}

static void
test_close_after_the_answer (void)
{
  QemuMonitor *monitor = g_object_new (TEST_TYPE_IDLE_MONITOR, NULL);
  g_autoptr(GAsyncResult) opened = NULL, closed = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("An open that has been answered, but not told yet, is closed all the same");

  qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &opened);
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

/* Close comes at any moment of an open; what it leaves behind would keep the peer from the next client. */
static void
test_close_at_any_time (void)
{
  g_test_summary ("Wherever close meets an open, the monitor is closed, and so is the connection");

  for (unsigned i = 0; i < 60; i++)
    {
      g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_GREETING);
      g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
      QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (stream);
      g_autoptr(GAsyncResult) opened = NULL;
      g_autoptr(GError) error = NULL;

      qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &opened);
      for (unsigned turns = i / 10; turns > 0 && opened == NULL; turns--)
        g_main_context_iteration (NULL, i % 2 == 0);
      g_assert_true (qemu_monitor_close (monitor, NULL, &error));
      QEMU_TEST_WAIT_UNTIL (opened);
      if (!qemu_monitor_open_finish (monitor, opened, &error))
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_object (&opened);
      qemu_test_drain ();
      g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
      g_assert_true (g_io_stream_is_closed (stream));
      g_assert_finalize_object (monitor);
    }
}

static gpointer
cancel_soon (gpointer data)
{
  g_usleep (100000);
  g_cancellable_cancel (data);

  return NULL;
}

static void
test_retry_cancelled (void)
{
  g_autoptr(GError) error = NULL;
  QemuMonitor *monitor = qemu_socket_monitor_new_for_uri ("/nonexistent/socket", &error);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  GThread *thread = g_thread_new ("cancel", cancel_soon, cancellable);

  g_test_summary ("A synchronous open that is cancelled while it waits for its peer leaves nothing behind");

  qemu_socket_monitor_set_wait_for_peer (QEMU_SOCKET_MONITOR (monitor), TRUE);
  g_assert_false (qemu_monitor_open (monitor, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  g_assert_finalize_object (monitor);
}

static void
test_file_for_the_gone (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .hang_up = TRUE }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuMonitor *monitor = monitor_new (play);
  g_autoptr(QemuCommand) command = qemu_command_new ("getfd");
  g_autoptr(GError) error = NULL;

  g_test_summary ("A file for a QEMU that has just gone fails as every command does, not for being a file");

  g_assert_true (qemu_command_attach_fd (command, 0, &error));
  g_assert_true (qemu_monitor_open (monitor, NULL, &error));
  /* Nobody has told the monitor yet. */
  for (unsigned i = 0; i < 2; i++)
    {
      g_assert_null (qemu_monitor_run (monitor, command, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
      g_clear_error (&error);
    }
  qemu_test_drain ();
  g_assert_finalize_object (monitor);
}

/* ---------------------------------------------------------------- what others have written */

static void
log_cb (const char     *domain,
        GLogLevelFlags  level,
        const char     *message,
        gpointer        user_data)
{
  if (qemu_monitor_get_state (user_data) == QEMU_MONITOR_STATE_OPEN &&
      strstr (message, "→ {\"execute\":\"x-echo\"") != NULL)
    g_print ("heard x-echo\n");
}

static void
test_log_writer_child (void)
{
  g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_GREETING);
  g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
  QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (stream);
  g_autoptr(QemuCommand) command = qemu_command_new ("x-echo");
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) async_reply = NULL;
  g_autoptr(GBytes) sync_reply = NULL;
  g_autoptr(GError) error = NULL;
  unsigned handler = g_log_set_handler ("Qemu-wire", G_LOG_LEVEL_DEBUG, log_cb, monitor);

  qemu_monitor_open (monitor, NULL, &error);
  g_assert_no_error (error);
  qemu_monitor_run_async (monitor, command, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);
  async_reply = qemu_monitor_run_finish (monitor, result, &error);
  g_assert_no_error (error);
  sync_reply = qemu_monitor_run (monitor, command, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (qemu_monitor_close (monitor, NULL, &error));
  g_log_remove_handler ("Qemu-wire", handler);
  g_clear_object (&result);
  qemu_test_drain ();
  g_assert_finalize_object (monitor);
}

static void
test_log_writer (void)
{
  g_test_summary ("What writes the log may ask the monitor whose message it is");

  g_setenv ("G_MESSAGES_DEBUG", "Qemu-wire", TRUE);
  g_test_trap_subprocess ("/moments/log-writer/subprocess", QEMU_TEST_DEADLINE_SECONDS * G_USEC_PER_SEC, 0);
  g_unsetenv ("G_MESSAGES_DEBUG");
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*heard x-echo*heard x-echo*");
}

/* Writes the log by way of another QEMU. */
static void
log_elsewhere_cb (const char     *domain,
                  GLogLevelFlags  level,
                  const char     *message,
                  gpointer        elsewhere)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("x-big");
  g_autoptr(GBytes) reply = NULL;
  g_autoptr(GError) error = NULL;

  qemu_command_set_int64 (command, "size", 4000);
  reply = qemu_monitor_run (elsewhere, command, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (reply), >, 4000);
}

static void
test_log_elsewhere_child (void)
{
  g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_GREETING);
  g_autoptr(QemuAnswerer) other_answerer = qemu_answerer_new (QEMU_ANSWERER_GREETING);
  g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
  g_autoptr(GIOStream) other_stream = qemu_answerer_take_stream (other_answerer);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_stream (stream);
  g_autoptr(QemuMonitor) elsewhere = qemu_socket_monitor_new_for_stream (other_stream);
  g_autoptr(QemuDomain) domain = qemu_domain_new (monitor, "vm1");
  g_autoptr(QemuCommand) command = qemu_command_new ("x-flood");
  g_autoptr(JsonNode) node = NULL;
  g_autoptr(GError) error = NULL;
  unsigned handler;

  /* This one writes no log: GLib ends a program that writes one while it writes one. */
  g_unsetenv ("G_MESSAGES_DEBUG");
  qemu_monitor_open (elsewhere, NULL, &error);
  g_assert_no_error (error);
  g_setenv ("G_MESSAGES_DEBUG", "Qemu-wire", TRUE);
  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);
  handler = g_log_set_handler ("Qemu-wire", G_LOG_LEVEL_DEBUG, log_elsewhere_cb, elsewhere);
  qemu_command_set_int64 (command, "count", 20);
  node = qemu_domain_run (domain, command, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (node), "count"), ==, 20);
  g_log_remove_handler ("Qemu-wire", handler);
}

static void
test_log_elsewhere (void)
{
  g_test_summary ("What writes the log may run a command of another monitor in the middle of a reply");

  g_test_trap_subprocess ("/moments/log-elsewhere/subprocess", QEMU_TEST_DEADLINE_SECONDS * G_USEC_PER_SEC, 0);
  g_test_trap_assert_passed ();
}

#define JOBS "[{'id': 'x', 'type': 'create', 'status': 'running', 'current-progress': 0, 'total-progress': 1}]"

static void
job_gone_cb (gpointer  user_data,
             GObject  *job)
{
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (qemu_domain_query_status (user_data, NULL, &error), ==, QEMU_STATUS_RUNNING);
  g_assert_no_error (error);
}

static void
test_asked_while_reading (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-status", .reply = RUNNING },
    { .expect = "query-jobs", .reply = JOBS },
    { .wait_for_test = TRUE, .event = "JOB_STATUS_CHANGE", .data = "{'id': 'x', 'status': 'null'}" },
    { .expect = "query-jobs", .reply = "[{'id': 'y', 'type': 'create', 'status': 'running', 'current-progress': 0, "
      "'total-progress': 1}, {'id': 'z', 'type': 'create', 'status': 'running', 'current-progress': 0, "
      "'total-progress': 1}]" },
    { .expect = "query-status", .reply = RUNNING },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(QemuDomain) domain = domain_open (play);
  g_autoptr(GListModel) before = NULL;
  g_autoptr(GListModel) after = NULL;
  g_autoptr(GObject) job = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("An answer that lets go of a job is read to its end, also if that asks something");

  before = qemu_domain_list_jobs (domain, NULL, &error);
  g_assert_no_error (error);
  job = g_list_model_get_item (before, 0);
  g_object_weak_ref (job, job_gone_cb, domain);
  g_clear_object (&before);
  g_clear_object (&job);

  qemu_play_go_on (play);
  after = qemu_domain_list_jobs (domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (after), ==, 2);
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr(QemuJob) each = g_list_model_get_item (after, i);

      g_assert_cmpstr (qemu_job_get_id (each), ==, i == 0 ? "y" : "z");
    }
}

/* A stream of somebody's own, whose close() asks the monitor that it belonged to. */
#define TEST_TYPE_CURIOUS_STREAM (test_curious_stream_get_type ())
G_DECLARE_FINAL_TYPE (TestCuriousStream, test_curious_stream, TEST, CURIOUS_STREAM, GIOStream)

struct _TestCuriousStream
{
  GIOStream    parent_instance;
  GIOStream   *base;
  QemuMonitor *monitor;
  unsigned     n_asked;
};

G_DEFINE_FINAL_TYPE (TestCuriousStream, test_curious_stream, G_TYPE_IO_STREAM)

static GInputStream *
test_curious_stream_get_input (GIOStream *stream)
{
  return g_io_stream_get_input_stream (TEST_CURIOUS_STREAM (stream)->base);
}

static GOutputStream *
test_curious_stream_get_output (GIOStream *stream)
{
  return g_io_stream_get_output_stream (TEST_CURIOUS_STREAM (stream)->base);
}

static gboolean
test_curious_stream_close (GIOStream     *stream,
                           GCancellable  *cancellable,
                           GError       **error)
{
  TestCuriousStream *self = TEST_CURIOUS_STREAM (stream);

  g_assert_cmpint (qemu_monitor_get_state (self->monitor), !=, QEMU_MONITOR_STATE_OPEN);
  self->n_asked++;

  return g_io_stream_close (self->base, cancellable, error);
}

static void
test_curious_stream_finalize (GObject *object)
{
  g_clear_object (&TEST_CURIOUS_STREAM (object)->base);
  G_OBJECT_CLASS (test_curious_stream_parent_class)->finalize (object);
}

static void
test_curious_stream_class_init (TestCuriousStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_curious_stream_finalize;
  G_IO_STREAM_CLASS (klass)->get_input_stream = test_curious_stream_get_input;
  G_IO_STREAM_CLASS (klass)->get_output_stream = test_curious_stream_get_output;
  G_IO_STREAM_CLASS (klass)->close_fn = test_curious_stream_close;
}

static void
test_curious_stream_init (TestCuriousStream *self)
{
}

static void
test_curious_close (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .wait_for_test = TRUE, .hang_up = TRUE }, { 0 } };

  g_test_summary ("The close() of a stream may ask the monitor that the stream belonged to");

  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
      TestCuriousStream *stream = g_object_new (TEST_TYPE_CURIOUS_STREAM, NULL);
      QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (G_IO_STREAM (stream));
      g_autoptr(GError) error = NULL;

      stream->base = qemu_play_take_stream (play);
      stream->monitor = monitor;
      qemu_monitor_open (monitor, NULL, &error);
      g_assert_no_error (error);
      qemu_play_go_on (play);
      if (i == 0)
        g_assert_true (qemu_monitor_close (monitor, NULL, NULL));
      else
        QEMU_TEST_WAIT_UNTIL (qemu_monitor_get_state (monitor) == QEMU_MONITOR_STATE_CLOSED);
      g_assert_cmpuint (stream->n_asked, ==, 1);
      qemu_test_drain ();
      g_assert_finalize_object (monitor);
      g_assert_finalize_object (stream);
    }
}

/* ---------------------------------------------------------------- the domain */

static void
test_garbage_at_open (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .expect = "query-status", .raw = "garbage\r\n" }, { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(QemuMonitor) monitor = monitor_new (play);
  g_autoptr(QemuDomain) domain = qemu_domain_new (monitor, "vm1");
  g_autoptr(GError) error = NULL;

  g_test_summary ("A peer that talks nonsense behind the handshake is no open domain");

  g_assert_false (qemu_domain_open (domain, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
}

static void
test_quit_not_sent (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-status", .reply = RUNNING },
    { .expect = "stop", .hang_up = TRUE },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(QemuDomain) domain = domain_open (play);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Quitting is no success where the connection was lost before it was asked for");

  g_assert_false (qemu_domain_stop (domain, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_clear_error (&error);
  g_assert_false (qemu_domain_quit (domain, NULL, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  qemu_domain_quit_async (domain, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);
  g_assert_false (qemu_domain_quit_finish (domain, result, &error));
  g_assert_nonnull (error);
}

static void
test_commands_of_another (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-commands", .reply = "[{'name': 'old'}]" },
    { .expect = "stop", .reply = "{}", .hang_up = TRUE },
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-commands", .reply = "[{'name': 'new'}]" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_LISTEN);
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuDomain) domain = qemu_domain_new_for_uri (qemu_play_get_uri (play), &error);

  g_test_summary ("What one QEMU supports says nothing of the next one at the same place");

  g_assert_true (qemu_domain_open (domain, NULL, &error));
  g_assert_true (qemu_domain_supports_command (domain, "old", NULL, &error));
  g_assert_false (qemu_domain_supports_command (domain, "new", NULL, &error));
  g_assert_true (qemu_domain_stop (domain, NULL, &error));
  g_assert_true (qemu_domain_close (domain, NULL, &error));
  g_assert_true (qemu_domain_open (domain, NULL, &error));
  g_assert_false (qemu_domain_supports_command (domain, "old", NULL, &error));
  g_assert_true (qemu_domain_supports_command (domain, "new", NULL, &error));
  g_assert_no_error (error);
}

static void
test_event_during_failed_query (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-status", .reply = "{'status': 'paused', 'running': false}" },
    { .wait_for_test = TRUE, .event = "STOP" },
    { .expect = "query-status", .event = "RESUME" },
    { .expect = "query-status", .reply = RUNNING },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(QemuDomain) domain = domain_open (play);

  g_test_summary ("The status is right also when the question that an event came in had no answer");

  qemu_monitor_set_command_timeout (qemu_domain_get_monitor (domain), 200);
  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (qemu_domain_get_status (domain) == QEMU_STATUS_RUNNING);
}

static void
test_dropped_while_asking (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-status", .reply = RUNNING },
    { .wait_for_test = TRUE, .event = "STOP" },
    { .expect = "query-status" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_open (play);
  gpointer alive = qemu_domain_get_monitor (domain);

  g_test_summary ("A question of the domain's own does not keep it, or its connection");

  g_object_add_weak_pointer (alive, &alive);
  qemu_play_go_on (play);
  while (qemu_play_count_heard (play, "query-status") < 2)
    qemu_test_spin (5);
  g_assert_finalize_object (domain);
  QEMU_TEST_WAIT_UNTIL (alive == NULL);
}

static void
order_reply_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(JsonNode) node = qemu_domain_run_finish (QEMU_DOMAIN (object), result, NULL);

  g_assert_nonnull (node);
  g_string_append (user_data, "reply ");
}

/* In one turn of the loop: a call is begun, and a synchronous one reads its reply and what comes behind it. */
static void
order_event_cb (QemuDomain *domain,
                QemuEvent  *event,
                GString    *log)
{
  g_autoptr(QemuCommand) one = qemu_command_new ("one");
  g_autoptr(QemuCommand) two = qemu_command_new ("two");
  g_autoptr(JsonNode) node = NULL;

  g_string_append_printf (log, "%s ", qemu_event_get_name (event));
  if (!g_str_equal (qemu_event_get_name (event), "A"))
    return;

  qemu_domain_run_async (domain, one, NULL, order_reply_cb, log);
  node = qemu_domain_run (domain, two, NULL, NULL);
  g_assert_nonnull (node);
}

static void
test_order_in_one_turn (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-status", .reply = RUNNING },
    { .wait_for_test = TRUE, .event = "A" },
    { .expect = "one", .reply = "{}" },
    { .event = "B" },
    { .expect = "two", .reply = "{}" },
    { .event = "C" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(QemuDomain) domain = domain_open (play);
  g_autoptr(GString) log = g_string_new (NULL);

  g_test_summary ("Replies and events keep the order of the wire, also when all of it happens in one turn of the loop");

  g_signal_connect (domain, "event", G_CALLBACK (order_event_cb), log);
  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (g_str_has_suffix (log->str, "C "));
  g_assert_cmpstr (log->str, ==, "A reply B C ");
}

static void
test_unknown_status_names (void)
{
  QmpPlay steps[24] = { QMP_PLAY_HANDSHAKE };
  const char *names[20];
  g_autoptr(QemuPlay) play = NULL;
  g_autoptr(QemuDomain) domain = NULL;

  g_test_summary ("The name of a status stays good when the next ones come, in whatever thread");

  for (unsigned i = 2; i < 22; i++)
    {
      steps[i].expect = "query-status";
      steps[i].reply = i % 2 == 0 ? "{'status': 'dreaming', 'running': false}" : "{'status': 'humming', 'running': true}";
    }
  play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  domain = domain_open (play);
  names[0] = qemu_domain_get_status_name (domain);
  for (unsigned i = 1; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_cmpint (qemu_domain_query_status (domain, NULL, &error), ==, QEMU_STATUS_UNKNOWN);
      g_assert_no_error (error);
      names[i] = qemu_domain_get_status_name (domain);
      g_assert_cmpstr (names[i], ==, i % 2 == 0 ? "dreaming" : "humming");
      g_assert_cmpstr (names[i > 10 ? i - 10 : 0], ==, i <= 10 || i % 2 == 0 ? "dreaming" : "humming");
    }
}

static void
status_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  QemuStatus answer = qemu_domain_query_status_finish (QEMU_DOMAIN (object), result, &error);

  g_assert_no_error (error);
  g_assert_cmpint (answer, ==, QEMU_STATUS_RUNNING);
  *(QemuStatus *) user_data = qemu_domain_get_status (QEMU_DOMAIN (object));
}

/* The answer of a slow thread comes last: here the thread is a context that runs late. */
static void
test_status_told_late (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-status", .reply = RUNNING },
    { .expect = "query-status", .reply = RUNNING },
    { .event = "STOP" },
    { .expect = "one", .reply = "{}" },
    { .expect = "query-status", .reply = "{'status': 'paused', 'running': false}" },
    { .expect = "query-status", .reply = "{'status': 'paused', 'running': false}" },
    { .expect = "query-status", .reply = RUNNING },
    { .expect = "two", .reply = "{}" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(GMainContext) slow = g_main_context_new ();
  g_autoptr(QemuCommand) one = qemu_command_new ("one");
  g_autoptr(QemuCommand) two = qemu_command_new ("two");
  g_autoptr(QemuDomain) domain = domain_open (play);
  g_autoptr(JsonNode) first = NULL;
  g_autoptr(JsonNode) second = NULL;
  QemuStatus seen[2] = { QEMU_STATUS_GUEST_PANICKED, QEMU_STATUS_GUEST_PANICKED };

  g_test_summary ("An answer that is told late does not replace a later one, or what a closed connection left");

  g_main_context_push_thread_default (slow);
  qemu_domain_query_status_async (domain, NULL, status_cb, &seen[0]);
  g_main_context_pop_thread_default (slow);
  first = qemu_domain_run (domain, one, NULL, NULL);
  g_assert_nonnull (first);
  g_assert_cmpint (qemu_domain_query_status (domain, NULL, NULL), ==, QEMU_STATUS_PAUSED);
  while (seen[0] == QEMU_STATUS_GUEST_PANICKED)
    g_main_context_iteration (slow, TRUE);
  g_assert_cmpint (seen[0], ==, QEMU_STATUS_PAUSED);

  /* The domain has heard of STOP. */
  while (qemu_play_count_heard (play, "query-status") < 4)
    qemu_test_spin (1);
  g_main_context_push_thread_default (slow);
  qemu_domain_query_status_async (domain, NULL, status_cb, &seen[1]);
  g_main_context_pop_thread_default (slow);
  second = qemu_domain_run (domain, two, NULL, NULL);
  g_assert_nonnull (second);
  g_assert_true (qemu_domain_close (domain, NULL, NULL));
  qemu_test_drain ();
  while (seen[1] == QEMU_STATUS_GUEST_PANICKED)
    g_main_context_iteration (slow, TRUE);
  g_assert_cmpint (seen[1], ==, QEMU_STATUS_UNKNOWN);
  g_assert_false (qemu_domain_get_running (domain));
}

static void
count_cb (GObject    *object,
          GParamSpec *pspec,
          unsigned   *n)
{
  (*n)++;
}

static void
test_notices_do_not_pile_up (void)
{
  QmpPlay steps[60] = { QMP_PLAY_HANDSHAKE };
  g_autoptr(QemuPlay) play = NULL;
  g_autoptr(QemuDomain) domain = NULL;
  unsigned n = 0;

  g_test_summary ("However often a property changes while no loop runs, one notification of it waits");

  for (unsigned i = 2; i < 58; i++)
    {
      steps[i].expect = "query-status";
      steps[i].reply = i % 2 == 0 ? RUNNING : "{'status': 'paused', 'running': false}";
    }
  play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  domain = domain_open (play);
  qemu_test_drain ();
  g_signal_connect (domain, "notify::status", G_CALLBACK (count_cb), &n);
  for (unsigned i = 3; i < 58; i++)
    g_assert_cmpint (qemu_domain_query_status (domain, NULL, NULL), !=, QEMU_STATUS_UNKNOWN);
  g_assert_cmpuint (n, ==, 0);
  qemu_test_drain ();
  g_assert_cmpuint (n, ==, 1);
}

/* ---------------------------------------------------------------- threads */

static void
port_ignore (QemuPort *port)
{
}

static gboolean
port_ignore_delivery (QemuPort *port)
{
  return TRUE;
}

static void
port_ignore_alarm (QemuPort *port,
                   gint64    now)
{
}

static void
port_free (QemuPort *port)
{
  g_free (port);
}

static const QemuPortFuncs port_funcs = { port_ignore, port_ignore_delivery, port_ignore_alarm, port_free };

typedef struct
{
  GMainContext *context;
  int           stop;
} Spinner;

static gpointer
spin_thread (gpointer data)
{
  Spinner *self = data;

  while (!g_atomic_int_get (&self->stop))
    g_main_context_iteration (self->context, FALSE);

  return NULL;
}

static void
test_last_port_elsewhere (void)
{
  Spinner spinner = { g_main_context_new (), FALSE };
  GThread *thread = g_thread_new ("spin", spin_thread, &spinner);
  gint64 end = g_get_monotonic_time () + RACE_MS * 1000;
  unsigned n = 0;

  g_test_summary ("The last port of a context may go in another thread while the context looks at it");

  for (; g_get_monotonic_time () < end; n++)
    {
      QemuPort *port = g_new0 (QemuPort, 1);

      qemu_port_init (port, &port_funcs, spinner.context);
      qemu_port_make_ready (port);
      for (unsigned i = n % 64; i > 0; i--)
        g_thread_yield ();
      qemu_port_retire (port);
      qemu_port_unref (port);
    }
  g_atomic_int_set (&spinner.stop, TRUE);
  g_thread_join (thread);
  g_main_context_unref (spinner.context);
  g_assert_cmpuint (n, >, 10);
}

typedef struct
{
  QemuPort port;
  int      n_delivered;
} CountingPort;

static gboolean
port_count_delivery (QemuPort *port)
{
  g_atomic_int_inc (&((CountingPort *) port)->n_delivered);

  return TRUE;
}

static const QemuPortFuncs counting_funcs = { port_ignore, port_count_delivery, port_ignore_alarm, port_free };

static gpointer
sleep_thread (gpointer data)
{
  Spinner *self = data;

  while (!g_atomic_int_get (&self->stop))
    g_main_context_iteration (self->context, TRUE);

  return NULL;
}

static void
test_ready_while_falling_asleep (void)
{
  Spinner sleeper = { g_main_context_new (), FALSE };
  CountingPort *port = g_new0 (CountingPort, 1);
  gint64 end = g_get_monotonic_time () + RACE_MS * 1000;
  GThread *thread;
  int n = 0;

  g_test_summary ("A context hears of what is ready also when it is just about to sleep");

  qemu_port_init (&port->port, &counting_funcs, sleeper.context);
  thread = g_thread_new ("sleep", sleep_thread, &sleeper);
  for (; g_get_monotonic_time () < end; n++)
    {
      gint64 deadline = g_get_monotonic_time () + QEMU_TEST_DEADLINE_SECONDS * G_USEC_PER_SEC;

      qemu_port_make_ready (&port->port);
      while (g_atomic_int_get (&port->n_delivered) == n)
        if (g_get_monotonic_time () > deadline)
          g_error ("delivery %d has not come", n);
      /* Each time the context has got a little further. */
      for (int i = n % 500; i > 0; i--)
        g_atomic_int_get (&port->n_delivered);
    }
  g_assert_cmpint (n, >, 100);
  g_atomic_int_set (&sleeper.stop, TRUE);
  g_main_context_wakeup (sleeper.context);
  g_thread_join (thread);
  qemu_port_retire (&port->port);
  qemu_port_unref (&port->port);
  g_main_context_unref (sleeper.context);
}

static gpointer
unref_thread (gpointer data)
{
  g_object_unref (data);

  return NULL;
}

static void
test_dropped_elsewhere_while_polling (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { 0 } };
  static const QmpPlay background[] = {
    { .expect = "query-status", .reply = "{'status': 'inmigrate', 'running': false}" },
    { 0 }
  };

  g_test_summary ("A domain that asks again and again may be dropped in another thread");

  for (unsigned i = 0; i < 12; i++)
    {
      g_autoptr(QemuPlay) play = qemu_play_new (steps, background, QEMU_PLAY_NONE);
      QemuDomain *domain = domain_open (play);
      GThread *thread;

      qemu_test_spin (240 + i);
      thread = g_thread_new ("drop", unref_thread, domain);
      qemu_test_spin (10);
      g_thread_join (thread);
      qemu_test_drain ();
    }
}

typedef struct
{
  QemuDomain *domain;
  int         done;
} JobThread;

static gpointer
job_thread (gpointer data)
{
  JobThread *self = data;
  g_autoptr(QemuCommand) command = qemu_command_new ("x-job");
  GCancellable *cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuJob) job = qemu_domain_start_job (self->domain, command, NULL, &error);

  g_assert_no_error (error);
  qemu_job_wait (job, cancellable, &error);
  g_assert_no_error (error);
  g_atomic_int_set (&self->done, TRUE);
  g_main_context_wakeup (NULL);

  return cancellable;
}

static void
test_wait_in_a_short_thread (void)
{
  g_autoptr(QemuMachine) machine = qemu_machine_new ();
  g_autoptr(GError) error = NULL;
  QemuDomain *domain = qemu_domain_new_for_uri (qemu_machine_get_uri (machine), &error);
  unsigned n_fds = 0;

  g_test_summary ("A thread that waits for a job and ends then leaves nothing of the wait");

  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);
  /* The domain looks after the job, too. */
  qemu_domain_get_jobs (domain);
  for (unsigned i = 0; i < 100; i++)
    {
      JobThread job = { domain, FALSE };
      GThread *thread = g_thread_new ("job", job_thread, &job);
      GCancellable *cancellable;

      QEMU_TEST_WAIT_UNTIL (g_atomic_int_get (&job.done));
      cancellable = g_thread_join (thread);
      g_assert_finalize_object (cancellable);
      qemu_test_drain ();
      if (i == 0)
        n_fds = qemu_test_count_fds ();
      g_assert_cmpuint (qemu_test_count_fds (), ==, n_fds);
    }
  /* The domain may still be dismissing the last job. */
  qemu_test_drop (domain);
}

/* ---------------------------------------------------------------- processes */

static void
exited_cb (QemuProcess *process,
           int          status,
           GString     *log)
{
  g_string_append_printf (log, "%d ", status);
}

static void
test_exited_for_each (void)
{
  const char *program = qemu_test_find_system ();
  const char * const argv[] = { program, QEMU_VM_NO_MACHINE, NULL };
  g_autoptr(QemuProcess) process = NULL;
  g_autoptr(GString) log = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  g_test_summary ("Each process is told of when it has ended, with its own status");

  if (program == NULL)
    return;

  process = qemu_process_new (argv);
  g_signal_connect (process, "exited", G_CALLBACK (exited_cb), log);
  g_assert_true (qemu_process_spawn (process, NULL, &error));
  qemu_process_force_exit (process);
  g_assert_true (qemu_process_wait (process, NULL, &error));
  g_assert_true (qemu_process_spawn (process, NULL, &error));
  g_assert_true (qemu_process_shutdown (process, 0, NULL, &error));
  g_assert_no_error (error);
  QEMU_TEST_WAIT_UNTIL (g_str_equal (log->str, "-9 0 ") || g_str_equal (log->str, "0 -9 "));
}

int
main (int   argc,
      char *argv[])
{
  qemu_test_init (&argc, &argv);

  g_test_add_func ("/moments/found-out-elsewhere", test_found_out_elsewhere);
  g_test_add_func ("/moments/close-while-opening", test_close_while_opening);
  g_test_add_func ("/moments/close-while-closing", test_close_while_closing);
  g_test_add_func ("/moments/close-after-the-answer", test_close_after_the_answer);
  g_test_add_func ("/moments/close-at-any-time", test_close_at_any_time);
  g_test_add_func ("/moments/retry-cancelled", test_retry_cancelled);
  g_test_add_func ("/moments/file-for-the-gone", test_file_for_the_gone);
  g_test_add_func ("/moments/log-writer", test_log_writer);
  g_test_add_func ("/moments/log-writer/subprocess", test_log_writer_child);
  g_test_add_func ("/moments/log-elsewhere", test_log_elsewhere);
  g_test_add_func ("/moments/log-elsewhere/subprocess", test_log_elsewhere_child);
  g_test_add_func ("/moments/asked-while-reading", test_asked_while_reading);
  g_test_add_func ("/moments/curious-close", test_curious_close);
  g_test_add_func ("/moments/garbage-at-open", test_garbage_at_open);
  g_test_add_func ("/moments/quit-not-sent", test_quit_not_sent);
  g_test_add_func ("/moments/commands-of-another", test_commands_of_another);
  g_test_add_func ("/moments/event-during-failed-query", test_event_during_failed_query);
  g_test_add_func ("/moments/dropped-while-asking", test_dropped_while_asking);
  g_test_add_func ("/moments/order-in-one-turn", test_order_in_one_turn);
  g_test_add_func ("/moments/unknown-status-names", test_unknown_status_names);
  g_test_add_func ("/moments/status-told-late", test_status_told_late);
  g_test_add_func ("/moments/notices-do-not-pile-up", test_notices_do_not_pile_up);
  g_test_add_func ("/moments/last-port-elsewhere", test_last_port_elsewhere);
  g_test_add_func ("/moments/ready-while-falling-asleep", test_ready_while_falling_asleep);
  g_test_add_func ("/moments/dropped-elsewhere-while-polling", test_dropped_elsewhere_while_polling);
  g_test_add_func ("/moments/wait-in-a-short-thread", test_wait_in_a_short_thread);
  g_test_add_func ("/moments/exited-for-each", test_exited_for_each);

  return g_test_run ();
}
