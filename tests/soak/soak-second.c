/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The second monitor of a QEMU: another client, by a socket. */

#include "config.h"

#include <string.h>

#include "soak-machine.h"

typedef enum
{
  SECOND_NONE,
  SECOND_UNIX,
  SECOND_TCP,
  N_SECONDS
} SecondKind;

static SecondKind
second_kind (Machine *self)
{
  return self->number % N_SECONDS;
}

static char *
second_path (Machine *self)
{
  g_autofree char *name = g_strdup_printf ("%u.sock", self->number);

  return g_build_filename (self->folder, name, NULL);
}

char *
second_make_chardev (Machine *self)
{
  g_autofree char *path = second_path (self);

  switch (second_kind (self))
    {
    case SECOND_UNIX:
      return g_strdup_printf ("socket,id=second,path=%s,server=on,wait=off", path);

    case SECOND_TCP:
      return g_strdup ("socket,id=second,host=127.0.0.1,port=0,server=on,wait=off");

    case SECOND_NONE:
    case N_SECONDS:
    default:
      return NULL;
    }
}

/* ---------------------------------------------------------------- where it is */

static void
second_uri_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      user_data)
{
  Machine *self = op_get_machine (user_data);
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) node = qemu_domain_run_finish (QEMU_DOMAIN (object), result, &error);
  JsonArray *chardevs = node != NULL ? json_node_get_array (node) : NULL;

  for (unsigned i = 0; chardevs != NULL && i < json_array_get_length (chardevs); i++)
    {
      JsonObject *chardev = json_array_get_object_element (chardevs, i);
      const char *tcp = strstr (json_object_get_string_member (chardev, "filename"), "tcp:");

      if (g_str_equal (json_object_get_string_member (chardev, "label"), "second") && tcp != NULL)
        self->second_uri = g_strndup (tcp, strcspn (tcp, ","));
    }
  if (node != NULL && self->second_uri == NULL)
    soak_fail ("machine %u: there is no second monitor", self->number);
  op_end (user_data, error);
}

void
second_find (Machine *self)
{
  g_autofree char *path = second_path (self);
  g_autoptr(QemuCommand) command = NULL;

  if (second_kind (self) == SECOND_UNIX)
    self->second_uri = g_strconcat ("unix:", path, NULL);
  if (second_kind (self) != SECOND_TCP)
    return;

  command = qemu_command_new ("query-chardev");
  qemu_domain_run_async (self->main->domain, command, NULL, second_uri_cb,
                         op_begin (self, self->main, "query-chardev", OUTCOME_OK, NULL));
}

void
second_forget (Machine *self)
{
  g_clear_pointer (&self->second_uri, g_free);
  /* The next one has the same path, but another port. */
  if (second_kind (self) != SECOND_UNIX)
    second_drop_domain (self);
}

/* ---------------------------------------------------------------- its life */

void
second_drop_domain (Machine *self)
{
  if (self->second_domain != NULL)
    machine_unwatch (self, self->second_domain);
  g_clear_object (&self->second_domain);
}

static void
second_opened_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  Machine *self = op_get_machine (user_data);
  g_autoptr(GError) error = NULL;

  qemu_domain_open_finish (QEMU_DOMAIN (object), result, &error);
  self->second_busy = FALSE;
  if (op_end (user_data, error) == OUTCOME_OK)
    self->second->opened = TRUE;
  else
    g_clear_pointer (&self->second, link_unref);
}

static void
second_open (Machine *self)
{
  g_autoptr(GCancellable) cancellable = NULL;
  g_autoptr(GError) error = NULL;

  if (self->second_uri == NULL)
    return;

  if (self->second_domain == NULL)
    {
      g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_uri (self->second_uri, &error);
      g_autofree char *name = g_strdup_printf ("machine-%u", self->number);

      if (monitor == NULL)
        g_error ("%s", error->message);
      self->second_domain = qemu_domain_new (monitor, name);
      machine_watch (self, self->second_domain);
    }
  else
    {
      machine_counts.reopened++;
    }
  machine_counts.opened++;
  if (chance (self->rand, 10))
    {
      cancellable = g_cancellable_new ();
      cancel_later (cancellable, g_rand_int_range (self->rand, 0, 20));
    }
  self->second = link_new (self, self->second_domain, second_kind (self) == SECOND_UNIX);
  self->second_busy = TRUE;
  qemu_domain_open_async (self->second_domain, cancellable, second_opened_cb,
                          op_begin (self, self->second, "open", OUTCOME_OK | CONNECTS, cancellable));
}

static void
second_closed_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  Machine *self = op_get_machine (user_data);
  g_autoptr(GError) error = NULL;

  qemu_domain_close_finish (QEMU_DOMAIN (object), result, &error);
  op_end (user_data, error);
  self->second_busy = FALSE;
}

void
second_close (Machine *self)
{
  link_doom (self->second);
  self->second->closing = TRUE;
  self->second_busy = TRUE;
  qemu_domain_close_async (self->second_domain, NULL, second_closed_cb,
                           op_begin (self, self->second, "close", OUTCOME_OK | NEEDS_NO_ANSWER, NULL));
}

void
second_change (Machine *self)
{
  if (self->second_busy)
    return;
  if (self->second == NULL)
    {
      second_open (self);
      return;
    }
  if (chance (self->rand, 75))
    {
      second_close (self);
      return;
    }

  /* Its last reference is dropped, without a word. Calls that are under way keep it. */
  link_doom (self->second);
  second_drop_domain (self);
  g_clear_pointer (&self->second, link_unref);
}

void
second_tick (Machine *self)
{
  if (self->second == NULL || self->second_busy || !link_is_doomed (self->second) || !link_is_over (self->second))
    return;

  g_clear_pointer (&self->second, link_unref);
  if (chance (self->rand, 50) || second_kind (self) != SECOND_UNIX)
    second_drop_domain (self);
}
