/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For libFuzzer: what GLib warns of is a finding as well. */

#include "config.h"

#include <signal.h>
#include <stdlib.h>

#include <glib.h>

int LLVMFuzzerInitialize (int    *argc,
                          char ***argv);

/* GLib ends a process by a trap, of which libFuzzer takes no note. */
static void
trap_cb (int signal_number)
{
  abort ();
}

int
LLVMFuzzerInitialize (int    *argc,
                      char ***argv)
{
  signal (SIGTRAP, trap_cb);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);

  return 0;
}
