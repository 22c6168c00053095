/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wire log: every message, and no secret. */

#include "config.h"

#include "qemu-play.h"

#include <string.h>

static GMutex log_lock;
static GString *log_text;

static GLogWriterOutput
keep_wire_log (GLogLevelFlags   level,
               const GLogField *fields,
               gsize            n_fields,
               gpointer         user_data)
{
  const char *message = NULL;
  gboolean wire = FALSE;

  for (gsize i = 0; i < n_fields; i++)
    {
      if (g_str_equal (fields[i].key, "MESSAGE"))
        message = fields[i].value;
      if (g_str_equal (fields[i].key, "GLIB_DOMAIN"))
        wire = g_str_equal (fields[i].value, "Qemu-wire");
    }
  if (!wire)
    return g_log_writer_default (level, fields, n_fields, user_data);

  g_mutex_lock (&log_lock);
  g_string_append_printf (log_text, "%s\n", message);
  g_mutex_unlock (&log_lock);

  return G_LOG_WRITER_HANDLED;
}

static void
run (QemuMonitor *monitor,
     const char  *json)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = qemu_test_json (json);
  g_autoptr(QemuCommand) command = qemu_command_new_from_json (text, &error);
  g_autoptr(GBytes) reply = NULL;

  g_assert_no_error (error);
  reply = qemu_monitor_run (monitor, command, NULL, &error);
  g_assert_no_error (error);
}

static void
assert_logged (const char *text,
               gboolean    expected)
{
  gboolean logged = strstr (log_text->str, text) != NULL;

  if (logged != expected)
    g_test_message ("The log is: %s", log_text->str);
  g_assert_cmpint (logged, ==, expected);
}

static void
test_wire (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-name", .event = "NICE_EVENT", .reply = "{'name': 'told'}" },
    { .expect = "object-add", .reply = "{}" },
    { .expect = "set_password", .reply = "{}" },
    { .expect = "human-monitor-command", .reply = "''" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(GIOStream) stream = qemu_play_take_stream (play);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_stream (stream);
  g_autoptr(GError) error = NULL;

  g_test_summary ("The log domain Qemu-wire shows what is sent and received, but no message that speaks of a secret");

  g_string_truncate (log_text, 0);
  qemu_monitor_open (monitor, NULL, &error);
  g_assert_no_error (error);
  run (monitor, "{'execute': 'query-name', 'arguments': {'plain': 'shown'}}");
  run (monitor, "{'execute': 'object-add', 'arguments': {'qom-type': 'secret', 'id': 's', 'data': 'hunter2'}}");
  run (monitor, "{'execute': 'set_password', 'arguments': {'protocol': 'vnc', 'password': 'hunter2'}}");
  run (monitor, "{'execute': 'human-monitor-command', 'arguments': {'command-line': 'set_Password vnc hunter2'}}");

  assert_logged ("qmp_capabilities", TRUE);
  assert_logged ("\"QMP\"", TRUE);
  assert_logged ("shown", TRUE);
  assert_logged ("NICE_EVENT", TRUE);
  assert_logged ("told", TRUE);
  assert_logged ("with a secret", TRUE);
  assert_logged ("hunter2", FALSE);
}

int
main (int   argc,
      char *argv[])
{
  int status;

  /* Asked for before the first look at it. */
  g_setenv ("G_MESSAGES_DEBUG", "Qemu-wire", TRUE);
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  log_text = g_string_new (NULL);
  g_log_set_writer_func (keep_wire_log, NULL, NULL);

  g_test_add_func ("/log/wire", test_wire);
  status = g_test_run ();

  g_string_free (log_text, TRUE);

  return status;
}
