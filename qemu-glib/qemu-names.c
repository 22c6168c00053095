/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-names-private.h"

#include <string.h>

char *
qemu_names_dup (const QemuJson *json,
                guint32         token)
{
  g_autofree char *word = qemu_json_dup_string (json, token);

  return word != NULL && strlen (word) <= QEMU_NAMES_MAX_LENGTH ? g_steal_pointer (&word) : NULL;
}

const char *
qemu_names_keep (QemuNames  *self,
                 const char *name)
{
  char **slot;

  if (name == NULL)
    return NULL;
  for (unsigned i = 0; i < G_N_ELEMENTS (self->names); i++)
    if (g_strcmp0 (self->names[i], name) == 0)
      return self->names[i];

  slot = &self->names[self->n_kept++ % G_N_ELEMENTS (self->names)];
  g_free (*slot);
  *slot = g_strdup (name);

  return *slot;
}

void
qemu_names_clear (QemuNames *self)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (self->names); i++)
    g_clear_pointer (&self->names[i], g_free);
}
