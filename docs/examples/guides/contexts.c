/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each machine has a thread and a main context of its own, in which all of its signals come: contexts SOCKET... */

#include <locale.h>

#include <qemu-glib/qemu-glib.h>

static void
on_event (QemuDomain *vm,
          QemuEvent  *event,
          GMainLoop  *loop)
{
  g_assert (g_main_context_is_owner (g_main_loop_get_context (loop)));
  g_print ("%s: %s\n", qemu_domain_get_name (vm), qemu_event_get_name (event));
  g_main_loop_quit (loop);
}

static gpointer
reset (gpointer uri)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(GMainLoop) loop = g_main_loop_new (context, FALSE);
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuDomain) vm = NULL;

  /* Before the domain is made: it belongs to the context that is the thread's default at that moment. */
  g_main_context_push_thread_default (context);

  vm = qemu_domain_new_for_uri (uri, &error);
  if (vm != NULL && qemu_domain_open (vm, NULL, &error))
    {
      g_signal_connect (vm, "event::RESET", G_CALLBACK (on_event), loop);
      if (qemu_domain_system_reset (vm, NULL, &error))
        g_main_loop_run (loop);
    }
  if (error != NULL)
    g_printerr ("%s: %s\n", (const char *) uri, error->message);

  g_clear_object (&vm);
  g_main_context_pop_thread_default (context);

  return NULL;
}

int
main (int    argc,
      char **argv)
{
  g_autofree GThread **threads = g_new0 (GThread *, argc);

  setlocale (LC_ALL, "");

  for (int i = 1; i < argc; i++)
    threads[i] = g_thread_new ("machine", reset, argv[i]);
  for (int i = 1; i < argc; i++)
    g_thread_join (threads[i]);

  return 0;
}
