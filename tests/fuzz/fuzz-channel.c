/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the channel: whatever a peer sends, in whatever pieces, each call ends once and nothing is left. */

#include "config.h"

#include <sys/socket.h>

#include "qemu-line.h"

/* An input begins with four bytes, which may be readable ones: how many calls are pending, how large the pieces are
 * ("@": all at once), what else happens ("0": nothing), and one that is not looked at. The rest is what the peer sends.
 */
#define HEADER_SIZE 4
#define MAX_CALLS   3
#define MAX_CROWD   (MAX_CALLS + QEMU_CHANNEL_WINDOW)

enum
{
  SYNC = 1 << 0,                /* a synchronous caller reads, not the loop */
  HELD = 1 << 1,                /* the events wait */
  CANCEL = 1 << 2,              /* a call is cancelled in the middle */
  SMALL = 1 << 3,               /* messages are limited to 200 bytes */
  CROWD = 1 << 6                /* out-of-band is on, and there are more calls than QEMU takes at a time */
};

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static gboolean
send_piece (Line         *line,
            const guint8 *bytes,
            gsize         size)
{
  return send (line->far, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (gssize) size;
}

/* The loop reads after each piece. */
static void
feed_loop (Line         *line,
           const guint8 *bytes,
           gsize         size,
           gsize         piece,
           GCancellable *to_cancel)
{
  for (gsize sent = 0; sent < size; sent += piece)
    {
      if (!send_piece (line, bytes + sent, MIN (piece, size - sent)))
        break;
      qemu_test_drain ();
      if (to_cancel != NULL && sent >= size / 2)
        g_cancellable_cancel (to_cancel);
    }
}

/* All of it is there, and then the end: so a synchronous call comes to an end, too. */
static void
feed_sync (Line         *line,
           const guint8 *bytes,
           gsize         size,
           gsize         piece)
{
  for (gsize sent = 0; sent < size; sent += piece)
    if (!send_piece (line, bytes + sent, MIN (piece, size - sent)))
      break;
  shutdown (line->far, SHUT_WR);

  for (unsigned i = 0; i < MAX_CALLS; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) reply = line_run (line, "sync", 0, NULL, &error);

      g_assert_true ((reply != NULL) != (error != NULL));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  LineCall *calls[MAX_CROWD] = { NULL };
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(Line) line = NULL;
  unsigned n_calls, flags;
  gsize piece;

  if (size < HEADER_SIZE)
    return 0;

  n_calls = data[0] % (MAX_CALLS + 1);
  flags = data[2];
  piece = data[1] % 64;
  data += HEADER_SIZE;
  size -= HEADER_SIZE;
  if (piece == 0)
    piece = MAX (size, 1);

  line = line_new_held (flags & SMALL ? 200 : LINE_MAX_MESSAGE_SIZE);
  if (!(flags & HELD))
    qemu_channel_release_events (line->channel);
  if (flags & CROWD)
    {
      qemu_channel_enable_out_of_band (line->channel);
      n_calls += QEMU_CHANNEL_WINDOW;
    }
  for (unsigned i = 0; i < n_calls; i++)
    calls[i] = line_call_new (line, "async", 0, cancellable);

  if (flags & SYNC)
    feed_sync (line, data, size, piece);
  else
    feed_loop (line, data, size, piece, flags & CANCEL ? cancellable : NULL);

  line_hang_up (line);
  qemu_channel_release_events (line->channel);
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
  for (unsigned i = 0; i < n_calls; i++)
    {
      g_assert_cmpint (calls[i]->n_called, ==, 1);
      line_call_free (calls[i]);
    }

  return 0;
}
