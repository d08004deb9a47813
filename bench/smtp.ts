// What one core takes in by SMTP when neither network nor disk is in the way: the engine alone, with a sink that does nothing.
// `sh tools/run bench/smtp.ts` prints it by itself.

import v8 from 'node:v8'
import vm from 'node:vm'
import { SmtpEngine, type SmtpEngineOptions } from '#smtp/engine.ts'
import type { MessageSink, SmtpHost } from '#smtp/host.ts'

const PIECE_BYTES = 65_536
const LARGE_BYTES = 10 * 1_048_576
const SMALL_BYTES = 10_240
const ROUNDS = 7
const TRANSACTIONS = 5_000
const IDLE_SESSIONS = 10_000

const options: SmtpEngineOptions = {
  hostname: 'mx.example.org',
  peerAddress: '192.0.2.7',
  tls: null,
  offersStartTls: true,
  limits: { transactionsMax: 1_000_000 },
}

const sink: MessageSink = { write: () => null, commit: () => ({ kind: 'accepted', id: 'x' }), abort() {} }

const host: SmtpHost = {
  send: () => null,
  end() {},
  fail(error) {
    throw error
  },
  pause: () => Promise.resolve(),
  now: () => 0,
  monotonic: () => performance.now(),
  delay: () => Promise.resolve(),
  startTls() {},
  note(event) {
    throw new Error(event)
  },
  checkSender: () => ({ kind: 'accepted' }),
  checkRecipient: () => ({ kind: 'accepted', target: null }),
  openMessage: () => sink,
}

const ENVELOPE = Buffer.from('MAIL FROM:<a@example.net>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n')
const END = Buffer.from('.\r\n')

async function newSession(): Promise<SmtpEngine> {
  const engine = new SmtpEngine(host, options)
  engine.greeting()
  await engine.receive(Buffer.from('EHLO client.example.net\r\n'))
  return engine
}

function message(sizeBytes: number, line: string): Buffer {
  const bytes = Buffer.alloc(sizeBytes, 'x')
  let at = bytes.write('Subject: x\r\n\r\n')
  for (; at + line.length <= sizeBytes - 2; at += line.length) bytes.write(line, at, 'latin1')
  bytes.write('\r\n', sizeBytes - 2)
  return bytes
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[values.length >> 1] as number
}

/** 10^6 bytes per second. The engine overwrites what it is given, so that each piece is copied first, unmeasured. */
async function throughput(line: string): Promise<number> {
  const engine = await newSession()
  const content = message(LARGE_BYTES, line)
  const piece = Buffer.alloc(PIECE_BYTES)
  const rates: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await engine.receive(Buffer.from(ENVELOPE))
    let spentMs = 0
    for (let at = 0; at < content.length; at += PIECE_BYTES) {
      content.copy(piece, 0, at)
      const start = performance.now()
      await engine.receive(piece)
      spentMs += performance.now() - start
    }
    await engine.receive(Buffer.from(END))
    rates.push(LARGE_BYTES / 1_000 / spentMs)
  }
  return median(rates)
}

async function transactionsPerSecond(): Promise<number> {
  const engine = await newSession()
  const content = Buffer.concat([message(SMALL_BYTES, `${'lorem ipsum '.repeat(6)}\r\n`), END])
  const rates: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    for (let count = 0; count < TRANSACTIONS; count++) {
      await engine.receive(Buffer.from(ENVELOPE))
      await engine.receive(Buffer.from(content))
    }
    rates.push((TRANSACTIONS * 1_000) / (performance.now() - start))
  }
  return median(rates)
}

v8.setFlagsFromString('--expose-gc')
const collectGarbage = vm.runInNewContext('gc') as () => void

function usedBytes(): number {
  collectGarbage()
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

async function idleBytes(): Promise<number> {
  const before = usedBytes()
  const sessions: SmtpEngine[] = []
  for (let count = 0; count < IDLE_SESSIONS; count++) sessions.push(await newSession())
  return Math.round((usedBytes() - before) / sessions.length)
}

const row = (name: string, figure: string): void => console.log(`${name.padEnd(48)} ${figure.padStart(16)}`)

// First, while there is no garbage of the others.
row('memory per idle session', `${await idleBytes()} bytes`)
for (const [name, line] of [
  ['DATA, lines of 76 bytes', `${'x'.repeat(74)}\r\n`],
  ['DATA, lines of 5 bytes', 'abc\r\n'],
  ['DATA, nothing but stuffed dots', '..\r\n'],
] as const) {
  row(name, `${(await throughput(line)).toFixed(0)} MB/s`)
}
row('transactions with 10 KB each', `${(await transactionsPerSecond()).toFixed(0)} /s`)
