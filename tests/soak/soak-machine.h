/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine, for the three files that are about it. */

#pragma once

#include "soak.h"

G_BEGIN_DECLS

typedef enum
{
  STATE_DOWN,
  STATE_STARTING,
  STATE_UP,
  STATE_ENDING
} State;

/* What a process may end with. */
enum
{
  EXIT_WELL   = 1 << 0,
  EXIT_FAILED = 1 << 1,                 /* status 1: it did not like its arguments */
  EXIT_KILLED = 1 << 2,                 /* SIGKILL */
  EXIT_CRASH  = 1 << 3                  /* any other signal */
};

/* In good order, as far as QEMU manages that: with commands under way some crash, and others hang. */
#define EXIT_POLITE (EXIT_WELL | EXIT_CRASH)

typedef enum
{
  FREEZE_NONE,
  FREEZE_ASKED,                         /* the signal has been sent */
  FREEZE_SOLID                          /* and has had its effect */
} Freeze;

/* How it starts. */
typedef enum
{
  START_PLAIN,
  START_IN_THREAD,
  START_CANCELLED,
  START_KILLED,
  START_BAD_ARGUMENT,
  START_NO_PROGRAM
} StartKind;

/* Whether it shows what is so. */
typedef enum
{
  CHECK_BEGIN,                          /* it is stopped and goes on, so that there are events, and its status is known */
  CHECK_ASK,
  CHECK_WAIT,
  CHECK_PASSED
} Check;

struct _Machine
{
  unsigned      number;
  const char   *program;
  const char   *folder;
  GRand        *rand;

  State         state;
  gint64        next_start;             /* when it is down */
  int           pending;                /* atomic; operations that are under way, and hands at work */

  QemuProcess  *process;
  int           pid;                    /* as long as it may be there */
  StartKind     start_kind;
  gpointer      start_op;
  GError       *start_error;
  gboolean      waiting;
  unsigned      n_exited;
  gboolean      exit_told;              /* its signal has to come, as its object has not been dropped */
  unsigned      may_exit;
  gint64        end_since;              /* when it was told to end */
  gint64        shutdown_since;

  Link         *main;
  GListModel   *lists[3];               /* disks, jobs, block jobs; or NULL, where nobody looks */
  unsigned      n_changes;

  char         *second_uri;             /* once it is known; else NULL */
  QemuDomain   *second_domain;
  Link         *second;
  gboolean      second_busy;            /* it is being opened or closed */

  Freeze        freeze;
  int           freeze_count;           /* atomic; odd: frozen */
  gint64        thaw_at;                /* 0: not again */

  Check         check;
  char         *difference;             /* what it shows, and what is so */
};

/* soak-machine.c */
gint64  machine_later        (Machine      *self,
                              int           min_ms,
                              int           max_ms);
void    machine_watch        (Machine      *self,
                              QemuDomain   *domain);
void    machine_unwatch      (Machine      *self,
                              QemuDomain   *domain);

/* soak-ends.c */
void    freeze_begin         (Machine      *self);
/* From now on it may answer. */
void    freeze_end           (Machine      *self);
void    freeze_tick          (Machine      *self,
                              gboolean      calm);
/* From now on its connections may be lost. */
void    machine_doom         (Machine      *self);
void    machine_begin_end    (Machine      *self);
void    machine_shut_down    (Machine      *self);
void    machine_kill_stuck   (Machine      *self);

/* soak-second.c */
char   *second_make_chardev  (Machine      *self);
void    second_find          (Machine      *self);
void    second_change        (Machine      *self);
void    second_close         (Machine      *self);
void    second_drop_domain   (Machine      *self);
void    second_tick          (Machine      *self);
void    second_forget        (Machine      *self);

G_END_DECLS
