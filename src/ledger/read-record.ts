// Reading one record of a segment whose place and header are known: its payload if that verifies, else what is wrong with it.

import type { DiskFile } from '#platform/disk.ts'
import { type ByteRange, type RecordFault, zeroedSectors } from './damage.ts'
import { HEAD_BYTES, type Location, type RecordHeader, decodeHead, payloadMatches, sameHeader } from './record.ts'
import { readTolerantly } from './tolerant-read.ts'

export interface RecordDamage {
  readonly fault: RecordFault
  /** Of the segment. */
  readonly bytes: readonly ByteRange[]
}

/** The payload of the record that is expected there, if it verifies. */
export function readRecord(file: DiskFile | null, location: Location, header: RecordHeader): Buffer | RecordDamage {
  const record = Buffer.allocUnsafe(HEAD_BYTES + header.payloadLength)
  const bytes = record.subarray(0, file === null ? 0 : readTolerantly(file, record, location.offset))
  const all = [{ start: location.offset, end: location.offset + record.length }]
  const found = decodeHead(bytes.subarray(0, HEAD_BYTES))
  if (!found.ok || !sameHeader(found.value.header, header)) {
    return { fault: bytes.length === 0 ? 'missing' : 'head', bytes: all }
  }
  if (found.value.state !== 'present') return { fault: 'dropped', bytes: [] }
  const payload = bytes.subarray(HEAD_BYTES)
  const body = location.offset + HEAD_BYTES
  if (payload.length < header.payloadLength) {
    return { fault: 'truncated', bytes: [{ start: body + payload.length, end: body + header.payloadLength }] }
  }
  if (payloadMatches(header, payload)) return payload
  const zeroed = [...zeroedSectors(payload, body)]
  return zeroed.length > 0
    ? { fault: 'zeroed', bytes: zeroed }
    : { fault: 'changed', bytes: [{ start: body, end: body + header.payloadLength }] }
}
