/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "machine-screen.h"

#include <stdio.h>

/* From the end of one picture to the beginning of the next. */
#define PAUSE_MS 500

struct _MachineScreen
{
  GtkWidget      parent_instance;

  QemuDomain    *vm;
  GCancellable  *cancellable;           /* of the picture that is being taken, or NULL */
  unsigned       timeout_id;            /* until the next one, or 0 */
  GBytes        *bytes;                 /* the one that is shown */

  GtkWidget     *child;
  GtkPicture    *picture;
  GtkLabel      *note;
};

typedef enum
{
  PROP_VM = 1
} MachineScreenProperty;

G_DEFINE_FINAL_TYPE (MachineScreen, machine_screen, GTK_TYPE_WIDGET)

static void take_picture (MachineScreen *self);

/* ---------------------------------------------------------------- for machine-screen.ui */

static gboolean
is_empty (MachineScreen *self,
          GdkPaintable  *paintable)
{
  return paintable == NULL;
}

/* ---------------------------------------------------------------- from QEMU to the screen */

/* PPM is a line or three of text and then the pixels, as GTK can draw them without another copy: neither QEMU nor we
 * spend time on compression, which a frame would have to wait for. */
static GdkTexture *
texture_from_ppm (GBytes *bytes)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autofree char *header = g_strndup (text, MIN (length, 64));
  g_autoptr(GBytes) pixels = NULL;
  int width, height, end = 0;
  gsize size;

  if (sscanf (header, "P6 %d %d 255%n", &width, &height, &end) != 2 || end == 0 || width <= 0 || height <= 0)
    return NULL;

  size = (gsize) width * height * 3;
  if (length < end + 1 + size)
    return NULL;

  pixels = g_bytes_new_from_bytes (bytes, end + 1, size);

  return gdk_memory_texture_new (width, height, GDK_MEMORY_R8G8B8, pixels, size / height);
}

static void
timeout_cb (gpointer user_data)
{
  MachineScreen *self = user_data;

  self->timeout_id = 0;
  take_picture (self);
}

/* Not before this one has come: a QEMU that is slow or stopped gets no queue of requests. */
static void
wait_for_next (MachineScreen *self)
{
  g_clear_object (&self->cancellable);
  self->timeout_id = g_timeout_add_once (PAUSE_MS, timeout_cb, self);
}

static void
read_cb (GObject      *memory,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(MachineScreen) self = user_data;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GdkTexture) texture = NULL;
  g_autoptr(GError) error = NULL;

  if (g_output_stream_splice_finish (G_OUTPUT_STREAM (memory), result, &error) < 0)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        wait_for_next (self);
      return;
    }

  /* Most of the time nothing has changed, and nothing needs to be drawn. */
  bytes = g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
  if (self->bytes == NULL || !g_bytes_equal (bytes, self->bytes))
    {
      texture = texture_from_ppm (bytes);
      gtk_picture_set_paintable (self->picture, GDK_PAINTABLE (texture));
      g_clear_pointer (&self->bytes, g_bytes_unref);
      self->bytes = g_steal_pointer (&bytes);
    }
  wait_for_next (self);
}

static void
taken_cb (GObject      *vm,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(MachineScreen) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GInputStream) picture = qemu_domain_screen_dump_finish (QEMU_DOMAIN (vm), result, &error);
  g_autoptr(GOutputStream) memory = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    {
      /* A machine without a screen is not asked again, as long as the window is shown. */
      gtk_label_set_label (self->note, error->message);
      return;
    }
  if (error != NULL)
    {
      wait_for_next (self);
      return;
    }

  memory = g_memory_output_stream_new_resizable ();
  g_output_stream_splice_async (memory, picture,
                                G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE | G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
                                G_PRIORITY_DEFAULT, self->cancellable, read_cb, g_object_ref (self));
}

static void
take_picture (MachineScreen *self)
{
  if (self->vm == NULL || qemu_domain_get_state (self->vm) != QEMU_MONITOR_STATE_OPEN)
    return;

  self->cancellable = g_cancellable_new ();
  qemu_domain_screen_dump_async (self->vm, NULL, 0, QEMU_SCREEN_PPM, self->cancellable, taken_cb, g_object_ref (self));
}

static void
start (MachineScreen *self)
{
  if (self->cancellable == NULL && self->timeout_id == 0)
    take_picture (self);
}

static void
stop (MachineScreen *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->timeout_id, g_source_remove);
}

/* ---------------------------------------------------------------- the class */

static void
machine_screen_set_vm (MachineScreen *self,
                       QemuDomain    *vm)
{
  if (!g_set_object (&self->vm, vm))
    return;

  stop (self);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  gtk_picture_set_paintable (self->picture, NULL);
  gtk_label_set_label (self->note, "");
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    start (self);
}

static void
machine_screen_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (machine_screen_parent_class)->map (widget);

  start (MACHINE_SCREEN (widget));
}

static void
machine_screen_unmap (GtkWidget *widget)
{
  stop (MACHINE_SCREEN (widget));

  GTK_WIDGET_CLASS (machine_screen_parent_class)->unmap (widget);
}

static void
machine_screen_dispose (GObject *object)
{
  MachineScreen *self = MACHINE_SCREEN (object);

  stop (self);
  g_clear_object (&self->vm);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_pointer (&self->child, gtk_widget_unparent);

  G_OBJECT_CLASS (machine_screen_parent_class)->dispose (object);
}

static void
machine_screen_get_property (GObject    *object,
                             unsigned    prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  MachineScreen *self = MACHINE_SCREEN (object);

  switch ((MachineScreenProperty) prop_id)
    {
    case PROP_VM:
      g_value_set_object (value, self->vm);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
machine_screen_set_property (GObject      *object,
                             unsigned      prop_id,
                             const GValue *value,
                             GParamSpec   *pspec)
{
  MachineScreen *self = MACHINE_SCREEN (object);

  switch ((MachineScreenProperty) prop_id)
    {
    case PROP_VM:
      machine_screen_set_vm (self, g_value_get_object (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
machine_screen_class_init (MachineScreenClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = machine_screen_dispose;
  object_class->get_property = machine_screen_get_property;
  object_class->set_property = machine_screen_set_property;
  widget_class->map = machine_screen_map;
  widget_class->unmap = machine_screen_unmap;

  g_object_class_install_property (object_class, PROP_VM,
    g_param_spec_object ("vm", NULL, NULL, QEMU_TYPE_DOMAIN, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));

  gtk_widget_class_set_css_name (widget_class, "machinescreen");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/example/Machine/machine-screen.ui");
  gtk_widget_class_bind_template_child (widget_class, MachineScreen, child);
  gtk_widget_class_bind_template_child (widget_class, MachineScreen, note);
  gtk_widget_class_bind_template_child (widget_class, MachineScreen, picture);
  gtk_widget_class_bind_template_callback (widget_class, is_empty);
}

static void
machine_screen_init (MachineScreen *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
