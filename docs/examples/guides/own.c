/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts a machine of its own, and ends it: own [QEMU's command line] */

#include <locale.h>

#include <qemu-glib/qemu-glib.h>

static gboolean
run_machine (QemuProcess  *process,
             GError      **error)
{
  QemuDomain *vm = qemu_process_get_domain (process);
  g_autofree char *version = NULL;

  if (!qemu_process_spawn (process, NULL, error))
    return FALSE;

  version = qemu_version_to_string (qemu_domain_get_version (vm));
  g_print ("process %d is QEMU %s, %s\n", qemu_process_get_pid (process), version, qemu_domain_get_status_name (vm));

  /* The power button; half a second later quit. */
  return qemu_domain_cont (vm, NULL, error) && qemu_process_shutdown (process, 500, NULL, error);
}

int
main (int    argc,
      char **argv)
{
  const char *standard[] = { "qemu-system-x86_64", "-nodefaults", "-display", "none", "-S", NULL };
  g_autoptr(QemuProcess) process = qemu_process_new (argc > 1 ? (const char **) argv + 1 : standard);
  g_autoptr(GError) error = NULL;

  setlocale (LC_ALL, "");

  if (!run_machine (process, &error))
    {
      g_printerr ("own: %s\n", error->message);
      return 1;
    }
  g_print ("exit status %d\n", qemu_process_get_exit_status (process));

  return 0;
}
