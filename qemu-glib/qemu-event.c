/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-event-private.h"

/**
 * QemuEvent:
 *
 * One QMP event, as [signal@Domain::event] and [signal@Monitor::event] bring it.
 *
 * Nothing of it is unpacked before it is asked for: the `get` methods for single members read the event's text, and
 * the [property@Event:data] is made when it is first looked at.
 *
 * ```c
 * static void
 * on_shutdown (QemuDomain *domain, QemuEvent *event, gpointer user_data)
 * {
 *   g_autofree char *reason = qemu_event_get_string (event, "reason");
 *
 *   g_print ("%s: %s\n", qemu_event_get_name (event), reason);
 * }
 * ```
 *
 * Since: 1.0
 */
struct _QemuEvent
{
  GObject        parent_instance;

  QemuEventText *text;
  QemuJson       json;                  /* of the text, once somebody has asked for a member */
  gboolean       parsed;
  JsonObject    *data;
};

typedef enum
{
  PROP_NAME = 1,
  PROP_TIMESTAMP,
  PROP_DATA
} QemuEventProperty;

static GParamSpec *properties[PROP_DATA + 1];

G_DEFINE_FINAL_TYPE (QemuEvent, qemu_event, G_TYPE_OBJECT)

static const QemuJson *
qemu_event_get_json (QemuEvent *self)
{
  if (!self->parsed)
    {
      self->parsed = TRUE;
      /* It was part of a message that has been read, or was checked when it was emitted. An event may also have no
       * data at all; then there are no tokens, and no member is found. */
      if (self->text->data_length > 0)
        qemu_json_parse (&self->json, qemu_event_text_get_data (self->text), self->text->data_length, NULL);
    }

  return &self->json;
}

static guint32
qemu_event_find (QemuEvent  *self,
                 const char *member)
{
  return qemu_json_get_member (qemu_event_get_json (self), 0, member);
}

static void
qemu_event_finalize (GObject *object)
{
  QemuEvent *self = QEMU_EVENT (object);

  qemu_json_clear (&self->json);
  g_clear_pointer (&self->data, json_object_unref);
  g_clear_pointer (&self->text, qemu_event_text_unref);

  G_OBJECT_CLASS (qemu_event_parent_class)->finalize (object);
}

static void
qemu_event_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  QemuEvent *self = QEMU_EVENT (object);

  switch ((QemuEventProperty) prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, qemu_event_get_name (self));
      break;

    case PROP_TIMESTAMP:
      g_value_set_int64 (value, qemu_event_get_timestamp (self));
      break;

    case PROP_DATA:
      g_value_set_boxed (value, qemu_event_get_data (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qemu_event_class_init (QemuEventClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qemu_event_finalize;
  object_class->get_property = qemu_event_get_property;

  /**
   * QemuEvent:name: (getter get_name)
   *
   * What has happened, such as `STOP`.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QemuEvent:timestamp: (getter get_timestamp)
   *
   * When it has happened by the clock of QEMU's host, in microseconds since the epoch; 0 if QEMU did not say.
   *
   * Since: 1.0
   */
  properties[PROP_TIMESTAMP] =
    g_param_spec_int64 ("timestamp", NULL, NULL, G_MININT64, G_MAXINT64, 0,
                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * QemuEvent:data: (getter get_data)
   *
   * What QEMU tells with it. Empty if there is nothing.
   *
   * Since: 1.0
   */
  properties[PROP_DATA] =
    g_param_spec_boxed ("data", NULL, NULL, JSON_TYPE_OBJECT, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
qemu_event_init (QemuEvent *self)
{
}

QemuEvent *
qemu_event_new (QemuEventText *text)
{
  QemuEvent *self = g_object_new (QEMU_TYPE_EVENT, NULL);

  self->text = qemu_event_text_ref (text);

  return self;
}

/**
 * qemu_event_get_name: (get-property name)
 * @self: an event
 *
 * Gets what has happened.
 *
 * Returns: the event's name, such as `STOP`
 *
 * Since: 1.0
 */
const char *
qemu_event_get_name (QemuEvent *self)
{
  g_return_val_if_fail (QEMU_IS_EVENT (self), NULL);

  return self->text->text;
}

/**
 * qemu_event_get_timestamp: (get-property timestamp)
 * @self: an event
 *
 * Gets when it has happened.
 *
 * Returns: microseconds since the epoch by the clock of QEMU's host, or 0
 *
 * Since: 1.0
 */
gint64
qemu_event_get_timestamp (QemuEvent *self)
{
  g_return_val_if_fail (QEMU_IS_EVENT (self), 0);

  return self->text->timestamp;
}

/**
 * qemu_event_get_data: (get-property data)
 * @self: an event
 *
 * Gets all that QEMU tells with the event, made when first asked for. Integers above the signed 64-bit range are
 * doubles there; [method@Event.get_uint64] and [method@Event.get_data_bytes] are exact.
 *
 * Returns: (transfer none): the data, empty if there is none, or more than any event has
 *
 * Since: 1.0
 */
JsonObject *
qemu_event_get_data (QemuEvent *self)
{
  g_return_val_if_fail (QEMU_IS_EVENT (self), NULL);

  if (self->data == NULL)
    {
      g_autoptr(JsonNode) node = NULL;

      if (qemu_json_get_type (qemu_event_get_json (self), 0) == QEMU_JSON_OBJECT &&
          qemu_json_check_amount (&self->json, NULL))
        node = qemu_json_to_node (qemu_event_get_json (self), 0);
      self->data = node != NULL ? json_node_dup_object (node) : json_object_new ();
    }

  return self->data;
}

/**
 * qemu_event_get_data_bytes:
 * @self: an event
 *
 * Gets the data as the JSON text that QEMU sent.
 *
 * Returns: (transfer full): the text, empty if there is none
 *
 * Since: 1.0
 */
GBytes *
qemu_event_get_data_bytes (QemuEvent *self)
{
  g_return_val_if_fail (QEMU_IS_EVENT (self), NULL);

  return g_bytes_new_with_free_func (qemu_event_text_get_data (self->text), self->text->data_length,
                                     (GDestroyNotify) qemu_event_text_unref, qemu_event_text_ref (self->text));
}

/**
 * qemu_event_get_string:
 * @self: an event
 * @member: the name of a member of the data
 *
 * Gets a member of the data that is a string.
 *
 * Returns: (transfer full) (nullable): the text, or %NULL where there is no such member, or it is no string
 *
 * Since: 1.0
 */
char *
qemu_event_get_string (QemuEvent  *self,
                       const char *member)
{
  g_return_val_if_fail (QEMU_IS_EVENT (self), NULL);
  g_return_val_if_fail (member != NULL, NULL);

  return qemu_json_dup_string (qemu_event_get_json (self), qemu_event_find (self, member));
}

/**
 * qemu_event_get_int64:
 * @self: an event
 * @member: the name of a member of the data
 * @value: (out): return location for the number, untouched where there is none
 *
 * Gets a member of the data that is an integer.
 *
 * Returns: whether there is such a member and it fits
 *
 * Since: 1.0
 */
gboolean
qemu_event_get_int64 (QemuEvent  *self,
                      const char *member,
                      gint64     *value)
{
  g_return_val_if_fail (QEMU_IS_EVENT (self), FALSE);
  g_return_val_if_fail (member != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  return qemu_json_get_int64 (qemu_event_get_json (self), qemu_event_find (self, member), value);
}

/**
 * qemu_event_get_uint64:
 * @self: an event
 * @member: the name of a member of the data
 * @value: (out): return location for the number, untouched where there is none
 *
 * Gets a member of the data that is an integer and not negative.
 *
 * Returns: whether there is such a member and it fits
 *
 * Since: 1.0
 */
gboolean
qemu_event_get_uint64 (QemuEvent  *self,
                       const char *member,
                       guint64    *value)
{
  g_return_val_if_fail (QEMU_IS_EVENT (self), FALSE);
  g_return_val_if_fail (member != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  return qemu_json_get_uint64 (qemu_event_get_json (self), qemu_event_find (self, member), value);
}

/**
 * qemu_event_get_boolean:
 * @self: an event
 * @member: the name of a member of the data
 * @value: (out): return location for the boolean, untouched where there is none
 *
 * Gets a member of the data that is a boolean.
 *
 * Returns: whether there is such a member
 *
 * Since: 1.0
 */
gboolean
qemu_event_get_boolean (QemuEvent  *self,
                        const char *member,
                        gboolean   *value)
{
  g_return_val_if_fail (QEMU_IS_EVENT (self), FALSE);
  g_return_val_if_fail (member != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  return qemu_json_get_boolean (qemu_event_get_json (self), qemu_event_find (self, member), value);
}
