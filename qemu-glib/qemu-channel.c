/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a channel works
 *
 * Reading is a role. At any time one thread at most has it (`reading`): it alone reads the transport and touches
 * `input`, without the lock. There are two kinds of readers. A synchronous caller takes the role before it writes and
 * keeps it until its own reply is there: it waits and reads by itself, no other thread has to run. While it does, a
 * second one waits in line. Otherwise each main context with an interest in the channel has an *inbox*, a port of that
 * context's mux: it takes the role for one read when there is something to read. The owner's inbox is always there;
 * another context has one for as long as calls that were started in it are pending.
 *
 * Whoever reads hands on what it finds. A synchronous caller is told directly; replies and events go to the queue of
 * an inbox, and from there, one at a time, to callbacks: in their own context, without locks, in the order of the
 * wire. Whoever takes a call off the list of pending ones, under the lock, is the one who ends it.
 *
 * What only asks need not go at once if the program is being handed other replies anyway: it goes with what their
 * callbacks ask. It is *gathered* in `unsent` only while there is something in the queue of its caller's inbox, whose port
 * is ready therefore, so there is always a turn to come that sends it.
 *
 * The lock guards everything but `input`. It is held while a command is written (which never blocks), but not while
 * somebody polls, reads, parses or calls back. Order: a cancellable's (newer GLib), monitor, channel, mux, GLib's own.
 */

#include "config.h"

#include "qemu-channel-private.h"

#include <string.h>
#include <unistd.h>

#include "qemu-context-private.h"
#include "qemu-error.h"
#include "qemu-input-private.h"
#include "qemu-mux-private.h"
#include "qemu-wire-log-private.h"

/* Room for what ends a command. */
#define TAIL_SIZE 32

/* What is gathered goes when it is so much: QEMU has work then, while callbacks go on. */
#define GATHER_SIZE 1024

/* What waits in an inbox. */
typedef enum
{
  ITEM_CALL,
  ITEM_OPENED,
  ITEM_EVENT,
  ITEM_CLOSED
} ItemKind;

typedef QemuItem Item;

typedef struct
{
  Item  *head;
  Item **tail;
} ItemQueue;

/* For a log. */
typedef struct
{
  const char *domain;
  char       *text;
} Note;

/* A command whose reply is not there yet. Linked in the order of the ids; QEMU answers in that order, so a search
 * nearly always ends at the first. */
typedef struct _Pending Pending;

struct _Pending
{
  Pending  *prev;
  Pending  *next;
  gint64    id;
  gboolean  linked;
  gboolean  is_call;                    /* a Call, else a Waiter */
};

/* A synchronous caller; on its stack. */
typedef struct
{
  Pending       pending;
  QemuThread   *thread;
  GCancellable *cancellable;
  gint64        deadline;               /* monotonic time, -1: none */
  unsigned      timeout_ms;
  gboolean      polled;                 /* has waited before */
  gboolean      done;
  GBytes       *reply;
  GError       *error;
  GList         line_link;              /* while it waits for the role */
} Waiter;

/* An asynchronous call. */
typedef struct
{
  Pending               pending;
  Item                  item;
  gatomicrefcount       ref_count;      /* the list's or the inbox's, and the cancellable's */
  QemuChannel          *channel;
  QemuInbox            *inbox;
  GCancellable         *cancellable;
  gulong                cancelled_id;
  gboolean              cancelled;
  gint64                deadline;
  unsigned              timeout_ms;
  gint64                turn;           /* of the context that it was begun in */
  int                   file;           /* to go with the command, or -1 */
  char                 *command;        /* while it is parked */
  gsize                 length;
  QemuChannelReplyFunc  callback;
  gpointer              user_data;
  GBytes               *reply;
  GError               *error;
} Call;

struct _QemuInbox
{
  QemuPort     port;
  QemuChannel *channel;

  /* the channel's lock */
  ItemQueue    queue;
  unsigned     n_calls;                 /* begun and not yet called back; and those who attend */
};

struct _QemuChannel
{
  gatomicrefcount         ref_count;
  QemuTransport          *transport;
  gsize                   max_message_size;
  const QemuChannelFuncs *funcs;
  gpointer                user_data;
  GDestroyNotify          free_user_data;
  QemuWireLog            *log;          /* NULL nearly always */

  GMutex                  lock;
  QemuInbox              *owner;        /* NULL once detached */
  GSList                 *guests;       /* the inboxes of other contexts */
  Pending                *first;
  Pending                *last;
  gint64                  last_id;
  GByteArray             *unsent;       /* what is gathered, or found no room; NULL nearly always */
  gsize                   unsent_start; /* what it has taken of that since */
  int                     unsent_file;  /* a descriptor that goes with one byte of it, or -1 */
  gsize                   unsent_file_offset;
  gint64                  file_id;      /* of the command with a file that QEMU has not answered; 0: none */
  GQueue                  parked;       /* Call: those that wait for that to send a file, too, or for room */
  gboolean                sending_parked;
  gboolean                out_of_band;  /* the following count */
  unsigned                n_in_band;    /* commands that wait for their turn in QEMU */
  GArray                 *overtaking;   /* ids of those that do not */
  ItemQueue               held;         /* events that wait for qemu_channel_release_events() */
  gboolean                holding;
  gsize                   n_event_bytes;
  GBytes                 *greeting;

  gboolean                reading;      /* somebody has the role … */
  QemuThread             *leader;       /* … and this is who, when it is a synchronous caller */
  GQueue                  line;         /* Waiter: those who want it next */

  gboolean                closed;
  gboolean                transport_closed;     /* or about to be … */
  gboolean                over;                 /* … by whoever has the lock, when it is free */
  GArray                 *notes;                /* Note, to be told likewise; NULL nearly always */
  Item                    opened_item;
  Item                    closed_item;
  GError                 *closed_error;

  QemuInput               input;        /* the reader's */
};

static void channel_fail_locked        (QemuChannel  *self,
                                        const GError *reason);
static void channel_send_parked_locked (QemuChannel  *self);

/* ---------------------------------------------------------------- small parts */

static void
item_queue_init (ItemQueue *self)
{
  self->head = NULL;
  self->tail = &self->head;
}

static void
item_queue_push (ItemQueue *self,
                 Item      *item)
{
  item->next = NULL;
  *self->tail = item;
  self->tail = &item->next;
}

static Item *
item_queue_pop (ItemQueue *self)
{
  Item *item = self->head;

  if (item != NULL && (self->head = item->next) == NULL)
    self->tail = &self->head;

  return item;
}

static void
close_file (int *file)
{
  if (*file >= 0)
    close (*file);
  *file = -1;
}

static Call *
call_ref (Call *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

static void
call_unref (gpointer data)
{
  Call *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->reply, g_bytes_unref);
  g_clear_error (&self->error);
  close_file (&self->file);
  g_free (self->command);
  if (self->inbox != NULL)
    qemu_port_unref (&self->inbox->port);
  qemu_channel_unref (self->channel);
  g_free (self);
}

static gsize
event_size (const QemuEventText *event)
{
  return sizeof *event + event->name_length + event->data_length;
}

static GError *
timed_out_error_new (unsigned timeout_ms)
{
  return g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "No reply within %.3g seconds", timeout_ms / 1000.0);
}

static GError *
cancelled_error_new (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The operation was cancelled");
}

static gint64
deadline_for (unsigned timeout_ms)
{
  return timeout_ms > 0 ? g_get_monotonic_time () + timeout_ms * G_GINT64_CONSTANT (1000) : -1;
}

/* ---------------------------------------------------------------- what is told when the lock is free */

/* To be told when the lock is free. Takes @text. */
static void
channel_note_locked (QemuChannel *self,
                     const char  *domain,
                     char        *text)
{
  Note note = { domain, text };

  if (self->notes == NULL)
    self->notes = g_array_new (FALSE, FALSE, sizeof (Note));
  g_array_append_val (self->notes, note);
}

static void
tell_notes (GArray *notes)
{
  for (unsigned i = 0; i < notes->len; i++)
    {
      Note *note = &g_array_index (notes, Note, i);

      g_log (note->domain, G_LOG_LEVEL_DEBUG, "%s", note->text);
      g_free (note->text);
    }
  g_array_unref (notes);
}

/* What others have written, a log's writer and the close() of a stream, may wait for somebody who waits for the lock, or
 * call us. So they have their turn when it is free, and nobody is in the middle of what was read. */
static void
channel_unlock (QemuChannel *self)
{
  GArray *notes = g_steal_pointer (&self->notes);
  gboolean over = self->over;

  self->over = FALSE;
  g_mutex_unlock (&self->lock);

  if (G_UNLIKELY (notes != NULL))
    tell_notes (notes);
  if (G_UNLIKELY (over))
    qemu_transport_close (self->transport);
}

/* ---------------------------------------------------------------- pending commands */

static void
pending_add_locked (QemuChannel *self,
                    Pending     *pending)
{
  pending->id = ++self->last_id;
  pending->linked = TRUE;
  pending->next = NULL;
  pending->prev = self->last;
  *(self->last != NULL ? &self->last->next : &self->first) = pending;
  self->last = pending;
}

static void
pending_remove_locked (QemuChannel *self,
                       Pending     *pending)
{
  *(pending->prev != NULL ? &pending->prev->next : &self->first) = pending->next;
  *(pending->next != NULL ? &pending->next->prev : &self->last) = pending->prev;
  pending->prev = pending->next = NULL;
  pending->linked = FALSE;
}

static Pending *
pending_find_locked (QemuChannel *self,
                     gint64       id)
{
  Pending *pending = self->first;

  /* QEMU could not even read the id: that is about the oldest that it has not answered. */
  if (id == QEMU_MESSAGE_ID_NONE)
    return pending;

  if (id > self->last_id)
    return NULL;
  while (pending != NULL && pending->id < id)
    pending = pending->next;

  return pending != NULL && pending->id == id ? pending : NULL;
}

/* As long as there is something in the queue, the port is ready. */
static void
inbox_push_locked (QemuInbox *self,
                   Item      *item)
{
  gboolean first = self->queue.head == NULL;

  item_queue_push (&self->queue, item);
  if (first)
    qemu_port_make_ready (&self->port);
}

/* Takes @reply and @error. */
static void
pending_complete_locked (QemuChannel *self,
                         Pending     *pending,
                         GBytes      *reply,
                         GError      *error)
{
  pending_remove_locked (self, pending);

  if (pending->is_call)
    {
      Call *call = (Call *) pending;

      call->reply = reply;
      call->error = error;
      inbox_push_locked (call->inbox, &call->item);
    }
  else
    {
      Waiter *waiter = (Waiter *) pending;

      waiter->reply = reply;
      waiter->error = error;
      waiter->done = TRUE;
    }
}

/* One that was not sent. Takes @error. */
static void
parked_fail_locked (QemuChannel *self,
                    Call        *call,
                    GError      *error)
{
  g_queue_remove (&self->parked, call);
  call->error = error;
  inbox_push_locked (call->inbox, &call->item);
}

/* ---------------------------------------------------------------- the reading role */

static void
channel_watch_locked (QemuChannel  *self,
                      GIOCondition  condition)
{
  if (self->closed)
    return;

  qemu_port_watch (&self->owner->port, self->transport, condition);
  for (GSList *l = self->guests; l != NULL; l = l->next)
    qemu_port_watch (l->data, self->transport, condition);
}

static gboolean
channel_has_unsent_locked (QemuChannel *self)
{
  return self->unsent != NULL;
}

/* Nobody reads: somebody should. */
static void
channel_offer_role_locked (QemuChannel *self)
{
  Waiter *next = g_queue_peek_head (&self->line);

  if (next != NULL)
    qemu_thread_wake (next->thread);
  else
    channel_watch_locked (self, G_IO_IN | (channel_has_unsent_locked (self) ? G_IO_OUT : 0));
}

static void
channel_release_role_locked (QemuChannel *self)
{
  self->reading = FALSE;
  self->leader = NULL;

  if (!self->closed)
    {
      channel_offer_role_locked (self);
    }
  else if (!self->transport_closed)
    {
      self->transport_closed = TRUE;
      self->over = TRUE;
    }
}

/* A loop that sleeps on our socket would be woken by each reply, for nothing: two epoll_ctl() are cheaper than that.
 * Before the command is written, since the reply can be there before the write has returned. */
static void
channel_hush_inboxes_locked (QemuChannel *self)
{
  if (qemu_mux_is_polling (self->owner->port.mux))
    qemu_port_watch (&self->owner->port, self->transport, 0);
  for (GSList *l = self->guests; l != NULL; l = l->next)
    qemu_port_watch (l->data, self->transport, 0);
}

/* ---------------------------------------------------------------- writing */

/* A broken pipe is not the end: QEMU's last words may still be there to be read. So after it only the direction back
 * goes on until it ends, too, and whoever reads that end is the one who says that the connection is over. */
static void
channel_write_failed_locked (QemuChannel *self)
{
  g_autoptr(GError) error = NULL;

  if (qemu_transport_shutdown (self->transport))
    return;

  g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "QEMU closed the connection");
  channel_fail_locked (self, error);
}

static void
channel_flush_locked (QemuChannel *self)
{
  gboolean file_follows;
  gssize n;

  if (self->unsent == NULL || self->closed)
    return;

  do
    {
      gboolean file_is_next = self->unsent_file >= 0 && self->unsent_file_offset == 0;
      GOutputVector vector = { self->unsent->data + self->unsent_start, self->unsent->len - self->unsent_start };

      file_follows = self->unsent_file >= 0 && !file_is_next;
      if (file_follows)
        vector.size = self->unsent_file_offset;
      n = qemu_transport_write (self->transport, &vector, 1, file_is_next ? self->unsent_file : -1);
      if (n > 0)
        {
          self->unsent_start += n;
          self->unsent_file_offset -= MIN (self->unsent_file_offset, (gsize) n);
          if (file_is_next)
            close_file (&self->unsent_file);
        }
    }
  while (n > 0 && file_follows && self->unsent_file_offset == 0);

  if (n < 0 || self->unsent->len == self->unsent_start)
    {
      g_clear_pointer (&self->unsent, g_byte_array_unref);
      self->unsent_start = 0;
    }
  if (n < 0)
    {
      close_file (&self->unsent_file);
      self->unsent_file_offset = 0;
      channel_write_failed_locked (self);
    }
  else if (n > 0)
    {
      channel_send_parked_locked (self);
    }
}

/* What finds no room somebody has to wait with. */
static void
channel_send_unsent_locked (QemuChannel *self)
{
  channel_flush_locked (self);
  if (self->unsent == NULL)
    return;

  if (self->leader != NULL)
    qemu_thread_wake (self->leader);
  else if (!self->reading)
    channel_offer_role_locked (self);
}

/* Takes what is left of the file. */
static void
channel_keep_unsent_locked (QemuChannel         *self,
                            const GOutputVector *vectors,
                            gsize                n_vectors,
                            gsize                n_sent,
                            int                 *file)
{
  if (self->unsent == NULL)
    {
      self->unsent = g_byte_array_new ();
    }
  else if (self->unsent_start > self->unsent->len / 2)
    {
      /* Not each time that some of it goes: the rest may be large. */
      g_byte_array_remove_range (self->unsent, 0, self->unsent_start);
      self->unsent_start = 0;
    }

  if (*file >= 0 && n_sent == 0)
    {
      self->unsent_file = *file;
      self->unsent_file_offset = self->unsent->len - self->unsent_start;
      *file = -1;
    }
  for (gsize i = 0; i < n_vectors; i++)
    {
      gsize skip = MIN (n_sent, vectors[i].size);

      g_byte_array_append (self->unsent, (const guint8 *) vectors[i].buffer + skip, vectors[i].size - skip);
      n_sent -= skip;
    }
}

/* What ends a command: `,"id":N}` and a newline. Writes it from the back, which is much of the cost of a printf()
 * less; returns where it begins. */
static const char *
format_tail (char   buffer[TAIL_SIZE],
             gint64 id,
             gsize *length)
{
  static const char before[] = ",\"id\":";
  char *p = buffer + TAIL_SIZE;

  *--p = '\n';
  *--p = '}';
  do
    *--p = '0' + id % 10;
  while ((id /= 10) > 0);
  p -= strlen (before);
  memcpy (p, before, strlen (before));
  *length = buffer + TAIL_SIZE - p;

  return p;
}

static gboolean
begins_with (const char *command,
             gsize       length,
             const char *start)
{
  gsize start_length = strlen (start);

  return length >= start_length && memcmp (command, start, start_length) == 0;
}

static gboolean
is_overtaking (const char *command,
               gsize       length)
{
  return begins_with (command, length, "{\"exec-oob\"");
}

/* Nobody can see that it has not been sent, but whoever waits for the reply. A command that does something may be waited
 * for in other ways: `quit` for the end of a process. */
static gboolean
only_asks (const char *command,
           gsize       length)
{
  static const char start[] = "{\"execute\":\"";
  gsize start_length = strlen (start);

  return begins_with (command, length, start) &&
         (begins_with (command + start_length, length - start_length, "query-") ||
          begins_with (command + start_length, length - start_length, "qom-get"));
}

/* Is there room for it in what QEMU reads ahead? And does it read at all? What it does not is kept for it also when
 * nobody waits for the answer any more. */
static gboolean
channel_has_room_locked (QemuChannel *self,
                         const char  *command,
                         gsize        length)
{
  if (G_UNLIKELY (self->unsent != NULL) && self->unsent->len >= self->max_message_size)
    return FALSE;

  return G_LIKELY (!self->out_of_band) || self->n_in_band < QEMU_CHANNEL_WINDOW || is_overtaking (command, length);
}

/* Takes @file, if there is one. @inbox is that of the caller, who will come to what is in there; NULL: a caller who waits. */
static void
channel_send_locked (QemuChannel *self,
                     QemuInbox   *inbox,
                     const char  *command,
                     gsize        length,
                     gint64       id,
                     int          file)
{
  char buffer[TAIL_SIZE];
  gsize tail_length;
  const char *tail = format_tail (buffer, id, &tail_length);
  GOutputVector vectors[2] = { { command, length }, { tail, tail_length } };
  gboolean gathers;
  gssize n = 0;

  if (G_UNLIKELY (self->log != NULL))
    channel_note_locked (self, QEMU_WIRE_LOG_DOMAIN, qemu_wire_log_sent (self->log, self, command, length, id));
  if (G_UNLIKELY (self->out_of_band))
    {
      if (is_overtaking (command, length))
        g_array_append_val (self->overtaking, id);
      else
        self->n_in_band++;
    }

  gathers = inbox != NULL && inbox->queue.head != NULL && only_asks (command, length);
  if (!gathers && self->unsent == NULL)
    n = qemu_transport_write (self->transport, vectors, G_N_ELEMENTS (vectors), file);
  if (n < 0)
    {
      channel_write_failed_locked (self);
    }
  else if ((gsize) n < length + tail_length)
    {
      channel_keep_unsent_locked (self, vectors, G_N_ELEMENTS (vectors), n, &file);
      if (!gathers || self->unsent->len >= GATHER_SIZE)
        channel_send_unsent_locked (self);
    }
  close_file (&file);
}

static void
channel_begin_call_locked (QemuChannel *self,
                           Call        *call,
                           const char  *command,
                           gsize        length)
{
  pending_add_locked (self, &call->pending);
  if (call->deadline >= 0)
    qemu_port_set_alarm (&call->inbox->port, call->deadline);
  if (call->file >= 0)
    self->file_id = call->pending.id;
  channel_send_locked (self, call->inbox, command, length, call->pending.id, call->file);
  call->file = -1;
}

static gboolean
channel_may_send_locked (QemuChannel *self,
                         Call        *call,
                         const char  *command,
                         gsize        length)
{
  return (call->file < 0 || self->file_id == 0) && channel_has_room_locked (self, command, length);
}

static void
channel_park_call_locked (QemuChannel *self,
                          Call        *call,
                          const char  *command,
                          gsize        length)
{
  call->command = g_strndup (command, length);
  call->length = length;
  g_queue_push_tail (&self->parked, call);
  if (call->deadline >= 0)
    qemu_port_set_alarm (&call->inbox->port, call->deadline);
  /* What it waits for may only have been gathered. */
  channel_send_unsent_locked (self);
}

/* Sends those that had to wait and need not any more, in their order. To send one may make room for the next, which is
 * no reason to begin again. */
static void
channel_send_parked_locked (QemuChannel *self)
{
  GList *next;

  if (self->sending_parked)
    return;

  self->sending_parked = TRUE;
  for (GList *l = self->parked.head; l != NULL; l = next)
    {
      Call *call = l->data;

      next = l->next;
      if (!channel_may_send_locked (self, call, call->command, call->length))
        continue;
      g_queue_delete_link (&self->parked, l);
      channel_begin_call_locked (self, call, call->command, call->length);
      /* It may have been the end. */
      if (self->closed)
        break;
    }
  self->sending_parked = FALSE;
}

/* QEMU has answered the command with this id. */
static void
channel_answered_locked (QemuChannel *self,
                         gint64       id)
{
  /* It may answer what it cannot have got: there is no room for another file. */
  if (self->file_id != 0 && self->file_id == id && self->unsent_file < 0)
    self->file_id = 0;

  if (G_UNLIKELY (self->out_of_band) && id != QEMU_MESSAGE_ID_FOREIGN)
    {
      unsigned i = 0;

      while (i < self->overtaking->len && g_array_index (self->overtaking, gint64, i) != id)
        i++;
      if (i < self->overtaking->len)
        g_array_remove_index (self->overtaking, i);
      else if (self->n_in_band > 0)
        self->n_in_band--;
    }

  channel_send_parked_locked (self);
}

void
qemu_channel_enable_out_of_band (QemuChannel *self)
{
  g_mutex_lock (&self->lock);
  self->out_of_band = TRUE;
  self->overtaking = g_array_new (FALSE, FALSE, sizeof (gint64));
  channel_unlock (self);
}

/* ---------------------------------------------------------------- reading; by whoever has the role */

/* A program whose main loop does not run never sees its events. They must not fill its memory: the oldest go. */
static void
channel_drop_old_events_locked (QemuChannel *self)
{
  ItemQueue *queue = self->held.head != NULL ? &self->held : &self->owner->queue;

  while (self->n_event_bytes > self->max_message_size)
    {
      Item **item = &queue->head;
      QemuEventText *event;

      while (*item != NULL && (*item)->kind != ITEM_EVENT)
        item = &(*item)->next;
      if (*item == NULL)
        break;

      event = (QemuEventText *) *item;
      *item = event->item.next;
      if (*item == NULL)
        queue->tail = item;
      self->n_event_bytes -= event_size (event);
      qemu_event_text_unref (event);
    }
}

static void
channel_queue_event_locked (QemuChannel   *self,
                            QemuEventText *event)
{
  if (self->owner == NULL)
    {
      qemu_event_text_unref (event);
      return;
    }

  event->item.kind = ITEM_EVENT;
  if (self->funcs->seen != NULL)
    self->funcs->seen (event, self->user_data);
  self->n_event_bytes += event_size (event);
  if (self->holding)
    item_queue_push (&self->held, &event->item);
  else
    inbox_push_locked (self->owner, &event->item);
  if (G_UNLIKELY (self->n_event_bytes > self->max_message_size))
    channel_drop_old_events_locked (self);
}

/* Returns: (nullable): the reply, for those who look whether it is theirs */
static const GBytes *
channel_hand_on_locked (QemuChannel *self,
                        QemuMessage *message)
{
  GBytes *reply = NULL;
  Pending *pending;
  gint64 id;

  if (self->closed)
    {
      g_clear_error (&message->error);
      g_clear_pointer (&message->event, qemu_event_text_unref);
      return NULL;
    }

  switch (message->kind)
    {
    case QEMU_MESSAGE_EVENT:
      channel_queue_event_locked (self, g_steal_pointer (&message->event));
      break;

    case QEMU_MESSAGE_RETURN:
    case QEMU_MESSAGE_ERROR:
      pending = pending_find_locked (self, message->id);
      id = pending != NULL ? pending->id : message->id;
      if (pending == NULL || (message->kind == QEMU_MESSAGE_RETURN && message->id == QEMU_MESSAGE_ID_NONE))
        {
          channel_note_locked (self, G_LOG_DOMAIN, g_strdup_printf ("Dropped a reply that nobody waits for (id %"
                                                                    G_GINT64_FORMAT ")", message->id));
          g_clear_error (&message->error);
        }
      else if (message->kind == QEMU_MESSAGE_RETURN)
        pending_complete_locked (self, pending, reply = qemu_input_take_bytes (&self->input), NULL);
      else
        pending_complete_locked (self, pending, NULL, g_steal_pointer (&message->error));
      if (G_UNLIKELY (self->file_id != 0 || self->out_of_band))
        channel_answered_locked (self, id);
      break;

    case QEMU_MESSAGE_GREETING:
      if (self->greeting == NULL && self->holding)
        self->greeting = qemu_input_take_bytes (&self->input);
      break;

    case QEMU_MESSAGE_OTHER:
    default:
      channel_note_locked (self, G_LOG_DOMAIN, g_strdup ("Passed over a message that is neither an event nor a reply"));
      break;
    }

  return reply;
}

static gboolean
check_size (QemuChannel  *self,
            gsize         size,
            GError      **error)
{
  if (G_LIKELY (size <= self->max_message_size))
    return TRUE;

  g_set_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL,
               "Received a message of more than %" G_GSIZE_FORMAT " bytes", self->max_message_size);
  return FALSE;
}

/* Reads once, and hands on all that this has made whole. FALSE: the connection is over. */
static gboolean
channel_read (QemuChannel        *self,
              QemuThread         *thread,
              QemuTransportRead   how,
              GError            **error)
{
  g_autoptr(GError) local_error = NULL;
  gsize size, length;
  char *buffer = qemu_input_reserve (&self->input, thread, &size);
  char *text;
  gssize n = qemu_transport_read (self->transport, buffer, size, how, &local_error);

  if (n < 0 && g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return TRUE;
  if (n < 0)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (n == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "QEMU closed the connection");
      return FALSE;
    }

  qemu_input_add (&self->input, n);
  while (qemu_input_next (&self->input, &text, &length))
    {
      QemuMessage message;
      gboolean good;

      thread->parsed = NULL;
      good = check_size (self, length, error) &&
             qemu_message_parse (&message, &thread->json, text, length, error);

      g_mutex_lock (&self->lock);
      if (G_UNLIKELY (self->log != NULL))
        channel_note_locked (self, QEMU_WIRE_LOG_DOMAIN,
                             qemu_wire_log_received (self->log, self, text, length, good ? &message : NULL));
      if (good)
        thread->parsed = channel_hand_on_locked (self, &message);
      /* The notes wait until all is read: whoever is told may read something itself, in the same memory. */
      g_mutex_unlock (&self->lock);
      if (!good)
        return FALSE;
    }

  qemu_json_trim (&thread->json);

  return check_size (self, qemu_input_keep_rest (&self->input), error);
}

/* ---------------------------------------------------------------- inboxes */

static QemuChannel *inbox_get_channel (QemuPort *port);

static void
inbox_io (QemuPort *port)
{
  QemuChannel *self = inbox_get_channel (port);
  QemuThread *thread = qemu_thread_get ();
  g_autoptr(GError) error = NULL;

  g_mutex_lock (&self->lock);
  if (self->closed)
    {
      channel_unlock (self);
      return;
    }
  if (self->reading)
    {
      /* Whoever reads now will have us watch again. */
      qemu_port_watch (port, self->transport, 0);
      channel_unlock (self);
      return;
    }
  self->reading = TRUE;
  channel_flush_locked (self);
  channel_unlock (self);

  channel_read (self, thread, QEMU_TRANSPORT_READ_NOW, &error);
  thread->parsed = NULL;

  g_mutex_lock (&self->lock);
  if (error != NULL)
    channel_fail_locked (self, error);
  channel_release_role_locked (self);
  channel_unlock (self);
}

/* A guest goes with its last call; so does what was the owner's inbox before it was detached. */
static void
inbox_end_call (QemuInbox *self)
{
  QemuChannel *channel = self->channel;
  gboolean idle, guest;

  g_mutex_lock (&channel->lock);
  idle = --self->n_calls == 0 && self != channel->owner;
  guest = idle && g_slist_find (channel->guests, self) != NULL;
  if (guest)
    {
      channel->guests = g_slist_remove (channel->guests, self);
      /* Before anybody can close the socket: its number may soon be another one's in the same set. */
      qemu_port_unwatch (&self->port);
    }
  channel_unlock (channel);

  if (idle)
    qemu_port_retire (&self->port);
  if (guest)
    qemu_port_unref (&self->port);
}

static void
deliver_call (QemuInbox *self,
              Call      *call)
{
  qemu_cancellable_disconnect (call->cancellable, call->cancelled_id);
  inbox_end_call (self);
  call->callback (g_steal_pointer (&call->reply), g_steal_pointer (&call->error), call->user_data);
  call_unref (call);
}

static void
deliver_event (QemuChannel   *channel,
               QemuEventText *event)
{
  channel->funcs->event (event, channel->user_data);
  qemu_event_text_unref (event);
}

/* A turn of a main context, by the time that GLib took at its beginning; -1: none is under way. */
static gint64
get_turn (void)
{
  GSource *source = g_main_current_source ();

  return source != NULL ? g_source_get_time (source) : -1;
}

static Call *
item_get_call (Item *item)
{
  return G_STRUCT_MEMBER_P (item, -G_STRUCT_OFFSET (Call, item));
}

/* A task that ends in the turn that it was made in calls back in the next one only. What is behind it has to wait, so
 * that all comes in the order of the wire. */
static gboolean
is_too_early (Item *item)
{
  return item != NULL && item->kind == ITEM_CALL && item_get_call (item)->turn == get_turn ();
}

static gboolean
inbox_deliver (QemuPort *port)
{
  QemuInbox *self = (QemuInbox *) port;
  QemuChannel *channel = self->channel;
  gboolean too_early;
  Item *item = NULL;

  g_mutex_lock (&channel->lock);
  too_early = is_too_early (self->queue.head);
  if (!too_early)
    item = item_queue_pop (&self->queue);
  if (self->queue.head == NULL)
    {
      qemu_port_make_idle (port);
      channel_send_unsent_locked (channel);
    }
  if (item != NULL && item->kind == ITEM_EVENT)
    channel->n_event_bytes -= event_size ((QemuEventText *) item);
  channel_unlock (channel);

  if (item == NULL)
    return !too_early;

  switch (item->kind)
    {
    case ITEM_CALL:
      deliver_call (self, item_get_call (item));
      break;

    case ITEM_OPENED:
      channel->funcs->opened (channel->user_data);
      break;

    case ITEM_EVENT:
      deliver_event (channel, (QemuEventText *) item);
      break;

    case ITEM_CLOSED:
    default:
      channel->funcs->closed (channel->closed_error, channel->user_data);
      break;
    }

  return TRUE;
}

/* The deadline of one of this inbox's calls may have come; it may also have ended long ago. */
static void
inbox_alarm (QemuPort *port,
             gint64    now)
{
  QemuInbox *self = (QemuInbox *) port;
  QemuChannel *channel = self->channel;
  gint64 earliest = -1;

  g_mutex_lock (&channel->lock);
  for (Pending *pending = channel->first, *next; pending != NULL; pending = next)
    {
      Call *call = (Call *) pending;

      next = pending->next;
      if (!pending->is_call || call->inbox != self || call->deadline < 0)
        continue;

      if (call->deadline <= now)
        pending_complete_locked (channel, pending, NULL, timed_out_error_new (call->timeout_ms));
      else if (earliest < 0 || call->deadline < earliest)
        earliest = call->deadline;
    }
  for (GList *l = channel->parked.head, *next; l != NULL; l = next)
    {
      Call *call = l->data;

      next = l->next;
      if (call->inbox != self || call->deadline < 0)
        continue;

      if (call->deadline <= now)
        parked_fail_locked (channel, call, timed_out_error_new (call->timeout_ms));
      else if (earliest < 0 || call->deadline < earliest)
        earliest = call->deadline;
    }
  if (earliest >= 0)
    qemu_port_set_alarm (port, earliest);
  channel_unlock (channel);
}

static void
inbox_free (QemuPort *port)
{
  QemuInbox *self = (QemuInbox *) port;

  g_assert (self->queue.head == NULL);
  qemu_channel_unref (self->channel);
  g_free (self);
}

static const QemuPortFuncs inbox_funcs = { inbox_io, inbox_deliver, inbox_alarm, inbox_free };

static QemuChannel *
inbox_get_channel (QemuPort *port)
{
  return ((QemuInbox *) port)->channel;
}

static QemuInbox *
inbox_new (QemuChannel  *channel,
           GMainContext *context)
{
  QemuInbox *self = g_new0 (QemuInbox, 1);

  self->channel = qemu_channel_ref (channel);
  item_queue_init (&self->queue);
  qemu_port_init (&self->port, &inbox_funcs, context);

  return self;
}

/* The inbox of the context that a call is made in. */
static QemuInbox *
channel_get_inbox_locked (QemuChannel *self)
{
  GMainContext *context = g_main_context_get_thread_default ();
  QemuInbox *inbox;

  if (context == NULL)
    context = g_main_context_default ();
  if (self->owner != NULL && qemu_mux_get_context (self->owner->port.mux) == context)
    return self->owner;

  for (GSList *l = self->guests; l != NULL; l = l->next)
    if (qemu_mux_get_context (((QemuInbox *) l->data)->port.mux) == context)
      return l->data;

  inbox = inbox_new (self, context);
  self->guests = g_slist_prepend (self->guests, inbox);
  if (!self->closed && !self->reading)
    channel_offer_role_locked (self);

  return inbox;
}

/* ---------------------------------------------------------------- the end */

static GError *
closed_error_new (const GError *reason)
{
  return reason != NULL ? g_error_copy (reason)
                        : g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "The connection was closed");
}

static void
channel_fail_locked (QemuChannel  *self,
                     const GError *reason)
{
  if (self->closed)
    return;

  if (reason != NULL)
    self->closed_error = g_error_copy (reason);
  qemu_port_unwatch (&self->owner->port);
  for (GSList *l = self->guests; l != NULL; l = l->next)
    qemu_port_unwatch (l->data);
  self->closed = TRUE;

  while (self->first != NULL)
    pending_complete_locked (self, self->first, NULL, closed_error_new (reason));
  while (self->parked.head != NULL)
    parked_fail_locked (self, self->parked.head->data, closed_error_new (reason));
  for (GList *l = self->line.head; l != NULL; l = l->next)
    qemu_thread_wake (((Waiter *) l->data)->thread);

  if (self->funcs->seen != NULL)
    self->funcs->seen (NULL, self->user_data);

  /* The last of all, also behind events that are still held. */
  self->closed_item.kind = ITEM_CLOSED;
  if (self->holding)
    item_queue_push (&self->held, &self->closed_item);
  else
    inbox_push_locked (self->owner, &self->closed_item);

  /* Whoever is inside poll() with the socket comes out of it and closes it. */
  qemu_transport_shutdown (self->transport);
  if (self->leader != NULL)
    qemu_thread_wake (self->leader);
  if (!self->reading)
    channel_release_role_locked (self);
}

void
qemu_channel_close (QemuChannel  *self,
                    const GError *reason)
{
  g_mutex_lock (&self->lock);
  channel_fail_locked (self, reason);
  channel_unlock (self);
}

void
qemu_channel_detach (QemuChannel *self)
{
  QemuInbox *owner;
  Item *events = NULL, *item;
  ItemQueue calls;
  gboolean idle;

  item_queue_init (&calls);

  g_mutex_lock (&self->lock);
  if (self->owner == NULL)
    {
      channel_unlock (self);
      return;
    }
  channel_fail_locked (self, NULL);
  owner = g_steal_pointer (&self->owner);
  while ((item = item_queue_pop (&self->held)) != NULL || (item = item_queue_pop (&owner->queue)) != NULL)
    {
      if (item->kind == ITEM_CALL)
        {
          item_queue_push (&calls, item);
        }
      else if (item->kind == ITEM_EVENT)
        {
          item->next = events;
          events = item;
        }
    }
  /* What was asked has to be answered, also now: these go the usual way. */
  while ((item = item_queue_pop (&calls)) != NULL)
    item_queue_push (&owner->queue, item);
  idle = owner->n_calls == 0;
  channel_unlock (self);

  while ((item = events) != NULL)
    {
      events = item->next;
      qemu_event_text_unref ((QemuEventText *) item);
    }
  if (idle)
    qemu_port_retire (&owner->port);
  qemu_port_unref (&owner->port);
}

/* ---------------------------------------------------------------- synchronous calls */

/* Sleeps until something happens; with @condition also on the transport. FALSE: the wait is over, and why is in
 * @waiter. */
static gboolean
waiter_sleep_locked (QemuChannel  *self,
                     Waiter       *waiter,
                     GIOCondition  condition,
                     GIOCondition *happened)
{
  int timeout = -1;

  waiter->polled = TRUE;
  if (waiter->cancellable != NULL && g_cancellable_is_cancelled (waiter->cancellable))
    {
      waiter->error = cancelled_error_new ();
      return FALSE;
    }
  if (waiter->deadline >= 0)
    {
      gint64 left = waiter->deadline - g_get_monotonic_time ();

      if (left <= 0)
        {
          waiter->error = timed_out_error_new (waiter->timeout_ms);
          return FALSE;
        }
      timeout = MIN ((left + 999) / 1000, G_MAXINT);
    }

  channel_unlock (self);
  *happened = qemu_transport_wait (self->transport, waiter->thread, condition, timeout);
  g_mutex_lock (&self->lock);

  return TRUE;
}

static gboolean
waiter_take_role_locked (QemuChannel *self,
                         Waiter      *waiter)
{
  GIOCondition ignored;
  gboolean keep_waiting = TRUE;

  if (self->reading)
    {
      waiter->line_link.data = waiter;
      g_queue_push_tail_link (&self->line, &waiter->line_link);
      while (keep_waiting && self->reading && !self->closed)
        keep_waiting = waiter_sleep_locked (self, waiter, 0, &ignored);
      g_queue_unlink (&self->line, &waiter->line_link);
    }

  if (self->closed && waiter->error == NULL)
    g_set_error_literal (&waiter->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "The connection is closed");
  /* Whoever gives up does so while somebody else still reads: so the role was not offered to us. */
  if (waiter->error != NULL)
    return FALSE;

  self->reading = TRUE;
  self->leader = waiter->thread;
  channel_hush_inboxes_locked (self);

  return TRUE;
}

/* A reply nearly always comes soon, and before anything else that could end the wait: so the first turn of most callers
 * need not poll. Should another thread want something meanwhile, it has to be patient, too. */
static gboolean
waiter_may_read_locked (QemuChannel *self,
                        Waiter      *waiter)
{
  return !waiter->polled && waiter->cancellable == NULL && !channel_has_unsent_locked (self) &&
         qemu_transport_get_fd (self->transport) >= 0 &&
         (waiter->timeout_ms == 0 || waiter->timeout_ms > 2 * QEMU_TRANSPORT_PATIENCE_MS);
}

/* One turn of a caller that has the role. FALSE: it gives up. */
static gboolean
waiter_lead_locked (QemuChannel *self,
                    Waiter      *waiter)
{
  QemuTransportRead how = QEMU_TRANSPORT_READ_NOW;
  GIOCondition happened = G_IO_IN;
  g_autoptr(GError) error = NULL;

  if (waiter_may_read_locked (self, waiter))
    {
      how = QEMU_TRANSPORT_READ_PATIENTLY;
      waiter->polled = TRUE;
    }
  else if (!waiter_sleep_locked (self, waiter, G_IO_IN | (channel_has_unsent_locked (self) ? G_IO_OUT : 0), &happened))
    {
      return FALSE;
    }

  if (happened & G_IO_OUT)
    channel_flush_locked (self);
  if (happened & G_IO_IN)
    {
      channel_unlock (self);
      channel_read (self, waiter->thread, how, &error);
      g_mutex_lock (&self->lock);
      if (error != NULL)
        channel_fail_locked (self, error);
    }

  return TRUE;
}

/* It may have to wait before it can even send. */
static void
waiter_make_room_locked (QemuChannel *self,
                         Waiter      *waiter,
                         const char  *command,
                         gsize        length)
{
  while (!channel_has_room_locked (self, command, length) && !self->closed && waiter_lead_locked (self, waiter))
    ;
  if (self->closed && waiter->error == NULL)
    waiter->error = closed_error_new (self->closed_error);
}

static void
wake_thread_cb (GCancellable *cancellable,
                gpointer      user_data)
{
  qemu_thread_wake (user_data);
}

GBytes *
qemu_channel_run (QemuChannel   *self,
                  const char    *command,
                  gsize          length,
                  unsigned       timeout_ms,
                  GCancellable  *cancellable,
                  GError       **error)
{
  QemuThread *thread = qemu_thread_get ();
  Waiter waiter = {
    .thread = thread,
    .cancellable = cancellable,
    .deadline = deadline_for (timeout_ms),
    .timeout_ms = timeout_ms
  };
  gulong cancelled_id = 0;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  qemu_thread_prepare_wakeup (thread);
  if (cancellable != NULL)
    cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (wake_thread_cb),
                                          qemu_thread_ref (thread), qemu_thread_unref);

  g_mutex_lock (&self->lock);
  if (waiter_take_role_locked (self, &waiter))
    {
      waiter_make_room_locked (self, &waiter, command, length);
      if (waiter.error == NULL)
        {
          pending_add_locked (self, &waiter.pending);
          channel_send_locked (self, NULL, command, length, waiter.pending.id, -1);
        }
      while (!waiter.done && waiter.error == NULL && waiter_lead_locked (self, &waiter))
        ;
      if (waiter.pending.linked)
        pending_remove_locked (self, &waiter.pending);
      channel_release_role_locked (self);
    }
  channel_unlock (self);

  if (thread->parsed != waiter.reply)
    thread->parsed = NULL;
  qemu_cancellable_disconnect (cancellable, cancelled_id);
  if (waiter.error != NULL)
    g_propagate_error (error, waiter.error);

  return waiter.reply;
}

/* ---------------------------------------------------------------- asynchronous calls */

/* In whatever thread cancels, before or after all else. */
static void
call_cancelled_cb (GCancellable *cancellable,
                   gpointer      user_data)
{
  Call *call = user_data;
  QemuChannel *self = call->channel;

  g_mutex_lock (&self->lock);
  call->cancelled = TRUE;
  if (call->pending.linked)
    pending_complete_locked (self, &call->pending, NULL, cancelled_error_new ());
  else if (g_queue_find (&self->parked, call) != NULL)
    parked_fail_locked (self, call, cancelled_error_new ());
  channel_unlock (self);
}

gboolean
qemu_channel_passes_files (QemuChannel *self)
{
  gboolean passes;

  g_mutex_lock (&self->lock);
  /* That one is closed is said by whoever runs the command. */
  passes = self->closed || qemu_transport_passes_files (self->transport);
  channel_unlock (self);

  return passes;
}

void
qemu_channel_run_async (QemuChannel          *self,
                        const char           *command,
                        gsize                 length,
                        unsigned              timeout_ms,
                        GCancellable         *cancellable,
                        QemuChannelReplyFunc  callback,
                        gpointer              user_data)
{
  qemu_channel_run_with_file_async (self, command, length, -1, timeout_ms, cancellable, callback, user_data);
}

void
qemu_channel_run_with_file_async (QemuChannel          *self,
                                  const char           *command,
                                  gsize                 length,
                                  int                   file,
                                  unsigned              timeout_ms,
                                  GCancellable         *cancellable,
                                  QemuChannelReplyFunc  callback,
                                  gpointer              user_data)
{
  Call *call = g_new0 (Call, 1);

  g_atomic_ref_count_init (&call->ref_count);
  call->pending.is_call = TRUE;
  call->item.kind = ITEM_CALL;
  call->channel = qemu_channel_ref (self);
  call->deadline = deadline_for (timeout_ms);
  call->timeout_ms = timeout_ms;
  call->turn = get_turn ();
  call->file = file;
  call->callback = callback;
  call->user_data = user_data;
  /* Looked at first: inside a handler of its own, a newer GLib does not let itself be connected to. */
  if (g_cancellable_is_cancelled (cancellable))
    {
      call->cancelled = TRUE;
    }
  else if (cancellable != NULL)
    {
      call->cancellable = g_object_ref (cancellable);
      call->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (call_cancelled_cb),
                                                  call_ref (call), call_unref);
    }

  g_mutex_lock (&self->lock);
  call->inbox = channel_get_inbox_locked (self);
  qemu_port_ref (&call->inbox->port);
  call->inbox->n_calls++;
  if (call->cancelled)
    call->error = cancelled_error_new ();
  else if (self->closed)
    call->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "The connection is closed");

  if (call->error != NULL)
    inbox_push_locked (call->inbox, &call->item);
  else if (channel_may_send_locked (self, call, command, length))
    channel_begin_call_locked (self, call, command, length);
  else
    channel_park_call_locked (self, call, command, length);
  channel_unlock (self);
}

QemuInbox *
qemu_channel_attend (QemuChannel *self)
{
  QemuInbox *inbox;

  g_mutex_lock (&self->lock);
  inbox = channel_get_inbox_locked (self);
  qemu_port_ref (&inbox->port);
  inbox->n_calls++;
  /* Nothing may be sent, or handed out, for long. */
  channel_send_unsent_locked (self);
  channel_unlock (self);

  return inbox;
}

void
qemu_channel_leave (QemuInbox *inbox)
{
  inbox_end_call (inbox);
  qemu_port_unref (&inbox->port);
}

/* ---------------------------------------------------------------- life */

QemuChannel *
qemu_channel_new (QemuTransport          *transport,
                  GMainContext           *context,
                  gsize                   max_message_size,
                  const QemuChannelFuncs *funcs,
                  gpointer                user_data,
                  GDestroyNotify          free_user_data)
{
  QemuChannel *self = g_new0 (QemuChannel, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  g_queue_init (&self->line);
  g_queue_init (&self->parked);
  self->unsent_file = -1;
  item_queue_init (&self->held);
  self->transport = transport;
  self->max_message_size = max_message_size;
  self->funcs = funcs;
  self->user_data = user_data;
  self->free_user_data = free_user_data;
  self->log = qemu_wire_log_new ();
  self->holding = TRUE;
  self->owner = inbox_new (self, context);
  channel_watch_locked (self, G_IO_IN);

  return self;
}

QemuChannel *
qemu_channel_ref (QemuChannel *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

void
qemu_channel_unref (QemuChannel *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->owner == NULL && self->guests == NULL && self->first == NULL);

  qemu_transport_free (self->transport);
  qemu_input_clear (&self->input);
  g_clear_pointer (&self->unsent, g_byte_array_unref);
  close_file (&self->unsent_file);
  g_clear_pointer (&self->overtaking, g_array_unref);
  g_clear_pointer (&self->greeting, g_bytes_unref);
  g_clear_error (&self->closed_error);
  g_clear_pointer (&self->log, qemu_wire_log_free);
  if (self->free_user_data != NULL)
    self->free_user_data (self->user_data);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
qemu_channel_release_events (QemuChannel *self)
{
  Item *item;

  g_mutex_lock (&self->lock);
  if (self->holding && self->owner != NULL && self->funcs->opened != NULL)
    {
      self->opened_item.kind = ITEM_OPENED;
      inbox_push_locked (self->owner, &self->opened_item);
    }
  self->holding = FALSE;
  g_clear_pointer (&self->greeting, g_bytes_unref);
  while (self->owner != NULL && (item = item_queue_pop (&self->held)) != NULL)
    inbox_push_locked (self->owner, item);
  channel_unlock (self);
}

GBytes *
qemu_channel_dup_greeting (QemuChannel *self)
{
  GBytes *greeting;

  g_mutex_lock (&self->lock);
  greeting = self->greeting != NULL ? g_bytes_ref (self->greeting) : NULL;
  channel_unlock (self);

  return greeting;
}

gboolean
qemu_channel_is_closed (QemuChannel *self)
{
  gboolean closed;

  g_mutex_lock (&self->lock);
  closed = self->closed;
  channel_unlock (self);

  return closed;
}
