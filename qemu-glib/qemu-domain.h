/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One QEMU. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include <qemu-glib/qemu-block-device.h>
#include <qemu-glib/qemu-command.h>
#include <qemu-glib/qemu-enums.h>
#include <qemu-glib/qemu-fd-set.h>
#include <qemu-glib/qemu-job.h>
#include <qemu-glib/qemu-monitor.h>
#include <qemu-glib/qemu-version.h>

G_BEGIN_DECLS

#define QEMU_TYPE_DOMAIN (qemu_domain_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuDomain, qemu_domain, QEMU, DOMAIN, GObject)

QEMU_AVAILABLE_IN_1_0
QemuDomain *qemu_domain_new (QemuMonitor *monitor,
                             const char  *name) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuDomain *qemu_domain_new_for_uri (const char  *uri,
                                     GError     **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
QemuMonitor *qemu_domain_get_monitor (QemuDomain *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_domain_get_name (QemuDomain *self);
QEMU_AVAILABLE_IN_1_0
QemuMonitorState qemu_domain_get_state (QemuDomain *self);
QEMU_AVAILABLE_IN_1_0
QemuStatus qemu_domain_get_status (QemuDomain *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_domain_get_status_name (QemuDomain *self);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_get_running (QemuDomain *self);
QEMU_AVAILABLE_IN_1_0
QemuVersion *qemu_domain_get_version (QemuDomain *self);
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_get_block_devices (QemuDomain *self);
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_get_block_jobs (QemuDomain *self);
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_get_jobs (QemuDomain *self);
QEMU_AVAILABLE_IN_1_0
unsigned qemu_domain_get_progress_interval (QemuDomain *self);
QEMU_AVAILABLE_IN_1_0
void qemu_domain_set_progress_interval (QemuDomain *self,
                                        unsigned    interval_ms);

QEMU_AVAILABLE_IN_1_0
void qemu_domain_open_async (QemuDomain          *self,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_open_finish (QemuDomain    *self,
                                  GAsyncResult  *result,
                                  GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_open (QemuDomain    *self,
                           GCancellable  *cancellable,
                           GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_domain_close_async (QemuDomain          *self,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_close_finish (QemuDomain    *self,
                                   GAsyncResult  *result,
                                   GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_close (QemuDomain    *self,
                            GCancellable  *cancellable,
                            GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_domain_run_async (QemuDomain          *self,
                            QemuCommand         *command,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
JsonNode *qemu_domain_run_finish (QemuDomain    *self,
                                  GAsyncResult  *result,
                                  GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
JsonNode *qemu_domain_run (QemuDomain    *self,
                           QemuCommand   *command,
                           GCancellable  *cancellable,
                           GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_domain_run_raw_async (QemuDomain          *self,
                                QemuCommand         *command,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
GBytes *qemu_domain_run_raw_finish (QemuDomain    *self,
                                    GAsyncResult  *result,
                                    GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
GBytes *qemu_domain_run_raw (QemuDomain    *self,
                             QemuCommand   *command,
                             GCancellable  *cancellable,
                             GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_domain_list_commands_async (QemuDomain          *self,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
char **qemu_domain_list_commands_finish (QemuDomain    *self,
                                         GAsyncResult  *result,
                                         GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
char **qemu_domain_list_commands (QemuDomain    *self,
                                  GCancellable  *cancellable,
                                  GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_domain_supports_command_async (QemuDomain          *self,
                                         const char          *name,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_supports_command_finish (QemuDomain    *self,
                                              GAsyncResult  *result,
                                              GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_supports_command (QemuDomain    *self,
                                       const char    *name,
                                       GCancellable  *cancellable,
                                       GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_domain_query_version_async (QemuDomain          *self,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
QemuVersion *qemu_domain_query_version_finish (QemuDomain    *self,
                                               GAsyncResult  *result,
                                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuVersion *qemu_domain_query_version (QemuDomain    *self,
                                        GCancellable  *cancellable,
                                        GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_domain_query_status_async (QemuDomain          *self,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
QemuStatus qemu_domain_query_status_finish (QemuDomain    *self,
                                            GAsyncResult  *result,
                                            GError       **error);
QEMU_AVAILABLE_IN_1_0
QemuStatus qemu_domain_query_status (QemuDomain    *self,
                                     GCancellable  *cancellable,
                                     GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_domain_system_powerdown_async (QemuDomain          *self,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_system_powerdown_finish (QemuDomain    *self,
                                              GAsyncResult  *result,
                                              GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_system_powerdown (QemuDomain    *self,
                                       GCancellable  *cancellable,
                                       GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_domain_system_reset_async (QemuDomain          *self,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_system_reset_finish (QemuDomain    *self,
                                          GAsyncResult  *result,
                                          GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_system_reset (QemuDomain    *self,
                                   GCancellable  *cancellable,
                                   GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_domain_system_wakeup_async (QemuDomain          *self,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_system_wakeup_finish (QemuDomain    *self,
                                           GAsyncResult  *result,
                                           GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_system_wakeup (QemuDomain    *self,
                                    GCancellable  *cancellable,
                                    GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_domain_stop_async (QemuDomain          *self,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_stop_finish (QemuDomain    *self,
                                  GAsyncResult  *result,
                                  GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_stop (QemuDomain    *self,
                           GCancellable  *cancellable,
                           GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_domain_cont_async (QemuDomain          *self,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_cont_finish (QemuDomain    *self,
                                  GAsyncResult  *result,
                                  GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_cont (QemuDomain    *self,
                           GCancellable  *cancellable,
                           GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_domain_quit_async (QemuDomain          *self,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_quit_finish (QemuDomain    *self,
                                  GAsyncResult  *result,
                                  GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_quit (QemuDomain    *self,
                           GCancellable  *cancellable,
                           GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_domain_inject_nmi_async (QemuDomain          *self,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_inject_nmi_finish (QemuDomain    *self,
                                        GAsyncResult  *result,
                                        GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_domain_inject_nmi (QemuDomain    *self,
                                 GCancellable  *cancellable,
                                 GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_domain_human_monitor_command_async (QemuDomain          *self,
                                              const char          *command_line,
                                              GCancellable        *cancellable,
                                              GAsyncReadyCallback  callback,
                                              gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
char *qemu_domain_human_monitor_command_finish (QemuDomain    *self,
                                                GAsyncResult  *result,
                                                GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
char *qemu_domain_human_monitor_command (QemuDomain    *self,
                                         const char    *command_line,
                                         GCancellable  *cancellable,
                                         GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_domain_list_cpus_async (QemuDomain          *self,
                                  QemuCpuQueryFlags    flags,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_list_cpus_finish (QemuDomain    *self,
                                          GAsyncResult  *result,
                                          GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_list_cpus (QemuDomain         *self,
                                   QemuCpuQueryFlags   flags,
                                   GCancellable       *cancellable,
                                   GError            **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_domain_list_pci_devices_async (QemuDomain          *self,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_list_pci_devices_finish (QemuDomain    *self,
                                                 GAsyncResult  *result,
                                                 GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_list_pci_devices (QemuDomain    *self,
                                          GCancellable  *cancellable,
                                          GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_domain_list_block_devices_async (QemuDomain          *self,
                                           GCancellable        *cancellable,
                                           GAsyncReadyCallback  callback,
                                           gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_list_block_devices_finish (QemuDomain    *self,
                                                   GAsyncResult  *result,
                                                   GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_list_block_devices (QemuDomain    *self,
                                            GCancellable  *cancellable,
                                            GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_domain_find_block_device_async (QemuDomain          *self,
                                          const char          *name,
                                          GCancellable        *cancellable,
                                          GAsyncReadyCallback  callback,
                                          gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
QemuBlockDevice *qemu_domain_find_block_device_finish (QemuDomain    *self,
                                                       GAsyncResult  *result,
                                                       GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuBlockDevice *qemu_domain_find_block_device (QemuDomain    *self,
                                                const char    *name,
                                                GCancellable  *cancellable,
                                                GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_domain_list_block_stats_async (QemuDomain          *self,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_list_block_stats_finish (QemuDomain    *self,
                                                 GAsyncResult  *result,
                                                 GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_list_block_stats (QemuDomain    *self,
                                          GCancellable  *cancellable,
                                          GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_domain_list_jobs_async (QemuDomain          *self,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_list_jobs_finish (QemuDomain    *self,
                                          GAsyncResult  *result,
                                          GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_list_jobs (QemuDomain    *self,
                                   GCancellable  *cancellable,
                                   GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_domain_list_block_jobs_async (QemuDomain          *self,
                                        GCancellable        *cancellable,
                                        GAsyncReadyCallback  callback,
                                        gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_list_block_jobs_finish (QemuDomain    *self,
                                                GAsyncResult  *result,
                                                GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
GListModel *qemu_domain_list_block_jobs (QemuDomain    *self,
                                         GCancellable  *cancellable,
                                         GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_domain_start_job_async (QemuDomain          *self,
                                  QemuCommand         *command,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
QemuJob *qemu_domain_start_job_finish (QemuDomain    *self,
                                       GAsyncResult  *result,
                                       GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuJob *qemu_domain_start_job (QemuDomain    *self,
                                QemuCommand   *command,
                                GCancellable  *cancellable,
                                GError       **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void qemu_domain_screen_dump_async (QemuDomain          *self,
                                    const char          *device,
                                    unsigned             head,
                                    QemuScreenFormat     format,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
GInputStream *qemu_domain_screen_dump_finish (QemuDomain    *self,
                                              GAsyncResult  *result,
                                              GError       **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
GInputStream *qemu_domain_screen_dump (QemuDomain        *self,
                                       const char        *device,
                                       unsigned           head,
                                       QemuScreenFormat   format,
                                       GCancellable      *cancellable,
                                       GError           **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void       qemu_domain_add_fd_async  (QemuDomain          *self,
                                      int                  fd,
                                      const char          *opaque,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
QemuFdSet *qemu_domain_add_fd_finish (QemuDomain          *self,
                                      GAsyncResult        *result,
                                      GError             **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
QemuFdSet *qemu_domain_add_fd        (QemuDomain          *self,
                                      int                  fd,
                                      const char          *opaque,
                                      GCancellable        *cancellable,
                                      GError             **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
