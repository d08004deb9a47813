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
  /** Of its segment, as near as can be told. */
  readonly bytes: readonly ByteRange[]

  constructor(account: AccountId, seq: Seq, fault: RecordFault, bytes: readonly ByteRange[]) {
    super(`account ${account}: record ${seq} is damaged: ${fault}`)
    this.account = account
    this.seq = seq
    this.fault = fault
    this.bytes = bytes
  }
}

const WORDS: Readonly<Record<Exclude<RecordFault, 'dropped'>, string>> = {
  missing: 'have gone',
  head: 'have a damaged record head',
  truncated: 'have gone: the file ends before',
  zeroed: 'are lost: a block of zeros, or one that cannot be read',
  changed: 'were changed',
}

/** Which bytes of which record, and what is wrong with them, for people: it tells a lost block from a changed text. */
export function describeDamage({ seq, fault, bytes }: DamagedRecordError): string {
  if (fault === 'dropped') return `record ${seq}: its payload was dropped when its retention time was over`
  const [first] = bytes
  const last = bytes.at(-1)
  const range =
    first === undefined || last === undefined ? 'bytes' : `bytes ${first.start} to ${last.end - 1} of its segment`
  return `record ${seq}: ${range} ${WORDS[fault]}`
}

const SECTOR_BYTES = 512
const ZEROS = Buffer.alloc(SECTOR_BYTES)

/** Of a sector that is only partly in the payload; sealed bytes have no so many zeros together. */
const PART_BYTES = 32

/**
 * Ranges of `bytes`, which begin at `position` of a file, that are sectors of zeros, or their parts at both ends: what a lost block
 * looks like.
 */
export function* zeroedSectors(bytes: Buffer, position: number): Generator<ByteRange> {
  let start: number | null = null
  let at = 0
  while (at < bytes.length) {
    const end = Math.min(at + SECTOR_BYTES - ((position + at) % SECTOR_BYTES), bytes.length)
    const zero = end - at >= PART_BYTES && bytes.compare(ZEROS, 0, end - at, at, end) === 0
    if (zero) {
      start ??= at
    } else if (start !== null) {
      yield { start: position + start, end: position + at }
      start = null
    }
    at = end
  }
  if (start !== null) yield { start: position + start, end: position + at }
}
