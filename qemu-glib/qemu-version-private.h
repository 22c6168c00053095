/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qemu-json-private.h"
#include "qemu-version.h"

G_BEGIN_DECLS

/* From the `version` of a greeting, or the reply to `query-version`. */
QemuVersion *qemu_version_new (const QemuJson *json,
                               guint32         object);

G_END_DECLS
