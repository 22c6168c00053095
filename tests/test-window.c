/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that overtake others, how many of the others QEMU gets at a time, and sets of files. */

#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "qemu-images.h"
#include "qemu-line.h"
#include "qemu-play.h"
#include "qemu-vm.h"

/* ---------------------------------------------------------------- the window */

#define N_CALLS (QEMU_CHANNEL_WINDOW + 4)

typedef struct
{
  Line     *line;
  LineCall *calls[N_CALLS];
  gint64    first_id;
} Crowd;

static char *
name_of (unsigned n)
{
  return g_strdup_printf ("in-band-%u", n);
}

static void
hear_number (Crowd    *self,
             unsigned  n)
{
  g_autofree char *name = name_of (n);
  gint64 id = line_hear (self->line, name);

  if (n == 0)
    self->first_id = id;
}

static void
answer_number (Crowd    *self,
               gint64    id,
               unsigned  n)
{
  g_autofree char *name = name_of (n);

  line_say_reply (self->line, id, name);
  QEMU_TEST_WAIT_UNTIL (self->calls[n]->n_called);
  line_assert_reply (self->calls[n]->reply, name);
}

/* As many as QEMU gets have been heard, and no more. */
static void
crowd_gather (Crowd *self)
{
  self->line = line_new ();
  qemu_channel_enable_out_of_band (self->line->channel);
  for (unsigned i = 0; i < N_CALLS; i++)
    {
      g_autofree char *name = name_of (i);

      self->calls[i] = line_call_new (self->line, name, 0, NULL);
    }
  for (unsigned i = 0; i < QEMU_CHANNEL_WINDOW; i++)
    hear_number (self, i);
  g_assert_true (line_is_silent (self->line));
}

static void
crowd_clear (Crowd *self)
{
  line_drop_channel (self->line);
  for (unsigned i = 0; i < N_CALLS; i++)
    {
      QEMU_TEST_WAIT_UNTIL (self->calls[i]->n_called);
      g_assert_cmpint (self->calls[i]->n_called, ==, 1);
      line_call_free (self->calls[i]);
    }
  line_free (self->line);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Crowd, crowd_clear)

static void
overtaken_cb (GBytes   *reply,
              GError   *error,
              gpointer  n_called)
{
  g_assert_no_error (error);
  g_bytes_unref (reply);
  ++*(int *) n_called;
}

static gint64
overtake (Crowd *self,
          int   *n_called)
{
  static const char command[] = "{\"exec-oob\":\"query-yank\"";
  g_autofree char *text = NULL;
  const char *id;

  qemu_channel_run_async (self->line->channel, command, sizeof command - 1, 0, NULL, overtaken_cb, n_called);
  text = line_hear_text (self->line);
  g_assert_true (g_str_has_prefix (text, "{\"exec-oob\":\"query-yank\""));
  id = strstr (text, "\"id\":");
  g_assert_nonnull (id);

  return g_ascii_strtoll (id + strlen ("\"id\":"), NULL, 10);
}

static void
test_window (void)
{
  g_auto(Crowd) crowd = { 0 };
  gint64 id;
  int n_called = 0;

  g_test_summary ("QEMU gets eight commands at a time, in their order, and those that overtake beside them");

  crowd_gather (&crowd);
  id = overtake (&crowd, &n_called);
  line_say_reply (crowd.line, id, "query-yank");
  QEMU_TEST_WAIT_UNTIL (n_called == 1);
  g_assert_true (line_is_silent (crowd.line));

  for (unsigned i = 0; i < N_CALLS; i++)
    {
      /* The overtaking one has had an id in between. */
      gint64 late = i >= QEMU_CHANNEL_WINDOW ? 1 : 0;

      answer_number (&crowd, crowd.first_id + i + late, i);
      if (i + QEMU_CHANNEL_WINDOW < N_CALLS)
        hear_number (&crowd, i + QEMU_CHANNEL_WINDOW);
      g_assert_true (line_is_silent (crowd.line));
    }
}

static void
test_given_up (void)
{
  g_auto(Crowd) crowd = { 0 };
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(LineCall) parked = NULL, hasty = NULL;

  g_test_summary ("What was sent and given up counts until QEMU has answered; what was not sent never is");

  crowd_gather (&crowd);
  parked = line_call_new (crowd.line, "cancelled", 0, cancellable);
  hasty = line_call_new (crowd.line, "hasty", 30, NULL);
  g_cancellable_cancel (cancellable);
  QEMU_TEST_WAIT_UNTIL (parked->n_called && hasty->n_called);
  g_assert_error (parked->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_error (hasty->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_true (line_is_silent (crowd.line));

  for (unsigned i = 0; i < N_CALLS; i++)
    {
      answer_number (&crowd, crowd.first_id + i, i);
      if (i + QEMU_CHANNEL_WINDOW < N_CALLS)
        hear_number (&crowd, i + QEMU_CHANNEL_WINDOW);
    }
  g_assert_true (line_is_silent (crowd.line));
}

static void
test_late_replies (void)
{
  g_autoptr(Line) line = line_new ();
  g_autoptr(LineCall) waiting = NULL;
  gint64 first_id = 0;

  g_test_summary ("A late reply that nobody waits for makes room");

  qemu_channel_enable_out_of_band (line->channel);
  for (unsigned i = 0; i < QEMU_CHANNEL_WINDOW; i++)
    {
      g_autoptr(LineCall) hasty = line_call_new (line, "hasty", 1, NULL);
      gint64 id = line_hear (line, "hasty");

      first_id = i == 0 ? id : first_id;
      QEMU_TEST_WAIT_UNTIL (hasty->n_called);
      g_assert_error (hasty->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
    }
  waiting = line_call_new (line, "waiting", 0, NULL);
  qemu_test_spin (5);
  g_assert_true (line_is_silent (line));

  line_say_reply (line, first_id, "hasty");
  /* Not ours: no room for it was ever taken. */
  line_say (line, "{'return': 1, 'id': 'foreign'}\r\n");
  qemu_test_spin (5);
  line_say_reply (line, line_hear (line, "waiting"), "waiting");
  QEMU_TEST_WAIT_UNTIL (waiting->n_called);
  line_assert_reply (waiting->reply, "waiting");
}

static void
test_synchronous (void)
{
  g_auto(Crowd) crowd = { 0 };
  g_autoptr(LineJob) job = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A synchronous caller waits for room behind those who were there before, no longer than it may");

  crowd_gather (&crowd);
  g_assert_null (line_run (crowd.line, "hasty", 30, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_true (line_is_silent (crowd.line));

  job = line_job_new (crowd.line, "synchronous", 0, NULL);
  for (unsigned i = 0; i < N_CALLS; i++)
    {
      g_autofree char *name = name_of (i);

      line_say_reply (crowd.line, crowd.first_id + i, name);
      if (i + QEMU_CHANNEL_WINDOW < N_CALLS)
        hear_number (&crowd, i + QEMU_CHANNEL_WINDOW);
      else if (i + QEMU_CHANNEL_WINDOW == N_CALLS)
        line_say_reply (crowd.line, line_hear (crowd.line, "synchronous"), "synchronous");
    }
  line_job_join (job);
  g_assert_no_error (job->error);
  line_assert_reply (job->reply, "synchronous");
}

static void
test_hang_up (void)
{
  g_auto(Crowd) crowd = { 0 };
  g_autoptr(LineJob) job = NULL;

  g_test_summary ("A hang-up ends those who wait for room with all others");

  crowd_gather (&crowd);
  job = line_job_new (crowd.line, "synchronous", 0, NULL);
  g_usleep (10 * 1000);
  line_hang_up (crowd.line);
  line_job_join (job);
  g_assert_error (job->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  for (unsigned i = 0; i < N_CALLS; i++)
    {
      QEMU_TEST_WAIT_UNTIL (crowd.calls[i]->n_called);
      g_assert_error (crowd.calls[i]->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
    }
}

/* ---------------------------------------------------------------- what is agreed on */

static QemuDomain *
open_domain (const char *uri,
             gboolean    out_of_band)
{
  QemuDomain *vm;
  g_autoptr(QemuMonitor) monitor = NULL;
  g_autoptr(GError) error = NULL;

  monitor = qemu_socket_monitor_new_for_uri (uri, &error);
  g_assert_no_error (error);
  qemu_socket_monitor_set_out_of_band (QEMU_SOCKET_MONITOR (monitor), out_of_band);
  g_assert_true (qemu_socket_monitor_get_out_of_band (QEMU_SOCKET_MONITOR (monitor)) == out_of_band);
  vm = qemu_domain_new (monitor, "window");
  qemu_domain_open (vm, NULL, &error);
  g_assert_no_error (error);

  return vm;
}

static QemuCommand *
overtaking_command (const char *name)
{
  QemuCommand *command = qemu_command_new (name);

  g_assert_false (qemu_command_get_out_of_band (command));
  qemu_command_set_out_of_band (command, TRUE);
  g_assert_true (qemu_command_get_out_of_band (command));

  return command;
}

static void
assert_refused (QemuDomain *vm,
                const char *name,
                const char *words)
{
  g_autoptr(QemuCommand) command = overtaking_command (name);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = qemu_domain_run_raw (vm, command, NULL, &error);

  g_assert_null (reply);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_command (void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *json = qemu_test_json ("{'exec-oob': 'yank', 'arguments': {'a': 1}}");
  g_autoptr(QemuCommand) command = qemu_command_new_from_json (json, &error);
  g_autoptr(QemuCommand) copy = NULL;
  g_autofree char *text = NULL, *copied = NULL, *in_band = NULL;

  g_assert_no_error (error);
  g_assert_true (qemu_command_get_out_of_band (command));
  copy = qemu_command_copy (command);
  text = qemu_command_to_json (command, NULL);
  copied = qemu_command_to_json (copy, NULL);
  g_assert_cmpstr (text, ==, "{\"exec-oob\":\"yank\",\"arguments\":{\"a\":1}}");
  g_assert_cmpstr (copied, ==, text);
  qemu_command_set_out_of_band (copy, FALSE);
  in_band = qemu_command_to_json (copy, NULL);
  g_assert_cmpstr (in_band, ==, "{\"execute\":\"yank\",\"arguments\":{\"a\":1}}");

  g_assert_null (qemu_command_new_from_json ("{\"exec-oob\": \"a\", \"execute\": \"b\"}", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static void
test_refused_by_old_qemu (void)
{
  static const QmpPlay play[] = {
    { .greeting = TRUE },
    { .expect = "qmp_capabilities", .error = "GenericError: no such argument" },
    { .expect = "qmp_capabilities", .reply = "{}" },
    { .expect = "x", .reply = "1" },
    { 0 }
  };
  g_autoptr(QemuPlay) peer = qemu_play_new (play, qmp_play_background, QEMU_PLAY_LISTEN);
  g_autoptr(QemuDomain) vm = open_domain (qemu_play_get_uri (peer), TRUE);
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = NULL;
  g_autofree char *first = qemu_play_dup_heard (peer, 0), *second = qemu_play_dup_heard (peer, 1);

  g_test_summary ("A QEMU that does not know of it is driven without, and no command overtakes");

  g_assert_nonnull (strstr (first, "\"enable\":[\"oob\"]"));
  g_assert_null (strstr (second, "enable"));
  assert_refused (vm, "query-yank", "not agreed on");
  reply = qemu_domain_run_raw (vm, command, NULL, &error);
  g_assert_no_error (error);
}

static QemuVm *
vm_new (void)
{
  static const char * const arguments[] = { "-M", "none", "-nodefaults", "-display", "none", NULL };
  const char *program = qemu_test_find_system ();

  return program != NULL ? qemu_vm_new (program, arguments) : NULL;
}

static void
test_negotiated (void)
{
  g_autoptr(QemuVm) vm = vm_new ();
  QemuDomain *domain;
  g_autoptr(QemuCommand) command = overtaking_command ("query-yank");
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = NULL;

  g_test_summary ("A real QEMU: what it allows overtakes, what it does not is refused here, all without the wish");

  if (vm == NULL)
    return;

  domain = open_domain (qemu_vm_get_uri (vm), TRUE);
  reply = qemu_domain_run_raw (domain, command, NULL, &error);
  g_assert_no_error (error);
  assert_refused (domain, "query-status", "cannot be run out-of-band");
  assert_refused (domain, "x-no-such-command", "cannot be run out-of-band");
  qemu_domain_close (domain, NULL, &error);
  g_assert_no_error (error);
  g_clear_pointer (&reply, g_bytes_unref);
  reply = qemu_domain_run_raw (domain, command, NULL, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  g_clear_error (&error);

  /* The next time without. */
  qemu_socket_monitor_set_out_of_band (QEMU_SOCKET_MONITOR (qemu_domain_get_monitor (domain)), FALSE);
  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);
  assert_refused (domain, "query-yank", "not agreed on");
  qemu_test_drop (domain);
}

static void
append_cb (GObject      *domain,
           GAsyncResult *result,
           gpointer      order)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = qemu_domain_run_raw_finish (QEMU_DOMAIN (domain), result, &error);

  g_assert_no_error (error);
  /* The schema is long. */
  g_string_append_c (order, g_bytes_get_size (reply) < 10000 ? 'y' : 'x');
}

static void
test_overtakes (void)
{
  g_autoptr(QemuVm) vm = vm_new ();
  QemuDomain *domain;
  g_autoptr(QemuCommand) slow = qemu_command_new ("query-qmp-schema");
  g_autoptr(QemuCommand) fast = overtaking_command ("query-yank");
  g_autoptr(GString) order = g_string_new (NULL);
  const char *place;

  g_test_summary ("A real QEMU: a command overtakes thirty that are queued");

  if (vm == NULL)
    return;

  domain = open_domain (qemu_vm_get_uri (vm), TRUE);
  for (unsigned i = 0; i < 30; i++)
    qemu_domain_run_raw_async (domain, slow, NULL, append_cb, order);
  qemu_domain_run_raw_async (domain, fast, NULL, append_cb, order);
  QEMU_TEST_WAIT_UNTIL (order->len == 31);
  place = strchr (order->str, 'y');
  g_assert_nonnull (place);
  /* Those that QEMU had begun come first. */
  g_assert_cmpint (place - order->str, <=, QEMU_CHANNEL_WINDOW);
  qemu_test_drop (domain);
}

/* ---------------------------------------------------------------- files */

static void
assert_no_sets (QemuDomain *domain)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("query-fdsets");
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) node = qemu_domain_run (domain, command, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (node)), ==, 0);
}

typedef struct
{
  QemuFdSet *set;
  GError    *error;
  gboolean   done;
} Added;

static void
added_cb (GObject      *domain,
          GAsyncResult *result,
          gpointer      data)
{
  Added *added = data;

  added->set = qemu_domain_add_fd_finish (QEMU_DOMAIN (domain), result, &added->error);
  added->done = TRUE;
}

static void
test_right_files (void)
{
  g_autoptr(QemuVm) vm = vm_new ();
  QemuDomain *domain;
  g_autofree char *folder = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("With out-of-band on: forty files at once, twenty times, and each comes with its own command");

  if (vm == NULL)
    return;

  domain = open_domain (qemu_vm_get_uri (vm), TRUE);
  folder = g_dir_make_tmp ("qemu-files-XXXXXX", &error);
  g_assert_no_error (error);
  for (unsigned round = 0; round < 20; round++)
    {
      Added added[40] = { { NULL } };

      for (unsigned i = 0; i < G_N_ELEMENTS (added); i++)
        {
          g_autofree char *path = g_strdup_printf ("%s/%u", folder, i);
          int file = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

          qemu_domain_add_fd_async (domain, file, path, NULL, added_cb, &added[i]);
          close (file);
        }
      for (unsigned i = 0; i < G_N_ELEMENTS (added); i++)
        {
          QEMU_TEST_WAIT_UNTIL (added[i].done);
          g_assert_no_error (added[i].error);
        }

      {
        g_autoptr(QemuCommand) command = qemu_command_new ("query-fdsets");
        g_autoptr(JsonNode) node = qemu_domain_run (domain, command, NULL, &error);
        JsonArray *sets = json_node_get_array (node);

        g_assert_no_error (error);
        g_assert_cmpuint (json_array_get_length (sets), ==, G_N_ELEMENTS (added));
        for (unsigned i = 0; i < G_N_ELEMENTS (added); i++)
          {
            JsonArray *fds = json_object_get_array_member (json_array_get_object_element (sets, i), "fds");
            JsonObject *fd = json_array_get_object_element (fds, 0);
            g_autofree char *link = g_strdup_printf ("/proc/%d/fd/%d", qemu_vm_get_pid (vm),
                                                     (int) json_object_get_int_member (fd, "fd"));
            g_autofree char *target = g_file_read_link (link, &error);

            g_assert_no_error (error);
            g_assert_cmpstr (target, ==, json_object_get_string_member (fd, "opaque"));
          }
      }

      for (unsigned i = 0; i < G_N_ELEMENTS (added); i++)
        {
          qemu_fd_set_close (added[i].set, NULL, &error);
          g_assert_no_error (error);
          g_object_unref (added[i].set);
        }
    }
  assert_no_sets (domain);

  for (unsigned i = 0; i < 40; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%u", folder, i);

      g_unlink (path);
    }
  g_rmdir (folder);
  qemu_test_drop (domain);
}

static void
test_rounds (void)
{
  g_autoptr(QemuVm) vm = vm_new ();
  QemuDomain *domain;
  unsigned n_here, n_there;
  int file = g_open ("/dev/null", O_RDWR | O_CLOEXEC, 0);

  g_test_summary ("A thousand times there and back: as many descriptors as before on both sides");

  if (vm == NULL)
    {
      close (file);
      return;
    }

  domain = open_domain (qemu_vm_get_uri (vm), FALSE);
  for (unsigned round = 0; round < 1001; round++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(QemuFdSet) set = qemu_domain_add_fd (domain, file, NULL, NULL, &error);

      g_assert_no_error (error);
      if (round % 3 == 0)
        qemu_fd_set_add_fd (set, file, "another", NULL, &error);
      g_assert_no_error (error);
      g_assert_true (qemu_fd_set_close (set, NULL, &error));
      g_assert_no_error (error);
      /* The first round makes what stays. */
      if (round == 0)
        {
          n_here = qemu_test_count_fds ();
          n_there = qemu_vm_count_fds (vm);
        }
    }
  assert_no_sets (domain);
  g_assert_cmpuint (qemu_test_count_fds (), ==, n_here);
  g_assert_cmpuint (qemu_vm_count_fds (vm), ==, n_there);
  qemu_test_drop (domain);
  close (file);
}

static void
test_set (void)
{
  g_autoptr(QemuVm) vm = vm_new ();
  QemuDomain *domain;
  g_autoptr(QemuFdSet) set = NULL;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *filename = NULL;
  g_autoptr(GError) error = NULL;
  Added added = { NULL };
  int file;

  g_test_summary ("A set knows its name, is closed once, and what nobody waits for is taken back");

  if (vm == NULL)
    return;

  file = g_open ("/dev/null", O_RDWR | O_CLOEXEC, 0);
  domain = open_domain (qemu_vm_get_uri (vm), FALSE);
  g_assert_null (qemu_domain_add_fd (domain, -1, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (qemu_domain_add_fd (domain, file, "\xff", NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);

  set = qemu_domain_add_fd (domain, file, NULL, NULL, &error);
  g_assert_no_error (error);
  filename = g_strdup_printf ("/dev/fdset/%" G_GINT64_FORMAT, qemu_fd_set_get_id (set));
  g_assert_cmpstr (qemu_fd_set_get_filename (set), ==, filename);
  g_assert_cmpuint (qemu_test_read_properties (set), ==, 2);
  g_assert_true (qemu_fd_set_close (set, NULL, &error));
  g_assert_true (qemu_fd_set_close (set, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (qemu_fd_set_add_fd (set, file, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&error);

  /* It is with QEMU when it is cancelled. */
  qemu_domain_add_fd_async (domain, file, NULL, cancellable, added_cb, &added);
  g_cancellable_cancel (cancellable);
  QEMU_TEST_WAIT_UNTIL (added.done);
  g_assert_error (added.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&added.error);
  assert_no_sets (domain);

  /* Without a connection it is not closed, and may be when there is one again. */
  g_clear_object (&set);
  set = qemu_domain_add_fd (domain, file, NULL, NULL, &error);
  g_assert_no_error (error);
  qemu_domain_close (domain, NULL, NULL);
  g_assert_false (qemu_fd_set_close (set, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  g_clear_error (&error);
  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);
  /* Some QEMUs have freed it with their last monitor. */
  if (!qemu_fd_set_close (set, NULL, &error))
    g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_assert_true (qemu_fd_set_close (set, NULL, NULL));
  assert_no_sets (domain);
  g_clear_object (&set);
  close (file);
  qemu_test_drop (domain);
}

static void
test_set_asynchronous (void)
{
  g_autoptr(QemuVm) vm = vm_new ();
  QemuDomain *domain;
  QemuFdSet *set;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) first = NULL, second = NULL, cancelled = NULL, closed = NULL;
  g_autoptr(GError) error = NULL;
  int file;

  g_test_summary ("Files are added to a set in any number, one wait is cancelled, and all go with the set");

  if (vm == NULL)
    return;

  file = g_open ("/dev/null", O_RDWR | O_CLOEXEC, 0);
  domain = open_domain (qemu_vm_get_uri (vm), FALSE);
  set = qemu_domain_add_fd (domain, file, "one", NULL, &error);
  g_assert_no_error (error);

  qemu_fd_set_add_fd_async (set, file, "two", NULL, qemu_test_store_result_cb, &first);
  qemu_fd_set_add_fd_async (set, file, "three", cancellable, qemu_test_store_result_cb, &cancelled);
  qemu_fd_set_add_fd_async (set, file, NULL, NULL, qemu_test_store_result_cb, &second);
  close (file);
  g_cancellable_cancel (cancellable);
  QEMU_TEST_WAIT_UNTIL (first != NULL && second != NULL && cancelled != NULL);
  g_assert_true (qemu_fd_set_add_fd_finish (set, first, &error));
  g_assert_true (qemu_fd_set_add_fd_finish (set, second, &error));
  g_assert_no_error (error);
  g_assert_false (qemu_fd_set_add_fd_finish (set, cancelled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  qemu_fd_set_close_async (set, NULL, qemu_test_store_result_cb, &closed);
  QEMU_TEST_WAIT_UNTIL (closed != NULL);
  g_assert_true (qemu_fd_set_close_finish (set, closed, &error));
  g_assert_no_error (error);
  assert_no_sets (domain);
  g_clear_object (&first);
  g_clear_object (&second);
  g_clear_object (&cancelled);
  g_clear_object (&closed);
  g_assert_finalize_object (set);
  qemu_test_drop (domain);
}

static QemuCommand *
add_node_command (const char *filename)
{
  QemuCommand *command = qemu_command_new ("blockdev-add");

  qemu_command_set_string (command, "driver", "file");
  qemu_command_set_string (command, "node-name", "data");
  qemu_command_set_string (command, "filename", filename);

  return command;
}

/* One that gives up root's rights. */
static QemuVm *
unprivileged_vm_new (const char *program)
{
  const char *arguments[] = { "-M", "none", "-nodefaults", "-display", "none", "-runas", "nobody", NULL };
  const char *argv[] = { program, "--help", NULL };
  g_autofree char *help = NULL;
  g_autoptr(GError) error = NULL;

  if (geteuid () != 0)
    {
      arguments[5] = NULL;
      return qemu_vm_new (program, arguments);
    }

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &help, NULL, NULL, &error);
  g_assert_no_error (error);
  /* It is called otherwise since 9.1. */
  if (strstr (help, "user=username") != NULL && strstr (help, "-run-with") != NULL)
    {
      arguments[5] = "-run-with";
      arguments[6] = "user=nobody";
    }

  return qemu_vm_new (program, arguments);
}

/* A file that QEMU may not open: it has given up its rights, or we have taken them away from the file. */
static void
test_forbidden_file (void)
{
  const char *program = qemu_test_find_system ();
  g_autoptr(QemuVm) vm = NULL;
  QemuDomain *domain;
  g_autofree char *folder = NULL, *path = NULL;
  g_autoptr(QemuCommand) direct = NULL, passed = NULL, delete = qemu_command_new ("blockdev-del");
  g_autoptr(QemuFdSet) set = NULL;
  g_autoptr(JsonNode) node = NULL;
  g_autoptr(GError) error = NULL;
  int file;

  g_test_summary ("A disk on a file that QEMU itself may not open");

  if (program == NULL)
    return;
  vm = unprivileged_vm_new (program);
  folder = g_dir_make_tmp ("qemu-forbidden-XXXXXX", &error);
  g_assert_no_error (error);
  path = g_build_filename (folder, "data", NULL);
  file = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0);
  g_assert_no_errno (ftruncate (file, 1 << 20));

  domain = open_domain (qemu_vm_get_uri (vm), FALSE);
  direct = add_node_command (path);
  node = qemu_domain_run (domain, direct, NULL, &error);
  g_assert_null (node);
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_assert_nonnull (strstr (error->message, "Permission denied"));
  g_clear_error (&error);

  set = qemu_domain_add_fd (domain, file, path, NULL, &error);
  g_assert_no_error (error);
  close (file);
  passed = add_node_command (qemu_fd_set_get_filename (set));
  node = qemu_domain_run (domain, passed, NULL, &error);
  g_assert_no_error (error);
  /* The disk keeps what it has opened. */
  g_assert_true (qemu_fd_set_close (set, NULL, &error));
  g_assert_no_error (error);
  qemu_command_set_string (delete, "node-name", "data");
  g_clear_pointer (&node, json_node_unref);
  node = qemu_domain_run (domain, delete, NULL, &error);
  g_assert_no_error (error);
  assert_no_sets (domain);

  g_clear_object (&set);
  qemu_test_drop (domain);
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/window/window", test_window);
  g_test_add_func ("/window/given-up", test_given_up);
  g_test_add_func ("/window/late-replies", test_late_replies);
  g_test_add_func ("/window/synchronous", test_synchronous);
  g_test_add_func ("/window/hang-up", test_hang_up);
  g_test_add_func ("/window/command", test_command);
  g_test_add_func ("/window/refused-by-old-qemu", test_refused_by_old_qemu);
  g_test_add_func ("/window/negotiated", test_negotiated);
  g_test_add_func ("/window/overtakes", test_overtakes);
  g_test_add_func ("/files/right-ones", test_right_files);
  g_test_add_func ("/files/thousand-rounds", test_rounds);
  g_test_add_func ("/files/set", test_set);
  g_test_add_func ("/files/set-asynchronous", test_set_asynchronous);
  g_test_add_func ("/files/forbidden", test_forbidden_file);

  return g_test_run ();
}
