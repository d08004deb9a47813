// The next records of an account's log that are to have digests of a stronger algorithm: each payload is read once, and both digests are taken of the same bytes. Only
// where the digest of the header fits is the other one given. What does not fit as it is stored is read as its parity says that it was.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import { IncrementalHash } from '#crypto/hash.ts'
import type { DiskFile } from '#platform/disk.ts'
import { type AddedDigest, type Digests, chainInput } from './digests.ts'
import type { LogRecord } from './log-record.ts'
import type { OpenContext } from './open-context.ts'
import { accountPaths } from './paths.ts'
import { LogReader } from './reader.ts'
import { HEAD_BYTES, type Location, type RecordHeader } from './record.ts'
import { SegmentFiles } from './segment-files.ts'
import { readTolerantly } from './tolerant-read.ts'

export interface DigestTask {
  readonly account: AccountId
  /** The first record, and the digest of the headers before it. */
  readonly first: number
  readonly chain: Buffer
  /** Records before this one are in segments. */
  readonly settled: number
  readonly recordsMax: number
  /** No more is begun when so much was read. */
  readonly bytesMax: number
}

export interface DigestBatch {
  readonly digests: Digests
  /** It has as much as it may have: more may follow. */
  readonly isFull: boolean
  /** It has records whose headers have not a digest of this algorithm. */
  readonly isNeeded: boolean
  /** Segments in which something was not as it should be. */
  readonly damagedSegments: readonly Seq[]
}

const PIECE_BYTES = 256 * 1024
const BYTES_PER_STEP = 512 * 1024
const RECORDS_PER_STEP = 64

/** Throws DiskError. */
export function* digestBatch(
  { disk, directory }: Pick<OpenContext, 'disk' | 'directory'>,
  task: DigestTask,
): Steps<DigestBatch> {
  const { account, first, settled, recordsMax, bytesMax } = task
  const paths = accountPaths(directory, account)
  const damaged = new Set<Seq>()
  using reader = new LogReader(disk, directory, account, (segment) => segment !== null && damaged.add(segment))
  using files = new SegmentFiles(disk, paths, account)
  const chain = new IncrementalHash('sha512')
  chain.update(task.chain)
  const entries: AddedDigest[] = []
  let bytes = 0
  let isNeeded = false
  const isFull = (): boolean => entries.length >= recordsMax || bytes >= bytesMax
  for (const record of reader.records({ seq: first as Seq, location: null }, { onlyHeads: true })) {
    if (isFull() || first + entries.length >= settled) break
    if (record.headDamage !== null) {
      const end = Math.min(record.headDamage.to, settled, first + recordsMax)
      for (; first + entries.length < end;) {
        chain.update(chainInput(null))
        entries.push({ kind: 'headDamaged' })
      }
      isNeeded = true
      continue
    }
    const { header } = record
    if (header.seq !== first + entries.length) break
    const entry = yield* entryFor(record)
    if (entry.kind !== 'own') isNeeded = true
    if (entry.kind === 'added') bytes += header.payloadLength
    chain.update(chainInput(header))
    entries.push(entry)
    if (entries.length % RECORDS_PER_STEP === 0) yield
  }
  const digests = { first, entries, chain: chain.digest() }
  return { digests, isFull: isFull(), isNeeded: isNeeded && entries.length > 0, damagedSegments: [...damaged] }

  function* entryFor({ header, location, state }: LogRecord & { headDamage: null }): Steps<AddedDigest> {
    if (header.digestAlgorithm === 'sha512') return { kind: 'own' }
    if (state === 'dropped') return { kind: 'dropped' }
    const digest = yield* strongerDigest(files.stored(location.segment), location, header)
    return digest === null ? yield* entryAgain(header) : { kind: 'added', digest }
  }

  /** It was moved, because a payload before it was dropped, or is damaged: with files that nobody has opened before. */
  function* entryAgain(header: RecordHeader): Steps<AddedDigest> {
    const record = reader.locate(header.seq)
    if (record === null) return { kind: 'damaged' }
    if (record.state === 'dropped') return { kind: 'dropped' }
    const { segment } = record.location
    using fresh = new SegmentFiles(disk, paths, account)
    const stored = yield* strongerDigest(fresh.stored(segment), record.location, header)
    if (stored !== null) return { kind: 'added', digest: stored }
    damaged.add(segment)
    const repaired = yield* strongerDigest(fresh.repaired(segment), record.location, header)
    return repaired === null ? { kind: 'damaged' } : { kind: 'added', digest: repaired }
  }
}

/** Null unless the bytes have the digest of the header. */
function* strongerDigest(file: DiskFile | null, { offset }: Location, header: RecordHeader): Steps<Buffer | null> {
  if (file === null) return null
  const old = new IncrementalHash(header.digestAlgorithm)
  const added = new IncrementalHash('sha512')
  const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, header.payloadLength))
  let unyielded = 0
  for (let at = 0; at < header.payloadLength; at += PIECE_BYTES) {
    const piece = buffer.subarray(0, Math.min(PIECE_BYTES, header.payloadLength - at))
    if (readTolerantly(file, piece, offset + HEAD_BYTES + at) < piece.length) return null
    old.update(piece)
    added.update(piece)
    unyielded += piece.length
    if (unyielded < BYTES_PER_STEP) continue
    unyielded = 0
    yield
  }
  return old.digest().equals(header.digest) ? added.digest() : null
}
