// Sealing a message to its recipients as it arrives, and making that durable before anybody is told that it was taken.
//
// Each recipient has an age file of their own, of the trace fields for them and the message. A short message is collected and sealed at
// the end, in one go; a longer one is sealed as it comes and given to the ledger in pieces, so that of a message of any length no
// more than a chunk (64 KiB) for each recipient is in memory. Plaintext that was collected is wiped. Nothing is ever stored unsealed: an
// account without a usable key is refused.
//
// SMTP has one reply for all recipients of a message (RFC 5321 §4.2.5), so it is taken only when it is durable for every one of them. If it
// cannot be, the sender hears of a temporary failure and sends it again later, to all; who had it stored then has it twice, which SMTP
// allows and nobody likes. What keeps that rare:
//  - quota and key are looked at when the recipient is named, where each has a reply of its own;
//  - a long message is durable in the ledger's staging area for all recipients before it is appended for the first;
//  - after the first refusal nothing more is appended. When the sender tries again, who was over quota is refused by name, and the others
//    get their first copy.
// A permanent failure is told only when it is one for every recipient, which after the first refusal means that there was no other.

import { INLINE_BYTES_MAX, type StagedRecord } from '#account/account-log.ts'
import { type Starts, newStarts } from '#account/prepared-starts.ts'
import { assert } from '#base/assert.ts'
import { wipe } from '#base/bytes.ts'
import type { AccountId } from '#base/ids.ts'
import type { Recipient } from '#crypto/age/recipient.ts'
import { sealAfter, sealedLength } from '#crypto/age/seal.ts'
import { AgeSealer } from '#crypto/age/sealer.ts'
import { LedgerRefusedError, type RefusalReason } from '#ledger/errors.ts'
import type { MailStore } from './mail-store.ts'
import { type Reply, reply } from './reply.ts'

/** An account that the message is for. */
export interface SealTarget {
  readonly account: AccountId
  /** Null if there is none that can be used. */
  readonly key: Recipient | null
  /** What its log may have in sum; null for no bound. */
  readonly quotaBytes: number | null
  /**
   * Trace fields: what is stored before the message. Asked for once, when sealing begins; it is wiped afterwards.
   */
  head(): Uint8Array
}

export type StoreRefusal = RefusalReason | 'noKey'

export type StoreOutcome =
  | { readonly kind: 'stored' }
  | {
      readonly kind: 'refused'
      /** The first. */
      readonly reason: StoreRefusal
      /** For the sender. */
      readonly reply: Reply
      /** Recipients who have it nonetheless. */
      readonly stored: number
    }

/** A longer message is sealed as it comes. Sealed with its trace fields it is within what one append takes. */
const SHORT_BYTES_MAX = 128 * 1024
const FIRST_BYTES = 8 * 1024
/** Before what is collected, for trace fields, so that they and the message can be sealed where they are. They rarely have half of that. */
const HEAD_BYTES = 1024
/** Sealed bytes of a short message that are waiting to be durable, as long as there is more than one recipient. */
const APPENDING_BYTES_MAX = 192 * 1024
const APPENDING_MAX = 16

const NOTHING = Buffer.alloc(0)

interface LongTarget {
  readonly target: SealTarget
  readonly sealer: AgeSealer
  readonly record: StagedRecord
}

/** A message on its way in. It is disposed whatever became of it. */
export class SealingMessage implements Disposable {
  readonly #store: MailStore
  readonly #targets: readonly SealTarget[]
  readonly #starts: Starts
  readonly #expectedBytes: number
  /** The message so far, after `HEAD_BYTES` that are free. */
  #collected: Buffer = NOTHING
  #length = 0
  #long: LongTarget[] | null = null
  #refusals: StoreRefusal[] = []
  #state: 'open' | 'committed' | 'gone' = 'open'

  /** `sizeBytes` as the sender announced it, or null. */
  constructor(
    store: MailStore,
    targets: readonly SealTarget[],
    sizeBytes: number | null = null,
    starts: Starts = newStarts,
  ) {
    assert(targets.length > 0, 'a message has recipients')
    this.#store = store
    this.#targets = targets
    this.#starts = starts
    this.#expectedBytes = Math.min(Math.max(sizeBytes ?? FIRST_BYTES, FIRST_BYTES), SHORT_BYTES_MAX)
    if (targets.some(({ key }) => key === null)) this.#refuse('noKey')
  }

  /**
   * One call at a time: the next, and wiping the chunk, after this has returned null or its promise has resolved. A refusal does not show here:
   * what follows is then read past, and `commit` tells.
   */
  write(chunk: Uint8Array): Promise<void> | null {
    assert(this.#state === 'open', 'a message is written before it is committed')
    if (this.#refusals.length > 0) return null
    if (this.#long !== null || this.#length + chunk.length > SHORT_BYTES_MAX) return this.#writeLong(chunk)
    this.#collect(chunk)
    return null
  }

  async #writeLong(chunk: Uint8Array): Promise<void> {
    try {
      if (this.#long === null) await this.#becomeLong()
      await this.#push(chunk)
    } catch (error) {
      this.#refuse(refusalReason(error))
    }
  }

  /** Once. Resolves with `stored` when the message is durable for every recipient. Disposing of it meanwhile changes nothing. */
  async commit(): Promise<StoreOutcome> {
    assert(this.#state === 'open', 'a message is committed once')
    this.#state = 'committed'
    const long = this.#long
    const collected = this.#collected
    // From here on they are the commit's own.
    this.#long = null
    this.#collected = NOTHING
    let stored = 0
    try {
      if (this.#refusals.length === 0) {
        stored = long === null ? await this.#commitShort(collected) : await this.#commitLong(long)
      }
    } finally {
      release(long)
      wipe(collected)
    }
    return this.#outcome(stored)
  }

  [Symbol.dispose](): void {
    this.#state = 'gone'
    this.#release()
  }

  #collect(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length
    if (HEAD_BYTES + needed > this.#collected.length) {
      const room = Math.max(needed, this.#expectedBytes, Math.min(this.#length * 2, SHORT_BYTES_MAX))
      const grown = Buffer.allocUnsafeSlow(HEAD_BYTES + room)
      if (this.#length > 0) this.#collected.copy(grown, HEAD_BYTES, HEAD_BYTES, HEAD_BYTES + this.#length)
      wipe(this.#collected)
      this.#collected = grown
    }
    this.#collected.set(chunk, HEAD_BYTES + this.#length)
    this.#length = needed
  }

  async #becomeLong(): Promise<void> {
    const long: LongTarget[] = []
    this.#long = long
    for (const target of this.#targets) {
      assert(this.#long === long, 'the message was given up')
      const key = usableKey(target)
      const sealer = new AgeSealer([key])
      const record = this.#stage(target, sealer)
      long.push({ target, sealer, record })
      await record.write(sealer.start(this.#starts.take(key)))
      const head = target.head()
      for (const piece of sealer.push(head)) await record.write(piece)
      wipe(head)
    }
    await this.#push(this.#collected.subarray(HEAD_BYTES, HEAD_BYTES + this.#length))
    this.#wipeCollected()
  }

  #stage(target: SealTarget, sealer: AgeSealer): StagedRecord {
    try {
      return this.#store.stage(target.account)
    } catch (error) {
      sealer[Symbol.dispose]()
      throw error
    }
  }

  async #push(plaintext: Uint8Array): Promise<void> {
    await allSettled((this.#long ?? []).map((one) => writeAll(one.record, one.sealer.push(plaintext))))
  }

  /** Resolves with how many recipients have it. */
  async #commitShort(collected: Buffer): Promise<number> {
    const [only] = this.#targets
    if (this.#targets.length === 1 && only !== undefined) {
      return this.#countAppended(() => this.#appendShort(only, collected))
    }
    const sealedBytes = Math.max(...this.#targets.map((target) => sealedLength(this.#length, [usableKey(target)])))
    const atATime = Math.max(1, Math.min(APPENDING_MAX, Math.floor(APPENDING_BYTES_MAX / sealedBytes)))
    return this.#eachUntilRefused(this.#targets, atATime, (target) => this.#appendShort(target, collected))
  }

  async #appendShort(target: SealTarget, collected: Buffer): Promise<void> {
    const payload = this.#sealShort(target, collected)
    if (payload.length <= INLINE_BYTES_MAX) await this.#store.append(target.account, payload, target.quotaBytes)
    else {
      // Trace fields of unusual length.
      const record = this.#store.stage(target.account)
      try {
        await record.write(payload)
        await record.finish()
        await this.#store.append(target.account, record, target.quotaBytes)
      } finally {
        record.discard()
      }
    }
  }

  /** `collected` is the same afterwards but for what is free in it. */
  #sealShort(target: SealTarget, collected: Buffer): Buffer {
    const start = this.#starts.take(usableKey(target))
    const head = target.head()
    const end = HEAD_BYTES + this.#length
    try {
      if (head.length <= HEAD_BYTES && this.#length > 0) {
        collected.set(head, HEAD_BYTES - head.length)
        return sealAfter(start, collected.subarray(HEAD_BYTES - head.length, end))
      }
      const plaintext = Buffer.concat([head, collected.subarray(HEAD_BYTES, end)])
      const payload = sealAfter(start, plaintext)
      wipe(plaintext)
      return payload
    } finally {
      wipe(head)
    }
  }

  async #commitLong(long: readonly LongTarget[]): Promise<number> {
    try {
      await allSettled(
        long.map(async ({ record, sealer }) => {
          await writeAll(record, sealer.finish())
          await record.finish()
        }),
      )
    } catch (error) {
      this.#refusals.push(refusalReason(error))
      return 0
    }
    return this.#eachUntilRefused(long, APPENDING_MAX, async ({ target, record }) => {
      await this.#store.append(target.account, record, target.quotaBytes)
    })
  }

  /** Runs `append` for several items at a time; begins none after one was refused. Resolves with how many were not. */
  async #eachUntilRefused<T>(
    items: readonly T[],
    atATime: number,
    append: (item: T) => Promise<void>,
  ): Promise<number> {
    const queue = items.values()
    let done = 0
    const worker = async (): Promise<void> => {
      for (const item of queue) {
        if (this.#refusals.length > 0) return
        const appended = await this.#countAppended(() => append(item))
        done += appended
      }
    }
    await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, worker))
    return done
  }

  /** 1 if it was not refused. */
  async #countAppended(append: () => Promise<void>): Promise<number> {
    try {
      await append()
      return 1
    } catch (error) {
      this.#refusals.push(refusalReason(error))
      return 0
    }
  }

  #outcome(stored: number): StoreOutcome {
    const [reason] = this.#refusals
    if (reason === undefined) return { kind: 'stored' }
    const forAll = this.#refusals.length === this.#targets.length && this.#refusals.every(isPermanent)
    return { kind: 'refused', reason, reply: refusalReply(reason, forAll), stored }
  }

  #refuse(reason: StoreRefusal): void {
    this.#refusals.push(reason)
    this.#release()
  }

  #release(): void {
    release(this.#long)
    this.#long = null
    this.#wipeCollected()
  }

  #wipeCollected(): void {
    wipe(this.#collected)
    this.#collected = NOTHING
  }
}

function release(long: readonly LongTarget[] | null): void {
  for (const { sealer, record } of long ?? []) {
    sealer[Symbol.dispose]()
    record.discard()
  }
}

function usableKey({ key }: SealTarget): Recipient {
  assert(key !== null, 'nothing is sealed without a key')
  return key
}

async function writeAll(record: StagedRecord, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) await record.write(piece)
}

/** Waits for all of them before it throws what the first threw. */
async function allSettled(promises: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) if (result.status === 'rejected') throw result.reason
}

function refusalReason(error: unknown): StoreRefusal {
  // Whatever else went wrong, nobody knows whether it is stored: the sender tries again.
  return error instanceof LedgerRefusedError ? error.reason : 'unavailable'
}

function isPermanent(reason: StoreRefusal): boolean {
  return reason === 'overQuota' || reason === 'tooLarge'
}

/** What a sender is told. `permanent`: no recipient can ever take it. */
function refusalReply(reason: StoreRefusal, permanent: boolean): Reply {
  switch (reason) {
    case 'overQuota':
      return permanent ? reply(552, '5.2.2', 'mailbox full') : reply(452, '4.2.2', 'a mailbox is full')
    case 'tooLarge':
      return permanent ? reply(552, '5.3.4', 'message too large') : reply(452, '4.3.4', 'message too large')
    case 'noSpace':
      return reply(452, '4.3.1', 'no space left, try again later')
    case 'unavailable':
      return reply(451, '4.3.0', 'mail cannot be stored now, try again later')
    case 'noKey':
      return reply(451, '4.3.5', 'a mailbox cannot take mail now, try again later')
  }
}
