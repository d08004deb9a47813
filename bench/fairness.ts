// What one user's long commands cost another: ann fetches, searches, sorts and threads a mailbox of an account of 100,000 messages, all at once and without
// a pause, on a whole Mailkeep; bob, and another session of ann's, meanwhile do what a mail program does when somebody reads mail. How long each of their commands takes, in the
// 99th percentile: under 100 ms is wanted.
//
// MESSAGES=n for another number than 100,000; SECONDS=n for another time than 60; ORIGINALS=n: only so many are messages of their own, and the others copies of them,
// which are made in much less time.

import { type ChildProcess, fork } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { startMailkeep } from '../test/harness.ts'
import { PLANTED, plainMessages } from './corpus.ts'
import type { FromLoad, ToLoad } from './fairness-load.ts'
import { ImapLoad, type ImapTarget } from './load-imap.ts'
import { sleep } from './peers/server.ts'
import { fillStopped } from './stopped-mailkeep.ts'

const MESSAGES = Number(process.env['MESSAGES'] ?? 100_000)
const SECONDS = Number(process.env['SECONDS'] ?? 60)
const ORIGINALS = Math.min(MESSAGES, Number(process.env['ORIGINALS'] ?? MESSAGES))
const LIMIT_MS = 100
const PASSWORD = 'correct horse battery'
const [ANN, BOB] = ['ann@example.org', 'bob@example.org']
const MAILBOX = 'Archive'
const BOBS_MESSAGES = 1_000
const BETWEEN_MS = 5

/** One connection each. */
const LOADS: readonly (readonly string[])[] = [
  ['FETCH 1:* (ENVELOPE BODY[])'],
  ['FETCH 1:* (UID FLAGS ENVELOPE BODYSTRUCTURE)', 'FETCH 1:* BODY.PEEK[HEADER]'],
  [
    `SEARCH TEXT ${PLANTED.middle.word}`,
    'SEARCH TEXT re',
    `SEARCH BODY ${PLANTED.rare.word}`,
    'SEARCH TEXT the NOT FROM a',
    'SEARCH RETURN (COUNT) HEADER Message-ID example',
  ],
  ['SORT (SUBJECT REVERSE DATE) UTF-8 ALL', 'THREAD REFERENCES UTF-8 ALL', 'THREAD ORDEREDSUBJECT UTF-8 ALL'],
]

/** What a reader does, in turns: `#` is a message. */
const READING = [
  'NOOP',
  'SELECT',
  'FETCH # (UID FLAGS ENVELOPE)',
  'FETCH # BODY.PEEK[]',
  'STORE # +FLAGS (\\Flagged)',
  'STORE # -FLAGS (\\Flagged)',
] as const

function percentile(times: readonly number[], part: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0
}

interface Reader {
  readonly name: string
  readonly target: ImapTarget
  readonly mailbox: string
  readonly messages: number
}

/** How long each command of the reader took, by command. */
async function read({ target, mailbox, messages }: Reader, untilMs: number): Promise<ReadonlyMap<string, number[]>> {
  using connection = await ImapLoad.login(target)
  await connection.command(`SELECT ${mailbox}`)
  const times = new Map<string, number[]>(READING.map((command) => [command, []]))
  for (let round = 0; performance.now() < untilMs; round++) {
    const command = READING[round % READING.length] as string
    const number = 1 + ((Math.floor(round / READING.length) * 7919) % messages)
    const text = command === 'SELECT' ? `SELECT ${mailbox}` : command.replace('#', String(number))
    const begun = performance.now()
    await connection.command(text)
    times.get(command)?.push(performance.now() - begun)
    await sleep(BETWEEN_MS)
  }
  return times
}

/** False if it took too long. */
function report(name: string, times: ReadonlyMap<string, number[]>, limitMs: number): boolean {
  const all: number[] = []
  let isKept = true
  for (const [command, some] of [...times, ['all', all] as const]) {
    if (command !== 'all') all.push(...some)
    const sorted = [...some].sort((a, b) => a - b)
    const [middle, high, highest] = [percentile(sorted, 0.5), percentile(sorted, 0.99), sorted.at(-1) ?? 0]
    if (high >= limitMs) isKept = false
    const text = `${middle.toFixed(1).padStart(8)} ${high.toFixed(1).padStart(8)} ${highest.toFixed(1).padStart(8)} ms`
    console.log(`${`${name}: ${command}`.padEnd(52)} ${text}  ${sorted.length}`)
  }
  return isKept
}

async function measure(readers: readonly Reader[], limitMs: number, note: string): Promise<boolean> {
  const untilMs = performance.now() + SECONDS * 1000
  const all = await Promise.all(readers.map((reader) => read(reader, untilMs)))
  return readers
    .map(({ name }, at) => report(`${name}, ${note}`, all[at] as Map<string, number[]>, limitMs))
    .every(Boolean)
}

function startLoad(load: ToLoad, done: (command: string, ms: number) => void): Promise<ChildProcess> {
  const child = fork(path.join(import.meta.dirname, 'fairness-load.ts'))
  child.send(load)
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('a client has ended')))
    child.on('message', (message: FromLoad) => {
      if (message.kind === 'begun') resolve(child)
      else done(message.command, message.ms)
    })
  })
}

console.log(`${MESSAGES} messages, load ${os.loadavg()[0]?.toFixed(2)}, ${os.availableParallelism()} processors`)
await using mailkeep = await startMailkeep({ accounts: { [BOB]: PASSWORD } })
const code = await mailkeep.addAccount(ANN, PASSWORD)
await mailkeep.stop()
await fillStopped(mailkeep, code, ORIGINALS)
await mailkeep.start()
const ann: ImapTarget = { port: mailkeep.ports.imap, user: ANN, password: PASSWORD }
const bob: ImapTarget = { ...ann, user: BOB }
// Its index is made at the first login.
while (
  !(await mailkeep.cli(['account', 'unlock', ANN, '--password-stdin'], { input: `${PASSWORD}\n` })).stdout.includes(
    'is unlocked',
  )
);
using kept = await ImapLoad.login(ann)
{
  using connection = await ImapLoad.login(bob)
  await connection.fill(
    'INBOX',
    Array.from(plainMessages(BOBS_MESSAGES, 2_000), (bytes) => ({ bytes })),
  )
}
let count = await kept.count(MAILBOX)
await kept.command(`SELECT ${MAILBOX}`)
while (ORIGINALS < MESSAGES && count < MESSAGES) {
  await kept.command(`COPY 1:${Math.min(count, MESSAGES - count)} ${MAILBOX}`)
  count = await kept.count(MAILBOX)
}
console.log(
  `${count} messages in the mailbox that is read all the time; columns: median, 99th percentile, longest, how many`,
)
const readers: readonly Reader[] = [
  { name: 'bob', target: bob, mailbox: 'INBOX', messages: BOBS_MESSAGES },
  { name: 'ann', target: ann, mailbox: MAILBOX, messages: count },
]
await measure(readers, Infinity, 'alone')
const commands = new Map<string, number[]>()
const loads = await Promise.all(
  LOADS.map((some) =>
    startLoad({ target: ann, mailbox: MAILBOX, commands: some }, (command, ms) => {
      commands.set(command, [...(commands.get(command) ?? []), ms])
    }),
  ),
)
const isKept = await measure(readers, LIMIT_MS, 'meanwhile')
for (const child of loads) child.kill()
for (const [command, times] of commands) {
  const sum = times.reduce((a, b) => a + b, 0)
  console.log(
    `${`meanwhile, ${command}`.padEnd(60)} ${times.length} times, ${(sum / times.length / 1000).toFixed(1)} s`,
  )
}
if (!isKept) {
  console.log(`MISSED: the 99th percentile is to be under ${LIMIT_MS} ms`)
  process.exitCode = 1
}
