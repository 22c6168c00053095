/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-play.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

const QmpPlay qmp_play_background[] = {
  { .expect = "query-status" },
  { .expect = "query-name", .reply = "{'name': 'vm1'}" },
  { 0 }
};

struct _QemuPlay
{
  const QmpPlay *steps;
  const QmpPlay *background;
  GThread       *thread;
  GIOStream     *stream;                /* the client's, until it is taken */
  char          *folder;
  char          *path;
  char          *uri;
  int            listen_fd;
  int            stop_fds[2];           /* the second is closed when the test wants no more */
  int            go_on_fds[2];          /* a byte for each time that the test tells it to go on */

  GMutex         lock;
  GCond          cond;
  unsigned       n_done;                /* steps */
  char          *failure;
  GPtrArray     *heard;                 /* texts */
  GPtrArray     *heard_names;

  /* the thread's own */
  int            fd;
  GString       *input;
  char          *status;
  char          *ids[64];               /* of the commands that the steps heard */
};

/* What went wrong is told in the test's thread. It is also written at once, since the test may well fail first, for
 * a reason that says less. */
static void
play_fail (QemuPlay   *self,
           const char *format,
           ...) G_GNUC_PRINTF (2, 3);

static void
play_fail (QemuPlay   *self,
           const char *format,
           ...)
{
  g_autofree char *line = NULL;
  gboolean first = FALSE;
  char *message;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  line = g_strdup_printf ("# peer, step %u: %s\n", self->n_done + 1, message);

  g_mutex_lock (&self->lock);
  if (self->failure == NULL)
    {
      self->failure = g_strdup_printf ("peer, step %u: %s", self->n_done + 1, message);
      first = TRUE;
    }
  g_mutex_unlock (&self->lock);
  g_free (message);

  if (first && write (STDERR_FILENO, line, strlen (line)) < 0)
    return;
}

/* Waits for @fd and for the end of the test. What has come already is still served. */
static gboolean
play_poll (QemuPlay *self,
           int       fd,
           short     events)
{
  struct pollfd fds[2] = {
    { .fd = fd, .events = events },
    { .fd = self->stop_fds[0], .events = POLLIN }
  };
  int n;

  do
    n = poll (fds, 2, QEMU_TEST_DEADLINE_SECONDS * 1000);
  while (n < 0 && errno == EINTR);

  if (n == 0)
    play_fail (self, "waited too long");

  return n > 0 && fds[0].revents != 0;
}

static void
play_hang_up (QemuPlay *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  g_string_truncate (self->input, 0);
}

/* A line on the wire, when there is one. */
static gboolean
play_need_connection (QemuPlay *self)
{
  if (self->fd >= 0)
    return TRUE;
  if (self->listen_fd < 0 || !play_poll (self, self->listen_fd, POLLIN))
    return FALSE;

  self->fd = accept4 (self->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (self->fd < 0)
    play_fail (self, "cannot accept a connection: %s", g_strerror (errno));

  return self->fd >= 0;
}

static gboolean
play_send_piece (QemuPlay   *self,
                 const char *bytes,
                 gsize       length)
{
  while (length > 0)
    {
      gssize n = send (self->fd, bytes, length, MSG_NOSIGNAL);

      if (n < 0 && errno == EAGAIN)
        {
          if (!play_poll (self, self->fd, POLLOUT))
            return FALSE;
          continue;
        }
      /* The other side may leave at any time. */
      if (n < 0)
        return FALSE;
      bytes += n;
      length -= n;
    }

  return TRUE;
}

static void
play_wait_until_read (QemuPlay *self)
{
  gint64 deadline = g_get_monotonic_time () + QEMU_TEST_DEADLINE_SECONDS * G_USEC_PER_SEC;
  int left = 0;

  while (ioctl (self->fd, SIOCOUTQ, &left) == 0 && left > 0)
    {
      struct pollfd fds[2] = { { .fd = self->fd }, { .fd = self->stop_fds[0], .events = POLLIN } };
      struct timespec moment = { .tv_nsec = 20000 };

      if (ppoll (fds, 2, &moment, NULL) > 0)
        return;
      if (g_get_monotonic_time () > deadline)
        {
          play_fail (self, "nobody reads what was sent");
          return;
        }
    }
}

static void
play_send (QemuPlay      *self,
           const QmpPlay *step,
           const char    *bytes,
           gsize          length)
{
  gsize chunk = step->chunk > 0 ? step->chunk : length;

  if (!play_need_connection (self))
    return;

  for (gsize sent = 0; sent < length; sent += chunk)
    {
      if (!play_send_piece (self, bytes + sent, MIN (chunk, length - sent)))
        return;
      if (step->chunk > 0)
        play_wait_until_read (self);
    }
}

static char *
find_line (GString *input)
{
  char *end = memchr (input->str, '\n', input->len);
  char *line;

  if (end == NULL)
    return NULL;

  line = g_strndup (input->str, end - input->str);
  g_string_erase (input, 0, end - input->str + 1);

  return line;
}

/* NULL: the other side has hung up, or the test is over. */
static char *
play_read_line (QemuPlay *self)
{
  char *line;

  if (!play_need_connection (self))
    return NULL;

  while ((line = find_line (self->input)) == NULL)
    {
      char buffer[65536];
      gssize n;

      if (!play_poll (self, self->fd, POLLIN))
        return NULL;
      n = recv (self->fd, buffer, sizeof buffer, 0);
      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        continue;
      if (n <= 0)
        return NULL;
      g_string_append_len (self->input, buffer, n);
    }

  return line;
}

typedef struct
{
  char *name;
  char *arguments;
  char *id;
} Heard;

static void
heard_clear (Heard *self)
{
  g_free (self->name);
  g_free (self->arguments);
  g_free (self->id);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Heard, heard_clear)

static gboolean
play_hear (QemuPlay *self,
           Heard    *heard)
{
  g_autofree char *line = play_read_line (self);
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) node = NULL;
  JsonObject *object;

  if (line == NULL)
    return FALSE;

  node = json_from_string (line, &error);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    {
      play_fail (self, "received what is no command: %s", line);
      return FALSE;
    }

  object = json_node_get_object (node);
  heard->name = g_strdup (json_object_get_string_member_with_default (object, "execute", ""));
  if (json_object_has_member (object, "arguments"))
    heard->arguments = json_to_string (json_object_get_member (object, "arguments"), FALSE);
  if (json_object_has_member (object, "id"))
    heard->id = json_to_string (json_object_get_member (object, "id"), FALSE);

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->heard, g_steal_pointer (&line));
  g_ptr_array_add (self->heard_names, g_strdup (heard->name));
  g_mutex_unlock (&self->lock);

  return TRUE;
}

static void
play_answer (QemuPlay      *self,
             const QmpPlay *step,
             const char    *id)
{
  g_autoptr(GString) text = g_string_new ("{");
  g_autofree char *automatic = NULL;
  const char *reply = step->reply;

  if (reply == NULL && step->error == NULL)
    {
      automatic = g_strdup_printf ("{'status': '%s', 'singlestep': false, 'running': %s}", self->status,
                                   g_str_equal (self->status, "running") ? "true" : "false");
      reply = automatic;
    }

  if (reply != NULL)
    {
      g_autofree char *json = qemu_test_json (reply);

      g_string_append_printf (text, "\"return\": %s", json);
    }
  else
    {
      g_auto(GStrv) parts = g_strsplit (step->error, ": ", 2);

      g_string_append_printf (text, "\"error\": {\"class\": \"%s\", \"desc\": \"%s\"}", parts[0], parts[1]);
    }

  if (step->id != NULL)
    id = step->id[0] != '\0' ? step->id : NULL;
  if (id != NULL)
    {
      g_autofree char *json = qemu_test_json (id);

      g_string_append_printf (text, ", \"id\": %s", json);
    }
  g_string_append (text, "}\r\n");

  play_send (self, step, text->str, text->len);
}

static void
play_send_event (QemuPlay      *self,
                 const QmpPlay *step)
{
  g_autofree char *data = step->data != NULL ? qemu_test_json (step->data) : NULL;
  g_autofree char *text = NULL;

  text = g_strdup_printf ("{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 123456}, "
                          "\"event\": \"%s\"%s%s}\r\n",
                          step->event, data != NULL ? ", \"data\": " : "", data != NULL ? data : "");
  play_send (self, step, text, strlen (text));
}

static gboolean
play_is_end (const QmpPlay *step)
{
  static const QmpPlay end = { 0 };

  return memcmp (step, &end, sizeof end) == 0;
}

static gboolean
play_answer_in_background (QemuPlay    *self,
                           const Heard *heard)
{
  for (const QmpPlay *step = self->background; step != NULL && !play_is_end (step); step++)
    if (g_str_equal (step->expect, heard->name))
      {
        play_answer (self, step, heard->id);
        return TRUE;
      }

  return FALSE;
}

static gboolean
play_expect (QemuPlay      *self,
             const QmpPlay *step,
             char         **id)
{
  for (;;)
    {
      g_auto(Heard) heard = { NULL };

      if (!play_hear (self, &heard))
        {
          play_fail (self, "no command came, but the end; %s was expected", step->expect);
          return FALSE;
        }

      if (g_str_equal (heard.name, step->expect))
        {
          if (step->arguments != NULL && !qemu_test_json_equal (heard.arguments, step->arguments))
            {
              play_fail (self, "%s has arguments %s, not %s", heard.name, heard.arguments, step->arguments);
              return FALSE;
            }
          *id = g_steal_pointer (&heard.id);
          return TRUE;
        }

      if (!play_answer_in_background (self, &heard))
        {
          play_fail (self, "heard %s instead of %s", heard.name, step->expect);
          return FALSE;
        }
    }
}

static gboolean
play_next_is_background (QemuPlay *self)
{
  char *end = memchr (self->input->str, '\n', self->input->len);

  for (const QmpPlay *step = self->background; !play_is_end (step); step++)
    {
      g_autofree char *member = g_strdup_printf ("\"execute\":\"%s\"", step->expect);

      if (g_strstr_len (self->input->str, end - self->input->str, member) != NULL)
        return TRUE;
    }

  return FALSE;
}

static gboolean
play_serve_next (QemuPlay *self)
{
  g_auto(Heard) heard = { NULL, NULL, NULL };

  return play_next_is_background (self) && play_hear (self, &heard) && play_answer_in_background (self, &heard);
}

/* Answers the commands of the background that have come. FALSE: the next one is for a later step, or there is no line
 * any more. */
static gboolean
play_serve_background (QemuPlay *self)
{
  char buffer[65536];
  gssize n = recv (self->fd, buffer, sizeof buffer, 0);

  if (n <= 0)
    return FALSE;

  g_string_append_len (self->input, buffer, n);
  while (memchr (self->input->str, '\n', self->input->len) != NULL)
    if (!play_serve_next (self))
      return FALSE;

  return TRUE;
}

static gboolean
play_wait_for_test (QemuPlay *self)
{
  gboolean serve = self->background != NULL && self->fd >= 0;
  char byte;

  for (;;)
    {
      struct pollfd fds[3] = {
        { .fd = self->go_on_fds[0], .events = POLLIN },
        { .fd = self->stop_fds[0], .events = POLLIN },
        { .fd = serve ? self->fd : -1, .events = POLLIN }
      };
      int n = poll (fds, 3, QEMU_TEST_DEADLINE_SECONDS * 1000);

      if (n < 0 && errno == EINTR)
        continue;
      if (fds[0].revents != 0)
        return read (self->go_on_fds[0], &byte, 1) == 1;
      if (n <= 0 || fds[1].revents != 0)
        {
          play_fail (self, "the test did not tell it to go on");
          return FALSE;
        }
      serve = play_serve_background (self);
    }
}

static gboolean
play_step (QemuPlay      *self,
           unsigned       number)
{
  const QmpPlay *step = &self->steps[number];
  const char *id;

  if (step->expect != NULL && !play_expect (self, step, &self->ids[number]))
    return FALSE;
  if (step->wait_for_test && !play_wait_for_test (self))
    return FALSE;
  if (step->delay_ms > 0)
    g_usleep (step->delay_ms * 1000);

  if (step->status != NULL)
    {
      g_free (self->status);
      self->status = g_strdup (step->status);
    }
  if (step->greeting)
    play_send (self, step, QEMU_TEST_GREETING, strlen (QEMU_TEST_GREETING));
  if (step->raw != NULL)
    play_send (self, step, step->raw, step->raw_length > 0 ? step->raw_length : strlen (step->raw));

  id = self->ids[step->reply_to > 0 ? step->reply_to - 1 : number];
  for (unsigned i = 0; i < MAX (step->times, 1); i++)
    {
      if (step->event != NULL)
        play_send_event (self, step);
      if (step->reply != NULL || step->error != NULL)
        play_answer (self, step, id);
    }

  if (step->reset && play_need_connection (self) && !play_poll (self, self->fd, POLLIN))
    return FALSE;
  if (step->reset || step->hang_up)
    play_hang_up (self);

  return TRUE;
}

static void
play_stay_on_the_line (QemuPlay *self)
{
  while (self->fd >= 0)
    {
      g_auto(Heard) heard = { NULL };

      if (!play_hear (self, &heard))
        return;
      if (!play_answer_in_background (self, &heard))
        play_fail (self, "heard %s, which is not in the play", heard.name);
    }
}

static gpointer
play_thread (gpointer data)
{
  QemuPlay *self = data;
  unsigned number;

  for (number = 0; !play_is_end (&self->steps[number]); number++)
    {
      if (!play_step (self, number))
        break;
      g_mutex_lock (&self->lock);
      self->n_done++;
      g_cond_broadcast (&self->cond);
      g_mutex_unlock (&self->lock);
    }
  if (self->failure == NULL)
    play_stay_on_the_line (self);
  play_hang_up (self);

  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);

  return NULL;
}

static void
play_listen (QemuPlay      *self,
             QemuPlayFlags  flags)
{
  static int n_abstract;
  g_autoptr(GSocketAddress) address = NULL;
  g_autoptr(GSocket) socket = NULL;
  g_autoptr(GError) error = NULL;

  if (flags & (QEMU_PLAY_TCP | QEMU_PLAY_TCP6))
    {
      address = g_inet_socket_address_new_from_string (flags & QEMU_PLAY_TCP6 ? "::1" : "127.0.0.1", 0);
    }
  else if (flags & QEMU_PLAY_ABSTRACT)
    {
      g_autofree char *name = g_strdup_printf ("qemu-glib-test-%d-%d", (int) getpid (),
                                               g_atomic_int_add (&n_abstract, 1));

      address = g_unix_socket_address_new_with_type (name, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
      self->uri = g_strconcat ("unix:@", name, NULL);
    }
  else
    {
      self->folder = g_dir_make_tmp ("qemu-play-XXXXXX", &error);
      g_assert_no_error (error);
      self->path = g_build_filename (self->folder, "qmp", NULL);
      address = g_unix_socket_address_new (self->path);
      self->uri = g_strconcat ("unix:", self->path, NULL);
    }

  socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                         &error);
  g_assert_no_error (error);
  g_socket_bind (socket, address, TRUE, &error);
  g_assert_no_error (error);
  g_socket_listen (socket, &error);
  g_assert_no_error (error);

  if (self->uri == NULL)
    {
      g_autoptr(GSocketAddress) local = g_socket_get_local_address (socket, &error);

      g_assert_no_error (error);
      self->uri = g_strdup_printf ("tcp:%s:%u", flags & QEMU_PLAY_TCP6 ? "[::1]" : "127.0.0.1",
                                   g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local)));
    }

  self->listen_fd = fcntl (g_socket_get_fd (socket), F_DUPFD_CLOEXEC, 0);
  g_assert_cmpint (self->listen_fd, >=, 0);
}

QemuPlay *
qemu_play_new (const QmpPlay *steps,
               const QmpPlay *background,
               QemuPlayFlags  flags)
{
  QemuPlay *self = g_new0 (QemuPlay, 1);
  unsigned n_steps = 0;

  while (!play_is_end (&steps[n_steps]))
    n_steps++;
  g_assert_cmpuint (n_steps, <=, G_N_ELEMENTS (self->ids));

  self->steps = steps;
  self->background = background;
  self->listen_fd = -1;
  self->fd = -1;
  self->input = g_string_new (NULL);
  self->status = g_strdup ("running");
  self->heard = g_ptr_array_new_with_free_func (g_free);
  self->heard_names = g_ptr_array_new_with_free_func (g_free);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_assert_true (g_unix_open_pipe (self->stop_fds, FD_CLOEXEC, NULL));
  g_assert_true (g_unix_open_pipe (self->go_on_fds, FD_CLOEXEC, NULL));

  if (flags != QEMU_PLAY_NONE)
    {
      play_listen (self, flags);
    }
  else
    {
      self->stream = qemu_test_stream_pair (&self->fd);
      g_assert_true (g_unix_set_fd_nonblocking (self->fd, TRUE, NULL));
    }
  self->thread = g_thread_new ("play", play_thread, self);

  return self;
}

void
qemu_play_free (QemuPlay *self)
{
  g_clear_object (&self->stream);

  close (self->stop_fds[1]);
  g_thread_join (self->thread);

  if (self->failure != NULL)
    g_error ("%s", self->failure);

  if (self->listen_fd >= 0)
    close (self->listen_fd);
  close (self->stop_fds[0]);
  close (self->go_on_fds[0]);
  close (self->go_on_fds[1]);
  if (self->path != NULL)
    g_unlink (self->path);
  if (self->folder != NULL)
    g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self->path);
  g_free (self->uri);
  g_free (self->status);
  for (unsigned i = 0; i < G_N_ELEMENTS (self->ids); i++)
    g_free (self->ids[i]);
  g_string_free (self->input, TRUE);
  g_ptr_array_unref (self->heard);
  g_ptr_array_unref (self->heard_names);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

GIOStream *
qemu_play_take_stream (QemuPlay *self)
{
  g_assert_nonnull (self->stream);

  return g_steal_pointer (&self->stream);
}

const char *
qemu_play_get_uri (QemuPlay *self)
{
  g_assert_nonnull (self->uri);

  return self->uri;
}

void
qemu_play_go_on (QemuPlay *self)
{
  g_assert_cmpint (write (self->go_on_fds[1], "!", 1), ==, 1);
}

void
qemu_play_wait_for_step (QemuPlay *self,
                         unsigned  n_steps)
{
  gint64 deadline = g_get_monotonic_time () + QEMU_TEST_DEADLINE_SECONDS * G_USEC_PER_SEC;
  gboolean in_time = TRUE;

  g_mutex_lock (&self->lock);
  while (self->n_done < n_steps && self->failure == NULL && in_time)
    in_time = g_cond_wait_until (&self->cond, &self->lock, deadline);
  g_mutex_unlock (&self->lock);

  if (self->failure != NULL)
    g_error ("%s", self->failure);
  if (!in_time)
    g_error ("the peer has not done %u steps in time", n_steps);
}

unsigned
qemu_play_count_heard (QemuPlay   *self,
                       const char *name)
{
  unsigned n = 0;

  g_mutex_lock (&self->lock);
  for (unsigned i = 0; i < self->heard_names->len; i++)
    n += name == NULL || g_str_equal (g_ptr_array_index (self->heard_names, i), name);
  g_mutex_unlock (&self->lock);

  return n;
}

char *
qemu_play_dup_heard (QemuPlay *self,
                     unsigned  n)
{
  char *text = NULL;

  g_mutex_lock (&self->lock);
  if (n < self->heard->len)
    text = g_strdup (g_ptr_array_index (self->heard, n));
  g_mutex_unlock (&self->lock);

  return text;
}

/* ---------------------------------------------------------------- the one that answers */

struct _QemuAnswerer
{
  GThread           *thread;
  GIOStream         *stream;
  QemuAnswererFlags  flags;
  int                fd;

  /* the thread's own */
  GString           *input;
  GString           *output;
  GString           *late;
  unsigned           n_answers;
};

static gboolean
answerer_send (QemuAnswerer *self,
               gsize         length)
{
  gsize sent = 0;

  while (sent < length)
    {
      gssize n = send (self->fd, self->output->str + sent, length - sent, MSG_NOSIGNAL);

      if (n < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (n < 0)
        return FALSE;
      sent += n;
    }
  g_string_erase (self->output, 0, length);

  return TRUE;
}

static gboolean
answerer_flush (QemuAnswerer *self)
{
  if ((self->flags & QEMU_ANSWERER_SPLIT) && self->n_answers % 3 == 0 && self->output->len > 1 &&
      !answerer_send (self, 1 + self->n_answers % (self->output->len - 1)))
    return FALSE;

  return answerer_send (self, self->output->len);
}

static guint64
find_number (const char *line,
             const char *key)
{
  const char *found = strstr (line, key);

  return found != NULL ? g_ascii_strtoull (found + strlen (key), NULL, 10) : 0;
}

/* Our own commands have no blanks between their members, and their id comes last. */
static gboolean
answerer_answer (QemuAnswerer *self,
                 char         *line)
{
  const char *arguments = strstr (line, "\"arguments\":");
  char *id = g_strrstr (line, "\"id\":");
  char *name = strstr (line, "\"execute\":\"");
  char *name_end;

  if (id == NULL || name == NULL)
    return FALSE;
  name += strlen ("\"execute\":\"");
  name_end = strchr (name, '"');
  if (name_end == NULL)
    return FALSE;
  id[-1] = '\0';
  id[strlen (id) - 1] = '\0';
  *name_end = '\0';
  self->n_answers++;

  if (g_str_equal (name, "x-silent"))
    return TRUE;
  if (g_str_equal (name, "x-hang-up"))
    return FALSE;

  if (g_str_equal (name, "x-late"))
    {
      g_string_append_printf (self->late, "{\"return\": %s, %s}\r\n", arguments != NULL ? arguments + 12 : "{}", id);
      return TRUE;
    }

  if (g_str_equal (name, "x-error"))
    {
      g_string_append_printf (self->output, "{\"error\": {\"class\": \"DeviceNotFound\", \"desc\": \"No\"}, %s}\r\n",
                              id);
    }
  else if (g_str_equal (name, "x-big"))
    {
      gsize size = arguments != NULL ? find_number (arguments, "\"size\":") : 0;

      g_string_append (self->output, "{\"return\": \"");
      g_string_set_size (self->output, self->output->len + size);
      memset (self->output->str + self->output->len - size, 'x', size);
      g_string_append_printf (self->output, "\", %s}\r\n", id);
    }
  else
    {
      guint64 n_events = 0;

      if (g_str_equal (name, "x-flood") && arguments != NULL)
        n_events = find_number (arguments, "\"count\":");
      for (guint64 i = 0; i < n_events; i++)
        {
          g_string_append_printf (self->output, "{\"event\": \"FLOOD\", \"data\": {\"n\": %" G_GUINT64_FORMAT "}}\r\n",
                                  i);
          if (self->output->len > 60000 && !answerer_flush (self))
            return FALSE;
        }
      g_string_append_printf (self->output, "{\"return\": %s, %s}\r\n",
                              arguments != NULL && !g_str_equal (name, "qmp_capabilities") ? arguments + 12 : "{}", id);
    }

  g_string_append (self->output, self->late->str);
  g_string_truncate (self->late, 0);

  return self->output->len < 60000 || answerer_flush (self);
}

static gpointer
answerer_thread (gpointer data)
{
  QemuAnswerer *self = data;
  gboolean good = TRUE;

  if (self->flags & QEMU_ANSWERER_GREETING)
    {
      g_string_append (self->output, QEMU_TEST_GREETING);
      good = answerer_flush (self);
    }

  while (good)
    {
      char buffer[65536];
      gsize used = 0;
      char *end;
      gssize n = recv (self->fd, buffer, sizeof buffer, 0);

      if (n < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (n <= 0)
        break;
      g_string_append_len (self->input, buffer, n);

      while (good && (end = memchr (self->input->str + used, '\n', self->input->len - used)) != NULL)
        {
          *end = '\0';
          good = answerer_answer (self, self->input->str + used);
          used = end + 1 - self->input->str;
        }
      g_string_erase (self->input, 0, used);
      good = good && answerer_flush (self);
    }
  shutdown (self->fd, SHUT_RDWR);

  return NULL;
}

QemuAnswerer *
qemu_answerer_new (QemuAnswererFlags flags)
{
  QemuAnswerer *self = g_new0 (QemuAnswerer, 1);

  self->flags = flags;
  self->stream = qemu_test_stream_pair (&self->fd);
  self->input = g_string_new (NULL);
  self->output = g_string_new (NULL);
  self->late = g_string_new (NULL);
  self->thread = g_thread_new ("answerer", answerer_thread, self);

  return self;
}

void
qemu_answerer_free (QemuAnswerer *self)
{
  shutdown (self->fd, SHUT_RDWR);
  g_thread_join (self->thread);
  close (self->fd);
  g_clear_object (&self->stream);
  g_string_free (self->input, TRUE);
  g_string_free (self->output, TRUE);
  g_string_free (self->late, TRUE);
  g_free (self);
}

GIOStream *
qemu_answerer_take_stream (QemuAnswerer *self)
{
  g_assert_nonnull (self->stream);

  return g_steal_pointer (&self->stream);
}
