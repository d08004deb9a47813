// `mailkeep scrub`: how far what is stored has been read again, and reading it now.

import type { Command } from 'commander'
import { sleep } from '#platform/clock.ts'
import { isTerminal, writeError } from '#platform/terminal.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { counted, formatBytes, printJson, printLine } from './output.ts'
import { type ScrubReport, describeScrubs, scrubJson, scrubReports } from './scrub-report.ts'
import { type DataOption, System, dataDirectory } from './system.ts'

type Options = DataOption & { readonly json?: boolean }

const ASK_MS = 500

export function addScrubCommands(program: Command): void {
  const scrub = program
    .command('scrub')
    .description(
      'reading again what is stored, whether somebody wants it or not, to find and repair what a disk has lost',
    )
  const add = (name: string, description: string, action: (options: Options) => Promise<void>): void => {
    scrub
      .command(name)
      .description(description)
      .option('--json', 'print JSON')
      .option('--data <directory>', 'data directory')
      .action(action)
  }
  add('status', 'how far it is, and how old the oldest byte is', async (options) => {
    print(await scrubReports(new System(dataDirectory(options))), options)
  })
  add('run', 'read everything now, and say what was found', run)
  add('pause', 'read nothing until it is resumed', (options) => tell('pause', options))
  add('resume', 'go on', (options) => tell('resume', options))
}

async function tell(action: 'pause' | 'resume', options: Options): Promise<void> {
  print(await scrubReports(await runningSystem(options), action), options)
}

async function runningSystem(options: Options): Promise<System> {
  const directory = dataDirectory(options)
  const system = new System(directory)
  if ((await system.status()) !== null) return system
  throw new CommandError(EXIT.notRunning, `Mailkeep does not run on this data directory: ${directory}`)
}

function print(reports: readonly ScrubReport[], { json }: Options): void {
  if (reports.length === 0) throw new CommandError(EXIT.notFound, 'nothing is known of a scrub here')
  if (json === true) printJson(scrubJson(reports))
  else for (const line of describeScrubs(reports)) printLine(line)
}

async function run(options: Options): Promise<void> {
  const system = await runningSystem(options)
  const before = new Map((await scrubReports(system)).map(({ of, status }) => [of, status]))
  let reports = await scrubReports(system, 'run')
  const isOver = ({ of, status: { pass } }: ScrubReport): boolean =>
    (pass?.number ?? 0) > (before.get(of)?.pass?.number ?? 0) && pass?.endedMs !== null
  while (!reports.every(isOver)) {
    showProgress(reports)
    await sleep(ASK_MS)
    reports = await scrubReports(system)
    if (reports.some(({ status }) => status.state === 'paused')) {
      throw new CommandError(EXIT.failed, 'somebody has paused it: mailkeep scrub resume')
    }
  }
  if (isTerminal('output')) writeError('\r\u001b[K')
  const found = (name: 'repaired' | 'unrepairable'): number =>
    reports.reduce((sum, { of, status }) => sum + Math.max(0, status[name] - (before.get(of)?.[name] ?? 0)), 0)
  const [repaired, unrepairable] = [found('repaired'), found('unrepairable')]
  if (options.json === true) printJson({ ...scrubJson(reports), found: { repaired, unrepairable } })
  else {
    const bytes = reports.reduce((sum, { status }) => sum + status.bytesDone, 0)
    const what =
      repaired + unrepairable === 0
        ? 'everything is as it was written'
        : `${counted(repaired, 'file')} repaired, ${unrepairable} damaged beyond repair: ledger/damage.log says which bytes`
    printLine(`${formatBytes(bytes)} read; ${what}.`)
  }
  const stays = reports.some(({ of, status }) => of === 'ledger' && status.damagedAccounts > 0)
  if (unrepairable > 0 || stays) process.exitCode = EXIT.damaged
}

function showProgress(reports: readonly ScrubReport[]): void {
  if (!isTerminal('output')) return
  const done = reports.reduce((sum, { status }) => sum + status.bytesDone, 0)
  const all = reports.reduce((sum, { status }) => sum + status.bytesDone + status.bytesLeft, 0)
  writeError(`\r\u001b[K${((100 * done) / Math.max(1, all)).toFixed(1)} % of ${formatBytes(all)}`)
}
