// What a scrub found damaged of the ledger's own files. The running ledger needs none of them: it has in memory, or in segments, what they are for. So they are written again from there, before
// somebody has to read them at the next start.

import type { SigningKey } from '#crypto/ed25519.ts'
import { type Disk, DiskError } from '#platform/disk.ts'
import { LedgerRefusedError } from './errors.ts'
import { type RepairContext, tellDamage } from './repair-segment.ts'
import type { RepairOutcome } from './repairer.ts'
import type { OwnFault } from './scrub-items.ts'
import { rewriteKeys } from './signing-key.ts'

export interface OwnRepairParts extends Pick<RepairContext, 'clock' | 'directory' | 'told'> {
  readonly disk: Disk
  readonly key: SigningKey
  /** Throws LedgerRefusedError, DiskError and DurabilityError. */
  renewJournal(): Promise<void>
  halt(cause: unknown): void
}

function isJournal({ file }: OwnFault): boolean {
  return file.startsWith('journal/')
}

function isKey({ file }: OwnFault): boolean {
  return file === 'key' || file === 'verifier'
}

/** Throws DurabilityError. */
export async function repairOwn(parts: OwnRepairParts, faults: readonly OwnFault[]): Promise<RepairOutcome> {
  const { disk, directory, key } = parts
  try {
    if (faults.some(isKey)) await rewriteKeys(disk, directory, key)
    if (faults.some(isJournal)) await parts.renewJournal()
    for (const fault of faults) {
      const action = isKey(fault) || isJournal(fault) ? 'rebuilt' : 'unrepairable'
      const { file, bytes, kind } = fault
      await tellDamage(parts, { account: '', file, action, bytes: [{ ...bytes, kind }], records: [] })
    }
  } catch (error) {
    if (!(error instanceof DiskError || error instanceof LedgerRefusedError)) throw error
    return 'unavailable'
  }
  // Nothing can give the file that is open its name again: only the next start makes it.
  if (faults.some((fault) => isJournal(fault) && fault.kind === 'missing'))
    parts.halt(new Error('a journal file has gone'))
  return faults.every((fault) => isKey(fault) || isJournal(fault)) ? 'repaired' : 'unrepairable'
}
