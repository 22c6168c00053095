/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The private JSON reader: a validating tokeniser over text that somebody else owns. */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* One pass over a complete text makes an array of small tokens, in the order of the text: a container is followed by
 * all that is in it, an object's members by their names. Nothing is copied, converted or unescaped before somebody
 * asks, and the text is never written to, so that any number of readers may share it. The token array is kept and
 * used again by the next parse.
 */

typedef enum
{
  QEMU_JSON_NULL,
  QEMU_JSON_FALSE,
  QEMU_JSON_TRUE,
  QEMU_JSON_INTEGER,              /* no fraction and no exponent; of any size */
  QEMU_JSON_DOUBLE,
  QEMU_JSON_STRING,
  QEMU_JSON_ARRAY,
  QEMU_JSON_OBJECT
} QemuJsonType;

typedef struct
{
  guint8  type;                   /* a QemuJsonType */
  guint8  escaped;                /* a string with escapes in it */
  guint16 unused;
  guint32 next;                   /* the index of the token behind this value and all that is in it */
  guint32 offset;                 /* where the value's text begins; a string's begins behind its quote */
  guint32 length;                 /* of that text, in bytes; a string's without its quotes */
} QemuJsonToken;

typedef struct
{
  const char    *text;
  QemuJsonToken *tokens;
  guint32        n_tokens;
  guint32        n_allocated;
} QemuJson;

#define QEMU_JSON_INIT { NULL, NULL, 0, 0 }

/* No token: what qemu_json_get_member() returns where there is no such member. */
#define QEMU_JSON_NONE G_MAXUINT32

/* As deep as QEMU's own parser goes. */
#define QEMU_JSON_MAX_DEPTH 1024

/* More tokens than any sane message has: what 128 MiB hold. */
#define QEMU_JSON_MAX_TOKENS (8u << 20)

/* More than these nobody makes values of a program from: twenty thousand disks have fewer. A value takes a hundred bytes
 * then, and an object some hundreds. An object's members go into a hash table, and their names may all have the same
 * hash; so the squares of their numbers count. */
#define QEMU_JSON_MOST_TOKENS  (4u << 20)
#define QEMU_JSON_MOST_OBJECTS 250000
#define QEMU_JSON_MOST_SQUARES G_GUINT64_CONSTANT (400000000)

/* @text must stay as long as @self is read, and @text[@length] must be a readable NUL. Fails with
 * QEMU_ERROR_PROTOCOL, the byte's offset in the message; @self then has no tokens. Token 0 is the value. */
gboolean    qemu_json_parse         (QemuJson    *self,
                                     const char  *text,
                                     gsize        length,
                                     GError     **error);
void        qemu_json_clear         (QemuJson    *self);
/* Are there no more than that? */
gboolean    qemu_json_check_amount  (const QemuJson *self,
                                     GError        **error);
/* When nobody reads it any more: lets go of an array that is too large to be kept, and of nothing else. */
void        qemu_json_trim          (QemuJson    *self);

/* All of these take QEMU_JSON_NONE for @token and treat it like a value of another type. */

/* The value of a member, the last one where the name is there twice; QEMU_JSON_NONE where it is not, or
 * where @object is no object. */
guint32     qemu_json_get_member    (const QemuJson *self,
                                     guint32         object,
                                     const char     *name);
gboolean    qemu_json_string_equals (const QemuJson *self,
                                     guint32         token,
                                     const char     *string);
/* FALSE, and @value untouched: another type, or out of range. */
gboolean    qemu_json_get_boolean   (const QemuJson *self,
                                     guint32         token,
                                     gboolean       *value);
gboolean    qemu_json_get_int64     (const QemuJson *self,
                                     guint32         token,
                                     gint64         *value);
gboolean    qemu_json_get_uint64    (const QemuJson *self,
                                     guint32         token,
                                     guint64        *value);
gboolean    qemu_json_get_double    (const QemuJson *self,
                                     guint32         token,
                                     double         *value);
/* NULL: not a string, or one with U+0000 in it. A lone surrogate becomes U+FFFD. */
char       *qemu_json_dup_string    (const QemuJson *self,
                                     guint32         token);
/* The value's own text, quotes and all; NULL and 0 of QEMU_JSON_NONE. */
const char *qemu_json_get_raw       (const QemuJson *self,
                                     guint32         token,
                                     gsize          *length);
/* The value as json-glib has it; NULL of QEMU_JSON_NONE. It has no unsigned 64-bit integers: what does not fit becomes
 * a double, an infinite one where need be. Strings and names end before a U+0000. */
JsonNode   *qemu_json_to_node       (const QemuJson *self,
                                     guint32         token);

static inline QemuJsonType
qemu_json_get_type (const QemuJson *self,
                    guint32         token)
{
  return token < self->n_tokens ? (QemuJsonType) self->tokens[token].type : QEMU_JSON_NULL;
}

/* for (value = each element of the array): of anything else, nothing. */
#define QEMU_JSON_FOREACH_ELEMENT(self, array, value)                                                        \
  for (guint32 value = (array) + 1,                                                                          \
               _end_##value = qemu_json_get_type (self, array) == QEMU_JSON_ARRAY ? (self)->tokens[array].next : 0; \
       value < _end_##value;                                                                                 \
       value = (self)->tokens[value].next)

/* for (name = each member's name token; its value is name + 1) */
#define QEMU_JSON_FOREACH_MEMBER(self, object, name)                                                         \
  for (guint32 name = (object) + 1,                                                                          \
               _end_##name = qemu_json_get_type (self, object) == QEMU_JSON_OBJECT ? (self)->tokens[object].next : 0; \
       name < _end_##name;                                                                                   \
       name = (self)->tokens[name + 1].next)

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (QemuJson, qemu_json_clear)

G_END_DECLS
