/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain follows by itself: jobs and disks as live objects, in models that a user interface can show. */

#include "config.h"

#include <string.h>

#include "qemu-play.h"
#include "qemu-vm.h"

/* A domain that was given its name asks for its status when it is opened, and for nothing else. */
#define OPENING QMP_PLAY_HANDSHAKE, { .expect = "query-status", .reply = "{'status': 'running', 'running': true}" }

#define STATUS(id_, status_) .event = "JOB_STATUS_CHANGE", .data = "{'id': '" id_ "', 'status': '" status_ "'}"

/* What is answered whenever it comes. */
static const QmpPlay background[] = {
  { .expect = "query-status", .reply = "{'status': 'running', 'running': true}" },
  { .expect = "job-dismiss", .reply = "{}" },
  { 0 }
};

static const QmpPlay status_only[] = {
  { .expect = "query-status", .reply = "{'status': 'running', 'running': true}" },
  { 0 }
};

static QemuDomain *
domain_new_open (QemuPlay *play)
{
  g_autoptr(GIOStream) stream = qemu_play_take_stream (play);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_stream (stream);
  QemuDomain *domain = qemu_domain_new (monitor, "vm");
  g_autoptr(GError) error = NULL;

  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);

  return domain;
}

static QemuJob *
start (QemuDomain  *domain,
       const char  *quoted,
       GError     **error)
{
  g_autofree char *text = qemu_test_json (quoted);
  g_autoptr(QemuCommand) command = qemu_command_new_from_json (text, NULL);

  return qemu_domain_start_job (domain, command, NULL, error);
}

#define MIRROR "{'execute': 'blockdev-mirror', 'arguments': {'job-id': 'j'}}"

static void
log_cb (GObject    *object,
        GParamSpec *pspec,
        gpointer    user_data)
{
  GString *log = user_data;
  g_auto(GValue) value = G_VALUE_INIT;
  g_autofree char *text = NULL;

  g_assert_true (g_main_context_is_owner (NULL));
  g_object_get_property (object, pspec->name, &value);
  if (G_VALUE_HOLDS_ENUM (&value))
    text = g_strdup (g_enum_get_value (G_PARAM_SPEC_ENUM (pspec)->enum_class, g_value_get_enum (&value))->value_nick);
  else if (G_VALUE_HOLDS_STRING (&value))
    text = g_value_dup_string (&value);
  else
    text = g_strdup_value_contents (&value);
  g_string_append_printf (log, "%s=%s ", pspec->name, text);
}

/* ---------------------------------------------------------------- jobs, by the book */

static void
test_drain (void)
{
  static const QmpPlay steps[] = {
    OPENING,
    { .expect = "blockdev-mirror", STATUS ("j", "created") },
    { STATUS ("j", "running") },
    { .reply_to = 4, .reply = "{}" },
    { STATUS ("j", "ready") },
    { STATUS ("j", "standby") },
    { STATUS ("j", "ready") },
    { STATUS ("j", "standby") },
    { STATUS ("j", "ready") },
    { .wait_for_test = TRUE, STATUS ("j", "standby") },
    { .wait_for_test = TRUE, STATUS ("j", "ready") },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play);
  g_autoptr(QemuJob) job = NULL;
  g_autoptr(GString) log = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  g_test_summary ("A pause that QEMU makes for itself is not shown; one that lasts is, after a moment");

  job = start (domain, MIRROR, &error);
  g_assert_no_error (error);
  g_assert_true (QEMU_IS_BLOCK_JOB (job));
  g_signal_connect (job, "notify::status-name", G_CALLBACK (log_cb), log);
  g_signal_connect (job, "notify::paused", G_CALLBACK (log_cb), log);
  qemu_job_wait_ready (job, NULL, &error);
  g_assert_no_error (error);
  QEMU_TEST_WAIT_UNTIL (qemu_job_get_status (job) == QEMU_JOB_STATUS_READY);
  qemu_test_spin (150);
  g_assert_null (strstr (log->str, "standby"));
  g_assert_null (strstr (log->str, "paused"));
  g_string_truncate (log, 0);

  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (strstr (log->str, "status-name=standby") != NULL && strstr (log->str, "paused=TRUE") != NULL);
  g_assert_cmpint (qemu_job_get_status (job), ==, QEMU_JOB_STATUS_STANDBY);
  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (strstr (log->str, "status-name=ready") != NULL);
  g_clear_object (&job);
  qemu_test_drop (domain);
}

/* A script never runs the loop: what is shown then depends on when it looks. */
static void
test_drain_without_loop (void)
{
  static const QmpPlay steps[] = {
    OPENING,
    { .expect = "blockdev-mirror", STATUS ("j", "created") },
    { STATUS ("j", "running") },
    { STATUS ("j", "paused") },
    { .reply_to = 4, .reply = "{}" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play);
  g_autoptr(QemuJob) job = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A pause that lasts is shown without a main loop, too");

  job = start (domain, MIRROR, &error);
  g_assert_no_error (error);
  while (qemu_job_get_status (job) != QEMU_JOB_STATUS_PAUSED)
    g_usleep (10 * 1000);
  g_assert_cmpstr (qemu_job_get_status_name (job), ==, "paused");
  g_clear_object (&job);
  qemu_test_drop (domain);
}

static void
test_completed_with_error (void)
{
  static const QmpPlay steps[] = {
    OPENING,
    { .expect = "blockdev-mirror", STATUS ("j", "created") },
    { STATUS ("j", "running") },
    { .event = "BLOCK_JOB_COMPLETED", .data = "{'device': 'other', 'type': 'mirror', 'len': 1, 'offset': 1, 'speed': 0}" },
    { STATUS ("other", "concluded") },
    { STATUS ("other", "null") },
    { STATUS ("j", "aborting") },
    { .event = "BLOCK_JOB_COMPLETED", .data = "{'device': 'j', 'type': 'mirror', 'len': 10, 'offset': 4, 'speed': 0, "
      "'error': 'Source and target image have different sizes'}" },
    { STATUS ("j", "concluded") },
    { .reply_to = 4, .reply = "{}" },
    { .expect = "job-dismiss", .arguments = "{'id': 'j'}", STATUS ("j", "null") },
    { .reply_to = 13, .reply = "{}" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, status_only, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play);
  g_autoptr(QemuJob) job = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A job that has completed with an error has failed, also when all is over before the reply");

  job = start (domain, MIRROR, &error);
  g_assert_no_error (error);
  g_assert_cmpint (qemu_job_get_result (job), ==, QEMU_JOB_RESULT_FAILED);
  g_assert_false (qemu_job_wait (job, NULL, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_JOB_FAILED, "mirror “j” on vm: Source and target");
  g_assert_cmpint (qemu_job_get_status (job), ==, QEMU_JOB_STATUS_NULL);
  g_assert_cmpuint (qemu_job_get_current_progress (job), ==, 4);
  g_assert_cmpuint (qemu_job_get_total_progress (job), ==, 10);
  g_assert_cmpfloat (qemu_job_get_fraction (job), ==, 0.4);
  g_clear_object (&job);
  qemu_test_drop (domain);
}

static void
test_refused (void)
{
  static const QmpPlay steps[] = {
    OPENING,
    { .expect = "query-jobs", .reply = "[]" },
    { .expect = "query-block-jobs", .reply = "[]" },
    { .expect = "blockdev-mirror", STATUS ("j", "created") },
    { STATUS ("j", "null") },
    { .reply_to = 6, .error = "GenericError: Permission conflict" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, status_only, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play);
  g_autoptr(QemuJob) job = NULL;
  g_autoptr(GString) log = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  GListModel *jobs = qemu_domain_get_jobs (domain);

  g_test_summary ("A job that QEMU refuses is its command's error, and is never seen");

  QEMU_TEST_WAIT_UNTIL (qemu_play_count_heard (play, "query-block-jobs") == 1);
  g_signal_connect_swapped (jobs, "items-changed", G_CALLBACK (g_string_append_printf), log);
  job = start (domain, MIRROR, &error);
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_GENERIC, "Permission conflict");
  qemu_test_drain ();
  g_assert_cmpuint (g_list_model_get_n_items (jobs), ==, 0);
  g_assert_cmpstr (log->str, ==, "");
  qemu_test_drop (domain);
}

static void
test_silent_after_start (void)
{
  static const QmpPlay steps[] = {
    OPENING,
    { .expect = "blockdev-mirror" },
    { .wait_for_test = TRUE, STATUS ("j", "created") },
    { STATUS ("j", "running") },
    { .event = "BLOCK_JOB_COMPLETED", .data = "{'device': 'j', 'type': 'mirror', 'len': 1, 'offset': 1, 'speed': 0}" },
    { STATUS ("j", "concluded") },
    { .expect = "job-dismiss", .arguments = "{'id': 'j'}", STATUS ("j", "null") },
    { .reply_to = 9, .reply = "{}" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, status_only, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play);
  g_autoptr(QemuCommand) command = qemu_command_new_from_json ("{\"execute\":\"blockdev-mirror\",\"arguments\":"
                                                               "{\"job-id\":\"j\"}}", NULL);
  g_autoptr(QemuJob) job = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A job whose command nobody waits for any more is dismissed all the same");

  qemu_command_set_timeout (command, 50);
  job = qemu_domain_start_job (domain, command, NULL, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (qemu_play_count_heard (play, "job-dismiss") == 1);
  qemu_test_drop (domain);
}

static void
test_new_words (void)
{
  static const QmpPlay steps[] = {
    OPENING,
    { .expect = "x-start", STATUS ("j", "created") },
    { STATUS ("j", "dreaming") },
    { .reply_to = 4, .reply = "{}" },
    { .expect = "query-jobs", .reply = "[{'id': 'j', 'type': 'dream', 'status': 'dreaming', 'current-progress': 3, "
      "'total-progress': 18446744073709551615, 'depth': 4}]" },
    { .wait_for_test = TRUE, STATUS ("j", "concluded") },
    { .expect = "query-jobs", .reply = "[{'id': 'j', 'type': 'dream', 'status': 'concluded', 'current-progress': 3, "
      "'total-progress': 3, 'error': 'Woke up'}]" },
    { .expect = "job-dismiss", .reply = "{}" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, status_only, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play);
  g_autoptr(QemuJob) job = NULL, same = NULL;
  g_autoptr(GListModel) jobs = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A kind of job, and a status, that this library does not know");

  job = start (domain, "{'execute': 'x-start', 'arguments': {'job-id': 'j'}}", &error);
  g_assert_no_error (error);
  g_assert_cmpint (qemu_job_get_status (job), ==, QEMU_JOB_STATUS_UNKNOWN);
  g_assert_cmpstr (qemu_job_get_status_name (job), ==, "dreaming");
  jobs = qemu_domain_list_jobs (domain, NULL, &error);
  g_assert_no_error (error);
  same = g_list_model_get_item (jobs, 0);
  g_assert_true (same == job);
  g_assert_cmpstr (qemu_job_get_job_type (job), ==, "dream");
  g_assert_cmpuint (qemu_job_get_total_progress (job), ==, G_MAXUINT64);
  qemu_play_go_on (play);
  g_assert_false (qemu_job_wait (job, NULL, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_JOB_FAILED, "dream “j” on vm: Woke up");
  g_assert_cmpint (qemu_job_get_status (job), ==, QEMU_JOB_STATUS_NULL);
  qemu_test_drop (domain);
}

/* ---------------------------------------------------------------- nothing is asked that nobody wants to know */

static void
test_idle (void)
{
  static const QmpPlay steps[] = {
    OPENING,
    { .expect = "query-block", .reply = "[{'device': '', 'qdev': 'd', 'locked': false, 'removable': true, "
      "'type': 'unknown'}]" },
    { .expect = "query-jobs", .reply = "[]" },
    { .expect = "query-block-jobs", .reply = "[]" },
    { .expect = "blockdev-mirror", STATUS ("j", "created") },
    { STATUS ("j", "running") },
    { .reply_to = 7, .reply = "{}" },
    /* The command may have changed what is not told. */
    { .expect = "query-block", .reply = "[{'device': '', 'qdev': 'd', 'locked': false, 'removable': true, "
      "'type': 'unknown'}]" },
    { .wait_for_test = TRUE },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, status_only, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play);
  GListModel *devices = qemu_domain_get_block_devices (domain), *jobs = qemu_domain_get_jobs (domain);
  GListModel *block_jobs = qemu_domain_get_block_jobs (domain);
  g_autoptr(QemuJob) job = NULL;
  g_autoptr(GError) error = NULL;
  unsigned n_heard;

  g_test_summary ("A domain that nothing happens to sends nothing, whatever it follows, nor for a job that nobody watches");

  QEMU_TEST_WAIT_UNTIL (g_list_model_get_n_items (devices) == 1);
  qemu_domain_set_progress_interval (domain, 5);
  job = start (domain, MIRROR, &error);
  g_assert_no_error (error);
  QEMU_TEST_WAIT_UNTIL (g_list_model_get_n_items (jobs) == 1 && g_list_model_get_n_items (block_jobs) == 1);
  qemu_test_spin (50);
  n_heard = qemu_play_count_heard (play, NULL);
  qemu_test_spin (200);
  g_assert_cmpuint (qemu_play_count_heard (play, NULL), ==, n_heard);
  qemu_play_go_on (play);
  g_clear_object (&job);
  qemu_test_drop (domain);
}

static void
test_progress (void)
{
  static const QmpPlay steps[] = {
    OPENING,
    { .expect = "blockdev-mirror", STATUS ("j", "created") },
    { STATUS ("j", "running") },
    { .reply_to = 4, .reply = "{}" },
    { .expect = "query-block-jobs", .reply = "[{'device': 'j', 'type': 'mirror', 'status': 'running', 'len': 100, "
      "'offset': 50, 'speed': 0, 'busy': true, 'paused': false, 'ready': false, 'io-status': 'ok'}]" },
    /* Less for the same total is not shown; less of another one is. */
    { .expect = "query-block-jobs", .reply = "[{'device': 'j', 'type': 'mirror', 'status': 'running', 'len': 100, "
      "'offset': 40, 'speed': 0, 'busy': true, 'paused': false, 'ready': false, 'io-status': 'ok'}]" },
    { .expect = "query-block-jobs", .reply = "[{'device': 'j', 'type': 'mirror', 'status': 'running', 'len': 200, "
      "'offset': 60, 'speed': 0, 'busy': true, 'paused': false, 'ready': false, 'io-status': 'ok'}]" },
    { .expect = "query-block-jobs", .reply = "[{'device': 'j', 'type': 'mirror', 'status': 'running', 'len': 200, "
      "'offset': 300, 'speed': 0, 'busy': true, 'paused': false, 'ready': false, 'io-status': 'ok'}]" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, status_only, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play);
  g_autoptr(QemuJob) job = NULL;
  g_autoptr(GString) log = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  gulong id;

  g_test_summary ("Progress is asked for while somebody listens, and only then");

  qemu_domain_set_progress_interval (domain, 5);
  job = start (domain, MIRROR, &error);
  g_assert_no_error (error);
  id = g_signal_connect (job, "notify::fraction", G_CALLBACK (log_cb), log);
  QEMU_TEST_WAIT_UNTIL (strstr (log->str, "fraction=1.0") != NULL);
  g_signal_handler_disconnect (job, id);
  g_assert_cmpstr (log->str, ==, "fraction=0.500000 fraction=0.300000 fraction=1.000000 ");
  qemu_test_spin (50);
  g_assert_cmpuint (qemu_play_count_heard (play, "query-block-jobs"), ==, 4);
  g_clear_object (&job);
  qemu_test_drop (domain);
}

/* ---------------------------------------------------------------- models */

#define DEVICE(qdev_, node_, extra_)                                                                          \
  "{'device': '', 'qdev': '" qdev_ "', 'locked': false, 'removable': false, 'type': 'unknown', 'inserted': "  \
  "{'node-name': '" node_ "', 'file': 'f', 'drv': 'raw', 'ro': false, 'image': {'filename': 'f', "            \
  "'format': 'raw', 'virtual-size': 10}}" extra_ "}"

static void
changed_cb (GListModel *model,
            unsigned    position,
            unsigned    n_removed,
            unsigned    n_added,
            gpointer    user_data)
{
  GString *log = user_data;

  g_assert_true (g_main_context_is_owner (NULL));
  g_string_append_printf (log, "%u-%u+%u ", position, n_removed, n_added);
}

static void
test_devices (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-block", .reply = "[" DEVICE ("a", "a0", "") "," DEVICE ("b", "b0", "") "," DEVICE ("c", "c0", "")
      "]" },
    { .wait_for_test = TRUE, .event = "DEVICE_DELETED", .data = "{'device': 'b', 'path': '/machine/peripheral/b'}" },
    { .expect = "query-block", .reply = "[" DEVICE ("a", "a0", "") "," DEVICE ("c", "c1", ", 'io-status': 'nospace'")
      "]" },
    { .expect = "device_add", .reply = "{}" },
    { .expect = "query-block", .reply = "[" DEVICE ("a", "a0", "") "," DEVICE ("b", "b0", "") ","
      DEVICE ("c", "c1", ", 'io-status': 'nospace'") "," DEVICE ("d", "d0", "") "]" },
    { .expect = "query-block", .reply = "[" DEVICE ("d", "d0", "") "," DEVICE ("a", "a0", "") "]" },
    { .wait_for_test = TRUE, .hang_up = TRUE },
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-block", .reply = "[" DEVICE ("a", "a0", "") "]" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, background, QEMU_PLAY_LISTEN);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_uri (qemu_play_get_uri (play), NULL);
  QemuDomain *domain = qemu_domain_new (monitor, "vm");
  g_autoptr(QemuCommand) add = qemu_command_new ("device_add");
  g_autoptr(QemuBlockDevice) a = NULL, b = NULL, c = NULL, again = NULL;
  g_autoptr(JsonNode) node = NULL;
  g_autoptr(GListModel) list = NULL;
  g_autoptr(GString) log = g_string_new (NULL), notices = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  GListModel *devices;

  g_test_summary ("A model of disks changes as they do, by no more than that, and keeps what stays");

  /* Nothing to follow yet. */
  devices = qemu_domain_get_block_devices (domain);
  g_signal_connect (devices, "items-changed", G_CALLBACK (changed_cb), log);
  qemu_test_drain ();
  g_assert_cmpuint (g_list_model_get_n_items (devices), ==, 0);
  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);
  QEMU_TEST_WAIT_UNTIL (g_list_model_get_n_items (devices) == 3);
  g_assert_cmpstr (log->str, ==, "0-0+3 ");
  a = g_list_model_get_item (devices, 0);
  b = g_list_model_get_item (devices, 1);
  c = g_list_model_get_item (devices, 2);
  g_signal_connect (a, "notify", G_CALLBACK (log_cb), notices);
  g_signal_connect (c, "notify", G_CALLBACK (log_cb), notices);

  /* It tells that a disk has gone, … */
  g_string_truncate (log, 0);
  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (g_list_model_get_n_items (devices) == 2);
  g_assert_cmpstr (log->str, ==, "1-1+0 ");
  qemu_test_drain ();
  g_assert_nonnull (strstr (notices->str, "io-status=nospace "));
  g_assert_nonnull (strstr (notices->str, "node-name=c1 "));
  g_assert_cmpuint (strlen (notices->str), ==, strlen ("io-status=nospace node-name=c1 "));
  g_assert_cmpstr (qemu_block_device_get_node_name (c), ==, "c1");

  /* … but not that one has come. */
  g_string_truncate (log, 0);
  node = qemu_domain_run (domain, add, NULL, &error);
  g_assert_no_error (error);
  QEMU_TEST_WAIT_UNTIL (g_list_model_get_n_items (devices) == 4);
  g_assert_cmpstr (log->str, ==, "1-0+1 3-0+1 ");
  again = g_list_model_get_item (devices, 1);
  g_assert_true (again != b);
  g_clear_object (&again);
  again = g_list_model_get_item (devices, 0);
  g_assert_true (again == a);
  g_assert_cmpstr (qemu_block_device_get_node_name (b), ==, "b0");

  /* What is asked for by somebody is seen by all. */
  g_string_truncate (log, 0);
  list = qemu_domain_list_block_devices (domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 2);
  QEMU_TEST_WAIT_UNTIL (g_list_model_get_n_items (devices) == 2);
  g_clear_object (&again);
  again = g_list_model_get_item (devices, 1);
  g_assert_true (again == a);

  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (qemu_domain_get_state (domain) == QEMU_MONITOR_STATE_CLOSED &&
                        g_list_model_get_n_items (devices) == 0);
  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);
  QEMU_TEST_WAIT_UNTIL (g_list_model_get_n_items (devices) == 1);
  g_assert_true (qemu_domain_get_block_devices (domain) == devices);
  qemu_test_drop (domain);
}

static void
test_reopened (void)
{
  static const QmpPlay steps[] = {
    OPENING,
    { .expect = "x-one", .reply = "{}" },
    { .expect = "x-two", .reply = "{}" },
    { .expect = "query-block", .reply = "[" DEVICE ("a", "a0", "") "]" },
    { .hang_up = TRUE },
    OPENING,
    { .expect = "query-block", .reply = "[" DEVICE ("a", "a1", "") "," DEVICE ("b", "b1", "") "]" },
    { .expect = "query-block", .reply = "[" DEVICE ("a", "a1", "") "," DEVICE ("b", "b1", "") "]" },
    { .expect = "block_resize", .arguments = "{'node-name': 'b1', 'size': 20}", .reply = "{}" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_LISTEN);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_uri (qemu_play_get_uri (play), NULL);
  QemuDomain *domain = qemu_domain_new (monitor, "vm");
  static const char * const names[] = { "x-one", "x-two" };
  g_autoptr(QemuBlockDevice) before = NULL, a = NULL, b = NULL;
  g_autoptr(GListModel) list = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("In another connection all is new, also for a script that runs no loop");

  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);
  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr(QemuCommand) command = qemu_command_new (names[i]);
      g_autoptr(JsonNode) node = qemu_domain_run (domain, command, NULL, &error);

      g_assert_no_error (error);
    }
  before = qemu_domain_find_block_device (domain, "a", NULL, &error);
  g_assert_no_error (error);
  /* It finds out that the line is dead. */
  while (qemu_domain_get_state (domain) == QEMU_MONITOR_STATE_OPEN)
    {
      g_autoptr(QemuCommand) command = qemu_command_new ("x-three");
      g_autoptr(JsonNode) node = qemu_domain_run (domain, command, NULL, NULL);
    }
  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);
  list = qemu_domain_list_block_devices (domain, NULL, &error);
  g_assert_no_error (error);
  a = g_list_model_get_item (list, 0);
  b = g_list_model_get_item (list, 1);
  g_assert_true (a != before);
  g_assert_cmpstr (qemu_block_device_get_node_name (a), ==, "a1");
  g_assert_cmpstr (qemu_block_device_get_node_name (before), ==, "a0");
  qemu_block_device_resize (b, 20, QEMU_RESIZE_NONE, NULL, &error);
  g_assert_no_error (error);
  qemu_test_drop (domain);
}

static void
test_disk_full (void)
{
  static const QmpPlay steps[] = {
    OPENING,
    { .expect = "query-block", .reply = "[" DEVICE ("a", "a0", "") "]" },
    { .wait_for_test = TRUE, .event = "BLOCK_IO_ERROR", .data = "{'device': '', 'node-name': 'a0', 'operation': 'write', "
      "'action': 'stop', 'nospace': true, 'reason': 'No space left on device'}",
      .status = "io-error" },
    { .event = "STOP" },
    { .expect = "query-block", .reply = "[" DEVICE ("a", "a0", ", 'io-status': 'nospace'") "]" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play);
  g_autoptr(QemuBlockDevice) disk = NULL;
  g_autoptr(GString) log = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  g_test_summary ("A disk that somebody watches tells that it is full, also without a model, and the domain that it stands still");

  disk = qemu_domain_find_block_device (domain, "a", NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (disk, "notify::io-status", G_CALLBACK (log_cb), log);
  g_signal_connect (domain, "notify::status-name", G_CALLBACK (log_cb), log);
  qemu_test_drain ();
  g_string_truncate (log, 0);
  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (strstr (log->str, "io-status=nospace ") && strstr (log->str, "status-name=io-error "));
  g_assert_cmpint (qemu_domain_get_status (domain), ==, QEMU_STATUS_IO_ERROR);
  qemu_test_drop (domain);
}

static void
test_foreign_jobs (void)
{
  static const QmpPlay steps[] = {
    OPENING,
    { .expect = "query-jobs", .reply = "[{'id': 'x', 'type': 'create', 'status': 'running', 'current-progress': 0, "
      "'total-progress': 1}]" },
    { .expect = "query-block-jobs", .reply = "[]" },
    { .wait_for_test = TRUE, STATUS ("y", "created") },
    { STATUS ("y", "running") },
    { .expect = "query-jobs", .reply = "[{'id': 'x', 'type': 'create', 'status': 'running', 'current-progress': 0, "
      "'total-progress': 1}, {'id': 'y', 'type': 'stream', 'status': 'running', 'current-progress': 0, "
      "'total-progress': 100}]" },
    { .wait_for_test = TRUE, .event = "BLOCK_JOB_CANCELLED",
      .data = "{'device': 'y', 'type': 'stream', 'len': 100, 'offset': 7, 'speed': 0}" },
    { STATUS ("y", "concluded") },
    { STATUS ("y", "null") },
    { .wait_for_test = TRUE, STATUS ("x", "concluded") },
    { .expect = "query-jobs", .reply = "[{'id': 'x', 'type': 'create', 'status': 'concluded', 'current-progress': 1, "
      "'total-progress': 1}]" },
    { .wait_for_test = TRUE, .hang_up = TRUE },
    { 0 }
  };
  static const QmpPlay answers[] = {
    { .expect = "query-status", .reply = "{'status': 'running', 'running': true}" },
    { .expect = "query-block-jobs", .reply = "[{'device': 'y', 'type': 'stream', 'status': 'running', 'len': 100, "
      "'offset': 0, 'speed': 0, 'busy': true, 'paused': false, 'ready': false, 'io-status': 'ok'}]" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, answers, QEMU_PLAY_NONE);
  QemuDomain *domain = domain_new_open (play);
  GListModel *jobs = qemu_domain_get_jobs (domain), *block_jobs = qemu_domain_get_block_jobs (domain);
  g_autoptr(QemuJob) x = NULL, y = NULL;
  g_autoptr(GString) log = g_string_new (NULL), block_log = g_string_new (NULL), notices = g_string_new (NULL);

  g_test_summary ("Jobs of other clients come and go, and are not touched");

  g_signal_connect (jobs, "items-changed", G_CALLBACK (changed_cb), log);
  g_signal_connect (block_jobs, "items-changed", G_CALLBACK (changed_cb), block_log);
  QEMU_TEST_WAIT_UNTIL (g_list_model_get_n_items (jobs) == 1);
  x = g_list_model_get_item (jobs, 0);
  g_assert_cmpstr (qemu_job_get_id (x), ==, "x");
  g_assert_false (QEMU_IS_BLOCK_JOB (x));
  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (g_list_model_get_n_items (block_jobs) == 1);
  y = g_list_model_get_item (block_jobs, 0);
  g_assert_cmpuint (g_list_model_get_n_items (jobs), ==, 2);
  g_signal_connect (y, "notify::result", G_CALLBACK (log_cb), notices);
  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (g_list_model_get_n_items (block_jobs) == 0);
  QEMU_TEST_WAIT_UNTIL (notices->len > 0);
  g_assert_cmpstr (notices->str, ==, "result=cancelled ");
  g_assert_cmpint (qemu_block_job_get_offset (QEMU_BLOCK_JOB (y)), ==, 7);
  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (qemu_job_get_result (x) == QEMU_JOB_RESULT_COMPLETED);
  qemu_test_drain ();
  g_assert_cmpuint (g_list_model_get_n_items (jobs), ==, 1);
  qemu_play_go_on (play);
  QEMU_TEST_WAIT_UNTIL (g_list_model_get_n_items (jobs) == 0);
  g_assert_cmpint (qemu_job_get_result (x), ==, QEMU_JOB_RESULT_COMPLETED);
  g_assert_cmpstr (log->str, ==, "0-0+1 1-0+1 1-1+0 0-1+0 ");
  g_assert_cmpstr (block_log->str, ==, "0-0+1 0-1+0 ");
  qemu_test_drop (domain);
}

/* ---------------------------------------------------------------- a monitor without events */

#define TEST_TYPE_MONITOR (test_monitor_get_type ())
G_DECLARE_FINAL_TYPE (TestMonitor, test_monitor, TEST, MONITOR, QemuMonitor)

/* One job, which goes on by a step each time that it is asked for. */
struct _TestMonitor
{
  QemuMonitor parent_instance;

  unsigned    step;
  gboolean    completed;
  gboolean    dismissed;
  gboolean    fails;
};

G_DEFINE_FINAL_TYPE (TestMonitor, test_monitor, QEMU_TYPE_MONITOR)

static char *
describe_job (TestMonitor *self)
{
  const char *status = self->step < 3 ? "running" : self->step < 6 || !self->completed ? "ready" : "concluded";

  self->step++;
  if (self->dismissed || self->step == 1)
    return g_strdup ("[]");

  return g_strdup_printf ("[{\"id\": \"j\", \"type\": \"mirror\", \"status\": \"%s\", \"current-progress\": %u, "
                          "\"total-progress\": 10%s}]", status, self->step,
                          self->fails && g_str_equal (status, "concluded") ? ", \"error\": \"Sorry\"" : "");
}

static void
test_monitor_start_run (QemuMonitor        *monitor,
                        QemuMonitorRequest *request)
{
  TestMonitor *self = TEST_MONITOR (monitor);
  const char *name = qemu_command_get_name (qemu_monitor_request_get_command (request));
  g_autofree char *value = NULL, *text = NULL;
  g_autoptr(GBytes) bytes = NULL;

  if (g_str_equal (name, "query-jobs"))
    value = describe_job (self);
  else if (g_str_equal (name, "query-status"))
    value = g_strdup ("{\"status\": \"running\", \"running\": true}");
  else
    value = g_strdup ("{}");
  self->completed = self->completed || g_str_equal (name, "job-complete");
  self->dismissed = self->dismissed || g_str_equal (name, "job-dismiss");

  text = g_strdup_printf ("{\"return\": %s}", value);
  bytes = g_bytes_new (text, strlen (text));
  qemu_monitor_request_return_bytes (request, bytes);
}

static void
test_monitor_class_init (TestMonitorClass *klass)
{
  QEMU_MONITOR_CLASS (klass)->start_run = test_monitor_start_run;
}

static void
test_monitor_init (TestMonitor *self)
{
}

static void
test_without_events (gconstpointer data)
{
  gboolean fails = GPOINTER_TO_INT (data);
  g_autoptr(TestMonitor) monitor = g_object_new (TEST_TYPE_MONITOR, "events-supported", FALSE, NULL);
  QemuDomain *domain = qemu_domain_new (QEMU_MONITOR (monitor), "vm");
  g_autoptr(QemuJob) job = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Where a monitor has no events, a wait asks from time to time");

  monitor->fails = fails;
  g_assert_false (qemu_monitor_get_events_supported (QEMU_MONITOR (monitor)));
  qemu_domain_set_progress_interval (domain, 5);
  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);
  monitor->step = 1;
  job = start (domain, MIRROR, &error);
  g_assert_no_error (error);
  g_assert_true (qemu_job_wait_ready (job, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (qemu_job_get_status (job), ==, QEMU_JOB_STATUS_READY);
  qemu_job_complete_async (job, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);
  g_assert_true (qemu_job_complete_finish (job, result, &error) == !fails);
  if (fails)
    qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_JOB_FAILED, "Sorry");
  else
    g_assert_no_error (error);
  g_assert_true (monitor->dismissed);
  g_assert_cmpint (qemu_job_get_status (job), ==, QEMU_JOB_STATUS_NULL);
  g_clear_object (&result);
  g_clear_object (&job);
  qemu_test_drop (domain);
}

/* ---------------------------------------------------------------- a user interface, and a machine that changes */

/* Does what a list view does: it knows the model only by what items-changed says. */
typedef struct
{
  GListModel *model;
  GPtrArray  *items;
  unsigned    n_changes;
} View;

static void
view_changed_cb (GListModel *model,
                 unsigned    position,
                 unsigned    n_removed,
                 unsigned    n_added,
                 gpointer    user_data)
{
  View *self = user_data;

  g_assert_true (g_main_context_is_owner (NULL));
  g_assert_cmpuint (position + n_removed, <=, self->items->len);
  /* Nothing that stays is touched. */
  for (unsigned i = 0; i < n_removed; i++)
    for (unsigned j = 0; j < n_added; j++)
      {
        g_autoptr(GObject) item = g_list_model_get_item (model, position + j);

        g_assert_true (item != g_ptr_array_index (self->items, position + i));
      }
  if (n_removed > 0)
    g_ptr_array_remove_range (self->items, position, n_removed);
  for (unsigned i = 0; i < n_added; i++)
    g_ptr_array_insert (self->items, position + i, g_list_model_get_item (model, position + i));
  self->n_changes++;

  g_assert_cmpuint (g_list_model_get_n_items (model), ==, self->items->len);
  for (unsigned i = 0; i < self->items->len; i++)
    {
      g_autoptr(GObject) item = g_list_model_get_item (model, i);

      g_assert_true (item == g_ptr_array_index (self->items, i));
    }
}

static void
view_init (View       *self,
           GListModel *model)
{
  self->model = model;
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect (model, "items-changed", G_CALLBACK (view_changed_cb), self);
}

static void
view_clear (View *self)
{
  g_signal_handlers_disconnect_by_data (self->model, self);
  g_ptr_array_unref (self->items);
}

static gboolean
run (QemuDomain *domain,
     const char *format,
     ...) G_GNUC_PRINTF (2, 3);

/* Whether QEMU has done it: what is asked for at random may not be possible. */
static gboolean
run (QemuDomain *domain,
     const char *format,
     ...)
{
  g_autofree char *quoted = NULL, *text = NULL;
  g_autoptr(QemuCommand) command = NULL;
  g_autoptr(JsonNode) node = NULL;
  g_autoptr(GError) error = NULL;
  va_list args;

  va_start (args, format);
  quoted = g_strdup_vprintf (format, args);
  va_end (args);
  text = qemu_test_json (quoted);
  command = qemu_command_new_from_json (text, NULL);
  node = qemu_domain_run (domain, command, NULL, &error);
  if (node == NULL)
    g_assert_cmpint (error->domain, ==, QEMU_ERROR);

  return node != NULL;
}

#define N_SLOTS 12

typedef struct
{
  gboolean  there;
  QemuJob  *job;
} Slot;

static void
slot_toggle_disk (Slot       *slot,
                  QemuDomain *domain,
                  unsigned    i)
{
  if (slot->there)
    {
      run (domain, "{'execute': 'device_del', 'arguments': {'id': 'sd%u'}}", i);
    }
  else
    {
      run (domain, "{'execute': 'blockdev-add', 'arguments': {'driver': 'null-co', 'node-name': 'n%u', "
           "'size': 1048576}}", i);
      run (domain, "{'execute': 'device_add', 'arguments': {'driver': 'scsi-hd', 'id': 'sd%u', 'drive': 'n%u'}}", i, i);
    }
  slot->there = !slot->there;
}

static void
slot_toggle_job (Slot       *slot,
                 QemuDomain *domain,
                 unsigned    i)
{
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;

  if (slot->job != NULL)
    {
      qemu_job_cancel (slot->job, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (qemu_job_get_result (slot->job), !=, QEMU_JOB_RESULT_NONE);
      g_clear_object (&slot->job);
      return;
    }

  run (domain, "{'execute': 'blockdev-add', 'arguments': {'driver': 'null-co', 'node-name': 't%u', "
       "'size': 1048576}}", i);
  text = g_strdup_printf ("{'execute': 'blockdev-mirror', 'arguments': {'device': 'n%u', 'target': 't%u', "
                          "'sync': 'none'}}", i, i);
  slot->job = start (domain, text, NULL);
}

static void
test_random (void)
{
  static const char * const arguments[] = { QEMU_VM_PC, "-S", "-device", "virtio-scsi-pci,id=scsi", NULL };
  const char *program = qemu_test_find_system ();
  g_autoptr(QemuVm) vm = NULL;
  g_autoptr(GRand) random = g_rand_new_with_seed (20261124);
  g_autoptr(GListModel) devices = NULL, jobs = NULL;
  g_autoptr(GError) error = NULL;
  Slot slots[N_SLOTS] = { { FALSE, NULL } };
  View views[3] = { { NULL, NULL, 0 } };
  QemuDomain *domain;

  g_test_summary ("A list that only hears of changes agrees with the model, over a thousand of them at random");

  if (program == NULL)
    return;
  vm = qemu_vm_new (program, arguments);
  domain = qemu_domain_new_for_uri (qemu_vm_get_uri (vm), &error);
  g_assert_no_error (error);
  view_init (&views[0], qemu_domain_get_block_devices (domain));
  view_init (&views[1], qemu_domain_get_jobs (domain));
  view_init (&views[2], qemu_domain_get_block_jobs (domain));
  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);

  for (unsigned i = 0; i < 1000; i++)
    {
      unsigned n = g_rand_int_range (random, 0, N_SLOTS);

      if (g_rand_int_range (random, 0, 3) == 0)
        slot_toggle_job (&slots[n], domain, n);
      else
        slot_toggle_disk (&slots[n], domain, n);
      /* Often several changes come at once. */
      if (g_rand_boolean (random))
        qemu_test_drain ();
    }

  devices = qemu_domain_list_block_devices (domain, NULL, &error);
  g_assert_no_error (error);
  jobs = qemu_domain_list_block_jobs (domain, NULL, &error);
  g_assert_no_error (error);
  QEMU_TEST_WAIT_UNTIL (views[0].items->len == g_list_model_get_n_items (devices) &&
                        views[1].items->len == g_list_model_get_n_items (jobs) &&
                        views[2].items->len == g_list_model_get_n_items (jobs));
  for (unsigned i = 0; i < views[0].items->len; i++)
    {
      g_autoptr(GObject) item = g_list_model_get_item (devices, i);

      g_assert_true (item == g_ptr_array_index (views[0].items, i));
    }
  g_test_message ("%u, %u and %u changes", views[0].n_changes, views[1].n_changes, views[2].n_changes);
  g_assert_cmpuint (views[0].n_changes, >, 100);
  g_assert_cmpuint (views[2].n_changes, >, 50);

  for (unsigned i = 0; i < N_SLOTS; i++)
    g_clear_object (&slots[i].job);
  for (unsigned i = 0; i < G_N_ELEMENTS (views); i++)
    view_clear (&views[i]);
  qemu_test_drop (domain);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/models/drain", test_drain);
  g_test_add_func ("/models/drain-without-loop", test_drain_without_loop);
  g_test_add_func ("/models/completed-with-error", test_completed_with_error);
  g_test_add_func ("/models/refused", test_refused);
  g_test_add_func ("/models/silent-after-start", test_silent_after_start);
  g_test_add_func ("/models/new-words", test_new_words);
  g_test_add_func ("/models/idle", test_idle);
  g_test_add_func ("/models/progress", test_progress);
  g_test_add_func ("/models/devices", test_devices);
  g_test_add_func ("/models/reopened", test_reopened);
  g_test_add_func ("/models/disk-full", test_disk_full);
  g_test_add_func ("/models/foreign-jobs", test_foreign_jobs);
  g_test_add_data_func ("/models/without-events/completed", GINT_TO_POINTER (FALSE), test_without_events);
  g_test_add_data_func ("/models/without-events/failed", GINT_TO_POINTER (TRUE), test_without_events);
  g_test_add_func ("/models/random", test_random);

  return g_test_run ();
}
