// SPDX-License-Identifier: LGPL-2.1-or-later
// Commands, and monitors written in JavaScript.

import Gio from 'gi://Gio';
import GObject from 'gi://GObject';
import Qemu from 'gi://Qemu?version=1.0';

import {bytes, plain, text} from './json.js';
import {assert, assertEqual, assertError, run, sleep, test, until} from './tap.js';

for (const type of [Qemu.Domain, Qemu.Monitor]) {
    for (const name of Object.getOwnPropertyNames(type.prototype).filter(each => each.endsWith('_async')))
        Gio._promisify(type.prototype, name);
}

// Answers at once, from memory. It only implements what each monitor has to.
const Answering = GObject.registerClass(class Answering extends Qemu.Monitor {
    _init(answers = {}) {
        super._init();
        this.asked = [];
        this.answers = {
            'query-name': '{"name": "javascript"}',
            'query-status': '{"status": "paused", "running": false}',
            ...answers,
        };
    }

    vfunc_start_run(request) {
        const name = request.get_command().get_name();
        this.asked.push(request.get_command().to_json());
        if (name in this.answers)
            request.return_bytes(bytes(`{"return": ${this.answers[name]}}`));
        else
            request.return_error(new Qemu.Error({code: Qemu.Error.COMMAND_NOT_FOUND, message: `no ${name}`}));
    }
});

// Answers from the main loop.
const Later = GObject.registerClass(class Later extends Answering {
    vfunc_start_run(request) {
        sleep(1).then(() => super.vfunc_start_run(request));
    }
});

// Never answers, and does not even keep the request.
const Forgetful = GObject.registerClass(class Forgetful extends Qemu.Monitor {
    vfunc_start_run(_request) {
    }
});

test('64 bits go out exactly', () => {
    const command = Qemu.Command.new('x');
    command.set_uint64('most', 18446744073709551615n);
    command.set_int64('least', -9223372036854775808n);
    command.set_int64('odd', 9007199254740993n);
    const json = command.to_json();
    for (const number of ['18446744073709551615', '-9223372036854775808', '9007199254740993'])
        assert(json.includes(number), json);
    return Promise.resolve();
});

test('64 bits come in exactly as raw text', async () => {
    const monitor = new Answering({most: '18446744073709551615'});
    const vm = Qemu.Domain.new(monitor, null);
    await vm.open_async(null);
    assertEqual(text(await vm.run_raw_async(Qemu.Command.new('most'), null)), '{"return": 18446744073709551615}');
});

test('a text that is no command is refused', async () => {
    const {Error} = Qemu;
    const {IOErrorEnum} = Gio;
    const refuse = (domain, code, text) => assertError(domain, code, () => Qemu.Command.new_from_json(text));
    for (const each of ['', 'x'])
        await refuse(Error, Error.PROTOCOL, each);
    for (const each of ['[]', '{}', '{"execute": 1}'])
        await refuse(IOErrorEnum, IOErrorEnum.INVALID_ARGUMENT, each);
});

test('a domain over a monitor that only implements start_run', async () => {
    const monitor = new Answering({add: '3'});
    const vm = Qemu.Domain.new(monitor, null);
    await vm.open_async(null);
    assertEqual(vm.name, 'javascript');
    assertEqual(vm.state, Qemu.MonitorState.OPEN);
    assertEqual(await vm.query_status_async(null), Qemu.Status.PAUSED);
    assertEqual(vm.query_status(null), Qemu.Status.PAUSED);
    assertEqual(plain(vm.run(Qemu.Command.new('add'), null)), 3);
    assertEqual(plain(await vm.run_async(Qemu.Command.new('add'), null)), 3);
    await assertError(Qemu.Error, Qemu.Error.COMMAND_NOT_FOUND, () => vm.run(Qemu.Command.new('subtract'), null));
    await vm.close_async(null);
    assertEqual(vm.state, Qemu.MonitorState.CLOSED);
});

test('answers from the main loop', async () => {
    const vm = Qemu.Domain.new(new Later({add: '3'}), null);
    await vm.open_async(null);
    const replies = await Promise.all(Array.from({length: 10}, () => vm.run_async(Qemu.Command.new('add'), null)));
    assertEqual(replies.map(plain), Array(10).fill(3));
});

test('a request that nobody answers fails by itself', async () => {
    const vm = Qemu.Domain.new(new Forgetful(), 'forgetful');
    await vm.monitor.open_async(null);
    const ending = assertError(Qemu.Error, Qemu.Error.PROTOCOL,
        () => vm.monitor.run_async(Qemu.Command.new('x'), null));
    // The collector takes the request, sooner or later.
    const {gc} = (await import('system')).default;
    let ended = false;
    ending.then(() => (ended = true), () => (ended = true));
    await until(() => {
        gc();
        return ended;
    }, 'the end of the call');
    await ending;
});

test('events of the monitor are those of its domain', async () => {
    const monitor = new Answering();
    const vm = Qemu.Domain.new(monitor, 'javascript');
    const heard = [];
    vm.connect('event::TICK', (_vm, event) => heard.push(event));
    await vm.open_async(null);
    monitor.emit_event('TOCK', 0, null);
    monitor.emit_event('TICK', 1000002, bytes('{"n": 5}'));
    await until(() => heard.length, 'event TICK');
    assertEqual(heard.map(event => [event.name, event.timestamp, event.get_int64('n')]),
        [['TICK', 1000002, [true, 5]]]);
});

test('a monitor that loses its connection', async () => {
    const monitor = new Answering();
    const vm = Qemu.Domain.new(monitor, 'javascript');
    const reasons = [];
    vm.connect('closed', (_vm, error) => reasons.push(error));
    await vm.open_async(null);
    monitor.emit_closed(new Gio.IOErrorEnum({code: Gio.IOErrorEnum.CONNECTION_CLOSED, message: 'gone'}));
    await until(() => reasons.length, 'signal closed');
    assert(reasons[0].matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CONNECTION_CLOSED));
    assertEqual(vm.state, Qemu.MonitorState.CLOSED);
});

test('a monitor that a function answers', async () => {
    const monitor = Qemu.TestMonitor.new((self, command) => {
        if (command.get_name() === 'query-status')
            return '{"status": "paused", "running": false}';
        if (command.get_name() === 'stop') {
            self.push_event('STOP', null);
            return '{}';
        }
        throw new Qemu.Error({code: Qemu.Error.DEVICE_NOT_FOUND, message: 'It is not there'});
    });
    const vm = Qemu.Domain.new(monitor, 'javascript');
    const heard = [];
    vm.connect('event', (_vm, event) => heard.push(event.name));
    vm.open(null);
    assertEqual(vm.status, Qemu.Status.PAUSED);
    await vm.stop_async(null);
    assertEqual(heard, ['STOP']);
    await assertError(Qemu.Error, Qemu.Error.DEVICE_NOT_FOUND, () => vm.run(Qemu.Command.new('x'), null));
});

await run();
