// What the webmail asks for: the first page of the inbox, again after a change, far down the list, found by words. One API request each, its JSON
// parsed and written, over a real ledger, with 20,000 and 200,000 messages (MESSAGES=n for one other number).

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type Fixture, makeFixture } from '#account/account-fixture.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { INBOX } from '#account/state.ts'
import { sealAge } from '#crypto/age/seal.ts'
import { randomBytes } from '#crypto/random.ts'
import { OWNER_ACCESS } from '#jmap/access.ts'
import { JmapEngine, type JmapHost } from '#jmap/engine.ts'
import { yieldToEventLoop } from '#platform/clock.ts'

const SIZES = process.env['MESSAGES'] === undefined ? [20_000, 200_000] : [Number(process.env['MESSAGES'])]

const host: JmapHost = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  pause: yieldToEventLoop,
  after(delayMs, action) {
    const handle = setTimeout(action, delayMs)
    return { cancel: () => clearTimeout(handle) }
  },
  random: randomBytes,
  addresses: () => ['ada@example.test'],
  keys: { slots: () => [], asOwner: () => Promise.resolve('unavailable') },
  submit: () => Promise.resolve({ kind: 'accepted', id: '1' }),
  recovery: null,
  fail: (error) => console.error(error),
}

/** Threads of three, every tenth with a file, one in a hundred with a rare word. */
function messageOf(index: number): Buffer {
  const thread = Math.floor(index / 3)
  const words = `word${index % 977} and some text of a message that is not very long. `.repeat(12)
  const rare = index % 100 === 0 ? 'zebra ' : ''
  const header = [
    `From: Sender ${index % 50} <sender${index % 50}@example.net>`,
    'To: ada@example.test',
    `Subject: ${index % 3 === 0 ? '' : 'Re: '}conversation ${thread}`,
    `Message-ID: <${index}@example.net>`,
    `References: <${thread * 3}@example.net>`,
    `Date: ${new Date(1_700_000_000_000 + index * 60_000).toUTCString()}`,
    'MIME-Version: 1.0',
  ]
  const text = `${rare}${words}\r\n`
  if (index % 10 !== 0) return Buffer.from([...header, 'Content-Type: text/plain', '', text].join('\r\n'))
  const parts = [
    '--b',
    'Content-Type: text/plain',
    '',
    text,
    '--b',
    'Content-Type: application/pdf; name="a.pdf"',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.alloc(3000, index)
      .toString('base64')
      .replaceAll(/(.{76})/g, '$1\r\n'),
    '--b--',
  ]
  return Buffer.from([...header, 'Content-Type: multipart/mixed; boundary=b', '', ...parts, ''].join('\r\n'))
}

async function fill(fixture: Fixture, count: number): Promise<void> {
  const recipient = fixture.root.recipient('x25519')
  for (let start = 0; start < count; start += 200) {
    const batch = Array.from({ length: Math.min(200, count - start) }, (_, at) => ({
      kind: 'mail' as const,
      payload: sealAge([recipient], messageOf(start + at)),
    }))
    await fixture.ledger.append(fixture.id, batch)
  }
}

/** The longest time that nothing else of the process could run. */
function watchStalls(): () => number {
  let longest = 0
  let last = performance.now()
  let running = true
  const look = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (running) setImmediate(look)
  }
  setImmediate(look)
  return () => {
    running = false
    look()
    return longest
  }
}

class Client {
  readonly engine: JmapEngine
  readonly #accountId: string

  constructor(account: OpenAccount) {
    this.engine = new JmapEngine(account, host, { messageBytesMax: 50_000_000 })
    this.#accountId = `a${account.id}`
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async request(calls: readonly (readonly [string, object])[]): Promise<any[]> {
    const using = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail']
    const methodCalls = calls.map(([name, args], at) => [name, { accountId: this.#accountId, ...args }, String(at)])
    const { body } = await this.engine.api(OWNER_ACCESS, Buffer.from(JSON.stringify({ using, methodCalls })))
    const { methodResponses } = JSON.parse(Buffer.concat(body).toString())
    for (const [name, args] of methodResponses) if (name === 'error') throw new Error(JSON.stringify(args))
    return methodResponses.map(([, args]: [string, unknown]) => args)
  }
}

const LIST = ['threadId', 'mailboxIds', 'keywords', 'from', 'subject', 'receivedAt', 'size', 'preview', 'hasAttachment']
const newestFirst = [{ property: 'receivedAt', isAscending: false }]
const ids = { resultOf: '0', name: 'Email/query', path: '/ids' }

function page(query: object): (readonly [string, object])[] {
  return [
    ['Email/query', { sort: newestFirst, limit: 50, calculateTotal: true, ...query }],
    ['Email/get', { '#ids': ids, properties: LIST }],
  ]
}

async function measure(name: string, runs: number, action: () => Promise<unknown>): Promise<void> {
  const times: number[] = []
  let stall = 0
  for (let run = 0; run < runs; run++) {
    const stop = watchStalls()
    const started = performance.now()
    await action()
    times.push(performance.now() - started)
    stall = Math.max(stall, stop())
  }
  times.sort((a, b) => a - b)
  const median = times[Math.floor(runs / 2)] as number
  console.log(
    `${name.padEnd(58)} ${median.toFixed(2).padStart(9)} ms  longest stall ${stall.toFixed(1).padStart(6)} ms  [${times[0]?.toFixed(2)} .. ${times.at(-1)?.toFixed(2)}]`,
  )
}

async function flag(account: OpenAccount, uid: number, on: boolean): Promise<void> {
  await account.commit([
    {
      kind: 'changeKeywords',
      mailbox: INBOX,
      set: [[uid, uid]],
      mode: on ? 'add' : 'remove',
      keywords: ['$seen'],
      unchangedSince: null,
    },
  ])
}

async function run(count: number): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-bench-'))
  try {
    const fixture = await makeFixture(directory, { quick: true, identity: 'x25519' })
    await fill(fixture, count)
    const filing = await fixture.open()
    await filing.filed()
    await filing.close()
    const account = await fixture.open()
    console.log(`\n${count} messages, load ${os.loadavg()[0]?.toFixed(2)}`)
    const inbox = { filter: { inMailbox: `m${INBOX}` } }
    const first = page({ ...inbox, collapseThreads: true })
    const client = new Client(account)
    await measure('Mailbox/get, first after unlock', 1, () => client.request([['Mailbox/get', {}]]))
    await measure('first page, collapsed, first after unlock', 1, () => client.request(first))
    await measure('Mailbox/get', 20, () => client.request([['Mailbox/get', {}]]))
    await measure('first page, collapsed', 20, () => client.request(first))
    await measure('first page, not collapsed', 20, () => client.request(page(inbox)))
    await measure('  the query alone', 20, () => client.request(first.slice(0, 1)))
    await measure('page in the middle, collapsed', 20, () =>
      client.request(page({ ...inbox, collapseThreads: true, position: Math.floor(count / 6) })),
    )
    let uid = count
    const [{ queryState }] = await client.request(first.slice(0, 1))
    const [{ state }] = await client.request([['Email/get', { ids: [] }]])
    await measure('one flag changes, then Mailbox/get and first page', 20, async () => {
      await flag(account, --uid, true)
      await client.request([['Mailbox/get', {}], ...first.slice(0, 1)])
    })
    const [{ state: before }] = await client.request([['Mailbox/get', {}]])
    await measure('one flag changes, then all changes', 20, async () => {
      await flag(account, --uid, true)
      await client.request([
        ['Email/changes', { sinceState: state }],
        ['Mailbox/changes', { sinceState: before }],
        [
          'Email/queryChanges',
          { ...inbox, sort: newestFirst, collapseThreads: true, sinceQueryState: queryState, calculateTotal: true },
        ],
      ])
    })
    const shown = (await client.request(first))[0].ids
    await measure('Email/get of 50 with bodies', 10, () =>
      client.request([['Email/get', { ids: shown, fetchHTMLBodyValues: true }]]),
    )
    await measure('words found by 1 in 100, first page', 10, async () => {
      await flag(account, --uid, true)
      return client.request(page({ filter: { text: 'zebra' } }))
    })
    await measure('a word of all messages, first page', 3, async () => {
      await flag(account, --uid, true)
      return client.request(page({ filter: { text: 'message' } }))
    })
    await measure('unread ones in the inbox', 5, async () => {
      await flag(account, --uid, true)
      return client.request(page({ filter: { inMailbox: `m${INBOX}`, notKeyword: '$seen' } }))
    })
    await measure('inbox by subject', 3, async () => {
      await flag(account, --uid, true)
      return client.request(page({ ...inbox, sort: [{ property: 'subject' }] }))
    })
    const some = (await client.request([['Email/query', { ...inbox, sort: newestFirst, limit: 500 }]]))[0].ids
    let on = false
    await measure('Email/set: 500 marked', 6, () => {
      on = !on
      const update = Object.fromEntries(some.map((id: string) => [id, { 'keywords/$flagged': on ? true : null }]))
      return client.request([['Email/set', { update }]])
    })
    client.engine[Symbol.dispose]()
    await account.close()
    await fixture.close()
    console.log(`memory ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`)
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

for (const size of SIZES) await run(size)
