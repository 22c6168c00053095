// SPDX-License-Identifier: LGPL-2.1-or-later
// A tour of the library: starts a QEMU of its own, drives it over QMP, and leaves nothing behind.
//
//     gjs -m tour.js [QEMU's command line]

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Qemu from 'gi://Qemu?version=1.0';
import System from 'system';

for (const name of ['spawn_async', 'shutdown_async'])
    Gio._promisify(Qemu.Process.prototype, name);
for (const name of ['run_async', 'list_commands_async', 'cont_async', 'stop_async', 'system_reset_async'])
    Gio._promisify(Qemu.Domain.prototype, name);

const DEFAULT = [GLib.getenv('QEMU_SYSTEM') ?? 'qemu-system-x86_64', '-accel', 'kvm', '-accel', 'tcg',
    '-nodefaults', '-display', 'none', '-name', 'demo'];
const START = GLib.get_monotonic_time();

function say(call, answer = '') {
    const milliseconds = ((GLib.get_monotonic_time() - START) / 1000).toFixed(1);
    print(`${milliseconds.padStart(7)} ms  ${call.padEnd(14)}${answer}`.trimEnd());
}

// A promise of the next time that an object emits a signal.
function next(object, signal) {
    return new Promise(resolve => {
        const id = object.connect(signal, () => {
            object.disconnect(id);
            resolve();
        });
    });
}

async function main(argv) {
    const process = Qemu.Process.new(argv);
    const vm = process.get_domain();
    vm.connect('event', (_vm, event) => {
        const reason = event.get_string('reason');
        say('', `event ${event.name}${reason ? `, reason ${reason}` : ''}`);
    });
    vm.connect('event::STOP', () => say('', '(this handler only hears event::STOP)'));
    vm.connect('notify::status', () => {
        if (vm.status !== Qemu.Status.UNKNOWN)
            say('', `status ${vm.status_name}`);
    });

    say('spawn', argv.join(' '));
    let changed = next(vm, 'notify::status');
    await process.spawn_async(null);
    await changed;
    const kvm = (await vm.run_async(Qemu.Command.new('query-kvm'), null)).get_object().get_boolean_member('enabled');
    const commands = await vm.list_commands_async(null);
    say('', `process ${process.get_pid()} is QEMU ${vm.version.to_string()}, ` +
        `KVM ${kvm ? 'on' : 'off'}, ${commands.length} commands`);

    for (const name of ['cont', 'stop', 'system_reset']) {
        say(name);
        changed = next(vm, 'notify::status');
        await vm[`${name}_async`](null);
        await changed;
    }

    say('run', 'make-coffee');
    try {
        await vm.run_async(Qemu.Command.new('make-coffee'), null);
    } catch (error) {
        if (error.matches(Qemu.Error, Qemu.Error.COMMAND_NOT_FOUND))
            say('', `COMMAND_NOT_FOUND: ${error.message}`);
    }

    say('shutdown', 'power button, half a second later quit');
    await process.shutdown_async(500, null);
    say('', `QEMU has ended with exit status ${process.get_exit_status()}`);
}

try {
    await main([...System.programArgs.length ? System.programArgs : DEFAULT, '-S']);
} catch (error) {
    printerr(`tour.js: ${error.message}`);
    System.exit(1);
}
