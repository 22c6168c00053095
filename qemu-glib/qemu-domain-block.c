/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of QemuDomain about disks. */

#include "config.h"

#include "qemu-block-stats.h"
#include "qemu-domain-private.h"
#include "qemu-record-private.h"

static gpointer
decode_block_stats (QemuDomain      *self,
                    const QemuJson  *json,
                    guint32          value,
                    GError         **error)
{
  return qemu_record_list_new (QEMU_TYPE_BLOCK_STATS, json, value);
}

static const QemuOperation list_block_stats = { "query-blockstats", decode_block_stats, g_object_unref };

/**
 * qemu_domain_list_block_stats_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks what the disks have done so far (`query-blockstats`). See [method@Domain.list_block_stats].
 *
 * Since: 1.0
 */
void
qemu_domain_list_block_stats_async (QemuDomain          *self,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &list_block_stats, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_list_block_stats_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.list_block_stats_async].
 *
 * Returns: (transfer full): a model of [class@BlockStats], one for each disk
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_list_block_stats_finish (QemuDomain    *self,
                                     GAsyncResult  *result,
                                     GError       **error)
{
  return qemu_domain_finish_operation (self, &list_block_stats, result, error);
}

/**
 * qemu_domain_list_block_stats:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Asks what the disks have done so far (`query-blockstats`), and waits for the answer.
 *
 * The files below a disk and its backing files are reachable from it: [property@BlockStats:parent],
 * [property@BlockStats:backing]. See [method@Monitor.run] for the errors.
 *
 * Returns: (transfer full): a model of [class@BlockStats], one for each disk
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_list_block_stats (QemuDomain    *self,
                              GCancellable  *cancellable,
                              GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  return qemu_domain_run_operation (self, &list_block_stats, NULL, cancellable, error);
}
