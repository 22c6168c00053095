# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests still.py, without a machine: python3 test-still.py"""
import unittest

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import Gio, GLib, Qemu

from still import still


class Machine:
    """A QEMU that knows how to stop and to go on."""

    def __init__(self, running=True, refuses=None):
        self.running = running
        self.refuses = refuses
        self.asked = []
        self.monitor = Qemu.TestMonitor.new(self.answer)
        self.vm = Qemu.Domain.new(self.monitor, 'test')
        self.vm.open()
        self.asked.clear()

    def answer(self, monitor, command):
        name = command.get_name()
        self.asked.append(name)
        if name == self.refuses:
            raise Qemu.GenericError('not today')
        if name == 'query-status':
            return {'running': self.running, 'status': 'running' if self.running else 'paused'}
        if name in {'stop', 'cont'}:
            self.running = name == 'cont'
            monitor.push_event('RESUME' if self.running else 'STOP', None)
        return {}


class Still(unittest.TestCase):
    def test_running(self):
        machine = Machine()
        with still(machine.vm):
            self.assertFalse(machine.running)
        self.assertTrue(machine.running)
        self.assertEqual(machine.asked, ['query-status', 'stop', 'cont'])

    def test_paused_before(self):
        machine = Machine(running=False)
        with still(machine.vm):
            pass
        self.assertFalse(machine.running)

    def test_work_fails(self):
        machine = Machine()
        with self.assertRaises(ZeroDivisionError), still(machine.vm):
            print(1 // 0)
        self.assertTrue(machine.running)

    def test_refused(self):
        machine = Machine(refuses='stop')
        with self.assertRaisesRegex(Qemu.GenericError, 'stop on test: not today'), still(machine.vm):
            self.fail('it does not stand still')
        self.assertTrue(machine.running)

    def test_qemu_ends(self):
        machine = Machine()
        with self.assertRaises(ConnectionError), still(machine.vm):
            machine.monitor.emit_closed(GLib.Error.new_literal(Gio.io_error_quark(), 'QEMU is gone',
                                                               Gio.IOErrorEnum.CONNECTION_CLOSED))


if __name__ == '__main__':
    unittest.main()
