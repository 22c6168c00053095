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

/* The registers of processor @index in what `info registers -a` has printed. FALSE: it is not there. For an
 * architecture that is not known here, nothing is known. */
gboolean qemu_registers_parse (QemuRegisters *self,
                               const char    *dump,
                               unsigned       index);

G_END_DECLS
