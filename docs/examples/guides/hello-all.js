// SPDX-License-Identifier: LGPL-2.1-or-later
// Says hello to many machines at once: gjs -m hello-all.js SOCKET...
import Qemu from 'gi://Qemu?version=1.0';
import System from 'system';

async function sayHello(uri) {
    try {
        const vm = Qemu.Domain.new_for_uri(uri);
        await vm.open_async();
        const [memory, disks] = await Promise.all([
            vm.run_async('query-memory-size-summary'),
            vm.run_async('query-block'),
        ]);
        return `${vm.name} is ${vm.status_name}, has ${memory['base-memory'] / 2 ** 20} MiB and ${disks.length} disks`;
    } catch (error) {
        return `${uri}: ${error.message}`;
    }
}

(await Promise.all(System.programArgs.map(sayHello))).forEach(answer => print(answer));
