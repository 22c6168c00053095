/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-socket-monitor-private.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qemu-connect-private.h"
#include "qemu-context-private.h"
#include "qemu-error.h"
#include "qemu-monitor-private.h"
#include "qemu-monitor-request-private.h"
#include "qemu-mux-private.h"

/**
 * QemuSocketMonitor:
 *
 * A monitor that speaks QMP over a stream: a socket of any kind, TLS on one, an `ssh` to another machine.
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
 * [ctor@SocketMonitor.new_for_uri] has the ways to a QEMU that fit into one line. With
 * [ctor@SocketMonitor.new_listening] the QEMU comes to us. What passes files, such as [method@Domain.add_fd] and
 * [method@Domain.screen_dump], needs a UNIX socket on this machine.
 *
 * What the peer sends is limited: a message to [property@SocketMonitor:max-message-size], its nesting to 1024 levels.
 * A peer that goes beyond, or sends what is not QMP, is hung up on, with %QEMU_ERROR_PROTOCOL.
 *
 * Since: 1.0
 */
struct _QemuSocketMonitor
{
  QemuMonitor         parent_instance;

  QemuUri             where;            /* where to connect to, or … */
  GIOStream          *stream;           /* … what is connected, to be used once, or … */
  GSocketAddress     *local_address;    /* … where to be connected to */
  GSocketListener    *listener;         /* only between listening and the connection */
  gboolean            wait_for_peer;
  gboolean            out_of_band;
  guint64             max_message_size;
  GTlsDatabase       *tls_database;
  GTlsCertificate    *tls_certificate;
  char              **ssh_command;

  GMutex              lock;
  QemuChannel        *channel;          /* the present one; it may be closed */
  GPtrArray          *ended;            /* earlier ones, whose `closed` has not come yet */
  char              **overtaking;       /* which commands may; NULL: none, or not known */
  gboolean            may_overtake;
};

typedef enum
{
  PROP_WAIT_FOR_PEER = 1,
  PROP_MAX_MESSAGE_SIZE,
  PROP_OUT_OF_BAND,
  PROP_LOCAL_ADDRESS,
  PROP_TLS_DATABASE,
  PROP_TLS_CERTIFICATE,
  PROP_SSH_COMMAND
} QemuSocketMonitorProperty;

#define DEFAULT_MAX_MESSAGE_SIZE (G_GUINT64_CONSTANT (64) << 20)

/* How long to wait before another attempt to connect: more each time, up to the last. */
#define FIRST_RETRY_MS 10
#define LAST_RETRY_MS  250

static const char * const default_ssh_command[] = { "ssh", NULL };

static GParamSpec *properties[PROP_SSH_COMMAND + 1];

G_DEFINE_FINAL_TYPE (QemuSocketMonitor, qemu_socket_monitor, QEMU_TYPE_MONITOR)

/* ---------------------------------------------------------------- the channel and its monitor */

/* A channel must not keep its monitor alive, nor find it half gone. */
typedef struct
{
  GWeakRef     monitor;
  QemuMonitor *undetached;              /* the same; good until the channel is detached */
  QemuChannel *channel;                 /* borrowed: whose this is */
  guint64      closed_number;           /* what the monitor calls its end */
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
  guint64 number = qemu_monitor_tell_witnesses (link->undetached, text);

  if (text == NULL)
    link->closed_number = number;
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

  qemu_monitor_deliver_closed (monitor, link->closed_number, error);

  g_mutex_lock (&self->lock);
  if (self->channel == channel)
    g_ptr_array_add (self->ended, g_steal_pointer (&self->channel));
  if (g_ptr_array_find (self->ended, channel, &index))
    qemu_channel_unref (g_ptr_array_steal_index (self->ended, index));
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
  QemuChannel  *channel;
  gboolean      may_overtake;
  char        **overtaking;
} Claim;

static void
claim_free (gpointer data)
{
  Claim *self = data;

  g_clear_pointer (&self->channel, end_channel);
  g_strfreev (self->overtaking);
  g_free (self);
}

static void
qemu_socket_monitor_commit (QemuMonitor *monitor,
                            gpointer     data)
{
  QemuSocketMonitor *self = QEMU_SOCKET_MONITOR (monitor);
  Claim *claim = data;

  qemu_channel_release_events (claim->channel);
  replace_channel (self, g_steal_pointer (&claim->channel));
  g_mutex_lock (&self->lock);
  g_strfreev (self->overtaking);
  self->overtaking = g_steal_pointer (&claim->overtaking);
  self->may_overtake = claim->may_overtake;
  g_mutex_unlock (&self->lock);
}

/* A program whose main loop does not run is never told that they have ended, however often it opens another one. */
#define MAX_ENDED 8

static void
drop_old_channels (QemuSocketMonitor *self)
{
  QemuChannel *oldest;

  do
    {
      g_mutex_lock (&self->lock);
      oldest = self->ended->len > MAX_ENDED ? g_ptr_array_steal_index (self->ended, 0) : NULL;
      g_mutex_unlock (&self->lock);
      if (oldest != NULL)
        end_channel (oldest);
    }
  while (oldest != NULL);
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

/* QEMU would refuse it, too, but not before it has read it. */
static gboolean
qemu_socket_monitor_check_overtaking (QemuMonitor  *monitor,
                                      const char   *name,
                                      GError      **error)
{
  QemuSocketMonitor *self = QEMU_SOCKET_MONITOR (monitor);
  gboolean negotiated, allowed;

  g_mutex_lock (&self->lock);
  negotiated = self->may_overtake;
  allowed = self->overtaking == NULL || g_strv_contains ((const char * const *) self->overtaking, name);
  g_mutex_unlock (&self->lock);

  if (!negotiated)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                         "Out-of-band commands were not agreed on with this QEMU");
  else if (!allowed)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "The command cannot be run out-of-band");

  return negotiated && allowed;
}

static const QemuMonitorWire wire = {
  qemu_socket_monitor_is_alive,
  qemu_socket_monitor_commit,
  qemu_socket_monitor_run,
  qemu_socket_monitor_run_async,
  qemu_socket_monitor_attend,
  qemu_socket_monitor_check_overtaking
};

/* ---------------------------------------------------------------- listening */

/* Of a socket that is a file; else NULL. */
static const char *
get_socket_path (GSocketAddress *address)
{
  GUnixSocketAddress *local = G_IS_UNIX_SOCKET_ADDRESS (address) ? G_UNIX_SOCKET_ADDRESS (address) : NULL;

  if (local == NULL || g_unix_socket_address_get_address_type (local) != G_UNIX_SOCKET_ADDRESS_PATH)
    return NULL;

  return g_unix_socket_address_get_path (local);
}

static void
stop_listening (QemuSocketMonitor *self)
{
  g_autoptr(GSocketListener) listener = g_steal_pointer (&self->listener);

  if (listener == NULL)
    return;

  g_socket_listener_close (listener);
  if (get_socket_path (self->local_address) != NULL)
    g_unlink (get_socket_path (self->local_address));
}

/* A file that is left of a socket that nobody listens on any more is in the way. */
static gboolean
remove_stale_socket (GSocketAddress *address)
{
  g_autoptr(GSocket) socket = NULL;
  g_autoptr(GError) error = NULL;
  const char *path = get_socket_path (address);
  GStatBuf status;

  /* To connect to a plain file is refused, too. */
  if (path == NULL || g_lstat (path, &status) != 0 || !S_ISSOCK (status.st_mode))
    return FALSE;

  socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  if (socket == NULL || g_socket_connect (socket, address, NULL, &error) ||
      !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    return FALSE;

  return g_unlink (path) == 0;
}

/**
 * qemu_socket_monitor_listen:
 * @self: a monitor from [ctor@SocketMonitor.new_listening]
 * @error: return location for an error
 *
 * Has the address taken, so that a QEMU may be started that connects to it. [method@Monitor.open] does that by
 * itself, and then waits; this is for a program that starts the QEMU first and opens the monitor then. It lasts until
 * [method@Monitor.open] has ended.
 *
 * The socket of a path is made with the rights that the process's umask leaves: whoever may connect to it can pass
 * for a QEMU. Put it in a folder of your own.
 *
 * Does not wait. Fails with %G_IO_ERROR_ADDRESS_IN_USE and what else may become of an address.
 *
 * Returns: whether the monitor listens
 *
 * Since: 1.0
 */
gboolean
qemu_socket_monitor_listen (QemuSocketMonitor  *self,
                            GError            **error)
{
  g_autoptr(GSocketListener) listener = NULL;
  g_autoptr(GSocketAddress) effective = NULL;
  g_autoptr(GError) local_error = NULL;

  g_return_val_if_fail (QEMU_IS_SOCKET_MONITOR (self), FALSE);
  g_return_val_if_fail (self->local_address != NULL, FALSE);

  if (self->listener != NULL)
    return TRUE;

  listener = g_socket_listener_new ();
  g_socket_listener_set_backlog (listener, 1);
  while (!g_socket_listener_add_address (listener, self->local_address, G_SOCKET_TYPE_STREAM,
                                         G_SOCKET_PROTOCOL_DEFAULT, NULL, &effective, &local_error))
    {
      if (!g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE) ||
          !remove_stale_socket (self->local_address))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      g_clear_error (&local_error);
    }

  self->listener = g_steal_pointer (&listener);
  /* A port that the system has chosen stays that of this monitor. */
  if (effective != NULL && !G_IS_UNIX_SOCKET_ADDRESS (effective) && g_set_object (&self->local_address, effective))
    qemu_context_notify (qemu_monitor_get_context (QEMU_MONITOR (self)), self, properties[PROP_LOCAL_ADDRESS]);

  return TRUE;
}

/* ---------------------------------------------------------------- open */

/* An attempt to open, from the first connect() to the reply to `qmp_capabilities`: in the context of whoever asked.
 * One deadline covers it all; it and the request's cancellable end each step through `stop`. */
typedef struct
{
  QemuSocketMonitor  *monitor;
  QemuMonitorRequest *request;
  GIOStream          *stream;
  GCancellable       *stop;
  gulong              cancelled_id;
  QemuTimer          *deadline;
  QemuTimer          *retry;
  gulong              hurry_id;         /* of `stop` */
  unsigned            retry_ms;
  gboolean            expired;
  QemuChannel        *channel;
  GBytes             *greeting;
  gboolean            wants_out_of_band;
  char              **overtaking;
} Opening;

static void
opening_stop_waiting (Opening *self)
{
  qemu_cancellable_disconnect (self->stop, self->hurry_id);
  self->hurry_id = 0;
  qemu_timer_clear (&self->retry);
}

static void
opening_free (Opening *self)
{
  qemu_cancellable_disconnect (qemu_monitor_request_get_cancellable (self->request), self->cancelled_id);
  qemu_timer_clear (&self->deadline);
  opening_stop_waiting (self);
  g_clear_pointer (&self->channel, end_channel);
  g_clear_object (&self->stop);
  g_clear_object (&self->stream);
  g_clear_pointer (&self->greeting, g_bytes_unref);
  g_strfreev (self->overtaking);
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

/* Tries again what may only need time. */
static void opening_begin (Opening *self);

static void
retry_cb (gpointer user_data)
{
  Opening *self = user_data;

  opening_stop_waiting (self);
  opening_begin (self);
}

/* In whatever thread cancels. */
static void
hurry_cb (GCancellable *stop,
          gpointer      retry)
{
  qemu_timer_hurry (retry);
}

static void
unref_timer (gpointer timer)
{
  qemu_port_unref (timer);
}

/* The listen queue of QEMU is short, and full while another client waits: that passes. A peer that is not there at
 * all is only waited for when asked to: a mistyped path must not hang a script. */
static gboolean
opening_may_retry (Opening      *self,
                   const GError *error)
{
  if (self->monitor->where.kind == QEMU_URI_NONE || g_cancellable_is_cancelled (self->stop))
    return FALSE;

  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ||
         (self->monitor->wait_for_peer && (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
                                           g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)));
}

/* What there was of a connection has failed. Takes @error. */
static void
opening_give_up (Opening *self,
                 GError  *error)
{
  if (!opening_may_retry (self, error))
    {
      opening_fail (self, error);
      return;
    }

  g_error_free (error);
  g_clear_pointer (&self->channel, end_channel);
  g_clear_object (&self->stream);
  self->retry = qemu_timer_new (self->retry_ms, retry_cb, self);
  self->hurry_id = g_cancellable_connect (self->stop, G_CALLBACK (hurry_cb), qemu_port_ref (&self->retry->port),
                                          unref_timer);
  self->retry_ms = MIN (self->retry_ms * 2, LAST_RETRY_MS);
}

static void
explained_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  Opening *self = user_data;
  GError *reason = qemu_connect_explain_finish (result);

  if (reason == NULL)
    reason = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                                  "The peer closed the connection while it was being opened");
  opening_give_up (self, reason);
}

/* While it was negotiated. Takes @error. */
static void
opening_lost (Opening *self,
              GError  *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED))
    {
      g_error_free (error);
      qemu_connect_explain_async (self->stream, self->stop, explained_cb, self);
      return;
    }

  opening_fail (self, error);
}

/* ---------------------------------------------------------------- negotiation */

/* A command that the library sends by itself. */
static void
opening_run (Opening              *self,
             const char           *text,
             QemuChannelReplyFunc  callback)
{
  qemu_channel_run_async (self->channel, text, strlen (text), 0, self->stop, callback, self);
}

static void
opening_succeed (Opening *opening)
{
  g_autoptr(Opening) self = opening;
  Claim *claim = g_new (Claim, 1);

  qemu_connect_settle (self->stream);
  claim->channel = g_steal_pointer (&self->channel);
  claim->may_overtake = self->wants_out_of_band;
  claim->overtaking = g_steal_pointer (&self->overtaking);
  qemu_monitor_request_set_data (self->request, claim, claim_free);
  qemu_monitor_request_return_bytes (self->request, self->greeting);
}

/* Of what query-qmp-schema tells only this: which commands may be run out-of-band. */
static char **
read_overtaking (const QemuJson *json)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  guint32 entries = qemu_json_get_member (json, 0, "return");

  QEMU_JSON_FOREACH_ELEMENT (json, entries, entry)
    {
      gboolean allowed = FALSE;

      if (qemu_json_get_boolean (json, qemu_json_get_member (json, entry, "allow-oob"), &allowed) && allowed)
        {
          g_autofree char *name = qemu_json_dup_string (json, qemu_json_get_member (json, entry, "name"));

          if (name != NULL)
            g_strv_builder_add (builder, name);
        }
    }

  return g_strv_builder_end (builder);
}

static void
schema_cb (GBytes   *reply,
           GError   *error,
           gpointer  user_data)
{
  Opening *self = user_data;
  g_autoptr(GBytes) bytes = reply;
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  if (error != NULL && error->domain != QEMU_ERROR)
    {
      opening_lost (self, error);
      return;
    }
  g_clear_error (&error);

  if (bytes != NULL && qemu_json_parse (&json, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL))
    self->overtaking = read_overtaking (&json);
  opening_succeed (self);
}

/* Its version is known, or cannot be. */
static void
opening_greeted (Opening *self)
{
  if (self->wants_out_of_band)
    opening_run (self, "{\"execute\":\"query-qmp-schema\"", schema_cb);
  else
    opening_succeed (self);
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
      opening_lost (self, error);
      return;
    }
  g_clear_error (&error);

  if (bytes != NULL && qemu_json_parse (&json, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL))
    version = qemu_json_get_raw (&json, qemu_json_get_member (&json, 0, "return"), &length);
  if (version != NULL)
    {
      g_autofree char *text = g_strdup_printf ("{\"QMP\":{\"version\":%.*s}}", (int) length, version);

      self->greeting = g_bytes_new (text, strlen (text));
    }
  else
    {
      self->greeting = g_bytes_new_static ("{}", 2);
    }
  opening_greeted (self);
}

static void opening_negotiate (Opening *self);

static void
capabilities_cb (GBytes   *reply,
                 GError   *error,
                 gpointer  user_data)
{
  Opening *self = user_data;

  g_clear_pointer (&reply, g_bytes_unref);

  /* It has no such capability, or is so old that it does not know the argument. */
  if (self->wants_out_of_band && g_error_matches (error, QEMU_ERROR, QEMU_ERROR_GENERIC))
    {
      g_error_free (error);
      self->wants_out_of_band = FALSE;
      opening_negotiate (self);
      return;
    }
  /* Whoever gave us this connection has agreed on capabilities before. */
  if (g_error_matches (error, QEMU_ERROR, QEMU_ERROR_COMMAND_NOT_FOUND))
    {
      g_clear_error (&error);
      self->wants_out_of_band = FALSE;
    }
  if (error != NULL)
    {
      opening_lost (self, error);
      return;
    }

  if (self->wants_out_of_band)
    qemu_channel_enable_out_of_band (self->channel);
  self->greeting = qemu_channel_dup_greeting (self->channel);
  if (self->greeting != NULL)
    opening_greeted (self);
  else
    opening_run (self, "{\"execute\":\"query-version\"", version_cb);
}

/* QEMU reads commands also before its greeting has been read, so ours goes out at once. */
static void
opening_negotiate (Opening *self)
{
  opening_run (self,
               self->wants_out_of_band ? "{\"execute\":\"qmp_capabilities\",\"arguments\":{\"enable\":[\"oob\"]}"
                                       : "{\"execute\":\"qmp_capabilities\"",
               capabilities_cb);
}

/* ---------------------------------------------------------------- connection */

/* Takes @stream. */
static void
opening_connected (Opening   *self,
                   GIOStream *stream)
{
  QemuMonitor *monitor = QEMU_MONITOR (self->monitor);
  GError *error = NULL;
  QemuTransport *transport;
  Link *link;

  self->stream = stream;
  transport = qemu_transport_new (stream, &error);
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
  self->wants_out_of_band = self->monitor->out_of_band;
  opening_negotiate (self);
}

static void
connect_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Opening *self = user_data;
  GError *error = NULL;
  GIOStream *stream = qemu_connect_finish (result, &error);

  if (stream != NULL)
    opening_connected (self, stream);
  else
    opening_give_up (self, error);
}

static void
accept_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  Opening *self = user_data;
  GError *error = NULL;
  GSocketConnection *connection = g_socket_listener_accept_finish (G_SOCKET_LISTENER (object), result, NULL, &error);

  /* One QEMU is all that there can be. */
  stop_listening (self->monitor);
  if (connection != NULL)
    opening_connected (self, G_IO_STREAM (connection));
  else
    opening_fail (self, error);
}

static void
opening_begin (Opening *self)
{
  QemuSocketMonitor *monitor = self->monitor;
  QemuConnectOptions options = {
    monitor->tls_database, monitor->tls_certificate, (const char * const *) monitor->ssh_command
  };
  GError *error = NULL;

  if (monitor->where.kind != QEMU_URI_NONE)
    qemu_connect_async (&monitor->where, &options, self->stop, connect_cb, self);
  else if (monitor->stream != NULL)
    opening_connected (self, g_steal_pointer (&monitor->stream));
  else if (monitor->local_address == NULL)
    opening_fail (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED,
                                             "The stream that this monitor was made for has been used"));
  else if (qemu_socket_monitor_listen (monitor, &error))
    g_socket_listener_accept_async (monitor->listener, self->stop, accept_cb, self);
  else
    opening_fail (self, error);
}

static void
deadline_cb (gpointer user_data)
{
  Opening *self = user_data;

  self->expired = TRUE;
  g_cancellable_cancel (self->stop);
}

static void
qemu_socket_monitor_start_open (QemuMonitor        *monitor,
                                QemuMonitorRequest *request)
{
  QemuSocketMonitor *self = QEMU_SOCKET_MONITOR (monitor);
  GCancellable *cancellable = qemu_monitor_request_get_cancellable (request);
  unsigned timeout_ms = qemu_monitor_get_open_timeout (monitor);
  Opening *opening = g_new0 (Opening, 1);

  drop_old_channels (self);

  opening->monitor = g_object_ref (self);
  opening->request = g_object_ref (request);
  opening->stop = g_cancellable_new ();
  opening->retry_ms = FIRST_RETRY_MS;
  if (cancellable != NULL)
    opening->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (qemu_cancel_cb),
                                                   g_object_ref (opening->stop), g_object_unref);
  if (timeout_ms > 0)
    opening->deadline = qemu_timer_new (timeout_ms, deadline_cb, opening);

  opening_begin (opening);
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
  stop_listening (self);
  if (self->stream != NULL)
    g_io_stream_close (self->stream, NULL, NULL);
  g_clear_object (&self->stream);
  g_clear_object (&self->local_address);
  g_clear_object (&self->tls_database);
  g_clear_object (&self->tls_certificate);

  G_OBJECT_CLASS (qemu_socket_monitor_parent_class)->dispose (object);
}

static void
qemu_socket_monitor_finalize (GObject *object)
{
  QemuSocketMonitor *self = QEMU_SOCKET_MONITOR (object);

  qemu_uri_clear (&self->where);
  g_strfreev (self->ssh_command);
  g_strfreev (self->overtaking);
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

    case PROP_OUT_OF_BAND:
      g_value_set_boolean (value, qemu_socket_monitor_get_out_of_band (self));
      break;

    case PROP_LOCAL_ADDRESS:
      g_value_set_object (value, qemu_socket_monitor_get_local_address (self));
      break;

    case PROP_TLS_DATABASE:
      g_value_set_object (value, qemu_socket_monitor_get_tls_database (self));
      break;

    case PROP_TLS_CERTIFICATE:
      g_value_set_object (value, qemu_socket_monitor_get_tls_certificate (self));
      break;

    case PROP_SSH_COMMAND:
      g_value_set_boxed (value, qemu_socket_monitor_get_ssh_command (self));
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

    case PROP_OUT_OF_BAND:
      qemu_socket_monitor_set_out_of_band (self, g_value_get_boolean (value));
      break;

    case PROP_TLS_DATABASE:
      qemu_socket_monitor_set_tls_database (self, g_value_get_object (value));
      break;

    case PROP_TLS_CERTIFICATE:
      qemu_socket_monitor_set_tls_certificate (self, g_value_get_object (value));
      break;

    case PROP_SSH_COMMAND:
      qemu_socket_monitor_set_ssh_command (self, g_value_get_boxed (value));
      break;

    case PROP_LOCAL_ADDRESS:

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qemu_socket_monitor_class_init (QemuSocketMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  QemuMonitorClass *monitor_class = QEMU_MONITOR_CLASS (klass);
  const GParamFlags settable = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

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
    g_param_spec_boolean ("wait-for-peer", NULL, NULL, FALSE, settable);

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
    g_param_spec_uint64 ("max-message-size", NULL, NULL, 1, G_MAXINT32, DEFAULT_MAX_MESSAGE_SIZE, settable);

  /**
   * QemuSocketMonitor:out-of-band: (getter get_out_of_band) (setter set_out_of_band)
   *
   * Whether to agree with QEMU on commands that overtake others ([method@Command.set_out_of_band]), where it offers
   * `oob` among its [property@Monitor:capabilities].
   *
   * The others go to QEMU eight at a time then, since it would read no further. Counts from the next time that the
   * monitor is opened. A stream that somebody has negotiated on before cannot be changed any more.
   *
   * Since: 1.0
   */
  properties[PROP_OUT_OF_BAND] =
    g_param_spec_boolean ("out-of-band", NULL, NULL, FALSE, settable);

  /**
   * QemuSocketMonitor:local-address: (getter get_local_address)
   *
   * Where a monitor from [ctor@SocketMonitor.new_listening] waits for a QEMU; with the port that the system has chosen,
   * once it listens. %NULL for one that connects.
   *
   * Since: 1.0
   */
  properties[PROP_LOCAL_ADDRESS] =
    g_param_spec_object ("local-address", NULL, NULL, G_TYPE_SOCKET_ADDRESS, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QemuSocketMonitor:tls-database: (getter get_tls_database) (setter set_tls_database)
   *
   * The authorities whose word for QEMU's certificate is trusted, for `tls:`; %NULL: those that the system trusts.
   *
   * Since: 1.0
   */
  properties[PROP_TLS_DATABASE] =
    g_param_spec_object ("tls-database", NULL, NULL, G_TYPE_TLS_DATABASE, settable);

  /**
   * QemuSocketMonitor:tls-certificate: (getter get_tls_certificate) (setter set_tls_certificate)
   *
   * The certificate to show to QEMU, for `tls:`, where it asks for one (`verify-peer`); with its private key.
   *
   * Since: 1.0
   */
  properties[PROP_TLS_CERTIFICATE] =
    g_param_spec_object ("tls-certificate", NULL, NULL, G_TYPE_TLS_CERTIFICATE, settable);

  /**
   * QemuSocketMonitor:ssh-command: (getter get_ssh_command) (setter set_ssh_command)
   *
   * What to run for `ssh:`, in front of the library's own arguments: a program and options of its own, such as
   * `ssh -i key`.
   *
   * Since: 1.0
   */
  properties[PROP_SSH_COMMAND] =
    g_param_spec_boxed ("ssh-command", NULL, NULL, G_TYPE_STRV, settable);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
qemu_socket_monitor_init (QemuSocketMonitor *self)
{
  g_mutex_init (&self->lock);
  self->ended = g_ptr_array_new_with_free_func (end_channel);
  self->max_message_size = DEFAULT_MAX_MESSAGE_SIZE;
  self->ssh_command = g_strdupv ((char **) default_ssh_command);
}

static QemuSocketMonitor *
monitor_new (const char *label)
{
  QemuSocketMonitor *self = g_object_new (QEMU_TYPE_SOCKET_MONITOR, NULL);

  qemu_monitor_set_label (QEMU_MONITOR (self), label);

  return self;
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
  QemuSocketMonitor *self;

  g_return_val_if_fail (G_IS_SOCKET_CONNECTABLE (connectable), NULL);

  label = g_socket_connectable_to_string (connectable);
  self = monitor_new (label);
  self->where.kind = QEMU_URI_SOCKET;
  self->where.connectable = g_object_ref (connectable);

  return QEMU_MONITOR (self);
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
  QemuSocketMonitor *self;

  g_return_val_if_fail (G_IS_IO_STREAM (stream), NULL);

  self = monitor_new ("a stream");
  self->stream = g_object_ref (stream);

  return QEMU_MONITOR (self);
}

/**
 * qemu_socket_monitor_new_listening:
 * @address: where to listen, for instance a [class@Gio.UnixSocketAddress], or a [class@Gio.InetSocketAddress] whose
 *   port may
 *   be 0 for any
 *
 * Makes a monitor that waits for a QEMU to come to it: one that is started with `-chardev socket,…,server=off`.
 * [method@Monitor.open] listens and waits for one connection, as long as [property@Monitor:open-timeout] allows. Then
 * it listens no more, until it is opened again; a QEMU with `reconnect` set comes back then.
 *
 * Where the QEMU is to be started first, see [method@SocketMonitor.listen].
 *
 * Returns: (transfer full) (type QemuSocketMonitor): a monitor, not yet open
 *
 * Since: 1.0
 */
QemuMonitor *
qemu_socket_monitor_new_listening (GSocketAddress *address)
{
  g_autofree char *label = NULL;
  QemuSocketMonitor *self;

  g_return_val_if_fail (G_IS_SOCKET_ADDRESS (address), NULL);

  label = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));
  self = monitor_new (label);
  self->local_address = g_object_ref (address);

  return QEMU_MONITOR (self);
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
  QemuSocketMonitor *self;

  if (socket == NULL)
    {
      g_prefix_error (error, "“%s” is no socket: ", label);
      return NULL;
    }

  self = monitor_new (label);
  self->stream = G_IO_STREAM (g_socket_connection_factory_create_connection (socket));

  return QEMU_MONITOR (self);
}

/**
 * qemu_socket_monitor_new_for_uri:
 * @uri: where QEMU is to be found
 * @error: return location for an error
 *
 * Makes a monitor from a line of text:
 *
 * - `unix:/run/vm.sock`, or just `/run/vm.sock`: a UNIX socket
 * - <code>unix:&commat;name</code>: an abstract UNIX socket
 * - `tcp:host:port`: a host name or address; an IPv6 address is put in brackets
 * - `tls:host:port`: the same, encrypted (QEMU's `tls-creds-x509`). QEMU's certificate has to be for this host, and
 *   from an
 *   authority in [property@SocketMonitor:tls-database]; else opening fails with %G_TLS_ERROR_BAD_CERTIFICATE
 * - `vsock:cid:port`: a virtual machine's socket, or from one its host's
 * - `ssh:[user@]host[:port]/run/vm.sock`: a UNIX socket on another machine, by way of `ssh` with keys that need no
 *   password. There has to be `socat` or `nc` there. See [property@SocketMonitor:ssh-command]
 * - `fd:3`: a socket that is connected already. The monitor takes the descriptor and closes it in the end
 *
 * No host sees anything that is not encrypted but with `tcp:`, and with `vsock:` the kernel: whoever reaches such an
 * address can do with the machine what QEMU can.
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
  g_auto(QemuUri) where = { 0 };
  QemuSocketMonitor *self;

  g_return_val_if_fail (uri != NULL, NULL);

  if (!qemu_uri_parse (&where, uri, error))
    return NULL;
  if (where.kind == QEMU_URI_FD)
    return monitor_new_for_fd (where.fd, uri, error);

  self = monitor_new (uri);
  self->where = where;
  where = (QemuUri) { 0 };

  return QEMU_MONITOR (self);
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

/**
 * qemu_socket_monitor_get_out_of_band: (get-property out-of-band)
 * @self: a monitor
 *
 * Tells whether out-of-band commands are wanted.
 *
 * Returns: whether they are
 *
 * Since: 1.0
 */
gboolean
qemu_socket_monitor_get_out_of_band (QemuSocketMonitor *self)
{
  g_return_val_if_fail (QEMU_IS_SOCKET_MONITOR (self), FALSE);

  return self->out_of_band;
}

/**
 * qemu_socket_monitor_set_out_of_band: (set-property out-of-band)
 * @self: a monitor
 * @out_of_band: whether they are wanted
 *
 * Sets whether to agree with QEMU on commands that overtake others, from the next time that the monitor is opened.
 *
 * Since: 1.0
 */
void
qemu_socket_monitor_set_out_of_band (QemuSocketMonitor *self,
                                     gboolean           out_of_band)
{
  g_return_if_fail (QEMU_IS_SOCKET_MONITOR (self));

  out_of_band = !!out_of_band;
  if (self->out_of_band == out_of_band)
    return;

  self->out_of_band = out_of_band;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_OUT_OF_BAND]);
}

/**
 * qemu_socket_monitor_get_local_address: (get-property local-address)
 * @self: a monitor
 *
 * Gets where the monitor waits for a QEMU.
 *
 * Returns: (transfer none) (nullable): the address; %NULL for a monitor that connects
 *
 * Since: 1.0
 */
GSocketAddress *
qemu_socket_monitor_get_local_address (QemuSocketMonitor *self)
{
  g_return_val_if_fail (QEMU_IS_SOCKET_MONITOR (self), NULL);

  return self->local_address;
}

/**
 * qemu_socket_monitor_get_tls_database: (get-property tls-database)
 * @self: a monitor
 *
 * Gets which authorities are trusted.
 *
 * Returns: (transfer none) (nullable): the authorities; %NULL: those of the system
 *
 * Since: 1.0
 */
GTlsDatabase *
qemu_socket_monitor_get_tls_database (QemuSocketMonitor *self)
{
  g_return_val_if_fail (QEMU_IS_SOCKET_MONITOR (self), NULL);

  return self->tls_database;
}

/**
 * qemu_socket_monitor_set_tls_database: (set-property tls-database)
 * @self: a monitor
 * @database: (nullable): the authorities, for instance from [func@Gio.TlsFileDatabase.new]; %NULL: those of the system
 *
 * Sets which authorities are trusted, from the next time that the monitor is opened.
 *
 * Many monitors had better share one @database with just QEMU's authority: of all those that the system trusts some
 * versions of GLib's TLS make a copy for each connection, which is megabytes.
 *
 * Since: 1.0
 */
void
qemu_socket_monitor_set_tls_database (QemuSocketMonitor *self,
                                      GTlsDatabase      *database)
{
  g_return_if_fail (QEMU_IS_SOCKET_MONITOR (self));
  g_return_if_fail (database == NULL || G_IS_TLS_DATABASE (database));

  if (g_set_object (&self->tls_database, database))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TLS_DATABASE]);
}

/**
 * qemu_socket_monitor_get_tls_certificate: (get-property tls-certificate)
 * @self: a monitor
 *
 * Gets the certificate that is shown to QEMU.
 *
 * Returns: (transfer none) (nullable): the certificate; %NULL: none
 *
 * Since: 1.0
 */
GTlsCertificate *
qemu_socket_monitor_get_tls_certificate (QemuSocketMonitor *self)
{
  g_return_val_if_fail (QEMU_IS_SOCKET_MONITOR (self), NULL);

  return self->tls_certificate;
}

/**
 * qemu_socket_monitor_set_tls_certificate: (set-property tls-certificate)
 * @self: a monitor
 * @certificate: (nullable): a certificate with its private key, for instance from
 *   [ctor@Gio.TlsCertificate.new_from_files]; %NULL: none
 *
 * Sets the certificate that is shown to QEMU, from the next time that the monitor is opened.
 *
 * Since: 1.0
 */
void
qemu_socket_monitor_set_tls_certificate (QemuSocketMonitor *self,
                                         GTlsCertificate   *certificate)
{
  g_return_if_fail (QEMU_IS_SOCKET_MONITOR (self));
  g_return_if_fail (certificate == NULL || G_IS_TLS_CERTIFICATE (certificate));

  if (g_set_object (&self->tls_certificate, certificate))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TLS_CERTIFICATE]);
}

/**
 * qemu_socket_monitor_get_ssh_command: (get-property ssh-command)
 * @self: a monitor
 *
 * Gets what is run for `ssh:`.
 *
 * Returns: (transfer none) (array zero-terminated=1): a program and options for it
 *
 * Since: 1.0
 */
const char * const *
qemu_socket_monitor_get_ssh_command (QemuSocketMonitor *self)
{
  g_return_val_if_fail (QEMU_IS_SOCKET_MONITOR (self), NULL);

  return (const char * const *) self->ssh_command;
}

/**
 * qemu_socket_monitor_set_ssh_command: (set-property ssh-command)
 * @self: a monitor
 * @command: (nullable) (array zero-terminated=1): a program and options for it; %NULL or empty: `ssh`
 *
 * Sets what is run for `ssh:`, from the next time that the monitor is opened.
 *
 * Since: 1.0
 */
void
qemu_socket_monitor_set_ssh_command (QemuSocketMonitor  *self,
                                     const char * const *command)
{
  g_return_if_fail (QEMU_IS_SOCKET_MONITOR (self));

  if (command == NULL || command[0] == NULL)
    command = default_ssh_command;
  if (g_strv_equal ((const char * const *) self->ssh_command, command))
    return;

  g_strfreev (self->ssh_command);
  self->ssh_command = g_strdupv ((char **) command);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SSH_COMMAND]);
}
