/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu-line.h"
#include "qemu-play.h"

/* ---------------------------------------------------------------- one call */

static void
test_sync (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("A synchronous call gets the whole reply, byte for byte");

  for (unsigned i = 0; i < 3; i++)
    {
      g_autoptr(LineJob) job = line_job_new (line, "query-status", 5000, NULL);
      gint64 id = line_hear (line, "query-status");
      g_autofree char *expected = g_strdup_printf ("{ \"return\" :{\"a\": [ 1,2] } , \"id\":%" G_GINT64_FORMAT "}", id);

      line_say (line, "%s\r\n", expected);
      line_job_join (job);
      g_assert_no_error (job->error);
      g_assert_cmpmem (g_bytes_get_data (job->reply, NULL), g_bytes_get_size (job->reply) + 1,
                       expected, strlen (expected) + 1);
    }
}

static void
test_async (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = line_call_new (line, "query-status", 5000, NULL);
  gint64 id = line_hear (line, "query-status");
  g_autofree char *expected = g_strdup_printf ("{\"id\": %" G_GINT64_FORMAT ", \"return\": {}}", id);

  g_test_summary ("An asynchronous call gets the whole reply, byte for byte, in the context it was made in");

  line_say (line, "%s\r\n", expected);
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  g_assert_no_error (call->error);
  g_assert_true (call->thread == g_thread_self ());
  g_assert_cmpmem (g_bytes_get_data (call->reply, NULL), g_bytes_get_size (call->reply) + 1,
                   expected, strlen (expected) + 1);
}

static void
test_written (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = line_call_new (line, "stop", 0, NULL);
  g_autofree char *text = line_hear_text (line);

  g_test_summary ("A command goes out at once, as it was given, on one line and with an id");

  g_assert_true (g_str_has_prefix (text, "{\"execute\":\"stop\""));
  qemu_test_assert_json (text, "{'execute': 'stop', 'id': 1}");
  line_say_reply (line, 1, "stop");
  QEMU_TEST_WAIT_UNTIL (call->n_called);
}

static void
test_error_reply (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineJob) job = line_job_new (line, "x", 5000, NULL);
  g_autoptr(LineCall) call = NULL;

  g_test_summary ("An error reply ends its call with QEMU's words, and the next call is fine");

  line_say (line, "{'id': %d, 'error': {'class': 'DeviceNotFound', 'desc': 'No disk'}}\r\n",
            (int) line_hear (line, "x"));
  line_job_join (job);
  g_assert_error (job->error, QEMU_ERROR, QEMU_ERROR_DEVICE_NOT_FOUND);
  g_assert_cmpstr (job->error->message, ==, "No disk");

  call = line_call_new (line, "y", 5000, NULL);
  line_say (line, "{'error': {'class': 'CommandNotFound', 'desc': 'Nothing'}, 'id': %d}\r\n",
            (int) line_hear (line, "y"));
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  g_assert_error (call->error, QEMU_ERROR, QEMU_ERROR_COMMAND_NOT_FOUND);

  g_clear_pointer (&call, line_call_free);
  call = line_call_new (line, "z", 5000, NULL);
  line_say_reply (line, line_hear (line, "z"), "z");
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  line_assert_reply (call->reply, "z");
}

static void
test_ids (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(GHashTable) ids = g_hash_table_new (NULL, NULL);

  g_test_summary ("No id is used twice, whether its call was answered, timed out or cancelled");

  for (unsigned i = 0; i < 60; i++)
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(LineCall) call = line_call_new (line, "x", i % 3 == 1 ? 1 : 0, cancellable);
      gint64 id = line_hear (line, "x");

      g_assert_true (g_hash_table_add (ids, GINT_TO_POINTER ((int) id)));
      if (i % 3 == 0)
        line_say_reply (line, id, "x");
      else if (i % 3 == 2)
        g_cancellable_cancel (cancellable);
      QEMU_TEST_WAIT_UNTIL (call->n_called);
    }
}

/* ---------------------------------------------------------------- framing */

#define EVENT                                                                                                \
  "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"A\", "                                   \
  "\"data\": {\"s\": \"}\\\"{[\\\\\"}}\r\n"
#define REPLY "{\"return\": {\"a\": [{}, []]}, \"id\": %" G_GINT64_FORMAT "}\r\n"
#define PRETTY_EVENT                                                                                         \
  "{\r\n    \"timestamp\": {\r\n        \"seconds\": 1795351180,\r\n        \"microseconds\": 57338\r\n    },\r\n"  \
  "    \"event\": \"A\",\r\n    \"data\": {\r\n        \"s\": \"}\\\"{[\\\\\"\r\n    }\r\n}\r\n"
#define PRETTY_REPLY                                                                                         \
  "{\r\n    \"return\": {\r\n        \"a\": [\r\n            {\r\n            },\r\n"                         \
  "            [\r\n            ]\r\n"                                                                         \
  "        ]\r\n    },\r\n    \"id\": %" G_GINT64_FORMAT "\r\n}\r\n"

static const struct
{
  const char *name;
  const char *text;             /* an event A, a reply, an event A; with the reply's id left out */
} streams[] = {
  { "plain", EVENT REPLY EVENT },
  { "pretty", PRETTY_EVENT PRETTY_REPLY PRETTY_EVENT },
};

static char *
fill_in (const char *text,
         gint64      id)
{
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, id);
  g_auto(GStrv) parts = g_strsplit (text, "%" G_GINT64_FORMAT, -1);

  return g_strjoinv (number, parts);
}

static void
test_split (gconstpointer data)
{
  const char *text = data;
  g_autofree char *sample = fill_in (text, 1);
  gsize length = strlen (sample);

  g_test_summary ("A stream may be cut anywhere, also between CR and LF; read by the owner's loop");

  for (gsize cut = 1; cut < length; cut++)
    {
      g_autoptr(Line) line = line_new ();
      g_autoptr(LineCall) call = line_call_new (line, "R", 5000, NULL);
      g_autofree char *stream = fill_in (text, line_hear (line, "R"));

      line_say_bytes (line, stream, cut);
      qemu_test_drain ();
      line_say_bytes (line, stream + cut, strlen (stream) - cut);
      QEMU_TEST_WAIT_UNTIL (line->n_events == 2);
      g_assert_cmpint (call->n_called, ==, 1);
      g_assert_no_error (call->error);
      g_assert_cmpstr (line->log->str, ==, "A R A ");
    }
}

static void
test_byte_by_byte (gconstpointer data)
{
  const char *text = data;
  g_autoptr(Line) line = line_new ();

  g_test_summary ("Each byte may come alone; read by the owner's loop");

  for (unsigned i = 0; i < 5; i++)
    {
      g_autoptr(LineCall) call = line_call_new (line, "R", 5000, NULL);
      g_autofree char *stream = fill_in (text, line_hear (line, "R"));

      for (const char *p = stream; *p != '\0'; p++)
        {
          line_say_bytes (line, p, 1);
          qemu_test_drain ();
        }
      g_assert_cmpint (call->n_called, ==, 1);
      g_assert_no_error (call->error);
      g_assert_cmpstr (line->log->str, ==, "A R A ");
      g_string_truncate (line->log, 0);
    }
}

static void
test_fed_to_sync (gconstpointer data)
{
  const char *text = data;

  g_test_summary ("A stream may come in pieces of any size; read by a synchronous caller");

  for (unsigned chunk = 1; chunk < 20; chunk += 3)
    {
      g_autofree char *raw = fill_in (text, 1);
      const QmpPlay steps[] = { { .expect = "R", .raw = raw, .chunk = chunk }, { 0 } };
      g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
      g_autoptr(GIOStream) stream = qemu_play_take_stream (play);
      g_autoptr(Line) line = line_new_for_stream (stream, -1);
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) reply = line_run (line, "R", 5000, NULL, &error);

      g_assert_no_error (error);
      g_assert_nonnull (reply);
      QEMU_TEST_WAIT_UNTIL (line->n_events == 2);
      line_drop_channel (line);
    }
}

static void
test_many_at_once (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) one = line_call_new (line, "1", 5000, NULL);
  g_autoptr(LineCall) two = line_call_new (line, "2", 5000, NULL);
  gint64 id_one = line_hear (line, "1"), id_two = line_hear (line, "2");
  g_autoptr(GString) text = g_string_new (NULL);

  g_test_summary ("Any number of messages in one piece come in order, events and replies alike");

  for (unsigned i = 0; i < 100; i++)
    g_string_append_printf (text, "{\"event\": \"E%u\"}\r\n", i);
  g_string_append_printf (text, "{\"return\": \"1\", \"id\": %d}\r\n{\"event\": \"B\"}\n", (int) id_one);
  g_string_append_printf (text, "{\"return\": \"2\", \"id\": %d}\r\n{\"event\": \"C\"}\r\n{\"eve", (int) id_two);
  line_say_bytes (line, text->str, text->len);
  QEMU_TEST_WAIT_UNTIL (line->n_events == 102);
  g_assert_true (g_str_has_prefix (line->log->str, "E0 E1 E2 "));
  g_assert_true (g_str_has_suffix (line->log->str, "E98 E99 1 B 2 C "));
  line_assert_reply (one->reply, "1");
  line_assert_reply (two->reply, "2");

  line_say (line, "nt': 'D'}\r\n");
  QEMU_TEST_WAIT_UNTIL (line->n_events == 103);
  g_assert_true (g_str_has_suffix (line->log->str, "C D "));
}

static void
test_sizes_around_buffers (void)
{
  static const gsize edges[] = { 128, 4096, 32768, 65536, 131072, 262144 };
  g_autoptr(Line) line = line_new ();

  g_test_summary ("Messages just below and above each size that matters inside come whole");

  for (unsigned i = 0; i < G_N_ELEMENTS (edges); i++)
    for (int difference = -60; difference <= 8; difference += 4)
      {
        g_autofree char *filling = g_strnfill (edges[i] + difference, 'x');
        g_autoptr(LineJob) job = line_job_new (line, "x", 5000, NULL);
        gint64 id = line_hear (line, "x");
        g_autofree char *expected = g_strdup_printf ("{\"return\": \"%s\", \"id\": %d}", filling, (int) id);
        g_autofree char *all = g_strdup_printf ("{\"event\": \"A\"}\r\n%s\r\n{\"event\": \"B\"}\r\n", expected);

        line_say_bytes (line, all, strlen (all));
        line_job_join (job);
        g_assert_no_error (job->error);
        g_assert_cmpmem (g_bytes_get_data (job->reply, NULL), g_bytes_get_size (job->reply) + 1,
                         expected, strlen (expected) + 1);
      }

  QEMU_TEST_WAIT_UNTIL (line->n_events == 2 * 18 * G_N_ELEMENTS (edges));
}

/* ---------------------------------------------------------------- what must end a connection */

static const struct
{
  const char *name;
  const char *bytes;
  gsize       length;
} garbage[] = {
  { "lone-ff", "\xff\n", 2 },
  { "ff-in-string", "{\"event\": \"\xff\"}\r\n", 16 },
  { "binary", "\x7f" "ELF\x02\x01\x01\x00\x00\n\x03\x00>\x00\n", 14 },
  { "nul", "\0\n", 2 },
  { "nul-inside", "{\"event\": \"A\0\"}\r\n", 17 },
  { "http", "HTTP/1.1 400 Bad Request\r\n", 26 },
  { "array", "[{\"event\": \"A\"}]\r\n", 18 },
  { "two-on-a-line", "{\"event\": \"A\"}{\"event\": \"B\"}\r\n", 30 },
  { "half", "{\"event\": \"A\"\r\n}}\r\n", 19 },
  { "id-twice", "{\"return\": {}, \"id\": 1, \"id\": 1}\r\n", 34 },
};

static void
test_garbage (gconstpointer data)
{
  const char *bytes = garbage[GPOINTER_TO_UINT (data)].bytes;
  gsize length = garbage[GPOINTER_TO_UINT (data)].length;
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = line_call_new (line, "x", 0, NULL);
  g_autoptr(LineCall) late = NULL;

  g_test_summary ("What is no QMP ends the connection with a clear error, and with it all that is pending, once");

  line_say_event (line, "BEFORE");
  line_say_bytes (line, bytes, length);
  line_say_event (line, "AFTER");
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  g_assert_error (line->closed_error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
  g_assert_cmpint (call->n_called, ==, 1);
  g_assert_error (call->error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
  g_assert_cmpstr (line->log->str, ==, "BEFORE x closed ");

  late = line_call_new (line, "late", 0, NULL);
  QEMU_TEST_WAIT_UNTIL (late->n_called);
  g_assert_error (late->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
}

static void
test_garbage_in_sync (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineJob) job = line_job_new (line, "x", 5000, NULL);

  g_test_summary ("A synchronous caller that reads what is no QMP fails, and the owner hears of it later");

  line_hear (line, "x");
  line_say (line, "{]}\r\n");
  line_job_join (job);
  g_assert_error (job->error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
  g_assert_cmpuint (line->n_closed, ==, 0);
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  g_assert_error (line->closed_error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
}

static void
test_brackets (void)
{
  static const char * const openings[] = { "[", "{\"a\":" };

  g_test_summary ("200,000 brackets inside each other are refused");

  for (unsigned i = 0; i < G_N_ELEMENTS (openings); i++)
    {
      g_autoptr(Line) line = line_new ();
      g_autoptr(GString) text = g_string_new ("{\"return\": ");

      for (unsigned n = 0; n < 200000; n++)
        g_string_append (text, openings[i]);
      g_string_append (text, "\r\n{\"event\": \"A\"}\r\n}\r\n");

      /* More than a socket takes: the loop has to read in between. */
      for (gsize sent = 0; sent < text->len && line->n_closed == 0; sent += 50000)
        {
          line_say_bytes (line, text->str + sent, MIN (50000, text->len - sent));
          qemu_test_drain ();
        }
      QEMU_TEST_WAIT_UNTIL (line->n_closed);
      g_assert_error (line->closed_error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
      g_assert_cmpuint (line->n_events, ==, 0);
    }
}

static void
test_max_message_size (void)
{
  g_test_summary ("A message of just the greatest size is read, one byte more ends the connection");

  for (unsigned excess = 0; excess < 2; excess++)
    {
      g_autoptr(Line) line = line_new_held (4096);
      g_autofree char *filling = g_strnfill (4096 - strlen ("{\"return\": \"\", \"id\": 1}") + excess, 'x');
      g_autoptr(LineCall) call = line_call_new (line, "x", 0, NULL);

      line_hear (line, "x");
      line_say (line, "{'return': '%s', 'id': 1}\r\n", filling);
      QEMU_TEST_WAIT_UNTIL (call->n_called);
      if (excess)
        qemu_test_assert_error_says (call->error, QEMU_ERROR, QEMU_ERROR_PROTOCOL, "4096");
      else
        g_assert_cmpuint (g_bytes_get_size (call->reply), ==, 4096);
    }
}

static void
test_endless_line (void)
{
  static const char * const beginnings[] = { "{\"event\": \"", "x", "{\n \"a\": 1,\n" };

  g_test_summary ("A message that does not end is not kept for ever");

  for (unsigned i = 0; i < G_N_ELEMENTS (beginnings); i++)
    {
      g_autoptr(Line) line = line_new_held (1 << 20);
      g_autofree char *filling = g_strnfill (16384, ' ');
      unsigned n;

      qemu_channel_release_events (line->channel);
      line_say_bytes (line, beginnings[i], strlen (beginnings[i]));
      for (n = 0; n < 1000 && line->n_closed == 0; n++)
        {
          line_say_bytes (line, filling, 16384);
          qemu_test_drain ();
        }
      g_assert_cmpuint (n, <, 100);
      g_assert_error (line->closed_error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
    }
}

/* ---------------------------------------------------------------- whose reply is it */

static void
test_unknown_id (void)
{
  static const char * const ids[] = {
    "0", "2", "99999", "9223372036854775807", "-1", "-2", "1.0", "'1'", "null", "{}"
  };
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = line_call_new (line, "x", 0, NULL);

  g_test_summary ("A reply with an id that was never sent goes to nobody");

  g_assert_cmpint (line_hear (line, "x"), ==, 1);
  for (unsigned i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      line_say (line, "{'return': 'foreign', 'id': %s}\r\n", ids[i]);
      line_say (line, "{'error': {'class': 'a', 'desc': 'foreign'}, 'id': %s}\r\n", ids[i]);
    }
  line_say (line, "{'return': 'no id'}\r\n");
  line_say_event (line, "E");
  QEMU_TEST_WAIT_UNTIL (line->n_events == 1);
  g_assert_cmpint (call->n_called, ==, 0);

  line_say_reply (line, 1, "x");
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  line_assert_reply (call->reply, "x");
}

static void
test_reply_twice (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) one = line_call_new (line, "1", 0, NULL);
  g_autoptr(LineCall) two = line_call_new (line, "2", 0, NULL);
  gint64 id_one = line_hear (line, "1"), id_two = line_hear (line, "2");

  g_test_summary ("A second reply to the same command goes to nobody");

  line_say_reply (line, id_one, "1");
  line_say_reply (line, id_one, "again");
  line_say (line, "{'error': {'class': 'a', 'desc': 'b'}, 'id': %d}\r\n", (int) id_one);
  line_say_reply (line, id_two, "2");
  QEMU_TEST_WAIT_UNTIL (two->n_called);
  line_assert_reply (one->reply, "1");
  line_assert_reply (two->reply, "2");
}

static void
test_reordered (void)
{
  LineCall *calls[50];
  gint64 ids[50];
  g_autoptr(Line) line = line_new ();

  g_test_summary ("Replies in any order go where they belong");

  for (unsigned i = 0; i < 50; i++)
    {
      g_autofree char *name = g_strdup_printf ("c%u", i);

      calls[i] = line_call_new (line, name, 0, NULL);
      ids[i] = line_hear (line, name);
    }
  for (unsigned i = 0; i < 50; i++)
    line_say_reply (line, ids[(i * 7 + 3) % 50], calls[(i * 7 + 3) % 50]->name);
  QEMU_TEST_WAIT_UNTIL (calls[(49 * 7 + 3) % 50]->n_called);
  for (unsigned i = 0; i < 50; i++)
    {
      line_assert_reply (calls[i]->reply, calls[i]->name);
      line_call_free (calls[i]);
    }
}

static void
test_error_without_id (void)
{
  g_test_summary ("An error without an id is that of the oldest command in flight, if there is one");

  for (unsigned n_calls = 0; n_calls <= 3; n_calls++)
    {
      g_autoptr(Line) line = line_new ();
      LineCall *calls[3];

      for (unsigned i = 0; i < n_calls; i++)
        calls[i] = line_call_new (line, "x", 0, NULL);
      for (unsigned i = 0; i < n_calls; i++)
        g_assert_cmpint (line_hear (line, "x"), ==, i + 1);

      line_say (line, "{'error': {'class': 'GenericError', 'desc': 'JSON parse error'}}\r\n");
      line_say_event (line, "E");
      QEMU_TEST_WAIT_UNTIL (line->n_events == 1);
      g_assert_cmpuint (line->n_closed, ==, 0);

      for (unsigned i = 0; i < n_calls; i++)
        {
          g_assert_cmpint (calls[i]->n_called, ==, i == 0);
          if (i > 0)
            line_say_reply (line, i + 1, "x");
        }
      if (n_calls > 0)
        {
          g_assert_error (calls[0]->error, QEMU_ERROR, QEMU_ERROR_GENERIC);
          g_assert_cmpstr (calls[0]->error->message, ==, "JSON parse error");
          QEMU_TEST_WAIT_UNTIL (calls[n_calls - 1]->n_called);
        }
      for (unsigned i = 0; i < n_calls; i++)
        {
          if (i > 0)
            line_assert_reply (calls[i]->reply, "x");
          line_call_free (calls[i]);
        }
    }
}

static void
test_messages_of_tomorrow (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = line_call_new (line, "x", 0, NULL);

  g_test_summary ("Messages and members that are not known yet are passed over");

  line_hear (line, "x");
  line_say (line, "{}\r\n{'x-note': 'hello', 'id': 1}\r\n{'event': null}\r\n\r\n\n");
  line_say (line, "{'return': 'x', 'id': 1, 'x-more': [1, 2]}\r\n");
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  line_assert_reply (call->reply, "x");
}

/* ---------------------------------------------------------------- greeting and events */

static void
test_greeting (void)
{
  g_autoptr(Line) line = line_new_held (LINE_MAX_MESSAGE_SIZE);
  g_autoptr(LineCall) call = line_call_new (line, "x", 0, NULL);
  g_autoptr(GBytes) none = qemu_channel_dup_greeting (line->channel);
  g_autoptr(GBytes) greeting = NULL;

  g_test_summary ("The greeting is kept as long as the channel is not in use; it is neither an event nor a reply");

  g_assert_null (none);
  line_say (line, "{'QMP': {'version': {}}}\r\n");
  line_hear (line, "x");
  line_say_reply (line, 1, "x");
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  greeting = qemu_channel_dup_greeting (line->channel);
  g_assert_nonnull (greeting);
  g_assert_cmpstr (g_bytes_get_data (greeting, NULL), ==, "{\"QMP\": {\"version\": {}}}");
  qemu_channel_release_events (line->channel);
  g_assert_null (qemu_channel_dup_greeting (line->channel));
}

static void
test_events_wait (void)
{
  g_autoptr(Line) line = line_new_held (LINE_MAX_MESSAGE_SIZE);
  g_autoptr(LineCall) call = line_call_new (line, "x", 0, NULL);

  g_test_summary ("Events wait until they are released, and come in order then");

  line_hear (line, "x");
  for (unsigned i = 0; i < 50; i++)
    line_say_event (line, "E");
  line_say_reply (line, 1, "x");
  line_say_event (line, "F");
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  qemu_test_drain ();
  g_assert_cmpuint (line->n_events, ==, 0);

  line_say_event (line, "G");
  qemu_channel_release_events (line->channel);
  g_assert_cmpuint (line->n_events, ==, 0);
  QEMU_TEST_WAIT_UNTIL (line->n_events == 52);
  g_assert_true (g_str_has_suffix (line->log->str, " E E F G "));
}

static void
test_closed_is_last (void)
{
  g_autoptr(Line) line = line_new_held (LINE_MAX_MESSAGE_SIZE);

  g_test_summary ("Events that waited are not delivered after the end has been told, which waits for them");

  line_say_event (line, "E");
  line_hang_up (line);
  qemu_test_drain ();
  qemu_channel_release_events (line->channel);
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  qemu_test_drain ();
  g_assert_cmpstr (line->log->str, ==, "E closed ");
}

static void
test_flood (void)
{
  static const char *command = "{\"execute\":\"x-flood\",\"arguments\":{\"count\":100000}";
  g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_NONE);
  g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
  g_autoptr(Line) line = line_new_for_stream (stream, -1);
  g_autoptr(LineCall) middle = NULL;
  g_autoptr(GError) error = NULL;
  gsize before = qemu_test_get_resident_kib ();
  gsize peak = before;

  g_test_summary ("100,000 events at once: a command in the middle is answered, and memory stays bounded");

  qemu_channel_run_async (line->channel, command, strlen (command), 0, NULL,
                          (QemuChannelReplyFunc) (void (*) (void)) g_bytes_unref, NULL);
  while (line->n_events < 100000)
    {
      unsigned n = line->n_events;

      QEMU_TEST_WAIT_UNTIL (line->n_events > n);
      if (middle == NULL && n > 1000)
        middle = line_call_new (line, "x-echo", 0, NULL);
      peak = MAX (peak, qemu_test_get_resident_kib ());
    }
  QEMU_TEST_WAIT_UNTIL (middle->n_called);
  g_assert_no_error (middle->error);
  g_assert_cmpuint (peak - before, <, 8192);
  line_drop_channel (line);
}

static void
test_flood_without_loop (void)
{
  static const char *command = "{\"execute\":\"x-flood\",\"arguments\":{\"count\":100000}";
  g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_NONE);
  g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
  g_autoptr(QemuTransport) transport = qemu_transport_new (stream, NULL);
  gsize before, peak;

  static const QemuChannelFuncs funcs = { NULL, NULL };
  QemuChannel *channel = qemu_channel_new (g_steal_pointer (&transport), g_main_context_default (), 65536, &funcs,
                                           NULL, NULL);

  g_test_summary ("Events that no loop ever delivers do not fill the memory, and no reply is lost among them");

  before = qemu_test_get_resident_kib ();
  for (unsigned i = 0; i < 3; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) reply = qemu_channel_run (channel, command, strlen (command), 60000, NULL, &error);

      g_assert_no_error (error);
    }
  peak = qemu_test_get_resident_kib ();
  g_assert_cmpuint (peak - before, <, 4096);
  qemu_channel_detach (channel);
  qemu_channel_unref (channel);
  qemu_test_drain ();
}

static void
test_flood_keeps_newest (void)
{
  g_autoptr(Line) line = line_new_held (65536);

  g_test_summary ("Of the events that are too many the oldest go");

  qemu_channel_release_events (line->channel);
  for (unsigned i = 0; i < 40; i++)
    {
      g_autoptr(LineJob) job = line_job_new (line, "x", 5000, NULL);
      gint64 id = line_hear (line, "x");

      for (unsigned n = 0; n < 50; n++)
        line_say (line, "{'event': 'E%u'}\r\n", i * 50 + n);
      line_say_reply (line, id, "x");
      line_job_join (job);
      g_assert_no_error (job->error);
    }
  QEMU_TEST_WAIT_UNTIL (g_str_has_suffix (line->log->str, "E1998 E1999 "));
  g_assert_cmpuint (line->n_events, <, 1999);
  g_assert_cmpuint (line->n_events, >, 100);
  g_assert_false (g_str_has_prefix (line->log->str, "E0 "));
}

/* ---------------------------------------------------------------- streams that are no sockets */

static Line *
line_new_with_pipes (int far[2])
{
  int to_us[2], to_peer[2];
  g_autoptr(GInputStream) input = NULL;
  g_autoptr(GOutputStream) output = NULL;
  g_autoptr(GIOStream) stream = NULL;

  g_assert_true (g_unix_open_pipe (to_us, FD_CLOEXEC, NULL));
  g_assert_true (g_unix_open_pipe (to_peer, FD_CLOEXEC, NULL));
  input = g_unix_input_stream_new (to_us[0], TRUE);
  output = g_unix_output_stream_new (to_peer[1], TRUE);
  stream = g_simple_io_stream_new (input, output);
  far[0] = to_peer[0];
  far[1] = to_us[1];

  return line_new_for_stream (stream, -1);
}

/* Answers all it hears, until the end. */
static gpointer
pipe_peer_thread (gpointer data)
{
  int *fds = data;
  g_autoptr(GString) input = g_string_new (NULL);
  char buffer[4096];
  gssize n;

  while ((n = read (fds[0], buffer, sizeof buffer)) > 0)
    {
      char *end;

      g_string_append_len (input, buffer, n);
      while ((end = strchr (input->str, '\n')) != NULL)
        {
          const char *id = g_strstr_len (input->str, end - input->str, "\"id\":");
          g_autofree char *text = g_strdup_printf ("{\"event\": \"E\"}\r\n{\"return\": \"x\", \"id\": %d}\r\n",
                                                   atoi (id + 5));

          g_assert_cmpint (write (fds[1], text, strlen (text)), ==, strlen (text));
          g_string_erase (input, 0, end + 1 - input->str);
        }
    }
  close (fds[0]);
  close (fds[1]);

  return NULL;
}

static void
test_pipes (void)
{
  int far[2];
  g_autoptr(Line) line = line_new_with_pipes (far);
  GThread *peer = g_thread_new ("peer", pipe_peer_thread, far);
  g_autoptr(LineCall) call = NULL;
  g_autoptr(LineJob) job = NULL;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *big = g_strnfill (300000, 'x');
  g_autoptr(LineCall) big_call = NULL;

  g_test_summary ("A pair of pipes serves as well as a socket does");

  for (unsigned i = 0; i < 20; i++)
    line_run_ok (line, "x");
  call = line_call_new (line, "x", 5000, NULL);
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  line_assert_reply (call->reply, "x");
  QEMU_TEST_WAIT_UNTIL (line->n_events == 21);

  /* With a loop that sleeps meanwhile. */
  job = line_job_new (line, "x", 5000, cancellable);
  QEMU_TEST_WAIT_UNTIL (g_atomic_int_get (&job->done));
  g_assert_no_error (job->error);

  /* More than a pipe holds. */
  big_call = line_call_new (line, big, 5000, NULL);
  QEMU_TEST_WAIT_UNTIL (big_call->n_called);
  g_assert_no_error (big_call->error);
  {
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) reply = line_run (line, big, 5000, NULL, &error);

    g_assert_no_error (error);
    line_assert_reply (reply, "x");
  }
  line_run_ok (line, "x");

  line_drop_channel (line);
  g_thread_join (peer);
}

static void
test_pipes_end (void)
{
  int far[2];
  g_autoptr(Line) line = line_new_with_pipes (far);
  g_autoptr(LineCall) call = line_call_new (line, "x", 0, NULL);
  g_autoptr(LineJob) job = line_job_new (line, "y", 0, NULL);

  g_test_summary ("The end of a pipe is the end of the connection");

  close (far[1]);
  QEMU_TEST_WAIT_UNTIL (line->n_closed && call->n_called && g_atomic_int_get (&job->done));
  g_assert_error (line->closed_error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_error (call->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_error (job->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  close (far[0]);
}

static void
test_pipes_cannot_write (void)
{
  int far[2];
  g_autoptr(Line) line = line_new_with_pipes (far);
  g_autoptr(LineCall) call = NULL;

  g_test_summary ("A peer that does not listen any more ends the connection, and not the program");

  close (far[0]);
  call = line_call_new (line, "x", 0, NULL);
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  g_assert_error (line->closed_error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_error (call->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  close (far[1]);
}

static void
test_pipes_closed_by_us (void)
{
  int far[2];
  g_autoptr(Line) line = line_new_with_pipes (far);
  g_autoptr(LineJob) job = line_job_new (line, "x", 0, NULL);
  char buffer[100];

  g_test_summary ("Closing ends a synchronous call that waits on a pipe");

  g_assert_cmpint (read (far[0], buffer, sizeof buffer), >, 0);
  qemu_channel_close (line->channel, NULL);
  line_job_join (job);
  g_assert_error (job->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  g_assert_no_error (line->closed_error);

  /* The descriptors are closed, too. */
  g_assert_cmpint (read (far[0], buffer, sizeof buffer), ==, 0);
  close (far[0]);
  close (far[1]);
}

static void
test_pipes_full (void)
{
  int far[2];
  g_autoptr(Line) line = line_new_with_pipes (far);
  g_autofree char *big = g_strnfill (300000, 'x');
  g_autoptr(LineCall) big_call = line_call_new (line, big, 1, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = NULL;

  g_test_summary ("A full pipe of a peer that does not read makes nobody wait for longer than he said");

  QEMU_TEST_WAIT_UNTIL (big_call->n_called);
  g_assert_error (big_call->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  reply = line_run (line, "x", 1, NULL, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  close (far[0]);
  close (far[1]);
}

static void
test_unusable_streams (void)
{
  g_autoptr(GInputStream) input = g_memory_input_stream_new ();
  g_autoptr(GOutputStream) output = g_memory_output_stream_new_resizable ();
  g_autoptr(GDataInputStream) filter = g_data_input_stream_new (input);
  g_autoptr(GIOStream) unpollable = g_simple_io_stream_new (G_INPUT_STREAM (filter), output);
  g_autoptr(GIOStream) closed = NULL;
  g_autoptr(GError) error = NULL;
  int far;

  g_test_summary ("A stream that cannot be polled, and one that is closed already, are refused");

  g_assert_null (qemu_transport_new (unpollable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);

  closed = qemu_test_stream_pair (&far);
  g_assert_true (g_io_stream_close (closed, NULL, NULL));
  g_assert_null (qemu_transport_new (closed, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  close (far);
}

/* ---------------------------------------------------------------- the log */

static void
test_log_child (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = NULL;
  g_autoptr(LineCall) secret = NULL;

  call = line_call_new (line, "query-something", 0, NULL);
  line_hear (line, "query-something");
  line_say (line, "{'return': 'something', 'id': 1}\r\n");
  secret = line_call_new (line, "object-add\",\"arguments\":{\"qom-type\":\"secret\",\"data\":\"hunter2\"},\"x\":\"",
                          0, NULL);
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  line_say (line, "{'return': {'password': 'hunter2'}, 'id': 2}\r\n");
  QEMU_TEST_WAIT_UNTIL (secret->n_called);
}

static void
test_log (void)
{
  g_test_summary ("The wire log shows each message, and no secret");

  g_setenv ("G_MESSAGES_DEBUG", "Qemu-wire", TRUE);
  g_test_trap_subprocess ("/channel/log/subprocess", 0, 0);
  g_unsetenv ("G_MESSAGES_DEBUG");
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*query-something*");
  g_test_trap_assert_stdout ("*\"something\"*");
  g_test_trap_assert_stdout_unmatched ("*hunter2*");
}

static void
test_no_log (void)
{
  g_test_summary ("Without being asked for, nothing is logged");

  g_unsetenv ("G_MESSAGES_DEBUG");
  g_test_trap_subprocess ("/channel/log/subprocess", 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout_unmatched ("*query-something*");
}

int
main (int   argc,
      char *argv[])
{
  qemu_test_init (&argc, &argv);

  g_test_add_func ("/channel/sync", test_sync);
  g_test_add_func ("/channel/async", test_async);
  g_test_add_func ("/channel/written", test_written);
  g_test_add_func ("/channel/error-reply", test_error_reply);
  g_test_add_func ("/channel/ids", test_ids);

  for (unsigned i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      g_autofree char *split = g_strdup_printf ("/channel/split/%s", streams[i].name);
      g_autofree char *bytes = g_strdup_printf ("/channel/byte-by-byte/%s", streams[i].name);
      g_autofree char *fed = g_strdup_printf ("/channel/fed-to-sync/%s", streams[i].name);

      g_test_add_data_func (split, streams[i].text, test_split);
      g_test_add_data_func (bytes, streams[i].text, test_byte_by_byte);
      g_test_add_data_func (fed, streams[i].text, test_fed_to_sync);
    }
  g_test_add_func ("/channel/many-at-once", test_many_at_once);
  g_test_add_func ("/channel/sizes-around-buffers", test_sizes_around_buffers);

  for (unsigned i = 0; i < G_N_ELEMENTS (garbage); i++)
    {
      g_autofree char *path = g_strdup_printf ("/channel/garbage/%s", garbage[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_garbage);
    }
  g_test_add_func ("/channel/garbage-in-sync", test_garbage_in_sync);
  g_test_add_func ("/channel/brackets", test_brackets);
  g_test_add_func ("/channel/max-message-size", test_max_message_size);
  g_test_add_func ("/channel/endless-line", test_endless_line);

  g_test_add_func ("/channel/unknown-id", test_unknown_id);
  g_test_add_func ("/channel/reply-twice", test_reply_twice);
  g_test_add_func ("/channel/reordered", test_reordered);
  g_test_add_func ("/channel/error-without-id", test_error_without_id);
  g_test_add_func ("/channel/messages-of-tomorrow", test_messages_of_tomorrow);

  g_test_add_func ("/channel/greeting", test_greeting);
  g_test_add_func ("/channel/events-wait", test_events_wait);
  g_test_add_func ("/channel/closed-is-last", test_closed_is_last);
  g_test_add_func ("/channel/flood", test_flood);
  g_test_add_func ("/channel/flood-without-loop", test_flood_without_loop);
  g_test_add_func ("/channel/flood-keeps-newest", test_flood_keeps_newest);

  g_test_add_func ("/channel/pipes", test_pipes);
  g_test_add_func ("/channel/pipes-end", test_pipes_end);
  g_test_add_func ("/channel/pipes-cannot-write", test_pipes_cannot_write);
  g_test_add_func ("/channel/pipes-closed-by-us", test_pipes_closed_by_us);
  g_test_add_func ("/channel/pipes-full", test_pipes_full);
  g_test_add_func ("/channel/unusable-streams", test_unusable_streams);

  g_test_add_func ("/channel/log", test_log);
  g_test_add_func ("/channel/no-log", test_no_log);
  g_test_add_func ("/channel/log/subprocess", test_log_child);

  return g_test_run ();
}
