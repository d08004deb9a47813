// What is known of the rehearsals of all accounts, for `status` and `metrics`: from the files that vaults keep beside the indexes, so that it can be told of locked accounts,
// and while Mailkeep does not run.

import { type AccountId, type Seq, SYSTEM_ACCOUNT } from '#base/ids.ts'
import { rehearsalPath } from '#account/rehearsal/paths.ts'
import {
  NO_NOTES,
  type RehearsalNotes,
  isRehearsalOverdue,
  readRehearsalNotes,
} from '#account/rehearsal/rehearsal-file.ts'
import { describeFailure, isWhole } from '#account/rehearsal/result.ts'
import { listAccounts } from '#ledger/paths.ts'
import { LogReader } from '#ledger/reader.ts'
import { systemClock } from '#platform/clock.ts'
import { DiskError, systemDisk } from '#platform/disk.ts'
import { dataPaths } from '#supervisor/data-directory.ts'
import { StartError } from '#supervisor/errors.ts'
import { readConfiguration } from '#supervisor/supervise.ts'
import { counted, formatDuration } from './output.ts'

interface RehearsedAccount {
  readonly account: AccountId
  readonly notes: RehearsalNotes
  readonly isOverdue: boolean
}

export interface RehearsalReport {
  /** How often there is to be one; null: only when somebody asks, or nobody knows. */
  readonly everyMs: number | null
  readonly accounts: readonly RehearsedAccount[]
}

export function rehearsalReport(dataDirectory: string): RehearsalReport {
  const everyMs = configuredEveryMs(dataDirectory)
  const paths = dataPaths(dataDirectory)
  const now = systemClock.now()
  const accounts = accountsIn(paths.ledger).map((account) => {
    const notes = notesOf(paths.index, account)
    const begun = notes.last === null ? beginOf(paths.ledger, account) : null
    return { account, notes, isOverdue: isRehearsalOverdue(notes, everyMs, begun, now) }
  })
  return { everyMs, accounts }
}

function configuredEveryMs(dataDirectory: string): number | null {
  try {
    const { every } = readConfiguration(dataPaths(dataDirectory)).rehearsal
    return every === 'off' ? null : every
  } catch (error) {
    // It is not right, or somebody else's.
    if (error instanceof StartError || (error as NodeJS.ErrnoException).code !== undefined) return null
    throw error
  }
}

function accountsIn(ledgerDirectory: string): AccountId[] {
  try {
    return [...listAccounts(systemDisk, ledgerDirectory)].filter((account) => account !== SYSTEM_ACCOUNT).sort()
  } catch (error) {
    if (error instanceof DiskError) return []
    throw error
  }
}

/** When its log was begun; null if that cannot be read. */
function beginOf(ledgerDirectory: string, account: AccountId): number | null {
  try {
    using reader = new LogReader(systemDisk, ledgerDirectory, account)
    return reader.locate(0 as Seq)?.header.time ?? null
  } catch (error) {
    if (error instanceof DiskError) return null
    throw error
  }
}

/** Of the vault whose it is, or was: the newest. */
function notesOf(indexDirectory: string, account: AccountId): RehearsalNotes {
  let newest = NO_NOTES
  try {
    for (const vault of systemDisk.list(indexDirectory)) {
      const notes = readRehearsalNotes(systemDisk, rehearsalPath(`${indexDirectory}/${vault}`, account), account)
      if (newest === NO_NOTES || (notes.last?.ended ?? -1) > (newest.last?.ended ?? -1)) newest = notes
    }
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
  }
  return newest
}

export type RehearsalState = 'whole' | 'failed' | 'never'

export function stateOf({ last }: RehearsalNotes): RehearsalState {
  if (last === null) return 'never'
  return isWhole(last) ? 'whole' : 'failed'
}

export function rehearsalJson({ everyMs, accounts }: RehearsalReport): object {
  return {
    everyMs,
    accounts: accounts.map(({ account, notes, isOverdue }) => {
      const { last, wholeAt, isAcknowledged, hindered, progress } = notes
      return {
        account,
        state: stateOf(notes),
        isOverdue,
        wholeAt,
        isAcknowledged,
        hindered,
        isUnderWay: progress !== null,
        last,
      }
    }),
  }
}

/** Lines. */
export function describeRehearsals(report: RehearsalReport): string[] {
  const { everyMs, accounts } = report
  const promise =
    everyMs === null
      ? 'Rehearsals of restoring: off (rehearsal.every in mailkeep.yaml); mailkeep rehearse makes one.'
      : `Rehearsals of restoring: of each account every ${formatDuration(everyMs)}, while it is unlocked.`
  if (accounts.length === 0) return [promise]
  const count = (is: (one: RehearsedAccount) => boolean): number => accounts.filter(is).length
  const parts = [
    `${count(({ notes }) => stateOf(notes) === 'whole')} of ${counted(accounts.length, 'account')} whole`,
    ...some(
      count(({ notes }) => stateOf(notes) === 'failed'),
      'not whole',
    ),
    ...some(
      count(({ notes }) => stateOf(notes) === 'never'),
      'never rehearsed',
    ),
    ...some(
      count(({ notes }) => notes.progress !== null),
      'begun and not ended',
    ),
    ...some(
      count(({ isOverdue }) => isOverdue),
      'overdue: they were not unlocked for long enough, or there was no time or room',
    ),
  ]
  return [promise, `  ${parts.join(', ')}.`, ...accounts.flatMap(linesOf)]
}

function some(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}`]
}

/** Of what somebody has to look at. */
function linesOf({ account, notes }: RehearsedAccount): string[] {
  const { last, wholeAt, isAcknowledged, hindered } = notes
  const lines: string[] = []
  if (last !== null && !isWhole(last)) {
    const before = wholeAt === null ? '' : `; last whole ${iso(wholeAt)}`
    const known = isAcknowledged ? ', acknowledged' : ''
    lines.push(`  account ${account}${known}: on ${iso(last.ended)}, ${describeFailure(last)}${before}`)
  }
  if (hindered !== null) {
    const why =
      hindered.why === 'noRoom' ? 'there was no room on the disk for a second index' : 'it failed: see the log'
    lines.push(`  account ${account}: the last attempt, on ${iso(hindered.at)}, came to nothing: ${why}`)
  }
  return lines
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
