#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a real QEMU never says, said by a scripted one; and monitors written in Python."""

import contextlib
import gc
import io
import json
import os
import select
import socket
import sys
import threading
import weakref

import tap
from helpers import Callback, Gio, GLib, Peer, Qemu, TestCase, settle, wait_until


class Addresses(TestCase):
    """Each kind of address, with a peer behind it."""

    def reach(self, family, address, uri):
        with socket.socket(family) as listener:
            listener.bind(address)
            listener.listen()
            vm = Qemu.Domain.new_for_uri(uri.format(port=listener.getsockname()[1]))
            opened = Callback(vm.open_finish)
            vm.open_async(None, opened)
            wait_until(lambda: select.select([listener], [], [], 0)[0], 'a connection')
            peer = Peer(listener.accept()[0], [('echo', {'return': 'hello'})])
            self.addCleanup(peer.end)
            self.assertTrue(opened.wait())
            self.assertEqual(vm.run(Qemu.Command.new('echo')).get_string(), 'hello')

    def test_unix(self):
        """unix:/path and /path"""
        for uri in 'unix:{path}', '{path}':
            path = f'{self.folder()}/qmp'
            self.reach(socket.AF_UNIX, path, uri.format(path=path))

    def test_abstract(self):
        """unix:@abstract"""
        name = f'qemu-glib-{os.getpid()}'
        self.reach(socket.AF_UNIX, f'\0{name}', f'unix:@{name}')

    def test_tcp(self):
        """tcp:host:port"""
        self.reach(socket.AF_INET, ('127.0.0.1', 0), 'tcp:127.0.0.1:{port}')

    def test_fd(self):
        """fd:N, which the monitor takes over"""
        ours, its = socket.socketpair()
        peer = Peer(its, [('echo', {'return': 'hello'})])
        self.addCleanup(peer.end)
        vm = Qemu.Domain.new_for_uri(f'fd:{ours.detach()}')
        vm.open()
        self.assertEqual(vm.run(Qemu.Command.new('echo')).get_string(), 'hello')
        vm.close()

    def test_nobody(self):
        """where nobody listens opening fails at once"""
        path = f'{self.folder()}/qmp'
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND) as context:
            Qemu.Domain.new_for_uri(path).open()
        self.assertIn(path, context.exception.message)
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(path)
            with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.CONNECTION_REFUSED):
                Qemu.Domain.new_for_uri(path).open()

    def test_silent(self):
        """where nobody greets opening fails when its time is over"""
        path = f'{self.folder()}/qmp'
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(path)
            silent.listen()
            vm = Qemu.Domain.new_for_uri(path)
            vm.props.monitor.props.open_timeout = 50
            with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.BUSY):
                vm.open()


class Wire(TestCase):
    def test_exact(self):
        """integers of 64 bits travel exactly: out as arguments, in as raw text and as properties of json-glib"""
        vm, peer = self.peer(('echo', '{"event": "NUMBERS", "data": {"most": 18446744073709551615, "least": '
                                      '-9223372036854775808}, "timestamp": {"seconds": 1, "microseconds": 2}}',
                              {'return': {'most': 2 ** 64 - 1, 'least': -2 ** 63, 'odd': 2 ** 53 + 1}}))
        events = []
        vm.connect('event::NUMBERS', lambda _vm, event: events.append(event))
        vm.open()
        command = Qemu.Command.new('echo')
        command.set_uint64('most', 2 ** 64 - 1)
        command.set_int64('least', -2 ** 63)
        command.set_int64('odd', -2 ** 53 - 1)
        reply = json.loads(vm.run_raw(command).get_data())['return']
        self.assertEqual(reply, {'most': 2 ** 64 - 1, 'least': -2 ** 63, 'odd': 2 ** 53 + 1})
        self.assertEqual(peer.heard[0]['arguments'], {'most': 2 ** 64 - 1, 'least': -2 ** 63, 'odd': -2 ** 53 - 1})

        wait_until(lambda: events, 'event NUMBERS')
        self.assertEqual(events[0].get_uint64('most'), (True, 2 ** 64 - 1))
        self.assertEqual(events[0].get_int64('least'), (True, -2 ** 63))
        self.assertEqual(events[0].get_int64('most')[0], False)
        self.assertEqual(events[0].get_uint64('least')[0], False)
        self.assertEqual(events[0].props.timestamp, 1_000_002)
        self.assertEqual(json.loads(events[0].get_data_bytes().get_data())['most'], 2 ** 64 - 1)

    def test_texts(self):
        """texts beyond ASCII go both ways"""
        text = 'Grüße, 世界 🐂 "\\\n'
        vm, peer = self.peer(('echo', {'return': text}))
        vm.open()
        command = Qemu.Command.new('echo')
        command.set_string('text', text)
        self.assertEqual(vm.run(command).get_string(), text)
        self.assertEqual(peer.heard[0]['arguments'], {'text': text})

    def test_raw(self):
        """the raw reply is byte for byte what the peer has sent"""
        vm, peer = self.peer(('odd', {'return': {}}))
        peer.send = lambda message, command=None, send=peer.send: send(
            '{ "id" : %s,"return":\t[ 1.50 , null ] }' % json.dumps(command['id'])
            if command and command['execute'] == 'odd' else message, command)
        vm.open()
        self.assertTrue(vm.run_raw(Qemu.Command.new('odd')).get_data().endswith(b'"return":\t[ 1.50 , null ] }'))

    def test_classes(self):
        """each class of error has its code, unknown ones are generic"""
        classes = {'GenericError': Qemu.Error.GENERIC, 'CommandNotFound': Qemu.Error.COMMAND_NOT_FOUND,
                   'DeviceNotActive': Qemu.Error.DEVICE_NOT_ACTIVE, 'DeviceNotFound': Qemu.Error.DEVICE_NOT_FOUND,
                   'KVMMissingCap': Qemu.Error.KVM_MISSING_CAP, 'BrandNew': Qemu.Error.GENERIC}
        vm, _peer = self.peer(*(('fail', {'error': {'class': name, 'desc': f'the {name}'}}) for name in classes))
        vm.open()
        for name, code in classes.items():
            with self.assert_error(Qemu.Error.quark(), code) as context:
                vm.run(Qemu.Command.new('fail'))
            self.assertIn(f'the {name}', context.exception.message)
            self.assertIn('fail', context.exception.message)
            self.assertIn('peer', context.exception.message)

    def test_timeout(self):
        """a command without an answer times out, and the late answer is for nobody"""
        vm, peer = self.peer(('slow',), ('quick', {'return': 1}))
        vm.open()
        command = Qemu.Command.new('slow')
        command.set_timeout(30)
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
            vm.run(command)
        peer.send({'return': 'late'}, peer.heard[0])
        self.assertEqual(vm.run(Qemu.Command.new('quick')).get_int(), 1)

    def test_hang_up(self):
        """whatever waits when the peer hangs up ends once, with the reason"""
        vm, _peer = self.peer(('first',), ('second',), ('third', None))
        reasons = []
        vm.connect('closed', lambda _vm, error: reasons.append(error))
        vm.open()
        waiting = [Callback(vm.run_finish) for _ in range(3)]
        for name, callback in zip(('first', 'second', 'third'), waiting):
            vm.run_async(Qemu.Command.new(name), None, callback)
        for callback in waiting:
            with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.CONNECTION_CLOSED):
                callback.wait()
        wait_until(lambda: reasons, 'signal closed')
        settle()
        self.assertEqual([callback.calls for callback in waiting], [1, 1, 1])
        self.assertEqual(len(reasons), 1)
        self.assertTrue(reasons[0].matches(Gio.io_error_quark(), Gio.IOErrorEnum.CONNECTION_CLOSED))

    def test_garbage(self):
        """what is not JSON ends the connection with an error of the protocol"""
        vm, _peer = self.peer(('talk', 'this is no JSON'))
        reasons = []
        vm.connect('closed', lambda _vm, error: reasons.append(error))
        vm.open()
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.PROTOCOL):
            vm.run(Qemu.Command.new('talk'))
        wait_until(lambda: reasons, 'signal closed')
        self.assertTrue(reasons[0].matches(Qemu.Error.quark(), Qemu.Error.PROTOCOL))

    def test_order(self):
        """events and answers come in the order of the wire"""
        event = {'event': 'TICK', 'timestamp': {'seconds': 0, 'microseconds': 0}}
        vm, _peer = self.peer(*(('tick', {**event, 'data': {'n': n}}, {'return': n}) for n in range(5)))
        order = []
        vm.connect('event::TICK', lambda _vm, event: order.append(('event', event.get_int64('n')[1])))
        vm.open()
        for _ in range(5):
            vm.run_async(Qemu.Command.new('tick'), None,
                         lambda vm, result: order.append(('answer', vm.run_finish(result).get_int())))
        wait_until(lambda: len(order) == 10, 'five events and five answers')
        self.assertEqual(order, [(kind, n) for n in range(5) for kind in ('event', 'answer')])

    def test_threads(self):
        """synchronous calls from four threads at once"""
        count = 50
        vm, _peer = self.peer(*[('echo', {'return': True})] * (4 * count))
        vm.open()
        answers = []

        def work():
            for _ in range(count):
                answers.append(vm.run(Qemu.Command.new('echo')).get_boolean())

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [True] * (4 * count))


class Answering(Qemu.Monitor):
    """Answers at once, from memory. It only implements what each monitor has to."""

    __gtype_name__ = 'TestAnswering'

    def __init__(self, answers=()):
        super().__init__()
        self.answers = {'query-name': {'name': 'python'}, 'query-status': {'status': 'paused', 'running': False},
                        **dict(answers)}
        self.asked = []

    def do_start_run(self, request):
        command = json.loads(request.get_command().to_json())
        self.asked.append(command)
        answer = self.answers.get(command['execute'])
        if isinstance(answer, GLib.Error):
            request.return_error(answer)
            return
        if answer is None:
            reply = {'error': {'class': 'CommandNotFound', 'desc': 'no such thing'}}
        else:
            reply = {'return': answer}
        request.return_bytes(GLib.Bytes.new(json.dumps(reply).encode()))


class Later(Answering):
    """Answers from the main loop."""

    __gtype_name__ = 'TestLater'

    def do_start_run(self, request):
        GLib.idle_add(lambda: Answering.do_start_run(self, request))


class Elsewhere(Answering):
    """Answers from another thread."""

    __gtype_name__ = 'TestElsewhere'

    def do_start_run(self, request):
        threading.Thread(target=Answering.do_start_run, args=(self, request)).start()


class Careful(Answering):
    """Has something to do when it is opened and closed."""

    __gtype_name__ = 'TestCareful'

    def __init__(self):
        super().__init__()
        self.log = []

    def do_start_open(self, request):
        self.log.append('open')
        greeting = {'QMP': {'version': {'qemu': {'major': 9, 'minor': 8, 'micro': 7}, 'package': 'python'},
                            'capabilities': ['oob']}}
        request.return_bytes(GLib.Bytes.new(json.dumps(greeting).encode()))

    def do_start_close(self, request):
        self.log.append('close')
        request.return_bytes(GLib.Bytes.new(b'{}'))


class Forgetful(Answering):
    """Never answers, and does not even keep the request."""

    __gtype_name__ = 'TestForgetful'

    def do_start_run(self, request):
        pass


class Raising(Answering):
    """Has a mistake in it."""

    __gtype_name__ = 'TestRaising'

    def do_start_run(self, request):
        raise RuntimeError('a mistake')


class Keeping(Answering):
    """Answers when it is told to, with any text."""

    __gtype_name__ = 'TestKeeping'

    def __init__(self):
        super().__init__()
        self.requests = []

    def do_start_run(self, request):
        self.requests.append(request)

    def answer(self, text):
        self.requests.pop(0).return_bytes(GLib.Bytes.new(text.encode()))


class Refusing(Answering):
    """Cannot be opened."""

    __gtype_name__ = 'TestRefusing'

    def do_start_open(self, request):
        request.return_error(GLib.Error.new_literal(Gio.io_error_quark(), 'not today', Gio.IOErrorEnum.BUSY))


class Subclass(TestCase):
    def test_domain(self):
        """a domain over a monitor that only implements start_run"""
        monitor = Answering({'add': 3, 'most': 2 ** 64 - 1})
        vm = Qemu.Domain.new(monitor)
        vm.open()
        self.assertEqual(vm.props.state, Qemu.MonitorState.OPEN)
        self.assertEqual(vm.props.name, 'python')
        self.assertEqual(vm.query_status(), Qemu.Status.PAUSED)
        command = Qemu.Command.new('add')
        command.set_int64('a', 1)
        self.assertEqual(vm.run(command).get_int(), 3)
        self.assertEqual(monitor.asked[-1]['arguments'], {'a': 1})
        self.assertEqual(json.loads(vm.run_raw(Qemu.Command.new('most')).get_data()), {'return': 2 ** 64 - 1})
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.COMMAND_NOT_FOUND):
            vm.run(Qemu.Command.new('subtract'))
        vm.close()
        self.assertEqual(vm.props.state, Qemu.MonitorState.CLOSED)

    def test_asynchronous(self):
        """answers from the main loop and from another thread"""
        for kind in Later, Elsewhere:
            with self.subTest(kind.__name__):
                vm = Qemu.Domain.new(kind({'add': 3}), 'python')
                opened = Callback(vm.open_finish)
                vm.open_async(None, opened)
                self.assertTrue(opened.wait())
                answers = [Callback(vm.run_finish) for _ in range(10)]
                for answer in answers:
                    vm.run_async(Qemu.Command.new('add'), None, answer)
                self.assertEqual([answer.wait().get_int() for answer in answers], [3] * 10)

    def test_synchronous_elsewhere(self):
        """a synchronous call waits for an answer from another thread"""
        monitor = Elsewhere({'add': 3})
        monitor.open()
        reply = monitor.run(Qemu.Command.new('add'))
        self.assertEqual(json.loads(reply.get_data()), {'return': 3})

    def test_open_and_close(self):
        """start_open and start_close, and the greeting"""
        monitor = Careful()
        vm = Qemu.Domain.new(monitor)
        vm.open()
        vm.close()
        self.assertEqual(monitor.log, ['open', 'close'])

    def test_greeting(self):
        """the version is the greeting's"""
        monitor = Careful()
        monitor.open()
        self.assertEqual(monitor.props.version.props.major, 9)
        self.assertEqual(list(monitor.props.capabilities), ['oob'])
        self.assertTrue(monitor.props.version.at_least(9, 8, 7))
        self.assertFalse(monitor.props.version.at_least(9, 9, 0))

    def test_refused(self):
        """an error of start_open is the error of open"""
        vm = Qemu.Domain.new(Refusing(), 'python')
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.BUSY) as context:
            vm.open()
        self.assertIn('not today', context.exception.message)
        self.assertEqual(vm.props.state, Qemu.MonitorState.CLOSED)

    def test_forgotten(self):
        """a request that nobody answers fails by itself"""
        monitor = Forgetful()
        monitor.open()
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.PROTOCOL):
            monitor.run(Qemu.Command.new('x'))
        callback = Callback(monitor.run_finish)
        monitor.run_async(Qemu.Command.new('x'), None, callback)
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.PROTOCOL):
            callback.wait()

    def test_raises(self):
        """an exception is a request that nobody answers"""
        monitor = Raising()
        monitor.open()
        callback = Callback(monitor.run_finish)
        with contextlib.redirect_stderr(io.StringIO()) as log:
            monitor.run_async(Qemu.Command.new('x'), None, callback)
        self.assertIn('RuntimeError: a mistake', log.getvalue())
        # Until here Python keeps what it has printed, and with it the request.
        sys.last_value = sys.last_traceback = sys.last_exc = None
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.PROTOCOL):
            callback.wait()

    def test_nonsense(self):
        """an answer that is none is an error, and the next command works"""
        monitor = Keeping()
        vm = Qemu.Domain.new(monitor, 'python')
        monitor.open()
        for text in '', 'nonsense', '[]', '{}', '{"return": 1', '{"return": 1} x':
            with self.subTest(text):
                callback = Callback(vm.run_finish)
                vm.run_async(Qemu.Command.new('x'), None, callback)
                monitor.answer(text)
                with self.assert_error(Qemu.Error.quark(), Qemu.Error.PROTOCOL):
                    callback.wait()
        callback = Callback(vm.run_finish)
        vm.run_async(Qemu.Command.new('x'), None, callback)
        monitor.answer('{"return": 1}')
        self.assertEqual(callback.wait().get_int(), 1)

    def test_late(self):
        """a call may be cancelled or time out, and a late or a second answer is for nobody"""
        monitor = Keeping()
        monitor.open()
        cancellable = Gio.Cancellable()
        cancelled, timed_out, answered = (Callback(monitor.run_finish) for _ in range(3))
        slow = Qemu.Command.new('slow')
        slow.set_timeout(20)
        monitor.run_async(Qemu.Command.new('x'), cancellable, cancelled)
        monitor.run_async(slow, None, timed_out)
        monitor.run_async(Qemu.Command.new('x'), None, answered)
        self.assertEqual(monitor.requests[1].get_command().get_name(), 'slow')
        cancellable.cancel()
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
            cancelled.wait()
        with self.assert_error(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
            timed_out.wait()
        self.assertEqual(answered.calls, 0)
        last = monitor.requests[-1]
        for text in 'one', 'two', 'three':
            monitor.answer(json.dumps({'return': text}))
        last.return_bytes(GLib.Bytes.new(b'{"return": "again"}'))
        self.assertEqual(json.loads(answered.wait().get_data()), {'return': 'three'})
        settle()
        self.assertEqual([callback.calls for callback in (cancelled, timed_out, answered)], [1, 1, 1])

    def test_freed(self):
        """a monitor that was written here is freed with its domain"""
        vm = Qemu.Domain.new(Answering(), 'python')
        vm.open()
        vm.query_status()
        reference = weakref.ref(vm.props.monitor)
        del vm
        settle()
        gc.collect()
        self.assertIsNone(reference())

    def test_events(self):
        """a monitor's events are its domain's"""
        monitor = Answering()
        vm = Qemu.Domain.new(monitor, 'python')
        heard = []
        vm.connect('event::TICK', lambda _vm, event: heard.append(event))
        vm.open()
        monitor.emit_event('TOCK', 0, None)
        monitor.emit_event('TICK', 1_000_002, GLib.Bytes.new(b'{"most": 18446744073709551615}'))
        wait_until(lambda: heard, 'event TICK')
        self.assertEqual(heard[0].props.timestamp, 1_000_002)
        self.assertEqual(heard[0].get_uint64('most'), (True, 2 ** 64 - 1))

    def test_closed(self):
        """a monitor that loses its connection says so, and is closed"""
        monitor = Answering()
        vm = Qemu.Domain.new(monitor, 'python')
        reasons = []
        vm.connect('closed', lambda _vm, error: reasons.append(error))
        vm.open()
        monitor.emit_closed(GLib.Error.new_literal(Gio.io_error_quark(), 'gone', Gio.IOErrorEnum.CONNECTION_CLOSED))
        wait_until(lambda: reasons, 'signal closed')
        self.assertTrue(reasons[0].matches(Gio.io_error_quark(), Gio.IOErrorEnum.CONNECTION_CLOSED))
        self.assertEqual(vm.props.state, Qemu.MonitorState.CLOSED)
        vm.open()
        self.assertEqual(vm.query_status(), Qemu.Status.PAUSED)

    def test_error(self):
        """an error that a monitor returns arrives with its domain and code"""
        refusal = GLib.Error.new_literal(Qemu.Error.quark(), 'not there', Qemu.Error.DEVICE_NOT_FOUND)
        monitor = Answering({'fail': refusal})
        monitor.open()
        with self.assert_error(Qemu.Error.quark(), Qemu.Error.DEVICE_NOT_FOUND) as context:
            monitor.run(Qemu.Command.new('fail'))
        self.assertIn('not there', context.exception.message)


if __name__ == '__main__':
    tap.main()
