/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qemu-block-device.h"
#include "qemu-domain.h"
#include "qemu-json-private.h"

G_BEGIN_DECLS

/* What stays of a disk as long as it exists: the device that the guest sees, or else the name of the drive. */
char            *qemu_block_device_make_key  (const QemuJson  *json,
                                              guint32          object);
/* The disk that @object describes. */
QemuBlockDevice *qemu_block_device_new       (QemuDomain      *domain,
                                              const char      *key,
                                              const QemuJson  *json,
                                              guint32          object);
const char      *qemu_block_device_get_key   (QemuBlockDevice *self);
/* The domain, if it still lives; a new reference. */
QemuDomain      *qemu_block_device_dup_domain (QemuBlockDevice *self);

G_END_DECLS
