// What is known of the scrub, in sentences: from the process that does it, or, while Mailkeep does not run, from its file.

import { scrubTimeAt } from '#ledger/scrub-clock.ts'
import { readScrub } from '#ledger/scrub-progress.ts'
import { type ScrubStatus, scrubStatus } from '#ledger/scrub-status.ts'
import { systemClock } from '#platform/clock.ts'
import { DiskError, systemDisk } from '#platform/disk.ts'
import { ledgerAdminSchema } from '#protocol/ledger-admin.ts'
import { counted, formatDuration } from './output.ts'
import type { System } from './system.ts'

/** Null if there is nothing to be known. */
export async function scrubReport(system: System): Promise<ScrubStatus | null> {
  const answer = await system.tryAdmin('ledger.admin.sock', ledgerAdminSchema, { kind: 'scrubStatus' })
  if (answer === null) return storedReport(system.directory)
  const { kind: _, ...status } = answer
  return status
}

function storedReport(directory: string): ScrubStatus | null {
  try {
    const stored = readScrub(systemDisk, `${directory}/ledger`)
    if (stored === null) return null
    const now = scrubTimeAt(stored.head.moment, systemClock)
    const status = scrubStatus(stored.head, stored.accounts.values(), now ?? stored.head.moment.at)
    return now === null ? { ...status, oldestMs: null } : status
  } catch (error) {
    if (error instanceof DiskError) return null
    throw error
  }
}

/** Of the present pass, or of the last one. */
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

export function scrubJson(status: ScrubStatus): object {
  return { ...status, coveragePercent: Math.round(coverage(status) * 10) / 10, breaksInMs: breaksInMs(status) }
}

export function describeScrub(status: ScrubStatus): string {
  return [
    `Scrub: ${promised(status)}`,
    `${passText(status)}; ${oldestText(status)}`,
    ...(STATES[status.state] === null ? [] : [STATES[status.state]]),
    ...(status.isDirect === false
      ? ['it reads through the page cache, as this file system has no other way: that may say nothing about the disk']
      : []),
    ...(status.damagedAccounts > 0
      ? [`${counted(status.damagedAccounts, 'account')} with damage that stays: mailkeep verify`]
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

function promised({ everyMs }: ScrubStatus): string {
  return everyMs === null
    ? 'off (scrub.every in mailkeep.yaml): damage to what nobody reads is not noticed'
    : `every byte is read again within ${formatDuration(everyMs)}`
}

function passText(status: ScrubStatus): string {
  const { pass } = status
  if (pass === null) return 'Nothing has been read yet'
  if (pass.endedMs !== null) return `Pass ${pass.number} ended ${formatDuration(pass.endedMs)} ago`
  return `Pass ${pass.number} has read ${coverage(status).toFixed(1)} %`
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
