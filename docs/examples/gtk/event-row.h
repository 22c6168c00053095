/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A line of the log: what QEMU has told. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define EVENT_TYPE_ROW (event_row_get_type ())

G_DECLARE_FINAL_TYPE (EventRow, event_row, EVENT, ROW, GtkBox)

G_END_DECLS
