/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A QEMU, or who stands in for one, that means harm. SECURITY.md has the list of what it could want, and names these
 * tests beside those of the other programs.
 */

#include "config.h"

#include "qemu-line.h"
#include "qemu-play.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---------------------------------------------------------------- a domain whose QEMU says what the test likes */

static char *
answer_cb (QemuTestMonitor  *monitor,
           QemuCommand      *command,
           gpointer          user_data,
           GError          **error)
{
  GHashTable *answers = user_data;
  const char *answer = g_hash_table_lookup (answers, qemu_command_get_name (command));

  return g_strdup (answer != NULL ? answer : "{}");
}

/* Takes @answer. */
static void
set_answer (GHashTable *answers,
            const char *command,
            char       *answer)
{
  g_hash_table_insert (answers, (gpointer) command, answer);
}

/* @answers: for each command, what it returns; looked at each time. */
static QemuDomain *
domain_open (GHashTable *answers)
{
  g_autoptr(QemuMonitor) monitor = qemu_test_monitor_new (answer_cb, answers, NULL);
  QemuDomain *domain = qemu_domain_new (monitor, "vm1");
  g_autoptr(GError) error = NULL;

  set_answer (answers, "query-status", g_strdup ("{\"status\": \"running\", \"running\": true}"));
  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);

  return domain;
}

static GHashTable *
answers_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
}

/* ---------------------------------------------------------------- hanging */

/* Says one thing over and over, until it is told to stop: not faster than it is read. */
typedef struct
{
  int         fd;
  const char *begin;            /* once, in front of all */
  const char *text;
  GThread    *thread;
  gpointer    to_cancel;        /* GCancellable: when the next command is heard */
  int         stop;
  int         stopped_by_itself;
} Babbler;

static gpointer
babble_thread (gpointer data)
{
  Babbler *self = data;
  gint64 end = g_get_monotonic_time () + QEMU_TEST_DEADLINE_SECONDS * G_USEC_PER_SEC;
  gsize length = strlen (self->text);
  gboolean there = write (self->fd, self->begin, strlen (self->begin)) >= 0;

  while (there && !g_atomic_int_get (&self->stop))
    {
      char heard[256];

      there = send (self->fd, self->text, length, MSG_NOSIGNAL) > 0;
      if (recv (self->fd, heard, sizeof heard, MSG_DONTWAIT) > 0 && g_atomic_pointer_get (&self->to_cancel) != NULL)
        g_cancellable_cancel (g_atomic_pointer_get (&self->to_cancel));
      if (g_get_monotonic_time () > end)
        g_atomic_int_set (&self->stopped_by_itself, TRUE), there = FALSE;
    }

  return NULL;
}

static void
babbler_start (Babbler *self)
{
  self->thread = g_thread_new ("babbler", babble_thread, self);
}

/* Whatever had to come to an end while it went on. */
static void
babbler_stop (Babbler *self)
{
  g_assert_false (g_atomic_int_get (&self->stopped_by_itself));
  g_atomic_int_set (&self->stop, TRUE);
  g_assert_no_errno (shutdown (self->fd, SHUT_RDWR));
  g_thread_join (self->thread);
  close (self->fd);
}

static const struct
{
  const char *name;
  const char *begin;
  const char *text;
} babbles[] = {
  { "events", "", "{\"event\": \"X\", \"data\": {\"a\": 1}}\r\n{\"event\": \"Y\"}\r\n" },
  { "single-bytes", "{\"return\": \"", "x" },
  { "empty-lines", "", "\n" },
  { "replies-of-nobody", "", "{\"return\": {}, \"id\": 123456}\r\n{\"error\": {}, \"id\": \"x\"}\r\n" },
  { "greetings", "", QEMU_TEST_GREETING },
  { "things-of-tomorrow", "", "{\"x\": [1, 2, {}]}\r\n" },
  { "lines-without-end", "{\n", " \"x\": 1,\n" },
};

/* What is waited for, which never comes. */
#define SHORT_MS 100

static QemuMonitor *
monitor_for_babbler (Babbler *babbler,
                     unsigned i)
{
  g_autoptr(GIOStream) stream = qemu_test_stream_pair (&babbler->fd);

  babbler->begin = babbles[i].begin;
  babbler->text = babbles[i].text;

  return qemu_socket_monitor_new_for_stream (stream);
}

static void
test_babble_at_open (gconstpointer data)
{
  Babbler babbler = { 0 };
  QemuMonitor *monitor = monitor_for_babbler (&babbler, GPOINTER_TO_UINT (data));
  g_autoptr(GError) error = NULL;

  g_test_summary ("Who never stops talking does not make it take longer to open a monitor");

  qemu_monitor_set_open_timeout (monitor, SHORT_MS);
  babbler_start (&babbler);
  g_assert_false (qemu_monitor_open (monitor, NULL, &error));
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  babbler_stop (&babbler);
  qemu_test_drop (monitor);
}

static void
open_before_babble (QemuMonitor *monitor,
                    Babbler     *babbler)
{
  static const char answer[] = QEMU_TEST_GREETING "{\"return\": {}, \"id\": 1}\r\n";
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (write (babbler->fd, answer, strlen (answer)), ==, strlen (answer));
  qemu_monitor_open (monitor, NULL, &error);
  g_assert_no_error (error);
  babbler_start (babbler);
}

static void
test_babble_at_run (gconstpointer data)
{
  Babbler babbler = { 0 };
  QemuMonitor *monitor = monitor_for_babbler (&babbler, GPOINTER_TO_UINT (data));
  g_autoptr(QemuCommand) command = qemu_command_new ("query-status");
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("… nor a command, in whatever way it is run, or the wait for its end");

  open_before_babble (monitor, &babbler);
  qemu_monitor_set_command_timeout (monitor, SHORT_MS);
  g_assert_null (qemu_monitor_run (monitor, command, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);

  qemu_monitor_run_async (monitor, command, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);
  g_assert_null (qemu_monitor_run_finish (monitor, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_object (&result);
  g_clear_error (&error);

  qemu_monitor_set_command_timeout (monitor, 0);
  g_atomic_pointer_set (&babbler.to_cancel, cancellable);
  g_assert_null (qemu_monitor_run (monitor, command, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  qemu_monitor_close (monitor, NULL, NULL);
  babbler_stop (&babbler);
  qemu_test_drop (monitor);
}

static gboolean
count_cb (gpointer user_data)
{
  ++*(unsigned *) user_data;

  return G_SOURCE_CONTINUE;
}

static void
test_babble_beside (gconstpointer data)
{
  Babbler babbler = { 0 };
  QemuMonitor *babbling = monitor_for_babbler (&babbler, GPOINTER_TO_UINT (data));
  g_autoptr(QemuAnswerer) answerer = qemu_answerer_new (QEMU_ANSWERER_GREETING);
  g_autoptr(GIOStream) stream = qemu_answerer_take_stream (answerer);
  QemuMonitor *other = qemu_socket_monitor_new_for_stream (stream);
  g_autoptr(QemuCommand) command = qemu_command_new ("x-echo");
  unsigned n_ticks = 0, tick = g_timeout_add (1, count_cb, &n_ticks);

  g_test_summary ("… and the other monitors and sources of its main loop get their turn");

  g_clear_object (&stream);
  open_before_babble (babbling, &babbler);
  g_assert_true (qemu_monitor_open (other, NULL, NULL));
  for (unsigned i = 0; i < 20; i++)
    {
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GBytes) reply = NULL;
      g_autoptr(GError) error = NULL;

      qemu_monitor_run_async (other, command, NULL, qemu_test_store_result_cb, &result);
      QEMU_TEST_WAIT_UNTIL (result);
      reply = qemu_monitor_run_finish (other, result, &error);
      g_assert_no_error (error);
    }
  QEMU_TEST_WAIT_UNTIL (n_ticks > 10);
  g_source_remove (tick);

  qemu_monitor_close (babbling, NULL, NULL);
  babbler_stop (&babbler);
  qemu_test_drop (babbling);
  qemu_test_drop (other);
}

static void
test_endless_error_output (void)
{
  g_autofree char *line = g_strnfill (4095, 'y');
  g_autofree char *script = g_strdup_printf ("while :; do echo %s >&2; done", line);
  const char * const argv[] = { "sh", "-c", script, NULL };
  QemuProcess *process = qemu_process_new (argv);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) spawned = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *output = NULL;
  unsigned n_ticks = 0, tick = g_timeout_add (1, count_cb, &n_ticks);

  g_test_summary ("A QEMU that writes to its standard error without end does not stop the main loop");

  qemu_process_spawn_async (process, cancellable, qemu_test_store_result_cb, &spawned);
  for (unsigned i = 0; i < 20; i++)
    {
      unsigned n = n_ticks;

      QEMU_TEST_WAIT_UNTIL (n_ticks > n);
      g_free (output);
      output = qemu_process_get_error_output (process);
    }
  g_assert_cmpuint (strlen (output), <=, 65536);
  g_assert_nonnull (strstr (output, "yyyyyyyy"));
  g_source_remove (tick);

  g_cancellable_cancel (cancellable);
  QEMU_TEST_WAIT_UNTIL (spawned);
  g_assert_false (qemu_process_spawn_finish (process, spawned, &error));
  g_clear_object (&spawned);
  qemu_test_drop (process);
}

/* ---------------------------------------------------------------- growth */

/* It may also have shrunk. */
static void
assert_grown_less_than (gsize    before_kib,
                        unsigned kib)
{
  g_assert_cmpint ((gint64) qemu_test_get_heap_kib () - (gint64) before_kib, <, kib);
}

/* Where memory cannot be measured, a sanitizer looks on, and that takes its time. */
static unsigned
n_or (unsigned many,
      unsigned few)
{
  return qemu_test_get_heap_kib () > 0 ? many : few;
}

/* Things with names of which none comes twice: # is a number. */
static const struct
{
  const char *name;
  const char *text;
} strangers[] = {
  { "events", "{'event': 'EVENT_#', 'data': {'member-#': 1}}\r\n" },
  { "jobs", "{'event': 'JOB_STATUS_CHANGE', 'data': {'id': 'job-#', 'status': 'state-#'}}\r\n" },
  { "block-jobs", "{'event': 'BLOCK_JOB_READY', 'data': {'device': 'job-#', 'type': 'type-#'}}\r\n" },
  { "devices", "{'event': 'DEVICE_TRAY_MOVED', 'data': {'id': 'device-#', 'tray-open': true}}\r\n" },
  { "ids", "{'return': {}, 'id': 9#, 'member-#': 1}\r\n" },
  { "error-classes", "{'error': {'class': 'Class#', 'desc': '#'}, 'id': 9#}\r\n" },
};

typedef struct
{
  int         fd;
  const char *text;
  unsigned    n_names;
} Stranger;

/* Answers commands like a machine that runs, and has all the names come when it hears of x-go. */
static gpointer
stranger_thread (gpointer data)
{
  const Stranger *self = data;
  g_autoptr(GString) heard = g_string_new (NULL);
  gboolean go = FALSE;
  char byte;

  g_assert_cmpint (write (self->fd, QEMU_TEST_GREETING, strlen (QEMU_TEST_GREETING)), >, 0);
  for (unsigned id = 1; !go; id++)
    {
      g_autofree char *answer = g_strdup_printf ("{\"return\": {\"status\": \"running\"}, \"id\": %u}\r\n", id);

      g_string_truncate (heard, 0);
      while (read (self->fd, &byte, 1) == 1 && byte != '\n')
        g_string_append_c (heard, byte);
      go = strstr (heard->str, "x-go") != NULL;
      for (unsigned n = 0; n < self->n_names && go; n++)
        {
          g_autofree char *number = g_strdup_printf ("%u", n);
          g_autoptr(GString) line = g_string_new (self->text);

          g_string_replace (line, "#", number, 0);
          g_string_replace (line, "'", "\"", 0);
          g_assert_cmpint (send (self->fd, line->str, line->len, MSG_NOSIGNAL), ==, line->len);
        }
      g_assert_cmpint (send (self->fd, answer, strlen (answer), MSG_NOSIGNAL), ==, strlen (answer));
    }

  return NULL;
}

static void
test_strangers (gconstpointer data)
{
  Stranger stranger = { .text = strangers[GPOINTER_TO_UINT (data)].text, .n_names = n_or (100000, 3000) };
  g_autoptr(GIOStream) stream = qemu_test_stream_pair (&stranger.fd);
  GThread *thread = g_thread_new ("stranger", stranger_thread, &stranger);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_stream (stream);
  g_autoptr(QemuCommand) command = qemu_command_new ("x-go");
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) reply = NULL;
  g_autoptr(GError) error = NULL;
  QemuDomain *domain = qemu_domain_new (monitor, "vm1");
  unsigned n_events = 0;
  gsize before;

  g_test_summary ("100,000 names that come once each are not remembered");

  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);
  g_signal_connect_swapped (domain, "event", G_CALLBACK (count_cb), &n_events);
  g_signal_connect_swapped (domain, "event::STOP", G_CALLBACK (count_cb), &n_events);
  g_assert_nonnull (qemu_domain_get_jobs (domain));
  qemu_test_drain ();

  before = qemu_test_get_heap_kib ();
  qemu_monitor_run_async (monitor, command, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);
  reply = qemu_monitor_run_finish (monitor, result, &error);
  g_assert_no_error (error);
  if (strstr (stranger.text, "'event'") != NULL)
    g_assert_cmpuint (n_events, ==, stranger.n_names);
  assert_grown_less_than (before, 2 * 1024);

  g_thread_join (thread);
  close (stranger.fd);
  g_clear_object (&monitor);
  qemu_test_drop (domain);
}

/* @n objects, each in the member @path of the one before, which is as long as one step or two. */
static char *
make_nest (unsigned    n,
           const char *begin,
           const char *inside,
           const char *end)
{
  GString *nest = g_string_new (NULL);

  for (unsigned i = 0; i < n; i++)
    g_string_append (nest, begin);
  g_string_append (nest, inside);
  for (unsigned i = 0; i < n; i++)
    g_string_append (nest, end);

  return g_string_free (nest, FALSE);
}

typedef GListModel *(*ListFunc) (QemuDomain    *domain,
                                 GCancellable  *cancellable,
                                 GError       **error);

static const struct
{
  const char *name;
  const char *command;
  ListFunc    list;
  const char *before;
  const char *begin;
  const char *end;
  const char *after;
  unsigned    depth;
} nests[] = {
  { "images", "query-block", qemu_domain_list_block_devices,
    "[{\"device\":\"d\",\"inserted\":{\"image\":", "{\"backing-image\":", "}", "}}]", 1000 },
  { "stats", "query-blockstats", qemu_domain_list_block_stats, "[", "{\"backing\":", "}", "]", 1000 },
  { "bridges", "query-pci", qemu_domain_list_pci_devices,
    "[{\"devices\":[", "{\"pci_bridge\":{\"devices\":[", "]}}", "]}]", 330 },
};

typedef struct
{
  QemuDomain *domain;
  ListFunc    list;
  gsize       grown_kib;
} Listing;

static gpointer
list_thread (gpointer data)
{
  Listing *listing = data;
  gsize before = qemu_test_get_heap_kib ();
  g_autoptr(GError) error = NULL;
  g_autoptr(GListModel) list = listing->list (listing->domain, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (list), >=, 1);
  listing->grown_kib = qemu_test_get_heap_kib () - before;

  return NULL;
}

/* What recurses by the peer's word must not need the stack of a main thread. (A sanitizer's frames are larger.) */
static void
run_with_small_stack (void *(*func) (void *),
                      gpointer data)
{
  gsize size = (qemu_test_get_heap_kib () > 0 ? 512 : 4096) * 1024;
  pthread_attr_t attributes;
  pthread_t thread;

  g_assert_cmpint (pthread_attr_init (&attributes), ==, 0);
  g_assert_cmpint (pthread_attr_setstacksize (&attributes, size), ==, 0);
  g_assert_cmpint (pthread_create (&thread, &attributes, func, data), ==, 0);
  g_assert_cmpint (pthread_join (thread, NULL), ==, 0);
  pthread_attr_destroy (&attributes);
}

static void
test_nested (gconstpointer data)
{
  unsigned i = GPOINTER_TO_UINT (data);
  g_autofree char *filename = g_strnfill (1 << 20, 'x');
  g_autofree char *inside = g_strdup_printf ("{\"filename\":\"%s\"}", filename);
  g_autofree char *nest = make_nest (nests[i].depth, nests[i].begin, inside, nests[i].end);
  g_autoptr(GHashTable) answers = answers_new ();
  Listing listing = { .list = nests[i].list };

  g_test_summary ("What is deep inside is kept once, not once for each level, and needs no deep stack");

  set_answer (answers, nests[i].command, g_strconcat (nests[i].before, nest, nests[i].after, NULL));
  listing.domain = domain_open (answers);
  run_with_small_stack (list_thread, &listing);
  g_assert_cmpuint (listing.grown_kib, <, 8 * 1024);
  qemu_test_drop (listing.domain);
}

#define N_JOBS       2000
#define LONG_KIB     256

/* Jobs that no reply tells of again, with ids of which none comes twice. */
static char *
make_jobs (unsigned list)
{
  GString *jobs = g_string_new ("[");

  for (unsigned i = 0; i < N_JOBS; i++)
    g_string_append_printf (jobs, "%s{\"id\":\"job-%u-%u\",\"type\":\"create\",\"status\":\"running\"}",
                            i > 0 ? "," : "", list, i);

  return g_string_free (g_string_append_c (jobs, ']'), FALSE);
}

static void
test_jobs_without_end (void)
{
  g_autoptr(GHashTable) answers = answers_new ();
  g_autoptr(GError) error = NULL;
  QemuDomain *domain = domain_open (answers);
  QemuTestMonitor *monitor = QEMU_TEST_MONITOR (qemu_domain_get_monitor (domain));
  gsize before = qemu_test_get_heap_kib ();
  unsigned n_refused = 0, n_lists = n_or (20, 5);

  g_test_summary ("Jobs that begin and never end, list after list, do not pile up for ever");

  for (unsigned list = 0; list < n_lists; list++)
    {
      g_autoptr(GListModel) jobs = NULL;

      set_answer (answers, "query-jobs", make_jobs (list));
      jobs = qemu_domain_list_jobs (domain, NULL, &error);
      if (jobs == NULL)
        {
          qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL, "more than");
          g_clear_error (&error);
          n_refused++;
        }
      /* Its events say that it goes on: no list that it is not in means its end. */
      for (unsigned i = 0; i < N_JOBS; i++)
        {
          g_autofree char *data = g_strdup_printf ("{\"id\":\"job-%u-%u\",\"status\":\"running\"}", list, i);

          qemu_test_monitor_push_event (monitor, "JOB_STATUS_CHANGE", data);
        }
      qemu_test_drain ();
    }
  g_assert_cmpuint (n_refused, ==, n_lists - 3);
  assert_grown_less_than (before, 12 * 1024);

  qemu_test_drop (domain);
}

static void
test_many_jobs_at_once (void)
{
  g_autoptr(GHashTable) answers = answers_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(GListModel) jobs = NULL;
  g_autoptr(GString) list = g_string_new ("[");
  QemuDomain *domain = domain_open (answers);

  g_test_summary ("A list of 200,000 jobs is refused before each is compared with each");

  for (unsigned i = 0; i < 200000; i++)
    g_string_append_printf (list, "%s{\"id\":\"%u\"}", i > 0 ? "," : "", i);
  set_answer (answers, "query-jobs", g_strconcat (list->str, "]", NULL));
  jobs = qemu_domain_list_jobs (domain, NULL, &error);
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL, "more than");
  g_assert_null (jobs);

  qemu_test_drop (domain);
}

/* What is kept of words that QEMU chooses is short, and little. */
static void
test_long_words (void)
{
  g_autoptr(GHashTable) answers = answers_new ();
  g_autofree char *filler = g_strnfill (LONG_KIB * 1024, 'x');
  QemuDomain *domain = domain_open (answers);
  QemuTestMonitor *monitor = QEMU_TEST_MONITOR (qemu_domain_get_monitor (domain));
  gsize before = qemu_test_get_heap_kib ();

  g_test_summary ("Statuses, ids and types of a hundred kilobytes are not kept");

  for (unsigned i = 0; i < 64; i++)
    {
      g_autofree char *event = g_strdup_printf ("{\"id\":\"%u%s\",\"status\":\"%u%s\"}", i, filler, i, filler);
      g_autoptr(GListModel) jobs = NULL;

      qemu_test_monitor_push_event (monitor, "JOB_STATUS_CHANGE", event);
      qemu_test_drain ();
      set_answer (answers, "query-status", g_strdup_printf ("{\"status\":\"%u%s\"}", i, filler));
      g_assert_cmpint (qemu_domain_query_status (domain, NULL, NULL), ==, QEMU_STATUS_UNKNOWN);
      set_answer (answers, "query-jobs",
                  g_strdup_printf ("[{\"id\":\"%u\",\"type\":\"%u%s\",\"status\":\"%u%s\"}]",
                                   i, i, filler, i, filler));
      jobs = qemu_domain_list_jobs (domain, NULL, NULL);
      g_assert_cmpuint (g_list_model_get_n_items (jobs), ==, 1);
    }
  set_answer (answers, "query-status", g_strdup ("{}"));
  set_answer (answers, "query-jobs", g_strdup ("[]"));
  assert_grown_less_than (before, 2 * 1024);

  qemu_test_drop (domain);
}

/* As many as fit into a play. */
#define N_CONNECTIONS 21

static void
test_reopened (void)
{
  g_autofree char *package = g_strnfill (60 * 1024, 'p');
  g_autofree char *greeting = g_strdup_printf ("{\"QMP\":{\"version\":{\"qemu\":{\"major\":7,\"minor\":2,\"micro\":0},"
                                               "\"package\":\"%s\"},\"capabilities\":[]}}\n", package);
  g_autofree char *event = g_strdup_printf ("{\"event\":\"X\",\"data\":{\"x\":\"%s%s%s%s\"}}\n",
                                            package, package, package, package);
  g_autofree QmpPlay *steps = g_new0 (QmpPlay, 3 * N_CONNECTIONS + 1);
  g_autoptr(QemuPlay) play = NULL;
  g_autoptr(QemuCommand) command = qemu_command_new ("query-kvm");
  QemuMonitor *monitor;
  gsize before;

  g_test_summary ("Connection after connection leaves nothing behind, also where no main loop runs");

  for (unsigned i = 0; i < N_CONNECTIONS; i++)
    {
      steps[3 * i] = (QmpPlay) { .raw = greeting };
      steps[3 * i + 1] = (QmpPlay) { .expect = "qmp_capabilities", .reply = "{}" };
      steps[3 * i + 2] = (QmpPlay) { .expect = "query-kvm", .raw = event, .hang_up = TRUE };
    }
  play = qemu_play_new (steps, NULL, QEMU_PLAY_LISTEN);
  monitor = qemu_socket_monitor_new_for_uri (qemu_play_get_uri (play), NULL);
  before = qemu_test_get_heap_kib ();
  for (unsigned i = 0; i < N_CONNECTIONS; i++)
    {
      g_autoptr(GError) error = NULL;

      qemu_monitor_open (monitor, NULL, &error);
      g_assert_no_error (error);
      g_assert_null (qemu_monitor_run (monitor, command, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
    }
  assert_grown_less_than (before, 11 * 6 * 60);
  qemu_test_drop (monitor);
}

static void
test_long_greeting (void)
{
  g_autofree char *package = g_strnfill (1 << 20, 'p');
  g_autofree char *greeting = g_strdup_printf ("{\"QMP\":{\"version\":{\"package\":\"%s\"},\"capabilities\":[\"oob\"]}}\n",
                                               package);
  const QmpPlay steps[] = {
    { .raw = greeting },
    { .expect = "qmp_capabilities", .reply = "{}" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(GIOStream) stream = qemu_play_take_stream (play);
  QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (stream);
  gsize before = qemu_test_get_heap_kib ();

  g_test_summary ("A greeting of a megabyte is none, and is not kept");

  g_assert_true (qemu_monitor_open (monitor, NULL, NULL));
  g_assert_null (qemu_monitor_get_version (monitor));
  g_assert_null (qemu_monitor_get_capabilities (monitor));
  assert_grown_less_than (before, 512);
  qemu_test_drop (monitor);
}

#define SMALL_LIMIT 65536

static void
test_never_reads (void)
{
  g_autoptr(Line) line = line_new_held (SMALL_LIMIT);
  g_autofree char *filler = g_strnfill (8192, 'x');
  gsize before = qemu_test_get_heap_kib ();
  g_autoptr(GError) error = NULL;
  unsigned n_heard = 0;

  g_test_summary ("What a peer never reads does not pile up when nobody waits for the answers any more");

  for (unsigned i = 0; i < 400; i++)
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      LineCall *call = line_call_new (line, filler, 0, cancellable);

      g_cancellable_cancel (cancellable);
      QEMU_TEST_WAIT_UNTIL (call->n_called);
      g_assert_error (call->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      line_call_free (call);
    }
  g_string_free (g_steal_pointer (&line->log), TRUE);
  line->log = g_string_new (NULL);
  assert_grown_less_than (before, 512);

  g_test_message ("one that waits for its turn is not sent before, and is sent then");
  {
    g_autoptr(LineCall) late = line_call_new (line, "late", 0, NULL);
    g_autofree char *text = NULL;

    do
      {
        g_free (text);
        text = line_hear_text (line);
        n_heard++;
        qemu_test_drain ();
      }
    while (strstr (text, "late") == NULL);
    g_assert_cmpuint (n_heard, <, 100);
    line_say (line, "{'return': 'late', 'id': %u}\r\n", n_heard);
    QEMU_TEST_WAIT_UNTIL (late->n_called);
    g_assert_no_error (late->error);
  }
}

/* Answers of a few megabytes that would be a gigabyte of objects: a million times the middle. */
static const struct
{
  const char *name;
  const char *command;
  ListFunc    list;
  const char *begin;
  const char *middle;
  const char *end;
} crowds[] = {
  { "disks", "query-block", qemu_domain_list_block_devices, "[{}", ",{}", "]" },
  { "stats", "query-blockstats", qemu_domain_list_block_stats, "[{}", ",{}", "]" },
  { "bridges", "query-pci", qemu_domain_list_pci_devices, "[{\"devices\":[{}", ",{}", "]}]" },
  { "numbers", "x", NULL, "[1", ",1,1,1,1,1", "]" },
  { "objects", "x", NULL, "[{}", ",{}", "]" },
};

static void
test_crowd (gconstpointer data)
{
  unsigned i = GPOINTER_TO_UINT (data);
  g_autoptr(GHashTable) answers = answers_new ();
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(GString) answer = g_string_new (crowds[i].begin);
  g_autoptr(GError) error = NULL;
  QemuDomain *domain = domain_open (answers);

  g_test_summary ("Of an answer with a million objects in it none is made");

  for (unsigned n = 0; n < 1000000; n++)
    g_string_append (answer, crowds[i].middle);
  set_answer (answers, crowds[i].command, g_strconcat (answer->str, crowds[i].end, NULL));
  if (crowds[i].list != NULL)
    g_assert_null (crowds[i].list (domain, NULL, &error));
  else
    g_assert_null (qemu_domain_run (domain, command, NULL, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL, "more in it than");

  qemu_test_drop (domain);
}

/* One of 2^16 names of which each has the same hash, as GLib makes it of a string. */
static void
append_collision (GString  *text,
                  unsigned  n)
{
  for (unsigned bit = 0; bit < 16; bit++)
    g_string_append (text, (n >> bit) & 1 ? "Aa" : "B@");
}

static void
test_same_hashes (void)
{
  g_autoptr(GHashTable) answers = answers_new ();
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(GString) object = g_string_new ("{\"x\":1");
  g_autoptr(GString) disks = g_string_new ("[{}");
  g_autoptr(GError) error = NULL;
  QemuDomain *domain = domain_open (answers);

  g_test_summary ("Names that all have the same hash are not compared each with each");

  for (unsigned n = 0; n < 1 << 16; n++)
    {
      g_string_append (object, ",\"");
      append_collision (object, n);
      g_string_append (object, "\":1");
      g_string_append (disks, ",{\"device\":\"");
      append_collision (disks, n);
      g_string_append (disks, "\"}");
    }
  set_answer (answers, "x", g_strconcat (object->str, "}", NULL));
  set_answer (answers, "query-block", g_strconcat (disks->str, "]", NULL));
  g_assert_null (qemu_domain_run (domain, command, NULL, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL, "more in it than");
  g_clear_error (&error);

  /* The second time they are known. */
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr(GListModel) list = qemu_domain_list_block_devices (domain, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (g_list_model_get_n_items (list), ==, (1 << 16) + 1);
    }

  qemu_test_drop (domain);
}

static void
test_tokens_let_go (void)
{
  g_autoptr(GHashTable) answers = answers_new ();
  QemuDomain *domain = domain_open (answers);
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) list = g_string_new ("[1");
  g_autoptr(GBytes) data = NULL;
  gsize before;

  g_test_summary ("What a large reply or event has needed is let go of with it, not with the next one");

  for (unsigned i = 0; i < 2000000; i++)
    g_string_append (list, ",1");
  set_answer (answers, "query-jobs", g_strconcat (list->str, "]", NULL));
  before = qemu_test_get_heap_kib ();
  g_assert_null (qemu_domain_list_jobs (domain, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
  assert_grown_less_than (before, 1024);

  g_string_prepend (list, "{\"id\":");
  g_string_append (list, "]}");
  data = g_bytes_new (list->str, list->len);
  before = qemu_test_get_heap_kib ();
  qemu_monitor_emit_event (qemu_domain_get_monitor (domain), "JOB_STATUS_CHANGE", 0, data);
  qemu_test_drain ();
  assert_grown_less_than (before, 1024);

  qemu_test_drop (domain);
}

static void
test_events_of_other_monitors (void)
{
  g_autoptr(GHashTable) answers = answers_new ();
  QemuMonitor *monitor = qemu_test_monitor_new (answer_cb, answers, NULL);
  g_autofree char *filler = g_strnfill (4096, 'x');
  g_autofree char *data = g_strdup_printf ("{\"x\":\"%s\"}", filler);
  gsize before = qemu_test_get_heap_kib ();

  g_test_summary ("A monitor without a socket keeps no more events for a main loop that does not run, either");

  for (unsigned i = 0; i < 10000; i++)
    qemu_test_monitor_push_event (QEMU_TEST_MONITOR (monitor), "X", data);
  qemu_test_monitor_push_event (QEMU_TEST_MONITOR (monitor), "LAST", NULL);
  assert_grown_less_than (before, 20 * 1024);
  if (qemu_test_get_heap_kib () > 0)
    g_assert_cmpuint (qemu_test_get_heap_kib () - before, >, 10 * 1024);

  g_test_message ("the newest are there");
  QEMU_TEST_WAIT_UNTIL (qemu_monitor_get_delivered (monitor) == 10001);
  assert_grown_less_than (before, 256);
  qemu_test_drop (monitor);
}

/* The file that a picture is to be written to, as QEMU could have it. */
static int
open_picture_file (void)
{
  g_autoptr(GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_strconcat ("/proc/self/fd/", name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);

      if (target != NULL && strstr (target, "qemu-glib screen") != NULL)
        return open (path, O_WRONLY | O_CLOEXEC);
    }

  return -1;
}

static void
test_picture (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "add-fd", .reply = "{'fdset-id': 1, 'fd': 9}" },
    { .expect = "screendump", .event = "HEARD" },
    { .wait_for_test = TRUE, .reply = "{}", .reply_to = 4 },
    { .expect = "remove-fd", .reply = "{}" },
    { .expect = "query-fdsets", .reply = "[]" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_NONE);
  g_autoptr(GIOStream) stream = qemu_play_take_stream (play);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_stream (stream);
  QemuDomain *domain = qemu_domain_new (monitor, "vm1");
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  int fd;

  g_test_summary ("A picture of a terabyte, which costs QEMU nothing, is not read");

  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);
  qemu_domain_screen_dump_async (domain, NULL, 0, QEMU_SCREEN_PPM, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (qemu_monitor_get_delivered (monitor) == 1);
  fd = open_picture_file ();
  g_assert_cmpint (fd, >=, 0);
  g_assert_no_errno (ftruncate (fd, G_GINT64_CONSTANT (1) << 40));
  close (fd);
  qemu_play_go_on (play);

  QEMU_TEST_WAIT_UNTIL (result);
  g_assert_null (qemu_domain_screen_dump_finish (domain, result, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL, "a picture of 1099511627776 bytes");
  g_clear_object (&result);
  g_clear_object (&monitor);
  qemu_test_drop (domain);
}

/* ---------------------------------------------------------------- files */

static void
send_file (int fd,
           int file)
{
  static const char text[] = "{\"event\": \"X\"}\r\n";
  struct iovec iov = { (void *) text, strlen (text) };
  union
  {
    struct cmsghdr header;
    char           space[CMSG_SPACE (sizeof (int))];
  } control = { .space = { 0 } };
  struct msghdr message = {
    .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  struct cmsghdr *c = CMSG_FIRSTHDR (&message);

  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN (sizeof file);
  memcpy (CMSG_DATA (c), &file, sizeof file);
  g_assert_cmpint (sendmsg (fd, &message, 0), ==, strlen (text));
}

static void
test_files_from_peer (void)
{
  g_autoptr(Line) line = line_new ();
  unsigned n_fds = qemu_test_count_fds ();

  g_test_summary ("Files that a peer passes are not taken");

  for (unsigned i = 0; i < 100; i++)
    send_file (line->far, line->far);
  QEMU_TEST_WAIT_UNTIL (line->n_events == 100);
  g_assert_cmpuint (qemu_test_count_fds (), ==, n_fds);

  for (unsigned i = 0; i < 100; i++)
    {
      g_autoptr(LineJob) job = line_job_new (line, "x", 5000, NULL);
      gint64 id = line_hear (line, "x");

      send_file (line->far, line->far);
      line_say_reply (line, id, "x");
      line_job_join (job);
      g_assert_no_error (job->error);
    }
  g_assert_cmpuint (qemu_test_count_fds (), <=, n_fds);
}

/* ---------------------------------------------------------------- what people are shown */

static void
assert_harmless (const char *message)
{
  g_assert_true (g_utf8_validate (message, -1, NULL));
  g_assert_cmpuint (strlen (message), <, 5000);
  for (const char *p = message; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar character = g_utf8_get_char (p);

      if (character != '\n' && character != '\t')
        g_assert_false (g_unichar_iscntrl (character));
    }
}

/* Each of them a way to have a terminal do something, as JSON. */
#define FOR_TERMINALS "\\u001b]0;title\\u0007 \\u009b2J \\u007f \\b\\b\\r"

static void
test_error_text (void)
{
  g_autofree char *filler = g_strnfill (1 << 20, 'x');
  g_autofree char *desc = g_strconcat ("before " FOR_TERMINALS " after ", filler, NULL);
  g_autofree char *reply = g_strdup_printf ("{\"error\": {\"class\": \"GenericError\", \"desc\": \"%s\"}, \"id\": 2}\n",
                                            desc);
  const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-block", .raw = reply },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(GIOStream) stream = qemu_play_take_stream (play);
  QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (stream);
  g_autoptr(QemuCommand) command = qemu_command_new ("query-block");
  g_autoptr(GError) error = NULL;

  g_test_summary ("An error's message is short, and nothing that a terminal obeys");

  g_assert_true (qemu_monitor_open (monitor, NULL, NULL));
  g_assert_null (qemu_monitor_run (monitor, command, NULL, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_GENERIC, "before \357\277\275]0;title");
  assert_harmless (error->message);
  qemu_test_drop (monitor);
}

static void
test_job_error_text (void)
{
  g_autoptr(GHashTable) answers = answers_new ();
  g_autoptr(GListModel) jobs = NULL;
  g_autoptr(QemuJob) job = NULL;
  QemuDomain *domain = domain_open (answers);
  g_autofree char *filler = g_strnfill (1 << 20, 'x');
  g_autofree char *message = NULL;

  g_test_summary ("Why a job has failed is short, and nothing that a terminal obeys");

  set_answer (answers, "query-jobs",
              g_strdup_printf ("[{\"id\": \"j\", \"type\": \"create\", \"status\": \"concluded\", "
                               "\"error\": \"" FOR_TERMINALS "%s\"}]", filler));
  jobs = qemu_domain_list_jobs (domain, NULL, NULL);
  job = g_list_model_get_item (jobs, 0);
  g_object_get (job, "error-message", &message, NULL);
  g_assert_true (g_str_has_prefix (message, "\357\277\275]0;title"));
  assert_harmless (message);

  g_clear_object (&job);
  g_clear_object (&jobs);
  qemu_test_drop (domain);
}

static void
test_process_error_text (void)
{
  static const char * const argv[] = {
    "sh", "-c", "printf 'no\\033[2J\\377way' >&2; exit 1", NULL
  };
  QemuProcess *process = qemu_process_new (argv);
  g_autoptr(GError) error = NULL;

  g_test_summary ("Neither is that of a QEMU that did not start");

  g_assert_false (qemu_process_spawn (process, NULL, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_PROCESS_FAILED, "no\357\277\275[2J\357\277\275way");
  assert_harmless (error->message);
  qemu_test_drop (process);
}

static void
test_ssh_error_text (void)
{
  static const char * const command[] = { "sh", "-c", "printf 'no\\033[2Jway' >&2; exit 255", NULL };
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_uri ("ssh:host/monitor.sock", NULL);
  g_autoptr(GError) error = NULL;

  g_test_summary ("Nor is what ssh says");

  qemu_socket_monitor_set_ssh_command (QEMU_SOCKET_MONITOR (monitor), command);
  g_assert_false (qemu_monitor_open (monitor, NULL, &error));
  qemu_test_assert_error_says (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "ssh: no\357\277\275[2Jway");
  assert_harmless (error->message);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (unsigned i = 0; i < G_N_ELEMENTS (babbles); i++)
    {
      static const struct
      {
        const char    *when;
        GTestDataFunc  func;
      } moments[] = {
        { "open", test_babble_at_open },
        { "run", test_babble_at_run },
        { "beside", test_babble_beside },
      };

      for (unsigned m = 0; m < G_N_ELEMENTS (moments); m++)
        {
          g_autofree char *path = g_strdup_printf ("/hostile/babble/%s/%s", babbles[i].name, moments[m].when);

          g_test_add_data_func (path, GUINT_TO_POINTER (i), moments[m].func);
        }
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (strangers); i++)
    {
      g_autofree char *path = g_strdup_printf ("/hostile/names/%s", strangers[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_strangers);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (nests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/hostile/nested/%s", nests[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_nested);
    }

  g_test_add_func ("/hostile/endless-error-output", test_endless_error_output);
  g_test_add_func ("/hostile/jobs-without-end", test_jobs_without_end);
  g_test_add_func ("/hostile/many-jobs-at-once", test_many_jobs_at_once);
  g_test_add_func ("/hostile/long-words", test_long_words);

  g_test_add_func ("/hostile/reopened", test_reopened);
  g_test_add_func ("/hostile/long-greeting", test_long_greeting);
  g_test_add_func ("/hostile/never-reads", test_never_reads);
  for (unsigned i = 0; i < G_N_ELEMENTS (crowds); i++)
    {
      g_autofree char *path = g_strdup_printf ("/hostile/crowd/%s", crowds[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_crowd);
    }
  g_test_add_func ("/hostile/same-hashes", test_same_hashes);
  g_test_add_func ("/hostile/tokens-let-go", test_tokens_let_go);
  g_test_add_func ("/hostile/events-of-other-monitors", test_events_of_other_monitors);
  g_test_add_func ("/hostile/picture", test_picture);
  g_test_add_func ("/hostile/files-from-peer", test_files_from_peer);
  g_test_add_func ("/hostile/text/error", test_error_text);
  g_test_add_func ("/hostile/text/job", test_job_error_text);
  g_test_add_func ("/hostile/text/process", test_process_error_text);
  g_test_add_func ("/hostile/text/ssh", test_ssh_error_text);

  return g_test_run ();
}
