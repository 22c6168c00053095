// SPDX-License-Identifier: LGPL-2.1-or-later
// Says hello to a machine: gjs -m hello.js SOCKET
import Qemu from 'gi://Qemu?version=1.0';
import System from 'system';

async function sayHello(uri) {
    const vm = Qemu.Domain.new_for_uri(uri);
    await vm.open_async();
    print(`${vm.name} is ${vm.status_name}, with QEMU ${vm.version}`);
    await vm.stop_async();
    print('it stands still');
    await vm.cont_async();
    print('it goes on');
    const memory = await vm.run_async('query-memory-size-summary');
    print(`it has ${memory['base-memory'] / 2 ** 20} MiB of memory`);
    try {
        await vm.run_async('eject', {'id': 'cd0'});
    } catch (error) {
        if (!error.matches(Qemu.Error, Qemu.Error.DEVICE_NOT_FOUND))
            throw error;
        print(`it has no such drive: ${error.message}`);
    }
    await vm.close_async();
}

try {
    await sayHello(System.programArgs[0]);
} catch (error) {
    printerr(`hello: ${error.message}`);
    System.exit(1);
}
