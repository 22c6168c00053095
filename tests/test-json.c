/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the private JSON reader. */

#include "config.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "qemu-glib/qemu-error.h"
#include "qemu-glib/qemu-json-private.h"

/* A literal and its length, since a text may have a NUL in it. */
#define TEXT(literal) (literal), sizeof (literal) - 1

/* A bit of everything that JSON has, and each kind of byte that a string can have. */
#define SAMPLE                                                                                        \
  "{\"return\": [1, -20, 3.5e+7, true , false,null, \"\", [], {}],\r\n\t\"a\\u00e9\\n\\ud83d\\ude00b\": " \
  "{\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\": \"twenty-four plain bytes\" , \"z\": [ [ 0 ] ]}}"

/* Texts are put before memory that must not be touched, so that no test passes that reads beyond a text. */

#define GUARDED_SIZE 65536

static char *guard;

static void
set_up_guard (void)
{
  char *memory = mmap (NULL, 2 * GUARDED_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  g_assert_true (memory != MAP_FAILED);
  guard = memory + GUARDED_SIZE;
  g_assert_cmpint (mprotect (guard, GUARDED_SIZE, PROT_NONE), ==, 0);
}

static const char *
put_before_guard (const char *text,
                  gsize       length)
{
  char *copy = guard - length - 1;

  g_assert_cmpuint (length, <, GUARDED_SIZE);
  memcpy (copy, text, length);
  copy[length] = '\0';

  return copy;
}

static gboolean
parse (QemuJson    *json,
       const char  *text,
       gsize        length,
       GError     **error)
{
  return qemu_json_parse (json, put_before_guard (text, length), length, error);
}

static void
assert_parse (QemuJson   *json,
              const char *text,
              gsize       length)
{
  g_autoptr(GError) error = NULL;

  if (!parse (json, text, length, &error))
    g_error ("%s: %s", text, error->message);

  g_assert_no_error (error);
  g_assert_cmpuint (json->n_tokens, >, 0);
  g_assert_cmpuint (json->tokens[0].next, ==, json->n_tokens);
}

static void
assert_parse_string (QemuJson   *json,
                     const char *text)
{
  assert_parse (json, text, strlen (text));
}

static void
test_accepted (void)
{
  static const struct { const char *text; gsize length; QemuJsonType type; unsigned n_tokens; } cases[] = {
    { TEXT ("null"), QEMU_JSON_NULL, 1 },
    { TEXT ("false"), QEMU_JSON_FALSE, 1 },
    { TEXT ("true"), QEMU_JSON_TRUE, 1 },
    { TEXT (" \t\r\n true \t\r\n "), QEMU_JSON_TRUE, 1 },
    { TEXT ("0"), QEMU_JSON_INTEGER, 1 },
    { TEXT ("-0"), QEMU_JSON_INTEGER, 1 },
    { TEXT ("10"), QEMU_JSON_INTEGER, 1 },
    { TEXT ("-1234567890123456789012345678901234567890"), QEMU_JSON_INTEGER, 1 },
    { TEXT ("0.0"), QEMU_JSON_DOUBLE, 1 },
    { TEXT ("-0.10"), QEMU_JSON_DOUBLE, 1 },
    { TEXT ("0e0"), QEMU_JSON_DOUBLE, 1 },
    { TEXT ("1E+01"), QEMU_JSON_DOUBLE, 1 },
    { TEXT ("1e-01"), QEMU_JSON_DOUBLE, 1 },
    { TEXT ("1.5e300"), QEMU_JSON_DOUBLE, 1 },
    { TEXT ("1e400"), QEMU_JSON_DOUBLE, 1 },
    { TEXT ("1e99999999999999999999"), QEMU_JSON_DOUBLE, 1 },
    { TEXT ("\"\""), QEMU_JSON_STRING, 1 },
    { TEXT ("\"\x7f\""), QEMU_JSON_STRING, 1 },
    { TEXT ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uabcd\\uABCD\""), QEMU_JSON_STRING, 1 },
    { TEXT ("\"\xc2\x80\xdf\xbf\""), QEMU_JSON_STRING, 1 },
    { TEXT ("\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\""), QEMU_JSON_STRING, 1 },
    { TEXT ("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""), QEMU_JSON_STRING, 1 },
    { TEXT ("\"\xef\xbb\xbf\""), QEMU_JSON_STRING, 1 },
    { TEXT ("[]"), QEMU_JSON_ARRAY, 1 },
    { TEXT ("[ ]"), QEMU_JSON_ARRAY, 1 },
    { TEXT ("[1]"), QEMU_JSON_ARRAY, 2 },
    { TEXT ("[[],[[]],{}]"), QEMU_JSON_ARRAY, 5 },
    { TEXT ("\n[\n0\n,\n1\n]\n"), QEMU_JSON_ARRAY, 3 },
    { TEXT ("{}"), QEMU_JSON_OBJECT, 1 },
    { TEXT ("{ }"), QEMU_JSON_OBJECT, 1 },
    { TEXT ("{\"\":0}"), QEMU_JSON_OBJECT, 3 },
    { TEXT ("{\"a\":{\"a\":{}}}"), QEMU_JSON_OBJECT, 5 },
    { TEXT ("\n{\n\"a\"\n:\n0\n,\n\"b\"\n:\n1\n}\n"), QEMU_JSON_OBJECT, 5 },
    { TEXT (SAMPLE), QEMU_JSON_OBJECT, 20 },
  };
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("Whatever RFC 8259 allows is read");

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      assert_parse (&json, cases[i].text, cases[i].length);
      g_assert_cmpint (qemu_json_get_type (&json, 0), ==, cases[i].type);
      g_assert_cmpuint (json.n_tokens, ==, cases[i].n_tokens);
    }
}

static void
test_refused (void)
{
  static const struct { const char *text; gsize length; gsize offset; const char *reason; } cases[] = {
    /* nothing, too little, too much */
    { TEXT (""), 0, "ends too early" },
    { TEXT (" \n"), 2, "ends too early" },
    { TEXT ("[1"), 2, "ends too early" },
    { TEXT ("{\"a\": "), 6, "ends too early" },
    { TEXT ("\"abc"), 4, "ends too early" },
    { TEXT ("1 2"), 2, "more behind the value" },
    { TEXT ("{} {}"), 3, "more behind the value" },
    { TEXT ("[]]"), 2, "more behind the value" },
    { TEXT ("{}\0"), 2, "more behind the value" },
    { TEXT ("0\0 "), 1, "more behind the value" },
    { TEXT ("\0"), 0, "value is expected" },

    /* punctuation */
    { TEXT ("]"), 0, "value is expected" },
    { TEXT ("}"), 0, "value is expected" },
    { TEXT (","), 0, "value is expected" },
    { TEXT (":"), 0, "value is expected" },
    { TEXT ("[,]"), 1, "value is expected" },
    { TEXT ("[1,]"), 3, "value is expected" },
    { TEXT ("[1,,2]"), 3, "value is expected" },
    { TEXT ("[1 2]"), 3, "comma or ] is expected" },
    { TEXT ("[1}"), 2, "comma or ] is expected" },
    { TEXT ("[}"), 1, "value is expected" },
    { TEXT ("[1:2]"), 2, "comma or ] is expected" },
    { TEXT ("[\"a\": 1]"), 4, "comma or ] is expected" },
    { TEXT ("{]"), 1, "name is expected" },
    { TEXT ("{,}"), 1, "name is expected" },
    { TEXT ("{1: 2}"), 1, "name is expected" },
    { TEXT ("{a: 2}"), 1, "name is expected" },
    { TEXT ("{'a': 2}"), 1, "name is expected" },
    { TEXT ("{null: 2}"), 1, "name is expected" },
    { TEXT ("{\"a\"}"), 4, "colon is expected" },
    { TEXT ("{\"a\" 1}"), 5, "colon is expected" },
    { TEXT ("{\"a\", 1}"), 4, "colon is expected" },
    { TEXT ("{\"a\":}"), 5, "value is expected" },
    { TEXT ("{\"a\"::1}"), 5, "value is expected" },
    { TEXT ("{\"a\":1,}"), 7, "name is expected" },
    { TEXT ("{\"a\":1 \"b\":2}"), 7, "comma or } is expected" },
    { TEXT ("{\"a\":1]"), 6, "comma or } is expected" },
    { TEXT ("{\"a\":[1}]"), 7, "comma or ] is expected" },

    /* not JSON, though other readers take it */
    { TEXT ("\xef\xbb\xbf{}"), 0, "value is expected" },
    { TEXT ("// comment\n1"), 0, "value is expected" },
    { TEXT ("[1/* comment */]"), 2, "comma or ] is expected" },
    { TEXT ("# comment\n1"), 0, "value is expected" },
    { TEXT ("'a'"), 0, "value is expected" },
    { TEXT ("NaN"), 0, "value is expected" },
    { TEXT ("Infinity"), 0, "value is expected" },
    { TEXT ("-Infinity"), 1, "digit is expected" },
    { TEXT ("undefined"), 0, "value is expected" },
    { TEXT ("\v1"), 0, "value is expected" },
    { TEXT ("\f1"), 0, "value is expected" },
    { TEXT ("1\xc2\xa0"), 1, "more behind the value" },

    /* literals */
    { TEXT ("t"), 0, "value is expected" },
    { TEXT ("tru"), 0, "value is expected" },
    { TEXT ("trux"), 0, "value is expected" },
    { TEXT ("True"), 0, "value is expected" },
    { TEXT ("truee"), 4, "more behind the value" },
    { TEXT ("fals"), 0, "value is expected" },
    { TEXT ("falsy"), 0, "value is expected" },
    { TEXT ("nul"), 0, "value is expected" },
    { TEXT ("nil"), 0, "value is expected" },
    { TEXT ("nul\0"), 0, "value is expected" },

    /* numbers */
    { TEXT ("-"), 1, "ends too early" },
    { TEXT ("- 1"), 1, "digit is expected" },
    { TEXT ("--1"), 1, "digit is expected" },
    { TEXT ("+1"), 0, "value is expected" },
    { TEXT ("00"), 0, "begins with 0" },
    { TEXT ("01"), 0, "begins with 0" },
    { TEXT ("-01"), 1, "begins with 0" },
    { TEXT ("-00.5"), 1, "begins with 0" },
    { TEXT (".5"), 0, "value is expected" },
    { TEXT ("-.5"), 1, "digit is expected" },
    { TEXT ("1."), 2, "ends too early" },
    { TEXT ("[1.]"), 3, "digit is expected" },
    { TEXT ("1.e5"), 2, "digit is expected" },
    { TEXT ("1..5"), 2, "digit is expected" },
    { TEXT ("1.5.5"), 3, "more behind the value" },
    { TEXT ("1e"), 2, "ends too early" },
    { TEXT ("1e+"), 3, "ends too early" },
    { TEXT ("[1e-]"), 4, "digit is expected" },
    { TEXT ("1e+-1"), 3, "digit is expected" },
    { TEXT ("1e1.5"), 3, "more behind the value" },
    { TEXT ("0x10"), 1, "more behind the value" },
    { TEXT ("1_000"), 1, "more behind the value" },
    { TEXT ("1,5"), 1, "more behind the value" },
    { TEXT ("1f"), 1, "more behind the value" },
    { TEXT ("\xd9\xa1"), 0, "value is expected" },

    /* strings */
    { TEXT ("\""), 1, "ends too early" },
    { TEXT ("\"\n\""), 1, "control character" },
    { TEXT ("\"a\tb\""), 2, "control character" },
    { TEXT ("\"a\x1f\""), 2, "control character" },
    { TEXT ("\"a\0b\""), 2, "control character" },
    { TEXT ("{\"a\0\": 1}"), 3, "control character" },
    { TEXT ("\"\\"), 2, "ends too early" },
    { TEXT ("\"\\\""), 3, "ends too early" },
    { TEXT ("\"\\x41\""), 2, "no such escape" },
    { TEXT ("\"\\'\""), 2, "no such escape" },
    { TEXT ("\"\\0\""), 2, "no such escape" },
    { TEXT ("\"\\a\""), 2, "no such escape" },
    { TEXT ("\"\\N\""), 2, "no such escape" },
    { TEXT ("\"\\U0041\""), 2, "no such escape" },
    { TEXT ("\"\\\n\""), 2, "no such escape" },
    { TEXT ("\"\\\0\""), 2, "no such escape" },
    { TEXT ("\"\\\xc3\xa9\""), 2, "no such escape" },
    { TEXT ("\"\\u\""), 3, "four hexadecimal digits" },
    { TEXT ("\"\\u004\""), 6, "four hexadecimal digits" },
    { TEXT ("\"\\u004g\""), 6, "four hexadecimal digits" },
    { TEXT ("\"\\u 041\""), 3, "four hexadecimal digits" },
    { TEXT ("\"\\u+041\""), 3, "four hexadecimal digits" },
    { TEXT ("\"\\u{41}\""), 3, "four hexadecimal digits" },
    { TEXT ("\"\\ud83d\\u\""), 9, "four hexadecimal digits" },
    { TEXT ("\"\\u004"), 6, "ends too early" },

    /* UTF-8: no lead byte, cut short, overlong, surrogates, too large */
    { TEXT ("\"\x80\""), 1, "not UTF-8" },
    { TEXT ("\"\xbf\""), 1, "not UTF-8" },
    { TEXT ("\"\xfe\""), 1, "not UTF-8" },
    { TEXT ("\"\xff\""), 1, "not UTF-8" },
    { TEXT ("\"a\xc3\""), 2, "not UTF-8" },
    { TEXT ("\"\xc3\xc3\xa9\""), 1, "not UTF-8" },
    { TEXT ("\"\xc3\xa9\xa9\""), 3, "not UTF-8" },
    { TEXT ("\"\xe2\x82\""), 1, "not UTF-8" },
    { TEXT ("\"\xe2\""), 1, "not UTF-8" },
    { TEXT ("\"\xf0\x9f\x98\""), 1, "not UTF-8" },
    { TEXT ("\"\xf0\x9f\x98"), 1, "not UTF-8" },
    { TEXT ("\"\xf0"), 1, "not UTF-8" },
    { TEXT ("\"\xc0\x80\""), 1, "not UTF-8" },
    { TEXT ("\"\xc0\xa2\""), 1, "not UTF-8" },
    { TEXT ("\"\xc1\xbf\""), 1, "not UTF-8" },
    { TEXT ("\"\xe0\x80\x80\""), 1, "not UTF-8" },
    { TEXT ("\"\xe0\x9f\xbf\""), 1, "not UTF-8" },
    { TEXT ("\"\xf0\x80\x80\x80\""), 1, "not UTF-8" },
    { TEXT ("\"\xf0\x8f\xbf\xbf\""), 1, "not UTF-8" },
    { TEXT ("\"\xed\xa0\x80\""), 1, "not UTF-8" },
    { TEXT ("\"\xed\xbf\xbf\""), 1, "not UTF-8" },
    { TEXT ("\"\xed\xa0\xbd\xed\xb8\x80\""), 1, "not UTF-8" },
    { TEXT ("\"\xf4\x90\x80\x80\""), 1, "not UTF-8" },
    { TEXT ("\"\xf5\x80\x80\x80\""), 1, "not UTF-8" },
    { TEXT ("\"\xf8\x88\x80\x80\x80\""), 1, "not UTF-8" },
    { TEXT ("{\"\xe9\": 1}"), 2, "not UTF-8" },
  };
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("Whatever RFC 8259 does not allow is refused, with the place and the reason");

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *prefix = g_strdup_printf ("Invalid JSON at byte %" G_GSIZE_FORMAT ": ", cases[i].offset);
      g_autoptr(GError) error = NULL;

      if (parse (&json, cases[i].text, cases[i].length, &error))
        g_error ("Accepted: %s", cases[i].text);

      g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
      if (!g_str_has_prefix (error->message, prefix) || strstr (error->message, cases[i].reason) == NULL)
        g_error ("%s: %s", cases[i].text, error->message);
      g_assert_cmpuint (json.n_tokens, ==, 0);

      g_assert_false (parse (&json, cases[i].text, cases[i].length, NULL));
    }
}

static void
test_strings (void)
{
  static const struct { const char *text; const char *string; } cases[] = {
    { "\"\"", "" },
    { "\"a\"", "a" },
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
    { "\"a\\nb\\nc\"", "a\nb\nc" },
    { "\"\\\\u0041\"", "\\u0041" },
    { "\"\\u0041\\u007f\"", "A\x7f" },
    { "\"\\u0080\\u00e9\\u07FF\"", "\xc2\x80\xc3\xa9\xdf\xbf" },
    { "\"\\u0800\\ud7ff\\ue000\\uffff\"", "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf" },
    { "\"\\ufffe\\ufeff\"", "\xef\xbf\xbe\xef\xbb\xbf" },
    { "\"\xc3\xa9\\u00e9\xc3\xa9\"", "\xc3\xa9\xc3\xa9\xc3\xa9" },

    /* pairs: the first, the last, one in the middle with both cases of digits */
    { "\"\\ud800\\udc00\"", "\xf0\x90\x80\x80" },
    { "\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf" },
    { "\"a\\uD83d\\uDe00b\"", "a\xf0\x9f\x98\x80" "b" },

    /* lone surrogates: high, low, at the end, before something else, the wrong way round, several */
    { "\"\\ud83d\"", "\xef\xbf\xbd" },
    { "\"\\ude00\"", "\xef\xbf\xbd" },
    { "\"a\\ud83d\"", "a\xef\xbf\xbd" },
    { "\"a\\ude00b\"", "a\xef\xbf\xbd" "b" },
    { "\"\\ud83dx\"", "\xef\xbf\xbdx" },
    { "\"\\ud83d\\n\"", "\xef\xbf\xbd\n" },
    { "\"\\ud83d\\\\ude00\"", "\xef\xbf\xbd\\ude00" },
    { "\"\\ud83dude00\"", "\xef\xbf\xbdude00" },
    { "\"\\ud83d\\u0041\"", "\xef\xbf\xbd" "A" },
    { "\"\\ud83d\\ue000\"", "\xef\xbf\xbd\xee\x80\x80" },
    { "\"\\ude00\\ud83d\"", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "\"\\ud83d\\ud83d\"", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "\"\\ude00\\ude00\"", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80" },
    { "\"\\ud83d\\ude00\\ude00\"", "\xf0\x9f\x98\x80\xef\xbf\xbd" },

    /* no C string can hold it */
    { "\"\\u0000\"", NULL },
    { "\"a\\u0000\"", NULL },
    { "\"a\\u0000b\"", NULL },

    /* no string */
    { "null", NULL },
    { "1", NULL },
    { "true", NULL },
    { "[\"a\"]", NULL },
    { "{\"a\": \"a\"}", NULL },
  };
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("Strings stand for the right characters, whatever the peer's surrogates look like");

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *string = NULL;

      assert_parse_string (&json, cases[i].text);
      string = qemu_json_dup_string (&json, 0);
      g_assert_cmpstr (string, ==, cases[i].string);

      if (string != NULL)
        {
          g_autofree char *longer = g_strconcat (string, "x", NULL);

          g_assert_true (qemu_json_string_equals (&json, 0, string));
          g_assert_false (qemu_json_string_equals (&json, 0, longer));
          if (*string != '\0')
            g_assert_false (qemu_json_string_equals (&json, 0, string + 1));
        }
      else
        {
          g_assert_false (qemu_json_string_equals (&json, 0, ""));
          g_assert_false (qemu_json_string_equals (&json, 0, "a"));
        }
    }
}

static void
test_string_scan (void)
{
  static const char fillers[] = "a !#[]\x7f";
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("A byte in a string counts the same in each place, among whatever neighbours");

  for (unsigned f = 0; fillers[f] != '\0'; f++)
    for (unsigned length = 1; length <= 20; length++)
      for (unsigned place = 1; place <= length; place++)
        for (unsigned byte = 0; byte < 256; byte++)
          {
            gboolean plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
            char text[24];

            memset (text, fillers[f], sizeof text);
            text[0] = text[length + 1] = '"';
            text[place] = byte;

            g_assert_cmpint (parse (&json, text, length + 2, NULL), ==, plain);
          }
}

static void
test_integers (void)
{
  static const struct
  {
    const char *text;
    gboolean    is_int64;
    gint64      int64;
    gboolean    is_uint64;
    guint64     uint64;
    double      number;
  } cases[] = {
    { "0", TRUE, 0, TRUE, 0, 0 },
    { "-0", TRUE, 0, TRUE, 0, 0 },
    { "1", TRUE, 1, TRUE, 1, 1 },
    { "-1", TRUE, -1, FALSE, 0, -1 },
    { "4294967295", TRUE, G_MAXUINT32, TRUE, G_MAXUINT32, 4294967295. },
    { "9007199254740993", TRUE, 9007199254740993, TRUE, 9007199254740993, 9007199254740992. },
    { "-9007199254740993", TRUE, -9007199254740993, FALSE, 0, -9007199254740992. },
    { "9223372036854775807", TRUE, G_MAXINT64, TRUE, G_MAXINT64, 0x1p63 },
    { "9223372036854775808", FALSE, 0, TRUE, (guint64) 1 << 63, 0x1p63 },
    { "-9223372036854775808", TRUE, G_MININT64, FALSE, 0, -0x1p63 },
    { "-9223372036854775809", FALSE, 0, FALSE, 0, -0x1p63 },
    { "9999999999999999999", FALSE, 0, TRUE, G_GUINT64_CONSTANT (9999999999999999999), 1e19 },
    { "-9999999999999999999", FALSE, 0, FALSE, 0, -1e19 },
    { "18446744073709551615", FALSE, 0, TRUE, G_MAXUINT64, 0x1p64 },
    { "18446744073709551616", FALSE, 0, FALSE, 0, 0x1p64 },
    { "-18446744073709551615", FALSE, 0, FALSE, 0, -0x1p64 },
    { "18446744073709551620", FALSE, 0, FALSE, 0, 0x1p64 },
    { "20000000000000000000", FALSE, 0, FALSE, 0, 2e19 },
    { "99999999999999999999", FALSE, 0, FALSE, 0, 1e20 },
    { "184467440737095516160", FALSE, 0, FALSE, 0, 0x1p64 * 10 },
    { "340282366920938463463374607431768211456", FALSE, 0, FALSE, 0, 0x1p128 },

    /* doubles, even if their value is whole */
    { "1.0", FALSE, 0, FALSE, 0, 1 },
    { "1e3", FALSE, 0, FALSE, 0, 1000 },
    { "0.0", FALSE, 0, FALSE, 0, 0 },
    { "-0.0", FALSE, 0, FALSE, 0, -0.0 },
    { "0e1", FALSE, 0, FALSE, 0, 0 },
  };
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("Integers are exact from -2^63 to 2^64-1, and out of range beyond");

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 int64 = 4711;
      guint64 uint64 = 4711;
      double number = 4711;

      assert_parse_string (&json, cases[i].text);

      g_assert_cmpint (qemu_json_get_int64 (&json, 0, &int64), ==, cases[i].is_int64);
      g_assert_cmpint (int64, ==, cases[i].is_int64 ? cases[i].int64 : 4711);

      g_assert_cmpint (qemu_json_get_uint64 (&json, 0, &uint64), ==, cases[i].is_uint64);
      g_assert_cmpuint (uint64, ==, cases[i].is_uint64 ? cases[i].uint64 : 4711);

      g_assert_true (qemu_json_get_double (&json, 0, &number));
      g_assert_cmpfloat (number, ==, cases[i].number);
    }
}

static void
test_doubles (void)
{
  static const struct { const char *text; gboolean finite; double number; } cases[] = {
    { "0.1", TRUE, 0.1 },
    { "-2.5", TRUE, -2.5 },
    { "407.37485714285714", TRUE, 407.37485714285714 },
    { "1e22", TRUE, 1e22 },
    { "1E-7", TRUE, 1e-7 },
    { "1.7976931348623157e308", TRUE, G_MAXDOUBLE },
    { "1.7976931348623159e308", FALSE, 0 },
    { "2.2250738585072011e-308", TRUE, 2.2250738585072011e-308 },
    { "4.9e-324", TRUE, 4.9e-324 },
    { "1e-400", TRUE, 0 },
    { "0e999999999999999999999", TRUE, 0 },
    { "1e400", FALSE, 0 },
    { "-1e400", FALSE, 0 },
    { "1e999999999999999999999", FALSE, 0 },
    { "0.30000000000000004440892098500626", TRUE, 0.30000000000000004 },
  };
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  g_autofree char *digits = g_strnfill (2000, '9');
  double number = 4711;

  g_test_summary ("Doubles are read to the last bit; what is beyond them is out of range");

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      number = 4711;
      assert_parse_string (&json, cases[i].text);
      g_assert_cmpint (qemu_json_get_double (&json, 0, &number), ==, cases[i].finite);
      g_assert_cmpfloat (number, ==, cases[i].finite ? cases[i].number : 4711);
    }

  number = 4711;
  assert_parse_string (&json, digits);
  g_assert_cmpint (qemu_json_get_type (&json, 0), ==, QEMU_JSON_INTEGER);
  g_assert_false (qemu_json_get_double (&json, 0, &number));
  g_assert_cmpfloat (number, ==, 4711);
}

/* As b(oolean), i(nt64), u(int64), d(ouble), s(tring), a(rray), o(bject) and as no other. */
static void
assert_reads_as (const QemuJson *json,
                 guint32         token,
                 const char     *kinds)
{
  g_autofree char *string = qemu_json_dup_string (json, token);
  gboolean boolean = 4711;
  gint64 int64 = 4711;
  guint64 uint64 = 4711;
  double number = 4711;
  unsigned n = 0;

  g_assert_cmpint (qemu_json_get_boolean (json, token, &boolean), ==, strchr (kinds, 'b') != NULL);
  g_assert_cmpint (boolean != 4711, ==, strchr (kinds, 'b') != NULL);
  g_assert_cmpint (qemu_json_get_int64 (json, token, &int64), ==, strchr (kinds, 'i') != NULL);
  g_assert_cmpint (int64 != 4711, ==, strchr (kinds, 'i') != NULL);
  g_assert_cmpint (qemu_json_get_uint64 (json, token, &uint64), ==, strchr (kinds, 'u') != NULL);
  g_assert_cmpint (uint64 != 4711, ==, strchr (kinds, 'u') != NULL);
  g_assert_cmpint (qemu_json_get_double (json, token, &number), ==, strchr (kinds, 'd') != NULL);
  g_assert_cmpint (number < 4711 || number > 4711, ==, strchr (kinds, 'd') != NULL);
  g_assert_cmpint (string != NULL, ==, strchr (kinds, 's') != NULL);
  g_assert_cmpint (qemu_json_string_equals (json, token, "s"), ==, strchr (kinds, 's') != NULL);
  g_assert_cmpint (qemu_json_get_member (json, token, "m") != QEMU_JSON_NONE, ==, strchr (kinds, 'o') != NULL);

  QEMU_JSON_FOREACH_ELEMENT (json, token, element)
    n++;
  g_assert_cmpuint (n, ==, strchr (kinds, 'a') != NULL ? 2 : 0);

  n = 0;
  QEMU_JSON_FOREACH_MEMBER (json, token, name)
    n++;
  g_assert_cmpuint (n, ==, strchr (kinds, 'o') != NULL ? 2 : 0);
}

static void
test_types (void)
{
  static const struct { const char *text; const char *kinds; } cases[] = {
    { "null", "" },
    { "true", "b" },
    { "false", "b" },
    { "5", "iud" },
    { "-5", "id" },
    { "18446744073709551615", "ud" },
    { "5.0", "d" },
    { "1e400", "" },
    { "\"s\"", "s" },
    { "[1, 2]", "a" },
    { "{\"m\": 1, \"n\": 2}", "o" },
  };
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("A value is read as what it is and as nothing else");

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      assert_parse_string (&json, cases[i].text);
      assert_reads_as (&json, 0, cases[i].kinds);
    }

  assert_parse_string (&json, "[true, false]");
  QEMU_JSON_FOREACH_ELEMENT (&json, 0, element)
    {
      gboolean value = 4711;

      g_assert_true (qemu_json_get_boolean (&json, element, &value));
      g_assert_cmpint (value, ==, element == 1);
    }
}

static void
assert_nothing (const QemuJson *json,
                guint32         token)
{
  gsize length = 4711;

  g_assert_cmpint (qemu_json_get_type (json, token), ==, QEMU_JSON_NULL);
  assert_reads_as (json, token, "");
  g_assert_null (qemu_json_get_raw (json, token, &length));
  g_assert_cmpuint (length, ==, 0);
  g_assert_null (qemu_json_to_node (json, token));
}

static void
test_nothing (void)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("No token, no text, a refused text and a cleared reader all read as nothing");

  assert_nothing (&json, 0);
  assert_nothing (&json, QEMU_JSON_NONE);

  assert_parse_string (&json, "{\"m\": [1, 2]}");
  assert_nothing (&json, QEMU_JSON_NONE);
  assert_nothing (&json, json.n_tokens);
  assert_nothing (&json, qemu_json_get_member (&json, qemu_json_get_member (&json, 0, "none"), "m"));

  g_assert_false (parse (&json, TEXT ("{\"m\": [1, 2]"), NULL));
  assert_nothing (&json, 0);

  assert_parse_string (&json, "true");
  qemu_json_clear (&json);
  assert_nothing (&json, 0);
  qemu_json_clear (&json);
}

static void
test_members (void)
{
  static const struct { const char *text; const char *name; const char *value; } cases[] = {
    { "{}", "a", NULL },
    { "{\"a\": 1}", "a", "1" },
    { "{\"a\": 1}", "", NULL },
    { "{\"a\": 1}", "A", NULL },
    { "{\"ab\": 1}", "a", NULL },
    { "{\"a\": 1}", "ab", NULL },
    { "{\"a\": 1, \"b\": 2, \"c\": 3}", "b", "2" },
    { "{\"a\": {\"b\": 1}, \"c\": {\"b\": 2}}", "b", NULL },
    { "{\"a\": [{\"b\": 1}, [[]]], \"b\": 3}", "b", "3" },
    { "{\"\": 1}", "", "1" },

    /* twice: the last counts, even if it looks different */
    { "{\"a\": 1, \"a\": 2}", "a", "2" },
    { "{\"a\": 1, \"b\": 2, \"a\": [], \"c\": 3}", "a", "[]" },
    { "{\"a\": 1, \"\\u0061\": 2}", "a", "2" },

    /* escapes in names */
    { "{\"\\u0061\\nb\": 1}", "a\nb", "1" },
    { "{\"a\\u00e9\": 1}", "a\xc3\xa9", "1" },
    { "{\"\\\"\": 1}", "\"", "1" },
    { "{\"\\ud83d\": 1}", "\xef\xbf\xbd", "1" },
    { "{\"\\n\": 1}", "\\n", NULL },
    { "{\"a\\u0000\": 1}", "a", NULL },
    { "{\"a\\u0000b\": 1, \"a\": 2}", "a", "2" },
    { "{\"a\": 2, \"a\\u0000b\": 1}", "a", "2" },
  };
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("Members are found by their name; of two with one name the last counts");

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *value = NULL;
      const char *raw;
      gsize length;

      assert_parse_string (&json, cases[i].text);
      raw = qemu_json_get_raw (&json, qemu_json_get_member (&json, 0, cases[i].name), &length);
      if (raw != NULL)
        value = g_strndup (raw, length);
      g_assert_cmpstr (value, ==, cases[i].value);
    }
}

static void
test_raw (void)
{
  static const char *const values[] = {
    "null", "true", "false", "-12", "1.50e+3", "\"\"", "\"a b\"", "\"\\u0041\\\"\"", "[]", "[ ]", "{}", "{ }",
    "[1, [2 ] , 3]", "{\"a\" : {\"b\":1}}", "\"\xc3\xa9\"",
  };
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("A value's raw text is all of it and no more, wherever it stands");

  for (unsigned i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *text = g_strdup_printf (" { \"v\" : %s , \"w\":%s} ", values[i], values[i]);
      gsize length;

      assert_parse_string (&json, text);

      QEMU_JSON_FOREACH_MEMBER (&json, 0, name)
        {
          const char *raw = qemu_json_get_raw (&json, name + 1, &length);

          g_assert_cmpmem (raw, length, values[i], strlen (values[i]));
          raw = qemu_json_get_raw (&json, name, &length);
          g_assert_cmpmem (raw, length, name == 1 ? "\"v\"" : "\"w\"", 3);
        }

      qemu_json_get_raw (&json, 0, &length);
      g_assert_cmpuint (length, ==, strlen (text) - 2);
    }
}

static void
test_iteration (void)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  g_autoptr(GString) seen = g_string_new (NULL);

  g_test_summary ("Iterating steps over whatever is inside of elements and members, and may be nested");

  assert_parse_string (&json, "[{\"a\": [1, 2, {}], \"b\": {\"x\": [[]]}}, {}, {\"c\": 0}, [\"d\"], 5]");

  QEMU_JSON_FOREACH_ELEMENT (&json, 0, element)
    {
      g_string_append_c (seen, '(');
      QEMU_JSON_FOREACH_MEMBER (&json, element, name)
        {
          g_autofree char *string = qemu_json_dup_string (&json, name);

          g_string_append (seen, string);
          QEMU_JSON_FOREACH_ELEMENT (&json, name + 1, inner)
            g_string_append_printf (seen, "%d", qemu_json_get_type (&json, inner) == QEMU_JSON_INTEGER);
        }
      g_string_append_c (seen, ')');
    }

  g_assert_cmpstr (seen->str, ==, "(a110b)()(c)()()");
}

static char *
nest (const char *opening,
      const char *innermost,
      const char *closing,
      unsigned    depth)
{
  GString *text = g_string_sized_new (depth * (strlen (opening) + strlen (closing)) + strlen (innermost));

  for (unsigned i = 0; i < depth; i++)
    g_string_append (text, opening);
  g_string_append (text, innermost);
  for (unsigned i = 0; i < depth; i++)
    g_string_append (text, closing);

  return g_string_free (text, FALSE);
}

static void
test_depth (void)
{
  static const struct { const char *opening, *innermost, *closing; unsigned depth; } cases[] = {
    { "[", "", "]", 1024 },
    { "[ ", "1", " ]", 1024 },
    { "{\"a\":", "1", "}", 1024 },
    { "[0,", "{\"a\": [1]}", ",1]", 1022 },
  };
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("What is 1024 levels deep is read, and made nodes of; one level more is too deep");

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *deep = nest (cases[i].opening, cases[i].innermost, cases[i].closing, cases[i].depth);
      g_autofree char *deeper = nest (cases[i].opening, cases[i].innermost, cases[i].closing, cases[i].depth + 1);
      g_autoptr(JsonNode) node = NULL;
      g_autoptr(GError) error = NULL;

      assert_parse_string (&json, deep);
      node = qemu_json_to_node (&json, 0);
      g_assert_nonnull (node);

      g_assert_false (parse (&json, deeper, strlen (deeper), &error));
      g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
      g_assert_true (g_str_has_suffix (error->message, "nested deeper than 1024 levels"));
    }
}

static void
test_depth_is_not_breadth (void)
{
  g_autofree char *text = nest ("[[[]],{},", "[]", "]", 1000);
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("Containers side by side do not add to the depth");

  assert_parse_string (&json, text);
  g_assert_cmpuint (json.n_tokens, ==, 4001);
}

static void
test_hostile (void)
{
  static const struct { const char *opening, *innermost, *closing; gboolean accepted; } cases[] = {
    { "[", "", "", FALSE },
    { "[", "", "]", FALSE },
    { "{\"\":", "", "", FALSE },
    { "[{\"a\":", "1", "}]", FALSE },
    { "]", "", "", FALSE },
    { "1", "", "", TRUE },
    { "1", ".", "1", TRUE },
    { "0", "", "", FALSE },
    { " ", "1", " ", TRUE },
    { "\"", "", "", FALSE },
    { "\\", "", "", FALSE },
    { "\"\\", "", "", FALSE },
  };
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("200,000 brackets, digits, quotes or the like are no trouble");

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = nest (cases[i].opening, cases[i].innermost, cases[i].closing, 200000);
      double number;
      gint64 integer;

      g_assert_cmpint (qemu_json_parse (&json, text, strlen (text), NULL), ==, cases[i].accepted);
      qemu_json_get_double (&json, 0, &number);
      qemu_json_get_int64 (&json, 0, &integer);
    }
}

/* "[0,0,…,0]", of the given number of tokens in all */
static char *
make_zeros (unsigned n_tokens)
{
  unsigned n_zeros = n_tokens - 1;
  char *text = g_malloc (2 * n_zeros + 2);

  for (unsigned i = 0; i < n_zeros; i++)
    {
      text[2 * i] = i == 0 ? '[' : ',';
      text[2 * i + 1] = '0';
    }
  text[2 * n_zeros] = ']';
  text[2 * n_zeros + 1] = '\0';

  return text;
}

static void
test_token_cap (void)
{
  g_autofree char *most = make_zeros (QEMU_JSON_MAX_TOKENS);
  g_autofree char *more = make_zeros (QEMU_JSON_MAX_TOKENS + 1);
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A message may have so many tokens, and not one more");

  g_assert_true (qemu_json_parse (&json, most, strlen (most), NULL));
  g_assert_cmpuint (json.n_tokens, ==, QEMU_JSON_MAX_TOKENS);
  g_assert_cmpuint (json.n_allocated, ==, QEMU_JSON_MAX_TOKENS);

  g_assert_false (qemu_json_parse (&json, more, strlen (more), &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
  g_assert_true (g_str_has_suffix (error->message, "too many values"));
  g_assert_cmpuint (json.n_tokens, ==, 0);
}

static void
test_length_cap (void)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A message of 2 GiB is refused unread");

  assert_parse_string (&json, "1");
  g_assert_false (qemu_json_parse (&json, put_before_guard ("1", 1), (gsize) 1 << 31, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
  g_assert_cmpuint (json.n_tokens, ==, 0);
}

static void
test_reuse (void)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  QemuJsonToken *tokens;

  g_test_summary ("One reader serves many texts with one array, refused ones among them");

  assert_parse_string (&json, "[]");
  tokens = json.tokens;

  for (unsigned i = 0; i < 50; i++)
    {
      g_autofree char *text = make_zeros (i + 2);
      gint64 value;

      g_assert_true (qemu_json_parse (&json, text, strlen (text), NULL));
      g_assert_cmpuint (json.n_tokens, ==, i + 2);
      g_assert_false (parse (&json, text, strlen (text) - 1, NULL));

      assert_parse_string (&json, "{\"a\": 12}");
      g_assert_cmpuint (json.n_tokens, ==, 3);
      g_assert_true (qemu_json_get_int64 (&json, qemu_json_get_member (&json, 0, "a"), &value));
      g_assert_cmpint (value, ==, 12);
    }

  g_assert_true (json.tokens == tokens);
}

static void
test_reuse_big (void)
{
  g_autofree char *kept = make_zeros (65536);
  g_autofree char *big = make_zeros (200000);
  g_autofree char *again = make_zeros (400000);
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  guint32 n_allocated;

  g_test_summary ("The array of a big message is kept for the next big one, but not for small ones");

  /* 1 MiB is not big yet. */
  json.tokens = g_new (QemuJsonToken, 65536);
  json.n_allocated = 65536;
  g_assert_true (qemu_json_parse (&json, kept, strlen (kept), NULL));
  assert_parse_string (&json, "[]");
  g_assert_cmpuint (json.n_allocated, ==, 65536);

  g_assert_true (qemu_json_parse (&json, big, strlen (big), NULL));
  n_allocated = json.n_allocated;
  g_assert_cmpuint (n_allocated, >=, 200000);

  /* so long that it is expected to have more than 65536 tokens */
  memset (again + 1, ' ', strlen (again) - 2);
  g_assert_true (qemu_json_parse (&json, again, strlen (again), NULL));
  g_assert_cmpuint (json.n_allocated, ==, n_allocated);

  assert_parse_string (&json, "[]");
  g_assert_cmpuint (json.n_allocated, <=, 65536);
}

static void
test_text_is_shared (void)
{
  g_autofree char *text = g_strdup (SAMPLE);
  g_auto(QemuJson) a = QEMU_JSON_INIT;
  g_auto(QemuJson) b = QEMU_JSON_INIT;

  g_test_summary ("Readers never write to the text");

  g_assert_true (qemu_json_parse (&a, text, strlen (text), NULL));
  g_assert_true (qemu_json_parse (&b, text, strlen (text), NULL));

  for (guint32 i = 0; i < a.n_tokens; i++)
    {
      g_autofree char *string = qemu_json_dup_string (&a, i);
      g_autoptr(JsonNode) node = qemu_json_to_node (&b, i);

      g_assert_cmpint (string != NULL, ==, qemu_json_get_type (&a, i) == QEMU_JSON_STRING);
      g_assert_nonnull (node);
    }

  g_assert_cmpstr (text, ==, SAMPLE);
}

static void
test_truncated (void)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("A text that ends anywhere but at its end is refused and not read beyond");

  for (gsize length = 0; length < strlen (SAMPLE); length++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_false (parse (&json, SAMPLE, length, &error));
      g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
      g_assert_cmpuint (json.n_tokens, ==, 0);
    }

  assert_parse (&json, TEXT (SAMPLE));
}

/* The grammar of RFC 8259 once more, as a regular expression over UTF-8. */
static GRegex *
new_grammar (void)
{
  g_autoptr(GError) error = NULL;
  GRegex *regex;

  regex = g_regex_new ("(?(DEFINE)"
                       "(?<space> [\\x20\\t\\n\\r]* )"
                       "(?<number> -? (?: 0 | [1-9][0-9]* ) (?: \\. [0-9]+ )? (?: [eE] [-+]? [0-9]+ )? )"
                       "(?<escape> \\\\ (?: [\"\\\\/bfnrt] | u [0-9a-fA-F]{4} ) )"
                       "(?<string> \" (?: [^\\x00-\\x1f\"\\\\] | (?&escape) )* \" )"
                       "(?<array> \\[ (?: (?&element) (?: , (?&element) )* | (?&space) ) \\] )"
                       "(?<member> (?&space) (?&string) (?&space) : (?&element) )"
                       "(?<object> \\{ (?: (?&member) (?: , (?&member) )* | (?&space) ) \\} )"
                       "(?<value> (?&object) | (?&array) | (?&string) | (?&number) | true | false | null )"
                       "(?<element> (?&space) (?&value) (?&space) )"
                       ")"
                       "\\A (?&element) \\z",
                       G_REGEX_EXTENDED, 0, &error);
  g_assert_no_error (error);

  return regex;
}

static void
assert_agree (QemuJson     *json,
              const GRegex *grammar,
              const char   *text,
              gsize         length)
{
  gboolean accepted = parse (json, text, length, NULL);
  gboolean expected = g_utf8_validate_len (text, length, NULL)
                      && g_regex_match_full (grammar, text, length, 0, 0, NULL, NULL);

  if (accepted != expected)
    g_error ("%s: %s", accepted ? "Accepted" : "Refused", g_strescape (text, NULL));
}

static void
test_inserted (void)
{
  static const char sample[] = "{\"a\\u00e9\": [1, -20.5e+7, true,null, \"\xc3\xa9\xe2\x82\xac\", [], {}]\n}";
  g_autoptr(GRegex) grammar = new_grammar ();
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  char text[sizeof sample + 1];

  g_test_summary ("With any byte inserted, replaced or removed anywhere, a text counts as the grammar says");

  assert_agree (&json, grammar, TEXT (sample));

  for (gsize place = 0; place < sizeof sample; place++)
    for (unsigned byte = 0; byte < 256; byte++)
      {
        memcpy (text, sample, place);
        memcpy (text + place + 1, sample + place, sizeof sample - place);
        text[place] = byte;
        assert_agree (&json, grammar, text, sizeof sample);
      }

  for (gsize place = 0; place < sizeof sample - 1; place++)
    for (unsigned byte = 0; byte < 256; byte++)
      {
        memcpy (text, sample, sizeof sample);
        text[place] = byte;
        assert_agree (&json, grammar, text, sizeof sample - 1);
      }

  for (gsize place = 0; place < sizeof sample - 1; place++)
    {
      memcpy (text, sample, place);
      memcpy (text + place, sample + place + 1, sizeof sample - place - 1);
      assert_agree (&json, grammar, text, sizeof sample - 2);
    }
}

static void
assert_same_parents (JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObjectIter iter;
      JsonNode *child;

      json_object_iter_init (&iter, json_node_get_object (node));
      while (json_object_iter_next (&iter, NULL, &child))
        {
          g_assert_true (json_node_get_parent (child) == node);
          assert_same_parents (child);
        }
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (unsigned i = 0; i < json_array_get_length (array); i++)
        {
          g_assert_true (json_node_get_parent (json_array_get_element (array, i)) == node);
          assert_same_parents (json_array_get_element (array, i));
        }
    }
}

/* Equal, in the same order, and each node with its parent, without which JsonReader does not work. */
static void
assert_node_as_by_json_glib (const QemuJson *json,
                             guint32         token,
                             const char     *text,
                             gsize           length)
{
  g_autoptr(JsonParser) parser = json_parser_new ();
  g_autoptr(JsonNode) node = qemu_json_to_node (json, token);
  g_autofree char *ours = NULL;
  g_autofree char *theirs = NULL;
  g_autoptr(GError) error = NULL;

  json_parser_load_from_data (parser, text, length, &error);
  g_assert_no_error (error);

  ours = json_to_string (node, FALSE);
  theirs = json_to_string (json_parser_get_root (parser), FALSE);
  g_assert_cmpstr (ours, ==, theirs);
  g_assert_true (json_node_equal (node, json_parser_get_root (parser)));
  g_assert_null (json_node_get_parent (node));
  assert_same_parents (node);
}

static void
test_to_node (void)
{
  static const char *const texts[] = {
    "null", "true", "false", "0", "-12", "9223372036854775807", "1.5", "-1e3", "\"\"", "\"a\\\"\\n\\u00e9\"",
    "[]", "{}", "[[], {}]", "{\"a\": {}, \"b\": []}", "[1, [2, [3, [4]], 5], 6]",
    "{\"b\": 1, \"a\": {\"d\": [1, {\"e\": null}], \"c\": 2}, \"\": 3}",
    "{\"a\": 1, \"b\": 2, \"a\": 3}",
    "{\"a\": {\"a\": [1, 2]}, \"a\": [{\"a\": 3}]}",
    "{\"\\u0061\\n\": 1}",
    SAMPLE,
  };
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("Nodes are what json-glib's own parser makes of the same text");

  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      assert_parse_string (&json, texts[i]);
      assert_node_as_by_json_glib (&json, 0, texts[i], strlen (texts[i]));
    }

  assert_parse_string (&json, SAMPLE);
  for (guint32 token = 0; token < json.n_tokens; token++)
    {
      gsize length;
      const char *raw = qemu_json_get_raw (&json, token, &length);

      assert_node_as_by_json_glib (&json, token, raw, length);
    }
}

static void
test_to_node_limits (void)
{
  static const struct
  {
    const char *text;
    gboolean    is_int64;
    gint64      int64;
    double      number;
    const char *string;
  } cases[] = {
    { "-9223372036854775808", TRUE, G_MININT64, 0, NULL },
    { "9223372036854775807", TRUE, G_MAXINT64, 0, NULL },
    { "-0", TRUE, 0, 0, NULL },
    { "9223372036854775808", FALSE, 0, 0x1p63, NULL },
    { "18446744073709551615", FALSE, 0, 0x1p64, NULL },
    { "-9223372036854775809", FALSE, 0, -0x1p63, NULL },
    { "100000000000000000000", FALSE, 0, 1e20, NULL },
    { "1e400", FALSE, 0, HUGE_VAL, NULL },
    { "-1e400", FALSE, 0, -HUGE_VAL, NULL },
    { "\"a\\u0000b\"", FALSE, 0, 0, "a" },
    { "\"\\u0000\"", FALSE, 0, 0, "" },
    { "\"\\ud83d\"", FALSE, 0, 0, "\xef\xbf\xbd" },
  };
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  g_autoptr(JsonNode) object = NULL;

  g_test_summary ("What json-glib has no room for becomes what comes next to it");

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(JsonNode) node = NULL;

      assert_parse_string (&json, cases[i].text);
      node = qemu_json_to_node (&json, 0);

      if (cases[i].string != NULL)
        {
          g_assert_cmpstr (json_node_get_string (node), ==, cases[i].string);
        }
      else if (cases[i].is_int64)
        {
          g_assert_cmpint (json_node_get_value_type (node), ==, G_TYPE_INT64);
          g_assert_cmpint (json_node_get_int (node), ==, cases[i].int64);
        }
      else
        {
          g_assert_cmpint (json_node_get_value_type (node), ==, G_TYPE_DOUBLE);
          g_assert_cmpfloat (json_node_get_double (node), ==, cases[i].number);
        }
    }

  assert_parse_string (&json, "{\"a\\u0000b\": 1}");
  object = qemu_json_to_node (&json, 0);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (object), "a"), ==, 1);
}

static char *
load_recorded (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".json", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "replies", "7.2", file, NULL);
  g_autoptr(GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);

  return text;
}

static void
test_recorded (gconstpointer name)
{
  g_autofree char *text = load_recorded (name);
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("What QEMU 7.2 has said is read as json-glib reads it");

  g_assert_true (qemu_json_parse (&json, text, strlen (text), NULL));
  assert_node_as_by_json_glib (&json, 0, text, strlen (text));
}

static void
test_recorded_values (void)
{
  g_autofree char *text = load_recorded ("query-block-throttled");
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  guint64 sum = 0;

  g_test_summary ("Values of a recorded reply are found where they are");

  g_assert_true (qemu_json_parse (&json, text, strlen (text), NULL));

  QEMU_JSON_FOREACH_ELEMENT (&json, 0, device)
    {
      guint32 inserted = qemu_json_get_member (&json, device, "inserted");
      guint32 image = qemu_json_get_member (&json, inserted, "image");
      gboolean dirty = TRUE;
      guint64 size = 0;

      g_assert_true (qemu_json_get_uint64 (&json, qemu_json_get_member (&json, image, "virtual-size"), &size));
      g_assert_true (qemu_json_get_boolean (&json, qemu_json_get_member (&json, image, "dirty-flag"), &dirty));
      g_assert_true (qemu_json_string_equals (&json, qemu_json_get_member (&json, inserted, "drv"), "qcow2"));
      g_assert_false (dirty);
      sum += size;
    }

  g_assert_cmpuint (sum, ==, 3 * 67108864);
}

int
main (int    argc,
      char **argv)
{
  static const char *const recorded[] = {
    "greeting", "hmp-info-cpus-x86_64-running", "query-block-throttled", "query-cpus-fast-x86_64",
    "query-memory-devices-dimm", "query-migrate-completed", "query-qmp-schema", "query-status-prelaunch",
    "query-version",
  };

  g_test_init (&argc, &argv, NULL);
  set_up_guard ();

  g_test_add_func ("/json/accepted", test_accepted);
  g_test_add_func ("/json/refused", test_refused);
  g_test_add_func ("/json/strings", test_strings);
  g_test_add_func ("/json/string-scan", test_string_scan);
  g_test_add_func ("/json/integers", test_integers);
  g_test_add_func ("/json/doubles", test_doubles);
  g_test_add_func ("/json/types", test_types);
  g_test_add_func ("/json/nothing", test_nothing);
  g_test_add_func ("/json/members", test_members);
  g_test_add_func ("/json/raw", test_raw);
  g_test_add_func ("/json/iteration", test_iteration);
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/depth-is-not-breadth", test_depth_is_not_breadth);
  g_test_add_func ("/json/hostile", test_hostile);
  g_test_add_func ("/json/token-cap", test_token_cap);
  g_test_add_func ("/json/length-cap", test_length_cap);
  g_test_add_func ("/json/reuse", test_reuse);
  g_test_add_func ("/json/reuse-big", test_reuse_big);
  g_test_add_func ("/json/text-is-shared", test_text_is_shared);
  g_test_add_func ("/json/truncated", test_truncated);
  g_test_add_func ("/json/inserted", test_inserted);
  g_test_add_func ("/json/to-node", test_to_node);
  g_test_add_func ("/json/to-node-limits", test_to_node_limits);
  g_test_add_func ("/json/recorded-values", test_recorded_values);

  for (unsigned i = 0; i < G_N_ELEMENTS (recorded); i++)
    {
      g_autofree char *path = g_strconcat ("/json/recorded/", recorded[i], NULL);

      g_test_add_data_func (path, recorded[i], test_recorded);
    }

  return g_test_run ();
}
