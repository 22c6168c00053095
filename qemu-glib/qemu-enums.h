/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Enumerations shared by several classes. */

#pragma once

#if !defined (QEMU_GLIB_INSIDE) && !defined (QEMU_GLIB_COMPILATION)
# error "Only <qemu-glib/qemu-glib.h> can be included directly."
#endif

#include <glib-object.h>

#include <qemu-glib/qemu-glib-version.h>

G_BEGIN_DECLS

/**
 * QemuMonitorState:
 * @QEMU_MONITOR_STATE_CLOSED: not connected; [method@Monitor.open] may be called
 * @QEMU_MONITOR_STATE_OPENING: connecting, or negotiating with QEMU
 * @QEMU_MONITOR_STATE_OPEN: commands may be run
 * @QEMU_MONITOR_STATE_CLOSING: [method@Monitor.close] was called and has not ended yet
 *
 * What a monitor's connection is doing.
 *
 * Since: 1.0
 */
typedef enum
{
  QEMU_MONITOR_STATE_CLOSED,
  QEMU_MONITOR_STATE_OPENING,
  QEMU_MONITOR_STATE_OPEN,
  QEMU_MONITOR_STATE_CLOSING
} QemuMonitorState;

/**
 * QemuStatus:
 * @QEMU_STATUS_UNKNOWN: not known: not asked yet, no connection, or a state newer than this library
 * @QEMU_STATUS_DEBUG: stopped by the debugger
 * @QEMU_STATUS_INMIGRATE: waiting for an incoming migration
 * @QEMU_STATUS_INTERNAL_ERROR: stopped by an error inside QEMU or the accelerator
 * @QEMU_STATUS_IO_ERROR: stopped by a failed request of a disk (for instance: no space left on the host)
 * @QEMU_STATUS_PAUSED: stopped by the `stop` command
 * @QEMU_STATUS_POSTMIGRATE: stopped after it was migrated away
 * @QEMU_STATUS_PRELAUNCH: not started yet (`-S`), or reset while stopped
 * @QEMU_STATUS_FINISH_MIGRATE: stopped for the last part of a migration
 * @QEMU_STATUS_RESTORE_VM: restoring a snapshot
 * @QEMU_STATUS_RUNNING: running
 * @QEMU_STATUS_SAVE_VM: saving a snapshot
 * @QEMU_STATUS_SHUTDOWN: the guest has shut down and QEMU was told to stay (`-no-shutdown`)
 * @QEMU_STATUS_SUSPENDED: the guest sleeps (ACPI S3)
 * @QEMU_STATUS_WATCHDOG: stopped by a watchdog device
 * @QEMU_STATUS_GUEST_PANICKED: the guest's kernel has panicked
 * @QEMU_STATUS_COLO: stopped for a COLO checkpoint
 *
 * QEMU's run states. [property@Domain:status-name] has the state as QEMU wrote it, also where this is
 * %QEMU_STATUS_UNKNOWN.
 *
 * Since: 1.0
 */
typedef enum
{
  QEMU_STATUS_UNKNOWN,
  QEMU_STATUS_DEBUG,
  QEMU_STATUS_INMIGRATE,
  QEMU_STATUS_INTERNAL_ERROR,
  QEMU_STATUS_IO_ERROR,
  QEMU_STATUS_PAUSED,
  QEMU_STATUS_POSTMIGRATE,
  QEMU_STATUS_PRELAUNCH,
  QEMU_STATUS_FINISH_MIGRATE,
  QEMU_STATUS_RESTORE_VM,
  QEMU_STATUS_RUNNING,
  QEMU_STATUS_SAVE_VM,
  QEMU_STATUS_SHUTDOWN,
  QEMU_STATUS_SUSPENDED,
  QEMU_STATUS_WATCHDOG,
  QEMU_STATUS_GUEST_PANICKED,
  QEMU_STATUS_COLO
} QemuStatus;

/**
 * QemuCpuQueryFlags:
 * @QEMU_CPU_QUERY_NONE: only what costs the guest nothing
 * @QEMU_CPU_QUERY_REGISTERS: also the registers, for which each processor is stopped for a moment
 *
 * What [method@Domain.list_cpus] is to ask for.
 *
 * Since: 1.0
 */
typedef enum /*< flags >*/
{
  QEMU_CPU_QUERY_NONE = 0,
  QEMU_CPU_QUERY_REGISTERS = 1 << 0
} QemuCpuQueryFlags;

/**
 * QemuJobStatus:
 * @QEMU_JOB_STATUS_UNKNOWN: not known yet, or a state newer than this library
 * @QEMU_JOB_STATUS_UNDEFINED: about to be created
 * @QEMU_JOB_STATUS_CREATED: created and not started yet
 * @QEMU_JOB_STATUS_RUNNING: at work
 * @QEMU_JOB_STATUS_PAUSED: paused, by somebody's wish or by an error that was to stop it
 * @QEMU_JOB_STATUS_READY: the copy is complete and is kept so; the job waits to be completed or stopped
 * @QEMU_JOB_STATUS_STANDBY: as ready, but paused
 * @QEMU_JOB_STATUS_WAITING: done, and waits for the other jobs of its transaction
 * @QEMU_JOB_STATUS_PENDING: waits to be finalized
 * @QEMU_JOB_STATUS_ABORTING: has failed or was cancelled, and puts away what it has done
 * @QEMU_JOB_STATUS_CONCLUDED: has ended; only its result is still there, until it is dismissed
 * @QEMU_JOB_STATUS_NULL: gone
 *
 * The states of a job. [property@Job:status-name] has the state as QEMU wrote it.
 *
 * Since: 1.0
 */
typedef enum
{
  QEMU_JOB_STATUS_UNKNOWN,
  QEMU_JOB_STATUS_UNDEFINED,
  QEMU_JOB_STATUS_CREATED,
  QEMU_JOB_STATUS_RUNNING,
  QEMU_JOB_STATUS_PAUSED,
  QEMU_JOB_STATUS_READY,
  QEMU_JOB_STATUS_STANDBY,
  QEMU_JOB_STATUS_WAITING,
  QEMU_JOB_STATUS_PENDING,
  QEMU_JOB_STATUS_ABORTING,
  QEMU_JOB_STATUS_CONCLUDED,
  QEMU_JOB_STATUS_NULL
} QemuJobStatus;

/**
 * QemuJobResult:
 * @QEMU_JOB_RESULT_NONE: it has not ended yet
 * @QEMU_JOB_RESULT_COMPLETED: it has done all of its work
 * @QEMU_JOB_RESULT_STOPPED: it was ended by [method@BlockJob.stop]: the copy is complete, and the disk has stayed where
 *   it was
 * @QEMU_JOB_RESULT_CANCELLED: it was cancelled; what it has written is no good copy
 * @QEMU_JOB_RESULT_FAILED: it has failed; [property@Job:error-message] says why
 * @QEMU_JOB_RESULT_LOST: nobody knows: the connection, or the job, was gone before it told
 *
 * What has become of a job. Only the first two after none are a success.
 *
 * Since: 1.0
 */
typedef enum
{
  QEMU_JOB_RESULT_NONE,
  QEMU_JOB_RESULT_COMPLETED,
  QEMU_JOB_RESULT_STOPPED,
  QEMU_JOB_RESULT_CANCELLED,
  QEMU_JOB_RESULT_FAILED,
  QEMU_JOB_RESULT_LOST
} QemuJobResult;

/**
 * QemuResizeFlags:
 * @QEMU_RESIZE_NONE: the disk may only grow
 * @QEMU_RESIZE_SHRINK: the disk may also become smaller; what is behind its new end is lost
 *
 * What [method@BlockDevice.resize] may do.
 *
 * Since: 1.0
 */
typedef enum /*< flags >*/
{
  QEMU_RESIZE_NONE = 0,
  QEMU_RESIZE_SHRINK = 1 << 0
} QemuResizeFlags;

/**
 * QemuScreenFormat:
 * @QEMU_SCREEN_PPM: a plain bitmap; every QEMU has it
 * @QEMU_SCREEN_PNG: PNG, since QEMU 7.1
 *
 * The format of a picture that [method@Domain.screen_dump] takes.
 *
 * Since: 1.0
 */
typedef enum
{
  QEMU_SCREEN_PPM,
  QEMU_SCREEN_PNG
} QemuScreenFormat;

G_END_DECLS
