#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records a session with a real QEMU for test-faults: record.py [QEMU] > job.session"""

import json
import socket
import subprocess
import sys

# What is run: each tuple is sent at once and then answered. A text alone is waited for.
SESSION = [
    ('qmp_capabilities',),
    ('query-status',),
    ('cont',),
    ('stop',),
    ('query-name', ('device_del', {'id': 'nowhere'}), 'query-uuid', 'query-iothreads'),
    (('blockdev-add', {'driver': 'null-co', 'node-name': 'from', 'size': 1048576, 'read-zeroes': True}),
     ('blockdev-add', {'driver': 'null-co', 'node-name': 'to', 'size': 1048576})),
    (('blockdev-backup', {'job-id': 'copy', 'device': 'from', 'target': 'to', 'sync': 'full', 'auto-dismiss': False}),),
    '"concluded"',
    ('query-jobs',),
    (('job-dismiss', {'id': 'copy'}),),
    ('query-jobs', 'query-kvm'),
]

MACHINE = ['-M', 'none', '-nodefaults', '-display', 'none', '-S', '-name', 'vm']


def main():
    ours, theirs = socket.socketpair()
    with subprocess.Popen([sys.argv[1] if len(sys.argv) > 1 else 'qemu-system-x86_64', *MACHINE,
                           '-chardev', f'socket,id=m,fd={theirs.fileno()}', '-mon', 'chardev=m,mode=control'],
                          pass_fds=[theirs.fileno()]) as process:
        theirs.close()
        record(ours.makefile('rw', encoding='utf-8', newline='\n'))
        process.kill()


def record(stream):
    lines = []

    def hear():
        lines.append(stream.readline().rstrip('\r\n'))
        print('<', lines[-1])
        return lines[-1]

    number = 0
    hear()
    for step in SESSION:
        if isinstance(step, str):
            while not any(step in line for line in lines):
                hear()
            continue
        for command in step:
            name, arguments = command if isinstance(command, tuple) else (command, None)
            number += 1
            text = json.dumps({'execute': name, **({'arguments': arguments} if arguments else {}), 'id': number},
                              separators=(',', ':'))
            print('>', text)
            stream.write(text + '\n')
            stream.flush()
        answered = 0
        while answered < len(step):
            answered += 'event' not in json.loads(hear())


if __name__ == '__main__':
    main()
