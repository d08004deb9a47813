// What SQLite keeps of an index on the disk, as files: that they are encrypted, taking them away, putting one in the place of another.

import { assert } from '#base/assert.ts'
import { type Disk, systemDisk } from '#platform/disk.ts'
import { IndexStorageError } from './index-database.ts'

const PLAINTEXT_HEADER = Buffer.from('SQLite format 3\0', 'latin1')
const SUFFIXES = ['', '-wal', '-shm', '-journal']

/** Asserts what the whole design rests on: the file is not a plain SQLite database. Called when something has been written. */
export function assertEncrypted(path: string, disk: Disk = systemDisk): void {
  const file = disk.openRead(path)
  try {
    const head = Buffer.alloc(PLAINTEXT_HEADER.length)
    const length = file.read(head, 0)
    assert(length === 0 || !head.equals(PLAINTEXT_HEADER), 'the index is encrypted')
  } finally {
    file.close()
  }
}

/** Removes the file and what SQLite keeps beside it. */
export function removeIndex(path: string, disk: Disk = systemDisk): void {
  for (const suffix of SUFFIXES) if (disk.exists(path + suffix)) disk.remove(path + suffix)
}

/**
 * The first, which is closed, takes the other's place, at once: whatever stops it, there is one or the other. Throws DiskError, and IndexStorageError if not
 * all of the first is in its own file, as on a disk that is full; then nothing is changed.
 */
export function replaceIndex(from: string, to: string, disk: Disk = systemDisk): void {
  if (SUFFIXES.some((suffix) => suffix !== '' && suffix !== '-shm' && bytesOf(from + suffix, disk) > 0))
    throw new IndexStorageError('noSpace', 'the new index could not be written out')
  // SQLite would take what it keeps beside the old file for the new one's. Without that the old file may be nothing whole.
  if (SUFFIXES.some((suffix) => suffix !== '' && bytesOf(to + suffix, disk) > 0)) removeIndex(to, disk)
  disk.rename(from, to)
  for (const path of [from, to]) {
    for (const suffix of SUFFIXES) if (suffix !== '' && disk.exists(path + suffix)) disk.remove(path + suffix)
  }
}

function bytesOf(path: string, disk: Disk): number {
  if (!disk.exists(path)) return 0
  const file = disk.openRead(path)
  try {
    return file.size()
  } finally {
    file.close()
  }
}
