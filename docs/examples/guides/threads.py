# SPDX-License-Identifier: LGPL-2.1-or-later
"""Asks many machines at once, each in a thread: python3 threads.py SOCKET..."""
import concurrent.futures
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu


def status_of(uri: str) -> str:
    try:
        with Qemu.Domain.new_for_uri(uri) as vm:
            return f'{vm.name} is {vm.status_name}'
    except GLib.Error as error:
        return f'{uri}: {error.message}'


with concurrent.futures.ThreadPoolExecutor() as pool:
    for answer in pool.map(status_of, sys.argv[1:]):
        print(answer)
