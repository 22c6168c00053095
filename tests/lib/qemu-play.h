/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peers: one that follows a play, and one that answers whatever it is asked. Each runs in a thread of its own. */

#pragma once

#include "qemu-test.h"

G_BEGIN_DECLS

/* As QEMU greets. */
#define QEMU_TEST_GREETING                                                                                   \
  "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, \"major\": 7}, \"package\": \"Test\"}, "  \
  "\"capabilities\": [\"oob\"]}}\r\n"

/* One step of a play: wait for something, then say or do something. JSON is written with ' for ". A play ends with
 * { 0 }; after its end the peer stays on the line until the other side hangs up, and hears of no command any more.
 */
typedef struct
{
  /* first, in this order; all of it may be left out */
  const char *expect;           /* wait for this command */
  const char *arguments;        /* which must have these arguments */
  gboolean    wait_for_test;    /* until qemu_play_go_on(); the background is answered meanwhile */
  unsigned    delay_ms;

  /* then, each of those that are given, in this order */
  const char *status;           /* what query-status says in the background, from now on */
  gboolean    greeting;         /* QEMU's, of a version 7.2.0 */
  const char *raw;              /* these bytes, just as they are */
  gsize       raw_length;       /* 0: up to the NUL */
  const char *event;            /* its name */
  const char *data;             /* of the event */
  const char *reply;            /* the value that the command returns */
  const char *error;            /* "class: words" */
  unsigned    reply_to;         /* answer the command of that step (1 is the first), not of this one */
  const char *id;               /* the answer's id, as JSON, instead of the command's; "": none */
  unsigned    times;            /* send the event or the answer so often; 0 is once */
  gsize       chunk;            /* send so many bytes, wait until they have been read, go on; 0: all at once */
  gboolean    hang_up;          /* the steps after it are for the next connection */
  gboolean    reset;            /* the same, with what the other side has sent left unread */
} QmpPlay;

#define QMP_PLAY_HANDSHAKE { .greeting = TRUE }, { .expect = "qmp_capabilities", .reply = "{}" }

/* For the peer of a domain: these it answers at any time. */
extern const QmpPlay qmp_play_background[];

typedef enum
{
  QEMU_PLAY_NONE = 0,
  QEMU_PLAY_LISTEN = 1 << 0,    /* on a path, for one connection after the other; else there is one stream */
  QEMU_PLAY_ABSTRACT = 1 << 1,  /* … on an abstract address */
  QEMU_PLAY_TCP = 1 << 2,       /* … on a TCP port of localhost */
  QEMU_PLAY_TCP6 = 1 << 3       /* … of IPv6's localhost */
} QemuPlayFlags;

typedef struct _QemuPlay QemuPlay;

/* @background: commands that are answered whenever they come and are not expected; may be NULL. query-status
 * without a reply says what the play's last `status` was. */
QemuPlay   *qemu_play_new               (const QmpPlay *steps,
                                         const QmpPlay *background,
                                         QemuPlayFlags  flags);
/* Fails the test if the peer has seen something that was not in the play, or has not come to its end. */
void        qemu_play_free              (QemuPlay      *self);

/* The other end of the line, once. */
GIOStream  *qemu_play_take_stream       (QemuPlay      *self);
/* Where it listens. */
const char *qemu_play_get_uri           (QemuPlay      *self);

void        qemu_play_go_on             (QemuPlay      *self);
/* Sleeps, without running any main context, until so many steps are done. */
void        qemu_play_wait_for_step     (QemuPlay      *self,
                                         unsigned       n_steps);
/* How many commands of that name (NULL: of any) it has heard. */
unsigned    qemu_play_count_heard       (QemuPlay      *self,
                                         const char    *name);
/* The command that was heard as number @n (0 is the first), as it came. */
char       *qemu_play_dup_heard         (QemuPlay      *self,
                                         unsigned       n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuPlay, qemu_play_free)

/* Answers each command with its own arguments, but some otherwise:
 *
 * - x-silent: never
 * - x-error: with an error, DeviceNotFound
 * - x-late: after the next command's answer
 * - x-flood: after so many events FLOOD as its "count" says
 * - x-big: with a string of "size" characters
 * - x-hang-up: hangs up
 * - qmp_capabilities: with {}
 */
typedef enum
{
  QEMU_ANSWERER_NONE = 0,
  QEMU_ANSWERER_GREETING = 1 << 0,
  QEMU_ANSWERER_SPLIT = 1 << 1  /* sends some of its answers in two pieces */
} QemuAnswererFlags;

typedef struct _QemuAnswerer QemuAnswerer;

QemuAnswerer *qemu_answerer_new         (QemuAnswererFlags flags);
void          qemu_answerer_free        (QemuAnswerer     *self);
GIOStream    *qemu_answerer_take_stream (QemuAnswerer     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuAnswerer, qemu_answerer_free)

G_END_DECLS
