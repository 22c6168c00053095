/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of QemuDomain that start, stop and ask what is running. */

#include "config.h"

#include "qemu-domain-private.h"

static gpointer
decode_status (QemuDomain      *self,
               const QemuJson  *json,
               guint32          value,
               GError         **error)
{
  return GINT_TO_POINTER (qemu_domain_read_status (json, value));
}

static gpointer
decode_string (QemuDomain      *self,
               const QemuJson  *json,
               guint32          value,
               GError         **error)
{
  char *string = qemu_json_dup_string (json, value);

  return string != NULL ? string : g_strdup ("");
}

const QemuOperation qemu_domain_status_operation = {
  "query-status", decode_status, .keep = qemu_domain_keep_status
};

/**
 * qemu_domain_query_status_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks what the machine is doing (`query-status`). See [method@Domain.query_status].
 *
 * Since: 1.0
 */
void
qemu_domain_query_status_async (QemuDomain          *self,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &qemu_domain_status_operation, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_query_status_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.query_status_async].
 *
 * Returns: the status; %QEMU_STATUS_UNKNOWN for one that this library does not know, see
 *   [property@Domain:status-name]
 *
 * Since: 1.0
 */
QemuStatus
qemu_domain_query_status_finish (QemuDomain    *self,
                                 GAsyncResult  *result,
                                 GError       **error)
{
  return (QemuStatus) GPOINTER_TO_INT (qemu_domain_finish_operation (self, &qemu_domain_status_operation, result,
                                                                     error));
}

/**
 * qemu_domain_query_status:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Asks what the machine is doing (`query-status`), and waits for the answer.
 *
 * Also sets [property@Domain:status]. See [method@Monitor.run] for the errors.
 *
 * Returns: the status; %QEMU_STATUS_UNKNOWN for one that this library does not know, see
 *   [property@Domain:status-name]
 *
 * Since: 1.0
 */
QemuStatus
qemu_domain_query_status (QemuDomain    *self,
                          GCancellable  *cancellable,
                          GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), QEMU_STATUS_UNKNOWN);

  return (QemuStatus) GPOINTER_TO_INT (qemu_domain_run_operation (self, &qemu_domain_status_operation, NULL,
                                                                  cancellable, error));
}

static const QemuOperation system_powerdown = { "system_powerdown" };

/**
 * qemu_domain_system_powerdown_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Presses the power button (`system_powerdown`). See [method@Domain.system_powerdown].
 *
 * Since: 1.0
 */
void
qemu_domain_system_powerdown_async (QemuDomain          *self,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &system_powerdown, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_system_powerdown_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.system_powerdown_async].
 *
 * Returns: whether QEMU did
 *
 * Since: 1.0
 */
gboolean
qemu_domain_system_powerdown_finish (QemuDomain    *self,
                                     GAsyncResult  *result,
                                     GError       **error)
{
  return GPOINTER_TO_INT (qemu_domain_finish_operation (self, &system_powerdown, result, error));
}

/**
 * qemu_domain_system_powerdown:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Presses the power button (`system_powerdown`), and waits for the answer.
 *
 * The guest is free to obey: that it has shut down is told by the event `SHUTDOWN`, and by
 * [signal@Domain::closed] when QEMU ends. See [method@Monitor.run] for the errors.
 *
 * Returns: whether QEMU did
 *
 * Since: 1.0
 */
gboolean
qemu_domain_system_powerdown (QemuDomain    *self,
                              GCancellable  *cancellable,
                              GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), FALSE);

  return GPOINTER_TO_INT (qemu_domain_run_operation (self, &system_powerdown, NULL, cancellable, error));
}

static const QemuOperation system_reset = { "system_reset" };

/**
 * qemu_domain_system_reset_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Presses the reset button (`system_reset`). See [method@Domain.system_reset].
 *
 * Since: 1.0
 */
void
qemu_domain_system_reset_async (QemuDomain          *self,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &system_reset, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_system_reset_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.system_reset_async].
 *
 * Returns: whether QEMU did
 *
 * Since: 1.0
 */
gboolean
qemu_domain_system_reset_finish (QemuDomain    *self,
                                 GAsyncResult  *result,
                                 GError       **error)
{
  return GPOINTER_TO_INT (qemu_domain_finish_operation (self, &system_reset, result, error));
}

/**
 * qemu_domain_system_reset:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Presses the reset button (`system_reset`), and waits for the answer.
 *
 * A machine that is stopped stays so. See [method@Monitor.run] for the errors.
 *
 * Returns: whether QEMU did
 *
 * Since: 1.0
 */
gboolean
qemu_domain_system_reset (QemuDomain    *self,
                          GCancellable  *cancellable,
                          GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), FALSE);

  return GPOINTER_TO_INT (qemu_domain_run_operation (self, &system_reset, NULL, cancellable, error));
}

static const QemuOperation system_wakeup = { "system_wakeup" };

/**
 * qemu_domain_system_wakeup_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Wakes a machine that sleeps (`system_wakeup`). See [method@Domain.system_wakeup].
 *
 * Since: 1.0
 */
void
qemu_domain_system_wakeup_async (QemuDomain          *self,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &system_wakeup, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_system_wakeup_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.system_wakeup_async].
 *
 * Returns: whether QEMU did
 *
 * Since: 1.0
 */
gboolean
qemu_domain_system_wakeup_finish (QemuDomain    *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  return GPOINTER_TO_INT (qemu_domain_finish_operation (self, &system_wakeup, result, error));
}

/**
 * qemu_domain_system_wakeup:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Wakes a machine that sleeps (`system_wakeup`), and waits for the answer.
 *
 * Fails with %QEMU_ERROR_GENERIC where it does not sleep. See [method@Monitor.run] for other errors.
 *
 * Returns: whether QEMU did
 *
 * Since: 1.0
 */
gboolean
qemu_domain_system_wakeup (QemuDomain    *self,
                           GCancellable  *cancellable,
                           GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), FALSE);

  return GPOINTER_TO_INT (qemu_domain_run_operation (self, &system_wakeup, NULL, cancellable, error));
}

static const QemuOperation stop = { "stop" };

/**
 * qemu_domain_stop_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Pauses the machine (`stop`). See [method@Domain.stop].
 *
 * Since: 1.0
 */
void
qemu_domain_stop_async (QemuDomain          *self,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &stop, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_stop_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.stop_async].
 *
 * Returns: whether QEMU did
 *
 * Since: 1.0
 */
gboolean
qemu_domain_stop_finish (QemuDomain    *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  return GPOINTER_TO_INT (qemu_domain_finish_operation (self, &stop, result, error));
}

/**
 * qemu_domain_stop:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Pauses the machine (`stop`), and waits for the answer.
 *
 * A machine that is stopped already stays as it is. See [method@Monitor.run] for the errors.
 *
 * Returns: whether QEMU did
 *
 * Since: 1.0
 */
gboolean
qemu_domain_stop (QemuDomain    *self,
                  GCancellable  *cancellable,
                  GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), FALSE);

  return GPOINTER_TO_INT (qemu_domain_run_operation (self, &stop, NULL, cancellable, error));
}

static const QemuOperation cont = { "cont" };

/**
 * qemu_domain_cont_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Lets the machine run (`cont`). See [method@Domain.cont].
 *
 * Since: 1.0
 */
void
qemu_domain_cont_async (QemuDomain          *self,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &cont, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_cont_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.cont_async].
 *
 * Returns: whether QEMU did
 *
 * Since: 1.0
 */
gboolean
qemu_domain_cont_finish (QemuDomain    *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  return GPOINTER_TO_INT (qemu_domain_finish_operation (self, &cont, result, error));
}

/**
 * qemu_domain_cont:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Lets the machine run (`cont`), and waits for the answer.
 *
 * Fails with %QEMU_ERROR_GENERIC where the machine has to be reset first. A machine that waits for a migration will run
 * when that has come. See [method@Monitor.run] for other errors.
 *
 * Returns: whether QEMU did
 *
 * Since: 1.0
 */
gboolean
qemu_domain_cont (QemuDomain    *self,
                  GCancellable  *cancellable,
                  GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), FALSE);

  return GPOINTER_TO_INT (qemu_domain_run_operation (self, &cont, NULL, cancellable, error));
}

static const QemuOperation quit = { "quit", NULL, NULL, TRUE };

/**
 * qemu_domain_quit_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Ends QEMU at once (`quit`), without asking the guest. See [method@Domain.quit].
 *
 * Since: 1.0
 */
void
qemu_domain_quit_async (QemuDomain          *self,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &quit, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_quit_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.quit_async].
 *
 * Returns: whether QEMU did
 *
 * Since: 1.0
 */
gboolean
qemu_domain_quit_finish (QemuDomain    *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  return GPOINTER_TO_INT (qemu_domain_finish_operation (self, &quit, result, error));
}

/**
 * qemu_domain_quit:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Ends QEMU at once (`quit`), without asking the guest, and waits for the answer.
 *
 * Succeeds also where QEMU is gone before it has answered. That its process has ended is another matter: see
 * [class@Process]. See [method@Monitor.run] for the errors.
 *
 * Returns: whether QEMU did
 *
 * Since: 1.0
 */
gboolean
qemu_domain_quit (QemuDomain    *self,
                  GCancellable  *cancellable,
                  GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), FALSE);

  return GPOINTER_TO_INT (qemu_domain_run_operation (self, &quit, NULL, cancellable, error));
}

static const QemuOperation inject_nmi = { "inject-nmi" };

/**
 * qemu_domain_inject_nmi_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Sends a non-maskable interrupt to the processors (`inject-nmi`). See [method@Domain.inject_nmi].
 *
 * Since: 1.0
 */
void
qemu_domain_inject_nmi_async (QemuDomain          *self,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &inject_nmi, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_inject_nmi_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.inject_nmi_async].
 *
 * Returns: whether QEMU did
 *
 * Since: 1.0
 */
gboolean
qemu_domain_inject_nmi_finish (QemuDomain    *self,
                               GAsyncResult  *result,
                               GError       **error)
{
  return GPOINTER_TO_INT (qemu_domain_finish_operation (self, &inject_nmi, result, error));
}

/**
 * qemu_domain_inject_nmi:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Sends a non-maskable interrupt to the processors (`inject-nmi`), and waits for the answer.
 *
 * Fails with %QEMU_ERROR_GENERIC where the machine has no such thing. See [method@Monitor.run] for other errors.
 *
 * Returns: whether QEMU did
 *
 * Since: 1.0
 */
gboolean
qemu_domain_inject_nmi (QemuDomain    *self,
                        GCancellable  *cancellable,
                        GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), FALSE);

  return GPOINTER_TO_INT (qemu_domain_run_operation (self, &inject_nmi, NULL, cancellable, error));
}

static const QemuOperation human_monitor_command = { NULL, decode_string, g_free };

static QemuCommand *
human_monitor_command_new (const char *command_line)
{
  QemuCommand *command = qemu_command_new ("human-monitor-command");

  qemu_command_set_string (command, "command-line", command_line);

  return command;
}

/**
 * qemu_domain_human_monitor_command_async:
 * @self: a domain
 * @command_line: a line as a person would type it, such as `info registers`
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Runs a command of QEMU's human monitor (`human-monitor-command`). See [method@Domain.human_monitor_command].
 *
 * Since: 1.0
 */
void
qemu_domain_human_monitor_command_async (QemuDomain          *self,
                                         const char          *command_line,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));
  g_return_if_fail (command_line != NULL);

  qemu_domain_start_operation (self, &human_monitor_command, human_monitor_command_new (command_line), cancellable,
                               callback, user_data);
}

/**
 * qemu_domain_human_monitor_command_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.human_monitor_command_async].
 *
 * Returns: (transfer full): what it printed
 *
 * Since: 1.0
 */
char *
qemu_domain_human_monitor_command_finish (QemuDomain    *self,
                                          GAsyncResult  *result,
                                          GError       **error)
{
  return qemu_domain_finish_operation (self, &human_monitor_command, result, error);
}

/**
 * qemu_domain_human_monitor_command:
 * @self: a domain
 * @command_line: a line as a person would type it, such as `info registers`
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Runs a command of QEMU's human monitor (`human-monitor-command`), and waits for the answer.
 *
 * What it prints is for people, and so are its errors: **they come as text, not as an error of this call**. Use it only
 * where QMP has nothing. See [method@Monitor.run] for the errors.
 *
 * Returns: (transfer full): what it printed
 *
 * Since: 1.0
 */
char *
qemu_domain_human_monitor_command (QemuDomain    *self,
                                   const char    *command_line,
                                   GCancellable  *cancellable,
                                   GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);
  g_return_val_if_fail (command_line != NULL, NULL);

  return qemu_domain_run_operation (self, &human_monitor_command, human_monitor_command_new (command_line), cancellable,
                                    error);
}
