// Where salvage finds what segments do not have: what a crash left in the commit journal alone, and what an index knows of a journal that breaks off and of
// messages that are lost.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { type Fixture, makeFixture } from '#account/account-fixture.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { INBOX } from '#account/state.ts'
import { sealAge } from '#crypto/age/seal.ts'
import { RootSecret } from '#keys/root.ts'
import { openLedger } from '#ledger/ledger.ts'
import type { LedgerLimits } from '#ledger/limits.ts'
import { LogReader } from '#ledger/reader.ts'
import { sleep, systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { openIndexCopy } from './index-copy.ts'
import { type DamageLine, type MessageLine, isDamage, readManifest } from './manifest.ts'
import { type SalvageOptions, type SalvageReport, salvage } from './salvage.ts'

const LIMITS = {
  journalBytes: 512 * 1024,
  inlineBytes: 20 * 1024,
  groupBytes: 64 * 1024,
  appendBytes: 128 * 1024,
} satisfies Partial<LedgerLimits>
const LARGE_BYTES = 100 * 1024

let directory: string
let made: Fixture
/** By name: copies of the ledger, or of the directory of indexes, as they were at some time. */
const at = (name: string): string => `${directory}/${name}`
const message = (number: number, bytes = 400): Buffer =>
  Buffer.from(
    `From: ann@example.org\r\nSubject: number ${number}\r\n\r\n${`words of ${number}. `.repeat(bytes / 10)}\r\n`,
  )
const large = message(99, LARGE_BYTES)

before(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-sources-'))
  made = await makeFixture(at('made'), { quick: true, ledger: { limits: LIMITS } })
  await made.deliver(...[0, 1, 2, 3, 4].map((number) => message(number)))
  await use((account) => move(account, 1, 2))
  copyIndexes('index-early')
  copyLedger('early')

  // What follows is in the segments and in the commit journal.
  await made.deliver(...[5, 6, 7, 8, 9].map((number) => message(number)))
  const staged = made.log.stage()
  await staged.write(sealAge([made.root.recipient('x25519')], large))
  await staged.finish()
  fs.cpSync(`${made.directory}/ledger/incoming`, at('incoming'), { recursive: true })
  const { firstSeq } = await made.log.append([{ kind: 'mail', payload: staged }])
  await made.log.settled(firstSeq)
  staged.discard()
  await use(async (account) => {
    await move(account, 3, 4)
    await account.commit([{ kind: 'set', key: 'colour', value: 'green' }])
    await account.commit([
      { kind: 'changeKeywords', mailbox: INBOX, set: [[6, 8]], mode: 'add', keywords: ['$seen'], unchangedSince: null },
    ])
    // As a process that is killed leaves it.
    await stored(account)
    copyIndexes('index-in-use')
  })
  await made.log.settled((made.ledger.size(made.id) - 1) as Seq)
  copyIndexes('index-late')
  copyLedger('late')
})
after(async () => {
  await made.close()
  fs.rmSync(directory, { recursive: true })
})

async function use(work: (account: OpenAccount) => Promise<unknown>): Promise<void> {
  const account = await made.open()
  await account.filed()
  await work(account)
  await account.close()
}

/** The index is written behind. */
async function stored(account: OpenAccount): Promise<void> {
  const wal = `${made.indexDirectory}/${made.id}.index-wal`
  const sizeOf = (): number => (fs.existsSync(wal) ? fs.statSync(wal).size : 0)
  const before = sizeOf()
  await account.commit([{ kind: 'set', key: 'stored', value: 'soon' }])
  while (sizeOf() === before) await sleep(10)
}

/** To the mailbox of archived messages. */
async function move(account: OpenAccount, first: number, last: number): Promise<void> {
  const to = account.mailboxByRole('archive')?.id
  assert(to !== undefined)
  const [outcome] = await account.commit([{ kind: 'move', from: INBOX, set: [[first, last]], to }])
  assert.equal(outcome?.applied, true)
}

function copyIndexes(name: string): void {
  fs.cpSync(made.indexDirectory, at(name), { recursive: true })
}

function copyLedger(name: string): void {
  fs.cpSync(`${made.directory}/ledger`, at(name), { recursive: true })
}

/** Below the account's directory. */
function file(ledger: string, name: string): string {
  return `${ledger}/accounts/${made.id.slice(0, 2)}/${made.id}/${name}`
}

let cases = 0

/** A ledger of which the accounts' files are as they were early, and the commit journal is of later. */
function crashed(journal = at('late')): string {
  const ledger = at(`case-${++cases}`)
  fs.cpSync(journal, ledger, { recursive: true })
  fs.rmSync(`${ledger}/accounts`, { recursive: true })
  fs.cpSync(`${at('early')}/accounts`, `${ledger}/accounts`, { recursive: true })
  fs.cpSync(at('incoming'), `${ledger}/incoming`, { recursive: true })
  return ledger
}

/** A copy of the whole one, to be damaged. */
function copied(): string {
  const ledger = at(`case-${++cases}`)
  fs.cpSync(at('late'), ledger, { recursive: true })
  // Nothing but the segments has the records.
  fs.rmSync(`${ledger}/journal`, { recursive: true })
  return ledger
}

interface Ran {
  readonly report: SalvageReport
  readonly messages: readonly MessageLine[]
  readonly damaged: readonly DamageLine[]
  readonly target: string
}

async function run(ledger: string, options: Partial<SalvageOptions> = {}): Promise<Ran> {
  const target = `${ledger}-export`
  fs.mkdirSync(target)
  const report = await salvage({
    disk: systemDisk,
    ledger,
    account: made.id,
    root: made.root,
    directory: target,
    format: 'eml',
    expunged: false,
    progress: () => undefined,
    pause: () => Promise.resolve(),
    ...options,
  })
  const lines = [...readManifest(systemDisk, `${target}/manifest.jsonl`)].map(({ line }) => line)
  const messages = lines.filter((line): line is MessageLine => !isDamage(line))
  return { report, messages, damaged: lines.filter(isDamage), target }
}

/** What is exported, by where it is: the number in its subject, of bytes that are those of that message. */
function exported({ messages, target }: Ran): Record<string, number> {
  const found: Record<string, number> = {}
  for (const { files } of messages) {
    for (const { path: name, mailbox, uid } of files) {
      const bytes = fs.readFileSync(`${target}/${name}`)
      const number = Number(/^Subject: number (\d+)/m.exec(bytes.toString('latin1'))?.[1])
      assert.ok(bytes.equals(number === 99 ? large : message(number)), name)
      found[mailbox === null ? 'unfiled' + number : `${mailbox} ${uid}`] = number
    }
  }
  return found
}

const EARLY = { 'Archive 1': 0, 'Archive 2': 1, 'INBOX 3': 2, 'INBOX 4': 3, 'INBOX 5': 4 }
const LATE = {
  'Archive 1': 0,
  'Archive 2': 1,
  'Archive 3': 2,
  'Archive 4': 3,
  'INBOX 5': 4,
  'INBOX 6': 5,
  'INBOX 7': 6,
  'INBOX 8': 7,
  'INBOX 9': 8,
  'INBOX 10': 9,
  'INBOX 11': 99,
}

test('what a crash left in the commit journal alone is exported: messages of any size, where they were filed, and settings', async () => {
  const ran = await run(crashed())
  const { report, messages, damaged, target } = ran
  assert.deepEqual(damaged, [])
  assert.deepEqual(exported(ran), LATE)
  assert.deepEqual([report.messages, report.repaired, report.lost, report.journal], [11, 6, 0, null])
  assert.deepEqual(
    messages.map(({ source }) => source),
    [...Array<string>(5).fill('segment'), ...Array<string>(6).fill('journal')],
  )
  const flags = messages.flatMap(({ files }) => files).filter((one) => one.flags.includes('\\Seen'))
  assert.deepEqual(
    flags.map(({ uid }) => uid),
    [6, 7, 8],
  )
  assert.match(fs.readFileSync(`${target}/settings.json`, 'utf8'), /"colour": "green"/)
  assert.match(fs.readFileSync(`${target}/damage.txt`, 'utf8'), /^Everything is whole\.\n\n6 more .*commit journal/)
})

test('without segments, tree and checkpoints the commit journal is enough, and so is one that was set aside', async () => {
  const ledger = crashed()
  fs.rmSync(`${ledger}/accounts`, { recursive: true })
  fs.renameSync(`${ledger}/journal/0`, `${ledger}/journal/0.damaged-7`)
  fs.renameSync(`${ledger}/journal/1`, `${ledger}/journal/1.damaged-8`)
  const ran = await run(ledger)
  assert.deepEqual(exported(ran), LATE)
  assert.deepEqual([ran.report.lost, ran.report.otherDamage, ran.report.journal], [0, 0, null])
})

test('a message that is damaged in the journal is named, and all others of its group are exported', async () => {
  const ledger = crashed()
  const found = findInJournal(ledger, sealedOf(7))
  flip(found.file, found.at + 300)
  const ran = await run(ledger)
  const { [`INBOX 8`]: lost, ...rest } = LATE
  assert.equal(lost, 7)
  assert.deepEqual(exported(ran), rest)
  const [line] = ran.damaged
  assert.deepEqual(
    [ran.damaged.length, line?.what, line?.damage.kind, line?.known.mailboxes?.[0]?.uid],
    [1, 'message', 'missing', 8],
  )
})

test('a large message whose file has gone is named, and nothing stands in its place', async () => {
  const ledger = crashed()
  fs.rmSync(`${ledger}/incoming`, { recursive: true })
  const ran = await run(ledger)
  assert.deepEqual([ran.report.messages, ran.report.lost], [10, 1])
  assert.equal(ran.damaged[0]?.known.mailboxes?.[0]?.uid, 11)
})

test('records that were set aside do not take the place of those that the log went on with', async () => {
  // The log went on otherwise after what is in the files that were set aside.
  const other = at('other')
  fs.cpSync(at('early'), other, { recursive: true })
  const ledger = await openLedger({ disk: systemDisk, clock: systemClock, directory: other, limits: LIMITS })
  const payload = sealAge([made.root.recipient('x25519')], message(50))
  await ledger.append(made.id, [{ kind: 'mail', payload }])
  fs.cpSync(`${other}/journal`, at('other-journal'), { recursive: true })
  await ledger.close()
  const setAside = (into: string): void => {
    for (const index of [0, 1]) {
      fs.cpSync(`${at('late')}/journal/${index}`, `${into}/journal/${index}.damaged-${index + 1}`)
    }
  }
  // As it was killed: in the commit journal alone.
  const killed = crashed(other)
  fs.cpSync(at('other-journal'), `${killed}/journal`, { recursive: true })
  setAside(killed)
  const first = await run(killed)
  assert.equal(exported(first)['unfiled50'], 50)
  assert.deepEqual(exported(first), { ...EARLY, unfiled50: 50 })

  // Settled, and damaged since: lost, whatever else was set aside.
  fs.rmSync(`${other}/journal`, { recursive: true })
  fs.mkdirSync(`${other}/journal`)
  setAside(other)
  const segments = fs.readdirSync(file(other, 'segments')).filter((name) => name.endsWith('.seg'))
  const segment = file(other, `segments/${segments.at(-1)}`)
  flip(segment, fs.readFileSync(segment).indexOf(payload) + 300)
  const second = await run(other)
  assert.deepEqual(exported(second), EARLY)
  assert.ok(second.damaged.some(({ what }) => what === 'message'))
})

/** The sealed bytes of a message, as the log has them. */
function sealedOf(number: number): Buffer {
  let mail = 0
  for (const { header, location } of made.reader.records({ seq: 0 as Seq, location: null })) {
    if (location !== null && header.kind === 'mail' && mail++ === number)
      return Buffer.from(made.reader.readPayload(location, header))
  }
  throw new Error('there is no such message')
}

function findInJournal(ledger: string, bytes: Buffer): { readonly file: string; readonly at: number } {
  for (const index of [0, 1]) {
    const name = `${ledger}/journal/${index}`
    const found = fs.existsSync(name) ? fs.readFileSync(name).indexOf(bytes) : -1
    if (found >= 0) return { file: name, at: found }
  }
  throw new Error('it is not in the journal')
}

function flip(name: string, position: number): void {
  const bytes = fs.readFileSync(name)
  bytes[position] = (bytes[position] as number) ^ 1
  fs.writeFileSync(name, bytes)
}

/** Of the records of a kind, in order; beyond repair, as there is no parity. */
function damage(ledger: string, kind: 'mail' | 'journal', which: number): number {
  using reader = new LogReader(systemDisk, ledger, made.id)
  let count = 0
  for (const { header, location } of reader.records({ seq: 0 as Seq, location: null })) {
    if (location === null || header.kind !== kind || count++ !== which) continue
    flip(file(ledger, `segments/${location.segment.toString(16).padStart(16, '0')}.seg`), location.offset + 150)
    return header.seq
  }
  throw new Error('there is no such record')
}

/** Journal records: how many there are in a copy of the ledger. */
function journalRecords(ledger: string): number {
  using reader = new LogReader(systemDisk, ledger, made.id)
  return [...reader.records({ seq: 0 as Seq, location: null })].filter(
    (record) => record.headDamage === null && record.header.kind === 'journal',
  ).length
}

async function withIndex(ledger: string, name: string): Promise<Ran> {
  const copy = openIndexCopy(systemDisk, `${at(name)}/${made.id}.index`, `${ledger}.index-copy`, made.id, made.root)
  assert(copy !== null, name)
  try {
    return await run(ledger, { index: () => copy })
  } finally {
    copy[Symbol.dispose]()
  }
}

test('where the journal breaks off, an index that has read beyond it says where everything is', async () => {
  // The first after what the early index has read, and the last before it.
  const early = journalRecords(at('early'))
  const later = copied()
  damage(later, 'journal', early)
  const without = await run(later)
  assert.ok(without.report.unfiled >= 6 && without.report.journal !== null)

  for (const name of ['index-late', 'index-in-use']) {
    const ledger = copied()
    damage(ledger, 'journal', early)
    const ran = await withIndex(ledger, name)
    assert.deepEqual(exported(ran), LATE, name)
    assert.equal(ran.report.journal, null)
    // That it is damaged is said all the same.
    assert.deepEqual([ran.report.lost, ran.damaged.map(({ what }) => what)], [0, ['journal']])
  }

  // What the index does not know is read from the journal.
  const before = copied()
  damage(before, 'journal', early - 1)
  const gone = await withIndex(before, 'index-early')
  assert.deepEqual(exported(gone), LATE)
  assert.equal(gone.report.journal, null)

  // One that ends before the damage knows no more than the journal.
  const ledger = copied()
  damage(ledger, 'journal', early)
  const old = await withIndex(ledger, 'index-early')
  assert.deepEqual(exported(old), exported(without))
  assert.notEqual(old.report.journal, null)
})

test('of a message that is lost the index says whose it was and what about; no bytes are made up', async () => {
  const ledger = copied()
  const record = damage(ledger, 'mail', 6)
  const ran = await withIndex(ledger, 'index-late')
  const { [`INBOX 7`]: lost, ...rest } = LATE
  assert.equal(lost, 6)
  assert.deepEqual(exported(ran), rest)
  assert.equal(fs.readdirSync(`${ran.target}/mail/INBOX`).length, Object.keys(rest).length - 4)
  const [line] = ran.damaged
  assert.equal(line?.record, record)
  const { subject, from, size, mailboxes } = line.known
  assert.deepEqual({ subject, from, size }, { subject: 'number 6', from: 'ann@example.org', size: message(6).length })
  assert.deepEqual(mailboxes, [{ mailbox: 'INBOX', uid: 7, flags: ['\\Seen'] }])
  assert.match(fs.readFileSync(`${ran.target}/damage.txt`, 'utf8'), /in INBOX, UID 7, .*“number 6”/)
})

test('an index that is of no use is passed over, and leaves nothing; what an earlier copy left is not taken for its own', () => {
  const copy = at('copy')
  const open = (index: string, root = made.root): ReturnType<typeof openIndexCopy> =>
    openIndexCopy(systemDisk, index, copy, made.id, root)
  const good = `${at('index-late')}/${made.id}.index`
  const left = (): string[] => fs.readdirSync(directory).filter((name) => name.startsWith('copy'))
  fs.writeFileSync(at('garbage'), Buffer.alloc(40_000, 7))
  assert.equal(open(at('garbage')), null)
  using other = RootSecret.generate()
  assert.equal(open(good, other), null)
  assert.equal(open(directory), null)
  assert.deepEqual(left(), [])
  fs.writeFileSync(copy, Buffer.alloc(4_000_000, 1))
  fs.cpSync(`${at('index-in-use')}/${made.id}.index-wal`, `${copy}-wal`)
  const opened = open(good)
  assert.equal(opened?.summary(0), null)
  assert.ok((opened?.known.journalSeq ?? 0) > 0)
  opened?.[Symbol.dispose]()
  assert.deepEqual(left(), [])
})
