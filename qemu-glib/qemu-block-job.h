/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job that works on a disk. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <qemu-glib/qemu-job.h>

G_BEGIN_DECLS

#define QEMU_TYPE_BLOCK_JOB (qemu_block_job_get_type ())

QEMU_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (QemuBlockJob, qemu_block_job, QEMU, BLOCK_JOB, QemuJob)

QEMU_AVAILABLE_IN_1_0
const char *qemu_block_job_get_device (QemuBlockJob *self);
QEMU_AVAILABLE_IN_1_0
gint64 qemu_block_job_get_len (QemuBlockJob *self);
QEMU_AVAILABLE_IN_1_0
gint64 qemu_block_job_get_offset (QemuBlockJob *self);
QEMU_AVAILABLE_IN_1_0
gint64 qemu_block_job_get_speed (QemuBlockJob *self);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_job_get_busy (QemuBlockJob *self);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_job_get_paused (QemuBlockJob *self);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_job_get_ready (QemuBlockJob *self);
QEMU_AVAILABLE_IN_1_0
const char *qemu_block_job_get_io_status (QemuBlockJob *self);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_job_get_auto_finalize (QemuBlockJob *self);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_job_get_auto_dismiss (QemuBlockJob *self);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_job_get_actively_synced (QemuBlockJob *self);

QEMU_AVAILABLE_IN_1_0
void qemu_block_job_stop_async (QemuBlockJob        *self,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_job_stop_finish (QemuBlockJob  *self,
                                     GAsyncResult  *result,
                                     GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_job_stop (QemuBlockJob  *self,
                              GCancellable  *cancellable,
                              GError       **error);

QEMU_AVAILABLE_IN_1_0
void qemu_block_job_set_speed_async (QemuBlockJob        *self,
                                     gint64               speed,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_job_set_speed_finish (QemuBlockJob  *self,
                                          GAsyncResult  *result,
                                          GError       **error);
QEMU_AVAILABLE_IN_1_0
gboolean qemu_block_job_set_speed (QemuBlockJob  *self,
                                   gint64         speed,
                                   GCancellable  *cancellable,
                                   GError       **error);

#ifndef __GI_SCANNER__

/* In C, what a block job shares with other jobs also goes by its own name: qemu_block_job_wait() is qemu_job_wait(). */
#define _QEMU_BLOCK_JOB_INHERITS(verb)                                                              \
  static inline void                                                                                \
  qemu_block_job_##verb##_async (QemuBlockJob        *self,                                         \
                                 GCancellable        *cancellable,                                  \
                                 GAsyncReadyCallback  callback,                                     \
                                 gpointer             user_data)                                    \
  {                                                                                                 \
    qemu_job_##verb##_async ((QemuJob *) self, cancellable, callback, user_data);                   \
  }                                                                                                 \
                                                                                                    \
  static inline gboolean                                                                            \
  qemu_block_job_##verb##_finish (QemuBlockJob  *self,                                              \
                                  GAsyncResult  *result,                                            \
                                  GError       **error)                                             \
  {                                                                                                 \
    return qemu_job_##verb##_finish ((QemuJob *) self, result, error);                              \
  }                                                                                                 \
                                                                                                    \
  static inline gboolean                                                                            \
  qemu_block_job_##verb (QemuBlockJob  *self,                                                       \
                         GCancellable  *cancellable,                                                \
                         GError       **error)                                                      \
  {                                                                                                 \
    return qemu_job_##verb ((QemuJob *) self, cancellable, error);                                  \
  }

_QEMU_BLOCK_JOB_INHERITS (wait)
_QEMU_BLOCK_JOB_INHERITS (wait_ready)
_QEMU_BLOCK_JOB_INHERITS (complete)
_QEMU_BLOCK_JOB_INHERITS (cancel)
_QEMU_BLOCK_JOB_INHERITS (pause)
_QEMU_BLOCK_JOB_INHERITS (resume)
_QEMU_BLOCK_JOB_INHERITS (finalize)
_QEMU_BLOCK_JOB_INHERITS (dismiss)

#undef _QEMU_BLOCK_JOB_INHERITS

#endif

G_END_DECLS
