/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what `info registers` prints. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gboolean pc_known;
  guint64  pc;
  gboolean halted_known;
  gboolean halted;
} QemuRegisters;

/* The QemuRegisters of each processor, by its index, in what `info registers -a` has printed. For an architecture that
 * is not known here, nothing is known. */
GHashTable *qemu_registers_parse (const char *dump);

G_END_DECLS
