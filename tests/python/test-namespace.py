#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Walks everything that introspection shows: what has a name can be had, and each operation is complete."""

import json
import types
import unittest

import gi
import tap

gi.require_version('Json', '1.0')
gi.require_version('Qemu', '1.0')
from gi.repository import Gio, GLib, GObject, Json, Qemu

CLASSES = ['BlockDevice', 'BlockJob', 'BlockStats', 'ContextFd', 'Cpu', 'Domain', 'Event', 'FdSet', 'Image', 'Job', 'Monitor',
           'MonitorRequest', 'PciDevice', 'PciRegion', 'Process', 'Record', 'SocketMonitor', 'TestMonitor', 'Version']
BOXED = ['Command']
ENUMS = ['Error', 'JobResult', 'JobStatus', 'MonitorState', 'ScreenFormat', 'Status']
FLAGS = ['CpuQueryFlags', 'ResizeFlags']

# The names that GObject has in the bindings: a method of that name would hide, or be hidden.
TAKEN = {'connect', 'disconnect', 'emit', 'get', 'get_property', 'set', 'set_property', 'type'}


def everything():
    return {name: getattr(Qemu, name) for name in dir(Qemu) if not name.startswith('_')}


def structures():
    return [thing for thing in everything().values() if hasattr(thing, '__info__') and hasattr(thing, '__gtype__') and
            hasattr(thing.__info__, 'get_methods')]


def introspected(structure):
    return {method.__name__: method for method in structure.__info__.get_methods()}


def operations():
    """Each (class, name) for which there is a name_async."""
    return [(structure, name[:-len('_async')]) for structure in structures() for name in introspected(structure)
            if name.endswith('_async')]


def arguments_of(method):
    return [argument.get_name() for argument in method.get_arguments()]


def shape(kind):
    interface = kind.get_interface()
    return kind.get_tag(), interface and interface.get_name(), kind.is_pointer()


class Namespace(unittest.TestCase):
    def test_expected(self):
        """each class, boxed type and enumeration is there, and of its kind"""
        for name in CLASSES:
            with self.subTest(name):
                self.assertTrue(issubclass(getattr(Qemu, name), GObject.Object))
        for name in BOXED:
            with self.subTest(name):
                self.assertTrue(issubclass(getattr(Qemu, name), GObject.GBoxed))
        for name in ENUMS:
            with self.subTest(name):
                self.assertTrue(issubclass(getattr(Qemu, name), GObject.GEnum))
        for name in FLAGS:
            with self.subTest(name):
                self.assertTrue(issubclass(getattr(Qemu, name), GObject.GFlags))

    def test_nothing_else(self):
        """nothing private is in the namespace"""
        known = {*CLASSES, *BOXED, *ENUMS, *FLAGS, *(f'{name}Class' for name in CLASSES)}
        for name, thing in everything().items():
            with self.subTest(name):
                if name.isupper():
                    self.assertIsInstance(thing, (int, str))
                elif not callable(thing) or isinstance(thing, type):
                    self.assertIn(name, known)

    def test_callable(self):
        """each method and function can be had and called"""
        count = 0
        for structure in structures():
            for name in introspected(structure):
                with self.subTest(f'{structure.__name__}.{name}'):
                    self.assertTrue(callable(getattr(structure, name)))
                    self.assertNotIn(name, TAKEN)
                    count += 1
        self.assertGreater(count, 100)

    def test_operations(self):
        """each operation has an asynchronous, a finishing and a synchronous function with matching arguments"""
        self.assertGreater(len(operations()), 20)
        for structure, name in operations():
            with self.subTest(f'{structure.__name__}.{name}'):
                methods = introspected(structure)
                start, finish, twin = (methods[f'{name}{ending}'] for ending in ('_async', '_finish', ''))
                arguments = arguments_of(start)
                self.assertEqual(arguments[-3:], ['cancellable', 'callback', 'user_data'])
                self.assertEqual(arguments_of(twin), arguments[:-2])
                self.assertEqual(arguments_of(finish), ['result'])
                self.assertTrue(all(argument.may_be_null() for argument in start.get_arguments()[-3:]))
                self.assertFalse(start.can_throw_gerror())
                self.assertTrue(finish.can_throw_gerror())
                self.assertTrue(twin.can_throw_gerror())
                self.assertEqual(shape(finish.get_return_type()), shape(twin.get_return_type()))

    def test_cancellables(self):
        """each function with a cancellable is one of an operation"""
        known = {(structure, f'{name}{ending}') for structure, name in operations() for ending in ('', '_async')}
        for structure in structures():
            for name, method in introspected(structure).items():
                if 'cancellable' in arguments_of(method):
                    with self.subTest(f'{structure.__name__}.{name}'):
                        self.assertIn((structure, name), known)

    def test_properties(self):
        """no property has the name of a method of its class, and each has a getter"""
        for name in CLASSES:
            structure = getattr(Qemu, name)
            for spec in structure.list_properties():
                property_name = spec.name.replace('-', '_')
                with self.subTest(f'{name}.{spec.name}'):
                    self.assertNotIn(property_name, TAKEN)
                    if spec.owner_type == structure.__gtype__ and not spec.flags & GObject.ParamFlags.CONSTRUCT_ONLY:
                        self.assertNotIn(property_name, introspected(structure))
                        self.assertIn(f'get_{property_name}', introspected(structure))

    def test_records(self):
        """records only have properties that can be read and not written"""
        for spec in Qemu.Version.list_properties():
            with self.subTest(spec.name):
                self.assertFalse(spec.flags & (GObject.ParamFlags.WRITABLE | GObject.ParamFlags.CONSTRUCT_ONLY))

    def test_signals(self):
        """domains and monitors have the same signals, events with a detail"""
        Qemu.Domain.new_for_uri('/nonexistent')      # a class has signals when it has been used
        for structure, more in (Qemu.Domain, []), (Qemu.Monitor, ['replaced']):
            with self.subTest(structure.__name__):
                self.assertEqual(sorted(GObject.signal_list_names(structure)), ['closed', 'event', *more])
                event = GObject.signal_query('event', structure)
                self.assertTrue(event.signal_flags & GObject.SignalFlags.DETAILED)
                self.assertEqual(list(event.param_types), [Qemu.Event.__gtype__])
                closed = GObject.signal_query('closed', structure)
                self.assertEqual(list(closed.param_types), [GLib.Error.__gtype__])
        self.assertEqual(GObject.signal_list_names(Qemu.Process), ('exited',))

    def test_vfuncs(self):
        """the functions that a monitor implements take a request and no callback"""
        vfuncs = {vfunc.__name__: vfunc for vfunc in Qemu.Monitor.__info__.get_vfuncs()}
        self.assertEqual(sorted(vfuncs), ['start_close', 'start_open', 'start_run', 'start_screen_dump'])
        for vfunc in vfuncs.values():
            self.assertEqual(arguments_of(vfunc), ['request'])

    def test_abstract(self):
        """classes that are only bases, or only come from the library, cannot be made by hand"""
        for name in 'Monitor', 'Record':
            with self.subTest(name):
                self.assertTrue(getattr(Qemu, name).__gtype__.is_abstract())

    def test_errors(self):
        """the error domain is the one of the errors"""
        self.assertEqual(Qemu.Error.quark(), GLib.quark_from_string('qemu-error-quark'))
        self.assertEqual(Qemu.Error.COMMAND_NOT_FOUND, 1)
        self.assertIsInstance(Qemu.error_quark, (types.BuiltinFunctionType, type(Qemu.error_quark)))

    def test_version(self):
        """the version of the library is there, in numbers"""
        numbers = Qemu.GLIB_MAJOR_VERSION, Qemu.GLIB_MINOR_VERSION, Qemu.GLIB_MICRO_VERSION
        self.assertEqual('.'.join(map(str, numbers)), Qemu.GLIB_VERSION_STRING)


class Fresh(unittest.TestCase):
    """Objects that nothing has happened to."""

    def domain(self):
        return Qemu.Domain.new_for_uri('unix:/nonexistent')

    def test_domain(self):
        """a fresh domain knows nothing, and says so with None"""
        vm = self.domain()
        self.assertIsNone(vm.get_name())
        self.assertIsNone(vm.get_version())
        self.assertIsNone(vm.get_status_name())
        self.assertEqual(vm.get_status(), Qemu.Status.UNKNOWN)
        self.assertEqual(vm.get_state(), Qemu.MonitorState.CLOSED)
        self.assertIs(vm.get_running(), False)
        self.assertIsInstance(vm.get_monitor(), Qemu.SocketMonitor)

    def test_monitor(self):
        """so does a fresh monitor, whose limits are those of the documentation"""
        monitor = self.domain().props.monitor
        self.assertIsNone(monitor.get_version())
        self.assertFalse(monitor.get_capabilities())
        self.assertEqual(monitor.get_state(), Qemu.MonitorState.CLOSED)
        self.assertEqual(monitor.get_open_timeout(), 10000)
        self.assertEqual(monitor.get_command_timeout(), 60000)
        self.assertEqual(monitor.get_max_message_size(), 64 << 20)
        self.assertIs(monitor.get_wait_for_peer(), False)

    def test_process(self):
        """a process that was not started has a domain and no pid"""
        process = Qemu.Process.new(['qemu-system-x86_64'])
        self.assertIsInstance(process.get_domain(), Qemu.Domain)
        self.assertIs(process.get_running(), False)
        self.assertLessEqual(process.get_pid(), 0)

    def test_every_property(self):
        """each property can be read, is what its getter gives, and is None only where that is documented"""
        for thing in self.domain(), self.domain().props.monitor, Qemu.Process.new(['qemu-system-x86_64']):
            for spec in type(thing).list_properties():
                if spec.flags & GObject.ParamFlags.CONSTRUCT_ONLY and spec.name != 'monitor':
                    continue
                with self.subTest(f'{type(thing).__name__}.{spec.name}'):
                    name = f'get_{spec.name}'.replace('-', '_')
                    value = getattr(thing, name)()
                    self.assertEqual(thing.get_property(spec.name), value)
                    getter = next(introspected(cls)[name] for cls in type(thing).__mro__ if name in introspected(cls))
                    self.assertTrue(value is not None or getter.may_return_null())

    def test_settings(self):
        """the limits of a monitor can be set, and notify"""
        monitor = self.domain().props.monitor
        heard = []
        monitor.connect('notify', lambda _monitor, spec: heard.append(spec.name))
        monitor.props.open_timeout = 1234
        monitor.set_command_timeout(0)
        monitor.props.max_message_size = 4096
        monitor.props.wait_for_peer = True
        monitor.props.wait_for_peer = True
        self.assertEqual(monitor.get_open_timeout(), 1234)
        self.assertEqual(monitor.props.command_timeout, 0)
        self.assertEqual(monitor.get_max_message_size(), 4096)
        self.assertIs(monitor.get_wait_for_peer(), True)
        self.assertEqual(heard, ['open-timeout', 'command-timeout', 'max-message-size', 'wait-for-peer'])

    def test_not_open(self):
        """a domain that is not open refuses commands, and can be closed"""
        vm = self.domain()
        with self.assertRaises(GLib.Error) as context:
            vm.query_status()
        self.assertTrue(context.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_CONNECTED))
        self.assertTrue(vm.close())

    def test_uris(self):
        """an address that is none is refused before anything is connected"""
        for uri in 'nonsense:1', 'tcp:nohost', 'fd:x', '':
            with self.subTest(uri), self.assertRaises(GLib.Error):
                Qemu.Domain.new_for_uri(uri)


class Command(unittest.TestCase):
    def test_numbers(self):
        """64 bits go in and out exactly, signed and unsigned, and no more than 64"""
        command = Qemu.Command.new('x')
        command.set_uint64('most', 2 ** 64 - 1)
        command.set_int64('least', -2 ** 63)
        command.set_int64('odd', 2 ** 53 + 1)
        text = command.to_json()
        for number in 2 ** 64 - 1, -2 ** 63, 2 ** 53 + 1:
            self.assertIn(str(number), text)
        for setter, number in (command.set_uint64, 2 ** 64), (command.set_uint64, -1), (command.set_int64, 2 ** 63):
            with self.assertRaises(OverflowError):
                setter('too-much', number)

    def test_members(self):
        """arguments of each type are written as JSON"""
        command = Qemu.Command.new('everything')
        command.set_string('string', 'ein "Wörtchen"\n')
        command.set_boolean('boolean', True)
        command.set_double('double', 0.5)
        command.set_int64('int', -1)
        command.set_node('list', Json.from_string('[1, {"a": null}]'))
        self.assertEqual(command.get_name(), 'everything')
        self.assertEqual(json.loads(command.to_json()), {
            'execute': 'everything',
            'arguments': {'string': 'ein "Wörtchen"\n', 'boolean': True, 'double': 0.5, 'int': -1,
                          'list': [1, {'a': None}]},
        })

    def test_arguments(self):
        """all arguments at once, from json-glib or from a text"""
        command = Qemu.Command.new('block_resize')
        command.set_arguments(Json.from_string('{"node-name": "disk", "size": 1}').get_object())
        command.set_int64('size', 2)
        expected = {'execute': 'block_resize', 'arguments': {'node-name': 'disk', 'size': 2}}
        self.assertEqual(json.loads(command.to_json()), expected)
        self.assertEqual(json.loads(Qemu.Command.new_from_json(json.dumps(expected)).to_json()), expected)

    def test_not_a_command(self):
        """a text that is no command is refused"""
        for text in '', '[]', '{}', '{"execute": 1}', '{"execute": "x"', '{"arguments": {}}':
            with self.subTest(text), self.assertRaises(GLib.Error):
                Qemu.Command.new_from_json(text)


if __name__ == '__main__':
    tap.main()
