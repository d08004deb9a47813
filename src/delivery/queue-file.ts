// One file of the queue's log that has been opened: where its groups end, and what is in them. docs/formats/queue.md §2.

import { bytesEqual } from '#base/bytes.ts'
import { DiskError, type DiskFile } from '#platform/disk.ts'
import {
  BLOCK_BYTES,
  type FileHead,
  type FoundRecord,
  type QueueRecordKind,
  type SealedPart,
  decodeFileHead,
  decodeGroup,
  decodeGroupHead,
  fileKey,
  groupBytes,
  openPart,
} from './queue-format.ts'

export interface LogFile {
  readonly number: number
  readonly salt: Buffer
  /** Opens its records. */
  readonly key: Buffer
  readonly file: DiskFile
  readonly sizeBytes: number
  /** Where the next group goes, and its number. */
  end: number
  nextGroup: number
}

interface ScannedGroup {
  readonly records: readonly FoundRecord[]
  readonly offset: number
  readonly bytes: Buffer
  /** Something between the group before and this one is damaged. */
  readonly afterDamage: boolean
}

/** The head of a file; if it is damaged, what its first whole group says. Null if there is neither. */
export function readFileHead(file: DiskFile, queueKey: Uint8Array, number: number): FileHead | 'otherKey' | null {
  const head = decodeFileHead(readTolerantly(file, 0, BLOCK_BYTES), queueKey)
  if (head !== null) return head
  const sizeBytes = file.size()
  for (let at = BLOCK_BYTES; at < sizeBytes; at += BLOCK_BYTES) {
    const group = readGroup(file, at)
    if (group !== null) return { number, salt: group.salt }
  }
  return null
}

/** The groups of a file in order. `log.end` and `log.nextGroup` follow. */
export function* scanGroups(log: LogFile): Generator<ScannedGroup> {
  let at = log.end
  while (at + BLOCK_BYTES <= log.sizeBytes) {
    const group = readGroup(log.file, at)
    if (group === null || !bytesEqual(group.salt, log.salt) || group.number < log.nextGroup) {
      at += BLOCK_BYTES
      continue
    }
    const afterDamage = at > log.end || group.number > log.nextGroup
    log.end = at + group.bytes.length
    log.nextGroup = group.number + 1
    yield { records: group.records, offset: at, bytes: group.bytes, afterDamage }
    at = log.end
  }
}

interface ReadGroup {
  readonly number: number
  readonly salt: Buffer
  readonly records: readonly FoundRecord[]
  readonly bytes: Buffer
}

function readGroup(file: DiskFile, offset: number): ReadGroup | null {
  const head = decodeGroupHead(readTolerantly(file, offset, BLOCK_BYTES))
  if (head === null) return null
  const length = groupBytes(head.bodyBytes)
  if (offset + length > file.size()) return null
  const bytes = readTolerantly(file, offset, length)
  const records = decodeGroup(bytes, offset)
  return records === null ? null : { number: head.number, salt: head.salt, records, bytes }
}

/** What can be read: nothing of a range that the device cannot give. */
function readTolerantly(file: DiskFile, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  try {
    return bytes.subarray(0, file.read(bytes, offset))
  } catch (error) {
    if (error instanceof DiskError) return Buffer.alloc(0)
    throw error
  }
}

/** The caller wipes it. Null if it does not open. Throws DiskError. */
export function readPart(
  log: LogFile,
  kind: QueueRecordKind,
  part: 'header' | 'content',
  where: SealedPart,
): Buffer | null {
  const sealed = Buffer.allocUnsafe(where.length)
  const read = log.file.read(sealed, where.offset)
  return read === where.length ? openPart(log.key, kind, part, where, sealed) : null
}

export function openedFile(file: DiskFile, head: FileHead, queueKey: Uint8Array): LogFile {
  return {
    ...head,
    key: fileKey(queueKey, head.salt),
    file,
    sizeBytes: file.size(),
    end: BLOCK_BYTES,
    nextGroup: 0,
  }
}
