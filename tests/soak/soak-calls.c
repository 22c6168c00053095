/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Single calls, begun and ended in the main context. */

#include "config.h"

#include "soak.h"

gboolean
chance (GRand    *rand,
        unsigned  percent)
{
  return (unsigned) g_rand_int_range (rand, 0, 100) < percent;
}

static gboolean
cancel_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);

  return G_SOURCE_REMOVE;
}

void
cancel_later (GCancellable *cancellable,
              unsigned      milliseconds)
{
  g_timeout_add_full (G_PRIORITY_DEFAULT, milliseconds, cancel_cb, g_object_ref (cancellable), g_object_unref);
}

/* ---------------------------------------------------------------- commands as text */

static const struct
{
  const char *text;
  unsigned    may;
} commands[] = {
  { "{\"execute\": \"query-status\"}", OUTCOME_OK },
  { "{\"execute\": \"query-chardev\"}", OUTCOME_OK },
  { "{\"execute\": \"query-name\"}", OUTCOME_OK },
  { "{\"execute\": \"query-uuid\"}", OUTCOME_OK },
  { "{\"execute\": \"query-machines\"}", OUTCOME_OK },
  { "{\"execute\": \"query-migrate\"}", OUTCOME_OK },
  { "{\"execute\": \"query-named-block-nodes\", \"arguments\": {\"flat\": true}}", OUTCOME_OK },
  { "{\"execute\": \"query-memory-size-summary\"}", OUTCOME_OK },
  { "{\"execute\": \"qom-list\", \"arguments\": {\"path\": \"/\"}}", OUTCOME_OK },
  { "{\"execute\": \"qom-get\", \"arguments\": {\"path\": \"/machine\", \"property\": \"type\"}}", OUTCOME_OK },
  { "{\"execute\": \"no-such-command\"}", OUTCOME_QEMU (QEMU_ERROR_COMMAND_NOT_FOUND) },
  { "{\"execute\": \"qom-list\", \"arguments\": {\"path\": \"/nowhere\"}}",
    OUTCOME_QEMU (QEMU_ERROR_DEVICE_NOT_FOUND) },
  { "{\"execute\": \"device_del\", \"arguments\": {\"id\": \"nothing\"}}", OUTCOME_QEMU (QEMU_ERROR_DEVICE_NOT_FOUND) },
  { "{\"execute\": \"balloon\", \"arguments\": {\"value\": 1048576}}", OUTCOME_QEMU (QEMU_ERROR_DEVICE_NOT_ACTIVE) },
  { "{\"execute\": \"blockdev-del\", \"arguments\": {\"node-name\": \"nothing\"}}", OUTCOME_GENERIC },
  { "{\"execute\": \"query-status\", \"arguments\": {\"unheard-of\": [1, {\"a\": null}]}}", OUTCOME_GENERIC },
  { "{\"execute\": \"query-status\", \"arguments\": {\"x\": \"\\u00e4\\ud83d\\ude00 and \\\"more\\\"\"}}",
    OUTCOME_GENERIC },
};

static void
ran_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) node = qemu_domain_run_finish (QEMU_DOMAIN (object), result, &error);

  if ((node == NULL) != (error != NULL))
    soak_fail ("a command has ended with a value and an error, or with neither");
  op_end (user_data, error);
}

static void
begin_command (Link         *link,
               GRand        *rand,
               GCancellable *cancellable)
{
  unsigned i = g_rand_int_range (rand, 0, G_N_ELEMENTS (commands));
  g_autoptr(QemuCommand) command = qemu_command_new_from_json (commands[i].text, NULL);
  unsigned may = commands[i].may;
  gboolean frozen = machine_get_freeze (link->machine) % 2 == 1;

  if (chance (rand, frozen ? 60 : 5))
    {
      qemu_command_set_timeout (command, g_rand_int_range (rand, 1, 100));
      may |= OUTCOME_TIMED_OUT;
    }
  qemu_domain_run_async (link->domain, command, cancellable, ran_cb,
                         op_begin (link->machine, link, qemu_command_get_name (command), may, cancellable));
}

static void
ran_raw_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = qemu_domain_run_raw_finish (QEMU_DOMAIN (object), result, &error);

  op_end (user_data, error);
}

/* The largest reply that there is. */
static void
begin_schema (Link         *link,
              GCancellable *cancellable)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("query-qmp-schema");

  qemu_domain_run_raw_async (link->domain, command, cancellable, ran_raw_cb,
                             op_begin (link->machine, link, "query-qmp-schema", OUTCOME_OK, cancellable));
}

/* ---------------------------------------------------------------- the domain's methods */

typedef struct
{
  const char *name;
  unsigned    may;
  void      (*begin)  (QemuDomain           *domain,
                       GCancellable         *cancellable,
                       GAsyncReadyCallback   callback,
                       gpointer              user_data);
  gboolean  (*finish) (QemuDomain           *domain,
                       GAsyncResult         *result,
                       GError              **error);
  gpointer  (*finish_object) (QemuDomain    *domain,
                              GAsyncResult  *result,
                              GError       **error);
} Method;

static void
list_cpus_async (QemuDomain          *domain,
                 GCancellable        *cancellable,
                 GAsyncReadyCallback  callback,
                 gpointer             user_data)
{
  qemu_domain_list_cpus_async (domain, QEMU_CPU_QUERY_NONE, cancellable, callback, user_data);
}

static void
find_nothing_async (QemuDomain          *domain,
                    GCancellable        *cancellable,
                    GAsyncReadyCallback  callback,
                    gpointer             user_data)
{
  qemu_domain_find_block_device_async (domain, "nothing", cancellable, callback, user_data);
}

static void
screen_dump_async (QemuDomain          *domain,
                   GCancellable        *cancellable,
                   GAsyncReadyCallback  callback,
                   gpointer             user_data)
{
  qemu_domain_screen_dump_async (domain, NULL, 0, QEMU_SCREEN_PPM, cancellable, callback, user_data);
}

static gboolean
query_status_finish (QemuDomain    *domain,
                     GAsyncResult  *result,
                     GError       **error)
{
  return qemu_domain_query_status_finish (domain, result, error) != QEMU_STATUS_UNKNOWN;
}

static gboolean
list_commands_finish (QemuDomain    *domain,
                      GAsyncResult  *result,
                      GError       **error)
{
  g_auto(GStrv) commands_known = qemu_domain_list_commands_finish (domain, result, error);

  return commands_known != NULL;
}

#define METHOD(method, may) \
  { #method, may, qemu_domain_##method##_async, qemu_domain_##method##_finish, NULL }
#define OBJECT_METHOD(method) \
  { #method, OUTCOME_OK, qemu_domain_##method##_async, NULL, (gpointer) qemu_domain_##method##_finish }

static const Method methods[] = {
  METHOD (stop, OUTCOME_OK),
  METHOD (cont, OUTCOME_OK),
  METHOD (system_reset, OUTCOME_OK),
  METHOD (system_powerdown, OUTCOME_OK),
  METHOD (system_wakeup, OUTCOME_GENERIC),
  METHOD (inject_nmi, OUTCOME_GENERIC),
  OBJECT_METHOD (query_version),
  OBJECT_METHOD (list_pci_devices),
  OBJECT_METHOD (list_block_devices),
  OBJECT_METHOD (list_block_stats),
  OBJECT_METHOD (list_jobs),
  OBJECT_METHOD (list_block_jobs),
  { "list_cpus", OUTCOME_OK, list_cpus_async, NULL, (gpointer) qemu_domain_list_cpus_finish },
  { "query_status", OUTCOME_OK, qemu_domain_query_status_async, query_status_finish, NULL },
  { "list_commands", OUTCOME_OK, qemu_domain_list_commands_async, list_commands_finish, NULL },
  { "find_block_device", OUTCOME_QEMU (QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND), find_nothing_async, NULL,
    (gpointer) qemu_domain_find_block_device_finish },
  { "screen_dump", OUTCOME_NO_WAY | OUTCOME_GENERIC | OUTCOME_BUSY, screen_dump_async, NULL,
    (gpointer) qemu_domain_screen_dump_finish },
};

typedef struct
{
  const Method *method;
  gpointer      op;
} MethodCall;

static void
method_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  MethodCall *call = user_data;
  const Method *method = call->method;
  g_autoptr(GObject) value = NULL;
  g_autoptr(GError) error = NULL;
  gboolean ok;

  if (method->finish != NULL)
    ok = method->finish (QEMU_DOMAIN (object), result, &error);
  else
    ok = (value = method->finish_object (QEMU_DOMAIN (object), result, &error)) != NULL;
  if (ok != (error == NULL))
    soak_fail ("“%s” has ended with a value and an error, or with neither", method->name);
  op_end (call->op, error);
  g_free (call);
}

static void
begin_method (Link         *link,
              GRand        *rand,
              GCancellable *cancellable)
{
  MethodCall *call = g_new0 (MethodCall, 1);

  call->method = &methods[g_rand_int_range (rand, 0, G_N_ELEMENTS (methods))];
  call->op = op_begin (link->machine, link, call->method->name, call->method->may, cancellable);
  call->method->begin (link->domain, cancellable, method_cb, call);
}

/* ---------------------------------------------------------------- any of them */

static void
begin_one (Link  *link,
           GRand *rand)
{
  g_autoptr(GCancellable) cancellable = NULL;
  unsigned kind = g_rand_int_range (rand, 0, 100);

  if (chance (rand, 8))
    {
      cancellable = g_cancellable_new ();
      if (chance (rand, 10))
        g_cancellable_cancel (cancellable);
      else
        cancel_later (cancellable, g_rand_int_range (rand, 0, 30));
    }

  if (kind < 1)
    begin_schema (link, cancellable);
  else if (kind < 50)
    begin_command (link, rand, cancellable);
  else
    begin_method (link, rand, cancellable);
}

void
calls_begin (Link  *link,
             GRand *rand)
{
  /* Now and then many at once. */
  unsigned n = chance (rand, 98) ? 1 : g_rand_int_range (rand, 2, 65);

  while (n-- > 0)
    begin_one (link, rand);
}
