/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of QemuDomain about processors and PCI devices. */

#include "config.h"

#include "qemu-cpu-private.h"
#include "qemu-context-private.h"
#include "qemu-domain-private.h"
#include "qemu-error.h"
#include "qemu-pci-device-private.h"
#include "qemu-record-private.h"
#include "qemu-registers-private.h"
#include "qemu-sync-private.h"

/* ---------------------------------------------------------------- processors */

static gpointer
decode_cpus (QemuDomain      *self,
             const QemuJson  *json,
             guint32          value,
             GError         **error)
{
  return qemu_record_list_new (QEMU_TYPE_CPU, json, value);
}

/* QEMU before 2.12 has only the other command, whose reply calls some things otherwise. */
static gpointer
decode_old_cpus (QemuDomain      *self,
                 const QemuJson  *json,
                 guint32          value,
                 GError         **error)
{
  GListModel *cpus = decode_cpus (self, json, value, error);
  unsigned i = 0;

  QEMU_JSON_FOREACH_ELEMENT (json, value, element)
    {
      g_autoptr(QemuRecord) cpu = g_list_model_get_item (cpus, i++);
      guint64 index;
      gint64 thread_id;
      char *path;

      if (cpu == NULL)
        break;
      if (qemu_json_get_uint64 (json, qemu_json_get_member (json, element, "CPU"), &index) && index <= G_MAXUINT)
        qemu_record_set_value (cpu, QEMU_CPU_FIELD_INDEX)->uint = index;
      if (qemu_json_get_int64 (json, qemu_json_get_member (json, element, "thread_id"), &thread_id))
        qemu_record_set_value (cpu, QEMU_CPU_FIELD_THREAD_ID)->int64 = thread_id;
      path = qemu_json_dup_string (json, qemu_json_get_member (json, element, "qom_path"));
      if (path != NULL)
        qemu_record_set_value (cpu, QEMU_CPU_FIELD_QOM_PATH)->string = path;
    }

  return cpus;
}

static const QemuOperation query_cpus_fast = { "query-cpus-fast", decode_cpus, g_object_unref };
static const QemuOperation query_cpus = { "query-cpus", decode_old_cpus, g_object_unref };

static void
set_registers (GListModel *cpus,
               const char *dump)
{
  g_autoptr(GHashTable) processors = qemu_registers_parse (dump);

  for (unsigned i = 0; i < g_list_model_get_n_items (cpus); i++)
    {
      g_autoptr(QemuCpu) cpu = g_list_model_get_item (cpus, i);
      const QemuRegisters *registers = g_hash_table_lookup (processors, GUINT_TO_POINTER (qemu_cpu_get_index (cpu)));

      if (registers == NULL)
        continue;
      if (registers->pc_known)
        qemu_record_set_value (QEMU_RECORD (cpu), QEMU_CPU_FIELD_PC)->uint64 = registers->pc;
      if (registers->halted_known)
        qemu_record_set_value (QEMU_RECORD (cpu), QEMU_CPU_FIELD_HALTED)->boolean = registers->halted;
    }
}

typedef struct
{
  QemuCpuQueryFlags  flags;
  GListModel        *cpus;
} CpuQuery;

static void
cpu_query_free (gpointer data)
{
  CpuQuery *self = data;

  g_clear_object (&self->cpus);
  g_free (self);
}

static void
registers_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autofree char *dump = NULL;
  CpuQuery *query = g_task_get_task_data (task);
  GError *error = NULL;

  dump = qemu_domain_human_monitor_command_finish (QEMU_DOMAIN (object), result, &error);
  if (dump == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  set_registers (query->cpus, dump);
  g_task_return_pointer (task, g_steal_pointer (&query->cpus), g_object_unref);
}

static void
cpus_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  QemuDomain *self = QEMU_DOMAIN (object);
  CpuQuery *query = g_task_get_task_data (task);
  const QemuOperation *operation = g_task_get_source_tag (G_TASK (result));
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;

  query->cpus = qemu_domain_finish_operation (self, operation, result, &error);
  if (operation == &query_cpus_fast && g_error_matches (error, QEMU_ERROR, QEMU_ERROR_COMMAND_NOT_FOUND))
    {
      g_error_free (error);
      qemu_domain_start_operation (self, &query_cpus, NULL, cancellable, cpus_cb, g_steal_pointer (&task));
    }
  else if (error != NULL)
    {
      g_task_return_error (task, error);
    }
  else if (query->flags & QEMU_CPU_QUERY_REGISTERS)
    {
      qemu_domain_human_monitor_command_async (self, "info registers -a", cancellable, registers_cb,
                                               g_steal_pointer (&task));
    }
  else
    {
      g_task_return_pointer (task, g_steal_pointer (&query->cpus), g_object_unref);
    }
}

/**
 * qemu_domain_list_cpus_async:
 * @self: a domain
 * @flags: what to ask for
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks for the processors (`query-cpus-fast`). See [method@Domain.list_cpus].
 *
 * Since: 1.0
 */
void
qemu_domain_list_cpus_async (QemuDomain          *self,
                             QemuCpuQueryFlags    flags,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  CpuQuery *query;
  GTask *task;

  g_return_if_fail (QEMU_IS_DOMAIN (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  query = g_new0 (CpuQuery, 1);
  query->flags = flags;
  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_domain_list_cpus_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, query, cpu_query_free);
  qemu_domain_start_operation (self, &query_cpus_fast, NULL, cancellable, cpus_cb, task);
}

/**
 * qemu_domain_list_cpus_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.list_cpus_async].
 *
 * Returns: (transfer full): a model of [class@Cpu]
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_list_cpus_finish (QemuDomain    *self,
                              GAsyncResult  *result,
                              GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_domain_list_cpus_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * qemu_domain_list_cpus:
 * @self: a domain
 * @flags: what to ask for
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Asks for the processors (`query-cpus-fast`, or `query-cpus` in an old QEMU that has nothing else), and waits for the
 * answer.
 *
 * With %QEMU_CPU_QUERY_REGISTERS the human monitor is asked as well (`human-monitor-command`, with `info registers -a`),
 * for [property@Cpu:pc] and [property@Cpu:halted]. This interrupts the guest for a moment. See [method@Monitor.run] for
 * the errors.
 *
 * Returns: (transfer full): a model of [class@Cpu]
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_list_cpus (QemuDomain         *self,
                       QemuCpuQueryFlags   flags,
                       GCancellable       *cancellable,
                       GError            **error)
{
  g_auto(QemuSync) sync = { 0 };

  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  if (!qemu_sync_begin (&sync, error))
    return NULL;
  qemu_domain_list_cpus_async (self, flags, cancellable, qemu_sync_cb, &sync);

  return qemu_domain_list_cpus_finish (self, qemu_sync_end (&sync), error);
}

/* ---------------------------------------------------------------- PCI devices */

/* The devices of a bus, and behind each bridge those of the bus behind it. QEMU's nesting is limited by the reader. */
static void
add_pci_devices (GListStore     *store,
                 const QemuJson *json,
                 guint32         devices,
                 QemuPciDevice  *bridge)
{
  QEMU_JSON_FOREACH_ELEMENT (json, devices, element)
    {
      g_autoptr(QemuPciDevice) device = NULL;
      guint32 behind;

      if (qemu_json_get_type (json, element) != QEMU_JSON_OBJECT)
        continue;
      device = bridge != NULL ? qemu_record_new_inside (QEMU_TYPE_PCI_DEVICE, json, element, QEMU_RECORD (bridge))
                              : qemu_record_new (QEMU_TYPE_PCI_DEVICE, json, element);
      if (bridge != NULL)
        qemu_record_set_value (QEMU_RECORD (device), QEMU_PCI_DEVICE_FIELD_BRIDGE)->object = g_object_ref (bridge);
      g_list_store_append (store, device);

      behind = qemu_json_get_member (json, element, "pci_bridge");
      add_pci_devices (store, json, qemu_json_get_member (json, behind, "devices"), device);
    }
}

static gpointer
decode_pci_devices (QemuDomain      *self,
                    const QemuJson  *json,
                    guint32          value,
                    GError         **error)
{
  GListStore *store = g_list_store_new (QEMU_TYPE_PCI_DEVICE);

  QEMU_JSON_FOREACH_ELEMENT (json, value, bus)
    add_pci_devices (store, json, qemu_json_get_member (json, bus, "devices"), NULL);

  return store;
}

static const QemuOperation list_pci_devices = { "query-pci", decode_pci_devices, g_object_unref };

/**
 * qemu_domain_list_pci_devices_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks for the PCI devices (`query-pci`). See [method@Domain.list_pci_devices].
 *
 * Since: 1.0
 */
void
qemu_domain_list_pci_devices_async (QemuDomain          *self,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &list_pci_devices, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_list_pci_devices_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.list_pci_devices_async].
 *
 * Returns: (transfer full): a model of [class@PciDevice]
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_list_pci_devices_finish (QemuDomain    *self,
                                     GAsyncResult  *result,
                                     GError       **error)
{
  return qemu_domain_finish_operation (self, &list_pci_devices, result, error);
}

/**
 * qemu_domain_list_pci_devices:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Asks for the PCI devices (`query-pci`), and waits for the answer.
 *
 * Those behind a bridge follow it, and have it as their [property@PciDevice:bridge]. Before the firmware has set up a
 * bridge, QEMU does not tell what is behind it. See [method@Monitor.run] for the errors.
 *
 * Returns: (transfer full): a model of [class@PciDevice]
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_list_pci_devices (QemuDomain    *self,
                              GCancellable  *cancellable,
                              GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  return qemu_domain_run_operation (self, &list_pci_devices, NULL, cancellable, error);
}
