/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files that make up QemuDomain share. */

#pragma once

#include "qemu-domain.h"
#include "qemu-json-private.h"

G_BEGIN_DECLS

struct _QemuDomain
{
  GObject       parent_instance;

  GMainContext *context;
  QemuMonitor  *monitor;

  GMutex        lock;
  char         *name;
  QemuStatus    status;
  const char   *status_name;            /* static, or one of … */
  char         *unknown_names[16];      /* … the last ones that this library does not know */
  unsigned      n_unknown_names;
  gboolean      running;
  char        **commands;               /* once they were asked for … */
  unsigned      commands_connection;    /* … of this connection */

  /* the context's; the poll also of whoever disposes */
  GCancellable *refresh;                /* cancelled when nobody wants to know any more */
  gboolean      refreshing;
  gboolean      refresh_again;
  GSource      *poll;
  unsigned      poll_ms;
};

/* An operation is written once: what to send, and how to read what QEMU returns. Asynchronous and synchronous are two
 * ways to run it. */
typedef struct
{
  /* The command, for an operation that has no arguments. */
  const char     *command;
  /* Makes the result of what is in `return`; NULL: the result is TRUE. It fails by setting @error. */
  gpointer      (*decode) (QemuDomain      *self,
                           const QemuJson  *json,
                           guint32          value,
                           GError         **error);
  GDestroyNotify  free_result;
  /* QEMU may end before it has answered, and has done then what it was asked. */
  gboolean        may_end_qemu;
} QemuOperation;

/* @command is taken; NULL: the operation's own. */
void     qemu_domain_start_operation  (QemuDomain           *self,
                                       const QemuOperation  *operation,
                                       QemuCommand          *command,
                                       GCancellable         *cancellable,
                                       GAsyncReadyCallback   callback,
                                       gpointer              user_data);
gpointer qemu_domain_finish_operation (QemuDomain           *self,
                                       const QemuOperation  *operation,
                                       GAsyncResult         *result,
                                       GError              **error);
gpointer qemu_domain_run_operation    (QemuDomain           *self,
                                       const QemuOperation  *operation,
                                       QemuCommand          *command,
                                       GCancellable         *cancellable,
                                       GError              **error);

/* That of qemu_domain_query_status(). */
extern const QemuOperation qemu_domain_status_operation;

/* What query-status has returned: remembers it, and tells those who listen. */
QemuStatus qemu_domain_take_status    (QemuDomain           *self,
                                       const QemuJson       *json,
                                       guint32               value);

G_END_DECLS
