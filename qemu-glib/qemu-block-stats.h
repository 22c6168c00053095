/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a disk, or a node behind one, has done so far. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <qemu-glib/qemu-record.h>

G_BEGIN_DECLS

#define QEMU_TYPE_BLOCK_STATS (qemu_block_stats_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuBlockStats, qemu_block_stats, QEMU, BLOCK_STATS, QemuRecord)

QEMU_AVAILABLE_IN_1_0
const char     *qemu_block_stats_get_device                         (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
const char     *qemu_block_stats_get_qdev                           (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
const char     *qemu_block_stats_get_node_name                      (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_read_bytes                     (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_write_bytes                    (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_unmap_bytes                    (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_zone_append_bytes              (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_read_operations                (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_write_operations               (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_flush_operations               (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_unmap_operations               (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_zone_append_operations         (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_read_total_time_ns             (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_write_total_time_ns            (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_flush_total_time_ns            (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_unmap_total_time_ns            (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_zone_append_total_time_ns      (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_read_merged                    (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_write_merged                   (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_unmap_merged                   (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_zone_append_merged             (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_write_highest_offset           (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_idle_time_ns                   (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
gboolean        qemu_block_stats_get_account_failed                 (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
gboolean        qemu_block_stats_get_account_invalid                (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_failed_read_operations         (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_failed_write_operations        (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_failed_flush_operations        (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_failed_unmap_operations        (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_failed_zone_append_operations  (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_invalid_read_operations        (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_invalid_write_operations       (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_invalid_flush_operations       (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_invalid_unmap_operations       (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
guint64         qemu_block_stats_get_invalid_zone_append_operations (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
QemuBlockStats *qemu_block_stats_get_parent                         (QemuBlockStats *self);
QEMU_AVAILABLE_IN_1_0
QemuBlockStats *qemu_block_stats_get_backing                        (QemuBlockStats *self);

G_END_DECLS
