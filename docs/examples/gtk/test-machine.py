#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The window of machine.py with a real QEMU, which another client drives meanwhile. Prints TAP.

    test-machine.py PICTURE.png
"""

import ctypes
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback

import gi

gi.require_version('Gtk', '4.0')
gi.require_version('Json', '1.0')
gi.require_version('Qemu', '1.0')
from gi.repository import GLib, Gtk, Json, Qemu

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import machine

QEMU = os.environ.get('QEMU_SYSTEM', 'qemu-system-x86_64')
LIMIT = 20                                          # seconds that any wait may take
MIB = 1 << 20


def wait_until(condition, what):
    deadline = time.monotonic() + LIMIT
    wake = GLib.timeout_add(20, lambda: True)       # so that the deadline is looked at
    while not condition():
        assert time.monotonic() < deadline, f'waited in vain: {what}'
        GLib.MainContext.default().iteration(True)
    GLib.source_remove(wake)


def below(widget):
    yield widget
    child = widget.get_first_child()
    while child:
        yield from below(child)
        child = child.get_next_sibling()


def find(window, name):
    return next((widget for widget in below(window) if widget.get_name() == name), None)


def usable(window):
    return [call for _icon, _text, call, *_ in machine.CONTROLS if find(window, call).is_sensitive()]


def wait_for_frames(window, count):
    frames = []
    window.add_tick_callback(lambda _window, _clock: frames.append(1) or len(frames) < count)
    wait_until(lambda: len(frames) == count, f'{count} frames')


def save_picture(window, path):
    wait_for_frames(window, 5)
    snapshot = Gtk.Snapshot.new()
    Gtk.WidgetPaintable.new(window).snapshot(snapshot, window.get_width(), window.get_height())
    # PyGObject cannot hand on what has been drawn. The hash of an object of its is the address.
    gtk = ctypes.CDLL('libgtk-4.so.1')
    for name in 'gtk_snapshot_to_node', 'gsk_renderer_render_texture':
        getattr(gtk, name).restype = ctypes.c_void_p
    node = ctypes.c_void_p(gtk.gtk_snapshot_to_node(ctypes.c_void_p(hash(snapshot))))
    texture = gtk.gsk_renderer_render_texture(ctypes.c_void_p(hash(window.get_renderer())), node, None)
    gtk.gdk_texture_save_to_png(ctypes.c_void_p(texture), path.encode())
    assert pathlib.Path(path).read_bytes().startswith(b'\x89PNG')


class Machine:
    """A QEMU with two monitors: ours, and that of another client."""

    def __init__(self, folder):
        self.target = f'{folder}/copy.raw'
        image = f'{folder}/disk.raw'
        pathlib.Path(image).write_bytes(b'\7' * 64 * MIB)
        paths, listeners = [f'{folder}/qmp0', f'{folder}/qmp1'], []
        argv = [QEMU, '-accel', 'kvm', '-accel', 'tcg', '-m', '32', '-nodefaults', '-display', 'none', '-S',
                '-name', 'mail', '-drive', f'if=none,id=disk,format=raw,file={image}', '-device',
                'virtio-blk-pci,drive=disk']
        for number, path in enumerate(paths):
            listeners.append(socket.socket(socket.AF_UNIX))
            listeners[-1].bind(path)
            listeners[-1].listen()
            argv += ['-chardev', f'socket,id=qmp{number},fd={listeners[-1].fileno()},server=on,wait=off',
                     '-mon', f'qmp{number},mode=control']
        self.uri = f'unix:{paths[0]}'
        null = dict.fromkeys(('stdin', 'stdout', 'stderr'), subprocess.DEVNULL)
        self.process = subprocess.Popen(argv, **null, pass_fds=[listener.fileno() for listener in listeners])
        for listener in listeners:
            listener.close()
        self.other = Qemu.Domain.new_for_uri(f'unix:{paths[1]}')
        self.other.open(None)

    def start_job(self):
        options = Json.Object.new()
        options.set_string_member('job-id', 'copy-of-mail')
        options.set_string_member('sync', 'full')
        for name, value in ('buf-size', 65536), ('granularity', 65536), ('speed', 16 * MIB):
            options.set_int_member(name, value)
        return self.other.find_block_device('disk', None).mirror(self.target, 'raw', options, None)

    def end(self):
        self.process.kill()
        self.process.wait()


def test_window(qemu, picture):
    window = machine.MachineWindow(Qemu.Domain.new_for_uri(qemu.uri))
    window.present()
    subtitle, jobs = find(window, 'status-name'), find(window, 'jobs')
    assert subtitle.get_label() == 'not connected' and not usable(window), usable(window)
    wait_until(lambda: subtitle.get_label() == 'prelaunch', 'the window is connected')
    wait_until(lambda: find(window, 'name').get_label() == 'mail', 'the name of the machine is shown')
    assert usable(window) == ['cont', 'system_reset'], usable(window)

    find(window, 'cont').emit('clicked')
    wait_until(lambda: subtitle.get_label() == 'running', 'the machine runs')
    assert usable(window) == ['stop', 'system_reset', 'system_powerdown'], usable(window)
    qemu.other.stop(None)
    wait_until(lambda: subtitle.get_label() == 'paused', 'the pause of the other client is shown')
    assert usable(window) == ['cont', 'system_reset'], usable(window)
    text = window.events.props.text.splitlines()
    assert text[0].split()[1:] == ['STOP'], text

    job = qemu.start_job()
    wait_until(lambda: jobs.get_row_at_index(0), 'the job has a row')
    bar = next(widget for widget in below(jobs) if isinstance(widget, Gtk.ProgressBar))
    wait_until(lambda: bar.get_fraction() > 0.3, 'the job makes progress')
    job.set_speed(1, None)
    assert bar.get_fraction() < 1, bar.get_fraction()
    save_picture(window, picture)
    find(jobs, 'cancel').emit('clicked')
    wait_until(lambda: not jobs.get_row_at_index(0), 'the job has ended')
    assert not window.banner.get_reveal_child(), window.message.get_label()

    qemu.other.run(Qemu.Command.new_from_json(
        '{"execute": "blockdev-create", "arguments": {"job-id": "make", '
        '"options": {"driver": "file", "filename": "/nonexistent/x", "size": 0}}}'), None)
    wait_until(window.banner.get_reveal_child, 'the failure of a job is told')
    assert window.message.get_label().startswith('The job “make” has failed: '), window.message.get_label()
    window.banner.set_reveal_child(False)

    for _ in range(machine.MAX_EVENTS // 2 + 1):
        qemu.other.cont(None)
        qemu.other.stop(None)
    wait_until(lambda: window.events.props.text.count('\n') == machine.MAX_EVENTS, 'the log is full')
    assert window.events.props.text.split()[1] == 'STOP', window.events.props.text[:80]

    qemu.process.kill()
    wait_until(window.banner.get_reveal_child, 'the end of QEMU is told')
    assert window.message.get_label(), 'no message'
    wait_until(lambda: not usable(window), 'nothing can be done any more')
    window.close()
    wait_until(lambda: not window.get_mapped(), 'the window is closed')


def main(picture):
    print('1..1')
    if not shutil.which(QEMU):
        print('ok 1 - window # SKIP there is no QEMU here')
        return 0
    with tempfile.TemporaryDirectory(prefix='qemu-gtk-') as folder:
        qemu = Machine(folder)
        try:
            test_window(qemu, picture)
        except Exception:       # whatever it is, it is a failure
            print('not ok 1 - window\n# ' + traceback.format_exc().replace('\n', '\n# '))
            return 1
        finally:
            qemu.end()
    print('ok 1 - window')
    return 0


if __name__ == '__main__':
    Gtk.init()
    Gtk.Settings.get_default().props.gtk_enable_animations = False
    sys.exit(main(sys.argv[1]))
