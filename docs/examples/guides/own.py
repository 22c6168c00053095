# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts a machine of its own, and ends it: python3 own.py [QEMU's command line]"""
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu

try:
    with Qemu.Process.new(sys.argv[1:] or ['qemu-system-x86_64', '-nodefaults', '-display', 'none', '-S']) as process:
        vm = process.get_domain()
        print(f'process {process.pid} is QEMU {vm.version}, {vm.status_name}')
        vm.cont()
        process.shutdown(500)       # the power button; half a second later quit
        print(f'exit status {process.exit_status}')
except GLib.Error as error:
    sys.exit(f'own: {error.message}')
