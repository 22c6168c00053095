/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes in and out of a stream, without ever blocking but when asked to wait. */

#pragma once

#include <gio/gio.h>

#include "qemu-thread-private.h"

G_BEGIN_DECLS

/* A connected socket is read, written and polled directly. Any other stream has to be pollable. It is read and written
 * by its own functions; what is polled is the descriptors below it where there are some, as with pipes and TLS, and
 * else its own sources: the same thing, only slower.
 */
typedef struct _QemuTransport QemuTransport;

QemuTransport *qemu_transport_new         (GIOStream      *stream,
                                           GError        **error);
void           qemu_transport_free        (QemuTransport  *self);

/* The socket, or -1 where the stream is none. */
int            qemu_transport_get_fd      (QemuTransport  *self);
/* What to poll for reading and for writing, which may be one and the same. FALSE: that would not tell, at least now.
 * This and the next one are for the reader, and for anybody else where there is none. */
gboolean       qemu_transport_get_fds     (QemuTransport  *self,
                                           int            *in_fd,
                                           int            *out_fd);
/* Whether there may be something to read of which no descriptor tells. A read that finds nothing ends it. */
gboolean       qemu_transport_may_hold_bytes (QemuTransport *self);

/* A read from a socket can wait for so long by itself, which is one system call less than to poll it first. */
#define QEMU_TRANSPORT_PATIENCE_MS 100

typedef enum
{
  QEMU_TRANSPORT_READ_NOW,
  QEMU_TRANSPORT_READ_PATIENTLY         /* waits, where the transport is a socket */
} QemuTransportRead;

/* Like read(): 0 at the end, or -1 and an error, which is G_IO_ERROR_WOULD_BLOCK where there is nothing yet. Whatever
 * means that the peer has gone is G_IO_ERROR_CONNECTION_CLOSED. */
gssize         qemu_transport_read        (QemuTransport      *self,
                                           char               *buffer,
                                           gsize               size,
                                           QemuTransportRead   how,
                                           GError            **error);
/* A stream that ends on this machine and leads elsewhere: before qemu_transport_new(). */
void           qemu_transport_mark_remote (GIOStream     *stream);
/* Whether files can go with what is written: to a process on this machine. */
gboolean       qemu_transport_passes_files (QemuTransport *self);
/* How much of it went out, which may be less than all, even nothing; -1 when the peer has gone. With the first byte
 * goes
 * @file, a descriptor or -1. */
gssize         qemu_transport_write       (QemuTransport  *self,
                                           const GOutputVector *vectors,
                                           gsize           n_vectors,
                                           int             file);
/* Ends both directions; what has arrived can still be read, and then the end. Wakes whoever polls. FALSE: there is no
 * socket in this stream that could do that. */
gboolean       qemu_transport_shutdown    (QemuTransport  *self);
/* Ends all. Nobody may be reading, writing or waiting. */
void           qemu_transport_close       (QemuTransport  *self);

/* Sleeps until one of @condition holds, qemu_thread_wake() is called or @timeout_ms are over (-1: never). Returns the
 * conditions that hold; 0 @condition waits for the wake-up alone. */
GIOCondition   qemu_transport_wait        (QemuTransport  *self,
                                           QemuThread     *thread,
                                           GIOCondition    condition,
                                           int             timeout_ms);
/* Makes @parent ready when one of @condition holds. */
void           qemu_transport_add_sources (QemuTransport  *self,
                                           GSource        *parent,
                                           GIOCondition    condition);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuTransport, qemu_transport_free)

G_END_DECLS
