#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the text of the sources: check-sources.py SOURCE-FOLDER. Prints TAP."""

import os
import pathlib
import re
import subprocess
import sys

from report import report

LICENCE = 'SPDX-License-Identifier: LGPL-2.1-or-later'
SOURCES = {'.c', '.h', '.js', '.mjs', '.py', '.pyi', '.sh', '.ts', '.vala'}
TEXTS = SOURCES | {'.build', '.in', '.map', '.md', '.supp', '.toml', '.txt'}
SCRIPTS = {'dev', '.ci/run'}


def files_below(folder):
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            hidden = path.name.startswith(('.', '_build')) and path.name != '.ci'
            if not hidden and path.name != '__pycache__' and not (path / 'meson-private').exists():
                yield from files_below(path)
        elif path.suffix in TEXTS or path.as_posix() in SCRIPTS:
            yield path


def is_source(path):
    return path.suffix in SOURCES or path.name.endswith('.h.in') or path.as_posix() in SCRIPTS


def is_python(path):
    return path.suffix in ('.py', '.pyi')


def check_encoding(path, data):
    try:
        data.decode()
    except UnicodeDecodeError as error:
        yield f'{path}: not UTF-8 at byte {error.start}'
    if b'\r' in data:
        yield f'{path}: has carriage returns'


def check_blanks(path, data):
    for number, line in enumerate(data.decode(errors='replace').split('\n'), 1):
        if '\t' in line:
            yield f'{path}:{number}: a tab'
        if line != line.rstrip():
            yield f'{path}:{number}: blanks at the end of the line'
    if data and not data.endswith(b'\n') or data.endswith(b'\n\n'):
        yield f'{path}: does not end with one newline'


def check_licence(path, data):
    if is_source(path) and not any(LICENCE in line for line in data.decode(errors='replace').split('\n')[:3]):
        yield f'{path}: no "{LICENCE}" in its first lines'


def check_pragma_once(path, data):
    if path.name.endswith(('.h', '.h.in')) and not re.search(rb'^#pragma once$', data, re.MULTILINE):
        yield f'{path}: no "#pragma once"'


def check_syntax(path, data):
    if is_python(path):
        try:
            compile(data, str(path), 'exec')
        except SyntaxError as error:
            yield f'{path}:{error.lineno}: {error.msg}'
    elif path.as_posix() in SCRIPTS or path.suffix == '.sh':
        shell = 'bash' if b'bash' in data.split(b'\n')[0] else 'sh'
        result = subprocess.run([shell, '-n', str(path)], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            yield result.stderr.strip()


def check_named_tests(path, data):
    """What SECURITY.md says that shows something exists: /a/test of C's, Class.test_method of Python's, a file."""
    if path.as_posix() != 'SECURITY.md':
        return
    c, python = (''.join(file.read_text() for file in sorted(pathlib.Path('tests').glob(pattern)))
                 for pattern in ('test-*.c', '*/test-*.py'))
    rows = [line.split('|') for line in data.decode(errors='replace').split('\n') if line.count('|') == 4]
    names = re.findall(r'`([^`]+)`', ' '.join(row[3] for row in rows))
    if len(names) < 20:
        yield f'{path}: only {len(names)} tests are named'
    for name in names:
        known = (f'"{name}' in c if name.startswith('/') else
                 pathlib.Path(name).exists() or pathlib.Path('tests', name).exists() if '.c' in name or '/' in name else
                 all(re.search(rf'^\s*{kind} {part}\b', python, re.MULTILINE)
                     for kind, part in zip(('class', 'def'), name.split('.'))))
        if not known:
            yield f'{path}: there is no test {name}'


CHECKS = {
    'texts are UTF-8 with plain newlines': check_encoding,
    'no tabs, no blanks at the end of a line, one newline at the end': check_blanks,
    'each source names its licence': check_licence,
    'each header has #pragma once': check_pragma_once,
    'Python and shell files are correct': check_syntax,
    'the tests that are named exist': check_named_tests,
}


def main(folder):
    os.chdir(folder)
    texts = {path: path.read_bytes() for path in files_below(pathlib.Path())}
    return report({title: [problem for path, data in texts.items() for problem in check(path, data)]
                   for title, check in CHECKS.items()})


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
