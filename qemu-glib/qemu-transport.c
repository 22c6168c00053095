/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-transport-private.h"

#include <errno.h>
#include <gio/gfiledescriptorbased.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "qemu-context-private.h"

#define REMOTE_QUARK (g_quark_from_static_string ("qemu-remote"))

/* So much at most is copied to be sent in one piece. */
#define JOINED_SIZE 512

struct _QemuTransport
{
  GIOStream             *stream;
  GSocket               *socket;        /* at the bottom of the stream, or NULL */

  int                    fd;            /* of a plain socket, else -1 */
  GPollableInputStream  *input;         /* of any other stream, borrowed from it */
  GPollableOutputStream *output;
  gboolean               is_tls;
  int                    in_fd;         /* what is at the bottom of it, for each direction, or -1 */
  int                    out_fd;

  /* The reader's; and anybody's under the channel's lock while there is no reader. */
  gboolean               fds_tell;      /* when it can be read and written, the descriptors know */
  gboolean               is_dry;        /* the last read has found nothing */
};

/* From here on the socket is ours alone: whatever must not wait says so. */
static void
teach_patience (int fd)
{
  struct timeval patience = { .tv_usec = QEMU_TRANSPORT_PATIENCE_MS * 1000 };

  if (setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0)
    g_unix_set_fd_nonblocking (fd, FALSE, NULL);
}

/* A command is written in one piece, and may be followed by another before its answer. Only TCP knows this option. */
static void
send_at_once (int fd)
{
  int on = 1;

  (void) setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* TLS is on top of another stream. Not referenced: it lives as long as @stream. */
static GIOStream *
find_base (GIOStream *stream)
{
  g_autoptr(GIOStream) base = NULL;

  if (G_IS_TCP_WRAPPER_CONNECTION (stream))
    return find_base (g_tcp_wrapper_connection_get_base_io_stream (G_TCP_WRAPPER_CONNECTION (stream)));
  if (!G_IS_TLS_CONNECTION (stream))
    return stream;

  g_object_get (stream, "base-io-stream", &base, NULL);

  return base != NULL ? find_base (base) : stream;
}

static gboolean
is_tls (GIOStream *stream)
{
  if (G_IS_TCP_WRAPPER_CONNECTION (stream))
    stream = g_tcp_wrapper_connection_get_base_io_stream (G_TCP_WRAPPER_CONNECTION (stream));

  return G_IS_TLS_CONNECTION (stream);
}

static int
find_fd (gpointer direction)
{
  return G_IS_FILE_DESCRIPTOR_BASED (direction) ? g_file_descriptor_based_get_fd (direction) : -1;
}

QemuTransport *
qemu_transport_new (GIOStream  *stream,
                    GError    **error)
{
  g_autoptr(QemuTransport) self = g_new0 (QemuTransport, 1);
  GIOStream *base = find_base (stream);

  g_assert (G_IS_IO_STREAM (stream));

  self->stream = g_object_ref (stream);
  if (G_IS_SOCKET_CONNECTION (base))
    self->socket = g_object_ref (g_socket_connection_get_socket (G_SOCKET_CONNECTION (base)));
  self->fd = -1;
  if (self->socket != NULL)
    send_at_once (g_socket_get_fd (self->socket));

  if (g_io_stream_is_closed (stream))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The stream is closed already");
      return NULL;
    }

  /* A GTcpWrapperConnection has a socket too, and something else between us and it. */
  if (G_IS_SOCKET_CONNECTION (stream) && !G_IS_TCP_WRAPPER_CONNECTION (stream))
    {
      self->fd = self->in_fd = self->out_fd = g_socket_get_fd (self->socket);
      self->fds_tell = TRUE;
      teach_patience (self->fd);
      return g_steal_pointer (&self);
    }

  self->input = (GPollableInputStream *) g_io_stream_get_input_stream (stream);
  self->output = (GPollableOutputStream *) g_io_stream_get_output_stream (stream);
  self->is_tls = is_tls (stream);
  self->in_fd = find_fd (g_io_stream_get_input_stream (base));
  self->out_fd = find_fd (g_io_stream_get_output_stream (base));
  if (!G_IS_POLLABLE_INPUT_STREAM (self->input) || !g_pollable_input_stream_can_poll (self->input) ||
      !G_IS_POLLABLE_OUTPUT_STREAM (self->output) || !g_pollable_output_stream_can_poll (self->output))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   "A monitor needs a stream that can be polled; a %s cannot", G_OBJECT_TYPE_NAME (stream));
      return NULL;
    }

  /* A pipe says that there is room, and then waits for more of it. */
  if (self->socket == NULL && self->out_fd >= 0)
    g_unix_set_fd_nonblocking (self->out_fd, TRUE, NULL);
  /* A write to a pipe that nobody reads kills the program unless SIGPIPE is ignored, which GSocket's class sees to. */
  g_type_class_unref (g_type_class_ref (G_TYPE_SOCKET));

  return g_steal_pointer (&self);
}

void
qemu_transport_free (QemuTransport *self)
{
  g_clear_object (&self->socket);
  g_clear_object (&self->stream);
  g_free (self);
}

int
qemu_transport_get_fd (QemuTransport *self)
{
  return self->fd;
}

gboolean
qemu_transport_get_fds (QemuTransport *self,
                        int           *in_fd,
                        int           *out_fd)
{
  *in_fd = self->in_fd;
  *out_fd = self->out_fd;

  return self->fds_tell;
}

gboolean
qemu_transport_may_hold_bytes (QemuTransport *self)
{
  return self->fd < 0 && !self->is_dry;
}

/* The kernel and the streams have many words for a peer that has gone: everybody above hears one. */
static gboolean
is_disconnect (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
         g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_EOF);
}

static gssize
fail_from_errno (int      saved_errno,
                 GError **error)
{
  if (saved_errno == EAGAIN || saved_errno == EINTR)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "Nothing to read");
  else if (saved_errno == ECONNRESET || saved_errno == EPIPE)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "%s", g_strerror (saved_errno));
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "%s", g_strerror (saved_errno));

  return -1;
}

static gboolean
is_readable (int fd)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

  return poll (&poll_fd, 1, 0) > 0;
}

/* A stream shows by a first read that it is past all handshakes. From then on it is readable when its descriptor is,
 * or when it has deciphered more than was read: so a reader goes on until it finds nothing, and only then sleeps. A
 * stream that has nothing while its descriptor has something waits for what only itself knows, another handshake say.
 */
static void
learn_from_read (QemuTransport *self,
                 gssize         n,
                 const GError  *error)
{
  self->is_dry = n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  if (n > 0)
    self->fds_tell = self->in_fd >= 0 && self->out_fd >= 0;
  else if (self->is_dry && self->fds_tell)
    self->fds_tell = !is_readable (self->in_fd);
}

gssize
qemu_transport_read (QemuTransport      *self,
                     char               *buffer,
                     gsize               size,
                     QemuTransportRead   how,
                     GError            **error)
{
  GError *local_error = NULL;
  gssize n;

  if (self->fd >= 0)
    {
      /* Not again when a signal has come: its patience would begin anew, and with enough of them never end. */
      n = recv (self->fd, buffer, size, how == QEMU_TRANSPORT_READ_NOW ? MSG_DONTWAIT : 0);

      return n >= 0 ? n : fail_from_errno (errno, error);
    }

  n = g_pollable_input_stream_read_nonblocking (self->input, buffer, size, NULL, &local_error);
  learn_from_read (self, n, local_error);
  if (n < 0 && is_disconnect (local_error))
    local_error->domain = G_IO_ERROR, local_error->code = G_IO_ERROR_CONNECTION_CLOSED;
  if (local_error != NULL)
    g_propagate_error (error, local_error);

  return n;
}

void
qemu_transport_mark_remote (GIOStream *stream)
{
  g_object_set_qdata (G_OBJECT (stream), REMOTE_QUARK, GINT_TO_POINTER (TRUE));
}

gboolean
qemu_transport_passes_files (QemuTransport *self)
{
  struct sockaddr_storage address;
  socklen_t length = sizeof address;

  return self->fd >= 0 && g_object_get_qdata (G_OBJECT (self->stream), REMOTE_QUARK) == NULL &&
         getsockname (self->fd, (struct sockaddr *) &address, &length) == 0 &&
         address.ss_family == AF_UNIX;
}

static void
enclose_file (struct msghdr *message,
              int            file)
{
  struct cmsghdr *control = CMSG_FIRSTHDR (message);

  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN (sizeof file);
  memcpy (CMSG_DATA (control), &file, sizeof file);
}

/* A short command without a file: the kernel is quicker with one piece of memory than with a list of them. */
static gssize
send_joined (int                  fd,
             const GOutputVector *vectors,
             gsize                n_vectors)
{
  char joined[JOINED_SIZE];
  gsize size = 0;

  for (gsize i = 0; i < n_vectors; i++)
    {
      memcpy (joined + size, vectors[i].buffer, vectors[i].size);
      size += vectors[i].size;
    }

  return send (fd, joined, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static gssize
write_to_socket (QemuTransport       *self,
                 const GOutputVector *vectors,
                 gsize                n_vectors,
                 int                  file)
{
  union
  {
    struct cmsghdr header;
    char           space[CMSG_SPACE (sizeof (int))];
  } control = { .space = { 0 } };
  struct msghdr message = { .msg_iov = (struct iovec *) vectors, .msg_iovlen = n_vectors };
  gsize size = 0;
  gssize n;

  for (gsize i = 0; i < n_vectors; i++)
    size += vectors[i].size;

  if (file >= 0)
    {
      message.msg_control = &control;
      message.msg_controllen = sizeof control;
      enclose_file (&message, file);
    }

  do
    n = file < 0 && size <= JOINED_SIZE ? send_joined (self->fd, vectors, n_vectors)
                                        : sendmsg (self->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);

  return n >= 0 ? n : errno == EAGAIN || errno == ENOBUFS ? 0 : -1;
}

static gssize
write_piece (QemuTransport *self,
             const guint8  *piece,
             gsize          length)
{
  g_autoptr(GError) error = NULL;
  gssize n = g_pollable_output_stream_write_nonblocking (self->output, piece, length, NULL, &error);

  return n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ? 0 : n;
}

/* As large as a record of TLS can be. */
#define MAX_PIECE 16384

/* The next bytes behind @skip, at most that many. */
static gsize
cut_piece (const GOutputVector *vectors,
           gsize                n_vectors,
           gsize                skip,
           guint8               piece[MAX_PIECE])
{
  gsize length = 0;

  for (gsize i = 0; i < n_vectors && length < MAX_PIECE; i++)
    {
      gsize passed = MIN (skip, vectors[i].size);
      gsize n = MIN (vectors[i].size - passed, MAX_PIECE - length);

      memcpy (piece + length, (const guint8 *) vectors[i].buffer + passed, n);
      skip -= passed;
      length += n;
    }

  return length;
}

/* Not by GLib 2.74's own writev(), which warns when the second vector finds no room, and never from more than a piece,
 * as a stream that is slow is asked often. For TLS the last byte goes alone: QEMU takes byte by byte, and does not look
 * for what it has deciphered already. A record of one byte leaves nothing, and has it take all that came before. */
static gssize
write_to_stream (QemuTransport       *self,
                 const GOutputVector *vectors,
                 gsize                n_vectors)
{
  guint8 piece[MAX_PIECE];
  gsize total = 0, sent = 0, length;

  for (gsize i = 0; i < n_vectors; i++)
    total += vectors[i].size;

  while ((length = cut_piece (vectors, n_vectors, sent, piece)) > 0)
    {
      gsize wanted = self->is_tls && length > 1 && sent + length == total ? length - 1 : length;
      gssize n = write_piece (self, piece, wanted);

      if (n < 0)
        return -1;
      sent += n;
      if ((gsize) n < wanted)
        break;
    }

  return sent;
}

gssize
qemu_transport_write (QemuTransport       *self,
                      const GOutputVector *vectors,
                      gsize                n_vectors,
                      int                  file)
{
  return self->fd >= 0 ? write_to_socket (self, vectors, n_vectors, file) : write_to_stream (self, vectors, n_vectors);
}

gboolean
qemu_transport_shutdown (QemuTransport *self)
{
  return self->socket != NULL && g_socket_shutdown (self->socket, TRUE, TRUE, NULL);
}

void
qemu_transport_close (QemuTransport *self)
{
  self->fd = self->in_fd = self->out_fd = -1;
  self->fds_tell = FALSE;
  /* TLS would say goodbye, and wait until that can be written. */
  if (self->socket != NULL && !g_socket_is_closed (self->socket))
    g_socket_shutdown (self->socket, TRUE, TRUE, NULL);
  g_io_stream_close (self->stream, NULL, NULL);
}

static short
poll_events (GIOCondition condition)
{
  return (condition & G_IO_IN ? POLLIN : 0) | (condition & G_IO_OUT ? POLLOUT : 0);
}

/* One that nobody can wake. */
static int
limit_sleep (QemuThread *thread,
             int         timeout_ms)
{
  if (G_LIKELY (thread->wakeup_fd >= 0))
    return timeout_ms;

  return timeout_ms < 0 ? QEMU_THREAD_BLIND_MS : MIN (timeout_ms, QEMU_THREAD_BLIND_MS);
}

/* Without a @condition the transport is not looked at: another thread may just be closing it. */
static GIOCondition
wait_on_fds (QemuTransport *self,
             QemuThread    *thread,
             GIOCondition   condition,
             int            timeout_ms)
{
  struct pollfd fds[3] = { { .fd = thread->wakeup_fd, .events = POLLIN } };
  unsigned n = 1;

  if (condition != 0)
    fds[n++] = (struct pollfd) { .fd = self->in_fd, .events = poll_events (condition) };
  if (condition & G_IO_OUT && self->in_fd != self->out_fd)
    {
      fds[1].events = poll_events (condition & G_IO_IN);
      fds[n++] = (struct pollfd) { .fd = self->out_fd, .events = POLLOUT };
    }

  if (poll (fds, n, limit_sleep (thread, timeout_ms)) <= 0)
    return 0;
  if (fds[0].revents != 0)
    qemu_thread_consume_wakeup (thread);

  return (fds[1].revents & ~POLLOUT ? G_IO_IN : 0) |
         (fds[1].revents & POLLOUT || fds[2].revents != 0 ? G_IO_OUT : 0);
}

static gboolean
set_flag_cb (gpointer user_data)
{
  gboolean *flag = user_data;

  *flag = TRUE;

  return G_SOURCE_CONTINUE;
}

static gboolean
set_flag_fd_cb (int          fd,
                GIOCondition condition,
                gpointer     user_data)
{
  return set_flag_cb (user_data);
}

static gboolean
set_flag_stream_cb (GObject  *stream,
                    gpointer  user_data)
{
  return set_flag_cb (user_data);
}

/* Where there is no descriptor left for a context. */
static GIOCondition
look_at_stream (QemuTransport *self,
                QemuThread    *thread,
                GIOCondition   condition,
                int            timeout_ms)
{
  GIOCondition happened = 0;

  if ((condition & G_IO_IN) && g_pollable_input_stream_is_readable (self->input))
    happened |= G_IO_IN;
  if ((condition & G_IO_OUT) && g_pollable_output_stream_is_writable (self->output))
    happened |= G_IO_OUT;
  if (happened == 0)
    wait_on_fds (self, thread, 0, timeout_ms < 0 ? QEMU_THREAD_BLIND_MS : MIN (timeout_ms, QEMU_THREAD_BLIND_MS));

  return happened;
}

/* What a thread waits for in its own context, while it waits. */
static GSource *
attach_flag (QemuThread  *thread,
             GSource     *source,
             gpointer     callback,
             gboolean    *flag)
{
  g_source_set_callback (source, G_SOURCE_FUNC (callback), flag, NULL);
  g_source_attach (source, thread->wait_context);

  return source;
}

/* The stream alone knows when it is ready (it may hold bytes that its own socket does not show any more), so it is
 * asked in a context that the thread has for that and nothing else. */
static GIOCondition
wait_on_stream (QemuTransport *self,
                QemuThread    *thread,
                GIOCondition   condition,
                int            timeout_ms)
{
  gboolean readable = FALSE, writable = FALSE, woken = FALSE, expired = FALSE;
  GSource *sources[4] = { NULL };

  if (thread->wait_context == NULL)
    thread->wait_context = qemu_context_try_new (NULL);
  if (thread->wait_context == NULL)
    return look_at_stream (self, thread, condition, timeout_ms);

  timeout_ms = limit_sleep (thread, timeout_ms);
  if (condition & G_IO_IN)
    sources[0] = attach_flag (thread, g_pollable_input_stream_create_source (self->input, NULL),
                              set_flag_stream_cb, &readable);
  if (condition & G_IO_OUT)
    sources[1] = attach_flag (thread, g_pollable_output_stream_create_source (self->output, NULL),
                              set_flag_stream_cb, &writable);
  if (thread->wakeup_fd >= 0)
    sources[2] = attach_flag (thread, g_unix_fd_source_new (thread->wakeup_fd, G_IO_IN), set_flag_fd_cb, &woken);
  if (timeout_ms >= 0)
    sources[3] = attach_flag (thread, g_timeout_source_new (timeout_ms), set_flag_cb, &expired);

  while (!readable && !writable && !woken && !expired)
    g_main_context_iteration (thread->wait_context, TRUE);

  for (unsigned i = 0; i < G_N_ELEMENTS (sources); i++)
    qemu_source_clear (&sources[i]);
  if (woken)
    qemu_thread_consume_wakeup (thread);

  return (readable ? G_IO_IN : 0) | (writable ? G_IO_OUT : 0);
}

GIOCondition
qemu_transport_wait (QemuTransport *self,
                     QemuThread    *thread,
                     GIOCondition   condition,
                     int            timeout_ms)
{
  if (condition & G_IO_IN && qemu_transport_may_hold_bytes (self))
    return G_IO_IN;
  if (condition == 0 || self->fds_tell)
    return wait_on_fds (self, thread, condition, timeout_ms);

  return wait_on_stream (self, thread, condition, timeout_ms);
}

void
qemu_transport_add_sources (QemuTransport *self,
                            GSource       *parent,
                            GIOCondition   condition)
{
  if (self->fd >= 0)
    {
      g_source_add_unix_fd (parent, self->fd, condition);
      return;
    }

  if (condition & G_IO_IN)
    qemu_source_add_child (parent, g_pollable_input_stream_create_source (self->input, NULL));
  if (condition & G_IO_OUT)
    qemu_source_add_child (parent, g_pollable_output_stream_create_source (self->output, NULL));
}
