/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-registers-private.h"

#include <string.h>

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

/* What is behind the line `CPU#N`, up to the next such line. */
static QemuRegisters *
parse_part (const char *part)
{
  static const struct
  {
    const char *beginning;              /* of the part: the mark of an architecture */
    const char *pc;
  } others[] = {
    { " PC=", " PC=" },                 /* aarch64 */
    { "R00=", " R15=" },                /* arm */
  };
  QemuRegisters *self = g_new0 (QemuRegisters, 1);

  parse_x86 (self, part);
  for (unsigned i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_str_has_prefix (part, others[i].beginning))
      self->pc_known = find_number (part, others[i].pc, &self->pc);

  return self;
}

GHashTable *
qemu_registers_parse (const char *dump)
{
  GHashTable *processors = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_auto(GStrv) parts = g_strsplit (dump, "\nCPU#", -1);

  for (unsigned i = 1; parts[0] != NULL && parts[i] != NULL; i++)
    {
      char *end;
      guint64 index = g_ascii_strtoull (parts[i], &end, 10);

      if (!g_ascii_isdigit (parts[i][0]) || index > G_MAXUINT || !g_str_has_prefix (end, "\r\n"))
        continue;
      if (!g_hash_table_contains (processors, GUINT_TO_POINTER (index)))
        g_hash_table_insert (processors, GUINT_TO_POINTER (index), parse_part (end + strlen ("\r\n")));
    }

  return processors;
}
