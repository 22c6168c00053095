/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-test.h"

#include <dirent.h>
#ifdef HAVE_MALLINFO2
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu-glib/qemu-json-private.h"
#include "qemu-glib/qemu-mux-private.h"

void
qemu_test_init (int    *argc,
                char ***argv)
{
  g_test_init (argc, argv, NULL);
  qemu_mux_use_epoll (!g_strv_contains ((const char * const *) *argv, "--without-epoll"));
}

static gboolean
expire_cb (gpointer user_data)
{
  gboolean *expired = user_data;

  *expired = TRUE;

  return G_SOURCE_CONTINUE;
}

void
qemu_test_deadline_begin (QemuTestDeadline *deadline)
{
  deadline->context = g_main_context_ref_thread_default ();
  deadline->expired = FALSE;
  deadline->source = g_timeout_source_new_seconds (QEMU_TEST_DEADLINE_SECONDS);
  g_source_set_callback (deadline->source, expire_cb, &deadline->expired, NULL);
  g_source_attach (deadline->source, deadline->context);
}

void
qemu_test_deadline_iterate (QemuTestDeadline *deadline,
                            const char       *condition,
                            const char       *file,
                            int               line,
                            const char       *function)
{
  g_main_context_iteration (deadline->context, TRUE);

  if (deadline->expired)
    {
      g_autofree char *message = g_strdup_printf ("timed out waiting for (%s)", condition);

      g_assertion_message (G_LOG_DOMAIN, file, line, function, message);
    }
}

void
qemu_test_deadline_end (QemuTestDeadline *deadline)
{
  g_source_destroy (deadline->source);
  g_clear_pointer (&deadline->source, g_source_unref);
  g_clear_pointer (&deadline->context, g_main_context_unref);
}

void
qemu_test_store_result_cb (GObject      *object,
                           GAsyncResult *result,
                           gpointer      user_data)
{
  GAsyncResult **place = user_data;

  g_assert_nonnull (place);
  g_assert_null (*place);
  *place = g_object_ref (result);
}

void
qemu_test_spin (unsigned milliseconds)
{
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr(GSource) source = g_timeout_source_new (milliseconds);
  gboolean expired = FALSE;

  g_source_set_callback (source, expire_cb, &expired, NULL);
  g_source_attach (source, context);
  while (!expired)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (source);
}

void
qemu_test_drain (void)
{
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();

  while (g_main_context_iteration (context, FALSE))
    ;
}

static unsigned
count_entries (const char *folder)
{
  unsigned n = 0;
  struct dirent *entry;
  DIR *dir = opendir (folder);

  if (dir == NULL)
    return 0;
  while ((entry = readdir (dir)) != NULL)
    n += entry->d_name[0] != '.';
  closedir (dir);

  return n;
}

unsigned
qemu_test_count_fds (void)
{
  /* One of them is the folder that is being read. */
  return count_entries ("/proc/self/fd") - 1;
}

unsigned
qemu_test_count_children (void)
{
  unsigned n = 0;
  struct dirent *entry;
  DIR *dir = opendir ("/proc/self/task");

  if (dir == NULL)
    return 0;

  while ((entry = readdir (dir)) != NULL)
    {
      g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/children", entry->d_name);
      g_autofree char *pids = NULL;

      if (entry->d_name[0] == '.' || !g_file_get_contents (path, &pids, NULL, NULL))
        continue;
      for (const char *p = pids; *p != '\0'; p++)
        n += *p == ' ';
    }
  closedir (dir);

  return n;
}

#if defined (__has_feature)
# if __has_feature (address_sanitizer) || __has_feature (thread_sanitizer)
#  define QEMU_TEST_SANITIZED 1
# endif
#endif
#if defined (__SANITIZE_ADDRESS__) || defined (__SANITIZE_THREAD__)
# define QEMU_TEST_SANITIZED 1
#endif

gboolean
qemu_test_is_sanitized (void)
{
#ifdef QEMU_TEST_SANITIZED
  return TRUE;
#else
  return FALSE;
#endif
}

gsize
qemu_test_get_resident_kib (void)
{
  g_autofree char *statm = NULL;
  unsigned long total = 0, resident = 0;

  /* A sanitizer keeps what was freed, for a while. */
  if (qemu_test_is_sanitized () || !g_file_get_contents ("/proc/self/statm", &statm, NULL, NULL) ||
      sscanf (statm, "%lu %lu", &total, &resident) != 2)
    return 0;

  return resident * (sysconf (_SC_PAGESIZE) / 1024);
}

gsize
qemu_test_get_heap_kib (void)
{
#if defined (HAVE_MALLINFO2) && !defined (QEMU_TEST_SANITIZED)
  struct mallinfo2 info = mallinfo2 ();

  return (info.uordblks + info.hblkhd) / 1024;
#else
  return 0;
#endif
}

unsigned
qemu_test_read_properties (gpointer object)
{
  unsigned n, n_readable = 0;
  g_autofree GParamSpec **pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n);

  for (unsigned i = 0; i < n; i++)
    {
      g_auto(GValue) value = G_VALUE_INIT;

      if (!(pspecs[i]->flags & G_PARAM_READABLE))
        continue;
      g_value_init (&value, pspecs[i]->value_type);
      g_object_get_property (object, pspecs[i]->name, &value);
      n_readable++;
    }

  return n_readable;
}

static void
check_record (QemuRecord *record)
{
  g_autofree char *text = qemu_record_to_json (record);
  g_auto(QemuJson) json = QEMU_JSON_INIT;
  g_autoptr(GError) error = NULL;

  qemu_json_parse (&json, text, strlen (text), &error);
  g_assert_no_error (error);
  g_assert_cmpint (qemu_json_get_type (&json, 0), ==, QEMU_JSON_OBJECT);
}

void
qemu_test_check_result (gpointer object)
{
  g_autofree GParamSpec **properties = NULL;
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
  unsigned n_properties;

  if (G_IS_LIST_MODEL (object))
    for (unsigned i = 0; i < g_list_model_get_n_items (object); i++)
      {
        g_autoptr(GObject) item = g_list_model_get_item (object, i);

        g_assert_true (g_type_is_a (G_OBJECT_TYPE (item), g_list_model_get_item_type (object)));
        g_assert_true (g_hash_table_add (seen, item));
        qemu_test_check_result (item);
      }
  if (QEMU_IS_RECORD (object))
    check_record (object);

  properties = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n_properties);
  for (unsigned i = 0; i < n_properties; i++)
    {
      g_auto(GValue) value = G_VALUE_INIT;

      g_object_get_property (object, properties[i]->name, &value);
      if (G_VALUE_HOLDS_STRING (&value) && g_value_get_string (&value) != NULL)
        g_assert_true (g_utf8_validate (g_value_get_string (&value), -1, NULL));
      /* A PCI device's bridge is in the list itself. */
      if (G_VALUE_HOLDS_OBJECT (&value) && g_value_get_object (&value) != NULL &&
          !g_str_equal (properties[i]->name, "bridge"))
        qemu_test_check_result (g_value_get_object (&value));
    }
}

unsigned
qemu_test_get_stress_seconds (void)
{
  const char *text = g_getenv ("QEMU_TEST_STRESS_SECONDS");

  return text != NULL ? (unsigned) atoi (text) : 2;
}

gpointer
qemu_test_cancel_thread (gpointer queue)
{
  for (;;)
    {
      g_autoptr(GObject) cancellable = g_async_queue_pop (queue);

      if (!G_IS_CANCELLABLE (cancellable))
        return NULL;
      g_cancellable_cancel (G_CANCELLABLE (cancellable));
    }
}

static const char *last_words;

static void
abort_cb (int signal_number)
{
  if (write (STDERR_FILENO, last_words, strlen (last_words)) > 0)
    signal (SIGABRT, SIG_DFL);
}

void
qemu_test_tell_on_abort (const char *text)
{
  last_words = text;
  signal (SIGABRT, abort_cb);
}

char *
qemu_test_json (const char *quoted)
{
  return g_strdelimit (g_strdup (quoted), "'", '"');
}

gboolean
qemu_test_json_equal (const char *a,
                      const char *b)
{
  g_autofree char *json_a = NULL;
  g_autofree char *json_b = NULL;
  g_autoptr(JsonNode) node_a = NULL;
  g_autoptr(JsonNode) node_b = NULL;

  if (a == NULL || b == NULL)
    return a == b;

  json_a = qemu_test_json (a);
  json_b = qemu_test_json (b);
  node_a = json_from_string (json_a, NULL);
  node_b = json_from_string (json_b, NULL);

  return node_a != NULL && node_b != NULL && json_node_equal (node_a, node_b);
}

GIOStream *
qemu_test_stream_pair (int *far_fd)
{
  struct timeval limit = { .tv_sec = QEMU_TEST_DEADLINE_SECONDS };
  g_autoptr(GSocket) socket = NULL;
  g_autoptr(GError) error = NULL;
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  g_assert_no_errno (setsockopt (fds[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
  g_assert_no_errno (setsockopt (fds[1], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
  socket = g_socket_new_from_fd (fds[0], &error);
  g_assert_no_error (error);
  *far_fd = fds[1];

  return G_IO_STREAM (g_socket_connection_factory_create_connection (socket));
}

void
qemu_test_drop (gpointer object)
{
  gpointer alive = object;

  g_object_add_weak_pointer (object, &alive);
  g_object_unref (object);
  QEMU_TEST_WAIT_UNTIL (alive == NULL);
}
