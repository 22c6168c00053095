/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "qemu-glib/qemu-json-private.h"
#include "qemu-test.h"

static void
assert_text (QemuCommand *command,
             const char  *quoted)
{
  g_autofree char *expected = qemu_test_json (quoted);
  g_autoptr(GError) error = NULL;
  g_autofree char *text = qemu_command_to_json (command, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_name_only (void)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("query-status");

  g_test_summary ("A command without arguments has no member for them");

  g_assert_cmpstr (qemu_command_get_name (command), ==, "query-status");
  assert_text (command, "{'execute':'query-status'}");
}

static const struct
{
  const char *name;
  const char *json;
} names[] = {
  { "x-odd name", "'x-odd name'" },
  { "", "''" },
  { "a\"b\\c", "'a\\\"b\\\\c'" },
  { "a\nb\tc\x01", "'a\\nb\\tc\\u0001'" },
  { "__com.redhat_é😀", "'__com.redhat_é😀'" },
};

static void
test_odd_names (void)
{
  g_test_summary ("A name may be any text, and so may an argument's");

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr(QemuCommand) command = qemu_command_new (names[i].name);
      g_autofree char *expected = g_strdup_printf ("{'execute':%s,'arguments':{%s:%s}}",
                                                   names[i].json, names[i].json, names[i].json);

      qemu_command_set_string (command, names[i].name, names[i].name);
      g_assert_cmpstr (qemu_command_get_name (command), ==, names[i].name);
      assert_text (command, expected);
    }
}

static void
test_every_character (void)
{
  g_test_summary ("Each ASCII character is sent in a way that JSON allows, and comes out as itself");

  for (unsigned c = 1; c < 128; c++)
    {
      const char text[] = { 'x', c, 'y', '\0' };
      g_autoptr(QemuCommand) command = qemu_command_new ("x");
      g_autoptr(JsonNode) node = json_node_init_string (json_node_alloc (), text);
      g_autoptr(GError) error = NULL;
      g_autofree char *json = NULL;
      g_auto(QemuJson) parsed = QEMU_JSON_INIT;
      guint32 arguments;

      qemu_command_set_string (command, "string", text);
      qemu_command_set_node (command, "node", node);
      json = qemu_command_to_json (command, &error);
      g_assert_no_error (error);
      qemu_json_parse (&parsed, json, strlen (json), &error);
      g_assert_no_error (error);
      arguments = qemu_json_get_member (&parsed, 0, "arguments");
      g_assert_true (qemu_json_string_equals (&parsed, qemu_json_get_member (&parsed, arguments, "string"), text));
      g_assert_true (qemu_json_string_equals (&parsed, qemu_json_get_member (&parsed, arguments, "node"), text));
    }
}

static void
test_every_setter (void)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(JsonNode) node = json_from_string ("{\"a\": [1, null, \"é\"]}", NULL);
  g_autoptr(JsonNode) null = json_node_new (JSON_NODE_NULL);

  g_test_summary ("Each kind of value is written as JSON has it, in the order in which they were set");

  qemu_command_set_string (command, "string", "text");
  qemu_command_set_string (command, "none", NULL);
  qemu_command_set_int64 (command, "int", -5);
  qemu_command_set_uint64 (command, "uint", 5);
  qemu_command_set_double (command, "double", 0.25);
  qemu_command_set_boolean (command, "yes", 7);
  qemu_command_set_boolean (command, "no", FALSE);
  qemu_command_set_node (command, "node", node);
  qemu_command_set_node (command, "null", null);
  qemu_command_set_timeout (command, 5);
  assert_text (command,
               "{'execute':'x','arguments':{'string':'text','none':null,'int':-5,'uint':5,'double':0.25,"
               "'yes':true,'no':false,'node':{'a':[1,null,'é']},'null':null}}");
}

static void
test_numbers (void)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("x");

  g_test_summary ("Integers are exact over the whole signed and unsigned 64-bit range");

  qemu_command_set_int64 (command, "a", G_MININT64);
  qemu_command_set_int64 (command, "b", G_MAXINT64);
  qemu_command_set_uint64 (command, "c", (guint64) G_MAXINT64 + 1);
  qemu_command_set_uint64 (command, "d", G_MAXUINT64);
  qemu_command_set_uint64 (command, "e", (G_GUINT64_CONSTANT (1) << 53) + 1);
  assert_text (command,
               "{'execute':'x','arguments':{'a':-9223372036854775808,'b':9223372036854775807,"
               "'c':9223372036854775808,'d':18446744073709551615,'e':9007199254740993}}");
}

static void
test_doubles (void)
{
  static const double values[] = { 0.0, -0.0, 1.0, 0.1, -1.5e300, 5e-324, 1.7976931348623157e308, 1e21, 123456789.125 };

  g_test_summary ("A double is read back as the same number, in any locale");

  for (unsigned i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr(QemuCommand) command = qemu_command_new ("x");
      g_autofree char *text = NULL;
      const char *number;

      qemu_command_set_double (command, "d", values[i]);
      text = qemu_command_to_json (command, NULL);
      number = strstr (text, "\"d\":");
      g_assert_nonnull (number);
      g_assert_true (g_ascii_strtod (number + 4, NULL) == values[i]);
    }
}

static void
test_replaced (void)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(JsonObject) arguments = json_object_new ();

  g_test_summary ("Of an argument that is set again the last value counts");

  qemu_command_set_string (command, "a", "old");
  qemu_command_set_string (command, "b", "kept");
  qemu_command_set_int64 (command, "a", 1);
  assert_text (command, "{'execute':'x','arguments':{'a':1,'b':'kept'}}");

  json_object_set_boolean_member (arguments, "a", TRUE);
  json_object_set_string_member (arguments, "c", "é");
  qemu_command_set_arguments (command, arguments);
  assert_text (command, "{'execute':'x','arguments':{'a':true,'b':'kept','c':'é'}}");
}

static void
test_set_arguments (void)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(JsonObject) empty = json_object_new ();

  g_test_summary ("An object without members sets no argument, and the caller's object is not kept");

  qemu_command_set_arguments (command, empty);
  assert_text (command, "{'execute':'x'}");
  json_object_set_int_member (empty, "late", 1);
  assert_text (command, "{'execute':'x'}");
}

static void
test_references (void)
{
  QemuCommand *command = qemu_command_new ("x");
  GValue value = G_VALUE_INIT;
  g_autofree char *text = NULL;

  g_test_summary ("A command is a boxed type with references");

  g_assert_true (G_TYPE_IS_BOXED (QEMU_TYPE_COMMAND));
  g_assert_true (qemu_command_ref (command) == command);
  qemu_command_unref (command);
  g_value_init (&value, QEMU_TYPE_COMMAND);
  g_value_set_boxed (&value, command);
  g_assert_true (g_value_get_boxed (&value) == command);
  qemu_command_unref (command);
  text = qemu_command_to_json (g_value_get_boxed (&value), NULL);
  g_assert_nonnull (text);
  g_value_unset (&value);
}

/* ---------------------------------------------------------------- from JSON */

static const struct
{
  const char *text;
  const char *name;
  const char *expected;
} good[] = {
  { "{'execute':'stop'}", "stop", "{'execute':'stop'}" },
  { " {\n'execute' :\t'stop'\r\n} ", "stop", "{'execute':'stop'}" },
  { "{'arguments':{},'execute':'stop'}", "stop", "{'execute':'stop'}" },
  { "{'execute':'stop','id':{'theirs':1}}", "stop", "{'execute':'stop'}" },
  { "{'execute':'x','arguments':{'a':18446744073709551615,'b':-9223372036854775808}}", "x",
    "{'execute':'x','arguments':{'a':18446744073709551615,'b':-9223372036854775808}}" },
  { "{'execute':'x','arguments':{'a':1e400,'b':123456789012345678901234567890,'c':0.1000,'d':1E+2}}", "x",
    "{'execute':'x','arguments':{'a':1e400,'b':123456789012345678901234567890,'c':0.1000,'d':1E+2}}" },
  { "{'execute':'x','arguments':{'a':{'b':[1,{'c':null}]},'d':'\\u00e9\\ud83d\\ude00'}}", "x",
    "{'execute':'x','arguments':{'a':{'b':[1,{'c':null}]},'d':'\\u00e9\\ud83d\\ude00'}}" },
  { "{'execute':'\\u0078-\\u00e9','arguments':{'\\u0061':1}}", "x-é", "{'execute':'x-é','arguments':{'a':1}}" },
  { "{'execute':'x','arguments':{'a':1,'b':2,'a':3}}", "x", "{'execute':'x','arguments':{'a':3,'b':2}}" },
};

static void
test_from_json (void)
{
  g_test_summary ("What is in a command's JSON is kept as it was written");

  for (unsigned i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *text = qemu_test_json (good[i].text);
      g_autoptr(GError) error = NULL;
      g_autoptr(QemuCommand) command = qemu_command_new_from_json (text, &error);

      g_test_message ("%s", text);
      g_assert_no_error (error);
      g_assert_cmpstr (qemu_command_get_name (command), ==, good[i].name);
      assert_text (command, good[i].expected);
    }
}

static void
test_from_json_on_one_line (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuCommand) command = NULL;
  g_autofree char *text = NULL;

  g_test_summary ("A command that was written over several lines is sent as one");

  command = qemu_command_new_from_json ("{\n  \"execute\": \"x\",\n  \"arguments\": {\n"
                                        "    \"a\": [\r\n\t1,\n\t\"b\\n\"\n]\n  }\n}\n",
                                        &error);
  g_assert_no_error (error);
  text = qemu_command_to_json (command, NULL);
  g_assert_null (strpbrk (text, "\r\n"));
  qemu_test_assert_json (text, "{'execute': 'x', 'arguments': {'a': [1, 'b\\n']}}");
}

static void
test_from_json_and_set (void)
{
  g_autoptr(QemuCommand) command = NULL;

  g_test_summary ("A command from JSON can be changed like any other");

  command = qemu_command_new_from_json ("{\"execute\": \"x\", \"arguments\": {\"a\": 1, \"b\": [2]}}", NULL);
  qemu_command_set_string (command, "a", "new");
  qemu_command_set_int64 (command, "c", 3);
  assert_text (command, "{'execute':'x','arguments':{'a':'new','b':[2],'c':3}}");
}

static const struct
{
  const char *text;
  gboolean    is_json;
} bad[] = {
  { "", FALSE },
  { "stop", FALSE },
  { "{'execute':'stop'", FALSE },
  { "{'execute':'stop'} x", FALSE },
  { "{'execute':'\xff'}", FALSE },
  { "{'execute':'x','arguments':{'a':NaN}}", FALSE },
  { "{'execute':'x','arguments':{'a':\"\x01\"}}", FALSE },
  { "[]", TRUE },
  { "'stop'", TRUE },
  { "{}", TRUE },
  { "{'execute':5}", TRUE },
  { "{'execute':null}", TRUE },
  { "{'execute':'a\\u0000b'}", TRUE },
  { "{'execute':'x','arguments':[]}", TRUE },
  { "{'execute':'x','arguments':'a'}", TRUE },
  { "{'execute':'x','arguments':{'a\\u0000b':1}}", TRUE },
  { "{'execute':'x','argument':{}}", TRUE },
  { "{'event':'STOP'}", TRUE },
};

static void
test_from_bad_json (void)
{
  g_test_summary ("What is no JSON, and what is no command, are refused with different errors");

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *text = qemu_test_json (bad[i].text);
      g_autoptr(GError) error = NULL;

      g_assert_null (qemu_command_new_from_json (text, &error));
      if (bad[i].is_json)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      else
        g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
    }
}

/* ---------------------------------------------------------------- not UTF-8 */

static void
set_bad_string (QemuCommand *command)
{
  qemu_command_set_string (command, "file", "caf\xe9");
}

static void
set_bad_member (QemuCommand *command)
{
  qemu_command_set_int64 (command, "caf\xe9", 1);
}

static void
set_bad_node (QemuCommand *command)
{
  g_autoptr(JsonNode) node = json_node_init_string (json_node_alloc (), "\xc0\x80");

  qemu_command_set_node (command, "node", node);
}

static void
set_bad_object (QemuCommand *command)
{
  g_autoptr(JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "deep", "\xff");
  qemu_command_set_arguments (command, object);
}

static void (*const spoilers[]) (QemuCommand *command) = {
  set_bad_string, set_bad_member, set_bad_node, set_bad_object
};

static void
test_not_utf8 (void)
{
  g_test_summary ("Text that is not UTF-8 makes a command that cannot be sent, and says where it is");

  for (unsigned i = 0; i <= G_N_ELEMENTS (spoilers); i++)
    {
      g_autoptr(QemuCommand) command = qemu_command_new (i == 0 ? "st\xffop" : "stop");
      g_autoptr(GError) error = NULL;

      if (i > 0)
        spoilers[i - 1] (command);
      qemu_command_set_string (command, "good", "é");
      g_assert_null (qemu_command_to_json (command, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_nonnull (strstr (error->message, "UTF-8"));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/command/name-only", test_name_only);
  g_test_add_func ("/command/odd-names", test_odd_names);
  g_test_add_func ("/command/every-character", test_every_character);
  g_test_add_func ("/command/every-setter", test_every_setter);
  g_test_add_func ("/command/numbers", test_numbers);
  g_test_add_func ("/command/doubles", test_doubles);
  g_test_add_func ("/command/replaced", test_replaced);
  g_test_add_func ("/command/set-arguments", test_set_arguments);
  g_test_add_func ("/command/references", test_references);
  g_test_add_func ("/command/from-json", test_from_json);
  g_test_add_func ("/command/from-json-on-one-line", test_from_json_on_one_line);
  g_test_add_func ("/command/from-json-and-set", test_from_json_and_set);
  g_test_add_func ("/command/from-bad-json", test_from_bad_json);
  g_test_add_func ("/command/not-utf8", test_not_utf8);

  return g_test_run ();
}
