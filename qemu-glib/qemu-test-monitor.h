/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A monitor whose QEMU is a function of the program's own. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <qemu-glib/qemu-monitor.h>

G_BEGIN_DECLS

#define QEMU_TYPE_TEST_MONITOR (qemu_test_monitor_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuTestMonitor, qemu_test_monitor, QEMU, TEST_MONITOR, QemuMonitor)

/**
 * QemuTestMonitorFunc:
 * @monitor: the monitor
 * @command: what QEMU is asked
 * @user_data: what was given with the function
 * @error: return location for an error
 *
 * Answers a command, as a QEMU would that a program's test imagines.
 *
 * Returns: (transfer full) (nullable): what QEMU returns, as JSON text: `{}` for a command that only does something.
 *   %NULL with @error set is a failure; [error@Qemu.Error] has the ones that QEMU tells of itself. %NULL without it is
 *   no answer at all, and a failure, too.
 *
 * Since: 1.0
 */
typedef char *(*QemuTestMonitorFunc) (QemuTestMonitor  *monitor,
                                      QemuCommand      *command,
                                      gpointer          user_data,
                                      GError          **error);

QEMU_AVAILABLE_IN_1_0
QemuMonitor *qemu_test_monitor_new        (QemuTestMonitorFunc  func,
                                           gpointer             user_data,
                                           GDestroyNotify       destroy);
QEMU_AVAILABLE_IN_1_0
void         qemu_test_monitor_push_event (QemuTestMonitor     *self,
                                           const char          *name,
                                           const char          *data);

G_END_DECLS
