/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What QEMU tells of a thing: the base of all typed replies. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <glib-object.h>

#include <qemu-glib/qemu-glib-version.h>

G_BEGIN_DECLS

#define QEMU_TYPE_RECORD (qemu_record_get_type ())

typedef struct _QemuRecord      QemuRecord;
typedef struct _QemuRecordClass QemuRecordClass;

QEMU_AVAILABLE_IN_1_0
GType    qemu_record_get_type (void);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_record_is_set   (QemuRecord *self,
                               const char *property_name);
QEMU_AVAILABLE_IN_1_0
char    *qemu_record_to_json  (QemuRecord *self) G_GNUC_WARN_UNUSED_RESULT;

#define QEMU_RECORD(obj)    (G_TYPE_CHECK_INSTANCE_CAST ((obj), QEMU_TYPE_RECORD, QemuRecord))
#define QEMU_IS_RECORD(obj) (G_TYPE_CHECK_INSTANCE_TYPE ((obj), QEMU_TYPE_RECORD))

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuRecord, g_object_unref)

G_END_DECLS
