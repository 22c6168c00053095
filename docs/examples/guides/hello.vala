// SPDX-License-Identifier: LGPL-2.1-or-later
// Says hello to a machine: hello SOCKET

async void say_hello (string uri) throws Error {
  var vm = new Qemu.Domain.for_uri (uri);
  yield vm.open_async ();
  print ("%s is %s, with QEMU %s\n", vm.name, vm.status_name, vm.version.to_string ());
  yield vm.stop_async ();
  print ("it stands still\n");
  yield vm.cont_async ();
  print ("it goes on\n");
  var memory = yield vm.run_async (new Qemu.Command ("query-memory-size-summary"));
  print ("it has %lld MiB of memory\n", memory.get_object ().get_int_member ("base-memory") >> 20);
  try {
    var eject = new Qemu.Command ("eject");
    eject.set_string ("id", "cd0");
    yield vm.run_async (eject);
  } catch (Qemu.Error.DEVICE_NOT_FOUND error) {
    print ("it has no such drive: %s\n", error.message);
  }
  yield vm.close_async ();
}

async int main (string[] args) {
  Intl.setlocale ();
  try {
    yield say_hello (args[1]);
    return 0;
  } catch (Error error) {
    printerr ("hello: %s\n", error.message);
    return 1;
  }
}
