# SPDX-License-Identifier: LGPL-2.1-or-later
"""Moves a disk of a running machine to another file, or copies it: python3 move.py [--copy] SOCKET DISK FILE"""
import argparse
import os
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu

parser = argparse.ArgumentParser()
parser.add_argument('--copy', action='store_true', help='the machine stays on the file that it has')
parser.add_argument('uri', metavar='SOCKET')
parser.add_argument('disk', metavar='DISK')
parser.add_argument('file', metavar='FILE')
options = parser.parse_args()

try:
    with Qemu.Domain.new_for_uri(options.uri) as vm:
        disk = vm.find_block_device(options.disk)
        job = disk.mirror(os.path.abspath(options.file), 'qcow2')
        job.wait_ready()            # the copy is complete, and follows each write
        if options.copy:
            job.stop()              # it stays as it is at this moment
        else:
            job.complete()          # the machine goes on with it
        vm.list_block_devices()     # brings the properties of the disks up to date
        print(f'{job.result.value_nick}, the disk is on {disk.file}')
except GLib.Error as error:
    sys.exit(f'move: {error.message}')
