/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is behind a machine of libvirt's: from-libvirt-glib LIBVIRT-URI MACHINE PICTURE */

#include <qemu-glib/libvirt/qemu-libvirt.h>

static gboolean
list_machines (const char  *uri,
               GError     **error)
{
  g_auto(GStrv) names = qemu_libvirt_list_domains (uri, NULL, error);

  for (unsigned i = 0; names != NULL && names[i] != NULL; i++)
    g_print ("machine %s\n", names[i]);

  return names != NULL;
}

static QemuDomain *
open_machine (const char  *uri,
              const char  *name,
              GError     **error)
{
  g_autoptr(QemuMonitor) monitor = qemu_libvirt_monitor_new (uri, name);
  g_autoptr(QemuDomain) vm = qemu_domain_new (monitor, name);

  if (!qemu_domain_open (vm, NULL, error))
    return NULL;

  g_print ("%s is %s\n", qemu_domain_get_name (vm), qemu_domain_get_status_name (vm));

  return g_steal_pointer (&vm);
}

static void
on_status (QemuDomain *vm,
           GParamSpec *pspec,
           GMainLoop  *loop)
{
  g_print ("now it is %s\n", qemu_domain_get_status_name (vm));
  if (qemu_domain_get_status (vm) == QEMU_STATUS_PAUSED)
    g_main_loop_quit (loop);
}

static void
on_event (QemuDomain *vm,
          QemuEvent  *event,
          gpointer    user_data)
{
  g_print ("event %s\n", qemu_event_get_name (event));
}

static gboolean
watch (QemuDomain  *vm,
       GError     **error)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_signal_connect (vm, "event", G_CALLBACK (on_event), NULL);
  g_signal_connect (vm, "notify::status", G_CALLBACK (on_status), loop);
  if (!qemu_domain_cont (vm, NULL, error) || !qemu_domain_stop (vm, NULL, error))
    return FALSE;
  g_main_loop_run (loop);

  return TRUE;
}

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
show_disks (QemuDomain  *vm,
            GError     **error)
{
  g_autoptr(GListModel) all_stats = qemu_domain_list_block_stats (vm, NULL, error);

  for (unsigned i = 0; all_stats != NULL && i < g_list_model_get_n_items (all_stats); i++)
    {
      g_autoptr(QemuBlockStats) stats = g_list_model_get_item (all_stats, i);

      g_print ("%" G_GUINT64_FORMAT " bytes written\n", qemu_block_stats_get_write_bytes (stats));
    }

  return all_stats != NULL;
}

static gboolean
save_the_screen (QemuDomain  *vm,
                 const char  *path,
                 GError     **error)
{
  g_autoptr(GInputStream) picture = qemu_domain_screen_dump (vm, NULL, 0, QEMU_SCREEN_PNG, NULL, error);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  g_autoptr(GFileOutputStream) output = NULL;

  if (picture == NULL)
    return FALSE;
  output = g_file_replace (file, NULL, FALSE, G_FILE_CREATE_NONE, NULL, error);

  return output != NULL &&
         g_output_stream_splice (G_OUTPUT_STREAM (output), picture, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, error) > 0;
}

static gboolean
do_all (char   **arguments,
        GError **error)
{
  g_autoptr(QemuDomain) vm = NULL;

  if (!list_machines (arguments[1], error))
    return FALSE;
  vm = open_machine (arguments[1], arguments[2], error);

  return vm != NULL && watch (vm, error) && ask (vm, error) && show_disks (vm, error) &&
         save_the_screen (vm, arguments[3], error) && qemu_domain_close (vm, NULL, error);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GError) error = NULL;

  if (!do_all (argv, &error))
    {
      g_printerr ("from-libvirt-glib: %s\n", error->message);
      return 1;
    }

  return 0;
}
