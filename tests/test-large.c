/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu-glib/qemu-input-private.h"
#include "qemu-line.h"

#define SIZE (60u << 20)

/* A reply of that size: what a QEMU might send, an array of objects with numbers and text. */
static GString *
make_reply (gsize size)
{
  static const char element[] =
    "{\"name\": \"drive-virtio-disk0 \\u00e9\", \"offset\": 18446744073709551615, \"text\": \"";
  g_autofree char *filling = g_strnfill (900, 'x');
  GString *text = g_string_sized_new (size + 64);

  g_string_append (text, "{\"return\": [");
  while (text->len + 1000 < size)
    g_string_append_printf (text, "%s%s\"}, ", element, filling);
  g_string_append (text, "\"");
  while (text->len + strlen ("\"], \"id\": 1}") < size)
    g_string_append_c (text, 'y');
  g_string_append (text, "\"], \"id\": 1}");
  g_assert_cmpuint (text->len, ==, size);

  return text;
}

typedef struct
{
  Line       *line;
  const char *text;
  gsize       length;
  gsize       chunk;
} Feeder;

/* Single bytes go to the kernel many at a time; each is still a packet of its own on the way. */
static void
send_single_bytes (int         fd,
                   const char *text,
                   gsize       length)
{
  enum { BATCH = 1024 };
  g_autofree struct mmsghdr *messages = g_new0 (struct mmsghdr, BATCH);
  g_autofree struct iovec *vectors = g_new0 (struct iovec, BATCH);

  for (gsize sent = 0; sent < length;)
    {
      gsize n = MIN (length - sent, BATCH);
      int done;

      for (gsize i = 0; i < n; i++)
        {
          vectors[i] = (struct iovec) { (char *) text + sent + i, 1 };
          messages[i].msg_hdr.msg_iov = &vectors[i];
          messages[i].msg_hdr.msg_iovlen = 1;
        }
      done = sendmmsg (fd, messages, n, MSG_NOSIGNAL);
      if (done < 0 && errno == EINTR)
        continue;
      g_assert_cmpint (done, >, 0);
      sent += done;
    }
}

static gpointer
feed_thread (gpointer data)
{
  Feeder *feeder = data;

  line_hear (feeder->line, "large");
  if (feeder->chunk == 1)
    send_single_bytes (feeder->line->far, feeder->text, feeder->length);
  else
    for (gsize sent = 0; sent < feeder->length; sent += feeder->chunk)
      line_say_bytes (feeder->line, feeder->text + sent, MIN (feeder->chunk, feeder->length - sent));
  line_say (feeder->line, "\r\n{'event': 'AFTER'}\r\n");

  return NULL;
}

static void
test_large (gconstpointer data)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(GString) text = make_reply (SIZE);
  Feeder feeder = { line, text->str, text->len, GPOINTER_TO_SIZE (data) };
  GThread *thread;

  g_test_summary ("A reply of 60 MiB in pieces of that many bytes");

  thread = g_thread_new ("feed", feed_thread, &feeder);
  if (feeder.chunk == 4095)
    {
      g_autoptr(LineCall) call = line_call_new (line, "large", 0, NULL);

      while (!call->n_called)
        g_main_context_iteration (NULL, TRUE);
      g_assert_no_error (call->error);
      g_assert_cmpmem (g_bytes_get_data (call->reply, NULL), g_bytes_get_size (call->reply), text->str, text->len);
    }
  else
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) reply = line_run (line, "large", 0, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpmem (g_bytes_get_data (reply, NULL), g_bytes_get_size (reply), text->str, text->len);
    }
  QEMU_TEST_WAIT_UNTIL (line->n_events == 1);
  g_thread_join (thread);
}

/* One byte at a time through a socket takes longer than all other tests together: the whole 60 MiB only when asked for
 * ("-m slow"), and what cuts the stream into messages by itself, always. */
static void
test_single_bytes (void)
{
  g_autoptr(GString) text = make_reply (SIZE);
  QemuThread *thread = qemu_thread_get ();
  QemuInput input = { NULL };
  g_autoptr(GBytes) bytes = NULL;
  char *message;
  gsize size, length;

  g_test_summary ("60 MiB that are read byte by byte");

  g_string_append (text, "\n");
  for (gsize i = 0; i < text->len; i++)
    {
      char *buffer = qemu_input_reserve (&input, thread, &size);

      g_assert_cmpuint (size, >, 0);
      *buffer = text->str[i];
      qemu_input_add (&input, 1);
      if (qemu_input_next (&input, &message, &length))
        {
          g_assert_null (bytes);
          g_assert_cmpuint (length, ==, SIZE);
          bytes = qemu_input_take_bytes (&input);
        }
      qemu_input_keep_rest (&input);
    }
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), text->str, SIZE);
  qemu_input_clear (&input);
}

static void
test_too_large (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(GString) text = make_reply (LINE_MAX_MESSAGE_SIZE + 1);
  g_autoptr(LineCall) call = line_call_new (line, "large", 0, NULL);

  g_test_summary ("A reply that is larger than allowed ends the connection as soon as that is plain");

  line_hear (line, "large");
  for (gsize sent = 0; !line->n_closed;)
    {
      gssize n = send (line->far, text->str + sent, MIN (1 << 20, text->len - sent), MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n > 0)
        sent += n;
      else if (n < 0)
        g_assert_true (errno == EAGAIN || errno == EPIPE);
      qemu_test_drain ();
    }
  g_assert_error (line->closed_error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
  g_assert_error (call->error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
}

int
main (int   argc,
      char *argv[])
{
  static const gsize chunks[] = { 1, 4095, 1048576 };

  g_test_init (&argc, &argv, NULL);

  for (unsigned i = g_test_slow () ? 0 : 1; i < G_N_ELEMENTS (chunks); i++)
    {
      g_autofree char *path = g_strdup_printf ("/large/60-mib/%" G_GSIZE_FORMAT, chunks[i]);

      g_test_add_data_func (path, GSIZE_TO_POINTER (chunks[i]), test_large);
    }
  g_test_add_func ("/large/single-bytes", test_single_bytes);
  g_test_add_func ("/large/too-large", test_too_large);

  return g_test_run ();
}
