# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tour under asyncio.  python3 tour-asyncio.py [QEMU's command line]"""

import asyncio
import os
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu

DEFAULT = [os.environ.get('QEMU_SYSTEM', 'qemu-system-x86_64'), '-accel', 'kvm', '-accel', 'tcg',
           '-nodefaults', '-display', 'none', '-name', 'demo']


async def show_events(events: Qemu.EventStream) -> None:
    async for event in events:
        reason = event.data.get('reason')
        print(f'  event {event.name}' + (f', reason {reason}' if reason else ''))


async def main(argv: list[str]) -> None:
    process = Qemu.Process.new(argv)
    vm = process.get_domain()
    changed = asyncio.Event()
    vm.connect('notify::status', lambda *_: changed.set())

    async def show_status() -> None:
        await changed.wait()
        changed.clear()
        print(f'  status {vm.status_name}')

    events = asyncio.create_task(show_events(vm.events()))
    print('spawn:', *argv, flush=True)
    async with process:
        await show_status()
        kvm, commands = await asyncio.gather(vm.run_async('query-kvm'), vm.list_commands_async())
        print(f'QEMU {vm.version}, process {process.pid}, KVM {"on" if kvm["enabled"] else "off"}, {len(commands)} commands')
        for call in vm.cont_async, vm.stop_async, vm.system_reset_async:
            print(call.__name__.removesuffix('_async'))
            await call()
            await show_status()
        print('make-coffee')
        try:
            await vm.run_async('make-coffee')
        except Qemu.CommandNotFoundError as error:
            print(f'  COMMAND_NOT_FOUND: {error}')
        print('shutdown: power button, half a second later quit')
        await process.shutdown_async(500)
    await asyncio.gather(events, return_exceptions=True)    # ends as QEMU hangs up
    print(f'  exit status {process.exit_status}')


try:
    asyncio.run(main((sys.argv[1:] or DEFAULT) + ['-S']))
except GLib.Error as error:
    sys.exit(f'tour-asyncio.py: {error}')
