# SPDX-License-Identifier: LGPL-2.1-or-later
"""A tour of the library: starts a QEMU of its own, drives it over QMP, and leaves nothing behind.

    python3 tour.py [QEMU's command line]
"""

import os
import sys
import time

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu

DEFAULT = [os.environ.get('QEMU_SYSTEM', 'qemu-system-x86_64'), '-accel', 'kvm', '-accel', 'tcg',
           '-nodefaults', '-display', 'none', '-name', 'demo']
START = time.monotonic()
loop = GLib.MainLoop()


def say(call, answer=''):
    milliseconds = (time.monotonic() - START) * 1000
    print(f'{milliseconds:7.1f} ms  {call:14}{answer}'.rstrip(), flush=True)


def on_event(vm, event):
    reason = event.get_string('reason')
    say('', f'event {event.get_name()}' + (f', reason {reason}' if reason else ''))


def on_status(vm, pspec):
    if vm.props.status != Qemu.Status.UNKNOWN:
        loop.quit()
        say('', f'status {vm.props.status_name}')


def on_shut_down(process, result):
    loop.quit()
    process.shutdown_finish(result)
    say('', f'QEMU has ended with exit status {process.get_exit_status()}')


def main(argv):
    process = Qemu.Process.new(argv)
    vm = process.get_domain()
    vm.connect('event', on_event)
    vm.connect('event::STOP', lambda vm, event: say('', '(this handler only hears event::STOP)'))
    vm.connect('notify::status', on_status)

    # A call returns when QEMU has obeyed. Signals come while the main loop runs.
    say('spawn', ' '.join(argv))
    process.spawn()
    loop.run()
    kvm = vm.run(Qemu.Command.new('query-kvm')).get_object().get_boolean_member('enabled')
    say('', f'process {process.get_pid()} is QEMU {vm.props.version.to_string()}, '
            f'KVM {"on" if kvm else "off"}, {len(vm.list_commands())} commands')

    for name, call in ('cont', vm.cont), ('stop', vm.stop), ('system_reset', vm.system_reset):
        say(name)
        call()
        loop.run()

    say('run', 'make-coffee')
    try:
        vm.run(Qemu.Command.new('make-coffee'))
    except GLib.Error as error:
        if error.matches(Qemu.Error.quark(), Qemu.Error.COMMAND_NOT_FOUND):
            say('', f'COMMAND_NOT_FOUND: {error.message}')

    say('shutdown', 'power button, half a second later quit')
    process.shutdown_async(500, None, on_shut_down)
    loop.run()


try:
    main((sys.argv[1:] or DEFAULT) + ['-S'])
except GLib.Error as error:
    sys.exit(f'tour.py: {error.message}')
