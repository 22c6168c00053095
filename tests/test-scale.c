/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many monitors in one main context. What is counted is descriptors, turns and bytes, which are the same on any machine;
 * how long it takes is for the bench. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gfiledescriptorbased.h>
#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef HAVE_EPOLL
#include <sys/epoll.h>
#endif

#include "qemu-glib/qemu-mux-private.h"
#include "qemu-play.h"

#define EVENT "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"E\"}\r\n"
#define ANSWER(id) "{\"return\": {}, \"id\": " #id "}\r\n"
/* All that has to be said to open a monitor can be said in advance. */
#define OPENING QEMU_TEST_GREETING ANSWER (1)

/* ---------------------------------------------------------------- both ends of a line */

typedef struct
{
  GIOStream *near;
  GIOStream *far;
} Ends;

static GIOStream *
stream_new_for_socket (int fd)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GSocket) socket = g_socket_new_from_fd (fd, &error);

  g_assert_no_error (error);

  return G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
}

static Ends
make_sockets (void)
{
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));

  return (Ends) { stream_new_for_socket (fds[0]), stream_new_for_socket (fds[1]) };
}

static Ends
make_tcp (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), near = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int far;

  g_assert_no_errno (bind (listener, (struct sockaddr *) &address, length));
  g_assert_no_errno (listen (listener, 1));
  g_assert_no_errno (getsockname (listener, (struct sockaddr *) &address, &length));
  g_assert_no_errno (connect (near, (struct sockaddr *) &address, length));
  far = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);
  g_assert_no_errno (far);
  close (listener);

  return (Ends) { stream_new_for_socket (near), stream_new_for_socket (far) };
}

static GIOStream *
stream_new_for_pipes (int in,
                      int out)
{
  g_autoptr(GInputStream) input = g_unix_input_stream_new (in, TRUE);
  g_autoptr(GOutputStream) output = g_unix_output_stream_new (out, TRUE);

  return g_simple_io_stream_new (input, output);
}

static Ends
make_pipes (void)
{
  int to_near[2], to_far[2];

  g_assert_true (g_unix_open_pipe (to_near, FD_CLOEXEC, NULL));
  g_assert_true (g_unix_open_pipe (to_far, FD_CLOEXEC, NULL));

  return (Ends) { stream_new_for_pipes (to_near[0], to_far[1]), stream_new_for_pipes (to_far[0], to_near[1]) };
}

static gboolean
accept_cb (GTlsConnection       *connection,
           GTlsCertificate      *certificate,
           GTlsCertificateFlags  errors,
           gpointer              user_data)
{
  return TRUE;
}

/* Nobody has shaken hands yet. A connection that is not told whom to trust takes a copy of all that the system trusts.
 */
static Ends
make_tls_over (Ends base)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "localhost.pem", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GTlsCertificate) certificate = g_tls_certificate_new_from_file (path, &error);
  g_autoptr(GTlsDatabase) trusted = g_tls_file_database_new (path, &error);
  Ends ends;

  g_assert_no_error (error);
  ends.far = g_tls_server_connection_new (base.far, certificate, &error);
  g_assert_no_error (error);
  ends.near = g_tls_client_connection_new (base.near, NULL, &error);
  g_assert_no_error (error);
  g_tls_connection_set_database (G_TLS_CONNECTION (ends.far), trusted);
  g_tls_connection_set_database (G_TLS_CONNECTION (ends.near), trusted);
  g_signal_connect (ends.near, "accept-certificate", G_CALLBACK (accept_cb), NULL);
  g_object_unref (base.far);
  g_object_unref (base.near);

  return ends;
}

static Ends
shake_hands (Ends ends)
{
  g_autoptr(GAsyncResult) near_result = NULL;
  g_autoptr(GAsyncResult) far_result = NULL;
  g_autoptr(GError) error = NULL;

  g_tls_connection_handshake_async (G_TLS_CONNECTION (ends.near), G_PRIORITY_DEFAULT, NULL,
                                    qemu_test_store_result_cb, &near_result);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (ends.far), G_PRIORITY_DEFAULT, NULL,
                                    qemu_test_store_result_cb, &far_result);
  QEMU_TEST_WAIT_UNTIL (near_result != NULL && far_result != NULL);
  g_assert_true (g_tls_connection_handshake_finish (G_TLS_CONNECTION (ends.near), near_result, &error));
  g_assert_no_error (error);
  g_assert_true (g_tls_connection_handshake_finish (G_TLS_CONNECTION (ends.far), far_result, &error));
  g_assert_no_error (error);

  return ends;
}

static Ends
make_tls (void)
{
  return shake_hands (make_tls_over (make_sockets ()));
}

/* What GSocketClient gives. */
static Ends
make_wrapped_tls (void)
{
  Ends base = make_tcp ();
  g_autoptr(GSocket) socket = g_object_ref (g_socket_connection_get_socket (G_SOCKET_CONNECTION (base.near)));
  Ends ends = shake_hands (make_tls_over (base));
  g_autoptr(GIOStream) tls = ends.near;

  ends.near = G_IO_STREAM (g_tcp_wrapper_connection_new (tls, socket));

  return ends;
}

static Ends
make_tls_on_pipes (void)
{
  return shake_hands (make_tls_over (make_pipes ()));
}

/* A stream of a program's own: nobody knows what is below it, and it reads ahead. */
static Ends
make_converted (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GCharsetConverter) reader = g_charset_converter_new ("UTF-8", "UTF-8", &error);
  g_autoptr(GCharsetConverter) writer = g_charset_converter_new ("UTF-8", "UTF-8", &error);
  Ends ends = make_sockets ();
  g_autoptr(GIOStream) base = ends.near;
  g_autoptr(GInputStream) input = NULL;
  g_autoptr(GOutputStream) output = NULL;

  g_assert_no_error (error);
  input = g_converter_input_stream_new (g_io_stream_get_input_stream (base), G_CONVERTER (reader));
  output = g_converter_output_stream_new (g_io_stream_get_output_stream (base), G_CONVERTER (writer));
  ends.near = g_simple_io_stream_new (input, output);
  g_object_set_data_full (G_OBJECT (ends.near), "base", g_object_ref (base), g_object_unref);

  return ends;
}

/* ---------------------------------------------------------------- a stream with ways of its own
 *
 * It has a descriptor, but reads ahead and gives away little at a time; and it can be shut: then it gives nothing,
 * whatever the descriptor says. TLS does both, when it pleases.
 */

#define HOARD_PIECE 16

typedef struct
{
  GInputStream  parent_instance;
  int           fd;
  char          hoard[4096];
  gsize         begin;
  gsize         end;
  GCancellable *unshut;         /* cancelled when it is not shut any more; NULL: it is not */
} HoardStream;

typedef GInputStreamClass HoardStreamClass;

static GType hoard_stream_get_type (void);

static int
hoard_stream_get_fd (GFileDescriptorBased *stream)
{
  return ((HoardStream *) stream)->fd;
}

static void
hoard_stream_fd_init (GFileDescriptorBasedIface *iface)
{
  iface->get_fd = hoard_stream_get_fd;
}

static gssize
hoard_stream_read_nonblocking (GPollableInputStream  *stream,
                               void                  *buffer,
                               gsize                  count,
                               GError               **error)
{
  HoardStream *self = (HoardStream *) stream;
  gssize n = self->end - self->begin;

  if (n == 0 && self->unshut == NULL)
    n = recv (self->fd, self->hoard, sizeof self->hoard, MSG_DONTWAIT);
  if (self->unshut != NULL || n < 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "Not now");
      return -1;
    }
  if (self->begin == self->end)
    {
      self->begin = 0;
      self->end = n;
    }

  n = MIN ((gsize) n, MIN (count, HOARD_PIECE));
  memcpy (buffer, self->hoard + self->begin, n);
  self->begin += n;

  return n;
}

static GSource *
hoard_stream_create_source (GPollableInputStream *stream,
                            GCancellable         *cancellable)
{
  HoardStream *self = (HoardStream *) stream;
  g_autoptr(GSource) child = NULL;

  if (self->unshut != NULL)
    child = g_cancellable_source_new (self->unshut);
  else if (self->begin < self->end)
    child = g_timeout_source_new (0);
  else
    child = g_unix_fd_source_new (self->fd, G_IO_IN);

  return g_pollable_source_new_full (stream, child, cancellable);
}

static gboolean
hoard_stream_can_poll (GPollableInputStream *stream)
{
  return TRUE;
}

static void
hoard_stream_pollable_init (GPollableInputStreamInterface *iface)
{
  iface->can_poll = hoard_stream_can_poll;
  iface->read_nonblocking = hoard_stream_read_nonblocking;
  iface->create_source = hoard_stream_create_source;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (HoardStream, hoard_stream, G_TYPE_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_FILE_DESCRIPTOR_BASED, hoard_stream_fd_init)
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM, hoard_stream_pollable_init))

static void
hoard_stream_class_init (HoardStreamClass *klass)
{
}

static void
hoard_stream_init (HoardStream *self)
{
}

static Ends
make_hoarders (void)
{
  Ends ends = make_sockets ();
  g_autoptr(GIOStream) base = ends.near;
  g_autoptr(GInputStream) input = g_object_new (hoard_stream_get_type (), NULL);

  ((HoardStream *) input)->fd = g_socket_get_fd (g_socket_connection_get_socket (G_SOCKET_CONNECTION (base)));
  ends.near = g_simple_io_stream_new (input, g_io_stream_get_output_stream (base));
  g_object_set_data_full (G_OBJECT (ends.near), "base", g_object_ref (base), g_object_unref);

  return ends;
}

/* ---------------------------------------------------------------- a crowd of monitors */

typedef struct
{
  const char *name;
  Ends      (*make) (void);
  gboolean    is_tls;
  unsigned    n_monitors;
  unsigned    n_fds;            /* of each, at both ends */
  gboolean    one_each;         /* polled, one descriptor per monitor */
} Kind;

static const Kind kinds[] = {
  { "sockets", make_sockets, .n_monitors = 1000, .n_fds = 2 },
  { "tcp", make_tcp, .n_monitors = 50, .n_fds = 2 },
  { "pipes", make_pipes, .n_monitors = 500, .n_fds = 4 },
  { "tls", make_tls, .is_tls = TRUE, .n_monitors = 24, .n_fds = 2 },
  { "wrapped-tls", make_wrapped_tls, .is_tls = TRUE, .n_monitors = 12, .n_fds = 2 },
  { "tls-on-pipes", make_tls_on_pipes, .is_tls = TRUE, .n_monitors = 8, .n_fds = 4 },
  { "hoarders", make_hoarders, .n_monitors = 60, .n_fds = 2 },
  { "converted", make_converted, .n_monitors = 60, .n_fds = 2, .one_each = TRUE },
};

typedef struct
{
  Ends          ends;
  QemuMonitor  *monitor;
  GAsyncResult *opened;
  unsigned      n_events;
  unsigned      n_closed;
} Member;

typedef struct
{
  const Kind   *kind;
  GMainContext *context;
  Member       *members;
  unsigned      n_opened;
} Crowd;

/* What the next call of poll() would get. */
static unsigned
count_polled (GMainContext *context)
{
  int priority, timeout, n;

  if (context == NULL)
    context = g_main_context_default ();
  g_assert_true (g_main_context_acquire (context));
  g_main_context_prepare (context, &priority);
  n = g_main_context_query (context, G_MAXINT, &timeout, NULL, 0);
  g_main_context_check (context, priority, NULL, 0);
  g_main_context_release (context);

  return n;
}

static void
event_cb (QemuMonitor *monitor,
          QemuEvent   *event,
          Member      *member)
{
  g_assert_cmpstr (qemu_event_get_name (event), ==, "E");
  member->n_events++;
}

static void
closed_cb (QemuMonitor *monitor,
           GError      *error,
           Member      *member)
{
  member->n_closed++;
}

static void
member_say (Member     *self,
            const char *text)
{
  g_autoptr(GError) error = NULL;

  g_output_stream_write_all (g_io_stream_get_output_stream (self->ends.far), text, strlen (text), NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
member_begin (Member *self,
              Ends    ends)
{
  self->ends = ends;
  self->monitor = qemu_socket_monitor_new_for_stream (self->ends.near);
  g_signal_connect (self->monitor, "event", G_CALLBACK (event_cb), self);
  g_signal_connect (self->monitor, "closed", G_CALLBACK (closed_cb), self);
  qemu_monitor_open_async (self->monitor, NULL, qemu_test_store_result_cb, &self->opened);
}

static void
member_end (Member *self)
{
  g_autoptr(GError) error = NULL;

  QEMU_TEST_WAIT_UNTIL (self->opened != NULL);
  g_assert_true (qemu_monitor_open_finish (self->monitor, self->opened, &error));
  g_assert_no_error (error);
  g_clear_object (&self->opened);
}

/* All at once. */
static void
crowd_open (Crowd    *self,
            unsigned  n)
{
  for (unsigned i = self->n_opened; i < n; i++)
    {
      member_begin (&self->members[i], self->kind->make ());
      member_say (&self->members[i], OPENING);
    }
  for (; self->n_opened < n; self->n_opened++)
    member_end (&self->members[self->n_opened]);
  /* There is an end to it, so nobody goes round in circles. */
  qemu_test_drain ();
}

static unsigned
crowd_count (const Crowd *self,
             gsize        offset)
{
  unsigned n = 0;

  for (unsigned i = 0; i < self->n_opened; i++)
    n += G_STRUCT_MEMBER (unsigned, &self->members[i], offset);

  return n;
}

#define crowd_count_events(crowd) crowd_count (crowd, G_STRUCT_OFFSET (Member, n_events))
#define crowd_count_closed(crowd) crowd_count (crowd, G_STRUCT_OFFSET (Member, n_closed))

/* How many turns of the context one event takes. */
static unsigned
crowd_hear (Crowd    *self,
            unsigned  i)
{
  Member *member = &self->members[i];
  unsigned before = crowd_count_events (self), own = member->n_events, n_turns = 0;

  member_say (member, EVENT);
  QEMU_TEST_WAIT_UNTIL (member->n_events > own || (n_turns++, FALSE));
  qemu_test_drain ();
  g_assert_cmpuint (crowd_count_events (self), ==, before + 1);

  return n_turns;
}

/* The reply is there before the command. */
static void
crowd_run_sync (Crowd    *self,
                unsigned  i)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = NULL;
  unsigned own = self->members[i].n_events;

  member_say (&self->members[i], ANSWER (2) EVENT);
  reply = qemu_monitor_run (self->members[i].monitor, command, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (reply);
  QEMU_TEST_WAIT_UNTIL (self->members[i].n_events > own);
}

static void
crowd_close (Crowd *self)
{
  /* One half by us, the other by those at the far end, all in one turn. */
  for (unsigned i = 0; i < self->n_opened; i++)
    if (i % 2 == 0)
      qemu_monitor_close_async (self->members[i].monitor, NULL, NULL, NULL);
    else
      g_io_stream_close (self->members[i].ends.far, NULL, NULL);
  QEMU_TEST_WAIT_UNTIL (crowd_count_closed (self) == self->n_opened);

  for (unsigned i = 0; i < self->n_opened; i++)
    {
      Member *member = &self->members[i];

      g_assert_cmpuint (member->n_closed, ==, 1);
      g_clear_object (&member->ends.near);
      g_clear_object (&member->ends.far);
      qemu_test_drop (g_steal_pointer (&member->monitor));
      *member = (Member) { 0 };
    }
  self->n_opened = 0;
}

/* Raises the limit if that helps. */
static gboolean
may_open (unsigned n_fds)
{
  struct rlimit limit;

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &limit));
  if (limit.rlim_max < n_fds)
    {
      g_autofree char *reason = g_strdup_printf ("takes %u descriptors, and a process may have %" G_GUINT64_FORMAT,
                                                 n_fds, (guint64) limit.rlim_max);

      g_test_skip (reason);
      return FALSE;
    }

  limit.rlim_cur = MAX (limit.rlim_cur, n_fds);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &limit));

  return TRUE;
}

static gboolean
have_tls (void)
{
  /* The leak check dies of the threads in which hands are shaken, some seconds after each handshake. */
  if (qemu_test_is_sanitized ())
    {
      g_test_skip ("GnuTLS and a sanitizer do not go together");
      return FALSE;
    }
  if (g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    return TRUE;

  g_test_skip ("GLib has no TLS here (glib-networking)");

  return FALSE;
}

static gboolean
crowd_init (Crowd      *self,
            const Kind *kind)
{
  if ((kind->is_tls && !have_tls ()) || !may_open (kind->n_monitors * kind->n_fds + 200))
    return FALSE;

  *self = (Crowd) { .kind = kind, .context = g_main_context_new (), .members = g_new0 (Member, kind->n_monitors) };
  g_main_context_push_thread_default (self->context);

  return TRUE;
}

static void
crowd_clear (Crowd *self)
{
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
  g_free (self->members);
}

static void
test_crowd (const Kind *kind,
            gboolean    one_each)
{
  unsigned n = kind->n_monitors, n_fds, n_polled, n_polled_empty, n_turns;
  Crowd crowd;

  if (!crowd_init (&crowd, kind))
    return;

  /* What is made once and kept. */
  crowd_open (&crowd, 1);
  crowd_run_sync (&crowd, 0);
  crowd_close (&crowd);
  n_fds = qemu_test_count_fds ();
  n_polled_empty = count_polled (crowd.context);

  crowd_open (&crowd, 1);
  n_polled = count_polled (crowd.context);
  n_turns = crowd_hear (&crowd, 0);
  g_assert_cmpuint (n_turns, >, 0);

  crowd_open (&crowd, n);
  g_assert_cmpuint (count_polled (crowd.context), ==, n_polled + (one_each ? n - 1 : 0));
  for (unsigned i = 0; i < n; i += n / 5)
    {
      g_assert_cmpuint (crowd_hear (&crowd, i), ==, n_turns);
      crowd_run_sync (&crowd, i);
    }
  g_assert_cmpuint (count_polled (crowd.context), ==, n_polled + (one_each ? n - 1 : 0));

  for (unsigned i = 0; i < n; i++)
    {
      crowd.members[i].n_events = 0;
      member_say (&crowd.members[i], EVENT);
    }
  QEMU_TEST_WAIT_UNTIL (crowd_count_events (&crowd) == n);
  for (unsigned i = 0; i < n; i++)
    g_assert_cmpuint (crowd.members[i].n_events, ==, 1);

  crowd_close (&crowd);
  qemu_test_drain ();
  g_assert_cmpuint (count_polled (crowd.context), ==, n_polled_empty);
  /* A thread that has shaken hands may still hold the last reference. */
  QEMU_TEST_WAIT_UNTIL (qemu_test_count_fds () <= n_fds || (qemu_test_spin (1), FALSE));
  crowd_clear (&crowd);
}

static void
test_with_epoll (gconstpointer data)
{
  const Kind *kind = data;

  g_test_summary ("A context polls as many descriptors for a thousand monitors as for one, and all are given back");

  test_crowd (kind, kind->one_each);
}

static void
test_without_epoll (gconstpointer data)
{
  g_test_summary ("Where there is no epoll each monitor is polled, and all the rest is the same");

  qemu_mux_use_epoll (FALSE);
  test_crowd (data, TRUE);
  qemu_mux_use_epoll (TRUE);
}

/* ---------------------------------------------------------------- opening, and not open yet */

static GPtrArray *attached;     /* by the library */

/* The linker has the library call this one. */
unsigned __real_g_source_attach (GSource      *source,
                                 GMainContext *context);
unsigned __wrap_g_source_attach (GSource      *source,
                                 GMainContext *context);

unsigned
__wrap_g_source_attach (GSource      *source,
                        GMainContext *context)
{
  if (attached != NULL)
    g_ptr_array_add (attached, g_source_ref (source));

  return __real_g_source_attach (source, context);
}

static unsigned
count_sources (void)
{
  unsigned n = 0;

  for (unsigned i = 0; i < attached->len; i++)
    n += !g_source_is_destroyed (g_ptr_array_index (attached, i));

  return n;
}

/* One that is not answered. */
static QemuMonitor *
make_unanswered (int *far)
{
  g_autoptr(GIOStream) stream = qemu_test_stream_pair (far);

  return qemu_socket_monitor_new_for_stream (stream);
}

/* One whose peer is not there yet. */
static QemuMonitor *
make_early (int *far)
{
  g_autoptr(GError) error = NULL;
  QemuMonitor *monitor = qemu_socket_monitor_new_for_uri ("unix:@qemu-glib-nobody", &error);

  g_assert_no_error (error);
  g_object_set (monitor, "wait-for-peer", TRUE, NULL);
  *far = -1;

  return monitor;
}

static const struct
{
  const char   *name;
  QemuMonitor *(*make) (int *far);
} waits[] = {
  { "unanswered", make_unanswered },
  { "early", make_early },
};

static void
test_waiting (gconstpointer data)
{
  QemuMonitor *(*make) (int *far) = waits[GPOINTER_TO_UINT (data)].make;
  QemuMonitor *monitors[50];
  GAsyncResult *results[50] = { NULL };
  int far[50];
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  unsigned n_sources = 0;

  g_test_summary ("Monitors that are waited for are no sources, either, and each wait can be ended");

  attached = g_ptr_array_new_with_free_func ((GDestroyNotify) g_source_unref);
  for (unsigned i = 0; i < G_N_ELEMENTS (monitors); i++)
    {
      monitors[i] = make (&far[i]);
      qemu_monitor_set_open_timeout (monitors[i], 60000);
      qemu_monitor_open_async (monitors[i], cancellable, qemu_test_store_result_cb, &results[i]);
      if (i == 0)
        {
          qemu_test_drain ();
          n_sources = count_sources ();
        }
    }
  qemu_test_drain ();
  g_assert_cmpuint (n_sources, >, 0);
  g_assert_cmpuint (count_sources (), ==, n_sources);

  g_cancellable_cancel (cancellable);
  for (unsigned i = 0; i < G_N_ELEMENTS (monitors); i++)
    {
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;

      QEMU_TEST_WAIT_UNTIL (results[i] != NULL);
      result = results[i];
      g_assert_false (qemu_monitor_open_finish (monitors[i], result, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_object (&result);
      qemu_test_drop (monitors[i]);
      if (far[i] >= 0)
        close (far[i]);
    }
  g_clear_pointer (&attached, g_ptr_array_unref);
}

/* ---------------------------------------------------------------- a stream that is shut */

static void
test_shut (void)
{
  static const Kind kind = { "hoarders", make_hoarders, .n_monitors = 1, .n_fds = 2 };
  HoardStream *input;
  unsigned n_turns = 0;
  Crowd crowd;

  g_test_summary ("A stream that gives nothing, although its descriptor has something, keeps nobody busy");

  if (!crowd_init (&crowd, &kind))
    return;
  crowd_open (&crowd, 1);

  input = (HoardStream *) g_io_stream_get_input_stream (crowd.members[0].ends.near);
  input->unshut = g_cancellable_new ();
  member_say (&crowd.members[0], EVENT);
  while (g_main_context_iteration (crowd.context, FALSE))
    g_assert_cmpuint (n_turns++, <, 10);
  g_assert_cmpuint (crowd.members[0].n_events, ==, 0);

  {
    g_autoptr(GCancellable) unshut = g_steal_pointer (&input->unshut);

    g_cancellable_cancel (unshut);
    QEMU_TEST_WAIT_UNTIL (crowd.members[0].n_events == 1);
  }
  crowd_hear (&crowd, 0);

  crowd_close (&crowd);
  crowd_clear (&crowd);
}

/* ---------------------------------------------------------------- what is special about TLS */

static const Kind one_tls = { "tls", make_tls, .is_tls = TRUE, .n_monitors = 2, .n_fds = 8 };

typedef struct
{
  GIOStream  *stream;
  const char *text;
  gsize       length;
} Speech;

static gpointer
speak_thread (gpointer data)
{
  Speech *speech = data;
  g_autoptr(GError) error = NULL;

  g_output_stream_write_all (g_io_stream_get_output_stream (speech->stream), speech->text, speech->length, NULL, NULL,
                             &error);
  g_assert_no_error (error);

  return NULL;
}

static GThread *
start_speech (Speech     *speech,
              GIOStream  *stream,
              const char *text)
{
  *speech = (Speech) { stream, text, strlen (text) };

  return g_thread_new ("speech", speak_thread, speech);
}

static void
test_tls_many_records (void)
{
  const unsigned n = 20000;
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *big = g_strnfill (3000000, 'x');
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = NULL;
  GThread *thread;
  Speech speech;
  Crowd crowd;

  g_test_summary ("All that TLS has deciphered is read, however much comes at a time, by a main loop and by a wait");

  if (!crowd_init (&crowd, &one_tls))
    return;
  crowd_open (&crowd, 2);

  for (unsigned i = 0; i < n; i++)
    g_string_append (text, EVENT);
  thread = start_speech (&speech, crowd.members[0].ends.far, text->str);
  QEMU_TEST_WAIT_UNTIL (crowd.members[0].n_events == n);
  g_thread_join (thread);

  g_string_printf (text, EVENT "{\"return\": \"%s\", \"id\": 2}\r\n" EVENT, big);
  thread = start_speech (&speech, crowd.members[0].ends.far, text->str);
  reply = qemu_monitor_run (crowd.members[0].monitor, command, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (reply), >, 3000000);
  QEMU_TEST_WAIT_UNTIL (crowd.members[0].n_events == n + 2);
  g_thread_join (thread);

  g_assert_cmpuint (crowd.members[1].n_events, ==, 0);
  crowd_close (&crowd);
  crowd_clear (&crowd);
}

/* Takes all that is there. */
static gsize
take_bytes (GIOStream *stream,
            char      *bytes,
            gsize      size)
{
  gsize length = 0;
  gssize n;

  while ((n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (stream)),
                                                        bytes + length, size - length, NULL, NULL)) > 0)
    length += n;

  return length;
}

static void
pass_on (GIOStream  *stream,
         const char *bytes,
         gsize       length)
{
  g_autoptr(GError) error = NULL;

  g_output_stream_write_all (g_io_stream_get_output_stream (stream), bytes, length, NULL, NULL, &error);
  g_assert_no_error (error);
}

static gboolean
carry_cb (GObject  *input,
          gpointer  to)
{
  GIOStream *from = g_object_get_data (input, "stream");
  char bytes[16384];

  pass_on (to, bytes, take_bytes (from, bytes, sizeof bytes));

  return G_SOURCE_CONTINUE;
}

/* Passes on whatever comes, for as long as the source lives. */
static GSource *
carry (GMainContext *context,
       GIOStream    *from,
       GIOStream    *to)
{
  GInputStream *input = g_io_stream_get_input_stream (from);
  GSource *source = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (input), NULL);

  g_object_set_data (G_OBJECT (input), "stream", from);
  g_source_set_callback (source, G_SOURCE_FUNC (carry_cb), g_object_ref (to), g_object_unref);
  g_source_attach (source, context);

  return source;
}

static void
stop_carrying (GSource *source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
test_tls_partial_record (void)
{
  Ends client, server;
  g_autoptr(GIOStream) client_far = NULL;
  g_autoptr(GIOStream) server_near = NULL;
  GSource *to_server, *to_client;
  char bytes[16384];
  gsize length;
  unsigned n_polled;
  Crowd crowd;

  g_test_summary ("A record that comes in pieces wakes nobody for nothing, and is read when it is whole");

  if (!crowd_init (&crowd, &one_tls))
    return;

  client = make_sockets ();
  server = make_sockets ();
  client_far = client.far;
  server_near = server.near;
  to_server = carry (crowd.context, client_far, server_near);
  to_client = carry (crowd.context, server_near, client_far);
  member_begin (&crowd.members[0], shake_hands (make_tls_over ((Ends) { client.near, server.far })));
  member_say (&crowd.members[0], OPENING);
  member_end (&crowd.members[0]);
  crowd.n_opened = 1;
  stop_carrying (to_server);
  stop_carrying (to_client);
  qemu_test_drain ();
  n_polled = count_polled (crowd.context);

  for (unsigned cut = 1; cut < 60; cut++)
    {
      member_say (&crowd.members[0], EVENT);
      length = take_bytes (server_near, bytes, sizeof bytes);
      g_assert_cmpuint (length, >, 60);

      pass_on (client_far, bytes, cut);
      qemu_test_drain ();
      g_assert_cmpuint (crowd.members[0].n_events, ==, cut - 1);
      pass_on (client_far, bytes + cut, length - cut);
      QEMU_TEST_WAIT_UNTIL (crowd.members[0].n_events == cut);
    }
  g_assert_cmpuint (count_polled (crowd.context), ==, n_polled);

  crowd_close (&crowd);
  crowd_clear (&crowd);
}

/* The far end, which waits for the near one. */
static gpointer
greet_thread (gpointer data)
{
  Member *member = data;
  g_autoptr(GError) error = NULL;

  g_assert_true (g_tls_connection_handshake (G_TLS_CONNECTION (member->ends.far), NULL, &error));
  g_assert_no_error (error);
  member_say (member, OPENING);

  return NULL;
}

static void
test_tls_handshake_within (void)
{
  GThread *thread;
  unsigned n_polled;
  Crowd crowd;

  g_test_summary ("A TLS stream that has not shaken hands yet does so by itself, and then is like any other");

  if (!crowd_init (&crowd, &one_tls))
    return;
  crowd_open (&crowd, 1);
  n_polled = count_polled (crowd.context);

  member_begin (&crowd.members[1], make_tls_over (make_sockets ()));
  thread = g_thread_new ("far end", greet_thread, &crowd.members[1]);
  member_end (&crowd.members[1]);
  g_thread_join (thread);
  crowd.n_opened = 2;
  qemu_test_drain ();
  g_assert_cmpuint (count_polled (crowd.context), ==, n_polled);
  crowd_hear (&crowd, 1);

  crowd_close (&crowd);
  crowd_clear (&crowd);
}

/* ---------------------------------------------------------------- ten thousand */

#define MANY 10000
/* All that ten thousand idle machines may take: of the library, of GLib, and of the program. */
#define MANY_KIB (100 * 1024)

#ifdef HAVE_EPOLL
static void
answer (int         fd,
        const char *command)
{
  static const char before[] = "{\"return\": {}, \"id\": ", after[] = "}\r\n";
  const char *id = strstr (command, "\"id\":");
  char text[100];
  gsize n_digits;

  if (id == NULL)
    _exit (1);
  id += strlen ("\"id\":");
  n_digits = strspn (id, "0123456789");
  memcpy (text, before, sizeof before);
  memcpy (text + strlen (before), id, n_digits);
  memcpy (text + strlen (before) + n_digits, after, sizeof after);
  if (write (fd, text, strlen (before) + n_digits + strlen (after)) < 0)
    _exit (1);
}

static void
answer_all (int fd)
{
  char text[4096], *begin = text, *end;
  gssize n = read (fd, text, sizeof text - 1);

  if (n <= 0)
    {
      close (fd);
      return;
    }

  text[n] = '\0';
  for (; (end = strchr (begin, '\n')) != NULL; begin = end + 1)
    {
      *end = '\0';
      answer (fd, begin);
    }
}

/* The peers, in a process of their own, which may not use much of C's library, and ends with ours. Each number that
 * comes through @control is that of a connection, in their order, which has an event then. */
static void
play_many_peers (int listener,
                 int control)
{
  static int connections[MANY];
  struct epoll_event event = { .events = EPOLLIN };
  int set = epoll_create1 (EPOLL_CLOEXEC), n_connections = 0, number;
  int fixed[] = { listener, control };

  for (unsigned i = 0; i < G_N_ELEMENTS (fixed); i++)
    {
      event.data.fd = fixed[i];
      epoll_ctl (set, EPOLL_CTL_ADD, fixed[i], &event);
    }

  while (epoll_wait (set, &event, 1, -1) >= 0 || errno == EINTR)
    if (event.data.fd == listener && n_connections < MANY)
      {
        event.data.fd = connections[n_connections++] = accept (listener, NULL, NULL);
        epoll_ctl (set, EPOLL_CTL_ADD, event.data.fd, &event);
        if (write (event.data.fd, QEMU_TEST_GREETING, strlen (QEMU_TEST_GREETING)) < 0)
          _exit (1);
      }
    else if (event.data.fd != control)
      answer_all (event.data.fd);
    else if (read (control, &number, sizeof number) != sizeof number ||
             write (connections[number], EVENT, strlen (EVENT)) < 0)
      _exit (0);
  _exit (1);
}

static GPid
start_many_peers (const char *path,
                  int        *control)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), ends[2];
  GPid pid;

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_no_errno (bind (listener, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (listen (listener, 1024));
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  pid = fork ();
  g_assert_no_errno (pid);
  if (pid == 0)
    {
      close (ends[0]);
      play_many_peers (listener, ends[1]);
    }
  close (listener);
  close (ends[1]);
  *control = ends[0];

  return pid;
}

static void
count_event_cb (QemuDomain *domain,
                QemuEvent  *event,
                unsigned   *n_events)
{
  ++*n_events;
}

/* How many turns it takes until an event of one machine is there. */
static unsigned
hear_of (int       control,
         int       number,
         unsigned *n_events)
{
  unsigned n_turns = 0;

  *n_events = 0;
  g_assert_cmpint (write (control, &number, sizeof number), ==, sizeof number);
  QEMU_TEST_WAIT_UNTIL (*n_events == 1 || (n_turns++, FALSE));

  return n_turns;
}

static void
test_ten_thousand (void)
{
  g_autofree char *folder = g_dir_make_tmp ("qemu-scale-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "peers", NULL);
  g_autofree QemuDomain **domains = g_new0 (QemuDomain *, MANY);
  g_autofree GAsyncResult **results = g_new0 (GAsyncResult *, MANY);
  g_autoptr(GError) error = NULL;
  unsigned n_events = 0, n_polled = 0, n_fds;
  gsize n_kib;
  int control, status;
  GPid pid;

  g_test_summary ("Ten thousand idle machines in one context take less than 100 MB, and are one descriptor to poll");

  if (!may_open (MANY + 200))
    return;
  pid = start_many_peers (path, &control);
  n_fds = qemu_test_count_fds ();

  for (unsigned n = 0; n < MANY;)
    {
      unsigned end = MIN (MANY, n + 500);

      for (unsigned i = n; i < end; i++)
        {
          domains[i] = qemu_domain_new_for_uri (path, &error);
          g_assert_no_error (error);
          g_signal_connect (domains[i], "event::E", G_CALLBACK (count_event_cb), &n_events);
          qemu_domain_open_async (domains[i], NULL, qemu_test_store_result_cb, &results[i]);
        }
      for (; n < end; n++)
        {
          QEMU_TEST_WAIT_UNTIL (results[n] != NULL);
          qemu_domain_open_finish (domains[n], results[n], &error);
          g_assert_no_error (error);
          g_clear_object (&results[n]);
        }
      if (n == 500)
        n_polled = count_polled (NULL);
    }
  qemu_test_drain ();

  n_kib = qemu_test_get_resident_kib ();
  g_test_message ("%" G_GSIZE_FORMAT " KiB", n_kib);
  if (n_kib > 0)
    g_assert_cmpuint (n_kib, <=, MANY_KIB);
  g_assert_cmpuint (count_polled (NULL), ==, n_polled);
  for (int i = 0; i < MANY; i += MANY / 10)
    g_assert_cmpuint (hear_of (control, i, &n_events), <=, 2);

  for (unsigned i = 0; i < MANY; i++)
    qemu_test_drop (domains[i]);
  qemu_test_drain ();
  g_assert_cmpuint (qemu_test_count_fds (), <=, n_fds + 4);

  close (control);
  g_assert_no_errno (waitpid (pid, &status, 0));
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  g_unlink (path);
  g_rmdir (folder);
}
#else
static void
test_ten_thousand (void)
{
  g_test_skip ("there is no epoll here");
}
#endif

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (unsigned i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *with = g_strconcat ("/scale/epoll/", kinds[i].name, NULL);
      g_autofree char *without = g_strconcat ("/scale/without-epoll/", kinds[i].name, NULL);

      g_test_add_data_func (with, &kinds[i], test_with_epoll);
      g_test_add_data_func (without, &kinds[i], test_without_epoll);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      g_autofree char *path = g_strconcat ("/scale/waiting/", waits[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_waiting);
    }
  g_test_add_func ("/scale/shut", test_shut);
  g_test_add_func ("/scale/tls/many-records", test_tls_many_records);
  g_test_add_func ("/scale/tls/partial-record", test_tls_partial_record);
  g_test_add_func ("/scale/tls/handshake-within", test_tls_handshake_within);

  if (g_test_slow ())
    g_test_add_func ("/scale/ten-thousand", test_ten_thousand);

  return g_test_run ();
}
