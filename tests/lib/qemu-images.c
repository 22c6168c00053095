/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-images.h"

#include <glib/gstdio.h>

struct _QemuImages
{
  char       *folder;
  GHashTable *paths;
};

QemuImages *
qemu_images_new (void)
{
  static const char * const programs[] = { "qemu-img", "qemu-io" };
  QemuImages *self;
  g_autoptr(GError) error = NULL;

  for (unsigned i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      g_autofree char *path = g_find_program_in_path (programs[i]);
      g_autofree char *reason = g_strdup_printf ("there is no %s", programs[i]);

      if (path == NULL)
        {
          g_test_skip (reason);
          return NULL;
        }
    }

  self = g_new0 (QemuImages, 1);
  self->folder = g_dir_make_tmp ("qemu-images-XXXXXX", &error);
  g_assert_no_error (error);
  self->paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  return self;
}

void
qemu_images_free (QemuImages *self)
{
  g_autoptr(GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (self->folder);
  g_hash_table_unref (self->paths);
  g_free (self->folder);
  g_free (self);
}

const char *
qemu_images_path (QemuImages *self,
                  const char *name)
{
  char *path = g_hash_table_lookup (self->paths, name);

  if (path == NULL)
    {
      path = g_build_filename (self->folder, name, NULL);
      g_hash_table_insert (self->paths, g_strdup (name), path);
    }

  return path;
}

/* The exit status; 0 unless @may_fail. */
static int
run (const char * const *argv,
     gboolean            may_fail)
{
  g_autofree char *output = NULL, *errors = NULL;
  g_autoptr(GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &errors, &status, &error);
  g_assert_no_error (error);
  if (status != 0 && !may_fail)
    g_error ("%s: %s%s", argv[0], output, errors);

  return status;
}

void
qemu_images_create (QemuImages *self,
                    const char *name,
                    const char *format,
                    const char *backing,
                    const char *size)
{
  const char *argv[12] = { "qemu-img", "create", "-q", "-f", format };
  unsigned n = 5;

  if (backing != NULL)
    {
      argv[n++] = "-b";
      argv[n++] = qemu_images_path (self, backing);
      argv[n++] = "-F";
      argv[n++] = format;
    }
  argv[n++] = qemu_images_path (self, name);
  argv[n++] = size;
  run (argv, FALSE);
}

void
qemu_images_write (QemuImages *self,
                   const char *name,
                   const char *format,
                   unsigned    pattern,
                   const char *offset,
                   const char *length)
{
  g_autofree char *command = g_strdup_printf ("write -P %u %s %s", pattern, offset, length);
  const char *argv[] = { "qemu-io", "-f", format, "-c", command, qemu_images_path (self, name), NULL };

  run (argv, FALSE);
}

gboolean
qemu_images_equal (QemuImages *self,
                   const char *a,
                   const char *b)
{
  const char *argv[] = { "qemu-img", "compare", "-q", qemu_images_path (self, a), qemu_images_path (self, b), NULL };

  return run (argv, TRUE) == 0;
}
