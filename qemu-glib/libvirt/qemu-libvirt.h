/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one header that programs include for the way through libvirt. */

#pragma once

#include <qemu-glib/qemu-glib.h>

#define QEMU_LIBVIRT_INSIDE
#include <qemu-glib/libvirt/qemu-libvirt-domains.h>
#include <qemu-glib/libvirt/qemu-libvirt-monitor.h>
#undef QEMU_LIBVIRT_INSIDE
