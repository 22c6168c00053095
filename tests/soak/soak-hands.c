/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sequences of calls, in threads of their own: calls that wait, and others in the thread's own context. */

#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "soak.h"

/* How long a context may have to wait for its thread, which has nothing to do. */
#define IDLE_USEC 100000

typedef struct
{
  GMainContext *context;
  GRand        *rand;
  Link         *link;
  char         *second_uri;
} Hand;

typedef struct
{
  HandsFunc  call, done;
  gpointer   data;
  Link      *link;                      /* an act at random, if there is one, and no call */
  guint32    seed;
  char      *second_uri;
} Task;

static GAsyncQueue *tasks;
static GPtrArray *threads;
static const char *qemu_program, *image_folder;
static int n_images;

/* ---------------------------------------------------------------- one step */

typedef struct
{
  unsigned      may;
  GCancellable *cancellable;
  gboolean      async;
  GAsyncResult *result;
} Step;

static void
store_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  Step *step = user_data;

  if (step->result != NULL)
    soak_fail ("a call in a thread has called back twice");
  g_set_object (&step->result, result);
}

static void
step_begin (Step     *self,
            Hand     *hand,
            unsigned  may)
{
  *self = (Step) { .may = may, .async = chance (hand->rand, 55) };
  if (chance (hand->rand, 4))
    {
      self->cancellable = g_cancellable_new ();
      cancel_later (self->cancellable, g_rand_int_range (hand->rand, 0, 30));
    }
}

static GAsyncResult *
step_wait (Step *self,
           Hand *hand)
{
  while (self->result == NULL)
    g_main_context_iteration (hand->context, TRUE);

  return self->result;
}

static unsigned
step_end (Step         *self,
          gpointer      op,
          const GError *error)
{
  g_clear_object (&self->result);
  g_clear_object (&self->cancellable);

  return op_end (op, error);
}

/* A command; what QEMU returns, or NULL. */
static JsonNode *
ask_v (Hand *hand, unsigned may, const char *format, va_list args) G_GNUC_PRINTF (3, 0);

static JsonNode *
ask_v (Hand       *hand,
       unsigned    may,
       const char *format,
       va_list     args)
{
  g_autofree char *text = g_strdelimit (g_strdup_vprintf (format, args), "'", '"');
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuCommand) command = qemu_command_new_from_json (text, &error);
  JsonNode *node;
  gpointer op;
  Step step;

  if (command == NULL)
    g_error ("%s: %s", text, error->message);
  step_begin (&step, hand, may);
  if (chance (hand->rand, 4))
    {
      qemu_command_set_timeout (command, g_rand_int_range (hand->rand, 1, 50));
      step.may |= OUTCOME_TIMED_OUT;
    }

  op = op_begin (hand->link->machine, hand->link, qemu_command_get_name (command), step.may, step.cancellable);
  if (step.async)
    {
      qemu_domain_run_async (hand->link->domain, command, step.cancellable, store_cb, &step);
      node = qemu_domain_run_finish (hand->link->domain, step_wait (&step, hand), &error);
    }
  else
    {
      node = qemu_domain_run (hand->link->domain, command, step.cancellable, &error);
    }
  step_end (&step, op, error);

  return node;
}

static JsonNode *
ask (Hand *hand, unsigned may, const char *format, ...) G_GNUC_PRINTF (3, 4);

static JsonNode *
ask (Hand       *hand,
     unsigned    may,
     const char *format,
     ...)
{
  JsonNode *node;
  va_list args;

  va_start (args, format);
  node = ask_v (hand, may, format, args);
  va_end (args);

  return node;
}

static gboolean
tell (Hand *hand, unsigned may, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
tell (Hand       *hand,
      unsigned    may,
      const char *format,
      ...)
{
  g_autoptr(JsonNode) node = NULL;
  va_list args;

  va_start (args, format);
  node = ask_v (hand, may, format, args);
  va_end (args);

  return node != NULL;
}

/* ---------------------------------------------------------------- jobs */

/* A job's methods and those of a set of files have the same shape. */
typedef struct
{
  const char *name;
  void      (*begin)  (gpointer              object,
                       GCancellable         *cancellable,
                       GAsyncReadyCallback   callback,
                       gpointer              user_data);
  gboolean  (*finish) (gpointer              object,
                       GAsyncResult         *result,
                       GError              **error);
  gboolean  (*sync)   (gpointer              object,
                       GCancellable         *cancellable,
                       GError              **error);
} Verb;

#define VERB(name, class, method)                                                        \
  static const Verb name = {                                                             \
    #class "_" #method, (gpointer) qemu_##class##_##method##_async,                      \
    (gpointer) qemu_##class##_##method##_finish, (gpointer) qemu_##class##_##method      \
  }

VERB (verb_wait, job, wait);
VERB (verb_wait_ready, job, wait_ready);
VERB (verb_complete, job, complete);
VERB (verb_cancel, job, cancel);
VERB (verb_pause, job, pause);
VERB (verb_resume, job, resume);
VERB (verb_finalize, job, finalize);
VERB (verb_dismiss, job, dismiss);
VERB (verb_stop, block_job, stop);
VERB (verb_close, fd_set, close);

static unsigned
act_on (Hand       *hand,
        const Verb *verb,
        gpointer    object,
        unsigned    may)
{
  g_autoptr(GError) error = NULL;
  gboolean ok;
  gpointer op;
  Step step;

  step_begin (&step, hand, may);
  op = op_begin (hand->link->machine, hand->link, verb->name, step.may, step.cancellable);
  if (step.async)
    {
      verb->begin (object, step.cancellable, store_cb, &step);
      ok = verb->finish (object, step_wait (&step, hand), &error);
    }
  else
    {
      ok = verb->sync (object, step.cancellable, &error);
    }
  if (ok != (error == NULL))
    soak_fail ("“%s” has failed without an error, or the other way round", verb->name);

  return step_end (&step, op, error);
}

static QemuJob *
start_job (Hand *hand, unsigned may, const char *format, ...) G_GNUC_PRINTF (3, 4);

static QemuJob *
start_job (Hand       *hand,
           unsigned    may,
           const char *format,
           ...)
{
  g_autofree char *text = NULL;
  g_autoptr(QemuCommand) command = NULL;
  g_autoptr(GError) error = NULL;
  QemuJob *job;
  va_list args;
  gpointer op;
  Step step;

  va_start (args, format);
  text = g_strdelimit (g_strdup_vprintf (format, args), "'", '"');
  va_end (args);
  command = qemu_command_new_from_json (text, &error);
  if (command == NULL)
    g_error ("%s: %s", text, error->message);

  step_begin (&step, hand, may);
  op = op_begin (hand->link->machine, hand->link, qemu_command_get_name (command), step.may, step.cancellable);
  if (step.async)
    {
      qemu_domain_start_job_async (hand->link->domain, command, step.cancellable, store_cb, &step);
      job = qemu_domain_start_job_finish (hand->link->domain, step_wait (&step, hand), &error);
    }
  else
    {
      job = qemu_domain_start_job (hand->link->domain, command, step.cancellable, &error);
    }
  step_end (&step, op, error);

  return job;
}

/* What a job has ended with fits to what its wait has said. */
static void
end_job (Hand     *hand,
         QemuJob  *job,
         unsigned  may)
{
  static const struct
  {
    unsigned      outcome;
    QemuJobResult results[2];
  } table[] = {
    { OUTCOME_OK, { QEMU_JOB_RESULT_COMPLETED, QEMU_JOB_RESULT_STOPPED } },
    { OUTCOME_QEMU (QEMU_ERROR_JOB_CANCELLED), { QEMU_JOB_RESULT_CANCELLED, QEMU_JOB_RESULT_CANCELLED } },
    { OUTCOME_LOST, { QEMU_JOB_RESULT_LOST, QEMU_JOB_RESULT_LOST } },
  };
  unsigned outcome = act_on (hand, &verb_wait, job, may | NEEDS_NO_ANSWER);
  QemuJobResult result = qemu_job_get_result (job);

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    if (outcome == table[i].outcome && result != table[i].results[0] && result != table[i].results[1])
      soak_fail ("machine %u: a wait for job %s has ended with %#x, and its result is %d",
                 machine_get_number (hand->link->machine), qemu_job_get_id (job), outcome, result);
}

/* Nodes for a job to work on. */
static gboolean
add_nodes (Hand       *hand,
           const char *id,
           unsigned    mebibytes)
{
  static const char * const ends[] = { "a", "b" };

  for (unsigned i = 0; i < G_N_ELEMENTS (ends); i++)
    if (!tell (hand, OUTCOME_OK,
               "{'execute': 'blockdev-add', 'arguments': {'driver': 'null-co', 'node-name': '%s%s', 'size': %u,"
               " 'read-zeroes': true}}", id, ends[i], mebibytes << 20))
      return FALSE;

  return TRUE;
}

static void
delete_nodes (Hand       *hand,
              const char *id,
              unsigned    may)
{
  static const char * const ends[] = { "a", "b" };

  for (unsigned i = 0; i < G_N_ELEMENTS (ends); i++)
    tell (hand, may, "{'execute': 'blockdev-del', 'arguments': {'node-name': '%s%s'}}", id, ends[i]);
}

static void
do_mirror (Hand       *hand,
           const char *id)
{
  g_autoptr(QemuJob) job = NULL;
  unsigned outcome;

  if (!add_nodes (hand, id, 8))
    return;

  job = start_job (hand, OUTCOME_OK,
                   "{'execute': 'blockdev-mirror', 'arguments': {'job-id': '%s', 'device': '%sa', 'target': '%sb',"
                   " 'sync': 'full'}}", id, id, id);
  if (job == NULL || act_on (hand, &verb_wait_ready, job, OUTCOME_OK | NEEDS_NO_ANSWER) != OUTCOME_OK)
    return;

  outcome = act_on (hand, chance (hand->rand, 50) ? &verb_complete : &verb_stop, job, OUTCOME_OK);
  if (outcome != OUTCOME_OK && outcome != OUTCOME_CANCELLED)
    return;

  /* If the call was cancelled before it was sent the job goes on, for nobody: as if a program had lost interest. */
  if (outcome == OUTCOME_OK)
    {
      end_job (hand, job, OUTCOME_OK);
      delete_nodes (hand, id, OUTCOME_OK);
    }
}

/* A job that would take very long is paused, goes on, and is cancelled. */
static void
do_slow_backup (Hand       *hand,
                const char *id)
{
  g_autoptr(QemuJob) job = NULL;
  unsigned outcome;

  if (!add_nodes (hand, id, 64))
    return;

  job = start_job (hand, OUTCOME_OK,
                   "{'execute': 'blockdev-backup', 'arguments': {'job-id': '%s', 'device': '%sa', 'target': '%sb',"
                   " 'sync': 'full', 'speed': 65536}}", id, id, id);
  if (job == NULL)
    return;

  if (act_on (hand, &verb_pause, job, OUTCOME_OK) == OUTCOME_OK)
    act_on (hand, &verb_resume, job, OUTCOME_OK);
  outcome = act_on (hand, &verb_cancel, job, OUTCOME_OK);
  if (outcome == OUTCOME_OK)
    {
      end_job (hand, job, OUTCOME_QEMU (QEMU_ERROR_JOB_CANCELLED));
      delete_nodes (hand, id, OUTCOME_OK);
    }
}

/* A job whose last two steps are taken by hand. */
static void
do_manual_backup (Hand       *hand,
                  const char *id)
{
  g_autoptr(QemuJob) job = NULL;

  if (!add_nodes (hand, id, 1))
    return;

  job = start_job (hand, OUTCOME_OK,
                   "{'execute': 'blockdev-backup', 'arguments': {'job-id': '%s', 'device': '%sa', 'target': '%sb',"
                   " 'sync': 'full', 'auto-finalize': false, 'auto-dismiss': false}}", id, id, id);
  if (job == NULL || act_on (hand, &verb_finalize, job, OUTCOME_OK) != OUTCOME_OK)
    return;

  end_job (hand, job, OUTCOME_OK);
  act_on (hand, &verb_dismiss, job, OUTCOME_OK);
  delete_nodes (hand, id, OUTCOME_OK);
}

/* An image is made, used, made larger and given up. */
static void
do_create (Hand       *hand,
           const char *id)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.raw", image_folder, id);
  g_autoptr(QemuJob) job = NULL;

  job = start_job (hand, OUTCOME_OK,
                   "{'execute': 'blockdev-create', 'arguments': {'job-id': '%s', 'options': {'driver': 'file',"
                   " 'filename': '%s', 'size': 1048576}}}", id, path);
  if (job != NULL && act_on (hand, &verb_wait, job, OUTCOME_OK | NEEDS_NO_ANSWER) == OUTCOME_OK &&
      tell (hand, OUTCOME_OK,
            "{'execute': 'blockdev-add', 'arguments': {'driver': 'file', 'node-name': '%s', 'filename': '%s'}}",
            id, path))
    {
      tell (hand, OUTCOME_OK, "{'execute': 'block_resize', 'arguments': {'node-name': '%s', 'size': 2097152}}", id);
      tell (hand, OUTCOME_OK, "{'execute': 'blockdev-del', 'arguments': {'node-name': '%s'}}", id);
    }
  g_unlink (path);
}

/* ---------------------------------------------------------------- other sequences */

static void
do_ringbuf (Hand       *hand,
            const char *id)
{
  g_autoptr(JsonNode) node = NULL;

  if (!tell (hand, OUTCOME_OK,
             "{'execute': 'chardev-add', 'arguments': {'id': '%s', 'backend': {'type': 'ringbuf', 'data':"
             " {'size': 4096}}}}", id))
    return;

  if (tell (hand, OUTCOME_OK, "{'execute': 'ringbuf-write', 'arguments': {'device': '%s', 'data': 'said by %s ä'}}",
            id, id))
    {
      g_autofree char *expected = g_strdup_printf ("said by %s ä", id);

      node = ask (hand, OUTCOME_OK, "{'execute': 'ringbuf-read', 'arguments': {'device': '%s', 'size': 4096}}", id);
      if (node != NULL && g_strcmp0 (json_node_get_string (node), expected) != 0)
        soak_fail ("“%s” was written, and “%s” is read", expected, json_node_get_string (node));
    }
  tell (hand, OUTCOME_OK, "{'execute': 'chardev-remove', 'arguments': {'id': '%s'}}", id);
}

static QemuFdSet *
add_fd (Hand *hand,
        int   fd)
{
  g_autoptr(GError) error = NULL;
  QemuFdSet *set;
  gpointer op;
  Step step;

  step_begin (&step, hand, OUTCOME_OK);
  op = op_begin (hand->link->machine, hand->link, "add-fd", step.may, step.cancellable);
  if (step.async)
    {
      qemu_domain_add_fd_async (hand->link->domain, fd, "soak", step.cancellable, store_cb, &step);
      set = qemu_domain_add_fd_finish (hand->link->domain, step_wait (&step, hand), &error);
    }
  else
    {
      set = qemu_domain_add_fd (hand->link->domain, fd, "soak", step.cancellable, &error);
    }
  step_end (&step, op, error);

  return set;
}

/* A file is passed, used by its name, and taken back. */
static void
do_fd_set (Hand       *hand,
           const char *id)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.fd", image_folder, id);
  g_autoptr(QemuFdSet) set = NULL;
  int fd;

  if (!hand->link->passes_files)
    return;

  fd = open (path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate (fd, 65536) < 0)
    g_error ("%s: %m", path);
  set = add_fd (hand, fd);
  close (fd);
  if (set != NULL)
    {
      if (tell (hand, OUTCOME_OK,
                "{'execute': 'blockdev-add', 'arguments': {'driver': 'file', 'node-name': '%s', 'filename': '%s',"
                " 'locking': 'off'}}", id, qemu_fd_set_get_filename (set)))
        tell (hand, OUTCOME_OK, "{'execute': 'blockdev-del', 'arguments': {'node-name': '%s'}}", id);
      act_on (hand, &verb_close, set, OUTCOME_OK);
    }
  g_unlink (path);
}

static void
do_object (Hand       *hand,
           const char *id)
{
  if (tell (hand, OUTCOME_OK, "{'execute': 'object-add', 'arguments': {'qom-type': 'iothread', 'id': '%s'}}", id) &&
      tell (hand, OUTCOME_OK, "{'execute': 'qom-list', 'arguments': {'path': '/objects/%s'}}", id))
    tell (hand, OUTCOME_OK, "{'execute': 'object-del', 'arguments': {'id': '%s'}}", id);
}

static void
do_stop_cont (Hand       *hand,
              const char *id)
{
  if (tell (hand, OUTCOME_OK, "{'execute': 'stop'}"))
    tell (hand, OUTCOME_OK, "{'execute': 'cont'}");
}

static void
do_hmp (Hand       *hand,
        const char *id)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  gpointer op = op_begin (hand->link->machine, hand->link, "human_monitor_command", OUTCOME_OK, NULL);

  text = qemu_domain_human_monitor_command (hand->link->domain, "info status", NULL, &error);
  if (text != NULL && strstr (text, "status") == NULL)
    soak_fail ("“info status” is answered with “%s”", text);
  op_end (op, error);
}

/* Somebody else has that monitor, or its QEMU is stopped, or nobody has it. */
static void
do_intrude (Hand       *hand,
            const char *id)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuDomain) domain = NULL;
  gpointer op;

  if (hand->second_uri == NULL)
    return;

  domain = qemu_domain_new_for_uri (hand->second_uri, &error);
  if (domain == NULL)
    g_error ("%s", error->message);
  qemu_monitor_set_open_timeout (qemu_domain_get_monitor (domain), 100);
  op = op_begin (hand->link->machine, hand->link, "open, with another one there",
                 OUTCOME_OK | OUTCOME_BUSY | OUTCOME_TIMED_OUT | CONNECTS, NULL);
  qemu_domain_open (domain, NULL, &error);
  if (op_end (op, error) == OUTCOME_OK)
    {
      op = op_begin (hand->link->machine, NULL, "close", OUTCOME_OK | NEEDS_NO_ANSWER, NULL);
      qemu_domain_close (domain, NULL, &error);
      op_end (op, error);
    }
}

static void (* const acts[]) (Hand       *hand,
                              const char *id) = {
  do_mirror, do_mirror, do_slow_backup, do_manual_backup, do_create, do_ringbuf, do_fd_set, do_object, do_stop_cont,
  do_hmp, do_intrude
};

/* ---------------------------------------------------------------- threads */

static gboolean
done_cb (gpointer user_data)
{
  Task *task = user_data;

  task->done (task->data);

  return G_SOURCE_REMOVE;
}

static void
task_free (gpointer data)
{
  Task *self = data;

  g_clear_pointer (&self->link, link_unref);
  g_free (self->second_uri);
  g_free (self);
}

static void
do_task (Hand *hand,
         Task *task)
{
  g_autofree char *id = g_strdup_printf ("soak%d", g_atomic_int_add (&n_images, 1));

  hand->link = task->link;
  hand->second_uri = task->second_uri;
  hand->rand = g_rand_new_with_seed (task->seed);
  acts[g_rand_int_range (hand->rand, 0, G_N_ELEMENTS (acts))] (hand, id);
  g_rand_free (hand->rand);
  machine_add_pending (task->link->machine, -1);
}

/* What the library keeps for a thread that has made a call that waits, and has read the largest reply, is to be there
 * from the beginning. */
static void
warm_up (void)
{
  const char * const argv[] = { qemu_program, "-M", "none", "-nodefaults", "-display", "none", NULL };
  g_autoptr(QemuProcess) process = qemu_process_new (argv);
  g_autoptr(QemuCommand) command = qemu_command_new ("query-qmp-schema");
  g_autoptr(GBytes) schema = NULL;
  g_autoptr(GError) error = NULL;

  if (!qemu_process_spawn (process, NULL, &error) ||
      (schema = qemu_domain_run_raw (qemu_process_get_domain (process), command, NULL, &error)) == NULL ||
      !qemu_process_shutdown (process, 0, NULL, &error))
    soak_fail ("a thread cannot begin: %s", error->message);
}

static gpointer
hand_thread (gpointer data)
{
  Hand hand = { .context = g_main_context_new () };

  g_main_context_push_thread_default (hand.context);
  warm_up ();
  for (;;)
    {
      Task *task = g_async_queue_timeout_pop (tasks, IDLE_USEC);

      while (g_main_context_iteration (hand.context, FALSE))
        ;
      if (task == NULL)
        continue;
      if (task->call == NULL && task->link == NULL)
        {
          task_free (task);
          break;
        }
      if (task->call != NULL)
        {
          task->call (task->data);
          g_idle_add_full (G_PRIORITY_DEFAULT, done_cb, task, task_free);
        }
      else
        {
          do_task (&hand, task);
          task_free (task);
        }
    }
  while (g_main_context_iteration (hand.context, FALSE))
    ;
  g_main_context_pop_thread_default (hand.context);
  g_main_context_unref (hand.context);

  return NULL;
}

void
hands_begin (unsigned    n_hands,
             const char *program,
             const char *folder)
{
  qemu_program = program;
  tasks = g_async_queue_new ();
  threads = g_ptr_array_new ();
  image_folder = folder;
  for (unsigned i = 0; i < n_hands; i++)
    g_ptr_array_add (threads, g_thread_new ("soak-hand", hand_thread, NULL));
}

void
hands_end (void)
{
  for (unsigned i = 0; i < threads->len; i++)
    g_async_queue_push (tasks, g_new0 (Task, 1));
  for (unsigned i = 0; i < threads->len; i++)
    g_thread_join (threads->pdata[i]);
  g_ptr_array_unref (threads);
  g_async_queue_unref (tasks);
}

gboolean
hands_are_busy (void)
{
  return g_async_queue_length (tasks) > (int) threads->len;
}

void
hands_act (Link       *link,
           GRand      *rand,
           const char *second_uri)
{
  Task *task = g_new0 (Task, 1);

  task->link = link_ref (link);
  task->seed = g_rand_int (rand);
  task->second_uri = g_strdup (second_uri);
  machine_add_pending (link->machine, 1);
  g_async_queue_push (tasks, task);
}

void
hands_call (HandsFunc call,
            HandsFunc done,
            gpointer  data)
{
  Task *task = g_new0 (Task, 1);

  task->call = call;
  task->done = done;
  task->data = data;
  g_async_queue_push (tasks, task);
}
