// SPDX-License-Identifier: LGPL-2.1-or-later
// The second library, with the driver of libvirt that needs no daemon.

async void list () throws Error {
    var names = yield QemuLibvirt.list_domains_async ("test:///default");
    assert_true (names.length == 1 && names[0] == "test");
}

void test_list () {
    var loop = new MainLoop ();

    list.begin ((object, result) => {
        try {
            list.end (result);
            assert_cmpstr (string.joinv ("|", QemuLibvirt.list_domains ("test:///default")), CompareOperator.EQ, "test");
        } catch (Error error) {
            Test.message ("%s", error.message);
            Test.fail ();
        }
        loop.quit ();
    });
    loop.run ();
}

void test_monitor () {
    Qemu.Monitor monitor = new QemuLibvirt.Monitor ("test:///default", "nobody");
    var vm = new Qemu.Domain (monitor);

    try {
        vm.open ();
        assert_not_reached ();
    } catch (IOError.NOT_FOUND error) {
        assert_true (monitor.state == Qemu.MonitorState.CLOSED);
    } catch (Error error) {
        Test.message ("%s", error.message);
        Test.fail ();
    }
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala/libvirt/list", test_list);
    Test.add_func ("/vala/libvirt/monitor", test_monitor);
    return Test.run ();
}
