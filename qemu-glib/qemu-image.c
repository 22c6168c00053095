/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-image.h"

#include "qemu-record-private.h"

/**
 * QemuImage:
 *
 * An image of a disk, as QEMU has opened it; see [property@BlockDevice:image].
 *
 * What does not apply to an image's format is not set ([method@Record.is_set]): a raw image has no clusters, and one
 * without a backing file no [property@Image:backing-image].
 *
 * Since: 1.0
 */
struct _QemuImage
{
  QemuRecord parent_instance;
};

/**
 * QemuImage:filename: (getter get_filename)
 *
 * The file, or another description of where the image is.
 *
 * Since: 1.0
 */

/**
 * QemuImage:format: (getter get_format)
 *
 * The format, such as `qcow2` or `raw`.
 *
 * Since: 1.0
 */

/**
 * QemuImage:virtual-size: (getter get_virtual_size)
 *
 * The size that the guest sees, in bytes.
 *
 * Since: 1.0
 */

/**
 * QemuImage:actual-size: (getter get_actual_size)
 *
 * How much room the image takes on the host, in bytes.
 *
 * Since: 1.0
 */

/**
 * QemuImage:cluster-size: (getter get_cluster_size)
 *
 * The size of the pieces that the image is made of, in bytes.
 *
 * Since: 1.0
 */

/**
 * QemuImage:dirty: (getter get_dirty)
 *
 * Whether the image was not closed properly the last time.
 *
 * Since: 1.0
 */

/**
 * QemuImage:encrypted: (getter get_encrypted)
 *
 * Whether the image is encrypted.
 *
 * Since: 1.0
 */

/**
 * QemuImage:compressed: (getter get_compressed)
 *
 * Whether the image is compressed.
 *
 * Since: 1.0
 */

/**
 * QemuImage:backing-filename: (getter get_backing_filename)
 *
 * The backing file, as it is written in the image.
 *
 * Since: 1.0
 */

/**
 * QemuImage:backing-filename-format: (getter get_backing_filename_format)
 *
 * The format of the backing file, as it is written in the image.
 *
 * Since: 1.0
 */

/**
 * QemuImage:full-backing-filename: (getter get_full_backing_filename)
 *
 * The backing file with its whole path.
 *
 * Since: 1.0
 */

/**
 * QemuImage:backing-image: (getter get_backing_image)
 *
 * The image below this one, and so on down the whole chain; %NULL where there is none.
 *
 * Since: 1.0
 */

/**
 * QemuImage:format-specific-type: (getter get_format_specific_type)
 *
 * The format whose particulars QEMU tells, nearly always the same as [property@Image:format].
 *
 * Since: 1.0
 */

/**
 * QemuImage:compat: (getter get_compat)
 *
 * The compatibility level of a qcow2 image, such as `1.1`.
 *
 * Since: 1.0
 */

/**
 * QemuImage:corrupt: (getter get_corrupt)
 *
 * Whether a qcow2 image is marked as corrupt.
 *
 * Since: 1.0
 */

/**
 * QemuImage:lazy-refcounts: (getter get_lazy_refcounts)
 *
 * Whether a qcow2 image puts off its reference counts.
 *
 * Since: 1.0
 */

/**
 * QemuImage:refcount-bits: (getter get_refcount_bits)
 *
 * How wide the reference counts of a qcow2 image are, in bits.
 *
 * Since: 1.0
 */

typedef enum
{
  FIELD_FILENAME,
  FIELD_FORMAT,
  FIELD_VIRTUAL_SIZE,
  FIELD_ACTUAL_SIZE,
  FIELD_CLUSTER_SIZE,
  FIELD_DIRTY,
  FIELD_ENCRYPTED,
  FIELD_COMPRESSED,
  FIELD_BACKING_FILENAME,
  FIELD_BACKING_FILENAME_FORMAT,
  FIELD_FULL_BACKING_FILENAME,
  FIELD_BACKING_IMAGE,
  FIELD_FORMAT_SPECIFIC_TYPE,
  FIELD_COMPAT,
  FIELD_CORRUPT,
  FIELD_LAZY_REFCOUNTS,
  FIELD_REFCOUNT_BITS
} QemuImageField;

static const QemuField fields[] = {
  [FIELD_FILENAME] = { "filename", "filename", QEMU_FIELD_STRING },
  [FIELD_FORMAT] = { "format", "format", QEMU_FIELD_STRING },
  [FIELD_VIRTUAL_SIZE] = { "virtual-size", "virtual-size", QEMU_FIELD_UINT64 },
  [FIELD_ACTUAL_SIZE] = { "actual-size", "actual-size", QEMU_FIELD_UINT64 },
  [FIELD_CLUSTER_SIZE] = { "cluster-size", "cluster-size", QEMU_FIELD_UINT64 },
  [FIELD_DIRTY] = { "dirty", "dirty-flag", QEMU_FIELD_BOOLEAN },
  [FIELD_ENCRYPTED] = { "encrypted", "encrypted", QEMU_FIELD_BOOLEAN },
  [FIELD_COMPRESSED] = { "compressed", "compressed", QEMU_FIELD_BOOLEAN },
  [FIELD_BACKING_FILENAME] = { "backing-filename", "backing-filename", QEMU_FIELD_STRING },
  [FIELD_BACKING_FILENAME_FORMAT] = { "backing-filename-format", "backing-filename-format", QEMU_FIELD_STRING },
  [FIELD_FULL_BACKING_FILENAME] = { "full-backing-filename", "full-backing-filename", QEMU_FIELD_STRING },
  [FIELD_BACKING_IMAGE] = { "backing-image", "backing-image", QEMU_FIELD_RECORD, qemu_image_get_type },
  [FIELD_FORMAT_SPECIFIC_TYPE] = { "format-specific-type", "format-specific/type", QEMU_FIELD_STRING },
  [FIELD_COMPAT] = { "compat", "format-specific/data/compat", QEMU_FIELD_STRING },
  [FIELD_CORRUPT] = { "corrupt", "format-specific/data/corrupt", QEMU_FIELD_BOOLEAN },
  [FIELD_LAZY_REFCOUNTS] = { "lazy-refcounts", "format-specific/data/lazy-refcounts", QEMU_FIELD_BOOLEAN },
  [FIELD_REFCOUNT_BITS] = { "refcount-bits", "format-specific/data/refcount-bits", QEMU_FIELD_UINT },
};

G_DEFINE_FINAL_TYPE (QemuImage, qemu_image, QEMU_TYPE_RECORD)

static void
qemu_image_class_init (QemuImageClass *klass)
{
  qemu_record_class_set_fields (QEMU_RECORD_CLASS (klass), fields, G_N_ELEMENTS (fields));
}

static void
qemu_image_init (QemuImage *self)
{
}

#define GETTER(return_type, name, FIELD, member) \
  QEMU_RECORD_GETTER (QemuImage, image, IMAGE, return_type, name, FIELD_##FIELD, member)

/**
 * qemu_image_get_filename: (get-property filename)
 * @self: an image
 *
 * Gets the file, or another description of where the image is.
 *
 * Returns: (transfer none) (nullable): the name
 *
 * Since: 1.0
 */
GETTER (const char *, filename, FILENAME, string)

/**
 * qemu_image_get_format: (get-property format)
 * @self: an image
 *
 * Gets the format, such as `qcow2` or `raw`.
 *
 * Returns: (transfer none) (nullable): the format
 *
 * Since: 1.0
 */
GETTER (const char *, format, FORMAT, string)

/**
 * qemu_image_get_virtual_size: (get-property virtual-size)
 * @self: an image
 *
 * Gets the size that the guest sees, in bytes.
 *
 * Returns: the size in bytes
 *
 * Since: 1.0
 */
GETTER (guint64, virtual_size, VIRTUAL_SIZE, uint64)

/**
 * qemu_image_get_actual_size: (get-property actual-size)
 * @self: an image
 *
 * Gets how much room the image takes on the host, in bytes.
 *
 * Returns: the size in bytes, or 0 where it is not set
 *
 * Since: 1.0
 */
GETTER (guint64, actual_size, ACTUAL_SIZE, uint64)

/**
 * qemu_image_get_cluster_size: (get-property cluster-size)
 * @self: an image
 *
 * Gets the size of the pieces that the image is made of, in bytes.
 *
 * Returns: the size in bytes, or 0 where it is not set
 *
 * Since: 1.0
 */
GETTER (guint64, cluster_size, CLUSTER_SIZE, uint64)

/**
 * qemu_image_get_dirty: (get-property dirty)
 * @self: an image
 *
 * Tells whether the image was not closed properly the last time.
 *
 * Returns: whether it was not
 *
 * Since: 1.0
 */
GETTER (gboolean, dirty, DIRTY, boolean)

/**
 * qemu_image_get_encrypted: (get-property encrypted)
 * @self: an image
 *
 * Tells whether the image is encrypted.
 *
 * Returns: whether it is
 *
 * Since: 1.0
 */
GETTER (gboolean, encrypted, ENCRYPTED, boolean)

/**
 * qemu_image_get_compressed: (get-property compressed)
 * @self: an image
 *
 * Tells whether the image is compressed.
 *
 * Returns: whether it is
 *
 * Since: 1.0
 */
GETTER (gboolean, compressed, COMPRESSED, boolean)

/**
 * qemu_image_get_backing_filename: (get-property backing-filename)
 * @self: an image
 *
 * Gets the backing file, as it is written in the image.
 *
 * Returns: (transfer none) (nullable): the name
 *
 * Since: 1.0
 */
GETTER (const char *, backing_filename, BACKING_FILENAME, string)

/**
 * qemu_image_get_backing_filename_format: (get-property backing-filename-format)
 * @self: an image
 *
 * Gets the format of the backing file, as it is written in the image.
 *
 * Returns: (transfer none) (nullable): the format
 *
 * Since: 1.0
 */
GETTER (const char *, backing_filename_format, BACKING_FILENAME_FORMAT, string)

/**
 * qemu_image_get_full_backing_filename: (get-property full-backing-filename)
 * @self: an image
 *
 * Gets the backing file with its whole path.
 *
 * Returns: (transfer none) (nullable): the name
 *
 * Since: 1.0
 */
GETTER (const char *, full_backing_filename, FULL_BACKING_FILENAME, string)

/**
 * qemu_image_get_backing_image: (get-property backing-image)
 * @self: an image
 *
 * Gets the image below this one, and so on down the whole chain; %NULL where there is none.
 *
 * Returns: (transfer none) (nullable): the image
 *
 * Since: 1.0
 */
GETTER (QemuImage *, backing_image, BACKING_IMAGE, object)

/**
 * qemu_image_get_format_specific_type: (get-property format-specific-type)
 * @self: an image
 *
 * Gets the format whose particulars QEMU tells, nearly always the same as [property@Image:format].
 *
 * Returns: (transfer none) (nullable): the format
 *
 * Since: 1.0
 */
GETTER (const char *, format_specific_type, FORMAT_SPECIFIC_TYPE, string)

/**
 * qemu_image_get_compat: (get-property compat)
 * @self: an image
 *
 * Gets the compatibility level of a qcow2 image, such as `1.1`.
 *
 * Returns: (transfer none) (nullable): the level
 *
 * Since: 1.0
 */
GETTER (const char *, compat, COMPAT, string)

/**
 * qemu_image_get_corrupt: (get-property corrupt)
 * @self: an image
 *
 * Tells whether a qcow2 image is marked as corrupt.
 *
 * Returns: whether it is
 *
 * Since: 1.0
 */
GETTER (gboolean, corrupt, CORRUPT, boolean)

/**
 * qemu_image_get_lazy_refcounts: (get-property lazy-refcounts)
 * @self: an image
 *
 * Tells whether a qcow2 image puts off its reference counts.
 *
 * Returns: whether it does
 *
 * Since: 1.0
 */
GETTER (gboolean, lazy_refcounts, LAZY_REFCOUNTS, boolean)

/**
 * qemu_image_get_refcount_bits: (get-property refcount-bits)
 * @self: an image
 *
 * Gets how wide the reference counts of a qcow2 image are, in bits.
 *
 * Returns: the number of bits
 *
 * Since: 1.0
 */
GETTER (unsigned, refcount_bits, REFCOUNT_BITS, uint)
