/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A monitor that goes through libvirt. */

#pragma once

#if !defined (QEMU_LIBVIRT_INSIDE) && !defined (QEMU_LIBVIRT_COMPILATION)
# error "Only <qemu-glib/libvirt/qemu-libvirt.h> can be included directly."
#endif

#include <qemu-glib/qemu-glib.h>

G_BEGIN_DECLS

#define QEMU_LIBVIRT_TYPE_MONITOR (qemu_libvirt_monitor_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuLibvirtMonitor, qemu_libvirt_monitor, QEMU_LIBVIRT, MONITOR, QemuMonitor)

QEMU_AVAILABLE_IN_1_0
QemuMonitor *qemu_libvirt_monitor_new                (const char          *connection_uri,
                                                      const char          *domain_name) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuMonitor *qemu_libvirt_monitor_new_for_uri        (const char          *uri,
                                                      GError             **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
const char  *qemu_libvirt_monitor_get_connection_uri (QemuLibvirtMonitor  *self);
QEMU_AVAILABLE_IN_1_0
const char  *qemu_libvirt_monitor_get_domain_name    (QemuLibvirtMonitor  *self);

G_END_DECLS
