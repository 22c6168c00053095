/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A window for one machine: first a page to choose one, then its screen, its controls, its disks, jobs and events. */

#pragma once

#include <gtk/gtk.h>
#include <qemu-glib/qemu-glib.h>

G_BEGIN_DECLS

#define MACHINE_TYPE_WINDOW (machine_window_get_type ())

G_DECLARE_FINAL_TYPE (MachineWindow, machine_window, MACHINE, WINDOW, GtkApplicationWindow)

MachineWindow *machine_window_new   (GtkApplication *application);
/* A QEMU that somebody has started, by the path or the URI of its monitor. */
void           machine_window_open  (MachineWindow  *self,
                                     const char     *uri);
/* A QEMU of our own, which ends with the window. */
void           machine_window_start (MachineWindow  *self,
                                     const char     *command_line);

G_END_DECLS
