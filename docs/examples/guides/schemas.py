# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keeps what the QEMU of each machine can do, in a file for each: python3 schemas.py FOLDER SOCKET..."""
import asyncio
import pathlib
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import Qemu


async def keep(uri: str, folder: pathlib.Path, slots: asyncio.Semaphore) -> None:
    async with slots, Qemu.Domain.new_for_uri(uri) as vm:
        reply = await vm.run_raw_async('query-qmp-schema')
        (folder / f'{vm.name}.json').write_bytes(reply.get_data())


async def main(folder: pathlib.Path, uris: list[str]) -> None:
    slots = asyncio.Semaphore(64)
    await asyncio.gather(*(keep(uri, folder, slots) for uri in uris))


asyncio.run(main(pathlib.Path(sys.argv[1]), sys.argv[2:]))
