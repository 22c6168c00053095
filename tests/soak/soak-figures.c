/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this process has: memory, descriptors, threads, children. */

#include "config.h"

#include <dirent.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "soak.h"

/* By how much memory may grow from the first checkpoint to the last one, by the line that fits best. Those of the first
 * quarter, and of the first minutes, do not count: then caches and threads have had the largest reply, and the worst
 * moment. */
#define MAX_GROWTH_KIB  1024
#define WARM_UP         4
#define WARM_UP_MINUTES 3

/* A line through fewer points than these says nothing. */
#define MIN_CHECKPOINTS 5

/* A domain keeps the file of a picture of the screen when QEMU may still have it. How many that are is a matter of
 * chance, but all have to be gone in the end. */
#define KEPT "/memfd:"

#if defined (__has_feature)
# if __has_feature (address_sanitizer) || __has_feature (thread_sanitizer)
#  define SOAK_SANITIZED 1
# endif
#endif
#if defined (__SANITIZE_ADDRESS__) || defined (__SANITIZE_THREAD__)
# define SOAK_SANITIZED 1
#endif

typedef void (*EntryFunc) (const char *name,
                           gpointer    user_data);

static void
for_each_entry (const char *path,
                EntryFunc   func,
                gpointer    user_data)
{
  struct dirent *entry;
  DIR *dir = opendir (path);

  if (dir == NULL)
    return;

  while ((entry = readdir (dir)) != NULL)
    if (entry->d_name[0] != '.')
      func (entry->d_name, user_data);
  closedir (dir);
}

static void
count_fd_cb (const char *name,
             gpointer    user_data)
{
  static const char * const ends[] = { "socket:", "pipe:", "anon_inode:[pidfd]", KEPT };
  Figures *figures = user_data;
  g_autofree char *path = g_build_filename ("/proc/self/fd", name, NULL);
  g_autofree char *target = g_file_read_link (path, NULL);

  figures->fds += target == NULL || !g_str_has_prefix (target, KEPT);
  for (unsigned i = 0; i < G_N_ELEMENTS (ends); i++)
    figures->ends += target != NULL && g_str_has_prefix (target, ends[i]);
}

static void
count_child (Figures    *figures,
             const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "stat", NULL);
  g_autofree char *stat = NULL;

  figures->children++;
  if (g_file_get_contents (path, &stat, NULL, NULL) && strstr (stat, ") Z ") != NULL)
    figures->zombies++;
}

static void
count_thread_cb (const char *name,
                 gpointer    user_data)
{
  Figures *figures = user_data;
  g_autofree char *path = g_build_filename ("/proc/self/task", name, "children", NULL);
  g_autofree char *text = NULL;
  g_auto(GStrv) pids = NULL;

  figures->threads++;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return;

  pids = g_strsplit (g_strchomp (text), " ", -1);
  for (unsigned i = 0; pids[i] != NULL; i++)
    if (*pids[i] != '\0')
      count_child (figures, pids[i]);
}

static void
read_memory (Figures *figures)
{
#ifndef SOAK_SANITIZED
  g_autofree char *statm = NULL;
  unsigned long total, resident;

#ifdef __GLIBC__
  malloc_trim (0);
  figures->heap_kib = mallinfo2 ().uordblks / 1024;
#endif
  if (g_file_get_contents ("/proc/self/statm", &statm, NULL, NULL) &&
      sscanf (statm, "%lu %lu", &total, &resident) == 2)
    figures->resident_kib = resident * (sysconf (_SC_PAGESIZE) / 1024);
#endif
}

void
figures_read (Figures *self)
{
  *self = (Figures) { 0 };
  for_each_entry ("/proc/self/fd", count_fd_cb, self);
  self->fds--;                          /* the folder that was being read */
  for_each_entry ("/proc/self/task", count_thread_cb, self);
  read_memory (self);
}

static void
print_fd_cb (const char *name,
             gpointer    user_data)
{
  g_autofree char *path = g_build_filename ("/proc/self/fd", name, NULL);
  g_autofree char *target = g_file_read_link (path, NULL);

  fprintf (stderr, " %s=%s", name, target);
}

void
figures_print_fds (void)
{
  fprintf (stderr, "soak: descriptors:");
  for_each_entry ("/proc/self/fd", print_fd_cb, NULL);
  fprintf (stderr, "\n");
}

gboolean
figures_are_flat (const Figures *self,
                  const Figures *first)
{
  return self->fds == first->fds && self->threads == first->threads && self->children == first->children &&
         self->zombies == 0;
}

void
figures_print_header (void)
{
  printf ("%7s %11s %7s %7s %8s %8s %5s %8s %9s\n", "minute", "operations", "starts", "kills", "RSS/KiB", "heap/KiB",
          "fds", "threads", "children");
  fflush (stdout);
}

void
figures_print (const Figures *self)
{
  printf ("%7.1f %11" G_GUINT64_FORMAT " %7" G_GUINT64_FORMAT " %7" G_GUINT64_FORMAT " %8" G_GSIZE_FORMAT " %8"
          G_GSIZE_FORMAT " %5u %8u %9u\n", self->minute, self->operations, self->starts, self->kills,
          self->resident_kib, self->heap_kib, self->fds, self->threads, self->children);
  fflush (stdout);
}

/* ---------------------------------------------------------------- the line */

typedef double (*FigureFunc) (const Figures *figures);

static double
get_resident (const Figures *figures)
{
  return figures->resident_kib;
}

static double
get_heap (const Figures *figures)
{
  return figures->heap_kib;
}

/* Least squares: by how much it grows from the first point to the last. */
static double
fit_growth (const Figures *points,
            unsigned       n_points,
            FigureFunc     get)
{
  double n = n_points, x = 0, y = 0, xx = 0, xy = 0;

  for (unsigned i = 0; i < n_points; i++)
    {
      double minute = points[i].minute - points[0].minute, value = get (&points[i]);

      x += minute;
      y += value;
      xx += minute * minute;
      xy += minute * value;
    }

  return (n * xy - x * y) / (n * xx - x * x) * (points[n_points - 1].minute - points[0].minute);
}

void
figures_judge (GArray *checkpoints)
{
  static const struct
  {
    const char *name;
    FigureFunc  get;
  } memory[] = { { "RSS", get_resident }, { "heap", get_heap } };
  unsigned first = checkpoints->len / WARM_UP, n;
  const Figures *points = &g_array_index (checkpoints, Figures, 0);

  while (first < checkpoints->len && points[first].minute < WARM_UP_MINUTES)
    first++;
  n = checkpoints->len - first;
  points += first;
  if (n < MIN_CHECKPOINTS || points->resident_kib == 0)
    {
      printf ("memory: not judged%s\n", n < MIN_CHECKPOINTS ? ", the run was too short" : "");
      return;
    }

  for (unsigned i = 0; i < G_N_ELEMENTS (memory); i++)
    {
      double growth = fit_growth (points, n, memory[i].get);

      printf ("%s: %+.0f KiB from minute %.1f on, by the line through %u checkpoints; %d are allowed\n",
              memory[i].name, growth, points->minute, n, MAX_GROWTH_KIB);
      if (growth > MAX_GROWTH_KIB)
        soak_fail ("%s grows: %.0f KiB", memory[i].name, growth);
    }
}
