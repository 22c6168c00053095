/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words that QEMU has chosen and a getter gives out. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A getter's string has to stay good for a while after its object has moved on. The last few different ones do. */
typedef struct
{
  char     *names[16];
  unsigned  n_kept;
} QemuNames;

/* The same word, kept; NULL of NULL. */
const char *qemu_names_keep  (QemuNames  *self,
                              const char *name);
void        qemu_names_clear (QemuNames  *self);

G_END_DECLS
