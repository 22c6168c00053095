/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-input-private.h"

#include <string.h>

#include "qemu-message-private.h"

/* From this size on a message is given away with the memory it is in, instead of being copied out of it. */
#define LARGE_MESSAGE 32768

void
qemu_input_clear (QemuInput *self)
{
  g_free (self->kept);
  memset (self, 0, sizeof *self);
}

char *
qemu_input_reserve (QemuInput  *self,
                    QemuThread *thread,
                    gsize      *size)
{
  if (self->length == 0)
    {
      self->data = thread->scratch;
      *size = QEMU_THREAD_SCRATCH_SIZE;
      return self->data;
    }

  if (self->kept_size - self->length < QEMU_THREAD_SCRATCH_SIZE)
    {
      self->kept_size = self->length + MAX (self->length, QEMU_THREAD_SCRATCH_SIZE);
      self->kept = g_realloc (self->kept, self->kept_size);
    }
  self->data = self->kept;
  *size = self->kept_size - self->length;

  return self->data + self->length;
}

void
qemu_input_add (QemuInput *self,
                gsize      n)
{
  self->length += n;
}

static gboolean
is_whole (QemuInput *self,
          gsize      end)
{
  char first = self->data[self->start];
  char last = self->data[end - 1];

  if (self->line == self->start)
    return first != '{' || last == '}';

  return self->data[self->line] != ' ' && self->data[self->line] != '\t';
}

gboolean
qemu_input_next (QemuInput  *self,
                 char      **text,
                 gsize      *length)
{
  char *newline;

  while (self->scanned < self->length &&
         (newline = memchr (self->data + self->scanned, '\n', self->length - self->scanned)) != NULL)
    {
      gsize end = newline - self->data;

      self->scanned = end + 1;
      if (end > self->line && self->data[end - 1] == '\r')
        end--;

      if (end > self->line && is_whole (self, end))
        {
          self->data[end] = '\0';
          self->message = self->start;
          self->message_length = end - self->start;
          self->start = self->line = self->scanned;
          *text = self->data + self->message;
          *length = self->message_length;
          return TRUE;
        }

      /* An empty line between messages is nothing; inside one, or unfinished, it belongs to it. */
      if (self->line == self->start && end == self->line)
        self->start = self->scanned;
      self->line = self->scanned;
    }

  self->scanned = self->length;

  return FALSE;
}

GBytes *
qemu_input_take_bytes (QemuInput *self)
{
  gsize rest = self->length - self->start;
  char *whole;

  if (self->data != self->kept || self->message != 0 || self->message_length < LARGE_MESSAGE || rest >= LARGE_MESSAGE)
    return qemu_message_bytes_new (self->data + self->message, self->message_length);

  whole = self->kept;
  self->kept = self->data = rest > 0 ? g_memdup2 (whole + self->start, rest) : NULL;
  self->kept_size = self->length = rest;
  self->start = self->line = self->scanned = 0;

  return g_bytes_new_take (g_realloc (whole, self->message_length + 1), self->message_length);
}

gsize
qemu_input_keep_rest (QemuInput *self)
{
  gsize rest = self->length - self->start;

  if (rest == 0)
    {
      g_clear_pointer (&self->kept, g_free);
      self->kept_size = 0;
    }
  else if (self->data != self->kept)
    {
      self->kept = g_memdup2 (self->data + self->start, rest);
      self->kept_size = rest;
    }
  else if (self->start > 0)
    {
      memmove (self->kept, self->kept + self->start, rest);
    }

  self->line -= self->start;
  self->scanned -= self->start;
  self->length = rest;
  self->start = 0;
  self->data = self->kept;

  return rest;
}
