# SPDX-License-Identifier: LGPL-2.1-or-later
"""What scripts do with qemu.qmp and QEMUMachine, done with this library: from-qemu-qmp.py SOCKET QEMU [ARGUMENT...]"""

import asyncio
import os
import sys
import tempfile

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import Gio, Qemu


async def ask(uri: str) -> None:
    async with Qemu.Domain.new_for_uri(uri) as vm:
        status = await vm.run_async('query-status')
        print('status', status['status'])

        name, memory = await asyncio.gather(vm.run_async('query-name'), vm.run_async('query-memory-size-summary'))
        print(name['name'], 'has', memory['base-memory'])


async def listen(uri: str) -> None:
    async with Qemu.Domain.new_for_uri(uri) as vm:
        async with vm.events('STOP', 'RESUME') as events:
            await vm.run_async('cont')
            await vm.run_async('stop')
            async for event in events:
                print('event', event.name)
                if event.name == 'STOP':
                    break


async def wait_for_a_job(uri: str, path: str) -> None:
    async with Qemu.Domain.new_for_uri(uri) as vm:
        options = {'driver': 'file', 'filename': path, 'size': 65536}
        job = await vm.start_job_async('blockdev-create', {'options': options})
        await job.wait_async()
        print(job.job_type, job.result.value_nick)


async def fail(uri: str) -> None:
    async with Qemu.Domain.new_for_uri(uri) as vm:
        try:
            await vm.run_async('make-coffee')
        except Qemu.CommandNotFoundError as error:
            print(error)
        except Qemu.Error as error:
            print('another of QEMU’s refusals', error)
        except ConnectionError as error:
            print('the connection is lost', error)

    try:
        await vm.run_async('query-status')
    except Qemu.NotConnectedError as error:
        print(error)


async def take_one_s_time(uri: str) -> None:
    async with Qemu.Domain.new_for_uri(uri) as vm:
        vm.monitor.command_timeout = 5000           # of each command, in milliseconds
        await asyncio.wait_for(vm.run_async('query-status'), timeout=5)

        command = Qemu.Command('query-status')
        command.set_timeout(500)
        await vm.run_async(command)


async def watch_the_connection(uri: str) -> None:
    vm = Qemu.Domain.new_for_uri(uri)
    states: list[str] = []
    closed = asyncio.Event()
    vm.connect('notify::state', lambda vm, _pspec: states.append(vm.state.value_nick))
    vm.connect('closed', lambda _vm, _error: closed.set())
    await vm.open_async()
    await vm.close_async()
    await closed.wait()
    print('states', states)


async def pass_a_file(uri: str, path: str) -> None:
    async with Qemu.Domain.new_for_uri(uri) as vm:
        command = Qemu.Command('getfd', {'fdname': 'log'})
        with open(path, 'rb') as file:
            command.attach_fd(file.fileno())
        await vm.run_async(command)


async def be_called(path: str, argv: list[str]) -> None:
    monitor = Qemu.SocketMonitor.new_listening(Gio.UnixSocketAddress.new(path))
    monitor.listen()
    qemu = await asyncio.create_subprocess_exec(*argv, '-qmp', f'unix:{path},server=off')
    async with Qemu.Domain.new(monitor, 'caller') as vm:
        print(vm.name, 'is', vm.status_name)
        await vm.quit_async()
    await qemu.wait()


def script(uri: str) -> None:
    with Qemu.Domain.new_for_uri(uri) as vm:
        print('status', vm.run('query-status')['status'])
        with vm.events('STOP') as events:
            vm.run('cont')
            vm.run('stop')
            print('event', next(events).name)


def own_machine(argv: list[str]) -> None:
    with Qemu.Process.new(argv) as process:
        vm = process.get_domain()
        print('a process:', process.pid > 0, vm.run('query-status')['status'])
        vm.cont()
    print('exit status', process.exit_status)


def no_machine(argv: list[str]) -> None:
    try:
        Qemu.Process.new([*argv, '-no-such-option']).spawn()
    except Qemu.ProcessFailedError as error:
        print('-no-such-option' in error.message)


async def main(uri: str, argv: list[str]) -> None:
    await ask(uri)
    await listen(uri)
    await fail(uri)
    await take_one_s_time(uri)
    await watch_the_connection(uri)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'image.raw')
        await wait_for_a_job(uri, path)
        await pass_a_file(uri, path)
        await be_called(os.path.join(folder, 'caller.sock'), argv)


asyncio.run(main(sys.argv[1], sys.argv[2:]))
script(sys.argv[1])
own_machine(sys.argv[2:])
no_machine(sys.argv[2:])
