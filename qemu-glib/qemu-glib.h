/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one header that programs include. */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#define QEMU_GLIB_INSIDE
#include <qemu-glib/qemu-block-device.h>
#include <qemu-glib/qemu-block-job.h>
#include <qemu-glib/qemu-block-stats.h>
#include <qemu-glib/qemu-command.h>
#include <qemu-glib/qemu-context-fd.h>
#include <qemu-glib/qemu-cpu.h>
#include <qemu-glib/qemu-domain.h>
#include <qemu-glib/qemu-enum-types.h>
#include <qemu-glib/qemu-enums.h>
#include <qemu-glib/qemu-error.h>
#include <qemu-glib/qemu-event.h>
#include <qemu-glib/qemu-fd-set.h>
#include <qemu-glib/qemu-glib-version.h>
#include <qemu-glib/qemu-image.h>
#include <qemu-glib/qemu-job.h>
#include <qemu-glib/qemu-monitor-request.h>
#include <qemu-glib/qemu-monitor.h>
#include <qemu-glib/qemu-pci-device.h>
#include <qemu-glib/qemu-pci-region.h>
#include <qemu-glib/qemu-process.h>
#include <qemu-glib/qemu-record.h>
#include <qemu-glib/qemu-socket-monitor.h>
#include <qemu-glib/qemu-test-monitor.h>
#include <qemu-glib/qemu-version.h>
#undef QEMU_GLIB_INSIDE
