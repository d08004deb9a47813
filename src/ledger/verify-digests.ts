// Added digests in a verification: each `digests` record is the ledger's, continues the one before, and its chain is that of the headers of the log; and each payload for
// which a stronger digest was added has that one, too.

import type { AccountId } from '#base/ids.ts'
import { type Steps, atOnce } from '#base/steps.ts'
import { IncrementalHash } from '#crypto/hash.ts'
import type { Disk, DiskFile } from '#platform/disk.ts'
import { AddedDigests, type DigestsRecord } from './added-digests.ts'
import { type Digests, chainInput } from './digests.ts'
import type { RecordHeader } from './record.ts'
import { hasAddedDigest } from './verify-payload.ts'

/** A record whose entries are being compared with the log. */
interface OpenRecord {
  readonly record: DigestsRecord
  readonly digests: Digests
  /** Null if the chain cannot be known. */
  hash: IncrementalHash | null
}

export class DigestVerifier implements Disposable {
  readonly #added: AddedDigests
  readonly #found: (seq: number) => void
  #next = 0
  #open: OpenRecord[] = []
  /** Payloads that were found to have both digests. */
  verified = 0

  /** `found` is told the number of a `digests` record that is none, or that is about another log. */
  constructor(disk: Disk, directory: string, account: AccountId, publicKey: Uint8Array, found: (seq: number) => void) {
    this.#added = new AddedDigests(disk, directory, account, publicKey)
    this.#found = found
  }

  [Symbol.dispose](): void {
    this.#added[Symbol.dispose]()
  }

  /** Before the first record. */
  read(): Steps<void> {
    return this.#added.read(this.#found)
  }

  /** The records in order; null is for a head that cannot be read. */
  record(seq: number, header: RecordHeader | null): void {
    const { records } = this.#added
    for (; records[this.#next]?.first === seq; this.#next++) this.#begin(records[this.#next] as DigestsRecord)
    if (this.#open.length === 0) return
    for (const open of this.#open) this.#take(open, seq, header)
    this.#open = this.#open.filter(({ record }) => record.end > seq + 1)
  }

  #begin(record: DigestsRecord): void {
    const digests = this.#added.load(record)
    if (digests === null) return
    const hash = record.before === null ? null : new IncrementalHash('sha512')
    if (record.before !== null) hash?.update(record.before)
    this.#open.push({ record, digests, hash })
  }

  #take(open: OpenRecord, seq: number, header: RecordHeader | null): void {
    const { record, digests } = open
    const kind = digests.entries[seq - record.first]?.kind
    const isUnread = kind === 'headDamaged'
    if (header === null && !isUnread) open.hash = null
    open.hash?.update(chainInput(isUnread ? null : header))
    const isOther = header !== null && (kind === 'own') !== (header.digestAlgorithm === 'sha512') && !isUnread
    const isOtherLog = seq + 1 === record.end && open.hash !== null && !open.hash.digest().equals(record.chain)
    if (isOther || isOtherLog) this.#found(record.header.seq)
  }

  /** Whether the payload of the record that came last has every digest that was added for it. */
  isAsAdded(file: DiskFile, header: RecordHeader, position: number, known: Buffer | null): boolean {
    const expected = this.#added.of(header.seq)
    if (expected === null) return true
    if (!atOnce(hasAddedDigest(file, header, position, known, expected))) return false
    this.verified++
    return true
  }
}
