/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is done with a disk: how all of it is done. */

#pragma once

#include "qemu-block-device-private.h"

G_BEGIN_DECLS

typedef struct _QemuDeviceOperation QemuDeviceOperation;

/* What the program asks for; what is not used is NULL or 0. */
typedef struct
{
  const QemuDeviceOperation *operation;
  QemuDomain *domain;
  char       *key;                      /* of the device */
  char       *base;
  char       *top;
  char       *target;
  char       *format;
  char       *node_name;
  JsonObject *options;
  guint64     number;
  unsigned    flags;

  QemuBlockDevice *device;              /* while something else is asked for */
  GError     *error;
  gpointer    data;                     /* the operation's own */
  GDestroyNotify free_data;
} QemuDeviceRequest;

/* First QEMU is asked for the device as it is now, since the node on top may be another by now. */
struct _QemuDeviceOperation
{
  const char *command;
  gboolean    starts_job;               /* then the result is the job */
  gboolean    needs_no_medium;
  gboolean    names_nodes;              /* base and top may be names of files */
  gboolean    needs_guest;              /* to let go of the medium */
  /* FALSE, with an error: it is not to be done. */
  gboolean  (*fill) (QemuCommand        *command,
                     QemuDeviceRequest  *request,
                     QemuBlockDevice    *device,
                     GError            **error);
  /* Instead of the command: goes on by itself, and ends the task. */
  void      (*run)  (GTask              *task,
                     QemuBlockDevice    *device);
};

/* An empty request. */
QemuDeviceRequest *qemu_device_request_new (const char *base,
                                            const char *target,
                                            const char *format,
                                            JsonObject *options);

/* Takes @request. The result is a new reference to a job, or TRUE. */
void     qemu_block_device_start    (QemuBlockDevice            *self,
                                     const QemuDeviceOperation  *operation,
                                     QemuDeviceRequest          *request,
                                     GCancellable               *cancellable,
                                     GAsyncReadyCallback         callback,
                                     gpointer                    user_data);
gpointer qemu_block_device_finish   (QemuBlockDevice            *self,
                                     const QemuDeviceOperation  *operation,
                                     GAsyncResult               *result,
                                     GError                    **error);
gpointer qemu_block_device_run_sync (QemuBlockDevice            *self,
                                     const QemuDeviceOperation  *operation,
                                     QemuDeviceRequest          *request,
                                     GCancellable               *cancellable,
                                     GError                    **error);

G_END_DECLS
