// The mark of an account that its operator has destroyed on this copy of the ledger: `accounts/…/destroyed`, docs/formats/release.md §7. It takes no more
// records; its slots have gone; and when the retention time is over, so do all of its payloads.

import type { AccountId } from '#base/ids.ts'
import { type Disk, writeAll } from '#platform/disk.ts'
import { openReadOrNull } from './open-files.ts'
import type { AccountPaths } from './paths.ts'

export interface Destroyed {
  /** By the time of day, as in ISO 8601. */
  readonly time: string
  /** In the ledger's own time. */
  readonly seenMs: number
}

const BYTES_MAX = 4_096

/** Null if it is not destroyed. A damaged mark is one of no time: all of it counts as seen now. */
export function readDestroyed(disk: Disk, paths: AccountPaths): Destroyed | null {
  const file = openReadOrNull(disk, paths.destroyed)
  if (file === null) return null
  try {
    const bytes = Buffer.alloc(BYTES_MAX)
    const parsed = JSON.parse(bytes.toString('utf8', 0, file.read(bytes, 0))) as Partial<Destroyed> | null
    const { time, seenMs } = parsed ?? {}
    if (typeof time === 'string' && typeof seenMs === 'number' && Number.isSafeInteger(seenMs)) return { time, seenMs }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  } finally {
    file.close()
  }
  return { time: '', seenMs: Number.MAX_SAFE_INTEGER }
}

/** Durable when it resolves. Throws DiskError. */
export async function writeDestroyed(
  disk: Disk,
  paths: AccountPaths,
  account: AccountId,
  destroyed: Destroyed,
): Promise<void> {
  const file = disk.openWrite(`${paths.destroyed}.new`)
  try {
    file.truncate(0)
    writeAll(file, Buffer.from(`${JSON.stringify({ account, ...destroyed })}\n`), 0)
    await file.datasync()
  } finally {
    file.close()
  }
  disk.rename(`${paths.destroyed}.new`, paths.destroyed)
  await disk.syncDirectory(paths.directory)
}
