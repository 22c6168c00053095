/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Feeds files to a fuzz target where there is no libFuzzer: fuzz-X FILE-OR-FOLDER... Prints TAP. */

#include "config.h"

#include <stdlib.h>

#include <glib.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

static unsigned n_inputs;

static void
run_file (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *data = NULL;
  g_autoptr(GError) error = NULL;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, &error))
    {
      g_print ("Bail out! %s\n", error->message);
      exit (1);
    }

  /* Said before, so that a crash can be blamed on its input. */
  g_print ("# %s\n", name);
  LLVMFuzzerTestOneInput ((const guint8 *) data, size);
  g_print ("ok %u %s\n", ++n_inputs, name);
}

static int
compare_paths (gconstpointer a,
               gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static void
run_folder (const char *path)
{
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) folder = g_dir_open (path, 0, &error);
  const char *name;

  if (folder == NULL)
    {
      g_print ("Bail out! %s\n", error->message);
      exit (1);
    }

  while ((name = g_dir_read_name (folder)) != NULL)
    g_ptr_array_add (files, g_build_filename (path, name, NULL));

  /* A folder has an order of its own on each file system. */
  g_ptr_array_sort (files, compare_paths);

  for (unsigned i = 0; i < files->len; i++)
    run_file (g_ptr_array_index (files, i));
}

int
main (int    argc,
      char **argv)
{
  for (int i = 1; i < argc; i++)
    if (g_file_test (argv[i], G_FILE_TEST_IS_DIR))
      run_folder (argv[i]);
    else
      run_file (argv[i]);

  if (n_inputs == 0)
    {
      g_print ("Bail out! No inputs\n");
      return 1;
    }

  g_print ("1..%u\n", n_inputs);
  return 0;
}
