#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks what an optimised library is hardened with: check-hardening.py BUILD-FOLDER LIBRARY. Prints TAP."""

import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

from report import report


def readelf(option, library):
    return subprocess.run(['readelf', '-W', option, library], capture_output=True, text=True, check=True).stdout


def check_relocations(dynamic, segments, symbols):
    if not re.search(r'\bBIND_NOW\b', dynamic):
        yield 'it does not ask for all symbols at once: no BIND_NOW'
    if not re.search(r'^\s+GNU_RELRO\b', segments, re.MULTILINE):
        yield 'what is relocated stays writable: no GNU_RELRO'
    if re.search(r'\bTEXTREL\b', dynamic):
        yield 'its code is relocated: TEXTREL'


def check_segments(dynamic, segments, symbols):
    stack = re.search(r'^\s+GNU_STACK\s.*?((?:R|W|E| )+)\s+0x\w+$', segments, re.MULTILINE)
    if stack is None:
        yield 'nothing is said of the stack: no GNU_STACK'
    elif 'E' in stack[1]:
        yield 'the stack is executable'
    for flags in re.findall(r'^\s+LOAD\s.*?((?:R|W|E| )+)\s+0x\w+$', segments, re.MULTILINE):
        if 'W' in flags and 'E' in flags:
            yield 'there is memory that is both writable and executable'


def check_stack_protector(dynamic, segments, symbols):
    if not re.search(r'\bUND __stack_chk_fail\b', symbols):
        yield 'no function looks after its frame: __stack_chk_fail is not imported'


def compiled_with(build, library):
    """The macros of the compiler as it was called for one of the library's sources."""
    commands = json.loads((build / 'compile_commands.json').read_text())
    command = next(c for c in commands if f'{library.name}.p/' in c['output'])
    words = shlex.split(command['command'])
    for option, n_arguments in {'-MD': 0, '-MQ': 1, '-MF': 1, '-o': 1, '-c': 0}.items():
        position = words.index(option)
        del words[position:position + 1 + n_arguments]
    return subprocess.run([*words, '-dM', '-E'], cwd=command['directory'], capture_output=True, text=True,
                          check=True).stdout


# Whether a call is checked in the end is for the compiler to say: where it can prove that all is well, none is.
def check_fortify(macros):
    if not re.search(r'^#define _FORTIFY_SOURCE [23]$', macros, re.MULTILINE):
        yield 'no call is checked against the size of its buffer: _FORTIFY_SOURCE is not set'


CHECKS = {
    'nothing that is relocated stays writable': check_relocations,
    'nothing is both writable and executable': check_segments,
    'the stack is protected': check_stack_protector,
}


def main(build, library):
    results = {'calls of the C library are checked': list(check_fortify(compiled_with(build, library)))}
    if shutil.which('readelf'):
        views = [readelf(option, library) for option in ('-d', '-l', '--dyn-syms')]
        results |= {title: list(check(*views)) for title, check in CHECKS.items()}
    else:
        results |= dict.fromkeys(CHECKS)
    return report(results)


if __name__ == '__main__':
    sys.exit(main(*map(pathlib.Path, sys.argv[1:])))
