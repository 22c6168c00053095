/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Monitors that are none of the library's: one whose QEMU is a function, and classes of a program's own. */

#include "qemu-test.h"

#include <string.h>

/* ---------------------------------------------------------------- a QEMU that is a function */

typedef struct
{
  unsigned    n_asked;
  char       *last;
  const char *answer;                   /* NULL: none */
  gboolean    fails;
  gboolean    is_freed;
} Imitation;

static char *
answer_cb (QemuTestMonitor  *monitor,
           QemuCommand      *command,
           gpointer          user_data,
           GError          **error)
{
  Imitation *self = user_data;

  self->n_asked++;
  g_free (self->last);
  self->last = qemu_command_to_json (command, NULL);

  if (g_str_equal (qemu_command_get_name (command), "query-status"))
    return g_strdup ("{\"running\": false, \"status\": \"paused\"}");
  if (g_str_equal (qemu_command_get_name (command), "stop"))
    qemu_test_monitor_push_event (monitor, "STOP", NULL);

  if (self->fails)
    g_set_error (error, QEMU_ERROR, QEMU_ERROR_DEVICE_NOT_FOUND, "No disk is called so");

  return g_strdup (self->fails ? NULL : self->answer);
}

static void
imitation_free (gpointer data)
{
  Imitation *self = data;

  g_clear_pointer (&self->last, g_free);
  self->is_freed = TRUE;
}

static QemuDomain *
imitate (Imitation *imitation)
{
  g_autoptr(QemuMonitor) monitor = qemu_test_monitor_new (answer_cb, imitation, imitation_free);
  QemuDomain *vm = qemu_domain_new (monitor, "imitation");
  g_autoptr(GError) error = NULL;

  qemu_domain_open (vm, NULL, &error);
  g_assert_no_error (error);

  return vm;
}

static void
test_function (void)
{
  Imitation imitation = { .answer = "{\"n\": 18446744073709551615}" };
  g_autoptr(QemuDomain) vm = imitate (&imitation);
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(GBytes) reply = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (qemu_domain_get_status (vm), ==, QEMU_STATUS_PAUSED);
  g_assert_true (qemu_monitor_get_events_supported (qemu_domain_get_monitor (vm)));

  qemu_command_set_string (command, "id", "disk");
  reply = qemu_domain_run_raw (vm, command, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_bytes_get_data (reply, NULL), ==, "{\"return\": {\"n\": 18446744073709551615}}");
  g_assert_cmpstr (imitation.last, ==, "{\"execute\":\"x\",\"arguments\":{\"id\":\"disk\"}}");

  g_clear_object (&vm);
  g_assert_true (imitation.is_freed);
}

static void
test_function_fails (void)
{
  static const struct
  {
    const char *answer;
    gboolean    fails;
    int         code;
    const char *words;
  } cases[] = {
    { NULL, TRUE, QEMU_ERROR_DEVICE_NOT_FOUND, "x on imitation: No disk is called so" },
    { NULL, FALSE, QEMU_ERROR_PROTOCOL, "has not answered" },
    { "{", FALSE, QEMU_ERROR_PROTOCOL, "x on imitation: " },
    { "", FALSE, QEMU_ERROR_PROTOCOL, "x on imitation: " },
    { "{}, \"error\": {\"class\": \"GenericError\", \"desc\": \"so\"}", FALSE, QEMU_ERROR_GENERIC, "so" },
  };
  Imitation imitation = { 0 };
  g_autoptr(QemuDomain) vm = imitate (&imitation);
  g_autoptr(QemuCommand) command = qemu_command_new ("x");

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) reply = NULL;

      imitation.answer = cases[i].answer;
      imitation.fails = cases[i].fails;
      reply = qemu_domain_run_raw (vm, command, NULL, &error);
      g_assert_null (reply);
      g_assert_error (error, QEMU_ERROR, cases[i].code);
      if (strstr (error->message, cases[i].words) == NULL)
        g_assert_cmpstr (error->message, ==, cases[i].words);
    }
}

static void
log_event_cb (QemuDomain *vm,
              QemuEvent  *event,
              GString    *log)
{
  g_string_append_printf (log, "%s ", qemu_event_get_name (event));
  g_assert_cmpint (g_get_real_time () - qemu_event_get_timestamp (event), <, G_USEC_PER_SEC * 60);
}

static void
log_reply_cb (GObject      *vm,
              GAsyncResult *result,
              gpointer      log)
{
  g_autoptr(GError) error = NULL;

  qemu_domain_stop_finish (QEMU_DOMAIN (vm), result, &error);
  g_assert_no_error (error);
  g_string_append (log, "stopped ");
}

static void
log_notify_cb (QemuDomain *vm,
               GParamSpec *pspec,
               GString    *log)
{
  g_string_append_printf (log, "%s ", pspec->name);
}

/* As a binding makes it that knows of properties only. */
static void
test_function_missing (void)
{
  g_autoptr(QemuDomain) vm = NULL;
  g_autoptr(GError) error = NULL;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      g_test_trap_assert_stderr ("*made without a monitor*");
      return;
    }

  g_log_set_always_fatal (G_LOG_LEVEL_ERROR);
  vm = g_object_new (QEMU_TYPE_DOMAIN, NULL);
  g_assert_false (qemu_domain_open (vm, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
}

static void
note_delivered_cb (QemuMonitor *monitor,
                   gpointer     thing,
                   GArray      *numbers)
{
  guint64 number = qemu_monitor_get_delivered (monitor);

  g_array_append_val (numbers, number);
}

static void
test_function_numbers (void)
{
  Imitation imitation = { .answer = "{}" };
  g_autoptr(QemuDomain) vm = imitate (&imitation);
  QemuMonitor *monitor = qemu_domain_get_monitor (vm);
  g_autoptr(GArray) numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr(GError) error = NULL;

  g_test_summary ("Events and ends of connections are numbered as they come, and told under these numbers");

  qemu_test_drain ();
  g_assert_cmpuint (qemu_monitor_get_received (monitor), ==, 0);
  g_signal_connect (monitor, "event", G_CALLBACK (note_delivered_cb), numbers);
  g_signal_connect (monitor, "closed", G_CALLBACK (note_delivered_cb), numbers);

  /* Synchronous calls: no loop has told of anything yet. */
  for (int i = 0; i < 2; i++)
    {
      g_assert_true (qemu_domain_stop (vm, NULL, &error));
      g_assert_true (qemu_domain_close (vm, NULL, &error));
      g_assert_true (qemu_domain_open (vm, NULL, &error));
    }
  g_assert_cmpuint (qemu_monitor_get_received (monitor), ==, 4);
  g_assert_cmpuint (qemu_monitor_get_delivered (monitor), ==, 0);

  QEMU_TEST_WAIT_UNTIL (numbers->len == 4);
  for (guint64 i = 0; i < 4; i++)
    g_assert_cmpuint (g_array_index (numbers, guint64, i), ==, i + 1);
  g_assert_cmpuint (qemu_monitor_get_delivered (monitor), ==, 4);

  /* The events have had the domain ask for the status. */
  qemu_test_drain ();
  g_assert_finalize_object (g_steal_pointer (&vm));
  QEMU_TEST_WAIT_UNTIL (imitation.is_freed);
}

static void
test_function_cancelled (void)
{
  Imitation imitation = { .answer = "{}" };
  g_autoptr(QemuDomain) vm = imitate (&imitation);
  g_autoptr(QemuCommand) command = qemu_command_new ("query-name");
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) reply = NULL;
  g_autoptr(GError) error = NULL;
  unsigned n_asked = imitation.n_asked;

  g_test_summary ("What is cancelled before it begins is not asked, however fast the answer would be");

  g_cancellable_cancel (cancellable);
  g_assert_null (qemu_domain_run_raw (vm, command, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  qemu_domain_run_raw_async (vm, command, cancellable, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result != NULL);
  g_assert_null (qemu_domain_run_raw_finish (vm, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_clear_object (&result);
  g_assert_cmpuint (imitation.n_asked, ==, n_asked);

  reply = qemu_domain_run_raw (vm, command, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (imitation.n_asked, ==, n_asked + 1);

  g_assert_finalize_object (g_steal_pointer (&vm));
}

/* What the function pushes comes before its answer. */
static void
test_function_events (void)
{
  Imitation imitation = { .answer = "{}" };
  g_autoptr(QemuDomain) vm = imitate (&imitation);
  g_autoptr(GString) log = g_string_new (NULL);

  g_signal_connect (vm, "event", G_CALLBACK (log_event_cb), log);
  qemu_domain_stop_async (vm, NULL, log_reply_cb, log);
  g_assert_cmpuint (imitation.n_asked, >, 0);
  g_assert_cmpstr (log->str, ==, "");
  QEMU_TEST_WAIT_UNTIL (strstr (log->str, "stopped") != NULL);
  g_assert_cmpstr (log->str, ==, "STOP stopped ");

  qemu_test_monitor_push_event (QEMU_TEST_MONITOR (qemu_domain_get_monitor (vm)), "RTC_CHANGE", "{\"offset\": 78}");
  QEMU_TEST_WAIT_UNTIL (g_str_has_suffix (log->str, "RTC_CHANGE "));
}

/* ---------------------------------------------------------------- a class of a program's own */

#define TYPE_PATIENT (patient_get_type ())

/* Keeps what it is asked until it is told to answer. */
G_DECLARE_FINAL_TYPE (Patient, patient, TEST, PATIENT, QemuMonitor)

struct _Patient
{
  QemuMonitor  parent_instance;
  GQueue       requests;
  gboolean     in_a_hurry;
  const char  *jobs;
};

G_DEFINE_FINAL_TYPE (Patient, patient, QEMU_TYPE_MONITOR)

static void
answer (QemuMonitorRequest *request,
        const char         *text)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (text, strlen (text));

  qemu_monitor_request_return_bytes (request, bytes);
}

static void
patient_start_run (QemuMonitor        *monitor,
                   QemuMonitorRequest *request)
{
  Patient *self = TEST_PATIENT (monitor);
  const char *name = qemu_command_get_name (qemu_monitor_request_get_command (request));

  if (g_str_equal (name, "query-jobs"))
    answer (request, self->jobs);
  else if (self->in_a_hurry)
    answer (request, "{\"return\": {}}");
  else
    g_queue_push_tail (&self->requests, g_object_ref (request));
}

static void
patient_start_screen_dump (QemuMonitor        *monitor,
                           QemuMonitorRequest *request)
{
  g_autofree char *text = qemu_command_to_json (qemu_monitor_request_get_command (request), NULL);

  answer (request, text);
}

static void
patient_finalize (GObject *object)
{
  g_queue_clear_full (&TEST_PATIENT (object)->requests, g_object_unref);

  G_OBJECT_CLASS (patient_parent_class)->finalize (object);
}

static void
patient_class_init (PatientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = patient_finalize;
  QEMU_MONITOR_CLASS (klass)->start_run = patient_start_run;
  QEMU_MONITOR_CLASS (klass)->start_screen_dump = patient_start_screen_dump;
}

static void
patient_init (Patient *self)
{
  g_queue_init (&self->requests);
}

static QemuDomain *
patient_domain (Patient **patient)
{
  QemuDomain *vm;
  g_autoptr(GError) error = NULL;

  *patient = g_object_new (TYPE_PATIENT, NULL);
  vm = qemu_domain_new (QEMU_MONITOR (*patient), "patient");
  g_object_unref (*patient);
  (*patient)->in_a_hurry = TRUE;
  qemu_domain_open (vm, NULL, &error);
  g_assert_no_error (error);
  (*patient)->in_a_hurry = FALSE;

  return vm;
}

static void
count_closed_cb (QemuDomain   *vm,
                 const GError *reason,
                 unsigned     *n_closed)
{
  ++*n_closed;
}

/* What nobody has answered ends with the connection, once; what is answered later is dropped. */
static void
test_pending (gconstpointer data)
{
  gboolean by_peer = GPOINTER_TO_INT (data);
  Patient *patient;
  g_autoptr(QemuDomain) vm = patient_domain (&patient);
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) reply = NULL;
  g_autoptr(GError) error = NULL;
  unsigned n_closed = 0;

  g_signal_connect (vm, "closed", G_CALLBACK (count_closed_cb), &n_closed);
  qemu_domain_run_raw_async (vm, command, NULL, qemu_test_store_result_cb, &result);
  g_assert_cmpuint (patient->requests.length, ==, 1);

  if (by_peer)
    {
      g_autoptr(GError) reason = g_error_new (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "It has gone");

      qemu_monitor_emit_closed (QEMU_MONITOR (patient), reason);
    }
  else
    {
      qemu_domain_close (vm, NULL, &error);
      g_assert_no_error (error);
    }
  QEMU_TEST_WAIT_UNTIL (result != NULL && n_closed > 0);
  reply = qemu_domain_run_raw_finish (vm, result, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);

  answer (g_queue_peek_head (&patient->requests), "{\"return\": 1}");
  qemu_test_spin (10);
  g_assert_cmpuint (n_closed, ==, 1);

  g_clear_error (&error);
  patient->in_a_hurry = TRUE;
  qemu_domain_open (vm, NULL, &error);
  g_assert_no_error (error);
  reply = qemu_domain_run_raw (vm, command, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (reply);
}

/* A connection may end between the answer to the open and its end. */
static void
test_lost_early (void)
{
  const int codes[] = { G_IO_ERROR_BROKEN_PIPE, G_IO_ERROR_CONNECTION_CLOSED };
  Patient *patient = g_object_new (TYPE_PATIENT, NULL);
  QemuMonitor *monitor = QEMU_MONITOR (patient);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) reason = g_error_new (G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "It has gone");
  g_autoptr(GError) error = NULL;
  unsigned n_closed = 0;

  g_signal_connect (monitor, "closed", G_CALLBACK (count_closed_cb), &n_closed);
  for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &result);
      qemu_monitor_emit_closed (monitor, i == 0 ? reason : NULL);
      QEMU_TEST_WAIT_UNTIL (result != NULL);
      g_assert_false (qemu_monitor_open_finish (monitor, result, &error));
      g_assert_error (error, G_IO_ERROR, codes[i]);
      g_assert_true (g_str_has_prefix (error->message, "open on QEMU: "));
      g_assert_cmpint (qemu_monitor_get_state (monitor), ==, QEMU_MONITOR_STATE_CLOSED);
      g_clear_error (&error);
      g_clear_object (&result);
    }

  g_assert_true (qemu_monitor_open (monitor, NULL, &error));
  g_assert_no_error (error);
  qemu_test_spin (5);
  g_assert_cmpuint (n_closed, ==, 0);
  qemu_monitor_close (monitor, NULL, NULL);
  QEMU_TEST_WAIT_UNTIL (n_closed == 1);
  g_assert_finalize_object (patient);
}

static gpointer
lose_cb (gpointer patient)
{
  g_usleep (50 * 1000);
  qemu_monitor_emit_closed (patient, NULL);

  return NULL;
}

/* The same for a synchronous call, from another thread. */
static void
test_pending_sync (void)
{
  Patient *patient;
  g_autoptr(QemuDomain) vm = patient_domain (&patient);
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(GThread) thread = g_thread_ref (g_thread_new ("lose", lose_cb, patient));
  g_autoptr(GBytes) reply = NULL;
  g_autoptr(GError) error = NULL;

  reply = qemu_domain_run_raw (vm, command, NULL, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_thread_join (thread);
  g_assert_cmpint (qemu_domain_get_state (vm), ==, QEMU_MONITOR_STATE_CLOSED);
}

static void
test_screen (void)
{
  static const struct
  {
    const char       *device;
    unsigned          head;
    QemuScreenFormat  format;
    const char       *expected;
  } cases[] = {
    { NULL, 0, QEMU_SCREEN_PPM, "{\"execute\":\"screendump\",\"arguments\":{\"format\":\"ppm\"}}" },
    { NULL, 2, QEMU_SCREEN_PNG, "{\"execute\":\"screendump\",\"arguments\":{\"head\":2,\"format\":\"png\"}}" },
    { "vga", 0, QEMU_SCREEN_PPM,
      "{\"execute\":\"screendump\",\"arguments\":{\"device\":\"vga\",\"head\":0,\"format\":\"ppm\"}}" },
  };
  Patient *patient;
  g_autoptr(QemuDomain) vm = patient_domain (&patient);

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GInputStream) picture = qemu_domain_screen_dump (vm, cases[i].device, cases[i].head, cases[i].format,
                                                                 NULL, &error);
      char buffer[256] = "";

      g_assert_no_error (error);
      g_input_stream_read (picture, buffer, sizeof buffer - 1, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (buffer, ==, cases[i].expected);
    }

  qemu_domain_close (vm, NULL, NULL);
  {
    g_autoptr(GError) error = NULL;
    g_autoptr(GInputStream) picture = qemu_domain_screen_dump (vm, NULL, 0, QEMU_SCREEN_PPM, NULL, &error);

    g_assert_null (picture);
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  }
}

static void
count_replaced_cb (QemuMonitor *monitor,
                   unsigned    *n_replaced)
{
  ++*n_replaced;
}

/* A job of a QEMU that has ended is lost, its disks are forgotten, and its status is asked for again. */
static void
test_replaced (void)
{
  static const char greeting[] = "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 9, \"minor\": 1, \"micro\": 0}}}}...";
  Patient *patient;
  g_autoptr(QemuDomain) vm = patient_domain (&patient);
  g_autoptr(GListModel) jobs = NULL;
  g_autoptr(QemuJob) job = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  /* What comes behind it is none of the library's business. */
  g_autoptr(GBytes) more = g_bytes_new_static (greeting, strlen (greeting));
  g_autoptr(GBytes) bytes = g_bytes_new_from_bytes (more, 0, strlen (greeting) - 3);
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) log = g_string_new (NULL);
  unsigned n_replaced = 0;

  patient->jobs = "{\"return\": [{\"id\": \"j\", \"type\": \"backup\", \"status\": \"running\","
                  " \"current-progress\": 1, \"total-progress\": 2}]}";
  jobs = qemu_domain_list_jobs (vm, NULL, &error);
  g_assert_no_error (error);
  job = g_list_model_get_item (jobs, 0);
  qemu_job_wait_async (job, NULL, qemu_test_store_result_cb, &result);
  g_signal_connect (patient, "replaced", G_CALLBACK (count_replaced_cb), &n_replaced);
  g_signal_connect (vm, "notify::version", G_CALLBACK (log_notify_cb), log);

  patient->jobs = "{\"return\": []}";
  qemu_monitor_emit_replaced (QEMU_MONITOR (patient), bytes);
  QEMU_TEST_WAIT_UNTIL (result != NULL && n_replaced > 0 && patient->requests.length > 0);
  g_assert_false (qemu_job_wait_finish (job, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_cmpint (qemu_job_get_result (job), ==, QEMU_JOB_RESULT_LOST);
  g_assert_cmpint (qemu_version_get_major (qemu_domain_get_version (vm)), ==, 9);
  g_assert_cmpstr (log->str, ==, "version ");

  g_assert_cmpstr (qemu_command_get_name (qemu_monitor_request_get_command (patient->requests.head->data)), ==,
                   "query-status");
  answer (patient->requests.head->data, "{\"return\": {\"status\": \"shutdown\", \"running\": false}}");
  QEMU_TEST_WAIT_UNTIL (qemu_domain_get_status (vm) == QEMU_STATUS_SHUTDOWN);

  /* There is none any more. */
  qemu_monitor_emit_replaced (QEMU_MONITOR (patient), NULL);
  QEMU_TEST_WAIT_UNTIL (n_replaced == 2);
  g_assert_null (qemu_domain_get_version (vm));
  g_assert_cmpint (qemu_domain_get_state (vm), ==, QEMU_MONITOR_STATE_OPEN);

  /* A closed monitor has no QEMU that could be another. */
  qemu_domain_close (vm, NULL, NULL);
  qemu_monitor_emit_replaced (QEMU_MONITOR (patient), bytes);
  qemu_test_spin (10);
  g_assert_cmpuint (n_replaced, ==, 2);
}

static gboolean
end_job_cb (gpointer data)
{
  Patient *patient = data;

  patient->jobs = "{\"return\": []}";

  return G_SOURCE_REMOVE;
}

static gpointer
end_job_thread (gpointer data)
{
  g_usleep (100 * 1000);
  end_job_cb (data);

  return NULL;
}

/* A class that has events, but whoever brings them does not run while the caller waits: the wait asks by itself. */
static void
test_wait_without_loop (void)
{
  Patient *patient;
  g_autoptr(QemuDomain) vm = patient_domain (&patient);
  g_autoptr(GListModel) jobs = NULL;
  g_autoptr(QemuJob) job = NULL;
  g_autoptr(GThread) thread = NULL;
  g_autoptr(GError) error = NULL;

  qemu_domain_set_progress_interval (vm, 20);
  patient->jobs = "{\"return\": [{\"id\": \"j\", \"type\": \"backup\", \"status\": \"running\","
                  " \"current-progress\": 1, \"total-progress\": 2}]}";
  jobs = qemu_domain_list_jobs (vm, NULL, &error);
  g_assert_no_error (error);
  job = g_list_model_get_item (jobs, 0);

  thread = g_thread_ref (g_thread_new ("end", end_job_thread, patient));
  qemu_job_wait (job, NULL, NULL);
  g_thread_join (thread);
  g_assert_true (qemu_job_get_result (job) != QEMU_JOB_RESULT_NONE);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/subclass/function", test_function);
  g_test_add_func ("/subclass/function-fails", test_function_fails);
  g_test_add_func ("/subclass/function-numbers", test_function_numbers);
  g_test_add_func ("/subclass/function-missing", test_function_missing);
  g_test_add_func ("/subclass/function-cancelled", test_function_cancelled);
  g_test_add_func ("/subclass/function-events", test_function_events);
  g_test_add_data_func ("/subclass/pending/hung-up", GINT_TO_POINTER (TRUE), test_pending);
  g_test_add_data_func ("/subclass/pending/closed", GINT_TO_POINTER (FALSE), test_pending);
  g_test_add_func ("/subclass/pending/synchronous", test_pending_sync);
  g_test_add_func ("/subclass/lost-early", test_lost_early);
  g_test_add_func ("/subclass/screen", test_screen);
  g_test_add_func ("/subclass/replaced", test_replaced);
  g_test_add_func ("/subclass/wait-without-loop", test_wait_without_loop);

  return g_test_run ();
}
