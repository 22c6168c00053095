/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-libvirt-domains.h"

#include <stdlib.h>
#include <string.h>

#include "qemu-libvirt-private.h"

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

static void
list_domains (GTask        *task,
              gpointer      source,
              gpointer      connection_uri,
              GCancellable *cancellable)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  GError *error = NULL;
  virConnectPtr connection = qemu_libvirt_connect (connection_uri, &error);
  virDomainPtr *domains = NULL;
  int n_domains;

  if (connection == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  n_domains = virConnectListAllDomains (connection, &domains, 0);
  if (n_domains < 0)
    error = qemu_libvirt_error_new ();
  for (int i = 0; i < n_domains; i++)
    {
      g_ptr_array_add (names, g_strdup (virDomainGetName (domains[i])));
      virDomainFree (domains[i]);
    }
  free (domains);
  virConnectClose (connection);

  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_ptr_array_free (g_steal_pointer (&names), FALSE), (GDestroyNotify) g_strfreev);
}

static GTask *
make_task (const char          *connection_uri,
           GCancellable        *cancellable,
           GAsyncReadyCallback  callback,
           gpointer             user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, make_task);
  g_task_set_task_data (task, g_strdup (connection_uri), g_free);
  /* libvirt cannot be interrupted: its answer is left to itself. */
  g_task_set_return_on_cancel (task, TRUE);

  return task;
}

/**
 * qemu_libvirt_list_domains_async:
 * @connection_uri: (nullable): libvirt's URI, such as `qemu:///system`; %NULL: libvirt's own choice
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks which machines libvirt has. See [func@QemuLibvirt.list_domains].
 *
 * Since: 1.0
 */
void
qemu_libvirt_list_domains_async (const char          *connection_uri,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_autoptr(GTask) task = make_task (connection_uri, cancellable, callback, user_data);

  g_task_run_in_thread (task, list_domains);
}

/**
 * qemu_libvirt_list_domains_finish:
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [func@QemuLibvirt.list_domains_async].
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, sorted
 *
 * Since: 1.0
 */
char **
qemu_libvirt_list_domains_finish (GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, make_task), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * qemu_libvirt_list_domains:
 * @connection_uri: (nullable): libvirt's URI, such as `qemu:///system`; %NULL: libvirt's own choice
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks which machines libvirt has (`virConnectListAllDomains`), also those that do not run, and waits for the answer.
 *
 * Fails with %G_IO_ERROR where libvirt cannot be reached.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, sorted
 *
 * Since: 1.0
 */
char **
qemu_libvirt_list_domains (const char    *connection_uri,
                           GCancellable  *cancellable,
                           GError       **error)
{
  g_autoptr(GTask) task = make_task (connection_uri, cancellable, NULL, NULL);

  g_task_run_in_thread_sync (task, list_domains);

  return qemu_libvirt_list_domains_finish (G_ASYNC_RESULT (task), error);
}
