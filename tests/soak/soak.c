/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps many QEMUs and does to them whatever may happen, for as long as one likes. Nothing may be lost, nothing may end
 * twice, and nothing may grow.
 *
 * From time to time all comes to rest: each machine runs, with one monitor and nothing under way. That is a checkpoint.
 * Descriptors, threads and processes have to be as many as at the first one, which is behind a time to warm up; for
 * memory a line is fitted through all of them.
 */

#include "config.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "soak.h"

#define TICK_MS 20

typedef enum
{
  PHASE_BUSY,
  PHASE_CALM,                           /* on the way to a checkpoint */
  PHASE_CHECK,                          /* what the machines show is compared */
  PHASE_MEASURE,                        /* until the figures are those of the first checkpoint */
  PHASE_END,
  PHASE_OVER
} Phase;

static double minutes = 10;
static double option_rate = 100;
static int option_machines = 50;
static int option_hands = 8;
static int option_checkpoint = 60;
static gint64 option_seed = -1;

static const GOptionEntry options[] = {
  { "rate", 'r', 0, G_OPTION_ARG_DOUBLE, &option_rate, "Acts per second, at most (100)", "N" },
  { "machines", 'n', 0, G_OPTION_ARG_INT, &option_machines, "How many QEMUs (50)", "N" },
  { "threads", 't', 0, G_OPTION_ARG_INT, &option_hands, "Threads that make calls that wait (8)", "N" },
  { "checkpoint", 'c', 0, G_OPTION_ARG_INT, &option_checkpoint, "Time between two checkpoints (60)", "SECONDS" },
  { "seed", 's', 0, G_OPTION_ARG_INT64, &option_seed, "What chance begins with", "NUMBER" },
  { NULL }
};

typedef struct
{
  GMainLoop *loop;
  GRand     *rand;
  GPtrArray *machines;
  char      *folder;
  Figures    before;                    /* when there was no machine yet */

  Phase      phase;
  gint64     began, phase_began, next_checkpoint, end;
  double     owed;                      /* acts that are due */
  GArray    *checkpoints;               /* Figures */
  gboolean   interrupted;
} Soak;

static void
soak_enter (Soak  *self,
            Phase  phase)
{
  self->phase = phase;
  self->phase_began = g_get_monotonic_time ();
}

static void
soak_read_figures (Soak    *self,
                   Figures *figures)
{
  g_thread_pool_stop_unused_threads ();
  figures_read (figures);
  figures->minute = (g_get_monotonic_time () - self->began) / 60e6;
  figures->operations = op_count ();
  figures->starts = machine_counts.starts;
  figures->kills = machine_counts.kills;
}

/* ---------------------------------------------------------------- the phases */

static void
soak_be_busy (Soak *self)
{
  gint64 now = g_get_monotonic_time ();

  self->owed = MIN (self->owed + option_rate * TICK_MS / 1000, option_rate);
  for (unsigned i = 0; i < self->machines->len; i++)
    machine_tick (self->machines->pdata[i], FALSE);
  for (; self->owed >= 1; self->owed--)
    machine_act (self->machines->pdata[g_rand_int_range (self->rand, 0, self->machines->len)]);

  if (self->interrupted || now >= self->end)
    soak_enter (self, PHASE_END);
  else if (now >= self->next_checkpoint)
    soak_enter (self, PHASE_CALM);
}

/* Whether @step is true of all machines; each one takes its step. */
static gboolean
all_machines (Soak       *self,
              gboolean  (*step) (Machine *machine))
{
  gboolean all = TRUE;

  for (unsigned i = 0; i < self->machines->len; i++)
    all = step (self->machines->pdata[i]) && all;

  return all;
}

static gboolean
soak_objects_are_right (Soak *self)
{
  int n = self->machines->len;

  return g_atomic_int_get (&machine_counts.processes) == n && g_atomic_int_get (&machine_counts.domains) == n &&
         op_count_pending () == 0;
}

static void
soak_measure (Soak *self)
{
  Figures figures;

  soak_read_figures (self, &figures);
  if (figures.children != self->machines->len || figures.zombies != 0 || !soak_objects_are_right (self))
    return;
  if (self->checkpoints->len > 0 && !figures_are_flat (&figures, &g_array_index (self->checkpoints, Figures, 0)))
    return;

  figures_print (&figures);
  g_array_append_val (self->checkpoints, figures);
  self->next_checkpoint = g_get_monotonic_time () + option_checkpoint * G_USEC_PER_SEC;
  soak_enter (self, PHASE_BUSY);
}

/* Each machine's objects are gone, and of descriptors only those are left that are no machine's. */
static void
soak_end (Soak *self)
{
  Figures figures;

  if (!all_machines (self, machine_end) || op_count_pending () != 0)
    return;

  soak_read_figures (self, &figures);
  if (figures.children == 0 && figures.ends == self->before.ends &&
      g_atomic_int_get (&machine_counts.processes) == 0 && g_atomic_int_get (&machine_counts.domains) == 0)
    {
      figures_print (&figures);
      soak_enter (self, PHASE_OVER);
    }
}

static void
soak_give_up (Soak *self)
{
  static const char * const phases[] = { "work", "come to rest", "show what is so", "be as at the first checkpoint", "end" };
  Figures figures;

  soak_fail ("after %d s the machines do not %s", SOAK_PATIENCE_SECONDS, phases[self->phase]);
  op_print_pending ();
  for (unsigned i = 0; i < self->machines->len; i++)
    {
      g_autofree char *text = machine_describe (self->machines->pdata[i]);

      fprintf (stderr, "soak: %s\n", text);
    }
  soak_read_figures (self, &figures);
  figures_print_header ();
  if (self->checkpoints->len > 0)
    figures_print (&g_array_index (self->checkpoints, Figures, 0));
  figures_print (&figures);
  fprintf (stderr, "soak: %d processes, %d domains, %u zombies, %u sockets, pipes and the like, before the start %u\n",
           machine_counts.processes, machine_counts.domains, figures.zombies, figures.ends, self->before.ends);
  figures_print_fds ();
  soak_enter (self, PHASE_OVER);
}

static gboolean
tick_cb (gpointer user_data)
{
  Soak *self = user_data;

  if (self->interrupted && self->phase < PHASE_END)
    soak_enter (self, PHASE_END);

  switch (self->phase)
    {
    case PHASE_BUSY:
      soak_be_busy (self);
      break;

    case PHASE_CALM:
      if (all_machines (self, machine_calm_down))
        soak_enter (self, PHASE_CHECK);
      break;

    case PHASE_CHECK:
      if (all_machines (self, machine_is_checked))
        soak_enter (self, PHASE_MEASURE);
      break;

    case PHASE_MEASURE:
      soak_measure (self);
      break;

    case PHASE_END:
      soak_end (self);
      break;

    case PHASE_OVER:
    default:
      break;
    }

  if (self->phase != PHASE_BUSY && self->phase != PHASE_OVER &&
      g_get_monotonic_time () - self->phase_began > SOAK_PATIENCE_SECONDS * G_USEC_PER_SEC)
    soak_give_up (self);
  if (self->phase == PHASE_OVER)
    g_main_loop_quit (self->loop);

  return self->phase == PHASE_OVER ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

/* The first time all comes to its end in order; the second time it is left to the system. */
static gboolean
interrupt_cb (gpointer user_data)
{
  Soak *self = user_data;

  if (self->interrupted)
    _exit (130);

  fprintf (stderr, "soak: interrupted, ending all machines\n");
  self->interrupted = TRUE;

  return G_SOURCE_CONTINUE;
}

/* ---------------------------------------------------------------- the whole */

static void
remove_folder (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_unlink (file);
    }
  g_rmdir (path);
}

static void
soak_run (Soak       *self,
          const char *program)
{
  unsigned signals[2];

  self->loop = g_main_loop_new (NULL, FALSE);
  self->checkpoints = g_array_new (FALSE, FALSE, sizeof (Figures));
  self->machines = g_ptr_array_new_with_free_func ((GDestroyNotify) machine_free);
  for (int i = 0; i < option_machines; i++)
    g_ptr_array_add (self->machines, machine_new (i, program, self->folder, self->rand));
  figures_read (&self->before);
  hands_begin (option_hands, program, self->folder);

  self->began = g_get_monotonic_time ();
  self->next_checkpoint = self->began + option_checkpoint * G_USEC_PER_SEC;
  self->end = self->began + (gint64) (minutes * 60e6);
  signals[0] = g_unix_signal_add (SIGINT, interrupt_cb, self);
  signals[1] = g_unix_signal_add (SIGTERM, interrupt_cb, self);
  g_timeout_add (TICK_MS, tick_cb, self);
  figures_print_header ();
  g_main_loop_run (self->loop);

  hands_end ();
  g_source_remove (signals[0]);
  g_source_remove (signals[1]);
  g_ptr_array_unref (self->machines);
  g_main_loop_unref (self->loop);
}

static void
soak_sum_up (Soak *self)
{
  g_autofree char *counts = op_describe_counts ();

  if (!self->interrupted)
    figures_judge (self->checkpoints);
  if (!self->interrupted && self->checkpoints->len < 2)
    soak_fail ("there were %u checkpoints; the run was too short for a comparison", self->checkpoints->len);
  printf ("operations: %s\n", counts);
  printf ("machines: %" G_GUINT64_FORMAT " started, %" G_GUINT64_FORMAT " failed to start, %" G_GUINT64_FORMAT
          " told to end (%" G_GUINT64_FORMAT " crashed and %" G_GUINT64_FORMAT " hung instead), %" G_GUINT64_FORMAT
          " killed, %" G_GUINT64_FORMAT " times stopped\n",
          machine_counts.starts, machine_counts.failed_starts, machine_counts.quits, machine_counts.crashes,
          machine_counts.stuck, machine_counts.kills, machine_counts.freezes);
  printf ("%" G_GUINT64_FORMAT " events; second monitors: %" G_GUINT64_FORMAT " opened, %" G_GUINT64_FORMAT
          " of them again\n", machine_counts.events, machine_counts.opened, machine_counts.reopened);
  printf ("%s: %" G_GUINT64_FORMAT " operations in %.1f minutes, %u wrong%s\n",
          soak_count_failures () == 0 ? "ok" : "FAILED", op_count (),
          (g_get_monotonic_time () - self->began) / 60e6, soak_count_failures (),
          self->interrupted ? ", interrupted" : "");
}

/* Caches of GLib's and of each thread, and heaps of threads, would make memory depend on who did what. It is too late for
 * that when main() is called, so this program begins once more. */
static void
measure_exactly (char **argv)
{
  g_autofree char *path = g_file_read_link ("/proc/self/exe", NULL);

#ifdef __GLIBC__
  mallopt (M_ARENA_MAX, 1);
  mallopt (M_MXFAST, 0);
#endif
  if (path != NULL && g_getenv ("G_SLICE") == NULL && g_setenv ("G_SLICE", "always-malloc", TRUE) &&
      g_setenv ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", TRUE))
    execv (path, argv);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GOptionContext) context = g_option_context_new ("[MINUTES]");
  g_autoptr(GError) error = NULL;
  g_autofree char *program = NULL;
  Soak soak = { 0 };

  measure_exactly (argv);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_set_summary (context, "Starts, drives, stops and kills QEMUs at random (for 10 minutes).");
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 2 ||
      (argc == 2 && (minutes = g_ascii_strtod (argv[1], NULL)) <= 0))
    {
      fprintf (stderr, "soak: %s\n", error != NULL ? error->message : "how many minutes?");
      return 2;
    }

  program = g_find_program_in_path (g_getenv ("QEMU_SYSTEM") != NULL ? g_getenv ("QEMU_SYSTEM") : "qemu-system-x86_64");
  if (program == NULL)
    {
      printf ("there is no QEMU\n");
      return 77;
    }
  soak.folder = g_dir_make_tmp ("qemu-soak-XXXXXX", &error);
  if (soak.folder == NULL)
    g_error ("%s", error->message);

  if (option_seed < 0)
    option_seed = g_random_int ();
  soak.rand = g_rand_new_with_seed (option_seed);
  printf ("%s, %d machines, %d threads, %g acts per second, seed %" G_GINT64_FORMAT "\n", program, option_machines,
          option_hands, option_rate, option_seed);

  soak_run (&soak, program);
  soak_sum_up (&soak);
  remove_folder (soak.folder);
  g_array_unref (soak.checkpoints);
  g_rand_free (soak.rand);
  g_free (soak.folder);

  return soak_count_failures () == 0 ? 0 : 1;
}
