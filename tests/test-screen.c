/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files for QEMU, and what the screen of a real one shows. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdmessage.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu-play.h"
#include "qemu-vm.h"

static QemuDomain *
domain_new_open (const char *uri)
{
  g_autoptr(GError) error = NULL;
  QemuDomain *domain = qemu_domain_new_for_uri (uri, &error);

  g_assert_no_error (error);
  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);

  return domain;
}

static QemuVm *
vm_new (gboolean with_screen)
{
  static const char * const screen[] = { QEMU_VM_PC, "-S", "-device", "VGA,id=vga", NULL };
  static const char * const none[] = { QEMU_VM_PC, "-S", "-vga", "none", NULL };
  const char *program = qemu_test_find_system ();

  return program != NULL ? qemu_vm_new (program, with_screen ? screen : none) : NULL;
}

/* The sets, and the files in them. */
static unsigned
count_sets (QemuDomain *domain,
            unsigned   *n_files)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("query-fdsets");
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) node = qemu_domain_run (domain, command, NULL, &error);
  JsonArray *sets;

  g_assert_no_error (error);
  sets = json_node_get_array (node);
  *n_files = 0;
  for (unsigned i = 0; i < json_array_get_length (sets); i++)
    *n_files += json_array_get_length (json_object_get_array_member (json_array_get_object_element (sets, i), "fds"));

  return json_array_get_length (sets);
}

/* ---------------------------------------------------------------- commands with a file */

static void
test_attach (void)
{
  g_autoptr(QemuCommand) add = qemu_command_new ("add-fd"), get = qemu_command_new ("getfd");
  g_autoptr(QemuCommand) status = qemu_command_new ("query-status"), copy = NULL;
  unsigned n_files = qemu_test_count_fds ();
  g_autoptr(GError) error = NULL;

  g_test_summary ("A command keeps a file of its own, where it takes one");

  g_assert_false (qemu_command_attach_fd (status, 0, &error));
  qemu_test_assert_error_says (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "query-status");
  g_clear_error (&error);
  g_assert_false (qemu_command_attach_fd (add, -1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_true (qemu_command_attach_fd (add, 0, &error));
  g_assert_no_error (error);
  g_assert_false (qemu_command_attach_fd (add, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_true (qemu_command_attach_fd (get, 0, &error));
  g_assert_cmpuint (qemu_test_count_fds (), ==, n_files + 2);
  copy = qemu_command_copy (add);
  g_assert_cmpuint (qemu_test_count_fds (), ==, n_files + 3);
  g_clear_pointer (&copy, qemu_command_unref);
  g_clear_pointer (&add, qemu_command_unref);
  g_clear_pointer (&get, qemu_command_unref);
  g_assert_cmpuint (qemu_test_count_fds (), ==, n_files);
}

static void
test_no_way (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE, { .expect = "query-status", .reply = "{'status': 'running', 'running': true}" }, { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, qmp_play_background, QEMU_PLAY_TCP);
  QemuDomain *domain = domain_new_open (qemu_play_get_uri (play));
  g_autoptr(QemuCommand) command = qemu_command_new ("add-fd");
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A file cannot go to another machine, and nothing is sent");

  g_assert_true (qemu_command_attach_fd (command, 0, &error));
  g_assert_null (qemu_domain_run (domain, command, NULL, &error));
  qemu_test_assert_error_says (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "UNIX socket");
  g_clear_error (&error);
  qemu_domain_run_async (domain, command, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);
  g_assert_null (qemu_domain_run_finish (domain, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_null (qemu_domain_screen_dump (domain, NULL, 0, QEMU_SCREEN_PPM, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_cmpuint (qemu_play_count_heard (play, "add-fd"), ==, 0);
  g_clear_object (&result);
  qemu_test_drop (domain);
}

/* The far end of a line, which reads byte by byte, and so sees with which one a file has come. */
typedef struct
{
  GString *text;
  GArray  *places;                      /* unsigned */
} Heard;

/* FALSE: there is nothing to hear. */
static gboolean
hear_byte (int    fd,
           Heard *heard)
{
  union
  {
    struct cmsghdr header;
    char           space[256];
  } control;
  char byte;
  struct iovec vector = { &byte, 1 };
  struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control,
                            .msg_controllen = sizeof control };
  gssize n = recvmsg (fd, &message, MSG_DONTWAIT);

  if (n <= 0)
    return FALSE;
  for (struct cmsghdr *c = CMSG_FIRSTHDR (&message); c != NULL; c = CMSG_NXTHDR (&message, c))
    {
      unsigned place = heard->text->len;
      int file;

      g_assert_cmpint (c->cmsg_type, ==, SCM_RIGHTS);
      g_assert_cmpuint (c->cmsg_len, ==, CMSG_LEN (sizeof file));
      memcpy (&file, CMSG_DATA (c), sizeof file);
      close (file);
      g_array_append_val (heard->places, place);
    }
  g_string_append_c (heard->text, byte);

  return TRUE;
}

static void
hear (int    fd,
      Heard *heard)
{
  while (hear_byte (fd, heard))
    ;
}

static void
say (int         fd,
     const char *text)
{
  g_assert_cmpint (send (fd, text, strlen (text), MSG_NOSIGNAL), ==, (gssize) strlen (text));
}

static unsigned
count_in (const char *text,
          const char *word)
{
  unsigned n = 0;

  for (const char *p = text; (p = strstr (p, word)) != NULL; p += strlen (word))
    n++;

  return n;
}

/* A monitor that is open, with its far end and a file to send. */
static QemuMonitor *
monitor_new_open (int *far_fd)
{
  g_autoptr(GIOStream) stream = qemu_test_stream_pair (far_fd);
  QemuMonitor *monitor = qemu_socket_monitor_new_for_stream (stream);
  g_autoptr(GError) error = NULL;
  g_autoptr(GAsyncResult) opened = NULL;

  say (*far_fd, QEMU_TEST_GREETING "{\"return\": {}, \"id\": 1}\r\n");
  qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &opened);
  QEMU_TEST_WAIT_UNTIL (opened);
  g_assert_true (qemu_monitor_open_finish (monitor, opened, &error));
  g_assert_no_error (error);

  return monitor;
}

static QemuCommand *
file_command_new (void)
{
  QemuCommand *command = qemu_command_new ("add-fd");
  g_autoptr(GError) error = NULL;
  int null = g_open ("/dev/null", O_RDONLY | O_CLOEXEC, 0);

  qemu_command_attach_fd (command, null, &error);
  g_assert_no_error (error);
  close (null);

  return command;
}

static gboolean
has_heard (int         fd,
           Heard      *heard,
           const char *word,
           unsigned    n)
{
  hear (fd, heard);
  g_main_context_wakeup (NULL);

  return count_in (heard->text->str, word) >= n;
}

static void
test_one_at_a_time (void)
{
  unsigned n_files = qemu_test_count_fds ();
  int far_fd;
  QemuMonitor *monitor = monitor_new_open (&far_fd);
  g_autoptr(QemuCommand) command = file_command_new (), plain = qemu_command_new ("query-status");
  g_autoptr(QemuCommand) hasty = file_command_new ();
  g_autoptr(GCancellable) cancellable = g_cancellable_new (), parked_cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) first = NULL, second = NULL, third = NULL, fourth = NULL, fifth = NULL, status = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) error = NULL;
  Heard heard = { g_string_new (NULL), g_array_new (FALSE, FALSE, sizeof (unsigned)) };

  g_test_summary ("A file waits until QEMU has answered for the one before it, whoever waits for that; other commands do not");

  qemu_command_set_timeout (hasty, 50);
  qemu_monitor_run_async (monitor, command, cancellable, qemu_test_store_result_cb, &first);
  qemu_monitor_run_async (monitor, command, NULL, qemu_test_store_result_cb, &second);
  qemu_monitor_run_async (monitor, command, parked_cancellable, qemu_test_store_result_cb, &third);
  qemu_monitor_run_async (monitor, hasty, NULL, qemu_test_store_result_cb, &fourth);
  qemu_monitor_run_async (monitor, command, NULL, qemu_test_store_result_cb, &fifth);
  qemu_monitor_run_async (monitor, plain, NULL, qemu_test_store_result_cb, &status);
  QEMU_TEST_WAIT_UNTIL (has_heard (far_fd, &heard, "query-status", 1));
  g_assert_cmpuint (count_in (heard.text->str, "add-fd"), ==, 1);
  g_assert_cmpuint (heard.places->len, ==, 1);

  /* The first one is not waited for any more, but it is not answered either. */
  g_cancellable_cancel (cancellable);
  g_cancellable_cancel (parked_cancellable);
  QEMU_TEST_WAIT_UNTIL (first && third && fourth);
  g_assert_null (qemu_monitor_run_finish (monitor, first, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (qemu_monitor_run_finish (monitor, third, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (qemu_monitor_run_finish (monitor, fourth, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  hear (far_fd, &heard);
  g_assert_cmpuint (count_in (heard.text->str, "add-fd"), ==, 1);

  say (far_fd, "{\"return\": {}, \"id\": 3}\r\n{\"return\": {}, \"id\": 2}\r\n");
  QEMU_TEST_WAIT_UNTIL (has_heard (far_fd, &heard, "add-fd", 2));
  g_assert_nonnull (status);
  g_assert_cmpuint (heard.places->len, ==, 2);
  say (far_fd, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"No\"}, \"id\": 4}\r\n");
  QEMU_TEST_WAIT_UNTIL (has_heard (far_fd, &heard, "add-fd", 3));
  g_assert_nonnull (second);
  g_assert_null (qemu_monitor_run_finish (monitor, second, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_error (&error);
  say (far_fd, "{\"return\": {}, \"id\": 5}\r\n");
  QEMU_TEST_WAIT_UNTIL (fifth);
  bytes = qemu_monitor_run_finish (monitor, fifth, &error);
  g_assert_no_error (error);
  hear (far_fd, &heard);
  g_assert_cmpuint (count_in (heard.text->str, "add-fd"), ==, 3);
  g_assert_cmpuint (heard.places->len, ==, 3);
  for (unsigned i = 0; i < heard.places->len; i++)
    g_assert_true (g_str_has_prefix (heard.text->str + g_array_index (heard.places, unsigned, i),
                                     "{\"execute\":\"add-fd\""));

  /* What waits when the line goes ends with it. */
  g_clear_object (&first);
  g_clear_object (&second);
  qemu_monitor_run_async (monitor, command, NULL, qemu_test_store_result_cb, &first);
  qemu_monitor_run_async (monitor, command, NULL, qemu_test_store_result_cb, &second);
  close (far_fd);
  QEMU_TEST_WAIT_UNTIL (first && second);
  g_assert_null (qemu_monitor_run_finish (monitor, second, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);

  g_string_free (heard.text, TRUE);
  g_array_unref (heard.places);
  g_clear_object (&first);
  g_clear_object (&second);
  g_clear_object (&third);
  g_clear_object (&fourth);
  g_clear_object (&fifth);
  g_clear_object (&status);
  g_clear_pointer (&command, qemu_command_unref);
  g_clear_pointer (&hasty, qemu_command_unref);
  QEMU_TEST_WAIT_UNTIL (qemu_monitor_get_state (monitor) == QEMU_MONITOR_STATE_CLOSED);
  qemu_test_drain ();
  g_assert_finalize_object (monitor);
  g_assert_cmpuint (qemu_test_count_fds (), <=, n_files + 3);   /* what the thread and its context keep */
}

static void
test_unsent (void)
{
  int far_fd;
  QemuMonitor *monitor = monitor_new_open (&far_fd);
  g_autoptr(QemuCommand) file = file_command_new (), large = qemu_command_new ("x-large");
  g_autofree char *text = g_strnfill (512 << 10, 'x');
  g_autoptr(GAsyncResult) first = NULL, second = NULL, third = NULL;
  Heard heard = { g_string_new (NULL), g_array_new (FALSE, FALSE, sizeof (unsigned)) };

  g_test_summary ("A file goes with the first byte of its own command, also when that has to wait for room");

  qemu_command_set_string (large, "text", text);
  qemu_monitor_run_async (monitor, large, NULL, qemu_test_store_result_cb, &first);
  qemu_monitor_run_async (monitor, file, NULL, qemu_test_store_result_cb, &second);
  qemu_monitor_run_async (monitor, large, NULL, qemu_test_store_result_cb, &third);
  QEMU_TEST_WAIT_UNTIL (has_heard (far_fd, &heard, "\"id\":4}", 1));
  g_assert_cmpuint (heard.places->len, ==, 1);
  g_assert_true (g_str_has_prefix (heard.text->str + g_array_index (heard.places, unsigned, 0),
                                   "{\"execute\":\"add-fd\""));

  say (far_fd, "{\"return\": {}, \"id\": 2}\r\n{\"return\": {}, \"id\": 3}\r\n{\"return\": {}, \"id\": 4}\r\n");
  QEMU_TEST_WAIT_UNTIL (first && second && third);
  g_string_free (heard.text, TRUE);
  g_array_unref (heard.places);
  close (far_fd);
  g_clear_object (&first);
  g_clear_object (&second);
  g_clear_object (&third);
  QEMU_TEST_WAIT_UNTIL (qemu_monitor_get_state (monitor) == QEMU_MONITOR_STATE_CLOSED);
  qemu_test_drain ();
  g_assert_finalize_object (monitor);
}

static void
test_right_files (void)
{
  g_autoptr(QemuVm) vm = vm_new (FALSE);
  QemuDomain *domain;
  GAsyncResult *results[40] = { NULL };
  g_autofree char *folder = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Of forty files that are sent at once, each comes with its own command");

  if (vm == NULL)
    return;
  domain = domain_new_open (qemu_vm_get_uri (vm));
  folder = g_dir_make_tmp ("qemu-files-XXXXXX", &error);
  g_assert_no_error (error);
  for (unsigned i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr(QemuCommand) command = qemu_command_new ("add-fd");
      g_autofree char *path = g_strdup_printf ("%s/%u", folder, i);
      int file = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

      qemu_command_set_int64 (command, "fdset-id", i);
      qemu_command_attach_fd (command, file, &error);
      g_assert_no_error (error);
      close (file);
      qemu_domain_run_async (domain, command, NULL, qemu_test_store_result_cb, &results[i]);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr(JsonNode) node = NULL;
      g_autofree char *link = NULL, *path = g_strdup_printf ("%s/%u", folder, i), *target = NULL;

      QEMU_TEST_WAIT_UNTIL (results[i]);
      node = qemu_domain_run_finish (domain, results[i], &error);
      g_assert_no_error (error);
      g_object_unref (results[i]);
      link = g_strdup_printf ("/proc/%d/fd/%d", qemu_vm_get_pid (vm),
                              (int) json_object_get_int_member (json_node_get_object (node), "fd"));
      target = g_file_read_link (link, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (target, ==, path);
      g_unlink (path);
    }
  g_rmdir (folder);
  qemu_test_drop (domain);
}

/* ---------------------------------------------------------------- the screen */

static void
cont (QemuDomain *domain)
{
  g_autoptr(GError) error = NULL;

  qemu_domain_cont (domain, NULL, &error);
  g_assert_no_error (error);
}

static gsize
check_picture (GInputStream     *stream,
               QemuScreenFormat  format)
{
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) error = NULL;
  const char *data;
  gsize size;

  bytes = g_input_stream_read_bytes (stream, 16 << 20, NULL, &error);
  g_assert_no_error (error);
  data = g_bytes_get_data (bytes, &size);
  g_assert_cmpuint (size, >, 100);
  if (format == QEMU_SCREEN_PNG)
    {
      g_assert_cmpint (memcmp (data, "\x89PNG\r\n\x1a\n", 8), ==, 0);
      g_assert_cmpint (memcmp (data + size - 8, "IEND", 4), ==, 0);
    }
  else
    {
      unsigned width = 0, height = 0;
      int length = 0;

      g_assert_cmpint (sscanf (data, "P6\n%u %u\n255\n%n", &width, &height, &length), ==, 2);
      g_assert_cmpuint (size, ==, (length > 0 ? (gsize) length : 15) + (gsize) width * height * 3);
    }

  return size;
}

static void
test_pictures (gconstpointer data)
{
  gboolean running = GPOINTER_TO_INT (data);
  g_autoptr(QemuVm) vm = vm_new (TRUE);
  QemuDomain *domain;
  unsigned n_files, n_theirs, n_in_sets;

  g_test_summary ("Pictures of the screen, of which next to nothing is left behind");

  if (vm == NULL)
    return;
  domain = domain_new_open (qemu_vm_get_uri (vm));
  if (running)
    cont (domain);
  n_files = qemu_test_count_fds ();
  n_theirs = qemu_vm_count_fds (vm);
  for (unsigned i = 0; i < 60; i++)
    {
      QemuScreenFormat format = i % 2 ? QEMU_SCREEN_PNG : QEMU_SCREEN_PPM;
      g_autoptr(GInputStream) picture = NULL;
      g_autoptr(GError) error = NULL;

      picture = qemu_domain_screen_dump (domain, i % 3 ? NULL : "vga", 0, format, NULL, &error);
      g_assert_no_error (error);
      check_picture (picture, format);
      g_assert_true (G_IS_SEEKABLE (picture));
    }
  g_assert_cmpuint (count_sets (domain, &n_in_sets), <=, 1);
  /* A machine that stands still may keep the one file, and then so do we. */
  g_assert_cmpuint (n_in_sets, <=, running ? 0 : 1);
  g_assert_cmpuint (qemu_vm_count_fds (vm), <=, n_theirs + n_in_sets);
  g_assert_cmpuint (qemu_test_count_fds (), <=, n_files + 2 * n_in_sets + 3);   /* what the thread keeps for itself */

  if (!running)
    {
      g_autoptr(GInputStream) picture = NULL;
      g_autoptr(GError) error = NULL;

      cont (domain);
      picture = qemu_domain_screen_dump (domain, NULL, 0, QEMU_SCREEN_PPM, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (count_sets (domain, &n_in_sets), <=, 1);
      g_assert_cmpuint (n_in_sets, ==, 0);
      g_assert_cmpuint (qemu_vm_count_fds (vm), <=, n_theirs);
    }
  qemu_test_drop (domain);
}

static void
test_at_once (void)
{
  g_autoptr(QemuVm) vm = vm_new (TRUE);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  GAsyncResult *results[8] = { NULL };
  QemuDomain *domain;
  unsigned n_in_sets;

  g_test_summary ("Pictures that are asked for at once do not get mixed up; some of them are not waited for");

  if (vm == NULL)
    return;
  domain = domain_new_open (qemu_vm_get_uri (vm));
  cont (domain);
  for (unsigned i = 0; i < G_N_ELEMENTS (results); i++)
    qemu_domain_screen_dump_async (domain, NULL, 0, i % 2 ? QEMU_SCREEN_PNG : QEMU_SCREEN_PPM,
                                   i % 4 == 0 || i == 7 ? cancellable : NULL, qemu_test_store_result_cb, &results[i]);
  g_cancellable_cancel (cancellable);
  for (unsigned i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr(GInputStream) picture = NULL;
      g_autoptr(GError) error = NULL;

      QEMU_TEST_WAIT_UNTIL (results[i]);
      picture = qemu_domain_screen_dump_finish (domain, results[i], &error);
      g_object_unref (results[i]);
      if (i % 4 == 0 || i == 7)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      else
        g_assert_no_error (error);
      if (picture != NULL)
        check_picture (picture, i % 2 ? QEMU_SCREEN_PNG : QEMU_SCREEN_PPM);
    }
  g_assert_null (qemu_domain_screen_dump (domain, NULL, 0, QEMU_SCREEN_PPM, cancellable, NULL));
  g_assert_cmpuint (count_sets (domain, &n_in_sets), <=, G_N_ELEMENTS (results));
  g_assert_cmpuint (n_in_sets, ==, 0);
  qemu_test_drop (domain);
}

static void
test_within (void)
{
  g_autoptr(QemuVm) vm = vm_new (TRUE);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GInputStream) inner = NULL, outer = NULL;
  QemuDomain *domain;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A synchronous call does not wait for an asynchronous one, which the same thread has to carry on");

  if (vm == NULL)
    return;
  domain = domain_new_open (qemu_vm_get_uri (vm));
  qemu_domain_screen_dump_async (domain, NULL, 0, QEMU_SCREEN_PNG, NULL, qemu_test_store_result_cb, &result);
  inner = qemu_domain_screen_dump (domain, NULL, 0, QEMU_SCREEN_PNG, NULL, &error);
  g_assert_no_error (error);
  check_picture (inner, QEMU_SCREEN_PNG);
  g_assert_null (result);
  QEMU_TEST_WAIT_UNTIL (result);
  outer = qemu_domain_screen_dump_finish (domain, result, &error);
  g_assert_no_error (error);
  check_picture (outer, QEMU_SCREEN_PNG);
  g_clear_object (&result);
  qemu_test_drop (domain);
}

static void
test_too_many (void)
{
  g_autoptr(QemuVm) vm = vm_new (TRUE);
  GAsyncResult *results[40] = { NULL };
  QemuDomain *domain;
  unsigned n_busy = 0;

  g_test_summary ("There is a limit to what is asked for at the same time");

  if (vm == NULL)
    return;
  domain = domain_new_open (qemu_vm_get_uri (vm));
  for (unsigned i = 0; i < G_N_ELEMENTS (results); i++)
    qemu_domain_screen_dump_async (domain, NULL, 0, QEMU_SCREEN_PPM, NULL, qemu_test_store_result_cb, &results[i]);
  for (unsigned i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr(GInputStream) picture = NULL;
      g_autoptr(GError) error = NULL;

      QEMU_TEST_WAIT_UNTIL (results[i]);
      picture = qemu_domain_screen_dump_finish (domain, results[i], &error);
      g_object_unref (results[i]);
      if (picture != NULL)
        check_picture (picture, QEMU_SCREEN_PPM);
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
      n_busy += picture == NULL;
    }
  g_assert_cmpuint (n_busy, ==, 8);
  qemu_test_drop (domain);
}

static void
test_refused (void)
{
  g_autoptr(QemuVm) vm = vm_new (TRUE), blind = vm_new (FALSE);
  QemuDomain *domain;
  g_autoptr(GError) error = NULL;
  unsigned n_in_sets;

  g_test_summary ("No such display, and none at all");

  if (vm == NULL || blind == NULL)
    return;
  domain = domain_new_open (qemu_vm_get_uri (vm));
  g_assert_null (qemu_domain_screen_dump (domain, "nothing", 0, QEMU_SCREEN_PPM, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_DEVICE_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (qemu_domain_screen_dump (domain, "vga", 9, QEMU_SCREEN_PPM, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_error (&error);
  g_assert_null (qemu_domain_screen_dump (domain, NULL, 3, QEMU_SCREEN_PPM, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_error (&error);
  qemu_test_drop (domain);

  domain = domain_new_open (qemu_vm_get_uri (blind));
  cont (domain);
  g_assert_null (qemu_domain_screen_dump (domain, NULL, 0, QEMU_SCREEN_PNG, NULL, &error));
  qemu_test_assert_error_says (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "no display");
  g_assert_cmpuint (count_sets (domain, &n_in_sets), <=, 1);
  g_assert_cmpuint (n_in_sets, ==, 0);
  qemu_test_drop (domain);
}

static void
test_storage_daemon (void)
{
  static const char * const arguments[] = { NULL };
  const char *program = qemu_test_find_storage_daemon ();
  g_autoptr(QemuVm) vm = NULL;
  QemuDomain *domain;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A storage daemon has no screen, and says so");

  if (program == NULL)
    return;
  vm = qemu_vm_new (program, arguments);
  domain = domain_new_open (qemu_vm_get_uri (vm));
  g_assert_null (qemu_domain_screen_dump (domain, NULL, 0, QEMU_SCREEN_PPM, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  qemu_test_drop (domain);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/screen/files/attach", test_attach);
  g_test_add_func ("/screen/files/no-way", test_no_way);
  g_test_add_func ("/screen/files/one-at-a-time", test_one_at_a_time);
  g_test_add_func ("/screen/files/unsent", test_unsent);
  g_test_add_func ("/screen/files/right-files", test_right_files);
  g_test_add_data_func ("/screen/pictures/stopped", GINT_TO_POINTER (FALSE), test_pictures);
  g_test_add_data_func ("/screen/pictures/running", GINT_TO_POINTER (TRUE), test_pictures);
  g_test_add_func ("/screen/at-once", test_at_once);
  g_test_add_func ("/screen/within", test_within);
  g_test_add_func ("/screen/too-many", test_too_many);
  g_test_add_func ("/screen/refused", test_refused);
  g_test_add_func ("/screen/storage-daemon", test_storage_daemon);

  return g_test_run ();
}
