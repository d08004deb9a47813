// The end of a log in a verification: what no checkpoint covers waits for one in the commit journal (docs/formats/ledger.md §7). If it is in
// neither, checkpoints were lost, or somebody added records that were never committed.

import type { AccountId } from '#base/ids.ts'
import type { Disk } from '#platform/disk.ts'
import { CheckpointFile } from './checkpoint-file.ts'
import { verifyCheckpoint } from './checkpoint.ts'
import { journalledRecords } from './journal-replay.ts'
import { accountPaths } from './paths.ts'

interface TailParts {
  readonly disk: Disk
  readonly directory: string
  readonly publicKey: Uint8Array
}

/** The first record that is in neither; null if there is none. `signedSize`: what was signed when the verification began. */
export function firstUnsigned(
  parts: TailParts,
  account: AccountId,
  { size, signedSize }: { readonly size: number; readonly signedSize: number },
): number | null {
  let from = Math.max(signedSize, signedNow(parts, account))
  if (from >= size) return null
  const journalled = journalledRecords(parts.disk, parts.directory, account)
  // A checkpoint may have been stored, and the journal cut, while it was read.
  from = Math.max(from, signedNow(parts, account))
  while (from < size && journalled.has(from)) from++
  return from < size ? from : null
}

/** The size of the newest checkpoint with a good signature. */
function signedNow({ disk, directory, publicKey }: TailParts, account: AccountId): number {
  const checkpoints = new CheckpointFile(disk, accountPaths(directory, account).checkpoints, account)
  try {
    for (let index = checkpoints.count - 1; index >= 0; index--) {
      const entry = checkpoints.at(index)
      if (entry !== null && verifyCheckpoint(entry, publicKey)) return entry.size
    }
    return 0
  } finally {
    checkpoints.close()
  }
}
