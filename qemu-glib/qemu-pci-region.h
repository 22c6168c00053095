/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A range of addresses that a PCI device answers to. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <qemu-glib/qemu-record.h>

G_BEGIN_DECLS

#define QEMU_TYPE_PCI_REGION (qemu_pci_region_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuPciRegion, qemu_pci_region, QEMU, PCI_REGION, QemuRecord)

QEMU_AVAILABLE_IN_1_0
unsigned    qemu_pci_region_get_bar         (QemuPciRegion *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_pci_region_get_region_type (QemuPciRegion *self);
QEMU_AVAILABLE_IN_1_0
gint64      qemu_pci_region_get_address     (QemuPciRegion *self);
QEMU_AVAILABLE_IN_1_0
guint64     qemu_pci_region_get_size        (QemuPciRegion *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_pci_region_get_prefetch    (QemuPciRegion *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_pci_region_get_mem_type_64 (QemuPciRegion *self);

G_END_DECLS
