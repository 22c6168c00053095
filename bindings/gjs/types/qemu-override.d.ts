// SPDX-License-Identifier: LGPL-2.1-or-later
// What the override adds. Integers beyond 2^53 are only exact as a bigint, and in the texts of run_raw(),
// get_data_bytes() and to_json().

import type Gio from '@girs/gio-2.0';
import type GLib from '@girs/glib-2.0';
import type GObject from '@girs/gobject-2.0';

declare module 'gi://Qemu?version=1.0' {
    export namespace Qemu {
        // What goes to QEMU: a bigint is an integer, and exact.
        type Value = null | boolean | number | bigint | string | Value[] | Members;
        interface Members {
            [member: string]: Value | undefined;
        }

        // It is subscribed from the time it is made until `closed`, or until a loop over it is left.
        interface EventStream extends AsyncIterableIterator<Event> {
            return(value?: any): Promise<IteratorResult<Event>>;
            close(): void;
        }

        interface List<T extends GObject.Object> extends Gio.ListModel<T> {
            [Symbol.iterator](): IterableIterator<T>;
            // Without it there would only be the signals that each object has.
            connect(signal: 'items-changed',
                callback: (list: this, position: number, removed: number, added: number) => void): number;
            connect<K extends keyof GObject.Object.SignalSignatures>(signal: K,
                callback: GObject.SignalCallback<this, GObject.Object.SignalSignatures[K]>): number;
        }

        interface Domain {
            run(name: string, args?: Members | null, cancellable?: Gio.Cancellable | null): any;
            run_async(name: string, args?: Members | null, cancellable?: Gio.Cancellable | null): Promise<any>;
            run_raw(name: string, args?: Members | null, cancellable?: Gio.Cancellable | null): GLib.Bytes;
            run_raw_async(name: string, args?: Members | null, cancellable?: Gio.Cancellable | null): Promise<GLib.Bytes>;
            start_job(name: string, args?: Members | null, cancellable?: Gio.Cancellable | null): Job;
            start_job_async(name: string, args?: Members | null, cancellable?: Gio.Cancellable | null): Promise<Job>;
            events(...names: string[]): EventStream;
        }

        interface Monitor {
            run(name: string, args?: Members | null, cancellable?: Gio.Cancellable | null): GLib.Bytes;
            run_async(name: string, args?: Members | null, cancellable?: Gio.Cancellable | null): Promise<GLib.Bytes>;
            events(...names: string[]): EventStream;
        }

        interface MonitorRequest {
            return_value(value?: Value): void;
        }

        interface Record {
            bigint(property: string): bigint;
        }

        interface Command {
            readonly arguments: {[member: string]: any};
        }
    }
}
