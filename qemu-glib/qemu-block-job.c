/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-block-job.h"

#include "qemu-job-private.h"

/**
 * QemuBlockJob:
 *
 * A job that works on a disk: a commit, a mirror, a stream or a backup.
 *
 * The methods of [class@BlockDevice] start them, and [class@Job] tells how they go on and end. A mirror, and a commit of
 * the image on top, copy until they are ready and then wait to be completed ([method@Job.complete]) or stopped
 * ([method@BlockJob.stop]); the others end by themselves.
 *
 * Since: 1.0
 */
struct _QemuBlockJob
{
  QemuJob parent_instance;
};

G_DEFINE_FINAL_TYPE (QemuBlockJob, qemu_block_job, QEMU_TYPE_JOB)

#define OFFSET(member) G_STRUCT_OFFSET (QemuJobValues, member)

const QemuJobField qemu_block_job_fields[] = {
  { "device", NULL, G_TYPE_STRING, OFFSET (id) },
  { "len", NULL, G_TYPE_INT64, OFFSET (len), "len" },
  { "offset", NULL, G_TYPE_INT64, OFFSET (offset), "offset" },
  { "speed", NULL, G_TYPE_INT64, OFFSET (speed), "speed" },
  { "busy", NULL, G_TYPE_BOOLEAN, OFFSET (busy), "busy" },
  { "paused", NULL, G_TYPE_BOOLEAN, OFFSET (paused), "paused" },
  { "ready", NULL, G_TYPE_BOOLEAN, OFFSET (ready), "ready" },
  { "io-status", NULL, G_TYPE_STRING, OFFSET (io_status) },
  { "auto-finalize", NULL, G_TYPE_BOOLEAN, OFFSET (auto_finalize), "auto-finalize" },
  { "auto-dismiss", NULL, G_TYPE_BOOLEAN, OFFSET (auto_dismiss), "auto-dismiss" },
  { "actively-synced", NULL, G_TYPE_BOOLEAN, OFFSET (actively_synced), "actively-synced" },
};

G_STATIC_ASSERT (G_N_ELEMENTS (qemu_block_job_fields) == QEMU_BLOCK_JOB_N_FIELDS);

GParamSpec *qemu_block_job_properties[QEMU_BLOCK_JOB_N_FIELDS + 1];

static void
qemu_block_job_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  qemu_job_get_field (QEMU_JOB (object), &qemu_block_job_fields[prop_id - 1], value);
}

/**
 * QemuBlockJob:device: (getter get_device)
 *
 * What QEMU calls it in its events and replies, which is [property@Job:id].
 *
 * Since: 1.0
 */

/**
 * QemuBlockJob:len: (getter get_len)
 *
 * How many bytes there are to work on, as far as is known; it may grow.
 *
 * Since: 1.0
 */

/**
 * QemuBlockJob:offset: (getter get_offset)
 *
 * How many of them are done.
 *
 * Since: 1.0
 */

/**
 * QemuBlockJob:speed: (getter get_speed)
 *
 * The limit of its speed in bytes per second; 0 is no limit.
 *
 * Since: 1.0
 */

/**
 * QemuBlockJob:busy: (getter get_busy)
 *
 * Whether it had requests under way when QEMU was last asked.
 *
 * Since: 1.0
 */

/**
 * QemuBlockJob:paused: (getter get_paused)
 *
 * Whether it is paused, as QEMU told last: by a status, or when it was asked.
 *
 * Since: 1.0
 */

/**
 * QemuBlockJob:ready: (getter get_ready)
 *
 * Whether it waits to be completed or stopped.
 *
 * Since: 1.0
 */

/**
 * QemuBlockJob:io-status: (getter get_io_status)
 *
 * What has become of its last requests: `ok`, `failed`, or `nospace`; %NULL until QEMU was asked.
 *
 * Since: 1.0
 */

/**
 * QemuBlockJob:auto-finalize: (getter get_auto_finalize)
 *
 * Whether it takes its last step by itself.
 *
 * Since: 1.0
 */

/**
 * QemuBlockJob:auto-dismiss: (getter get_auto_dismiss)
 *
 * Whether QEMU forgets it as soon as it has ended.
 *
 * Since: 1.0
 */

/**
 * QemuBlockJob:actively-synced: (getter get_actively_synced)
 *
 * Whether the copy of a mirror follows each write at once; told by QEMU 8.2 and later.
 *
 * Since: 1.0
 */
static void
qemu_block_job_class_init (QemuBlockJobClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = qemu_block_job_get_property;

  qemu_job_install_fields (object_class, qemu_block_job_fields, QEMU_BLOCK_JOB_N_FIELDS, qemu_block_job_properties);
}

static void
qemu_block_job_init (QemuBlockJob *self)
{
}

/* ---------------------------------------------------------------- getters */

#define GETTER(return_type, name, member)                                  \
  return_type                                                              \
  qemu_block_job_get_##name (QemuBlockJob *self)                           \
  {                                                                        \
    g_return_val_if_fail (QEMU_IS_BLOCK_JOB (self), (return_type) 0);      \
                                                                           \
    return qemu_job_get_values (QEMU_JOB (self)).member;                   \
  }

/**
 * qemu_block_job_get_device: (get-property device)
 * @self: a block job
 *
 * Gets what QEMU calls it in its events and replies.
 *
 * Returns: (transfer none): the job's id
 *
 * Since: 1.0
 */
GETTER (const char *, device, id)

/**
 * qemu_block_job_get_len: (get-property len)
 * @self: a block job
 *
 * Gets how many bytes there are to work on.
 *
 * Returns: bytes
 *
 * Since: 1.0
 */
GETTER (gint64, len, len)

/**
 * qemu_block_job_get_offset: (get-property offset)
 * @self: a block job
 *
 * Gets how many bytes are done.
 *
 * Returns: bytes
 *
 * Since: 1.0
 */
GETTER (gint64, offset, offset)

/**
 * qemu_block_job_get_speed: (get-property speed)
 * @self: a block job
 *
 * Gets the limit of its speed.
 *
 * Returns: bytes per second; 0 is no limit
 *
 * Since: 1.0
 */
GETTER (gint64, speed, speed)

/**
 * qemu_block_job_get_busy: (get-property busy)
 * @self: a block job
 *
 * Tells whether it had requests under way when QEMU was last asked.
 *
 * Returns: whether it had
 *
 * Since: 1.0
 */
GETTER (gboolean, busy, busy)

/**
 * qemu_block_job_get_paused: (get-property paused)
 * @self: a block job
 *
 * Tells whether it is paused.
 *
 * Returns: whether it is
 *
 * Since: 1.0
 */
GETTER (gboolean, paused, paused)

/**
 * qemu_block_job_get_ready: (get-property ready)
 * @self: a block job
 *
 * Tells whether it waits to be completed or stopped.
 *
 * Returns: whether it does
 *
 * Since: 1.0
 */
GETTER (gboolean, ready, ready)

/**
 * qemu_block_job_get_io_status: (get-property io-status)
 * @self: a block job
 *
 * Gets what has become of its last requests.
 *
 * Returns: (transfer none) (nullable): QEMU's word
 *
 * Since: 1.0
 */
GETTER (const char *, io_status, io_status)

/**
 * qemu_block_job_get_auto_finalize: (get-property auto-finalize)
 * @self: a block job
 *
 * Tells whether it takes its last step by itself.
 *
 * Returns: whether it does
 *
 * Since: 1.0
 */
GETTER (gboolean, auto_finalize, auto_finalize)

/**
 * qemu_block_job_get_auto_dismiss: (get-property auto-dismiss)
 * @self: a block job
 *
 * Tells whether QEMU forgets it as soon as it has ended.
 *
 * Returns: whether it does
 *
 * Since: 1.0
 */
GETTER (gboolean, auto_dismiss, auto_dismiss)

/**
 * qemu_block_job_get_actively_synced: (get-property actively-synced)
 * @self: a block job
 *
 * Tells whether the copy of a mirror follows each write at once.
 *
 * Returns: whether it does
 *
 * Since: 1.0
 */
GETTER (gboolean, actively_synced, actively_synced)

/* ---------------------------------------------------------------- what only a block job can be asked for */

static void
keep_copy (QemuCommand *command,
           gint64       value)
{
  qemu_command_set_boolean (command, "force", FALSE);
}

static void
add_speed (QemuCommand *command,
           gint64       speed)
{
  qemu_command_set_int64 (command, "speed", speed);
}

static const QemuJobVerb stop_verb = {
  "block-job-cancel", "device", .ready_first = TRUE, .wish = QEMU_JOB_WISH_STOP, .until = QEMU_JOB_UNTIL_PENDING,
  .any_end = TRUE, .judged = TRUE, .add_arguments = keep_copy
};
static const QemuJobVerb set_speed_verb = {
  "block-job-set-speed", "device", .until = QEMU_JOB_UNTIL_NOW, .add_arguments = add_speed,
  .done = qemu_job_take_speed
};

/**
 * qemu_block_job_stop_async:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Ends a mirror and keeps its copy (`block-job-cancel`). See [method@BlockJob.stop].
 *
 * Since: 1.0
 */
void
qemu_block_job_stop_async (QemuBlockJob        *self,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_BLOCK_JOB (self));

  qemu_job_start_verb (QEMU_JOB (self), &stop_verb, 0, cancellable, callback, user_data);
}

/**
 * qemu_block_job_stop_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@BlockJob.stop_async].
 *
 * Returns: whether there is a complete copy
 *
 * Since: 1.0
 */
gboolean
qemu_block_job_stop_finish (QemuBlockJob  *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  g_return_val_if_fail (QEMU_IS_BLOCK_JOB (self), FALSE);

  return qemu_job_finish_verb (QEMU_JOB (self), &stop_verb, result, error);
}

/**
 * qemu_block_job_stop:
 * @self: a job
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @error: return location for an error
 *
 * Ends a mirror and keeps its copy (`block-job-cancel`): waits until it is ready, has it go on if it is paused
 * (`job-resume`), and waits until it has ended. The disk stays where it is. The result is %QEMU_JOB_RESULT_STOPPED; on the wire nothing tells it
 * from a completed job, so only the object that has stopped it knows.
 *
 * A job that never gets ready is waited for, and not stopped; see [method@Job.cancel].
 *
 * Fails like [method@Monitor.run], with %QEMU_ERROR_JOB_FAILED, %QEMU_ERROR_JOB_CANCELLED, and with
 * %G_IO_ERROR_CONNECTION_CLOSED where the connection was lost before its end.
 *
 * Returns: whether there is a complete copy
 *
 * Since: 1.0
 */
gboolean
qemu_block_job_stop (QemuBlockJob  *self,
                     GCancellable  *cancellable,
                     GError       **error)
{
  g_return_val_if_fail (QEMU_IS_BLOCK_JOB (self), FALSE);

  return qemu_job_run_verb (QEMU_JOB (self), &stop_verb, 0, cancellable, error);
}

/**
 * qemu_block_job_set_speed_async:
 * @self: a job
 * @speed: bytes per second; 0: no limit
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Limits the speed of a job (`block-job-set-speed`). See [method@BlockJob.set_speed].
 *
 * Since: 1.0
 */
void
qemu_block_job_set_speed_async (QemuBlockJob        *self,
                                gint64               speed,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_BLOCK_JOB (self));

  qemu_job_start_verb (QEMU_JOB (self), &set_speed_verb, speed, cancellable, callback, user_data);
}

/**
 * qemu_block_job_set_speed_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@BlockJob.set_speed_async].
 *
 * Returns: whether QEMU has obeyed
 *
 * Since: 1.0
 */
gboolean
qemu_block_job_set_speed_finish (QemuBlockJob  *self,
                                 GAsyncResult  *result,
                                 GError       **error)
{
  g_return_val_if_fail (QEMU_IS_BLOCK_JOB (self), FALSE);

  return qemu_job_finish_verb (QEMU_JOB (self), &set_speed_verb, result, error);
}

/**
 * qemu_block_job_set_speed:
 * @self: a job
 * @speed: bytes per second; 0: no limit
 * @cancellable: (nullable): a cancellable; it ends the wait, and nothing else
 * @error: return location for an error
 *
 * Limits the speed of a job (`block-job-set-speed`). QEMU keeps to it in steps, which are coarse for a small disk.
 *
 * Fails like [method@Monitor.run].
 *
 * Returns: whether QEMU has obeyed
 *
 * Since: 1.0
 */
gboolean
qemu_block_job_set_speed (QemuBlockJob  *self,
                          gint64         speed,
                          GCancellable  *cancellable,
                          GError       **error)
{
  g_return_val_if_fail (QEMU_IS_BLOCK_JOB (self), FALSE);

  return qemu_job_run_verb (QEMU_JOB (self), &set_speed_verb, speed, cancellable, error);
}
