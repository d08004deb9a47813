// `mailkeep metrics`: what `status` knows, for a collector of metrics, like node_exporter's for text files. No address, no account, no peer: names of processes, and numbers.

import type { Command } from 'commander'
import type { ScrubStatus } from '#ledger/scrub-status.ts'
import { isAlarming } from '#account/rehearsal/result.ts'
import { systemClock } from '#platform/clock.ts'
import { fileSystemOf } from '#platform/files.ts'
import { writeOutput } from '#platform/terminal.ts'
import { courierAdminSchema } from '#protocol/courier.ts'
import type { SystemStatus } from '#protocol/supervisor.ts'
import { dataPaths } from '#supervisor/data-directory.ts'
import { summarizeDamage } from './damage-summary.ts'
import { openAlarms } from './log-alarms.ts'
import { OpenMetrics } from './open-metrics.ts'
import { type RehearsalReport, rehearsalReport, stateOf } from './rehearsal-report.ts'
import { waitingOrNull } from './retention-command.ts'
import { type ScrubReport, breaksInMs, coverage, scrubReports } from './scrub-report.ts'
import { type DataOption, System, dataDirectory } from './system.ts'

export function addMetricsCommand(program: Command): void {
  program
    .command('metrics')
    .description('what status knows, as OpenMetrics text')
    .option('--data <directory>', 'data directory')
    .action(async (options: DataOption) => {
      const directory = dataDirectory(options)
      const system = new System(directory)
      const metrics = new OpenMetrics()
      const status = await system.status()
      addProcesses(metrics, status)
      addScrubs(metrics, await scrubReports(system))
      addIntegrity(metrics, directory)
      addRehearsals(metrics, rehearsalReport(directory))
      await addQueue(metrics, system)
      await addRetention(metrics, system)
      const disk = fileSystemOf(directory)
      metrics.gauge('mailkeep_disk_free_bytes', 'Free on the disk that holds the data directory.', [
        { value: disk?.freeBytes ?? null },
      ])
      writeOutput(metrics.text)
    })
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

async function addRetention(metrics: OpenMetrics, system: System): Promise<void> {
  const waiting = await waitingOrNull(system)
  if (waiting === null) return
  const { accounts, periodMs } = waiting
  const gauge = (name: string, help: string, value: number): void =>
    metrics.gauge(`mailkeep_retention_${name}`, help, [{ value }])
  gauge('period_seconds', 'Deleted messages are kept for so long, of the time that the ledger runs.', periodMs / 1000)
  const records = sum(accounts.map((one) => one.records))
  gauge('waiting_messages', 'Deleted messages that can still be restored.', records)
  gauge('waiting_bytes', 'What they take.', sum(accounts.map(({ bytes }) => bytes)))
  const blocked = accounts.filter(({ isBlocked }) => isBlocked).length
  gauge('blocked_accounts', 'Accounts whose log is damaged, so that nothing of them goes.', blocked)
}

function addProcesses(metrics: OpenMetrics, status: SystemStatus | null): void {
  metrics.gauge('mailkeep_up', 'Whether Mailkeep runs, and all of its processes are ready.', [
    { value: status?.isReady === true ? 1 : 0 },
  ])
  if (status === null) return
  metrics.gauge('mailkeep_build_info', 'The version that runs.', [{ labels: { version: status.version }, value: 1 }])
  const each = (name: string, help: string, value: (one: SystemStatus['processes'][number]) => number | null): void =>
    metrics.gauge(
      name,
      help,
      status.processes.map((one) => ({ labels: { process: one.name }, value: value(one) })),
    )
  each('mailkeep_process_up', 'Whether the process is ready.', ({ state }) => (state === 'running' ? 1 : 0))
  each('mailkeep_process_restarts', 'How often it was started again after it ended by itself.', (one) => one.restarts)
  each('mailkeep_process_uptime_seconds', 'Since it was started.', ({ uptimeMs }) => uptimeMs / 1000)
  each('mailkeep_process_resident_memory_bytes', 'Resident memory.', (one) => one.residentBytes)
  each('mailkeep_process_connections', 'Connections that are open.', (one) => one.connections)
}

function seconds(milliseconds: number | null): number | null {
  return milliseconds === null ? null : milliseconds / 1000
}

function isKept(status: ScrubStatus): number | null {
  if (status.everyMs === null) return null
  return (breaksInMs(status) ?? -1) >= 0 ? 1 : 0
}

function addScrubs(metrics: OpenMetrics, reports: readonly ScrubReport[]): void {
  const each = (name: string, help: string, value: (status: ScrubStatus) => number | null): void =>
    metrics.gauge(
      `mailkeep_scrub_${name}`,
      help,
      reports.map(({ of, status }) => ({ labels: { of }, value: value(status) })),
    )
  each('promise_seconds', 'Every byte is read again within this time.', ({ everyMs }) => seconds(everyMs))
  each('oldest_seconds', 'Since the byte was read that was read longest ago.', ({ oldestMs }) => seconds(oldestMs))
  each('breaks_seconds', 'Until the promise breaks, if nothing is read; negative: since it broke.', (status) =>
    seconds(breaksInMs(status)),
  )
  each('kept', 'Whether the promise is kept.', isKept)
  each('coverage_ratio', 'How much of the present pass was read.', (status) => coverage(status) / 100)
  each('pass', 'Number of the pass.', ({ pass }) => pass?.number ?? 0)
  each('direct', 'Whether it reads past the page cache.', ({ isDirect }) =>
    isDirect === null ? null : Number(isDirect),
  )
  each('subjects', 'Logs of accounts, or indexes.', ({ accounts }) => accounts)
  each(
    'unread',
    'Logs of which not every byte was read yet; indexes that could not be checked yet.',
    (one) => one.unread,
  )
  each('damaged', 'Those with damage that stays.', ({ damagedAccounts }) => damagedAccounts)
  each('paused', 'Whether it was told to pause.', ({ state }) => (state === 'paused' ? 1 : 0))
  each('hurrying', 'Whether it does not wait for others any more.', ({ state }) => (state === 'hurrying' ? 1 : 0))
  metrics.gauge(
    'mailkeep_parity_missing',
    'Closed segments without parity, of those that the scrub has read in this pass.',
    reports.filter(({ of }) => of === 'ledger').map(({ status }) => ({ value: status.parityMissing })),
  )
}

function addIntegrity(metrics: OpenMetrics, directory: string): void {
  const damage = summarizeDamage(directory)
  metrics.gauge('mailkeep_damage_files', 'Damaged files that ledger/damage.log tells of, by what became of them.', [
    { labels: { outcome: 'repaired' }, value: damage?.repaired ?? 0 },
    { labels: { outcome: 'unrepairable' }, value: damage?.unrepairable ?? 0 },
  ])
  const alarms = openAlarms(dataPaths(directory).index)
  metrics.gauge('mailkeep_log_alarms', 'Logs that are not what they were, as far as nobody has acknowledged it.', [
    { value: alarms.length },
  ])
}

function addRehearsals(metrics: OpenMetrics, { everyMs, accounts }: RehearsalReport): void {
  const now = systemClock.now()
  const gauge = (name: string, help: string, value: number | null): void =>
    metrics.gauge(`mailkeep_rehearsal_${name}`, help, [{ value }])
  gauge('interval_seconds', 'A restore of each account is rehearsed so often, while it is unlocked.', seconds(everyMs))
  metrics.gauge(
    'mailkeep_rehearsal_accounts',
    'Accounts, by what their last rehearsal came to.',
    (['whole', 'failed', 'never'] as const).map((state) => ({
      labels: { state },
      value: accounts.filter(({ notes }) => stateOf(notes) === state).length,
    })),
  )
  const overdue = accounts.filter(({ isOverdue }) => isOverdue).length
  gauge('overdue_accounts', 'Accounts whose rehearsal should have been made by now.', overdue)
  const open = accounts.filter(({ notes }) => isAlarming(notes)).length
  gauge('alarms', 'Accounts whose last rehearsal failed, as far as nobody has acknowledged it.', open)
  const whole = accounts.map(({ notes }) => notes.wholeAt).filter((at) => at !== null)
  gauge(
    'oldest_whole_seconds',
    'Since the rehearsal that found everything, of the account for which that is longest ago; of those for which there was one.',
    whole.length === 0 ? null : Math.max(0, (now - Math.min(...whole)) / 1000),
  )
}

async function addQueue(metrics: OpenMetrics, system: System): Promise<void> {
  const answer = await system.tryAdmin('courier.admin.sock', courierAdminSchema, { kind: 'list' })
  if (answer?.kind !== 'messages') return
  metrics.gauge('mailkeep_queue_messages', 'Messages on their way to others.', [{ value: answer.count }])
}
