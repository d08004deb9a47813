// MIME bombs (mime-bombs.ts): a message that is cheap to write must be neither dear to its owner nor to anybody else. Each is delivered by SMTP or
// refused there, appended by IMAP, and read in every way that clients have.
//
// What must hold: no process ends, every byte that was taken comes back, and nobody else waits: another user's IMAP session and another SMTP
// connection are never without an answer for more than 250 ms. That is time in which the server could have answered: what the machine gave
// to others meanwhile is taken off, and so is what the answer took when nothing else went on. What delays answers every time is the server's doing:
// an attempt that was too slow is made again. BOMB_WAYS=1: each is delivered or appended, one after the other in turn.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import { after, before, test } from 'node:test'
import type { SystemStatus } from '#protocol/supervisor.ts'
import { type Mailkeep, startMailkeep } from '../harness.ts'
import { ImapConnection } from '../imap-connection.ts'
import { Bystander, type LongestMs } from './bystander.ts'
import { bombs } from './mime-bombs.ts'

const STALL_MS = 250
const NOTHING: LongestMs = { imap: 0, smtp: 0 }
const ATTEMPTS = 5
const IDLE_MS = 500
const FILED_MS = 60_000

const ANN = 'ann@example.org'
const BOB = 'bob@example.org'
const PASSWORD = 'handle with care'

let mailkeep: Mailkeep
let bystander: Bystander
let ann: ImapConnection
let started: SystemStatus

before(async () => {
  // Both accounts are of the one vault.
  mailkeep = await startMailkeep({ accounts: { [ANN]: PASSWORD, [BOB]: PASSWORD }, config: 'vaults: 1\n' })
  const { imap, smtp } = mailkeep.ports
  ann = await ImapConnection.login(imap, ANN, PASSWORD)
  await ann.must('SELECT INBOX')
  await removeAll()
  bystander = await Bystander.start({ imapPort: imap, smtpPort: smtp, user: BOB, password: PASSWORD })
  started = await mailkeep.status()
})

after(async () => {
  ann[Symbol.dispose]()
  await bystander[Symbol.asyncDispose]()
  await mailkeep[Symbol.asyncDispose]()
})

async function removeAll(): Promise<void> {
  await ann.must('STORE 1:* +FLAGS.SILENT (\\Deleted)').catch(() => undefined)
  await ann.must('EXPUNGE')
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Milliseconds that the process ran, and those that it could have run and did not get the processor. */
function scheduled(name: string): { readonly ranMs: number; readonly waitedMs: number } {
  const pid = started.processes.find((process) => process.name === name)?.pid
  const [ran, waited] = fs.readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')
  return { ranMs: Number(ran) / 1e6, waitedMs: Number(waited) / 1e6 }
}

/** How many times longer than on a machine of its own the process took for what it did since. */
function slowdown(name: string, since: ReturnType<typeof scheduled>): number {
  const now = scheduled(name)
  return 1 + (now.waitedMs - since.waitedMs) / Math.max(1, now.ranMs - since.ranMs)
}

async function idle(): Promise<LongestMs> {
  await bystander.longest()
  await sleep(IDLE_MS)
  return bystander.longest()
}

/** What somebody else has to wait for while `attack` runs, beyond what is allowed; 0 if nothing. */
async function excessMs(attack: () => Promise<void>, before: LongestMs): Promise<number> {
  await bystander.longest()
  const vault = scheduled('vault-0')
  const mx = scheduled('mx')
  await attack()
  const longest = await bystander.longest()
  return Math.max(
    0,
    longest.imap - before.imap - STALL_MS * slowdown('vault-0', vault),
    longest.smtp - before.smtp - STALL_MS * slowdown('mx', mx),
  )
}

async function stallsNobody(attack: () => Promise<void>): Promise<void> {
  const excesses: number[] = []
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const excess = await excessMs(attack, attempt === 0 ? NOTHING : await idle())
    if (excess === 0) return
    excesses.push(Math.round(excess))
  }
  assert.fail(`others waited ${excesses.join(', ')} ms longer than they may, in ${ATTEMPTS} attempts`)
}

/** What comes over a connection, a step at a time, without looking at more than its end. */
class TailClient implements Disposable {
  readonly #socket: net.Socket
  #chunks: Buffer[] = []
  #wake: (() => void) | null = null
  #hasEnded = false

  constructor(port: number) {
    this.#socket = net.connect(port, '127.0.0.1')
    this.#socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#wake?.()
    })
    for (const event of ['error', 'close'] as const) {
      this.#socket.on(event, () => {
        this.#hasEnded = true
        this.#wake?.()
      })
    }
  }

  async say(bytes: string | Buffer, end: string): Promise<string> {
    this.#chunks = []
    this.#socket.write(bytes)
    for (;;) {
      const tail = Buffer.concat(this.#chunks.slice(-3))
      if (tail.subarray(-end.length).toString('latin1') === end) return Buffer.concat(this.#chunks).toString('latin1')
      if (this.#hasEnded) throw new Error(`the server has ended the connection: ${tail.toString('latin1').slice(-200)}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}

/** The server's last reply. */
async function deliver(message: Buffer): Promise<string> {
  using client = new TailClient(mailkeep.ports.smtp)
  for (const line of ['', 'EHLO eve.example.net\r\n', 'MAIL FROM:<eve@example.net>\r\n', `RCPT TO:<${ANN}>\r\n`]) {
    await client.say(line, '\r\n')
  }
  assert.match(await client.say('DATA\r\n', '\r\n'), /^354 /)
  const stuffed = message.toString('latin1').replaceAll(/(^|\r\n)\./g, '$1..')
  return await client.say(Buffer.from(`${stuffed}.\r\n`, 'latin1'), '\r\n')
}

/** Waits until there are so many messages. */
async function filed(count: number): Promise<void> {
  const deadline = Date.now() + FILED_MS
  for (;;) {
    const [status] = await ann.must('STATUS INBOX (MESSAGES)')
    if (Number(/MESSAGES (\d+)/.exec(status ?? '')?.[1]) === count) return
    assert(Date.now() < deadline, 'the message is filed')
    await sleep(20)
  }
}

const ITEMS = [
  'ENVELOPE BODYSTRUCTURE BODY',
  'BODY.PEEK[]',
  'BODY.PEEK[HEADER]',
  'BODY.PEEK[HEADER.FIELDS (Subject From)]',
  'BODY.PEEK[1]',
  'BODY.PEEK[1.1.1.1.1]',
  'BINARY.PEEK[1]',
]

async function readByImap(message: Buffer): Promise<void> {
  for (const items of ITEMS) {
    const untagged = await ann.must(`FETCH * (${items})`)
    if (items === 'BODY.PEEK[]') assert(untagged.some((line) => line.endsWith(`${message.toString('latin1')})`)))
  }
  await ann.must('SEARCH TEXT "nowhere to be found"')
}

async function readByPop3(): Promise<void> {
  using client = new TailClient(mailkeep.ports.pop3)
  await client.say('', '\r\n')
  await client.say(`USER ${ANN}\r\n`, '\r\n')
  assert.match(await client.say(`PASS ${PASSWORD}\r\n`, '\r\n'), /^\+OK /)
  const count = /^\+OK (\d+)/.exec(await client.say('STAT\r\n', '\r\n'))?.[1]
  assert.match(await client.say(`TOP ${count} 10\r\n`, '\r\n.\r\n'), /^\+OK /)
  await client.say('QUIT\r\n', '\r\n')
}

const authorization = `Basic ${Buffer.from(`${ANN}:${PASSWORD}`).toString('base64')}`

async function readByJmap(): Promise<void> {
  const origin = `http://127.0.0.1:${mailkeep.ports.http}`
  const session = await fetch(`${origin}/jmap/session`, { headers: { authorization } })
  const { primaryAccounts } = (await session.json()) as { readonly primaryAccounts: Readonly<Record<string, string>> }
  const accountId = primaryAccounts['urn:ietf:params:jmap:mail']
  const sort = [{ property: 'receivedAt', isAscending: false }]
  const properties = [
    'subject',
    'from',
    'to',
    'headers',
    'preview',
    'bodyStructure',
    'bodyValues',
    'textBody',
    'attachments',
  ]
  const response = await fetch(`${origin}/jmap/api`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({
      using: ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail'],
      methodCalls: [
        ['Email/query', { accountId, sort, limit: 1 }, 'query'],
        [
          'Email/get',
          {
            accountId,
            '#ids': { resultOf: 'query', name: 'Email/query', path: '/ids' },
            properties,
            fetchTextBodyValues: true,
            maxBodyValueBytes: 262_144,
          },
          'get',
        ],
      ],
    }),
  })
  assert.equal(response.status, 200)
  const { methodResponses } = (await response.json()) as {
    readonly methodResponses: readonly (readonly [
      string,
      { readonly type?: string; readonly list?: readonly object[] },
    ])[]
  }
  const [name, { type, list }] = methodResponses[1] ?? ['', {}]
  // What does not fit a response is said not to.
  if (name === 'error') assert.equal(type, 'requestTooLarge')
  else assert.equal(list?.length, 1)
}

async function isDelivered(message: Buffer): Promise<void> {
  const reply = await deliver(message)
  const isTaken = reply.startsWith('250 ')
  if (!isTaken) assert.match(reply, /^552 5\.3\.4 The header is longer than /)
  await filed(isTaken ? 1 : 0)
  if (isTaken) await readByImap(message)
  await removeAll()
}

async function isAppended(message: Buffer): Promise<void> {
  await ann.append('INBOX', message)
  await readByImap(message)
  await readByPop3()
  await readByJmap()
  await removeAll()
}

const ways = [isDelivered, isAppended]
const WAYS = Number(process.env['BOMB_WAYS'] ?? ways.length)

for (const [at, { title, build }] of bombs.entries()) {
  test(title, async () => {
    const message = build()
    for (const way of WAYS === 1 ? [ways[at % ways.length] as typeof isAppended] : ways) {
      await stallsNobody(() => way(message))
    }
  })
}

function lives(processes: SystemStatus['processes']): unknown {
  return processes.map(({ name, pid, restarts }) => ({ name, pid, restarts }))
}

test('no process has ended', async () => {
  const { processes } = await mailkeep.status()
  assert.deepEqual(lives(processes), lives(started.processes))
})
