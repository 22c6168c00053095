#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guides, docs/*.md: all code in them is code that runs.

The line above a block of code names a file below docs/examples/, and the block is a part of it, line for line:

    <!-- docs/examples/guides/hello.c -->
    ```c
    …
    ```

Only what a reader types into a terminal (`console`, `sh`) comes from nowhere, and the code of others, which has
`<!-- elsewhere -->` above it. What the programs have to do is for the cases below to say; each example is run here, or
by another test. Guides link to each other as pages
of the manual: [events](events.html).

    test-guides.py --build FOLDER --python PROGRAM --gjs PROGRAM [CASE...]
"""

import argparse
import collections
import getpass
import importlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest

EXAMPLES = pathlib.Path(__file__).resolve().parent
DOCS = EXAMPLES.parent
ROOT = DOCS.parent
sys.dont_write_bytecode = True
sys.path.append(str(ROOT / 'tests' / 'python'))

import tap

examples = importlib.import_module('test-examples')
options = None

TERMINAL = {'console', 'sh'}
FENCE = re.compile(r'(?:^<!-- (\S+) -->\n)?^( *)```(\w*)\n(.*?)^\2```$', re.DOTALL | re.MULTILINE)
Block = collections.namedtuple('Block', 'place source language code')


def blocks(guide):
    text = guide.read_text(encoding='utf-8')
    for match in FENCE.finditer(text):
        source, _indent, language, code = match.groups()
        line = text.count('\n', 0, match.start(4)) + 1
        yield Block(f'{guide.name}:{line}', source, language, textwrap.dedent(code))


def problem_of(block):
    """Why a block of code cannot stay, or None."""
    if block.language in TERMINAL or block.source == 'elsewhere':
        return None
    if not block.source:
        return 'the line above does not say which file this code is from'
    source = (ROOT / block.source).resolve()
    if not source.is_relative_to(EXAMPLES) or not source.is_file():
        return f'there is no example {block.source}'
    code, text = block.code.splitlines(), source.read_text(encoding='utf-8').splitlines()
    parts = (text[start:start + len(code)] for start in range(len(text)))
    if any(textwrap.dedent('\n'.join(part)).splitlines() == code for part in parts):
        return None
    known = {line.strip() for line in text}
    strange = [line for line in code if line.strip() not in known]
    return '\n'.join([f'this is not in {block.source}:', *(strange or code)])


class Guides(unittest.TestCase):
    guides = sorted(DOCS.glob('*.md'))

    def test_sources(self):
        """all code of the guides is a part of an example"""
        for guide in self.guides:
            for block in blocks(guide):
                with self.subTest(block.place):
                    self.assertIsNone(problem := problem_of(block), problem)

    def test_problems(self):
        """code that is from nowhere, or is not what it was, is found"""
        hello = 'docs/examples/guides/hello.py'
        for source, language, code, problem in (
                (None, 'console', '$ anything\n', None),
                (None, 'python', 'import gi\n', 'does not say'),
                ('docs/examples/nosuch.py', 'python', 'import gi\n', 'no example'),
                ('tests/python/tap.py', 'python', 'import gc\n', 'no example'),
                (hello, 'python', 'import sys\n\nimport gi\n', None),
                (hello, 'python', "vm.stop()\nprint('it stands still')\n", None),
                (hello, 'python', "print('it stands still')\nvm.stop()\n", 'is not in'),
                (hello, 'python', 'vm.stop()\nvm.cont()\n', 'is not in')):
            with self.subTest(code):
                found = problem_of(Block('here', source, language, code))
                self.assertEqual(bool(found), bool(problem), found)
                self.assertIn(problem or '', found or '')

    def test_fences(self):
        """no code of theirs is outside of a fence"""
        for guide in self.guides:
            with self.subTest(guide.name):
                self.assertNotRegex(FENCE.sub('', guide.read_text(encoding='utf-8')), '```|~~~|(?m:^    )')

    def test_names(self):
        """the functions, types and files that guides speak of are there"""
        words, files = set(), set()
        for folder in 'qemu-glib', 'tests', 'docs', 'bindings', '.ci':
            for path in (ROOT / folder).rglob('*'):
                files |= {str(path.relative_to(ROOT)), path.name}
                if path.suffix in ('.c', '.h'):
                    words |= set(re.findall(r'\w+', path.read_text(encoding='utf-8')))
        for guide in self.guides:
            text = FENCE.sub('', guide.read_text(encoding='utf-8'))
            for name in re.findall(r'`([\w./*-]+)`', text):
                with self.subTest(guide.name, name=name):
                    if re.fullmatch(r'(qemu_|QEMU_|Qemu)\w+|\w+_(locked|cb)', name):
                        self.assertIn(name, words)
                    elif re.search(r'\.(c|h|py|js|vala)$|/$', name):
                        self.assertTrue(name.rstrip('/') in files or any(ROOT.glob(name)) or
                                        any((ROOT / 'qemu-glib').glob(name)), name)

    def test_attributes(self):
        """what guides say that an object has in Python is there"""
        if options.no_python:
            self.skipTest(options.no_python)
        import gi
        gi.require_version('Qemu', '1.0')
        from gi.repository import Qemu
        classes = {
            'command': Qemu.Command, 'cpu': Qemu.Cpu, 'device': Qemu.PciDevice, 'disk': Qemu.BlockDevice,
            'error': Qemu.Error, 'event': Qemu.Event, 'image': Qemu.Image, 'job': Qemu.BlockJob, 'monitor': Qemu.Monitor,
            'process': Qemu.Process, 'Qemu': Qemu, 'stats': Qemu.BlockStats, 'version': Qemu.Version, 'vm': Qemu.Domain,
        }
        for guide in self.guides:
            for name in re.findall(r'`([\w.]+)[`(]', guide.read_text(encoding='utf-8')):
                first, *attributes = name.split('.')
                # Not the names of files, nor what others have.
                if (attributes and first in classes and attributes[-1] not in ('js', 'partial', 'py', 'qcow2')
                        and (first == 'Qemu' or attributes[0].islower())):
                    with self.subTest(guide.name, name=name):
                        self.assertTrue(hasattr(classes[first], attributes[0]))

    def test_run(self):
        """a test runs each example"""
        tests = {*EXAMPLES.glob('test-*.py'), *(ROOT / 'tests').glob('*/test-*.py')}
        named = {name for path in tests for name in re.findall(r"['/]([\w.-]+)'", path.read_text(encoding='utf-8'))}
        for path in {*EXAMPLES.glob('*.*'), *EXAMPLES.glob('guides/*.*')} - tests:
            if path.name != 'meson.build':
                with self.subTest(path.name):
                    self.assertTrue(path.name in named)

    def test_overview(self):
        """the overview leads to each guide"""
        overview = (DOCS / 'overview.md').read_text(encoding='utf-8')
        for guide in self.guides:
            with self.subTest(guide.name):
                self.assertTrue(guide.name == 'overview.md' or f"]({guide.with_suffix('.html').name})" in overview)

    def test_manual(self):
        """the reference manual has all guides, with their titles, pictures and the pages that they link to"""
        manual = (DOCS / 'meson.build').read_text(encoding='utf-8')
        images = re.search(r'content_images = \[(.*)\]', (DOCS / 'qemu-glib.toml.in').read_text(encoding='utf-8'))[1]
        pages = {guide.with_suffix('.html').name for guide in self.guides} | set(re.findall('"(.+?)"', images))
        for guide in self.guides:
            with self.subTest(guide.name):
                text = guide.read_text(encoding='utf-8')
                self.assertIn(f"'{guide.name}'", manual)
                self.assertRegex(text, r'\A---\nTitle: .+\n---\n\n# .+\n\n')
                self.assertLessEqual(set(re.findall(r'\]\((?!\.\./)([^:)#]+)[)#]', text)), pages)


class Running:
    """An example at work, and what it prints."""

    def __init__(self, command):
        self.lines = []
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, encoding='utf-8')
        self.timer = threading.Timer(examples.LIMIT, self.process.kill)
        self.timer.start()

    def wait_for(self, *patterns):
        """Reads until there was a line for each pattern, in whatever order. Returns the last one."""
        missing = set(patterns)
        for line in self.process.stdout:
            self.lines.append(line.rstrip('\n'))
            missing = {pattern for pattern in missing if not re.fullmatch(pattern, self.lines[-1])}
            if not missing:
                return self.lines[-1]
        raise AssertionError(f'it has ended without {missing}: {self.lines}')

    def wait_for_sleep(self):
        """Waits until it has nothing to do: whoever asks and asks whether there is something never sleeps."""
        status = pathlib.Path(f'/proc/{self.process.pid}/stat')
        deadline, asleep = time.monotonic() + examples.LIMIT / 3, 0
        while status.exists() and asleep < 10:
            if time.monotonic() > deadline:
                raise AssertionError('it keeps a processor busy')
            asleep = asleep + 1 if status.read_text(encoding='utf-8').rpartition(')')[2].split()[0] == 'S' else 0
            time.sleep(0.01)

    def end(self):
        """Waits for its end: all that it has printed, and its exit code."""
        self.lines += self.process.stdout.read().splitlines()
        return self.lines, self.process.wait()

    def close(self):
        self.timer.cancel()
        self.process.kill()
        self.process.communicate()


class Example(unittest.TestCase):
    """The programs, each with a machine."""

    def command(self, name, *arguments):
        """What runs an example, by its name in docs/examples."""
        path = EXAMPLES / name
        built = pathlib.Path(options.build, name).with_suffix('')
        program, reason = {
            '.c': ([built], None),
            '.vala': ([f'{built}-vala'], None if os.path.exists(f'{built}-vala') else 'the build has no vapi'),
            '.py': ([options.python, path], options.no_python),
            '.js': ([options.gjs, '-m', path], options.no_gjs),
        }[path.suffix]
        if reason:
            self.skipTest(reason)
        return [*map(str, program), *map(str, arguments)]

    def run_example(self, name, *arguments, code=0):
        return examples.run(self.command(name, *arguments), code)

    def start_example(self, name, *arguments):
        running = Running(self.command(name, *arguments))
        self.addCleanup(running.close)
        return running

    def folder(self):
        folder = tempfile.TemporaryDirectory(prefix='qemu-glib-')
        self.addCleanup(folder.cleanup)
        return pathlib.Path(folder.name)

    def machine(self, *arguments, name='mail'):
        """A machine that somebody else has started: its monitor, another one, and its process."""
        if not shutil.which(examples.QEMU):
            self.skipTest('there is no QEMU here')
        second = self.folder() / 'second'
        arguments = arguments or ['-machine', 'none']
        path, process = self.enterContext(
            examples.listening_qemu(name, *map(str, arguments), '-qmp', f'unix:{second},server=on,wait=off'))
        return path, second, process

    def image(self, path, size, *writes):
        """A new image, with what qemu-io writes into it."""
        if not shutil.which('qemu-img'):
            self.skipTest('there is no qemu-img here')
        examples.run(['qemu-img', 'create', '-q', '-f', 'qcow2', str(path), size])
        for write in writes:
            examples.run(['qemu-io', '-c', f'write -q {write}', str(path)])
        return path

    def check_shown(self, guide, command, text):
        """The guide shows the command with what it printed."""
        for block in blocks(DOCS / guide):
            before, found, shown = block.code.partition(f'$ {command}\n')
            if found:
                self.assertEqual(normalised(shown.partition('\n$ ')[0]), normalised(text))
                return
        self.fail(f'{guide} does not show {command}')


def drive(name, path):
    return ['-drive', f'if=virtio,id={name},format=qcow2,file={path}']


def have_run(path, *commands):
    """What another client has QEMU do: commands, each (name, arguments). Returns what the last one does."""
    with socket.socket(socket.AF_UNIX) as client, client.makefile('rw') as stream:
        client.settimeout(examples.LIMIT)
        client.connect(str(path))
        for name, arguments in ('qmp_capabilities', {}), *commands:
            stream.write(json.dumps({'execute': name, 'arguments': arguments}))
            stream.flush()
            while 'return' not in (message := json.loads(stream.readline())):
                assert 'error' not in message, message
    return message['return']


def normalised(text):
    """Without what differs from QEMU to QEMU, and from run to run."""
    return re.sub(r'QEMU [\d.]*\d', 'QEMU N', text).strip()


class GettingStarted(Example):
    def check_hello(self, name, guide, command):
        path, *_ = self.machine()
        self.check_shown(guide, command, self.run_example(name, path))
        self.assertRegex(self.run_example(name, '/nonexistent', code=1), r'\Ahello: .*/nonexistent.*\n\Z')

    def test_hello_c(self):
        """hello.c prints what its guide shows, and says why it cannot"""
        self.check_hello('guides/hello.c', 'getting-started-c.md', './hello /tmp/mail.sock')

    def test_hello_python(self):
        """hello.py prints what its guide shows, and says why it cannot"""
        self.check_hello('guides/hello.py', 'getting-started-python.md', 'python3 hello.py /tmp/mail.sock')

    def test_hello_javascript(self):
        """hello.js prints what its guide shows, and says why it cannot"""
        self.check_hello('guides/hello.js', 'getting-started-javascript.md', 'gjs -m hello.js /tmp/mail.sock')

    def test_hello_vala(self):
        """hello.vala prints what its guide shows, and says why it cannot"""
        self.check_hello('guides/hello.vala', 'getting-started-vala.md', './hello /tmp/mail.sock')

    def check_hello_all(self, name):
        mail, *_ = self.machine()
        web, *_ = self.machine(name='web')
        lines = self.run_example(name, mail, '/nonexistent', web).splitlines()
        self.assertEqual(lines[0::2], [f'{name} is running, has 64 MiB and 0 disks' for name in ('mail', 'web')])
        self.assertEqual(lines[1], '/nonexistent: open on /nonexistent: Could not connect: No such file or directory')

    def test_hello_asyncio(self):
        """hello-asyncio.py asks all machines at once, also where one is missing"""
        self.check_hello_all('guides/hello-asyncio.py')

    def test_hello_all(self):
        """hello-all.js asks all machines at once, also where one is missing"""
        self.check_hello_all('guides/hello-all.js')

    def check_own(self, name):
        if not shutil.which(examples.QEMU):
            self.skipTest('there is no QEMU here')
        text = self.run_example(name, examples.QEMU, '-machine', 'none', '-nodefaults', '-display', 'none', '-S')
        pid, lines = re.match(r'process (\d+) is QEMU \S+, (.*)', text, re.DOTALL).groups()
        self.assertEqual(lines, 'prelaunch\nexit status 0\n')
        self.assertTrue(examples.is_gone(int(pid)))
        self.assertIn('/nonexistent', self.run_example(name, '/nonexistent', code=1))

    def test_own_c(self):
        """own.c starts a QEMU, and ends it"""
        self.check_own('guides/own.c')

    def test_own_python(self):
        """own.py starts a QEMU, and ends it"""
        self.check_own('guides/own.py')


class Events(Example):
    def check_watch(self, name):
        path, second, qemu = self.machine()
        watch = self.start_example(name, path)
        watch.wait_for('status running')
        have_run(second, ('stop', {}))
        watch.wait_for('event STOP', 'status paused')
        watch.wait_for_sleep()
        qemu.terminate()
        lines, code = watch.end()
        self.assertEqual([line for line in lines if line.startswith('event')],
                         ['event STOP', 'event SHUTDOWN, reason host-signal'])
        self.assertEqual([line for line in lines if line.startswith('status')][:2], ['status running', 'status paused'])
        self.assertRegex(lines[-1], '^closed: .*(reset|closed)')
        self.assertEqual(code, 0)

    def test_watch_c(self):
        """watch.c tells what happens to a machine until it ends"""
        self.check_watch('guides/watch.c')

    def test_watch_python(self):
        """watch.py tells the same"""
        self.check_watch('guides/watch.py')

    def test_watch_javascript(self):
        """watch.js tells the same"""
        self.check_watch('guides/watch.js')

    def test_watch_vala(self):
        """watch.vala tells the same"""
        self.check_watch('guides/watch.vala')

    def test_stay(self):
        """stay.py waits for a machine, and for the next one, until it is interrupted"""
        path = self.folder() / 'mail'
        stay = self.start_example('guides/stay.py', path)
        stay.wait_for_sleep()
        for _ in range(2):
            with examples.listening_qemu('mail', '-machine', 'none', '-qmp', f'unix:{path},server=on,wait=off') as (second, qemu):
                stay.wait_for('mail is running')
                have_run(second, ('stop', {}))
                stay.wait_for('STOP')
                qemu.terminate()
                stay.wait_for('SHUTDOWN')
                # QEMU 7.2 hangs now and then when it is to end while it works on a command.
                qemu.kill()
                stay.wait_for('.*(closed|reset).*')
        stay.wait_for_sleep()
        stay.process.send_signal(signal.SIGINT)
        self.assertEqual(stay.end()[1], 0)
        self.assertIn('is no address', self.run_example('guides/stay.py', 'smoke:signals', code=1))

    def test_reset(self):
        """reset.py hears of the reset that it asks for, every time"""
        path, *_ = self.machine()
        for _ in range(5):
            self.assertEqual(self.run_example('guides/reset.py', path), 'mail was reset: host-qmp-system-reset\n')

    def test_disks_vala(self):
        """disks.vala lists what there is, with and without a medium"""
        disk = self.image(self.folder() / 'disk.qcow2', '8M', '-P 7 0 8M')
        path, *_ = self.machine(*drive('disk', disk), '-drive', 'if=none,id=empty', '-device', 'ide-cd,drive=empty')
        self.assertEqual(self.run_example('guides/disks.vala', path), f'disk: {disk}\nempty: no medium\n')

    def test_lists(self):
        """lists.py shows disks and jobs as they come and go, those of other clients too"""
        folder = self.folder()
        disk = self.image(folder / 'disk.qcow2', '8M', '-P 7 0 8M')
        path, second, qemu = self.machine(*drive('disk', disk))
        lists = self.start_example('guides/lists.py', path)
        lists.wait_for(f'disk disk {disk}')
        self.run_example('guides/move.py', second, 'disk', folder / 'new.qcow2')
        lists.wait_for('job mirror has completed', f'disk disk is on {folder}/new.qcow2')
        qemu.terminate()
        lines, code = lists.end()
        self.assertIn('job mirror running', lines)
        self.assertEqual(code, 0)


class BlockJobs(Example):
    def setUp(self):
        self.out = self.folder()
        self.disk = self.image(self.out / 'disk', '8M', '-P 7 0 8M')
        self.data = self.image(self.out / 'data', '4M', '-P 9 1M 1M')

    def machine(self, *arguments):
        return super().machine(*drive('disk', self.disk), *drive('data', self.data), *arguments)

    def files(self):
        return {path.name for path in self.out.iterdir()} - {'disk', 'data'}

    def backup(self, path, *arguments, code=0):
        return self.run_example('backup.py', path, self.out, *arguments, code=code)

    def test_backup(self):
        """backup.py backs up all disks of a running machine, which goes on"""
        path, second, _qemu = self.machine('-device', 'virtio-scsi', '-drive', 'if=none,id=cd', '-device',
                                           'scsi-cd,drive=cd')
        text = self.backup(path)
        self.assertEqual(set(text.splitlines()), {f'{self.out}/disk.qcow2', f'{self.out}/data.qcow2'})
        self.assertEqual(self.files(), {'disk.qcow2', 'data.qcow2'})
        for disk in self.disk, self.data:
            examples.run(['qemu-img', 'compare', '-q', '-U', str(disk), f'{disk}.qcow2'])
        self.assertIn('mail is running', self.run_example('guides/threads.py', second))

    def test_backup_named(self):
        """backup.py backs up the disks that it is told to, and replaces what was there"""
        (self.out / 'data.qcow2').write_text('the backup of yesterday')
        path, *_ = self.machine()
        self.assertEqual(self.backup(path, 'data'), f'{self.out}/data.qcow2\n')
        self.assertEqual(self.files(), {'data.qcow2'})
        examples.run(['qemu-img', 'compare', '-q', '-U', str(self.data), f'{self.data}.qcow2'])

    def check_partial(self, backup, path):
        """The backup has failed: it says so, and the good one is what it was."""
        lines, code = backup.end()
        self.assertEqual(code, 1)
        self.assertIn(f'{path}.partial is no backup: ', '\n'.join(lines))
        self.assertEqual(path.read_text(), 'the backup of yesterday')
        self.assertTrue(pathlib.Path(f'{path}.partial').exists())

    def start_slow_backup(self, *arguments):
        old = self.out / 'disk.qcow2'
        old.write_text('the backup of yesterday')
        backup = self.start_example('backup.py', '--speed', '1', '--progress', *arguments, 'disk')
        backup.wait_for('[1-7] of 8 MiB')
        return backup, old

    def test_backup_interrupted(self):
        """backup.py ends its job when it is interrupted, and leaves .partial"""
        path, second, _qemu = self.machine()
        backup, old = self.start_slow_backup(path, self.out)
        backup.process.send_signal(signal.SIGINT)
        self.check_partial(backup, old)
        self.assertIn('cancelled', '\n'.join(backup.lines))
        self.assertEqual(have_run(second, ('query-jobs', {})), [])
        self.assertEqual(self.backup(path, 'disk'), f'{old}\n', 'the next one takes its place')
        self.assertEqual(self.files(), {'disk.qcow2'})

    def test_backup_killed(self):
        """backup.py that is killed leaves .partial, also when QEMU completes the copy"""
        path, second, _qemu = self.machine()
        backup, old = self.start_slow_backup(path, self.out)
        backup.process.kill()
        self.assertNotEqual(backup.end()[1], 0)
        (job,) = have_run(second, ('query-jobs', {}))
        have_run(second, ('block-job-set-speed', {'device': job['id'], 'speed': 0}))
        deadline = time.monotonic() + examples.LIMIT
        while job['status'] != 'concluded':
            self.assertLess(time.monotonic(), deadline, job)
            (job,) = have_run(second, ('query-jobs', {}))
        self.assertEqual(old.read_text(), 'the backup of yesterday')
        self.assertEqual(self.files(), {'disk.qcow2', 'disk.qcow2.partial'})

    def test_backup_qemu_ends(self):
        """backup.py leaves .partial when QEMU ends"""
        path, _second, qemu = self.machine()
        backup, old = self.start_slow_backup(path, self.out)
        qemu.kill()
        self.check_partial(backup, old)

    def test_backup_error(self):
        """backup.py leaves .partial when the disk cannot be read"""
        (self.out / 'rules').write_text('[inject-error]\nevent = "read_aio"\nerrno = "5"\nsector = "4096"\n')
        old = self.out / 'bad.qcow2'
        old.write_text('the backup of yesterday')
        self.image(self.out / 'bad', '4M', '-P 9 0 4M')
        path, *_ = self.machine('-blockdev', f'driver=file,node-name=file,filename={self.out}/bad', '-blockdev',
                                f'driver=blkdebug,node-name=debug,image=file,config={self.out}/rules', '-blockdev',
                                'driver=qcow2,node-name=node,file=debug', '-device', 'virtio-blk-pci,id=bad,drive=node')
        self.check_partial(self.start_example('backup.py', path, self.out, 'bad'), old)

    def test_backup_refused(self):
        """backup.py says what it cannot back up, and backs up the others"""
        path, *_ = self.machine()
        (self.out / 'disk.qcow2.partial').mkdir()
        self.assertIn('disk.qcow2', self.backup(path, code=1))
        self.assertEqual(self.files(), {'disk.qcow2.partial', 'data.qcow2'})
        self.assertIn('“nosuch”', self.backup(path, 'nosuch', code=1))
        self.assertIn('/nonexistent', self.backup('/nonexistent', code=1))

    def test_backup_c(self):
        """backup.c backs up a disk, and leaves .partial when that fails"""
        path, *_ = self.machine()
        new = self.out / 'disk.qcow2'
        self.assertEqual(self.run_example('guides/backup.c', path, 'disk', new), f'{new}\n')
        self.assertEqual(self.files(), {'disk.qcow2'})
        examples.run(['qemu-img', 'compare', '-q', '-U', str(self.disk), str(new)])
        new.write_text('the backup of yesterday')
        (self.out / 'disk.qcow2.partial').mkdir()
        self.assertIn(f'there is no new {new}: ', self.run_example('guides/backup.c', path, 'disk', new, code=1))
        self.assertEqual(new.read_text(), 'the backup of yesterday')

    def test_move(self):
        """move.py moves a disk to another file, or copies it"""
        path, *_ = self.machine()
        copy, new = self.out / 'copy', self.out / 'new'
        self.assertEqual(self.run_example('guides/move.py', '--copy', path, 'disk', copy),
                         f'stopped, the disk is on {self.disk}\n')
        self.assertEqual(self.run_example('guides/move.py', path, 'disk', new), f'completed, the disk is on {new}\n')
        for file in copy, new:
            examples.run(['qemu-img', 'compare', '-q', '-U', str(self.disk), str(file)])


class Testing(Example):
    def test_still(self):
        """still.py has a machine stand still while a command runs"""
        path, second, _qemu = self.machine()
        status = self.command('guides/threads.py', second)
        self.assertEqual(self.run_example('guides/still.py', path, *status), 'mail is paused\n')
        self.assertEqual(examples.run(status), 'mail is running\n')

    def test_python(self):
        """test-still.py tests still.py"""
        result = subprocess.run(self.command('guides/test-still.py'), capture_output=True, encoding='utf-8',
                                timeout=examples.LIMIT, check=False)
        self.assertRegex(result.stderr, r'Ran 5 tests in .*\n\nOK\n\Z')

    def test_c(self):
        """test-still.c tests what it tests"""
        self.assertEqual(self.run_example('guides/test-still.c').count('\nok '), 4)


class Remote(Example):
    def check(self, way, arguments):
        self.command('guides/remote.py')
        try:
            ways = importlib.import_module('ways')
        except (ImportError, ValueError) as error:
            self.skipTest(f'no ways here: {error}')
        with getattr(ways, way)(self.folder()) as reached:
            self.assertEqual(self.run_example('guides/remote.py', *arguments(reached)), 'reach is prelaunch\n')

    def test_unix(self):
        """remote.py by a UNIX socket, and by one that is not there"""
        path, *_ = self.machine()
        for uri in path, f'unix:{path}':
            self.assertEqual(self.run_example('guides/remote.py', uri), 'mail is running\n')
        self.assertIn('No such file', self.run_example('guides/remote.py', '/nonexistent', code=1))
        self.assertIn('0.1 seconds', self.run_example('guides/remote.py', '--timeout', '0.1', '--wait', '/nonexistent',
                                                      code=1))
        self.assertIn('is no address', self.run_example('guides/remote.py', 'smoke:signals', code=1))

    def test_tcp(self):
        """remote.py by TCP"""
        self.check('Tcp', lambda way: [f'tcp:127.0.0.1:{way.port}'])

    def test_tls(self):
        """remote.py by TLS, with certificates"""
        self.check('Tls', lambda way: ['--wait', '--authority', way.authority, '--certificate', way.client[0],
                                       '--key', way.client[1], f'tls:localhost:{way.port}'])

    def test_ssh(self):
        """remote.py by ssh"""
        self.check('Ssh', lambda way: [
            '--ssh', f'ssh -F none -i {way.folder}/user -o IdentitiesOnly=yes -o UserKnownHostsFile={way.folder}/known',
            f'ssh:{getpass.getuser()}@127.0.0.1:{way.port}{way.path}'])

    def test_libvirt(self):
        """remote.py by libvirt"""
        self.check('Libvirt', lambda way: [f'libvirt:{way.uri()}&domain=reach'])

    def test_listen(self):
        """listen.py waits for a QEMU, which is started as it says"""
        listen = self.start_example('guides/listen.py', self.folder() / 'ours')
        self.machine('-machine', 'none', *listen.wait_for('start it with .*').split()[3:])
        self.assertEqual(listen.end(), ([listen.lines[0], 'mail has come, and is running'], 0))


class Threads(Example):
    def test_c(self):
        """threads.c works in a thread, and its signals come in the main one"""
        path, *_ = self.machine()
        lines = self.run_example('guides/threads.c', path).splitlines()
        for thread, said in ('other', ['stop', 'cont']), ('main', ['STOP', 'RESUME', 'it has had its rest']):
            self.assertEqual([line for line in lines if line.startswith(thread)],
                             [f'{thread} thread: {what}' for what in said])

    def test_contexts(self):
        """contexts.c has a context for each machine, in which its signals come"""
        mail, *_ = self.machine()
        web, *_ = self.machine(name='web')
        lines = self.run_example('guides/contexts.c', mail, web).splitlines()
        self.assertEqual(sorted(lines), ['mail: RESET', 'web: RESET'])

    def test_python(self):
        """threads.py asks each machine in a thread, also where one is missing"""
        mail, *_ = self.machine()
        web, *_ = self.machine(name='web')
        lines = self.run_example('guides/threads.py', mail, '/nonexistent', web).splitlines()
        self.assertEqual([lines[0], lines[2]], ['mail is running', 'web is running'])
        self.assertIn('No such file', lines[1])


class Performance(Example):
    def test_many(self):
        """many.c hears of the resets of all machines in one context, also where one is missing"""
        mail, mail_second, mail_qemu = self.machine()
        web, web_second, web_qemu = self.machine(name='web')
        many = self.start_example('guides/many.c', mail, '/nonexistent', web)
        many.wait_for('mail: here', 'web: here', 'many: .*/nonexistent: .*')
        for name, path in ('mail', mail_second), ('web', web_second), ('mail', mail_second):
            have_run(path, ('system_reset', {}))
            many.wait_for(f'{name}: reset from outside')
        for qemu in mail_qemu, web_qemu:
            qemu.kill()
        self.assertEqual(many.end()[1], 0)

    def test_schemas(self):
        """schemas.py keeps the reply of each machine as it came"""
        mail, *_ = self.machine()
        web, *_ = self.machine(name='web')
        folder = self.folder()
        self.run_example('guides/schemas.py', folder, mail, web)
        for name in 'mail', 'web':
            commands = json.loads((folder / f'{name}.json').read_bytes())['return']
            self.assertIn('query-status', {command['name'] for command in commands})


class FromGoQemu(Example):
    def run_it(self, name):
        """What the program printed, with a machine and images of its own."""
        if not shutil.which('qemu-img'):
            self.skipTest('there is no qemu-img here')
        folder = self.folder()
        base, overlay = folder / 'base.raw', folder / 'disk.qcow2'
        examples.run(['qemu-img', 'create', '-q', '-f', 'raw', base, '8M'])
        examples.run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base, '-F', 'raw', overlay])
        path, _second, _qemu = self.machine('-S', '-device', 'VGA', *drive('disk', overlay))
        caller = [examples.QEMU, '-S', '-machine', 'none', '-nodefaults', '-display', 'none', '-qmp',
                  f'unix:{folder}/caller.sock,server=off']
        text = self.run_example(name, path, folder, *caller)
        self.assertTrue((folder / 'screen.ppm').read_bytes().startswith(b'P6\n'))
        examples.run(['qemu-img', 'compare', '-q', base, folder / 'copy.raw'])
        return re.sub(r'(version|cpu 0 at) .*', r'\1 N', text)

    def test_both(self):
        """from-go-qemu.c and from-go-qemu.py do what go-qemu does, and print the same"""
        text = self.run_it('guides/from-go-qemu.c')
        for line in ('memory 67108864', 'event STOP, at a time: 1', 'disk disk: qcow2, 8388608 bytes, on raw',
                     'cpu 0 at N', 'jobs: 1, of which the mirror has been stopped: 1', 'caller is prelaunch',
                     'system_reset on imagined: I am no real QEMU'):
            self.assertIn(line, text.splitlines())
        self.assertRegex(text, r'(?m)^pci 0:\d\.0 VGA controller$')
        self.assertEqual(text, self.run_it('guides/from-go-qemu.py'))


class FromQemuQmp(Example):
    def test_python(self):
        """from-qemu-qmp.py does what qemu.qmp and QEMUMachine do"""
        path, _second, _qemu = self.machine('-machine', 'none', '-S')
        argv = [examples.QEMU, '-S', '-machine', 'none', '-nodefaults', '-display', 'none']
        self.assertEqual(self.run_example('guides/from-qemu-qmp.py', path, *argv).splitlines(), [
            'status prelaunch', 'mail has 67108864', 'event RESUME', 'event STOP',
            'make-coffee on mail: The command make-coffee has not been found',
            'query-status on mail: The monitor is not open', "states ['opening', 'open', 'closing', 'closed']",
            'create completed', 'caller is prelaunch', 'status paused', 'event STOP', 'a process: True prelaunch',
            'exit status 0', 'True'])


class FromLibvirtGlib(Example):
    def run_it(self, name):
        if not pathlib.Path(options.build, 'guides/from-libvirt-glib').exists():
            self.skipTest('the build has no libvirt')
        if options.no_python:
            self.skipTest(options.no_python)
        import ways
        way = self.enterContext(ways.Libvirt(self.folder()))
        text = self.run_example(name, way.uri(), 'reach', way.folder / 'screen.png')
        self.assertTrue((way.folder / 'screen.png').read_bytes().startswith(b'\x89PNG'))
        self.assertEqual(text.splitlines()[:2], ['machine reach', 'reach is prelaunch'])
        for line in 'event RESUME', 'event STOP', 'now it is paused', 'memory 33554432', '0 bytes written':
            self.assertIn(line, text.splitlines())

    def test_c(self):
        """from-libvirt-glib.c sees what is behind a machine of libvirt's"""
        self.run_it('guides/from-libvirt-glib.c')

    def test_python(self):
        """from-libvirt-glib.py does the same"""
        self.run_it('guides/from-libvirt-glib.py')


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', metavar='FOLDER', required=True)
    for language in 'python', 'gjs':
        parser.add_argument(f'--{language}', metavar='PROGRAM')
        parser.add_argument(f'--no-{language}', metavar='REASON')
    parser.add_argument('cases', nargs='*', metavar='CASE')
    options = parser.parse_args()
    sys.argv[1:] = options.cases
    tap.main()
