/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qemu-cpu.h"

G_BEGIN_DECLS

/* Some of these are not in the object that the others are decoded from. */
typedef enum
{
  QEMU_CPU_FIELD_INDEX,
  QEMU_CPU_FIELD_CURRENT,
  QEMU_CPU_FIELD_HALTED,
  QEMU_CPU_FIELD_PC,
  QEMU_CPU_FIELD_THREAD_ID,
  QEMU_CPU_FIELD_QOM_PATH,
  QEMU_CPU_FIELD_TARGET,
  QEMU_CPU_FIELD_SOCKET_ID,
  QEMU_CPU_FIELD_CORE_ID,
  QEMU_CPU_FIELD_SMT_ID
} QemuCpuField;

G_END_DECLS
