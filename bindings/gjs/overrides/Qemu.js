// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes the library at home in JavaScript: promises, plain values, and events to loop over.
//
// GJS loads this file together with the namespace, and calls _init() on that. What it changes are the introspected
// classes themselves, so objects that C makes have it too, and so have classes that derive from them.

/* exported _init, adapt */

const {Gio, GLib, GObject, Json} = imports.gi;

// ---------------------------------------------------------------- plain values

function isPlain(value) {
    const prototype = value && typeof value === 'object' ? Object.getPrototypeOf(value) : undefined;
    return prototype === Object.prototype || prototype === null;
}

// As JSON.stringify() does it; but a BigInt is an integer, exact to the last bit.
function toText(value) {
    if (typeof value === 'bigint')
        return `${value}`;
    if (Array.isArray(value))
        return `[${Array.from(value, each => toText(each) ?? 'null')}]`;
    if (isPlain(value)) {
        const members = Object.entries(value).map(([name, each]) => [JSON.stringify(name), toText(each)]);
        return `{${members.filter(([, text]) => text !== undefined).map(member => member.join(':'))}}`;
    }
    if (value instanceof Promise)
        throw new TypeError('A promise is no value: it has to be awaited');
    return JSON.stringify(value);
}

function toBytes(value) {
    return new GLib.Bytes(new TextEncoder().encode(toText(value)));
}

// JSON-GLib would make another number of an integer beyond 64 bits with a sign, and cut a text at U+0000.
function fitting(_name, value) {
    const isInteger = typeof value === 'bigint' || Number.isInteger(value) && Math.abs(value) < 1e21;
    if (isInteger && BigInt.asIntN(64, BigInt(value)) !== BigInt(value))
        throw new RangeError(`${value} is beyond 64 bits: it goes out exactly as an argument of run() or of Command.new()`);
    if (typeof value === 'string' && value.includes('\0'))
        throw new RangeError('A text with U+0000 only goes out as an argument of run() or of Command.new()');
    return typeof value === 'bigint' ? null : value;
}

function toNode(value) {
    const text = toText(value);
    JSON.stringify(value, fitting);
    return Json.from_string(text);
}

function fromBytes(bytes) {
    return bytes.get_size() ? JSON.parse(new TextDecoder().decode(bytes.toArray())) : {};
}

// What a plain object is for the function of that name; it is a JsonObject for all others.
const MEANT = {
    emit_event: toBytes,
    emit_replaced: toBytes,
    push_event: toText,
};

// ---------------------------------------------------------------- functions

// Those that take a command: it may be the command's name, and then its arguments follow, a plain object or nothing.
const TAKE_COMMAND = /^(run|run_raw|start_job)(_async)?$/;

function withCommand([name, ...others]) {
    if (typeof name !== 'string')
        return [name, ...others];
    const args = isPlain(others[0]) || !others[0] ? others.shift() : null;
    return [imports.gi.Qemu.Command.new(name, args), ...others];
}

function filled(args, length) {
    return [...args, ...Array(Math.max(0, length - args.length)).fill(null)];
}

function promise(finish, start) {
    const {stack} = new Error();
    return new Promise((resolve, reject) => {
        start((_source, result) => {
            try {
                resolve(finish(result));
            } catch (error) {
                error.stack = `${error.stack ?? ''}### Promise created here: ###\n${stack}`;
                reject(error);
            }
        });
    });
}

// The same function, and what is left out at the end is null. An asynchronous one without its callback gives a promise.
function adapted(owner, name) {
    const raw = owner[name];
    const finish = name.endsWith('_async') && name.replace(/async$/, 'finish');
    const takesCommand = TAKE_COMMAND.test(name);
    const meant = MEANT[name] ?? (value => toNode(value).get_object());

    function call(...args) {
        if (takesCommand)
            args = withCommand(args);
        args = args.map(each => isPlain(each) ? meant(each) : each ?? null);

        if (!finish || args.length >= raw.length)
            return raw.apply(this, filled(args, raw.length));
        if (typeof args.at(-1) === 'function')
            return raw.call(this, ...filled(args.slice(0, -1), raw.length - 1), args.at(-1));
        return promise(result => (this?.[finish] ? this : owner)[finish](result),
            callback => raw.call(this, ...filled(args, raw.length - 1), callback));
    }
    return Object.defineProperties(call, {name: {value: name}, length: {value: raw.length}});
}

function adaptFunctions(owner) {
    for (const [name, {value}] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
        if (typeof value === 'function' && value.length && !value.prototype)
            owner[name] = adapted(owner, name);
    }
}

// Goes over all functions and classes of a namespace, this one or one that builds upon it.
function adapt(namespace) {
    // Not Object.values(): it only has what somebody has asked for before.
    for (const each of Object.keys(namespace).map(name => namespace[name])) {
        if (each?.prototype) {
            adaptFunctions(each);
            adaptFunctions(each.prototype);
        }
    }
    adaptFunctions(namespace);
}

// ---------------------------------------------------------------- events

// Those that somebody waits for: the collector must take neither them nor whose events they are.
const awaited = new Set();

// What domain.events() gives. It hears from the time it is made until `closed`, or until the loop over it is left.
class EventStream {
    #source;
    #handlers;
    #waiting = [];
    #queue = [];    // functions that settle a promise

    constructor(source, names) {
        const signals = names.length ? names.map(name => `event::${name}`) : ['event'];
        const monitor = source.monitor ?? source;
        // What a synchronous call has read before, and no loop has told yet, is not for this stream.
        const before = monitor.received;
        const hear = (signal, listener) => source.connect(signal, (_source, thing) => {
            if (monitor.delivered > before)
                listener(thing);
        });

        this.#source = source;
        this.#handlers = [...new Set(signals)].map(signal => hear(signal, event => {
            this.#give(({resolve}) => resolve({value: event, done: false}));
        }));
        this.#handlers.push(hear('closed', error => {
            if (error)
                this.#give(({reject}) => reject(error));
            this.#unsubscribe();
        }));
    }

    #give(settle) {
        if (this.#waiting.length)
            settle(this.#waiting.shift());
        else
            this.#queue.push(settle);
        if (!this.#waiting.length)
            awaited.delete(this);
    }

    #unsubscribe() {
        this.#handlers.splice(0).forEach(id => this.#source.disconnect(id));
        this.#waiting.splice(0).forEach(({resolve}) => resolve({value: undefined, done: true}));
        awaited.delete(this);
    }

    next() {
        return new Promise((resolve, reject) => {
            if (this.#queue.length) {
                this.#queue.shift()({resolve, reject});
            } else if (this.#handlers.length) {
                this.#waiting.push({resolve, reject});
                awaited.add(this);
            } else {
                resolve({value: undefined, done: true});
            }
        });
    }

    // What a loop calls that is left by break, return or throw.
    return(value) {
        this.close();
        return Promise.resolve({value, done: true});
    }

    close() {
        this.#queue = [];
        this.#unsubscribe();
    }

    [Symbol.asyncIterator]() {
        return this;
    }
}

// ---------------------------------------------------------------- monitors that are written in JavaScript

function toGError(error) {
    if (error instanceof GLib.Error)
        return error;
    const {Error} = imports.gi.Qemu;
    return new Error({code: Error.GENERIC, message: String(error)});
}

// A virtual method that throws, or whose promise is rejected, has answered with that error.
function answering(vfunc) {
    return function (request) {
        const fail = error => request.return_error(toGError(error));
        try {
            const result = vfunc.call(this, request);
            if (result instanceof Promise)
                result.catch(fail);
        } catch (error) {
            fail(error);
        }
    };
}

// ---------------------------------------------------------------- the namespace

function _init() {
    const {Command, Domain, Event, Monitor, MonitorRequest, Record, TestMonitor, Version} = this;

    // The reply as it came: JSON.parse() is faster than a tree of nodes, and rounds where that is wrong.
    const {run_raw: runRaw, run_raw_async: runRawAsync, run_raw_finish: runRawFinish} = Domain.prototype;
    Object.assign(Domain.prototype, {
        run(command, cancellable) {
            return fromBytes(runRaw.call(this, command, cancellable)).return;
        },
        run_async: runRawAsync,
        run_finish(result) {
            return fromBytes(runRawFinish.call(this, result)).return;
        },
    });

    adapt(this);

    const {new: newCommand, prototype: {set_node: setNode}} = Command;
    Command.new = function (name, args = null) {
        return args ? Command.new_from_json(toText({execute: name, arguments: args})) : newCommand.call(this, name);
    };
    Command.prototype.set_node = function (member, value) {
        setNode.call(this, member, value instanceof Json.Node ? value : toNode(value));
    };
    Object.defineProperty(Command.prototype, 'arguments', {
        get() {
            return JSON.parse(this.to_json()).arguments ?? {};
        },
    });

    // A Number rounds an integer beyond 2^53, such as an address; its text has all of it.
    Record.prototype.bigint = function (property) {
        const value = new GObject.Value();
        value.init(GObject.TYPE_STRING);
        this.get_property(property, value);
        return BigInt(value.get_string());
    };

    Version.prototype.toString = Version.prototype.to_string;

    const data = new WeakMap();
    Object.defineProperty(Event.prototype, 'data', {
        get() {
            if (!data.has(this))
                data.set(this, fromBytes(this.get_data_bytes()));
            return data.get(this);
        },
    });

    for (const {prototype} of [Domain, Monitor]) {
        prototype.events = function (...names) {
            return new EventStream(this, names);
        };
    }

    // A text is JSON, as in C; everything else is a plain value.
    const newTestMonitor = TestMonitor.new;
    TestMonitor.new = function (func) {
        return newTestMonitor.call(this, (monitor, command) => {
            try {
                const answer = func(monitor, command) ?? null;
                return answer === null || typeof answer === 'string' ? answer : toText(answer);
            } catch (error) {
                throw toGError(error);
            }
        });
    };

    MonitorRequest.prototype.return_value = function (value = {}) {
        this.return_bytes(toBytes({return: value}));
    };

    Monitor._classInit = function (type) {
        const {prototype} = type;
        for (const name of Object.getOwnPropertyNames(prototype).filter(each => each.startsWith('vfunc_start_')))
            prototype[name] = answering(prototype[name]);
        return GObject.Object._classInit(type);
    };
}
