/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static struct timespec cpu_begin, wall_begin;

int
bench_main (int              argc,
            char           **argv,
            const BenchRow  *rows)
{
  struct rlimit limit;
  unsigned count = argc > 3 ? strtoul (argv[3], NULL, 10) : 0;
  unsigned number = argc > 4 ? strtoul (argv[4], NULL, 10) : 1;

  if (count == 0 || number == 0 || argc > 5)
    {
      fprintf (stderr, "usage: %s SOCKET ROW COUNT [NUMBER]\n", argv[0]);
      return 2;
    }
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
    }

  g_set_prgname (argv[0]);
  for (; rows->name != NULL; rows++)
    if (strcmp (rows->name, argv[2]) == 0)
      {
        rows->run (argv[1], count, number);
        return 0;
      }
  fprintf (stderr, "%s: there is no row %s\n", argv[0], argv[2]);
  return 2;
}

void
bench_fail (const char *what)
{
  fprintf (stderr, "%s: %s\n", g_get_prgname (), what);
  exit (1);
}

void
bench_check (const GError *error)
{
  if (error != NULL)
    bench_fail (error->message);
}

void
bench_begin (void)
{
  clock_gettime (CLOCK_MONOTONIC, &wall_begin);
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &cpu_begin);
}

static double
microseconds (const struct timespec *begin,
              const struct timespec *end)
{
  return (end->tv_sec - begin->tv_sec) * 1e6 + (end->tv_nsec - begin->tv_nsec) / 1e3;
}

void
bench_end (unsigned count)
{
  struct timespec cpu_end, wall_end;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &cpu_end);
  clock_gettime (CLOCK_MONOTONIC, &wall_end);
  bench_print ("cpu", microseconds (&cpu_begin, &cpu_end) / count);
  bench_print ("wall", microseconds (&wall_begin, &wall_end) / count);
}

void
bench_print (const char *name,
             double      value)
{
  printf ("%s %.6g\n", name, value);
}

double
bench_get_resident (void)
{
  FILE *file = fopen ("/proc/self/statm", "r");
  unsigned long total, resident = 0;

  if (file == NULL || fscanf (file, "%lu %lu", &total, &resident) != 2)
    bench_fail ("/proc/self/statm cannot be read");
  fclose (file);

  return (double) resident * sysconf (_SC_PAGESIZE);
}
