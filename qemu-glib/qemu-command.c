/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-command-private.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "qemu-json-private.h"

/**
 * QemuCommand:
 *
 * One QMP command: a name and arguments.
 *
 * ```c
 * g_autoptr(QemuCommand) command = qemu_command_new ("blockdev-snapshot-sync");
 *
 * qemu_command_set_string (command, "device", "drive0");
 * qemu_command_set_string (command, "snapshot-file", "/var/tmp/overlay.qcow2");
 * ```
 *
 * An argument is set by its name, the last value counts. What is set is kept as the JSON text that goes to QEMU, so
 * that integers are exact over the whole signed and unsigned 64-bit range.
 *
 * Text has to be UTF-8. A value that is not is remembered as a fault of the command: [method@Command.to_json] and
 * every attempt to run the command fail with %G_IO_ERROR_INVALID_ARGUMENT, before anything is sent.
 *
 * The same command may be run any number of times, also at the same time; it must not be changed while another thread
 * runs it.
 *
 * Since: 1.0
 */
struct _QemuCommand
{
  gatomicrefcount ref_count;
  char           *name;
  GPtrArray      *arguments;            /* Argument, in the order they were first set */
  GString        *text;                 /* what is sent, but for the id and the closing brace */
  GError         *fault;
  gboolean        out_of_band;
  gboolean        has_timeout;
  unsigned        timeout_ms;
  int             fd;                   /* of the file that goes with it, or -1 */
};

typedef struct
{
  char *member;
  char *value;                          /* as JSON text */
} Argument;

G_DEFINE_BOXED_TYPE (QemuCommand, qemu_command, qemu_command_ref, qemu_command_unref)

static void
argument_free (gpointer data)
{
  Argument *self = data;

  g_free (self->member);
  g_free (self->value);
  g_free (self);
}

/* ---------------------------------------------------------------- JSON text
 *
 * Not json-glib's writer: 1.6 leaves U+001F as it is, and makes `1e+22.0` of 1e22, neither of which is JSON.
 */

static void
append_string (GString    *text,
               const char *string)
{
  static const char escapes[] = { ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                  ['\t'] = 't' };

  g_string_append_c (text, '"');
  for (const guchar *p = (const guchar *) string; *p != '\0'; p++)
    {
      if (*p < sizeof escapes && escapes[*p] != '\0')
        g_string_append_printf (text, "\\%c", escapes[*p]);
      else if (*p < 0x20)
        g_string_append_printf (text, "\\u%04x", *p);
      else
        g_string_append_c (text, *p);
    }
  g_string_append_c (text, '"');
}

static void
append_double (GString *text,
               double   value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (text, g_ascii_dtostr (buffer, sizeof buffer, value));
}

static void append_node (GString  *text,
                         JsonNode *node);

static void
append_object (GString    *text,
               JsonObject *object)
{
  JsonObjectIter iter;
  const char *member;
  JsonNode *value;

  g_string_append_c (text, '{');
  json_object_iter_init_ordered (&iter, object);
  for (unsigned i = 0; json_object_iter_next_ordered (&iter, &member, &value); i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      append_string (text, member);
      g_string_append_c (text, ':');
      append_node (text, value);
    }
  g_string_append_c (text, '}');
}

static void
append_array (GString   *text,
              JsonArray *array)
{
  g_string_append_c (text, '[');
  for (unsigned i = 0; i < json_array_get_length (array); i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      append_node (text, json_array_get_element (array, i));
    }
  g_string_append_c (text, ']');
}

static void
append_value (GString  *text,
              JsonNode *node)
{
  switch (json_node_get_value_type (node))
    {
    case G_TYPE_STRING:
      append_string (text, json_node_get_string (node));
      break;

    case G_TYPE_BOOLEAN:
      g_string_append (text, json_node_get_boolean (node) ? "true" : "false");
      break;

    case G_TYPE_DOUBLE:
      append_double (text, json_node_get_double (node));
      break;

    default:
      g_string_append_printf (text, "%" G_GINT64_FORMAT, json_node_get_int (node));
      break;
    }
}

static void
append_node (GString  *text,
             JsonNode *node)
{
  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_OBJECT:
      append_object (text, json_node_get_object (node));
      break;

    case JSON_NODE_ARRAY:
      append_array (text, json_node_get_array (node));
      break;

    case JSON_NODE_VALUE:
      append_value (text, node);
      break;

    case JSON_NODE_NULL:
    default:
      g_string_append (text, "null");
      break;
    }
}

/* ---------------------------------------------------------------- the command */

static char *
quote (const char *string)
{
  g_autoptr(GString) text = g_string_new (NULL);

  append_string (text, string);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Anything may be called anything, but a name that cannot be sent is shown in a form that can be read. */
static void
set_fault (QemuCommand *self,
           const char  *member)
{
  g_autofree char *name = g_utf8_make_valid (self->name, -1);
  g_autofree char *shown = member != NULL ? g_utf8_make_valid (member, -1) : NULL;

  if (self->fault != NULL)
    return;

  if (shown != NULL)
    g_set_error (&self->fault, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "The argument “%s” of %s is not valid UTF-8, or no JSON for another reason", shown, name);
  else
    g_set_error (&self->fault, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "The command name “%s” is not valid UTF-8", name);
}

static void
update_text (QemuCommand *self)
{
  g_string_assign (self->text, self->out_of_band ? "{\"exec-oob\":" : "{\"execute\":");
  append_string (self->text, self->name);
  for (unsigned i = 0; i < self->arguments->len; i++)
    {
      const Argument *argument = g_ptr_array_index (self->arguments, i);

      g_string_append (self->text, i == 0 ? ",\"arguments\":{" : ",");
      append_string (self->text, argument->member);
      g_string_append_c (self->text, ':');
      g_string_append (self->text, argument->value);
    }
  if (self->arguments->len > 0)
    g_string_append_c (self->text, '}');
}

static void
add_argument (QemuCommand *self,
              const char  *member,
              char        *value)
{
  Argument *argument;

  for (unsigned i = 0; i < self->arguments->len; i++)
    {
      argument = g_ptr_array_index (self->arguments, i);
      if (g_str_equal (argument->member, member))
        {
          g_free (argument->value);
          argument->value = value;
          return;
        }
    }

  argument = g_new (Argument, 1);
  argument->member = g_strdup (member);
  argument->value = value;
  g_ptr_array_add (self->arguments, argument);
}

static void
set_argument (QemuCommand *self,
              const char  *member,
              char        *value)
{
  if (!g_utf8_validate (member, -1, NULL))
    {
      set_fault (self, member);
      g_free (value);
      return;
    }

  add_argument (self, member, value);
  update_text (self);
}

/**
 * qemu_command_new:
 * @name: the command's name, such as `query-status`
 *
 * Makes a command without arguments.
 *
 * Returns: (transfer full): a command
 *
 * Since: 1.0
 */
QemuCommand *
qemu_command_new (const char *name)
{
  QemuCommand *self;

  g_return_val_if_fail (name != NULL, NULL);

  self = g_new0 (QemuCommand, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->name = g_strdup (name);
  self->arguments = g_ptr_array_new_with_free_func (argument_free);
  self->text = g_string_new (NULL);
  self->fd = -1;
  if (g_utf8_validate (name, -1, NULL))
    update_text (self);
  else
    set_fault (self, NULL);

  return self;
}

static gboolean
check_members (const QemuJson  *json,
               GError         **error)
{
  static const char * const known[] = { "execute", "exec-oob", "arguments", "id" };

  QEMU_JSON_FOREACH_MEMBER (json, 0, name)
    {
      g_autofree char *unknown = NULL;
      gboolean found = FALSE;

      for (unsigned i = 0; i < G_N_ELEMENTS (known); i++)
        found = found || qemu_json_string_equals (json, name, known[i]);
      if (found)
        continue;

      unknown = qemu_json_dup_string (json, name);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "A command has no member “%s”", unknown != NULL ? unknown : "");
      return FALSE;
    }

  return TRUE;
}

static gboolean
take_arguments (QemuCommand     *self,
                const QemuJson  *json,
                guint32          arguments,
                GError         **error)
{
  if (arguments == QEMU_JSON_NONE)
    return TRUE;

  if (qemu_json_get_type (json, arguments) != QEMU_JSON_OBJECT)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "The arguments of %s are no object", self->name);
      return FALSE;
    }

  QEMU_JSON_FOREACH_MEMBER (json, arguments, name)
    {
      g_autofree char *member = qemu_json_dup_string (json, name);
      const char *value;
      gsize length;

      if (member == NULL)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       "An argument's name in %s has U+0000 in it", self->name);
          return FALSE;
        }
      value = qemu_json_get_raw (json, name + 1, &length);
      /* A command is one line. Inside a string JSON has no such characters, between values they mean nothing. */
      add_argument (self, member, g_strdelimit (g_strndup (value, length), "\r\n\t", ' '));
    }
  update_text (self);

  return TRUE;
}

/**
 * qemu_command_new_from_json:
 * @text: a command as JSON, `{"execute": …, "arguments": …}`, or with `exec-oob`
 * @error: return location for an error
 *
 * Makes a command from its JSON text. The arguments go to QEMU as they were written, numbers of any size too. An `id`
 * is ignored: the library gives each command its own.
 *
 * Fails with %QEMU_ERROR_PROTOCOL where @text is not JSON, and with %G_IO_ERROR_INVALID_ARGUMENT where it is no
 * command.
 *
 * Returns: (transfer full): a command
 *
 * Since: 1.0
 */
QemuCommand *
qemu_command_new_from_json (const char  *text,
                            GError     **error)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  g_autoptr(QemuCommand) self = NULL;
  g_autofree char *name = NULL;
  guint32 in_band, out_of_band;

  g_return_val_if_fail (text != NULL, NULL);

  if (!qemu_json_parse (&json, text, strlen (text), error))
    return NULL;

  if (qemu_json_get_type (&json, 0) != QEMU_JSON_OBJECT)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "A command is a JSON object");
      return NULL;
    }
  if (!check_members (&json, error))
    return NULL;

  in_band = qemu_json_get_member (&json, 0, "execute");
  out_of_band = qemu_json_get_member (&json, 0, "exec-oob");
  if (in_band == QEMU_JSON_NONE || out_of_band == QEMU_JSON_NONE)
    name = qemu_json_dup_string (&json, in_band != QEMU_JSON_NONE ? in_band : out_of_band);
  if (name == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           "A command has its name in a string member “execute”, or “exec-oob”");
      return NULL;
    }

  self = qemu_command_new (name);
  qemu_command_set_out_of_band (self, in_band == QEMU_JSON_NONE);
  if (!take_arguments (self, &json, qemu_json_get_member (&json, 0, "arguments"), error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * qemu_command_copy:
 * @self: a command
 *
 * Makes another command that is like this one, and can be changed without it.
 *
 * Returns: (transfer full): the copy
 *
 * Since: 1.0
 */
QemuCommand *
qemu_command_copy (QemuCommand *self)
{
  QemuCommand *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = qemu_command_new (self->name);
  for (unsigned i = 0; i < self->arguments->len; i++)
    {
      const Argument *argument = g_ptr_array_index (self->arguments, i);

      add_argument (copy, argument->member, g_strdup (argument->value));
    }
  copy->out_of_band = self->out_of_band;
  update_text (copy);
  g_clear_error (&copy->fault);
  copy->fault = self->fault != NULL ? g_error_copy (self->fault) : NULL;
  copy->has_timeout = self->has_timeout;
  copy->timeout_ms = self->timeout_ms;
  /* One that cannot have its file must not be sent without. */
  if (self->fd >= 0 && (copy->fd = fcntl (self->fd, F_DUPFD_CLOEXEC, 3)) < 0 && copy->fault == NULL)
    copy->fault = g_error_new (G_IO_ERROR, g_io_error_from_errno (errno), "Its file: %s", g_strerror (errno));

  return copy;
}

/**
 * qemu_command_ref:
 * @self: a command
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
QemuCommand *
qemu_command_ref (QemuCommand *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

/**
 * qemu_command_unref:
 * @self: (transfer full): a command
 *
 * Drops a reference.
 *
 * Since: 1.0
 */
void
qemu_command_unref (QemuCommand *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_free (self->name);
  g_ptr_array_unref (self->arguments);
  g_string_free (self->text, TRUE);
  g_clear_error (&self->fault);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

/**
 * qemu_command_get_name:
 * @self: a command
 *
 * Gets the command's name.
 *
 * Returns: the name
 *
 * Since: 1.0
 */
const char *
qemu_command_get_name (QemuCommand *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->name;
}

/**
 * qemu_command_set_string:
 * @self: a command
 * @member: the argument's name
 * @value: (nullable): text in UTF-8, or %NULL for JSON's `null`
 *
 * Sets an argument that is a string or one of an enumeration.
 *
 * Since: 1.0
 */
void
qemu_command_set_string (QemuCommand *self,
                         const char  *member,
                         const char  *value)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (member != NULL);

  if (value != NULL && !g_utf8_validate (value, -1, NULL))
    set_fault (self, member);
  else
    set_argument (self, member, value != NULL ? quote (value) : g_strdup ("null"));
}

/**
 * qemu_command_set_int64:
 * @self: a command
 * @member: the argument's name
 * @value: a number
 *
 * Sets an argument that is an integer.
 *
 * Since: 1.0
 */
void
qemu_command_set_int64 (QemuCommand *self,
                        const char  *member,
                        gint64       value)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (member != NULL);

  set_argument (self, member, g_strdup_printf ("%" G_GINT64_FORMAT, value));
}

/**
 * qemu_command_set_uint64:
 * @self: a command
 * @member: the argument's name
 * @value: a number
 *
 * Sets an argument that is an unsigned integer.
 *
 * Since: 1.0
 */
void
qemu_command_set_uint64 (QemuCommand *self,
                         const char  *member,
                         guint64      value)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (member != NULL);

  set_argument (self, member, g_strdup_printf ("%" G_GUINT64_FORMAT, value));
}

/**
 * qemu_command_set_double:
 * @self: a command
 * @member: the argument's name
 * @value: a finite number
 *
 * Sets an argument that is a number with a fraction.
 *
 * Since: 1.0
 */
void
qemu_command_set_double (QemuCommand *self,
                         const char  *member,
                         double       value)
{
  g_autoptr(GString) text = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (member != NULL);
  g_return_if_fail (isfinite (value));

  text = g_string_new (NULL);
  append_double (text, value);
  set_argument (self, member, g_string_free (g_steal_pointer (&text), FALSE));
}

/**
 * qemu_command_set_boolean:
 * @self: a command
 * @member: the argument's name
 * @value: %TRUE or %FALSE
 *
 * Sets an argument that is a boolean.
 *
 * Since: 1.0
 */
void
qemu_command_set_boolean (QemuCommand *self,
                          const char  *member,
                          gboolean     value)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (member != NULL);

  set_argument (self, member, g_strdup (value ? "true" : "false"));
}

/* A string may have any bytes in it, and a number may be none in JSON. */
static void
set_node (QemuCommand *self,
          const char  *member,
          JsonNode    *value)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  g_autoptr(GString) text = g_string_new (NULL);

  append_node (text, value);
  if (qemu_json_parse (&json, text->str, text->len, NULL))
    set_argument (self, member, g_string_free (g_steal_pointer (&text), FALSE));
  else
    set_fault (self, member);
}

/**
 * qemu_command_set_node:
 * @self: a command
 * @member: the argument's name
 * @value: any JSON value
 *
 * Sets an argument that is an object, a list, or anything else.
 *
 * Since: 1.0
 */
void
qemu_command_set_node (QemuCommand *self,
                       const char  *member,
                       JsonNode    *value)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (member != NULL);
  g_return_if_fail (value != NULL);

  set_node (self, member, value);
}

/**
 * qemu_command_set_arguments:
 * @self: a command
 * @arguments: the arguments
 *
 * Sets all arguments that @arguments has; others stay as they are.
 *
 * Since: 1.0
 */
void
qemu_command_set_arguments (QemuCommand *self,
                            JsonObject  *arguments)
{
  JsonObjectIter iter;
  const char *member;
  JsonNode *value;

  g_return_if_fail (self != NULL);
  g_return_if_fail (arguments != NULL);

  json_object_iter_init (&iter, arguments);
  while (json_object_iter_next (&iter, &member, &value))
    set_node (self, member, value);
}

/**
 * qemu_command_set_timeout:
 * @self: a command
 * @timeout_ms: how long to wait for the reply, in milliseconds; 0: for ever
 *
 * Sets a time limit for this command, instead of the monitor's [property@Monitor:command-timeout].
 *
 * It ends the wait, not the command and not the connection: QEMU may still do what it was asked.
 *
 * Since: 1.0
 */
void
qemu_command_set_timeout (QemuCommand *self,
                          unsigned     timeout_ms)
{
  g_return_if_fail (self != NULL);

  self->has_timeout = TRUE;
  self->timeout_ms = timeout_ms;
}

/**
 * qemu_command_get_out_of_band:
 * @self: a command
 *
 * Tells whether the command is to overtake others.
 *
 * Returns: whether it is
 *
 * Since: 1.0
 */
gboolean
qemu_command_get_out_of_band (QemuCommand *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->out_of_band;
}

/**
 * qemu_command_set_out_of_band:
 * @self: a command
 * @out_of_band: whether it is to overtake others
 *
 * Sets whether QEMU is to do the command at once, before those that wait for their turn (`exec-oob`). Few commands
 * allow that: `query-yank`, `yank` and some of migration. The monitor has to have agreed on it with QEMU, see
 * [property@SocketMonitor:out-of-band].
 *
 * Since: 1.0
 */
void
qemu_command_set_out_of_band (QemuCommand *self,
                              gboolean     out_of_band)
{
  g_return_if_fail (self != NULL);

  self->out_of_band = !!out_of_band;
  update_text (self);
}

/**
 * qemu_command_attach_fd:
 * @self: a command
 * @fd: a descriptor of an open file
 * @error: return location for an error
 *
 * Has a file go with the command, for QEMU to use. Only `add-fd` and `getfd` take one, and each takes one.
 *
 * The command keeps a descriptor of its own, so @fd stays the caller's. Files can be passed to a QEMU on this machine
 * only, through a UNIX socket; elsewhere the command fails with %G_IO_ERROR_NOT_SUPPORTED when it is run. Of several
 * such commands at the same time each is sent when the one before it has been answered.
 *
 * Fails with %G_IO_ERROR_INVALID_ARGUMENT where the command takes no file, has one already, or where @fd is none.
 *
 * Returns: whether the file is attached
 *
 * Since: 1.0
 */
gboolean
qemu_command_attach_fd (QemuCommand  *self,
                        int           fd,
                        GError      **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  /* With any other the file would stay in QEMU, and go to the next command that takes one. */
  if (!g_str_equal (self->name, "add-fd") && !g_str_equal (self->name, "getfd"))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s takes no file", self->name);
      return FALSE;
    }
  if (self->fd >= 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s has a file already", self->name);
      return FALSE;
    }

  self->fd = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  if (self->fd < 0)
    {
      int saved_errno = errno;

      g_set_error (error, G_IO_ERROR,
                   saved_errno == EBADF ? G_IO_ERROR_INVALID_ARGUMENT : (int) g_io_error_from_errno (saved_errno),
                   "Descriptor %d: %s", fd, g_strerror (saved_errno));
      return FALSE;
    }

  return TRUE;
}

int
qemu_command_get_fd (QemuCommand *self)
{
  return self->fd;
}

unsigned
qemu_command_get_timeout (QemuCommand *self,
                          unsigned     fallback)
{
  return self->has_timeout ? self->timeout_ms : fallback;
}

static const char *
find_value (QemuCommand *self,
            const char  *member)
{
  for (unsigned i = 0; i < self->arguments->len; i++)
    {
      const Argument *argument = g_ptr_array_index (self->arguments, i);

      if (g_str_equal (argument->member, member))
        return argument->value;
    }

  return NULL;
}

char *
qemu_command_dup_string (QemuCommand *self,
                         const char  *member)
{
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  const char *value = find_value (self, member);

  return value != NULL && qemu_json_parse (&json, value, strlen (value), NULL) ? qemu_json_dup_string (&json, 0) : NULL;
}

gboolean
qemu_command_lookup_boolean (QemuCommand *self,
                             const char  *member,
                             gboolean    *value)
{
  const char *text = find_value (self, member);

  if (g_strcmp0 (text, "true") != 0 && g_strcmp0 (text, "false") != 0)
    return FALSE;
  *value = g_str_equal (text, "true");

  return TRUE;
}

const char *
qemu_command_get_text (QemuCommand  *self,
                       gsize        *length,
                       GError      **error)
{
  if (G_UNLIKELY (self->fault != NULL))
    {
      g_propagate_error (error, g_error_copy (self->fault));
      return NULL;
    }

  *length = self->text->len;

  return self->text->str;
}

/**
 * qemu_command_to_json:
 * @self: a command
 * @error: return location for an error
 *
 * Gets the command as JSON, as it is sent to QEMU but for its id.
 *
 * Fails with %G_IO_ERROR_INVALID_ARGUMENT where something in it is not valid UTF-8.
 *
 * Returns: (transfer full): the text
 *
 * Since: 1.0
 */
char *
qemu_command_to_json (QemuCommand  *self,
                      GError      **error)
{
  const char *text;
  gsize length;

  g_return_val_if_fail (self != NULL, NULL);

  text = qemu_command_get_text (self, &length, error);

  return text != NULL ? g_strconcat (text, "}", NULL) : NULL;
}
