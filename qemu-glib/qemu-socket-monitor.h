/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A monitor that speaks QMP over a stream. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <qemu-glib/qemu-monitor.h>

G_BEGIN_DECLS

#define QEMU_TYPE_SOCKET_MONITOR (qemu_socket_monitor_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuSocketMonitor, qemu_socket_monitor, QEMU, SOCKET_MONITOR, QemuMonitor)

QEMU_AVAILABLE_IN_1_0
QemuMonitor *qemu_socket_monitor_new                  (GSocketConnectable  *connectable) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuMonitor *qemu_socket_monitor_new_for_uri          (const char          *uri,
                                                       GError             **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuMonitor *qemu_socket_monitor_new_for_stream       (GIOStream           *stream) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuMonitor *qemu_socket_monitor_new_listening        (GSocketAddress      *address) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
gboolean     qemu_socket_monitor_listen               (QemuSocketMonitor   *self,
                                                       GError             **error);

QEMU_AVAILABLE_IN_1_0
gboolean     qemu_socket_monitor_get_wait_for_peer    (QemuSocketMonitor   *self);
QEMU_AVAILABLE_IN_1_0
void         qemu_socket_monitor_set_wait_for_peer    (QemuSocketMonitor   *self,
                                                       gboolean             wait_for_peer);
QEMU_AVAILABLE_IN_1_0
guint64      qemu_socket_monitor_get_max_message_size (QemuSocketMonitor   *self);
QEMU_AVAILABLE_IN_1_0
void         qemu_socket_monitor_set_max_message_size (QemuSocketMonitor   *self,
                                                       guint64              max_message_size);
QEMU_AVAILABLE_IN_1_0
gboolean     qemu_socket_monitor_get_out_of_band      (QemuSocketMonitor   *self);
QEMU_AVAILABLE_IN_1_0
void         qemu_socket_monitor_set_out_of_band      (QemuSocketMonitor   *self,
                                                       gboolean             out_of_band);
QEMU_AVAILABLE_IN_1_0
GSocketAddress *qemu_socket_monitor_get_local_address (QemuSocketMonitor   *self);
QEMU_AVAILABLE_IN_1_0
GTlsDatabase *qemu_socket_monitor_get_tls_database    (QemuSocketMonitor   *self);
QEMU_AVAILABLE_IN_1_0
void         qemu_socket_monitor_set_tls_database     (QemuSocketMonitor   *self,
                                                       GTlsDatabase        *database);
QEMU_AVAILABLE_IN_1_0
GTlsCertificate *qemu_socket_monitor_get_tls_certificate (QemuSocketMonitor *self);
QEMU_AVAILABLE_IN_1_0
void         qemu_socket_monitor_set_tls_certificate  (QemuSocketMonitor   *self,
                                                       GTlsCertificate     *certificate);
QEMU_AVAILABLE_IN_1_0
const char * const *qemu_socket_monitor_get_ssh_command (QemuSocketMonitor *self);
QEMU_AVAILABLE_IN_1_0
void         qemu_socket_monitor_set_ssh_command      (QemuSocketMonitor   *self,
                                                       const char * const  *command);

G_END_DECLS
