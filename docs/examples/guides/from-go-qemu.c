/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What programs do with go-qemu, done with this library: from-go-qemu SOCKET FOLDER QEMU [ARGUMENT...] */

#include <fcntl.h>
#include <qemu-glib/qemu-glib.h>

static gboolean
ask (QemuDomain  *vm,
     GError     **error)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("query-memory-size-summary");
  g_autoptr(JsonNode) memory = qemu_domain_run (vm, command, NULL, error);

  if (memory == NULL)
    return FALSE;
  g_print ("memory %" G_GINT64_FORMAT "\n", json_object_get_int_member (json_node_get_object (memory), "base-memory"));

  return TRUE;
}

static gboolean
ask_with_a_file (QemuDomain  *vm,
                 const char  *path,
                 GError     **error)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("getfd");
  g_autoptr(JsonNode) nothing = NULL;
  int fd = open (path, O_RDONLY);
  gboolean attached;

  qemu_command_set_string (command, "fdname", "disk");
  attached = qemu_command_attach_fd (command, fd, error);
  close (fd);
  if (attached)
    nothing = qemu_domain_run (vm, command, NULL, error);

  return nothing != NULL;
}

static gboolean
show_what_it_is (QemuDomain  *vm,
                 GError     **error)
{
  g_auto(GStrv) commands = qemu_domain_list_commands (vm, NULL, error);
  QemuVersion *version = qemu_domain_get_version (vm);
  gboolean can_save;

  if (commands == NULL)
    return FALSE;
  can_save = qemu_domain_supports_command (vm, "snapshot-save", NULL, NULL);
  g_print ("more than 100 commands: %d, snapshot-save: %d\n", g_strv_length (commands) > 100, can_save);
  g_print ("version %u.%u, as it was greeted with\n", qemu_version_get_major (version), qemu_version_get_minor (version));
  g_print ("status %s, running %d\n", qemu_domain_get_status_name (vm), qemu_domain_get_running (vm));

  return TRUE;
}

static void
on_stop (QemuDomain *vm,
         QemuEvent  *event,
         GMainLoop  *loop)
{
  g_print ("event %s, at a time: %d\n", qemu_event_get_name (event), qemu_event_get_timestamp (event) > 0);
  g_main_loop_quit (loop);
}

static gboolean
wait_for_an_event (QemuDomain  *vm,
                   GError     **error)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_signal_connect (vm, "event::STOP", G_CALLBACK (on_stop), loop);
  if (!qemu_domain_cont (vm, NULL, error) || !qemu_domain_stop (vm, NULL, error))
    return FALSE;
  g_main_loop_run (loop);

  return TRUE;
}

static gboolean
show_disks (QemuDomain  *vm,
            GError     **error)
{
  g_autoptr(GListModel) disks = qemu_domain_list_block_devices (vm, NULL, error);
  g_autoptr(QemuBlockDevice) found = NULL;
  g_autoptr(GListModel) all_stats = NULL;

  for (unsigned i = 0; disks != NULL && i < g_list_model_get_n_items (disks); i++)
    {
      g_autoptr(QemuBlockDevice) disk = g_list_model_get_item (disks, i);
      QemuImage *image = qemu_block_device_get_image (disk);

      if (image != NULL)
        g_print ("disk %s: %s, %" G_GUINT64_FORMAT " bytes, on %s\n", qemu_block_device_get_device (disk),
                 qemu_image_get_format (image), qemu_image_get_virtual_size (image),
                 qemu_image_get_backing_filename_format (image));
    }

  found = qemu_domain_find_block_device (vm, "no-such-disk", NULL, error);
  if (!g_error_matches (*error, QEMU_ERROR, QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND))
    return FALSE;
  g_clear_error (error);

  all_stats = qemu_domain_list_block_stats (vm, NULL, error);
  for (unsigned i = 0; all_stats != NULL && i < g_list_model_get_n_items (all_stats); i++)
    {
      g_autoptr(QemuBlockStats) stats = g_list_model_get_item (all_stats, i);

      g_print ("%s has written %" G_GUINT64_FORMAT " bytes\n", qemu_block_stats_get_device (stats),
               qemu_block_stats_get_write_bytes (stats));
    }

  return all_stats != NULL;
}

static gboolean
show_hardware (QemuDomain  *vm,
               GError     **error)
{
  g_autoptr(GListModel) cpus = qemu_domain_list_cpus (vm, QEMU_CPU_QUERY_REGISTERS, NULL, error);
  g_autoptr(GListModel) devices = NULL;

  for (unsigned i = 0; cpus != NULL && i < g_list_model_get_n_items (cpus); i++)
    {
      g_autoptr(QemuCpu) cpu = g_list_model_get_item (cpus, i);

      g_print ("cpu %u at %" G_GINT64_MODIFIER "x\n", qemu_cpu_get_index (cpu), qemu_cpu_get_pc (cpu));
    }

  devices = cpus != NULL ? qemu_domain_list_pci_devices (vm, NULL, error) : NULL;
  for (unsigned i = 0; devices != NULL && i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr(QemuPciDevice) device = g_list_model_get_item (devices, i);

      g_print ("pci %u:%u.%u %s\n", qemu_pci_device_get_bus (device), qemu_pci_device_get_slot (device),
               qemu_pci_device_get_function (device), qemu_pci_device_get_class_description (device));
    }

  return devices != NULL;
}

static gboolean
save_the_screen (QemuDomain  *vm,
                 const char  *path,
                 GError     **error)
{
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GFileOutputStream) output = g_file_replace (file, NULL, FALSE, G_FILE_CREATE_NONE, NULL, error);
  g_autoptr(GInputStream) picture = NULL;

  if (output == NULL)
    return FALSE;
  picture = qemu_domain_screen_dump (vm, NULL, 0, QEMU_SCREEN_PPM, NULL, error);

  return picture != NULL &&
         g_output_stream_splice (G_OUTPUT_STREAM (output), picture, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, error) > 0;
}

static gboolean
snapshot_and_commit (QemuDomain  *vm,
                     const char  *overlay,
                     GError     **error)
{
  g_autoptr(QemuBlockDevice) disk = qemu_domain_find_block_device (vm, "disk", NULL, error);
  g_autoptr(QemuBlockJob) job = NULL;

  if (disk == NULL || !qemu_block_device_snapshot (disk, overlay, NULL, NULL, NULL, NULL, error))
    return FALSE;

  job = qemu_block_device_commit (disk, NULL, NULL, NULL, NULL, error);

  return job != NULL && qemu_job_complete (QEMU_JOB (job), NULL, error);
}

static gboolean
mirror (QemuDomain  *vm,
        const char  *copy,
        GError     **error)
{
  g_autoptr(QemuBlockDevice) disk = qemu_domain_find_block_device (vm, "disk", NULL, error);
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GListModel) jobs = NULL;

  if (disk == NULL || (job = qemu_block_device_mirror (disk, copy, "raw", NULL, NULL, error)) == NULL ||
      !qemu_job_wait_ready (QEMU_JOB (job), NULL, error))
    return FALSE;

  jobs = qemu_domain_list_block_jobs (vm, NULL, error);
  if (jobs == NULL || !qemu_block_job_stop (job, NULL, error))
    return FALSE;
  g_print ("jobs: %u, of which the mirror has been stopped: %d\n", g_list_model_get_n_items (jobs),
           qemu_job_get_result (QEMU_JOB (job)) == QEMU_JOB_RESULT_STOPPED);

  return TRUE;
}

/* A QEMU that comes to us. */
static gboolean
be_called (const char  *path,
           char       **argv,
           GError     **error)
{
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_listening (address);
  g_autoptr(QemuDomain) vm = qemu_domain_new (monitor, "caller");
  g_autoptr(GSubprocess) qemu = NULL;

  if (!qemu_socket_monitor_listen (QEMU_SOCKET_MONITOR (monitor), error))
    return FALSE;
  qemu = g_subprocess_newv ((const char * const *) argv, G_SUBPROCESS_FLAGS_NONE, error);
  if (qemu == NULL || !qemu_domain_open (vm, NULL, error))
    return FALSE;
  g_print ("%s is %s\n", qemu_domain_get_name (vm), qemu_domain_get_status_name (vm));

  return qemu_domain_quit (vm, NULL, error) && g_subprocess_wait (qemu, NULL, error);
}

/* A QEMU that is a function, for tests. */
static char *
answer (QemuTestMonitor  *monitor,
        QemuCommand      *command,
        gpointer          user_data,
        GError          **error)
{
  if (g_str_equal (qemu_command_get_name (command), "system_powerdown"))
    return g_strdup ("{}");

  g_set_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC, "I am no real QEMU");
  return NULL;
}

static gboolean
imagine_one (GError **error)
{
  g_autoptr(QemuMonitor) monitor = qemu_test_monitor_new (answer, NULL, NULL);
  g_autoptr(QemuDomain) vm = qemu_domain_new (monitor, "imagined");

  if (!qemu_domain_open (vm, NULL, error) || !qemu_domain_system_powerdown (vm, NULL, error))
    return FALSE;
  if (!qemu_domain_system_reset (vm, NULL, error) && g_error_matches (*error, QEMU_ERROR, QEMU_ERROR_GENERIC))
    {
      g_print ("%s\n", (*error)->message);
      g_clear_error (error);
    }

  return *error == NULL;
}

static gboolean
do_all (const char  *uri,
        const char  *folder,
        char       **argv,
        GError     **error)
{
  g_autoptr(QemuDomain) vm = qemu_domain_new_for_uri (uri, error);
  g_autofree char *screen = g_build_filename (folder, "screen.ppm", NULL);
  g_autofree char *overlay = g_build_filename (folder, "overlay.qcow2", NULL);
  g_autofree char *copy = g_build_filename (folder, "copy.raw", NULL);
  g_autofree char *path = g_build_filename (folder, "caller.sock", NULL);

  if (vm == NULL || !qemu_domain_open (vm, NULL, error))
    return FALSE;

  return ask (vm, error) &&
         ask_with_a_file (vm, "/dev/null", error) &&
         show_what_it_is (vm, error) &&
         wait_for_an_event (vm, error) &&
         show_disks (vm, error) &&
         show_hardware (vm, error) &&
         save_the_screen (vm, screen, error) &&
         snapshot_and_commit (vm, overlay, error) &&
         mirror (vm, copy, error) &&
         qemu_domain_system_reset (vm, NULL, error) &&
         qemu_domain_system_powerdown (vm, NULL, error) &&
         qemu_domain_close (vm, NULL, error) &&
         be_called (path, argv, error) &&
         imagine_one (error);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GError) error = NULL;

  if (!do_all (argv[1], argv[2], argv + 3, &error))
    {
      g_printerr ("from-go-qemu: %s\n", error->message);
      return 1;
    }

  return 0;
}
