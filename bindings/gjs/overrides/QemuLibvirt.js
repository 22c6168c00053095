// SPDX-License-Identifier: LGPL-2.1-or-later
// The same for the library that goes through libvirt.

/* exported _init */

const {adapt} = imports.overrides.Qemu;

function _init() {
    adapt(this);
}
