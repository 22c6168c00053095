/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A channel, and the peer's end of its line in the hands of the test. */

#pragma once

#include "qemu-glib/qemu-channel-private.h"
#include "qemu-test.h"

G_BEGIN_DECLS

#define LINE_MAX_MESSAGE_SIZE (64u << 20)

typedef struct
{
  QemuChannel  *channel;
  GMainContext *context;        /* the owner's */
  int           far;            /* the peer's end; -1 when it has hung up */
  GString      *heard;          /* what the peer has received and not looked at yet */

  /* in the owner's context */
  unsigned      n_events;
  unsigned      n_closed;
  GError       *closed_error;
  GString      *log;            /* events by name, "closed", and the name of each LineCall: in the order they came */
  void        (*event_hook) (gpointer line);

  int           freed;          /* the channel is gone */
} Line;

/* The owner's context is the thread-default of now. */
Line     *line_new               (void);
/* Events wait for qemu_channel_release_events(). */
Line     *line_new_held          (gsize        max_message_size);
Line     *line_new_for_stream    (GIOStream   *stream,
                                  int          far);
/* Lets go of the channel, runs the context until it is gone, and fails when something keeps it. */
void      line_free              (Line        *self);
/* The first half of that. */
void      line_drop_channel      (Line        *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Line, line_free)

/* For the peer. Each fails the test after a while. */
void      line_say_bytes         (Line        *self,
                                  const char  *bytes,
                                  gsize        length);
/* ' is said as ". */
void      line_say               (Line        *self,
                                  const char  *format,
                                  ...) G_GNUC_PRINTF (2, 3);
void      line_say_event         (Line        *self,
                                  const char  *name);
/* The name is in the value that is returned. */
void      line_say_reply         (Line        *self,
                                  gint64       id,
                                  const char  *name);
void      line_hang_up           (Line        *self);
/* The next command's text. */
char     *line_hear_text         (Line        *self);
/* The next command's id; its name must be @name. */
gint64    line_hear              (Line        *self,
                                  const char  *name);
/* Is nothing there to be heard? */
gboolean  line_is_silent         (Line        *self);

/* What callbacks check: none comes while its own thread is inside a call, synchronous or not. */
gboolean  line_is_in_call        (void);

/* A synchronous call. */
GBytes   *line_run               (Line        *self,
                                  const char  *name,
                                  unsigned     timeout_ms,
                                  GCancellable *cancellable,
                                  GError     **error);
/* The same where any failure is the test's. */
void      line_run_ok            (Line        *self,
                                  const char  *name);

/* The same in a thread of its own. */
typedef struct
{
  Line         *line;
  char         *name;
  unsigned      timeout_ms;
  GCancellable *cancellable;
  GThread      *thread;
  GBytes       *reply;
  GError       *error;
  int           done;
} LineJob;

LineJob  *line_job_new           (Line         *line,
                                  const char   *name,
                                  unsigned      timeout_ms,
                                  GCancellable *cancellable);
/* Waits for its end. */
void      line_job_join          (LineJob      *self);
void      line_job_free          (LineJob      *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LineJob, line_job_free)

/* An asynchronous call. */
typedef struct
{
  Line         *line;
  char         *name;
  int           n_called;
  GThread      *thread;         /* that called back */
  GBytes       *reply;
  GError       *error;
  void        (*hook) (gpointer call);
} LineCall;

LineCall *line_call_new          (Line         *line,
                                  const char   *name,
                                  unsigned      timeout_ms,
                                  GCancellable *cancellable);
/* The same with a file, of which the call takes the descriptor. */
LineCall *line_call_new_with_file (Line        *line,
                                  const char   *name,
                                  int           file,
                                  unsigned      timeout_ms,
                                  GCancellable *cancellable);
void      line_call_free         (LineCall     *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LineCall, line_call_free)

/* Is it QEMU's reply to the command @name? */
#define line_assert_reply(bytes, name)                                                   \
  G_STMT_START {                                                                         \
    g_autofree char *_expected = g_strdup_printf ("\"return\": \"%s\"", name);           \
    g_assert_nonnull (bytes);                                                            \
    if (strstr (g_bytes_get_data (bytes, NULL), _expected) == NULL)                      \
      g_assertion_message_cmpstr (G_LOG_DOMAIN, __FILE__, __LINE__, G_STRFUNC,           \
                                  "the reply is that of " #name,                         \
                                  g_bytes_get_data (bytes, NULL), "has", _expected);     \
  } G_STMT_END

G_END_DECLS
