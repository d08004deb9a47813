// Sends what scripts asked for, by the queue that there is for outgoing mail. What the queue cannot take now is tried again; what it will never take is
// given up: a message that was only to be sent on is then filed into INBOX.
//
// After a crash between the queue's answer and the note of it the message is sent once more, which SMTP allows.

import { wipe } from '#base/bytes.ts'
import type { Seq } from '#base/ids.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import { CommitInDoubtError, CommitRefusedError } from '#account/account.ts'
import type { OpenAccount } from '#account/opened-account.ts'
import type { Operation, RangeSet } from '#account/operation.ts'
import { INBOX } from '#account/state.ts'
import { editedMessage } from '#sieve/header-edit.ts'
import {
  type Outgoing,
  type OutgoingItem,
  OUTGOING_PREFIX,
  decodeOutgoing,
  encodeOutgoing,
  outgoingSetting,
} from './outgoing.ts'
import { withoutReturnPath } from './trace-fields.ts'

/** What became of a message that was given to the queue. */
export type SendOutcome =
  | { readonly kind: 'sent' }
  /** Later it may work. */
  | { readonly kind: 'later' }
  /** It will not: in words. */
  | { readonly kind: 'never'; readonly why: string }

/** Gives a message to the queue. `sender` is empty for the null return path. The bytes stay the caller's. */
export type Send = (message: {
  readonly sender: string
  readonly to: string
  readonly bytes: Uint8Array
}) => Promise<SendOutcome>

export interface SenderParts {
  readonly account: OpenAccount
  readonly clock: Clock
  readonly send: Send
  /** A message could not be sent on, and is in INBOX; of an answer, nobody is told. */
  gaveUp(record: number, to: string, why: string): Promise<void>
  failed(error: unknown): void
}

const FIRST_RETRY_MS = 30_000
const RETRY_MS_MAX = 15 * 60_000
/** The queue itself tries for days; this is for getting there. */
const GIVE_UP_MS = 5 * 86_400_000

export class Sender {
  readonly #parts: SenderParts
  #running: Promise<void> | null = null
  #isWoken = false
  #isStopped = false
  #retry: Timer | null = null
  #retryMs = FIRST_RETRY_MS

  constructor(parts: SenderParts) {
    this.#parts = parts
  }

  /** There may be something to send. Resolves when it was tried. */
  wake(): Promise<void> {
    this.#isWoken = true
    this.#running ??= this.#run()
    return this.#running
  }

  /** Resolves when nothing is being sent any more. What is left is sent when the account is opened next. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#retry?.cancel()
    await this.#running
  }

  async #run(): Promise<void> {
    // What is woken now is told of as running.
    await Promise.resolve()
    try {
      while (this.#isWoken && !this.#isStopped) {
        this.#isWoken = false
        let isDone = true
        for (const outgoing of this.#waiting()) {
          if (this.#isStopped) break
          if (!(await this.#sendAll(outgoing))) isDone = false
        }
        if (isDone) this.#retryMs = FIRST_RETRY_MS
        else this.#tryLater()
      }
    } catch (error) {
      // What the log did not take is tried again; with a log that is in doubt the account ends, and somebody opens it again.
      if (error instanceof CommitRefusedError) this.#tryLater()
      else if (!(error instanceof CommitInDoubtError)) this.#parts.failed(error)
    } finally {
      this.#running = null
    }
  }

  #tryLater(): void {
    this.#retry?.cancel()
    if (this.#isStopped) return
    this.#retry = this.#parts.clock.after(this.#retryMs, () => void this.wake())
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX)
  }

  #waiting(): Outgoing[] {
    const { account } = this.#parts
    return account.settingKeys(OUTGOING_PREFIX).flatMap((key) => {
      return decodeOutgoing(Number(key.slice(OUTGOING_PREFIX.length)), account.setting(key)) ?? []
    })
  }

  /** False: something is left. Throws CommitRefusedError, CommitInDoubtError. */
  async #sendAll(outgoing: Outgoing): Promise<boolean> {
    const { account, clock } = this.#parts
    let { items } = outgoing
    let isKept = false
    while (items.length > 0) {
      const [item, ...rest] = items as [OutgoingItem, ...OutgoingItem[]]
      const isOld = clock.now() - outgoing.since > GIVE_UP_MS
      const outcome = await this.#sendOne(outgoing.record, item)
      if (outcome.kind === 'later' && !isOld) return false
      if (outcome.kind !== 'sent' && item.kind === 'redirect') {
        isKept = true
        await this.#parts.gaveUp(
          outgoing.record,
          item.to,
          outcome.kind === 'never' ? outcome.why : 'the queue did not take it',
        )
      }
      items = rest
      const isLast = items.length === 0
      const value = isLast ? null : encodeOutgoing({ ...outgoing, items, isDiscarded: outgoing.isDiscarded && !isKept })
      const moves = isKept || (isLast && outgoing.isDiscarded) ? this.#settle(outgoing, isKept) : []
      await account.commit([...moves, { kind: 'set', key: outgoingSetting(outgoing.record), value }])
    }
    return true
  }

  async #sendOne(record: number, item: OutgoingItem): Promise<SendOutcome> {
    const { account, send } = this.#parts
    if (item.kind === 'reply') return send({ sender: '', to: item.to, bytes: item.message })
    using opened = await account.openRecord(record as Seq)
    if (opened === null) return { kind: 'never', why: 'the message cannot be read' }
    const { sender, to, edit } = item
    const bytes = opened.bytes as Buffer
    const received = withoutReturnPath(bytes)
    // Waited for here: its bytes are wiped behind this.
    if (edit === null) return await send({ sender, to, bytes: received })
    const edited = editedMessage(bytes, edit, bytes.length - received.length)
    try {
      return await send({ sender, to, bytes: edited })
    } finally {
      wipe(edited)
    }
  }

  /** The message leaves Trash: for good, or into INBOX. */
  #settle({ record, isDiscarded }: Outgoing, isKept: boolean): Operation[] {
    const { account } = this.#parts
    if (!isDiscarded) return []
    const operations: Operation[] = []
    for (const email of account.emailsOfRecord(record as Seq)) {
      const set: RangeSet = [[email, email]]
      if (isKept) {
        operations.push({ kind: 'setMailboxes', emails: set, mailboxes: [INBOX] })
        operations.push({
          kind: 'changeKeywords',
          mailbox: null,
          set,
          mode: 'remove',
          keywords: ['$seen'],
          unchangedSince: null,
        })
      } else {
        for (const { mailbox, uid } of account.uidsOf(email))
          operations.push({ kind: 'remove', mailbox, set: [[uid, uid]] })
      }
    }
    return operations
  }
}
