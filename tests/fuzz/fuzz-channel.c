/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the channel: whatever a peer sends, in whatever pieces, and whatever else happens meanwhile, each call ends
 * once and nothing is left. */

#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu-glib/qemu-error.h"
#include "qemu-line.h"

/* An input begins with four bytes, which may be readable ones: how many calls are pending, how large the pieces are
 * ("@": all at once), what else happens ("0": nothing), and one that is not looked at. The rest is what the peer sends,
 * where ` and a letter is something that happens then, by the table below; `` is a `.
 */
#define HEADER_SIZE 4
#define MAX_CALLS   3
#define MAX_CROWD   64
#define MAX_SYNC    3

enum
{
  SYNC = 1 << 0,                /* synchronous callers read, not the loop */
  HELD = 1 << 1,                /* the events wait */
  CANCEL = 1 << 2,              /* calls are cancelled in the middle */
  SMALL = 1 << 3,               /* messages are limited to 200 bytes */
  CROWD = 1 << 6                /* out-of-band is on, and there are more calls than QEMU takes at a time */
};

typedef struct
{
  Line         *line;
  LineCall     *calls[MAX_CROWD];
  unsigned      n_calls;
  unsigned      n_sync;
  GCancellable *cancellable;
  unsigned      flags;
  gsize         piece;
} Fuzz;

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

/* ---------------------------------------------------------------- what happens */

static void
begin (Fuzz       *self,
       const char *name,
       int         file,
       unsigned    timeout_ms)
{
  if (self->n_calls < MAX_CROWD)
    self->calls[self->n_calls++] = line_call_new_with_file (self->line, name, file, timeout_ms, self->cancellable);
  else if (file >= 0)
    close (file);
}

static void
call (Fuzz *self)
{
  begin (self, "async", -1, 0);
}

/* Sent with what comes next, where there is something to be handed out. */
static void
ask (Fuzz *self)
{
  begin (self, "query-async", -1, 0);
}

static void
call_for_a_moment (Fuzz *self)
{
  begin (self, "async", -1, 1);
}

static void
call_with_file (Fuzz *self)
{
  begin (self, "async", fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3), 0);
}

static void
run_sync (Fuzz *self)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = NULL;

  if (self->n_sync++ >= MAX_SYNC)
    return;
  reply = line_run (self->line, "sync", 1, self->cancellable, &error);
  g_assert_true ((reply != NULL) != (error != NULL));
}

static void
cancel (Fuzz *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
}

static void
hear (Fuzz *self)
{
  char buffer[4096];

  while (self->line->far >= 0 && recv (self->line->far, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
    ;
}

static void
hang_up (Fuzz *self)
{
  line_hang_up (self->line);
}

static void
say_no_more (Fuzz *self)
{
  if (self->line->far >= 0)
    shutdown (self->line->far, SHUT_WR);
}

static void
close_channel (Fuzz *self)
{
  qemu_channel_close (self->line->channel, NULL);
}

static void
release_events (Fuzz *self)
{
  qemu_channel_release_events (self->line->channel);
}

static void
enable_out_of_band (Fuzz *self)
{
  qemu_channel_enable_out_of_band (self->line->channel);
}

static void
run_loop (Fuzz *self)
{
  qemu_test_drain ();
}

static const struct
{
  char   letter;
  void (*happens) (Fuzz *self);
} happenings[] = {
  { 'a', call },
  { 'c', cancel },
  { 'f', call_with_file },
  { 'h', hear },
  { 'l', run_loop },
  { 'o', enable_out_of_band },
  { 'q', ask },
  { 'r', release_events },
  { 's', run_sync },
  { 't', call_for_a_moment },
  { 'u', hang_up },
  { 'w', say_no_more },
  { 'x', close_channel },
};

/* ---------------------------------------------------------------- what the peer sends */

static void
send_pieces (Fuzz         *self,
             const guint8 *bytes,
             gsize         size)
{
  for (gsize sent = 0; sent < size && self->line->far >= 0; sent += self->piece)
    {
      gsize n = MIN (self->piece, size - sent);

      if (send (self->line->far, bytes + sent, n, MSG_NOSIGNAL | MSG_DONTWAIT) != (gssize) n)
        break;
      if (!(self->flags & SYNC))
        qemu_test_drain ();
      if (self->flags & CANCEL && sent >= size / 2)
        g_cancellable_cancel (self->cancellable);
    }
}

static void
play (Fuzz         *self,
      const guint8 *data,
      gsize         size)
{
  const guint8 *end = data + size;

  while (data < end)
    {
      const guint8 *mark = memchr (data, '`', end - data - 1);

      send_pieces (self, data, (mark != NULL ? mark : end) - data);
      if (mark == NULL)
        break;
      if (mark[1] == '`')
        send_pieces (self, mark, 1);
      for (unsigned i = 0; i < G_N_ELEMENTS (happenings); i++)
        if (happenings[i].letter == mark[1])
          happenings[i].happens (self);
      data = mark + 2;
    }
}

/* All of it is there, and then the end: so a synchronous call comes to an end, too. */
static void
end_sync (Fuzz *self)
{
  say_no_more (self);
  for (unsigned i = 0; i < MAX_CALLS; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) reply = line_run (self->line, "sync", 0, NULL, &error);

      g_assert_true ((reply != NULL) != (error != NULL));
    }
}

/* ---------------------------------------------------------------- what came of it */

/* No reply has gone to two calls, and none that is for nobody to any. */
static void
check_replies (Fuzz *self)
{
  g_autoptr(GHashTable) ids = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (unsigned i = 0; i < self->n_calls; i++)
    {
      LineCall *ended = self->calls[i];
      g_auto(QemuJson) json = QEMU_JSON_INIT;
      g_autoptr(GError) error = NULL;
      QemuMessage message;
      gsize size;
      const char *text;

      g_assert_cmpint (ended->n_called, ==, 1);
      if (ended->reply == NULL)
        {
          g_assert_true (ended->error->domain == QEMU_ERROR || ended->error->domain == G_IO_ERROR);
          g_assert_true (g_utf8_validate (ended->error->message, -1, NULL));
          continue;
        }

      text = g_bytes_get_data (ended->reply, &size);
      qemu_message_parse (&message, &json, text, size, &error);
      g_assert_no_error (error);
      g_assert_cmpint (message.kind, ==, QEMU_MESSAGE_RETURN);
      g_assert_cmpint (message.id, >, 0);
      g_assert_true (g_hash_table_add (ids, g_memdup2 (&message.id, sizeof message.id)));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr(Line) line = NULL;
  Fuzz self = { NULL };

  if (size < HEADER_SIZE)
    return 0;

  self.flags = data[2];
  self.piece = data[1] % 64 != 0 ? data[1] % 64 : size;
  self.cancellable = g_cancellable_new ();
  self.line = line = line_new_held (self.flags & SMALL ? 200 : LINE_MAX_MESSAGE_SIZE);
  if (!(self.flags & HELD))
    qemu_channel_release_events (line->channel);
  if (self.flags & CROWD)
    qemu_channel_enable_out_of_band (line->channel);
  for (unsigned i = 0; i < data[0] % (MAX_CALLS + 1) + (self.flags & CROWD ? QEMU_CHANNEL_WINDOW : 0); i++)
    call (&self);

  play (&self, data + HEADER_SIZE, size - HEADER_SIZE);
  if (self.flags & SYNC)
    end_sync (&self);

  line_hang_up (line);
  qemu_channel_release_events (line->channel);
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  /* Those that were begun behind the end. */
  for (unsigned i = 0; i < self.n_calls; i++)
    QEMU_TEST_WAIT_UNTIL (self.calls[i]->n_called > 0);
  check_replies (&self);
  for (unsigned i = 0; i < self.n_calls; i++)
    line_call_free (self.calls[i]);
  g_object_unref (self.cancellable);

  return 0;
}
