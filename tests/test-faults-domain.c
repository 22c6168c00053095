/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A domain and a job of it, from its start to its dismissal, while something goes wrong. What a domain asks by itself
 * is in no fixed order, so the peer answers by name, with what a QEMU has answered in the record. */

#include "config.h"

#include "qemu-far.h"
#include "qemu-session.h"

#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static QemuSession *session;

/* ---------------------------------------------------------------- the peer */

/* What the record does not have. */
static const struct
{
  const char *name;
  const char *value;
} others[] = {
  { "query-version", "{\"qemu\": {\"major\": 7, \"minor\": 2, \"micro\": 22}, \"package\": \"\"}" },
  { "query-block", "[]" },
  { "query-block-jobs", "[]" },
  { "query-named-block-nodes", "[]" },
};

typedef struct
{
  QemuFault  fault;
  gsize      place;             /* a byte of all that it says */
  unsigned   variant;
  gboolean   reply_first;       /* events come behind the reply that they came before */

  QemuFar    far;
  GString   *input;
  gsize      n_said;
  gboolean   silent;
  gboolean   dismissed;
  GSource   *source;
  GThread   *thread;
} Peer;

static void
peer_write (Peer       *self,
            const char *text,
            gsize       length)
{
  if (self->far.in_fd >= 0 && !self->silent)
    qemu_far_write (&self->far, text, length);
  self->n_said += length;
}

/* A message. */
static void
peer_say (Peer       *self,
          const char *message)
{
  g_autofree char *text = g_strconcat (message, "\r\n", NULL);
  gsize length = strlen (text);
  gsize offset = self->place - self->n_said;

  if (offset >= length || self->fault == QEMU_FAULT_NONE)
    {
      peer_write (self, text, length);
      return;
    }

  if (self->fault == QEMU_FAULT_FLIP)
    {
      text[offset] ^= 1 << self->variant;
      peer_write (self, text, length);
      return;
    }

  peer_write (self, text, offset);
  if (self->fault == QEMU_FAULT_HANG_UP)
    qemu_far_close (&self->far);
  else if (self->fault == QEMU_FAULT_CUT_LINE)
    peer_write (self, "\r\n", 2);
  else
    self->silent = TRUE;
  self->n_said += length - offset;
}

/* With another id than in the record. */
static void
peer_say_reply (Peer       *self,
                const char *recorded,
                gsize       length,
                const char *id)
{
  g_autofree char *text = g_strndup (recorded, length);
  g_autofree char *message = NULL;
  const char *old_id = strstr (text, "\"id\": ");
  const char *rest;

  g_assert_nonnull (old_id);
  rest = old_id + strspn (old_id, "\"id: ");
  rest += strspn (rest, "0123456789");
  message = g_strdup_printf ("%.*s\"id\": %s%s", (int) (old_id - text), text, id, rest);
  peer_say (self, message);
}

static gboolean
is_event (const QemuUtterance *utterance)
{
  return strstr (utterance->text, "\"event\"") != NULL &&
         strstr (utterance->text, "\"event\"") < utterance->text + utterance->length;
}

/* All that was said to that command of the record. */
static void
peer_repeat (Peer       *self,
             unsigned    number,
             const char *id)
{
  for (int pass = 0; pass <= self->reply_first; pass++)
    for (unsigned i = 0; i < session->utterances->len; i++)
      {
        const QemuUtterance *utterance = &g_array_index (session->utterances, QemuUtterance, i);
        g_autofree char *text = g_strndup (utterance->text, utterance->length - 2);

        if (utterance->gate != number || (self->reply_first && is_event (utterance) != pass))
          continue;
        if (is_event (utterance))
          peer_say (self, text);
        else
          peer_say_reply (self, text, strlen (text), id);
      }
}

/* The number of a command of that name in the record; 0: there is none. Of several, the last once a job has gone. */
static unsigned
find_command (Peer       *self,
              const char *name)
{
  g_autofree char *start = g_strdup_printf ("{\"execute\":\"%s\"", name);
  unsigned number = 0;

  for (unsigned i = 0; i < session->lines->len && (number == 0 || self->dismissed); i++)
    if (g_str_has_prefix (g_ptr_array_index (session->lines, i), start))
      number = i + 1;

  return number;
}

static void
peer_answer (Peer       *self,
             const char *line)
{
  g_autofree char *name = g_strndup (line + strlen ("{\"execute\":\""), strcspn (line + strlen ("{\"execute\":\""), "\""));
  const char *id_member = g_strrstr (line, "\"id\":");
  g_autofree char *id = g_strndup (id_member + strlen ("\"id\":"), strspn (id_member + strlen ("\"id\":"), "0123456789"));
  unsigned number = find_command (self, name);

  if (number > 0)
    {
      self->dismissed |= g_str_equal (name, "job-dismiss");
      peer_repeat (self, number, id);
      return;
    }

  for (unsigned i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_str_equal (name, others[i].name))
      {
        g_autofree char *message = g_strdup_printf ("{\"return\": %s, \"id\": %s}", others[i].value, id);

        peer_say (self, message);
        return;
      }
  g_error ("The peer was asked for %s", name);
}

/* FALSE: the connection is over. */
static gboolean
peer_act (Peer *self)
{
  char buffer[4096], *end;
  gssize n = 0;

  while (self->far.in_fd >= 0 && (n = qemu_far_read (&self->far, buffer, sizeof buffer)) > 0)
    g_string_append_len (self->input, buffer, n);

  while ((end = memchr (self->input->str, '\n', self->input->len)) != NULL)
    {
      g_autofree char *line = g_strndup (self->input->str, end - self->input->str);

      g_string_erase (self->input, 0, end + 1 - self->input->str);
      peer_answer (self, line);
    }

  return self->far.in_fd >= 0 && n < 0;
}

static gboolean
peer_ready_cb (int          fd,
               GIOCondition condition,
               gpointer     user_data)
{
  return peer_act (user_data) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gpointer
peer_thread (gpointer data)
{
  Peer *self = data;
  struct pollfd pollfd = { .fd = self->far.in_fd, .events = POLLIN };

  while (peer_act (self) && poll (&pollfd, 1, QEMU_TEST_DEADLINE_SECONDS * 1000) == 1)
    ;

  return NULL;
}

static GIOStream *
peer_start (Peer    *self,
            gboolean in_thread)
{
  GIOStream *stream = qemu_far_connect_pair (&self->far);
  const QemuUtterance *greeting = &g_array_index (session->utterances, QemuUtterance, 0);
  g_autofree char *text = g_strndup (greeting->text, greeting->length - 2);

  self->input = g_string_new (NULL);
  qemu_far_unblock (&self->far);
  peer_say (self, text);
  if (self->far.in_fd < 0)
    return stream;

  if (in_thread)
    {
      self->thread = g_thread_new ("peer", peer_thread, self);
    }
  else
    {
      self->source = g_unix_fd_source_new (self->far.in_fd, G_IO_IN);
      g_source_set_callback (self->source, G_SOURCE_FUNC (peer_ready_cb), self, NULL);
      g_source_attach (self->source, NULL);
    }

  return stream;
}

static void
peer_stop (Peer *self)
{
  if (self->thread != NULL)
    g_thread_join (self->thread);
  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_source_unref (self->source);
    }
  if (self->far.in_fd >= 0)
    qemu_far_close (&self->far);
  g_string_free (self->input, TRUE);
}

/* ---------------------------------------------------------------- what a program does */

typedef struct
{
  QemuDomain   *domain;
  QemuJob      *job;
  GCancellable *stop;
  unsigned      n_closed;

  GMutex        lock;
  GCond         cond;
  gboolean      over;
} Program;

/* Each has two ways, and the finish function that both need. */
typedef struct
{
  const char *name;
  void      (*start)  (Program      *self,
                       GAsyncResult **result);
  gboolean  (*finish) (Program      *self,
                       GAsyncResult  *result,
                       GError       **error);
  gboolean  (*run)    (Program      *self,
                       GError       **error);
} Step;

static QemuCommand *
make_job_command (void)
{
  QemuCommand *command = qemu_command_new ("blockdev-backup");

  qemu_command_set_string (command, "job-id", "copy");
  qemu_command_set_string (command, "device", "from");
  qemu_command_set_string (command, "target", "to");
  qemu_command_set_string (command, "sync", "full");

  return command;
}

static void
start_open (Program       *self,
            GAsyncResult **result)
{
  qemu_domain_open_async (self->domain, self->stop, qemu_test_store_result_cb, result);
}

static gboolean
finish_open (Program       *self,
             GAsyncResult  *result,
             GError       **error)
{
  return qemu_domain_open_finish (self->domain, result, error);
}

static gboolean
run_open (Program  *self,
          GError  **error)
{
  return qemu_domain_open (self->domain, self->stop, error);
}

static void
start_cont (Program       *self,
            GAsyncResult **result)
{
  qemu_domain_cont_async (self->domain, self->stop, qemu_test_store_result_cb, result);
}

static gboolean
finish_cont (Program       *self,
             GAsyncResult  *result,
             GError       **error)
{
  return qemu_domain_cont_finish (self->domain, result, error);
}

static gboolean
run_cont (Program  *self,
          GError  **error)
{
  return qemu_domain_cont (self->domain, self->stop, error);
}

static void
start_start_job (Program       *self,
                 GAsyncResult **result)
{
  g_autoptr(QemuCommand) command = make_job_command ();

  qemu_domain_start_job_async (self->domain, command, self->stop, qemu_test_store_result_cb, result);
}

static gboolean
finish_start_job (Program       *self,
                  GAsyncResult  *result,
                  GError       **error)
{
  self->job = qemu_domain_start_job_finish (self->domain, result, error);

  return self->job != NULL;
}

static gboolean
run_start_job (Program  *self,
               GError  **error)
{
  g_autoptr(QemuCommand) command = make_job_command ();

  self->job = qemu_domain_start_job (self->domain, command, self->stop, error);

  return self->job != NULL;
}

static void
start_wait (Program       *self,
            GAsyncResult **result)
{
  qemu_job_wait_async (self->job, self->stop, qemu_test_store_result_cb, result);
}

static gboolean
finish_wait (Program       *self,
             GAsyncResult  *result,
             GError       **error)
{
  return qemu_job_wait_finish (self->job, result, error);
}

static gboolean
run_wait (Program  *self,
          GError  **error)
{
  return qemu_job_wait (self->job, self->stop, error);
}

static const Step steps[] = {
  { "open", start_open, finish_open, run_open },
  { "cont", start_cont, finish_cont, run_cont },
  { "start-job", start_start_job, finish_start_job, run_start_job },
  { "wait", start_wait, finish_wait, run_wait },
};

/* ---------------------------------------------------------------- a trial */

/* For all of a program where something is lost for good. */
#define STOP_MS 60

typedef struct
{
  const char *name;
  QemuFault   fault;
  gboolean    in_thread;
  gboolean    reply_first;
  gsize       stride;                   /* of a normal run; a slow one tries seven times as many */
} Kind;

/* Where a failed assertion has come from. */
static char place_name[128];

/* Stops the program after a while, unless it is over before. */
static gpointer
stop_thread (gpointer data)
{
  Program *self = data;
  gint64 when = g_get_monotonic_time () + STOP_MS * 1000;

  g_mutex_lock (&self->lock);
  while (!self->over && g_cond_wait_until (&self->cond, &self->lock, when))
    ;
  g_mutex_unlock (&self->lock);
  if (g_get_monotonic_time () >= when)
    g_cancellable_cancel (self->stop);

  return NULL;
}

static void
program_over (Program *self)
{
  g_mutex_lock (&self->lock);
  self->over = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
closed_cb (QemuMonitor  *monitor,
           const GError *error,
           gpointer      user_data)
{
  Program *self = user_data;

  self->n_closed++;
}

/* What may come of a step, apart from success. QEMU's own errors come of messages that were damaged. */
static void
check_error (const Kind   *kind,
             const GError *error)
{
  static const struct
  {
    QemuFault fault;
    GQuark  (*domain) (void);
    int       code;
  } allowed[] = {
    { QEMU_FAULT_HANG_UP, g_io_error_quark, G_IO_ERROR_CONNECTION_CLOSED },
    { QEMU_FAULT_HANG_UP, g_io_error_quark, G_IO_ERROR_NOT_CONNECTED },
    { QEMU_FAULT_SILENCE, g_io_error_quark, G_IO_ERROR_CANCELLED },
    { QEMU_FAULT_SILENCE, g_io_error_quark, G_IO_ERROR_NOT_CONNECTED },
    { QEMU_FAULT_CUT_LINE, g_io_error_quark, G_IO_ERROR_CANCELLED },
    { QEMU_FAULT_CUT_LINE, g_io_error_quark, G_IO_ERROR_CONNECTION_CLOSED },
    { QEMU_FAULT_CUT_LINE, g_io_error_quark, G_IO_ERROR_NOT_CONNECTED },
    { QEMU_FAULT_CUT_LINE, qemu_error_quark, QEMU_ERROR_PROTOCOL },
    { QEMU_FAULT_FLIP, g_io_error_quark, G_IO_ERROR_CANCELLED },
    { QEMU_FAULT_FLIP, g_io_error_quark, G_IO_ERROR_CONNECTION_CLOSED },
    { QEMU_FAULT_FLIP, g_io_error_quark, G_IO_ERROR_NOT_CONNECTED },
    { QEMU_FAULT_FLIP, qemu_error_quark, QEMU_ERROR_PROTOCOL },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (allowed); i++)
    if (allowed[i].fault == kind->fault && g_error_matches (error, allowed[i].domain (), allowed[i].code))
      return;

  g_error ("%s: unexpected error: %s", g_quark_to_string (error->domain), error->message);
}

/* How many steps went well. */
static unsigned
run_steps (Program    *self,
           const Kind *kind)
{
  unsigned n_good = 0;

  for (unsigned i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;
      gboolean good;

      if (steps[i].start == start_wait && self->job == NULL)
        break;
      if (kind->in_thread)
        {
          good = steps[i].run (self, &error);
        }
      else
        {
          steps[i].start (self, &result);
          QEMU_TEST_WAIT_UNTIL (result != NULL);
          good = steps[i].finish (self, result, &error);
        }
      g_assert_true (good == (error == NULL));
      if (!good)
        check_error (kind, error);
      n_good += good;
    }

  return n_good;
}

static unsigned
trial (const Kind *kind,
       gsize       place,
       unsigned    variant,
       gsize      *n_said)
{
  Peer peer = { .fault = kind->fault, .place = place, .variant = variant, .reply_first = kind->reply_first };
  g_autoptr(GIOStream) stream = peer_start (&peer, kind->in_thread);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_stream (stream);
  Program self = { .domain = qemu_domain_new (monitor, "vm"), .stop = g_cancellable_new () };
  gboolean may_hang = kind->fault != QEMU_FAULT_HANG_UP && kind->fault != QEMU_FAULT_NONE;
  GThread *thread = NULL;
  unsigned n_good;

  g_snprintf (place_name, sizeof place_name, "# %s at %u, variant %u\n", kind->name, (unsigned) place, variant);
  g_clear_object (&stream);
  g_signal_connect (monitor, "closed", G_CALLBACK (closed_cb), &self);
  if (may_hang)
    thread = g_thread_new ("stop", stop_thread, &self);

  n_good = run_steps (&self, kind);
  program_over (&self);
  if (thread != NULL)
    g_thread_join (thread);

  qemu_test_drain ();
  if (qemu_monitor_get_state (monitor) == QEMU_MONITOR_STATE_OPEN)
    {
      g_assert_cmpuint (self.n_closed, ==, 0);
      qemu_monitor_close (monitor, NULL, NULL);
      QEMU_TEST_WAIT_UNTIL (self.n_closed == 1);
    }
  qemu_test_drain ();
  g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
  g_assert_cmpuint (self.n_closed, <=, 1);

  g_clear_object (&self.job);
  g_clear_object (&monitor);
  qemu_test_drop (self.domain);
  g_assert_finalize_object (self.stop);
  *n_said = peer.n_said;
  peer_stop (&peer);
  place_name[0] = '\0';

  return n_good;
}

static const Kind kinds[] = {
  { "hang-up", QEMU_FAULT_HANG_UP, FALSE, FALSE, 7 },
  { "hang-up-later", QEMU_FAULT_HANG_UP, FALSE, TRUE, 7 },
  { "hang-up-sync", QEMU_FAULT_HANG_UP, TRUE, FALSE, 7 },
  { "hang-up-sync-later", QEMU_FAULT_HANG_UP, TRUE, TRUE, 7 },
  { "silence", QEMU_FAULT_SILENCE, FALSE, FALSE, 101 },
  { "silence-sync", QEMU_FAULT_SILENCE, TRUE, TRUE, 101 },
  { "cut-line", QEMU_FAULT_CUT_LINE, FALSE, TRUE, 41 },
  { "flip", QEMU_FAULT_FLIP, FALSE, TRUE, 41 },
  { "flip-sync", QEMU_FAULT_FLIP, TRUE, TRUE, 101 },
};

static void
test_job (gconstpointer data)
{
  const Kind *kind = data;
  gsize stride = g_test_slow () ? (kind->stride + 6) / 7 : kind->stride;
  Kind good = *kind;
  unsigned n_fds, n_good = 0, n_trials = 0;
  gsize n_bytes, n_said;

  g_test_summary ("A domain with a job survives whatever happens to its connection, at whichever byte");

  good.fault = QEMU_FAULT_NONE;
  g_assert_cmpuint (trial (&good, 0, 0, &n_bytes), ==, G_N_ELEMENTS (steps));
  n_fds = qemu_test_count_fds ();
  for (gsize place = 0; place < n_bytes; place += stride)
    {
      unsigned n = trial (kind, place, place % 8, &n_said);

      /* What a thread keeps to wait with may be made now. */
      g_assert_cmpuint (qemu_test_count_fds (), <=, n_fds + 3);
      /* The later it hangs up, the more has been done. */
      if (kind->fault == QEMU_FAULT_HANG_UP && !kind->in_thread)
        g_assert_cmpuint (n, >=, n_good);
      n_good = n;
      n_trials++;
    }
  g_test_message ("%u trials", n_trials);
}

int
main (int   argc,
      char *argv[])
{
  int status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  qemu_test_tell_on_abort (place_name);
  session = qemu_session_new ("job");
  for (unsigned i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *name = g_strconcat ("/faults-domain/job/", kinds[i].name, NULL);

      g_test_add_data_func (name, &kinds[i], test_job);
    }

  status = g_test_run ();
  qemu_session_free (session);

  return status;
}
