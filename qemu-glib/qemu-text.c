/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-text-private.h"

#include <string.h>

char *
qemu_text_for_people (const char *text)
{
  GString *readable = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar character = g_utf8_get_char (p);
      gboolean obeyed = g_unichar_iscntrl (character) && character != '\t' && character != '\n';

      if (readable->len > QEMU_TEXT_MAX_LENGTH - 8)
        {
          g_string_append (readable, "…");
          break;
        }
      g_string_append_unichar (readable, obeyed ? 0xfffd : character);
    }

  return g_string_free (readable, FALSE);
}

char *
qemu_text_from_stderr (const char *bytes,
                       gsize       length)
{
  gsize skip = length > QEMU_TEXT_MAX_LENGTH / 2 ? length - QEMU_TEXT_MAX_LENGTH / 2 : 0;
  g_autofree char *valid = NULL;

  /* Not in the middle of a character. */
  while (skip > 0 && skip < length && ((guint8) bytes[skip] & 0xc0) == 0x80)
    skip++;
  valid = g_utf8_make_valid (length > 0 ? bytes + skip : "", length - skip);

  return qemu_text_for_people (g_strstrip (valid));
}
