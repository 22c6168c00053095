/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tour of the library: starts a QEMU of its own, drives it over QMP, and leaves nothing behind.
 *
 *     tour [QEMU's command line]
 */

#include <locale.h>

#include <qemu-glib/qemu-glib.h>

static gint64 start_time;

static G_GNUC_PRINTF (2, 3) void
say (const char *call,
     const char *format,
     ...)
{
  g_autofree char *answer = NULL;
  g_autofree char *line = NULL;
  va_list args;

  va_start (args, format);
  answer = g_strdup_vprintf (format, args);
  va_end (args);
  line = g_strdup_printf ("%7.1f ms  %-14s%s", (g_get_monotonic_time () - start_time) / 1000.0, call, answer);
  g_print ("%s\n", g_strchomp (line));
}

static void
on_event (QemuDomain *vm,
          QemuEvent  *event)
{
  g_autofree char *reason = qemu_event_get_string (event, "reason");

  say ("", "event %s%s%s", qemu_event_get_name (event), reason ? ", reason " : "", reason ? reason : "");
}

static void
on_stop (QemuDomain *vm)
{
  say ("", "(this handler only hears event::STOP)");
}

static void
on_status (QemuDomain *vm,
           GParamSpec *pspec,
           GMainLoop  *loop)
{
  if (qemu_domain_get_status (vm) == QEMU_STATUS_UNKNOWN)
    return;

  say ("", "status %s", qemu_domain_get_status_name (vm));
  g_main_loop_quit (loop);
}

static void
on_shut_down (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  QemuProcess *process = QEMU_PROCESS (object);
  GMainLoop *loop = user_data;
  g_autoptr(GError) error = NULL;

  if (qemu_process_shutdown_finish (process, result, &error))
    say ("", "QEMU has ended with exit status %d", qemu_process_get_exit_status (process));
  else
    g_printerr ("tour: %s\n", error->message);
  g_main_loop_quit (loop);
}

static gboolean
tour (const char * const  *argv,
      GError             **error)
{
  static const struct
  {
    const char *name;
    gboolean (*call) (QemuDomain *, GCancellable *, GError **);
  } calls[] = {
    { "cont", qemu_domain_cont },
    { "stop", qemu_domain_stop },
    { "system_reset", qemu_domain_system_reset },
  };
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(QemuProcess) process = qemu_process_new (argv);
  g_autoptr(QemuCommand) query_kvm = qemu_command_new ("query-kvm");
  g_autoptr(QemuCommand) make_coffee = qemu_command_new ("make-coffee");
  g_autoptr(JsonNode) kvm = NULL;
  g_autoptr(JsonNode) coffee = NULL;
  g_autoptr(GError) refusal = NULL;
  g_auto(GStrv) commands = NULL;
  g_autofree char *command_line = g_strjoinv (" ", (char **) argv);
  g_autofree char *version = NULL;
  QemuDomain *vm = qemu_process_get_domain (process);

  g_signal_connect (vm, "event", G_CALLBACK (on_event), NULL);
  g_signal_connect (vm, "event::STOP", G_CALLBACK (on_stop), NULL);
  g_signal_connect (vm, "notify::status", G_CALLBACK (on_status), loop);

  /* A call returns when QEMU has obeyed. Signals come while the main loop runs. */
  say ("spawn", "%s", command_line);
  if (!qemu_process_spawn (process, NULL, error))
    return FALSE;
  g_main_loop_run (loop);
  if (!(kvm = qemu_domain_run (vm, query_kvm, NULL, error)) ||
      !(commands = qemu_domain_list_commands (vm, NULL, error)))
    return FALSE;
  version = qemu_version_to_string (qemu_domain_get_version (vm));
  say ("", "process %d is QEMU %s, KVM %s, %u commands", qemu_process_get_pid (process), version,
       json_object_get_boolean_member (json_node_get_object (kvm), "enabled") ? "on" : "off",
       g_strv_length (commands));

  for (size_t i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      say (calls[i].name, " ");
      if (!calls[i].call (vm, NULL, error))
        return FALSE;
      g_main_loop_run (loop);
    }

  say ("run", "make-coffee");
  coffee = qemu_domain_run (vm, make_coffee, NULL, &refusal);
  if (g_error_matches (refusal, QEMU_ERROR, QEMU_ERROR_COMMAND_NOT_FOUND))
    say ("", "COMMAND_NOT_FOUND: %s", refusal->message);

  say ("shutdown", "power button, half a second later quit");
  qemu_process_shutdown_async (process, 500, NULL, on_shut_down, loop);
  g_main_loop_run (loop);

  return TRUE;
}

int
main (int    argc,
      char **argv)
{
  const char *qemu = g_getenv ("QEMU_SYSTEM");
  const char *default_argv[] = {
    qemu ? qemu : "qemu-system-x86_64", "-accel", "kvm", "-accel", "tcg",
    "-nodefaults", "-display", "none", "-name", "demo", NULL
  };
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_auto(GStrv) qemu_argv = NULL;
  g_autoptr(GError) error = NULL;

  setlocale (LC_ALL, "");

  g_strv_builder_addv (builder, argc > 1 ? (const char **) argv + 1 : default_argv);
  g_strv_builder_add (builder, "-S");
  qemu_argv = g_strv_builder_end (builder);

  start_time = g_get_monotonic_time ();
  if (!tour ((const char * const *) qemu_argv, &error))
    {
      g_printerr ("tour: %s\n", error->message);
      return 1;
    }

  return 0;
}
