/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "qemu-glib/qemu-event-private.h"
#include "qemu-test.h"

static QemuEvent *
event_new (const char *name,
           gint64      timestamp,
           const char *quoted)
{
  g_autofree char *data = quoted != NULL ? qemu_test_json (quoted) : NULL;
  g_autoptr(QemuEventText) text = qemu_event_text_new (name, timestamp, data, data != NULL ? strlen (data) : 0);

  return qemu_event_new (text);
}

static void
test_name_and_time (void)
{
  g_autoptr(QemuEvent) event = event_new ("STOP", 1700000000123456, NULL);
  g_autofree char *name = NULL;
  gint64 timestamp = 0;

  g_test_summary ("An event has a name and a time, by getters and by properties");

  g_assert_cmpstr (qemu_event_get_name (event), ==, "STOP");
  g_assert_cmpint (qemu_event_get_timestamp (event), ==, 1700000000123456);
  g_object_get (event, "name", &name, "timestamp", &timestamp, NULL);
  g_assert_cmpstr (name, ==, "STOP");
  g_assert_cmpint (timestamp, ==, 1700000000123456);
}

static const char *no_data[] = { NULL, "null", "[]", "5", "'text'", "{}" };

static void
test_no_data (void)
{
  g_test_summary ("An event without data, or with data that is no object, has an empty object and no member");

  for (unsigned i = 0; i < G_N_ELEMENTS (no_data); i++)
    {
      g_autoptr(QemuEvent) event = event_new ("X", 0, no_data[i]);
      g_autoptr(GBytes) bytes = qemu_event_get_data_bytes (event);
      JsonObject *data = qemu_event_get_data (event);
      gboolean boolean = TRUE;
      gint64 int64 = 7;
      guint64 uint64 = 7;

      g_assert_cmpuint (g_bytes_get_size (bytes), ==, no_data[i] != NULL ? strlen (no_data[i]) : 0);
      g_assert_nonnull (data);
      g_assert_cmpuint (json_object_get_size (data), ==, 0);
      g_assert_null (qemu_event_get_string (event, "a"));
      g_assert_false (qemu_event_get_int64 (event, "a", &int64));
      g_assert_false (qemu_event_get_uint64 (event, "a", &uint64));
      g_assert_false (qemu_event_get_boolean (event, "a", &boolean));
      g_assert_cmpint (int64, ==, 7);
      g_assert_cmpuint (uint64, ==, 7);
      g_assert_true (boolean);
    }
}

static void
test_data (void)
{
  g_autoptr(QemuEvent) event = event_new ("RESET", 0, "{'guest': true, 'reason': 'é\\ud83d\\ude00', 'n': -5, "
                                                      "'big': 18446744073709551615, 'deep': {'n': 1}}");
  g_autoptr(JsonObject) by_property = NULL;
  g_autofree char *reason = NULL;
  JsonObject *data = qemu_event_get_data (event);
  gboolean boolean = FALSE;
  gint64 int64 = 0;
  guint64 uint64 = 0;

  g_test_summary ("An event's members are read by kind, exactly");

  g_assert_true (qemu_event_get_boolean (event, "guest", &boolean));
  g_assert_true (boolean);
  reason = qemu_event_get_string (event, "reason");
  g_assert_cmpstr (reason, ==, "é😀");
  g_assert_true (qemu_event_get_int64 (event, "n", &int64));
  g_assert_cmpint (int64, ==, -5);
  g_assert_true (qemu_event_get_uint64 (event, "big", &uint64));
  g_assert_cmpuint (uint64, ==, G_MAXUINT64);

  g_assert_false (qemu_event_get_uint64 (event, "n", &uint64));
  g_assert_false (qemu_event_get_int64 (event, "big", &int64));
  g_assert_false (qemu_event_get_boolean (event, "n", &boolean));
  g_assert_false (qemu_event_get_int64 (event, "guest", &int64));
  g_assert_null (qemu_event_get_string (event, "guest"));
  g_assert_null (qemu_event_get_string (event, "none"));

  g_assert_cmpuint (json_object_get_size (data), ==, 5);
  g_assert_true (json_object_get_boolean_member (data, "guest"));
  g_assert_true (qemu_event_get_data (event) == data);
  g_object_get (event, "data", &by_property, NULL);
  g_assert_true (by_property == data);
}

static void
test_bytes_outlive (void)
{
  QemuEvent *event = event_new ("X", 0, "{ 'a' :  1.50 }");
  g_autoptr(GBytes) bytes = qemu_event_get_data_bytes (event);
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  g_test_summary ("The raw data is as QEMU wrote it, ends in a NUL, and outlives the event");

  g_assert_finalize_object (event);
  g_assert_cmpuint (length, ==, 15);
  g_assert_cmpstr (text, ==, "{ \"a\" :  1.50 }");
}

static void
test_lone_surrogate (void)
{
  g_autoptr(QemuEvent) event = event_new ("X", 0, "{'s': 'a\\ud800b', 'nul': 'a\\u0000b'}");
  g_autofree char *string = qemu_event_get_string (event, "s");

  g_test_summary ("A lone surrogate becomes U+FFFD; text with U+0000 is no C string, and the rest is still read");

  g_assert_cmpstr (string, ==, "a\xef\xbf\xbd" "b");
  g_assert_null (qemu_event_get_string (event, "nul"));
  g_assert_nonnull (qemu_event_get_data (event));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/event/name-and-time", test_name_and_time);
  g_test_add_func ("/event/no-data", test_no_data);
  g_test_add_func ("/event/data", test_data);
  g_test_add_func ("/event/bytes-outlive", test_bytes_outlive);
  g_test_add_func ("/event/lone-surrogate", test_lone_surrogate);

  return g_test_run ();
}
