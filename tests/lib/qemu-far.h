/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The far end of a stream of some kind, in the hands of a test. */

#pragma once

#include "qemu-test.h"

G_BEGIN_DECLS

typedef struct
{
  int        in_fd;             /* of a socket both are the same; -1: closed */
  int        out_fd;
  GIOStream *stream;            /* TLS on it, if there is */
} QemuFar;

/* Each gives the near end. */
GIOStream *qemu_far_connect_pair  (QemuFar    *far);
GIOStream *qemu_far_connect_tcp   (QemuFar    *far);
/* No socket. */
GIOStream *qemu_far_connect_pipes (QemuFar    *far);
/* FALSE: there is no TLS to be had, and the test has been marked as skipped. */
gboolean   qemu_far_prepare_tls   (void);
/* Runs the default context until hands are shaken. */
GIOStream *qemu_far_connect_tls   (QemuFar    *far);
GIOStream *qemu_far_stream_for_socket (int     fd);

/* Both do not wait. -1: there is nothing now; 0: nor will there be. */
gssize     qemu_far_read          (QemuFar    *far,
                                   char       *buffer,
                                   gsize       size);
gssize     qemu_far_write         (QemuFar    *far,
                                   const char *bytes,
                                   gsize       length);
void       qemu_far_unblock       (QemuFar    *far);

void       qemu_far_close         (QemuFar    *far);
/* What was written and not read is thrown away. */
void       qemu_far_reset         (QemuFar    *far);
void       qemu_far_stop_input    (QemuFar    *far);
void       qemu_far_stop_output   (QemuFar    *far);
/* Below TLS. */
void       qemu_far_make_noise    (QemuFar    *far);

G_END_DECLS
