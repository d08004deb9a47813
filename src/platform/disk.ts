// Disk: the operations that durable data needs, and no more, so that a simulated disk can take their place and fail at
// each of them. Reads and writes are synchronous (they go to the page cache); what waits for the device is asynchronous,
// so that one process can collect the next group of writes while the last one becomes durable.
//
// A write may be short, as on a full disk; callers loop or give up, and never acknowledge before `datasync` resolves.

import fs from 'node:fs'
import { promisify } from 'node:util'
import { SystemDeviceFile } from './device-file.ts'
import {
  DurableFile,
  noteRemove,
  noteRename,
  noteTruncate,
  noteWrite,
  syncDirectoryByWriting,
} from './durable-write.ts'

/** Node's permission model refuses fsync. */
const CAN_SYNC = process.permission === undefined

const fdatasync = promisify(fs.fdatasync)
const fsync = promisify(fs.fsync)

export interface DiskFile {
  /** Bytes read into `buffer`; fewer than its length only at the end of the file. */
  read(buffer: Uint8Array, position: number): number
  /** Bytes written from the start of `buffer`, perhaps fewer than given. Throws DiskError. */
  write(buffer: Uint8Array, position: number): number
  /** Content, and the metadata needed to read it, is durable when this resolves. Throws DiskError. */
  datasync(): Promise<void>
  /**
   * Writes all of `buffer`, which must stay as it is meanwhile, and makes it durable: once to the device. Throws DiskError, after which any part of
   * it, but not its end, may have been written; and SyncError, after which nobody knows what is on the device.
   */
  writeDurably(buffer: Uint8Array, position: number): Promise<void>
  size(): number
  truncate(sizeBytes: number): void
  close(): void
}

/** A file as it is on its device, not as the page cache has it. */
export interface DeviceFile {
  /** False: the file system does not do that, so that the page cache may have answered. */
  readonly isDirect: boolean
  size(): number
  /**
   * At most `length` bytes from `position` on, both multiples of DEVICE_BLOCK_BYTES, and `length` at most DEVICE_READ_BYTES; fewer only at the end of the file.
   * Valid until anything is read so again.
   */
  read(position: number, length: number): Buffer
  close(): void
}

export interface Disk {
  /** How many syncs can be under way at a time; more of them wait for each other. */
  readonly concurrency?: number
  /** Opens for reading; throws DiskError with code ENOENT if it does not exist. */
  openRead(path: string): DiskFile
  /** As `openRead`. Disks without it have no page cache to be got past. */
  openDevice?(path: string): DeviceFile
  /** Opens for reading and writing, creating it (mode 0640 unless given) if need be. */
  openWrite(path: string, mode?: number): DiskFile
  exists(path: string): boolean
  /** Names in a directory, in no order; empty if it does not exist. */
  list(path: string): string[]
  makeDirectory(path: string): void
  rename(from: string, to: string): void
  /** A second name for the same file. */
  link(from: string, to: string): void
  remove(path: string): void
  /** Makes created, renamed and removed names in `path` durable. */
  syncDirectory(path: string): Promise<void>
}

/** A fault of the environment, with the system's code: ENOSPC, EIO, ENOENT, … */
export class DiskError extends Error {
  override name = 'DiskError'
  readonly code: string

  constructor(code: string, options?: ErrorOptions) {
    super(`disk: ${code}`, options)
    this.code = code
  }
}

/** What was written may be durable, or not, or be lost later. */
export class SyncError extends DiskError {
  override name = 'SyncError'
}

/** Of a write for which there is no room: its end was not written. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT'])

function guard<T>(operation: () => T): T {
  try {
    return operation()
  } catch (cause) {
    throw asDiskError(cause)
  }
}

function asDiskError(cause: unknown): DiskError {
  const code = (cause as NodeJS.ErrnoException).code
  return new DiskError(typeof code === 'string' ? code : 'EUNKNOWN', { cause })
}

function realFile(fd: number, path: string): DiskFile {
  const durable = CAN_SYNC ? null : new DurableFile(path, fd)
  return {
    read: (buffer, position) =>
      guard(() => {
        let done = 0
        while (done < buffer.length) {
          const count = fs.readSync(fd, buffer, done, buffer.length - done, position + done)
          if (count === 0) break
          done += count
        }
        return done
      }),
    write: (buffer, position) =>
      guard(() => {
        if (!CAN_SYNC) noteWrite(path, position, position + buffer.length)
        return fs.writeSync(fd, buffer, 0, buffer.length, position)
      }),
    datasync: () =>
      (durable?.datasync() ?? fdatasync(fd)).catch((cause: unknown) => Promise.reject(asDiskError(cause))),
    writeDurably(buffer, position) {
      if (durable === null) return writeAndSync(this, buffer, position)
      return durable.write(buffer, position).catch((cause: unknown) => {
        const error = asDiskError(cause)
        return Promise.reject(NO_ROOM.has(error.code) ? error : new SyncError(error.code, { cause }))
      })
    },
    size: () => guard(() => fs.fstatSync(fd).size),
    truncate: (sizeBytes) =>
      guard(() => {
        if (!CAN_SYNC) noteTruncate(path, sizeBytes)
        fs.ftruncateSync(fd, sizeBytes)
      }),
    close: () =>
      guard(() => {
        durable?.close()
        fs.closeSync(fd)
      }),
  }
}

/** Node's threads that wait for the disk; the variable is read when the process starts. */
const THREADS = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4)

export const systemDisk: Disk = {
  concurrency: THREADS,
  openRead: (path) => guard(() => realFile(fs.openSync(path, 'r'), path)),
  openDevice: (path) =>
    guard(() => {
      const file = SystemDeviceFile.open(path)
      return {
        get isDirect() {
          return file.isDirect
        },
        size: () => guard(() => file.size()),
        read: (position, length) => guard(() => file.read(position, length)),
        close: () => guard(() => file.close()),
      }
    }),
  openWrite: (path, mode = 0o640) =>
    guard(() => realFile(fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, mode), path)),
  exists: (path) => fs.existsSync(path),
  list(path) {
    try {
      return fs.readdirSync(path)
    } catch (cause) {
      const error = asDiskError(cause)
      if (error.code === 'ENOENT') return []
      throw error
    }
  },
  makeDirectory: (path) => guard(() => void fs.mkdirSync(path, { recursive: true, mode: 0o750 })),
  rename: (from, to) =>
    guard(() => {
      fs.renameSync(from, to)
      if (!CAN_SYNC) noteRename(from, to)
    }),
  link: (from, to) => guard(() => fs.linkSync(from, to)),
  remove: (path) =>
    guard(() => {
      fs.rmSync(path)
      if (!CAN_SYNC) noteRemove(path)
    }),
  async syncDirectory(path) {
    if (!CAN_SYNC) return syncDirectoryByWriting(path).catch((cause: unknown) => Promise.reject(asDiskError(cause)))
    const fd = guard(() => fs.openSync(path, 'r'))
    try {
      await fsync(fd)
    } catch (cause) {
      throw asDiskError(cause)
    } finally {
      fs.closeSync(fd)
    }
  },
}

/** `writeDurably` in two steps. */
export async function writeAndSync(file: DiskFile, buffer: Uint8Array, position: number): Promise<void> {
  writeAll(file, buffer, position)
  try {
    await file.datasync()
  } catch (cause) {
    throw cause instanceof DiskError ? new SyncError(cause.code, { cause }) : cause
  }
}

/** Writes all of `buffer`, or throws DiskError. */
export function writeAll(file: DiskFile, buffer: Uint8Array, position: number): void {
  let done = 0
  while (done < buffer.length) {
    const count = file.write(buffer.subarray(done), position + done)
    if (count <= 0) throw new DiskError('ENOSPC')
    done += count
  }
}
