# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests share: a real QEMU, a scripted peer, and waits that end."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import gi

gi.require_version('Qemu', '1.0')
from gi.repository import Gio, GLib, Qemu

QEMU = shutil.which(os.environ.get('QEMU_SYSTEM', 'qemu-system-x86_64'))
MACHINE = ['-machine', 'none', '-accel', 'tcg', '-nodefaults', '-display', 'none', '-S']
DEADLINE = 20      # seconds: for whatever should come at once

needs_qemu = unittest.skipUnless(QEMU, 'there is no QEMU here')


def wait_until(condition, what):
    """Runs the main loop until the condition holds."""
    end = time.monotonic() + DEADLINE
    # Looks again now and then: not all that it waits for wakes the loop.
    tick = GLib.timeout_add(5, lambda: GLib.SOURCE_CONTINUE)
    try:
        while not condition():
            GLib.MainContext.default().iteration(True)
            if time.monotonic() > end:
                raise AssertionError(f'waited {DEADLINE} seconds for this: {what}')
    finally:
        GLib.source_remove(tick)


def settle(milliseconds=20):
    """Runs the main loop for a moment: whatever wanted to come has come."""
    done = []
    GLib.timeout_add(milliseconds, lambda: done.append(True))
    wait_until(lambda: done, 'a timeout')


class Callback:
    """Called once with the result of an asynchronous operation, and finishes it."""

    def __init__(self, finish):
        self.finish = finish
        self.calls = 0
        self.value = None
        self.error = None

    def __call__(self, source, result, *_data):
        self.calls += 1
        try:
            self.value = self.finish(result)
        except GLib.Error as error:
            self.error = error

    def wait(self):
        wait_until(lambda: self.calls, f'the callback of {self.finish}')
        if self.error:
            raise self.error
        return self.value


class TestCase(unittest.TestCase):
    @contextlib.contextmanager
    def assert_error(self, quark, code):
        with self.assertRaises(GLib.Error) as context:
            yield context
        error = context.exception
        self.assertTrue(error.matches(quark, code), f'{error.domain}, {error.code}: {error.message}')

    def started(self, *arguments):
        """A QEMU that was started by the library."""
        process = Qemu.Process.new([QEMU, *MACHINE, *arguments])
        self.addCleanup(process.force_exit)
        process.spawn()
        return process

    def listening(self, *arguments):
        """A QEMU that was started by somebody else: the path of its monitor."""
        path = os.path.join(self.folder(), 'qmp')
        # It inherits a socket that listens already, so there is nothing to wait for.
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            chardev = f'socket,id=qmp,fd={listener.fileno()},server=on,wait=off'
            qemu = subprocess.Popen([QEMU, *MACHINE, '-chardev', chardev, '-mon', 'qmp,mode=control', *arguments],
                                    stdin=subprocess.DEVNULL, pass_fds=[listener.fileno()])
        self.addCleanup(qemu.wait)
        self.addCleanup(qemu.kill)
        return path

    def folder(self):
        folder = tempfile.TemporaryDirectory(prefix='qemu-glib-')
        self.addCleanup(folder.cleanup)
        return folder.name

    def peer(self, *play):
        """A scripted QEMU, see Peer: the domain that talks with it, and the peer."""
        ours, its = socket.socketpair()
        connection = Gio.Socket.new_from_fd(ours.detach()).connection_factory_create_connection()
        peer = Peer(its, play)
        self.addCleanup(peer.end)
        return Qemu.Domain.new(Qemu.SocketMonitor.new_for_stream(connection), 'peer'), peer


class Peer(threading.Thread):
    """Plays a QEMU on a socket.

    Each step of the play is (command, message, …): it waits for that command and sends the messages. A message is a
    text that is sent as it is, or a dict: one with "return" or "error" gets the command's id. None hangs up. What the
    library itself asks when a domain is opened is answered without being in the play.
    """

    GREETING = {'QMP': {'version': {'qemu': {'major': 7, 'minor': 2, 'micro': 1}, 'package': ''}, 'capabilities': []}}
    ANSWERS = {
        'qmp_capabilities': {},
        'query-name': {'name': 'peer'},
        'query-status': {'status': 'running', 'running': True, 'singlestep': False},
        'query-version': GREETING['QMP']['version'],
    }

    def __init__(self, connection, play):
        super().__init__(daemon=True)
        self.connection = connection
        self.play = list(play)
        self.heard = []
        self.error = None
        self.start()

    def send(self, message, command=None):
        if isinstance(message, dict):
            if command and ('return' in message or 'error' in message):
                message = {**message, 'id': command.get('id')}
            message = json.dumps(message)
        self.connection.sendall(message.encode() + b'\r\n')

    def run(self):
        try:
            self.send(self.GREETING)
            data = b''
            while piece := self.connection.recv(65536):
                data += piece
                *lines, data = data.split(b'\n')
                for line in filter(None, lines):
                    if not self.answer(json.loads(line)):
                        return
        except (AssertionError, ValueError) as error:
            self.error = error
        except OSError:
            pass
        finally:
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    def answer(self, command):
        name = command['execute']
        if self.play and self.play[0][0] == name:
            self.heard.append(command)
            for message in self.play.pop(0)[1:]:
                if message is None:
                    return False
                self.send(message, command)
        elif name in self.ANSWERS:
            self.send({'return': self.ANSWERS[name]}, command)
        else:
            raise AssertionError(f'not in the play: {command}')
        return True

    def end(self):
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.join()
        self.connection.close()
        if self.error:
            raise self.error
