/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods of QemuDomain about jobs, and how it knows of them. */

#include "config.h"

#include "qemu-domain-private.h"

#include "qemu-command-private.h"
#include "qemu-context-private.h"
#include "qemu-error.h"
#include "qemu-job-private.h"
#include "qemu-monitor-private.h"
#include "qemu-sync-private.h"

/* ---------------------------------------------------------------- which jobs there are */

static QemuJob *
find_job_locked (QemuDomain *self,
                 const char *id)
{
  for (unsigned i = 0; i < self->jobs->len; i++)
    {
      QemuJob *job = g_ptr_array_index (self->jobs, i);

      if (qemu_job_is_called (job, id) && !qemu_job_get_view (job).gone)
        return job;
    }

  return NULL;
}

/* Takes out those that QEMU has no more; what is left of them is for whoever holds them. Whoever calls is a thread that
 * may drop the last reference. */
static void
prune_jobs (QemuDomain *self)
{
  g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func (g_object_unref);

  g_mutex_lock (&self->lock);
  for (unsigned i = self->jobs->len; i-- > 0;)
    {
      QemuJobView view = qemu_job_get_view (g_ptr_array_index (self->jobs, i));

      if (view.gone && !view.untidy)
        g_ptr_array_add (gone, g_ptr_array_steal_index (self->jobs, i));
    }
  g_mutex_unlock (&self->lock);
}

GPtrArray *
qemu_domain_dup_jobs (QemuDomain *self)
{
  GPtrArray *jobs = g_ptr_array_new_with_free_func (g_object_unref);

  g_mutex_lock (&self->lock);
  for (unsigned i = 0; i < self->jobs->len; i++)
    {
      QemuJob *job = g_ptr_array_index (self->jobs, i);
      QemuJobView view = qemu_job_get_view (job);

      if (view.started && !view.gone)
        g_ptr_array_add (jobs, g_object_ref (job));
    }
  g_mutex_unlock (&self->lock);

  return jobs;
}

char *
qemu_domain_make_id (QemuDomain *self,
                     const char *what)
{
  unsigned number;

  g_mutex_lock (&self->lock);
  number = ++self->n_ids;
  g_mutex_unlock (&self->lock);

  /* Other clients make ids, too. A node's may not have more than 31 characters. */
  return g_strdup_printf ("%s-%08x-%u", what, g_random_int (), number);
}

/* ---------------------------------------------------------------- events */

static QemuJobWord *
find_word_locked (QemuDomain *self,
                  const char *id)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (self->job_words); i++)
    if (g_strcmp0 (self->job_words[i].id, id) == 0)
      return &self->job_words[i];

  return NULL;
}

/* A reply may tell of a job when its end has been read already. So what the last events have said is kept, also of jobs
 * that are not known, or not any more. */
static void
note_status_locked (QemuDomain *self,
                   const char *id,
                   const char *status)
{
  QemuJobWord *word = find_word_locked (self, id);

  if (word == NULL)
    {
      word = &self->job_words[self->n_job_words++ % G_N_ELEMENTS (self->job_words)];
      g_free (word->id);
      word->id = g_strdup (id);
    }
  g_free (word->status);
  word->status = g_strdup (status);
}

static void
forget_words_locked (QemuDomain *self)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (self->job_words); i++)
    {
      g_clear_pointer (&self->job_words[i].id, g_free);
      g_clear_pointer (&self->job_words[i].status, g_free);
    }
}

static void
lose_jobs_locked (QemuDomain *self)
{
  for (unsigned i = 0; i < self->jobs->len; i++)
    qemu_job_take_loss (g_ptr_array_index (self->jobs, i));
  forget_words_locked (self);
}

void
qemu_domain_lose_jobs (QemuDomain *self)
{
  g_mutex_lock (&self->lock);
  lose_jobs_locked (self);
  g_mutex_unlock (&self->lock);
}

/* Returns what is to be done about it. */
static unsigned
take_job_event_locked (QemuDomain     *self,
                       const char     *name,
                       const QemuJson *json)
{
  gboolean is_status = g_str_equal (name, "JOB_STATUS_CHANGE");
  gboolean has_id = is_status || g_str_equal (name, "BLOCK_JOB_PENDING");
  g_autofree char *id = qemu_names_dup (json, qemu_json_get_member (json, 0, has_id ? "id" : "device"));
  g_autofree char *status = is_status ? qemu_names_dup (json, qemu_json_get_member (json, 0, "status")) : NULL;
  QemuJob *job = id != NULL ? find_job_locked (self, id) : NULL;
  unsigned chores = QEMU_DOMAIN_SHOW_JOBS;

  if (id != NULL && status != NULL)
    note_status_locked (self, id, status);
  if (job != NULL && !is_status)
    qemu_job_take_event (job, name, json);
  else if (job != NULL && status != NULL)
    qemu_job_take_status (job, status);
  else if (g_strcmp0 (status, "null") != 0)
    chores |= qemu_domain_get_followed_locked (self) & QEMU_DOMAIN_REFRESH_ALL_JOBS;

  return chores;
}

/* Anything but the status is said for those who know of a job, or want to. */
static gboolean
is_job_event_locked (QemuDomain *self,
                     const char *name)
{
  return g_str_equal (name, "JOB_STATUS_CHANGE") ||
         (g_str_has_prefix (name, "BLOCK_JOB_") &&
          (self->jobs->len > 0 || qemu_domain_get_followed_locked (self) & QEMU_DOMAIN_REFRESH_ALL_JOBS));
}

void
qemu_domain_witness (const QemuEventText *event,
                     gpointer             user_data)
{
  QemuDomain *self = user_data;
  unsigned chores = 0;

  if (event == NULL)
    {
      qemu_domain_lose_jobs (self);
      return;
    }

  g_mutex_lock (&self->lock);
  if (is_job_event_locked (self, event->text) &&
      qemu_json_parse (&self->witness_json, qemu_event_text_get_data (event), event->data_length, NULL))
    chores = take_job_event_locked (self, event->text, &self->witness_json);
  qemu_json_trim (&self->witness_json);
  g_mutex_unlock (&self->lock);

  if (chores != 0)
    qemu_domain_queue (self, chores);
}

/* ---------------------------------------------------------------- replies */

/* The job that a reply tells of. Under the lock, so that no event of it is missed. */
static QemuJob *
take_job_locked (QemuDomain     *self,
                 const QemuJson *json,
                 guint32         object,
                 const char     *id)
{
  QemuJob *job = find_job_locked (self, id);
  QemuJobWord *word = find_word_locked (self, id);
  g_autofree char *type = NULL;

  if (job != NULL)
    {
      qemu_job_take_reply (job, json, object);
      return job;
    }

  type = qemu_names_dup (json, qemu_json_get_member (json, object, "type"));
  job = qemu_job_new (qemu_job_type_for (type), self, id, QEMU_JOB_FOREIGN);
  g_ptr_array_add (self->jobs, job);
  qemu_job_take_reply (job, json, object);
  if (word != NULL)
    qemu_job_take_status (job, word->status);

  return job;
}

/* Where no event tells of a job's end, this does: there are none, or nothing that runs brings them. */
static void
miss_jobs_locked (QemuDomain *self,
                  GHashTable *present)
{
  for (unsigned i = 0; i < self->jobs->len; i++)
    {
      QemuJob *job = g_ptr_array_index (self->jobs, i);

      QemuJobView view = qemu_job_get_view (job);

      if (view.started && !view.told_by_events && !g_hash_table_contains (present, job))
        qemu_job_take_end (job);
    }
}

/* More than a machine can have use for. Each is looked for among those that are known; and one that nothing tells the
 * end of stays known. */
#define MAX_JOBS 4096

static gboolean
has_room_locked (QemuDomain      *self,
                 const QemuJson  *json,
                 guint32          value,
                 GError         **error)
{
  unsigned n = 0;

  QEMU_JSON_FOREACH_ELEMENT (json, value, element)
    n++;
  if (n <= MAX_JOBS && self->jobs->len <= MAX_JOBS)
    return TRUE;

  g_set_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL, "QEMU tells of more than %u jobs", MAX_JOBS);

  return FALSE;
}

/* Each is once in the list, should QEMU name it twice. */
static GListModel *
take_jobs (QemuDomain      *self,
           const QemuJson  *json,
           guint32          value,
           const char      *id_member,
           GType            type,
           GError         **error)
{
  g_autoptr(GHashTable) present = g_hash_table_new (NULL, NULL);
  gboolean lost = qemu_domain_get_state (self) != QEMU_MONITOR_STATE_OPEN;
  GListStore *store;

  prune_jobs (self);

  g_mutex_lock (&self->lock);
  if (!has_room_locked (self, json, value, error))
    {
      g_mutex_unlock (&self->lock);
      return NULL;
    }
  store = g_list_store_new (type);
  QEMU_JSON_FOREACH_ELEMENT (json, value, element)
    {
      g_autofree char *id = qemu_names_dup (json, qemu_json_get_member (json, element, id_member));
      QemuJob *job = id != NULL ? take_job_locked (self, json, element, id) : NULL;

      if (job != NULL && g_type_is_a (G_OBJECT_TYPE (job), type) && !qemu_job_get_view (job).gone &&
          g_hash_table_add (present, job))
        g_list_store_append (store, job);
    }
  if (type == QEMU_TYPE_JOB)
    miss_jobs_locked (self, present);
  /* The reply is the last that was heard of them. */
  if (lost)
    lose_jobs_locked (self);
  g_mutex_unlock (&self->lock);

  qemu_domain_queue (self, QEMU_DOMAIN_SHOW_JOBS);

  return G_LIST_MODEL (store);
}

static gpointer
decode_jobs (QemuDomain      *self,
             const QemuJson  *json,
             guint32          value,
             GError         **error)
{
  return take_jobs (self, json, value, "id", QEMU_TYPE_JOB, error);
}

static gpointer
decode_block_jobs (QemuDomain      *self,
                   const QemuJson  *json,
                   guint32          value,
                   GError         **error)
{
  return take_jobs (self, json, value, "device", QEMU_TYPE_BLOCK_JOB, error);
}

const QemuOperation qemu_domain_list_jobs_operation = { "query-jobs", decode_jobs, g_object_unref };
const QemuOperation qemu_domain_list_block_jobs_operation = { "query-block-jobs", decode_block_jobs, g_object_unref };
const QemuOperation qemu_domain_dismiss_operation = { "job-dismiss" };
const QemuOperation qemu_domain_delete_node_operation = { "blockdev-del" };

/* ---------------------------------------------------------------- looking after them, in the domain's context */

static gboolean
drain_cb (gpointer user_data)
{
  g_autoptr(QemuDomain) self = g_weak_ref_get (user_data);

  if (self != NULL)
    {
      g_clear_pointer (&self->drain, g_source_unref);
      qemu_domain_look_after_jobs (self);
    }

  return G_SOURCE_REMOVE;
}

static gboolean
progress_cb (gpointer user_data)
{
  g_autoptr(QemuDomain) self = g_weak_ref_get (user_data);
  g_autoptr(GPtrArray) jobs = NULL;
  unsigned chores = 0;

  if (self == NULL)
    return G_SOURCE_REMOVE;

  if (!qemu_monitor_get_events_supported (self->monitor))
    chores |= qemu_domain_get_followed (self) & QEMU_DOMAIN_REFRESH_JOBS;
  jobs = qemu_domain_dup_jobs (self);
  for (unsigned i = 0; i < jobs->len; i++)
    if (qemu_job_is_watched (g_ptr_array_index (jobs, i)))
      chores |= QEMU_IS_BLOCK_JOB (g_ptr_array_index (jobs, i)) ? QEMU_DOMAIN_REFRESH_BLOCK_JOBS
                                                                : QEMU_DOMAIN_REFRESH_JOBS;
  g_clear_pointer (&self->progress, g_source_unref);
  qemu_domain_refresh (self, chores);
  qemu_domain_look_after_jobs (self);

  return G_SOURCE_REMOVE;
}

static GQuark
tidying_quark (void)
{
  return g_quark_from_static_string ("qemu-domain-tidying");
}

static void
tidied_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(QemuDomain) self = user_data;

  g_object_set_qdata (object, tidying_quark (), NULL);
  qemu_domain_queue (self, QEMU_DOMAIN_SHOW_JOBS);
}

static void
tidy_job (QemuDomain *self,
          QemuJob    *job)
{
  if (g_object_get_qdata (G_OBJECT (job), tidying_quark ()) != NULL)
    return;

  g_object_set_qdata (G_OBJECT (job), tidying_quark (), job);
  g_main_context_push_thread_default (self->context);
  qemu_job_tidy_async (job, self, self->refresh, tidied_cb, g_object_ref (self));
  g_main_context_pop_thread_default (self->context);
}

void
qemu_domain_look_after_jobs (QemuDomain *self)
{
  g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func (g_object_unref);
  unsigned n_active = 0, delay_ms = 0;

  prune_jobs (self);
  g_mutex_lock (&self->lock);
  for (unsigned i = 0; i < self->jobs->len; i++)
    g_ptr_array_add (jobs, g_object_ref (g_ptr_array_index (self->jobs, i)));
  g_mutex_unlock (&self->lock);

  for (unsigned i = 0; i < jobs->len; i++)
    {
      QemuJob *job = g_ptr_array_index (jobs, i);
      QemuJobView view = qemu_job_get_view (job);
      unsigned left = qemu_job_show_status (job);

      if (left > 0 && (delay_ms == 0 || left < delay_ms))
        delay_ms = left;
      if (view.started && !view.gone && view.status != QEMU_JOB_STATUS_CONCLUDED)
        n_active++;
      if (view.untidy)
        tidy_job (self, job);
    }

  if (delay_ms > 0)
    qemu_domain_add_timer (self, &self->drain, delay_ms, drain_cb);
  if (n_active > 0)
    qemu_domain_add_timer (self, &self->progress, qemu_domain_get_progress_interval (self), progress_cb);
}

/* ---------------------------------------------------------------- listing them */

/**
 * qemu_domain_list_jobs_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks for the jobs (`query-jobs`). See [method@Domain.list_jobs].
 *
 * Since: 1.0
 */
void
qemu_domain_list_jobs_async (QemuDomain          *self,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &qemu_domain_list_jobs_operation, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_list_jobs_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.list_jobs_async].
 *
 * Returns: (transfer full): a model of [class@Job]
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_list_jobs_finish (QemuDomain    *self,
                              GAsyncResult  *result,
                              GError       **error)
{
  return qemu_domain_finish_operation (self, &qemu_domain_list_jobs_operation, result, error);
}

/**
 * qemu_domain_list_jobs:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Asks for all jobs (`query-jobs`), those of other clients too, and waits for the answer.
 *
 * A job is the same object each time, and follows its events from now on. See [method@Monitor.run] for the errors.
 *
 * Returns: (transfer full): a model of [class@Job]
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_list_jobs (QemuDomain    *self,
                       GCancellable  *cancellable,
                       GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  return qemu_domain_run_operation (self, &qemu_domain_list_jobs_operation, NULL, cancellable, error);
}

/**
 * qemu_domain_list_block_jobs_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Asks for the jobs that work on disks (`query-block-jobs`). See [method@Domain.list_block_jobs].
 *
 * Since: 1.0
 */
void
qemu_domain_list_block_jobs_async (QemuDomain          *self,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));

  qemu_domain_start_operation (self, &qemu_domain_list_block_jobs_operation, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_list_block_jobs_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.list_block_jobs_async].
 *
 * Returns: (transfer full): a model of [class@BlockJob]
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_list_block_jobs_finish (QemuDomain    *self,
                                    GAsyncResult  *result,
                                    GError       **error)
{
  return qemu_domain_finish_operation (self, &qemu_domain_list_block_jobs_operation, result, error);
}

/**
 * qemu_domain_list_block_jobs:
 * @self: a domain
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Asks for the jobs that work on disks (`query-block-jobs`), those of other clients too, and waits for the answer.
 *
 * A job is the same object each time, and follows its events from now on. See [method@Monitor.run] for the errors.
 *
 * Returns: (transfer full): a model of [class@BlockJob]
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_list_block_jobs (QemuDomain    *self,
                             GCancellable  *cancellable,
                             GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  return qemu_domain_run_operation (self, &qemu_domain_list_block_jobs_operation, NULL, cancellable, error);
}

/* ---------------------------------------------------------------- starting one */

/* Commands whose jobs are block jobs: these can be told not to forget them. */
static const char * const block_job_commands[] = {
  "block-commit", "block-stream", "blockdev-backup", "blockdev-mirror", "drive-backup", "drive-mirror", NULL
};

static const QemuOperation start_operation = { NULL };

static void
drop_job (QemuDomain *self,
          QemuJob    *job)
{
  qemu_job_clear_nodes (job);
  qemu_job_take_end (job);
  g_mutex_lock (&self->lock);
  g_ptr_array_remove (self->jobs, job);
  g_mutex_unlock (&self->lock);

  /* An event may have had it shown already. */
  qemu_domain_queue (self, QEMU_DOMAIN_SHOW_JOBS);
}

static void
start_job_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  QemuDomain *self = QEMU_DOMAIN (object);
  QemuJob *job = g_task_get_task_data (task);
  GError *error = NULL;

  qemu_domain_finish_operation (self, &start_operation, result, &error);
  if (error == NULL)
    {
      qemu_job_take_start (job);
      qemu_domain_queue (self, QEMU_DOMAIN_SHOW_JOBS);
      g_task_return_pointer (task, g_object_ref (job), g_object_unref);
      return;
    }

  /* Without an answer it may have started all the same; then its events will tell. */
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) &&
      !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    drop_job (self, job);
  g_task_return_error (task, error);
}

/* The job is registered before the command is written: all that QEMU tells of it may come before the reply. */
static QemuJob *
register_job (QemuDomain  *self,
              QemuCommand *command)
{
  gboolean is_block = g_strv_contains (block_job_commands, qemu_command_get_name (command));
  gboolean auto_dismiss = FALSE, auto_finalize = TRUE;
  QemuJobOrigin origin = QEMU_JOB_OWN;
  g_autofree char *id = qemu_command_dup_string (command, "job-id");
  QemuJob *job;

  if (id == NULL)
    {
      id = qemu_domain_make_id (self, "job");
      qemu_command_set_string (command, "job-id", id);
    }
  if (is_block && qemu_command_lookup_boolean (command, "auto-dismiss", &auto_dismiss))
    origin = QEMU_JOB_OWN_KEPT;
  else if (is_block)
    qemu_command_set_boolean (command, "auto-dismiss", FALSE);
  qemu_command_lookup_boolean (command, "auto-finalize", &auto_finalize);

  job = qemu_job_new (is_block ? QEMU_TYPE_BLOCK_JOB : QEMU_TYPE_JOB, self, id, origin);
  qemu_job_set_automatic (job, auto_finalize, auto_dismiss);
  prune_jobs (self);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->jobs, g_object_ref (job));
  g_mutex_unlock (&self->lock);

  return job;
}

void
qemu_domain_start_job_with_nodes_async (QemuDomain          *self,
                                        QemuCommand         *command,
                                        GStrv                nodes,
                                        GCancellable        *cancellable,
                                        GAsyncReadyCallback  callback,
                                        gpointer             user_data)
{
  QemuCommand *copy = qemu_command_copy (command);
  GTask *task = qemu_task_new (self, cancellable, callback, user_data);
  QemuJob *job = register_job (self, copy);

  qemu_job_set_nodes (job, nodes);
  g_task_set_source_tag (task, qemu_domain_start_job_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, job, g_object_unref);
  qemu_domain_start_operation (self, &start_operation, copy, cancellable, start_job_cb, task);
}

/**
 * qemu_domain_start_job_async:
 * @self: a domain
 * @command: what to run
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Runs a command that starts a job. See [method@Domain.start_job].
 *
 * Since: 1.0
 */
void
qemu_domain_start_job_async (QemuDomain          *self,
                             QemuCommand         *command,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  g_return_if_fail (QEMU_IS_DOMAIN (self));
  g_return_if_fail (command != NULL);

  qemu_domain_start_job_with_nodes_async (self, command, NULL, cancellable, callback, user_data);
}

/**
 * qemu_domain_start_job_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.start_job_async].
 *
 * Returns: (transfer full): the job; a [class@BlockJob] where it works on a disk
 *
 * Since: 1.0
 */
QemuJob *
qemu_domain_start_job_finish (QemuDomain    *self,
                              GAsyncResult  *result,
                              GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_domain_start_job_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * qemu_domain_start_job:
 * @self: a domain
 * @command: what to run
 * @cancellable: (nullable): a cancellable; it ends the wait, not the command
 * @error: return location for an error
 *
 * Runs a command that starts a job, such as `snapshot-save` or `blockdev-create`, and waits until QEMU has accepted it.
 * The job may end before this does. For jobs of a disk see also [class@BlockDevice].
 *
 * Where @command has no `job-id`, the job gets one. What the program does not keep with an `auto-dismiss` of its own,
 * the library dismisses when it has ended. @command stays as it is.
 *
 * See [method@Monitor.run] for the errors.
 *
 * Returns: (transfer full): the job; a [class@BlockJob] where it works on a disk
 *
 * Since: 1.0
 */
QemuJob *
qemu_domain_start_job (QemuDomain    *self,
                       QemuCommand   *command,
                       GCancellable  *cancellable,
                       GError       **error)
{
  g_auto(QemuSync) sync = { 0 };

  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);

  if (!qemu_sync_begin (&sync, error))
    return NULL;
  qemu_domain_start_job_async (self, command, cancellable, qemu_sync_cb, &sync);

  return qemu_domain_start_job_finish (self, qemu_sync_end (&sync), error);
}
