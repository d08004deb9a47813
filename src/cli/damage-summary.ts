// What the damage log says, in a sentence: how much was repaired, what could not be, and when it happened last.

import { type DamageEntry, readDamageLog } from '#ledger/damage-log.ts'
import { DiskError, systemDisk } from '#platform/disk.ts'
import { counted } from './output.ts'

export interface DamageSummary {
  readonly repaired: number
  /** Files with bytes that could not be repaired when they were looked at last. */
  readonly unrepairable: number
  /** Of the last entry, as in ISO 8601. */
  readonly last: string
}

/** Null if nothing was ever damaged, or the log cannot be read from here. */
export function summarizeDamage(dataDirectory: string): DamageSummary | null {
  let entries: readonly DamageEntry[]
  try {
    entries = readDamageLog(systemDisk, `${dataDirectory}/ledger`)
  } catch (error) {
    if (error instanceof DiskError) return null
    throw error
  }
  const done = entries.filter(({ action }) => action !== 'repairing')
  const last = done.at(-1)
  if (last === undefined) return null
  const latest = new Map(done.map(({ account, file, action }) => [`${account}/${file}`, action]))
  return {
    repaired: done.filter(({ action }) => action !== 'unrepairable').length,
    unrepairable: [...latest.values()].filter((action) => action === 'unrepairable').length,
    last: last.time,
  }
}

export function describeSummary({ repaired, unrepairable, last }: DamageSummary): string {
  const lost = unrepairable === 0 ? '' : `; ${counted(unrepairable, 'file')} damaged beyond repair`
  return `${counted(repaired, 'file')} repaired${lost}; last on ${last}. ledger/damage.log says which bytes`
}
