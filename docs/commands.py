#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is done with the tables of commands.md.

    commands.py build commands.md FOLDER COMMAND...   runs the command, which makes a reference manual in the folder.
                                                      Where that names a QMP command it then leads to QEMU's manual,
                                                      and where it names a function or a type to its page
    commands.py check commands.md SOURCES GIR...      checks that the tables are true; prints TAP
"""

import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'tests' / 'lint'))

from report import report

MANUAL = 'https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-'
CORE = '{http://www.gtk.org/introspection/core/1.0}'

# Operations that send whatever the program wants, or nothing at all, or that end with what is known already.
WITHOUT = {
    'Domain.close', 'Domain.run', 'Domain.run_raw', 'Domain.start_job', 'Job.wait', 'Job.wait_ready', 'Monitor.close',
    'Monitor.run', 'Process.spawn', 'Process.wait',
}


def rows(text, title):
    """The rows of the table with that title: in each the name, and the cells."""
    table = re.search(rf'^\| {title} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)', text, re.MULTILINE)[1]
    for line in table.splitlines():
        cells = line.strip('| ').split(' | ')
        yield re.search('`(.+?)`', cells[0])[1], cells


def links(text):
    """Where each command leads; nowhere if QEMU says nothing of it any more."""
    found = {command: re.search(r'\]\((.+)\)', cells[0]) for command, cells in rows(text, 'QMP command')}
    return {command: match and match[1] for command, match in found.items()}


def symbols(folder):
    """The pages of functions and types, by their names in C."""
    kinds = {'bitfield': 'flags', 'domain': 'error', 'function': 'func', 'function_macro': 'func', 'record': 'struct'}
    for symbol in json.loads((folder / 'index.json').read_text(encoding='utf-8'))['symbols']:
        name = symbol.get('ident') or symbol.get('ctype')
        parts = [kinds.get(symbol['type'], symbol['type']), symbol.get('type_name'), symbol['name'], 'html']
        page = '.'.join(filter(None, parts))
        if name and (folder / page).exists():
            yield name, page


def build(text, folder, *command):
    """Not done in the GIR, whose first sentences are shown as bare text elsewhere."""
    status = subprocess.run(command, check=False).returncode
    if status != 0:
        sys.exit(status)

    folder = pathlib.Path(folder)
    places = links(text) | dict(symbols(folder))
    for page in folder.glob('*.html'):
        def replace(match):
            place = places.get(match[1])
            return f'<a href="{place}">{match[0]}</a>' if place and place != page.name else match[0]

        content = page.read_text(encoding='utf-8')
        linked = re.sub(r'(?<!">)<code>([\w-]+)</code>(?!</a>)', replace, content)
        if linked != content:
            page.write_text(linked, encoding='utf-8')


def sources_of(folder):
    for path in sorted(pathlib.Path(folder).rglob('*.c')):
        yield path, re.sub(r'/\*.*?\*/', '', path.read_text(encoding='utf-8'), flags=re.DOTALL)


def check_links(text, _sources, _operations):
    manual = links(text)
    if list(manual) != sorted(manual):
        yield 'the commands are not in the order of their names'
    for command, url in manual.items():
        if url and not re.fullmatch(rf'{re.escape(MANUAL)}[a-z-]+\.{command}', url):
            yield f'{command}: {url} is no {MANUAL}MODULE.{command}'


def check_sent(text, sources, _operations):
    """All commands are literals in one of a few places, so that one can see what is sent."""
    places = (r'qemu_command_new \("([^"]+)"\)', r'\.command = "([^"]+)"', r'\{\\"execute\\":\\"([\w-]+)',
              r'\bQemu(?:Operation|JobVerb) \w+ = \{\s*"([^"]+)"')
    sent = set()
    for path, code in sources:
        sent |= {command for place in places for command in re.findall(place, code)}
        for argument in re.findall(r'\bqemu_command_new \(([^()]*)\)', code):
            if not re.fullmatch(r'"[^"]+"|const char \*name|(self->)?name|[\w\[\]>-]+[.>]command', argument):
                yield f'{path}: what is sent by qemu_command_new ({argument}) cannot be seen'
    listed = set(links(text))
    yield from (f'{command} is sent, and not in the table' for command in sorted(sent - listed))
    yield from (f'{command} is in the table, and not sent' for command in sorted(listed - sent))


def check_documented(text, _sources, operations):
    listed = set(links(text))
    for name, docs in operations.items():
        for doc in docs:
            # What belongs to no object asks no QEMU.
            if '.' in name and name not in WITHOUT and not listed & set(re.findall('`([^`]+)`', doc)):
                yield f'{name} names no command of the table: {doc.splitlines()[0]}'
    yield from (f'{name} is no operation' for name in sorted(WITHOUT - set(operations)))


def check_senders(text, _sources, operations):
    for command, cells in rows(text, 'QMP command'):
        listed = set(re.findall(r'\[method@Qemu\.([\w.]+)\]', cells[1]))
        named = {name for name, docs in operations.items() if f'`{command}`' in ''.join(docs) and name not in WITHOUT}
        yield from (f'{name} does not speak of {command}' for name in sorted(listed - named))
        yield from (f'{command}: {name} speaks of it, and is not in the table' for name in sorted(named - listed))


def check_events(text, sources, _operations):
    properties = {'status': 'STATUS', 'block-devices': 'BLOCK_DEVICES', 'block-jobs': 'BLOCK_JOBS'}
    listed = {event: ' | '.join('QEMU_DOMAIN_REFRESH_' + properties[name]
                                for name in re.findall(r'property@Qemu\.Domain:([a-z-]+)', cells[1]))
              for event, cells in rows(text, 'Event')}
    code = next(code for path, code in sources if path.name == 'qemu-domain-follow.c')
    table = re.search(r'Consequence consequences\[\] = \{(.*?)\n\};', code, re.DOTALL)[1]
    followed = dict(re.findall(r'\{ "([A-Z_]+)", (.*) \}', table))
    for event in sorted(set(listed) | set(followed)):
        if listed.get(event) != followed.get(event):
            yield f'{event}: {listed.get(event)} in the table, {followed.get(event)} in the code'


CHECKS = {
    'each command leads to its place in the manual of QEMU': check_links,
    'the commands in the table are those that are sent': check_sent,
    'each operation says which QMP command is behind it': check_documented,
    'each command is documented by the calls that send it': check_senders,
    'the events in the table are those that are followed': check_events,
}


def operations_of(girs):
    """The documentation of each operation's three functions, but of that which ends it."""
    for gir in girs:
        namespace = ET.parse(gir).getroot().find(CORE + 'namespace')
        for owner in [namespace, *namespace]:
            prefix = owner.get('name') + '.' if owner is not namespace else ''
            docs = {child.get('name'): child.findtext(CORE + 'doc', '') for child in owner
                    if child.tag in (CORE + 'method', CORE + 'function')}
            for name in docs:
                if name.endswith('_async'):
                    yield prefix + name[:-len('_async')], [docs[name], docs[name[:-len('_async')]]]


def check(text, folder, *girs):
    sources = list(sources_of(folder))
    operations = dict(operations_of(girs))
    return report({title: list(function(text, sources, operations)) for title, function in CHECKS.items()})


if __name__ == '__main__':
    tables = pathlib.Path(sys.argv[2]).read_text(encoding='utf-8')
    sys.exit({'build': build, 'check': check}[sys.argv[1]](tables, *sys.argv[3:]))
