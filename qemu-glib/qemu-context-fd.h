/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A main context as one file descriptor, for event loops that are not GLib's. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <glib-object.h>

#include <qemu-glib/qemu-glib-version.h>

G_BEGIN_DECLS

#define QEMU_TYPE_CONTEXT_FD (qemu_context_fd_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuContextFd, qemu_context_fd, QEMU, CONTEXT_FD, GObject)

QEMU_AVAILABLE_IN_1_0
QemuContextFd *qemu_context_fd_new         (GMainContext   *context,
                                            GError        **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
int            qemu_context_fd_get_fd      (QemuContextFd  *self);
QEMU_AVAILABLE_IN_1_0
GMainContext  *qemu_context_fd_get_context (QemuContextFd  *self);
QEMU_AVAILABLE_IN_1_0
gboolean       qemu_context_fd_iterate     (QemuContextFd  *self);
QEMU_AVAILABLE_IN_1_0
void           qemu_context_fd_close       (QemuContextFd  *self);

G_END_DECLS
