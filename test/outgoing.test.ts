// Sending, with what it runs on: a courier process with its queue on the real disk, a relay that fails in every way, and kill -9.

import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { SmtpSink } from '#platform/smtp-sink.test-support.ts'
import { temporaryDirectory } from './harness.ts'

const ROUNDS = 5
const PER_ROUND = 25
const STEPS = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', '.']

interface Told {
  readonly ready?: true
  readonly taken?: string
  readonly count?: number
}

class CourierProcess {
  readonly #child: ChildProcess
  readonly taken: string[]
  #heard: (told: Told) => void = () => undefined

  constructor(directory: string, port: number, taken: string[]) {
    this.taken = taken
    this.#child = fork(path.join(import.meta.dirname, 'courier-process.test-support.ts'), [directory, String(port)], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    this.#child.on('message', (told: Told) => {
      if (told.taken !== undefined) this.taken.push(told.taken)
      this.#heard(told)
    })
  }

  until(condition: (told: Told) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#child.once('exit', (code) => reject(new Error(`the courier ended with ${code}`)))
      this.#heard = (told) => {
        if (condition(told)) resolve()
      }
    })
  }

  send(message: unknown): void {
    if (this.#child.connected) this.#child.send(message as object)
  }

  async kill(): Promise<void> {
    const exit = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await exit
  }

  async stop(): Promise<void> {
    const exit = new Promise((resolve) => this.#child.once('exit', resolve))
    this.send('stop')
    assert.equal(await exit, 0)
  }
}

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)] as T
}

/** A relay that fails one time in four: says later, hangs up, or takes a message and hangs up before it says so. */
function misbehave(sink: SmtpSink): (command: string) => string | null {
  return (command) => {
    if (Math.random() > 0.07 || !STEPS.includes(command)) return null
    if (command === '.' && Math.random() < 0.5) return 'close'
    sink.failures++
    return pick(['close', '421 4.3.0 later', '451 4.3.0 later'])
  }
}

test('every message that was taken arrives, whatever the relay does and whenever the courier is killed', async (t) => {
  using directory = temporaryDirectory()
  const queueDirectory = path.join(directory.path, 'queue')
  const sink = await SmtpSink.listen({ extensions: ['PIPELINING', '8BITMIME'] })
  t.after(() => sink.close())
  sink.misbehave = misbehave(sink)
  const taken: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const courier = new CourierProcess(queueDirectory, sink.port, taken)
    await courier.until((told) => told.ready === true)
    const enough = taken.length + Math.floor(Math.random() * PER_ROUND)
    const some = courier.until(() => taken.length >= enough)
    for (let count = 0; count < PER_ROUND; count++) {
      const subject = `Subject: ${round}-${count} `.padEnd(40)
      const text = `${subject}\r\n\r\n${'.line\r\n'.repeat(pick([1, 100, 20_000]))}`
      courier.send({ text, recipients: ['a@example.net', 'b@example.com'] })
    }
    await some.catch(() => undefined)
    await courier.kill()
  }
  assert.ok(taken.length > ROUNDS, `${taken.length} messages`)
  assert.ok(sink.failures > 0, `${sink.failures} failures`)
  sink.misbehave = () => null
  const courier = new CourierProcess(queueDirectory, sink.port, taken)
  await courier.until((told) => told.ready === true)
  const empty = courier.until(({ count }) => {
    if (count !== 0) setTimeout(() => courier.send('count'), 20)
    return count === 0
  })
  courier.send('count')
  await empty
  await courier.stop()
  const arrived = new Map<string, number>()
  for (const { data, recipients } of sink.messages) {
    const text = data.toString('latin1')
    assert.match(text, /^Subject: [^\r]*\r\n\r\n(?:\.line\r\n)+$/, 'whole, and as it was')
    for (const recipient of recipients) {
      const key = `${text.slice(0, 40)} ${recipient}`
      arrived.set(key, (arrived.get(key) ?? 0) + 1)
    }
  }
  for (const one of taken) {
    for (const recipient of ['a@example.net', 'b@example.com']) assert.ok(arrived.has(`${one} ${recipient}`), one)
  }
  const twice = [...arrived.values()].filter((count) => count > 1).length
  // What was under way when it was killed, and replies that were lost.
  assert.ok(twice <= ROUNDS * 20 * 2 + sink.failures, `${twice} arrived more than once`)
})
