// Time travel over an open account: at what times something changed, how the account was then, and making it so again. All from its own log.
//
// Long work is done one after the other, in slices of time. What is kept between two requests is one state of then, for a while: about 100 bytes for each
// of its messages.

import { wipe } from '#base/bytes.ts'
import type { Seq } from '#base/ids.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { AccountCore } from '#account/account-core.ts'
import type { AccountLog } from '#account/account-log.ts'
import { CommitRefusedError } from '#account/account.ts'
import { CHAIN_START, type ChainHead, JournalDamagedError, type JournalSealer } from '#account/journal.ts'
import type { MailReader } from '#account/mail-reader.ts'
import { Slices } from '#account/turns.ts'
import { liveWorld } from './live-world.ts'
import { walkJournal } from './journal-walk.ts'
import { PastAccount, type PastRow } from './past-account.ts'
import {
  type PastMailParts,
  type PastMessage,
  type PastSummary,
  type Unreadable,
  knownUnreadable,
  openPastMessage,
  summarizePastMessage,
} from './past-mail.ts'
import { type Point, PointCollector, type PointUnit } from './points.ts'
import { type Preview, previewInSteps } from './preview.ts'
import { restorableUntil } from './restorable.ts'
import { restore } from './restore.ts'
import type { RestoreReport, RestoreRequest } from './restore-request.ts'
import { dryWorld } from './restore-world.ts'

/** A state of then that nobody asks for is forgotten after this time. */
const KEPT_MS = 5 * 60_000

export interface TimeTravelParts {
  readonly core: AccountCore
  readonly log: AccountLog
  readonly reader: LogReader
  readonly mailReader: MailReader
  readonly sealer: JournalSealer
  readonly clock: Clock
}

/** A time, or a journal record: the account as it was after the last change that is not later. */
export type Moment = { readonly time: number } | { readonly record: number }

export interface Points {
  /** The newest first. */
  readonly points: readonly Point[]
  /** There were more, before the oldest of these. */
  readonly isCut: boolean
}

interface JournalTime {
  readonly record: number
  readonly time: number
}

export class TimeTravel {
  readonly #parts: TimeTravelParts
  #last: Promise<unknown> = Promise.resolve()
  #isStopped = false
  #past: PastAccount | null = null
  #points: { readonly key: string; readonly points: Points } | null = null
  /** Of all journal records up to where the journal was read. */
  #times: JournalTime[] = []
  #timesRead: { seq: number; chain: ChainHead } = { seq: 0, chain: CHAIN_START }
  #timer: Timer | null = null

  constructor(parts: TimeTravelParts) {
    this.#parts = parts
  }

  /** Ends what is under way, which then throws, and resolves when it has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#forget()
    await this.#last
  }

  /** Days or hours, of a clock so many minutes ahead of UTC, at which something changed. Throws JournalDamagedError. */
  points(unit: PointUnit, utcOffsetMinutes: number): Promise<Points> {
    return this.#exclusively(async (slices) => {
      const until = await this.#readableTip()
      const key = `${unit} ${utcOffsetMinutes} ${until}`
      if (this.#points?.key === key) return this.#points.points
      const collector = new PointCollector(unit, utcOffsetMinutes)
      for (const record of walkJournal(this.#parts, { seq: 0, chain: CHAIN_START }, until)) {
        if (record.kind === 'mail') collector.records.add(record.seq)
        else collector.add(record.seq, record.time, record.operations)
        await this.#pause(slices)
      }
      const points = { points: collector.finish(), isCut: collector.isCut }
      this.#points = { key, points }
      return points
    })
  }

  /** The account as of then; null if it was not there yet. Throws JournalDamagedError. */
  at(moment: Moment): Promise<PastAccount | null> {
    return this.#exclusively(async (slices) => {
      const until = await this.#readableTip()
      const record = await this.#recordAt(moment, until, slices)
      if (record === null) return null
      if (this.#past?.record !== record) this.#past = await this.#fold(record, slices)
      return this.#past
    })
  }

  /** What was known of these messages of then. */
  summaries(rows: readonly PastRow[]): Promise<PastSummary[]> {
    return this.#exclusively(async (slices) => {
      const found: PastSummary[] = []
      for (const row of rows) {
        found.push(await slices.run(summarizePastMessage(this.#mailParts, row)))
        await this.#pause(slices)
      }
      return found
    })
  }

  /** Until when each of these can be brought back, by the time of day; null where nothing limits it. */
  restorableUntil(rows: readonly PastRow[]): (number | null)[] {
    const { core, reader, clock } = this.#parts
    const { directory, account } = reader
    const records = rows.map(({ record }) => record)
    return core.use(({ releases }) => restorableUntil({ releases, directory, account, clock }, records))
  }

  /** The message of a record; its bytes are wiped by the caller. */
  open(record: number): Promise<PastMessage> {
    return this.#exclusively((slices) => slices.run(openPastMessage(this.#mailParts, record)))
  }

  /** The message of a record, to look at. */
  preview(record: number): Promise<Preview | { readonly state: Unreadable }> {
    return this.#exclusively(async (slices) => {
      const message = await slices.run(openPastMessage(this.#mailParts, record))
      if (message.state !== 'present') return message
      try {
        return await slices.run(previewInSteps(message.bytes))
      } finally {
        wipe(message.bytes)
      }
    })
  }

  /** What `restore` with the same request would do now, as far as it can be told without reading messages. */
  dryRun(past: PastAccount, request: RestoreRequest): Promise<RestoreReport> {
    return this.#exclusively(async (slices) => {
      const { index, follower } = this.#parts.core
      await this.#learnRestored(past, slices)
      const world = dryWorld({
        state: index.state.copy(),
        nextSeq: Math.max(follower.readable, index.position.next, index.position.journalSeq + 1),
        isMail: (record) => index.mails.isMail(record),
        unreadable: (record) => knownUnreadable(this.#mailParts, record),
        pause: () => this.#pause(slices),
      })
      return restore(world, past, { ...request, messagesMax: Infinity })
    })
  }

  /**
   * Makes what is asked for as it was then. Throws CommitRefusedError and CommitInDoubtError; what was committed until then stays, and the same request
   * goes on with it.
   */
  restore(past: PastAccount, request: RestoreRequest): Promise<RestoreReport> {
    return this.#exclusively(async (slices) => {
      await this.#learnRestored(past, slices)
      const { core } = this.#parts
      return restore(liveWorld({ ...this.#mailParts, core, slices, pause: () => this.#pause(slices) }), past, request)
    })
  }

  get #mailParts(): PastMailParts {
    const { core, reader, mailReader } = this.#parts
    return { index: core.index, reader, mailReader }
  }

  #exclusively<T>(work: (slices: Slices) => Promise<T>): Promise<T> {
    const done = this.#last.then(async () => {
      const slices = new Slices(this.#parts.clock)
      await this.#pause(slices)
      try {
        return await this.#parts.core.useAsync(() => work(slices))
      } finally {
        this.#keepForAWhile()
      }
    })
    this.#last = done.catch(() => undefined)
    return done
  }

  async #pause(slices: Slices): Promise<void> {
    if (slices.over) await slices.next()
    if (this.#isStopped) throw new CommitRefusedError('unavailable')
  }

  #keepForAWhile(): void {
    this.#timer?.cancel()
    this.#timer = this.#isStopped ? null : this.#parts.clock.after(KEPT_MS, () => this.#forget())
  }

  #forget(): void {
    this.#timer?.cancel()
    this.#past = null
    this.#points = null
    this.#times = []
    this.#timesRead = { seq: 0, chain: CHAIN_START }
  }

  /** The last journal record, which can be read now. */
  async #readableTip(): Promise<number> {
    const { core, log } = this.#parts
    const { journalSeq } = core.index.position
    if (journalSeq >= core.follower.readable) await log.settled(journalSeq as Seq)
    return journalSeq
  }

  /** The last journal record whose time is not later: a clock that was wrong for a while does not hide what came after. */
  async #recordAt(moment: Moment, until: number, slices: Slices): Promise<number | null> {
    for (const record of walkJournal(this.#parts, this.#timesRead, until)) {
      if (record.kind === 'journal') {
        this.#times.push({ record: record.seq, time: record.time })
        this.#timesRead = { seq: record.seq + 1, chain: record.chain }
      }
      await this.#pause(slices)
    }
    const isNotLater =
      'time' in moment
        ? ({ time }: JournalTime): boolean => time <= moment.time
        : ({ record }: JournalTime): boolean => record <= moment.record
    return this.#times.findLast(isNotLater)?.record ?? null
  }

  async #fold(until: number, slices: Slices): Promise<PastAccount> {
    const past = new PastAccount()
    for (const record of walkJournal(this.#parts, { seq: 0, chain: CHAIN_START }, until)) {
      if (record.kind === 'mail') past.mail(record.seq)
      else past.apply(record.seq, record.time, record.chain, record.operations)
      await this.#pause(slices)
    }
    if (past.record !== until) throw new JournalDamagedError(until, 'payload')
    return past
  }

  async #learnRestored({ restored }: PastAccount, slices: Slices): Promise<void> {
    const until = await this.#readableTip()
    for (const record of walkJournal(this.#parts, restored.after, until)) {
      if (record.kind === 'journal') restored.add(record.seq, record.chain, record.operations)
      await this.#pause(slices)
    }
  }
}

/** Whether there was what the scope names. */
export function wasThere({ state }: PastAccount, scope: RestoreRequest['scope']): boolean {
  if (scope.kind === 'mailbox') return state.mailboxes.has(scope.mailbox)
  return scope.kind === 'everything' || state.emails.has(scope.email)
}
