/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One message from QEMU: what it is, and for whom. */

#pragma once

#include "qemu-json-private.h"

G_BEGIN_DECLS

/* A place in a queue of the channel's. */
typedef struct _QemuItem QemuItem;

struct _QemuItem
{
  QemuItem *next;
  int       kind;
};

/* What an event says, in one piece of memory: made where it is read, kept until somebody looks. */
typedef struct
{
  QemuItem        item;
  gatomicrefcount ref_count;
  gint64          timestamp;            /* µs since the epoch; 0 where QEMU did not say */
  guint64         number;               /* the monitor's, see qemu_monitor_get_received() */
  guint32         name_length;
  guint32         data_length;
  char            text[];               /* the name, NUL, the data as JSON text, NUL */
} QemuEventText;

QemuEventText *qemu_event_text_new      (const char    *name,
                                         gint64         timestamp,
                                         const char    *data,
                                         gsize          data_length);
QemuEventText *qemu_event_text_ref      (QemuEventText *self);
void           qemu_event_text_unref    (QemuEventText *self);

static inline const char *
qemu_event_text_get_data (const QemuEventText *self)
{
  return self->text + self->name_length + 1;
}

typedef enum
{
  QEMU_MESSAGE_OTHER,                   /* nothing we know: to be passed over */
  QEMU_MESSAGE_GREETING,
  QEMU_MESSAGE_EVENT,
  QEMU_MESSAGE_RETURN,
  QEMU_MESSAGE_ERROR
} QemuMessageKind;

typedef struct
{
  QemuMessageKind  kind;
  gint64           id;                  /* of a reply: the command's, or one of those below */
  QemuEventText   *event;               /* of an event: to be taken */
  GError          *error;               /* of an error: what QEMU said; to be taken */
} QemuMessage;

#define QEMU_MESSAGE_ID_NONE    (-1)    /* there was no id */
#define QEMU_MESSAGE_ID_FOREIGN (-2)    /* none that we ever send */

/* Reads one whole message; @text[@length] must be a NUL. @json is the token array to use. FALSE, with
 * QEMU_ERROR_PROTOCOL: this is no QMP. */
gboolean       qemu_message_parse       (QemuMessage   *self,
                                         QemuJson      *json,
                                         const char    *text,
                                         gsize          length,
                                         GError       **error);

/* The bytes of a reply with a NUL behind them, as all replies inside the library are. */
GBytes        *qemu_message_bytes_new   (const char    *text,
                                         gsize          length);
/* QEMU's error object, `{"class": …, "desc": …}`, as a GError. */
GError        *qemu_message_error_new   (const QemuJson *json,
                                         guint32         error_object);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuEventText, qemu_event_text_unref)

G_END_DECLS
