/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the library costs, as a program that uses it sees it: nothing here is private. */

#include "config.h"

#include "bench.h"

#include <qemu-glib/qemu-glib.h>

/* Domains are opened as a program does that has many: so many at a time. */
#define OPENING_WINDOW 64

static GMainLoop *loop;

/* ---------------------------------------------------------------- helpers */

static QemuDomain *
domain_new (const char *path)
{
  g_autoptr(GError) error = NULL;
  QemuDomain *domain = qemu_domain_new_for_uri (path, &error);

  bench_check (error);

  return domain;
}

static QemuDomain *
open_domain (const char *path)
{
  g_autoptr(GError) error = NULL;
  QemuDomain *domain = domain_new (path);

  qemu_domain_open (domain, NULL, &error);
  bench_check (error);

  return domain;
}

static void
close_domain (QemuDomain *domain)
{
  g_autoptr(GError) error = NULL;

  qemu_domain_close (domain, NULL, &error);
  bench_check (error);
  g_object_unref (domain);
}

/* A command to the peer itself. */
static QemuCommand *
ask_peer (const char *name,
          unsigned    count)
{
  QemuCommand *command = qemu_command_new (name);

  qemu_command_set_int64 (command, "count", count);

  return command;
}

/* ---------------------------------------------------------------- commands, one at a time */

typedef void (*Operation) (QemuDomain  *domain,
                           QemuCommand *command,
                           GError     **error);

static void
run_raw (QemuDomain   *domain,
         QemuCommand  *command,
         GError      **error)
{
  g_autoptr(GBytes) bytes = qemu_domain_run_raw (domain, command, NULL, error);
}

static void
run (QemuDomain   *domain,
     QemuCommand  *command,
     GError      **error)
{
  g_autoptr(JsonNode) node = qemu_domain_run (domain, command, NULL, error);
}

static void
query_status (QemuDomain   *domain,
              QemuCommand  *command,
              GError      **error)
{
  qemu_domain_query_status (domain, NULL, error);
}

static void
list_block_devices (QemuDomain   *domain,
                    QemuCommand  *command,
                    GError      **error)
{
  g_autoptr(GListModel) devices = qemu_domain_list_block_devices (domain, NULL, error);
}

static void
measure (QemuDomain *domain,
         Operation   operation,
         const char *name,
         unsigned    count)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuCommand) command = qemu_command_new (name);

  for (unsigned i = 0; i < count / 10 + 1 && error == NULL; i++)
    operation (domain, command, &error);
  bench_check (error);

  bench_begin ();
  for (unsigned i = 0; i < count && error == NULL; i++)
    operation (domain, command, &error);
  bench_end (count);
  bench_check (error);
}

static void
measure_sync (const char *path,
              Operation   operation,
              const char *name,
              unsigned    count)
{
  QemuDomain *domain = open_domain (path);

  measure (domain, operation, name, count);
  close_domain (domain);
}

static void
row_raw (const char *path,
         unsigned    count,
         unsigned    number)
{
  measure_sync (path, run_raw, "query-status", count);
}

static void
row_run (const char *path,
         unsigned    count,
         unsigned    number)
{
  measure_sync (path, run, "query-status", count);
}

static void
row_typed (const char *path,
           unsigned    count,
           unsigned    number)
{
  measure_sync (path, query_status, "query-status", count);
}

static void
row_reply_raw (const char *path,
               unsigned    count,
               unsigned    number)
{
  measure_sync (path, run_raw, "query-qmp-schema", count);
}

static void
row_reply_node (const char *path,
                unsigned    count,
                unsigned    number)
{
  measure_sync (path, run, "query-qmp-schema", count);
}

static void
row_devices (const char *path,
             unsigned    count,
             unsigned    number)
{
  g_autoptr(GError) error = NULL;
  QemuDomain *domain = open_domain (path);
  g_autoptr(QemuCommand) command = ask_peer ("bench-devices", number);
  g_autoptr(GListModel) devices = NULL;

  run_raw (domain, command, &error);
  bench_check (error);
  devices = qemu_domain_list_block_devices (domain, NULL, &error);
  bench_check (error);
  if (g_list_model_get_n_items (devices) != number)
    bench_fail ("not all devices have come");
  measure (domain, list_block_devices, "query-block", count);
  close_domain (domain);
}

static void
row_open_close (const char *path,
                unsigned    count,
                unsigned    number)
{
  close_domain (open_domain (path));
  bench_begin ();
  for (unsigned i = 0; i < count; i++)
    close_domain (open_domain (path));
  bench_end (count);
}

/* ---------------------------------------------------------------- commands, several in flight */

typedef struct
{
  QemuDomain  *domain;
  QemuCommand *command;
  unsigned     left;                    /* to be begun */
  unsigned     pending;
} Flight;

static void flight_begin_one (Flight *self);

static void
flight_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  Flight *self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = qemu_domain_run_raw_finish (self->domain, result, &error);

  bench_check (error);
  self->pending--;
  if (self->left > 0)
    flight_begin_one (self);
  else if (self->pending == 0)
    g_main_loop_quit (loop);
}

static void
flight_begin_one (Flight *self)
{
  self->left--;
  self->pending++;
  qemu_domain_run_raw_async (self->domain, self->command, NULL, flight_cb, self);
}

static void
fly (QemuDomain  *domain,
     unsigned     window,
     unsigned     count)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("query-status");
  Flight flight = { domain, command, count, 0 };

  for (unsigned i = 0; i < window && flight.left > 0; i++)
    flight_begin_one (&flight);
  g_main_loop_run (loop);
}

static void
row_async (const char *path,
           unsigned    count,
           unsigned    number)
{
  QemuDomain *domain = open_domain (path);

  fly (domain, number, count / 10 + 1);
  bench_begin ();
  fly (domain, number, count);
  bench_end (count);
  close_domain (domain);
}

/* ---------------------------------------------------------------- events */

typedef struct
{
  unsigned  left;
  gboolean  reads;                      /* the handler looks into each event */
  gint64    sum;
} Listener;

static void
event_cb (GObject   *object,
          QemuEvent *event,
          Listener  *self)
{
  gint64 offset;

  if (self->reads && qemu_event_get_int64 (event, "offset", &offset))
    self->sum += offset;
  if (--self->left == 0)
    g_main_loop_quit (loop);
}

/* Has the peer send @count events, and waits until the listener has heard them. */
static void
hear (QemuDomain *domain,
      Listener   *listener,
      const char *name,
      unsigned    count)
{
  g_autoptr(QemuCommand) command = ask_peer (name, count);

  listener->left = count;
  qemu_domain_run_raw_async (domain, command, NULL, NULL, NULL);
  g_main_loop_run (loop);
}

static void
measure_events (const char *path,
                gboolean    on_monitor,
                gboolean    reads,
                unsigned    count)
{
  QemuDomain *domain = open_domain (path);
  Listener listener = { .reads = reads };

  g_signal_connect (on_monitor ? (gpointer) qemu_domain_get_monitor (domain) : domain, "event::BLOCK_JOB_READY",
                    G_CALLBACK (event_cb), &listener);
  hear (domain, &listener, "bench-events", count / 10 + 1);
  listener.sum = 0;
  bench_begin ();
  hear (domain, &listener, "bench-events", count);
  bench_end (count);
  if (reads && listener.sum != (gint64) count * (count - 1) / 2)
    bench_fail ("the events had something else in them");
  close_domain (domain);
}

static void
row_events_monitor (const char *path,
                    unsigned    count,
                    unsigned    number)
{
  measure_events (path, TRUE, FALSE, count);
}

static void
row_events_domain (const char *path,
                   unsigned    count,
                   unsigned    number)
{
  measure_events (path, FALSE, FALSE, count);
}

static void
row_events_read (const char *path,
                 unsigned    count,
                 unsigned    number)
{
  measure_events (path, FALSE, TRUE, count);
}

/* ---------------------------------------------------------------- many domains */

typedef struct
{
  const char *path;
  GPtrArray  *domains;
  unsigned    left;                     /* to be begun */
  unsigned    pending;
} Crowd;

static void crowd_open_one (Crowd *self);
static void crowd_close_one (Crowd *self);

static void
crowd_go_on (Crowd  *self,
             void  (*begin_one) (Crowd *self))
{
  self->pending--;
  if (self->left > 0)
    begin_one (self);
  else if (self->pending == 0)
    g_main_loop_quit (loop);
}

static void
crowd_opened_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(GError) error = NULL;

  qemu_domain_open_finish (QEMU_DOMAIN (object), result, &error);
  bench_check (error);
  crowd_go_on (user_data, crowd_open_one);
}

static void
crowd_open_one (Crowd *self)
{
  QemuDomain *domain = domain_new (self->path);

  self->left--;
  self->pending++;
  g_ptr_array_add (self->domains, domain);
  qemu_domain_open_async (domain, NULL, crowd_opened_cb, self);
}

static void
crowd_closed_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(GError) error = NULL;

  qemu_domain_close_finish (QEMU_DOMAIN (object), result, &error);
  bench_check (error);
  g_object_unref (object);
  crowd_go_on (user_data, crowd_close_one);
}

static void
crowd_close_one (Crowd *self)
{
  self->left--;
  self->pending++;
  qemu_domain_close_async (self->domains->pdata[self->left], NULL, crowd_closed_cb, self);
}

static void
crowd_run (Crowd    *self,
           void    (*begin_one) (Crowd *self),
           unsigned  count)
{
  self->left = count;
  for (unsigned i = 0; i < OPENING_WINDOW && self->left > 0; i++)
    begin_one (self);
  g_main_loop_run (loop);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Figures of these two are for one of the domains. */

static void
row_open (const char *path,
          unsigned    count,
          unsigned    number)
{
  g_autoptr(GPtrArray) domains = g_ptr_array_sized_new (number);
  Crowd crowd = { path, domains, 0, 0 };
  double resident;

  close_domain (open_domain (path));
  resident = bench_get_resident ();
  bench_begin ();
  crowd_run (&crowd, crowd_open_one, number);
  bench_end (number);
  bench_print ("memory", (bench_get_resident () - resident) / number / 1e3);
  bench_print ("resident", bench_get_resident () / 1e6);
  crowd_run (&crowd, crowd_close_one, number);
}

static void
row_close (const char *path,
           unsigned    count,
           unsigned    number)
{
  g_autoptr(GPtrArray) domains = g_ptr_array_sized_new (number);
  Crowd crowd = { path, domains, 0, 0 };

  crowd_run (&crowd, crowd_open_one, number);
  bench_begin ();
  crowd_run (&crowd, crowd_close_one, number);
  bench_end (number);
}

/* One event at a time, to one of @n_domains or to each in turn. */
static void
measure_singles (const char *path,
                 unsigned    n_domains,
                 const char *name,
                 unsigned    count)
{
  g_autoptr(GPtrArray) domains = g_ptr_array_sized_new (n_domains);
  Crowd crowd = { path, domains, 0, 0 };
  Listener listener = { 0 };
  QemuDomain *domain;

  crowd_run (&crowd, crowd_open_one, n_domains);
  domain = domains->pdata[n_domains / 2];
  for (unsigned i = 0; i < n_domains; i++)
    g_signal_connect (domains->pdata[i], "event::BLOCK_JOB_READY", G_CALLBACK (event_cb), &listener);

  hear (domain, &listener, name, count / 10 + 1);
  bench_begin ();
  hear (domain, &listener, name, count);
  bench_end (count);
  crowd_run (&crowd, crowd_close_one, n_domains);
}

static void
row_event (const char *path,
           unsigned    count,
           unsigned    number)
{
  measure_singles (path, number, "bench-singles", count);
}

static void
row_event_any (const char *path,
               unsigned    count,
               unsigned    number)
{
  measure_singles (path, number, "bench-rounds", count);
}

int
main (int    argc,
      char **argv)
{
  static const BenchRow ROWS[] = {
    { "raw", row_raw },
    { "run", row_run },
    { "typed", row_typed },
    { "async", row_async },
    { "events-monitor", row_events_monitor },
    { "events-domain", row_events_domain },
    { "events-read", row_events_read },
    { "reply-raw", row_reply_raw },
    { "reply-node", row_reply_node },
    { "devices", row_devices },
    { "open-close", row_open_close },
    { "open", row_open },
    { "close", row_close },
    { "event", row_event },
    { "event-any", row_event_any },
    { NULL }
  };

  loop = g_main_loop_new (NULL, FALSE);

  return bench_main (argc, argv, ROWS);
}
