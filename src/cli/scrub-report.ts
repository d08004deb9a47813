// What is known of the scrubs (of the logs, the queue and the indexes), in sentences: from the processes that do them, or, while Mailkeep does not run, from their files.

import { scrubTimeAt } from '#ledger/scrub-clock.ts'
import { readScrub } from '#ledger/scrub-progress.ts'
import { type ScrubStatus, scrubStatus } from '#ledger/scrub-status.ts'
import { systemClock } from '#platform/clock.ts'
import { DiskError, systemDisk } from '#platform/disk.ts'
import { courierAdminSchema } from '#protocol/courier.ts'
import { ledgerAdminSchema } from '#protocol/ledger-admin.ts'
import { vaultAdminSchema } from '#protocol/vault.ts'
import { counted, formatDuration } from './output.ts'
import type { System } from './system.ts'

export type ScrubAction = 'status' | 'run' | 'pause' | 'resume'

export interface ScrubReport {
  /** Where the files are, below the data directory: `ledger`, `queue`, `index/0`, … */
  readonly of: string
  readonly status: ScrubStatus
}

/** Those that something is known of; the ledger's first. */
export async function scrubReports(system: System, action: ScrubAction = 'status'): Promise<ScrubReport[]> {
  const vaults = systemDisk.list(`${system.directory}/index`).filter((name) => /^\d+$/.test(name))
  const places = ['ledger', 'queue', ...vaults.sort((a, b) => Number(a) - Number(b)).map((name) => `index/${name}`)]
  const reports: ScrubReport[] = []
  for (const of of places) {
    const status = (await ask(system, of, action)) ?? storedStatus(`${system.directory}/${of}`)
    if (status !== null) reports.push({ of, status })
  }
  return reports
}

/** Null if its process does not run. */
async function ask(system: System, of: string, action: ScrubAction): Promise<ScrubStatus | null> {
  const request = { kind: 'scrub', action } as const
  const answer =
    of === 'ledger'
      ? await system.tryAdmin('ledger.admin.sock', ledgerAdminSchema, request)
      : of === 'queue'
        ? await system.tryAdmin('courier.admin.sock', courierAdminSchema, request)
        : await system.tryAdmin(`vault-${of.slice('index/'.length)}.admin.sock`, vaultAdminSchema, request)
  if (answer?.kind !== 'scrub') return null
  const { kind: _, ...status } = answer
  return status
}

function storedStatus(directory: string): ScrubStatus | null {
  try {
    const stored = readScrub(systemDisk, directory)
    if (stored === null) return null
    const now = scrubTimeAt(stored.head.moment, systemClock)
    const status = scrubStatus(stored.head, stored.accounts.values(), now ?? stored.head.moment.at)
    return now === null ? { ...status, oldestMs: null } : status
  } catch (error) {
    if (error instanceof DiskError) return null
    throw error
  }
}

/** Of the present pass, or of the last one, in percent. */
export function coverage({ pass, bytesDone, bytesLeft }: ScrubStatus): number {
  if (pass === null) return 0
  if (pass.endedMs !== null) return 100
  // Never whole before its end.
  return Math.min(99.9, (100 * bytesDone) / Math.max(1, bytesDone + bytesLeft))
}

/** When the promise breaks if nothing more is read; negative: so long ago. Null if nothing is promised, or nobody knows. */
export function breaksInMs({ everyMs, oldestMs }: ScrubStatus): number | null {
  return everyMs === null || oldestMs === null ? null : everyMs - oldestMs
}

export function scrubJson(reports: readonly ScrubReport[]): object {
  return Object.fromEntries(
    reports.map(({ of, status }) => [
      of,
      { ...status, coveragePercent: Math.round(coverage(status) * 10) / 10, breaksInMs: breaksInMs(status) },
    ]),
  )
}

/** Lines. */
export function describeScrubs(reports: readonly ScrubReport[]): string[] {
  const [first] = reports
  if (first === undefined) return []
  const { everyMs } = first.status
  const promise =
    everyMs === null
      ? 'Scrub: off (scrub.every in mailkeep.yaml): damage to what nobody reads is not noticed.'
      : `Scrub: every byte is read again within ${formatDuration(everyMs)}.`
  return [promise, ...reports.map((report) => `  ${report.of}: ${describe(report)}.`)]
}

function describe({ of, status }: ScrubReport): string {
  const { damagedAccounts, accounts, unread } = status
  const isIndex = of.startsWith('index/')
  const locked = `${unread} of ${counted(accounts, 'index', 'indexes')} could only be read, not checked: locked since`
  return [
    `${passText(status)}; ${oldestText(status)}`,
    ...(STATES[status.state] === null ? [] : [STATES[status.state]]),
    ...(status.isDirect === false
      ? ['It reads through the page cache, as this file system has no other way: that may say nothing about the disk']
      : []),
    ...(isIndex && unread > 0 ? [locked] : []),
    ...(!isIndex && damagedAccounts > 0
      ? [`${counted(damagedAccounts, 'account')} with damage that stays: mailkeep verify`]
      : []),
  ].join('. ')
}

const STATES: Readonly<Record<ScrubStatus['state'], string | null>> = {
  off: null,
  resting: null,
  reading: null,
  waiting: 'It waits for others who want the disk',
  hurrying: 'It does not wait for others, lest the promise breaks',
  paused: 'It is paused: mailkeep scrub resume',
}

function passText(status: ScrubStatus): string {
  const { pass } = status
  if (pass === null) return 'nothing has been read yet'
  if (pass.endedMs !== null) return `pass ${pass.number} ended ${formatDuration(pass.endedMs)} ago`
  return `pass ${pass.number} has read ${coverage(status).toFixed(1)} %`
}

function oldestText(status: ScrubStatus): string {
  const { oldestMs, unread } = status
  const breaks = breaksInMs(status)
  if (oldestMs === null) return 'for how long the oldest byte was not read, nobody knows'
  const what = unread > 0 ? 'the oldest byte was read, or written,' : 'the oldest byte was read'
  const age = `${what} ${formatDuration(oldestMs)} ago`
  if (breaks === null) return age
  return breaks < 0 ? `${age}: the promise is broken` : `${age}, and the promise holds for ${formatDuration(breaks)}`
}
