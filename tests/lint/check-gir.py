#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the public interface: check-gir.py GIR-FILE LIBRARY. Prints TAP.

What is checked are the promises that every call of the library keeps, so that the bindings and their users can rely
on them: documentation and Since everywhere, three functions for each operation, no names that collide.
"""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

from report import report

CORE = '{http://www.gtk.org/introspection/core/1.0}'
C = '{http://www.gtk.org/introspection/c/1.0}'
GLIB = '{http://www.gtk.org/introspection/glib/1.0}'

CALLABLES = ('constructor', 'function', 'method', 'virtual-method', 'glib:signal', 'callback', 'function-macro')
TYPES = ('alias', 'bitfield', 'class', 'enumeration', 'interface', 'record', 'union')
COLLIDE = {'connect', 'disconnect', 'emit', 'get', 'ref', 'set', 'unref'}     # with methods of GObject.Object
BAD_LISTS = {'GLib.Array', 'GLib.HashTable', 'GLib.List', 'GLib.PtrArray', 'GLib.SList'}


def tag_of(element):
    return element.tag.replace(CORE, '').replace(GLIB, 'glib:')


def child(element, tag):
    return element.find(CORE + tag)


class Thing:
    """A public symbol: its element, and the class or record it belongs to (or None)."""

    def __init__(self, element, owner=None):
        self.element = element
        self.owner = owner
        self.tag = tag_of(element)
        self.name = element.get('name')

    def __str__(self):
        symbol = self.element.get(C + 'identifier') or self.element.get(C + 'type')
        if symbol:
            return f'{symbol}()' if self.tag in CALLABLES and self.tag != 'callback' else symbol
        separator = {'property': ':', 'glib:signal': '::'}.get(self.tag, '.')
        return (self.owner.get('name') + separator if self.owner is not None else '') + self.name

    def parameters(self):
        return self.element.findall(f'{CORE}parameters/{CORE}parameter')

    def arguments(self):
        """The parameters without those that only an asynchronous or cancellable call has."""
        beside = {'Gio.Cancellable', 'Gio.AsyncReadyCallback'}
        names = [p.get('name') for p in self.parameters() if type_of(p) not in beside]
        return names[:-1] if self.name.endswith('_async') else names

    def throws(self):
        return self.element.get('throws') == '1'

    def result(self):
        value = child(self.element, 'return-value')
        return (type_of(value), value.get('transfer-ownership'), value.get('nullable', '0'))

    def is_cancellable(self):
        return any(type_of(p) == 'Gio.Cancellable' for p in self.parameters())


def type_of(element):
    for kind in 'type', 'array':
        found = child(element, kind)
        if found is not None:
            return found.get('name') or found.get(C + 'type')
    return None


def things_of(namespace):
    """Every symbol that needs a documentation of its own."""
    for element in namespace:
        thing = Thing(element)
        if thing.tag in TYPES + CALLABLES + ('constant',) and not is_plain_class_struct(element):
            yield thing
        if thing.tag in TYPES:
            for inner in element:
                if tag_of(inner) in CALLABLES + ('property',):
                    yield Thing(inner, element)


def is_plain_class_struct(element):
    fields = element.findall(CORE + 'field')
    return element.get(GLIB + 'is-gtype-struct-for') is not None and len(fields) <= 1


def documented(element):
    doc = child(element, 'doc')
    return doc is not None and bool((doc.text or '').strip())


def check_documented(things):
    for thing in things:
        if not documented(thing.element):
            yield f'{thing} is not documented'
        for member in thing.element.findall(CORE + 'member'):
            if not documented(member):
                yield f"{thing}: {member.get(C + 'identifier')} is not documented"
        for parameter in thing.parameters():
            if not documented(parameter):
                yield f"{thing}: the argument {parameter.get('name')} is not documented"
        value = child(thing.element, 'return-value')
        if value is not None and type_of(value) != 'none' and not documented(value):
            yield f'{thing}: what it returns is not documented'


def check_since(things):
    for thing in things:
        if not re.fullmatch(r'\d+\.\d+', thing.element.get('version', '')):
            yield f'{thing} has no Since'


def check_deprecated(things):
    for thing in things:
        if thing.element.get('deprecated'):
            yield f'{thing} is deprecated'


def check_operations(things):
    siblings = {(thing.owner, thing.name): thing for thing in things if thing.tag in CALLABLES[:3]}
    for (owner, name), thing in siblings.items():
        if name.endswith('_async'):
            yield from check_operation(thing, siblings)
        elif name.endswith('_finish'):
            if (owner, name[:-len('_finish')] + '_async') not in siblings:
                yield f'{thing} has no _async'
        elif thing.is_cancellable() and (owner, name + '_async') not in siblings:
            yield f'{thing} takes a cancellable and has no _async'


def check_operation(thing, siblings):
    stem = thing.name[:-len('_async')]
    finish = siblings.get((thing.owner, stem + '_finish'))
    twin = siblings.get((thing.owner, stem))

    if [type_of(p) for p in thing.parameters()[-3:]] != ['Gio.Cancellable', 'Gio.AsyncReadyCallback', 'gpointer']:
        yield f'{thing} does not end in cancellable, callback, user_data'
    elif thing.parameters()[-3].get('nullable') != '1':
        yield f'{thing}: its cancellable is not nullable'

    if finish is None:
        yield f'{thing} has no _finish'
    elif not finish.throws():
        yield f'{finish} has no GError'

    if twin is None:
        yield f'{thing} has no synchronous twin'
        return
    if not twin.throws() or not twin.is_cancellable():
        yield f'{twin} does not end in cancellable, error'
    if twin.arguments() != thing.arguments():
        yield f'{twin} and {thing} do not take the same arguments'
    if finish is not None and twin.result() != finish.result():
        yield f'{twin} and {finish} do not return the same'


def check_callbacks(things):
    for thing in things:
        callbacks = [p for p in thing.parameters() if p.get('scope') and type_of(p) != 'GLib.DestroyNotify']
        if len(callbacks) > 1:
            yield f'{thing} takes {len(callbacks)} callbacks'


def check_names(things):
    classes = {}
    for thing in things:
        if thing.owner is not None and tag_of(thing.owner) in ('class', 'interface'):
            kind = 'method' if thing.tag in CALLABLES[:3] else thing.tag
            classes.setdefault(thing.owner.get('name'), []).append((kind, thing.name.replace('-', '_'), thing))
    parents = {thing.name: thing.element.get('parent') for thing in things if thing.tag == 'class'}

    for name in classes:
        known = []
        ancestor = name
        while ancestor:
            known += classes.get(ancestor, [])
            ancestor = parents.get(ancestor)
        methods = {word for kind, word, thing in known if kind == 'method'}
        signals = {word for kind, word, thing in known if kind == 'glib:signal'}
        for kind, word, thing in known:
            if kind == 'property' and word in methods:
                yield f'{thing} has the name of a method'
            if kind == 'property' and word == 'type':
                yield f'{thing}: its getter would be the GType function'
            if kind == 'glib:signal' and word in methods:
                yield f'{thing} has the name of a method'
            if kind == 'property' and word in signals:
                yield f'{thing} has the name of a signal'
            if kind == 'method' and word in COLLIDE:
                yield f'{thing} collides with a method of GObject.Object'


def check_lists(things):
    for thing in things:
        value = thing.element if thing.tag == 'property' else child(thing.element, 'return-value')
        if value is not None and type_of(value) in BAD_LISTS:
            yield f'{thing} is a {type_of(value)}: take a GListModel or a GStrv'


def check_symbols(things, library):
    listing = subprocess.run(['nm', '-D', '--defined-only', library], capture_output=True, text=True, check=True)
    exported = {line.split()[-1].split('@')[0] for line in listing.stdout.splitlines()}
    exported -= {'_init', '_fini', '_edata', '_end', '__bss_start'}
    declared = {thing.element.get(C + 'identifier') for thing in things if thing.tag in CALLABLES[:3]}
    declared |= {thing.element.get(GLIB + 'get-type') for thing in things if thing.tag in TYPES}
    declared -= {None, 'intern'}
    for symbol in sorted(exported - declared):
        yield f'{symbol} is exported and in no public header'
    for symbol in sorted(declared - exported):
        yield f'{symbol} is in a public header and not exported'


CHECKS = {
    'every symbol, argument and result is documented': check_documented,
    'every symbol has a Since': check_since,
    'nothing is deprecated': check_deprecated,
    'every operation has three functions that fit each other': check_operations,
    'no function takes two callbacks': check_callbacks,
    'no names collide': check_names,
    'lists are GListModel or GStrv': check_lists,
}


def main(gir, library):
    things = list(things_of(child(ET.parse(gir).getroot(), 'namespace')))
    results = {title: sorted(set(check(things))) for title, check in CHECKS.items()}
    title = 'what is exported is what the headers declare'
    results[title] = sorted(check_symbols(things, library)) if shutil.which('nm') else None
    return report(results)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
