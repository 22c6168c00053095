/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an image file is. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <qemu-glib/qemu-record.h>

G_BEGIN_DECLS

#define QEMU_TYPE_IMAGE (qemu_image_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuImage, qemu_image, QEMU, IMAGE, QemuRecord)

QEMU_AVAILABLE_IN_1_0
const char *qemu_image_get_filename                (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_image_get_format                  (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
guint64     qemu_image_get_virtual_size            (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
guint64     qemu_image_get_actual_size             (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
guint64     qemu_image_get_cluster_size            (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_image_get_dirty                   (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_image_get_encrypted               (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_image_get_compressed              (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_image_get_backing_filename        (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_image_get_backing_filename_format (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_image_get_full_backing_filename   (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
QemuImage  *qemu_image_get_backing_image           (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_image_get_format_specific_type    (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_image_get_compat                  (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_image_get_corrupt                 (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
gboolean    qemu_image_get_lazy_refcounts          (QemuImage *self);
QEMU_AVAILABLE_IN_1_0
unsigned    qemu_image_get_refcount_bits           (QemuImage *self);

G_END_DECLS
