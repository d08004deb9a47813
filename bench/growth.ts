// How what an IMAP client waits for grows with the mailbox: an account with 1,000, 10,000, 100,000 and 1,000,000 messages in one mailbox (MESSAGES=n for
// another largest one), over a real ledger, in process, by the IMAP engine without sockets. SELECT, FETCH of one message, STORE on one and NOOP must not grow. What grows with reason is
// measured as well: opening the account, memory, EXPUNGE.
//
// The mailbox is filled by sealed messages and journal records, and its index made of them as ever. The messages are short; and from 20,000 on they are copies of
// those that are there, made by the operation that a COPY is: so a million is there in minutes, with an e-mail, a UID and flags of its own for each, but the tables of what is derived from
// messages have 20,000 rows.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Seq } from '#base/ids.ts'
import type { SessionHost } from '#base/session-host.ts'
import { sealAge } from '#crypto/age/seal.ts'
import { type Fixture, makeFixture } from '#account/account-fixture.ts'
import { CHAIN_START, type ChainHead, JournalSealer, nextHead } from '#account/journal.ts'
import { encodeOperation } from '#account/operation-codec.ts'
import type { JournalOperation } from '#account/operation.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { INBOX } from '#account/state.ts'
import { ImapEngine } from '#imap/engine.ts'
import { type SharedAccount, shareAccount } from '#imap/shared-account.ts'
import { yieldToEventLoop } from '#platform/clock.ts'

const MOST = Number(process.env['MESSAGES'] ?? 1_000_000)
/** So many are not copies. */
const ORIGINALS = 20_000
const SIZES = [1_000, 10_000, 100_000, 1_000_000].filter((size) => size < MOST).concat(MOST)
const BATCH = 128
/** By one operation. */
const COPIED = 5_000
const OPENINGS = 3
/** Larger mailboxes are not fetched as a whole. */
const STEPS_MAX = 100_000
const MB = 2 ** 20
/** How much dearer what must not grow may be in the largest mailbox than in the smallest. */
const GROWTH_MAX = 2
/** Differences below are of the clock and the collector. */
const NOISE_MS = 0.3

function messageOf(number: number): Buffer {
  return Buffer.from(
    `From: Sender ${number % 500} <s${number % 500}@example.net>\r\nTo: Ada <ada@example.test>\r\n` +
      `Subject: Report ${number % 9973}\r\nDate: ${new Date(1_600_000_000_000 + number * 60_000).toUTCString()}\r\n` +
      `Message-ID: <${number}@example.net>\r\n\r\nText of message ${number}, w${number % 4001}.\r\n`,
  )
}

class Filler {
  readonly #fixture: Fixture
  readonly #sealer: JournalSealer
  #chain: ChainHead = CHAIN_START
  #count = 0

  constructor(fixture: Fixture) {
    this.#fixture = fixture
    this.#sealer = new JournalSealer(fixture.root, fixture.id)
  }

  /** Of the journal as it is. */
  #follow(): void {
    const { reader } = this.#fixture
    this.#chain = CHAIN_START
    for (const { header, location } of reader.records({ seq: 0 as Seq, location: null })) {
      if (location !== null && header.kind === 'journal')
        this.#chain = nextHead(this.#chain, reader.readPayload(location, header))
    }
  }

  /** The account is closed. */
  async fillTo(count: number): Promise<void> {
    const { ledger, id, root, log } = this.#fixture
    const recipient = root.recipient('x25519')
    const settled = (): Promise<void> => log.settled((ledger.size(id) - 1) as Seq)
    await settled()
    this.#follow()
    const append = async (operations: readonly JournalOperation[]): Promise<void> => {
      const payload = this.#sealer.seal(this.#chain, 1_767_225_600_000, operations.map(encodeOperation))
      await ledger.append(id, [{ kind: 'journal', payload }])
      this.#chain = nextHead(this.#chain, payload)
    }
    const originals = Math.min(count, ORIGINALS)
    while (this.#count < originals) {
      const first = this.#count
      const batch = Array.from({ length: Math.min(BATCH, originals - first) }, (_, at) => first + at)
      this.#count += batch.length
      const { firstSeq } = await ledger.append(
        id,
        batch.map((number) => ({ kind: 'mail', payload: sealAge([recipient], messageOf(number)) })),
      )
      const filed = batch.map((number, at): JournalOperation => ({
        kind: 'file',
        record: { seq: (firstSeq + at) as Seq },
        mailboxes: [INBOX],
        // The last ones are unseen, as in most mailboxes.
        keywords: number > originals - 100 ? [] : ['$seen'],
        internalDate: 1_600_000_000_000 + number * 60_000,
        thread: null,
        source: 'delivered',
      }))
      await append(filed)
    }
    while (this.#count < count) {
      const copied = Math.min(COPIED, count - this.#count)
      await append([{ kind: 'addToMailbox', from: INBOX, set: [[1, copied]], to: INBOX }])
      this.#count += copied
    }
    await settled()
  }
}

/** A client without a socket, which reads at once. */
class Client implements SessionHost {
  readonly engine: ImapEngine
  #last = ''

  constructor(shared: SharedAccount) {
    this.engine = new ImapEngine(shared, this, { messageBytesMax: 50 * MB })
  }

  send(bytes: Buffer): null {
    this.#last = bytes.toString('latin1', Math.max(0, bytes.length - 200))
    return null
  }

  end(): void {}

  fail(error: unknown): void {
    throw error
  }

  pause = yieldToEventLoop
  now = (): number => Date.now()
  monotonic = (): number => performance.now()

  async command(text: string): Promise<void> {
    await this.engine.receive(Buffer.from(`a ${text}\r\n`, 'latin1'))
    if (!/^a OK /m.test(this.#last)) throw new Error(`${text}: ${this.#last}`)
  }
}

interface Cost {
  /** Median. */
  readonly ms: number
  /** Mean, of all threads. */
  readonly cpuMs: number
}

async function costOf(count: number, action: (round: number) => Promise<unknown>): Promise<Cost> {
  const times: number[] = []
  const before = process.cpuUsage()
  for (let round = 0; round < count; round++) {
    const begun = performance.now()
    await action(round)
    times.push(performance.now() - begun)
  }
  const { user, system } = process.cpuUsage(before)
  return { ms: times.sort((a, b) => a - b)[count >> 1] as number, cpuMs: (user + system) / 1000 / count }
}

function settledMemory(): number {
  ;(globalThis as { gc?: () => void }).gc?.()
  return process.memoryUsage.rss()
}

interface Row {
  readonly name: string
  readonly mayGrow: boolean
  readonly cost: Cost
}

async function commands(account: OpenAccount): Promise<Row[]> {
  // Some were expunged when there were fewer; more will be.
  const size = (account.view(INBOX)?.count ?? 0) - 100
  const shared = shareAccount(account)
  const client = new Client(shared)
  await client.command('SELECT INBOX')
  const any = (round: number): number => 1 + ((round * 7_919_317) % size)
  const rows: Row[] = []
  const measure = async (
    name: string,
    count: number,
    mayGrow: boolean,
    action: (round: number) => Promise<unknown>,
  ) => {
    for (let round = 0; round < count / 4; round++) await action(count + round)
    rows.push({ name, mayGrow, cost: await costOf(count, action) })
  }
  await measure('SELECT, another session', 100, false, async () => {
    const other = new Client(shared)
    await other.command('SELECT INBOX')
    other.engine.close()
  })
  await measure('NOOP', 400, false, () => client.command('NOOP'))
  await measure('FETCH n (UID FLAGS ENVELOPE)', 400, false, (round) =>
    client.command(`FETCH ${any(round)} (UID FLAGS ENVELOPE)`),
  )
  await measure('FETCH n BODY.PEEK[]', 400, false, (round) => client.command(`FETCH ${any(round)} BODY.PEEK[]`))
  await measure('STORE n +FLAGS', 200, false, (round) => client.command(`STORE ${any(round)} +FLAGS (k${round % 5})`))
  await measure('STATUS', 100, false, () => client.command('STATUS INBOX (MESSAGES UNSEEN UIDNEXT SIZE)'))
  await measure('UID SEARCH UID n:*', 20, true, () => client.command(`UID SEARCH UID ${size}:*`))
  const message = messageOf(1)
  await measure('APPEND', 100, false, () =>
    client.command(`APPEND INBOX {${message.length}+}\r\n${message.toString('latin1')}`),
  )
  await measure('EXPUNGE of one', 20, true, async () => {
    await client.command('STORE 1 +FLAGS.SILENT (\\Deleted)')
    await client.command('EXPUNGE')
  })
  client.engine.close()
  return rows
}

/** Commands that take long, and are left every few milliseconds: how long the thread is not free for others, at most. */
const LONG = [
  'FETCH 1:* (UID FLAGS)',
  'FETCH 1:* (ENVELOPE BODYSTRUCTURE)',
  'FETCH 1:* (ENVELOPE BODY.PEEK[])',
  'FETCH 1:* (ENVELOPE BODY[])',
  'SEARCH TEXT w17',
  'SEARCH TEXT report',
  'SEARCH NOT HEADER X-Other y',
  'SORT (SUBJECT REVERSE DATE) UTF-8 ALL',
  'THREAD REFERENCES UTF-8 ALL',
  'THREAD ORDEREDSUBJECT UTF-8 ALL',
  'STORE 1:* +FLAGS (\\Flagged)',
]

/** Processor milliseconds of this thread between two rounds of the event loop, at most, while the action runs. */
async function longestStep(action: () => Promise<unknown>): Promise<Cost> {
  let longest = 0
  let total = 0
  let before = process.threadCpuUsage()
  const look = (): void => {
    const now = process.threadCpuUsage()
    const usedMs = (now.user - before.user + now.system - before.system) / 1000
    longest = Math.max(longest, usedMs)
    total += usedMs
    before = now
  }
  let handle = setImmediate(function tick() {
    look()
    handle = setImmediate(tick)
  })
  await action()
  look()
  clearImmediate(handle)
  return { ms: longest, cpuMs: total }
}

async function steps(account: OpenAccount): Promise<Row[]> {
  const client = new Client(shareAccount(account))
  await client.command('SELECT INBOX')
  const rows: Row[] = []
  for (const command of LONG) {
    const cost = await longestStep(() => client.command(command))
    rows.push({ name: `step: ${command}`, mayGrow: true, cost })
  }
  client.engine.close()
  return rows
}

const results = new Map<string, { readonly mayGrow: boolean; readonly costs: Cost[] }>()
const note = (name: string, mayGrow: boolean, cost: Cost): void => {
  const known = results.get(name) ?? { mayGrow, costs: [] }
  known.costs.push(cost)
  results.set(name, known)
}
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-bench-'))
try {
  console.log(`load ${os.loadavg()[0]?.toFixed(2)}, ${os.availableParallelism()} processors`)
  const fixture = await makeFixture(directory, { quick: true })
  const filler = new Filler(fixture)
  const memory: string[] = []
  for (const size of SIZES) {
    const begun = performance.now()
    await filler.fillTo(size)
    const filled = performance.now()
    await (await fixture.open()).close()
    console.log(
      `${size} messages: sealed and appended in ${((filled - begun) / 1000).toFixed(1)} s, index up to date in ${((performance.now() - filled) / 1000).toFixed(1)} s`,
    )
    const before = settledMemory()
    let account: OpenAccount | null = null
    const opening = await costOf(OPENINGS, async () => {
      await account?.close()
      account = await fixture.open()
    })
    note('opening the account', true, opening)
    if (account === null) throw new Error('nothing was opened')
    memory.push(`${Math.max(0, (settledMemory() - before) / size).toFixed(0)} B`)
    for (const { name, mayGrow, cost } of await commands(account)) note(name, mayGrow, cost)
    if (size <= STEPS_MAX) for (const { name, mayGrow, cost } of await steps(account)) note(name, mayGrow, cost)
    await (account as OpenAccount).close()
  }
  console.log(`\n${'median ms (processor ms)'.padEnd(44)}${SIZES.map((size) => String(size).padStart(20)).join('')}`)
  for (const [name, { mayGrow, costs }] of results) {
    const cells = costs.map(({ ms, cpuMs }) => `${ms.toFixed(3)} (${cpuMs.toFixed(3)})`.padStart(20))
    const [first, last] = [costs[0] as Cost, costs.at(-1) as Cost]
    // Times are those of the machine, too, and of its disk.
    const grows = last.cpuMs > first.cpuMs * GROWTH_MAX + NOISE_MS
    console.log(`${name.padEnd(44)}${cells.join('')}${grows && !mayGrow ? '  MISSED: it grows' : ''}`)
    if (grows && !mayGrow) process.exitCode = 1
  }
  console.log(`${'memory of an open account, a message'.padEnd(44)}${memory.map((text) => text.padStart(20)).join('')}`)
  await fixture.close()
} finally {
  fs.rmSync(directory, { recursive: true, force: true })
}
