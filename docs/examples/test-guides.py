#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guides, docs/*.md: all code in them is code that runs.

The line above a block of code names a file below docs/examples/, and the block is a part of it, line for line:

    <!-- docs/examples/guides/hello.c -->
    ```c
    …
    ```

Only what a reader types into a terminal (`console`, `sh`) comes from nowhere. What the programs have to do is for the
cases below to say; each file that a guide shows is run here, or by test-examples.py. Guides link to each other as pages
of the manual: [events](events.html).

    test-guides.py --build FOLDER --python PROGRAM --gjs PROGRAM [CASE...]
"""

import argparse
import collections
import importlib
import pathlib
import re
import sys
import textwrap
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
    if block.language in TERMINAL:
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
            self.assertTrue(any(block.source for block in blocks(guide)), guide)
            for block in blocks(guide):
                with self.subTest(block.place):
                    self.assertIsNone(problem := problem_of(block), problem)

    def test_fences(self):
        """no code of theirs is outside of a fence"""
        for guide in self.guides:
            with self.subTest(guide.name):
                self.assertNotRegex(FENCE.sub('', guide.read_text(encoding='utf-8')), '```|~~~|(?m:^    )')

    def test_run(self):
        """a test runs each example"""
        tests = set(EXAMPLES.glob('test-*.py'))
        named = ''.join(path.read_text(encoding='utf-8') for path in tests)
        for path in set(EXAMPLES.rglob('*.*')) - tests:
            if path.name != 'meson.build':
                with self.subTest(path.name):
                    self.assertRegex(named, rf"\b{re.escape(path.name)}'")

    def test_manual(self):
        """the reference manual has all guides, with their titles and the pages that they link to"""
        manual = (DOCS / 'meson.build').read_text(encoding='utf-8')
        pages = {guide.with_suffix('.html').name for guide in self.guides}
        for guide in self.guides:
            with self.subTest(guide.name):
                text = guide.read_text(encoding='utf-8')
                self.assertIn(f"'{guide.name}'", manual)
                self.assertRegex(text, r'\A---\nTitle: .+\n---\n\n# .+\n\n')
                self.assertLessEqual(set(re.findall(r'\]\(([^:)#]+)', text)), pages)


class Example(unittest.TestCase):
    """The programs, with a QEMU where they need one."""

    def command(self, name, *arguments):
        """What runs the example of that name, which is relative to docs/examples."""
        path = EXAMPLES / name
        built = pathlib.Path(options.build, name)
        start, reason = {
            '.c': ([built.with_suffix('')], None),
            '.vala': ([built.with_name(f'{built.stem}-vala')], 'the build has no vapi'),
            '.py': ([options.python, path], options.no_python),
            '.js': ([options.gjs, '-m', path], options.no_gjs),
        }[path.suffix]
        if path.suffix == '.vala' and start[0].exists():
            reason = None
        if reason:
            self.skipTest(reason)
        return [*map(str, start), *map(str, arguments)]

    def run_example(self, name, *arguments, code=0):
        return examples.run(self.command(name, *arguments), code)

    def qemu(self, *arguments):
        """A machine that somebody else has started: the path of its monitor, and its process."""
        if not examples.shutil.which(examples.QEMU):
            self.skipTest('there is no QEMU here')
        return self.enterContext(examples.listening_qemu('mail', *arguments))

    def check_shown(self, guide, command, text):
        """The guide shows the command with what it printed."""
        for block in blocks(DOCS / guide):
            if f'$ {command}\n' in block.code:
                shown = block.code.partition(f'$ {command}\n')[2].partition('\n$ ')[0]
                self.assertEqual(normalised(shown), normalised(text))
                return
        self.fail(f'{guide} does not show {command}')


def normalised(text):
    """Without what differs from QEMU to QEMU, and from run to run."""
    return re.sub(r'QEMU [\d.]*\d', 'QEMU N', text).strip()


class Hello(Example):
    def check(self, name, guide, command):
        path, _qemu = self.qemu()
        self.check_shown(guide, command, self.run_example(name, path))
        reason = self.run_example(name, '/nonexistent', code=1)
        self.assertRegex(reason, r'\Ahello: .*/nonexistent.*\n\Z')

    def test_c(self):
        """hello.c prints what its guide shows, and says why it cannot"""
        self.check('guides/hello.c', 'getting-started-c.md', './hello /tmp/mail.sock')


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
