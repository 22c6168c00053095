#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Do the TypeScript declarations still say what the GIR says? check-types.py GIR DECLARATIONS. Prints TAP.

Where they do not, bindings/gjs/types/generate.py makes them anew.
"""

import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

from report import report

CORE = '{http://www.gtk.org/introspection/core/1.0}'
GLIB = '{http://www.gtk.org/introspection/glib/1.0}'
UNSEEN = {'ref', 'unref'}               # GJS does it by itself
NO_ARGUMENT = {'user_data', 'destroy'}    # parts of a callback


class Declarations:
    def __init__(self, text):
        self.text = text

    def block(self, start):
        """What is between a line that starts so and the end of its block."""
        match = re.search(rf'^( *)(?:export |abstract )*{start}\b.*{{$\n((?:.*\n)*?)^\1}}$', self.text, re.MULTILINE)
        return match[2] if match else ''


def parameters(element):
    found = element.iterfind(f'{CORE}parameters/{CORE}parameter')
    names = [each.get('name') for each in found if each.get('direction') != 'out']
    return [name for name in names if name not in NO_ARGUMENT]


def declares(block, element, prefix=''):
    """Is there a function of that name with these arguments? The override may take more."""
    name = element.get('name')
    pattern = rf'^ *{prefix}(?:{name}|\["{name}"\])\((.*)\): '
    declared = [[each.lstrip('_') for each in re.findall(r'(\w+)\??: ', match[1])]
                for match in re.finditer(pattern, block, re.MULTILINE)]
    wanted = parameters(element)
    return any(each[:len(wanted)] == wanted for each in declared)


def declares_property(block, name):
    return re.search(rf'^ *get "?{name}"?\(\): ', block, re.MULTILINE)


def problems_of_type(declarations, element):
    name = element.get('name')
    block = declarations.block(f'class {name}')
    signals = declarations.block(f'namespace {name}')
    if not block:
        yield f'there is no class {name}'
        return
    for each in element:
        title = f'{name}.{each.get("name")}'
        if each.get('introspectable') == '0' or each.get('name') in UNSEEN:
            continue
        if each.tag == f'{CORE}method' and not declares(block, each):
            yield f'no method {title} with the arguments {parameters(each)}'
        elif each.tag in (f'{CORE}constructor', f'{CORE}function') and not declares(block, each, 'static '):
            yield f'no function {title} with the arguments {parameters(each)}'
        elif each.tag == f'{CORE}virtual-method' and not declares(block, each, 'vfunc_'):
            yield f'no virtual method {title} with the arguments {parameters(each)}'
        elif each.tag == f'{CORE}property' and not declares_property(block, each.get('name').replace('-', '_')):
            yield f'no property {title}'
        elif each.tag == f'{GLIB}signal' and not re.search(rf'^ *"?{each.get("name")}"?: \(', signals, re.MULTILINE):
            yield f'no signal {title}'


def problems_of_enum(declarations, element):
    name = element.get('name')
    values = declarations.block(f'enum {name}') or declarations.block(f'class {name}')
    for member in element.iterfind(f'{CORE}member'):
        if not re.search(rf'\b{member.get("name").upper()}(: number;| = {member.get("value")},)', values):
            yield f'no value {name}.{member.get("name").upper()}'


def problems_of_namespace(declarations, namespace):
    for function in namespace.iterfind(f'{CORE}function'):
        if not declares(declarations.text, function, 'function '):
            yield f'no function {function.get("name")} with the arguments {parameters(function)}'
    known = {each.get('name') for each in namespace}
    for name in re.findall(r'^ *(?:abstract )?class (\w+)', declarations.text, re.MULTILINE):
        if name not in known:
            yield f'there is a class {name}, which the library has not'


def main(gir, path):
    namespace = ElementTree.parse(gir).getroot().find(f'{CORE}namespace')
    declarations = Declarations(pathlib.Path(path).read_text(encoding='utf-8'))
    types = [each for each in [*namespace.iterfind(f'{CORE}class'), *namespace.iterfind(f'{CORE}record')]
             if each.get(f'{GLIB}is-gtype-struct-for') is None]
    enums = [*namespace.iterfind(f'{CORE}enumeration'), *namespace.iterfind(f'{CORE}bitfield')]
    cases = [(each.get('name'), problems_of_type(declarations, each)) for each in types]
    cases += [(each.get('name'), problems_of_enum(declarations, each)) for each in enums]
    cases += [(f'the namespace {namespace.get("name")}', problems_of_namespace(declarations, namespace))]
    return report({f'{title} is declared as it is': list(problems) for title, problems in cases})


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
