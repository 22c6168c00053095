/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-record-private.h"
#include "qemu-version-private.h"

/**
 * QemuVersion:
 *
 * The version of a QEMU, as its greeting or the QMP command `query-version` tells it.
 *
 * Since: 1.0
 */
struct _QemuVersion
{
  QemuRecord parent_instance;
};

/**
 * QemuVersion:major: (getter get_major)
 *
 * The first number.
 *
 * Since: 1.0
 */

/**
 * QemuVersion:minor: (getter get_minor)
 *
 * The second number.
 *
 * Since: 1.0
 */

/**
 * QemuVersion:micro: (getter get_micro)
 *
 * The third number; 50 and more is a development version.
 *
 * Since: 1.0
 */

/**
 * QemuVersion:package: (getter get_package)
 *
 * What a distribution calls its build, such as `Debian 1:7.2+dfsg-7`.
 *
 * Since: 1.0
 */
typedef enum
{
  FIELD_MAJOR,
  FIELD_MINOR,
  FIELD_MICRO,
  FIELD_PACKAGE
} QemuVersionField;

static const QemuField fields[] = {
  [FIELD_MAJOR] = { "major", "qemu/major", QEMU_FIELD_UINT },
  [FIELD_MINOR] = { "minor", "qemu/minor", QEMU_FIELD_UINT },
  [FIELD_MICRO] = { "micro", "qemu/micro", QEMU_FIELD_UINT },
  [FIELD_PACKAGE] = { "package", "package", QEMU_FIELD_STRING },
};

G_DEFINE_FINAL_TYPE (QemuVersion, qemu_version, QEMU_TYPE_RECORD)

static void
qemu_version_class_init (QemuVersionClass *klass)
{
  qemu_record_class_set_fields (QEMU_RECORD_CLASS (klass), fields, G_N_ELEMENTS (fields));
}

static void
qemu_version_init (QemuVersion *self)
{
}

QemuVersion *
qemu_version_new (const QemuJson *json,
                  guint32         object)
{
  return qemu_record_new (QEMU_TYPE_VERSION, json, object);
}

#define GETTER(return_type, name, FIELD, member) \
  QEMU_RECORD_GETTER (QemuVersion, version, VERSION, return_type, name, FIELD_##FIELD, member)

/**
 * qemu_version_get_major: (get-property major)
 * @self: a version
 *
 * Gets the first number.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (unsigned, major, MAJOR, uint)

/**
 * qemu_version_get_minor: (get-property minor)
 * @self: a version
 *
 * Gets the second number.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (unsigned, minor, MINOR, uint)

/**
 * qemu_version_get_micro: (get-property micro)
 * @self: a version
 *
 * Gets the third number.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (unsigned, micro, MICRO, uint)

/**
 * qemu_version_get_package: (get-property package)
 * @self: a version
 *
 * Gets what a distribution calls its build.
 *
 * Returns: (nullable): the text, empty for a QEMU as it comes from its makers; %NULL if it was not told
 *
 * Since: 1.0
 */
GETTER (const char *, package, PACKAGE, string)

/**
 * qemu_version_to_string:
 * @self: a version
 *
 * Writes the version the usual way.
 *
 * Returns: (transfer full): the three numbers with dots between them, such as `7.2.22`
 *
 * Since: 1.0
 */
char *
qemu_version_to_string (QemuVersion *self)
{
  g_return_val_if_fail (QEMU_IS_VERSION (self), NULL);

  return g_strdup_printf ("%u.%u.%u", qemu_version_get_major (self), qemu_version_get_minor (self),
                          qemu_version_get_micro (self));
}

/**
 * qemu_version_at_least:
 * @self: a version
 * @major: the first number
 * @minor: the second number
 * @micro: the third number
 *
 * Compares two versions. What a QEMU can do is better asked with [method@Domain.supports_command].
 *
 * Returns: whether @self is the given version or a later one
 *
 * Since: 1.0
 */
gboolean
qemu_version_at_least (QemuVersion *self,
                       unsigned     major,
                       unsigned     minor,
                       unsigned     micro)
{
  const unsigned wanted[] = { major, minor, micro };

  g_return_val_if_fail (QEMU_IS_VERSION (self), FALSE);

  for (unsigned i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      unsigned ours = qemu_record_get_value (QEMU_RECORD (self), FIELD_MAJOR + i).uint;

      if (ours != wanted[i])
        return ours > wanted[i];
    }

  return TRUE;
}
