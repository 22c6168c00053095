/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs and other work on the disks of a real QEMU. */

#include "config.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "qemu-images.h"
#include "qemu-vm.h"

/* ---------------------------------------------------------------- a machine with disks */

/* Its first disk has three images, base, mid and top; the second one is empty, and never ends to be copied unless it is
 * told to be fast; cd0 is a drive without a medium.
 */
typedef struct
{
  QemuImages *images;
  QemuVm     *vm;
  QemuDomain *domain;
  gboolean    with_drives;              /* `-drive`, or else `-blockdev` */
  gboolean    async;                    /* how calls are made */
} Machine;

static GPtrArray *
make_arguments (Machine *self)
{
  /* Nothing that QEMU is going to give up is used. */
  static const char * const machine[] = {
    QEMU_VM_PC, "-S", "-compat", "deprecated-input=reject,deprecated-output=hide"
  };
  GPtrArray *arguments = g_ptr_array_new_with_free_func (g_free);

  for (unsigned i = 0; i < G_N_ELEMENTS (machine); i++)
    g_ptr_array_add (arguments, g_strdup (machine[i]));

  if (self->with_drives)
    {
      g_ptr_array_add (arguments, g_strdup ("-drive"));
      g_ptr_array_add (arguments, g_strdup_printf ("if=none,id=drive0,format=qcow2,file=%s",
                                                   qemu_images_path (self->images, "top.qcow2")));
    }
  else
    {
      static const char * const nodes[] = { "base", "mid", "top" };

      for (unsigned i = 0; i < G_N_ELEMENTS (nodes); i++)
        {
          g_autofree char *file = g_strconcat (nodes[i], ".qcow2", NULL);
          g_autofree char *backing = i > 0 ? g_strconcat (",backing=", nodes[i - 1], NULL) : g_strdup ("");

          g_ptr_array_add (arguments, g_strdup ("-blockdev"));
          g_ptr_array_add (arguments, g_strdup_printf ("driver=qcow2,node-name=%s,file.driver=file,file.filename=%s%s",
                                                       nodes[i], qemu_images_path (self->images, file), backing));
        }
    }
  g_ptr_array_add (arguments, g_strdup ("-device"));
  g_ptr_array_add (arguments, g_strdup_printf ("virtio-blk-pci,id=vd0,drive=%s", self->with_drives ? "drive0" : "top"));
  g_ptr_array_add (arguments, g_strdup ("-blockdev"));
  g_ptr_array_add (arguments, g_strdup ("driver=null-co,node-name=null0,size=67108864,read-zeroes=on"));
  g_ptr_array_add (arguments, g_strdup ("-device"));
  g_ptr_array_add (arguments, g_strdup ("virtio-blk-pci,id=vd1,drive=null0"));
  g_ptr_array_add (arguments, g_strdup ("-device"));
  g_ptr_array_add (arguments, g_strdup ("ide-cd,id=cd0,bus=ide.1"));
  g_ptr_array_add (arguments, NULL);

  return arguments;
}

static gboolean
machine_start (Machine *self)
{
  const char *program = qemu_test_find_system ();
  g_autoptr(GPtrArray) arguments = NULL;
  g_autoptr(GError) error = NULL;

  if (program == NULL || (self->images = qemu_images_new ()) == NULL)
    return FALSE;

  qemu_images_create (self->images, "base.qcow2", "qcow2", NULL, "64M");
  qemu_images_create (self->images, "mid.qcow2", "qcow2", "base.qcow2", "64M");
  qemu_images_create (self->images, "top.qcow2", "qcow2", "mid.qcow2", "64M");
  qemu_images_write (self->images, "base.qcow2", "qcow2", 1, "0", "2M");
  qemu_images_write (self->images, "mid.qcow2", "qcow2", 2, "1M", "2M");
  qemu_images_write (self->images, "top.qcow2", "qcow2", 3, "2M", "2M");
  qemu_images_create (self->images, "expected.raw", "raw", NULL, "64M");
  qemu_images_write (self->images, "expected.raw", "raw", 1, "0", "1M");
  qemu_images_write (self->images, "expected.raw", "raw", 2, "1M", "1M");
  qemu_images_write (self->images, "expected.raw", "raw", 3, "2M", "2M");

  arguments = make_arguments (self);
  self->vm = qemu_vm_new_full (program, (const char * const *) arguments->pdata, "qemu-jobs-XXXXXX",
                               QEMU_VM_TWO_MONITORS);
  self->domain = qemu_domain_new_for_uri (qemu_vm_get_uri (self->vm), &error);
  g_assert_no_error (error);
  qemu_domain_open (self->domain, NULL, &error);
  g_assert_no_error (error);

  return TRUE;
}

static void
machine_stop (Machine *self)
{
  qemu_test_drop (self->domain);
  g_clear_pointer (&self->vm, qemu_vm_free);
  g_clear_pointer (&self->images, qemu_images_free);
}

/* QEMU has to be gone before its images can be looked at. How it goes is its own affair: QEMU 10 may crash in the end. */
static void
machine_quit (Machine *self)
{
  g_autoptr(GError) error = NULL;

  qemu_domain_quit (self->domain, NULL, &error);
  g_assert_no_error (error);
  qemu_vm_wait (self->vm);
}

/* ---------------------------------------------------------------- calls */

static JsonNode *
run (QemuDomain *domain,
     const char *format,
     ...) G_GNUC_PRINTF (2, 3);

static JsonNode *
run (QemuDomain *domain,
     const char *format,
     ...)
{
  g_autofree char *quoted = NULL, *text = NULL;
  g_autoptr(QemuCommand) command = NULL;
  g_autoptr(GError) error = NULL;
  JsonNode *node;
  va_list args;

  va_start (args, format);
  quoted = g_strdup_vprintf (format, args);
  va_end (args);
  text = qemu_test_json (quoted);
  command = qemu_command_new_from_json (text, &error);
  g_assert_no_error (error);
  node = qemu_domain_run (domain, command, NULL, &error);
  g_assert_no_error (error);

  return node;
}

#define run_ok(...) json_node_unref (run (__VA_ARGS__))

static QemuJob *
start (Machine     *self,
       GError     **error,
       const char  *format,
       ...) G_GNUC_PRINTF (3, 4);

static QemuJob *
start (Machine     *self,
       GError     **error,
       const char  *format,
       ...)
{
  g_autofree char *quoted = NULL, *text = NULL;
  g_autoptr(QemuCommand) command = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) local_error = NULL;
  va_list args;

  va_start (args, format);
  quoted = g_strdup_vprintf (format, args);
  va_end (args);
  text = qemu_test_json (quoted);
  command = qemu_command_new_from_json (text, &local_error);
  g_assert_no_error (local_error);
  if (!self->async)
    return qemu_domain_start_job (self->domain, command, NULL, error);

  qemu_domain_start_job_async (self->domain, command, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);

  return qemu_domain_start_job_finish (self->domain, result, error);
}

typedef struct
{
  void      (*async)  (QemuJob              *job,
                       GCancellable         *cancellable,
                       GAsyncReadyCallback   callback,
                       gpointer              user_data);
  gboolean  (*finish) (QemuJob              *job,
                       GAsyncResult         *result,
                       GError              **error);
  gboolean  (*sync)   (QemuJob              *job,
                       GCancellable         *cancellable,
                       GError              **error);
} Verb;

static const Verb verb_wait = {
  qemu_job_wait_async, qemu_job_wait_finish, qemu_job_wait
};
static const Verb verb_wait_ready = {
  qemu_job_wait_ready_async, qemu_job_wait_ready_finish, qemu_job_wait_ready
};
static const Verb verb_complete = {
  qemu_job_complete_async, qemu_job_complete_finish, qemu_job_complete
};
static const Verb verb_cancel = {
  qemu_job_cancel_async, qemu_job_cancel_finish, qemu_job_cancel
};
static const Verb verb_pause = {
  qemu_job_pause_async, qemu_job_pause_finish, qemu_job_pause
};
static const Verb verb_resume = {
  qemu_job_resume_async, qemu_job_resume_finish, qemu_job_resume
};
static const Verb verb_finalize = {
  qemu_job_finalize_async, qemu_job_finalize_finish, qemu_job_finalize
};
static const Verb verb_dismiss = {
  qemu_job_dismiss_async, qemu_job_dismiss_finish, qemu_job_dismiss
};

static gboolean
call (Machine     *self,
      const Verb  *verb,
      gpointer     job,
      GError     **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  if (!self->async)
    return verb->sync (job, NULL, error);

  verb->async (job, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);

  return verb->finish (job, result, error);
}

static void
call_ok (Machine    *self,
         const Verb *verb,
         gpointer    job)
{
  g_autoptr(GError) error = NULL;
  gboolean ok = call (self, verb, job, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
call_stop (Machine *self,
           gpointer job)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  if (!self->async)
    {
      qemu_block_job_stop (job, NULL, &error);
      g_assert_no_error (error);
      return;
    }

  qemu_block_job_stop_async (job, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);
  g_assert_true (qemu_block_job_stop_finish (job, result, &error));
  g_assert_no_error (error);
}

#define assert_status(job, expected) \
  g_assert_cmpint (qemu_job_get_status ((QemuJob *) (job)), ==, QEMU_JOB_STATUS_##expected)
#define assert_result(job, expected) \
  g_assert_cmpint (qemu_job_get_result ((QemuJob *) (job)), ==, QEMU_JOB_RESULT_##expected)

static QemuBlockDevice *
find (Machine    *self,
      const char *name)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  QemuBlockDevice *device;

  if (self->async)
    {
      qemu_domain_find_block_device_async (self->domain, name, NULL, qemu_test_store_result_cb, &result);
      QEMU_TEST_WAIT_UNTIL (result);
      device = qemu_domain_find_block_device_finish (self->domain, result, &error);
    }
  else
    {
      device = qemu_domain_find_block_device (self->domain, name, NULL, &error);
    }
  g_assert_no_error (error);

  return device;
}

static JsonObject *
options_new (const char *quoted)
{
  g_autofree char *text = qemu_test_json (quoted);
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) node = json_from_string (text, &error);

  g_assert_no_error (error);

  return json_node_dup_object (node);
}

/* A call to a disk, in the one way or the other. */
#define IN_WAY(async_, finish_, sync_, disk, error, ...)                                           \
  ({                                                                                               \
    g_autoptr(GAsyncResult) _result = NULL;                                                        \
                                                                                                   \
    if (self->async)                                                                               \
      {                                                                                            \
        async_ (disk, __VA_ARGS__, NULL, qemu_test_store_result_cb, &_result);                     \
        QEMU_TEST_WAIT_UNTIL (_result);                                                            \
      }                                                                                            \
    self->async ? finish_ (disk, _result, error) : sync_ (disk, __VA_ARGS__, NULL, error);         \
  })

#define do_commit(disk, base, top, options, error) \
  IN_WAY (qemu_block_device_commit_async, qemu_block_device_commit_finish, \
          qemu_block_device_commit, disk, error, base, top, options)
#define do_mirror(disk, target, format, options, error) \
  IN_WAY (qemu_block_device_mirror_async, qemu_block_device_mirror_finish, \
          qemu_block_device_mirror, disk, error, target, format, options)
#define do_snapshot(disk, overlay, node_name, format, options, error) \
  IN_WAY (qemu_block_device_snapshot_async, qemu_block_device_snapshot_finish, \
          qemu_block_device_snapshot, disk, error, overlay, node_name, format, options)
#define do_stream(disk, base, options, error) \
  IN_WAY (qemu_block_device_stream_async, qemu_block_device_stream_finish, \
          qemu_block_device_stream, disk, error, base, options)
#define do_backup(disk, target, format, options, error) \
  IN_WAY (qemu_block_device_backup_async, qemu_block_device_backup_finish, \
          qemu_block_device_backup, disk, error, target, format, options)
#define do_resize(disk, bytes, flags, error) \
  IN_WAY (qemu_block_device_resize_async, qemu_block_device_resize_finish, \
          qemu_block_device_resize, disk, error, bytes, flags)
#define do_set_io_throttle(disk, options, error) \
  IN_WAY (qemu_block_device_set_io_throttle_async, qemu_block_device_set_io_throttle_finish, \
          qemu_block_device_set_io_throttle, disk, error, options)
#define do_eject(disk, force, error) \
  IN_WAY (qemu_block_device_eject_async, qemu_block_device_eject_finish, \
          qemu_block_device_eject, disk, error, force)
#define do_change_medium(disk, filename, format, error) \
  IN_WAY (qemu_block_device_change_medium_async, qemu_block_device_change_medium_finish, \
          qemu_block_device_change_medium, disk, error, filename, format)
#define do_set_speed(job, speed, error) \
  IN_WAY (qemu_block_job_set_speed_async, qemu_block_job_set_speed_finish, \
          qemu_block_job_set_speed, job, error, speed)

/* A mirror that takes an hour, unless it is told otherwise. */
static QemuBlockJob *
start_slow_mirror (Machine    *self,
                   const char *name)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd1");
  g_autoptr(JsonObject) options = options_new ("{'speed': 65536, 'buf-size': 65536, 'granularity': 65536}");
  g_autoptr(GError) error = NULL;
  QemuBlockJob *job;

  job = do_mirror (disk, qemu_images_path (self->images, name), "raw", options, &error);
  g_assert_no_error (error);

  return job;
}

static void
assert_no_jobs (Machine *self)
{
  g_autoptr(JsonNode) node = run (self->domain, "{'execute': 'query-jobs'}");

  g_assert_cmpuint (json_array_get_length (json_node_get_array (node)), ==, 0);
}

/* ---------------------------------------------------------------- ways to do the same */

typedef void (*Scenario) (Machine *self);

typedef enum
{
  WAY_SCRIPT,                           /* synchronous, and no main loop */
  WAY_LOOP,                             /* asynchronous, in the domain's own context */
  WAY_THREAD,                           /* synchronous in a thread, while the domain's context runs in this one */
  WAY_CONTEXT                           /* asynchronous in a thread with its own context; the domain's does not run */
} Way;

static const char * const way_names[] = { "script", "loop", "thread", "context" };

typedef struct
{
  Machine  *machine;
  Scenario  scenario;
  Way       way;
  int       done;
} Performance;

static gpointer
perform_in_thread (gpointer data)
{
  Performance *performance = data;
  g_autoptr(GMainContext) context = g_main_context_new ();

  if (performance->way == WAY_CONTEXT)
    g_main_context_push_thread_default (context);
  performance->scenario (performance->machine);
  if (performance->way == WAY_CONTEXT)
    g_main_context_pop_thread_default (context);

  g_atomic_int_set (&performance->done, TRUE);
  g_main_context_wakeup (NULL);

  return NULL;
}

static void
perform (Machine  *machine,
         Scenario  scenario,
         Way       way)
{
  Performance performance = { machine, scenario, way };
  g_autoptr(GThread) thread = NULL;

  machine->async = way == WAY_LOOP || way == WAY_CONTEXT;
  if (way == WAY_SCRIPT || way == WAY_LOOP)
    {
      scenario (machine);
      return;
    }

  thread = g_thread_new ("scenario", perform_in_thread, &performance);
  if (way == WAY_THREAD)
    QEMU_TEST_WAIT_UNTIL (g_atomic_int_get (&performance.done));
  g_thread_join (g_steal_pointer (&thread));
}

typedef struct
{
  const char *name;
  Scenario    scenario;
  gboolean    with_drives;              /* too */
} Case;

typedef struct
{
  const Case *the_case;
  Way         way;
  gboolean    with_drives;
} Variant;

static void
test_variant (gconstpointer data)
{
  const Variant *variant = data;
  Machine machine = { .with_drives = variant->with_drives };

  g_test_summary (variant->the_case->name);

  if (!machine_start (&machine))
    return;
  perform (&machine, variant->the_case->scenario, variant->way);
  machine_stop (&machine);
}

/* ---------------------------------------------------------------- each end that a job can have */

static void
commit_active (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0"), again = NULL;
  g_autofree char *before = g_strdup (qemu_block_device_get_node_name (disk));
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GError) error = NULL;

  job = do_commit (disk, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_wait_ready, job);
  assert_status (job, READY);
  assert_result (job, NONE);
  call_ok (self, &verb_complete, job);
  assert_result (job, COMPLETED);
  assert_status (job, NULL);
  g_assert_cmpfloat (qemu_job_get_fraction (QEMU_JOB (job)), ==, 1);
  /* It has been dismissed, and the disk is free. */
  assert_no_jobs (self);

  again = find (self, "vd0");
  g_assert_true (again == disk);
  g_assert_cmpstr (qemu_block_device_get_node_name (disk), !=, before);
  if (!self->with_drives)
    {
      g_assert_cmpstr (qemu_block_device_get_node_name (disk), ==, "base");
      run_ok (self->domain, "{'execute': 'blockdev-del', 'arguments': {'node-name': 'top'}}");
    }

  machine_quit (self);
  g_assert_true (qemu_images_equal (self->images, "base.qcow2", "expected.raw"));
}

static void
commit_intermediate (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GError) error = NULL;

  /* Names of files do for both kinds of disks. */
  job = do_commit (disk, qemu_images_path (self->images, "base.qcow2"),
                                  qemu_images_path (self->images, "mid.qcow2"), NULL, &error);
  g_assert_no_error (error);
  /* It never gets ready. */
  call_ok (self, &verb_complete, job);
  assert_result (job, COMPLETED);
  g_object_unref (find (self, "vd0"));
  g_assert_cmpstr (qemu_block_device_get_backing_file (disk), ==, qemu_images_path (self->images, "base.qcow2"));

  machine_quit (self);
  g_assert_true (qemu_images_equal (self->images, "top.qcow2", "expected.raw"));
}

static void
mirror_complete (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GError) error = NULL;

  job = do_mirror (disk, qemu_images_path (self->images, "copy.raw"), "raw", NULL, &error);
  g_assert_no_error (error);
  /* Not ready yet, perhaps: that is waited for. */
  call_ok (self, &verb_complete, job);
  assert_result (job, COMPLETED);
  g_object_unref (find (self, "vd0"));
  g_assert_cmpstr (qemu_block_device_get_file (disk), ==, qemu_images_path (self->images, "copy.raw"));
  g_assert_cmpstr (qemu_block_device_get_driver (disk), ==, "raw");

  machine_quit (self);
  g_assert_true (qemu_images_equal (self->images, "copy.raw", "expected.raw"));
}

static void
mirror_stop (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autofree char *before = g_strdup (qemu_block_device_get_node_name (disk));
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GError) error = NULL;

  job = do_mirror (disk, qemu_images_path (self->images, "copy.raw"), "raw", NULL, &error);
  g_assert_no_error (error);
  call_stop (self, job);
  assert_result (job, STOPPED);
  call_ok (self, &verb_wait, job);
  g_object_unref (find (self, "vd0"));
  g_assert_cmpstr (qemu_block_device_get_node_name (disk), ==, before);

  machine_quit (self);
  g_assert_true (qemu_images_equal (self->images, "copy.raw", "expected.raw"));
}

static void
stream (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(QemuBlockJob) job = NULL, all = NULL;
  g_autoptr(GError) error = NULL;

  job = do_stream (disk, qemu_images_path (self->images, "base.qcow2"), NULL, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_wait_ready, job);
  assert_result (job, COMPLETED);
  g_object_unref (find (self, "vd0"));
  g_assert_cmpstr (qemu_block_device_get_backing_file (disk), ==, qemu_images_path (self->images, "base.qcow2"));

  all = do_stream (disk, NULL, NULL, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_wait, all);
  g_object_unref (find (self, "vd0"));
  g_assert_false (qemu_record_is_set (QEMU_RECORD (disk), "backing-file"));

  machine_quit (self);
  g_assert_true (qemu_images_equal (self->images, "top.qcow2", "expected.raw"));
}

static unsigned
count_nodes (Machine *self)
{
  g_autoptr(JsonNode) node = run (self->domain, "{'execute': 'query-named-block-nodes'}");

  return json_array_get_length (json_node_get_array (node));
}

static void
backup (Machine *self)
{
  static const char * const formats[] = { "qcow2", "raw", NULL };
  static const char * const names[] = { "one.qcow2", "two.raw", "three.qcow2" };
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  unsigned n_nodes = count_nodes (self);

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr(QemuBlockJob) job = NULL;
      g_autoptr(GError) error = NULL;

      job = do_backup (disk, qemu_images_path (self->images, names[i]), formats[i], NULL, &error);
      g_assert_no_error (error);
      call_ok (self, &verb_wait, job);
      assert_result (job, COMPLETED);
      g_assert_cmpuint (count_nodes (self), ==, n_nodes);
    }
  assert_no_jobs (self);

  machine_quit (self);
  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (qemu_images_equal (self->images, names[i], "expected.raw"));
}

static void
backup_refused (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(JsonObject) options = options_new ("{'sync': 'made-up'}");
  g_autoptr(JsonObject) existing = options_new ("{'mode': 'existing'}");
  unsigned n_nodes = count_nodes (self);
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_null (do_backup (disk, "/nonexistent/x", "raw", NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_JOB_FAILED);
  g_clear_error (&error);
  g_assert_null (do_backup (disk, qemu_images_path (self->images, "x"), "raw", options, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_error (&error);
  g_assert_null (do_backup (disk, qemu_images_path (self->images, "y"), "raw", existing, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_error (&error);
  g_assert_cmpuint (count_nodes (self), ==, n_nodes);
  assert_no_jobs (self);

  /* The file is there from before. */
  job = do_backup (disk, qemu_images_path (self->images, "x"), "raw", existing, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_wait, job);
  g_assert_cmpuint (count_nodes (self), ==, n_nodes);
}

/* A disk whose writes fail as on a full file system. */
static void
failed (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(QemuJob) job = NULL, ready = NULL;
  g_autoptr(GError) error = NULL;

  run_ok (self->domain, "{'execute': 'blockdev-add', 'arguments': {'driver': 'blkdebug', 'node-name': 'full', "
          "'inject-error': [{'event': 'pwritev', 'errno': 28, 'once': false}], "
          "'image': {'driver': 'null-co', 'size': 67108864}}}");
  job = start (self, &error, "{'execute': 'blockdev-mirror', 'arguments': {'device': '%s', 'target': 'full', "
               "'sync': 'full'}}", qemu_block_device_get_node_name (disk));
  g_assert_no_error (error);
  g_assert_true (QEMU_IS_BLOCK_JOB (job));
  g_assert_false (call (self, &verb_wait, job, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_JOB_FAILED, "No space left on device");
  g_assert_cmpstr (qemu_job_get_error_message (job), ==, "No space left on device");
  assert_result (job, FAILED);
  assert_no_jobs (self);
  g_clear_error (&error);

  ready = start (self, &error, "{'execute': 'blockdev-mirror', 'arguments': {'device': '%s', 'target': 'full', "
                 "'sync': 'full'}}", qemu_block_device_get_node_name (disk));
  g_assert_no_error (error);
  g_assert_false (call (self, &verb_wait_ready, ready, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_JOB_FAILED);
  g_clear_error (&error);
  g_assert_false (call (self, &verb_complete, ready, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_JOB_FAILED);
}

static void
stopped_by_error (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(QemuJob) job = NULL;
  g_autoptr(GListModel) jobs = NULL;
  g_autoptr(GError) error = NULL;

  run_ok (self->domain, "{'execute': 'blockdev-add', 'arguments': {'driver': 'blkdebug', 'node-name': 'full', "
          "'inject-error': [{'event': 'pwritev', 'errno': 28, 'once': true}], "
          "'image': {'driver': 'null-co', 'size': 67108864}}}");
  job = start (self, &error, "{'execute': 'blockdev-mirror', 'arguments': {'device': '%s', 'target': 'full', "
               "'sync': 'full', 'on-target-error': 'stop'}}", qemu_block_device_get_node_name (disk));
  g_assert_no_error (error);
  do
    {
      g_clear_object (&jobs);
      jobs = qemu_domain_list_block_jobs (self->domain, NULL, &error);
      g_assert_no_error (error);
    }
  while (g_strcmp0 (qemu_block_job_get_io_status (QEMU_BLOCK_JOB (job)), "nospace") != 0);
  assert_status (job, PAUSED);
  g_assert_true (qemu_block_job_get_paused (QEMU_BLOCK_JOB (job)));
  call_ok (self, &verb_resume, job);
  call_ok (self, &verb_complete, job);
  assert_result (job, COMPLETED);
}

static void
cancelled (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(QemuBlockJob) running = start_slow_mirror (self, "slow.raw"), ready = NULL;
  g_autoptr(GError) error = NULL;

  call_ok (self, &verb_cancel, running);
  assert_result (running, CANCELLED);
  g_assert_false (call (self, &verb_wait, running, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_JOB_CANCELLED);
  g_clear_error (&error);
  call_ok (self, &verb_cancel, running);

  ready = do_mirror (disk, qemu_images_path (self->images, "copy.raw"), "raw", NULL, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_wait_ready, ready);
  call_ok (self, &verb_cancel, ready);
  assert_result (ready, CANCELLED);
  g_assert_false (call (self, &verb_complete, ready, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_JOB_CANCELLED);
  assert_no_jobs (self);
}

static gpointer
kill_soon (gpointer data)
{
  QemuVm *vm = data;

  g_usleep (100 * 1000);
  qemu_vm_signal (vm, SIGKILL);

  return NULL;
}

static void
lost (Machine *self)
{
  g_autoptr(QemuBlockJob) job = start_slow_mirror (self, "slow.raw");
  g_autoptr(GThread) killer = g_thread_new ("killer", kill_soon, self->vm);
  g_autoptr(GError) error = NULL;

  g_assert_false (call (self, &verb_wait, job, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  assert_result (job, LOST);
  g_clear_error (&error);
  g_assert_false (call (self, &verb_complete, job, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_clear_error (&error);
  g_assert_false (call (self, &verb_pause, job, &error));
  g_assert_nonnull (error);
  g_thread_join (g_steal_pointer (&killer));
  qemu_vm_wait (self->vm);
}

static void
nothing_to_do (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd1");

  for (unsigned i = 0; i < 50; i++)
    {
      g_autoptr(QemuBlockJob) job = NULL;
      g_autoptr(GError) error = NULL;

      job = do_stream (disk, NULL, NULL, &error);
      g_assert_no_error (error);
      call_ok (self, &verb_wait, job);
      assert_result (job, COMPLETED);
    }
  assert_no_jobs (self);
}

static void
ready_with_nothing (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd1");
  g_autoptr(JsonObject) options = options_new ("{'sync': 'none'}");
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GError) error = NULL;

  job = do_mirror (disk, qemu_images_path (self->images, "copy.raw"), "raw", options, &error);
  /* QEMU makes no raw file over a backing file. */
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_error (&error);
  qemu_images_create (self->images, "copy.raw", "raw", NULL, "64M");
  g_clear_pointer (&options, json_object_unref);
  options = options_new ("{'sync': 'none', 'mode': 'existing'}");
  job = do_mirror (disk, qemu_images_path (self->images, "copy.raw"), "raw", options, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_wait_ready, job);
  assert_status (job, READY);
  g_assert_cmpint (qemu_block_job_get_len (job), ==, 0);
  g_assert_cmpfloat (qemu_job_get_fraction (QEMU_JOB (job)), ==, -1);
  call_stop (self, job);
  assert_result (job, STOPPED);
}

static void
pauses (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(QemuBlockJob) job = start_slow_mirror (self, "slow.raw"), ready = NULL;
  g_autoptr(GError) error = NULL;

  call_ok (self, &verb_pause, job);
  assert_status (job, PAUSED);
  g_assert_true (qemu_block_job_get_paused (job));
  g_assert_false (call (self, &verb_pause, job, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_error (&error);
  call_ok (self, &verb_resume, job);
  assert_status (job, RUNNING);
  g_assert_false (qemu_block_job_get_paused (job));
  g_assert_false (call (self, &verb_resume, job, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_error (&error);
  do_set_speed (job, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (qemu_block_job_get_speed (job), ==, 0);
  call_ok (self, &verb_complete, job);

  ready = do_mirror (disk, qemu_images_path (self->images, "copy.raw"), "raw", NULL, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_wait_ready, ready);
  call_ok (self, &verb_pause, ready);
  assert_status (ready, STANDBY);
  g_assert_true (qemu_block_job_get_ready (ready));
  g_assert_true (qemu_block_job_get_paused (ready));
  /* Also ready. */
  call_ok (self, &verb_wait_ready, ready);
  call_ok (self, &verb_complete, ready);
  assert_result (ready, COMPLETED);
}

/* In C a block job's methods also go by its own name. */
static void
own_names (Machine *self)
{
  g_autoptr(QemuBlockJob) job = start_slow_mirror (self, "slow.raw"), same = NULL;
  g_autoptr(GListModel) jobs = NULL, block_jobs = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (qemu_block_job_pause (job, NULL, &error));
  qemu_block_job_resume_async (job, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);
  g_assert_true (qemu_block_job_resume_finish (job, result, &error));
  g_clear_object (&result);
  qemu_domain_list_jobs_async (self->domain, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);
  jobs = qemu_domain_list_jobs_finish (self->domain, result, &error);
  g_assert_no_error (error);
  g_clear_object (&result);
  qemu_domain_list_block_jobs_async (self->domain, NULL, qemu_test_store_result_cb, &result);
  QEMU_TEST_WAIT_UNTIL (result);
  block_jobs = qemu_domain_list_block_jobs_finish (self->domain, result, &error);
  g_assert_no_error (error);
  same = g_list_model_get_item (block_jobs, 0);
  g_assert_true (same == job);
  g_assert_cmpuint (g_list_model_get_n_items (jobs), ==, 1);
  g_assert_false (qemu_block_job_get_auto_dismiss (job));
  g_assert_true (qemu_block_job_get_auto_finalize (job));
  g_assert_false (qemu_block_job_get_actively_synced (job));
  g_assert_cmpint (qemu_block_job_get_busy (job), <=, TRUE);
  g_assert_cmpint (qemu_block_job_get_speed (job), ==, 65536);
  g_assert_cmpuint (qemu_domain_get_progress_interval (self->domain), ==, 500);
  g_assert_true (do_set_speed (job, 0, &error));
  g_assert_true (qemu_block_job_wait_ready (job, NULL, &error));
  g_assert_true (qemu_block_job_complete (job, NULL, &error));
  g_assert_true (qemu_block_job_wait (job, NULL, &error));
  g_assert_true (qemu_block_job_cancel (job, NULL, &error));
  g_assert_true (qemu_block_job_dismiss (job, NULL, &error));
  g_assert_false (qemu_block_job_finalize (job, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
}

static void
two_at_once (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(QemuBlockJob) first = start_slow_mirror (self, "slow.raw"), second = NULL;
  g_autoptr(GError) error = NULL;

  second = do_mirror (disk, qemu_images_path (self->images, "copy.raw"), "raw", NULL, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_complete, second);
  assert_result (second, COMPLETED);
  assert_result (first, NONE);
  call_ok (self, &verb_cancel, first);
  assert_result (first, CANCELLED);
  assert_result (second, COMPLETED);
}

static void
finalized_by_hand (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(JsonObject) options = options_new ("{'auto-finalize': false}");
  g_autoptr(JsonObject) keep = options_new ("{'auto-finalize': false, 'auto-dismiss': false}");
  g_autoptr(QemuBlockJob) job = NULL, kept = NULL, given_up = NULL;
  g_autoptr(GError) error = NULL;

  job = do_commit (disk, NULL, NULL, options, &error);
  g_assert_no_error (error);
  g_assert_false (qemu_block_job_get_auto_finalize (job));
  call_ok (self, &verb_complete, job);
  assert_status (job, PENDING);
  assert_result (job, NONE);
  call_ok (self, &verb_finalize, job);
  assert_result (job, COMPLETED);
  assert_no_jobs (self);

  kept = do_stream (disk, NULL, keep, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_complete, kept);
  assert_status (kept, PENDING);
  call_ok (self, &verb_finalize, kept);
  assert_result (kept, COMPLETED);
  assert_status (kept, CONCLUDED);
  call_ok (self, &verb_dismiss, kept);
  assert_status (kept, NULL);
  call_ok (self, &verb_dismiss, kept);
  assert_no_jobs (self);

  given_up = do_stream (disk, NULL, options, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_wait_ready, given_up);
  call_ok (self, &verb_cancel, given_up);
  assert_result (given_up, CANCELLED);
}

static void
refused (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(JsonObject) named = options_new ("{'job-id': 'mine'}"), bad_name = options_new ("{'job-id': '1 x'}");
  g_autoptr(QemuBlockJob) job = NULL, other = NULL;
  g_autoptr(GListModel) jobs = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_null (do_commit (disk, "nobody", NULL, NULL, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_null (do_mirror (disk, "/nonexistent/x", "raw", NULL, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_GENERIC, "/nonexistent/x");
  g_clear_error (&error);
  g_assert_null (do_stream (disk, NULL, bad_name, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_error (&error);

  job = do_mirror (disk, qemu_images_path (self->images, "copy.raw"), "raw", named, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (qemu_job_get_id (QEMU_JOB (job)), ==, "mine");
  g_assert_cmpstr (qemu_block_job_get_device (job), ==, "mine");
  other = start_slow_mirror (self, "slow.raw");
  /* The same id, and the same disk. */
  g_assert_null (start (self, &error, "{'execute': 'block-stream', 'arguments': {'device': 'null0', 'job-id': 'mine'}}"));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_error (&error);
  g_assert_null (do_commit (disk, NULL, NULL, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_error (&error);

  jobs = qemu_domain_list_jobs (self->domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (jobs), ==, 2);
  call_ok (self, &verb_wait_ready, job);
  call_ok (self, &verb_complete, job);
  call_ok (self, &verb_cancel, other);
  assert_result (job, COMPLETED);
}

static QemuDomain *
open_second (Machine *self)
{
  g_autoptr(GError) error = NULL;
  QemuDomain *domain = qemu_domain_new_for_uri (qemu_vm_get_second_uri (self->vm), &error);

  g_assert_no_error (error);
  qemu_domain_open (domain, NULL, &error);
  g_assert_no_error (error);

  return domain;
}

/* What somebody else has started is found, told of, and left alone. */
static void
foreign (Machine *self)
{
  g_autoptr(QemuDomain) other = open_second (self);
  g_autoptr(GListModel) jobs = NULL, block_jobs = NULL, none = NULL;
  g_autoptr(QemuJob) concluded = NULL, running = NULL;
  g_autoptr(QemuBlockJob) again = NULL;
  g_autoptr(GError) error = NULL;

  run_ok (other, "{'execute': 'block-stream', 'arguments': {'device': 'null0', 'job-id': 'theirs', "
          "'auto-dismiss': false}}");
  jobs = qemu_domain_list_jobs (self->domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (jobs), ==, 1);
  concluded = g_list_model_get_item (jobs, 0);
  g_assert_true (QEMU_IS_BLOCK_JOB (concluded));
  g_assert_cmpstr (qemu_job_get_id (concluded), ==, "theirs");
  g_assert_cmpstr (qemu_job_get_job_type (concluded), ==, "stream");
  call_ok (self, &verb_wait, concluded);
  assert_result (concluded, COMPLETED);
  assert_status (concluded, CONCLUDED);
  block_jobs = qemu_domain_list_block_jobs (self->domain, NULL, &error);
  g_assert_no_error (error);
  again = g_list_model_get_item (block_jobs, 0);
  g_assert_true (QEMU_JOB (again) == concluded);
  call_ok (self, &verb_dismiss, concluded);
  assert_status (concluded, NULL);
  g_clear_object (&jobs);
  assert_no_jobs (self);

  run_ok (other, "{'execute': 'blockdev-add', 'arguments': {'driver': 'null-co', 'node-name': 'target', "
          "'size': 67108864}}");
  run_ok (other, "{'execute': 'blockdev-mirror', 'arguments': {'device': 'null0', 'job-id': 'theirs', "
          "'target': 'target', 'sync': 'full'}}");
  jobs = qemu_domain_list_jobs (self->domain, NULL, &error);
  g_assert_no_error (error);
  running = g_list_model_get_item (jobs, 0);
  g_assert_true (running != concluded);
  call_ok (self, &verb_complete, running);
  assert_result (running, COMPLETED);
  none = qemu_domain_list_block_jobs (self->domain, NULL, &error);
  g_assert_cmpuint (g_list_model_get_n_items (none), ==, 0);
}

static void
wait_given_up (Machine *self)
{
  g_autoptr(QemuBlockJob) job = start_slow_mirror (self, "slow.raw");
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) first = NULL, second = NULL;
  g_autoptr(GError) error = NULL;

  qemu_job_wait_async (QEMU_JOB (job), cancellable, qemu_test_store_result_cb, &first);
  qemu_job_wait_async (QEMU_JOB (job), NULL, qemu_test_store_result_cb, &second);
  g_cancellable_cancel (cancellable);
  QEMU_TEST_WAIT_UNTIL (first);
  g_assert_false (qemu_job_wait_finish (QEMU_JOB (job), first, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (qemu_job_wait (QEMU_JOB (job), cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (second);
  assert_result (job, NONE);

  call_ok (self, &verb_cancel, job);
  QEMU_TEST_WAIT_UNTIL (second);
  g_assert_false (qemu_job_wait_finish (QEMU_JOB (job), second, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_JOB_CANCELLED);
}

static void
complete_twice (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GAsyncResult) first = NULL, second = NULL;
  g_autoptr(GError) error = NULL;

  job = do_mirror (disk, qemu_images_path (self->images, "copy.raw"), "raw", NULL, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_wait_ready, job);
  qemu_job_complete_async (QEMU_JOB (job), NULL, qemu_test_store_result_cb, &first);
  qemu_job_complete_async (QEMU_JOB (job), NULL, qemu_test_store_result_cb, &second);
  QEMU_TEST_WAIT_UNTIL (first && second);
  g_assert_true (qemu_job_complete_finish (QEMU_JOB (job), first, &error));
  g_assert_no_error (error);
  g_assert_true (qemu_job_complete_finish (QEMU_JOB (job), second, &error));
  g_assert_no_error (error);
}

static void
quit_with_ready (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GError) error = NULL;

  job = do_mirror (disk, qemu_images_path (self->images, "copy.raw"), "raw", NULL, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_wait_ready, job);
  machine_quit (self);
  g_assert_false (call (self, &verb_wait, job, &error));
  g_assert_nonnull (error);
  g_assert_true (qemu_job_get_result (QEMU_JOB (job)) == QEMU_JOB_RESULT_CANCELLED ||
                 qemu_job_get_result (QEMU_JOB (job)) == QEMU_JOB_RESULT_LOST);
}

/* ---------------------------------------------------------------- jobs that are none of a disk */

static void
snapshots (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(QemuJob) save = NULL, again = NULL, gone = NULL;
  const char *node = qemu_block_device_get_node_name (disk);
  g_autoptr(GError) error = NULL;

  save = start (self, &error, "{'execute': 'snapshot-save', 'arguments': {'tag': 'one', 'vmstate': '%s', "
                "'devices': ['%s']}}", node, node);
  g_assert_no_error (error);
  g_assert_false (QEMU_IS_BLOCK_JOB (save));
  call_ok (self, &verb_wait, save);
  assert_result (save, COMPLETED);
  assert_no_jobs (self);

  /* The reply is a success, and the reason is told nowhere but in the job. */
  again = start (self, &error, "{'execute': 'snapshot-save', 'arguments': {'job-id': 'two', 'tag': 'two', "
                 "'vmstate': '%s', 'devices': ['%s', 'null0']}}", node, node);
  g_assert_no_error (error);
  g_assert_cmpstr (qemu_job_get_id (again), ==, "two");
  g_assert_false (call (self, &verb_wait, again, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_JOB_FAILED, "does not support snapshots");
  assert_result (again, FAILED);
  g_clear_error (&error);
  assert_no_jobs (self);

  gone = start (self, &error, "{'execute': 'snapshot-delete', 'arguments': {'tag': 'one', 'devices': ['%s']}}", node);
  g_assert_no_error (error);
  call_ok (self, &verb_wait, gone);
  assert_no_jobs (self);
}

static void
create (Machine *self)
{
  g_autoptr(QemuJob) job = NULL, bad = NULL;
  g_autoptr(GError) error = NULL;

  job = start (self, &error, "{'execute': 'blockdev-create', 'arguments': {'options': {'driver': 'file', "
               "'filename': '%s', 'size': 65536}}}", qemu_images_path (self->images, "new"));
  g_assert_no_error (error);
  call_ok (self, &verb_wait, job);
  assert_result (job, COMPLETED);
  g_assert_true (g_file_test (qemu_images_path (self->images, "new"), G_FILE_TEST_EXISTS));

  bad = start (self, &error, "{'execute': 'blockdev-create', 'arguments': {'options': {'driver': 'file', "
               "'filename': '/nonexistent/new', 'size': 65536}}}");
  g_assert_no_error (error);
  g_assert_false (call (self, &verb_wait, bad, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_JOB_FAILED, "/nonexistent/new");
  assert_no_jobs (self);
}

/* ---------------------------------------------------------------- what is no job */

static void
snapshot (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(GError) error = NULL;

  do_snapshot (disk, qemu_images_path (self->images, "one"), "overlay1", NULL, NULL, &error);
  g_assert_no_error (error);
  g_object_unref (find (self, "vd0"));
  g_assert_cmpstr (qemu_block_device_get_node_name (disk), ==, "overlay1");
  do_snapshot (disk, qemu_images_path (self->images, "two"), NULL, "qcow2", NULL, &error);
  g_assert_no_error (error);
  g_object_unref (find (self, "vd0"));
  g_assert_cmpstr (qemu_block_device_get_node_name (disk), !=, "overlay1");
  g_assert_cmpstr (qemu_block_device_get_backing_file (disk), ==, qemu_images_path (self->images, "one"));
  g_assert_false (do_snapshot (disk, qemu_images_path (self->images, "three"), "overlay1", NULL, NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
}

static guint64
get_size (QemuBlockDevice *disk)
{
  return qemu_image_get_virtual_size (qemu_block_device_get_image (disk));
}

static void
resize (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(GError) error = NULL;

  do_resize (disk, 128 << 20, QEMU_RESIZE_NONE, &error);
  g_assert_no_error (error);
  g_object_unref (find (self, "vd0"));
  g_assert_cmpuint (get_size (disk), ==, 128 << 20);
  g_assert_false (do_resize (disk, 1 << 20, QEMU_RESIZE_NONE, &error));
  qemu_test_assert_error_says (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "134217728");
  g_clear_error (&error);
  g_object_unref (find (self, "vd0"));
  g_assert_cmpuint (get_size (disk), ==, 128 << 20);
  do_resize (disk, 32 << 20, QEMU_RESIZE_SHRINK, &error);
  g_assert_no_error (error);
  g_object_unref (find (self, "vd0"));
  g_assert_cmpuint (get_size (disk), ==, 32 << 20);
}

static void
throttle (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = find (self, "vd0");
  g_autoptr(JsonObject) limits = options_new ("{'iops': 50, 'bps_rd': 1048576, 'iops_max': 500}");
  g_autoptr(JsonObject) unknown = options_new ("{'made-up': 1}");
  g_autoptr(GError) error = NULL;

  do_set_io_throttle (disk, limits, &error);
  g_assert_no_error (error);
  g_object_unref (find (self, "vd0"));
  g_assert_cmpuint (qemu_block_device_get_iops (disk), ==, 50);
  g_assert_cmpuint (qemu_block_device_get_bps_read (disk), ==, 1048576);
  g_assert_cmpuint (qemu_block_device_get_bps (disk), ==, 0);
  g_assert_false (do_set_io_throttle (disk, unknown, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_error (&error);
  do_set_io_throttle (disk, NULL, &error);
  g_assert_no_error (error);
  g_object_unref (find (self, "vd0"));
  g_assert_cmpuint (qemu_block_device_get_iops (disk), ==, 0);
  g_assert_cmpuint (qemu_block_device_get_bps_read (disk), ==, 0);
}

static void
medium (Machine *self)
{
  g_autoptr(QemuBlockDevice) drive = find (self, "cd0"), disk = find (self, "vd0");
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_false (qemu_block_device_get_inserted (drive));
  job = do_mirror (drive, qemu_images_path (self->images, "copy.raw"), "raw", NULL, &error);
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND, "no medium");
  g_clear_error (&error);

  do_change_medium (drive, qemu_images_path (self->images, "expected.raw"), "raw", &error);
  g_assert_no_error (error);
  g_object_unref (find (self, "cd0"));
  g_assert_true (qemu_block_device_get_inserted (drive));
  g_assert_false (qemu_block_device_get_tray_open (drive));
  g_assert_cmpstr (qemu_block_device_get_file (drive), ==, qemu_images_path (self->images, "expected.raw"));
  g_assert_false (do_change_medium (drive, "/nonexistent/x", NULL, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
  g_clear_error (&error);

  do_eject (drive, FALSE, &error);
  g_assert_no_error (error);
  g_object_unref (find (self, "cd0"));
  g_assert_false (qemu_block_device_get_inserted (drive));
  g_assert_true (qemu_block_device_get_tray_open (drive));
  do_eject (drive, FALSE, &error);
  g_assert_no_error (error);
  g_assert_false (do_eject (disk, FALSE, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_GENERIC);
}

/* Acts as the guest: locks the drive. The first command after a medium has come fails, so it is said until it is heard. */
static void
lock_drive (Machine         *self,
            QemuBlockDevice *drive)
{
  static const char * const lines[] = {
    "o /b 0x176 0xa0", "o /b 0x171 0", "o /b 0x174 0", "o /b 0x175 8", "o /b 0x177 0xa0",
    "o /h 0x170 0x001e", "o /h 0x170 0", "o /h 0x170 0x0001", "o /h 0x170 0", "o /h 0x170 0", "o /h 0x170 0"
  };
  gint64 deadline = g_get_monotonic_time () + QEMU_TEST_DEADLINE_SECONDS * G_USEC_PER_SEC;

  while (!qemu_block_device_get_locked (drive))
    {
      for (unsigned i = 0; i < G_N_ELEMENTS (lines); i++)
        g_free (qemu_domain_human_monitor_command (self->domain, lines[i], NULL, NULL));
      qemu_test_spin (20);
      g_object_unref (find (self, "cd0"));
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    }
}

static void
locked (Machine *self)
{
  g_autoptr(QemuBlockDevice) drive = find (self, "cd0");
  g_autoptr(GError) error = NULL;

  do_change_medium (drive, qemu_images_path (self->images, "expected.raw"), "raw", &error);
  g_assert_no_error (error);
  qemu_domain_cont (self->domain, NULL, &error);
  g_assert_no_error (error);
  /* The firmware looks for drives, too. */
  qemu_test_spin (1500);
  lock_drive (self, drive);

  g_assert_false (do_eject (drive, FALSE, &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PENDING);
  g_clear_error (&error);
  g_assert_false (do_change_medium (drive, qemu_images_path (self->images, "base.qcow2"), NULL,
                                                   &error));
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_PENDING);
  g_clear_error (&error);
  do_eject (drive, TRUE, &error);
  g_assert_no_error (error);
  g_object_unref (find (self, "cd0"));
  g_assert_false (qemu_block_device_get_inserted (drive));
}

static void
gone (Machine *self)
{
  g_autoptr(QemuBlockDevice) disk = NULL;
  g_autoptr(GError) error = NULL;

  run_ok (self->domain, "{'execute': 'device_add', 'arguments': {'driver': 'virtio-scsi-pci', 'id': 'scsi'}}");
  run_ok (self->domain, "{'execute': 'blockdev-add', 'arguments': {'driver': 'null-co', 'node-name': 'n'}}");
  run_ok (self->domain, "{'execute': 'device_add', 'arguments': {'driver': 'scsi-hd', 'id': 'sd', 'drive': 'n'}}");
  disk = find (self, "sd");
  run_ok (self->domain, "{'execute': 'device_del', 'arguments': {'id': 'sd'}}");
  while (error == NULL)
    {
      g_autoptr(QemuBlockDevice) found = qemu_domain_find_block_device (self->domain, "sd", NULL, &error);
    }
  g_assert_error (error, QEMU_ERROR, QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (do_resize (disk, 1 << 20, QEMU_RESIZE_NONE, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_BLOCK_DEVICE_NOT_FOUND, "sd");
}

/* ---------------------------------------------------------------- what only a main loop shows */

static void
notify_cb (GObject    *object,
           GParamSpec *pspec,
           gpointer    user_data)
{
  GString *log = user_data;
  double fraction = qemu_job_get_fraction (QEMU_JOB (object));

  g_assert_true (g_main_context_is_owner (NULL));
  g_assert_cmpfloat (fraction, >=, -1);
  g_assert_cmpfloat (fraction, <=, 1);
  if (g_str_equal (pspec->name, "fraction"))
    g_string_append_printf (log, "%.3f ", fraction);
  else
    g_string_append_printf (log, "%s ", qemu_job_get_status_name (QEMU_JOB (object)));
}

static void
test_progress (void)
{
  Machine machine = { .async = TRUE }, *self = &machine;
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GString) log = g_string_new (NULL);
  g_auto(GStrv) values = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("The progress of a job rises from step to step, up to its end");

  if (!machine_start (self))
    return;
  qemu_domain_set_progress_interval (self->domain, 10);
  job = start_slow_mirror (self, "slow.raw");
  g_signal_connect (job, "notify::fraction", G_CALLBACK (notify_cb), log);
  do_set_speed (job, 64 << 20, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_complete, job);
  qemu_test_drain ();

  values = g_strsplit (g_strstrip (log->str), " ", -1);
  g_assert_cmpuint (g_strv_length (values), >, 3);
  g_assert_cmpstr (values[g_strv_length (values) - 1], ==, "1.000");
  for (unsigned i = 1; values[i] != NULL; i++)
    g_assert_cmpfloat (g_ascii_strtod (values[i], NULL), >=, g_ascii_strtod (values[i - 1], NULL));
  g_clear_object (&job);
  machine_stop (self);
}

static void
test_drains (void)
{
  Machine machine = { .async = TRUE }, *self = &machine;
  g_autoptr(QemuBlockDevice) disk = NULL;
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GString) log = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  g_test_summary ("What is done to one disk does not show in the status of another one's job");

  if (!machine_start (self))
    return;
  disk = find (self, "vd0");
  job = start_slow_mirror (self, "slow.raw");
  do_set_speed (job, 0, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_wait_ready, job);
  qemu_test_drain ();
  g_signal_connect (job, "notify::status", G_CALLBACK (notify_cb), log);
  for (unsigned i = 0; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("overlay%u", i);
      g_autoptr(QemuBlockJob) other = NULL;

      do_snapshot (disk, qemu_images_path (self->images, name), NULL, NULL, NULL, &error);
      g_assert_no_error (error);
      other = do_stream (disk, NULL, NULL, &error);
      g_assert_no_error (error);
      call_ok (self, &verb_wait, other);
      qemu_test_drain ();
    }
  g_assert_cmpstr (log->str, ==, "");
  call_ok (self, &verb_cancel, job);
  qemu_test_drain ();
  g_assert_cmpstr (log->str, !=, "");
  g_clear_object (&job);
  g_clear_object (&disk);
  machine_stop (self);
}

static void
test_unattended (void)
{
  Machine machine = { .async = TRUE }, *self = &machine;
  g_autoptr(QemuBlockDevice) disk = NULL;
  g_autoptr(QemuBlockJob) job = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A job that nobody waits for is dismissed all the same, and has its result");

  if (!machine_start (self))
    return;
  disk = find (self, "vd0");
  job = do_backup (disk, qemu_images_path (self->images, "copy.raw"), "raw", NULL, &error);
  g_assert_no_error (error);
  QEMU_TEST_WAIT_UNTIL (qemu_job_get_status (QEMU_JOB (job)) == QEMU_JOB_STATUS_NULL);
  assert_result (job, COMPLETED);
  assert_no_jobs (self);
  g_clear_object (&disk);
  g_clear_object (&job);
  machine_stop (self);
}

static void
test_outlives_domain (void)
{
  Machine machine = { .async = FALSE }, *self = &machine;
  g_autoptr(QemuBlockDevice) disk = NULL;
  g_autoptr(QemuBlockJob) job = NULL, ended = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Jobs and disks may be kept longer than their domain, and say so when they are used");

  if (!machine_start (self))
    return;
  disk = find (self, "vd1");
  ended = do_stream (disk, NULL, NULL, &error);
  g_assert_no_error (error);
  call_ok (self, &verb_wait, ended);
  job = start_slow_mirror (self, "slow.raw");
  machine_stop (self);

  assert_result (ended, COMPLETED);
  assert_result (job, LOST);
  call_ok (self, &verb_wait, ended);
  g_assert_false (call (self, &verb_wait, job, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_clear_error (&error);
  g_assert_false (call (self, &verb_pause, job, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  g_clear_error (&error);
  g_assert_false (do_eject (disk, FALSE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  g_assert_cmpuint (qemu_test_read_properties (job), ==, 20);
}

/* ---------------------------------------------------------------- all of it */

static const Case cases[] = {
  { "commit-active", commit_active, TRUE },
  { "commit-intermediate", commit_intermediate, TRUE },
  { "mirror-complete", mirror_complete, TRUE },
  { "mirror-stop", mirror_stop, TRUE },
  { "stream", stream, TRUE },
  { "backup", backup, TRUE },
  { "backup-refused", backup_refused },
  { "failed", failed },
  { "stopped-by-error", stopped_by_error },
  { "cancelled", cancelled },
  { "lost", lost },
  { "nothing-to-do", nothing_to_do },
  { "ready-with-nothing", ready_with_nothing },
  { "pauses", pauses },
  { "two-at-once", two_at_once },
  { "finalized-by-hand", finalized_by_hand, TRUE },
  { "refused", refused },
  { "foreign", foreign },
  { "quit-with-ready", quit_with_ready },
  { "snapshots", snapshots },
  { "create", create },
};

/* These make no difference between the ways, or choose one themselves. */
static const Case plain_cases[] = {
  { "wait-given-up", wait_given_up },
  { "complete-twice", complete_twice },
  { "own-names", own_names },
  { "snapshot", snapshot, TRUE },
  { "resize", resize, TRUE },
  { "throttle", throttle, TRUE },
  { "medium", medium },
  { "locked", locked },
  { "gone", gone },
};

static void
add_variant (const Case *the_case,
             Way         way,
             gboolean    with_drives)
{
  g_autofree char *path = g_strdup_printf ("/jobs/%s/%s%s", the_case->name, way_names[way],
                                           with_drives ? "/drive" : "");
  Variant *variant = g_new (Variant, 1);

  variant->the_case = the_case;
  variant->way = way;
  variant->with_drives = with_drives;
  g_test_add_data_func_full (path, variant, test_variant, g_free);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      for (Way way = WAY_SCRIPT; way <= WAY_CONTEXT; way++)
        add_variant (&cases[i], way, FALSE);
      if (cases[i].with_drives)
        add_variant (&cases[i], WAY_SCRIPT, TRUE);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (plain_cases); i++)
    {
      add_variant (&plain_cases[i], WAY_SCRIPT, FALSE);
      add_variant (&plain_cases[i], WAY_LOOP, FALSE);
      if (plain_cases[i].with_drives)
        add_variant (&plain_cases[i], WAY_LOOP, TRUE);
    }

  g_test_add_func ("/jobs/progress", test_progress);
  g_test_add_func ("/jobs/drains", test_drains);
  g_test_add_func ("/jobs/unattended", test_unattended);
  g_test_add_func ("/jobs/outlives-domain", test_outlives_domain);

  return g_test_run ();
}
