/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-sync-private.h"

#include "qemu-context-private.h"

#define MAX_LAST_TURNS 100

static void
free_kept (gpointer data)
{
  QemuSync *kept = data;

  qemu_mux_unref (kept->mux);
  g_main_context_unref (kept->context);
  g_free (kept);
}

/* A context costs a few descriptors to make, so the thread keeps one, with its mux. An operation inside another one
 * finds it taken and makes its own. */
gboolean
qemu_sync_begin (QemuSync  *self,
                 GError   **error)
{
  QemuThread *thread = qemu_thread_get ();
  QemuSync *kept = g_steal_pointer (&thread->sync);

  if (kept != NULL)
    {
      *self = *kept;
      g_free (kept);
    }
  else
    {
      self->context = qemu_context_try_new (error);
      if (self->context == NULL)
        return FALSE;
      self->mux = qemu_mux_get (self->context);
    }

  g_main_context_push_thread_default (self->context);

  return TRUE;
}

void
qemu_sync_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  QemuSync *self = user_data;

  g_assert (self->result == NULL);

  self->result = g_object_ref (result);
}

GAsyncResult *
qemu_sync_end (QemuSync *self)
{
  while (self->result == NULL)
    g_main_context_iteration (self->context, TRUE);
  /* What has ended with it may still have to be told so, and hold what the caller wants to be rid of. */
  for (unsigned i = 0; i < MAX_LAST_TURNS && g_main_context_iteration (self->context, FALSE); i++)
    ;

  g_main_context_pop_thread_default (self->context);

  return self->result;
}

void
qemu_sync_clear (QemuSync *self)
{
  QemuThread *thread = qemu_thread_get ();

  /* The caller has returned before it began, or it could not. */
  if (self->context == NULL)
    return;

  g_clear_object (&self->result);

  if (thread->sync == NULL)
    {
      thread->sync = g_memdup2 (self, sizeof *self);
      thread->free_sync = free_kept;
    }
  else
    {
      qemu_mux_unref (self->mux);
      g_main_context_unref (self->context);
    }
}
