/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A QEMU, or who stands in for one, that means harm. SECURITY.md has the list of what it could want, and names these
 * tests beside those of the other programs.
 */

#include "config.h"

#include "qemu-play.h"

#include <pthread.h>
#include <string.h>

/* ---------------------------------------------------------------- a domain whose QEMU says what the test likes */

static char *
answer_cb (QemuTestMonitor  *monitor,
           QemuCommand      *command,
           gpointer          user_data,
           GError          **error)
{
  GHashTable *answers = user_data;
  const char *answer = g_hash_table_lookup (answers, qemu_command_get_name (command));

  return g_strdup (answer != NULL ? answer : "{}");
}

/* Takes @answer. */
static void
set_answer (GHashTable *answers,
            const char *command,
            char       *answer)
{
  g_hash_table_insert (answers, (gpointer) command, answer);
}

/* @answers: for each command, what it returns; looked at each time. */
static QemuDomain *
domain_open (GHashTable *answers)
{
  g_autoptr(QemuMonitor) monitor = qemu_test_monitor_new (answer_cb, answers, NULL);
  QemuDomain *domain = qemu_domain_new (monitor, "vm1");
  g_autoptr(GError) error = NULL;

  set_answer (answers, "query-status", g_strdup ("{\"status\": \"running\", \"running\": true}"));
  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);

  return domain;
}

static GHashTable *
answers_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
}

/* ---------------------------------------------------------------- growth */

/* @n objects, each in the member @path of the one before, which is as long as one step or two. */
static char *
make_nest (unsigned    n,
           const char *begin,
           const char *inside,
           const char *end)
{
  GString *nest = g_string_new (NULL);

  for (unsigned i = 0; i < n; i++)
    g_string_append (nest, begin);
  g_string_append (nest, inside);
  for (unsigned i = 0; i < n; i++)
    g_string_append (nest, end);

  return g_string_free (nest, FALSE);
}

typedef GListModel *(*ListFunc) (QemuDomain    *domain,
                                 GCancellable  *cancellable,
                                 GError       **error);

static const struct
{
  const char *name;
  const char *command;
  ListFunc    list;
  const char *before;
  const char *begin;
  const char *end;
  const char *after;
  unsigned    depth;
} nests[] = {
  { "images", "query-block", qemu_domain_list_block_devices,
    "[{\"device\":\"d\",\"inserted\":{\"image\":", "{\"backing-image\":", "}", "}}]", 1000 },
  { "stats", "query-blockstats", qemu_domain_list_block_stats, "[", "{\"backing\":", "}", "]", 1000 },
  { "bridges", "query-pci", qemu_domain_list_pci_devices,
    "[{\"devices\":[", "{\"pci_bridge\":{\"devices\":[", "]}}", "]}]", 330 },
};

typedef struct
{
  QemuDomain *domain;
  ListFunc    list;
  gsize       grown_kib;
} Listing;

static gpointer
list_thread (gpointer data)
{
  Listing *listing = data;
  gsize before = qemu_test_get_heap_kib ();
  g_autoptr(GError) error = NULL;
  g_autoptr(GListModel) list = listing->list (listing->domain, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (list), >=, 1);
  listing->grown_kib = qemu_test_get_heap_kib () - before;

  return NULL;
}

/* What recurses by the peer's word must not need the stack of a main thread. (A sanitizer's frames are larger.) */
static void
run_with_small_stack (void *(*func) (void *),
                      gpointer data)
{
  gsize size = (qemu_test_get_heap_kib () > 0 ? 512 : 4096) * 1024;
  pthread_attr_t attributes;
  pthread_t thread;

  g_assert_cmpint (pthread_attr_init (&attributes), ==, 0);
  g_assert_cmpint (pthread_attr_setstacksize (&attributes, size), ==, 0);
  g_assert_cmpint (pthread_create (&thread, &attributes, func, data), ==, 0);
  g_assert_cmpint (pthread_join (thread, NULL), ==, 0);
  pthread_attr_destroy (&attributes);
}

static void
test_nested (gconstpointer data)
{
  unsigned i = GPOINTER_TO_UINT (data);
  g_autofree char *filename = g_strnfill (1 << 20, 'x');
  g_autofree char *inside = g_strdup_printf ("{\"filename\":\"%s\"}", filename);
  g_autofree char *nest = make_nest (nests[i].depth, nests[i].begin, inside, nests[i].end);
  g_autoptr(GHashTable) answers = answers_new ();
  Listing listing = { .list = nests[i].list };

  g_test_summary ("What is deep inside is kept once, not once for each level, and needs no deep stack");

  set_answer (answers, nests[i].command, g_strconcat (nests[i].before, nest, nests[i].after, NULL));
  listing.domain = domain_open (answers);
  run_with_small_stack (list_thread, &listing);
  g_assert_cmpuint (listing.grown_kib, <, 8 * 1024);
  qemu_test_drop (listing.domain);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (unsigned i = 0; i < G_N_ELEMENTS (nests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/hostile/nested/%s", nests[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_nested);
    }

  return g_test_run ();
}
