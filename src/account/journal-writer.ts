// Writing to the log. At most one append of an account is outstanding; what is asked for meanwhile shares the next one, messages and all,
// with one journal record: the more clients wait, the more of them one fdatasync serves. Nothing is applied before it is durable.
//
// An append that the ledger refuses is tried again commit by commit, so that one that is over quota does not take others with it. If nobody
// knows what became of an append, the account fails: whoever opens it again reads it from the log.

import { assert } from '#base/assert.ts'
import type { Clock } from '#platform/clock.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import type { RecordHeader } from '#ledger/record.ts'
import { type Release, encodeRelease } from '#ledger/release.ts'
import {
  APPEND_BYTES_MAX,
  APPEND_RECORDS_MAX,
  type AccountLog,
  type AppendedRecords,
  INLINE_BYTES_MAX,
  type NewRecord,
} from './account-log.ts'
import { CommitInDoubtError, CommitRefusedError } from './account.ts'
import type { PayloadKey } from './content-store.ts'
import type { Derived } from './derive.ts'
import { type ChainHead, JOURNAL_PAYLOAD_BYTES_MAX, type JournalSealer, nextHead } from './journal.ts'
import { encodeOperation } from './operation-codec.ts'
import type { JournalOperation, Outcome } from './operation.ts'
import type { SealedMessage } from './sealed-message.ts'

/** What a seal, the chain and the array's head add to the operations. */
const JOURNAL_OVERHEAD_BYTES = 256

export interface Commit {
  /**
   * The operations, made when they are about to be written: everything written before has been applied. `messages` is where the commit's
   * messages are, counted back from the journal record.
   */
  plan(backOfMessage: (message: number) => number): readonly JournalOperation[]
  readonly messages: readonly SealedMessage[]
  /** An estimate, for what shares a record. */
  readonly operationBytes: number
  /** It shares its record with no other commit, so that nothing comes between the state that it is planned by and its operations. */
  readonly isAlone?: boolean
}

interface Waiting {
  readonly commit: Commit
  readonly settle: PromiseWithResolvers<readonly Outcome[]>
}

interface DurableMessage {
  readonly key: PayloadKey
  readonly derived: Derived
}

/** An append as it was made durable. */
export interface DurableBatch {
  readonly operations: readonly JournalOperation[]
  /** In the order of their records. */
  readonly messages: readonly DurableMessage[]
  /** After the journal record. */
  readonly chain: ChainHead
  /** What was released along with it. */
  readonly release: Release | null
}

export interface JournalWriterParts {
  readonly log: AccountLog
  readonly clock: Clock
  readonly sealer: JournalSealer
  /** Of the state to which everything durable was applied. */
  chain(): ChainHead
  /** What goes along with the next journal record, whoever it is of. */
  addenda(): readonly JournalOperation[]
  /** What is to be released along with these operations; null if nothing is. */
  release(operations: readonly JournalOperation[]): Release | null
  /** A release was written by itself. */
  released(release: Release, appended: AppendedRecords): void
  /** Applies what is durable; returns each operation's outcome. */
  apply(batch: DurableBatch, appended: AppendedRecords): readonly Outcome[]
  /** An append is over, and what it wrote applied, or it was refused. */
  settled(): void
  /** Called once; nothing is written afterwards. */
  failed(error: unknown): void
}

export class JournalWriter {
  readonly #parts: JournalWriterParts
  #queue: Waiting[] = []
  #running: Promise<void> | null = null
  #closed: CommitRefusedError | null = null
  #appending = false
  #isReleasing = false

  constructor(parts: JournalWriterParts) {
    this.#parts = parts
  }

  /** Resolves when the commit is durable and applied. Throws CommitRefusedError and CommitInDoubtError. */
  commit(commit: Commit): Promise<readonly Outcome[]> {
    if (this.#closed !== null) return Promise.reject(this.#closed)
    const settle = Promise.withResolvers<readonly Outcome[]>()
    this.#queue.push({ commit, settle })
    this.#running ??= this.#run()
    return settle.promise
  }

  /** Something is to be released that no commit went along with. */
  wake(): void {
    if (this.#closed !== null) return
    this.#isReleasing = true
    this.#running ??= this.#run()
  }

  /** An append is under way: nobody knows yet whether it is durable. */
  get appending(): boolean {
    return this.#appending
  }

  /** Takes no more commits; resolves when those that were taken are over. */
  async close(): Promise<void> {
    this.#closed ??= new CommitRefusedError('unavailable')
    await this.#running
  }

  async #run(): Promise<void> {
    // What is committed in the same turn of the event loop shares the first record.
    await Promise.resolve()
    while (this.#queue.length > 0 || this.#isReleasing) {
      const batch = this.#takeBatch()
      try {
        if (batch.length === 0) await this.#release()
        else await this.#write(batch)
        this.#parts.settled()
      } catch (error) {
        this.#fail(batch, error)
        break
      }
    }
    this.#running = null
  }

  /** What is left to be released, when nothing else is to be written. */
  async #release(): Promise<void> {
    const release = this.#closed === null ? this.#parts.release([]) : null
    this.#isReleasing = release !== null
    if (release === null) return
    try {
      const appended = await this.#appendRecords([{ kind: 'release', payload: encodeRelease(release) }])
      this.#parts.released(release, appended)
    } catch (error) {
      if (!(error instanceof LedgerRefusedError)) throw error
      // With the next commit, or when the account is opened next.
      this.#isReleasing = false
    }
  }

  #takeBatch(): Waiting[] {
    // A journal record and a release.
    let records = 2
    let inline = 0
    let operations = JOURNAL_OVERHEAD_BYTES
    let taken = 0
    for (const { commit } of this.#queue) {
      records += commit.messages.length
      inline += commit.messages.reduce((sum, message) => sum + message.payloadBytes, 0)
      operations += commit.operationBytes
      const fits =
        records <= APPEND_RECORDS_MAX && inline + operations <= APPEND_BYTES_MAX && operations <= INLINE_BYTES_MAX
      if (taken > 0 && (!fits || commit.isAlone === true)) break
      taken++
      if (commit.isAlone === true) break
    }
    return this.#queue.splice(0, taken)
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#append(batch)
    } catch (error) {
      if (error instanceof CommitRefusedError || error instanceof LedgerRefusedError) {
        if (batch.length > 1) for (const one of batch) await this.#write([one])
        else this.#refuse(batch, error.reason, error)
      } else if (error instanceof RangeError && batch.length === 1) {
        // The operations were out of bounds: their planner's mistake, which nobody else must pay for.
        this.#discard(batch)
        batch[0]?.settle.reject(error)
      } else if (error instanceof RangeError) {
        for (const one of batch) await this.#write([one])
      } else {
        throw error
      }
    }
  }

  async #append(batch: readonly Waiting[]): Promise<void> {
    const { sealer, clock } = this.#parts
    const messages = batch.flatMap(({ commit }) => commit.messages)
    const planned = planBatch(batch, messages.length)
    const operations = [...planned.flat(), ...this.#parts.addenda()]
    const encoded = operations.map(encodeOperation)
    const size = encoded.reduce((sum, operation) => sum + operation.length, JOURNAL_OVERHEAD_BYTES)
    if (size > JOURNAL_PAYLOAD_BYTES_MAX) throw new CommitRefusedError('tooLarge')
    const head = this.#parts.chain()
    const payload = sealer.seal(head, clock.now(), encoded)
    const journal = await this.#inlineOrStaged(payload)
    const records: NewRecord[] = messages.map((message) => ({ kind: 'mail', payload: message.payload }))
    records.push({ kind: 'journal', payload: journal })
    const release = this.#parts.release(operations)
    if (release !== null) records.push({ kind: 'release', payload: encodeRelease(release) })
    const appending = this.#appendRecords(records).finally(() => {
      if (!(journal instanceof Uint8Array)) journal.discard()
    })
    // While the ledger makes it durable.
    const deriving = messages.map(async (message) => ({ key: message.key, derived: await message.derive() }))
    const [appended, ...derived] = await Promise.all([appending, ...deriving])
    const chain = nextHead(head, payload)
    const outcomes = this.#parts.apply({ operations, messages: derived, chain, release }, appended)
    this.#discard(batch)
    let at = 0
    for (const [index, { settle }] of batch.entries()) {
      const count = planned[index]?.length ?? 0
      settle.resolve(outcomes.slice(at, at + count))
      at += count
    }
  }

  async #appendRecords(records: readonly NewRecord[]): Promise<AppendedRecords> {
    this.#appending = true
    try {
      return await this.#parts.log.append(records)
    } finally {
      this.#appending = false
    }
  }

  async #inlineOrStaged(payload: Buffer): Promise<NewRecord['payload']> {
    if (payload.length <= INLINE_BYTES_MAX) return payload
    const staged = this.#parts.log.stage()
    await staged.write(payload)
    await staged.finish()
    return staged
  }

  #fail(batch: readonly Waiting[], error: unknown): void {
    this.#closed = new CommitRefusedError('unavailable', { cause: error })
    const waiting = this.#queue
    this.#queue = []
    this.#discard(batch)
    for (const { settle } of batch) settle.reject(new CommitInDoubtError({ cause: error }))
    this.#refuse(waiting, 'unavailable', error)
    this.#parts.failed(error)
  }

  #refuse(batch: readonly Waiting[], reason: CommitRefusedError['reason'], cause: unknown): void {
    this.#discard(batch)
    for (const { settle } of batch) settle.reject(new CommitRefusedError(reason, { cause }))
  }

  /** Messages that are in the index now, or nowhere. */
  #discard(batch: readonly Waiting[]): void {
    for (const { commit } of batch) for (const message of commit.messages) message.discard()
  }
}

/** Each commit's operations. The batch's messages come first in the log, in order, and the journal record last. */
function planBatch(batch: readonly Waiting[], messages: number): (readonly JournalOperation[])[] {
  let before = 0
  return batch.map(({ commit }) => {
    const first = before
    before += commit.messages.length
    return commit.plan((message) => messages - first - message)
  })
}

/** An append's journal record. */
export function journalHeaderOf({ records }: AppendedRecords): RecordHeader {
  const journal = records.findLast(({ header }) => header.kind === 'journal')
  assert(journal !== undefined, 'an append returns its records')
  return journal.header
}
