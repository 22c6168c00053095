/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The synchronous twin of an asynchronous operation. */

#pragma once

#include "qemu-mux-private.h"

G_BEGIN_DECLS

/* A context of the thread's own becomes the thread-default, the operation is started in it, and it is iterated until
 * the operation has ended. The caller's context stays untouched. To be used like this:
 *
 *   g_auto(QemuSync) sync = { 0 };
 *
 *   if (!qemu_sync_begin (&sync, error))
 *     return FALSE;
 *   foo_async (self, cancellable, qemu_sync_cb, &sync);
 *
 *   return foo_finish (self, qemu_sync_end (&sync), error);
 */
typedef struct
{
  GMainContext *context;
  QemuMux      *mux;
  GAsyncResult *result;
} QemuSync;

/* Fails where there is no descriptor left for a context. */
gboolean      qemu_sync_begin (QemuSync     *self,
                               GError      **error);
void          qemu_sync_cb    (GObject      *object,
                               GAsyncResult *result,
                               gpointer      user_data);
GAsyncResult *qemu_sync_end   (QemuSync     *self);
void          qemu_sync_clear (QemuSync     *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QemuSync, qemu_sync_clear)

G_END_DECLS
