#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds a GLib that ThreadSanitizer can look into: build-tsan-glib.sh SOURCES PREFIX
#
# SOURCES is an unpacked GLib, for instance by `apt-get source glib2.0`, and is changed: locks are made to be those of
# pthread, which ThreadSanitizer knows by name and tells the order of, and bit locks to be atomics instead of assembler,
# which it does not see.

set -eu

[ $# = 2 ] || { echo "usage: $0 SOURCES PREFIX" >&2; exit 2; }
sources=$1
mkdir -p "$2"
prefix=$(cd "$2" && pwd)

# undefine NAME FILE: takes out what defines it.
undefine () {
  grep -q "define $1" "$sources/$2" || { echo "$2 does not define $1: is this another GLib?" >&2; exit 1; }
  sed -i "s|^\( *\)# *define $1.*|\1/* no $1 */|" "$sources/$2"
}

undefine USE_NATIVE_MUTEX glib/gthread-posix.c
undefine USE_ASM_GOTO glib/gbitlock.c

meson setup "$sources/_tsan" "$sources" --prefix="$prefix" --libdir=lib --buildtype=debugoptimized \
  -Db_sanitize=thread -Db_lundef=false -Dauto_features=disabled -Dtests=false -Dglib_debug=disabled
ninja -C "$sources/_tsan" install
