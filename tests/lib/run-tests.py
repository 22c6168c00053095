#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs meson's tests and counts what they did, case by case.

    run-tests.py BUILD-FOLDER [argument of "meson test" …]

Meson counts executables. This counts each TAP case in them, names the skipped ones with their reasons, shows the
output of the failed ones, and ends with the line "N passed, N failed, N skipped". Its exit code is 0 when there
were cases and none failed.
"""

import itertools
import json
import pathlib
import re
import subprocess
import sys

POINT = re.compile(r'( *)(not )?ok\b *\d* *(?:- )?(.*?) *(?:# *skip\S* *(.*))?$', re.IGNORECASE)
PLAN = re.compile(r'1\.\.(\d+) *(?:# *skip\S* *(.*))?$', re.IGNORECASE)
BAD = ('FAIL', 'ERROR', 'TIMEOUT', 'INTERRUPT', 'UNEXPECTEDPASS')
LONGEST_OUTPUT = 200


class Count:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []

    def add(self, test, is_tap):
        """Adds one executable: an object of meson's testlog.json."""
        failed = len(self.failed)
        cases = 0
        text = test.get('stdout') or ''
        below = []                 # cases of a nested test, whose own line only sums them up
        plan = None
        last = None

        for line in text.split('\n') if is_tap else ():
            match = POINT.match(line)
            if match:
                indent, bad, name, reason = match.groups()
                last = name
                inner = [was_bad for depth, was_bad in below if depth > len(indent)]
                below = [(depth, was_bad) for depth, was_bad in below if depth <= len(indent)]
                below.append((len(indent), bool(bad)))
                cases += 1 if not indent else 0
                if inner and (not bad or any(inner)):
                    continue
                if bad:
                    self.failed.append((test, name))
                elif reason is not None:
                    self.skipped.append((test, name, reason))
                else:
                    self.passed += 1
            elif PLAN.match(line):
                plan = PLAN.match(line)

        if len(self.failed) > failed:
            return
        if test['result'] in BAD:
            self.failed.append((test, how_it_ended(test) + (f' after {last}' if last else '')))
        elif is_tap and plan is None:
            self.failed.append((test, 'printed no plan (1..N)'))
        elif is_tap and int(plan[1]) != cases:
            self.failed.append((test, f'planned {plan[1]} cases, ran {cases}'))
        elif is_tap and cases == 0:
            self.skipped.append((test, '', plan[2]))
        elif not is_tap and test['result'] == 'SKIP':
            self.skipped.append((test, '', (text.strip().splitlines() or [''])[-1]))
        elif not is_tap:
            self.passed += 1

    def report(self):
        if self.skipped:
            print('\nSkipped:')
            for test, name, reason in self.skipped:
                print('  ' + ': '.join(filter(None, (title(test), name, reason or 'no reason given'))))
        for _, failures in itertools.groupby(self.failed, lambda failure: id(failure[0])):
            print()
            for test, name in failures:
                print(f'Failed: {title(test)}: {name}')
            show_output(test)
        if not self.passed and not self.skipped and not self.failed:
            print('\nThere was nothing to run.')
        print(f'\n{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped')


def title(test):
    """What meson calls "project:suite / name"."""
    return test['name'].split(':', 1)[-1]


def how_it_ended(test):
    code = test.get('returncode', 0)
    if test['result'] == 'TIMEOUT':
        return f"took too long and was ended after {test['duration']:.0f} s"
    if test['result'] == 'INTERRUPT':
        return 'was interrupted'
    if code < 0:
        return f'died of signal {-code}'
    return f'ended with exit code {code}'


def show_output(test):
    """All but what went well and what GLib tells of itself."""
    lines = (test.get('stdout') or '').split('\n') + (test.get('stderr') or '').split('\n')
    lines = [line for line in lines if line and not re.match(r' *ok\b|# GLib\S*-DEBUG:', line)]
    if len(lines) > LONGEST_OUTPUT:
        print(f'  ({len(lines) - LONGEST_OUTPUT} lines before these are left out)')
    for line in lines[-LONGEST_OUTPUT:]:
        line = re.sub(r'\x1b\[[\d;]*m', '', line)
        print('  ' + re.sub(r'[^\x20-\x7e\t\xa0-\U0010ffff]', '?', line))


def main(folder, arguments):
    folder = pathlib.Path(folder)
    log = folder / 'meson-logs' / 'testlog.json'
    log.unlink(missing_ok=True)

    command = ['meson', 'test', '-C', str(folder), '--no-rebuild', *arguments]
    if {'--list', '--gdb', '-v', '--verbose'} & set(arguments):
        code = subprocess.run(command, check=False).returncode
        if not log.exists():
            return code
    else:
        with subprocess.Popen(command, stdout=subprocess.PIPE, encoding='utf-8', errors='replace') as process:
            for line in process.stdout:
                if re.match(r' *\d+/\d+ ', line):
                    print(re.sub(r'(\d+/\d+ )[^ :]*:', r'\1', line), end='', flush=True)

    info = json.loads((folder / 'meson-info' / 'intro-tests.json').read_text(encoding='utf-8'))
    tap = ['\0'.join(test['cmd']) for test in info if test['protocol'] == 'tap']
    count = Count()
    if log.exists():
        for line in log.read_text(encoding='utf-8', errors='replace').splitlines():
            test = json.loads(line)
            count.add(test, any(cmd in '\0'.join(test['command']) for cmd in tap))
    count.report()

    return 0 if not count.failed and count.passed + len(count.skipped) else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2:]))
