/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qemu-json-private.h"
#include "qemu-record.h"

G_BEGIN_DECLS

/* A kind of record is a table: which member of QEMU's JSON is which property, and of what kind. The table installs
 * the properties, decodes them and reads them; a new field is a new line. A record's own getters are made by
 * QEMU_RECORD_GETTER, below the documentation of each.
 */
typedef enum
{
  QEMU_FIELD_BOOLEAN,
  QEMU_FIELD_INT64,
  QEMU_FIELD_UINT,
  QEMU_FIELD_UINT64,
  QEMU_FIELD_STRING,
  QEMU_FIELD_RECORD,                    /* an object: a record of the type that the field names */
  QEMU_FIELD_LIST,                      /* a list of them */
  QEMU_FIELD_PRESENT                    /* a boolean: is there an object? */
} QemuFieldKind;

typedef struct
{
  const char    *property;
  const char    *path;                  /* the member's name; below another one: "outer/inner"; NULL: set otherwise */
  QemuFieldKind  kind;
  GType        (*type) (void);          /* of QEMU_FIELD_RECORD, and of each in a QEMU_FIELD_LIST */
} QemuField;

typedef union
{
  gboolean  boolean;
  gint64    int64;
  unsigned  uint;
  guint64   uint64;
  char     *string;
  gpointer  object;                     /* of a QEMU_FIELD_LIST: a GListModel, never NULL */
} QemuFieldValue;

void                  qemu_record_class_set_fields (QemuRecordClass *klass,
                                                    const QemuField *fields,
                                                    unsigned         n_fields);

/* Any object is a record: what is missing, or not of its kind, is not set. */
gpointer              qemu_record_new              (GType            type,
                                                    const QemuJson  *json,
                                                    guint32          object);
/* The same of an object inside of the one that @outer was just made of. */
gpointer              qemu_record_new_inside       (GType            type,
                                                    const QemuJson  *json,
                                                    guint32          object,
                                                    QemuRecord      *outer);
/* A record of each object in a list; of anything else, an empty model. */
GListModel           *qemu_record_list_new         (GType            type,
                                                    const QemuJson  *json,
                                                    guint32          list);
/* Gives it another reading of the same thing. Notify comes in @context for what has changed. From any thread. */
void                  qemu_record_update           (QemuRecord      *self,
                                                    const QemuJson  *json,
                                                    guint32          object,
                                                    GMainContext    *context);
/* Strings and objects are the record's, and stay good until notify has told of others. */
QemuFieldValue        qemu_record_get_value        (QemuRecord      *self,
                                                    unsigned         field);
/* For a field without a path: its value, to be filled in, which is set from now on. Only before anybody else has seen
 * the record. */
QemuFieldValue       *qemu_record_set_value        (QemuRecord      *self,
                                                    unsigned         field);

/* The same for a public getter: of what is not a record of the type, nothing, and a warning that names @function and
 * what it @expected. */
QemuFieldValue        qemu_record_get_checked      (gpointer         self,
                                                    GType            type,
                                                    unsigned         field,
                                                    const char      *function,
                                                    const char      *expected);

#define QEMU_RECORD_GETTER(Type, type, TYPE, return_type, name, FIELD, member)            \
  return_type                                                                             \
  qemu_##type##_get_##name (Type *self)                                                   \
  {                                                                                       \
    return qemu_record_get_checked (self, qemu_##type##_get_type (), FIELD, G_STRFUNC,    \
                                    "QEMU_IS_" #TYPE " (self)").member;                   \
  }

G_END_DECLS
