// SPDX-License-Identifier: LGPL-2.1-or-later
// Says hello to a machine: hello SOCKET

async void say_hello (string uri) throws Error {
  var vm = new Qemu.Domain.for_uri (uri);
  yield vm.open_async (null);
  print ("%s is %s, with QEMU %s\n", vm.name, vm.status_name, vm.version.to_string ());
  yield vm.stop_async (null);
  print ("it stands still\n");
  yield vm.cont_async (null);
  print ("it goes on\n");
  var memory = yield vm.run_async (new Qemu.Command ("query-memory-size-summary"), null);
  print ("it has %lld MiB of memory\n", memory.get_object ().get_int_member ("base-memory") >> 20);
  try {
    var eject = new Qemu.Command ("eject");
    eject.set_string ("id", "cd0");
    yield vm.run_async (eject, null);
  } catch (Qemu.Error.DEVICE_NOT_FOUND error) {
    print ("it has no such drive: %s\n", error.message);
  }
  yield vm.close_async (null);
}

int main (string[] args) {
  Intl.setlocale ();
  var loop = new MainLoop ();
  var code = 0;
  say_hello.begin (args[1], (_object, result) => {
    try {
      say_hello.end (result);
    } catch (Error error) {
      printerr ("hello: %s\n", error.message);
      code = 1;
    }
    loop.quit ();
  });
  loop.run ();
  return code;
}
