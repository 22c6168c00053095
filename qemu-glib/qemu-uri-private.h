/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a QEMU is to be found, written in one line. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  QEMU_URI_NONE,
  QEMU_URI_SOCKET,                      /* connectable */
  QEMU_URI_TLS,                         /* connectable */
  QEMU_URI_VSOCK,                       /* cid, port */
  QEMU_URI_SSH,                         /* host, port (0: ssh's own), path there */
  QEMU_URI_FD                           /* fd, which is connected already and not ours yet */
} QemuUriKind;

typedef struct
{
  QemuUriKind         kind;
  GSocketConnectable *connectable;
  char               *host;             /* perhaps with a user before it */
  char               *path;
  guint32             cid;
  guint32             port;
  int                 fd;
} QemuUri;

gboolean qemu_uri_parse (QemuUri     *self,
                         const char  *text,
                         GError     **error);
void     qemu_uri_clear (QemuUri     *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QemuUri, qemu_uri_clear)

G_END_DECLS
