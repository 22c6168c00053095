/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-uri-private.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>

/* A UNIX socket's address holds so many bytes, the NUL behind a path included. */
#define MAX_UNIX_PATH 107

void
qemu_uri_clear (QemuUri *self)
{
  g_clear_object (&self->connectable);
}

static gboolean
invalid (const char  *text,
         const char  *why,
         GError     **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "“%s” is no address of a monitor: %s", text, why);

  return FALSE;
}

static gboolean
parse_unix (QemuUri     *self,
            const char  *text,
            const char  *rest,
            GError     **error)
{
  gboolean abstract = rest[0] == '@';
  const char *path = abstract ? rest + 1 : rest;

  if (path[0] == '\0')
    return invalid (text, "there is no path", error);
  if (strlen (path) > MAX_UNIX_PATH)
    return invalid (text, "the path is longer than a UNIX socket's may be", error);
  if (abstract && !g_unix_socket_address_abstract_names_supported ())
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "This system has no abstract UNIX sockets");
      return FALSE;
    }

  self->connectable = G_SOCKET_CONNECTABLE (
    g_unix_socket_address_new_with_type (path, -1, abstract ? G_UNIX_SOCKET_ADDRESS_ABSTRACT
                                                            : G_UNIX_SOCKET_ADDRESS_PATH));

  return TRUE;
}

static gboolean
parse_tcp (QemuUri     *self,
           const char  *text,
           const char  *rest,
           GError     **error)
{
  const char *colon = strrchr (rest, ':');
  g_autofree char *host = NULL;
  guint64 port;

  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &port, NULL))
    return invalid (text, "it has to end in a colon and a port number", error);

  if (rest[0] == '[')
    {
      if (colon == rest || colon[-1] != ']')
        return invalid (text, "a bracket is not closed", error);
      host = g_strndup (rest + 1, colon - rest - 2);
    }
  else
    {
      host = g_strndup (rest, colon - rest);
      if (strchr (host, ':') != NULL)
        return invalid (text, "an IPv6 address has to be in brackets", error);
    }
  if (host[0] == '\0')
    return invalid (text, "there is no host", error);

  self->connectable = g_network_address_new (host, port);

  return TRUE;
}

static gboolean
parse_fd (QemuUri     *self,
          const char  *text,
          const char  *rest,
          GError     **error)
{
  guint64 fd;

  if (!g_ascii_string_to_unsigned (rest, 10, 0, G_MAXINT, &fd, NULL))
    return invalid (text, "a descriptor is a number", error);
  self->fd = fd;

  return TRUE;
}

static const struct
{
  const char *scheme;
  gboolean  (*parse) (QemuUri     *self,
                      const char  *text,
                      const char  *rest,
                      GError     **error);
} schemes[] = {
  { "fd:", parse_fd },
  { "tcp:", parse_tcp },
  { "unix:", parse_unix },
};

gboolean
qemu_uri_parse (QemuUri     *self,
                const char  *text,
                GError     **error)
{
  const char *colon;

  memset (self, 0, sizeof *self);
  self->fd = -1;

  for (unsigned i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_has_prefix (text, schemes[i].scheme))
      return schemes[i].parse (self, text, text + strlen (schemes[i].scheme), error);

  /* A bare path may have a colon in it, but not before its first slash. */
  colon = strchr (text, ':');
  if (colon == NULL || (strchr (text, '/') != NULL && strchr (text, '/') < colon))
    return parse_unix (self, text, text, error);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               "“%s” is no address of a monitor that this version knows: it takes unix:, tcp:, fd: and paths", text);
  return FALSE;
}
