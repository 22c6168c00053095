/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of one QEMU after the other. */

#include "config.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "soak-machine.h"

MachineCounts machine_counts;

/* ---------------------------------------------------------------- small things */

gint64
machine_later (Machine *self,
               int      min_ms,
               int      max_ms)
{
  return g_get_monotonic_time () + 1000 * (gint64) g_rand_int_range (self->rand, min_ms, max_ms);
}

/* Is there still a process of ours with that number? */
static gboolean
is_there (int pid)
{
  siginfo_t info;

  memset (&info, 0, sizeof info);

  return pid != 0 && waitid (P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void
gone_cb (gpointer  user_data,
         GObject  *object)
{
  g_atomic_int_add ((int *) user_data, -1);
}

static void
count_object (gpointer  object,
              int      *count)
{
  g_atomic_int_add (count, 1);
  g_object_weak_ref (object, gone_cb, count);
}

unsigned
machine_get_number (Machine *self)
{
  return self->number;
}

void
machine_add_pending (Machine *self,
                     int      n)
{
  g_atomic_int_add (&self->pending, n);
}

int
machine_get_freeze (Machine *self)
{
  return g_atomic_int_get (&self->freeze_count);
}

static gboolean
is_usable (Link *link)
{
  return link != NULL && link->opened && !link_is_doomed (link);
}

/* ---------------------------------------------------------------- what it tells */

static void
event_cb (QemuDomain *domain,
          QemuEvent  *event,
          gpointer    user_data)
{
  machine_counts.events++;
}

static void
closed_cb (QemuDomain   *domain,
           const GError *error,
           gpointer      user_data)
{
  Machine *self = user_data;
  Link *link = self->second != NULL && domain == self->second->domain ? self->second : self->main;

  if (link == NULL || domain != link->domain)
    {
      soak_fail ("machine %u: the end of a connection is told that was not open", self->number);
      return;
    }
  if (++link->n_closed > 1)
    soak_fail ("machine %u: the end of a connection is told %u times", self->number, link->n_closed);
  /* It was there already when its opening was cancelled. */
  if (error == NULL && !link->opened && (link == self->main ? self->start_op != NULL : self->second_busy))
    return;
  if (!link_is_doomed (link))
    soak_fail ("machine %u: the connection has ended by itself: %s", self->number,
               error != NULL ? error->message : "closed");
  if (error == NULL && !link->closing)
    soak_fail ("machine %u: the connection is said to have been closed from this side", self->number);
}

static void
exited_cb (QemuProcess *process,
           int          status,
           gpointer     user_data)
{
  Machine *self = user_data;
  unsigned exit = status == 0 ? EXIT_WELL : status == 1 ? EXIT_FAILED : status == -SIGKILL ? EXIT_KILLED :
                  status < 0 ? EXIT_CRASH : 0;
  gboolean was_slow = self->shutdown_since != 0 && g_get_monotonic_time () - self->shutdown_since > 4900000;

  if (++self->n_exited > 1)
    soak_fail ("machine %u: the end of the process is told %u times", self->number, self->n_exited);
  if (!(exit & (self->may_exit | (was_slow ? EXIT_KILLED : 0))))
    soak_fail ("machine %u: the process has ended with %d, which is wrong", self->number, status);
  if (qemu_process_get_running (process) || qemu_process_get_exit_status (process) != status)
    soak_fail ("machine %u: the process has ended and is said to run", self->number);
  machine_counts.kills += exit == EXIT_KILLED;
  machine_counts.crashes += exit == EXIT_CRASH;
}

static void
items_changed_cb (GListModel *model,
                  unsigned    position,
                  unsigned    removed,
                  unsigned    added,
                  gpointer    user_data)
{
  Machine *self = user_data;

  self->n_changes++;
}

void
machine_watch (Machine    *self,
               QemuDomain *domain)
{
  count_object (domain, &machine_counts.domains);
  g_signal_connect (domain, "event", G_CALLBACK (event_cb), self);
  g_signal_connect (domain, "closed", G_CALLBACK (closed_cb), self);
  qemu_monitor_set_open_timeout (qemu_domain_get_monitor (domain), SOAK_PATIENCE_MS);
  qemu_monitor_set_command_timeout (qemu_domain_get_monitor (domain), SOAK_PATIENCE_MS);
}

void
machine_unwatch (Machine    *self,
                 QemuDomain *domain)
{
  g_signal_handlers_disconnect_by_data (domain, self);
}

/* ---------------------------------------------------------------- to start it */

static QemuProcess *
make_process (Machine   *self,
              StartKind  kind)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *chardev = second_make_chardev (self);
  g_auto(GStrv) argv = NULL;

  g_strv_builder_add_many (builder, kind == START_NO_PROGRAM ? "/nonexistent/qemu" : self->program,
                           "-M", "none", "-nodefaults", "-display", "none", NULL);
  if (chardev != NULL)
    g_strv_builder_add_many (builder, "-chardev", chardev, "-mon", "chardev=second,mode=control", NULL);
  if (kind == START_BAD_ARGUMENT)
    g_strv_builder_add (builder, "-no-such-option");
  argv = g_strv_builder_end (builder);

  return qemu_process_new ((const char * const *) argv);
}

static void
waited_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  Machine *self = user_data;
  g_autoptr(GError) error = NULL;

  if (!qemu_process_wait_finish (QEMU_PROCESS (object), result, &error))
    soak_fail ("machine %u: a wait for the end of the process has failed: %s", self->number, error->message);
  if (self->state != STATE_ENDING && self->state != STATE_STARTING)
    soak_fail ("machine %u: the process is said to have ended", self->number);
  if (!self->waiting)
    soak_fail ("machine %u: a wait for the end of the process has ended twice", self->number);
  self->waiting = FALSE;
}

static void
follow (Machine *self)
{
  QemuDomain *domain = self->main->domain;

  if (!chance (self->rand, 50))
    return;

  self->lists[0] = g_object_ref (qemu_domain_get_block_devices (domain));
  self->lists[1] = g_object_ref (qemu_domain_get_jobs (domain));
  self->lists[2] = g_object_ref (qemu_domain_get_block_jobs (domain));
  for (unsigned i = 0; i < G_N_ELEMENTS (self->lists); i++)
    g_signal_connect (self->lists[i], "items-changed", G_CALLBACK (items_changed_cb), self);
}

static void
unfollow (Machine *self)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (self->lists); i++)
    if (self->lists[i] != NULL)
      {
        g_signal_handlers_disconnect_by_data (self->lists[i], self);
        g_clear_object (&self->lists[i]);
      }
}

static void
started (Machine *self)
{
  unsigned outcome = op_end (self->start_op, self->start_error);

  self->start_op = NULL;
  g_clear_error (&self->start_error);
  if (outcome != OUTCOME_OK)
    {
      machine_counts.failed_starts++;
      machine_doom (self);
      self->state = STATE_ENDING;
      return;
    }

  machine_counts.starts++;
  self->main->opened = TRUE;
  self->pid = qemu_process_get_pid (self->process);
  self->state = self->start_kind == START_KILLED ? STATE_ENDING : STATE_UP;
  if (self->state != STATE_UP)
    return;

  /* Cancelled too late is not cancelled. */
  g_atomic_int_set (&self->main->doomed, FALSE);
  self->may_exit = 0;
  if (self->pid == 0)
    soak_fail ("machine %u: there is no process", self->number);
  if (self->main->n_closed != 0 || qemu_domain_get_state (self->main->domain) != QEMU_MONITOR_STATE_OPEN)
    soak_fail ("machine %u: it has started (%d), and its connection has ended %u times", self->number,
               self->start_kind, self->main->n_closed);
  follow (self);
  second_find (self);
}

static void
spawned_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Machine *self = user_data;

  qemu_process_spawn_finish (QEMU_PROCESS (object), result, &self->start_error);
  started (self);
}

static void
spawn_in_thread (gpointer data)
{
  Machine *self = data;

  qemu_process_spawn (self->process, NULL, &self->start_error);
}

static void
spawned_in_thread (gpointer data)
{
  started (data);
}

static StartKind
choose_start (Machine *self)
{
  static const struct
  {
    StartKind kind;
    int       percent;
  } table[] = {
    { START_IN_THREAD, 15 }, { START_CANCELLED, 5 }, { START_KILLED, 4 }, { START_BAD_ARGUMENT, 3 },
    { START_NO_PROGRAM, 2 }
  };
  int n = g_rand_int_range (self->rand, 0, 100);

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    if ((n -= table[i].percent) < 0)
      return table[i].kind;

  return START_PLAIN;
}

static gboolean
kill_cb (gpointer user_data)
{
  QemuProcess *process = user_data;

  qemu_process_force_exit (process);

  return G_SOURCE_REMOVE;
}

static void
machine_start (Machine   *self,
               StartKind  kind)
{
  const unsigned failed = OUTCOME_QEMU (QEMU_ERROR_PROCESS_FAILED);
  static const struct
  {
    unsigned may, may_exit;
  } table[] = {
    [START_PLAIN] = { OUTCOME_OK, 0 },
    [START_IN_THREAD] = { OUTCOME_OK, 0 },
    [START_CANCELLED] = { OUTCOME_OK, EXIT_KILLED },
    [START_KILLED] = { OUTCOME_OK | failed, EXIT_KILLED },
    [START_BAD_ARGUMENT] = { failed, EXIT_FAILED },
    [START_NO_PROGRAM] = { failed, 0 },
  };
  g_autoptr(GCancellable) cancellable = kind == START_CANCELLED ? g_cancellable_new () : NULL;

  if (self->process == NULL)
    {
      self->process = make_process (self, kind);
      count_object (self->process, &machine_counts.processes);
      g_signal_connect (self->process, "exited", G_CALLBACK (exited_cb), self);
      machine_watch (self, qemu_process_get_domain (self->process));
    }
  self->state = STATE_STARTING;
  self->start_kind = kind;
  self->n_exited = 0;
  self->exit_told = kind != START_NO_PROGRAM;
  self->may_exit = table[kind].may_exit;
  self->end_since = g_get_monotonic_time ();
  self->shutdown_since = 0;
  self->main = link_new (self, qemu_process_get_domain (self->process), TRUE);
  if (kind > START_IN_THREAD)
    link_doom (self->main);
  if (cancellable != NULL)
    cancel_later (cancellable, g_rand_int_range (self->rand, 0, 150));

  self->start_op = op_begin (self, NULL, "spawn", table[kind].may, cancellable);
  if (kind == START_IN_THREAD)
    hands_call (spawn_in_thread, spawned_in_thread, self);
  else
    qemu_process_spawn_async (self->process, cancellable, spawned_cb, self);
  if (kind == START_KILLED)
    g_timeout_add_full (G_PRIORITY_DEFAULT, g_rand_int_range (self->rand, 0, 100), kill_cb,
                        g_object_ref (self->process), g_object_unref);
}

/* ---------------------------------------------------------------- step by step */

static gboolean
has_ended (Machine *self)
{
  return link_is_over (self->main) && self->second == NULL && !self->second_busy && !self->waiting &&
         g_atomic_int_get (&self->pending) == 0 && (!self->exit_told || self->n_exited == 1) && !is_there (self->pid);
}

static void
machine_come_down (Machine *self)
{
  gboolean again = self->start_kind <= START_CANCELLED && chance (self->rand, 30);

  freeze_end (self);
  unfollow (self);
  second_forget (self);
  if (self->process == NULL || !again)
    {
      machine_unwatch (self, self->main->domain);
      if (self->process != NULL)
        g_signal_handlers_disconnect_by_data (self->process, self);
      g_clear_object (&self->process);
    }
  g_clear_pointer (&self->main, link_unref);
  self->pid = 0;
  self->state = STATE_DOWN;
  self->next_start = machine_later (self, 0, 2000);
}

void
machine_tick (Machine  *self,
              gboolean  calm)
{
  freeze_tick (self, calm);
  second_tick (self);
  if (self->state == STATE_ENDING && has_ended (self))
    machine_come_down (self);
  else if (self->state == STATE_ENDING && is_there (self->pid))
    machine_kill_stuck (self);
  if (self->state == STATE_DOWN && !calm && g_get_monotonic_time () >= self->next_start)
    machine_start (self, self->process != NULL ? START_PLAIN : choose_start (self));
}

static Link *
choose_link (Machine *self)
{
  return is_usable (self->second) && !self->second_busy && chance (self->rand, 40) ? self->second : self->main;
}

static void
call_main (Machine *self)
{
  calls_begin (choose_link (self), self->rand);
}

static void
have_hand_act (Machine *self)
{
  if (hands_are_busy ())
    call_main (self);
  else
    hands_act (choose_link (self), self->rand, self->second_uri);
}

static void
freeze_act (Machine *self)
{
  if (self->freeze == FREEZE_NONE)
    freeze_begin (self);
}

static void
wait_act (Machine *self)
{
  if (self->waiting)
    return;

  self->waiting = TRUE;
  qemu_process_wait_async (self->process, NULL, waited_cb, self);
}

void
machine_act (Machine *self)
{
  static const struct
  {
    void (*act) (Machine *self);
    int    permille;
  } acts[] = {
    { call_main, 640 }, { have_hand_act, 250 }, { second_change, 70 }, { freeze_act, 20 }, { wait_act, 8 },
    { machine_begin_end, 12 }
  };
  int n = g_rand_int_range (self->rand, 0, 1000);

  if (self->state != STATE_UP)
    return;

  for (unsigned i = 0; i < G_N_ELEMENTS (acts); i++)
    if ((n -= acts[i].permille) < 0)
      {
        acts[i].act (self);
        return;
      }
}

/* ---------------------------------------------------------------- checkpoints */

gboolean
machine_calm_down (Machine *self)
{
  machine_tick (self, TRUE);
  if (self->state == STATE_DOWN)
    machine_start (self, START_PLAIN);
  if (self->state != STATE_UP || self->freeze != FREEZE_NONE || g_atomic_int_get (&self->pending) != 0)
    return FALSE;

  if (self->second != NULL && !self->second_busy && !link_is_doomed (self->second))
    second_close (self);
  if (self->second == NULL)
    second_drop_domain (self);
  self->check = CHECK_BEGIN;

  return self->second == NULL && !self->second_busy;
}

/* What is shown comes by events, perhaps a moment later than the answer to a question, so it is looked at again if need
 * be. */
static void
compare (Machine    *self,
         const char *what,
         guint64     shown,
         guint64     asked)
{
  if (self->difference == NULL && shown != asked)
    self->difference = g_strdup_printf ("%s: %" G_GUINT64_FORMAT " instead of %" G_GUINT64_FORMAT, what, shown, asked);
}

static void
checked_jobs_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  Machine *self = op_get_machine (user_data);
  QemuDomain *domain = QEMU_DOMAIN (object);
  QemuMonitor *monitor = qemu_domain_get_monitor (domain);
  g_autoptr(GError) error = NULL;
  g_autoptr(GListModel) jobs = qemu_domain_list_jobs_finish (domain, result, &error);

  g_clear_pointer (&self->difference, g_free);
  compare (self, "errors", op_end (user_data, error) != OUTCOME_OK, FALSE);
  compare (self, "status", qemu_domain_get_status (domain), QEMU_STATUS_RUNNING);
  compare (self, "delivered", qemu_monitor_get_delivered (monitor), qemu_monitor_get_received (monitor));
  if (jobs != NULL && self->lists[1] != NULL)
    compare (self, "jobs", g_list_model_get_n_items (self->lists[1]), g_list_model_get_n_items (jobs));
  self->check = self->difference == NULL ? CHECK_PASSED : CHECK_ASK;
}

static void
continued_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  Machine *self = op_get_machine (user_data);
  g_autoptr(GError) error = NULL;

  qemu_domain_cont_finish (QEMU_DOMAIN (object), result, &error);
  op_end (user_data, error);
  self->check = CHECK_ASK;
}

static void
stopped_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Machine *self = op_get_machine (user_data);
  g_autoptr(GError) error = NULL;

  qemu_domain_stop_finish (QEMU_DOMAIN (object), result, &error);
  op_end (user_data, error);
  qemu_domain_cont_async (self->main->domain, NULL, continued_cb,
                          op_begin (self, self->main, "cont", OUTCOME_OK, NULL));
}

gboolean
machine_is_checked (Machine *self)
{
  switch (self->check)
    {
    case CHECK_BEGIN:
      self->check = CHECK_WAIT;
      qemu_domain_stop_async (self->main->domain, NULL, stopped_cb,
                              op_begin (self, self->main, "stop", OUTCOME_OK, NULL));
      break;

    case CHECK_ASK:
      self->check = CHECK_WAIT;
      qemu_domain_list_jobs_async (self->main->domain, NULL, checked_jobs_cb,
                                   op_begin (self, self->main, "list_jobs", OUTCOME_OK, NULL));
      break;

    case CHECK_WAIT:
    case CHECK_PASSED:
    default:
      break;
    }

  return self->check == CHECK_PASSED;
}

/* ---------------------------------------------------------------- its end */

gboolean
machine_end (Machine *self)
{
  machine_tick (self, TRUE);
  if (self->state == STATE_UP && self->freeze == FREEZE_NONE && g_atomic_int_get (&self->pending) == 0 &&
      !self->second_busy)
    machine_shut_down (self);
  if (self->state == STATE_DOWN)
    {
      if (self->process != NULL)
        {
          machine_unwatch (self, qemu_process_get_domain (self->process));
          g_signal_handlers_disconnect_by_data (self->process, self);
        }
      g_clear_object (&self->process);
      second_drop_domain (self);
    }

  return self->state == STATE_DOWN;
}

char *
machine_describe (Machine *self)
{
  static const char * const states[] = { "down", "starting", "up", "ending" };

  return g_strdup_printf ("machine %u is %s%s: process %d%s, %d under way, exit told %u times, main %s, second %s%s%s%s%s",
                          self->number, states[self->state], self->freeze != FREEZE_NONE ? " and stopped" : "",
                          self->pid, is_there (self->pid) ? "" : " (gone)", g_atomic_int_get (&self->pending),
                          self->n_exited, link_is_over (self->main) ? "over" : "open",
                          self->second == NULL ? "none" : link_is_over (self->second) ? "over" : "open",
                          self->second_busy ? " (busy)" : "", self->waiting ? ", waited for" : "",
                          self->difference != NULL ? ", " : "", self->difference != NULL ? self->difference : "");
}

Machine *
machine_new (unsigned    number,
             const char *program,
             const char *folder,
             GRand      *rand)
{
  Machine *self = g_new0 (Machine, 1);

  self->number = number;
  self->program = program;
  self->folder = folder;
  self->rand = rand;
  self->next_start = machine_later (self, 0, 2000);

  return self;
}

void
machine_free (Machine *self)
{
  g_free (self->difference);
  g_free (self);
}
