/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-error.h"

G_DEFINE_QUARK (qemu-error-quark, qemu_error)
