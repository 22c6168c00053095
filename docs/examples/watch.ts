// SPDX-License-Identifier: LGPL-2.1-or-later
// Tells what happens to machines, as it happens, until they end.
//
//     tsc --strict --target es2022 --lib es2022 --module esnext --moduleResolution bundler \
//       --types @girs/gjs,@girs/gjs/dom qemu-1.0.d.ts watch.ts
//     gjs -m watch.js SOCKET...

import GLib from 'gi://GLib';
import Qemu from 'gi://Qemu?version=1.0';
import System from 'system';

async function watch(path: string): Promise<void> {
    const vm = Qemu.Domain.new_for_uri(path);
    const events = vm.events();
    await vm.open_async();
    const {'base-memory': memory} = await vm.run_async('query-memory-size-summary');
    print(`${vm.name} is ${vm.status_name}, with QEMU ${vm.version} and ${memory >> 20} MiB`);
    for (const disk of await vm.list_block_devices_async())
        print(`  disk ${disk.device ?? disk.qdev} on ${disk.file ?? 'no medium'}`);

    try {
        for await (const event of events)
            print(`${vm.name}: ${event.name} ${JSON.stringify(event.data)}`);
        print(`${vm.name} is closed`);
    } catch (error) {
        if (!(error instanceof GLib.Error))
            throw error;
        print(`${vm.name} has ended: ${error.message}`);
    }
}

const loop = GLib.MainLoop.new(null, false);
const watches = System.programArgs.map(path => watch(path).catch(error => printerr(`${path}: ${error.message}`)));
Promise.all(watches).finally(() => loop.quit());
loop.run();
