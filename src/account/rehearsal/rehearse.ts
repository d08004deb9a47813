// A rehearsal of restoring an account from what is on the disk, while the account is in use (docs/adr/0063-rehearsals.md):
//
// 1. every payload that the log still has is read, verified and opened (read-log.ts);
// 2. the index is derived anew from the log, in a place of its own, as a rebuild does it, and opened again from the disk;
// 3. it is compared with the index in use, as of one journal record that both have reached (compare-states.ts, compare-contents.ts);
// 4. a moment of the past is chosen, and restoring it is planned (plan-restore.ts);
// 5. what opens the account is looked for.
//
// Nothing of the account is changed. Cut short, what was read and derived is kept, and the next one goes on there. In the end the second index is removed.

import type { Seq } from '#base/ids.ts'
import { slotIsAuthentic } from '#keys/slot.ts'
import type { LogReader } from '#ledger/reader.ts'
import { AccountIndex } from '#account/account-index.ts'
import { IndexStorageError } from '#account/index-database.ts'
import { removeIndex } from '#account/index-file.ts'
import { JournalDamagedError, JournalSealer } from '#account/journal.ts'
import { LogWitness } from '#account/log-witness.ts'
import { MailReader } from '#account/mail-reader.ts'
import { openBeside } from '#account/open-index.ts'
import { ownerKeyOf } from '#account/owner-key.ts'
import { readSlots } from '#account/slots.ts'
import type { AccountState } from '#account/state.ts'
import { compareContents } from './compare-contents.ts'
import { compareStates } from './compare-states.ts'
import { FINDINGS_LISTED, Findings, logFinding, ofRecord } from './finding.ts'
import { nameDamaged } from './name-damaged.ts'
import { NoRoomError, Pace } from './pace.ts'
import { rehearsalIndexPath } from './paths.ts'
import { planRestore } from './plan-restore.ts'
import { missingRecords, readLog } from './read-log.ts'
import type { LogReading } from './rehearsal-file.ts'
import type { RehearsalOutcome, RehearsedAccount, RehearseOptions } from './rehearse-options.ts'
import type { RehearsalResult } from './result.ts'
import { Room } from './room.ts'

const KEEP_MS = 5_000
/** Records that came while the account was being compared with. */
const ROUNDS_MAX = 20

/** Throws the signal's reason, IndexDamagedError, IndexBusyError, DiskError. */
export async function rehearse(account: RehearsedAccount, options: RehearseOptions): Promise<RehearsalOutcome> {
  const { reader, indexDirectory, begun } = options
  const place = rehearsalIndexPath(indexDirectory, reader.account)
  // What was derived for another rehearsal proves nothing of today.
  if (begun === null) removeIndex(place)
  try {
    const result = await attempt(account, options, place)
    removeIndex(place)
    return { kind: 'rehearsed', result }
  } catch (error) {
    const isFull = error instanceof NoRoomError || (error instanceof IndexStorageError && error.why === 'noSpace')
    if (!isFull) throw error
    removeIndex(place)
    return { kind: 'noRoom' }
  }
}

async function attempt(account: RehearsedAccount, options: RehearseOptions, place: string): Promise<RehearsalResult> {
  using rehearsal = new Rehearsal(account, options, place)
  return await rehearsal.run()
}

class Rehearsal implements Disposable {
  readonly #account: RehearsedAccount
  readonly #options: RehearseOptions
  readonly #place: string
  readonly #began: number
  readonly #reading: LogReading
  /** Of reading, which are kept; and of the rest, which is done again. */
  readonly #found: Findings
  readonly #compared = new Findings()
  readonly #room: Room
  readonly #pace: Pace
  readonly #sealer: JournalSealer
  readonly #mailReader: MailReader
  readonly #witness: LogWitness
  #index: AccountIndex | null = null
  #keptMs: number
  #keeping: Promise<void> = Promise.resolve()

  constructor(account: RehearsedAccount, options: RehearseOptions, place: string) {
    const { clock } = account
    const { root, reader, begun, indexDirectory } = options
    this.#account = account
    this.#options = options
    this.#place = place
    this.#began = begun?.began ?? Math.max(0, clock.now())
    const { reading } = begun ?? { reading: NOTHING_READ }
    this.#reading = { ...reading }
    this.#found = new Findings(begun?.findings, begun?.findingCount)
    this.#room = new Room(indexDirectory, options.freeBytes)
    const { signal } = options
    const rest = (workedMs: number): Promise<void> => options.rest(workedMs, signal)
    this.#pace = new Pace({ clock, signal, rest, room: this.#room }, begun?.tookMs ?? 0)
    this.#sealer = new JournalSealer(root, reader.account)
    this.#mailReader = new MailReader(reader, root.identities())
    this.#witness = new LogWitness({ reader, clock, indexDirectory, ownerKey: ownerKeyOf(root), isSecond: true })
    this.#keptMs = clock.monotonic()
  }

  [Symbol.dispose](): void {
    this.#index?.[Symbol.dispose]()
    this.#witness[Symbol.dispose]()
    this.#mailReader[Symbol.dispose]()
    this.#sealer[Symbol.dispose]()
  }

  async run(): Promise<RehearsalResult> {
    try {
      this.#options.signal.throwIfAborted()
      const { core } = this.#account
      this.#room.checkForIndex(core.index.database.path, this.#place)
      await this.#keep()
      await this.#read(Number.POSITIVE_INFINITY)
      const derived = await this.#derive()
      if (derived === null) return this.#result(null, null)
      await this.#compare(derived.made, derived.used)
      this.#options.progress?.({ phase: 'planning', done: 0, total: 1 })
      const point = await planRestore({
        ...this.#journal,
        index: derived.made,
        mailReader: this.#mailReader,
        pace: this.#pace,
      })
      const { emails, mailboxes } = derived.made.state
      return this.#result({ messages: emails.live, mailboxes: mailboxes.size }, point)
    } catch (error) {
      await this.#keep()
      throw error
    }
  }

  get #journal(): { readonly reader: LogReader; readonly sealer: JournalSealer } {
    return { reader: this.#options.reader, sealer: this.#sealer }
  }

  async #read(until: number): Promise<void> {
    const identities = this.#options.root.identities()
    try {
      const total = Number.isFinite(until) ? until : this.#options.reader.size()
      const progress = (done: number): void => {
        this.#options.progress?.({ phase: 'reading', done: Math.min(done, total), total })
        this.#keepNowAndThen()
      }
      const parts = { ...this.#journal, identities, reading: this.#reading, findings: this.#found }
      await readLog({ ...parts, pace: this.#pace, progress }, until)
      if (Number.isFinite(until)) missingRecords(parts, until)
    } finally {
      for (const identity of identities) identity[Symbol.dispose]()
    }
  }

  /** The account made again, and the one in use, as of the same journal record. Null if it cannot be made. */
  async #derive(): Promise<{ readonly made: AccountIndex; readonly used: AccountState } | null> {
    const { core, log } = this.#account
    try {
      await this.#catchUp(null)
      for (let round = 0; round < ROUNDS_MAX; round++) {
        const { journalSeq, next } = core.index.position
        const made = this.#index?.position.journalSeq ?? -1
        // The account hears of a record a moment after it can be read.
        if (made > journalSeq) {
          await this.#pace.next()
          continue
        }
        const used = core.use(({ state }) => state.copy())
        const until = Math.max(next, journalSeq + 1)
        if (until > 0) await this.#unlessEnded(log.settled((until - 1) as Seq))
        await this.#read(until)
        await this.#catchUp(until)
        const index = this.#openAgain()
        if (index.position.journalSeq === journalSeq) return { made: index, used }
        // Records that the account has are not there any more.
        if (index.position.journalSeq < journalSeq) return null
      }
      throw new Error('the account changes faster than it can be compared')
    } catch (error) {
      if (!(error instanceof JournalDamagedError)) throw error
      this.#compared.add(logFinding('journalBroken', ofRecord(error.seq)))
      return null
    }
  }

  /** A log that has gone does not answer. */
  async #unlessEnded(work: Promise<void>): Promise<void> {
    const { signal } = this.#options
    const ended = Promise.withResolvers<never>()
    const end = (): void => ended.reject(signal.reason as Error)
    signal.addEventListener('abort', end)
    try {
      signal.throwIfAborted()
      await Promise.race([work, ended.promise])
    } finally {
      signal.removeEventListener('abort', end)
    }
  }

  async #catchUp(until: number | null): Promise<void> {
    this.#index?.[Symbol.dispose]()
    this.#index = null
    const { root, indexDirectory, signal, progress } = this.#options
    const { clock, witness } = this.#account
    this.#index = await openBeside(
      {
        ...this.#journal,
        mailReader: this.#mailReader,
        witness: this.#witness,
        clock,
        root,
        indexDirectory,
        signal,
        until,
        rest: async () => {
          await this.#pace.rest()
          this.#keepNowAndThen()
        },
        progress: (told) => {
          // Where it is told, it may stop: what was made is kept, or removed if there is no room for it.
          this.#room.check()
          progress?.(told)
        },
      },
      this.#place,
    )
    witness.take(this.#witness.alarms)
  }

  /** From the disk. */
  #openAgain(): AccountIndex {
    const { root, reader } = this.#options
    if (this.#index?.flush() === false) throw new NoRoomError('the second index cannot be written')
    this.#index?.[Symbol.dispose]()
    this.#index = null
    this.#index = AccountIndex.open(this.#place, root, reader.account)
    return this.#index
  }

  async #compare(made: AccountIndex, used: AccountState): Promise<void> {
    const { core } = this.#account
    const { progress } = this.#options
    progress?.({ phase: 'comparing', done: 0, total: 1 })
    const { reader } = this.#options
    await nameDamaged({ index: made, reader, reading: this.#reading, findings: this.#compared, pace: this.#pace })
    const isOpened = (record: number): boolean => !made.damaged.has(record) && !core.index.damaged.has(record)
    await this.#pace.run(compareStates(made.state, used, isOpened, this.#compared.add))
    await this.#pace.run(compareContents(made, (action) => core.use(action), this.#compared.add))
  }

  #result(restored: RehearsalResult['restored'], point: RehearsalResult['point']): RehearsalResult {
    const { root, reader, isDirect } = this.#options
    const slots = readSlots(reader).filter((slot) => slotIsAuthentic(root, reader.account, slot))
    if (slots.length === 0) this.#compared.add(logFinding('keySlots', null, 'slots'))
    const { next, unreadable: _, ...reading } = this.#reading
    const found = [...this.#found.listed, ...this.#compared.listed]
    return {
      began: this.#began,
      ended: Math.max(0, this.#account.clock.now()),
      tookMs: this.#pace.tookMs,
      records: next,
      ...reading,
      isDirect: reading.isDirect && isDirect(),
      restored,
      keySlots: slots.length,
      point,
      findingCount: this.#found.count + this.#compared.count,
      findings: found.slice(0, FINDINGS_LISTED),
    }
  }

  #keepNowAndThen(): void {
    if (this.#account.clock.monotonic() - this.#keptMs >= KEEP_MS) void this.#keep()
  }

  #keep(): Promise<void> {
    this.#keptMs = this.#account.clock.monotonic()
    const { count: findingCount, listed } = this.#found
    const reading = { ...this.#reading, isDirect: this.#reading.isDirect && this.#options.isDirect() }
    const progress = { began: this.#began, tookMs: this.#pace.tookMs, reading, findingCount, findings: [...listed] }
    this.#keeping = this.#keeping.then(() => this.#options.keep(progress))
    return this.#keeping
  }
}

const NOTHING_READ: LogReading = {
  next: 0,
  payloads: 0,
  bytes: 0,
  mails: 0,
  dropped: 0,
  isDirect: true,
  unreadable: [],
}
