/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "disk-row.h"

struct _DiskRow
{
  GtkListBoxRow         parent_instance;

  QemuBlockDevice      *disk;
  QemuBlockStats       *stats;
  gint64                stats_time;     /* when they came, in microseconds */
  GtkFileChooserNative *chooser;        /* while it is shown */

  GtkLabel             *rate;
  GtkLabel             *statistics;
};

typedef enum
{
  PROP_DISK = 1
} DiskRowProperty;

G_DEFINE_FINAL_TYPE (DiskRow, disk_row, GTK_TYPE_LIST_BOX_ROW)

/* ---------------------------------------------------------------- for disk-row.ui */

static char *
size_text (guint64 n_bytes)
{
  return g_format_size_full (n_bytes, G_FORMAT_SIZE_IEC_UNITS);
}

static const char *
last_part (const char *path)
{
  const char *slash = path != NULL ? strrchr (path, '/') : NULL;

  return slash != NULL ? slash + 1 : path;
}

/* A disk has a device name, or a qdev id or path, or both. A path such as /machine/peripheral/vd0/virtio-backend holds
 * the id that its owner has given it. */
static char *
title_text (DiskRow         *self,
            QemuBlockDevice *disk)
{
  static const char prefix[] = "/machine/peripheral/";
  const char *device, *qdev;

  /* As long as the row is being made. */
  if (disk == NULL)
    return NULL;

  device = qemu_block_device_get_device (disk);
  qdev = qemu_block_device_get_qdev (disk);
  if (device != NULL && *device != '\0')
    return g_strdup (device);
  if (qdev != NULL && g_str_has_prefix (qdev, prefix))
    {
      const char *id = qdev + strlen (prefix);

      return g_strndup (id, strcspn (id, "/"));
    }

  return g_strdup (qdev);
}

static char *
image_text (DiskRow   *self,
            QemuImage *image)
{
  g_autofree char *size = NULL;

  if (image == NULL)
    return g_strdup ("No medium");

  size = size_text (qemu_image_get_virtual_size (image));

  return g_strdup_printf ("%s, %s, %s", last_part (qemu_image_get_filename (image)), qemu_image_get_format (image),
                          size);
}

static char *
icon_name (DiskRow  *self,
           gboolean  removable)
{
  return g_strdup (removable ? "media-optical-symbolic" : "drive-harddisk-symbolic");
}

/* ---------------------------------------------------------------- a copy, while the machine runs */

static void
show_error (DiskRow *self,
            GError  *error)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.show-error", "s", error->message);
}

/* It has begun. The list of jobs has it by itself. */
static void
copying_cb (GObject      *disk,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(DiskRow) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuBlockJob) job = qemu_block_device_backup_finish (QEMU_BLOCK_DEVICE (disk), result, &error);

  if (job == NULL)
    show_error (self, error);
}

static void
chosen_cb (DiskRow         *self,
           GtkResponseType  response,
           GtkNativeDialog *dialog)
{
  g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  g_clear_object (&self->chooser);
  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    disk_row_copy (self, path);
}

static void
copy_cb (DiskRow *self)
{
  g_autofree char *title = title_text (self, self->disk);
  g_autofree char *name = g_strdup_printf ("%s.qcow2", last_part (title));

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new ("Copy Disk", GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                               GTK_FILE_CHOOSER_ACTION_SAVE, "_Copy", "_Cancel");
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chosen_cb), self, G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* ---------------------------------------------------------------- the class */

static void
disk_row_dispose (GObject *object)
{
  DiskRow *self = DISK_ROW (object);

  g_clear_object (&self->disk);
  g_clear_object (&self->stats);
  g_clear_object (&self->chooser);

  G_OBJECT_CLASS (disk_row_parent_class)->dispose (object);
}

static void
disk_row_get_property (GObject    *object,
                       unsigned    prop_id,
                       GValue     *value,
                       GParamSpec *pspec)
{
  DiskRow *self = DISK_ROW (object);

  switch ((DiskRowProperty) prop_id)
    {
    case PROP_DISK:
      g_value_set_object (value, self->disk);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
disk_row_set_property (GObject      *object,
                       unsigned      prop_id,
                       const GValue *value,
                       GParamSpec   *pspec)
{
  DiskRow *self = DISK_ROW (object);

  switch ((DiskRowProperty) prop_id)
    {
    case PROP_DISK:
      self->disk = g_value_dup_object (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
disk_row_class_init (DiskRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = disk_row_dispose;
  object_class->get_property = disk_row_get_property;
  object_class->set_property = disk_row_set_property;

  g_object_class_install_property (object_class, PROP_DISK,
    g_param_spec_object ("disk", NULL, NULL, QEMU_TYPE_BLOCK_DEVICE,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));

  gtk_widget_class_set_template_from_resource (widget_class, "/org/example/Machine/disk-row.ui");
  gtk_widget_class_bind_template_child (widget_class, DiskRow, rate);
  gtk_widget_class_bind_template_child (widget_class, DiskRow, statistics);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
  gtk_widget_class_bind_template_callback (widget_class, icon_name);
  gtk_widget_class_bind_template_callback (widget_class, image_text);
  gtk_widget_class_bind_template_callback (widget_class, title_text);
}

static void
disk_row_init (DiskRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
disk_row_new (QemuBlockDevice *disk)
{
  return g_object_new (DISK_TYPE_ROW, "disk", disk, NULL);
}

QemuBlockDevice *
disk_row_get_disk (DiskRow *self)
{
  return self->disk;
}

static guint64
count_bytes (QemuBlockStats *stats)
{
  return qemu_block_stats_get_read_bytes (stats) + qemu_block_stats_get_write_bytes (stats);
}

/* Shows what the disk has done so far, and how fast it was since the last time. */
void
disk_row_set_stats (DiskRow        *self,
                    QemuBlockStats *stats)
{
  gint64 now = g_get_monotonic_time ();
  /* Less than before: it is counted anew, by another QEMU. */
  gint64 n_bytes = self->stats != NULL ? count_bytes (stats) - count_bytes (self->stats) : 0;
  g_autofree char *n_read = size_text (qemu_block_stats_get_read_bytes (stats));
  g_autofree char *n_written = size_text (qemu_block_stats_get_write_bytes (stats));
  g_autofree char *text = g_strdup_printf ("%s read, %s written", n_read, n_written);
  g_autofree char *rate = NULL;

  if (n_bytes > 0)
    {
      g_autofree char *per_second = size_text (n_bytes * G_USEC_PER_SEC / (now - self->stats_time));

      rate = g_strdup_printf ("%s/s", per_second);
    }
  gtk_label_set_label (self->statistics, text);
  gtk_label_set_label (self->rate, rate != NULL ? rate : "");
  g_set_object (&self->stats, stats);
  self->stats_time = now;
}

void
disk_row_copy (DiskRow    *self,
               const char *path)
{
  qemu_block_device_backup_async (self->disk, path, "qcow2", NULL, NULL, copying_cb, g_object_ref (self));
}
