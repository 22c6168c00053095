/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Typed replies: what is read is what QEMU has sent, down to the last member. */

#include "config.h"

#include "qemu-glib/qemu-registers-private.h"
#include "qemu-images.h"
#include "qemu-play.h"
#include "qemu-vm.h"

#include <string.h>

/* ---------------------------------------------------------------- comparing */

typedef struct
{
  const char *property;
  const char *path;             /* of the member in the raw reply, with '/' between the steps */
} Expectation;

static JsonNode *
find_raw (JsonObject *object,
          const char *path)
{
  g_auto(GStrv) steps = g_strsplit (path, "/", -1);
  JsonNode *node = NULL;

  for (unsigned i = 0; steps[i] != NULL; i++)
    {
      if (i > 0)
        {
          if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
            return NULL;
          object = json_node_get_object (node);
        }
      node = json_object_get_member (object, steps[i]);
    }

  return node;
}

static void
assert_same (gpointer    record,
             const char *property,
             JsonNode   *raw)
{
  g_auto(GValue) value = G_VALUE_INIT;

  g_object_get_property (record, property, &value);
  g_assert_cmpint (qemu_record_is_set (record, property), ==, raw != NULL);

  if (G_VALUE_HOLDS_STRING (&value))
    g_assert_cmpstr (g_value_get_string (&value), ==, raw != NULL ? json_node_get_string (raw) : NULL);
  else if (G_VALUE_HOLDS_BOOLEAN (&value))
    g_assert_cmpint (g_value_get_boolean (&value), ==, raw != NULL && json_node_get_boolean (raw));
  else if (G_VALUE_HOLDS_INT64 (&value))
    g_assert_cmpint (g_value_get_int64 (&value), ==, raw != NULL ? json_node_get_int (raw) : 0);
  else if (G_VALUE_HOLDS_UINT64 (&value))
    g_assert_cmpuint (g_value_get_uint64 (&value), ==, raw != NULL ? (guint64) json_node_get_int (raw) : 0);
  else if (G_VALUE_HOLDS_UINT (&value))
    g_assert_cmpuint (g_value_get_uint (&value), ==, raw != NULL ? (unsigned) json_node_get_int (raw) : 0);
  else
    g_assert_not_reached ();
}

static void
assert_all_same (gpointer           record,
                 JsonObject        *raw,
                 const Expectation *expectations)
{
  for (; expectations->property != NULL; expectations++)
    assert_same (record, expectations->property, find_raw (raw, expectations->path));
}

/* A property that the test does not know of would be one that nobody has looked at. */
static void
assert_complete (GType              type,
                 const Expectation *expectations,
                 unsigned           n_others)
{
  g_autoptr(GTypeClass) klass = g_type_class_ref (type);
  g_autofree GParamSpec **properties = NULL;
  unsigned n_properties, n = 0;

  for (; expectations[n].property != NULL; n++)
    g_assert_nonnull (g_object_class_find_property (G_OBJECT_CLASS (klass), expectations[n].property));
  properties = g_object_class_list_properties (G_OBJECT_CLASS (klass), &n_properties);
  g_assert_cmpuint (n_properties, ==, n + n_others);
}

/* ---------------------------------------------------------------- where the replies come from */

static JsonNode *
load_reply (const char *version,
            const char *name)
{
  g_autofree char *file = g_strconcat (name, ".json", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "replies", version, file, NULL);
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  JsonNode *node;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  node = json_from_string (text, &error);
  g_assert_no_error (error);

  return node;
}

typedef GListModel *(*ListFunc) (QemuDomain    *domain,
                                 GCancellable  *cancellable,
                                 GError       **error);
typedef void (*CompareFunc) (GListModel *list,
                             JsonNode   *raw);

static GListModel *
list_cpus (QemuDomain    *domain,
           GCancellable  *cancellable,
           GError       **error)
{
  return qemu_domain_list_cpus (domain, QEMU_CPU_QUERY_NONE, cancellable, error);
}

static void
list_async (QemuDomain          *domain,
            const char          *command,
            GAsyncReadyCallback  callback,
            gpointer             user_data)
{
  if (g_str_equal (command, "query-block"))
    qemu_domain_list_block_devices_async (domain, NULL, callback, user_data);
  else if (g_str_equal (command, "query-cpus-fast"))
    qemu_domain_list_cpus_async (domain, QEMU_CPU_QUERY_NONE, NULL, callback, user_data);
  else if (g_str_equal (command, "query-pci"))
    qemu_domain_list_pci_devices_async (domain, NULL, callback, user_data);
  else
    qemu_domain_list_block_stats_async (domain, NULL, callback, user_data);
}

static GListModel *
list_finish (QemuDomain   *domain,
             const char   *command,
             GAsyncResult *result,
             GError      **error)
{
  if (g_str_equal (command, "query-block"))
    return qemu_domain_list_block_devices_finish (domain, result, error);
  if (g_str_equal (command, "query-cpus-fast"))
    return qemu_domain_list_cpus_finish (domain, result, error);
  if (g_str_equal (command, "query-pci"))
    return qemu_domain_list_pci_devices_finish (domain, result, error);

  return qemu_domain_list_block_stats_finish (domain, result, error);
}

static QemuDomain *
open_domain (QemuPlay *play)
{
  g_autoptr(GIOStream) stream = qemu_play_take_stream (play);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_stream (stream);
  QemuDomain *domain = qemu_domain_new (monitor, "vm1");
  g_autoptr(GError) error = NULL;

  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);

  return domain;
}

/* The same reply twice: once for a synchronous and once for an asynchronous call; then an error for each. */
static void
check_reply (const char  *command,
             const char  *reply,
             ListFunc     list,
             CompareFunc  compare)
{
  const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-status", .reply = "{'status': 'running', 'running': true}" },
    { .expect = command, .reply = reply },
    { .expect = command, .reply = reply },
    { .expect = command, .error = "GenericError: Not today" },
    { .expect = command, .error = "GenericError: Not today" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  QemuDomain *domain = open_domain (play);
  g_autofree char *text = qemu_test_json (reply);
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) raw = json_from_string (text, &error);
  g_autoptr(GListModel) now = NULL, later = NULL;
  g_autoptr(GAsyncResult) result = NULL;

  g_assert_no_error (error);
  now = list (domain, NULL, &error);
  g_assert_no_error (error);
  compare (now, raw);

  list_async (domain, command, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);
  later = list_finish (domain, command, result, &error);
  g_assert_no_error (error);
  compare (later, raw);
  g_clear_object (&result);

  g_assert_null (list (domain, NULL, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_GENERIC, "on vm1: Not today");
  g_clear_error (&error);
  list_async (domain, command, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);
  g_assert_null (list_finish (domain, command, result, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_object (&result);

  qemu_test_drain ();
  g_assert_finalize_object (domain);
}

static void
check_recorded (const char         *command,
                const char * const *names,
                ListFunc            list,
                CompareFunc         compare)
{
  static const char * const versions[] = { "7.2", "10.0" };

  for (unsigned v = 0; v < G_N_ELEMENTS (versions); v++)
    for (unsigned i = 0; names[i] != NULL; i++)
      {
        g_autoptr(JsonNode) node = load_reply (versions[v], names[i]);
        g_autofree char *text = json_to_string (node, FALSE);

        g_test_message ("%s of QEMU %s", names[i], versions[v]);
        check_reply (command, text, list, compare);
      }
}

/* ---------------------------------------------------------------- processors */

static const Expectation cpu_members[] = {
  { "index", "cpu-index" },
  { "thread-id", "thread-id" },
  { "qom-path", "qom-path" },
  { "target", "target" },
  { "socket-id", "props/socket-id" },
  { "core-id", "props/core-id" },
  { "smt-id", "props/thread-id" },
  { 0 }
};

static void
compare_cpus (GListModel *list,
              JsonNode   *raw)
{
  JsonArray *array = json_node_get_array (raw);

  g_assert_cmpuint (g_list_model_get_n_items (list), ==, json_array_get_length (array));
  g_assert_true (g_list_model_get_item_type (list) == QEMU_TYPE_CPU);
  for (unsigned i = 0; i < json_array_get_length (array); i++)
    {
      g_autoptr(QemuCpu) cpu = g_list_model_get_item (list, i);

      assert_all_same (cpu, json_array_get_object_element (array, i), cpu_members);
      g_assert_false (qemu_record_is_set (QEMU_RECORD (cpu), "pc"));
      g_assert_false (qemu_record_is_set (QEMU_RECORD (cpu), "halted"));
      g_assert_false (qemu_record_is_set (QEMU_RECORD (cpu), "current"));
      g_assert_cmpuint (qemu_cpu_get_index (cpu), ==, i);
      g_assert_cmpint (qemu_cpu_get_thread_id (cpu), !=, 0);
      g_assert_nonnull (qemu_cpu_get_qom_path (cpu));
      g_assert_nonnull (qemu_cpu_get_target (cpu));
      g_assert_false (qemu_cpu_get_current (cpu));
      g_assert_cmpint (qemu_cpu_get_socket_id (cpu), >=, 0);
      g_assert_cmpint (qemu_cpu_get_core_id (cpu), >=, 0);
      g_assert_cmpint (qemu_cpu_get_smt_id (cpu), >=, 0);
    }
}

static void
test_cpus (void)
{
  static const char * const names[] = { "query-cpus-fast-x86_64", "query-cpus-fast-aarch64", NULL };

  g_test_summary ("Each property of a processor is what QEMU has sent");

  assert_complete (QEMU_TYPE_CPU, cpu_members, 3);
  check_recorded ("query-cpus-fast", names, list_cpus, compare_cpus);
}

typedef struct
{
  const char *reply;
  unsigned    index;
  guint64     pc;
  int         halted;           /* -1: not known */
} RegistersCase;

static const RegistersCase registers_cases[] = {
  { "hmp-info-registers-a-x86_64-running", 0, 0x000ea661, FALSE },
  { "hmp-info-registers-a-x86_64-running", 3, 0x000fd09a, TRUE },
  { "hmp-info-registers-a-x86_64-prelaunch", 0, 0xfffffff0, FALSE },
  { "hmp-info-registers-a-x86_64-long-mode", 0, 0xfffd27d4, FALSE },
  { "hmp-info-registers-a-x86_64-long-mode", 1, 0xfffffff0, FALSE },
  { "hmp-info-registers-a-x86_64-tcg", 0, 0x000fb7b9, TRUE },
  { "hmp-info-registers-a-x86_64-tcg", 1, 0x000fd09a, TRUE },
  { "hmp-info-registers-a-aarch64-running", 0, 0x200, -1 },
  { "hmp-info-registers-a-arm", 1, 0, -1 },
};

static gboolean
parse_registers (QemuRegisters *registers,
                 const char    *dump,
                 unsigned       index)
{
  g_autoptr(GHashTable) processors = qemu_registers_parse (dump);
  const QemuRegisters *found = g_hash_table_lookup (processors, GUINT_TO_POINTER (index));

  if (found != NULL)
    *registers = *found;

  return found != NULL;
}

static void
test_registers (void)
{
  QemuRegisters registers = { 0 };

  g_test_summary ("The program counter is found in the register dumps of several architectures, and nothing is made up");

  for (unsigned i = 0; i < G_N_ELEMENTS (registers_cases); i++)
    {
      const RegistersCase *c = &registers_cases[i];
      g_autoptr(JsonNode) node = load_reply ("7.2", c->reply);

      g_test_message ("%s, processor %u", c->reply, c->index);
      g_assert_true (parse_registers (&registers, json_node_get_string (node), c->index));
      g_assert_true (registers.pc_known);
      g_assert_cmphex (registers.pc, ==, c->pc);
      g_assert_cmpint (registers.halted_known, ==, c->halted >= 0);
      g_assert_cmpint (registers.halted, ==, c->halted == TRUE);
    }

  g_assert_false (parse_registers (&registers, "", 0));
  g_assert_false (parse_registers (&registers, "\r\nCPU#\r\nEIP=1\r\nCPU#0x\r\nCPU#4294967296\r\n", 0));
  g_assert_false (parse_registers (&registers, "\r\nCPU#1\r\nEIP=1\r\n", 0));
  g_assert_true (parse_registers (&registers, "\r\nCPU#0\r\nNIP 0000000000000100   LR 0000000000000000\r\n", 0));
  g_assert_false (registers.pc_known);
  g_assert_false (registers.halted_known);
  g_assert_true (parse_registers (&registers, "\r\nCPU#0\r\nX=0\r\nEIP=zz HLT=7\r\nCS =1\r\nCPU#1\r\nCS =0 0", 0));
  g_assert_false (registers.pc_known);
  g_assert_false (registers.halted_known);
}

static void
test_cpus_with_registers (void)
{
  g_autoptr(JsonNode) cpus = load_reply ("7.2", "query-cpus-fast-x86_64");
  g_autoptr(JsonNode) dump = load_reply ("7.2", "hmp-info-registers-a-x86_64-running");
  g_autofree char *cpus_text = json_to_string (cpus, FALSE);
  g_autofree char *dump_text = json_to_string (dump, FALSE);
  const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-status", .reply = "{'status': 'running', 'running': true}" },
    { .expect = "query-cpus-fast", .reply = cpus_text },
    { .expect = "human-monitor-command", .arguments = "{'command-line': 'info registers -a'}", .reply = dump_text },
    { .expect = "query-cpus-fast", .reply = cpus_text },
    { .expect = "human-monitor-command", .error = "GenericError: No people here" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(QemuDomain) domain = open_domain (play);
  g_autoptr(GError) error = NULL;
  g_autoptr(GListModel) list = NULL;
  g_autoptr(QemuCpu) first = NULL, last = NULL;

  g_test_summary ("With the registers the program counter and the halt are known");

  list = qemu_domain_list_cpus (domain, QEMU_CPU_QUERY_REGISTERS, NULL, &error);
  g_assert_no_error (error);
  first = g_list_model_get_item (list, 0);
  last = g_list_model_get_item (list, 3);
  g_assert_true (qemu_record_is_set (QEMU_RECORD (first), "pc"));
  g_assert_cmphex (qemu_cpu_get_pc (first), ==, 0x000ea661);
  g_assert_false (qemu_cpu_get_halted (first));
  g_assert_cmphex (qemu_cpu_get_pc (last), ==, 0x000fd09a);
  g_assert_true (qemu_record_is_set (QEMU_RECORD (last), "halted"));
  g_assert_true (qemu_cpu_get_halted (last));

  g_assert_null (qemu_domain_list_cpus (domain, QEMU_CPU_QUERY_REGISTERS, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
}

static void
test_old_cpus (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-status", .reply = "{'status': 'running', 'running': true}" },
    { .expect = "query-cpus-fast", .error = "CommandNotFound: The command query-cpus-fast has not been found" },
    { .expect = "query-cpus", .reply = "[{'arch': 'x86', 'current': true, 'CPU': 0, 'qom_path': '/machine/a', 'pc': 18446744071578845179, "
                                       "'halted': true, 'thread_id': 25627, 'props': {'core-id': 7}}, 5, {'CPU': 1}]" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(QemuDomain) domain = open_domain (play);
  g_autoptr(GError) error = NULL;
  g_autoptr(GListModel) list = NULL;
  g_autoptr(QemuCpu) cpu = NULL;

  g_test_summary ("An old QEMU that has only query-cpus is asked that way");

  list = list_cpus (domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 2);
  cpu = g_list_model_get_item (list, 0);
  g_assert_true (qemu_record_is_set (QEMU_RECORD (cpu), "index"));
  g_assert_cmpuint (qemu_cpu_get_index (cpu), ==, 0);
  g_assert_true (qemu_cpu_get_current (cpu));
  g_assert_true (qemu_cpu_get_halted (cpu));
  g_assert_cmpuint (qemu_cpu_get_pc (cpu), ==, G_GUINT64_CONSTANT (18446744071578845179));
  g_assert_cmpint (qemu_cpu_get_thread_id (cpu), ==, 25627);
  g_assert_cmpstr (qemu_cpu_get_qom_path (cpu), ==, "/machine/a");
  g_assert_cmpint (qemu_cpu_get_core_id (cpu), ==, 7);
  g_assert_null (qemu_cpu_get_target (cpu));
}

/* ---------------------------------------------------------------- PCI */

static const Expectation pci_members[] = {
  { "bus", "bus" },
  { "slot", "slot" },
  { "function", "function" },
  { "qdev-id", "qdev_id" },
  { "class-code", "class_info/class" },
  { "class-description", "class_info/desc" },
  { "vendor-id", "id/vendor" },
  { "device-id", "id/device" },
  { "subsystem-vendor-id", "id/subsystem-vendor" },
  { "subsystem-id", "id/subsystem" },
  { "irq", "irq" },
  { "irq-pin", "irq_pin" },
  { 0 }
};

static const Expectation region_members[] = {
  { "bar", "bar" },
  { "region-type", "type" },
  { "address", "address" },
  { "size", "size" },
  { "prefetch", "prefetch" },
  { "mem-type-64", "mem_type_64" },
  { 0 }
};

static void
compare_pci_device (QemuPciDevice *device,
                    JsonObject    *raw)
{
  JsonArray *regions = json_object_get_array_member (raw, "regions");
  GListModel *list = qemu_pci_device_get_regions (device);

  assert_all_same (device, raw, pci_members);
  g_assert_cmpuint (qemu_pci_device_get_bus (device), ==, json_object_get_int_member (raw, "bus"));
  g_assert_cmpuint (qemu_pci_device_get_slot (device), ==, json_object_get_int_member (raw, "slot"));
  g_assert_cmpuint (qemu_pci_device_get_function (device), ==, json_object_get_int_member (raw, "function"));
  g_assert_cmpuint (qemu_pci_device_get_irq_pin (device), ==, json_object_get_int_member (raw, "irq_pin"));
  g_assert_cmpuint (qemu_pci_device_get_irq (device), <, 256);
  g_assert_cmpuint (qemu_pci_device_get_vendor_id (device), !=, 0);
  g_assert_cmpuint (qemu_pci_device_get_device_id (device), !=, 0);
  g_assert_cmpuint (qemu_pci_device_get_class_code (device), <=, 0xffff);
  g_assert_cmpuint (qemu_pci_device_get_subsystem_vendor_id (device), <=, 0xffff);
  g_assert_cmpuint (qemu_pci_device_get_subsystem_id (device), <=, 0xffff);
  g_assert_nonnull (qemu_pci_device_get_qdev_id (device));
  g_assert_cmpint (qemu_pci_device_get_class_description (device) != NULL, ==,
                   qemu_record_is_set (QEMU_RECORD (device), "class-description"));

  g_assert_cmpuint (g_list_model_get_n_items (list), ==, json_array_get_length (regions));
  for (unsigned i = 0; i < json_array_get_length (regions); i++)
    {
      g_autoptr(QemuPciRegion) region = g_list_model_get_item (list, i);

      assert_all_same (region, json_array_get_object_element (regions, i), region_members);
      g_assert_cmpuint (qemu_pci_region_get_bar (region), <=, 6);
      g_assert_nonnull (qemu_pci_region_get_region_type (region));
      g_assert_cmpint (qemu_pci_region_get_address (region), >=, -1);
      g_assert_cmpuint (qemu_pci_region_get_size (region), >, 0);
      if (g_str_equal (qemu_pci_region_get_region_type (region), "io"))
        g_assert_false (qemu_pci_region_get_prefetch (region) || qemu_pci_region_get_mem_type_64 (region));
    }
}

static unsigned
compare_pci_devices (GListModel    *list,
                     unsigned       at,
                     JsonArray     *raw,
                     QemuPciDevice *bridge)
{
  for (unsigned i = 0; i < json_array_get_length (raw); i++)
    {
      JsonObject *object = json_array_get_object_element (raw, i);
      g_autoptr(QemuPciDevice) device = g_list_model_get_item (list, at++);
      JsonNode *behind = find_raw (object, "pci_bridge/devices");

      g_assert_nonnull (device);
      compare_pci_device (device, object);
      g_assert_true (qemu_pci_device_get_bridge (device) == bridge);
      if (behind != NULL)
        at = compare_pci_devices (list, at, json_node_get_array (behind), device);
    }

  return at;
}

static void
compare_pci (GListModel *list,
             JsonNode   *raw)
{
  JsonArray *buses = json_node_get_array (raw);
  unsigned n = 0;

  for (unsigned i = 0; i < json_array_get_length (buses); i++)
    n = compare_pci_devices (list, n, json_object_get_array_member (json_array_get_object_element (buses, i), "devices"),
                             NULL);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, n);
}

static void
test_pci (void)
{
  static const char * const names[] = {
    "query-pci-q35-running", "query-pci-q35-prelaunch", "query-pci-pc-running", "query-pci-aarch64-virt", NULL
  };

  g_test_summary ("Each property of a PCI device is what QEMU has sent, and those behind bridges are there");

  assert_complete (QEMU_TYPE_PCI_DEVICE, pci_members, 2);
  assert_complete (QEMU_TYPE_PCI_REGION, region_members, 0);
  check_recorded ("query-pci", names, qemu_domain_list_pci_devices, compare_pci);
}

/* ---------------------------------------------------------------- disks */

static const Expectation device_members[] = {
  { "device", "device" },
  { "qdev", "qdev" },
  { "device-type", "type" },
  { "removable", "removable" },
  { "locked", "locked" },
  { "tray-open", "tray_open" },
  { "io-status", "io-status" },
  { "node-name", "inserted/node-name" },
  { "file", "inserted/file" },
  { "driver", "inserted/drv" },
  { "read-only", "inserted/ro" },
  { "encrypted", "inserted/encrypted" },
  { "encryption-key-missing", "inserted/encryption_key_missing" },
  { "backing-file", "inserted/backing_file" },
  { "backing-file-depth", "inserted/backing_file_depth" },
  { "detect-zeroes", "inserted/detect_zeroes" },
  { "write-threshold", "inserted/write_threshold" },
  { "cache-writeback", "inserted/cache/writeback" },
  { "cache-direct", "inserted/cache/direct" },
  { "cache-no-flush", "inserted/cache/no-flush" },
  { "bps", "inserted/bps" },
  { "bps-read", "inserted/bps_rd" },
  { "bps-write", "inserted/bps_wr" },
  { "iops", "inserted/iops" },
  { "iops-read", "inserted/iops_rd" },
  { "iops-write", "inserted/iops_wr" },
  { 0 }
};

static const Expectation image_members[] = {
  { "filename", "filename" },
  { "format", "format" },
  { "virtual-size", "virtual-size" },
  { "actual-size", "actual-size" },
  { "cluster-size", "cluster-size" },
  { "dirty", "dirty-flag" },
  { "encrypted", "encrypted" },
  { "compressed", "compressed" },
  { "backing-filename", "backing-filename" },
  { "backing-filename-format", "backing-filename-format" },
  { "full-backing-filename", "full-backing-filename" },
  { "format-specific-type", "format-specific/type" },
  { "compat", "format-specific/data/compat" },
  { "corrupt", "format-specific/data/corrupt" },
  { "lazy-refcounts", "format-specific/data/lazy-refcounts" },
  { "refcount-bits", "format-specific/data/refcount-bits" },
  { 0 }
};

static unsigned
compare_images (QemuImage  *image,
                JsonObject *raw)
{
  unsigned n = 0;

  while (image != NULL)
    {
      JsonNode *backing = find_raw (raw, "backing-image");

      n++;
      assert_all_same (image, raw, image_members);
      image = qemu_image_get_backing_image (image);
      g_assert_cmpint (image != NULL, ==, backing != NULL);
      if (backing != NULL)
        raw = json_node_get_object (backing);
    }

  return n;
}

static void
compare_devices (GListModel *list,
                 JsonNode   *raw)
{
  JsonArray *array = json_node_get_array (raw);

  g_assert_cmpuint (g_list_model_get_n_items (list), ==, json_array_get_length (array));
  for (unsigned i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *object = json_array_get_object_element (array, i);
      g_autoptr(QemuBlockDevice) device = g_list_model_get_item (list, i);
      JsonNode *image = find_raw (object, "inserted/image");

      assert_all_same (device, object, device_members);
      g_assert_cmpint (qemu_block_device_get_inserted (device), ==, json_object_has_member (object, "inserted"));
      g_assert_cmpint (qemu_block_device_get_image (device) != NULL, ==, image != NULL);
      if (image != NULL)
        g_assert_cmpuint (compare_images (qemu_block_device_get_image (device), json_node_get_object (image)), >=,
                          qemu_block_device_get_backing_file_depth (device) > 0 ? 2 : 1);
    }
}

static void
test_block_devices (void)
{
  static const char * const names[] = {
    "query-block-cd-locked", "query-block-cdroms", "query-block-cdroms-open-empty", "query-block-chain3",
    "query-block-deep-chain", "query-block-dirty-bitmap", "query-block-hotplugged", "query-block-ide-virtio",
    "query-block-io-status-nospace", "query-block-legacy-drives", "query-block-no-id", "query-block-scsi-hotplug",
    "query-block-snapshots", "query-block-throttled",
    NULL
  };

  g_test_summary ("Each property of a disk, and of each image of its chain, is what QEMU has sent");

  assert_complete (QEMU_TYPE_BLOCK_DEVICE, device_members, 2);
  assert_complete (QEMU_TYPE_IMAGE, image_members, 1);
  check_recorded ("query-block", names, qemu_domain_list_block_devices, compare_devices);
}

/* Each getter on its own: no two have the same value. */
static void
test_block_device_getters (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-status", .reply = "{'status': 'running', 'running': true}" },
    { .expect = "query-block", .reply =
      "[{'device': 'a', 'qdev': 'b', 'type': 'c', 'removable': true, 'locked': false, 'tray_open': true, 'io-status': 'd',"
      "  'inserted': {'node-name': 'e', 'file': 'f', 'drv': 'g', 'ro': true, 'encrypted': false,"
      "  'encryption_key_missing': true, 'backing_file': 'h', 'backing_file_depth': 1, 'detect_zeroes': 'i',"
      "  'write_threshold': 2, 'cache': {'writeback': true, 'direct': false, 'no-flush': true}, 'bps': 3, 'bps_rd': 4,"
      "  'bps_wr': 5, 'iops': 6, 'iops_rd': 7, 'iops_wr': 8,"
      "  'image': {'filename': 'j', 'format': 'k', 'virtual-size': 9, 'actual-size': 10, 'cluster-size': 11,"
      "  'dirty-flag': true, 'encrypted': false, 'compressed': true, 'backing-filename': 'l',"
      "  'backing-filename-format': 'm', 'full-backing-filename': 'n', 'format-specific': {'type': 'o', 'data':"
      "  {'compat': 'p', 'corrupt': true, 'lazy-refcounts': false, 'refcount-bits': 12}}}}}]" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(QemuDomain) domain = open_domain (play);
  g_autoptr(GError) error = NULL;
  g_autoptr(GListModel) list = qemu_domain_list_block_devices (domain, NULL, &error);
  g_autoptr(QemuBlockDevice) device = NULL;
  QemuImage *image;

  g_test_summary ("No getter of a disk or an image gives what belongs to another one");

  g_assert_no_error (error);
  device = g_list_model_get_item (list, 0);
  g_assert_cmpstr (qemu_block_device_get_device (device), ==, "a");
  g_assert_cmpstr (qemu_block_device_get_qdev (device), ==, "b");
  g_assert_cmpstr (qemu_block_device_get_device_type (device), ==, "c");
  g_assert_true (qemu_block_device_get_removable (device));
  g_assert_false (qemu_block_device_get_locked (device));
  g_assert_true (qemu_block_device_get_tray_open (device));
  g_assert_cmpstr (qemu_block_device_get_io_status (device), ==, "d");
  g_assert_true (qemu_block_device_get_inserted (device));
  g_assert_cmpstr (qemu_block_device_get_node_name (device), ==, "e");
  g_assert_cmpstr (qemu_block_device_get_file (device), ==, "f");
  g_assert_cmpstr (qemu_block_device_get_driver (device), ==, "g");
  g_assert_true (qemu_block_device_get_read_only (device));
  g_assert_false (qemu_block_device_get_encrypted (device));
  g_assert_true (qemu_block_device_get_encryption_key_missing (device));
  g_assert_cmpstr (qemu_block_device_get_backing_file (device), ==, "h");
  g_assert_cmpuint (qemu_block_device_get_backing_file_depth (device), ==, 1);
  g_assert_cmpstr (qemu_block_device_get_detect_zeroes (device), ==, "i");
  g_assert_cmpuint (qemu_block_device_get_write_threshold (device), ==, 2);
  g_assert_true (qemu_block_device_get_cache_writeback (device));
  g_assert_false (qemu_block_device_get_cache_direct (device));
  g_assert_true (qemu_block_device_get_cache_no_flush (device));
  g_assert_cmpuint (qemu_block_device_get_bps (device), ==, 3);
  g_assert_cmpuint (qemu_block_device_get_bps_read (device), ==, 4);
  g_assert_cmpuint (qemu_block_device_get_bps_write (device), ==, 5);
  g_assert_cmpuint (qemu_block_device_get_iops (device), ==, 6);
  g_assert_cmpuint (qemu_block_device_get_iops_read (device), ==, 7);
  g_assert_cmpuint (qemu_block_device_get_iops_write (device), ==, 8);

  image = qemu_block_device_get_image (device);
  g_assert_cmpstr (qemu_image_get_filename (image), ==, "j");
  g_assert_cmpstr (qemu_image_get_format (image), ==, "k");
  g_assert_cmpuint (qemu_image_get_virtual_size (image), ==, 9);
  g_assert_cmpuint (qemu_image_get_actual_size (image), ==, 10);
  g_assert_cmpuint (qemu_image_get_cluster_size (image), ==, 11);
  g_assert_true (qemu_image_get_dirty (image));
  g_assert_false (qemu_image_get_encrypted (image));
  g_assert_true (qemu_image_get_compressed (image));
  g_assert_cmpstr (qemu_image_get_backing_filename (image), ==, "l");
  g_assert_cmpstr (qemu_image_get_backing_filename_format (image), ==, "m");
  g_assert_cmpstr (qemu_image_get_full_backing_filename (image), ==, "n");
  g_assert_null (qemu_image_get_backing_image (image));
  g_assert_cmpstr (qemu_image_get_format_specific_type (image), ==, "o");
  g_assert_cmpstr (qemu_image_get_compat (image), ==, "p");
  g_assert_true (qemu_image_get_corrupt (image));
  g_assert_false (qemu_image_get_lazy_refcounts (image));
  g_assert_cmpuint (qemu_image_get_refcount_bits (image), ==, 12);
}

static const char block_for_names[] =
  "[{'device': 'drive1', 'qdev': '/machine/peripheral/vd1/virtio-backend', 'inserted': {'node-name': '#block1'}},"
  " {'device': '', 'qdev': '/machine/peripheral/vd10/virtio-backend', 'inserted': {'node-name': 'drive1'}},"
  " {'device': '', 'qdev': 'cd0'},"
  " {'device': 'vd1', 'inserted': {'node-name': 'cd0'}},"
  " {'device': '', 'qdev': '/machine/peripheral/us/us.0/legacy[0]', 'inserted': {'node-name': 'n9'}},"
  " {'device': 'floppy0', 'qdev': '/machine/unattached/device[11]'}]";

static const struct
{
  const char *name;
  int         found;            /* its place in the list; -1: not found */
} name_cases[] = {
  { "drive1", 0 },              /* the drive, though a node is called that, too */
  { "/machine/peripheral/vd1/virtio-backend", 0 },
  { "#block1", 0 },
  { "vd10", 1 },
  { "cd0", 2 },                 /* the device, though a node is called that, too */
  { "vd1", 3 },                 /* the drive, though a device is called that, too */
  { "us", 4 },
  { "n9", 4 },
  { "floppy0", 5 },
  { "/machine/unattached/device[11]", 5 },
  { "", -1 },
  { "vd", -1 },
  { "us.0", -1 },
  { "machine", -1 },
  { "unattached", -1 },
};

static void
test_find_block_device (void)
{
  g_test_summary ("A disk is found by its drive, its device and its node, in this order");

  for (unsigned i = 0; i < G_N_ELEMENTS (name_cases); i++)
    {
      const QmpPlay steps[] = {
        QMP_PLAY_HANDSHAKE,
        { .expect = "query-status", .reply = "{'status': 'running', 'running': true}" },
        { .expect = "query-block", .reply = block_for_names },
        { .expect = "query-block", .reply = block_for_names },
        { .expect = "query-block", .reply = block_for_names },
        { .expect = "query-block", .error = "GenericError: No" },
        { 0 }
      };
      g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
      g_autoptr(QemuDomain) domain = open_domain (play);
      g_autoptr(GError) error = NULL;
      g_autoptr(GListModel) list = qemu_domain_list_block_devices (domain, NULL, &error);
      g_autoptr(QemuBlockDevice) now = NULL, later = NULL;
      g_autoptr(GAsyncResult) result = NULL;
      g_autofree char *expected = NULL, *json = NULL, *json_later = NULL;

      g_assert_no_error (error);
      now = qemu_domain_find_block_device (domain, name_cases[i].name, NULL, &error);
      if (name_cases[i].found < 0)
        {
          g_assert_null (now);
          qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND, "vm1");
          g_clear_error (&error);
        }
      else
        {
          g_autoptr(QemuRecord) record = g_list_model_get_item (list, name_cases[i].found);

          g_assert_no_error (error);
          expected = qemu_record_to_json (record);
          json = qemu_record_to_json (QEMU_RECORD (now));
          g_assert_cmpstr (json, ==, expected);
        }

      qemu_domain_find_block_device_async (domain, name_cases[i].name, NULL, qemu_test_store_result_cb, &result);
      QEMU_TEST_WAIT_UNTIL (result);
      later = qemu_domain_find_block_device_finish (domain, result, &error);
      if (later != NULL)
        json_later = qemu_record_to_json (QEMU_RECORD (later));
      else
        g_assert_error (error, QEMU_ERROR, QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND);
      g_assert_cmpstr (json_later, ==, expected);
      g_clear_error (&error);

      g_assert_null (qemu_domain_find_block_device (domain, name_cases[i].name, NULL, &error));
      g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
    }
}

/* ---------------------------------------------------------------- block statistics */

/* QEMU says rd and wr where the properties say read and write; otherwise the names are the same. */
static char *
stats_member (const char *property)
{
  g_autoptr(GString) name = g_string_new (property);

  g_string_replace (name, "-", "_", 0);
  if (!g_str_has_prefix (property, "write-highest"))
    {
      g_string_replace (name, "read", "rd", 0);
      g_string_replace (name, "write", "wr", 0);
    }
  else
    {
      g_string_replace (name, "write", "wr", 0);
    }

  return g_strconcat ("stats/", name->str, NULL);
}

static void
compare_stats (QemuBlockStats *stats,
               JsonObject     *raw)
{
  g_autofree GParamSpec **properties = NULL;
  unsigned n_properties;
  QemuBlockStats *below[] = { qemu_block_stats_get_parent (stats), qemu_block_stats_get_backing (stats) };
  static const char * const names[] = { "parent", "backing" };

  properties = g_object_class_list_properties (G_OBJECT_GET_CLASS (stats), &n_properties);
  g_assert_cmpuint (n_properties, ==, 37);
  for (unsigned i = 0; i < n_properties; i++)
    {
      const char *name = properties[i]->name;
      g_autofree char *path = stats_member (name);

      if (g_str_equal (name, "device") || g_str_equal (name, "qdev") || g_str_equal (name, "node-name"))
        assert_same (stats, name, find_raw (raw, name));
      else if (!g_str_equal (name, "parent") && !g_str_equal (name, "backing"))
        assert_same (stats, name, find_raw (raw, path));
    }

  for (unsigned i = 0; i < G_N_ELEMENTS (below); i++)
    {
      JsonNode *node = find_raw (raw, names[i]);

      g_assert_cmpint (below[i] != NULL, ==, node != NULL);
      if (node != NULL)
        compare_stats (below[i], json_node_get_object (node));
    }
}

static void
compare_all_stats (GListModel *list,
                   JsonNode   *raw)
{
  JsonArray *array = json_node_get_array (raw);

  g_assert_cmpuint (g_list_model_get_n_items (list), ==, json_array_get_length (array));
  for (unsigned i = 0; i < json_array_get_length (array); i++)
    {
      g_autoptr(QemuBlockStats) stats = g_list_model_get_item (list, i);

      compare_stats (stats, json_array_get_object_element (array, i));
    }
}

static void
test_block_stats (void)
{
  static const char * const names[] = {
    "query-blockstats", "query-blockstats-chain3", "query-blockstats-nodes", "query-blockstats-after-write", NULL
  };

  g_test_summary ("Each counter of a disk, of what is below it and of its backing files is what QEMU has sent");

  check_recorded ("query-blockstats", names, qemu_domain_list_block_stats, compare_all_stats);
}

/* Each getter on its own, with a value that no other one has. */
static void
test_block_stats_getters (void)
{
  static const struct
  {
    const char *member;
    guint64   (*get) (QemuBlockStats *self);
  } getters[] = {
    { "rd_bytes", qemu_block_stats_get_read_bytes },
    { "wr_bytes", qemu_block_stats_get_write_bytes },
    { "unmap_bytes", qemu_block_stats_get_unmap_bytes },
    { "zone_append_bytes", qemu_block_stats_get_zone_append_bytes },
    { "rd_operations", qemu_block_stats_get_read_operations },
    { "wr_operations", qemu_block_stats_get_write_operations },
    { "flush_operations", qemu_block_stats_get_flush_operations },
    { "unmap_operations", qemu_block_stats_get_unmap_operations },
    { "zone_append_operations", qemu_block_stats_get_zone_append_operations },
    { "rd_total_time_ns", qemu_block_stats_get_read_total_time_ns },
    { "wr_total_time_ns", qemu_block_stats_get_write_total_time_ns },
    { "flush_total_time_ns", qemu_block_stats_get_flush_total_time_ns },
    { "unmap_total_time_ns", qemu_block_stats_get_unmap_total_time_ns },
    { "zone_append_total_time_ns", qemu_block_stats_get_zone_append_total_time_ns },
    { "rd_merged", qemu_block_stats_get_read_merged },
    { "wr_merged", qemu_block_stats_get_write_merged },
    { "unmap_merged", qemu_block_stats_get_unmap_merged },
    { "zone_append_merged", qemu_block_stats_get_zone_append_merged },
    { "wr_highest_offset", qemu_block_stats_get_write_highest_offset },
    { "idle_time_ns", qemu_block_stats_get_idle_time_ns },
    { "failed_rd_operations", qemu_block_stats_get_failed_read_operations },
    { "failed_wr_operations", qemu_block_stats_get_failed_write_operations },
    { "failed_flush_operations", qemu_block_stats_get_failed_flush_operations },
    { "failed_unmap_operations", qemu_block_stats_get_failed_unmap_operations },
    { "failed_zone_append_operations", qemu_block_stats_get_failed_zone_append_operations },
    { "invalid_rd_operations", qemu_block_stats_get_invalid_read_operations },
    { "invalid_wr_operations", qemu_block_stats_get_invalid_write_operations },
    { "invalid_flush_operations", qemu_block_stats_get_invalid_flush_operations },
    { "invalid_unmap_operations", qemu_block_stats_get_invalid_unmap_operations },
    { "invalid_zone_append_operations", qemu_block_stats_get_invalid_zone_append_operations },
  };
  g_autoptr(GString) reply = g_string_new ("[{'device': 'd', 'qdev': 'q', 'node-name': 'n', 'stats': {"
                                           "'account_failed': true, 'account_invalid': false");
  QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-status", .reply = "{'status': 'running', 'running': true}" },
    { .expect = "query-blockstats" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = NULL;
  g_autoptr(QemuDomain) domain = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GListModel) list = NULL;
  g_autoptr(QemuBlockStats) stats = NULL;

  g_test_summary ("No getter gives another one's number, and all hold 64 bits without a sign");

  for (unsigned i = 0; i < G_N_ELEMENTS (getters); i++)
    g_string_append_printf (reply, ", '%s': %" G_GUINT64_FORMAT, getters[i].member, G_MAXUINT64 - i);
  g_string_append (reply, "}}]");
  steps[3].reply = reply->str;
  play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  domain = open_domain (play);

  list = qemu_domain_list_block_stats (domain, NULL, &error);
  g_assert_no_error (error);
  stats = g_list_model_get_item (list, 0);
  for (unsigned i = 0; i < G_N_ELEMENTS (getters); i++)
    g_assert_cmpuint (getters[i].get (stats), ==, G_MAXUINT64 - i);
  g_assert_cmpstr (qemu_block_stats_get_device (stats), ==, "d");
  g_assert_cmpstr (qemu_block_stats_get_qdev (stats), ==, "q");
  g_assert_cmpstr (qemu_block_stats_get_node_name (stats), ==, "n");
  g_assert_true (qemu_block_stats_get_account_failed (stats));
  g_assert_false (qemu_block_stats_get_account_invalid (stats));
  g_assert_null (qemu_block_stats_get_parent (stats));
}

static void
test_absent_is_not_zero (void)
{
  static const QmpPlay steps[] = {
    QMP_PLAY_HANDSHAKE,
    { .expect = "query-status", .reply = "{'status': 'running', 'running': true}" },
    { .expect = "query-blockstats", .reply = "[{'new': {'deep': [1]}, 'stats': {'rd_bytes': 0, 'wr_bytes': 18446744073709551615, "
      "'rd_merged': -1, 'wr_merged': null, 'unmap_bytes': 1.5, 'unmap_merged': 'many', 'flush_operations': 18446744073709551616}, "
      "'parent': null, 'backing': []}, null, 7, [], {}]" },
    { .expect = "query-blockstats", .reply = "{'not': 'a list'}" },
    { 0 }
  };
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_NONE);
  g_autoptr(QemuDomain) domain = open_domain (play);
  g_autoptr(GError) error = NULL;
  g_autoptr(GListModel) list = NULL, none = NULL;
  g_autoptr(QemuRecord) stats = NULL, empty = NULL;
  g_autofree char *json = NULL, *nothing = NULL;

  g_test_summary ("Zero, absent, null, negative and too large are told apart, and nothing of it fails the reply");

  list = qemu_domain_list_block_stats (domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 2);
  stats = g_list_model_get_item (list, 0);
  g_assert_true (qemu_record_is_set (stats, "read-bytes"));
  g_assert_cmpuint (qemu_block_stats_get_write_bytes (QEMU_BLOCK_STATS (stats)), ==, G_MAXUINT64);
  g_assert_false (qemu_record_is_set (stats, "read-merged"));
  g_assert_false (qemu_record_is_set (stats, "write-merged"));
  g_assert_false (qemu_record_is_set (stats, "unmap-bytes"));
  g_assert_false (qemu_record_is_set (stats, "unmap-merged"));
  g_assert_false (qemu_record_is_set (stats, "flush-operations"));
  g_assert_false (qemu_record_is_set (stats, "parent"));
  g_assert_false (qemu_record_is_set (stats, "backing"));
  g_assert_false (qemu_record_is_set (stats, "no-such-property"));
  json = qemu_record_to_json (stats);
  g_assert_nonnull (strstr (json, "\"deep\""));
  empty = g_list_model_get_item (list, 1);
  nothing = qemu_record_to_json (empty);
  g_assert_cmpstr (nothing, ==, "{}");

  none = qemu_domain_list_block_stats (domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (none), ==, 0);
}

/* ---------------------------------------------------------------- the real thing */

/* A machine with two processors, a screen, a device behind a bridge, an empty drive, and a disk with three images, which
 * is made in one way or the other. */
static QemuVm *
make_machine (QemuImages *images,
              gboolean    with_drives)
{
  static const char * const machine[] = {
    "-M", "q35", "-nodefaults", "-display", "none", "-boot", "n", "-m", "32", "-smp", "2", "-accel", "kvm", "-accel", "tcg",
    "-device", "VGA", "-device", "pcie-root-port,id=rp1,chassis=1", "-device", "virtio-balloon-pci,bus=rp1,id=bal",
    "-device", "ide-cd,id=cd0,bus=ide.1"
  };
  static const char * const nodes[] = { "base", "mid", "top" };
  g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func (g_free);

  for (unsigned i = 0; i < G_N_ELEMENTS (machine); i++)
    g_ptr_array_add (arguments, g_strdup (machine[i]));
  for (unsigned i = 0; i < G_N_ELEMENTS (nodes); i++)
    qemu_images_create (images, nodes[i], "qcow2", i > 0 ? nodes[i - 1] : NULL, "8M");
  if (with_drives)
    {
      g_ptr_array_add (arguments, g_strdup ("-drive"));
      g_ptr_array_add (arguments, g_strdup_printf ("if=none,id=d0,format=qcow2,file=%s", qemu_images_path (images, "top")));
      g_ptr_array_add (arguments, g_strdup ("-device"));
      g_ptr_array_add (arguments, g_strdup ("ide-hd,drive=d0,id=hd0,bus=ide.0"));
    }
  else
    {
      for (unsigned i = 0; i < G_N_ELEMENTS (nodes); i++)
        {
          g_ptr_array_add (arguments, g_strdup ("-blockdev"));
          g_ptr_array_add (arguments, g_strdup_printf ("driver=qcow2,node-name=%s,file.driver=file,file.filename=%s%s%s",
                                                       nodes[i], qemu_images_path (images, nodes[i]),
                                                       i > 0 ? ",backing=" : "", i > 0 ? nodes[i - 1] : ""));
        }
      g_ptr_array_add (arguments, g_strdup ("-device"));
      g_ptr_array_add (arguments, g_strdup ("virtio-blk-pci,drive=top,id=vd0"));
    }
  g_ptr_array_add (arguments, NULL);

  return qemu_vm_new (qemu_test_find_system (), (const char * const *) arguments->pdata);
}

/* A mirror that is ready stays as it is. */
static void
compare_mirror (QemuDomain *domain,
                QemuImages *images,
                const char *name)
{
  static const char * const members[] = {
    "device", "len", "offset", "speed", "busy", "paused", "ready", "io-status", "auto-finalize", "auto-dismiss"
  };
  g_autoptr(QemuCommand) command = qemu_command_new ("query-block-jobs");
  g_autoptr(QemuBlockDevice) disk = NULL;
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GListModel) list = NULL;
  g_autoptr(QemuJob) listed = NULL;
  g_autoptr(JsonNode) raw = NULL;
  g_autoptr(GError) error = NULL;
  JsonObject *object;

  disk = qemu_domain_find_block_device (domain, name, NULL, &error);
  g_assert_no_error (error);
  job = qemu_block_device_mirror (disk, qemu_images_path (images, "copy"), "raw", NULL, NULL, &error);
  g_assert_no_error (error);
  qemu_job_wait_ready (QEMU_JOB (job), NULL, &error);
  g_assert_no_error (error);
  list = qemu_domain_list_block_jobs (domain, NULL, &error);
  g_assert_no_error (error);
  raw = qemu_domain_run (domain, command, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 1);
  listed = g_list_model_get_item (list, 0);
  g_assert_true (listed == QEMU_JOB (job));
  object = json_array_get_object_element (json_node_get_array (raw), 0);
  for (unsigned i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_auto(GValue) value = G_VALUE_INIT;
      JsonNode *member = json_object_get_member (object, members[i]);

      g_object_get_property (G_OBJECT (job), members[i], &value);
      if (G_VALUE_HOLDS_STRING (&value))
        g_assert_cmpstr (g_value_get_string (&value), ==, json_node_get_string (member));
      else if (G_VALUE_HOLDS_BOOLEAN (&value))
        g_assert_cmpint (g_value_get_boolean (&value), ==, json_node_get_boolean (member));
      else
        g_assert_cmpint (g_value_get_int64 (&value), ==, json_node_get_int (member));
    }
  g_assert_cmpstr (qemu_job_get_job_type (listed), ==, json_object_get_string_member (object, "type"));
  g_assert_cmpstr (qemu_job_get_status_name (listed), ==, json_object_get_string_member (object, "status"));
  qemu_job_cancel (listed, NULL, &error);
  g_assert_no_error (error);
}

static void
test_real (gconstpointer data)
{
  gboolean with_drives = GPOINTER_TO_INT (data);
  static const struct
  {
    const char  *command;
    ListFunc     list;
    CompareFunc  compare;
    unsigned     at_least;
  } lists[] = {
    { "query-cpus-fast", list_cpus, compare_cpus, 2 },
    { "query-pci", qemu_domain_list_pci_devices, compare_pci, 7 },
    { "query-block", qemu_domain_list_block_devices, compare_devices, 2 },
    { "query-blockstats", qemu_domain_list_block_stats, compare_all_stats, 2 },
  };
  g_autoptr(QemuImages) images = NULL;
  g_autoptr(QemuVm) vm = NULL;
  g_autoptr(QemuDomain) domain = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GListModel) cpus = NULL;
  gboolean behind_bridge = FALSE;

  g_test_summary ("A real machine with two processors, a chain of images, an empty CD drive and a device behind a bridge");

  if (qemu_test_find_system () == NULL || (images = qemu_images_new ()) == NULL)
    return;

  vm = make_machine (images, with_drives);
  domain = qemu_domain_new_for_uri (qemu_vm_get_uri (vm), &error);
  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);

  /* The firmware first has to set up the bridge. */
  for (unsigned i = 0; i < 200 && !behind_bridge; i++)
    {
      g_autoptr(GListModel) devices = qemu_domain_list_pci_devices (domain, NULL, &error);

      g_assert_no_error (error);
      for (unsigned j = 0; j < g_list_model_get_n_items (devices); j++)
        {
          g_autoptr(QemuPciDevice) device = g_list_model_get_item (devices, j);

          if (g_strcmp0 (qemu_pci_device_get_qdev_id (device), "bal") == 0)
            {
              g_assert_cmpstr (qemu_pci_device_get_qdev_id (qemu_pci_device_get_bridge (device)), ==, "rp1");
              behind_bridge = TRUE;
            }
        }
      if (!behind_bridge)
        qemu_test_spin (50);
    }
  g_assert_true (behind_bridge);
  qemu_domain_stop (domain, NULL, &error);
  g_assert_no_error (error);

  for (unsigned i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autoptr(QemuCommand) command = qemu_command_new (lists[i].command);
      g_autoptr(GListModel) list = lists[i].list (domain, NULL, &error);
      g_autoptr(JsonNode) raw = NULL;

      g_assert_no_error (error);
      raw = qemu_domain_run (domain, command, NULL, &error);
      g_assert_no_error (error);
      lists[i].compare (list, raw);
      g_assert_cmpuint (g_list_model_get_n_items (list), >=, lists[i].at_least);
    }

  compare_mirror (domain, images, with_drives ? "hd0" : "vd0");
  cpus = qemu_domain_list_cpus (domain, QEMU_CPU_QUERY_REGISTERS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (cpus), ==, 2);
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr(QemuRecord) cpu = g_list_model_get_item (cpus, i);

      g_assert_true (qemu_record_is_set (cpu, "pc"));
      g_assert_true (qemu_record_is_set (cpu, "halted"));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/records/cpus", test_cpus);
  g_test_add_func ("/records/registers", test_registers);
  g_test_add_func ("/records/cpus-with-registers", test_cpus_with_registers);
  g_test_add_func ("/records/old-cpus", test_old_cpus);
  g_test_add_func ("/records/pci", test_pci);
  g_test_add_func ("/records/block-devices", test_block_devices);
  g_test_add_func ("/records/block-device-getters", test_block_device_getters);
  g_test_add_func ("/records/find-block-device", test_find_block_device);
  g_test_add_func ("/records/block-stats", test_block_stats);
  g_test_add_func ("/records/block-stats-getters", test_block_stats_getters);
  g_test_add_func ("/records/absent-is-not-zero", test_absent_is_not_zero);
  g_test_add_data_func ("/records/real/blockdev", GINT_TO_POINTER (FALSE), test_real);
  g_test_add_data_func ("/records/real/drive", GINT_TO_POINTER (TRUE), test_real);

  return g_test_run ();
}
