// Whether a payload is the one that was committed, and which bytes are not. Any length, in pieces.

import { type Steps, atOnce } from '#base/steps.ts'
import { IncrementalHash, sha512 } from '#crypto/hash.ts'
import type { DiskFile } from '#platform/disk.ts'
import { type ByteRange, zeroedSectors } from './damage.ts'
import type { RecordHeader } from './record.ts'
import { payloadMatches } from './record.ts'
import { readTolerantly } from './tolerant-read.ts'

const PIECE_BYTES = 1024 * 1024
const MAX_RANGES = 64

export type PayloadFault = { readonly kind: 'payloadZeroed' | 'payloadChanged'; readonly ranges: readonly ByteRange[] }

/** Null if the payload, which begins at `position`, is good. `known` is the payload if the caller has it in memory. */
export function verifyPayload(
  file: DiskFile,
  header: RecordHeader,
  position: number,
  known: Buffer | null,
): PayloadFault | null {
  return atOnce(verifyPayloadInSteps(file, header, position, known))
}

/** The same, a piece in each step. */
export function* verifyPayloadInSteps(
  file: DiskFile,
  header: RecordHeader,
  position: number,
  known: Buffer | null,
): Steps<PayloadFault | null> {
  const good = known === null ? yield* streamedMatches(file, header, position) : payloadMatches(header, known)
  if (good) return null
  const ranges: ByteRange[] = []
  for (const piece of pieces(file, header, position)) {
    for (const range of zeroedSectors(piece.bytes, piece.position)) {
      const last = ranges.at(-1)
      if (last?.end === range.start) ranges[ranges.length - 1] = { start: last.start, end: range.end }
      else if (ranges.length < MAX_RANGES) ranges.push(range)
    }
  }
  if (ranges.length > 0) return { kind: 'payloadZeroed', ranges }
  return { kind: 'payloadChanged', ranges: [{ start: position, end: position + header.payloadLength }] }
}

/** Whether a payload that has the digest of its header has the stronger one, too, that was added for it. */
export function* hasAddedDigest(
  file: DiskFile,
  header: RecordHeader,
  position: number,
  known: Buffer | null,
  added: Buffer,
): Steps<boolean> {
  if (known !== null) return sha512(known).equals(added)
  const hash = new IncrementalHash('sha512')
  for (const { bytes } of pieces(file, header, position)) {
    hash.update(bytes)
    yield
  }
  return hash.digest().equals(added)
}

function* streamedMatches(file: DiskFile, header: RecordHeader, position: number): Steps<boolean> {
  const hash = new IncrementalHash(header.digestAlgorithm)
  let length = 0
  for (const { bytes } of pieces(file, header, position)) {
    hash.update(bytes)
    length += bytes.length
    yield
  }
  return length === header.payloadLength && hash.digest().equals(header.digest)
}

function* pieces(
  file: DiskFile,
  header: RecordHeader,
  position: number,
): Generator<{ readonly bytes: Buffer; readonly position: number }> {
  const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, header.payloadLength))
  for (let at = 0; at < header.payloadLength; at += PIECE_BYTES) {
    const wanted = buffer.subarray(0, Math.min(PIECE_BYTES, header.payloadLength - at))
    const read = readTolerantly(file, wanted, position + at)
    yield { bytes: wanted.subarray(0, read), position: position + at }
    if (read < wanted.length) return
  }
}
