// The digests that were added to an account's log, for whoever checks payloads against them: docs/formats/ledger.md §15. The log is walked once, by its heads; in memory stays
// where each `digests` record is, and of the digests themselves those of the last two that were asked for.
//
// What is not signed by the ledger, or does not continue what was there, is told and counts for nothing.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import type { Disk } from '#platform/disk.ts'
import { DamagedRecordError } from './damage.ts'
import { CHAIN_START, type Digests, isSignedDigests, parseDigests } from './digests.ts'
import { LogReader } from './reader.ts'
import type { Location, RecordHeader } from './record.ts'

export interface DigestsRecord {
  readonly header: RecordHeader
  readonly location: Location
  /** Records `first` up to, not including, `end`. */
  readonly first: number
  readonly end: number
  /** Of the headers before `first`; null if a record that said it cannot be read. */
  readonly before: Buffer | null
  readonly chain: Buffer
}

const RECORDS_PER_STEP = 256
const LOADED_MAX = 2

export class AddedDigests implements Disposable {
  readonly #reader: LogReader
  readonly #publicKey: Uint8Array
  /** By `first`. */
  #records: DigestsRecord[] = []
  /** Of those that were asked for last, oldest first. */
  readonly #loaded = new Map<Seq, Digests | null>()

  constructor(disk: Disk, directory: string, account: AccountId, publicKey: Uint8Array) {
    this.#reader = new LogReader(disk, directory, account)
    this.#publicKey = publicKey
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]()
  }

  get records(): readonly DigestsRecord[] {
    return this.#records
  }

  /** All that the log has now. `found` is told the number of each `digests` record that is none. Throws DiskError. */
  *read(found: (seq: number) => void): Steps<void> {
    const { account } = this.#reader
    /** By the number of records that it covers. */
    const chains = new Map<number, Buffer>([[0, CHAIN_START]])
    const records: DigestsRecord[] = []
    let isIncomplete = false
    let walked = 0
    for (const record of this.#reader.records({ seq: 0 as Seq, location: null }, { onlyHeads: true })) {
      if (++walked % RECORDS_PER_STEP === 0) yield
      if (record.headDamage !== null) isIncomplete = true
      if (record.headDamage !== null || record.header.kind !== 'digests') continue
      const { header, location } = record
      const payload = record.state === 'dropped' ? null : this.#payload(location, header)
      if (payload === null) {
        isIncomplete = true
        continue
      }
      const digests = parseDigests(payload)
      const { first, chain } = digests ?? { first: 0, chain: CHAIN_START }
      const end = first + (digests?.entries.length ?? 0)
      const before = chains.get(first) ?? null
      const isGood = digests !== null && end <= header.seq && isSignedDigests(this.#publicKey, account, payload)
      if (!isGood || (before === null && !isIncomplete)) {
        found(header.seq)
        continue
      }
      chains.set(end, chain)
      records.push({ header, location, first, end, before, chain })
    }
    this.#records = records.sort((a, b) => a.first - b.first)
  }

  /** Null if it cannot be read any more. Throws DiskError. */
  load({ header, location }: DigestsRecord): Digests | null {
    const { seq } = header
    const loaded = this.#loaded.get(seq)
    if (loaded !== undefined) return loaded
    const payload = this.#payload(location, header)
    const digests = payload === null ? null : parseDigests(payload)
    this.#loaded.set(seq, digests)
    for (const oldest of this.#loaded.keys()) {
      if (this.#loaded.size <= LOADED_MAX) break
      this.#loaded.delete(oldest)
    }
    return digests
  }

  /** The stronger digest of a record's payload, whatever the order in which it is asked for; null if none was added. Throws DiskError. */
  of(seq: number): Buffer | null {
    let low = 0
    let high = this.#records.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#records[middle] as DigestsRecord).first <= seq) low = middle + 1
      else high = middle
    }
    const record = this.#records[low - 1]
    if (record === undefined || record.end <= seq) return null
    const entry = this.load(record)?.entries[seq - record.first]
    return entry?.kind === 'added' ? entry.digest : null
  }

  #payload(location: Location, header: RecordHeader): Buffer | null {
    try {
      return this.#reader.readPayload(location, header)
    } catch (error) {
      if (error instanceof DamagedRecordError) return null
      throw error
    }
  }
}
