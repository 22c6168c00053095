/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes what the operations of a domain make of replies: they give a result or an error, and nothing else happens. */

#include "config.h"

#include <string.h>

#include "qemu-glib/qemu-json-private.h"
#include "qemu-test.h"

/* An input's first byte says which operation is run, by the table below. Each line behind it is the answer to a command
 * of it, in their order: the value that is returned, or, behind a "!", the name of an error. The last one is repeated.
 * The operation is run again as long as there are lines, on the same domain.
 */
#define MAX_ROUNDS 4

typedef struct
{
  char   **lines;
  unsigned next;
  gboolean valid;               /* all that was answered was JSON, and no error */
} Answers;

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

/* ---------------------------------------------------------------- the answers */

static GError *
error_for (const char *name)
{
  static const struct
  {
    const char *name;
    GQuark    (*domain) (void);
    int         code;
  } errors[] = {
    { "CommandNotFound", qemu_error_quark, QEMU_ERROR_COMMAND_NOT_FOUND },
    { "DeviceNotFound", qemu_error_quark, QEMU_ERROR_DEVICE_NOT_FOUND },
    { "Closed", g_io_error_quark, G_IO_ERROR_CONNECTION_CLOSED },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (errors); i++)
    if (g_str_equal (errors[i].name, name))
      return g_error_new_literal (errors[i].domain (), errors[i].code, name);

  return g_error_new_literal (QEMU_ERROR, QEMU_ERROR_GENERIC, "Something else");
}

static char *
answer (QemuTestMonitor  *monitor,
        QemuCommand      *command,
        gpointer          user_data,
        GError          **error)
{
  Answers *self = user_data;
  g_autofree char *text = qemu_command_to_json (command, NULL);
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  const char *line = self->lines[self->next];

  g_assert_nonnull (text);
  if (self->lines[self->next + 1] != NULL)
    self->next++;
  if (line[0] == '!')
    {
      self->valid = FALSE;
      g_propagate_error (error, error_for (line + 1));
      return NULL;
    }
  self->valid = self->valid && qemu_json_parse (&json, line, strlen (line), NULL);

  return g_strdup (line);
}

/* ---------------------------------------------------------------- the operations */

/* For those whose result is no object. */
static gpointer
any_object (void)
{
  return g_object_new (G_TYPE_OBJECT, NULL);
}

static gpointer
query_status (QemuDomain  *domain,
              GError     **error)
{
  QemuStatus status = qemu_domain_query_status (domain, NULL, error);
  g_autoptr(GEnumClass) klass = g_type_class_ref (QEMU_TYPE_STATUS);

  g_assert_nonnull (g_enum_get_value (klass, status));

  return *error == NULL ? any_object () : NULL;
}

static gpointer
list_commands (QemuDomain  *domain,
               GError     **error)
{
  g_auto(GStrv) commands = qemu_domain_list_commands (domain, NULL, error);

  if (commands == NULL)
    return NULL;
  for (unsigned i = 0; commands[i] != NULL; i++)
    g_assert_true (qemu_domain_supports_command (domain, commands[i], NULL, error));

  return any_object ();
}

static gpointer
ask_human_monitor (QemuDomain  *domain,
                   GError     **error)
{
  g_autofree char *text = qemu_domain_human_monitor_command (domain, "info version", NULL, error);

  if (text == NULL)
    return NULL;
  g_assert_true (g_utf8_validate (text, -1, NULL));

  return any_object ();
}

static gpointer
run (QemuDomain  *domain,
     GError     **error)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(JsonNode) node = qemu_domain_run (domain, command, NULL, error);

  return node != NULL ? any_object () : NULL;
}

static gpointer
add_fd (QemuDomain  *domain,
        GError     **error)
{
  QemuFdSet *set = qemu_domain_add_fd (domain, 0, NULL, NULL, error);

  if (set != NULL)
    qemu_fd_set_close (set, NULL, NULL);

  return set;
}

#define OPERATION(name, call)                                                       \
  static gpointer                                                                   \
  name (QemuDomain  *domain,                                                        \
        GError     **error)                                                         \
  {                                                                                 \
    return call;                                                                    \
  }

OPERATION (list_block_devices, qemu_domain_list_block_devices (domain, NULL, error))
OPERATION (list_block_stats, qemu_domain_list_block_stats (domain, NULL, error))
OPERATION (list_jobs, qemu_domain_list_jobs (domain, NULL, error))
OPERATION (list_block_jobs, qemu_domain_list_block_jobs (domain, NULL, error))
OPERATION (list_cpus, qemu_domain_list_cpus (domain, QEMU_CPU_QUERY_NONE, NULL, error))
OPERATION (list_cpus_with_registers, qemu_domain_list_cpus (domain, QEMU_CPU_QUERY_REGISTERS, NULL, error))
OPERATION (list_pci_devices, qemu_domain_list_pci_devices (domain, NULL, error))
OPERATION (query_version, qemu_domain_query_version (domain, NULL, error))
OPERATION (find_block_device, qemu_domain_find_block_device (domain, "drive0", NULL, error))
OPERATION (dump_screen, qemu_domain_screen_dump (domain, NULL, 0, QEMU_SCREEN_PNG, NULL, error))

static const struct
{
  char       letter;
  gpointer (*run)         (QemuDomain  *domain,
                           GError     **error);
  gboolean   never_fails;               /* whatever the reply says */
} operations[] = {
  { 'b', list_block_devices, TRUE },
  { 's', list_block_stats, TRUE },
  { 'j', list_jobs, TRUE },
  { 'J', list_block_jobs, TRUE },
  { 'c', list_cpus, TRUE },
  { 'r', list_cpus_with_registers },
  { 'p', list_pci_devices, TRUE },
  { 'q', query_status, TRUE },
  { 'v', query_version },
  { 'l', list_commands, TRUE },
  { 'h', ask_human_monitor },
  { 'n', run, TRUE },
  { 'f', find_block_device },
  { 'd', dump_screen },
  { 'a', add_fd },
};

static void
run_operation (QemuDomain *domain,
               unsigned    index,
               Answers    *answers)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GObject) result = NULL;

  answers->valid = TRUE;
  result = operations[index].run (domain, &error);
  if (result != NULL)
    {
      g_assert_no_error (error);
      qemu_test_check_result (result);
    }
  else
    {
      g_assert_nonnull (error);
      g_assert_true (error->domain == QEMU_ERROR || error->domain == G_IO_ERROR);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_false (answers->valid && operations[index].never_fails);
    }
  qemu_test_drain ();
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree char *text = size > 1 ? g_strndup ((const char *) data + 1, size - 1) : NULL;
  g_auto(GStrv) lines = text != NULL ? g_strsplit (text, "\n", -1) : NULL;
  Answers answers = { lines };
  QemuMonitor *monitor;
  QemuDomain *domain;
  unsigned index = 0, before;
  g_autoptr(GError) error = NULL;

  if (lines == NULL || lines[0] == NULL)
    return 0;

  while (index < G_N_ELEMENTS (operations) && operations[index].letter != data[0])
    index++;
  if (index == G_N_ELEMENTS (operations))
    return 0;

  monitor = qemu_test_monitor_new (answer, &answers, NULL);
  domain = qemu_domain_new (monitor, "vm");
  g_object_unref (monitor);
  qemu_monitor_open (monitor, NULL, &error);
  g_assert_no_error (error);
  for (unsigned round = 0; round < MAX_ROUNDS; round++)
    {
      before = answers.next;
      run_operation (domain, index, &answers);
      if (answers.next == before)
        break;
    }
  qemu_test_drop (domain);

  return 0;
}
