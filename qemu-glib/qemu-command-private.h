/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qemu-command.h"

G_BEGIN_DECLS

/* The command as JSON text without an id and without its closing brace; good until the command is changed. NULL, with
 * an error: something in it cannot be said in JSON. */
const char *qemu_command_get_text    (QemuCommand  *self,
                                      gsize        *length,
                                      GError      **error);
/* The file that goes with it; -1: none. The command's. */
int         qemu_command_get_fd      (QemuCommand  *self);
/* Its own timeout, or else @fallback. */
unsigned    qemu_command_get_timeout (QemuCommand  *self,
                                      unsigned      fallback);
/* The value of an argument that is a string; NULL: there is no such argument, or it is none. */
char       *qemu_command_dup_string  (QemuCommand  *self,
                                      const char   *member);
/* FALSE, and @value untouched: there is no such argument, or it is no boolean. */
gboolean    qemu_command_lookup_boolean (QemuCommand  *self,
                                         const char   *member,
                                         gboolean     *value);

G_END_DECLS
