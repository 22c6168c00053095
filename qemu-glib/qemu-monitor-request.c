/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-monitor-request-private.h"

#include "qemu-context-private.h"
#include "qemu-error.h"
#include "qemu-message-private.h"

/**
 * QemuMonitorRequest:
 *
 * What a monitor is asked to do, and where it leaves its answer.
 *
 * A class that derives from [class@Monitor] gets one with each of its virtual methods. It answers once, at once or
 * later, from any thread, with [method@MonitorRequest.return_bytes] or [method@MonitorRequest.return_error]; a second
 * answer is ignored. The wait of whoever asked may end before that, because it was cancelled or took too long; then
 * the answer is dropped. A request that is let go without an answer fails by itself.
 *
 * Since: 1.0
 */

/* What the request shares with the sources that watch over it: whoever takes the task ends it. */
typedef struct
{
  gatomicrefcount ref_count;
  GMutex          lock;
  GTask          *task;
  GSource        *cancel_source;
  GSource        *lost_source;
  GSource        *timeout_source;
  unsigned        timeout_ms;
} Answer;

struct _QemuMonitorRequest
{
  GObject       parent_instance;

  QemuCommand  *command;
  GCancellable *cancellable;
  Answer       *answer;
};

G_DEFINE_FINAL_TYPE (QemuMonitorRequest, qemu_monitor_request, G_TYPE_OBJECT)

static Answer *
answer_ref (Answer *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

static void
answer_unref (gpointer data)
{
  Answer *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->task == NULL);
  g_mutex_clear (&self->lock);
  g_free (self);
}

typedef struct
{
  GTask  *task;
  GBytes *bytes;
  GError *error;
} Ending;

static gboolean
end_task_cb (gpointer user_data)
{
  Ending *ending = user_data;

  if (ending->error != NULL)
    g_task_return_error (ending->task, g_steal_pointer (&ending->error));
  else
    g_task_return_pointer (ending->task, g_steal_pointer (&ending->bytes), (GDestroyNotify) g_bytes_unref);

  return G_SOURCE_REMOVE;
}

static void
ending_free (gpointer data)
{
  Ending *self = data;

  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_error (&self->error);
  g_object_unref (self->task);
  g_free (self);
}

/* Takes @bytes and @error. Always through a source: an answer that comes from within the call that asked, or from
 * another thread, must not call back there. */
static void
answer_give (Answer *self,
             GBytes *bytes,
             GError *error)
{
  GSource *cancel_source, *lost_source, *timeout_source, *source;
  Ending *ending;
  GTask *task;

  g_mutex_lock (&self->lock);
  task = g_steal_pointer (&self->task);
  cancel_source = g_steal_pointer (&self->cancel_source);
  lost_source = g_steal_pointer (&self->lost_source);
  timeout_source = g_steal_pointer (&self->timeout_source);
  g_mutex_unlock (&self->lock);

  qemu_source_clear (&cancel_source);
  qemu_source_clear (&lost_source);
  qemu_source_clear (&timeout_source);
  if (task == NULL)
    {
      g_clear_pointer (&bytes, g_bytes_unref);
      g_clear_error (&error);
      return;
    }

  ending = g_new (Ending, 1);
  ending->task = task;
  ending->bytes = bytes;
  ending->error = error;
  source = g_idle_source_new ();
  g_source_set_priority (source, g_task_get_priority (task));
  g_source_set_static_name (source, "[qemu-glib] answer");
  g_source_set_callback (source, end_task_cb, ending, ending_free);
  qemu_context_attach (g_task_get_context (task), source);
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      user_data)
{
  answer_give (user_data, NULL, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The operation was cancelled"));

  return G_SOURCE_REMOVE;
}

static gboolean
lost_cb (GCancellable *lost,
         gpointer      user_data)
{
  answer_give (user_data, NULL, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                                                     "The connection was closed"));

  return G_SOURCE_REMOVE;
}

static gboolean
timeout_cb (gpointer user_data)
{
  Answer *answer = user_data;

  answer_give (answer, NULL, g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "No reply within %.3g seconds",
                                          answer->timeout_ms / 1000.0));

  return G_SOURCE_REMOVE;
}

/* Takes @source; under the lock. */
static GSource *
answer_add_source (Answer      *self,
                   GSource     *source,
                   GSourceFunc  callback)
{
  g_source_set_callback (source, callback, answer_ref (self), answer_unref);
  qemu_context_attach (g_task_get_context (self->task), g_source_ref (source));

  return source;
}

static void
answer_watch (Answer       *self,
              GCancellable *cancellable,
              GCancellable *lost)
{
  g_mutex_lock (&self->lock);
  if (cancellable != NULL)
    self->cancel_source = answer_add_source (self, g_cancellable_source_new (cancellable),
                                             G_SOURCE_FUNC (cancelled_cb));
  if (lost != NULL)
    self->lost_source = answer_add_source (self, g_cancellable_source_new (lost), G_SOURCE_FUNC (lost_cb));
  if (self->timeout_ms > 0)
    self->timeout_source = answer_add_source (self, g_timeout_source_new (self->timeout_ms), timeout_cb);
  g_mutex_unlock (&self->lock);
}

static void
qemu_monitor_request_finalize (GObject *object)
{
  QemuMonitorRequest *self = QEMU_MONITOR_REQUEST (object);

  answer_give (self->answer, NULL, g_error_new_literal (QEMU_ERROR, QEMU_ERROR_PROTOCOL,
                                                        "The monitor dropped the request without an answer"));
  g_clear_pointer (&self->answer, answer_unref);
  g_clear_pointer (&self->command, qemu_command_unref);
  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (qemu_monitor_request_parent_class)->finalize (object);
}

static void
qemu_monitor_request_class_init (QemuMonitorRequestClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qemu_monitor_request_finalize;
}

static void
qemu_monitor_request_init (QemuMonitorRequest *self)
{
}

QemuMonitorRequest *
qemu_monitor_request_new (QemuCommand      *command,
                          QemuRequestWatch  watch,
                          unsigned          timeout_ms,
                          GCancellable     *lost,
                          GTask            *task)
{
  QemuMonitorRequest *self = g_object_new (QEMU_TYPE_MONITOR_REQUEST, NULL);
  Answer *answer = g_new0 (Answer, 1);

  g_atomic_ref_count_init (&answer->ref_count);
  g_mutex_init (&answer->lock);
  answer->task = g_object_ref (task);
  answer->timeout_ms = timeout_ms;

  self->answer = answer;
  self->command = command != NULL ? qemu_command_ref (command) : NULL;
  g_set_object (&self->cancellable, g_task_get_cancellable (task));

  if (watch == QEMU_REQUEST_WATCHED)
    answer_watch (answer, self->cancellable, lost);

  return self;
}

void
qemu_monitor_request_set_data (QemuMonitorRequest *self,
                               gpointer            data,
                               GDestroyNotify      free_data)
{
  Answer *answer = self->answer;
  gboolean answered;

  g_mutex_lock (&answer->lock);
  answered = answer->task == NULL;
  if (!answered)
    g_task_set_task_data (answer->task, data, free_data);
  g_mutex_unlock (&answer->lock);

  if (answered)
    free_data (data);
}

/**
 * qemu_monitor_request_get_command:
 * @self: a request
 *
 * Gets the command to run.
 *
 * Returns: (transfer none) (nullable): the command, or %NULL where the request is to open or to close
 *
 * Since: 1.0
 */
QemuCommand *
qemu_monitor_request_get_command (QemuMonitorRequest *self)
{
  g_return_val_if_fail (QEMU_IS_MONITOR_REQUEST (self), NULL);

  return self->command;
}

/**
 * qemu_monitor_request_get_cancellable:
 * @self: a request
 *
 * Gets what is cancelled when the answer is not wanted any more.
 *
 * Returns: (transfer none) (nullable): a cancellable
 *
 * Since: 1.0
 */
GCancellable *
qemu_monitor_request_get_cancellable (QemuMonitorRequest *self)
{
  g_return_val_if_fail (QEMU_IS_MONITOR_REQUEST (self), NULL);

  return self->cancellable;
}

/**
 * qemu_monitor_request_return_bytes:
 * @self: a request
 * @bytes: for a command, QEMU's whole reply as JSON, `{"return": …}` or `{"error": {"class": …, "desc": …}}`; for an
 *   open, QEMU's greeting or `{}`; for a close, `{}`; for a picture of the screen, the picture
 *
 * Answers. From any thread.
 *
 * Since: 1.0
 */
void
qemu_monitor_request_return_bytes (QemuMonitorRequest *self,
                                   GBytes             *bytes)
{
  gsize length;
  const char *text;

  g_return_if_fail (QEMU_IS_MONITOR_REQUEST (self));
  g_return_if_fail (bytes != NULL);

  text = g_bytes_get_data (bytes, &length);
  answer_give (self->answer, qemu_message_bytes_new (text, length), NULL);
}

/**
 * qemu_monitor_request_return_error:
 * @self: a request
 * @error: what went wrong
 *
 * Answers that it cannot be done. From any thread.
 *
 * Since: 1.0
 */
void
qemu_monitor_request_return_error (QemuMonitorRequest *self,
                                   const GError       *error)
{
  g_return_if_fail (QEMU_IS_MONITOR_REQUEST (self));
  g_return_if_fail (error != NULL);

  answer_give (self->answer, NULL, g_error_copy (error));
}
