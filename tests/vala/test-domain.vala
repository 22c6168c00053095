// SPDX-License-Identifier: LGPL-2.1-or-later
// A domain as Vala writes it: lists of what is in them, error domains, properties, details, and no argument too many.

const string BLOCK = """[
    {"device": "", "qdev": "/machine/peripheral/a", "type": "unknown", "removable": false, "locked": false},
    {"device": "b", "qdev": "", "type": "unknown", "removable": true, "locked": true, "tray_open": false}
]""";
const string PCI = """[{"bus": 0, "devices": [
    {"bus": 0, "slot": 1, "function": 0, "class_info": {"class": 768, "desc": "VGA controller"}, "qdev_id": "vga",
     "id": {"vendor": 4660, "device": 4369}, "regions": [
        {"bar": 0, "type": "memory", "address": 4244635648, "size": 16777216, "prefetch": true, "mem_type_64": false},
        {"bar": 2, "type": "memory", "address": 4273799168, "size": 4096, "prefetch": false, "mem_type_64": false}
    ]}
]}]""";

string? answer (Qemu.TestMonitor monitor, Qemu.Command command) throws Error {
    switch (command.get_name ()) {
    case "query-block":
        return BLOCK;
    case "query-pci":
        return PCI;
    case "query-status":
        return "{\"status\": \"running\", \"running\": true}";
    case "device_del":
        throw new Qemu.Error.DEVICE_NOT_FOUND ("It is not there");
    default:
        return "{}";
    }
}

Qemu.Domain domain () {
    return new Qemu.Domain (new Qemu.TestMonitor (answer), "vala");
}

delegate void Begin (AsyncReadyCallback callback);

// Runs an asynchronous function to its end.
AsyncResult run (Begin begin) {
    var loop = new MainLoop ();
    AsyncResult? end = null;

    begin ((object, result) => {
        end = result;
        loop.quit ();
    });
    loop.run ();
    return end;
}

void fail_with (Error error) {
    Test.message ("%s", error.message);
    Test.fail ();
}

async void list (Qemu.Domain vm) throws Error {
    yield vm.open_async ();

    string[] names = {};
    foreach (var disk in yield vm.list_block_devices_async ())
        names += disk.qdev;
    assert_cmpstr (string.joinv ("|", names), CompareOperator.EQ, "/machine/peripheral/a|");

    foreach (var device in yield vm.list_pci_devices_async ()) {
        uint64 sum = 0;
        foreach (var region in device.regions)
            sum += region.size;
        assert_cmpstr (device.class_description, CompareOperator.EQ, "VGA controller");
        assert_true (sum == 16781312);
        assert_true (device.regions[1].bar == 2);
    }

    yield vm.close_async ();
}

void test_lists () {
    try {
        var vm = domain ();
        list.end (run ((callback) => list.begin (vm, callback)));

        vm.open ();
        Qemu.ListOf<Qemu.BlockDevice> disks = vm.list_block_devices ();
        assert_true (disks.size == 2);
        assert_true (disks[1].locked);
        assert_true (disks[0] == disks[0]);

        // It is a list for whoever knows nothing of QEMU, too.
        ListModel model = disks;
        assert_true (model.get_n_items () == 2);
        assert_true (model.get_item_type () == typeof (Qemu.BlockDevice));

        // What follows the disks has them when the main loop has run.
        while (vm.block_devices.size < 2)
            MainContext.default ().iteration (true);
        Qemu.BlockDevice first = vm.block_devices[0];
        assert_cmpstr (first.qdev, CompareOperator.EQ, disks[0].qdev);
    } catch (Error error) {
        fail_with (error);
    }
}

void test_errors () {
    var vm = domain ();
    string[] caught = {};

    try {
        vm.query_status ();
    } catch (IOError.NOT_CONNECTED error) {
        caught += error.message;
    } catch (Error error) {
        fail_with (error);
    }

    try {
        vm.open ();
        vm.find_block_device ("nothing");
    } catch (Qemu.Error.BLOCK_DEVICE_NOT_FOUND error) {
        caught += error.message;
    } catch (Error error) {
        fail_with (error);
    }

    try {
        vm.run (new Qemu.Command ("device_del"));
    } catch (Qemu.Error error) {
        assert_true (error is Qemu.Error.DEVICE_NOT_FOUND);
        caught += error.message;
    } catch (Error error) {
        fail_with (error);
    }

    assert_true (caught.length == 3);
    assert_true ("It is not there" in caught[2]);
}

void test_events () {
    try {
        var monitor = new Qemu.TestMonitor (answer);
        var vm = new Qemu.Domain (monitor, "vala");
        string[] heard = {};
        int64 number = 0;

        vm.open ();
        vm.event["STOP"].connect ((event) => heard += event.get_string ("why"));
        vm.event["COUNT"].connect ((event) => assert_true (event.get_int64 ("n", out number)));
        monitor.push_event ("STOP", "{\"why\": \"tea\"}");
        monitor.push_event ("RESUME");
        monitor.push_event ("COUNT", "{\"n\": -9007199254740993}");
        while (number == 0)
            MainContext.default ().iteration (true);
        assert_cmpstr (string.joinv ("|", heard), CompareOperator.EQ, "tea");
        assert_true (number == -9007199254740993);
    } catch (Error error) {
        fail_with (error);
    }
}

void test_properties () {
    try {
        var vm = domain ();
        string[] changed = {};

        vm.notify.connect ((spec) => changed += spec.name);
        vm.monitor.command_timeout = 1234;
        assert_true (vm.monitor.command_timeout == 1234);
        assert_true (vm.state == Qemu.MonitorState.CLOSED && vm.version == null);
        vm.open ();
        while (!("status" in changed && "running" in changed))
            MainContext.default ().iteration (true);
        assert_true (vm.running && vm.status == Qemu.Status.RUNNING && vm.status_name == "running");
    } catch (Error error) {
        fail_with (error);
    }
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala/lists", test_lists);
    Test.add_func ("/vala/errors", test_errors);
    Test.add_func ("/vala/events", test_events);
    Test.add_func ("/vala/properties", test_properties);
    return Test.run ();
}
