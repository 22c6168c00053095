/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Says hello to a machine: hello SOCKET */

#include <locale.h>

#include <qemu-glib/qemu-glib.h>

static gboolean
show_memory (QemuDomain  *vm,
             GError     **error)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("query-memory-size-summary");
  g_autoptr(JsonNode) memory = qemu_domain_run (vm, command, NULL, error);

  if (memory == NULL)
    return FALSE;

  g_print ("it has %" G_GINT64_FORMAT " MiB of memory\n",
           json_object_get_int_member (json_node_get_object (memory), "base-memory") >> 20);

  return TRUE;
}

static gboolean
eject (QemuDomain  *vm,
       const char  *drive,
       GError     **error)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("eject");
  g_autoptr(JsonNode) nothing = NULL;
  g_autoptr(GError) refusal = NULL;

  qemu_command_set_string (command, "id", drive);
  nothing = qemu_domain_run (vm, command, NULL, &refusal);
  if (g_error_matches (refusal, QEMU_ERROR, QEMU_ERROR_DEVICE_NOT_FOUND))
    g_print ("it has no such drive: %s\n", refusal->message);
  else if (refusal != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&refusal));
      return FALSE;
    }

  return TRUE;
}

static gboolean
say_hello (QemuDomain  *vm,
           GError     **error)
{
  g_autofree char *version = NULL;

  if (!qemu_domain_open (vm, NULL, error))
    return FALSE;

  version = qemu_version_to_string (qemu_domain_get_version (vm));
  g_print ("%s is %s, with QEMU %s\n", qemu_domain_get_name (vm), qemu_domain_get_status_name (vm), version);

  if (!qemu_domain_stop (vm, NULL, error))
    return FALSE;
  g_print ("it stands still\n");
  if (!qemu_domain_cont (vm, NULL, error))
    return FALSE;
  g_print ("it goes on\n");

  return show_memory (vm, error) && eject (vm, "cd0", error) && qemu_domain_close (vm, NULL, error);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuDomain) vm = qemu_domain_new_for_uri (argc > 1 ? argv[1] : "", &error);

  setlocale (LC_ALL, "");

  if (vm == NULL || !say_hello (vm, &error))
    {
      g_printerr ("hello: %s\n", error->message);
      return 1;
    }

  return 0;
}
