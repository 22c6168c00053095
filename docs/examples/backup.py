#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Backs up disks of a machine while it runs: python3 backup.py SOCKET FOLDER [DISK...]

Each disk becomes FOLDER/DISK.qcow2. Until its copy is complete it is called DISK.qcow2.partial, and nothing but the
result of its job makes more of it: a copy that has failed, was given up or lost sight of keeps that name, and a backup
that was there before stays. Without names it takes all disks but removable media. It is QEMU that writes the files: the
folder has to be the same for it, and it has to have the right.

Exit code 0: all of the disks are backed up; 1: some are not, or none.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu

Copy = tuple[str, Qemu.BlockJob]      # where it is to be, and who makes it


def name_of(disk: Qemu.BlockDevice) -> str:
    """The name of the drive, or of the device that the guest sees, or of the node."""
    device = (disk.qdev or '').removeprefix('/machine/peripheral/').partition('/')[0]
    return disk.device or device or disk.node_name or 'disk'


async def find_disks(vm: Qemu.Domain, names: list[str]) -> list[tuple[str, Qemu.BlockDevice]]:
    if names:
        return [(name, await vm.find_block_device_async(name)) for name in names]
    disks = await vm.list_block_devices_async()
    return [(name_of(disk), disk) for disk in disks if disk.inserted and not disk.removable]


@contextlib.asynccontextmanager
async def still(vm: Qemu.Domain) -> AsyncIterator[None]:
    was_running = await vm.query_status_async() == Qemu.Status.RUNNING
    await vm.stop_async()
    try:
        yield
    finally:
        if was_running:
            await vm.cont_async()


async def start(vm: Qemu.Domain, disks: list[tuple[str, Qemu.BlockDevice]], folder: str, speed: int) -> list[Copy]:
    """Starts the jobs: (file, job). More than one start while the machine stands still, so all are of one moment."""
    copies = []
    async with still(vm) if len(disks) > 1 else contextlib.nullcontext():
        for name, disk in disks:
            path = os.path.join(folder, name.replace('/', '_') + '.qcow2')
            try:
                copies.append((path, await disk.backup_async(f'{path}.partial', 'qcow2', {'speed': speed})))
            except GLib.Error as error:
                print(f'{path}: {error}', file=sys.stderr)
    return copies


async def finish(path: str, job: Qemu.BlockJob) -> bool:
    """Waits for a copy, and calls it a backup when it is one."""
    try:
        await job.wait_async()
        if job.result == Qemu.JobResult.COMPLETED:
            with open(f'{path}.partial', 'rb') as file:
                os.fsync(file.fileno())
            os.replace(f'{path}.partial', path)
            print(path, flush=True)
            return True
    except (GLib.Error, OSError) as error:
        print(f'{path}.partial is no backup: {error}', file=sys.stderr)
    return False


async def cancel_on_signal(stopped: asyncio.Event, copies: list[Copy]) -> None:
    await stopped.wait()
    await asyncio.gather(*(job.cancel_async() for _path, job in copies), return_exceptions=True)


def show_progress(copies: list[Copy]) -> None:
    done = sum(job.current_progress for _path, job in copies)
    total = sum(job.total_progress for _path, job in copies)
    print(f'{done >> 20} of {total >> 20} MiB', flush=True)


async def backup(options: argparse.Namespace) -> bool:
    async with Qemu.Domain.new_for_uri(options.uri) as vm:
        disks = await find_disks(vm, options.disks)
        stopped = asyncio.Event()
        for number in signal.SIGINT, signal.SIGTERM:
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        copies = await start(vm, disks, os.path.abspath(options.folder), options.speed << 20)
        if options.progress:
            for _path, job in copies:
                job.connect('notify::fraction', lambda _job, _pspec: show_progress(copies))
        watch = asyncio.create_task(cancel_on_signal(stopped, copies))
        good = await asyncio.gather(*(finish(path, job) for path, job in copies))
        watch.cancel()

    if not disks:
        print(f'{options.uri} has no disks', file=sys.stderr)
    return bool(disks) and len(good) == len(disks) and all(good)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description='Backs up disks of a machine while it runs.')
    parser.add_argument('--progress', action='store_true', help='tell how it goes on')
    parser.add_argument('--speed', type=int, default=0, metavar='MIB', help='a limit in MiB per second')
    parser.add_argument('uri', metavar='SOCKET', help='where QEMU is to be found')
    parser.add_argument('folder', metavar='FOLDER', help='where to put the backups')
    parser.add_argument('disks', nargs='*', metavar='DISK', help='a name of a disk')
    try:
        sys.exit(not asyncio.run(backup(parser.parse_args())))
    except GLib.Error as error:
        sys.exit(f'backup.py: {error}')
