#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the TypeScript declarations anew: generate.py BUILD-FOLDER, after the interface has changed.

ts-for-gir makes them of the GIRs of that build, and what the override changes about a function is changed here; what it
adds is in qemu-override.d.ts.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

GENERATOR = '@ts-for-gir/cli@5.4.0'
HERE = pathlib.Path(__file__).parent

HEADER = """\
// SPDX-License-Identifier: LGPL-2.1-or-later
// What GJS sees of {0}, with its override. Made by generate.py: do not edit it by hand.
{1}
declare module"""

ADAPTATIONS = (
    # The third signature of an asynchronous function only repeats the two before it.
    (r'\n\n? +(?:function )?\w+\([^\n]*\): globalThis\.Promise<[^\n]*> \| void;', ''),
    # Details of a signal are not the names of properties.
    (r'\n +/\*\* @signal \*/\n +"event::[^\n]*', ''),
    # Plain values go in,
    (r'(\w+: )Json\.Object\b(?! \| null;|;)', r'\1Json.Object | Members'),
    (r'(emit_event\(.*data)(: .*) \| null\)', r'\1?\2 | Members | null)'),
    (r'(push_event\(.*data)(: .*) \| null\)', r'\1?\2 | Members | null)'),
    (r'(emit_replaced\(greeting)(: .*) \| null\)', r'\1?\2 | Members | null)'),
    (r'(emit_event\(name: string, timestamp)(:)', r'\1?\2'),
    (r'(set_node\(.*value): Json\.Node', r'\1: any'),
    (r'(constructor\(name: string)\)', r'\1, args?: Members | null)'),
    (r'(static \["new"\]\(name: string)\): Command', r'\1, args?: Members | null): Command'),
    (r'(command: Command\)): string \| null;', r'\1: any;'),
    # and come out.
    (r'(get data\(\)): Json\.Object', r'\1: {[member: string]: any}'),
    (r'Promise<Json\.Node>', 'Promise<any>'),
    (r'\): Json\.Node;', '): any;'),
    # The lists are of something.
    (r'((?:block_devices|blockDevices)\w*\(.*)Gio\.ListModel\b', r'\1List<BlockDevice>'),
    (r'((?:block_jobs|blockJobs)\w*\(.*)Gio\.ListModel\b', r'\1List<BlockJob>'),
    (r'(block_stats\w*\(.*)Gio\.ListModel\b', r'\1List<BlockStats>'),
    (r'(cpus\w*\(.*)Gio\.ListModel\b', r'\1List<Cpu>'),
    (r'(pci_devices\w*\(.*)Gio\.ListModel\b', r'\1List<PciDevice>'),
    (r'(regions\(.*)Gio\.ListModel\b', r'\1List<PciRegion>'),
    (r'(jobs\w*\(.*)Gio\.ListModel\b', r'\1List<Job>'),
    (r"'@girs/qemu-1\.0'", "'gi://Qemu?version=1.0'"),
)


def with_optional(match):
    """What may be null may be left out at the end, but not before a callback."""
    parameters = match[2]
    while 'callback' not in parameters:
        shorter = re.sub(r'(\w+): ([^,?]+ \| null)((?:, \w+\?: [^?]+)*)$', r'\1?: \2\3', parameters)
        if shorter == parameters:
            break
        parameters = shorter
    return f'{match[1]}({parameters}){match[3]}'


def adapted(text, name, reference):
    text = re.sub(r'^.*?declare module', HEADER.format(name, reference), text, count=1, flags=re.DOTALL)
    for pattern, replacement in ADAPTATIONS:
        text = re.sub(pattern, replacement, text)
    text = re.sub(r'( (?:\w+|\["new"\]))\(([^()\n]*\| null)\)(: [^\n]*;)', with_optional, text)
    text = re.sub(r'\n{3,}', '\n\n', re.sub(r'[ \t]+$', '', text, flags=re.MULTILINE))
    return text.rstrip('\n') + '\n'


def main(build):
    library = pathlib.Path(build).resolve() / 'qemu-glib'
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(['npx', '--yes', GENERATOR, 'generate', 'Qemu-1.0', 'QemuLibvirt-1.0', '--externalDeps',
                        '--noComments', '--ignoreVersionConflicts', '-o', folder,
                        '-g', library, library / 'libvirt', '/usr/share/gir-1.0'], check=True, cwd=folder)
        for name, file, reference in (
                ('Qemu', 'qemu-1.0.d.ts', '/// <reference path="qemu-override.d.ts" />\n'),
                ('QemuLibvirt', 'qemulibvirt-1.0.d.ts', '/// <reference path="qemu-1.0.d.ts" />\n')):
            text = pathlib.Path(folder, file).read_text(encoding='utf-8')
            (HERE / file).write_text(adapted(text, name, reference), encoding='utf-8')


if __name__ == '__main__':
    main(sys.argv[1])
