#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program that needs no QEMU: what it asks is answered by a function of its own. So can a program's tests be."""

import json

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Qemu

ANSWERS = {
    'query-block': [],
    'query-commands': [{'name': 'query-block'}, {'name': 'query-commands'}, {'name': 'query-version'}],
    'query-version': {'qemu': {'major': 2, 'minor': 0, 'micro': 0}, 'package': ''},
}


def answer(_monitor, command):
    if command.get_name() in ANSWERS:
        return json.dumps(ANSWERS[command.get_name()])
    raise GLib.Error.new_literal(Qemu.Error.quark(), 'The command has not been found', Qemu.Error.COMMAND_NOT_FOUND)


vm = Qemu.Domain.new(Qemu.TestMonitor.new(answer), 'example')
vm.open()
print(f'{vm.props.name} - QEMU {vm.query_version().to_string()}')
print('  - commands:')
for name in vm.list_commands():
    print(f'    - {name}')
vm.close()
