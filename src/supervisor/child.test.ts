// What the supervisor does with a process that works, fails, hangs, asks for another, or does not end: with real processes, and time that the test lets pass.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, afterEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Clock } from '#platform/clock.ts'
import { Log } from '#platform/log.ts'
import type { ToProcess } from '#protocol/control.ts'
import { CannotStartError, Child } from './child.ts'

const PROGRAM = fileURLToPath(new URL('./child-program.test-support.ts', import.meta.url))
const PING_MS = 5_000
const nowhere = fs.openSync('/dev/null', 'w')
after(() => fs.closeSync(nowhere))

const init: ToProcess = {
  kind: 'mx',
  sockets: [],
  logLevel: 'error',
  connectionsMax: 1,
  perAddressMax: 1,
  hostname: 'localhost',
  tls: { certificatePem: '', privateKeyPem: '' },
  messageBytesMax: 1,
}

class TestClock implements Clock {
  #ms = 0
  readonly #timers = new Set<{ readonly at: number; readonly action: () => void }>()

  now(): number {
    return this.#ms
  }

  monotonic(): number {
    return this.#ms
  }

  after(delayMs: number, action: () => void): { cancel(): void } {
    const timer = { at: this.#ms + delayMs, action }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  pass(ms: number): void {
    this.#ms += ms
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (timer.at <= this.#ms && this.#timers.delete(timer)) timer.action()
    }
  }
}

interface Supervised {
  readonly child: Child
  readonly clock: TestClock
  readonly lines: string[]
}

const started: Supervised[] = []
afterEach(async () => {
  for (const { child, clock } of started.splice(0)) {
    const stopped = child.stop()
    clock.pass(60_000)
    await stopped
  }
})

function supervise(behaviour: string, command = process.execPath): Supervised {
  const clock = new TestClock()
  const lines: string[] = []
  const args = ['--disable-warning=ExperimentalWarning', PROGRAM, behaviour]
  const spec = {
    name: 'mx',
    command: { command, args, environment: { PATH: process.env['PATH'] ?? '' } },
    directory: import.meta.dirname,
    descriptors: [],
    log: nowhere,
    uid: null,
    init: () => init,
  }
  const child = new Child(spec, clock, new Log('supervisor', 'warn', (line) => void lines.push(line)))
  const supervised = { child, clock, lines }
  started.push(supervised)
  return supervised
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2))
}

test('a process that works is ready, tells how it is, and ends when it is told to', async () => {
  const { child, clock, lines } = supervise('good')
  await child.start()
  const { name, state, pid, restarts } = child.status
  assert.deepEqual([name, state, restarts, child.isReady], ['mx', 'running', 0, true])
  assert.ok(pid > 0 && (child.status.residentBytes ?? 1) > 0)
  clock.pass(PING_MS)
  await until(() => child.status.detail === 'well')
  assert.deepEqual([child.status.connections, child.status.uptimeMs], [3, PING_MS])
  await child.stop()
  assert.deepEqual([child.status.state, child.status.pid, child.isReady], ['stopped', 0, false])
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
  assert.deepEqual(lines, [])
})

test('one that fails at its start is started again after growing pauses, and not after it was stopped', async () => {
  const { child, clock, lines } = supervise('', '/bin/false')
  void child.start()
  const pauses: number[] = []
  while (pauses.length < 10) {
    await until(() => lines.length > pauses.length)
    assert.deepEqual([child.status.state, child.status.detail], ['waiting', 'ended with status 1'])
    const pause = Number(/ ended .*restartInMs=(\d+)/.exec(lines.at(-1) ?? '')?.[1])
    pauses.push(pause)
    clock.pass(pause - 1)
    assert.equal(child.status.state, 'waiting', 'not before its time')
    if (pauses.length < 10) clock.pass(1)
  }
  assert.deepEqual(pauses, [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000])
  assert.equal(child.status.restarts, 10)
  await child.stop()
  clock.pass(60_000)
  assert.deepEqual([child.status.state, child.status.pid], ['stopped', 0])
})

test('one that ends after it worked is there again in a moment, however it ended', async () => {
  const { child, clock, lines } = supervise('crashes')
  await child.start()
  const { pid } = child.status
  clock.pass(PING_MS)
  await until(() => child.status.state === 'waiting')
  assert.equal(child.status.detail, 'ended with status 3')
  assert.match(lines[0] ?? '', /error .* ended process=mx status=3 .*restartInMs=100$/)
  clock.pass(100)
  await until(() => child.isReady)
  assert.notEqual(child.status.pid, pid)
  process.kill(child.status.pid, 'SIGKILL')
  await until(() => child.status.state === 'waiting')
  assert.deepEqual([child.status.detail, child.status.restarts], ['ended with SIGKILL', 2])
})

test('one that hangs is killed, and started again', async () => {
  const { child, clock, lines } = supervise('deaf')
  await child.start()
  for (let passed = 0; passed < 60_000; passed += PING_MS) clock.pass(PING_MS)
  assert.ok(child.isReady, 'it is given a minute')
  clock.pass(PING_MS)
  await until(() => child.status.state === 'waiting')
  assert.match(lines[0] ?? '', /error .* hangs process=mx$/)
  assert.equal(child.status.detail, 'ended with SIGKILL')
})

test('one that does not end when it is told to is killed after a time', async () => {
  const { child, clock, lines } = supervise('deaf')
  await child.start()
  const { pid } = child.status
  const stopped = child.stop()
  clock.pass(19_999)
  assert.equal(child.status.state, 'stopping')
  process.kill(pid, 0)
  clock.pass(1)
  await stopped
  assert.match(lines[0] ?? '', /warn .* stop\.killed process=mx$/)
  assert.equal(child.status.state, 'stopped')
})

test('one that says that starting it again would not help is not started again, and its reason is told', async () => {
  const { child, clock } = supervise('refuses')
  await assert.rejects(child.start(), (error) => {
    assert.ok(error instanceof CannotStartError)
    assert.deepEqual([error.reason, error.message], ['ledgerDamaged', 'journal/0'])
    return true
  })
  clock.pass(60_000)
  assert.deepEqual([child.status.state, child.status.detail, child.status.restarts], ['stopped', 'cannot start', 0])
})

test('one that asks to be replaced is, at once, and that is no failure', async () => {
  const { child, clock, lines } = supervise('replaced')
  await child.start()
  const { pid } = child.status
  clock.pass(PING_MS)
  await until(() => child.isReady && child.status.pid !== pid)
  assert.deepEqual([child.status.restarts, lines], [0, []])
})
