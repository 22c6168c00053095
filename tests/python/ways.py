# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ways to reach a QEMU: each starts a real machine, and what is between it and the library.

All of it runs in a folder of the test's own and ends with it. A way that cannot be gone here raises unittest.SkipTest.
"""

import contextlib
import getpass
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

import gi
from helpers import DEADLINE, QEMU

gi.require_version('Qemu', '1.0')
from gi.repository import Gio, GLib, Qemu

try:
    gi.require_version('QemuLibvirt', '1.0')
    from gi.repository import QemuLibvirt
except ValueError:
    QemuLibvirt = None

SBIN = os.pathsep.join([os.environ.get('PATH', ''), '/usr/sbin', '/sbin'])


def need(*programs):
    """The paths of these programs."""
    found = [shutil.which(program, path=SBIN) for program in programs]
    for program, path in zip(programs, found):
        if not path:
            raise unittest.SkipTest(f'there is no {program} here')
    return found[0] if len(found) == 1 else found


def until(condition, what, process=None):
    """Waits for what no main loop tells of."""
    end = time.monotonic() + DEADLINE
    while not condition():
        if process and process.poll() is not None:
            raise AssertionError(f'{process.args[0]} has ended with {process.returncode}')
        if time.monotonic() > end:
            raise AssertionError(f'waited {DEADLINE} seconds for this: {what}')
        time.sleep(0.01)


def free_port():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), 1):
        return True
    return False


# Ends what has to do with a folder when whoever has started it is gone, however that came about.
WATCHDOG = '''
import os, pathlib, signal, sys
sys.stdin.read()
for path in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
    try:
        if os.fsencode(sys.argv[1]) in path.read_bytes() and int(path.parent.name) != os.getpid():
            os.kill(int(path.parent.name), signal.SIGKILL)
    except OSError:
        pass
'''


class Way:
    """A machine that stands still, with a disk on an overlay and a display. `monitor` leads to it."""

    has_events = True
    passes_files = False
    picture = None             # the format of a picture, where there can be one
    ends_with_qemu = True      # is it the end of the connection when QEMU ends?
    reopens = True

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.stack = contextlib.ExitStack()
        self.qemu = None

    def __enter__(self):
        self.watchdog = subprocess.Popen([sys.executable, '-I', '-S', '-c', WATCHDOG, self.folder],
                                         stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            self.prepare_images()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_args):
        self.stack.close()
        # What was started by what we have started.
        until(lambda: not self.left_behind(), f'the end of {self.left_behind()}')
        self.watchdog.communicate()

    def left_behind(self):
        """The command lines of processes that have to do with our folder."""
        found = []
        for path in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
            with contextlib.suppress(OSError):
                line = path.read_bytes()
                ours = int(path.parent.name) in (os.getpid(), self.watchdog.pid)
                if os.fsencode(str(self.folder)) in line and not ours:
                    found.append(line.replace(b'\0', b' ').decode(errors='replace'))
        return found

    def prepare_images(self):
        need('qemu-img', 'qemu-io')
        self.base, self.overlay = self.folder / 'base.qcow2', self.folder / 'overlay.qcow2'
        for command in (['qemu-img', 'create', '-q', '-f', 'qcow2', self.base, '4M'],
                        ['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', self.base, '-F', 'qcow2', self.overlay],
                        ['qemu-io', '-c', 'write -q -P 7 0 1M', self.overlay]):
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)

    def run(self, *argv, **options):
        """A process that ends with the way."""
        options.setdefault('stdout', subprocess.DEVNULL)
        process = subprocess.Popen(list(map(str, argv)), stdin=subprocess.DEVNULL, **options)
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process

    def run_qemu(self, *monitor, **options):
        self.qemu = self.run(QEMU, '-M', 'pc', '-accel', 'tcg', '-nodefaults', '-display', 'none', '-S', '-m', 32,
                             '-boot', 'n', '-name', 'reach', '-device', 'VGA',
                             '-drive', f'if=none,id=disk,format=qcow2,file={self.overlay}',
                             '-device', 'virtio-blk-pci,drive=disk,id=disk0', *monitor, **options)

    def run_listening_qemu(self, listener, *more, options=''):
        """A QEMU that inherits a socket that listens already, so there is nothing to wait for."""
        with listener:
            listener.listen()
            self.run_qemu('-chardev', f'socket,id=qmp,fd={listener.fileno()},server=on,wait=off{options}',
                          '-mon', 'qmp,mode=control', *more, pass_fds=[listener.fileno()])

    def run_unix_qemu(self, *more):
        path = self.folder / 'qmp'
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        self.run_listening_qemu(listener, *more)
        return path

    def end_qemu(self):
        self.qemu.kill()
        self.qemu.wait()


class Disks(Way):
    """only the disks; the test starts what it needs"""

    def start(self):
        pass


class Unix(Way):
    """a UNIX socket"""

    passes_files = True
    picture = Qemu.ScreenFormat.PPM

    def start(self):
        self.path = self.run_unix_qemu()

    def monitor(self):
        return Qemu.SocketMonitor.new_for_uri(f'unix:{self.path}')


class Tcp(Way):
    """TCP"""

    def start(self):
        listener = socket.socket()
        listener.bind(('127.0.0.1', 0))
        self.port = listener.getsockname()[1]
        self.run_listening_qemu(listener)

    def monitor(self):
        return Qemu.SocketMonitor.new_for_uri(f'tcp:127.0.0.1:{self.port}')


class Certificates:
    """An authority, and what it has signed, made by certtool."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.certtool = need('certtool')

    def run(self, *arguments):
        subprocess.run([self.certtool, *map(str, arguments)], check=True, stdin=subprocess.DEVNULL,
                       capture_output=True)

    def key(self, name):
        path = self.folder / f'{name}-key.pem'
        self.run('--generate-privkey', '--ecc', '--outfile', path)
        return path

    def template(self, name, *lines):
        path = self.folder / f'{name}.template'
        path.write_text('\n'.join([f'cn = {name}', *lines, '']))
        return path

    def authority(self, name):
        path = self.folder / f'{name}.pem'
        self.run('--generate-self-signed', '--load-privkey', self.key(name), '--outfile', path,
                 '--template', self.template(name, 'ca', 'cert_signing_key', 'expiration_days = 2'))
        return path

    def certificate(self, authority, name, *lines):
        """Its file and that of its key."""
        path, key = self.folder / f'{name}.pem', self.key(name)
        self.run('--generate-certificate', '--load-privkey', key, '--outfile', path,
                 '--load-ca-certificate', self.folder / f'{authority}.pem',
                 '--load-ca-privkey', self.folder / f'{authority}-key.pem',
                 '--template', self.template(name, 'signing_key', *lines))
        return path, key

    def for_qemu(self, name, authority, certificate):
        """A folder as QEMU wants to have it."""
        folder = self.folder / f'qemu-{name}'
        folder.mkdir()
        for source, target in ((authority, 'ca-cert.pem'), (certificate[0], 'server-cert.pem'),
                               (certificate[1], 'server-key.pem')):
            shutil.copy(source, folder / target)
        return folder


class Tls(Way):
    """TLS, each side with a certificate"""

    host = 'localhost'
    server = ('tls_www_server', 'dns_name = localhost', 'ip_address = 127.0.0.1', 'expiration_days = 2')
    verify_peer = 'yes'

    def start(self):
        if not Gio.TlsBackend.get_default().supports_tls():
            raise unittest.SkipTest('GLib has no TLS here (glib-networking)')
        certificates = Certificates(self.folder / 'tls')
        self.authority = certificates.authority('authority')
        self.stranger = certificates.authority('stranger')
        server = certificates.certificate('authority', 'server', *self.server)
        self.client = certificates.certificate('authority', 'client', 'tls_www_client', 'expiration_days = 2')
        folder = certificates.for_qemu('server', self.authority, server)
        self.port = free_port()
        self.run_qemu('-object', f'tls-creds-x509,id=tls,endpoint=server,dir={folder},verify-peer={self.verify_peer}',
                      '-chardev', f'socket,id=qmp,host=127.0.0.1,port={self.port},server=on,wait=off,tls-creds=tls',
                      '-mon', 'qmp,mode=control', stderr=subprocess.DEVNULL)

    def monitor(self, authority=None, certificate=True):
        monitor = Qemu.SocketMonitor.new_for_uri(f'tls:{self.host}:{self.port}')
        monitor.set_wait_for_peer(True)
        monitor.set_tls_database(Gio.TlsFileDatabase.new(str(authority or self.authority)))
        if certificate:
            monitor.set_tls_certificate(Gio.TlsCertificate.new_from_files(*map(str, self.client)))
        return monitor


class Listening(Way):
    """a QEMU that comes to us, by UNIX socket"""

    passes_files = True
    picture = Qemu.ScreenFormat.PPM

    def start(self):
        self.only = Qemu.SocketMonitor.new_listening(Gio.UnixSocketAddress.new(str(self.folder / 'ours')))
        self.only.listen()
        self.run_qemu('-chardev', f'socket,id=qmp,path={self.folder}/ours,server=off,reconnect=1',
                      '-mon', 'qmp,mode=control', stderr=subprocess.DEVNULL)

    def monitor(self):
        return self.only


class ListeningTcp(Way):
    """a QEMU that comes to us, by TCP"""

    def start(self):
        address = Gio.InetSocketAddress.new_from_string('127.0.0.1', 0)
        self.only = Qemu.SocketMonitor.new_listening(address)
        self.only.listen()
        port = self.only.get_local_address().get_port()
        self.run_qemu('-chardev', f'socket,id=qmp,host=127.0.0.1,port={port},server=off,reconnect=1',
                      '-mon', 'qmp,mode=control', stderr=subprocess.DEVNULL)

    def monitor(self):
        return self.only


class Descriptor(Way):
    """a descriptor"""

    passes_files = True
    picture = Qemu.ScreenFormat.PPM
    reopens = False

    def start(self):
        ours, its = socket.socketpair()
        with its:
            self.run_qemu('-chardev', f'socket,id=qmp,fd={its.fileno()}', '-mon', 'qmp,mode=control',
                          pass_fds=[its.fileno()])
        self.only = Qemu.SocketMonitor.new_for_uri(f'fd:{ours.detach()}')

    def monitor(self):
        return self.only


class Ssh(Way):
    """ssh, and socat on the other side"""

    joiner = 'socat'

    def start(self):
        sshd, _ssh, keygen, _joiner, shell = need('sshd', 'ssh', 'ssh-keygen', self.joiner, 'sh')
        self.path = self.run_unix_qemu()
        for name in 'host', 'user':
            subprocess.run([keygen, '-q', '-t', 'ed25519', '-N', '', '-f', self.folder / name], check=True)
        # Only these are there on the other side.
        programs = self.folder / 'bin'
        programs.mkdir()
        for program in self.joiner, 'sh', 'grep':
            (programs / program).symlink_to(shutil.which(program, path=SBIN))
        self.port = free_port()
        shutil.copy(self.folder / 'user.pub', self.folder / 'authorized')
        (self.folder / 'sshd_config').write_text(f'''
            HostKey {self.folder}/host
            AuthorizedKeysFile {self.folder}/authorized
            ListenAddress 127.0.0.1:{self.port}
            PidFile none
            StrictModes no
            UsePAM no
            PermitRootLogin yes
            PasswordAuthentication no
            SetEnv PATH={programs}
            ''')
        if os.geteuid() == 0:
            # Where it leaves its rights behind; it wants the folder to be there.
            os.makedirs('/run/sshd', mode=0o755, exist_ok=True)
        self.log = open(self.folder / 'sshd.log', 'wb')
        self.stack.callback(self.log.close)
        self.sshd = self.run(sshd, '-D', '-e', '-f', self.folder / 'sshd_config', stderr=self.log)
        until(lambda: answers(self.port), 'sshd', self.sshd)
        public = (self.folder / 'host.pub').read_text().split()[:2]
        (self.folder / 'known').write_text(' '.join([f'[127.0.0.1]:{self.port}', *public, '\n']))

    def monitor(self, path=None, *more, key='user'):
        monitor = Qemu.SocketMonitor.new_for_uri(f'ssh:{getpass.getuser()}@127.0.0.1:{self.port}{path or self.path}')
        monitor.set_ssh_command(['ssh', '-F', 'none', '-i', str(self.folder / key), '-o', 'IdentitiesOnly=yes',
                                 '-o', f'UserKnownHostsFile={self.folder}/known', *more])
        return monitor


class SshWithNc(Ssh):
    """ssh, and nc on the other side"""

    joiner = 'nc'


class Libvirtd:
    """A libvirtd of the test's own: for one user, with all that it writes in one folder."""

    def __init__(self, way, folder):
        self.program, self.virsh_program = need('libvirtd', 'virsh')
        # It would start no machine, and not say why.
        if not os.path.exists('/sys/devices/system'):
            raise unittest.SkipTest('/sys is not mounted here, which libvirtd needs')
        self.way = way
        self.folder = folder
        self.user = {}
        for name in 'run', 'config/libvirt', 'cache', 'data', 'tmp':
            (folder / name).mkdir(parents=True)
        (folder / 'config/libvirt/qemu.conf').write_text('stdio_handler = "file"\n')
        self.port = free_port()
        (folder / 'libvirtd.conf').write_text(f'''
            listen_tls = 0
            listen_tcp = 1
            listen_addr = "127.0.0.1"
            tcp_port = "{self.port}"
            auth_tcp = "none"
            auth_unix_rw = "none"
            log_outputs = "4:stderr"
            ''')
        self.environment = {'HOME': folder, 'PATH': SBIN, 'TMPDIR': folder / 'tmp', 'XDG_RUNTIME_DIR': folder / 'run',
                            'XDG_CONFIG_HOME': folder / 'config', 'XDG_CACHE_HOME': folder / 'cache',
                            'XDG_DATA_HOME': folder / 'data'}
        self.socket = folder / 'run/libvirt/libvirt-sock'
        self.uri = f'qemu:///session?socket={self.socket}'
        # One that runs as root is the system's; this one is to leave that alone.
        if os.geteuid() == 0:
            nobody = pwd.getpwnam('nobody')
            self.user = {'user': nobody.pw_uid, 'group': nobody.pw_gid, 'extra_groups': []}
            way.folder.chmod(0o755)
            for path in [folder, *folder.rglob('*'), way.base, way.overlay]:
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        self.start()

    def start(self):
        self.log = open(self.folder / 'log', 'ab')
        self.way.stack.callback(self.log.close)
        self.process = self.way.run(self.program, '-f', self.folder / 'libvirtd.conf', '-p', self.folder / 'pid', '-l',
                                    env=self.environment, stderr=self.log, **self.user)
        until(lambda: self.can_connect(), 'libvirtd', self.process)

    def can_connect(self):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.socket))
            return True
        return False

    def virsh(self, *arguments, **options):
        return subprocess.run([self.virsh_program, '-q', '-c', self.uri, *map(str, arguments)], check=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding='utf-8', **options).stdout


class Libvirt(Way):
    """libvirt on this machine"""

    picture = Qemu.ScreenFormat.PNG
    ends_with_qemu = False

    def start(self):
        if not QemuLibvirt:
            raise unittest.SkipTest('the build has no libvirt')
        self.libvirtd = Libvirtd(self, self.folder / 'libvirt')
        (self.folder / 'domain.xml').write_text(f'''
            <domain type='qemu'>
              <name>reach</name>
              <memory unit='MiB'>32</memory>
              <os><type arch='x86_64' machine='pc'>hvm</type></os>
              <devices>
                <emulator>{QEMU}</emulator>
                <disk type='file' device='disk'>
                  <driver name='qemu' type='qcow2'/>
                  <source file='{self.overlay}'/>
                  <target dev='vda' bus='virtio'/>
                </disk>
                <video><model type='vga'/></video>
                <graphics type='vnc' socket='{self.folder}/libvirt/vnc'/>
              </devices>
            </domain>''')
        self.libvirtd.virsh('define', self.folder / 'domain.xml')
        self.stack.callback(self.kill_machine)
        self.libvirtd.virsh('start', 'reach', '--paused')

    def qemu_pid(self):
        with contextlib.suppress(OSError, ValueError):
            pid = int((self.folder / 'libvirt/run/libvirt/qemu/run/reach.pid').read_text())
            if 'reach' in pathlib.Path(f'/proc/{pid}/cmdline').read_text():
                return pid
        return None

    def kill_machine(self):
        """Also when its libvirtd has gone."""
        pid = self.qemu_pid()
        if pid:
            os.kill(pid, signal.SIGKILL)
            # Its parent may be slow to notice: then there is still a process, but with nothing in it.
            until(lambda: not self.qemu_pid(), 'the end of QEMU')

    def end_qemu(self):
        self.kill_machine()

    def uri(self):
        return self.libvirtd.uri

    def monitor(self):
        return QemuLibvirt.Monitor.new(self.uri(), 'reach')


class LibvirtTcp(Libvirt):
    """libvirt on another machine, by TCP"""

    def uri(self):
        return f'qemu+tcp://127.0.0.1:{self.libvirtd.port}/session'


class Relay:
    """A client without the library: what a monitor of a program's own may be made of."""

    def __init__(self, path, on_event, on_end):
        self.on_event = on_event
        self.on_end = on_end
        self.lock = threading.Lock()
        self.answered = threading.Condition()
        self.replies = {}
        self.n_sent = 0
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.file = self.socket.makefile('rb')
        self.first = self.file.readline()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        self.ask({'execute': 'qmp_capabilities'})

    def read(self):
        with contextlib.suppress(OSError, ValueError):
            for line in self.file:
                message = json.loads(line)
                if 'event' in message:
                    self.on_event(message)
                else:
                    with self.answered:
                        self.replies[message['id']] = message
                        self.answered.notify_all()
        with self.answered:
            self.replies = None
            self.answered.notify_all()
        self.on_end()

    def ask(self, command):
        """Waits for the answer; None: there will be none."""
        with self.lock:
            self.n_sent += 1
            number = self.n_sent
            try:
                self.socket.sendall(json.dumps({**command, 'id': number}).encode() + b'\n')
            except OSError:
                return None
        with self.answered:
            self.answered.wait_for(lambda: self.replies is None or number in self.replies, DEADLINE)
            return self.replies.pop(number, None) if self.replies is not None else None

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        if self.thread is not threading.current_thread():
            self.thread.join()
        self.file.close()
        self.socket.close()


def lost():
    return GLib.Error.new_literal(Gio.io_error_quark(), 'QEMU has gone', Gio.IOErrorEnum.CONNECTION_CLOSED)


def timestamp(message):
    return message['timestamp']['seconds'] * 1000000 + message['timestamp']['microseconds']


class Function(Way):
    """a function that answers"""

    reopens = False

    def start(self):
        path = self.run_unix_qemu()
        self.only = Qemu.TestMonitor.new(self.answer)
        self.relay = Relay(path, self.push, lambda: self.only.emit_closed(lost()))
        self.stack.callback(self.relay.close)

    def push(self, message):
        self.only.push_event(message['event'], json.dumps(message['data']) if 'data' in message else None)

    def answer(self, _monitor, command):
        reply = self.relay.ask(json.loads(command.to_json()))
        if reply is None:
            raise lost()
        if 'error' in reply:
            code = (Qemu.Error.COMMAND_NOT_FOUND if reply['error']['class'] == 'CommandNotFound'
                    else Qemu.Error.GENERIC)
            raise GLib.Error.new_literal(Qemu.Error.quark(), reply['error']['desc'], code)
        return json.dumps(reply['return'])

    def monitor(self):
        return self.only


class Relaying(Qemu.Monitor):
    """A monitor in Python that answers from threads of its own."""

    def __init__(self, path, **properties):
        super().__init__(**properties)
        self.path = path
        self.relay = None

    def do_start_open(self, request):
        try:
            self.relay = Relay(self.path, self.tell, lambda: self.emit_closed(lost()))
        except OSError as error:
            request.return_error(GLib.Error.new_literal(Gio.io_error_quark(), str(error), Gio.IOErrorEnum.FAILED))
        else:
            request.return_bytes(GLib.Bytes.new(self.relay.first))

    def do_start_close(self, request):
        self.relay.close()
        request.return_bytes(GLib.Bytes.new(b'{}'))

    def do_start_run(self, request):
        threading.Thread(target=self.answer, args=[request, json.loads(request.get_command().to_json())]).start()

    def answer(self, request, command):
        reply = self.relay.ask(command)
        if reply is None:
            request.return_error(lost())
        else:
            request.return_bytes(GLib.Bytes.new(json.dumps(reply).encode()))

    def tell(self, message):
        data = GLib.Bytes.new(json.dumps(message['data']).encode()) if 'data' in message else None
        self.emit_event(message['event'], timestamp(message), data)


class Subclass(Way):
    """a class in Python"""

    def start(self):
        self.path = self.run_unix_qemu()

    def monitor(self):
        return Relaying(self.path)


class Eventless(Relaying):
    """The same without events."""

    def __init__(self, path):
        super().__init__(path, events_supported=False)

    def tell(self, message):
        pass


class SubclassWithoutEvents(Subclass):
    """a class in Python that has no events"""

    has_events = False

    def monitor(self):
        return Eventless(self.path)


WAYS = [Unix, Tcp, Tls, Listening, ListeningTcp, Descriptor, Ssh, SshWithNc, Libvirt, LibvirtTcp, Function, Subclass,
        SubclassWithoutEvents]
