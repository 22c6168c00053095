#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks a reference manual as it was built: check-reference.py FOLDER GIR CONFIG. Prints TAP."""

import html.parser
import pathlib
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ET

from report import report

CORE = '{http://www.gtk.org/introspection/core/1.0}'
C = '{http://www.gtk.org/introspection/c/1.0}'
GLIB = '{http://www.gtk.org/introspection/glib/1.0}'

# Where gi-docgen puts the page of what is called so in a GIR: below the namespace, and below a class or the like.
PAGES = {
    'alias': 'alias', 'bitfield': 'flags', 'callback': 'callback', 'class': 'class', 'constant': 'const',
    'enumeration': 'enum', 'function': 'func', 'function-macro': 'func', 'interface': 'iface', 'record': 'struct',
    'union': 'union',
}
INNER_PAGES = {
    'constructor': 'ctor', 'function': 'type_func', 'method': 'method', 'property': 'property', 'signal': 'signal',
    'virtual-method': 'vfunc',
}


class Page(html.parser.HTMLParser):
    """What a page is called by, and where it leads."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links, self.elsewhere = set(), [], set()
        self.text = path.read_text(encoding='utf-8')
        self.feed(self.text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.anchors |= {attributes[name] for name in ('id', 'name') if attributes.get(name)}
        self.links += [attributes[name] for name in ('href', 'src') if attributes.get(name)]
        if 'data-namespace' in attributes:
            self.elsewhere.add((attributes['data-namespace'], attributes['data-link']))


def tag_of(element):
    return re.sub(r'\{.*\}', '', element.tag)


def pages_of(namespace):
    """The page of each symbol, and those that it shows. Macros of the headers that are no code are left out by the reference's configuration."""
    for element in namespace:
        kind, name = tag_of(element), element.get('name')
        if (kind not in PAGES or 'AVAILABLE_IN' in name or element.get(GLIB + 'is-gtype-struct-for')
                or element.get('moved-to')):
            continue
        page = 'error' if element.get(GLIB + 'error-domain') else PAGES[kind]
        yield f'{page}.{name}.html', [member.get(C + 'identifier') for member in element.findall(CORE + 'member')]
        for inner in element:
            if tag_of(inner) in INNER_PAGES:
                yield f"{INNER_PAGES[tag_of(inner)]}.{name}.{inner.get('name')}.html", []


def check_symbols(pages, namespace, _content):
    for page, members in pages_of(namespace):
        if page not in pages:
            yield f'{page} is not there'
        else:
            yield from (f'{page} does not show {name}' for name in members if name not in pages[page].text)


def check_content(pages, _namespace, content):
    for name in content:
        if name not in pages:
            yield f'{name} is not there'
        elif name not in pages['index.html'].links:
            yield f'index.html does not lead to {name}'


def check_neighbour(name, target):
    """A manual beside this one. Where there is none, it was not built."""
    path = FOLDER / target
    if path.parent.exists() and not path.exists():
        yield f'{name} leads to {target}, which is not there'


def check_elsewhere(pages, _namespace, _content):
    places = dict(re.findall(r"^ *\[ '(\w+)', '(.+)' \],$", (FOLDER / 'urlmap.js').read_text(encoding='utf-8'),
                             re.MULTILINE))
    for name, page in pages.items():
        for namespace, target in page.elsewhere:
            if namespace not in places:
                yield f'{name} leads to {namespace}, of which urlmap.js knows nothing'
            elif places[namespace].startswith('../'):
                yield from check_neighbour(name, places[namespace] + target)


def check_links(pages, _namespace, _content):
    for name, page in pages.items():
        for link in page.links:
            url = urllib.parse.urlsplit(link)
            if url.scheme or url.netloc or name == 'search.html':
                continue
            target, anchor = urllib.parse.unquote(url.path) or name, urllib.parse.unquote(url.fragment)
            if target.startswith('../'):
                yield from check_neighbour(name, target)
            elif target not in FILES:
                yield f'{name} leads to {target}, which is not there'
            elif target in pages and anchor and anchor not in pages[target].anchors:
                yield f'{name} leads to {link}: there is no such place'


CHECKS = {
    'each symbol has its page': check_symbols,
    'each guide is there, and the first page leads to it': check_content,
    'no page leads to where nothing is': check_links,
    'what other libraries document is looked for in their manuals': check_elsewhere,
}


def main(folder, gir, config):
    pages = {path.name: Page(path) for path in sorted(folder.glob('*.html'))}
    namespace = ET.parse(gir).getroot().find(CORE + 'namespace')
    listed = re.search(r'^content_files = \[(.*?)\]', pathlib.Path(config).read_text(encoding='utf-8'),
                       re.DOTALL | re.MULTILINE)
    content = [name.replace('.md', '.html') for name in re.findall(r'"(.+?)"', listed[1])] if listed else []
    return report({title: sorted(set(check(pages, namespace, content))) for title, check in CHECKS.items()})


if __name__ == '__main__':
    FOLDER = pathlib.Path(sys.argv[1])
    FILES = {path.name for path in FOLDER.iterdir()}
    sys.exit(main(FOLDER, *sys.argv[2:]))
