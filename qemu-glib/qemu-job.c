/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-job-private.h"

#include <string.h>

#include "qemu-block-job.h"
#include "qemu-context-private.h"
#include "qemu-domain-private.h"
#include "qemu-enum-types.h"
#include "qemu-names-private.h"
#include "qemu-text-private.h"

/**
 * QemuJob:
 *
 * A piece of work that QEMU does in the background, such as to save a snapshot or to create an image. Those that work
 * on a disk are a [class@BlockJob].
 *
 * A job is there as soon as the call that starts it has ended, and follows by itself what QEMU tells of it:
 *
 * ```c
 * g_autoptr(QemuBlockJob) job = qemu_block_device_commit (disk, NULL, NULL, NULL, NULL, &error);
 *
 * if (job == NULL || !qemu_job_complete (QEMU_JOB (job), NULL, &error))
 *   g_printerr ("The overlay is still needed: %s\n", error->message);
 * ```
 *
 * A job may end at any time, also before anybody waits for it; [property@Job:result] and [property@Job:error-message]
 * keep what has become of it. Only %QEMU_JOB_RESULT_COMPLETED and %QEMU_JOB_RESULT_STOPPED are a success, and only then
 * does [method@Job.wait] return %TRUE.
 *
 * QEMU keeps a job that has ended until it is dismissed. What this library has started it dismisses by itself, unless
 * it was started with an `auto-dismiss` of the caller's. A job of another client ([method@Domain.list_jobs]) is left to
 * that client, or to [method@Job.dismiss].
 *
 * The progress of a job is asked for from time to time, and only while somebody listens to `notify` of
 * [property@Job:fraction] or another property that is about it; see [property@Domain:progress-interval].
 *
 * The properties may be read in any thread. Signals come in the main context that the domain was made in.
 *
 * Since: 1.0
 */

typedef struct
{
  QemuJobNewsFunc func;
  gpointer        user_data;
} Listener;

typedef struct
{
  GMainContext  *context;
  GWeakRef      *domain;                /* shared, see struct _QemuDomain */
  QemuJobOrigin  origin;

  GMutex         lock;
  QemuJobValues  values;
  QemuJobStatus  status;                /* what QEMU said last; the values may still show another one … */
  gint64         hidden_since;          /* … since then */
  char          *hidden_name;
  gboolean       told_by_events;
  gboolean       started;
  gboolean       gone;
  QemuJobResult  verdict;               /* what its events have said of its end, which is still to come */
  char          *verdict_words;
  gboolean       error_stops;           /* … it, and the pause that follows is none of a drain */
  unsigned       wishes;
  char         **nodes;
  GSList        *listeners;
  char          *job_type;
  QemuNames      names;
} QemuJobPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (QemuJob, qemu_job, G_TYPE_OBJECT)

#define OFFSET(member) G_STRUCT_OFFSET (QemuJobValues, member)

static const QemuJobField fields[] = {
  { "id", NULL, G_TYPE_STRING, OFFSET (id) },
  { "job-type", NULL, G_TYPE_STRING, OFFSET (job_type) },
  { "status", qemu_job_status_get_type, 0, OFFSET (status) },
  { "status-name", NULL, G_TYPE_STRING, OFFSET (status_name) },
  { "current-progress", NULL, G_TYPE_UINT64, OFFSET (current_progress) },
  { "total-progress", NULL, G_TYPE_UINT64, OFFSET (total_progress) },
  { "fraction", NULL, G_TYPE_DOUBLE, OFFSET (fraction) },
  { "error-message", NULL, G_TYPE_STRING, OFFSET (error_message) },
  { "result", qemu_job_result_get_type, 0, OFFSET (result) },
};

static GParamSpec *properties[G_N_ELEMENTS (fields) + 1];

static QemuJobPrivate *
get_private (QemuJob *self)
{
  return qemu_job_get_instance_private (self);
}

/* ---------------------------------------------------------------- values by their table */

static gpointer
field_in (QemuJobValues      *values,
          const QemuJobField *field)
{
  return (char *) values + field->offset;
}

static gboolean
field_differs (const QemuJobField *field,
               QemuJobValues      *a,
               QemuJobValues      *b)
{
  gpointer in_a = field_in (a, field), in_b = field_in (b, field);

  switch (field->type)
    {
    case G_TYPE_STRING:
      return g_strcmp0 (*(char **) in_a, *(char **) in_b) != 0;

    case G_TYPE_DOUBLE:
    case G_TYPE_INT64:
    case G_TYPE_UINT64:
      return memcmp (in_a, in_b, sizeof (gint64)) != 0;

    default:                            /* booleans and enumerations */
      return *(int *) in_a != *(int *) in_b;
    }
}

void
qemu_job_get_field (QemuJob            *self,
                    const QemuJobField *field,
                    GValue             *value)
{
  QemuJobPrivate *priv = get_private (self);
  gconstpointer member = field_in (&priv->values, field);

  qemu_job_show_status (self);

  /* Until the value is copied. */
  g_mutex_lock (&priv->lock);
  switch (field->type)
    {
    case G_TYPE_STRING:
      g_value_set_string (value, *(char * const *) member);
      break;

    case G_TYPE_DOUBLE:
      g_value_set_double (value, *(const double *) member);
      break;

    case G_TYPE_INT64:
      g_value_set_int64 (value, *(const gint64 *) member);
      break;

    case G_TYPE_UINT64:
      g_value_set_uint64 (value, *(const guint64 *) member);
      break;

    case G_TYPE_BOOLEAN:
      g_value_set_boolean (value, *(const gboolean *) member);
      break;

    default:
      g_value_set_enum (value, *(const int *) member);
      break;
    }
  g_mutex_unlock (&priv->lock);
}

static GParamSpec *
field_param_spec (const QemuJobField *field)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  switch (field->type)
    {
    case G_TYPE_STRING:
      return g_param_spec_string (field->property, NULL, NULL, NULL, flags);

    case G_TYPE_DOUBLE:
      return g_param_spec_double (field->property, NULL, NULL, -1, 1, -1, flags);

    case G_TYPE_INT64:
      return g_param_spec_int64 (field->property, NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);

    case G_TYPE_UINT64:
      return g_param_spec_uint64 (field->property, NULL, NULL, 0, G_MAXUINT64, 0, flags);

    case G_TYPE_BOOLEAN:
      return g_param_spec_boolean (field->property, NULL, NULL, FALSE, flags);

    default:
      return g_param_spec_enum (field->property, NULL, NULL, field->enum_type (), 0, flags);
    }
}

void
qemu_job_install_fields (GObjectClass        *klass,
                         const QemuJobField  *table,
                         unsigned             n_fields,
                         GParamSpec         **pspecs)
{
  for (unsigned i = 0; i < n_fields; i++)
    pspecs[i + 1] = field_param_spec (&table[i]);

  g_object_class_install_properties (klass, n_fields + 1, pspecs);
}

/* ---------------------------------------------------------------- news */

static void
notify_changed (QemuJob             *self,
                const QemuJobField  *table,
                unsigned             n_fields,
                GParamSpec         **pspecs,
                QemuJobValues       *before,
                QemuJobValues       *after)
{
  for (unsigned i = 0; i < n_fields; i++)
    if (field_differs (&table[i], before, after))
      qemu_context_notify (get_private (self)->context, self, pspecs[i + 1]);
}

static QemuJobValues
news_begin (QemuJob *self)
{
  QemuJobPrivate *priv = get_private (self);

  g_mutex_lock (&priv->lock);

  return priv->values;
}

static double
fraction_of (const QemuJobValues *values)
{
  if (values->result == QEMU_JOB_RESULT_COMPLETED || values->result == QEMU_JOB_RESULT_STOPPED)
    return 1;
  if (values->total_progress == 0)
    return -1;

  return MIN ((double) values->current_progress / values->total_progress, 1);
}

static void
news_end (QemuJob       *self,
          QemuJobValues *before)
{
  QemuJobPrivate *priv = get_private (self);
  QemuJobValues after;
  double fraction = fraction_of (&priv->values);

  if (priv->values.total_progress != before->total_progress || fraction > before->fraction)
    priv->values.fraction = fraction;
  for (GSList *l = priv->listeners; l != NULL; l = l->next)
    {
      Listener *listener = l->data;

      listener->func (listener->user_data);
    }
  after = priv->values;

  /* Still under the lock: of two changes the later one is told later. */
  notify_changed (self, fields, G_N_ELEMENTS (fields), properties, before, &after);
  if (QEMU_IS_BLOCK_JOB (self))
    notify_changed (self, qemu_block_job_fields, QEMU_BLOCK_JOB_N_FIELDS, qemu_block_job_properties, before, &after);
  g_mutex_unlock (&priv->lock);
}

static gboolean
status_is_paused (QemuJobStatus status)
{
  return status == QEMU_JOB_STATUS_PAUSED || status == QEMU_JOB_STATUS_STANDBY;
}

static void
show_status_locked (QemuJobPrivate *priv,
                    const char     *name)
{
  QemuJobStatus status = priv->status;

  priv->hidden_since = 0;
  priv->values.status = status;
  priv->values.status_name = qemu_names_keep (&priv->names, name);
  priv->values.paused = status_is_paused (status);
  priv->values.ready = status == QEMU_JOB_STATUS_READY || status == QEMU_JOB_STATUS_STANDBY;
}

/* Takes @words. Once it has ended, nothing changes any more: somebody may look at the words. */
static void
set_verdict_locked (QemuJobPrivate *priv,
                    QemuJobResult   verdict,
                    char           *words)
{
  if (priv->values.result != QEMU_JOB_RESULT_NONE)
    {
      g_free (words);
      return;
    }

  priv->verdict = verdict;
  g_free (priv->verdict_words);
  priv->verdict_words = words;
}

/* It has worked; somebody may have asked for an end before the last step of it, which looks the same on the wire. */
static QemuJobResult
success_locked (QemuJobPrivate *priv)
{
  return priv->wishes & QEMU_JOB_WISH_STOP ? QEMU_JOB_RESULT_STOPPED : QEMU_JOB_RESULT_COMPLETED;
}

static void
end_locked (QemuJobPrivate *priv,
            QemuJobResult   result)
{
  if (priv->values.result != QEMU_JOB_RESULT_NONE)
    return;

  priv->values.result = result;
  if (result == QEMU_JOB_RESULT_FAILED || result == QEMU_JOB_RESULT_CANCELLED)
    priv->values.error_message = priv->verdict_words;
}

static void
set_status_locked (QemuJobPrivate *priv,
                   QemuJobStatus   status,
                   const char     *name)
{
  gboolean may_be_drain = status_is_paused (status) && !priv->error_stops && !(priv->wishes & QEMU_JOB_WISH_PAUSE);
  gboolean was_hidden = priv->hidden_since != 0;

  priv->status = status;
  if (may_be_drain && priv->values.status != status)
    {
      if (!was_hidden)
        priv->hidden_since = g_get_monotonic_time ();
      g_free (priv->hidden_name);
      priv->hidden_name = g_strdup (name);
    }
  else
    {
      show_status_locked (priv, name);
    }

  if (status == QEMU_JOB_STATUS_CONCLUDED && priv->verdict != QEMU_JOB_RESULT_NONE)
    end_locked (priv, priv->verdict);
  if (status == QEMU_JOB_STATUS_NULL)
    {
      priv->gone = TRUE;
      end_locked (priv, priv->verdict != QEMU_JOB_RESULT_NONE ? priv->verdict : QEMU_JOB_RESULT_LOST);
    }
}

/* The nicks of the enumeration are QEMU's own words. */
static QemuJobStatus
parse_status (const char *name)
{
  g_autoptr(GEnumClass) klass = g_type_class_ref (QEMU_TYPE_JOB_STATUS);
  GEnumValue *value = g_enum_get_value_by_nick (klass, name);

  return value != NULL ? (QemuJobStatus) value->value : QEMU_JOB_STATUS_UNKNOWN;
}

void
qemu_job_take_status (QemuJob    *self,
                      const char *status)
{
  QemuJobValues before = news_begin (self);
  QemuJobPrivate *priv = get_private (self);

  priv->told_by_events = TRUE;
  /* One that QEMU refuses is created, too, and gone before the reply. */
  if (!g_str_equal (status, "created") && !g_str_equal (status, "null"))
    priv->started = TRUE;
  if (!priv->gone)
    set_status_locked (priv, parse_status (status), status);
  if (!status_is_paused (priv->status))
    priv->error_stops = FALSE;
  news_end (self, &before);
}

static void
take_type_locked (QemuJobPrivate *priv,
                  const QemuJson *json,
                  guint32         object)
{
  if (priv->job_type == NULL)
    priv->values.job_type = priv->job_type = qemu_names_dup (json, qemu_json_get_member (json, object, "type"));
}

static void
take_progress_locked (QemuJobPrivate *priv,
                      const QemuJson *json,
                      guint32         object,
                      const char     *current,
                      const char     *total)
{
  qemu_json_get_uint64 (json, qemu_json_get_member (json, object, current), &priv->values.current_progress);
  qemu_json_get_uint64 (json, qemu_json_get_member (json, object, total), &priv->values.total_progress);
}

/* What a block job's members say that mean the same in events and replies. */
static void
take_block_members_locked (QemuJobPrivate *priv,
                           const QemuJson *json,
                           guint32         object)
{
  for (unsigned i = 0; i < QEMU_BLOCK_JOB_N_FIELDS; i++)
    {
      const QemuJobField *field = &qemu_block_job_fields[i];
      gpointer value = field_in (&priv->values, field);
      guint32 token;

      if (field->member == NULL || (token = qemu_json_get_member (json, object, field->member)) == QEMU_JSON_NONE)
        continue;
      if (field->type == G_TYPE_BOOLEAN)
        qemu_json_get_boolean (json, token, value);
      else
        qemu_json_get_int64 (json, token, value);
    }
  take_progress_locked (priv, json, object, "offset", "len");
}

/* Why it has failed; NULL: it has not. */
static char *
dup_reason (const QemuJson *json,
            guint32         object)
{
  g_autofree char *reason = qemu_json_dup_string (json, qemu_json_get_member (json, object, "error"));

  return reason != NULL ? qemu_text_for_people (reason) : NULL;
}

void
qemu_job_take_event (QemuJob        *self,
                     const char     *name,
                     const QemuJson *json)
{
  QemuJobValues before = news_begin (self);
  QemuJobPrivate *priv = get_private (self);
  g_autofree char *error = dup_reason (json, 0);
  QemuJobResult completed = error != NULL ? QEMU_JOB_RESULT_FAILED : success_locked (priv);

  take_type_locked (priv, json, 0);
  take_block_members_locked (priv, json, 0);
  if (g_str_equal (name, "BLOCK_JOB_CANCELLED"))
    set_verdict_locked (priv, QEMU_JOB_RESULT_CANCELLED, g_steal_pointer (&error));
  else if (g_str_equal (name, "BLOCK_JOB_COMPLETED"))
    set_verdict_locked (priv, completed, g_steal_pointer (&error));
  else if (g_str_equal (name, "BLOCK_JOB_ERROR"))
    priv->error_stops = qemu_json_string_equals (json, qemu_json_get_member (json, 0, "action"), "stop");
  news_end (self, &before);
}

/* QEMU's only word for a job that was cancelled by somebody else, where no event has told. */
#define CANCELLED_WORDS "Operation canceled"

static void
take_conclusion_locked (QemuJobPrivate *priv,
                        const QemuJson *json,
                        guint32         object)
{
  char *error = dup_reason (json, object);
  gboolean cancelled = priv->wishes & QEMU_JOB_WISH_CANCEL || g_strcmp0 (error, CANCELLED_WORDS) == 0;

  if (priv->verdict != QEMU_JOB_RESULT_NONE)
    {
      g_free (error);
      return;
    }

  if (error == NULL)
    set_verdict_locked (priv, success_locked (priv), NULL);
  else
    set_verdict_locked (priv, cancelled ? QEMU_JOB_RESULT_CANCELLED : QEMU_JOB_RESULT_FAILED, error);
}

void
qemu_job_take_reply (QemuJob        *self,
                     const QemuJson *json,
                     guint32         object)
{
  g_autofree char *name = qemu_names_dup (json, qemu_json_get_member (json, object, "status"));
  g_autofree char *io_status = qemu_names_dup (json, qemu_json_get_member (json, object, "io-status"));
  QemuJobStatus status = name != NULL ? parse_status (name) : QEMU_JOB_STATUS_UNKNOWN;
  QemuJobValues before = news_begin (self);
  QemuJobPrivate *priv = get_private (self);

  priv->started = TRUE;
  take_type_locked (priv, json, object);
  if (status == QEMU_JOB_STATUS_CONCLUDED && !priv->gone)
    take_conclusion_locked (priv, json, object);
  if (name != NULL && !priv->gone &&
      (!priv->told_by_events || status == QEMU_JOB_STATUS_CONCLUDED))
    set_status_locked (priv, status, name);
  /* No drain lasts until a command is answered. */
  if (priv->hidden_since != 0 && priv->status == status)
    show_status_locked (priv, name);

  if (qemu_json_get_member (json, object, "len") != QEMU_JSON_NONE)
    {
      take_block_members_locked (priv, json, object);
      priv->values.io_status = qemu_names_keep (&priv->names, io_status);
    }
  else
    {
      take_progress_locked (priv, json, object, "current-progress", "total-progress");
    }
  news_end (self, &before);
}

void
qemu_job_take_start (QemuJob *self)
{
  QemuJobValues before = news_begin (self);
  QemuJobPrivate *priv = get_private (self);

  priv->started = TRUE;
  if (!priv->told_by_events)
    set_status_locked (priv, QEMU_JOB_STATUS_CREATED, "created");
  news_end (self, &before);
}

void
qemu_job_take_end (QemuJob *self)
{
  QemuJobValues before = news_begin (self);
  QemuJobPrivate *priv = get_private (self);

  if (!priv->gone)
    set_status_locked (priv, QEMU_JOB_STATUS_NULL, "null");
  news_end (self, &before);
}

void
qemu_job_take_loss (QemuJob *self)
{
  QemuJobValues before = news_begin (self);
  QemuJobPrivate *priv = get_private (self);

  if (!priv->gone)
    {
      priv->gone = TRUE;
      priv->status = QEMU_JOB_STATUS_UNKNOWN;
      show_status_locked (priv, NULL);
      end_locked (priv, priv->verdict != QEMU_JOB_RESULT_NONE ? priv->verdict : QEMU_JOB_RESULT_LOST);
    }
  g_clear_pointer (&priv->nodes, g_strfreev);
  news_end (self, &before);
}

void
qemu_job_take_speed (QemuJob *self,
                     gint64   speed)
{
  QemuJobValues before = news_begin (self);

  get_private (self)->values.speed = speed;
  news_end (self, &before);
}

void
qemu_job_set_automatic (QemuJob  *self,
                        gboolean  auto_finalize,
                        gboolean  auto_dismiss)
{
  QemuJobValues before = news_begin (self);

  get_private (self)->values.auto_finalize = auto_finalize;
  get_private (self)->values.auto_dismiss = auto_dismiss;
  news_end (self, &before);
}

void
qemu_job_set_nodes (QemuJob *self,
                    GStrv    nodes)
{
  QemuJobValues before = news_begin (self);
  QemuJobPrivate *priv = get_private (self);

  g_strfreev (priv->nodes);
  priv->nodes = g_strdupv (nodes);
  news_end (self, &before);
}

void
qemu_job_clear_nodes (QemuJob *self)
{
  qemu_job_set_nodes (self, NULL);
}

void
qemu_job_set_wish (QemuJob     *self,
                   QemuJobWish  wish,
                   gboolean     on)
{
  QemuJobValues before = news_begin (self);
  QemuJobPrivate *priv = get_private (self);

  priv->wishes = on ? priv->wishes | wish : priv->wishes & ~wish;
  /* QEMU has refused to stop it: then it was completed by somebody else. */
  if (!on && wish == QEMU_JOB_WISH_STOP && priv->verdict == QEMU_JOB_RESULT_STOPPED)
    priv->verdict = QEMU_JOB_RESULT_COMPLETED;
  if (!on && wish == QEMU_JOB_WISH_STOP && priv->values.result == QEMU_JOB_RESULT_STOPPED)
    priv->values.result = QEMU_JOB_RESULT_COMPLETED;
  news_end (self, &before);
}

unsigned
qemu_job_show_status (QemuJob *self)
{
  QemuJobPrivate *priv = get_private (self);
  QemuJobValues before = news_begin (self);
  gint64 left = 0;

  if (priv->hidden_since != 0)
    left = priv->hidden_since + QEMU_JOB_DRAIN_MS * G_GINT64_CONSTANT (1000) - g_get_monotonic_time ();
  if (priv->hidden_since == 0 || left > 0)
    {
      g_mutex_unlock (&priv->lock);
      return (left + 999) / 1000;
    }

  show_status_locked (priv, priv->hidden_name);
  news_end (self, &before);

  return 0;
}

/* ---------------------------------------------------------------- what others see of it */

QemuJobValues
qemu_job_get_values (QemuJob *self)
{
  QemuJobPrivate *priv = get_private (self);
  QemuJobValues values;

  qemu_job_show_status (self);

  g_mutex_lock (&priv->lock);
  values = priv->values;
  g_mutex_unlock (&priv->lock);

  return values;
}

static QemuJobLeftovers
get_leftovers_locked (QemuJobPrivate *priv)
{
  gboolean concluded = priv->status == QEMU_JOB_STATUS_CONCLUDED && !priv->gone;
  QemuJobLeftovers leftovers = {
    .nodes = concluded || priv->gone ? priv->nodes : NULL,
    .ask = concluded && priv->values.result == QEMU_JOB_RESULT_NONE,
    .dismiss = concluded && priv->origin == QEMU_JOB_OWN
  };

  return leftovers;
}

QemuJobLeftovers
qemu_job_get_leftovers (QemuJob *self)
{
  QemuJobPrivate *priv = get_private (self);
  QemuJobLeftovers leftovers;

  g_mutex_lock (&priv->lock);
  leftovers = get_leftovers_locked (priv);
  leftovers.nodes = g_strdupv (leftovers.nodes);
  g_mutex_unlock (&priv->lock);

  return leftovers;
}

QemuJobView
qemu_job_get_view (QemuJob *self)
{
  QemuJobPrivate *priv = get_private (self);
  QemuJobLeftovers leftovers;
  QemuJobView view;

  g_mutex_lock (&priv->lock);
  leftovers = get_leftovers_locked (priv);
  view.status = priv->status;
  view.started = priv->started;
  view.told_by_events = priv->told_by_events;
  view.gone = priv->gone;
  view.untidy = leftovers.ask || leftovers.dismiss || leftovers.nodes != NULL;
  view.ended = priv->values.result != QEMU_JOB_RESULT_NONE && !view.untidy;
  view.stays_pending = priv->status == QEMU_JOB_STATUS_PENDING && !priv->values.auto_finalize;
  g_mutex_unlock (&priv->lock);

  return view;
}

gboolean
qemu_job_is_watched (QemuJob *self)
{
  static const char * const names[] = { "fraction", "current-progress", "total-progress", "offset", "len", "busy" };
  unsigned signal_id = g_signal_lookup ("notify", G_TYPE_OBJECT);

  /* A handler for all properties is not found by the name of one. */
  if (g_signal_has_handler_pending (self, signal_id, 0, FALSE))
    return TRUE;
  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_signal_has_handler_pending (self, signal_id, g_quark_from_static_string (names[i]), FALSE))
      return TRUE;

  return FALSE;
}

void
qemu_job_add_listener (QemuJob         *self,
                       QemuJobNewsFunc  func,
                       gpointer         user_data)
{
  QemuJobPrivate *priv = get_private (self);
  Listener *listener = g_new (Listener, 1);

  listener->func = func;
  listener->user_data = user_data;
  g_mutex_lock (&priv->lock);
  priv->listeners = g_slist_prepend (priv->listeners, listener);
  g_mutex_unlock (&priv->lock);
}

void
qemu_job_remove_listener (QemuJob  *self,
                          gpointer  user_data)
{
  QemuJobPrivate *priv = get_private (self);

  g_mutex_lock (&priv->lock);
  for (GSList *l = priv->listeners; l != NULL; l = l->next)
    {
      Listener *listener = l->data;

      if (listener->user_data != user_data)
        continue;
      priv->listeners = g_slist_delete_link (priv->listeners, l);
      g_free (listener);
      break;
    }
  g_mutex_unlock (&priv->lock);
}

gboolean
qemu_job_is_called (QemuJob    *self,
                    const char *id)
{
  return g_str_equal (get_private (self)->values.id, id);
}

QemuDomain *
qemu_job_dup_domain (QemuJob *self)
{
  return g_weak_ref_get (get_private (self)->domain);
}

/* ---------------------------------------------------------------- the class */

static void
qemu_job_free_values (GObject *object)
{
  QemuJobPrivate *priv = get_private (QEMU_JOB (object));

  g_assert (priv->listeners == NULL);

  qemu_domain_link_unref (priv->domain);
  g_main_context_unref (priv->context);
  g_free ((char *) priv->values.id);
  g_free (priv->hidden_name);
  g_free (priv->verdict_words);
  g_free (priv->job_type);
  g_strfreev (priv->nodes);
  qemu_names_clear (&priv->names);
  g_mutex_clear (&priv->lock);

  G_OBJECT_CLASS (qemu_job_parent_class)->finalize (object);
}

static void
qemu_job_get_property (GObject    *object,
                       guint       prop_id,
                       GValue     *value,
                       GParamSpec *pspec)
{
  qemu_job_get_field (QEMU_JOB (object), &fields[prop_id - 1], value);
}

/**
 * QemuJob:id: (getter get_id)
 *
 * The job's name, which no other job of this QEMU has as long as it is there.
 *
 * Since: 1.0
 */

/**
 * QemuJob:job-type: (getter get_job_type)
 *
 * QEMU's word for what it does, such as `commit`, `mirror` or `snapshot-save`; %NULL until it has told.
 *
 * Since: 1.0
 */

/**
 * QemuJob:status: (getter get_status)
 *
 * What it does at the moment. A pause of a few milliseconds, which QEMU makes whenever it changes something about
 * disks, is not shown.
 *
 * Since: 1.0
 */

/**
 * QemuJob:status-name: (getter get_status_name)
 *
 * The status as QEMU calls it; %NULL when it is not known.
 *
 * Since: 1.0
 */

/**
 * QemuJob:current-progress: (getter get_current_progress)
 *
 * How much is done, in a unit that depends on the job: bytes for those of disks.
 *
 * Since: 1.0
 */

/**
 * QemuJob:total-progress: (getter get_total_progress)
 *
 * How much there is to do in all, as far as is known; it may grow.
 *
 * Since: 1.0
 */

/**
 * QemuJob:fraction: (getter get_fraction)
 *
 * How much is done, from 0 to 1; -1 when that is not known. It does not go down while the total stays the same.
 *
 * Since: 1.0
 */

/**
 * QemuJob:error-message: (getter get_error_message)
 *
 * Why it has failed, in QEMU's words; %NULL when it has not.
 *
 * Since: 1.0
 */

/**
 * QemuJob:result: (getter get_result)
 *
 * What has become of it.
 *
 * Since: 1.0
 */
static void
qemu_job_class_init (QemuJobClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = qemu_job_free_values;
  object_class->get_property = qemu_job_get_property;

  qemu_job_install_fields (object_class, fields, G_N_ELEMENTS (fields), properties);
}

static void
qemu_job_init (QemuJob *self)
{
  QemuJobPrivate *priv = get_private (self);

  g_mutex_init (&priv->lock);
  priv->values.fraction = -1;
  priv->values.auto_finalize = TRUE;
}

GType
qemu_job_type_for (const char *job_type)
{
  static const char * const block_types[] = { "commit", "stream", "mirror", "backup", NULL };

  return job_type != NULL && g_strv_contains (block_types, job_type) ? QEMU_TYPE_BLOCK_JOB : QEMU_TYPE_JOB;
}

QemuJob *
qemu_job_new (GType          type,
              QemuDomain    *domain,
              const char    *id,
              QemuJobOrigin  origin)
{
  QemuJob *self = g_object_new (type, NULL);
  QemuJobPrivate *priv = get_private (self);

  priv->context = g_main_context_ref (domain->context);
  priv->domain = qemu_domain_link_ref (domain->link);
  priv->origin = origin;
  priv->values.id = g_strdup (id);

  return self;
}

/* ---------------------------------------------------------------- getters */

#define GETTER(return_type, name)                            \
  return_type                                                \
  qemu_job_get_##name (QemuJob *self)                        \
  {                                                          \
    g_return_val_if_fail (QEMU_IS_JOB (self), (return_type) 0); \
                                                             \
    return qemu_job_get_values (self).name;                  \
  }

/**
 * qemu_job_get_id: (get-property id)
 * @self: a job
 *
 * Gets the job's name.
 *
 * Returns: (transfer none): the name
 *
 * Since: 1.0
 */
GETTER (const char *, id)

/**
 * qemu_job_get_job_type: (get-property job-type)
 * @self: a job
 *
 * Gets QEMU's word for what it does.
 *
 * Returns: (transfer none) (nullable): the word; %NULL until QEMU has told
 *
 * Since: 1.0
 */
GETTER (const char *, job_type)

/**
 * qemu_job_get_status: (get-property status)
 * @self: a job
 *
 * Gets what it does at the moment.
 *
 * Returns: the status
 *
 * Since: 1.0
 */
GETTER (QemuJobStatus, status)

/**
 * qemu_job_get_status_name: (get-property status-name)
 * @self: a job
 *
 * Gets the status as QEMU calls it.
 *
 * Returns: (transfer none) (nullable): QEMU's word
 *
 * Since: 1.0
 */
GETTER (const char *, status_name)

/**
 * qemu_job_get_current_progress: (get-property current-progress)
 * @self: a job
 *
 * Gets how much is done.
 *
 * Returns: the progress, in a unit that depends on the job
 *
 * Since: 1.0
 */
GETTER (guint64, current_progress)

/**
 * qemu_job_get_total_progress: (get-property total-progress)
 * @self: a job
 *
 * Gets how much there is to do in all, as far as is known.
 *
 * Returns: the total, in the same unit
 *
 * Since: 1.0
 */
GETTER (guint64, total_progress)

/**
 * qemu_job_get_fraction: (get-property fraction)
 * @self: a job
 *
 * Gets how much is done.
 *
 * Returns: a number from 0 to 1, or -1 when it is not known
 *
 * Since: 1.0
 */
GETTER (double, fraction)

/**
 * qemu_job_get_error_message: (get-property error-message)
 * @self: a job
 *
 * Gets why it has failed.
 *
 * Returns: (transfer none) (nullable): QEMU's words
 *
 * Since: 1.0
 */
GETTER (const char *, error_message)

/**
 * qemu_job_get_result: (get-property result)
 * @self: a job
 *
 * Gets what has become of it.
 *
 * Returns: the result
 *
 * Since: 1.0
 */
GETTER (QemuJobResult, result)
