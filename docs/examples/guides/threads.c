/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread works with a machine that the main loop watches: threads SOCKET */

#include <locale.h>

#include <qemu-glib/qemu-glib.h>

static GThread *main_thread;

static void
say (const char *what)
{
  g_print ("%s thread: %s\n", g_thread_self () == main_thread ? "main" : "other", what);
}

static void
on_event (QemuDomain *vm,
          QemuEvent  *event)
{
  say (qemu_event_get_name (event));
}

static void
have_it_rest (GTask        *task,
              gpointer      source,
              gpointer      task_data,
              GCancellable *cancellable)
{
  QemuDomain *vm = source;
  GError *error = NULL;

  say ("stop");
  if (!qemu_domain_stop (vm, cancellable, &error))
    return g_task_return_error (task, error);
  say ("cont");
  if (!qemu_domain_cont (vm, cancellable, &error))
    return g_task_return_error (task, error);

  g_task_return_boolean (task, TRUE);
}

static void
on_rested (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  GMainLoop *loop = user_data;
  g_autoptr(GError) error = NULL;

  say (g_task_propagate_boolean (G_TASK (result), &error) ? "it has had its rest" : error->message);
  g_main_loop_quit (loop);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuDomain) vm = qemu_domain_new_for_uri (argc > 1 ? argv[1] : "", &error);
  g_autoptr(GTask) task = NULL;

  setlocale (LC_ALL, "");

  if (vm == NULL || !qemu_domain_open (vm, NULL, &error))
    {
      g_printerr ("threads: %s\n", error->message);
      return 1;
    }

  main_thread = g_thread_self ();
  g_signal_connect (vm, "event", G_CALLBACK (on_event), NULL);

  task = g_task_new (vm, NULL, on_rested, loop);
  g_task_run_in_thread (task, have_it_rest);
  g_main_loop_run (loop);

  return 0;
}
