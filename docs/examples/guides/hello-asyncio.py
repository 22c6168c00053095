# SPDX-License-Identifier: LGPL-2.1-or-later
"""Says hello to many machines at once: python3 hello-asyncio.py SOCKET..."""
import asyncio
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu


async def say_hello(uri: str) -> str:
    try:
        async with Qemu.Domain.new_for_uri(uri) as vm:
            memory, disks = await asyncio.gather(vm.run_async('query-memory-size-summary'),
                                                 vm.run_async('query-block'))
            return f'{vm.name} is {vm.status_name}, has {memory["base-memory"] >> 20} MiB and {len(disks)} disks'
    except GLib.Error as error:
        return f'{uri}: {error.message}'


async def main(uris: list[str]) -> None:
    for answer in await asyncio.gather(*map(say_hello, uris)):
        print(answer)


asyncio.run(main(sys.argv[1:]))
