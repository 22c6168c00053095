/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares the private JSON reader with another one, jansson: both accept the same texts, and read the same in them. */

#include "config.h"

#include <math.h>
#include <string.h>

/* json-glib has a function of this name, too. Nothing here needs jansson's. */
#define json_object_iter_next jansson_object_iter_next
#include <jansson.h>
#undef json_object_iter_next

#include "qemu-glib/qemu-error.h"
#include "qemu-glib/qemu-json-private.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

/* What jansson refuses on purpose, though it is JSON: half a surrogate pair, which QEMU may well send; numbers beyond
 * its types; a name with U+0000 in it, or a very long one; and more than 2048 levels, of which we take 1024. */
static gboolean
is_their_limit (const json_error_t *error)
{
  enum json_error_code code = json_error_code (error);

  return code == json_error_numeric_overflow || code == json_error_null_byte_in_key ||
         code == json_error_stack_overflow || strstr (error->text, "invalid Unicode") != NULL;
}

/* A string with U+0000 in it is none for us. */
static void
compare_strings (const QemuJson *json,
                 guint32         token,
                 const char     *theirs,
                 gsize           length)
{
  g_autofree char *ours = qemu_json_dup_string (json, token);

  g_assert_cmpint (qemu_json_get_type (json, token), ==, QEMU_JSON_STRING);
  if (memchr (theirs, '\0', length) != NULL)
    g_assert_null (ours);
  else
    g_assert_cmpmem (ours, strlen (ours), theirs, length);
}

/* Where whole numbers are too large for jansson, it has been told to read all numbers as doubles. */
static void
compare_numbers (const QemuJson *json,
                 guint32         token,
                 const json_t   *theirs)
{
  gint64 int64;
  double number;

  if (json_is_integer (theirs))
    {
      g_assert_cmpint (qemu_json_get_type (json, token), ==, QEMU_JSON_INTEGER);
      g_assert_true (qemu_json_get_int64 (json, token, &int64));
      g_assert_cmpint (int64, ==, json_integer_value (theirs));
    }
  else
    {
      g_assert_true (qemu_json_get_double (json, token, &number));
      g_assert_cmpfloat (number, ==, json_real_value (theirs));
      g_assert_cmpint (signbit (number) != 0, ==, signbit (json_real_value (theirs)) != 0);
    }
}

static void compare (const QemuJson *json,
                     guint32         token,
                     const json_t   *theirs);

static void
compare_objects (const QemuJson *json,
                 guint32         token,
                 const json_t   *theirs)
{
  gsize n = 0;

  QEMU_JSON_FOREACH_MEMBER (json, token, name)
    {
      g_autofree char *string = qemu_json_dup_string (json, name);
      const json_t *value = json_object_get (theirs, string);

      g_assert_nonnull (value);
      /* Of a name that is there twice the last one counts, for both. */
      if (qemu_json_get_member (json, token, string) != name + 1)
        continue;
      compare (json, name + 1, value);
      n++;
    }
  g_assert_cmpuint (json_object_size (theirs), ==, n);
}

static void
compare (const QemuJson *json,
         guint32         token,
         const json_t   *theirs)
{
  QemuJsonType type = qemu_json_get_type (json, token);
  gsize i = 0;

  switch (json_typeof (theirs))
    {
    case JSON_OBJECT:
      g_assert_cmpint (type, ==, QEMU_JSON_OBJECT);
      compare_objects (json, token, theirs);
      break;

    case JSON_ARRAY:
      g_assert_cmpint (type, ==, QEMU_JSON_ARRAY);
      QEMU_JSON_FOREACH_ELEMENT (json, token, element)
        compare (json, element, json_array_get (theirs, i++));
      g_assert_cmpuint (json_array_size (theirs), ==, i);
      break;

    case JSON_STRING:
      compare_strings (json, token, json_string_value (theirs), json_string_length (theirs));
      break;

    case JSON_INTEGER:
    case JSON_REAL:
      compare_numbers (json, token, theirs);
      break;

    case JSON_TRUE:
      g_assert_cmpint (type, ==, QEMU_JSON_TRUE);
      break;

    case JSON_FALSE:
      g_assert_cmpint (type, ==, QEMU_JSON_FALSE);
      break;

    case JSON_NULL:
      g_assert_cmpint (type, ==, QEMU_JSON_NULL);
      break;

    default:
      g_assert_not_reached ();
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  g_autofree char *text = g_malloc (size + 1);
  g_autoptr(GError) error = NULL;
  json_error_t their_error;
  json_t *theirs;

  if (size > 0)
    memcpy (text, data, size);
  text[size] = '\0';

  /* jansson does not see a NUL byte that is in the wrong place. */
  if (strlen (text) < size)
    {
      g_assert_false (qemu_json_parse (&json, text, size, NULL));
      return 0;
    }

  theirs = json_loadb (text, size, flags, &their_error);
  if (theirs == NULL && json_error_code (&their_error) == json_error_numeric_overflow)
    theirs = json_loadb (text, size, flags | JSON_DECODE_INT_AS_REAL, &their_error);

  if (qemu_json_parse (&json, text, size, &error))
    {
      if (theirs != NULL)
        compare (&json, 0, theirs);
      else if (!is_their_limit (&their_error))
        g_error ("jansson has refused it: %s", their_error.text);
    }
  else if (theirs != NULL && strstr (error->message, "deep") == NULL)
    {
      g_error ("jansson has accepted it: %s", error->message);
    }
  if (theirs != NULL)
    json_decref (theirs);

  return 0;
}
