/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A recorded session in which something goes wrong, at each byte and at each message. What has to come of it is known
 * beforehand, of every command (see qemu-session.h). */

#include "config.h"

#include "qemu-far.h"
#include "qemu-session.h"

#include <errno.h>
#include <glib-unix.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

/* For what has to run out of time, and for what must not. */
#define SHORT_MS 2
#define LONG_MS  (QEMU_TEST_DEADLINE_SECONDS * 1000)

static QemuSession *session;

/* ---------------------------------------------------------------- the peer */

typedef struct
{
  const QemuScript *script;
  QemuFar           far;
  GString          *input;
  unsigned          n_heard;
  unsigned          n_said;             /* pieces */
  gsize             offset;             /* in the next one */
  gboolean          unread_for_sure;    /* what was said before a pause has been read */
  gboolean          lost;               /* it has heard what is not in the record, and says no more */
  gboolean          deaf;
  gboolean          ended;
  GSource          *sources[2];         /* in a main loop, or … */
  GThread          *thread;             /* … alone */

  GMutex            lock;
  GCond             cond;
  unsigned          n_answered;         /* commands: all has been said that was to be said to them */
} Peer;

static gboolean
peer_says_all (Peer *self)
{
  return self->n_said == self->script->pieces->len;
}

static void (* const endings[]) (QemuFar *far) = {
  [QEMU_FAULT_HANG_UP] = qemu_far_close,
  [QEMU_FAULT_RESET] = qemu_far_reset,
  [QEMU_FAULT_END_OF_OUTPUT] = qemu_far_stop_output,
  [QEMU_FAULT_NOISE] = qemu_far_make_noise,
};

static void
peer_end (Peer *self)
{
  QemuFault ending = self->script->ending;

  self->ended = TRUE;
  if (ending < G_N_ELEMENTS (endings) && endings[ending] != NULL)
    endings[ending] (&self->far);
}

/* FALSE: the client has hung up. */
static gboolean
peer_hear (Peer *self)
{
  const GPtrArray *lines = self->script->session->lines;
  char buffer[4096], *end;
  gssize n;

  while ((n = qemu_far_read (&self->far, buffer, sizeof buffer)) > 0)
    g_string_append_len (self->input, buffer, n);

  while ((end = memchr (self->input->str, '\n', self->input->len)) != NULL)
    {
      *end = '\0';
      if (self->n_heard >= lines->len || !g_str_equal (self->input->str, g_ptr_array_index (lines, self->n_heard)))
        self->lost = TRUE;
      self->n_heard++;
      g_string_erase (self->input, 0, end + 1 - self->input->str);
    }

  return n < 0;
}

/* FALSE: it can say no more for now. */
static gboolean
peer_say (Peer *self)
{
  const QemuScript *script = self->script;
  const QemuPiece *piece;
  gssize n;

  if (self->lost || peer_says_all (self))
    return FALSE;
  piece = &g_array_index (script->pieces, QemuPiece, self->n_said);
  if (piece->gate > self->n_heard || (piece->pause && !self->unread_for_sure))
    return FALSE;

  if (piece->deaf && self->offset == 0)
    {
      self->deaf = TRUE;
      qemu_far_stop_input (&self->far);
    }
  n = qemu_far_write (&self->far, script->bytes->str + piece->start + self->offset, piece->length - self->offset);
  if (n < 0)
    return FALSE;
  self->offset += n;
  if (self->offset < piece->length)
    return TRUE;

  self->offset = 0;
  self->n_said++;
  self->unread_for_sure = FALSE;

  return TRUE;
}

static gboolean
peer_waits_for_reader (Peer *self)
{
  const QemuPiece *piece;

  if (self->lost || peer_says_all (self))
    return FALSE;
  piece = &g_array_index (self->script->pieces, QemuPiece, self->n_said);

  return piece->pause && piece->gate <= self->n_heard;
}

/* Does all that can be done now. FALSE: the connection is over. */
static gboolean
peer_act (Peer *self)
{
  gboolean there = peer_hear (self);

  while (peer_say (self))
    ;
  if (peer_says_all (self) && !self->lost && !self->ended && self->script->ending_gate <= self->n_heard)
    peer_end (self);

  return there && !self->deaf && self->far.in_fd >= 0;
}

static gboolean
peer_ready_cb (gpointer user_data)
{
  Peer *self = user_data;

  return peer_act (self) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean
peer_fd_ready_cb (int          fd,
                  GIOCondition condition,
                  gpointer     user_data)
{
  return peer_ready_cb (user_data);
}

static gboolean
peer_stream_ready_cb (GObject  *stream,
                      gpointer  user_data)
{
  return peer_ready_cb (user_data);
}

/* Nothing else in this context has anything to do: what was said has been read. */
static gboolean
peer_idle_cb (gpointer user_data)
{
  Peer *self = user_data;

  self->unread_for_sure = TRUE;

  return peer_act (self) && !peer_says_all (self);
}

/* The same where nothing else runs in the peer's thread. */
static gboolean
peer_wait_for_reader (Peer *self)
{
  gint64 deadline = g_get_monotonic_time () + QEMU_TEST_DEADLINE_SECONDS * G_USEC_PER_SEC;
  struct pollfd pollfd = { .fd = self->far.in_fd };
  struct timespec moment = { .tv_nsec = 20000 };
  int left = 0;

  while (ioctl (self->far.out_fd, SIOCOUTQ, &left) == 0 && left > 0)
    if (ppoll (&pollfd, 1, &moment, NULL) > 0 || g_get_monotonic_time () > deadline)
      return FALSE;
  self->unread_for_sure = TRUE;

  return TRUE;
}

static void
peer_tell_answered (Peer     *self,
                    unsigned  n)
{
  g_mutex_lock (&self->lock);
  self->n_answered = n;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* Sleeps until so many commands have been answered, as far as they ever will be. */
static void
peer_wait_until_answered (Peer     *self,
                          unsigned  n)
{
  gint64 deadline = g_get_monotonic_time () + QEMU_TEST_DEADLINE_SECONDS * G_USEC_PER_SEC;

  g_mutex_lock (&self->lock);
  while (self->n_answered < n)
    g_assert_true (g_cond_wait_until (&self->cond, &self->lock, deadline));
  g_mutex_unlock (&self->lock);
}

static gpointer
peer_thread (gpointer data)
{
  Peer *self = data;

  while (peer_act (self))
    {
      struct pollfd pollfd = { .fd = self->far.in_fd, .events = POLLIN };

      peer_tell_answered (self, self->n_heard);
      if (peer_waits_for_reader (self) && !peer_wait_for_reader (self))
        break;
      if (!self->unread_for_sure && poll (&pollfd, 1, LONG_MS) != 1 && errno != EINTR)
        break;
    }
  peer_tell_answered (self, G_MAXUINT);

  return NULL;
}

static void
peer_start (Peer    *self,
            gboolean in_thread)
{
  self->input = g_string_new (NULL);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  qemu_far_unblock (&self->far);
  /* What it says unasked is there before the client is. */
  if (!peer_act (self))
    {
      self->n_answered = G_MAXUINT;
      return;
    }

  if (in_thread)
    {
      self->thread = g_thread_new ("peer", peer_thread, self);
      return;
    }

  if (self->far.stream != NULL)
    {
      GPollableInputStream *input = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->far.stream));

      self->sources[0] = g_pollable_input_stream_create_source (input, NULL);
      g_source_set_callback (self->sources[0], G_SOURCE_FUNC (peer_stream_ready_cb), self, NULL);
    }
  else
    {
      self->sources[0] = g_unix_fd_source_new (self->far.in_fd, G_IO_IN);
      g_source_set_callback (self->sources[0], G_SOURCE_FUNC (peer_fd_ready_cb), self, NULL);
    }
  self->sources[1] = g_idle_source_new ();
  g_source_set_priority (self->sources[1], G_PRIORITY_LOW);
  g_source_set_callback (self->sources[1], peer_idle_cb, self, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (self->sources); i++)
    g_source_attach (self->sources[i], NULL);
}

/* The client has hung up by now, or never will. */
static void
peer_stop (Peer *self)
{
  if (self->thread != NULL)
    g_thread_join (self->thread);
  for (unsigned i = 0; i < G_N_ELEMENTS (self->sources); i++)
    if (self->sources[i] != NULL)
      {
        g_source_destroy (self->sources[i]);
        g_source_unref (self->sources[i]);
      }
  qemu_far_close (&self->far);
  g_string_free (self->input, TRUE);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
}

/* ---------------------------------------------------------------- a trial: one client, one peer, one fault */

typedef enum
{
  CLIENT_ASYNC,
  CLIENT_SYNC
} Client;

typedef struct
{
  const char            *name;          /* of the fault */
  QemuFault              fault;
  GIOStream           *(*connect) (QemuFar *far);
  unsigned               n_variants;    /* 0: one, and it is not used */
  unsigned               first_variant;
} Kind;

typedef struct
{
  unsigned  n_called;
  GBytes   *reply;
  GError   *error;
} Ending;

typedef struct
{
  const QemuPrediction *prediction;
  QemuMonitor          *monitor;
  Peer                  peer;
  Ending                endings[32];    /* of the opening and of each command */
  GString              *events;
  unsigned              n_closed;
  GError               *closed_error;
} Trial;

/* Where a failed assertion has come from. */
static char place_name[128];

static void
event_cb (QemuMonitor *monitor,
          QemuEvent   *event,
          gpointer     user_data)
{
  Trial *self = user_data;

  g_assert_cmpuint (self->n_closed, ==, 0);
  g_string_append_printf (self->events, "%s ", qemu_event_get_name (event));
}

static void
closed_cb (QemuMonitor  *monitor,
           const GError *error,
           gpointer      user_data)
{
  Trial *self = user_data;

  self->n_closed++;
  g_assert_null (self->closed_error);
  self->closed_error = error != NULL ? g_error_copy (error) : NULL;
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
}

static void
opened_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  Ending *ending = user_data;

  ending->n_called++;
  qemu_monitor_open_finish (QEMU_MONITOR (object), result, &ending->error);
}

static void
replied_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Ending *ending = user_data;

  ending->n_called++;
  ending->reply = qemu_monitor_run_finish (QEMU_MONITOR (object), result, &ending->error);
}

/* Command 0 is the opening. */
static void
trial_start (Trial    *self,
             unsigned  index,
             Client    client)
{
  const QemuOutcome *outcome = &self->prediction->outcomes[index];
  gboolean runs_out = outcome->domain == G_IO_ERROR &&
                      (outcome->code == G_IO_ERROR_TIMED_OUT || outcome->code == G_IO_ERROR_BUSY);
  QemuCommand *command = g_ptr_array_index (session->commands, index);
  Ending *ending = &self->endings[index];

  qemu_monitor_set_open_timeout (self->monitor, runs_out ? SHORT_MS : LONG_MS);
  qemu_command_set_timeout (command, runs_out ? SHORT_MS : LONG_MS);
  if (client == CLIENT_ASYNC && index == 0)
    qemu_monitor_open_async (self->monitor, NULL, opened_cb, ending);
  else if (client == CLIENT_ASYNC)
    qemu_monitor_run_async (self->monitor, command, NULL, replied_cb, ending);
  else if (index == 0)
    qemu_monitor_open (self->monitor, NULL, &ending->error);
  else
    ending->reply = qemu_monitor_run (self->monitor, command, NULL, &ending->error);
  ending->n_called += client == CLIENT_SYNC;
}

static gboolean
is_to_run (const QemuOutcome *outcome)
{
  return outcome->domain != 0 || outcome->reply != NULL;
}

static void
trial_check_ending (Trial    *self,
                    unsigned  index)
{
  const QemuOutcome *outcome = &self->prediction->outcomes[index];
  Ending *ending = &self->endings[index];

  if (outcome->domain != 0)
    {
      g_assert_error (ending->error, outcome->domain, outcome->code);
      g_assert_null (ending->reply);
      return;
    }

  g_assert_no_error (ending->error);
  if (index > 0)
    g_assert_cmpmem (g_bytes_get_data (ending->reply, NULL), g_bytes_get_size (ending->reply),
                     outcome->reply, strlen (outcome->reply));
}

/* Runs @n commands from @first on at a time. */
static void
trial_run (Trial    *self,
           unsigned  first,
           unsigned  n,
           Client    client)
{
  const QemuOutcome *outcomes = self->prediction->outcomes;

  for (unsigned i = first; i < first + n && is_to_run (&outcomes[i]); i++)
    trial_start (self, i, client);
  for (unsigned i = first; i < first + n && is_to_run (&outcomes[i]); i++)
    {
      QEMU_TEST_WAIT_UNTIL (self->endings[i].n_called > 0);
      trial_check_ending (self, i);
      /* What is said to it too late must not be taken for what is said to the next one. */
      if (client == CLIENT_SYNC && g_error_matches (self->endings[i].error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
        {
          peer_wait_until_answered (&self->peer, i + 1);
          qemu_test_drain ();
        }
    }
}

/* How the connection ends, from either side. */
static void
trial_end (Trial *self)
{
  const QemuPrediction *prediction = self->prediction;
  g_autoptr(GError) error = NULL;

  if (!prediction->closed && prediction->was_open)
    {
      g_assert_cmpint (qemu_monitor_get_state (self->monitor), ==, QEMU_MONITOR_STATE_OPEN);
      g_assert_cmpuint (self->n_closed, ==, 0);
      qemu_monitor_close (self->monitor, NULL, &error);
      g_assert_no_error (error);
    }
  if (prediction->was_open)
    QEMU_TEST_WAIT_UNTIL (self->n_closed == 1);
  qemu_test_drain ();

  g_assert_cmpint (qemu_monitor_get_state (self->monitor), ==, QEMU_MONITOR_STATE_CLOSED);
  g_assert_cmpuint (self->n_closed, ==, prediction->was_open);
  g_assert_cmpstr (self->events->str, ==, prediction->was_open ? prediction->events->str : "");
  if (prediction->was_open && prediction->closed)
    g_assert_error (self->closed_error, prediction->closed_domain, prediction->closed_code);
  else
    g_assert_no_error (self->closed_error);
}

static void
trial_clear (Trial *self)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (self->endings); i++)
    {
      g_assert_cmpuint (self->endings[i].n_called, ==, is_to_run (&self->prediction->outcomes[i]));
      g_clear_pointer (&self->endings[i].reply, g_bytes_unref);
      g_clear_error (&self->endings[i].error);
      if (!is_to_run (&self->prediction->outcomes[i]))
        break;
    }
  g_assert_finalize_object (self->monitor);
  peer_stop (&self->peer);
  g_clear_error (&self->closed_error);
  g_string_free (self->events, TRUE);
}

static void
trial (const Kind *kind,
       Client      client,
       gsize       place,
       unsigned    variant)
{
  g_autoptr(QemuScript) script = qemu_script_new (session, kind->fault, place, variant);
  g_autoptr(QemuPrediction) prediction = qemu_prediction_new (script, client == CLIENT_SYNC);
  Trial self = { .prediction = prediction, .peer.script = script, .events = g_string_new (NULL) };
  g_autoptr(GIOStream) stream = kind->connect (&self.peer.far);
  unsigned index = 1;

  g_snprintf (place_name, sizeof place_name, "# %s at %u, variant %u\n", kind->name, (unsigned) place, variant);
  self.monitor = qemu_socket_monitor_new_for_stream (stream);
  g_clear_object (&stream);
  g_signal_connect (self.monitor, "event", G_CALLBACK (event_cb), &self);
  g_signal_connect (self.monitor, "closed", G_CALLBACK (closed_cb), &self);
  peer_start (&self.peer, client == CLIENT_SYNC);

  trial_run (&self, 0, 1, client);
  for (unsigned i = 1; i < prediction->n_batches; i++)
    {
      unsigned n = client == CLIENT_SYNC ? 1 : g_array_index (session->batches, unsigned, i);

      /* Until then it need not know. */
      if (prediction->was_open && prediction->outcomes[index].domain == G_IO_ERROR &&
          prediction->outcomes[index].code == G_IO_ERROR_NOT_CONNECTED)
        QEMU_TEST_WAIT_UNTIL (self.n_closed == 1);
      trial_run (&self, index, n, client);
      index += n;
    }
  trial_end (&self);
  trial_clear (&self);
  place_name[0] = '\0';
}

/* ---------------------------------------------------------------- everywhere */

static const Kind at_bytes[] = {
  { "hang-up", QEMU_FAULT_HANG_UP, qemu_far_connect_pair },
  { "end-of-output", QEMU_FAULT_END_OF_OUTPUT, qemu_far_connect_pair },
  { "deaf", QEMU_FAULT_DEAF, qemu_far_connect_pair },
  { "reset", QEMU_FAULT_RESET, qemu_far_connect_tcp },
  { "silence", QEMU_FAULT_SILENCE, qemu_far_connect_pair },
  { "pause", QEMU_FAULT_PAUSE, qemu_far_connect_pair },
  { "cut-line", QEMU_FAULT_CUT_LINE, qemu_far_connect_pair },
  { "cut", QEMU_FAULT_CUT, qemu_far_connect_pair },
  { "flip", QEMU_FAULT_FLIP, qemu_far_connect_pair, .n_variants = 8 },
};

/* While signals come all the time. */
static const Kind with_signals[] = {
  { "nothing", QEMU_FAULT_NONE, qemu_far_connect_pair },
  { "hang-up", QEMU_FAULT_HANG_UP, qemu_far_connect_pair },
  { "silence", QEMU_FAULT_SILENCE, qemu_far_connect_pair },
  { "pause", QEMU_FAULT_PAUSE, qemu_far_connect_pair },
  { "cut", QEMU_FAULT_CUT, qemu_far_connect_pair },
  { "over-tls", QEMU_FAULT_PAUSE, qemu_far_connect_tls },
  { "over-pipes", QEMU_FAULT_PAUSE, qemu_far_connect_pipes },
};

/* Each trial has a handshake of its own, which is much of it: there are fewer. */
static const Kind over_tls[] = {
  { "hang-up", QEMU_FAULT_HANG_UP, qemu_far_connect_tls },
  { "end-of-output", QEMU_FAULT_END_OF_OUTPUT, qemu_far_connect_tls },
  { "deaf", QEMU_FAULT_DEAF, qemu_far_connect_tls },
  { "silence", QEMU_FAULT_SILENCE, qemu_far_connect_tls },
  { "pause", QEMU_FAULT_PAUSE, qemu_far_connect_tls },
  { "cut", QEMU_FAULT_CUT, qemu_far_connect_tls },
  { "noise", QEMU_FAULT_NOISE, qemu_far_connect_tls },
};

static const Kind over_pipes[] = {
  { "hang-up", QEMU_FAULT_HANG_UP, qemu_far_connect_pipes },
  { "end-of-output", QEMU_FAULT_END_OF_OUTPUT, qemu_far_connect_pipes },
  { "deaf", QEMU_FAULT_DEAF, qemu_far_connect_pipes },
  { "silence", QEMU_FAULT_SILENCE, qemu_far_connect_pipes },
  { "pause", QEMU_FAULT_PAUSE, qemu_far_connect_pipes },
  { "cut", QEMU_FAULT_CUT, qemu_far_connect_pipes },
};

static const Kind at_messages[] = {
  { "drop", QEMU_FAULT_DROP, qemu_far_connect_pair },
  { "duplicate", QEMU_FAULT_DUPLICATE, qemu_far_connect_pair },
  { "swap", QEMU_FAULT_SWAP, qemu_far_connect_pair },
};

static const Kind in_pieces = { "pieces", QEMU_FAULT_PIECES, qemu_far_connect_pair };

/* Each of so many is tried in a normal run, and all with `-m slow`. */
#define STRIDE 7
/* … but of these. */
#define STREAM_STRIDE 97
#define TLS_STRIDE    311
/* … and of these, as it takes much longer. */
#define SANITIZED_STRIDE 41

/* What a thread keeps to wait with is made when it first has to. */
#define KEPT_FDS 3

static void
test_everywhere (const Kind *kind,
                 Client      client,
                 gsize       n_places,
                 gsize       stride,
                 gsize       first)
{
  unsigned n_fds, n_trials = 0;
  Kind good;

  if (kind->connect == qemu_far_connect_tls && !qemu_far_prepare_tls ())
    return;

  /* What is made once is made here. */
  good = *kind;
  good.fault = QEMU_FAULT_NONE;
  trial (&good, client, 0, 0);
  n_fds = qemu_test_count_fds () + KEPT_FDS;
  for (gsize place = first; place < n_places; place += stride)
    for (unsigned variant = 0; variant < MAX (kind->n_variants, 1); variant++)
      {
        if (stride > 1 && kind->n_variants > 0 && variant != place % kind->n_variants)
          continue;
        trial (kind, client, place, variant);
        /* A thread of GLib's may still be about to end, with what it had. */
        QEMU_TEST_WAIT_UNTIL (qemu_test_count_fds () <= n_fds);
        n_trials++;
      }
  g_test_message ("%u trials", n_trials);
  g_assert_cmpuint (n_trials, >, 0);
}

static gsize
get_stride (void)
{
  return g_test_slow () ? 1 : qemu_test_is_sanitized () ? SANITIZED_STRIDE : STRIDE;
}

static gsize
get_stream_stride (const Kind *kind)
{
  return kind->connect == qemu_far_connect_tls ? TLS_STRIDE : STREAM_STRIDE;
}

static void
test_at_bytes_async (gconstpointer data)
{
  const Kind *kind = data;

  g_test_summary ("Whatever happens at whichever byte: each call of a main loop ends once, and as it has to");
  test_everywhere (kind, CLIENT_ASYNC, session->bytes->len, get_stride (), 0);
}

static void
test_at_bytes_sync (gconstpointer data)
{
  const Kind *kind = data;

  g_test_summary ("The same of synchronous calls");
  test_everywhere (kind, CLIENT_SYNC, session->bytes->len, get_stride (), 3 % get_stride ());
}

static void
test_at_messages_async (gconstpointer data)
{
  const Kind *kind = data;

  g_test_summary ("A message that is missing, comes twice or too late, changes nothing for others");
  test_everywhere (kind, CLIENT_ASYNC, session->utterances->len - 1, 1, 0);
}

static void
test_at_messages_sync (gconstpointer data)
{
  const Kind *kind = data;

  g_test_summary ("The same of synchronous calls");
  test_everywhere (kind, CLIENT_SYNC, session->utterances->len - 1, 1, 0);
}

static void
test_stream_async (gconstpointer data)
{
  const Kind *kind = data;

  g_test_summary ("It is the same over a stream that is no socket");
  test_everywhere (kind, CLIENT_ASYNC, session->bytes->len, get_stream_stride (kind), 0);
}

static void
test_stream_sync (gconstpointer data)
{
  const Kind *kind = data;

  g_test_summary ("The same of synchronous calls");
  test_everywhere (kind, CLIENT_SYNC, session->bytes->len, get_stream_stride (kind), 5);
}

static int n_signals;

static void
count_signal (int signal_number)
{
  g_atomic_int_inc (&n_signals);
}

static void
test_with_signals (gconstpointer data)
{
  const Kind *kind = data;
  struct sigaction action = { .sa_handler = count_signal }, old_action;
  struct itimerval often = { { 0, 300 }, { 0, 300 } }, never = { { 0, 0 }, { 0, 0 } };

  g_test_summary ("Signals interrupt system calls, which is nobody's end");
  if (kind->connect == qemu_far_connect_tls && !qemu_far_prepare_tls ())
    return;

  n_signals = 0;
  g_assert_no_errno (sigaction (SIGALRM, &action, &old_action));
  g_assert_no_errno (setitimer (ITIMER_REAL, &often, NULL));
  test_everywhere (kind, CLIENT_ASYNC, session->bytes->len, get_stream_stride (kind), 0);
  test_everywhere (kind, CLIENT_SYNC, session->bytes->len, get_stream_stride (kind), 5);
  g_assert_no_errno (setitimer (ITIMER_REAL, &never, NULL));
  g_assert_no_errno (sigaction (SIGALRM, &old_action, NULL));
  g_assert_cmpint (g_atomic_int_get (&n_signals), >, 0);
}

static void
test_in_pieces (gconstpointer data)
{
  g_test_summary ("A session arrives byte by byte, or in pieces of any other size");
  for (unsigned size = 1; size < 40; size += 1 + size / 4)
    {
      trial (&in_pieces, CLIENT_ASYNC, 0, size);
      trial (&in_pieces, CLIENT_SYNC, 0, size);
    }
}

static void
add (const char    *way,
     const Kind    *kinds,
     unsigned       n_kinds,
     GTestDataFunc  func)
{
  for (unsigned i = 0; i < n_kinds; i++)
    {
      g_autofree char *path = g_strdup_printf ("/faults/%s/%s", way, kinds[i].name);

      g_test_add_data_func (path, &kinds[i], func);
    }
}

int
main (int   argc,
      char *argv[])
{
  int status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  qemu_test_tell_on_abort (place_name);
  session = qemu_session_new ("job");

  add ("async", at_bytes, G_N_ELEMENTS (at_bytes), test_at_bytes_async);
  add ("sync", at_bytes, G_N_ELEMENTS (at_bytes), test_at_bytes_sync);
  add ("async", at_messages, G_N_ELEMENTS (at_messages), test_at_messages_async);
  add ("sync", at_messages, G_N_ELEMENTS (at_messages), test_at_messages_sync);
  add ("tls/async", over_tls, G_N_ELEMENTS (over_tls), test_stream_async);
  add ("tls/sync", over_tls, G_N_ELEMENTS (over_tls), test_stream_sync);
  add ("pipes/async", over_pipes, G_N_ELEMENTS (over_pipes), test_stream_async);
  add ("pipes/sync", over_pipes, G_N_ELEMENTS (over_pipes), test_stream_sync);
  add ("signals", with_signals, G_N_ELEMENTS (with_signals), test_with_signals);
  add ("both", &in_pieces, 1, test_in_pieces);

  status = g_test_run ();
  qemu_session_free (session);

  return status;
}
