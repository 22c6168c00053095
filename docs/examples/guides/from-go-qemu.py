# SPDX-License-Identifier: LGPL-2.1-or-later
"""What programs do with go-qemu, done with this library: from-go-qemu.py SOCKET FOLDER QEMU [ARGUMENT...]"""

import os
import subprocess
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import Gio, Qemu


def ask(vm: Qemu.Domain) -> None:
    memory = vm.run('query-memory-size-summary')
    print('memory', memory['base-memory'])


def ask_with_a_file(vm: Qemu.Domain, path: str) -> None:
    command = Qemu.Command('getfd', {'fdname': 'disk'})
    with open(path, 'rb') as file:
        command.attach_fd(file.fileno())
    vm.run(command)


def show_what_it_is(vm: Qemu.Domain) -> None:
    commands = vm.list_commands()
    can_save = vm.supports_command('snapshot-save')
    print(f'more than 100 commands: {len(commands) > 100:d}, snapshot-save: {can_save:d}')
    print(f'version {vm.version}, as it was greeted with')
    print(f'status {vm.status_name}, running {vm.running:d}')


def wait_for_an_event(vm: Qemu.Domain) -> None:
    with vm.events('STOP') as events:
        vm.cont()
        vm.stop()
        event = next(events)
    print(f'event {event.name}, at a time: {event.timestamp > 0:d}')


def show_disks(vm: Qemu.Domain) -> None:
    for disk in vm.list_block_devices():
        if image := disk.image:
            print(f'disk {disk.device}: {image.format}, {image.virtual_size} bytes, on {image.backing_filename_format}')

    try:
        vm.find_block_device('no-such-disk')
    except Qemu.BlockDeviceNotFoundError:
        pass

    for stats in vm.list_block_stats():
        print(f'{stats.device} has written {stats.write_bytes} bytes')


def show_hardware(vm: Qemu.Domain) -> None:
    for cpu in vm.list_cpus(Qemu.CpuQueryFlags.REGISTERS):
        print(f'cpu {cpu.index} at {cpu.pc:x}')
    for device in vm.list_pci_devices():
        print(f'pci {device.bus}:{device.slot}.{device.function} {device.class_description}')


def save_the_screen(vm: Qemu.Domain, path: str) -> None:
    picture = vm.screen_dump(None, 0, Qemu.ScreenFormat.PPM)
    with open(path, 'wb') as file:
        while data := picture.read_bytes(65536).get_data():
            file.write(data)


def snapshot_and_commit(vm: Qemu.Domain, overlay: str) -> None:
    disk = vm.find_block_device('disk')
    disk.snapshot(overlay)
    job = disk.commit()
    job.complete()


def mirror(vm: Qemu.Domain, copy: str) -> None:
    job = vm.find_block_device('disk').mirror(copy, 'raw')
    job.wait_ready()
    jobs = vm.list_block_jobs()
    job.stop()
    stopped = job.result == Qemu.JobResult.STOPPED
    print(f'jobs: {len(jobs)}, of which the mirror has been stopped: {stopped:d}')


def be_called(path: str, argv: list[str]) -> None:
    """A QEMU that comes to us."""
    monitor = Qemu.SocketMonitor.new_listening(Gio.UnixSocketAddress.new(path))
    monitor.listen()
    with subprocess.Popen(argv):
        with Qemu.Domain.new(monitor, 'caller') as vm:
            print(f'{vm.name} is {vm.status_name}')
            vm.quit()


def answer(_monitor: Qemu.TestMonitor, command: Qemu.Command) -> dict[str, object]:
    """A QEMU that is a function, for tests."""
    if command.name == 'system_powerdown':
        return {}
    raise Qemu.GenericError('I am no real QEMU')


def imagine_one() -> None:
    with Qemu.Domain.new(Qemu.TestMonitor.new(answer), 'imagined') as vm:
        vm.system_powerdown()
        try:
            vm.system_reset()
        except Qemu.GenericError as error:
            print(error)


def do_all(uri: str, folder: str, argv: list[str]) -> None:
    with Qemu.Domain.new_for_uri(uri) as vm:
        ask(vm)
        ask_with_a_file(vm, '/dev/null')
        show_what_it_is(vm)
        wait_for_an_event(vm)
        show_disks(vm)
        show_hardware(vm)
        save_the_screen(vm, os.path.join(folder, 'screen.ppm'))
        snapshot_and_commit(vm, os.path.join(folder, 'overlay.qcow2'))
        mirror(vm, os.path.join(folder, 'copy.raw'))
        vm.system_reset()
        vm.system_powerdown()
    be_called(os.path.join(folder, 'caller.sock'), argv)
    imagine_one()


do_all(sys.argv[1], sys.argv[2], sys.argv[3:])
