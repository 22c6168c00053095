/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk, or a drive for media. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <qemu-glib/qemu-record.h>

#include <qemu-glib/qemu-image.h>

G_BEGIN_DECLS

#define QEMU_TYPE_BLOCK_DEVICE (qemu_block_device_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuBlockDevice, qemu_block_device, QEMU, BLOCK_DEVICE, QemuRecord)

QEMU_AVAILABLE_IN_1_0
const char *qemu_block_device_get_device                 (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_block_device_get_qdev                   (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_block_device_get_device_type            (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_block_device_get_removable              (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_block_device_get_locked                 (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_block_device_get_tray_open              (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_block_device_get_io_status              (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_block_device_get_inserted               (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_block_device_get_node_name              (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_block_device_get_file                   (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_block_device_get_driver                 (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_block_device_get_read_only              (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_block_device_get_encrypted              (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_block_device_get_encryption_key_missing (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_block_device_get_backing_file           (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
unsigned    qemu_block_device_get_backing_file_depth     (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_block_device_get_detect_zeroes          (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
guint64     qemu_block_device_get_write_threshold        (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_block_device_get_cache_writeback        (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_block_device_get_cache_direct           (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_block_device_get_cache_no_flush         (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
guint64     qemu_block_device_get_bps                    (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
guint64     qemu_block_device_get_bps_read               (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
guint64     qemu_block_device_get_bps_write              (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
guint64     qemu_block_device_get_iops                   (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
guint64     qemu_block_device_get_iops_read              (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
guint64     qemu_block_device_get_iops_write             (QemuBlockDevice *self);
QEMU_AVAILABLE_IN_1_0
QemuImage  *qemu_block_device_get_image                  (QemuBlockDevice *self);

G_END_DECLS
