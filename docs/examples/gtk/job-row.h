/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job, with its progress and a button that ends it. */

#pragma once

#include <gtk/gtk.h>
#include <qemu-glib/qemu-glib.h>

G_BEGIN_DECLS

#define JOB_TYPE_ROW (job_row_get_type ())

G_DECLARE_FINAL_TYPE (JobRow, job_row, JOB, ROW, GtkListBoxRow)

GtkWidget *job_row_new (QemuJob *job);

G_END_DECLS
