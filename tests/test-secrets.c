/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What must not get out of the program: secrets into logs, errors and arguments, files into other programs. */

#include "config.h"

#include "qemu-glib/qemu-wire-log-private.h"
#include "qemu-line.h"
#include "qemu-play.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---------------------------------------------------------------- the log, and errors */

/* Each is one that would be in the log if it were shown. */
static const char * const secrets[] = {
  "{'execute':'object-add','arguments':{'qom-type':'secret','id':'s0','data':'hunter2'}}",
  "{'execute':'object-add','arguments':{'qom-type':'secret_keyring','id':'s0','serial':'hunter2'}}",
  "{'execute':'set_password','arguments':{'protocol':'vnc','password':'hunter2'}}",
  "{'execute':'change-vnc-password','arguments':{'password':'hunter2'}}",
  "{'execute':'x','arguments':{'a':[{'b':{'PassWord':'hunter2'}}]}}",
  "{'execute':'x','arguments':{'\\u0070assword':'hunter2'}}",
  "{'execute':'x','arguments':{'p\\u0061ssw\\u006Frd':'hunter2'}}",
  "{'execute':'blockdev-add','arguments':{'driver':'https','url':'https://h/x','cookie':'session=hunter2'}}",
  "{'execute':'blockdev-change-medium','arguments':{'filename':'http://me:hunter2@host/x.iso'}}",
  "{'execute':'migrate','arguments':{'uri':'http:\\/\\/me:hunter2@host\\/x'}}",
  "{'execute':'human-monitor-command','arguments':{'command-line':'set_password vnc hunter2'}}",
  "{'execute':'human-monitor-command','arguments':{'command-line':'sendkey h-u-n-t-e-r-2'}}",
  "{'execute':'send-key','arguments':{'keys':[{'type':'qcode','data':'h'}]}}",
  "{'execute':'qom-get','arguments':{'path':'/objects/s0','property':'data'}}",
  "{'execute':'qom-set','arguments':{'path':'/objects/s0', 'property' : 'data','value':'hunter2'}}",
  "{'execute':'guest-set-user-password','arguments':{'username':'me','password':'aHVudGVyMg=='}}",
  "{'execute':'guest-exec','arguments':{'path':'login','arg':['hunter2']}}",
  "{'return':{'data':'x','passphrase':'hunter2'}}",
  "{'event':'X','data':{'api-token':'hunter2'}}",
};

static const char * const no_secrets[] = {
  "{'execute':'query-status'}",
  "{'execute':'qom-get','arguments':{'path':'/machine','property':'type'}}",
  "{'execute':'blockdev-add','arguments':{'driver':'nbd','server':{'host':'::1','port':'10809'},'x':'a:b@c'}}",
  "{'execute':'blockdev-change-medium','arguments':{'filename':'https://me@host:443/x@y:z.iso'}}",
  "{'return':'A name with \\u00e9 and \\u0001 and a:b'}",
  "{'event':'STOP','data':{}}",
};

static void
test_log_words (void)
{
  g_test_summary ("What may be a secret is recognised however it is written, and most else is not");

  for (unsigned i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_autofree char *text = qemu_test_json (secrets[i]);

      g_test_message ("%s", secrets[i]);
      g_assert_true (qemu_wire_log_is_secret (text, strlen (text)));
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (no_secrets); i++)
    {
      g_autofree char *text = qemu_test_json (no_secrets[i]);

      g_test_message ("%s", no_secrets[i]);
      g_assert_false (qemu_wire_log_is_secret (text, strlen (text)));
    }
}

/* All that is on the wire here has the secret in it, but for what says SHOWN. */
static void
test_log_child (void)
{
  g_autoptr(Line) line = line_new ();
  static const char * const replies[] = {
    "{'return': 'hunter2', 'id': 1}\r\n",                 /* what was asked for is not shown, nor is … */
    "{'error': {'desc': 'hunter2'}, 'id': 2}\r\n",        /* … what is said against it … */
    "{'error': {'desc': 'hunter2'}}\r\n",                 /* … even if it does not say against what */
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (replies); i++)
    {
      g_autoptr(LineCall) call = line_call_new (line, "x\",\"arguments\":{\"a\":\"secret0\"},\"x\":\"hunter2", 0, NULL);

      g_free (line_hear_text (line));
      line_say (line, "%s", replies[i]);
      QEMU_TEST_WAIT_UNTIL (call->n_called);
    }
  line_say (line, "{'event': 'X', 'data': {'password': 'hunter2'}}\r\n");
  line_say (line, "{'event': 'SHOWN'}\r\n");
  QEMU_TEST_WAIT_UNTIL (line->n_events == 2);
  line_say (line, "{'return': 'no JSON, but a password: hunter2\r\n{'return': }\r\n");
  QEMU_TEST_WAIT_UNTIL (line->n_closed);
}

static void
test_log (void)
{
  g_test_summary ("The log of the wire has no secret, nor what is answered to a command that has one");

  g_setenv ("G_MESSAGES_DEBUG", "all", TRUE);
  g_test_trap_subprocess ("/secrets/log/subprocess", 0, 0);
  g_unsetenv ("G_MESSAGES_DEBUG");
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*SHOWN*");
  g_test_trap_assert_stdout ("*with a secret*");
  g_test_trap_assert_stdout_unmatched ("*hunter2*");
}

static void
test_address_with_password (void)
{
  static const char * const addresses[] = {
    "ssh:me:hunter2@host/run/vm.sock", "ssh:me:hunter2@host", "tcp:me:hunter2@host:1", "tls:me:hunter2@host:1",
    "http://me:hunter2@host/", "qemu+libssh2://me:hunter2@host/system"
  };

  g_test_summary ("A password in an address gets neither into an error nor into the arguments of ssh");

  for (unsigned i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_autoptr(GError) error = NULL;
      QemuMonitor *monitor = qemu_socket_monitor_new_for_uri (addresses[i], &error);

      g_assert_null (monitor);
      g_assert_nonnull (error);
      g_assert_null (strstr (error->message, "hunter2"));
    }
}

/* ---------------------------------------------------------------- files */

/* Descriptors that a child of any kind gets, too. */
static unsigned
count_inheritable (void)
{
  g_autoptr(GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *name;
  unsigned n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      int flags = fcntl (atoi (name), F_GETFD);

      n += flags >= 0 && !(flags & FD_CLOEXEC);
    }

  return n;
}

static void
test_close_on_exec (void)
{
  static const QmpPlay steps[] = { QMP_PLAY_HANDSHAKE, { .expect = "query-kvm", .reply = "{}" }, { 0 } };
  static const char * const argv[] = { "cat", "/dev/zero", NULL };
  unsigned before = count_inheritable (), n_fds = qemu_test_count_fds ();
  g_autoptr(QemuPlay) play = qemu_play_new (steps, NULL, QEMU_PLAY_LISTEN);
  g_autoptr(QemuMonitor) monitor = qemu_socket_monitor_new_for_uri (qemu_play_get_uri (play), NULL);
  g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr(QemuMonitor) listening = qemu_socket_monitor_new_listening (address);
  g_autoptr(QemuCommand) command = qemu_command_new ("query-kvm");
  g_autoptr(QemuContextFd) context_fd = qemu_context_fd_new (NULL, NULL);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) spawned = NULL;
  g_autoptr(GBytes) reply = NULL;
  QemuProcess *process = qemu_process_new (argv);

  g_test_summary ("No descriptor of the library gets into a program that somebody else starts");

  g_assert_true (qemu_monitor_open (monitor, NULL, NULL));
  reply = qemu_monitor_run (monitor, command, NULL, NULL);
  g_assert_nonnull (reply);
  g_assert_true (qemu_socket_monitor_listen (QEMU_SOCKET_MONITOR (listening), NULL));
  qemu_process_spawn_async (process, cancellable, qemu_test_store_result_cb, &spawned);
  g_assert_cmpuint (qemu_test_count_fds (), >, n_fds + 5);
  g_assert_cmpuint (count_inheritable (), ==, before);

  g_cancellable_cancel (cancellable);
  QEMU_TEST_WAIT_UNTIL (spawned);
  g_clear_object (&spawned);
  qemu_test_drop (process);
}

static void
test_files_of_child (void)
{
  static const char * const argv[] = {
    "sh", "-c", "for f in /proc/$$/fd/*; do echo \"<${f##*/}>\" >&2; done; exit 1", NULL
  };
  QemuProcess *process = qemu_process_new (argv);
  g_autoptr(GError) error = NULL;
  int leak = dup2 (STDERR_FILENO, 77);

  g_test_summary ("Nor does QEMU get more than its monitor, whatever the program has open");

  g_assert_cmpint (leak, ==, 77);
  g_assert_false (qemu_process_spawn (process, NULL, &error));
  qemu_test_assert_error_says (error, QEMU_ERROR, QEMU_ERROR_PROCESS_FAILED, "<3>");
  g_assert_null (strstr (error->message, "<77>"));
  close (leak);
  qemu_test_drop (process);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/secrets/words", test_log_words);
  g_test_add_func ("/secrets/log", test_log);
  g_test_add_func ("/secrets/log/subprocess", test_log_child);
  g_test_add_func ("/secrets/address", test_address_with_password);
  g_test_add_func ("/secrets/close-on-exec", test_close_on_exec);
  g_test_add_func ("/secrets/files-of-child", test_files_of_child);

  return g_test_run ();
}
