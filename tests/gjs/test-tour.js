// SPDX-License-Identifier: LGPL-2.1-or-later
// The tour with and without the override.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

import {assert, assertEqual, run, test} from './tap.js';

Gio._promisify(Gio.Subprocess.prototype, 'communicate_utf8_async');

const QEMU = GLib.find_program_in_path(GLib.getenv('QEMU_SYSTEM') ?? 'qemu-system-x86_64');
const HERE = Gio.File.new_for_uri(import.meta.url).get_parent();
const TOUR = HERE.resolve_relative_path('../../docs/examples/tour.js').get_path();
const PLAIN = HERE.get_child('tour-plain.js').get_path();

// What a script prints, what it complains of, and its exit status.
async function output(script, override, ...args) {
    const launcher = new Gio.SubprocessLauncher({
        flags: Gio.SubprocessFlags.STDOUT_PIPE | Gio.SubprocessFlags.STDERR_PIPE,
    });
    if (!override)
        launcher.setenv('GJS_PATH', '', true);
    const gjs = launcher.spawnv([GLib.file_read_link('/proc/self/exe'), '-m', script, ...args]);
    const [printed, complained] = await gjs.communicate_utf8_async(null, null);
    return [printed, complained, gjs.get_exit_status()];
}

const withoutProcess = text => text.replace(/process \d+/, 'process N');

test('both print the same, and complain of nothing', async () => {
    const [printed, complained, status] = await output(TOUR, true);
    assertEqual([complained, status], ['', 0]);
    assert(printed.endsWith('\n  exit status 0\n'), printed);
    const [printedByPlain, ...others] = await output(PLAIN, false);
    assertEqual(others, ['', 0]);
    assertEqual(withoutProcess(printedByPlain), withoutProcess(printed));
});

test('it fits on a screen or two', () => {
    const [, contents] = GLib.file_get_contents(TOUR);
    const lines = new TextDecoder().decode(contents).split('\n').length - 1;
    assert(lines < 60, `${lines} lines`);
});

test('both say why they cannot go on', async () => {
    const [, reason, status] = await output(TOUR, true, '/nonexistent/qemu');
    assert(/^tour\.js: .*\/nonexistent\/qemu.*\n$/.test(reason), reason);
    assertEqual(status, 1);
    const [, reasonOfPlain] = await output(PLAIN, false, '/nonexistent/qemu');
    assertEqual(reasonOfPlain, reason.replace('tour.js', 'tour-plain.js'));
});

await run(QEMU ? null : 'there is no QEMU here');
