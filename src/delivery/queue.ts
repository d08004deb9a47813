// The outgoing queue: messages that are durable and sealed at rest until every recipient has them, or has been given up.
//
// Invariants: a message is acknowledged when one fdatasync has made it durable, and is then attempted until each recipient is delivered,
// failed or cancelled; what happened to a recipient is durable before anything else is done about it, so that a crash repeats
// at most the attempt it interrupted. A notice to the sender (a bounce) is queued by the same group of records that says that it is due.
// What cannot be written is refused, and nothing changes. Nothing of a message is on the disk but sealed.

import { assert } from '#base/assert.ts'
import type { Clock } from '#platform/clock.ts'
import { type Disk, DiskError } from '#platform/disk.ts'
import { HeaderScan } from './header-scan.ts'
import { type ContentPlace, boundedReply, encodeChange, encodeGone, encodeMessage } from './queue-codec.ts'
import { type Transaction, QueueCommitter } from './queue-committer.ts'
import { largePath, readLarge, removeQuietly } from './queue-content.ts'
import { ContentDamagedError, QueueRefusedError } from './queue-errors.ts'
import { QueueExamination } from './queue-examination.ts'
import type { NewQueueRecord } from './queue-format.ts'
import type { QueueLimits } from './queue-limits.ts'
import type { QueueLog } from './queue-log.ts'
import {
  type MessageChange,
  QUEUE_ID_BYTES,
  type QueueId,
  type QueuedMessage,
  isFinished,
  queueIdFromBytes,
} from './queue-message.ts'
import type { QueueEntry, QueueState } from './queue-state.ts'
import { tidyLog } from './queue-tidy.ts'
import { QueueWriter, type Submission, type WriterParts, checkSubmission, newMessage } from './queue-writer.ts'

export interface QueueOptions {
  readonly disk: Disk
  readonly clock: Clock
  /** Made if it is not there. At most one process may have it open. */
  readonly directory: string
  /** 32 bytes. Copied. */
  readonly key: Uint8Array
  readonly limits?: Partial<QueueLimits>
  /** For names, salts and keys. */
  readonly random?: (bytes: number) => Buffer
}

/** A message of our own about another. */
export interface Notice {
  readonly submission: Submission
  /** Wiped when it is queued, or refused. At most a quarter of a file of the log. */
  readonly content: Buffer
}

/** Something happened to a message that was not asked for here: it was queued, or is to be attempted sooner or later than it was. */
type QueueListener = (id: QueueId) => void

export class Queue {
  readonly #options: QueueOptions
  readonly #limits: QueueLimits
  readonly #random: (bytes: number) => Buffer
  readonly #log: QueueLog
  readonly #state: QueueState
  readonly #committer: QueueCommitter
  readonly #listeners = new Set<QueueListener>()
  readonly #halt = Promise.withResolvers<unknown>()
  /** What a scrub reads. */
  readonly examination: QueueExamination

  constructor(
    options: QueueOptions,
    limits: QueueLimits,
    random: (bytes: number) => Buffer,
    log: QueueLog,
    state: QueueState,
  ) {
    this.#options = options
    this.#limits = limits
    this.#random = random
    this.#log = log
    this.#state = state
    const { groupBytes, waitingBytes } = limits
    this.#committer = new QueueCommitter({
      log,
      groupBytes,
      waitingBytes,
      maintain: () => tidyLog(log, state, limits),
      halt: (cause) => this.#halt.resolve(cause),
    })
    this.#committer.poke()
    const { disk, directory, key } = options
    const committer = this.#committer
    this.examination = new QueueExamination({ disk, directory, key: Buffer.from(key), log, state, committer })
  }

  /** Resolves, with the cause, when the queue cannot go on: everything is refused, and the process should end and start again. */
  get halted(): Promise<unknown> {
    return this.#halt.promise
  }

  /** What was found damaged when the queue was opened, in words. */
  get damage(): readonly string[] {
    return this.#log.damage
  }

  get count(): number {
    return this.#state.count
  }

  /** Of the contents. */
  get bytes(): number {
    return this.#state.bytes
  }

  /** Throws QueueRefusedError. */
  begin(submission: Submission): QueueWriter {
    checkSubmission(submission)
    const { messages, bytes } = this.#limits
    if (this.#state.count >= messages || this.#state.bytes >= bytes) throw new QueueRefusedError('full')
    const { disk, directory, clock } = this.#options
    const parts: WriterParts = {
      disk,
      directory,
      limits: this.#limits,
      random: this.#random,
      now: () => clock.now(),
      enqueue: async (message, content, inline) => {
        await this.#commit({ ...this.#putting(message, content, inline), isMessage: true })
        this.#tell(message.id)
      },
    }
    return new QueueWriter(parts, this.#newId(), submission)
  }

  get(id: QueueId): QueuedMessage | null {
    return this.#state.get(id)?.message ?? null
  }

  /** In no order. Messages may come and go meanwhile. */
  *messages(): Generator<QueuedMessage> {
    for (const { message } of this.#state.messages()) yield message
  }

  /**
   * A message's bytes, in pieces, each of which belongs to the caller, who wipes it. Throws ContentDamagedError, and DiskError: also if there
   * is no such message any more.
   */
  *content(id: QueueId): Generator<Buffer> {
    const entry = this.#state.get(id)
    if (entry === null) throw new DiskError('ENOENT')
    const { content } = entry
    switch (content.kind) {
      case 'inline': {
        const bytes = this.#log.read(content.place)
        if (bytes?.length !== entry.message.sizeBytes) throw new ContentDamagedError()
        yield bytes
        return
      }
      case 'large': {
        const { disk, directory } = this.#options
        yield* readLarge(disk, largePath(directory, id), content.key, content.sealedBytes)
        return
      }
      case 'lost':
        throw new ContentDamagedError()
    }
  }

  /**
   * Resolves when it is durable, with whether there is such a message; the notices are queued then, too. A recipient who waits no more
   * stays as they are. Throws QueueRefusedError; then nothing has changed.
   */
  async change(id: QueueId, change: MessageChange, notices: readonly Notice[] = []): Promise<boolean> {
    if (this.#state.get(id) === null) return false
    const recipients = change.recipients.map((recipient) => ({
      ...recipient,
      lastReply: recipient.lastReply === null ? null : boundedReply(recipient.lastReply),
    }))
    const bounded = { ...change, recipients }
    const record = { kind: 'change', header: encodeChange(id, bounded), content: Buffer.alloc(0) } as const
    const messages = notices.map((notice) => this.#noticing(notice))
    let entry: QueueEntry | null = null
    await this.#commit({
      records: [record, ...messages.flatMap(({ records }) => records)],
      isMessage: false,
      apply: (places) => {
        entry = this.#state.change({ id, change: bounded })
        for (const [index, { apply }] of messages.entries()) apply(places.slice(index + 1, index + 2))
      },
    })
    this.#removed(entry)
    for (const { id: noticeId } of messages) this.#tell(noticeId)
    return true
  }

  /** As long as it is held, no attempts are made. False if there is no such message. Throws QueueRefusedError. */
  async hold(id: QueueId): Promise<boolean> {
    return this.#changeByHand(id, { held: true, delayTold: null, recipients: [] })
  }

  async release(id: QueueId): Promise<boolean> {
    return this.#changeByHand(id, { held: false, delayTold: null, recipients: [] })
  }

  /** The next attempt is due at once, for everybody who waits. False if there is no such message. Throws QueueRefusedError. */
  async retry(id: QueueId): Promise<boolean> {
    const message = this.get(id)
    if (message === null) return false
    const nextAttempt = this.#options.clock.now()
    const recipients = message.recipients
      .map(({ address: _address, ...recipient }, index) => ({ ...recipient, index, nextAttempt }))
      .filter(({ state }) => state === 'waiting')
    return this.#changeByHand(id, { held: null, delayTold: null, recipients })
  }

  /** Nobody who waits gets it, and nobody is told. False if there is no such message. Throws QueueRefusedError. */
  async cancel(id: QueueId): Promise<boolean> {
    const entry = this.#state.get(id)
    if (entry === null) return false
    await this.#commit({
      records: [{ kind: 'gone', header: encodeGone(id), content: Buffer.alloc(0) }],
      isMessage: false,
      apply: () => this.#state.remove(id),
    })
    this.#removeContent(entry)
    this.#tell(id)
    return true
  }

  /** The listener hears of messages that were queued, and of what was changed by hand. */
  watch(listener: QueueListener): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** Refuses everything from now on; resolves when nothing is being written. */
  async close(): Promise<void> {
    await this.#committer.stop()
    this.#log.close()
  }

  async #changeByHand(id: QueueId, change: MessageChange): Promise<boolean> {
    const found = await this.change(id, change)
    if (found) this.#tell(id)
    return found
  }

  #commit(transaction: Transaction): Promise<void> {
    return this.#committer.commit(transaction)
  }

  #newId(): QueueId {
    return queueIdFromBytes(this.#random(QUEUE_ID_BYTES))
  }

  #putting(message: QueuedMessage, content: ContentPlace, inline: Uint8Array): Omit<Transaction, 'isMessage'> {
    const record: NewQueueRecord = { kind: 'message', header: encodeMessage(message, content), content: inline }
    return {
      records: [record],
      apply: ([place]) => {
        assert(place !== undefined, 'each record has a place')
        this.#state.put({ message, content }, place)
      },
    }
  }

  #noticing({ submission, content }: Notice): Omit<Transaction, 'isMessage'> & { readonly id: QueueId } {
    checkSubmission(submission)
    assert(content.length <= this.#limits.fileBytes / 4, 'a notice is short')
    const scan = new HeaderScan()
    scan.push(content)
    const id = this.#newId()
    const { lifetimeMs } = this.#limits
    const message = newMessage(id, submission, scan, content.length, this.#options.clock.now(), lifetimeMs)
    return { ...this.#putting(message, { kind: 'inline' }, content), id }
  }

  #tell(id: QueueId): void {
    for (const listener of this.#listeners) listener(id)
  }

  /** Nobody waits for it any more. */
  #removed(entry: QueueEntry | null): void {
    if (entry !== null && isFinished(entry.message)) this.#removeContent(entry)
  }

  #removeContent({ message, content }: QueueEntry): void {
    const { disk, directory } = this.#options
    if (content.kind === 'large') removeQuietly(disk, largePath(directory, message.id))
  }
}
