/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "event-row.h"

#include <qemu-glib/qemu-glib.h>

struct _EventRow
{
  GtkBox     parent_instance;

  QemuEvent *event;
};

typedef enum
{
  PROP_EVENT = 1
} EventRowProperty;

G_DEFINE_FINAL_TYPE (EventRow, event_row, GTK_TYPE_BOX)

/* ---------------------------------------------------------------- for event-row.ui */

static char *
time_text (EventRow  *self,
           QemuEvent *event)
{
  g_autoptr(GDateTime) utc = NULL, local = NULL;

  if (event == NULL)
    return NULL;

  utc = g_date_time_new_from_unix_utc (qemu_event_get_timestamp (event) / G_USEC_PER_SEC);
  local = g_date_time_to_local (utc);

  return g_date_time_format (local, "%H:%M:%S");
}

/* {"guest": false, "reason": "host-qmp-quit"}: "guest: false, reason: host-qmp-quit" */
static void
append_member (JsonObject *object,
               const char *name,
               JsonNode   *node,
               gpointer    text)
{
  g_autofree char *value = NULL;

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    value = json_node_dup_string (node);
  else
    value = json_to_string (node, FALSE);
  g_string_append_printf (text, "%s%s: %s", ((GString *) text)->len > 0 ? ", " : "", name, value);
}

static char *
details_text (EventRow  *self,
              QemuEvent *event)
{
  GString *text = g_string_new (NULL);
  JsonObject *data = event != NULL ? qemu_event_get_data (event) : NULL;

  if (data != NULL)
    json_object_foreach_member (data, append_member, text);

  return g_string_free (text, FALSE);
}

/* ---------------------------------------------------------------- the class */

static void
event_row_dispose (GObject *object)
{
  EventRow *self = EVENT_ROW (object);

  g_clear_object (&self->event);

  G_OBJECT_CLASS (event_row_parent_class)->dispose (object);
}

static void
event_row_get_property (GObject    *object,
                        unsigned    prop_id,
                        GValue     *value,
                        GParamSpec *pspec)
{
  EventRow *self = EVENT_ROW (object);

  switch ((EventRowProperty) prop_id)
    {
    case PROP_EVENT:
      g_value_set_object (value, self->event);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
event_row_set_property (GObject      *object,
                        unsigned      prop_id,
                        const GValue *value,
                        GParamSpec   *pspec)
{
  EventRow *self = EVENT_ROW (object);

  switch ((EventRowProperty) prop_id)
    {
    case PROP_EVENT:
      g_set_object (&self->event, g_value_get_object (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
event_row_class_init (EventRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = event_row_dispose;
  object_class->get_property = event_row_get_property;
  object_class->set_property = event_row_set_property;

  g_object_class_install_property (object_class, PROP_EVENT,
    g_param_spec_object ("event", NULL, NULL, QEMU_TYPE_EVENT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));

  gtk_widget_class_set_template_from_resource (widget_class, "/org/example/Machine/event-row.ui");
  gtk_widget_class_bind_template_callback (widget_class, time_text);
  gtk_widget_class_bind_template_callback (widget_class, details_text);
}

static void
event_row_init (EventRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
