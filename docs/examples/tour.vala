// SPDX-License-Identifier: LGPL-2.1-or-later
// A tour of the library, with a QEMU of its own: tour-vala [QEMU's command line]

// A call has ended when QEMU has obeyed. That the status has changed is heard a moment later.
async void reach (Qemu.Domain vm, Qemu.Status status) {
    var handler = vm.notify["status"].connect (() => reach.callback ());
    while (vm.status != status && vm.state == OPEN)
        yield;
    vm.disconnect (handler);
}

async void tour (string[] argv) throws Error {
    var process = new Qemu.Process (argv);
    unowned var vm = process.domain;
    vm.event.connect ((event) => {
        var reason = event.get_string ("reason");
        print ("  event %s%s\n", event.name, reason != null ? @", reason $reason" : "");
    });
    vm.notify["status"].connect (() => print ("%s", vm.status != UNKNOWN ? @"  status $(vm.status_name)\n" : ""));

    print ("spawn: %s\n", string.joinv (" ", argv));
    yield process.spawn_async ();
    var kvm = yield vm.run_async (new Qemu.Command ("query-kvm"));
    print ("QEMU %s, process %d, KVM %s, %d commands\n", vm.version.to_string (), process.pid,
           kvm.get_object ().get_boolean_member ("enabled") ? "on" : "off", (yield vm.list_commands_async ()).length);
    print ("cont\n");
    yield vm.cont_async ();
    yield reach (vm, RUNNING);
    print ("stop\n");
    yield vm.stop_async ();
    yield reach (vm, PAUSED);
    print ("system_reset\n");
    yield vm.system_reset_async ();
    yield reach (vm, PRELAUNCH);
    try {
        yield vm.run_async (new Qemu.Command ("make-coffee"));
    } catch (Qemu.Error.COMMAND_NOT_FOUND error) {
        print ("make-coffee\n  COMMAND_NOT_FOUND: %s\n", error.message);
    }
    print ("shutdown: power button, half a second later quit\n");
    yield process.shutdown_async (500);
    print ("  exit status %d\n", process.exit_status);
}

async int main (string[] args) {
    string[] argv = {Environment.get_variable ("QEMU_SYSTEM") ?? "qemu-system-x86_64", "-accel", "kvm", "-accel", "tcg",
                     "-nodefaults", "-display", "none", "-name", "demo"};
    if (args.length > 1)
        argv = args[1:args.length];
    argv += "-S";
    Intl.setlocale ();
    try {
        yield tour (argv);
        return 0;
    } catch (Error error) {
        printerr ("tour.vala: %s\n", error.message);
        return 1;
    }
}
