/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a monitor of the library's own knows beyond the public class. */

#pragma once

#include "qemu-channel-private.h"
#include "qemu-monitor.h"

G_BEGIN_DECLS

/* A monitor that has a channel offers the short way to run a command, without a request object; its class has this
 * table in `wire`. The text is the command's (qemu_command_get_text()). */
typedef struct
{
  /* From any thread. Is there still a connection? It may be lost before the monitor's context has heard of it. */
  gboolean  (*is_alive)  (QemuMonitor           *self);
  /* The attempt to open is good: @data, which came with its answer (qemu_monitor_request_set_data()), is what the
   * monitor uses from now on. It tells of that by qemu_monitor_deliver_opened(), and then of the events that came
   * meanwhile. Under the monitor's lock. */
  void      (*commit)    (QemuMonitor           *self,
                          gpointer               data);
  GBytes   *(*run)       (QemuMonitor           *self,
                          const char            *text,
                          gsize                  length,
                          unsigned               timeout_ms,
                          GCancellable          *cancellable,
                          GError               **error);
  /* Takes @file, a descriptor or -1. */
  void      (*run_async) (QemuMonitor           *self,
                          const char            *text,
                          gsize                  length,
                          int                    file,
                          unsigned               timeout_ms,
                          GCancellable          *cancellable,
                          QemuChannelReplyFunc   callback,
                          gpointer               user_data);
  /* See qemu_channel_attend(). NULL: there is no connection. */
  QemuInbox *(*attend)   (QemuMonitor           *self);
  /* May this command be run out-of-band? */
  gboolean  (*check_overtaking) (QemuMonitor    *self,
                                 const char     *name,
                                 GError        **error);
} QemuMonitorWire;

/* The context that the monitor was made in: signals come there. */
GMainContext *qemu_monitor_get_context    (QemuMonitor   *self);
/* Another number each time that the monitor is opened. */
unsigned      qemu_monitor_get_connection (QemuMonitor   *self);
/* Runs a command without a task: for those who have one of their own, which was made in the same turn of the context.
 * @callback takes what it is given, and may be called at once. */
void          qemu_monitor_start_run      (QemuMonitor          *self,
                                           QemuCommand          *command,
                                           GCancellable         *cancellable,
                                           QemuChannelReplyFunc  callback,
                                           gpointer              user_data);
/* As qemu_monitor_run(); the thread may have the reply's tokens still, see QemuThread.parsed. */
GBytes       *qemu_monitor_run_parsed     (QemuMonitor          *self,
                                           QemuCommand          *command,
                                           GCancellable         *cancellable,
                                           GError              **error);
/* Says in the error of a command which it was, and of whom. Takes @error. */
GError       *qemu_monitor_name_error     (QemuMonitor   *self,
                                           QemuCommand   *command,
                                           GError        *error);
/* Whom to name in errors. */
void          qemu_monitor_set_label      (QemuMonitor   *self,
                                           const char    *label);
char         *qemu_monitor_dup_label      (QemuMonitor   *self);

/* Tells of each event as soon as it has been read, in the order of the wire and in whatever thread has read it, and
 * with NULL of the end of the connection, or of the QEMU behind it. Other locks may be held: it may take note, and
 * wake somebody. */
typedef void (*QemuWitnessFunc) (const QemuEventText *event,
                                 gpointer             user_data);

void          qemu_monitor_add_witness    (QemuMonitor     *self,
                                           QemuWitnessFunc  func,
                                           gpointer         user_data);
/* When it returns, the witness is not called any more. */
void          qemu_monitor_remove_witness (QemuMonitor     *self,
                                           gpointer         user_data);
/* For the classes that read: an event, or NULL for the end of the connection. Returns its number among those, which
 * @event gets, too. */
guint64       qemu_monitor_tell_witnesses (QemuMonitor     *self,
                                           QemuEventText   *event);
/* From now on events are read also in the thread-default context of this call, until qemu_monitor_leave(). */
QemuInbox    *qemu_monitor_attend         (QemuMonitor     *self);
void          qemu_monitor_leave          (QemuInbox       *inbox);

/* An event on its way to those who listen. An object is made of it for the first who wants one. */
typedef struct
{
  QemuEventText *text;
  GQuark         detail;                /* 0: nobody has ever listened for an event of this name */
  QemuEvent     *event;
} QemuDelivery;

/* Emits @signal_id of @instance, which has the event for its only argument, if somebody listens. */
void          qemu_delivery_emit          (QemuDelivery    *self,
                                           gpointer         instance,
                                           unsigned         signal_id);

/* Tells of each event in the monitor's own context, before [signal@Monitor::event]. */
typedef void (*QemuListenerFunc) (gpointer      listener,
                                  QemuDelivery *delivery);

/* @link is a GWeakRef to the listener, in an atomic rc box. */
void          qemu_monitor_add_listener    (QemuMonitor     *self,
                                            QemuListenerFunc func,
                                            GWeakRef        *link);
void          qemu_monitor_remove_listener (QemuMonitor     *self,
                                            GWeakRef        *link);

/* Whether the class takes pictures of the screen by itself. */
gboolean      qemu_monitor_takes_pictures    (QemuMonitor         *self);
void          qemu_monitor_take_picture_async (QemuMonitor         *self,
                                               QemuCommand         *command,
                                               GCancellable        *cancellable,
                                               GAsyncReadyCallback  callback,
                                               gpointer             user_data);
GBytes       *qemu_monitor_take_picture_finish (QemuMonitor        *self,
                                                GAsyncResult       *result,
                                                GError            **error);

/* A command has a file, and there is no way to pass it. */
GError       *qemu_monitor_no_files_error_new (void);

/* In the monitor's own context. */
void          qemu_monitor_deliver_opened (QemuMonitor   *self);
void          qemu_monitor_deliver_event  (QemuMonitor   *self,
                                           QemuEventText *text);
void          qemu_monitor_deliver_closed (QemuMonitor   *self,
                                           guint64        number,
                                           const GError  *error);

G_END_DECLS
