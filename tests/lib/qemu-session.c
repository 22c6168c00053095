/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-session.h"

#include "qemu-glib/qemu-message-private.h"

#include <string.h>

/* ---------------------------------------------------------------- the record */

static gint64
find_id (const char *line)
{
  const char *id = strstr (line, "\"id\": ");

  return id != NULL ? g_ascii_strtoll (id + strlen ("\"id\": "), NULL, 10) : 0;
}

/* An event may have come when more had been sent than the command that it belongs to. A client that sends one command
 * after the other must hear it, too. */
static void
lower_gates (QemuSession *self)
{
  unsigned gate = self->lines->len;

  for (unsigned i = self->utterances->len; i-- > 0;)
    {
      QemuUtterance *utterance = &g_array_index (self->utterances, QemuUtterance, i);

      utterance->gate = gate = MIN (gate, utterance->gate);
    }
}

QemuSession *
qemu_session_new (const char *name)
{
  QemuSession *self = g_new0 (QemuSession, 1);
  g_autofree char *file = g_strconcat (name, ".session", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "sessions", file, NULL);
  g_autofree char *contents = NULL;
  g_auto(GStrv) lines = NULL;
  g_autoptr(GError) error = NULL;
  gboolean ours = FALSE;

  g_file_get_contents (path, &contents, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (contents, "\n", -1);
  self->bytes = g_string_new (NULL);
  self->utterances = g_array_new (FALSE, TRUE, sizeof (QemuUtterance));
  self->lines = g_ptr_array_new_with_free_func (g_free);
  self->commands = g_ptr_array_new_with_free_func ((GDestroyNotify) qemu_command_unref);
  self->batches = g_array_new (FALSE, TRUE, sizeof (unsigned));

  for (unsigned i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++)
    {
      const char *text = lines[i] + 2;

      g_assert_true (g_str_has_prefix (lines[i], "< ") || g_str_has_prefix (lines[i], "> "));
      if (lines[i][0] == '>')
        {
          if (!ours)
            g_array_set_size (self->batches, self->batches->len + 1);
          g_array_index (self->batches, unsigned, self->batches->len - 1)++;
          g_ptr_array_add (self->lines, g_strdup (text));
          g_ptr_array_add (self->commands, qemu_command_new_from_json (text, &error));
          g_assert_no_error (error);
        }
      else
        {
          QemuUtterance utterance = { .start = self->bytes->len };
          gint64 id = find_id (text);

          g_string_append_printf (self->bytes, "%s\r\n", text);
          utterance.length = self->bytes->len - utterance.start;
          utterance.gate = strstr (text, "\"event\"") == NULL && id > 0 ? id : self->lines->len;
          g_array_append_val (self->utterances, utterance);
        }
      ours = lines[i][0] == '>';
    }

  lower_gates (self);
  /* The greeting. */
  g_array_index (self->utterances, QemuUtterance, 0).gate = 0;
  for (unsigned i = 0; i < self->utterances->len; i++)
    {
      QemuUtterance *utterance = &g_array_index (self->utterances, QemuUtterance, i);

      utterance->text = self->bytes->str + utterance->start;
    }

  return self;
}

void
qemu_session_free (QemuSession *self)
{
  g_string_free (self->bytes, TRUE);
  g_array_unref (self->utterances);
  g_ptr_array_unref (self->lines);
  g_ptr_array_unref (self->commands);
  g_array_unref (self->batches);
  g_free (self);
}

/* ---------------------------------------------------------------- what the peer says */

static void
script_add (QemuScript *self,
            const char *text,
            gsize       length,
            unsigned    gate)
{
  QemuPiece piece = { .start = self->bytes->len, .length = length, .gate = gate };

  if (length == 0)
    return;

  g_string_append_len (self->bytes, text, length);
  g_array_append_val (self->pieces, piece);
}

static void
script_add_piece (QemuScript *self,
                  const char *text,
                  gsize       length,
                  unsigned    gate,
                  QemuFault   how)
{
  script_add (self, text, length, gate);
  g_array_index (self->pieces, QemuPiece, self->pieces->len - 1).pause = how == QEMU_FAULT_PAUSE;
  g_array_index (self->pieces, QemuPiece, self->pieces->len - 1).deaf = how == QEMU_FAULT_DEAF;
}

/* The message in which the fault is. FALSE: the peer says nothing any more. */
static gboolean
script_add_faulty (QemuScript          *self,
                   const QemuUtterance *utterance,
                   QemuFault            fault,
                   gsize                offset,
                   unsigned             variant)
{
  const char *text = utterance->text;
  gsize length = utterance->length;
  unsigned gate = utterance->gate;
  g_autofree char *damaged = NULL;

  switch (fault)
    {
    case QEMU_FAULT_HANG_UP:
    case QEMU_FAULT_RESET:
    case QEMU_FAULT_END_OF_OUTPUT:
    case QEMU_FAULT_SILENCE:
    case QEMU_FAULT_NOISE:
      script_add (self, text, offset, gate);
      self->ending = fault;
      self->ending_gate = gate;
      return FALSE;

    case QEMU_FAULT_PAUSE:
    case QEMU_FAULT_DEAF:
      script_add (self, text, offset, gate);
      script_add_piece (self, text + offset, length - offset, gate, fault);
      break;

    case QEMU_FAULT_CUT_LINE:
      script_add (self, text, MIN (offset, length - 2), gate);
      script_add (self, "\r\n", 2, gate);
      break;

    case QEMU_FAULT_CUT:
      script_add (self, text, offset, gate);
      break;

    case QEMU_FAULT_FLIP:
      damaged = g_strndup (text, length);
      damaged[offset] ^= 1 << variant;
      script_add (self, damaged, length, gate);
      break;

    case QEMU_FAULT_DUPLICATE:
      script_add (self, text, length, gate);
      script_add (self, text, length, gate);
      break;

    case QEMU_FAULT_PIECES:
      for (gsize i = 0; i < length; i += variant)
        script_add_piece (self, text + i, MIN (variant, length - i), gate, QEMU_FAULT_PAUSE);
      break;

    case QEMU_FAULT_SWAP:
      /* Without its greeting a peer would not be spoken to as in the record. */
      script_add (self, utterance[1].text, utterance[1].length, gate);
      script_add (self, text, length, gate == 0 ? 0 : utterance[1].gate);
      break;

    case QEMU_FAULT_NONE:
    case QEMU_FAULT_DROP:
    default:
      break;
    }

  return TRUE;
}

/* @place is a byte of the session, or the number of a message. */
QemuScript *
qemu_script_new (const QemuSession *session,
                 QemuFault          fault,
                 gsize              place,
                 unsigned           variant)
{
  QemuScript *self = g_new0 (QemuScript, 1);

  self->session = session;
  self->bytes = g_string_new (NULL);
  self->pieces = g_array_new (FALSE, TRUE, sizeof (QemuPiece));

  for (unsigned i = 0; i < session->utterances->len; i++)
    {
      const QemuUtterance *utterance = &g_array_index (session->utterances, QemuUtterance, i);
      gboolean here = fault < QEMU_FAULT_DROP ? place - utterance->start < utterance->length : place == i;

      if (fault == QEMU_FAULT_NONE || (fault != QEMU_FAULT_PIECES && !here))
        script_add (self, utterance->text, utterance->length, utterance->gate);
      else if (!script_add_faulty (self, utterance, fault, place - utterance->start, variant))
        break;
      else if (fault == QEMU_FAULT_SWAP)
        i++;
    }

  return self;
}

void
qemu_script_free (QemuScript *self)
{
  g_string_free (self->bytes, TRUE);
  g_array_unref (self->pieces);
  g_free (self);
}

/* ---------------------------------------------------------------- what has to come of it
 *
 * A client as simple as it can be, which is told at once of all that is said. Lines are cut and replies are matched
 * here once more; only what a single line means is asked of the library.
 */

typedef struct
{
  QemuPrediction   *prediction;
  const QemuScript *script;
  gboolean         *pending;            /* each command */
  unsigned          n_sent;
  unsigned          n_pieces;           /* said */
  GString          *rest;               /* not a whole message yet */
  gboolean          greeted;
  gboolean          deaf;
} Model;

static void
model_close (Model  *self,
             GQuark  domain,
             int     code)
{
  if (self->prediction->closed)
    return;

  self->prediction->closed = TRUE;
  self->prediction->closed_domain = domain;
  self->prediction->closed_code = code;
}

static void
model_end_command (Model      *self,
                   unsigned    index,
                   GQuark      domain,
                   int         code,
                   const char *reply)
{
  QemuOutcome *outcome = &self->prediction->outcomes[index];

  g_assert_true (self->pending[index]);
  self->pending[index] = FALSE;
  outcome->domain = domain;
  outcome->code = code;
  outcome->reply = g_strdup (reply);
}

static int
model_find_pending (Model         *self,
                    const QemuMessage *message)
{
  gboolean oldest = message->kind == QEMU_MESSAGE_ERROR && message->id == QEMU_MESSAGE_ID_NONE;

  for (unsigned i = 0; i < self->n_sent; i++)
    if (self->pending[i] && (oldest || message->id == (gint64) i + 1))
      return i;

  return -1;
}

static void
model_hear (Model      *self,
            const char *text,
            gsize       length)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  g_autoptr(GError) error = NULL;
  QemuMessage message;
  int index;

  if (!qemu_message_parse (&message, &json, text, length, &error))
    {
      model_close (self, error->domain, error->code);
      return;
    }

  index = model_find_pending (self, &message);
  if (message.kind == QEMU_MESSAGE_GREETING)
    self->greeted = TRUE;
  else if (message.kind == QEMU_MESSAGE_EVENT)
    g_string_append_printf (self->prediction->events, "%s ", message.event->text);
  else if (message.kind == QEMU_MESSAGE_RETURN && index >= 0)
    model_end_command (self, index, 0, 0, text);
  else if (message.kind == QEMU_MESSAGE_ERROR && index >= 0)
    model_end_command (self, index, message.error->domain, message.error->code, NULL);

  g_clear_pointer (&message.event, qemu_event_text_unref);
  g_clear_error (&message.error);
}

/* A message is a line; or several, if the first looks unfinished, up to one that is not indented. */
static void
model_take_line (Model      *self,
                 const char *line,
                 gsize       length)
{
  gboolean first = self->rest->len == 0;
  gboolean whole;

  if (length > 0 && line[length - 1] == '\r')
    length--;
  if (length == 0 && first)
    return;

  if (first)
    whole = line[0] != '{' || line[length - 1] == '}';
  else
    whole = length > 0 && line[0] != ' ' && line[0] != '\t';
  if (!first)
    g_string_append_c (self->rest, '\n');
  g_string_append_len (self->rest, line, length);

  if (whole)
    {
      model_hear (self, self->rest->str, self->rest->len);
      g_string_truncate (self->rest, 0);
    }
}

/* All that the peer says now. @unread has what no line end has come for. */
static void
model_listen (Model   *self,
              GString *unread)
{
  const QemuScript *script = self->script;

  for (; self->n_pieces < script->pieces->len; self->n_pieces++)
    {
      const QemuPiece *piece = &g_array_index (script->pieces, QemuPiece, self->n_pieces);
      char *end;

      if (piece->gate > self->n_sent)
        return;

      self->deaf |= piece->deaf;
      g_string_append_len (unread, script->bytes->str + piece->start, piece->length);
      while (!self->prediction->closed && (end = memchr (unread->str, '\n', unread->len)) != NULL)
        {
          model_take_line (self, unread->str, end - unread->str);
          g_string_erase (unread, 0, end - unread->str + 1);
        }
      if (self->prediction->closed)
        return;
    }

  if (script->ending == QEMU_FAULT_NOISE && script->ending_gate <= self->n_sent)
    model_close (self, G_TLS_ERROR, G_TLS_ERROR_MISC);
  else if (script->ending != QEMU_FAULT_NONE && script->ending != QEMU_FAULT_SILENCE &&
           script->ending_gate <= self->n_sent)
    model_close (self, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
}

/* The next command is not sent. */
static void
model_refuse (Model *self)
{
  self->pending[self->n_sent] = TRUE;
  model_end_command (self, self->n_sent, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, NULL);
}

/* Runs @n commands at a time. FALSE: there is no more to be learnt. */
static gboolean
model_run_batch (Model    *self,
                 unsigned  n,
                 GString  *unread,
                 unsigned *n_timeouts)
{
  QemuPrediction *prediction = self->prediction;
  gboolean timed_out = FALSE;

  for (unsigned i = 0; i < n; i++)
    self->pending[self->n_sent + i] = TRUE;
  self->n_sent += n;
  if (self->deaf)
    model_close (self, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  if (!prediction->closed)
    model_listen (self, unread);

  for (unsigned i = 0; i < self->n_sent; i++)
    if (self->pending[i] && prediction->closed)
      {
        model_end_command (self, i, prediction->closed_domain, prediction->closed_code, NULL);
      }
    else if (self->pending[i])
      {
        model_end_command (self, i, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, NULL);
        timed_out = TRUE;
      }
  *n_timeouts += timed_out;

  return prediction->closed || *n_timeouts < 2;
}

/* The first batch is qmp_capabilities alone. Without a greeting the library asks for the version, which is not in the
 * record: the peer does not answer that any more. */
static gboolean
model_open (Model   *self,
            GString *unread)
{
  QemuPrediction *prediction = self->prediction;
  QemuOutcome *outcome = prediction->outcomes;
  unsigned n_timeouts = 0;

  /* What is said before it is not read before. */
  for (unsigned i = 0; i < self->script->pieces->len; i++)
    self->deaf |= g_array_index (self->script->pieces, QemuPiece, i).gate == 0 &&
                  g_array_index (self->script->pieces, QemuPiece, i).deaf;
  model_run_batch (self, 1, unread, &n_timeouts);
  if (!self->greeted && (outcome->domain == 0 || n_timeouts > 0))
    {
      outcome->domain = G_IO_ERROR;
      outcome->code = G_IO_ERROR_BUSY;
    }
  prediction->was_open = outcome->domain == 0;
  if (!prediction->was_open)
    model_refuse (self);

  return prediction->was_open;
}

QemuPrediction *
qemu_prediction_new (const QemuScript *script,
                     gboolean          one_by_one)
{
  QemuPrediction *self = g_new0 (QemuPrediction, 1);
  const QemuSession *session = script->session;
  unsigned n_commands = session->lines->len, n_timeouts = 0;
  g_autofree gboolean *pending = g_new0 (gboolean, n_commands);
  g_autoptr(GString) rest = g_string_new (NULL);
  g_autoptr(GString) unread = g_string_new (NULL);
  Model model = { .prediction = self, .script = script, .pending = pending, .rest = rest };
  gboolean go_on;

  /* One behind the last, which has none. */
  self->outcomes = g_new0 (QemuOutcome, n_commands + 1);
  self->events = g_string_new (NULL);
  go_on = model_open (&model, unread);
  self->n_batches = go_on ? 1 : 2;
  for (; go_on && model.n_sent < n_commands; self->n_batches++)
    {
      unsigned n = one_by_one ? 1 : g_array_index (session->batches, unsigned, self->n_batches);

      if (self->closed)
        model_refuse (&model);
      go_on = !self->closed && model_run_batch (&model, n, unread, &n_timeouts);
    }

  return self;
}

void
qemu_prediction_free (QemuPrediction *self)
{
  for (QemuOutcome *outcome = self->outcomes; outcome->domain != 0 || outcome->reply != NULL; outcome++)
    g_free (outcome->reply);
  g_free (self->outcomes);
  g_string_free (self->events, TRUE);
  g_free (self);
}
