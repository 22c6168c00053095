/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes commands: what is accepted, as JSON or by the setters, is written as one line of JSON that says the same. */

#include "config.h"

#include <math.h>
#include <string.h>

#include "qemu-glib/qemu-command-private.h"
#include "qemu-glib/qemu-error.h"
#include "qemu-glib/qemu-json-private.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

/* The command as it is written; it reads back as the same. */
static char *
write_command (QemuCommand *command)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = qemu_command_to_json (command, &error);
  g_autoptr(QemuCommand) again = NULL;
  g_autofree char *text_again = NULL;

  g_assert_no_error (error);
  g_assert_null (strpbrk (text, "\r\n"));
  g_assert_true (g_utf8_validate (text, -1, NULL));

  again = qemu_command_new_from_json (text, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (qemu_command_get_name (again), ==, qemu_command_get_name (command));
  g_assert_cmpint (qemu_command_get_out_of_band (again), ==, qemu_command_get_out_of_band (command));
  text_again = qemu_command_to_json (again, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text_again, ==, text);

  return g_steal_pointer (&text);
}

/* The same text but for the blanks that mean nothing, of which some are written as others. */
static gboolean
raw_equal (const QemuJson *a,
           guint32         token_a,
           const QemuJson *b,
           guint32         token_b)
{
  gsize length_a, length_b;
  const char *raw_a = qemu_json_get_raw (a, token_a, &length_a);
  const char *raw_b = qemu_json_get_raw (b, token_b, &length_b);

  if (length_a != length_b)
    return FALSE;
  for (gsize i = 0; i < length_a; i++)
    if (raw_a[i] != raw_b[i] && !(g_ascii_isspace (raw_a[i]) && raw_b[i] == ' '))
      return FALSE;

  return TRUE;
}

static void
check_arguments (const char *text,
                 const char *written)
{
  g_auto(QemuJson) theirs = QEMU_JSON_INIT;
  g_auto(QemuJson) ours = QEMU_JSON_INIT;
  guint32 their_arguments, our_arguments;

  g_assert_true (qemu_json_parse (&theirs, text, strlen (text), NULL));
  g_assert_true (qemu_json_parse (&ours, written, strlen (written), NULL));
  their_arguments = qemu_json_get_member (&theirs, 0, "arguments");
  our_arguments = qemu_json_get_member (&ours, 0, "arguments");

  QEMU_JSON_FOREACH_MEMBER (&theirs, their_arguments, name)
    {
      g_autofree char *member = qemu_json_dup_string (&theirs, name);

      g_assert_true (raw_equal (&theirs, qemu_json_get_member (&theirs, their_arguments, member),
                                &ours, qemu_json_get_member (&ours, our_arguments, member)));
    }
  QEMU_JSON_FOREACH_MEMBER (&ours, our_arguments, name)
    {
      g_autofree char *member = qemu_json_dup_string (&ours, name);

      g_assert_cmpuint (qemu_json_get_member (&ours, our_arguments, member), ==, name + 1);
      g_assert_cmpuint (qemu_json_get_member (&theirs, their_arguments, member), !=, QEMU_JSON_NONE);
    }
}

static void
check_json (const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuCommand) command = qemu_command_new_from_json (text, &error);
  g_autoptr(QemuCommand) copy = NULL;
  g_autofree char *written = NULL, *copied = NULL;

  if (command == NULL)
    {
      g_assert_true (g_error_matches (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL) ||
                     g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return;
    }

  g_assert_no_error (error);
  written = write_command (command);
  check_arguments (text, written);

  copy = qemu_command_copy (command);
  copied = write_command (copy);
  g_assert_cmpstr (copied, ==, written);
}

/* Whether JSON can say the value at all: it has no infinite numbers. */
static gboolean
is_finite (JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObjectIter iter;
      JsonNode *value;

      json_object_iter_init (&iter, json_node_get_object (node));
      while (json_object_iter_next (&iter, NULL, &value))
        if (!is_finite (value))
          return FALSE;
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      for (unsigned i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
        if (!is_finite (json_array_get_element (json_node_get_array (node), i)))
          return FALSE;
    }
  else if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_DOUBLE)
    {
      return isfinite (json_node_get_double (node));
    }

  return TRUE;
}

/* A double that is a whole number is written as one, and comes back as an integer. */
static gboolean
nodes_equal (JsonNode *a,
             JsonNode *b)
{
  if (JSON_NODE_HOLDS_OBJECT (a) && JSON_NODE_HOLDS_OBJECT (b))
    {
      JsonObject *object = json_node_get_object (b);
      JsonObjectIter iter;
      const char *member;
      JsonNode *value;

      json_object_iter_init (&iter, json_node_get_object (a));
      while (json_object_iter_next (&iter, &member, &value))
        if (!json_object_has_member (object, member) || !nodes_equal (value, json_object_get_member (object, member)))
          return FALSE;

      return json_object_get_size (object) == json_object_get_size (json_node_get_object (a));
    }
  if (JSON_NODE_HOLDS_ARRAY (a) && JSON_NODE_HOLDS_ARRAY (b))
    {
      JsonArray *theirs = json_node_get_array (a), *ours = json_node_get_array (b);

      for (unsigned i = 0; i < json_array_get_length (theirs); i++)
        if (i >= json_array_get_length (ours) ||
            !nodes_equal (json_array_get_element (theirs, i), json_array_get_element (ours, i)))
          return FALSE;

      return json_array_get_length (ours) == json_array_get_length (theirs);
    }
  if (JSON_NODE_HOLDS_VALUE (a) && json_node_get_value_type (a) == G_TYPE_DOUBLE)
    return JSON_NODE_HOLDS_VALUE (b) && json_node_get_double (a) == json_node_get_double (b);

  return json_node_equal (a, b);
}

/* A value as json-glib has it, in an argument and out of it again. */
static void
check_node (const char *text)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  g_auto(QemuJson) written_json = QEMU_JSON_INIT;
  g_autoptr(QemuCommand) command = qemu_command_new ("x");
  g_autoptr(JsonNode) node = NULL, again = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *written = NULL;
  guint32 arguments;

  if (!qemu_json_parse (&json, text, strlen (text), NULL))
    return;
  node = qemu_json_to_node (&json, 0);
  qemu_command_set_node (command, "node", node);
  if (!is_finite (node))
    {
      written = qemu_command_to_json (command, &error);
      g_assert_null (written);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      return;
    }

  written = write_command (command);
  g_assert_true (qemu_json_parse (&written_json, written, strlen (written), NULL));
  arguments = qemu_json_get_member (&written_json, 0, "arguments");
  again = qemu_json_to_node (&written_json, qemu_json_get_member (&written_json, arguments, "node"));
  g_assert_true (nodes_equal (node, again));
}

/* Any bytes as a command's name, an argument's name and its value. */
static void
check_strings (const char *text)
{
  g_autoptr(QemuCommand) command = qemu_command_new (text);
  g_autoptr(GError) error = NULL;
  g_autofree char *written = NULL, *value = NULL;

  qemu_command_set_string (command, text, text);
  if (g_utf8_validate (text, -1, NULL))
    {
      written = write_command (command);
      value = qemu_command_dup_string (command, text);
      g_assert_cmpstr (value, ==, text);
    }
  else
    {
      written = qemu_command_to_json (command, &error);
      g_assert_null (written);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  check_json (text);
  check_node (text);
  check_strings (text);

  return 0;
}
