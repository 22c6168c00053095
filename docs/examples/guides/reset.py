# SPDX-License-Identifier: LGPL-2.1-or-later
"""Resets a machine, and waits until it has been: python3 reset.py SOCKET [SECONDS]"""
import asyncio
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu


async def reset(vm: Qemu.Domain) -> str:
    async with vm.events('RESET') as events:        # from here on none is lost
        await vm.system_reset_async()
        event = await anext(events)
        return str(event.data['reason'])


async def main(uri: str, seconds: float) -> None:
    async with Qemu.Domain.new_for_uri(uri) as vm:
        print(f'{vm.name} was reset: {await asyncio.wait_for(reset(vm), seconds)}')


try:
    asyncio.run(main(sys.argv[1], float(sys.argv[2] if len(sys.argv) > 2 else 10)))
except asyncio.TimeoutError:
    sys.exit('reset: it was asked, and has not been reset in time')
except GLib.Error as error:
    sys.exit(f'reset: {error.message}')
