/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The window of the example with real QEMUs, which another client drives meanwhile. Pictures of it are left in the
 * build folder. */

#include "config.h"

#include <string.h>

#include "disk-row.h"
#include "machine-window.h"
#include "qemu-images.h"
#include "qemu-vm.h"

/* ---------------------------------------------------------------- what a person sees and does */

/* The widget of that name, or class, below @widget; NULL: there is none that is visible. */
static GtkWidget *
find (GtkWidget  *widget,
      const char *name)
{
  if (!gtk_widget_get_visible (widget))
    return NULL;
  if (strcmp (gtk_widget_get_name (widget), name) == 0 || strcmp (G_OBJECT_TYPE_NAME (widget), name) == 0)
    return widget;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, name);

      if (found != NULL)
        return found;
    }

  return NULL;
}

static const char *
text_of (GtkWidget  *window,
         const char *name)
{
  GtkWidget *label = find (window, name);

  return label != NULL ? gtk_label_get_label (GTK_LABEL (label)) : "";
}

static gboolean
says (GtkWidget  *window,
      const char *name,
      const char *words)
{
  return strstr (text_of (window, name), words) != NULL;
}

static gboolean
can_click (GtkWidget  *window,
           const char *name)
{
  GtkWidget *button = find (window, name);

  return button != NULL && gtk_widget_is_sensitive (button);
}

static void
click (GtkWidget  *window,
       const char *name)
{
  GtkWidget *button = find (window, name);

  g_assert_nonnull (button);
  g_assert_true (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

/* Which of the controls can be used: "resume ", "pause reset power-down ", … */
static char *
usable_controls (GtkWidget *window)
{
  static const char * const names[] = { "resume", "pause", "reset", "power-down" };
  GString *usable = g_string_new (NULL);

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    if (can_click (window, names[i]))
      g_string_append_printf (usable, "%s ", names[i]);

  return g_string_free (usable, FALSE);
}

#define assert_usable_controls(window, names)                   \
  G_STMT_START {                                                \
    g_autofree char *_usable = usable_controls (window);        \
    g_assert_cmpstr (_usable, ==, names);                       \
  } G_STMT_END

static gboolean
is_on_page (GtkWidget  *window,
            const char *name)
{
  return strcmp (gtk_stack_get_visible_child_name (GTK_STACK (find (window, "pages"))), name) == 0;
}

static gboolean
has_banner (GtkWidget *window)
{
  return gtk_revealer_get_reveal_child (GTK_REVEALER (find (window, "banner")));
}

static unsigned
count_rows (GtkWidget  *window,
            const char *list)
{
  unsigned n = 0;

  while (gtk_list_box_get_row_at_index (GTK_LIST_BOX (find (window, list)), n) != NULL)
    n++;

  return n;
}

/* Does the log have such an event? */
static gboolean
has_logged (GtkWidget  *window,
            const char *name)
{
  GListModel *events = G_LIST_MODEL (gtk_list_view_get_model (GTK_LIST_VIEW (find (window, "events"))));

  for (unsigned i = 0; i < g_list_model_get_n_items (events); i++)
    {
      g_autoptr(QemuEvent) event = g_list_model_get_item (events, i);

      if (strcmp (qemu_event_get_name (event), name) == 0)
        return TRUE;
    }

  return FALSE;
}

/* ---------------------------------------------------------------- frames and pictures */

static gboolean
tick_cb (GtkWidget     *widget,
         GdkFrameClock *clock,
         gpointer       n_frames)
{
  ++*(unsigned *) n_frames;

  return G_SOURCE_CONTINUE;
}

static void
wait_for_frames (GtkWidget *window,
                 unsigned   n)
{
  unsigned n_frames = 0;
  unsigned id = gtk_widget_add_tick_callback (window, tick_cb, &n_frames, NULL);

  QEMU_TEST_WAIT_UNTIL (n_frames >= n);
  gtk_widget_remove_tick_callback (window, id);
}

static void
save_picture (GtkWidget  *window,
              const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, name, NULL);
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new (window);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr(GskRenderNode) node = NULL;
  g_autoptr(GdkTexture) texture = NULL;

  wait_for_frames (window, 5);
  gdk_paintable_snapshot (paintable, snapshot, gtk_widget_get_width (window), gtk_widget_get_height (window));
  node = gtk_snapshot_free_to_node (snapshot);
  g_assert_nonnull (node);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node, NULL);
  g_assert_true (gdk_texture_save_to_png (texture, path));
  g_test_message ("a picture: %s", path);
}

/* ---------------------------------------------------------------- windows and machines */

static GtkWidget *
window_new (void)
{
  MachineWindow *window = machine_window_new (NULL);

  gtk_window_present (GTK_WINDOW (window));

  return GTK_WIDGET (window);
}

/* Nothing keeps it. */
static void
assert_goes (GtkWidget *window)
{
  gpointer alive = window;

  g_object_add_weak_pointer (G_OBJECT (window), &alive);
  gtk_window_destroy (GTK_WINDOW (window));
  QEMU_TEST_WAIT_UNTIL (alive == NULL);
}

static GtkWidget *
window_new_open (QemuVm *vm)
{
  GtkWidget *window = window_new ();

  machine_window_open (MACHINE_WINDOW (window), qemu_vm_get_uri (vm));
  QEMU_TEST_WAIT_UNTIL (is_on_page (window, "machine"));

  return window;
}

typedef struct
{
  QemuImages *images;
  QemuVm     *vm;
  QemuDomain *other;          /* the other client */
} Machine;

static void
machine_clear (Machine *self)
{
  if (self->other != NULL)
    qemu_test_drop (self->other);
  g_clear_pointer (&self->vm, qemu_vm_free);
  g_clear_pointer (&self->images, qemu_images_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Machine, machine_clear)

/* FALSE: there is no QEMU, and the test is to return. */
static gboolean
machine_init (Machine *self)
{
  const char *arguments[] = {
    QEMU_VM_PC, "-S", "-name", "mail", "-device", "VGA", "-device", "virtio-blk-pci,drive=disk,id=vd",
    "-device", "ide-cd,id=cd", "-drive", NULL, NULL
  };
  const char *program = qemu_test_find_system ();
  g_autofree char *drive = NULL;
  g_autoptr(GError) error = NULL;

  if (program == NULL || (self->images = qemu_images_new ()) == NULL)
    return FALSE;

  qemu_images_create (self->images, "mail.qcow2", "qcow2", NULL, "64M");
  qemu_images_write (self->images, "mail.qcow2", "qcow2", 7, "0", "64M");
  drive = g_strdup_printf ("if=none,id=disk,format=qcow2,file=%s", qemu_images_path (self->images, "mail.qcow2"));
  arguments[G_N_ELEMENTS (arguments) - 2] = drive;
  self->vm = qemu_vm_new_full (program, arguments, "qemu-gtk-XXXXXX", QEMU_VM_TWO_MONITORS);
  self->other = qemu_domain_new_for_uri (qemu_vm_get_second_uri (self->vm), &error);
  g_assert_no_error (error);
  qemu_domain_open (self->other, NULL, &error);
  g_assert_no_error (error);

  return TRUE;
}

/* By the other client. */
static void
machine_run (Machine    *self,
             const char *command)
{
  g_autofree char *json = qemu_test_json (command);
  g_autoptr(GError) error = NULL;
  g_autoptr(QemuCommand) parsed = qemu_command_new_from_json (json, &error);
  g_autoptr(JsonNode) reply = NULL;

  g_assert_no_error (error);
  reply = qemu_domain_run (self->other, parsed, NULL, &error);
  g_assert_no_error (error);
}

/* By the other client, so slowly that it does not end by itself. */
static QemuBlockJob *
machine_start_job (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = NULL;
  g_autoptr(JsonObject) options = json_object_new ();
  g_autoptr(GError) error = NULL;
  QemuBlockJob *job;

  disk = qemu_domain_find_block_device (self->other, "disk", NULL, &error);
  g_assert_no_error (error);
  json_object_set_string_member (options, "job-id", "copy-of-mail");
  json_object_set_string_member (options, "sync", "full");
  json_object_set_int_member (options, "buf-size", 65536);
  json_object_set_int_member (options, "granularity", 65536);
  json_object_set_int_member (options, "speed", 16 << 20);
  job = qemu_block_device_mirror (disk, qemu_images_path (self->images, "copy.qcow2"), "qcow2", options, NULL, &error);
  g_assert_no_error (error);

  return job;
}

/* ---------------------------------------------------------------- tests */

static void
test_start (void)
{
  GtkWidget *window = window_new ();

  g_test_summary ("Without a machine there is a page to choose one, and no control");

  g_assert_true (is_on_page (window, "start"));
  g_assert_false (has_banner (window));
  g_assert_false (can_click (window, "connect"));
  g_assert_true (can_click (window, "start"));
  g_assert_null (find (window, "back"));
  assert_usable_controls (window, "");
  gtk_editable_set_text (GTK_EDITABLE (find (window, "uri")), "/run/vm.sock");
  g_assert_true (can_click (window, "connect"));
  gtk_editable_set_text (GTK_EDITABLE (find (window, "uri")), "");
  save_picture (window, "machine-start.png");
  assert_goes (window);
}

static void
test_controls (void)
{
  g_auto(Machine) machine = { NULL };
  GtkWidget *window, *events;
  g_autoptr(GError) error = NULL;

  g_test_summary ("The window shows what a machine does, also when another client makes it do so");

  if (!machine_init (&machine))
    return;

  window = window_new_open (machine.vm);
  g_assert_cmpstr (text_of (window, "machine-name"), ==, "mail");
  QEMU_TEST_WAIT_UNTIL (says (window, "machine-subtitle", "Not started — QEMU "));
  g_assert_cmpstr (text_of (window, "status"), ==, "Not started");
  assert_usable_controls (window, "resume reset ");

  click (window, "resume");
  QEMU_TEST_WAIT_UNTIL (says (window, "machine-subtitle", "Running"));
  g_assert_null (find (window, "status"));
  assert_usable_controls (window, "pause reset power-down ");

  g_assert_true (qemu_domain_stop (machine.other, NULL, &error));
  g_assert_no_error (error);
  QEMU_TEST_WAIT_UNTIL (says (window, "machine-subtitle", "Paused"));
  g_assert_cmpstr (text_of (window, "status"), ==, "Paused");
  assert_usable_controls (window, "resume reset ");

  /* The latest event is the first. */
  events = find (window, "events");
  QEMU_TEST_WAIT_UNTIL (find (events, "EventRow") != NULL);
  g_assert_cmpstr (text_of (find (events, "EventRow"), "event-name"), ==, "STOP");

  click (window, "resume");
  QEMU_TEST_WAIT_UNTIL (says (window, "machine-subtitle", "Running"));
  click (window, "pause");
  QEMU_TEST_WAIT_UNTIL (says (window, "machine-subtitle", "Paused"));
  click (window, "reset");
  QEMU_TEST_WAIT_UNTIL (says (window, "machine-subtitle", "Not started"));
  g_assert_false (has_banner (window));

  click (window, "back");
  g_assert_true (is_on_page (window, "start"));
  g_assert_cmpint (qemu_domain_query_status (machine.other, NULL, &error), ==, QEMU_STATUS_PRELAUNCH);
  assert_goes (window);
}

static void
test_log (void)
{
  g_auto(Machine) machine = { NULL };
  GtkWidget *window, *events;
  GListModel *log;
  GtkAdjustment *position;

  g_test_summary ("The latest event is in sight, except for somebody who reads what was before");

  if (!machine_init (&machine))
    return;

  window = window_new_open (machine.vm);
  events = find (window, "events");
  log = G_LIST_MODEL (gtk_list_view_get_model (GTK_LIST_VIEW (events)));
  position = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (events));
  for (unsigned n = 1; n <= 40; n++)
    {
      machine_run (&machine, n % 2 == 1 ? "{'execute': 'cont'}" : "{'execute': 'stop'}");
      QEMU_TEST_WAIT_UNTIL (g_list_model_get_n_items (log) == n);
      wait_for_frames (window, 2);
    }
  g_assert_cmpfloat (gtk_adjustment_get_upper (position), >, gtk_adjustment_get_page_size (position));
  g_assert_cmpfloat (gtk_adjustment_get_value (position), ==, 0);

  gtk_adjustment_set_value (position, 100);
  machine_run (&machine, "{'execute': 'cont'}");
  QEMU_TEST_WAIT_UNTIL (g_list_model_get_n_items (log) == 41);
  wait_for_frames (window, 2);
  g_assert_cmpfloat (gtk_adjustment_get_value (position), >, 100);
  assert_goes (window);
}

static void
test_screen (void)
{
  g_auto(Machine) machine = { NULL };
  GtkWidget *window, *picture;
  GdkPaintable *first;

  g_test_summary ("The screen of the machine is shown, and shown again when it has changed");

  if (!machine_init (&machine))
    return;

  window = window_new_open (machine.vm);
  picture = find (window, "GtkPicture");
  QEMU_TEST_WAIT_UNTIL (gtk_picture_get_paintable (GTK_PICTURE (picture)) != NULL);
  first = gtk_picture_get_paintable (GTK_PICTURE (picture));
  g_assert_cmpint (gdk_paintable_get_intrinsic_width (first), >, 0);
  click (window, "resume");
  QEMU_TEST_WAIT_UNTIL (gtk_picture_get_paintable (GTK_PICTURE (picture)) != first);
  assert_goes (window);
}

static double
fraction_of_job (GtkWidget *window)
{
  GtkWidget *bar = find (window, "GtkProgressBar");

  return bar != NULL ? gtk_progress_bar_get_fraction (GTK_PROGRESS_BAR (bar)) : -1;
}

static void
test_job (void)
{
  g_auto(Machine) machine = { NULL };
  GtkWidget *window, *disks;
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Disks have rows with what they have done, jobs have rows with their progress and a way to end them");

  if (!machine_init (&machine))
    return;

  window = window_new_open (machine.vm);
  QEMU_TEST_WAIT_UNTIL (count_rows (window, "disks") == 2);
  disks = find (window, "disks");
  g_assert_cmpstr (text_of (disks, "disk-title"), ==, "disk");
  g_assert_true (says (disks, "disk-image", "mail.qcow2, qcow2, 64.0"));
  QEMU_TEST_WAIT_UNTIL (says (disks, "disk-statistics", "0 bytes read"));
  click (window, "resume");
  QEMU_TEST_WAIT_UNTIL (!says (disks, "disk-statistics", "0 bytes read"));
  g_assert_cmpuint (count_rows (window, "jobs"), ==, 0);

  job = machine_start_job (&machine);
  QEMU_TEST_WAIT_UNTIL (count_rows (window, "jobs") == 1);
  QEMU_TEST_WAIT_UNTIL (fraction_of_job (window) > 0.3);
  qemu_block_job_set_speed (job, 1, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (fraction_of_job (window), <, 1);
  QEMU_TEST_WAIT_UNTIL (says (window, "job-title", "Mirror “copy-of-mail”"));
  g_assert_true (says (window, "job-details", "Running, "));
  save_picture (window, "machine-job.png");

  click (window, "job-cancel");
  QEMU_TEST_WAIT_UNTIL (count_rows (window, "jobs") == 0);
  QEMU_TEST_WAIT_UNTIL (qemu_job_get_result (QEMU_JOB (job)) == QEMU_JOB_RESULT_CANCELLED);
  g_assert_false (has_banner (window));
  assert_goes (window);
}

static void
test_failed_job (void)
{
  g_auto(Machine) machine = { NULL };
  GtkWidget *window;

  g_test_summary ("Why a job has failed is told, also when that was before, and it cannot be cancelled any more");

  if (!machine_init (&machine))
    return;

  window = window_new_open (machine.vm);
  machine_run (&machine, "{'execute': 'blockdev-create', 'arguments': {'job-id': 'make', "
               "'options': {'driver': 'file', 'filename': '/nonexistent/x', 'size': 0}}}");
  QEMU_TEST_WAIT_UNTIL (has_banner (window));
  g_assert_true (says (window, "message", "The job “make” has failed: "));
  assert_goes (window);

  window = window_new_open (machine.vm);
  QEMU_TEST_WAIT_UNTIL (says (window, "job-details", "/nonexistent/x"));
  g_assert_cmpstr (text_of (window, "job-title"), ==, "Create “make”");
  g_assert_null (find (window, "job-cancel"));
  machine_run (&machine, "{'execute': 'job-dismiss', 'arguments': {'id': 'make'}}");
  QEMU_TEST_WAIT_UNTIL (count_rows (window, "jobs") == 0);
  assert_goes (window);
}

static void
test_copy (void)
{
  g_auto(Machine) machine = { NULL };
  GtkWidget *window;
  DiskRow *row;

  g_test_summary ("A disk is copied to a file while the machine goes on");

  if (!machine_init (&machine))
    return;

  window = window_new_open (machine.vm);
  QEMU_TEST_WAIT_UNTIL (count_rows (window, "disks") == 2);
  row = DISK_ROW (find (window, "DiskRow"));
  disk_row_copy (row, qemu_images_path (machine.images, "copy.qcow2"));
  QEMU_TEST_WAIT_UNTIL (has_logged (window, "BLOCK_JOB_COMPLETED"));
  QEMU_TEST_WAIT_UNTIL (count_rows (window, "jobs") == 0);
  g_assert_false (has_banner (window));

  disk_row_copy (row, "/nonexistent/copy.qcow2");
  QEMU_TEST_WAIT_UNTIL (has_banner (window));
  g_assert_true (says (window, "message", "/nonexistent/copy.qcow2"));
  assert_goes (window);
  g_clear_pointer (&machine.vm, qemu_vm_free);
  g_assert_true (qemu_images_equal (machine.images, "mail.qcow2", "copy.qcow2"));
}

static void
test_errors (void)
{
  g_auto(Machine) machine = { NULL };
  GtkWidget *window, *second;
  g_autofree char *bad = NULL;

  g_test_summary ("What cannot be done is told in the window, which can go on");

  if (!machine_init (&machine))
    return;

  window = window_new_open (machine.vm);
  second = window_new ();
  machine_window_open (MACHINE_WINDOW (second), "/nonexistent/vm.sock");
  QEMU_TEST_WAIT_UNTIL (has_banner (second));
  g_assert_true (says (second, "message", "/nonexistent/vm.sock"));
  click (second, "close-banner");
  g_assert_false (has_banner (second));

  machine_window_open (MACHINE_WINDOW (second), "gopher:x");
  g_assert_true (has_banner (second));
  machine_window_start (MACHINE_WINDOW (second), "qemu 'and no more");
  g_assert_true (says (second, "message", "matching quote"));
  bad = g_strdup_printf ("%s -nonsense", qemu_test_find_system ());
  machine_window_start (MACHINE_WINDOW (second), bad);
  g_assert_false (can_click (second, "start"));
  QEMU_TEST_WAIT_UNTIL (has_banner (second));
  g_assert_true (says (second, "message", "-nonsense: invalid option"));
  g_assert_true (can_click (second, "start"));

  /* However much it is, there is room for the rest of the window. */
  machine_window_start (MACHINE_WINDOW (second), "sh -c 'seq 100 >&2'");
  QEMU_TEST_WAIT_UNTIL (says (second, "message", "\n100"));
  wait_for_frames (second, 5);
  g_assert_cmpint (gtk_widget_get_height (find (second, "banner")), <, 200);

  /* QEMU has one client at a time. */
  machine_window_open (MACHINE_WINDOW (second), qemu_vm_get_uri (machine.vm));
  g_assert_false (can_click (second, "connect"));
  QEMU_TEST_WAIT_UNTIL (has_banner (second));
  g_assert_true (is_on_page (second, "start"));
  g_assert_cmpstr (text_of (second, "message"), !=, "");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (find (second, "uri"))), ==, qemu_vm_get_uri (machine.vm));
  save_picture (second, "machine-error.png");
  g_test_message ("%s", text_of (second, "message"));

  /* It can be given up, too. */
  click (second, "connect");
  click (second, "cancel");
  g_assert_false (has_banner (second));
  g_assert_true (can_click (second, "connect"));
  assert_goes (second);
  assert_goes (window);
}

static void
test_ends (void)
{
  g_auto(Machine) machine = { NULL };
  GtkWidget *window;

  g_test_summary ("A QEMU that has gone is told of, and can be left");

  if (!machine_init (&machine))
    return;

  window = window_new_open (machine.vm);
  qemu_vm_signal (machine.vm, SIGTERM);
  QEMU_TEST_WAIT_UNTIL (has_banner (window));
  g_assert_cmpstr (text_of (window, "message"), ==, "The machine has shut down.");
  QEMU_TEST_WAIT_UNTIL (says (window, "status", "Not connected"));
  assert_usable_controls (window, "");
  g_assert_true (is_on_page (window, "machine"));
  qemu_vm_wait (machine.vm);
  qemu_vm_restart (machine.vm);

  click (window, "back");
  g_assert_false (has_banner (window));
  click (window, "connect");
  QEMU_TEST_WAIT_UNTIL (is_on_page (window, "machine"));
  QEMU_TEST_WAIT_UNTIL (count_rows (window, "disks") == 2);
  qemu_vm_signal (machine.vm, SIGKILL);
  QEMU_TEST_WAIT_UNTIL (has_banner (window));
  g_assert_true (says (window, "message", "The connection is lost: "));
  QEMU_TEST_WAIT_UNTIL (says (window, "status", "Not connected"));
  save_picture (window, "machine-lost.png");
  assert_goes (window);
}

static void
test_frames (void)
{
  g_auto(Machine) machine = { NULL };
  GtkWidget *window;

  g_test_summary ("A QEMU that does not answer stops no frame");

  if (!machine_init (&machine))
    return;

  window = window_new_open (machine.vm);
  QEMU_TEST_WAIT_UNTIL (count_rows (window, "disks") == 2);
  qemu_vm_signal (machine.vm, SIGSTOP);
  click (window, "reset");
  click (window, "resume");
  wait_for_frames (window, 100);
  g_assert_true (says (window, "machine-subtitle", "Not started"));
  qemu_vm_signal (machine.vm, SIGCONT);
  QEMU_TEST_WAIT_UNTIL (says (window, "machine-subtitle", "Running"));

  /* One that has a question unanswered can be left as well. */
  qemu_vm_signal (machine.vm, SIGSTOP);
  click (window, "pause");
  wait_for_frames (window, 5);
  click (window, "back");
  wait_for_frames (window, 5);
  g_assert_true (is_on_page (window, "start"));
  g_assert_false (has_banner (window));
  qemu_vm_signal (machine.vm, SIGCONT);
  assert_goes (window);
}

static QemuDomain *
dup_domain (GtkWidget *window)
{
  QemuDomain *domain;

  g_object_get (window, "vm", &domain, NULL);

  return domain;
}

static GtkWidget *
window_new_started (const char *program)
{
  static const char * const arguments[] = { QEMU_VM_PC, "-name", "ours", NULL };
  g_autofree char *rest = g_strjoinv (" ", (char **) arguments);
  g_autofree char *command_line = g_strdup_printf ("%s %s", program, rest);
  GtkWidget *window = window_new ();

  gtk_editable_set_text (GTK_EDITABLE (find (window, "command-line")), command_line);
  click (window, "start");
  QEMU_TEST_WAIT_UNTIL (is_on_page (window, "machine"));
  g_assert_cmpstr (text_of (window, "machine-name"), ==, "ours");
  QEMU_TEST_WAIT_UNTIL (says (window, "machine-subtitle", "Running"));

  return window;
}

/* What a guest does to switch itself off. It has no effect before the firmware has got that far. */
static gboolean
switch_off_cb (gpointer domain)
{
  qemu_domain_human_monitor_command_async (domain, "o /w 0x604 0x2000", NULL, NULL, NULL);

  return G_SOURCE_CONTINUE;
}

static void
test_own (void)
{
  const char *program = qemu_test_find_system ();
  GtkWidget *window;
  gpointer alive;
  g_autoptr(QemuDomain) domain = NULL;
  gint64 start;
  unsigned id;

  g_test_summary ("A QEMU that the window has started ends with it, and may shut down before");

  if (program == NULL)
    return;

  alive = window = window_new_started (program);
  g_object_add_weak_pointer (G_OBJECT (window), &alive);
  domain = dup_domain (window);
  gtk_window_close (GTK_WINDOW (window));
  QEMU_TEST_WAIT_UNTIL (has_banner (window));
  g_assert_true (says (window, "message", "Waiting for the machine to shut down"));
  g_assert_cmpuint (qemu_test_count_children (), ==, 1);
  id = g_timeout_add (100, switch_off_cb, domain);
  QEMU_TEST_WAIT_UNTIL (alive == NULL);
  g_source_remove (id);
  QEMU_TEST_WAIT_UNTIL (qemu_test_count_children () == 0);

  /* Who has left it, and closes the window meanwhile. */
  alive = window = window_new_started (program);
  g_object_add_weak_pointer (G_OBJECT (window), &alive);
  g_set_object (&domain, NULL);
  domain = dup_domain (window);
  click (window, "back");
  g_assert_false (can_click (window, "back"));
  gtk_window_close (GTK_WINDOW (window));
  wait_for_frames (window, 2);
  id = g_timeout_add (100, switch_off_cb, domain);
  QEMU_TEST_WAIT_UNTIL (alive == NULL);
  g_source_remove (id);
  QEMU_TEST_WAIT_UNTIL (qemu_test_count_children () == 0);

  /* Who does not want to wait. */
  alive = window = window_new_started (program);
  g_object_add_weak_pointer (G_OBJECT (window), &alive);
  gtk_window_close (GTK_WINDOW (window));
  QEMU_TEST_WAIT_UNTIL (has_banner (window));
  start = g_get_monotonic_time ();
  gtk_window_close (GTK_WINDOW (window));
  QEMU_TEST_WAIT_UNTIL (alive == NULL);
  QEMU_TEST_WAIT_UNTIL (qemu_test_count_children () == 0);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC);
}

/* Does a client hold the first monitor? */
static gboolean
is_held (Machine *self)
{
  g_autoptr(QemuCommand) command = qemu_command_new ("query-chardev");
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  g_autoptr(JsonNode) node = qemu_domain_run (self->other, command, NULL, &error);

  g_assert_no_error (error);
  text = json_to_string (node, FALSE);

  return strstr (text, "\"disconnected:") == NULL;
}

static gboolean
look_again_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
test_program (void)
{
  g_auto(Machine) machine = { NULL };
  g_autofree char *program = g_test_build_filename (G_TEST_BUILT, "machine", NULL);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GError) error = NULL;
  unsigned id;

  g_test_summary ("The program opens a window for the monitor on its command line");

  if (!machine_init (&machine))
    return;

  id = g_timeout_add (20, look_again_cb, NULL);
  g_assert_false (is_held (&machine));
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, program, qemu_vm_get_uri (machine.vm), NULL);
  g_assert_no_error (error);
  QEMU_TEST_WAIT_UNTIL (is_held (&machine));
  g_subprocess_force_exit (process);
  QEMU_TEST_WAIT_UNTIL (!is_held (&machine));
  g_subprocess_wait (process, NULL, &error);
  g_assert_no_error (error);
  g_source_remove (id);
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr(GtkCssProvider) provider = NULL;

  g_test_init (&argc, &argv, NULL);
  /* GTK warns of what its surroundings lack. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  gtk_init ();
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  provider = gtk_css_provider_new ();
  gtk_css_provider_load_from_resource (provider, "/org/example/Machine/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);

  g_test_add_func ("/machine/start", test_start);
  g_test_add_func ("/machine/controls", test_controls);
  g_test_add_func ("/machine/log", test_log);
  g_test_add_func ("/machine/screen", test_screen);
  g_test_add_func ("/machine/job", test_job);
  g_test_add_func ("/machine/failed-job", test_failed_job);
  g_test_add_func ("/machine/copy", test_copy);
  g_test_add_func ("/machine/errors", test_errors);
  g_test_add_func ("/machine/ends", test_ends);
  g_test_add_func ("/machine/frames", test_frames);
  g_test_add_func ("/machine/own", test_own);
  g_test_add_func ("/machine/program", test_program);

  return g_test_run ();
}
