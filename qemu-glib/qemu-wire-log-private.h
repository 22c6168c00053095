/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each message as it goes over the wire, for who has asked for it by G_MESSAGES_DEBUG=Qemu-wire. */

#pragma once

#include "qemu-message-private.h"

G_BEGIN_DECLS

#define QEMU_WIRE_LOG_DOMAIN "Qemu-wire"

typedef struct _QemuWireLog QemuWireLog;

/* NULL: nobody has asked for it. */
QemuWireLog *qemu_wire_log_new       (void);
void         qemu_wire_log_free      (QemuWireLog       *self);

/* @who tells one channel from another. Both return what is to be told when no lock is held. Not at the same time.
 *
 * The command with this id, without its end. */
char        *qemu_wire_log_sent      (QemuWireLog       *self,
                                      gconstpointer      who,
                                      const char        *text,
                                      gsize              length,
                                      gint64             id);
/* @message: what it was, or NULL where it was none. */
char        *qemu_wire_log_received  (QemuWireLog       *self,
                                      gconstpointer      who,
                                      const char        *text,
                                      gsize              length,
                                      const QemuMessage *message);

/* Does it speak of a secret? Then only that there was a message is told. */
gboolean     qemu_wire_log_is_secret (const char        *text,
                                      gsize              length);

G_END_DECLS
