/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Without what a program takes for granted: file descriptors, undisturbed system calls, a peer that reads. */

#include "config.h"

#include "qemu-far.h"
#include "qemu-play.h"
#include "qemu-vm.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---------------------------------------------------------------- a peer in another process */

/* What starves is this process; the peer must not. */
typedef struct
{
  GPid  pid;
  char *uri;
} Server;

static gboolean
server_say (GIOStream  *stream,
            const char *text)
{
  return g_output_stream_write_all (g_io_stream_get_output_stream (stream), text, strlen (text), NULL, NULL, NULL);
}

static void
server_serve (GIOStream *stream)
{
  g_autoptr(GDataInputStream) input = g_data_input_stream_new (g_io_stream_get_input_stream (stream));
  g_autofree char *line = NULL;
  gboolean good = server_say (stream, QEMU_TEST_GREETING);

  while (good && (line = g_data_input_stream_read_line (input, NULL, NULL, NULL)) != NULL)
    {
      const char *value = strstr (line, "query-status") != NULL ? "{\"status\": \"running\", \"running\": true}"
                          : strstr (line, "query-cpus") != NULL ? "[]" : "{}";
      g_autofree char *reply = g_strdup_printf ("{\"return\": %s, %s\r\n", value, g_strrstr (line, "\"id\""));

      if (strstr (line, "x-silent") == NULL)
        good = server_say (stream, reply);
      g_clear_pointer (&line, g_free);
    }
  g_io_stream_close (stream, NULL, NULL);
}

static G_GNUC_NORETURN void
server_run (GSocketListener *listener,
            gboolean         tls)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "tls", "localhost.pem", NULL);
  g_autoptr(GTlsCertificate) certificate = tls ? g_tls_certificate_new_from_file (path, NULL) : NULL;

  for (;;)
    {
      g_autoptr(GIOStream) stream = G_IO_STREAM (g_socket_listener_accept (listener, NULL, NULL, NULL));

      if (tls && stream != NULL)
        {
          g_autoptr(GIOStream) base = g_steal_pointer (&stream);

          stream = g_tls_server_connection_new (base, certificate, NULL);
        }
      if (stream != NULL)
        server_serve (stream);
    }
}

/* @format is the URI; %u is the port, and @path where it listens if there is none. Before there are threads. */
static void
server_start (Server     *self,
              const char *scheme)
{
  g_autoptr(GSocketListener) listener = g_socket_listener_new ();
  g_autoptr(GError) error = NULL;

  if (g_str_equal (scheme, "unix:"))
    {
      g_autofree char *name = g_strdup_printf ("qemu-glib-starved-%d", (int) getpid ());
      g_autoptr(GSocketAddress) address =
        g_unix_socket_address_new_with_type (name, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);

      g_socket_listener_add_address (listener, address, G_SOCKET_TYPE_STREAM, 0, NULL, NULL, &error);
      self->uri = g_strconcat ("unix:@", name, NULL);
    }
  else
    {
      unsigned port = g_socket_listener_add_any_inet_port (listener, NULL, &error);

      self->uri = g_strdup_printf ("%slocalhost:%u", scheme, port);
    }
  g_assert_no_error (error);

  self->pid = fork ();
  if (self->pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      server_run (listener, g_str_equal (scheme, "tls:"));
    }
  g_assert_cmpint (self->pid, >, 0);
  g_socket_listener_close (listener);
}

static void
server_stop (Server *self)
{
  kill (self->pid, SIGKILL);
  g_assert_no_errno (waitpid (self->pid, NULL, 0));
  g_free (self->uri);
}

/* ---------------------------------------------------------------- without descriptors */

#define MAX_FDS 200

/* All descriptors that this process may have. */
static int hogs[MAX_FDS];
static unsigned n_hogs;

static void
hog (unsigned n_left)
{
  struct rlimit limit;

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &limit));
  limit.rlim_cur = MAX_FDS;
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &limit));
  while ((hogs[n_hogs] = open ("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
    n_hogs++;
  g_assert_cmpint (errno, ==, EMFILE);
  g_assert_cmpuint (n_hogs, >=, n_left);
  while (n_left-- > 0)
    close (hogs[--n_hogs]);
}

static void
unhog (void)
{
  while (n_hogs > 0)
    close (hogs[--n_hogs]);
}

/* What is tried. */
typedef struct
{
  const char  *name;
  const char  *scheme;                  /* of the server; NULL: there is none, and the monitor is of no use */
  gboolean     needs_open;              /* the monitor */
  gboolean     in_thread;               /* which is new, and has nothing yet */
  gboolean     never_fails;
  gboolean   (*func) (QemuMonitor  *monitor,
                      GError      **error);
} Case;

static gboolean
open_async (QemuMonitor  *monitor,
            GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result != NULL);

  return qemu_monitor_open_finish (monitor, result, error);
}

static gboolean
open_sync (QemuMonitor  *monitor,
           GError      **error)
{
  return qemu_monitor_open (monitor, NULL, error);
}

/* A program for ssh, which never gets to know the server's. */
static gboolean
open_over_ssh (GError **error)
{
  static const char script[] =
    "echo '{\"QMP\": {}}'; read line; echo '{\"return\": {}, \"id\": 1}'; while read line; do :; done";
  static const char * const command[] = { "sh", "-c", script, NULL };
  QemuMonitor *monitor = qemu_socket_monitor_new_for_uri ("ssh:host/run/vm.sock", error);
  gboolean ok;

  g_assert_no_error (*error);
  qemu_socket_monitor_set_ssh_command (QEMU_SOCKET_MONITOR (monitor), command);
  ok = qemu_monitor_open (monitor, NULL, error);
  g_object_unref (monitor);

  return ok;
}

static gboolean
open_ssh (QemuMonitor  *monitor,
          GError      **error)
{
  return open_over_ssh (error);
}

static gboolean
run_async (QemuMonitor  *monitor,
           GError      **error)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) reply = NULL;

  qemu_monitor_run_async (monitor, command, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result != NULL);
  reply = qemu_monitor_run_finish (monitor, result, error);

  return reply != NULL;
}

static gboolean
run_sync (QemuMonitor  *monitor,
          GError      **error)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(GBytes) reply = qemu_monitor_run (monitor, command, NULL, error);

  return reply != NULL;
}

static gboolean
run_out_of_time (QemuMonitor  *monitor,
                 GError      **error)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("x-silent");
  g_autoptr(GBytes) reply = NULL;
  g_autoptr(GError) local_error = NULL;

  qemu_command_set_timeout (command, 30);
  reply = qemu_monitor_run (monitor, command, NULL, &local_error);
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  return TRUE;
}

static gpointer
cancel_thread (gpointer data)
{
  g_cancellable_cancel (data);

  return NULL;
}

static gboolean
run_cancelled (QemuMonitor  *monitor,
               GError      **error)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(QemuCommand) command = qemu_command_new ("x-silent");
  g_autoptr(GBytes) reply = NULL;
  g_autoptr(GError) local_error = NULL;
  GThread *thread = g_thread_new ("cancel", cancel_thread, cancellable);

  reply = qemu_monitor_run (monitor, command, cancellable, &local_error);
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);

  return TRUE;
}

static gpointer
run_thread (gpointer data)
{
  g_autoptr(GError) error = NULL;

  for (unsigned i = 0; i < 50; i++)
    {
      run_sync (data, &error);
      g_assert_no_error (error);
    }

  return NULL;
}

/* They stand in line for each other. */
static gboolean
run_in_many_threads (QemuMonitor  *monitor,
                     GError      **error)
{
  GThread *threads[4];

  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("run", run_thread, monitor);
  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);

  return TRUE;
}

/* A synchronous twin of several commands. */
static gboolean
list_cpus (QemuMonitor  *monitor,
           GError      **error)
{
  QemuDomain *domain = qemu_domain_new (monitor, "vm");
  g_autoptr(GListModel) cpus = qemu_domain_list_cpus (domain, QEMU_CPU_QUERY_NONE, NULL, error);

  g_object_unref (domain);

  return cpus != NULL;
}

static gboolean
close_sync (QemuMonitor  *monitor,
            GError      **error)
{
  gboolean ok = qemu_monitor_close (monitor, NULL, error);

  g_assert_cmpint (qemu_monitor_get_state (monitor), !=, QEMU_MONITOR_STATE_OPEN);

  return ok;
}

static gboolean
attach_fd (QemuMonitor  *monitor,
           GError      **error)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("getfd");
  g_autoptr(QemuCommand) copy = NULL;
  g_autofree char *json = NULL;

  if (!qemu_command_attach_fd (command, 0, error))
    return FALSE;
  copy = qemu_command_copy (command);
  json = qemu_command_to_json (copy, error);

  return json != NULL;
}

static gboolean
add_fd (QemuMonitor  *monitor,
        GError      **error)
{
  QemuDomain *domain = qemu_domain_new (monitor, "vm");
  g_autoptr(QemuFdSet) set = qemu_domain_add_fd (domain, 0, NULL, NULL, error);

  g_object_unref (domain);

  return set != NULL;
}

static gboolean
make_context_fd (QemuMonitor  *monitor,
                 GError      **error)
{
  g_autoptr(QemuContextFd) view = qemu_context_fd_new (NULL, error);

  return view != NULL;
}

/* The one that connects has its descriptor already, and says what a QEMU would say. */
static int caller_fd = -1;

static gboolean
be_called (QemuMonitor  *monitor,
           GError      **error)
{
  static const char said[] = QEMU_TEST_GREETING "{\"return\": {}, \"id\": 1}\r\n";
  struct sockaddr_storage storage = { 0 };
  g_autofree char *name = g_strdup_printf ("qemu-glib-called-%d", (int) getpid ());
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new_with_type (name, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  QemuMonitor *listening = qemu_socket_monitor_new_listening (address);
  gboolean ok = qemu_socket_monitor_listen (QEMU_SOCKET_MONITOR (listening), error);

  if (ok)
    {
      g_socket_address_to_native (address, &storage, sizeof storage, NULL);
      g_assert_no_errno (connect (caller_fd, (struct sockaddr *) &storage, g_socket_address_get_native_size (address)));
      g_assert_cmpint (write (caller_fd, said, strlen (said)), ==, strlen (said));
      ok = open_async (listening, error);
    }
  g_object_unref (listening);

  return ok;
}

static gboolean
spawn (QemuMonitor  *monitor,
       GError      **error)
{
  const char *argv[] = { qemu_test_find_system (), QEMU_VM_NO_MACHINE, NULL };
  QemuProcess *process = qemu_process_new (argv);
  gboolean ok = qemu_process_spawn (process, NULL, error);

  qemu_test_drop (process);

  return ok;
}

static const Case cases[] = {
  { "open/async", "unix:", .func = open_async },
  { "open/sync", "unix:", .in_thread = TRUE, .func = open_sync },
  { "open/tcp/async", "tcp:", .func = open_async },
  { "open/tcp/sync", "tcp:", .in_thread = TRUE, .func = open_sync },
  { "open/tls/async", "tls:", .func = open_async },
  { "open/tls/sync", "tls:", .in_thread = TRUE, .func = open_sync },
  { "open/ssh", NULL, .in_thread = TRUE, .func = open_ssh },
  { "open/called", NULL, .func = be_called },
  { "spawn", NULL, .func = spawn },
  { "run/async", "unix:", .needs_open = TRUE, .never_fails = TRUE, .func = run_async },
  { "run/sync", "unix:", .needs_open = TRUE, .in_thread = TRUE, .never_fails = TRUE, .func = run_sync },
  { "run/timeout", "unix:", .needs_open = TRUE, .in_thread = TRUE, .never_fails = TRUE, .func = run_out_of_time },
  { "run/cancelled", "unix:", .needs_open = TRUE, .in_thread = TRUE, .never_fails = TRUE, .func = run_cancelled },
  { "run/threads", "unix:", .needs_open = TRUE, .never_fails = TRUE, .func = run_in_many_threads },
  { "run/tls/async", "tls:", .needs_open = TRUE, .never_fails = TRUE, .func = run_async },
  { "run/tls/sync", "tls:", .needs_open = TRUE, .in_thread = TRUE, .never_fails = TRUE, .func = run_sync },
  { "run/tls/timeout", "tls:", .needs_open = TRUE, .in_thread = TRUE, .never_fails = TRUE, .func = run_out_of_time },
  { "run/tls/cancelled", "tls:", .needs_open = TRUE, .in_thread = TRUE, .never_fails = TRUE, .func = run_cancelled },
  { "run/tls/threads", "tls:", .needs_open = TRUE, .never_fails = TRUE, .func = run_in_many_threads },
  { "list", "unix:", .needs_open = TRUE, .in_thread = TRUE, .func = list_cpus },
  { "close", "unix:", .needs_open = TRUE, .in_thread = TRUE, .func = close_sync },
  { "files/attach", NULL, .func = attach_fd },
  { "files/add", "unix:", .needs_open = TRUE, .in_thread = TRUE, .func = add_fd },
  { "context-fd", NULL, .func = make_context_fd },
};

typedef struct
{
  const Case  *kase;
  QemuMonitor *monitor;
  GError      *error;
  gboolean     ok;
} Attempt;

static gpointer
attempt_thread (gpointer data)
{
  Attempt *self = data;

  self->ok = self->kase->func (self->monitor, &self->error);

  return NULL;
}

/* With so many descriptors. */
static gboolean
attempt (const Case *kase,
         Server     *server,
         unsigned    n_left)
{
  Attempt self = { .kase = kase };
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "tls", "localhost.pem", NULL);
  g_autoptr(GTlsDatabase) database = g_tls_file_database_new (path, NULL);
  g_autoptr(GError) error = NULL;

  self.monitor = qemu_socket_monitor_new_for_uri (server->uri, &error);
  g_assert_no_error (error);
  qemu_socket_monitor_set_tls_database (QEMU_SOCKET_MONITOR (self.monitor), database);
  if (kase->needs_open && !open_async (self.monitor, &error))
    g_assert_no_error (error);
  caller_fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  hog (n_left);
  if (kase->in_thread)
    g_thread_join (g_thread_new ("attempt", attempt_thread, &self));
  else
    attempt_thread (&self);
  /* Also what goes on in other threads of GLib's and in this one's context is done without. */
  qemu_test_drain ();
  unhog ();
  close (caller_fd);

  if (!self.ok)
    g_assert_error (self.error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES);
  else
    g_assert_no_error (self.error);
  g_clear_error (&self.error);
  qemu_test_drop (self.monitor);
  qemu_test_drain ();

  return self.ok;
}

static gboolean
look_again_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* What is left of a child goes in a thread of GLib's, of which nobody tells. */
static void
wait_for_fds (unsigned n_fds)
{
  g_autoptr(GSource) source = g_timeout_source_new (2);

  g_source_set_callback (source, look_again_cb, NULL, NULL);
  g_source_attach (source, NULL);
  QEMU_TEST_WAIT_UNTIL (qemu_test_count_fds () <= n_fds);
  g_source_destroy (source);
}

/* More than anything needs here. */
#define ENOUGH 40

static void
test_descriptors (gconstpointer data)
{
  const Case *kase = data;
  unsigned n_failed = 0, n_fds;
  Server server = { .uri = (char *) "unix:/nowhere" };
  gboolean is_tls = kase->scheme != NULL && g_str_equal (kase->scheme, "tls:");

  g_test_summary ("Out of file descriptors a call fails and says so, or does without; nothing ends the program");

  if (!g_test_subprocess ())
    {
      if (is_tls && !qemu_far_prepare_tls ())
        return;
      if (kase->func == spawn && qemu_test_find_system () == NULL)
        return;
      g_test_trap_subprocess (NULL, QEMU_TEST_DEADLINE_SECONDS * G_USEC_PER_SEC * 2, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }

  if (kase->scheme != NULL)
    server_start (&server, kase->scheme);
  /* Before anything has been made that is kept, except for what every program has. */
  g_main_context_default ();
  while (n_failed < ENOUGH && !attempt (kase, &server, n_failed))
    n_failed++;
  g_test_message ("%s needs %u", kase->name, n_failed);
  g_assert_cmpuint (n_failed, <, ENOUGH);
  g_assert_true (n_failed == 0 || !kase->never_fails);

  /* And after. */
  n_fds = qemu_test_count_fds ();
  for (unsigned n = 0; n <= n_failed; n++)
    attempt (kase, &server, n);
  wait_for_fds (n_fds);

  if (kase->scheme != NULL)
    server_stop (&server);
}

/* ---------------------------------------------------------------- a peer that does not read */

#define HUGE_SIZE (8u << 20)

typedef struct
{
  const char  *name;
  GIOStream *(*connect) (QemuFar *far);
  int          buffer_size;             /* of the socket; 0: as it is */
} Wire;

static const Wire wires[] = {
  { "pair", qemu_far_connect_pair },
  { "small-buffer", qemu_far_connect_pair, 2048 },
  { "tcp", qemu_far_connect_tcp },
  { "pipes", qemu_far_connect_pipes },
  { "tls", qemu_far_connect_tls },
};

/* A monitor that is open, and the other end of its line. */
typedef struct
{
  QemuMonitor *monitor;
  QemuFar      far;
  GString     *heard;
  QemuCommand *huge;
  char        *huge_line;
  unsigned     n_closed;
  unsigned     n_ticks;                 /* of a timer, to see that the main loop runs */
  GSource     *timer;
} Stall;

static void
count_closed_cb (QemuMonitor  *monitor,
                 const GError *error,
                 gpointer      user_data)
{
  unsigned *n_closed = user_data;

  (*n_closed)++;
}

static gboolean
tick_cb (gpointer user_data)
{
  unsigned *n_ticks = user_data;

  (*n_ticks)++;

  return G_SOURCE_CONTINUE;
}

static void
stall_say (Stall      *self,
           const char *text)
{
  g_assert_cmpint (qemu_far_write (&self->far, text, strlen (text)), ==, strlen (text));
}

/* The client's next line, all of it. */
static char *
stall_hear (Stall *self)
{
  char *end, *line;

  while ((end = memchr (self->heard->str, '\n', self->heard->len)) == NULL)
    {
      char buffer[65536];
      gssize n = qemu_far_read (&self->far, buffer, sizeof buffer);

      g_assert_cmpint (n, !=, 0);
      if (n > 0)
        g_string_append_len (self->heard, buffer, n);
      else
        QEMU_TEST_WAIT_UNTIL (g_main_context_iteration (NULL, TRUE));
    }

  line = g_strndup (self->heard->str, end - self->heard->str);
  g_string_erase (self->heard, 0, end + 1 - self->heard->str);

  return line;
}

static void
stall_hear_command (Stall      *self,
                    const char *name,
                    unsigned    id)
{
  g_autofree char *line = stall_hear (self);
  g_autofree char *expected = g_strdup_printf ("{\"execute\":\"%s\",\"id\":%u}", name, id);

  g_assert_cmpstr (line, ==, expected);
}

/* Not by g_assert_cmpstr(), which would show it. */
static void
stall_hear_huge (Stall    *self,
                 unsigned  id)
{
  g_autofree char *line = stall_hear (self);
  g_autofree char *expected = g_strdup_printf ("%s,\"id\":%u}", self->huge_line, id);

  g_assert_cmpuint (strlen (line), ==, strlen (expected));
  g_assert_true (g_str_equal (line, expected));
}

static void
stall_init (Stall      *self,
            const Wire *wire)
{
  g_autofree char *filling = g_malloc (HUGE_SIZE + 1);
  g_autoptr(GIOStream) stream = wire->connect (&self->far);
  g_autoptr(GError) error = NULL;

  for (unsigned i = 0; i < HUGE_SIZE; i++)
    filling[i] = 'a' + i % 23;
  filling[HUGE_SIZE] = '\0';
  self->huge = qemu_command_new ("huge");
  qemu_command_set_string (self->huge, "text", filling);
  self->huge_line = qemu_command_to_json (self->huge, &error);
  g_assert_no_error (error);
  self->huge_line[strlen (self->huge_line) - 1] = '\0';

  if (wire->buffer_size > 0)
    g_assert_true (g_socket_set_option (g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)),
                                        SOL_SOCKET, SO_SNDBUF, wire->buffer_size, &error));
  qemu_far_unblock (&self->far);
  self->heard = g_string_new (NULL);
  self->monitor = qemu_socket_monitor_new_for_stream (stream);
  g_signal_connect (self->monitor, "closed", G_CALLBACK (count_closed_cb), &self->n_closed);
  stall_say (self, QEMU_TEST_GREETING "{\"return\": {}, \"id\": 1}\r\n");
  open_async (self->monitor, &error);
  g_assert_no_error (error);
  stall_hear_command (self, "qmp_capabilities", 1);

  self->timer = g_timeout_source_new (1);
  g_source_set_callback (self->timer, tick_cb, &self->n_ticks, NULL);
  g_source_attach (self->timer, NULL);
}

static void
stall_clear (Stall *self)
{
  g_source_destroy (self->timer);
  g_source_unref (self->timer);
  g_assert_finalize_object (self->monitor);
  g_assert_cmpuint (self->n_closed, ==, 1);
  if (self->far.in_fd >= 0)
    qemu_far_close (&self->far);
  g_string_free (self->heard, TRUE);
  g_free (self->huge_line);
  qemu_command_unref (self->huge);
}

static void
stall_start (Stall         *self,
             QemuCommand   *command,
             unsigned       timeout_ms,
             GCancellable  *cancellable,
             GAsyncResult **result)
{
  qemu_command_set_timeout (command, timeout_ms);
  qemu_monitor_run_async (self->monitor, command, cancellable, qemu_test_store_result_cb, result);
}

/* Takes the result, which keeps the monitor. */
static void
stall_end (Stall        *self,
           GAsyncResult *result,
           int           code)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (qemu_monitor_run_finish (self->monitor, result, &error));
  g_assert_error (error, G_IO_ERROR, code);
  g_object_unref (result);
}

static gboolean
wire_is_there (const Wire *wire)
{
  return wire->connect != qemu_far_connect_tls || qemu_far_prepare_tls ();
}

static void
test_stalled_async (gconstpointer data)
{
  Stall self = { 0 };
  g_autoptr(QemuCommand) small = qemu_command_new ("small");
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) timed_out = NULL;
  g_autoptr(GAsyncResult) cancelled = NULL;
  g_autoptr(GAsyncResult) answered = NULL;
  g_autoptr(GBytes) reply = NULL;
  g_autoptr(GError) error = NULL;
  unsigned n_ticks;

  g_test_summary ("A command that the peer does not read runs out of time, or is cancelled, and the main loop goes on; "
                  "what is read later is whole");
  if (!wire_is_there (data))
    return;

  stall_init (&self, data);
  n_ticks = self.n_ticks;
  stall_start (&self, self.huge, 50, NULL, &timed_out);
  stall_start (&self, small, 0, cancellable, &cancelled);
  stall_start (&self, small, 0, NULL, &answered);
  QEMU_TEST_WAIT_UNTIL (timed_out != NULL);
  stall_end (&self, g_steal_pointer (&timed_out), G_IO_ERROR_TIMED_OUT);
  g_assert_cmpuint (self.n_ticks - n_ticks, >, 0);

  g_assert_null (cancelled);
  g_cancellable_cancel (cancellable);
  QEMU_TEST_WAIT_UNTIL (cancelled != NULL);
  stall_end (&self, g_steal_pointer (&cancelled), G_IO_ERROR_CANCELLED);
  g_assert_null (answered);
  g_assert_cmpint (qemu_monitor_get_state (self.monitor), ==, QEMU_MONITOR_STATE_OPEN);

  stall_hear_huge (&self, 2);
  stall_hear_command (&self, "small", 3);
  stall_hear_command (&self, "small", 4);
  stall_say (&self, "{\"return\": 2, \"id\": 2}\r\n{\"return\": 4, \"id\": 4}\r\n");
  QEMU_TEST_WAIT_UNTIL (answered != NULL);
  reply = qemu_monitor_run_finish (self.monitor, answered, &error);
  g_clear_object (&answered);
  g_assert_no_error (error);
  g_assert_cmpstr (g_bytes_get_data (reply, NULL), ==, "{\"return\": 4, \"id\": 4}");

  qemu_monitor_close (self.monitor, NULL, &error);
  g_assert_no_error (error);
  QEMU_TEST_WAIT_UNTIL (self.n_closed == 1);
  stall_clear (&self);
}

/* How the connection ends while much of a command is unsent. */
static void
test_stalled_end (gconstpointer data)
{
  g_test_summary ("A connection that ends ends what is still being written");
  if (!wire_is_there (data))
    return;

  for (unsigned ours = 0; ours < 2; ours++)
    {
      Stall self = { 0 };
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;

      stall_init (&self, data);
      stall_start (&self, self.huge, 0, NULL, &result);
      qemu_test_drain ();
      g_assert_null (result);
      if (!ours)
        qemu_far_close (&self.far);
      else if (!qemu_monitor_close (self.monitor, NULL, &error))
        g_assert_no_error (error);
      QEMU_TEST_WAIT_UNTIL (result != NULL && self.n_closed == 1);
      stall_end (&self, g_steal_pointer (&result), G_IO_ERROR_CONNECTION_CLOSED);
      stall_clear (&self);
    }
}

static gpointer
hear_thread (gpointer data)
{
  Stall *self = data;
  char buffer[65536];
  gint64 deadline = g_get_monotonic_time () + QEMU_TEST_DEADLINE_SECONDS * G_USEC_PER_SEC;

  /* Up to the end of the second command. */
  while (!g_str_has_suffix (self->heard->str, "\"id\":3}\n"))
    {
      gssize n = qemu_far_read (&self->far, buffer, sizeof buffer);

      g_assert_cmpint (n, !=, 0);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      if (n > 0)
        g_string_append_len (self->heard, buffer, n);
      else
        g_thread_yield ();
    }
  stall_say (self, "{\"return\": 2, \"id\": 2}\r\n{\"return\": 3, \"id\": 3}\r\n");

  return NULL;
}

static void
test_stalled_sync (gconstpointer data)
{
  Stall self = { 0 };
  g_autoptr(QemuCommand) small = qemu_command_new ("small");
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = NULL;
  GThread *thread;
  unsigned n_ticks;

  g_test_summary ("A synchronous command that the peer does not read ends in its time; the next one goes behind it");
  if (!wire_is_there (data))
    return;

  stall_init (&self, data);
  n_ticks = self.n_ticks;
  qemu_command_set_timeout (self.huge, 250);
  reply = qemu_monitor_run (self.monitor, self.huge, NULL, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_cmpuint (self.n_ticks, ==, n_ticks);

  thread = g_thread_new ("hear", hear_thread, &self);
  reply = qemu_monitor_run (self.monitor, small, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_bytes_get_data (reply, NULL), ==, "{\"return\": 3, \"id\": 3}");
  g_thread_join (thread);
  stall_hear_huge (&self, 2);
  stall_hear_command (&self, "small", 3);

  qemu_monitor_close (self.monitor, NULL, &error);
  g_assert_no_error (error);
  QEMU_TEST_WAIT_UNTIL (self.n_closed == 1);
  stall_clear (&self);
}

static void
test_no_delay (void)
{
  QemuFar far = { 0 };
  g_autoptr(GIOStream) stream = qemu_far_connect_tcp (&far);
  QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (stream);
  g_autoptr(GError) error = NULL;
  int no_delay = 0;

  g_test_summary ("TCP does not hold a command back until the one before it has been acknowledged");

  qemu_far_write (&far, QEMU_TEST_GREETING "{\"return\": {}, \"id\": 1}\r\n",
                  strlen (QEMU_TEST_GREETING "{\"return\": {}, \"id\": 1}\r\n"));
  open_sync (monitor, &error);
  g_assert_no_error (error);
  g_socket_get_option (g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)), IPPROTO_TCP, TCP_NODELAY,
                       &no_delay, &error);
  g_assert_no_error (error);
  g_assert_cmpint (no_delay, !=, 0);
  g_clear_object (&stream);
  g_object_unref (monitor);
  qemu_far_close (&far);
}

/* ---------------------------------------------------------------- while signals come */

static int n_signals;

static void
count_signal (int signal_number)
{
  g_atomic_int_inc (&n_signals);
}

/* Without SA_RESTART, so that whatever can be interrupted is. */
static void
set_timer (unsigned microseconds)
{
  struct sigaction action = { .sa_handler = microseconds > 0 ? count_signal : SIG_IGN };
  struct itimerval often = { { 0, microseconds }, { 0, microseconds } };

  g_assert_no_errno (sigaction (SIGALRM, &action, NULL));
  g_assert_no_errno (setitimer (ITIMER_REAL, &often, NULL));
}

static void
test_signals_deadline (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE, { .expect = "silent" }, { .delay_ms = 1000, .hang_up = TRUE }, { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(GIOStream) stream = qemu_play_take_stream (play);
  QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (stream);
  g_autoptr(QemuCommand) command = qemu_command_new ("silent");
  g_autoptr(GBytes) reply = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Signals that come all the time do not put off the end of a wait");

  g_clear_object (&stream);
  open_sync (monitor, &error);
  g_assert_no_error (error);
  set_timer (5000);
  qemu_command_set_timeout (command, 400);
  reply = qemu_monitor_run (monitor, command, NULL, &error);
  set_timer (0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpint (g_atomic_int_get (&n_signals), >, 5);
  qemu_test_drain ();
  g_assert_finalize_object (monitor);
}

static void
test_signals_process (void)
{
  const char *argv[] = { qemu_test_find_system (), QEMU_VM_NO_MACHINE, NULL };
  g_autoptr(GError) error = NULL;
  QemuProcess *process;

  g_test_summary ("A QEMU is started, asked, and stopped while signals come");
  if (argv[0] == NULL)
    return;

  set_timer (500);
  process = qemu_process_new (argv);
  qemu_process_spawn (process, NULL, &error);
  g_assert_no_error (error);
  for (unsigned i = 0; i < 100; i++)
    {
      run_sync (qemu_domain_get_monitor (qemu_process_get_domain (process)), &error);
      g_assert_error (error, QEMU_ERROR, QEMU_ERROR_COMMAND_NOT_FOUND);
      g_clear_error (&error);
    }
  qemu_process_shutdown (process, 1000, NULL, &error);
  g_assert_no_error (error);
  qemu_test_drop (process);
  set_timer (0);
}

static void
add_wires (const char    *name,
           GTestDataFunc  func)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (wires); i++)
    {
      g_autofree char *path = g_strdup_printf ("/starved/stalled/%s/%s", name, wires[i].name);

      g_test_add_data_func (path, &wires[i], func);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/starved/descriptors/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_descriptors);
    }

  add_wires ("async", test_stalled_async);
  add_wires ("end", test_stalled_end);
  add_wires ("sync", test_stalled_sync);
  g_test_add_func ("/starved/no-delay", test_no_delay);
  g_test_add_func ("/starved/signals/deadline", test_signals_deadline);
  g_test_add_func ("/starved/signals/process", test_signals_process);

  return g_test_run ();
}
