/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qemu-socket-monitor.h"

G_BEGIN_DECLS

/* What the next open is to use; a connection that there still is ends. Not while the monitor is being opened. */
void qemu_socket_monitor_set_stream (QemuSocketMonitor *self,
                                     GIOStream         *stream);

G_END_DECLS
