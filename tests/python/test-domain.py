#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Drives real QEMUs through plain introspection: one started by the library, one that was there already."""

import gc
import json
import os
import unittest
import weakref

import tap
from helpers import QEMU, Callback, Gio, GLib, Qemu, TestCase, needs_qemu, settle, wait_until


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def command(name, **arguments):
    return Qemu.Command.new_from_json(json.dumps({'execute': name, 'arguments': arguments}))


@needs_qemu
class Drive(TestCase):
    def drive(self, vm):
        """The same for every domain, however it came to be open."""
        self.assertEqual(vm.props.state, Qemu.MonitorState.OPEN)
        self.assertTrue(vm.props.version.at_least(7, 0, 0))
        self.assertIn(f'{vm.props.version.props.major}.{vm.props.version.props.minor}', vm.props.version.to_string())
        self.assertEqual(vm.query_version().to_string(), vm.props.version.to_string())
        self.assertEqual(vm.props.status, Qemu.Status.PRELAUNCH)
        self.assertEqual(vm.props.status_name, 'prelaunch')
        self.assertIs(vm.props.running, False)

        self.assertIn('query-status', vm.list_commands())
        self.assertIs(vm.supports_command('query-status', None), True)
        self.assertIs(vm.supports_command('make-coffee'), False)
        self.assertEqual(vm.query_status(), Qemu.Status.PRELAUNCH)

        node = vm.run(command('qom-get', path='/machine', property='type'), None)
        self.assertTrue(node.get_string().endswith('-machine'))
        status = vm.run(Qemu.Command.new('query-status')).get_object()
        self.assertEqual(status.get_string_member('status'), 'prelaunch')

        raw = vm.run_raw(command('qom-list', path='/'), None)
        self.assertIsInstance(raw, GLib.Bytes)
        names = [entry['name'] for entry in json.loads(raw.get_data())['return']]
        self.assertIn('machine', names)

        with self.assert_error(Qemu.Error.quark(), Qemu.Error.COMMAND_NOT_FOUND) as context:
            vm.run(Qemu.Command.new('make-coffee'))
        self.assertIn('make-coffee', context.exception.message)
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.GENERIC):
            vm.run(command('qom-get', path='/machine'))
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.COMMAND_NOT_FOUND):
            vm.run_raw(Qemu.Command.new('make-coffee'))

    def test_process(self):
        """a QEMU that the library started"""
        process = self.started('-name', 'ours')
        vm = process.get_domain()
        self.assertIs(process.props.running, True)
        self.assertGreater(process.props.pid, 1)
        self.assertEqual(vm.props.name, 'ours')
        self.drive(vm)
        self.assertTrue(process.shutdown(100))
        self.assertIs(process.get_running(), False)
        self.assertEqual(process.get_exit_status(), 0)

    def test_uri(self):
        """a QEMU at the other end of a UNIX socket, by URI and by path"""
        path = self.listening('-name', 'theirs')
        for uri in f'unix:{path}', path:
            vm = Qemu.Domain.new_for_uri(uri)
            self.assertTrue(vm.open())
            self.assertEqual(vm.props.name, 'theirs')
            self.drive(vm)
            self.assertTrue(vm.close())
            self.assertEqual(vm.props.state, Qemu.MonitorState.CLOSED)

    def test_schema(self):
        """a reply of 200 KB, parsed by json-glib and by Python, says the same"""
        vm = self.started().get_domain()
        schema = Qemu.Command.new('query-qmp-schema')
        raw = json.loads(vm.run_raw(schema).get_data())['return']
        self.assertGreater(len(raw), 100)
        self.assertEqual(vm.run(schema).get_array().get_length(), len(raw))

    def test_human(self):
        """the human monitor answers in a text"""
        vm = self.started('-name', 'human').get_domain()
        self.assertIn('human', vm.human_monitor_command('info name'))

    def test_early_death(self):
        """a QEMU that does not start says why"""
        process = Qemu.Process.new([QEMU, '-machine', 'wrong'])
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.PROCESS_FAILED) as context:
            process.spawn()
        self.assertIn('machine type', context.exception.message)
        self.assertIs(process.get_running(), False)

    def test_no_program(self):
        """a program that is not there cannot be started"""
        process = Qemu.Process.new(['/nonexistent/qemu'])
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.PROCESS_FAILED):
            process.spawn()


@needs_qemu
class Signals(TestCase):
    def test_events(self):
        """events come to the handlers of all and of one, and only while the main loop runs"""
        vm = self.started().get_domain()
        every, stops, statuses = [], [], []
        vm.connect('event', lambda _vm, event: every.append(event.get_name()))
        vm.connect('event::STOP', lambda _vm, event: stops.append(event))
        vm.connect('notify::status', lambda vm, _spec: statuses.append(vm.props.status))

        vm.cont()
        vm.stop()
        self.assertEqual((every, stops, statuses), ([], [], []))
        wait_until(lambda: Qemu.Status.PAUSED in statuses, 'status paused')
        self.assertEqual(every, ['RESUME', 'STOP'])
        self.assertEqual(vm.props.status, Qemu.Status.PAUSED)

        self.assertEqual(len(stops), 1)
        self.assertEqual(stops[0].props.name, 'STOP')
        self.assertLess(abs(stops[0].props.timestamp - GLib.get_real_time()), 60_000_000)

        vm.system_reset()
        wait_until(lambda: vm.props.status == Qemu.Status.PRELAUNCH, 'status prelaunch')
        self.assertEqual(every, ['RESUME', 'STOP', 'RESET'])
        self.assertEqual(len(stops), 1)

    def test_data(self):
        """the data of an event, as text and member by member"""
        vm = self.started().get_domain()
        events = []
        vm.connect('event::RESET', lambda _vm, event: events.append(event))
        vm.connect('event::STOP', lambda _vm, event: events.append(event))
        vm.system_reset()
        vm.cont()
        vm.stop()
        wait_until(lambda: len(events) == 2, 'events RESET and STOP')
        reset, stop = events
        self.assertEqual(reset.get_string('reason'), 'host-qmp-system-reset')
        self.assertEqual(reset.get_boolean('guest'), (True, False))
        self.assertEqual(reset.get_int64('nothing')[0], False)
        self.assertIsNone(reset.get_string('nothing'))
        self.assertIs(json.loads(reset.get_data_bytes().get_data())['guest'], False)
        self.assertIs(reset.get_data().get_boolean_member('guest'), False)
        self.assertIsNone(stop.get_string('reason'))

    def test_monitor(self):
        """the monitor has the same signals"""
        vm = self.started().get_domain()
        heard = []
        vm.props.monitor.connect('event::RESUME', lambda monitor, event: heard.append((monitor, event.get_name())))
        vm.cont()
        wait_until(lambda: heard, 'event RESUME')
        self.assertEqual(heard, [(vm.props.monitor, 'RESUME')])

    def test_running(self):
        """the properties follow the events, each with its notification"""
        vm = self.started().get_domain()
        heard = []
        vm.connect('notify', lambda vm, spec: heard.append((spec.name, vm.get_property(spec.name))))
        vm.cont()
        expected = {('status', Qemu.Status.RUNNING), ('status-name', 'running'), ('running', True)}
        wait_until(lambda: expected.issubset(heard), 'notifications of all three')

    def test_calls_in_handlers(self):
        """a synchronous call works inside a signal handler"""
        vm = self.started().get_domain()
        answers = []
        vm.connect('event::STOP', lambda vm, _event: answers.append(vm.query_status()))
        vm.cont()
        vm.stop()
        wait_until(lambda: answers, 'an answer')
        self.assertEqual(answers, [Qemu.Status.PAUSED])

    def test_closed_by_us(self):
        """closing by ourselves is told without an error"""
        vm = self.started().get_domain()
        heard = []
        vm.connect('closed', lambda _vm, error: heard.append(error))
        vm.close()
        wait_until(lambda: heard, 'signal closed')
        settle()
        self.assertEqual(heard, [None])
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_CONNECTED):
            vm.query_status()

    def test_closed_by_death(self):
        """a QEMU that dies is told with an error, once"""
        process = self.started()
        vm = process.get_domain()
        heard, exits = [], []
        vm.connect('closed', lambda _vm, error: heard.append(error))
        process.connect('exited', lambda *arguments: exits.append(arguments))
        process.force_exit()
        wait_until(lambda: heard and exits, 'signals closed and exited')
        settle()
        self.assertEqual(len(heard), 1)
        self.assertEqual(len(exits), 1)
        self.assertIsInstance(heard[0], GLib.Error)
        self.assertTrue(heard[0].matches(Gio.io_error_quark(), Gio.IOErrorEnum.CONNECTION_CLOSED), heard[0])

    def test_quit_and_open_again(self):
        """a domain can be opened again, at another QEMU"""
        path = self.listening()
        vm = Qemu.Domain.new_for_uri(path)
        for _ in range(3):
            vm.open()
            self.assertEqual(vm.query_status(), Qemu.Status.PRELAUNCH)
            vm.close()
        vm.open()
        self.assertTrue(vm.quit())
        wait_until(lambda: vm.props.state == Qemu.MonitorState.CLOSED, 'state closed')
        with self.assertRaises(GLib.Error):
            vm.open()


@needs_qemu
class Asynchronous(TestCase):
    def test_life(self):
        """a whole life with callbacks"""
        process = Qemu.Process.new([QEMU, '-machine', 'none', '-nodefaults', '-display', 'none', '-S', '-name', 'a'])
        self.addCleanup(process.force_exit)
        spawned = Callback(process.spawn_finish)
        process.spawn_async(None, spawned)
        self.assertEqual(spawned.calls, 0)
        self.assertTrue(spawned.wait())
        vm = process.get_domain()
        self.assertEqual(vm.props.name, 'a')

        for start, finish in ((vm.cont_async, vm.cont_finish), (vm.stop_async, vm.stop_finish),
                              (vm.system_reset_async, vm.system_reset_finish),
                              (vm.system_powerdown_async, vm.system_powerdown_finish)):
            callback = Callback(finish)
            start(None, callback)
            self.assertTrue(callback.wait())
            self.assertEqual(callback.calls, 1)

        results = [(Callback(vm.query_status_finish), vm.query_status_async, Qemu.Status.PRELAUNCH),
                   (Callback(vm.list_commands_finish), vm.list_commands_async, vm.list_commands()),
                   (Callback(lambda result: vm.query_version_finish(result).to_string()), vm.query_version_async,
                    vm.props.version.to_string())]
        for callback, start, _value in results:
            start(None, callback)
        for callback, _start, value in results:
            self.assertEqual(callback.wait(), value)

        supported = Callback(vm.supports_command_finish)
        vm.supports_command_async('make-coffee', None, supported)
        self.assertIs(supported.wait(), False)

        ended = Callback(process.shutdown_finish)
        process.shutdown_async(100, None, ended)
        self.assertTrue(ended.wait())
        waited = Callback(process.wait_finish)
        process.wait_async(None, waited)
        self.assertTrue(waited.wait())
        self.assertEqual(process.get_exit_status(), 0)

    def test_many(self):
        """a hundred commands in flight, each with its own answer"""
        vm = self.started().get_domain()
        echo = [(Callback(vm.run_raw_finish), number) for number in range(100)]
        for callback, number in echo:
            name = 'query-status' if number % 2 else 'query-name'
            vm.run_raw_async(Qemu.Command.new(name), None, callback)
        for callback, number in echo:
            self.assertEqual('status' in json.loads(callback.wait().get_data())['return'], bool(number % 2))
            self.assertEqual(callback.calls, 1)

    def test_error(self):
        """an error comes from the finishing function"""
        vm = self.started().get_domain()
        callback = Callback(vm.run_finish)
        vm.run_async(Qemu.Command.new('make-coffee'), None, callback)
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.COMMAND_NOT_FOUND):
            callback.wait()

    def test_user_data(self):
        """user data is handed to the callback, and the callback may be left out"""
        vm = self.started().get_domain()
        heard = []
        vm.cont_async(None, None)
        vm.stop_async(None, lambda source, result, data: heard.append((source, vm.stop_finish(result), data)), 'data')
        wait_until(lambda: heard, 'the callback')
        self.assertEqual(heard, [(vm, True, 'data')])

    def test_cancelled(self):
        """a cancelled call ends, and the connection stays usable"""
        vm = self.started().get_domain()
        cancellable = Gio.Cancellable()
        cancelled = Callback(vm.run_finish)
        other = Callback(vm.query_status_finish)
        vm.run_async(Qemu.Command.new('query-qmp-schema'), cancellable, cancelled)
        vm.query_status_async(None, other)
        cancellable.cancel()
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
            cancelled.wait()
        self.assertEqual(other.wait(), Qemu.Status.PRELAUNCH)
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
            vm.run(Qemu.Command.new('query-status'), cancellable)
        self.assertEqual(vm.query_status(), Qemu.Status.PRELAUNCH)


@needs_qemu
class Life(TestCase):
    def test_dropped(self):
        """a process and its domain are freed when they are dropped, and QEMU ends with them"""
        process = self.started_unowned()
        pid = process.get_pid()
        references = [weakref.ref(process), weakref.ref(process.get_domain())]
        del process
        wait_until(lambda: not any(reference() for reference in references), 'objects freed')
        wait_until(lambda: is_gone(pid), f'process {pid} gone')

    @staticmethod
    def started_unowned():
        process = Qemu.Process.new([QEMU, '-machine', 'none', '-nodefaults', '-display', 'none', '-S'])
        process.spawn()
        return process

    def test_closed_domain(self):
        """a domain is freed as soon as it is dropped, open or closed, used or not"""
        path = self.listening()
        for use in (lambda vm: None, lambda vm: vm.open(), lambda vm: vm.open() and vm.close(),
                    lambda vm: vm.open() and vm.cont() and vm.stop()):
            vm = Qemu.Domain.new_for_uri(path)
            vm.connect('event', lambda _vm, _event: None)
            use(vm)
            settle()
            reference, monitor = vm.weak_ref(), vm.props.monitor.weak_ref()
            del vm
            settle()
            self.assertIsNone(reference())
            self.assertIsNone(monitor())

    def test_cycle(self):
        """a handler that holds its domain is a cycle that Python's collector breaks"""
        path = self.listening()
        vm = Qemu.Domain.new_for_uri(path)
        vm.connect('event', lambda _vm, _event, vm=vm: vm)
        vm.open()
        vm.close()
        reference = vm.weak_ref()
        del vm
        settle()
        gc.collect()
        settle()
        self.assertIsNone(reference())

    def test_pending(self):
        """a domain that is dropped with commands in flight ends each of them once"""
        path = self.listening()
        vm = Qemu.Domain.new_for_uri(path)
        vm.open()
        endings = []

        def ended(source, result):
            try:
                source.run_raw_finish(result)
                endings.append(None)
            except GLib.Error as error:
                endings.append(error)

        for _ in range(10):
            vm.run_raw_async(Qemu.Command.new('query-qmp-schema'), None, ended)
        reference = vm.weak_ref()
        del vm
        wait_until(lambda: len(endings) == 10, 'ten endings')
        settle()
        self.assertEqual(len(endings), 10)
        self.assertIsNone(reference())


@needs_qemu
class Work(TestCase):
    """Jobs, and the lists that follow them and the disks."""

    def setUp(self):
        super().setUp()
        self.vm = self.started('-machine', 'pc', '-vga', 'none', '-device', 'virtio-scsi-pci', '-blockdev',
                               'driver=null-co,node-name=n,size=1048576,read-zeroes=on').get_domain()

    def add_node(self, name):
        self.vm.run(command('blockdev-add', **{'driver': 'null-co', 'node-name': name, 'size': 1048576}))

    def mirror(self, target, source='n', **arguments):
        self.add_node(target)
        return command('blockdev-mirror', device=source, target=target, sync='none', **arguments)

    def test_job(self):
        """a job is waited for, looked at and listened to"""
        words = []
        job = self.vm.start_job(self.mirror('t'))
        job.connect('notify::status', lambda job, _pspec: words.append(job.props.status_name))
        self.assertIsInstance(job, Qemu.BlockJob)
        self.assertTrue(job.wait_ready())
        self.assertEqual(job.props.status, Qemu.JobStatus.READY)
        self.assertIs(job.props.ready, True)
        self.assertEqual([each.props.id for each in self.vm.list_jobs()], [job.get_id()])
        self.assertIs(self.vm.list_block_jobs()[0], job)
        self.assertTrue(job.pause())
        self.assertEqual(job.props.status, Qemu.JobStatus.STANDBY)
        self.assertTrue(job.resume())
        self.assertTrue(job.set_speed(1000))
        self.assertTrue(job.stop())
        self.assertEqual(job.props.result, Qemu.JobResult.STOPPED)
        wait_until(lambda: words and words[-1] == 'null', 'the last status')

    def test_failure(self):
        """what has become of a job is an error with its reason, or a result"""
        options = {'driver': 'file', 'filename': '/nonexistent/x', 'size': 512}
        job = self.vm.start_job(command('blockdev-create', options=options))
        self.assertNotIsInstance(job, Qemu.BlockJob)
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.JOB_FAILED) as context:
            job.wait()
        self.assertIn('/nonexistent/x', context.exception.message)
        self.assertEqual(job.props.result, Qemu.JobResult.FAILED)

        job = self.vm.start_job(self.mirror('t'))
        self.assertTrue(job.cancel())
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.JOB_CANCELLED):
            job.complete()
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.GENERIC):
            self.vm.start_job(self.mirror('u', **{'job-id': '#'}))

    def test_async(self):
        """two jobs at once, each with its own callback"""
        self.add_node('m')
        jobs = [self.vm.start_job(self.mirror('t')), self.vm.start_job(self.mirror('u', 'm'))]
        callbacks = [Callback(jobs[0].complete_finish), Callback(jobs[1].cancel_finish)]
        jobs[1].cancel_async(None, callbacks[1])
        wait_until(lambda: callbacks[1].calls, 'one end')
        jobs[0].complete_async(None, callbacks[0])
        wait_until(lambda: callbacks[0].calls, 'the other end')
        self.assertEqual([callback.error for callback in callbacks], [None, None])
        self.assertEqual([job.props.result for job in jobs], [Qemu.JobResult.COMPLETED, Qemu.JobResult.CANCELLED])

    def test_lists(self):
        """lists follow what happens, and their objects stay the same"""
        disks, jobs = self.vm.props.block_devices, self.vm.props.block_jobs
        changes = []
        disks.connect('items-changed', lambda _model, *change: changes.append(change))
        self.vm.run(command('device_add', driver='scsi-hd', drive='n', id='sd'))
        wait_until(lambda: len(disks) == 1, 'a disk')
        disk = self.vm.find_block_device('sd')
        self.assertIs(disk, disks[0])
        self.assertEqual(disk.props.node_name, 'n')
        job = disk.stream(None, None)
        wait_until(lambda: job.props.result == Qemu.JobResult.COMPLETED and not len(jobs), 'the end of the job')
        self.vm.run(command('device_del', id='sd'))
        wait_until(lambda: not len(disks), 'no disk')
        self.assertEqual(changes, [(0, 0, 1), (0, 1, 0)])
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.BLOCK_DEVICE_NOT_FOUND):
            disk.resize(2 << 20, Qemu.ResizeFlags.NONE)

    def test_screen(self):
        """there is no picture without a display"""
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_SUPPORTED):
            self.vm.screen_dump(None, 0, Qemu.ScreenFormat.PPM)


if __name__ == '__main__':
    tap.main()
