/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the addresses of monitors: what is accepted can be connected to, and what is not is explained. */

#include "config.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>

#include "qemu-glib/qemu-uri-private.h"

#define MAX_UNIX_PATH 107

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

/* The host and the port are in the text, one behind the other. */
static void
check_network_address (GNetworkAddress *address,
                       const char      *text)
{
  const char *host = g_network_address_get_hostname (address);
  g_autofree char *port = g_strdup_printf (":%u", g_network_address_get_port (address));
  const char *found = strstr (text, host);

  g_assert_cmpuint (strlen (host), >, 0);
  g_assert_cmpuint (g_network_address_get_port (address), >, 0);
  g_assert_nonnull (found);
  /* Unless it is written with zeros before it. */
  if (strchr (text, '0') == NULL)
    g_assert_true (g_str_has_suffix (text, port));
}

static void
check_unix_address (GUnixSocketAddress *address,
                    const char         *text)
{
  gsize length = g_unix_socket_address_get_path_len (address);

  g_assert_cmpuint (length, >, 0);
  g_assert_cmpuint (length, <=, MAX_UNIX_PATH);
  g_assert_cmpmem (g_unix_socket_address_get_path (address), length, text + strlen (text) - length, length);
}

static void
check_ssh (const QemuUri *uri,
           const char    *text)
{
  const char *at = strrchr (uri->host, '@');

  g_assert_cmpuint (uri->port, <=, G_MAXUINT16);
  g_assert_true (g_str_has_suffix (text, uri->path));
  g_assert_cmpint (uri->path[0], ==, '/');
  g_assert_cmpuint (strlen (uri->path), <=, MAX_UNIX_PATH);
  /* Neither becomes an option of ssh's. */
  g_assert_cmpint (uri->host[0], !=, '-');
  g_assert_cmpint (uri->host[0], !=, '\0');
  if (at != NULL)
    {
      g_assert_true (at > uri->host);
      g_assert_cmpint (at[1], !=, '-');
      g_assert_cmpint (at[1], !=, '\0');
    }
}

static void
check_accepted (const QemuUri *uri,
                const char    *text)
{
  g_assert_cmpint (uri->connectable != NULL, ==, uri->kind == QEMU_URI_SOCKET || uri->kind == QEMU_URI_TLS);
  g_assert_cmpint (uri->fd >= 0, ==, uri->kind == QEMU_URI_FD);
  g_assert_cmpint (uri->host != NULL, ==, uri->kind == QEMU_URI_SSH);
  g_assert_cmpint (uri->path != NULL, ==, uri->kind == QEMU_URI_SSH);

  if (uri->kind == QEMU_URI_SSH)
    check_ssh (uri, text);
  else if (uri->kind == QEMU_URI_VSOCK)
    g_assert_true (uri->cid != G_MAXUINT32 && uri->port != G_MAXUINT32);
  else if (G_IS_NETWORK_ADDRESS (uri->connectable))
    check_network_address (G_NETWORK_ADDRESS (uri->connectable), text);
  else if (uri->connectable != NULL)
    check_unix_address (G_UNIX_SOCKET_ADDRESS (uri->connectable), text);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto(QemuUri) uri = { QEMU_URI_NONE };
  g_autoptr(GError) error = NULL;

  if (qemu_uri_parse (&uri, text, &error))
    {
      g_assert_no_error (error);
      g_assert_cmpint (uri.kind, !=, QEMU_URI_NONE);
      check_accepted (&uri, text);
    }
  else
    {
      g_assert_true (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT) ||
                     g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_null (uri.connectable);
      g_assert_null (uri.host);
      g_assert_null (uri.path);
    }

  return 0;
}
