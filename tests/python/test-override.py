#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the override adds for scripts: plain values, attributes, exceptions, `with`, events, monitors in Python."""

import contextlib
import errno
import gc
import io
import itertools
import json
import os
import threading
import weakref

import tap
from helpers import QEMU, Callback, Gio, GLib, TestCase, needs_qemu, settle, wait_until

import gi

gi.require_version('Json', '1.0')
from gi.repository import GObject, Json, Qemu

EXACT = [0, -1, 2**53 + 1, 2**63 - 1, -2**63, 2**63, 2**64 - 1]


def echo(_monitor, command):
    """Returns its arguments."""
    if command.name == 'fail':
        raise Qemu.DeviceNotFoundError('nothing is called so')
    return command.arguments


def imitation(answer=echo, name='imitation'):
    return Qemu.Domain.new(Qemu.TestMonitor.new(answer), name)


class Values(TestCase):
    """Plain values in and out."""

    def test_exact(self):
        """integers of 64 bits, texts, floats and null come back as they went"""
        value = {'numbers': EXACT, 'text': 'é😀\n"\\\0', 'list': [1.5, True, None, {}], 'empty': ''}
        with imitation() as vm:
            self.assertEqual(vm.run('echo', value), value)
            self.assertEqual(repr(vm.run('echo', value)), repr(value))
            self.assertEqual(vm.run('echo'), {})
            self.assertEqual(vm.run('echo', {}), {})

    def test_forms(self):
        """a command may be a name, a name and arguments, or a Qemu.Command"""
        cancellable = Gio.Cancellable()
        command = Qemu.Command('echo', {'a': 1})
        self.assertEqual((command.name, command.arguments, command.get_name()), ('echo', {'a': 1}, 'echo'))
        self.assertEqual(Qemu.Command.new('echo').arguments, {})
        with imitation() as vm:
            self.assertEqual(vm.run('echo', cancellable), {})
            self.assertEqual(vm.run('echo', {'a': 1}, cancellable), {'a': 1})
            self.assertEqual(vm.run('echo', arguments={'a': 1}, cancellable=cancellable), {'a': 1})
            self.assertEqual(vm.run(name='echo', arguments={'a': 1}), {'a': 1})
            self.assertEqual(vm.run(command), {'a': 1})
            self.assertEqual(vm.run(command, cancellable), {'a': 1})
            for reply in vm.run_raw('echo', {'a': 1}), vm.monitor.run('echo', {'a': 1}):
                self.assertEqual(json.loads(reply.get_data()), {'return': {'a': 1}})

    def test_refused(self):
        """what is no JSON is refused here, and the connection goes on"""
        with imitation() as vm:
            for bad, kind in ((float('nan'), ValueError), (float('inf'), ValueError), ('\udcff', ValueError),
                              ({1, 2}, TypeError), (object(), TypeError)):
                with self.subTest(bad), self.assertRaises(kind):
                    vm.run('echo', {'value': bad})
            with self.assertRaises(ValueError):
                vm.run('\udcff')
            with self.assertRaises(TypeError):
                vm.run(5)
            with self.assertRaises(TypeError):
                vm.run(Qemu.Command('echo'), {'a': 1})
            for arguments in {'a': 1}, None:
                with self.subTest(arguments), self.assertRaises(TypeError):
                    vm.run('echo', arguments, arguments={'b': 2})
            for bad in [1], 5, 'x', [('a', 1)]:
                with self.subTest(bad), self.assertRaises((TypeError, ValueError)):
                    vm.run('echo', bad)
            self.assertEqual(vm.run('echo', {'a': 1}), {'a': 1})

    def test_json_arguments(self):
        """where a function takes JSON, it takes a plain value, or what JSON-GLib has"""
        command = Qemu.Command('echo')
        command.set_node('list', [1, {'a': None}])
        command.set_node('node', Json.from_string('"text"'))
        self.assertEqual(command.arguments, {'list': [1, {'a': None}], 'node': 'text'})
        command = Qemu.Command('echo')
        command.set_arguments({'a': 2**63 - 1})
        command.set_arguments(arguments=Json.from_string('{"b":1}').get_object())
        self.assertEqual(command.arguments, {'a': 2**63 - 1, 'b': 1})
        command.set_node('nothing', None)
        self.assertIsNone(command.arguments['nothing'])
        for bad in [('a', 1)], 'speed', 5:
            with self.subTest(bad), self.assertRaises(TypeError):
                command.set_arguments(bad)
        with self.assertRaises(ValueError):
            command.set_node('text', 'one\0two')
        command.set_node('text', 'one\\u0000two')
        self.assertEqual(command.arguments['text'], 'one\\u0000two')
        # JSON-GLib cannot have it, and would make -1 of it.
        with self.assertRaises(OverflowError):
            command.set_arguments({'a': 2**64 - 1})

    def test_events(self):
        """the data of an event is a dict"""
        monitor = Qemu.TestMonitor.new(echo)
        heard = []
        monitor.connect('event', lambda _, event: heard.append(event))
        monitor.open()
        monitor.push_event('TICK', {'n': 2**64 - 1, 'list': [None]})
        monitor.push_event('TICK', '{"text": true}')
        monitor.push_event('TICK')
        wait_until(lambda: len(heard) == 3, 'three events')
        self.assertEqual([event.data for event in heard], [{'n': 2**64 - 1, 'list': [None]}, {'text': True}, {}])
        self.assertEqual(heard[0].name, 'TICK')
        self.assertIsInstance(heard[0].timestamp, int)
        self.assertIsInstance(heard[0].get_data(), Json.Object)

    def test_old_style(self):
        """callbacks with their data, as without the override"""
        vm = imitation()
        heard = []
        vm.open_async(None, lambda vm, result, *data: heard.append((vm.open_finish(result), data)), 'one', 2)
        wait_until(lambda: heard, 'the callback')
        self.assertEqual(heard, [(True, ('one', 2))])
        run = Callback(vm.run_finish)
        vm.run_async(Qemu.Command.new('echo'), None, run)
        self.assertEqual(run.wait(), {})
        run = Callback(vm.run_finish)
        vm.run_async('echo', {'a': [1]}, None, run)
        self.assertEqual(run.wait(), {'a': [1]})
        run = Callback(vm.run_finish)
        vm.run_async('fail', callback=run)
        with self.assertRaises(Qemu.DeviceNotFoundError):
            run.wait()
        vm.close()


class Attributes(TestCase):
    def test_all(self):
        """every property of every class is an attribute, and hides no method"""
        classes = [thing for thing in (getattr(Qemu, name) for name in dir(Qemu))
                   if isinstance(thing, type) and issubclass(thing, GObject.Object)]
        self.assertGreater(len(classes), 15)
        for cls in classes:
            methods = {info.get_name() for info in cls.__info__.get_methods()}
            for info in cls.__info__.get_properties():
                with self.subTest(cls.__name__, property=info.get_name()):
                    attribute = info.get_name().replace('-', '_')
                    self.assertIsInstance(getattr(cls, attribute), property)
                    self.assertNotIn(attribute, methods)

    @needs_qemu
    def test_values(self):
        """an attribute has the value of its property, also on a real machine"""
        vm = self.started('-drive', 'if=none,id=d,driver=null-co,size=1M', '-name', 'mail').get_domain()
        things = [vm, vm.monitor, vm.version, *vm.list_block_devices(), *vm.list_block_stats()]
        self.assertGreater(len(things), 4)
        for thing in things:
            for pspec in thing.list_properties():
                with self.subTest(thing, property=pspec.name):
                    if pspec.flags & GObject.ParamFlags.READABLE and pspec.name != 'data':
                        self.assertEqual(getattr(thing, pspec.name.replace('-', '_')), thing.get_property(pspec.name))
        self.assertEqual((vm.name, vm.running, vm.status), ('mail', False, Qemu.Status.PRELAUNCH))

    def test_made_by_hand(self):
        """a class that needs a constructor's help says so, and does not crash"""
        for cls in (Qemu.ContextFd, Qemu.Domain, Qemu.Event, Qemu.FdSet, Qemu.Job, Qemu.BlockJob, Qemu.MonitorRequest,
                    Qemu.Process, Qemu.TestMonitor):
            with self.subTest(cls), self.assertRaises(TypeError):
                cls()
        vm = Qemu.Domain(monitor=Qemu.TestMonitor.new(echo), name='made')
        self.assertEqual(vm.name, 'made')
        self.assertEqual(Qemu.Process(argv=['true']).argv, ['true'])

    def test_set(self):
        """those that can be set can be set, and the others not"""
        vm = imitation()
        vm.progress_interval = 20
        self.assertEqual((vm.progress_interval, vm.props.progress_interval), (20, 20))
        with self.assertRaises((TypeError, AttributeError)):
            vm.running = True

    @needs_qemu
    def test_repr(self):
        """what is printed of an object helps"""
        process = self.started('-drive', 'if=none,id=d,driver=null-co,size=1M', '-name', 'mail')
        vm = process.get_domain()
        self.assertEqual(repr(vm), "<Qemu.Domain 'mail' prelaunch>")
        self.assertEqual(repr(process), f'<Qemu.Process pid {process.pid}>')
        self.assertEqual(repr(vm.monitor), '<Qemu.SocketMonitor open>')
        self.assertRegex(repr(vm.version), r'<Qemu\.Version \d+\.\d+\.\d+.*>')
        self.assertEqual(str(vm.version), vm.version.to_string())
        self.assertRegex(repr(vm.find_block_device('d')), "<Qemu.BlockDevice device='d' .*driver='null-co'.*>")
        self.assertEqual(repr(Qemu.Command('stop')), '<Qemu.Command {"execute":"stop"}>')
        self.assertEqual(vm.find_block_device('d').to_dict()['device'], 'd')
        events = vm.events('RESUME')
        vm.cont()
        self.assertEqual(repr(next(events)), '<Qemu.Event RESUME {}>')
        job = vm.start_job('blockdev-create', {'job-id': 'make', 'options': {
            'driver': 'file', 'filename': f'{self.folder()}/new', 'size': 65536}})
        self.assertTrue(job.wait())
        self.assertRegex(repr(job), r"<Qemu\.Job 'make' create \w+>")
        process.shutdown(0)
        self.assertEqual(repr(process), '<Qemu.Process not running>')
        wait_until(lambda: vm.state == Qemu.MonitorState.CLOSED, 'the end of the connection')
        self.assertEqual(repr(vm), "<Qemu.Domain 'mail' closed>")


class Errors(TestCase):
    CODES = [name for name in dir(Qemu.Error) if name.isupper() and name != 'CODE']

    def test_classes(self):
        """there is a class for each code"""
        self.assertIn('DEVICE_NOT_FOUND', self.CODES)
        self.assertEqual(len(self.CODES), 12)
        for name in self.CODES:
            with self.subTest(name):
                cls = getattr(Qemu, name.title().replace('_', '') + 'Error')
                error = cls('so it is')
                self.assertIsInstance(error, Qemu.Error)
                self.assertIsInstance(error, GLib.Error)
                self.assertEqual(error.code, getattr(Qemu.Error, name))
                self.assertTrue(error.matches(Qemu.Error.quark(), error.code))
                self.assertEqual((str(error), repr(error)), ('so it is', f"Qemu.{cls.__name__}('so it is')"))

    def test_through_c(self):
        """an error that a monitor raises reaches the caller in its class"""
        for name in self.CODES:
            with self.subTest(name):
                def refuse(_monitor, command, name=name):
                    if command.name in Answering.BACKGROUND:
                        return Answering.BACKGROUND[command.name]
                    raise GLib.Error.new_literal(Qemu.Error.quark(), 'no', getattr(Qemu.Error, name))
                with imitation(refuse) as vm:
                    with self.assertRaises(Qemu.Error) as context:
                        vm.run('x')
                self.assertIs(type(context.exception), getattr(Qemu, name.title().replace('_', '') + 'Error'))
                self.assertEqual(context.exception.message, 'x on imitation: no')
                self.assertIsNone(context.exception.__context__)

    def test_transport(self):
        """trouble with the connection is what Python calls it, too"""
        ours, its = os.pipe()
        os.close(its)
        for uri, cls, builtin in (('/nonexistent/qmp', Qemu.NotFoundError, FileNotFoundError),
                                  ('tcp:127.0.0.1:1', Qemu.ConnectionRefusedError, ConnectionRefusedError),
                                  (f'fd:{ours}', None, OSError)):
            with self.subTest(uri), self.assertRaises(GLib.Error) as context:
                with Qemu.Domain.new_for_uri(uri):
                    pass
            if cls:
                self.assertIsInstance(context.exception, cls)
                self.assertIsInstance(context.exception, builtin)
                self.assertEqual(context.exception.errno, builtin in (FileNotFoundError,) and errno.ENOENT or
                                 errno.ECONNREFUSED)
        with self.assertRaises(Qemu.NotSupportedError):
            Qemu.Domain.new_for_uri('nonsense:')
        with self.assertRaises(ValueError):
            Qemu.Domain.new_for_uri('fd:minus one')

    def test_time_out(self):
        """a peer that is silent: TimeoutError; one that hangs up: ConnectionError; not open: ConnectionError"""
        vm, _peer = self.peer(('silent',), ('bye', None))
        with self.assertRaises(ConnectionError):
            vm.run('early')
        vm.open()
        command = Qemu.Command('silent')
        command.set_timeout(30)
        with self.assertRaises(TimeoutError) as context:
            vm.run(command)
        self.assertIsInstance(context.exception, Qemu.TimedOutError)
        with self.assertRaises(ConnectionError) as context:
            vm.run('bye')
        self.assertIsInstance(context.exception, Qemu.ConnectionClosedError)

    def test_cancelled(self):
        """a cancellable of the caller's own ends the call as in C"""
        cancellable = Gio.Cancellable()
        cancellable.cancel()
        with imitation() as vm, self.assertRaises(Qemu.CancelledError) as context:
            vm.run('echo', cancellable)
        self.assertTrue(context.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))


class Blocks(TestCase):
    """The statement `with`."""

    def test_domain(self):
        """a domain and a monitor are open inside, and closed behind, also after an exception"""
        for thing in imitation(), Qemu.TestMonitor.new(echo):
            with thing as same:
                self.assertIs(same, thing)
                self.assertEqual(thing.state, Qemu.MonitorState.OPEN)
            self.assertEqual(thing.state, Qemu.MonitorState.CLOSED)
            with self.assertRaisesRegex(KeyError, 'mine'), thing:
                raise KeyError('mine')
            self.assertEqual(thing.state, Qemu.MonitorState.CLOSED)

    @needs_qemu
    def test_process(self):
        """a process runs inside, and has ended behind, also after an exception"""
        argv = [QEMU, '-machine', 'none', '-nodefaults', '-display', 'none']
        with Qemu.Process.new(argv) as process:
            pid = process.pid
            self.assertTrue(process.get_domain().running)
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)
        self.assertEqual(process.exit_status, 0)
        with self.assertRaisesRegex(KeyError, 'mine'), Qemu.Process.new(argv) as process:
            pid = process.pid
            raise KeyError('mine')
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)
        with self.assertRaises(Qemu.ProcessFailedError), Qemu.Process.new([QEMU, '-no-such-option']):
            pass

    @needs_qemu
    def test_fd_set(self):
        """a set of files is there inside, and gone behind"""
        vm = self.started().get_domain()
        with open('/dev/null', 'rb') as file, vm.add_fd(file.fileno()) as files:
            vm.cont()           # a QEMU that stands still may free it later
            self.assertIn(files.id, [each['fdset-id'] for each in vm.run('query-fdsets')])
            self.assertEqual(repr(files), f'<Qemu.FdSet /dev/fdset/{files.id}>')
        self.assertNotIn(files.id, [each['fdset-id'] for each in vm.run('query-fdsets')])


class Events(TestCase):
    """vm.events() in a script, without asyncio."""

    def test_none_lost(self):
        """what happened between the call and the loop is there, and in order"""
        monitor = Qemu.TestMonitor.new(echo)
        with Qemu.Domain.new(monitor, 'vm') as vm:
            for events in vm.events('TICK'), monitor.events('TICK'):
                for n in range(100):
                    monitor.push_event('TICK', {'n': n})
                    monitor.push_event('OTHER', {'n': n})
                self.assertEqual([event.data['n'] for event in itertools.islice(events, 100)], list(range(100)))
                events.close()

    def test_end(self):
        """it ends when the domain is closed, and raises what has ended the connection"""
        with imitation() as vm:
            events = vm.events()
            vm.close()
            self.assertEqual(list(events), [])
            self.assertEqual(list(events), [])
        vm, _peer = self.peer(('bye', {'event': 'LAST', 'timestamp': {'seconds': 1, 'microseconds': 2}}, None))
        vm.open()
        events = vm.events()
        with self.assertRaises(ConnectionError):
            vm.run('bye')
        self.assertEqual(next(events).name, 'LAST')
        for _ in range(2):
            with self.assertRaises(Qemu.ConnectionClosedError):
                next(events)

    def test_limit(self):
        """with a limit the newest are kept, and the others are counted"""
        monitor = Qemu.TestMonitor.new(echo)
        with Qemu.Domain.new(monitor, 'vm') as vm, vm.events(limit=3) as events, vm.events() as all_events:
            for n in range(10):
                monitor.push_event('TICK', {'n': n})
            self.assertEqual([event.data['n'] for event in itertools.islice(all_events, 10)], list(range(10)))
            self.assertEqual([event.data['n'] for event in itertools.islice(events, 3)], [7, 8, 9])
            self.assertEqual((events.dropped, all_events.dropped), (7, 0))

    def test_unsubscribed(self):
        """a stream that is closed or dropped hears nothing more"""
        monitor = Qemu.TestMonitor.new(echo)
        with Qemu.Domain.new(monitor, 'vm') as vm:
            events = vm.events('TICK')
            gone = weakref.ref(events)
            handler = GObject.signal_handler_find
            matches = (vm, GObject.SignalMatchType.ID, GObject.signal_lookup('event', Qemu.Domain), 0, None, 0, 0)
            self.assertNotEqual(handler(*matches), 0)
            del events
            self.assertIsNone(gone())
            self.assertEqual(handler(*matches), 0)
            events = vm.events('TICK')
            monitor.push_event('TICK')
            next(events)
            events.close()
            self.assertEqual(handler(*matches), 0)
            monitor.push_event('TICK')
            settle()
            self.assertEqual(list(events), [])


    def test_older(self):
        """what a synchronous call has read before is not for a stream that is made later"""
        def answer(monitor, command):
            if command.name == 'tick':
                monitor.push_event('TICK', command.arguments)
            return Answering.BACKGROUND.get(command.name, {})
        vm = imitation(answer)
        for n in range(3):
            with vm, vm.events('TICK') as events:
                vm.run('tick', {'n': n})
                vm.run('tick', {'n': n, 'more': True})
                with vm.events() as later:
                    vm.run('tick', {'n': 'last'})
                    self.assertEqual(next(later).data, {'n': 'last'})
                self.assertEqual(next(events).data, {'n': n})
        # The end that the loop has not told yet is not that of the next connection, nor is it waited for.
        vm.open()
        old = vm.events()
        vm.close()
        with self.assertRaises(ConnectionError):
            next(vm.events())
        vm.open()
        with vm.events() as events:
            self.assertEqual(list(old), [])
            vm.run('tick')
            self.assertEqual(next(events).name, 'TICK')

    @needs_qemu
    def test_older_real(self):
        """the same with a real QEMU"""
        with Qemu.Process.new([QEMU, '-machine', 'none', '-nodefaults', '-display', 'none']) as process:
            vm = process.get_domain()
            vm.stop()
            vm.cont()
            with vm.events('STOP', 'RESUME') as events:
                vm.stop()
                self.assertEqual(next(events).name, 'STOP')
                self.assertEqual(vm.monitor.delivered, vm.monitor.received)

    def test_from_thread(self):
        """another thread may iterate while the main loop runs in this one"""
        loop, names = GLib.MainLoop(), []
        with imitation() as vm:
            events = vm.events()

            def listen():
                names.extend(event.name for event in itertools.islice(events, 2))
                loop.quit()
            thread = threading.Thread(target=listen)
            GLib.timeout_add(5, lambda: thread.start() or GLib.SOURCE_REMOVE)
            GLib.timeout_add(20, lambda: vm.monitor.push_event('ONE') or GLib.SOURCE_REMOVE)
            GLib.timeout_add(40, lambda: vm.monitor.push_event('TWO') or GLib.SOURCE_REMOVE)
            loop.run()
            thread.join()
        self.assertEqual(names, ['ONE', 'TWO'])

    def test_of_itself(self):
        """a stream that its own monitor keeps is freed with it"""
        class Listening(Answering):
            def __init__(self):
                super().__init__({})
                self.stream = self.events()
        gone = weakref.ref(Listening())
        while gc.collect():
            pass
        self.assertIsNone(gone())


class Answering(Qemu.Monitor):
    """A monitor in Python: what has no value is never answered, and what is an exception is raised."""

    BACKGROUND = {
        'query-status': {'status': 'paused', 'running': False},
        'query-version': {'qemu': {'major': 9, 'minor': 0, 'micro': 1}, 'package': ''},
    }

    def __init__(self, answers):
        super().__init__()
        self.answers = {**self.BACKGROUND, **answers}

    def do_start_open(self, request):
        request.return_bytes(GLib.Bytes.new(b'{}'))

    def do_start_close(self, request):
        request.return_bytes(GLib.Bytes.new(b'{}'))

    def do_start_run(self, request):
        answer = self.answers[request.get_command().name]
        if isinstance(answer, BaseException):
            raise answer
        request.return_value(answer)


class Monitors(TestCase):
    def test_plain_values(self):
        """a class of one's own answers with plain values"""
        answers = {'x': {'numbers': EXACT}}
        with Qemu.Domain.new(Answering(answers), 'vm') as vm:
            self.assertEqual(vm.run('x'), answers['x'])
            self.assertEqual(vm.status, Qemu.Status.PAUSED)

    def test_emit(self):
        """it tells of events with plain values"""
        monitor = Answering({})
        with Qemu.Domain.new(monitor, 'vm') as vm, vm.events() as events:
            monitor.emit_event('TICK', 5, {'n': EXACT})
            monitor.emit_event('TICK', 6, GLib.Bytes.new(b'{"n": 1}'))
            monitor.emit_event('TOCK')
            told = [(event.name, event.timestamp, event.data) for event in itertools.islice(events, 3)]
        self.assertEqual(told, [('TICK', 5, {'n': EXACT}), ('TICK', 6, {'n': 1}), ('TOCK', 0, {})])

    def test_interrupted(self):
        """one that is interrupted has answered all the same"""
        class Interruption(BaseException):
            pass
        with Qemu.Domain.new(Answering({'x': Interruption('enough')}), 'vm') as vm:
            with contextlib.redirect_stderr(io.StringIO()), self.assertRaisesRegex(Qemu.Error, 'Interruption: enough'):
                vm.run('x')

    def test_exceptions(self):
        """what it raises is the caller's error, and a mistake is shown, too"""
        answers = {'x': Qemu.DeviceNotFoundError('no such thing'), 'y': ZeroDivisionError('oh')}
        with Qemu.Domain.new(Answering(answers), 'vm') as vm:
            with self.assertRaisesRegex(Qemu.DeviceNotFoundError, 'no such thing'):
                vm.run('x')
            with contextlib.redirect_stderr(io.StringIO()) as shown:
                with self.assertRaisesRegex(Qemu.Error, 'ZeroDivisionError: oh'):
                    vm.run('y')
                with self.assertRaisesRegex(Qemu.Error, 'KeyError'):
                    vm.run('z')
            self.assertIn('raise answer', shown.getvalue())

    def test_function(self):
        """so is what the function of a test monitor raises, or what of its values is no JSON"""
        def answer(_monitor, command):
            return {**Answering.BACKGROUND, 'text': '[1, "two"]', 'none': None, 'list': [1], 'bad': {1}}[command.name]
        monitor = Qemu.TestMonitor.new(lambda _monitor, command, *data: [command.name, *data], 'mine', 2)
        with monitor:
            self.assertEqual(json.loads(monitor.run('x').get_data()), {'return': ['x', 'mine', 2]})
        with imitation(answer) as vm:
            self.assertEqual([vm.run(name) for name in ('text', 'none', 'list')], [[1, 'two'], None, [1]])
            with contextlib.redirect_stderr(io.StringIO()):
                with self.assertRaisesRegex(Qemu.Error, 'TypeError'):
                    vm.run('bad')
                with self.assertRaisesRegex(Qemu.Error, "KeyError: 'other'"):
                    vm.run('other')


class Lifetimes(TestCase):
    def test_closed(self):
        """a domain is gone after close(), with handlers that still hold it"""
        def life(close):
            vm, monitor = imitation(), None
            vm.open()
            monitor = vm.monitor
            vm.connect('event', lambda *_: vm.name)
            vm.connect('closed', lambda *_: vm.name)
            monitor.connect('event', lambda *_: monitor.state)
            events = vm.events()
            vm.run('echo')
            if close:
                vm.close()
            return [weakref.ref(thing) for thing in (vm, monitor, events)]
        for close in True, False:
            references = life(close)
            settle()
            # The domain in the first round, and in the second what only the domain held.
            while gc.collect():
                pass
            with self.subTest(close=close):
                self.assertEqual([reference() for reference in references], [None] * 3)


if __name__ == '__main__':
    tap.main()
