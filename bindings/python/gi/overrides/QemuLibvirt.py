# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same for the libvirt part: one pass, and nothing by hand."""

from gi.module import get_introspection_module
from gi.overrides import Qemu

_functions = Qemu._adapt_namespace(get_introspection_module('QemuLibvirt'))
__all__ = list(_functions)
globals().update(_functions)
