// SPDX-License-Identifier: LGPL-2.1-or-later
// Monitors written in Vala: one class that only answers commands, one function.

class Answering : Qemu.Monitor {
    public string[] asked = {};

    // Answers at once, or from the main loop.
    public override void start_run (Qemu.MonitorRequest request) {
        unowned string name = request.get_command ().get_name ();

        asked += name;
        switch (name) {
        case "query-name":
            request.return_bytes (new Bytes ("{\"return\": {\"name\": \"vala\"}}".data));
            break;
        case "query-status":
            Idle.add (() => {
                request.return_bytes (new Bytes ("{\"return\": {\"status\": \"paused\", \"running\": false}}".data));
                return Source.REMOVE;
            });
            break;
        default:
            request.return_error (new Qemu.Error.COMMAND_NOT_FOUND ("There is no %s", name));
            break;
        }
    }
}

void test_subclass () {
    var loop = new MainLoop ();
    var monitor = new Answering ();
    var vm = new Qemu.Domain (monitor);
    string[] heard = {};

    vm.event["TICK"].connect ((event) => { heard += event.name; });
    drive.begin (vm, (object, result) => {
        try {
            drive.end (result);
        } catch (Error error) {
            Test.message ("%s", error.message);
            Test.fail ();
        }
        loop.quit ();
    });
    loop.run ();

    assert_cmpstr (vm.name, CompareOperator.EQ, "vala");
    assert_true (vm.status == Qemu.Status.PAUSED);
    assert_true ("query-status" in monitor.asked);

    monitor.emit_event ("TOCK", 0);
    monitor.emit_event ("TICK", 0);
    while (heard.length == 0)
        MainContext.default ().iteration (true);
    assert_cmpstr (heard[0], CompareOperator.EQ, "TICK");

    vm.closed.connect (() => loop.quit ());
    monitor.emit_closed (null);
    loop.run ();
    assert_true (vm.state == Qemu.MonitorState.CLOSED);
}

async void drive (Qemu.Domain vm) throws Error {
    yield vm.open_async ();
    yield vm.query_status_async ();
    try {
        yield vm.run_async (new Qemu.Command ("x"));
        assert_not_reached ();
    } catch (Qemu.Error.COMMAND_NOT_FOUND error) {
        assert_true ("There is no x" in error.message);
    }
}

string? answer (Qemu.TestMonitor monitor, Qemu.Command command) throws Error {
    if (command.get_name () == "query-status")
        return "{\"status\": \"paused\", \"running\": false}";
    throw new Qemu.Error.DEVICE_NOT_FOUND ("It is not there");
}

void test_function () {
    try {
        var vm = new Qemu.Domain (new Qemu.TestMonitor (answer), "vala");

        vm.open (null);
        assert_true (vm.query_status (null) == Qemu.Status.PAUSED);
        vm.run (new Qemu.Command ("x"));
        assert_not_reached ();
    } catch (Qemu.Error.DEVICE_NOT_FOUND error) {
        assert_true ("It is not there" in error.message);
    } catch (Error error) {
        Test.message ("%s", error.message);
        Test.fail ();
    }
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala/subclass", test_subclass);
    Test.add_func ("/vala/function", test_function);
    return Test.run ();
}
