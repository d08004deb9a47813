// One account's files, as a scrub reads them: the tree and the checkpoints, then each segment with its parity, then the copies of slot records. What is found is looked at, and repaired, before
// it goes on. It can be left after each segment, and gone on with from there.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Disk } from '#platform/disk.ts'
import type { AccountState } from './account-state.ts'
import { accountPaths, listParity, listSegments } from './paths.ts'
import type { RepairOutcome } from './repairer.ts'
import type { OwnFault, ScrubFindings, ScrubItem } from './scrub-items.ts'
import type { ScrubPlace } from './scrub-progress.ts'

export interface ScrubAccountParts {
  readonly disk: Disk
  /** The ledger's. */
  readonly directory: string
  /** Null if it was left. Throws DiskError. */
  readItem(item: ScrubItem): Promise<ScrubFindings | null>
  /** Null if it is not in memory: then nobody writes to it. */
  account(id: AccountId): AccountState | null
  /** Of what is on the device. */
  repair(account: AccountId, segment: Seq | null): Promise<RepairOutcome>
  repairOwn(faults: readonly OwnFault[]): Promise<RepairOutcome>
  /** A closed segment of the account has no parity. */
  missingParity(account: AccountId): void
  /** It can be gone on with from here. */
  reached(place: ScrubPlace): void
}

export interface ScrubbedWhole {
  /** Something was damaged, and still is. */
  readonly isDamaged: boolean
}

/** Null if it was left before its end. Throws DiskError. */
export async function scrubAccount(parts: ScrubAccountParts, from: ScrubPlace): Promise<ScrubbedWhole | null> {
  const { disk, directory } = parts
  const paths = accountPaths(directory, from.account)
  const { account } = from
  let place = from
  const take = async (item: ScrubItem): Promise<ScrubFindings | null> => {
    const findings = await parts.readItem(item)
    if (findings !== null && !(await repair(parts, item, account, findings))) place = { ...place, isDamaged: true }
    return findings
  }
  if (place.segment === null) {
    const stored = parts.account(account)?.storedCheckpoints ?? null
    if ((await take({ kind: 'derived', account, stored })) === null) return null
    place = { ...place, segment: 0 as Seq }
    parts.reached(place)
  }
  for (;;) {
    const first = nextFirst([...listSegments(disk, paths), ...listParity(disk, paths)], place.segment ?? 0)
    if (first === null) break
    const settled = parts.account(account)?.settled ?? null
    const findings = await take({ kind: 'segment', account, first, settled })
    if (findings === null) return null
    const { next, slots } = findings
    place = {
      ...place,
      segment: (first + 1) as Seq,
      next: Math.max(place.next, next),
      slots: place.slots + slots,
    }
    parts.reached(place)
  }
  // The slot records of what is damaged cannot be counted.
  const records = place.isDamaged ? null : place.slots
  if ((await take({ kind: 'slots', account, before: place.next, records })) === null) return null
  return { isDamaged: place.isDamaged }
}

function isWhole(outcome: RepairOutcome): boolean {
  return outcome === 'repaired' || outcome === 'intact'
}

/** False if something stays damaged. */
async function repair(
  parts: ScrubAccountParts,
  item: ScrubItem,
  account: AccountId,
  { faults, parity, isDerivedWrong, own }: ScrubFindings,
): Promise<boolean> {
  if (parity === 'missing') parts.missingParity(account)
  let whole = own.length === 0 || isWhole(await parts.repairOwn(own))
  // A record that is not the one in the tree: one of the two is wrong.
  if (isDerivedWrong || faults.some(({ kind }) => kind === 'otherHeader')) {
    whole = isWhole(await parts.repair(account, null)) && whole
  }
  if (item.kind === 'segment' && (faults.length > 0 || parity === 'damaged')) {
    whole = isWhole(await parts.repair(account, item.first)) && whole
  }
  return whole
}

/** The first of the segments from `from` on. */
function nextFirst(firsts: readonly Seq[], from: number): Seq | null {
  let next: Seq | null = null
  for (const first of firsts) if (first >= from && (next === null || first < next)) next = first
  return next
}
