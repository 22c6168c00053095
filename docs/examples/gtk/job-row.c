/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "job-row.h"

struct _JobRow
{
  GtkListBoxRow  parent_instance;

  QemuJob       *job;

  GtkWidget     *cancel;
  GtkWidget     *complete;
};

typedef enum
{
  PROP_JOB = 1
} JobRowProperty;

G_DEFINE_FINAL_TYPE (JobRow, job_row, GTK_TYPE_LIST_BOX_ROW)

/* ---------------------------------------------------------------- for job-row.ui */

/* What kind of a job it is, is not known at the first moment. */
static char *
title_text (JobRow     *self,
            const char *job_type,
            const char *id)
{
  char *title = g_strdup_printf ("%s “%s”", job_type != NULL ? job_type : "job", id);

  title[0] = g_ascii_toupper (title[0]);

  return title;
}

/* -1 means that nobody knows. */
static double
shown_fraction (JobRow *self,
                double  fraction)
{
  return MAX (fraction, 0);
}

static char *
details_text (JobRow        *self,
              QemuJobStatus  status,
              guint64        current,
              guint64        total,
              const char    *error_message)
{
  g_autofree char *done = g_format_size_full (current, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *all = g_format_size_full (total, G_FORMAT_SIZE_IEC_UNITS);
  g_autoptr(GEnumClass) statuses = g_type_class_ref (QEMU_TYPE_JOB_STATUS);
  g_autofree char *text = NULL;

  /* A job that has failed stays in the list, when the one who has started it wants to see to it. */
  if (error_message != NULL)
    return g_strdup (error_message);

  /* What counts in ones has no size. */
  if (total < 1024)
    text = g_strdup (g_enum_get_value (statuses, status)->value_nick);
  else
    text = g_strdup_printf ("%s, %s of %s", g_enum_get_value (statuses, status)->value_nick, done, all);
  text[0] = g_ascii_toupper (text[0]);

  return g_steal_pointer (&text);
}

static gboolean
is_ready (JobRow        *self,
          QemuJobStatus  status)
{
  return status == QEMU_JOB_STATUS_READY;
}

static gboolean
can_cancel (JobRow        *self,
            QemuJobStatus  status)
{
  return status != QEMU_JOB_STATUS_ABORTING && status != QEMU_JOB_STATUS_CONCLUDED && status != QEMU_JOB_STATUS_NULL;
}

/* ---------------------------------------------------------------- the buttons */

static void
show_error (JobRow *self,
            GError *error)
{
  if (!g_error_matches (error, QEMU_ERROR, QEMU_ERROR_JOB_CANCELLED))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.show-error", "s", error->message);
}

static void
cancelled_cb (GObject      *job,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(JobRow) self = user_data;
  g_autoptr(GError) error = NULL;

  if (!qemu_job_cancel_finish (QEMU_JOB (job), result, &error))
    {
      show_error (self, error);
      gtk_widget_set_sensitive (self->cancel, TRUE);
    }
}

static void
cancel_cb (JobRow *self)
{
  gtk_widget_set_sensitive (self->cancel, FALSE);
  qemu_job_cancel_async (self->job, NULL, cancelled_cb, g_object_ref (self));
}

static void
completed_cb (GObject      *job,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(JobRow) self = user_data;
  g_autoptr(GError) error = NULL;

  if (!qemu_job_complete_finish (QEMU_JOB (job), result, &error))
    {
      show_error (self, error);
      gtk_widget_set_sensitive (self->complete, TRUE);
    }
}

static void
complete_cb (JobRow *self)
{
  gtk_widget_set_sensitive (self->complete, FALSE);
  qemu_job_complete_async (self->job, NULL, completed_cb, g_object_ref (self));
}

/* ---------------------------------------------------------------- the class */

static void
job_row_dispose (GObject *object)
{
  JobRow *self = JOB_ROW (object);

  g_clear_object (&self->job);

  G_OBJECT_CLASS (job_row_parent_class)->dispose (object);
}

static void
job_row_get_property (GObject    *object,
                      unsigned    prop_id,
                      GValue     *value,
                      GParamSpec *pspec)
{
  JobRow *self = JOB_ROW (object);

  switch ((JobRowProperty) prop_id)
    {
    case PROP_JOB:
      g_value_set_object (value, self->job);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
job_row_set_property (GObject      *object,
                      unsigned      prop_id,
                      const GValue *value,
                      GParamSpec   *pspec)
{
  JobRow *self = JOB_ROW (object);

  switch ((JobRowProperty) prop_id)
    {
    case PROP_JOB:
      self->job = g_value_dup_object (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
job_row_class_init (JobRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = job_row_dispose;
  object_class->get_property = job_row_get_property;
  object_class->set_property = job_row_set_property;

  g_object_class_install_property (object_class, PROP_JOB,
    g_param_spec_object ("job", NULL, NULL, QEMU_TYPE_JOB,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));

  gtk_widget_class_set_template_from_resource (widget_class, "/org/example/Machine/job-row.ui");
  gtk_widget_class_bind_template_child (widget_class, JobRow, cancel);
  gtk_widget_class_bind_template_child (widget_class, JobRow, complete);
  gtk_widget_class_bind_template_callback (widget_class, can_cancel);
  gtk_widget_class_bind_template_callback (widget_class, cancel_cb);
  gtk_widget_class_bind_template_callback (widget_class, complete_cb);
  gtk_widget_class_bind_template_callback (widget_class, details_text);
  gtk_widget_class_bind_template_callback (widget_class, is_ready);
  gtk_widget_class_bind_template_callback (widget_class, shown_fraction);
  gtk_widget_class_bind_template_callback (widget_class, title_text);
}

static void
job_row_init (JobRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
job_row_new (QemuJob *job)
{
  return g_object_new (JOB_TYPE_ROW, "job", job, NULL);
}
