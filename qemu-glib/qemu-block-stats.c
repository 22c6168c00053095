/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-block-stats.h"

#include "qemu-record-private.h"

/**
 * QemuBlockStats:
 *
 * What a disk, or a node behind one, has done so far (`query-blockstats`); see [method@Domain.list_block_stats].
 *
 * All counters begin with QEMU and only grow. Which of them count at all depends on the device; what QEMU does not
 * tell is not set ([method@Record.is_set]).
 *
 * Since: 1.0
 */
struct _QemuBlockStats
{
  QemuRecord parent_instance;
};

/**
 * QemuBlockStats:device: (getter get_device)
 *
 * The name of the disk; empty for one that was made with `-blockdev`.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:qdev: (getter get_qdev)
 *
 * The id or path of the device that the guest sees.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:node-name: (getter get_node_name)
 *
 * The name of the block node.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:read-bytes: (getter get_read_bytes)
 *
 * How much was read, in bytes.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:write-bytes: (getter get_write_bytes)
 *
 * How much was written, in bytes.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:unmap-bytes: (getter get_unmap_bytes)
 *
 * How much was discarded, in bytes.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:zone-append-bytes: (getter get_zone_append_bytes)
 *
 * How much was appended to zones, in bytes (QEMU 8.1 and later).
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:read-operations: (getter get_read_operations)
 *
 * How many reads there were.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:write-operations: (getter get_write_operations)
 *
 * How many writes there were.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:flush-operations: (getter get_flush_operations)
 *
 * How many flushes there were.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:unmap-operations: (getter get_unmap_operations)
 *
 * How many discards there were.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:zone-append-operations: (getter get_zone_append_operations)
 *
 * How many zone appends there were (QEMU 8.1 and later).
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:read-total-time-ns: (getter get_read_total_time_ns)
 *
 * How long the reads took in all, in nanoseconds.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:write-total-time-ns: (getter get_write_total_time_ns)
 *
 * How long the writes took in all, in nanoseconds.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:flush-total-time-ns: (getter get_flush_total_time_ns)
 *
 * How long the flushes took in all, in nanoseconds.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:unmap-total-time-ns: (getter get_unmap_total_time_ns)
 *
 * How long the discards took in all, in nanoseconds.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:zone-append-total-time-ns: (getter get_zone_append_total_time_ns)
 *
 * How long the zone appends took in all, in nanoseconds (QEMU 8.1 and later).
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:read-merged: (getter get_read_merged)
 *
 * How many reads were merged into others.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:write-merged: (getter get_write_merged)
 *
 * How many writes were merged into others.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:unmap-merged: (getter get_unmap_merged)
 *
 * How many discards were merged into others.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:zone-append-merged: (getter get_zone_append_merged)
 *
 * How many zone appends were merged into others (QEMU 8.1 and later).
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:write-highest-offset: (getter get_write_highest_offset)
 *
 * The end of the highest byte that was written: how large a growing image has to be.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:idle-time-ns: (getter get_idle_time_ns)
 *
 * How long ago the last request ended, in nanoseconds; not set before the first one.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:account-failed: (getter get_account_failed)
 *
 * Whether failed requests count in the times and in the idle time.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:account-invalid: (getter get_account_invalid)
 *
 * Whether invalid requests count in the idle time.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:failed-read-operations: (getter get_failed_read_operations)
 *
 * How many reads failed.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:failed-write-operations: (getter get_failed_write_operations)
 *
 * How many writes failed.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:failed-flush-operations: (getter get_failed_flush_operations)
 *
 * How many flushes failed.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:failed-unmap-operations: (getter get_failed_unmap_operations)
 *
 * How many discards failed.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:failed-zone-append-operations: (getter get_failed_zone_append_operations)
 *
 * How many zone appends failed (QEMU 8.1 and later).
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:invalid-read-operations: (getter get_invalid_read_operations)
 *
 * How many reads were invalid.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:invalid-write-operations: (getter get_invalid_write_operations)
 *
 * How many writes were invalid.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:invalid-flush-operations: (getter get_invalid_flush_operations)
 *
 * How many flushes were invalid.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:invalid-unmap-operations: (getter get_invalid_unmap_operations)
 *
 * How many discards were invalid.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:invalid-zone-append-operations: (getter get_invalid_zone_append_operations)
 *
 * How many zone appends were invalid (QEMU 8.1 and later).
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:parent: (getter get_parent)
 *
 * The statistics of the node below, nearly always the file that the image is in; %NULL where there is none.
 *
 * Since: 1.0
 */

/**
 * QemuBlockStats:backing: (getter get_backing)
 *
 * The statistics of the backing file; %NULL where there is none.
 *
 * Since: 1.0
 */

typedef enum
{
  FIELD_DEVICE,
  FIELD_QDEV,
  FIELD_NODE_NAME,
  FIELD_READ_BYTES,
  FIELD_WRITE_BYTES,
  FIELD_UNMAP_BYTES,
  FIELD_ZONE_APPEND_BYTES,
  FIELD_READ_OPERATIONS,
  FIELD_WRITE_OPERATIONS,
  FIELD_FLUSH_OPERATIONS,
  FIELD_UNMAP_OPERATIONS,
  FIELD_ZONE_APPEND_OPERATIONS,
  FIELD_READ_TOTAL_TIME_NS,
  FIELD_WRITE_TOTAL_TIME_NS,
  FIELD_FLUSH_TOTAL_TIME_NS,
  FIELD_UNMAP_TOTAL_TIME_NS,
  FIELD_ZONE_APPEND_TOTAL_TIME_NS,
  FIELD_READ_MERGED,
  FIELD_WRITE_MERGED,
  FIELD_UNMAP_MERGED,
  FIELD_ZONE_APPEND_MERGED,
  FIELD_WRITE_HIGHEST_OFFSET,
  FIELD_IDLE_TIME_NS,
  FIELD_ACCOUNT_FAILED,
  FIELD_ACCOUNT_INVALID,
  FIELD_FAILED_READ_OPERATIONS,
  FIELD_FAILED_WRITE_OPERATIONS,
  FIELD_FAILED_FLUSH_OPERATIONS,
  FIELD_FAILED_UNMAP_OPERATIONS,
  FIELD_FAILED_ZONE_APPEND_OPERATIONS,
  FIELD_INVALID_READ_OPERATIONS,
  FIELD_INVALID_WRITE_OPERATIONS,
  FIELD_INVALID_FLUSH_OPERATIONS,
  FIELD_INVALID_UNMAP_OPERATIONS,
  FIELD_INVALID_ZONE_APPEND_OPERATIONS,
  FIELD_PARENT,
  FIELD_BACKING
} QemuBlockStatsField;

static const QemuField fields[] = {
  [FIELD_DEVICE] = { "device", "device", QEMU_FIELD_STRING },
  [FIELD_QDEV] = { "qdev", "qdev", QEMU_FIELD_STRING },
  [FIELD_NODE_NAME] = { "node-name", "node-name", QEMU_FIELD_STRING },
  [FIELD_READ_BYTES] = { "read-bytes", "stats/rd_bytes", QEMU_FIELD_UINT64 },
  [FIELD_WRITE_BYTES] = { "write-bytes", "stats/wr_bytes", QEMU_FIELD_UINT64 },
  [FIELD_UNMAP_BYTES] = { "unmap-bytes", "stats/unmap_bytes", QEMU_FIELD_UINT64 },
  [FIELD_ZONE_APPEND_BYTES] = { "zone-append-bytes", "stats/zone_append_bytes", QEMU_FIELD_UINT64 },
  [FIELD_READ_OPERATIONS] = { "read-operations", "stats/rd_operations", QEMU_FIELD_UINT64 },
  [FIELD_WRITE_OPERATIONS] = { "write-operations", "stats/wr_operations", QEMU_FIELD_UINT64 },
  [FIELD_FLUSH_OPERATIONS] = { "flush-operations", "stats/flush_operations", QEMU_FIELD_UINT64 },
  [FIELD_UNMAP_OPERATIONS] = { "unmap-operations", "stats/unmap_operations", QEMU_FIELD_UINT64 },
  [FIELD_ZONE_APPEND_OPERATIONS] = { "zone-append-operations", "stats/zone_append_operations", QEMU_FIELD_UINT64 },
  [FIELD_READ_TOTAL_TIME_NS] = { "read-total-time-ns", "stats/rd_total_time_ns", QEMU_FIELD_UINT64 },
  [FIELD_WRITE_TOTAL_TIME_NS] = { "write-total-time-ns", "stats/wr_total_time_ns", QEMU_FIELD_UINT64 },
  [FIELD_FLUSH_TOTAL_TIME_NS] = { "flush-total-time-ns", "stats/flush_total_time_ns", QEMU_FIELD_UINT64 },
  [FIELD_UNMAP_TOTAL_TIME_NS] = { "unmap-total-time-ns", "stats/unmap_total_time_ns", QEMU_FIELD_UINT64 },
  [FIELD_ZONE_APPEND_TOTAL_TIME_NS]
    = { "zone-append-total-time-ns", "stats/zone_append_total_time_ns", QEMU_FIELD_UINT64 },
  [FIELD_READ_MERGED] = { "read-merged", "stats/rd_merged", QEMU_FIELD_UINT64 },
  [FIELD_WRITE_MERGED] = { "write-merged", "stats/wr_merged", QEMU_FIELD_UINT64 },
  [FIELD_UNMAP_MERGED] = { "unmap-merged", "stats/unmap_merged", QEMU_FIELD_UINT64 },
  [FIELD_ZONE_APPEND_MERGED] = { "zone-append-merged", "stats/zone_append_merged", QEMU_FIELD_UINT64 },
  [FIELD_WRITE_HIGHEST_OFFSET] = { "write-highest-offset", "stats/wr_highest_offset", QEMU_FIELD_UINT64 },
  [FIELD_IDLE_TIME_NS] = { "idle-time-ns", "stats/idle_time_ns", QEMU_FIELD_UINT64 },
  [FIELD_ACCOUNT_FAILED] = { "account-failed", "stats/account_failed", QEMU_FIELD_BOOLEAN },
  [FIELD_ACCOUNT_INVALID] = { "account-invalid", "stats/account_invalid", QEMU_FIELD_BOOLEAN },
  [FIELD_FAILED_READ_OPERATIONS] = { "failed-read-operations", "stats/failed_rd_operations", QEMU_FIELD_UINT64 },
  [FIELD_FAILED_WRITE_OPERATIONS] = { "failed-write-operations", "stats/failed_wr_operations", QEMU_FIELD_UINT64 },
  [FIELD_FAILED_FLUSH_OPERATIONS] = { "failed-flush-operations", "stats/failed_flush_operations", QEMU_FIELD_UINT64 },
  [FIELD_FAILED_UNMAP_OPERATIONS] = { "failed-unmap-operations", "stats/failed_unmap_operations", QEMU_FIELD_UINT64 },
  [FIELD_FAILED_ZONE_APPEND_OPERATIONS]
    = { "failed-zone-append-operations", "stats/failed_zone_append_operations", QEMU_FIELD_UINT64 },
  [FIELD_INVALID_READ_OPERATIONS] = { "invalid-read-operations", "stats/invalid_rd_operations", QEMU_FIELD_UINT64 },
  [FIELD_INVALID_WRITE_OPERATIONS] = { "invalid-write-operations", "stats/invalid_wr_operations", QEMU_FIELD_UINT64 },
  [FIELD_INVALID_FLUSH_OPERATIONS]
    = { "invalid-flush-operations", "stats/invalid_flush_operations", QEMU_FIELD_UINT64 },
  [FIELD_INVALID_UNMAP_OPERATIONS]
    = { "invalid-unmap-operations", "stats/invalid_unmap_operations", QEMU_FIELD_UINT64 },
  [FIELD_INVALID_ZONE_APPEND_OPERATIONS]
    = { "invalid-zone-append-operations", "stats/invalid_zone_append_operations", QEMU_FIELD_UINT64 },
  [FIELD_PARENT] = { "parent", "parent", QEMU_FIELD_RECORD, qemu_block_stats_get_type },
  [FIELD_BACKING] = { "backing", "backing", QEMU_FIELD_RECORD, qemu_block_stats_get_type },
};

G_DEFINE_FINAL_TYPE (QemuBlockStats, qemu_block_stats, QEMU_TYPE_RECORD)

static void
qemu_block_stats_class_init (QemuBlockStatsClass *klass)
{
  qemu_record_class_set_fields (QEMU_RECORD_CLASS (klass), fields, G_N_ELEMENTS (fields));
}

static void
qemu_block_stats_init (QemuBlockStats *self)
{
}

#define GETTER(return_type, name, FIELD, member) \
  QEMU_RECORD_GETTER (QemuBlockStats, block_stats, BLOCK_STATS, return_type, name, FIELD_##FIELD, member)

/**
 * qemu_block_stats_get_device: (get-property device)
 * @self: a block stats
 *
 * Gets the name of the disk; empty for one that was made with `-blockdev`.
 *
 * Returns: (transfer none) (nullable): the name
 *
 * Since: 1.0
 */
GETTER (const char *, device, DEVICE, string)

/**
 * qemu_block_stats_get_qdev: (get-property qdev)
 * @self: a block stats
 *
 * Gets the id or path of the device that the guest sees.
 *
 * Returns: (transfer none) (nullable): the id or path
 *
 * Since: 1.0
 */
GETTER (const char *, qdev, QDEV, string)

/**
 * qemu_block_stats_get_node_name: (get-property node-name)
 * @self: a block stats
 *
 * Gets the name of the block node.
 *
 * Returns: (transfer none) (nullable): the name
 *
 * Since: 1.0
 */
GETTER (const char *, node_name, NODE_NAME, string)

/**
 * qemu_block_stats_get_read_bytes: (get-property read-bytes)
 * @self: a block stats
 *
 * Gets how much was read, in bytes.
 *
 * Returns: the number of bytes
 *
 * Since: 1.0
 */
GETTER (guint64, read_bytes, READ_BYTES, uint64)

/**
 * qemu_block_stats_get_write_bytes: (get-property write-bytes)
 * @self: a block stats
 *
 * Gets how much was written, in bytes.
 *
 * Returns: the number of bytes
 *
 * Since: 1.0
 */
GETTER (guint64, write_bytes, WRITE_BYTES, uint64)

/**
 * qemu_block_stats_get_unmap_bytes: (get-property unmap-bytes)
 * @self: a block stats
 *
 * Gets how much was discarded, in bytes.
 *
 * Returns: the number of bytes
 *
 * Since: 1.0
 */
GETTER (guint64, unmap_bytes, UNMAP_BYTES, uint64)

/**
 * qemu_block_stats_get_zone_append_bytes: (get-property zone-append-bytes)
 * @self: a block stats
 *
 * Gets how much was appended to zones, in bytes (QEMU 8.1 and later).
 *
 * Returns: the number of bytes
 *
 * Since: 1.0
 */
GETTER (guint64, zone_append_bytes, ZONE_APPEND_BYTES, uint64)

/**
 * qemu_block_stats_get_read_operations: (get-property read-operations)
 * @self: a block stats
 *
 * Gets how many reads there were.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, read_operations, READ_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_write_operations: (get-property write-operations)
 * @self: a block stats
 *
 * Gets how many writes there were.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, write_operations, WRITE_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_flush_operations: (get-property flush-operations)
 * @self: a block stats
 *
 * Gets how many flushes there were.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, flush_operations, FLUSH_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_unmap_operations: (get-property unmap-operations)
 * @self: a block stats
 *
 * Gets how many discards there were.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, unmap_operations, UNMAP_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_zone_append_operations: (get-property zone-append-operations)
 * @self: a block stats
 *
 * Gets how many zone appends there were (QEMU 8.1 and later).
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, zone_append_operations, ZONE_APPEND_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_read_total_time_ns: (get-property read-total-time-ns)
 * @self: a block stats
 *
 * Gets how long the reads took in all, in nanoseconds.
 *
 * Returns: nanoseconds
 *
 * Since: 1.0
 */
GETTER (guint64, read_total_time_ns, READ_TOTAL_TIME_NS, uint64)

/**
 * qemu_block_stats_get_write_total_time_ns: (get-property write-total-time-ns)
 * @self: a block stats
 *
 * Gets how long the writes took in all, in nanoseconds.
 *
 * Returns: nanoseconds
 *
 * Since: 1.0
 */
GETTER (guint64, write_total_time_ns, WRITE_TOTAL_TIME_NS, uint64)

/**
 * qemu_block_stats_get_flush_total_time_ns: (get-property flush-total-time-ns)
 * @self: a block stats
 *
 * Gets how long the flushes took in all, in nanoseconds.
 *
 * Returns: nanoseconds
 *
 * Since: 1.0
 */
GETTER (guint64, flush_total_time_ns, FLUSH_TOTAL_TIME_NS, uint64)

/**
 * qemu_block_stats_get_unmap_total_time_ns: (get-property unmap-total-time-ns)
 * @self: a block stats
 *
 * Gets how long the discards took in all, in nanoseconds.
 *
 * Returns: nanoseconds
 *
 * Since: 1.0
 */
GETTER (guint64, unmap_total_time_ns, UNMAP_TOTAL_TIME_NS, uint64)

/**
 * qemu_block_stats_get_zone_append_total_time_ns: (get-property zone-append-total-time-ns)
 * @self: a block stats
 *
 * Gets how long the zone appends took in all, in nanoseconds (QEMU 8.1 and later).
 *
 * Returns: nanoseconds
 *
 * Since: 1.0
 */
GETTER (guint64, zone_append_total_time_ns, ZONE_APPEND_TOTAL_TIME_NS, uint64)

/**
 * qemu_block_stats_get_read_merged: (get-property read-merged)
 * @self: a block stats
 *
 * Gets how many reads were merged into others.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, read_merged, READ_MERGED, uint64)

/**
 * qemu_block_stats_get_write_merged: (get-property write-merged)
 * @self: a block stats
 *
 * Gets how many writes were merged into others.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, write_merged, WRITE_MERGED, uint64)

/**
 * qemu_block_stats_get_unmap_merged: (get-property unmap-merged)
 * @self: a block stats
 *
 * Gets how many discards were merged into others.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, unmap_merged, UNMAP_MERGED, uint64)

/**
 * qemu_block_stats_get_zone_append_merged: (get-property zone-append-merged)
 * @self: a block stats
 *
 * Gets how many zone appends were merged into others (QEMU 8.1 and later).
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, zone_append_merged, ZONE_APPEND_MERGED, uint64)

/**
 * qemu_block_stats_get_write_highest_offset: (get-property write-highest-offset)
 * @self: a block stats
 *
 * Gets the end of the highest byte that was written: how large a growing image has to be.
 *
 * Returns: the offset in bytes
 *
 * Since: 1.0
 */
GETTER (guint64, write_highest_offset, WRITE_HIGHEST_OFFSET, uint64)

/**
 * qemu_block_stats_get_idle_time_ns: (get-property idle-time-ns)
 * @self: a block stats
 *
 * Gets how long ago the last request ended, in nanoseconds; not set before the first one.
 *
 * Returns: nanoseconds
 *
 * Since: 1.0
 */
GETTER (guint64, idle_time_ns, IDLE_TIME_NS, uint64)

/**
 * qemu_block_stats_get_account_failed: (get-property account-failed)
 * @self: a block stats
 *
 * Tells whether failed requests count in the times and in the idle time.
 *
 * Returns: whether they count
 *
 * Since: 1.0
 */
GETTER (gboolean, account_failed, ACCOUNT_FAILED, boolean)

/**
 * qemu_block_stats_get_account_invalid: (get-property account-invalid)
 * @self: a block stats
 *
 * Tells whether invalid requests count in the idle time.
 *
 * Returns: whether they count
 *
 * Since: 1.0
 */
GETTER (gboolean, account_invalid, ACCOUNT_INVALID, boolean)

/**
 * qemu_block_stats_get_failed_read_operations: (get-property failed-read-operations)
 * @self: a block stats
 *
 * Gets how many reads failed.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, failed_read_operations, FAILED_READ_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_failed_write_operations: (get-property failed-write-operations)
 * @self: a block stats
 *
 * Gets how many writes failed.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, failed_write_operations, FAILED_WRITE_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_failed_flush_operations: (get-property failed-flush-operations)
 * @self: a block stats
 *
 * Gets how many flushes failed.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, failed_flush_operations, FAILED_FLUSH_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_failed_unmap_operations: (get-property failed-unmap-operations)
 * @self: a block stats
 *
 * Gets how many discards failed.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, failed_unmap_operations, FAILED_UNMAP_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_failed_zone_append_operations: (get-property failed-zone-append-operations)
 * @self: a block stats
 *
 * Gets how many zone appends failed (QEMU 8.1 and later).
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, failed_zone_append_operations, FAILED_ZONE_APPEND_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_invalid_read_operations: (get-property invalid-read-operations)
 * @self: a block stats
 *
 * Gets how many reads were invalid.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, invalid_read_operations, INVALID_READ_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_invalid_write_operations: (get-property invalid-write-operations)
 * @self: a block stats
 *
 * Gets how many writes were invalid.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, invalid_write_operations, INVALID_WRITE_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_invalid_flush_operations: (get-property invalid-flush-operations)
 * @self: a block stats
 *
 * Gets how many flushes were invalid.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, invalid_flush_operations, INVALID_FLUSH_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_invalid_unmap_operations: (get-property invalid-unmap-operations)
 * @self: a block stats
 *
 * Gets how many discards were invalid.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, invalid_unmap_operations, INVALID_UNMAP_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_invalid_zone_append_operations: (get-property invalid-zone-append-operations)
 * @self: a block stats
 *
 * Gets how many zone appends were invalid (QEMU 8.1 and later).
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (guint64, invalid_zone_append_operations, INVALID_ZONE_APPEND_OPERATIONS, uint64)

/**
 * qemu_block_stats_get_parent: (get-property parent)
 * @self: a block stats
 *
 * Gets the statistics of the node below, nearly always the file that the image is in; %NULL where there is none.
 *
 * Returns: (transfer none) (nullable): the statistics
 *
 * Since: 1.0
 */
GETTER (QemuBlockStats *, parent, PARENT, object)

/**
 * qemu_block_stats_get_backing: (get-property backing)
 * @self: a block stats
 *
 * Gets the statistics of the backing file; %NULL where there is none.
 *
 * Returns: (transfer none) (nullable): the statistics
 *
 * Since: 1.0
 */
GETTER (QemuBlockStats *, backing, BACKING, object)
