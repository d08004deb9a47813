// Exports as mbox files, one for each mailbox: RFC 4155, with the quotation of `From ` lines that can be undone (mboxrd). Line ends stay as they are in the
// messages. Flags are in the manifest alone: to write them into the messages would change these.

import { sha256 } from '#crypto/hash.ts'
import { type Disk, DiskError, type DiskFile, writeAll } from '#platform/disk.ts'
import {
  type ExportFolder,
  type ExportTarget,
  type ExportedMessage,
  PRIVATE_FILE,
  type Placed,
} from './export-target.ts'
import { DistinctNames, safeComponent } from './folder-names.ts'

const FROM = Buffer.from('From ')
const QUOTE = 0x3e
const LINE_FEED = 0x0a
const OPEN_FILES = 64

export class MboxTarget implements ExportTarget {
  readonly #disk: Disk
  readonly #directory: string
  readonly #names = new DistinctNames()
  /** Least recently used first. */
  readonly #open = new Map<string, DiskFile>()
  readonly #sizes = new Map<string, number>()

  constructor(disk: Disk, directory: string) {
    this.#disk = disk
    this.#directory = directory
  }

  folder({ path }: ExportFolder): string {
    this.#disk.makeDirectory(`${this.#directory}/mbox`)
    const at = `mbox/${this.#names.take(path.map(safeComponent).join('.'))}.mbox`
    this.#sizes.set(at, 0)
    this.#file(at)
    return at
  }

  write(at: string, { bytes, receivedAt }: ExportedMessage): Placed {
    const head = Buffer.from(`From MAILER-DAEMON ${asctime(receivedAt)}\n`)
    const quoted = quoteFromLines(bytes)
    const end = quoted.at(-1) === LINE_FEED ? '\n' : '\n\n'
    const begin = this.#sizes.get(at) ?? 0
    const start = begin + head.length
    const file = this.#file(at)
    try {
      writeAll(file, Buffer.concat([head, quoted, Buffer.from(end)]), begin)
    } catch (error) {
      cutBack(file, begin)
      throw error
    }
    this.#sizes.set(at, start + quoted.length + end.length)
    return { path: at, bytes: { start, end: start + quoted.length } }
  }

  holds({ path, bytes }: Placed, digest: Buffer): boolean {
    if (bytes === undefined || !this.#disk.exists(`${this.#directory}/${path}`)) return false
    const quoted = Buffer.allocUnsafe(bytes.end - bytes.start)
    return (
      this.#file(path).read(quoted, bytes.start) === quoted.length && sha256(unquoteFromLines(quoted)).equals(digest)
    )
  }

  wasWritten(): void {
    // Where it ends is told by `continueAfter`.
  }

  continueAfter(last: readonly Placed[]): void {
    const kept = new Set(last.map(({ path }) => path))
    for (const at of this.#sizes.keys()) if (!kept.has(at)) this.#file(at).truncate(0)
    for (const { path, bytes } of last) {
      if (bytes === undefined) continue
      const file = this.#file(path)
      const before = Buffer.alloc(1)
      file.read(before, bytes.end - 1)
      // The empty line may not have been written.
      const end = before[0] === LINE_FEED ? '\n' : '\n\n'
      file.truncate(bytes.end)
      writeAll(file, Buffer.from(end), bytes.end)
      this.#sizes.set(path, bytes.end + end.length)
    }
  }

  finish(): void {
    // Nothing belongs to a file as a whole.
  }

  close(): void {
    for (const file of this.#open.values()) file.close()
    this.#open.clear()
  }

  #file(at: string): DiskFile {
    const known = this.#open.get(at)
    const file = known ?? this.#disk.openWrite(`${this.#directory}/${at}`, PRIVATE_FILE)
    this.#open.delete(at)
    this.#open.set(at, file)
    for (const [oldest, old] of this.#open) {
      if (this.#open.size <= OPEN_FILES) break
      old.close()
      this.#open.delete(oldest)
    }
    return file
  }
}

/** A part of a message would look like one. */
function cutBack(file: DiskFile, sizeBytes: number): void {
  try {
    file.truncate(sizeBytes)
  } catch (error) {
    // `salvage.json` says that the export is not complete.
    if (!(error instanceof DiskError)) throw error
  }
}

/** RFC 4155: as asctime(3) writes it, in UTC. */
function asctime(ms: number): string {
  const date = new Date(Number.isFinite(ms) ? ms : 0)
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (-?\d+) ([\d:]+)/.exec(date.toUTCString()) ?? []
  const weekday = date.toUTCString().slice(0, 3)
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`
}

/** One more `>` before each line that is `From ` after none or more of them. */
function quoteFromLines(bytes: Buffer): Buffer {
  const pieces: Buffer[] = []
  let from = 0
  for (const start of fromLines(bytes)) {
    pieces.push(bytes.subarray(from, start), Buffer.of(QUOTE))
    from = start
  }
  return pieces.length === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(from)])
}

/** The reverse. */
export function unquoteFromLines(bytes: Buffer): Buffer {
  const pieces: Buffer[] = []
  let from = 0
  for (const start of fromLines(bytes)) {
    if (bytes[start] !== QUOTE) continue
    pieces.push(bytes.subarray(from, start))
    from = start + 1
  }
  return Buffer.concat([...pieces, bytes.subarray(from)])
}

/** Where lines begin that are `From ` after none or more `>`. */
function* fromLines(bytes: Buffer): Generator<number> {
  for (let found = bytes.indexOf(FROM); found >= 0; found = bytes.indexOf(FROM, found + FROM.length)) {
    let start = found
    while (start > 0 && bytes[start - 1] === QUOTE) start--
    if (start === 0 || bytes[start - 1] === LINE_FEED) yield start
  }
}
