/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the screen of a machine shows: a picture that is taken again now and then, as long as somebody can see it. */

#pragma once

#include <gtk/gtk.h>
#include <qemu-glib/qemu-glib.h>

G_BEGIN_DECLS

#define MACHINE_TYPE_SCREEN (machine_screen_get_type ())

G_DECLARE_FINAL_TYPE (MachineScreen, machine_screen, MACHINE, SCREEN, GtkWidget)

G_END_DECLS
