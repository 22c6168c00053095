/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-connect-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef HAVE_VSOCK
#include <linux/vm_sockets.h>
#endif

#include "qemu-context-private.h"
#include "qemu-text-private.h"
#include "qemu-transport-private.h"

/* What has come of it: takes one of both. */
static void
end (GTask     *task,
     GIOStream *stream,
     GError    *error)
{
  if (stream != NULL)
    g_task_return_pointer (task, stream, g_object_unref);
  else
    g_task_return_error (task, error);
}

/* ---------------------------------------------------------------- sockets, and TLS on them */

static void
connected_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  GSocketConnection *connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (object), result, &error);

  end (task, (GIOStream *) connection, error);
}

/* The client's own connections, before they say anything. */
static void
equip_tls_cb (GSocketClient      *client,
              GSocketClientEvent  event,
              GSocketConnectable *connectable,
              GIOStream          *connection,
              gpointer            user_data)
{
  GTlsDatabase *database = g_object_get_data (G_OBJECT (client), "qemu-database");
  GTlsCertificate *certificate = g_object_get_data (G_OBJECT (client), "qemu-certificate");

  if (event != G_SOCKET_CLIENT_TLS_HANDSHAKING)
    return;
  if (database != NULL)
    g_tls_connection_set_database (G_TLS_CONNECTION (connection), database);
  if (certificate != NULL)
    g_tls_connection_set_certificate (G_TLS_CONNECTION (connection), certificate);
}

static void
keep (gpointer    client,
      const char *name,
      gpointer    object)
{
  if (object != NULL)
    g_object_set_data_full (client, name, g_object_ref (object), g_object_unref);
}

static void
connect_socket (const QemuUri            *where,
                const QemuConnectOptions *options,
                GTask                    *task)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  GError *error = NULL;

  g_socket_client_set_enable_proxy (client, FALSE);
  if (where->kind == QEMU_URI_TLS)
    {
      /* A handshake is made in a thread with a context of its own. */
      if (!qemu_context_check_descriptors (QEMU_CONTEXT_MANY_DESCRIPTORS, &error))
        {
          end (task, NULL, error);
          g_object_unref (task);
          return;
        }
      g_socket_client_set_tls (client, TRUE);
      keep (client, "qemu-database", options->tls_database);
      keep (client, "qemu-certificate", options->tls_certificate);
      g_signal_connect (client, "event", G_CALLBACK (equip_tls_cb), NULL);
    }
  g_socket_client_connect_async (client, where->connectable, g_task_get_cancellable (task), connected_cb, task);
}

/* Takes the descriptor. */
static GIOStream *
make_stream (int      fd,
             GError **error)
{
  g_autoptr(GSocket) socket = g_socket_new_from_fd (fd, error);

  if (socket == NULL)
    {
      close (fd);
      return NULL;
    }

  return G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
}

/* ---------------------------------------------------------------- vsock */

#ifdef HAVE_VSOCK
static void
return_stream (GTask *task,
               int    fd)
{
  GError *error = NULL;
  GIOStream *stream = make_stream (fd, &error);

  end (task, stream, error);
}

static void
return_errno (GTask *task,
              int    saved_errno)
{
  /* What TCP calls refused: nobody listens there, or there is no such machine. */
  GIOErrorEnum code = saved_errno == ECONNRESET ? G_IO_ERROR_CONNECTION_REFUSED
                                                : (GIOErrorEnum) g_io_error_from_errno (saved_errno);

  g_task_return_new_error (task, G_IO_ERROR, code, "Could not connect: %s", g_strerror (saved_errno));
}

/* GSocket cannot wait for the end of a connect() to an address that GLib does not know. */
static gboolean
vsock_ready_cb (int          fd,
                GIOCondition condition,
                gpointer     user_data)
{
  GTask *task = user_data;
  int *kept = g_task_get_task_data (task);
  int failed = 0;
  socklen_t length = sizeof failed;

  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    g_task_return_error_if_cancelled (task);
  else if (getsockopt (fd, SOL_SOCKET, SO_ERROR, &failed, &length) != 0 || failed != 0)
    return_errno (task, failed != 0 ? failed : errno);
  else
    return_stream (task, g_steal_fd (kept));

  return G_SOURCE_REMOVE;
}

static void
close_kept (gpointer data)
{
  int *kept = data;

  if (*kept >= 0)
    close (*kept);
  g_free (kept);
}

/* Takes @task. */
static void
connect_vsock (const QemuUri            *where,
               const QemuConnectOptions *options,
               GTask                    *task)
{
  struct sockaddr_vm address = { .svm_family = AF_VSOCK, .svm_cid = where->cid, .svm_port = where->port };
  int fd = socket (AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int *kept = g_new (int, 1);
  int failed = 0;

  *kept = fd;
  g_task_set_task_data (task, kept, close_kept);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    failed = errno;

  if (failed == EINPROGRESS)
    {
      GSource *source = g_unix_fd_source_new (fd, G_IO_OUT);

      if (g_task_get_cancellable (task) != NULL)
        qemu_source_add_child (source, g_cancellable_source_new (g_task_get_cancellable (task)));
      g_source_set_callback (source, G_SOURCE_FUNC (vsock_ready_cb), g_object_ref (task), g_object_unref);
      g_source_attach (source, g_task_get_context (task));
      g_source_unref (source);
    }
  else if (failed != 0)
    {
      return_errno (task, failed);
    }
  else
    {
      return_stream (task, g_steal_fd (kept));
    }
  g_object_unref (task);
}
#else
static void
connect_vsock (const QemuUri            *where,
               const QemuConnectOptions *options,
               GTask                    *task)
{
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "This system has no vsock");
  g_object_unref (task);
}
#endif

/* ---------------------------------------------------------------- ssh
 *
 * The far side needs a shell and a program that joins two streams. The near side is a socket pair, so that the channel
 * has a socket like any other; ssh is ended with the stream.
 */

#define SSH_QUARK (g_quark_from_static_string ("qemu-ssh"))

/* What is behind the stream. */
typedef struct
{
  GSubprocess *process;
  GByteArray  *complaint;
} Ssh;

static void
ssh_free (gpointer data)
{
  Ssh *self = data;

  g_subprocess_send_signal (self->process, SIGTERM);
  g_object_unref (self->process);
  g_byte_array_unref (self->complaint);
  g_free (self);
}

/* socat has signs of its own in an address. */
static char *
quote_for_socat (const char *path)
{
  GString *quoted = g_string_new ("UNIX-CONNECT:");

  for (const char *p = path; *p != '\0'; p++)
    {
      if (strchr ("\\,:!'\"()[]{}", *p) != NULL)
        g_string_append_c (quoted, '\\');
      g_string_append_c (quoted, *p);
    }

  return g_string_free (quoted, FALSE);
}

/* nc has to hang up when we do, which some have an option for. The whole is one word, since the user's shell may be
 * any. */
static char *
make_remote_command (const char *path)
{
  g_autofree char *address = quote_for_socat (path);
  g_autofree char *quoted_address = g_shell_quote (address);
  g_autofree char *quoted_path = g_shell_quote (path);
  g_autofree char *script = g_strdup_printf (
    "if command -v socat >/dev/null; then exec socat STDIO %s; fi; "
    "if command -v nc >/dev/null; then "
    "case $(nc -h 2>&1) in *-N*) exec nc -N -U %s;; *) exec nc -U %s;; esac; "
    "fi; "
    "echo 'there is neither socat nor nc' >&2; exit 127", quoted_address, quoted_path, quoted_path);
  g_autofree char *quoted_script = g_shell_quote (script);

  return g_strconcat ("sh -c ", quoted_script, NULL);
}

static GStrv
make_ssh_argv (const QemuUri      *where,
               const char * const *ssh_command)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *port = g_strdup_printf ("%u", where->port);
  g_autofree char *command = make_remote_command (where->path);

  g_strv_builder_addv (builder, (const char **) ssh_command);
  /* Nobody would see that it asks for a password. The first word on an option counts: the caller's, if there is one. */
  g_strv_builder_add_many (builder, "-T", "-o", "BatchMode=yes", NULL);
  if (where->port != 0)
    g_strv_builder_add_many (builder, "-p", port, NULL);
  g_strv_builder_add_many (builder, "--", where->host, command, NULL);

  return g_strv_builder_end (builder);
}

static GIOStream *
start_ssh (const QemuUri       *where,
           const char * const  *ssh_command,
           GError             **error)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GIOStream) stream = NULL;
  g_auto(GStrv) argv = make_ssh_argv (where, ssh_command);
  int fds[2];
  Ssh *ssh;

  if (!qemu_context_check_descriptors (QEMU_CONTEXT_MANY_DESCRIPTORS, error))
    return NULL;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    {
      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
      return NULL;
    }

  stream = make_stream (fds[0], error);
  g_subprocess_launcher_take_stdin_fd (launcher, fcntl (fds[1], F_DUPFD_CLOEXEC, 3));
  g_subprocess_launcher_take_stdout_fd (launcher, fds[1]);
  if (stream != NULL)
    process = g_subprocess_launcher_spawnv (launcher, (const char * const *) argv, error);
  g_subprocess_launcher_close (launcher);
  if (process == NULL)
    return NULL;

  ssh = g_new0 (Ssh, 1);
  ssh->process = g_steal_pointer (&process);
  ssh->complaint = g_byte_array_new ();
  g_object_set_qdata_full (G_OBJECT (stream), SSH_QUARK, ssh, ssh_free);
  qemu_transport_mark_remote (stream);

  return g_steal_pointer (&stream);
}

/* Takes @task. */
static void
connect_ssh (const QemuUri            *where,
             const QemuConnectOptions *options,
             GTask                    *task)
{
  GError *error = NULL;
  GIOStream *stream = start_ssh (where, options->ssh_command, &error);

  end (task, stream, error);
  g_object_unref (task);
}

/* ssh and what it runs only have words for what is wrong. */
static const struct
{
  const char   *words;
  GIOErrorEnum  code;
} complaints[] = {
  { "No such file or directory", G_IO_ERROR_NOT_FOUND },
  { "Connection refused", G_IO_ERROR_CONNECTION_REFUSED },
  { "Permission denied", G_IO_ERROR_PERMISSION_DENIED },
  { "Host key verification failed", G_IO_ERROR_PERMISSION_DENIED },
  { "Could not resolve hostname", G_IO_ERROR_HOST_NOT_FOUND },
  { "No route to host", G_IO_ERROR_HOST_UNREACHABLE },
  { "timed out", G_IO_ERROR_TIMED_OUT },
  { "neither socat nor nc", G_IO_ERROR_NOT_SUPPORTED },
};

/* The last thing that was said is why. */
static GError *
read_complaint (GByteArray *complaint)
{
  g_autofree char *text = qemu_text_from_stderr ((const char *) complaint->data, complaint->len);
  const char *newline = strrchr (text, '\n');
  const char *line = newline != NULL ? newline + 1 : text;
  GIOErrorEnum code = G_IO_ERROR_CONNECTION_CLOSED;

  if (line[0] == '\0')
    return NULL;

  for (unsigned i = 0; i < G_N_ELEMENTS (complaints); i++)
    if (strstr (line, complaints[i].words) != NULL)
      {
        code = complaints[i].code;
        break;
      }

  return g_error_new (G_IO_ERROR, code, "ssh: %s", line);
}

#define MAX_COMPLAINT 8192

static void
complaint_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GBytes) bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (object), result, NULL);
  Ssh *ssh = g_object_get_qdata (g_task_get_source_object (task), SSH_QUARK);

  if (bytes == NULL || g_bytes_get_size (bytes) == 0 || ssh->complaint->len >= MAX_COMPLAINT)
    {
      g_task_return_pointer (task, read_complaint (ssh->complaint), (GDestroyNotify) g_error_free);
      return;
    }

  g_byte_array_append (ssh->complaint, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_input_stream_read_bytes_async (G_INPUT_STREAM (object), MAX_COMPLAINT, G_PRIORITY_DEFAULT,
                                   g_task_get_cancellable (task), complaint_cb, g_object_ref (task));
}

void
qemu_connect_explain_async (GIOStream           *stream,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_autoptr(GTask) task = qemu_task_new (stream, cancellable, callback, user_data);
  Ssh *ssh = g_object_get_qdata (G_OBJECT (stream), SSH_QUARK);

  g_task_set_source_tag (task, qemu_connect_explain_async);
  g_task_set_check_cancellable (task, FALSE);
  if (ssh != NULL)
    g_input_stream_read_bytes_async (g_subprocess_get_stderr_pipe (ssh->process), MAX_COMPLAINT, G_PRIORITY_DEFAULT,
                                     cancellable, complaint_cb, g_steal_pointer (&task));
  else
    g_task_return_pointer (task, NULL, NULL);
}

GError *
qemu_connect_explain_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

void
qemu_connect_settle (GIOStream *stream)
{
  Ssh *ssh = g_object_get_qdata (G_OBJECT (stream), SSH_QUARK);

  /* ssh goes on when nobody listens to it. */
  if (ssh != NULL)
    g_input_stream_close (g_subprocess_get_stderr_pipe (ssh->process), NULL, NULL);
}

/* ---------------------------------------------------------------- whichever */

void
qemu_connect_async (const QemuUri            *where,
                    const QemuConnectOptions *options,
                    GCancellable             *cancellable,
                    GAsyncReadyCallback       callback,
                    gpointer                  user_data)
{
  GTask *task = qemu_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, qemu_connect_async);
  switch (where->kind)
    {
    case QEMU_URI_VSOCK:
      connect_vsock (where, options, task);
      break;

    case QEMU_URI_SSH:
      connect_ssh (where, options, task);
      break;

    case QEMU_URI_SOCKET:
    case QEMU_URI_TLS:
    case QEMU_URI_FD:
    case QEMU_URI_NONE:
    default:
      connect_socket (where, options, task);
      break;
    }
}

GIOStream *
qemu_connect_finish (GAsyncResult  *result,
                     GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
