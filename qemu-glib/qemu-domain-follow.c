/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain does by itself, in its own context: it asks QEMU for what may have changed, and keeps its models. */

#include "config.h"

#include "qemu-domain-private.h"

#include <stdlib.h>
#include <string.h>

#include "qemu-context-private.h"
#include "qemu-job-private.h"
#include "qemu-monitor-private.h"

#define REFRESH_ALL ((1u << QEMU_DOMAIN_N_REFRESHES) - 1)

/* ---------------------------------------------------------------- models */

/* Makes @store the list that @target is, and touches only what differs. What is in both keeps its order nearly always;
 * what does not goes out and comes in again. */
static void
show_in_store (GListStore *store,
               GPtrArray  *target)
{
  GListModel *model = G_LIST_MODEL (store);
  g_autoptr(GHashTable) wanted = g_hash_table_new (NULL, NULL);
  g_autoptr(GHashTable) present = g_hash_table_new (NULL, NULL);
  unsigned position = 0, next = 0;

  for (unsigned i = 0; i < target->len; i++)
    g_hash_table_add (wanted, g_ptr_array_index (target, i));
  for (unsigned i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr(GObject) item = g_list_model_get_item (model, i);

      g_hash_table_add (present, item);
    }

  for (;;)
    {
      gpointer expected = next < target->len ? g_ptr_array_index (target, next) : NULL;
      unsigned n_removals = 0, n_additions = 0;

      /* What goes, or is not expected here. */
      for (;;)
        {
          g_autoptr(GObject) item = g_list_model_get_item (model, position + n_removals);
          gboolean moved = item != expected && expected != NULL && g_hash_table_contains (present, expected);

          if (item == NULL || item == expected || (g_hash_table_contains (wanted, item) && !moved))
            break;
          g_hash_table_remove (present, item);
          n_removals++;
        }
      while (next + n_additions < target->len &&
             !g_hash_table_contains (present, g_ptr_array_index (target, next + n_additions)))
        n_additions++;

      if (n_removals > 0 || n_additions > 0)
        g_list_store_splice (store, position, n_removals, n_additions > 0 ? target->pdata + next : NULL, n_additions);
      else if (expected == NULL)
        break;
      else
        n_additions = 1;
      position += n_additions;
      next += n_additions;
    }
}

static void
show_block_devices (QemuDomain *self)
{
  g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GListStore) model = NULL;

  g_mutex_lock (&self->lock);
  g_set_object (&model, self->block_devices_model);
  for (unsigned i = 0; i < self->block_devices->len; i++)
    g_ptr_array_add (devices, g_object_ref (g_ptr_array_index (self->block_devices, i)));
  g_mutex_unlock (&self->lock);

  if (model != NULL)
    show_in_store (model, devices);
}

static void
show_jobs (QemuDomain *self)
{
  g_autoptr(GPtrArray) jobs = qemu_domain_dup_jobs (self);
  g_autoptr(GListStore) jobs_model = NULL;
  g_autoptr(GListStore) block_jobs_model = NULL;

  g_mutex_lock (&self->lock);
  g_set_object (&jobs_model, self->jobs_model);
  g_set_object (&block_jobs_model, self->block_jobs_model);
  g_mutex_unlock (&self->lock);

  if (jobs_model != NULL)
    show_in_store (jobs_model, jobs);
  if (block_jobs_model == NULL)
    return;

  for (unsigned i = jobs->len; i-- > 0;)
    if (!QEMU_IS_BLOCK_JOB (g_ptr_array_index (jobs, i)))
      g_ptr_array_remove_index (jobs, i);
  show_in_store (block_jobs_model, jobs);
}

/* A handler of the models may run the main loop. */
static void
show (QemuDomain *self,
      unsigned    chores)
{
  if (self->showing)
    {
      qemu_domain_queue (self, chores);
      return;
    }

  self->showing = TRUE;
  if (chores & QEMU_DOMAIN_SHOW_BLOCK_DEVICES)
    show_block_devices (self);
  if (chores & QEMU_DOMAIN_SHOW_JOBS)
    show_jobs (self);
  self->showing = FALSE;
}

unsigned
qemu_domain_get_followed_locked (QemuDomain *self)
{
  unsigned followed = 0;

  if (self->block_devices_model != NULL)
    followed |= QEMU_DOMAIN_REFRESH_BLOCK_DEVICES;
  if (self->jobs_model != NULL || self->block_jobs_model != NULL)
    followed |= QEMU_DOMAIN_REFRESH_ALL_JOBS;

  return followed;
}

unsigned
qemu_domain_get_followed (QemuDomain *self)
{
  unsigned followed;

  g_mutex_lock (&self->lock);
  followed = qemu_domain_get_followed_locked (self);
  g_mutex_unlock (&self->lock);

  return followed;
}

static GListModel *
follow (QemuDomain  *self,
        GListStore **model,
        GType        type,
        unsigned     chore)
{
  gboolean first;

  g_mutex_lock (&self->lock);
  first = *model == NULL;
  if (first)
    *model = g_list_store_new (type);
  g_mutex_unlock (&self->lock);

  if (first)
    qemu_domain_queue (self, chore);

  return G_LIST_MODEL (*model);
}

/**
 * qemu_domain_get_block_devices: (get-property block-devices)
 * @self: a domain
 *
 * Gets the disks and drives as a model that follows what happens to them; see [property@Domain:block-devices].
 *
 * Returns: (transfer none): a model of [class@BlockDevice]
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_get_block_devices (QemuDomain *self)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  return follow (self, &self->block_devices_model, QEMU_TYPE_BLOCK_DEVICE, QEMU_DOMAIN_SHOW_BLOCK_DEVICES);
}

/**
 * qemu_domain_get_block_jobs: (get-property block-jobs)
 * @self: a domain
 *
 * Gets the jobs that work on disks as a model that follows them; see [property@Domain:block-jobs].
 *
 * Returns: (transfer none): a model of [class@BlockJob]
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_get_block_jobs (QemuDomain *self)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  return follow (self, &self->block_jobs_model, QEMU_TYPE_BLOCK_JOB, QEMU_DOMAIN_SHOW_JOBS);
}

/**
 * qemu_domain_get_jobs: (get-property jobs)
 * @self: a domain
 *
 * Gets all jobs as a model that follows them; see [property@Domain:jobs].
 *
 * Returns: (transfer none): a model of [class@Job]
 *
 * Since: 1.0
 */
GListModel *
qemu_domain_get_jobs (QemuDomain *self)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  return follow (self, &self->jobs_model, QEMU_TYPE_JOB, QEMU_DOMAIN_SHOW_JOBS);
}

/* ---------------------------------------------------------------- asking again */

void
qemu_domain_add_timer (QemuDomain   *self,
                       GSource     **source,
                       unsigned      delay_ms,
                       GSourceFunc   callback)
{
  if (*source != NULL)
    return;

  *source = g_timeout_source_new (delay_ms);
  g_source_set_callback (*source, callback, qemu_domain_link_ref (self->link), (GDestroyNotify) qemu_domain_link_unref);
  g_source_attach (*source, self->context);
}

static const QemuOperation * const refreshes[QEMU_DOMAIN_N_REFRESHES] = {
  &qemu_domain_status_operation,
  &qemu_domain_list_block_devices_operation,
  &qemu_domain_list_jobs_operation,
  &qemu_domain_list_block_jobs_operation
};

/* Nobody needs to hold the domain for this: when it is gone, the answer is not wanted. */
typedef struct
{
  GWeakRef *domain;
  unsigned  index;
  guint64   asked;
} Refresh;

static void
refresh_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autofree Refresh *refresh = user_data;
  const QemuOperation *operation = refreshes[refresh->index];
  unsigned chore = 1u << refresh->index;
  g_autoptr(QemuDomain) self = g_weak_ref_get (refresh->domain);
  g_autoptr(GBytes) reply = NULL;
  g_autoptr(GError) error = NULL;
  gpointer value;

  qemu_domain_link_unref (refresh->domain);
  reply = qemu_monitor_run_finish (QEMU_MONITOR (object), result, &error);
  if (self == NULL)
    return;

  self->refreshing &= ~chore;
  if (reply != NULL)
    {
      value = qemu_domain_decode_reply (self, operation, refresh->asked, reply, &error);
      if (value != NULL && operation->free_result != NULL)
        operation->free_result (value);
    }
  if (self->refresh_again & chore)
    qemu_domain_refresh (self, chore);
  else if (error != NULL && chore == QEMU_DOMAIN_REFRESH_STATUS)
    qemu_domain_poll_status (self);
  if (error != NULL)
    g_debug ("Could not follow what %s tells: %s", operation->command, error->message);
}

/* One question of a kind at a time; what happens meanwhile is asked for once more behind it. */
void
qemu_domain_refresh (QemuDomain *self,
                     unsigned    chores)
{
  self->refresh_again &= ~chores;
  self->refresh_again |= self->refreshing & chores;
  chores &= ~self->refreshing;
  if (chores == 0 || qemu_domain_get_state (self) != QEMU_MONITOR_STATE_OPEN)
    return;

  self->refreshing |= chores;
  if (chores & QEMU_DOMAIN_REFRESH_STATUS)
    qemu_source_clear (&self->poll);
  g_main_context_push_thread_default (self->context);
  for (unsigned i = 0; i < QEMU_DOMAIN_N_REFRESHES; i++)
    if (chores & (1u << i))
      {
        g_autoptr(QemuCommand) command = qemu_command_new (refreshes[i]->command);
        Refresh *refresh = g_new (Refresh, 1);

        refresh->domain = qemu_domain_link_ref (self->link);
        refresh->index = i;
        refresh->asked = qemu_domain_get_moment (self, refreshes[i]);
        qemu_monitor_run_async (self->monitor, command, self->refresh, refresh_cb, refresh);
      }
  g_main_context_pop_thread_default (self->context);
}

/* What is followed, and has not been asked for in this connection. */
static unsigned
catch_up (QemuDomain *self)
{
  unsigned connection = qemu_monitor_get_connection (self->monitor), chores;

  if (qemu_domain_get_state (self) != QEMU_MONITOR_STATE_OPEN)
    return 0;
  if (self->connection != connection)
    self->asked = 0;
  self->connection = connection;
  chores = qemu_domain_get_followed (self) & ~self->asked;
  self->asked |= chores;

  return chores;
}

/* ---------------------------------------------------------------- chores */

static void
do_chores (gpointer object)
{
  QemuDomain *self = object;
  unsigned chores;

  g_mutex_lock (&self->lock);
  chores = self->chores;
  self->chores = 0;
  g_mutex_unlock (&self->lock);

  if (chores & QEMU_DOMAIN_POLL_STATUS)
    qemu_domain_poll_status (self);
  qemu_domain_refresh (self, (chores & REFRESH_ALL) | catch_up (self));
  if (chores & QEMU_DOMAIN_SHOW_JOBS)
    qemu_domain_look_after_jobs (self);
  show (self, chores);
}

void
qemu_domain_queue (QemuDomain *self,
                   unsigned    chores)
{
  gboolean first;

  g_mutex_lock (&self->lock);
  first = self->chores == 0;
  self->chores |= chores;
  g_mutex_unlock (&self->lock);

  if (first)
    qemu_context_call (self->context, self, do_chores);
}

/* ---------------------------------------------------------------- what the answers depend on */

typedef struct
{
  const char *event;
  unsigned    chores;
} Consequence;

/* After these something may be another. In the order of strcmp(). */
static const Consequence consequences[] = {
  { "BLOCK_IMAGE_CORRUPTED", QEMU_DOMAIN_REFRESH_BLOCK_DEVICES },
  { "BLOCK_IO_ERROR", QEMU_DOMAIN_REFRESH_BLOCK_DEVICES },
  { "BLOCK_JOB_ERROR", QEMU_DOMAIN_REFRESH_BLOCK_JOBS },
  { "BLOCK_WRITE_THRESHOLD", QEMU_DOMAIN_REFRESH_BLOCK_DEVICES },
  { "DEVICE_DELETED", QEMU_DOMAIN_REFRESH_BLOCK_DEVICES },
  { "DEVICE_TRAY_MOVED", QEMU_DOMAIN_REFRESH_BLOCK_DEVICES },
  { "GUEST_PANICKED", QEMU_DOMAIN_REFRESH_STATUS },
  { "MIGRATION", QEMU_DOMAIN_REFRESH_STATUS },
  { "RESET", QEMU_DOMAIN_REFRESH_STATUS | QEMU_DOMAIN_REFRESH_BLOCK_DEVICES },
  { "RESUME", QEMU_DOMAIN_REFRESH_STATUS | QEMU_DOMAIN_REFRESH_BLOCK_DEVICES },
  { "SHUTDOWN", QEMU_DOMAIN_REFRESH_STATUS },
  { "STOP", QEMU_DOMAIN_REFRESH_STATUS },
  { "SUSPEND", QEMU_DOMAIN_REFRESH_STATUS },
  { "SUSPEND_DISK", QEMU_DOMAIN_REFRESH_STATUS },
  { "WAKEUP", QEMU_DOMAIN_REFRESH_STATUS },
  { "WATCHDOG", QEMU_DOMAIN_REFRESH_STATUS },
};

static int
compare_name (const void *name,
              const void *consequence)
{
  return strcmp (name, ((const Consequence *) consequence)->event);
}

/* A job's end counts because a snapshot job stops and starts the machine, and because a commit or a mirror leaves the
 * disk on another node. */
static unsigned
get_consequences (const QemuEventText *event)
{
  const Consequence *consequence = bsearch (event->text, consequences, G_N_ELEMENTS (consequences),
                                            sizeof (Consequence), compare_name);
  g_auto(QemuJson) json = QEMU_JSON_INIT;

  if (consequence != NULL)
    return consequence->chores;
  if (!g_str_equal (event->text, "JOB_STATUS_CHANGE") ||
      !qemu_json_parse (&json, qemu_event_text_get_data (event), event->data_length, NULL) ||
      !qemu_json_string_equals (&json, qemu_json_get_member (&json, 0, "status"), "concluded"))
    return 0;

  return QEMU_DOMAIN_REFRESH_STATUS | QEMU_DOMAIN_REFRESH_BLOCK_DEVICES;
}

static gboolean
a_block_device_is_watched (QemuDomain *self)
{
  unsigned signal_id = g_signal_lookup ("notify", G_TYPE_OBJECT);
  gboolean watched = FALSE;

  g_mutex_lock (&self->lock);
  for (unsigned i = 0; i < self->block_devices->len && !watched; i++)
    watched = g_signal_handler_find (g_ptr_array_index (self->block_devices, i), G_SIGNAL_MATCH_ID, signal_id, 0,
                                     NULL, NULL, NULL) != 0;
  g_mutex_unlock (&self->lock);

  return watched;
}

/* Those of @chores that somebody would notice. */
static unsigned
drop_unwanted (QemuDomain *self,
               unsigned    chores)
{
  unsigned wanted = chores & QEMU_DOMAIN_REFRESH_STATUS;

  chores &= ~wanted;
  if (chores == 0)
    return wanted;

  wanted |= chores & qemu_domain_get_followed (self);
  if (chores & ~wanted & QEMU_DOMAIN_REFRESH_BLOCK_DEVICES && a_block_device_is_watched (self))
    wanted |= QEMU_DOMAIN_REFRESH_BLOCK_DEVICES;

  return wanted;
}

void
qemu_domain_follow_event (QemuDomain          *self,
                          const QemuEventText *event)
{
  unsigned chores = drop_unwanted (self, get_consequences (event));

  if (chores & QEMU_DOMAIN_REFRESH_STATUS)
    self->poll_ms = 0;
  qemu_domain_refresh (self, chores);
}

/* What was known of a QEMU that is not there any more. */
static void
forget (QemuDomain *self)
{
  g_autoptr(GPtrArray) gone = NULL;

  qemu_source_clear (&self->poll);
  g_mutex_lock (&self->lock);
  gone = g_steal_pointer (&self->block_devices);
  self->block_devices = g_ptr_array_new_with_free_func (g_object_unref);
  g_mutex_unlock (&self->lock);
  qemu_domain_look_after_jobs (self);
  show (self, QEMU_DOMAIN_SHOW_BLOCK_DEVICES | QEMU_DOMAIN_SHOW_JOBS);
}

void
qemu_domain_follow_replacement (QemuDomain *self)
{
  forget (self);
  qemu_domain_refresh (self, QEMU_DOMAIN_REFRESH_STATUS | catch_up (self));
}

void
qemu_domain_follow_state (QemuDomain *self)
{
  if (qemu_domain_get_state (self) == QEMU_MONITOR_STATE_OPEN)
    {
      qemu_domain_refresh (self, catch_up (self));
      return;
    }

  /* Again: a reply that was read before the end may have told of some since. */
  qemu_domain_lose_jobs (self);
  forget (self);
}

/* QEMU sends no event when a disk is plugged in, and for little else that a command does. */
void
qemu_domain_follow_command (QemuDomain *self,
                            const char *name)
{
  static const char * const prefixes[] = {
    "block", "change", "device_", "drive", "eject", "human-monitor-command", "migrate", "object-", "qom-set",
    "snapshot-", "transaction"
  };

  /* Most of them only ask. */
  if (g_str_has_prefix (name, "query-"))
    return;

  for (unsigned i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (name, prefixes[i]))
      {
        if (drop_unwanted (self, QEMU_DOMAIN_REFRESH_BLOCK_DEVICES) != 0)
          qemu_domain_queue (self, QEMU_DOMAIN_REFRESH_BLOCK_DEVICES);
        return;
      }
}

void
qemu_domain_stop_following (QemuDomain *self)
{
  g_cancellable_cancel (self->refresh);
  qemu_source_clear (&self->poll);
  qemu_source_clear (&self->drain);
  qemu_source_clear (&self->progress);
}
