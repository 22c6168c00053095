# SPDX-License-Identifier: LGPL-2.1-or-later
"""Waits for a QEMU to come: python3 listen.py PATH"""
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import Gio, GLib, Qemu

try:
    monitor = Qemu.SocketMonitor.new_listening(Gio.UnixSocketAddress.new(sys.argv[1]))
    monitor.open_timeout = 60_000       # milliseconds
    monitor.listen()                    # from here on a QEMU may be started
    print(f'start it with -chardev socket,id=ours,path={sys.argv[1]},server=off -mon ours,mode=control', flush=True)
    with Qemu.Domain.new(monitor, None) as vm:
        print(f'{vm.name} has come, and is {vm.status_name}')
except GLib.Error as error:
    sys.exit(f'listen: {error.message}')
