/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Backs up a disk of a running machine: backup SOCKET DISK FILE
 *
 * The file gets its name when the copy is complete. Until then, and if it never is, it is called FILE.partial.
 */

#include <errno.h>
#include <locale.h>

#include <glib/gstdio.h>
#include <qemu-glib/qemu-glib.h>

static gboolean
back_up (QemuDomain  *vm,
         const char  *name,
         const char  *path,
         GError     **error)
{
  g_autofree char *partial = g_strconcat (path, ".partial", NULL);
  g_autoptr(QemuBlockDevice) disk = NULL;
  g_autoptr(QemuBlockJob) job = NULL;

  if (!qemu_domain_open (vm, NULL, error) ||
      !(disk = qemu_domain_find_block_device (vm, name, NULL, error)) ||
      !(job = qemu_block_device_backup (disk, partial, "qcow2", NULL, NULL, error)) ||
      !qemu_job_wait (QEMU_JOB (job), NULL, error))
    return FALSE;

  if (g_rename (partial, path) != 0)
    {
      g_set_error_literal (error, G_FILE_ERROR, g_file_error_from_errno (errno), g_strerror (errno));
      return FALSE;
    }

  return TRUE;
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuDomain) vm = NULL;
  g_autofree char *path = NULL;

  setlocale (LC_ALL, "");

  if (argc != 4)
    {
      g_printerr ("backup SOCKET DISK FILE\n");
      return 2;
    }

  path = g_canonicalize_filename (argv[3], NULL);
  vm = qemu_domain_new_for_uri (argv[1], &error);
  if (vm == NULL || !back_up (vm, argv[2], path, &error))
    {
      g_printerr ("backup: there is no new %s: %s\n", path, error->message);
      return 1;
    }
  g_print ("%s\n", path);

  return 0;
}
