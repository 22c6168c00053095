// SPDX-License-Identifier: LGPL-2.1-or-later
// The tour as it is without the override: everything works, with some more words.
//
//     gjs -m tour-plain.js [QEMU's command line]

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

async function main(argv) {
    const process = Qemu.Process.new(argv);
    const vm = process.get_domain();
    let changed = null;

    vm.connect('event', (_vm, event) => {
        const reason = event.get_string('reason');
        print(`  event ${event.name}${reason ? `, reason ${reason}` : ''}`);
    });
    vm.connect('notify::status', () => {
        if (vm.status === Qemu.Status.UNKNOWN)
            return;
        print(`  status ${vm.status_name}`);
        changed?.();
    });
    const untilChanged = async start => {
        const change = new Promise(resolve => (changed = resolve));
        await start();
        await change;
    };

    print(`spawn: ${argv.join(' ')}`);
    await untilChanged(() => process.spawn_async(null));
    const kvm = (await vm.run_async(Qemu.Command.new('query-kvm'), null)).get_object().get_boolean_member('enabled');
    const commands = await vm.list_commands_async(null);
    print(`QEMU ${vm.version.to_string()}, process ${process.get_pid()}, KVM ${kvm ? 'on' : 'off'}, ` +
        `${commands.length} commands`);

    for (const name of ['cont', 'stop', 'system_reset']) {
        print(name);
        await untilChanged(() => vm[`${name}_async`](null));
    }

    print('make-coffee');
    try {
        await vm.run_async(Qemu.Command.new('make-coffee'), null);
    } catch (error) {
        if (error.matches(Qemu.Error, Qemu.Error.COMMAND_NOT_FOUND))
            print(`  COMMAND_NOT_FOUND: ${error.message}`);
    }

    print('shutdown: power button, half a second later quit');
    await process.shutdown_async(500, null);
    print(`  exit status ${process.get_exit_status()}`);
}

try {
    await main([...System.programArgs.length ? System.programArgs : DEFAULT, '-S']);
} catch (error) {
    printerr(`tour-plain.js: ${error.message}`);
    System.exit(1);
}
