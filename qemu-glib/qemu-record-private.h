/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qemu-json-private.h"
#include "qemu-record.h"

G_BEGIN_DECLS

/* A kind of record is a table: which member of QEMU's JSON is which property, and of what kind. The table installs
 * the properties, decodes them and reads them; a new field is a new line.
 */
typedef enum
{
  QEMU_FIELD_BOOLEAN,
  QEMU_FIELD_UINT,
  QEMU_FIELD_STRING
} QemuFieldKind;

typedef struct
{
  const char    *property;
  const char    *path;                  /* the member's name; below another one: "outer/inner" */
  QemuFieldKind  kind;
} QemuField;

typedef union
{
  gboolean  boolean;
  unsigned  uint;
  char     *string;
} QemuFieldValue;

void                  qemu_record_class_set_fields (QemuRecordClass *klass,
                                                    const QemuField *fields,
                                                    unsigned         n_fields);

/* Any object is a record: what is missing, or not of its kind, is not set. */
gpointer              qemu_record_new              (GType            type,
                                                    const QemuJson  *json,
                                                    guint32          object);
const QemuFieldValue *qemu_record_get_value        (QemuRecord      *self,
                                                    unsigned         field);

G_END_DECLS
