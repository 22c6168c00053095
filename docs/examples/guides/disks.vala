// SPDX-License-Identifier: LGPL-2.1-or-later
// Lists the disks of a machine: disks SOCKET

async int main (string[] args) {
  Intl.setlocale ();
  try {
    var vm = new Qemu.Domain.for_uri (args[1]);
    yield vm.open_async ();

    foreach (var disk in yield vm.list_block_devices_async ())
      print ("%s: %s\n", disk.device, disk.image != null ? disk.image.filename : "no medium");
    return 0;
  } catch (Error error) {
    printerr ("disks: %s\n", error.message);
    return 1;
  }
}
