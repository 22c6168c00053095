/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which machines libvirt has. */

#pragma once

#if !defined (QEMU_LIBVIRT_INSIDE) && !defined (QEMU_LIBVIRT_COMPILATION)
# error "Only <qemu-glib/libvirt/qemu-libvirt.h> can be included directly."
#endif

#include <qemu-glib/qemu-glib.h>

G_BEGIN_DECLS

QEMU_AVAILABLE_IN_1_0
void   qemu_libvirt_list_domains_async  (const char           *connection_uri,
                                         GCancellable         *cancellable,
                                         GAsyncReadyCallback   callback,
                                         gpointer              user_data);
QEMU_AVAILABLE_IN_1_0
char **qemu_libvirt_list_domains_finish (GAsyncResult         *result,
                                         GError              **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
char **qemu_libvirt_list_domains        (const char           *connection_uri,
                                         GCancellable         *cancellable,
                                         GError              **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
