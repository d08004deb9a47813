// Group commit: appends that arrive while the disk is busy become one group, one write and one fdatasync of the commit journal.
// While it runs, the group before is settled and the next one gathers.
//
// Invariants: at most one group is in flight, and it is acknowledged when, and only when, its fdatasync has succeeded. At most two
// groups are not settled, each in its own buffer: when settling fails, nothing more is accepted until it succeeds. Whatever fails
// after an fdatasync was begun ends in `halt`: docs/adr/0005-ledger-durability.md.

import { assert } from '#base/assert.ts'
import type { AccountId } from '#base/ids.ts'
import { yieldToEventLoop } from '#platform/clock.ts'
import { DiskError } from '#platform/disk.ts'
import type { Appended, PreparedAppend } from './append.ts'
import { AppendInDoubtError, LedgerRefusedError, refusalOf } from './errors.ts'
import { type Assembled, type AssemblyParts, type Waiting, assembleGroup } from './assemble-group.ts'
import type { GroupPart } from './group.ts'
import { groupFileBytes } from './journal-format.ts'
import type { CommitJournal } from './journal.ts'
import type { Settler } from './settler.ts'
import type { Stall } from './stall.ts'

export interface CommitterParts extends AssemblyParts {
  readonly journal: CommitJournal
  readonly settler: Settler
  readonly stall: Stall
  /** A part of a group is durable, and its account's state says so. */
  committed(part: GroupPart): void
  /** Makes the other journal file active; everything acknowledged is settled. `wipe`: what was in this one is overwritten when it is not needed any more. */
  rotate(wipe: boolean): Promise<void>
  /** The ledger cannot go on. */
  halt(cause: unknown): void
}

export class Committer {
  readonly #parts: CommitterParts
  readonly #buffers: readonly [Buffer, Buffer]
  #buffer: 0 | 1 = 0
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #busy = false
  #settling = false
  /** Waiting for the other journal file. */
  #rotating = false
  #refusal: LedgerRefusedError | null = null
  #drained: (() => void)[] = []
  /** Who waits for the journal to go on in its other file. */
  #turns: PromiseWithResolvers<void>[] = []

  constructor(parts: CommitterParts) {
    this.#parts = parts
    const { groupBytes, appendBytes } = parts.limits
    const size = groupFileBytes(Math.max(groupBytes, appendBytes))
    // Not pooled, and not touched before it is used: a quiet ledger does not have this memory.
    this.#buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)]
  }

  /** Resolves when the records are durable. Throws LedgerRefusedError, and AppendInDoubtError where that cannot be promised. */
  append(append: PreparedAppend): Promise<Appended> {
    if (this.#refusal !== null) return Promise.reject(this.#refusal)
    const { error } = this.#parts.stall
    if (this.#rotating && error !== null) {
      this.#parts.stall.poke()
      return Promise.reject(refusalOf(error))
    }
    if (this.#waitingBytes + append.bodyBytes > this.#parts.limits.waitingBytes) {
      return Promise.reject(new LedgerRefusedError('unavailable'))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append, resolve, reject })
      this.#waitingBytes += append.bodyBytes
      if (!this.#busy) void this.#run()
    })
  }

  /**
   * Makes the other journal file active, whatever room there is. Resolves when it is: what was committed before is then on its way out of the
   * journal, and overwritten there. Throws LedgerRefusedError.
   */
  turn(): Promise<void> {
    if (this.#refusal !== null) return Promise.reject(this.#refusal)
    const turn = Promise.withResolvers<void>()
    this.#turns.push(turn)
    if (!this.#busy) void this.#run()
    return turn.promise
  }

  get isBusy(): boolean {
    return this.#busy
  }

  /**
   * Both journal files are begun anew: what they hold, and what of that is damaged, is of no use any more when this resolves. Throws LedgerRefusedError, DiskError and
   * DurabilityError.
   */
  async renewJournal(): Promise<void> {
    await this.turn()
    await this.turn()
    await this.#parts.journal.idle()
  }

  /** Settles what is acknowledged; false if the disk refuses. Can be called at any time. */
  settle(): boolean {
    if (this.#settling) return false
    try {
      this.#parts.settler.settle()
      return true
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.#settling = true
      this.#parts.stall
        .until(() => {
          this.#parts.settler.settle()
          this.#settling = false
        })
        .catch((cause: unknown) => this.#parts.halt(cause))
      return false
    }
  }

  /** The disk refuses: nobody waits for a journal file that cannot be cut. */
  stalled(): void {
    const { error } = this.#parts.stall
    if (this.#rotating && error !== null) this.#refuseWaiting(refusalOf(error))
  }

  /** Refuses everything from now on. Resolves when no group is in flight. */
  stop(): Promise<void> {
    this.#refusal ??= new LedgerRefusedError('unavailable')
    this.#refuseWaiting(this.#refusal)
    return this.#busy ? new Promise((resolve) => this.#drained.push(resolve)) : Promise.resolve()
  }

  async #run(): Promise<void> {
    this.#busy = true
    try {
      for (;;) {
        // What is being received at this moment joins the group.
        await yieldToEventLoop()
        if (this.#turns.length > 0) await this.#turn()
        if (this.#waiting.length > 0) {
          await this.#commitNext()
          continue
        }
        // Answers go out first.
        await yieldToEventLoop()
        if (this.#waiting.length > 0 || this.#turns.length > 0) continue
        this.settle()
        return
      }
    } catch (error) {
      this.#parts.halt(error)
    } finally {
      this.#busy = false
      const { error } = this.#parts.stall
      for (const turn of this.#turns.splice(0)) turn.reject(this.#refusal ?? refusalOf(error))
      for (const resolve of this.#drained) resolve()
      this.#drained = []
    }
  }

  async #commitNext(): Promise<void> {
    const { journal, stall } = this.#parts
    if (stall.error !== null) {
      stall.poke()
      await yieldToEventLoop()
      if (stall.error !== null) return this.#refuseWaiting(refusalOf(stall.error))
    }
    const first = this.#waiting[0]
    if (first === undefined) return
    if (!journal.fits(first.append.bodyBytes)) return this.#rotate()
    assert(this.#parts.settler.pending < 2, 'the group that had this buffer is settled')
    const assembled = assembleGroup(this.#parts, this.#buffers[this.#buffer], this.#takeBatch())
    if (assembled === null) return
    const durable = journal.write(this.#buffers[this.#buffer], assembled.end, assembled.records)
    durable.catch(() => {})
    this.settle()
    try {
      await durable
    } catch (error) {
      if (error instanceof DiskError) return this.#takeBack(assembled, error)
      // First, so that whoever hears of it finds a ledger that has halted.
      this.#parts.halt(error)
      this.#reject(assembled, new AppendInDoubtError({ cause: error }))
      throw error
    }
    this.#acknowledge(assembled)
  }

  /** A failed write may have left the whole group: nobody is refused before that cannot come back. */
  async #takeBack(assembled: Assembled, error: DiskError): Promise<void> {
    const refusal = refusalOf(error)
    try {
      // A disk that is full has not taken the end of it.
      if (refusal.reason !== 'noSpace') await this.#parts.journal.erase()
    } catch (cause) {
      if (!(cause instanceof DiskError)) this.#parts.halt(cause)
      this.#reject(assembled, new AppendInDoubtError({ cause }))
      if (cause instanceof DiskError) return
      throw cause
    }
    this.#reject(assembled, refusal)
  }

  async #turn(): Promise<void> {
    const turns = this.#turns.splice(0)
    try {
      if (!this.settle()) throw refusalOf(this.#parts.stall.error)
      await this.#parts.rotate(true)
      for (const turn of turns) turn.resolve()
    } catch (error) {
      const isRefusal = error instanceof DiskError || error instanceof LedgerRefusedError
      for (const turn of turns) turn.reject(isRefusal ? refusalOf(error) : new LedgerRefusedError('unavailable'))
      if (!isRefusal) throw error
    }
  }

  async #rotate(): Promise<void> {
    if (!this.settle()) return
    this.#rotating = true
    try {
      await this.#parts.rotate(false)
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.#refuseWaiting(refusalOf(error))
    } finally {
      this.#rotating = false
    }
  }

  /** Waiting appends that fit into a group, by account: a group has an account's records back to back. */
  #takeBatch(): Map<AccountId, Waiting[]> {
    const { journal, limits } = this.#parts
    const batch = new Map<AccountId, Waiting[]>()
    let bodyBytes = 0
    let taken = 0
    for (const waiting of this.#waiting) {
      const { account } = waiting.append
      const together = bodyBytes + waiting.append.bodyBytes
      if (taken > 0 && (together > limits.groupBytes || !journal.fits(together))) break
      const sameAccount = batch.get(account)
      if (sameAccount === undefined) batch.set(account, [waiting])
      else sameAccount.push(waiting)
      bodyBytes = together
      taken++
    }
    this.#waiting = this.#waiting.slice(taken)
    this.#waitingBytes -= bodyBytes
    return batch
  }

  #acknowledge({ group, appends }: Assembled): void {
    for (const part of group.parts) part.commit(group.bytes)
    this.#parts.settler.add(group)
    this.#buffer = this.#buffer === 0 ? 1 : 0
    for (const { waiting, records } of appends) {
      const header = records[0]?.header
      if (header !== undefined) waiting.resolve({ firstSeq: header.seq, time: header.time, records })
    }
    for (const part of group.parts) this.#parts.committed(part)
  }

  #reject({ group, appends }: Assembled, error: LedgerRefusedError | AppendInDoubtError): void {
    for (const part of group.parts) part.release()
    for (const { waiting } of appends) waiting.reject(error)
  }

  #refuseWaiting(refusal: LedgerRefusedError): void {
    const refused = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const waiting of refused) waiting.reject(refusal)
  }
}
