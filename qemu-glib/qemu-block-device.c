/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-block-device-private.h"

#include "qemu-domain-private.h"
#include "qemu-record-private.h"

/**
 * QemuBlockDevice:
 *
 * A disk, or a drive for media, as `query-block` tells it; see [method@Domain.list_block_devices].
 *
 * It has up to three names. [property@BlockDevice:device] was given with `-drive`, and is empty for a disk that was
 * made with `-blockdev`. [property@BlockDevice:qdev] is the device that the guest sees, and stays.
 * [property@BlockDevice:node-name] is the block node that is on top just now: it changes with every snapshot, commit
 * and mirror.
 *
 * What depends on a medium is not set while there is none ([property@BlockDevice:inserted]).
 *
 * A device is the same object for as long as it exists, whoever asks for it. Its properties are as they were when QEMU
 * was last asked; [property@Domain:block-devices] says when that is. So they may be those of before when an operation
 * on the disk has just returned: [method@Domain.list_block_devices] brings them up to date. Before an operation on a disk
 * QEMU is asked which node is on top just now.
 *
 * Since: 1.0
 */
struct _QemuBlockDevice
{
  QemuRecord  parent_instance;

  char       *key;
  GWeakRef   *domain;                   /* shared, see struct _QemuDomain */
};

/**
 * QemuBlockDevice:device: (getter get_device)
 *
 * The name of the drive; empty where it was made with `-blockdev`.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:qdev: (getter get_qdev)
 *
 * The id or path of the device that the guest sees; not set as long as there is none.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:device-type: (getter get_device_type)
 *
 * QEMU's word for the type, which has been `unknown` for many years.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:removable: (getter get_removable)
 *
 * Whether the medium can be changed.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:locked: (getter get_locked)
 *
 * Whether the guest has locked the medium.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:tray-open: (getter get_tray_open)
 *
 * Whether the tray is open; not set for a device that has none.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:io-status: (getter get_io_status)
 *
 * What has become of the last requests: `ok`, `failed`, or `nospace`.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:inserted: (getter get_inserted)
 *
 * Whether there is a medium.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:node-name: (getter get_node_name)
 *
 * The name of the node on top.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:file: (getter get_file)
 *
 * The file, or another description of where the data is.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:driver: (getter get_driver)
 *
 * The driver of the node on top, such as `qcow2`.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:read-only: (getter get_read_only)
 *
 * Whether it cannot be written.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:encrypted: (getter get_encrypted)
 *
 * Whether it is encrypted.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:encryption-key-missing: (getter get_encryption_key_missing)
 *
 * Whether its key is still missing; told by an old QEMU only.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:backing-file: (getter get_backing_file)
 *
 * The backing file; not set where there is none.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:backing-file-depth: (getter get_backing_file_depth)
 *
 * How many images are below the one on top.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:detect-zeroes: (getter get_detect_zeroes)
 *
 * What happens to zeroes that are written: `off`, `on`, or `unmap`.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:write-threshold: (getter get_write_threshold)
 *
 * The offset at which an event is sent when it is written to, in bytes; 0 for none.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:cache-writeback: (getter get_cache_writeback)
 *
 * Whether writes end before the data is on the disk.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:cache-direct: (getter get_cache_direct)
 *
 * Whether the host's page cache is left out.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:cache-no-flush: (getter get_cache_no_flush)
 *
 * Whether the guest's flushes are ignored.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:bps: (getter get_bps)
 *
 * The limit of the throughput, in bytes per second; 0 is no limit.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:bps-read: (getter get_bps_read)
 *
 * The limit of the throughput of reads, in bytes per second; 0 is no limit.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:bps-write: (getter get_bps_write)
 *
 * The limit of the throughput of writes, in bytes per second; 0 is no limit.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:iops: (getter get_iops)
 *
 * The limit of the number of requests per second; 0 is no limit.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:iops-read: (getter get_iops_read)
 *
 * The limit of the number of reads per second; 0 is no limit.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:iops-write: (getter get_iops_write)
 *
 * The limit of the number of writes per second; 0 is no limit.
 *
 * Since: 1.0
 */

/**
 * QemuBlockDevice:image: (getter get_image)
 *
 * The image, with those below it; %NULL without a medium.
 *
 * Since: 1.0
 */

typedef enum
{
  FIELD_DEVICE,
  FIELD_QDEV,
  FIELD_DEVICE_TYPE,
  FIELD_REMOVABLE,
  FIELD_LOCKED,
  FIELD_TRAY_OPEN,
  FIELD_IO_STATUS,
  FIELD_INSERTED,
  FIELD_NODE_NAME,
  FIELD_FILE,
  FIELD_DRIVER,
  FIELD_READ_ONLY,
  FIELD_ENCRYPTED,
  FIELD_ENCRYPTION_KEY_MISSING,
  FIELD_BACKING_FILE,
  FIELD_BACKING_FILE_DEPTH,
  FIELD_DETECT_ZEROES,
  FIELD_WRITE_THRESHOLD,
  FIELD_CACHE_WRITEBACK,
  FIELD_CACHE_DIRECT,
  FIELD_CACHE_NO_FLUSH,
  FIELD_BPS,
  FIELD_BPS_READ,
  FIELD_BPS_WRITE,
  FIELD_IOPS,
  FIELD_IOPS_READ,
  FIELD_IOPS_WRITE,
  FIELD_IMAGE
} QemuBlockDeviceField;

static const QemuField fields[] = {
  [FIELD_DEVICE] = { "device", "device", QEMU_FIELD_STRING },
  [FIELD_QDEV] = { "qdev", "qdev", QEMU_FIELD_STRING },
  [FIELD_DEVICE_TYPE] = { "device-type", "type", QEMU_FIELD_STRING },
  [FIELD_REMOVABLE] = { "removable", "removable", QEMU_FIELD_BOOLEAN },
  [FIELD_LOCKED] = { "locked", "locked", QEMU_FIELD_BOOLEAN },
  [FIELD_TRAY_OPEN] = { "tray-open", "tray_open", QEMU_FIELD_BOOLEAN },
  [FIELD_IO_STATUS] = { "io-status", "io-status", QEMU_FIELD_STRING },
  [FIELD_INSERTED] = { "inserted", "inserted", QEMU_FIELD_PRESENT },
  [FIELD_NODE_NAME] = { "node-name", "inserted/node-name", QEMU_FIELD_STRING },
  [FIELD_FILE] = { "file", "inserted/file", QEMU_FIELD_STRING },
  [FIELD_DRIVER] = { "driver", "inserted/drv", QEMU_FIELD_STRING },
  [FIELD_READ_ONLY] = { "read-only", "inserted/ro", QEMU_FIELD_BOOLEAN },
  [FIELD_ENCRYPTED] = { "encrypted", "inserted/encrypted", QEMU_FIELD_BOOLEAN },
  [FIELD_ENCRYPTION_KEY_MISSING] = { "encryption-key-missing", "inserted/encryption_key_missing", QEMU_FIELD_BOOLEAN },
  [FIELD_BACKING_FILE] = { "backing-file", "inserted/backing_file", QEMU_FIELD_STRING },
  [FIELD_BACKING_FILE_DEPTH] = { "backing-file-depth", "inserted/backing_file_depth", QEMU_FIELD_UINT },
  [FIELD_DETECT_ZEROES] = { "detect-zeroes", "inserted/detect_zeroes", QEMU_FIELD_STRING },
  [FIELD_WRITE_THRESHOLD] = { "write-threshold", "inserted/write_threshold", QEMU_FIELD_UINT64 },
  [FIELD_CACHE_WRITEBACK] = { "cache-writeback", "inserted/cache/writeback", QEMU_FIELD_BOOLEAN },
  [FIELD_CACHE_DIRECT] = { "cache-direct", "inserted/cache/direct", QEMU_FIELD_BOOLEAN },
  [FIELD_CACHE_NO_FLUSH] = { "cache-no-flush", "inserted/cache/no-flush", QEMU_FIELD_BOOLEAN },
  [FIELD_BPS] = { "bps", "inserted/bps", QEMU_FIELD_UINT64 },
  [FIELD_BPS_READ] = { "bps-read", "inserted/bps_rd", QEMU_FIELD_UINT64 },
  [FIELD_BPS_WRITE] = { "bps-write", "inserted/bps_wr", QEMU_FIELD_UINT64 },
  [FIELD_IOPS] = { "iops", "inserted/iops", QEMU_FIELD_UINT64 },
  [FIELD_IOPS_READ] = { "iops-read", "inserted/iops_rd", QEMU_FIELD_UINT64 },
  [FIELD_IOPS_WRITE] = { "iops-write", "inserted/iops_wr", QEMU_FIELD_UINT64 },
  [FIELD_IMAGE] = { "image", "inserted/image", QEMU_FIELD_RECORD, qemu_image_get_type },
};

G_DEFINE_FINAL_TYPE (QemuBlockDevice, qemu_block_device, QEMU_TYPE_RECORD)

static void
qemu_block_device_finalize (GObject *object)
{
  QemuBlockDevice *self = QEMU_BLOCK_DEVICE (object);

  g_free (self->key);
  g_clear_pointer (&self->domain, qemu_domain_link_unref);

  G_OBJECT_CLASS (qemu_block_device_parent_class)->finalize (object);
}

static void
qemu_block_device_class_init (QemuBlockDeviceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qemu_block_device_finalize;

  qemu_record_class_set_fields (QEMU_RECORD_CLASS (klass), fields, G_N_ELEMENTS (fields));
}

static void
qemu_block_device_init (QemuBlockDevice *self)
{
}

char *
qemu_block_device_make_key (const QemuJson *json,
                            guint32         object)
{
  static const char * const members[] = { "qdev", "device" };

  for (unsigned i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_autofree char *name = qemu_json_dup_string (json, qemu_json_get_member (json, object, members[i]));

      if (name != NULL && *name != '\0')
        return g_strconcat (members[i], " ", name, NULL);
    }

  return NULL;
}

QemuBlockDevice *
qemu_block_device_new (QemuDomain     *domain,
                       const char     *key,
                       const QemuJson *json,
                       guint32         object)
{
  QemuBlockDevice *self = qemu_record_new (QEMU_TYPE_BLOCK_DEVICE, json, object);

  self->key = g_strdup (key);
  self->domain = qemu_domain_link_ref (domain->link);

  return self;
}

const char *
qemu_block_device_get_key (QemuBlockDevice *self)
{
  return self->key;
}

QemuDomain *
qemu_block_device_dup_domain (QemuBlockDevice *self)
{
  return self->domain != NULL ? g_weak_ref_get (self->domain) : NULL;
}

#define GETTER(return_type, name, FIELD, member) \
  QEMU_RECORD_GETTER (QemuBlockDevice, block_device, BLOCK_DEVICE, return_type, name, FIELD_##FIELD, member)

/**
 * qemu_block_device_get_device: (get-property device)
 * @self: a block device
 *
 * Gets the name of the drive; empty where it was made with `-blockdev`.
 *
 * Returns: (transfer none) (nullable): the name
 *
 * Since: 1.0
 */
GETTER (const char *, device, DEVICE, string)

/**
 * qemu_block_device_get_qdev: (get-property qdev)
 * @self: a block device
 *
 * Gets the id or path of the device that the guest sees; not set as long as there is none.
 *
 * Returns: (transfer none) (nullable): the id or path
 *
 * Since: 1.0
 */
GETTER (const char *, qdev, QDEV, string)

/**
 * qemu_block_device_get_device_type: (get-property device-type)
 * @self: a block device
 *
 * Gets qEMU's word for the type, which has been `unknown` for many years.
 *
 * Returns: (transfer none) (nullable): the type
 *
 * Since: 1.0
 */
GETTER (const char *, device_type, DEVICE_TYPE, string)

/**
 * qemu_block_device_get_removable: (get-property removable)
 * @self: a block device
 *
 * Tells whether the medium can be changed.
 *
 * Returns: whether it can
 *
 * Since: 1.0
 */
GETTER (gboolean, removable, REMOVABLE, boolean)

/**
 * qemu_block_device_get_locked: (get-property locked)
 * @self: a block device
 *
 * Tells whether the guest has locked the medium.
 *
 * Returns: whether it has
 *
 * Since: 1.0
 */
GETTER (gboolean, locked, LOCKED, boolean)

/**
 * qemu_block_device_get_tray_open: (get-property tray-open)
 * @self: a block device
 *
 * Tells whether the tray is open; not set for a device that has none.
 *
 * Returns: whether it is
 *
 * Since: 1.0
 */
GETTER (gboolean, tray_open, TRAY_OPEN, boolean)

/**
 * qemu_block_device_get_io_status: (get-property io-status)
 * @self: a block device
 *
 * Gets what has become of the last requests: `ok`, `failed`, or `nospace`.
 *
 * Returns: (transfer none) (nullable): the word
 *
 * Since: 1.0
 */
GETTER (const char *, io_status, IO_STATUS, string)

/**
 * qemu_block_device_get_inserted: (get-property inserted)
 * @self: a block device
 *
 * Tells whether there is a medium.
 *
 * Returns: whether there is
 *
 * Since: 1.0
 */
GETTER (gboolean, inserted, INSERTED, boolean)

/**
 * qemu_block_device_get_node_name: (get-property node-name)
 * @self: a block device
 *
 * Gets the name of the node on top.
 *
 * Returns: (transfer none) (nullable): the name
 *
 * Since: 1.0
 */
GETTER (const char *, node_name, NODE_NAME, string)

/**
 * qemu_block_device_get_file: (get-property file)
 * @self: a block device
 *
 * Gets the file, or another description of where the data is.
 *
 * Returns: (transfer none) (nullable): the name
 *
 * Since: 1.0
 */
GETTER (const char *, file, FILE, string)

/**
 * qemu_block_device_get_driver: (get-property driver)
 * @self: a block device
 *
 * Gets the driver of the node on top, such as `qcow2`.
 *
 * Returns: (transfer none) (nullable): the name of the driver
 *
 * Since: 1.0
 */
GETTER (const char *, driver, DRIVER, string)

/**
 * qemu_block_device_get_read_only: (get-property read-only)
 * @self: a block device
 *
 * Tells whether it cannot be written.
 *
 * Returns: whether it cannot
 *
 * Since: 1.0
 */
GETTER (gboolean, read_only, READ_ONLY, boolean)

/**
 * qemu_block_device_get_encrypted: (get-property encrypted)
 * @self: a block device
 *
 * Tells whether it is encrypted.
 *
 * Returns: whether it is
 *
 * Since: 1.0
 */
GETTER (gboolean, encrypted, ENCRYPTED, boolean)

/**
 * qemu_block_device_get_encryption_key_missing: (get-property encryption-key-missing)
 * @self: a block device
 *
 * Tells whether its key is still missing; told by an old QEMU only.
 *
 * Returns: whether it is
 *
 * Since: 1.0
 */
GETTER (gboolean, encryption_key_missing, ENCRYPTION_KEY_MISSING, boolean)

/**
 * qemu_block_device_get_backing_file: (get-property backing-file)
 * @self: a block device
 *
 * Gets the backing file; not set where there is none.
 *
 * Returns: (transfer none) (nullable): the name
 *
 * Since: 1.0
 */
GETTER (const char *, backing_file, BACKING_FILE, string)

/**
 * qemu_block_device_get_backing_file_depth: (get-property backing-file-depth)
 * @self: a block device
 *
 * Gets how many images are below the one on top.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (unsigned, backing_file_depth, BACKING_FILE_DEPTH, uint)

/**
 * qemu_block_device_get_detect_zeroes: (get-property detect-zeroes)
 * @self: a block device
 *
 * Gets what happens to zeroes that are written: `off`, `on`, or `unmap`.
 *
 * Returns: (transfer none) (nullable): the word
 *
 * Since: 1.0
 */
GETTER (const char *, detect_zeroes, DETECT_ZEROES, string)

/**
 * qemu_block_device_get_write_threshold: (get-property write-threshold)
 * @self: a block device
 *
 * Gets the offset at which an event is sent when it is written to, in bytes; 0 for none.
 *
 * Returns: the offset in bytes
 *
 * Since: 1.0
 */
GETTER (guint64, write_threshold, WRITE_THRESHOLD, uint64)

/**
 * qemu_block_device_get_cache_writeback: (get-property cache-writeback)
 * @self: a block device
 *
 * Tells whether writes end before the data is on the disk.
 *
 * Returns: whether they do
 *
 * Since: 1.0
 */
GETTER (gboolean, cache_writeback, CACHE_WRITEBACK, boolean)

/**
 * qemu_block_device_get_cache_direct: (get-property cache-direct)
 * @self: a block device
 *
 * Tells whether the host's page cache is left out.
 *
 * Returns: whether it is
 *
 * Since: 1.0
 */
GETTER (gboolean, cache_direct, CACHE_DIRECT, boolean)

/**
 * qemu_block_device_get_cache_no_flush: (get-property cache-no-flush)
 * @self: a block device
 *
 * Tells whether the guest's flushes are ignored.
 *
 * Returns: whether they are
 *
 * Since: 1.0
 */
GETTER (gboolean, cache_no_flush, CACHE_NO_FLUSH, boolean)

/**
 * qemu_block_device_get_bps: (get-property bps)
 * @self: a block device
 *
 * Gets the limit of the throughput, in bytes per second; 0 is no limit.
 *
 * Returns: the limit, or 0
 *
 * Since: 1.0
 */
GETTER (guint64, bps, BPS, uint64)

/**
 * qemu_block_device_get_bps_read: (get-property bps-read)
 * @self: a block device
 *
 * Gets the limit of the throughput of reads, in bytes per second; 0 is no limit.
 *
 * Returns: the limit, or 0
 *
 * Since: 1.0
 */
GETTER (guint64, bps_read, BPS_READ, uint64)

/**
 * qemu_block_device_get_bps_write: (get-property bps-write)
 * @self: a block device
 *
 * Gets the limit of the throughput of writes, in bytes per second; 0 is no limit.
 *
 * Returns: the limit, or 0
 *
 * Since: 1.0
 */
GETTER (guint64, bps_write, BPS_WRITE, uint64)

/**
 * qemu_block_device_get_iops: (get-property iops)
 * @self: a block device
 *
 * Gets the limit of the number of requests per second; 0 is no limit.
 *
 * Returns: the limit, or 0
 *
 * Since: 1.0
 */
GETTER (guint64, iops, IOPS, uint64)

/**
 * qemu_block_device_get_iops_read: (get-property iops-read)
 * @self: a block device
 *
 * Gets the limit of the number of reads per second; 0 is no limit.
 *
 * Returns: the limit, or 0
 *
 * Since: 1.0
 */
GETTER (guint64, iops_read, IOPS_READ, uint64)

/**
 * qemu_block_device_get_iops_write: (get-property iops-write)
 * @self: a block device
 *
 * Gets the limit of the number of writes per second; 0 is no limit.
 *
 * Returns: the limit, or 0
 *
 * Since: 1.0
 */
GETTER (guint64, iops_write, IOPS_WRITE, uint64)

/**
 * qemu_block_device_get_image: (get-property image)
 * @self: a block device
 *
 * Gets the image, with those below it; %NULL without a medium.
 *
 * Returns: (transfer none) (nullable): the image
 *
 * Since: 1.0
 */
GETTER (QemuImage *, image, IMAGE, object)
