// What was seen or answered before, and until when that counts (docs/formats/sieve.md §3): hashes in a fixed number of settings, so that what they take
// is bounded and each change writes little. When a setting is full, what would be forgotten first goes.
//
// What a filing that is not yet durable will note counts already, but not for the message itself: it may be looked at again.

import { sha256 } from '#crypto/hash.ts'
import type { SettingValue } from '#account/operation.ts'
import type { SetOperation } from '#account/place-mail.ts'

const BUCKETS = 64
const ENTRIES_MAX = 128
const HASH_BYTES = 10
const TIME_BYTES = 6
const ENTRY_BYTES = HASH_BYTES + TIME_BYTES
/** Of one setting in a journal record. */
export const BUCKET_BYTES_MAX = ENTRIES_MAX * ENTRY_BYTES
const PENDING_MAX = 10_000

type Read = (key: string) => SettingValue

interface Noted {
  readonly record: number
  readonly until: number
}

export interface Mark {
  readonly hash: Buffer
  readonly until: number
  /** It replaces an earlier end that has not come yet. */
  readonly extends: boolean
}

export class Remembered {
  readonly #prefix: string
  readonly #read: Read
  readonly #pending = new Map<string, Noted>()

  /** Settings are `<prefix>/<bucket>`. */
  constructor(prefix: string, read: Read) {
    this.#prefix = prefix
    this.#read = read
  }

  static hash(...parts: readonly string[]): Buffer {
    return sha256(Buffer.from(JSON.stringify(parts), 'utf8')).subarray(0, HASH_BYTES)
  }

  /** Whether somebody before the message of this record noted it, and it counts at that time. */
  has(hash: Buffer, record: number, now: number): boolean {
    const pending = this.#pending.get(hash.toString('hex'))
    if (pending !== undefined && pending.record !== record && pending.until > now) return true
    return decode(this.#read(this.#key(hash))).some((entry) => entry.hash.equals(hash) && entry.until > now)
  }

  /** Counts from now on. */
  note(mark: Mark, record: number): void {
    if (this.#pending.size >= PENDING_MAX) this.#pending.clear()
    this.#pending.set(mark.hash.toString('hex'), { record, until: mark.until })
  }

  /** The settings with these marks in them. */
  operations(marks: readonly Mark[], now: number, read: Read): SetOperation[] {
    const changed = new Map<string, SetOperation>()
    for (const mark of marks) {
      const key = this.#key(mark.hash)
      const before = decode(changed.get(key)?.value ?? read(key)).filter(({ until }) => until > now)
      const known = before.find(({ hash }) => hash.equals(mark.hash))
      if (known !== undefined && !mark.extends) continue
      const others = before.filter((entry) => entry !== known)
      const entries = [...others, mark].sort((a, b) => a.until - b.until).slice(-ENTRIES_MAX)
      changed.set(key, { kind: 'set', key, value: encode(entries) })
    }
    return [...changed.values()]
  }

  #key(hash: Buffer): string {
    return `${this.#prefix}/${(hash[0] as number) % BUCKETS}`
  }
}

function decode(value: SettingValue): { readonly hash: Buffer; readonly until: number }[] {
  if (!(value instanceof Uint8Array) || value.length % ENTRY_BYTES !== 0) return []
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length)
  const entries: { hash: Buffer; until: number }[] = []
  for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
    entries.push({ hash: bytes.subarray(at, at + HASH_BYTES), until: bytes.readUIntBE(at + HASH_BYTES, TIME_BYTES) })
  }
  return entries
}

function encode(entries: readonly { readonly hash: Buffer; readonly until: number }[]): Uint8Array {
  const bytes = Buffer.alloc(entries.length * ENTRY_BYTES)
  for (const [index, { hash, until }] of entries.entries()) {
    hash.copy(bytes, index * ENTRY_BYTES)
    bytes.writeUIntBE(until, index * ENTRY_BYTES + HASH_BYTES, TIME_BYTES)
  }
  return Uint8Array.from(bytes)
}
