/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection to QEMU that carries commands, replies and events. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <gio/gio.h>

#include <qemu-glib/qemu-command.h>
#include <qemu-glib/qemu-enums.h>
#include <qemu-glib/qemu-event.h>
#include <qemu-glib/qemu-monitor-request.h>
#include <qemu-glib/qemu-version.h>

G_BEGIN_DECLS

#define QEMU_TYPE_MONITOR (qemu_monitor_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (QemuMonitor, qemu_monitor, QEMU, MONITOR, GObject)

/**
 * QemuMonitorClass:
 * @parent_class: the parent class
 * @start_open: connects, or does nothing where there is nothing to connect
 * @start_close: ends the connection
 * @start_run: hands a command to QEMU
 * @start_screen_dump: takes a picture of the screen; may be left out
 *
 * The virtual methods of a monitor. Each is called in the thread that asked, takes a request, and returns at
 * once; the request is answered then or later, from any thread.
 *
 * Since: 1.0
 */
struct _QemuMonitorClass
{
  GObjectClass parent_class;

  /**
   * QemuMonitorClass::start_open:
   * @self: a monitor
   * @request: answered with QEMU's greeting, or with `{}` where there is none
   *
   * Starts to connect. Without an implementation a monitor is open at once.
   *
   * Since: 1.0
   */
  void (*start_open)  (QemuMonitor        *self,
                       QemuMonitorRequest *request);

  /**
   * QemuMonitorClass::start_close:
   * @self: a monitor
   * @request: answered with `{}`
   *
   * Starts to end the connection. Without an implementation a monitor is closed at once.
   *
   * Since: 1.0
   */
  void (*start_close) (QemuMonitor        *self,
                       QemuMonitorRequest *request);

  /**
   * QemuMonitorClass::start_run:
   * @self: a monitor
   * @request: answered with QEMU's whole reply, `{"return": …}` or `{"error": …}`
   *
   * Starts a command. Without an implementation every command fails with %G_IO_ERROR_NOT_SUPPORTED.
   *
   * Since: 1.0
   */
  void (*start_run)   (QemuMonitor        *self,
                       QemuMonitorRequest *request);

  /**
   * QemuMonitorClass::start_screen_dump:
   * @self: a monitor
   * @request: its command is the `screendump` to do, with `format` (`ppm` or `png`) and perhaps `device` and `head`;
   *   answered with the picture
   *
   * Starts to take a picture of the screen, where that is not done by passing a file to QEMU. Without an implementation
   * [method@Domain.screen_dump] passes one, if it can.
   *
   * Since: 1.0
   */
  void (*start_screen_dump) (QemuMonitor        *self,
                             QemuMonitorRequest *request);

  /*< private >*/
  gconstpointer wire;
  gpointer      padding[7];
};

QEMU_AVAILABLE_IN_1_0
QemuMonitorState    qemu_monitor_get_state            (QemuMonitor          *self);
QEMU_AVAILABLE_IN_1_0
gboolean            qemu_monitor_get_events_supported (QemuMonitor          *self);
QEMU_AVAILABLE_IN_1_0
guint64             qemu_monitor_get_received         (QemuMonitor          *self);
QEMU_AVAILABLE_IN_1_0
guint64             qemu_monitor_get_delivered        (QemuMonitor          *self);
QEMU_AVAILABLE_IN_1_0
QemuVersion        *qemu_monitor_get_version          (QemuMonitor          *self);
QEMU_AVAILABLE_IN_1_0
const char * const *qemu_monitor_get_capabilities     (QemuMonitor          *self);
QEMU_AVAILABLE_IN_1_0
unsigned            qemu_monitor_get_open_timeout     (QemuMonitor          *self);
QEMU_AVAILABLE_IN_1_0
void                qemu_monitor_set_open_timeout     (QemuMonitor          *self,
                                                       unsigned              timeout_ms);
QEMU_AVAILABLE_IN_1_0
unsigned            qemu_monitor_get_command_timeout  (QemuMonitor          *self);
QEMU_AVAILABLE_IN_1_0
void                qemu_monitor_set_command_timeout  (QemuMonitor          *self,
                                                       unsigned              timeout_ms);

QEMU_AVAILABLE_IN_1_0
void                qemu_monitor_open_async           (QemuMonitor          *self,
                                                       GCancellable         *cancellable,
                                                       GAsyncReadyCallback   callback,
                                                       gpointer              user_data);
QEMU_AVAILABLE_IN_1_0
gboolean            qemu_monitor_open_finish          (QemuMonitor          *self,
                                                       GAsyncResult         *result,
                                                       GError              **error);
QEMU_AVAILABLE_IN_1_0
gboolean            qemu_monitor_open                 (QemuMonitor          *self,
                                                       GCancellable         *cancellable,
                                                       GError              **error);

QEMU_AVAILABLE_IN_1_0
void                qemu_monitor_close_async          (QemuMonitor          *self,
                                                       GCancellable         *cancellable,
                                                       GAsyncReadyCallback   callback,
                                                       gpointer              user_data);
QEMU_AVAILABLE_IN_1_0
gboolean            qemu_monitor_close_finish         (QemuMonitor          *self,
                                                       GAsyncResult         *result,
                                                       GError              **error);
QEMU_AVAILABLE_IN_1_0
gboolean            qemu_monitor_close                (QemuMonitor          *self,
                                                       GCancellable         *cancellable,
                                                       GError              **error);

QEMU_AVAILABLE_IN_1_0
void                qemu_monitor_run_async            (QemuMonitor          *self,
                                                       QemuCommand          *command,
                                                       GCancellable         *cancellable,
                                                       GAsyncReadyCallback   callback,
                                                       gpointer              user_data);
QEMU_AVAILABLE_IN_1_0
GBytes             *qemu_monitor_run_finish           (QemuMonitor          *self,
                                                       GAsyncResult         *result,
                                                       GError              **error) G_GNUC_WARN_UNUSED_RESULT;
QEMU_AVAILABLE_IN_1_0
GBytes             *qemu_monitor_run                  (QemuMonitor          *self,
                                                       QemuCommand          *command,
                                                       GCancellable         *cancellable,
                                                       GError              **error) G_GNUC_WARN_UNUSED_RESULT;

QEMU_AVAILABLE_IN_1_0
void                qemu_monitor_emit_event           (QemuMonitor          *self,
                                                       const char           *name,
                                                       gint64                timestamp,
                                                       GBytes               *data);
QEMU_AVAILABLE_IN_1_0
void                qemu_monitor_emit_closed          (QemuMonitor          *self,
                                                       const GError         *error);
QEMU_AVAILABLE_IN_1_0
void                qemu_monitor_emit_replaced        (QemuMonitor          *self,
                                                       GBytes               *greeting);

G_END_DECLS
