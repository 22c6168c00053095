/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-message-private.h"

#include <string.h>

#include "qemu-error.h"
#include "qemu-text-private.h"

QemuEventText *
qemu_event_text_new (const char *name,
                     gint64      timestamp,
                     const char *data,
                     gsize       data_length)
{
  gsize name_length = strlen (name);
  QemuEventText *self = g_malloc (sizeof *self + name_length + 1 + data_length + 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->timestamp = timestamp;
  self->name_length = name_length;
  self->data_length = data_length;
  memcpy (self->text, name, name_length + 1);
  if (data_length > 0)
    memcpy (self->text + name_length + 1, data, data_length);
  self->text[name_length + 1 + data_length] = '\0';

  return self;
}

QemuEventText *
qemu_event_text_ref (QemuEventText *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

void
qemu_event_text_unref (QemuEventText *self)
{
  if (g_atomic_ref_count_dec (&self->ref_count))
    g_free (self);
}

/* The members that make a message what it is. Each may be there once: a peer that says two things at a time is not
 * to be guessed at. */
typedef enum
{
  MEMBER_QMP,
  MEMBER_DATA,
  MEMBER_ERROR,
  MEMBER_EVENT,
  MEMBER_ID,
  MEMBER_RETURN,
  MEMBER_TIMESTAMP,
  N_MEMBERS
} Member;

static const struct
{
  const char *name;
  gsize       length;
} members[N_MEMBERS] = {
  [MEMBER_QMP] = { "QMP", 3 },
  [MEMBER_DATA] = { "data", 4 },
  [MEMBER_ERROR] = { "error", 5 },
  [MEMBER_EVENT] = { "event", 5 },
  [MEMBER_ID] = { "id", 2 },
  [MEMBER_RETURN] = { "return", 6 },
  [MEMBER_TIMESTAMP] = { "timestamp", 9 },
};

static Member
find_member (const QemuJson *json,
             guint32         name)
{
  const QemuJsonToken *token = &json->tokens[name];

  for (unsigned i = 0; i < N_MEMBERS; i++)
    if (G_UNLIKELY (token->escaped) ? qemu_json_string_equals (json, name, members[i].name)
                                    : token->length == members[i].length &&
                                      memcmp (json->text + token->offset, members[i].name, members[i].length) == 0)
      return i;

  return N_MEMBERS;
}

static gboolean
read_envelope (const QemuJson  *json,
               guint32          found[N_MEMBERS],
               GError         **error)
{
  if (qemu_json_get_type (json, 0) != QEMU_JSON_OBJECT)
    {
      g_set_error_literal (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL, "Received a message that is no JSON object");
      return FALSE;
    }

  for (unsigned i = 0; i < N_MEMBERS; i++)
    found[i] = QEMU_JSON_NONE;

  QEMU_JSON_FOREACH_MEMBER (json, 0, name)
    {
      Member member = find_member (json, name);

      if (member == N_MEMBERS)
        continue;
      if (found[member] != QEMU_JSON_NONE)
        {
          g_set_error (error, QEMU_ERROR, QEMU_ERROR_PROTOCOL,
                       "Received a message that has “%s” twice", members[member].name);
          return FALSE;
        }
      found[member] = name + 1;
    }

  return TRUE;
}

static gint64
read_timestamp (const QemuJson *json,
                guint32         timestamp)
{
  gint64 seconds, microseconds;

  /* QEMU writes -1 where the host's clock failed. */
  if (!qemu_json_get_int64 (json, qemu_json_get_member (json, timestamp, "seconds"), &seconds) ||
      !qemu_json_get_int64 (json, qemu_json_get_member (json, timestamp, "microseconds"), &microseconds) ||
      seconds < 0 || seconds > G_MAXINT64 / G_USEC_PER_SEC - 1 ||
      microseconds < 0 || microseconds >= G_USEC_PER_SEC)
    return 0;

  return seconds * G_USEC_PER_SEC + microseconds;
}

static QemuEventText *
read_event (const QemuJson *json,
            const guint32   found[N_MEMBERS])
{
  const QemuJsonToken *token = &json->tokens[found[MEMBER_EVENT]];
  gint64 timestamp = read_timestamp (json, found[MEMBER_TIMESTAMP]);
  g_autofree char *unescaped = NULL;
  const char *data = NULL;
  gsize data_length = 0;
  char name[128];

  if (found[MEMBER_DATA] != QEMU_JSON_NONE)
    data = qemu_json_get_raw (json, found[MEMBER_DATA], &data_length);

  /* An event has a short plain name; one that has not is copied the long way. */
  if (G_LIKELY (!token->escaped && token->length < sizeof name))
    {
      memcpy (name, json->text + token->offset, token->length);
      name[token->length] = '\0';
      return qemu_event_text_new (name, timestamp, data, data_length);
    }

  unescaped = qemu_json_dup_string (json, found[MEMBER_EVENT]);
  return unescaped != NULL ? qemu_event_text_new (unescaped, timestamp, data, data_length) : NULL;
}

static gint64
read_id (const QemuJson *json,
         guint32         id)
{
  gint64 value;

  if (id == QEMU_JSON_NONE)
    return QEMU_MESSAGE_ID_NONE;
  if (!qemu_json_get_int64 (json, id, &value) || value < 0)
    return QEMU_MESSAGE_ID_FOREIGN;

  return value;
}

gboolean
qemu_message_parse (QemuMessage  *self,
                    QemuJson     *json,
                    const char   *text,
                    gsize         length,
                    GError      **error)
{
  guint32 found[N_MEMBERS];

  memset (self, 0, sizeof *self);

  if (!qemu_json_parse (json, text, length, error) || !read_envelope (json, found, error))
    return FALSE;

  if (qemu_json_get_type (json, found[MEMBER_EVENT]) == QEMU_JSON_STRING)
    {
      self->event = read_event (json, found);
      self->kind = self->event != NULL ? QEMU_MESSAGE_EVENT : QEMU_MESSAGE_OTHER;
    }
  else if (found[MEMBER_ERROR] != QEMU_JSON_NONE)
    {
      self->kind = QEMU_MESSAGE_ERROR;
      self->id = read_id (json, found[MEMBER_ID]);
      self->error = qemu_message_error_new (json, found[MEMBER_ERROR]);
    }
  else if (found[MEMBER_RETURN] != QEMU_JSON_NONE)
    {
      self->kind = QEMU_MESSAGE_RETURN;
      self->id = read_id (json, found[MEMBER_ID]);
    }
  else if (found[MEMBER_QMP] != QEMU_JSON_NONE)
    {
      self->kind = QEMU_MESSAGE_GREETING;
    }

  return TRUE;
}

GBytes *
qemu_message_bytes_new (const char *text,
                        gsize       length)
{
  char *copy = g_malloc (length + 1);

  if (length > 0)
    memcpy (copy, text, length);
  copy[length] = '\0';

  return g_bytes_new_take (copy, length);
}

static const struct
{
  const char *class;
  QemuError   code;
} error_classes[] = {
  { "GenericError", QEMU_ERROR_GENERIC },
  { "CommandNotFound", QEMU_ERROR_COMMAND_NOT_FOUND },
  { "DeviceNotActive", QEMU_ERROR_DEVICE_NOT_ACTIVE },
  { "DeviceNotFound", QEMU_ERROR_DEVICE_NOT_FOUND },
  { "KVMMissingCap", QEMU_ERROR_KVM_MISSING_CAP },
};

GError *
qemu_message_error_new (const QemuJson *json,
                        guint32         error_object)
{
  guint32 class = qemu_json_get_member (json, error_object, "class");
  g_autofree char *description = qemu_json_dup_string (json, qemu_json_get_member (json, error_object, "desc"));
  g_autofree char *words = qemu_text_for_people (description != NULL ? description : "QEMU gave no reason");
  QemuError code = QEMU_ERROR_GENERIC;

  for (unsigned i = 0; i < G_N_ELEMENTS (error_classes); i++)
    if (qemu_json_string_equals (json, class, error_classes[i].class))
      code = error_classes[i].code;

  return g_error_new_literal (QEMU_ERROR, code, words);
}
