# SPDX-License-Identifier: LGPL-2.1-or-later
"""A tour of what a machine has: a QEMU with two processors, a screen, and a disk whose overlay is committed while it runs.

    python3 hardware.py [PICTURE.png]
"""

import os
import subprocess
import sys
import tempfile

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import Gio, GLib, Qemu

QEMU = os.environ.get('QEMU_SYSTEM', 'qemu-system-x86_64')
MIB = 1 << 20
loop = GLib.MainLoop()


def make_images(folder: str) -> tuple[str, str]:
    base, overlay = f'{folder}/base.qcow2', f'{folder}/overlay.qcow2'
    subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', base, '64M'], check=True)
    subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', overlay], check=True)
    return base, overlay


def show_hardware(vm: Qemu.Domain) -> None:
    print('Processors')
    for cpu in vm.list_cpus(Qemu.CpuQueryFlags.REGISTERS):
        print(f'  {cpu.index}  {cpu.target}, core {cpu.core_id}, thread {cpu.thread_id}, '
              f'next instruction at {cpu.pc:#x}')
    print('PCI devices')
    for device in vm.list_pci_devices():
        print(f'  {device.bus:02x}:{device.slot:02x}.{device.function}  {device.vendor_id:04x}:{device.device_id:04x}  '
              f'{device.class_description or "something else"}')


def show_disk(vm: Qemu.Domain, disk: Qemu.BlockDevice) -> None:
    vm.list_block_devices()         # brings the properties of all disks up to date
    image, written = disk.image, 0
    for stats in vm.list_block_stats():
        if stats.qdev == disk.qdev:
            written = stats.write_bytes
    names = []
    while image:
        names.append(os.path.basename(image.filename or ''))
        image = image.backing_image
    print(f'  the disk is on {" over ".join(names)}; {written // MIB} MiB were written')


def write(vm: Qemu.Domain, disk: Qemu.BlockDevice, size: int) -> None:
    """As the guest would, if there was one."""
    for line in f'aio_write -q -P 66 0 {size}', 'aio_flush':
        vm.human_monitor_command(f'qemu-io -d {disk.qdev} "{line}"')


def show_progress(job: Qemu.Job, _pspec: object = None) -> None:
    fraction = max(job.fraction, 0)
    print(f'\r  commit [{"#" * round(fraction * 40):40}] {fraction:4.0%}', end='', flush=True)


def on_completed(job: Qemu.BlockJob, result: Gio.AsyncResult) -> None:
    loop.quit()
    job.complete_finish(result)


def commit(vm: Qemu.Domain, disk: Qemu.BlockDevice) -> None:
    vm.progress_interval = 50     # milliseconds
    job = disk.commit(None, None, {'speed': 32 * MIB})
    job.connect('notify::fraction', show_progress)
    job.complete_async(None, on_completed)
    loop.run()
    show_progress(job)
    print(f', {job.result.value_nick}')


def save_picture(vm: Qemu.Domain, path: str) -> None:
    vm.cont()
    GLib.timeout_add(3000, loop.quit)   # until the firmware has something to say
    loop.run()
    picture = vm.screen_dump(None, 0, Qemu.ScreenFormat.PNG).read_bytes(16 * MIB)
    with open(path, 'wb') as file:
        file.write(picture.get_data())
    print(f'The screen is in {os.path.relpath(path)}, {picture.get_size()} bytes')


def main(folder: str, path: str) -> None:
    base, overlay = make_images(folder)
    process = Qemu.Process.new([QEMU, '-accel', 'kvm', '-accel', 'tcg', '-nodefaults', '-display', 'none', '-S',
                                '-smp', '2', '-device', 'VGA', '-device', 'virtio-blk-pci,id=vd,drive=disk', '-drive',
                                f'if=none,id=disk,format=qcow2,file={overlay}'])
    with process:
        vm = process.get_domain()
        disk = vm.find_block_device('vd')
        show_hardware(vm)
        print('Disk')
        show_disk(vm, disk)
        write(vm, disk, 48 * MIB)
        show_disk(vm, disk)
        commit(vm, disk)
        show_disk(vm, disk)
        save_picture(vm, path)
    size = os.path.getsize(base)
    print(f'The base image has grown to {size // MIB} MiB')


try:
    with tempfile.TemporaryDirectory(prefix='qemu-glib-') as folder:
        main(folder, sys.argv[1] if len(sys.argv) > 1 else os.path.join(folder, 'screen.png'))
except (GLib.Error, OSError, subprocess.CalledProcessError) as error:
    sys.exit(f'hardware.py: {error}')
