// SPDX-License-Identifier: LGPL-2.1-or-later
// A tour of the library: starts a QEMU of its own, drives it over QMP, and leaves nothing behind.
//
//     gjs -m tour.js [QEMU's command line]

import GLib from 'gi://GLib';
import Qemu from 'gi://Qemu?version=1.0';
import System from 'system';

const DEFAULT = [GLib.getenv('QEMU_SYSTEM') ?? 'qemu-system-x86_64', '-accel', 'kvm', '-accel', 'tcg',
    '-nodefaults', '-display', 'none', '-name', 'demo'];
const argv = [...System.programArgs.length ? System.programArgs : DEFAULT, '-S'];

async function main() {
    const process = Qemu.Process.new(argv);
    const vm = process.get_domain();
    vm.connect('event', (_vm, {name, data}) => print(`  event ${name}${data.reason ? `, reason ${data.reason}` : ''}`));
    vm.connect('notify::status', () => {
        if (vm.status !== Qemu.Status.UNKNOWN)
            print(`  status ${vm.status_name}`);
    });
    const nextStatus = () => new Promise(resolve => {
        const id = vm.connect('notify::status', () => {
            vm.disconnect(id);
            resolve(vm.status);
        });
    });

    print(`spawn: ${argv.join(' ')}`);
    await Promise.all([nextStatus(), process.spawn_async()]);
    const kvm = (await vm.run_async('query-kvm')).enabled ? 'on' : 'off';
    const commands = await vm.list_commands_async();
    print(`QEMU ${vm.version}, process ${process.get_pid()}, KVM ${kvm}, ${commands.length} commands`);

    const changes = {
        cont: () => vm.cont_async(), stop: () => vm.stop_async(), system_reset: () => vm.system_reset_async(),
    };
    for (const [name, change] of Object.entries(changes)) {
        print(name);
        await Promise.all([nextStatus(), change()]);
    }

    print('make-coffee');
    try {
        await vm.run_async('make-coffee');
    } catch (error) {
        if (error instanceof Qemu.Error && error.matches(Qemu.Error, Qemu.Error.COMMAND_NOT_FOUND))
            print(`  COMMAND_NOT_FOUND: ${error.message}`);
    }

    print('shutdown: power button, half a second later quit');
    await process.shutdown_async(500);
    print(`  exit status ${process.get_exit_status()}`);
}

await main().catch(error => {
    printerr(`tour.js: ${error.message}`);
    System.exit(1);
});
