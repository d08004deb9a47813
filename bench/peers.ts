// `npm run bench peers [-- MEASURE… --runs N --messages N]`: Mailkeep beside the servers it is to be compared with, in turn, in the same minutes on the
// same machine. A measure is named whole or by how its name begins (`smtp`, `fetch`); all of them if none is named.

import os from 'node:os'
import { parseArgs } from 'node:util'
import { type Measure, type Prepared, type Scale } from './measure.ts'
import { idleMeasure } from './measure-idle.ts'
import { imapMeasures } from './measures-imap.ts'
import { checkArrived, smtpMeasures } from './measures-smtp.ts'
import { startCyrus } from './peers/cyrus.ts'
import { startDovecot } from './peers/dovecot.ts'
import { startHaraka } from './peers/haraka.ts'
import { startMeasured } from './peers/mailkeep.ts'
import { startPostfix } from './peers/postfix.ts'
import { PeerMissing, type Server } from './peers/server.ts'
import { type Measured, type Outcome, heading, rowOf, summary } from './peers-table.ts'
import { cpuMs } from './process-tree.ts'

/** Memory first, while no load has made any process larger. */
const measures: readonly Measure[] = [idleMeasure, ...smtpMeasures, ...imapMeasures]

const peers: readonly { readonly for: 'smtp' | 'imap' | 'both'; readonly start: () => Promise<Server> }[] = [
  { for: 'smtp', start: startHaraka },
  { for: 'smtp', start: startPostfix },
  { for: 'both', start: startDovecot },
  { for: 'imap', start: startCyrus },
]

interface Request {
  readonly chosen: readonly Measure[]
  readonly runs: number
  readonly scale: Scale
}

function parseRequest(): Request | string {
  let values: { readonly runs: string; readonly messages: string }
  let positionals: readonly string[]
  try {
    ;({ values, positionals } = parseArgs({
      allowPositionals: true,
      options: { runs: { type: 'string', default: '5' }, messages: { type: 'string', default: '20000' } },
    }))
  } catch (error) {
    return (error as Error).message
  }
  const runs = Number(values.runs)
  const messages = Number(values.messages)
  if (!Number.isSafeInteger(runs) || runs < 1) return '--runs: a number from 1'
  if (!Number.isSafeInteger(messages) || messages < 10) return '--messages: a number from 10'
  const unknown = positionals.find((wanted) => measures.every(({ name }) => !isMeant(name, wanted)))
  if (unknown !== undefined)
    return `There is no measure ${unknown}. There are: ${measures.map(({ name }) => name).join(', ')}`
  const chosen = measures.filter(
    ({ name }) => positionals.length === 0 || positionals.some((wanted) => isMeant(name, wanted)),
  )
  return { chosen, runs, scale: { messages } }
}

function isMeant(name: string, wanted: string): boolean {
  return name === wanted || (name.startsWith(wanted) && measures.every((measure) => measure.name !== wanted))
}

async function measureAll({ chosen, runs, scale }: Request): Promise<void> {
  await using started = new AsyncDisposableStack()
  // Who interrupts it leaves no server behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void started.disposeAsync().finally(() => process.exit(1)))
  const wants = {
    smtp: chosen.some((at) => smtpMeasures.includes(at)),
    imap: chosen.some((at) => !smtpMeasures.includes(at)),
  }
  const servers: Server[] = [started.use(await startMeasured())]
  for (const peer of peers) {
    if (peer.for === 'both' ? !(wants.smtp || wants.imap) : !wants[peer.for]) continue
    try {
      servers.push(started.use(await peer.start()))
    } catch (error) {
      if (!(error instanceof PeerMissing)) throw error
      console.log(error.message)
    }
  }
  console.log(conditions(runs, scale))
  console.log(heading)
  const outcomes: Outcome[] = []
  for (const measure of chosen) {
    const measured = await measureOne(measure, servers, measure.isOnce === true ? 1 : runs, scale)
    const outcome = rowOf(measure, measured)
    outcomes.push(outcome)
    console.log(outcome.text)
  }
  for (const server of servers) {
    await checkArrived(server).catch((error: unknown) => {
      outcomes.push({ text: '', result: 'failed', measure: 'arrival' })
      console.log((error as Error).message)
    })
  }
  console.log(summary(outcomes))
  console.log(`load at the end ${os.loadavg()[0]?.toFixed(1)}`)
  if (outcomes.some(({ result }) => result === 'failed')) process.exitCode = 1
}

function conditions(runs: number, { messages }: Scale): string {
  const load = os.loadavg()[0]?.toFixed(1)
  const cpus = os.cpus()
  return `\n${cpus.length} × ${cpus[0]?.model ?? 'CPU'}, load at the start ${load}; ${runs} runs in turn, ${messages} messages; state in ${os.tmpdir()}\n`
}

async function measureOne(
  measure: Measure,
  servers: readonly Server[],
  runs: number,
  scale: Scale,
): Promise<readonly Measured[]> {
  const entrants: { readonly server: Server; readonly prepared: Prepared; readonly measured: MutableMeasured }[] = []
  const failed: Measured[] = []
  for (const server of servers) {
    try {
      const prepared = await measure.prepare(server, scale)
      if (prepared === null) continue
      if (prepared.warmsUp === true) await warmUp(prepared)
      entrants.push({ server, prepared, measured: { name: server.name, values: [], cpuMs: [], failure: null } })
    } catch (error) {
      failed.push({ name: server.name, values: [], cpuMs: [], failure: String(error) })
    }
  }
  for (let run = 0; run < runs; run++) {
    // Who goes first changes: what one leaves for the disk to do is not always in the way of the same next one.
    for (let turn = 0; turn < entrants.length; turn++) {
      const { server, prepared, measured } = entrants[(turn + run) % entrants.length] as (typeof entrants)[number]
      if (measured.failure !== null) continue
      try {
        await prepared.before?.()
        const before = cpuMs(server.pid)
        const { value, operations } = await prepared.run()
        await prepared.settled?.()
        measured.values.push(value)
        if (operations > 0) measured.cpuMs.push((cpuMs(server.pid) - before) / operations)
      } catch (error) {
        measured.failure = String(error)
      }
    }
  }
  for (const { prepared, measured } of entrants) {
    if (measured.failure === null)
      await prepared.check?.().catch((error: unknown) => (measured.failure = String(error)))
    prepared[Symbol.dispose]()
  }
  return [...entrants.map(({ measured }) => measured), ...failed]
}

async function warmUp(prepared: Prepared): Promise<void> {
  await prepared.before?.()
  await prepared.run()
  await prepared.settled?.()
}

interface MutableMeasured extends Measured {
  readonly values: number[]
  readonly cpuMs: number[]
  failure: string | null
}

const request = parseRequest()
if (typeof request === 'string') {
  console.error(request)
  process.exitCode = 2
} else {
  await measureAll(request)
}
