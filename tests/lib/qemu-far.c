/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-far.h"

#include <errno.h>
#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

GIOStream *
qemu_far_stream_for_socket (int fd)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GSocket) socket = g_socket_new_from_fd (fd, &error);

  g_assert_no_error (error);

  return G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
}

GIOStream *
qemu_far_connect_pair (QemuFar *far)
{
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  far->in_fd = far->out_fd = fds[1];

  return qemu_far_stream_for_socket (fds[0]);
}

GIOStream *
qemu_far_connect_tcp (QemuFar *far)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int listening = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int near = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;

  g_assert_no_errno (bind (listening, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (listen (listening, 1));
  g_assert_no_errno (getsockname (listening, (struct sockaddr *) &address, &length));
  g_assert_no_errno (connect (near, (struct sockaddr *) &address, sizeof address));
  far->in_fd = far->out_fd = accept4 (listening, NULL, NULL, SOCK_CLOEXEC);
  g_assert_no_errno (far->in_fd);
  /* What it has said is on its way at once, and not thrown away when it resets the connection. */
  g_assert_no_errno (setsockopt (far->in_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  close (listening);

  return qemu_far_stream_for_socket (near);
}

GIOStream *
qemu_far_connect_pipes (QemuFar *far)
{
  int to_us[2], to_peer[2];
  g_autoptr(GInputStream) input = NULL;
  g_autoptr(GOutputStream) output = NULL;

  g_assert_true (g_unix_open_pipe (to_us, FD_CLOEXEC, NULL));
  g_assert_true (g_unix_open_pipe (to_peer, FD_CLOEXEC, NULL));
  input = g_unix_input_stream_new (to_us[0], TRUE);
  output = g_unix_output_stream_new (to_peer[1], TRUE);
  g_assert_true (g_unix_set_fd_nonblocking (to_peer[1], TRUE, NULL));
  far->in_fd = to_peer[0];
  far->out_fd = to_us[1];

  return g_simple_io_stream_new (input, output);
}

static gboolean
accept_any_cb (GTlsConnection       *connection,
               GTlsCertificate      *certificate,
               GTlsCertificateFlags  flags,
               gpointer              user_data)
{
  return TRUE;
}

static void
shake_hands (GIOStream *a,
             GIOStream *b)
{
  g_autoptr(GAsyncResult) result_a = NULL;
  g_autoptr(GAsyncResult) result_b = NULL;
  g_autoptr(GError) error = NULL;

  g_tls_connection_handshake_async (G_TLS_CONNECTION (a), 0, NULL, qemu_test_store_result_cb, &result_a);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (b), 0, NULL, qemu_test_store_result_cb, &result_b);
  QEMU_TEST_WAIT_UNTIL (result_a != NULL && result_b != NULL);
  g_tls_connection_handshake_finish (G_TLS_CONNECTION (a), result_a, &error);
  g_assert_no_error (error);
  g_tls_connection_handshake_finish (G_TLS_CONNECTION (b), result_b, &error);
  g_assert_no_error (error);
}

/* What the first connection would load is loaded here. */
gboolean
qemu_far_prepare_tls (void)
{
  GTlsBackend *backend = g_tls_backend_get_default ();
  g_autoptr(GTlsDatabase) database = NULL;

  /* It is very slow there, and LeakSanitizer falls over the threads that it has used. */
  if (qemu_test_is_sanitized ())
    {
      g_test_skip ("TLS does not go with a sanitizer");
      return FALSE;
    }
  if (!g_tls_backend_supports_tls (backend))
    {
      g_test_skip ("GLib has no TLS here");
      return FALSE;
    }

  database = g_tls_backend_get_default_database (backend);

  return TRUE;
}

GIOStream *
qemu_far_connect_tls (QemuFar *far)
{
  static GTlsCertificate *certificate;
  g_autoptr(GIOStream) near_base = qemu_far_connect_pair (far);
  g_autoptr(GIOStream) far_base = qemu_far_stream_for_socket (far->in_fd);
  g_autoptr(GError) error = NULL;
  GIOStream *near;

  if (certificate == NULL)
    {
      g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "tls", "localhost.pem", NULL);

      certificate = g_tls_certificate_new_from_file (path, &error);
      g_assert_no_error (error);
    }

  near = g_tls_client_connection_new (near_base, NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (near, "accept-certificate", G_CALLBACK (accept_any_cb), NULL);
  far->stream = g_tls_server_connection_new (far_base, certificate, &error);
  g_assert_no_error (error);
  shake_hands (near, far->stream);

  return near;
}

gssize
qemu_far_read (QemuFar *far,
               char    *buffer,
               gsize    size)
{
  g_autoptr(GError) error = NULL;
  gssize n;

  if (far->stream == NULL)
    {
      n = read (far->in_fd, buffer, size);
      return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
    }

  n = g_pollable_input_stream_read_nonblocking (
    G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (far->stream)), buffer, size, NULL, &error);

  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ? -1 : MAX (n, 0);
}

gssize
qemu_far_write (QemuFar    *far,
                const char *bytes,
                gsize       length)
{
  if (far->stream != NULL)
    return g_pollable_output_stream_write_nonblocking (
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (far->stream)), bytes, length, NULL, NULL);

  return write (far->out_fd, bytes, length);
}

void
qemu_far_close (QemuFar *far)
{
  if (far->stream != NULL)
    g_io_stream_close (far->stream, NULL, NULL);
  else if (far->in_fd >= 0)
    close (far->in_fd);
  if (far->out_fd != far->in_fd)
    close (far->out_fd);
  g_clear_object (&far->stream);
  far->in_fd = far->out_fd = -1;
}

void
qemu_far_stop_input (QemuFar *far)
{
  if (far->in_fd == far->out_fd)
    {
      g_assert_no_errno (shutdown (far->in_fd, SHUT_RD));
      return;
    }

  close (far->in_fd);
  far->in_fd = far->out_fd;
}

void
qemu_far_reset (QemuFar *far)
{
  struct linger linger = { .l_onoff = 1 };

  g_assert_no_errno (setsockopt (far->in_fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
  qemu_far_close (far);
}

void
qemu_far_stop_output (QemuFar *far)
{
  if (far->in_fd == far->out_fd)
    {
      g_assert_no_errno (shutdown (far->out_fd, SHUT_WR));
      return;
    }

  close (far->out_fd);
  far->out_fd = far->in_fd;
}

void
qemu_far_make_noise (QemuFar *far)
{
  static const char noise[] = "This is no TLS, and never was";

  g_assert_cmpint (write (far->out_fd, noise, strlen (noise)), ==, strlen (noise));
}

void
qemu_far_unblock (QemuFar *far)
{
  g_unix_set_fd_nonblocking (far->in_fd, TRUE, NULL);
  g_unix_set_fd_nonblocking (far->out_fd, TRUE, NULL);
}
