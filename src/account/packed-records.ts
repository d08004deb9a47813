// What the thread that derives answers, in two pieces of memory that are handed over whole: all bytes and texts, the latter in UTF-8, one after the other,
// and the numbers, among which are their lengths. The other side stores it as it is: nothing of it becomes a string there, and one wipe is enough.

import { wipe } from '#base/bytes.ts'
import type { DerivedRecord, StorableRecord } from './derive-record.ts'

/** Records, in the order in which they were asked for. */
export interface PackedRecords {
  /** A record that is not there is one zero; else see `pack`. */
  readonly numbers: Float64Array<ArrayBuffer>
  readonly bytes: Uint8Array<ArrayBuffer>
}

const PRESENT = 1
const ABSENT = 0
const UTF8_BYTES_MAX = 3
const START_BYTES = 1 << 18
/** More than this is given back after use. */
const KEPT_BYTES = 1 << 22

/** Of one thread: packs some records, again and again. */
export class RecordPacker {
  #memory = Buffer.allocUnsafeSlow(START_BYTES)
  #length = 0
  #numbers: number[] = []

  /** The record stays the caller's, who wipes it. Null: it is not there. */
  add(record: DerivedRecord | null): void {
    if (record === null) {
      this.#numbers.push(ABSENT)
      return
    }
    const { derived, text, payload } = record
    const { summary, sortKeys, threadHashes } = derived
    this.#numbers.push(PRESENT, derived.sizeBytes, payload?.offset ?? -1)
    this.#numbers.push(sortKeys.sentAt ?? Number.NaN, sortKeys.sentZoneMinutes, threadHashes.length, ...threadHashes)
    this.#bytes(payload?.key ?? new Uint8Array(0))
    for (const name of CONTENT_BYTES) this.#bytes(derived[name])
    this.#bytes(text.signature)
    this.#text(JSON.stringify(summary))
    for (const name of SORT_TEXTS) this.#text(sortKeys[name])
    this.#numbers.push(text.words.length)
    for (const words of text.words) this.#text(words)
    for (const folded of text.folded) this.#text(folded)
  }

  /** All that was added; and begins anew. */
  take(): PackedRecords {
    const numbers = Float64Array.from(this.#numbers)
    const bytes = new Uint8Array(this.#length)
    bytes.set(this.#memory.subarray(0, this.#length))
    this.#memory.fill(0, 0, this.#length)
    if (this.#memory.length > KEPT_BYTES) this.#memory = Buffer.allocUnsafeSlow(START_BYTES)
    this.#length = 0
    this.#numbers = []
    return { numbers, bytes }
  }

  #bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#memory.set(bytes, this.#length)
    this.#numbers.push(bytes.length)
    this.#length += bytes.length
  }

  #text(text: string): void {
    this.#reserve(text.length * UTF8_BYTES_MAX)
    const length = this.#memory.write(text, this.#length)
    this.#numbers.push(length)
    this.#length += length
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#memory.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#memory.length))
    grown.set(this.#memory.subarray(0, this.#length))
    wipe(this.#memory)
    this.#memory = grown
  }
}

const CONTENT_BYTES = ['envelope', 'bodyStructure', 'body', 'header', 'parts'] as const
const SORT_TEXTS = ['subject', 'fromBox', 'toBox', 'ccBox', 'fromName', 'toName'] as const

/** Views into the packed memory, which is wiped when they have been stored. */
export function* unpack({ numbers, bytes }: PackedRecords): Generator<StorableRecord | null, void, void> {
  let at = 0
  let start = 0
  const number = (): number => numbers[at++] as number
  const view = (): Buffer => {
    const length = number()
    const taken = Buffer.from(bytes.buffer, start, length)
    start += length
    return taken
  }
  while (at < numbers.length) {
    if (number() === ABSENT) {
      yield null
      continue
    }
    const sizeBytes = number()
    const offset = number()
    const sentAt = number()
    const sentZoneMinutes = number()
    const threadHashes = Array.from({ length: number() }, number)
    const key = view()
    const [envelope, bodyStructure, body, header, parts] = CONTENT_BYTES.map(view) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ]
    const signature = view()
    const summary = view()
    const [subject, fromBox, toBox, ccBox, fromName, toName] = SORT_TEXTS.map(view) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ]
    const fields = number()
    const texts = Array.from({ length: 2 * fields }, view)
    yield {
      derived: {
        sizeBytes,
        envelope,
        bodyStructure,
        body,
        header,
        parts,
        summary,
        sortKeys: {
          subject,
          fromBox,
          toBox,
          ccBox,
          fromName,
          toName,
          sentAt: Number.isNaN(sentAt) ? null : sentAt,
          sentZoneMinutes,
        },
        threadHashes,
      },
      text: { words: texts.slice(0, fields), folded: texts.slice(fields), signature },
      payload: offset < 0 ? null : { key, offset },
    }
  }
}
