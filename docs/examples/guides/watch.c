/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells what happens to a machine until its QEMU ends, and never waits: watch SOCKET */

#include <locale.h>

#include <qemu-glib/qemu-glib.h>

static void
on_event (QemuDomain *vm,
          QemuEvent  *event)
{
  g_autofree char *reason = qemu_event_get_string (event, "reason");

  g_print ("event %s%s%s\n", qemu_event_get_name (event), reason ? ", reason " : "", reason ? reason : "");
}

static void
on_status (QemuDomain *vm)
{
  if (qemu_domain_get_status (vm) != QEMU_STATUS_UNKNOWN)
    g_print ("status %s\n", qemu_domain_get_status_name (vm));
}

static void
on_closed (QemuDomain   *vm,
           const GError *error,
           GMainLoop    *loop)
{
  g_print ("closed: %s\n", error ? error->message : "by this program");
  g_main_loop_quit (loop);
}

static void
on_opened (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  GMainLoop *loop = user_data;
  g_autoptr(GError) error = NULL;

  if (!qemu_domain_open_finish (QEMU_DOMAIN (object), result, &error))
    {
      g_printerr ("watch: %s\n", error->message);
      g_main_loop_quit (loop);
    }
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuDomain) vm = qemu_domain_new_for_uri (argc > 1 ? argv[1] : "", &error);

  setlocale (LC_ALL, "");

  if (vm == NULL)
    {
      g_printerr ("watch: %s\n", error->message);
      return 1;
    }

  g_signal_connect (vm, "event", G_CALLBACK (on_event), NULL);
  g_signal_connect (vm, "notify::status", G_CALLBACK (on_status), NULL);
  g_signal_connect (vm, "closed", G_CALLBACK (on_closed), loop);

  qemu_domain_open_async (vm, NULL, on_opened, loop);
  g_main_loop_run (loop);

  return 0;
}
