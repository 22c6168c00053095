#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a test program that opens windows on a display of its own, with nothing of the desktop around it.

    with-display.py PROGRAM [ARGUMENT...]
"""

import os
import shutil
import subprocess
import sys

# No bus, no settings of somebody, and the renderer that needs no graphics card.
ENVIRONMENT = {
    'DBUS_SESSION_BUS_ADDRESS': 'disabled:',
    'GDK_BACKEND': 'x11',
    'G_DEBUG': 'fatal-criticals',
    'GSETTINGS_BACKEND': 'memory',
    'GSK_RENDERER': 'cairo',
    'GTK_A11Y': 'none',
    'LC_ALL': 'C.UTF-8',
}


def main(command):
    if not shutil.which('Xvfb'):
        print('1..0 # SKIP there is no Xvfb here')
        return 0

    reading, writing = os.pipe()
    server = subprocess.Popen(['Xvfb', '-displayfd', str(writing), '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'],
                              stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[writing])
    os.close(writing)
    try:
        with open(reading, encoding='ascii') as numbers:
            number = numbers.readline().strip()     # written when clients may come; nothing if it could not start
        if not number:
            print('1..0 # SKIP Xvfb does not start here')
            return 0
        return subprocess.run(command, env={**os.environ, **ENVIRONMENT, 'DISPLAY': f':{number}'},
                              check=False).returncode
    finally:
        server.terminate()
        server.wait()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
