/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that may be done with one domain, done by many threads at once. What has to hold all the while: each
 * operation ends once, with its own reply or an error that it had coming; nothing that is answered runs out of time;
 * what the wire has in order stays in order; and in the end nothing is left.
 */

#include "config.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "qemu-machine.h"

/* How many calls a thread keeps in flight. */
#define MAX_IN_FLIGHT 20

typedef struct
{
  gboolean     may_end;         /* the machine hangs up, and the domain is closed and opened again, all the time */

  QemuMachine *machine;
  QemuDomain  *domain;
  gint64       deadline;
  GAsyncQueue *to_cancel;       /* for a thread that does nothing else */

  /* in the domain's context */
  unsigned     n_ticks;
  gint64       last_tick;
  gboolean     nested;

  /* atomic */
  int          n_begun;
  int          n_ended;
  int          n_cancellables;
  int          n_jobs;
} Stress;

typedef struct _Worker Worker;

/* What a thread does again and again. */
typedef struct
{
  const char *name;
  void      (*turn) (Worker *self);
  unsigned    n_threads;
  unsigned    n_threads_of_ends;        /* where may_end */
  gboolean    has_context;              /* of its own */
} Role;

struct _Worker
{
  Stress        *stress;
  const Role    *role;
  GRand         *rand;
  GMainContext  *context;       /* NULL: it has none, or is the domain's own */
  QemuContextFd *view;
  GThread       *thread;
  unsigned       n_pending;
  unsigned       n_done;
};

static gboolean
one_in (Worker *self,
        int     n)
{
  return g_rand_int_range (self->rand, 0, n) == 0;
}

static const Role owner = { "the domain's context", NULL, 1, 1, FALSE };

/* ---------------------------------------------------------------- one operation */

/* What is done, and what may become of it. */
typedef struct
{
  Worker       *worker;
  const char   *name;
  gint64        n;
  gboolean      may_time_out;
  GCancellable *cancellable;
  int           ended;          /* atomic */
} Operation;

static const struct
{
  const char *name;
  unsigned    share;            /* of 100 */
  unsigned    timeout_ms;       /* at most, as it may never be answered */
} commands[] = {
  { "x-echo", 54 },
  { "x-tick", 20 },
  { "x-error", 8 },
  { "x-big", 6 },
  { "getfd", 8 },
  { "x-late", 2, 20 },
  { "x-silent", 2, 20 },
};

static void
count_down_cb (gpointer  user_data,
               GObject  *gone)
{
  g_atomic_int_add ((int *) user_data, -1);
}

static GCancellable *
make_cancellable (Worker *self)
{
  GCancellable *cancellable;

  if (one_in (self, 3))
    return NULL;

  cancellable = g_cancellable_new ();
  g_atomic_int_inc (&self->stress->n_cancellables);
  g_object_weak_ref (G_OBJECT (cancellable), count_down_cb, &self->stress->n_cancellables);
  if (one_in (self, 50))
    g_cancellable_cancel (cancellable);
  else if (one_in (self, 8))
    g_async_queue_push (self->stress->to_cancel, g_object_ref (cancellable));

  return cancellable;
}

static Operation *
operation_new (Worker     *worker,
               const char *name)
{
  static int n_operations;
  Operation *self = g_new0 (Operation, 1);

  self->worker = worker;
  self->name = name;
  self->n = g_atomic_int_add (&n_operations, 1);
  self->cancellable = make_cancellable (worker);
  g_atomic_int_inc (&worker->stress->n_begun);

  return self;
}

/* However it has ended. */
static void
operation_end (Operation *self)
{
  g_assert_true (g_atomic_int_compare_and_exchange (&self->ended, FALSE, TRUE));
  g_atomic_int_inc (&self->worker->stress->n_ended);
  self->worker->n_done++;
  g_clear_object (&self->cancellable);
  g_free (self);
}

static gboolean
is_end (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
}

static void
check_error (Operation    *self,
             const GError *error)
{
  g_assert_nonnull (error);
  if ((g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && g_cancellable_is_cancelled (self->cancellable)) ||
      (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) && self->may_time_out) ||
      (g_error_matches (error, QEMU_ERROR, QEMU_ERROR_DEVICE_NOT_FOUND) && g_str_equal (self->name, "x-error")) ||
      (is_end (error) && self->worker->stress->may_end))
    return;

  g_error ("%s may not end like this: %s", self->name, error->message);
}

static gint64
get_member (JsonNode   *node,
            const char *member)
{
  return json_object_get_int_member_with_default (json_node_get_object (node), member, -1);
}

static void
check_reply (Operation *self,
             JsonNode  *reply)
{
  g_assert_true (JSON_NODE_HOLDS_OBJECT (reply));
  g_assert_cmpint (get_member (reply, "n"), ==, self->n);
  if (g_str_equal (self->name, "getfd"))
    g_assert_cmpint (get_member (reply, "file"), ==, self->n);
}

static QemuCommand *
make_command (Operation *self)
{
  Worker *worker = self->worker;
  QemuCommand *command = qemu_command_new (self->name);
  unsigned timeout_ms = QEMU_TEST_DEADLINE_SECONDS * 1000;
  g_autoptr(GError) error = NULL;

  qemu_command_set_int64 (command, "n", self->n);
  if (g_str_equal (self->name, "x-big"))
    qemu_command_set_int64 (command, "size", g_rand_int_range (worker->rand, 0, 200000));
  if (g_str_equal (self->name, "getfd"))
    {
      int fd = qemu_machine_open_file (self->n);

      qemu_command_attach_fd (command, fd, &error);
      g_assert_no_error (error);
      close (fd);
    }
  if (self->may_time_out)
    timeout_ms = g_rand_int_range (worker->rand, 1, 20);
  qemu_command_set_timeout (command, timeout_ms);

  return command;
}

static Operation *
make_operation (Worker       *worker,
                QemuCommand **command)
{
  int share = g_rand_int_range (worker->rand, 0, 100);
  unsigned i = 0;
  Operation *self;

  while (share >= (int) commands[i].share)
    share -= commands[i++].share;
  self = operation_new (worker, commands[i].name);
  self->may_time_out = commands[i].timeout_ms > 0 || one_in (worker, 50);
  *command = make_command (self);

  return self;
}

static void
run_sync (Worker *worker)
{
  g_autoptr(QemuCommand) command = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) reply = NULL;
  Operation *self = make_operation (worker, &command);

  reply = qemu_domain_run (worker->stress->domain, command, self->cancellable, &error);
  if (reply != NULL)
    check_reply (self, reply);
  else
    check_error (self, error);
  operation_end (self);
}

static void
run_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      user_data)
{
  Operation *self = user_data;
  Worker *worker = self->worker;
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) reply = qemu_domain_run_finish (QEMU_DOMAIN (object), result, &error);

  g_assert_true (worker->context == NULL || g_main_context_is_owner (worker->context));
  if (reply != NULL)
    check_reply (self, reply);
  else
    check_error (self, error);
  /* In the domain's context whatever the machine has said before a reply is told before it. */
  if (reply != NULL && worker->role == &owner)
    g_assert_cmpint (get_member (reply, "tick"), <=, worker->stress->last_tick);
  operation_end (self);
  worker->n_pending--;

  /* A callback may do what it likes. */
  if (one_in (worker, 30))
    run_sync (worker);
}

static void
run_async (Worker *worker)
{
  g_autoptr(QemuCommand) command = NULL;
  Operation *self = make_operation (worker, &command);
  g_autoptr(GCancellable) cancellable = self->cancellable != NULL ? g_object_ref (self->cancellable) : NULL;

  worker->n_pending++;
  qemu_domain_run_async (worker->stress->domain, command, cancellable, run_cb, self);
  if (one_in (worker, 40))
    g_cancellable_cancel (cancellable);
}

/* ---------------------------------------------------------------- what the threads do */

static void
do_sync (Worker *self)
{
  run_sync (self);
}

static void
do_async (Worker *self)
{
  run_async (self);
  while (self->n_pending > MAX_IN_FLIGHT)
    g_main_context_iteration (self->context, TRUE);
  if (one_in (self, 7))
    g_main_context_iteration (self->context, FALSE);
}

/* In a loop that is not GLib's. */
static void
iterate_view (Worker *self)
{
  struct pollfd poll_fd = { .fd = qemu_context_fd_get_fd (self->view), .events = POLLIN };

  if (poll (&poll_fd, 1, QEMU_TEST_DEADLINE_SECONDS * 1000) != 1)
    g_error ("nothing has come, and %u calls are pending", self->n_pending);
  qemu_context_fd_iterate (self->view);
}

static void
do_async_in_foreign_loop (Worker *self)
{
  g_autoptr(GError) error = NULL;

  if (self->view == NULL)
    self->view = qemu_context_fd_new (self->context, &error);
  g_assert_no_error (error);

  run_async (self);
  while (self->n_pending > MAX_IN_FLIGHT)
    iterate_view (self);
}

static void
do_job (Worker *self)
{
  Operation *operation = operation_new (self, "x-job");
  g_autoptr(QemuCommand) command = qemu_command_new ("x-job");
  g_autoptr(GError) error = NULL;
  QemuJob *job = qemu_domain_start_job (self->stress->domain, command, operation->cancellable, &error);

  if (job == NULL)
    {
      check_error (operation, error);
    }
  else
    {
      g_atomic_int_inc (&self->stress->n_jobs);
      g_object_weak_ref (G_OBJECT (job), count_down_cb, &self->stress->n_jobs);
      if (qemu_job_wait (job, operation->cancellable, &error))
        g_assert_cmpint (qemu_job_get_result (job), ==, QEMU_JOB_RESULT_COMPLETED);
      else
        check_error (operation, error);
      g_object_unref (job);
    }
  operation_end (operation);
}

static void
do_power (Worker *self)
{
  static gboolean (* const verbs[]) (QemuDomain    *domain,
                                     GCancellable  *cancellable,
                                     GError       **error) = { qemu_domain_stop, qemu_domain_cont };
  Operation *operation = operation_new (self, "stop or cont");
  g_autoptr(GError) error = NULL;

  if (!verbs[g_rand_int_range (self->rand, 0, 2)] (self->stress->domain, operation->cancellable, &error) ||
      qemu_domain_query_status (self->stress->domain, operation->cancellable, &error) == QEMU_STATUS_UNKNOWN)
    check_error (operation, error);
  operation_end (operation);
}

/* Looks at everything, and asks for some of it. */
static void
do_look (Worker *self)
{
  QemuDomain *domain = self->stress->domain;
  Operation *operation = operation_new (self, "query-commands");
  g_auto(GStrv) names = NULL;
  g_autoptr(GListModel) devices = NULL;
  g_autoptr(GListModel) jobs = NULL;
  g_autoptr(GError) error = NULL;

  names = qemu_domain_list_commands (domain, operation->cancellable, &error);
  if (names == NULL || (devices = qemu_domain_list_block_devices (domain, operation->cancellable, &error)) == NULL ||
      (jobs = qemu_domain_list_jobs (domain, operation->cancellable, &error)) == NULL)
    check_error (operation, error);
  else
    g_assert_cmpuint (g_list_model_get_n_items (devices), ==, 1);
  qemu_monitor_set_command_timeout (qemu_domain_get_monitor (domain),
                                    (QEMU_TEST_DEADLINE_SECONDS + g_rand_int_range (self->rand, 0, 10)) * 1000);
  g_assert_cmpuint (qemu_test_read_properties (domain), >, 0);
  g_assert_cmpuint (qemu_test_read_properties (qemu_domain_get_monitor (domain)), >, 0);
  operation_end (operation);
}

/* Ends connections in every way, and is the one who opens again. */
static void
do_ends (Worker *self)
{
  Operation *operation = operation_new (self, "open");
  g_autoptr(QemuCommand) hang_up = qemu_command_new ("x-hang-up");
  g_autoptr(GError) error = NULL;

  while (!qemu_domain_open (self->stress->domain, NULL, &error))
    {
      check_error (operation, error);
      g_clear_error (&error);
    }
  for (int n = g_rand_int_range (self->rand, 0, 30); n > 0; n--)
    run_sync (self);

  if (one_in (self, 2))
    {
      g_assert_true (qemu_domain_close (self->stress->domain, NULL, &error));
      g_assert_no_error (error);
    }
  else
    {
      g_assert_null (qemu_domain_run (self->stress->domain, hang_up, NULL, &error));
      g_assert_true (is_end (error));
    }
  operation_end (operation);
}

static const Role roles[] = {
  { "synchronous", do_sync, 2, 2, FALSE },
  { "synchronous, in a context of its own", do_sync, 1, 1, TRUE },
  { "asynchronous", do_async, 1, 1, TRUE },
  { "asynchronous, in a foreign loop", do_async_in_foreign_loop, 1, 1, TRUE },
  { "jobs", do_job, 1, 1, FALSE },
  { "power", do_power, 2, 1, FALSE },
  { "looks", do_look, 1, 1, FALSE },
  { "ends", do_ends, 0, 1, FALSE },
};

/* ---------------------------------------------------------------- threads */

static gboolean
worker_goes_on (Worker *self)
{
  gint64 late = g_get_monotonic_time () - self->stress->deadline;

  /* On a busy machine one may not have had its turn; where the connection ends, it may be over for good. */
  return late < 0 || (self->n_done == 0 && !self->stress->may_end && late < QEMU_TEST_DEADLINE_SECONDS * G_USEC_PER_SEC);
}

static gpointer
worker_thread (gpointer data)
{
  Worker *self = data;

  if (self->role->has_context)
    {
      self->context = g_main_context_new ();
      g_main_context_push_thread_default (self->context);
    }
  while (worker_goes_on (self))
    self->role->turn (self);

  while (self->view != NULL && self->n_pending > 0)
    iterate_view (self);
  g_clear_object (&self->view);
  QEMU_TEST_WAIT_UNTIL (self->n_pending == 0);
  if (self->role->has_context)
    {
      g_main_context_pop_thread_default (self->context);
      g_clear_pointer (&self->context, g_main_context_unref);
    }

  return NULL;
}

static void
tick_cb (QemuDomain *domain,
         QemuEvent  *event,
         Worker     *self)
{
  Stress *stress = self->stress;
  gint64 tick = -1;

  g_assert_true (g_main_context_is_owner (g_main_context_default ()));
  g_assert_true (qemu_event_get_int64 (event, "tick", &tick));
  /* What was still to be told of one connection may be told among what comes from the next one. */
  if (!stress->may_end)
    g_assert_cmpint (tick, >, stress->last_tick);
  stress->last_tick = MAX (stress->last_tick, tick);
  stress->n_ticks++;

  if (one_in (self, 100))
    run_sync (self);
  if (!stress->nested && one_in (self, 50))
    {
      stress->nested = TRUE;
      qemu_test_spin (1);
      stress->nested = FALSE;
    }
}

/* Whoever reads a model sees no job that has gone. */
static void
jobs_changed_cb (GListModel *jobs,
                 unsigned    position,
                 unsigned    removed,
                 unsigned    added)
{
  for (unsigned i = 0; i < added; i++)
    {
      g_autoptr(QemuJob) job = g_list_model_get_item (jobs, position + i);

      g_assert_nonnull (job);
      g_assert_nonnull (qemu_job_get_id (job));
    }
}

static gboolean
wake_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* The domain's own context makes calls, too. */
static void
run_owner (Worker *self)
{
  g_autoptr(GSource) pulse = g_timeout_source_new (5);

  g_source_set_callback (pulse, wake_cb, NULL, NULL);
  g_source_attach (pulse, NULL);
  while (worker_goes_on (self))
    {
      if (self->n_pending < MAX_IN_FLIGHT && one_in (self, 3))
        run_async (self);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_destroy (pulse);
}

/* ---------------------------------------------------------------- one case */

/* All has come that was to come. */
static void
check_peace (Stress *self)
{
  QEMU_TEST_WAIT_UNTIL (g_atomic_int_get (&self->n_begun) == g_atomic_int_get (&self->n_ended));
  if (!self->may_end)
    {
      QEMU_TEST_WAIT_UNTIL (self->n_ticks == qemu_machine_count_ticks (self->machine));
      QEMU_TEST_WAIT_UNTIL (qemu_domain_get_running (self->domain) == qemu_machine_get_running (self->machine));
      while (qemu_machine_count_jobs (self->machine) > 0)
        qemu_test_spin (5);
      g_assert_cmpint (qemu_domain_get_state (self->domain), ==, QEMU_MONITOR_STATE_OPEN);
    }
  g_assert_true (qemu_domain_close (self->domain, NULL, NULL));
  qemu_test_drain ();
  g_assert_cmpint (qemu_domain_get_state (self->domain), ==, QEMU_MONITOR_STATE_CLOSED);
  g_assert_false (qemu_domain_get_running (self->domain));
}

static QemuDomain *
make_domain (QemuMachine *machine)
{
  g_autoptr(GError) error = NULL;
  QemuDomain *domain = qemu_domain_new_for_uri (qemu_machine_get_uri (machine), &error);

  g_assert_no_error (error);
  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);

  return domain;
}

/* What a thread keeps to wait with is there after this. */
static unsigned
count_fds_at_rest (void)
{
  g_autoptr(QemuMachine) machine = qemu_machine_new ();
  QemuDomain *domain = make_domain (machine);

  g_assert_true (qemu_domain_stop (domain, NULL, NULL));
  qemu_test_drain ();
  g_assert_finalize_object (domain);
  qemu_test_spin (1);
  g_clear_pointer (&machine, qemu_machine_free);

  return qemu_test_count_fds ();
}

static GPtrArray *
start_workers (Stress *self)
{
  GPtrArray *workers = g_ptr_array_new_with_free_func (g_free);

  for (unsigned i = 0; i < G_N_ELEMENTS (roles); i++)
    for (unsigned n = self->may_end ? roles[i].n_threads_of_ends : roles[i].n_threads; n > 0; n--)
      {
        Worker *worker = g_new0 (Worker, 1);

        worker->stress = self;
        worker->role = &roles[i];
        worker->rand = g_rand_new_with_seed (g_test_rand_int ());
        worker->thread = g_thread_new ("worker", worker_thread, worker);
        g_ptr_array_add (workers, worker);
      }

  return workers;
}

static void
worker_join (Worker *self)
{
  if (self->thread != NULL)
    g_thread_join (self->thread);
  QEMU_TEST_WAIT_UNTIL (self->n_pending == 0);
  g_test_message ("%s: %u operations", self->role->name, self->n_done);
  g_assert_true (self->stress->may_end || self->n_done > 0);
  g_rand_free (self->rand);
}

static void
test_stress (gconstpointer data)
{
  unsigned n_fds = count_fds_at_rest ();
  Stress stress = { .may_end = GPOINTER_TO_INT (data), .last_tick = -1 };
  Worker main_worker = { .stress = &stress, .role = &owner };
  g_autoptr(GPtrArray) workers = NULL;
  GThread *canceller;

  g_test_summary ("Threads that do everything at once with one domain: each operation ends once, as it should");

  stress.machine = qemu_machine_new ();
  stress.domain = make_domain (stress.machine);
  stress.to_cancel = g_async_queue_new ();
  stress.deadline = g_get_monotonic_time () + qemu_test_get_stress_seconds () * G_USEC_PER_SEC / 2;
  main_worker.rand = g_rand_new_with_seed (g_test_rand_int ());
  g_signal_connect (stress.domain, "event::TICK", G_CALLBACK (tick_cb), &main_worker);
  g_signal_connect (qemu_domain_get_jobs (stress.domain), "items-changed", G_CALLBACK (jobs_changed_cb), NULL);

  canceller = g_thread_new ("cancel", qemu_test_cancel_thread, stress.to_cancel);
  workers = start_workers (&stress);
  run_owner (&main_worker);
  for (unsigned i = 0; i < workers->len; i++)
    worker_join (g_ptr_array_index (workers, i));
  g_async_queue_push (stress.to_cancel, g_object_new (G_TYPE_OBJECT, NULL));
  g_thread_join (canceller);
  check_peace (&stress);

  g_signal_handlers_disconnect_by_data (stress.domain, &main_worker);
  worker_join (&main_worker);
  g_async_queue_unref (stress.to_cancel);
  g_assert_finalize_object (stress.domain);
  qemu_test_drain ();
  g_assert_cmpint (g_atomic_int_get (&stress.n_cancellables), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&stress.n_jobs), ==, 0);
  if (!stress.may_end)
    g_assert_cmpuint (qemu_machine_count_strays (stress.machine), ==, 0);
  qemu_machine_free (stress.machine);
  g_assert_cmpuint (qemu_test_count_fds (), ==, n_fds);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/stress/steady", GINT_TO_POINTER (FALSE), test_stress);
  g_test_add_data_func ("/stress/ends", GINT_TO_POINTER (TRUE), test_stress);

  return g_test_run ();
}
