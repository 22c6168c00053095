/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words that QEMU has chosen and a getter gives out. */

#pragma once

#include "qemu-json-private.h"

G_BEGIN_DECLS

/* A word in bytes: an id, a status, a type. Longer ones QEMU does not have, and they would be kept for long. */
#define QEMU_NAMES_MAX_LENGTH 1023

/* A getter's string has to stay good for a while after its object has moved on. The last few different ones do. */
typedef struct
{
  char     *names[16];
  unsigned  n_kept;
} QemuNames;

/* The word that @token is; NULL where it is no string, or too long for a word. */
char       *qemu_names_dup   (const QemuJson *json,
                              guint32         token);
/* The same word, kept; NULL of NULL. */
const char *qemu_names_keep  (QemuNames  *self,
                              const char *name);
void        qemu_names_clear (QemuNames  *self);

G_END_DECLS
