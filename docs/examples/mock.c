/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that needs no QEMU: what it asks is answered by a function of its own. So can a program's tests be. */

#include <qemu-glib/qemu-glib.h>

static const struct
{
  const char *command;
  const char *answer;
} answers[] = {
  { "query-block", "[]" },
  { "query-commands", "[{\"name\": \"query-block\"}, {\"name\": \"query-commands\"}, {\"name\": \"query-version\"}]" },
  { "query-version", "{\"qemu\": {\"major\": 2, \"minor\": 0, \"micro\": 0}, \"package\": \"\"}" },
};

static char *
answer (QemuTestMonitor  *monitor,
        QemuCommand      *command,
        gpointer          user_data,
        GError          **error)
{
  const char *name = qemu_command_get_name (command);

  for (unsigned i = 0; i < G_N_ELEMENTS (answers); i++)
    if (g_str_equal (name, answers[i].command))
      return g_strdup (answers[i].answer);

  g_set_error (error, QEMU_ERROR, QEMU_ERROR_COMMAND_NOT_FOUND, "The command %s has not been found", name);
  return NULL;
}

static gboolean
show (QemuDomain  *vm,
      GError     **error)
{
  g_autoptr(QemuVersion) version = NULL;
  g_autofree char *text = NULL;
  g_auto(GStrv) commands = NULL;

  if (!qemu_domain_open (vm, NULL, error) ||
      (version = qemu_domain_query_version (vm, NULL, error)) == NULL ||
      (commands = qemu_domain_list_commands (vm, NULL, error)) == NULL)
    return FALSE;

  text = qemu_version_to_string (version);
  g_print ("%s - QEMU %s\n  - commands:\n", qemu_domain_get_name (vm), text);
  for (unsigned i = 0; commands[i] != NULL; i++)
    g_print ("    - %s\n", commands[i]);

  return qemu_domain_close (vm, NULL, error);
}

int
main (void)
{
  g_autoptr(QemuMonitor) monitor = qemu_test_monitor_new (answer, NULL, NULL);
  g_autoptr(QemuDomain) vm = qemu_domain_new (monitor, "example");
  g_autoptr(GError) error = NULL;

  if (!show (vm, &error))
    g_printerr ("mock: %s\n", error->message);

  return error != NULL;
}
