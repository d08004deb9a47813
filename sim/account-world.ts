// One simulated machine with an account on it: a ledger on a disk that may fail, lose what was not synced, and stop at any point; a clock that jumps; and
// an index on another disk, of which a crash leaves what it was, an older state, half of it, or nothing. And what was acknowledged to whom, to be found again; and
// when the log released what, because nothing goes before the ledger has run for the retention time since.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import type { AccountId, EmailId, MailboxId, Seq } from '#base/ids.ts'
import type { NumberRange } from '#base/number-ranges.ts'
import { type Account, CommitRefusedError } from '#account/account.ts'
import { firstOperations } from '#account/create-account.ts'
import { FoldModel } from '#account/fold-model.test-support.ts'
import { CHAIN_START, JournalSealer } from '#account/journal.ts'
import { IndexDamagedError } from '#account/index-database.ts'
import { LedgerLog } from '#account/ledger-log.ts'
import { MailReader } from '#account/mail-reader.ts'
import { type OpenAccount, openAccount } from '#account/open-account.ts'
import { operationArbitrary } from '#account/operation-arbitrary.test-support.ts'
import { encodeOperation } from '#account/operation-codec.ts'
import type { Operation } from '#account/operation.ts'
import { visibleAccount } from '#account/visible-account.test-support.ts'
import { visibleModel } from '#account/visible-state.test-support.ts'
import { sealAge } from '#crypto/age/seal.ts'
import { RootSecret } from '#keys/root.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import { type Ledger, openLedger } from '#ledger/ledger.ts'
import type { LogRecord } from '#ledger/log-record.ts'
import { LogReader } from '#ledger/reader.ts'
import { parseRelease } from '#ledger/release.ts'
import type { Clock } from '#platform/clock.ts'
import type { Disk } from '#platform/disk.ts'
import { SimulatedClock } from './clock.ts'
import { SimulatedDisk } from './disk.ts'
import { quiesce } from './ledger-world.ts'
import type { Random } from './random.ts'

const DIRECTORY = '/ledger'
const ACCOUNT = '1'.padStart(32, '0') as AccountId
const IDENTITY = 'x25519'
const INBOX = 1 as MailboxId
/** Small, so that a few messages begin segments and fill journal files. */
const LIMITS = {
  journalBytes: 96 * 1024,
  segmentBytes: 12 * 1024,
  inlineBytes: 8 * 1024,
  groupBytes: 32 * 1024,
  appendBytes: 32 * 1024,
}
const DAY_MS = 86_400_000
const RETENTION_MS = 7 * DAY_MS
const YEAR_MS = 365 * 86_400_000
const SETTINGS = ['a', 'b', 'ü', 'account/identity']
/** `simulated/<number>`: set by the commit of that number, so that it is known again. */
const COMMIT_KEY = 'simulated/'

const arbitraryOperation = operationArbitrary(fc.nat(40)).filter(
  (operation) =>
    operation.kind !== 'file' ||
    ('seq' in operation.record && !(typeof operation.thread === 'object' && operation.thread !== null)),
) as fc.Arbitrary<Operation>

/** What became of what was asked for. Of what is in neither set nobody knows. */
class Outcomes {
  readonly acknowledged = new Set<number>()
  readonly refused = new Set<number>()
}

/** What may be put between a ledger and its disk and its clock, to break it on purpose. */
export interface Broken {
  readonly wrap?: (disk: Disk) => Disk
  readonly clockOf?: (clock: Clock) => Clock
}

export class AccountWorld {
  readonly #random: Random
  readonly #wrap: (disk: Disk) => Disk
  readonly #clockOf: (clock: Clock) => Clock
  readonly #root = RootSecret.generate()
  readonly #indexes: string
  readonly messages = new Outcomes()
  readonly commits = new Outcomes()
  disk: SimulatedDisk
  #clock = new SimulatedClock()
  #ledger: Ledger | null = null
  #log: LedgerLog | null = null
  #reader: LogReader | null = null
  #account: OpenAccount | null = null
  #hasFailed = false
  #index: string
  #snapshot: string | null = null
  #count = 0
  #numbers = 0
  /** How long ledgers have run, before the one that is open. */
  #ranMs = 0
  /** Release records, by number: how long ledgers had run when each was durable. */
  readonly #releasedMs = new Map<number, number>()
  /** Numbers of messages, by their records. */
  readonly #messageOf = new Map<number, number>()
  dropped = 0
  /** Records that were kept again when their payloads had gone. */
  #keptTooLate = 0
  readonly #open = new Set<Promise<unknown>>()

  /** `indexes` is a directory on the real disk. */
  constructor(random: Random, indexes: string, { wrap = (disk) => disk, clockOf = (clock) => clock }: Broken = {}) {
    this.#random = random
    this.#wrap = wrap
    this.#clockOf = clockOf
    this.#indexes = indexes
    this.#index = path.join(indexes, 'index-0')
    this.disk = new SimulatedDisk(random)
  }

  /** Resolves when it does, or when the power fails; time passes meanwhile. False: the power failed. */
  async settled(promise: Promise<unknown>): Promise<boolean> {
    let isOver = false
    const over = (): void => void (isOver = true)
    promise.then(over, over)
    while (!isOver && !this.disk.crashed) {
      await quiesce()
      this.#clock.advance(20)
    }
    if (!isOver) return false
    await promise
    return true
  }

  /** Throws what opening throws. */
  async openLedger(): Promise<void> {
    this.#ledger = await openLedger({
      disk: this.#wrap(this.disk),
      clock: this.#clockOf(this.#clock),
      directory: DIRECTORY,
      limits: LIMITS,
      parity: { percent: 10 },
      retention: { periodMs: RETENTION_MS },
    })
    this.#ledger.watch(ACCOUNT, (records) => {
      for (const { header } of records) if (header.kind === 'release') this.#releasedMs.set(header.seq, this.#runMs)
    })
    this.#log = new LedgerLog(this.#ledger, ACCOUNT)
    this.#reader = new LogReader(this.#wrap(this.disk), DIRECTORY, ACCOUNT)
  }

  /** The first record of the account. */
  async create(): Promise<void> {
    const now = this.#clock.now()
    using sealer = new JournalSealer(this.#root, ACCOUNT)
    const payload = sealer.seal(CHAIN_START, now, firstOperations(now, IDENTITY).map(encodeOperation))
    await this.settled(given(this.#log).append([{ kind: 'journal', payload }]))
  }

  /** Throws what opening throws. */
  async openAccount(): Promise<void> {
    const opening = openAccount({
      clock: this.#clock,
      ledger: given(this.#log),
      reader: given(this.#reader),
      root: this.#root,
      indexDirectory: this.#index,
      address: 'ann@example.org',
    })
    await this.settled(opening)
    const account = await opening
    this.#account = account
    this.#hasFailed = false
    void account.failed.then(() => (this.#hasFailed ||= this.#account === account))
  }

  /** The account has heard of everything. One that fails, as when its index turns out to be damaged, is opened again, as by whoever uses it next. */
  async #quiet(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      await this.#quietUnlessFailed()
      if (!this.#hasFailed) return
      assert.ok(attempt < 2, 'an account that is opened again works')
      await this.settled(given(this.#account).close())
      await this.openAccount()
    }
  }

  /** One random thing happens. What is begun is not waited for. */
  async step(): Promise<void> {
    const random = this.#random
    const dice = random.below(100)
    if (dice < 30) this.#begin(this.#deliver())
    else if (dice < 58) this.#begin(this.#commit(this.#operations()))
    else if (dice < 65) this.#begin(this.#commit([this.#deletion()]))
    else if (dice < 75) this.#begin(this.#append())
    else if (dice < 80) this.#clock.advance(random.pick([10, 300, 5000]))
    else if (dice < 84) await this.#passDays(random.pick([1, 3, 8]))
    else if (dice < 86) this.#clock.setBack(random.pick([-1, 1]) * random.below(30 * YEAR_MS))
    else if (dice < 90) this.#takeSnapshot()
    else await this.settled(Promise.all(this.#open))
    await quiesce()
  }

  /** How long ledgers have run. */
  get #runMs(): number {
    return this.#ranMs + this.#clock.monotonic()
  }

  /** The ledger runs for so long, and does what it does meanwhile. */
  async #passDays(days: number): Promise<void> {
    for (let quarter = 0; quarter < 4 * days && !this.disk.crashed; quarter++) {
      this.#clock.advance(DAY_MS / 4)
      for (let turn = 0; turn < 10; turn++) await quiesce()
    }
  }

  /** Whatever was begun has ended, or the power has failed. */
  async rest(): Promise<void> {
    await this.settled(Promise.all(this.#open))
  }

  async close(): Promise<void> {
    await this.rest()
    if (this.#account !== null) await this.settled(this.#account.close())
    await this.settled(given(this.#ledger).close())
  }

  /** The power fails, or all processes end. Nobody closes anything. */
  stop(how: 'crash' | 'kill'): void {
    this.#open.clear()
    this.#ranMs = this.#runMs
    this.#clock = new SimulatedClock(this.#clock.now())
    this.disk = how === 'crash' ? this.disk.crash() : this.disk.kill()
    this.#abandon()
    const next = path.join(this.#indexes, `index-${++this.#count}`)
    const left = how === 'kill' ? 'same' : this.#random.pick(['same', 'same', 'older', 'torn', 'nothing'] as const)
    const from = left === 'older' ? this.#snapshot : this.#index
    if (left !== 'nothing' && from !== null && fs.existsSync(from)) fs.cpSync(from, next, { recursive: true })
    if (left === 'torn') this.#tear(next)
    this.#index = next
  }

  /** The account, closed and opened with no index at all: it is made again. */
  async withNewIndex(): Promise<void> {
    await this.settled(given(this.#account).close())
    this.#index = path.join(this.#indexes, `index-${++this.#count}`)
    await this.openAccount()
  }

  /** All that a session can see. */
  async seen(): Promise<unknown> {
    for (;;) {
      await this.#quiet()
      try {
        return await this.#seenUnlessDamaged(given(this.#account))
      } catch (error) {
        if (!(error instanceof IndexDamagedError)) throw error
      }
    }
  }

  async #seenUnlessDamaged(account: OpenAccount): Promise<unknown> {
    const visible = withoutRecords(visibleAccount(account, SETTINGS))
    const ids = (visible as { emails: { id: number }[] }).emails.map(({ id }) => id)
    const found: unknown[] = []
    for (const value of ['number 1', 'even', 'nowhere']) {
      found.push(await account.searchText({ field: 'body', value }, ids))
    }
    const texts: string[] = []
    for (const id of ids) {
      using opened = await account.open(id as never)
      texts.push(Buffer.from(opened.bytes).toString())
    }
    return { visible, found, texts }
  }

  /** The account is what its log says, its log holds what was acknowledged, once, and nothing that was refused. */
  async check(): Promise<void> {
    await this.#quiet()
    const account = given(this.#account)
    assert.deepEqual(account.integrity.report(null).alarms, [], 'an honest ledger is never suspected')
    const { model, messages, commits, unseen } = this.#readLog()
    const visible = visibleAccount(account, [...model.settings.keys()].sort())
    assert.deepEqual(withoutRecords(visible), withoutRecords(visibleModel(model)))
    compare('message', this.messages, messages, unseen)
    compare('commit', this.commits, commits)
    await this.#readAll(account)
  }

  /** What is made again from the log alone is the index that is in use. Nothing but its root opens this account: it has no slot. */
  async rehearse(): Promise<void> {
    const rehearsing = given(this.#account).rehearse({
      root: this.#root,
      reader: given(this.#reader),
      isDirect: () => false,
      indexDirectory: this.#index,
      begun: null,
      keep: () => Promise.resolve(),
      rest: () => Promise.resolve(),
      signal: new AbortController().signal,
      freeBytes: () => null,
    })
    await this.settled(rehearsing)
    const outcome = await rehearsing
    assert.equal(outcome.kind, 'rehearsed')
    const found = outcome.kind === 'rehearsed' ? outcome.result.findings.filter(({ kind }) => kind !== 'keySlots') : []
    assert.deepEqual(found, [], 'the index is what follows from the log')
  }

  /** All mail is filed, and the account has heard of every record. */
  async #quietUnlessFailed(): Promise<void> {
    const ledger = given(this.#ledger)
    for (let size = -1; size !== ledger.size(ACCOUNT) && !this.#hasFailed;) {
      size = ledger.size(ACCOUNT)
      await this.settled(given(this.#log).settled((size - 1) as Seq))
      await this.settled(given(this.#account).filed())
    }
  }

  [Symbol.dispose](): void {
    this.#abandon()
    this.#root[Symbol.dispose]()
  }

  #abandon(): void {
    // It waits for a ledger that is gone.
    void this.#account?.close().catch(() => undefined)
    this.#account = null
    this.#reader?.[Symbol.dispose]()
    this.#reader = null
    this.#log = null
    this.#ledger = null
  }

  #begin(action: Promise<unknown>): void {
    const open = action.finally(() => this.#open.delete(open))
    this.#open.add(open)
  }

  async #deliver(): Promise<void> {
    const number = ++this.#numbers
    const payload = sealAge([this.#root.recipient(IDENTITY)], message(number))
    const appended = given(this.#log).append([{ kind: 'mail', payload }])
    const noted = appended.then(({ firstSeq }) => this.#messageOf.set(firstSeq, number))
    await this.#note(this.messages, number, noted)
  }

  #operations(): Operation[] {
    const seed = this.#random.below(2 ** 31)
    return fc.sample(arbitraryOperation, { seed, numRuns: this.#random.pick([1, 1, 2, 3]) })
  }

  /** Of some of what is in INBOX. */
  #deletion(): Operation {
    const { uidNext } = given(this.#account).mailbox(INBOX) ?? { uidNext: 1 }
    const first = 1 + this.#random.below(uidNext)
    return { kind: 'remove', mailbox: INBOX, set: [[first, first + this.#random.below(6)]] }
  }

  async #commit(operations: readonly Operation[]): Promise<void> {
    const number = ++this.#numbers
    const mark: Operation = { kind: 'set', key: `${COMMIT_KEY}${number}`, value: number }
    await this.#note(this.commits, number, given(this.#account).commit([...operations, mark]))
  }

  /** A message and what is done with it, in one commit. */
  async #append(): Promise<void> {
    const number = ++this.#numbers
    const account = given(this.#account)
    using staged = account.stage(null)
    const filing: Operation = {
      kind: 'file',
      record: { message: 0 },
      mailboxes: [INBOX],
      keywords: this.#random.pick([[], ['$seen'], ['work', '$draft']]),
      internalDate: 0,
      thread: null,
      source: 'appended',
    }
    const mark: Operation = { kind: 'set', key: `${COMMIT_KEY}${number}`, value: number }
    const appended = staged.write(message(number)).then(() => account.commit([filing, mark], [{ staged }]))
    await this.#note(this.messages, number, appended)
    for (const outcome of ['acknowledged', 'refused'] as const) {
      if (this.messages[outcome].has(number)) this.commits[outcome].add(number)
    }
  }

  async #note(outcomes: Outcomes, number: number, action: Promise<unknown>): Promise<void> {
    const { disk } = this
    try {
      await action
    } catch (error) {
      const isRefusal = error instanceof CommitRefusedError || error instanceof LedgerRefusedError
      // Nobody hears of what is refused when the power has failed.
      if (isRefusal && !disk.crashed && disk === this.disk) outcomes.refused.add(number)
      return
    }
    // Nor of what was acknowledged then.
    if (!disk.crashed && disk === this.disk) outcomes.acknowledged.add(number)
  }

  #takeSnapshot(): void {
    if (!fs.existsSync(this.#index)) return
    const snapshot = path.join(this.#indexes, `snapshot-${++this.#count}`)
    fs.cpSync(this.#index, snapshot, { recursive: true })
    this.#snapshot = snapshot
  }

  /** The end of a file was not written, or something else was written over it. */
  #tear(index: string): void {
    if (!fs.existsSync(index)) return
    const names = fs.readdirSync(index).filter((name) => name.includes('.index'))
    if (names.length === 0) return
    const file = path.join(index, this.#random.pick(names))
    const bytes = fs.readFileSync(file)
    if (this.#random.chance(0.5)) fs.truncateSync(file, this.#random.below(bytes.length + 1))
    else if (bytes.length > 0) {
      const at = this.#random.below(bytes.length)
      bytes.fill(this.#random.pick([0, 0x55]), at, Math.min(at + 4096, bytes.length))
      fs.writeFileSync(file, bytes)
    }
  }

  /** The log, folded by the plain model, and the numbers of what is in it. */
  #readLog(): { model: FoldModel; messages: number[]; commits: number[]; unseen: number } {
    const reader = given(this.#reader)
    using sealer = new JournalSealer(this.#root, ACCOUNT)
    using mail = new MailReader(reader, this.#root.identities())
    const model = new FoldModel()
    const messages: number[] = []
    const commits: number[] = []
    const releases: { readonly seq: number; readonly release: Buffer }[] = []
    const dropped: number[] = []
    for (const record of reader.records({ seq: 0 as Seq, location: null })) {
      assert.ok(record.headDamage === null, 'no head is damaged')
      const { header, location } = record
      if (record.state === 'dropped') dropped.push(header.seq)
      if (header.kind === 'mail') {
        model.mail(header.seq)
        messages.push(...this.#messageIn(record, mail))
      }
      if (header.kind === 'release') releases.push({ seq: header.seq, release: reader.readPayload(location, header) })
      if (header.kind !== 'journal') continue
      const entry = sealer.open(reader.readPayload(location, header))
      assert.ok(entry !== null && entry !== 'unknownOperation', `journal record ${header.seq} opens`)
      model.journal(header.seq, entry.operations)
      for (const operation of entry.operations) {
        if (operation.kind === 'set' && operation.key.startsWith(COMMIT_KEY)) commits.push(operation.value as number)
      }
    }
    this.#checkDropped(dropped, releases)
    const unseen = dropped.filter((seq) => !this.#messageOf.has(seq)).length
    return { model, messages, commits, unseen }
  }

  /** The number of the message; none if it was dropped, and was never seen. */
  #messageIn({ header, location, state }: LogRecord & { readonly headDamage: null }, mail: MailReader): number[] {
    const known = this.#messageOf.get(header.seq)
    if (state === 'dropped') return known === undefined ? [] : [known]
    const number = numberOf(mail.openByIdentity({ header, location })?.bytes)
    this.#messageOf.set(header.seq, number)
    return [number]
  }

  /** Only what the log had released, and not kept again, for as long as the retention time. */
  #checkDropped(
    dropped: readonly number[],
    releases: readonly { readonly seq: number; readonly release: Buffer }[],
  ): void {
    this.dropped = Math.max(this.dropped, dropped.length)
    this.#keptTooLate = 0
    const since = new Map<number, number>()
    const waited = new Set<number>()
    for (const { seq, release } of releases) {
      const { released = [], kept = [] } = parseRelease(release) ?? {}
      // One of which nobody has heard before may be as old as the last time that somebody looked.
      const at = this.#releasedMs.get(seq) ?? this.#runMs
      this.#releasedMs.set(seq, at)
      for (const number of dropped) {
        if (isIn(released, number) && !since.has(number)) since.set(number, at)
        if (!isIn(kept, number)) continue
        if (at - (since.get(number) ?? at) >= RETENTION_MS) waited.add(number)
        since.delete(number)
      }
    }
    for (const number of dropped) {
      const at = since.get(number)
      if (at === undefined) this.#keptTooLate++
      const isDue = waited.has(number) || (at !== undefined && this.#runMs - at >= RETENTION_MS)
      assert.ok(isDue, `record ${number} was dropped, released for ${at === undefined ? 'no time' : this.#runMs - at}`)
    }
  }

  async #readAll(account: Account): Promise<void> {
    for (const { id } of account.mailboxes()) {
      const view = account.view(id)
      for (let at = 0; at < (view?.count ?? 0); at++) {
        const email = view?.emails[at] as EmailId
        // A random operation may file what has gone: a notice stands for it.
        if (account.email(email)?.damaged === true && this.#keptTooLate > 0) continue
        using opened = await account.open(email)
        numberOf(Buffer.from(opened.bytes))
      }
    }
  }
}

function isIn(ranges: readonly NumberRange[], number: number): boolean {
  return ranges.some(([first, last]) => first <= number && number <= last)
}

function given<T>(value: T | null): T {
  assert.ok(value !== null, 'it is open')
  return value
}

function message(number: number): Buffer {
  const parity = number % 2 === 0 ? 'even' : 'odd'
  const text = `this is number ${number}, which is ${parity}\r\n`.repeat(1 + (number % 7) * 5)
  return Buffer.from(`From: a@x\r\nSubject: number ${number}\r\nMessage-ID: <${number}@x>\r\n\r\n${text}`)
}

/** Of a message that is, byte for byte, the one of that number. */
function numberOf(bytes: Buffer | undefined): number {
  assert.ok(bytes !== undefined, 'the message opens')
  const number = Number(/^Subject: number (\d+)\r$/m.exec(bytes.toString())?.[1])
  assert.deepEqual(bytes, message(number), 'the message is as it was sent')
  return number
}

/** `unseen` of them were dropped before anybody saw which they were. */
function compare(what: string, { acknowledged, refused }: Outcomes, found: readonly number[], unseen = 0): void {
  const set = new Set(found)
  assert.equal(set.size, found.length, `no ${what} is there twice`)
  const missing = [...acknowledged].filter((number) => !set.has(number))
  assert.ok(missing.length <= unseen, `acknowledged ${what} ${missing.join()} is there`)
  for (const number of refused) assert.ok(!set.has(number), `refused ${what} ${number} is not there`)
}

function withoutRecords(visible: unknown): unknown {
  const { emails, ...others } = visible as { emails: object[] }
  return { ...others, emails: emails.map((email) => ({ ...email, record: undefined })) }
}
