// Setting the directory aside that a ledger was copied with. It was sealed under the server secret of the machine that it comes from, and cannot
// be read where that is not known; a new one begins in its place. Nothing is deleted: docs/formats/ledger.md §1.

import { SYSTEM_ACCOUNT } from '#base/ids.ts'
import { accountPaths } from '#ledger/paths.ts'
import type { Disk } from '#platform/disk.ts'

/** Durable when it resolves with where the log is now. The ledger must not run, and its commit journal must be empty. Throws DiskError. */
export async function setDirectoryAside(disk: Disk, ledgerDirectory: string): Promise<string> {
  const { directory, ancestors } = accountPaths(ledgerDirectory, SYSTEM_ACCOUNT)
  const aside = `${ledgerDirectory}/aside`
  disk.makeDirectory(aside)
  const taken = new Set(disk.list(aside))
  let number = 1
  while (taken.has(`${SYSTEM_ACCOUNT}-${number}`)) number++
  const target = `${aside}/${SYSTEM_ACCOUNT}-${number}`
  disk.rename(directory, target)
  // The new name first: cut short by a crash, it is there under one of the two or under both.
  for (const changed of [aside, ledgerDirectory, ...ancestors.slice(-1)]) await disk.syncDirectory(changed)
  return target
}

/** Whether this ledger began on another machine, and was taken over here. */
export function wasAdopted(disk: Disk, ledgerDirectory: string): boolean {
  return disk.exists(`${ledgerDirectory}/aside`)
}
