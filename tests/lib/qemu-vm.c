/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "qemu-vm.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#ifdef HAVE_PDEATHSIG
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#define MAX_MONITORS 2

struct _QemuVm
{
  GPtrArray *argv;
  char      *folder;
  char      *uris[MAX_MONITORS];
  GSocket   *sockets[MAX_MONITORS];     /* between bind() and the start of the process */
  int        fds[MAX_MONITORS];         /* as the process knows them */
  unsigned   n_monitors;
  GPid       pid;                       /* 0: ended and reaped */
  int        status;
};

static const char *
find_program (const char *variable,
              const char *name)
{
  static GHashTable *found;
  const char *from_environment = g_getenv (variable);
  char *path;

  if (found == NULL)
    found = g_hash_table_new (g_str_hash, g_str_equal);
  path = g_hash_table_lookup (found, name);
  if (path == NULL)
    {
      path = g_find_program_in_path (from_environment != NULL ? from_environment : name);
      if (path != NULL)
        g_hash_table_insert (found, (char *) name, path);
    }
  if (path == NULL)
    {
      g_autofree char *reason = g_strdup_printf ("there is no %s", from_environment != NULL ? from_environment : name);

      g_test_skip (reason);
    }

  return path;
}

const char *
qemu_test_find_system (void)
{
  return find_program ("QEMU_SYSTEM", "qemu-system-x86_64");
}

const char *
qemu_test_find_storage_daemon (void)
{
  return find_program ("QEMU_STORAGE_DAEMON", "qemu-storage-daemon");
}

/* QEMU is given sockets that listen already: a client that comes early waits in their queue. */
static void
vm_listen (QemuVm *self)
{
  for (unsigned i = 0; i < self->n_monitors; i++)
    {
      const char *path = self->uris[i] + strlen ("unix:");
      g_autoptr(GSocketAddress) address = g_unix_socket_address_new (path);
      g_autoptr(GError) error = NULL;

      g_unlink (path);
      self->sockets[i] = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
      g_assert_no_error (error);
      g_socket_bind (self->sockets[i], address, TRUE, &error);
      g_assert_no_error (error);
      g_socket_set_listen_backlog (self->sockets[i], 1);
      g_socket_listen (self->sockets[i], &error);
      g_assert_no_error (error);
    }
}

/* In the child, between fork() and exec(): only what is safe there. */
static void
vm_become (QemuVm *self,
           pid_t   parent)
{
#ifdef HAVE_PDEATHSIG
  prctl (PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (getppid () != parent)
    _exit (127);

  /* What QEMU says about the images that it makes does not belong among the results. */
  if (dup2 (STDERR_FILENO, STDOUT_FILENO) < 0)
    _exit (127);

  for (unsigned i = 0; i < self->n_monitors; i++)
    if (dup2 (g_socket_get_fd (self->sockets[i]), self->fds[i]) < 0)
      _exit (127);

  execv (self->argv->pdata[0], (char **) self->argv->pdata);
  _exit (127);
}

static void
vm_start (QemuVm *self)
{
  pid_t parent = getpid ();

  vm_listen (self);
  self->pid = fork ();
  g_assert_cmpint (self->pid, >=, 0);
  if (self->pid == 0)
    vm_become (self, parent);

  for (unsigned i = 0; i < self->n_monitors; i++)
    g_clear_object (&self->sockets[i]);
}

static void
vm_add_argument (QemuVm *self,
                 char   *argument)
{
  g_ptr_array_add (self->argv, argument);
}

QemuVm *
qemu_vm_new_full (const char         *program,
                  const char * const *arguments,
                  const char         *folder_template,
                  QemuVmFlags         flags)
{
  static int n_vms;
  QemuVm *self = g_new0 (QemuVm, 1);
  gboolean is_daemon = strstr (program, "storage-daemon") != NULL;
  const char *pretty = flags & QEMU_VM_PRETTY ? ",pretty=on" : "";
  g_autoptr(GError) error = NULL;

  self->folder = g_dir_make_tmp (folder_template, &error);
  g_assert_no_error (error);
  self->n_monitors = flags & QEMU_VM_TWO_MONITORS ? 2 : 1;
  self->argv = g_ptr_array_new_with_free_func (g_free);

  vm_add_argument (self, g_strdup (program));
  for (unsigned i = 0; i < self->n_monitors; i++)
    {
      self->uris[i] = g_strdup_printf ("unix:%s/qmp%u", self->folder, i);
      /* Numbers that no other descriptor of this process has, so that dup2() in the child hits none. */
      self->fds[i] = 500 + MAX_MONITORS * (g_atomic_int_add (&n_vms, 1) % 100) + i;
      vm_add_argument (self, g_strdup (is_daemon ? "--chardev" : "-chardev"));
      vm_add_argument (self, g_strdup_printf ("socket,id=test-monitor%u,fd=%d,server=on,wait=off", i, self->fds[i]));
      vm_add_argument (self, g_strdup (is_daemon ? "--monitor" : "-mon"));
      vm_add_argument (self, g_strdup_printf ("chardev=test-monitor%u,mode=control%s", i, pretty));
    }
  for (unsigned i = 0; arguments[i] != NULL; i++)
    vm_add_argument (self, g_strdup (arguments[i]));
  vm_add_argument (self, NULL);

  vm_start (self);

  return self;
}

QemuVm *
qemu_vm_new (const char         *program,
             const char * const *arguments)
{
  return qemu_vm_new_full (program, arguments, "qemu-vm-XXXXXX", QEMU_VM_NONE);
}

void
qemu_vm_free (QemuVm *self)
{
  if (self->pid != 0)
    {
      kill (self->pid, SIGKILL);
      while (waitpid (self->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    }

  for (unsigned i = 0; i < self->n_monitors; i++)
    {
      g_unlink (self->uris[i] + strlen ("unix:"));
      g_free (self->uris[i]);
    }
  g_rmdir (self->folder);
  g_free (self->folder);
  g_ptr_array_unref (self->argv);
  g_free (self);
}

const char *
qemu_vm_get_uri (QemuVm *self)
{
  return self->uris[0];
}

const char *
qemu_vm_get_second_uri (QemuVm *self)
{
  g_assert_cmpuint (self->n_monitors, ==, 2);

  return self->uris[1];
}

GPid
qemu_vm_get_pid (QemuVm *self)
{
  return self->pid;
}

unsigned
qemu_vm_count_fds (QemuVm *self)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", self->pid);
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  unsigned n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;

  return n;
}

void
qemu_vm_signal (QemuVm *self,
                int     signal_number)
{
  g_assert_cmpint (self->pid, >, 0);
  g_assert_no_errno (kill (self->pid, signal_number));
}

int
qemu_vm_wait (QemuVm *self)
{
  gint64 deadline = g_get_monotonic_time () + QEMU_TEST_DEADLINE_SECONDS * G_USEC_PER_SEC;
  pid_t pid = 0;

  while (self->pid != 0 && (pid = waitpid (self->pid, &self->status, WNOHANG)) == 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (2000);
    }
  g_assert_cmpint (pid, ==, self->pid);
  self->pid = 0;

  return self->status;
}

void
qemu_vm_restart (QemuVm *self)
{
  g_assert_cmpint (self->pid, ==, 0);

  vm_start (self);
}
