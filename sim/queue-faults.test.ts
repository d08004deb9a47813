// The outgoing queue on a simulated disk of which one operation fails, for every operation of a small workload and every way to fail; on one that
// is full for a while; and on one that lies about what it has stored.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QueueKeyError } from '#delivery/queue-errors.ts'
import type { QueueId } from '#delivery/queue-message.ts'
import { openQueue } from '#delivery/queue-open.ts'
import type { Fault, FaultPlan } from './disk.ts'
import { quiesce } from './ledger-world.ts'
import { DIRECTORY, KEY, LIMITS, QueueWorld } from './queue-world.ts'
import { Random } from './random.ts'

const SEED = 7
const FILE_BYTES = LIMITS.fileBytes ?? 0

/** Until a few files of the log are full, with large contents among them. */
async function work(world: QueueWorld): Promise<void> {
  for (let turn = 0; turn < 10 && !world.disk.crashed; turn++) {
    await Promise.all([world.submit(3000), world.submit(100), ...(turn % 4 === 0 ? [world.submit(9000)] : [])])
    await Promise.all([world.changeRandom(), world.changeRandom(), world.changeRandom()])
    await quiesce()
  }
}

async function isHalted(world: QueueWorld): Promise<boolean> {
  return Promise.race([world.queue.halted.then(() => true), quiesce().then(() => false)])
}

async function off(world: QueueWorld, unless: Promise<void>): Promise<void> {
  const waiting = { over: false }
  const end = (): void => void (waiting.over = true)
  unless.then(end, end)
  while (!world.disk.crashed && !waiting.over) await quiesce()
}

/** Runs the workload with a fault; then everything acknowledged is there, also after a crash, and the queue accepts again. */
async function survive(plan: FaultPlan): Promise<'went on' | 'halted' | 'crashed'> {
  const world = new QueueWorld(new Random(SEED))
  await world.open()
  const begin = world.disk.operations
  world.disk.faults = (number, kind, path) => plan(number - begin, kind, path)
  const working = work(world)
  await Promise.race([working, off(world, working)])
  if (world.disk.crashed) {
    world.stop('crash')
    await world.open()
    return 'crashed'
  }
  world.disk.faults = null
  const halted = await isHalted(world)
  if (!halted) assert.ok(await world.submit(100), 'the queue accepts again')
  world.stop(halted ? 'kill' : 'crash')
  await world.open()
  assert.ok(await world.submit(100), 'the queue accepts again after a start')
  await world.close()
  return halted ? 'halted' : 'went on'
}

async function countOperations(): Promise<number> {
  const world = new QueueWorld(new Random(SEED))
  await world.open()
  const begin = world.disk.operations
  await work(world)
  assert.equal(world.reasons.size, 0)
  return world.disk.operations - begin
}

/** SIM_STRIDE=n: every n-th operation alone, others on other days. */
const STRIDE = Number(process.env['SIM_STRIDE'] ?? 1)
const SEED_DAY = Math.floor(Date.now() / 86_400_000)

for (const fault of ['ENOSPC', 'EIO', 'short', 'crash'] as const satisfies readonly Fault[]) {
  test(`${fault} at every operation, one at a time`, async () => {
    const operations = await countOperations()
    assert.ok(operations > 50, `only ${operations} operations`)
    const outcomes = new Map<string, number>()
    for (let at = SEED_DAY % STRIDE; at < operations; at += STRIDE) {
      let failed: string = ''
      try {
        const outcome = await survive((number, kind, path) => {
          if (number !== at) return null
          failed = `${kind} of ${path}`
          return fault
        })
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      } catch (cause) {
        throw new Error(`${fault} at operation ${at}: ${failed}`, { cause })
      }
    }
    // A short write is no fault if the rest can be written.
    if (fault === 'short') assert.deepEqual([...outcomes.keys()], ['went on'])
  })
}

/** A file keeps the name in a handle that it had when it was opened. */
function isGrowing({ disk }: QueueWorld, path: string): boolean {
  return path.endsWith('spare') && disk.exists(path) && disk.file(path).size < FILE_BYTES
}

test('a full disk: messages are refused, what is there can still be delivered, and then messages are taken again', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = new QueueWorld(new Random(seed))
    await world.open()
    for (let count = 0; count < 5; count++) assert.ok(await world.submit(1000))
    // What is preallocated can be written.
    world.disk.faults = (_number, kind, path) =>
      kind === 'create' || (kind === 'write' && isGrowing(world, path)) ? 'ENOSPC' : null
    for (let count = 0; count < 40; count++) await world.submit(1000)
    assert.deepEqual([...world.reasons], ['noSpace'])
    await world.deliverAll()
    assert.equal(world.queue.count, 0, 'everything could be recorded')
    await quiesce()
    assert.ok(await world.submit(1000), 'space that was given up is used again')
    world.stop('crash')
    world.disk.faults = null
    await world.open()
    assert.ok(await world.submit(1000))
    await world.close()
  }
})

test('a failed fdatasync halts the queue, and what it left in the cache is not taken for durable', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const world = new QueueWorld(new Random(seed))
    await world.open()
    await work(world)
    const from = world.disk.operations + world.random.below(10)
    world.disk.faults = (number, kind, path) =>
      number >= from && kind === 'datasync' && path.includes('/log/') ? 'EIO' : null
    await work(world)
    assert.ok(await isHalted(world))
    assert.equal(await world.submit(100), false)
    // The process ends, another opens the queue, and only then the power fails.
    world.stop('kill')
    await world.open()
    world.stop('crash')
    await world.open()
    await world.close()
  }
})

test('a notice is queued if, and only if, what it is about is recorded', async () => {
  const outcomes = new Set<string>()
  for (let at = 0; at < 12; at++) {
    const world = new QueueWorld(new Random(at))
    await world.open()
    await world.submit(100)
    const [message] = [...world.queue.messages()]
    assert.ok(message !== undefined)
    const begin = world.disk.operations
    world.disk.faults = (number) => (number === begin + at ? 'crash' : null)
    const failed = { state: 'failed', attempts: 1, nextAttempt: 0, lastAttempt: 1, lastReply: null } as const
    const change = { held: null, delayTold: null, recipients: [{ index: 0, ...failed }] }
    const submission = { sender: '', recipients: [message.sender], submitter: null, smtpUtf8: false }
    const changing = world.queue.change(message.id, change, [
      { submission, content: Buffer.from('Subject: y\n\nfailed') },
    ])
    await Promise.race([changing.catch(() => undefined), off(world, changing.then())])
    const disk = world.disk.crash()
    const options = { disk, clock: world.clock, directory: DIRECTORY, key: KEY, limits: LIMITS }
    const queue = await openQueue(options)
    const messages = [...queue.messages()]
    const notice = messages.find(({ sender }) => sender === '')
    const recorded = queue.get(message.id)?.recipients[0]?.state !== 'waiting'
    assert.equal(notice !== undefined, recorded)
    if (notice !== undefined)
      assert.equal(Buffer.concat([...queue.content(notice.id)]).toString(), 'Subject: y\n\nfailed')
    outcomes.add(recorded ? 'recorded' : 'not recorded')
    await queue.close()
  }
  assert.deepEqual([...outcomes].sort(), ['not recorded', 'recorded'])
})

test('another key: nothing is read, and nothing is touched', async () => {
  const world = new QueueWorld(new Random(SEED))
  await world.open()
  await world.submit(100)
  const before = world.disk.files()
  const { disk, clock } = world
  await assert.rejects(
    openQueue({ disk, clock, directory: DIRECTORY, key: Buffer.alloc(32, 1), limits: LIMITS }),
    QueueKeyError,
  )
  assert.deepEqual(world.disk.files(), before)
  world.stop('kill')
  await world.open()
})

/** Flips a bit in every file of the log, behind everybody's back. */
function damage(world: QueueWorld, at: number): void {
  for (const path of world.disk.files().filter((name) => name.includes('/log/') && !name.endsWith('spare'))) {
    const file = world.disk.file(path)
    const byte = Buffer.alloc(1)
    if (file.read(byte, at) === 0) continue
    byte[0] = (byte[0] as number) ^ 4
    file.corrupt(at, byte)
  }
}

test('damage costs the messages it hits, is told, and nothing else', async () => {
  for (const at of [8, 20, 4096, 4096 + 70, 2 * 4096 + 10, 3 * 4096 + 100]) {
    const world = new QueueWorld(new Random(SEED))
    await world.open()
    const ids: QueueId[] = []
    using watch = world.queue.watch((id) => ids.push(id))
    for (let count = 0; count < 6; count++) await world.submit(1000)
    watch[Symbol.dispose]()
    await world.queue.close()
    damage(world, at)
    const { disk, clock } = world
    const queue = await openQueue({ disk, clock, directory: DIRECTORY, key: KEY, limits: LIMITS })
    const hit = at < 4096 ? 0 : 1
    assert.equal(queue.count, ids.length - hit, `damage at ${at}`)
    assert.equal(queue.damage.length, hit)
    for (const { id } of queue.messages()) assert.equal([...queue.content(id)].length, 1)
    await queue.close()
  }
})

test('files of the log do not pile up behind a message that waits', async () => {
  const world = new QueueWorld(new Random(SEED))
  await world.open()
  assert.ok(await world.submit(4000))
  const [waiting] = [...world.queue.messages()].map(({ id }) => id)
  for (let turn = 0; turn < 60; turn++) {
    await world.submit(4000)
    for (const { id } of world.queue.messages()) if (id !== waiting) await world.queue.cancel(id)
  }
  const logs = world.disk.list(`${DIRECTORY}/log`)
  assert.ok(logs.length <= 5, `${logs.length} files`)
  assert.equal(world.queue.count, 1)
  const id = waiting as QueueId
  const content = Buffer.concat([...world.queue.content(id)])
  world.stop('crash')
  const options = { disk: world.disk, clock: world.clock, directory: DIRECTORY, key: KEY, limits: LIMITS }
  const queue = await openQueue(options)
  assert.deepEqual(
    [...queue.messages()].map((message) => message.id),
    [id],
  )
  assert.ok(Buffer.concat([...queue.content(id)]).equals(content))
})
