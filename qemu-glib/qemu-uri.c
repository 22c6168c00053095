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
  g_clear_pointer (&self->host, g_free);
  g_clear_pointer (&self->path, g_free);
}

/* As it may stand in an error, which is UTF-8: not with a password, scheme:user:password@host. */
static char *
quote (const char *text)
{
  const char *at = strrchr (text, '@'), *colon = strchr (text, ':');
  g_autofree char *valid = NULL;

  if (at != NULL && colon != NULL && memchr (colon + 1, ':', at > colon ? at - colon - 1 : 0) != NULL)
    return g_strdup ("What has a password in it");

  valid = g_utf8_make_valid (text, -1);

  return g_strdup_printf ("“%s”", valid);
}

static gboolean
invalid (const char  *text,
         const char  *why,
         GError     **error)
{
  g_autofree char *quoted = quote (text);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s is no address of a monitor: %s", quoted, why);

  return FALSE;
}

/* Digits and nothing else: GLib also takes a vertical tab before them. */
static gboolean
parse_number (const char *text,
              guint64     min,
              guint64     max,
              guint64    *value)
{
  return g_ascii_isdigit (text[0]) && g_ascii_string_to_unsigned (text, 10, min, max, value, NULL);
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

  self->kind = QEMU_URI_SOCKET;
  self->connectable = G_SOCKET_CONNECTABLE (
    g_unix_socket_address_new_with_type (path, -1, abstract ? G_UNIX_SOCKET_ADDRESS_ABSTRACT
                                                            : G_UNIX_SOCKET_ADDRESS_PATH));

  return TRUE;
}

/* The host in front of @end, without its brackets. */
static gboolean
parse_host (const char  *text,
            const char  *rest,
            const char  *end,
            char       **host,
            GError     **error)
{
  if (rest[0] == '[')
    {
      if (end == rest || end[-1] != ']')
        return invalid (text, "a bracket is not closed", error);
      *host = g_strndup (rest + 1, end - rest - 2);
    }
  else
    {
      *host = g_strndup (rest, end - rest);
      if (strchr (*host, ':') != NULL)
        return invalid (text, "an IPv6 address has to be in brackets", error);
    }

  return (*host)[0] != '\0' || invalid (text, "there is no host", error);
}

static gboolean
parse_host_and_port (QemuUri      *self,
                     const char   *text,
                     const char   *rest,
                     QemuUriKind   kind,
                     GError      **error)
{
  const char *colon = strrchr (rest, ':');
  g_autofree char *host = NULL;
  guint64 port;

  if (colon == NULL || !parse_number (colon + 1, 1, G_MAXUINT16, &port))
    return invalid (text, "it has to end in a colon and a port number", error);
  if (!parse_host (text, rest, colon, &host, error))
    return FALSE;

  self->kind = kind;
  self->connectable = g_network_address_new (host, port);

  return TRUE;
}

static gboolean
parse_tcp (QemuUri     *self,
           const char  *text,
           const char  *rest,
           GError     **error)
{
  return parse_host_and_port (self, text, rest, QEMU_URI_SOCKET, error);
}

static gboolean
parse_tls (QemuUri     *self,
           const char  *text,
           const char  *rest,
           GError     **error)
{
  return parse_host_and_port (self, text, rest, QEMU_URI_TLS, error);
}

static gboolean
parse_vsock (QemuUri     *self,
             const char  *text,
             const char  *rest,
             GError     **error)
{
  const char *colon = strchr (rest, ':');
  g_autofree char *cid_text = colon != NULL ? g_strndup (rest, colon - rest) : NULL;
  guint64 cid, port;

  /* The last number of each kind stands for any. */
  if (colon == NULL || !parse_number (cid_text, 0, G_MAXUINT32 - 1, &cid) ||
      !parse_number (colon + 1, 0, G_MAXUINT32 - 1, &port))
    return invalid (text, "it takes two numbers, those of the machine and of the port", error);

  self->kind = QEMU_URI_VSOCK;
  self->cid = cid;
  self->port = port;

  return TRUE;
}

/* [user@]host[:port]/path */
static gboolean
parse_ssh (QemuUri     *self,
           const char  *text,
           const char  *rest,
           GError     **error)
{
  const char *slash = strchr (rest, '/');
  g_autofree char *place = NULL;
  g_autofree char *host = NULL;
  const char *at, *colon, *begin;
  guint64 port = 0;

  if (slash == NULL || slash[1] == '\0')
    return invalid (text, "there is no path", error);
  if (strlen (slash) > MAX_UNIX_PATH)
    return invalid (text, "the path is longer than a UNIX socket's may be", error);

  place = g_strndup (rest, slash - rest);
  at = strrchr (place, '@');
  begin = at != NULL ? at + 1 : place;
  colon = strrchr (begin, ':');
  if (colon != NULL && (begin[0] != '[' || colon[-1] == ']'))
    {
      if (!parse_number (colon + 1, 1, G_MAXUINT16, &port))
        return invalid (text, "behind the host there is no port number", error);
    }
  else
    {
      colon = begin + strlen (begin);
    }
  if (!parse_host (text, begin, colon, &host, error))
    return FALSE;
  /* ssh would take it for an option; and what it is told to run for a host, its configuration may give to a shell. */
  if (place[0] == '-' || host[0] == '-' || at == place || strpbrk (place, "'`\"$\\;&<>|(){}*?!# \t\r\n") != NULL)
    return invalid (text, "that is no name of a user or a host", error);
  if (at != NULL && memchr (place, ':', at - place) != NULL)
    return invalid (text, "ssh has to find its way without a password", error);

  self->kind = QEMU_URI_SSH;
  self->host = at != NULL ? g_strdup_printf ("%.*s@%s", (int) (at - place), place, host) : g_steal_pointer (&host);
  self->port = port;
  self->path = g_strdup (slash);

  return TRUE;
}

static gboolean
parse_fd (QemuUri     *self,
          const char  *text,
          const char  *rest,
          GError     **error)
{
  guint64 fd;

  if (!parse_number (rest, 0, G_MAXINT, &fd))
    return invalid (text, "a descriptor is a number", error);
  self->kind = QEMU_URI_FD;
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
  { "ssh:", parse_ssh },
  { "tcp:", parse_tcp },
  { "tls:", parse_tls },
  { "unix:", parse_unix },
  { "vsock:", parse_vsock },
};

gboolean
qemu_uri_parse (QemuUri     *self,
                const char  *text,
                GError     **error)
{
  g_autofree char *quoted = NULL;
  const char *colon;

  *self = (QemuUri) { 0 };
  self->fd = -1;

  for (unsigned i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_has_prefix (text, schemes[i].scheme))
      return schemes[i].parse (self, text, text + strlen (schemes[i].scheme), error);

  /* A bare path may have a colon in it, but not before its first slash. */
  colon = strchr (text, ':');
  if (colon == NULL || (strchr (text, '/') != NULL && strchr (text, '/') < colon))
    return parse_unix (self, text, text, error);

  quoted = quote (text);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               "%s is no address of a monitor: there are unix:, tcp:, tls:, vsock:, ssh:, fd: and paths", quoted);
  return FALSE;
}
