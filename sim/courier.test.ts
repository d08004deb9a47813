// The courier over a simulated disk, clock and network: what people notice of it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ADA, BEN, CourierWorld, DOWN, accepted, refused } from './courier-world.ts'
import type { AccountId } from '#base/ids.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

test('here, elsewhere, and nowhere: everybody gets theirs, and the sender hears of the rest, once', async () => {
  const world = await CourierWorld.start()
  world.answer = (_, message) =>
    message.recipients.includes('nobody@example.com') ? refused(message, 550, '5.1.1 no such user') : null
  await world.submit([
    'ben@example.org',
    'carl@example.net',
    'nobody@example.com',
    'nobody@example.org',
    'x@nowhere.example',
  ])
  await world.settle()
  assert.equal(world.queue.count, 0)
  const [stored, ...others] = world.store.messages(BEN)
  assert.deepEqual(others, [])
  assert.match(
    stored ?? '',
    /^Return-Path: <ada@example\.org>\r\nDelivered-To: ben@example\.org\r\nReceived: by mail\.example\.org id [^;]*;\r?\n? [^\r]*\r\nSubject: hello\r\n\r\nhello\r\n$/,
  )
  assert.deepEqual(
    world.sent.map(({ host, sender, content }) => [host, sender, content]),
    ['mx.example.net', 'mx.example.com'].map((host) => [host, 'ada@example.org', 'Subject: hello\r\n\r\nhello\r\n']),
  )
  const [notice, ...more] = world.store.messages(ADA)
  assert.deepEqual(more, [], 'one notice about all of them')
  assert.match(notice ?? '', /^Return-Path: <>\r\nDelivered-To: ada@example\.org\r\n/)
  assert.match(notice ?? '', /nobody@example\.com[^]*nobody@example\.org[^]*x@nowhere\.example/)
  assert.doesNotMatch(notice ?? '', /carl@|ben@/)
  assert.deepEqual(world.errors, [])
})

test('a server that says later is asked again, and nobody is told meanwhile', async () => {
  const world = await CourierWorld.start()
  world.answer = (_, message) => (world.sent.length < 3 ? refused(message, 451, '4.7.1 greylisted') : null)
  const id = await world.submit(['carl@example.net'])
  await world.settle()
  const [recipient] = world.queue.get(id)?.recipients ?? []
  assert.deepEqual([recipient?.attempts, recipient?.lastReply?.text], [1, 'greylisted'])
  await world.pass(60 * MINUTE_MS, MINUTE_MS)
  const begin = world.sent[0]?.at ?? 0
  const minutes = world.sent.map(({ at }) => (at - begin) / MINUTE_MS)
  assert.equal(minutes.length, 3)
  assert.ok(minutes[1] !== undefined && minutes[1] >= 13 && minutes[1] <= 17)
  assert.ok(minutes[2] !== undefined && minutes[2] >= 40 && minutes[2] <= 51)
  assert.equal(world.queue.count, 0)
  assert.deepEqual(world.store.messages(ADA), [])
})

test('it takes long, and then too long: the sender hears of both, each once', async () => {
  const world = await CourierWorld.start()
  world.answer = (_, message) => refused(message, 451, '4.7.1 not now')
  await world.submit(['carl@example.net'])
  await world.settle()
  await world.pass(239 * MINUTE_MS, 10 * MINUTE_MS)
  await world.pass(2 * MINUTE_MS)
  assert.equal(world.store.messages(ADA).length, 1)
  assert.match(world.store.messages(ADA)[0] ?? '', /has not been delivered yet/)
  await world.pass(6 * 24 * HOUR_MS, HOUR_MS)
  const [, notice, ...more] = world.store.messages(ADA)
  assert.match(notice ?? '', /could not be delivered/)
  assert.match(notice ?? '', /\r\nStatus: 5\.4\.7\r\n/)
  assert.deepEqual(more, [])
  assert.equal(world.queue.count, 0)
  assert.ok(world.sent.length > 20 && world.sent.length < 50, `${world.sent.length} attempts`)
})

test('never a notice about a notice', async () => {
  const world = await CourierWorld.start()
  world.answer = (_, message) => refused(message, 550, '5.1.1 no such user')
  await world.submit(['carl@example.net'], { sender: '', submitter: null })
  // A sender who is elsewhere, as of a forwarded message, and does not exist.
  await world.submit(['carl@example.net'], { sender: 'forged@example.com', submitter: null })
  await world.settle()
  assert.equal(world.queue.count, 0)
  assert.deepEqual(
    world.sent.map(({ sender, recipients }) => [sender, recipients[0]]),
    [
      ['', 'carl@example.net'],
      ['forged@example.com', 'carl@example.net'],
      ['', 'forged@example.com'],
    ],
  )
  assert.equal(world.store.records.length, 0)
})

test('one connection carries all recipients of a message there, up to 100 at a time', async () => {
  const world = await CourierWorld.start()
  const recipients = Array.from({ length: 250 }, (_, index) => `user${index}@example.net`)
  await world.submit([...recipients, 'user0@example.net', 'eve@example.com'])
  await world.settle()
  assert.deepEqual(
    world.sent.map((sent) => sent.recipients.length).sort((a, b) => a - b),
    [1, 50, 100, 100],
  )
  assert.equal(new Set(world.sent.flatMap((sent) => sent.recipients)).size, 251)
  assert.equal(world.queue.count, 0)
})

test('the next exchanger is tried when one cannot be talked to', async () => {
  const world = await CourierWorld.start()
  world.addDomain('two.example', 'first.two.example', 'second.two.example')
  world.answer = (peer) => (peer.name === 'first.two.example' ? DOWN : null)
  await world.submit(['x@two.example'])
  await world.settle()
  assert.deepEqual(
    world.sent.map(({ host }) => host),
    ['first.two.example', 'second.two.example'],
  )
  assert.equal(world.queue.count, 0)
})

test('who sends much does not make others wait', async () => {
  const world = new CourierWorld()
  await world.open()
  for (let count = 0; count < 200; count++) await world.submit(['x@example.net'], {}, `bulk ${count}`)
  await world.submit(['x@example.com'], { submitter: BEN, sender: 'ben@example.org' }, 'single')
  world.limits = { deliveries: 2, perDestination: 2, perSubmitter: 10 }
  world.begin()
  await world.settle()
  const position = world.sent.findIndex(({ content }) => content.includes('single'))
  assert.ok(position >= 0 && position < 4, `after ${position} others`)
  for (let turn = 0; turn < 10; turn++) await world.settle()
  assert.equal(world.sent.length, 201)
})

test('deliveries at a time are bounded, in all and for each destination', async () => {
  const world = new CourierWorld()
  await world.open()
  const waiting: (() => void)[] = []
  world.answer = (_, message) => new Promise((resolve) => waiting.push(() => resolve(accepted(message))))
  world.limits = { deliveries: 4, perDestination: 3, perSubmitter: 50 }
  for (let count = 0; count < 10; count++) await world.submit(['x@example.net'])
  world.begin()
  await world.settle()
  assert.equal(world.running, 3)
  for (let count = 0; count < 10; count++) await world.submit(['x@example.com'])
  await world.settle()
  assert.equal(world.running, 4)
  while (waiting.length > 0) {
    waiting.shift()?.()
    await world.settle()
  }
  assert.deepEqual([world.mostRunning, world.sent.length, world.queue.count], [4, 20, 0])
})

test('a server that is down costs a connection now and then, and not one for each message', async () => {
  const world = await CourierWorld.start()
  world.answer = () => DOWN
  for (let count = 0; count < 50; count++) await world.submit(['x@example.net'])
  await world.pass(2 * HOUR_MS, MINUTE_MS)
  assert.ok(world.sent.length < 20, `${world.sent.length} connections`)
  assert.equal(world.queue.count, 50)
  // It does not stand in the way of others.
  world.answer = (peer) => (peer.name === 'mx.example.net' ? DOWN : null)
  await world.submit(['x@example.com'])
  await world.settle()
  assert.equal(world.queue.count, 50)
  world.answer = () => null
  world.courier?.wakeDestinations()
  await world.pass(4 * HOUR_MS, 5 * MINUTE_MS)
  assert.equal(world.queue.count, 0)
})

test('while a delivery cannot be recorded nothing new begins, and nobody gets it twice', async () => {
  const world = await CourierWorld.start()
  world.answer = (_, message) => {
    world.disk.faults = () => 'ENOSPC'
    return accepted(message)
  }
  await world.submit(['x@example.net'])
  await world.settle()
  assert.deepEqual([world.sent.length, world.queue.count], [1, 1])
  assert.ok(world.errors.length > 0)
  world.disk.faults = null
  await world.submit(['y@example.com'])
  await world.settle()
  assert.equal(world.sent.length, 1, 'not before the first is recorded')
  world.answer = () => null
  await world.pass(6000)
  assert.deepEqual([world.sent.length, world.queue.count], [2, 0])
})

test('held, released, retried, cancelled by hand', async () => {
  const world = await CourierWorld.start()
  world.answer = (_, message) => refused(message, 451, '4.3.0 later')
  const id = await world.submit(['x@example.net'])
  await world.settle()
  assert.ok(await world.queue.hold(id))
  await world.pass(HOUR_MS, 10 * MINUTE_MS)
  assert.equal(world.sent.length, 1)
  assert.ok(await world.queue.release(id))
  await world.settle()
  assert.equal(world.sent.length, 2)
  assert.ok(await world.queue.retry(id))
  await world.settle()
  assert.equal(world.sent.length, 3)
  assert.ok(await world.queue.cancel(id))
  await world.pass(24 * HOUR_MS, HOUR_MS)
  assert.deepEqual([world.sent.length, world.queue.count], [3, 0])
  assert.deepEqual(world.store.messages(ADA), [])
  for (const gone of ['hold', 'release', 'retry', 'cancel'] as const) assert.equal(await world.queue[gone](id), false)
})

test('without a relay the owner hears at once that mail does not leave this server', async () => {
  const world = new CourierWorld()
  await world.open()
  world.routing = { relay: null, direct: false, ownNames: [] }
  world.begin()
  await world.submit(['x@example.net', 'ben@example.org'])
  await world.settle()
  assert.equal(world.sent.length, 0)
  assert.equal(world.store.messages(BEN).length, 1)
  assert.match(world.store.messages(ADA)[0]?.replaceAll(/\s+/g, ' ') ?? '', /no relay is configured/)
})

test('an account that is full, or that the ledger refuses for now', async () => {
  const world = await CourierWorld.start()
  const refuse = { reason: 'unavailable' as 'unavailable' | 'overQuota' }
  world.store.fault = (step, account: AccountId) => (step === 'append' && account === BEN ? refuse.reason : null)
  await world.submit(['ben@example.org'])
  await world.settle()
  assert.equal(world.queue.count, 1)
  refuse.reason = 'overQuota'
  await world.pass(HOUR_MS, 10 * MINUTE_MS)
  assert.equal(world.queue.count, 0)
  assert.match(world.store.messages(ADA)[0] ?? '', /The mailbox is full\./)
})

test('stopping lets deliveries end, cuts those that do not, and forgets nothing', async () => {
  const world = await CourierWorld.start()
  const finish: (() => void)[] = []
  world.answer = (_, message, signal) =>
    message.recipients[0] === 'slow@example.net'
      ? new Promise((resolve) => signal.addEventListener('abort', () => resolve(DOWN)))
      : new Promise((resolve) => finish.push(() => resolve(accepted(message))))
  const slow = await world.submit(['slow@example.net'])
  await world.submit(['x@example.com'])
  await world.settle()
  const stopped = { over: false }
  const stopping = world.courier?.stop(10_000).then(() => (stopped.over = true))
  await world.submit(['late@example.com'])
  await world.settle()
  finish.shift()?.()
  await world.settle()
  assert.deepEqual([world.queue.count, stopped.over, world.sent.length], [2, false, 2])
  await world.pass(10_000)
  await stopping
  const [recipient] = world.queue.get(slow)?.recipients ?? []
  assert.deepEqual(
    [recipient?.state, recipient?.attempts],
    ['waiting', 0],
    'it is attempted at once after the next start',
  )
  world.answer = () => null
  world.begin()
  await world.settle()
  assert.equal(world.queue.count, 0)
})

test('a courier with nothing to do stops at once, and one that waits for nobody, too', async () => {
  const idle = await CourierWorld.start()
  await idle.courier?.stop(10_000)
  const stuck = await CourierWorld.start()
  stuck.answer = () => Promise.race([])
  await stuck.submit(['x@example.net'])
  await stuck.settle()
  const stopping = stuck.courier?.stop(1000)
  await stuck.pass(20_000, 1000)
  await stopping
})

/** Everything goes wrong that can, and the power fails: whoever was to get a message gets it, at least once. */
async function survive(seed: number): Promise<number> {
  const world = new CourierWorld(seed)
  const { random } = world
  world.answer = (_, message) =>
    random.pick([
      null,
      null,
      DOWN,
      refused(message, 451, '4.3.0 later'),
      { ...accepted(message), recipients: message.recipients.map(() => ({ kind: 'unknown', reason: 'cut' })) } as const,
    ])
  const wanted: string[] = []
  for (let life = 0; life < 4; life++) {
    await world.open()
    world.begin()
    const crashAt = world.disk.operations + random.below(60)
    world.disk.faults = (number) => (number === crashAt ? 'crash' : null)
    for (let step = 0; step < 8 && !world.disk.crashed; step++) {
      const text = `m${life}-${step}`
      const recipients = random.pick([['x@example.net'], ['x@example.net', 'y@example.com', 'ben@example.org']])
      const submitting = world.submit(recipients, {}, text).then(
        () => wanted.push(...recipients.map((recipient) => `${text} ${recipient}`)),
        () => undefined,
      )
      await Promise.race([submitting, world.settle()])
      await world.pass(random.pick([0, 20 * MINUTE_MS]))
    }
    world.disk = random.chance(0.5) ? world.disk.crash() : world.disk.kill()
    await world.settle()
  }
  world.answer = () => null
  await world.open()
  world.begin()
  await world.pass(24 * HOUR_MS, 2 * HOUR_MS)
  assert.equal(world.queue.count, 0)
  const got = new Set(
    world.sent.flatMap(({ recipients, content }) => recipients.map((recipient) => `${subject(content)} ${recipient}`)),
  )
  for (const stored of world.store.messages(BEN)) got.add(`${subject(stored)} ben@example.org`)
  for (const one of wanted) assert.ok(got.has(one), `${one} arrived`)
  return wanted.length
}

function subject(content: string): string {
  return /^Subject: (.*)\r$/m.exec(content)?.[1] ?? ''
}

test('whatever fails, and wherever the power fails, every message that was taken arrives', async () => {
  let wanted = 0
  for (let seed = 1; seed <= 15; seed++) wanted += await survive(seed)
  assert.ok(wanted > 180, `only ${wanted}`)
})

test('a large message goes out, and in, byte for byte', async () => {
  const world = await CourierWorld.start()
  const text = 'x'.repeat(70) + '\r\n'
  await world.submit(['x@example.net', 'ben@example.org'], {}, text.repeat(3000))
  await world.settle()
  assert.equal(world.queue.count, 0)
  const [sent] = world.sent
  assert.ok((sent?.content.length ?? 0) > 400_000)
  assert.ok(world.store.messages(BEN)[0]?.endsWith(sent?.content ?? '?'))
  assert.deepEqual(world.disk.list('/queue/large'), [])
})

test('a message whose content is damaged is returned, and does not stay for ever', async () => {
  const world = new CourierWorld()
  await world.open()
  const id = await world.submit(['x@example.net'], {}, 'y'.repeat(9000))
  const file = world.disk.file(`/queue/large/${id}`)
  file.corrupt(100, Buffer.from([1, 2, 3]))
  world.begin()
  await world.settle()
  assert.equal(world.queue.count, 0)
  assert.match(world.store.messages(ADA)[0]?.replaceAll(/\s+/g, ' ') ?? '', /the stored message is damaged/)
})

test('when nobody knows who is here, everybody waits', async () => {
  const world = new CourierWorld()
  await world.open()
  world.resolve = () => {
    throw new Error('the directory is starting')
  }
  world.begin()
  await world.submit(['ben@example.org', 'x@example.net'])
  await world.settle()
  assert.deepEqual([world.queue.count, world.sent.length, world.errors.length], [1, 0, 1])
  world.resolve = null
  await world.pass(HOUR_MS, 10 * MINUTE_MS)
  assert.deepEqual([world.queue.count, world.sent.length, world.store.messages(BEN).length], [0, 1, 1])
})
