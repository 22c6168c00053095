/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The library's own JSON reader beside json-glib, on one text. SOCKET is a file here. */

#include "config.h"

#include "bench.h"

#include <json-glib/json-glib.h>

#include "qemu-glib/qemu-json-private.h"

static char *text;
static gsize length;

static void
load (const char *path)
{
  g_autoptr(GError) error = NULL;

  g_file_get_contents (path, &text, &length, &error);
  bench_check (error);
}

static void
row_tokens (const char *path,
            unsigned    count,
            unsigned    number)
{
  g_autoptr(GError) error = NULL;
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  load (path);
  qemu_json_parse (&json, text, length, &error);
  bench_begin ();
  for (unsigned i = 0; i < count && error == NULL; i++)
    qemu_json_parse (&json, text, length, &error);
  bench_end (count);
  bench_check (error);
}

static void
row_node (const char *path,
          unsigned    count,
          unsigned    number)
{
  g_autoptr(GError) error = NULL;
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  load (path);
  bench_begin ();
  for (unsigned i = 0; i < count && qemu_json_parse (&json, text, length, &error); i++)
    json_node_unref (qemu_json_to_node (&json, 0));
  bench_end (count);
  bench_check (error);
}

static void
row_json_glib (const char *path,
               unsigned    count,
               unsigned    number)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonParser) parser = json_parser_new_immutable ();

  load (path);
  bench_begin ();
  for (unsigned i = 0; i < count && error == NULL; i++)
    json_parser_load_from_data (parser, text, length, &error);
  bench_end (count);
  bench_check (error);
}

int
main (int    argc,
      char **argv)
{
  static const BenchRow ROWS[] = {
    { "tokens", row_tokens },
    { "node", row_node },
    { "json-glib", row_json_glib },
    { NULL }
  };

  return bench_main (argc, argv, ROWS);
}
