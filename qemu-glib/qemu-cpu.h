/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One of a machine's processors. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <qemu-glib/qemu-record.h>

G_BEGIN_DECLS

#define QEMU_TYPE_CPU (qemu_cpu_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuCpu, qemu_cpu, QEMU, CPU, QemuRecord)

QEMU_AVAILABLE_IN_1_0
unsigned    qemu_cpu_get_index     (QemuCpu *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_cpu_get_current   (QemuCpu *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_cpu_get_halted    (QemuCpu *self);
QEMU_AVAILABLE_IN_1_0
guint64     qemu_cpu_get_pc        (QemuCpu *self);
QEMU_AVAILABLE_IN_1_0
gint64      qemu_cpu_get_thread_id (QemuCpu *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_cpu_get_qom_path  (QemuCpu *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_cpu_get_target    (QemuCpu *self);
QEMU_AVAILABLE_IN_1_0
gint64      qemu_cpu_get_socket_id (QemuCpu *self);
QEMU_AVAILABLE_IN_1_0
gint64      qemu_cpu_get_core_id   (QemuCpu *self);
QEMU_AVAILABLE_IN_1_0
gint64      qemu_cpu_get_smt_id    (QemuCpu *self);

G_END_DECLS
