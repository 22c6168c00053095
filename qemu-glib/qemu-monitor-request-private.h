/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qemu-monitor-request.h"

G_BEGIN_DECLS

/* The request ends @task (with a GBytes, or an error) in the task's context, once: by its answer, or by an error when
 * @timeout_ms are over (0: never), the task's cancellable is cancelled, or the request is dropped unanswered. */
QemuMonitorRequest *qemu_monitor_request_new (QemuCommand *command,
                                              unsigned     timeout_ms,
                                              GTask       *task);

G_END_DECLS
