/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a QEMU is to be found, written in one line. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a URI says: somewhere to connect to, or a descriptor that is connected already (its number, not yet ours). */
typedef struct
{
  GSocketConnectable *connectable;
  int                 fd;
} QemuUri;

gboolean qemu_uri_parse (QemuUri     *self,
                         const char  *text,
                         GError     **error);
void     qemu_uri_clear (QemuUri     *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QemuUri, qemu_uri_clear)

G_END_DECLS
