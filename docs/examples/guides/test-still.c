/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests a function that works with a machine, without a machine. */

#include <qemu-glib/qemu-glib.h>

/* What is tested: a machine stands still for some work, and runs again afterwards if it ran before. */
static gboolean
run_still (QemuDomain  *vm,
           gboolean   (*work) (GError **error),
           GError     **error)
{
  g_autoptr(GError) failure = NULL;
  gboolean was_running = qemu_domain_query_status (vm, NULL, &failure) == QEMU_STATUS_RUNNING;
  gboolean done;

  if (failure != NULL || !qemu_domain_stop (vm, NULL, &failure))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  done = work (error);

  return (!was_running || qemu_domain_cont (vm, NULL, done ? error : NULL)) && done;
}

typedef struct
{
  gboolean    running;
  const char *refuses;     /* the command that fails, if any */
  GString    *asked;
} Machine;

static char *
answer (QemuTestMonitor  *monitor,
        QemuCommand      *command,
        gpointer          user_data,
        GError          **error)
{
  Machine *machine = user_data;
  const char *name = qemu_command_get_name (command);

  g_string_append_printf (machine->asked, "%s ", name);
  if (g_strcmp0 (name, machine->refuses) == 0)
    {
      g_set_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC, "not today");
      return NULL;
    }
  if (g_str_equal (name, "query-status"))
    return g_strdup_printf ("{\"running\": %s, \"status\": \"%s\"}",
                            machine->running ? "true" : "false", machine->running ? "running" : "paused");

  machine->running = g_str_equal (name, "cont");

  return g_strdup ("{}");
}

static gboolean
succeed (GError **error)
{
  return TRUE;
}

static gboolean
fail (GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "The disk is full");
  return FALSE;
}

static const struct
{
  const char  *path;
  gboolean     running;
  const char  *refuses;
  gboolean   (*work) (GError **error);
  const char  *asked;
  const char  *error;
} cases[] = {
  { "/still/running", TRUE, NULL, succeed, "query-status stop cont ", NULL },
  { "/still/paused", FALSE, NULL, succeed, "query-status stop ", NULL },
  { "/still/work-fails", TRUE, NULL, fail, "query-status stop cont ", "The disk is full" },
  { "/still/refused", TRUE, "stop", succeed, "query-status stop ", "stop on test: not today" },
};

static void
test_still (gconstpointer data)
{
  unsigned i = GPOINTER_TO_UINT (data);
  Machine machine = { cases[i].running, cases[i].refuses, g_string_new (NULL) };
  g_autoptr(QemuMonitor) monitor = qemu_test_monitor_new (answer, &machine, NULL);
  g_autoptr(QemuDomain) vm = qemu_domain_new (monitor, "test");
  g_autoptr(GError) error = NULL;

  g_assert_true (qemu_domain_open (vm, NULL, &error));
  g_string_truncate (machine.asked, 0);

  g_assert_cmpint (run_still (vm, cases[i].work, &error), ==, cases[i].error == NULL);
  g_assert_cmpstr (machine.asked->str, ==, cases[i].asked);
  g_assert_cmpstr (error ? error->message : NULL, ==, cases[i].error);
  g_assert_cmpint (machine.running, ==, cases[i].running);

  g_string_free (machine.asked, TRUE);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, GUINT_TO_POINTER (i), test_still);

  return g_test_run ();
}
