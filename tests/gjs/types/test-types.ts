// SPDX-License-Identifier: LGPL-2.1-or-later
// Only compiled, never run: what is right and what is wrong, each of the latter marked.

import Gio from 'gi://Gio?version=2.0';
import GLib from 'gi://GLib?version=2.0';
import GObject from 'gi://GObject?version=2.0';
import Json from 'gi://Json?version=1.0';
import Qemu from 'gi://Qemu?version=1.0';
import QemuLibvirt from 'gi://QemuLibvirt?version=1.0';

export async function promises(vm: Qemu.Domain, cancellable: Gio.Cancellable): Promise<void> {
    const status: Qemu.Status = await vm.query_status_async();
    const names: string[] = await vm.list_commands_async(cancellable);
    const job: Qemu.Job = await vm.start_job_async('blockdev-create', {'job-id': 'create', options: {driver: 'file'}});
    await job.wait_async();
    const domains: string[] = await QemuLibvirt.list_domains_async(null);
    vm.open_async(null, (source, result) => source?.open_finish(result));
    print(status, names.length, job.result, domains.join());

    // @ts-expect-error: a status is a number
    const text: string = await vm.query_status_async();
    // @ts-expect-error: there is no such function
    await vm.opne_async();
    // @ts-expect-error: a promise has to be awaited
    print(vm.list_commands_async().length, text);
    // @ts-expect-error: it returns a boolean
    print((await vm.open_async()).length);
}

export async function values(vm: Qemu.Domain): Promise<void> {
    const {enabled} = vm.run('query-kvm');
    const answer = await vm.run_async('qom-get', {path: '/machine', property: 'type'}, new Gio.Cancellable());
    const other = vm.run(Qemu.Command.new('x', {size: 18446744073709551615n, list: [1, 'a', null, {}]}));
    const raw: GLib.Bytes = await vm.run_raw_async('query-status');
    const command = new Qemu.Command('x', {b: 2n});
    command.set_arguments({a: 1});
    command.set_node('list', [1]);
    print(enabled, answer, other, raw.get_size(), command.arguments.a);

    // @ts-expect-error: a command has a name
    vm.run();
    // @ts-expect-error: it is a text
    vm.run(5);
    // @ts-expect-error: its arguments are an object
    vm.run('x', [1]);
    // @ts-expect-error: a date is nothing that QEMU knows
    vm.run('x', {date: new Date()});
}

export async function lists(vm: Qemu.Domain): Promise<void> {
    for (const disk of await vm.list_block_devices_async())
        print(disk.device, disk.image?.backing_image?.filename);
    for (const job of vm.block_jobs)
        print(job.speed);
    for (const device of vm.list_pci_devices())
        print([...device.regions].map(region => region.size));
    vm.block_jobs.connect('items-changed', (jobs, position) => print(jobs.get_n_items(), position + 1));
    vm.block_jobs.connect('notify', (jobs, property) => print(jobs.get_n_items(), property.name));
    const disk = vm.find_block_device('disk');
    const job: Qemu.BlockJob = await disk.mirror_async('/t.qcow2', 'qcow2', {sync: 'full'});
    disk.mirror('/t.qcow2', null, Json.from_string('{}')?.get_object());
    const total: bigint = disk.bigint('bps') + disk.bigint('iops');
    print(job.fraction, total, vm.block_devices.get_n_items());

    // @ts-expect-error: to where?
    disk.mirror();
    // @ts-expect-error: only the job changes it
    job.speed = 5;
    for (const cpu of vm.list_cpus(Qemu.CpuQueryFlags.NONE)) {
        // @ts-expect-error: a processor has no name
        print(cpu.name);
    }
}

export async function events(vm: Qemu.Domain, monitor: Qemu.TestMonitor): Promise<void> {
    for await (const event of vm.events('STOP', 'RESUME'))
        print(event.name.toLowerCase(), event.data.reason, event.timestamp / 1e6);
    const stream: Qemu.EventStream = monitor.events();
    const {value, done} = await stream.next();
    stream.close();
    print(value?.name, done);
    vm.connect('event::STOP', (_vm, event) => print(event.data.reason));
    vm.connect('notify::status', source => print(source.status_name));
    vm.connect('closed', (_vm, error) => print(error?.message));
    monitor.push_event('STOP', {reason: 'none'});
    monitor.emit_event('STOP', 0, {reason: 'none'});
    monitor.emit_replaced({QMP: {}});

    // @ts-expect-error: names are texts
    vm.events(5);
    // @ts-expect-error: it is asynchronous
    for (const event of vm.events())
        print(event);
}

export function errors(vm: Qemu.Domain): boolean {
    try {
        return vm.stop();
    } catch (error) {
        if (error instanceof Qemu.Error)
            return error.matches(Qemu.Error, Qemu.Error.DEVICE_NOT_FOUND);
        // @ts-expect-error: there is no such error
        return (error as GLib.Error).matches(Qemu.Error, Qemu.Error.NO_COFFEE);
    }
}

export const Answering = GObject.registerClass(class extends Qemu.Monitor {
    vfunc_start_run(request: Qemu.MonitorRequest): void {
        if (request.get_command()?.get_name() === 'query-status')
            request.return_value({status: 'running', running: true});
        else
            request.return_error(new Qemu.Error({code: Qemu.Error.GENERIC, message: 'No'}));
        // @ts-expect-error: a function has no JSON
        request.return_value(() => 5);
    }
});

export const mocked = Qemu.Domain.new(Qemu.TestMonitor.new((_monitor, command) => ({name: command.get_name()})));
