/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells of the resets of many machines, in one main context, until their QEMUs end: many SOCKET... */

#include <locale.h>

#include <qemu-glib/qemu-glib.h>

static unsigned n_machines;

static void
on_reset (QemuDomain *vm,
          QemuEvent  *event)
{
  gboolean by_guest = FALSE;

  qemu_event_get_boolean (event, "guest", &by_guest);
  g_print ("%s: reset %s\n", qemu_domain_get_name (vm), by_guest ? "by its guest" : "from outside");
}

static void
on_closed (QemuDomain   *vm,
           const GError *error,
           GMainLoop    *loop)
{
  if (--n_machines == 0)
    g_main_loop_quit (loop);
}

static void
on_opened (GObject      *object,
           GAsyncResult *result,
           gpointer      loop)
{
  QemuDomain *vm = QEMU_DOMAIN (object);
  g_autoptr(GError) error = NULL;

  if (qemu_domain_open_finish (vm, result, &error))
    {
      g_print ("%s: here\n", qemu_domain_get_name (vm));
      return;
    }
  g_printerr ("many: %s\n", error->message);
  on_closed (vm, error, loop);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GPtrArray) machines = g_ptr_array_new_with_free_func (g_object_unref);

  setlocale (LC_ALL, "");

  for (int i = 1; i < argc; i++)
    {
      g_autoptr(GError) error = NULL;
      QemuDomain *vm = qemu_domain_new_for_uri (argv[i], &error);

      if (vm == NULL)
        {
          g_printerr ("many: %s\n", error->message);
          continue;
        }
      g_ptr_array_add (machines, vm);
      g_signal_connect (vm, "event::RESET", G_CALLBACK (on_reset), NULL);
      g_signal_connect (vm, "closed", G_CALLBACK (on_closed), loop);
      qemu_domain_open_async (vm, NULL, on_opened, loop);
    }

  n_machines = machines->len;
  if (n_machines > 0)
    g_main_loop_run (loop);

  return 0;
}
