/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "qemu-play.h"

typedef struct
{
  QemuMonitor *monitor;
  gint64       deadline;
  gboolean     may_end;         /* the peer hangs up now and then */
  unsigned     seed;
  int          n_done;
} Worker;

static gboolean
worker_goes_on (Worker *self)
{
  gint64 late = g_get_monotonic_time () - self->deadline;

  /* On a busy machine one may not have had its turn. */
  return late < 0 || (self->n_done == 0 && !self->may_end && late < QEMU_TEST_DEADLINE_SECONDS * G_USEC_PER_SEC);
}

/* A reply has to be that of its own command: the peer sends back what it was given. */
static void
check_reply (GBytes *reply,
             gint64  n)
{
  g_autofree char *expected = g_strdup_printf ("{\"return\": {\"n\":%" G_GINT64_FORMAT, n);

  g_assert_true (g_str_has_prefix (g_bytes_get_data (reply, NULL), expected));
}

static void
check_error (Worker       *self,
             const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
      g_error_matches (error, QEMU_ERROR, QEMU_ERROR_DEVICE_NOT_FOUND))
    return;
  if (self->may_end && (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED) ||
                        g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED)))
    return;

  g_assert_no_error (error);
}

static const char *
pick_command (GRand    *rand,
              gboolean  may_end)
{
  static const char * const others[] = { "x-late", "x-late", "x-error", "x-silent", "x-flood", "x-big" };
  int n = g_rand_int_range (rand, 0, 100);

  if (may_end && n == 99 && g_rand_int_range (rand, 0, 20) == 0)
    return "x-hang-up";

  return n < 80 ? "x-echo" : others[n % G_N_ELEMENTS (others)];
}

static QemuCommand *
make_command (GRand    *rand,
              gboolean  may_end,
              gint64    n)
{
  const char *name = pick_command (rand, may_end);
  QemuCommand *command = qemu_command_new (name);

  qemu_command_set_int64 (command, "n", n);
  if (g_str_equal (name, "x-flood"))
    qemu_command_set_int64 (command, "count", g_rand_int_range (rand, 0, 50));
  else if (g_str_equal (name, "x-big"))
    qemu_command_set_int64 (command, "size", g_rand_int_range (rand, 0, 200000));
  /* What is not answered, or only after somebody else's command, has to come to an end. */
  if (g_str_equal (name, "x-late") || g_str_equal (name, "x-silent"))
    qemu_command_set_timeout (command, g_rand_int_range (rand, 1, 30));
  else
    qemu_command_set_timeout (command, g_rand_int_range (rand, 0, 50) == 0 ? 1 : QEMU_TEST_DEADLINE_SECONDS * 1000);

  return command;
}

static gboolean
is_echo (QemuCommand *command)
{
  const char *name = qemu_command_get_name (command);

  return !g_str_equal (name, "x-big");
}

static gpointer
sync_thread (gpointer data)
{
  Worker *self = data;
  g_autoptr(GRand) rand = g_rand_new_with_seed (self->seed);

  for (gint64 n = 0; worker_goes_on (self); n++)
    {
      g_autoptr(QemuCommand) command = make_command (rand, self->may_end, n);
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) reply = qemu_monitor_run (self->monitor, command, NULL, &error);

      if (reply == NULL)
        check_error (self, error);
      else if (is_echo (command))
        check_reply (reply, n);
      self->n_done++;
    }

  return NULL;
}

typedef struct
{
  Worker       *worker;
  QemuCommand  *command;
  GCancellable *cancellable;
  gint64        n;
  unsigned     *n_pending;
} Call;

static void
call_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  Call *call = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = qemu_monitor_run_finish (QEMU_MONITOR (object), result, &error);

  if (reply == NULL)
    check_error (call->worker, error);
  else if (is_echo (call->command))
    check_reply (reply, call->n);

  (*call->n_pending)--;
  call->worker->n_done++;
  qemu_command_unref (call->command);
  g_object_unref (call->cancellable);
  g_free (call);
}

/* Keeps some calls in flight; some of them are cancelled by another thread. */
static void
run_async_calls (Worker       *self,
                 GMainContext *context)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (self->seed);
  g_autoptr(GAsyncQueue) to_cancel = g_async_queue_new_full (g_object_unref);
  GThread *canceller = g_thread_new ("cancel", qemu_test_cancel_thread, to_cancel);
  unsigned n_pending = 0;

  for (gint64 n = 0; worker_goes_on (self); n++)
    {
      Call *call = g_new0 (Call, 1);

      call->worker = self;
      call->command = make_command (rand, self->may_end, n);
      call->cancellable = g_cancellable_new ();
      call->n = n;
      call->n_pending = &n_pending;
      n_pending++;
      qemu_monitor_run_async (self->monitor, call->command, call->cancellable, call_cb, call);
      if (g_rand_int_range (rand, 0, 10) == 0)
        g_async_queue_push (to_cancel, g_object_ref (call->cancellable));

      while (n_pending > 20)
        g_main_context_iteration (context, TRUE);
      if (n % 7 == 0)
        g_main_context_iteration (context, FALSE);
    }
  QEMU_TEST_WAIT_UNTIL (n_pending == 0);

  g_async_queue_push (to_cancel, g_object_new (G_TYPE_OBJECT, NULL));
  g_thread_join (canceller);
}

static gpointer
async_thread (gpointer data)
{
  Worker *self = data;
  g_autoptr(GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  run_async_calls (self, context);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static gboolean
set_done_cb (gpointer data)
{
  gboolean *done = data;

  *done = TRUE;

  return G_SOURCE_REMOVE;
}

static gpointer
join_thread (gpointer data)
{
  gpointer *what = data;

  for (GThread **thread = what[0]; *thread != NULL; thread++)
    g_thread_join (*thread);
  g_idle_add (set_done_cb, what[1]);

  return NULL;
}

typedef struct
{
  unsigned n_sync;
  unsigned n_async;             /* each with a context of its own */
  gboolean main_calls;          /* the main loop makes calls, too, instead of only running */
  gboolean main_sleeps;         /* the main loop does not run at all meanwhile */
} Mix;

static const Mix mixes[] = {
  { 4, 0, TRUE, FALSE },
  { 2, 2, TRUE, FALSE },
  { 4, 0, FALSE, FALSE },
  { 3, 1, FALSE, TRUE },
};

static void
run_mix (const Mix   *mix,
         QemuMonitor *monitor,
         gboolean     may_end,
         gint64       microseconds)
{
  GThread *threads[8] = { NULL };
  Worker workers[8];
  Worker main_worker = { monitor, g_get_monotonic_time () + microseconds, may_end, g_test_rand_int (), 0 };
  gboolean done = FALSE;
  gpointer what[2] = { threads, &done };
  GThread *joiner;

  for (unsigned i = 0; i < mix->n_sync + mix->n_async; i++)
    {
      workers[i] = main_worker;
      workers[i].seed = g_test_rand_int ();
      threads[i] = g_thread_new ("worker", i < mix->n_sync ? sync_thread : async_thread, &workers[i]);
    }

  if (mix->main_sleeps)
    for (unsigned i = 0; threads[i] != NULL; i++)
      g_thread_join (g_steal_pointer (&threads[i]));
  else if (mix->main_calls)
    run_async_calls (&main_worker, NULL);

  joiner = g_thread_new ("join", join_thread, what);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (joiner);

  for (unsigned i = 0; i < mix->n_sync + mix->n_async; i++)
    g_assert_true (may_end || workers[i].n_done > 0);
}

static void
test_mix (gconstpointer data)
{
  const Mix *mix = data;
  g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_GREETING | QEMU_ANSWERER_SPLIT);
  g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
  QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (stream);
  g_autoptr(GError) error = NULL;

  g_test_summary ("Threads with sync, async, cancelled and timed-out calls: each gets its own reply, once");

  g_assert_true (qemu_monitor_open (monitor, NULL, &error));
  g_assert_no_error (error);
  run_mix (mix, monitor, FALSE, qemu_test_get_stress_seconds () * G_USEC_PER_SEC / 4);
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_OPEN);
  qemu_test_drain ();
  g_assert_finalize_object (monitor);
}

static void
test_mix_with_ends (void)
{
  gint64 deadline = g_get_monotonic_time () + qemu_test_get_stress_seconds () * G_USEC_PER_SEC / 2;

  g_test_summary ("… and a peer that hangs up in the middle: each call ends, once");

  for (unsigned i = 0; g_get_monotonic_time () < deadline; i++)
    {
      g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_GREETING | QEMU_ANSWERER_SPLIT);
      g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
      QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (stream);
      g_autoptr(GError) error = NULL;

      g_assert_true (qemu_monitor_open (monitor, NULL, &error));
      g_assert_no_error (error);
      run_mix (&mixes[i % G_N_ELEMENTS (mixes)], monitor, TRUE, 50000);
      if (i % 2)
        g_assert_true (qemu_monitor_close (monitor, NULL, NULL));
      qemu_test_drain ();
      g_assert_finalize_object (monitor);
    }
}

/* ---------------------------------------------------------------- a hundred in flight, in each of four threads */

static gpointer
hundred_thread (gpointer data)
{
  QemuMonitor *monitor = data;

  for (gint64 n = 0; n < 100; n++)
    {
      g_autoptr(QemuCommand) command = qemu_command_new ("x-echo");
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) reply = NULL;

      qemu_command_set_int64 (command, "n", n);
      reply = qemu_monitor_run (monitor, command, NULL, &error);
      g_assert_no_error (error);
      check_reply (reply, n);
    }

  return NULL;
}

static void
test_hundred (void)
{
  g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_GREETING);
  g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
  QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (stream);
  GAsyncResult *results[100] = { NULL };
  GThread *threads[4];

  g_test_summary ("Four threads with synchronous calls, and a hundred asynchronous ones in flight meanwhile");

  g_assert_true (qemu_monitor_open (monitor, NULL, NULL));
  for (unsigned i = 0; i < 4; i++)
    threads[i] = g_thread_new ("sync", hundred_thread, monitor);
  for (unsigned i = 0; i < 100; i++)
    {
      g_autoptr(QemuCommand) command = qemu_command_new ("x-echo");

      qemu_command_set_int64 (command, "n", 1000 + i);
      qemu_monitor_run_async (monitor, command, NULL, qemu_test_store_result_cb, &results[i]);
    }
  for (unsigned i = 0; i < 100; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) reply = NULL;

      QEMU_TEST_WAIT_UNTIL (results[i]);
      reply = qemu_monitor_run_finish (monitor, results[i], &error);
      g_assert_no_error (error);
      check_reply (reply, 1000 + i);
      g_object_unref (results[i]);
    }
  for (unsigned i = 0; i < 4; i++)
    g_thread_join (threads[i]);
  g_assert_finalize_object (monitor);
}

/* ---------------------------------------------------------------- domains that come and go in threads */

static gpointer
come_and_go_thread (gpointer data)
{
  gint64 *deadline = data;
  g_autoptr(GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  for (unsigned i = 0; g_get_monotonic_time () < *deadline; i++)
    {
      g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_GREETING);
      g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
      g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_stream (stream);
      QemuDomain *domain = qemu_domain_new (monitor, "vm");
      g_autoptr(GError) error = NULL;

      g_clear_object (&monitor);
      g_assert_true (qemu_domain_open (domain, NULL, &error));
      g_assert_no_error (error);
      g_assert_true (qemu_domain_stop (domain, NULL, &error));
      g_assert_no_error (error);
      if (i % 3 == 0)
        qemu_test_drain ();
      g_assert_finalize_object (domain);
      g_assert_true (g_io_stream_is_closed (stream));
    }
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_come_and_go (void)
{
  gint64 deadline = g_get_monotonic_time () + qemu_test_get_stress_seconds () * G_USEC_PER_SEC / 4;
  unsigned n_fds = qemu_test_count_fds ();
  GThread *threads[4];

  g_test_summary ("Domains that are made, used and dropped in threads with contexts of their own leave nothing");

  for (unsigned i = 0; i < 4; i++)
    threads[i] = g_thread_new ("come-and-go", come_and_go_thread, &deadline);
  for (unsigned i = 0; i < 4; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (qemu_test_count_fds (), <=, n_fds + 3);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (unsigned i = 0; i < G_N_ELEMENTS (mixes); i++)
    {
      const char *more = mixes[i].main_calls ? "-and-main" : mixes[i].main_sleeps ? "-main-sleeps" : "";
      g_autofree char *path = g_strdup_printf ("/threads/mix/%u-sync-%u-async%s",
                                               mixes[i].n_sync, mixes[i].n_async, more);

      g_test_add_data_func (path, &mixes[i], test_mix);
    }
  g_test_add_func ("/threads/mix-with-ends", test_mix_with_ends);
  g_test_add_func ("/threads/hundred", test_hundred);
  g_test_add_func ("/threads/come-and-go", test_come_and_go);

  return g_test_run ();
}
