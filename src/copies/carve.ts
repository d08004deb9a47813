// Records of a segment that may be damaged in any way, wherever they are in it: each head that is one, with a payload that has its digest or has not. The
// order of records, the segment's own head and the stored tree are not relied on, so that nothing that is whole is missed because of what is around it.
//
// What looks like a record inside of another's whole payload is not looked at. Inside of a damaged one it would have to carry the account's id and a checksum
// in ciphertext, which nobody can choose.

import type { AccountId } from '#base/ids.ts'
import { HEAD_BYTES, type PayloadState, RECORD_MAGIC, type RecordHeader, decodeHead } from '#ledger/record.ts'
import { readTolerantly } from '#ledger/tolerant-read.ts'
import { verifyPayload } from '#ledger/verify-payload.ts'
import type { DiskFile } from '#platform/disk.ts'

export interface Carved {
  readonly header: RecordHeader
  readonly state: PayloadState
  readonly offset: number
  /** Its payload is the one that was committed, or was removed on purpose. */
  readonly isWhole: boolean
}

const WINDOW_BYTES = 2 * 1024 * 1024
/** A payload of up to so many bytes is checked where it was read with its head. */
const PAYLOAD_IN_WINDOW_MAX = WINDOW_BYTES - HEAD_BYTES

export function* carve(file: DiskFile, account: AccountId): Generator<Carved, void, void> {
  const size = file.size()
  const window = new Window(file)
  for (let offset = 0; offset + HEAD_BYTES <= size;) {
    const block = window.from(offset)
    const found = block.indexOf(RECORD_MAGIC)
    if (found < 0) {
      // The magic may lie across the end of this block.
      offset += Math.max(1, block.length - RECORD_MAGIC.length + 1)
      continue
    }
    offset += found
    const head = decodeHead(window.at(offset, HEAD_BYTES))
    if (!head.ok || head.value.header.account !== account || head.value.state === 'incoming') {
      offset++
      continue
    }
    const { header, state } = head.value
    const isWhole = state === 'dropped' || isPayloadWhole(file, window, header, offset + HEAD_BYTES, size)
    yield { header, state, offset, isWhole }
    offset += HEAD_BYTES + (isWhole && state === 'present' ? header.payloadLength : 0)
  }
}

function isPayloadWhole(file: DiskFile, window: Window, header: RecordHeader, start: number, size: number): boolean {
  const { payloadLength } = header
  if (start + payloadLength > size) return false
  const known = payloadLength <= PAYLOAD_IN_WINDOW_MAX ? window.at(start, payloadLength) : null
  return verifyPayload(file, header, start, known) === null
}

/** A block of the file in memory. */
class Window {
  readonly #file: DiskFile
  readonly #buffer = Buffer.allocUnsafe(WINDOW_BYTES)
  #start = 0
  #length = 0

  constructor(file: DiskFile) {
    this.#file = file
  }

  /** At most WINDOW_BYTES; fewer than `length` only at the end of the file. Valid until the next call. */
  at(offset: number, length: number): Buffer {
    if (offset < this.#start || offset + length > this.#start + this.#length) this.#load(offset)
    return this.#buffer.subarray(offset - this.#start, Math.min(offset - this.#start + length, this.#length))
  }

  /** What is in memory from there on; at least a head, but at the end of the file. Valid until the next call. */
  from(offset: number): Buffer {
    if (offset < this.#start || offset + HEAD_BYTES > this.#start + this.#length) this.#load(offset)
    return this.#buffer.subarray(offset - this.#start, this.#length)
  }

  #load(offset: number): void {
    this.#length = readTolerantly(this.#file, this.#buffer, offset)
    this.#start = offset
  }
}
