# SPDX-License-Identifier: LGPL-2.1-or-later
"""Says hello to a machine: python3 hello.py SOCKET"""
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu

try:
    with Qemu.Domain.new_for_uri(sys.argv[1]) as vm:
        print(f'{vm.name} is {vm.status_name}, with QEMU {vm.version}')
        vm.stop()
        print('it stands still')
        vm.cont()
        print('it goes on')
        memory = vm.run('query-memory-size-summary')
        print(f'it has {memory["base-memory"] >> 20} MiB of memory')
        try:
            vm.run('eject', {'id': 'cd0'})
        except Qemu.DeviceNotFoundError as error:
            print(f'it has no such drive: {error.message}')
except GLib.Error as error:
    sys.exit(f'hello: {error.message}')
