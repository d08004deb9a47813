// `mailkeep stop`, `status` and `config check`.

import type { Command } from 'commander'
import { readConfiguration } from '#supervisor/supervise.ts'
import { dataPaths } from '#supervisor/data-directory.ts'
import { StartError } from '#supervisor/errors.ts'
import { fileExists } from '#platform/files.ts'
import type { SystemStatus } from '#protocol/supervisor.ts'
import { describeSummary, summarizeDamage } from './damage-summary.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { type AccountAlarm, alarmLine, openAlarms } from './log-alarms.ts'
import { formatBytes, formatDuration, printJson, printLine, printTable } from './output.ts'
import { describeRehearsals, rehearsalJson, rehearsalReport } from './rehearsal-report.ts'
import { describeScrubs, scrubJson, scrubReports } from './scrub-report.ts'
import { type Waiting, retentionLine, waitingOrNull } from './retention-command.ts'
import { missingWalls } from './missing-walls.ts'
import { type DataOption, System, dataDirectory } from './system.ts'

export function addSystemCommands(program: Command): void {
  program
    .command('stop')
    .description('end all processes in order')
    .option('--data <directory>', 'data directory')
    .action(async (options: DataOption) => {
      const directory = dataDirectory(options)
      if (!(await new System(directory).stop())) {
        throw new CommandError(EXIT.notRunning, `Mailkeep does not run on this data directory: ${directory}`)
      }
      printLine('Stopped.')
    })
  program
    .command('status')
    .description('what runs, and where it listens')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(async (options: DataOption & { json?: boolean }) => {
      const directory = dataDirectory(options)
      const status = await new System(directory).status()
      const alarms = openAlarms(dataPaths(directory).index)
      const scrubs = await scrubReports(new System(directory))
      const scrub = scrubJson(scrubs)
      const rehearsals = rehearsalReport(directory)
      const rehearsal = rehearsalJson(rehearsals)
      if (status === null) {
        if (options.json === true) printJson({ isRunning: false, dataDirectory: directory, alarms, scrub, rehearsal })
        else {
          printLine(`Mailkeep does not run on this data directory: ${directory}`)
          for (const line of [...describeScrubs(scrubs), ...describeRehearsals(rehearsals)]) printLine(line)
          printAlarms(alarms)
        }
        process.exitCode = EXIT.notRunning
        return
      }
      const damage = summarizeDamage(directory)
      const retention = await waitingOrNull(new System(directory))
      if (options.json === true)
        printJson({
          ...statusJson(status),
          damage,
          alarms,
          scrub,
          rehearsal,
          retention: retention === null ? null : retentionJson(retention),
        })
      else {
        printStatus(status)
        printLine()
        for (const line of [...describeScrubs(scrubs), ...describeRehearsals(rehearsals)]) printLine(line)
        const waiting = retention === null ? null : retentionLine(retention)
        if (waiting !== null) printLine(`\n${waiting}`)
        if (damage !== null) printLine(`\nDamage: ${describeSummary(damage)}.`)
        printAlarms(alarms)
      }
      if (!status.isReady) process.exitCode = EXIT.failed
    })
  program
    .command('config')
    .description('the configuration, mailkeep.yaml in the data directory')
    .command('check')
    .description('tell what is wrong with it, with line and key')
    .option('--data <directory>', 'data directory')
    .action((options: DataOption) => {
      const paths = dataPaths(dataDirectory(options))
      try {
        readConfiguration(paths)
      } catch (error) {
        if (error instanceof StartError) throw new CommandError(EXIT.configuration, error.message, { cause: error })
        throw error
      }
      printLine(
        fileExists(paths.configuration)
          ? `${paths.configuration} is right.`
          : `There is no ${paths.configuration}: everything is as by default.`,
      )
    })
}

function retentionJson({ periodMs, accounts }: Waiting): object {
  const records = accounts.reduce((sum, one) => sum + one.records, 0)
  const bytes = accounts.reduce((sum, one) => sum + one.bytes, 0)
  return { periodMs, records, bytes }
}

function printAlarms(alarms: readonly AccountAlarm[]): void {
  if (alarms.length === 0) return
  printLine()
  for (const alarm of alarms) printLine(alarmLine(alarm))
  printLine('What to do is in docs/operations.md, "When the log is not the one it was".')
}

function statusJson(status: SystemStatus): object {
  const { kind: _, startedAt, processes, ...rest } = status
  const residentBytes = processes.reduce((sum, one) => sum + (one.residentBytes ?? 0), 0)
  return { isRunning: true, ...rest, startedAt: new Date(startedAt).toISOString(), residentBytes, processes }
}

function printStatus(status: SystemStatus): void {
  printLine(
    `Mailkeep ${status.version}: ${status.isReady ? 'ready' : 'not ready'}, process ${status.pid}, data ${status.dataDirectory}`,
  )
  printLine()
  printTable(
    ['PROCESS', 'STATE', 'PID', 'USER', 'MEMORY', 'UP', 'RESTARTS', 'CONNECTIONS', ''],
    status.processes.map((one) => [
      one.name,
      one.state,
      one.pid === 0 ? '-' : String(one.pid),
      one.uid === null ? '-' : String(one.uid),
      formatBytes(one.residentBytes),
      formatDuration(one.uptimeMs),
      String(one.restarts),
      String(one.connections),
      one.detail,
    ]),
  )
  printLine()
  printTable(
    ['PROTOCOL', 'ADDRESS', 'PORT', ''],
    status.listeners.map(({ protocol, address, port, implicitTls }) => [
      protocol,
      address,
      String(port),
      implicitTls ? 'TLS' : '',
    ]),
  )
  const missing = missingWalls(status)
  if (missing.length > 0) printLine()
  for (const line of missing) printLine(line)
}
