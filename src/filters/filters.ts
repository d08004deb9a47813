// What an open account's filters do: each message that is delivered goes where the active script says, and what it asks to be sent is sent.
//
// Nothing is lost: a script that fails, and whatever else goes wrong, leaves the message in INBOX, with the reason remembered (docs/formats/sieve.md
// §4). What a script discards is filed into Trash and removed at once, so that it can be restored like everything that was removed.

import { wipe } from '#base/bytes.ts'
import type { MailboxId } from '#base/ids.ts'
import { randomBytes } from '#crypto/random.ts'
import type { Clock } from '#platform/clock.ts'
import { CommitRefusedError } from '#account/account.ts'
import type { Attendant } from '#account/attendant.ts'
import type { OpenAccount } from '#account/opened-account.ts'
import type { Operation, Outcome as CommitOutcome } from '#account/operation.ts'
import { type NewMail, type Placement, type SetOperation, intoInbox } from '#account/place-mail.ts'
import { INBOX } from '#account/state.ts'
import { MessageView } from '#sieve/message-view.ts'
import { type Outcome, type Vacation, failedOutcome } from '#sieve/outcome.ts'
import { FAILURES_SETTING, type NotedFailure, noteOf, readFailures, withFailure } from './failures.ts'
import { failureNotice } from './failure-notice.ts'
import { makeMailbox } from './make-mailbox.ts'
import { type OutgoingItem, encodeOutgoing, itemSize, outgoingSetting } from './outgoing.ts'
import { BUCKET_BYTES_MAX, type Mark, Remembered } from './remembered.ts'
import { type ActiveScript, ScriptRunner, roleOfAttribute } from './script-runner.ts'
import { type Send, Sender } from './sender.ts'
import { storedFlags } from './stored-flags.ts'
import { type Trace, readTrace } from './trace-fields.ts'
import { vacationReply } from './vacation-reply.ts'

export interface FiltersParts {
  readonly clock: Clock
  readonly hostname: string
  readonly send: Send
  /** Something that should not have happened; nothing was lost. */
  readonly failed: (error: unknown) => void
}

/** A later answer would say that somebody is away who is reading mail. */
const VACATION_AGE_MAX_MS = 3 * 86_400_000
/** The owner is told of failures by mail so often, at most. */
const NOTICE_MS = 86_400_000
const SETTING_BYTES = 512

/** What is to become of one message. */
interface Plan {
  readonly outcome: Outcome
  readonly script: string
  readonly trace: Trace
  readonly items: readonly OutgoingItem[]
  readonly answered: readonly Mark[]
  readonly seen: readonly Mark[]
}

export class Filters implements Attendant {
  readonly #parts: FiltersParts
  readonly #account: () => OpenAccount
  readonly #runner: ScriptRunner
  readonly #seen: Remembered
  readonly #answered: Remembered
  #sender: Sender | null = null

  /** `account` is there when the first message is placed. */
  constructor(parts: FiltersParts, account: () => OpenAccount) {
    this.#parts = parts
    this.#account = account
    const read = (key: string) => account().setting(key)
    this.#runner = new ScriptRunner(read)
    this.#seen = new Remembered('sieve/state/seen', read)
    this.#answered = new Remembered('sieve/state/answered', read)
  }

  opened(): void {
    const { clock, send, failed } = this.#parts
    const account = this.#account()
    this.#sender = new Sender({
      account,
      clock,
      send,
      failed,
      gaveUp: (record, to, why) => this.#gaveUp(record, `it could not be sent on to ${to}: ${why}`),
    })
    void this.#sender.wake()
  }

  async closing(): Promise<void> {
    await this.#sender?.stop()
  }

  /** Where the message goes. Rejected with CommitRefusedError if the log is not to be written now. */
  async place(mail: NewMail): Promise<Placement> {
    const active = this.#runner.active()
    if (active === null) return intoInbox(mail)
    const bytes = mail.open()
    if (bytes === null) return intoInbox(mail)
    try {
      const plan = await this.#evaluate(active, mail, bytes)
      return await this.#placement(plan, mail)
    } catch (error) {
      if (error instanceof CommitRefusedError) throw error
      this.#parts.failed(error)
      return await intoInbox(mail)
    } finally {
      wipe(bytes)
    }
  }

  async #evaluate(active: ActiveScript, mail: NewMail, bytes: Buffer): Promise<Plan> {
    const account = this.#account()
    const message = new MessageView(bytes)
    const trace = readTrace(message)
    const { record, receivedAt, slices } = mail
    const outcome = await this.#runner.run(active, message, {
      account,
      hostname: this.#parts.hostname,
      slices,
      receivedAt,
      trace,
      isDuplicate: (handle, uniqueId) => this.#seen.has(Remembered.hash(handle, uniqueId), record, receivedAt),
    })
    const plan = { outcome, script: active.name, trace, items: [], answered: [], seen: [] }
    // RFC 5228 §4.2: a loop is an error.
    if (outcome.redirects.length > 0 && trace.isLoop)
      return failedPlan(plan, 'the message has been sent on from here before')
    const seen = outcome.seen.map(({ handle, uniqueId, seconds, isLast }): Mark => {
      return { hash: Remembered.hash(handle, uniqueId), until: receivedAt + seconds * 1000, extends: isLast }
    })
    const { vacation, answered } = outcome
    const reply = vacation === null ? null : this.#reply(answered ?? message, trace, vacation, mail)
    const sender = trace.from === '' ? '' : account.address
    const redirects = outcome.redirects.map(({ email, edit }): OutgoingItem => {
      return { kind: 'redirect', sender, to: email, edit }
    })
    return {
      ...plan,
      seen,
      answered: reply?.mark === undefined || reply.mark === null ? [] : [reply.mark],
      items: reply === null ? redirects : [...redirects, reply.item],
    }
  }

  #reply(message: MessageView, trace: Trace, vacation: Vacation, { record, receivedAt }: NewMail) {
    const { clock, hostname } = this.#parts
    const now = clock.now()
    if (now - receivedAt > VACATION_AGE_MAX_MS) return null
    const seed = randomBytes(16).toString('hex')
    const reply = vacationReply(message, trace, vacation, { address: this.#account().address, now, hostname, seed })
    if (reply === null) return null
    const item: OutgoingItem = { kind: 'reply', to: reply.to, message: reply.message }
    if (vacation.seconds === 0) return { item, mark: null }
    const hash = Remembered.hash(vacation.handle, reply.to)
    if (this.#answered.has(hash, record, receivedAt)) return null
    const mark: Mark = { hash, until: receivedAt + vacation.seconds * 1000, extends: true }
    this.#answered.note(mark, record)
    return { item, mark }
  }

  async #placement(plan: Plan, mail: NewMail): Promise<Placement> {
    const { record, receivedAt } = mail
    const emails = await this.#emails(plan, mail)
    if (emails === null)
      return this.#placement(failedPlan(plan, 'a mailbox that the script asks for could not be made'), mail)
    for (const mark of plan.seen) this.#seen.note(mark, record)
    const { failure, filings } = plan.outcome
    const isDiscarded = filings.length === 0
    const noted = failure === null ? null : noteOf(failure, plan.script, record, receivedAt)
    const outgoing = { record, since: this.#parts.clock.now(), items: plan.items, isDiscarded }
    const hasOutgoing = plan.items.length > 0
    const settings = (read: Parameters<NonNullable<Placement['settings']>>[0]): SetOperation[] => [
      ...this.#seen.operations(plan.seen, receivedAt, read),
      ...this.#answered.operations(plan.answered, receivedAt, read),
      ...(noted === null ? [] : [{ kind: 'set' as const, key: FAILURES_SETTING, value: withFailure(read, noted) }]),
      ...(hasOutgoing ? [{ kind: 'set' as const, key: outgoingSetting(record), value: encodeOutgoing(outgoing) }] : []),
    ]
    const itemBytes = plan.items.reduce((sum, item) => sum + SETTING_BYTES + itemSize(item), 0)
    const bucketBytes = (plan.seen.length + plan.answered.length) * BUCKET_BYTES_MAX
    return {
      emails: emails.map(({ mailboxes, keywords }) => ({ mailboxes, keywords })),
      settings,
      settingBytes: SETTING_BYTES + itemBytes + bucketBytes,
      filed: (outcomes) => this.#filed(outcomes, emails, isDiscarded && !hasOutgoing, hasOutgoing, noted),
    }
  }

  /** Null: a mailbox could not be made. Throws CommitRefusedError. */
  async #emails({ outcome }: Plan, { receivedAt }: NewMail): Promise<PlacedGroup[] | null> {
    const account = this.#account()
    if (outcome.filings.length === 0) {
      const trash =
        account.mailboxByRole('trash')?.id ?? (await makeMailbox(account, 'Trash', 'trash', receivedAt)) ?? INBOX
      return [{ mailboxes: [trash], keywords: ['$seen'], deleted: false }]
    }
    const groups = new Map<string, PlacedGroup>()
    for (const { mailbox, specialUse, create, flags } of outcome.filings) {
      let id = mailbox === null ? INBOX : (account.mailboxByPath(mailbox)?.id ?? null)
      if (id === null && create && mailbox !== null) {
        id = await makeMailbox(account, mailbox, specialUse === null ? null : roleOfAttribute(specialUse), receivedAt)
      }
      if (id === null) return null
      const { keywords, deleted } = storedFlags(flags)
      // Keywords belong to an e-mail: where they differ there are two.
      const key = JSON.stringify([keywords, deleted])
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { mailboxes: [id], keywords, deleted })
      else if (!group.mailboxes.includes(id)) group.mailboxes.push(id)
    }
    return [...groups.values()]
  }

  #filed(
    outcomes: readonly CommitOutcome[],
    emails: readonly PlacedGroup[],
    isDiscarded: boolean,
    hasOutgoing: boolean,
    failure: NotedFailure | null,
  ): void {
    const after: Operation[] = []
    for (const [at, outcome] of outcomes.entries()) {
      if (!outcome.applied) continue
      for (const { mailbox, uid } of outcome.added ?? []) {
        const set = [[uid, uid]] as const
        if (isDiscarded) after.push({ kind: 'remove', mailbox, set })
        else if (emails[at]?.deleted === true)
          after.push({ kind: 'markDeleted', mailbox, set, deleted: true, unchangedSince: null })
      }
    }
    if (after.length > 0) this.#commitLater(after)
    if (hasOutgoing) void this.#sender?.wake()
    if (failure !== null) void this.#notify(failure).catch((error: unknown) => this.#refused(error))
  }

  /** What the log does not take now is not done: the message stays where everybody can see it. */
  #commitLater(operations: readonly Operation[]): void {
    this.#account()
      .commit(operations)
      .catch((error: unknown) => this.#refused(error))
  }

  #refused(error: unknown): void {
    if (!(error instanceof CommitRefusedError)) this.#parts.failed(error)
  }

  async #gaveUp(record: number, text: string): Promise<void> {
    const account = this.#account()
    const noted: NotedFailure = {
      at: this.#parts.clock.now(),
      record,
      script: this.#runner.active()?.name ?? '',
      included: null,
      line: 1,
      column: 1,
      text,
    }
    await account.commit([
      { kind: 'set', key: FAILURES_SETTING, value: withFailure((key) => account.setting(key), noted) },
    ])
    await this.#notify(noted)
  }

  /** RFC 5228 §2.10.6: a message to the owner, about the first failure of a day. */
  async #notify(failure: NotedFailure): Promise<void> {
    const account = this.#account()
    const before = readFailures((key) => account.setting(key)).filter(
      ({ at, record }) => record !== failure.record && failure.at - at < NOTICE_MS,
    )
    if (before.some(({ at }) => at <= failure.at)) return
    const now = this.#parts.clock.now()
    const notice = failureNotice(failure, {
      address: account.address,
      hostname: this.#parts.hostname,
      now,
      seed: randomBytes(16).toString('hex'),
    })
    using staged = account.stage(notice.length)
    await staged.write(notice)
    await account.commit(
      [
        {
          kind: 'file',
          record: { message: 0 },
          mailboxes: [INBOX],
          keywords: [],
          internalDate: now,
          source: 'appended',
          thread: null,
        },
      ],
      [{ staged }],
    )
  }
}

interface PlacedGroup {
  readonly mailboxes: MailboxId[]
  readonly keywords: readonly string[]
  readonly deleted: boolean
}

function failedPlan(plan: Plan, text: string): Plan {
  const outcome = failedOutcome({ line: 1, column: 1, text, script: null })
  return { ...plan, outcome, items: [], answered: [], seen: [] }
}
