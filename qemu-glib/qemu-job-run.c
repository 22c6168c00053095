/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program may ask of a job. */

#include "config.h"

#include "qemu-job-private.h"

#include "qemu-context-private.h"
#include "qemu-domain-private.h"
#include "qemu-error.h"
#include "qemu-monitor-private.h"
#include "qemu-sync-private.h"

/* ---------------------------------------------------------------- how it is done
 *
 * Wait until the job is ready, have it go on if it is paused, send the command, wait for what it was sent for: each
 * verb has some of these steps.
 */

typedef struct
{
  QemuDomain *domain;
  gint64      value;
  gboolean    resuming;
} Action;

static void
action_free (gpointer data)
{
  Action *self = data;

  g_clear_object (&self->domain);
  g_free (self);
}

static const QemuOperation command_operation = { NULL };

/* Whether the job has become what it was meant to. */
static gboolean
judge (QemuJob     *self,
       QemuDomain  *domain,
       GError     **error)
{
  QemuJobValues values = qemu_job_get_values (self);
  g_autofree char *label = domain != NULL ? qemu_monitor_dup_label (domain->monitor) : g_strdup ("QEMU");
  const char *type = values.job_type != NULL ? values.job_type : "job";

  switch (values.result)
    {
    case QEMU_JOB_RESULT_FAILED:
      g_set_error (error, QEMU_ERROR, QEMU_ERROR_JOB_FAILED, "%s “%s” on %s: %s", type, values.id, label,
                   values.error_message != NULL ? values.error_message : "It has failed");
      return FALSE;

    case QEMU_JOB_RESULT_CANCELLED:
      g_set_error (error, QEMU_ERROR, QEMU_ERROR_JOB_CANCELLED, "%s “%s” on %s: The job was cancelled", type,
                   values.id, label);
      return FALSE;

    case QEMU_JOB_RESULT_LOST:
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                   "%s “%s” on %s: The job is gone, and nobody has told how it ended", type, values.id, label);
      return FALSE;

    case QEMU_JOB_RESULT_NONE:
    case QEMU_JOB_RESULT_COMPLETED:
    case QEMU_JOB_RESULT_STOPPED:
    default:
      return TRUE;
    }
}

static void
action_end (GTask *task)
{
  QemuJob *self = g_task_get_source_object (task);
  const QemuJobVerb *verb = g_task_get_source_tag (task);
  Action *action = g_task_get_task_data (task);
  gboolean lost = qemu_job_get_values (self).result == QEMU_JOB_RESULT_LOST;
  GError *error = NULL;

  if ((verb->judged || lost) && !judge (self, action->domain, &error))
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
waited_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  if (qemu_job_wait_until_finish (QEMU_JOB (object), result, &error))
    action_end (task);
  else
    g_task_return_error (task, error);
}

static void
action_wait (GTask *task)
{
  const QemuJobVerb *verb = g_task_get_source_tag (task);

  qemu_job_wait_until_async (g_task_get_source_object (task), verb->until, g_task_get_cancellable (task), waited_cb,
                             g_object_ref (task));
}

/* QEMU did not accept the command. It may have come too late, and what was asked for has happened without it. */
static gboolean
is_beyond (QemuJob           *self,
           const QemuJobVerb *verb)
{
  QemuJobView view = qemu_job_get_view (self);

  return verb->any_end && (view.gone || view.ended || view.status >= QEMU_JOB_STATUS_WAITING);
}

static void action_send (GTask *task);

static void
sent_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  QemuJob *self = g_task_get_source_object (task);
  const QemuJobVerb *verb = g_task_get_source_tag (task);
  Action *action = g_task_get_task_data (task);
  GError *error = NULL;

  qemu_domain_finish_operation (QEMU_DOMAIN (object), &command_operation, result, &error);
  if (action->resuming)
    {
      /* Where that fails, somebody else has had it go on. */
      action->resuming = FALSE;
      g_clear_error (&error);
      action_send (task);
    }
  else
    {
      if (error != NULL && error->domain == QEMU_ERROR && verb->wish != 0)
        qemu_job_set_wish (self, verb->wish, FALSE);
      if (error != NULL && error->domain == QEMU_ERROR && is_beyond (self, verb))
        g_clear_error (&error);
      else if (error == NULL && verb->done != NULL)
        verb->done (self, action->value);

      if (error == NULL)
        action_wait (task);
      else
        g_task_return_error (task, error);
    }
}

/* Takes @command. */
static void
action_run (GTask       *task,
            QemuCommand *command,
            const char  *member)
{
  Action *action = g_task_get_task_data (task);

  qemu_command_set_string (command, member, qemu_job_get_id (g_task_get_source_object (task)));
  qemu_domain_start_operation (action->domain, &command_operation, command, g_task_get_cancellable (task), sent_cb,
                               g_object_ref (task));
}

static void
action_send (GTask *task)
{
  QemuJob *self = g_task_get_source_object (task);
  const QemuJobVerb *verb = g_task_get_source_tag (task);
  Action *action = g_task_get_task_data (task);
  QemuCommand *command = qemu_command_new (verb->command);

  if (verb->add_arguments != NULL)
    verb->add_arguments (command, action->value);
  if (verb->wish != 0)
    qemu_job_set_wish (self, verb->wish, TRUE);
  action_run (task, command, verb->member);
}

static void
ready_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  QemuJob *self = QEMU_JOB (object);
  QemuJobView view;
  GError *error = NULL;

  if (!qemu_job_wait_until_finish (self, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  view = qemu_job_get_view (self);
  if (view.ended || view.stays_pending)
    {
      action_end (task);
    }
  else if (view.status == QEMU_JOB_STATUS_STANDBY)
    {
      /* QEMU would take the command, and do nothing about it. */
      ((Action *) g_task_get_task_data (task))->resuming = TRUE;
      qemu_job_set_wish (self, QEMU_JOB_WISH_PAUSE, FALSE);
      action_run (task, qemu_command_new ("job-resume"), "id");
    }
  else
    {
      action_send (task);
    }
}

void
qemu_job_start_verb (QemuJob             *self,
                     const QemuJobVerb   *verb,
                     gint64               value,
                     GCancellable        *cancellable,
                     GAsyncReadyCallback  callback,
                     gpointer             user_data)
{
  g_autoptr(GTask) task = qemu_task_new (self, cancellable, callback, user_data);
  Action *action = g_new0 (Action, 1);
  QemuJobView view;

  action->domain = qemu_job_dup_domain (self);
  action->value = value;
  g_task_set_source_tag (task, (gpointer) verb);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, action, action_free);
  if (g_cancellable_is_cancelled (cancellable))
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The operation was cancelled");
      return;
    }

  view = qemu_job_get_view (self);
  if (verb->until == QEMU_JOB_UNTIL_GONE ? view.gone : verb->any_end && view.ended)
    action_end (task);
  else if (action->domain == NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "The domain of this job is gone");
  else if (verb->ready_first)
    qemu_job_wait_until_async (self, QEMU_JOB_UNTIL_READY, cancellable, ready_cb, g_steal_pointer (&task));
  else if (verb->command != NULL)
    action_send (task);
  else
    action_wait (task);
}

gboolean
qemu_job_finish_verb (QemuJob            *self,
                      const QemuJobVerb  *verb,
                      GAsyncResult       *result,
                      GError            **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, (gpointer) verb), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
qemu_job_run_verb (QemuJob            *self,
                   const QemuJobVerb  *verb,
                   gint64              value,
                   GCancellable       *cancellable,
                   GError            **error)
{
  g_auto(QemuSync) sync = { 0 };

  if (!qemu_sync_begin (&sync, error))
    return FALSE;
  qemu_job_start_verb (self, verb, value, cancellable, qemu_sync_cb, &sync);

  return qemu_job_finish_verb (self, verb, qemu_sync_end (&sync), error);
}

/* ---------------------------------------------------------------- the verbs */

static void
resumed (QemuJob *self,
         gint64   value)
{
  qemu_job_set_wish (self, QEMU_JOB_WISH_PAUSE, FALSE);
}

static void
dismissed (QemuJob *self,
           gint64   value)
{
  qemu_job_take_end (self);
}

static const QemuJobVerb wait_verb = {
  .until = QEMU_JOB_UNTIL_ENDED, .any_end = TRUE, .judged = TRUE
};
static const QemuJobVerb wait_ready_verb = {
  .until = QEMU_JOB_UNTIL_READY, .any_end = TRUE, .judged = TRUE
};
static const QemuJobVerb complete_verb = {
  "job-complete", "id", .ready_first = TRUE, .until = QEMU_JOB_UNTIL_PENDING, .any_end = TRUE, .judged = TRUE
};
static const QemuJobVerb cancel_verb = {
  "job-cancel", "id", .wish = QEMU_JOB_WISH_CANCEL, .until = QEMU_JOB_UNTIL_ENDED, .any_end = TRUE
};
static const QemuJobVerb pause_verb = {
  "job-pause", "id", .wish = QEMU_JOB_WISH_PAUSE, .until = QEMU_JOB_UNTIL_PAUSED
};
static const QemuJobVerb resume_verb = {
  "job-resume", "id", .until = QEMU_JOB_UNTIL_RESUMED, .done = resumed
};
static const QemuJobVerb finalize_verb = {
  "job-finalize", "id", .until = QEMU_JOB_UNTIL_ENDED, .judged = TRUE
};
static const QemuJobVerb dismiss_verb = {
  "job-dismiss", "id", .until = QEMU_JOB_UNTIL_GONE, .done = dismissed
};

/**
 * qemu_job_wait_async:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Waits for the end of a job. See [method@Job.wait].
 *
 * Since: 1.0
 */
void
qemu_job_wait_async (QemuJob             *self,
                     GCancellable        *cancellable,
                     GAsyncReadyCallback  callback,
                     gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_JOB (self));

  qemu_job_start_verb (self, &wait_verb, 0, cancellable, callback, user_data);
}

/**
 * qemu_job_wait_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Job.wait_async].
 *
 * Returns: whether the job has done what it was started for
 *
 * Since: 1.0
 */
gboolean
qemu_job_wait_finish (QemuJob       *self,
                      GAsyncResult  *result,
                      GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_finish_verb (self, &wait_verb, result, error);
}

/**
 * qemu_job_wait:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @error: return location for an error
 *
 * Waits for the end of a job: until its result is known, and QEMU has put it away. One that has ended before is no
 * exception: it ends at once. What has started it, and from where, makes no difference.
 *
 * Fails with %QEMU_ERROR_JOB_FAILED and QEMU's reason, %QEMU_ERROR_JOB_CANCELLED, %G_IO_ERROR_CONNECTION_CLOSED where
 * the connection was lost before its end (%QEMU_JOB_RESULT_LOST), or %G_IO_ERROR_CANCELLED.
 *
 * Returns: whether the job has done what it was started for
 *
 * Since: 1.0
 */
gboolean
qemu_job_wait (QemuJob       *self,
               GCancellable  *cancellable,
               GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_run_verb (self, &wait_verb, 0, cancellable, error);
}

/**
 * qemu_job_wait_ready_async:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Waits until a job is ready. See [method@Job.wait_ready].
 *
 * Since: 1.0
 */
void
qemu_job_wait_ready_async (QemuJob             *self,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_JOB (self));

  qemu_job_start_verb (self, &wait_ready_verb, 0, cancellable, callback, user_data);
}

/**
 * qemu_job_wait_ready_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Job.wait_ready_async].
 *
 * Returns: %TRUE when it is ready, or has ended well without
 *
 * Since: 1.0
 */
gboolean
qemu_job_wait_ready_finish (QemuJob       *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_finish_verb (self, &wait_ready_verb, result, error);
}

/**
 * qemu_job_wait_ready:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @error: return location for an error
 *
 * Waits until a job is ready, which is when a copy is complete and is kept so (%QEMU_JOB_STATUS_READY, or
 * %QEMU_JOB_STATUS_STANDBY when it is paused as well). Mirrors get ready, and so does a commit of the image on top; other
 * jobs end without.
 *
 * Fails with %QEMU_ERROR_JOB_FAILED and QEMU's reason, %QEMU_ERROR_JOB_CANCELLED, %G_IO_ERROR_CONNECTION_CLOSED where
 * the connection was lost before its end (%QEMU_JOB_RESULT_LOST), or %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE when it is ready, or has ended well without
 *
 * Since: 1.0
 */
gboolean
qemu_job_wait_ready (QemuJob       *self,
                     GCancellable  *cancellable,
                     GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_run_verb (self, &wait_ready_verb, 0, cancellable, error);
}

/**
 * qemu_job_complete_async:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Brings a job to its end (`job-complete`). See [method@Job.complete].
 *
 * Since: 1.0
 */
void
qemu_job_complete_async (QemuJob             *self,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_JOB (self));

  qemu_job_start_verb (self, &complete_verb, 0, cancellable, callback, user_data);
}

/**
 * qemu_job_complete_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Job.complete_async].
 *
 * Returns: whether the job has done what it was started for
 *
 * Since: 1.0
 */
gboolean
qemu_job_complete_finish (QemuJob       *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_finish_verb (self, &complete_verb, result, error);
}

/**
 * qemu_job_complete:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @error: return location for an error
 *
 * Brings a job to its end (`job-complete`): waits until it is ready, has it go on if it is paused (`job-resume`),
 * completes it, and waits until it has ended. A mirror's disk is on the copy then, a committed overlay is not in use any more. A job that
 * ends by itself is waited for.
 *
 * A job that was started with an `auto-finalize` of %FALSE is left at %QEMU_JOB_STATUS_PENDING, with success; see
 * [method@Job.finalize].
 *
 * Fails like [method@Monitor.run], with %QEMU_ERROR_JOB_FAILED, %QEMU_ERROR_JOB_CANCELLED, and with
 * %G_IO_ERROR_CONNECTION_CLOSED where the connection was lost before its end.
 *
 * Returns: whether the job has done what it was started for
 *
 * Since: 1.0
 */
gboolean
qemu_job_complete (QemuJob       *self,
                   GCancellable  *cancellable,
                   GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_run_verb (self, &complete_verb, 0, cancellable, error);
}

/**
 * qemu_job_cancel_async:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Ends a job, and gives up what it has done (`job-cancel`). See [method@Job.cancel].
 *
 * Since: 1.0
 */
void
qemu_job_cancel_async (QemuJob             *self,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_JOB (self));

  qemu_job_start_verb (self, &cancel_verb, 0, cancellable, callback, user_data);
}

/**
 * qemu_job_cancel_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Job.cancel_async].
 *
 * Returns: whether the job has ended, in whatever way
 *
 * Since: 1.0
 */
gboolean
qemu_job_cancel_finish (QemuJob       *self,
                        GAsyncResult  *result,
                        GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_finish_verb (self, &cancel_verb, result, error);
}

/**
 * qemu_job_cancel:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @error: return location for an error
 *
 * Ends a job, and gives up what it has done (`job-cancel`); waits until it has ended. That may happen in another way just
 * before, so look at [property@Job:result].
 *
 * To keep the copy of a mirror that is ready, see [method@BlockJob.stop].
 *
 * Fails like [method@Monitor.run], and with %G_IO_ERROR_CONNECTION_CLOSED where the connection was lost before its end.
 *
 * Returns: whether the job has ended, in whatever way
 *
 * Since: 1.0
 */
gboolean
qemu_job_cancel (QemuJob       *self,
                 GCancellable  *cancellable,
                 GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_run_verb (self, &cancel_verb, 0, cancellable, error);
}

/**
 * qemu_job_pause_async:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Pauses a job (`job-pause`). See [method@Job.pause].
 *
 * Since: 1.0
 */
void
qemu_job_pause_async (QemuJob             *self,
                      GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_JOB (self));

  qemu_job_start_verb (self, &pause_verb, 0, cancellable, callback, user_data);
}

/**
 * qemu_job_pause_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Job.pause_async].
 *
 * Returns: whether QEMU has obeyed
 *
 * Since: 1.0
 */
gboolean
qemu_job_pause_finish (QemuJob       *self,
                       GAsyncResult  *result,
                       GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_finish_verb (self, &pause_verb, result, error);
}

/**
 * qemu_job_pause:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @error: return location for an error
 *
 * Pauses a job (`job-pause`), and waits until it is paused, or has ended before it came to that. Its status is
 * %QEMU_JOB_STATUS_PAUSED then, or %QEMU_JOB_STATUS_STANDBY for one that was ready.
 *
 * Fails like [method@Monitor.run]; QEMU refuses to pause a job twice.
 *
 * Returns: whether QEMU has obeyed
 *
 * Since: 1.0
 */
gboolean
qemu_job_pause (QemuJob       *self,
                GCancellable  *cancellable,
                GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_run_verb (self, &pause_verb, 0, cancellable, error);
}

/**
 * qemu_job_resume_async:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Has a paused job go on (`job-resume`). See [method@Job.resume].
 *
 * Since: 1.0
 */
void
qemu_job_resume_async (QemuJob             *self,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_JOB (self));

  qemu_job_start_verb (self, &resume_verb, 0, cancellable, callback, user_data);
}

/**
 * qemu_job_resume_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Job.resume_async].
 *
 * Returns: whether QEMU has obeyed
 *
 * Since: 1.0
 */
gboolean
qemu_job_resume_finish (QemuJob       *self,
                        GAsyncResult  *result,
                        GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_finish_verb (self, &resume_verb, result, error);
}

/**
 * qemu_job_resume:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @error: return location for an error
 *
 * Has a paused job go on (`job-resume`), and waits until it does. That includes one that an error has paused.
 *
 * Fails like [method@Monitor.run]; QEMU refuses it for a job that is not paused.
 *
 * Returns: whether QEMU has obeyed
 *
 * Since: 1.0
 */
gboolean
qemu_job_resume (QemuJob       *self,
                 GCancellable  *cancellable,
                 GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_run_verb (self, &resume_verb, 0, cancellable, error);
}

/**
 * qemu_job_finalize_async:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Has a pending job take its last step (`job-finalize`). See [method@Job.finalize].
 *
 * Since: 1.0
 */
void
qemu_job_finalize_async (QemuJob             *self,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_JOB (self));

  qemu_job_start_verb (self, &finalize_verb, 0, cancellable, callback, user_data);
}

/**
 * qemu_job_finalize_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Job.finalize_async].
 *
 * Returns: whether the job has done what it was started for
 *
 * Since: 1.0
 */
gboolean
qemu_job_finalize_finish (QemuJob       *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_finish_verb (self, &finalize_verb, result, error);
}

/**
 * qemu_job_finalize:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @error: return location for an error
 *
 * Has a pending job take its last step (`job-finalize`), and waits for its end. For jobs that were started with an
 * `auto-finalize` of %FALSE.
 *
 * Fails like [method@Monitor.run], with %QEMU_ERROR_JOB_FAILED, %QEMU_ERROR_JOB_CANCELLED, and with
 * %G_IO_ERROR_CONNECTION_CLOSED where the connection was lost before its end.
 *
 * Returns: whether the job has done what it was started for
 *
 * Since: 1.0
 */
gboolean
qemu_job_finalize (QemuJob       *self,
                   GCancellable  *cancellable,
                   GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_run_verb (self, &finalize_verb, 0, cancellable, error);
}

/**
 * qemu_job_dismiss_async:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Has QEMU forget a job that has ended (`job-dismiss`). See [method@Job.dismiss].
 *
 * Since: 1.0
 */
void
qemu_job_dismiss_async (QemuJob             *self,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_JOB (self));

  qemu_job_start_verb (self, &dismiss_verb, 0, cancellable, callback, user_data);
}

/**
 * qemu_job_dismiss_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Job.dismiss_async].
 *
 * Returns: whether it is gone
 *
 * Since: 1.0
 */
gboolean
qemu_job_dismiss_finish (QemuJob       *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_finish_verb (self, &dismiss_verb, result, error);
}

/**
 * qemu_job_dismiss:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @error: return location for an error
 *
 * Has QEMU forget a job that has ended (`job-dismiss`). For jobs that the library does not dismiss by itself: those of
 * other clients, and those that were started with an `auto-dismiss` of %FALSE. Its properties stay as they are.
 *
 * Fails like [method@Monitor.run].
 *
 * Returns: whether it is gone
 *
 * Since: 1.0
 */
gboolean
qemu_job_dismiss (QemuJob       *self,
                  GCancellable  *cancellable,
                  GError       **error)
{
  g_return_val_if_fail (QEMU_IS_JOB (self), FALSE);

  return qemu_job_run_verb (self, &dismiss_verb, 0, cancellable, error);
}
