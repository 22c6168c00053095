/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of QemuBlockDevice about its size, its limits and its medium. */

#include "config.h"

#include "qemu-block-device-run-private.h"

/* As QEMU wants to have the device named: `device` is for drives that no guest sees. */
static void
set_id (QemuCommand     *command,
        QemuBlockDevice *device)
{
  const char *qdev = qemu_block_device_get_qdev (device);

  if (qdev != NULL)
    qemu_command_set_string (command, "id", qdev);
  else
    qemu_command_set_string (command, "device", qemu_block_device_get_device (device));
}

/* ---------------------------------------------------------------- size */

static gboolean
fill_resize (QemuCommand        *command,
             QemuDeviceRequest  *request,
             QemuBlockDevice    *device,
             GError            **error)
{
  QemuImage *image = qemu_block_device_get_image (device);

  /* QEMU would cut off what is behind the new end without a word. */
  if (!(request->flags & QEMU_RESIZE_SHRINK) && image != NULL && request->number < qemu_image_get_virtual_size (image))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "%" G_GUINT64_FORMAT " bytes are less than the %" G_GUINT64_FORMAT " that the disk has",
                   request->number, qemu_image_get_virtual_size (image));
      return FALSE;
    }

  qemu_command_set_string (command, "node-name", qemu_block_device_get_node_name (device));
  qemu_command_set_uint64 (command, "size", request->number);

  return TRUE;
}

static const QemuDeviceOperation resize_operation = { .command = "block_resize", .fill = fill_resize };

static QemuDeviceRequest *
resize_request_new (guint64         bytes,
                    QemuResizeFlags flags)
{
  QemuDeviceRequest *request = qemu_device_request_new (NULL, NULL, NULL, NULL);

  request->number = bytes;
  request->flags = flags;

  return request;
}

/**
 * qemu_block_device_resize_async:
 * @self: a block device
 * @bytes: the new size; some formats want a multiple of 512
 * @flags: what may be done
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Gives a disk another size (`block_resize`). See [method@BlockDevice.resize].
 *
 * Since: 1.0
 */
void
qemu_block_device_resize_async (QemuBlockDevice     *self,
                                guint64              bytes,
                                QemuResizeFlags      flags,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_BLOCK_DEVICE (self));

  qemu_block_device_start (self, &resize_operation, resize_request_new (bytes, flags), cancellable, callback,
                           user_data);
}

/**
 * qemu_block_device_resize_finish:
 * @self: a block device
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@BlockDevice.resize_async].
 *
 * Returns: whether it has that size
 *
 * Since: 1.0
 */
gboolean
qemu_block_device_resize_finish (QemuBlockDevice  *self,
                                 GAsyncResult     *result,
                                 GError          **error)
{
  return qemu_block_device_finish (self, &resize_operation, result, error) != NULL;
}

/**
 * qemu_block_device_resize:
 * @self: a block device
 * @bytes: the new size; some formats want a multiple of 512
 * @flags: what may be done
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Gives a disk another size (`block_resize`). The guest is told, if its driver can be.
 *
 * A smaller size is refused without %QEMU_RESIZE_SHRINK, with %G_IO_ERROR_INVALID_ARGUMENT, as what is behind the new end
 * would be lost.
 *
 * Fails like [method@Monitor.run], with %QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND where the device is gone or has no medium, and
 * with %G_IO_ERROR_NOT_CONNECTED where its domain is gone.
 *
 * Returns: whether it has that size
 *
 * Since: 1.0
 */
gboolean
qemu_block_device_resize (QemuBlockDevice  *self,
                          guint64           bytes,
                          QemuResizeFlags   flags,
                          GCancellable     *cancellable,
                          GError          **error)
{
  g_return_val_if_fail (QEMU_IS_BLOCK_DEVICE (self), FALSE);

  return qemu_block_device_run_sync (self, &resize_operation, resize_request_new (bytes, flags),
                                     cancellable, error) != NULL;
}

/* ---------------------------------------------------------------- limits */

static gboolean
fill_set_io_throttle (QemuCommand        *command,
                      QemuDeviceRequest  *request,
                      QemuBlockDevice    *device,
                      GError            **error)
{
  static const char * const limits[] = { "bps", "bps_rd", "bps_wr", "iops", "iops_rd", "iops_wr" };

  set_id (command, device);
  /* QEMU wants all of them. */
  for (unsigned i = 0; i < G_N_ELEMENTS (limits); i++)
    qemu_command_set_uint64 (command, limits[i], 0);

  return TRUE;
}

static const QemuDeviceOperation set_io_throttle_operation = {
  .command = "block_set_io_throttle", .fill = fill_set_io_throttle
};

/**
 * qemu_block_device_set_io_throttle_async:
 * @self: a block device
 * @options: (nullable): the limits; %NULL takes all of them away
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Limits the throughput of a disk (`block_set_io_throttle`). See [method@BlockDevice.set_io_throttle].
 *
 * Since: 1.0
 */
void
qemu_block_device_set_io_throttle_async (QemuBlockDevice     *self,
                                         JsonObject          *options,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_BLOCK_DEVICE (self));

  qemu_block_device_start (self, &set_io_throttle_operation, qemu_device_request_new (NULL, NULL, NULL, options), cancellable, callback,
                           user_data);
}

/**
 * qemu_block_device_set_io_throttle_finish:
 * @self: a block device
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@BlockDevice.set_io_throttle_async].
 *
 * Returns: whether the limits are in force
 *
 * Since: 1.0
 */
gboolean
qemu_block_device_set_io_throttle_finish (QemuBlockDevice  *self,
                                          GAsyncResult     *result,
                                          GError          **error)
{
  return qemu_block_device_finish (self, &set_io_throttle_operation, result, error) != NULL;
}

/**
 * qemu_block_device_set_io_throttle:
 * @self: a block device
 * @options: (nullable): the limits; %NULL takes all of them away
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Limits the throughput of a disk (`block_set_io_throttle`), from now on and instead of the limits that it had.
 *
 * @options has members as QEMU names them, of which `bps`, `bps_rd` and `bps_wr` are in bytes per second, `iops`, `iops_rd`
 * and `iops_wr` in requests per second. What is not there has no limit.
 *
 * Fails like [method@Monitor.run], with %QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND where the device is gone or has no medium, and
 * with %G_IO_ERROR_NOT_CONNECTED where its domain is gone.
 *
 * Returns: whether the limits are in force
 *
 * Since: 1.0
 */
gboolean
qemu_block_device_set_io_throttle (QemuBlockDevice  *self,
                                   JsonObject       *options,
                                   GCancellable     *cancellable,
                                   GError          **error)
{
  g_return_val_if_fail (QEMU_IS_BLOCK_DEVICE (self), FALSE);

  return qemu_block_device_run_sync (self, &set_io_throttle_operation, qemu_device_request_new (NULL, NULL, NULL, options),
                                     cancellable, error) != NULL;
}

/* ---------------------------------------------------------------- medium */

static gboolean
fill_eject (QemuCommand        *command,
            QemuDeviceRequest  *request,
            QemuBlockDevice    *device,
            GError            **error)
{
  set_id (command, device);
  qemu_command_set_boolean (command, "force", request->flags != 0);

  return TRUE;
}

static const QemuDeviceOperation eject_operation = {
  .command = "eject", .needs_no_medium = TRUE, .needs_guest = TRUE, .fill = fill_eject
};

static QemuDeviceRequest *
eject_request_new (gboolean force)
{
  QemuDeviceRequest *request = qemu_device_request_new (NULL, NULL, NULL, NULL);

  request->flags = force;

  return request;
}

/**
 * qemu_block_device_eject_async:
 * @self: a block device
 * @force: whether to do it also when the guest has locked the medium
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Opens the tray of a drive, and takes the medium out (`eject`). See [method@BlockDevice.eject].
 *
 * Since: 1.0
 */
void
qemu_block_device_eject_async (QemuBlockDevice     *self,
                               gboolean             force,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_BLOCK_DEVICE (self));

  qemu_block_device_start (self, &eject_operation, eject_request_new (force), cancellable, callback,
                           user_data);
}

/**
 * qemu_block_device_eject_finish:
 * @self: a block device
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@BlockDevice.eject_async].
 *
 * Returns: whether the drive is empty
 *
 * Since: 1.0
 */
gboolean
qemu_block_device_eject_finish (QemuBlockDevice  *self,
                                GAsyncResult     *result,
                                GError          **error)
{
  return qemu_block_device_finish (self, &eject_operation, result, error) != NULL;
}

/**
 * qemu_block_device_eject:
 * @self: a block device
 * @force: whether to do it also when the guest has locked the medium
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Opens the tray of a drive, and takes the medium out (`eject`). It is no error when there is none.
 *
 * Fails like [method@Monitor.run], with %QEMU_ERROR_PENDING where the guest has locked the medium (it has been asked to let
 * it go, and may do so later), with %QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND where the device is gone, and with
 * %G_IO_ERROR_NOT_CONNECTED where its domain is gone.
 *
 * Returns: whether the drive is empty
 *
 * Since: 1.0
 */
gboolean
qemu_block_device_eject (QemuBlockDevice  *self,
                         gboolean          force,
                         GCancellable     *cancellable,
                         GError          **error)
{
  g_return_val_if_fail (QEMU_IS_BLOCK_DEVICE (self), FALSE);

  return qemu_block_device_run_sync (self, &eject_operation, eject_request_new (force),
                                     cancellable, error) != NULL;
}

static gboolean
fill_change_medium (QemuCommand        *command,
                    QemuDeviceRequest  *request,
                    QemuBlockDevice    *device,
                    GError            **error)
{
  set_id (command, device);
  qemu_command_set_string (command, "filename", request->target);
  if (request->format != NULL)
    qemu_command_set_string (command, "format", request->format);

  return TRUE;
}

static const QemuDeviceOperation change_medium_operation = {
  .command = "blockdev-change-medium", .needs_no_medium = TRUE, .needs_guest = TRUE, .fill = fill_change_medium
};

/**
 * qemu_block_device_change_medium_async:
 * @self: a block device
 * @filename: the medium
 * @format: (nullable): its format, such as `raw`; %NULL: QEMU finds out
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Puts another medium into a drive (`blockdev-change-medium`). See [method@BlockDevice.change_medium].
 *
 * Since: 1.0
 */
void
qemu_block_device_change_medium_async (QemuBlockDevice     *self,
                                       const char          *filename,
                                       const char          *format,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_BLOCK_DEVICE (self));
  g_return_if_fail (filename != NULL);

  qemu_block_device_start (self, &change_medium_operation, qemu_device_request_new (NULL, filename, format, NULL), cancellable, callback,
                           user_data);
}

/**
 * qemu_block_device_change_medium_finish:
 * @self: a block device
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@BlockDevice.change_medium_async].
 *
 * Returns: whether the medium is in
 *
 * Since: 1.0
 */
gboolean
qemu_block_device_change_medium_finish (QemuBlockDevice  *self,
                                        GAsyncResult     *result,
                                        GError          **error)
{
  return qemu_block_device_finish (self, &change_medium_operation, result, error) != NULL;
}

/**
 * qemu_block_device_change_medium:
 * @self: a block device
 * @filename: the medium
 * @format: (nullable): its format, such as `raw`; %NULL: QEMU finds out
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Puts another medium into a drive (`blockdev-change-medium`): opens the tray, takes out what is there, puts in the other
 * one, and closes the tray.
 *
 * Give the format of what a guest, or anybody else, can write to: a raw image may be made to look like one that names other
 * files for QEMU to open. QEMU takes a @filename such as `nbd:…` for an address; a path that is absolute, or begins with `./`,
 * is one.
 *
 * Fails like [method@Monitor.run], with %QEMU_ERROR_PENDING where the guest has locked the medium (it has been asked to let
 * it go, and may do so later), with %QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND where the device is gone, and with
 * %G_IO_ERROR_NOT_CONNECTED where its domain is gone.
 *
 * Returns: whether the medium is in
 *
 * Since: 1.0
 */
gboolean
qemu_block_device_change_medium (QemuBlockDevice  *self,
                                 const char       *filename,
                                 const char       *format,
                                 GCancellable     *cancellable,
                                 GError          **error)
{
  g_return_val_if_fail (QEMU_IS_BLOCK_DEVICE (self), FALSE);
  g_return_val_if_fail (filename != NULL, FALSE);

  return qemu_block_device_run_sync (self, &change_medium_operation, qemu_device_request_new (NULL, filename, format, NULL),
                                     cancellable, error) != NULL;
}
