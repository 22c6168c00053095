/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-mux-private.h"

#include <unistd.h>
#ifdef HAVE_EPOLL
#include <sys/epoll.h>
#endif

#include "qemu-context-private.h"

/* One turn serves at most so many transports and deliveries: other sources of the context want to live, too. */
#define MAX_TRANSPORTS_PER_TURN 64
#define MAX_DELIVERIES_PER_TURN 4096

struct _QemuMux
{
  GSource       source;
  GMainContext *context;
  gpointer      epoll_tag;
  int           epoll_fd;       /* -1: none, each port has a source */
  unsigned      n_refs;         /* registry_lock */

  GMutex        lock;
  GQueue        hungry;         /* QemuPort: may be read without being woken for it */
  GQueue        ready;          /* QemuPort, first come first served */
  GSequence    *alarms;         /* QemuPort, by time */

  /* Read without the lock, in the order that the comment at mux_prepare() gives. */
  int           polling;
  int           has_work;       /* somebody is hungry or ready */
};

/* ---------------------------------------------------------------- the source */

static int
compare_alarms (gconstpointer a,
                gconstpointer b,
                gpointer      user_data)
{
  gint64 time_a = ((const QemuPort *) a)->alarm_time;
  gint64 time_b = ((const QemuPort *) b)->alarm_time;

  return time_a < time_b ? -1 : time_a > time_b;
}

static gint64
first_alarm_locked (QemuMux *self)
{
  GSequenceIter *first = g_sequence_get_begin_iter (self->alarms);

  return g_sequence_iter_is_end (first) ? -1 : ((QemuPort *) g_sequence_get (first))->alarm_time;
}

static gint64
first_alarm (QemuMux *self)
{
  gint64 when;

  g_mutex_lock (&self->lock);
  when = first_alarm_locked (self);
  g_mutex_unlock (&self->lock);

  return when;
}

/* The context goes to sleep: first say so, then look for work. Whoever brings work does it the other way round
 * (mux_wake_if_polling), so one of the two always sees the other. */
static gboolean
mux_prepare (GSource *source,
             int     *timeout)
{
  QemuMux *self = (QemuMux *) source;
  gint64 when;

  g_atomic_int_set (&self->polling, TRUE);
  if (g_atomic_int_get (&self->has_work))
    return TRUE;

  *timeout = -1;
  when = first_alarm (self);
  if (when >= 0)
    {
      gint64 left = when - g_source_get_time (source);

      *timeout = left <= 0 ? 0 : MIN ((left + 999) / 1000, G_MAXINT);
    }

  return *timeout == 0;
}

static gboolean
mux_check (GSource *source)
{
  QemuMux *self = (QemuMux *) source;
  gint64 when;

  g_atomic_int_set (&self->polling, FALSE);
  if (g_atomic_int_get (&self->has_work))
    return TRUE;
  if (self->epoll_fd >= 0 && g_source_query_unix_fd (source, self->epoll_tag) != 0)
    return TRUE;

  when = first_alarm (self);

  return when >= 0 && when <= g_source_get_time (source);
}

static void
mux_wake_if_polling (QemuMux *self)
{
  if (g_atomic_int_get (&self->polling))
    g_main_context_wakeup (self->context);
}

/* A port in the epoll set has somebody who holds a reference for as long as it is there, and it leaves the set under
 * the lock; so under the lock a reference can be taken. */
static void
mux_dispatch_fds (QemuMux *self)
{
#ifdef HAVE_EPOLL
  struct epoll_event events[MAX_TRANSPORTS_PER_TURN];
  int n;

  if (self->epoll_fd < 0)
    return;

  g_mutex_lock (&self->lock);
  n = epoll_wait (self->epoll_fd, events, G_N_ELEMENTS (events), 0);
  for (int i = 0; i < n; i++)
    qemu_port_ref (events[i].data.ptr);
  g_mutex_unlock (&self->lock);

  for (int i = 0; i < n; i++)
    {
      QemuPort *port = events[i].data.ptr;

      port->funcs->io (port);
      qemu_port_unref (port);
    }
#endif
}

static void
mux_add_locked (QemuMux  *self,
                GQueue   *queue,
                QemuPort *port,
                GList    *link,
                gboolean *is_there)
{
  if (*is_there)
    return;

  *is_there = TRUE;
  link->data = qemu_port_ref (port);
  g_queue_push_tail_link (queue, link);
  g_atomic_int_set (&self->has_work, TRUE);
}

/* TRUE: it was there, and the list's reference is the caller's. */
static gboolean
mux_remove_locked (QemuMux  *self,
                   GQueue   *queue,
                   GList    *link,
                   gboolean *is_there)
{
  if (!*is_there)
    return FALSE;

  *is_there = FALSE;
  g_queue_unlink (queue, link);
  g_atomic_int_set (&self->has_work, self->hungry.length > 0 || self->ready.length > 0);

  return TRUE;
}

static QemuPort *
mux_take_hungry (QemuMux *self)
{
  QemuPort *port;

  g_mutex_lock (&self->lock);
  port = g_queue_peek_head (&self->hungry);
  if (port != NULL)
    mux_remove_locked (self, &self->hungry, &port->hungry_link, &port->hungry);
  g_mutex_unlock (&self->lock);

  return port;
}

/* The one that was longest without a turn. It stays ready until it says that it is not. */
static QemuPort *
mux_take_ready (QemuMux *self)
{
  QemuPort *port = NULL;
  GList *link;

  g_mutex_lock (&self->lock);
  link = g_queue_pop_head_link (&self->ready);
  if (link != NULL)
    {
      g_queue_push_tail_link (&self->ready, link);
      port = qemu_port_ref (link->data);
    }
  g_mutex_unlock (&self->lock);

  return port;
}

static QemuPort *
mux_take_due (QemuMux *self,
              gint64   now)
{
  QemuPort *port = NULL;
  gint64 when;

  g_mutex_lock (&self->lock);
  when = first_alarm_locked (self);
  if (when >= 0 && when <= now)
    {
      GSequenceIter *first = g_sequence_get_begin_iter (self->alarms);

      port = g_sequence_get (first);
      port->alarm_iter = NULL;
      g_sequence_remove (first);
    }
  g_mutex_unlock (&self->lock);

  return port;
}

static gboolean
mux_dispatch (GSource     *source,
              GSourceFunc  callback,
              gpointer     user_data)
{
  QemuMux *self = (QemuMux *) source;   /* held by GLib meanwhile: another thread may just be letting go of the mux */
  gint64 now = g_source_get_time (source);
  gboolean go_on = TRUE;
  QemuPort *port;

  mux_dispatch_fds (self);

  for (unsigned n = 0; n < MAX_TRANSPORTS_PER_TURN && (port = mux_take_hungry (self)) != NULL; n++)
    {
      port->funcs->io (port);
      qemu_port_unref (port);
    }

  for (unsigned n = 0; go_on && n < MAX_DELIVERIES_PER_TURN && (port = mux_take_ready (self)) != NULL; n++)
    {
      go_on = port->funcs->deliver (port);
      qemu_port_unref (port);
    }

  while ((port = mux_take_due (self, now)) != NULL)
    {
      port->funcs->alarm (port, now);
      qemu_port_unref (port);
    }

  return G_SOURCE_CONTINUE;
}

/* Not before: the context may be inside one of the functions above while another thread lets go of the mux. */
static void
mux_finalize (GSource *source)
{
  QemuMux *self = (QemuMux *) source;

  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
  g_sequence_free (self->alarms);
  g_mutex_clear (&self->lock);
}

static GSourceFuncs mux_source_funcs = { mux_prepare, mux_check, mux_dispatch, mux_finalize, NULL, NULL };

/* ---------------------------------------------------------------- one mux per context */

static int without_epoll;
static GMutex registry_lock;
static GHashTable *registry;            /* GMainContext → QemuMux; neither referenced: a mux leaves it when it goes */

static QemuMux *
mux_new (GMainContext *context)
{
  QemuMux *self = (QemuMux *) g_source_new (&mux_source_funcs, sizeof (QemuMux));

  self->context = g_main_context_ref (context);
  self->alarms = g_sequence_new (NULL);
  self->epoll_fd = -1;
  g_mutex_init (&self->lock);
  g_queue_init (&self->hungry);
  g_queue_init (&self->ready);

  g_source_set_static_name (&self->source, "[qemu-glib] channels");
  /* A handler that runs a main loop of its own must not stop every other channel. */
  g_source_set_can_recurse (&self->source, TRUE);
#ifdef HAVE_EPOLL
  if (!g_atomic_int_get (&without_epoll))
    self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll_fd >= 0)
    self->epoll_tag = g_source_add_unix_fd (&self->source, self->epoll_fd, G_IO_IN);
#endif
  g_source_attach (&self->source, context);

  return self;
}

QemuMux *
qemu_mux_get (GMainContext *context)
{
  QemuMux *self;

  g_mutex_lock (&registry_lock);
  if (registry == NULL)
    registry = g_hash_table_new (NULL, NULL);
  self = g_hash_table_lookup (registry, context);
  if (self == NULL)
    {
      self = mux_new (context);
      g_hash_table_insert (registry, context, self);
    }
  self->n_refs++;
  g_mutex_unlock (&registry_lock);

  return self;
}

void
qemu_mux_unref (QemuMux *self)
{
  gboolean last;

  g_mutex_lock (&registry_lock);
  last = --self->n_refs == 0;
  if (last)
    g_hash_table_remove (registry, self->context);
  g_mutex_unlock (&registry_lock);

  if (last)
    {
      g_source_destroy (&self->source);
      g_clear_pointer (&self->context, g_main_context_unref);
      g_source_unref (&self->source);
    }
}

void
qemu_mux_use_epoll (gboolean use)
{
  g_atomic_int_set (&without_epoll, !use);
}

GMainContext *
qemu_mux_get_context (QemuMux *self)
{
  return self->context;
}

gboolean
qemu_mux_is_polling (QemuMux *self)
{
  return g_atomic_int_get (&self->polling);
}

/* ---------------------------------------------------------------- ports */

void
qemu_port_init (QemuPort            *port,
                const QemuPortFuncs *funcs,
                GMainContext        *context)
{
  port->funcs = funcs;
  port->mux = qemu_mux_get (context);
  port->in_fd = port->out_fd = -1;
  g_atomic_ref_count_init (&port->ref_count);
}

QemuPort *
qemu_port_ref (QemuPort *port)
{
  g_atomic_ref_count_inc (&port->ref_count);

  return port;
}

void
qemu_port_unref (QemuPort *port)
{
  QemuMux *mux = port->mux;

  if (!g_atomic_ref_count_dec (&port->ref_count))
    return;

  port->funcs->free (port);
  qemu_mux_unref (mux);
}

typedef struct
{
  GSource   source;
  QemuPort *port;
} QemuPortSource;

static gboolean
port_source_dispatch (GSource     *source,
                      GSourceFunc  callback,
                      gpointer     user_data)
{
  QemuPort *port = ((QemuPortSource *) source)->port;

  port->funcs->io (port);

  return G_SOURCE_CONTINUE;
}

static void
port_source_finalize (GSource *source)
{
  qemu_port_unref (((QemuPortSource *) source)->port);
}

static GSourceFuncs port_source_funcs = { NULL, NULL, port_source_dispatch, port_source_finalize, NULL, NULL };

static GSource *
port_source_new (QemuPort      *port,
                 QemuTransport *transport,
                 GIOCondition   condition)
{
  GSource *source = g_source_new (&port_source_funcs, sizeof (QemuPortSource));

  ((QemuPortSource *) source)->port = qemu_port_ref (port);
  g_source_set_static_name (source, "[qemu-glib] stream");
  g_source_set_can_recurse (source, TRUE);
  qemu_transport_add_sources (transport, source, condition);

  return source;
}

#ifdef HAVE_EPOLL
static gboolean
port_set_events_locked (QemuPort *port,
                        int      *watched,
                        int       fd,
                        guint32   events)
{
  struct epoll_event event = { .events = events, .data = { .ptr = port } };

  if (epoll_ctl (port->mux->epoll_fd, *watched >= 0 ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) < 0)
    return FALSE;
  *watched = fd;

  return TRUE;
}

/* Said, not left to close(): a child of a fork() may hold the descriptor as well. */
static void
port_forget_fd_locked (QemuPort *port,
                       int      *watched)
{
  if (*watched >= 0)
    epoll_ctl (port->mux->epoll_fd, EPOLL_CTL_DEL, *watched, NULL);
  *watched = -1;
}

/* A descriptor for writing alone is there only while it is needed: when its other end is gone it is ready, whatever it
 * is watched for. */
static gboolean
port_watch_by_epoll_locked (QemuPort     *port,
                            int           in_fd,
                            int           out_fd,
                            GIOCondition  condition)
{
  guint32 in = condition & G_IO_IN ? EPOLLIN : 0, out = condition & G_IO_OUT ? EPOLLOUT : 0;

  if (in_fd == out_fd)
    return port_set_events_locked (port, &port->in_fd, in_fd, in | out);

  if (out == 0)
    port_forget_fd_locked (port, &port->out_fd);

  return port_set_events_locked (port, &port->in_fd, in_fd, in) &&
         (out == 0 || port_set_events_locked (port, &port->out_fd, out_fd, out));
}
#else
# define port_forget_fd_locked(port, watched)
# define port_watch_by_epoll_locked(port, in_fd, out_fd, condition) FALSE
#endif

/* Returns a source that is not needed any more. */
static GSource *
port_watch_locked (QemuPort      *port,
                   QemuTransport *transport,
                   GIOCondition   condition)
{
  QemuMux *mux = port->mux;
  GSource *old_source = NULL;
  int in_fd = port->in_fd, out_fd = port->out_fd >= 0 ? port->out_fd : port->in_fd;
  gboolean by_epoll = in_fd >= 0;

  /* Another thread may be reading. */
  if (condition != 0)
    by_epoll = qemu_transport_get_fds (transport, &in_fd, &out_fd) && mux->epoll_fd >= 0 && !port->not_by_epoll;
  if (port->condition == condition && by_epoll == (port->source == NULL))
    return NULL;

  port->condition = condition;
  if (by_epoll && port_watch_by_epoll_locked (port, in_fd, out_fd, condition))
    return g_steal_pointer (&port->source);

  /* It may not even be possible: a plain file cannot be in the set. */
  port->not_by_epoll |= by_epoll;
  port_forget_fd_locked (port, &port->in_fd);
  port_forget_fd_locked (port, &port->out_fd);
  old_source = g_steal_pointer (&port->source);
  if (condition != 0)
    {
      port->source = port_source_new (port, transport, condition);
      g_source_attach (port->source, mux->context);
    }

  return old_source;
}

void
qemu_port_watch (QemuPort      *port,
                 QemuTransport *transport,
                 GIOCondition   condition)
{
  QemuMux *mux = port->mux;
  GSource *old_source;
  gboolean hungry;

  g_mutex_lock (&mux->lock);
  old_source = port_watch_locked (port, transport, condition);
  hungry = condition & G_IO_IN && qemu_transport_may_hold_bytes (transport);
  if (hungry)
    mux_add_locked (mux, &mux->hungry, port, &port->hungry_link, &port->hungry);
  g_mutex_unlock (&mux->lock);

  if (hungry)
    mux_wake_if_polling (mux);
  qemu_source_clear (&old_source);
}

void
qemu_port_unwatch (QemuPort *port)
{
  GSource *source;

  g_mutex_lock (&port->mux->lock);
  port_forget_fd_locked (port, &port->in_fd);
  port_forget_fd_locked (port, &port->out_fd);
  port->condition = 0;
  source = g_steal_pointer (&port->source);
  g_mutex_unlock (&port->mux->lock);

  qemu_source_clear (&source);
}

void
qemu_port_make_ready (QemuPort *port)
{
  QemuMux *mux = port->mux;

  g_mutex_lock (&mux->lock);
  mux_add_locked (mux, &mux->ready, port, &port->ready_link, &port->ready);
  g_mutex_unlock (&mux->lock);

  mux_wake_if_polling (mux);
}

void
qemu_port_make_idle (QemuPort *port)
{
  QemuMux *mux = port->mux;
  gboolean was_ready;

  g_mutex_lock (&mux->lock);
  was_ready = mux_remove_locked (mux, &mux->ready, &port->ready_link, &port->ready);
  g_mutex_unlock (&mux->lock);

  if (was_ready)
    qemu_port_unref (port);
}

void
qemu_port_set_alarm (QemuPort *port,
                     gint64    when)
{
  QemuMux *mux = port->mux;
  gboolean first = FALSE;

  g_mutex_lock (&mux->lock);
  if (port->alarm_iter == NULL || when < port->alarm_time)
    {
      port->alarm_time = when;
      if (port->alarm_iter != NULL)
        g_sequence_sort_changed (port->alarm_iter, compare_alarms, NULL);
      else
        port->alarm_iter = g_sequence_insert_sorted (mux->alarms, qemu_port_ref (port), compare_alarms, NULL);
      first = first_alarm_locked (mux) == when;
    }
  g_mutex_unlock (&mux->lock);

  if (first)
    mux_wake_if_polling (mux);
}

void
qemu_port_retire (QemuPort *port)
{
  QemuMux *mux = port->mux;
  unsigned n_refs = 0;

  qemu_port_unwatch (port);

  g_mutex_lock (&mux->lock);
  n_refs += mux_remove_locked (mux, &mux->hungry, &port->hungry_link, &port->hungry);
  n_refs += mux_remove_locked (mux, &mux->ready, &port->ready_link, &port->ready);
  if (port->alarm_iter != NULL)
    {
      g_sequence_remove (g_steal_pointer (&port->alarm_iter));
      n_refs++;
    }
  g_mutex_unlock (&mux->lock);

  while (n_refs-- > 0)
    qemu_port_unref (port);
}

/* ---------------------------------------------------------------- timers */

static void
timer_alarm (QemuPort *port,
             gint64    now)
{
  QemuTimer *self = (QemuTimer *) port;

  if (self->func != NULL)
    self->func (self->user_data);
}

static void
timer_free (QemuPort *port)
{
  g_free (port);
}

static const QemuPortFuncs timer_funcs = { NULL, NULL, timer_alarm, timer_free };

QemuTimer *
qemu_timer_new (unsigned   timeout_ms,
                void     (*func) (gpointer user_data),
                gpointer   user_data)
{
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();
  QemuTimer *self = g_new0 (QemuTimer, 1);

  self->func = func;
  self->user_data = user_data;
  qemu_port_init (&self->port, &timer_funcs, context);
  qemu_port_set_alarm (&self->port, g_get_monotonic_time () + timeout_ms * G_GINT64_CONSTANT (1000));

  return self;
}

void
qemu_timer_hurry (QemuTimer *self)
{
  qemu_port_set_alarm (&self->port, 0);
}

void
qemu_timer_clear (QemuTimer **self)
{
  QemuTimer *old = g_steal_pointer (self);

  if (old == NULL)
    return;

  old->func = NULL;
  qemu_port_retire (&old->port);
  qemu_port_unref (&old->port);
}
