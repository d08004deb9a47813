// Where an export's messages go, in each of its formats. Folders are told before anything is written to them; messages come in the order of the log.
//
// What is written is not made durable one by one: whoever goes on with an export that was cut short looks at what is there (`holds`).

import { sha256 } from '#crypto/hash.ts'
import { type Disk, DiskError, type DiskFile, writeAll } from '#platform/disk.ts'

export type ExportFormat = 'eml' | 'maildir' | 'mbox'

/** A mailbox, or a folder of the export's own. */
export interface ExportFolder {
  /** Its names from the top, as the owner gave them. */
  readonly path: readonly string[]
  /** INBOX has a place of its own in some formats; `own` is no mailbox, and may have the name of one. */
  readonly kind: 'inbox' | 'mailbox' | 'own'
}

export interface ExportedMessage {
  readonly bytes: Buffer
  /** Of the log. */
  readonly record: number
  /** Null in a folder of the export's own. */
  readonly uid: number | null
  /** As the account keeps them. */
  readonly keywords: readonly string[]
  readonly deleted: boolean
  readonly receivedAt: number
}

/** Where a message was written: a file below the export, and which bytes of it if there are others in it. */
export interface Placed {
  readonly path: string
  readonly bytes?: { readonly start: number; readonly end: number }
}

export interface ExportTarget {
  /** Where messages of the folder go, below the export. */
  folder(folder: ExportFolder): string
  /** `at` is what `folder` gave. Throws DiskError. */
  write(at: string, message: ExportedMessage): Placed
  /** Whether the message with this digest is there, whole. */
  holds(placed: Placed, digest: Buffer): boolean
  /** Instead of `write`, for what an earlier run has written: in the same order. */
  wasWritten(at: string, message: Omit<ExportedMessage, 'bytes'>): void
  /** After those: what was written after these does not count. They are the last in each of their files. */
  continueAfter(last: readonly Placed[]): void
  /** Writes what belongs to whole folders. */
  finish(): void
  /** Whatever came of it. */
  close(): void
}

export const PRIVATE_FILE = 0o600

/** The file's bytes; null if there is none. */
export function readWhole(disk: Disk, path: string): Buffer | null {
  let file: DiskFile
  try {
    file = disk.openRead(path)
  } catch (error) {
    if (error instanceof DiskError && error.code === 'ENOENT') return null
    throw error
  }
  try {
    const bytes = Buffer.allocUnsafe(file.size())
    return bytes.subarray(0, file.read(bytes, 0))
  } finally {
    file.close()
  }
}

/** What is being written, until it is whole. */
export function partialPath(path: string): string {
  return `${path}.part`
}

/** The file has these bytes and no others, or is as it was. */
export function writeWhole(disk: Disk, path: string, bytes: Uint8Array, partial = partialPath(path)): void {
  replaceFile(disk, path, (file) => writeAll(file, bytes, 0), partial)
}

/** `write` gets an empty file, which takes the path's place when it is whole: whatever stops it, nothing half-written has that name. Throws DiskError. */
export function replaceFile(
  disk: Disk,
  path: string,
  write: (file: DiskFile) => void,
  partial = partialPath(path),
): void {
  try {
    const file = disk.openWrite(partial, PRIVATE_FILE)
    try {
      file.truncate(0)
      write(file)
    } finally {
      file.close()
    }
    disk.rename(partial, path)
  } catch (error) {
    removeIfPossible(disk, partial)
    throw error
  }
}

function removeIfPossible(disk: Disk, path: string): void {
  try {
    if (disk.exists(path)) disk.remove(path)
  } catch (error) {
    // Its name says that it is not whole.
    if (!(error instanceof DiskError)) throw error
  }
}

/** Throws DiskError where nothing can be written, before anything else is done. */
export function assertWritable(disk: Disk, directory: string): void {
  const path = `${directory}/.writable`
  writeWhole(disk, path, Buffer.of(0))
  disk.remove(path)
}

export function hasDigest(bytes: Buffer | null, digest: Buffer): boolean {
  return bytes !== null && sha256(bytes).equals(digest)
}
