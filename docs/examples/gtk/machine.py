# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small window for a machine: what it does, controls that follow it, its jobs and its events.

    python3 machine.py PATH-OR-URI

Everything is asynchronous, in the callback style of GTK: GLib's main loop is the only one that runs.
"""

import json
import sys

import gi

gi.require_version('Gtk', '4.0')
gi.require_version('Qemu', '1.0')
from gi.repository import Gio, GLib, GObject, Gtk, Pango, Qemu

FOLLOW = GObject.BindingFlags.SYNC_CREATE
RESUMABLE = (Qemu.Status.DEBUG, Qemu.Status.IO_ERROR, Qemu.Status.PAUSED, Qemu.Status.POSTMIGRATE,
             Qemu.Status.PRELAUNCH, Qemu.Status.WATCHDOG)
MAX_EVENTS = 500

# icon, what it is for, the call, and the property of the domain that says when it can be used
CONTROLS = [
    ('media-playback-start-symbolic', 'Resume', 'cont', 'status', lambda _binding, status: status in RESUMABLE),
    ('media-playback-pause-symbolic', 'Pause', 'stop', 'running', None),
    ('view-refresh-symbolic', 'Reset', 'system_reset', 'state',
     lambda _binding, state: state == Qemu.MonitorState.OPEN),
    ('system-shutdown-symbolic', 'Power Down', 'system_powerdown', 'running', None),
]


class JobRow(Gtk.Box):
    """A job, with its progress and a button that ends it."""

    def __init__(self, job, window):
        super().__init__(spacing=12, margin_top=12, margin_bottom=12, margin_start=12, margin_end=12)
        title = Gtk.Label()
        job.bind_property('job-type', title, 'label', FOLLOW, lambda _binding, kind: f'{kind} “{job.props.id}”')
        bar = Gtk.ProgressBar(hexpand=True, valign=Gtk.Align.CENTER)
        job.bind_property('fraction', bar, 'fraction', FOLLOW, lambda _binding, fraction: max(fraction, 0))
        cancel = Gtk.Button(label='Cancel', name='cancel')
        cancel.connect('clicked', lambda _button: job.cancel_async(None, window.on_done, job.cancel_finish))
        job.connect('notify::result', window.on_job_result)
        window.on_job_result(job)       # it may have failed before it is heard of
        for widget in title, bar, cancel:
            self.append(widget)


class MachineWindow(Gtk.ApplicationWindow):
    """What is bound needs no code: the widgets follow the properties and models of the domain."""

    def __init__(self, vm, **properties):
        super().__init__(title='Machine', default_width=720, default_height=480, **properties)
        self.vm = vm
        self.cancellable = Gio.Cancellable()
        self.banner = self.create_banner()
        self.events = Gtk.TextBuffer()
        self.set_titlebar(self.create_header())
        self.set_child(self.create_content())
        vm.connect('event', self.on_event)
        vm.connect('closed', self.on_closed)
        self.connect('close-request', self.on_close_request)
        vm.open_async(self.cancellable, self.on_done, vm.open_finish)

    def create_header(self):
        header, title = Gtk.HeaderBar(), Gtk.Box(orientation=Gtk.Orientation.VERTICAL, valign=Gtk.Align.CENTER)
        for name, style, empty in ('name', 'title', 'Machine'), ('status-name', 'subtitle', 'not connected'):
            label = Gtk.Label(name=name, css_classes=[style])
            self.vm.bind_property(name, label, 'label', FOLLOW, lambda _binding, text, empty=empty: text or empty)
            title.append(label)
        header.set_title_widget(title)
        for icon, text, call, source, can in CONTROLS:
            button = Gtk.Button(icon_name=icon, tooltip_text=text, name=call)
            button.update_property([Gtk.AccessibleProperty.LABEL], [text])
            button.connect('clicked', self.on_control, call)
            self.vm.bind_property(source, button, 'sensitive', FOLLOW, *([can] if can else []))
            header.pack_start(button)
        return header

    def create_banner(self):
        self.message = Gtk.Label(wrap=True, wrap_mode=Pango.WrapMode.WORD_CHAR, xalign=0, hexpand=True, name='message',
                                 css_classes=['error'])
        close = Gtk.Button(icon_name='window-close-symbolic', tooltip_text='Close', valign=Gtk.Align.CENTER,
                           css_classes=['flat', 'circular'])
        close.connect('clicked', lambda _button: self.banner.set_reveal_child(False))
        box = Gtk.Box(spacing=12, margin_bottom=12)
        box.append(self.message)
        box.append(close)
        return Gtk.Revealer(child=box)

    def create_content(self):
        content = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6, margin_top=18, margin_bottom=18,
                          margin_start=18, margin_end=18)
        jobs = Gtk.ListBox(name='jobs', selection_mode=Gtk.SelectionMode.NONE, css_classes=['frame'])
        jobs.bind_model(self.vm.props.jobs, JobRow, self)
        jobs.set_placeholder(Gtk.Label(label='No jobs', margin_top=18, margin_bottom=18,
                                       css_classes=['dim-label']))
        log = Gtk.TextView(buffer=self.events, editable=False, cursor_visible=False, monospace=True, top_margin=12,
                           bottom_margin=12, left_margin=12, right_margin=12)
        scrolled = Gtk.ScrolledWindow(child=log, vexpand=True, css_classes=['frame'])
        content.append(self.banner)
        for title, widget in ('Jobs', jobs), ('Events', scrolled):
            content.append(Gtk.Label(label=title, xalign=0, margin_top=6, css_classes=['heading']))
            content.append(widget)
        return content

    def on_control(self, _button, call):
        getattr(self.vm, f'{call}_async')(self.cancellable, self.on_done, getattr(self.vm, f'{call}_finish'))

    def on_done(self, _source, result, finish):
        """How every call ends: where it was obeyed the properties change, and there is nothing to do."""
        try:
            finish(result)
        except GLib.Error as error:
            if not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
                self.show_message(error.message)

    def show_message(self, text):
        self.message.set_label(text)
        self.banner.set_reveal_child(True)

    def on_event(self, _vm, event):
        time = GLib.DateTime.new_from_unix_local(event.props.timestamp // 1000000).format('%H:%M:%S')
        data = json.loads(event.get_data_bytes().get_data() or '{}')
        details = ', '.join(f'{key}: {value}' for key, value in data.items())
        self.events.insert(self.events.get_start_iter(), f'{time}  {event.props.name}  {details}\n')
        found, old = self.events.get_iter_at_line(MAX_EVENTS)
        if found:
            self.events.delete(old, self.events.get_end_iter())

    def on_job_result(self, job, _property=None):
        if job.props.result == Qemu.JobResult.FAILED:
            self.show_message(f'The job “{job.props.id}” has failed: {job.props.error_message}')

    def on_closed(self, _vm, error):
        if error:
            self.show_message(error.message)

    def on_close_request(self, _window):
        self.cancellable.cancel()
        self.vm.close_async(None, None)
        return False


def main(argv):
    if len(argv) != 2:
        return __doc__
    vm = Qemu.Domain.new_for_uri(argv[1])
    application = Gtk.Application(application_id='org.example.SmallMachine', flags=Gio.ApplicationFlags.NON_UNIQUE)
    application.connect('activate', lambda application: MachineWindow(vm, application=application).present())
    return application.run()


if __name__ == '__main__':
    try:
        sys.exit(main(sys.argv))
    except GLib.Error as error:
        sys.exit(f'machine.py: {error.message}')
