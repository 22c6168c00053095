# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows the disks of a machine and the work on them, as they come and go, until QEMU ends: python3 lists.py SOCKET"""
import asyncio
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu


def say(*words: object) -> None:
    print(*words, flush=True)


def show_disk(disk: Qemu.BlockDevice) -> None:
    say('disk', disk.device, disk.file)
    disk.connect('notify::file', lambda disk, _pspec: say('disk', disk.device, 'is on', disk.file))


def show_job(job: Qemu.BlockJob) -> None:
    say('job', job.job_type, job.status.value_nick)
    job.connect('notify::result', lambda job, _pspec: say('job', job.job_type, 'has', job.result.value_nick))


def on_items_changed(model, position, removed, added, show):  # type: ignore
    for item in model[position:position + added]:
        show(item)


async def main(uri: str) -> None:
    vm = Qemu.Domain.new_for_uri(uri)
    vm.block_devices.connect('items-changed', on_items_changed, show_disk)
    vm.block_jobs.connect('items-changed', on_items_changed, show_job)
    closed = vm.events()
    await vm.open_async()
    async for _event in closed:
        pass


try:
    asyncio.run(main(sys.argv[1]))
except GLib.Error as error:
    print(error.message)
