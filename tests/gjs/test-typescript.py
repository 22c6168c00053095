#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The TypeScript declarations and the examples under `tsc --strict`. Prints TAP.

    test-typescript.py SOURCE-FOLDER BUILD-FOLDER GJS

npm brings the compiler and the declarations of GLib into the build folder, once. What the compiler makes is run.
"""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

QEMU = os.environ.get('QEMU_SYSTEM', 'qemu-system-x86_64')
LIMIT = 120         # seconds for one program
UNREACHABLE = ('EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTCACHED', 'ENOTFOUND',
               'ERR_SOCKET_TIMEOUT', 'ETIMEDOUT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY')
FILES = {
    '.': ['bindings/gjs/types/package.json', 'bindings/gjs/types/*.d.ts', 'tests/gjs/types/*', 'docs/examples/tour.js',
          'docs/examples/watch.ts'],
    'guides': ['docs/examples/guides/*.js'],
}


class Skipped(Exception):
    pass


def run(*command, cwd=None):
    return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding='utf-8', timeout=LIMIT, check=False)


class Tests:
    """Each method is a case, its docstring the name."""

    def __init__(self, source, build, gjs):
        self.source = pathlib.Path(source)
        self.build = pathlib.Path(build)
        self.gjs = gjs

    def install(self):
        wanted = (self.build / 'package.json').read_text(encoding='utf-8')
        installed = self.build / 'installed.json'
        if installed.exists() and installed.read_text(encoding='utf-8') == wanted:
            return
        if not shutil.which('npm'):
            raise Skipped('there is no npm here')
        try:
            result = run('npm', 'install', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund',
                         '--loglevel=error', '--fetch-retries=1', '--fetch-retry-mintimeout=1000',
                         '--fetch-timeout=30000', cwd=self.build)
        except subprocess.TimeoutExpired as error:
            raise Skipped('npm got no answer') from error
        if any(f'code {word}' in result.stdout for word in UNREACHABLE):
            raise Skipped('npm reaches nobody')
        assert result.returncode == 0, result.stdout
        installed.write_text(wanted, encoding='utf-8')

    def check(self, project):
        result = run('node_modules/.bin/tsc', '--project', project, '--strict', cwd=self.build)
        assert result.returncode == 0, result.stdout

    def test_compile(self):
        """the examples are correct to tsc --strict, and what is wrong is refused"""
        for folder, patterns in FILES.items():
            (self.build / folder).mkdir(parents=True, exist_ok=True)
            for file in [file for pattern in patterns for file in self.source.glob(pattern)]:
                shutil.copy(file, self.build / folder)
        shutil.rmtree(self.build / 'out', ignore_errors=True)
        self.install()
        self.check('tsconfig.json')

    def test_guides(self):
        """so are the programs of the guides, but for the types that they leave out"""
        if not (self.build / 'out').exists():
            raise Skipped('there is no compiler')
        self.check('guides.json')

    def test_watch(self):
        """watch.ts tells what happens to a machine, until it ends"""
        program = self.build / 'out' / 'watch.js'
        if not shutil.which(QEMU):
            raise Skipped('there is no QEMU here')
        if not program.exists():
            raise Skipped('it was not compiled')
        with tempfile.TemporaryDirectory(prefix='qemu-glib-') as folder, socket.socket(socket.AF_UNIX) as listener:
            path = f'{folder}/qmp'
            listener.bind(path)
            listener.listen()
            argv = [QEMU, '-machine', 'none', '-accel', 'tcg', '-m', '64', '-nodefaults', '-display', 'none',
                    '-name', 'mail', '-drive', 'if=none,id=disk,driver=null-co',
                    '-chardev', f'socket,id=qmp,fd={listener.fileno()},server=on,wait=off', '-mon', 'qmp,mode=control']
            with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  pass_fds=[listener.fileno()]) as qemu, \
                    subprocess.Popen([self.gjs, '-m', str(program), path], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, encoding='utf-8') as watcher:
                lines = [watcher.stdout.readline(), watcher.stdout.readline()]
                qemu.terminate()
                lines += watcher.communicate(timeout=LIMIT)[0].splitlines(keepends=True)
        text = ''.join(lines)
        assert lines[0].startswith('mail is running') and lines[0].endswith('and 64 MiB\n'), text
        assert lines[1].startswith('  disk disk on '), text
        assert 'mail: SHUTDOWN {' in text and '"reason":"host-signal"' in text, text
        assert lines[-1].startswith('mail has ended: '), text


def main(*arguments):
    tests = Tests(*arguments)
    cases = [getattr(tests, name) for name in vars(Tests) if name.startswith('test_')]
    failed = False

    print(f'1..{len(cases)}', flush=True)
    for number, case in enumerate(cases, 1):
        result, more = 'ok', ''
        try:
            case()
        except Skipped as reason:
            more = f' # SKIP {reason}'
        except (AssertionError, subprocess.SubprocessError) as error:
            result, more = 'not ok', ''.join(f'\n# {line}' for line in str(error).splitlines())
            failed = True
        print(f'{result} {number} - {case.__doc__}{more}', flush=True)
    return failed


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
