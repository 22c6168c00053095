# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tells what happens to a machine, each time that it runs: python3 stay.py SOCKET"""
import asyncio
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu


async def stay(uri: str) -> None:
    monitor = Qemu.SocketMonitor.new_for_uri(uri)
    monitor.wait_for_peer = True        # that nobody is there yet is no error,
    monitor.open_timeout = 0            # for as long as it takes
    vm = Qemu.Domain.new(monitor, None)
    while True:
        try:
            async with vm:              # asks for the status: nobody knows what has happened meanwhile
                print(f'{vm.name} is {vm.status_name}', flush=True)
                async for event in vm.events('STOP', 'RESUME', 'SHUTDOWN'):
                    print(event.name, flush=True)
        except GLib.Error as error:
            print(error.message, flush=True)
        await asyncio.sleep(0.5)


try:
    asyncio.run(stay(sys.argv[1]))
except KeyboardInterrupt:
    pass
except GLib.Error as error:
    sys.exit(f'stay: {error.message}')
