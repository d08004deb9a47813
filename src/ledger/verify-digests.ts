// Added digests in a verification: each `digests` record is the ledger's, continues the one before, and its chain is that of the headers of the log; and each payload for
// which a stronger digest was added has that one, too.

import type { AccountId } from '#base/ids.ts'
import { type Steps, atOnce } from '#base/steps.ts'
import { sha512 } from '#crypto/hash.ts'
import type { Disk, DiskFile } from '#platform/disk.ts'
import { AddedDigests, type DigestsRecord } from './added-digests.ts'
import { CHAIN_START, type Digests } from './digests.ts'
import { FRAME_BYTES, HEAD_BYTES, type RecordHeader } from './record.ts'
import { type HashElsewhere, SecondDigests } from './second-digests.ts'
import { hasAddedDigest } from './verify-payload.ts'

const HEADER_BYTES = HEAD_BYTES - FRAME_BYTES
const CHAIN_BYTES = CHAIN_START.length

/** A record whose entries are being compared with the log. */
interface OpenRecord {
  readonly record: DigestsRecord
  readonly digests: Digests
  /** What its chain is of: gathered, since one pass over all of it takes a fraction of one over each header. Null if that cannot be known. */
  headers: Buffer | null
}

export interface DigestVerifierParts {
  readonly disk: Disk
  /** The ledger's. */
  readonly directory: string
  readonly publicKey: Uint8Array
  /** By another thread; null: here. */
  readonly sha512?: HashElsewhere | null
}

export class DigestVerifier implements Disposable {
  readonly #added: AddedDigests
  readonly #second: SecondDigests
  readonly #found: (seq: number) => void
  #next = 0
  #open: OpenRecord[] = []
  /** Payloads that were found to have both digests. */
  verified = 0

  /** `found` is told the number of a `digests` record that is none, or that is about another log. */
  constructor(
    { disk, directory, publicKey, sha512: elsewhere }: DigestVerifierParts,
    account: AccountId,
    found: (seq: number) => void,
  ) {
    this.#added = new AddedDigests(disk, directory, account, publicKey)
    this.#second = new SecondDigests(elsewhere ?? null)
    this.#found = found
  }

  [Symbol.dispose](): void {
    this.#added[Symbol.dispose]()
  }

  /** Before the first record. */
  read(): Steps<void> {
    return this.#added.read(this.#found)
  }

  /** The records in order, with their heads as they are stored; null is for a head that cannot be read. */
  record(seq: number, header: RecordHeader | null, head: Buffer | null): void {
    const { records } = this.#added
    for (; records[this.#next]?.first === seq; this.#next++) this.#begin(records[this.#next] as DigestsRecord)
    if (this.#open.length === 0) return
    let isOver = false
    for (const open of this.#open) {
      this.#take(open, seq, header, head)
      isOver ||= open.record.end <= seq + 1
    }
    if (isOver) this.#open = this.#open.filter(({ record }) => record.end > seq + 1)
  }

  #begin(record: DigestsRecord): void {
    const digests = this.#added.load(record)
    if (digests === null) return
    const { before, first, end } = record
    const headers = before === null ? null : Buffer.alloc(before.length + (end - first) * HEADER_BYTES)
    if (headers !== null) before?.copy(headers)
    this.#open.push({ record, digests, headers })
  }

  #take(open: OpenRecord, seq: number, header: RecordHeader | null, head: Buffer | null): void {
    const { record, digests, headers } = open
    const at = seq - record.first
    const kind = digests.entries[at]?.kind
    const isUnread = kind === 'headDamaged'
    // Of one that could not be read when that was said there are zeros.
    if (!isUnread && head === null) open.headers = null
    else if (!isUnread && headers !== null)
      head?.copy(headers, CHAIN_BYTES + at * HEADER_BYTES, FRAME_BYTES, HEAD_BYTES)
    const isOther = header !== null && (kind === 'own') !== (header.digestAlgorithm === 'sha512') && !isUnread
    const isOtherLog = seq + 1 === record.end && open.headers !== null && !sha512(open.headers).equals(record.chain)
    if (isOther || isOtherLog) this.#found(record.header.seq)
  }

  /** Of the payload of the record that came last, which has the digest of its header. `wrong` is called if a digest was added for it, and is another's. */
  check(file: DiskFile, header: RecordHeader, position: number, known: Buffer | null, wrong: () => void): void {
    const expected = this.#added.of(header.seq)
    if (expected === null) return
    const told = (isRight: boolean): void => {
      if (isRight) this.verified++
      else wrong()
    }
    if (known === null) told(atOnce(hasAddedDigest(file, header, position, known, expected)))
    else this.#second.check(known, expected, told)
  }

  /** Resolves when more payloads can be taken. */
  room(): Promise<void> {
    return this.#second.room()
  }

  /** Resolves when all that is wrong has been told. */
  settled(): Promise<void> {
    return this.#second.settled()
  }
}
