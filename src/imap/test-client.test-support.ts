// A client without a socket: drives a session's engine, and plays scripts against it.

import assert from 'node:assert/strict'
import { ImapEngine } from './engine.ts'
import type { SessionHost } from '#base/session-host.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { type SharedAccount, shareAccount } from './shared-account.ts'

export class TestClient implements SessionHost {
  readonly engine: ImapEngine
  hasEnded = false
  readonly failures: unknown[] = []
  nowMs = Date.UTC(2026, 10, 20)
  /** Set to make the client read slowly: `send` then waits for it. */
  drain: Promise<void> | null = null
  sentBytes = 0
  #output: Buffer[] = []

  constructor(shared: SharedAccount, messageBytesMax = 1_000_000, isReadOnly = false) {
    this.engine = new ImapEngine(shared, this, { messageBytesMax, isReadOnly })
  }

  send(bytes: Buffer): Promise<void> | null {
    this.#output.push(Buffer.from(bytes))
    this.sentBytes += bytes.length
    return this.drain
  }

  end(): void {
    this.hasEnded = true
  }

  fail(error: unknown): void {
    this.failures.push(error)
  }

  pause(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  now(): number {
    return this.nowMs
  }

  monotonic(): number {
    return performance.now()
  }

  /** All that came since the last look, one character for each byte. */
  take(): string {
    const text = Buffer.concat(this.#output).toString('latin1')
    this.#output = []
    return text
  }

  /** Sends text (one byte for each character) and gives what comes back. */
  async say(text: string): Promise<string> {
    await this.engine.receive(Buffer.from(text, 'latin1'))
    assert.deepEqual(this.failures, [])
    return this.take()
  }

  /** A line, answered. */
  async command(line: string): Promise<string> {
    return this.say(`${line}\r\n`)
  }
}

export function newClient(account = new MemoryAccount()): TestClient {
  return new TestClient(shareAccount(account))
}

/**
 * Plays `C: ` lines, and expects exactly the `S: ` lines after each. Lines without either continue the one before, after a line
 * break, so that literals can be written. The first line's indentation is that of the script, and not part of its lines.
 */
export async function play(client: TestClient, script: string): Promise<void> {
  const steps: { said: string; expected: string }[] = []
  let into: 'said' | 'expected' = 'said'
  const indent = /^\n?( *)/.exec(script)?.[1] ?? ''
  for (const raw of script.trim().split('\n')) {
    const line = raw.startsWith(indent) ? raw.slice(indent.length) : raw
    if (line.startsWith('C: ')) {
      if (into === 'expected' || steps.length === 0) steps.push({ said: '', expected: '' })
      into = 'said'
    } else if (line.startsWith('S: ')) into = 'expected'
    const step = steps.at(-1)
    assert(step !== undefined, 'a script begins with the client')
    step[into] += `${/^[CS]: /.test(line) ? line.slice(3) : line}\r\n`
  }
  for (const { said, expected } of steps) assert.equal(await client.say(said), expected, `after ${said}`)
}
