# SPDX-License-Identifier: LGPL-2.1-or-later
"""Has a machine stand still for some work: with still(vm): …"""
import contextlib

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import Qemu


@contextlib.contextmanager
def still(vm):
    was_running = vm.query_status() == Qemu.Status.RUNNING
    vm.stop()
    try:
        yield
    finally:
        if was_running:
            vm.cont()
