#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The override under asyncio: plain asyncio.run(), loops that GLib drives, and loops in threads."""

import asyncio
import contextlib
import functools
import gc
import importlib
import importlib.util
import os
import threading
import unittest
import weakref

import tap
from helpers import QEMU, Gio, GLib, TestCase, needs_qemu, settle, wait_until

import gi

gi.require_version('Json', '1.0')
from gi.repository import GObject, Qemu

try:
    gi.require_version('QemuLibvirt', '1.0')
    from gi.repository import QemuLibvirt
except ValueError:
    QemuLibvirt = None

BIG = 10_000
LIMIT = 20         # seconds for one case


def echo(_monitor, command):
    if command.name == 'fail':
        raise Qemu.DeviceNotFoundError('nothing is called so')
    return command.arguments


def imitation():
    return Qemu.Domain.new(Qemu.TestMonitor.new(echo), 'imitation')


def asynchronous(case):
    """Runs a case in a loop of its own, with a limit."""
    @functools.wraps(case)
    def wrapper(self):
        async def limited():
            await asyncio.wait_for(case(self), LIMIT)
        asyncio.run(limited())
    return wrapper


def count_fds():
    return len(os.listdir('/proc/self/fd'))


class Await(TestCase):
    @asynchronous
    async def test_values(self):
        """calls can be awaited, one after the other and all at once"""
        async with imitation() as vm:
            self.assertEqual(await vm.run_async('echo', {'n': 2**64 - 1}), {'n': 2**64 - 1})
            self.assertEqual(await vm.run_async(Qemu.Command('echo')), {})
            self.assertEqual(await vm.run_async('echo', arguments={'a': 1}, cancellable=Gio.Cancellable()), {'a': 1})
            replies = await asyncio.gather(*(vm.run_async('echo', {'n': n}) for n in range(200)))
            self.assertEqual([reply['n'] for reply in replies], list(range(200)))
            self.assertEqual(await vm.query_status_async(), Qemu.Status.UNKNOWN)
            raw = await asyncio.gather(vm.monitor.run_async('echo'), vm.run_raw_async('echo'))
            self.assertEqual([reply.get_data() for reply in raw], [b'{"return": {}}'] * 2)

    @asynchronous
    async def test_errors(self):
        """errors come in their class, also out of gather()"""
        async with imitation() as vm:
            with self.assertRaisesRegex(Qemu.DeviceNotFoundError, 'fail on imitation: nothing is called so'):
                await vm.run_async('fail')
            replies = await asyncio.gather(vm.run_async('fail'), vm.run_async('echo'), return_exceptions=True)
            self.assertIsInstance(replies[0], Qemu.DeviceNotFoundError)
            self.assertEqual(replies[1], {})
            for bad in {'a': float('nan')}, [1]:
                with self.subTest(bad), self.assertRaises(ValueError):
                    await vm.run_async('echo', bad)
        with self.assertRaises(ConnectionError):
            await vm.run_async('echo')
        with self.assertRaises(FileNotFoundError):
            await Qemu.Domain.new_for_uri('/nonexistent/qmp').open_async()

    def test_every_operation(self):
        """each asynchronous function of the interface gives a future when it has no callback"""
        names = [(cls, info.get_name()) for cls in (getattr(Qemu, name) for name in dir(Qemu))
                 if isinstance(cls, type) and hasattr(cls, '__info__') and hasattr(cls.__info__, 'get_methods')
                 for info in cls.__info__.get_methods() if info.get_name().endswith('_async')]
        self.assertGreater(len(names), 45)
        for cls, name in names:
            with self.subTest(cls.__name__, name=name):
                wrapper = vars(cls)[name]
                self.assertTrue(hasattr(wrapper, '__wrapped__'))
                self.assertIsNot(wrapper.__wrapped__, wrapper)

    @needs_qemu
    @asynchronous
    async def test_real(self):
        """a real QEMU: hardware, disks, a job with keyword arguments, a picture or its error"""
        folder = self.folder()
        with open(f'{folder}/disk', 'wb') as file:
            file.truncate(1 << 20)
        argv = [QEMU, '-accel', 'kvm', '-accel', 'tcg', '-nodefaults', '-display', 'none', '-S', '-name', 'mail',
                '-drive', f'if=virtio,id=d,format=raw,file={folder}/disk']
        async with Qemu.Process.new(argv) as process:
            vm = process.get_domain()
            cpus, devices, disk = await asyncio.gather(
                vm.list_cpus_async(Qemu.CpuQueryFlags.REGISTERS), vm.list_pci_devices_async(),
                vm.find_block_device_async('d'))
            self.assertTrue(len(cpus) >= 1 and len(devices) >= 2)
            job = await disk.mirror_async(target=f'{folder}/copy', format='raw', options={'sync': 'full'})
            self.assertTrue(await job.wait_ready_async())
            self.assertTrue(await job.complete_async())
            self.assertEqual(job.result, Qemu.JobResult.COMPLETED)
            job = await disk.stream_async()         # all that it has may be left out
            self.assertTrue(await job.wait_async())
            with self.assertRaises(GLib.Error):
                await vm.screen_dump_async(None, 0, Qemu.ScreenFormat.PPM)
        self.assertEqual(process.exit_status, 0)

    @asynchronous
    async def test_old_style(self):
        """with a callback it is called back, in the loop, and nothing is returned"""
        future = asyncio.get_running_loop().create_future()
        vm = imitation()
        self.assertIsNone(vm.open_async(None, lambda vm, result: future.set_result(vm.open_finish(result))))
        self.assertTrue(await future)
        vm.close()

    @asynchronous
    async def test_timers(self):
        """what else is attached to the main context goes on, too"""
        async with imitation():
            future = asyncio.get_running_loop().create_future()
            GLib.timeout_add(10, lambda: future.set_result('timeout') or GLib.SOURCE_REMOVE)
            # This thread has attached it, so the loop hears of it with the next call of the library.
            await imitation().open_async()
            self.assertEqual(await future, 'timeout')

    def test_made_before(self):
        """what was made before the loop lives in it, too, by whatever it is touched first"""
        vms = [imitation() for _ in range(3)]
        for vm in vms:
            vm.open()

        async def main():
            heard = [asyncio.Event() for _ in vms]
            vms[0].connect('event', lambda *_: heard[0].set())
            vms[0].monitor.push_event('TICK')
            await asyncio.wait_for(heard[0].wait(), LIMIT)
            vms[1].run_async('echo', None, None, lambda *_: heard[1].set())
            await asyncio.wait_for(heard[1].wait(), LIMIT)
            self.assertEqual(await vms[2].run_async('echo'), {})
        for close in True, False:
            with self.subTest(close=close):
                asyncio.run(main())

    @asynchronous
    async def test_synchronous(self):
        """a synchronous call inside a loop works, and what it has read comes later"""
        vm, _peer = self.peer(('x', {'event': 'TICK', 'timestamp': {'seconds': 1, 'microseconds': 0}}, {'return': 1}))
        async with vm:
            events = vm.events()
            self.assertEqual(vm.run('x'), 1)
            self.assertEqual((await anext(events)).name, 'TICK')


    @unittest.skipUnless(QemuLibvirt, 'this build has no libvirt part')
    @asynchronous
    async def test_libvirt(self):
        """the libvirt part has it all, too: libvirt's own imitation has one machine"""
        self.assertEqual(await QemuLibvirt.list_domains_async('test:///default'), ['test'])
        self.assertEqual(QemuLibvirt.list_domains('test:///default'), ['test'])
        with self.assertRaises(GLib.Error):
            await QemuLibvirt.list_domains_async('nonsense:///')
        monitor = QemuLibvirt.Monitor.new('test:///default', 'test')
        self.assertEqual((monitor.connection_uri, monitor.domain_name), ('test:///default', 'test'))
        self.assertEqual(repr(monitor), '<QemuLibvirt.Monitor closed>')
        with self.assertRaises(GLib.Error):
            await monitor.open_async()


class Cancel(TestCase):
    @asynchronous
    async def test_task(self):
        """a task that is cancelled in await ends at once, and the connection goes on"""
        vm, _peer = self.peer(('silent',), ('echo', {'return': 1}), ('silent',), ('echo', {'return': 2}))
        async with vm:
            task = asyncio.create_task(self.wait_for(vm.run_async('silent')))
            await asyncio.sleep(0)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertEqual(await vm.run_async('echo'), 1)
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(vm.run_async('silent'), 0.03)
            self.assertEqual(await vm.run_async('echo'), 2)

    @staticmethod
    async def wait_for(future):
        return await future

    @asynchronous
    async def test_call(self):
        """the call itself is cancelled: nothing waits for it any more"""
        asked = []

        class Silent(Qemu.Monitor):
            def do_start_open(self, request):
                request.return_bytes(GLib.Bytes.new(b'{}'))

            def do_start_close(self, request):
                request.return_bytes(GLib.Bytes.new(b'{}'))

            def do_start_run(self, request):
                asked.append(request)

        async with Silent() as monitor:
            future = monitor.run_async('x')
            self.assertFalse(asked[0].get_cancellable().is_cancelled())
            future.cancel()
            await asyncio.sleep(0)
            self.assertTrue(asked[0].get_cancellable().is_cancelled())

            mine = Gio.Cancellable()
            first, second = monitor.run_async('x', mine), monitor.run_async('x', mine)
            first.cancel()
            await asyncio.sleep(0)
            self.assertFalse(mine.is_cancelled(), 'that of the caller may be for other things, too')
            self.assertFalse(second.done())
            mine.cancel()
            with self.assertRaises(Qemu.CancelledError):
                await second
            with self.assertRaises(Qemu.CancelledError):
                await monitor.run_async('x', mine)
            self.assertEqual(len(asked), 3)

    @asynchronous
    async def test_entered(self):
        """what was opened or spawned in the moment in which its task was cancelled is ended again"""
        class Late(Qemu.Monitor):
            def do_start_open(self, request):
                request.return_bytes(GLib.Bytes.new(b'{}'))
                task.cancel()

            def do_start_close(self, request):
                closed.append(request.return_bytes(GLib.Bytes.new(b'{}')))

            def do_start_run(self, request):
                request.return_value({})

        async def enter():
            async with monitor:
                self.fail('it was cancelled')
        closed, monitor = [], Late()
        task = asyncio.create_task(enter())
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.assertEqual(monitor.state, Qemu.MonitorState.CLOSED)

    @asynchronous
    async def test_open(self):
        """an open that is cancelled leaves nothing open"""
        vm, _peer = self.peer()
        future = vm.open_async()
        future.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await future
        with self.assertRaises(ConnectionError):
            await vm.run_async('echo')


class Events(TestCase):
    @asynchronous
    async def test_many(self):
        """10,000 events: none is lost, and all are in order, with calls in between"""
        tick = {'event': 'TICK', 'timestamp': {'seconds': 1, 'microseconds': 0}}
        vm, _peer = self.peer(('flood', *({**tick, 'data': {'n': n}} for n in range(BIG)), {'return': 'done'}),
                              *((f'ask-{n}', {'return': n}) for n in range(BIG // 1000)))
        async with vm:
            events, others = vm.events('TICK'), vm.events('TOCK')
            self.assertEqual(await vm.run_async('flood'), 'done')
            for n in range(BIG):
                self.assertEqual((await anext(events)).data['n'], n)
                if n % 1000 == 0:
                    self.assertEqual(await vm.run_async(f'ask-{n // 1000}'), n // 1000)
        self.assertEqual([event async for event in events], [])
        self.assertEqual([event async for event in others], [])

    @asynchronous
    async def test_before_the_loop(self):
        """what happened between the call and the loop is there; an event with two names comes once"""
        monitor = Qemu.TestMonitor.new(echo)
        async with Qemu.Domain.new(monitor, 'vm') as vm:
            events = vm.events('TICK', 'TOCK', 'TICK')
            for name in 'TICK', 'OTHER', 'TOCK':
                monitor.push_event(name)
            await asyncio.sleep(0.01)
            self.assertEqual([(await anext(events)).name for _ in range(2)], ['TICK', 'TOCK'])
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(anext(events), 0.01)
            monitor.push_event('TICK')
            self.assertEqual((await anext(events)).name, 'TICK')

    @asynchronous
    async def test_break(self):
        """leaving the loop, cancelling the task and `async with` end the subscription"""
        monitor = Qemu.TestMonitor.new(echo)
        async with Qemu.Domain.new(monitor, 'vm') as vm:
            matches = (vm, GObject.SignalMatchType.ID, GObject.signal_lookup('event', Qemu.Domain), 0, None, 0, 0)
            asyncio.get_running_loop().call_soon(monitor.push_event, 'TICK')
            async for _event in vm.events('TICK'):
                break
            self.assertEqual(GObject.signal_handler_find(*matches), 0)

            async def listen():
                async for _event in vm.events('TICK'):
                    pass
            task = asyncio.create_task(listen())
            await asyncio.sleep(0)
            self.assertNotEqual(GObject.signal_handler_find(*matches), 0)
            task.cancel()
            await asyncio.wait([task])
            del task
            await asyncio.sleep(0)
            self.assertEqual(GObject.signal_handler_find(*matches), 0)

            async with vm.events('TICK') as events:
                self.assertNotEqual(GObject.signal_handler_find(*matches), 0)
            self.assertEqual(GObject.signal_handler_find(*matches), 0)
            self.assertEqual([event async for event in events], [])

    @asynchronous
    async def test_end(self):
        """a stream ends when the domain is closed, and raises what has ended the connection"""
        async with imitation() as vm:
            waiting = asyncio.create_task(anext(vm.events()))
            await asyncio.sleep(0)
            await vm.close_async()
            with self.assertRaises(StopAsyncIteration):
                await waiting
        vm, _peer = self.peer(('bye', {'event': 'LAST', 'timestamp': {'seconds': 1, 'microseconds': 2}}, None))
        async with vm:
            events = vm.events()
            with self.assertRaises(ConnectionError):
                await vm.run_async('bye')
            self.assertEqual((await anext(events)).name, 'LAST')
            for _ in range(2):
                with self.assertRaises(Qemu.ConnectionClosedError):
                    await anext(events)

    @asynchronous
    async def test_misuse(self):
        """two tasks cannot wait for one stream, and a loop of asyncio is not iterated by `for`"""
        async with imitation() as vm:
            events = vm.events()
            task = asyncio.create_task(anext(events))
            await asyncio.sleep(0)
            with self.assertRaisesRegex(RuntimeError, 'two tasks'):
                await anext(events)
            task.cancel()
            with self.assertRaisesRegex(RuntimeError, 'async for'):
                next(events)

    def test_other_way_round(self):
        """nor the other way round"""
        events = imitation().events()

        async def main():
            with self.assertRaisesRegex(RuntimeError, 'plain "for"'):
                await anext(events)
        asyncio.run(main())

    @asynchronous
    async def test_limit(self):
        """with a limit the newest are kept, and the others are counted"""
        monitor = Qemu.TestMonitor.new(echo)
        async with Qemu.Domain.new(monitor, 'vm') as vm:
            events, last = vm.events(limit=3), vm.events('LAST')
            for n in range(10):
                monitor.push_event('TICK', {'n': n})
            monitor.push_event('LAST')
            await anext(last)
            self.assertEqual([(await anext(events)).name for _ in range(3)], ['TICK', 'TICK', 'LAST'])
            self.assertEqual(events.dropped, 8)


class Loops(TestCase):
    async def work(self):
        async with imitation() as vm:
            events = vm.events('TICK')
            vm.monitor.push_event('TICK', {'n': 1})
            replies = await asyncio.gather(*(vm.run_async('echo', {'n': n}) for n in range(20)))
            self.assertEqual([reply['n'] for reply in replies], list(range(20)))
            self.assertEqual((await anext(events)).data, {'n': 1})
            with self.assertRaises(Qemu.DeviceNotFoundError):
                await vm.run_async('fail')
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(anext(events), 0.01)

    def test_again(self):
        """one asyncio.run() after the other, and then a loop of GLib's; no descriptor is left"""
        asyncio.run(self.work())
        fds = count_fds()
        for _ in range(10):
            asyncio.run(self.work())
        self.assertEqual(count_fds(), fds)
        fired = []
        GLib.idle_add(lambda: fired.append(True))
        wait_until(lambda: fired, 'an idle source')
        # Another thread may run the context now.
        taken = []

        def take():
            taken.append(GLib.MainContext.default().acquire())
            GLib.MainContext.default().release()
        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
        self.assertEqual(taken, [True])

    def test_by_hand(self):
        """a loop that is made, run in steps and closed by hand"""
        fds = 0
        for _ in range(3):
            loop = asyncio.new_event_loop()
            loop.run_until_complete(self.work())
            loop.run_until_complete(self.work())
            loop.close()
            fds = fds or count_fds()
        self.assertEqual(count_fds(), fds)

    def test_end(self):
        """what ends with the loop may still wait: a generator that has a domain open"""
        kept = []

        async def generate():
            async with vm:
                yield vm.state

        async def main():
            kept.append(generate())
            self.assertEqual(await anext(kept[-1]), Qemu.MonitorState.OPEN)
        for _ in range(2):
            vm = imitation()
            asyncio.run(asyncio.wait_for(main(), LIMIT))
            self.assertEqual(vm.state, Qemu.MonitorState.CLOSED)

    def test_busy(self):
        """a context that another thread has only for a moment is served when it is free"""
        held, free = threading.Event(), threading.Event()

        def hold():
            context = GLib.MainContext.default()
            self.assertTrue(context.acquire())
            held.set()
            free.wait(LIMIT)
            context.release()
        thread = threading.Thread(target=hold)
        thread.start()
        self.assertTrue(held.wait(LIMIT))

        async def main():
            opening = imitation().open_async()
            free.set()
            self.assertTrue(await opening)
        asyncio.run(asyncio.wait_for(main(), LIMIT))
        thread.join()

    def test_threads(self):
        """a loop in each of four threads, twice in each"""
        problems = []

        def run():
            try:
                for _ in range(2):
                    asyncio.run(self.work())
            except BaseException as error:      # pylint: disable=broad-except: it is raised below
                problems.append(error)
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for problem in problems:
            raise problem

    def test_foreign_context(self):
        """where another thread runs the main context, what comes from there is handed over"""
        loop = GLib.MainLoop()
        thread = threading.Thread(target=loop.run)
        thread.start()
        wait_until_running = threading.Event()
        GLib.idle_add(wait_until_running.set)
        self.assertTrue(wait_until_running.wait(LIMIT))

        async def main():
            mine = threading.get_ident()
            heard = []
            async with imitation() as vm:
                vm.connect('event', lambda *_: heard.append(threading.get_ident()))
                events = vm.events('TICK')
                vm.monitor.push_event('TICK', {'n': 1})
                self.assertEqual((await anext(events)).data, {'n': 1})
                self.assertEqual(await vm.run_async('echo', {'n': 2}), {'n': 2})
                self.assertNotEqual(heard, [mine])
        try:
            asyncio.run(asyncio.wait_for(main(), LIMIT))
        finally:
            loop.quit()
            thread.join()

    @unittest.skipUnless(importlib.util.find_spec('gi.events'), 'this PyGObject has no loop of asyncio')
    def test_gi_events(self):
        """in PyGObject's own loop"""
        events = importlib.import_module('gi.events')
        loop = events.GLibEventLoop(GLib.MainContext.default())
        try:
            loop.run_until_complete(asyncio.wait_for(self.work(), LIMIT))
        finally:
            loop.close()

    @unittest.skipIf(importlib.util.find_spec('gi.events'), 'gbulb does not go with this PyGObject, which has a loop')
    @unittest.skipUnless(importlib.util.find_spec('gbulb'), 'gbulb is not here')
    def test_gbulb(self):
        """in gbulb's loop"""
        gbulb = importlib.import_module('gbulb')
        loop = gbulb.GLibEventLoopPolicy().new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(asyncio.wait_for(self.work(), LIMIT))
        finally:
            asyncio.set_event_loop(None)
            loop.close()


class Lifetimes(TestCase):
    def test_gone(self):
        """a domain is gone after close(), with handlers, futures and streams that were never used up"""
        references = []

        async def main():
            vm, _peer = self.peer(('echo', {'return': 1}))
            await vm.open_async()
            vm.connect('event', lambda *_: vm.name)
            events = vm.events()
            await vm.run_async('echo')
            await vm.close_async()
            references.extend(weakref.ref(thing) for thing in (vm, vm.monitor, events))
        asyncio.run(main())
        while gc.collect():
            pass
        self.assertEqual([reference() for reference in references], [None] * 3)

    def test_in_flight(self):
        """one that is dropped with calls in flight is gone when they have ended"""
        references = []

        async def main():
            vm, peer = self.peer(('silent',), ('silent',))
            await vm.open_async()
            futures = [vm.run_async('silent'), vm.run_async('silent')]
            references.append(weakref.ref(vm))
            del vm
            wait = asyncio.gather(*futures, return_exceptions=True)
            peer.connection.shutdown(2)
            for error in await wait:
                self.assertIsInstance(error, ConnectionError)
        asyncio.run(main())
        while gc.collect():
            pass
        self.assertEqual([reference() for reference in references], [None])

    def test_at_once(self):
        """a call that fails leaves nothing that only the collector would find"""
        def use(vm):
            with self.assertRaises(Qemu.DeviceNotFoundError):
                vm.run('fail')

        async def use_async(vm):
            for name in 'fail', 'echo':
                with contextlib.suppress(Qemu.DeviceNotFoundError):
                    await vm.run_async(name)
        gc.collect()
        gc.disable()
        try:
            for use_it in use, lambda vm: asyncio.run(use_async(vm)):
                vm = imitation()
                vm.open()
                use_it(vm)
                gone = weakref.ref(vm)
                vm.close()
                settle()
                del vm
                self.assertIsNone(gone())
        finally:
            gc.enable()

    def test_abandoned(self):
        """a loop that ends with calls in flight complains of nothing, and they end later"""
        async def main():
            vm, _peer = self.peer(('silent',))
            await vm.open_async()
            vm.run_async('silent')
            return vm
        vm = asyncio.run(main())
        vm.close()
        wait_until(lambda: vm.state == Qemu.MonitorState.CLOSED, 'the end')
        with contextlib.suppress(GLib.Error):
            vm.run('x')


if __name__ == '__main__':
    tap.main()
