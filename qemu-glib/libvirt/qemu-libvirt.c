/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt itself: its errors, its connections. */

#include "config.h"

#include "qemu-libvirt-private.h"

#include <libvirt/virterror.h>

static void
handle_error (void        *nothing,
              virErrorPtr  error)
{
  g_debug ("libvirt says: %s", error->message);
}

static void
prepare_libvirt (void)
{
  static gsize prepared;

  if (!g_once_init_enter (&prepared))
    return;

  virInitialize ();
  /* It would print every error. */
  virSetErrorFunc (NULL, handle_error);
  qemu_libvirt_provide_events ();
  g_once_init_leave (&prepared, 1);
}

/* ---------------------------------------------------------------- its errors */

static const struct
{
  int          number;
  GIOErrorEnum code;
} codes[] = {
  { VIR_ERR_NO_DOMAIN, G_IO_ERROR_NOT_FOUND },
  { VIR_ERR_OPERATION_TIMEOUT, G_IO_ERROR_BUSY },       /* another command holds the machine */
  { VIR_ERR_RESOURCE_BUSY, G_IO_ERROR_BUSY },
  { VIR_ERR_OPERATION_ABORTED, G_IO_ERROR_CANCELLED },
  { VIR_ERR_OPERATION_INVALID, G_IO_ERROR_NOT_CONNECTED },      /* the machine does not run */
  { VIR_ERR_OPERATION_DENIED, G_IO_ERROR_PERMISSION_DENIED },
  { VIR_ERR_ACCESS_DENIED, G_IO_ERROR_PERMISSION_DENIED },
  { VIR_ERR_AUTH_FAILED, G_IO_ERROR_PERMISSION_DENIED },
  { VIR_ERR_AUTH_CANCELLED, G_IO_ERROR_PERMISSION_DENIED },
  { VIR_ERR_AUTH_UNAVAILABLE, G_IO_ERROR_PERMISSION_DENIED },
  { VIR_ERR_NO_SUPPORT, G_IO_ERROR_NOT_SUPPORTED },
  { VIR_ERR_CONFIG_UNSUPPORTED, G_IO_ERROR_NOT_SUPPORTED },
  { VIR_ERR_OPERATION_UNSUPPORTED, G_IO_ERROR_NOT_SUPPORTED },
  { VIR_ERR_ARGUMENT_UNSUPPORTED, G_IO_ERROR_NOT_SUPPORTED },
  { VIR_ERR_NO_CONNECT, G_IO_ERROR_NOT_SUPPORTED },     /* there is no driver for such a URI */
  { VIR_ERR_INVALID_ARG, G_IO_ERROR_INVALID_ARGUMENT },
  { VIR_ERR_INVALID_CONN, G_IO_ERROR_CONNECTION_CLOSED },
  { VIR_ERR_RPC, G_IO_ERROR_CONNECTION_CLOSED },
};

GError *
qemu_libvirt_error_new (void)
{
  virErrorPtr error = virGetLastError ();
  GIOErrorEnum code = G_IO_ERROR_FAILED;

  if (error == NULL || error->message == NULL)
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "libvirt gives no reason");

  /* TLS has no code of its own beyond this one. */
  if (error->code == VIR_ERR_GNUTLS_ERROR)
    return g_error_new (G_TLS_ERROR, G_TLS_ERROR_MISC, "%s", error->message);

  if (error->code == VIR_ERR_SYSTEM_ERROR && error->int1 > 0)
    code = g_io_error_from_errno (error->int1);
  for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
    if (codes[i].number == error->code)
      code = codes[i].code;
  /* A connection that breaks is a system error like any other. */
  if (code == G_IO_ERROR_BROKEN_PIPE)
    code = G_IO_ERROR_CONNECTION_CLOSED;

  return g_error_new (G_IO_ERROR, code, "%s", error->message);
}

/* ---------------------------------------------------------------- its connections */

/* A peer that says nothing for so long is lost. */
#define KEEPALIVE_SECONDS 5
#define KEEPALIVE_COUNT   3

virConnectPtr
qemu_libvirt_connect (const char  *connection_uri,
                      GError     **error)
{
  virConnectPtr connection;

  prepare_libvirt ();

  connection = virConnectOpen (connection_uri);
  if (connection == NULL)
    g_propagate_error (error, qemu_libvirt_error_new ());
  else
    virConnectSetKeepAlive (connection, KEEPALIVE_SECONDS, KEEPALIVE_COUNT);

  return connection;
}
