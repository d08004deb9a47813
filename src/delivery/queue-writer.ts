// A message on its way into the queue. A short one is collected and sealed when it is committed; a longer one is sealed as it comes, to a file
// of its own. Plaintext that was collected is wiped.

import { assert } from '#base/assert.ts'
import { wipe } from '#base/bytes.ts'
import type { AccountId } from '#base/ids.ts'
import type { Disk } from '#platform/disk.ts'
import { HeaderScan } from './header-scan.ts'
import { ADDRESS_BYTES_MAX, type ContentPlace, RECIPIENTS_MAX } from './queue-codec.ts'
import { LargeContent } from './queue-content.ts'
import { QueueRefusedError, SyncFailedError, refusalOf } from './queue-errors.ts'
import type { QueueLimits } from './queue-limits.ts'
import type { QueueId, QueuedMessage } from './queue-message.ts'

/** What a message is sent with. */
export interface Submission {
  /** The reverse-path; empty for a bounce. */
  readonly sender: string
  readonly recipients: readonly string[]
  /** Whose message it is; null if it is the server's own, or came from outside. */
  readonly submitter: AccountId | null
  /** It came with SMTPUTF8. */
  readonly smtpUtf8: boolean
}

/** Throws QueueRefusedError. */
export function checkSubmission({ sender, recipients }: Submission): void {
  assert(recipients.length > 0, 'a message has recipients')
  const fits = [sender, ...recipients].every((address) => Buffer.byteLength(address) <= ADDRESS_BYTES_MAX)
  if (!fits || recipients.length > RECIPIENTS_MAX) throw new QueueRefusedError('tooLarge')
}

export function newMessage(
  id: QueueId,
  submission: Submission,
  content: HeaderScan,
  sizeBytes: number,
  now: number,
  lifetimeMs: number,
): QueuedMessage {
  const { sender, recipients, submitter, smtpUtf8 } = submission
  return {
    id,
    sender,
    submitter,
    submittedAt: now,
    expiresAt: now + lifetimeMs,
    smtpUtf8: smtpUtf8 && content.eightBitHeader,
    eightBit: content.eightBit,
    sizeBytes,
    headerBytes: content.headerBytes,
    held: false,
    delayTold: false,
    recipients: [...new Set(recipients)].map((address) => ({
      address,
      state: 'waiting',
      attempts: 0,
      nextAttempt: now,
      lastAttempt: null,
      lastReply: null,
    })),
  }
}

export interface WriterParts {
  readonly disk: Disk
  readonly directory: string
  readonly limits: QueueLimits
  readonly random: (bytes: number) => Buffer
  readonly now: () => number
  /** Resolves when it is durable; wipes `inline`. Throws QueueRefusedError. */
  readonly enqueue: (message: QueuedMessage, content: ContentPlace, inline: Uint8Array) => Promise<void>
}

const FIRST_BYTES = 8 * 1024

/** It is disposed whatever became of it. */
export class QueueWriter implements Disposable {
  /** By which log and trace fields know the message. */
  readonly id: QueueId
  readonly #parts: WriterParts
  readonly #submission: Submission
  readonly #scan = new HeaderScan()
  #collected = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #length = 0
  #large: LargeContent | null = null
  #refusal: QueueRefusedError | null = null
  #state: 'open' | 'committed' | 'gone' = 'open'

  constructor(parts: WriterParts, id: QueueId, submission: Submission) {
    this.#parts = parts
    this.id = id
    this.#submission = submission
  }

  /**
   * One call at a time; the chunk may be wiped afterwards. A refusal does not show here: what follows is then read past, and `commit` throws.
   */
  async write(chunk: Uint8Array): Promise<void> {
    assert(this.#state === 'open', 'a message is written before it is committed')
    if (this.#refusal !== null) return
    const before = this.#length
    this.#length += chunk.length
    this.#scan.push(chunk)
    const { limits, disk, directory, random } = this.#parts
    try {
      if (this.#length > limits.messageBytes) throw new QueueRefusedError('tooLarge')
      if (this.#scan.isLoop) throw new QueueRefusedError('loop')
      if (this.#large === null && this.#length <= limits.inlineBytes) return this.#collect(chunk, before)
      if (this.#large === null) {
        this.#large = new LargeContent(disk, directory, this.id, random)
        await this.#large.write(this.#collected.subarray(0, before))
        this.#wipeCollected()
      }
      await this.#large.write(chunk)
    } catch (error) {
      this.#refuse(error)
    }
  }

  /** Once. Resolves when the message is durable in the queue. Throws QueueRefusedError. */
  async commit(): Promise<QueueId> {
    assert(this.#state === 'open', 'a message is committed once')
    this.#state = 'committed'
    if (this.#refusal !== null) throw this.#refusal
    const { limits, now, enqueue } = this.#parts
    const large = this.#large
    const collected = this.#collected
    // From here on they are the commit's own.
    this.#large = null
    this.#collected = Buffer.alloc(0)
    try {
      const message = newMessage(this.id, this.#submission, this.#scan, this.#length, now(), limits.lifetimeMs)
      if (large === null) await enqueue(message, { kind: 'inline' }, collected.subarray(0, this.#length))
      else await enqueue(message, await large.finish(), Buffer.alloc(0))
      return this.id
    } catch (error) {
      const refusal = refusalOf(error)
      // After a sync that failed its record may be found nonetheless. If it is not, the next start removes the content.
      if (!(refusal.cause instanceof SyncFailedError)) large?.discard()
      throw refusal
    } finally {
      large?.[Symbol.dispose]()
      wipe(collected)
    }
  }

  [Symbol.dispose](): void {
    this.#state = 'gone'
    this.#release()
  }

  #collect(chunk: Uint8Array, before: number): void {
    if (this.#length > this.#collected.length) {
      const capacity = Math.min(Math.max(this.#length, before * 2), this.#parts.limits.inlineBytes)
      const grown = Buffer.allocUnsafeSlow(capacity)
      this.#collected.copy(grown, 0, 0, before)
      this.#wipeCollected()
      this.#collected = grown
    }
    this.#collected.set(chunk, before)
  }

  #refuse(error: unknown): void {
    this.#refusal = refusalOf(error)
    this.#release()
  }

  #release(): void {
    this.#large?.discard()
    this.#large = null
    this.#wipeCollected()
  }

  #wipeCollected(): void {
    wipe(this.#collected)
    this.#collected = Buffer.alloc(0)
  }
}
