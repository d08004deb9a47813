// An append as the committer takes it: its records with their digests, which are computed while the disk is busy with the group
// before.

import type { AccountId, Seq } from '#base/ids.ts'
import { LedgerRefusedError } from './errors.ts'
import type { CommittedRecord } from './group.ts'
import { groupRecordBytes } from './journal-format.ts'
import { type LedgerLimits, maxPayloadBytes } from './limits.ts'
import { type DigestAlgorithm, HEAD_BYTES, type RecordKind, payloadDigest } from './record.ts'
import type { StagedPayload } from './staging.ts'

export interface NewRecord {
  readonly kind: RecordKind
  /** Bytes must stay as they are until the append is over. */
  readonly payload: Uint8Array | StagedPayload
}

export interface AppendOptions {
  /** The account's segments may have this many bytes afterwards. */
  readonly quotaBytes?: number
}

export interface Appended {
  readonly firstSeq: Seq
  readonly time: number
  readonly records: readonly CommittedRecord[]
}

interface PreparedRecord {
  readonly kind: RecordKind
  readonly length: number
  readonly algorithm: DigestAlgorithm
  readonly digest: Buffer
  /** Null if the payload is large. */
  readonly bytes: Uint8Array | null
  readonly staged: StagedPayload | null
}

export interface PreparedAppend {
  readonly account: AccountId
  readonly records: readonly PreparedRecord[]
  readonly quotaBytes: number
  /** In the body of a group. */
  readonly bodyBytes: number
  /** In segments. */
  readonly segmentBytes: number
}

/** Throws LedgerRefusedError. Payloads that are too large for the journal have to be staged. */
export function prepareAppend(
  account: AccountId,
  records: readonly NewRecord[],
  options: AppendOptions,
  limits: LedgerLimits,
  algorithm: DigestAlgorithm,
): PreparedAppend {
  if (records.length === 0) throw new RangeError('an append has records')
  if (records.length > limits.appendRecords) throw new LedgerRefusedError('tooLarge')
  const prepared = records.map((record) => prepareRecord(record, limits, algorithm))
  const sum = (size: (record: PreparedRecord) => number): number => prepared.reduce((all, one) => all + size(one), 0)
  const bodyBytes = sum((record) => groupRecordBytes(record.length, record.bytes === null))
  if (bodyBytes > limits.appendBytes) throw new LedgerRefusedError('tooLarge')
  return {
    account,
    records: prepared,
    quotaBytes: options.quotaBytes ?? Number.POSITIVE_INFINITY,
    bodyBytes,
    segmentBytes: sum((record) => HEAD_BYTES + record.length),
  }
}

function prepareRecord({ kind, payload }: NewRecord, limits: LedgerLimits, algorithm: DigestAlgorithm): PreparedRecord {
  const { length } = payload
  if (length > maxPayloadBytes(kind)) throw new LedgerRefusedError('tooLarge')
  if (payload instanceof Uint8Array) {
    return { kind, length, algorithm, digest: payloadDigest(algorithm, payload), bytes: payload, staged: null }
  }
  const large = length > limits.inlineBytes
  return {
    kind,
    length,
    algorithm: payload.algorithm,
    digest: payload.digest,
    bytes: large ? null : payload.read(),
    staged: payload,
  }
}
