/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk, or a drive for media. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <json-glib/json-glib.h>

#include <qemu-glib/qemu-block-job.h>
#include <qemu-glib/qemu-image.h>
#include <qemu-glib/qemu-record.h>

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

QEMU_AVAILABLE_IN_1_0
void qemu_block_device_commit_async (QemuBlockDevice     *self,
                                     const char          *base,
                                     const char          *top,
                                     JsonObject          *options,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
QemuBlockJob *qemu_block_device_commit_finish (QemuBlockDevice  *self,
                                               GAsyncResult     *result,
                                               GError          **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuBlockJob *qemu_block_device_commit (QemuBlockDevice  *self,
                                        const char       *base,
                                        const char       *top,
                                        JsonObject       *options,
                                        GCancellable     *cancellable,
                                        GError          **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_block_device_mirror_async (QemuBlockDevice     *self,
                                     const char          *target,
                                     const char          *format,
                                     JsonObject          *options,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
QemuBlockJob *qemu_block_device_mirror_finish (QemuBlockDevice  *self,
                                               GAsyncResult     *result,
                                               GError          **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuBlockJob *qemu_block_device_mirror (QemuBlockDevice  *self,
                                        const char       *target,
                                        const char       *format,
                                        JsonObject       *options,
                                        GCancellable     *cancellable,
                                        GError          **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_block_device_snapshot_async (QemuBlockDevice     *self,
                                       const char          *overlay,
                                       const char          *node_name,
                                       const char          *format,
                                       JsonObject          *options,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_device_snapshot_finish (QemuBlockDevice  *self,
                                            GAsyncResult     *result,
                                            GError          **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_device_snapshot (QemuBlockDevice  *self,
                                     const char       *overlay,
                                     const char       *node_name,
                                     const char       *format,
                                     JsonObject       *options,
                                     GCancellable     *cancellable,
                                     GError          **error);

QEMU_AVAILABLE_IN_1_0
void qemu_block_device_stream_async (QemuBlockDevice     *self,
                                     const char          *base,
                                     JsonObject          *options,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
QemuBlockJob *qemu_block_device_stream_finish (QemuBlockDevice  *self,
                                               GAsyncResult     *result,
                                               GError          **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuBlockJob *qemu_block_device_stream (QemuBlockDevice  *self,
                                        const char       *base,
                                        JsonObject       *options,
                                        GCancellable     *cancellable,
                                        GError          **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_block_device_backup_async (QemuBlockDevice     *self,
                                     const char          *target,
                                     const char          *format,
                                     JsonObject          *options,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
QemuBlockJob *qemu_block_device_backup_finish (QemuBlockDevice  *self,
                                               GAsyncResult     *result,
                                               GError          **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuBlockJob *qemu_block_device_backup (QemuBlockDevice  *self,
                                        const char       *target,
                                        const char       *format,
                                        JsonObject       *options,
                                        GCancellable     *cancellable,
                                        GError          **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_block_device_resize_async (QemuBlockDevice     *self,
                                     guint64              bytes,
                                     QemuResizeFlags      flags,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_device_resize_finish (QemuBlockDevice  *self,
                                          GAsyncResult     *result,
                                          GError          **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_device_resize (QemuBlockDevice  *self,
                                   guint64           bytes,
                                   QemuResizeFlags   flags,
                                   GCancellable     *cancellable,
                                   GError          **error);

QEMU_AVAILABLE_IN_1_0
void qemu_block_device_set_io_throttle_async (QemuBlockDevice     *self,
                                              JsonObject          *options,
                                              GCancellable        *cancellable,
                                              GAsyncReadyCallback  callback,
                                              gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_device_set_io_throttle_finish (QemuBlockDevice  *self,
                                                   GAsyncResult     *result,
                                                   GError          **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_device_set_io_throttle (QemuBlockDevice  *self,
                                            JsonObject       *options,
                                            GCancellable     *cancellable,
                                            GError          **error);

QEMU_AVAILABLE_IN_1_0
void qemu_block_device_eject_async (QemuBlockDevice     *self,
                                    gboolean             force,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_device_eject_finish (QemuBlockDevice  *self,
                                         GAsyncResult     *result,
                                         GError          **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_device_eject (QemuBlockDevice  *self,
                                  gboolean          force,
                                  GCancellable     *cancellable,
                                  GError          **error);

QEMU_AVAILABLE_IN_1_0
void qemu_block_device_change_medium_async (QemuBlockDevice     *self,
                                            const char          *filename,
                                            const char          *format,
                                            GCancellable        *cancellable,
                                            GAsyncReadyCallback  callback,
                                            gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_device_change_medium_finish (QemuBlockDevice  *self,
                                                 GAsyncResult     *result,
                                                 GError          **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_device_change_medium (QemuBlockDevice  *self,
                                          const char       *filename,
                                          const char       *format,
                                          GCancellable     *cancellable,
                                          GError          **error);

G_END_DECLS
