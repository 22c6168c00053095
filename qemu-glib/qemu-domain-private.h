/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files that make up QemuDomain share. */

#pragma once

#include "qemu-domain.h"
#include "qemu-json-private.h"
#include "qemu-message-private.h"
#include "qemu-names-private.h"

G_BEGIN_DECLS

/* What is to be done in the domain's context. */
typedef enum
{
  QEMU_DOMAIN_REFRESH_STATUS = 1 << 0,          /* ask for … */
  QEMU_DOMAIN_REFRESH_BLOCK_DEVICES = 1 << 1,
  QEMU_DOMAIN_REFRESH_JOBS = 1 << 2,
  QEMU_DOMAIN_REFRESH_BLOCK_JOBS = 1 << 3,
  QEMU_DOMAIN_POLL_STATUS = 1 << 4,             /* … a little later */
  QEMU_DOMAIN_SHOW_BLOCK_DEVICES = 1 << 5,      /* in the model */
  QEMU_DOMAIN_SHOW_JOBS = 1 << 6                /* in the models; and look after them */
} QemuDomainChores;

#define QEMU_DOMAIN_N_REFRESHES 4
#define QEMU_DOMAIN_REFRESH_ALL_JOBS (QEMU_DOMAIN_REFRESH_JOBS | QEMU_DOMAIN_REFRESH_BLOCK_JOBS)

/* What the last event has said of a job. */
typedef struct
{
  char *id;
  char *status;
} QemuJobWord;

/* A file in memory that QEMU writes pictures to. */
typedef struct _QemuScreen QemuScreen;

struct _QemuDomain
{
  GObject       parent_instance;

  GMainContext *context;
  QemuMonitor  *monitor;
  GWeakRef     *link;                   /* to itself: what belongs to the domain has it from here */

  GMutex        lock;
  char         *name;
  QemuStatus    status;
  const char   *status_name;
  QemuNames     names;
  gboolean      running;
  guint64       status_asked;           /* when the question was asked that the three answer */
  char        **commands;               /* once they were asked for … */
  unsigned      commands_connection;    /* … of this connection */
  GPtrArray    *block_devices;          /* those that QEMU has told of last */
  gint64        block_devices_id;       /* … in the reply with this id … */
  unsigned      block_devices_connection;       /* … of this connection */
  GPtrArray    *jobs;                   /* QemuJob */
  QemuJobWord   job_words[32];
  unsigned      n_job_words;
  unsigned      n_ids;
  unsigned      progress_interval;
  GListStore   *block_devices_model;    /* NULL as long as nobody has asked for it */
  GListStore   *jobs_model;
  GListStore   *block_jobs_model;
  unsigned      chores;
  GPtrArray    *screens;                /* QemuScreen */

  QemuJson      witness_json;           /* the witness's, of which one is told at a time */

  /* the context's; the sources also of whoever disposes */
  GCancellable *refresh;                /* cancelled when nobody wants to know any more */
  unsigned      refreshing;             /* QemuDomainChores: asked for, and not answered yet */
  unsigned      refresh_again;
  unsigned      asked;                  /* what is followed, and has been asked for … */
  unsigned      connection;             /* … in this one */
  GSource      *poll;
  unsigned      poll_ms;
  gboolean      showing;
  GSource      *drain;                  /* a job's status may turn out not to be one */
  GSource      *progress;
};

/* An operation is written once: what to send, and how to read what QEMU returns. Asynchronous and synchronous are two
 * ways to run it. */
typedef struct
{
  /* The command, for an operation that has no arguments. */
  const char     *command;
  /* Makes the result of what is in `return`; NULL: the result is TRUE. It fails by setting @error. */
  gpointer      (*decode) (QemuDomain      *self,
                           const QemuJson  *json,
                           guint32          value,
                           GError         **error);
  GDestroyNotify  free_result;
  /* QEMU may end before it has answered, and has done then what it was asked. */
  gboolean        may_end_qemu;
  /* The result is the whole reply, as GBytes. */
  gboolean        raw;
  /* Has the domain keep what the answer says to a question that was asked when so many events had been received. */
  void          (*keep) (QemuDomain      *self,
                         const QemuJson  *json,
                         guint32          value,
                         guint64          asked);
} QemuOperation;

/* @command is taken; NULL: the operation's own. */
void     qemu_domain_start_operation  (QemuDomain           *self,
                                       const QemuOperation  *operation,
                                       QemuCommand          *command,
                                       GCancellable         *cancellable,
                                       GAsyncReadyCallback   callback,
                                       gpointer              user_data);
gpointer qemu_domain_finish_operation (QemuDomain           *self,
                                       const QemuOperation  *operation,
                                       GAsyncResult         *result,
                                       GError              **error);
gpointer qemu_domain_run_operation    (QemuDomain           *self,
                                       const QemuOperation  *operation,
                                       QemuCommand          *command,
                                       GCancellable         *cancellable,
                                       GError              **error);

/* When a question of this kind is asked, for what comes next. */
guint64  qemu_domain_get_moment       (QemuDomain           *self,
                                       const QemuOperation  *operation);
/* What a reply to it says. */
gpointer qemu_domain_decode_reply     (QemuDomain           *self,
                                       const QemuOperation  *operation,
                                       guint64               asked,
                                       GBytes               *reply,
                                       GError              **error);

extern const QemuOperation qemu_domain_status_operation;
extern const QemuOperation qemu_domain_list_block_devices_operation;
extern const QemuOperation qemu_domain_list_block_stats_operation;
extern const QemuOperation qemu_domain_list_jobs_operation;
extern const QemuOperation qemu_domain_list_block_jobs_operation;
extern const QemuOperation qemu_domain_dismiss_operation;
extern const QemuOperation qemu_domain_delete_node_operation;

/* What query-status has returned. To keep it tells those who listen. */
QemuStatus qemu_domain_read_status    (const QemuJson       *json,
                                       guint32               value);
void       qemu_domain_keep_status    (QemuDomain           *self,
                                       const QemuJson       *json,
                                       guint32               value,
                                       guint64               asked);

/* A reference to the domain that does not keep it alive, shared by all that has one. */
GWeakRef  *qemu_domain_link_ref       (GWeakRef             *link);
void       qemu_domain_link_unref     (GWeakRef             *link);

/* Calls back once with such a reference, unless there is a timer in @source already. In the domain's context. */
void       qemu_domain_add_timer      (QemuDomain           *self,
                                       GSource             **source,
                                       unsigned              delay_ms,
                                       GSourceFunc           callback);
/* From any thread, also under a lock. */
void       qemu_domain_queue          (QemuDomain           *self,
                                       unsigned              chores);
/* Of which of the lists somebody wants to know. */
unsigned   qemu_domain_get_followed   (QemuDomain           *self);
unsigned   qemu_domain_get_followed_locked (QemuDomain      *self);
/* In the domain's context: an event, and the beginning and the end of a connection. */
void       qemu_domain_follow_event   (QemuDomain           *self,
                                       const QemuEventText  *event);
void       qemu_domain_follow_state   (QemuDomain           *self);
/* … and another QEMU, or none, in the same one. */
void       qemu_domain_follow_replacement (QemuDomain       *self);
/* A command has been run, which may have changed more than QEMU tells. */
void       qemu_domain_follow_command (QemuDomain           *self,
                                       const char           *name);
void       qemu_domain_refresh        (QemuDomain           *self,
                                       unsigned              chores);
void       qemu_domain_stop_following (QemuDomain           *self);
/* Asks for the status again, as long as it is one that passes by itself. In the domain's context. */
void       qemu_domain_poll_status    (QemuDomain           *self);

/* The disk that a key stands for, with its present node; see qemu_block_device_get_key(). */
QemuBlockDevice *qemu_domain_lookup_block_device (QemuDomain *self,
                                                  const char *key);

/* Sees every event where it is read. */
void       qemu_domain_witness        (const QemuEventText  *event,
                                       gpointer              user_data);
/* What the jobs need now and then. In the domain's context. */
void       qemu_domain_look_after_jobs (QemuDomain          *self);
/* The jobs that others may see. */
GPtrArray *qemu_domain_dup_jobs       (QemuDomain           *self);
/* No job is told of any more. */
void       qemu_domain_lose_jobs      (QemuDomain           *self);

/* Like qemu_domain_start_job_async(), and with block nodes that are deleted when the job has ended. */
void       qemu_domain_start_job_with_nodes_async (QemuDomain           *self,
                                                   QemuCommand          *command,
                                                   GStrv                 nodes,
                                                   GCancellable         *cancellable,
                                                   GAsyncReadyCallback   callback,
                                                   gpointer              user_data);

void       qemu_screen_free           (gpointer              screen);

/* An id that the library gives a job or a node. */
char      *qemu_domain_make_id        (QemuDomain           *self,
                                       const char           *what);

G_END_DECLS
