// SPDX-License-Identifier: LGPL-2.1-or-later
// What the override adds to plain introspection.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Qemu from 'gi://Qemu?version=1.0';
import System from 'system';

import {bytes, parse, text} from './json.js';
import {Peer} from './peer.js';
import {assert, assertEqual, assertError, cleanup, run, sleep, test, until} from './tap.js';

const QEMU = GLib.find_program_in_path(GLib.getenv('QEMU_SYSTEM') ?? 'qemu-system-x86_64');
const MACHINE = ['-machine', 'none', '-accel', 'tcg', '-nodefaults', '-display', 'none', '-S'];

const {COMMAND_NOT_FOUND, DEVICE_NOT_FOUND, GENERIC, JOB_FAILED, PROTOCOL} = Qemu.Error;

// A case for a QEMU of its own.
function testQemu(name, body, ...args) {
    test(name, async () => {
        const process = Qemu.Process.new([QEMU, ...MACHINE, ...args]);
        cleanup(() => process.force_exit());
        await process.spawn_async();
        await body(process.get_domain(), process);
    }, QEMU ? null : 'there is no QEMU here');
}

// A domain whose commands a table answers, by values or by functions of their arguments.
function mocked(answers = {}) {
    const monitor = Qemu.TestMonitor.new((_monitor, command) => {
        if (command.get_name() === 'query-status')
            return {status: 'paused', running: false};
        if (!(command.get_name() in answers))
            throw new Qemu.Error({code: COMMAND_NOT_FOUND, message: 'It is not in the table'});
        const answer = answers[command.get_name()];
        return typeof answer === 'function' ? answer(command.arguments, command) : answer;
    });
    const vm = Qemu.Domain.new(monitor, 'mocked');
    vm.open();
    return [vm, monitor];
}

async function opened(peer) {
    const vm = Qemu.Domain.new_for_uri(peer.path);
    await vm.open_async();
    return vm;
}

// Does a signal of that name, and of that detail, have a handler?
function isHeard(object, name, detail = null) {
    const id = GObject.signal_lookup(name, object.constructor.$gtype);
    return GObject.signal_has_handler_pending(object, id, detail ? GLib.quark_from_string(detail) : 0, true);
}

async function collect(times = 5) {
    for (let i = 0; i < times; i++) {
        System.gc();
        await sleep(1);
    }
}

function assertThrows(type, body) {
    try {
        body();
    } catch (error) {
        if (error instanceof type)
            return;
        throw error;
    }
    throw new Error(`no ${type.name}`);
}

// ---------------------------------------------------------------- functions

test('each asynchronous function is made for a promise, and keeps its arguments', () => {
    let found = 0;
    assert(imports.gi.Qemu === Qemu, 'scripts see something else than modules');
    for (const type of Object.keys(Qemu).map(name => Qemu[name]).filter(each => each?.prototype)) {
        for (const name of Object.getOwnPropertyNames(type.prototype).filter(each => each.endsWith('_async'))) {
            const synchronous = type.prototype[name.replace(/_async$/, '')];
            assertEqual([name, type.prototype[name].length, type.prototype[name].name],
                [name, synchronous.length + 1, name]);
            found++;
        }
    }
    assert(found > 40, `${found}`);
});

testQemu('promises, with and without the arguments that may be null', async vm => {
    assertEqual(await vm.query_status_async(), Qemu.Status.PRELAUNCH);
    assertEqual(await vm.query_status_async(null), Qemu.Status.PRELAUNCH);
    assertEqual(await vm.query_status_async(new Gio.Cancellable()), Qemu.Status.PRELAUNCH);
    assert(vm.open_async() instanceof Promise);
    assert((await vm.list_commands_async()).includes('query-status'));
    assertEqual(await vm.supports_command_async('make-coffee'), false);
    assert((await vm.query_version_async()).at_least(7));
    assertEqual(`${vm.version}`, vm.version.to_string());
    assertEqual(await vm.human_monitor_command_async('info name'), vm.human_monitor_command('info name'));
    assertEqual(vm.query_status(), Qemu.Status.PRELAUNCH);
    assert((await vm.list_cpus_async()).get_n_items() === vm.list_cpus().get_n_items());
    await assertError(Qemu.Error, COMMAND_NOT_FOUND, () => vm.run_async('make-coffee'));
    const error = await assertError(Qemu.Error, COMMAND_NOT_FOUND, () => vm.run('make-coffee'));
    assert(error instanceof Qemu.Error && !error.matches(Qemu.Error, GENERIC));
    assert(error.message.includes('make-coffee'));
    await vm.close_async();
    await assertError(Gio.IOErrorEnum, Gio.IOErrorEnum.NOT_CONNECTED, () => vm.run_async('query-status'));
});

test('the stack of an error shows who asked', async () => {
    const [vm] = mocked();
    const askForCoffee = () => vm.run_async('make-coffee');
    const error = await assertError(Qemu.Error, COMMAND_NOT_FOUND, askForCoffee);
    assert(error.stack.includes('askForCoffee'), error.stack);
});

test('with a callback there is no promise', async () => {
    const [vm] = mocked({echo: args => args});
    const calls = [
        callback => vm.run_async('echo', {n: 1}, null, callback),
        callback => vm.run_async('echo', {n: 1}, callback),
        callback => vm.run_async(Qemu.Command.new('echo', {n: 1}), null, callback),
        callback => vm.run_async(Qemu.Command.new('echo', {n: 1}), callback),
    ];
    for (const call of calls) {
        const value = await new Promise(resolve => {
            assertEqual(call((source, result) => resolve(source.run_finish(result))), undefined);
        });
        assertEqual(value, {n: 1});
    }
    const raw = await new Promise(resolve => {
        vm.run_raw_async('echo', null, null, (source, result) => resolve(source.run_raw_finish(result)));
    });
    assertEqual(parse(raw), {return: {}});
    assertEqual(vm.query_status_async(null, null), undefined);
});

test('a program that makes its own promises goes on as it was', async () => {
    const [vm] = mocked({echo: args => args});
    const {prototype} = Qemu.Domain;
    const {run_async: runAsync} = prototype;
    cleanup(() => {
        prototype.run_async = runAsync;
        delete prototype._original_run_async;
    });
    Gio._promisify(prototype, 'run_async');
    assertEqual(await vm.run_async('echo'), {});
    assertEqual(await vm.run_async('echo', {n: 1}), {n: 1});
    assertEqual(await vm.run_async('echo', {n: 1}, null), {n: 1});
    assertEqual(await vm.run_async(Qemu.Command.new('echo'), null), {});
});

test('a cancelled promise is rejected, and the connection stays usable', async () => {
    const peer = new Peer({silence: undefined});
    const vm = await opened(peer);
    const cancellable = new Gio.Cancellable();
    const pending = [
        vm.run_async('silence', null, cancellable),
        vm.run_async(Qemu.Command.new('silence'), cancellable),
    ];
    await until(() => peer.heard.filter(each => each === 'silence').length === 2, 'two commands');
    cancellable.cancel();
    for (const each of pending)
        await assertError(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED, () => each);
    await assertError(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED, () => vm.query_status_async(cancellable));
    assertEqual(await vm.query_status_async(), Qemu.Status.RUNNING);
});

// ---------------------------------------------------------------- plain values

test('plain values go in and come out', async () => {
    const [vm] = mocked({echo: args => ({args}), value: args => args.value ?? {}});
    const values = [true, false, 0, -1, 1.5, 'ü "\\ \n', [], [true, 1], [true], {}, {a: {b: [{c: null}]}, '': 0},
        Number.MAX_SAFE_INTEGER, 1e300];
    for (const value of values) {
        assertEqual(vm.run('echo', {value}), {args: {value}});
        if (typeof value !== 'string') {
            assertEqual(vm.run('value', {value}), value);
            assertEqual(await vm.run_async('value', {value}), value);
        }
    }
    assertEqual(vm.run('echo'), {args: {}});
    assertEqual(vm.run('echo', null, null), {args: {}});
    assertEqual(vm.run('echo', {a: undefined, b: [undefined], c: () => 1}), {args: {b: [null]}});
    assertEqual(vm.run('echo', {holes: Array(2)}), {args: {holes: [null, null]}});
    assertEqual(vm.run(Qemu.Command.new('echo', {n: 1})), {args: {n: 1}});
    assertEqual(vm.run(new Qemu.Command('echo', {n: 1})), {args: {n: 1}});
});

test('a command takes plain values', () => {
    const command = Qemu.Command.new('x');
    command.set_arguments({list: [1]});
    command.set_node('node', {a: [true]});
    command.set_node('text', 'ü');
    command.set_node('nothing', null);
    assertEqual(command.arguments, {list: [1], node: {a: [true]}, text: 'ü', nothing: null});
    assertEqual(Qemu.Command.new('x').arguments, {});

    // JSON-GLib holds no such thing: rather an error than something else for QEMU.
    for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 2 ** 63, 'a\0b']) {
        for (const set of [() => command.set_node('node', value), () => command.set_arguments({list: [value]})]) {
            assertThrows(RangeError, set);
            assertEqual(command.arguments.node, {a: [true]});
        }
    }
    command.set_node('node', [2n ** 63n - 1n, -(2n ** 63n)]);
    assert(command.to_json().replaceAll(' ', '').includes('[9223372036854775807,-9223372036854775808]'));
});

test('a BigInt goes out exactly, and the raw text has what came', async () => {
    const numbers = '[18446744073709551615,-9223372036854775808,9007199254740993]';
    const [vm, monitor] = mocked({echo: (_args, command) => command.to_json().replace(/.*"n": ?(\[[^\]]*\]).*/, '$1')});
    const n = JSON.parse(numbers.replace(/-?\d+/g, '"$&"')).map(BigInt);
    assertEqual(text(await vm.run_raw_async('echo', {n})).replaceAll(' ', ''), `{"return":${numbers}}`);
    // Rounded, but without a word in the log: warnings are fatal here.
    assertEqual(vm.run('echo', {n}), JSON.parse(numbers));
    vm.connect('event', (_vm, event) => {
        assertEqual(text(event.get_data_bytes()), `{"n": ${numbers}}`);
        assertEqual(event.data, {n: JSON.parse(numbers)});
        assertEqual(event.get_uint64('nothing')[0], false);
    });
    const events = vm.events('BIG');
    monitor.push_event('BIG', `{"n": ${numbers}}`);
    assertEqual((await events.next()).value.data.n.length, 3);
    events.close();
});

test('a record has its integers exactly', () => {
    const [vm] = mocked({
        'query-blockstats': '[{"device": "disk", "stats": {"wr_highest_offset": 18446744073709551615, "rd_bytes": 5}}]',
    });
    const [stats] = vm.list_block_stats();
    assert(stats.bigint('write-highest-offset') === 18446744073709551615n);
    assert(stats.bigint('read_bytes') === 5n);
    assertEqual(stats.write_highest_offset, 2 ** 64);
});

testQemu('options are plain objects', async vm => {
    const target = `${GLib.get_tmp_dir()}/${GLib.uuid_string_random()}.raw`;
    GLib.file_set_contents(target, new Uint8Array(1 << 20));
    cleanup(() => GLib.unlink(target));
    const disk = await vm.find_block_device_async('disk');
    const job = await disk.mirror_async(target, 'raw', {sync: 'full', mode: 'existing', 'job-id': 'copy'});
    assertEqual(job.id, 'copy');
    await job.wait_ready_async();
    await job.stop_async();
    assertEqual(job.result, Qemu.JobResult.STOPPED);
    disk.set_io_throttle({iops: 100});
    assertEqual(vm.find_block_device('disk').iops, 100);
    await assertError(Qemu.Error, GENERIC, () => disk.mirror(target, 'raw', {'make-coffee': true}));
}, '-drive', 'if=none,id=disk,driver=null-co,size=1M,read-zeroes=on');

testQemu('a job of a plain command, and lists to loop over', async vm => {
    const disks = await vm.list_block_devices_async();
    assertEqual([...disks].map(disk => disk.device), ['one', 'two']);
    for (const disk of vm.list_block_devices())
        assertEqual(disk.inserted, true);
    assertEqual([...vm.jobs].length, 0);
    const live = vm.block_devices;
    await until(() => live.get_n_items() === 2, 'two disks in the live list');
    assertEqual([...live].map(disk => disk.device), ['one', 'two']);
    const options = {driver: 'file', filename: '/nonexistent/x', size: 512};
    const job = await vm.start_job_async('blockdev-create', {'job-id': 'create', options});
    assertEqual(job.id, 'create');
    await assertError(Qemu.Error, JOB_FAILED, () => job.wait_async());
}, '-drive', 'if=none,id=one,driver=null-co,size=1M', '-drive', 'if=none,id=two,driver=null-co,size=1M');

// ---------------------------------------------------------------- events

testQemu('events to loop over', async (vm, process) => {
    const names = [];
    const every = vm.events();
    const some = vm.events('STOP', 'RESUME', 'STOP');
    vm.cont();
    vm.stop();
    vm.system_reset();
    for await (const event of some) {
        names.push(event.name);
        assertEqual(event.data, {});
        if (names.length === 2)
            break;
    }
    assertEqual(names, ['RESUME', 'STOP']);
    process.shutdown_async(10);
    await assertError(Gio.IOErrorEnum, Gio.IOErrorEnum.CONNECTION_CLOSED, async () => {
        for await (const event of every) {
            names.push(event.name);
            if (event.name === 'SHUTDOWN')
                assertEqual(event.data.reason, 'host-qmp-quit');
        }
    });
    assertEqual(names, ['RESUME', 'STOP', 'RESUME', 'STOP', 'RESET', 'POWERDOWN', 'SHUTDOWN']);
});

test('ten thousand events: none is lost, none is early, none comes twice', async () => {
    const COUNT = 10000;
    const peer = new Peer({
        flood: async (_args, connection) => {
            const messages = Array.from({length: COUNT}, (_, n) => ({
                event: n % 2 ? 'ODD' : 'EVEN', data: {n}, timestamp: {seconds: n, microseconds: 1},
            }));
            await peer.say(connection, ...messages);
            return {};
        },
    });
    const vm = await opened(peer);
    const [every, odd] = [vm.events(), vm.events('ODD')];
    vm.run_async('flood').then(() => vm.close());

    let next = 0;
    for await (const {name, data, timestamp} of every) {
        if (data.n !== next || name !== (next % 2 ? 'ODD' : 'EVEN') || timestamp !== next * 1000000 + 1)
            throw new Error(`event ${next} is ${name} with ${JSON.stringify(data)} at ${timestamp}`);
        next++;
    }
    assertEqual(next, COUNT);
    next = 0;
    for await (const {data} of odd)
        assert(data.n === 2 * next++ + 1, `odd event ${next} has ${data.n}`);
    assertEqual(next, COUNT / 2);
});

test('leaving the loop unsubscribes at once', async () => {
    const [vm, monitor] = mocked();
    const push = () => ['A', 'B', 'A'].forEach(name => monitor.push_event(name, {name}));
    const heard = () => ['A', 'B'].map(name => isHeard(vm, 'event', name)).concat(isHeard(vm, 'closed'));

    assertEqual(heard(), [false, false, false]);
    let events = vm.events('A', 'B');
    assertEqual(heard(), [true, true, true]);
    push();
    for await (const event of events) {
        if (event.name === 'B')
            break;
    }
    assertEqual(heard(), [false, false, false]);
    assertEqual(await events.next(), {done: true});

    events = vm.events('A');
    push();
    let caught = null;
    try {
        for await (const event of events)
            throw new Error(event.name);
    } catch (error) {
        caught = error;
    }
    assertEqual(caught.message, 'A');
    assertEqual(heard(), [false, false, false]);

    const first = async () => {
        for await (const event of vm.events())
            return event.data;
        return null;
    };
    const value = first();
    push();
    assertEqual(await value, {name: 'A'});
    assertEqual(heard(), [false, false, false]);

    events = vm.events();
    const waiting = events.next();
    events.close();
    assertEqual(heard(), [false, false, false]);
    assertEqual(await waiting, {done: true});
    assertEqual(await events.return(5), {value: 5, done: true});
    assert(events[Symbol.asyncIterator]() === events);
});

test('what a synchronous call has read before is not for a loop that comes later', async () => {
    const [vm, monitor] = mocked();
    for (let n = 0; n < 3; n++) {
        monitor.push_event('TICK', {n: 'before'});
        vm.close();
        vm.open();
        const events = vm.events('TICK');
        monitor.push_event('TICK', {n});
        assertEqual((await events.next()).value.data, {n});
        monitor.push_event('TICK', {n: 'more'});
        vm.close();
        assertEqual((await events.next()).value.data, {n: 'more'});
        assertEqual(await events.next(), {done: true});
        vm.open();
    }
});

test('a domain that is closed ends the loop, after what came before', async () => {
    const [vm, monitor] = mocked();
    const [events, others] = [vm.events(), monitor.events('B')];
    monitor.push_event('A', null);
    monitor.push_event('B');
    vm.close_async();
    const names = [];
    for await (const event of events)
        names.push(event.name);
    for await (const event of others)
        names.push(event.name);
    assertEqual(names, ['A', 'B', 'B']);
    assertEqual([isHeard(vm, 'event'), isHeard(vm, 'closed'), isHeard(monitor, 'event', 'B')], [false, false, false]);
    assertEqual(await events.next(), {done: true});
});

test('a connection that is lost throws in the loop, after what came before', async () => {
    const [vm, monitor] = mocked();
    const events = vm.events();
    monitor.push_event('A');
    monitor.emit_closed(new Gio.IOErrorEnum({code: Gio.IOErrorEnum.CONNECTION_CLOSED, message: 'gone'}));
    const names = [];
    await assertError(Gio.IOErrorEnum, Gio.IOErrorEnum.CONNECTION_CLOSED, async () => {
        for await (const event of events)
            names.push(event.name);
    });
    assertEqual(names, ['A']);
    assertEqual(await events.next(), {done: true});
    vm.open();
    const again = vm.events();
    const waiting = again.next();
    monitor.push_event('B');
    assertEqual((await waiting).value.name, 'B');
    again.close();
});

test('two loops hear the same, and several may wait for one', async () => {
    const [vm, monitor] = mocked();
    const loop = async () => {
        const names = [];
        for await (const event of vm.events()) {
            names.push(event.name);
            if (names.length === 3)
                break;
        }
        return names;
    };
    const loops = [loop(), loop()];
    const events = vm.events();
    const waiting = [events.next(), events.next()];
    ['A', 'B', 'C'].forEach(name => monitor.push_event(name));
    assertEqual(await Promise.all(loops), Array(2).fill(['A', 'B', 'C']));
    assertEqual((await Promise.all(waiting)).map(({value}) => value.name), ['A', 'B']);
    assertEqual((await events.next()).value.name, 'C');
    events.close();
});

testQemu('commands within a loop and within a handler', async vm => {
    const answers = [];
    vm.connect('event::STOP', () => {
        answers.push(vm.run('query-status').status);
        vm.run_async('query-status').then(({status}) => answers.push(status));
    });
    const events = vm.events();
    vm.cont_async();
    for await (const event of events) {
        answers.push(event.name);
        if (event.name === 'STOP')
            break;
        assertEqual((await vm.run_async('query-status')).running, true);
        assertEqual(vm.run('query-status').running, true);
        await vm.stop_async();
    }
    await until(() => answers.length === 4, 'four answers');
    assertEqual(answers.sort(), ['RESUME', 'STOP', 'paused', 'paused']);
});

// ---------------------------------------------------------------- monitors that are written in JavaScript

const Answering = GObject.registerClass(class Answering extends Qemu.Monitor {
    vfunc_start_run(request) {
        const command = request.get_command();
        const answers = {
            'query-name': () => request.return_value({name: 'javascript'}),
            'query-status': () => request.return_value({status: 'paused', running: false}),
            nothing: () => request.return_value(),
            echo: () => request.return_value(command.arguments.value),
            refuse: () => {
                throw new Qemu.Error({code: DEVICE_NOT_FOUND, message: 'It is not there'});
            },
            twice: () => {
                request.return_value(1);
                throw new Error('too late');
            },
        };
        answers[command.get_name()]();
    }
});

const Later = GObject.registerClass(class Later extends Answering {
    async vfunc_start_run(request) {
        await sleep(1);
        if (request.get_command().get_name() === 'refuse')
            throw new Qemu.Error({code: DEVICE_NOT_FOUND, message: 'It is not there later either'});
        super.vfunc_start_run(request);
    }
});

const Locked = GObject.registerClass(class Locked extends Answering {
    vfunc_start_open(_request) {
        throw new Gio.IOErrorEnum({code: Gio.IOErrorEnum.PERMISSION_DENIED, message: 'There is no key'});
    }
});

test('a monitor answers by plain values, and by what it throws', async () => {
    for (const type of [Answering, Later]) {
        const vm = Qemu.Domain.new(new type());
        await vm.open_async();
        assertEqual(vm.name, 'javascript');
        assertEqual(vm.status, Qemu.Status.PAUSED);
        for (const value of [1, 'text', [true, 2], {a: null}])
            assertEqual(await vm.run_async('echo', {value}), value);
        assertEqual(await vm.run_async('nothing'), {});
        assertEqual(await vm.run_async('twice'), 1);
        const refused = await assertError(Qemu.Error, DEVICE_NOT_FOUND, () => vm.run_async('refuse'));
        assert(refused.message.includes('It is not there'), refused.message);
        const unknown = await assertError(Qemu.Error, GENERIC, () => vm.run_async('make-coffee'));
        assert(unknown.message.includes('TypeError'), unknown.message);
        assertEqual(await vm.query_status_async(), Qemu.Status.PAUSED);
    }
    const thrower = new (GObject.registerClass(class extends Qemu.Monitor {
        vfunc_start_run(_request) {
            throw Symbol('thrown');
        }
    }))();
    await thrower.open_async();
    const thrown = await assertError(Qemu.Error, GENERIC, () => thrower.run_async('x'));
    assert(thrown.message.includes('Symbol(thrown)'), thrown.message);

    assertEqual(Qemu.Domain.new(new Answering()).monitor.state, Qemu.MonitorState.CLOSED);
    const error = await assertError(Gio.IOErrorEnum, Gio.IOErrorEnum.PERMISSION_DENIED,
        () => new Locked().open_async());
    assert(error.message.includes('There is no key'));
});

test('a monitor tells of events by plain values', async () => {
    const monitor = new Answering();
    await monitor.open_async();
    const events = monitor.events('A');
    monitor.emit_event('A', 1000002, {n: 5});
    monitor.emit_event('A', 0, bytes('{"n": 6}'));
    monitor.emit_event('A');
    const heard = [];
    for (let i = 0; i < 3; i++)
        heard.push((await events.next()).value);
    assertEqual(heard.map(({data}) => data), [{n: 5}, {n: 6}, {}]);
    assert(heard[0].data === heard[0].data);
    assertEqual(heard[0].get_data().get_int_member('n'), 5);
    assertEqual(heard[0].timestamp, 1000002);
    events.close();
});

test('the function of a test monitor gives plain values, texts of JSON, or throws', async () => {
    const [vm] = mocked({
        text: '{"json": true}',
        number: 5,
        nothing: () => undefined,
        refuse: () => {
            throw new Qemu.Error({code: DEVICE_NOT_FOUND, message: 'It is not there'});
        },
        wrong: () => undefined.x,
        late: () => Promise.resolve({}),
    });
    assertEqual(vm.run('text'), {json: true});
    assertEqual(vm.run('number'), 5);
    await assertError(Qemu.Error, PROTOCOL, () => vm.run('nothing'));
    await assertError(Qemu.Error, DEVICE_NOT_FOUND, () => vm.run_async('refuse'));
    const error = await assertError(Qemu.Error, GENERIC, () => vm.run('wrong'));
    assert(error.message.includes('TypeError'), error.message);
    const late = await assertError(Qemu.Error, GENERIC, () => vm.run('late'));
    assert(late.message.includes('A promise is no value'), late.message);
});

// ---------------------------------------------------------------- lifetime

test('who waits for an event keeps the domain', async () => {
    const peer = new Peer();
    let name = null;
    const wait = async () => {
        const vm = await opened(peer);
        for await (const event of vm.events()) {
            name = event.name;
            break;
        }
    };
    const waiting = wait();
    await until(() => peer.heard.includes('query-status'), 'an open domain');
    await collect();
    assertEqual(peer.clients.size, 1);
    peer.say([...peer.clients][0], {event: 'A', timestamp: {seconds: 1, microseconds: 1}});
    await waiting;
    assertEqual(name, 'A');
    await until(() => {
        System.gc();
        return !peer.clients.size;
    }, 'the domain collected');
});

test('domains whose handlers name them are collected, open or closed or with commands in flight', async () => {
    const COUNT = 20;
    const SPARE = 2;    // What GJS has compiled may hold on to the last ones, for up to ten seconds.
    const uses = [
        () => {},
        vm => vm.close_async(),
        vm => [1, 2, 3].forEach(() => vm.run_async('slow').catch(() => {})),
        vm => {
            vm.events('STOP');
        },
        async vm => {
            const events = vm.events();
            vm.close_async();
            for await (const event of events)
                assert(!event);
        },
    ];
    const peer = new Peer({slow: () => sleep(5).then(() => ({}))});
    const target = new Gio.SimpleAction({name: 'target'});
    const use = async body => {
        const vm = await opened(peer);
        vm.connect('event', () => vm.status);
        vm.connect('notify::status', () => vm.running);
        vm.connect('closed', () => vm.close());
        await body(vm);
        return vm.bind_property('running', target, 'enabled', GObject.BindingFlags.DEFAULT);
    };

    for (const body of uses) {
        const bindings = [];
        for (let i = 0; i < COUNT + SPARE; i++)
            bindings.push(await use(body));
        await until(() => {
            System.gc();
            return bindings.filter(each => !each.dup_source()).length >= COUNT;
        }, `${COUNT} domains collected: ${body}`);
    }
    assertEqual(peer.heard.filter(each => each === 'slow').length, 3 * (COUNT + SPARE));
});

await run();
