// Making files durable under Node's permission model, which refuses fsync and fdatasync for every file (Node 26). What is left is O_DSYNC: a write that
// returns when its bytes, and the metadata that is needed to read them, are on the device. So the ranges of a file that were written are
// remembered, and `datasync` writes them once more, as they are in the page cache, through a descriptor with O_DSYNC. To the device they go once.
// A file that is made durable again and again keeps that descriptor, and who wants a write durable at once, as for a group of commits, uses it for
// that write alone.
//
// Names: a file that is made with O_SYNC in a directory is durable with its own name, and the file systems that keep one log of all changes of names
// (ext4, XFS) make those before durable with it; docs/adr/0025-durable-writes-without-fsync.md says what others do.
//
// Invariant: no range is written while it is being made durable, because the older bytes could then come last: that is refused with EBUSY.

import fs from 'node:fs'
import { promisify } from 'node:util'

const write = promisify(fs.write)

const PIECE_BYTES = 1024 * 1024
const RANGES_MAX = 64

/** From, and the end. */
type Range = [start: number, end: number]

interface PendingFile {
  /** Increasing, not touching. Never changed, but replaced. */
  ranges: readonly Range[]
  /** Being made durable. */
  inFlight: readonly Range[]
  last: Promise<void>
}

/** By path, because a file may be closed before it is made durable, and opened again for that. */
const pending = new Map<string, PendingFile>()

/** Before bytes are written. */
export function noteWrite(path: string, start: number, end: number): void {
  const file = fileOf(path)
  if (file.inFlight.some(([from, to]) => start < to && end > from)) {
    throw Object.assign(new Error('written while it was being made durable'), { code: 'EBUSY' })
  }
  file.ranges = file.ranges.length === 0 ? [[start, end]] : merged([...file.ranges, [start, end]])
}

export function noteTruncate(path: string, sizeBytes: number): void {
  const file = fileOf(path)
  file.ranges = file.ranges
    .filter(([start]) => start < sizeBytes)
    .map(([start, end]): Range => [start, Math.min(end, sizeBytes)])
}

export function noteRename(from: string, to: string): void {
  for (const file of opened.get(from) ?? []) file.renamed(to)
  const file = pending.get(from)
  pending.delete(from)
  pending.delete(to)
  if (file !== undefined) pending.set(to, file)
}

export function noteRemove(path: string): void {
  pending.delete(path)
}

/**
 * How long durable writes take. Where it is less than handing one to a thread and hearing from it costs several times over, it is waited for: what comes
 * meanwhile stays in sockets, and shares the next write. A device that is slow, or becomes it, gets a thread, and the rest goes on.
 */
export class WritePace {
  #averageMs = Infinity
  #samples = 0

  get isFast(): boolean {
    return this.#samples >= PACE_SAMPLES && this.#averageMs < FAST_MS
  }

  took(milliseconds: number): void {
    // One slow write is enough to stop waiting.
    if (this.#samples === 0 || milliseconds > SLOW_MS) this.#averageMs = milliseconds
    else this.#averageMs += (milliseconds - this.#averageMs) / PACE_SAMPLES
    this.#samples = milliseconds > SLOW_MS ? 1 : Math.min(this.#samples + 1, PACE_SAMPLES)
  }
}

const PACE_SAMPLES = 16
const FAST_MS = 1
const SLOW_MS = 10
const pace = new WritePace()

/** Those that are open, by path: a file may get another name while it is open, and another file its old one. */
const opened = new Map<string, Set<DurableFile>>()

/** The way to the device of one open file. */
export class DurableFile {
  #path: string
  readonly #descriptor: number
  /** With O_DSYNC; kept from the second time on, because most files are made durable once. */
  #durable: number | null = null
  #times = 0
  #isClosed = false

  /** `descriptor` reads the file. */
  constructor(path: string, descriptor: number) {
    this.#path = path
    this.#descriptor = descriptor
    this.#register()
  }

  /** It has another name now. */
  renamed(path: string): void {
    this.#forget()
    this.#path = path
    this.#register()
  }

  /** What was written to the file, and its size, is durable when it resolves. Throws what the system says. */
  async datasync(): Promise<void> {
    const file = fileOf(this.#path)
    const before = file.last
    const work = (async (): Promise<void> => {
      await before.catch(() => undefined)
      await this.#makeDurable(file)
    })()
    file.last = work
    await work
    if (file.ranges.length === 0 && file.last === work && pending.get(this.#path) === file) pending.delete(this.#path)
  }

  /** Straight to the device, past what `datasync` keeps count of. Throws what the system says. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    const durable = this.#take()
    const started = performance.now()
    try {
      if (pace.isFast) writeAllSync(durable, bytes, position)
      else await writeAll(durable, bytes, position)
    } finally {
      pace.took(performance.now() - started)
      this.#giveBack(durable)
    }
  }

  close(): void {
    this.#isClosed = true
    this.#forget()
    if (this.#durable !== null) fs.closeSync(this.#durable)
    this.#durable = null
  }

  /** The descriptor with O_DSYNC, which nobody closes before it is given back. */
  #take(): number {
    this.#times++
    const durable = this.#durable ?? this.#openDurable()
    this.#durable = null
    return durable
  }

  #openDurable(): number {
    const durable = fs.openSync(this.#path, fs.constants.O_RDWR | fs.constants.O_DSYNC)
    const [opened, own] = [fs.fstatSync(durable), fs.fstatSync(this.#descriptor)]
    if (opened.ino === own.ino && opened.dev === own.dev) return durable
    fs.closeSync(durable)
    throw Object.assign(new Error('another file has the name'), { code: 'ESTALE' })
  }

  #register(): void {
    const ofPath = opened.get(this.#path)
    if (ofPath === undefined) opened.set(this.#path, new Set([this]))
    else ofPath.add(this)
  }

  #forget(): void {
    const ofPath = opened.get(this.#path)
    ofPath?.delete(this)
    if (ofPath?.size === 0) opened.delete(this.#path)
  }

  #giveBack(durable: number): void {
    if (this.#times > 1 && !this.#isClosed && this.#durable === null) this.#durable = durable
    else fs.closeSync(durable)
  }

  async #makeDurable(file: PendingFile): Promise<void> {
    file.inFlight = file.ranges
    file.ranges = []
    const durable = this.#take()
    try {
      const { size } = fs.fstatSync(this.#descriptor)
      // Nothing was written, but something may have been cut: any write tells the new size to the device.
      const ranges = file.inFlight.length === 0 && size > 0 ? [[size - 1, size] as Range] : file.inFlight
      for (const [start, end] of ranges) {
        await writeAgain(this.#descriptor, durable, start, Math.min(end, size))
      }
      file.inFlight = []
    } catch (error) {
      // Nothing of it can be believed to be durable.
      const failed = file.inFlight
      file.inFlight = []
      file.ranges = merged([...file.ranges, ...failed])
      throw error
    } finally {
      this.#giveBack(durable)
    }
  }
}

async function writeAgain(from: number, to: number, start: number, end: number): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, Math.max(0, end - start)))
  for (let at = start; at < end;) {
    const length = fs.readSync(from, buffer, 0, Math.min(buffer.length, end - at), at)
    if (length === 0) return
    await writeAll(to, buffer.subarray(0, length), at)
    at += length
  }
}

async function writeAll(descriptor: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await write(descriptor, bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

function writeAllSync(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += fs.writeSync(descriptor, bytes, done, bytes.length - done, position + done)
  }
}

let syncs = 0

/** Makes created, renamed and removed names of the directory durable. */
export async function syncDirectoryByWriting(directory: string): Promise<void> {
  const name = `${directory}/.sync-${process.pid}-${++syncs}`
  const { O_CREAT, O_RDWR, O_SYNC } = fs.constants
  const descriptor = fs.openSync(name, O_CREAT | O_RDWR | O_SYNC, 0o640)
  try {
    await write(descriptor, Buffer.of(0), 0, 1, 0)
  } finally {
    fs.closeSync(descriptor)
    fs.rmSync(name, { force: true })
  }
}

function fileOf(path: string): PendingFile {
  const known = pending.get(path)
  if (known !== undefined) return known
  const made: PendingFile = { ranges: [], inFlight: [], last: Promise.resolve() }
  pending.set(path, made)
  return made
}

function merged(ranges: readonly Range[]): Range[] {
  const result: Range[] = []
  for (const [start, end] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = result.at(-1)
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else result.push([start, end])
  }
  // Many small gaps cost more than to write what is between.
  while (result.length > RANGES_MAX) {
    const [first, second] = result.splice(0, 2) as [Range, Range]
    result.unshift([first[0], second[1]])
  }
  return result
}
