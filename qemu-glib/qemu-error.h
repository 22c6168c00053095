/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <glib-object.h>

#include <qemu-glib/qemu-glib-version.h>

G_BEGIN_DECLS

/**
 * QEMU_ERROR:
 *
 * The error domain of this library. Trouble of the connection itself comes as [error@Gio.IOErrorEnum].
 *
 * Since: 1.0
 */
#define QEMU_ERROR (qemu_error_quark ())

/**
 * QemuError:
 * @QEMU_ERROR_GENERIC: QEMU refused or failed (its class `GenericError`, or one that this library does not know)
 * @QEMU_ERROR_COMMAND_NOT_FOUND: this QEMU has no such command, or its policy forbids it (`CommandNotFound`)
 * @QEMU_ERROR_DEVICE_NOT_ACTIVE: the device is not active (`DeviceNotActive`)
 * @QEMU_ERROR_DEVICE_NOT_FOUND: there is no such device (`DeviceNotFound`)
 * @QEMU_ERROR_KVM_MISSING_CAP: the kernel's KVM lacks something (`KVMMissingCap`)
 * @QEMU_ERROR_PROTOCOL: the peer broke the protocol: not JSON, too large, nested too deeply, or no answer at all
 * @QEMU_ERROR_EVENTS_NOT_SUPPORTED: this monitor cannot receive events
 * @QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND: no block device has that name
 * @QEMU_ERROR_JOB_FAILED: a job ended with an error
 * @QEMU_ERROR_JOB_CANCELLED: a job was cancelled
 * @QEMU_ERROR_PENDING: the guest was asked and has not obeyed yet
 * @QEMU_ERROR_PROCESS_FAILED: a QEMU could not be started, or ended at once
 *
 * Error codes of the [error@Qemu.Error] domain.
 *
 * Since: 1.0
 */
typedef enum
{
  QEMU_ERROR_GENERIC = 0,
  QEMU_ERROR_COMMAND_NOT_FOUND = 1,
  QEMU_ERROR_DEVICE_NOT_ACTIVE = 2,
  QEMU_ERROR_DEVICE_NOT_FOUND = 3,
  QEMU_ERROR_KVM_MISSING_CAP = 4,
  QEMU_ERROR_PROTOCOL = 5,
  QEMU_ERROR_EVENTS_NOT_SUPPORTED = 6,
  QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND = 7,
  QEMU_ERROR_JOB_FAILED = 8,
  QEMU_ERROR_JOB_CANCELLED = 9,
  QEMU_ERROR_PENDING = 10,
  QEMU_ERROR_PROCESS_FAILED = 11
} QemuError;

QEMU_AVAILABLE_IN_1_0
GQuark qemu_error_quark (void);

G_END_DECLS
