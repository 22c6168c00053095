# SPDX-License-Identifier: LGPL-2.1-or-later
"""A tour of the library: starts a QEMU of its own, drives it, and leaves nothing behind.  python3 tour.py [QEMU…]"""

import os
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu

DEFAULT = [os.environ.get('QEMU_SYSTEM', 'qemu-system-x86_64'), '-accel', 'kvm', '-accel', 'tcg',
           '-nodefaults', '-display', 'none', '-name', 'demo']
loop = GLib.MainLoop()


def on_event(_vm: Qemu.Domain, event: Qemu.Event) -> None:
    reason = event.data.get('reason')
    print(f'  event {event.name}' + (f', reason {reason}' if reason else ''))


def on_status(vm: Qemu.Domain, _pspec: object) -> None:
    if vm.status != Qemu.Status.UNKNOWN:
        print(f'  status {vm.status_name}')
        loop.quit()


def main(argv: list[str]) -> None:
    process = Qemu.Process.new(argv)
    vm = process.get_domain()
    vm.connect('event', on_event)
    vm.connect('notify::status', on_status)

    print('spawn:', *argv, flush=True)
    with process:
        loop.run()              # signals come while the main loop runs
        kvm = 'on' if vm.run('query-kvm')['enabled'] else 'off'
        print(f'QEMU {vm.version}, process {process.pid}, KVM {kvm}, {len(vm.list_commands())} commands')
        for call in vm.cont, vm.stop, vm.system_reset:
            print(call.__name__)
            call()              # returns when QEMU has obeyed
            loop.run()
        print('make-coffee')
        try:
            vm.run('make-coffee')
        except Qemu.CommandNotFoundError as error:
            print(f'  COMMAND_NOT_FOUND: {error}')
        print('shutdown: power button, half a second later quit')
        process.shutdown_async(500, None, lambda *_: loop.quit())
        loop.run()
    print(f'  exit status {process.exit_status}')


try:
    main((sys.argv[1:] or DEFAULT) + ['-S'])
except GLib.Error as error:
    sys.exit(f'tour.py: {error}')
