/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-error.h"

/**
 * qemu_error_quark:
 *
 * Gets the error domain of this library, [error@Qemu.Error].
 *
 * Returns: the domain
 *
 * Since: 1.0
 */
G_DEFINE_QUARK (qemu-error-quark, qemu_error)
