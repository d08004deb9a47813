// Small files and directories outside the ledger: configuration, keys, certificates, web pages. Durable data uses `disk.ts`.

import fs from 'node:fs'
import path from 'node:path'

export interface FileOwner {
  readonly uid: number
  readonly gid: number
}

/** Null if it does not exist. Throws what the system says otherwise, and RangeError if it has more than `bytesMax`. */
export function readFileOrNull(file: string, bytesMax: number): Buffer | null {
  let descriptor: number
  try {
    descriptor = fs.openSync(file, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    const { size } = fs.fstatSync(descriptor)
    if (size > bytesMax) throw new RangeError(`${file} has more than ${bytesMax} bytes`)
    return fs.readFileSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

export function fileBytes(file: string): number {
  return fs.statSync(file).size
}

/** The last bytes of what stands from `start` on, at most `bytesMax`. */
export function readFilePart(file: string, start: number, bytesMax: number): Buffer {
  const descriptor = fs.openSync(file, 'r')
  try {
    const { size } = fs.fstatSync(descriptor)
    const from = Math.max(start, size - bytesMax)
    const bytes = Buffer.alloc(Math.max(0, size - from))
    return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, bytes.length, from))
  } finally {
    fs.closeSync(descriptor)
  }
}

/** The file is there whole and durable, or as it was. */
export function writeFileDurably(file: string, bytes: Uint8Array | string, mode: number): void {
  const temporary = `${file}.new`
  const descriptor = fs.openSync(temporary, 'w', mode)
  try {
    fs.fchmodSync(descriptor, mode)
    fs.writeFileSync(descriptor, bytes)
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
  fs.renameSync(temporary, file)
  const directory = fs.openSync(path.dirname(file), 'r')
  fs.fsyncSync(directory)
  fs.closeSync(directory)
}

export function fileExists(file: string): boolean {
  return fs.existsSync(file)
}

export function removeFile(file: string): void {
  fs.rmSync(file, { force: true })
}

export function makeDirectory(directory: string, mode: number): void {
  fs.mkdirSync(directory, { recursive: true, mode })
}

/** When the file was changed last, as it says. */
export function setFileTime(file: string, ms: number): void {
  const seconds = ms / 1_000
  fs.utimesSync(file, seconds, seconds)
}

export function setMode(file: string, mode: number): void {
  fs.chmodSync(file, mode)
}

export function ownerOf(file: string): FileOwner {
  const { uid, gid } = fs.statSync(file)
  return { uid, gid }
}

export function setOwner(file: string, { uid, gid }: FileOwner): void {
  fs.chownSync(file, uid, gid)
}

/** The directory and all that is in it; what links point to stays as it is. */
export function setOwnerOfTree(directory: string, { uid, gid }: FileOwner): void {
  fs.lchownSync(directory, uid, gid)
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const inner = path.join(directory, entry.name)
    if (entry.isDirectory()) setOwnerOfTree(inner, { uid, gid })
    else fs.lchownSync(inner, uid, gid)
  }
}

/** Of the directory, of every directory below it, and of every file. Links have none. */
export function setModeOfTree(directory: string, directoryMode: number, fileMode: number): void {
  fs.chmodSync(directory, directoryMode)
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const inner = path.join(directory, entry.name)
    if (entry.isDirectory()) setModeOfTree(inner, directoryMode, fileMode)
    else if (entry.isFile()) fs.chmodSync(inner, fileMode)
  }
}

/** The same name for the same directory, whatever links lead to it. */
export function realPath(file: string): string {
  return fs.realpathSync(file)
}

/** A descriptor that appends to the file, for a process's output. */
export function openForAppend(file: string, mode: number): number {
  return fs.openSync(file, 'a', mode)
}

/** Resident memory of a process, as the system counts it; null if that cannot be told. */
export function residentBytesOf(pid: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
    return kilobytes === undefined ? null : Number(kilobytes) * 1024
  } catch {
    return null
  }
}

/** Bytes that the file's disk has left for us; null if that cannot be told. */
export function freeBytesAt(path: string): number | null {
  try {
    const { bavail, bsize } = fs.statfsSync(path)
    return bavail * bsize
  } catch {
    return null
  }
}

/** Relative names of all files in the directory and below, with `/`; none if it does not exist. */
export function filesBelow(directory: string): string[] {
  if (!fs.existsSync(directory)) return []
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
}

/** From the kernel's list of magic numbers (statfs(2)). */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x01021994: 'tmpfs',
  0xf2f52010: 'f2fs',
  0x2fc12fc1: 'zfs',
  0x794c7630: 'overlay',
  0x6969: 'nfs',
}

/** Null if there is no such directory. */
export function fileSystemOf(directory: string): { readonly type: string; readonly freeBytes: number } | null {
  try {
    const { type, bavail, bsize } = fs.statfsSync(directory)
    return { type: FILE_SYSTEMS[type] ?? `file system ${type.toString(16)}`, freeBytes: bavail * bsize }
  } catch {
    return null
  }
}

/** False if something with that name is there already: then nothing is changed. */
export function writeNewFile(file: string, bytes: Uint8Array, mode: number): boolean {
  let descriptor: number
  try {
    descriptor = fs.openSync(file, 'wx', mode)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  try {
    fs.writeFileSync(descriptor, bytes)
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
  return true
}
