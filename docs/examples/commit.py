# SPDX-License-Identifier: LGPL-2.1-or-later
"""Commits the overlay of a disk into what is below it: python3 commit.py SOCKET DISK"""
import asyncio
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import Qemu


async def main(uri: str, name: str) -> None:
    async with Qemu.Domain.new_for_uri(uri) as vm:
        disk = await vm.find_block_device_async(name)
        job = await disk.commit_async(None, None)
        job.connect('notify::fraction', lambda job, _pspec: print(f'{job.fraction:.0%}', flush=True))
        print(f'Done: {await job.complete_async()}')


asyncio.run(main(*sys.argv[1:]))
