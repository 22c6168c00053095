/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-line.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static _Thread_local int in_call;

gboolean
line_is_in_call (void)
{
  return in_call > 0;
}

static void
event_cb (QemuEventText *event,
          gpointer       user_data)
{
  Line *self = user_data;

  g_assert_false (line_is_in_call ());
  g_assert_true (g_main_context_is_owner (self->context));
  g_assert_cmpuint (self->n_closed, ==, 0);

  if (self->n_events++ < 10000)
    g_string_append_printf (self->log, "%s ", event->text);
  if (self->event_hook != NULL)
    self->event_hook (self);
}

static void
closed_cb (const GError *error,
           gpointer      user_data)
{
  Line *self = user_data;

  g_assert_false (line_is_in_call ());
  g_assert_true (g_main_context_is_owner (self->context));
  g_assert_cmpuint (self->n_closed, ==, 0);

  self->n_closed++;
  self->closed_error = error != NULL ? g_error_copy (error) : NULL;
  g_string_append (self->log, "closed ");
}

static void
freed_cb (gpointer user_data)
{
  Line *self = user_data;

  g_atomic_int_set (&self->freed, TRUE);
  g_main_context_wakeup (self->context);
}

static Line *
line_new_internal (GIOStream *stream,
                   int        far,
                   gsize      max_message_size)
{
  static const QemuChannelFuncs funcs = { event_cb, closed_cb };
  g_autoptr(GError) error = NULL;
  QemuTransport *transport = qemu_transport_new (stream, &error);
  Line *self = g_new0 (Line, 1);

  g_assert_no_error (error);
  self->context = g_main_context_ref_thread_default ();
  self->far = far;
  self->heard = g_string_new (NULL);
  self->log = g_string_new (NULL);
  self->channel = qemu_channel_new (transport, self->context, max_message_size, &funcs, self, freed_cb);

  return self;
}

Line *
line_new_for_stream (GIOStream *stream,
                     int        far)
{
  Line *self = line_new_internal (stream, far, LINE_MAX_MESSAGE_SIZE);

  qemu_channel_release_events (self->channel);

  return self;
}

Line *
line_new_held (gsize max_message_size)
{
  int far;
  g_autoptr(GIOStream) stream = qemu_test_stream_pair (&far);

  return line_new_internal (stream, far, max_message_size);
}

Line *
line_new (void)
{
  Line *self = line_new_held (LINE_MAX_MESSAGE_SIZE);

  qemu_channel_release_events (self->channel);

  return self;
}

void
line_drop_channel (Line *self)
{
  qemu_channel_detach (self->channel);
  g_clear_pointer (&self->channel, qemu_channel_unref);
}

void
line_free (Line *self)
{
  if (self->channel != NULL)
    line_drop_channel (self);
  QEMU_TEST_WAIT_UNTIL (g_atomic_int_get (&self->freed));

  line_hang_up (self);
  g_clear_error (&self->closed_error);
  g_string_free (self->heard, TRUE);
  g_string_free (self->log, TRUE);
  g_main_context_unref (self->context);
  g_free (self);
}

void
line_say_bytes (Line       *self,
                const char *bytes,
                gsize       length)
{
  while (length > 0)
    {
      gssize n = write (self->far, bytes, length);

      if (n < 0 && errno == EINTR)
        continue;
      g_assert_cmpint (n, >, 0);
      bytes += n;
      length -= n;
    }
}

void
line_say (Line       *self,
          const char *format,
          ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  g_strdelimit (text, "'", '"');
  line_say_bytes (self, text, strlen (text));
}

void
line_say_event (Line       *self,
                const char *name)
{
  line_say (self, "{'timestamp': {'seconds': 1, 'microseconds': 2}, 'event': '%s', 'data': {}}\r\n", name);
}

void
line_say_reply (Line       *self,
                gint64      id,
                const char *name)
{
  line_say (self, "{'return': '%s', 'id': %" G_GINT64_FORMAT "}\r\n", name, id);
}

void
line_hang_up (Line *self)
{
  if (self->far >= 0)
    close (self->far);
  self->far = -1;
}

char *
line_hear_text (Line *self)
{
  char *end, *text;

  while ((end = memchr (self->heard->str, '\n', self->heard->len)) == NULL)
    {
      char buffer[65536];
      gssize n = read (self->far, buffer, sizeof buffer);

      if (n < 0 && errno == EINTR)
        continue;
      g_assert_cmpint (n, >, 0);
      g_string_append_len (self->heard, buffer, n);
    }

  text = g_strndup (self->heard->str, end - self->heard->str);
  g_string_erase (self->heard, 0, end - self->heard->str + 1);

  return text;
}

gint64
line_hear (Line       *self,
           const char *name)
{
  g_autofree char *text = line_hear_text (self);
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) node = json_from_string (text, &error);
  JsonObject *object;

  g_assert_no_error (error);
  object = json_node_get_object (node);
  g_assert_cmpstr (json_object_get_string_member (object, "execute"), ==, name);
  g_assert_true (json_object_has_member (object, "id"));

  return json_object_get_int_member (object, "id");
}

gboolean
line_is_silent (Line *self)
{
  struct pollfd fd = { .fd = self->far, .events = POLLIN };

  return self->heard->len == 0 && poll (&fd, 1, 0) == 0;
}

static char *
command_text (const char *name)
{
  return g_strdup_printf ("{\"execute\":\"%s\"", name);
}

GBytes *
line_run (Line          *self,
          const char    *name,
          unsigned       timeout_ms,
          GCancellable  *cancellable,
          GError       **error)
{
  g_autofree char *text = command_text (name);
  GBytes *reply;

  in_call++;
  reply = qemu_channel_run (self->channel, text, strlen (text), timeout_ms, cancellable, error);
  in_call--;

  return reply;
}

void
line_run_ok (Line       *self,
             const char *name)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = line_run (self, name, QEMU_TEST_DEADLINE_SECONDS * 1000, NULL, &error);

  g_assert_no_error (error);
  line_assert_reply (reply, name);
}

static gpointer
job_thread (gpointer user_data)
{
  LineJob *self = user_data;

  self->reply = line_run (self->line, self->name, self->timeout_ms, self->cancellable, &self->error);
  g_assert_true ((self->reply != NULL) != (self->error != NULL));
  g_atomic_int_set (&self->done, TRUE);
  g_main_context_wakeup (self->line->context);

  return NULL;
}

LineJob *
line_job_new (Line         *line,
              const char   *name,
              unsigned      timeout_ms,
              GCancellable *cancellable)
{
  LineJob *self = g_new0 (LineJob, 1);

  self->line = line;
  self->name = g_strdup (name);
  self->timeout_ms = timeout_ms;
  self->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  self->thread = g_thread_new (name, job_thread, self);

  return self;
}

void
line_job_join (LineJob *self)
{
  g_thread_join (g_steal_pointer (&self->thread));
}

void
line_job_free (LineJob *self)
{
  if (self->thread != NULL)
    line_job_join (self);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->reply, g_bytes_unref);
  g_clear_error (&self->error);
  g_free (self->name);
  g_free (self);
}

static void
call_cb (GBytes   *reply,
         GError   *error,
         gpointer  user_data)
{
  LineCall *self = user_data;

  g_assert_false (line_is_in_call ());
  g_assert_true ((reply != NULL) != (error != NULL));
  g_assert_cmpint (self->n_called, ==, 0);

  self->thread = g_thread_self ();
  self->reply = reply;
  self->error = error;
  if (g_main_context_is_owner (self->line->context))
    g_string_append_printf (self->line->log, "%s ", self->name);
  g_atomic_int_inc (&self->n_called);
  if (self->hook != NULL)
    self->hook (self);
}

LineCall *
line_call_new (Line         *line,
               const char   *name,
               unsigned      timeout_ms,
               GCancellable *cancellable)
{
  return line_call_new_with_file (line, name, -1, timeout_ms, cancellable);
}

LineCall *
line_call_new_with_file (Line         *line,
                         const char   *name,
                         int           file,
                         unsigned      timeout_ms,
                         GCancellable *cancellable)
{
  LineCall *self = g_new0 (LineCall, 1);
  g_autofree char *text = command_text (name);

  self->line = line;
  self->name = g_strdup (name);
  in_call++;
  if (file >= 0)
    qemu_channel_run_with_file_async (line->channel, text, strlen (text), file, timeout_ms, cancellable, call_cb, self);
  else
    qemu_channel_run_async (line->channel, text, strlen (text), timeout_ms, cancellable, call_cb, self);
  in_call--;

  return self;
}

void
line_call_free (LineCall *self)
{
  g_assert_cmpint (self->n_called, ==, 1);
  g_clear_pointer (&self->reply, g_bytes_unref);
  g_clear_error (&self->error);
  g_free (self->name);
  g_free (self);
}
