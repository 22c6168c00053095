/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Work for a main context, from wherever, and what ends it. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Attaches @source, takes it, and wakes the context. GLib wakes a context for a new source only from another thread;
 * but it may sleep in a loop that is not GLib's, which does not hear of a new source in any case. */
void qemu_context_attach (GMainContext *context,
                          GSource      *source);
/* Has @func called in @context, in turn with events and replies, if @object still lives then. */
void qemu_context_call   (GMainContext *context,
                          gpointer      object,
                          void        (*func) (gpointer object));
/* Has notify come in @context, if @object still lives then. */
void qemu_context_notify (GMainContext *context,
                          gpointer      object,
                          GParamSpec   *pspec);

/* How many contexts are run by loops that are not GLib's. Atomic. */
extern int qemu_context_n_foreign;

/* Whoever attaches a source to @context without qemu_context_attach() says so, before or after, if it may be in the
 * thread that runs the context, and outside of its turns. */
void qemu_context_tell           (GMainContext *context);
/* Like g_task_new(). A task that ends before its call returns attaches a source of which GLib tells nobody. */
GTask *qemu_task_new             (gpointer             source_object,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data);

/* GLib ends the program when there is no descriptor left for what it makes inside. Whoever is about to have it make
 * something asks first whether so many are free; another thread may still take them, but there is no better way. */
gboolean      qemu_context_check_descriptors (unsigned   n,
                                              GError   **error);
/* As many as to start a process needs, or a handshake, and then some. */
#define QEMU_CONTEXT_MANY_DESCRIPTORS 16

/* g_main_context_new(), or G_IO_ERROR_TOO_MANY_OPEN_FILES. */
GMainContext *qemu_context_try_new           (GError   **error);

/* A timeout in the thread-default context of the caller. */
GSource *qemu_context_add_timeout (unsigned    timeout_ms,
                                   GSourceFunc callback,
                                   gpointer    user_data);
/* @parent is ready also when @child is, which this takes. */
void     qemu_source_add_child    (GSource    *parent,
                                   GSource    *child);
/* Destroys a source, if there is one, and forgets it. */
void     qemu_source_clear        (GSource   **source);

/* A handler that cancels the cancellable which is its user data. */
void qemu_cancel_cb              (GCancellable *cancellable,
                                  gpointer      other);
/* Unlike g_cancellable_disconnect() this does not wait for handlers that run in other threads, one of which may wait
 * for us. So the handler has to own what it touches, and be harmless when it comes late. An @id of 0 is none. */
void qemu_cancellable_disconnect (GCancellable *cancellable,
                                  gulong        id);

/* For a callback that must not keep @object alive. */
GWeakRef *qemu_weak_ref_new  (gpointer object);
void      qemu_weak_ref_free (gpointer ref);

G_END_DECLS
