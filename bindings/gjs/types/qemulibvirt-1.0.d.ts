// SPDX-License-Identifier: LGPL-2.1-or-later
// What GJS sees of QemuLibvirt, with its override. Made by generate.py: do not edit it by hand.
/// <reference path="qemu-1.0.d.ts" />

declare module 'gi://QemuLibvirt?version=1.0' {

// Module dependencies
import type Qemu from 'gi://Qemu?version=1.0';
import type Json from '@girs/json-1.0';
import type Gio from '@girs/gio-2.0';
import type GObject from '@girs/gobject-2.0';
import type GLib from '@girs/glib-2.0';

export namespace QemuLibvirt {

    /**
     * QemuLibvirt-1.0
     */

    function list_domains(connection_uri?: string | null, cancellable?: Gio.Cancellable | null): string[];

    function list_domains_async(connection_uri?: string | null, cancellable?: Gio.Cancellable | null): globalThis.Promise<string[]>;
    function list_domains_async(connection_uri: string | null, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<string | null> | null): void;

    function list_domains_finish(result: Gio.AsyncResult): string[];

    namespace Monitor {
        // Signal signatures
        interface SignalSignatures extends Qemu.Monitor.SignalSignatures {
            "notify::connection-uri": (pspec: GObject.ParamSpec) => void;
            "notify::domain-name": (pspec: GObject.ParamSpec) => void;
            "notify::capabilities": (pspec: GObject.ParamSpec) => void;
            "notify::command-timeout": (pspec: GObject.ParamSpec) => void;
            "notify::delivered": (pspec: GObject.ParamSpec) => void;
            "notify::events-supported": (pspec: GObject.ParamSpec) => void;
            "notify::open-timeout": (pspec: GObject.ParamSpec) => void;
            "notify::received": (pspec: GObject.ParamSpec) => void;
            "notify::state": (pspec: GObject.ParamSpec) => void;
            "notify::version": (pspec: GObject.ParamSpec) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends Qemu.Monitor.ConstructorProps {
            connection_uri: string | null;
            connectionUri: string | null;
            domain_name: string;
            domainName: string;
        }
    }

    class Monitor extends Qemu.Monitor {
        static $gtype: GObject.GType<Monitor>;

        // Properties
        get connection_uri(): string | null;

        get connectionUri(): string | null;

        get domain_name(): string;

        get domainName(): string;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: Monitor.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<Monitor.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        static ["new"](connection_uri: string | null, domain_name: string): Monitor;

        static new_for_uri(uri: string): Monitor;

        // Signals
        /** @signal */
        connect<K extends keyof Monitor.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Monitor.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof Monitor.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Monitor.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof Monitor.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<Monitor.SignalSignatures[K]>): void;

        // Methods
        get_connection_uri(): string | null;

        get_domain_name(): string;
    }

    type MonitorClass = typeof Monitor;

    const __name__: string;

    const __version__: string;
}

export default QemuLibvirt;

}

declare module 'gi://QemuLibvirt' {
    import QemuLibvirt10 from 'gi://QemuLibvirt?version=1.0';
    export default QemuLibvirt10;
}
// END
