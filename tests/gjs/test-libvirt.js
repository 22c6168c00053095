// SPDX-License-Identifier: LGPL-2.1-or-later
// The override of the library that goes through libvirt.

import Gio from 'gi://Gio';
import Qemu from 'gi://Qemu?version=1.0';
import QemuLibvirt from 'gi://QemuLibvirt?version=1.0';

import {assert, assertEqual, assertError, run, test} from './tap.js';

const URI = 'test:///default';    // libvirt's own mock

test('functions of the namespace give promises', async () => {
    const {list_domains_async: listDomains} = QemuLibvirt;
    assertEqual(await QemuLibvirt.list_domains_async(URI), ['test']);
    assertEqual(await listDomains(URI), ['test']);
    assertEqual(QemuLibvirt.list_domains(URI), ['test']);
    assertEqual(await new Promise(resolve => QemuLibvirt.list_domains_async(URI, null, (_source, result) =>
        resolve(QemuLibvirt.list_domains_finish(result)))), ['test']);
    const cancellable = new Gio.Cancellable();
    cancellable.cancel();
    await assertError(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED,
        () => QemuLibvirt.list_domains_async(URI, cancellable));
});

test('a monitor is one of Qemu, with all that this has', async () => {
    const monitor = QemuLibvirt.Monitor.new_for_uri(`libvirt:${URI}?domain=test`);
    assert(monitor instanceof Qemu.Monitor);
    assertEqual(monitor.domain_name, 'test');
    monitor.events('STOP').close();
    // The mock has no QEMU behind it.
    await assertError(Gio.IOErrorEnum, Gio.IOErrorEnum.NOT_SUPPORTED, () => monitor.open_async());
});

await run();
