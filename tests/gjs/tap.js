// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs tests one after the other and prints TAP.

import GLib from 'gi://GLib';
import System from 'system';

const LIMIT = 60;        // seconds for one case
const DEADLINE = 20;     // seconds for whatever should come at once

const cases = [];
let cleanups = [];

// With a reason the case is skipped.
export function test(name, body, reason = null) {
    cases.push({name, body, reason});
}

export function cleanup(body) {
    cleanups.push(body);
}

export function assert(condition, message = 'not true') {
    if (!condition)
        throw new Error(message);
}

export function assertEqual(actual, expected) {
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== b)
        throw new Error(`${a} is not ${b}`);
}

// Calls a function, which may be asynchronous, and gives the GLib.Error that it must throw.
export async function assertError(domain, code, body) {
    try {
        await body();
    } catch (error) {
        if (error instanceof GLib.Error && error.matches(domain, code))
            return error;
        throw error;
    }
    throw new Error(`no error ${code}`);
}

// Waits until a condition holds, while the main loop runs.
export async function until(condition, what) {
    const end = GLib.get_monotonic_time() + DEADLINE * 1000000;
    while (!condition()) {
        if (GLib.get_monotonic_time() > end)
            throw new Error(`waited ${DEADLINE} seconds for this: ${what}`);
        await sleep(2);
    }
}

export function sleep(milliseconds) {
    return new Promise(resolve => {
        GLib.timeout_add(GLib.PRIORITY_DEFAULT, milliseconds, () => {
            resolve();
            return GLib.SOURCE_REMOVE;
        });
    });
}

async function runCase(body) {
    let source = 0;
    const late = new Promise((_resolve, reject) => {
        source = GLib.timeout_add_seconds(GLib.PRIORITY_DEFAULT, LIMIT, () => {
            source = 0;
            reject(new Error(`took more than ${LIMIT} seconds`));
            return GLib.SOURCE_REMOVE;
        });
    });
    try {
        await Promise.race([body(), late]);
    } finally {
        if (source)
            GLib.source_remove(source);
        for (const each of cleanups.reverse())
            await each();
        cleanups = [];
        // What the collector complains of is fatal here: let it be while the test runs that has left it.
        System.gc();
        await sleep(0);
        System.gc();
    }
}

// Runs all tests, or those with one of the arguments in their names. With a reason it skips them all.
export async function run(reason = null) {
    const chosen = cases.filter(({name}) =>
        !System.programArgs.length || System.programArgs.some(part => name.includes(part)));
    let failed = 0;

    print(`1..${chosen.length}`);
    for (const [index, {name, body, reason: reasonOfCase}] of chosen.entries()) {
        if (reason ?? reasonOfCase) {
            print(`ok ${index + 1} - ${name} # SKIP ${reason ?? reasonOfCase}`);
            continue;
        }
        try {
            await runCase(body);
            print(`ok ${index + 1} - ${name}`);
        } catch (error) {
            failed++;
            print(`not ok ${index + 1} - ${name}`);
            print(`# ${error}\n${error.stack ?? ''}`.trim().replaceAll('\n', '\n# '));
        }
    }
    System.exit(failed ? 1 : 0);
}
