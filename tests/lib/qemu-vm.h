/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A real QEMU for a test. */

#pragma once

#include "qemu-test.h"

#include <signal.h>

G_BEGIN_DECLS

/* The programs, or NULL when there is none; then the test has been marked as skipped, and is to return.
 * QEMU_SYSTEM and QEMU_STORAGE_DAEMON in the environment come before the ones in PATH. */
const char *qemu_test_find_system         (void);
const char *qemu_test_find_storage_daemon (void);

/* What a QEMU that need not do anything is started with: nothing of a machine, no window, any accelerator. */
#define QEMU_VM_NO_MACHINE "-M", "none", "-nodefaults", "-display", "none", "-S"
#define QEMU_VM_PC                                                                  \
  "-M", "pc", "-nodefaults", "-display", "none", "-boot", "n", "-m", "32",          \
  "-accel", "kvm", "-accel", "tcg"

typedef struct _QemuVm QemuVm;

/* Starts @program with @arguments and a QMP monitor in a folder of its own; it can be connected to at once. Its
 * process ends with this one, whatever becomes of the test. */
QemuVm     *qemu_vm_new          (const char         *program,
                                  const char * const *arguments);
/* … with the monitor's messages spread over lines; … and with a second monitor. */
typedef enum
{
  QEMU_VM_NONE = 0,
  QEMU_VM_PRETTY = 1 << 0,
  QEMU_VM_TWO_MONITORS = 1 << 1
} QemuVmFlags;
QemuVm     *qemu_vm_new_full     (const char         *program,
                                  const char * const *arguments,
                                  const char         *folder_template,
                                  QemuVmFlags         flags);
/* Kills what is left of it, and takes its files away. */
void        qemu_vm_free         (QemuVm             *self);

const char *qemu_vm_get_uri      (QemuVm             *self);
const char *qemu_vm_get_second_uri (QemuVm           *self);
GPid        qemu_vm_get_pid      (QemuVm             *self);
/* Open file descriptors of its process. */
unsigned    qemu_vm_count_fds    (QemuVm             *self);
void        qemu_vm_signal       (QemuVm             *self,
                                  int                 signal_number);
/* Waits until it has ended, in time; its wait status. */
int         qemu_vm_wait         (QemuVm             *self);
/* Starts it once more with the same arguments, on the same path, after it has ended. */
void        qemu_vm_restart      (QemuVm             *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuVm, qemu_vm_free)

G_END_DECLS
