/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the measuring programs in C have in common.
 *
 *     PROGRAM SOCKET ROW COUNT [NUMBER]
 *
 * does what ROW names COUNT times and prints a figure in each line: its name and its value. `cpu` and `wall` are
 * microseconds of this process for one time. NUMBER is how many of something: in flight, devices, domains.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  const char *name;
  void      (*run) (const char *socket,
                    unsigned    count,
                    unsigned    number);
} BenchRow;

int    bench_main          (int              argc,
                            char           **argv,
                            const BenchRow  *rows);

/* Ends the program when there is an @error. */
void   bench_check         (const GError    *error);
void   bench_fail          (const char      *what) G_GNUC_NORETURN;

/* What is between these two is measured. */
void   bench_begin         (void);
void   bench_end           (unsigned         count);
void   bench_print         (const char      *name,
                            double           value);

/* What this process has in memory, in bytes. */
double bench_get_resident  (void);

G_END_DECLS
