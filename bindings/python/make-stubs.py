#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the type stubs of a namespace, as it is with the override: make-stubs.py GIR-FILE > NAMESPACE.pyi

What the GIR tells is written down as it is; what the override adds by hand stands in the tables here. The result is
part of the repository, and a test finds when it is older than the interface.
"""

import re
import sys
import xml.etree.ElementTree as ET

CORE = '{http://www.gtk.org/introspection/core/1.0}'
GLIB = '{http://www.gtk.org/introspection/glib/1.0}'

TYPES = {
    'gboolean': 'bool', 'gdouble': 'float', 'gint': 'int', 'gint64': 'int', 'guint': 'int', 'guint64': 'int',
    'none': 'None', 'utf8': 'str', 'GLib.Quark': 'int',
}
# What goes in may be plain; what comes out is so only where a table below says it.
TAKEN = {'Json.Node': 'Any', 'Json.Object': 'Union[Json.Object, Mapping[str, Any]]'}

HEAD = '''\
# SPDX-License-Identifier: LGPL-2.1-or-later
# Made by make-stubs.py from the GIR. Do not edit.
import asyncio
import builtins
from typing import (
    Any, AsyncIterator, Callable, ClassVar, Dict, Generic, Iterator, List, Mapping, Optional, Sequence, Tuple, TypeVar,
    Union, overload,
)

from gi.repository import Gio, GLib, GObject, Json{more}

_T = TypeVar('_T')
_Self = TypeVar('_Self')
'''

LIST = '''
class _ListModel(Gio.ListModel, Generic[_T]):
    def __iter__(self) -> Iterator[_T]: ...
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: int) -> _T: ...
    @overload
    def __getitem__(self, key: slice) -> List[_T]: ...
'''

ENTERED = '''\
    def __enter__(self: _Self) -> _Self: ...
    def __exit__(self, *args: object) -> None: ...
    async def __aenter__(self: _Self) -> _Self: ...
    async def __aexit__(self, *args: object) -> None: ...
'''
EVENTS = '    def events(self, *names: str, limit: Optional[int] = ...) -> EventStream: ...\n'

# By class: what the override adds.
ADDED = {
    'Qemu.Command': '''\
    def __init__(self, name: str, arguments: Optional[Mapping[str, Any]] = ...) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def arguments(self) -> Dict[str, Any]: ...
''',
    'Qemu.Domain': ENTERED + EVENTS,
    'Qemu.FdSet': ENTERED,
    'Qemu.Monitor': ENTERED + EVENTS,
    'Qemu.MonitorRequest': '    def return_value(self, value: Any) -> None: ...\n',
    'Qemu.Process': ENTERED,
    'Qemu.Record': '    def to_dict(self) -> Dict[str, Any]: ...\n',
}
# By class and name: what the override makes of a function's result, of a property, or of a whole function.
RESULTS = {('Qemu.Domain', 'run'): 'Any', ('Qemu.Event', 'data'): 'Dict[str, Any]'}
REPLACED = {
    ('Qemu.TestMonitor', 'new'): '''\
    @staticmethod
    def new(func: Callable[..., Any], *data: Any) -> TestMonitor: ...
''',
    ('Qemu.Monitor', 'emit_event'): '''\
    def emit_event(self, name: str, timestamp: int = ..., data: Any = ...) -> None: ...
''',
    ('Qemu.TestMonitor', 'push_event'): '    def push_event(self, name: str, data: Any = ...) -> None: ...\n',
}

# The classes of errors that are not those of a code of QEMU_ERROR.
TRANSPORT = {
    'BusyError': '', 'CancelledError': '', 'ConnectionClosedError': 'ConnectionError',
    'ConnectionRefusedError': 'ConnectionRefusedError', 'InvalidArgumentError': 'ValueError',
    'NotConnectedError': 'ConnectionError', 'NotFoundError': 'FileNotFoundError', 'NotSupportedError': '',
    'PermissionDeniedError': 'PermissionError', 'TimedOutError': 'TimeoutError',
}
STREAM = '''
class EventStream(AsyncIterator[Event]):
    dropped: int
    def close(self) -> None: ...
    async def aclose(self) -> None: ...
    def __aiter__(self) -> EventStream: ...
    async def __anext__(self) -> Event: ...
    async def __aenter__(self) -> EventStream: ...
    async def __aexit__(self, *args: object) -> None: ...
    def __iter__(self) -> EventStream: ...
    def __next__(self) -> Event: ...
    def __enter__(self) -> EventStream: ...
    def __exit__(self, *args: object) -> None: ...
'''


def find(element, path):
    return element.find('/'.join(CORE + part for part in path.split('/')))


def children(element, tag):
    return [child for child in element.findall(CORE + tag) if child.get('introspectable') != '0']


def type_of(element, taken=False):
    array = find(element, 'array')
    if array is not None:
        return f'{"Sequence" if taken else "List"}[{type_of(array, taken)}]'
    name = find(element, 'type').get('name')
    if name == 'Gio.ListModel':
        # The only place where it says of what is the documentation, which readers need just as much.
        item = re.search(r'\[class@([A-Za-z.]+)', find(element, 'doc').text)[1]
        return f'_ListModel[{item}]'
    if taken and name in TAKEN:
        return TAKEN[name]
    if name.endswith('Func'):
        return 'Callable[..., Any]'
    return TYPES.get(name, name)


def optional(kind, nullable):
    return f'Optional[{kind}]' if nullable and kind not in ('Any', 'None') else kind


def result_of(function, key=None):
    """What a function returns in Python: the result, the values of its out parameters, or a tuple of all."""
    if key in RESULTS:
        return RESULTS[key]
    value = find(function, 'return-value')
    kind = type_of(value)
    nullable = value.get('nullable') == '1' and function.get('throws') != '1'
    kinds = [optional(kind, nullable)] if kind != 'None' else []
    kinds += [type_of(p) for p in parameters(function) if p.get('direction') == 'out']
    return 'None' if not kinds else kinds[0] if len(kinds) == 1 else f'Tuple[{", ".join(kinds)}]'


def parameters(function):
    return function.findall(f'{CORE}parameters/{CORE}parameter')


def signature(function):
    """Name, type and whether it may be left out, for each argument but those of asynchronous calls."""
    given = []
    for parameter in parameters(function):
        kind = type_of(parameter, taken=True)
        if parameter.get('direction') == 'out' or kind in ('Gio.AsyncReadyCallback', 'gpointer', 'GLib.DestroyNotify'):
            continue
        nullable = parameter.get('nullable') == '1'
        given.append((parameter.get('name'), optional(kind, nullable), nullable))
    return given


def formatted(arguments, needed=0):
    """The first `needed` may not be left out; of the others those that only nullable ones follow may."""
    texts = []
    for i, (name, kind, _) in enumerate(arguments):
        may_be_left_out = i >= needed and all(nullable for _, _, nullable in arguments[i:])
        texts.append(f'{name}: {kind}' + (' = ...' if may_be_left_out else ''))
    return texts


class Namespace:
    def __init__(self, path):
        self.element = find(ET.parse(path).getroot(), 'namespace')
        self.name = self.element.get('name')

    def write(self):
        classes = {element.get('name'): element for element in children(self.element, 'class')}
        yield HEAD.format(more='' if self.name == 'Qemu' else ', Qemu')
        yield from map(self.constant, children(self.element, 'constant'))
        for element in children(self.element, 'enumeration') + children(self.element, 'bitfield'):
            yield self.error(element) if element.get(GLIB + 'error-domain') else self.enumeration(element)
        if self.name == 'Qemu':
            yield LIST
        for name in sorted(classes, key=lambda name: (self.depth(classes, name), name)):
            yield self.a_class(classes[name], 'GObject.Object')
        for element in children(self.element, 'record'):
            if element.get(GLIB + 'get-type'):
                yield self.a_class(element, 'GObject.GBoxed')
        if self.name == 'Qemu':
            yield STREAM
        yield ''.join(['\n', *(line for function in children(self.element, 'function')
                               for line in self.function(function, self.element))])

    def depth(self, classes, name):
        parent = classes[name].get('parent')
        return 1 + self.depth(classes, parent) if parent in classes else 0

    def constant(self, element):
        return f'{element.get("name")}: {type_of(element)}\n'

    def enumeration(self, element):
        name = element.get('name')
        base = 'GObject.GFlags' if element.tag == CORE + 'bitfield' else 'GObject.GEnum'
        members = [f'    {member.get("name").upper()}: ClassVar[{name}]\n' for member in children(element, 'member')]
        return ''.join([f'\nclass {name}({base}):\n', *members])

    def error(self, element):
        codes = [member.get('name').upper() for member in children(element, 'member')]
        init = '    def __init__(self, message: str = ..., domain: str = ..., code: {} = ...) -> None: ...\n'
        return ''.join([
            '\nclass Error(GLib.Error):\n',
            *(f'    {code}: ClassVar[int]\n' for code in codes),
            init.format('Optional[int]'),
            '    @staticmethod\n    def quark() -> int: ...\n\n',
            *(f'class {code.title().replace("_", "")}Error(Error): ...\n' for code in codes),
            *(f'class {name}({", ".join(filter(None, ["GLib.Error", base and f"builtins.{base}"]))}):\n' + init.format('int')
              for name, base in TRANSPORT.items())])

    def a_class(self, element, base):
        name = element.get('name')
        lines = [*self.properties(element)]
        for tag in 'constructor', 'function', 'method':
            for function in children(element, tag):
                lines += self.function(function, element, tag)
        for vfunc in children(element, 'virtual-method'):
            lines.append(f'    def do_{vfunc.get("name")}({", ".join(["self", *formatted(signature(vfunc))])}) '
                         f'-> {result_of(vfunc)}: ...\n')
        lines.append(ADDED.get(self.full_name(element), ''))
        return f'\nclass {name}({element.get("parent") or base}):\n' + (''.join(lines) or '    ...\n')

    def full_name(self, element):
        return f'{self.name}.{element.get("name")}'

    def properties(self, element):
        getters = {method.get('name'): method for method in children(element, 'method')}
        settable = []
        for prop in children(element, 'property'):
            name = prop.get('name').replace('-', '_')
            getter = getters.get(prop.get('getter') or f'get_{name}')
            kind = type_of(prop)
            nullable = kind == 'str' if getter is None else find(getter, 'return-value').get('nullable') == '1'
            kind = RESULTS.get((self.full_name(element), name)) or optional(kind, nullable)
            yield f'    @property\n    def {name}(self) -> {kind}: ...\n'
            if prop.get('writable') == '1':
                settable.append(f'{name}: {kind} = ...')
                if prop.get('construct-only') != '1':
                    yield f'    @{name}.setter\n    def {name}(self, value: {kind}) -> None: ...\n'
        if settable:
            yield f'    def __init__(self, *, {", ".join(settable)}) -> None: ...\n'

    def function(self, function, owner, tag='function'):
        """A function, as it is called: an operation also gives a future, and a command may be a name and arguments."""
        name = function.get('name')
        operation = re.sub('_(async|finish)$', '', name)
        key = (self.full_name(owner), operation)
        if key in REPLACED:
            return [REPLACED[key]]

        forms = []
        for form in self.forms(signature(function)):
            if name.endswith('_async'):
                finish = next(f for f in children(owner, tag) if f.get('name') == f'{operation}_finish')
                result = f'asyncio.Future[{result_of(finish, key)}]'
                forms.append((formatted(form) + ['callback: None = ...'], result))
                callback = 'callback: Callable[..., object]'
                forms.append((formatted(form) + ['*', callback], 'None'))
                forms.append((formatted(form, len(form)) + [callback, '*user_data: Any'], 'None'))
            else:
                forms.append((formatted(form), owner.get('name') if tag == 'constructor' else result_of(function, key)))

        indent = '' if owner is self.element else '    '
        above = [f'{indent}@overload\n'] * (len(forms) > 1)
        above += [f'{indent}@staticmethod\n'] * (indent != '' and tag != 'method')
        first = ['self'] if tag == 'method' else []
        return [''.join([*above, f'{indent}def {name}({", ".join(first + texts)}) -> {kind}: ...\n'])
                for texts, kind in forms]

    def forms(self, arguments):
        """A command may also be given as a name and its arguments."""
        yield arguments
        if arguments and arguments[0][1].endswith('Command'):
            yield [('name', 'str', False), ('arguments', 'Optional[Mapping[str, Any]]', True), *arguments[1:]]


if __name__ == '__main__':
    sys.stdout.writelines(Namespace(sys.argv[1]).write())
