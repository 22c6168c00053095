/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A window for a machine.
 *
 *     machine [the path or URI of a QEMU's monitor]...
 *
 * Everything goes one way: what QEMU does changes properties and models of the QemuDomain, and the .ui files bind
 * widgets to these. The C code only asks for something, asynchronously, and shows why it was refused.
 */

#include <locale.h>

#include "machine-window.h"

static char **uris;

static const GOptionEntry options[] = {
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &uris, NULL, "[path or URI of a monitor]…" },
  { NULL }
};

static void
startup_cb (GtkApplication *application)
{
  g_autoptr(GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_resource (provider, "/org/example/Machine/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static void
activate_cb (GtkApplication *application)
{
  unsigned n_windows = uris != NULL ? g_strv_length (uris) : 1;

  for (unsigned i = 0; i < n_windows; i++)
    {
      MachineWindow *window = machine_window_new (application);

      gtk_window_present (GTK_WINDOW (window));
      if (uris != NULL)
        machine_window_open (window, uris[i]);
    }
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GtkApplication) application = NULL;

  setlocale (LC_ALL, "");

  application = gtk_application_new ("org.example.Machine", G_APPLICATION_NON_UNIQUE);
  g_application_add_main_option_entries (G_APPLICATION (application), options);
  g_signal_connect (application, "startup", G_CALLBACK (startup_cb), NULL);
  g_signal_connect (application, "activate", G_CALLBACK (activate_cb), NULL);

  return g_application_run (G_APPLICATION (application), argc, argv);
}
