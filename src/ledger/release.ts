// The payload of a record of kind `release`: docs/formats/release.md. The account's own word, without a seal because the ledger has no key, of which
// `mail` records no e-mail stands for any more, and which are to be kept after all. It is a wish: when a payload goes is the ledger's affair.
//
// Invariant: there is one encoding of each. `parseRelease` rejects what is too long, out of order, or says both of one record.

import { type NumberRange, NumberRanges, areOrdered } from '#base/number-ranges.ts'
import { asBuffer } from '#base/bytes.ts'
import { readU53, writeU53 } from './integer.ts'

export interface Release {
  /** Increasing, not touching. Records of other kinds that lie within are not meant. */
  readonly released: readonly NumberRange[]
  readonly kept: readonly NumberRange[]
}

const VERSION = 1
const HEAD_BYTES = 16
const RANGE_BYTES = 16
/** Of one record, released and kept together. */
const RELEASE_RANGES_MAX = 65_536

export function encodeRelease({ released, kept }: Release): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + (released.length + kept.length) * RANGE_BYTES)
  bytes[0] = VERSION
  bytes.writeUInt32BE(released.length, 4)
  bytes.writeUInt32BE(kept.length, 8)
  let at = HEAD_BYTES
  for (const [first, last] of [...released, ...kept]) {
    writeU53(bytes, at, first)
    writeU53(bytes, at + 8, last)
    at += RANGE_BYTES
  }
  return bytes
}

/** Null for bytes that are no release. */
export function parseRelease(payload: Uint8Array): Release | null {
  const bytes = asBuffer(payload)
  if (bytes.length < HEAD_BYTES || bytes[0] !== VERSION) return null
  const [releasedCount, keptCount] = [bytes.readUInt32BE(4), bytes.readUInt32BE(8)]
  const count = releasedCount + keptCount
  if (bytes.readUIntBE(1, 3) !== 0 || bytes.readUInt32BE(12) !== 0 || count === 0 || count > RELEASE_RANGES_MAX)
    return null
  if (bytes.length !== HEAD_BYTES + count * RANGE_BYTES) return null
  const ranges: NumberRange[] = []
  for (let at = HEAD_BYTES; at < bytes.length; at += RANGE_BYTES) {
    const [first, last] = [readU53(bytes, at), readU53(bytes, at + 8)]
    if (first === null || last === null) return null
    ranges.push([first, last])
  }
  const released = ranges.slice(0, releasedCount)
  const kept = ranges.slice(releasedCount)
  if (!areOrdered(released) || !areOrdered(kept)) return null
  const both = new NumberRanges(released)
  for (const [first, last] of kept) for (const _ of both.within(first, last)) return null
  return { released, kept }
}
