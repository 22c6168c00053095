/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that were passed to QEMU, under a name that it can open. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <gio/gio.h>

#include <qemu-glib/qemu-glib-version.h>

G_BEGIN_DECLS

#define QEMU_TYPE_FD_SET (qemu_fd_set_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuFdSet, qemu_fd_set, QEMU, FD_SET, GObject)

QEMU_AVAILABLE_IN_1_0
gint64      qemu_fd_set_get_id        (QemuFdSet            *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_fd_set_get_filename  (QemuFdSet            *self);

QEMU_AVAILABLE_IN_1_0
void        qemu_fd_set_add_fd_async  (QemuFdSet            *self,
                                       int                   fd,
                                       const char           *opaque,
                                       GCancellable         *cancellable,
                                       GAsyncReadyCallback   callback,
                                       gpointer              user_data);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_fd_set_add_fd_finish (QemuFdSet            *self,
                                       GAsyncResult         *result,
                                       GError              **error);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_fd_set_add_fd        (QemuFdSet            *self,
                                       int                   fd,
                                       const char           *opaque,
                                       GCancellable         *cancellable,
                                       GError              **error);

QEMU_AVAILABLE_IN_1_0
void        qemu_fd_set_close_async   (QemuFdSet            *self,
                                       GCancellable         *cancellable,
                                       GAsyncReadyCallback   callback,
                                       gpointer              user_data);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_fd_set_close_finish  (QemuFdSet            *self,
                                       GAsyncResult         *result,
                                       GError              **error);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_fd_set_close         (QemuFdSet            *self,
                                       GCancellable         *cancellable,
                                       GError              **error);

G_END_DECLS
