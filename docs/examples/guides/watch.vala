// SPDX-License-Identifier: LGPL-2.1-or-later
// Tells what happens to a machine until its QEMU ends: watch SOCKET

int main (string[] args) {
  Intl.setlocale ();
  var loop = new MainLoop ();
  try {
    var vm = new Qemu.Domain.for_uri (args[1]);

    vm.event.connect ((vm, event) => {
      var reason = event.get_string ("reason");
      print ("event %s%s\n", event.get_name (), reason != null ? ", reason " + reason : "");
    });
    unowned var watched = vm;
    vm.notify["status"].connect (() => {
      if (watched.status != UNKNOWN)
        print ("status %s\n", watched.status_name);
    });
    vm.closed.connect ((vm, error) => {
      print ("closed: %s\n", error != null ? error.message : "by this program");
      loop.quit ();
    });

    vm.open ();
    loop.run ();
  } catch (Error error) {
    printerr ("watch: %s\n", error.message);
    return 1;
  }
  return 0;
}
