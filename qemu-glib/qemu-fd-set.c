/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class, and the method of QemuDomain that makes one. */

#include "config.h"

#include "qemu-fd-set.h"

#include "qemu-context-private.h"
#include "qemu-domain-private.h"
#include "qemu-sync-private.h"

/**
 * QemuFdSet:
 *
 * A file that was passed to QEMU, or several that stand for the same one.
 *
 * [method@Domain.add_fd] passes an open file, and QEMU opens it by [property@FdSet:filename] wherever it takes the
 * name of a file. So a machine may use what it could not open itself:
 *
 * ```c
 * g_autoptr(QemuFdSet) files = qemu_domain_add_fd (vm, fd, NULL, NULL, &error);
 * g_autoptr(QemuCommand) command = qemu_command_new ("blockdev-add");
 *
 * qemu_command_set_string (command, "driver", "file");
 * qemu_command_set_string (command, "node-name", "data");
 * qemu_command_set_string (command, "filename", qemu_fd_set_get_filename (files));
 * ```
 *
 * The file has to be open in the way in which QEMU wants to open it: for reading, for writing, or for both. Where it
 * wants more than one, for instance when a disk that is only read becomes one that is written to, the set needs a
 * file for each ([method@FdSet.add_fd]).
 *
 * QEMU keeps the set until [method@FdSet.close]; dropping the object does not free it, and only some QEMUs free it
 * with their last monitor (up to version 9.0). What QEMU has opened stays open.
 *
 * Since: 1.0
 */
struct _QemuFdSet
{
  GObject     parent_instance;

  QemuDomain *domain;
  gint64      id;
  char       *filename;
  int         is_closed;                /* atomic */
};

typedef enum
{
  PROP_ID = 1,
  PROP_FILENAME
} QemuFdSetProperty;

static GParamSpec *properties[PROP_FILENAME + 1];

G_DEFINE_FINAL_TYPE (QemuFdSet, qemu_fd_set, G_TYPE_OBJECT)

static void
qemu_fd_set_finalize (GObject *object)
{
  QemuFdSet *self = QEMU_FD_SET (object);

  g_clear_object (&self->domain);
  g_free (self->filename);

  G_OBJECT_CLASS (qemu_fd_set_parent_class)->finalize (object);
}

static void
qemu_fd_set_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  QemuFdSet *self = QEMU_FD_SET (object);

  switch ((QemuFdSetProperty) prop_id)
    {
    case PROP_ID:
      g_value_set_int64 (value, qemu_fd_set_get_id (self));
      break;

    case PROP_FILENAME:
      g_value_set_string (value, qemu_fd_set_get_filename (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qemu_fd_set_class_init (QemuFdSetClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qemu_fd_set_finalize;
  object_class->get_property = qemu_fd_set_get_property;

  /**
   * QemuFdSet:id: (getter get_id)
   *
   * QEMU's number of the set, its `fdset-id`.
   *
   * Since: 1.0
   */
  properties[PROP_ID] =
    g_param_spec_int64 ("id", NULL, NULL, G_MININT64, G_MAXINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QemuFdSet:filename: (getter get_filename)
   *
   * What QEMU opens it by: `/dev/fdset/` and the number. No other process can.
   *
   * Since: 1.0
   */
  properties[PROP_FILENAME] =
    g_param_spec_string ("filename", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
qemu_fd_set_init (QemuFdSet *self)
{
}

/**
 * qemu_fd_set_get_id: (get-property id)
 * @self: a set of files
 *
 * Gets QEMU's number of the set.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
gint64
qemu_fd_set_get_id (QemuFdSet *self)
{
  g_return_val_if_fail (QEMU_IS_FD_SET (self), 0);

  return self->id;
}

/**
 * qemu_fd_set_get_filename: (get-property filename)
 * @self: a set of files
 *
 * Gets what QEMU opens the set by.
 *
 * Returns: (transfer none): the name of a file, for QEMU alone
 *
 * Since: 1.0
 */
const char *
qemu_fd_set_get_filename (QemuFdSet *self)
{
  g_return_val_if_fail (QEMU_IS_FD_SET (self), NULL);

  return self->filename;
}

/* ---------------------------------------------------------------- adding */

static const QemuOperation add_fd_operation = { "add-fd" };
static const QemuOperation remove_fd_operation = { "remove-fd" };

/* A program chooses its sets' numbers, and not QEMU: so it knows what to take back when it has not waited for the
 * answer. Other programs begin elsewhere; the sets for pictures of the screen have higher numbers. */
static gint64
choose_id (void)
{
  static gsize begin;
  static int n_sets;

  if (g_once_init_enter (&begin))
    g_once_init_leave (&begin, 1 + g_random_int () % (1u << 29));

  return (gint64) begin + (g_atomic_int_add (&n_sets, 1) & G_MAXINT >> 2);
}

static QemuCommand *
make_remove (QemuFdSet *self)
{
  QemuCommand *command = qemu_command_new (remove_fd_operation.command);

  qemu_command_set_int64 (command, "fdset-id", self->id);

  return command;
}

/* It may have got there, and nobody wants it any more: this is sent, and not waited for. */
static void
take_back (QemuFdSet *self)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();

  qemu_domain_start_operation (self->domain, &remove_fd_operation, make_remove (self), cancellable, NULL, NULL);
  g_cancellable_cancel (cancellable);
}

static void
added_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  QemuFdSet *self = g_task_get_task_data (task);
  gboolean is_first = g_task_get_source_object (task) != (gpointer) self;
  GError *error = NULL;

  if (qemu_domain_finish_operation (QEMU_DOMAIN (object), &add_fd_operation, result, &error) == NULL)
    {
      if (is_first && (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
                       g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)))
        take_back (self);
      g_task_return_error (task, error);
    }
  else if (is_first)
    {
      g_task_return_pointer (task, g_object_ref (self), g_object_unref);
    }
  else
    {
      g_task_return_boolean (task, TRUE);
    }
}

/* Takes @task, whose data is the set. */
static void
add_file (GTask      *task,
          int         fd,
          const char *opaque)
{
  QemuFdSet *self = g_task_get_task_data (task);
  g_autoptr(QemuCommand) command = qemu_command_new (add_fd_operation.command);
  GError *error = NULL;

  qemu_command_set_int64 (command, "fdset-id", self->id);
  if (opaque != NULL)
    qemu_command_set_string (command, "opaque", opaque);

  if (qemu_command_attach_fd (command, fd, &error))
    {
      qemu_domain_start_operation (self->domain, &add_fd_operation, g_steal_pointer (&command),
                                   g_task_get_cancellable (task), added_cb, task);
      return;
    }

  g_task_return_error (task, error);
  g_object_unref (task);
}

/**
 * qemu_domain_add_fd_async:
 * @self: a domain
 * @fd: an open file; the caller keeps it, and may close it at once
 * @opaque: (nullable): a remark that QEMU keeps with it, and shows in `query-fdsets`
 * @cancellable: (nullable): a cancellable; then QEMU is told to forget the file
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Passes an open file to QEMU (`add-fd`). See [method@Domain.add_fd].
 *
 * Since: 1.0
 */
void
qemu_domain_add_fd_async (QemuDomain          *self,
                          int                  fd,
                          const char          *opaque,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  QemuFdSet *set;
  GTask *task;

  g_return_if_fail (QEMU_IS_DOMAIN (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  set = g_object_new (QEMU_TYPE_FD_SET, NULL);
  set->domain = g_object_ref (self);
  set->id = choose_id ();
  set->filename = g_strdup_printf ("/dev/fdset/%" G_GINT64_FORMAT, set->id);

  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_domain_add_fd_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, set, g_object_unref);
  add_file (task, fd, opaque);
}

/**
 * qemu_domain_add_fd_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.add_fd_async].
 *
 * Returns: (transfer full): a set with the file
 *
 * Since: 1.0
 */
QemuFdSet *
qemu_domain_add_fd_finish (QemuDomain    *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_domain_add_fd_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * qemu_domain_add_fd:
 * @self: a domain
 * @fd: an open file; the caller keeps it, and may close it at once
 * @opaque: (nullable): a remark that QEMU keeps with it, and shows in `query-fdsets`
 * @cancellable: (nullable): a cancellable; then QEMU is told to forget the file
 * @error: return location for an error
 *
 * Passes an open file to QEMU (`add-fd`), in a set of its own, and waits for it. That takes a QEMU on this machine,
 * which is reached through a UNIX socket.
 *
 * Fails like [method@Monitor.run], with %G_IO_ERROR_INVALID_ARGUMENT where @fd is none, and with
 * %G_IO_ERROR_NOT_SUPPORTED where no files can be passed.
 *
 * Returns: (transfer full): a set with the file
 *
 * Since: 1.0
 */
QemuFdSet *
qemu_domain_add_fd (QemuDomain    *self,
                    int            fd,
                    const char    *opaque,
                    GCancellable  *cancellable,
                    GError       **error)
{
  g_auto(QemuSync) sync = { 0 };

  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  if (!qemu_sync_begin (&sync, error))
    return NULL;
  qemu_domain_add_fd_async (self, fd, opaque, cancellable, qemu_sync_cb, &sync);

  return qemu_domain_add_fd_finish (self, qemu_sync_end (&sync), error);
}

/**
 * qemu_fd_set_add_fd_async:
 * @self: a set of files
 * @fd: an open file; the caller keeps it, and may close it at once
 * @opaque: (nullable): a remark that QEMU keeps with it
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Adds another file to a set (`add-fd`). See [method@FdSet.add_fd].
 *
 * Since: 1.0
 */
void
qemu_fd_set_add_fd_async (QemuFdSet           *self,
                          int                  fd,
                          const char          *opaque,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (QEMU_IS_FD_SET (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_fd_set_add_fd_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, g_object_ref (self), g_object_unref);
  if (!g_atomic_int_get (&self->is_closed))
    {
      add_file (task, fd, opaque);
      return;
    }

  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "The set of files %s is closed", self->filename);
  g_object_unref (task);
}

/**
 * qemu_fd_set_add_fd_finish:
 * @self: a set of files
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@FdSet.add_fd_async].
 *
 * Returns: whether the file was added
 *
 * Since: 1.0
 */
gboolean
qemu_fd_set_add_fd_finish (QemuFdSet     *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (QEMU_IS_FD_SET (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_fd_set_add_fd_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qemu_fd_set_add_fd:
 * @self: a set of files
 * @fd: an open file; the caller keeps it, and may close it at once
 * @opaque: (nullable): a remark that QEMU keeps with it
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Adds another file to a set (`add-fd`), and waits for it: the same one, opened in another way. QEMU takes the first
 * that is open as it wants to have it.
 *
 * Fails like [method@Domain.add_fd], and with %G_IO_ERROR_CLOSED after [method@FdSet.close].
 *
 * Returns: whether the file was added
 *
 * Since: 1.0
 */
gboolean
qemu_fd_set_add_fd (QemuFdSet     *self,
                    int            fd,
                    const char    *opaque,
                    GCancellable  *cancellable,
                    GError       **error)
{
  g_auto(QemuSync) sync = { 0 };

  g_return_val_if_fail (QEMU_IS_FD_SET (self), FALSE);

  if (!qemu_sync_begin (&sync, error))
    return FALSE;
  qemu_fd_set_add_fd_async (self, fd, opaque, cancellable, qemu_sync_cb, &sync);

  return qemu_fd_set_add_fd_finish (self, qemu_sync_end (&sync), error);
}

/* ---------------------------------------------------------------- closing */

static void
removed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  QemuFdSet *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (qemu_domain_finish_operation (QEMU_DOMAIN (object), &remove_fd_operation, result, &error) != NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  /* QEMU has said nothing of it: another try may be of use. */
  if (error->domain == G_IO_ERROR)
    g_atomic_int_set (&self->is_closed, FALSE);
  g_task_return_error (task, error);
}

/**
 * qemu_fd_set_close_async:
 * @self: a set of files
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Has QEMU forget the files (`remove-fd`). See [method@FdSet.close].
 *
 * Since: 1.0
 */
void
qemu_fd_set_close_async (QemuFdSet           *self,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (QEMU_IS_FD_SET (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_fd_set_close_async);
  g_task_set_check_cancellable (task, FALSE);
  if (g_atomic_int_compare_and_exchange (&self->is_closed, FALSE, TRUE))
    qemu_domain_start_operation (self->domain, &remove_fd_operation, make_remove (self), cancellable, removed_cb,
                                 g_steal_pointer (&task));
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * qemu_fd_set_close_finish:
 * @self: a set of files
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@FdSet.close_async].
 *
 * Returns: whether QEMU has forgotten the files
 *
 * Since: 1.0
 */
gboolean
qemu_fd_set_close_finish (QemuFdSet     *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (QEMU_IS_FD_SET (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_fd_set_close_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qemu_fd_set_close:
 * @self: a set of files
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Has QEMU forget the files (`remove-fd`), and waits for it. What it has opened through them stays open. Closing
 * twice does no harm.
 *
 * A disk may want to open its file again, when it becomes one that is written to, say. So keep a set for as long as
 * what uses it.
 *
 * Up to QEMU 9 a machine that stands still closes the files only when it goes on.
 *
 * Fails like [method@Monitor.run].
 *
 * Returns: whether QEMU has forgotten the files
 *
 * Since: 1.0
 */
gboolean
qemu_fd_set_close (QemuFdSet     *self,
                   GCancellable  *cancellable,
                   GError       **error)
{
  g_auto(QemuSync) sync = { 0 };

  g_return_val_if_fail (QEMU_IS_FD_SET (self), FALSE);

  if (!qemu_sync_begin (&sync, error))
    return FALSE;
  qemu_fd_set_close_async (self, cancellable, qemu_sync_cb, &sync);

  return qemu_fd_set_close_finish (self, qemu_sync_end (&sync), error);
}
