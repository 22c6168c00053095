/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Work for a main context, from wherever. */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Attaches @source, takes it, and wakes the context. GLib wakes a context for a new source only from another thread;
 * but it may sleep in a loop that is not GLib's, which does not hear of a new source in any case. */
void qemu_context_attach (GMainContext *context,
                          GSource      *source);
/* Has notify come in @context, if @object still lives then. */
void qemu_context_notify (GMainContext *context,
                          gpointer      object,
                          GParamSpec   *pspec);

/* For a callback that must not keep @object alive. */
GWeakRef *qemu_weak_ref_new  (gpointer object);
void      qemu_weak_ref_free (gpointer ref);

G_END_DECLS
