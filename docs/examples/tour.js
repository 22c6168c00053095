// SPDX-License-Identifier: LGPL-2.1-or-later
// A tour of the library: starts a QEMU of its own, drives it over QMP, and leaves nothing behind.
//
//     gjs -m tour.js [QEMU's command line]

import GLib from 'gi://GLib';
import Qemu from 'gi://Qemu?version=1.0';
import System from 'system';

const DEFAULT = [GLib.getenv('QEMU_SYSTEM') ?? 'qemu-system-x86_64', '-accel', 'kvm', '-accel', 'tcg',
    '-nodefaults', '-display', 'none', '-name', 'demo'];

async function main(argv) {
    const process = Qemu.Process.new(argv);
    const vm = process.get_domain();
    let changed = null;    // called with the next status

    vm.connect('event', (_vm, {name, data}) => print(`  event ${name}${data.reason ? `, reason ${data.reason}` : ''}`));
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
    await untilChanged(() => process.spawn_async());
    const kvm = await vm.run_async('query-kvm');
    const commands = await vm.list_commands_async();
    print(`QEMU ${vm.version.to_string()}, process ${process.get_pid()}, KVM ${kvm.enabled ? 'on' : 'off'}, ` +
        `${commands.length} commands`);

    for (const name of ['cont', 'stop', 'system_reset']) {
        print(name);
        await untilChanged(() => vm[`${name}_async`]());
    }

    print('make-coffee');
    try {
        await vm.run_async('make-coffee');
    } catch (error) {
        if (error.matches(Qemu.Error, Qemu.Error.COMMAND_NOT_FOUND))
            print(`  COMMAND_NOT_FOUND: ${error.message}`);
    }

    print('shutdown: power button, half a second later quit');
    await process.shutdown_async(500);
    print(`  exit status ${process.get_exit_status()}`);
}

await main([...System.programArgs.length ? System.programArgs : DEFAULT, '-S']).catch(error => {
    printerr(`tour.js: ${error.message}`);
    System.exit(1);
});
