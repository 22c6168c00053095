/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-process.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef HAVE_PDEATHSIG
#include <sys/prctl.h>
#endif

#include "qemu-context-private.h"
#include "qemu-error.h"
#include "qemu-socket-monitor-private.h"
#include "qemu-sync-private.h"
#include "qemu-text-private.h"

/**
 * QemuProcess:
 *
 * Starts a QEMU and gives its domain.
 *
 * ```c
 * const char * const argv[] = { "qemu-system-x86_64", "-M", "q35", "-m", "1G", "disk.qcow2", NULL };
 * g_autoptr(QemuProcess) process = qemu_process_new (argv);
 *
 * if (!qemu_process_spawn (process, NULL, &error))
 *   return FALSE;
 *
 * use (qemu_process_get_domain (process));
 * qemu_process_shutdown (process, 30000, NULL, &error);
 * ```
 *
 * The arguments are the caller's. The library adds a monitor on a socket pair, so that there is no path to choose, no
 * waiting for it to appear, and nobody else can connect; QEMU may have other monitors besides.
 *
 * Arguments can be read by every user of the machine: secrets are passed to QEMU by a file, a descriptor, or with
 * `object-add` when it runs.
 *
 * That a command was accepted, that the connection has ended and that the process has ended are three things. Only
 * the last one makes [property@Process:running] %FALSE.
 *
 * A process does not outlive its owner: when the last reference is dropped, or the whole program ends in whatever way
 * (on Linux), QEMU is killed. [property@Process:keep-alive] lets it live on. After it has ended it may be spawned
 * again.
 *
 * Since: 1.0
 */
struct _QemuProcess
{
  GObject        parent_instance;

  GMainContext  *context;
  char         **argv;
  QemuDomain    *domain;
  gboolean       keep_alive;

  GMutex         lock;
  GSubprocess   *subprocess;
  int            error_fd;              /* QEMU's stderr, or -1 */
  GString       *error_output;
  GSource       *error_source;
};

typedef enum
{
  PROP_ARGV = 1,
  PROP_DOMAIN,
  PROP_PID,
  PROP_RUNNING,
  PROP_EXIT_STATUS,
  PROP_KEEP_ALIVE
} QemuProcessProperty;

typedef enum
{
  SIGNAL_EXITED,
  N_SIGNALS
} QemuProcessSignal;

/* Where QEMU finds its end of the socket pair. */
#define MONITOR_FD 3

/* How much of what QEMU writes to stderr is kept: the end of it. */
#define MAX_ERROR_OUTPUT 65536

/* How long a QEMU may take to end after it has hung up, or was told to quit, before it is killed. */
#define HANG_UP_GRACE_MS 2000
#define QUIT_GRACE_MS    5000

static GParamSpec *properties[PROP_KEEP_ALIVE + 1];
static unsigned signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QemuProcess, qemu_process, G_TYPE_OBJECT)

/* ---------------------------------------------------------------- what QEMU writes to stderr */

/* The pipe does not block on QEMU's side either: what does not fit while nobody reads is lost, instead of stopping a
 * machine. And of one that writes as fast as we read no more than is kept is read at a time. */
static void
read_error_output_locked (QemuProcess *self)
{
  char buffer[4096];
  gsize n_read = 0;
  gssize n;

  if (self->error_fd < 0)
    return;

  do
    {
      n = read (self->error_fd, buffer, sizeof buffer);
      if (n > 0)
        g_string_append_len (self->error_output, buffer, n), n_read += n;
      if (self->error_output->len > MAX_ERROR_OUTPUT)
        g_string_erase (self->error_output, 0, self->error_output->len - MAX_ERROR_OUTPUT);
    }
  while ((n > 0 && n_read < MAX_ERROR_OUTPUT) || (n < 0 && errno == EINTR));

  if (n == 0)
    {
      close (self->error_fd);
      self->error_fd = -1;
    }
}

static gboolean
error_output_cb (int          fd,
                 GIOCondition condition,
                 gpointer     user_data)
{
  GWeakRef *ref = user_data;
  g_autoptr(QemuProcess) self = g_weak_ref_get (ref);
  gboolean more;

  if (self == NULL)
    return G_SOURCE_REMOVE;

  g_mutex_lock (&self->lock);
  read_error_output_locked (self);
  more = self->error_fd == fd;
  if (!more)
    g_clear_pointer (&self->error_source, g_source_unref);
  g_mutex_unlock (&self->lock);

  return more ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
drop_error_pipe_locked (QemuProcess *self)
{
  qemu_source_clear (&self->error_source);
  if (self->error_fd >= 0)
    close (self->error_fd);
  self->error_fd = -1;
}

/* Takes @fd. */
static void
watch_error_output_locked (QemuProcess *self,
                           int          fd)
{
  drop_error_pipe_locked (self);
  g_string_truncate (self->error_output, 0);
  self->error_fd = fd;
  self->error_source = g_unix_fd_source_new (fd, G_IO_IN | G_IO_HUP);
  g_source_set_callback (self->error_source, G_SOURCE_FUNC (error_output_cb), qemu_weak_ref_new (self),
                         qemu_weak_ref_free);
  qemu_context_attach (self->context, g_source_ref (self->error_source));
}

/* ---------------------------------------------------------------- the class */

static void
qemu_process_constructed (GObject *object)
{
  QemuProcess *self = QEMU_PROCESS (object);
  g_autoptr(QemuMonitor) monitor = g_object_new (QEMU_TYPE_SOCKET_MONITOR, NULL);

  G_OBJECT_CLASS (qemu_process_parent_class)->constructed (object);

  self->context = g_main_context_ref_thread_default ();
  self->domain = qemu_domain_new (monitor, NULL);
}

static void
qemu_process_dispose (GObject *object)
{
  QemuProcess *self = QEMU_PROCESS (object);

  g_mutex_lock (&self->lock);
  if (self->subprocess != NULL && !self->keep_alive)
    g_subprocess_force_exit (self->subprocess);
  g_clear_object (&self->subprocess);
  drop_error_pipe_locked (self);
  g_mutex_unlock (&self->lock);
  g_clear_object (&self->domain);

  G_OBJECT_CLASS (qemu_process_parent_class)->dispose (object);
}

static void
qemu_process_finalize (GObject *object)
{
  QemuProcess *self = QEMU_PROCESS (object);

  g_strfreev (self->argv);
  g_string_free (self->error_output, TRUE);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (qemu_process_parent_class)->finalize (object);
}

static void
qemu_process_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  QemuProcess *self = QEMU_PROCESS (object);

  switch ((QemuProcessProperty) prop_id)
    {
    case PROP_ARGV:
      g_value_set_boxed (value, self->argv);
      break;

    case PROP_DOMAIN:
      g_value_set_object (value, qemu_process_get_domain (self));
      break;

    case PROP_PID:
      g_value_set_int (value, qemu_process_get_pid (self));
      break;

    case PROP_RUNNING:
      g_value_set_boolean (value, qemu_process_get_running (self));
      break;

    case PROP_EXIT_STATUS:
      g_value_set_int (value, qemu_process_get_exit_status (self));
      break;

    case PROP_KEEP_ALIVE:
      g_value_set_boolean (value, qemu_process_get_keep_alive (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qemu_process_set_property (GObject      *object,
                           guint         prop_id,
                           const GValue *value,
                           GParamSpec   *pspec)
{
  QemuProcess *self = QEMU_PROCESS (object);

  switch ((QemuProcessProperty) prop_id)
    {
    case PROP_ARGV:
      self->argv = g_value_dup_boxed (value);
      break;

    case PROP_KEEP_ALIVE:
      qemu_process_set_keep_alive (self, g_value_get_boolean (value));
      break;

    case PROP_DOMAIN:
    case PROP_PID:
    case PROP_RUNNING:
    case PROP_EXIT_STATUS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * QemuProcess:argv: (getter get_argv)
   *
   * The program to start and its arguments, without the monitor that the library adds.
   *
   * Since: 1.0
   */
  properties[PROP_ARGV] =
    g_param_spec_boxed ("argv", NULL, NULL, G_TYPE_STRV,
                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * QemuProcess:domain: (getter get_domain)
   *
   * The QEMU that is started; it is open when [method@Process.spawn] has ended.
   *
   * Since: 1.0
   */
  properties[PROP_DOMAIN] =
    g_param_spec_object ("domain", NULL, NULL, QEMU_TYPE_DOMAIN, readable);

  /**
   * QemuProcess:pid: (getter get_pid)
   *
   * The number of the process; 0 when there is none.
   *
   * Since: 1.0
   */
  properties[PROP_PID] =
    g_param_spec_int ("pid", NULL, NULL, 0, G_MAXINT, 0, readable);

  /**
   * QemuProcess:running: (getter get_running)
   *
   * Whether the process has been started and has not ended.
   *
   * Since: 1.0
   */
  properties[PROP_RUNNING] =
    g_param_spec_boolean ("running", NULL, NULL, FALSE, readable);

  /**
   * QemuProcess:exit-status: (getter get_exit_status)
   *
   * What the process ended with: its exit status, or the negative number of the signal that killed it.
   *
   * Since: 1.0
   */
  properties[PROP_EXIT_STATUS] =
    g_param_spec_int ("exit-status", NULL, NULL, G_MININT, G_MAXINT, 0, readable);

  /**
   * QemuProcess:keep-alive: (getter get_keep_alive) (setter set_keep_alive)
   *
   * Whether QEMU goes on when its owner is gone. That the end of the program counts has to be said before it is
   * spawned.
   *
   * Since: 1.0
   */
  properties[PROP_KEEP_ALIVE] =
    g_param_spec_boolean ("keep-alive", NULL, NULL, FALSE,
                          G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
qemu_process_class_init (QemuProcessClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = qemu_process_constructed;
  object_class->dispose = qemu_process_dispose;
  object_class->finalize = qemu_process_finalize;
  object_class->get_property = qemu_process_get_property;
  object_class->set_property = qemu_process_set_property;

  install_properties (object_class);

  /**
   * QemuProcess::exited:
   * @self: the process
   * @exit_status: its exit status, or the negative number of the signal that killed it
   *
   * Comes when the process has ended.
   *
   * Since: 1.0
   */
  signals[SIGNAL_EXITED] =
    g_signal_new ("exited",
                  G_TYPE_FROM_CLASS (klass),
                  G_SIGNAL_RUN_LAST,
                  0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
qemu_process_init (QemuProcess *self)
{
  g_mutex_init (&self->lock);
  self->error_fd = -1;
  self->error_output = g_string_new (NULL);
}

/**
 * qemu_process_new:
 * @argv: (array zero-terminated=1): the program to start, found by `PATH`, and its arguments
 *
 * Makes a process, without starting it. A `qemu-storage-daemon` is good as well.
 *
 * Returns: (transfer full): a process
 *
 * Since: 1.0
 */
QemuProcess *
qemu_process_new (const char * const *argv)
{
  g_return_val_if_fail (argv != NULL && argv[0] != NULL, NULL);

  return g_object_new (QEMU_TYPE_PROCESS, "argv", argv, NULL);
}

/**
 * qemu_process_get_argv: (get-property argv)
 * @self: a process
 *
 * Gets the program to start and its arguments, without the monitor that the library adds.
 *
 * Returns: (transfer none) (array zero-terminated=1): the arguments
 *
 * Since: 1.0
 */
const char * const *
qemu_process_get_argv (QemuProcess *self)
{
  g_return_val_if_fail (QEMU_IS_PROCESS (self), NULL);

  return (const char * const *) self->argv;
}

/**
 * qemu_process_get_domain: (get-property domain)
 * @self: a process
 *
 * Gets the QEMU that is started. It may be had, and its signals connected to, before that.
 *
 * Returns: (transfer none): the domain
 *
 * Since: 1.0
 */
QemuDomain *
qemu_process_get_domain (QemuProcess *self)
{
  g_return_val_if_fail (QEMU_IS_PROCESS (self), NULL);

  return self->domain;
}

static GSubprocess *
dup_subprocess (QemuProcess *self)
{
  GSubprocess *subprocess;

  g_mutex_lock (&self->lock);
  subprocess = self->subprocess != NULL ? g_object_ref (self->subprocess) : NULL;
  g_mutex_unlock (&self->lock);

  return subprocess;
}

/**
 * qemu_process_get_pid: (get-property pid)
 * @self: a process
 *
 * Gets the number of the process.
 *
 * Returns: the number, or 0 when there is no process
 *
 * Since: 1.0
 */
int
qemu_process_get_pid (QemuProcess *self)
{
  g_autoptr(GSubprocess) subprocess = NULL;
  const char *pid;

  g_return_val_if_fail (QEMU_IS_PROCESS (self), 0);

  subprocess = dup_subprocess (self);
  pid = subprocess != NULL ? g_subprocess_get_identifier (subprocess) : NULL;

  return pid != NULL ? (int) g_ascii_strtoll (pid, NULL, 10) : 0;
}

/**
 * qemu_process_get_running: (get-property running)
 * @self: a process
 *
 * Tells whether the process has been started and has not ended.
 *
 * Returns: whether it runs
 *
 * Since: 1.0
 */
gboolean
qemu_process_get_running (QemuProcess *self)
{
  g_return_val_if_fail (QEMU_IS_PROCESS (self), FALSE);

  return qemu_process_get_pid (self) != 0;
}

static int
get_exit_status (GSubprocess *subprocess)
{
  if (subprocess == NULL || g_subprocess_get_identifier (subprocess) != NULL)
    return 0;
  if (g_subprocess_get_if_exited (subprocess))
    return g_subprocess_get_exit_status (subprocess);

  return -g_subprocess_get_term_sig (subprocess);
}

/**
 * qemu_process_get_exit_status: (get-property exit-status)
 * @self: a process
 *
 * Gets what the process ended with.
 *
 * Returns: its exit status, or the negative number of the signal that killed it; 0 also as long as it has not ended
 *
 * Since: 1.0
 */
int
qemu_process_get_exit_status (QemuProcess *self)
{
  g_autoptr(GSubprocess) subprocess = NULL;

  g_return_val_if_fail (QEMU_IS_PROCESS (self), 0);

  subprocess = dup_subprocess (self);

  return get_exit_status (subprocess);
}

/**
 * qemu_process_get_error_output:
 * @self: a process
 *
 * Gets what QEMU has written to its standard error: warnings, and the reason where it could not start. The last
 * 64 KiB are kept. Unlike the messages of errors this may have in it what a terminal would obey.
 *
 * Returns: (transfer full): the text, made valid UTF-8
 *
 * Since: 1.0
 */
char *
qemu_process_get_error_output (QemuProcess *self)
{
  char *output;

  g_return_val_if_fail (QEMU_IS_PROCESS (self), NULL);

  g_mutex_lock (&self->lock);
  read_error_output_locked (self);
  output = g_utf8_make_valid (self->error_output->str, self->error_output->len);
  g_mutex_unlock (&self->lock);

  return output;
}

/**
 * qemu_process_get_keep_alive: (get-property keep-alive)
 * @self: a process
 *
 * Tells whether QEMU goes on when its owner is gone.
 *
 * Returns: whether it does
 *
 * Since: 1.0
 */
gboolean
qemu_process_get_keep_alive (QemuProcess *self)
{
  g_return_val_if_fail (QEMU_IS_PROCESS (self), FALSE);

  return self->keep_alive;
}

/**
 * qemu_process_set_keep_alive: (set-property keep-alive)
 * @self: a process
 * @keep_alive: whether QEMU is to go on
 *
 * Sets whether QEMU goes on when its owner is gone.
 *
 * Since: 1.0
 */
void
qemu_process_set_keep_alive (QemuProcess *self,
                             gboolean     keep_alive)
{
  g_return_if_fail (QEMU_IS_PROCESS (self));

  keep_alive = !!keep_alive;
  if (self->keep_alive == keep_alive)
    return;

  self->keep_alive = keep_alive;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_KEEP_ALIVE]);
}

/**
 * qemu_process_force_exit:
 * @self: a process
 *
 * Kills QEMU, which loses what it has not written. [method@Process.shutdown] is the polite way.
 *
 * Since: 1.0
 */
void
qemu_process_force_exit (QemuProcess *self)
{
  g_autoptr(GSubprocess) subprocess = NULL;

  g_return_if_fail (QEMU_IS_PROCESS (self));

  subprocess = dup_subprocess (self);
  if (subprocess != NULL)
    g_subprocess_force_exit (subprocess);
}

/* ---------------------------------------------------------------- starting it */

#ifdef HAVE_PDEATHSIG
static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  /* Too late for the signal? */
  if (getppid () != GPOINTER_TO_INT (user_data))
    raise (SIGKILL);
}
#endif

/* A start that waits for its turn in the thread below. */
typedef struct
{
  GSubprocessLauncher *launcher;
  char               **argv;
  GSubprocess         *subprocess;
  GError              *error;
  gboolean             done;
} Launch;

static GMutex launch_lock;
static GCond launch_cond;

static gpointer
launcher_thread (gpointer data)
{
  GAsyncQueue *queue = data;

  for (;;)
    {
      Launch *launch = g_async_queue_pop (queue);

      launch->subprocess = g_subprocess_launcher_spawnv (launch->launcher, (const char * const *) launch->argv,
                                                         &launch->error);
      g_mutex_lock (&launch_lock);
      launch->done = TRUE;
      g_cond_broadcast (&launch_cond);
      g_mutex_unlock (&launch_lock);
    }

  return NULL;
}

/* To Linux a child's parent is the thread that forked, not the process. One thread that lives as long as the program
 * therefore starts all children that are to end with it. */
static GSubprocess *
launch_in_lasting_thread (GSubprocessLauncher  *launcher,
                          char                **argv,
                          GError              **error)
{
  static GAsyncQueue *queue;
  Launch launch = { launcher, argv, NULL, NULL, FALSE };

  if (g_once_init_enter (&queue))
    {
      GAsyncQueue *new_queue = g_async_queue_new ();

      g_thread_unref (g_thread_new ("qemu-launcher", launcher_thread, new_queue));
      g_once_init_leave (&queue, new_queue);
    }

  g_async_queue_push (queue, &launch);
  g_mutex_lock (&launch_lock);
  while (!launch.done)
    g_cond_wait (&launch_cond, &launch_lock);
  g_mutex_unlock (&launch_lock);

  if (launch.error != NULL)
    g_propagate_error (error, launch.error);

  return launch.subprocess;
}

static char **
make_argv (QemuProcess *self)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *program = g_path_get_basename (self->argv[0]);
  gboolean storage_daemon = g_str_has_prefix (program, "qemu-storage-daemon");
  g_autofree char *chardev = g_strdup_printf ("socket,id=qemu-glib,fd=%d", MONITOR_FD);

  g_strv_builder_addv (builder, (const char **) self->argv);
  g_strv_builder_add_many (builder, "--chardev", chardev, NULL);
  if (storage_daemon)
    g_strv_builder_add_many (builder, "--monitor", "chardev=qemu-glib", NULL);
  else
    g_strv_builder_add_many (builder, "--mon", "chardev=qemu-glib,mode=control", NULL);

  return g_strv_builder_end (builder);
}

/* Both ends close on exec; the launcher gives the child what it is to have. */
static gboolean
make_socket_pair (int      fds[2],
                  GError **error)
{
  int saved_errno;

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0)
    return TRUE;

  saved_errno = errno;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
               "Cannot make a socket pair: %s", g_strerror (saved_errno));
  return FALSE;
}

static gboolean
make_error_pipe (int      fds[2],
                 GError **error)
{
  return g_unix_open_pipe (fds, FD_CLOEXEC, error) &&
         g_unix_set_fd_nonblocking (fds[0], TRUE, error) &&
         g_unix_set_fd_nonblocking (fds[1], TRUE, error);
}

static void
use_socket (QemuProcess *self,
            int          fd)
{
  QemuSocketMonitor *monitor = QEMU_SOCKET_MONITOR (qemu_domain_get_monitor (self->domain));
  g_autoptr(GSocket) socket = g_socket_new_from_fd (fd, NULL);
  g_autoptr(GSocketConnection) connection = g_socket_connection_factory_create_connection (socket);

  qemu_socket_monitor_set_stream (monitor, G_IO_STREAM (connection));
}

static GSubprocess *
launch (QemuProcess  *self,
        int           monitor_fd,
        int           error_fd,
        GError      **error)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_auto(GStrv) argv = make_argv (self);

  g_subprocess_launcher_take_fd (launcher, monitor_fd, MONITOR_FD);
  g_subprocess_launcher_take_stderr_fd (launcher, error_fd);
  if (self->keep_alive)
    return g_subprocess_launcher_spawnv (launcher, (const char * const *) argv, error);

#ifdef HAVE_PDEATHSIG
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, GINT_TO_POINTER (getpid ()), NULL);
#endif

  return launch_in_lasting_thread (launcher, argv, error);
}

static GError *
process_failed_error_new (QemuProcess *self,
                          const char  *reason)
{
  return g_error_new (QEMU_ERROR, QEMU_ERROR_PROCESS_FAILED, "%s %s", self->argv[0], reason);
}

static void
exited_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  GWeakRef *ref = user_data;
  g_autoptr(QemuProcess) self = g_weak_ref_get (ref);

  qemu_weak_ref_free (ref);
  if (self == NULL)
    return;

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PID]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_EXIT_STATUS]);
  g_signal_emit (self, signals[SIGNAL_EXITED], 0, get_exit_status (G_SUBPROCESS (object)));
}

typedef struct
{
  GWeakRef    *process;
  GSubprocess *subprocess;
} ExitWatch;

static void
exit_watch_free (gpointer data)
{
  ExitWatch *self = data;

  g_clear_pointer (&self->process, qemu_weak_ref_free);
  g_object_unref (self->subprocess);
  g_free (self);
}

static gboolean
watch_exit_cb (gpointer user_data)
{
  ExitWatch *watch = user_data;
  g_autoptr(QemuProcess) self = g_weak_ref_get (watch->process);

  if (self == NULL)
    return G_SOURCE_REMOVE;

  g_main_context_push_thread_default (self->context);
  g_subprocess_wait_async (watch->subprocess, NULL, exited_cb, g_steal_pointer (&watch->process));
  g_main_context_pop_thread_default (self->context);

  return G_SOURCE_REMOVE;
}

/* The end of the process is told in the context that this object was made in, which need not be the one that spawns
 * it. */
static void
watch_exit (QemuProcess *self,
            GSubprocess *subprocess)
{
  GSource *source = g_idle_source_new ();
  ExitWatch *watch = g_new (ExitWatch, 1);

  watch->process = qemu_weak_ref_new (self);
  watch->subprocess = g_object_ref (subprocess);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, watch_exit_cb, watch, exit_watch_free);
  qemu_context_attach (self->context, source);
}

/* The new process, for the caller to unref. */
static GSubprocess *
start_process (QemuProcess  *self,
               GError      **error)
{
  int sockets[2] = { -1, -1 }, pipes[2] = { -1, -1 };
  g_autoptr(GError) local_error = NULL;
  GSubprocess *subprocess;

  if (qemu_process_get_running (self))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "%s runs already", self->argv[0]);
      return NULL;
    }

  if (!qemu_context_check_descriptors (QEMU_CONTEXT_MANY_DESCRIPTORS, error) || !make_socket_pair (sockets, error))
    return NULL;
  if (!make_error_pipe (pipes, error))
    {
      close (sockets[0]);
      close (sockets[1]);
      return NULL;
    }

  use_socket (self, sockets[0]);
  subprocess = launch (self, sockets[1], pipes[1], &local_error);

  g_mutex_lock (&self->lock);
  watch_error_output_locked (self, pipes[0]);
  g_set_object (&self->subprocess, subprocess);
  g_mutex_unlock (&self->lock);

  if (local_error != NULL)
    {
      g_autofree char *reason = g_strdup_printf ("could not be started: %s", local_error->message);

      g_propagate_error (error, process_failed_error_new (self, reason));
      return NULL;
    }

  watch_exit (self, subprocess);
  qemu_context_notify (self->context, self, properties[PROP_PID]);
  qemu_context_notify (self->context, self, properties[PROP_RUNNING]);

  return subprocess;
}

static GError *
early_death_error_new (QemuProcess *self,
                       GSubprocess *subprocess)
{
  g_autofree char *output = NULL;
  int status = get_exit_status (subprocess);
  g_autofree char *reason = NULL;

  g_mutex_lock (&self->lock);
  read_error_output_locked (self);
  output = qemu_text_from_stderr (self->error_output->str, self->error_output->len);
  g_mutex_unlock (&self->lock);
  if (status < 0)
    reason = g_strdup_printf ("was killed by signal %d at its start%s%s", -status, *output ? ": " : "", output);
  else
    reason = g_strdup_printf ("ended with status %d at its start%s%s", status, *output ? ": " : "", output);

  return process_failed_error_new (self, reason);
}

/* A start that is under way. */
typedef struct
{
  GSubprocess *subprocess;
  GSource     *grace;                   /* when it is over, the process is killed */
  GError      *error;                   /* what went wrong, if it is not that the process has ended */
} Spawn;

static void
spawn_free (gpointer data)
{
  Spawn *self = data;

  qemu_source_clear (&self->grace);
  g_clear_error (&self->error);
  g_object_unref (self->subprocess);
  g_free (self);
}

static gboolean
grace_over_cb (gpointer user_data)
{
  Spawn *spawn = user_data;

  g_subprocess_force_exit (spawn->subprocess);

  return G_SOURCE_REMOVE;
}

static void
failed_start_ended_cb (GObject      *object,
                       GAsyncResult *result,
                       gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Spawn *spawn = g_task_get_task_data (task);
  GError *error = g_steal_pointer (&spawn->error);

  if (error == NULL)
    error = early_death_error_new (g_task_get_source_object (task), spawn->subprocess);
  g_task_return_error (task, error);
}

static void
opened_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Spawn *spawn = g_task_get_task_data (task);
  GSubprocess *subprocess = spawn->subprocess;
  gboolean hung_up;

  if (qemu_domain_open_finish (QEMU_DOMAIN (object), result, &spawn->error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  /* It hung up: then it ends, and says why. Anything else is an error of ours, and it must not stay behind. */
  hung_up = g_error_matches (spawn->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  if (hung_up)
    g_clear_error (&spawn->error);
  spawn->grace = qemu_context_add_timeout (hung_up ? HANG_UP_GRACE_MS : 0, grace_over_cb, spawn);
  g_subprocess_wait_async (subprocess, NULL, failed_start_ended_cb, g_steal_pointer (&task));
}

/**
 * qemu_process_spawn_async:
 * @self: a process
 * @cancellable: (nullable): a cancellable; it ends QEMU, too
 * @callback: (scope async): called when the domain is open, or could not be started
 * @user_data: for @callback
 *
 * Starts QEMU and opens its domain. See [method@Process.spawn].
 *
 * Since: 1.0
 */
void
qemu_process_spawn_async (QemuProcess         *self,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  GSubprocess *subprocess;
  GError *error = NULL;
  Spawn *spawn;

  g_return_if_fail (QEMU_IS_PROCESS (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_process_spawn_async);
  if (g_task_return_error_if_cancelled (task))
    return;

  g_task_set_check_cancellable (task, FALSE);
  subprocess = start_process (self, &error);
  if (subprocess == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  spawn = g_new0 (Spawn, 1);
  spawn->subprocess = subprocess;
  g_task_set_task_data (task, spawn, spawn_free);
  qemu_domain_open_async (self->domain, cancellable, opened_cb, g_steal_pointer (&task));
}

/**
 * qemu_process_spawn_finish:
 * @self: a process
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Process.spawn_async].
 *
 * Returns: whether QEMU runs and its domain is open
 *
 * Since: 1.0
 */
gboolean
qemu_process_spawn_finish (QemuProcess   *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (QEMU_IS_PROCESS (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_process_spawn_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qemu_process_spawn:
 * @self: a process
 * @cancellable: (nullable): a cancellable; it ends QEMU, too
 * @error: return location for an error
 *
 * Starts QEMU, opens its domain, and waits until that is done. The monitor's [property@Monitor:open-timeout] limits
 * how long QEMU may take to start.
 *
 * Fails with %QEMU_ERROR_PROCESS_FAILED where the program cannot be started, or ends before its monitor answers; the
 * message has what it wrote to standard error. Fails with %G_IO_ERROR_EXISTS where it runs already, and like
 * [method@Domain.open]. After a failure there is no process.
 *
 * Returns: whether QEMU runs and its domain is open
 *
 * Since: 1.0
 */
gboolean
qemu_process_spawn (QemuProcess   *self,
                    GCancellable  *cancellable,
                    GError       **error)
{
  g_auto(QemuSync) sync = { 0 };

  g_return_val_if_fail (QEMU_IS_PROCESS (self), FALSE);

  if (!qemu_sync_begin (&sync, error))
    return FALSE;
  qemu_process_spawn_async (self, cancellable, qemu_sync_cb, &sync);

  return qemu_process_spawn_finish (self, qemu_sync_end (&sync), error);
}

/* ---------------------------------------------------------------- ending it */

static void
waited_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  if (g_subprocess_wait_finish (G_SUBPROCESS (object), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * qemu_process_wait_async:
 * @self: a process
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the process has ended
 * @user_data: for @callback
 *
 * Waits until the process has ended. See [method@Process.wait].
 *
 * Since: 1.0
 */
void
qemu_process_wait_async (QemuProcess         *self,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  g_autoptr(GSubprocess) subprocess = NULL;

  g_return_if_fail (QEMU_IS_PROCESS (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_process_wait_async);
  subprocess = dup_subprocess (self);
  if (subprocess != NULL)
    g_subprocess_wait_async (subprocess, cancellable, waited_cb, g_steal_pointer (&task));
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * qemu_process_wait_finish:
 * @self: a process
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Process.wait_async].
 *
 * Returns: whether the process has ended
 *
 * Since: 1.0
 */
gboolean
qemu_process_wait_finish (QemuProcess   *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (QEMU_IS_PROCESS (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_process_wait_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qemu_process_wait:
 * @self: a process
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Waits until the process has ended; at once where there is none. With what, is in
 * [property@Process:exit-status].
 *
 * Fails with %G_IO_ERROR_CANCELLED.
 *
 * Returns: whether the process has ended
 *
 * Since: 1.0
 */
gboolean
qemu_process_wait (QemuProcess   *self,
                   GCancellable  *cancellable,
                   GError       **error)
{
  g_auto(QemuSync) sync = { 0 };

  g_return_val_if_fail (QEMU_IS_PROCESS (self), FALSE);

  if (!qemu_sync_begin (&sync, error))
    return FALSE;
  qemu_process_wait_async (self, cancellable, qemu_sync_cb, &sync);

  return qemu_process_wait_finish (self, qemu_sync_end (&sync), error);
}

/* The steps of a shutdown: each one is taken when the one before has not helped in its time. */
typedef struct
{
  GSubprocess *subprocess;
  GSource     *next_step;
} Shutdown;

static void
shutdown_free (gpointer data)
{
  Shutdown *self = data;

  qemu_source_clear (&self->next_step);
  g_object_unref (self->subprocess);
  g_free (self);
}

static void
set_next_step (GTask       *task,
               unsigned     timeout_ms,
               GSourceFunc  step)
{
  Shutdown *shutdown = g_task_get_task_data (task);

  g_clear_pointer (&shutdown->next_step, g_source_unref);
  shutdown->next_step = qemu_context_add_timeout (timeout_ms, step, task);
}

static gboolean
kill_step (gpointer user_data)
{
  Shutdown *shutdown = g_task_get_task_data (user_data);

  g_subprocess_force_exit (shutdown->subprocess);

  return G_SOURCE_REMOVE;
}

/* By the monitor if it is open, else by the signal that means the same to QEMU. */
static gboolean
quit_step (gpointer user_data)
{
  GTask *task = user_data;
  QemuProcess *self = g_task_get_source_object (task);
  Shutdown *shutdown = g_task_get_task_data (task);

  if (qemu_domain_get_state (self->domain) == QEMU_MONITOR_STATE_OPEN)
    qemu_domain_quit_async (self->domain, NULL, NULL, NULL);
  else
    g_subprocess_send_signal (shutdown->subprocess, SIGTERM);
  set_next_step (task, QUIT_GRACE_MS, kill_step);

  return G_SOURCE_REMOVE;
}

static void
shutdown_ended_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  g_task_set_task_data (task, NULL, NULL);
  if (g_subprocess_wait_finish (G_SUBPROCESS (object), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * qemu_process_shutdown_async:
 * @self: a process
 * @timeout_ms: how long the guest may take, in milliseconds; 0: it is not asked
 * @cancellable: (nullable): a cancellable; it ends the wait, and no further step is taken
 * @callback: (scope async): called when the process has ended
 * @user_data: for @callback
 *
 * Ends QEMU in steps (`system_powerdown`, `quit`). See [method@Process.shutdown].
 *
 * Since: 1.0
 */
void
qemu_process_shutdown_async (QemuProcess         *self,
                             unsigned             timeout_ms,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  GSubprocess *subprocess;
  Shutdown *shutdown;

  g_return_if_fail (QEMU_IS_PROCESS (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_process_shutdown_async);
  if (g_task_return_error_if_cancelled (task))
    return;

  subprocess = dup_subprocess (self);
  if (subprocess == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  shutdown = g_new0 (Shutdown, 1);
  shutdown->subprocess = subprocess;
  g_task_set_task_data (task, shutdown, shutdown_free);
  if (timeout_ms > 0 && qemu_domain_get_state (self->domain) == QEMU_MONITOR_STATE_OPEN)
    {
      qemu_domain_system_powerdown_async (self->domain, NULL, NULL, NULL);
      set_next_step (task, timeout_ms, quit_step);
    }
  else
    {
      quit_step (task);
    }

  g_subprocess_wait_async (subprocess, cancellable, shutdown_ended_cb, g_steal_pointer (&task));
}

/**
 * qemu_process_shutdown_finish:
 * @self: a process
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Process.shutdown_async].
 *
 * Returns: whether the process has ended
 *
 * Since: 1.0
 */
gboolean
qemu_process_shutdown_finish (QemuProcess   *self,
                              GAsyncResult  *result,
                              GError       **error)
{
  g_return_val_if_fail (QEMU_IS_PROCESS (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_process_shutdown_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qemu_process_shutdown:
 * @self: a process
 * @timeout_ms: how long the guest may take, in milliseconds; 0: it is not asked
 * @cancellable: (nullable): a cancellable; it ends the wait, and no further step is taken
 * @error: return location for an error
 *
 * Ends QEMU in steps, and waits until the process has ended. The guest is asked to shut down (`system_powerdown`). If
 * it has not within @timeout_ms, QEMU is told to end (`quit`), and killed if it has not done so five seconds later.
 * Where there is no process nothing happens.
 *
 * Fails with %G_IO_ERROR_CANCELLED.
 *
 * Returns: whether the process has ended
 *
 * Since: 1.0
 */
gboolean
qemu_process_shutdown (QemuProcess   *self,
                       unsigned       timeout_ms,
                       GCancellable  *cancellable,
                       GError       **error)
{
  g_auto(QemuSync) sync = { 0 };

  g_return_val_if_fail (QEMU_IS_PROCESS (self), FALSE);

  if (!qemu_sync_begin (&sync, error))
    return FALSE;
  qemu_process_shutdown_async (self, timeout_ms, cancellable, qemu_sync_cb, &sync);

  return qemu_process_shutdown_finish (self, qemu_sync_end (&sync), error);
}
