#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The type stubs are what the interface is, and what the override makes of it: test-stubs.py SOURCE-ROOT GIR…"""

import ast
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import tap

import gi

for namespace in 'Json', 'Qemu':
    gi.require_version(namespace, '1.0')
from gi.repository import Qemu

ROOT, *BUILT = map(pathlib.Path, sys.argv[1:])
GIRS = [path for path in BUILT if path.suffix == '.gir']
del sys.argv[1:]
PYTHON = ROOT / 'bindings/python'
EXAMPLES = ROOT / 'docs/examples'

# What a program may not do, and a word of what is said of it.
WRONG = {
    'vm.run(5)': 'No overload',
    'vm.run("x", "y")': 'No overload',
    'vm.runing': 'has no attribute "runing"',
    'vm.running = True': 'read-only',
    'vm.list_cpus()': 'argument',
    'vm.list_cpus(Qemu.Status.PAUSED)': 'incompatible type',
    'vm.find_block_device("x").mirror()': 'Missing positional argument',
    'for disk in vm.list_block_devices(): disk.nothing': 'has no attribute "nothing"',
    'vm.progress_interval = "soon"': 'Incompatible types',
    'vm.stop_async(None, 5)': 'No overload',
    'vm.events(5)': 'incompatible type',
    'event: Qemu.Event = vm.events()': 'Incompatible types',
    'text: str = vm.status': 'Incompatible types',
    'vm.version.major': 'has no attribute "major"',
}
RIGHT = '''
    vm.run(Qemu.Command('x', {'a': 1}), None)
    vm.stop_async(None, lambda vm, result: vm.stop_finish(result))
    vm.stop_async(callback=lambda vm, result: vm.stop_finish(result))
    disk = vm.list_block_devices()[0]
    fraction: float = disk.mirror('/t', 'raw', {'sync': 'full'}).fraction
    events = vm.events('STOP', limit=5)
    data: dict[str, object] = next(events).data
    try:
        vm.cont()
    except (Qemu.DeviceNotFoundError, Qemu.TimedOutError) as error:
        print(error.message, error.code == Qemu.Error.DEVICE_NOT_FOUND)
    except TimeoutError:
        pass
'''


def stub(name):
    return ast.parse((PYTHON / f'gi-stubs/repository/{name}.pyi').read_text(encoding='utf-8'))


def names_in(body):
    """What a class or a module of the stubs has."""
    names = set()
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign):
            names.add(node.target.id)
    return names


def classes_in(tree):
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


class Stubs(unittest.TestCase):
    def test_made(self):
        """they are what make-stubs.py makes of the GIR"""
        for gir in GIRS:
            name = gir.name.partition('-')[0]
            made = subprocess.run([sys.executable, PYTHON / 'make-stubs.py', gir], check=True, capture_output=True)
            kept = (PYTHON / f'gi-stubs/repository/{name}.pyi').read_bytes()
            self.assertEqual(made.stdout.decode(), kept.decode(), f'make them anew: make-stubs.py {gir.name}')

    def test_there(self):
        """what is in the stubs is there"""
        tree = stub('Qemu')
        for name in names_in(tree.body) - {'_ListModel'}:
            with self.subTest(name):
                self.assertTrue(hasattr(Qemu, name))
        for name, node in classes_in(tree).items():
            if name == '_ListModel':
                continue
            for member in names_in(node.body) - {'dropped'}:
                with self.subTest(name, member=member):
                    self.assertTrue(hasattr(getattr(Qemu, name), member))

    def test_all(self):
        """what is there is in the stubs"""
        tree = stub('Qemu')
        classes = classes_in(tree)
        for name in dir(Qemu):
            thing = getattr(Qemu, name)
            if name.startswith('_') or name.endswith('Class') and hasattr(thing, '__info__'):
                continue
            with self.subTest(name):
                self.assertIn(name, names_in(tree.body))
            if not isinstance(thing, type):
                continue
            public = {member for member in vars(thing) if not member.startswith(('_', 'do_'))}
            missing = public - names_in(classes[name].body) - {'CODE', 'connect', 'errno', 'parent_instance', 'props'}
            with self.subTest(name):
                self.assertEqual(missing, set())

    @unittest.skipUnless(shutil.which('mypy'), 'there is no mypy here')
    def test_mypy(self):
        """the examples pass mypy --strict; what is wrong is found"""
        with tempfile.TemporaryDirectory(prefix='qemu-glib-') as folder:
            self.check(pathlib.Path(folder))

    def check(self, folder):
        shutil.copytree(ROOT / 'tests/python/typings', folder / 'typings')
        for path in (PYTHON / 'gi-stubs/repository').glob('*.pyi'):
            shutil.copy(path, folder / 'typings/gi/repository')

        program = folder / 'program.py'
        head = ("import gi\n\ngi.require_version('Qemu', '1.0')\nfrom gi.repository import Qemu\n\n\n"
                'def right(vm: Qemu.Domain) -> None:' + RIGHT)
        wrong = ''.join(f'\n\ndef wrong_{n}(vm: Qemu.Domain) -> None:\n    {line}\n' for n, line in enumerate(WRONG))
        program.write_text(head + wrong, encoding='utf-8')
        lines = program.read_text(encoding='utf-8').splitlines()

        examples = [*EXAMPLES.glob('*.py'), *EXAMPLES.glob('guides/*.py')]
        examples = [path for path in examples if not path.name.startswith('test-')]
        self.assertGreater(len(examples), 12)
        found = {}
        for message in self.mypy(folder, *examples, program).splitlines():
            match = re.match(r'.*program\.py:(\d+): error: (.*)', message)
            if match:
                found.setdefault(lines[int(match[1]) - 1].strip(), []).append(match[2])
            elif ': note:' not in message and not message.startswith(('Found', 'Success')):
                self.fail(message)
        self.assertEqual(set(found), set(WRONG))
        for line, word in WRONG.items():
            with self.subTest(line):
                said = ' '.join(found[line])
                self.assertIn(word, said)

    def mypy(self, folder, *paths):
        result = subprocess.run(
            ['mypy', '--strict', '--no-error-summary', '--cache-dir', folder / 'cache', *paths], check=False,
            capture_output=True, encoding='utf-8',
            env={**{name: value for name, value in os.environ.items() if name != 'PYTHONPATH'},
                 'MYPYPATH': str(folder / 'typings')})
        self.assertEqual(result.stderr, '')
        return result.stdout


if __name__ == '__main__':
    tap.main()
