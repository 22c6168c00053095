/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "qemu-glib/qemu-version-private.h"
#include "qemu-test.h"

static QemuVersion *
version_new (const char *quoted)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  g_autofree char *text = qemu_test_json (quoted);
  g_autoptr(GError) error = NULL;

  qemu_json_parse (&json, text, strlen (text), &error);
  g_assert_no_error (error);

  return qemu_version_new (&json, 0);
}

static void
test_version (void)
{
  g_autoptr(QemuVersion) version = version_new ("{'qemu': {'micro': 22, 'minor': 2, 'major': 7}, "
                                                "'package': 'Debian é'}");
  g_autofree char *text = qemu_version_to_string (version);
  g_autofree char *package = NULL;
  unsigned major, minor, micro;

  g_test_summary ("A version has its numbers and its package, by getters and by properties");

  g_assert_cmpuint (qemu_version_get_major (version), ==, 7);
  g_assert_cmpuint (qemu_version_get_minor (version), ==, 2);
  g_assert_cmpuint (qemu_version_get_micro (version), ==, 22);
  g_assert_cmpstr (qemu_version_get_package (version), ==, "Debian é");
  g_assert_cmpstr (text, ==, "7.2.22");
  g_object_get (version, "major", &major, "minor", &minor, "micro", &micro, "package", &package, NULL);
  g_assert_cmpuint (major, ==, 7);
  g_assert_cmpuint (minor, ==, 2);
  g_assert_cmpuint (micro, ==, 22);
  g_assert_cmpstr (package, ==, "Debian é");
}

static const struct
{
  unsigned major, minor, micro;
  gboolean at_least;
} comparisons[] = {
  { 7, 2, 22, TRUE }, { 7, 2, 21, TRUE }, { 7, 2, 23, FALSE }, { 7, 1, 99, TRUE }, { 7, 3, 0, FALSE },
  { 6, 99, 99, TRUE }, { 8, 0, 0, FALSE }, { 0, 0, 0, TRUE }, { G_MAXUINT, 0, 0, FALSE },
};

static void
test_at_least (void)
{
  g_autoptr(QemuVersion) version = version_new ("{'qemu': {'micro': 22, 'minor': 2, 'major': 7}, 'package': ''}");

  g_test_summary ("Versions are compared number by number");

  for (unsigned i = 0; i < G_N_ELEMENTS (comparisons); i++)
    g_assert_cmpint (qemu_version_at_least (version, comparisons[i].major, comparisons[i].minor, comparisons[i].micro),
                     ==, comparisons[i].at_least);
}

static const struct
{
  const char *json;
  const char *set;              /* the properties that are */
} records[] = {
  { "{'qemu': {'micro': 0, 'minor': 0, 'major': 0}, 'package': ''}", "major minor micro package" },
  { "{'qemu': {'major': 9, 'x-nano': 1}, 'x-more': []}", "major" },
  { "{'qemu': {'major': null, 'minor': -1, 'micro': 1.5}, 'package': null}", "" },
  { "{'qemu': {'major': 4294967295, 'minor': 4294967296, 'micro': 18446744073709551615}}", "major" },
  { "{'qemu': {'major': '7', 'minor': true, 'micro': []}, 'package': 7}", "" },
  { "{'qemu': null}", "" },
  { "{'qemu': [7, 2, 0]}", "" },
  { "{'package': 'a\\u0000b'}", "" },
  { "{'package': '\\ud800'}", "package" },
  { "{}", "" },
  { "[]", "" },
  { "null", "" },
};

static void
test_is_set (void)
{
  static const char * const all[] = { "major", "minor", "micro", "package" };

  g_test_summary ("What is absent, null or of another kind is not set, which is not the same as zero; nothing fails");

  for (unsigned i = 0; i < G_N_ELEMENTS (records); i++)
    {
      g_autoptr(QemuVersion) version = version_new (records[i].json);
      /* Its text is that of an object in any case. */
      g_autofree char *expected = qemu_test_json (records[i].json[0] == '{' ? records[i].json : "{}");
      g_autofree char *json = qemu_record_to_json (QEMU_RECORD (version));

      g_test_message ("%s", records[i].json);
      for (unsigned n = 0; n < G_N_ELEMENTS (all); n++)
        g_assert_cmpint (qemu_record_is_set (QEMU_RECORD (version), all[n]),
                         ==, strstr (records[i].set, all[n]) != NULL);
      g_assert_false (qemu_record_is_set (QEMU_RECORD (version), "no-such-property"));
      g_assert_cmpstr (json, ==, expected);
    }
}

static void
test_types (void)
{
  QemuVersion *version = version_new ("{}");

  g_test_summary ("A version is a record, and a record is nothing by itself");

  g_assert_true (QEMU_IS_RECORD (version));
  g_assert_true (QEMU_IS_VERSION (version));
  g_assert_true (G_TYPE_IS_ABSTRACT (QEMU_TYPE_RECORD));
  g_assert_true (G_TYPE_IS_FINAL (QEMU_TYPE_VERSION));
  g_assert_null (qemu_version_get_package (version));
  g_assert_finalize_object (version);
}

static void
test_library_version (void)
{
  g_test_summary ("The headers know which version of the library they belong to");

  g_assert_true (QEMU_GLIB_CHECK_VERSION (1, 0, 0));
  g_assert_false (QEMU_GLIB_CHECK_VERSION (99, 0, 0));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/version/version", test_version);
  g_test_add_func ("/version/at-least", test_at_least);
  g_test_add_func ("/version/is-set", test_is_set);
  g_test_add_func ("/version/types", test_types);
  g_test_add_func ("/version/library", test_library_version);

  return g_test_run ();
}
