/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A main context under a loop that is not GLib's: the tests' own one, around poll(). */

#include "qemu-play.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Is there something to do, within so many milliseconds? */
static gboolean
is_readable (QemuContextFd *view,
             int            timeout_ms)
{
  struct pollfd poll_fd = { qemu_context_fd_get_fd (view), POLLIN, 0 };
  int n = poll (&poll_fd, 1, timeout_ms);

  g_assert_cmpint (n, >=, 0);
  return n == 1;
}

/* The foreign loop. */
#define RUN_UNTIL(view, condition)                                                        \
  G_STMT_START {                                                                          \
    while (!(condition))                                                                  \
      {                                                                                   \
        if (!is_readable (view, QEMU_TEST_DEADLINE_SECONDS * 1000))                       \
          g_error ("%s:%d: nothing has come, and not " #condition, __FILE__, __LINE__);   \
        qemu_context_fd_iterate (view);                                                   \
      }                                                                                   \
  } G_STMT_END

static QemuContextFd *
take (GMainContext *context)
{
  g_autoptr(GError) error = NULL;
  QemuContextFd *view = qemu_context_fd_new (context, &error);

  g_assert_no_error (error);
  g_assert_true (qemu_context_fd_get_context (view) == context);
  g_assert_cmpint (qemu_context_fd_get_fd (view), >=, 0);

  return view;
}

static void
add_source (GMainContext *context,
            GSource      *taken,
            GSourceFunc   callback,
            gpointer      user_data)
{
  g_autoptr(GSource) source = taken;

  g_source_set_callback (source, callback, user_data, NULL);
  g_source_attach (source, context);
}

static gboolean
count_cb (gpointer user_data)
{
  int *count = user_data;

  (*count)++;
  return G_SOURCE_REMOVE;
}

/* Until nothing is ready any more. */
static void
settle (QemuContextFd *view)
{
  while (qemu_context_fd_iterate (view))
    ;
}

static void
test_sources (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(QemuContextFd) view = take (context);
  int count = 0;

  g_test_summary ("Idle and timeout sources are dispatched, and nothing wakes while there is nothing to do");

  g_assert_false (is_readable (view, 0));
  g_assert_false (qemu_context_fd_iterate (view));

  add_source (context, g_idle_source_new (), count_cb, &count);
  g_assert_true (qemu_context_fd_iterate (view));
  g_assert_cmpint (count, ==, 1);
  g_assert_false (is_readable (view, 0));

  add_source (context, g_timeout_source_new (30), count_cb, &count);
  g_assert_false (qemu_context_fd_iterate (view));
  g_assert_false (is_readable (view, 0));
  RUN_UNTIL (view, count == 2);
  settle (view);
  g_assert_false (is_readable (view, 50));
}

static gboolean
read_cb (int          fd,
         GIOCondition condition,
         gpointer     user_data)
{
  char byte;

  g_assert_cmpint (read (fd, &byte, 1), ==, 1);
  count_cb (user_data);

  return G_SOURCE_CONTINUE;
}

static GSource *
watch (GMainContext *context,
       int           fd,
       int          *count)
{
  GSource *source = g_unix_fd_source_new (fd, G_IO_IN);

  g_source_set_callback (source, (GSourceFunc) (gpointer) read_cb, count, NULL);
  g_source_attach (source, context);

  return source;
}

static void
test_descriptors (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(QemuContextFd) view = take (context);
  int count = 0;

  g_test_summary ("Descriptors are watched, also where one has the number of another that was closed");

  for (int round = 1; round <= 3; round++)
    {
      int pair[2];
      g_autoptr(GSource) source = NULL;

      /* Each round has the same numbers. */
      g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
      source = watch (context, pair[0], &count);
      settle (view);
      g_assert_false (is_readable (view, 0));

      g_assert_cmpint (write (pair[1], "x", 1), ==, 1);
      g_assert_true (is_readable (view, 0));
      RUN_UNTIL (view, count == round);
      g_assert_false (is_readable (view, 0));

      g_source_destroy (source);
      close (pair[0]);
      close (pair[1]);
    }

  settle (view);
  g_assert_false (is_readable (view, 0));
}

static void
test_plain_file (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(QemuContextFd) view = take (context);
  g_autoptr(GSource) source = NULL;
  int count = 0;
  int fd = open ("/dev/zero", O_RDONLY | O_CLOEXEC);

  g_test_summary ("A file that epoll refuses is always ready, as it is for poll()");

  source = watch (context, fd, &count);
  for (int i = 1; i <= 3; i++)
    {
      qemu_context_fd_iterate (view);
      g_assert_cmpint (count, >=, i);
      g_assert_true (is_readable (view, 1000));
    }

  g_source_destroy (source);
  close (fd);
  settle (view);
  g_assert_false (is_readable (view, 0));
}

static void
test_copied (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(QemuContextFd) view = take (context);
  g_autoptr(GSource) source = NULL;
  int count = 0;
  int pair[2], copy;

  g_test_summary ("A descriptor that is closed is not watched any more, also where a child has a copy of it");

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  source = watch (context, pair[0], &count);
  settle (view);

  copy = dup (pair[0]);
  g_source_destroy (source);
  close (pair[0]);
  g_assert_cmpint (write (pair[1], "x", 1), ==, 1);
  settle (view);
  g_assert_false (is_readable (view, 0));

  add_source (context, g_timeout_source_new (10), count_cb, &count);
  qemu_context_fd_iterate (view);
  RUN_UNTIL (view, count == 1);

  close (pair[1]);
  close (copy);
}

static gpointer
attach_thread (gpointer user_data)
{
  int *count = user_data;

  add_source (g_main_context_default (), g_idle_source_new (), count_cb, count);
  return NULL;
}

static void
test_other_thread (void)
{
  g_autoptr(QemuContextFd) view = take (g_main_context_default ());
  GThread *thread;
  int count = 0;

  g_test_summary ("What another thread attaches wakes the loop");

  settle (view);
  thread = g_thread_new ("attach", attach_thread, &count);
  RUN_UNTIL (view, count == 1);
  g_thread_join (thread);
}

static gpointer
take_thread (gpointer user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuContextFd) view = qemu_context_fd_new (user_data, &error);

  return g_steal_pointer (&error);
}

static void
test_owner (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(QemuContextFd) view = take (context);
  g_autoptr(GError) busy = NULL;
  int fd = -1;

  g_test_summary ("A context has one owner, until it is closed");

  busy = g_thread_join (g_thread_new ("take", take_thread, context));
  g_assert_error (busy, G_IO_ERROR, G_IO_ERROR_BUSY);

  qemu_context_fd_close (view);
  qemu_context_fd_close (view);
  g_object_get (view, "fd", &fd, NULL);
  g_assert_cmpint (fd, ==, -1);
  g_assert_cmpint (qemu_context_fd_get_fd (view), ==, -1);
  g_assert_false (qemu_context_fd_iterate (view));
  g_assert_null (g_thread_join (g_thread_new ("take", take_thread, context)));
}

static void
test_default (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(GError) error = NULL;
  unsigned n_fds = qemu_test_count_fds ();

  g_test_summary ("Without a context it takes the thread-default one; all descriptors are closed with it");

  g_main_context_push_thread_default (context);
  for (int i = 0; i < 3; i++)
    {
      g_autoptr(QemuContextFd) view = qemu_context_fd_new (NULL, &error);
      g_autoptr(GMainContext) taken = NULL;

      g_assert_no_error (error);
      g_object_get (view, "context", &taken, NULL);
      g_assert_true (taken == context);
      g_assert_finalize_object (g_steal_pointer (&view));
    }
  g_main_context_pop_thread_default (context);
  g_assert_cmpuint (qemu_test_count_fds (), ==, n_fds);
}

static gboolean
close_cb (gpointer user_data)
{
  g_clear_object ((QemuContextFd **) user_data);
  return G_SOURCE_REMOVE;
}

static void
test_dropped_inside (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  QemuContextFd *view = take (context);

  g_test_summary ("A handler may drop it");

  add_source (context, g_idle_source_new (), close_cb, &view);
  g_assert_true (qemu_context_fd_iterate (view));
  g_assert_null (view);
}

/* ---------------------------------------------------------------- a domain in such a loop */

static const QmpPlay domain_play[] = {
  QMP_PLAY_HANDSHAKE,
  { .expect = "x-one", .reply = "1" },
  { .expect = "x-two", .event = "SEEN", .reply = "2" },
  { .wait_for_test = TRUE, .event = "SEEN" },
  { .expect = "x-silent" },
  { 0 }
};

static void
count_event_cb (QemuDomain *vm,
                QemuEvent  *event,
                gpointer    user_data)
{
  count_cb (user_data);
}

static void
test_domain (void)
{
  g_autoptr(QemuContextFd) view = take (g_main_context_default ());
  g_autoptr(QemuPlay) play = qemu_play_new (domain_play, qmp_play_background, QEMU_PLAY_NONE);
  g_autoptr(GIOStream) stream = qemu_play_take_stream (play);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_stream (stream);
  g_autoptr(QemuDomain) vm = qemu_domain_new (monitor, "vm");
  g_autoptr(QemuCommand) one = qemu_command_new ("x-one");
  g_autoptr(QemuCommand) two = qemu_command_new ("x-two");
  g_autoptr(QemuCommand) silent = qemu_command_new ("x-silent");
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(JsonNode) reply = NULL;
  g_autoptr(GError) error = NULL;
  int seen = 0;

  g_test_summary ("A domain works in such a loop: open, replies, events, deadlines");

  g_signal_connect (vm, "event::SEEN", G_CALLBACK (count_event_cb), &seen);
  qemu_domain_open_async (vm, NULL, qemu_test_store_result_cb, &result);
  RUN_UNTIL (view, result != NULL);
  g_assert_true (qemu_domain_open_finish (vm, result, &error));
  g_clear_object (&result);

  qemu_domain_run_async (vm, one, NULL, qemu_test_store_result_cb, &result);
  RUN_UNTIL (view, result != NULL);
  reply = qemu_domain_run_finish (vm, result, &error);
  g_assert_no_error (error);
  g_clear_object (&result);
  settle (view);

  /* A synchronous call reads the event on its way: this alone has to wake the loop. */
  json_node_unref (reply);
  reply = qemu_domain_run (vm, two, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (seen, ==, 0);
  RUN_UNTIL (view, seen == 1);

  qemu_play_go_on (play);
  RUN_UNTIL (view, seen == 2);

  /* Its deadline is the only thing that can end it. */
  qemu_command_set_timeout (silent, 50);
  qemu_domain_run_async (vm, silent, NULL, qemu_test_store_result_cb, &result);
  RUN_UNTIL (view, result != NULL);
  g_assert_null (qemu_domain_run_finish (vm, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_clear_object (&result);

  g_assert_true (qemu_domain_close (vm, NULL, &error));
  settle (view);
  qemu_context_fd_close (view);
  qemu_test_drop (g_steal_pointer (&vm));
}

static void
test_early_ends (void)
{
  static const QmpPlay steps[] = { { 0 } };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(GIOStream) stream = qemu_play_take_stream (play);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_stream (stream);
  g_autoptr(QemuContextFd) view = take (g_main_context_default ());
  g_autoptr(QemuCommand) command = qemu_command_new ("query-status");
  g_autoptr(GAsyncResult) run = NULL, closed = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("What has ended before its call returns is heard of, too");

  settle (view);
  qemu_monitor_run_async (monitor, command, NULL, qemu_test_store_result_cb, &run);
  RUN_UNTIL (view, run != NULL);
  g_assert_null (qemu_monitor_run_finish (monitor, run, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  g_clear_error (&error);
  settle (view);

  qemu_monitor_close_async (monitor, NULL, qemu_test_store_result_cb, &closed);
  RUN_UNTIL (view, closed != NULL);
  g_assert_true (qemu_monitor_close_finish (monitor, closed, &error));
  g_assert_no_error (error);
  settle (view);
  g_assert_false (is_readable (view, 0));
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(QemuContextFd) view = NULL;
  g_autoptr(GError) error = NULL;

  g_test_init (&argc, &argv, NULL);

  view = qemu_context_fd_new (NULL, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    {
      g_print ("1..0 # SKIP %s\n", error->message);
      return 0;
    }
  g_clear_object (&view);

  g_test_add_func ("/context-fd/sources", test_sources);
  g_test_add_func ("/context-fd/descriptors", test_descriptors);
  g_test_add_func ("/context-fd/plain-file", test_plain_file);
  g_test_add_func ("/context-fd/copied", test_copied);
  g_test_add_func ("/context-fd/other-thread", test_other_thread);
  g_test_add_func ("/context-fd/owner", test_owner);
  g_test_add_func ("/context-fd/default", test_default);
  g_test_add_func ("/context-fd/dropped-inside", test_dropped_inside);
  g_test_add_func ("/context-fd/domain", test_domain);
  g_test_add_func ("/context-fd/early-ends", test_early_ends);

  return g_test_run ();
}
