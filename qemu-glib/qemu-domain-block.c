/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of QemuDomain about disks. */

#include "config.h"

#include "qemu-domain-private.h"

#include <string.h>

#include "qemu-block-device-private.h"
#include "qemu-block-stats.h"
#include "qemu-context-private.h"
#include "qemu-error.h"
#include "qemu-monitor-private.h"
#include "qemu-record-private.h"

/* ---------------------------------------------------------------- all of them */

/* Of two replies the later one is right, whichever is looked at first: QEMU answers in the order of the ids. */
static gboolean
is_outdated_locked (QemuDomain     *self,
                    const QemuJson *json)
{
  gint64 id;

  if (!qemu_json_get_int64 (json, qemu_json_get_member (json, 0, "id"), &id))
    return FALSE;
  if (id < self->block_devices_id)
    return TRUE;
  self->block_devices_id = id;

  return FALSE;
}

/* A disk that was there before is the same object. */
static gpointer
decode_block_devices (QemuDomain      *self,
                      const QemuJson  *json,
                      guint32          value,
                      GError         **error)
{
  g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GTree) known = g_tree_new ((GCompareFunc) strcmp);     /* not by hashes: QEMU chooses the keys */
  GListStore *store = g_list_store_new (QEMU_TYPE_BLOCK_DEVICE);
  unsigned connection = qemu_monitor_get_connection (self->monitor);
  /* A reply that was read before the connection has ended is not remembered behind the end. */
  gboolean lost = qemu_domain_get_state (self) != QEMU_MONITOR_STATE_OPEN;
  gboolean is_new, outdated;

  g_mutex_lock (&self->lock);
  /* In another connection, which is perhaps to another QEMU, nothing is as it was. */
  is_new = self->block_devices_connection != connection;
  if (is_new)
    self->block_devices_id = 0;
  self->block_devices_connection = connection;
  outdated = lost || is_outdated_locked (self, json);
  for (unsigned i = 0; i < self->block_devices->len && !is_new; i++)
    {
      QemuBlockDevice *device = g_ptr_array_index (self->block_devices, i);
      const char *key = qemu_block_device_get_key (device);

      if (key != NULL)
        g_tree_insert (known, (gpointer) key, device);
    }
  QEMU_JSON_FOREACH_ELEMENT (json, value, element)
    {
      g_autofree char *key = qemu_block_device_make_key (json, element);
      QemuBlockDevice *device = key != NULL ? g_tree_lookup (known, key) : NULL;

      if (qemu_json_get_type (json, element) != QEMU_JSON_OBJECT)
        continue;
      if (device == NULL)
        {
          device = qemu_block_device_new (self, key, json, element);
        }
      else
        {
          /* Once in a list, should QEMU name it twice. */
          g_tree_remove (known, key);
          if (!outdated)
            qemu_record_update (QEMU_RECORD (device), json, element, self->context);
          g_object_ref (device);
        }
      g_ptr_array_add (devices, device);
    }
  for (unsigned i = 0; i < devices->len; i++)
    g_list_store_append (store, g_ptr_array_index (devices, i));
  if (!outdated)
    {
      GPtrArray *before = g_steal_pointer (&self->block_devices);

      self->block_devices = g_steal_pointer (&devices);
      devices = before;
    }
  g_mutex_unlock (&self->lock);

  qemu_domain_queue (self, QEMU_DOMAIN_SHOW_BLOCK_DEVICES);

  return store;
}

const QemuOperation qemu_domain_list_block_devices_operation = {
  "query-block", decode_block_devices, g_object_unref
};

QemuBlockDevice *
qemu_domain_lookup_block_device (QemuDomain *self,
                                 const char *key)
{
  QemuBlockDevice *found = NULL;

  g_mutex_lock (&self->lock);
  for (unsigned i = 0; i < self->block_devices->len && found == NULL; i++)
    {
      QemuBlockDevice *device = g_ptr_array_index (self->block_devices, i);

      if (key != NULL && g_strcmp0 (qemu_block_device_get_key (device), key) == 0)
        found = g_object_ref (device);
    }
  g_mutex_unlock (&self->lock);

  return found;
}

/**
 * qemu_domain_list_block_devices_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks for the disks and drives (`query-block`). See [method@Domain.list_block_devices].
 *
 * Since: 1.0
 */
void
qemu_domain_list_block_devices_async (QemuDomain          *self,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &qemu_domain_list_block_devices_operation, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_list_block_devices_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.list_block_devices_async].
 *
 * Returns: (transfer full): a model of [class@BlockDevice]
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_list_block_devices_finish (QemuDomain    *self,
                                       GAsyncResult  *result,
                                       GError       **error)
{
  return qemu_domain_finish_operation (self, &qemu_domain_list_block_devices_operation, result, error);
}

/**
 * qemu_domain_list_block_devices:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Asks for the disks and drives (`query-block`), and waits for the answer.
 *
 * The list is how things are at that moment. A device in it is the same object each time, and `notify` tells what has
 * changed of it. See [method@Monitor.run] for the errors.
 *
 * Returns: (transfer full): a model of [class@BlockDevice]
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_list_block_devices (QemuDomain    *self,
                                GCancellable  *cancellable,
                                GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  return qemu_domain_run_operation (self, &qemu_domain_list_block_devices_operation, NULL, cancellable, error);
}

/* ---------------------------------------------------------------- one of them by its name */

/* The id of a device that the guest sees: all of @qdev, or the part of a path that somebody has given as `id=`. */
static gboolean
qdev_is_called (const char *qdev,
                const char *id)
{
  const char *rest;

  if (qdev == NULL)
    return FALSE;
  if (g_str_equal (qdev, id))
    return TRUE;
  if (!g_str_has_prefix (qdev, "/machine/peripheral/"))
    return FALSE;

  rest = qdev + strlen ("/machine/peripheral/");

  return g_str_has_prefix (rest, id) && (rest[strlen (id)] == '/' || rest[strlen (id)] == '\0');
}

static gboolean
has_device_name (QemuBlockDevice *device,
                 const char      *name)
{
  return g_strcmp0 (qemu_block_device_get_device (device), name) == 0;
}

static gboolean
has_qdev_name (QemuBlockDevice *device,
               const char      *name)
{
  return qdev_is_called (qemu_block_device_get_qdev (device), name);
}

static gboolean
has_node_name (QemuBlockDevice *device,
               const char      *name)
{
  return g_strcmp0 (qemu_block_device_get_node_name (device), name) == 0;
}

/* The kinds of names, the one that counts first. A disk without a name has an empty one, which finds nothing. */
static QemuBlockDevice *
find_device (QemuDomain  *self,
             GListModel  *devices,
             const char  *name,
             GError     **error)
{
  static gboolean (* const has_name[]) (QemuBlockDevice *, const char *) = {
    has_device_name, has_qdev_name, has_node_name
  };
  g_autofree char *label = NULL;

  for (unsigned kind = 0; kind < G_N_ELEMENTS (has_name) && *name != '\0'; kind++)
    for (unsigned i = 0; i < g_list_model_get_n_items (devices); i++)
      {
        g_autoptr(QemuBlockDevice) device = g_list_model_get_item (devices, i);

        if (has_name[kind] (device, name))
          return g_steal_pointer (&device);
      }

  label = qemu_monitor_dup_label (self->monitor);
  g_set_error (error, QEMU_ERROR, QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND,
               "There is no block device “%s” on %s", name, label);

  return NULL;
}

static void
find_block_device_cb (GObject      *object,
                      GAsyncResult *result,
                      gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GListModel) devices = NULL;
  QemuDomain *self = QEMU_DOMAIN (object);
  QemuBlockDevice *device = NULL;
  GError *error = NULL;

  devices = qemu_domain_list_block_devices_finish (self, result, &error);
  if (devices != NULL)
    device = find_device (self, devices, g_task_get_task_data (task), &error);
  if (device != NULL)
    g_task_return_pointer (task, device, g_object_unref);
  else
    g_task_return_error (task, error);
}

/**
 * qemu_domain_find_block_device_async:
 * @self: a domain
 * @name: a name of the disk
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Looks for a disk or drive by one of its names (`query-block`). See [method@Domain.find_block_device].
 *
 * Since: 1.0
 */
void
qemu_domain_find_block_device_async (QemuDomain          *self,
                                     const char          *name,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (QEMU_IS_DOMAIN (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_domain_find_block_device_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, g_strdup (name), g_free);
  qemu_domain_list_block_devices_async (self, cancellable, find_block_device_cb, task);
}

/**
 * qemu_domain_find_block_device_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.find_block_device_async].
 *
 * Returns: (transfer full): the disk or drive
 *
 * Since: 1.0
 */
QemuBlockDevice *
qemu_domain_find_block_device_finish (QemuDomain    *self,
                                      GAsyncResult  *result,
                                      GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_domain_find_block_device_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * qemu_domain_find_block_device:
 * @self: a domain
 * @name: the name of the drive (`-drive id=`), of the device that the guest sees (`-device id=`, or its whole path), or
 *   of the node on top
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Looks for a disk or drive by one of its names (`query-block`), and waits for the answer. Where the same name is there
 * twice, the drive counts before the device, and that before the node.
 *
 * Fails with %QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND where nothing has that name. See [method@Monitor.run] for other errors.
 *
 * Returns: (transfer full): the disk or drive
 *
 * Since: 1.0
 */
QemuBlockDevice *
qemu_domain_find_block_device (QemuDomain    *self,
                               const char    *name,
                               GCancellable  *cancellable,
                               GError       **error)
{
  g_autoptr(GListModel) devices = NULL;

  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  devices = qemu_domain_list_block_devices (self, cancellable, error);

  return devices != NULL ? find_device (self, devices, name, error) : NULL;
}

/* ---------------------------------------------------------------- what they have done */

static gpointer
decode_block_stats (QemuDomain      *self,
                    const QemuJson  *json,
                    guint32          value,
                    GError         **error)
{
  return qemu_record_list_new (QEMU_TYPE_BLOCK_STATS, json, value);
}

const QemuOperation qemu_domain_list_block_stats_operation = {
  "query-blockstats", decode_block_stats, g_object_unref
};

/**
 * qemu_domain_list_block_stats_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks what the disks have done so far (`query-blockstats`). See [method@Domain.list_block_stats].
 *
 * Since: 1.0
 */
void
qemu_domain_list_block_stats_async (QemuDomain          *self,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &qemu_domain_list_block_stats_operation, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_list_block_stats_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.list_block_stats_async].
 *
 * Returns: (transfer full): a model of [class@BlockStats], one for each disk
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_list_block_stats_finish (QemuDomain    *self,
                                     GAsyncResult  *result,
                                     GError       **error)
{
  return qemu_domain_finish_operation (self, &qemu_domain_list_block_stats_operation, result, error);
}

/**
 * qemu_domain_list_block_stats:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Asks what the disks have done so far (`query-blockstats`), and waits for the answer.
 *
 * The files below a disk and its backing files are reachable from it: [property@BlockStats:parent],
 * [property@BlockStats:backing]. See [method@Monitor.run] for the errors.
 *
 * Returns: (transfer full): a model of [class@BlockStats], one for each disk
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_list_block_stats (QemuDomain    *self,
                              GCancellable  *cancellable,
                              GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  return qemu_domain_run_operation (self, &qemu_domain_list_block_stats_operation, NULL, cancellable, error);
}
