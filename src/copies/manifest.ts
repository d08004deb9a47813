// The manifest of an export (docs/formats/salvage.md): a line of JSON for each message in the order of the log, and for each record that is not whole. It is
// written along with the messages, so that an export that was cut short is gone on with where it was.

import type { AccountId, Seq } from '#base/ids.ts'
import { type ByteRange, DamagedRecordError, type RecordFault, describeDamage } from '#ledger/damage.ts'
import type { RecordHeader } from '#ledger/record.ts'
import { type Disk, type DiskFile, writeAll } from '#platform/disk.ts'
import { PRIVATE_FILE, type Placed } from './export-target.ts'
import type { RecordSource } from './record-table.ts'

export interface ManifestFile extends Placed {
  /** The mailbox's path as its owner gave it; null in a folder of the export's own. */
  readonly mailbox: string | null
  readonly uid: number | null
  /** As in IMAP. */
  readonly flags: readonly string[]
}

/** Where it was when its message came, after the journal breaks off. */
interface ManifestFiledOnce {
  readonly mailboxes: readonly string[]
  readonly flags: readonly string[]
}

export interface MessageLine {
  readonly record: number
  /** Of the message, in hexadecimal digits. */
  readonly sha256: string
  readonly size: number
  /** RFC 3339. */
  readonly receivedAt: string
  readonly source: RecordSource
  readonly files: readonly ManifestFile[]
  readonly filed?: ManifestFiledOnce
}

/** `sealed`: it is as it was committed, and does not open with the account's keys. */
type DamageKind = RecordFault | 'sealed'

export interface DamageLine {
  readonly record: number
  /** `unknown`: it may have been anything. */
  readonly what: 'message' | Exclude<RecordHeader['kind'], 'mail'> | 'unknown'
  readonly damage: { readonly kind: DamageKind; readonly file: string; readonly bytes: readonly ByteRange[] }
  readonly known: {
    readonly receivedAt?: string
    /** Of the sealed record. */
    readonly sealedBytes?: number
    readonly mailboxes?: readonly {
      readonly mailbox: string
      readonly uid: number
      readonly flags: readonly string[]
    }[]
    readonly filed?: ManifestFiledOnce
    /** It is in no mailbox any more. */
    readonly expunged?: true
    /** From the index. */
    readonly subject?: string
    readonly from?: string
    readonly size?: number
  }
}

export type ManifestLine = MessageLine | DamageLine

export const MANIFEST = 'manifest.jsonl'
const FLUSH_BYTES = 64 * 1024
const READ_BYTES = 1024 * 1024

export function isDamage(line: ManifestLine): line is DamageLine {
  return 'damage' in line
}

export class ManifestWriter {
  readonly #file: DiskFile
  #position: number
  #held: string[] = []
  #heldBytes = 0

  /** What the file has from `position` on goes. */
  constructor(disk: Disk, path: string, position: number) {
    this.#file = disk.openWrite(path, PRIVATE_FILE)
    this.#file.truncate(position)
    this.#position = position
  }

  write(line: ManifestLine): void {
    const text = `${JSON.stringify(line)}\n`
    this.#held.push(text)
    this.#heldBytes += text.length
    if (this.#heldBytes >= FLUSH_BYTES) this.flush()
  }

  /** Throws DiskError. */
  flush(): void {
    const bytes = Buffer.from(this.#held.join(''))
    this.#held = []
    this.#heldBytes = 0
    writeAll(this.#file, bytes, this.#position)
    this.#position += bytes.length
  }

  /** What is held is written, also of an export that was cut short: it is gone on with after that. Throws DiskError. */
  close(): void {
    try {
      this.flush()
    } finally {
      this.#file.close()
    }
  }
}

/** Lines that are whole, with where each ends. A line that is none ends it. */
export function* readManifest(
  disk: Disk,
  path: string,
): Generator<{ readonly line: ManifestLine; readonly end: number }> {
  if (!disk.exists(path)) return
  const file = disk.openRead(path)
  try {
    const block = Buffer.allocUnsafe(READ_BYTES)
    let rest = Buffer.alloc(0)
    let end = 0
    for (let position = 0; ;) {
      const read = file.read(block, position)
      if (read === 0) return
      position += read
      let bytes = Buffer.concat([rest, block.subarray(0, read)])
      for (let feed = bytes.indexOf('\n'); feed >= 0; feed = bytes.indexOf('\n')) {
        const line = parseLine(bytes.toString('utf8', 0, feed))
        if (line === null) return
        end += feed + 1
        yield { line, end }
        bytes = bytes.subarray(feed + 1)
      }
      rest = bytes
    }
  } finally {
    file.close()
  }
}

/** Our own, or what is left of it. */
function parseLine(text: string): ManifestLine | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'record' in value ? (value as ManifestLine) : null
  } catch {
    return null
  }
}

/** For people. */
export function describeDamageLine(account: AccountId, { record, what, damage, known }: DamageLine): string {
  const { kind, bytes } = damage
  const fault =
    kind === 'sealed'
      ? `record ${record}: it is whole, but was not sealed to this account`
      : describeDamage(new DamagedRecordError(account, record as Seq, kind, bytes)).replace('its segment', damage.file)
  const places = (known.mailboxes ?? []).map(({ mailbox, uid }) => `in ${mailbox}, UID ${uid}`)
  const facts = [
    what === 'unknown' ? 'nobody knows what it was' : what,
    ...places,
    ...(known.filed === undefined ? [] : [`filed in ${known.filed.mailboxes.join(' and ')} when it came`]),
    ...(known.expunged === true ? ['expunged'] : []),
    ...(known.receivedAt === undefined ? [] : [`of ${known.receivedAt}`]),
    ...(known.from === undefined ? [] : [`from ${known.from}`]),
    ...(known.subject === undefined ? [] : [`“${known.subject}”`]),
  ]
  return `${fault} (${facts.join(', ')})`
}
