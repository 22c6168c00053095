/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk of the machine, with what it has done so far. */

#pragma once

#include <gtk/gtk.h>
#include <qemu-glib/qemu-glib.h>

G_BEGIN_DECLS

#define DISK_TYPE_ROW (disk_row_get_type ())

G_DECLARE_FINAL_TYPE (DiskRow, disk_row, DISK, ROW, GtkListBoxRow)

GtkWidget       *disk_row_new       (QemuBlockDevice *disk);
QemuBlockDevice *disk_row_get_disk  (DiskRow         *self);
void             disk_row_set_stats (DiskRow         *self,
                                     QemuBlockStats  *stats);
/* Copies the disk to a file, in a job. */
void             disk_row_copy      (DiskRow         *self,
                                     const char      *path);

G_END_DECLS
