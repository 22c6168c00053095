// SPDX-License-Identifier: LGPL-2.1-or-later
// What GJS sees of Qemu, with its override. Made by generate.py: do not edit it by hand.
/// <reference path="qemu-override.d.ts" />

declare module 'gi://Qemu?version=1.0' {

// Module dependencies
import type Json from '@girs/json-1.0';
import type Gio from '@girs/gio-2.0';
import type GObject from '@girs/gobject-2.0';
import type GLib from '@girs/glib-2.0';

export namespace Qemu {

    /**
     * Qemu-1.0
     */

    class Error extends GLib.Error {
        static $gtype: GObject.GType<GLib.Error>;

        // Static fields
        static GENERIC: number;

        static COMMAND_NOT_FOUND: number;

        static DEVICE_NOT_ACTIVE: number;

        static DEVICE_NOT_FOUND: number;

        static KVM_MISSING_CAP: number;

        static PROTOCOL: number;

        static EVENTS_NOT_SUPPORTED: number;

        static BLOCK_DEVICE_NOT_FOUND: number;

        static JOB_FAILED: number;

        static JOB_CANCELLED: number;

        static PENDING: number;

        static PROCESS_FAILED: number;

        // Constructors
        constructor(options: { message: string; code: number });

        // Static methods
        static quark(): GLib.Quark;
    }

    export namespace JobResult {
        export const $gtype: GObject.GType<JobResult>;
    }

    enum JobResult {
        NONE = 0,
        COMPLETED = 1,
        STOPPED = 2,
        CANCELLED = 3,
        FAILED = 4,
        LOST = 5,
    }

    export namespace JobStatus {
        export const $gtype: GObject.GType<JobStatus>;
    }

    enum JobStatus {
        UNKNOWN = 0,
        UNDEFINED = 1,
        CREATED = 2,
        RUNNING = 3,
        PAUSED = 4,
        READY = 5,
        STANDBY = 6,
        WAITING = 7,
        PENDING = 8,
        ABORTING = 9,
        CONCLUDED = 10,
        NULL = 11,
    }

    export namespace MonitorState {
        export const $gtype: GObject.GType<MonitorState>;
    }

    enum MonitorState {
        CLOSED = 0,
        OPENING = 1,
        OPEN = 2,
        CLOSING = 3,
    }

    export namespace ScreenFormat {
        export const $gtype: GObject.GType<ScreenFormat>;
    }

    enum ScreenFormat {
        PPM = 0,
        PNG = 1,
    }

    export namespace Status {
        export const $gtype: GObject.GType<Status>;
    }

    enum Status {
        UNKNOWN = 0,
        DEBUG = 1,
        INMIGRATE = 2,
        INTERNAL_ERROR = 3,
        IO_ERROR = 4,
        PAUSED = 5,
        POSTMIGRATE = 6,
        PRELAUNCH = 7,
        FINISH_MIGRATE = 8,
        RESTORE_VM = 9,
        RUNNING = 10,
        SAVE_VM = 11,
        SHUTDOWN = 12,
        SUSPENDED = 13,
        WATCHDOG = 14,
        GUEST_PANICKED = 15,
        COLO = 16,
    }

    const GLIB_MAJOR_VERSION: number;

    const GLIB_MICRO_VERSION: number;

    const GLIB_MINOR_VERSION: number;

    const GLIB_VERSION_STRING: string;

    function error_quark(): GLib.Quark;

    interface TestMonitorFunc {
        (monitor: TestMonitor, command: Command): any;
    }

    export namespace CpuQueryFlags {
        export const $gtype: GObject.GType<CpuQueryFlags>;
    }

    enum CpuQueryFlags {
        NONE = 0,
        REGISTERS = 1,
    }

    export namespace ResizeFlags {
        export const $gtype: GObject.GType<ResizeFlags>;
    }

    enum ResizeFlags {
        NONE = 0,
        SHRINK = 1,
    }

    namespace BlockDevice {
        // Signal signatures
        interface SignalSignatures extends Record.SignalSignatures {
            "notify::backing-file": (pspec: GObject.ParamSpec) => void;
            "notify::backing-file-depth": (pspec: GObject.ParamSpec) => void;
            "notify::bps": (pspec: GObject.ParamSpec) => void;
            "notify::bps-read": (pspec: GObject.ParamSpec) => void;
            "notify::bps-write": (pspec: GObject.ParamSpec) => void;
            "notify::cache-direct": (pspec: GObject.ParamSpec) => void;
            "notify::cache-no-flush": (pspec: GObject.ParamSpec) => void;
            "notify::cache-writeback": (pspec: GObject.ParamSpec) => void;
            "notify::detect-zeroes": (pspec: GObject.ParamSpec) => void;
            "notify::device": (pspec: GObject.ParamSpec) => void;
            "notify::device-type": (pspec: GObject.ParamSpec) => void;
            "notify::driver": (pspec: GObject.ParamSpec) => void;
            "notify::encrypted": (pspec: GObject.ParamSpec) => void;
            "notify::encryption-key-missing": (pspec: GObject.ParamSpec) => void;
            "notify::file": (pspec: GObject.ParamSpec) => void;
            "notify::image": (pspec: GObject.ParamSpec) => void;
            "notify::inserted": (pspec: GObject.ParamSpec) => void;
            "notify::io-status": (pspec: GObject.ParamSpec) => void;
            "notify::iops": (pspec: GObject.ParamSpec) => void;
            "notify::iops-read": (pspec: GObject.ParamSpec) => void;
            "notify::iops-write": (pspec: GObject.ParamSpec) => void;
            "notify::locked": (pspec: GObject.ParamSpec) => void;
            "notify::node-name": (pspec: GObject.ParamSpec) => void;
            "notify::qdev": (pspec: GObject.ParamSpec) => void;
            "notify::read-only": (pspec: GObject.ParamSpec) => void;
            "notify::removable": (pspec: GObject.ParamSpec) => void;
            "notify::tray-open": (pspec: GObject.ParamSpec) => void;
            "notify::write-threshold": (pspec: GObject.ParamSpec) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends Record.ConstructorProps {
            backing_file: string | null;
            backingFile: string | null;
            backing_file_depth: number;
            backingFileDepth: number;
            bps: bigint | number;
            bps_read: bigint | number;
            bpsRead: bigint | number;
            bps_write: bigint | number;
            bpsWrite: bigint | number;
            cache_direct: boolean;
            cacheDirect: boolean;
            cache_no_flush: boolean;
            cacheNoFlush: boolean;
            cache_writeback: boolean;
            cacheWriteback: boolean;
            detect_zeroes: string | null;
            detectZeroes: string | null;
            device: string | null;
            device_type: string | null;
            deviceType: string | null;
            driver: string | null;
            encrypted: boolean;
            encryption_key_missing: boolean;
            encryptionKeyMissing: boolean;
            file: string | null;
            image: Image | null;
            inserted: boolean;
            io_status: string | null;
            ioStatus: string | null;
            iops: bigint | number;
            iops_read: bigint | number;
            iopsRead: bigint | number;
            iops_write: bigint | number;
            iopsWrite: bigint | number;
            locked: boolean;
            node_name: string | null;
            nodeName: string | null;
            qdev: string | null;
            read_only: boolean;
            readOnly: boolean;
            removable: boolean;
            tray_open: boolean;
            trayOpen: boolean;
            write_threshold: bigint | number;
            writeThreshold: bigint | number;
        }
    }

    class BlockDevice extends Record {
        static $gtype: GObject.GType<BlockDevice>;

        // Properties
        get backing_file(): string | null;

        get backingFile(): string | null;

        get backing_file_depth(): number;

        get backingFileDepth(): number;

        get bps(): number;

        get bps_read(): number;

        get bpsRead(): number;

        get bps_write(): number;

        get bpsWrite(): number;

        get cache_direct(): boolean;

        get cacheDirect(): boolean;

        get cache_no_flush(): boolean;

        get cacheNoFlush(): boolean;

        get cache_writeback(): boolean;

        get cacheWriteback(): boolean;

        get detect_zeroes(): string | null;

        get detectZeroes(): string | null;

        get device(): string | null;

        get device_type(): string | null;

        get deviceType(): string | null;

        get driver(): string | null;

        get encrypted(): boolean;

        get encryption_key_missing(): boolean;

        get encryptionKeyMissing(): boolean;

        get file(): string | null;

        get image(): Image | null;

        get inserted(): boolean;

        get io_status(): string | null;

        get ioStatus(): string | null;

        get iops(): number;

        get iops_read(): number;

        get iopsRead(): number;

        get iops_write(): number;

        get iopsWrite(): number;

        get locked(): boolean;

        get node_name(): string | null;

        get nodeName(): string | null;

        get qdev(): string | null;

        get read_only(): boolean;

        get readOnly(): boolean;

        get removable(): boolean;

        get tray_open(): boolean;

        get trayOpen(): boolean;

        get write_threshold(): number;

        get writeThreshold(): number;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: BlockDevice.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<BlockDevice.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        // Signals
        /** @signal */
        connect<K extends keyof BlockDevice.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, BlockDevice.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof BlockDevice.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, BlockDevice.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof BlockDevice.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<BlockDevice.SignalSignatures[K]>): void;

        // Methods
        backup(target: string, format?: string | null, options?: Json.Object | Members | null, cancellable?: Gio.Cancellable | null): BlockJob;

        backup_async(target: string, format?: string | null, options?: Json.Object | Members | null, cancellable?: Gio.Cancellable | null): globalThis.Promise<BlockJob>;

        backup_async(target: string, format: string | null, options: Json.Object | Members | null, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        backup_finish(result: Gio.AsyncResult): BlockJob;

        change_medium(filename: string, format?: string | null, cancellable?: Gio.Cancellable | null): boolean;

        change_medium_async(filename: string, format?: string | null, cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        change_medium_async(filename: string, format: string | null, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        change_medium_finish(result: Gio.AsyncResult): boolean;

        commit(base?: string | null, top?: string | null, options?: Json.Object | Members | null, cancellable?: Gio.Cancellable | null): BlockJob;

        commit_async(base?: string | null, top?: string | null, options?: Json.Object | Members | null, cancellable?: Gio.Cancellable | null): globalThis.Promise<BlockJob>;

        commit_async(base: string | null, top: string | null, options: Json.Object | Members | null, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        commit_finish(result: Gio.AsyncResult): BlockJob;

        eject(force: boolean, cancellable?: Gio.Cancellable | null): boolean;

        eject_async(force: boolean, cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        eject_async(force: boolean, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        eject_finish(result: Gio.AsyncResult): boolean;

        get_backing_file(): string | null;

        get_backing_file_depth(): number;

        get_bps(): number;

        get_bps_read(): number;

        get_bps_write(): number;

        get_cache_direct(): boolean;

        get_cache_no_flush(): boolean;

        get_cache_writeback(): boolean;

        get_detect_zeroes(): string | null;

        get_device(): string | null;

        get_device_type(): string | null;

        get_driver(): string | null;

        get_encrypted(): boolean;

        get_encryption_key_missing(): boolean;

        get_file(): string | null;

        get_image(): Image | null;

        get_inserted(): boolean;

        get_io_status(): string | null;

        get_iops(): number;

        get_iops_read(): number;

        get_iops_write(): number;

        get_locked(): boolean;

        get_node_name(): string | null;

        get_qdev(): string | null;

        get_read_only(): boolean;

        get_removable(): boolean;

        get_tray_open(): boolean;

        get_write_threshold(): number;

        mirror(target: string, format?: string | null, options?: Json.Object | Members | null, cancellable?: Gio.Cancellable | null): BlockJob;

        mirror_async(target: string, format?: string | null, options?: Json.Object | Members | null, cancellable?: Gio.Cancellable | null): globalThis.Promise<BlockJob>;

        mirror_async(target: string, format: string | null, options: Json.Object | Members | null, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        mirror_finish(result: Gio.AsyncResult): BlockJob;

        resize(bytes: bigint | number, flags: ResizeFlags, cancellable?: Gio.Cancellable | null): boolean;

        resize_async(bytes: bigint | number, flags: ResizeFlags, cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        resize_async(bytes: bigint | number, flags: ResizeFlags, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        resize_finish(result: Gio.AsyncResult): boolean;

        set_io_throttle(options?: Json.Object | Members | null, cancellable?: Gio.Cancellable | null): boolean;

        set_io_throttle_async(options?: Json.Object | Members | null, cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        set_io_throttle_async(options: Json.Object | Members | null, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        set_io_throttle_finish(result: Gio.AsyncResult): boolean;

        snapshot(overlay: string, node_name?: string | null, format?: string | null, options?: Json.Object | Members | null, cancellable?: Gio.Cancellable | null): boolean;

        snapshot_async(overlay: string, node_name?: string | null, format?: string | null, options?: Json.Object | Members | null, cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        snapshot_async(overlay: string, node_name: string | null, format: string | null, options: Json.Object | Members | null, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        snapshot_finish(result: Gio.AsyncResult): boolean;

        stream(base?: string | null, options?: Json.Object | Members | null, cancellable?: Gio.Cancellable | null): BlockJob;

        stream_async(base?: string | null, options?: Json.Object | Members | null, cancellable?: Gio.Cancellable | null): globalThis.Promise<BlockJob>;

        stream_async(base: string | null, options: Json.Object | Members | null, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        stream_finish(result: Gio.AsyncResult): BlockJob;
    }

    namespace BlockJob {
        // Signal signatures
        interface SignalSignatures extends Job.SignalSignatures {
            "notify::actively-synced": (pspec: GObject.ParamSpec) => void;
            "notify::auto-dismiss": (pspec: GObject.ParamSpec) => void;
            "notify::auto-finalize": (pspec: GObject.ParamSpec) => void;
            "notify::busy": (pspec: GObject.ParamSpec) => void;
            "notify::device": (pspec: GObject.ParamSpec) => void;
            "notify::io-status": (pspec: GObject.ParamSpec) => void;
            "notify::len": (pspec: GObject.ParamSpec) => void;
            "notify::offset": (pspec: GObject.ParamSpec) => void;
            "notify::paused": (pspec: GObject.ParamSpec) => void;
            "notify::ready": (pspec: GObject.ParamSpec) => void;
            "notify::speed": (pspec: GObject.ParamSpec) => void;
            "notify::current-progress": (pspec: GObject.ParamSpec) => void;
            "notify::error-message": (pspec: GObject.ParamSpec) => void;
            "notify::fraction": (pspec: GObject.ParamSpec) => void;
            "notify::id": (pspec: GObject.ParamSpec) => void;
            "notify::job-type": (pspec: GObject.ParamSpec) => void;
            "notify::result": (pspec: GObject.ParamSpec) => void;
            "notify::status": (pspec: GObject.ParamSpec) => void;
            "notify::status-name": (pspec: GObject.ParamSpec) => void;
            "notify::total-progress": (pspec: GObject.ParamSpec) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends Job.ConstructorProps {
            actively_synced: boolean;
            activelySynced: boolean;
            auto_dismiss: boolean;
            autoDismiss: boolean;
            auto_finalize: boolean;
            autoFinalize: boolean;
            busy: boolean;
            device: string;
            io_status: string | null;
            ioStatus: string | null;
            len: bigint | number;
            offset: bigint | number;
            paused: boolean;
            ready: boolean;
            speed: bigint | number;
        }
    }

    class BlockJob extends Job {
        static $gtype: GObject.GType<BlockJob>;

        // Properties
        get actively_synced(): boolean;

        get activelySynced(): boolean;

        get auto_dismiss(): boolean;

        get autoDismiss(): boolean;

        get auto_finalize(): boolean;

        get autoFinalize(): boolean;

        get busy(): boolean;

        get device(): string;

        get io_status(): string | null;

        get ioStatus(): string | null;

        get len(): number;

        get offset(): number;

        get paused(): boolean;

        get ready(): boolean;

        get speed(): number;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: BlockJob.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<BlockJob.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        // Signals
        /** @signal */
        connect<K extends keyof BlockJob.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, BlockJob.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof BlockJob.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, BlockJob.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof BlockJob.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<BlockJob.SignalSignatures[K]>): void;

        // Methods
        get_actively_synced(): boolean;

        get_auto_dismiss(): boolean;

        get_auto_finalize(): boolean;

        get_busy(): boolean;

        get_device(): string;

        get_io_status(): string | null;

        get_len(): number;

        get_offset(): number;

        get_paused(): boolean;

        get_ready(): boolean;

        get_speed(): number;

        set_speed(speed: bigint | number, cancellable?: Gio.Cancellable | null): boolean;

        set_speed_async(speed: bigint | number, cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        set_speed_async(speed: bigint | number, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        set_speed_finish(result: Gio.AsyncResult): boolean;

        stop(cancellable?: Gio.Cancellable | null): boolean;

        stop_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        stop_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        stop_finish(result: Gio.AsyncResult): boolean;
    }

    namespace BlockStats {
        // Signal signatures
        interface SignalSignatures extends Record.SignalSignatures {
            "notify::account-failed": (pspec: GObject.ParamSpec) => void;
            "notify::account-invalid": (pspec: GObject.ParamSpec) => void;
            "notify::backing": (pspec: GObject.ParamSpec) => void;
            "notify::device": (pspec: GObject.ParamSpec) => void;
            "notify::failed-flush-operations": (pspec: GObject.ParamSpec) => void;
            "notify::failed-read-operations": (pspec: GObject.ParamSpec) => void;
            "notify::failed-unmap-operations": (pspec: GObject.ParamSpec) => void;
            "notify::failed-write-operations": (pspec: GObject.ParamSpec) => void;
            "notify::failed-zone-append-operations": (pspec: GObject.ParamSpec) => void;
            "notify::flush-operations": (pspec: GObject.ParamSpec) => void;
            "notify::flush-total-time-ns": (pspec: GObject.ParamSpec) => void;
            "notify::idle-time-ns": (pspec: GObject.ParamSpec) => void;
            "notify::invalid-flush-operations": (pspec: GObject.ParamSpec) => void;
            "notify::invalid-read-operations": (pspec: GObject.ParamSpec) => void;
            "notify::invalid-unmap-operations": (pspec: GObject.ParamSpec) => void;
            "notify::invalid-write-operations": (pspec: GObject.ParamSpec) => void;
            "notify::invalid-zone-append-operations": (pspec: GObject.ParamSpec) => void;
            "notify::node-name": (pspec: GObject.ParamSpec) => void;
            "notify::parent": (pspec: GObject.ParamSpec) => void;
            "notify::qdev": (pspec: GObject.ParamSpec) => void;
            "notify::read-bytes": (pspec: GObject.ParamSpec) => void;
            "notify::read-merged": (pspec: GObject.ParamSpec) => void;
            "notify::read-operations": (pspec: GObject.ParamSpec) => void;
            "notify::read-total-time-ns": (pspec: GObject.ParamSpec) => void;
            "notify::unmap-bytes": (pspec: GObject.ParamSpec) => void;
            "notify::unmap-merged": (pspec: GObject.ParamSpec) => void;
            "notify::unmap-operations": (pspec: GObject.ParamSpec) => void;
            "notify::unmap-total-time-ns": (pspec: GObject.ParamSpec) => void;
            "notify::write-bytes": (pspec: GObject.ParamSpec) => void;
            "notify::write-highest-offset": (pspec: GObject.ParamSpec) => void;
            "notify::write-merged": (pspec: GObject.ParamSpec) => void;
            "notify::write-operations": (pspec: GObject.ParamSpec) => void;
            "notify::write-total-time-ns": (pspec: GObject.ParamSpec) => void;
            "notify::zone-append-bytes": (pspec: GObject.ParamSpec) => void;
            "notify::zone-append-merged": (pspec: GObject.ParamSpec) => void;
            "notify::zone-append-operations": (pspec: GObject.ParamSpec) => void;
            "notify::zone-append-total-time-ns": (pspec: GObject.ParamSpec) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends Record.ConstructorProps {
            account_failed: boolean;
            accountFailed: boolean;
            account_invalid: boolean;
            accountInvalid: boolean;
            backing: BlockStats | null;
            device: string | null;
            failed_flush_operations: bigint | number;
            failedFlushOperations: bigint | number;
            failed_read_operations: bigint | number;
            failedReadOperations: bigint | number;
            failed_unmap_operations: bigint | number;
            failedUnmapOperations: bigint | number;
            failed_write_operations: bigint | number;
            failedWriteOperations: bigint | number;
            failed_zone_append_operations: bigint | number;
            failedZoneAppendOperations: bigint | number;
            flush_operations: bigint | number;
            flushOperations: bigint | number;
            flush_total_time_ns: bigint | number;
            flushTotalTimeNs: bigint | number;
            idle_time_ns: bigint | number;
            idleTimeNs: bigint | number;
            invalid_flush_operations: bigint | number;
            invalidFlushOperations: bigint | number;
            invalid_read_operations: bigint | number;
            invalidReadOperations: bigint | number;
            invalid_unmap_operations: bigint | number;
            invalidUnmapOperations: bigint | number;
            invalid_write_operations: bigint | number;
            invalidWriteOperations: bigint | number;
            invalid_zone_append_operations: bigint | number;
            invalidZoneAppendOperations: bigint | number;
            node_name: string | null;
            nodeName: string | null;
            parent: BlockStats | null;
            qdev: string | null;
            read_bytes: bigint | number;
            readBytes: bigint | number;
            read_merged: bigint | number;
            readMerged: bigint | number;
            read_operations: bigint | number;
            readOperations: bigint | number;
            read_total_time_ns: bigint | number;
            readTotalTimeNs: bigint | number;
            unmap_bytes: bigint | number;
            unmapBytes: bigint | number;
            unmap_merged: bigint | number;
            unmapMerged: bigint | number;
            unmap_operations: bigint | number;
            unmapOperations: bigint | number;
            unmap_total_time_ns: bigint | number;
            unmapTotalTimeNs: bigint | number;
            write_bytes: bigint | number;
            writeBytes: bigint | number;
            write_highest_offset: bigint | number;
            writeHighestOffset: bigint | number;
            write_merged: bigint | number;
            writeMerged: bigint | number;
            write_operations: bigint | number;
            writeOperations: bigint | number;
            write_total_time_ns: bigint | number;
            writeTotalTimeNs: bigint | number;
            zone_append_bytes: bigint | number;
            zoneAppendBytes: bigint | number;
            zone_append_merged: bigint | number;
            zoneAppendMerged: bigint | number;
            zone_append_operations: bigint | number;
            zoneAppendOperations: bigint | number;
            zone_append_total_time_ns: bigint | number;
            zoneAppendTotalTimeNs: bigint | number;
        }
    }

    class BlockStats extends Record {
        static $gtype: GObject.GType<BlockStats>;

        // Properties
        get account_failed(): boolean;

        get accountFailed(): boolean;

        get account_invalid(): boolean;

        get accountInvalid(): boolean;

        get backing(): BlockStats | null;

        get device(): string | null;

        get failed_flush_operations(): number;

        get failedFlushOperations(): number;

        get failed_read_operations(): number;

        get failedReadOperations(): number;

        get failed_unmap_operations(): number;

        get failedUnmapOperations(): number;

        get failed_write_operations(): number;

        get failedWriteOperations(): number;

        get failed_zone_append_operations(): number;

        get failedZoneAppendOperations(): number;

        get flush_operations(): number;

        get flushOperations(): number;

        get flush_total_time_ns(): number;

        get flushTotalTimeNs(): number;

        get idle_time_ns(): number;

        get idleTimeNs(): number;

        get invalid_flush_operations(): number;

        get invalidFlushOperations(): number;

        get invalid_read_operations(): number;

        get invalidReadOperations(): number;

        get invalid_unmap_operations(): number;

        get invalidUnmapOperations(): number;

        get invalid_write_operations(): number;

        get invalidWriteOperations(): number;

        get invalid_zone_append_operations(): number;

        get invalidZoneAppendOperations(): number;

        get node_name(): string | null;

        get nodeName(): string | null;

        get parent(): BlockStats | null;

        get qdev(): string | null;

        get read_bytes(): number;

        get readBytes(): number;

        get read_merged(): number;

        get readMerged(): number;

        get read_operations(): number;

        get readOperations(): number;

        get read_total_time_ns(): number;

        get readTotalTimeNs(): number;

        get unmap_bytes(): number;

        get unmapBytes(): number;

        get unmap_merged(): number;

        get unmapMerged(): number;

        get unmap_operations(): number;

        get unmapOperations(): number;

        get unmap_total_time_ns(): number;

        get unmapTotalTimeNs(): number;

        get write_bytes(): number;

        get writeBytes(): number;

        get write_highest_offset(): number;

        get writeHighestOffset(): number;

        get write_merged(): number;

        get writeMerged(): number;

        get write_operations(): number;

        get writeOperations(): number;

        get write_total_time_ns(): number;

        get writeTotalTimeNs(): number;

        get zone_append_bytes(): number;

        get zoneAppendBytes(): number;

        get zone_append_merged(): number;

        get zoneAppendMerged(): number;

        get zone_append_operations(): number;

        get zoneAppendOperations(): number;

        get zone_append_total_time_ns(): number;

        get zoneAppendTotalTimeNs(): number;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: BlockStats.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<BlockStats.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        // Signals
        /** @signal */
        connect<K extends keyof BlockStats.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, BlockStats.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof BlockStats.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, BlockStats.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof BlockStats.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<BlockStats.SignalSignatures[K]>): void;

        // Methods
        get_account_failed(): boolean;

        get_account_invalid(): boolean;

        get_backing(): BlockStats | null;

        get_device(): string | null;

        get_failed_flush_operations(): number;

        get_failed_read_operations(): number;

        get_failed_unmap_operations(): number;

        get_failed_write_operations(): number;

        get_failed_zone_append_operations(): number;

        get_flush_operations(): number;

        get_flush_total_time_ns(): number;

        get_idle_time_ns(): number;

        get_invalid_flush_operations(): number;

        get_invalid_read_operations(): number;

        get_invalid_unmap_operations(): number;

        get_invalid_write_operations(): number;

        get_invalid_zone_append_operations(): number;

        get_node_name(): string | null;

        get_parent(): BlockStats | null;

        get_qdev(): string | null;

        get_read_bytes(): number;

        get_read_merged(): number;

        get_read_operations(): number;

        get_read_total_time_ns(): number;

        get_unmap_bytes(): number;

        get_unmap_merged(): number;

        get_unmap_operations(): number;

        get_unmap_total_time_ns(): number;

        get_write_bytes(): number;

        get_write_highest_offset(): number;

        get_write_merged(): number;

        get_write_operations(): number;

        get_write_total_time_ns(): number;

        get_zone_append_bytes(): number;

        get_zone_append_merged(): number;

        get_zone_append_operations(): number;

        get_zone_append_total_time_ns(): number;
    }

    namespace ContextFd {
        // Signal signatures
        interface SignalSignatures extends GObject.Object.SignalSignatures {
            "notify::context": (pspec: GObject.ParamSpec) => void;
            "notify::fd": (pspec: GObject.ParamSpec) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            context: GLib.MainContext;
            fd: number;
        }
    }

    class ContextFd extends GObject.Object {
        static $gtype: GObject.GType<ContextFd>;

        // Properties
        get context(): GLib.MainContext;

        get fd(): number;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: ContextFd.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<ContextFd.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        static ["new"](context?: GLib.MainContext | null): ContextFd;

        // Signals
        /** @signal */
        connect<K extends keyof ContextFd.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, ContextFd.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof ContextFd.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, ContextFd.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof ContextFd.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<ContextFd.SignalSignatures[K]>): void;

        // Methods
        close(): void;

        get_context(): GLib.MainContext;

        get_fd(): number;

        iterate(): boolean;
    }

    namespace Cpu {
        // Signal signatures
        interface SignalSignatures extends Record.SignalSignatures {
            "notify::core-id": (pspec: GObject.ParamSpec) => void;
            "notify::current": (pspec: GObject.ParamSpec) => void;
            "notify::halted": (pspec: GObject.ParamSpec) => void;
            "notify::index": (pspec: GObject.ParamSpec) => void;
            "notify::pc": (pspec: GObject.ParamSpec) => void;
            "notify::qom-path": (pspec: GObject.ParamSpec) => void;
            "notify::smt-id": (pspec: GObject.ParamSpec) => void;
            "notify::socket-id": (pspec: GObject.ParamSpec) => void;
            "notify::target": (pspec: GObject.ParamSpec) => void;
            "notify::thread-id": (pspec: GObject.ParamSpec) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends Record.ConstructorProps {
            core_id: bigint | number;
            coreId: bigint | number;
            current: boolean;
            halted: boolean;
            index: number;
            pc: bigint | number;
            qom_path: string | null;
            qomPath: string | null;
            smt_id: bigint | number;
            smtId: bigint | number;
            socket_id: bigint | number;
            socketId: bigint | number;
            target: string | null;
            thread_id: bigint | number;
            threadId: bigint | number;
        }
    }

    class Cpu extends Record {
        static $gtype: GObject.GType<Cpu>;

        // Properties
        get core_id(): number;

        get coreId(): number;

        get current(): boolean;

        get halted(): boolean;

        get index(): number;

        get pc(): number;

        get qom_path(): string | null;

        get qomPath(): string | null;

        get smt_id(): number;

        get smtId(): number;

        get socket_id(): number;

        get socketId(): number;

        get target(): string | null;

        get thread_id(): number;

        get threadId(): number;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: Cpu.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<Cpu.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        // Signals
        /** @signal */
        connect<K extends keyof Cpu.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Cpu.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof Cpu.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Cpu.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof Cpu.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<Cpu.SignalSignatures[K]>): void;

        // Methods
        get_core_id(): number;

        get_current(): boolean;

        get_halted(): boolean;

        get_index(): number;

        get_pc(): number;

        get_qom_path(): string | null;

        get_smt_id(): number;

        get_socket_id(): number;

        get_target(): string | null;

        get_thread_id(): number;
    }

    namespace Domain {
        // Signal signatures
        interface SignalSignatures extends GObject.Object.SignalSignatures {
            /** @signal */
            closed: (error: GLib.Error | null) => void;
            /** @signal */
            event: (event: Event) => void;
            "notify::block-devices": (pspec: GObject.ParamSpec) => void;
            "notify::block-jobs": (pspec: GObject.ParamSpec) => void;
            "notify::jobs": (pspec: GObject.ParamSpec) => void;
            "notify::monitor": (pspec: GObject.ParamSpec) => void;
            "notify::name": (pspec: GObject.ParamSpec) => void;
            "notify::progress-interval": (pspec: GObject.ParamSpec) => void;
            "notify::running": (pspec: GObject.ParamSpec) => void;
            "notify::state": (pspec: GObject.ParamSpec) => void;
            "notify::status": (pspec: GObject.ParamSpec) => void;
            "notify::status-name": (pspec: GObject.ParamSpec) => void;
            "notify::version": (pspec: GObject.ParamSpec) => void;
            [key: `event::${string}`]: (event: Event) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            block_devices: Gio.ListModel;
            blockDevices: Gio.ListModel;
            block_jobs: Gio.ListModel;
            blockJobs: Gio.ListModel;
            jobs: Gio.ListModel;
            monitor: Monitor;
            name: string | null;
            progress_interval: number;
            progressInterval: number;
            running: boolean;
            state: MonitorState;
            status: Status;
            status_name: string | null;
            statusName: string | null;
            version: Version | null;
        }
    }

    class Domain extends GObject.Object {
        static $gtype: GObject.GType<Domain>;

        // Properties
        get block_devices(): List<BlockDevice>;

        get blockDevices(): List<BlockDevice>;

        get block_jobs(): List<BlockJob>;

        get blockJobs(): List<BlockJob>;

        get jobs(): List<Job>;

        get monitor(): Monitor;

        get name(): string | null;

        get progress_interval(): number;
        set progress_interval(val: number);

        get progressInterval(): number;
        set progressInterval(val: number);

        get running(): boolean;

        get state(): MonitorState;

        get status(): Status;

        get status_name(): string | null;

        get statusName(): string | null;

        get version(): Version | null;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: Domain.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<Domain.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        static ["new"](monitor: Monitor, name?: string | null): Domain;

        static new_for_uri(uri: string): Domain;

        // Signals
        /** @signal */
        connect<K extends keyof Domain.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Domain.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof Domain.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Domain.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof Domain.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<Domain.SignalSignatures[K]>): void;

        // Methods
        add_fd(fd: number, opaque?: string | null, cancellable?: Gio.Cancellable | null): FdSet;

        add_fd_async(fd: number, opaque?: string | null, cancellable?: Gio.Cancellable | null): globalThis.Promise<FdSet>;

        add_fd_async(fd: number, opaque: string | null, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        add_fd_finish(result: Gio.AsyncResult): FdSet;

        close(cancellable?: Gio.Cancellable | null): boolean;

        close_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        close_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        close_finish(result: Gio.AsyncResult): boolean;

        cont(cancellable?: Gio.Cancellable | null): boolean;

        cont_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        cont_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        cont_finish(result: Gio.AsyncResult): boolean;

        find_block_device(name: string, cancellable?: Gio.Cancellable | null): BlockDevice;

        find_block_device_async(name: string, cancellable?: Gio.Cancellable | null): globalThis.Promise<BlockDevice>;

        find_block_device_async(name: string, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        find_block_device_finish(result: Gio.AsyncResult): BlockDevice;

        get_block_devices(): List<BlockDevice>;

        get_block_jobs(): List<BlockJob>;

        get_jobs(): List<Job>;

        get_monitor(): Monitor;

        get_name(): string | null;

        get_progress_interval(): number;

        get_running(): boolean;

        get_state(): MonitorState;

        get_status(): Status;

        get_status_name(): string | null;

        get_version(): Version | null;

        human_monitor_command(command_line: string, cancellable?: Gio.Cancellable | null): string;

        human_monitor_command_async(command_line: string, cancellable?: Gio.Cancellable | null): globalThis.Promise<string>;

        human_monitor_command_async(command_line: string, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        human_monitor_command_finish(result: Gio.AsyncResult): string;

        inject_nmi(cancellable?: Gio.Cancellable | null): boolean;

        inject_nmi_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        inject_nmi_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        inject_nmi_finish(result: Gio.AsyncResult): boolean;

        list_block_devices(cancellable?: Gio.Cancellable | null): List<BlockDevice>;

        list_block_devices_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<List<BlockDevice>>;

        list_block_devices_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        list_block_devices_finish(result: Gio.AsyncResult): List<BlockDevice>;

        list_block_jobs(cancellable?: Gio.Cancellable | null): List<BlockJob>;

        list_block_jobs_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<List<BlockJob>>;

        list_block_jobs_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        list_block_jobs_finish(result: Gio.AsyncResult): List<BlockJob>;

        list_block_stats(cancellable?: Gio.Cancellable | null): List<BlockStats>;

        list_block_stats_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<List<BlockStats>>;

        list_block_stats_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        list_block_stats_finish(result: Gio.AsyncResult): List<BlockStats>;

        list_commands(cancellable?: Gio.Cancellable | null): string[];

        list_commands_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<string[]>;

        list_commands_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        list_commands_finish(result: Gio.AsyncResult): string[];

        list_cpus(flags: CpuQueryFlags, cancellable?: Gio.Cancellable | null): List<Cpu>;

        list_cpus_async(flags: CpuQueryFlags, cancellable?: Gio.Cancellable | null): globalThis.Promise<List<Cpu>>;

        list_cpus_async(flags: CpuQueryFlags, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        list_cpus_finish(result: Gio.AsyncResult): List<Cpu>;

        list_jobs(cancellable?: Gio.Cancellable | null): List<Job>;

        list_jobs_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<List<Job>>;

        list_jobs_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        list_jobs_finish(result: Gio.AsyncResult): List<Job>;

        list_pci_devices(cancellable?: Gio.Cancellable | null): List<PciDevice>;

        list_pci_devices_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<List<PciDevice>>;

        list_pci_devices_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        list_pci_devices_finish(result: Gio.AsyncResult): List<PciDevice>;

        open(cancellable?: Gio.Cancellable | null): boolean;

        open_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        open_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        open_finish(result: Gio.AsyncResult): boolean;

        query_status(cancellable?: Gio.Cancellable | null): Status;

        query_status_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<Status>;

        query_status_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        query_status_finish(result: Gio.AsyncResult): Status;

        query_version(cancellable?: Gio.Cancellable | null): Version;

        query_version_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<Version>;

        query_version_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        query_version_finish(result: Gio.AsyncResult): Version;

        quit(cancellable?: Gio.Cancellable | null): boolean;

        quit_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        quit_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        quit_finish(result: Gio.AsyncResult): boolean;

        run(command: Command, cancellable?: Gio.Cancellable | null): any;

        run_async(command: Command, cancellable?: Gio.Cancellable | null): globalThis.Promise<any>;

        run_async(command: Command, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        run_finish(result: Gio.AsyncResult): any;

        run_raw(command: Command, cancellable?: Gio.Cancellable | null): GLib.Bytes;

        run_raw_async(command: Command, cancellable?: Gio.Cancellable | null): globalThis.Promise<GLib.Bytes>;

        run_raw_async(command: Command, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        run_raw_finish(result: Gio.AsyncResult): GLib.Bytes;

        screen_dump(device: string | null, head: number, format: ScreenFormat, cancellable?: Gio.Cancellable | null): Gio.InputStream;

        screen_dump_async(device: string | null, head: number, format: ScreenFormat, cancellable?: Gio.Cancellable | null): globalThis.Promise<Gio.InputStream>;

        screen_dump_async(device: string | null, head: number, format: ScreenFormat, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        screen_dump_finish(result: Gio.AsyncResult): Gio.InputStream;

        set_progress_interval(interval_ms: number): void;

        start_job(command: Command, cancellable?: Gio.Cancellable | null): Job;

        start_job_async(command: Command, cancellable?: Gio.Cancellable | null): globalThis.Promise<Job>;

        start_job_async(command: Command, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        start_job_finish(result: Gio.AsyncResult): Job;

        stop(cancellable?: Gio.Cancellable | null): boolean;

        stop_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        stop_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        stop_finish(result: Gio.AsyncResult): boolean;

        supports_command(name: string, cancellable?: Gio.Cancellable | null): boolean;

        supports_command_async(name: string, cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        supports_command_async(name: string, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        supports_command_finish(result: Gio.AsyncResult): boolean;

        system_powerdown(cancellable?: Gio.Cancellable | null): boolean;

        system_powerdown_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        system_powerdown_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        system_powerdown_finish(result: Gio.AsyncResult): boolean;

        system_reset(cancellable?: Gio.Cancellable | null): boolean;

        system_reset_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        system_reset_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        system_reset_finish(result: Gio.AsyncResult): boolean;

        system_wakeup(cancellable?: Gio.Cancellable | null): boolean;

        system_wakeup_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        system_wakeup_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        system_wakeup_finish(result: Gio.AsyncResult): boolean;
    }

    namespace Event {
        // Signal signatures
        interface SignalSignatures extends GObject.Object.SignalSignatures {
            "notify::data": (pspec: GObject.ParamSpec) => void;
            "notify::name": (pspec: GObject.ParamSpec) => void;
            "notify::timestamp": (pspec: GObject.ParamSpec) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            data: Json.Object;
            name: string;
            timestamp: bigint | number;
        }
    }

    class Event extends GObject.Object {
        static $gtype: GObject.GType<Event>;

        // Properties
        get data(): {[member: string]: any};

        get name(): string;

        get timestamp(): number;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: Event.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<Event.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        // Signals
        /** @signal */
        connect<K extends keyof Event.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Event.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof Event.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Event.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof Event.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<Event.SignalSignatures[K]>): void;

        // Methods
        get_boolean(member: string): [boolean, boolean];

        get_data(): Json.Object;

    // Conflicted with GObject.Object.get_data
        get_data(...args: never[]): any;

        get_data_bytes(): GLib.Bytes;

        get_int64(member: string): [boolean, number];

        get_name(): string;

        get_string(member: string): string | null;

        get_timestamp(): number;

        get_uint64(member: string): [boolean, number];
    }

    namespace FdSet {
        // Signal signatures
        interface SignalSignatures extends GObject.Object.SignalSignatures {
            "notify::filename": (pspec: GObject.ParamSpec) => void;
            "notify::id": (pspec: GObject.ParamSpec) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            filename: string;
            id: bigint | number;
        }
    }

    class FdSet extends GObject.Object {
        static $gtype: GObject.GType<FdSet>;

        // Properties
        get filename(): string;

        get id(): number;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: FdSet.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<FdSet.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        // Signals
        /** @signal */
        connect<K extends keyof FdSet.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, FdSet.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof FdSet.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, FdSet.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof FdSet.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<FdSet.SignalSignatures[K]>): void;

        // Methods
        add_fd(fd: number, opaque?: string | null, cancellable?: Gio.Cancellable | null): boolean;

        add_fd_async(fd: number, opaque?: string | null, cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        add_fd_async(fd: number, opaque: string | null, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        add_fd_finish(result: Gio.AsyncResult): boolean;

        close(cancellable?: Gio.Cancellable | null): boolean;

        close_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        close_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        close_finish(result: Gio.AsyncResult): boolean;

        get_filename(): string;

        get_id(): number;
    }

    namespace Image {
        // Signal signatures
        interface SignalSignatures extends Record.SignalSignatures {
            "notify::actual-size": (pspec: GObject.ParamSpec) => void;
            "notify::backing-filename": (pspec: GObject.ParamSpec) => void;
            "notify::backing-filename-format": (pspec: GObject.ParamSpec) => void;
            "notify::backing-image": (pspec: GObject.ParamSpec) => void;
            "notify::cluster-size": (pspec: GObject.ParamSpec) => void;
            "notify::compat": (pspec: GObject.ParamSpec) => void;
            "notify::compressed": (pspec: GObject.ParamSpec) => void;
            "notify::corrupt": (pspec: GObject.ParamSpec) => void;
            "notify::dirty": (pspec: GObject.ParamSpec) => void;
            "notify::encrypted": (pspec: GObject.ParamSpec) => void;
            "notify::filename": (pspec: GObject.ParamSpec) => void;
            "notify::format": (pspec: GObject.ParamSpec) => void;
            "notify::format-specific-type": (pspec: GObject.ParamSpec) => void;
            "notify::full-backing-filename": (pspec: GObject.ParamSpec) => void;
            "notify::lazy-refcounts": (pspec: GObject.ParamSpec) => void;
            "notify::refcount-bits": (pspec: GObject.ParamSpec) => void;
            "notify::virtual-size": (pspec: GObject.ParamSpec) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends Record.ConstructorProps {
            actual_size: bigint | number;
            actualSize: bigint | number;
            backing_filename: string | null;
            backingFilename: string | null;
            backing_filename_format: string | null;
            backingFilenameFormat: string | null;
            backing_image: Image | null;
            backingImage: Image | null;
            cluster_size: bigint | number;
            clusterSize: bigint | number;
            compat: string | null;
            compressed: boolean;
            corrupt: boolean;
            dirty: boolean;
            encrypted: boolean;
            filename: string | null;
            format: string | null;
            format_specific_type: string | null;
            formatSpecificType: string | null;
            full_backing_filename: string | null;
            fullBackingFilename: string | null;
            lazy_refcounts: boolean;
            lazyRefcounts: boolean;
            refcount_bits: number;
            refcountBits: number;
            virtual_size: bigint | number;
            virtualSize: bigint | number;
        }
    }

    class Image extends Record {
        static $gtype: GObject.GType<Image>;

        // Properties
        get actual_size(): number;

        get actualSize(): number;

        get backing_filename(): string | null;

        get backingFilename(): string | null;

        get backing_filename_format(): string | null;

        get backingFilenameFormat(): string | null;

        get backing_image(): Image | null;

        get backingImage(): Image | null;

        get cluster_size(): number;

        get clusterSize(): number;

        get compat(): string | null;

        get compressed(): boolean;

        get corrupt(): boolean;

        get dirty(): boolean;

        get encrypted(): boolean;

        get filename(): string | null;

        get format(): string | null;

        get format_specific_type(): string | null;

        get formatSpecificType(): string | null;

        get full_backing_filename(): string | null;

        get fullBackingFilename(): string | null;

        get lazy_refcounts(): boolean;

        get lazyRefcounts(): boolean;

        get refcount_bits(): number;

        get refcountBits(): number;

        get virtual_size(): number;

        get virtualSize(): number;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: Image.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<Image.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        // Signals
        /** @signal */
        connect<K extends keyof Image.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Image.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof Image.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Image.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof Image.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<Image.SignalSignatures[K]>): void;

        // Methods
        get_actual_size(): number;

        get_backing_filename(): string | null;

        get_backing_filename_format(): string | null;

        get_backing_image(): Image | null;

        get_cluster_size(): number;

        get_compat(): string | null;

        get_compressed(): boolean;

        get_corrupt(): boolean;

        get_dirty(): boolean;

        get_encrypted(): boolean;

        get_filename(): string | null;

        get_format(): string | null;

        get_format_specific_type(): string | null;

        get_full_backing_filename(): string | null;

        get_lazy_refcounts(): boolean;

        get_refcount_bits(): number;

        get_virtual_size(): number;
    }

    namespace Job {
        // Signal signatures
        interface SignalSignatures extends GObject.Object.SignalSignatures {
            "notify::current-progress": (pspec: GObject.ParamSpec) => void;
            "notify::error-message": (pspec: GObject.ParamSpec) => void;
            "notify::fraction": (pspec: GObject.ParamSpec) => void;
            "notify::id": (pspec: GObject.ParamSpec) => void;
            "notify::job-type": (pspec: GObject.ParamSpec) => void;
            "notify::result": (pspec: GObject.ParamSpec) => void;
            "notify::status": (pspec: GObject.ParamSpec) => void;
            "notify::status-name": (pspec: GObject.ParamSpec) => void;
            "notify::total-progress": (pspec: GObject.ParamSpec) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            current_progress: bigint | number;
            currentProgress: bigint | number;
            error_message: string | null;
            errorMessage: string | null;
            fraction: number;
            id: string;
            job_type: string | null;
            jobType: string | null;
            result: JobResult;
            status: JobStatus;
            status_name: string | null;
            statusName: string | null;
            total_progress: bigint | number;
            totalProgress: bigint | number;
        }
    }

    class Job extends GObject.Object {
        static $gtype: GObject.GType<Job>;

        // Properties
        get current_progress(): number;

        get currentProgress(): number;

        get error_message(): string | null;

        get errorMessage(): string | null;

        get fraction(): number;

        get id(): string;

        get job_type(): string | null;

        get jobType(): string | null;

        get result(): JobResult;

        get status(): JobStatus;

        get status_name(): string | null;

        get statusName(): string | null;

        get total_progress(): number;

        get totalProgress(): number;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: Job.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<Job.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        // Signals
        /** @signal */
        connect<K extends keyof Job.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Job.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof Job.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Job.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof Job.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<Job.SignalSignatures[K]>): void;

        // Methods
        cancel(cancellable?: Gio.Cancellable | null): boolean;

        cancel_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        cancel_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        cancel_finish(result: Gio.AsyncResult): boolean;

        complete(cancellable?: Gio.Cancellable | null): boolean;

        complete_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        complete_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        complete_finish(result: Gio.AsyncResult): boolean;

        dismiss(cancellable?: Gio.Cancellable | null): boolean;

        dismiss_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        dismiss_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        dismiss_finish(result: Gio.AsyncResult): boolean;

        finalize(cancellable?: Gio.Cancellable | null): boolean;

        finalize_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        finalize_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        finalize_finish(result: Gio.AsyncResult): boolean;

        get_current_progress(): number;

        get_error_message(): string | null;

        get_fraction(): number;

        get_id(): string;

        get_job_type(): string | null;

        get_result(): JobResult;

        get_status(): JobStatus;

        get_status_name(): string | null;

        get_total_progress(): number;

        pause(cancellable?: Gio.Cancellable | null): boolean;

        pause_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        pause_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        pause_finish(result: Gio.AsyncResult): boolean;

        resume(cancellable?: Gio.Cancellable | null): boolean;

        resume_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        resume_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        resume_finish(result: Gio.AsyncResult): boolean;

        wait(cancellable?: Gio.Cancellable | null): boolean;

        wait_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        wait_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        wait_finish(result: Gio.AsyncResult): boolean;

        wait_ready(cancellable?: Gio.Cancellable | null): boolean;

        wait_ready_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        wait_ready_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        wait_ready_finish(result: Gio.AsyncResult): boolean;
    }

    namespace Monitor {
        // Signal signatures
        interface SignalSignatures extends GObject.Object.SignalSignatures {
            /** @signal */
            closed: (error: GLib.Error | null) => void;
            /** @signal */
            event: (event: Event) => void;
            /** @signal */
            replaced: () => void;
            "notify::capabilities": (pspec: GObject.ParamSpec) => void;
            "notify::command-timeout": (pspec: GObject.ParamSpec) => void;
            "notify::delivered": (pspec: GObject.ParamSpec) => void;
            "notify::events-supported": (pspec: GObject.ParamSpec) => void;
            "notify::open-timeout": (pspec: GObject.ParamSpec) => void;
            "notify::received": (pspec: GObject.ParamSpec) => void;
            "notify::state": (pspec: GObject.ParamSpec) => void;
            "notify::version": (pspec: GObject.ParamSpec) => void;
            [key: `event::${string}`]: (event: Event) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            capabilities: string[] | null;
            command_timeout: number;
            commandTimeout: number;
            delivered: bigint | number;
            events_supported: boolean;
            eventsSupported: boolean;
            open_timeout: number;
            openTimeout: number;
            received: bigint | number;
            state: MonitorState;
            version: Version | null;
        }
    }

    abstract class Monitor extends GObject.Object {
        static $gtype: GObject.GType<Monitor>;

        // Properties
        get capabilities(): string[] | null;

        get command_timeout(): number;
        set command_timeout(val: number);

        get commandTimeout(): number;
        set commandTimeout(val: number);

        get delivered(): number;

        get events_supported(): boolean;
        set events_supported(val: boolean);

        get eventsSupported(): boolean;
        set eventsSupported(val: boolean);

        get open_timeout(): number;
        set open_timeout(val: number);

        get openTimeout(): number;
        set openTimeout(val: number);

        get received(): number;

        get state(): MonitorState;

        get version(): Version | null;

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

        // Signals
        /** @signal */
        connect<K extends keyof Monitor.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Monitor.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof Monitor.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Monitor.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof Monitor.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<Monitor.SignalSignatures[K]>): void;

        // Virtual methods
        vfunc_start_close(request: MonitorRequest): void;

        vfunc_start_open(request: MonitorRequest): void;

        vfunc_start_run(request: MonitorRequest): void;

        vfunc_start_screen_dump(request: MonitorRequest): void;

        // Methods
        close(cancellable?: Gio.Cancellable | null): boolean;

        close_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        close_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        close_finish(result: Gio.AsyncResult): boolean;

        emit_closed(error?: GLib.Error | null): void;

        emit_event(name: string, timestamp?: bigint | number, data?: GLib.Bytes | Uint8Array | Members | null): void;

        emit_replaced(greeting?: GLib.Bytes | Uint8Array | Members | null): void;

        get_capabilities(): string[] | null;

        get_command_timeout(): number;

        get_delivered(): number;

        get_events_supported(): boolean;

        get_open_timeout(): number;

        get_received(): number;

        get_state(): MonitorState;

        get_version(): Version | null;

        open(cancellable?: Gio.Cancellable | null): boolean;

        open_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        open_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        open_finish(result: Gio.AsyncResult): boolean;

        run(command: Command, cancellable?: Gio.Cancellable | null): GLib.Bytes;

        run_async(command: Command, cancellable?: Gio.Cancellable | null): globalThis.Promise<GLib.Bytes>;

        run_async(command: Command, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        run_finish(result: Gio.AsyncResult): GLib.Bytes;

        set_command_timeout(timeout_ms: number): void;

        set_open_timeout(timeout_ms: number): void;
    }

    namespace MonitorRequest {
        // Signal signatures
        interface SignalSignatures extends GObject.Object.SignalSignatures {}

        // Constructor properties interface
        interface ConstructorProps extends GObject.Object.ConstructorProps {}
    }

    class MonitorRequest extends GObject.Object {
        static $gtype: GObject.GType<MonitorRequest>;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: MonitorRequest.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<MonitorRequest.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        // Signals
        /** @signal */
        connect<K extends keyof MonitorRequest.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, MonitorRequest.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof MonitorRequest.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, MonitorRequest.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof MonitorRequest.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<MonitorRequest.SignalSignatures[K]>): void;

        // Methods
        get_cancellable(): Gio.Cancellable | null;

        get_command(): Command | null;

        return_bytes(bytes: GLib.Bytes | Uint8Array): void;

        return_error(error: GLib.Error): void;
    }

    namespace PciDevice {
        // Signal signatures
        interface SignalSignatures extends Record.SignalSignatures {
            "notify::bridge": (pspec: GObject.ParamSpec) => void;
            "notify::bus": (pspec: GObject.ParamSpec) => void;
            "notify::class-code": (pspec: GObject.ParamSpec) => void;
            "notify::class-description": (pspec: GObject.ParamSpec) => void;
            "notify::device-id": (pspec: GObject.ParamSpec) => void;
            "notify::function": (pspec: GObject.ParamSpec) => void;
            "notify::irq": (pspec: GObject.ParamSpec) => void;
            "notify::irq-pin": (pspec: GObject.ParamSpec) => void;
            "notify::qdev-id": (pspec: GObject.ParamSpec) => void;
            "notify::regions": (pspec: GObject.ParamSpec) => void;
            "notify::slot": (pspec: GObject.ParamSpec) => void;
            "notify::subsystem-id": (pspec: GObject.ParamSpec) => void;
            "notify::subsystem-vendor-id": (pspec: GObject.ParamSpec) => void;
            "notify::vendor-id": (pspec: GObject.ParamSpec) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends Record.ConstructorProps {
            bridge: PciDevice | null;
            bus: number;
            class_code: number;
            classCode: number;
            class_description: string | null;
            classDescription: string | null;
            device_id: number;
            deviceId: number;
            "function": number;
            irq: number;
            irq_pin: number;
            irqPin: number;
            qdev_id: string | null;
            qdevId: string | null;
            regions: Gio.ListModel;
            slot: number;
            subsystem_id: number;
            subsystemId: number;
            subsystem_vendor_id: number;
            subsystemVendorId: number;
            vendor_id: number;
            vendorId: number;
        }
    }

    class PciDevice extends Record {
        static $gtype: GObject.GType<PciDevice>;

        // Properties
        get bridge(): PciDevice | null;

        get bus(): number;

        get class_code(): number;

        get classCode(): number;

        get class_description(): string | null;

        get classDescription(): string | null;

        get device_id(): number;

        get deviceId(): number;

        get "function"(): number;

        get irq(): number;

        get irq_pin(): number;

        get irqPin(): number;

        get qdev_id(): string | null;

        get qdevId(): string | null;

        get regions(): List<PciRegion>;

        get slot(): number;

        get subsystem_id(): number;

        get subsystemId(): number;

        get subsystem_vendor_id(): number;

        get subsystemVendorId(): number;

        get vendor_id(): number;

        get vendorId(): number;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: PciDevice.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<PciDevice.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        // Signals
        /** @signal */
        connect<K extends keyof PciDevice.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, PciDevice.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof PciDevice.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, PciDevice.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof PciDevice.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<PciDevice.SignalSignatures[K]>): void;

        // Methods
        get_bridge(): PciDevice | null;

        get_bus(): number;

        get_class_code(): number;

        get_class_description(): string | null;

        get_device_id(): number;

        get_function(): number;

        get_irq(): number;

        get_irq_pin(): number;

        get_qdev_id(): string | null;

        get_regions(): List<PciRegion>;

        get_slot(): number;

        get_subsystem_id(): number;

        get_subsystem_vendor_id(): number;

        get_vendor_id(): number;
    }

    namespace PciRegion {
        // Signal signatures
        interface SignalSignatures extends Record.SignalSignatures {
            "notify::address": (pspec: GObject.ParamSpec) => void;
            "notify::bar": (pspec: GObject.ParamSpec) => void;
            "notify::mem-type-64": (pspec: GObject.ParamSpec) => void;
            "notify::mem-type64": (pspec: GObject.ParamSpec) => void;
            "notify::prefetch": (pspec: GObject.ParamSpec) => void;
            "notify::region-type": (pspec: GObject.ParamSpec) => void;
            "notify::size": (pspec: GObject.ParamSpec) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends Record.ConstructorProps {
            address: bigint | number;
            bar: number;
            mem_type_64: boolean;
            memType64: boolean;
            prefetch: boolean;
            region_type: string | null;
            regionType: string | null;
            size: bigint | number;
        }
    }

    class PciRegion extends Record {
        static $gtype: GObject.GType<PciRegion>;

        // Properties
        get address(): number;

        get bar(): number;

        get mem_type_64(): boolean;

        get memType64(): boolean;

        get prefetch(): boolean;

        get region_type(): string | null;

        get regionType(): string | null;

        get size(): number;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: PciRegion.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<PciRegion.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        // Signals
        /** @signal */
        connect<K extends keyof PciRegion.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, PciRegion.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof PciRegion.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, PciRegion.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof PciRegion.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<PciRegion.SignalSignatures[K]>): void;

        // Methods
        get_address(): number;

        get_bar(): number;

        get_mem_type_64(): boolean;

        get_prefetch(): boolean;

        get_region_type(): string | null;

        get_size(): number;
    }

    namespace Process {
        // Signal signatures
        interface SignalSignatures extends GObject.Object.SignalSignatures {
            /** @signal */
            exited: (exit_status: number) => void;
            "notify::argv": (pspec: GObject.ParamSpec) => void;
            "notify::domain": (pspec: GObject.ParamSpec) => void;
            "notify::exit-status": (pspec: GObject.ParamSpec) => void;
            "notify::keep-alive": (pspec: GObject.ParamSpec) => void;
            "notify::pid": (pspec: GObject.ParamSpec) => void;
            "notify::running": (pspec: GObject.ParamSpec) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            argv: string[];
            domain: Domain;
            exit_status: number;
            exitStatus: number;
            keep_alive: boolean;
            keepAlive: boolean;
            pid: number;
            running: boolean;
        }
    }

    class Process extends GObject.Object {
        static $gtype: GObject.GType<Process>;

        // Properties
        get argv(): string[];

        get domain(): Domain;

        get exit_status(): number;

        get exitStatus(): number;

        get keep_alive(): boolean;
        set keep_alive(val: boolean);

        get keepAlive(): boolean;
        set keepAlive(val: boolean);

        get pid(): number;

        get running(): boolean;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: Process.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<Process.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        static ["new"](argv: string[]): Process;

        // Signals
        /** @signal */
        connect<K extends keyof Process.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Process.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof Process.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Process.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof Process.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<Process.SignalSignatures[K]>): void;

        // Methods
        force_exit(): void;

        get_argv(): string[];

        get_domain(): Domain;

        get_error_output(): string;

        get_exit_status(): number;

        get_keep_alive(): boolean;

        get_pid(): number;

        get_running(): boolean;

        set_keep_alive(keep_alive: boolean): void;

        shutdown(timeout_ms: number, cancellable?: Gio.Cancellable | null): boolean;

        shutdown_async(timeout_ms: number, cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        shutdown_async(timeout_ms: number, cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        shutdown_finish(result: Gio.AsyncResult): boolean;

        spawn(cancellable?: Gio.Cancellable | null): boolean;

        spawn_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        spawn_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        spawn_finish(result: Gio.AsyncResult): boolean;

        wait(cancellable?: Gio.Cancellable | null): boolean;

        wait_async(cancellable?: Gio.Cancellable | null): globalThis.Promise<boolean>;

        wait_async(cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this> | null): void;

        wait_finish(result: Gio.AsyncResult): boolean;
    }

    namespace Record {
        // Signal signatures
        interface SignalSignatures extends GObject.Object.SignalSignatures {}

        // Constructor properties interface
        interface ConstructorProps extends GObject.Object.ConstructorProps {}
    }

    abstract class Record extends GObject.Object {
        static $gtype: GObject.GType<Record>;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: Record.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<Record.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        // Signals
        /** @signal */
        connect<K extends keyof Record.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Record.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof Record.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Record.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof Record.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<Record.SignalSignatures[K]>): void;

        // Methods
        is_set(property_name: string): boolean;

        to_json(): string;
    }

    namespace SocketMonitor {
        // Signal signatures
        interface SignalSignatures extends Monitor.SignalSignatures {
            "notify::local-address": (pspec: GObject.ParamSpec) => void;
            "notify::max-message-size": (pspec: GObject.ParamSpec) => void;
            "notify::out-of-band": (pspec: GObject.ParamSpec) => void;
            "notify::ssh-command": (pspec: GObject.ParamSpec) => void;
            "notify::tls-certificate": (pspec: GObject.ParamSpec) => void;
            "notify::tls-database": (pspec: GObject.ParamSpec) => void;
            "notify::wait-for-peer": (pspec: GObject.ParamSpec) => void;
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
        interface ConstructorProps extends Monitor.ConstructorProps {
            local_address: Gio.SocketAddress | null;
            localAddress: Gio.SocketAddress | null;
            max_message_size: bigint | number;
            maxMessageSize: bigint | number;
            out_of_band: boolean;
            outOfBand: boolean;
            ssh_command: string[];
            sshCommand: string[];
            tls_certificate: Gio.TlsCertificate | null;
            tlsCertificate: Gio.TlsCertificate | null;
            tls_database: Gio.TlsDatabase | null;
            tlsDatabase: Gio.TlsDatabase | null;
            wait_for_peer: boolean;
            waitForPeer: boolean;
        }
    }

    class SocketMonitor extends Monitor {
        static $gtype: GObject.GType<SocketMonitor>;

        // Properties
        get local_address(): Gio.SocketAddress | null;

        get localAddress(): Gio.SocketAddress | null;

        get max_message_size(): number;
        set max_message_size(val: bigint | number);

        get maxMessageSize(): number;
        set maxMessageSize(val: bigint | number);

        get out_of_band(): boolean;
        set out_of_band(val: boolean);

        get outOfBand(): boolean;
        set outOfBand(val: boolean);

        get ssh_command(): string[];
        set ssh_command(val: string[]);

        get sshCommand(): string[];
        set sshCommand(val: string[]);

        get tls_certificate(): Gio.TlsCertificate | null;
        set tls_certificate(val: Gio.TlsCertificate | null);

        get tlsCertificate(): Gio.TlsCertificate | null;
        set tlsCertificate(val: Gio.TlsCertificate | null);

        get tls_database(): Gio.TlsDatabase | null;
        set tls_database(val: Gio.TlsDatabase | null);

        get tlsDatabase(): Gio.TlsDatabase | null;
        set tlsDatabase(val: Gio.TlsDatabase | null);

        get wait_for_peer(): boolean;
        set wait_for_peer(val: boolean);

        get waitForPeer(): boolean;
        set waitForPeer(val: boolean);

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: SocketMonitor.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<SocketMonitor.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        static ["new"](connectable: Gio.SocketConnectable): SocketMonitor;

        static new_for_stream(stream: Gio.IOStream): SocketMonitor;

        static new_for_uri(uri: string): SocketMonitor;

        static new_listening(address: Gio.SocketAddress): SocketMonitor;

        // Signals
        /** @signal */
        connect<K extends keyof SocketMonitor.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, SocketMonitor.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof SocketMonitor.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, SocketMonitor.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof SocketMonitor.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<SocketMonitor.SignalSignatures[K]>): void;

        // Methods
        get_local_address(): Gio.SocketAddress | null;

        get_max_message_size(): number;

        get_out_of_band(): boolean;

        get_ssh_command(): string[];

        get_tls_certificate(): Gio.TlsCertificate | null;

        get_tls_database(): Gio.TlsDatabase | null;

        get_wait_for_peer(): boolean;

        listen(): boolean;

        set_max_message_size(max_message_size: bigint | number): void;

        set_out_of_band(out_of_band: boolean): void;

        set_ssh_command(command?: string[] | null): void;

        set_tls_certificate(certificate?: Gio.TlsCertificate | null): void;

        set_tls_database(database?: Gio.TlsDatabase | null): void;

        set_wait_for_peer(wait_for_peer: boolean): void;
    }

    namespace TestMonitor {
        // Signal signatures
        interface SignalSignatures extends Monitor.SignalSignatures {
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
        interface ConstructorProps extends Monitor.ConstructorProps {}
    }

    class TestMonitor extends Monitor {
        static $gtype: GObject.GType<TestMonitor>;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: TestMonitor.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<TestMonitor.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        static ["new"](func: TestMonitorFunc): TestMonitor;

        // Signals
        /** @signal */
        connect<K extends keyof TestMonitor.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, TestMonitor.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof TestMonitor.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, TestMonitor.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof TestMonitor.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<TestMonitor.SignalSignatures[K]>): void;

        // Methods
        push_event(name: string, data?: string | Members | null): void;
    }

    namespace Version {
        // Signal signatures
        interface SignalSignatures extends Record.SignalSignatures {
            "notify::major": (pspec: GObject.ParamSpec) => void;
            "notify::micro": (pspec: GObject.ParamSpec) => void;
            "notify::minor": (pspec: GObject.ParamSpec) => void;
            "notify::package": (pspec: GObject.ParamSpec) => void;
        }

        // Constructor properties interface
        interface ConstructorProps extends Record.ConstructorProps {
            major: number;
            micro: number;
            minor: number;
            "package": string | null;
        }
    }

    class Version extends Record {
        static $gtype: GObject.GType<Version>;

        // Properties
        get major(): number;

        get micro(): number;

        get minor(): number;

        get "package"(): string | null;

        /**
         * Compile-time signal type information.
         *
         * This instance property is generated only for TypeScript type checking.
         * It is not defined at runtime and should not be accessed in JS code.
         * @internal
         */
        $signals: Version.SignalSignatures;

        // Constructors
        constructor(properties?: Partial<Version.ConstructorProps>, ...args: any[]);

        _init(...args: any[]): void;

        // Signals
        /** @signal */
        connect<K extends keyof Version.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Version.SignalSignatures[K]>): number;

        /** @signal */
        connect_after<K extends keyof Version.SignalSignatures>(signal: K, callback: GObject.SignalCallback<this, Version.SignalSignatures[K]>): number;

        /** @signal */
        emit<K extends keyof Version.SignalSignatures>(signal: K, ...args: GObject.GjsParameters<Version.SignalSignatures[K]>): void;

        // Methods
        at_least(major: number, minor: number, micro: number): boolean;

        get_major(): number;

        get_micro(): number;

        get_minor(): number;

        get_package(): string | null;

        to_string(): string;
    }

    type BlockDeviceClass = typeof BlockDevice;

    type BlockJobClass = typeof BlockJob;

    type BlockStatsClass = typeof BlockStats;

    class Command {
        static $gtype: GObject.GType<Command>;

        // Constructors
        constructor(name: string, args?: Members | null);

        static ["new"](name: string, args?: Members | null): Command;

        static new_from_json(text: string): Command;

        // Methods
        attach_fd(fd: number): boolean;

        copy(): Command;

        get_name(): string;

        get_out_of_band(): boolean;

        ref(): Command;

        set_arguments(_arguments: Json.Object | Members): void;

        set_boolean(member: string, value: boolean): void;

        set_double(member: string, value: number): void;

        set_int64(member: string, value: bigint | number): void;

        set_node(member: string, value: any): void;

        set_out_of_band(out_of_band: boolean): void;

        set_string(member: string, value?: string | null): void;

        set_timeout(timeout_ms: number): void;

        set_uint64(member: string, value: bigint | number): void;

        to_json(): string;

        unref(): void;
    }

    type ContextFdClass = typeof ContextFd;

    type CpuClass = typeof Cpu;

    type DomainClass = typeof Domain;

    type EventClass = typeof Event;

    type FdSetClass = typeof FdSet;

    type ImageClass = typeof Image;

    type JobClass = typeof Job;

    type MonitorClass = typeof Monitor;

    type MonitorRequestClass = typeof MonitorRequest;

    type PciDeviceClass = typeof PciDevice;

    type PciRegionClass = typeof PciRegion;

    type ProcessClass = typeof Process;

    type RecordClass = typeof Record;

    type SocketMonitorClass = typeof SocketMonitor;

    type TestMonitorClass = typeof TestMonitor;

    type VersionClass = typeof Version;

    const __name__: string;

    const __version__: string;
}

export default Qemu;

}

declare module 'gi://Qemu' {
    import Qemu10 from 'gi://Qemu?version=1.0';
    export default Qemu10;
}
// END
