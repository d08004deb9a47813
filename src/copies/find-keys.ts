// Which account of a ledger a secret opens, by the key slots that are left of it: first by its slot records as they are read every day, then by whatever
// of them is whole anywhere in the log.

import type { AccountId } from '#base/ids.ts'
import { atOnce } from '#base/steps.ts'
import { readSlots } from '#account/slots.ts'
import { type Slot, decodeSlot, foldSlots } from '#keys/slot.ts'
import { LogReader } from '#ledger/reader.ts'
import type { Disk } from '#platform/disk.ts'
import { SalvagedLog } from './salvaged-log.ts'

/** The first account for which `open` returns something; null if there is none. */
export async function findKeys<T>(
  disk: Disk,
  ledger: string,
  accounts: readonly AccountId[],
  open: (account: AccountId, slots: readonly Slot[]) => Promise<T | null>,
): Promise<{ readonly account: AccountId; readonly opened: T } | null> {
  for (const slotsOf of [storedSlots, salvagedSlots]) {
    for (const account of accounts) {
      const opened = await open(account, slotsOf(disk, ledger, account))
      if (opened !== null) return { account, opened }
    }
  }
  return null
}

function storedSlots(disk: Disk, ledger: string, account: AccountId): Slot[] {
  using reader = new LogReader(disk, ledger, account)
  return readSlots(reader)
}

function salvagedSlots(disk: Disk, ledger: string, account: AccountId): Slot[] {
  using log = new SalvagedLog(disk, ledger, account)
  atOnce(log.find(() => undefined))
  return foldSlots(
    log
      .slots()
      .map(decodeSlot)
      .filter((record) => record !== null),
  )
}
