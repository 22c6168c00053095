/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class. */

#include "config.h"

#include "qemu-context-fd.h"

#include <errno.h>
#include <unistd.h>

#ifdef HAVE_TIMERFD
# include <sys/epoll.h>
# include <sys/timerfd.h>
#endif

#include "qemu-context-private.h"

#define MAX_TURNS 16

/**
 * QemuContextFd:
 *
 * A file descriptor that becomes readable when a main context has something to do.
 *
 * This library lives on a [struct@GLib.MainContext]. A program whose event loop is another one (asyncio, libuv,
 * libevent, a loop around `poll()`) makes one of these, has its loop watch [property@ContextFd:fd] for reading, and
 * calls [method@ContextFd.iterate] whenever there is something to read. Nothing is polled in between, and nothing
 * costs anything while nothing happens:
 *
 * ```c
 * g_autoptr(QemuContextFd) view = qemu_context_fd_new (NULL, &error);
 * struct pollfd poll_fd = { qemu_context_fd_get_fd (view), POLLIN, 0 };
 *
 * while (poll (&poll_fd, 1, -1) > 0)
 *   qemu_context_fd_iterate (view);
 * ```
 *
 * The thread that makes it owns the context until [method@ContextFd.close], as if it ran a loop on it, and is the only
 * one that may use the object. When it has attached a source to the context itself, outside of
 * [method@ContextFd.iterate] (GLib does not tell anybody of these), it calls [method@ContextFd.iterate] once more, or
 * [method@GLib.MainContext.wakeup]. What this library attaches needs nothing of the kind.
 *
 * There are such descriptors on Linux only. The Python binding uses one to run under asyncio.
 *
 * Since: 1.0
 */
struct _QemuContextFd
{
  GObject       parent_instance;

  GMainContext *context;
  int           fd;             /* an epoll set of the two below; -1 once it is closed */
  int           set_fd;         /* an epoll set of what the context waits for */
  int           timer_fd;       /* when the context is to be looked at in any case */
  GArray       *polled;         /* GPollFD in the order of their descriptors: what is in the set */
  GArray       *wanted;         /* the same, as the context wants it next */
  gboolean      has_alarm;
};

typedef enum
{
  PROP_CONTEXT = 1,
  PROP_FD
} QemuContextFdProperty;

static GParamSpec *properties[PROP_FD + 1];

G_DEFINE_FINAL_TYPE (QemuContextFd, qemu_context_fd, G_TYPE_OBJECT)

static void
qemu_context_fd_stop (QemuContextFd *self)
{
  int *fds[] = { &self->fd, &self->set_fd, &self->timer_fd };

  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      if (*fds[i] >= 0)
        close (*fds[i]);
      *fds[i] = -1;
    }
  g_main_context_release (self->context);
  g_atomic_int_add (&qemu_context_n_foreign, -1);
}

#ifdef HAVE_TIMERFD

/* Each time anew, also what is watched already: it may have been closed, and its number be another file's now. */
static gboolean
watch (int     set_fd,
       int     fd,
       guint32 events)
{
  struct epoll_event event = { .events = events };

  return epoll_ctl (set_fd, EPOLL_CTL_MOD, fd, &event) == 0 || epoll_ctl (set_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* A descriptor that was closed before it was taken out stays in the set when somebody else has a copy of it, a child
 * for instance, and nothing takes it out any more. */
static gboolean
qemu_context_fd_renew_set (QemuContextFd *self)
{
  if (self->set_fd >= 0)
    {
      epoll_ctl (self->fd, EPOLL_CTL_DEL, self->set_fd, NULL);
      close (self->set_fd);
    }
  self->set_fd = epoll_create1 (EPOLL_CLOEXEC);

  return self->set_fd >= 0 && watch (self->fd, self->set_fd, EPOLLIN);
}

static void
qemu_context_fd_set_alarm (QemuContextFd *self,
                           int            timeout_ms)
{
  struct itimerspec spec = { 0 };

  if (timeout_ms < 0 && !self->has_alarm)
    return;

  self->has_alarm = timeout_ms >= 0;
  if (timeout_ms > 0)
    {
      spec.it_value.tv_sec = timeout_ms / 1000;
      spec.it_value.tv_nsec = timeout_ms % 1000 * G_GINT64_CONSTANT (1000000);
    }
  else if (timeout_ms == 0)
    spec.it_value.tv_nsec = 1;
  timerfd_settime (self->timer_fd, 0, &spec, NULL);
}

/* Has the set watch what the context waits for. */
static void
qemu_context_fd_arm (QemuContextFd *self)
{
  GArray *stale = self->polled;
  gboolean is_left_over = FALSE;
  int priority, timeout_ms, n;

  g_main_context_prepare (self->context, &priority);
  while ((n = g_main_context_query (self->context, priority, &timeout_ms, (GPollFD *) (gpointer) self->wanted->data,
                                    self->wanted->len)) > (int) self->wanted->len)
    g_array_set_size (self->wanted, n);
  g_array_set_size (self->wanted, n);

  for (unsigned i = 0, j = 0; i < stale->len; i++)
    {
      int fd = g_array_index (stale, GPollFD, i).fd;

      while (j < self->wanted->len && g_array_index (self->wanted, GPollFD, j).fd < fd)
        j++;
      if (j == self->wanted->len || g_array_index (self->wanted, GPollFD, j).fd != fd)
        is_left_over |= epoll_ctl (self->set_fd, EPOLL_CTL_DEL, fd, NULL) != 0;
    }
  if (is_left_over)
    qemu_context_fd_renew_set (self);

  for (unsigned i = 0; i < self->wanted->len; i++)
    {
      GPollFD *poll_fd = &g_array_index (self->wanted, GPollFD, i);

      /* A plain file cannot be watched: it is always ready. One that is not open is, too, for whoever polls it. */
      if (poll_fd->fd >= 0 && !watch (self->set_fd, poll_fd->fd, poll_fd->events))
        timeout_ms = 0;
    }
  qemu_context_fd_set_alarm (self, timeout_ms);

  self->polled = self->wanted;
  self->wanted = stale;
}

static gboolean
qemu_context_fd_start (QemuContextFd  *self,
                       GError        **error)
{
  if (!g_main_context_acquire (self->context))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "Another thread runs this main context");
      return FALSE;
    }

  g_atomic_int_inc (&qemu_context_n_foreign);
  self->timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  self->fd = epoll_create1 (EPOLL_CLOEXEC);
  if (self->timer_fd < 0 || self->fd < 0 || !watch (self->fd, self->timer_fd, EPOLLIN) ||
      !qemu_context_fd_renew_set (self))
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   "A descriptor for a main context could not be made: %s", g_strerror (saved_errno));
      qemu_context_fd_stop (self);
      return FALSE;
    }

  qemu_context_fd_arm (self);
  return TRUE;
}

#else

static void
qemu_context_fd_arm (QemuContextFd *self)
{
}

static gboolean
qemu_context_fd_start (QemuContextFd  *self,
                       GError        **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       "A main context can be had as a descriptor on Linux only");
  return FALSE;
}

#endif

static void
qemu_context_fd_finalize (GObject *object)
{
  QemuContextFd *self = QEMU_CONTEXT_FD (object);

  qemu_context_fd_close (self);
  g_array_unref (self->polled);
  g_array_unref (self->wanted);
  g_clear_pointer (&self->context, g_main_context_unref);

  G_OBJECT_CLASS (qemu_context_fd_parent_class)->finalize (object);
}

static void
qemu_context_fd_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  QemuContextFd *self = QEMU_CONTEXT_FD (object);

  switch ((QemuContextFdProperty) prop_id)
    {
    case PROP_CONTEXT:
      g_value_set_boxed (value, qemu_context_fd_get_context (self));
      break;

    case PROP_FD:
      g_value_set_int (value, qemu_context_fd_get_fd (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qemu_context_fd_class_init (QemuContextFdClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qemu_context_fd_finalize;
  object_class->get_property = qemu_context_fd_get_property;

  /**
   * QemuContextFd:context: (getter get_context)
   *
   * The main context.
   *
   * Since: 1.0
   */
  properties[PROP_CONTEXT] =
    g_param_spec_boxed ("context", NULL, NULL, G_TYPE_MAIN_CONTEXT, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QemuContextFd:fd: (getter get_fd)
   *
   * The descriptor to watch for reading, −1 once it is closed. It belongs to the object.
   *
   * Since: 1.0
   */
  properties[PROP_FD] =
    g_param_spec_int ("fd", NULL, NULL, -1, G_MAXINT, -1, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
qemu_context_fd_init (QemuContextFd *self)
{
  self->polled = g_array_new (FALSE, TRUE, sizeof (GPollFD));
  self->wanted = g_array_new (FALSE, TRUE, sizeof (GPollFD));
  self->fd = -1;
  self->set_fd = -1;
  self->timer_fd = -1;
}

/**
 * qemu_context_fd_new:
 * @context: (nullable): a main context, or %NULL for the thread-default one
 * @error: return location for an error
 *
 * Takes a main context over for this thread, and gives the descriptor that tells when it has something to do.
 *
 * Fails with %G_IO_ERROR_BUSY where another thread runs the context, with %G_IO_ERROR_NOT_SUPPORTED where there are
 * no such descriptors, and as `epoll_create()` does, for instance out of descriptors.
 *
 * Returns: (transfer full): a new object
 *
 * Since: 1.0
 */
QemuContextFd *
qemu_context_fd_new (GMainContext  *context,
                     GError       **error)
{
  g_autoptr(QemuContextFd) self = NULL;

  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  self = g_object_new (QEMU_TYPE_CONTEXT_FD, NULL);
  self->context = context ? g_main_context_ref (context) : g_main_context_ref_thread_default ();
  if (!qemu_context_fd_start (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * qemu_context_fd_get_fd: (get-property fd)
 * @self: a context's descriptor
 *
 * Gets the descriptor to watch for reading.
 *
 * Returns: the descriptor, which belongs to the object, or −1 once it is closed
 *
 * Since: 1.0
 */
int
qemu_context_fd_get_fd (QemuContextFd *self)
{
  g_return_val_if_fail (QEMU_IS_CONTEXT_FD (self), -1);

  return self->fd;
}

/**
 * qemu_context_fd_get_context: (get-property context)
 * @self: a context's descriptor
 *
 * Gets the main context.
 *
 * Returns: (transfer none): the context
 *
 * Since: 1.0
 */
GMainContext *
qemu_context_fd_get_context (QemuContextFd *self)
{
  g_return_val_if_fail (QEMU_IS_CONTEXT_FD (self), NULL);

  return self->context;
}

/**
 * qemu_context_fd_iterate:
 * @self: a context's descriptor
 *
 * Dispatches what is ready, without waiting. To be called in the thread that has made @self, whenever the descriptor
 * is readable; at other times it does no harm.
 *
 * Returns: whether anything was dispatched
 *
 * Since: 1.0
 */
gboolean
qemu_context_fd_iterate (QemuContextFd *self)
{
  gboolean dispatched = FALSE;
  unsigned n_turns = 0;

  g_return_val_if_fail (QEMU_IS_CONTEXT_FD (self), FALSE);

  /* A handler may close or drop it. */
  g_object_ref (self);

  /* GLib wakes its own poll() after each source that has a descriptor: the next turn here is cheaper than one of the
   * foreign loop, which has other things to do from time to time. */
  while (self->fd >= 0 && n_turns++ < MAX_TURNS && g_main_context_iteration (self->context, FALSE))
    dispatched = TRUE;
  if (self->fd >= 0)
    qemu_context_fd_arm (self);

  g_object_unref (self);

  return dispatched;
}

/**
 * qemu_context_fd_close:
 * @self: a context's descriptor
 *
 * Closes the descriptor and lets go of the context, so that another thread, or a loop of GLib's, may run it. Does
 * nothing when it is closed already. Dropping the last reference does the same; both have to happen in the thread
 * that has made it.
 *
 * Since: 1.0
 */
void
qemu_context_fd_close (QemuContextFd *self)
{
  g_return_if_fail (QEMU_IS_CONTEXT_FD (self));

  if (self->fd >= 0)
    qemu_context_fd_stop (self);
}
