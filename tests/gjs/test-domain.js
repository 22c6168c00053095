// SPDX-License-Identifier: LGPL-2.1-or-later
// Drives real QEMUs through plain introspection.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Qemu from 'gi://Qemu?version=1.0';
import System from 'system';

import {parse, plain} from './json.js';
import {assert, assertEqual, assertError, cleanup, run, sleep, test, until} from './tap.js';

const QEMU = GLib.find_program_in_path(GLib.getenv('QEMU_SYSTEM') ?? 'qemu-system-x86_64');
const MACHINE = ['-machine', 'none', '-accel', 'tcg', '-nodefaults', '-display', 'none', '-S'];

// Promises of all that has an asynchronous and a finishing function.
for (const type of [Qemu.BlockJob, Qemu.Domain, Qemu.Job, Qemu.Monitor, Qemu.Process]) {
    for (const name of Object.getOwnPropertyNames(type.prototype).filter(each => each.endsWith('_async')))
        Gio._promisify(type.prototype, name);
}

function command(name, args = {}) {
    return Qemu.Command.new_from_json(JSON.stringify({execute: name, arguments: args}));
}

function started(...args) {
    const process = Qemu.Process.new([QEMU, ...MACHINE, ...args]);
    cleanup(() => process.force_exit());
    process.spawn(null);
    return process;
}

// A QEMU that was started by somebody else, and listens: the path of its monitor.
async function listening(...args) {
    const folder = GLib.dir_make_tmp('qemu-glib-XXXXXX');
    const path = `${folder}/qmp`;
    const qemu = Gio.Subprocess.new([QEMU, ...MACHINE, '-qmp', `unix:${path},server=on,wait=off`, ...args],
        Gio.SubprocessFlags.NONE);
    cleanup(() => {
        qemu.force_exit();
        qemu.wait(null);
        GLib.unlink(path);
        GLib.rmdir(folder);
    });
    await until(() => GLib.file_test(path, GLib.FileTest.EXISTS), 'the socket of QEMU');
    return path;
}

async function drive(vm) {
    assertEqual(vm.state, Qemu.MonitorState.OPEN);
    assertEqual(vm.version.to_string(), (await vm.query_version_async(null)).to_string());
    assert(vm.version.at_least(7, 0, 0));
    assertEqual(vm.status, Qemu.Status.PRELAUNCH);
    assertEqual(vm.status_name, 'prelaunch');
    assertEqual(vm.running, false);

    assert((await vm.list_commands_async(null)).includes('query-status'));
    assertEqual(await vm.supports_command_async('make-coffee', null), false);
    assertEqual(vm.supports_command('query-status', null), true);
    assertEqual(await vm.query_status_async(null), Qemu.Status.PRELAUNCH);

    const get = command('qom-get', {path: '/machine', property: 'type'});
    assert(plain(await vm.run_async(get, null)).endsWith('-machine'));
    assert(plain(vm.run(get, null)).endsWith('-machine'));
    assert(parse(vm.run_raw(get, null)).return.endsWith('-machine'));
    assert(parse(await vm.run_raw_async(get, null)).return.endsWith('-machine'));

    for (const body of [() => vm.run(command('make-coffee'), null), () => vm.run_async(command('make-coffee'), null)]) {
        const error = await assertError(Qemu.Error, Qemu.Error.COMMAND_NOT_FOUND, body);
        assert(error instanceof Qemu.Error);
        assert(error.message.includes('make-coffee'));
    }
    await assertError(Qemu.Error, Qemu.Error.GENERIC, () => vm.run(command('qom-get', {path: '/machine'}), null));
}

test('a QEMU that the library started', async () => {
    const process = Qemu.Process.new([QEMU, ...MACHINE, '-name', 'ours']);
    cleanup(() => process.force_exit());
    await process.spawn_async(null);
    const vm = process.get_domain();
    assertEqual(vm.name, 'ours');
    assertEqual(process.running, true);
    await drive(vm);
    await process.shutdown_async(100, null);
    assertEqual(process.running, false);
    assertEqual(process.get_exit_status(), 0);
});

test('a QEMU at the other end of a UNIX socket', async () => {
    const vm = Qemu.Domain.new_for_uri(`unix:${await listening('-name', 'theirs')}`);
    vm.monitor.wait_for_peer = true;
    await vm.open_async(null);
    assertEqual(vm.name, 'theirs');
    await drive(vm);
    await vm.close_async(null);
    assertEqual(vm.state, Qemu.MonitorState.CLOSED);
    assert(vm.open(null));
    assert(vm.close(null));
});

test('a QEMU that does not start says why', async () => {
    const process = Qemu.Process.new([QEMU, '-machine', 'wrong']);
    const error = await assertError(Qemu.Error, Qemu.Error.PROCESS_FAILED, () => process.spawn_async(null));
    assert(error.message.includes('machine type'));
});

test('events with and without a detail, and notifications', async () => {
    const vm = started().get_domain();
    const [every, stops, statuses] = [[], [], []];
    vm.connect('event', (_vm, event) => every.push(event.name));
    vm.connect('event::STOP', (_vm, event) => stops.push(event));
    vm.connect('notify::status', () => statuses.push(vm.status_name));

    await vm.cont_async(null);
    await vm.stop_async(null);
    await until(() => statuses.includes('paused'), 'status paused');
    assertEqual(every, ['RESUME', 'STOP']);
    assertEqual(vm.status, Qemu.Status.PAUSED);
    assertEqual(stops.length, 1);
    assertEqual(stops[0].get_string('reason'), null);
    assert(Math.abs(stops[0].timestamp - GLib.get_real_time()) < 60e6);
});

test('the data of an event', async () => {
    const vm = started().get_domain();
    const events = [];
    vm.connect('event::RESET', (_vm, event) => events.push(event));
    vm.system_reset(null);
    assertEqual(events.length, 0);
    await until(() => events.length, 'event RESET');
    assertEqual(events[0].get_string('reason'), 'host-qmp-system-reset');
    assertEqual(events[0].get_boolean('guest'), [true, false]);
    assertEqual(events[0].get_int64('nothing')[0], false);
    assertEqual(JSON.parse(new TextDecoder().decode(events[0].get_data_bytes().toArray())).guest, false);
    assertEqual(events[0].get_data().get_boolean_member('guest'), false);
});

test('closed by us: the signal has no error', async () => {
    const vm = started().get_domain();
    const reasons = [];
    vm.connect('closed', (_vm, error) => reasons.push(error));
    await vm.close_async(null);
    await until(() => reasons.length, 'signal closed');
    assertEqual(reasons, [null]);
    await assertError(Gio.IOErrorEnum, Gio.IOErrorEnum.NOT_CONNECTED, () => vm.query_status_async(null));
});

test('closed by death: the signal has the error', async () => {
    const process = started();
    const vm = process.get_domain();
    const reasons = [];
    vm.connect('closed', (_vm, error) => reasons.push(error));
    process.force_exit();
    await until(() => reasons.length, 'signal closed');
    await sleep(20);
    assertEqual(reasons.length, 1);
    assert(reasons[0].matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CONNECTION_CLOSED), `${reasons[0]}`);
});

test('a hundred commands in flight', async () => {
    const vm = started().get_domain();
    const names = Array.from({length: 100}, (_, index) => index % 2 ? 'query-status' : 'query-name');
    const replies = await Promise.all(names.map(name => vm.run_raw_async(command(name), null)));
    assertEqual(replies.map(reply => 'status' in parse(reply).return), names.map(name => name === 'query-status'));
});

test('a cancelled call ends, and the connection stays usable', async () => {
    const vm = started().get_domain();
    const cancellable = new Gio.Cancellable();
    const cancelled = vm.run_async(command('query-qmp-schema'), cancellable);
    const other = vm.query_status_async(null);
    cancellable.cancel();
    await assertError(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED, () => cancelled);
    assertEqual(await other, Qemu.Status.PRELAUNCH);
    await assertError(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED, () => vm.query_status(cancellable));
    assertEqual(vm.query_status(null), Qemu.Status.PRELAUNCH);
});

test('a job, and the list that follows it', async () => {
    const vm = started('-blockdev', 'driver=null-co,node-name=n,size=1048576',
        '-blockdev', 'driver=null-co,node-name=t,size=1048576').get_domain();
    const words = [];
    const mirror = command('blockdev-mirror', {device: 'n', target: 't', sync: 'none', 'job-id': 'copy'});
    const list = vm.block_jobs;
    const job = await vm.start_job_async(mirror, null);
    job.connect('notify::status', () => words.push(job.status_name));
    assertEqual(job.id, 'copy');
    assert(await job.wait_ready_async(null));
    assertEqual(job.status, Qemu.JobStatus.READY);
    await until(() => list.get_n_items() === 1, 'the job in the list');
    assert(list.get_item(0) === job);
    assert(await job.stop_async(null));
    assertEqual(job.result, Qemu.JobResult.STOPPED);
    await until(() => list.get_n_items() === 0, 'an empty list');
    assert(words.includes('concluded') || words.includes('null'));

    const options = {driver: 'file', filename: '/nonexistent/x', size: 512};
    const failing = await vm.start_job_async(command('blockdev-create', {options}), null);
    await assertError(Qemu.Error, Qemu.Error.JOB_FAILED, () => failing.wait_async(null));
    await assertError(Qemu.Error, Qemu.Error.GENERIC, () => vm.start_job_async(mirror, null)
        .then(() => vm.start_job_async(mirror, null)));
});

test('a synchronous call inside a signal handler', async () => {
    const vm = started().get_domain();
    const answers = [];
    vm.connect('event::STOP', () => answers.push(vm.query_status(null)));
    vm.cont(null);
    vm.stop(null);
    await until(() => answers.length, 'an answer');
    assertEqual(answers, [Qemu.Status.PAUSED]);
});

test('domains that are dropped are collected, whatever they were doing', async () => {
    const path = await listening();
    const start = vm => vm.run_async(command('query-commands'), null).catch(() => {});
    const uses = [
        () => {},
        vm => vm.open(null),
        vm => vm.open(null) && vm.close(null),
        vm => vm.open(null) && vm.cont(null) && vm.stop(null),
        vm => vm.open(null) && [1, 2, 3].map(() => start(vm)),
        vm => vm.open(null) && [1, 2, 3].map(() => start(vm)) && vm.close(null),
    ];
    const use = index => {
        const vm = Qemu.Domain.new_for_uri(path);
        vm.monitor.wait_for_peer = true;
        vm.connect('event', () => vm.status);
        uses[index](vm);
    };

    for (const index of uses.keys()) {
        use(index);
        // QEMU takes one client at a time: the next one only comes in when this one is gone.
        const next = Qemu.Domain.new_for_uri(path);
        // What was last on the stack may stay there for some seconds.
        next.monitor.open_timeout = 19000;
        let opened = null;
        next.open_async(null).then(() => (opened = true), error => (opened = error));
        await until(() => {
            System.gc();
            return opened;
        }, `a domain collected (${uses[index]})`);
        assertEqual(opened, true);
        await next.close_async(null);
    }
});

await run(QEMU ? null : 'there is no QEMU here');
