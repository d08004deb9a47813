// `npm run conformance [peers] [-- --only TEXT]`: every case against a running Mailkeep; with `peers` against Dovecot and Cyrus, too, which shows whether
// the suite itself is fair. `--only`: cases whose section or name contains the text, without the check of verdicts.
//
// `npm run conformance stress [peers] [-- --seed N] [--minutes N] [--server NAME] [--without KIND] [--trace FILE]`: ten clients in one mailbox (stress/run.ts), for one
// minute with each server if nothing is said.
//
// `npm run conformance fuzz [-- --seed N] [--inputs N]`: IMAP's command reader and parser, guided by coverage (fuzz/run.ts); 100,000 inputs if nothing is
// said.
//
// `npm run conformance import`: from Dovecot by mbsync (import.ts); MESSAGES in the environment says how many, 50,000 if nothing is said.

import fs from 'node:fs'
import { parseArgs } from 'node:util'
import { startCyrus } from '../bench/peers/cyrus.ts'
import { startDovecot } from '../bench/peers/dovecot.ts'
import { startMeasured } from '../bench/peers/mailkeep.ts'
import { PeerMissing, type Server as Measured } from '../bench/peers/server.ts'
import { nameOf } from './case.ts'
import { cases } from './cases/all.ts'
import { fuzz } from './fuzz/run.ts'
import { importAll } from './import.ts'
import { type Result, differences, surprises, table } from './report.ts'
import { CaseRunner } from './run-case.ts'
import { stress } from './stress/run.ts'
import { verdicts } from './verdicts.ts'
import { type Server, connectTo } from './wire.ts'

/** What they can do beside what they do by default. */
const DOVECOT = `
auth_failure_delay = 0
mail_plugins = acl quota
mail_attribute_dict = file:%h/attributes
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
protocol imap {
  mail_plugins = acl quota imap_acl imap_quota imap_zlib
  imap_metadata = yes
}
plugin {
  acl = vfile
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=1G
}
`
/** A mailbox that is deleted for the second time within a second clashes with the one that it keeps of the first. */
const CYRUS = 'delete_mode: immediate\nconversations: yes\n'

const starters: Readonly<Record<string, () => Promise<Measured>>> = {
  Mailkeep: startMeasured,
  Dovecot: () => startDovecot(DOVECOT),
  Cyrus: () => startCyrus(CYRUS),
}

async function onServers(names: readonly string[], work: (server: Server) => Promise<void>): Promise<void> {
  for (const name of names) {
    const start = starters[name]
    if (start === undefined) throw new Error(`there is no server ${name}: ${Object.keys(starters).join(', ')}`)
    try {
      await using measured = await start()
      if (measured.imap === null) continue
      const { port, user, password } = measured.imap
      await work({ name, user, password, connect: () => connectTo(port) })
    } catch (error) {
      if (!(error instanceof PeerMissing)) throw error
      console.log(error.message)
      process.exitCode = 1
    }
  }
}

async function askCases(names: readonly string[], only: string | undefined): Promise<void> {
  const chosen = cases.filter((one) => only === undefined || nameOf(one).includes(only))
  const results: Result[] = []
  await onServers(names, async (server) => {
    using runner = await CaseRunner.on(server)
    for (const one of chosen) results.push({ server: server.name, one, outcome: await runner.run(one) })
  })
  console.log(`${table(results)}\n\npassed / failed / not applicable\n`)
  if (names.length > 1) console.log(`${differences(results, verdicts)}\n`)
  const surprising = surprises(results, only === undefined ? verdicts : [])
  for (const text of surprising) console.log(`${text}\n`)
  console.log(surprising.length === 0 ? 'As expected.' : `${surprising.length} not as expected.`)
  if (surprising.length > 0) process.exitCode = 1
}

interface StressArguments {
  readonly seed: number
  readonly minutes: number
  readonly trace: string | undefined
  readonly without: readonly string[]
}

async function stressAll(names: readonly string[], { seed, minutes, trace, without }: StressArguments): Promise<void> {
  await onServers(names, async (server) => {
    console.log(`${server.name}, seed ${seed} ...`)
    const file = trace === undefined ? null : fs.openSync(trace, 'w')
    const ends = performance.now() + minutes * 60_000
    const { rounds, commands, kinds, problem } = await stress(server, {
      seed,
      stepsPerRound: 25,
      messagesMax: 60,
      idleMoments: 50,
      without,
      isOver: () => performance.now() > ends,
      ...(file === null ? {} : { trace: (line: string) => void fs.writeSync(file, `${line}\n`) }),
    })
    if (file !== null) fs.closeSync(file)
    console.log(`${server.name}: ${rounds} rounds, ${commands} commands by ${kinds.join(', ')}`)
    console.log(problem === null ? 'All of it explained.' : `NOT EXPLAINED: ${problem}`)
    if (problem !== null) process.exitCode = 1
  })
}

function fuzzInputs(seed: number, inputs: number): void {
  const { corpus, covered, parsed, parsers, problem } = fuzz({ seed, inputs })
  console.log(
    `${inputs} inputs with seed ${seed}: ${parsed} well-formed commands, ${corpus} inputs kept, ${covered} characters of src/imap ran`,
  )
  console.log(
    `${parsers.all} functions that parse, of which ${parsers.left.length} never ran ${parsers.left.join(', ')}`,
  )
  if (problem !== null) {
    console.log(`${problem.why}\n${problem.input}`)
    process.exitCode = 1
  }
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    server: { type: 'string' },
    trace: { type: 'string' },
    without: { type: 'string' },
    inputs: { type: 'string' },
  },
})
const unknown = positionals.find((word) => !['peers', 'stress', 'import', 'fuzz'].includes(word))
if (unknown === undefined) {
  const all = positionals.includes('peers') ? Object.keys(starters) : ['Mailkeep']
  const names = values.server === undefined ? all : [values.server]
  if (positionals.includes('import')) await importAll(Number(process.env['MESSAGES'] ?? 50_000))
  else if (positionals.includes('fuzz')) fuzzInputs(Number(values.seed ?? 1), Number(values.inputs ?? 100_000))
  else if (positionals.includes('stress')) {
    const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000))
    await stressAll(names, {
      seed,
      minutes: Number(values.minutes ?? 1),
      trace: values.trace,
      without: (values.without ?? '').split(','),
    })
  } else await askCases(names, values.only)
} else {
  console.error(`${unknown}: there are only \`peers\`, \`stress\`, \`fuzz\` and \`import\``)
  process.exitCode = 2
}
