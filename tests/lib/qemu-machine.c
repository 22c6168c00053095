/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-machine.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "qemu-play.h"

/* What is sent at once at most, about. */
#define MAX_OUTPUT 60000

struct _QemuMachine
{
  GThread    *thread;
  char       *uri;
  int         listen_fd;

  GMutex      lock;
  int         fd;                       /* of the connection, or -1 */
  gboolean    ends;
  gboolean    running;
  unsigned    n_ticks;
  unsigned    n_strays;
  GPtrArray  *jobs;                     /* ids */
  char       *failure;

  /* the thread's own */
  GString    *input;
  GString    *output;
  GString    *late;
  GArray     *files;                    /* that came, and were not looked at yet */
  unsigned    n_answers;
};

/* A command, as the library writes it: no blanks, and the id at its end. */
typedef struct
{
  const char *text;
  const char *id;
  gint64      n;
} Command;

static gint64
find_number (const char *text,
             const char *member,
             gint64      otherwise)
{
  g_autofree char *key = g_strdup_printf ("\"%s\":", member);
  const char *found = strstr (text, key);

  return found != NULL ? g_ascii_strtoll (found + strlen (key), NULL, 10) : otherwise;
}

static char *
find_string (const char *text,
             const char *member)
{
  g_autofree char *key = g_strdup_printf ("\"%s\":\"", member);
  const char *found = strstr (text, key);

  return found != NULL ? g_strndup (found + strlen (key), strcspn (found + strlen (key), "\"")) : NULL;
}

/* ---------------------------------------------------------------- what it says */

static gboolean
send_all (QemuMachine *self,
          const char  *text,
          gsize        length)
{
  while (length > 0)
    {
      gssize n = send (self->fd, text, length, MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      text += n;
      length -= n;
    }

  return TRUE;
}

static gboolean
flush (QemuMachine *self)
{
  gsize length = self->output->len;
  gsize first = length > 1 && self->n_answers % 3 == 0 ? 1 + self->n_answers % (length - 1) : length;
  gboolean good = send_all (self, self->output->str, first) &&
                  send_all (self, self->output->str + first, length - first);

  g_string_truncate (self->output, 0);

  return good;
}

G_GNUC_PRINTF (3, 4)
static void
say_return (GString       *output,
            const Command *command,
            const char    *format,
            ...)
{
  va_list args;

  g_string_append (output, "{\"return\": ");
  va_start (args, format);
  g_string_append_vprintf (output, format, args);
  va_end (args);
  g_string_append_printf (output, ", \"id\": %s}\r\n", command->id);
}

static void
say_event (QemuMachine *self,
           const char  *name,
           const char  *data)
{
  g_string_append_printf (self->output, "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"%s\", "
                          "\"data\": %s}\r\n", name, data);
}

static void
say_job_status (QemuMachine *self,
                const char  *id,
                const char  *status)
{
  g_autofree char *data = g_strdup_printf ("{\"id\": \"%s\", \"status\": \"%s\"}", id, status);

  say_event (self, "JOB_STATUS_CHANGE", data);
}

/* ---------------------------------------------------------------- its own commands */

static void
do_echo (QemuMachine   *self,
         const Command *command)
{
  say_return (self->output, command, "{\"n\": %" G_GINT64_FORMAT "}", command->n);
}

static void
do_error (QemuMachine   *self,
          const Command *command)
{
  g_string_append_printf (self->output, "{\"error\": {\"class\": \"DeviceNotFound\", \"desc\": \"No\"}, \"id\": %s}\r\n",
                          command->id);
}

static void
do_nothing (QemuMachine   *self,
            const Command *command)
{
}

static void
do_late (QemuMachine   *self,
         const Command *command)
{
  say_return (self->late, command, "{\"n\": %" G_GINT64_FORMAT "}", command->n);
}

static void
do_big (QemuMachine   *self,
        const Command *command)
{
  g_autofree char *text = g_strnfill (find_number (command->text, "size", 0), 'x');

  say_return (self->output, command, "{\"n\": %" G_GINT64_FORMAT ", \"text\": \"%s\"}", command->n, text);
}

static void
do_tick (QemuMachine   *self,
         const Command *command)
{
  g_autofree char *data = NULL;
  unsigned tick;

  g_mutex_lock (&self->lock);
  tick = ++self->n_ticks;
  g_mutex_unlock (&self->lock);

  data = g_strdup_printf ("{\"tick\": %u}", tick);
  say_event (self, "TICK", data);
  say_return (self->output, command, "{\"n\": %" G_GINT64_FORMAT ", \"tick\": %u}", command->n, tick);
}

static gint64
read_file (int fd)
{
  char text[32] = "";
  gssize n = pread (fd, text, sizeof text - 1, 0);

  close (fd);

  return n > 0 ? g_ascii_strtoll (text, NULL, 10) : -1;
}

static void
do_file (QemuMachine   *self,
         const Command *command)
{
  gint64 file = -1;

  if (self->files->len > 0)
    {
      file = read_file (g_array_index (self->files, int, 0));
      g_array_remove_index (self->files, 0);
    }
  say_return (self->output, command, "{\"n\": %" G_GINT64_FORMAT ", \"file\": %" G_GINT64_FORMAT "}", command->n, file);
}

static void
do_job (QemuMachine   *self,
        const Command *command)
{
  static const char * const statuses[] = { "created", "running", "waiting", "pending", "concluded" };
  char *id = find_string (command->text, "job-id");

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->jobs, id);
  g_mutex_unlock (&self->lock);

  for (unsigned i = 0; i < G_N_ELEMENTS (statuses); i++)
    say_job_status (self, id, statuses[i]);
  say_return (self->output, command, "{}");
}

/* ---------------------------------------------------------------- QEMU's */

static void
do_yes (QemuMachine   *self,
        const Command *command)
{
  say_return (self->output, command, "{}");
}

static void
do_query_name (QemuMachine   *self,
               const Command *command)
{
  say_return (self->output, command, "{\"name\": \"machine\"}");
}

static void
do_none (QemuMachine   *self,
         const Command *command)
{
  say_return (self->output, command, "[]");
}

static void
do_query_block (QemuMachine   *self,
                const Command *command)
{
  say_return (self->output, command, "[{\"device\": \"cd\", \"qdev\": \"cd\", \"type\": \"unknown\", "
              "\"removable\": true, \"locked\": false, \"tray_open\": %s}]", self->running ? "true" : "false");
}

static void
do_query_commands (QemuMachine   *self,
                   const Command *command)
{
  say_return (self->output, command, "[{\"name\": \"query-commands\"}, {\"name\": \"stop\"}]");
}

static void
set_running (QemuMachine   *self,
             const Command *command,
             gboolean       running)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = self->running != running;
  self->running = running;
  g_mutex_unlock (&self->lock);

  if (changed)
    say_event (self, running ? "RESUME" : "STOP", "{}");
  say_return (self->output, command, "{}");
}

static void
do_stop (QemuMachine   *self,
         const Command *command)
{
  set_running (self, command, FALSE);
}

static void
do_cont (QemuMachine   *self,
         const Command *command)
{
  set_running (self, command, TRUE);
}

static void
do_query_status (QemuMachine   *self,
                 const Command *command)
{
  say_return (self->output, command, "{\"status\": \"%s\", \"running\": %s}",
              self->running ? "running" : "paused", self->running ? "true" : "false");
}

static void
do_query_jobs (QemuMachine   *self,
               const Command *command)
{
  g_autoptr(GString) list = g_string_new (NULL);

  for (unsigned i = 0; i < self->jobs->len; i++)
    g_string_append_printf (list, "%s{\"id\": \"%s\", \"type\": \"amend\", \"status\": \"concluded\", "
                            "\"current-progress\": 1, \"total-progress\": 1}",
                            i > 0 ? ", " : "", (char *) g_ptr_array_index (self->jobs, i));
  say_return (self->output, command, "[%s]", list->str);
}

static void
do_dismiss (QemuMachine   *self,
            const Command *command)
{
  g_autofree char *id = find_string (command->text, "id");
  unsigned index;
  gboolean found;

  g_mutex_lock (&self->lock);
  found = g_ptr_array_find_with_equal_func (self->jobs, id, g_str_equal, &index);
  if (found)
    g_ptr_array_remove_index (self->jobs, index);
  g_mutex_unlock (&self->lock);

  if (!found)
    {
      do_error (self, command);
      return;
    }
  say_job_status (self, id, "null");
  say_return (self->output, command, "{}");
}

static const struct
{
  const char  *name;
  void       (*answer) (QemuMachine   *self,
                        const Command *command);
} commands[] = {
  { "x-echo", do_echo },
  { "x-error", do_error },
  { "x-silent", do_nothing },
  { "x-late", do_late },
  { "x-big", do_big },
  { "x-tick", do_tick },
  { "getfd", do_file },
  { "x-job", do_job },
  { "qmp_capabilities", do_yes },
  { "query-name", do_query_name },
  { "query-status", do_query_status },
  { "stop", do_stop },
  { "cont", do_cont },
  { "query-block", do_query_block },
  { "query-commands", do_query_commands },
  { "query-named-block-nodes", do_none },
  { "query-block-jobs", do_none },
  { "query-jobs", do_query_jobs },
  { "job-dismiss", do_dismiss },
};

/* ---------------------------------------------------------------- its thread */

static void
fail (QemuMachine *self,
      const char  *line)
{
  g_mutex_lock (&self->lock);
  if (self->failure == NULL)
    self->failure = g_strdup (line);
  g_mutex_unlock (&self->lock);
}

static gboolean
answer_line (QemuMachine *self,
             const char  *line)
{
  g_autofree char *name = find_string (line, "execute");
  const char *id = g_strrstr (line, "\"id\":");
  g_autofree char *id_text = id != NULL ? g_strndup (id + 5, strcspn (id + 5, "}")) : NULL;
  Command command = { line, id_text, find_number (line, "n", 0) };
  unsigned i = 0;

  if (g_strcmp0 (name, "x-hang-up") == 0)
    return FALSE;
  while (i < G_N_ELEMENTS (commands) && g_strcmp0 (commands[i].name, name) != 0)
    i++;
  if (i == G_N_ELEMENTS (commands) || id == NULL)
    {
      fail (self, line);
      return FALSE;
    }

  self->n_answers++;
  commands[i].answer (self, &command);
  if (commands[i].answer != do_late)
    {
      g_string_append (self->output, self->late->str);
      g_string_truncate (self->late, 0);
    }

  return self->output->len < MAX_OUTPUT || flush (self);
}

static gssize
receive (QemuMachine *self,
         char        *buffer,
         gsize        size)
{
  union
  {
    struct cmsghdr header;
    char           space[CMSG_SPACE (8 * sizeof (int))];
  } control;
  struct iovec vector = { buffer, size };
  struct msghdr message = {
    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  gssize n;

  do
    n = recvmsg (self->fd, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n <= 0)
    return n;

  for (struct cmsghdr *header = CMSG_FIRSTHDR (&message); header != NULL; header = CMSG_NXTHDR (&message, header))
    for (gsize at = 0; header->cmsg_type == SCM_RIGHTS && CMSG_LEN (at + sizeof (int)) <= header->cmsg_len;
         at += sizeof (int))
      {
        int file;

        memcpy (&file, CMSG_DATA (header) + at, sizeof file);
        g_array_append_val (self->files, file);
      }

  return n;
}

static void
serve (QemuMachine *self)
{
  gboolean good = send_all (self, QEMU_TEST_GREETING, strlen (QEMU_TEST_GREETING));
  char buffer[65536];
  gssize n;

  while (good && (n = receive (self, buffer, sizeof buffer)) > 0)
    {
      gsize used = 0;
      char *end;

      g_string_append_len (self->input, buffer, n);
      while (good && (end = memchr (self->input->str + used, '\n', self->input->len - used)) != NULL)
        {
          *end = '\0';
          good = answer_line (self, self->input->str + used);
          used = end + 1 - self->input->str;
        }
      g_string_erase (self->input, 0, used);
      good = good && flush (self);
    }
}

static void
forget_connection (QemuMachine *self)
{
  g_mutex_lock (&self->lock);
  close (self->fd);
  self->fd = -1;
  self->n_strays += self->files->len;
  g_ptr_array_set_size (self->jobs, 0);
  g_mutex_unlock (&self->lock);

  for (unsigned i = 0; i < self->files->len; i++)
    close (g_array_index (self->files, int, i));
  g_array_set_size (self->files, 0);
  g_string_truncate (self->input, 0);
  g_string_truncate (self->output, 0);
  g_string_truncate (self->late, 0);
}

static gpointer
machine_thread (gpointer data)
{
  QemuMachine *self = data;
  int fd;

  while ((fd = accept (self->listen_fd, NULL, NULL)) >= 0)
    {
      gboolean ends;

      g_mutex_lock (&self->lock);
      self->fd = fd;
      ends = self->ends;
      g_mutex_unlock (&self->lock);
      if (!ends)
        serve (self);
      forget_connection (self);
    }

  return NULL;
}

/* ---------------------------------------------------------------- for the test */

QemuMachine *
qemu_machine_new (void)
{
  static int n_machines;
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  QemuMachine *self = g_new0 (QemuMachine, 1);
  int length;

  length = g_snprintf (address.sun_path + 1, sizeof address.sun_path - 1, "qemu-machine-%d-%d", (int) getpid (),
                       g_atomic_int_add (&n_machines, 1));
  self->uri = g_strdup_printf ("unix:@%s", address.sun_path + 1);
  self->listen_fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (self->listen_fd, >=, 0);
  g_assert_no_errno (bind (self->listen_fd, (struct sockaddr *) &address,
                           G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + 1 + length));
  g_assert_no_errno (listen (self->listen_fd, 8));

  g_mutex_init (&self->lock);
  self->fd = -1;
  self->running = TRUE;
  self->jobs = g_ptr_array_new_with_free_func (g_free);
  self->files = g_array_new (FALSE, FALSE, sizeof (int));
  self->input = g_string_new (NULL);
  self->output = g_string_new (NULL);
  self->late = g_string_new (NULL);
  self->thread = g_thread_new ("machine", machine_thread, self);

  return self;
}

void
qemu_machine_free (QemuMachine *self)
{
  g_mutex_lock (&self->lock);
  self->ends = TRUE;
  if (self->fd >= 0)
    shutdown (self->fd, SHUT_RDWR);
  shutdown (self->listen_fd, SHUT_RDWR);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);

  if (self->failure != NULL)
    g_error ("the machine does not know: %s", self->failure);
  close (self->listen_fd);
  g_ptr_array_unref (self->jobs);
  g_array_unref (self->files);
  g_string_free (self->input, TRUE);
  g_string_free (self->output, TRUE);
  g_string_free (self->late, TRUE);
  g_mutex_clear (&self->lock);
  g_free (self->uri);
  g_free (self);
}

const char *
qemu_machine_get_uri (QemuMachine *self)
{
  return self->uri;
}

static unsigned
get_number (QemuMachine    *self,
            const unsigned *number)
{
  unsigned value;

  g_mutex_lock (&self->lock);
  value = *number;
  g_mutex_unlock (&self->lock);

  return value;
}

gboolean
qemu_machine_get_running (QemuMachine *self)
{
  return get_number (self, (const unsigned *) &self->running);
}

unsigned
qemu_machine_count_jobs (QemuMachine *self)
{
  return get_number (self, &self->jobs->len);
}

unsigned
qemu_machine_count_ticks (QemuMachine *self)
{
  return get_number (self, &self->n_ticks);
}

unsigned
qemu_machine_count_strays (QemuMachine *self)
{
  return get_number (self, &self->n_strays);
}

int
qemu_machine_open_file (gint64 n)
{
  g_autofree char *name = NULL;
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, n);
  g_autoptr(GError) error = NULL;
  int fd = g_file_open_tmp ("qemu-machine-XXXXXX", &name, &error);

  g_assert_no_error (error);
  g_unlink (name);
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));

  return fd;
}
