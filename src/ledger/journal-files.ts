// The files of the commit journal as files: made, grown, set aside.

import { type Disk, type DiskFile, writeAll } from '#platform/disk.ts'
import { orDurabilityError } from './dirty-files.ts'
import type { JournalContent } from './journal-replay.ts'
import { journalPath } from './paths.ts'

const PIECE_BYTES = 1024 * 1024

/** Gives a file its full size, written, so that later writes need no space and change nothing but content. */
export async function preallocate(file: DiskFile, sizeBytes: number): Promise<void> {
  let at = file.size()
  if (at >= sizeBytes) return
  const zeros = Buffer.alloc(Math.min(PIECE_BYTES, sizeBytes))
  for (; at < sizeBytes; at += PIECE_BYTES) {
    writeAll(file, zeros.subarray(0, Math.min(PIECE_BYTES, sizeBytes - at)), at)
  }
  await orDurabilityError(file.datasync())
}

/** Keeps a damaged file under another name; returns the empty one that takes its place. */
export function setAside(disk: Disk, directory: string, content: JournalContent): DiskFile {
  content.file.close()
  const path = journalPath(directory, content.index)
  disk.rename(path, `${path}.damaged-${content.stamp?.generation ?? 0}`)
  return disk.openWrite(path)
}
