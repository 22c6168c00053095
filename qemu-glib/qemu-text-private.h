/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text of somebody else's that people are shown: in errors, and on terminals. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As long as a message gets, in bytes. */
#define QEMU_TEXT_MAX_LENGTH 4096

/* The same text as far as it fits, without what a terminal would obey: control characters other than tabs and the ends
 * of lines become U+FFFD. @text is UTF-8. */
char *qemu_text_for_people  (const char *text);
/* The same of what a program has written to its standard error, which may be anything, and is read from its end. */
char *qemu_text_from_stderr (const char *bytes,
                             gsize       length);

G_END_DECLS
