/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-socket-monitor-private.h"

#include <string.h>
#include <unistd.h>

#include "qemu-context-private.h"
#include "qemu-error.h"
#include "qemu-monitor-private.h"
#include "qemu-monitor-request-private.h"
#include "qemu-uri-private.h"

/**
 * QemuSocketMonitor:
 *
 * A monitor that speaks QMP over a stream, nearly always a socket.
 *
 * ```c
 * g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_uri ("unix:/run/vm.sock", &error);
 *
 * if (monitor == NULL || !qemu_monitor_open (monitor, NULL, &error))
 *   …
 * ```
 *
 * A QEMU's monitor serves one client at a time. A second one can connect, but is not answered before the first has
 * gone: it ends with %G_IO_ERROR_BUSY when its time is up.
 *
 * What the peer sends is limited: a message to [property@SocketMonitor:max-message-size], its nesting to 1024 levels.
 * A peer that goes beyond, or sends what is not QMP, is hung up on, with %QEMU_ERROR_PROTOCOL.
 *
 * Since: 1.0
 */
struct _QemuSocketMonitor
{
  QemuMonitor         parent_instance;

  GSocketConnectable *connectable;      /* where to connect to, or … */
  GIOStream          *stream;           /* … what is connected, to be used once */
  gboolean            wait_for_peer;
  guint64             max_message_size;

  GMutex              lock;
  QemuChannel        *channel;          /* the present one; it may be closed */
  GPtrArray          *ended;            /* earlier ones, whose `closed` has not come yet */
};

typedef enum
{
  PROP_WAIT_FOR_PEER = 1,
  PROP_MAX_MESSAGE_SIZE
} QemuSocketMonitorProperty;

#define DEFAULT_MAX_MESSAGE_SIZE (G_GUINT64_CONSTANT (64) << 20)

/* How long to wait before another attempt to connect: more each time, up to the last. */
#define FIRST_RETRY_MS 10
#define LAST_RETRY_MS  250

static GParamSpec *properties[PROP_MAX_MESSAGE_SIZE + 1];

G_DEFINE_FINAL_TYPE (QemuSocketMonitor, qemu_socket_monitor, QEMU_TYPE_MONITOR)

/* ---------------------------------------------------------------- the channel and its monitor */

/* A channel must not keep its monitor alive, nor find it half gone. */
typedef struct
{
  GWeakRef     monitor;
  QemuMonitor *undetached;              /* the same; good until the channel is detached */
  QemuChannel *channel;                 /* borrowed: whose this is */
} Link;

static void
link_free (gpointer data)
{
  Link *self = data;

  g_weak_ref_clear (&self->monitor);
  g_free (self);
}

static void
channel_opened_cb (gpointer user_data)
{
  Link *link = user_data;
  g_autoptr(QemuMonitor) monitor = g_weak_ref_get (&link->monitor);

  if (monitor != NULL)
    qemu_monitor_deliver_opened (monitor);
}

static void
channel_event_cb (QemuEventText *text,
                  gpointer       user_data)
{
  Link *link = user_data;
  g_autoptr(QemuMonitor) monitor = g_weak_ref_get (&link->monitor);

  if (monitor != NULL)
    qemu_monitor_deliver_event (monitor, text);
}

static void
channel_seen_cb (QemuEventText *text,
                 gpointer       user_data)
{
  Link *link = user_data;

  qemu_monitor_tell_witnesses (link->undetached, text);
}

static void
end_channel (gpointer data)
{
  QemuChannel *channel = data;

  qemu_channel_detach (channel);
  qemu_channel_unref (channel);
}

/* Puts the present channel among those that have ended, and another one, or none, in its place. */
static void
replace_channel (QemuSocketMonitor *self,
                 QemuChannel       *channel)
{
  g_mutex_lock (&self->lock);
  if (self->channel != NULL)
    g_ptr_array_add (self->ended, self->channel);
  self->channel = channel;
  g_mutex_unlock (&self->lock);
}

static void
channel_closed_cb (const GError *error,
                   gpointer      user_data)
{
  Link *link = user_data;
  g_autoptr(QemuMonitor) monitor = g_weak_ref_get (&link->monitor);
  QemuSocketMonitor *self = (QemuSocketMonitor *) monitor;
  g_autoptr(QemuChannel) channel = qemu_channel_ref (link->channel);
  unsigned index;

  if (monitor == NULL)
    return;

  qemu_monitor_deliver_closed (monitor, error);

  g_mutex_lock (&self->lock);
  if (self->channel == channel)
    g_ptr_array_add (self->ended, g_steal_pointer (&self->channel));
  if (g_ptr_array_find (self->ended, channel, &index))
    qemu_channel_unref (g_ptr_array_steal_index_fast (self->ended, index));
  g_mutex_unlock (&self->lock);

  qemu_channel_detach (channel);
}

static const QemuChannelFuncs channel_funcs = {
  channel_event_cb, channel_closed_cb, channel_opened_cb, channel_seen_cb
};

static QemuChannel *
dup_channel (QemuSocketMonitor *self)
{
  QemuChannel *channel;

  g_mutex_lock (&self->lock);
  channel = self->channel != NULL ? qemu_channel_ref (self->channel) : NULL;
  g_mutex_unlock (&self->lock);

  return channel;
}

static gboolean
qemu_socket_monitor_is_alive (QemuMonitor *monitor)
{
  g_autoptr(QemuChannel) channel = dup_channel (QEMU_SOCKET_MONITOR (monitor));

  return channel != NULL && !qemu_channel_is_closed (channel);
}

/* A channel that is good, on its way from an attempt to open to the monitor. */
typedef struct
{
  QemuChannel *channel;
} Claim;

static void
claim_free (gpointer data)
{
  Claim *self = data;

  g_clear_pointer (&self->channel, end_channel);
  g_free (self);
}

static void
qemu_socket_monitor_commit (QemuMonitor *monitor,
                            gpointer     data)
{
  Claim *claim = data;

  replace_channel (QEMU_SOCKET_MONITOR (monitor), g_steal_pointer (&claim->channel));
}

static void
qemu_socket_monitor_opened (QemuMonitor *monitor)
{
  g_autoptr(QemuChannel) channel = dup_channel (QEMU_SOCKET_MONITOR (monitor));

  if (channel != NULL)
    qemu_channel_release_events (channel);
}

static GError *
closed_error_new (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "The connection is closed");
}

static GBytes *
qemu_socket_monitor_run (QemuMonitor   *monitor,
                         const char    *text,
                         gsize          length,
                         unsigned       timeout_ms,
                         GCancellable  *cancellable,
                         GError       **error)
{
  g_autoptr(QemuChannel) channel = dup_channel (QEMU_SOCKET_MONITOR (monitor));

  if (channel != NULL)
    return qemu_channel_run (channel, text, length, timeout_ms, cancellable, error);

  g_propagate_error (error, closed_error_new ());
  return NULL;
}

static void
qemu_socket_monitor_run_async (QemuMonitor          *monitor,
                               const char           *text,
                               gsize                 length,
                               int                   file,
                               unsigned              timeout_ms,
                               GCancellable         *cancellable,
                               QemuChannelReplyFunc  callback,
                               gpointer              user_data)
{
  g_autoptr(QemuChannel) channel = dup_channel (QEMU_SOCKET_MONITOR (monitor));
  GError *error = NULL;

  if (channel == NULL)
    error = closed_error_new ();
  else if (file >= 0 && !qemu_channel_passes_files (channel))
    error = qemu_monitor_no_files_error_new ();

  if (error == NULL)
    {
      qemu_channel_run_with_file_async (channel, text, length, file, timeout_ms, cancellable, callback, user_data);
      return;
    }

  if (file >= 0)
    close (file);
  callback (NULL, error, user_data);
}

static QemuInbox *
qemu_socket_monitor_attend (QemuMonitor *monitor)
{
  g_autoptr(QemuChannel) channel = dup_channel (QEMU_SOCKET_MONITOR (monitor));

  return channel != NULL ? qemu_channel_attend (channel) : NULL;
}

static const QemuMonitorWire wire = {
  qemu_socket_monitor_is_alive,
  qemu_socket_monitor_commit,
  qemu_socket_monitor_opened,
  qemu_socket_monitor_run,
  qemu_socket_monitor_run_async,
  qemu_socket_monitor_attend
};

/* ---------------------------------------------------------------- open */

/* An attempt to open, from the first connect() to the reply to `qmp_capabilities`: in the context of whoever asked.
 * One deadline covers it all; it and the request's cancellable end each step through `stop`. */
typedef struct
{
  QemuSocketMonitor  *monitor;
  QemuMonitorRequest *request;
  GSocketClient      *client;
  GCancellable       *stop;
  gulong              cancelled_id;
  GSource            *deadline;
  GSource            *retry;
  unsigned            retry_ms;
  gboolean            expired;
  QemuChannel        *channel;
} Opening;

static void
opening_free (Opening *self)
{
  qemu_cancellable_disconnect (qemu_monitor_request_get_cancellable (self->request), self->cancelled_id);
  qemu_source_clear (&self->deadline);
  qemu_source_clear (&self->retry);
  g_clear_pointer (&self->channel, end_channel);
  g_clear_object (&self->stop);
  g_clear_object (&self->client);
  g_clear_object (&self->request);
  g_clear_object (&self->monitor);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opening, opening_free)

/* Ends the attempt with an error, which it takes: in words that say what was waited for in vain. */
static void
opening_fail (Opening *opening,
              GError  *reason)
{
  g_autoptr(Opening) self = opening;
  g_autoptr(GError) error = reason;
  gboolean stopped = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  gboolean silent = self->channel != NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_autoptr(GBytes) greeting = self->channel != NULL ? qemu_channel_dup_greeting (self->channel) : NULL;

  if (self->expired && (stopped || silent))
    {
      g_clear_error (&error);
      if (silent && greeting == NULL)
        g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_BUSY,
                             "No greeting came: another client holds this monitor, or QEMU is stopped");
      else
        g_set_error (&error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "%s within %.3g seconds",
                     silent ? "QEMU did not answer" : "Could not connect",
                     qemu_monitor_get_open_timeout (QEMU_MONITOR (self->monitor)) / 1000.0);
    }

  qemu_monitor_request_return_error (self->request, error);
}

/* Takes @greeting. */
static void
opening_succeed (Opening *opening,
                 GBytes  *greeting)
{
  g_autoptr(Opening) self = opening;
  g_autoptr(GBytes) bytes = greeting;
  Claim *claim = g_new (Claim, 1);

  claim->channel = g_steal_pointer (&self->channel);
  qemu_monitor_request_set_data (self->request, claim, claim_free);
  qemu_monitor_request_return_bytes (self->request, bytes);
}

/* What the greeting would have said. */
static void
version_cb (GBytes   *reply,
            GError   *error,
            gpointer  user_data)
{
  Opening *self = user_data;
  g_autoptr(GBytes) bytes = reply;
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  const char *version = NULL;
  gsize length = 0;

  if (error != NULL && error->domain != QEMU_ERROR)
    {
      opening_fail (self, error);
      return;
    }
  g_clear_error (&error);

  if (bytes != NULL && qemu_json_parse (&json, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL))
    version = qemu_json_get_raw (&json, qemu_json_get_member (&json, 0, "return"), &length);
  if (version != NULL)
    {
      g_autofree char *text = g_strdup_printf ("{\"QMP\":{\"version\":%.*s}}", (int) length, version);

      opening_succeed (self, g_bytes_new (text, strlen (text)));
    }
  else
    {
      opening_succeed (self, g_bytes_new_static ("{}", 2));
    }
}

static void
capabilities_cb (GBytes   *reply,
                 GError   *error,
                 gpointer  user_data)
{
  static const char query_version[] = "{\"execute\":\"query-version\"";
  Opening *self = user_data;
  GBytes *greeting;

  g_clear_pointer (&reply, g_bytes_unref);

  /* Whoever gave us this connection has agreed on capabilities before. */
  if (g_error_matches (error, QEMU_ERROR, QEMU_ERROR_COMMAND_NOT_FOUND))
    g_clear_error (&error);
  if (error != NULL)
    {
      opening_fail (self, error);
      return;
    }

  greeting = qemu_channel_dup_greeting (self->channel);
  if (greeting != NULL)
    opening_succeed (self, greeting);
  else
    qemu_channel_run_async (self->channel, query_version, sizeof query_version - 1, 0, self->stop, version_cb, self);
}

/* QEMU reads commands also before its greeting has been read, so ours goes out at once. */
static void
opening_negotiate (Opening   *self,
                   GIOStream *stream)
{
  static const char qmp_capabilities[] = "{\"execute\":\"qmp_capabilities\"";
  QemuMonitor *monitor = QEMU_MONITOR (self->monitor);
  GError *error = NULL;
  QemuTransport *transport = qemu_transport_new (stream, &error);
  Link *link;

  if (transport == NULL)
    {
      opening_fail (self, error);
      return;
    }

  link = g_new0 (Link, 1);
  g_weak_ref_init (&link->monitor, monitor);
  link->undetached = monitor;
  self->channel = qemu_channel_new (transport, qemu_monitor_get_context (monitor), self->monitor->max_message_size,
                                    &channel_funcs, link, link_free);
  link->channel = self->channel;
  qemu_channel_run_async (self->channel, qmp_capabilities, sizeof qmp_capabilities - 1, 0, self->stop,
                          capabilities_cb, self);
}

static void opening_connect (Opening *self);

static gboolean
retry_cb (gpointer user_data)
{
  Opening *self = user_data;

  qemu_source_clear (&self->retry);
  opening_connect (self);

  return G_SOURCE_REMOVE;
}

/* The listen queue of QEMU is short, and full while another client waits: that passes. A peer that is not there at
 * all is only waited for when asked to: a mistyped path must not hang a script. */
static gboolean
opening_may_retry (Opening      *self,
                   const GError *error)
{
  if (g_cancellable_is_cancelled (self->stop))
    return FALSE;

  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ||
         (self->monitor->wait_for_peer && (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
                                           g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)));
}

static void
connect_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Opening *self = user_data;
  g_autoptr(GSocketConnection) connection = NULL;
  GError *error = NULL;

  connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (object), result, &error);
  if (connection != NULL)
    {
      opening_negotiate (self, G_IO_STREAM (connection));
    }
  else if (opening_may_retry (self, error))
    {
      GSource *stopped = g_cancellable_source_new (self->stop);

      g_error_free (error);
      self->retry = qemu_context_add_timeout (self->retry_ms, retry_cb, self);
      g_source_set_dummy_callback (stopped);
      g_source_add_child_source (self->retry, stopped);
      g_source_unref (stopped);
      self->retry_ms = MIN (self->retry_ms * 2, LAST_RETRY_MS);
    }
  else
    {
      opening_fail (self, error);
    }
}

static void
opening_connect (Opening *self)
{
  g_socket_client_connect_async (self->client, self->monitor->connectable, self->stop, connect_cb, self);
}

static gboolean
deadline_cb (gpointer user_data)
{
  Opening *self = user_data;

  self->expired = TRUE;
  g_cancellable_cancel (self->stop);

  return G_SOURCE_CONTINUE;
}

static void
qemu_socket_monitor_start_open (QemuMonitor        *monitor,
                                QemuMonitorRequest *request)
{
  QemuSocketMonitor *self = QEMU_SOCKET_MONITOR (monitor);
  GCancellable *cancellable = qemu_monitor_request_get_cancellable (request);
  unsigned timeout_ms = qemu_monitor_get_open_timeout (monitor);
  g_autoptr(GIOStream) stream = g_steal_pointer (&self->stream);
  Opening *opening = g_new0 (Opening, 1);

  opening->monitor = g_object_ref (self);
  opening->request = g_object_ref (request);
  opening->stop = g_cancellable_new ();
  opening->retry_ms = FIRST_RETRY_MS;
  if (cancellable != NULL)
    opening->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (qemu_cancel_cb),
                                                   g_object_ref (opening->stop), g_object_unref);
  if (timeout_ms > 0)
    opening->deadline = qemu_context_add_timeout (timeout_ms, deadline_cb, opening);

  if (stream != NULL)
    {
      opening_negotiate (opening, stream);
    }
  else if (self->connectable != NULL)
    {
      opening->client = g_socket_client_new ();
      g_socket_client_set_enable_proxy (opening->client, FALSE);
      opening_connect (opening);
    }
  else
    {
      opening_fail (opening, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED,
                                                  "The stream that this monitor was made for has been used"));
    }
}

static void
qemu_socket_monitor_start_close (QemuMonitor        *monitor,
                                 QemuMonitorRequest *request)
{
  g_autoptr(QemuChannel) channel = dup_channel (QEMU_SOCKET_MONITOR (monitor));
  g_autoptr(GBytes) nothing = g_bytes_new_static ("{}", 2);

  if (channel != NULL)
    qemu_channel_close (channel, NULL);
  qemu_monitor_request_return_bytes (request, nothing);
}

/* ---------------------------------------------------------------- the class */

static void
qemu_socket_monitor_dispose (GObject *object)
{
  QemuSocketMonitor *self = QEMU_SOCKET_MONITOR (object);

  replace_channel (self, NULL);
  g_ptr_array_set_size (self->ended, 0);
  if (self->stream != NULL)
    g_io_stream_close (self->stream, NULL, NULL);
  g_clear_object (&self->stream);
  g_clear_object (&self->connectable);

  G_OBJECT_CLASS (qemu_socket_monitor_parent_class)->dispose (object);
}

static void
qemu_socket_monitor_finalize (GObject *object)
{
  QemuSocketMonitor *self = QEMU_SOCKET_MONITOR (object);

  g_ptr_array_unref (self->ended);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (qemu_socket_monitor_parent_class)->finalize (object);
}

static void
qemu_socket_monitor_get_property (GObject    *object,
                                  guint       prop_id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  QemuSocketMonitor *self = QEMU_SOCKET_MONITOR (object);

  switch ((QemuSocketMonitorProperty) prop_id)
    {
    case PROP_WAIT_FOR_PEER:
      g_value_set_boolean (value, qemu_socket_monitor_get_wait_for_peer (self));
      break;

    case PROP_MAX_MESSAGE_SIZE:
      g_value_set_uint64 (value, qemu_socket_monitor_get_max_message_size (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qemu_socket_monitor_set_property (GObject      *object,
                                  guint         prop_id,
                                  const GValue *value,
                                  GParamSpec   *pspec)
{
  QemuSocketMonitor *self = QEMU_SOCKET_MONITOR (object);

  switch ((QemuSocketMonitorProperty) prop_id)
    {
    case PROP_WAIT_FOR_PEER:
      qemu_socket_monitor_set_wait_for_peer (self, g_value_get_boolean (value));
      break;

    case PROP_MAX_MESSAGE_SIZE:
      qemu_socket_monitor_set_max_message_size (self, g_value_get_uint64 (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qemu_socket_monitor_class_init (QemuSocketMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  QemuMonitorClass *monitor_class = QEMU_MONITOR_CLASS (klass);

  object_class->dispose = qemu_socket_monitor_dispose;
  object_class->finalize = qemu_socket_monitor_finalize;
  object_class->get_property = qemu_socket_monitor_get_property;
  object_class->set_property = qemu_socket_monitor_set_property;

  monitor_class->start_open = qemu_socket_monitor_start_open;
  monitor_class->start_close = qemu_socket_monitor_start_close;
  monitor_class->wire = &wire;

  /**
   * QemuSocketMonitor:wait-for-peer: (getter get_wait_for_peer) (setter set_wait_for_peer)
   *
   * Whether [method@Monitor.open] waits for a QEMU that is not there yet, as long as its time lasts.
   *
   * Since: 1.0
   */
  properties[PROP_WAIT_FOR_PEER] =
    g_param_spec_boolean ("wait-for-peer", NULL, NULL, FALSE,
                          G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * QemuSocketMonitor:max-message-size: (getter get_max_message_size) (setter set_max_message_size)
   *
   * The size in bytes up to which a message is accepted. It also limits the events that wait for a main loop that
   * does not run: beyond it the oldest are dropped.
   *
   * Counts from the next time that the monitor is opened.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_MESSAGE_SIZE] =
    g_param_spec_uint64 ("max-message-size", NULL, NULL, 1, G_MAXINT32, DEFAULT_MAX_MESSAGE_SIZE,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
qemu_socket_monitor_init (QemuSocketMonitor *self)
{
  g_mutex_init (&self->lock);
  self->ended = g_ptr_array_new_with_free_func (end_channel);
  self->max_message_size = DEFAULT_MAX_MESSAGE_SIZE;
}

static QemuMonitor *
monitor_new (GSocketConnectable *connectable,
             GIOStream          *stream,
             const char         *label)
{
  QemuSocketMonitor *self = g_object_new (QEMU_TYPE_SOCKET_MONITOR, NULL);

  g_set_object (&self->connectable, connectable);
  g_set_object (&self->stream, stream);
  qemu_monitor_set_label (QEMU_MONITOR (self), label);

  return QEMU_MONITOR (self);
}

/**
 * qemu_socket_monitor_new:
 * @connectable: where QEMU listens
 *
 * Makes a monitor that connects to an address, for instance a [class@Gio.UnixSocketAddress] or a
 * [class@Gio.NetworkAddress].
 *
 * Returns: (transfer full) (type QemuSocketMonitor): a monitor, not yet open
 *
 * Since: 1.0
 */
QemuMonitor *
qemu_socket_monitor_new (GSocketConnectable *connectable)
{
  g_autofree char *label = NULL;

  g_return_val_if_fail (G_IS_SOCKET_CONNECTABLE (connectable), NULL);

  label = g_socket_connectable_to_string (connectable);

  return monitor_new (connectable, NULL, label);
}

/**
 * qemu_socket_monitor_new_for_stream:
 * @stream: a connected stream
 *
 * Makes a monitor of a stream that is connected to a QEMU. The stream has to be a [class@Gio.SocketConnection], or one
 * whose two directions can be polled; else [method@Monitor.open] fails with %G_IO_ERROR_NOT_SUPPORTED. The monitor
 * closes it in the end, and can be opened only once.
 *
 * It does no harm if somebody has negotiated on the stream before; only [property@Monitor:capabilities] is not known
 * then.
 *
 * Returns: (transfer full) (type QemuSocketMonitor): a monitor, not yet open
 *
 * Since: 1.0
 */
QemuMonitor *
qemu_socket_monitor_new_for_stream (GIOStream *stream)
{
  g_return_val_if_fail (G_IS_IO_STREAM (stream), NULL);

  return monitor_new (NULL, stream, "a stream");
}

void
qemu_socket_monitor_set_stream (QemuSocketMonitor *self,
                                GIOStream         *stream)
{
  g_autoptr(QemuChannel) channel = dup_channel (self);

  /* Nobody may have read yet that it has ended. */
  if (channel != NULL)
    {
      g_autoptr(GError) error = closed_error_new ();

      qemu_channel_close (channel, error);
    }

  g_set_object (&self->stream, stream);
}

/* Takes the descriptor. */
static QemuMonitor *
monitor_new_for_fd (int          fd,
                    const char  *label,
                    GError     **error)
{
  g_autoptr(GSocket) socket = g_socket_new_from_fd (fd, error);
  g_autoptr(GSocketConnection) connection = NULL;

  if (socket == NULL)
    {
      g_prefix_error (error, "“%s” is no socket: ", label);
      return NULL;
    }

  connection = g_socket_connection_factory_create_connection (socket);

  return monitor_new (NULL, G_IO_STREAM (connection), label);
}

/**
 * qemu_socket_monitor_new_for_uri:
 * @uri: where QEMU is to be found
 * @error: return location for an error
 *
 * Makes a monitor from a line of text:
 *
 * - `unix:/run/vm.sock`, or just `/run/vm.sock`: a UNIX socket
 * - `unix:@name`: an abstract UNIX socket
 * - `tcp:host:port`: a host name or address; an IPv6 address is put in brackets
 * - `fd:3`: a socket that is connected already. The monitor takes the descriptor and closes it in the end
 *
 * Does no input or output. Fails with %G_IO_ERROR_INVALID_ARGUMENT where @uri is none, and with
 * %G_IO_ERROR_NOT_SUPPORTED where this version does not know its scheme.
 *
 * Returns: (transfer full) (type QemuSocketMonitor): a monitor, not yet open
 *
 * Since: 1.0
 */
QemuMonitor *
qemu_socket_monitor_new_for_uri (const char  *uri,
                                 GError     **error)
{
  g_auto(QemuUri) parsed = { NULL, -1 };

  g_return_val_if_fail (uri != NULL, NULL);

  if (!qemu_uri_parse (&parsed, uri, error))
    return NULL;
  if (parsed.fd >= 0)
    return monitor_new_for_fd (parsed.fd, uri, error);

  return monitor_new (parsed.connectable, NULL, uri);
}

/**
 * qemu_socket_monitor_get_wait_for_peer: (get-property wait-for-peer)
 * @self: a monitor
 *
 * Tells whether opening waits for a QEMU that is not there yet.
 *
 * Returns: whether it does
 *
 * Since: 1.0
 */
gboolean
qemu_socket_monitor_get_wait_for_peer (QemuSocketMonitor *self)
{
  g_return_val_if_fail (QEMU_IS_SOCKET_MONITOR (self), FALSE);

  return self->wait_for_peer;
}

/**
 * qemu_socket_monitor_set_wait_for_peer: (set-property wait-for-peer)
 * @self: a monitor
 * @wait_for_peer: whether to wait
 *
 * Sets whether opening waits for a QEMU that is not there yet: one that is just being started.
 *
 * Since: 1.0
 */
void
qemu_socket_monitor_set_wait_for_peer (QemuSocketMonitor *self,
                                       gboolean           wait_for_peer)
{
  g_return_if_fail (QEMU_IS_SOCKET_MONITOR (self));

  wait_for_peer = !!wait_for_peer;
  if (self->wait_for_peer == wait_for_peer)
    return;

  self->wait_for_peer = wait_for_peer;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_WAIT_FOR_PEER]);
}

/**
 * qemu_socket_monitor_get_max_message_size: (get-property max-message-size)
 * @self: a monitor
 *
 * Gets the size up to which a message is accepted.
 *
 * Returns: the size in bytes
 *
 * Since: 1.0
 */
guint64
qemu_socket_monitor_get_max_message_size (QemuSocketMonitor *self)
{
  g_return_val_if_fail (QEMU_IS_SOCKET_MONITOR (self), 0);

  return self->max_message_size;
}

/**
 * qemu_socket_monitor_set_max_message_size: (set-property max-message-size)
 * @self: a monitor
 * @max_message_size: the size in bytes, at least 1 and below 2 GiB
 *
 * Sets the size up to which a message is accepted, from the next time that the monitor is opened.
 *
 * Since: 1.0
 */
void
qemu_socket_monitor_set_max_message_size (QemuSocketMonitor *self,
                                          guint64            max_message_size)
{
  g_return_if_fail (QEMU_IS_SOCKET_MONITOR (self));
  g_return_if_fail (max_message_size > 0 && max_message_size <= G_MAXINT32);

  if (self->max_message_size == max_message_size)
    return;

  self->max_message_size = max_message_size;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAX_MESSAGE_SIZE]);
}
