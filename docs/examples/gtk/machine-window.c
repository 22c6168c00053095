/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "machine-window.h"

#include "disk-row.h"
#include "event-row.h"
#include "job-row.h"
#include "machine-screen.h"

/* How often to ask for the statistics of the disks, while the window can be seen. */
#define STATISTICS_SECONDS 2
/* How long a guest may take to shut down, before its QEMU is told to end. */
#define SHUTDOWN_MS 10000
#define MAX_EVENTS 500

struct _MachineWindow
{
  GtkApplicationWindow  parent_instance;

  QemuDomain           *vm;             /* NULL: one is to be chosen */
  QemuProcess          *process;        /* NULL: somebody else has started the QEMU */
  GSignalGroup         *signals;        /* of the domain */
  GCancellable         *cancellable;    /* of all that we wait for */
  gboolean              busy;           /* connecting, starting, or shutting down */
  gboolean              shut_down;      /* the guest, or somebody, has ended QEMU on purpose */
  gboolean              closing;        /* the window goes when QEMU has gone */
  unsigned              statistics_id;
  gboolean              asking;         /* for the statistics */
  GtkFileChooserNative *chooser;        /* while it is shown */

  GtkWidget            *banner_box;
  GtkRevealer          *banner;
  GtkEditable          *command_line;
  GtkListBox           *disks;
  GListStore           *events;
  GtkListBox           *jobs;
  GtkScrollable        *log;
  GtkLabel             *message;
  GtkEditable          *uri;
};

typedef enum
{
  PROP_VM = 1,
  PROP_BUSY
} MachineWindowProperty;

static GParamSpec *properties[PROP_BUSY + 1];

G_DEFINE_FINAL_TYPE (MachineWindow, machine_window, GTK_TYPE_APPLICATION_WINDOW)

/* ---------------------------------------------------------------- for machine-window.ui */

static char *
page_name (MachineWindow *self,
           QemuDomain    *vm)
{
  return g_strdup (vm != NULL ? "machine" : "start");
}

static gboolean
is_set (MachineWindow *self,
        QemuDomain    *vm)
{
  return vm != NULL;
}

static gboolean
is_not (MachineWindow *self,
        gboolean       value)
{
  return !value;
}

static gboolean
has_text (MachineWindow *self,
          const char    *text)
{
  return text != NULL && *text != '\0';
}

static gboolean
is_open (MachineWindow    *self,
         QemuMonitorState  state)
{
  return state == QEMU_MONITOR_STATE_OPEN;
}

static gboolean
can_resume (MachineWindow *self,
            QemuStatus     status)
{
  return status == QEMU_STATUS_DEBUG || status == QEMU_STATUS_IO_ERROR || status == QEMU_STATUS_PAUSED ||
         status == QEMU_STATUS_POSTMIGRATE || status == QEMU_STATUS_PRELAUNCH || status == QEMU_STATUS_SUSPENDED ||
         status == QEMU_STATUS_WATCHDOG;
}

static char *
name_text (MachineWindow *self,
           const char    *name)
{
  return g_strdup (name != NULL ? name : "Machine");
}

static char *
status_text (MachineWindow *self,
             const char    *status)
{
  static const struct { const char *status, *text; } texts[] = {
    { "debug", "Stopped by the debugger" },
    { "finish-migrate", "Migrating" },
    { "guest-panicked", "Crashed" },
    { "inmigrate", "Waiting for a migration" },
    { "internal-error", "Stopped by an error of QEMU" },
    { "io-error", "Stopped by an error of a disk" },
    { "paused", "Paused" },
    { "postmigrate", "Migrated" },
    { "prelaunch", "Not started" },
    { "restore-vm", "Restoring a snapshot" },
    { "running", "Running" },
    { "save-vm", "Saving a snapshot" },
    { "shutdown", "Shut down" },
    { "suspended", "Asleep" },
    { "watchdog", "Stopped by the watchdog" },
  };

  if (status == NULL)
    return g_strdup ("Not connected");

  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    if (strcmp (texts[i].status, status) == 0)
      return g_strdup (texts[i].text);

  return g_strdup (status);
}

static char *
subtitle_text (MachineWindow *self,
               const char    *status,
               QemuVersion   *version)
{
  g_autofree char *text = status_text (self, status);
  g_autofree char *number = version != NULL ? qemu_version_to_string (version) : NULL;

  return number != NULL ? g_strdup_printf ("%s — QEMU %s", text, number) : g_steal_pointer (&text);
}

/* ---------------------------------------------------------------- the banner */

static G_GNUC_PRINTF (3, 4) void
show_message (MachineWindow *self,
              gboolean       is_error,
              const char    *format,
              ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  gtk_label_set_label (self->message, g_strstrip (text));
  if (is_error)
    gtk_widget_add_css_class (self->banner_box, "error");
  else
    gtk_widget_remove_css_class (self->banner_box, "error");
  gtk_revealer_set_reveal_child (self->banner, TRUE);
}

/* What was cancelled, we have cancelled ourselves: there is nothing to tell, and perhaps no window any more. */
static void
show_error (MachineWindow *self,
            GError        *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    show_message (self, TRUE, "%s", error->message);
}

/* The action win.show-error, by which the rows of the lists tell of theirs. */
static void
show_error_action (GtkWidget  *widget,
                   const char *action_name,
                   GVariant   *message)
{
  show_message (MACHINE_WINDOW (widget), TRUE, "%s", g_variant_get_string (message, NULL));
}

static void
close_banner_cb (MachineWindow *self)
{
  gtk_revealer_set_reveal_child (self->banner, FALSE);
}

/* ---------------------------------------------------------------- the controls */

typedef struct
{
  const char *button;
  void     (*call)   (QemuDomain *, GCancellable *, GAsyncReadyCallback, gpointer);
  gboolean (*finish) (QemuDomain *, GAsyncResult *, GError **);
} Control;

static const Control controls[] = {
  { "resume", qemu_domain_cont_async, qemu_domain_cont_finish },
  { "pause", qemu_domain_stop_async, qemu_domain_stop_finish },
  { "reset", qemu_domain_system_reset_async, qemu_domain_system_reset_finish },
  { "power-down", qemu_domain_system_powerdown_async, qemu_domain_system_powerdown_finish },
};

/* A guest that sleeps is not resumed, but woken. */
static const Control wakeup = { "resume", qemu_domain_system_wakeup_async, qemu_domain_system_wakeup_finish };

typedef struct
{
  MachineWindow *window;
  const Control *control;
} Call;

static void
controlled_cb (GObject      *vm,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autofree Call *call = user_data;
  g_autoptr(MachineWindow) self = call->window;
  g_autoptr(GError) error = NULL;

  /* Where it was obeyed, the properties of the domain say so, and the buttons follow them. */
  if (!call->control->finish (QEMU_DOMAIN (vm), result, &error))
    show_error (self, error);
}

static void
control_cb (GtkWidget     *button,
            MachineWindow *self)
{
  const char *name = gtk_widget_get_name (button);
  Call *call = g_new0 (Call, 1);

  for (unsigned i = 0; i < G_N_ELEMENTS (controls); i++)
    if (strcmp (controls[i].button, name) == 0)
      call->control = &controls[i];
  if (strcmp (name, wakeup.button) == 0 && qemu_domain_get_status (self->vm) == QEMU_STATUS_SUSPENDED)
    call->control = &wakeup;
  call->window = g_object_ref (self);
  call->control->call (self->vm, self->cancellable, controlled_cb, call);
}

/* ---------------------------------------------------------------- what a machine has, and what happens to it */

static void
event_cb (MachineWindow *self,
          QemuEvent     *event)
{
  gboolean is_at_top = gtk_adjustment_get_value (gtk_scrollable_get_vadjustment (self->log)) == 0;

  /* The latest is at the top, and in sight, except for somebody who has scrolled down to read. A list keeps in sight
   * what was there before. */
  g_list_store_insert (self->events, 0, event);
  if (is_at_top)
    gtk_widget_activate_action (GTK_WIDGET (self->log), "list.scroll-to-item", "u", 0);
  if (g_list_model_get_n_items (G_LIST_MODEL (self->events)) > MAX_EVENTS)
    g_list_store_remove (self->events, MAX_EVENTS);
  if (strcmp (qemu_event_get_name (event), "SHUTDOWN") == 0)
    self->shut_down = TRUE;
}

static void
closed_cb (MachineWindow *self,
           const GError  *error)
{
  if (self->busy || error == NULL)
    return;
  if (self->shut_down)
    show_message (self, FALSE, "The machine has shut down.");
  else
    show_message (self, TRUE, "The connection is lost: %s", error->message);
}

static void
exited_cb (MachineWindow *self,
           int            exit_status,
           QemuProcess   *process)
{
  g_autofree char *output = qemu_process_get_error_output (process);

  if (!self->busy && !self->shut_down && process == self->process)
    show_message (self, TRUE, "QEMU has ended with exit status %d. %s", exit_status, output);
}

static void
job_result_cb (MachineWindow *self,
               GParamSpec    *pspec,
               QemuJob       *job)
{
  const char *reason = qemu_job_get_error_message (job);

  if (qemu_job_get_result (job) == QEMU_JOB_RESULT_FAILED)
    show_message (self, TRUE, "The job “%s” has failed: %s", qemu_job_get_id (job), reason != NULL ? reason : "");
}

static GtkWidget *
create_job_row (gpointer item,
                gpointer user_data)
{
  g_signal_connect_object (item, "notify::result", G_CALLBACK (job_result_cb), user_data, G_CONNECT_SWAPPED);
  /* It may have failed before it is heard of. */
  job_result_cb (user_data, NULL, item);

  return job_row_new (QEMU_JOB (item));
}

static GtkWidget *
create_disk_row (gpointer item,
                 gpointer user_data)
{
  return disk_row_new (QEMU_BLOCK_DEVICE (item));
}

static void
show_statistics (MachineWindow *self,
                 GListModel    *statistics)
{
  GtkListBoxRow *row;

  for (unsigned i = 0; (row = gtk_list_box_get_row_at_index (self->disks, i)) != NULL; i++)
    for (unsigned j = 0; j < g_list_model_get_n_items (statistics); j++)
      {
        QemuBlockDevice *disk = disk_row_get_disk (DISK_ROW (row));
        g_autoptr(QemuBlockStats) stats = g_list_model_get_item (statistics, j);

        if (g_strcmp0 (qemu_block_device_get_qdev (disk), qemu_block_stats_get_qdev (stats)) == 0 &&
            g_strcmp0 (qemu_block_device_get_device (disk), qemu_block_stats_get_device (stats)) == 0)
          disk_row_set_stats (DISK_ROW (row), stats);
      }
}

static void
statistics_cb (GObject      *vm,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(MachineWindow) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GListModel) statistics = qemu_domain_list_block_stats_finish (QEMU_DOMAIN (vm), result, &error);

  self->asking = FALSE;
  /* Why not, is told by what ends the connection. */
  if (statistics != NULL && QEMU_DOMAIN (vm) == self->vm)
    show_statistics (self, statistics);
}

/* One question at a time: a QEMU that does not answer gets no queue of them. */
static gboolean
ask_for_statistics (gpointer user_data)
{
  MachineWindow *self = user_data;

  if (self->vm != NULL && !self->asking && qemu_domain_get_state (self->vm) == QEMU_MONITOR_STATE_OPEN)
    {
      self->asking = TRUE;
      qemu_domain_list_block_stats_async (self->vm, self->cancellable, statistics_cb, g_object_ref (self));
    }

  return G_SOURCE_CONTINUE;
}

/* ---------------------------------------------------------------- from one machine to the next */

static void
machine_window_set_busy (MachineWindow *self,
                         gboolean       busy)
{
  if (self->busy == busy)
    return;

  self->busy = busy;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

/* What was being waited for need not come any more. */
static void
forget_calls (MachineWindow *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
}

static void
machine_window_set_machine (MachineWindow *self,
                            QemuDomain    *vm,
                            QemuProcess   *process)
{
  forget_calls (self);
  machine_window_set_busy (self, FALSE);
  self->shut_down = FALSE;
  g_set_object (&self->process, process);
  if (process != NULL)
    g_signal_connect_object (process, "exited", G_CALLBACK (exited_cb), self, G_CONNECT_SWAPPED);
  g_set_object (&self->vm, vm);
  g_signal_group_set_target (self->signals, vm);
  g_list_store_remove_all (self->events);
  gtk_list_box_bind_model (self->disks, vm != NULL ? qemu_domain_get_block_devices (vm) : NULL,
                           create_disk_row, self, NULL);
  gtk_list_box_bind_model (self->jobs, vm != NULL ? qemu_domain_get_jobs (vm) : NULL,
                           create_job_row, self, NULL);
  gtk_window_set_title (GTK_WINDOW (self), vm != NULL ? qemu_domain_get_name (vm) : "Machine");
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VM]);
  ask_for_statistics (self);
  if (vm == NULL)
    gtk_widget_grab_focus (GTK_WIDGET (self->uri));
}

static void
begin (MachineWindow *self)
{
  forget_calls (self);
  /* What cannot be used while it lasts must not have the focus either. */
  gtk_window_set_focus (GTK_WINDOW (self), NULL);
  close_banner_cb (self);
  machine_window_set_busy (self, TRUE);
}

static void
cancel_cb (MachineWindow *self)
{
  forget_calls (self);
  self->closing = FALSE;
  close_banner_cb (self);
  machine_window_set_busy (self, FALSE);
}

static void
opened_cb (GObject      *vm,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(MachineWindow) self = user_data;
  g_autoptr(GError) error = NULL;

  if (qemu_domain_open_finish (QEMU_DOMAIN (vm), result, &error))
    machine_window_set_machine (self, QEMU_DOMAIN (vm), NULL);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      machine_window_set_busy (self, FALSE);
      show_error (self, error);
    }
}

void
machine_window_open (MachineWindow *self,
                     const char    *uri)
{
  g_autoptr(QemuDomain) vm = NULL;
  g_autoptr(GError) error = NULL;

  gtk_editable_set_text (self->uri, uri);
  vm = qemu_domain_new_for_uri (uri, &error);
  if (vm == NULL)
    {
      show_error (self, error);
      return;
    }

  begin (self);
  qemu_domain_open_async (vm, self->cancellable, opened_cb, g_object_ref (self));
}

static void
spawned_cb (GObject      *process,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(MachineWindow) self = user_data;
  g_autoptr(GError) error = NULL;

  if (qemu_process_spawn_finish (QEMU_PROCESS (process), result, &error))
    machine_window_set_machine (self, qemu_process_get_domain (QEMU_PROCESS (process)), QEMU_PROCESS (process));
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      machine_window_set_busy (self, FALSE);
      show_error (self, error);
    }
}

void
machine_window_start (MachineWindow *self,
                      const char    *command_line)
{
  g_autoptr(QemuProcess) process = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) argv = NULL;

  gtk_editable_set_text (self->command_line, command_line);
  if (!g_shell_parse_argv (command_line, NULL, &argv, &error))
    {
      show_error (self, error);
      return;
    }

  begin (self);
  process = qemu_process_new ((const char * const *) argv);
  qemu_process_spawn_async (process, self->cancellable, spawned_cb, g_object_ref (self));
}

static void
connect_cb (MachineWindow *self)
{
  g_autofree char *uri = g_strdup (gtk_editable_get_text (self->uri));

  if (*uri != '\0')
    machine_window_open (self, uri);
}

static void
start_cb (MachineWindow *self)
{
  g_autofree char *command_line = g_strdup (gtk_editable_get_text (self->command_line));

  if (*command_line != '\0')
    machine_window_start (self, command_line);
}

static void
chosen_cb (MachineWindow   *self,
           GtkResponseType  response,
           GtkNativeDialog *dialog)
{
  g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  const char *path = file != NULL ? g_file_peek_path (file) : NULL;

  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    {
      /* In a list of options, a comma is written twice. */
      g_autoptr(GString) option = g_string_new (path);
      g_autofree char *quoted = NULL, *command_line = NULL;

      g_string_replace (option, ",", ",,", 0);
      g_string_prepend (option, "file=");
      if (g_str_has_suffix (option->str, ".iso"))
        g_string_append (option, ",media=cdrom");
      quoted = g_shell_quote (option->str);
      command_line = g_strdup_printf ("%s -drive %s", gtk_editable_get_text (self->command_line), quoted);
      gtk_editable_set_text (self->command_line, command_line);
    }
  g_clear_object (&self->chooser);
}

static void
choose_image_cb (MachineWindow *self)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new ("Add a Disk Image", GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_OPEN,
                                               "_Add", "_Cancel");
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chosen_cb), self, G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* ---------------------------------------------------------------- the end of it */

static void
ended_cb (GObject      *process,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(MachineWindow) self = user_data;
  g_autoptr(GError) error = NULL;

  /* Somebody has cancelled it and wants to go on, or the window has gone. */
  if (!qemu_process_shutdown_finish (QEMU_PROCESS (process), result, &error))
    return;

  machine_window_set_machine (self, NULL, NULL);
  close_banner_cb (self);
  if (self->closing)
    gtk_window_destroy (GTK_WINDOW (self));
}

/* A QEMU of somebody else goes on; one of ours is asked to end, and made to if it does not. */
static void
leave_cb (MachineWindow *self)
{
  if (self->process != NULL && qemu_process_get_running (self->process))
    {
      begin (self);
      show_message (self, FALSE, "Waiting for the machine to shut down. After %d seconds it is switched off.",
                    SHUTDOWN_MS / 1000);
      qemu_process_shutdown_async (self->process, SHUTDOWN_MS, self->cancellable, ended_cb, g_object_ref (self));
    }
  else
    {
      g_autoptr(QemuDomain) vm = g_object_ref (self->vm);

      machine_window_set_machine (self, NULL, NULL);
      qemu_domain_close_async (vm, NULL, NULL, NULL);
      close_banner_cb (self);
    }
}

static gboolean
machine_window_close_request (GtkWindow *window)
{
  MachineWindow *self = MACHINE_WINDOW (window);

  /* Who closes it a second time does not want to wait: the last reference to the process kills it. */
  if (self->process == NULL || !qemu_process_get_running (self->process) || self->closing)
    return GTK_WINDOW_CLASS (machine_window_parent_class)->close_request (window);

  self->closing = TRUE;
  if (!self->busy)
    leave_cb (self);

  return GDK_EVENT_STOP;
}

/* ---------------------------------------------------------------- the class */

static void
machine_window_map (GtkWidget *widget)
{
  MachineWindow *self = MACHINE_WINDOW (widget);

  GTK_WIDGET_CLASS (machine_window_parent_class)->map (widget);

  self->statistics_id = g_timeout_add_seconds (STATISTICS_SECONDS, ask_for_statistics, self);
  ask_for_statistics (self);
}

static void
machine_window_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&MACHINE_WINDOW (widget)->statistics_id, g_source_remove);

  GTK_WIDGET_CLASS (machine_window_parent_class)->unmap (widget);
}

/* When it is destroyed. Each pending call has a reference to the window, so that it would live as long as they do. */
static void
machine_window_unrealize (GtkWidget *widget)
{
  forget_calls (MACHINE_WINDOW (widget));
  gtk_window_set_focus (GTK_WINDOW (widget), NULL);

  GTK_WIDGET_CLASS (machine_window_parent_class)->unrealize (widget);
}

static void
machine_window_dispose (GObject *object)
{
  MachineWindow *self = MACHINE_WINDOW (object);

  g_clear_object (&self->cancellable);
  g_clear_object (&self->chooser);
  g_clear_object (&self->signals);
  g_clear_object (&self->vm);
  g_clear_object (&self->process);

  G_OBJECT_CLASS (machine_window_parent_class)->dispose (object);
}

static void
machine_window_get_property (GObject    *object,
                             unsigned    prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  MachineWindow *self = MACHINE_WINDOW (object);

  switch ((MachineWindowProperty) prop_id)
    {
    case PROP_VM:
      g_value_set_object (value, self->vm);
      break;

    case PROP_BUSY:
      g_value_set_boolean (value, self->busy);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
machine_window_class_init (MachineWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = machine_window_dispose;
  object_class->get_property = machine_window_get_property;
  widget_class->map = machine_window_map;
  widget_class->unmap = machine_window_unmap;
  widget_class->unrealize = machine_window_unrealize;
  GTK_WINDOW_CLASS (klass)->close_request = machine_window_close_request;

  properties[PROP_VM] =
    g_param_spec_object ("vm", NULL, NULL, QEMU_TYPE_DOMAIN, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_BUSY] =
    g_param_spec_boolean ("busy", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);

  gtk_widget_class_install_action (widget_class, "win.show-error", "s", show_error_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_w, GDK_CONTROL_MASK, "window.close", NULL);

  g_type_ensure (EVENT_TYPE_ROW);
  g_type_ensure (MACHINE_TYPE_SCREEN);
  g_type_ensure (QEMU_TYPE_EVENT);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/example/Machine/machine-window.ui");
  gtk_widget_class_bind_template_child (widget_class, MachineWindow, banner);
  gtk_widget_class_bind_template_child (widget_class, MachineWindow, banner_box);
  gtk_widget_class_bind_template_child (widget_class, MachineWindow, command_line);
  gtk_widget_class_bind_template_child (widget_class, MachineWindow, disks);
  gtk_widget_class_bind_template_child (widget_class, MachineWindow, events);
  gtk_widget_class_bind_template_child (widget_class, MachineWindow, jobs);
  gtk_widget_class_bind_template_child (widget_class, MachineWindow, log);
  gtk_widget_class_bind_template_child (widget_class, MachineWindow, message);
  gtk_widget_class_bind_template_child (widget_class, MachineWindow, uri);
  gtk_widget_class_bind_template_callback (widget_class, can_resume);
  gtk_widget_class_bind_template_callback (widget_class, cancel_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_image_cb);
  gtk_widget_class_bind_template_callback (widget_class, close_banner_cb);
  gtk_widget_class_bind_template_callback (widget_class, connect_cb);
  gtk_widget_class_bind_template_callback (widget_class, control_cb);
  gtk_widget_class_bind_template_callback (widget_class, has_text);
  gtk_widget_class_bind_template_callback (widget_class, is_not);
  gtk_widget_class_bind_template_callback (widget_class, is_open);
  gtk_widget_class_bind_template_callback (widget_class, is_set);
  gtk_widget_class_bind_template_callback (widget_class, leave_cb);
  gtk_widget_class_bind_template_callback (widget_class, name_text);
  gtk_widget_class_bind_template_callback (widget_class, page_name);
  gtk_widget_class_bind_template_callback (widget_class, start_cb);
  gtk_widget_class_bind_template_callback (widget_class, status_text);
  gtk_widget_class_bind_template_callback (widget_class, subtitle_text);
}

static void
machine_window_init (MachineWindow *self)
{
  const char *qemu = g_getenv ("QEMU_SYSTEM");
  g_autofree char *command_line = NULL;

  self->cancellable = g_cancellable_new ();
  self->signals = g_signal_group_new (QEMU_TYPE_DOMAIN);
  g_signal_group_connect_swapped (self->signals, "event", G_CALLBACK (event_cb), self);
  g_signal_group_connect_swapped (self->signals, "closed", G_CALLBACK (closed_cb), self);

  gtk_widget_init_template (GTK_WIDGET (self));

  command_line = g_strdup_printf ("%s -accel kvm -accel tcg -m 1G -display none", qemu ? qemu : "qemu-system-x86_64");
  gtk_editable_set_text (self->command_line, command_line);
}

MachineWindow *
machine_window_new (GtkApplication *application)
{
  return g_object_new (MACHINE_TYPE_WINDOW, "application", application, NULL);
}
