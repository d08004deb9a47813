// `npm run conformance import`: a mailbox that lives in Dovecot comes to a Mailkeep by mbsync (Debian's isync), and stays the same on both sides.
// MESSAGES (50,000) are of the benchmark's corpus, with every flag, keywords, and dates across years. Compared by order of UIDs: bytes, flags, dates.
//
// mbsync knows no keywords: it carries \Seen, \Answered, \Flagged, \Deleted and \Draft. Those of keywords that Dovecot has are counted, not expected.

import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { corpus } from '../bench/corpus.ts'
import { startDovecot } from '../bench/peers/dovecot.ts'
import { ensureInstalled } from '../bench/peers/debian.ts'
import { startMeasured } from '../bench/peers/mailkeep.ts'
import { cpuMs, proportionalBytes } from '../bench/process-tree.ts'
import type { ImapTarget } from '../bench/load-imap.ts'
import { run } from '../test/harness.ts'
import { type Response } from './response.ts'
import { type Command, Talk } from './stress/talk.ts'
import { isList, textOf } from './values.ts'
import { connectTo } from './wire.ts'

const BOX = 'archive'
/** Messages that are put, or asked for, at once. */
const AT_ONCE = 100
const FLAGS = ['\\Seen', '\\Answered', '\\Flagged', '\\Draft']
const KEYWORDS = ['$Forwarded', '$Junk', 'label-one', 'label-two']

interface Held {
  /** mbsync's mark was in it. */
  readonly isMarked: boolean
  readonly digest: string
  readonly flags: string
  readonly date: string
}

/** One session that must be answered with OK. */
class Side implements Disposable {
  #talk: Talk<Command> | null = null
  #heard: Response[] = []

  static async login({ port, user, password }: ImapTarget): Promise<Side> {
    const side = new Side()
    const server = { name: '', user, password, connect: () => connectTo(port) }
    side.#talk = await Talk.open(server, 'i', (response) => void side.#heard.push(response))
    await side.must(`LOGIN "${user}" "${password}"`)
    return side
  }

  /** All at once; what came before the last tagged response. */
  async must(...texts: readonly string[]): Promise<readonly Response[]> {
    this.#heard = []
    const commands = texts.map((text) => ({ parts: [text], name: '', mayExpunge: true }))
    for (const { status, raw } of (await this.#talk?.all(commands)) ?? []) if (status !== 'OK') throw new Error(raw)
    return this.#heard
  }

  [Symbol.dispose](): void {
    this.#talk?.[Symbol.dispose]()
  }
}

function connect(target: ImapTarget): Promise<Side> {
  return Side.login(target)
}

function flagsOf(index: number): readonly string[] {
  const flags = FLAGS.filter((_, bit) => ((index >> bit) & 1) === 1)
  return [...flags, ...KEYWORDS.filter((_, at) => index % (7 + at) === 0)]
}

/** From 1996 on, in zones of all sorts. */
function dateOf(index: number): string {
  const date = new Date(Date.UTC(1996, 0, 1) + index * 5_400_000 + (index % 3600) * 1000)
  const zone = ['+0000', '+0100', '-0800', '+0530'][index % 4] as string
  const [, day = '', month = ''] = /^\w+, (\d\d) (\w+)/.exec(date.toUTCString()) ?? []
  return `${day}-${month}-${date.getUTCFullYear()} ${date.toUTCString().slice(17, 25)} ${zone}`
}

async function fill(target: ImapTarget, count: number): Promise<void> {
  using connection = await connect(target)
  await connection.must(`CREATE ${BOX}`)
  let batch: string[] = []
  let index = 0
  for (const { bytes } of corpus(count)) {
    const head = `APPEND ${BOX} (${flagsOf(index).join(' ')}) "${dateOf(index)}" {${bytes.length}+}`
    batch.push(`${head}\r\n${bytes.toString('latin1')}`)
    if (++index % AT_ONCE !== 0 && index < count) continue
    await connection.must(...batch)
    batch = []
  }
}

/** In order of UIDs. */
async function read(target: ImapTarget, box: string): Promise<readonly Held[]> {
  using connection = await connect(target)
  const selected = await connection.must(`EXAMINE ${box}`)
  const count = Number(textOf(selected.find(({ values }) => textOf(values[1]) === 'EXISTS')?.values[0]) ?? 0)
  const all: Held[] = []
  for (let first = 1; first <= count; first += AT_ONCE) {
    const last = Math.min(count, first + AT_ONCE - 1)
    for (const response of await connection.must(`FETCH ${first}:${last} (FLAGS INTERNALDATE BODY.PEEK[])`)) {
      const held = heldIn(response)
      if (held !== null) all.push(held)
    }
  }
  return all
}

function heldIn({ values }: Response): Held | null {
  const items = values[2]
  if (textOf(values[1]) !== 'FETCH' || !isList(items)) return null
  const item = (name: string) => items[items.findIndex((one) => textOf(one) === name) + 1]
  const flags = item('FLAGS')
  const names = isList(flags) ? flags.map((flag) => textOf(flag) ?? '').filter((flag) => flag !== '\\Recent') : []
  // mbsync marks what it copies until the other side has told its UID; the mark stays.
  const stored = textOf(item('BODY[]')) ?? ''
  const body = stored.replace(/^X-TUID: .{12}\r\n/m, '')
  return {
    isMarked: body !== stored,
    digest: createHash('sha256').update(body, 'latin1').digest('hex'),
    flags: names.sort().join(' '),
    date: new Date(textOf(item('INTERNALDATE')) ?? '').toISOString(),
  }
}

const systemOnly = (flags: string): string => flags.split(' ').filter((flag) => flag.startsWith('\\')).join(' ') // prettier-ignore

function compare(left: readonly Held[], right: readonly Held[], what: string): void {
  const differences: string[] = []
  const say = (text: string): void => void differences.push(text)
  if (left.length !== right.length) say(`${left.length} messages, and ${right.length}`)
  for (const [at, one] of left.entries()) {
    const other = right[at]
    if (other === undefined) break
    if (one.digest !== other.digest) say(`message ${at + 1}: other bytes`)
    if (systemOnly(one.flags) !== systemOnly(other.flags))
      say(`message ${at + 1}: (${one.flags}), and (${other.flags})`)
    if (one.date !== other.date) say(`message ${at + 1}: ${one.date}, and ${other.date}`)
  }
  const marked = right.filter(({ isMarked }) => isMarked).length
  const keywords = left.filter((one, at) => one.flags !== right[at]?.flags).length
  console.log(
    `${what}: ${left.length} messages compared, ${differences.length} differences; mbsync's mark (X-TUID) is in ${marked}, keywords differ in ${keywords}`,
  )
  for (const text of differences.slice(0, 10)) console.log(`  ${text}`)
  if (differences.length > 0) process.exitCode = 1
}

function configuration(far: ImapTarget, near: ImapTarget, state: string): string {
  const account = (name: string, { port, user, password }: ImapTarget): string => `
IMAPAccount ${name}
Host 127.0.0.1
Port ${port}
User ${user}
Pass "${password}"
SSLType None
AuthMechs LOGIN
Timeout 600

IMAPStore ${name}
Account ${name}
`
  return `${account('dovecot', far)}${account('mailkeep', near)}
Channel all
Far :dovecot:
Near :mailkeep:
Patterns ${BOX}
Create Near
Expunge Both
CopyArrivalDate yes
SyncState ${state}/
`
}

/** Of the mailbox: what changes with every change. */
async function stateOf(target: ImapTarget): Promise<string> {
  using connection = await connect(target)
  const [status] = await connection.must(`STATUS ${BOX} (MESSAGES UIDNEXT HIGHESTMODSEQ)`)
  return status?.raw ?? ''
}

/** Changes on both sides, of different messages. */
async function change(target: ImapTarget, first: number): Promise<void> {
  using connection = await connect(target)
  await connection.must(`SELECT ${BOX}`)
  await connection.must(`STORE ${first}:${first + 9} +FLAGS (\\Flagged)`)
  await connection.must(`STORE ${first + 10}:${first + 19} -FLAGS (\\Seen)`)
  await connection.must(`STORE ${first + 20}:${first + 24} +FLAGS (\\Deleted)`)
  await connection.must('EXPUNGE')
  const text = `Subject: new ${first}\r\n\r\nnew\r\n`
  await connection.must(`APPEND ${BOX} (\\Seen) "03-Mar-2003 03:03:03 +0000" {${text.length}+}\r\n${text}`)
}

export async function importAll(count: number): Promise<void> {
  ensureInstalled('mbsync', ['/usr/bin/mbsync'], ['isync'])
  await using dovecot = await startDovecot()
  await using mailkeep = await startMeasured()
  const [far, near] = [dovecot.imap as ImapTarget, mailkeep.imap]
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-import-'))
  try {
    const file = path.join(directory, 'mbsyncrc')
    fs.writeFileSync(file, configuration(far, near, directory))
    await fill(far, count)
    console.log(`Dovecot is filled with ${count} messages`)
    const cpuBefore = cpuMs(mailkeep.pid)
    let most = 0
    const watching = setInterval(() => (most = Math.max(most, proportionalBytes(mailkeep.pid) ?? 0)), 1000)
    const first = await synchronise(file)
    clearInterval(watching)
    const cpu = (cpuMs(mailkeep.pid) - cpuBefore) / 1000
    console.log(
      `mbsync took ${first.toFixed(0)} s; Mailkeep used ${cpu.toFixed(0)} s of processor time, ${(most / 2 ** 20).toFixed(0)} MiB at most (all processes, PSS)`,
    )
    compare(await read(far, BOX), await read(near, BOX), 'after the import')
    const before = [await stateOf(far), await stateOf(near)]
    const again = await synchronise(file)
    const isSame = before.join() === [await stateOf(far), await stateOf(near)].join()
    console.log(`again: ${again.toFixed(1)} s, ${isSame ? 'nothing is changed' : 'SOMETHING IS CHANGED'}`)
    if (!isSame) process.exitCode = 1
    await change(far, 10)
    await change(near, Math.floor(count / 2))
    await synchronise(file)
    const inOrder = async (target: ImapTarget): Promise<readonly Held[]> =>
      (await read(target, BOX)).toSorted((one, other) => (one.digest + one.date < other.digest + other.date ? -1 : 1))
    compare(await inOrder(far), await inOrder(near), 'after changes on both sides')
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

/** Seconds. This process looks at the memory meanwhile. */
async function synchronise(file: string): Promise<number> {
  const started = performance.now()
  const { status, stderr } = await run('mbsync', ['-q', '-c', file, '-a'], { timeoutMs: 3 * 3_600_000 })
  if (status !== 0) throw new Error(`mbsync ended with ${status}: ${stderr.slice(-2000)}`)
  return (performance.now() - started) / 1000
}
