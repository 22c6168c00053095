/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From an address to a connected stream. */

#pragma once

#include <gio/gio.h>

#include "qemu-uri-private.h"

G_BEGIN_DECLS

/* What some of the ways need. */
typedef struct
{
  GTlsDatabase       *tls_database;     /* NULL: the system's */
  GTlsCertificate    *tls_certificate;  /* ours, or NULL */
  const char * const *ssh_command;
} QemuConnectOptions;

/* For any kind but QEMU_URI_FD. */
void        qemu_connect_async  (const QemuUri            *where,
                                 const QemuConnectOptions *options,
                                 GCancellable             *cancellable,
                                 GAsyncReadyCallback       callback,
                                 gpointer                  user_data);
GIOStream  *qemu_connect_finish (GAsyncResult             *result,
                                 GError                  **error);

/* A stream may come from a process that says on its standard error why it has ended. The result is NULL where there is
 * nothing to be told, otherwise an error in the place of CONNECTION_CLOSED. */
void        qemu_connect_explain_async  (GIOStream            *stream,
                                         GCancellable         *cancellable,
                                         GAsyncReadyCallback   callback,
                                         gpointer              user_data);
GError     *qemu_connect_explain_finish (GAsyncResult         *result);
/* The stream is good: nobody will ask. */
void        qemu_connect_settle         (GIOStream            *stream);

G_END_DECLS
