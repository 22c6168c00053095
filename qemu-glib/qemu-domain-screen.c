/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The method of QemuDomain that takes a picture of the screen. */

#include "config.h"

#include "qemu-domain-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qemu-context-private.h"
#include "qemu-error.h"
#include "qemu-monitor-private.h"
#include "qemu-sync-private.h"

/* How it is done
 *
 * QEMU writes the picture to a file. It gets one that only exists in memory, as the one member of a set of files,
 * which it knows by a number: the file is added, the picture is written, the file is removed. That works with a QEMU
 * of another user, or in a box of its own, and leaves nothing behind, but for two things. A set that has had a PNG in
 * it is never freed, so the numbers are always the same. And up to version 9 a machine that stands still does not
 * really remove a file, so that one is used again for the next picture. Pictures at the same time have sets of their
 * own.
 */
#define FIRST_SET_ID 0x51454d55
#define MAX_SCREENS  32

struct _QemuScreen
{
  gint64    set_id;
  gboolean  in_use;
  int       file;                       /* -1: there is none */
  int       writable;                   /* the same, as QEMU wants to have it */
  char     *opaque;                     /* how QEMU tells us of it */
  gboolean  kept;                       /* QEMU has it still, for the next picture */
};

typedef struct
{
  char             *device;
  unsigned          head;
  QemuScreenFormat  format;

  QemuScreen       *screen;
  gint64            fd;                 /* QEMU's number of the file, or -1 */
  GError           *error;
} Dump;

static void
dump_free (gpointer data)
{
  Dump *self = data;

  g_free (self->device);
  g_clear_error (&self->error);
  g_free (self);
}

/* ---------------------------------------------------------------- which file */

static void
screen_clear (QemuScreen *self)
{
  if (self->file >= 0)
    close (self->file);
  if (self->writable >= 0)
    close (self->writable);
  g_clear_pointer (&self->opaque, g_free);
  self->file = self->writable = -1;
  self->kept = FALSE;
}

void
qemu_screen_free (gpointer screen)
{
  screen_clear (screen);
  g_free (screen);
}

/* The first one that is free; NULL: too many pictures at the same time. */
static QemuScreen *
take_screen (QemuDomain *self)
{
  QemuScreen *screen = NULL;

  g_mutex_lock (&self->lock);
  for (unsigned i = 0; i < self->screens->len && screen == NULL; i++)
    if (!((QemuScreen *) g_ptr_array_index (self->screens, i))->in_use)
      screen = g_ptr_array_index (self->screens, i);
  if (screen == NULL && self->screens->len < MAX_SCREENS)
    {
      screen = g_new0 (QemuScreen, 1);
      screen->set_id = FIRST_SET_ID + self->screens->len;
      screen->file = screen->writable = -1;
      g_ptr_array_add (self->screens, screen);
    }
  if (screen != NULL)
    screen->in_use = TRUE;
  g_mutex_unlock (&self->lock);

  return screen;
}

/* The place that QEMU writes to is that of our descriptor. */
static gboolean
screen_rewind (QemuScreen *self)
{
  return ftruncate (self->writable, 0) == 0 && lseek (self->writable, 0, SEEK_SET) == 0;
}

static void
give_back_screen (QemuDomain *self,
                  QemuScreen *screen)
{
  if (!screen->kept || !screen_rewind (screen))
    screen_clear (screen);

  g_mutex_lock (&self->lock);
  screen->in_use = FALSE;
  g_mutex_unlock (&self->lock);
}

/* QEMU says how large the picture is, and means what it has of a screen: this is one of more than 9000 × 9000. */
#define MAX_PICTURE (256 << 20)

/* Not a mapping: the file may be used again. */
static GInputStream *
read_picture (QemuScreen  *screen,
              GError     **error)
{
  struct stat status;
  g_autofree char *picture = NULL;
  gssize n;

  if (fstat (screen->file, &status) != 0 || status.st_size == 0)
    {
      g_set_error_literal (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL, "QEMU has written no picture");
      return NULL;
    }

  if (status.st_size > MAX_PICTURE)
    {
      g_set_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL,
                   "QEMU has written a picture of %" G_GOFFSET_FORMAT " bytes", (goffset) status.st_size);
      return NULL;
    }

  picture = g_try_malloc (status.st_size);
  n = picture != NULL ? pread (screen->file, picture, status.st_size, 0) : -1;
  if (n != status.st_size)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   "A picture of %" G_GOFFSET_FORMAT " bytes could not be read", (goffset) status.st_size);
      return NULL;
    }

  return g_memory_input_stream_new_from_data (g_steal_pointer (&picture), n, g_free);
}

static void
dump_end (GTask *task)
{
  QemuDomain *self = g_task_get_source_object (task);
  Dump *dump = g_task_get_task_data (task);
  GInputStream *picture = NULL;

  if (dump->error == NULL && (picture = read_picture (dump->screen, &dump->error)) == NULL)
    {
      g_autofree char *label = qemu_monitor_dup_label (self->monitor);

      g_prefix_error (&dump->error, "screendump on %s: ", label);
    }
  give_back_screen (self, dump->screen);

  if (picture != NULL)
    g_task_return_pointer (task, picture, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&dump->error));
}

/* ---------------------------------------------------------------- the file */

static gboolean
screen_create (QemuScreen  *self,
               GError     **error)
{
#ifdef MFD_CLOEXEC
  g_autofree char *path = NULL;

  self->file = memfd_create ("qemu-glib screen", MFD_CLOEXEC);
  if (self->file >= 0)
    {
      /* QEMU wants a descriptor that can only be written. */
      path = g_strdup_printf ("/proc/self/fd/%d", self->file);
      self->writable = g_open (path, O_WRONLY | O_CLOEXEC, 0);
    }
  if (self->writable < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "No file in memory: %s", g_strerror (errno));
      return FALSE;
    }
  self->opaque = g_strdup_printf ("qemu-glib screen %08x%08x", g_random_int (), g_random_int ());

  return TRUE;
#else
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "This system has no files in memory");

  return FALSE;
#endif
}

/* ---------------------------------------------------------------- the steps */

static gboolean
decode_consoles (const QemuJson *json,
                 guint32         children)
{
  QEMU_JSON_FOREACH_ELEMENT (json, children, child)
    {
      g_autofree char *name = qemu_json_dup_string (json, qemu_json_get_member (json, child, "name"));

      if (name != NULL && g_str_has_prefix (name, "console["))
        return TRUE;
    }

  return FALSE;
}

static gpointer
decode_displays (QemuDomain      *self,
                 const QemuJson  *json,
                 guint32          value,
                 GError         **error)
{
  return GINT_TO_POINTER (decode_consoles (json, value));
}

static gpointer
decode_fd (QemuDomain      *self,
           const QemuJson  *json,
           guint32          value,
           GError         **error)
{
  gint64 *fd = g_new (gint64, 1);

  *fd = -1;
  qemu_json_get_int64 (json, qemu_json_get_member (json, value, "fd"), fd);

  return fd;
}

/* What the files that QEMU has are called by those who have passed them. */
static gpointer
decode_sets (QemuDomain      *self,
             const QemuJson  *json,
             guint32          value,
             GError         **error)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  QEMU_JSON_FOREACH_ELEMENT (json, value, set)
    {
      guint32 fds = qemu_json_get_member (json, set, "fds");

      QEMU_JSON_FOREACH_ELEMENT (json, fds, fd)
        {
          g_autofree char *opaque = qemu_json_dup_string (json, qemu_json_get_member (json, fd, "opaque"));

          if (opaque != NULL)
            g_strv_builder_add (builder, opaque);
        }
    }

  return g_strv_builder_end (builder);
}

static const QemuOperation add_fd_operation = { "add-fd", decode_fd, g_free };
static const QemuOperation screendump_operation = { "screendump" };
static const QemuOperation remove_fd_operation = { "remove-fd" };
static const QemuOperation query_fdsets_operation = { "query-fdsets", decode_sets, (GDestroyNotify) g_strfreev };
static const QemuOperation list_displays_operation = { "qom-list", decode_displays };

/* Does QEMU have the file? Where that is not known, it may. */
static gboolean
finish_query (QemuDomain   *self,
              QemuScreen   *screen,
              GAsyncResult *result)
{
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) opaques = qemu_domain_finish_operation (self, &query_fdsets_operation, result, &error);

  if (opaques == NULL)
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  return screen->opaque != NULL && g_strv_contains ((const char * const *) opaques, screen->opaque);
}

static void
displays_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  QemuDomain *self = QEMU_DOMAIN (object);
  Dump *dump = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  gboolean has_display = qemu_domain_finish_operation (self, &list_displays_operation, result, &error) != NULL;

  /* Without a display QEMU does not even have the place for them. */
  if (!has_display && (error == NULL || error->domain == QEMU_ERROR))
    {
      g_autofree char *label = qemu_monitor_dup_label (self->monitor);

      g_clear_error (&dump->error);
      g_set_error (&dump->error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "screendump on %s: There is no display", label);
    }
  dump_end (task);
}

static void
removed_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  QemuDomain *self = QEMU_DOMAIN (object);
  Dump *dump = g_task_get_task_data (task);
  QemuCommand *command;

  dump->screen->kept = finish_query (self, dump->screen, result);
  if (dump->device != NULL || !g_error_matches (dump->error, QEMU_ERROR, QEMU_ERROR_GENERIC))
    {
      dump_end (task);
      return;
    }

  /* QEMU says in words only that it has no display. */
  command = qemu_command_new (list_displays_operation.command);
  qemu_command_set_string (command, "path", "/backend");
  qemu_domain_start_operation (self, &list_displays_operation, command, g_task_get_cancellable (task), displays_cb,
                               g_object_ref (task));
}

static void
remove_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;

  qemu_domain_finish_operation (QEMU_DOMAIN (object), &remove_fd_operation, result, NULL);
  qemu_domain_start_operation (QEMU_DOMAIN (object), &query_fdsets_operation, NULL, g_task_get_cancellable (task),
                               removed_cb, g_object_ref (task));
}

/* The file goes in any case. When the caller does not wait any more, that command is sent all the same, and nobody
 * waits for its answer. */
static void
dump_remove (GTask *task)
{
  QemuDomain *self = g_task_get_source_object (task);
  Dump *dump = g_task_get_task_data (task);
  QemuCommand *command = qemu_command_new (remove_fd_operation.command);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();

  qemu_command_set_int64 (command, "fdset-id", dump->screen->set_id);
  if (dump->fd >= 0)
    qemu_command_set_int64 (command, "fd", dump->fd);
  qemu_domain_start_operation (self, &remove_fd_operation, command, cancellable, remove_cb, g_object_ref (task));
  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    g_cancellable_cancel (cancellable);
}

static void
dumped_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Dump *dump = g_task_get_task_data (task);

  qemu_domain_finish_operation (QEMU_DOMAIN (object), &screendump_operation, result, &dump->error);
  dump_remove (task);
}

static QemuCommand *
make_screendump (const Dump *dump)
{
  QemuCommand *command = qemu_command_new (screendump_operation.command);

  if (dump->device != NULL)
    qemu_command_set_string (command, "device", dump->device);
  if (dump->device != NULL || dump->head != 0)
    qemu_command_set_int64 (command, "head", dump->head);

  return command;
}

static void
dump_write (GTask *task)
{
  QemuDomain *self = g_task_get_source_object (task);
  Dump *dump = g_task_get_task_data (task);
  g_autofree char *filename = g_strdup_printf ("/dev/fdset/%" G_GINT64_FORMAT, dump->screen->set_id);
  QemuCommand *command = make_screendump (dump);

  qemu_command_set_string (command, "filename", filename);
  /* QEMU before 7.1 does not know the argument. */
  if (dump->format == QEMU_SCREEN_PNG)
    qemu_command_set_string (command, "format", "png");
  qemu_domain_start_operation (self, &screendump_operation, command, g_task_get_cancellable (task), dumped_cb,
                               g_object_ref (task));
}

static void
added_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Dump *dump = g_task_get_task_data (task);
  g_autofree gint64 *fd = qemu_domain_finish_operation (QEMU_DOMAIN (object), &add_fd_operation, result, &dump->error);

  if (fd != NULL)
    {
      dump->fd = *fd;
      dump_write (task);
    }
  else if (g_error_matches (dump->error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
           g_error_matches (dump->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    {
      /* It may have got there. */
      dump_remove (task);
    }
  else
    {
      if (g_error_matches (dump->error, QEMU_ERROR, QEMU_ERROR_COMMAND_NOT_FOUND))
        {
          dump->error->domain = G_IO_ERROR;
          dump->error->code = G_IO_ERROR_NOT_SUPPORTED;
        }
      dump_end (task);
    }
}

static void
dump_add (GTask *task)
{
  QemuDomain *self = g_task_get_source_object (task);
  Dump *dump = g_task_get_task_data (task);
  QemuCommand *command;

  screen_clear (dump->screen);
  if (!screen_create (dump->screen, &dump->error))
    {
      dump_end (task);
      return;
    }

  command = qemu_command_new (add_fd_operation.command);
  qemu_command_set_int64 (command, "fdset-id", dump->screen->set_id);
  qemu_command_set_string (command, "opaque", dump->screen->opaque);
  qemu_command_attach_fd (command, dump->screen->writable, &dump->error);
  if (dump->error == NULL)
    qemu_domain_start_operation (self, &add_fd_operation, g_steal_pointer (&command), g_task_get_cancellable (task),
                                 added_cb, g_object_ref (task));
  else
    dump_end (task);
  g_clear_pointer (&command, qemu_command_unref);
}

static void
looked_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Dump *dump = g_task_get_task_data (task);

  if (finish_query (QEMU_DOMAIN (object), dump->screen, result) && screen_rewind (dump->screen))
    dump_write (task);
  else
    dump_add (task);
}

static void
dump_begin (GTask *task)
{
  QemuDomain *self = g_task_get_source_object (task);
  Dump *dump = g_task_get_task_data (task);

  dump->screen = take_screen (self);
  if (dump->screen == NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "More than %d pictures at the same time", MAX_SCREENS);
  else if (dump->screen->kept)
    qemu_domain_start_operation (self, &query_fdsets_operation, NULL, g_task_get_cancellable (task), looked_cb,
                                 g_object_ref (task));
  else
    dump_add (task);
}

/* ---------------------------------------------------------------- where the monitor has a way of its own */

static void
picture_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GBytes) picture = NULL;
  GError *error = NULL;

  picture = qemu_monitor_take_picture_finish (QEMU_MONITOR (object), result, &error);
  if (picture != NULL)
    g_task_return_pointer (task, g_memory_input_stream_new_from_bytes (picture), g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
dump_by_monitor (GTask *task)
{
  QemuDomain *self = g_task_get_source_object (task);
  Dump *dump = g_task_get_task_data (task);
  g_autoptr(QemuCommand) command = make_screendump (dump);

  qemu_command_set_string (command, "format", dump->format == QEMU_SCREEN_PNG ? "png" : "ppm");
  qemu_monitor_take_picture_async (self->monitor, command, g_task_get_cancellable (task), picture_cb,
                                   g_object_ref (task));
}

/**
 * qemu_domain_screen_dump_async:
 * @self: a domain
 * @device: (nullable): the id of a display device; %NULL: the first display
 * @head: which of the outputs of @device; 0 is the first
 * @format: the format of the picture
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Takes a picture of the screen (`screendump`). See [method@Domain.screen_dump].
 *
 * Since: 1.0
 */
void
qemu_domain_screen_dump_async (QemuDomain          *self,
                               const char          *device,
                               unsigned             head,
                               QemuScreenFormat     format,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  Dump *dump;

  g_return_if_fail (QEMU_IS_DOMAIN (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  dump = g_new0 (Dump, 1);
  dump->device = g_strdup (device);
  dump->head = head;
  dump->format = format;
  dump->fd = -1;
  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_domain_screen_dump_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, dump, dump_free);
  if (g_task_return_error_if_cancelled (task))
    return;

  if (qemu_monitor_takes_pictures (self->monitor))
    dump_by_monitor (task);
  else
    dump_begin (task);
}

/**
 * qemu_domain_screen_dump_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.screen_dump_async].
 *
 * Returns: (transfer full): the picture, from which can be read without waiting
 *
 * Since: 1.0
 */
GInputStream *
qemu_domain_screen_dump_finish (QemuDomain    *self,
                                GAsyncResult  *result,
                                GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_domain_screen_dump_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * qemu_domain_screen_dump:
 * @self: a domain
 * @device: (nullable): the id of a display device; %NULL: the first display
 * @head: which of the outputs of @device; 0 is the first
 * @format: the format of the picture
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Takes a picture of the screen (`screendump`), and waits for it. The machine may stand still.
 *
 * The picture is passed through memory, and no file is made. That takes a QEMU on this machine, which is reached
 * through a UNIX socket; it may belong to another user. QEMU has PNG since 7.1. A monitor may have a way of its own,
 * as that of libvirt has, which works from afar.
 *
 * The memory is passed with `add-fd` and taken back with `remove-fd`; `query-fdsets` tells whether QEMU has let go of
 * it, and where the picture fails `qom-list` tells whether there is a display.
 *
 * Two programs that do this with the same QEMU at the same moment may get each other's picture.
 *
 * Fails like [method@Monitor.run], with %G_IO_ERROR_NOT_SUPPORTED where the machine has no display, where no files
 * can be passed to it, or where QEMU has no such command, and with %G_IO_ERROR_BUSY for more than 32 pictures at the
 * same time.
 *
 * Returns: (transfer full): the picture, from which can be read without waiting
 *
 * Since: 1.0
 */
GInputStream *
qemu_domain_screen_dump (QemuDomain        *self,
                         const char        *device,
                         unsigned           head,
                         QemuScreenFormat   format,
                         GCancellable      *cancellable,
                         GError           **error)
{
  g_auto(QemuSync) sync = { 0 };

  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  if (!qemu_sync_begin (&sync, error))
    return NULL;
  qemu_domain_screen_dump_async (self, device, head, format, cancellable, qemu_sync_cb, &sync);

  return qemu_domain_screen_dump_finish (self, qemu_sync_end (&sync), error);
}
