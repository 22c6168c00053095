/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-pci-region.h"

#include "qemu-record-private.h"

/**
 * QemuPciRegion:
 *
 * A range of addresses that a PCI device answers to (a base address register, or the ROM); see
 * [property@PciDevice:regions].
 *
 * Since: 1.0
 */
struct _QemuPciRegion
{
  QemuRecord parent_instance;
};

/**
 * QemuPciRegion:bar: (getter get_bar)
 *
 * The number of the base address register; 6 is the ROM.
 *
 * Since: 1.0
 */

/**
 * QemuPciRegion:region-type: (getter get_region_type)
 *
 * What kind of addresses: `memory` or `io`.
 *
 * Since: 1.0
 */

/**
 * QemuPciRegion:address: (getter get_address)
 *
 * Where it begins; -1 where it is not mapped.
 *
 * Since: 1.0
 */

/**
 * QemuPciRegion:size: (getter get_size)
 *
 * How long it is, in bytes.
 *
 * Since: 1.0
 */

/**
 * QemuPciRegion:prefetch: (getter get_prefetch)
 *
 * Whether reading has no side effects; told for memory only.
 *
 * Since: 1.0
 */

/**
 * QemuPciRegion:mem-type-64: (getter get_mem_type_64)
 *
 * Whether the register is 64 bits wide; told for memory only.
 *
 * Since: 1.0
 */

typedef enum
{
  FIELD_BAR,
  FIELD_REGION_TYPE,
  FIELD_ADDRESS,
  FIELD_SIZE,
  FIELD_PREFETCH,
  FIELD_MEM_TYPE_64
} QemuPciRegionField;

static const QemuField fields[] = {
  [FIELD_BAR] = { "bar", "bar", QEMU_FIELD_UINT },
  [FIELD_REGION_TYPE] = { "region-type", "type", QEMU_FIELD_STRING },
  [FIELD_ADDRESS] = { "address", "address", QEMU_FIELD_INT64 },
  [FIELD_SIZE] = { "size", "size", QEMU_FIELD_UINT64 },
  [FIELD_PREFETCH] = { "prefetch", "prefetch", QEMU_FIELD_BOOLEAN },
  [FIELD_MEM_TYPE_64] = { "mem-type-64", "mem_type_64", QEMU_FIELD_BOOLEAN },
};

G_DEFINE_FINAL_TYPE (QemuPciRegion, qemu_pci_region, QEMU_TYPE_RECORD)

static void
qemu_pci_region_class_init (QemuPciRegionClass *klass)
{
  qemu_record_class_set_fields (QEMU_RECORD_CLASS (klass), fields, G_N_ELEMENTS (fields));
}

static void
qemu_pci_region_init (QemuPciRegion *self)
{
}

#define GETTER(return_type, name, FIELD, member) \
  QEMU_RECORD_GETTER (QemuPciRegion, pci_region, PCI_REGION, return_type, name, FIELD_##FIELD, member)

/**
 * qemu_pci_region_get_bar: (get-property bar)
 * @self: a pci region
 *
 * Gets the number of the base address register; 6 is the ROM.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (unsigned, bar, BAR, uint)

/**
 * qemu_pci_region_get_region_type: (get-property region-type)
 * @self: a pci region
 *
 * Gets what kind of addresses: `memory` or `io`.
 *
 * Returns: (transfer none) (nullable): the kind
 *
 * Since: 1.0
 */
GETTER (const char *, region_type, REGION_TYPE, string)

/**
 * qemu_pci_region_get_address: (get-property address)
 * @self: a pci region
 *
 * Gets where it begins; -1 where it is not mapped.
 *
 * Returns: the address, or -1
 *
 * Since: 1.0
 */
GETTER (gint64, address, ADDRESS, int64)

/**
 * qemu_pci_region_get_size: (get-property size)
 * @self: a pci region
 *
 * Gets how long it is, in bytes.
 *
 * Returns: the size in bytes
 *
 * Since: 1.0
 */
GETTER (guint64, size, SIZE, uint64)

/**
 * qemu_pci_region_get_prefetch: (get-property prefetch)
 * @self: a pci region
 *
 * Tells whether reading has no side effects; told for memory only.
 *
 * Returns: whether it may be prefetched
 *
 * Since: 1.0
 */
GETTER (gboolean, prefetch, PREFETCH, boolean)

/**
 * qemu_pci_region_get_mem_type_64: (get-property mem-type-64)
 * @self: a pci region
 *
 * Tells whether the register is 64 bits wide; told for memory only.
 *
 * Returns: whether it is
 *
 * Since: 1.0
 */
GETTER (gboolean, mem_type_64, MEM_TYPE_64, boolean)
