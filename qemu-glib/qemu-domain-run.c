/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of QemuDomain that run any command, and that ask what this QEMU is and can do. */

#include "config.h"

#include "qemu-domain-private.h"

#include <string.h>

#include "qemu-context-private.h"
#include "qemu-monitor-private.h"
#include "qemu-version-private.h"

static gpointer
decode_node (QemuDomain      *self,
             const QemuJson  *json,
             guint32          value,
             GError         **error)
{
  return qemu_json_to_node (json, value);
}

static const QemuOperation run = { NULL, decode_node, (GDestroyNotify) json_node_unref };

/**
 * qemu_domain_run_async:
 * @self: a domain
 * @command: what to run
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Runs any QMP command. See [method@Monitor.run] for the errors.
 *
 * Since: 1.0
 */
void
qemu_domain_run_async (QemuDomain          *self,
                       QemuCommand         *command,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));
  g_return_if_fail (command != NULL);

  qemu_domain_start_operation (self, &run, qemu_command_ref (command), cancellable, callback, user_data);
}

/**
 * qemu_domain_run_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.run_async].
 *
 * Returns: (transfer full): what QEMU returned
 *
 * Since: 1.0
 */
JsonNode *
qemu_domain_run_finish (QemuDomain    *self,
                        GAsyncResult  *result,
                        GError       **error)
{
  return qemu_domain_finish_operation (self, &run, result, error);
}

/**
 * qemu_domain_run:
 * @self: a domain
 * @command: what to run
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Runs any QMP command and waits for what it returns. See [method@Monitor.run] for the errors. Here and in all that makes
 * objects of an answer, one with hundreds of thousands of objects in it is refused with %QEMU_ERROR_PROTOCOL.
 *
 * A [struct@Json.Node] has no unsigned 64-bit integers: what does not fit is a double there. The text that
 * [method@Domain.run_raw] gives is exact.
 *
 * Returns: (transfer full): what QEMU returned
 *
 * Since: 1.0
 */
JsonNode *
qemu_domain_run (QemuDomain    *self,
                 QemuCommand   *command,
                 GCancellable  *cancellable,
                 GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);

  return qemu_domain_run_operation (self, &run, qemu_command_ref (command), cancellable, error);
}

static const QemuOperation run_raw = { .raw = TRUE, .free_result = (GDestroyNotify) g_bytes_unref };

/**
 * qemu_domain_run_raw_async:
 * @self: a domain
 * @command: what to run
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the reply
 * @user_data: for @callback
 *
 * Runs any QMP command. See [method@Domain.run_raw].
 *
 * Since: 1.0
 */
void
qemu_domain_run_raw_async (QemuDomain          *self,
                           QemuCommand         *command,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));
  g_return_if_fail (command != NULL);

  qemu_domain_start_operation (self, &run_raw, qemu_command_ref (command), cancellable, callback, user_data);
}

/**
 * qemu_domain_run_raw_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.run_raw_async].
 *
 * Returns: (transfer full): the whole reply as QEMU sent it
 *
 * Since: 1.0
 */
GBytes *
qemu_domain_run_raw_finish (QemuDomain    *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  return qemu_domain_finish_operation (self, &run_raw, result, error);
}

/**
 * qemu_domain_run_raw:
 * @self: a domain
 * @command: what to run
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Runs any QMP command and waits for its reply, which it gives as it came, to be read by a parser of the caller's.
 * See [method@Monitor.run] for the errors.
 *
 * Returns: (transfer full): the whole reply as QEMU sent it, `{"return": …}`
 *
 * Since: 1.0
 */
GBytes *
qemu_domain_run_raw (QemuDomain    *self,
                     QemuCommand   *command,
                     GCancellable  *cancellable,
                     GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);

  return qemu_domain_run_operation (self, &run_raw, qemu_command_ref (command), cancellable, error);
}

/* ---------------------------------------------------------------- what this QEMU is and can do */

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

static gpointer
decode_commands (QemuDomain      *self,
                 const QemuJson  *json,
                 guint32          value,
                 GError         **error)
{
  unsigned connection = qemu_monitor_get_connection (self->monitor);
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  char **commands;

  QEMU_JSON_FOREACH_ELEMENT (json, value, element)
    {
      char *name = qemu_json_dup_string (json, qemu_json_get_member (json, element, "name"));

      if (name != NULL)
        g_ptr_array_add (names, name);
    }
  g_ptr_array_sort (names, compare_strings);
  g_ptr_array_add (names, NULL);
  commands = (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);

  g_mutex_lock (&self->lock);
  g_strfreev (self->commands);
  self->commands = g_strdupv (commands);
  self->commands_connection = connection;
  g_mutex_unlock (&self->lock);

  return commands;
}

static const QemuOperation list_commands = { "query-commands", decode_commands, (GDestroyNotify) g_strfreev };

/**
 * qemu_domain_list_commands_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks which commands this QEMU has (`query-commands`).
 *
 * Since: 1.0
 */
void
qemu_domain_list_commands_async (QemuDomain          *self,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &list_commands, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_list_commands_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.list_commands_async].
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, sorted
 *
 * Since: 1.0
 */
char **
qemu_domain_list_commands_finish (QemuDomain    *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  return qemu_domain_finish_operation (self, &list_commands, result, error);
}

/**
 * qemu_domain_list_commands:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks which commands this QEMU has (`query-commands`), and waits for the answer. See [method@Monitor.run] for the
 * errors.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, sorted
 *
 * Since: 1.0
 */
char **
qemu_domain_list_commands (QemuDomain    *self,
                           GCancellable  *cancellable,
                           GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  return qemu_domain_run_operation (self, &list_commands, NULL, cancellable, error);
}

/* From what was asked before. FALSE: nothing was. */
static gboolean
lookup_command (QemuDomain *self,
                const char *name,
                gboolean   *supported)
{
  unsigned connection = qemu_monitor_get_connection (self->monitor);
  gboolean known;

  g_mutex_lock (&self->lock);
  known = self->commands != NULL && self->commands_connection == connection;
  *supported = known && g_strv_contains ((const char * const *) self->commands, name);
  g_mutex_unlock (&self->lock);

  return known && qemu_domain_get_state (self) == QEMU_MONITOR_STATE_OPEN;
}

static void
supports_command_cb (GObject      *object,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_auto(GStrv) commands = NULL;
  GError *error = NULL;

  commands = qemu_domain_list_commands_finish (QEMU_DOMAIN (object), result, &error);
  if (commands == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, g_strv_contains ((const char * const *) commands, g_task_get_task_data (task)));
}

/**
 * qemu_domain_supports_command_async:
 * @self: a domain
 * @name: a command's name
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks whether this QEMU has a command (`query-commands`). See [method@Domain.supports_command].
 *
 * Since: 1.0
 */
void
qemu_domain_supports_command_async (QemuDomain          *self,
                                    const char          *name,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  gboolean supported;

  g_return_if_fail (QEMU_IS_DOMAIN (self));
  g_return_if_fail (name != NULL);

  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_domain_supports_command_async);
  if (g_task_return_error_if_cancelled (task))
    return;

  g_task_set_task_data (task, g_strdup (name), g_free);
  if (lookup_command (self, name, &supported))
    g_task_return_boolean (task, supported);
  else
    qemu_domain_list_commands_async (self, cancellable, supports_command_cb, g_steal_pointer (&task));
}

/**
 * qemu_domain_supports_command_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.supports_command_async].
 *
 * Returns: whether QEMU has the command
 *
 * Since: 1.0
 */
gboolean
qemu_domain_supports_command_finish (QemuDomain    *self,
                                     GAsyncResult  *result,
                                     GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_domain_supports_command_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qemu_domain_supports_command:
 * @self: a domain
 * @name: a command's name
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Tells whether this QEMU has a command. The first time it asks QEMU (`query-commands`) and waits; then it knows, as
 * long as the connection stands. See [method@Monitor.run] for the errors.
 *
 * Returns: whether QEMU has the command; %FALSE also with @error set
 *
 * Since: 1.0
 */
gboolean
qemu_domain_supports_command (QemuDomain    *self,
                              const char    *name,
                              GCancellable  *cancellable,
                              GError       **error)
{
  g_auto(GStrv) commands = NULL;
  gboolean supported;

  g_return_val_if_fail (QEMU_IS_DOMAIN (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (lookup_command (self, name, &supported))
    return supported;

  commands = qemu_domain_list_commands (self, cancellable, error);

  return commands != NULL && g_strv_contains ((const char * const *) commands, name);
}

static gpointer
decode_version (QemuDomain      *self,
                const QemuJson  *json,
                guint32          value,
                GError         **error)
{
  return qemu_version_new (json, value);
}

static const QemuOperation query_version = { "query-version", decode_version, g_object_unref };

/**
 * qemu_domain_query_version_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks for QEMU's version (`query-version`). [property@Domain:version] knows it without asking.
 *
 * Since: 1.0
 */
void
qemu_domain_query_version_async (QemuDomain          *self,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &query_version, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_query_version_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.query_version_async].
 *
 * Returns: (transfer full): the version
 *
 * Since: 1.0
 */
QemuVersion *
qemu_domain_query_version_finish (QemuDomain    *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  return qemu_domain_finish_operation (self, &query_version, result, error);
}

/**
 * qemu_domain_query_version:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks for QEMU's version (`query-version`), and waits for the answer. [property@Domain:version] knows it without
 * asking. See [method@Monitor.run] for the errors.
 *
 * Returns: (transfer full): the version
 *
 * Since: 1.0
 */
QemuVersion *
qemu_domain_query_version (QemuDomain    *self,
                           GCancellable  *cancellable,
                           GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  return qemu_domain_run_operation (self, &query_version, NULL, cancellable, error);
}
