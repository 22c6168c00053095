/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The version of a QEMU. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <qemu-glib/qemu-record.h>

G_BEGIN_DECLS

#define QEMU_TYPE_VERSION (qemu_version_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuVersion, qemu_version, QEMU, VERSION, QemuRecord)

QEMU_AVAILABLE_IN_1_0
unsigned    qemu_version_get_major   (QemuVersion *self);
QEMU_AVAILABLE_IN_1_0
unsigned    qemu_version_get_minor   (QemuVersion *self);
QEMU_AVAILABLE_IN_1_0
unsigned    qemu_version_get_micro   (QemuVersion *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_version_get_package (QemuVersion *self);
QEMU_AVAILABLE_IN_1_0
char       *qemu_version_to_string   (QemuVersion *self) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_version_at_least    (QemuVersion *self,
                                      unsigned     major,
                                      unsigned     minor,
                                      unsigned     micro);

G_END_DECLS
