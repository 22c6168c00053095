/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real QEMUs that are started, driven, stopped and killed at random, for as long as one likes. */

#pragma once

#include <qemu-glib/qemu-glib.h>

G_BEGIN_DECLS

/* No wait of ours is longer. It is far beyond what a busy machine needs. */
#define SOAK_PATIENCE_SECONDS 180
#define SOAK_PATIENCE_MS      (1000 * SOAK_PATIENCE_SECONDS)

/* ---------------------------------------------------------------- soak-check.c: what may become of an operation */

/* How an operation has ended. What QEMU itself says is OUTCOME_QEMU (its code). */
enum
{
  OUTCOME_OK        = 1 << 0,
  OUTCOME_CANCELLED = 1 << 1,
  OUTCOME_TIMED_OUT = 1 << 2,
  OUTCOME_LOST      = 1 << 3,           /* the connection has ended, or was not there */
  OUTCOME_GONE      = 1 << 4,           /* nobody listens there */
  OUTCOME_BUSY      = 1 << 5,           /* somebody listens, and says nothing */
  OUTCOME_NO_WAY    = 1 << 6,           /* it is not supported */
  OUTCOME_STRANGE   = 1 << 7,           /* anything else; it is never right */

  /* No outcomes: this one needs no answer of QEMU's, so a stopped QEMU does not keep it from ending well; and this one
   * connects, so it may find nobody when QEMU ends. */
  NEEDS_NO_ANSWER   = 1 << 29,
  CONNECTS          = 1 << 30
};
#define OUTCOME_QEMU(code) (1u << (8 + (code)))
#define OUTCOME_GENERIC    OUTCOME_QEMU (QEMU_ERROR_GENERIC)

typedef struct _Machine Machine;

/* One time that a domain is open, or is to be. */
typedef struct
{
  Machine    *machine;
  QemuDomain *domain;
  gboolean    passes_files;             /* it is a socket of this system */
  int         doomed;                   /* atomic; from now on it may end at any time */
  gboolean    opened;
  gboolean    closing;                  /* by us */
  unsigned    n_closed;                 /* how often its end was told */
} Link;

Link     *link_new            (Machine    *machine,
                               QemuDomain *domain,
                               gboolean    passes_files);
Link     *link_ref            (Link       *self);
void      link_unref          (Link       *self);
void      link_doom           (Link       *self);
gboolean  link_is_doomed      (Link       *self);
/* Has its end been told, if it was open? */
gboolean  link_is_over        (Link       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Link, link_unref)

/* Each operation is announced with the outcomes that are right. That it was cancelled or lost is right, too, where it
 * has been. The number is for op_end(), which is to be called once, from any thread. @link may be NULL. */
gpointer  op_begin            (Machine      *machine,
                               Link         *link,
                               const char   *what,
                               unsigned      may,
                               GCancellable *cancellable);
Machine  *op_get_machine      (gpointer      op);
unsigned  op_end              (gpointer      op,
                               const GError *error);
guint64   op_count            (void);
unsigned  op_count_pending    (void);
void      op_print_pending    (void);
char     *op_describe_counts  (void);

void      soak_fail           (const char *format,
                               ...) G_GNUC_PRINTF (1, 2);
unsigned  soak_count_failures (void);

/* ---------------------------------------------------------------- soak-calls.c: single calls, in the main context */

/* Begins one at random. */
void      calls_begin         (Link         *link,
                               GRand        *rand);
void      cancel_later        (GCancellable *cancellable,
                               unsigned      milliseconds);
gboolean  chance              (GRand        *rand,
                               unsigned      percent);

/* ---------------------------------------------------------------- soak-hands.c: sequences of calls, in threads */

void      hands_begin         (unsigned      n_hands,
                               const char   *program,
                               const char   *folder);
void      hands_end           (void);
/* Have they so much to do that more makes no sense? */
gboolean  hands_are_busy      (void);
void      hands_act           (Link         *link,
                               GRand        *rand,
                               const char   *second_uri);
/* Has a hand make a call that waits, in its thread; @done is called in the main context. */
typedef void (*HandsFunc)     (gpointer      data);
void      hands_call          (HandsFunc     call,
                               HandsFunc     done,
                               gpointer      data);

/* ---------------------------------------------------------------- soak-machine.c: the life of a QEMU */

Machine  *machine_new          (unsigned     number,
                                const char  *program,
                                const char  *folder,
                                GRand       *rand);
/* It has to be down. */
void      machine_free         (Machine     *self);
unsigned  machine_get_number   (Machine     *self);
void      machine_add_pending  (Machine     *self,
                                int          n);
/* Odd as long as its process is known to be stopped; another one each time. */
int       machine_get_freeze   (Machine     *self);
/* Takes the next step of what is under way; with @calm nothing new is begun. */
void      machine_tick         (Machine     *self,
                                gboolean     calm);
/* Does something at random. */
void      machine_act          (Machine     *self);
/* For a checkpoint: it runs, has one monitor, and nothing is under way. Take steps, and tell whether it is so. */
gboolean  machine_calm_down    (Machine     *self);
/* What it shows of itself is what it is: ask, and tell whether that has been seen. */
gboolean  machine_is_checked   (Machine     *self);
/* For the end: take steps, and tell whether it is down. */
gboolean  machine_end          (Machine     *self);
char     *machine_describe     (Machine     *self);

typedef struct
{
  guint64 starts, failed_starts, quits, kills, crashes, stuck, freezes, events, opened, reopened;
  int     processes, domains;           /* objects that are alive */
} MachineCounts;

extern MachineCounts machine_counts;

/* ---------------------------------------------------------------- soak-figures.c: what this process has */

typedef struct
{
  double   minute;
  guint64  operations, starts, kills;
  gsize    resident_kib, heap_kib;      /* 0 where a sanitizer makes them meaningless */
  unsigned fds, ends, threads, children, zombies;   /* ends: descriptors of something of a machine's */
} Figures;

void      figures_read         (Figures       *self);
/* What is to be the same at each checkpoint, is it? */
gboolean  figures_are_flat     (const Figures *self,
                                const Figures *first);
void      figures_print_header (void);
void      figures_print        (const Figures *self);
/* Fits a line and tells whether memory grows by more than it may. */
void      figures_judge        (GArray        *checkpoints);
/* Names each descriptor. */
void      figures_print_fds    (void);

G_END_DECLS
