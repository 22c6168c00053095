/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A peer that is a little machine: it runs or is stopped, has jobs, gets files, and may be connected to again. */

#pragma once

#include "qemu-test.h"

G_BEGIN_DECLS

/* It has a thread of its own, and serves one connection after the other. Besides QEMU's own commands for what it has it
 * knows these, whose answers tell the "n" that they were given:
 *
 * - x-echo
 * - x-error: fails with DeviceNotFound
 * - x-silent: is never answered
 * - x-late: is answered after the next one
 * - x-big: as many characters as "size" says are in the answer, too
 * - x-tick: comes after the event TICK, and both tell which "tick" this was
 * - x-job: starts a job with the id "job-id", which has ended before this is answered
 * - x-hang-up: hangs up
 *
 * That of getfd tells as "file" what is written in the file that came with it, -1 where there is none. Some of its answers come in two pieces.
 */
typedef struct _QemuMachine QemuMachine;

QemuMachine *qemu_machine_new           (void);
/* Fails the test if it was sent anything that it does not know. */
void         qemu_machine_free          (QemuMachine *self);
const char  *qemu_machine_get_uri       (QemuMachine *self);

gboolean     qemu_machine_get_running   (QemuMachine *self);
/* Jobs that nobody has dismissed. */
unsigned     qemu_machine_count_jobs    (QemuMachine *self);
/* Ticks until now, and files that nothing has asked for. */
unsigned     qemu_machine_count_ticks   (QemuMachine *self);
unsigned     qemu_machine_count_strays  (QemuMachine *self);

/* A file that says @n, for getfd. */
int          qemu_machine_open_file     (gint64       n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuMachine, qemu_machine_free)

G_END_DECLS
