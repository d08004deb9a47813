// `mailkeep doctor`: looks for what is wrong or will be, and says what to do about it. Changes nothing.

import type { Command } from 'commander'
import { parseConfiguration } from '#configuration/read.ts'
import { certificateEnd } from '#crypto/certificate-end.ts'
import { systemClock } from '#platform/clock.ts'
import { fileSystemOf, readFileOrNull } from '#platform/files.ts'
import { answersOnPort } from '#platform/net.ts'
import { systemMemory } from '#platform/process.ts'
import type { SystemStatus } from '#protocol/supervisor.ts'
import { dataPaths } from '#supervisor/data-directory.ts'
import { describeSummary, summarizeDamage } from './damage-summary.ts'
import { EXIT } from './exit-code.ts'
import { alarmLine, openAlarms } from './log-alarms.ts'
import { formatBytes, formatDuration, printJson, printTable } from './output.ts'
import { type ScrubReport, breaksInMs, scrubReports } from './scrub-report.ts'
import { missingWalls } from './missing-walls.ts'
import { type DataOption, System, dataDirectory } from './system.ts'

interface Finding {
  readonly check: string
  readonly state: 'good' | 'warning' | 'bad'
  readonly text: string
}

const CONFIGURATION_BYTES_MAX = 1024 * 1024
const PEM_BYTES_MAX = 65_536
const DAY_MS = 86_400_000
const SPACE_MIN = 1024 ** 3
const MEMORY_MIN = 512 * 1024 ** 2
/** One log for all changes of names: docs/adr/0025-durable-writes-without-fsync.md. */
const GOOD_FILE_SYSTEMS = new Set(['ext4', 'xfs', 'tmpfs', 'f2fs'])

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('look for what is wrong, and say what to do about it')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(async (options: DataOption & { json?: boolean }) => {
      const findings = await examine(dataDirectory(options))
      if (options.json === true) printJson(findings)
      else
        printTable(
          ['', 'CHECK', ''],
          findings.map(({ check, state, text }) => [MARK[state], check, text]),
        )
      if (findings.some(({ state }) => state === 'bad')) process.exitCode = EXIT.failed
    })
}

const MARK = { good: 'ok', warning: '!', bad: 'BAD' } as const

async function examine(directory: string): Promise<Finding[]> {
  const status = await new System(directory).status()
  return [
    configuration(directory),
    running(status),
    integrity(directory),
    ...(status === null
      ? []
      : [processes(status), await listeners(status), certificate(directory), walls(status), secret(status)]),
    damage(directory),
    scrub(await scrubReports(new System(directory))),
    space(directory),
    names(directory),
    memory(),
  ].filter((finding) => finding !== null)
}

function configuration(directory: string): Finding {
  const { configuration: file } = dataPaths(directory)
  const text = readFileOrNull(file, CONFIGURATION_BYTES_MAX)?.toString('utf8')
  if (text === undefined) return good('configuration', 'none: everything is as by default')
  const parsed = parseConfiguration(text)
  return parsed.ok
    ? good('configuration', file)
    : bad('configuration', `${parsed.error.length} problems: mailkeep config check`)
}

function running(status: SystemStatus | null): Finding {
  if (status === null) return warning('running', 'Mailkeep does not run here: mailkeep start')
  return status.isReady ? good('running', `process ${status.pid}`) : bad('running', 'not ready: mailkeep status')
}

function integrity(directory: string): Finding {
  const alarms = openAlarms(dataPaths(directory).index)
  const [first] = alarms
  if (first === undefined) return good('integrity', 'no log is known to be another than it was')
  return bad('integrity', `${alarms.length} alarms: ${alarmLine(first)}: mailkeep status`)
}

function processes({ processes: all }: SystemStatus): Finding {
  const restless = all.filter(({ restarts }) => restarts > 0)
  if (restless.length === 0) return good('processes', 'none has ended by itself')
  const names = restless.map(({ name, restarts }) => `${name} (${restarts})`).join(', ')
  return warning('processes', `ended by themselves and were started again: ${names}. The log says why`)
}

async function listeners({ listeners: all }: SystemStatus): Promise<Finding> {
  const silent: string[] = []
  for (const { protocol, address, port } of all) {
    const reachable = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
    if (!(await answersOnPort(reachable, port))) silent.push(`${protocol} on port ${port}`)
  }
  return silent.length === 0
    ? good('listeners', `all ${all.length} accept`)
    : bad('listeners', `nobody accepts: ${silent.join(', ')}`)
}

function certificate(directory: string): Finding | null {
  const { tls, configuration: file } = dataPaths(directory)
  const text = readFileOrNull(file, CONFIGURATION_BYTES_MAX)?.toString('utf8') ?? ''
  const parsed = parseConfiguration(text)
  const path = (parsed.ok ? parsed.value.tls?.certificate : undefined) ?? `${tls}/certificate.pem`
  const pem = readFileOrNull(path, PEM_BYTES_MAX)?.toString('latin1')
  const end = pem === undefined ? null : certificateEnd(pem)
  if (end === null) return bad('certificate', `${path} is no certificate`)
  const days = Math.floor((end - systemClock.now()) / DAY_MS)
  if (days < 0) return bad('certificate', `${path} has expired`)
  return days < 14 ? warning('certificate', `${path} expires in ${days} days`) : good('certificate', `for ${days} days`)
}

function damage(directory: string): Finding {
  const summary = summarizeDamage(directory)
  if (summary === null) return good('damage', 'nothing that was read was damaged')
  const text = `${describeSummary(summary)}. A disk that damages a block will damage others`
  return summary.unrepairable > 0 ? bad('damage', text) : warning('damage', text)
}

function scrub(reports: readonly ScrubReport[]): Finding | null {
  const [first] = reports
  if (first === undefined) return null
  if (first.status.everyMs === null) return warning('scrub', 'off: damage to what nobody reads is not noticed')
  const late = reports.filter(({ status }) => (breaksInMs(status) ?? 0) < 0).map(({ of }) => of)
  if (late.length > 0) return bad('scrub', `the promise is broken: ${late.join(', ')}: mailkeep scrub status`)
  if (reports.some(({ status }) => status.state === 'paused')) return warning('scrub', 'paused: mailkeep scrub resume')
  return good('scrub', `every byte is read again within ${formatDuration(first.status.everyMs)}`)
}

function walls(status: SystemStatus): Finding {
  const missing = missingWalls({ ...status, secretBesideData: false })
  return missing.length === 0 ? good('walls', 'all of them') : warning('walls', missing.join(' '))
}

function secret({ secretBesideData }: SystemStatus): Finding {
  return secretBesideData
    ? warning('server secret', 'beside the data: docs/operations.md says how to keep it elsewhere')
    : good('server secret', 'apart from the data')
}

function space(directory: string): Finding | null {
  const found = fileSystemOf(directory)
  if (found === null) return null
  const text = `${formatBytes(found.freeBytes)} free`
  return found.freeBytes < SPACE_MIN ? bad('disk', `only ${text}`) : good('disk', text)
}

function names(directory: string): Finding | null {
  const found = fileSystemOf(directory)
  if (found === null) return null
  return GOOD_FILE_SYSTEMS.has(found.type)
    ? good('file system', found.type)
    : warning(
        'file system',
        `${found.type}: names of new files may be durable later than what is in them (ext4 and XFS are better)`,
      )
}

function memory(): Finding {
  const { freeBytes, swapBytes } = systemMemory()
  if (freeBytes < MEMORY_MIN) return warning('memory', `only ${formatBytes(freeBytes)} available`)
  return swapBytes > 0
    ? warning(
        'memory',
        `${formatBytes(swapBytes)} of swap: encrypt it, or memory of unlocked accounts may reach the disk`,
      )
    : good('memory', `${formatBytes(freeBytes)} available, no swap`)
}

const good = (check: string, text: string): Finding => ({ check, state: 'good', text })
const warning = (check: string, text: string): Finding => ({ check, state: 'warning', text })
const bad = (check: string, text: string): Finding => ({ check, state: 'bad', text })
