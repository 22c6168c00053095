/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-registers-private.h"

#include <string.h>

/* The processor's part of the dump, from the line behind `CPU#N` to the next such line. */
static char *
find_part (const char *dump,
           unsigned    index)
{
  g_autofree char *title = g_strdup_printf ("\nCPU#%u\r\n", index);
  const char *begin = strstr (dump, title);
  const char *end;

  if (begin == NULL)
    return NULL;
  begin += strlen (title);
  end = strstr (begin, "\nCPU#");

  return end != NULL ? g_strndup (begin, end - begin + 1) : g_strdup (begin);
}

/* The hexadecimal number behind @name. */
static gboolean
find_number (const char *part,
             const char *name,
             guint64    *value)
{
  const char *found = strstr (part, name);
  char *end;

  if (found == NULL)
    return FALSE;
  found += strlen (name);
  *value = g_ascii_strtoull (found, &end, 16);

  return end != found;
}

/* The base of the code segment is the second number: `CS =0008 00000000 ffffffff …`. */
static gboolean
find_code_base (const char *part,
                guint64    *base)
{
  const char *line = strstr (part, "\nCS =");
  const char *space = line != NULL ? strchr (line, ' ') : NULL;
  char *end;

  space = space != NULL ? strchr (space + 1, ' ') : NULL;
  if (space == NULL)
    return FALSE;
  *base = g_ascii_strtoull (space + 1, &end, 16);

  return end != space + 1;
}

static void
parse_x86 (QemuRegisters *self,
           const char    *part)
{
  const char *halted = strstr (part, " HLT=");
  guint64 ip, base;

  if (halted != NULL && (halted[5] == '0' || halted[5] == '1'))
    {
      self->halted_known = TRUE;
      self->halted = halted[5] == '1';
    }

  if (!find_code_base (part, &base))
    return;
  if (find_number (part, "\nRIP=", &ip))
    self->pc = ip + base;
  else if (find_number (part, "\nEIP=", &ip))
    self->pc = (guint32) (ip + base);
  else
    return;
  self->pc_known = TRUE;
}

gboolean
qemu_registers_parse (QemuRegisters *self,
                      const char    *dump,
                      unsigned       index)
{
  static const struct
  {
    const char *beginning;              /* of the part: the mark of an architecture */
    const char *pc;
  } others[] = {
    { " PC=", " PC=" },                 /* aarch64 */
    { "R00=", " R15=" },                /* arm */
  };
  g_autofree char *part = find_part (dump, index);

  memset (self, 0, sizeof *self);
  if (part == NULL)
    return FALSE;

  parse_x86 (self, part);
  for (unsigned i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_str_has_prefix (part, others[i].beginning))
      self->pc_known = find_number (part, others[i].pc, &self->pc);

  return TRUE;
}
