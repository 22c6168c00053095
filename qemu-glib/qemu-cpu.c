/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-cpu-private.h"

#include "qemu-record-private.h"

/**
 * QemuCpu:
 *
 * One of a machine's processors, as `query-cpus-fast` tells it; see [method@Domain.list_cpus].
 *
 * What is only in a processor's registers ([property@Cpu:pc], [property@Cpu:halted]) is there where it was asked for
 * with %QEMU_CPU_QUERY_REGISTERS and is known for this kind of processor; [method@Record.is_set] tells.
 *
 * Since: 1.0
 */
struct _QemuCpu
{
  QemuRecord parent_instance;
};

/**
 * QemuCpu:index: (getter get_index)
 *
 * The number of the processor, counted from 0 (`cpu-index`).
 *
 * Since: 1.0
 */

/**
 * QemuCpu:current: (getter get_current)
 *
 * Whether this is the one that the human monitor speaks of; told only by a QEMU that has no `query-cpus-fast`.
 *
 * Since: 1.0
 */

/**
 * QemuCpu:halted: (getter get_halted)
 *
 * Whether the processor waits for an interrupt. Known for x86.
 *
 * Since: 1.0
 */

/**
 * QemuCpu:pc: (getter get_pc)
 *
 * The program counter. On x86 the instruction pointer plus the base of the code segment. Known for x86, arm and
 * aarch64.
 *
 * Since: 1.0
 */

/**
 * QemuCpu:thread-id: (getter get_thread_id)
 *
 * The host's number for the thread that runs the processor.
 *
 * Since: 1.0
 */

/**
 * QemuCpu:qom-path: (getter get_qom_path)
 *
 * The processor's place in QEMU's object tree.
 *
 * Since: 1.0
 */

/**
 * QemuCpu:target: (getter get_target)
 *
 * The architecture, such as `x86_64`.
 *
 * Since: 1.0
 */

/**
 * QemuCpu:socket-id: (getter get_socket_id)
 *
 * The number of the socket that it is in, where the machine has such a thing.
 *
 * Since: 1.0
 */

/**
 * QemuCpu:core-id: (getter get_core_id)
 *
 * The number of its core within the socket, where the machine has such a thing.
 *
 * Since: 1.0
 */

/**
 * QemuCpu:smt-id: (getter get_smt_id)
 *
 * The number of its hardware thread within the core, where the machine has such a thing.
 *
 * Since: 1.0
 */

static const QemuField fields[] = {
  [QEMU_CPU_FIELD_INDEX] = { "index", "cpu-index", QEMU_FIELD_UINT },
  [QEMU_CPU_FIELD_CURRENT] = { "current", "current", QEMU_FIELD_BOOLEAN },
  [QEMU_CPU_FIELD_HALTED] = { "halted", "halted", QEMU_FIELD_BOOLEAN },
  [QEMU_CPU_FIELD_PC] = { "pc", "pc", QEMU_FIELD_UINT64 },
  [QEMU_CPU_FIELD_THREAD_ID] = { "thread-id", "thread-id", QEMU_FIELD_INT64 },
  [QEMU_CPU_FIELD_QOM_PATH] = { "qom-path", "qom-path", QEMU_FIELD_STRING },
  [QEMU_CPU_FIELD_TARGET] = { "target", "target", QEMU_FIELD_STRING },
  [QEMU_CPU_FIELD_SOCKET_ID] = { "socket-id", "props/socket-id", QEMU_FIELD_INT64 },
  [QEMU_CPU_FIELD_CORE_ID] = { "core-id", "props/core-id", QEMU_FIELD_INT64 },
  [QEMU_CPU_FIELD_SMT_ID] = { "smt-id", "props/thread-id", QEMU_FIELD_INT64 },
};

G_DEFINE_FINAL_TYPE (QemuCpu, qemu_cpu, QEMU_TYPE_RECORD)

static void
qemu_cpu_class_init (QemuCpuClass *klass)
{
  qemu_record_class_set_fields (QEMU_RECORD_CLASS (klass), fields, G_N_ELEMENTS (fields));
}

static void
qemu_cpu_init (QemuCpu *self)
{
}

#define GETTER(return_type, name, FIELD, member) \
  QEMU_RECORD_GETTER (QemuCpu, cpu, CPU, return_type, name, QEMU_CPU_FIELD_##FIELD, member)

/**
 * qemu_cpu_get_index: (get-property index)
 * @self: a cpu
 *
 * Gets the number of the processor, counted from 0 (`cpu-index`).
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (unsigned, index, INDEX, uint)

/**
 * qemu_cpu_get_current: (get-property current)
 * @self: a cpu
 *
 * Tells whether this is the one that the human monitor speaks of; told only by a QEMU that has no `query-cpus-fast`.
 *
 * Returns: whether it is
 *
 * Since: 1.0
 */
GETTER (gboolean, current, CURRENT, boolean)

/**
 * qemu_cpu_get_halted: (get-property halted)
 * @self: a cpu
 *
 * Tells whether the processor waits for an interrupt. Known for x86.
 *
 * Returns: whether it waits
 *
 * Since: 1.0
 */
GETTER (gboolean, halted, HALTED, boolean)

/**
 * qemu_cpu_get_pc: (get-property pc)
 * @self: a cpu
 *
 * Gets the program counter. On x86 the instruction pointer plus the base of the code segment. Known for x86, arm and
 * aarch64.
 *
 * Returns: the address
 *
 * Since: 1.0
 */
GETTER (guint64, pc, PC, uint64)

/**
 * qemu_cpu_get_thread_id: (get-property thread-id)
 * @self: a cpu
 *
 * Gets the host's number for the thread that runs the processor.
 *
 * Returns: the number of the thread
 *
 * Since: 1.0
 */
GETTER (gint64, thread_id, THREAD_ID, int64)

/**
 * qemu_cpu_get_qom_path: (get-property qom-path)
 * @self: a cpu
 *
 * Gets the processor's place in QEMU's object tree.
 *
 * Returns: (transfer none) (nullable): the path
 *
 * Since: 1.0
 */
GETTER (const char *, qom_path, QOM_PATH, string)

/**
 * qemu_cpu_get_target: (get-property target)
 * @self: a cpu
 *
 * Gets the architecture, such as `x86_64`.
 *
 * Returns: (transfer none) (nullable): the name of the architecture
 *
 * Since: 1.0
 */
GETTER (const char *, target, TARGET, string)

/**
 * qemu_cpu_get_socket_id: (get-property socket-id)
 * @self: a cpu
 *
 * Gets the number of the socket that it is in, where the machine has such a thing.
 *
 * Returns: the number, or 0 where it is not set
 *
 * Since: 1.0
 */
GETTER (gint64, socket_id, SOCKET_ID, int64)

/**
 * qemu_cpu_get_core_id: (get-property core-id)
 * @self: a cpu
 *
 * Gets the number of its core within the socket, where the machine has such a thing.
 *
 * Returns: the number, or 0 where it is not set
 *
 * Since: 1.0
 */
GETTER (gint64, core_id, CORE_ID, int64)

/**
 * qemu_cpu_get_smt_id: (get-property smt-id)
 * @self: a cpu
 *
 * Gets the number of its hardware thread within the core, where the machine has such a thing.
 *
 * Returns: the number, or 0 where it is not set
 *
 * Since: 1.0
 */
GETTER (gint64, smt_id, SMT_ID, int64)
