/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes how a connection is opened: whatever a peer says instead of its greeting and its agreement, the monitor is
 * open or it is not, and says why. */

#include "config.h"

#include <sys/socket.h>
#include <unistd.h>

#include "qemu-test.h"

/* An input's first byte says how the monitor is opened, by the letters below; "0": as usual. The rest is what the peer
 * sends, then it hangs up. Commands are numbered from 1, and the first is `qmp_capabilities`. */
enum
{
  OUT_OF_BAND = 1 << 0,         /* … is asked for */
  SYNC = 1 << 1,                /* by the synchronous call */
  IN_HALVES = 1 << 2,           /* the second one when the loop has seen the first */
  NO_EVENTS = 1 << 3            /* nobody listens */
};

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static void
event_cb (QemuMonitor *monitor,
          QemuEvent   *event,
          gpointer     user_data)
{
  unsigned *n_closed = user_data;

  g_assert_cmpuint (*n_closed, ==, 0);
  g_assert_true (g_utf8_validate (qemu_event_get_name (event), -1, NULL));
  qemu_test_read_properties (event);
}

static void
closed_cb (QemuMonitor  *monitor,
           const GError *error,
           gpointer      user_data)
{
  unsigned *n_closed = user_data;

  g_assert_cmpuint ((*n_closed)++, ==, 0);
}

static void
check_failure (const GError *error)
{
  g_assert_nonnull (error);
  g_assert_true (error->domain == QEMU_ERROR || error->domain == G_IO_ERROR);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static void
check_open (QemuMonitor *monitor)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("query-status");
  g_autoptr(GBytes) reply = NULL;
  g_autoptr(GError) error = NULL;

  reply = qemu_monitor_run (monitor, command, NULL, &error);
  if (reply == NULL)
    check_failure (error);
}

static void
open_monitor (QemuMonitor  *monitor,
              const guint8 *data,
              gsize         size,
              unsigned      how,
              int           far)
{
  gsize first = how & IN_HALVES ? size / 2 : size;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  gboolean opened;

  g_assert_cmpint (send (far, data, first, MSG_NOSIGNAL), ==, first);
  if (how & SYNC)
    {
      shutdown (far, SHUT_WR);
      opened = qemu_monitor_open (monitor, NULL, &error);
    }
  else
    {
      qemu_monitor_open_async (monitor, NULL, qemu_test_store_result_cb, &result);
      qemu_test_drain ();
      /* It may have hung up by now. */
      if (send (far, data + first, size - first, MSG_NOSIGNAL) >= 0)
        qemu_test_drain ();
      shutdown (far, SHUT_WR);
      QEMU_TEST_WAIT_UNTIL (result != NULL);
      opened = qemu_monitor_open_finish (monitor, result, &error);
    }
  if (!opened)
    check_failure (error);
  else
    check_open (monitor);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr(GIOStream) stream = NULL;
  QemuMonitor *monitor;
  unsigned n_closed = 0;
  unsigned how;
  int far;

  if (size < 1)
    return 0;

  how = data[0];
  stream = qemu_test_stream_pair (&far);
  monitor = qemu_socket_monitor_new_for_stream (stream);
  g_object_set (monitor, "out-of-band", (how & OUT_OF_BAND) != 0, NULL);
  if (!(how & NO_EVENTS))
    g_signal_connect (monitor, "event", G_CALLBACK (event_cb), &n_closed);
  g_signal_connect (monitor, "closed", G_CALLBACK (closed_cb), &n_closed);

  open_monitor (monitor, data + 1, size - 1, how, far);
  qemu_test_read_properties (monitor);
  close (far);
  QEMU_TEST_WAIT_UNTIL (qemu_monitor_get_state (monitor) == QEMU_MONITOR_STATE_CLOSED);
  qemu_test_read_properties (monitor);
  qemu_test_drop (monitor);

  return 0;
}
