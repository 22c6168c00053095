/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a QEMU is stopped for a while, and how it ends. */

#include "config.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "soak-machine.h"

/* It is told to end, and has not: QEMU's own fault, after this time. */
#define STUCK_SECONDS 30

static gboolean
is_stopped (int pid)
{
  siginfo_t info;

  memset (&info, 0, sizeof info);

  return waitid (P_PID, pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* ---------------------------------------------------------------- to stop it for a while */

void
freeze_begin (Machine *self)
{
  self->freeze = FREEZE_ASKED;
  self->thaw_at = machine_later (self, 50, 2000);
  machine_counts.freezes++;
  kill (self->pid, SIGSTOP);
}

void
freeze_end (Machine *self)
{
  if (self->freeze == FREEZE_SOLID)
    g_atomic_int_inc (&self->freeze_count);
  self->freeze = FREEZE_NONE;
}

void
freeze_tick (Machine  *self,
             gboolean  calm)
{
  if (self->freeze == FREEZE_ASKED && is_stopped (self->pid))
    {
      self->freeze = FREEZE_SOLID;
      g_atomic_int_inc (&self->freeze_count);
    }
  /* One that is to end as it is stays so until it has. */
  if (self->freeze == FREEZE_SOLID && self->state == STATE_UP && (calm || g_get_monotonic_time () >= self->thaw_at))
    {
      freeze_end (self);
      kill (self->pid, SIGCONT);
    }
}

/* ---------------------------------------------------------------- to end it */

void
machine_doom (Machine *self)
{
  if (self->main != NULL)
    link_doom (self->main);
  if (self->second != NULL)
    link_doom (self->second);
}

static void
quit_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(GError) error = NULL;

  qemu_domain_quit_finish (QEMU_DOMAIN (object), result, &error);
  op_end (user_data, error);
}

static void
quit_by (Machine *self,
         Link    *link)
{
  self->may_exit = EXIT_POLITE;
  machine_counts.quits++;
  qemu_domain_quit_async (link->domain, NULL, quit_cb, op_begin (self, link, "quit", OUTCOME_OK, NULL));
}

static void
end_by_quit (Machine *self)
{
  quit_by (self, self->main);
}

static void
end_by_second (Machine *self)
{
  quit_by (self, self->second != NULL && self->second->opened && !self->second_busy ? self->second : self->main);
}

static void
shut_down_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  Machine *self = op_get_machine (user_data);
  g_autoptr(GError) error = NULL;

  qemu_process_shutdown_finish (QEMU_PROCESS (object), result, &error);
  if (op_end (user_data, error) == OUTCOME_CANCELLED)
    {
      /* Perhaps before it was told to end. */
      self->may_exit |= EXIT_KILLED;
      qemu_process_force_exit (self->process);
    }
}

static void
shut_down (Machine  *self,
           unsigned  timeout_ms,
           unsigned  may_exit)
{
  g_autoptr(GCancellable) cancellable = NULL;

  if (self->freeze == FREEZE_NONE && chance (self->rand, 10))
    {
      cancellable = g_cancellable_new ();
      cancel_later (cancellable, timeout_ms + g_rand_int_range (self->rand, 50, 100));
    }
  self->may_exit = may_exit;
  self->shutdown_since = g_get_monotonic_time ();
  machine_counts.quits++;
  qemu_process_shutdown_async (self->process, timeout_ms, cancellable, shut_down_cb,
                               op_begin (self, NULL, "shutdown", OUTCOME_OK | NEEDS_NO_ANSWER, cancellable));
}

static void
end_by_shutdown (Machine *self)
{
  shut_down (self, 0, EXIT_POLITE);
}

static void
end_by_guest (Machine *self)
{
  shut_down (self, 20, EXIT_POLITE);
}

typedef struct
{
  QemuProcess *process;
  gpointer     op;
  GError      *error;
} ThreadShutdown;

static void
shut_down_in_thread (gpointer data)
{
  ThreadShutdown *shutdown = data;

  qemu_process_shutdown (shutdown->process, 0, NULL, &shutdown->error);
}

static void
shut_down_in_thread_done (gpointer data)
{
  ThreadShutdown *shutdown = data;

  op_end (shutdown->op, shutdown->error);
  g_clear_error (&shutdown->error);
  g_object_unref (shutdown->process);
  g_free (shutdown);
}

static void
end_in_thread (Machine *self)
{
  ThreadShutdown *shutdown = g_new0 (ThreadShutdown, 1);

  self->may_exit = EXIT_POLITE;
  /* It may have to wait for its turn. */
  self->shutdown_since = g_get_monotonic_time ();
  machine_counts.quits++;
  shutdown->process = g_object_ref (self->process);
  shutdown->op = op_begin (self, NULL, "shutdown in a thread", OUTCOME_OK | NEEDS_NO_ANSWER, NULL);
  hands_call (shut_down_in_thread, shut_down_in_thread_done, shutdown);
}

static void
end_by_kill (Machine *self)
{
  self->may_exit = EXIT_KILLED;
  freeze_end (self);
  kill (self->pid, SIGKILL);
}

static void
end_by_force (Machine *self)
{
  self->may_exit = EXIT_KILLED;
  freeze_end (self);
  qemu_process_force_exit (self->process);
}

static void
end_by_term (Machine *self)
{
  self->may_exit = EXIT_POLITE;
  machine_counts.quits++;
  kill (self->pid, SIGTERM);
}

/* Nobody is told of its end, but it has to end. */
static void
end_by_drop (Machine *self)
{
  if (self->waiting)
    {
      end_by_force (self);
      return;
    }

  freeze_end (self);
  self->exit_told = FALSE;
  machine_counts.kills++;
  g_signal_handlers_disconnect_by_data (self->process, self);
  g_clear_object (&self->process);
}

static void
main_closed_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  Machine *self = op_get_machine (user_data);
  g_autoptr(GError) error = NULL;

  qemu_domain_close_finish (QEMU_DOMAIN (object), result, &error);
  op_end (user_data, error);
  shut_down (self, 0, EXIT_POLITE);
}

/* Without a monitor it is ended by a signal. */
static void
end_by_close (Machine *self)
{
  self->may_exit = EXIT_POLITE;
  self->main->closing = TRUE;
  qemu_domain_close_async (self->main->domain, NULL, main_closed_cb,
                           op_begin (self, self->main, "close", OUTCOME_OK | NEEDS_NO_ANSWER, NULL));
}

/* It does not obey, and has to be killed after its time. */
static void
end_frozen (Machine *self)
{
  shut_down (self, 0, EXIT_KILLED);
}

/* Some are under way, or come too late. */
static void
call_a_few_times (Machine *self)
{
  for (unsigned n = g_rand_int_range (self->rand, 0, 5); n > 0; n--)
    calls_begin (self->second != NULL && self->second->opened && chance (self->rand, 40) ? self->second : self->main,
                 self->rand);
}

void
machine_begin_end (Machine *self)
{
  static void (* const ends[]) (Machine *) = {
    end_by_quit, end_by_quit, end_by_second, end_by_shutdown, end_by_guest, end_in_thread, end_by_kill, end_by_kill,
    end_by_force, end_by_term, end_by_drop, end_by_close
  };
  static void (* const ends_of_frozen[]) (Machine *) = {
    end_by_kill, end_by_force, end_by_drop, end_frozen
  };

  if (self->freeze == FREEZE_ASKED)
    return;

  call_a_few_times (self);
  machine_doom (self);
  self->state = STATE_ENDING;
  self->end_since = g_get_monotonic_time ();
  if (self->freeze == FREEZE_SOLID)
    ends_of_frozen[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (ends_of_frozen))] (self);
  else
    ends[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (ends))] (self);
  call_a_few_times (self);
}

/* A QEMU that hangs instead of ending is none of our business, but it has to go. */
void
machine_kill_stuck (Machine *self)
{
  if (self->freeze != FREEZE_NONE || self->may_exit & EXIT_KILLED || !(self->may_exit & EXIT_WELL) ||
      g_get_monotonic_time () - self->end_since < STUCK_SECONDS * G_USEC_PER_SEC)
    return;

  machine_counts.stuck++;
  self->may_exit |= EXIT_KILLED;
  kill (self->pid, SIGKILL);
}

/* In good order, from whatever it does. */
void
machine_shut_down (Machine *self)
{
  machine_doom (self);
  self->state = STATE_ENDING;
  self->end_since = g_get_monotonic_time ();
  end_by_shutdown (self);
}
