/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every test program needs: waits that fail with their reason, and things to count. */

#pragma once

#include <qemu-glib/qemu-glib.h>

G_BEGIN_DECLS

/* g_test_init(). With --without-epoll the library does as if there were none. */
void      qemu_test_init             (int               *argc,
                                      char            ***argv);

/* No wait of a test, and none of its peers, is longer. */
#define QEMU_TEST_DEADLINE_SECONDS 20

/* Runs the thread-default main context until @condition holds, and fails the test with the text of @condition when
 * that takes too long. It sleeps between two looks: whoever makes @condition true has to wake this context.
 */
#define QEMU_TEST_WAIT_UNTIL(condition)                                             \
  G_STMT_START {                                                                    \
    QemuTestDeadline _deadline;                                                     \
    qemu_test_deadline_begin (&_deadline);                                          \
    while (!(condition))                                                            \
      qemu_test_deadline_iterate (&_deadline, #condition, __FILE__, __LINE__, G_STRFUNC); \
    qemu_test_deadline_end (&_deadline);                                            \
  } G_STMT_END

typedef struct
{
  GMainContext *context;
  GSource      *source;
  gboolean      expired;
} QemuTestDeadline;

void      qemu_test_deadline_begin   (QemuTestDeadline *deadline);
void      qemu_test_deadline_iterate (QemuTestDeadline *deadline,
                                      const char       *condition,
                                      const char       *file,
                                      int               line,
                                      const char       *function);
void      qemu_test_deadline_end     (QemuTestDeadline *deadline);

/* Fails unless @error is that one and its message has @words in it. */
#define qemu_test_assert_error_says(error, domain, code, words)                     \
  G_STMT_START {                                                                    \
    g_assert_error (error, domain, code);                                           \
    if (strstr ((error)->message, words) == NULL)                                   \
      g_assertion_message_cmpstr (G_LOG_DOMAIN, __FILE__, __LINE__, G_STRFUNC,      \
                                  "“" words "” in " #error "->message",             \
                                  (error)->message, "has", words);                  \
  } G_STMT_END

/* A GAsyncReadyCallback that stores its result in the GAsyncResult ** which is its user data, so that a test reads
 * from top to bottom. A second result for the same place fails the test. */
void      qemu_test_store_result_cb  (GObject          *object,
                                      GAsyncResult     *result,
                                      gpointer          user_data);

/* Runs the thread-default main context for that long, whatever happens in it. */
void      qemu_test_spin             (unsigned          milliseconds);
/* Drops the last reference of a test to an object, and waits until it has gone: what it does for itself has to come to
 * its end first. */
void      qemu_test_drop             (gpointer           object);
/* Runs what is ready in the thread-default main context, until nothing is. */
void      qemu_test_drain            (void);

/* Open file descriptors of this process. */
unsigned  qemu_test_count_fds        (void);
/* Processes that this one has started and not reaped. */
unsigned  qemu_test_count_children   (void);
/* Is the program watched by AddressSanitizer or ThreadSanitizer? Such a build is many times slower, and keeps what was
 * freed. */
gboolean  qemu_test_is_sanitized     (void);
/* What this process has in memory, in KiB; always 0 where a sanitizer makes that meaningless. */
gsize     qemu_test_get_resident_kib (void);
/* What the program holds of the heap, in KiB; always 0 where a sanitizer, or another C library, does not tell. */
gsize     qemu_test_get_heap_kib     (void);

/* Reads every property of @object, so that none fails; how many there are. */
unsigned  qemu_test_read_properties  (gpointer          object);
/* Sees that what a domain has made of an answer is in order: each property of each object, and of those below it. */
void      qemu_test_check_result     (gpointer          object);

/* How long all of a test's cases of stress take together, about: QEMU_TEST_STRESS_SECONDS, an hour before a release. */
unsigned  qemu_test_get_stress_seconds (void);
/* A thread that cancels each cancellable of a GAsyncQueue, until it finds another object there. */
gpointer  qemu_test_cancel_thread    (gpointer          queue);
/* If the program aborts, @text is written behind all else; it may change. */
void      qemu_test_tell_on_abort    (const char       *text);

/* JSON with ' for ", as the tests write it. */
char     *qemu_test_json             (const char       *quoted);
/* Are both texts the same JSON value? Each may have ' for ". */
gboolean  qemu_test_json_equal       (const char       *a,
                                      const char       *b);

#define qemu_test_assert_json(json, expected)                                       \
  G_STMT_START {                                                                    \
    const char *_json = (json), *_expected = (expected);                            \
    if (!qemu_test_json_equal (_json, _expected))                                   \
      g_assertion_message_cmpstr (G_LOG_DOMAIN, __FILE__, __LINE__, G_STRFUNC,      \
                                  #json " is the same JSON as " #expected,          \
                                  _json, "==", _expected);                          \
  } G_STMT_END

/* A connected pair: a stream for the code under test, and a plain descriptor for the test, whose reads and writes
 * fail after QEMU_TEST_DEADLINE_SECONDS. */
GIOStream *qemu_test_stream_pair     (int              *far_fd);

G_END_DECLS
