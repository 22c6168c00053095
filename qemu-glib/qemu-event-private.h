/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "qemu-event.h"
#include "qemu-message-private.h"

G_BEGIN_DECLS

QemuEvent *qemu_event_new (QemuEventText *text);

G_END_DECLS
