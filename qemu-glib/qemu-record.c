/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-record-private.h"

#include <string.h>

#include "qemu-context-private.h"

/**
 * QemuRecord:
 *
 * What QEMU tells of a thing: the base of all typed replies.
 *
 * A record's properties are read-only. QEMU leaves out what it does not know or what does not apply;
 * [method@Record.is_set] tells that from zero, %FALSE or the empty string. [method@Record.to_json] has all that QEMU
 * said, also members that this version of the library has no property for.
 *
 * A block device stays the same object for as long as the device exists, and `notify` tells what has changed of it. All
 * other records stay as they are. The strings of a block device are good until then; another thread than that of its
 * domain copies them, with g_object_get().
 *
 * Since: 1.0
 */
/* What QEMU has said at one time. A record that is inside of another one shares its text: of a chain of a thousand
 * images the innermost would be kept a thousand times. */
typedef struct
{
  char           *text;                 /* a GRefString, this and what is around it; NULL: QEMU did not write it */
  gsize           text_start;           /* where it began in QEMU's message */
  gsize           offset;               /* of the record in the text … */
  gsize           length;               /* … and its size there */
  QemuFieldValue *values;               /* by the table's order */
  guint64         set;                  /* a bit for each */
} Reading;

typedef struct
{
  Reading *reading;
  GQueue   earlier;                     /* readings whose strings somebody may still look at */
} QemuRecordPrivate;

/* More of them are never kept, should the owner's main context not run. */
#define MAX_EARLIER 16

/* One for all: it is held for moments, and few records ever change. */
static GMutex lock;

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

static Reading *
reading_new (unsigned n_fields)
{
  Reading *self = g_new0 (Reading, 1);

  self->values = g_new0 (QemuFieldValue, n_fields);

  return self;
}

static void
reading_free (Reading         *self,
              const QemuField *fields,
              unsigned         n_fields)
{
  for (unsigned i = 0; i < n_fields; i++)
    {
      if (fields[i].kind == QEMU_FIELD_STRING)
        g_free (self->values[i].string);
      else if (fields[i].kind == QEMU_FIELD_RECORD || fields[i].kind == QEMU_FIELD_LIST)
        g_clear_object (&self->values[i].object);
    }
  g_free (self->values);
  g_clear_pointer (&self->text, g_ref_string_release);
  g_free (self);
}

/* @outer is that of the record around it, or NULL. */
static void
reading_take_text (Reading        *self,
                   const QemuJson *json,
                   guint32         object,
                   const Reading  *outer)
{
  const char *text;

  /* What is no object says nothing. */
  if (qemu_json_get_type (json, object) != QEMU_JSON_OBJECT)
    return;

  text = qemu_json_get_raw (json, object, &self->length);

  if (outer != NULL)
    {
      self->text = g_ref_string_acquire (outer->text);
      self->text_start = outer->text_start;
    }
  else
    {
      self->text = g_ref_string_new_len (text, self->length);
      self->text_start = text - json->text;
    }
  self->offset = text - json->text - self->text_start;
}

static gboolean
reading_is (const Reading *self,
            const char    *text,
            gsize          length)
{
  return self->text != NULL && text != NULL && self->length == length &&
         memcmp (self->text + self->offset, text, length) == 0;
}

static void
qemu_record_constructed (GObject *object)
{
  QemuRecord *self = QEMU_RECORD (object);
  unsigned n_fields;

  G_OBJECT_CLASS (qemu_record_parent_class)->constructed (object);

  get_fields (self, &n_fields);
  get_private (self)->reading = reading_new (n_fields);
}

static void
qemu_record_finalize (GObject *object)
{
  QemuRecord *self = QEMU_RECORD (object);
  QemuRecordPrivate *priv = get_private (self);
  unsigned n_fields;
  const QemuField *fields = get_fields (self, &n_fields);
  Reading *earlier;

  while ((earlier = g_queue_pop_head (&priv->earlier)) != NULL)
    reading_free (earlier, fields, n_fields);
  reading_free (priv->reading, fields, n_fields);

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
  unsigned n_fields;
  const QemuField *fields = get_fields (self, &n_fields);
  const QemuFieldValue *field_value;

  /* Until the value is copied. */
  g_mutex_lock (&lock);
  field_value = &get_private (self)->reading->values[prop_id - 1];
  switch (fields[prop_id - 1].kind)
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
  g_mutex_unlock (&lock);
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

static gpointer    record_new      (GType           type,
                                    const QemuJson *json,
                                    guint32         object,
                                    const Reading  *outer);
static GListModel *record_list_new (GType           type,
                                    const QemuJson *json,
                                    guint32         list,
                                    const Reading  *outer);

/* FALSE: there is nothing, or nothing that the field can hold. */
static gboolean
decode_field (const QemuJson  *json,
              guint32          token,
              const QemuField *field,
              const Reading   *outer,
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
      value->object = record_new (field->type (), json, token, outer);
      return TRUE;

    case QEMU_FIELD_LIST:
      value->object = record_list_new (field->type (), json, token, outer);
      return qemu_json_get_type (json, token) == QEMU_JSON_ARRAY;

    case QEMU_FIELD_PRESENT:
      value->boolean = qemu_json_get_type (json, token) == QEMU_JSON_OBJECT;
      return TRUE;

    default:
      g_assert_not_reached ();
    }
}

static void
reading_decode (Reading         *self,
                const QemuField *fields,
                unsigned         n_fields,
                const QemuJson  *json,
                guint32          object,
                const Reading   *outer)
{
  reading_take_text (self, json, object, outer);
  for (unsigned i = 0; i < n_fields; i++)
    if (fields[i].path != NULL && decode_field (json, find_path (json, object, fields[i].path), &fields[i], self,
                                                &self->values[i]))
      self->set |= G_GUINT64_CONSTANT (1) << i;
}

static gpointer
record_new (GType           type,
            const QemuJson *json,
            guint32         object,
            const Reading  *outer)
{
  QemuRecord *self = g_object_new (type, NULL);
  unsigned n_fields;
  const QemuField *fields = get_fields (self, &n_fields);

  reading_decode (get_private (self)->reading, fields, n_fields, json, object, outer);

  return self;
}

gpointer
qemu_record_new (GType           type,
                 const QemuJson *json,
                 guint32         object)
{
  return record_new (type, json, object, NULL);
}

gpointer
qemu_record_new_inside (GType           type,
                        const QemuJson *json,
                        guint32         object,
                        QemuRecord     *outer)
{
  return record_new (type, json, object, get_private (outer)->reading);
}

/* ---------------------------------------------------------------- the same thing, later */

static gboolean
same_text (const Reading *a,
           const Reading *b)
{
  return b->text != NULL && reading_is (a, b->text + b->offset, b->length);
}

static gboolean
has_changed (const QemuField      *field,
             const QemuFieldValue *a,
             const QemuFieldValue *b)
{
  switch (field->kind)
    {
    case QEMU_FIELD_BOOLEAN:
    case QEMU_FIELD_PRESENT:
      return a->boolean != b->boolean;

    case QEMU_FIELD_INT64:
      return a->int64 != b->int64;

    case QEMU_FIELD_UINT:
      return a->uint != b->uint;

    case QEMU_FIELD_UINT64:
      return a->uint64 != b->uint64;

    case QEMU_FIELD_STRING:
      return g_strcmp0 (a->string, b->string) != 0;

    case QEMU_FIELD_RECORD:
      if (a->object == NULL || b->object == NULL)
        return a->object != b->object;
      return !same_text (get_private (a->object)->reading, get_private (b->object)->reading);

    case QEMU_FIELD_LIST:
      return TRUE;

    default:
      g_assert_not_reached ();
    }
}

static gboolean
says_the_same (QemuRecord     *self,
               const QemuJson *json,
               guint32         object)
{
  gsize length;
  const char *text = qemu_json_get_raw (json, object, &length);
  gboolean same;

  g_mutex_lock (&lock);
  same = reading_is (get_private (self)->reading, text, length);
  g_mutex_unlock (&lock);

  return same;
}

static void
forget_earlier (gpointer object)
{
  QemuRecord *self = object;
  GQueue earlier;
  unsigned n_fields;
  const QemuField *fields = get_fields (self, &n_fields);
  Reading *reading;

  g_mutex_lock (&lock);
  earlier = get_private (self)->earlier;
  g_queue_init (&get_private (self)->earlier);
  g_mutex_unlock (&lock);

  while ((reading = g_queue_pop_head (&earlier)) != NULL)
    reading_free (reading, fields, n_fields);
}

void
qemu_record_update (QemuRecord     *self,
                    const QemuJson *json,
                    guint32         object,
                    GMainContext   *context)
{
  QemuRecordPrivate *priv = get_private (self);
  unsigned n_fields;
  const QemuField *fields = get_fields (self, &n_fields);
  Reading *reading, *oldest = NULL;
  guint64 changed;
  gboolean was_empty;

  if (says_the_same (self, json, object))
    return;

  reading = reading_new (n_fields);
  reading_decode (reading, fields, n_fields, json, object, NULL);

  g_mutex_lock (&lock);
  changed = priv->reading->set ^ reading->set;
  for (unsigned i = 0; i < n_fields; i++)
    {
      if (has_changed (&fields[i], &priv->reading->values[i], &reading->values[i]))
        changed |= G_GUINT64_CONSTANT (1) << i;
      else if (fields[i].kind == QEMU_FIELD_RECORD)
        g_set_object ((GObject **) &reading->values[i].object, priv->reading->values[i].object);
    }
  was_empty = g_queue_is_empty (&priv->earlier);
  g_queue_push_tail (&priv->earlier, priv->reading);
  if (priv->earlier.length > MAX_EARLIER)
    oldest = g_queue_pop_head (&priv->earlier);
  priv->reading = reading;
  g_mutex_unlock (&lock);

  for (unsigned i = 0; i < n_fields; i++)
    if ((changed >> i) & 1)
      qemu_context_notify (context, self,
                           g_object_class_find_property (G_OBJECT_GET_CLASS (self), fields[i].property));
  if (was_empty)
    qemu_context_call (context, self, forget_earlier);
  if (oldest != NULL)
    reading_free (oldest, fields, n_fields);
}

static GListModel *
record_list_new (GType           type,
                 const QemuJson *json,
                 guint32         list,
                 const Reading  *outer)
{
  GListStore *store = g_list_store_new (type);

  QEMU_JSON_FOREACH_ELEMENT (json, list, element)
    {
      g_autoptr(QemuRecord) record = NULL;

      if (qemu_json_get_type (json, element) != QEMU_JSON_OBJECT)
        continue;
      record = record_new (type, json, element, outer);
      g_list_store_append (store, record);
    }

  return G_LIST_MODEL (store);
}

GListModel *
qemu_record_list_new (GType           type,
                      const QemuJson *json,
                      guint32         list)
{
  return record_list_new (type, json, list, NULL);
}

QemuFieldValue
qemu_record_get_value (QemuRecord *self,
                       unsigned    field)
{
  QemuFieldValue value;

  g_mutex_lock (&lock);
  value = get_private (self)->reading->values[field];
  g_mutex_unlock (&lock);

  return value;
}

QemuFieldValue
qemu_record_get_checked (gpointer    self,
                         GType       type,
                         unsigned    field,
                         const char *function,
                         const char *expected)
{
  if (!G_TYPE_CHECK_INSTANCE_TYPE (self, type))
    {
      g_return_if_fail_warning (G_LOG_DOMAIN, function, expected);
      return (QemuFieldValue) { .object = NULL };
    }

  return qemu_record_get_value (self, field);
}

QemuFieldValue *
qemu_record_set_value (QemuRecord *self,
                       unsigned    field)
{
  Reading *reading = get_private (self)->reading;

  reading->set |= G_GUINT64_CONSTANT (1) << field;

  return &reading->values[field];
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
  guint64 set;

  g_return_val_if_fail (QEMU_IS_RECORD (self), FALSE);
  g_return_val_if_fail (property_name != NULL, FALSE);

  g_mutex_lock (&lock);
  set = get_private (self)->reading->set;
  g_mutex_unlock (&lock);

  fields = get_fields (self, &n_fields);
  for (unsigned i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].property, property_name))
      return (set >> i) & 1;

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
  const Reading *reading;
  char *text;

  g_return_val_if_fail (QEMU_IS_RECORD (self), NULL);

  g_mutex_lock (&lock);
  reading = get_private (self)->reading;
  text = reading->text != NULL ? g_strndup (reading->text + reading->offset, reading->length) : g_strdup ("{}");
  g_mutex_unlock (&lock);

  return text;
}
