# SPDX-License-Identifier: LGPL-2.1-or-later
"""Says how a machine is, wherever it runs: python3 remote.py [OPTION...] URI"""
import argparse
import sys

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import Gio, GLib, Qemu


def monitor_for(options: argparse.Namespace) -> Qemu.Monitor:
    if options.uri.startswith('libvirt:'):
        gi.require_version('QemuLibvirt', '1.0')
        from gi.repository import QemuLibvirt
        return QemuLibvirt.Monitor.new_for_uri(options.uri)

    monitor = Qemu.SocketMonitor.new_for_uri(options.uri)
    monitor.wait_for_peer = options.wait
    if options.authority:
        monitor.tls_database = Gio.TlsFileDatabase.new(options.authority)
    if options.certificate:
        monitor.tls_certificate = Gio.TlsCertificate.new_from_files(options.certificate, options.key)
    if options.ssh:
        monitor.ssh_command = options.ssh.split()
    return monitor


parser = argparse.ArgumentParser()
parser.add_argument('--timeout', type=float, default=10, metavar='SECONDS', help='how long it may take')
parser.add_argument('--wait', action='store_true', help='for a QEMU that is not there yet')
parser.add_argument('--authority', metavar='FILE', help='who has to have signed the certificate of QEMU')
parser.add_argument('--certificate', metavar='FILE', help='what to show to QEMU')
parser.add_argument('--key', metavar='FILE', help='the private key of that')
parser.add_argument('--ssh', metavar='COMMAND', help='what to run instead of ssh, with options')
parser.add_argument('uri', metavar='URI')
options = parser.parse_args()

try:
    monitor = monitor_for(options)
    monitor.open_timeout = monitor.command_timeout = round(options.timeout * 1000)
    with Qemu.Domain.new(monitor, None) as vm:
        print(f'{vm.name} is {vm.status_name}')
except GLib.Error as error:
    sys.exit(f'{options.uri}: {error.message}')
