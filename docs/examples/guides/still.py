# SPDX-License-Identifier: LGPL-2.1-or-later
"""Has a machine stand still while a command runs: python3 still.py SOCKET COMMAND..."""
import contextlib
import subprocess
import sys
from collections.abc import Iterator

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu


@contextlib.contextmanager
def still(vm: Qemu.Domain) -> Iterator[None]:
    was_running = vm.query_status() == Qemu.Status.RUNNING
    vm.stop()
    try:
        yield
    finally:
        if was_running:
            vm.cont()


if __name__ == '__main__':
    try:
        with Qemu.Domain.new_for_uri(sys.argv[1]) as vm, still(vm):
            code = subprocess.call(sys.argv[2:])
        sys.exit(code)
    except GLib.Error as error:
        sys.exit(f'still: {error.message}')
