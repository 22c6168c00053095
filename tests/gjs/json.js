// SPDX-License-Identifier: LGPL-2.1-or-later
// JSON as text, as bytes, and as what a command returns.

import GLib from 'gi://GLib';
import Json from 'gi://Json?version=1.0';

export function bytes(value) {
    return new GLib.Bytes(new TextEncoder().encode(value));
}

export function text(value) {
    return new TextDecoder().decode(value.toArray());
}

export function parse(value) {
    return JSON.parse(text(value));
}

// Without the override run() gives a JsonNode, with it the plain value.
export function plain(value) {
    return value instanceof Json.Node ? JSON.parse(Json.to_string(value, false)) : value;
}
