/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may become of an operation, and what has. */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "soak.h"

#define MAX_PRINTED 50

typedef struct
{
  Machine      *machine;
  Link         *link;
  const char   *what;
  unsigned      may;
  GCancellable *cancellable;
  gboolean      cancelled_before;
  int           freeze;
  gint64        began;
} Op;

static const struct
{
  unsigned    outcome;
  const char *name;
} outcome_names[] = {
  { OUTCOME_OK, "well" },
  { OUTCOME_CANCELLED, "cancelled" },
  { OUTCOME_TIMED_OUT, "timed out" },
  { OUTCOME_LOST, "lost" },
  { OUTCOME_GONE, "nobody there" },
  { OUTCOME_BUSY, "busy" },
  { OUTCOME_NO_WAY, "not supported" },
  { OUTCOME_STRANGE, "strangely" },
};

static GMutex lock;
static GHashTable *pending;             /* number → Op */
static guint64 n_ops;
static guint64 counts[G_N_ELEMENTS (outcome_names)], n_refused;
static int n_failures;

void
soak_fail (const char *format,
           ...)
{
  g_autofree char *text = NULL;
  va_list args;
  int before = g_atomic_int_add (&n_failures, 1);

  if (before > MAX_PRINTED)
    return;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  fprintf (stderr, "soak: %s\n", before < MAX_PRINTED ? text : "more is not shown");
}

unsigned
soak_count_failures (void)
{
  return g_atomic_int_get (&n_failures);
}

/* ---------------------------------------------------------------- links */

Link *
link_new (Machine    *machine,
          QemuDomain *domain,
          gboolean    passes_files)
{
  Link *self = g_atomic_rc_box_new0 (Link);

  self->machine = machine;
  self->domain = g_object_ref (domain);
  self->passes_files = passes_files;

  return self;
}

Link *
link_ref (Link *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
link_clear (gpointer data)
{
  Link *self = data;

  g_object_unref (self->domain);
}

void
link_unref (Link *self)
{
  g_atomic_rc_box_release_full (self, link_clear);
}

void
link_doom (Link *self)
{
  g_atomic_int_set (&self->doomed, TRUE);
}

gboolean
link_is_doomed (Link *self)
{
  return g_atomic_int_get (&self->doomed);
}

gboolean
link_is_over (Link *link)
{
  return link == NULL || !link->opened || link->n_closed == 1;
}

/* ---------------------------------------------------------------- operations */

static unsigned
outcome_of (const GError *error)
{
  static const struct
  {
    GIOErrorEnum code;
    unsigned     outcome;
  } table[] = {
    { G_IO_ERROR_CANCELLED, OUTCOME_CANCELLED },
    { G_IO_ERROR_TIMED_OUT, OUTCOME_TIMED_OUT },
    { G_IO_ERROR_CONNECTION_CLOSED, OUTCOME_LOST },
    { G_IO_ERROR_NOT_CONNECTED, OUTCOME_LOST },
    { G_IO_ERROR_CONNECTION_REFUSED, OUTCOME_GONE },
    { G_IO_ERROR_NOT_FOUND, OUTCOME_GONE },
    { G_IO_ERROR_BUSY, OUTCOME_BUSY },
    { G_IO_ERROR_NOT_SUPPORTED, OUTCOME_NO_WAY },
  };

  if (error == NULL)
    return OUTCOME_OK;
  if (error->domain == QEMU_ERROR)
    return OUTCOME_QEMU (error->code);
  for (unsigned i = 0; error->domain == G_IO_ERROR && i < G_N_ELEMENTS (table); i++)
    if (table[i].code == (GIOErrorEnum) error->code)
      return table[i].outcome;

  return OUTCOME_STRANGE;
}

static void
op_free (gpointer data)
{
  Op *self = data;

  g_clear_pointer (&self->link, link_unref);
  g_clear_object (&self->cancellable);
  g_free (self);
}

gpointer
op_begin (Machine      *machine,
          Link         *link,
          const char   *what,
          unsigned      may,
          GCancellable *cancellable)
{
  Op *self = g_new0 (Op, 1);
  gpointer number;

  self->machine = machine;
  self->link = link != NULL ? link_ref (link) : NULL;
  self->what = what;
  self->may = may;
  self->freeze = machine_get_freeze (machine);
  self->began = g_get_monotonic_time ();
  if (cancellable != NULL)
    {
      self->cancellable = g_object_ref (cancellable);
      self->cancelled_before = g_cancellable_is_cancelled (cancellable);
    }
  machine_add_pending (machine, 1);

  g_mutex_lock (&lock);
  if (pending == NULL)
    pending = g_hash_table_new_full (NULL, NULL, NULL, op_free);
  number = GSIZE_TO_POINTER (++n_ops);
  g_hash_table_insert (pending, number, self);
  g_mutex_unlock (&lock);

  return number;
}

Machine *
op_get_machine (gpointer op)
{
  Machine *machine;
  Op *self;

  g_mutex_lock (&lock);
  self = g_hash_table_lookup (pending, op);
  machine = self != NULL ? self->machine : NULL;
  g_mutex_unlock (&lock);
  if (machine == NULL)
    g_error ("operation %" G_GSIZE_FORMAT " has ended twice", GPOINTER_TO_SIZE (op));

  return machine;
}

/* A QEMU that is about to end may refuse what it did not before, and it ends its jobs first. */
#define OUTCOME_AT_THE_END \
  (OUTCOME_LOST | OUTCOME_GENERIC | OUTCOME_QEMU (QEMU_ERROR_JOB_CANCELLED) | OUTCOME_QEMU (QEMU_ERROR_JOB_FAILED))

static unsigned
op_allowed (Op *self)
{
  gboolean doomed = self->link != NULL && link_is_doomed (self->link);

  if (self->cancelled_before)
    return OUTCOME_CANCELLED | (doomed ? OUTCOME_LOST : 0);

  return self->may |
         (self->cancellable != NULL && g_cancellable_is_cancelled (self->cancellable) ? OUTCOME_CANCELLED : 0) |
         (doomed ? OUTCOME_AT_THE_END : 0) |
         (doomed && (self->may & CONNECTS) ? OUTCOME_GONE | OUTCOME_BUSY : 0);
}

static void
op_check (Op           *self,
          unsigned      outcome,
          const GError *error)
{
  gboolean from_qemu = outcome == OUTCOME_OK || outcome > OUTCOME_STRANGE;
  gboolean frozen = self->freeze % 2 == 1 && machine_get_freeze (self->machine) == self->freeze;
  double seconds = (g_get_monotonic_time () - self->began) / 1e6;

  if (!(outcome & op_allowed (self)))
    soak_fail ("machine %u: “%s” has ended after %.1f s, which is wrong: %s", machine_get_number (self->machine),
               self->what, seconds, error != NULL ? error->message : "well");
  else if (from_qemu && frozen && !(self->may & NEEDS_NO_ANSWER))
    soak_fail ("machine %u: “%s” has been answered by a QEMU that is stopped: %s", machine_get_number (self->machine),
               self->what, error != NULL ? error->message : "well");
  else if (error != NULL && *error->message == '\0')
    soak_fail ("machine %u: “%s” does not say why it failed", machine_get_number (self->machine), self->what);
}

static void
count_locked (unsigned outcome)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (counts); i++)
    if (outcome_names[i].outcome == outcome)
      {
        counts[i]++;
        return;
      }
  n_refused++;
}

unsigned
op_end (gpointer      op,
        const GError *error)
{
  unsigned outcome = outcome_of (error);
  gpointer stolen = NULL;
  Op *self;

  g_mutex_lock (&lock);
  g_hash_table_steal_extended (pending, op, NULL, &stolen);
  if (stolen != NULL)
    count_locked (outcome);
  g_mutex_unlock (&lock);

  self = stolen;
  if (self == NULL)
    {
      soak_fail ("operation %" G_GSIZE_FORMAT " has ended twice", GPOINTER_TO_SIZE (op));
      return outcome;
    }

  op_check (self, outcome, error);
  machine_add_pending (self->machine, -1);
  op_free (self);

  return outcome;
}

guint64
op_count (void)
{
  guint64 n;

  g_mutex_lock (&lock);
  n = n_ops;
  g_mutex_unlock (&lock);

  return n;
}

unsigned
op_count_pending (void)
{
  unsigned n;

  g_mutex_lock (&lock);
  n = pending != NULL ? g_hash_table_size (pending) : 0;
  g_mutex_unlock (&lock);

  return n;
}

void
op_print_pending (void)
{
  GHashTableIter iter;
  gpointer value;

  g_mutex_lock (&lock);
  g_hash_table_iter_init (&iter, pending);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Op *op = value;

      fprintf (stderr, "soak: machine %u: “%s” has not ended after %.1f s\n", machine_get_number (op->machine), op->what,
               (g_get_monotonic_time () - op->began) / 1e6);
    }
  g_mutex_unlock (&lock);
}

char *
op_describe_counts (void)
{
  GString *text = g_string_new (NULL);

  g_mutex_lock (&lock);
  for (unsigned i = 0; i < G_N_ELEMENTS (counts); i++)
    g_string_append_printf (text, "%" G_GUINT64_FORMAT " %s, ", counts[i], outcome_names[i].name);
  g_string_append_printf (text, "%" G_GUINT64_FORMAT " refused by QEMU", n_refused);
  g_mutex_unlock (&lock);

  return g_string_free (text, FALSE);
}
