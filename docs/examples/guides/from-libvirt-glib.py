# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is behind a machine of libvirt's: from-libvirt-glib.py LIBVIRT-URI MACHINE PICTURE"""

import sys

import gi

gi.require_version('Qemu', '1.0')
gi.require_version('QemuLibvirt', '1.0')
from gi.repository import GLib, Qemu, QemuLibvirt


def list_machines(uri: str) -> None:
    for name in QemuLibvirt.list_domains(uri):
        print('machine', name)


def watch(vm: Qemu.Domain) -> None:
    loop = GLib.MainLoop()

    def on_status(vm: Qemu.Domain, _pspec: object) -> None:
        print('now it is', vm.status_name)
        if vm.status == Qemu.Status.PAUSED:
            loop.quit()

    vm.connect('event', lambda _vm, event: print('event', event.name))
    vm.connect('notify::status', on_status)
    vm.cont()
    vm.stop()
    loop.run()


def ask(vm: Qemu.Domain) -> None:
    print('memory', vm.run('query-memory-size-summary')['base-memory'])


def show_disks(vm: Qemu.Domain) -> None:
    for stats in vm.list_block_stats():
        print(stats.write_bytes, 'bytes written')


def save_the_screen(vm: Qemu.Domain, path: str) -> None:
    picture = vm.screen_dump(None, 0, Qemu.ScreenFormat.PNG)
    with open(path, 'wb') as file:
        while data := picture.read_bytes(65536).get_data():
            file.write(data)


def do_all(uri: str, name: str, path: str) -> None:
    list_machines(uri)
    monitor = QemuLibvirt.Monitor.new(uri, name)
    with Qemu.Domain.new(monitor, name) as vm:
        print(vm.name, 'is', vm.status_name)
        watch(vm)
        ask(vm)
        show_disks(vm)
        save_the_screen(vm, path)


do_all(*sys.argv[1:])
