/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the private JSON reader: what it accepts must be consistent in itself, however it is read. */

#include "config.h"

#include <math.h>
#include <string.h>

#include <json-glib/json-glib.h>

#include "qemu-glib/qemu-error.h"
#include "qemu-glib/qemu-json-private.h"

/* Some checks look at all tokens for each token; with more of them than this they are left out. */
#define MAX_TOKENS_SQUARED 256

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static void
check_number (const QemuJson *json,
              guint32         token)
{
  gint64 int64;
  guint64 uint64;
  double number;
  gboolean is_int64 = qemu_json_get_int64 (json, token, &int64);
  gboolean is_uint64 = qemu_json_get_uint64 (json, token, &uint64);
  gboolean is_double = qemu_json_get_double (json, token, &number);

  if (is_int64 || is_uint64)
    {
      g_assert_cmpint (qemu_json_get_type (json, token), ==, QEMU_JSON_INTEGER);
      g_assert_true (is_double);
    }

  if (is_double)
    g_assert_true (isfinite (number));
  if (is_int64)
    g_assert_cmpfloat (number, ==, (double) int64);
  if (is_uint64)
    g_assert_cmpfloat (number, ==, (double) uint64);
  if (is_int64 && is_uint64)
    g_assert_cmpuint (uint64, ==, int64);
  if (is_int64 && !is_uint64)
    g_assert_cmpint (int64, <, 0);
}

static void
check_string (const QemuJson *json,
              guint32         token)
{
  g_autofree char *string = qemu_json_dup_string (json, token);
  gsize length;
  const char *raw = qemu_json_get_raw (json, token, &length);

  g_assert_cmpint (raw[0], ==, '"');
  g_assert_cmpint (raw[length - 1], ==, '"');

  if (string == NULL)
    {
      g_assert_nonnull (g_strstr_len (raw, length, "\\u0000"));
      return;
    }

  g_assert_true (g_utf8_validate (string, -1, NULL));
  g_assert_cmpuint (strlen (string), <=, length - 2);
  g_assert_true (qemu_json_string_equals (json, token, string));
}

/* Each type can be read as itself only. */
static void
check_value (const QemuJson *json,
             guint32         token)
{
  QemuJsonType type = qemu_json_get_type (json, token);
  g_autofree char *string = qemu_json_dup_string (json, token);
  gboolean boolean;
  gint64 int64;
  guint64 uint64;
  double number;

  if (type == QEMU_JSON_STRING)
    check_string (json, token);
  else
    g_assert_null (string);

  if (type == QEMU_JSON_INTEGER || type == QEMU_JSON_DOUBLE)
    {
      check_number (json, token);
    }
  else
    {
      g_assert_false (qemu_json_get_int64 (json, token, &int64));
      g_assert_false (qemu_json_get_uint64 (json, token, &uint64));
      g_assert_false (qemu_json_get_double (json, token, &number));
    }

  g_assert_cmpint (qemu_json_get_boolean (json, token, &boolean), ==,
                   type == QEMU_JSON_TRUE || type == QEMU_JSON_FALSE);
}

/* @inner is wholly within @outer, behind @previous_end and before @outer's closing bracket; returns where it ends. */
static const char *
check_within (const QemuJson *json,
              guint32         inner,
              guint32         outer,
              const char     *previous_end)
{
  gsize inner_length, outer_length;
  const char *inner_raw = qemu_json_get_raw (json, inner, &inner_length);
  const char *outer_raw = qemu_json_get_raw (json, outer, &outer_length);

  g_assert_cmpuint (inner_length, >, 0);
  g_assert_true (inner_raw > previous_end);
  g_assert_true (inner_raw + inner_length < outer_raw + outer_length);
  g_assert_cmpuint (json->tokens[inner].next, <=, json->tokens[outer].next);

  return inner_raw + inner_length - 1;
}

static void
check_container (const QemuJson *json,
                 guint32         token)
{
  gsize length;
  const char *raw = qemu_json_get_raw (json, token, &length);
  const char *previous_end = raw;
  guint32 next = token + 1;

  QEMU_JSON_FOREACH_ELEMENT (json, token, element)
    {
      g_assert_cmpuint (element, ==, next);
      previous_end = check_within (json, element, token, previous_end);
      next = json->tokens[element].next;
    }

  QEMU_JSON_FOREACH_MEMBER (json, token, name)
    {
      g_assert_cmpuint (name, ==, next);
      g_assert_cmpint (qemu_json_get_type (json, name), ==, QEMU_JSON_STRING);
      previous_end = check_within (json, name, token, previous_end);
      previous_end = check_within (json, name + 1, token, previous_end);
      next = json->tokens[name + 1].next;
    }

  g_assert_cmpuint (json->tokens[token].next, ==, next);
  g_assert_cmpint (raw[0], ==, qemu_json_get_type (json, token) == QEMU_JSON_OBJECT ? '{' : '[');
  g_assert_cmpint (raw[length - 1], ==, qemu_json_get_type (json, token) == QEMU_JSON_OBJECT ? '}' : ']');
}

/* A value's raw text has the same tokens when it is read on its own. */
static void
check_raw (const QemuJson *json,
           guint32         token)
{
  const QemuJsonToken *theirs = &json->tokens[token];
  g_auto(QemuJson) again = QEMU_JSON_INIT;
  g_autofree char *text = NULL;
  gsize length;
  const char *raw = qemu_json_get_raw (json, token, &length);

  text = g_strndup (raw, length);
  g_assert_true (qemu_json_parse (&again, text, length, NULL));
  g_assert_cmpuint (again.n_tokens, ==, theirs->next - token);

  for (guint32 i = 0; i < again.n_tokens; i++)
    {
      g_assert_cmpuint (again.tokens[i].type, ==, theirs[i].type);
      g_assert_cmpuint (again.tokens[i].escaped, ==, theirs[i].escaped);
      g_assert_cmpuint (again.tokens[i].next, ==, theirs[i].next - token);
      g_assert_cmpuint (again.tokens[i].length, ==, theirs[i].length);
      g_assert_cmpuint (again.tokens[i].offset, ==, theirs[i].offset - (raw - json->text));
    }
}

/* Each name finds the last member that has it. */
static void
check_members (const QemuJson *json,
               guint32         object)
{
  QEMU_JSON_FOREACH_MEMBER (json, object, name)
    {
      g_autofree char *string = qemu_json_dup_string (json, name);
      guint32 found;

      if (string == NULL)
        continue;

      found = qemu_json_get_member (json, object, string);
      g_assert_cmpuint (found, !=, QEMU_JSON_NONE);
      g_assert_cmpuint (found, >=, name + 1);
      g_assert_true (qemu_json_string_equals (json, found - 1, string));
    }
}

static void
check_scalar_node (const QemuJson *json,
                   guint32         token,
                   JsonNode       *node)
{
  g_autofree char *string = qemu_json_dup_string (json, token);
  gboolean boolean;
  gint64 int64;
  double number;

  if (string != NULL)
    {
      g_assert_cmpstr (json_node_get_string (node), ==, string);
    }
  else if (qemu_json_get_type (json, token) == QEMU_JSON_STRING)
    {
      g_assert_nonnull (json_node_get_string (node));
    }
  else if (qemu_json_get_type (json, token) == QEMU_JSON_NULL)
    {
      g_assert_true (JSON_NODE_HOLDS_NULL (node));
    }
  else if (qemu_json_get_boolean (json, token, &boolean))
    {
      g_assert_cmpint (json_node_get_value_type (node), ==, G_TYPE_BOOLEAN);
      g_assert_cmpint (json_node_get_boolean (node), ==, boolean);
    }
  else if (qemu_json_get_int64 (json, token, &int64))
    {
      g_assert_cmpint (json_node_get_value_type (node), ==, G_TYPE_INT64);
      g_assert_cmpint (json_node_get_int (node), ==, int64);
    }
  else
    {
      g_assert_cmpint (json_node_get_value_type (node), ==, G_TYPE_DOUBLE);
      if (qemu_json_get_double (json, token, &number))
        g_assert_cmpfloat (json_node_get_double (node), ==, number);
      else
        g_assert_true (isinf (json_node_get_double (node)));
    }
}

/* A name with U+0000 in it is cut off in the node, and may then be the same as another one. */
static gboolean
has_cut_name (const QemuJson *json,
              guint32         object)
{
  QEMU_JSON_FOREACH_MEMBER (json, object, name)
    {
      g_autofree char *string = qemu_json_dup_string (json, name);

      if (string == NULL)
        return TRUE;
    }

  return FALSE;
}

static void
check_node (const QemuJson *json,
            guint32         token,
            JsonNode       *node)
{
  guint32 n = 0;

  if (qemu_json_get_type (json, token) == QEMU_JSON_ARRAY)
    {
      JsonArray *array = json_node_get_array (node);

      QEMU_JSON_FOREACH_ELEMENT (json, token, element)
        check_node (json, element, json_array_get_element (array, n++));

      g_assert_cmpuint (n, ==, json_array_get_length (array));
    }
  else if (qemu_json_get_type (json, token) == QEMU_JSON_OBJECT)
    {
      JsonObject *object = json_node_get_object (node);

      if (has_cut_name (json, token))
        return;

      QEMU_JSON_FOREACH_MEMBER (json, token, name)
        {
          g_autofree char *string = qemu_json_dup_string (json, name);

          if (qemu_json_get_member (json, token, string) == name + 1)
            {
              check_node (json, name + 1, json_object_get_member (object, string));
              n++;
            }
        }

      g_assert_cmpuint (n, ==, json_object_get_size (object));
    }
  else
    {
      check_scalar_node (json, token, node);
    }
}

static void
check_accepted (const QemuJson *json)
{
  g_autoptr(JsonNode) node = qemu_json_to_node (json, 0);

  g_assert_cmpuint (json->n_tokens, >, 0);
  g_assert_cmpuint (json->tokens[0].next, ==, json->n_tokens);

  for (guint32 i = 0; i < json->n_tokens; i++)
    {
      check_value (json, i);

      if (json->tokens[i].type == QEMU_JSON_ARRAY || json->tokens[i].type == QEMU_JSON_OBJECT)
        check_container (json, i);
      else
        g_assert_cmpuint (json->tokens[i].next, ==, i + 1);

      if (json->n_tokens <= MAX_TOKENS_SQUARED)
        {
          check_raw (json, i);
          check_members (json, i);
        }
    }

  if (json->n_tokens <= MAX_TOKENS_SQUARED)
    check_node (json, 0, node);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  g_autofree char *text = g_malloc (size + 1);
  g_autoptr(GError) error = NULL;

  if (size > 0)
    memcpy (text, data, size);
  text[size] = '\0';

  if (qemu_json_parse (&json, text, size, &error))
    {
      g_assert_no_error (error);
      check_accepted (&json);
    }
  else
    {
      g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_cmpuint (json.n_tokens, ==, 0);
    }

  if (size > 0)
    g_assert_cmpint (memcmp (text, data, size), ==, 0);

  return 0;
}
