/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts a QEMU and gives its domain. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <gio/gio.h>

#include <qemu-glib/qemu-domain.h>

G_BEGIN_DECLS

#define QEMU_TYPE_PROCESS (qemu_process_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuProcess, qemu_process, QEMU, PROCESS, GObject)

QEMU_AVAILABLE_IN_1_0
QemuProcess *qemu_process_new              (const char * const   *argv) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
const char * const *
             qemu_process_get_argv         (QemuProcess          *self);
QEMU_AVAILABLE_IN_1_0
QemuDomain  *qemu_process_get_domain       (QemuProcess          *self);
QEMU_AVAILABLE_IN_1_0
int          qemu_process_get_pid          (QemuProcess          *self);
QEMU_AVAILABLE_IN_1_0
gboolean     qemu_process_get_running      (QemuProcess          *self);
QEMU_AVAILABLE_IN_1_0
int          qemu_process_get_exit_status  (QemuProcess          *self);
QEMU_AVAILABLE_IN_1_0
char        *qemu_process_get_error_output (QemuProcess          *self) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
gboolean     qemu_process_get_keep_alive   (QemuProcess          *self);
QEMU_AVAILABLE_IN_1_0
void         qemu_process_set_keep_alive   (QemuProcess          *self,
                                            gboolean              keep_alive);
QEMU_AVAILABLE_IN_1_0
void         qemu_process_force_exit       (QemuProcess          *self);

QEMU_AVAILABLE_IN_1_0
void         qemu_process_spawn_async      (QemuProcess          *self,
                                            GCancellable         *cancellable,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
QEMU_AVAILABLE_IN_1_0
gboolean     qemu_process_spawn_finish     (QemuProcess          *self,
                                            GAsyncResult         *result,
                                            GError              **error);
QEMU_AVAILABLE_IN_1_0
gboolean     qemu_process_spawn            (QemuProcess          *self,
                                            GCancellable         *cancellable,
                                            GError              **error);

QEMU_AVAILABLE_IN_1_0
void         qemu_process_wait_async       (QemuProcess          *self,
                                            GCancellable         *cancellable,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
QEMU_AVAILABLE_IN_1_0
gboolean     qemu_process_wait_finish      (QemuProcess          *self,
                                            GAsyncResult         *result,
                                            GError              **error);
QEMU_AVAILABLE_IN_1_0
gboolean     qemu_process_wait             (QemuProcess          *self,
                                            GCancellable         *cancellable,
                                            GError              **error);

QEMU_AVAILABLE_IN_1_0
void         qemu_process_shutdown_async   (QemuProcess          *self,
                                            unsigned              timeout_ms,
                                            GCancellable         *cancellable,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
QEMU_AVAILABLE_IN_1_0
gboolean     qemu_process_shutdown_finish  (QemuProcess          *self,
                                            GAsyncResult         *result,
                                            GError              **error);
QEMU_AVAILABLE_IN_1_0
gboolean     qemu_process_shutdown         (QemuProcess          *self,
                                            unsigned              timeout_ms,
                                            GCancellable         *cancellable,
                                            GError              **error);

G_END_DECLS
