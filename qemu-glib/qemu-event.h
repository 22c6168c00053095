/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One QMP event. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include <qemu-glib/qemu-glib-version.h>

G_BEGIN_DECLS

#define QEMU_TYPE_EVENT (qemu_event_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuEvent, qemu_event, QEMU, EVENT, GObject)

QEMU_AVAILABLE_IN_1_0
const char *qemu_event_get_name       (QemuEvent  *self);
QEMU_AVAILABLE_IN_1_0
gint64      qemu_event_get_timestamp  (QemuEvent  *self);
QEMU_AVAILABLE_IN_1_0
JsonObject *qemu_event_get_data       (QemuEvent  *self);
QEMU_AVAILABLE_IN_1_0
GBytes     *qemu_event_get_data_bytes (QemuEvent  *self) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
char       *qemu_event_get_string     (QemuEvent  *self,
                                       const char *member) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_event_get_int64      (QemuEvent  *self,
                                       const char *member,
                                       gint64     *value);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_event_get_uint64     (QemuEvent  *self,
                                       const char *member,
                                       guint64    *value);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_event_get_boolean    (QemuEvent  *self,
                                       const char *member,
                                       gboolean   *value);

G_END_DECLS
