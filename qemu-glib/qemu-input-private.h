/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cuts what arrives into messages. */

#pragma once

#include "qemu-thread-private.h"

G_BEGIN_DECLS

/* A message is a line. A QEMU that was told to write prettily (`pretty=on`) spreads one over several: then it begins
 * with a line that ends in anything but a closing brace, goes on with indented lines, and ends with a line that
 * begins with a brace. Whatever follows neither rule is given out as it is, for the parser to refuse.
 *
 * What arrives is read into the thread's buffer. Only a message that is not complete yet is kept here, so that an
 * idle channel owns no memory; a large one grows here and is given away whole.
 */
typedef struct
{
  char  *kept;                  /* an incomplete message, NULL nearly always */
  gsize  kept_size;

  char  *data;                  /* what is being cut: @kept, or the thread's buffer */
  gsize  length;
  gsize  start;                 /* where the next message begins */
  gsize  line;                  /* where its last line begins */
  gsize  scanned;               /* no newline before this */

  gsize  message;               /* the message that was given out last */
  gsize  message_length;
} QemuInput;

void     qemu_input_clear      (QemuInput  *self);

/* Where to read, and how much. */
char    *qemu_input_reserve    (QemuInput  *self,
                                QemuThread *thread,
                                gsize      *size);
/* That much was read. */
void     qemu_input_add        (QemuInput  *self,
                                gsize       n);
/* The next whole message, with a NUL behind it; good until the next call. FALSE: no more. */
gboolean qemu_input_next       (QemuInput  *self,
                                char      **text,
                                gsize      *length);
/* The message that qemu_input_next() gave out last. Its text is not good any more after this. */
GBytes  *qemu_input_take_bytes (QemuInput  *self);
/* Keeps what is left; returns how much that is. */
gsize    qemu_input_keep_rest  (QemuInput  *self);

G_END_DECLS
