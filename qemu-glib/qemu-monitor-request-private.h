/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qemu-monitor-request.h"

G_BEGIN_DECLS

/* Who ends the wait when it is cancelled or takes too long: the request, or the class that it is made for, which then
 * answers soon. */
typedef enum
{
  QEMU_REQUEST_UNWATCHED,
  QEMU_REQUEST_WATCHED
} QemuRequestWatch;

/* The request ends @task (with a GBytes, or an error) in the task's context, once: by its answer, by an error when it
 * is dropped unanswered, or, if it is watched, when @timeout_ms are over (0: never), the task's cancellable is
 * cancelled, or @lost, which may be NULL: the connection has ended. */
QemuMonitorRequest *qemu_monitor_request_new (QemuCommand      *command,
                                              QemuRequestWatch  watch,
                                              unsigned          timeout_ms,
                                              GCancellable     *lost,
                                              GTask            *task);

/* Something for whoever is answered: the task's data. Before the answer; freed with the task. */
void                qemu_monitor_request_set_data (QemuMonitorRequest *self,
                                                   gpointer            data,
                                                   GDestroyNotify      free_data);

G_END_DECLS
