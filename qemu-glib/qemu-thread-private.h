/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each thread that talks to QEMU has for itself. */

#pragma once

#include "qemu-json-private.h"

G_BEGIN_DECLS

/* How much is read at once. The buffer is the thread's, so that an idle channel owns none. */
#define QEMU_THREAD_SCRATCH_SIZE 65536

typedef struct
{
  gatomicrefcount  ref_count;

  /* The thread sleeps on it: readable once somebody has called qemu_thread_wake(). -1 until it is first needed, and
   * while there are no descriptors left. */
  int              wakeup_fd;
  int              wakeup_write_fd;
  int              woken;

  /* For the thread alone. */
  QemuJson         json;
  const GBytes    *parsed;              /* the reply that `json` has the tokens of; only where a synchronous call, of
                                         * the library's own, has just come back with it */
  char            *scratch;
  GMainContext    *wait_context;        /* see wait_on_stream() */
  gpointer         sync;
  GDestroyNotify   free_sync;
} QemuThread;

QemuThread *qemu_thread_get            (void);
QemuThread *qemu_thread_ref            (QemuThread  *self);
void        qemu_thread_unref          (gpointer     self);

/* How long a thread sleeps at most that could not be given a descriptor: then it looks by itself. */
#define QEMU_THREAD_BLIND_MS 10

/* Before the thread sleeps or is made known to others. */
void        qemu_thread_prepare_wakeup (QemuThread  *self);
/* From any thread, under any lock. One too many is harmless: whoever sleeps looks again. */
void        qemu_thread_wake           (QemuThread  *self);
/* By the thread itself, before it looks at what it was woken for. */
void        qemu_thread_consume_wakeup (QemuThread  *self);

G_END_DECLS
