/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-monitor-private.h"

#include <errno.h>
#include <fcntl.h>

#include "qemu-command-private.h"
#include "qemu-context-private.h"
#include "qemu-enum-types.h"
#include "qemu-error.h"
#include "qemu-event-private.h"
#include "qemu-monitor-request-private.h"
#include "qemu-sync-private.h"
#include "qemu-version-private.h"

/**
 * QemuMonitor:
 *
 * A connection to QEMU that carries commands, replies and events.
 *
 * Most programs use a [class@Domain] and meet its monitor only to set a timeout. The monitor is for what the domain has
 * no method for, and for other ways to reach a QEMU: [class@SocketMonitor] speaks QMP over a stream,
 * [class@TestMonitor] has a function for a QEMU, a library of its own goes through libvirt; and a class of a program's
 * own may derive from this one and implement `start_run`, in any language.
 *
 * A monitor belongs to the main context that was the thread-default when it was made: its signals and `notify` come
 * there and nowhere else. Asynchronous results come in the thread-default context of the call. The synchronous calls
 * may be used from any thread, also inside a callback, and iterate no context of the caller's.
 *
 * Commands may be run at the same time, any number of them. Cancelling one, or running out of its time, ends the wait
 * and nothing else: the connection goes on, and the late reply is dropped. When the connection ends, every pending
 * command ends with an error, [signal@Monitor::closed] comes once, and [method@Monitor.open] may be called again. A
 * monitor never connects again by itself.
 *
 * A program that has run out of file descriptors can still run commands over a monitor that is open. What needs more,
 * also a synchronous call of several commands in a thread that has made none before, ends with
 * %G_IO_ERROR_TOO_MANY_OPEN_FILES.
 *
 * Drop the last reference, or [method@Monitor.close] it, and the connection is closed. Pending calls keep a monitor
 * alive.
 *
 * Since: 1.0
 */

typedef struct
{
  GMainContext      *context;

  GMutex             lock;
  QemuMonitorState   state;
  QemuMonitorState   told_state;        /* the one that notify was last for, or is on its way for */
  QemuVersion       *version;
  char             **capabilities;
  char              *label;
  unsigned           open_timeout;
  unsigned           command_timeout;
  GCancellable      *opening;           /* which attempt to open is under way, and what ends it */
  GCancellable      *lost;              /* cancelled with the connection, in a class without a channel */
  GError            *lost_early;        /* why the connection has ended before it was open */
  unsigned           n_connections;
  GSList            *old_peers;         /* versions and capabilities of before, that somebody may still look at */
  gboolean           events_supported;
  GQueue             errands;           /* Errand: those that wait for the context */
  gsize              n_errand_bytes;

  GMutex             witness_lock;      /* the channel's comes before it */
  GSList            *witnesses;
  GPtrArray         *listeners;         /* of Listener; another one takes its place when it changes */
  guint64            received;
  guint64            delivered;

  GQuark             last_detail;       /* the context's */
} QemuMonitorPrivate;

typedef enum
{
  PROP_STATE = 1,
  PROP_EVENTS_SUPPORTED,
  PROP_VERSION,
  PROP_CAPABILITIES,
  PROP_OPEN_TIMEOUT,
  PROP_COMMAND_TIMEOUT,
  PROP_RECEIVED,
  PROP_DELIVERED
} QemuMonitorProperty;

typedef enum
{
  SIGNAL_EVENT,
  SIGNAL_CLOSED,
  SIGNAL_REPLACED,
  N_SIGNALS
} QemuMonitorSignal;

static GParamSpec *properties[PROP_DELIVERED + 1];
static unsigned signals[N_SIGNALS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (QemuMonitor, qemu_monitor, G_TYPE_OBJECT)

static QemuMonitorPrivate *
get_private (QemuMonitor *self)
{
  return qemu_monitor_get_instance_private (self);
}

static const QemuMonitorWire *
get_wire (QemuMonitor *self)
{
  return QEMU_MONITOR_GET_CLASS (self)->wire;
}

/* ---------------------------------------------------------------- into the monitor's own context */

/* Something to do in the monitor's context, in the order in which it was queued; not if the monitor is gone by then. */
typedef struct
{
  GWeakRef            monitor;
  QemuMonitorSignal   signal;
  QemuEventText      *event;
  guint64             number;           /* of the others */
  GError             *error;            /* of `closed` */
  GSource            *source;
  GList               link;             /* in the monitor's errands … */
  gboolean            queued;           /* … while this; its lock */
} Errand;

/* So many bytes of events wait for a main loop that does not run. Beyond it the oldest go. */
#define MAX_ERRAND_BYTES (16 << 20)

/* About what a source needs. */
#define ERRAND_SIZE (sizeof (Errand) + 256)

static guint64
get_number (QemuMonitor   *self,
            const guint64 *number)
{
  QemuMonitorPrivate *priv = get_private (self);
  guint64 value;

  g_mutex_lock (&priv->witness_lock);
  value = *number;
  g_mutex_unlock (&priv->witness_lock);

  return value;
}

/* @listeners: (nullable) (out): those to tell */
static void
set_delivered (QemuMonitor  *self,
               guint64       number,
               GPtrArray   **listeners)
{
  QemuMonitorPrivate *priv = get_private (self);

  g_mutex_lock (&priv->witness_lock);
  priv->delivered = number;
  if (listeners != NULL && priv->listeners != NULL)
    *listeners = g_ptr_array_ref (priv->listeners);
  g_mutex_unlock (&priv->witness_lock);
}

static gsize
errand_size (const Errand *self)
{
  return ERRAND_SIZE + (self->event != NULL ? self->event->name_length + self->event->data_length : 0);
}

static void
dequeue_errand_locked (QemuMonitor *self,
                       Errand      *errand)
{
  QemuMonitorPrivate *priv = get_private (self);

  if (!errand->queued)
    return;

  errand->queued = FALSE;
  g_queue_unlink (&priv->errands, &errand->link);
  priv->n_errand_bytes -= errand_size (errand);
}

static void
dequeue_errand (QemuMonitor *self,
                Errand      *errand)
{
  QemuMonitorPrivate *priv = get_private (self);

  g_mutex_lock (&priv->lock);
  dequeue_errand_locked (self, errand);
  g_mutex_unlock (&priv->lock);
}

/* The sources of those that are too many, for the caller to destroy without the lock. */
static GSList *
take_old_errands_locked (QemuMonitor *self)
{
  QemuMonitorPrivate *priv = get_private (self);
  GSList *sources = NULL;
  GList *next;

  for (GList *l = priv->errands.head; l != NULL && priv->n_errand_bytes > MAX_ERRAND_BYTES; l = next)
    {
      Errand *errand = l->data;

      next = l->next;
      if (errand->event == NULL)
        continue;
      sources = g_slist_prepend (sources, g_source_ref (errand->source));
      dequeue_errand_locked (self, errand);
    }

  return sources;
}

static gboolean
errand_cb (gpointer user_data)
{
  Errand *errand = user_data;
  g_autoptr(QemuMonitor) self = g_weak_ref_get (&errand->monitor);

  if (self == NULL)
    return G_SOURCE_REMOVE;

  dequeue_errand (self, errand);

  switch (errand->signal)
    {
    case SIGNAL_EVENT:
      qemu_monitor_deliver_event (self, errand->event);
      break;

    case SIGNAL_CLOSED:
      qemu_monitor_deliver_closed (self, errand->number, errand->error);
      break;

    case SIGNAL_REPLACED:
    case N_SIGNALS:
    default:
      set_delivered (self, errand->number, NULL);
      g_signal_emit (self, signals[SIGNAL_REPLACED], 0);
      break;
    }

  return G_SOURCE_REMOVE;
}

static void
errand_free (gpointer data)
{
  Errand *self = data;
  g_autoptr(QemuMonitor) monitor = g_weak_ref_get (&self->monitor);

  if (monitor != NULL)
    dequeue_errand (monitor, self);
  g_weak_ref_clear (&self->monitor);
  g_clear_pointer (&self->event, qemu_event_text_unref);
  g_clear_error (&self->error);
  g_free (self);
}

/* Takes @event and @error. */
static void
send_errand (QemuMonitor       *self,
             QemuMonitorSignal  signal,
             QemuEventText     *event,
             guint64            number,
             GError            *error)
{
  QemuMonitorPrivate *priv = get_private (self);
  GSource *source = g_idle_source_new ();
  Errand *errand = g_new0 (Errand, 1);
  GSList *old;

  g_weak_ref_init (&errand->monitor, self);
  errand->source = source;
  errand->link.data = errand;
  errand->signal = signal;
  errand->event = event;
  errand->number = number;
  errand->error = error;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "[qemu-glib] monitor");
  g_source_set_callback (source, errand_cb, errand, errand_free);

  g_mutex_lock (&priv->lock);
  errand->queued = TRUE;
  g_queue_push_tail_link (&priv->errands, &errand->link);
  priv->n_errand_bytes += errand_size (errand);
  old = take_old_errands_locked (self);
  qemu_context_attach (priv->context, source);
  g_mutex_unlock (&priv->lock);

  for (GSList *l = old; l != NULL; l = l->next)
    g_source_destroy (l->data);
  g_slist_free_full (old, (GDestroyNotify) g_source_unref);
}

static void
queue_notify (QemuMonitor         *self,
              QemuMonitorProperty  prop_id)
{
  qemu_context_notify (get_private (self)->context, self, properties[prop_id]);
}

/* ---------------------------------------------------------------- events */

typedef struct
{
  QemuListenerFunc  func;
  GWeakRef         *link;
} Listener;

static void
listener_free (gpointer data)
{
  Listener *self = data;

  g_atomic_rc_box_release_full (self->link, (GDestroyNotify) g_weak_ref_clear);
  g_free (self);
}

static gpointer
listener_copy (gconstpointer source,
               gpointer      user_data)
{
  Listener *copy = g_memdup2 (source, sizeof *copy);

  g_atomic_rc_box_acquire (copy->link);

  return copy;
}

/* A delivery may be under way, in which a listener comes or goes: it has the array as it was. */
static void
replace_listeners (QemuMonitor *self,
                   Listener    *added,
                   GWeakRef    *removed)
{
  QemuMonitorPrivate *priv = get_private (self);
  g_autoptr(GPtrArray) old = NULL;
  GPtrArray *new;

  g_mutex_lock (&priv->witness_lock);
  old = g_steal_pointer (&priv->listeners);
  new = old != NULL ? g_ptr_array_copy (old, listener_copy, NULL) : g_ptr_array_new_with_free_func (listener_free);
  for (unsigned i = new->len; i-- > 0;)
    if (((Listener *) g_ptr_array_index (new, i))->link == removed)
      g_ptr_array_remove_index (new, i);
  if (added != NULL)
    g_ptr_array_add (new, added);
  priv->listeners = new;
  g_mutex_unlock (&priv->witness_lock);
}

void
qemu_monitor_add_listener (QemuMonitor      *self,
                           QemuListenerFunc  func,
                           GWeakRef         *link)
{
  Listener *listener = g_new (Listener, 1);

  listener->func = func;
  listener->link = g_atomic_rc_box_acquire (link);
  replace_listeners (self, listener, NULL);
}

void
qemu_monitor_remove_listener (QemuMonitor *self,
                              GWeakRef    *link)
{
  replace_listeners (self, NULL, link);
}

void
qemu_delivery_emit (QemuDelivery *self,
                    gpointer      instance,
                    unsigned      signal_id)
{
  if (self->event == NULL)
    {
      /* With a detail there has been a handler for this name, and most likely here: to look would cost what it saves. */
      if (self->detail == 0 && !g_signal_has_handler_pending (instance, signal_id, 0, FALSE))
        return;
      self->event = qemu_event_new (self->text);
    }
  g_signal_emit (instance, signal_id, self->detail, self->event);
}

/* The peer chooses the names: one that nobody ever listened to must not be interned. Events of one name often come
 * together. */
static GQuark
find_detail (QemuMonitor *self,
             const char  *name)
{
  QemuMonitorPrivate *priv = get_private (self);

  if (priv->last_detail == 0 || !g_str_equal (g_quark_to_string (priv->last_detail), name))
    priv->last_detail = g_quark_try_string (name);

  return priv->last_detail;
}

void
qemu_monitor_deliver_event (QemuMonitor   *self,
                            QemuEventText *text)
{
  g_autoptr(GPtrArray) listeners = NULL;
  QemuDelivery delivery = { .text = text, .detail = find_detail (self, text->text) };

  set_delivered (self, text->number, &listeners);
  for (unsigned i = 0; listeners != NULL && i < listeners->len; i++)
    {
      const Listener *listener = g_ptr_array_index (listeners, i);
      g_autoptr(GObject) object = g_weak_ref_get (listener->link);

      if (object != NULL)
        listener->func (object, &delivery);
    }
  qemu_delivery_emit (&delivery, self, signals[SIGNAL_EVENT]);
  g_clear_object (&delivery.event);
}

/* ---------------------------------------------------------------- witnesses */

typedef struct
{
  QemuWitnessFunc func;
  gpointer        user_data;
} Witness;

void
qemu_monitor_add_witness (QemuMonitor     *self,
                          QemuWitnessFunc  func,
                          gpointer         user_data)
{
  QemuMonitorPrivate *priv = get_private (self);
  Witness *witness = g_new (Witness, 1);

  witness->func = func;
  witness->user_data = user_data;
  g_mutex_lock (&priv->witness_lock);
  priv->witnesses = g_slist_prepend (priv->witnesses, witness);
  g_mutex_unlock (&priv->witness_lock);
}

void
qemu_monitor_remove_witness (QemuMonitor *self,
                             gpointer     user_data)
{
  QemuMonitorPrivate *priv = get_private (self);

  g_mutex_lock (&priv->witness_lock);
  for (GSList *l = priv->witnesses; l != NULL; l = l->next)
    {
      Witness *witness = l->data;

      if (witness->user_data != user_data)
        continue;
      priv->witnesses = g_slist_delete_link (priv->witnesses, l);
      g_free (witness);
      break;
    }
  g_mutex_unlock (&priv->witness_lock);
}

guint64
qemu_monitor_tell_witnesses (QemuMonitor   *self,
                             QemuEventText *event)
{
  QemuMonitorPrivate *priv = get_private (self);
  guint64 number;

  g_mutex_lock (&priv->witness_lock);
  number = ++priv->received;
  if (event != NULL)
    event->number = number;
  for (GSList *l = priv->witnesses; l != NULL; l = l->next)
    {
      Witness *witness = l->data;

      witness->func (event, witness->user_data);
    }
  g_mutex_unlock (&priv->witness_lock);

  return number;
}

QemuInbox *
qemu_monitor_attend (QemuMonitor *self)
{
  const QemuMonitorWire *wire = get_wire (self);

  return wire != NULL ? wire->attend (self) : NULL;
}

void
qemu_monitor_leave (QemuInbox *inbox)
{
  if (inbox != NULL)
    qemu_channel_leave (inbox);
}

/* ---------------------------------------------------------------- state */

static QemuMonitorState
get_state_locked (QemuMonitor *self)
{
  QemuMonitorPrivate *priv = get_private (self);
  const QemuMonitorWire *wire = get_wire (self);

  /* The connection may be gone and our context not know it yet. */
  if (priv->state == QEMU_MONITOR_STATE_OPEN && wire != NULL && !wire->is_alive (self))
    return QEMU_MONITOR_STATE_CLOSED;

  return priv->state;
}

/* Tells of a state that nothing else in the monitor's context tells of. */
static void
queue_notify_state (QemuMonitor *self)
{
  QemuMonitorPrivate *priv = get_private (self);

  g_mutex_lock (&priv->lock);
  priv->told_state = priv->state;
  g_mutex_unlock (&priv->lock);

  queue_notify (self, PROP_STATE);
}

/* Tells of a state at its place among the events. */
static void
tell_state (QemuMonitor      *self,
            QemuMonitorState  state)
{
  QemuMonitorPrivate *priv = get_private (self);
  gboolean news;

  g_mutex_lock (&priv->lock);
  news = priv->told_state != state;
  priv->told_state = state;
  g_mutex_unlock (&priv->lock);

  if (news)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

void
qemu_monitor_deliver_opened (QemuMonitor *self)
{
  tell_state (self, QEMU_MONITOR_STATE_OPEN);
}

void
qemu_monitor_deliver_closed (QemuMonitor  *self,
                             guint64       number,
                             const GError *error)
{
  QemuMonitorPrivate *priv = get_private (self);
  gboolean closed;

  set_delivered (self, number, NULL);

  g_mutex_lock (&priv->lock);
  /* It may have been opened again since. */
  closed = priv->state == QEMU_MONITOR_STATE_CLOSING || get_state_locked (self) == QEMU_MONITOR_STATE_CLOSED;
  if (closed)
    priv->state = QEMU_MONITOR_STATE_CLOSED;
  g_mutex_unlock (&priv->lock);

  if (closed)
    tell_state (self, QEMU_MONITOR_STATE_CLOSED);
  g_signal_emit (self, signals[SIGNAL_CLOSED], 0, error);
}

/* ---------------------------------------------------------------- errors that say what was asked of whom */

void
qemu_monitor_set_label (QemuMonitor *self,
                        const char  *label)
{
  QemuMonitorPrivate *priv = get_private (self);

  g_mutex_lock (&priv->lock);
  g_free (priv->label);
  priv->label = label != NULL ? g_utf8_make_valid (label, -1) : NULL;
  g_mutex_unlock (&priv->lock);
}

char *
qemu_monitor_dup_label (QemuMonitor *self)
{
  QemuMonitorPrivate *priv = get_private (self);
  char *label;

  g_mutex_lock (&priv->lock);
  label = g_strdup (priv->label != NULL ? priv->label : "QEMU");
  g_mutex_unlock (&priv->lock);

  return label;
}

static GError *
name_what_failed (QemuMonitor *self,
                  const char  *what,
                  GError      *error)
{
  g_autofree char *label = qemu_monitor_dup_label (self);

  g_prefix_error (&error, "%s on %s: ", what, label);

  return error;
}

GError *
qemu_monitor_name_error (QemuMonitor *self,
                         QemuCommand *command,
                         GError      *error)
{
  return name_what_failed (self, qemu_command_get_name (command), error);
}

/* ---------------------------------------------------------------- the class */

/* What a getter has given out may be looked at for some while after the monitor has been opened again. */
typedef struct
{
  QemuVersion  *version;
  char        **capabilities;
} Peer;

static void
peer_free (gpointer data)
{
  Peer *self = data;

  g_clear_object (&self->version);
  g_strfreev (self->capabilities);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Peer, peer_free)

static void
qemu_monitor_constructed (GObject *object)
{
  QemuMonitorPrivate *priv = get_private (QEMU_MONITOR (object));

  G_OBJECT_CLASS (qemu_monitor_parent_class)->constructed (object);

  priv->context = g_main_context_ref_thread_default ();
}

static void
qemu_monitor_finalize (GObject *object)
{
  QemuMonitorPrivate *priv = get_private (QEMU_MONITOR (object));

  g_clear_object (&priv->opening);
  g_clear_object (&priv->lost);
  g_clear_error (&priv->lost_early);
  g_slist_free_full (g_steal_pointer (&priv->old_peers), peer_free);
  g_clear_object (&priv->version);
  g_clear_pointer (&priv->capabilities, g_strfreev);
  g_clear_pointer (&priv->label, g_free);
  g_clear_pointer (&priv->context, g_main_context_unref);
  g_slist_free_full (g_steal_pointer (&priv->witnesses), g_free);
  g_clear_pointer (&priv->listeners, g_ptr_array_unref);
  g_mutex_clear (&priv->witness_lock);
  g_mutex_clear (&priv->lock);

  G_OBJECT_CLASS (qemu_monitor_parent_class)->finalize (object);
}

static void
qemu_monitor_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  QemuMonitor *self = QEMU_MONITOR (object);

  switch ((QemuMonitorProperty) prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, qemu_monitor_get_state (self));
      break;

    case PROP_EVENTS_SUPPORTED:
      g_value_set_boolean (value, qemu_monitor_get_events_supported (self));
      break;

    case PROP_VERSION:
      g_value_set_object (value, qemu_monitor_get_version (self));
      break;

    case PROP_CAPABILITIES:
      g_value_set_boxed (value, qemu_monitor_get_capabilities (self));
      break;

    case PROP_OPEN_TIMEOUT:
      g_value_set_uint (value, qemu_monitor_get_open_timeout (self));
      break;

    case PROP_COMMAND_TIMEOUT:
      g_value_set_uint (value, qemu_monitor_get_command_timeout (self));
      break;

    case PROP_RECEIVED:
      g_value_set_uint64 (value, qemu_monitor_get_received (self));
      break;

    case PROP_DELIVERED:
      g_value_set_uint64 (value, qemu_monitor_get_delivered (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
set_events_supported (QemuMonitor *self,
                      gboolean     events_supported)
{
  QemuMonitorPrivate *priv = get_private (self);
  gboolean changed;

  g_mutex_lock (&priv->lock);
  changed = priv->events_supported != events_supported;
  priv->events_supported = events_supported;
  g_mutex_unlock (&priv->lock);

  /* Being constructed, it has no context, and nobody listens. */
  if (changed && priv->context != NULL)
    queue_notify (self, PROP_EVENTS_SUPPORTED);
}

static void
qemu_monitor_set_property (GObject      *object,
                           guint         prop_id,
                           const GValue *value,
                           GParamSpec   *pspec)
{
  QemuMonitor *self = QEMU_MONITOR (object);

  switch ((QemuMonitorProperty) prop_id)
    {
    case PROP_OPEN_TIMEOUT:
      qemu_monitor_set_open_timeout (self, g_value_get_uint (value));
      break;

    case PROP_COMMAND_TIMEOUT:
      qemu_monitor_set_command_timeout (self, g_value_get_uint (value));
      break;

    case PROP_EVENTS_SUPPORTED:
      set_events_supported (self, g_value_get_boolean (value));
      break;

    case PROP_STATE:
    case PROP_VERSION:
    case PROP_CAPABILITIES:
    case PROP_RECEIVED:
    case PROP_DELIVERED:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* What a monitor does that has nothing to connect to. */
static void
qemu_monitor_answer_at_once (QemuMonitor        *self,
                             QemuMonitorRequest *request)
{
  g_autoptr(GBytes) nothing = g_bytes_new_static ("{}", 2);

  qemu_monitor_request_return_bytes (request, nothing);
}

static void
qemu_monitor_refuse (QemuMonitor        *self,
                     QemuMonitorRequest *request)
{
  g_autoptr(GError) error = NULL;

  g_set_error (&error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "A %s runs no commands", G_OBJECT_TYPE_NAME (self));
  qemu_monitor_request_return_error (request, error);
}

static void
install_properties (GObjectClass *object_class)
{
  /**
   * QemuMonitor:state: (getter get_state)
   *
   * What the connection is doing.
   *
   * Since: 1.0
   */
  properties[PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, QEMU_TYPE_MONITOR_STATE, QEMU_MONITOR_STATE_CLOSED,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QemuMonitor:received: (getter get_received)
   *
   * How many events and ends of connections there have been so far: read, and perhaps not yet told. Synchronous calls
   * may read them long before a main loop tells of them. There is no `notify` for it.
   *
   * Whoever begins to listen, and does not want to hear of what was before, remembers it, and passes over what comes
   * while [property@Monitor:delivered] is not above that.
   *
   * Since: 1.0
   */
  properties[PROP_RECEIVED] =
    g_param_spec_uint64 ("received", NULL, NULL, 0, G_MAXUINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QemuMonitor:delivered: (getter get_delivered)
   *
   * The number of the event, or of the end of a connection, that was told last, or is being told now. They are
   * numbered from 1 as they come; numbers are left out where some were never told. There is no `notify` for it.
   *
   * Since: 1.0
   */
  properties[PROP_DELIVERED] =
    g_param_spec_uint64 ("delivered", NULL, NULL, 0, G_MAXUINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QemuMonitor:events-supported: (getter get_events_supported)
   *
   * Whether events can arrive this way. A class that derives from this one sets it to %FALSE where it has none, when
   * it is made or when it finds out; then whoever waits for something asks for it from time to time. Nobody else sets
   * it.
   *
   * Since: 1.0
   */
  properties[PROP_EVENTS_SUPPORTED] =
    g_param_spec_boolean ("events-supported", NULL, NULL, TRUE,
                          G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * QemuMonitor:version: (getter get_version)
   *
   * The version of the QEMU at the other end; %NULL until the monitor is open, and where it was not told.
   *
   * Since: 1.0
   */
  properties[PROP_VERSION] =
    g_param_spec_object ("version", NULL, NULL, QEMU_TYPE_VERSION, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QemuMonitor:capabilities: (getter get_capabilities)
   *
   * What the peer offers beyond plain QMP, such as `oob`; %NULL until the monitor is open, and where it was not told.
   *
   * Since: 1.0
   */
  properties[PROP_CAPABILITIES] =
    g_param_spec_boxed ("capabilities", NULL, NULL, G_TYPE_STRV, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QemuMonitor:open-timeout: (getter get_open_timeout) (setter set_open_timeout)
   *
   * How long [method@Monitor.open] may take in all, in milliseconds; 0: for ever.
   *
   * Since: 1.0
   */
  properties[PROP_OPEN_TIMEOUT] =
    g_param_spec_uint ("open-timeout", NULL, NULL, 0, G_MAXUINT, 10000,
                       G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * QemuMonitor:command-timeout: (getter get_command_timeout) (setter set_command_timeout)
   *
   * How long to wait for the reply to a command that has no limit of its own ([method@Command.set_timeout]), in
   * milliseconds; 0: for ever.
   *
   * Since: 1.0
   */
  properties[PROP_COMMAND_TIMEOUT] =
    g_param_spec_uint ("command-timeout", NULL, NULL, 0, G_MAXUINT, 60000,
                       G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
add_signals (QemuMonitorClass *klass)
{
  /**
   * QemuMonitor::event:
   * @self: the monitor
   * @event: what has happened
   *
   * Comes for each event that QEMU sends, in their order. The detail is the event's name: `event::STOP`.
   *
   * Since: 1.0
   */
  signals[SIGNAL_EVENT] =
    g_signal_new ("event",
                  G_TYPE_FROM_CLASS (klass),
                  G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED,
                  0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, QEMU_TYPE_EVENT);

  /**
   * QemuMonitor::closed:
   * @self: the monitor
   * @error: (nullable): why the connection has ended, or %NULL if it was closed from this side
   *
   * Comes once for each time that the monitor was open, behind the last event.
   *
   * Since: 1.0
   */
  signals[SIGNAL_CLOSED] =
    g_signal_new ("closed",
                  G_TYPE_FROM_CLASS (klass),
                  G_SIGNAL_RUN_LAST,
                  0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_ERROR);

  /**
   * QemuMonitor::replaced:
   * @self: the monitor
   *
   * Comes when the QEMU behind the open monitor is not the one that it was: it has ended, or another one was started.
   * Only a monitor that goes through something that outlives a QEMU has it, such as libvirt; elsewhere QEMU's end is
   * that of the connection.
   *
   * Since: 1.0
   */
  signals[SIGNAL_REPLACED] =
    g_signal_new ("replaced",
                  G_TYPE_FROM_CLASS (klass),
                  G_SIGNAL_RUN_LAST,
                  0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
}

static void
qemu_monitor_class_init (QemuMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = qemu_monitor_constructed;
  object_class->finalize = qemu_monitor_finalize;
  object_class->get_property = qemu_monitor_get_property;
  object_class->set_property = qemu_monitor_set_property;

  klass->start_open = qemu_monitor_answer_at_once;
  klass->start_close = qemu_monitor_answer_at_once;
  klass->start_run = qemu_monitor_refuse;

  install_properties (object_class);
  add_signals (klass);

  /* GLib makes a thread for the first task, and ends the program where there is no descriptor for that: let it be now
   * rather than in the middle of something. */
  g_type_ensure (G_TYPE_TASK);
}

static void
qemu_monitor_init (QemuMonitor *self)
{
  QemuMonitorPrivate *priv = get_private (self);

  g_mutex_init (&priv->lock);
  g_mutex_init (&priv->witness_lock);
  priv->lost = g_cancellable_new ();
  priv->open_timeout = 10000;
  priv->command_timeout = 60000;
}

unsigned
qemu_monitor_get_connection (QemuMonitor *self)
{
  QemuMonitorPrivate *priv = get_private (self);
  unsigned connection;

  g_mutex_lock (&priv->lock);
  connection = priv->n_connections;
  g_mutex_unlock (&priv->lock);

  return connection;
}

GMainContext *
qemu_monitor_get_context (QemuMonitor *self)
{
  return get_private (self)->context;
}

/* ---------------------------------------------------------------- properties */

/**
 * qemu_monitor_get_state: (get-property state)
 * @self: a monitor
 *
 * Gets what the connection is doing.
 *
 * Returns: the state
 *
 * Since: 1.0
 */
QemuMonitorState
qemu_monitor_get_state (QemuMonitor *self)
{
  QemuMonitorPrivate *priv;
  QemuMonitorState state;

  g_return_val_if_fail (QEMU_IS_MONITOR (self), QEMU_MONITOR_STATE_CLOSED);

  priv = get_private (self);
  g_mutex_lock (&priv->lock);
  state = get_state_locked (self);
  g_mutex_unlock (&priv->lock);

  return state;
}

/**
 * qemu_monitor_get_events_supported: (get-property events-supported)
 * @self: a monitor
 *
 * Tells whether events can arrive this way.
 *
 * Returns: whether there may be events
 *
 * Since: 1.0
 */
gboolean
qemu_monitor_get_events_supported (QemuMonitor *self)
{
  QemuMonitorPrivate *priv;
  gboolean events_supported;

  g_return_val_if_fail (QEMU_IS_MONITOR (self), FALSE);

  priv = get_private (self);
  g_mutex_lock (&priv->lock);
  events_supported = priv->events_supported;
  g_mutex_unlock (&priv->lock);

  return events_supported;
}

/**
 * qemu_monitor_get_received: (get-property received)
 * @self: a monitor
 *
 * Gets how many events and ends of connections there have been so far. See [property@Monitor:received].
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint64
qemu_monitor_get_received (QemuMonitor *self)
{
  g_return_val_if_fail (QEMU_IS_MONITOR (self), 0);

  return get_number (self, &get_private (self)->received);
}

/**
 * qemu_monitor_get_delivered: (get-property delivered)
 * @self: a monitor
 *
 * Gets which event or end of a connection was told last. See [property@Monitor:delivered].
 *
 * Returns: its number
 *
 * Since: 1.0
 */
guint64
qemu_monitor_get_delivered (QemuMonitor *self)
{
  g_return_val_if_fail (QEMU_IS_MONITOR (self), 0);

  return get_number (self, &get_private (self)->delivered);
}

/**
 * qemu_monitor_get_version: (get-property version)
 * @self: a monitor
 *
 * Gets the version of the QEMU at the other end.
 *
 * Returns: (transfer none) (nullable): the version, or %NULL if the monitor was not open yet or it was not told
 *
 * Since: 1.0
 */
QemuVersion *
qemu_monitor_get_version (QemuMonitor *self)
{
  QemuMonitorPrivate *priv;
  QemuVersion *version;

  g_return_val_if_fail (QEMU_IS_MONITOR (self), NULL);

  priv = get_private (self);
  g_mutex_lock (&priv->lock);
  version = priv->version;
  g_mutex_unlock (&priv->lock);

  return version;
}

/**
 * qemu_monitor_get_capabilities: (get-property capabilities)
 * @self: a monitor
 *
 * Gets what the peer offers beyond plain QMP.
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): the names of capabilities, such as `oob`; %NULL if
 *   the monitor was not open yet, or they were not told
 *
 * Since: 1.0
 */
const char * const *
qemu_monitor_get_capabilities (QemuMonitor *self)
{
  QemuMonitorPrivate *priv;
  char **capabilities;

  g_return_val_if_fail (QEMU_IS_MONITOR (self), NULL);

  priv = get_private (self);
  g_mutex_lock (&priv->lock);
  capabilities = priv->capabilities;
  g_mutex_unlock (&priv->lock);

  return (const char * const *) capabilities;
}

static unsigned
get_timeout (QemuMonitor    *self,
             const unsigned *timeout)
{
  QemuMonitorPrivate *priv = get_private (self);
  unsigned value;

  g_mutex_lock (&priv->lock);
  value = *timeout;
  g_mutex_unlock (&priv->lock);

  return value;
}

static void
set_timeout (QemuMonitor         *self,
             unsigned            *timeout,
             unsigned             value,
             QemuMonitorProperty  prop_id)
{
  QemuMonitorPrivate *priv = get_private (self);
  gboolean changed;

  g_mutex_lock (&priv->lock);
  changed = *timeout != value;
  *timeout = value;
  g_mutex_unlock (&priv->lock);

  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[prop_id]);
}

/**
 * qemu_monitor_get_open_timeout: (get-property open-timeout)
 * @self: a monitor
 *
 * Gets how long [method@Monitor.open] may take.
 *
 * Returns: milliseconds, or 0 for no limit
 *
 * Since: 1.0
 */
unsigned
qemu_monitor_get_open_timeout (QemuMonitor *self)
{
  g_return_val_if_fail (QEMU_IS_MONITOR (self), 0);

  return get_timeout (self, &get_private (self)->open_timeout);
}

/**
 * qemu_monitor_set_open_timeout: (set-property open-timeout)
 * @self: a monitor
 * @timeout_ms: milliseconds, or 0 for no limit
 *
 * Sets how long [method@Monitor.open] may take in all: to connect, to be greeted and to agree with QEMU on
 * capabilities.
 *
 * Since: 1.0
 */
void
qemu_monitor_set_open_timeout (QemuMonitor *self,
                               unsigned     timeout_ms)
{
  g_return_if_fail (QEMU_IS_MONITOR (self));

  set_timeout (self, &get_private (self)->open_timeout, timeout_ms, PROP_OPEN_TIMEOUT);
}

/**
 * qemu_monitor_get_command_timeout: (get-property command-timeout)
 * @self: a monitor
 *
 * Gets how long to wait for the reply to a command.
 *
 * Returns: milliseconds, or 0 for no limit
 *
 * Since: 1.0
 */
unsigned
qemu_monitor_get_command_timeout (QemuMonitor *self)
{
  g_return_val_if_fail (QEMU_IS_MONITOR (self), 0);

  return get_timeout (self, &get_private (self)->command_timeout);
}

/**
 * qemu_monitor_set_command_timeout: (set-property command-timeout)
 * @self: a monitor
 * @timeout_ms: milliseconds, or 0 for no limit
 *
 * Sets how long to wait for the reply to a command that has no limit of its own. Whoever runs out of time may go on
 * with the connection; QEMU may still do what it was asked.
 *
 * Since: 1.0
 */
void
qemu_monitor_set_command_timeout (QemuMonitor *self,
                                  unsigned     timeout_ms)
{
  g_return_if_fail (QEMU_IS_MONITOR (self));

  set_timeout (self, &get_private (self)->command_timeout, timeout_ms, PROP_COMMAND_TIMEOUT);
}

/* ---------------------------------------------------------------- open */

static void
start_request (QemuMonitor         *self,
               void               (*start) (QemuMonitor        *self,
                                            QemuMonitorRequest *request),
               QemuCommand         *command,
               QemuRequestWatch     watch,
               unsigned             timeout_ms,
               GCancellable        *lost,
               GCancellable        *cancellable,
               GAsyncReadyCallback  callback,
               gpointer             user_data)
{
  g_autoptr(GTask) task = qemu_task_new (self, cancellable, callback, user_data);
  g_autoptr(QemuMonitorRequest) request = NULL;

  g_task_set_source_tag (task, start_request);
  g_task_set_check_cancellable (task, FALSE);
  request = qemu_monitor_request_new (command, watch, timeout_ms, lost, task);
  start (self, request);
}

static char **
read_capabilities (const QemuJson *json,
                   guint32         list)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  QEMU_JSON_FOREACH_ELEMENT (json, list, element)
    {
      g_autofree char *name = qemu_json_dup_string (json, element);

      if (name != NULL)
        g_strv_builder_add (builder, name);
    }

  return g_strv_builder_end (builder);
}

/* QEMU's has some two hundred bytes. */
#define MAX_GREETING 65536

/* What the greeting, or `{}`, says: {"QMP": {"version": …, "capabilities": […]}} */
static Peer *
peer_new (GBytes *greeting)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  Peer *self = g_new0 (Peer, 1);
  gsize length;
  const char *text = g_bytes_get_data (greeting, &length);
  guint32 qmp, version, capabilities;

  if (length > MAX_GREETING || !qemu_json_parse (&json, text, length, NULL) ||
      (qmp = qemu_json_get_member (&json, 0, "QMP")) == QEMU_JSON_NONE)
    return self;

  version = qemu_json_get_member (&json, qmp, "version");
  if (version != QEMU_JSON_NONE)
    self->version = qemu_version_new (&json, version);
  capabilities = qemu_json_get_member (&json, qmp, "capabilities");
  if (capabilities != QEMU_JSON_NONE)
    self->capabilities = read_capabilities (&json, capabilities);

  return self;
}

/* However often it is opened: of those that nobody can want any more, the oldest go. */
#define MAX_OLD_PEERS 8

/* Takes what @peer has, and gives it what is to be forgotten. */
static void
set_peer_locked (QemuMonitor *self,
                 Peer        *peer)
{
  QemuMonitorPrivate *priv = get_private (self);
  Peer old = { priv->version, priv->capabilities };
  GSList *oldest;

  priv->version = g_steal_pointer (&peer->version);
  priv->capabilities = g_steal_pointer (&peer->capabilities);
  if (old.version != NULL || old.capabilities != NULL)
    priv->old_peers = g_slist_prepend (priv->old_peers, g_memdup2 (&old, sizeof old));
  oldest = g_slist_nth (priv->old_peers, MAX_OLD_PEERS);
  if (oldest != NULL)
    {
      g_autofree Peer *forgotten = oldest->data;

      *peer = *forgotten;
      priv->old_peers = g_slist_delete_link (priv->old_peers, oldest);
    }

  queue_notify (self, PROP_VERSION);
  queue_notify (self, PROP_CAPABILITIES);
}

/* An attempt to open. It is under way as long as the monitor's `opening` is its cancellable: close() takes that away,
 * and then whatever comes of the attempt is dropped. */
typedef struct
{
  GCancellable *cancellable;
  GCancellable *callers;                /* cancels ours */
  gulong        callers_id;
} Attempt;

static Attempt *
attempt_new (GCancellable *callers)
{
  Attempt *self = g_new0 (Attempt, 1);

  self->cancellable = g_cancellable_new ();
  if (callers != NULL)
    {
      self->callers = g_object_ref (callers);
      self->callers_id = g_cancellable_connect (callers, G_CALLBACK (qemu_cancel_cb),
                                                g_object_ref (self->cancellable), g_object_unref);
    }

  return self;
}

static void
attempt_free (gpointer data)
{
  Attempt *self = data;

  qemu_cancellable_disconnect (self->callers, self->callers_id);
  g_clear_object (&self->callers);
  g_object_unref (self->cancellable);
  g_free (self);
}

/* FALSE: the monitor was closed meanwhile. @data is what came with the answer. A good one may have become bad. All at
 * once: as soon as the monitor is open, other threads run commands, and what they are told has to be in order. */
static gboolean
end_attempt (QemuMonitor  *self,
             Attempt      *attempt,
             Peer         *peer,
             gpointer      data,
             GError      **error)
{
  QemuMonitorPrivate *priv = get_private (self);
  const QemuMonitorWire *wire = get_wire (self);
  QemuMonitorState state;
  gboolean under_way;

  g_mutex_lock (&priv->lock);
  under_way = priv->opening == attempt->cancellable;
  if (priv->lost_early != NULL && *error == NULL)
    *error = g_steal_pointer (&priv->lost_early);
  state = *error == NULL ? QEMU_MONITOR_STATE_OPEN : QEMU_MONITOR_STATE_CLOSED;
  if (under_way)
    {
      g_clear_object (&priv->opening);
      priv->state = state;
    }
  if (under_way && state == QEMU_MONITOR_STATE_OPEN)
    {
      priv->n_connections++;
      set_peer_locked (self, peer);
      if (wire != NULL)
        wire->commit (self, data);
    }
  g_mutex_unlock (&priv->lock);

  return under_way;
}

static void
start_open_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GBytes) greeting = NULL;
  QemuMonitor *self = QEMU_MONITOR (object);
  Attempt *attempt = g_task_get_task_data (task);
  gpointer data = g_task_get_task_data (G_TASK (result));
  g_autoptr(Peer) peer = NULL;
  GError *error = NULL;

  greeting = g_task_propagate_pointer (G_TASK (result), &error);
  if (greeting != NULL)
    peer = peer_new (greeting);
  if (!end_attempt (self, attempt, peer, data, &error))
    {
      g_clear_error (&error);
      g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The monitor was closed");
    }
  else if (error != NULL)
    {
      /* Whoever would still answer need not. */
      g_cancellable_cancel (attempt->cancellable);
      queue_notify_state (self);
    }
  else if (get_wire (self) == NULL)
    {
      queue_notify_state (self);
    }

  if (error != NULL)
    g_task_return_error (task, name_what_failed (self, "open", error));
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * qemu_monitor_open_async:
 * @self: a monitor
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the monitor is open, or could not be opened
 * @user_data: for @callback
 *
 * Connects, and agrees with QEMU on capabilities (`qmp_capabilities`). [property@Monitor:open-timeout] limits all of it.
 *
 * Ends at once where the monitor is open already. See [method@Monitor.open] for the errors.
 *
 * Since: 1.0
 */
void
qemu_monitor_open_async (QemuMonitor         *self,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  QemuMonitorPrivate *priv;
  QemuMonitorState state;
  Attempt *attempt;

  g_return_if_fail (QEMU_IS_MONITOR (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  priv = get_private (self);
  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_monitor_open_async);
  g_task_set_check_cancellable (task, FALSE);
  if (g_cancellable_is_cancelled (cancellable))
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The operation was cancelled");
      return;
    }

  attempt = attempt_new (cancellable);
  g_task_set_task_data (task, attempt, attempt_free);
  g_mutex_lock (&priv->lock);
  state = get_state_locked (self);
  if (state == QEMU_MONITOR_STATE_CLOSED)
    {
      priv->state = QEMU_MONITOR_STATE_OPENING;
      g_clear_error (&priv->lost_early);
      g_set_object (&priv->opening, attempt->cancellable);
    }
  g_mutex_unlock (&priv->lock);

  if (state == QEMU_MONITOR_STATE_OPEN)
    {
      g_task_return_boolean (task, TRUE);
    }
  else if (state != QEMU_MONITOR_STATE_CLOSED)
    {
      g_task_return_error (task, name_what_failed (self, "open",
                                                   g_error_new_literal (G_IO_ERROR, G_IO_ERROR_PENDING,
                                                                        "The monitor is being opened or closed")));
    }
  else
    {
      queue_notify_state (self);
      /* A monitor with a channel watches over itself: it knows best what it waited for in vain, and has things to put
       * away before the wait may end. */
      start_request (self, QEMU_MONITOR_GET_CLASS (self)->start_open, NULL,
                     get_wire (self) != NULL ? QEMU_REQUEST_UNWATCHED : QEMU_REQUEST_WATCHED,
                     qemu_monitor_get_open_timeout (self), NULL, attempt->cancellable, start_open_cb,
                     g_steal_pointer (&task));
    }
}

/**
 * qemu_monitor_open_finish:
 * @self: a monitor
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Monitor.open_async].
 *
 * Returns: whether the monitor is open
 *
 * Since: 1.0
 */
gboolean
qemu_monitor_open_finish (QemuMonitor   *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (QEMU_IS_MONITOR (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_monitor_open_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qemu_monitor_open:
 * @self: a monitor
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Connects, and agrees with QEMU on capabilities (`qmp_capabilities`); waits for it. Where there is no greeting to tell
 * QEMU's version, `query-version` does; with [property@SocketMonitor:out-of-band], `query-qmp-schema` tells which
 * commands may overtake others.
 *
 * Fails with %G_IO_ERROR_BUSY where something accepts the connection and says nothing (another client holds this
 * monitor, or QEMU is stopped), %G_IO_ERROR_TIMED_OUT, %G_IO_ERROR_NOT_FOUND, %G_IO_ERROR_CONNECTION_REFUSED,
 * %G_IO_ERROR_CONNECTION_CLOSED, %G_IO_ERROR_PENDING (it is being opened or closed), %G_IO_ERROR_CANCELLED (also by
 * [method@Monitor.close]), %G_IO_ERROR_TOO_MANY_OPEN_FILES, or %QEMU_ERROR_PROTOCOL (what is there does not speak QMP).
 *
 * Returns: whether the monitor is open
 *
 * Since: 1.0
 */
gboolean
qemu_monitor_open (QemuMonitor   *self,
                   GCancellable  *cancellable,
                   GError       **error)
{
  g_auto(QemuSync) sync = { 0 };

  g_return_val_if_fail (QEMU_IS_MONITOR (self), FALSE);

  if (!qemu_sync_begin (&sync, error))
    return FALSE;
  qemu_monitor_open_async (self, cancellable, qemu_sync_cb, &sync);

  return qemu_monitor_open_finish (self, qemu_sync_end (&sync), error);
}

/* ---------------------------------------------------------------- close */

/* Cancelling what it returns ends what is pending in a class without a channel. */
static GCancellable *
lose_connection_locked (QemuMonitor      *self,
                        QemuMonitorState  state)
{
  QemuMonitorPrivate *priv = get_private (self);
  GCancellable *lost = priv->lost;

  priv->state = state;
  priv->lost = g_cancellable_new ();

  return lost;
}

static void
start_close_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GBytes) bytes = NULL;
  QemuMonitor *self = QEMU_MONITOR (object);
  QemuMonitorPrivate *priv = get_private (self);
  GError *error = NULL;

  bytes = g_task_propagate_pointer (G_TASK (result), &error);

  /* `closed` may have come before this, and its handler have opened the monitor again. */
  g_mutex_lock (&priv->lock);
  if (priv->state == QEMU_MONITOR_STATE_CLOSING)
    priv->state = QEMU_MONITOR_STATE_CLOSED;
  g_mutex_unlock (&priv->lock);

  if (get_wire (self) == NULL)
    {
      guint64 number = qemu_monitor_tell_witnesses (self, NULL);

      send_errand (self, SIGNAL_CLOSED, NULL, number, NULL);
    }

  if (error != NULL)
    g_task_return_error (task, name_what_failed (self, "close", error));
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * qemu_monitor_close_async:
 * @self: a monitor
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the connection is closed
 * @user_data: for @callback
 *
 * Closes the connection. Every pending command ends with %G_IO_ERROR_CONNECTION_CLOSED. An attempt to open is ended,
 * too, with %G_IO_ERROR_CANCELLED. Where the monitor is closed already, or somebody else is closing it, there is
 * nothing to do or to wait for.
 *
 * QEMU goes on running.
 *
 * Since: 1.0
 */
void
qemu_monitor_close_async (QemuMonitor         *self,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  g_autoptr(GCancellable) opening = NULL;
  g_autoptr(GCancellable) lost = NULL;
  QemuMonitorPrivate *priv;
  gboolean close;

  g_return_if_fail (QEMU_IS_MONITOR (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  priv = get_private (self);
  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_monitor_close_async);
  g_task_set_check_cancellable (task, FALSE);

  g_mutex_lock (&priv->lock);
  opening = g_steal_pointer (&priv->opening);
  close = priv->state == QEMU_MONITOR_STATE_OPEN;
  if (close)
    lost = lose_connection_locked (self, QEMU_MONITOR_STATE_CLOSING);
  else if (opening != NULL)
    priv->state = QEMU_MONITOR_STATE_CLOSED;
  g_mutex_unlock (&priv->lock);

  if (close)
    {
      g_cancellable_cancel (lost);
      queue_notify_state (self);
      start_request (self, QEMU_MONITOR_GET_CLASS (self)->start_close, NULL, QEMU_REQUEST_WATCHED,
                     qemu_monitor_get_open_timeout (self), NULL, cancellable, start_close_cb, g_steal_pointer (&task));
      return;
    }

  if (opening != NULL)
    {
      queue_notify_state (self);
      g_cancellable_cancel (opening);
    }
  g_task_return_boolean (task, TRUE);
}

/**
 * qemu_monitor_close_finish:
 * @self: a monitor
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Monitor.close_async].
 *
 * Returns: whether it was closed in good order; the connection is gone in any case
 *
 * Since: 1.0
 */
gboolean
qemu_monitor_close_finish (QemuMonitor   *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (QEMU_IS_MONITOR (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_monitor_close_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qemu_monitor_close:
 * @self: a monitor
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Closes the connection and waits until it is closed. See [method@Monitor.close_async].
 *
 * Returns: whether it was closed in good order; the connection is gone in any case
 *
 * Since: 1.0
 */
gboolean
qemu_monitor_close (QemuMonitor   *self,
                    GCancellable  *cancellable,
                    GError       **error)
{
  g_auto(QemuSync) sync = { 0 };

  g_return_val_if_fail (QEMU_IS_MONITOR (self), FALSE);

  if (!qemu_sync_begin (&sync, error))
    {
      /* It closes all the same, and nobody waits for it. */
      qemu_monitor_close_async (self, NULL, NULL, NULL);
      return FALSE;
    }
  qemu_monitor_close_async (self, cancellable, qemu_sync_cb, &sync);

  return qemu_monitor_close_finish (self, qemu_sync_end (&sync), error);
}

/* ---------------------------------------------------------------- run */

/* Whether commands may be run, and what the command is. @lost, unless NULL, is left what is cancelled with the
 * connection. */
static const char *
prepare_run (QemuMonitor   *self,
             QemuCommand   *command,
             gsize         *length,
             unsigned      *timeout_ms,
             GCancellable **lost,
             GError       **error)
{
  QemuMonitorPrivate *priv = get_private (self);
  const char *text = qemu_command_get_text (command, length, error);
  QemuMonitorState state;

  if (text == NULL)
    return NULL;
  /* Not get_state_locked(): one that has lost its connection and does not know it yet says so by itself. */
  g_mutex_lock (&priv->lock);
  state = priv->state;
  *timeout_ms = qemu_command_get_timeout (command, priv->command_timeout);
  if (lost != NULL)
    *lost = g_object_ref (priv->lost);
  g_mutex_unlock (&priv->lock);

  if (state != QEMU_MONITOR_STATE_OPEN)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "The monitor is not open");
      return NULL;
    }
  if (G_UNLIKELY (qemu_command_get_out_of_band (command)) && get_wire (self) != NULL &&
      !get_wire (self)->check_overtaking (self, qemu_command_get_name (command), error))
    return NULL;

  return text;
}

GError *
qemu_monitor_no_files_error_new (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                              "A file can be passed only to a QEMU on this machine, through a UNIX socket");
}

/* The file that goes with the command, for one attempt to run it; -1: none. */
static int
dup_file (QemuMonitor  *self,
          QemuCommand  *command,
          GError      **error)
{
  int fd = qemu_command_get_fd (command), file;

  if (fd < 0)
    return -1;
  if (get_wire (self) == NULL)
    {
      g_propagate_error (error, qemu_monitor_no_files_error_new ());
      return -1;
    }

  file = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  if (file < 0)
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));

  return file;
}

/* What a class without a channel has answered. */
static GBytes *
check_reply (GBytes  *bytes,
             GError **error)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  guint32 error_object;

  if (!qemu_json_parse (&json, text, length, error))
    return NULL;

  error_object = qemu_json_get_member (&json, 0, "error");
  if (error_object != QEMU_JSON_NONE)
    {
      g_propagate_error (error, qemu_message_error_new (&json, error_object));
      return NULL;
    }
  if (qemu_json_get_member (&json, 0, "return") == QEMU_JSON_NONE)
    {
      g_set_error_literal (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL, "The monitor's answer is no reply to a command");
      return NULL;
    }

  return g_bytes_ref (bytes);
}

/* Who waits for what a class without a channel answers. */
typedef struct
{
  QemuChannelReplyFunc callback;
  gpointer             user_data;
} Answering;

static void
start_run_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autofree Answering *answering = user_data;
  g_autoptr(GBytes) bytes = NULL;
  GBytes *reply = NULL;
  GError *error = NULL;

  bytes = g_task_propagate_pointer (G_TASK (result), &error);
  if (bytes != NULL)
    reply = check_reply (bytes, &error);

  answering->callback (reply, error, answering->user_data);
}

void
qemu_monitor_start_run (QemuMonitor          *self,
                        QemuCommand          *command,
                        GCancellable         *cancellable,
                        QemuChannelReplyFunc  callback,
                        gpointer              user_data)
{
  const QemuMonitorWire *wire = get_wire (self);
  g_autoptr(GCancellable) lost = NULL;
  const char *text;
  gsize length;
  unsigned timeout_ms;
  int file = -1;
  GError *error = NULL;

  text = prepare_run (self, command, &length, &timeout_ms, &lost, &error);
  if (text != NULL)
    file = dup_file (self, command, &error);
  /* A channel looks for itself. A class without one is not even asked, since it may answer at once. */
  if (error == NULL && wire == NULL)
    g_cancellable_set_error_if_cancelled (cancellable, &error);

  if (error != NULL)
    {
      callback (NULL, error, user_data);
    }
  else if (wire != NULL)
    {
      wire->run_async (self, text, length, file, timeout_ms, cancellable, callback, user_data);
    }
  else
    {
      Answering *answering = g_new (Answering, 1);

      answering->callback = callback;
      answering->user_data = user_data;
      start_request (self, QEMU_MONITOR_GET_CLASS (self)->start_run, command, QEMU_REQUEST_WATCHED, timeout_ms, lost,
                     cancellable, start_run_cb, answering);
    }
}

static void
run_answered (GBytes   *reply,
              GError   *error,
              gpointer  user_data)
{
  g_autoptr(GTask) task = user_data;

  if (error != NULL)
    g_task_return_error (task, qemu_monitor_name_error (g_task_get_source_object (task), g_task_get_task_data (task),
                                                        error));
  else
    g_task_return_pointer (task, reply, (GDestroyNotify) g_bytes_unref);
}

/**
 * qemu_monitor_run_async:
 * @self: a monitor
 * @command: what to run
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the reply
 * @user_data: for @callback
 *
 * Runs a command. See [method@Monitor.run] for the errors.
 *
 * Any number of commands may be run at the same time.
 *
 * Since: 1.0
 */
void
qemu_monitor_run_async (QemuMonitor         *self,
                        QemuCommand         *command,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (QEMU_IS_MONITOR (self));
  g_return_if_fail (command != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_monitor_run_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, qemu_command_ref (command), (GDestroyNotify) qemu_command_unref);
  qemu_monitor_start_run (self, command, cancellable, run_answered, task);
}

/**
 * qemu_monitor_run_finish:
 * @self: a monitor
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Monitor.run_async].
 *
 * Returns: (transfer full): the whole reply as QEMU sent it, `{"return": …}`
 *
 * Since: 1.0
 */
GBytes *
qemu_monitor_run_finish (QemuMonitor   *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  g_return_val_if_fail (QEMU_IS_MONITOR (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_monitor_run_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static GBytes *
run_by_request (QemuMonitor   *self,
                QemuCommand   *command,
                GCancellable  *cancellable,
                GError       **error)
{
  g_auto(QemuSync) sync = { 0 };

  if (!qemu_sync_begin (&sync, error))
    return NULL;
  qemu_monitor_run_async (self, command, cancellable, qemu_sync_cb, &sync);

  return qemu_monitor_run_finish (self, qemu_sync_end (&sync), error);
}

GBytes *
qemu_monitor_run_parsed (QemuMonitor   *self,
                         QemuCommand   *command,
                         GCancellable  *cancellable,
                         GError       **error)
{
  const QemuMonitorWire *wire;
  const char *text;
  gsize length;
  unsigned timeout_ms;
  GError *local_error = NULL;
  GBytes *reply = NULL;

  wire = get_wire (self);
  if (wire == NULL || qemu_command_get_fd (command) >= 0)
    return run_by_request (self, command, cancellable, error);

  text = prepare_run (self, command, &length, &timeout_ms, NULL, &local_error);
  if (text != NULL)
    reply = wire->run (self, text, length, timeout_ms, cancellable, &local_error);
  if (reply == NULL)
    g_propagate_error (error, qemu_monitor_name_error (self, command, local_error));

  return reply;
}

/**
 * qemu_monitor_run:
 * @self: a monitor
 * @command: what to run
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Runs a command and waits for its reply.
 *
 * Where QEMU answers with an error it comes as [error@Qemu.Error]. Other errors are %G_IO_ERROR_NOT_CONNECTED,
 * %G_IO_ERROR_CONNECTION_CLOSED, %G_IO_ERROR_TIMED_OUT, %G_IO_ERROR_CANCELLED, and %G_IO_ERROR_INVALID_ARGUMENT for a
 * command that cannot be sent.
 *
 * Returns: (transfer full): the whole reply as QEMU sent it, `{"return": …}`
 *
 * Since: 1.0
 */
GBytes *
qemu_monitor_run (QemuMonitor   *self,
                  QemuCommand   *command,
                  GCancellable  *cancellable,
                  GError       **error)
{
  GBytes *reply;

  g_return_val_if_fail (QEMU_IS_MONITOR (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  reply = qemu_monitor_run_parsed (self, command, cancellable, error);
  qemu_thread_get ()->parsed = NULL;

  return reply;
}

/* ---------------------------------------------------------------- pictures of the screen */

gboolean
qemu_monitor_takes_pictures (QemuMonitor *self)
{
  return QEMU_MONITOR_GET_CLASS (self)->start_screen_dump != NULL;
}

static void
picture_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  GError *error = NULL;
  GBytes *picture = g_task_propagate_pointer (G_TASK (result), &error);

  run_answered (picture, error, user_data);
}

void
qemu_monitor_take_picture_async (QemuMonitor         *self,
                                 QemuCommand         *command,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  GTask *task = qemu_task_new (self, cancellable, callback, user_data);
  g_autoptr(GCancellable) lost = NULL;
  gsize length;
  unsigned timeout_ms;
  GError *error = NULL;

  g_task_set_source_tag (task, qemu_monitor_take_picture_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, qemu_command_ref (command), (GDestroyNotify) qemu_command_unref);

  if (prepare_run (self, command, &length, &timeout_ms, &lost, &error) == NULL)
    run_answered (NULL, error, task);
  else
    start_request (self, QEMU_MONITOR_GET_CLASS (self)->start_screen_dump, command, QEMU_REQUEST_WATCHED, timeout_ms,
                   lost, cancellable, picture_cb, task);
}

GBytes *
qemu_monitor_take_picture_finish (QemuMonitor   *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_assert (g_task_is_valid (result, self));

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---------------------------------------------------------------- for those who derive */

/**
 * qemu_monitor_emit_event:
 * @self: a monitor
 * @name: the event's name
 * @timestamp: microseconds since the epoch, or 0
 * @data: (nullable): the event's data, a JSON object
 *
 * Has [signal@Monitor::event] come, in the monitor's context. For classes that derive from this one; from any thread.
 *
 * Data that is not JSON is dropped with a warning. Where the main loop of that context does not run, 16 MiB of events
 * wait for it; beyond that the oldest are dropped.
 *
 * Since: 1.0
 */
void
qemu_monitor_emit_event (QemuMonitor *self,
                         const char  *name,
                         gint64       timestamp,
                         GBytes      *data)
{
  g_autofree char *text = NULL;
  QemuEventText *event;
  gsize length = 0;

  g_return_if_fail (QEMU_IS_MONITOR (self));
  g_return_if_fail (name != NULL);

  if (data != NULL)
    {
      g_auto(QemuJson) json = QEMU_JSON_INIT;
      g_autoptr(GError) error = NULL;

      length = g_bytes_get_size (data);
      text = g_strndup (length > 0 ? g_bytes_get_data (data, NULL) : "", length);
      if (!qemu_json_parse (&json, text, length, &error))
        {
          g_warning ("The data of event %s is dropped: %s", name, error->message);
          length = 0;
        }
    }

  event = qemu_event_text_new (name, timestamp, text, length);
  qemu_monitor_tell_witnesses (self, event);
  send_errand (self, SIGNAL_EVENT, event, 0, NULL);
}

/**
 * qemu_monitor_emit_closed:
 * @self: a monitor
 * @error: (nullable): why the connection has ended
 *
 * Tells that the connection has been lost: the monitor is closed, every pending command ends with
 * %G_IO_ERROR_CONNECTION_CLOSED, and [signal@Monitor::closed] comes in the monitor's context. For classes that derive
 * from this one; from any thread. Where the monitor is still being opened, that fails with this error, as soon as
 * `start_open` is answered.
 *
 * Not to be called for a close that was asked for.
 *
 * Since: 1.0
 */
void
qemu_monitor_emit_closed (QemuMonitor  *self,
                          const GError *error)
{
  QemuMonitorPrivate *priv;
  g_autoptr(GCancellable) lost = NULL;
  guint64 number;

  g_return_if_fail (QEMU_IS_MONITOR (self));

  priv = get_private (self);
  g_mutex_lock (&priv->lock);
  if (priv->state == QEMU_MONITOR_STATE_OPEN)
    lost = lose_connection_locked (self, QEMU_MONITOR_STATE_CLOSED);
  else if (priv->state == QEMU_MONITOR_STATE_OPENING && priv->lost_early == NULL)
    priv->lost_early = error != NULL ? g_error_copy (error)
                                     : g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                                                            "The connection was closed");
  g_mutex_unlock (&priv->lock);

  if (lost == NULL)
    return;

  g_cancellable_cancel (lost);
  number = qemu_monitor_tell_witnesses (self, NULL);
  send_errand (self, SIGNAL_CLOSED, NULL, number, error != NULL ? g_error_copy (error) : NULL);
}

/**
 * qemu_monitor_emit_replaced:
 * @self: a monitor
 * @greeting: (nullable): what the QEMU that is there now greets with, or `{}`, where that is known; %NULL: there is
 *   none
 *
 * Tells that the QEMU behind an open monitor is not the one that it was: it has ended, or another one has been started.
 * For classes that derive from this one, and reach a QEMU through something that outlives it; from any thread.
 *
 * [signal@Monitor::replaced] comes in the monitor's context. Domains forget what they know of jobs and devices, and ask
 * for the status again.
 *
 * Since: 1.0
 */
void
qemu_monitor_emit_replaced (QemuMonitor *self,
                            GBytes      *greeting)
{
  g_autoptr(GBytes) text = NULL;
  g_autoptr(Peer) peer = NULL;
  QemuMonitorPrivate *priv;
  guint64 number;
  gboolean is_open;

  g_return_if_fail (QEMU_IS_MONITOR (self));

  if (greeting != NULL)
    text = qemu_message_bytes_new (g_bytes_get_data (greeting, NULL), g_bytes_get_size (greeting));
  else
    text = qemu_message_bytes_new ("{}", 2);
  peer = peer_new (text);

  priv = get_private (self);
  g_mutex_lock (&priv->lock);
  is_open = priv->state == QEMU_MONITOR_STATE_OPEN;
  if (is_open)
    {
      priv->n_connections++;
      set_peer_locked (self, peer);
    }
  g_mutex_unlock (&priv->lock);

  if (!is_open)
    return;

  number = qemu_monitor_tell_witnesses (self, NULL);
  send_errand (self, SIGNAL_REPLACED, NULL, number, NULL);
}
