/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for a job, and what is to be done when it has ended. */

#include "config.h"

#include "qemu-job-private.h"

#include "qemu-context-private.h"
#include "qemu-domain-private.h"
#include "qemu-monitor-private.h"

/* ---------------------------------------------------------------- tidying up */

/* One step at a time: first its result is asked for, then it is dismissed, then its nodes go. A step whose command
 * fails is done all the same: nothing better would come of a second try. But when the wait for it is given up, it is
 * not. */
typedef struct
{
  QemuDomain *domain;
  unsigned    n_nodes;                  /* that have gone */
} Tidying;

static void
tidying_free (gpointer data)
{
  Tidying *self = data;

  g_object_unref (self->domain);
  g_free (self);
}

static void tidy_next (GTask *task);

static void
tidied_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  const QemuOperation *operation = g_task_get_source_tag (G_TASK (result));
  QemuJob *self = g_task_get_source_object (task);
  Tidying *tidying = g_task_get_task_data (task);
  QemuJobLeftovers leftovers = qemu_job_get_leftovers (self);
  gpointer value = qemu_domain_finish_operation (tidying->domain, operation, result, &error);

  if (operation->free_result != NULL && value != NULL)
    operation->free_result (value);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_strfreev (leftovers.nodes);
      g_task_return_boolean (task, FALSE);
      return;
    }

  if (operation == &qemu_domain_list_jobs_operation)
    {
      /* It is not among them: somebody else has dismissed it. */
      if (leftovers.ask)
        qemu_job_take_end (self);
    }
  else if (operation == &qemu_domain_dismiss_operation)
    {
      qemu_job_take_end (self);
    }
  else if (leftovers.nodes != NULL && ++tidying->n_nodes >= g_strv_length (leftovers.nodes))
    {
      qemu_job_clear_nodes (self);
    }

  g_strfreev (leftovers.nodes);
  tidy_next (task);
}

static void
tidy_next (GTask *task)
{
  QemuJob *self = g_task_get_source_object (task);
  Tidying *tidying = g_task_get_task_data (task);
  QemuJobLeftovers leftovers = qemu_job_get_leftovers (self);
  const QemuOperation *operation = NULL;
  QemuCommand *command = NULL;

  if (leftovers.ask)
    {
      operation = &qemu_domain_list_jobs_operation;
    }
  else if (leftovers.dismiss)
    {
      operation = &qemu_domain_dismiss_operation;
      command = qemu_command_new (operation->command);
      qemu_command_set_string (command, "id", qemu_job_get_id (self));
    }
  else if (leftovers.nodes != NULL)
    {
      operation = &qemu_domain_delete_node_operation;
      command = qemu_command_new (operation->command);
      qemu_command_set_string (command, "node-name", leftovers.nodes[tidying->n_nodes]);
    }

  if (operation != NULL)
    qemu_domain_start_operation (tidying->domain, operation, command, g_task_get_cancellable (task), tidied_cb,
                                 g_object_ref (task));
  else
    g_task_return_boolean (task, TRUE);
  g_strfreev (leftovers.nodes);
}

void
qemu_job_tidy_async (QemuJob             *self,
                     QemuDomain          *domain,
                     GCancellable        *cancellable,
                     GAsyncReadyCallback  callback,
                     gpointer             user_data)
{
  g_autoptr(GTask) task = qemu_task_new (self, cancellable, callback, user_data);
  Tidying *tidying = g_new0 (Tidying, 1);

  tidying->domain = g_object_ref (domain);
  g_task_set_source_tag (task, qemu_job_tidy_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, tidying, tidying_free);
  tidy_next (task);
}

/* ---------------------------------------------------------------- waits */

/* All of a wait happens in the context that it was begun in. News of the job, a cancel, and the end of what was begun
 * for it only have it look again. Where nothing else may read what QEMU sends, the wait attends to it; where it
 * cannot, or QEMU sends nothing by itself, it asks. */
typedef struct
{
  gatomicrefcount  ref_count;           /* the wait's, and those of what may still call back */
  GTask           *task;                /* NULL when it is over */
  GMainContext    *context;             /* for whoever pokes when it is over, and gone otherwise */
  GSource         *look;                /* ready when it is to look again */
  QemuDomain      *domain;
  QemuJob         *job;
  QemuJobUntil     until;
  GCancellable    *cancellable;
  gulong           cancelled_id;
  QemuInbox       *attention;
  GSource         *poll;
  unsigned         n_begun;             /* what has been begun for it, and has not ended */
  gboolean         tidying;
} Wait;

static Wait *
wait_ref (Wait *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

static void
wait_unref (gpointer data)
{
  Wait *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_object (&self->cancellable);
  g_clear_object (&self->job);
  g_clear_object (&self->domain);
  g_source_unref (self->look);
  g_main_context_unref (self->context);
  g_free (self);
}

/* From any thread. */
static void
wait_poke (gpointer data)
{
  g_source_set_ready_time (((Wait *) data)->look, 0);
}

static void
wait_cancelled_cb (GCancellable *cancellable,
                   gpointer      user_data)
{
  wait_poke (user_data);
}

static gboolean
is_over (QemuJobView  view,
         QemuJobUntil until)
{
  gboolean paused = view.status == QEMU_JOB_STATUS_PAUSED || view.status == QEMU_JOB_STATUS_STANDBY;

  switch (until)
    {
    case QEMU_JOB_UNTIL_ENDED:
      return view.ended;

    case QEMU_JOB_UNTIL_PENDING:
      return view.ended || view.stays_pending;

    case QEMU_JOB_UNTIL_READY:
      return view.ended || view.stays_pending || view.status == QEMU_JOB_STATUS_READY ||
             view.status == QEMU_JOB_STATUS_STANDBY;

    case QEMU_JOB_UNTIL_PAUSED:
      return view.ended || paused;

    case QEMU_JOB_UNTIL_RESUMED:
      return view.ended || !paused;

    case QEMU_JOB_UNTIL_GONE:
      return view.gone;

    case QEMU_JOB_UNTIL_NOW:
    default:
      return TRUE;
    }
}

static void
wait_end (Wait     *self,
          gboolean  is_over)
{
  g_autoptr(GTask) task = g_steal_pointer (&self->task);

  qemu_job_remove_listener (self->job, self);
  qemu_cancellable_disconnect (self->cancellable, self->cancelled_id);
  qemu_monitor_leave (self->attention);
  qemu_source_clear (&self->poll);
  /* A look that is still to come would keep the wait, and that the context which the look waits in. */
  g_source_destroy (self->look);
  g_clear_object (&self->job);
  g_clear_object (&self->domain);
  if (is_over || !g_task_return_error_if_cancelled (task))
    g_task_return_boolean (task, TRUE);
  wait_unref (self);
}

static void wait_look (Wait *self);

static void
wait_tidied_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  Wait *self = user_data;

  self->tidying = FALSE;
  self->n_begun--;
  wait_look (self);
  wait_unref (self);
}

static void
wait_asked_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      user_data)
{
  Wait *self = user_data;
  g_autoptr(GListModel) jobs = qemu_domain_finish_operation (self->domain, g_task_get_source_tag (G_TASK (result)),
                                                             result, NULL);

  self->n_begun--;
  wait_look (self);
  wait_unref (self);
}

static gboolean
wait_poll_cb (gpointer user_data)
{
  Wait *self = user_data;

  if (self->n_begun == 0)
    {
      self->n_begun++;
      qemu_domain_start_operation (self->domain, &qemu_domain_list_jobs_operation, NULL, self->cancellable,
                                   wait_asked_cb, wait_ref (self));
    }

  return G_SOURCE_CONTINUE;
}

static void
wait_look (Wait *self)
{
  QemuJobView view;
  gboolean over;

  if (self->task == NULL)
    return;

  view = qemu_job_get_view (self->job);
  over = is_over (view, self->until);
  if (over || g_cancellable_is_cancelled (self->cancellable))
    {
      /* A synchronous call returns with the end of the wait, and nobody would hear of what it has begun. A cancel ends
       * that, too. */
      if (self->n_begun == 0)
        wait_end (self, over);
    }
  else if (view.untidy && !self->tidying)
    {
      self->tidying = TRUE;
      self->n_begun++;
      qemu_job_tidy_async (self->job, self->domain, self->cancellable, wait_tidied_cb, wait_ref (self));
    }
}

static gboolean
look_dispatch (GSource     *source,
               GSourceFunc  callback,
               gpointer     user_data)
{
  g_source_set_ready_time (source, -1);

  return callback (user_data);
}

static gboolean
look_cb (gpointer user_data)
{
  wait_look (user_data);

  return G_SOURCE_CONTINUE;
}

static GSourceFuncs look_funcs = { NULL, NULL, look_dispatch, NULL, NULL, NULL };

void
qemu_job_wait_until_async (QemuJob             *self,
                           QemuJobUntil         until,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  GTask *task = qemu_task_new (self, cancellable, callback, user_data);
  g_autoptr(QemuDomain) domain = qemu_job_dup_domain (self);
  Wait *wait;

  g_task_set_source_tag (task, qemu_job_wait_until_async);
  g_task_set_check_cancellable (task, FALSE);
  if (domain == NULL || is_over (qemu_job_get_view (self), until))
    {
      /* Without a domain it has been lost. */
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }

  wait = g_new0 (Wait, 1);
  g_atomic_ref_count_init (&wait->ref_count);
  wait->task = task;
  wait->context = g_main_context_ref_thread_default ();
  wait->domain = g_steal_pointer (&domain);
  wait->job = g_object_ref (self);
  wait->until = until;
  wait->look = g_source_new (&look_funcs, sizeof (GSource));
  g_source_set_static_name (wait->look, "[qemu-glib] job");
  g_source_set_callback (wait->look, look_cb, wait_ref (wait), wait_unref);
  g_source_attach (wait->look, wait->context);
  wait->attention = qemu_monitor_attend (wait->domain->monitor);
  /* Without a channel to attend to, whatever brings the events may be just what this wait keeps from running. */
  if (wait->attention == NULL || !qemu_monitor_get_events_supported (wait->domain->monitor))
    wait->poll = qemu_context_add_timeout (qemu_domain_get_progress_interval (wait->domain), wait_poll_cb, wait);
  qemu_job_add_listener (self, wait_poke, wait);
  if (cancellable != NULL)
    {
      wait->cancellable = g_object_ref (cancellable);
      if (!g_cancellable_is_cancelled (cancellable))
        wait->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (wait_cancelled_cb), wait_ref (wait),
                                                    wait_unref);
    }
  wait_poke (wait);
}

gboolean
qemu_job_wait_until_finish (QemuJob       *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  g_assert (g_task_is_valid (result, self));

  return g_task_propagate_boolean (G_TASK (result), error);
}
