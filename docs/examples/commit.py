# SPDX-License-Identifier: LGPL-2.1-or-later
"""Commits the overlay of a disk into what is below it: python3 commit.py SOCKET DISK"""
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu

loop = GLib.MainLoop()


def on_completed(job, result):
    loop.quit()
    print(f'Done: {job.complete_finish(result)}')


vm = Qemu.Domain.new_for_uri(sys.argv[1])
vm.open()
job = vm.find_block_device(sys.argv[2]).commit(None, None, None)
job.connect('notify::fraction', lambda job, _pspec: print(f'{job.props.fraction:.0%}', flush=True))
job.complete_async(None, on_completed)
loop.run()
