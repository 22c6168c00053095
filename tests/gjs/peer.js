// SPDX-License-Identifier: LGPL-2.1-or-later
// A scripted QEMU, in the main loop of the test: so only asynchronous calls reach it.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

import {bytes} from './json.js';
import {cleanup} from './tap.js';

for (const [type, name, finish] of [
    [Gio.DataInputStream, 'read_line_async', 'read_line_finish_utf8'],
    [Gio.OutputStream, 'write_bytes_async', 'write_bytes_finish'],
])
    Gio._promisify(type.prototype, name, finish);

const GREETING = {QMP: {version: {qemu: {major: 9, minor: 8, micro: 7}, package: ''}, capabilities: []}};
const ANSWERS = {
    'qmp_capabilities': {},
    'query-name': {name: 'scripted'},
    'query-status': {status: 'running', running: true},
};

// Answers each command with what the table has for its name: a value, or a function of its arguments. It never answers
// what the table has as undefined. All its clients are served alike.
export class Peer {
    constructor(answers = {}) {
        this.answers = {...ANSWERS, ...answers};
        this.folder = GLib.dir_make_tmp('qemu-glib-XXXXXX');
        this.path = `${this.folder}/qmp`;
        this.clients = new Set();
        this.heard = [];
        this.service = new Gio.SocketService();
        this.service.add_address(Gio.UnixSocketAddress.new(this.path), Gio.SocketType.STREAM,
            Gio.SocketProtocol.DEFAULT, null);
        this.service.connect('incoming', (_service, connection) => {
            this.serve(connection).catch(logError);
            return true;
        });
        cleanup(() => this.end());
    }

    async serve(connection) {
        const input = Gio.DataInputStream.new(connection.get_input_stream());
        this.clients.add(connection);
        try {
            await this.say(connection, GREETING);
            for (;;) {
                const [line] = await input.read_line_async(GLib.PRIORITY_DEFAULT, null);
                if (line === null)
                    break;
                const {execute, id, arguments: args} = JSON.parse(line);
                this.heard.push(execute);
                if (!(execute in this.answers)) {
                    await this.say(connection, {id, error: {class: 'CommandNotFound', desc: `no ${execute}`}});
                    continue;
                }
                const answer = this.answers[execute];
                const value = typeof answer === 'function' ? await answer(args, connection) : answer;
                if (value !== undefined)
                    await this.say(connection, {return: value, id});
            }
        } catch (error) {
            if (!(error instanceof GLib.Error))
                throw error;
        } finally {
            this.clients.delete(connection);
            connection.close(null);
        }
    }

    async say(connection, ...messages) {
        const output = connection.get_output_stream();
        let rest = bytes(messages.map(each => `${JSON.stringify(each)}\r\n`).join(''));
        while (rest.get_size()) {
            const written = await output.write_bytes_async(rest, GLib.PRIORITY_DEFAULT, null);
            rest = rest.new_from_bytes(written, rest.get_size() - written);
        }
    }

    // Ends the connections, and takes no more.
    end() {
        this.service.stop();
        this.service.close();
        this.clients.forEach(connection => connection.get_socket().shutdown(true, true));
        GLib.unlink(this.path);
        GLib.rmdir(this.folder);
    }
}
