// What many sessions take that only wait: 2,000 connections by TLS to 500 accounts, all in IDLE, on a whole Mailkeep as `npm start` runs it, with nothing
// configured otherwise. How much more memory all of its processes have then than when nobody is served; and how soon each session of an account hears of a
// change. Passwords are stretched at their full cost, once for an account.
//
// ACCOUNTS=n, SESSIONS=n (of an account) and MESSAGES=n (in each) for other numbers than 500, 4 and 3.

import { type ChildProcess, fork } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { type Mailkeep, startMailkeep } from '../test/harness.ts'
import { ImapLoad, type ImapTarget } from './load-imap.ts'
import { sleep } from './peers/server.ts'
import { proportionalBytes, proportionalBytesOf } from './process-tree.ts'
import type { FromClients, ToClients } from './session-clients.ts'

const ACCOUNTS = Number(process.env['ACCOUNTS'] ?? 500)
const SESSIONS = Number(process.env['SESSIONS'] ?? 4)
const MESSAGES = Number(process.env['MESSAGES'] ?? 3)
const LIMIT_MB = 400
const PASSWORD = 'correct horse battery'
/** Processes of clients. */
const CLIENTS = 4
const ADDED_AT_ONCE = 4
/** What a start or a login needed only for a while has been given back by then. */
const SETTLED_MS = 15_000
const PUSHED_ACCOUNTS = 50
const MB = 2 ** 20

function report(what: string, value: string, note = ''): void {
  console.log(`${what.padEnd(52)} ${value.padStart(16)}  ${note}`)
}

async function addAccounts(mailkeep: Mailkeep): Promise<readonly string[]> {
  const addresses = Array.from({ length: ACCOUNTS }, (_, number) => `p${number}@example.org`)
  const left = addresses.values()
  await Promise.all(
    Array.from({ length: ADDED_AT_ONCE }, async () => {
      for (const address of left) await mailkeep.addAccount(address, PASSWORD)
    }),
  )
  return addresses
}

interface Memory {
  readonly all: number
  readonly processes: ReadonlyMap<string, number>
}

async function memoryOf(mailkeep: Mailkeep): Promise<Memory> {
  await sleep(SETTLED_MS)
  const { pid, processes } = await mailkeep.status()
  const all = proportionalBytes(pid)
  if (all === null) throw new Error('only root may see how much memory it uses')
  return { all, processes: new Map(processes.map((one) => [one.name, proportionalBytesOf(one.pid) ?? 0])) }
}

class Clients implements Disposable {
  readonly #children: readonly ChildProcess[]
  told: (user: string, atMs: number) => void = () => undefined

  constructor() {
    const file = path.join(import.meta.dirname, 'session-clients.ts')
    this.#children = Array.from({ length: CLIENTS }, () => fork(file))
  }

  /** Resolves when all of them wait. */
  async open(targets: readonly ImapTarget[]): Promise<void> {
    await Promise.all(
      this.#children.map(async (child, number) => {
        const mine = targets.filter((_, at) => at % CLIENTS === number)
        const opened = new Promise<void>((resolve, reject) => {
          child.on('message', (message: FromClients) => {
            if (message.kind === 'told') this.told(message.user, message.atMs)
            else if (message.problem === null) resolve()
            else reject(new Error(message.problem))
          })
          child.once('exit', () => reject(new Error('clients have ended')))
        })
        const accounts = mine.map((target) => ({ target, connections: SESSIONS, messages: MESSAGES }))
        child.send({ kind: 'open', accounts } satisfies ToClients)
        await opened
      }),
    )
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill()
  }
}

/** One more session of some accounts adds a message: how long after that was sent each of the others hears of it. */
async function pushes(clients: Clients, targets: readonly ImapTarget[]): Promise<void> {
  const first: number[] = []
  const last: number[] = []
  for (const target of targets.slice(0, PUSHED_ACCOUNTS)) {
    using connection = await ImapLoad.login(target)
    const heard: number[] = []
    const everybody = new Promise<void>((resolve) => {
      clients.told = (user, atMs) => {
        if (user === target.user && heard.push(atMs) === SESSIONS) resolve()
      }
    })
    const begun = Number(process.hrtime.bigint()) / 1e6
    await connection.append('INBOX', Buffer.from('Subject: One more\r\n\r\nText\r\n'))
    await everybody
    first.push((heard[0] as number) - begun)
    last.push((heard.at(-1) as number) - begun)
  }
  for (const times of [first, last]) times.sort((a, b) => a - b)
  const median = (times: readonly number[]): string => `${(times[times.length >> 1] as number).toFixed(1)} ms`
  report('a message appended: the first session hears of it', median(first), 'median')
  report(`… all ${SESSIONS} have heard of it`, median(last), `slowest: ${(last.at(-1) as number).toFixed(1)} ms`)
}

console.log(`${ACCOUNTS} accounts, ${SESSIONS} sessions each, load ${os.loadavg()[0]?.toFixed(2)}`)
await using mailkeep = await startMailkeep({ accounts: {} })
const addresses = await addAccounts(mailkeep)
await mailkeep.stop()
await mailkeep.start()
const idle = await memoryOf(mailkeep)
report('idle, all processes', `${(idle.all / MB).toFixed(0)} MB`, 'proportional set size')
const targets = addresses.map((user) => ({ port: mailkeep.ports.imaps, user, password: PASSWORD, isTls: true }))
using clients = new Clients()
await clients.open(targets)
const served = await memoryOf(mailkeep)
const more = (served.all - idle.all) / MB
const count = ACCOUNTS * SESSIONS
for (const [name, bytes] of served.processes) {
  const grown = bytes - (idle.processes.get(name) ?? 0)
  report(`  ${name}`, `+${(grown / MB).toFixed(1)} MB`, `${(grown / 1024 / count).toFixed(1)} KB for a session`)
}
report(`with ${count} sessions`, `+${more.toFixed(0)} MB`, `wanted: under ${LIMIT_MB} MB`)
await pushes(clients, targets)
if (more >= LIMIT_MB) {
  console.log('MISSED: see above')
  process.exitCode = 1
}
