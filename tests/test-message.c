/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "qemu-glib/qemu-message-private.h"
#include "qemu-test.h"

static gboolean
parse (QemuMessage  *message,
       QemuJson     *json,
       const char   *quoted,
       GError      **error)
{
  g_autofree char *text = qemu_test_json (quoted);

  return qemu_message_parse (message, json, text, strlen (text), error);
}

typedef struct
{
  const char      *text;
  QemuMessageKind  kind;
  gint64           id;
} Kind;

static const Kind kinds[] = {
  { "{'QMP': {'version': {}, 'capabilities': []}}", QEMU_MESSAGE_GREETING },
  { "{'return': {}, 'id': 1}", QEMU_MESSAGE_RETURN, 1 },
  { "{'id': 1, 'return': {}}", QEMU_MESSAGE_RETURN, 1 },
  { "{'return': null, 'id': 7}", QEMU_MESSAGE_RETURN, 7 },
  { "{'return': []}", QEMU_MESSAGE_RETURN, QEMU_MESSAGE_ID_NONE },
  { "{'return': 'a string', 'id': 9223372036854775807}", QEMU_MESSAGE_RETURN, G_MAXINT64 },
  { "{'error': {'class': 'GenericError', 'desc': 'No'}, 'id': 3}", QEMU_MESSAGE_ERROR, 3 },
  { "{'error': {'class': 'GenericError', 'desc': 'No'}}", QEMU_MESSAGE_ERROR, QEMU_MESSAGE_ID_NONE },
  { "{'id': 4, 'error': null}", QEMU_MESSAGE_ERROR, 4 },
  { "{'event': 'STOP', 'timestamp': {'seconds': 1, 'microseconds': 2}}", QEMU_MESSAGE_EVENT },
  { "{'timestamp': {'seconds': 1, 'microseconds': 2}, 'event': 'STOP', 'data': {}}", QEMU_MESSAGE_EVENT },
  { "{'event': 'STOP'}", QEMU_MESSAGE_EVENT },
  /* An event is one whatever else it has. */
  { "{'event': 'STOP', 'return': {}, 'id': 1}", QEMU_MESSAGE_EVENT },
  { "{'data': {'return': 1, 'id': 1}, 'event': 'STOP'}", QEMU_MESSAGE_EVENT },
  /* Known words that are not at the top mean nothing. */
  { "{'return': {'event': 'STOP', 'error': 1, 'id': 9}, 'id': 1}", QEMU_MESSAGE_RETURN, 1 },
  { "{'ev\\u0065nt': 'STOP'}", QEMU_MESSAGE_EVENT },
  { "{'return': {}, '\\u0069d': 5}", QEMU_MESSAGE_RETURN, 5 },
  /* Members of another time. */
  { "{'return': {}, 'id': 2, 'x-new': {'a': [1, 2]}, 'x-new-too': null}", QEMU_MESSAGE_RETURN, 2 },
  { "{}", QEMU_MESSAGE_OTHER },
  { "{'x-new': {}}", QEMU_MESSAGE_OTHER },
  { "{'id': 1}", QEMU_MESSAGE_OTHER },
  { "{'event': 5}", QEMU_MESSAGE_OTHER },
  { "{'event': null}", QEMU_MESSAGE_OTHER },
};

static void
test_kinds (void)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("A message is told apart by its members alone, in whatever order they come");

  for (unsigned i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr(GError) error = NULL;
      QemuMessage message;

      g_test_message ("%s", kinds[i].text);
      g_assert_true (parse (&message, &json, kinds[i].text, &error));
      g_assert_no_error (error);
      g_assert_cmpint (message.kind, ==, kinds[i].kind);
      if (message.kind == QEMU_MESSAGE_RETURN || message.kind == QEMU_MESSAGE_ERROR)
        g_assert_cmpint (message.id, ==, kinds[i].id);
      g_assert_cmpint (message.event != NULL, ==, message.kind == QEMU_MESSAGE_EVENT);
      g_assert_cmpint (message.error != NULL, ==, message.kind == QEMU_MESSAGE_ERROR);
      g_clear_pointer (&message.event, qemu_event_text_unref);
      g_clear_error (&message.error);
    }
}

static const char *refused[] = {
  "",
  " ",
  "[]",
  "[{'return': {}}]",
  "5",
  "'return'",
  "null",
  "{'return': {}",
  "{'return': {}}}",
  "{'return': {}} {}",
  "{'return': }",
  "{'return': {}, 'return': {}}",
  "{'return': {}, 'id': 1, 'id': 2}",
  "{'return': {}, 'id': 1, '\\u0069d': 1}",
  "{'error': {}, 'error': {}}",
  "{'event': 'A', 'event': 'A'}",
  "{'return': {}, 'id': 1,}",
  "\xff",
  "{'return': '\xff', 'id': 1}",
  "{'return': nan, 'id': 1}",
  "{'return': '\x01', 'id': 1}",
};

static void
test_refused (void)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("What is no JSON object, or says who it is for twice, breaks the protocol");

  for (unsigned i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr(GError) error = NULL;
      QemuMessage message;

      {
        g_autofree char *shown = g_strescape (refused[i], NULL);

        g_test_message ("%s", shown);
      }
      g_assert_false (parse (&message, &json, refused[i], &error));
      g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL);
    }
}

static const char *foreign_ids[] = {
  "-1", "-2", "-9223372036854775808", "9223372036854775808", "18446744073709551615", "18446744073709551616",
  "1.0", "1e0", "0.5", "null", "true", "false", "'1'", "''", "'libvirt-1'", "[]", "[1]", "{}", "{'id': 1}",
};

static void
test_foreign_ids (void)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("An id that is not one of ours is nobody's, and is not taken for one that is missing");

  for (unsigned i = 0; i < G_N_ELEMENTS (foreign_ids); i++)
    {
      g_autofree char *reply = g_strdup_printf ("{'return': {}, 'id': %s}", foreign_ids[i]);
      g_autofree char *failure = g_strdup_printf ("{'id': %s, 'error': {'class': 'a', 'desc': 'b'}}", foreign_ids[i]);
      g_autoptr(GError) error = NULL;
      QemuMessage message;

      g_test_message ("%s", foreign_ids[i]);
      g_assert_true (parse (&message, &json, reply, &error));
      g_assert_no_error (error);
      g_assert_cmpint (message.kind, ==, QEMU_MESSAGE_RETURN);
      g_assert_cmpint (message.id, ==, QEMU_MESSAGE_ID_FOREIGN);

      g_assert_true (parse (&message, &json, failure, &error));
      g_assert_no_error (error);
      g_assert_cmpint (message.kind, ==, QEMU_MESSAGE_ERROR);
      g_assert_cmpint (message.id, ==, QEMU_MESSAGE_ID_FOREIGN);
      g_clear_error (&message.error);
    }
}

static const struct
{
  const char *timestamp;
  gint64      microseconds;
} timestamps[] = {
  { "{'seconds': 1700000000, 'microseconds': 123456}", G_GINT64_CONSTANT (1700000000123456) },
  { "{'microseconds': 7, 'seconds': 0}", 7 },
  { "{'seconds': 9223372036853, 'microseconds': 999999}", G_GINT64_CONSTANT (9223372036853999999) },
  { "{'seconds': 5, 'microseconds': 6, 'x-nanoseconds': 7}", 5000006 },
  /* QEMU's way to say that the host has no clock. */
  { "{'seconds': -1, 'microseconds': -1}", 0 },
  { "{'seconds': 9223372036854775807, 'microseconds': 0}", 0 },
  { "{'seconds': 18446744073709551615, 'microseconds': 0}", 0 },
  { "{'seconds': 1, 'microseconds': 1000000}", 0 },
  { "{'seconds': 1}", 0 },
  { "{'microseconds': 1}", 0 },
  { "{'seconds': '1', 'microseconds': 1}", 0 },
  { "{}", 0 },
  { "null", 0 },
  { "1700000000", 0 },
};

static void
test_timestamps (void)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("A timestamp is exact to the microsecond, and 0 where there is none that makes sense");

  for (unsigned i = 0; i < G_N_ELEMENTS (timestamps); i++)
    {
      g_autofree char *text = g_strdup_printf ("{'timestamp': %s, 'event': 'STOP'}", timestamps[i].timestamp);
      g_autoptr(GError) error = NULL;
      QemuMessage message;

      g_test_message ("%s", timestamps[i].timestamp);
      g_assert_true (parse (&message, &json, text, &error));
      g_assert_no_error (error);
      g_assert_cmpint (message.event->timestamp, ==, timestamps[i].microseconds);
      qemu_event_text_unref (message.event);
    }
}

static const struct
{
  const char *members;
  const char *name;
  const char *data;
} events[] = {
  { "'event': 'STOP'", "STOP", "" },
  { "'event': 'STOP', 'data': {}", "STOP", "{}" },
  { "'data': {'a' :  [1, 2]}, 'event': 'RESET'", "RESET", "{'a' :  [1, 2]}" },
  { "'event': 'é😀', 'data': {'é': '😀'}", "é😀", "{'é': '😀'}" },
  { "'event': '\\u00e9\\ud83d\\ude00'", "é😀", "" },
  { "'event': '\\ud800'", "\xef\xbf\xbd", "" },
  { "'event': '', 'data': {}", "", "{}" },
  { "'event': 'X', 'data': 18446744073709551615", "X", "18446744073709551615" },
};

static void
test_events (void)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("An event keeps its name, and its data as QEMU wrote it");

  for (unsigned i = 0; i < G_N_ELEMENTS (events); i++)
    {
      g_autofree char *text = g_strdup_printf ("{%s}", events[i].members);
      g_autofree char *data = qemu_test_json (events[i].data);
      g_autoptr(GError) error = NULL;
      QemuMessage message;

      g_test_message ("%s", text);
      g_assert_true (parse (&message, &json, text, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (message.event->text, ==, events[i].name);
      g_assert_cmpuint (message.event->name_length, ==, strlen (events[i].name));
      g_assert_cmpstr (qemu_event_text_get_data (message.event), ==, data);
      g_assert_cmpuint (message.event->data_length, ==, strlen (data));
      qemu_event_text_unref (message.event);
    }
}

static void
test_long_event_name (void)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("An event's name may be of any length");

  for (unsigned length = 100; length <= 5000; length += 7)
    {
      g_autofree char *name = g_strnfill (length, 'N');
      g_autofree char *text = g_strdup_printf ("{'event': '%s', 'data': {'a': 1}}", name);
      QemuMessage message;

      g_assert_true (parse (&message, &json, text, NULL));
      g_assert_cmpstr (message.event->text, ==, name);
      g_assert_cmpstr (qemu_event_text_get_data (message.event), ==, "{\"a\": 1}");
      qemu_event_text_unref (message.event);
    }
}

static void
test_event_name_with_nul (void)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  g_autoptr(GError) error = NULL;
  QemuMessage message;

  g_test_summary ("An event whose name no C string can hold is passed over");

  g_assert_true (parse (&message, &json, "{'event': 'ST\\u0000OP'}", &error));
  g_assert_no_error (error);
  g_assert_cmpint (message.kind, ==, QEMU_MESSAGE_OTHER);
}

static const struct
{
  const char *object;
  int         code;
  const char *message;
} errors[] = {
  { "{'class': 'GenericError', 'desc': 'It broke'}", QEMU_ERROR_GENERIC, "It broke" },
  { "{'class': 'CommandNotFound', 'desc': 'a'}", QEMU_ERROR_COMMAND_NOT_FOUND, "a" },
  { "{'class': 'DeviceNotActive', 'desc': 'a'}", QEMU_ERROR_DEVICE_NOT_ACTIVE, "a" },
  { "{'class': 'DeviceNotFound', 'desc': 'a'}", QEMU_ERROR_DEVICE_NOT_FOUND, "a" },
  { "{'class': 'KVMMissingCap', 'desc': 'a'}", QEMU_ERROR_KVM_MISSING_CAP, "a" },
  { "{'class': 'SomethingOfTomorrow', 'desc': 'a'}", QEMU_ERROR_GENERIC, "a" },
  { "{'desc': 'a', 'x-more': {}}", QEMU_ERROR_GENERIC, "a" },
  { "{'class': 5, 'desc': '100%s %d %n'}", QEMU_ERROR_GENERIC, "100%s %d %n" },
  { "{'class': 'GenericError', 'desc': 'Node \\u0027\\u00e9\\ud83d\\ude00\\u0027'}", QEMU_ERROR_GENERIC, "Node 'é😀'" },
  { "{'class': 'GenericError'}", QEMU_ERROR_GENERIC, NULL },
  { "{'desc': {}}", QEMU_ERROR_GENERIC, NULL },
  { "null", QEMU_ERROR_GENERIC, NULL },
  { "[]", QEMU_ERROR_GENERIC, NULL },
  { "'words'", QEMU_ERROR_GENERIC, NULL },
};

static void
test_errors (void)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  g_test_summary ("Each error class has its code, an unknown one is generic, and QEMU's words are kept");

  for (unsigned i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      g_autofree char *text = g_strdup_printf ("{'error': %s, 'id': 1}", errors[i].object);
      QemuMessage message;

      g_test_message ("%s", text);
      g_assert_true (parse (&message, &json, text, NULL));
      g_assert_error (message.error, QEMU_ERROR, errors[i].code);
      if (errors[i].message != NULL)
        g_assert_cmpstr (message.error->message, ==, errors[i].message);
      g_assert_cmpstr (message.error->message, !=, "");
      g_error_free (message.error);
    }
}

static void
test_bytes (void)
{
  g_autoptr(GBytes) bytes = qemu_message_bytes_new ("{}garbage", 2);
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  g_test_summary ("The bytes of a reply end in a NUL that is not counted");

  g_assert_cmpuint (length, ==, 2);
  g_assert_cmpstr (data, ==, "{}");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/message/kinds", test_kinds);
  g_test_add_func ("/message/refused", test_refused);
  g_test_add_func ("/message/foreign-ids", test_foreign_ids);
  g_test_add_func ("/message/timestamps", test_timestamps);
  g_test_add_func ("/message/events", test_events);
  g_test_add_func ("/message/long-event-name", test_long_event_name);
  g_test_add_func ("/message/event-name-with-nul", test_event_name_with_nul);
  g_test_add_func ("/message/errors", test_errors);
  g_test_add_func ("/message/bytes", test_bytes);

  return g_test_run ();
}
