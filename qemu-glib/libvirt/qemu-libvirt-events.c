/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An event loop for libvirt
 *
 * libvirt needs one for events, and to see that a connection is lost. Its own one, and that of libvirt-glib, belong
 * to the program's main loop, which stands still while the program waits, perhaps for just such an event. So this one
 * has a context and a thread of its own. A program that has registered a loop before keeps that.
 */

#include "config.h"

#include "qemu-libvirt-private.h"

#include <glib-unix.h>

/* A descriptor to watch, or a timer. */
typedef struct
{
  gatomicrefcount         ref_count;
  int                     id;
  int                     fd;           /* -1: a timer */
  int                     setting;      /* events to watch for, or milliseconds; a timer below 0 stands */
  virEventHandleCallback  handle_callback;
  virEventTimeoutCallback timeout_callback;
  void                   *data;
  virFreeCallback         free_data;
  GSource                *source;       /* NULL: it has nothing to wait for */
} Watch;

static GMainContext *context;
static GMutex lock;
static GHashTable *watches;             /* by id */
static int last_id;

static void
watch_unref (gpointer data)
{
  Watch *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->free_data != NULL)
    self->free_data (self->data);
  g_free (self);
}

static gboolean
watch_unref_cb (gpointer watch)
{
  watch_unref (watch);

  return G_SOURCE_REMOVE;
}

static Watch *
dup_watch (int id)
{
  Watch *self;

  g_mutex_lock (&lock);
  self = g_hash_table_lookup (watches, GINT_TO_POINTER (id));
  if (self != NULL)
    g_atomic_ref_count_inc (&self->ref_count);
  g_mutex_unlock (&lock);

  return self;
}

static const struct
{
  int          event;
  GIOCondition condition;
} conditions[] = {
  { VIR_EVENT_HANDLE_READABLE, G_IO_IN },
  { VIR_EVENT_HANDLE_WRITABLE, G_IO_OUT },
  { VIR_EVENT_HANDLE_ERROR, G_IO_ERR },
  { VIR_EVENT_HANDLE_HANGUP, G_IO_HUP },
};

static gboolean
handle_cb (int          fd,
           GIOCondition condition,
           gpointer     id)
{
  Watch *watch = dup_watch (GPOINTER_TO_INT (id));
  int events = 0;

  if (watch == NULL)
    return G_SOURCE_REMOVE;

  for (unsigned i = 0; i < G_N_ELEMENTS (conditions); i++)
    if (condition & conditions[i].condition)
      events |= conditions[i].event;
  watch->handle_callback (watch->id, fd, events, watch->data);
  watch_unref (watch);

  return G_SOURCE_CONTINUE;
}

static gboolean
timeout_cb (gpointer id)
{
  Watch *watch = dup_watch (GPOINTER_TO_INT (id));

  if (watch == NULL)
    return G_SOURCE_REMOVE;

  watch->timeout_callback (watch->id, watch->data);
  watch_unref (watch);

  return G_SOURCE_CONTINUE;
}

static void
watch_set_locked (Watch *self,
                  int    setting)
{
  GIOCondition condition = 0;

  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_clear_pointer (&self->source, g_source_unref);
    }

  self->setting = setting;
  if (self->fd < 0 && setting >= 0)
    {
      self->source = g_timeout_source_new (setting);
      g_source_set_callback (self->source, timeout_cb, GINT_TO_POINTER (self->id), NULL);
    }
  else if (self->fd >= 0 && setting != 0)
    {
      for (unsigned i = 0; i < G_N_ELEMENTS (conditions); i++)
        if (setting & conditions[i].event)
          condition |= conditions[i].condition;
      self->source = g_unix_fd_source_new (self->fd, condition);
      g_source_set_callback (self->source, G_SOURCE_FUNC (handle_cb), GINT_TO_POINTER (self->id), NULL);
    }
  if (self->source == NULL)
    return;

  g_source_attach (self->source, context);
  g_main_context_wakeup (context);
}

static int
watch_add (const Watch *model,
           int          setting)
{
  Watch *self = g_memdup2 (model, sizeof *model);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_lock (&lock);
  self->id = ++last_id;
  g_hash_table_insert (watches, GINT_TO_POINTER (self->id), self);
  watch_set_locked (self, setting);
  g_mutex_unlock (&lock);

  return self->id;
}

static void
watch_update (int id,
              int setting)
{
  Watch *self;

  g_mutex_lock (&lock);
  self = g_hash_table_lookup (watches, GINT_TO_POINTER (id));
  if (self != NULL)
    watch_set_locked (self, setting);
  g_mutex_unlock (&lock);
}

/* What it has is freed in the loop's thread, and not in here: libvirt may hold locks. */
static int
watch_remove (int id)
{
  GSource *source;
  Watch *self;

  g_mutex_lock (&lock);
  self = g_hash_table_lookup (watches, GINT_TO_POINTER (id));
  if (self != NULL)
    {
      watch_set_locked (self, self->fd < 0 ? -1 : 0);
      g_hash_table_remove (watches, GINT_TO_POINTER (id));
    }
  g_mutex_unlock (&lock);

  if (self == NULL)
    return -1;

  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, watch_unref_cb, self, NULL);
  g_source_attach (source, context);
  g_source_unref (source);
  g_main_context_wakeup (context);

  return 0;
}

static int
add_handle (int                     fd,
            int                     events,
            virEventHandleCallback  callback,
            void                   *data,
            virFreeCallback         free_data)
{
  return watch_add (&(Watch) { .fd = fd, .handle_callback = callback, .data = data, .free_data = free_data }, events);
}

static int
add_timeout (int                      milliseconds,
             virEventTimeoutCallback  callback,
             void                    *data,
             virFreeCallback          free_data)
{
  return watch_add (&(Watch) { .fd = -1, .timeout_callback = callback, .data = data, .free_data = free_data },
                    milliseconds);
}

static gpointer
run_events (gpointer nothing)
{
  g_main_context_push_thread_default (context);
  for (;;)
    g_main_context_iteration (context, TRUE);

  return NULL;
}

static void
never_cb (int   timer,
          void *nothing)
{
}

void
qemu_libvirt_provide_events (void)
{
  int timer = virEventAddTimeout (-1, never_cb, NULL, NULL);

  if (timer >= 0)
    {
      virEventRemoveTimeout (timer);
      return;
    }

  context = g_main_context_new ();
  watches = g_hash_table_new (NULL, NULL);
  virEventRegisterImpl (add_handle, watch_update, watch_remove, add_timeout, watch_update, watch_remove);
  g_thread_unref (g_thread_new ("qemu-libvirt", run_events, NULL));
}
