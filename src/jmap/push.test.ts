// RFC 8620 §7.3, RFC 8621 §1.5.

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import type { EventOptions, EventStream } from './engine.ts'
import { type Any, TestClient, message } from './test-client.test-support.ts'

let account: MemoryAccount
let client: TestClient

beforeEach(() => {
  account = new MemoryAccount()
  client = new TestClient(account)
})

class Listener {
  readonly stream: EventStream
  readonly #chunks: AsyncGenerator<string, void, undefined>
  #waiting: Promise<IteratorResult<string, void>>

  constructor(options: Partial<EventOptions> = {}) {
    this.stream = client.engine.events({ types: '*', closeAfter: 'no', ping: '0', lastEventId: null, ...options })
    this.#chunks = this.stream.chunks()
    this.#waiting = this.#chunks.next()
  }

  /** The next piece, `end`, or null if there is none now. */
  async take(): Promise<string | null> {
    const nothing = new Promise<null>((resolve) => setImmediate(() => setImmediate(() => resolve(null))))
    const result = await Promise.race([this.#waiting, nothing])
    if (result === null) return null
    if (result.done === true) return 'end'
    this.#waiting = this.#chunks.next()
    return result.value
  }

  /** The types that an event tells of. */
  async types(): Promise<string | null> {
    const text = await this.take()
    if (text === null || text === 'end') return text
    const event = parseEvent(text)
    return event.event === 'state' ? Object.keys(event.data.changed[client.accountId]).join(' ') : event.event
  }
}

function parseEvent(text: string): Any {
  assert.ok(text.endsWith('\n\n'))
  const fields = Object.fromEntries(
    text
      .trimEnd()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
  return { ...fields, data: JSON.parse(fields['data'] as string) }
}

function deliver(): void {
  account.deliver(message('Subject: x', '', 'x'))
}

test('a change is told once, with the states that /get gives', async () => {
  const listener = new Listener()
  assert.equal(await listener.take(), ': connected\n\n')
  assert.equal(await listener.take(), null)
  deliver()
  deliver()
  assert.equal(await listener.take(), null)
  client.host.advance(200)
  const event = parseEvent((await listener.take()) ?? '')
  assert.equal(event.event, 'state')
  assert.equal(event.data['@type'], 'StateChange')
  const states = event.data.changed[client.accountId]
  assert.deepEqual(Object.keys(states), ['Email', 'EmailDelivery', 'Mailbox', 'Thread'])
  for (const type of ['Email', 'Mailbox', 'Thread']) {
    assert.equal(states[type], (await client.call(`${type}/get`, { ids: [] })).state, type)
  }
  assert.equal(await listener.take(), null)
})

test('a delivery is something else than a change (RFC 8621 §1.5), and settings of others are nothing', async () => {
  deliver()
  const listener = new Listener({ types: 'EmailDelivery,Nothing,Identity,EmailSubmission' })
  await listener.take()
  await client.call('Email/set', { update: { e1: { 'keywords/$seen': true } } })
  client.host.advance(200)
  assert.equal(await listener.types(), null)
  deliver()
  client.host.advance(200)
  assert.equal(await listener.types(), 'EmailDelivery')
  await client.call('Identity/set', { create: { k: { email: 'owner@example.org' } } })
  client.host.advance(200)
  assert.equal(await listener.types(), 'Identity')
  await account.commit([{ kind: 'set', key: 'imap/x', value: 1 }])
  client.host.advance(200)
  assert.equal(await listener.types(), null)
})

test('closeafter=state ends after the first change', async () => {
  const listener = new Listener({ closeAfter: 'state', ping: '30' })
  await listener.take()
  client.host.advance(30_000)
  assert.equal(await listener.types(), 'ping')
  deliver()
  client.host.advance(200)
  assert.equal(await listener.types(), 'Email EmailDelivery Mailbox Thread')
  assert.equal(await listener.take(), 'end')
  assert.equal(client.host.timers, 0)
})

test('pings, since the last event, at an interval that is bounded', async () => {
  for (const [ping, seconds] of [
    ['5', 30],
    ['300', 300],
    ['100000', 900],
  ] as const) {
    const listener = new Listener({ ping })
    await listener.take()
    await listener.take()
    client.host.advance(seconds * 1000 - 500)
    deliver()
    client.host.advance(400)
    assert.notEqual(await listener.take(), null)
    await listener.take()
    client.host.advance(seconds * 1000 - 1)
    assert.equal(await listener.take(), null)
    client.host.advance(1)
    assert.equal(await listener.take(), `event: ping\ndata: {"interval":${seconds}}\n\n`)
    listener.stream[Symbol.dispose]()
  }
  for (const ping of ['0', '', 'x', '-5']) {
    const listener = new Listener({ ping })
    await listener.take()
    client.host.advance(1_000_000)
    assert.equal(await listener.take(), null)
    listener.stream[Symbol.dispose]()
  }
})

test('a client that comes back is told what it missed', async () => {
  const listener = new Listener()
  await listener.take()
  deliver()
  client.host.advance(200)
  const { id } = parseEvent((await listener.take()) ?? '')
  listener.stream[Symbol.dispose]()
  assert.equal(await listener.take(), 'end')
  const quiet = new Listener({ lastEventId: id })
  await quiet.take()
  assert.equal(await quiet.take(), null)
  await client.call('Email/set', { update: { e1: { 'keywords/$seen': true } } })
  const back = new Listener({ lastEventId: id })
  await back.take()
  assert.equal(await back.types(), 'Email Mailbox Thread')
  const strange = new Listener({ lastEventId: 'nonsense' })
  await strange.take()
  assert.equal(await strange.take(), null)
})

test('the engine\u2019s end is the end of all streams', async () => {
  const listeners = [new Listener({ ping: '30' }), new Listener()]
  for (const listener of listeners) await listener.take()
  client.engine[Symbol.dispose]()
  for (const listener of listeners) assert.equal(await listener.take(), 'end')
  assert.equal(client.host.timers, 0)
})
