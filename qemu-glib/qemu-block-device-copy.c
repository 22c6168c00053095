/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of QemuBlockDevice that work on its images. */

#include "config.h"

#include "qemu-block-device-run-private.h"

#include "qemu-domain-private.h"
#include "qemu-error.h"
#include "qemu-job-private.h"
#include "qemu-monitor-private.h"

/* For an operation that cannot be refused before QEMU is asked. */
static void
set_if_given (QemuCommand *command,
              const char  *member,
              const char  *value)
{
  if (value != NULL)
    qemu_command_set_string (command, member, value);
}

/* ---------------------------------------------------------------- commit */

static gboolean
fill_commit (QemuCommand        *command,
             QemuDeviceRequest  *request,
             QemuBlockDevice    *device,
             GError            **error)
{
  qemu_command_set_string (command, "device", qemu_block_device_get_node_name (device));
  set_if_given (command, "top-node", request->top);
  set_if_given (command, "base-node", request->base);

  return TRUE;
}

static const QemuDeviceOperation commit_operation = {
  .command = "block-commit", .starts_job = TRUE, .names_nodes = TRUE, .fill = fill_commit
};

static QemuDeviceRequest *
commit_request_new (const char *base,
                    const char *top,
                    JsonObject *options)
{
  QemuDeviceRequest *request = qemu_device_request_new (base, NULL, NULL, options);

  request->top = g_strdup (top);

  return request;
}

/**
 * qemu_block_device_commit_async:
 * @self: a block device
 * @base: (nullable): the image to write to, by the name of its node or file; %NULL: the one at the bottom
 * @top: (nullable): the topmost overlay to take away, by the name of its node or file; %NULL: the one
 *   that the disk is on
 * @options: (nullable): further arguments of the QMP command
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Starts to write what is in overlays down into an image below (`block-commit`). See [method@BlockDevice.commit].
 *
 * Since: 1.0
 */
void
qemu_block_device_commit_async (QemuBlockDevice     *self,
                                const char          *base,
                                const char          *top,
                                JsonObject          *options,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_BLOCK_DEVICE (self));

  qemu_block_device_start (self, &commit_operation, commit_request_new (base, top, options), cancellable, callback,
                           user_data);
}

/**
 * qemu_block_device_commit_finish:
 * @self: a block device
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@BlockDevice.commit_async].
 *
 * Returns: (transfer full): the job
 *
 * Since: 1.0
 */
QemuBlockJob *
qemu_block_device_commit_finish (QemuBlockDevice  *self,
                                 GAsyncResult     *result,
                                 GError          **error)
{
  return qemu_block_device_finish (self, &commit_operation, result, error);
}

/**
 * qemu_block_device_commit:
 * @self: a block device
 * @base: (nullable): the image to write to, by the name of its node or file; %NULL: the one at the bottom
 * @top: (nullable): the topmost overlay to take away, by the name of its node or file; %NULL: the one
 *   that the disk is on
 * @options: (nullable): further arguments of the QMP command
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Starts to write what is in overlays down into an image below (`block-commit`).
 *
 * Where the image on top of the disk is among the overlays, which is so without a @top, the job gets ready, and has to be
 * completed with [method@Job.complete]: then the disk is on @base. Otherwise it ends by itself, and the image above @top
 * is then based on @base. Where images are named by their files, `query-blockstats` tells their nodes.
 *
 * Fails like [method@Monitor.run], with %QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND where the device is gone or has no medium, and
 * with %G_IO_ERROR_NOT_CONNECTED where its domain is gone.
 *
 * Returns: (transfer full): the job
 *
 * Since: 1.0
 */
QemuBlockJob *
qemu_block_device_commit (QemuBlockDevice  *self,
                          const char       *base,
                          const char       *top,
                          JsonObject       *options,
                          GCancellable     *cancellable,
                          GError          **error)
{
  g_return_val_if_fail (QEMU_IS_BLOCK_DEVICE (self), NULL);

  return qemu_block_device_run_sync (self, &commit_operation, commit_request_new (base, top, options),
                                     cancellable, error);
}

/* ---------------------------------------------------------------- mirror */

static gboolean
fill_mirror (QemuCommand        *command,
             QemuDeviceRequest  *request,
             QemuBlockDevice    *device,
             GError            **error)
{
  qemu_command_set_string (command, "device", qemu_block_device_get_node_name (device));
  qemu_command_set_string (command, "target", request->target);
  qemu_command_set_string (command, "sync", "full");
  set_if_given (command, "format", request->format);

  return TRUE;
}

static const QemuDeviceOperation mirror_operation = {
  .command = "drive-mirror", .starts_job = TRUE, .fill = fill_mirror
};

/**
 * qemu_block_device_mirror_async:
 * @self: a block device
 * @target: the file to copy to; made anew unless @options has a `mode`
 * @format: (nullable): its format; %NULL: that of the disk
 * @options: (nullable): further arguments of the QMP command
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Starts to copy a disk, and to keep the copy like it (`drive-mirror`). See [method@BlockDevice.mirror].
 *
 * Since: 1.0
 */
void
qemu_block_device_mirror_async (QemuBlockDevice     *self,
                                const char          *target,
                                const char          *format,
                                JsonObject          *options,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_BLOCK_DEVICE (self));
  g_return_if_fail (target != NULL);

  qemu_block_device_start (self, &mirror_operation, qemu_device_request_new (NULL, target, format, options), cancellable, callback,
                           user_data);
}

/**
 * qemu_block_device_mirror_finish:
 * @self: a block device
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@BlockDevice.mirror_async].
 *
 * Returns: (transfer full): the job
 *
 * Since: 1.0
 */
QemuBlockJob *
qemu_block_device_mirror_finish (QemuBlockDevice  *self,
                                 GAsyncResult     *result,
                                 GError          **error)
{
  return qemu_block_device_finish (self, &mirror_operation, result, error);
}

/**
 * qemu_block_device_mirror:
 * @self: a block device
 * @target: the file to copy to; made anew unless @options has a `mode`
 * @format: (nullable): its format; %NULL: that of the disk
 * @options: (nullable): further arguments of the QMP command
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Starts to copy a disk to a new file, and to keep the copy like it (`drive-mirror`, with everything in the copy unless
 * @options has another `sync`). When the job is ready, [method@Job.complete] moves the disk to the copy, and
 * [method@BlockJob.stop] ends the job and keeps both.
 *
 * Fails like [method@Monitor.run], with %QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND where the device is gone or has no medium, and
 * with %G_IO_ERROR_NOT_CONNECTED where its domain is gone.
 *
 * Returns: (transfer full): the job
 *
 * Since: 1.0
 */
QemuBlockJob *
qemu_block_device_mirror (QemuBlockDevice  *self,
                          const char       *target,
                          const char       *format,
                          JsonObject       *options,
                          GCancellable     *cancellable,
                          GError          **error)
{
  g_return_val_if_fail (QEMU_IS_BLOCK_DEVICE (self), NULL);
  g_return_val_if_fail (target != NULL, NULL);

  return qemu_block_device_run_sync (self, &mirror_operation, qemu_device_request_new (NULL, target, format, options),
                                     cancellable, error);
}

/* ---------------------------------------------------------------- snapshot */

static gboolean
fill_snapshot (QemuCommand        *command,
               QemuDeviceRequest  *request,
               QemuBlockDevice    *device,
               GError            **error)
{
  g_autofree char *made = request->node_name == NULL ? qemu_domain_make_id (request->domain, "node") : NULL;

  qemu_command_set_string (command, "node-name", qemu_block_device_get_node_name (device));
  qemu_command_set_string (command, "snapshot-file", request->target);
  qemu_command_set_string (command, "snapshot-node-name", made != NULL ? made : request->node_name);
  set_if_given (command, "format", request->format);

  return TRUE;
}

static const QemuDeviceOperation snapshot_operation = {
  .command = "blockdev-snapshot-sync", .fill = fill_snapshot
};

static QemuDeviceRequest *
snapshot_request_new (const char *overlay,
                      const char *node_name,
                      const char *format,
                      JsonObject *options)
{
  QemuDeviceRequest *request = qemu_device_request_new (NULL, overlay, format, options);

  request->node_name = g_strdup (node_name);

  return request;
}

/**
 * qemu_block_device_snapshot_async:
 * @self: a block device
 * @overlay: the file of the overlay; made anew unless @options has a `mode`
 * @node_name: (nullable): what to call its node; %NULL: the library chooses
 * @format: (nullable): its format; %NULL: qcow2
 * @options: (nullable): further arguments of the QMP command
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Puts a new, empty overlay on top of a disk (`blockdev-snapshot-sync`). See [method@BlockDevice.snapshot].
 *
 * Since: 1.0
 */
void
qemu_block_device_snapshot_async (QemuBlockDevice     *self,
                                  const char          *overlay,
                                  const char          *node_name,
                                  const char          *format,
                                  JsonObject          *options,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_BLOCK_DEVICE (self));
  g_return_if_fail (overlay != NULL);

  qemu_block_device_start (self, &snapshot_operation, snapshot_request_new (overlay, node_name, format, options), cancellable, callback,
                           user_data);
}

/**
 * qemu_block_device_snapshot_finish:
 * @self: a block device
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@BlockDevice.snapshot_async].
 *
 * Returns: whether the disk is on the overlay
 *
 * Since: 1.0
 */
gboolean
qemu_block_device_snapshot_finish (QemuBlockDevice  *self,
                                   GAsyncResult     *result,
                                   GError          **error)
{
  return qemu_block_device_finish (self, &snapshot_operation, result, error) != NULL;
}

/**
 * qemu_block_device_snapshot:
 * @self: a block device
 * @overlay: the file of the overlay; made anew unless @options has a `mode`
 * @node_name: (nullable): what to call its node; %NULL: the library chooses
 * @format: (nullable): its format; %NULL: qcow2
 * @options: (nullable): further arguments of the QMP command
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Puts a new, empty overlay on top of a disk (`blockdev-snapshot-sync`). From now on the image that the disk was on is
 * only read.
 *
 * Fails like [method@Monitor.run], with %QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND where the device is gone or has no medium, and
 * with %G_IO_ERROR_NOT_CONNECTED where its domain is gone.
 *
 * Returns: whether the disk is on the overlay
 *
 * Since: 1.0
 */
gboolean
qemu_block_device_snapshot (QemuBlockDevice  *self,
                            const char       *overlay,
                            const char       *node_name,
                            const char       *format,
                            JsonObject       *options,
                            GCancellable     *cancellable,
                            GError          **error)
{
  g_return_val_if_fail (QEMU_IS_BLOCK_DEVICE (self), FALSE);
  g_return_val_if_fail (overlay != NULL, FALSE);

  return qemu_block_device_run_sync (self, &snapshot_operation, snapshot_request_new (overlay, node_name, format, options),
                                     cancellable, error) != NULL;
}

/* ---------------------------------------------------------------- stream */

static gboolean
fill_stream (QemuCommand        *command,
             QemuDeviceRequest  *request,
             QemuBlockDevice    *device,
             GError            **error)
{
  qemu_command_set_string (command, "device", qemu_block_device_get_node_name (device));
  set_if_given (command, "base-node", request->base);

  return TRUE;
}

static const QemuDeviceOperation stream_operation = {
  .command = "block-stream", .starts_job = TRUE, .names_nodes = TRUE, .fill = fill_stream
};

/**
 * qemu_block_device_stream_async:
 * @self: a block device
 * @base: (nullable): the image that is still needed afterwards, by the name of its node or file; %NULL: none
 *   is
 * @options: (nullable): further arguments of the QMP command
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Starts to copy what is in images below into the one on top (`block-stream`). See [method@BlockDevice.stream].
 *
 * Since: 1.0
 */
void
qemu_block_device_stream_async (QemuBlockDevice     *self,
                                const char          *base,
                                JsonObject          *options,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_BLOCK_DEVICE (self));

  qemu_block_device_start (self, &stream_operation, qemu_device_request_new (base, NULL, NULL, options), cancellable, callback,
                           user_data);
}

/**
 * qemu_block_device_stream_finish:
 * @self: a block device
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@BlockDevice.stream_async].
 *
 * Returns: (transfer full): the job
 *
 * Since: 1.0
 */
QemuBlockJob *
qemu_block_device_stream_finish (QemuBlockDevice  *self,
                                 GAsyncResult     *result,
                                 GError          **error)
{
  return qemu_block_device_finish (self, &stream_operation, result, error);
}

/**
 * qemu_block_device_stream:
 * @self: a block device
 * @base: (nullable): the image that is still needed afterwards, by the name of its node or file; %NULL: none
 *   is
 * @options: (nullable): further arguments of the QMP command
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Starts to copy what is in images below into the one that the disk is on (`block-stream`), which is then based on @base.
 * The job ends by itself. Where @base is named by its file, `query-blockstats` tells its node.
 *
 * Fails like [method@Monitor.run], with %QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND where the device is gone or has no medium, and
 * with %G_IO_ERROR_NOT_CONNECTED where its domain is gone.
 *
 * Returns: (transfer full): the job
 *
 * Since: 1.0
 */
QemuBlockJob *
qemu_block_device_stream (QemuBlockDevice  *self,
                          const char       *base,
                          JsonObject       *options,
                          GCancellable     *cancellable,
                          GError          **error)
{
  g_return_val_if_fail (QEMU_IS_BLOCK_DEVICE (self), NULL);

  return qemu_block_device_run_sync (self, &stream_operation, qemu_device_request_new (base, NULL, NULL, options),
                                     cancellable, error);
}

/* ---------------------------------------------------------------- backup
 *
 * `drive-backup` does in one command what takes several here, and is deprecated. The image is created and opened, the
 * backup is started, and goes on by itself; its nodes go when it has ended, or when it could not be started.
 */

typedef struct
{
  char          *node_name;             /* that the disk is on */
  guint64        size;
  char          *nodes[3];              /* the new image, the file below it, NULL; in the order to delete them */
  gboolean       existing;              /* the image is there already */
  unsigned       n_added;
  unsigned       step;
  GError        *error;
} Backup;

static void
backup_free (gpointer data)
{
  Backup *self = data;

  g_free (self->node_name);
  for (unsigned i = 0; i < G_N_ELEMENTS (self->nodes); i++)
    g_free (self->nodes[i]);
  g_clear_error (&self->error);
  g_free (self);
}

static const QemuOperation backup_add_operation = { "blockdev-add" };

static void backup_next (GTask *task);

static QemuDeviceRequest *
backup_get (GTask   *task,
            Backup **backup)
{
  QemuDeviceRequest *request = g_task_get_task_data (task);

  *backup = request->data;

  return request;
}

static gboolean
backup_is_raw (QemuDeviceRequest *request)
{
  return g_str_equal (request->format, "raw");
}

static void
backup_deleted_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Backup *backup;

  backup_get (task, &backup);
  qemu_domain_finish_operation (QEMU_DOMAIN (object), &qemu_domain_delete_node_operation, result, NULL);
  if (backup->n_added > 0)
    backup->n_added--;
  backup_next (task);
}

/* Takes away what has been made for nothing, and then tells why; also when the caller does not wait any more. */
static void
backup_undo (GTask *task)
{
  Backup *backup;
  QemuDeviceRequest *request = backup_get (task, &backup);
  QemuCommand *command;

  if (backup->n_added == 0)
    {
      g_task_return_error (task, g_steal_pointer (&backup->error));
      return;
    }

  command = qemu_command_new (qemu_domain_delete_node_operation.command);
  qemu_command_set_string (command, "node-name", backup->nodes[2 - backup->n_added]);
  qemu_domain_start_operation (request->domain, &qemu_domain_delete_node_operation, command, NULL, backup_deleted_cb,
                               g_object_ref (task));
}

/* Takes @error. */
static void
backup_step_ended (GTask  *task,
                   GError *error)
{
  Backup *backup;

  backup_get (task, &backup);
  backup->step++;
  backup->error = error;
  backup_next (task);
}

static void
backup_created_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  qemu_job_wait_finish (QEMU_JOB (object), result, &error);
  backup_step_ended (task, error);
}

static void
backup_creating_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(QemuJob) job = qemu_domain_start_job_finish (QEMU_DOMAIN (object), result, &error);

  if (job != NULL)
    qemu_job_wait_async (job, g_task_get_cancellable (task), backup_created_cb, g_object_ref (task));
  else
    backup_step_ended (task, error);
}

/* Takes @options, which are what the image is to be like. */
static void
backup_create (GTask      *task,
               JsonObject *options)
{
  QemuDeviceRequest *request = g_task_get_task_data (task);
  g_autoptr(QemuCommand) command = qemu_command_new ("blockdev-create");
  g_autoptr(JsonNode) node = json_node_alloc ();

  json_node_init_object (node, options);
  json_object_unref (options);
  qemu_command_set_node (command, "options", node);
  qemu_domain_start_job_async (request->domain, command, g_task_get_cancellable (task), backup_creating_cb,
                               g_object_ref (task));
}

static void
backup_create_file (GTask *task)
{
  Backup *backup;
  QemuDeviceRequest *request = backup_get (task, &backup);
  JsonObject *options;

  if (backup->existing)
    {
      backup_step_ended (task, NULL);
      return;
    }

  options = json_object_new ();
  json_object_set_string_member (options, "driver", "file");
  json_object_set_string_member (options, "filename", request->target);
  json_object_set_int_member (options, "size", backup_is_raw (request) ? backup->size : 0);
  backup_create (task, options);
}

static void
backup_create_image (GTask *task)
{
  Backup *backup;
  QemuDeviceRequest *request = backup_get (task, &backup);
  JsonObject *options;

  if (backup->existing || backup_is_raw (request))
    {
      backup_step_ended (task, NULL);
      return;
    }

  options = json_object_new ();
  json_object_set_string_member (options, "driver", request->format);
  json_object_set_string_member (options, "file", backup->nodes[1]);
  json_object_set_int_member (options, "size", backup->size);
  backup_create (task, options);
}

static void
backup_added_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Backup *backup;
  GError *error = NULL;

  backup_get (task, &backup);
  qemu_domain_finish_operation (QEMU_DOMAIN (object), &backup_add_operation, result, &error);
  /* It may be there when nobody has waited for the answer. */
  if (error == NULL || error->domain == G_IO_ERROR)
    backup->n_added++;
  backup_step_ended (task, error);
}

static void
backup_add (GTask      *task,
            const char *driver,
            const char *node_name,
            const char *member,
            const char *value)
{
  QemuDeviceRequest *request = g_task_get_task_data (task);
  QemuCommand *command = qemu_command_new (backup_add_operation.command);

  qemu_command_set_string (command, "driver", driver);
  qemu_command_set_string (command, "node-name", node_name);
  qemu_command_set_string (command, member, value);
  qemu_domain_start_operation (request->domain, &backup_add_operation, command, g_task_get_cancellable (task),
                               backup_added_cb, g_object_ref (task));
}

static void
backup_add_file (GTask *task)
{
  Backup *backup;
  QemuDeviceRequest *request = backup_get (task, &backup);

  backup_add (task, "file", backup->nodes[1], "filename", request->target);
}

static void
backup_add_image (GTask *task)
{
  Backup *backup;
  QemuDeviceRequest *request = backup_get (task, &backup);

  backup_add (task, request->format, backup->nodes[0], "file", backup->nodes[1]);
}

static void
backup_started_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  QemuJob *job = qemu_domain_start_job_finish (QEMU_DOMAIN (object), result, &error);

  if (job != NULL)
    g_task_return_pointer (task, job, g_object_unref);
  else
    backup_step_ended (task, error);
}

static void
backup_start (GTask *task)
{
  Backup *backup;
  QemuDeviceRequest *request = backup_get (task, &backup);
  g_autoptr(QemuCommand) command = qemu_command_new ("blockdev-backup");

  qemu_command_set_string (command, "device", backup->node_name);
  qemu_command_set_string (command, "target", backup->nodes[0]);
  qemu_command_set_string (command, "sync", "full");
  if (request->options != NULL)
    qemu_command_set_arguments (command, request->options);
  qemu_domain_start_job_with_nodes_async (request->domain, command, backup->nodes, g_task_get_cancellable (task),
                                          backup_started_cb, g_object_ref (task));
}

static void
backup_next (GTask *task)
{
  static void (* const steps[]) (GTask *task) = {
    backup_create_file, backup_add_file, backup_create_image, backup_add_image, backup_start
  };
  Backup *backup;

  backup_get (task, &backup);
  if (backup->error == NULL)
    steps[backup->step] (task);
  else
    backup_undo (task);
}

/* Takes a `mode` out of the options, which QEMU's command does not know any more. */
static gboolean
backup_take_mode (QemuDeviceRequest *request)
{
  g_autoptr(JsonObject) options = NULL;
  JsonObjectIter iter;
  const char *member;
  JsonNode *value;
  gboolean existing = FALSE;

  if (request->options == NULL || !json_object_has_member (request->options, "mode"))
    return FALSE;

  options = json_object_new ();
  json_object_iter_init (&iter, request->options);
  while (json_object_iter_next (&iter, &member, &value))
    {
      if (g_str_equal (member, "mode"))
        existing = JSON_NODE_HOLDS_VALUE (value) && g_strcmp0 (json_node_get_string (value), "existing") == 0;
      else
        json_object_set_member (options, member, json_node_copy (value));
    }
  json_object_unref (request->options);
  request->options = g_steal_pointer (&options);

  return existing;
}

static void
backup_run (GTask           *task,
            QemuBlockDevice *device)
{
  QemuDeviceRequest *request = g_task_get_task_data (task);
  QemuImage *image = qemu_block_device_get_image (device);
  Backup *backup;

  if (request->format == NULL && image != NULL)
    request->format = g_strdup (qemu_image_get_format (image));
  if (request->format == NULL)
    request->format = g_strdup (qemu_block_device_get_driver (device));
  if (request->format == NULL)
    {
      g_autofree char *label = qemu_monitor_dup_label (request->domain->monitor);

      g_task_return_new_error (task, QEMU_ERROR, QEMU_ERROR_PROTOCOL,
                               "blockdev-backup on %s: QEMU does not tell the format of the disk", label);
      return;
    }

  backup = g_new0 (Backup, 1);
  backup->node_name = g_strdup (qemu_block_device_get_node_name (device));
  backup->size = image != NULL ? qemu_image_get_virtual_size (image) : 0;
  backup->nodes[0] = qemu_domain_make_id (request->domain, "node");
  backup->nodes[1] = qemu_domain_make_id (request->domain, "node");
  backup->existing = backup_take_mode (request);
  request->data = backup;
  request->free_data = backup_free;
  backup_next (task);
}

static const QemuDeviceOperation backup_operation = {
  .command = "blockdev-backup", .starts_job = TRUE, .run = backup_run
};

/**
 * qemu_block_device_backup_async:
 * @self: a block device
 * @target: the file to copy to
 * @format: (nullable): its format; %NULL: that of the disk
 * @options: (nullable): further arguments of the QMP command
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Starts to copy a disk as it is now (`blockdev-backup`). See [method@BlockDevice.backup].
 *
 * Since: 1.0
 */
void
qemu_block_device_backup_async (QemuBlockDevice     *self,
                                const char          *target,
                                const char          *format,
                                JsonObject          *options,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_BLOCK_DEVICE (self));
  g_return_if_fail (target != NULL);

  qemu_block_device_start (self, &backup_operation, qemu_device_request_new (NULL, target, format, options), cancellable, callback,
                           user_data);
}

/**
 * qemu_block_device_backup_finish:
 * @self: a block device
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@BlockDevice.backup_async].
 *
 * Returns: (transfer full): the job
 *
 * Since: 1.0
 */
QemuBlockJob *
qemu_block_device_backup_finish (QemuBlockDevice  *self,
                                 GAsyncResult     *result,
                                 GError          **error)
{
  return qemu_block_device_finish (self, &backup_operation, result, error);
}

/**
 * qemu_block_device_backup:
 * @self: a block device
 * @target: the file to copy to
 * @format: (nullable): its format; %NULL: that of the disk
 * @options: (nullable): further arguments of the QMP command
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Starts to copy a disk as it is at this moment to a new file, while the guest goes on (`blockdev-create`, `blockdev-add`
 * and `blockdev-backup`, with everything in the copy unless @options has another `sync`). The job ends by itself.
 *
 * Until the job has ended with %QEMU_JOB_RESULT_COMPLETED the copy is none. A `mode` of `existing` in @options uses a file
 * that is there. What was opened for the job is closed when it has ended (`blockdev-del`).
 *
 * Fails like [method@Monitor.run], with %QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND where the device is gone or has no medium, and
 * with %G_IO_ERROR_NOT_CONNECTED where its domain is gone.
 * Also with %QEMU_ERROR_JOB_FAILED where the file cannot be made.
 *
 * Returns: (transfer full): the job
 *
 * Since: 1.0
 */
QemuBlockJob *
qemu_block_device_backup (QemuBlockDevice  *self,
                          const char       *target,
                          const char       *format,
                          JsonObject       *options,
                          GCancellable     *cancellable,
                          GError          **error)
{
  g_return_val_if_fail (QEMU_IS_BLOCK_DEVICE (self), NULL);
  g_return_val_if_fail (target != NULL, NULL);

  return qemu_block_device_run_sync (self, &backup_operation, qemu_device_request_new (NULL, target, format, options),
                                     cancellable, error);
}
