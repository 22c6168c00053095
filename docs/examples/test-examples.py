#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the tours, which are to print the same in each language, and the programs of the README as they stand there.

    test-examples.py --show LANGUAGE README.md     only prints the program in that language
"""

import argparse
import contextlib
import difflib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).parent
QEMU = os.environ.get('QEMU_SYSTEM', 'qemu-system-x86_64')
LIMIT = 30         # seconds for one program


class Skipped(Exception):
    pass


def block(readme, language):
    text = pathlib.Path(readme).read_text(encoding='utf-8')
    return re.search(rf'^```{language}\n(.*?)^```$', text, re.DOTALL | re.MULTILINE)[1]


def run(command, code=0):
    """What a program printed. It must end with that exit code, and complain only when it fails."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, check=False)
    # Not by subprocess, which would take each carriage return for the end of a line.
    output, errors = result.stdout.decode('utf-8'), result.stderr.decode('utf-8')
    assert result.returncode == code, f'exit code {result.returncode}\n{output}{errors}'
    assert bool(errors) == bool(code), errors
    return errors if code else output


def normalised(text):
    """Without what differs from run to run and from QEMU to QEMU."""
    text = re.sub(r'^.*\r', '', text, flags=re.MULTILINE)          # what was written over
    text = re.sub(r'^QEMU .*', 'QEMU N', text, flags=re.MULTILINE)
    text = re.sub(r'(screen is in) \S*', r'\1 N', text)
    text = re.sub(r'\d\d:\d\d\.\d  .*\n', '', text)             # each machine has its own
    return re.sub(r'[\d.]*\d', 'N', text)


def assert_same(texts):
    (first, expected), *others = texts.items()
    for name, text in others:
        difference = list(difflib.unified_diff(expected.splitlines(), text.splitlines(), first, name, lineterm=''))
        assert not difference, '\n'.join(difference)


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@contextlib.contextmanager
def listening_qemu(name, *more):
    """A QEMU that was started by somebody else: the path of its monitor."""
    with tempfile.TemporaryDirectory(prefix='qemu-glib-') as folder, socket.socket(socket.AF_UNIX) as listener:
        path = f'{folder}/qmp'
        listener.bind(path)
        listener.listen()
        argv = [QEMU, *(more or ['-machine', 'none']), '-accel', 'tcg', '-m', '64', '-nodefaults', '-display', 'none',
                '-name', name, '-chardev', f'socket,id=qmp,fd={listener.fileno()},server=on,wait=off',
                '-mon', 'qmp,mode=control']
        qemu = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                pass_fds=[listener.fileno()])
        try:
            yield path, qemu
        finally:
            qemu.kill()
            qemu.wait()


class Tests:
    """Each method is a case, its docstring the name."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = None
        self.tours = {}
        self.hardware = None

    def interpreter(self, language):
        """The start of the command that runs a program in that language."""
        interpreters = {'python': self.arguments.python, 'javascript': self.arguments.gjs}
        reasons = {'python': self.arguments.no_python, 'javascript': self.arguments.no_gjs}
        if reasons[language]:
            raise Skipped(reasons[language])
        return [interpreters[language]] + (['-m'] if language == 'javascript' else [])

    def program(self, language):
        """The command that runs the README's program in that language."""
        if language == 'c':
            return [self.arguments.program]
        path = pathlib.Path(self.folder, f'readme.{language}')
        path.write_text(block(self.arguments.readme, language), encoding='utf-8')
        return [*self.interpreter(language), str(path)]

    def check_tour(self, name, command):
        lines = len((FOLDER / name).read_text(encoding='utf-8').splitlines())
        assert lines < 60, f'{lines} lines'
        self.compare_tour(name, command)

    def compare_tour(self, name, command):
        text = run(command)
        pid = int(re.search(r'^QEMU .*, process (\d+), KVM', text, re.MULTILINE)[1])
        assert is_gone(pid), f'process {pid} is still there'
        self.tours[name] = normalised(text)
        reason = run([*command, '/nonexistent/qemu'], code=1)
        assert 'tour' in reason and '/nonexistent/qemu' in reason and len(reason.splitlines()) <= 2, reason
        assert_same(self.tours)

    def test_tour_c(self):
        """tour.c runs, and leaves nothing behind"""
        self.check_tour('tour.c', [self.arguments.tour])

    def test_tour_py(self):
        """tour.py prints the same"""
        self.check_tour('tour.py', [*self.interpreter('python'), str(FOLDER / 'tour.py')])

    def test_tour_asyncio(self):
        """tour-asyncio.py prints the same"""
        self.check_tour('tour-asyncio.py', [*self.interpreter('python'), str(FOLDER / 'tour-asyncio.py')])

    def test_tour_js(self):
        """tour.js prints the same"""
        self.check_tour('tour.js', [*self.interpreter('javascript'), str(FOLDER / 'tour.js')])

    def test_tour_vala(self):
        """tour.vala prints the same"""
        if self.arguments.no_vala:
            raise Skipped(self.arguments.no_vala)
        self.check_tour('tour.vala', [self.arguments.tour_vala])

    def test_tour_plain(self):
        """tour-plain.py, which uses no override, prints the same"""
        self.compare_tour('tour-plain.py', [*self.interpreter('python'), self.arguments.tour_plain])

    def test_mock(self):
        """mock.c and mock.py need no QEMU, and print the same"""
        text = run([self.arguments.mock])
        assert text == ('example - QEMU 2.0.0\n  - commands:\n    - query-block\n    - query-commands\n'
                        '    - query-version\n'), text
        assert_same({'mock.c': text, 'mock.py': run([*self.interpreter('python'), str(FOLDER / 'mock.py')])})

    def need_images(self):
        if not shutil.which('qemu-img'):
            raise Skipped('there is no qemu-img here')

    def test_hardware(self):
        """hardware.py shows what a machine has, and saves a picture of its screen"""
        self.need_images()
        picture = pathlib.Path(self.folder, 'screen.png')
        text = run([*self.interpreter('python'), str(FOLDER / 'hardware.py'), str(picture)])
        assert picture.read_bytes().startswith(b'\x89PNG'), 'no picture'
        assert re.search(r'00:0[1-9]\.0  1234:1111  VGA controller', text), text
        assert re.search(r'1  x86_64, core 1, thread \d+, next instruction at 0xfffffff0', text), text
        assert re.search(r'\r  commit \[#{1,39} +\] +\d+%', text), text
        assert 'on base.qcow2; 48 MiB' in text and 'grown to 48 MiB' in text, text
        self.hardware = normalised(text)

    def test_readme_tour(self):
        """the README shows what both tours print"""
        if not self.tours or not self.hardware:
            raise Skipped('a tour has not run')
        shown = re.search(r'^\$ \./dev demo\n.*?\n\n(.*?)\n\n(.*?)\n\n', block(self.arguments.readme, 'console'),
                          re.DOTALL | re.MULTILINE)
        assert_same({'tour': next(iter(self.tours.values())).strip(), 'README.md': normalised(shown[1]).strip()})
        assert_same({'hardware.py': self.hardware.strip(), 'README.md': normalised(shown[2] + '\n').strip()})

    def test_commit(self):
        """commit.py commits an overlay in less than 25 lines"""
        self.need_images()
        program = FOLDER / 'commit.py'
        lines = [line for line in program.read_text(encoding='utf-8').splitlines() if not line.startswith('#')]
        assert len(lines) < 25, f'{len(lines)} lines'
        base, overlay = f'{self.folder}/base.qcow2', f'{self.folder}/overlay.qcow2'
        run(['qemu-img', 'create', '-q', '-f', 'qcow2', base, '8M'])
        run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', overlay])
        run(['qemu-io', '-c', 'write -q -P 3 0 8M', overlay])
        disk = ['-drive', f'if=virtio,id=disk,format=qcow2,file={overlay}']
        with listening_qemu('mail', '-S', *disk) as (path, _qemu):
            text = run([*self.interpreter('python'), str(program), path, 'disk'])
        assert text.endswith('100%\nDone: True\n'), text
        run(['qemu-img', 'compare', '-q', base, overlay])

    def test_readme_python(self):
        """the README's program in Python stands a machine still while a command runs"""
        with listening_qemu('mail') as (path, _qemu):
            text = run([*self.program('python'), path, 'echo', 'the command'])
            assert text.splitlines() == ['mail stands still', 'the command', 'mail is running again'], text

    def test_readme_c(self):
        """the README's program in C lists machines, and says which cannot be reached"""
        with listening_qemu('mail') as (mail, _), listening_qemu('web') as (web, _):
            lines = run([*self.program('c'), mail, '/nonexistent', web]).splitlines()
        assert len(lines) == 3, lines
        assert re.match(r'mail +running +64 MiB$', lines[0]), lines
        assert lines[1].startswith('/nonexistent '), lines
        assert re.match(r'web +running +64 MiB$', lines[2]), lines

    def test_readme_javascript(self):
        """the README's program in JavaScript tells what happens to a machine, until it ends"""
        with listening_qemu('mail') as (path, qemu):
            with subprocess.Popen([*self.program('javascript'), path], stdout=subprocess.PIPE, encoding='utf-8',
                                  stdin=subprocess.DEVNULL) as watcher:
                first = watcher.stdout.readline()
                qemu.send_signal(signal.SIGTERM)
                text, _ = watcher.communicate(timeout=LIMIT)
        assert first.startswith('mail is running, with QEMU '), first
        assert 'SHUTDOWN' in text and 'host-signal' in text, text
        assert watcher.returncode == 0, watcher.returncode


def main(arguments):
    tests = Tests(arguments)
    cases = [getattr(tests, name) for name in vars(Tests) if name.startswith('test_')]
    failed = 0

    print(f'1..{len(cases)}', flush=True)
    with tempfile.TemporaryDirectory(prefix='qemu-glib-') as tests.folder:
        for number, case in enumerate(cases, 1):
            result, more = 'ok', ''
            try:
                if not shutil.which(QEMU):
                    raise Skipped('there is no QEMU here')
                case()
            except Skipped as reason:
                more = f' # SKIP {reason}'
            except (AssertionError, subprocess.SubprocessError, TypeError) as error:
                result, more = 'not ok', ''.join(f'\n# {line}' for line in str(error).splitlines())
                failed += 1
            print(f'{result} {number} - {case.__doc__}{more}', flush=True)

    return bool(failed)


if __name__ == '__main__':
    sys.stdout.reconfigure(encoding='utf-8')
    parser = argparse.ArgumentParser()
    parser.add_argument('--show', metavar='LANGUAGE')
    parser.add_argument('--tour', metavar='PROGRAM')
    parser.add_argument('--tour-vala', metavar='PROGRAM')
    parser.add_argument('--no-vala', metavar='REASON')
    parser.add_argument('--tour-plain', metavar='SCRIPT')
    parser.add_argument('--mock', metavar='PROGRAM')
    parser.add_argument('--program', metavar='PROGRAM')
    for language in 'python', 'gjs':
        parser.add_argument(f'--{language}', metavar='PROGRAM')
        parser.add_argument(f'--no-{language}', metavar='REASON')
    parser.add_argument('readme')
    options = parser.parse_args()
    if options.show:
        print(block(options.readme, options.show), end='')
    else:
        sys.exit(main(options))
