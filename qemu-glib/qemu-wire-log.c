/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-wire-log-private.h"

#include <string.h>

/* As much as is shown of a message, in bytes. */
#define MAX_SHOWN 65536

struct _QemuWireLog
{
  GArray *secret_ids;                   /* of commands that were not shown: their replies are not, either */
};

QemuWireLog *
qemu_wire_log_new (void)
{
  QemuWireLog *self;

  if (g_log_writer_default_would_drop (G_LOG_LEVEL_DEBUG, QEMU_WIRE_LOG_DOMAIN))
    return NULL;

  self = g_new0 (QemuWireLog, 1);
  self->secret_ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  return self;
}

void
qemu_wire_log_free (QemuWireLog *self)
{
  g_array_unref (self->secret_ids);
  g_free (self);
}

/* ---------------------------------------------------------------- what is a secret
 *
 * Nobody can know all that may be one. These are the names that QEMU and its guest agent give to what is, and what a
 * person types or a program does in the guest. What a message spells is looked at, not what it means, so that nothing
 * depends on where in it a name is; rather too much is kept back than too little.
 */

static const struct
{
  const char *word;
  const char *beside;                   /* counts only with this one, too */
} words[] = {
  { "secret" },                         /* and key-secret, object-add of a secret, … */
  { "passw" },                          /* and set_password, password-secret, … */
  { "passp" },                          /* passphrase */
  { "cookie" },                         /* of a disk that comes by HTTP */
  { "credential" },
  { "token" },
  { "private-key" },
  { "private_key" },
  { "authorized-key" },
  { "send-key" },                       /* somebody may be typing one */
  { "sendkey" },
  { "input-send-event" },
  { "guest-exec" },
  { "guest-file-" },
  { "\"data\"", "qom-get" },            /* a secret can be read back */
  { "\"data\"", "qom-set" },
};

static gboolean
mentions (const char *text,
          gsize       length,
          const char *word)
{
  gsize word_length = strlen (word);

  for (gsize i = 0; i + word_length <= length; i++)
    if (g_ascii_strncasecmp (text + i, word, word_length) == 0)
      return TRUE;

  return FALSE;
}

/* Who writes a plain character as \u0070 does not want it to be found. */
static gboolean
is_disguised (const char *text,
              gsize       length)
{
  for (gsize i = 0; i + 6 <= length; i++)
    if (memcmp (text + i, "\\u00", 4) == 0 && text[i + 4] >= '2' && text[i + 4] <= '7')
      return TRUE;

  return FALSE;
}

/* scheme://user:password@host; JSON's slashes may be escaped. */
static gboolean
has_address_with_password (const char *text,
                           gsize       length)
{
  const char *end = text + length;

  for (const char *p = text; (p = memchr (p, ':', end - p)) != NULL;)
    {
      unsigned n_slashes = 0;
      gboolean colon = FALSE;

      for (p++; p < end && (*p == '/' || *p == '\\'); p++)
        n_slashes += *p == '/';
      if (n_slashes < 2)
        continue;

      for (const char *q = p; q < end && strchr ("/\" \t\r\n", *q) == NULL; q++)
        if (*q == '@' && colon)
          return TRUE;
        else if (*q == ':')
          colon = TRUE;
    }

  return FALSE;
}

gboolean
qemu_wire_log_is_secret (const char *text,
                         gsize       length)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (words); i++)
    if (mentions (text, length, words[i].word) &&
        (words[i].beside == NULL || mentions (text, length, words[i].beside)))
      return TRUE;

  return is_disguised (text, length) || has_address_with_password (text, length);
}

/* ---------------------------------------------------------------- what is shown */

static char *
describe (gconstpointer who,
          const char   *direction,
          const char   *text,
          gsize         length,
          gboolean      secret)
{
  if (secret)
    return g_strdup_printf ("%p %s (%" G_GSIZE_FORMAT " bytes, with a secret)", who, direction, length);

  return g_strdup_printf ("%p %s %.*s", who, direction, (int) MIN (length, MAX_SHOWN), text);
}

char *
qemu_wire_log_sent (QemuWireLog   *self,
                    gconstpointer  who,
                    const char    *text,
                    gsize          length,
                    gint64         id)
{
  gboolean secret = qemu_wire_log_is_secret (text, length);

  if (secret)
    g_array_append_val (self->secret_ids, id);

  return describe (who, "→", text, length, secret);
}

/* One that does not say to what command it is a reply may be to any. */
static gboolean
answers_secret (QemuWireLog       *self,
                const QemuMessage *message)
{
  gboolean found = FALSE;

  if (message == NULL || (message->kind != QEMU_MESSAGE_RETURN && message->kind != QEMU_MESSAGE_ERROR))
    return FALSE;

  if (message->id == QEMU_MESSAGE_ID_NONE || message->id == QEMU_MESSAGE_ID_FOREIGN)
    found = self->secret_ids->len > 0;
  for (unsigned i = 0; i < self->secret_ids->len && !found; i++)
    if (g_array_index (self->secret_ids, gint64, i) == message->id)
      {
        g_array_remove_index (self->secret_ids, i);
        found = TRUE;
      }

  return found;
}

char *
qemu_wire_log_received (QemuWireLog       *self,
                        gconstpointer      who,
                        const char        *text,
                        gsize              length,
                        const QemuMessage *message)
{
  gboolean secret = answers_secret (self, message) || qemu_wire_log_is_secret (text, length);

  return describe (who, "←", text, length, secret);
}
