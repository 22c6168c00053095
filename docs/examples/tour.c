/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tour of the library, with a QEMU of its own: tour [QEMU's command line] */
#include <locale.h>
#include <qemu-glib/qemu-glib.h>

static void
on_event (QemuDomain *vm, QemuEvent *event)
{
  g_autofree char *reason = qemu_event_get_string (event, "reason");
  g_print ("  event %s%s%s\n", qemu_event_get_name (event), reason ? ", reason " : "", reason ? reason : "");
}

/* A call returns when QEMU has obeyed; signals come when the main loop runs, here until the status has changed. */
static void
follow (const char *call, gboolean done, GError **error, QemuDomain *vm, GMainLoop *loop)
{
  g_print ("%s\n", call);
  if (!done)
    g_printerr ("tour.c: %s\n", (*error)->message), exit (1);
  g_main_loop_run (loop);
  if (qemu_domain_get_status (vm) != QEMU_STATUS_UNKNOWN)
    g_print ("  status %s\n", qemu_domain_get_status_name (vm));
}

int
main (int argc, char **argv)
{
  const char *defaults[] = { g_getenv ("QEMU_SYSTEM") ?: "qemu-system-x86_64", "-accel", "kvm", "-accel", "tcg",
                             "-nodefaults", "-display", "none", "-name", "demo", NULL };
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  setlocale (LC_ALL, "");
  g_strv_builder_add (builder, "spawn:");
  g_strv_builder_addv (builder, argc > 1 ? (const char **) argv + 1 : defaults);
  g_strv_builder_add (builder, "-S");
  g_auto(GStrv) words = g_strv_builder_end (builder);
  g_autofree char *spawn = g_strjoinv (" ", words);
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(QemuProcess) process = qemu_process_new ((const char * const *) words + 1);
  QemuDomain *vm = qemu_process_get_domain (process);
  g_signal_connect (vm, "event", G_CALLBACK (on_event), NULL);
  g_signal_connect_swapped (vm, "notify::status", G_CALLBACK (g_main_loop_quit), loop);
  GError *error = NULL;
  follow (spawn, qemu_process_spawn (process, NULL, &error), &error, vm, loop);
  g_autofree char *version = qemu_version_to_string (qemu_domain_get_version (vm));
  g_auto(GStrv) commands = qemu_domain_list_commands (vm, NULL, NULL);
  g_autofree char *kvm = qemu_domain_human_monitor_command (vm, "info kvm", NULL, NULL);
  g_print ("QEMU %s, process %d, KVM %s, %u commands\n", version, qemu_process_get_pid (process),
           kvm && strstr (kvm, "enabled") ? "on" : "off", commands ? g_strv_length (commands) : 0);
  follow ("cont", qemu_domain_cont (vm, NULL, &error), &error, vm, loop);
  follow ("stop", qemu_domain_stop (vm, NULL, &error), &error, vm, loop);
  follow ("system_reset", qemu_domain_system_reset (vm, NULL, &error), &error, vm, loop);
  g_autoptr(QemuCommand) coffee = qemu_command_new ("make-coffee");
  if (!qemu_domain_run (vm, coffee, NULL, &error) && g_error_matches (error, QEMU_ERROR, QEMU_ERROR_COMMAND_NOT_FOUND))
    g_print ("make-coffee\n  COMMAND_NOT_FOUND: %s\n", error->message);
  g_clear_error (&error);
  follow ("shutdown: power button, half a second later quit", qemu_process_shutdown (process, 500, NULL, &error),
          &error, vm, loop);
  g_print ("  exit status %d\n", qemu_process_get_exit_status (process));
}
