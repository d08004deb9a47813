// `mailkeep scrub`: how far the ledger has been read again, and reading it now.

import type { Command } from 'commander'
import type { ScrubStatus } from '#ledger/scrub-status.ts'
import { sleep } from '#platform/clock.ts'
import { isTerminal, writeError } from '#platform/terminal.ts'
import { type LedgerAdminRequest, ledgerAdminSchema } from '#protocol/ledger-admin.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { counted, formatBytes, printJson, printLine } from './output.ts'
import { coverage, describeScrub, scrubJson, scrubReport } from './scrub-report.ts'
import { type DataOption, System, dataDirectory } from './system.ts'

type Options = DataOption & { readonly json?: boolean }

const ASK_MS = 500

export function addScrubCommands(program: Command): void {
  const scrub = program
    .command('scrub')
    .description('reading again what is stored, whether somebody wants it or not, to find and repair what a disk has lost')
  const add = (name: string, description: string, action: (options: Options) => Promise<void>): void => {
    scrub
      .command(name)
      .description(description)
      .option('--json', 'print JSON')
      .option('--data <directory>', 'data directory')
      .action(action)
  }
  add('status', 'how far it is, and how old the oldest byte is', async (options) => {
    const status = await scrubReport(new System(dataDirectory(options)))
    if (status === null) throw new CommandError(EXIT.notFound, 'nothing is known of a scrub here')
    print(status, options)
  })
  add('run', 'read everything now, and say what was found', run)
  add('pause', 'read nothing until it is resumed', (options) => tell('scrubPause', options))
  add('resume', 'go on', (options) => tell('scrubResume', options))
}

async function tell(kind: 'scrubPause' | 'scrubResume', options: Options): Promise<void> {
  print(await ask(new System(dataDirectory(options)), kind), options)
}

function print(status: ScrubStatus, { json }: Options): void {
  if (json === true) printJson(scrubJson(status))
  else printLine(`${describeScrub(status)}.`)
}

async function ask(system: System, kind: LedgerAdminRequest['kind']): Promise<ScrubStatus> {
  const { kind: _, ...status } = await system.askAdmin('ledger.admin.sock', ledgerAdminSchema, { kind })
  return status
}

async function run(options: Options): Promise<void> {
  const system = new System(dataDirectory(options))
  const before = await ask(system, 'scrubStatus')
  let status = await ask(system, 'scrubRun')
  const number = (before.pass?.number ?? 0) + 1
  const isOver = ({ pass }: ScrubStatus): boolean => (pass?.number ?? 0) >= number && pass?.endedMs !== null
  while (!isOver(status)) {
    showProgress(status)
    await sleep(ASK_MS)
    status = await ask(system, 'scrubStatus')
    if (status.state === 'paused') throw new CommandError(EXIT.failed, 'somebody has paused it: mailkeep scrub resume')
  }
  if (isTerminal('output')) writeError('\r\u001b[K')
  const repaired = status.repaired - before.repaired
  const unrepairable = status.unrepairable - before.unrepairable
  if (options.json === true) printJson({ ...scrubJson(status), found: { repaired, unrepairable } })
  else {
    const found =
      repaired + unrepairable === 0
        ? 'everything is as it was written'
        : `${counted(repaired, 'file')} repaired, ${unrepairable} damaged beyond repair: ledger/damage.log says which bytes`
    printLine(`${formatBytes(status.bytesDone)} read; ${found}.`)
  }
  if (unrepairable + status.damagedAccounts > 0) process.exitCode = EXIT.damaged
}

function showProgress(status: ScrubStatus): void {
  if (!isTerminal('output')) return
  const { bytesDone, bytesLeft } = status
  writeError(`\r\u001b[K${coverage(status).toFixed(1)} % of ${formatBytes(bytesDone + bytesLeft)}`)
}
