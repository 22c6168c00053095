/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-block-device-run-private.h"

#include <string.h>

#include "qemu-block-stats.h"
#include "qemu-context-private.h"
#include "qemu-domain-private.h"
#include "qemu-error.h"
#include "qemu-monitor-private.h"
#include "qemu-sync-private.h"

QemuDeviceRequest *
qemu_device_request_new (const char *base,
                         const char *target,
                         const char *format,
                         JsonObject *options)
{
  QemuDeviceRequest *self = g_new0 (QemuDeviceRequest, 1);

  self->base = g_strdup (base);
  self->target = g_strdup (target);
  self->format = g_strdup (format);
  self->options = options != NULL ? json_object_ref (options) : NULL;

  return self;
}

static void
request_free (gpointer data)
{
  QemuDeviceRequest *self = data;

  if (self->free_data != NULL)
    self->free_data (self->data);
  g_clear_object (&self->device);
  g_clear_error (&self->error);
  g_clear_object (&self->domain);
  g_free (self->key);
  g_free (self->base);
  g_free (self->top);
  g_free (self->target);
  g_free (self->format);
  g_free (self->node_name);
  g_clear_pointer (&self->options, json_object_unref);
  g_free (self);
}

/* ---------------------------------------------------------------- the last step: the command */

static const QemuOperation plain_operation = { NULL };

static void
job_started_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  QemuJob *job = qemu_domain_start_job_finish (QEMU_DOMAIN (object), result, &error);

  if (job != NULL)
    g_task_return_pointer (task, job, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
refused_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  QemuDeviceRequest *request = g_task_get_task_data (task);
  GError *error = g_steal_pointer (&request->error);
  g_autoptr(GListModel) devices = NULL;
  g_autoptr(QemuBlockDevice) device = NULL;

  devices = qemu_domain_list_block_devices_finish (QEMU_DOMAIN (object), result, NULL);
  if (devices != NULL)
    device = qemu_domain_lookup_block_device (request->domain, request->key);
  if (device != NULL && qemu_block_device_get_locked (device))
    error->code = QEMU_ERROR_PENDING;
  g_task_return_error (task, error);
}

static void
ran_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  QemuDeviceRequest *request = g_task_get_task_data (task);
  GError *error = NULL;

  qemu_domain_finish_operation (QEMU_DOMAIN (object), &plain_operation, result, &error);
  if (error == NULL)
    {
      g_task_return_pointer (task, GINT_TO_POINTER (TRUE), NULL);
    }
  else if (request->operation->needs_guest && error->domain == QEMU_ERROR)
    {
      /* When the guest has locked the medium, it has been asked now. QEMU says so in words only. */
      request->error = error;
      qemu_domain_list_block_devices_async (request->domain, g_task_get_cancellable (task), refused_cb,
                                            g_object_ref (task));
    }
  else
    {
      g_task_return_error (task, error);
    }
}

static void
run_command (GTask           *task,
             QemuBlockDevice *device)
{
  QemuDeviceRequest *request = g_task_get_task_data (task);
  const QemuDeviceOperation *operation = request->operation;
  g_autoptr(QemuCommand) command = NULL;
  GError *error = NULL;

  if (operation->run != NULL)
    {
      operation->run (task, device);
      return;
    }

  command = qemu_command_new (operation->command);
  if (!operation->fill (command, request, device, &error))
    {
      g_autofree char *label = qemu_monitor_dup_label (request->domain->monitor);

      g_prefix_error (&error, "%s on %s: ", operation->command, label);
      g_task_return_error (task, error);
      return;
    }
  if (request->options != NULL)
    qemu_command_set_arguments (command, request->options);

  if (operation->starts_job)
    qemu_domain_start_job_async (request->domain, command, g_task_get_cancellable (task), job_started_cb,
                                 g_object_ref (task));
  else
    qemu_domain_start_operation (request->domain, &plain_operation, g_steal_pointer (&command),
                                 g_task_get_cancellable (task), ran_cb, g_object_ref (task));
}

/* ---------------------------------------------------------------- names of files */

static QemuBlockStats *
find_stats (GListModel *list,
            const char *node_name)
{
  for (unsigned i = 0; i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr(QemuBlockStats) stats = g_list_model_get_item (list, i);

      if (node_name != NULL && g_strcmp0 (qemu_block_stats_get_node_name (stats), node_name) == 0)
        return g_steal_pointer (&stats);
    }

  return NULL;
}

/* The images of a disk, from the top down, are told with their files, and the nodes that they are on elsewhere; level by
 * level they belong together. What is no file of this disk is left as it is: it may be a node's name. */
static void
name_node (char           **name,
           QemuImage       *image,
           QemuBlockStats  *stats)
{
  for (; *name != NULL && image != NULL && stats != NULL;
       image = qemu_image_get_backing_image (image), stats = qemu_block_stats_get_backing (stats))
    {
      const char *node_name = qemu_block_stats_get_node_name (stats);

      if (g_strcmp0 (qemu_image_get_filename (image), *name) == 0 && node_name != NULL)
        {
          g_free (*name);
          *name = g_strdup (node_name);
          return;
        }
    }
}

static void
stats_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  QemuDeviceRequest *request = g_task_get_task_data (task);
  QemuBlockDevice *device = request->device;
  g_autoptr(GListModel) list = NULL;
  g_autoptr(QemuBlockStats) stats = NULL;
  GError *error = NULL;

  list = qemu_domain_list_block_stats_finish (QEMU_DOMAIN (object), result, &error);
  if (list == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  stats = find_stats (list, qemu_block_device_get_node_name (device));
  name_node (&request->base, qemu_block_device_get_image (device), stats);
  name_node (&request->top, qemu_block_device_get_image (device), stats);
  run_command (task, device);
}

/* ---------------------------------------------------------------- the first step: how the device is now */

static gboolean
check_device (QemuDeviceRequest  *request,
              QemuBlockDevice    *device,
              GError            **error)
{
  g_autofree char *label = NULL;

  if (device != NULL && (request->operation->needs_no_medium || qemu_block_device_get_node_name (device) != NULL))
    return TRUE;

  label = qemu_monitor_dup_label (request->domain->monitor);
  g_set_error (error, QEMU_ERROR, QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND, "%s on %s: The device “%s” %s",
               request->operation->command, label,
               request->key != NULL ? strchr (request->key, ' ') + 1 : "",
               device == NULL ? "is not there any more" : "has no medium");

  return FALSE;
}

static void
device_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  QemuDeviceRequest *request = g_task_get_task_data (task);
  g_autoptr(GListModel) devices = NULL;
  g_autoptr(QemuBlockDevice) device = NULL;
  GError *error = NULL;

  devices = qemu_domain_list_block_devices_finish (QEMU_DOMAIN (object), result, &error);
  if (devices != NULL)
    device = qemu_domain_lookup_block_device (request->domain, request->key);
  if (devices == NULL || !check_device (request, device, &error))
    {
      g_task_return_error (task, error);
    }
  else if (request->operation->names_nodes && (request->base != NULL || request->top != NULL))
    {
      request->device = g_steal_pointer (&device);
      qemu_domain_list_block_stats_async (request->domain, g_task_get_cancellable (task), stats_cb,
                                          g_object_ref (task));
    }
  else
    {
      run_command (task, device);
    }
}

void
qemu_block_device_start (QemuBlockDevice           *self,
                         const QemuDeviceOperation *operation,
                         QemuDeviceRequest         *request,
                         GCancellable              *cancellable,
                         GAsyncReadyCallback        callback,
                         gpointer                   user_data)
{
  g_autoptr(GTask) task = qemu_task_new (self, cancellable, callback, user_data);

  request->operation = operation;
  request->domain = qemu_block_device_dup_domain (self);
  request->key = g_strdup (qemu_block_device_get_key (self));
  g_task_set_source_tag (task, (gpointer) operation);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, request, request_free);
  if (request->domain == NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "%s: The domain of this device is gone",
                             operation->command);
  else
    qemu_domain_list_block_devices_async (request->domain, cancellable, device_cb, g_steal_pointer (&task));
}

gpointer
qemu_block_device_finish (QemuBlockDevice            *self,
                          const QemuDeviceOperation  *operation,
                          GAsyncResult               *result,
                          GError                    **error)
{
  g_return_val_if_fail (QEMU_IS_BLOCK_DEVICE (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, (gpointer) operation), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

gpointer
qemu_block_device_run_sync (QemuBlockDevice            *self,
                            const QemuDeviceOperation  *operation,
                            QemuDeviceRequest          *request,
                            GCancellable               *cancellable,
                            GError                    **error)
{
  g_auto(QemuSync) sync = { 0 };

  if (!qemu_sync_begin (&sync, error))
    {
      request_free (request);
      return NULL;
    }
  qemu_block_device_start (self, operation, request, cancellable, qemu_sync_cb, &sync);

  return qemu_block_device_finish (self, operation, qemu_sync_end (&sync), error);
}
