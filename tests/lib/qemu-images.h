/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disk images for a test, in a folder that goes with it. */

#pragma once

#include "qemu-test.h"

G_BEGIN_DECLS

typedef struct _QemuImages QemuImages;

/* NULL: there is no qemu-img or qemu-io; the test has been marked as skipped, and is to return. */
QemuImages *qemu_images_new    (void);
void        qemu_images_free   (QemuImages *self);

/* Where the image of that name is, or would be. Lives as long as the folder. */
const char *qemu_images_path   (QemuImages *self,
                                const char *name);
/* Over @backing, if there is one, an image of the same format. */
void        qemu_images_create (QemuImages *self,
                                const char *name,
                                const char *format,
                                const char *backing,
                                const char *size);
/* Writes @length bytes of a value between 1 and 255, such as "8M" of 7. */
void        qemu_images_write  (QemuImages *self,
                                const char *name,
                                const char *format,
                                unsigned    pattern,
                                const char *offset,
                                const char *length);
/* Do they have the same contents? */
gboolean    qemu_images_equal  (QemuImages *self,
                                const char *a,
                                const char *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuImages, qemu_images_free)

G_END_DECLS
