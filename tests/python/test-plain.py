#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Without an override everything works: calls all that the GIR has, by plain introspection, at least once."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
from xml.etree import ElementTree

# Also where overrides are installed: for Python these cannot be imported.
OVERRIDES = 'gi.overrides.Qemu', 'gi.overrides.QemuLibvirt'
sys.modules.update(dict.fromkeys(OVERRIDES))

import gi
import tap
from helpers import MACHINE, QEMU, Callback, Gio, GLib, Qemu, TestCase, needs_qemu, wait_until

gi.require_version('Json', '1.0')
from gi.repository import GObject, Json

try:
    gi.require_version('QemuLibvirt', '1.0')
    from gi.repository import QemuLibvirt
except ValueError:
    QemuLibvirt = None

CORE = '{http://www.gtk.org/introspection/core/1.0}'
KINDS = 'constructor', 'function', 'method', 'virtual-method'

# What Python cannot call, by its nature.
EXCEPT = {
    'Qemu.Command.unref': 'Python gives back the references that it has, and no others',
}


def callables(namespace):
    """Whatever can be called according to the GIR, which lies beside the typelib: (class or '', name, kind)."""
    name = f'{namespace.__name__.split(".")[-1]}-1.0.gir'
    folders = os.environ['GI_TYPELIB_PATH'].split(':')
    path = next(path for path in (pathlib.Path(folder, name) for folder in folders) if path.exists())
    for element in ElementTree.parse(path).getroot().find(f'{CORE}namespace'):
        holder = element.get('name') if element.tag != f'{CORE}function' else ''
        for function in element if holder else [element]:
            kind = function.tag.replace(CORE, '')
            hidden = function.get('introspectable') == '0' or function.get('moved-to') or function.get('shadowed-by')
            if kind in KINDS and not hidden:
                yield holder, function.get('name'), kind


class Recorder:
    """Knows what there is to be called, and what was called."""

    def __init__(self, *namespaces):
        self.all = set()
        self.called = set()
        self.getters = {}
        for namespace in namespaces:
            for holder, name, kind in callables(namespace):
                self.watch(namespace, holder, name, kind)

    def watch(self, namespace, holder, name, kind):
        key = '.'.join(filter(None, (namespace.__name__.split('.')[-1], holder, name)))
        self.all.add(key)
        if kind == 'virtual-method':
            return
        place = getattr(namespace, holder) if holder else namespace
        function = vars(place)[name] if kind == 'method' else getattr(place, name)
        call = self.recorded(key, function)
        setattr(place, name, call if kind == 'method' or not holder else staticmethod(call))
        if kind == 'method' and name.startswith('get_') and not function.get_arguments():
            self.getters.setdefault(place, []).append(name)

    def recorded(self, key, function):
        def call(*arguments):
            self.called.add(key)
            return function(*arguments)
        return call


recorder = Recorder(*filter(None, (Qemu, QemuLibvirt)))


def arguments(**members):
    """A JsonObject, as options are."""
    return Json.from_string(json.dumps({name.replace('_', '-'): value for name, value in members.items()})).get_object()


def command(name, **members):
    return Qemu.Command.new_from_json(json.dumps({'execute': name, 'arguments': members}))


def now(thing, name, *rest):
    """An operation in its synchronous form, without a cancellable."""
    return getattr(thing, name)(*rest, None)


def later(thing, name, *rest):
    """The same operation in its asynchronous form, finished by the callback."""
    callback = Callback(getattr(thing, f'{name}_finish'))
    getattr(thing, f'{name}_async')(*rest, None, callback)
    return callback.wait()


FORMS = now, later


class Own(Qemu.Monitor):
    """A monitor that answers each command with its name."""

    def told(self, name, request):
        recorder.called.add(f'Qemu.Monitor.{name}')
        assert request.get_cancellable() is None or isinstance(request.get_cancellable(), Gio.Cancellable)

    def do_start_open(self, request):
        self.told('start_open', request)
        request.return_bytes(GLib.Bytes.new(b''))

    def do_start_close(self, request):
        self.told('start_close', request)
        request.return_bytes(GLib.Bytes.new(b''))

    def do_start_run(self, request):
        self.told('start_run', request)
        if request.get_command().get_name() == 'fail':
            error = GLib.Error.new_literal(Qemu.Error.quark(), 'it fails', Qemu.Error.DEVICE_NOT_FOUND)
            request.return_error(error)
        else:
            reply = {'return': {'name': request.get_command().get_name()}}
            request.return_bytes(GLib.Bytes.new(json.dumps(reply).encode()))

    def do_start_screen_dump(self, request):
        self.told('start_screen_dump', request)
        request.return_bytes(GLib.Bytes.new(b'P6 picture'))


class Case(TestCase):
    def look(self, thing):
        """Calls each getter that needs no argument. A getter gives what the property of its name has."""
        for cls in type(thing).__mro__:
            for name in recorder.getters.get(cls, []):
                value = getattr(thing, name)()
                property_name = name[len('get_'):].replace('_', '-')
                if isinstance(thing, GObject.Object) and thing.find_property(property_name) and name != 'get_data':
                    self.assertEqual(thing.get_property(property_name), value, name)
        if isinstance(thing, Qemu.Record):
            self.assertIsInstance(json.loads(thing.to_json()), dict)
            for pspec in thing.list_properties():
                self.assertIsInstance(thing.is_set(pspec.name), bool)
        return thing


class Calls(Case):
    def test_command(self):
        """a command"""
        ours = Qemu.Command.new('x')
        ours.set_string('s', 'text')
        ours.set_int64('i', -1)
        ours.set_uint64('u', 2 ** 64 - 1)
        ours.set_double('d', 0.5)
        ours.set_boolean('b', True)
        ours.set_node('n', Json.from_string('[1]'))
        ours.set_timeout(1000)
        self.assertEqual(json.loads(ours.to_json())['arguments'],
                         {'s': 'text', 'i': -1, 'u': 2 ** 64 - 1, 'd': 0.5, 'b': True, 'n': [1]})
        ours.set_arguments(arguments(a_b=1))
        self.assertEqual(json.loads(ours.copy().to_json())['arguments']['a-b'], 1)
        ours.set_out_of_band(True)
        self.assertIs(ours.get_out_of_band(), True)
        with tempfile.TemporaryFile() as file:
            self.assertTrue(Qemu.Command.new('getfd').attach_fd(file.fileno()))
        self.assertEqual(self.look(ours.ref()).get_name(), 'x')
        self.assertEqual(Qemu.Command.new_from_json('{"execute": "y"}').get_name(), 'y')

    def test_errors(self):
        """the error domain"""
        self.assertEqual(GLib.quark_to_string(Qemu.Error.quark()), 'qemu-error-quark')

    def test_context(self):
        """the main context as a descriptor"""
        context = GLib.MainContext.new()
        view = self.look(Qemu.ContextFd.new(context))
        self.assertGreaterEqual(view.get_fd(), 0)
        source = GLib.idle_source_new()
        calls = []
        source.set_callback(lambda *_data: calls.append(True))
        source.attach(context)
        view.iterate()
        self.assertEqual(calls, [True])
        view.close()

    def test_test_monitor(self):
        """a monitor that is a function, and the domain above it"""
        answers = {'query-name': '{"name": "plain"}', 'query-status': '{"status": "running", "running": true}'}
        monitor = Qemu.TestMonitor.new(lambda _monitor, command: answers.get(command.get_name(), '{}'))
        vm = Qemu.Domain.new(monitor, None)
        events = []
        vm.connect('event', lambda _vm, event: events.append(event))
        for form in FORMS:
            self.assertTrue(form(vm, 'open'))
            self.assertEqual(self.look(vm).get_name(), 'plain')
            for name in 'cont', 'stop', 'system_reset', 'system_powerdown', 'system_wakeup', 'inject_nmi':
                self.assertTrue(form(vm, name))
            self.assertEqual(form(vm, 'query_status'), Qemu.Status.RUNNING)
            self.assertTrue(form(vm, 'close'))
        vm.open()
        monitor.push_event('X', '{"i": -1, "u": 18446744073709551615, "s": "text", "b": true}')
        wait_until(lambda: events, 'an event')
        event = self.look(events[0])
        self.assertEqual(event.get_name(), 'X')
        self.assertEqual(event.get_data().get_string_member('s'), 'text')
        self.assertEqual(json.loads(event.get_data_bytes().get_data())['i'], -1)
        self.assertEqual(event.get_string('s'), 'text')
        self.assertEqual(event.get_int64('i'), (True, -1))
        self.assertEqual(event.get_uint64('u'), (True, 2 ** 64 - 1))
        self.assertEqual(event.get_boolean('b'), (True, True))
        vm.set_progress_interval(100)
        self.assertEqual(vm.get_progress_interval(), 100)

    def test_own_monitor(self):
        """a monitor written in Python"""
        monitor = Own()
        heard = []
        monitor.connect('event', lambda _monitor, event: heard.append(event.get_name()))
        monitor.connect('replaced', lambda _monitor: heard.append('replaced'))
        monitor.connect('closed', lambda _monitor, error: heard.append(error and error.message))
        monitor.set_open_timeout(1000)
        monitor.set_command_timeout(1000)
        for form in FORMS:
            self.assertTrue(form(monitor, 'open'))
            reply = form(monitor, 'run', Qemu.Command.new('hello'))
            self.assertEqual(json.loads(reply.get_data()), {'return': {'name': 'hello'}})
            with self.assert_error(Qemu.Error.quark(), Qemu.Error.DEVICE_NOT_FOUND):
                form(monitor, 'run', Qemu.Command.new('fail'))
            self.assertTrue(form(monitor, 'close'))
        vm = Qemu.Domain.new(self.look(monitor), 'own')
        vm.open()
        picture = vm.screen_dump(None, 0, Qemu.ScreenFormat.PPM)
        self.assertEqual(picture.read_bytes(2).get_data(), b'P6')
        monitor.emit_event('TICK', 1, None)
        monitor.emit_replaced(None)
        monitor.emit_closed(GLib.Error.new_literal(Gio.io_error_quark(), 'gone', Gio.IOErrorEnum.CONNECTION_CLOSED))
        wait_until(lambda: 'gone' in heard, 'the end')
        self.assertEqual(heard[-3:], ['TICK', 'replaced', 'gone'])

    def test_socket_monitor(self):
        """monitors on sockets"""
        address = Gio.UnixSocketAddress.new('/nonexistent')
        ours, _its = socket.socketpair()
        stream = Gio.Socket.new_from_fd(ours.detach()).connection_factory_create_connection()
        path = f'{self.folder()}/qmp'
        listening = Qemu.SocketMonitor.new_listening(Gio.UnixSocketAddress.new(path))
        for monitor in (Qemu.SocketMonitor.new(address), Qemu.SocketMonitor.new_for_uri('tcp:127.0.0.1:1'),
                        Qemu.SocketMonitor.new_for_stream(stream), listening):
            monitor.set_max_message_size(4096)
            monitor.set_out_of_band(True)
            monitor.set_ssh_command(['ssh', '-q'])
            monitor.set_tls_certificate(None)
            monitor.set_tls_database(None)
            monitor.set_wait_for_peer(True)
            self.assertEqual(self.look(monitor).get_ssh_command(), ['ssh', '-q'])
            self.assertEqual(monitor.get_max_message_size(), 4096)
        self.assertTrue(listening.listen())
        self.assertEqual(listening.get_local_address().get_path(), path)

    @needs_qemu
    def test_process(self):
        """a process is started, looked at, shut down, waited for and killed"""
        for form in FORMS:
            process = Qemu.Process.new([QEMU, *MACHINE])
            self.addCleanup(process.force_exit)
            process.set_keep_alive(False)
            self.assertTrue(form(process, 'spawn'))
            self.assertGreater(self.look(process).get_pid(), 1)
            self.assertTrue(form(process, 'shutdown', 1))
            self.assertTrue(form(process, 'wait'))
            self.assertEqual(process.get_exit_status(), 0)
            self.assertIsInstance(process.get_error_output(), str)
            vm = self.started().get_domain()
            self.assertTrue(form(vm, 'quit'))

    @needs_qemu
    def test_domain(self):
        """what a domain is asked, and what it lists"""
        vm = self.started('-machine', 'pc', '-m', '32', '-vga', 'std', '-device', 'pci-bridge,chassis_nr=1,id=b',
                          '-device', 'virtio-scsi-pci,bus=b,addr=1', '-blockdev', 'driver=null-co,node-name=n,size=65536',
                          '-device', 'scsi-hd,drive=n,id=sd').get_domain()
        self.assertTrue(Qemu.Domain.new_for_uri('unix:/nonexistent'))
        for form in FORMS:
            self.assertTrue(self.look(form(vm, 'query_version')).at_least(7, 0, 0))
            self.assertRegex(vm.get_version().to_string(), r'^\d+\.\d+\.\d+$')
            self.assertEqual(form(vm, 'query_status'), Qemu.Status.PRELAUNCH)
            self.assertIn('cont', form(vm, 'list_commands'))
            self.assertIs(form(vm, 'supports_command', 'make-coffee'), False)
            self.assertIn('paused', form(vm, 'human_monitor_command', 'info status'))
            self.assertTrue(form(vm, 'run', Qemu.Command.new('query-kvm')).get_object().has_member('enabled'))
            self.assertIn('return', json.loads(form(vm, 'run_raw', Qemu.Command.new('query-kvm')).get_data()))
            self.assertEqual(form(vm, 'screen_dump', None, 0, Qemu.ScreenFormat.PPM).read_bytes(2).get_data(), b'P6')
            self.assertEqual(self.look(form(vm, 'find_block_device', 'sd')).get_node_name(), 'n')
            self.assertIsNone(self.look(form(vm, 'list_block_devices')[0].get_image()).get_backing_image())
            self.assertEqual(self.look(form(vm, 'list_block_stats')[0]).get_node_name(), 'n')
            self.assertEqual(self.look(form(vm, 'list_cpus', Qemu.CpuQueryFlags.REGISTERS)[0]).get_index(), 0)
            devices = [self.look(device) for device in form(vm, 'list_pci_devices')]
            self.assertTrue([self.look(region) for device in devices for region in device.get_regions()])
            self.assertEqual(len(form(vm, 'list_jobs')), 0)
            self.assertEqual(len(form(vm, 'list_block_jobs')), 0)

    @needs_qemu
    def test_fds(self):
        """files are passed"""
        vm = self.started().get_domain()
        with tempfile.TemporaryFile() as file:
            for form in FORMS:
                fds = form(vm, 'add_fd', file.fileno(), 'note')
                self.assertTrue(form(fds, 'add_fd', file.fileno(), None))
                self.assertEqual(self.look(fds).get_filename(), f'/dev/fdset/{fds.get_id()}')
                self.assertTrue(form(fds, 'close'))


@needs_qemu
@unittest.skipUnless(shutil.which('qemu-img'), 'there is no qemu-img here')
class Disks(Case):
    def setUp(self):
        super().setUp()
        self.images = self.folder()
        for name in 'disk', 'medium':
            subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', self.image(name), '1M'], check=True)
        self.vm = self.started('-machine', 'pc', '-m', '32', '-vga', 'none',
                               '-drive', f'if=none,id=d,format=qcow2,file={self.image("disk")}',
                               '-device', 'virtio-blk-pci,drive=d,id=disk',
                               '-device', 'ide-cd,id=cd').get_domain()

    def image(self, *name):
        return os.path.join(self.images, '-'.join(name))

    def test_disk(self):
        """a disk is copied, merged, enlarged and throttled"""
        for form in FORMS:
            disk = form(self.vm, 'find_block_device', 'disk')
            overlay, mirror, backup = (self.image(form.__name__, what) for what in ('overlay', 'mirror', 'backup'))
            self.assertTrue(form(disk, 'snapshot', overlay, None, 'qcow2', None))
            self.assertTrue(form(form(disk, 'commit', None, None, None), 'complete'))
            self.assertTrue(form(disk, 'snapshot', overlay, None, 'qcow2', None))
            self.assertTrue(form(form(disk, 'stream', None, None), 'wait'))
            self.assertTrue(form(form(disk, 'mirror', mirror, 'qcow2', arguments(sync='full')), 'cancel'))
            self.assertTrue(form(form(disk, 'backup', backup, 'qcow2', None), 'wait'))
            self.assertTrue(form(disk, 'resize', 2 << 20, Qemu.ResizeFlags.NONE))
            self.assertTrue(form(disk, 'set_io_throttle', arguments(bps=1 << 30)))
            self.assertEqual(self.look(self.vm.find_block_device('disk')).get_bps(), 1 << 30)

    def test_medium(self):
        """a medium is changed, and taken out"""
        for form in FORMS:
            drive = form(self.vm, 'find_block_device', 'cd')
            self.assertTrue(form(drive, 'change_medium', self.image('medium'), 'qcow2'))
            self.assertEqual(self.vm.find_block_device('cd').get_image().get_filename(), self.image('medium'))
            self.assertTrue(form(drive, 'eject', True))

    def test_job(self):
        """a job is followed, stood still, limited and ended in each way"""
        disk = self.vm.find_block_device('disk')
        for form in FORMS:
            job = disk.mirror(self.image(form.__name__, 'stop'), 'qcow2', arguments(sync='full'))
            self.assertTrue(form(job, 'wait_ready'))
            self.assertEqual(self.look(job).get_status(), Qemu.JobStatus.READY)
            self.assertTrue(form(job, 'pause'))
            self.assertTrue(form(job, 'resume'))
            self.assertTrue(form(job, 'set_speed', 1 << 20))
            self.assertTrue(form(job, 'stop'))
            self.assertEqual(job.get_result(), Qemu.JobResult.STOPPED)

            target = self.image(form.__name__, 'keep')
            job = disk.mirror(target, 'qcow2', arguments(sync='full', auto_finalize=False, auto_dismiss=False))
            self.assertTrue(form(job, 'complete'))
            self.assertEqual(job.get_status(), Qemu.JobStatus.PENDING)
            self.assertTrue(form(job, 'finalize'))
            self.assertTrue(form(job, 'dismiss'))
            self.assertEqual(job.get_result(), Qemu.JobResult.COMPLETED)

            options = {'driver': 'file', 'filename': self.image(form.__name__, 'made'), 'size': 512}
            job = form(self.vm, 'start_job', command('blockdev-create', options=options))
            self.assertTrue(form(job, 'wait'))
            self.assertNotIsInstance(self.look(job), Qemu.BlockJob)


@unittest.skipUnless(QemuLibvirt, 'the build has no libvirt')
class Libvirt(Case):
    def test_monitor(self):
        """the monitor that goes through libvirt"""
        monitor = self.look(QemuLibvirt.Monitor.new('test:///default', 'x'))
        self.assertEqual(monitor.get_connection_uri(), 'test:///default')
        monitor = QemuLibvirt.Monitor.new_for_uri('libvirt:qemu:///session?domain=x')
        self.assertEqual(monitor.get_domain_name(), 'x')

    def test_domains(self):
        """the machines that libvirt has"""
        self.assertEqual(QemuLibvirt.list_domains('test:///default', None), ['test'])
        callback = Callback(QemuLibvirt.list_domains_finish)
        QemuLibvirt.list_domains_async('test:///default', None, callback)
        self.assertEqual(callback.wait(), ['test'])


class Whole(TestCase):
    """Last, for it looks at what the others have called."""

    def test_plain(self):
        """no override is there"""
        for name in OVERRIDES:
            self.assertIsNone(sys.modules[name])
        self.assertFalse(hasattr(Qemu.Domain, 'events'))

    @unittest.skipIf(sys.argv[1:], 'only some were run')
    @unittest.skipUnless(QEMU and shutil.which('qemu-img'), 'there is no QEMU here')
    def test_whole(self):
        """all that the GIR has was called"""
        self.assertGreater(len(recorder.all), 380)
        self.assertEqual(sorted(recorder.all - recorder.called), sorted(EXCEPT))


if __name__ == '__main__':
    tap.main()
