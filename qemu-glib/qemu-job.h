/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A piece of work that QEMU does in the background. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <gio/gio.h>

#include <qemu-glib/qemu-enums.h>
#include <qemu-glib/qemu-glib-version.h>

G_BEGIN_DECLS

#define QEMU_TYPE_JOB (qemu_job_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_DERIVABLE_TYPE (QemuJob, qemu_job, QEMU, JOB, GObject)

/**
 * QemuJobClass:
 * @parent_class: the parent class
 *
 * The class of all jobs. The library alone derives from it.
 *
 * Since: 1.0
 */
struct _QemuJobClass
{
  GObjectClass parent_class;

  /*< private >*/
  gpointer padding[4];
};

QEMU_AVAILABLE_IN_1_0
const char *qemu_job_get_id (QemuJob *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_job_get_job_type (QemuJob *self);
QEMU_AVAILABLE_IN_1_0
QemuJobStatus qemu_job_get_status (QemuJob *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_job_get_status_name (QemuJob *self);
QEMU_AVAILABLE_IN_1_0
guint64 qemu_job_get_current_progress (QemuJob *self);
QEMU_AVAILABLE_IN_1_0
guint64 qemu_job_get_total_progress (QemuJob *self);
QEMU_AVAILABLE_IN_1_0
double qemu_job_get_fraction (QemuJob *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_job_get_error_message (QemuJob *self);
QEMU_AVAILABLE_IN_1_0
QemuJobResult qemu_job_get_result (QemuJob *self);

QEMU_AVAILABLE_IN_1_0
void qemu_job_wait_async (QemuJob             *self,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_wait_finish (QemuJob       *self,
                               GAsyncResult  *result,
                               GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_wait (QemuJob       *self,
                        GCancellable  *cancellable,
                        GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_job_wait_ready_async (QemuJob             *self,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_wait_ready_finish (QemuJob       *self,
                                     GAsyncResult  *result,
                                     GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_wait_ready (QemuJob       *self,
                              GCancellable  *cancellable,
                              GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_job_complete_async (QemuJob             *self,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_complete_finish (QemuJob       *self,
                                   GAsyncResult  *result,
                                   GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_complete (QemuJob       *self,
                            GCancellable  *cancellable,
                            GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_job_cancel_async (QemuJob             *self,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_cancel_finish (QemuJob       *self,
                                 GAsyncResult  *result,
                                 GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_cancel (QemuJob       *self,
                          GCancellable  *cancellable,
                          GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_job_pause_async (QemuJob             *self,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_pause_finish (QemuJob       *self,
                                GAsyncResult  *result,
                                GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_pause (QemuJob       *self,
                         GCancellable  *cancellable,
                         GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_job_resume_async (QemuJob             *self,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_resume_finish (QemuJob       *self,
                                 GAsyncResult  *result,
                                 GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_resume (QemuJob       *self,
                          GCancellable  *cancellable,
                          GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_job_finalize_async (QemuJob             *self,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_finalize_finish (QemuJob       *self,
                                   GAsyncResult  *result,
                                   GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_finalize (QemuJob       *self,
                            GCancellable  *cancellable,
                            GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_job_dismiss_async (QemuJob             *self,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_dismiss_finish (QemuJob       *self,
                                  GAsyncResult  *result,
                                  GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_job_dismiss (QemuJob       *self,
                           GCancellable  *cancellable,
                           GError       **error);

G_END_DECLS
