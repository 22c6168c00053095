/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a monitor is asked to do, and where it leaves its answer. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <gio/gio.h>

#include <qemu-glib/qemu-command.h>

G_BEGIN_DECLS

#define QEMU_TYPE_MONITOR_REQUEST (qemu_monitor_request_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuMonitorRequest, qemu_monitor_request, QEMU, MONITOR_REQUEST, GObject)

QEMU_AVAILABLE_IN_1_0
QemuCommand  *qemu_monitor_request_get_command     (QemuMonitorRequest *self);
QEMU_AVAILABLE_IN_1_0
GCancellable *qemu_monitor_request_get_cancellable (QemuMonitorRequest *self);
QEMU_AVAILABLE_IN_1_0
void          qemu_monitor_request_return_bytes    (QemuMonitorRequest *self,
                                                    GBytes             *bytes);
QEMU_AVAILABLE_IN_1_0
void          qemu_monitor_request_return_error    (QemuMonitorRequest *self,
                                                    const GError       *error);

G_END_DECLS
