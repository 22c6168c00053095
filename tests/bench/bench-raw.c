/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The floor: a client that writes and reads, and looks at nothing but the ends of lines. */

#include "config.h"

#include "bench.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char buffer[1 << 20];

static int
dial (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    bench_fail (g_strerror (errno));

  return fd;
}

static void
say (int         fd,
     const char *text,
     gsize       length)
{
  while (length > 0)
    {
      gssize written = write (fd, text, length);

      if (written < 0)
        bench_fail (g_strerror (errno));
      text += written;
      length -= written;
    }
}

/* Reads until there were that many lines. */
static void
hear (int      fd,
      unsigned lines)
{
  while (lines > 0)
    {
      gssize got = read (fd, buffer, sizeof buffer);

      if (got <= 0)
        bench_fail ("the peer has hung up");
      for (const char *line = buffer; lines > 0 && (line = memchr (line, '\n', buffer + got - line)) != NULL; line++)
        lines--;
    }
}

static int
open_monitor (const char *path)
{
  static const char COMMAND[] = "{\"execute\":\"qmp_capabilities\",\"id\":0}\r\n";
  int fd = dial (path);

  say (fd, COMMAND, strlen (COMMAND));
  hear (fd, 2);

  return fd;
}

/* @window commands are written at once, and then their replies are read. */
static void
run (int         fd,
     const char *name,
     unsigned    window,
     unsigned    count)
{
  g_autoptr(GString) commands = g_string_new (NULL);
  gsize length;

  g_string_append_printf (commands, "{\"execute\":\"%s\",\"id\":1234567}\r\n", name);
  length = commands->len;
  for (unsigned i = 1; i < window; i++)
    g_string_append_len (commands, commands->str, length);

  for (unsigned i = 0; i < count; i += window)
    {
      say (fd, commands->str, MIN (window, count - i) * length);
      hear (fd, MIN (window, count - i));
    }
}

static void
measure (const char *path,
         const char *name,
         unsigned    window,
         unsigned    count)
{
  int fd = open_monitor (path);

  run (fd, name, window, count / 10 + 1);
  bench_begin ();
  run (fd, name, window, count);
  bench_end (count);
  close (fd);
}

static void
row_run (const char *path,
         unsigned    count,
         unsigned    number)
{
  measure (path, "query-status", number, count);
}

static void
row_reply (const char *path,
           unsigned    count,
           unsigned    number)
{
  measure (path, "query-qmp-schema", 1, count);
}

static void
row_events (const char *path,
            unsigned    count,
            unsigned    number)
{
  g_autofree char *command =
    g_strdup_printf ("{\"execute\":\"bench-events\",\"arguments\":{\"count\":%u},\"id\":0}\r\n", count);
  int fd = open_monitor (path);

  bench_begin ();
  say (fd, command, strlen (command));
  hear (fd, 1 + count);
  bench_end (count);
  close (fd);
}

static void
row_open_close (const char *path,
                unsigned    count,
                unsigned    number)
{
  close (open_monitor (path));
  bench_begin ();
  for (unsigned i = 0; i < count; i++)
    close (open_monitor (path));
  bench_end (count);
}

int
main (int    argc,
      char **argv)
{
  static const BenchRow ROWS[] = {
    { "run", row_run },
    { "reply", row_reply },
    { "events", row_events },
    { "open-close", row_open_close },
    { NULL }
  };

  return bench_main (argc, argv, ROWS);
}
