/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-thread-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <unistd.h>
#ifdef HAVE_EVENTFD
#include <sys/eventfd.h>
#endif

QemuThread *
qemu_thread_ref (QemuThread *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

void
qemu_thread_unref (gpointer data)
{
  QemuThread *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->wakeup_write_fd != self->wakeup_fd)
    close (self->wakeup_write_fd);
  if (self->wakeup_fd >= 0)
    close (self->wakeup_fd);
  g_free (self);
}

/* The thread ends. Others may still hold a reference, to wake it in vain. */
static void
qemu_thread_end (gpointer data)
{
  QemuThread *self = data;

  if (self->sync != NULL)
    self->free_sync (g_steal_pointer (&self->sync));
  qemu_json_clear (&self->json);
  g_clear_pointer (&self->scratch, g_free);
  g_clear_pointer (&self->wait_context, g_main_context_unref);
  qemu_thread_unref (self);
}

static GPrivate current_thread = G_PRIVATE_INIT (qemu_thread_end);

QemuThread *
qemu_thread_get (void)
{
  QemuThread *self = g_private_get (&current_thread);

  if (G_LIKELY (self != NULL))
    return self;

  self = g_new0 (QemuThread, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->wakeup_fd = -1;
  self->wakeup_write_fd = -1;
  self->scratch = g_malloc (QEMU_THREAD_SCRATCH_SIZE);
  g_private_set (&current_thread, self);

  return self;
}

static gboolean
make_wakeup_fds (int fds[2])
{
#ifdef HAVE_EVENTFD
  fds[0] = fds[1] = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);

  return fds[0] >= 0;
#else
  return g_unix_open_pipe (fds, FD_CLOEXEC, NULL) &&
         g_unix_set_fd_nonblocking (fds[0], TRUE, NULL) &&
         g_unix_set_fd_nonblocking (fds[1], TRUE, NULL);
#endif
}

void
qemu_thread_prepare_wakeup (QemuThread *self)
{
  int fds[2];

  if (G_LIKELY (self->wakeup_fd >= 0) || !make_wakeup_fds (fds))
    return;

  self->wakeup_fd = fds[0];
  /* Whoever wakes it for what is over already may look at it just now. */
  g_atomic_int_set (&self->wakeup_write_fd, fds[1]);
}

void
qemu_thread_wake (QemuThread *self)
{
  int fd = g_atomic_int_get (&self->wakeup_write_fd);
  guint64 one = 1;

  if (fd >= 0 && g_atomic_int_compare_and_exchange (&self->woken, FALSE, TRUE))
    while (write (fd, &one, sizeof one) < 0 && errno == EINTR)
      ;
}

void
qemu_thread_consume_wakeup (QemuThread *self)
{
  guint64 n;

  while (read (self->wakeup_fd, &n, sizeof n) < 0 && errno == EINTR)
    ;
  g_atomic_int_set (&self->woken, FALSE);
}
