/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-record-private.h"

#include <string.h>

/**
 * QemuRecord:
 *
 * What QEMU tells of a thing: the base of all typed replies.
 *
 * A record's properties are read-only. QEMU leaves out what it does not know or what does not apply;
 * [method@Record.is_set] tells that from zero, %FALSE or the empty string. [method@Record.to_json] has all that QEMU
 * said, also members that this version of the library has no property for.
 *
 * Since: 1.0
 */
typedef struct
{
  char           *text;                 /* as QEMU wrote it; NULL: it did not */
  QemuFieldValue *values;               /* by the table's order */
  guint64         set;                  /* a bit for each */
} QemuRecordPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (QemuRecord, qemu_record, G_TYPE_OBJECT)

static QemuRecordPrivate *
get_private (QemuRecord *self)
{
  return qemu_record_get_instance_private (self);
}

static const QemuField *
get_fields (QemuRecord *self,
            unsigned   *n_fields)
{
  QemuRecordClass *klass = QEMU_RECORD_GET_CLASS (self);

  *n_fields = klass->n_fields;

  return klass->fields;
}

static void
qemu_record_constructed (GObject *object)
{
  QemuRecord *self = QEMU_RECORD (object);
  unsigned n_fields;

  G_OBJECT_CLASS (qemu_record_parent_class)->constructed (object);

  get_fields (self, &n_fields);
  get_private (self)->values = g_new0 (QemuFieldValue, n_fields);
}

static void
qemu_record_finalize (GObject *object)
{
  QemuRecord *self = QEMU_RECORD (object);
  QemuRecordPrivate *priv = get_private (self);
  unsigned n_fields;
  const QemuField *fields = get_fields (self, &n_fields);

  for (unsigned i = 0; i < n_fields; i++)
    {
      if (fields[i].kind == QEMU_FIELD_STRING)
        g_free (priv->values[i].string);
      else if (fields[i].kind == QEMU_FIELD_RECORD || fields[i].kind == QEMU_FIELD_LIST)
        g_clear_object (&priv->values[i].object);
    }
  g_free (priv->values);
  g_free (priv->text);

  G_OBJECT_CLASS (qemu_record_parent_class)->finalize (object);
}

/* A property's number is its place in the table, counted from 1. */
static void
qemu_record_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  QemuRecord *self = QEMU_RECORD (object);
  const QemuFieldValue *field_value = qemu_record_get_value (self, prop_id - 1);
  unsigned n_fields;

  switch (get_fields (self, &n_fields)[prop_id - 1].kind)
    {
    case QEMU_FIELD_BOOLEAN:
    case QEMU_FIELD_PRESENT:
      g_value_set_boolean (value, field_value->boolean);
      break;

    case QEMU_FIELD_INT64:
      g_value_set_int64 (value, field_value->int64);
      break;

    case QEMU_FIELD_UINT:
      g_value_set_uint (value, field_value->uint);
      break;

    case QEMU_FIELD_UINT64:
      g_value_set_uint64 (value, field_value->uint64);
      break;

    case QEMU_FIELD_STRING:
      g_value_set_string (value, field_value->string);
      break;

    case QEMU_FIELD_RECORD:
    case QEMU_FIELD_LIST:
      g_value_set_object (value, field_value->object);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qemu_record_class_init (QemuRecordClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = qemu_record_constructed;
  object_class->finalize = qemu_record_finalize;
}

static void
qemu_record_init (QemuRecord *self)
{
}

static GParamSpec *
field_param_spec (const QemuField *field)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  switch (field->kind)
    {
    case QEMU_FIELD_BOOLEAN:
    case QEMU_FIELD_PRESENT:
      return g_param_spec_boolean (field->property, NULL, NULL, FALSE, flags);

    case QEMU_FIELD_INT64:
      return g_param_spec_int64 (field->property, NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);

    case QEMU_FIELD_UINT:
      return g_param_spec_uint (field->property, NULL, NULL, 0, G_MAXUINT, 0, flags);

    case QEMU_FIELD_UINT64:
      return g_param_spec_uint64 (field->property, NULL, NULL, 0, G_MAXUINT64, 0, flags);

    case QEMU_FIELD_STRING:
      return g_param_spec_string (field->property, NULL, NULL, NULL, flags);

    case QEMU_FIELD_RECORD:
      return g_param_spec_object (field->property, NULL, NULL, field->type (), flags);

    case QEMU_FIELD_LIST:
      return g_param_spec_object (field->property, NULL, NULL, G_TYPE_LIST_MODEL, flags);

    default:
      g_assert_not_reached ();
    }
}

void
qemu_record_class_set_fields (QemuRecordClass *klass,
                              const QemuField *fields,
                              unsigned         n_fields)
{
  g_assert (n_fields <= 64);

  klass->fields = fields;
  klass->n_fields = n_fields;
  /* GObject does not inherit this one. */
  G_OBJECT_CLASS (klass)->get_property = qemu_record_get_property;
  for (unsigned i = 0; i < n_fields; i++)
    g_object_class_install_property (G_OBJECT_CLASS (klass), i + 1, field_param_spec (&fields[i]));
}

static guint32
find_path (const QemuJson *json,
           guint32         object,
           const char     *path)
{
  const char *slash;
  char step[32];

  while ((slash = strchr (path, '/')) != NULL)
    {
      g_assert ((gsize) (slash - path) < sizeof step);
      memcpy (step, path, slash - path);
      step[slash - path] = '\0';
      object = qemu_json_get_member (json, object, step);
      path = slash + 1;
    }

  return qemu_json_get_member (json, object, path);
}

static gboolean
decode_uint (const QemuJson *json,
             guint32         token,
             unsigned       *value)
{
  guint64 number;

  if (!qemu_json_get_uint64 (json, token, &number) || number > G_MAXUINT)
    return FALSE;
  *value = number;

  return TRUE;
}

/* FALSE: there is nothing, or nothing that the field can hold. */
static gboolean
decode_field (const QemuJson  *json,
              guint32          token,
              const QemuField *field,
              QemuFieldValue  *value)
{
  switch (field->kind)
    {
    case QEMU_FIELD_BOOLEAN:
      return qemu_json_get_boolean (json, token, &value->boolean);

    case QEMU_FIELD_INT64:
      return qemu_json_get_int64 (json, token, &value->int64);

    case QEMU_FIELD_UINT:
      return decode_uint (json, token, &value->uint);

    case QEMU_FIELD_UINT64:
      return qemu_json_get_uint64 (json, token, &value->uint64);

    case QEMU_FIELD_STRING:
      value->string = qemu_json_dup_string (json, token);
      return value->string != NULL;

    case QEMU_FIELD_RECORD:
      if (qemu_json_get_type (json, token) != QEMU_JSON_OBJECT)
        return FALSE;
      value->object = qemu_record_new (field->type (), json, token);
      return TRUE;

    case QEMU_FIELD_LIST:
      value->object = qemu_record_list_new (field->type (), json, token);
      return qemu_json_get_type (json, token) == QEMU_JSON_ARRAY;

    case QEMU_FIELD_PRESENT:
      value->boolean = qemu_json_get_type (json, token) == QEMU_JSON_OBJECT;
      return TRUE;

    default:
      g_assert_not_reached ();
    }
}

gpointer
qemu_record_new (GType           type,
                 const QemuJson *json,
                 guint32         object)
{
  QemuRecord *self = g_object_new (type, NULL);
  QemuRecordPrivate *priv = get_private (self);
  unsigned n_fields;
  const QemuField *fields = get_fields (self, &n_fields);
  gsize length;

  if (object != QEMU_JSON_NONE)
    {
      const char *text = qemu_json_get_raw (json, object, &length);

      priv->text = g_strndup (text, length);
    }
  for (unsigned i = 0; i < n_fields; i++)
    if (fields[i].path != NULL && decode_field (json, find_path (json, object, fields[i].path), &fields[i],
                                                &priv->values[i]))
      priv->set |= G_GUINT64_CONSTANT (1) << i;

  return self;
}

GListModel *
qemu_record_list_new (GType           type,
                      const QemuJson *json,
                      guint32         list)
{
  GListStore *store = g_list_store_new (type);

  QEMU_JSON_FOREACH_ELEMENT (json, list, element)
    {
      g_autoptr(QemuRecord) record = NULL;

      if (qemu_json_get_type (json, element) != QEMU_JSON_OBJECT)
        continue;
      record = qemu_record_new (type, json, element);
      g_list_store_append (store, record);
    }

  return G_LIST_MODEL (store);
}

const QemuFieldValue *
qemu_record_get_value (QemuRecord *self,
                       unsigned    field)
{
  return &get_private (self)->values[field];
}

QemuFieldValue *
qemu_record_set_value (QemuRecord *self,
                       unsigned    field)
{
  QemuRecordPrivate *priv = get_private (self);

  priv->set |= G_GUINT64_CONSTANT (1) << field;

  return &priv->values[field];
}

/**
 * qemu_record_is_set:
 * @self: a record
 * @property_name: the name of one of its properties
 *
 * Tells whether QEMU gave a value for a property. What is absent, `null`, or of a kind that the property cannot hold
 * is not set; the property then has its default value.
 *
 * Returns: whether there is a value
 *
 * Since: 1.0
 */
gboolean
qemu_record_is_set (QemuRecord *self,
                    const char *property_name)
{
  const QemuField *fields;
  unsigned n_fields;

  g_return_val_if_fail (QEMU_IS_RECORD (self), FALSE);
  g_return_val_if_fail (property_name != NULL, FALSE);

  fields = get_fields (self, &n_fields);
  for (unsigned i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].property, property_name))
      return (get_private (self)->set >> i) & 1;

  return FALSE;
}

/**
 * qemu_record_to_json:
 * @self: a record
 *
 * Gets the record as QEMU wrote it.
 *
 * Returns: (transfer full): a JSON object
 *
 * Since: 1.0
 */
char *
qemu_record_to_json (QemuRecord *self)
{
  g_return_val_if_fail (QEMU_IS_RECORD (self), NULL);

  return g_strdup (get_private (self)->text != NULL ? get_private (self)->text : "{}");
}
