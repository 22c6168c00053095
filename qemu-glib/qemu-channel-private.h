/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands out, replies and events in, over one transport. */

#pragma once

#include "qemu-message-private.h"
#include "qemu-transport-private.h"

G_BEGIN_DECLS

/* The comment at the head of qemu-channel.c explains how it works. */
typedef struct _QemuChannel QemuChannel;

/* They come in the owner's context, in the order of the wire (also with the replies to calls from that context). */
typedef struct
{
  void (*event)  (QemuEventText *event,
                  gpointer       user_data);
  /* Once, and last. @error is NULL when qemu_channel_close() was called without one. */
  void (*closed) (const GError  *error,
                  gpointer       user_data);
  /* What qemu_channel_release_events() leaves there before the first event. May be NULL. */
  void (*opened) (gpointer       user_data);
  /* Not there, but where it is read, at once and under the channel's lock: each event, and NULL for the end of the
   * connection. Not any more once the channel is detached. May be NULL. */
  void (*seen)   (QemuEventText *event,
                  gpointer       user_data);
} QemuChannelFuncs;

/* The reply, or an error; the callback owns both. */
typedef void (*QemuChannelReplyFunc) (GBytes   *reply,
                                      GError   *error,
                                      gpointer  user_data);

/* Takes @transport. @context is the owner's. The events wait for qemu_channel_release_events(). */
QemuChannel *qemu_channel_new            (QemuTransport          *transport,
                                          GMainContext           *context,
                                          gsize                   max_message_size,
                                          const QemuChannelFuncs *funcs,
                                          gpointer                user_data,
                                          GDestroyNotify          free_user_data);
QemuChannel *qemu_channel_ref            (QemuChannel            *self);
void         qemu_channel_unref          (QemuChannel            *self);

/* The owner may now be told: of the opening, and of the events since. */
void         qemu_channel_release_events (QemuChannel            *self);
/* QEMU has agreed to commands that overtake others. Then so many of the others are with it at a time, and the rest
 * waits here: QEMU would not read beyond them. */
#define QEMU_CHANNEL_WINDOW 8

void         qemu_channel_enable_out_of_band (QemuChannel        *self);
/* From any thread; `closed` may still have to come. */
gboolean     qemu_channel_is_closed      (QemuChannel            *self);
/* QEMU's greeting, once it is there, until the events are released. */
GBytes      *qemu_channel_dup_greeting   (QemuChannel            *self);
/* Ends the connection, and all that is pending with @reason (CONNECTION_CLOSED where there is none). Any thread. */
void         qemu_channel_close          (QemuChannel            *self,
                                          const GError           *reason);
/* Closes, and none of the funcs is called any more. To be said by whoever made the channel, before the last unref. */
void         qemu_channel_detach         (QemuChannel            *self);

/* @command is a JSON object without an id and without its closing brace. A @timeout_ms of 0 means no limit. An error
 * reply comes as a GError with QEMU's words. */
GBytes      *qemu_channel_run            (QemuChannel            *self,
                                          const char             *command,
                                          gsize                   length,
                                          unsigned                timeout_ms,
                                          GCancellable           *cancellable,
                                          GError                **error);
/* Calls back once, in the thread-default context of this call, never before it returns. */
void         qemu_channel_run_async      (QemuChannel            *self,
                                          const char             *command,
                                          gsize                   length,
                                          unsigned                timeout_ms,
                                          GCancellable           *cancellable,
                                          QemuChannelReplyFunc    callback,
                                          gpointer                user_data);
/* The same, with a file for QEMU, of which the call takes the descriptor; only where the channel passes files. Waits
 * for the answer to the one before it, since QEMU would mix them up. */
gboolean     qemu_channel_passes_files   (QemuChannel            *self);
void         qemu_channel_run_with_file_async (QemuChannel          *self,
                                               const char           *command,
                                               gsize                 length,
                                               int                   file,
                                               unsigned              timeout_ms,
                                               GCancellable         *cancellable,
                                               QemuChannelReplyFunc  callback,
                                               gpointer              user_data);

/* Has the thread-default context of this call read, too, until qemu_channel_leave() is called in it: for whoever waits
 * for an event, and not for a reply. */
typedef struct _QemuInbox QemuInbox;

QemuInbox   *qemu_channel_attend         (QemuChannel            *self);
void         qemu_channel_leave          (QemuInbox              *inbox);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuChannel, qemu_channel_unref)

G_END_DECLS
