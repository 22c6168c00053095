/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-context-private.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

void
qemu_context_attach (GMainContext *context,
                     GSource      *source)
{
  /* The source may run at once, in another thread, and be the last that holds the context. */
  g_main_context_ref (context);
  g_source_attach (source, context);
  g_source_unref (source);
  g_main_context_wakeup (context);
  g_main_context_unref (context);
}

int qemu_context_n_foreign;

/* Costs a write(), which is for nothing where the context will come round anyway, and wherever the loop is GLib's. */
void
qemu_context_tell (GMainContext *context)
{
  GSource *source;

  if (G_LIKELY (g_atomic_int_get (&qemu_context_n_foreign) == 0))
    return;

  source = g_main_current_source ();
  if (source == NULL || g_source_get_context (source) != context)
    g_main_context_wakeup (context);
}

GTask *
qemu_task_new (gpointer             source_object,
               GCancellable        *cancellable,
               GAsyncReadyCallback  callback,
               gpointer             user_data)
{
  GTask *task = g_task_new (source_object, cancellable, callback, user_data);

  qemu_context_tell (g_task_get_context (task));

  return task;
}

typedef struct
{
  GWeakRef   object;
  void     (*func) (gpointer object);
} Invitation;

static gboolean
call_cb (gpointer user_data)
{
  Invitation *invitation = user_data;
  g_autoptr(GObject) object = g_weak_ref_get (&invitation->object);

  if (object != NULL)
    invitation->func (object);

  return G_SOURCE_REMOVE;
}

static void
invitation_free (gpointer data)
{
  Invitation *self = data;

  g_weak_ref_clear (&self->object);
  g_free (self);
}

void
qemu_context_call (GMainContext *context,
                   gpointer      object,
                   void        (*func) (gpointer object))
{
  GSource *source = g_idle_source_new ();
  Invitation *invitation = g_new0 (Invitation, 1);

  g_weak_ref_init (&invitation->object, object);
  invitation->func = func;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "[qemu-glib] call");
  g_source_set_callback (source, call_cb, invitation, invitation_free);
  qemu_context_attach (context, source);
}

typedef struct
{
  GWeakRef    object;
  GParamSpec *pspec;
} Notice;

/* Where an object keeps in mind that a notice of a property is on its way. */
static GQuark
notice_quark (GParamSpec *pspec)
{
  g_autofree char *name = g_strconcat ("qemu-notice-", pspec->name, NULL);

  return g_quark_from_string (name);
}

static gboolean
notify_cb (gpointer user_data)
{
  Notice *notice = user_data;
  g_autoptr(GObject) object = g_weak_ref_get (&notice->object);

  if (object != NULL)
    {
      g_object_steal_qdata (object, notice_quark (notice->pspec));
      g_object_notify_by_pspec (object, notice->pspec);
    }

  return G_SOURCE_REMOVE;
}

static void
notice_free (gpointer data)
{
  Notice *self = data;

  g_weak_ref_clear (&self->object);
  g_free (self);
}

void
qemu_context_notify (GMainContext *context,
                     gpointer      object,
                     GParamSpec   *pspec)
{
  GSource *source;
  Notice *notice;

  /* One is enough, and one is all that piles up in a context that does not run. */
  if (!g_object_replace_qdata (object, notice_quark (pspec), NULL, object, NULL, NULL))
    return;

  source = g_idle_source_new ();
  notice = g_new0 (Notice, 1);
  g_weak_ref_init (&notice->object, object);
  notice->pspec = pspec;
  /* Before whatever waits in the context already: events and replies that this is older than. */
  g_source_set_priority (source, G_PRIORITY_DEFAULT - 1);
  g_source_set_static_name (source, "[qemu-glib] notify");
  g_source_set_callback (source, notify_cb, notice, notice_free);
  qemu_context_attach (context, source);
}

gboolean
qemu_context_check_descriptors (unsigned   n,
                                GError   **error)
{
  g_autofree int *fds = g_new (int, n);
  unsigned n_free = 0;
  int saved_errno;

  while (n_free < n && (fds[n_free] = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) >= 0)
    n_free++;
  saved_errno = errno;
  for (unsigned i = 0; i < n_free; i++)
    close (fds[i]);
  if (n_free == n)
    return TRUE;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
               "Not enough file descriptors are left: %s", g_strerror (saved_errno));
  return FALSE;
}

GMainContext *
qemu_context_try_new (GError **error)
{
  /* A pipe, where there is no eventfd(). */
  return qemu_context_check_descriptors (2, error) ? g_main_context_new () : NULL;
}

GWeakRef *
qemu_weak_ref_new (gpointer object)
{
  GWeakRef *self = g_new0 (GWeakRef, 1);

  g_weak_ref_init (self, object);

  return self;
}

void
qemu_weak_ref_free (gpointer ref)
{
  g_weak_ref_clear (ref);
  g_free (ref);
}

GSource *
qemu_context_add_timeout (unsigned    timeout_ms,
                          GSourceFunc callback,
                          gpointer    user_data)
{
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();
  GSource *source = g_timeout_source_new (timeout_ms);

  g_source_set_callback (source, callback, user_data, NULL);
  g_source_attach (source, context);
  qemu_context_tell (context);

  return source;
}

void
qemu_source_add_child (GSource *parent,
                       GSource *child)
{
  g_source_set_dummy_callback (child);
  g_source_add_child_source (parent, child);
  g_source_unref (child);
}

void
qemu_source_clear (GSource **source)
{
  GSource *old = g_steal_pointer (source);

  if (old == NULL)
    return;

  g_source_destroy (old);
  g_source_unref (old);
}

void
qemu_cancel_cb (GCancellable *cancellable,
                gpointer      other)
{
  g_cancellable_cancel (other);
}

void
qemu_cancellable_disconnect (GCancellable *cancellable,
                             gulong        id)
{
  if (id != 0)
    g_signal_handler_disconnect (cancellable, id);
}
