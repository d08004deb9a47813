// What an export has been begun as: `salvage.json` in its directory. One that was cut short is gone on with as the same.

import { type AccountId, isAccountId } from '#base/ids.ts'
import type { Disk } from '#platform/disk.ts'
import { type ExportFormat, readWhole, writeWhole } from './export-target.ts'

export interface SalvageState {
  readonly account: AccountId
  readonly format: ExportFormat
  readonly expunged: boolean
  /** Records before this one are in it, or in its list of what is damaged. */
  readonly end: number
  readonly isComplete: boolean
}

const FILE = 'salvage.json'
const VERSION = 1

/** Null if there is none that can be read. */
export function readSalvageState(disk: Disk, directory: string): SalvageState | null {
  const bytes = readWhole(disk, `${directory}/${FILE}`)
  try {
    const value = JSON.parse(bytes?.toString('utf8') ?? 'null') as Partial<Record<string, unknown>> | null
    if (value?.['version'] !== VERSION) return null
    const { account, format, expunged, records: end, complete: isComplete } = value
    if (typeof account !== 'string' || !isAccountId(account)) return null
    if (format !== 'eml' && format !== 'maildir' && format !== 'mbox') return null
    if (typeof expunged !== 'boolean' || typeof isComplete !== 'boolean') return null
    return typeof end === 'number' && Number.isSafeInteger(end) ? { account, format, expunged, end, isComplete } : null
  } catch {
    return null
  }
}

/** It is there, or as it was before. */
export function writeSalvageState(disk: Disk, directory: string, state: SalvageState): void {
  const { account, format, expunged, end: records, isComplete: complete } = state
  const text = `${JSON.stringify({ version: VERSION, account, format, expunged, records, complete }, null, 2)}\n`
  writeWhole(disk, `${directory}/${FILE}`, Buffer.from(text))
}
