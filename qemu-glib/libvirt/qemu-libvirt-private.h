/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the libvirt part share. */

#pragma once

#include <gio/gio.h>
#include <libvirt/libvirt.h>

G_BEGIN_DECLS

/* Registers an event loop with libvirt, if there is none. */
void          qemu_libvirt_provide_events (void);
/* Connects to libvirt; waits. NULL: the system's own choice. */
virConnectPtr qemu_libvirt_connect   (const char   *connection_uri,
                                      GError      **error);
/* What has just gone wrong in this thread, as far as libvirt knows. */
GError       *qemu_libvirt_error_new (void);

G_END_DECLS
