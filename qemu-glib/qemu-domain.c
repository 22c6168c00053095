/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-domain-private.h"

#include "qemu-context-private.h"
#include "qemu-enum-types.h"
#include "qemu-error.h"
#include "qemu-monitor-private.h"
#include "qemu-socket-monitor.h"
#include "qemu-sync-private.h"
#include "qemu-test-monitor.h"
#include "qemu-text-private.h"

typedef enum
{
  PROP_MONITOR = 1,
  PROP_NAME,
  PROP_STATE,
  PROP_STATUS,
  PROP_STATUS_NAME,
  PROP_RUNNING,
  PROP_VERSION,
  PROP_BLOCK_DEVICES,
  PROP_BLOCK_JOBS,
  PROP_JOBS,
  PROP_PROGRESS_INTERVAL
} QemuDomainProperty;

typedef enum
{
  SIGNAL_EVENT,
  SIGNAL_CLOSED,
  N_SIGNALS
} QemuDomainSignal;

/* A state that passes by itself is asked for again: soon, then less and less often. */
#define FIRST_POLL_MS 250
#define LAST_POLL_MS  4000

static GParamSpec *properties[PROP_PROGRESS_INTERVAL + 1];
static unsigned signals[N_SIGNALS];

/**
 * QemuDomain:
 *
 * One running QEMU.
 *
 * A domain sits on a [class@Monitor], which carries its commands and events. It knows what QEMU means by them:
 *
 * ```c
 * g_autoptr(QemuDomain) vm = qemu_domain_new_for_uri ("/run/vm.sock", &error);
 *
 * if (vm == NULL || !qemu_domain_open (vm, NULL, &error))
 *   return FALSE;
 *
 * g_signal_connect (vm, "event::SHUTDOWN", G_CALLBACK (on_shutdown), NULL);
 * g_signal_connect (vm, "notify::status", G_CALLBACK (on_status), NULL);
 * qemu_domain_cont (vm, NULL, &error);
 * ```
 *
 * Every operation comes three times: `foo_async` with its `foo_finish`, and `foo`, which waits. The waiting kind may be
 * used from any thread and inside callbacks, and leaves the caller's main loop alone.
 *
 * [property@Domain:status] and [property@Domain:running] follow QEMU's events by themselves, as long as the main
 * context runs that the domain was made in; all signals come there. A script without a main loop asks with
 * [method@Domain.query_status] instead. A domain that nothing happens to sends no command.
 *
 * Dropping the last reference closes the connection, and QEMU goes on running; so does [method@Domain.close].
 *
 * Since: 1.0
 */
G_DEFINE_FINAL_TYPE (QemuDomain, qemu_domain, G_TYPE_OBJECT)

/* ---------------------------------------------------------------- operations */

static gboolean
is_open (QemuDomain *self)
{
  return qemu_domain_get_state (self) == QEMU_MONITOR_STATE_OPEN;
}

guint64
qemu_domain_get_moment (QemuDomain          *self,
                        const QemuOperation *operation)
{
  return operation->keep != NULL ? qemu_monitor_get_received (self->monitor) : 0;
}

gpointer
qemu_domain_decode_reply (QemuDomain           *self,
                          const QemuOperation  *operation,
                          guint64               asked,
                          GBytes               *reply,
                          GError              **error)
{
  QemuThread *thread = qemu_thread_get ();
  gboolean parsed = thread->parsed == reply && thread->json.n_tokens > 0;
  gsize length;
  const char *text = g_bytes_get_data (reply, &length);
  gpointer result = NULL;
  QemuJson json;

  thread->parsed = NULL;
  if (operation->raw)
    return g_bytes_ref (reply);
  if (operation->decode == NULL)
    return GINT_TO_POINTER (TRUE);

  /* To let go of an object may call somebody back, who asks something in this thread. */
  json = thread->json;
  thread->json = (QemuJson) QEMU_JSON_INIT;
  json.text = text;
  if ((parsed || qemu_json_parse (&json, text, length, error)) && qemu_json_check_amount (&json, error))
    {
      guint32 value = qemu_json_get_member (&json, 0, "return");

      if (operation->keep != NULL)
        operation->keep (self, &json, value, asked);
      result = operation->decode (self, &json, value, error);
    }
  qemu_json_trim (&json);
  qemu_json_clear (&thread->json);
  thread->json = json;

  return result;
}

/* How things were when an operation was begun. */
typedef struct
{
  gboolean was_open;
  guint64  asked;
} Beginning;

static Beginning
begin_operation (QemuDomain          *self,
                 const QemuOperation *operation)
{
  Beginning beginning = {
    operation->may_end_qemu && is_open (self),
    qemu_domain_get_moment (self, operation)
  };

  return beginning;
}

/* What came of the command: @reply, or else @error, which it may forgive where the command could be sent. */
static gpointer
end_operation (QemuDomain           *self,
               const QemuOperation  *operation,
               const char           *name,
               const Beginning      *beginning,
               GBytes               *reply,
               GError              **error)
{
  qemu_domain_follow_command (self, name);
  if (reply != NULL)
    return qemu_domain_decode_reply (self, operation, beginning->asked, reply, error);

  if (operation->may_end_qemu && beginning->was_open && g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED))
    {
      g_clear_error (error);
      return GINT_TO_POINTER (TRUE);
    }

  return NULL;
}

typedef struct
{
  QemuMonitor *monitor;
  QemuCommand *command;
  Beginning    beginning;
} Running;

static void
running_free (gpointer data)
{
  Running *self = data;

  g_object_unref (self->monitor);
  qemu_command_unref (self->command);
  g_free (self);
}

/* Takes @reply and @error. */
static void
operation_answered (GBytes   *reply,
                    GError   *error,
                    gpointer  user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GBytes) taken = reply;
  const QemuOperation *operation = g_task_get_source_tag (task);
  Running *running = g_task_get_task_data (task);
  gpointer value;

  if (error != NULL)
    error = qemu_monitor_name_error (running->monitor, running->command, error);
  value = end_operation (g_task_get_source_object (task), operation, qemu_command_get_name (running->command),
                         &running->beginning, reply, &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, value, operation->free_result);
}

void
qemu_domain_start_operation (QemuDomain          *self,
                             const QemuOperation *operation,
                             QemuCommand         *command,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  GTask *task = qemu_task_new (self, cancellable, callback, user_data);
  Running *running = g_new (Running, 1);

  running->monitor = g_object_ref (self->monitor);
  running->command = command != NULL ? command : qemu_command_new (operation->command);
  running->beginning = begin_operation (self, operation);
  g_task_set_source_tag (task, (gpointer) operation);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, running, running_free);
  qemu_monitor_start_run (running->monitor, running->command, cancellable, operation_answered, task);
}

gpointer
qemu_domain_finish_operation (QemuDomain           *self,
                              const QemuOperation  *operation,
                              GAsyncResult         *result,
                              GError              **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, (gpointer) operation), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

gpointer
qemu_domain_run_operation (QemuDomain           *self,
                           const QemuOperation  *operation,
                           QemuCommand          *command,
                           GCancellable         *cancellable,
                           GError              **error)
{
  g_autoptr(QemuCommand) to_run = command != NULL ? command : qemu_command_new (operation->command);
  g_autoptr(GBytes) reply = NULL;
  Beginning beginning = begin_operation (self, operation);
  GError *local_error = NULL;
  gpointer value;

  reply = qemu_monitor_run_parsed (self->monitor, to_run, cancellable, &local_error);
  value = end_operation (self, operation, qemu_command_get_name (to_run), &beginning, reply, &local_error);
  if (local_error != NULL)
    g_propagate_error (error, local_error);

  return value;
}

/* ---------------------------------------------------------------- status */

static void
queue_notify (QemuDomain         *self,
              QemuDomainProperty  prop_id)
{
  qemu_context_notify (self->context, self, properties[prop_id]);
}

/* @value is NULL for a status that this library does not know; without a @name there is none at all. Several threads may
 * ask: the last one to come here need not have the latest answer. But of two questions the one that was asked when more
 * events had been received has the later answer; and if they were as many, the next event has the domain ask again. */
static void
set_status (QemuDomain       *self,
            const GEnumValue *value,
            const char       *name,
            gboolean          running,
            guint64           asked)
{
  QemuStatus status = value != NULL ? (QemuStatus) value->value : QEMU_STATUS_UNKNOWN;
  gboolean status_changed, name_changed, running_changed;

  g_mutex_lock (&self->lock);
  if (asked < self->status_asked)
    {
      g_mutex_unlock (&self->lock);
      return;
    }

  self->status_asked = asked;
  status_changed = self->status != status;
  name_changed = g_strcmp0 (self->status_name, name) != 0;
  running_changed = self->running != running;
  self->status = status;
  self->running = running;
  if (name_changed)
    self->status_name = value != NULL ? value->value_nick : qemu_names_keep (&self->names, name);
  g_mutex_unlock (&self->lock);

  if (status_changed)
    queue_notify (self, PROP_STATUS);
  if (name_changed)
    queue_notify (self, PROP_STATUS_NAME);
  if (running_changed)
    queue_notify (self, PROP_RUNNING);
}

/* These pass by themselves, and QEMU does not say when. */
static gboolean
status_is_passing (QemuStatus status)
{
  return status == QEMU_STATUS_FINISH_MIGRATE || status == QEMU_STATUS_SAVE_VM ||
         status == QEMU_STATUS_RESTORE_VM || status == QEMU_STATUS_INMIGRATE;
}

static gboolean
poll_cb (gpointer user_data)
{
  g_autoptr(QemuDomain) self = g_weak_ref_get (user_data);

  if (self != NULL)
    {
      g_clear_pointer (&self->poll, g_source_unref);
      qemu_domain_refresh (self, QEMU_DOMAIN_REFRESH_STATUS);
    }

  return G_SOURCE_REMOVE;
}

void
qemu_domain_poll_status (QemuDomain *self)
{
  if (self->poll != NULL || !is_open (self) || !status_is_passing (qemu_domain_get_status (self)))
    return;

  self->poll_ms = self->poll_ms == 0 ? FIRST_POLL_MS : MIN (self->poll_ms * 2, LAST_POLL_MS);
  qemu_domain_add_timer (self, &self->poll, self->poll_ms, poll_cb);
}

/* The nicks of the enumeration are QEMU's own words. */
static const GEnumValue *
find_status (const char *name)
{
  g_autoptr(GEnumClass) klass = g_type_class_ref (QEMU_TYPE_STATUS);

  return name != NULL ? g_enum_get_value_by_nick (klass, name) : NULL;
}

QemuStatus
qemu_domain_read_status (const QemuJson *json,
                         guint32         value)
{
  g_autofree char *name = qemu_names_dup (json, qemu_json_get_member (json, value, "status"));
  const GEnumValue *known = find_status (name);

  return known != NULL ? (QemuStatus) known->value : QEMU_STATUS_UNKNOWN;
}

void
qemu_domain_keep_status (QemuDomain     *self,
                         const QemuJson *json,
                         guint32         value,
                         guint64         asked)
{
  g_autofree char *name = qemu_names_dup (json, qemu_json_get_member (json, value, "status"));
  const GEnumValue *known = find_status (name);
  gboolean running = FALSE;

  qemu_json_get_boolean (json, qemu_json_get_member (json, value, "running"), &running);
  set_status (self, known, name, running, asked);
  if (known != NULL && status_is_passing (known->value))
    qemu_domain_queue (self, QEMU_DOMAIN_POLL_STATUS);
}

/* ---------------------------------------------------------------- what the monitor tells */

static void
monitor_event_cb (gpointer      listener,
                  QemuDelivery *delivery)
{
  qemu_domain_follow_event (listener, delivery->text);
  qemu_delivery_emit (delivery, listener, signals[SIGNAL_EVENT]);
}

static void
monitor_closed_cb (QemuMonitor  *monitor,
                   const GError *error,
                   QemuDomain   *self)
{
  /* It may be opened again already, and in vain: then nobody tells once more. */
  if (!is_open (self))
    set_status (self, NULL, NULL, FALSE, qemu_monitor_get_received (monitor));
  qemu_domain_follow_state (self);

  g_signal_emit (self, signals[SIGNAL_CLOSED], 0, error);
}

static void
monitor_notify_state_cb (QemuMonitor *monitor,
                         GParamSpec  *pspec,
                         QemuDomain  *self)
{
  if (is_open (self))
    qemu_domain_follow_state (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
monitor_replaced_cb (QemuMonitor *monitor,
                     QemuDomain  *self)
{
  qemu_domain_follow_replacement (self);
}

static void
monitor_notify_version_cb (QemuMonitor *monitor,
                           GParamSpec  *pspec,
                           QemuDomain  *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VERSION]);
}

/* ---------------------------------------------------------------- the class */

GWeakRef *
qemu_domain_link_ref (GWeakRef *link)
{
  return g_atomic_rc_box_acquire (link);
}

void
qemu_domain_link_unref (GWeakRef *link)
{
  g_atomic_rc_box_release_full (link, (GDestroyNotify) g_weak_ref_clear);
}

static void
qemu_domain_constructed (GObject *object)
{
  QemuDomain *self = QEMU_DOMAIN (object);

  G_OBJECT_CLASS (qemu_domain_parent_class)->constructed (object);

  /* Bindings let a program leave it out, which must not end the program. */
  if (self->monitor == NULL)
    {
      g_critical ("A domain is made without a monitor: there is nobody to answer it");
      self->monitor = g_object_new (QEMU_TYPE_TEST_MONITOR, NULL);
    }

  self->context = g_main_context_ref (qemu_monitor_get_context (self->monitor));
  if (self->name != NULL)
    qemu_monitor_set_label (self->monitor, self->name);
  g_signal_connect_object (self->monitor, "closed", G_CALLBACK (monitor_closed_cb), self, 0);
  g_signal_connect_object (self->monitor, "replaced", G_CALLBACK (monitor_replaced_cb), self, 0);
  g_signal_connect_object (self->monitor, "notify::state", G_CALLBACK (monitor_notify_state_cb), self, 0);
  g_signal_connect_object (self->monitor, "notify::version", G_CALLBACK (monitor_notify_version_cb), self, 0);
  qemu_monitor_add_listener (self->monitor, monitor_event_cb, self->link);
  qemu_monitor_add_witness (self->monitor, qemu_domain_witness, self);
}

static void
qemu_domain_dispose (GObject *object)
{
  QemuDomain *self = QEMU_DOMAIN (object);

  qemu_domain_stop_following (self);
  if (self->monitor != NULL)
    {
      qemu_monitor_remove_listener (self->monitor, self->link);
      qemu_monitor_remove_witness (self->monitor, self);
      g_signal_handlers_disconnect_by_data (self->monitor, self);
    }
  qemu_domain_lose_jobs (self);
  g_clear_object (&self->monitor);

  G_OBJECT_CLASS (qemu_domain_parent_class)->dispose (object);
}

static void
qemu_domain_finalize (GObject *object)
{
  QemuDomain *self = QEMU_DOMAIN (object);

  g_free (self->name);
  qemu_names_clear (&self->names);
  g_ptr_array_unref (self->screens);
  g_ptr_array_unref (self->block_devices);
  g_ptr_array_unref (self->jobs);
  g_clear_object (&self->block_devices_model);
  g_clear_object (&self->jobs_model);
  g_clear_object (&self->block_jobs_model);
  qemu_domain_link_unref (self->link);
  qemu_json_clear (&self->witness_json);
  g_object_unref (self->refresh);
  g_strfreev (self->commands);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (qemu_domain_parent_class)->finalize (object);
}

static void
qemu_domain_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  QemuDomain *self = QEMU_DOMAIN (object);

  switch ((QemuDomainProperty) prop_id)
    {
    case PROP_MONITOR:
      g_value_set_object (value, qemu_domain_get_monitor (self));
      break;

    case PROP_NAME:
      g_value_set_string (value, qemu_domain_get_name (self));
      break;

    case PROP_STATE:
      g_value_set_enum (value, qemu_domain_get_state (self));
      break;

    case PROP_STATUS:
      g_value_set_enum (value, qemu_domain_get_status (self));
      break;

    case PROP_STATUS_NAME:
      g_value_set_string (value, qemu_domain_get_status_name (self));
      break;

    case PROP_RUNNING:
      g_value_set_boolean (value, qemu_domain_get_running (self));
      break;

    case PROP_VERSION:
      g_value_set_object (value, qemu_domain_get_version (self));
      break;

    case PROP_BLOCK_DEVICES:
      g_value_set_object (value, qemu_domain_get_block_devices (self));
      break;

    case PROP_BLOCK_JOBS:
      g_value_set_object (value, qemu_domain_get_block_jobs (self));
      break;

    case PROP_JOBS:
      g_value_set_object (value, qemu_domain_get_jobs (self));
      break;

    case PROP_PROGRESS_INTERVAL:
      g_value_set_uint (value, qemu_domain_get_progress_interval (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
qemu_domain_set_property (GObject      *object,
                          guint         prop_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  QemuDomain *self = QEMU_DOMAIN (object);

  switch ((QemuDomainProperty) prop_id)
    {
    case PROP_MONITOR:
      self->monitor = g_value_dup_object (value);
      break;

    case PROP_NAME:
      self->name = g_value_dup_string (value);
      break;

    case PROP_PROGRESS_INTERVAL:
      qemu_domain_set_progress_interval (self, g_value_get_uint (value));
      break;

    case PROP_STATE:
    case PROP_STATUS:
    case PROP_STATUS_NAME:
    case PROP_RUNNING:
    case PROP_VERSION:
    case PROP_BLOCK_DEVICES:
    case PROP_BLOCK_JOBS:
    case PROP_JOBS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags given = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  /**
   * QemuDomain:monitor: (getter get_monitor)
   *
   * What carries the domain's commands and events.
   *
   * Since: 1.0
   */
  properties[PROP_MONITOR] =
    g_param_spec_object ("monitor", NULL, NULL, QEMU_TYPE_MONITOR, given);

  /**
   * QemuDomain:name: (getter get_name)
   *
   * What the machine is called. Where nobody said, QEMU is asked when the domain is opened (`query-name`); %NULL until
   * then, and where it has no name. Once there is one it stays, also when the domain is opened again.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL, given);

  /**
   * QemuDomain:state: (getter get_state)
   *
   * What the connection to QEMU is doing.
   *
   * Since: 1.0
   */
  properties[PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, QEMU_TYPE_MONITOR_STATE, QEMU_MONITOR_STATE_CLOSED, readable);

  /**
   * QemuDomain:status: (getter get_status)
   *
   * What the machine is doing (`query-status`), followed by QEMU's events. %QEMU_STATUS_UNKNOWN without a connection.
   *
   * Since: 1.0
   */
  properties[PROP_STATUS] =
    g_param_spec_enum ("status", NULL, NULL, QEMU_TYPE_STATUS, QEMU_STATUS_UNKNOWN, readable);

  /**
   * QemuDomain:status-name: (getter get_status_name)
   *
   * The status as QEMU calls it, also where this library does not know it; %NULL without a connection.
   *
   * Since: 1.0
   */
  properties[PROP_STATUS_NAME] =
    g_param_spec_string ("status-name", NULL, NULL, NULL, readable);

  /**
   * QemuDomain:running: (getter get_running)
   *
   * Whether the machine's processors run.
   *
   * Since: 1.0
   */
  properties[PROP_RUNNING] =
    g_param_spec_boolean ("running", NULL, NULL, FALSE, readable);

  /**
   * QemuDomain:version: (getter get_version)
   *
   * The version of QEMU; %NULL until the domain is open, and where it was not told.
   *
   * Since: 1.0
   */
  properties[PROP_VERSION] =
    g_param_spec_object ("version", NULL, NULL, QEMU_TYPE_VERSION, readable);

  /**
   * QemuDomain:block-devices: (getter get_block_devices)
   *
   * The disks and drives, as a model of [class@BlockDevice] that follows what happens to them.
   *
   * The model is empty at first, without a connection, and until QEMU has answered. It is kept from the first time that
   * somebody asks for it, and costs nothing before. A device is the same object as long as it exists, also in what
   * [method@Domain.list_block_devices] returns, and `notify` tells what has changed of it.
   *
   * QEMU sends no event when a disk is plugged in. What was done through this domain is seen at once; what another
   * client does, with the next event or [method@Domain.list_block_devices].
   *
   * Since: 1.0
   */
  properties[PROP_BLOCK_DEVICES] =
    g_param_spec_object ("block-devices", NULL, NULL, G_TYPE_LIST_MODEL, readable);

  /**
   * QemuDomain:block-jobs: (getter get_block_jobs)
   *
   * The jobs that work on disks, those of other clients too, as a model of [class@BlockJob] that follows them. What is
   * said of [property@Domain:block-devices] is true of it as well.
   *
   * Since: 1.0
   */
  properties[PROP_BLOCK_JOBS] =
    g_param_spec_object ("block-jobs", NULL, NULL, G_TYPE_LIST_MODEL, readable);

  /**
   * QemuDomain:jobs: (getter get_jobs)
   *
   * All jobs, those of other clients too, as a model of [class@Job] that follows them. What is said of
   * [property@Domain:block-devices] is true of it as well.
   *
   * Since: 1.0
   */
  properties[PROP_JOBS] =
    g_param_spec_object ("jobs", NULL, NULL, G_TYPE_LIST_MODEL, readable);

  /**
   * QemuDomain:progress-interval: (getter get_progress_interval) (setter set_progress_interval)
   *
   * How often to ask for the progress of jobs that somebody watches, in milliseconds. Where a monitor has no events, it
   * is also how often a wait for a job asks.
   *
   * Since: 1.0
   */
  properties[PROP_PROGRESS_INTERVAL] =
    g_param_spec_uint ("progress-interval", NULL, NULL, 1, G_MAXUINT, 500,
                       G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
qemu_domain_class_init (QemuDomainClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = qemu_domain_constructed;
  object_class->dispose = qemu_domain_dispose;
  object_class->finalize = qemu_domain_finalize;
  object_class->get_property = qemu_domain_get_property;
  object_class->set_property = qemu_domain_set_property;

  install_properties (object_class);

  /**
   * QemuDomain::event:
   * @self: the domain
   * @event: what has happened
   *
   * Comes for each event that QEMU sends, in their order. The detail is the event's name: `event::STOP`.
   *
   * Since: 1.0
   */
  signals[SIGNAL_EVENT] =
    g_signal_new ("event",
                  G_TYPE_FROM_CLASS (klass),
                  G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED,
                  0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, QEMU_TYPE_EVENT);

  /**
   * QemuDomain::closed:
   * @self: the domain
   * @error: (nullable): why the connection has ended, or %NULL if it was closed from this side
   *
   * Comes once for each time that the domain was open, behind the last event; also where it was so for a moment only,
   * because its opening was cancelled.
   *
   * Since: 1.0
   */
  signals[SIGNAL_CLOSED] =
    g_signal_new ("closed",
                  G_TYPE_FROM_CLASS (klass),
                  G_SIGNAL_RUN_LAST,
                  0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
qemu_domain_init (QemuDomain *self)
{
  g_mutex_init (&self->lock);
  self->refresh = g_cancellable_new ();
  self->link = g_atomic_rc_box_new0 (GWeakRef);
  g_weak_ref_init (self->link, self);
  self->block_devices = g_ptr_array_new_with_free_func (g_object_unref);
  self->jobs = g_ptr_array_new_with_free_func (g_object_unref);
  self->progress_interval = 500;
  self->screens = g_ptr_array_new_with_free_func (qemu_screen_free);
}

/**
 * qemu_domain_new:
 * @monitor: how to reach the QEMU
 * @name: (nullable): what to call it, also in errors; %NULL: QEMU is asked
 *
 * Makes the domain of a QEMU. Does no input or output.
 *
 * Returns: (transfer full): a domain, not yet open
 *
 * Since: 1.0
 */
QemuDomain *
qemu_domain_new (QemuMonitor *monitor,
                 const char  *name)
{
  g_return_val_if_fail (QEMU_IS_MONITOR (monitor), NULL);

  return g_object_new (QEMU_TYPE_DOMAIN, "monitor", monitor, "name", name, NULL);
}

/**
 * qemu_domain_new_for_uri:
 * @uri: where QEMU is to be found, see [ctor@SocketMonitor.new_for_uri]
 * @error: return location for an error
 *
 * Makes the domain of a QEMU that listens somewhere. Does no input or output.
 *
 * Fails with %G_IO_ERROR_INVALID_ARGUMENT where @uri is none, and with %G_IO_ERROR_NOT_SUPPORTED where this version
 * does not know its scheme.
 *
 * Returns: (transfer full): a domain, not yet open
 *
 * Since: 1.0
 */
QemuDomain *
qemu_domain_new_for_uri (const char  *uri,
                         GError     **error)
{
  g_autoptr(QemuMonitor) monitor = NULL;

  g_return_val_if_fail (uri != NULL, NULL);

  monitor = qemu_socket_monitor_new_for_uri (uri, error);

  return monitor != NULL ? qemu_domain_new (monitor, NULL) : NULL;
}

/**
 * qemu_domain_get_monitor: (get-property monitor)
 * @self: a domain
 *
 * Gets what carries the domain's commands and events.
 *
 * Returns: (transfer none): the monitor
 *
 * Since: 1.0
 */
QemuMonitor *
qemu_domain_get_monitor (QemuDomain *self)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  return self->monitor;
}

/**
 * qemu_domain_get_name: (get-property name)
 * @self: a domain
 *
 * Gets what the machine is called.
 *
 * Returns: (transfer none) (nullable): the name; %NULL where it has none, or is not known before the domain is open
 *
 * Since: 1.0
 */
const char *
qemu_domain_get_name (QemuDomain *self)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  return self->name;
}

/**
 * qemu_domain_get_state: (get-property state)
 * @self: a domain
 *
 * Gets what the connection to QEMU is doing.
 *
 * Returns: the state
 *
 * Since: 1.0
 */
QemuMonitorState
qemu_domain_get_state (QemuDomain *self)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), QEMU_MONITOR_STATE_CLOSED);

  return qemu_monitor_get_state (self->monitor);
}

/**
 * qemu_domain_get_status: (get-property status)
 * @self: a domain
 *
 * Gets what the machine is doing, as far as QEMU's events have told. [method@Domain.query_status] asks.
 *
 * Returns: the status
 *
 * Since: 1.0
 */
QemuStatus
qemu_domain_get_status (QemuDomain *self)
{
  QemuStatus status;

  g_return_val_if_fail (QEMU_IS_DOMAIN (self), QEMU_STATUS_UNKNOWN);

  g_mutex_lock (&self->lock);
  status = self->status;
  g_mutex_unlock (&self->lock);

  return status;
}

/**
 * qemu_domain_get_status_name: (get-property status-name)
 * @self: a domain
 *
 * Gets the status as QEMU calls it.
 *
 * Returns: (transfer none) (nullable): QEMU's word; %NULL without a connection
 *
 * Since: 1.0
 */
const char *
qemu_domain_get_status_name (QemuDomain *self)
{
  const char *name;

  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  g_mutex_lock (&self->lock);
  name = self->status_name;
  g_mutex_unlock (&self->lock);

  return name;
}

/**
 * qemu_domain_get_running: (get-property running)
 * @self: a domain
 *
 * Tells whether the machine's processors run, as far as QEMU's events have told.
 *
 * Returns: whether they do
 *
 * Since: 1.0
 */
gboolean
qemu_domain_get_running (QemuDomain *self)
{
  gboolean running;

  g_return_val_if_fail (QEMU_IS_DOMAIN (self), FALSE);

  g_mutex_lock (&self->lock);
  running = self->running;
  g_mutex_unlock (&self->lock);

  return running;
}

/**
 * qemu_domain_get_version: (get-property version)
 * @self: a domain
 *
 * Gets the version of QEMU.
 *
 * Returns: (transfer none) (nullable): the version; %NULL until the domain is open, and where it was not told
 *
 * Since: 1.0
 */
QemuVersion *
qemu_domain_get_version (QemuDomain *self)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), NULL);

  return qemu_monitor_get_version (self->monitor);
}

/**
 * qemu_domain_get_progress_interval: (get-property progress-interval)
 * @self: a domain
 *
 * Gets how often to ask for the progress of jobs that somebody watches.
 *
 * Returns: milliseconds
 *
 * Since: 1.0
 */
unsigned
qemu_domain_get_progress_interval (QemuDomain *self)
{
  unsigned interval_ms;

  g_return_val_if_fail (QEMU_IS_DOMAIN (self), 0);

  g_mutex_lock (&self->lock);
  interval_ms = self->progress_interval;
  g_mutex_unlock (&self->lock);

  return interval_ms;
}

/**
 * qemu_domain_set_progress_interval: (set-property progress-interval)
 * @self: a domain
 * @interval_ms: milliseconds, at least 1
 *
 * Sets how often to ask for the progress of jobs that somebody watches.
 *
 * Since: 1.0
 */
void
qemu_domain_set_progress_interval (QemuDomain *self,
                                   unsigned    interval_ms)
{
  gboolean changed;

  g_return_if_fail (QEMU_IS_DOMAIN (self));
  g_return_if_fail (interval_ms >= 1);

  g_mutex_lock (&self->lock);
  changed = self->progress_interval != interval_ms;
  self->progress_interval = interval_ms;
  g_mutex_unlock (&self->lock);

  if (changed)
    queue_notify (self, PROP_PROGRESS_INTERVAL);
}

/* ---------------------------------------------------------------- open and close */

static gpointer
decode_name (QemuDomain      *self,
             const QemuJson  *json,
             guint32          value,
             GError         **error)
{
  g_autofree char *name = qemu_names_dup (json, qemu_json_get_member (json, value, "name"));
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = self->name == NULL && name != NULL;
  if (changed)
    self->name = g_strdup (name);
  g_mutex_unlock (&self->lock);

  if (changed)
    {
      g_autofree char *label = qemu_text_for_people (name);

      qemu_monitor_set_label (self->monitor, label);
      queue_notify (self, PROP_NAME);
    }

  return GINT_TO_POINTER (TRUE);
}

static const QemuOperation query_name = { "query-name", decode_name };

/* What is asked when the connection stands. A storage daemon has none of it, and is open all the same. */
typedef struct
{
  unsigned  n_pending;
  gboolean  was_open;                   /* the monitor, by somebody else's doing */
  GError   *error;
} Opening;

static void
opening_free (gpointer data)
{
  Opening *self = data;

  g_clear_error (&self->error);
  g_free (self);
}

static void opening_answered (GTask  *task,
                              GError *error);

static void
opening_answer_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  qemu_domain_finish_operation (QEMU_DOMAIN (object), g_task_get_source_tag (G_TASK (result)), result, &error);
  opening_answered (task, error);
}

static void
opening_ask (GTask               *task,
             const QemuOperation *operation)
{
  QemuDomain *self = g_task_get_source_object (task);
  Opening *opening = g_task_get_task_data (task);
  QemuCommand *command = qemu_command_new (operation->command);

  opening->n_pending++;
  qemu_command_set_timeout (command, qemu_monitor_get_open_timeout (self->monitor));
  qemu_domain_start_operation (self, operation, command, g_task_get_cancellable (task), opening_answer_cb,
                               g_object_ref (task));
}

static void
failed_open_closed_cb (GObject      *object,
                       GAsyncResult *result,
                       gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Opening *opening = g_task_get_task_data (task);

  g_task_return_error (task, g_steal_pointer (&opening->error));
}

static void
opening_answered (GTask  *task,
                  GError *error)
{
  QemuDomain *self = g_task_get_source_object (task);
  Opening *opening = g_task_get_task_data (task);

  /* What QEMU has answered is no obstacle; that it did not speak QMP is. */
  if (error != NULL && error->domain == QEMU_ERROR && error->code != QEMU_ERROR_PROTOCOL)
    g_clear_error (&error);
  if (opening->error != NULL)
    g_clear_error (&error);
  if (error != NULL)
    opening->error = error;

  if (--opening->n_pending > 0)
    return;
  if (opening->error == NULL)
    g_task_return_boolean (task, TRUE);
  else if (opening->was_open)
    g_task_return_error (task, g_steal_pointer (&opening->error));
  else
    qemu_monitor_close_async (self->monitor, NULL, failed_open_closed_cb, g_object_ref (task));
}

static void
monitor_open_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  QemuDomain *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!qemu_monitor_open_finish (QEMU_MONITOR (object), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  /* The name comes first, so that who hears of the status knows whose it is. */
  if (self->name == NULL)
    opening_ask (task, &query_name);
  opening_ask (task, &qemu_domain_status_operation);
}

/**
 * qemu_domain_open_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the domain is open, or could not be opened
 * @user_data: for @callback
 *
 * Connects to QEMU, and asks for its status (`query-status`) and name (`query-name`). See [method@Domain.open].
 *
 * Since: 1.0
 */
void
qemu_domain_open_async (QemuDomain          *self,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  Opening *opening;
  GTask *task;

  g_return_if_fail (QEMU_IS_DOMAIN (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  opening = g_new0 (Opening, 1);
  opening->was_open = qemu_domain_get_state (self) == QEMU_MONITOR_STATE_OPEN;
  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_domain_open_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, opening, opening_free);
  qemu_monitor_open_async (self->monitor, cancellable, monitor_open_cb, task);
}

/**
 * qemu_domain_open_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.open_async].
 *
 * Returns: whether the domain is open
 *
 * Since: 1.0
 */
gboolean
qemu_domain_open_finish (QemuDomain    *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_domain_open_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qemu_domain_open:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Connects to QEMU, asks for its status (`query-status`), and for its name where it was not given (`query-name`).
 *
 * Fails like [method@Monitor.open]. A peer that has no status or name, such as a storage daemon, is open all the
 * same.
 *
 * Returns: whether the domain is open
 *
 * Since: 1.0
 */
gboolean
qemu_domain_open (QemuDomain    *self,
                  GCancellable  *cancellable,
                  GError       **error)
{
  g_auto(QemuSync) sync = { 0 };

  g_return_val_if_fail (QEMU_IS_DOMAIN (self), FALSE);

  if (!qemu_sync_begin (&sync, error))
    return FALSE;
  qemu_domain_open_async (self, cancellable, qemu_sync_cb, &sync);

  return qemu_domain_open_finish (self, qemu_sync_end (&sync), error);
}

static void
monitor_close_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  if (qemu_monitor_close_finish (QEMU_MONITOR (object), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * qemu_domain_close_async:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the connection is closed
 * @user_data: for @callback
 *
 * Closes the connection to QEMU, which goes on running. See [method@Monitor.close_async].
 *
 * Since: 1.0
 */
void
qemu_domain_close_async (QemuDomain          *self,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (QEMU_IS_DOMAIN (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = qemu_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, qemu_domain_close_async);
  g_task_set_check_cancellable (task, FALSE);
  qemu_monitor_close_async (self->monitor, cancellable, monitor_close_cb, task);
}

/**
 * qemu_domain_close_finish:
 * @self: a domain
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@Domain.close_async].
 *
 * Returns: whether it was closed in good order; the connection is gone in any case
 *
 * Since: 1.0
 */
gboolean
qemu_domain_close_finish (QemuDomain    *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, qemu_domain_close_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * qemu_domain_close:
 * @self: a domain
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Closes the connection to QEMU, which goes on running, and waits until it is closed.
 *
 * Returns: whether it was closed in good order; the connection is gone in any case
 *
 * Since: 1.0
 */
gboolean
qemu_domain_close (QemuDomain    *self,
                   GCancellable  *cancellable,
                   GError       **error)
{
  g_return_val_if_fail (QEMU_IS_DOMAIN (self), FALSE);

  return qemu_monitor_close (self->monitor, cancellable, error);
}
