/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu-line.h"
#include "qemu-play.h"

/* Long enough never to be reached by a test that passes. */
#define LONG (QEMU_TEST_DEADLINE_SECONDS * 1000)
/* Short enough to be waited for, long enough for other threads to do what they are to do meanwhile. */
#define SHORT 60

/* ---------------------------------------------------------------- deadlines and cancellables */

static void
test_cancelled_before (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LineCall) call = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Of a call that is cancelled before it begins, nothing is sent");

  g_cancellable_cancel (cancellable);
  g_assert_null (line_run (line, "x", LONG, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  call = line_call_new (line, "x", LONG, cancellable);
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  g_assert_error (call->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (line_is_silent (line));
}

static void
test_cancelled_during (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LineCall) call = line_call_new (line, "x", LONG, cancellable);
  g_autoptr(LineCall) next = NULL;

  g_test_summary ("Cancelling ends the wait at once, the late reply goes to nobody, and the connection stays usable");

  g_cancellable_cancel (cancellable);
  g_assert_cmpint (call->n_called, ==, 0);
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  g_assert_error (call->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  next = line_call_new (line, "y", LONG, NULL);
  line_say_reply (line, line_hear (line, "x"), "late");
  line_say_reply (line, line_hear (line, "y"), "y");
  QEMU_TEST_WAIT_UNTIL (next->n_called);
  line_assert_reply (next->reply, "y");
}

static void
test_sync_cancelled_during (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("A synchronous call ends when another thread cancels it; its late reply goes to nobody");

  for (unsigned i = 0; i < 20; i++)
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(LineJob) job = line_job_new (line, "x", LONG, cancellable);
      g_autoptr(LineJob) next = NULL;
      gint64 id = line_hear (line, "x");

      g_cancellable_cancel (cancellable);
      line_job_join (job);
      g_assert_error (job->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

      next = line_job_new (line, "y", LONG, NULL);
      line_say_reply (line, id, "late");
      line_say_reply (line, line_hear (line, "y"), "y");
      line_job_join (next);
      line_assert_reply (next->reply, "y");
    }
}

static void
test_cancelled_after (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LineCall) call = line_call_new (line, "x", LONG, cancellable);
  g_autoptr(LineCall) other = line_call_new (line, "y", LONG, NULL);

  g_test_summary ("Cancelling after the reply does nothing, also when the reply has been read and not delivered yet");

  line_hear (line, "x");
  line_hear (line, "y");
  line_say_reply (line, 1, "x");
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  g_cancellable_cancel (cancellable);
  line_say_reply (line, 2, "y");
  QEMU_TEST_WAIT_UNTIL (other->n_called);
  line_assert_reply (call->reply, "x");
  line_assert_reply (other->reply, "y");
}

static void
test_cancellable_shared (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  LineCall *calls[3];

  g_test_summary ("A cancellable may be shared: those calls end that are pending");

  for (unsigned i = 0; i < 3; i++)
    calls[i] = line_call_new (line, "x", LONG, cancellable);
  line_say_reply (line, line_hear (line, "x"), "x");
  QEMU_TEST_WAIT_UNTIL (calls[0]->n_called);
  g_cancellable_cancel (cancellable);
  QEMU_TEST_WAIT_UNTIL (calls[1]->n_called && calls[2]->n_called);
  line_assert_reply (calls[0]->reply, "x");
  g_assert_error (calls[1]->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_error (calls[2]->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  for (unsigned i = 0; i < 3; i++)
    line_call_free (calls[i]);
}

static void
test_timed_out (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = line_call_new (line, "x", SHORT, NULL);
  g_autoptr(LineCall) next = NULL;
  g_autoptr(GError) error = NULL;
  gint64 begin = g_get_monotonic_time ();

  g_test_summary ("A deadline ends the call and not the connection; the late reply goes to nobody");

  QEMU_TEST_WAIT_UNTIL (call->n_called);
  g_assert_error (call->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, SHORT * 1000);

  begin = g_get_monotonic_time ();
  g_assert_null (line_run (line, "y", SHORT, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, SHORT * 1000);

  next = line_call_new (line, "z", LONG, NULL);
  line_say_reply (line, line_hear (line, "x"), "late");
  line_say_reply (line, line_hear (line, "y"), "late");
  line_say_reply (line, line_hear (line, "z"), "z");
  QEMU_TEST_WAIT_UNTIL (next->n_called);
  line_assert_reply (next->reply, "z");
}

static void
test_deadlines_in_order (void)
{
  static const unsigned timeouts[] = { 240, 60, 180, 120, 0, LONG };
  LineCall *calls[G_N_ELEMENTS (timeouts)];
  g_autoptr(Line) line = line_new ();

  g_test_summary ("Each call has its own deadline, in whatever order they were begun");

  for (unsigned i = 0; i < G_N_ELEMENTS (timeouts); i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", timeouts[i]);

      calls[i] = line_call_new (line, name, timeouts[i], NULL);
    }
  QEMU_TEST_WAIT_UNTIL (calls[0]->n_called);
  g_assert_cmpstr (line->log->str, ==, "t60 t120 t180 t240 ");
  for (unsigned i = 0; i < 4; i++)
    g_assert_error (calls[i]->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  line_say_reply (line, 5, "t0");
  line_say_reply (line, 6, calls[5]->name);
  QEMU_TEST_WAIT_UNTIL (calls[5]->n_called);
  line_assert_reply (calls[4]->reply, "t0");
  for (unsigned i = 0; i < G_N_ELEMENTS (timeouts); i++)
    line_call_free (calls[i]);
}

static void
test_each_of_a_hundred_cancelled (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("With a hundred calls in flight, cancelling any one leaves the others alone");

  for (unsigned victim = 0; victim < 100; victim++)
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      LineCall *calls[100];
      gint64 ids[100];

      for (unsigned i = 0; i < 100; i++)
        {
          g_autofree char *name = g_strdup_printf ("c%u", i);

          calls[i] = line_call_new (line, name, LONG, i == victim ? cancellable : NULL);
        }
      g_cancellable_cancel (cancellable);
      for (unsigned i = 0; i < 100; i++)
        ids[i] = line_hear (line, calls[i]->name);
      for (unsigned i = 0; i < 100; i++)
        line_say_reply (line, ids[i], calls[i]->name);
      QEMU_TEST_WAIT_UNTIL (calls[99]->n_called && calls[victim]->n_called && calls[98]->n_called);
      for (unsigned i = 0; i < 100; i++)
        {
          if (i == victim)
            g_assert_error (calls[i]->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          else
            line_assert_reply (calls[i]->reply, calls[i]->name);
          line_call_free (calls[i]);
        }
    }
}

static void
gone_cb (gpointer  data,
         GObject  *object)
{
  int *n_alive = data;

  (*n_alive)--;
}

static void
test_cancellables_are_let_go (void)
{
  g_autoptr(Line) line = line_new ();
  int n_alive = 0;

  g_test_summary ("No call keeps its cancellable: not when answered, cancelled, timed out, or cut off");

  for (unsigned i = 0; i < 40; i++)
    {
      GCancellable *cancellable = g_cancellable_new ();
      g_autoptr(LineCall) call = NULL;

      g_object_weak_ref (G_OBJECT (cancellable), gone_cb, &n_alive);
      n_alive++;
      call = line_call_new (line, "x", i % 4 == 2 ? 1 : LONG, cancellable);
      if (i % 4 == 0)
        line_say_reply (line, line_hear (line, "x"), "x");
      else if (i % 4 == 1)
        g_cancellable_cancel (cancellable);
      else if (i == 39)
        line_hang_up (line);
      else if (i % 4 == 3)
        line_say (line, "{'error': {'class': 'a', 'desc': 'b'}}\r\n");
      g_object_unref (cancellable);
      QEMU_TEST_WAIT_UNTIL (call->n_called);
      g_assert_cmpint (n_alive, ==, 0);
      while (line->far >= 0 && !line_is_silent (line))
        line_hear (line, "x");
    }
}

static void
test_sync_cancellables_are_let_go (void)
{
  g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_NONE);
  g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
  g_autoptr(Line) line = line_new_for_stream (stream, -1);

  g_test_summary ("No synchronous call keeps its cancellable");

  for (unsigned i = 0; i < 20; i++)
    {
      GCancellable *cancellable = g_cancellable_new ();
      g_autoptr(GBytes) reply = line_run (line, i % 2 ? "x-echo" : "x-silent", i % 2 ? LONG : 1, cancellable, NULL);

      g_assert_true ((reply != NULL) == i % 2);
      g_assert_finalize_object (cancellable);
    }
  line_drop_channel (line);
}

static void
test_handlers_are_let_go (void)
{
  g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_NONE);
  g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
  g_autoptr(Line) line = line_new_for_stream (stream, -1);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  unsigned cancelled = g_signal_lookup ("cancelled", G_TYPE_CANCELLABLE);

  g_test_summary ("A cancellable that serves many calls is left as it was: nothing piles up on it");

  for (unsigned i = 0; i < 10; i++)
    {
      g_autoptr(GBytes) reply = line_run (line, i % 2 ? "x-echo" : "x-silent", i % 2 ? LONG : 1, cancellable, NULL);
      g_autoptr(LineCall) call = line_call_new (line, i % 2 ? "x-echo" : "x-silent", i % 2 ? LONG : 1, cancellable);

      QEMU_TEST_WAIT_UNTIL (call->n_called);
      g_assert_false (g_signal_has_handler_pending (cancellable, cancelled, 0, TRUE));
    }
  line_drop_channel (line);
}

/* ---------------------------------------------------------------- the order of things */

static void
test_wire_order (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) one = line_call_new (line, "1", LONG, NULL);
  g_autoptr(LineCall) two = line_call_new (line, "2", LONG, NULL);
  g_autoptr(LineJob) job = line_job_new (line, "sync", LONG, NULL);

  g_test_summary ("Events and replies come in the order of the wire, also when a synchronous call has read them");

  line_hear (line, "1");
  line_hear (line, "2");
  g_assert_cmpint (line_hear (line, "sync"), ==, 3);
  line_say_event (line, "A");
  line_say_reply (line, 1, "1");
  line_say_event (line, "B");
  line_say_event (line, "C");
  line_say_reply (line, 2, "2");
  line_say_event (line, "D");
  line_say_reply (line, 3, "sync");
  line_say_event (line, "E");
  line_job_join (job);
  line_assert_reply (job->reply, "sync");
  g_assert_cmpstr (line->log->str, ==, "");
  QEMU_TEST_WAIT_UNTIL (line->n_events == 5);
  g_assert_cmpstr (line->log->str, ==, "A 1 B C 2 D E ");
}

typedef struct
{
  Line     *line;
  LineCall *call;
  gboolean  done;
} Inside;

/* What a synchronous call reads for others must not call back inside it: callbacks check that. */
static gboolean
run_inside_cb (gpointer data)
{
  Inside *inside = data;

  line_say_reply (inside->line, 1, "async");
  line_say_event (inside->line, "E");
  line_say_reply (inside->line, 2, "sync");
  line_run_ok (inside->line, "sync");
  g_assert_cmpint (inside->call->n_called, ==, 0);
  inside->done = TRUE;

  return G_SOURCE_REMOVE;
}

static void
test_nothing_calls_back_inside (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = line_call_new (line, "async", LONG, NULL);
  Inside inside = { line, call };

  g_test_summary ("Inside a synchronous call nothing calls back, also when it is made from a callback");

  g_idle_add (run_inside_cb, &inside);
  QEMU_TEST_WAIT_UNTIL (call->n_called && line->n_events);
  g_assert_true (inside.done);
}

static gpointer
foreign_inside_thread (gpointer data)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(GSource) idle = g_idle_source_new ();
  Inside inside = { data };

  g_main_context_push_thread_default (context);
  inside.call = line_call_new (data, "async", LONG, NULL);
  g_source_set_callback (idle, run_inside_cb, &inside, NULL);
  g_source_attach (idle, context);
  QEMU_TEST_WAIT_UNTIL (inside.call->n_called);
  g_assert_true (inside.done);
  line_assert_reply (inside.call->reply, "async");
  line_call_free (inside.call);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_nothing_calls_back_inside_elsewhere (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("… nor in a thread with a context of its own");

  g_thread_join (g_thread_new ("foreign", foreign_inside_thread, line));
  QEMU_TEST_WAIT_UNTIL (line->n_events);
}

static void
nest_hook (gpointer data)
{
  Line *line = data;

  if (line->n_events == 1)
    {
      QEMU_TEST_WAIT_UNTIL (line->n_events == 4);
      g_string_append (line->log, "nested ");
    }
}

static void
test_nested_loop (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("A handler may run a loop of its own: what waits behind its event comes there");

  line->event_hook = nest_hook;
  line_say (line, "{'event': 'A'}\n{'event': 'B'}\n{'event': 'C'}\n{'event': 'D'}\n");
  QEMU_TEST_WAIT_UNTIL (g_str_has_suffix (line->log->str, "nested "));
  g_assert_cmpstr (line->log->str, ==, "A B C D nested ");
}

static void
nest_for_wire_hook (gpointer data)
{
  Line *line = data;

  if (line->n_events == 1)
    {
      g_autoptr(LineCall) call = line_call_new (line, "inner", LONG, NULL);

      line_say_reply (line, line_hear (line, "inner"), "inner");
      line_say_event (line, "B");
      QEMU_TEST_WAIT_UNTIL (call->n_called && line->n_events == 2);
      g_string_append (line->log, "nested ");
    }
}

static void
test_nested_loop_reads (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(Line) other = line_new ();

  g_test_summary ("… and what arrives only then, also for other channels of the context");

  line->event_hook = nest_for_wire_hook;
  line_say_event (line, "A");
  line_say_event (other, "O");
  QEMU_TEST_WAIT_UNTIL (other->n_events && g_str_has_suffix (line->log->str, "nested "));
  g_assert_cmpstr (line->log->str, ==, "A inner B nested ");
}

static LineCall *chain[6];

static void
chain_hook (gpointer data)
{
  LineCall *call = data;

  for (unsigned i = 0; i + 1 < G_N_ELEMENTS (chain); i++)
    if (chain[i] == call)
      {
        chain[i + 1] = line_call_new (call->line, "next", LONG, NULL);
        chain[i + 1]->hook = chain_hook;
        line_say_reply (call->line, line_hear (call->line, "next"), "next");
        QEMU_TEST_WAIT_UNTIL (chain[i + 1]->n_called);
      }
}

static void
test_calls_from_callbacks (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("A callback may begin the next call and wait for it, five times deep");

  memset (chain, 0, sizeof chain);
  chain[0] = line_call_new (line, "first", LONG, NULL);
  chain[0]->hook = chain_hook;
  line_say_reply (line, line_hear (line, "first"), "first");
  QEMU_TEST_WAIT_UNTIL (chain[5] != NULL && chain[5]->n_called);
  for (unsigned i = 0; i < G_N_ELEMENTS (chain); i++)
    line_call_free (chain[i]);
}

static void
sync_hook (gpointer data)
{
  Line *line = data;

  if (line->n_events <= 3)
    {
      line_say_reply (line, line->n_events, "sync");
      line_say_event (line, "M");
      line_run_ok (line, "sync");
      g_assert_cmpint (line_hear (line, "sync"), ==, line->n_events);
    }
}

static void
test_sync_in_event_handler (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("A handler of an event may make a synchronous call");

  line->event_hook = sync_hook;
  line_say_event (line, "A");
  QEMU_TEST_WAIT_UNTIL (line->n_events == 4);
  g_assert_cmpstr (line->log->str, ==, "A M M M ");
}

/* ---------------------------------------------------------------- what only asks may wait for others */

static GPtrArray *asked;

static void
ask (Line       *line,
     const char *name)
{
  g_ptr_array_add (asked, line_call_new (line, name, LONG, NULL));
}

static void
ask_with_file (Line       *line,
               const char *name)
{
  g_ptr_array_add (asked, line_call_new_with_file (line, name, open ("/dev/null", O_RDWR | O_CLOEXEC), LONG, NULL));
}

static void
wait_for_answers (void)
{
  for (unsigned i = 0; i < asked->len; i++)
    QEMU_TEST_WAIT_UNTIL (((LineCall *) asked->pdata[i])->n_called);
}

static void
assert_heard (Line       *line,
              const char *name)
{
  g_assert_false (line_is_silent (line));
  line_say_reply (line, line_hear (line, name), name);
}

/* Hands out three events that have come in one piece. */
static Line *
line_new_for_asking (gsize  max_message_size,
                     void (*hook) (gpointer line))
{
  Line *line = line_new_held (max_message_size);

  asked = g_ptr_array_new_with_free_func ((GDestroyNotify) line_call_free);
  qemu_channel_release_events (line->channel);
  line->event_hook = hook;
  line_say (line, "{'event': 'A'}\r\n{'event': 'B'}\r\n{'event': 'C'}\r\n");

  return line;
}

static void
line_free_asked (Line *line)
{
  QEMU_TEST_WAIT_UNTIL (line->n_events >= 3);
  wait_for_answers ();
  g_clear_pointer (&asked, g_ptr_array_unref);
  line_free (line);
}

static void
gather_hook (gpointer data)
{
  Line *line = data;

  if (line->n_events == 3)
    {
      assert_heard (line, "query-a");
      assert_heard (line, "query-b");
    }
  else
    {
      g_assert_true (line_is_silent (line));
    }

  ask (line, line->n_events == 1 ? "query-a" : line->n_events == 2 ? "query-b" : "query-c");
  g_assert_true (line_is_silent (line) == (line->n_events < 3));
}

static void
test_gathered (void)
{
  Line *line = line_new_for_asking (LINE_MAX_MESSAGE_SIZE, gather_hook);

  g_test_summary ("What handlers ask goes when the last of them has its turn, and what the last asks at once");

  QEMU_TEST_WAIT_UNTIL (line->n_events == 3);
  assert_heard (line, "query-c");
  line_free_asked (line);
}

/* Whether a file comes with it. */
static gboolean
hear_with_file (Line       *line,
                const char *name,
                unsigned    id)
{
  g_autofree char *expected = g_strdup_printf ("{\"execute\":\"%s\",\"id\":%u}\n", name, id);
  g_autofree char *text = g_malloc0 (strlen (expected) + 1);
  union
  {
    struct cmsghdr header;
    char           space[CMSG_SPACE (sizeof (int))];
  } control;
  struct iovec piece = { text, strlen (expected) };
  struct msghdr message = {
    .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  int file;

  g_assert_cmpint (recvmsg (line->far, &message, 0), ==, strlen (expected));
  g_assert_cmpstr (text, ==, expected);
  line_say_reply (line, id, name);
  if (CMSG_FIRSTHDR (&message) == NULL)
    return FALSE;

  memcpy (&file, CMSG_DATA (CMSG_FIRSTHDR (&message)), sizeof file);
  close (file);

  return TRUE;
}

static void
deed_hook (gpointer data)
{
  Line *line = data;

  if (line->n_events == 1)
    {
      ask (line, "query-a");
      ask (line, "qom-get");
      g_assert_true (line_is_silent (line));
      ask (line, "quit");
      assert_heard (line, "query-a");
      assert_heard (line, "qom-get");
      assert_heard (line, "quit");
      ask (line, "query-b");
      ask_with_file (line, "getfd");
      g_assert_false (hear_with_file (line, "query-b", asked->len - 1));
      g_assert_true (hear_with_file (line, "getfd", asked->len));
      ask (line, "query");
      assert_heard (line, "query");
    }
}

static void
ask_and_run_hook (gpointer data)
{
  Line *line = data;

  if (line->n_events == 1)
    {
      g_autoptr(LineJob) job = NULL;

      ask (line, "query-a");
      job = line_job_new (line, "query-b", LONG, NULL);
      line_say_reply (line, line_hear (line, "query-a"), "query-a");
      line_say_reply (line, line_hear (line, "query-b"), "query-b");
      line_job_join (job);
      g_assert_no_error (job->error);
    }
}

static void
attend_hook (gpointer data)
{
  Line *line = data;

  if (line->n_events == 1)
    {
      QemuInbox *inbox;

      ask (line, "query-a");
      g_assert_true (line_is_silent (line));
      inbox = qemu_channel_attend (line->channel);
      assert_heard (line, "query-a");
      qemu_channel_leave (inbox);
    }
}

static void
ask_and_nest_hook (gpointer data)
{
  Line *line = data;

  if (line->n_events == 1)
    {
      ask (line, "query-a");
      QEMU_TEST_WAIT_UNTIL (!line_is_silent (line));
      assert_heard (line, "query-a");
      QEMU_TEST_WAIT_UNTIL (((LineCall *) asked->pdata[0])->n_called);
    }
}

static void
ask_before_quit_hook (gpointer data)
{
  g_autofree char *long_name = g_strnfill (330, 'x');

  memcpy (long_name, "query-", strlen ("query-"));
  if (((Line *) data)->n_events == 1)
    {
      ask (data, long_name);
      ask (data, long_name);
      ask (data, "quit");
      assert_heard (data, long_name);
      assert_heard (data, long_name);
      /* There was no room for it, and now there is. */
      assert_heard (data, "quit");
    }
}

typedef struct
{
  const char *path;
  const char *summary;
  gsize       max_message_size;
  void      (*hook) (gpointer line);
} Asking;

static const Asking askings[] = {
  { "/calls/deeds-do-not-wait",
    "What does something goes at once, behind what was asked before", LINE_MAX_MESSAGE_SIZE, deed_hook },
  { "/calls/waiting-calls-do-not-wait",
    "What somebody asks who waits for the reply goes at once, in another thread as well", LINE_MAX_MESSAGE_SIZE,
    ask_and_run_hook },
  { "/calls/gathered-before-a-wait", "… and before a wait for an event", LINE_MAX_MESSAGE_SIZE, attend_hook },
  { "/calls/gathered-in-nested-loop", "… and in a loop inside a handler", LINE_MAX_MESSAGE_SIZE, ask_and_nest_hook },
  { "/calls/gathered-before-what-is-parked",
    "What does something does not wait for room that what is gathered takes", 600, ask_before_quit_hook },
};

static void
test_asking (gconstpointer data)
{
  const Asking *asking = data;

  g_test_summary (asking->summary);

  line_free_asked (line_new_for_asking (asking->max_message_size, asking->hook));
}

static void
ask_much_hook (gpointer data)
{
  Line *line = data;

  if (line->n_events == 1)
    for (unsigned i = 0; i < 100; i++)
      {
        ask (line, "query-a");
        if (!line_is_silent (line))
          return;
      }
  g_assert_cmpuint (line->n_events, >, 1);
}

static void
test_gathered_not_too_much (void)
{
  Line *line = line_new_for_asking (LINE_MAX_MESSAGE_SIZE, ask_much_hook);

  g_test_summary ("A handler that asks much has some of it sent meanwhile");

  QEMU_TEST_WAIT_UNTIL (line->n_events == 3);
  g_assert_cmpuint (asked->len, >, 5);
  g_assert_cmpuint (asked->len, <, 100);
  for (unsigned i = 0; i < asked->len; i++)
    line_say_reply (line, line_hear (line, "query-a"), "query-a");
  line_free_asked (line);
}

static void
ask_at_length_hook (gpointer data)
{
  g_autofree char *padding = g_strnfill (300, 'x');
  g_autofree char *name = g_strdup_printf ("query-%u%s", ((Line *) data)->n_events, padding);

  ask (data, name);
}

static gpointer
hear_all_thread (gpointer data)
{
  Line *line = data;

  for (unsigned i = 0; i < asked->len; i++)
    g_assert_cmpint (line_hear (line, ((LineCall *) asked->pdata[i])->name), ==, i + 1);
  for (unsigned i = 0; i < asked->len; i++)
    line_say_reply (line, i + 1, "x");

  return NULL;
}

static void
test_gathered_for_a_full_peer (void)
{
  Line *line = line_new_for_asking (LINE_MAX_MESSAGE_SIZE, ask_at_length_hook);
  g_autoptr(GString) events = g_string_new (NULL);
  GThread *peer;

  g_test_summary ("What a peer that does not read has no room for comes later, in order, and whole");

  for (unsigned i = 3; i < 5000; i++)
    g_string_append (events, "{\"event\": \"E\"}\r\n");
  line_say_bytes (line, events->str, events->len);
  QEMU_TEST_WAIT_UNTIL (line->n_events == 5000);

  peer = g_thread_new ("peer", hear_all_thread, line);
  wait_for_answers ();
  g_thread_join (peer);
  line_free_asked (line);
}

static void
ask_overtaken_hook (gpointer data)
{
  if (((Line *) data)->n_events == 1)
    {
      for (unsigned i = 0; i < QEMU_CHANNEL_WINDOW; i++)
        ask (data, "query-a");
      g_assert_true (line_is_silent (data));
      ask (data, "job-cancel");
      for (unsigned i = 0; i < QEMU_CHANNEL_WINDOW; i++)
        assert_heard (data, "query-a");
    }
}

static void
test_gathered_out_of_band (void)
{
  Line *line = line_new_for_asking (LINE_MAX_MESSAGE_SIZE, ask_overtaken_hook);

  g_test_summary ("… nor for places in the queue that nothing which was sent has");

  qemu_channel_enable_out_of_band (line->channel);
  QEMU_TEST_WAIT_UNTIL (!line_is_silent (line));
  assert_heard (line, "job-cancel");
  line_free_asked (line);
}

static gpointer
hear_late_thread (gpointer data)
{
  Line *line = data;
  char buffer[4096];
  unsigned n_heard = 0;

  /* Little at a time, so that there is room for little at a time. */
  while (n_heard < asked->len)
    {
      gssize n = read (line->far, buffer, sizeof buffer);

      g_assert_cmpint (n, >, 0);
      for (gssize i = 0; i < n; i++)
        n_heard += buffer[i] == '\n';
    }
  for (unsigned i = 0; i < asked->len; i++)
    line_say_reply (line, i + 1, "x");

  return NULL;
}

static void
park_for_a_late_reader (void)
{
  Line *line = line_new_for_asking (2000, NULL);
  g_autofree char *padding = g_strnfill (300, 'x');
  GThread *peer;

  for (unsigned i = 0; i < 3000; i++)
    ask (line, padding);
  peer = g_thread_new ("peer", hear_late_thread, line);
  wait_for_answers ();
  g_thread_join (peer);
  line_free_asked (line);
}

static void
test_parked_for_a_late_reader (void)
{
  g_test_summary ("A peer that begins to read while there is much to be sent gets all of it");

  for (unsigned i = 0; i < 5; i++)
    park_for_a_late_reader ();
}

static void
lose_file_hook (gpointer data)
{
  Line *line = data;
  g_autofree char *padding = g_strnfill (300, 'x');
  int size = 0, size_before;

  if (line->n_events != 1)
    return;

  /* Until the socket is full, so that the file has to wait behind one command, and then cannot be sent. */
  do
    {
      size_before = size;
      ask (line, padding);
      g_assert_no_errno (ioctl (line->far, FIONREAD, &size));
    }
  while (size > size_before);
  ask_with_file (line, "getfd");
  line_hang_up (line);
  ask (line, "deed");
  ask (line, "query-a");
  ask (line, "deed");
}

static void
test_file_that_cannot_be_sent (void)
{
  Line *line = line_new_for_asking (LINE_MAX_MESSAGE_SIZE, lose_file_hook);

  g_test_summary ("A file that could not be sent is forgotten");

  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  line_free_asked (line);
}

/* ---------------------------------------------------------------- whose turn it is to read */

/* Plays the peer while the owner's loop sleeps in poll(). */
static gpointer
rearm_thread (gpointer data)
{
  Line *line = data;

  for (unsigned i = 0; i < 50; i++)
    {
      g_autoptr(LineJob) job = line_job_new (line, "x", LONG, NULL);

      line_say_reply (line, line_hear (line, "x"), "x");
      line_job_join (job);
      line_assert_reply (job->reply, "x");
      line_say_event (line, "E");
    }

  return NULL;
}

static void
test_rearm (void)
{
  g_autoptr(Line) line = line_new ();
  GThread *thread = g_thread_new ("peer", rearm_thread, line);

  g_test_summary ("After a synchronous call of another thread an event wakes the owner's sleeping loop again");

  QEMU_TEST_WAIT_UNTIL (line->n_events == 50);
  g_thread_join (thread);
}

typedef struct
{
  Line   *line;
  gint64  id;
} Dripper;

/* One long reply in many pieces; each is sent when the one before has been read. */
static gpointer
drip_thread (gpointer data)
{
  Dripper *dripper = data;

  line_say (dripper->line, "{'return': 'x");
  for (unsigned i = 0; i < 300; i++)
    {
      int left = 1;

      line_say (dripper->line, "%s", "drip ");
      while (ioctl (dripper->line->far, SIOCOUTQ, &left) == 0 && left > 0)
        g_usleep (20);
    }
  line_say (dripper->line, "', 'id': %d}\r\n", (int) dripper->id);

  return NULL;
}

static void
test_bystander (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = line_call_new (line, "async", LONG, NULL);
  g_autoptr(LineJob) job = line_job_new (line, "sync", LONG, NULL);
  Dripper dripper = { line, 0 };
  GThread *thread;
  unsigned n_turns = 0;

  g_test_summary ("While a synchronous caller reads, the owner's loop is not woken by what is for that one alone");

  line_hear (line, "async");
  dripper.id = line_hear (line, "sync");
  thread = g_thread_new ("drip", drip_thread, &dripper);
  for (; !g_atomic_int_get (&job->done); n_turns++)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  g_assert_no_error (job->error);
  g_assert_cmpuint (n_turns, <, 50);

  line_say_reply (line, 1, "async");
  QEMU_TEST_WAIT_UNTIL (call->n_called);
}

static void
test_line_of_callers (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("Synchronous callers wait in line: who reads gives up, and the next writes and reads");

  for (unsigned i = 0; i < 10; i++)
    {
      g_autoptr(LineJob) first = line_job_new (line, "first", SHORT, NULL);
      g_autoptr(LineJob) second = NULL;
      gint64 id;

      line_hear (line, "first");
      second = line_job_new (line, "second", LONG, NULL);
      line_job_join (first);
      g_assert_error (first->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      id = line_hear (line, "second");
      line_say_reply (line, id, "second");
      line_job_join (second);
      line_assert_reply (second->reply, "second");
    }
}

static void
test_leaving_the_line (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("Who gives up while in line sends nothing, and whoever is behind gets the turn");

  for (unsigned i = 0; i < 5; i++)
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(LineJob) first = line_job_new (line, "first", LONG, NULL);
      g_autoptr(LineJob) late = NULL;
      g_autoptr(LineJob) cancelled = NULL;
      g_autoptr(LineJob) last = NULL;
      gint64 id = line_hear (line, "first");

      late = line_job_new (line, "late", SHORT, NULL);
      cancelled = line_job_new (line, "cancelled", LONG, cancellable);
      last = line_job_new (line, "last", LONG, NULL);
      line_job_join (late);
      g_assert_error (late->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_cancellable_cancel (cancellable);
      line_job_join (cancelled);
      g_assert_error (cancelled->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_true (line_is_silent (line));

      line_say_reply (line, id, "first");
      line_job_join (first);
      line_assert_reply (first->reply, "first");
      line_say_reply (line, line_hear (line, "last"), "last");
      line_job_join (last);
      line_assert_reply (last->reply, "last");
    }
}

/* The turn is given to someone whose time is over at that very moment. */
static void
test_leaving_at_the_last_moment (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("No turn is lost when the one who gets it gives up at the same moment");

  for (unsigned i = 0; i < 60; i++)
    {
      g_autoptr(LineJob) first = line_job_new (line, "x", 10 + i % 3, NULL);
      g_autoptr(LineJob) second = line_job_new (line, "x", 10 + (i + 1) % 3, NULL);
      g_autoptr(LineJob) third = line_job_new (line, "x", 10 + (i + 2) % 3, NULL);
      g_autoptr(LineCall) call = NULL;

      line_job_join (first);
      line_job_join (second);
      line_job_join (third);

      while (!line_is_silent (line))
        line_hear (line, "x");
      call = line_call_new (line, "y", LONG, NULL);
      line_say_reply (line, line_hear (line, "y"), "y");
      QEMU_TEST_WAIT_UNTIL (call->n_called);
      line_assert_reply (call->reply, "y");
    }
}

static void
test_sync_in_line_behind_async (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = line_call_new (line, "async", LONG, NULL);
  g_autoptr(LineJob) job = line_job_new (line, "sync", SHORT, NULL);

  g_test_summary ("After a synchronous caller has given up, the loop reads again what is there for others");

  g_assert_cmpint (line_hear (line, "async"), ==, 1);
  line_hear (line, "sync");
  QEMU_TEST_WAIT_UNTIL (g_atomic_int_get (&job->done));
  g_assert_error (job->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  line_say_reply (line, 1, "async");
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  line_assert_reply (call->reply, "async");
}

/* ---------------------------------------------------------------- more than a socket holds */

static char *
big_name (gsize size)
{
  return g_strnfill (size, 'b');
}

typedef struct
{
  Line       *line;
  unsigned    n_commands;
} Reader;

/* Begins to read only after a while, then answers everything. */
static gpointer
slow_reader_thread (gpointer data)
{
  Reader *reader = data;

  g_usleep (30000);
  for (unsigned i = 0; i < reader->n_commands; i++)
    {
      g_autofree char *text = line_hear_text (reader->line);
      const char *id = g_strrstr (text, ",\"id\":");

      g_assert_nonnull (id);
      line_say_reply (reader->line, atoi (id + 6), "big");
    }

  return NULL;
}

static void
test_big_commands (void)
{
  g_autofree char *name = big_name (1000000);
  g_autoptr(Line) line = line_new ();
  Reader reader = { line, 4 };
  g_autoptr(LineCall) one = line_call_new (line, name, LONG, NULL);
  g_autoptr(LineCall) two = line_call_new (line, name, LONG, NULL);
  g_autoptr(LineJob) job = line_job_new (line, name, LONG, NULL);
  g_autoptr(LineJob) other = line_job_new (line, name, LONG, NULL);
  GThread *thread = g_thread_new ("peer", slow_reader_thread, &reader);

  g_test_summary ("Commands larger than a socket takes go out whole and in order, to a peer that is slow");

  line_job_join (job);
  line_job_join (other);
  QEMU_TEST_WAIT_UNTIL (two->n_called);
  g_thread_join (thread);
  line_assert_reply (one->reply, "big");
  line_assert_reply (two->reply, "big");
  line_assert_reply (job->reply, "big");
  line_assert_reply (other->reply, "big");
}

static void
test_big_async_command_by_sync_caller (void)
{
  g_autofree char *name = big_name (1000000);
  g_autoptr(Line) line = line_new ();
  Reader reader = { line, 2 };
  g_autoptr(LineJob) job = line_job_new (line, "small", LONG, NULL);
  g_autoptr(LineCall) call = NULL;
  GThread *thread;
  gint64 id = line_hear (line, "small");

  g_test_summary ("Who reads also sends what another thread's command has left unsent");

  /* The owner's loop does not run until the synchronous caller has its reply, which comes after the big command. */
  call = line_call_new (line, name, LONG, NULL);
  reader.n_commands = 1;
  thread = g_thread_new ("peer", slow_reader_thread, &reader);
  g_thread_join (thread);
  line_say_reply (line, id, "small");
  line_job_join (job);
  line_assert_reply (job->reply, "small");
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  line_assert_reply (call->reply, "big");
}

static gpointer
stubborn_thread (gpointer data)
{
  Line *line = data;
  g_autofree char *filling = g_strnfill (4000, 'e');
  g_autofree char *text = NULL;

  /* More than the socket holds, so this ends only when the other side reads although it wants to write. */
  for (unsigned i = 0; i < 500; i++)
    line_say (line, "{'event': 'E', 'data': '%s'}\r\n", filling);
  text = line_hear_text (line);
  line_say_reply (line, atoi (g_strrstr (text, ",\"id\":") + 6), "big");

  return NULL;
}

static void
test_both_directions_full (void)
{
  g_autofree char *name = big_name (2000000);

  g_test_summary ("When both ends want to write, we also read: no deadlock");

  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr(Line) line = line_new ();
      GThread *thread = g_thread_new ("peer", stubborn_thread, line);

      if (i == 0)
        {
          g_autoptr(GError) error = NULL;
          g_autoptr(GBytes) reply = line_run (line, name, LONG, NULL, &error);

          g_assert_no_error (error);
          line_assert_reply (reply, "big");
        }
      else
        {
          g_autoptr(LineCall) call = line_call_new (line, name, LONG, NULL);

          QEMU_TEST_WAIT_UNTIL (call->n_called);
          line_assert_reply (call->reply, "big");
        }
      QEMU_TEST_WAIT_UNTIL (line->n_events == 500);
      g_thread_join (thread);
    }
}

typedef struct
{
  Line       *line;
  const char *name;
} Queue;

static gpointer
hear_in_order_thread (gpointer data)
{
  Queue *queue = data;
  gint64 first = line_hear (queue->line, queue->name);
  gint64 second = line_hear (queue->line, "second");

  line_say_reply (queue->line, first, "first");
  line_say_reply (queue->line, second, "second");

  return NULL;
}

static void
test_no_overtaking (void)
{
  g_autofree char *name = big_name (1000000);
  g_autofree char *buffer = g_malloc (150000);
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) first = line_call_new (line, name, LONG, NULL);
  g_autoptr(LineCall) second = NULL;
  Queue queue = { line, name };
  GThread *thread;
  gssize n;

  g_test_summary ("A command waits for the end of one that is half written, also when there is room for it");

  n = read (line->far, buffer, 150000);
  g_assert_cmpint (n, >, 0);
  g_string_append_len (line->heard, buffer, n);
  second = line_call_new (line, "second", LONG, NULL);
  thread = g_thread_new ("peer", hear_in_order_thread, &queue);
  QEMU_TEST_WAIT_UNTIL (first->n_called && second->n_called);
  g_thread_join (thread);
  line_assert_reply (first->reply, "first");
  line_assert_reply (second->reply, "second");
}

static void
test_half_written_and_cancelled (void)
{
  g_autofree char *name = big_name (1000000);

  g_test_summary ("A command that is half written when its caller gives up is written to its end");

  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr(Line) line = line_new ();
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(LineCall) next = NULL;
      Reader reader = { line, 2 };
      GThread *thread;

      if (i == 0)
        {
          g_autoptr(LineCall) call = line_call_new (line, name, LONG, cancellable);

          g_cancellable_cancel (cancellable);
          QEMU_TEST_WAIT_UNTIL (call->n_called);
          g_assert_error (call->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
        }
      else
        {
          g_autoptr(GError) error = NULL;

          g_assert_null (line_run (line, name, SHORT, NULL, &error));
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
        }

      next = line_call_new (line, "next", LONG, NULL);
      thread = g_thread_new ("peer", slow_reader_thread, &reader);
      QEMU_TEST_WAIT_UNTIL (next->n_called);
      line_assert_reply (next->reply, "big");
      g_thread_join (thread);
    }
}

/* Long enough for a thread to have gone to sleep; where it has not, nothing is tested, and nothing fails. */
static void
let_others_sleep (void)
{
  qemu_test_spin (20);
}

static void
test_big_async_command_by_sleeping_caller (void)
{
  g_autofree char *name = big_name (1000000);
  g_autoptr(Line) line = line_new ();
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LineJob) job = line_job_new (line, "small", LONG, cancellable);
  g_autoptr(LineCall) call = NULL;
  Reader reader = { line, 1 };
  GThread *thread;
  gint64 id = line_hear (line, "small");

  g_test_summary ("Who sleeps until there is something to read wakes up to send what another thread has left unsent");

  let_others_sleep ();
  call = line_call_new (line, name, LONG, NULL);
  thread = g_thread_new ("peer", slow_reader_thread, &reader);
  g_thread_join (thread);
  line_say_reply (line, id, "small");
  line_job_join (job);
  line_assert_reply (job->reply, "small");
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  line_assert_reply (call->reply, "big");
}

static gpointer
call_thread (gpointer data)
{
  return line_call_new (data, "x", SHORT, NULL);
}

static void
test_deadline_from_elsewhere (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = NULL;
  GThread *thread;

  g_test_summary ("A call that another thread begins in a context which sleeps already runs out of time there");

  thread = g_thread_new ("call", call_thread, line);
  QEMU_TEST_WAIT_UNTIL (g_str_equal (line->log->str, "x "));
  call = g_thread_join (thread);
  g_assert_error (call->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

/* ---------------------------------------------------------------- the end */

static void
test_hang_up_in_flight (void)
{
  g_autoptr(Line) line = line_new ();
  LineCall *calls[5];
  LineJob *jobs[3];

  g_test_summary ("When the peer hangs up, each pending call ends once, and the owner is told once");

  for (unsigned i = 0; i < G_N_ELEMENTS (calls); i++)
    calls[i] = line_call_new (line, "async", i % 2 ? LONG : 0, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (calls); i++)
    line_hear (line, "async");
  for (unsigned i = 0; i < G_N_ELEMENTS (jobs); i++)
    jobs[i] = line_job_new (line, "sync", i % 2 ? LONG : 0, NULL);
  line_hear (line, "sync");
  let_others_sleep ();
  line_hang_up (line);

  for (unsigned i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      line_job_join (jobs[i]);
      g_assert_error (jobs[i]->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
      line_job_free (jobs[i]);
    }
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  qemu_test_drain ();
  g_assert_cmpuint (line->n_closed, ==, 1);
  g_assert_error (line->closed_error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_cmpstr (line->log->str, ==, "async async async async async closed ");
  for (unsigned i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_assert_error (calls[i]->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
      line_call_free (calls[i]);
    }
}

static void
test_reset (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = line_call_new (line, "x", LONG, NULL);

  g_test_summary ("A peer that dies with our command unread is the same as one that hangs up");

  line_hang_up (line);
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  g_assert_error (line->closed_error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_error (call->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
}

static void
test_last_words (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(GError) error = NULL;

  g_test_summary ("The peer's last words arrive, then the end; a command that cannot be written does not hide them");

  line_say_event (line, "A");
  line_say_event (line, "B");
  line_hang_up (line);
  g_assert_null (line_run (line, "x", LONG, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  g_assert_cmpstr (line->log->str, ==, "A B closed ");
}

static void
test_last_words_async (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = line_call_new (line, "quit", LONG, NULL);
  g_autoptr(LineCall) next = NULL;

  g_test_summary ("A reply before the end is a reply");

  line_say_event (line, "SHUTDOWN");
  line_say_reply (line, line_hear (line, "quit"), "quit");
  line_hang_up (line);
  next = line_call_new (line, "next", LONG, NULL);
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  line_assert_reply (call->reply, "quit");
  g_assert_error (next->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_cmpstr (line->log->str, ==, "SHUTDOWN quit next closed ");
}

static void
test_half_a_message_at_the_end (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("What is cut off by the end is not delivered");

  line_say (line, "{'event': 'A'}\r\n{'event': 'B'");
  line_hang_up (line);
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  g_assert_error (line->closed_error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_cmpstr (line->log->str, ==, "A closed ");
}

static void
test_close (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = line_call_new (line, "x", LONG, NULL);
  g_autoptr(LineCall) late = NULL;
  g_autoptr(LineJob) job = NULL;
  g_autoptr(LineJob) waiting = NULL;
  g_autoptr(GError) error = NULL;
  char byte;

  g_test_summary ("Closing ends all that is pending, once; calls after it fail; the peer sees the end");

  line_hear (line, "x");
  job = line_job_new (line, "y", LONG, NULL);
  line_hear (line, "y");
  waiting = line_job_new (line, "z", LONG, NULL);
  line_say_event (line, "E");
  qemu_channel_close (line->channel, NULL);
  qemu_channel_close (line->channel, NULL);
  line_job_join (job);
  line_job_join (waiting);
  g_assert_error (job->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_error (waiting->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_cmpint (call->n_called, ==, 0);
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  g_assert_no_error (line->closed_error);
  g_assert_error (call->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);

  g_assert_null (line_run (line, "x", LONG, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  late = line_call_new (line, "x", LONG, NULL);
  QEMU_TEST_WAIT_UNTIL (late->n_called);
  g_assert_error (late->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);

  while (read (line->far, &byte, 1) == 1)
    ;
  g_assert_true (line_is_silent (line) || recv (line->far, &byte, 1, 0) == 0);
}

static void
test_close_with_reason (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = line_call_new (line, "x", LONG, NULL);
  g_autoptr(GError) reason = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE, "The host has gone");

  g_test_summary ("Whoever closes may say why");

  qemu_channel_close (line->channel, reason);
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  g_assert_error (line->closed_error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE);
  g_assert_cmpstr (call->error->message, ==, "The host has gone");
}

static void
close_hook (gpointer data)
{
  Line *line = data;

  if (line->n_events == 2)
    qemu_channel_close (line->channel, NULL);
}

static void
test_close_in_handler (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("A handler may close the channel; what had been read by then still comes");

  line->event_hook = close_hook;
  line_say (line, "{'event': 'A'}\n{'event': 'B'}\n{'event': 'C'}\n");
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  g_assert_cmpstr (line->log->str, ==, "A B C closed ");
}

static void
drop_hook (gpointer data)
{
  Line *line = data;

  if (line->n_events == 2)
    line_drop_channel (line);
}

static void
test_dropped_in_handler (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("A handler may let go of the channel; then nothing comes any more");

  line->event_hook = drop_hook;
  line_say (line, "{'event': 'A'}\n{'event': 'B'}\n{'event': 'C'}\n");
  QEMU_TEST_WAIT_UNTIL (g_atomic_int_get (&line->freed));
  g_assert_cmpstr (line->log->str, ==, "A B ");
}

static void
drop_in_call_hook (gpointer data)
{
  LineCall *call = data;

  line_drop_channel (call->line);
}

static void
test_dropped_in_callback (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) call = line_call_new (line, "x", LONG, NULL);
  g_autoptr(LineCall) pending = line_call_new (line, "y", LONG, NULL);

  g_test_summary ("So may the callback of a call; what is still pending fails");

  call->hook = drop_in_call_hook;
  line_say_reply (line, line_hear (line, "x"), "x");
  QEMU_TEST_WAIT_UNTIL (g_atomic_int_get (&line->freed));
  g_assert_cmpint (pending->n_called, ==, 1);
  g_assert_error (pending->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
}

static void
test_dropped_with_calls (void)
{
  g_autoptr(Line) line = line_new ();
  LineCall *calls[4];
  gint64 begin = g_get_monotonic_time ();

  g_test_summary ("Letting go ends what is pending, tells the owner nothing, and frees all at once");

  for (unsigned i = 0; i < G_N_ELEMENTS (calls); i++)
    calls[i] = line_call_new (line, "x", i % 2 ? LONG : 0, NULL);
  line_say_event (line, "E");
  line_drop_channel (line);
  for (unsigned i = 0; i < G_N_ELEMENTS (calls); i++)
    g_assert_cmpint (calls[i]->n_called, ==, 0);
  QEMU_TEST_WAIT_UNTIL (g_atomic_int_get (&line->freed));
  g_assert_cmpint (g_get_monotonic_time () - begin, <, LONG * 1000 / 2);
  g_assert_cmpstr (line->log->str, ==, "x x x x ");
  for (unsigned i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_assert_error (calls[i]->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
      line_call_free (calls[i]);
    }
}

static void
test_no_loop (void)
{
  int far;
  g_autoptr(GIOStream) stream = qemu_test_stream_pair (&far);
  g_autoptr(Line) line = line_new_for_stream (stream, far);

  g_test_summary ("A program that never runs its loop leaves nothing over");

  for (unsigned i = 1; i <= 20; i++)
    {
      line_say_event (line, "E");
      line_say_reply (line, i, "x");
      line_run_ok (line, "x");
    }
  line_drop_channel (line);
  g_assert_true (g_atomic_int_get (&line->freed));
  g_assert_cmpuint (line->n_events, ==, 0);
}

static void
test_fds (void)
{
  unsigned before;

  g_test_summary ("No channel leaves a descriptor open");

  line_free (line_new ());
  before = qemu_test_count_fds ();
  for (unsigned i = 0; i < 50; i++)
    {
      g_autoptr(Line) line = line_new ();

      if (i % 3 == 0)
        line_hang_up (line);
      else if (i % 3 == 1)
        qemu_channel_close (line->channel, NULL);
      if (i % 2 == 0)
        qemu_test_drain ();
    }
  g_assert_cmpuint (qemu_test_count_fds (), ==, before);
}

/* ---------------------------------------------------------------- other contexts */

static gpointer
foreign_thread (gpointer data)
{
  Line *line = data;
  g_autoptr(GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  for (unsigned i = 0; i < 5; i++)
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(LineCall) call = line_call_new (line, "a", LONG, NULL);
      g_autoptr(LineCall) cancelled = line_call_new (line, "b", LONG, cancellable);
      g_autoptr(LineCall) late = line_call_new (line, "c", 10, NULL);
      g_autoptr(LineCall) last = NULL;

      QEMU_TEST_WAIT_UNTIL (late->n_called);
      g_cancellable_cancel (cancellable);
      QEMU_TEST_WAIT_UNTIL (cancelled->n_called);
      line_say_event (line, "E");
      line_say_reply (line, line_hear (line, "a"), "a");
      line_hear (line, "b");
      line_hear (line, "c");
      QEMU_TEST_WAIT_UNTIL (call->n_called);
      line_assert_reply (call->reply, "a");
      g_assert_true (call->thread == g_thread_self ());
      g_assert_true (cancelled->thread == g_thread_self ());
      g_assert_error (cancelled->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_true (late->thread == g_thread_self ());
      g_assert_error (late->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

      last = line_call_new (line, "d", LONG, NULL);
      line_say_reply (line, line_hear (line, "d"), "d");
      QEMU_TEST_WAIT_UNTIL (last->n_called);
      line_assert_reply (last->reply, "d");
    }
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_foreign_context (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("A call from another context ends there, also while the owner's loop sleeps; events wait for it");

  g_thread_join (g_thread_new ("foreign", foreign_thread, line));
  g_assert_cmpuint (line->n_events, ==, 0);
  QEMU_TEST_WAIT_UNTIL (line->n_events == 5);
}

static gpointer
foreign_end_thread (gpointer data)
{
  Line *line = data;
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(LineCall) call = NULL;

  g_main_context_push_thread_default (context);
  call = line_call_new (line, "a", LONG, NULL);
  line_hear (line, "a");
  line_hang_up (line);
  QEMU_TEST_WAIT_UNTIL (call->n_called);
  g_assert_error (call->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_foreign_context_end (void)
{
  g_autoptr(Line) line = line_new ();

  g_test_summary ("The end that another context sees is told to it there, and to the owner in its own");

  g_thread_join (g_thread_new ("foreign", foreign_end_thread, line));
  g_assert_cmpuint (line->n_closed, ==, 0);
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
}

typedef struct
{
  GMainContext *context;
  Line         *line;
} Owner;

static gpointer
owner_thread (gpointer data)
{
  Owner *owner = data;

  owner->context = g_main_context_new ();
  g_main_context_push_thread_default (owner->context);
  owner->line = line_new ();
  line_say_event (owner->line, "E");
  QEMU_TEST_WAIT_UNTIL (owner->line->n_events == 1);
  line_say_event (owner->line, "E");
  g_main_context_pop_thread_default (owner->context);

  return NULL;
}

static void
test_owner_ends_first (void)
{
  Owner owner = { NULL, NULL };

  g_test_summary ("The thread and the context in which a channel was made may go before it");

  g_thread_join (g_thread_new ("owner", owner_thread, &owner));
  g_main_context_unref (owner.context);

  line_say_reply (owner.line, 1, "x");
  line_run_ok (owner.line, "x");
  g_assert_cmpuint (owner.line->n_events, ==, 1);
  line_free (owner.line);
}

static void
test_made_in_a_thread_let_go_in_another (void)
{
  g_test_summary ("… also when nobody has used it since");

  for (unsigned i = 0; i < 10; i++)
    {
      Owner owner = { NULL, NULL };

      g_thread_join (g_thread_new ("owner", owner_thread, &owner));
      line_drop_channel (owner.line);
      g_assert_true (g_atomic_int_get (&owner.line->freed));
      line_free (owner.line);
      g_main_context_unref (owner.context);
    }
}

static void
test_silent_neighbour (void)
{
  g_autoptr(Line) silent = line_new ();
  g_autoptr(Line) line = line_new ();
  LineCall *calls[20];

  g_test_summary ("A peer that says nothing does not delay another");

  for (unsigned i = 0; i < G_N_ELEMENTS (calls); i++)
    calls[i] = line_call_new (silent, "x", SHORT, NULL);
  for (unsigned i = 0; i < 100; i++)
    {
      g_autoptr(LineCall) call = line_call_new (line, "y", LONG, NULL);

      line_say_reply (line, line_hear (line, "y"), "y");
      QEMU_TEST_WAIT_UNTIL (call->n_called);
    }
  QEMU_TEST_WAIT_UNTIL (calls[G_N_ELEMENTS (calls) - 1]->n_called);
  for (unsigned i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_assert_error (calls[i]->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      line_call_free (calls[i]);
    }
}

int
main (int   argc,
      char *argv[])
{
  qemu_test_init (&argc, &argv);

  g_test_add_func ("/calls/cancelled-before", test_cancelled_before);
  g_test_add_func ("/calls/cancelled-during", test_cancelled_during);
  g_test_add_func ("/calls/sync-cancelled-during", test_sync_cancelled_during);
  g_test_add_func ("/calls/cancelled-after", test_cancelled_after);
  g_test_add_func ("/calls/cancellable-shared", test_cancellable_shared);
  g_test_add_func ("/calls/timed-out", test_timed_out);
  g_test_add_func ("/calls/deadlines-in-order", test_deadlines_in_order);
  g_test_add_func ("/calls/each-of-a-hundred-cancelled", test_each_of_a_hundred_cancelled);
  g_test_add_func ("/calls/cancellables-are-let-go", test_cancellables_are_let_go);
  g_test_add_func ("/calls/sync-cancellables-are-let-go", test_sync_cancellables_are_let_go);
  g_test_add_func ("/calls/handlers-are-let-go", test_handlers_are_let_go);

  g_test_add_func ("/calls/wire-order", test_wire_order);
  g_test_add_func ("/calls/nothing-calls-back-inside", test_nothing_calls_back_inside);
  g_test_add_func ("/calls/nothing-calls-back-inside-elsewhere", test_nothing_calls_back_inside_elsewhere);
  g_test_add_func ("/calls/nested-loop", test_nested_loop);
  g_test_add_func ("/calls/nested-loop-reads", test_nested_loop_reads);
  g_test_add_func ("/calls/calls-from-callbacks", test_calls_from_callbacks);
  g_test_add_func ("/calls/sync-in-event-handler", test_sync_in_event_handler);

  g_test_add_func ("/calls/gathered", test_gathered);
  for (unsigned i = 0; i < G_N_ELEMENTS (askings); i++)
    g_test_add_data_func (askings[i].path, &askings[i], test_asking);
  g_test_add_func ("/calls/gathered-not-too-much", test_gathered_not_too_much);
  g_test_add_func ("/calls/gathered-for-a-full-peer", test_gathered_for_a_full_peer);

  g_test_add_func ("/calls/gathered-out-of-band", test_gathered_out_of_band);
  g_test_add_func ("/calls/parked-for-a-late-reader", test_parked_for_a_late_reader);
  g_test_add_func ("/calls/file-that-cannot-be-sent", test_file_that_cannot_be_sent);

  g_test_add_func ("/calls/rearm", test_rearm);
  g_test_add_func ("/calls/bystander", test_bystander);
  g_test_add_func ("/calls/line-of-callers", test_line_of_callers);
  g_test_add_func ("/calls/leaving-the-line", test_leaving_the_line);
  g_test_add_func ("/calls/leaving-at-the-last-moment", test_leaving_at_the_last_moment);
  g_test_add_func ("/calls/sync-then-async", test_sync_in_line_behind_async);

  g_test_add_func ("/calls/big-commands", test_big_commands);
  g_test_add_func ("/calls/big-async-command-by-sync-caller", test_big_async_command_by_sync_caller);
  g_test_add_func ("/calls/big-async-command-by-sleeping-caller", test_big_async_command_by_sleeping_caller);
  g_test_add_func ("/calls/deadline-from-elsewhere", test_deadline_from_elsewhere);
  g_test_add_func ("/calls/both-directions-full", test_both_directions_full);
  g_test_add_func ("/calls/no-overtaking", test_no_overtaking);
  g_test_add_func ("/calls/half-written-and-cancelled", test_half_written_and_cancelled);

  g_test_add_func ("/calls/hang-up-in-flight", test_hang_up_in_flight);
  g_test_add_func ("/calls/reset", test_reset);
  g_test_add_func ("/calls/last-words", test_last_words);
  g_test_add_func ("/calls/last-words-async", test_last_words_async);
  g_test_add_func ("/calls/half-a-message-at-the-end", test_half_a_message_at_the_end);
  g_test_add_func ("/calls/close", test_close);
  g_test_add_func ("/calls/close-with-reason", test_close_with_reason);
  g_test_add_func ("/calls/close-in-handler", test_close_in_handler);
  g_test_add_func ("/calls/dropped-in-handler", test_dropped_in_handler);
  g_test_add_func ("/calls/dropped-in-callback", test_dropped_in_callback);
  g_test_add_func ("/calls/dropped-with-calls", test_dropped_with_calls);
  g_test_add_func ("/calls/no-loop", test_no_loop);
  g_test_add_func ("/calls/fds", test_fds);

  g_test_add_func ("/calls/foreign-context", test_foreign_context);
  g_test_add_func ("/calls/foreign-context-end", test_foreign_context_end);
  g_test_add_func ("/calls/owner-ends-first", test_owner_ends_first);
  g_test_add_func ("/calls/let-go-elsewhere", test_made_in_a_thread_let_go_in_another);
  g_test_add_func ("/calls/silent-neighbour", test_silent_neighbour);

  return g_test_run ();
}
