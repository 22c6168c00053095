/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-test-monitor.h"

#include <string.h>

#include "qemu-error.h"
#include "qemu-monitor-private.h"

/**
 * QemuTestMonitor:
 *
 * A monitor without a QEMU: a function answers its commands. It is for the tests of programs that use this library.
 *
 * ```c
 * static char *
 * answer (QemuTestMonitor  *monitor,
 *         QemuCommand      *command,
 *         gpointer          user_data,
 *         GError          **error)
 * {
 *   if (g_str_equal (qemu_command_get_name (command), "query-status"))
 *     return g_strdup ("{\"running\": true, \"singlestep\": false, \"status\": \"running\"}");
 *
 *   g_set_error_literal (error, QEMU_ERROR, QEMU_ERROR_COMMAND_NOT_FOUND, "There is no such command");
 *   return NULL;
 * }
 *
 * …
 *
 * g_autoptr(QemuMonitor) monitor = qemu_test_monitor_new (answer, NULL, NULL);
 * g_autoptr(QemuDomain) vm = qemu_domain_new (monitor, "test");
 * ```
 *
 * The function is called in the thread that runs the command, before the call that runs it returns; its answer comes
 * like any other. [method@Command.to_json] tells what it was asked in full.
 *
 * [method@TestMonitor.push_event] has an event come, also from within the function: an event that is pushed there comes
 * before the answer. [method@Monitor.emit_closed] is a QEMU that hangs up. For one that answers late or never, derive
 * from [class@Monitor].
 *
 * Since: 1.0
 */
struct _QemuTestMonitor
{
  QemuMonitor          parent_instance;

  QemuTestMonitorFunc  func;
  gpointer             user_data;
  GDestroyNotify       destroy;
};

G_DEFINE_FINAL_TYPE (QemuTestMonitor, qemu_test_monitor, QEMU_TYPE_MONITOR)

static void
qemu_test_monitor_start_run (QemuMonitor        *monitor,
                             QemuMonitorRequest *request)
{
  QemuTestMonitor *self = QEMU_TEST_MONITOR (monitor);
  g_autoptr(GError) error = NULL;
  g_autofree char *value = NULL;

  /* There is none where g_object_new() has made it, as bindings let a program do. */
  if (self->func != NULL)
    value = self->func (self, qemu_monitor_request_get_command (request), self->user_data, &error);

  if (value == NULL && error == NULL)
    g_set_error_literal (&error, QEMU_ERROR, QEMU_ERROR_PROTOCOL, "The test's function has not answered");

  if (error != NULL)
    {
      qemu_monitor_request_return_error (request, error);
    }
  else
    {
      g_autofree char *reply = g_strdup_printf ("{\"return\": %s}", value);
      g_autoptr(GBytes) bytes = g_bytes_new_static (reply, strlen (reply));

      qemu_monitor_request_return_bytes (request, bytes);
    }
}

static void
qemu_test_monitor_finalize (GObject *object)
{
  QemuTestMonitor *self = QEMU_TEST_MONITOR (object);

  if (self->destroy != NULL)
    self->destroy (self->user_data);

  G_OBJECT_CLASS (qemu_test_monitor_parent_class)->finalize (object);
}

static void
qemu_test_monitor_class_init (QemuTestMonitorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = qemu_test_monitor_finalize;
  QEMU_MONITOR_CLASS (klass)->start_run = qemu_test_monitor_start_run;
}

static void
qemu_test_monitor_init (QemuTestMonitor *self)
{
}

/**
 * qemu_test_monitor_new:
 * @func: (scope notified) (closure user_data) (destroy destroy): answers the commands
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data with the monitor
 *
 * Makes a monitor whose commands a function answers.
 *
 * Returns: (transfer full) (type QemuTestMonitor): a monitor, not yet open
 *
 * Since: 1.0
 */
QemuMonitor *
qemu_test_monitor_new (QemuTestMonitorFunc func,
                       gpointer            user_data,
                       GDestroyNotify      destroy)
{
  QemuTestMonitor *self;

  g_return_val_if_fail (func != NULL, NULL);

  self = g_object_new (QEMU_TYPE_TEST_MONITOR, NULL);
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;
  qemu_monitor_set_label (QEMU_MONITOR (self), "a test");

  return QEMU_MONITOR (self);
}

/**
 * qemu_test_monitor_push_event:
 * @self: a monitor
 * @name: the event's name, such as `STOP`
 * @data: (nullable): the event's data, a JSON object as text
 *
 * Has an event come, with the time of now. From any thread.
 *
 * Since: 1.0
 */
void
qemu_test_monitor_push_event (QemuTestMonitor *self,
                              const char      *name,
                              const char      *data)
{
  g_autoptr(GBytes) bytes = NULL;

  g_return_if_fail (QEMU_IS_TEST_MONITOR (self));
  g_return_if_fail (name != NULL);

  if (data != NULL)
    bytes = g_bytes_new (data, strlen (data));
  qemu_monitor_emit_event (QEMU_MONITOR (self), name, g_get_real_time (), bytes);
}
