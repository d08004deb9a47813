// What can be wrong with a record, in words that tell a lost block from a changed text.

import type { AccountId, Seq } from '#base/ids.ts'

/**
 * `missing`: there is no such record (yet); `head`: the bytes there are no head, or another record's; `truncated`: the file ends
 * before the payload; `zeroed`: the digest differs, and whole blocks are zeros or cannot be read; `changed`: the digest
 * differs; `dropped`: the payload was removed on purpose.
 */
export type RecordFault = 'missing' | 'head' | 'truncated' | 'zeroed' | 'changed' | 'dropped'

export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** A record cannot be read as it was committed. Never wrong bytes: this, or the right ones. */
export class DamagedRecordError extends Error {
  override name = 'DamagedRecordError'
  readonly account: AccountId
  readonly seq: Seq
  readonly fault: RecordFault

  constructor(account: AccountId, seq: Seq, fault: RecordFault) {
    super(`account ${account}: record ${seq} is damaged: ${fault}`)
    this.account = account
    this.seq = seq
    this.fault = fault
  }
}

const SECTOR_BYTES = 512
const ZEROS = Buffer.alloc(SECTOR_BYTES)

/**
 * Ranges of `bytes`, which begin at `position` of a file, that are whole sectors of zeros: what a lost block looks like. Sealed
 * payloads have no such sectors by themselves.
 */
export function* zeroedSectors(bytes: Buffer, position: number): Generator<ByteRange> {
  let start: number | null = null
  let at = (SECTOR_BYTES - (position % SECTOR_BYTES)) % SECTOR_BYTES
  for (; at + SECTOR_BYTES <= bytes.length; at += SECTOR_BYTES) {
    const zero = bytes.compare(ZEROS, 0, SECTOR_BYTES, at, at + SECTOR_BYTES) === 0
    if (zero) {
      start ??= at
    } else if (start !== null) {
      yield { start: position + start, end: position + at }
      start = null
    }
  }
  if (start !== null) yield { start: position + start, end: position + at }
}
