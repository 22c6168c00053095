# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tells what happens to a machine until its QEMU ends: python3 watch.py SOCKET"""
import asyncio
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu


def show_status(vm: Qemu.Domain, _pspec: object) -> None:
    if vm.status != Qemu.Status.UNKNOWN:
        print(f'status {vm.status_name}', flush=True)


async def main(uri: str) -> None:
    vm = Qemu.Domain.new_for_uri(uri)
    vm.connect('notify::status', show_status)
    events = vm.events()
    await vm.open_async()
    async for event in events:
        reason = event.data.get('reason')
        print(f'event {event.name}' + (f', reason {reason}' if reason else ''), flush=True)


try:
    asyncio.run(main(sys.argv[1]))
except GLib.Error as error:
    print(f'closed: {error.message}')
