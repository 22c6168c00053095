/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One function of a PCI device. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <qemu-glib/qemu-record.h>

#include <qemu-glib/qemu-pci-region.h>

G_BEGIN_DECLS

#define QEMU_TYPE_PCI_DEVICE (qemu_pci_device_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuPciDevice, qemu_pci_device, QEMU, PCI_DEVICE, QemuRecord)

QEMU_AVAILABLE_IN_1_0
unsigned       qemu_pci_device_get_bus                 (QemuPciDevice *self);
QEMU_AVAILABLE_IN_1_0
unsigned       qemu_pci_device_get_slot                (QemuPciDevice *self);
QEMU_AVAILABLE_IN_1_0
unsigned       qemu_pci_device_get_function            (QemuPciDevice *self);
QEMU_AVAILABLE_IN_1_0
const char    *qemu_pci_device_get_qdev_id             (QemuPciDevice *self);
QEMU_AVAILABLE_IN_1_0
unsigned       qemu_pci_device_get_class_code          (QemuPciDevice *self);
QEMU_AVAILABLE_IN_1_0
const char    *qemu_pci_device_get_class_description   (QemuPciDevice *self);
QEMU_AVAILABLE_IN_1_0
unsigned       qemu_pci_device_get_vendor_id           (QemuPciDevice *self);
QEMU_AVAILABLE_IN_1_0
unsigned       qemu_pci_device_get_device_id           (QemuPciDevice *self);
QEMU_AVAILABLE_IN_1_0
unsigned       qemu_pci_device_get_subsystem_vendor_id (QemuPciDevice *self);
QEMU_AVAILABLE_IN_1_0
unsigned       qemu_pci_device_get_subsystem_id        (QemuPciDevice *self);
QEMU_AVAILABLE_IN_1_0
unsigned       qemu_pci_device_get_irq                 (QemuPciDevice *self);
QEMU_AVAILABLE_IN_1_0
unsigned       qemu_pci_device_get_irq_pin             (QemuPciDevice *self);
QEMU_AVAILABLE_IN_1_0
GListModel    *qemu_pci_device_get_regions             (QemuPciDevice *self);
QEMU_AVAILABLE_IN_1_0
QemuPciDevice *qemu_pci_device_get_bridge              (QemuPciDevice *self);

G_END_DECLS
