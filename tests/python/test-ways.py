#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same scenarios over every way to a QEMU, and what is peculiar to each."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

import tap
import ways
from helpers import Callback, Gio, GLib, Qemu, TestCase, needs_qemu, settle, wait_until
from ways import QemuLibvirt


def command(name, **arguments):
    return Qemu.Command.new_from_json(json.dumps({'execute': name, 'arguments': arguments}))


class WayCase(TestCase):
    def going(self, way):
        """The machine, which ends with the test."""
        going = way(self.folder())
        self.addCleanup(going.__exit__)
        return going.__enter__()

    def opened(self, monitor):
        vm = Qemu.Domain.new(monitor, 'reach')
        vm.set_progress_interval(50)
        vm.open()
        self.addCleanup(vm.close)
        return vm


@needs_qemu
class Scenarios(WayCase):
    """What a program does with a domain, whatever is below it."""

    def drive(self, way):
        vm = self.opened(way.monitor())
        for scenario in (self.status, self.events, self.devices, self.commit, self.screen, self.file, self.asynchronous,
                         self.again, self.lost):
            with self.subTest(scenario.__name__):
                scenario(way, vm)

    def status(self, way, vm):
        self.assertEqual(vm.props.state, Qemu.MonitorState.OPEN)
        self.assertEqual(vm.props.status, Qemu.Status.PRELAUNCH)
        self.assertFalse(vm.props.running)
        self.assertTrue(vm.query_version().at_least(7, 0, 0))
        self.assertTrue(vm.supports_command('query-block'))
        self.assertFalse(vm.supports_command('x-no-such-command'))
        self.assertEqual(vm.props.monitor.props.events_supported, way.has_events)
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.COMMAND_NOT_FOUND):
            vm.run(command('x-no-such-command'))
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.GENERIC):
            vm.run(command('blockdev-del', **{'node-name': 'no such node'}))
        question = command('qom-get', path='/machine', property='type')
        kind = vm.run(question).get_string()
        self.assertTrue(kind.startswith('pc-i440fx-'), kind)
        self.assertEqual(json.loads(vm.run_raw(question).get_data())['return'], kind)

    def events(self, way, vm):
        heard, seen = [], []
        handlers = [vm.connect('event::STOP', lambda _vm, event: heard.append(event.props.name)),
                    vm.connect('event::RESUME', lambda _vm, event: heard.append(event.props.name)),
                    vm.connect('notify::status', lambda vm, _pspec: seen.append(vm.props.status))]
        vm.cont()
        self.assertEqual(vm.query_status(), Qemu.Status.RUNNING)
        if way.has_events:
            wait_until(lambda: heard == ['RESUME'], 'event RESUME')
        vm.stop()
        if way.has_events:
            wait_until(lambda: heard == ['RESUME', 'STOP'], 'event STOP')
            wait_until(lambda: seen[-1:] == [Qemu.Status.PAUSED], 'status paused')
        self.assertEqual(vm.query_status(), Qemu.Status.PAUSED)
        settle()
        for handler in handlers:
            vm.disconnect(handler)
        self.assertEqual(heard, ['RESUME', 'STOP'] if way.has_events else [])

    def devices(self, way, vm):
        devices = [device for device in vm.list_block_devices() if device.props.inserted]
        self.assertEqual(len(devices), 1)
        self.assertEqual(pathlib.Path(devices[0].props.image.props.filename), way.overlay)
        self.assertEqual(devices[0].props.image.props.virtual_size, 4 << 20)
        self.assertIs(vm.find_block_device(devices[0].props.qdev), devices[0])
        self.assertTrue(any(device.props.class_description == 'VGA controller' for device in vm.list_pci_devices()))
        self.assertEqual([cpu.props.index for cpu in vm.list_cpus(0)], [0])

    def commit(self, way, vm):
        disk = next(device for device in vm.list_block_devices() if device.props.inserted)
        job = disk.commit(None, None, None)
        self.assertTrue(job.complete())
        self.assertEqual(job.props.result, Qemu.JobResult.COMPLETED)
        self.assertEqual(len(vm.list_jobs()), 0)
        written = subprocess.run(['qemu-io', '-U', '-r', '-c', 'read -P 7 0 1M', way.base], check=True,
                                 capture_output=True, encoding='utf-8').stdout
        self.assertNotIn('failed', written)
        disk = next(device for device in vm.list_block_devices() if device.props.inserted)
        self.assertEqual(pathlib.Path(disk.props.image.props.filename), way.base)

    def screen(self, way, vm):
        if way.picture is None:
            with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_SUPPORTED):
                vm.screen_dump(None, 0, Qemu.ScreenFormat.PPM)
            return
        picture = vm.screen_dump(None, 0, way.picture).read_bytes(1 << 24).get_data()
        start = {Qemu.ScreenFormat.PPM: b'P6\n', Qemu.ScreenFormat.PNG: b'\x89PNG\r\n'}[way.picture]
        self.assertTrue(picture.startswith(start), picture[:20])

    def file(self, way, vm):
        with open(way.base, 'rb') as file:
            if not way.passes_files:
                with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_SUPPORTED):
                    vm.add_fd(file.fileno(), None)
                return
            files = vm.add_fd(file.fileno(), 'a file')
        sets = json.loads(vm.run_raw(command('query-fdsets')).get_data())['return']
        self.assertIn((files.props.id, 'a file'), [(each['fdset-id'], each['fds'][0].get('opaque')) for each in sets])
        self.assertTrue(files.close())

    def asynchronous(self, way, vm):
        """Answers come in the order of the questions, and cancelling one harms no other."""
        order, calls = [], []
        cancellable = Gio.Cancellable()
        for number in range(10):
            call = Callback(lambda result, number=number: order.append(number) or vm.query_status_finish(result))
            calls.append(call)
            vm.query_status_async(cancellable if number == 5 else None, call)
        cancellable.cancel()
        # Behind the ten, and before the loop hears of the cancel.
        self.assertEqual(vm.query_status(), Qemu.Status.PAUSED)
        wait_until(lambda: all(call.calls for call in calls), 'ten answers')
        # A thread for each answer keeps no order.
        if not isinstance(vm.props.monitor, ways.Relaying):
            self.assertEqual([number for number in order if number != 5], [0, 1, 2, 3, 4, 6, 7, 8, 9])
        self.assertTrue(calls[5].error is None or
                        calls[5].error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED), calls[5].error)
        self.assertEqual([call.value for number, call in enumerate(calls) if number != 5], [Qemu.Status.PAUSED] * 9)
        self.assertTrue(all(call.calls == 1 for call in calls))

    def again(self, way, vm):
        if not way.reopens:
            return
        reasons = []
        handler = vm.connect('closed', lambda _vm, reason: reasons.append(reason))
        vm.close()
        self.assertEqual(vm.props.state, Qemu.MonitorState.CLOSED)
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_CONNECTED):
            vm.query_status()
        vm.open()
        self.assertEqual(vm.query_status(), Qemu.Status.PAUSED)
        wait_until(lambda: reasons, 'closed')
        vm.disconnect(handler)
        self.assertEqual(reasons, [None])

    def lost(self, way, vm):
        reasons = []
        vm.connect('closed', lambda _vm, reason: reasons.append(reason))
        way.end_qemu()
        if way.ends_with_qemu:
            wait_until(lambda: reasons, 'closed')
            self.assertTrue(reasons[0].matches(Gio.io_error_quark(), Gio.IOErrorEnum.CONNECTION_CLOSED), reasons)
            self.assertEqual(vm.props.state, Qemu.MonitorState.CLOSED)
        else:
            wait_until(lambda: vm.props.status == Qemu.Status.SHUTDOWN, 'status shutdown')
            self.assertEqual(vm.props.state, Qemu.MonitorState.OPEN)
            vm.close()
            wait_until(lambda: reasons, 'closed')
        settle()
        self.assertEqual(len(reasons), 1)


def add_scenarios(way):
    def test(self):
        self.drive(self.going(way))
    test.__doc__ = f'by {way.__doc__}'
    setattr(Scenarios, f'test_{way.__name__}', test)


for each in ways.WAYS:
    add_scenarios(each)


@needs_qemu
class TlsRefused(WayCase):
    """Who is not who it says, and who does not show who it is."""

    def refused(self, monitor, code=Gio.TlsError.BAD_CERTIFICATE):
        with self.assert_error(Gio.tls_error_quark(), code):
            monitor.open()
        self.assertEqual(monitor.props.state, Qemu.MonitorState.CLOSED)

    def test_authority(self):
        """tls: a certificate from an authority that is not trusted is refused"""
        way = self.going(ways.Tls)
        self.refused(way.monitor(authority=way.stranger))
        monitor = way.monitor()
        self.assertIsInstance(monitor.get_tls_database(), Gio.TlsFileDatabase)
        self.assertIsInstance(monitor.get_tls_certificate(), Gio.TlsCertificate)
        monitor.set_tls_database(None)
        self.assertIsNone(monitor.get_tls_database())
        self.refused(monitor)
        # QEMU is there for whoever does better.
        self.opened(way.monitor())

    def test_host(self):
        """tls: a certificate for another host is refused"""
        way = self.going(type('Elsewhere', (ways.Tls,), {
            'server': ('tls_www_server', 'dns_name = elsewhere.example', 'expiration_days = 2')}))
        self.refused(way.monitor())

    def test_expired(self):
        """tls: a certificate that has expired is refused"""
        # QEMU looks at it, too, but not before it has to show it to somebody.
        way = self.going(type('Expired', (ways.Tls,), {'server': (
            'tls_www_server', 'dns_name = localhost', 'activation_date = "2020-01-01 00:00:00"',
            'expiration_date = "2020-02-01 00:00:00"')}))
        if way.qemu.poll() is None:
            time.sleep(0.5)
        if way.qemu.poll() is not None:
            self.expired_elsewhere(way)
        else:
            self.refused(way.monitor())

    def expired_elsewhere(self, way):
        """QEMU itself refuses to start with such a certificate: another peer shows it."""
        server = way.folder / 'tls/qemu-server'
        peer = way.run(ways.need('gnutls-serv'), '--quiet', '--echo', '--port', way.port, '--x509certfile',
                       server / 'server-cert.pem', '--x509keyfile', server / 'server-key.pem',
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ways.until(lambda: ways.answers(way.port), 'gnutls-serv', peer)
        self.refused(way.monitor())

    def test_no_certificate(self):
        """tls: QEMU refuses a client that shows no certificate"""
        way = self.going(ways.Tls)
        with self.assertRaises(GLib.Error) as context:
            way.monitor(certificate=False).open()
        error = context.exception
        self.assertTrue(error.matches(Gio.tls_error_quark(), Gio.TlsError.CERTIFICATE_REQUIRED) or
                        error.matches(Gio.tls_error_quark(), Gio.TlsError.MISC) or
                        error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CONNECTION_CLOSED), error)
        self.opened(way.monitor())

    def test_no_tls(self):
        """tls: a peer that speaks plain QMP is refused"""
        way = self.going(ways.Tcp)
        with self.assertRaises(GLib.Error) as context:
            Qemu.SocketMonitor.new_for_uri(f'tls:localhost:{way.port}').open()
        self.assertEqual(context.exception.domain, GLib.quark_to_string(Gio.tls_error_quark()))


@needs_qemu
class SshRefused(WayCase):
    """What is wrong on the other side is told, and nothing stays there."""

    def refused(self, monitor, code, *words):
        with self.assert_error(Gio.io_error_quark(), code) as context:
            monitor.open()
        for word in words:
            self.assertIn(word, context.exception.message)
        self.assertEqual(monitor.props.state, Qemu.MonitorState.CLOSED)

    def check(self, way):
        dead = str(way.folder / "it's, a \"dead\" (socket):1")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(dead)
        self.refused(way.monitor('/nonexistent/qmp'), Gio.IOErrorEnum.NOT_FOUND, 'ssh: ', 'No such file or directory')
        self.refused(way.monitor(dead), Gio.IOErrorEnum.CONNECTION_REFUSED, 'ssh: ', 'Connection refused')

    def test_paths(self):
        """ssh: a path that is not there, and one that nobody listens on, in socat's words"""
        self.check(self.going(ways.Ssh))

    def test_paths_nc(self):
        """ssh: the same in nc's words"""
        self.check(self.going(ways.SshWithNc))

    def test_keys(self):
        """ssh: a key that the other side does not know, a host that we do not know, no host, no ssh"""
        way = self.going(ways.Ssh)
        self.refused(way.monitor(key='host'), Gio.IOErrorEnum.PERMISSION_DENIED, 'Permission denied')
        (way.folder / 'known').write_text('')
        self.refused(way.monitor(), Gio.IOErrorEnum.PERMISSION_DENIED, 'Host key verification failed')
        way.port = ways.free_port()
        self.refused(way.monitor(), Gio.IOErrorEnum.CONNECTION_REFUSED, 'Connection refused')
        monitor = way.monitor()
        monitor.set_ssh_command(['/nonexistent/ssh'])
        with self.assertRaises(GLib.Error) as context:
            monitor.open()
        self.assertIn('/nonexistent/ssh', context.exception.message)

    def test_nothing_there(self):
        """ssh: neither socat nor nc on the other side"""
        way = self.going(ways.Ssh)
        (way.folder / 'bin/socat').unlink()
        self.refused(way.monitor(), Gio.IOErrorEnum.NOT_SUPPORTED, 'neither socat nor nc')

    def test_waits(self):
        """ssh: waits for a path to come, when asked to"""
        way = self.going(ways.Ssh)
        path = way.folder / 'later'
        relay = []

        def serve():
            time.sleep(0.3)
            relay.append(way.run('socat', f'UNIX-LISTEN:{path}', f'UNIX-CONNECT:{way.path}'))

        monitor = way.monitor(path)
        monitor.set_wait_for_peer(True)
        monitor.set_open_timeout(20000)
        thread = threading.Thread(target=serve)
        thread.start()
        monitor.open()
        thread.join()
        monitor.close()

    def test_time(self):
        """ssh: what does not answer ends with the time for opening, and ssh with it"""
        way = self.going(ways.Ssh)
        os.kill(way.qemu.pid, signal.SIGSTOP)
        monitor = way.monitor()
        monitor.set_open_timeout(500)
        self.refused(monitor, Gio.IOErrorEnum.BUSY)
        wait_until(lambda: not any('socat' in line or 'ssh -F' in line for line in way.left_behind()), 'the end of ssh')
        os.kill(way.qemu.pid, signal.SIGCONT)
        self.opened(way.monitor())

    def test_many(self):
        """ssh: opening and closing leaves no process and no descriptor"""
        way = self.going(ways.Ssh)
        monitor = way.monitor()
        monitor.open()
        monitor.close()
        wait_until(lambda: not any('ssh -F' in line for line in way.left_behind()), 'the end of ssh')
        before = len(os.listdir('/proc/self/fd'))
        for _round in range(5):
            monitor.open()
            self.assertTrue(any('ssh -F' in line for line in way.left_behind()))
            monitor.close()
        wait_until(lambda: not any('ssh -F' in line or 'socat STDIO' in line for line in way.left_behind()),
                   'the end of ssh')
        wait_until(lambda: len(os.listdir('/proc/self/fd')) <= before, 'as many descriptors as before')


@needs_qemu
class Listen(WayCase):
    """A QEMU that comes to us."""

    def waiting(self, path, timeout=200):
        monitor = Qemu.SocketMonitor.new_listening(Gio.UnixSocketAddress.new(str(path)))
        monitor.set_open_timeout(timeout)
        return monitor

    def test_nobody(self):
        """listening: nobody comes, and the path is free again"""
        path = pathlib.Path(self.folder()) / 'ours'
        monitor = self.waiting(path)
        for _round in range(2):
            with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
                monitor.open()
            self.assertFalse(path.exists())

    def test_taken(self):
        """listening: an address that is in use is refused, a socket that is left over is not"""
        path = pathlib.Path(self.folder()) / 'ours'
        first, second = self.waiting(path), self.waiting(path)
        first.listen()
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.ADDRESS_IN_USE):
            second.listen()
        self.assertTrue(first.listen())
        del first
        self.assertFalse(path.exists())
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
        self.assertTrue(second.listen())
        path.unlink()
        path.write_text('no socket')
        third = self.waiting(path)
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.ADDRESS_IN_USE):
            third.listen()
        self.assertEqual(path.read_text(), 'no socket')

    def test_closed(self):
        """listening: closing ends the wait"""
        path = pathlib.Path(self.folder()) / 'ours'
        monitor = self.waiting(path, 20000)
        opened = Callback(monitor.open_finish)
        monitor.open_async(None, opened)
        self.assertTrue(path.exists())
        monitor.close()
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
            opened.wait()
        self.assertFalse(path.exists())

    def test_comes_back(self):
        """listening: a QEMU with `reconnect` comes back; after it another one may come, but none that is silent"""
        way = self.going(ways.Listening)
        vm = self.opened(way.monitor())
        for _round in range(2):
            vm.close()
            vm.open()
            self.assertEqual(vm.query_status(), Qemu.Status.PRELAUNCH)
        way.end_qemu()
        wait_until(lambda: vm.props.state == Qemu.MonitorState.CLOSED, 'the end')
        way.only.listen()
        with socket.socket(socket.AF_UNIX) as silent:
            silent.connect(str(way.folder / 'ours'))
            way.only.set_open_timeout(200)
            with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.BUSY):
                vm.open()
        way.only.set_open_timeout(20000)
        way.only.listen()
        way.run_qemu('-chardev', f'socket,id=qmp,path={way.folder}/ours,server=off', '-mon', 'qmp,mode=control')
        vm.open()

    def test_connects(self):
        """listening: one that connects does not listen"""
        monitor = Qemu.SocketMonitor.new_for_uri('/nonexistent')
        self.assertIsNone(monitor.get_local_address())


@needs_qemu
class Several(WayCase):
    def test_several(self):
        """several monitors of one QEMU: what one does the others see"""
        way = self.going(ways.Disks)
        second = way.folder / 'second'
        path = way.run_unix_qemu('-chardev', f'socket,id=second,path={second},server=on,wait=off',
                                 '-mon', 'second,mode=control')
        one = self.opened(Qemu.SocketMonitor.new_for_uri(f'unix:{path}'))
        other = Qemu.SocketMonitor.new_for_uri(f'unix:{second}')
        other.set_wait_for_peer(True)
        other = self.opened(other)
        jobs = other.props.jobs
        one.cont()
        wait_until(lambda: other.props.status == Qemu.Status.RUNNING, 'the status')
        disk = one.list_block_devices()[0]
        mirror = disk.mirror(str(way.folder / 'copy.qcow2'), 'qcow2', None)
        wait_until(lambda: len(jobs) == 1, 'the job')
        self.assertEqual(jobs[0].props.id, mirror.props.id)
        mirror.wait_ready()
        # The one who has not started it ends it.
        self.assertTrue(jobs[0].complete())
        self.assertTrue(mirror.wait())
        one.quit()
        wait_until(lambda: other.props.state == Qemu.MonitorState.CLOSED, 'the end')


class Vsock(WayCase):
    def test_nobody(self):
        """vsock: an address where nobody is is refused in time"""
        monitor = Qemu.SocketMonitor.new_for_uri('vsock:1:54321')
        monitor.set_open_timeout(1000)
        with self.assertRaises(GLib.Error) as context:
            monitor.open()
        self.assertEqual(context.exception.domain, GLib.quark_to_string(Gio.io_error_quark()), context.exception)
        self.assertEqual(monitor.props.state, Qemu.MonitorState.CLOSED)

    def test_loopback(self):
        """vsock: a QEMU behind the loopback of this kernel"""
        if not hasattr(socket, 'AF_VSOCK') or not ways.QEMU:
            self.skipTest('there is no vsock here')
        try:
            listener = socket.socket(socket.AF_VSOCK)
            listener.bind((socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
            listener.listen()
            with socket.socket(socket.AF_VSOCK) as client:
                client.settimeout(1)
                client.connect((1, listener.getsockname()[1]))
                listener.accept()[0].close()
        except OSError as error:
            self.skipTest(f'this kernel has no vsock loopback: {error}')
        way = self.going(ways.Disks)
        port = listener.getsockname()[1]
        way.run_listening_qemu(listener)
        monitor = Qemu.SocketMonitor.new_for_uri(f'vsock:1:{port}')
        monitor.open()
        self.assertTrue(monitor.props.version.at_least(7, 0, 0))
        monitor.close()


@needs_qemu
class ThroughLibvirt(WayCase):
    """What only libvirt has: machines that do not run, and a daemon in between."""

    def going(self, way=ways.Libvirt):
        return super().going(way)

    def test_list(self):
        """libvirt: lists machines, also those that do not run"""
        way = self.going()
        self.assertEqual(QemuLibvirt.list_domains(way.uri()), ['reach'])
        way.libvirtd.virsh('destroy', 'reach')
        listed = Callback(QemuLibvirt.list_domains_finish)
        QemuLibvirt.list_domains_async(way.uri(), None, lambda source, result: listed(source, result))
        self.assertEqual(listed.wait(), ['reach'])
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND):
            QemuLibvirt.list_domains('qemu:///session?socket=/nonexistent/socket')
        cancellable = Gio.Cancellable()
        cancellable.cancel()
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
            QemuLibvirt.list_domains(way.uri(), cancellable)

    def test_names(self):
        """libvirt: by name, by UUID and by URI; what is not there is not found"""
        way = self.going()
        uuid = way.libvirtd.virsh('domuuid', 'reach').strip()
        for monitor in (QemuLibvirt.Monitor.new(way.uri(), uuid),
                        QemuLibvirt.Monitor.new_for_uri(f'libvirt:{way.uri()}&domain=reach'),
                        QemuLibvirt.Monitor.new_for_uri(f'libvirt:{way.uri()}&domain=%72each')):
            vm = Qemu.Domain.new(monitor, None)
            vm.open()
            self.assertEqual(vm.props.name, 'reach')
            vm.close()
        self.assertEqual(monitor.props.domain_name, 'reach')
        self.assertEqual(monitor.props.connection_uri, way.uri())
        for uri, name, code in ((way.uri(), 'nobody', Gio.IOErrorEnum.NOT_FOUND),
                                ('qemu:///session?socket=/nonexistent/socket', 'reach', Gio.IOErrorEnum.NOT_FOUND),
                                ('qemu+tcp://127.0.0.1:1/session', 'reach', Gio.IOErrorEnum.CONNECTION_REFUSED)):
            with self.subTest(uri), self.assert_error(Gio.io_error_quark(), code):
                QemuLibvirt.Monitor.new(uri, name).open()
        for uri in ('libvirt:', 'libvirt:qemu:///system', 'libvirt:qemu:///system?domain=', 'qemu:///system?domain=a',
                    'libvirt:qemu:///systemdomain=a', 'libvirt:?domain=%zz'):
            with self.subTest(uri), self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.INVALID_ARGUMENT):
                QemuLibvirt.Monitor.new_for_uri(uri)

    def test_not_running(self):
        """libvirt: a machine that does not run is open all the same, and is followed when it starts and ends"""
        way = self.going()
        way.libvirtd.virsh('destroy', 'reach')
        monitor = way.monitor()
        vm = Qemu.Domain.new(monitor, None)
        replaced = []
        monitor.connect('replaced', lambda monitor: replaced.append(monitor.props.version))
        vm.open()
        self.assertEqual((vm.props.name, vm.props.status, vm.props.running), ('reach', Qemu.Status.SHUTDOWN, False))
        self.assertIsNone(vm.props.version)
        self.assertEqual(vm.query_status(), Qemu.Status.SHUTDOWN)
        for call in vm.query_version, vm.list_block_devices, vm.cont, lambda: vm.screen_dump(
                None, 0, Qemu.ScreenFormat.PNG):
            with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_CONNECTED):
                call()
        disks = vm.props.block_devices

        way.libvirtd.virsh('start', 'reach', '--paused')
        wait_until(lambda: replaced and vm.props.status == Qemu.Status.PRELAUNCH, 'the start')
        self.assertTrue(replaced[-1].at_least(7, 0, 0))
        wait_until(lambda: len(disks), 'the disk')
        first = disks[0]
        job = first.mirror(str(way.folder / 'libvirt/copy.qcow2'), 'qcow2', None)
        job.wait_ready()
        # Not by virsh, which leaves QEMU the time to cancel the job.
        way.end_qemu()
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.CONNECTION_CLOSED):
            job.wait()
        wait_until(lambda: vm.props.status == Qemu.Status.SHUTDOWN, 'the end')
        self.assertEqual(job.props.result, Qemu.JobResult.LOST)
        wait_until(lambda: not len(disks), 'no disk')
        self.assertIsNone(vm.props.version)

        way.libvirtd.virsh('start', 'reach', '--paused')
        wait_until(lambda: len(disks) == 1, 'the disk again')
        self.assertIsNot(disks[0], first)
        vm.close()

    def test_made_anew(self):
        """libvirt: a machine without a definition that is made anew under its name"""
        way = self.going()
        vm = self.opened(way.monitor())
        definition = way.libvirtd.virsh('dumpxml', '--inactive', 'reach')
        lines = [line for line in definition.splitlines() if '<uuid>' not in line]
        (way.folder / 'again.xml').write_text('\n'.join(lines))
        way.libvirtd.virsh('destroy', 'reach')
        way.libvirtd.virsh('undefine', 'reach')
        wait_until(lambda: vm.props.status == Qemu.Status.SHUTDOWN, 'the end')
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_CONNECTED):
            vm.query_version()
        way.libvirtd.virsh('create', way.folder / 'again.xml', '--paused')
        wait_until(lambda: vm.props.status == Qemu.Status.PRELAUNCH, 'the start')
        self.assertTrue(vm.query_version().at_least(7, 0, 0))
        # It is another machine for libvirt, and its events come all the same.
        names = []
        vm.connect('event', lambda vm, event: names.append(event.get_name()))
        vm.cont()
        wait_until(lambda: 'RESUME' in names, 'the event')
        way.end_qemu()
        wait_until(lambda: vm.props.status == Qemu.Status.SHUTDOWN, 'the end')
        way.libvirtd.virsh('define', way.folder / 'again.xml')
        way.libvirtd.virsh('start', 'reach', '--paused')
        wait_until(lambda: vm.props.status == Qemu.Status.PRELAUNCH, 'another start')
        vm.cont()
        wait_until(lambda: names.count('RESUME') == 2, 'another event')

    def stuck(self, way):
        """A command that QEMU does not answer, and the monitor that waits for it."""
        vm = self.opened(way.monitor())
        pid = way.qemu_pid()
        os.kill(pid, signal.SIGSTOP)
        return vm, pid

    def test_stopped(self):
        """libvirt: a QEMU that does not answer holds neither the main loop nor a close"""
        way = self.going()
        vm, pid = self.stuck(way)
        ticks = []
        GLib.timeout_add(10, lambda: ticks.append(1) or True)
        call = Callback(vm.query_status_finish)
        vm.query_status_async(None, call)
        settle(300)
        self.assertFalse(call.calls)
        self.assertGreater(len(ticks), 10)
        waiting = command('query-name')
        waiting.set_timeout(100)
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
            vm.run(waiting)
        begin = time.monotonic()
        vm.close()
        self.assertLess(time.monotonic() - begin, 5)
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.CONNECTION_CLOSED):
            call.wait()
        os.kill(pid, signal.SIGCONT)

    def test_daemon_killed(self):
        """libvirt: the daemon is killed while a command runs, and comes back"""
        way = self.going()
        vm, pid = self.stuck(way)
        reasons, calls = [], [Callback(vm.query_status_finish) for _number in range(3)]
        vm.connect('closed', lambda _vm, reason: reasons.append(reason))
        for call in calls:
            vm.query_status_async(None, call)
        settle(100)
        way.libvirtd.process.kill()
        way.libvirtd.process.wait()
        for call in calls:
            with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.CONNECTION_CLOSED):
                call.wait()
        wait_until(lambda: reasons, 'closed')
        with self.assertRaises(GLib.Error) as context:
            vm.open()
        self.assertIn(context.exception.code, (Gio.IOErrorEnum.CONNECTION_REFUSED, Gio.IOErrorEnum.NOT_FOUND))
        os.kill(pid, signal.SIGCONT)
        way.libvirtd.start()
        vm.open()
        self.assertEqual(vm.query_status(), Qemu.Status.PRELAUNCH)
        settle()
        self.assertEqual(len(reasons), 1)
        self.assertEqual([call.calls for call in calls], [1, 1, 1])

    def test_screen(self):
        """libvirt: pictures that it cannot take are refused clearly"""
        way = self.going()
        vm = self.opened(way.monitor())
        for arguments in (('vga', 0, Qemu.ScreenFormat.PNG), (None, 7, Qemu.ScreenFormat.PNG),
                          (None, 0, Qemu.ScreenFormat.PPM)):
            with self.subTest(arguments), self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_SUPPORTED):
                vm.screen_dump(*arguments)

    def test_loop_of_the_program(self):
        """libvirt: a program that has registered an event loop of its own keeps it"""
        way = self.going()
        program = '''
import ctypes, sys
libvirt = ctypes.CDLL('libvirt.so.0')
assert libvirt.virEventRegisterDefaultImpl() == 0
import gi
gi.require_version('Qemu', '1.0')
gi.require_version('QemuLibvirt', '1.0')
from gi.repository import GLib, Qemu, QemuLibvirt
vm = Qemu.Domain.new(QemuLibvirt.Monitor.new(sys.argv[1], 'reach'), None)
vm.open()
loop = GLib.MainLoop()
heard = []
vm.connect('event::RESUME', lambda _vm, event: (heard.append(event.props.name), loop.quit()))
vm.cont()
GLib.timeout_add_seconds(20, loop.quit)
loop.run()
print(heard, 'qemu-libvirt' in {open(f'/proc/self/task/{task}/comm').read().strip()
                                for task in __import__('os').listdir('/proc/self/task')})
vm.close()
'''
        text = subprocess.run([sys.executable, '-c', program, way.uri()], check=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, encoding='utf-8').stdout
        self.assertEqual(text, "['RESUME'] False\n")

    def test_threads(self):
        """libvirt: commands and events with and without a main loop, from several threads"""
        way = self.going()
        vm = self.opened(way.monitor())
        failures = []

        def work():
            try:
                for _round in range(20):
                    vm.query_status()
            except GLib.Error as error:
                failures.append(error)

        threads = [threading.Thread(target=work) for _number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(vm.query_status(), Qemu.Status.PRELAUNCH)


@needs_qemu
class SlowLibvirt(WayCase):
    def test_busy(self):
        """libvirt: a machine that another client's command holds is BUSY when libvirt gives up"""
        way = self.going(ways.Libvirt)
        vm = self.opened(way.monitor())
        pid = way.qemu_pid()
        os.kill(pid, signal.SIGSTOP)
        holder = way.run(way.libvirtd.virsh_program, '-c', way.libvirtd.uri, 'qemu-monitor-command', 'reach',
                         '{"execute":"query-status"}', stdout=subprocess.DEVNULL)
        settle(500)
        ticks = []
        GLib.timeout_add(100, lambda: ticks.append(1) or True)
        call = Callback(vm.query_status_finish)
        vm.query_status_async(None, call)
        end = time.monotonic() + 50
        while not call.calls and time.monotonic() < end:
            GLib.MainContext.default().iteration(True)
        self.assertTrue(call.error and call.error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.BUSY), call.error)
        self.assertGreater(len(ticks), 100)
        os.kill(pid, signal.SIGCONT)
        holder.wait(20)
        self.assertEqual(vm.query_status(), Qemu.Status.PRELAUNCH)


class StorageDaemon(WayCase):
    """A relative of QEMU's with fewer commands."""

    def test_daemon(self):
        """qemu-storage-daemon: what it has works, and what it lacks is refused"""
        program = ways.need('qemu-storage-daemon')
        way = self.going(ways.Disks)
        path = way.folder / 'qmp'
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            way.run(program, '--chardev', f'socket,id=qmp,fd={listener.fileno()},server=on,wait=off',
                    '--monitor', 'qmp', '--blockdev', f'driver=file,node-name=base-file,filename={way.base}',
                    '--blockdev', 'driver=qcow2,node-name=base,file=base-file',
                    '--blockdev', f'driver=file,node-name=top-file,filename={way.overlay}',
                    '--blockdev', 'driver=qcow2,node-name=top,file=top-file,backing=base', pass_fds=[listener.fileno()])
        vm = Qemu.Domain.new(Qemu.SocketMonitor.new_for_uri(str(path)), None)
        vm.open()
        self.addCleanup(vm.close)
        self.assertEqual((vm.props.name, vm.props.status), (None, Qemu.Status.UNKNOWN))
        self.assertTrue(vm.query_version().at_least(7, 0, 0))
        self.assertFalse(vm.supports_command('query-status'))
        # All that asks, and what it needs not to be asked at all.
        with open(way.base, 'rb') as file:
            for name, call in {
                    'query_status': vm.query_status, 'list_cpus': lambda: vm.list_cpus(0),
                    'list_pci_devices': vm.list_pci_devices, 'stop': vm.stop, 'cont': vm.cont,
                    'system_reset': vm.system_reset, 'system_powerdown': vm.system_powerdown,
                    'system_wakeup': vm.system_wakeup, 'inject_nmi': vm.inject_nmi,
                    'human_monitor_command': lambda: vm.human_monitor_command('info version'),
                    'screen_dump': lambda: vm.screen_dump(None, 0, Qemu.ScreenFormat.PPM)}.items():
                with self.subTest(name), self.assertRaises(GLib.Error) as context:
                    call()
                self.assertTrue(context.exception.matches(Qemu.Error.quark(), Qemu.Error.COMMAND_NOT_FOUND) or
                                context.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_SUPPORTED),
                                f'{name}: {context.exception}')
            if vm.supports_command('add-fd'):
                vm.add_fd(file.fileno(), None).close()
            else:
                with self.assert_error(Qemu.Error.quark(), Qemu.Error.COMMAND_NOT_FOUND):
                    vm.add_fd(file.fileno(), None)
        self.assertEqual(len(vm.list_block_devices()), 0)
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.BLOCK_DEVICE_NOT_FOUND):
            vm.find_block_device('no such disk')
        job = vm.start_job(command('block-commit', device='top', **{'job-id': 'commit'}))
        self.assertTrue(job.complete())
        self.assertEqual(len(vm.list_jobs()), 0)
        nodes = json.loads(vm.run_raw(command('query-named-block-nodes')).get_data())['return']
        self.assertIn('base', [node['node-name'] for node in nodes])
        self.assertTrue(vm.quit())


if __name__ == '__main__':
    tap.main()
