// What an account takes on the disk: the sizes that its segments had when they were written, less the payloads that were dropped since. The latter are
// counted, from the sizes of the files, when somebody first needs to know, and again after something was dropped.

import type { AccountState } from './account-state.ts'
import type { OpenContext } from './open-context.ts'
import { openReadOrNull } from './open-files.ts'
import { listSegments, segmentPath } from './paths.ts'
import { usedBytes } from './segment.ts'

/** Sum of the sizes of the account's segments, with all committed records. Throws DiskError. */
export function storedBytes(context: OpenContext, state: AccountState): number {
  return usedBytes(state.committed) - droppedBytes(context, state)
}

/** Throws DiskError. */
export function droppedBytes(context: OpenContext, state: AccountState): number {
  return (state.droppedBytes ??= countDropped(context, state))
}

function countDropped({ disk }: OpenContext, { paths, committed, settled }: AccountState): number {
  const last = committed.segment
  if (last === null) return 0
  let dropped = last.bytesBefore
  for (const first of listSegments(disk, paths)) {
    if (first < last.first) dropped -= sizeOf(first)
    // It was closed to drop something from it, and no record came since.
    else if (first === last.first && last.closed && settled === committed.size) dropped += last.end - sizeOf(first)
  }
  return Math.max(0, dropped)

  function sizeOf(first: number): number {
    const file = openReadOrNull(disk, segmentPath(paths, first))
    const size = file?.size() ?? 0
    file?.close()
    return size
  }
}
