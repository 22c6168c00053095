/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A recorded session with a QEMU, what may go wrong with it, and what has to come of that. */

#pragma once

#include "qemu-test.h"

G_BEGIN_DECLS

/* What QEMU said, with its line end. */
typedef struct
{
  const char *text;             /* in the session's bytes, at … */
  gsize       start;
  gsize       length;
  unsigned    gate;             /* not before it had heard so many commands */
} QemuUtterance;

typedef struct
{
  GString   *bytes;             /* all that QEMU said */
  GArray    *utterances;        /* QemuUtterance */
  GPtrArray *lines;             /* what the client said, without line ends; the ids count from 1 */
  GPtrArray *commands;          /* the same as QemuCommand */
  GArray    *batches;           /* unsigned: how many commands were sent at a time */
} QemuSession;

/* tests/data/sessions/NAME.session: lines that begin with `<`, which is QEMU, or `>`. */
QemuSession *qemu_session_new  (const char  *name);
void         qemu_session_free (QemuSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuSession, qemu_session_free)

/* What goes wrong at a place in the session. */
typedef enum
{
  /* at a byte */
  QEMU_FAULT_NONE,
  QEMU_FAULT_HANG_UP,           /* both directions end before this byte */
  QEMU_FAULT_RESET,             /* … and what was written is thrown away */
  QEMU_FAULT_END_OF_OUTPUT,     /* only what QEMU says ends */
  QEMU_FAULT_DEAF,              /* it goes on to speak, but hears nothing any more */
  QEMU_FAULT_SILENCE,           /* it hears, but says no more */
  QEMU_FAULT_NOISE,             /* from here on it says what is not even the protocol below QMP */
  QEMU_FAULT_PAUSE,             /* all before this byte is read before the rest is said */
  QEMU_FAULT_CUT_LINE,          /* the rest of this message is missing */
  QEMU_FAULT_CUT,               /* … and with it the end of the line */
  QEMU_FAULT_FLIP,              /* a bit is another one: which, is the variant */
  /* at a message */
  QEMU_FAULT_DROP,
  QEMU_FAULT_DUPLICATE,
  QEMU_FAULT_SWAP,              /* with the next one */
  /* in the whole */
  QEMU_FAULT_PIECES             /* of as many bytes as the variant says */
} QemuFault;

typedef struct
{
  gsize    start;               /* in the script's bytes */
  gsize    length;
  unsigned gate;
  gboolean pause;               /* what was said before has to be read first */
  gboolean deaf;                /* from here on */
} QemuPiece;

/* What a peer says, when, and how that ends. */
typedef struct
{
  const QemuSession *session;
  GString           *bytes;
  GArray            *pieces;    /* QemuPiece */
  QemuFault          ending;    /* NONE: it stays on the line */
  unsigned           ending_gate;
} QemuScript;

QemuScript *qemu_script_new  (const QemuSession *session,
                              QemuFault          fault,
                              gsize              place,
                              unsigned           variant);
void        qemu_script_free (QemuScript        *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuScript, qemu_script_free)

/* How one command has to end. */
typedef struct
{
  GQuark      domain;           /* 0: with a reply, and which */
  int         code;
  char       *reply;
} QemuOutcome;

/* What has to come of a script. The commands are run one batch at a time, the first of which is the opening. */
typedef struct
{
  QemuOutcome *outcomes;        /* of each command */
  unsigned     n_batches;       /* that there is a reason to run */
  GString     *events;          /* names, each with a blank behind it */
  gboolean     was_open;
  gboolean     closed;
  GQuark       closed_domain;
  int          closed_code;
} QemuPrediction;

/* @one_by_one: each command is a batch of its own. */
QemuPrediction *qemu_prediction_new  (const QemuScript *script,
                                      gboolean          one_by_one);
void            qemu_prediction_free (QemuPrediction   *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuPrediction, qemu_prediction_free)

G_END_DECLS
