/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's state, and who changes it. */

#pragma once

#include "qemu-domain.h"
#include "qemu-job.h"
#include "qemu-json-private.h"

G_BEGIN_DECLS

/* QEMU tells of a job in events, which are taken in where they are read, in the order of the wire, and in replies. Both
 * may be in any thread. What they say is in the job at once; notify follows in the domain's context, and whoever waits
 * is woken in the context of the wait.
 */

/* What the properties show. */
typedef struct
{
  const char    *id;
  const char    *job_type;
  QemuJobStatus  status;
  const char    *status_name;
  guint64        current_progress;
  guint64        total_progress;
  double         fraction;
  const char    *error_message;
  QemuJobResult  result;

  /* of a block job */
  gint64         len;
  gint64         offset;
  gint64         speed;
  gboolean       busy;
  gboolean       paused;
  gboolean       ready;
  const char    *io_status;
  gboolean       auto_finalize;
  gboolean       auto_dismiss;
  gboolean       actively_synced;
} QemuJobValues;

typedef struct
{
  const char *property;
  GType     (*enum_type) (void);        /* or else … */
  GType       type;                     /* … a fundamental type */
  gsize       offset;                   /* in QemuJobValues */
  const char *member;                   /* of what query-block-jobs says, where it is taken just as it is */
} QemuJobField;

/* Who has started it, and who puts it away? */
typedef enum
{
  QEMU_JOB_FOREIGN,                     /* somebody else, and not the library */
  QEMU_JOB_OWN,                         /* this domain, and so does it dismiss it */
  QEMU_JOB_OWN_KEPT                     /* this domain, and the program or QEMU dismisses it */
} QemuJobOrigin;

QemuJob       *qemu_job_new             (GType               type,
                                         QemuDomain         *domain,
                                         const char         *id,
                                         QemuJobOrigin       origin);
/* The kind that goes with QEMU's word for the type. */
GType          qemu_job_type_for        (const char         *job_type);

gboolean       qemu_job_is_called       (QemuJob            *self,
                                         const char         *id);
/* The domain, if it still lives; a new reference. */
QemuDomain    *qemu_job_dup_domain      (QemuJob            *self);
QemuJobValues  qemu_job_get_values      (QemuJob            *self);

/* How it stands at one moment. */
typedef struct
{
  QemuJobStatus status;                 /* what QEMU said last, also when it is not shown yet */
  gboolean      started;                /* it is one that others may see */
  gboolean      told_by_events;         /* its end will be, too */
  gboolean      gone;
  gboolean      ended;                  /* its result is known, and what it leaves has been put away */
  gboolean      untidy;                 /* it has ended, and qemu_job_tidy_async() would do something about it */
  gboolean      stays_pending;          /* somebody has to finalize it */
} QemuJobView;

QemuJobView    qemu_job_get_view        (QemuJob            *self);

/* News of it. */
void           qemu_job_take_status     (QemuJob            *self,
                                         const char         *status);
void           qemu_job_take_event      (QemuJob            *self,
                                         const char         *name,
                                         const QemuJson     *json);
/* What query-jobs or query-block-jobs says of it. Where there are events, these tell the status, but for the first. */
void           qemu_job_take_reply      (QemuJob            *self,
                                         const QemuJson     *json,
                                         guint32             object);
/* QEMU has accepted the command that starts it. */
void           qemu_job_take_start      (QemuJob            *self);
/* It is not there any more. */
void           qemu_job_take_end        (QemuJob            *self);
/* Nobody will tell any more what becomes of it. */
void           qemu_job_take_loss       (QemuJob            *self);
void           qemu_job_take_speed      (QemuJob            *self,
                                         gint64              speed);
void           qemu_job_set_automatic   (QemuJob            *self,
                                         gboolean            auto_finalize,
                                         gboolean            auto_dismiss);

/* A status that may be a drain's is shown after so long. */
#define QEMU_JOB_DRAIN_MS 100

/* Shows it if it is time; else how long that takes, in milliseconds. 0: there is nothing to show. */
unsigned       qemu_job_show_status     (QemuJob            *self);
/* Does anybody look at its progress? */
gboolean       qemu_job_is_watched      (QemuJob            *self);

/* What the program wants of it, which tells one end from another. */
typedef enum
{
  QEMU_JOB_WISH_CANCEL = 1 << 0,
  QEMU_JOB_WISH_STOP = 1 << 1,
  QEMU_JOB_WISH_PAUSE = 1 << 2
} QemuJobWish;

void           qemu_job_set_wish        (QemuJob            *self,
                                         QemuJobWish         wish,
                                         gboolean            on);

/* Block nodes that were made for it, and go when it has ended. */
void           qemu_job_set_nodes       (QemuJob            *self,
                                         GStrv               nodes);

/* Is called for all news, in whatever thread and under the job's lock: it may wake somebody. */
typedef void (*QemuJobNewsFunc) (gpointer user_data);

void           qemu_job_add_listener    (QemuJob            *self,
                                         QemuJobNewsFunc     func,
                                         gpointer            user_data);
void           qemu_job_remove_listener (QemuJob            *self,
                                         gpointer            user_data);

/* Finds out what has become of a job that has ended, dismisses it, and deletes its nodes, as far as that has not been
 * done. In the thread-default context of the call. Any number of contexts may do so at the same time; what they do,
 * they do once. */
typedef struct
{
  char  **nodes;                        /* to be deleted; NULL: none */
  gboolean ask;                         /* its result is not known */
  gboolean dismiss;
} QemuJobLeftovers;

QemuJobLeftovers qemu_job_get_leftovers (QemuJob            *self);
/* They are gone. */
void           qemu_job_clear_nodes     (QemuJob            *self);

void           qemu_job_tidy_async      (QemuJob             *self,
                                         QemuDomain          *domain,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data);

/* What a wait is for. */
typedef enum
{
  QEMU_JOB_UNTIL_ENDED,
  QEMU_JOB_UNTIL_PENDING,               /* or ended */
  QEMU_JOB_UNTIL_READY,                 /* or ended, or pending for good */
  QEMU_JOB_UNTIL_PAUSED,                /* or ended */
  QEMU_JOB_UNTIL_RESUMED,               /* or ended */
  QEMU_JOB_UNTIL_GONE,
  QEMU_JOB_UNTIL_NOW                    /* nothing */
} QemuJobUntil;

void           qemu_job_wait_until_async  (QemuJob             *self,
                                           QemuJobUntil         until,
                                           GCancellable        *cancellable,
                                           GAsyncReadyCallback  callback,
                                           gpointer             user_data);
/* Fails only with G_IO_ERROR_CANCELLED. */
gboolean       qemu_job_wait_until_finish (QemuJob             *self,
                                           GAsyncResult        *result,
                                           GError             **error);

/* Something that a program asks of a job. */
typedef struct
{
  const char   *command;                /* NULL: only the wait */
  const char   *member;                 /* that the id goes into */
  gboolean      ready_first;            /* wait until it is ready, and not paused */
  QemuJobWish   wish;
  QemuJobUntil  until;
  gboolean      any_end;                /* that the job ends is what was asked for */
  gboolean      judged;                 /* it succeeds as the job does */
  void        (*add_arguments) (QemuCommand *command,
                                gint64       value);
  void        (*done)          (QemuJob     *job,
                                gint64       value);
} QemuJobVerb;

/* @value is for those that have one. */
void           qemu_job_start_verb      (QemuJob             *self,
                                         const QemuJobVerb   *verb,
                                         gint64               value,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data);
gboolean       qemu_job_finish_verb     (QemuJob             *self,
                                         const QemuJobVerb   *verb,
                                         GAsyncResult        *result,
                                         GError             **error);
gboolean       qemu_job_run_verb        (QemuJob             *self,
                                         const QemuJobVerb   *verb,
                                         gint64               value,
                                         GCancellable        *cancellable,
                                         GError             **error);

/* Installs properties by a table; the first has the number 1. */
void           qemu_job_install_fields  (GObjectClass        *klass,
                                         const QemuJobField  *fields,
                                         unsigned             n_fields,
                                         GParamSpec         **properties);
void           qemu_job_get_field       (QemuJob             *self,
                                         const QemuJobField  *field,
                                         GValue              *value);

/* Those of QemuBlockJob. */
#define QEMU_BLOCK_JOB_N_FIELDS 11

extern const QemuJobField qemu_block_job_fields[QEMU_BLOCK_JOB_N_FIELDS];
extern GParamSpec *qemu_block_job_properties[QEMU_BLOCK_JOB_N_FIELDS + 1];

G_END_DECLS
