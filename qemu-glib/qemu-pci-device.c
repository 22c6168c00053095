/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-pci-device-private.h"

#include "qemu-record-private.h"

/**
 * QemuPciDevice:
 *
 * One function of a PCI device, as `query-pci` tells it; see [method@Domain.list_pci_devices].
 *
 * Since: 1.0
 */
struct _QemuPciDevice
{
  QemuRecord parent_instance;
};

/**
 * QemuPciDevice:bus: (getter get_bus)
 *
 * The number of the bus that it is on.
 *
 * Since: 1.0
 */

/**
 * QemuPciDevice:slot: (getter get_slot)
 *
 * The number of its slot on the bus.
 *
 * Since: 1.0
 */

/**
 * QemuPciDevice:function: (getter get_function)
 *
 * The number of the function within the slot.
 *
 * Since: 1.0
 */

/**
 * QemuPciDevice:qdev-id: (getter get_qdev_id)
 *
 * The id that the device was given; empty where it is built in or has none.
 *
 * Since: 1.0
 */

/**
 * QemuPciDevice:class-code: (getter get_class_code)
 *
 * The class of the device by the PCI standard.
 *
 * Since: 1.0
 */

/**
 * QemuPciDevice:class-description: (getter get_class_description)
 *
 * The class in words, where QEMU has any.
 *
 * Since: 1.0
 */

/**
 * QemuPciDevice:vendor-id: (getter get_vendor_id)
 *
 * The number of the vendor.
 *
 * Since: 1.0
 */

/**
 * QemuPciDevice:device-id: (getter get_device_id)
 *
 * The vendor's number for the device.
 *
 * Since: 1.0
 */

/**
 * QemuPciDevice:subsystem-vendor-id: (getter get_subsystem_vendor_id)
 *
 * The number of the vendor of the subsystem; bridges have none.
 *
 * Since: 1.0
 */

/**
 * QemuPciDevice:subsystem-id: (getter get_subsystem_id)
 *
 * The vendor's number for the subsystem; bridges have none.
 *
 * Since: 1.0
 */

/**
 * QemuPciDevice:irq: (getter get_irq)
 *
 * The interrupt line; not set where the device has no interrupt pin.
 *
 * Since: 1.0
 */

/**
 * QemuPciDevice:irq-pin: (getter get_irq_pin)
 *
 * The interrupt pin, 1 to 4; 0 for none.
 *
 * Since: 1.0
 */

/**
 * QemuPciDevice:regions: (getter get_regions)
 *
 * The ranges of addresses that it answers to, each a [class@PciRegion].
 *
 * Since: 1.0
 */

/**
 * QemuPciDevice:bridge: (getter get_bridge)
 *
 * The bridge that it is behind; %NULL on a root bus.
 *
 * Since: 1.0
 */

static const QemuField fields[] = {
  [QEMU_PCI_DEVICE_FIELD_BUS] = { "bus", "bus", QEMU_FIELD_UINT },
  [QEMU_PCI_DEVICE_FIELD_SLOT] = { "slot", "slot", QEMU_FIELD_UINT },
  [QEMU_PCI_DEVICE_FIELD_FUNCTION] = { "function", "function", QEMU_FIELD_UINT },
  [QEMU_PCI_DEVICE_FIELD_QDEV_ID] = { "qdev-id", "qdev_id", QEMU_FIELD_STRING },
  [QEMU_PCI_DEVICE_FIELD_CLASS_CODE] = { "class-code", "class_info/class", QEMU_FIELD_UINT },
  [QEMU_PCI_DEVICE_FIELD_CLASS_DESCRIPTION] = { "class-description", "class_info/desc", QEMU_FIELD_STRING },
  [QEMU_PCI_DEVICE_FIELD_VENDOR_ID] = { "vendor-id", "id/vendor", QEMU_FIELD_UINT },
  [QEMU_PCI_DEVICE_FIELD_DEVICE_ID] = { "device-id", "id/device", QEMU_FIELD_UINT },
  [QEMU_PCI_DEVICE_FIELD_SUBSYSTEM_VENDOR_ID] = { "subsystem-vendor-id", "id/subsystem-vendor", QEMU_FIELD_UINT },
  [QEMU_PCI_DEVICE_FIELD_SUBSYSTEM_ID] = { "subsystem-id", "id/subsystem", QEMU_FIELD_UINT },
  [QEMU_PCI_DEVICE_FIELD_IRQ] = { "irq", "irq", QEMU_FIELD_UINT },
  [QEMU_PCI_DEVICE_FIELD_IRQ_PIN] = { "irq-pin", "irq_pin", QEMU_FIELD_UINT },
  [QEMU_PCI_DEVICE_FIELD_REGIONS] = { "regions", "regions", QEMU_FIELD_LIST, qemu_pci_region_get_type },
  [QEMU_PCI_DEVICE_FIELD_BRIDGE] = { "bridge", NULL, QEMU_FIELD_RECORD, qemu_pci_device_get_type },
};

G_DEFINE_FINAL_TYPE (QemuPciDevice, qemu_pci_device, QEMU_TYPE_RECORD)

static void
qemu_pci_device_class_init (QemuPciDeviceClass *klass)
{
  qemu_record_class_set_fields (QEMU_RECORD_CLASS (klass), fields, G_N_ELEMENTS (fields));
}

static void
qemu_pci_device_init (QemuPciDevice *self)
{
}

#define GETTER(return_type, name, FIELD, member) \
  QEMU_RECORD_GETTER (QemuPciDevice, pci_device, PCI_DEVICE, return_type, name, QEMU_PCI_DEVICE_FIELD_##FIELD, member)

/**
 * qemu_pci_device_get_bus: (get-property bus)
 * @self: a pci device
 *
 * Gets the number of the bus that it is on.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (unsigned, bus, BUS, uint)

/**
 * qemu_pci_device_get_slot: (get-property slot)
 * @self: a pci device
 *
 * Gets the number of its slot on the bus.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (unsigned, slot, SLOT, uint)

/**
 * qemu_pci_device_get_function: (get-property function)
 * @self: a pci device
 *
 * Gets the number of the function within the slot.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (unsigned, function, FUNCTION, uint)

/**
 * qemu_pci_device_get_qdev_id: (get-property qdev-id)
 * @self: a pci device
 *
 * Gets the id that the device was given; empty where it is built in or has none.
 *
 * Returns: (transfer none) (nullable): the id
 *
 * Since: 1.0
 */
GETTER (const char *, qdev_id, QDEV_ID, string)

/**
 * qemu_pci_device_get_class_code: (get-property class-code)
 * @self: a pci device
 *
 * Gets the class of the device by the PCI standard.
 *
 * Returns: the code
 *
 * Since: 1.0
 */
GETTER (unsigned, class_code, CLASS_CODE, uint)

/**
 * qemu_pci_device_get_class_description: (get-property class-description)
 * @self: a pci device
 *
 * Gets the class in words, where QEMU has any.
 *
 * Returns: (transfer none) (nullable): the words
 *
 * Since: 1.0
 */
GETTER (const char *, class_description, CLASS_DESCRIPTION, string)

/**
 * qemu_pci_device_get_vendor_id: (get-property vendor-id)
 * @self: a pci device
 *
 * Gets the number of the vendor.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (unsigned, vendor_id, VENDOR_ID, uint)

/**
 * qemu_pci_device_get_device_id: (get-property device-id)
 * @self: a pci device
 *
 * Gets the vendor's number for the device.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (unsigned, device_id, DEVICE_ID, uint)

/**
 * qemu_pci_device_get_subsystem_vendor_id: (get-property subsystem-vendor-id)
 * @self: a pci device
 *
 * Gets the number of the vendor of the subsystem; bridges have none.
 *
 * Returns: the number, or 0 where it is not set
 *
 * Since: 1.0
 */
GETTER (unsigned, subsystem_vendor_id, SUBSYSTEM_VENDOR_ID, uint)

/**
 * qemu_pci_device_get_subsystem_id: (get-property subsystem-id)
 * @self: a pci device
 *
 * Gets the vendor's number for the subsystem; bridges have none.
 *
 * Returns: the number, or 0 where it is not set
 *
 * Since: 1.0
 */
GETTER (unsigned, subsystem_id, SUBSYSTEM_ID, uint)

/**
 * qemu_pci_device_get_irq: (get-property irq)
 * @self: a pci device
 *
 * Gets the interrupt line; not set where the device has no interrupt pin.
 *
 * Returns: the number of the line, or 0 where it is not set
 *
 * Since: 1.0
 */
GETTER (unsigned, irq, IRQ, uint)

/**
 * qemu_pci_device_get_irq_pin: (get-property irq-pin)
 * @self: a pci device
 *
 * Gets the interrupt pin, 1 to 4; 0 for none.
 *
 * Returns: the number of the pin
 *
 * Since: 1.0
 */
GETTER (unsigned, irq_pin, IRQ_PIN, uint)

/**
 * qemu_pci_device_get_regions: (get-property regions)
 * @self: a pci device
 *
 * Gets the ranges of addresses that it answers to, each a [class@PciRegion].
 *
 * Returns: (transfer none): a model of [class@PciRegion]
 *
 * Since: 1.0
 */
GETTER (GListModel *, regions, REGIONS, object)

/**
 * qemu_pci_device_get_bridge: (get-property bridge)
 * @self: a pci device
 *
 * Gets the bridge that it is behind; %NULL on a root bus.
 *
 * Returns: (transfer none) (nullable): the bridge
 *
 * Since: 1.0
 */
GETTER (QemuPciDevice *, bridge, BRIDGE, object)
