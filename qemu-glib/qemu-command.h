/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One QMP command: a name and arguments. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include <qemu-glib/qemu-glib-version.h>

G_BEGIN_DECLS

#define QEMU_TYPE_COMMAND (qemu_command_get_type ())

typedef struct _QemuCommand QemuCommand;

QEMU_AVAILABLE_IN_1_0
GType        qemu_command_get_type        (void);
QEMU_AVAILABLE_IN_1_0
QemuCommand *qemu_command_new             (const char   *name) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuCommand *qemu_command_new_from_json   (const char   *text,
                                           GError      **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuCommand *qemu_command_copy            (QemuCommand  *self) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuCommand *qemu_command_ref             (QemuCommand  *self);
QEMU_AVAILABLE_IN_1_0
void         qemu_command_unref           (QemuCommand  *self);
QEMU_AVAILABLE_IN_1_0
const char  *qemu_command_get_name        (QemuCommand  *self);
QEMU_AVAILABLE_IN_1_0
void         qemu_command_set_string      (QemuCommand  *self,
                                           const char   *member,
                                           const char   *value);
QEMU_AVAILABLE_IN_1_0
void         qemu_command_set_int64       (QemuCommand  *self,
                                           const char   *member,
                                           gint64        value);
QEMU_AVAILABLE_IN_1_0
void         qemu_command_set_uint64      (QemuCommand  *self,
                                           const char   *member,
                                           guint64       value);
QEMU_AVAILABLE_IN_1_0
void         qemu_command_set_double      (QemuCommand  *self,
                                           const char   *member,
                                           double        value);
QEMU_AVAILABLE_IN_1_0
void         qemu_command_set_boolean     (QemuCommand  *self,
                                           const char   *member,
                                           gboolean      value);
QEMU_AVAILABLE_IN_1_0
void         qemu_command_set_node        (QemuCommand  *self,
                                           const char   *member,
                                           JsonNode     *value);
QEMU_AVAILABLE_IN_1_0
void         qemu_command_set_arguments   (QemuCommand  *self,
                                           JsonObject   *arguments);
QEMU_AVAILABLE_IN_1_0
gboolean     qemu_command_get_out_of_band (QemuCommand *self);
QEMU_AVAILABLE_IN_1_0
void         qemu_command_set_out_of_band (QemuCommand *self,
                                           gboolean     out_of_band);
QEMU_AVAILABLE_IN_1_0
gboolean     qemu_command_attach_fd       (QemuCommand  *self,
                                           int           fd,
                                           GError      **error);
QEMU_AVAILABLE_IN_1_0
void         qemu_command_set_timeout     (QemuCommand  *self,
                                           unsigned      timeout_ms);
QEMU_AVAILABLE_IN_1_0
char        *qemu_command_to_json         (QemuCommand  *self,
                                           GError      **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuCommand, qemu_command_unref)

G_END_DECLS
