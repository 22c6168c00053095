// SPDX-License-Identifier: LGPL-2.1-or-later
// Tells what happens to a machine until its QEMU ends: gjs -m watch.js SOCKET
import GLib from 'gi://GLib';
import Qemu from 'gi://Qemu?version=1.0';
import System from 'system';

async function watch(uri) {
    const vm = Qemu.Domain.new_for_uri(uri);
    vm.connect('notify::status', () => {
        if (vm.status !== Qemu.Status.UNKNOWN)
            print(`status ${vm.status_name}`);
    });
    const events = vm.events();
    await vm.open_async();
    for await (const event of events) {
        const reason = event.data.reason;
        print(`event ${event.name}${reason ? `, reason ${reason}` : ''}`);
    }
}

const loop = GLib.MainLoop.new(null, false);
watch(System.programArgs[0]).catch(error => print(`closed: ${error.message}`)).finally(() => loop.quit());
loop.run();
