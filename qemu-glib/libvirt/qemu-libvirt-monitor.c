/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-libvirt-monitor.h"

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

#include "qemu-libvirt-private.h"

/**
 * QemuLibvirtMonitor:
 *
 * A monitor that goes through libvirt, to a machine that belongs to it: on this host or, with a URI like
 * `qemu+ssh://host/system` or `qemu+tls://host/system`, on another one.
 *
 * ```c
 * g_autoptr(QemuMonitor) monitor = qemu_libvirt_monitor_new ("qemu:///system", "mail");
 * g_autoptr(QemuDomain) vm = qemu_domain_new (monitor, "mail");
 * ```
 *
 * The monitor belongs to libvirt's machine, and not to one run of its QEMU. It can be opened when the machine does
 * not run: then [property@Qemu.Domain:status] is %QEMU_STATUS_SHUTDOWN and commands fail with
 * %G_IO_ERROR_NOT_CONNECTED. When the machine is started or ends, [signal@Qemu.Monitor::replaced] comes, and domains
 * follow by themselves.
 *
 * Commands go out one after the other, by libvirt's `virDomainQemuMonitorCommand`, in a thread of the monitor's own.
 * While another client's command holds the machine, libvirt makes them wait and gives up after 30 seconds, with
 * %G_IO_ERROR_BUSY. The screen is dumped by `virDomainScreenshot`. Files cannot be passed.
 *
 * libvirt does not know what is done behind its back: it marks the machine as tainted, and what is changed (a disk's
 * file by a snapshot or a commit, say) it may get wrong later. To look at a machine does no harm.
 *
 * libvirt's event loop runs in a thread of the library's, unless the program has registered one before, with
 * libvirt-glib say; then that one has to run for events to come.
 *
 * Since: 1.0
 */

/* One connection to libvirt. The monitor has one reference, each of libvirt's callbacks another one, and the thread
 * that talks to libvirt one for each piece of work. */
typedef struct
{
  gatomicrefcount  ref_count;

  GMutex           lock;
  QemuMonitor     *monitor;             /* NULL as soon as nothing is to be told any more */
  GThreadPool     *worker;              /* of one thread: all that asks libvirt, in order; NULL when it is to end */
  unsigned         n_starts;            /* of the machine */
  virDomainPtr     domain;              /* the machine, as it was found last */

  char            *connection_uri;
  char            *domain_name;
  GCancellable    *cancellable;         /* ends the attempt to open */
  gulong           cancelled_id;

  /* the worker's */
  virConnectPtr    connection;
  char            *heard_uuid;          /* of the machine whose events come; NULL: only what becomes of any of them */
  int              events_id;
  int              lifecycle_id;
  gboolean         events_supported;
} Session;

struct _QemuLibvirtMonitor
{
  QemuMonitor  parent_instance;

  char        *connection_uri;
  char        *domain_name;

  GMutex       lock;
  Session     *session;
};

typedef enum
{
  PROP_CONNECTION_URI = 1,
  PROP_DOMAIN_NAME
} QemuLibvirtMonitorProperty;

static GParamSpec *properties[PROP_DOMAIN_NAME + 1];

G_DEFINE_FINAL_TYPE (QemuLibvirtMonitor, qemu_libvirt_monitor, QEMU_TYPE_MONITOR)

/* ---------------------------------------------------------------- a session */

/* What the worker does. */
typedef void (*WorkFunc) (Session            *self,
                          QemuMonitorRequest *request,
                          gpointer            data);

typedef struct
{
  Session            *session;
  WorkFunc            func;
  QemuMonitorRequest *request;
  gpointer            data;
} Work;

static Session *
session_ref (Session *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

static void
session_unref (gpointer data)
{
  Session *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->worker == NULL && self->connection == NULL);
  g_clear_object (&self->cancellable);
  g_free (self->connection_uri);
  g_free (self->domain_name);
  g_free (self->heard_uuid);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
work_cb (gpointer data,
         gpointer nothing)
{
  Work *work = data;

  work->func (work->session, work->request, work->data);
  g_clear_object (&work->request);
  session_unref (work->session);
  g_free (work);
}

/* FALSE: it has ended. */
static gboolean
session_push_locked (Session            *self,
                     WorkFunc            func,
                     QemuMonitorRequest *request,
                     gpointer            data)
{
  Work *work;

  if (self->worker == NULL)
    return FALSE;

  work = g_new (Work, 1);
  work->session = session_ref (self);
  work->func = func;
  work->request = request != NULL ? g_object_ref (request) : NULL;
  work->data = data;

  return g_thread_pool_push (self->worker, work, NULL);
}

/* Takes @domain; NULL: it has to be looked up. */
static void
set_domain_locked (Session      *self,
                   virDomainPtr  domain)
{
  if (self->domain != NULL)
    virDomainFree (self->domain);
  self->domain = domain;
}

static void
set_domain (Session      *self,
            virDomainPtr  domain)
{
  g_mutex_lock (&self->lock);
  set_domain_locked (self, domain);
  g_mutex_unlock (&self->lock);
}

static void closed_cb (virConnectPtr  connection,
                       int            reason,
                       void          *data);

static void
stop_listening (Session *self)
{
  if (self->events_id >= 0)
    virConnectDomainQemuMonitorEventDeregister (self->connection, self->events_id);
  if (self->lifecycle_id >= 0)
    virConnectDomainEventDeregisterAny (self->connection, self->lifecycle_id);
  self->events_id = self->lifecycle_id = -1;
}

static void
put_away (Session            *self,
          QemuMonitorRequest *request,
          gpointer            data)
{
  set_domain (self, NULL);
  if (self->connection == NULL)
    return;

  virConnectUnregisterCloseCallback (self->connection, closed_cb);
  stop_listening (self);
  virConnectClose (self->connection);
  self->connection = NULL;
}

/* From now on nothing comes from it. Any thread. */
static void
session_end (Session *self)
{
  GThreadPool *worker;
  gulong cancelled_id;

  g_mutex_lock (&self->lock);
  self->monitor = NULL;
  session_push_locked (self, put_away, NULL, NULL);
  worker = g_steal_pointer (&self->worker);
  cancelled_id = self->cancelled_id;
  self->cancelled_id = 0;
  g_mutex_unlock (&self->lock);

  if (cancelled_id != 0)
    g_signal_handler_disconnect (self->cancellable, cancelled_id);
  /* What was begun comes to its end without us. */
  if (worker != NULL)
    g_thread_pool_free (worker, FALSE, FALSE);
}

/* The monitor's session, with a new reference. */
static Session *
dup_session (QemuLibvirtMonitor *self)
{
  Session *session;

  g_mutex_lock (&self->lock);
  session = self->session != NULL ? session_ref (self->session) : NULL;
  g_mutex_unlock (&self->lock);

  return session;
}

static void
replace_session (QemuLibvirtMonitor *self,
                 Session            *session)
{
  Session *old;

  g_mutex_lock (&self->lock);
  old = self->session;
  self->session = session;
  g_mutex_unlock (&self->lock);

  if (old == NULL)
    return;

  session_end (old);
  session_unref (old);
}

/* ---------------------------------------------------------------- replies */

static void
answer_text (QemuMonitorRequest *request,
             const char         *text)
{
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));

  qemu_monitor_request_return_bytes (request, bytes);
}

/* Takes @error. */
static void
answer_error (QemuMonitorRequest *request,
              GError             *error)
{
  qemu_monitor_request_return_error (request, error);
  g_error_free (error);
}

static void
answer_closed (QemuMonitorRequest *request)
{
  answer_error (request, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                                              "The connection to libvirt is closed"));
}

/* A machine that does not run has a name and a status all the same. */
static char *
answer_without_qemu (Session    *self,
                     const char *command)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  g_autoptr(JsonNode) node = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "return");
  json_builder_begin_object (builder);
  if (g_str_equal (command, "query-status"))
    {
      json_builder_set_member_name (builder, "status");
      json_builder_add_string_value (builder, "shutdown");
      json_builder_set_member_name (builder, "running");
      json_builder_add_boolean_value (builder, FALSE);
    }
  else if (g_str_equal (command, "query-name"))
    {
      json_builder_set_member_name (builder, "name");
      json_builder_add_string_value (builder, self->domain_name);
    }
  else
    {
      return NULL;
    }
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  node = json_builder_get_root (builder);

  return json_to_string (node, FALSE);
}

/* ---------------------------------------------------------------- what the worker does */

/* The machine, with a new reference: it may have been made anew under its name. */
static virDomainPtr
find_domain (Session  *self,
             GError  **error)
{
  virDomainPtr domain = NULL;

  g_mutex_lock (&self->lock);
  if (self->domain != NULL && virDomainRef (self->domain) == 0)
    domain = self->domain;
  g_mutex_unlock (&self->lock);
  if (domain != NULL)
    return domain;

  domain = virDomainLookupByName (self->connection, self->domain_name);
  if (domain == NULL)
    {
      g_propagate_error (error, qemu_libvirt_error_new ());
      return NULL;
    }

  virDomainRef (domain);
  set_domain (self, domain);

  return domain;
}

static char *
run_text (Session     *self,
          const char  *text,
          GError     **error)
{
  virDomainPtr domain = find_domain (self, error);
  char *reply = NULL;

  if (domain == NULL)
    return NULL;

  if (virDomainQemuMonitorCommand (domain, text, &reply, VIR_DOMAIN_QEMU_MONITOR_COMMAND_DEFAULT) != 0)
    g_propagate_error (error, qemu_libvirt_error_new ());
  virDomainFree (domain);

  return reply;
}

/* A machine that has no definition is not there any more when it has ended. */
static gboolean
does_not_run (Session      *self,
              const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    set_domain (self, NULL);

  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
}

static void
run_command (Session            *self,
             QemuMonitorRequest *request,
             gpointer            data)
{
  QemuCommand *command = qemu_monitor_request_get_command (request);
  g_autofree char *text = NULL;
  g_autofree char *without_qemu = NULL;
  char *reply = NULL;
  GError *error = NULL;

  if (self->connection == NULL)
    {
      answer_closed (request);
      return;
    }
  /* Nobody waits for it any more, and it has not been sent. */
  if (g_cancellable_set_error_if_cancelled (qemu_monitor_request_get_cancellable (request), &error))
    {
      answer_error (request, error);
      return;
    }

  text = qemu_command_to_json (command, &error);
  if (text != NULL)
    reply = run_text (self, text, &error);
  /* It may have been made anew since. */
  if (reply == NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_clear_error (&error);
      set_domain (self, NULL);
      reply = run_text (self, text, &error);
    }
  if (reply == NULL && virConnectIsAlive (self->connection) == 0)
    {
      error->domain = G_IO_ERROR;
      error->code = G_IO_ERROR_CONNECTION_CLOSED;
    }
  if (reply == NULL && does_not_run (self, error))
    {
      without_qemu = answer_without_qemu (self, qemu_command_get_name (command));
      error->code = G_IO_ERROR_NOT_CONNECTED;
    }

  if (reply != NULL)
    answer_text (request, reply);
  else if (without_qemu != NULL)
    answer_text (request, without_qemu);
  else
    answer_error (request, g_steal_pointer (&error));
  g_clear_error (&error);
  free (reply);
}

/* What QEMU would have greeted with; NULL: it does not run. */
static char *
make_greeting (Session  *self,
               GError  **error)
{
  char *reply = run_text (self, "{\"execute\":\"query-version\"}", error);
  g_autoptr(JsonNode) node = NULL;
  g_autofree char *version = NULL;

  if (reply == NULL)
    return NULL;

  node = json_from_string (reply, NULL);
  free (reply);
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node) && json_object_has_member (json_node_get_object (node), "return"))
    version = json_to_string (json_object_get_member (json_node_get_object (node), "return"), FALSE);

  return version != NULL ? g_strdup_printf ("{\"QMP\": {\"version\": %s}}", version) : g_strdup ("{}");
}

static int
write_picture (virStreamPtr  stream,
               const char   *bytes,
               size_t        length,
               void         *picture)
{
  g_byte_array_append (picture, (const guint8 *) bytes, length);

  return length;
}

/* Takes a picture of the machine's first display, and says in which format it is. */
static GByteArray *
take_picture (Session   *self,
              unsigned   head,
              char     **type,
              GError   **error)
{
  virDomainPtr domain = find_domain (self, error);
  virStreamPtr stream = domain != NULL ? virStreamNew (self->connection, 0) : NULL;
  GByteArray *picture = NULL;

  *type = NULL;
  if (stream != NULL)
    {
      picture = g_byte_array_new ();
      *type = virDomainScreenshot (domain, stream, head, 0);
      if (*type == NULL || virStreamRecvAll (stream, write_picture, picture) != 0 || virStreamFinish (stream) != 0)
        {
          g_propagate_error (error, qemu_libvirt_error_new ());
          g_clear_pointer (&picture, g_byte_array_unref);
          /* There is no such display, or none at all: libvirt has many words for it. */
          if ((g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT) ||
               g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED)) && virDomainIsActive (domain) == 1)
            (*error)->code = G_IO_ERROR_NOT_SUPPORTED;
        }
      virStreamFree (stream);
    }
  else if (domain != NULL)
    {
      g_propagate_error (error, qemu_libvirt_error_new ());
    }
  if (domain != NULL)
    virDomainFree (domain);

  return picture;
}

static void
dump_screen (Session            *self,
             QemuMonitorRequest *request,
             gpointer            data)
{
  g_autofree char *text = qemu_command_to_json (qemu_monitor_request_get_command (request), NULL);
  g_autoptr(JsonNode) node = json_from_string (text, NULL);
  JsonObject *arguments = json_object_get_object_member (json_node_get_object (node), "arguments");
  gboolean wants_png = g_str_equal (json_object_get_string_member (arguments, "format"), "png");
  GByteArray *picture;
  char *type = NULL;
  GError *error = NULL;

  if (self->connection == NULL)
    {
      answer_closed (request);
      return;
    }
  if (json_object_has_member (arguments, "device"))
    {
      answer_error (request, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                                  "libvirt only takes pictures of the first display device"));
      return;
    }

  picture = take_picture (self, json_object_get_int_member_with_default (arguments, "head", 0), &type, &error);
  if (picture != NULL && (g_strcmp0 (type, "image/png") == 0) != wants_png)
    error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "libvirt makes pictures of type %s only", type);

  if (error != NULL)
    {
      answer_error (request, error);
    }
  else
    {
      g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes (g_steal_pointer (&picture));

      qemu_monitor_request_return_bytes (request, bytes);
    }
  g_clear_pointer (&picture, g_byte_array_unref);
  free (type);
}

/* ---------------------------------------------------------------- what libvirt tells */

static gboolean
is_ours (Session      *self,
         virDomainPtr  domain)
{
  return g_strcmp0 (virDomainGetName (domain), self->domain_name) == 0;
}

static void
event_cb (virConnectPtr  connection,
          virDomainPtr   domain,
          const char    *name,
          long long      seconds,
          unsigned int   microseconds,
          const char    *details,
          void          *data)
{
  Session *self = data;
  g_autoptr(GBytes) bytes = details != NULL ? g_bytes_new (details, strlen (details)) : NULL;

  if (!is_ours (self, domain))
    return;

  g_mutex_lock (&self->lock);
  if (self->monitor != NULL)
    qemu_monitor_emit_event (self->monitor, name,
                             seconds > 0 ? seconds * G_USEC_PER_SEC + microseconds : 0, bytes);
  g_mutex_unlock (&self->lock);
}

static int lifecycle_cb (virConnectPtr connection,
                         virDomainPtr  domain,
                         int           event,
                         int           detail,
                         void         *data);

/* From now on the events of this machine come: libvirt would send those of all machines to each of many monitors, which
 * is most of what they all had to do then. Where there is none, any may turn out to be it. TRUE: it was not this one
 * before. */
static gboolean
listen_to_machine (Session      *self,
                   virDomainPtr  domain)
{
  char uuid[VIR_UUID_STRING_BUFLEN];
  gboolean is_known = domain != NULL && virDomainGetUUIDString (domain, uuid) == 0;

  if (self->lifecycle_id >= 0 && g_strcmp0 (self->heard_uuid, is_known ? uuid : NULL) == 0)
    return FALSE;

  stop_listening (self);
  g_free (self->heard_uuid);
  self->heard_uuid = is_known ? g_strdup (uuid) : NULL;
  if (domain != NULL)
    {
      self->events_id = virConnectDomainQemuMonitorEventRegister (self->connection, domain, NULL, event_cb,
                                                                  session_ref (self), session_unref, 0);
      if (self->events_id < 0)
        session_unref (self);
    }
  self->lifecycle_id = virConnectDomainEventRegisterAny (self->connection, domain, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                                         VIR_DOMAIN_EVENT_CALLBACK (lifecycle_cb),
                                                         session_ref (self), session_unref);
  if (self->lifecycle_id < 0)
    session_unref (self);

  return TRUE;
}

/* The machine has been started. */
static void
tell_of_start (Session            *self,
               QemuMonitorRequest *request,
               gpointer            data)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  g_autoptr(GBytes) greeting = NULL;
  virDomainPtr domain = self->connection != NULL ? find_domain (self, NULL) : NULL;

  if (domain != NULL)
    {
      listen_to_machine (self, domain);
      virDomainFree (domain);
      text = make_greeting (self, &error);
    }
  if (text != NULL)
    greeting = g_bytes_new (text, strlen (text));

  g_mutex_lock (&self->lock);
  if (self->monitor != NULL && self->n_starts == GPOINTER_TO_UINT (data))
    qemu_monitor_emit_replaced (self->monitor, greeting);
  g_mutex_unlock (&self->lock);
}

/* The machine may have gone for good, and another one have come under its name. */
static void
follow_name (Session            *self,
             QemuMonitorRequest *request,
             gpointer            nothing)
{
  virDomainPtr domain = NULL;
  unsigned n_starts;

  if (self->connection == NULL)
    return;

  domain = virDomainLookupByName (self->connection, self->domain_name);
  if (domain == NULL)
    {
      listen_to_machine (self, NULL);
      /* Before that, perhaps. */
      domain = virDomainLookupByName (self->connection, self->domain_name);
    }
  if (domain == NULL)
    return;

  if (listen_to_machine (self, domain) && virDomainIsActive (domain) == 1)
    {
      g_mutex_lock (&self->lock);
      n_starts = ++self->n_starts;
      set_domain_locked (self, domain);
      g_mutex_unlock (&self->lock);
      tell_of_start (self, NULL, GUINT_TO_POINTER (n_starts));
      return;
    }
  virDomainFree (domain);
}

static int
lifecycle_cb (virConnectPtr connection,
              virDomainPtr  domain,
              int           event,
              int           detail,
              void         *data)
{
  Session *self = data;

  if (!is_ours (self, domain))
    return 0;

  if (event == VIR_DOMAIN_EVENT_STOPPED || event == VIR_DOMAIN_EVENT_UNDEFINED || event == VIR_DOMAIN_EVENT_DEFINED)
    {
      g_mutex_lock (&self->lock);
      session_push_locked (self, follow_name, NULL, NULL);
      g_mutex_unlock (&self->lock);
    }
  if (event != VIR_DOMAIN_EVENT_STARTED && event != VIR_DOMAIN_EVENT_STOPPED)
    return 0;

  g_mutex_lock (&self->lock);
  self->n_starts++;
  if (event == VIR_DOMAIN_EVENT_STARTED && self->worker != NULL)
    {
      set_domain_locked (self, virDomainRef (domain) == 0 ? domain : NULL);
      session_push_locked (self, tell_of_start, NULL, GUINT_TO_POINTER (self->n_starts));
    }
  else if (self->monitor != NULL)
    {
      qemu_monitor_emit_replaced (self->monitor, NULL);
    }
  g_mutex_unlock (&self->lock);

  return 0;
}

static void
closed_cb (virConnectPtr connection,
           int           reason,
           void         *data)
{
  Session *self = data;
  g_autoptr(GError) error = NULL;

  error = g_error_new (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "libvirt %s",
                       reason == VIR_CONNECT_CLOSE_REASON_KEEPALIVE ? "has not answered for some time"
                                                                    : "closed the connection");
  g_mutex_lock (&self->lock);
  if (self->monitor != NULL)
    qemu_monitor_emit_closed (self->monitor, error);
  g_mutex_unlock (&self->lock);

  session_end (self);
}

/* ---------------------------------------------------------------- open and close */

/* The name may also be the machine's UUID. */
static gboolean
look_up_domain (Session  *self,
                GError  **error)
{
  virDomainPtr domain = virDomainLookupByName (self->connection, self->domain_name);

  if (domain == NULL && g_uuid_string_is_valid (self->domain_name))
    domain = virDomainLookupByUUIDString (self->connection, self->domain_name);
  if (domain == NULL)
    {
      g_propagate_error (error, qemu_libvirt_error_new ());
      return FALSE;
    }

  g_free (self->domain_name);
  self->domain_name = g_strdup (virDomainGetName (domain));
  set_domain (self, domain);

  return TRUE;
}

static void
open_session (Session            *self,
              QemuMonitorRequest *request,
              gpointer            data)
{
  g_autofree char *greeting = NULL;
  GError *error = NULL;

  self->connection = qemu_libvirt_connect (self->connection_uri, &error);
  if (self->connection == NULL || !look_up_domain (self, &error))
    {
      answer_error (request, error);
      return;
    }

  if (virConnectRegisterCloseCallback (self->connection, closed_cb, session_ref (self), session_unref) != 0)
    session_unref (self);
  listen_to_machine (self, self->domain);
  self->events_supported = self->events_id >= 0;
  greeting = make_greeting (self, &error);
  if (error != NULL && !does_not_run (self, error))
    {
      answer_error (request, error);
      return;
    }
  g_clear_error (&error);

  g_mutex_lock (&self->lock);
  if (self->monitor != NULL)
    g_object_set (self->monitor, "events-supported", self->events_supported, NULL);
  g_mutex_unlock (&self->lock);
  answer_text (request, greeting != NULL ? greeting : "{}");
}

static void
cancelled_cb (GCancellable *cancellable,
              gpointer      session)
{
  session_end (session);
}

/* It may have been cancelled, and the session have ended. */
static void
watch_cancellable (Session      *self,
                   GCancellable *cancellable)
{
  gulong id;

  self->cancellable = g_object_ref (cancellable);
  id = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), session_ref (self), session_unref);

  g_mutex_lock (&self->lock);
  if (self->worker != NULL)
    {
      self->cancelled_id = id;
      id = 0;
    }
  g_mutex_unlock (&self->lock);

  if (id != 0)
    g_signal_handler_disconnect (cancellable, id);
}

static void
qemu_libvirt_monitor_start_open (QemuMonitor        *monitor,
                                 QemuMonitorRequest *request)
{
  QemuLibvirtMonitor *self = QEMU_LIBVIRT_MONITOR (monitor);
  GCancellable *cancellable = qemu_monitor_request_get_cancellable (request);
  Session *session = g_new0 (Session, 1);

  g_atomic_ref_count_init (&session->ref_count);
  g_mutex_init (&session->lock);
  session->monitor = monitor;
  session->connection_uri = g_strdup (self->connection_uri);
  session->domain_name = g_strdup (self->domain_name);
  session->events_id = session->lifecycle_id = -1;
  session->worker = g_thread_pool_new (work_cb, NULL, 1, FALSE, NULL);
  session_push_locked (session, open_session, request, NULL);
  replace_session (self, session_ref (session));

  if (cancellable != NULL)
    watch_cancellable (session, cancellable);
  session_unref (session);
}

static void
qemu_libvirt_monitor_start_close (QemuMonitor        *monitor,
                                  QemuMonitorRequest *request)
{
  replace_session (QEMU_LIBVIRT_MONITOR (monitor), NULL);
  answer_text (request, "{}");
}

/* ---------------------------------------------------------------- run */

static void
start_work (QemuMonitor        *monitor,
            QemuMonitorRequest *request,
            WorkFunc            func)
{
  Session *session = dup_session (QEMU_LIBVIRT_MONITOR (monitor));
  gboolean pushed = FALSE;

  if (session != NULL)
    {
      g_mutex_lock (&session->lock);
      pushed = session_push_locked (session, func, request, NULL);
      g_mutex_unlock (&session->lock);
      session_unref (session);
    }
  if (!pushed)
    answer_closed (request);
}

static void
qemu_libvirt_monitor_start_run (QemuMonitor        *monitor,
                                QemuMonitorRequest *request)
{
  start_work (monitor, request, run_command);
}

static void
qemu_libvirt_monitor_start_screen_dump (QemuMonitor        *monitor,
                                        QemuMonitorRequest *request)
{
  start_work (monitor, request, dump_screen);
}

/* ---------------------------------------------------------------- the class */

static void
qemu_libvirt_monitor_dispose (GObject *object)
{
  replace_session (QEMU_LIBVIRT_MONITOR (object), NULL);

  G_OBJECT_CLASS (qemu_libvirt_monitor_parent_class)->dispose (object);
}

static void
qemu_libvirt_monitor_finalize (GObject *object)
{
  QemuLibvirtMonitor *self = QEMU_LIBVIRT_MONITOR (object);

  g_free (self->connection_uri);
  g_free (self->domain_name);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (qemu_libvirt_monitor_parent_class)->finalize (object);
}

static void
qemu_libvirt_monitor_get_property (GObject    *object,
                                   guint       prop_id,
                                   GValue     *value,
                                   GParamSpec *pspec)
{
  QemuLibvirtMonitor *self = QEMU_LIBVIRT_MONITOR (object);

  switch ((QemuLibvirtMonitorProperty) prop_id)
    {
    case PROP_CONNECTION_URI:
      g_value_set_string (value, qemu_libvirt_monitor_get_connection_uri (self));
      break;

    case PROP_DOMAIN_NAME:
      g_value_set_string (value, qemu_libvirt_monitor_get_domain_name (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qemu_libvirt_monitor_set_property (GObject      *object,
                                   guint         prop_id,
                                   const GValue *value,
                                   GParamSpec   *pspec)
{
  QemuLibvirtMonitor *self = QEMU_LIBVIRT_MONITOR (object);

  switch ((QemuLibvirtMonitorProperty) prop_id)
    {
    case PROP_CONNECTION_URI:
      self->connection_uri = g_value_dup_string (value);
      break;

    case PROP_DOMAIN_NAME:
      self->domain_name = g_value_dup_string (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qemu_libvirt_monitor_class_init (QemuLibvirtMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  QemuMonitorClass *monitor_class = QEMU_MONITOR_CLASS (klass);
  const GParamFlags given = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = qemu_libvirt_monitor_dispose;
  object_class->finalize = qemu_libvirt_monitor_finalize;
  object_class->get_property = qemu_libvirt_monitor_get_property;
  object_class->set_property = qemu_libvirt_monitor_set_property;

  monitor_class->start_open = qemu_libvirt_monitor_start_open;
  monitor_class->start_close = qemu_libvirt_monitor_start_close;
  monitor_class->start_run = qemu_libvirt_monitor_start_run;
  monitor_class->start_screen_dump = qemu_libvirt_monitor_start_screen_dump;

  /**
   * QemuLibvirtMonitor:connection-uri: (getter get_connection_uri)
   *
   * Which libvirt, such as `qemu:///system`; %NULL: libvirt's own choice.
   *
   * Since: 1.0
   */
  properties[PROP_CONNECTION_URI] =
    g_param_spec_string ("connection-uri", NULL, NULL, NULL, given);

  /**
   * QemuLibvirtMonitor:domain-name: (getter get_domain_name)
   *
   * Which of its machines: the name, or the UUID.
   *
   * Since: 1.0
   */
  properties[PROP_DOMAIN_NAME] =
    g_param_spec_string ("domain-name", NULL, NULL, NULL, given);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
qemu_libvirt_monitor_init (QemuLibvirtMonitor *self)
{
  g_mutex_init (&self->lock);
}

/**
 * qemu_libvirt_monitor_new:
 * @connection_uri: (nullable): libvirt's URI, such as `qemu:///system`; %NULL: libvirt's own choice
 * @domain_name: the name of a machine, or its UUID
 *
 * Makes a monitor for one of libvirt's machines. It connects when it is opened.
 *
 * Opening fails with %G_IO_ERROR_NOT_FOUND where there is no such machine or no such libvirt, with
 * %G_IO_ERROR_PERMISSION_DENIED, and with other errors that libvirt tells of.
 *
 * Returns: (transfer full) (type QemuLibvirtMonitor): a monitor, not yet open
 *
 * Since: 1.0
 */
QemuMonitor *
qemu_libvirt_monitor_new (const char *connection_uri,
                          const char *domain_name)
{
  g_return_val_if_fail (domain_name != NULL, NULL);

  return g_object_new (QEMU_LIBVIRT_TYPE_MONITOR, "connection-uri", connection_uri, "domain-name", domain_name, NULL);
}

/**
 * qemu_libvirt_monitor_new_for_uri:
 * @uri: `libvirt:URI?domain=NAME`, such as `libvirt:qemu:///system?domain=mail`
 * @error: return location for an error
 *
 * Makes a monitor from a line of text: libvirt's own URI, with the machine's name, percent-encoded where it has to
 * be, as the last of its parameters. Without a URI in front libvirt chooses: `libvirt:?domain=mail`.
 *
 * Does no input or output. Fails with %G_IO_ERROR_INVALID_ARGUMENT.
 *
 * Returns: (transfer full) (type QemuLibvirtMonitor): a monitor, not yet open
 *
 * Since: 1.0
 */
QemuMonitor *
qemu_libvirt_monitor_new_for_uri (const char  *uri,
                                  GError     **error)
{
  static const char scheme[] = "libvirt:", parameter[] = "domain=";
  g_autofree char *connection_uri = NULL;
  g_autofree char *name = NULL;
  const char *begin, *found;

  g_return_val_if_fail (uri != NULL, NULL);

  begin = uri + strlen (scheme);
  found = g_str_has_prefix (uri, scheme) ? g_strrstr (begin, parameter) : NULL;
  if (found != NULL && found > begin && (found[-1] == '?' || found[-1] == '&'))
    name = g_uri_unescape_string (found + strlen (parameter), NULL);
  if (name == NULL || name[0] == '\0')
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "“%s” is no address of a machine of libvirt's, such as libvirt:qemu:///system?domain=NAME", uri);
      return NULL;
    }

  connection_uri = g_strndup (begin, found - 1 - begin);

  return qemu_libvirt_monitor_new (connection_uri[0] != '\0' ? connection_uri : NULL, name);
}

/**
 * qemu_libvirt_monitor_get_connection_uri: (get-property connection-uri)
 * @self: a monitor
 *
 * Gets which libvirt the monitor goes through.
 *
 * Returns: (transfer none) (nullable): libvirt's URI; %NULL: libvirt's own choice
 *
 * Since: 1.0
 */
const char *
qemu_libvirt_monitor_get_connection_uri (QemuLibvirtMonitor *self)
{
  g_return_val_if_fail (QEMU_LIBVIRT_IS_MONITOR (self), NULL);

  return self->connection_uri;
}

/**
 * qemu_libvirt_monitor_get_domain_name: (get-property domain-name)
 * @self: a monitor
 *
 * Gets which machine the monitor is for.
 *
 * Returns: (transfer none): the name, or the UUID, as it was given
 *
 * Since: 1.0
 */
const char *
qemu_libvirt_monitor_get_domain_name (QemuLibvirtMonitor *self)
{
  g_return_val_if_fail (QEMU_LIBVIRT_IS_MONITOR (self), NULL);

  return self->domain_name;
}
