/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What QEMU tells of a thing: the base of all typed replies. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <gio/gio.h>

#include <qemu-glib/qemu-glib-version.h>

G_BEGIN_DECLS

#define QEMU_TYPE_RECORD (qemu_record_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (QemuRecord, qemu_record, QEMU, RECORD, GObject)

/**
 * QemuRecordClass:
 * @parent_class: the parent class
 *
 * The class of all records. The library alone derives from it.
 *
 * Since: 1.0
 */
struct _QemuRecordClass
{
  GObjectClass parent_class;

  /*< private >*/
  gconstpointer fields;
  unsigned      n_fields;
  gpointer      padding[4];
};

QEMU_AVAILABLE_IN_1_0
gboolean  qemu_record_is_set  (QemuRecord *self,
                               const char *property_name);
QEMU_AVAILABLE_IN_1_0
char     *qemu_record_to_json (QemuRecord *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
