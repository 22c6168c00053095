#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program that needs no QEMU: what it asks is answered by a function of its own. So can a program's tests be."""

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import Qemu

ANSWERS = {
    'query-block': [],
    'query-commands': [{'name': 'query-block'}, {'name': 'query-commands'}, {'name': 'query-version'}],
    'query-version': {'qemu': {'major': 2, 'minor': 0, 'micro': 0}, 'package': ''},
}


def answer(_monitor: Qemu.TestMonitor, command: Qemu.Command) -> object:
    if command.name in ANSWERS:
        return ANSWERS[command.name]
    raise Qemu.CommandNotFoundError('The command has not been found')


with Qemu.Domain.new(Qemu.TestMonitor.new(answer), 'example') as vm:
    print(f'{vm.name} - QEMU {vm.query_version()}')
    print('  - commands:')
    for name in vm.list_commands():
        print(f'    - {name}')
