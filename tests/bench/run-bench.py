#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures what the library costs, beside others that do the same with the same peer.

Each line of the table compares the library with one other. CPU and wall are microseconds for one time: CPU of the client
alone, medians of several runs in which all take turns. Client and peer share one processor, so that none wakes the
other from afar. docs/performance.md tells what the rows are.
"""

import argparse
import contextlib
import importlib.util
import os
import pathlib
import platform
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SCHEMA = ROOT / 'tests' / 'data' / 'replies' / '7.2' / 'query-qmp-schema.json'
LIMIT = 120         # seconds for one program

# What a measuring program is told beside the row: whom to talk to.
PEER, QEMU, FILE = 'peer', 'qemu', 'file'


class Row:
    """One thing that is measured, and others beside it, each a program, its row and a number.

    count: how many times.
    beside: by a label, another program, and how many times its cost ours may be at most.
    most: what ours itself may be at most.
    either: the row's marks are met when one of them is.
    """

    def __init__(self, name, title, count, ours, beside=None, most=None, figure='cpu', unit='', place=PEER, either=False):
        self.name, self.title, self.count, self.ours = name, title, count, ours
        self.beside = beside or {}
        self.most, self.figure, self.unit, self.place, self.either = most, figure, unit, place, either

    def commands(self):
        return {'': self.ours, **{label: command for label, (command, _mark) in self.beside.items()}}


ROWS = [
    Row('sync-raw', 'command, reply as bytes', 50000, 'ours raw',
        {'raw C': ('raw run', 1.15), 'go-qemu': ('go run', None)}),
    Row('sync-run', 'command, reply as JsonNode', 50000, 'ours run',
        {'raw C': ('raw run', 1.35), 'go-qemu': ('go run', 0.7)}),
    Row('sync-typed', 'command, reply typed', 50000, 'ours typed',
        {'raw C': ('raw run', None), 'go-qemu': ('go run', None)}),
    Row('async-1', 'async, 1 in flight', 50000, 'ours async 1',
        {'raw C': ('raw run', None), 'go-qemu': ('go run', None)}),
    Row('async-64', 'async, 64 in flight', 64000, 'ours async 64',
        {'raw C': ('raw run', 0.7), 'raw C, 64': ('raw run 64', None), 'go-qemu': ('go run', 1 / 3),
         'go-qemu, 64': ('go run 64', 1 / 3)}),
    Row('events', 'event to a handler', 300000, 'ours events-domain',
        {'raw C': ('raw events', None), 'go-qemu': ('go events', 0.27)}, most=0.8, either=True),
    Row('events-read', 'event, handler reads a member', 300000, 'ours events-read', {'go-qemu': ('go events', None)}),
    Row('events-monitor', 'event to a handler at the monitor', 300000, 'ours events-monitor'),
    Row('reply-raw', '200 KB reply as bytes', 500, 'ours reply-raw', {'raw C': ('raw reply', None)}),
    Row('reply-node', '200 KB reply as JsonNode', 50, 'ours reply-node', {'raw C': ('raw reply', None)}),
    Row('reply-typed', '200 KB, 250 disks to objects', 100, 'ours devices 250', {'go-qemu': ('go devices 250', None)}),
    Row('devices', '10,000 disks to objects', 2, 'ours devices 10000', {'go-qemu': ('go devices 10000', 0.25)}),
    Row('json', 'read 200 KB of JSON', 100, 'json tokens',
        {'json-glib': ('json json-glib', 1 / 8), 'Python json': ('python json', 1)}, place=FILE),
    Row('json-node', 'the same, to a JsonNode', 20, 'json node', {'json-glib': ('json json-glib', None)}, place=FILE),
    Row('open-close', 'open and close', 2000, 'ours open-close',
        {'raw C': ('raw open-close', None), 'go-qemu': ('go open-close', None)}),
    Row('open-many', 'open 10,000 domains, each', 1, 'ours open 10000', {'the same, 1000': ('ours open 1000', 1.3)}),
    Row('close-many', 'close 10,000 domains, each', 1, 'ours close 10000', {'the same, 1000': ('ours close 1000', 1.3)}),
    Row('memory', 'memory of an idle domain', 1, 'ours open 10000', figure='memory', unit=' KB'),
    Row('memory-all', 'memory of 10,000, and all else', 1, 'ours open 10000', figure='resident', unit=' MB', most=100),
    Row('event-1000', 'one event, 1000 domains open', 20000, 'ours event 1000', {'1 domain': ('ours event 1', None)}),
    Row('event-10000', 'one event, 10,000 domains open', 20000, 'ours event 10000', {'1 domain': ('ours event 1', 1.3)}),
    Row('event-any', 'the same, each domain in turn', 20000, 'ours event-any 10000', {'1 domain': ('ours event 1', None)}),
    Row('python-run', 'Python: run', 10000, 'python run', {'qemu.qmp': ('qmp qmp-await', None)}),
    Row('python-await', 'Python: await run_async', 10000, 'python await', {'qemu.qmp': ('qmp qmp-await', None)}),
    Row('python-events', 'Python: event, its data', 50000, 'python events', {'qemu.qmp': ('qmp qmp-events', None)}),
    Row('qemu-raw', 'a real QEMU, reply as bytes', 5000, 'ours raw', {'raw C': ('raw run', None)}, place=QEMU),
    Row('qemu-run', 'a real QEMU, reply as JsonNode', 5000, 'ours run', {'raw C': ('raw run', None)}, place=QEMU),
    Row('size', 'the library, stripped', 1, 'size', figure='size', unit=' KB', most=350),
]


class Missing(Exception):
    """Something cannot be measured here. Says why."""


class Failed(Exception):
    """A program has not done what it should."""


class Bench:
    """The programs, and those that they talk to."""

    def __init__(self, options, folder):
        self.options, self.folder = options, pathlib.Path(folder)
        self.build = pathlib.Path(options.build).resolve()
        self.processes = contextlib.ExitStack()
        self.places = {FILE: SCHEMA}
        self.missing = {}
        self.notes = {}
        self.done = {}
        library = self.build / 'qemu-glib'
        self.environment = {**os.environ, 'GI_TYPELIB_PATH': str(library), 'LD_LIBRARY_PATH': str(library),
                            'PYTHONPATH': str(ROOT / 'bindings' / 'python'), 'PYTHONDONTWRITEBYTECODE': '1'}
        self.programs = {name: [str(self.build / 'tests' / 'bench' / f'bench-{program}')]
                         for name, program in (('ours', 'qemu-glib'), ('raw', 'raw'), ('json', 'json'))}
        self.find_python()
        self.find_go()
        self.find_qemu_qmp()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.processes.close()

    # What there is

    def find_python(self):
        if self.options.python:
            self.programs['python'] = [self.options.python, str(HERE / 'bench-python.py')]
        else:
            self.missing['python'] = self.options.no_python

    def find_go(self):
        """Builds the program on go-qemu."""
        if not self.options.peers:
            self.missing['go'] = 'go-qemu and qemu.qmp are measured with --peers'
            return
        if not shutil.which('go'):
            self.missing['go'] = 'there is no go here'
            return
        program = self.folder / 'go-qemu'
        environment = {'GOPATH': '/usr/share/gocode', 'GOCACHE': str(self.build / 'go-cache'), **os.environ,
                       'GO111MODULE': 'off'}
        result = subprocess.run(['go', 'build', '-o', program, HERE / 'go-qemu' / 'main.go'], env=environment,
                                capture_output=True, encoding='utf-8', check=False)
        if result.returncode == 0:
            self.programs['go'] = [str(program)]
        else:
            self.missing['go'] = f'go-qemu cannot be built: {result.stderr.strip()}'

    def find_qemu_qmp(self):
        if not self.options.peers or not self.options.python:
            self.missing['qmp'] = self.missing.get('python') or self.missing['go']
            return
        path = os.environ.get('QEMU_QMP_PATH')
        if path:
            self.environment['PYTHONPATH'] += f':{path}'
        result = subprocess.run([self.options.python, '-c', 'import qemu.qmp'], env=self.environment,
                                capture_output=True, check=False)
        if result.returncode == 0:
            self.programs['qmp'] = self.programs['python']
        else:
            self.missing['qmp'] = 'there is no qemu.qmp here (QEMU_QMP_PATH may say where it is)'

    def start(self, command, **arguments):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, **arguments)
        self.processes.enter_context(process)
        self.processes.callback(process.kill)
        return process

    def find_place(self, place):
        """What to connect to, which is started when it is asked for."""
        if place not in self.places:
            self.places[place] = self.start_peer() if place == PEER else self.start_qemu()
        return self.places[place]

    def start_peer(self):
        path = self.folder / 'peer.sock'
        peer = self.start([self.build / 'tests' / 'bench' / 'peer', path, SCHEMA], stdout=subprocess.PIPE)
        if peer.stdout.readline() != b'ready\n':
            raise Failed('the peer did not start')
        return path

    def start_qemu(self):
        program = shutil.which(os.environ.get('QEMU_SYSTEM', 'qemu-system-x86_64'))
        if not program:
            raise Missing('there is no QEMU here')
        path = self.folder / 'qemu.sock'
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
            listening.listen(1)
            self.start([program, '-M', 'none', '-nodefaults', '-display', 'none', '-chardev',
                        f'socket,id=monitor,fd={listening.fileno()},server=on,wait=off', '-mon',
                        'chardev=monitor,mode=control'], pass_fds=[listening.fileno()])
        return path

    # What they cost

    def measure_size(self):
        if not shutil.which('strip'):
            raise Missing('there is no strip here')
        stripped = self.folder / 'stripped.so'
        subprocess.run(['strip', '-o', stripped, self.build / 'qemu-glib' / 'libqemu-glib-1.0.so'], check=True)
        return {'size': stripped.stat().st_size / 1000}

    def measure(self, row, command, turn):
        """The figures of one run of one program."""
        if command == 'size':
            return self.measure_size()
        program, what, number = (*command.split(), '1')[:3]
        count = row.count
        if self.options.tap:
            count, number = max(count // 1000, 1), str(max(int(number) // 100, 1))
        if program not in self.programs:
            raise Missing(self.missing[program])
        if what in ('open', 'close', 'event', 'event-any') and self.hard_limit() < int(number) + 64:
            raise Missing(f'{number} domains need more file descriptors than the {self.hard_limit()} that are allowed')
        # Times are taken anew for each row, as all of a row take turns. Memory may be from another row.
        key = program, what, count, number, turn
        if row.figure == 'cpu' or key not in self.done:
            self.done[key] = self.run([*self.programs[program], str(self.find_place(row.place)), what, str(count), number])
        return self.done[key]

    @staticmethod
    def hard_limit():
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        return sys.maxsize if limit == resource.RLIM_INFINITY else limit

    def run(self, command):
        try:
            result = subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, encoding='utf-8', timeout=LIMIT, check=False)
        except subprocess.TimeoutExpired as error:
            raise Failed(f'{command} took longer than {LIMIT} seconds') from error
        if result.returncode != 0:
            raise Failed(f'{command} ended with {result.returncode}: {result.stdout}')
        return {name: float(value) for name, value in map(str.split, result.stdout.splitlines())}

    def measure_row(self, row, runs):
        """By label, the medians of what all of the row cost, taking turns. What is missing is noted."""
        figures = {}
        for turn in range(runs):
            for label, command in row.commands().items():
                try:
                    figure = self.measure(row, command, turn)
                    figures.setdefault(label, []).append(figure)
                except Missing as reason:
                    if not label:
                        raise
                    self.notes[str(reason)] = None
        return {label: {name: statistics.median(figure[name] for figure in list_) for name in list_[0]}
                for label, list_ in figures.items()}


# The table

COLUMNS = ['row', 'what', 'CPU', 'wall', 'beside', 'CPU', 'wall', 'ratio', 'mark', 'met']
WIDTHS = [14, 34, 9, 8, 14, 8, 8, 5, 7, 3]


def rounded(value):
    return '' if value is None else f'{value:,.0f}' if value >= 99.95 else f'{value:.3g}'


def shown(row, figures):
    """What to print of the figures of one program: the one of the row, and the time on the wall."""
    return [rounded(figures[row.figure]) + row.unit, rounded(figures.get('wall') if row.figure == 'cpu' else None)]


def compare(row, figures):
    """By label ('': ours itself), the ratio or None, the mark or None, and whether it is met."""
    ours = figures[''][row.figure]
    results = {}
    for label, (_command, mark) in row.beside.items():
        if label in figures:
            ratio = ours / figures[label][row.figure]
            results[label] = ratio, mark, mark is not None and ratio <= mark
    if row.most is not None or not results:
        results[''] = None, row.most, row.most is not None and ours <= row.most
    return results


def lines_of(row, figures):
    """The lines of the table for one row; and the marks: by what they are called, whether each is met."""
    results = compare(row, figures)
    enough = row.either and any(met for _ratio, _mark, met in results.values())
    lines, marks = [], {}
    for label, (ratio, mark, met) in results.items():
        beside = [label, *shown(row, figures[label])] if label else ['', '', '']
        verdict = '' if mark is None else 'yes' if met else '-' if enough else 'NO'
        limit = '' if mark is None else f'≤ {mark:.2f}' if label else f'≤ {mark:g}'
        lines.append([row.name, row.title, *shown(row, figures['']), *beside,
                      '' if ratio is None else f'{ratio:.2f}', limit, verdict])
        if mark is not None:
            marks[f'{row.name} beside {label}' if label else row.name] = met or enough
    for line in lines[1:]:
        line[:4] = [''] * 4
    return lines, marks


def print_plain(cells):
    left = {0, 1, 4, 8, 9}
    print(' '.join(f'{cell:<{width}}' if index in left else f'{cell:>{width}}'
                   for index, (cell, width) in enumerate(zip(cells, WIDTHS))).rstrip(), flush=True)


def print_markdown(cells):
    print(f"| {' | '.join(cells)} |", flush=True)


def describe_machine():
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        names = [line.partition(':')[2].strip() for line in file if line.startswith('model name')]
    return f"{names[0] if names else platform.machine()}, Linux {platform.release()}"


def show(bench, rows):
    """Measures and prints the table. Whether all programs did what they should."""
    options = bench.options
    print_line = print_markdown if options.markdown else print_plain
    print(f"Medians of {options.runs} run{'s' if options.runs > 1 else ''}; CPU and wall in µs. {describe_machine()}\n")
    if os.getloadavg()[0] > os.cpu_count():
        bench.notes['other programs keep the processors busy, so wall means little'] = None
    print_line(COLUMNS)
    if options.markdown:
        print('|---|---|--:|--:|---|--:|--:|--:|---|---|')
    marks, failures = {}, []
    for row in rows:
        try:
            lines, found = lines_of(row, bench.measure_row(row, options.runs))
        except Missing as reason:
            bench.notes[f'{row.name} is left out: {reason}'] = None
            continue
        except Failed as failure:
            failures.append(f'{row.name}: {failure}')
            continue
        marks.update(found)
        for line in lines:
            print_line(line)

    missed = [name for name, met in marks.items() if not met]
    print(f'\nMarks: {len(marks) - len(missed)} met, {len(missed)} missed' + (': ' if missed else '') + '; '.join(missed))
    for note in bench.notes:
        print(f'Note: {note}')
    for failure in failures:
        print(f'FAILED: {failure}')
    return not failures


def check(bench, rows):
    """Runs each row once and prints TAP: does each program work, and does it find a figure?"""
    print(f'1..{len(rows)}')
    ok = True
    for number, row in enumerate(rows, 1):
        try:
            figures = bench.measure_row(row, 1)
            bad = [label or row.ours for label, found in figures.items() if not found[row.figure] > 0]
            problem = f'no figure of {bad}' if bad else None
        except Missing as reason:
            print(f'ok {number} - {row.name} # SKIP {reason}', flush=True)
            continue
        except Failed as failure:
            problem = str(failure)
        print(f"{'not ok' if problem else 'ok'} {number} - {row.name}", flush=True)
        if problem:
            ok = False
            print('\n'.join(f'# {line}' for line in problem.splitlines()))
    return ok


def main():
    names = [row.name for row in ROWS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', metavar='FOLDER', help='where it was built')
    parser.add_argument('--python', metavar='PROGRAM', help='a Python that has PyGObject')
    parser.add_argument('--no-python', metavar='REASON', default='no Python here has PyGObject',
                        help='why there is none')
    parser.add_argument('--peers', action='store_true', help='beside go-qemu, and qemu.qmp where it is')
    parser.add_argument('--runs', type=int, default=5, metavar='N', help='how often (default: 5)')
    parser.add_argument('--markdown', action='store_true', help='print the table for docs/performance.md')
    parser.add_argument('--tap', action='store_true', help='only see whether everything works')
    parser.add_argument('--list', action='store_true', help='print the names of the rows')
    parser.add_argument('rows', nargs='*', metavar='ROW', help='what to measure (default: everything)')
    options = parser.parse_args()
    if options.list:
        print('\n'.join(names))
        return 0
    unknown = set(options.rows) - set(names)
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if not options.build:
        parser.error('--build is missing')
    if options.runs < 1:
        parser.error('--runs is at least 1')

    # Ended from outside, as meson does with what takes too long, it leaves nothing behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit('ended'))
    # What is started from here stays there.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    rows = [row for row in ROWS if not options.rows or row.name in options.rows]
    with tempfile.TemporaryDirectory(prefix='qemu-glib-bench-') as folder, Bench(options, folder) as bench:
        return 0 if (check if options.tap else show)(bench, rows) else 1


if __name__ == '__main__':
    sys.exit(main())
