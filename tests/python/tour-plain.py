# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tour of docs/examples by plain introspection, also where there is an override: it prints the same."""

import os
import sys

sys.modules['gi.overrides.Qemu'] = None

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu

DEFAULT = [os.environ.get('QEMU_SYSTEM', 'qemu-system-x86_64'), '-accel', 'kvm', '-accel', 'tcg',
           '-nodefaults', '-display', 'none', '-name', 'demo']
loop = GLib.MainLoop()


def on_event(_vm, event):
    reason = event.get_string('reason')
    print(f'  event {event.get_name()}' + (f', reason {reason}' if reason else ''), flush=True)


def on_status(vm, _pspec):
    if vm.props.status != Qemu.Status.UNKNOWN:
        print(f'  status {vm.props.status_name}', flush=True)
        loop.quit()


def on_shut_down(process, result):
    loop.quit()
    process.shutdown_finish(result)
    print(f'  exit status {process.get_exit_status()}')


def main(argv):
    process = Qemu.Process.new(argv)
    vm = process.get_domain()
    vm.connect('event', on_event)
    vm.connect('notify::status', on_status)

    # A call returns when QEMU has obeyed. Signals come while the main loop runs.
    print('spawn:', ' '.join(argv), flush=True)
    process.spawn()
    loop.run()
    kvm = vm.run(Qemu.Command.new('query-kvm')).get_object().get_boolean_member('enabled')
    print(f'QEMU {vm.props.version.to_string()}, process {process.get_pid()}, '
          f'KVM {"on" if kvm else "off"}, {len(vm.list_commands())} commands')

    for name, call in ('cont', vm.cont), ('stop', vm.stop), ('system_reset', vm.system_reset):
        print(name, flush=True)
        call()
        loop.run()

    print('make-coffee')
    try:
        vm.run(Qemu.Command.new('make-coffee'))
    except GLib.Error as error:
        if not error.matches(Qemu.Error.quark(), Qemu.Error.COMMAND_NOT_FOUND):
            raise
        print(f'  COMMAND_NOT_FOUND: {error.message}')

    print('shutdown: power button, half a second later quit', flush=True)
    process.shutdown_async(500, None, on_shut_down)
    loop.run()


try:
    main((sys.argv[1:] or DEFAULT) + ['-S'])
except GLib.Error as error:
    sys.exit(f'tour-plain.py: {error.message}')
