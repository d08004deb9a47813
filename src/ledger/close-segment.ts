// Closing an account's last segment before it is full, so that payloads can be dropped from it: the next one is begun without a record (docs/formats/ledger.md §3). A
// segment only grows while it is the last, and only what does not grow is written anew.

import type { AccountState } from './account-state.ts'
import type { OpenContext } from './open-context.ts'
import { segmentPath } from './paths.ts'
import { encodeSegmentHead, usedBytes } from './segment.ts'

/** False: not now, because something of the account is on its way. Throws DiskError. The new name is durable when the journal has turned. */
export function closeLastSegment(context: OpenContext, state: AccountState): boolean {
  const { committed, paths, id } = state
  const { segment, size } = committed
  if (segment === null || state.pins > 0 || state.settled !== size) return false
  const path = segmentPath(paths, size)
  context.touchedDirectory(paths.segments)
  context.touched(path)
  const bytesBefore = usedBytes(committed)
  context.files.write(path, encodeSegmentHead({ account: id, first: size as typeof segment.first, bytesBefore }), 0)
  state.begunSegment = size
  state.committed = { ...committed, segment: { ...segment, closed: true } }
  return true
}
