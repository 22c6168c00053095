/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One source per main context, for all channels that deliver there. */

#pragma once

#include "qemu-transport-private.h"

G_BEGIN_DECLS

/* A main context looks at each of its sources in every turn, so ten thousand sources would slow everything it does.
 * A mux is one source: behind it an epoll set with all descriptors, a list of ports that have something to deliver, and
 * a sorted list of alarms. Where there is no epoll, and for streams whose descriptors do not tell when they are ready, a
 * port has a source of its own.
 *
 * A mux has a lock of its own, below which there are only GLib's: its functions may be called under any other lock of
 * the library. The functions of a port are called in the mux's context, without locks.
 */
typedef struct _QemuMux  QemuMux;
typedef struct _QemuPort QemuPort;

typedef struct
{
  /* The transport can be read or written. */
  void     (*io)      (QemuPort *port);
  /* Take one thing, say that the port is idle if there are no more, and deliver it: a callback may run a main loop of
   * its own, which has to find the others. FALSE: not in this turn of the context, and nothing behind it either. */
  gboolean (*deliver) (QemuPort *port);
  /* The time of qemu_port_set_alarm() has come. */
  void     (*alarm)   (QemuPort *port,
                       gint64    now);
  void     (*free)    (QemuPort *port);
} QemuPortFuncs;

/* To be embedded: what a mux knows of one of those it serves. */
struct _QemuPort
{
  const QemuPortFuncs *funcs;
  QemuMux             *mux;
  gatomicrefcount      ref_count;

  /* the mux's lock */
  GIOCondition         condition;       /* what the transport is watched for */
  int                  in_fd;           /* in the epoll set, or -1 … */
  int                  out_fd;          /* … where it is another one, and watched */
  GSource             *source;          /* or a source of its own */
  gboolean             not_by_epoll;    /* which was tried */
  GList                hungry_link;
  gboolean             hungry;          /* in the mux's list of those that have more to read, likewise */
  GList                ready_link;
  gboolean             ready;           /* in the mux's list, which then holds a reference */
  GSequenceIter       *alarm_iter;      /* among the mux's alarms, likewise */
  gint64               alarm_time;
};

QemuMux      *qemu_mux_get         (GMainContext        *context);
void          qemu_mux_unref       (QemuMux             *self);
/* For tests: how it is where there is no epoll, for each mux that is made from now on. */
void          qemu_mux_use_epoll   (gboolean             use);
GMainContext *qemu_mux_get_context (QemuMux             *self);
/* Is the context asleep (or about to be), so that stirring its sockets would wake it? A hint, from any thread. */
gboolean      qemu_mux_is_polling  (QemuMux             *self);

void          qemu_port_init       (QemuPort            *port,
                                    const QemuPortFuncs *funcs,
                                    GMainContext        *context);
QemuPort     *qemu_port_ref        (QemuPort            *port);
void          qemu_port_unref      (QemuPort            *port);
/* Watches @transport for @condition from now on; 0: not at all, for the moment. */
void          qemu_port_watch      (QemuPort            *port,
                                    QemuTransport       *transport,
                                    GIOCondition         condition);
/* Before the transport is closed: forgets it for good. */
void          qemu_port_unwatch    (QemuPort            *port);
/* Has deliver() called, soon, and wakes the context for it. */
void          qemu_port_make_ready (QemuPort            *port);
/* Until it is made ready again. Whoever calls has another reference. */
void          qemu_port_make_idle  (QemuPort            *port);
/* Has alarm() called at @when (monotonic time, µs), or earlier. */
void          qemu_port_set_alarm  (QemuPort            *port,
                                    gint64               when);
/* Nothing is called any more for @port, except what has begun. */
void          qemu_port_retire     (QemuPort            *port);

/* A time to wait for that needs no source. It is set up once. */
typedef struct
{
  QemuPort   port;
  void     (*func) (gpointer user_data);
  gpointer   user_data;
} QemuTimer;

/* Calls @func after @timeout_ms, once, in the thread-default context of the caller. */
QemuTimer    *qemu_timer_new       (unsigned             timeout_ms,
                                    void               (*func) (gpointer user_data),
                                    gpointer             user_data);
/* Has it called as soon as possible. From any thread. */
void          qemu_timer_hurry     (QemuTimer           *self);
/* Ends it, if there is one, and forgets it: it is not called any more. In its context. */
void          qemu_timer_clear     (QemuTimer          **self);

G_END_DECLS
