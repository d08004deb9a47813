// Processes are killed at any moment while mail is delivered, appended and flagged. What was acknowledged is there: every message, once, byte for
// byte, and every flag; the logs verify, and every signed checkpoint extends the one before.
//
// CRASH_SEED=… repeats which processes are killed in which order; moments are the machine's.

import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectUnix } from '#platform/net.ts'
import { CallClient } from '#protocol/call-client.ts'
import { type SystemStatus, supervisorSchema } from '#protocol/supervisor.ts'
import { CheckpointMemory } from './crash-checkpoints.ts'
import { CrashClients, readInbox } from './crash-clients.ts'
import { CrashModel } from './crash-model.ts'
import { type Mailkeep, startMailkeep } from './harness.ts'

const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 200)
const SEED = Number(process.env['CRASH_SEED'] ?? Date.now() % 1e9)
const CHECK_EVERY = 100
/** The supervisor, every other time with all that it has started. */
const SUPERVISOR_EVERY = 50
/** What must have happened between two rounds, so that something is under way. */
const ACKNOWLEDGEMENTS = 2
/** Of what is killed while it starts, or with another process in the same moment. */
const EARLY_SHARE = 0.15
const DOUBLE_SHARE = 0.15
/** As long as the supervisor takes a process for one that fails at its start. */
const STEADY_MS = 2_500
const ACCOUNTS = ['ada@example.org', 'bob@example.org'] as const
const PASSWORD = 'a long pass phrase'
const WAIT_MS = 120_000
const FILED_MS = 20_000

let mailkeep: Mailkeep

before(async () => {
  mailkeep = await startMailkeep({
    accounts: Object.fromEntries(ACCOUNTS.map((account) => [account, PASSWORD])),
    config: 'vaults: 2\n',
  })
})
after(() => mailkeep[Symbol.asyncDispose]())

/** A generator of Lehmer's sort: 0 up to, not including, 1. */
function randomFrom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Null: the supervisor cannot be asked. */
async function statusNow(): Promise<SystemStatus | null> {
  const socket = path.join(mailkeep.directory, 'run/supervisor.admin.sock')
  const client = new CallClient(supervisorSchema, { connect: () => connectUnix(socket) })
  try {
    const answer = await client.call({ kind: 'status' })
    return answer.kind === 'status' ? answer : null
  } catch {
    return null
  } finally {
    client.close()
  }
}

async function until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + WAIT_MS
  while (!(await condition())) {
    if (Date.now() > deadline) assert.fail(`${what} does not happen`)
    await sleep(20)
  }
}

test(`${ROUNDS} rounds of kill -9 on any process`, async (context) => {
  context.diagnostic(`CRASH_SEED=${SEED}`)
  const random = randomFrom(SEED)
  const model = new CrashModel()
  const checkpoints = new CheckpointMemory(path.join(mailkeep.directory, 'ledger'))
  const { signal } = context
  const clients = new CrashClients({ model, ports: mailkeep.ports, random, password: PASSWORD, pauseMs: 60, signal })
  const begin = (): void => {
    for (let number = 0; number < 2; number++) clients.deliver([[ACCOUNTS[0]], [ACCOUNTS[1]], ACCOUNTS])
    for (const account of ACCOUNTS) {
      clients.append(account)
      clients.store(account)
    }
  }
  const kills = new Map<string, number>()
  const kill = (name: string, pid: number): void => {
    kills.set(name, (kills.get(name) ?? 0) + 1)
    killIfThere(pid)
  }

  begin()
  for (let round = 1; round <= ROUNDS; round++) {
    signal.throwIfAborted()
    const { acknowledgements } = model
    await until('an acknowledgement', () => model.acknowledgements >= acknowledgements + ACKNOWLEDGEMENTS)
    await sleep(random() * 60)
    const status = await statusNow()
    assert(status !== null, 'the supervisor answers')
    if (round % SUPERVISOR_EVERY === SUPERVISOR_EVERY / 2) {
      kill('supervisor', status.pid)
      if (round % (2 * SUPERVISOR_EVERY) === SUPERVISOR_EVERY / 2)
        for (const { name, pid } of status.processes) if (pid !== 0) kill(name, pid)
      await mailkeep.start()
    } else {
      const count = random() < DOUBLE_SHARE ? 2 : 1
      for (const { name, pid } of victims(status, random).slice(0, count)) kill(name, pid)
    }
    if (round % CHECK_EVERY !== 0 && round < ROUNDS) continue
    await clients.stop()
    await until('readiness', async () => (await statusNow())?.isReady === true)
    for (const account of ACCOUNTS) await checkInbox(model, account)
    await mailkeep.mustCli(['verify'])
    const count = checkpoints.check()
    const lost = [...model.offered.values()].reduce((sum, offered) => sum + offered.lost, 0)
    context.diagnostic(
      `round ${round}: ${model.acknowledgements} acknowledged, ${lost} outcomes lost, ${count} checkpoints`,
    )
    if (round < ROUNDS) begin()
  }
  context.diagnostic([...kills].map(([name, count]) => `${name} ${count}`).join(', '))
})

/** Those that may be killed now, in the order in which they should be. */
function victims({ processes }: SystemStatus, random: () => number): SystemStatus['processes'][number][] {
  const isEarly = random() < EARLY_SHARE
  const shuffled = processes
    .filter(({ pid }) => pid !== 0)
    .map((one) => ({ one, rank: random() + (isEarly || one.uptimeMs > STEADY_MS ? 0 : 1) }))
    .toSorted((left, right) => left.rank - right.rank)
  return shuffled.map(({ one }) => one)
}

/** What was delivered a moment ago is filed in a moment. */
async function checkInbox(model: CrashModel, account: string): Promise<void> {
  let seen = await readInbox(mailkeep.ports.imap, account, PASSWORD)
  for (const deadline = Date.now() + FILED_MS; model.missing(account, seen).length > 0 && Date.now() < deadline;) {
    await sleep(200)
    seen = await readInbox(mailkeep.ports.imap, account, PASSWORD)
  }
  model.check(account, seen)
}

/** It may have ended by itself meanwhile. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has.
  }
}
