/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other side of all measurements: a QMP server that reads as little as it can and answers from memory.
 *
 *     peer SOCKET REPLY-OF-QUERY-QMP-SCHEMA
 *
 * It serves any number of clients in one thread, says "ready" when it listens, and ends when its input does. Of a command
 * it looks for the end, the name, the id and one number, and it answers all that one read has brought in one write. Some
 * commands are its own:
 *
 *     bench-devices {"count": N}   from now on, query-block tells this client of so many
 *     bench-events {"count": N}    that many events, as fast as the client takes them
 *     bench-singles {"count": N}   that many events, each when the one before it has been read
 *     bench-rounds {"count": N}    the same, to all clients in turn
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_SECONDS 20             /* no client keeps us waiting longer */
#define BUFFER_SIZE (256 * 1024)        /* for what is read at a time, and no command is longer */
#define MAX_CLIENTS 65536               /* by descriptor */
#define DEFAULT_DEVICES 4

typedef struct
{
  char   *text;
  size_t  length;
  size_t  allocated;
} Text;

typedef struct
{
  bool      open;
  char     *rest;                       /* the beginning of a command */
  size_t    rest_length;
  unsigned  n_devices;
} Client;

static Client clients[MAX_CLIENTS];
static int last_client;
static Text schema, devices, output;
static unsigned n_devices;              /* in devices */

static const char GREETING[] =
  "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, "
  "\"package\": \"Debian 1:7.2+dfsg-7+deb12u18\"}, \"capabilities\": [\"oob\"]}}\r\n";

/* As QEMU 7.2 tells of a disk that has been plugged in. */
static const char DEVICE[] =
  "{\"io-status\": \"ok\", \"device\": \"\", \"locked\": false, \"removable\": false, \"inserted\": {\"iops_rd\": 0, "
  "\"detect_zeroes\": \"off\", \"image\": {\"virtual-size\": 67108864, \"filename\": \"/images/disk%u.qcow2\", "
  "\"cluster-size\": 65536, \"format\": \"qcow2\", \"actual-size\": 200704, \"format-specific\": {\"type\": \"qcow2\", "
  "\"data\": {\"compat\": \"1.1\", \"compression-type\": \"zlib\", \"lazy-refcounts\": false, \"refcount-bits\": 16, "
  "\"corrupt\": false, \"extended-l2\": false}}, \"dirty-flag\": false}, \"iops_wr\": 0, \"ro\": false, "
  "\"node-name\": \"node%u\", \"backing_file_depth\": 0, \"drv\": \"qcow2\", \"iops\": 0, \"bps_wr\": 0, "
  "\"write_threshold\": 0, \"encrypted\": false, \"bps\": 0, \"bps_rd\": 0, \"cache\": {\"no-flush\": false, "
  "\"direct\": false, \"writeback\": true}, \"file\": \"/images/disk%u.qcow2\"}, "
  "\"qdev\": \"/machine/peripheral/disk%u/virtio-backend\", \"type\": \"unknown\"}";

static const char EVENT[] =
  "{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": %u}, \"event\": \"BLOCK_JOB_READY\", \"data\": "
  "{\"device\": \"drive0\", \"len\": 1073741824, \"offset\": %u, \"speed\": 0, \"type\": \"mirror\"}}\r\n";

static void __attribute__ ((noreturn))
die (const char *what)
{
  fprintf (stderr, "peer: %s: %s\n", what, strerror (errno));
  exit (1);
}

static void
text_append (Text       *self,
             const char *bytes,
             size_t      length)
{
  if (self->length + length > self->allocated)
    {
      self->allocated = 2 * (self->length + length);
      self->text = realloc (self->text, self->allocated);
      if (self->text == NULL)
        die ("no memory");
    }
  memcpy (self->text + self->length, bytes, length);
  self->length += length;
}

static void __attribute__ ((format (printf, 2, 3)))
text_format (Text       *self,
             const char *format,
             ...)
{
  char bytes[2048];
  va_list arguments;
  int length;

  va_start (arguments, format);
  length = vsnprintf (bytes, sizeof bytes, format, arguments);
  va_end (arguments);
  if (length < 0 || (size_t) length >= sizeof bytes)
    abort ();
  text_append (self, bytes, length);
}

static void
make_devices (unsigned count)
{
  if (n_devices == count && devices.length > 0)
    return;

  n_devices = count;
  devices.length = 0;
  text_append (&devices, "[", 1);
  for (unsigned i = 0; i < count; i++)
    {
      if (i > 0)
        text_append (&devices, ", ", 2);
      text_format (&devices, DEVICE, i, i, i, i);
    }
  text_append (&devices, "]", 1);
}

static void
load_schema (const char *path)
{
  FILE *file = fopen (path, "r");
  char bytes[4096];
  size_t length;

  if (file == NULL)
    die (path);
  while ((length = fread (bytes, 1, sizeof bytes, file)) > 0)
    text_append (&schema, bytes, length);
  fclose (file);
  while (schema.length > 0 && schema.text[schema.length - 1] == '\n')
    schema.length--;
  if (schema.length == 0)
    die (path);
}

static void
drop_client (int fd)
{
  if (!clients[fd].open)
    return;
  free (clients[fd].rest);
  clients[fd] = (Client) { 0 };
  close (fd);
}

static void
send_all (int         fd,
          const char *bytes,
          size_t      length)
{
  while (length > 0 && clients[fd].open)
    {
      ssize_t sent = send (fd, bytes, length, MSG_NOSIGNAL);

      if (sent > 0)
        {
          bytes += sent;
          length -= sent;
        }
      else if (errno != EINTR)
        {
          drop_client (fd);
        }
    }
}

static void
flush (int fd)
{
  send_all (fd, output.text, output.length);
  output.length = 0;
}

static void
send_events (int      fd,
             unsigned count)
{
  for (unsigned i = 0; i < count && clients[fd].open; i++)
    {
      text_format (&output, EVENT, i % 1000000, i);
      if (output.length > 60000)
        flush (fd);
    }
  flush (fd);
}

/* The client sleeps when there is no more to read, and then it is our turn. */
static void
wait_until_read (int fd)
{
  time_t deadline = time (NULL) + DEADLINE_SECONDS;
  int unread;

  while (ioctl (fd, SIOCOUTQ, &unread) == 0 && unread > 0)
    {
      if (time (NULL) > deadline)
        {
          drop_client (fd);
          return;
        }
      sched_yield ();
    }
}

static void
send_singles (int      fd,
              unsigned count,
              bool     to_all)
{
  int target = fd;

  for (unsigned i = 0; i < count && clients[fd].open; i++)
    {
      while (to_all && !clients[target = target < last_client ? target + 1 : 0].open)
        ;
      text_format (&output, EVENT, i % 1000000, i);
      flush (target);
      wait_until_read (target);
    }
}

/* No command that comes here has a brace in a string. */
static char *
find_end (char *command,
          char *end)
{
  unsigned depth = 0;

  for (char *c = command; c < end; c++)
    if (*c == '{')
      depth++;
    else if (*c == '}' && --depth == 0)
      return c + 1;

  return NULL;
}

static char *
find_value (char       *command,
            const char *member)
{
  char *value = strstr (command, member);

  if (value == NULL)
    return NULL;
  value += strlen (member);
  return value + strspn (value, " :");
}

static void
answer (const char *body,
        size_t      length,
        const char *id)
{
  text_append (&output, "{\"return\": ", 11);
  text_append (&output, body, length);
  if (id != NULL)
    {
      text_append (&output, ", \"id\": ", 8);
      text_append (&output, id, *id == '"' ? strcspn (id + 1, "\"") + 2 : strcspn (id, ",} \r\n"));
    }
  text_append (&output, "}\r\n", 3);
}

/* @command is one whole command, and a NUL. */
static void
handle (int   fd,
        char *command)
{
  static const struct { const char *name, *body; } ANSWERS[] = {
    { "query-status", "{\"status\": \"running\", \"singlestep\": false, \"running\": true}" },
    { "query-name", "{\"name\": \"bench\"}" },
    { "query-jobs", "[]" },
    { "query-block-jobs", "[]" },
  };
  const char *name = find_value (command, "\"execute\"");
  const char *id = find_value (command, "\"id\"");
  const char *number = find_value (command, "\"count\"");
  unsigned count = number != NULL ? strtoul (number, NULL, 10) : 0;
  size_t length = name != NULL ? strcspn (name += *name == '"', "\"") : 0;

#define IS(what) (length == strlen (what) && memcmp (name, what, length) == 0)

  for (size_t i = 0; i < sizeof ANSWERS / sizeof ANSWERS[0]; i++)
    if (IS (ANSWERS[i].name))
      {
        answer (ANSWERS[i].body, strlen (ANSWERS[i].body), id);
        return;
      }

  if (IS ("query-qmp-schema"))
    {
      answer (schema.text, schema.length, id);
    }
  else if (IS ("query-block"))
    {
      make_devices (clients[fd].n_devices);
      answer (devices.text, devices.length, id);
    }
  else
    {
      answer ("{}", 2, id);
      if (IS ("bench-devices"))
        clients[fd].n_devices = count;
      else if (IS ("bench-events"))
        send_events (fd, count);
      else if (IS ("bench-singles") || IS ("bench-rounds"))
        {
          flush (fd);
          send_singles (fd, count, IS ("bench-rounds"));
        }
    }

#undef IS
}

static void
serve (int fd)
{
  static char buffer[BUFFER_SIZE + 1];
  Client *client = &clients[fd];
  size_t length = client->rest_length;
  char *begin = buffer, *end;
  ssize_t got;

  if (length > 0)
    memcpy (buffer, client->rest, length);
  got = recv (fd, buffer + length, BUFFER_SIZE - length, MSG_DONTWAIT);
  if (got <= 0)
    {
      if (got == 0 || (errno != EAGAIN && errno != EINTR))
        drop_client (fd);
      return;
    }
  length += got;
  buffer[length] = '\0';

  while (client->open && (end = find_end (begin, buffer + length)) != NULL)
    {
      char next = *end;

      *end = '\0';
      handle (fd, begin);
      *end = next;
      begin = end;
    }
  flush (fd);
  if (!client->open)
    return;

  begin += strspn (begin, " \r\n");
  client->rest_length = buffer + length - begin;
  if (client->rest_length > 0)
    {
      client->rest = realloc (client->rest, client->rest_length);
      if (client->rest == NULL)
        die ("no memory");
      memcpy (client->rest, begin, client->rest_length);
    }
}

static void
welcome (int poll_fd,
         int listening_fd)
{
  static const struct timeval DEADLINE = { .tv_sec = DEADLINE_SECONDS };
  int fd;

  while ((fd = accept4 (listening_fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
    {
      struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

      if (fd >= MAX_CLIENTS ||
          setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &DEADLINE, sizeof DEADLINE) != 0 ||
          epoll_ctl (poll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        die ("too many clients");
      clients[fd] = (Client) { .open = true, .n_devices = DEFAULT_DEVICES };
      if (fd > last_client)
        last_client = fd;
      send_all (fd, GREETING, strlen (GREETING));
    }
}

static int
listen_at (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (strlen (path) >= sizeof address.sun_path)
    {
      errno = ENAMETOOLONG;
      die (path);
    }
  strcpy (address.sun_path, path);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) != 0 || listen (fd, 1024) != 0)
    die (path);

  return fd;
}

int
main (int    argc,
      char **argv)
{
  struct rlimit limit;
  struct epoll_event events[256];
  int poll_fd, listening_fd, n;

  if (argc != 3)
    {
      fprintf (stderr, "usage: %s SOCKET SCHEMA-REPLY\n", argv[0]);
      return 2;
    }
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
    }
  load_schema (argv[2]);
  listening_fd = listen_at (argv[1]);
  poll_fd = epoll_create1 (EPOLL_CLOEXEC);
  events[0] = (struct epoll_event) { .events = EPOLLIN, .data.fd = listening_fd };
  events[1] = (struct epoll_event) { .events = EPOLLIN, .data.fd = STDIN_FILENO };
  if (poll_fd < 0 || epoll_ctl (poll_fd, EPOLL_CTL_ADD, listening_fd, &events[0]) != 0 ||
      epoll_ctl (poll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &events[1]) != 0)
    die ("epoll");
  puts ("ready");
  fflush (stdout);

  while ((n = epoll_wait (poll_fd, events, 256, -1)) >= 0 || errno == EINTR)
    for (int i = 0; i < n; i++)
      if (events[i].data.fd == STDIN_FILENO)
        return 0;
      else if (events[i].data.fd == listening_fd)
        welcome (poll_fd, listening_fd);
      else if (clients[events[i].data.fd].open)
        serve (events[i].data.fd);

  die ("epoll");
}
