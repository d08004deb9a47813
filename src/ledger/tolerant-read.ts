// Reading from a disk with bad sectors: what cannot be read is zeros, so that the damage stays as small as it is. Heads
// and payloads have digests: zeros are noticed.

import { type Disk, DiskError, type DiskFile } from '#platform/disk.ts'

const PIECE_BYTES = 512

/** As `DiskFile.read`, but blocks that give EIO come as zeros. */
export function readTolerantly(file: DiskFile, buffer: Uint8Array, position: number): number {
  try {
    return file.read(buffer, position)
  } catch (error) {
    if (!isUnreadable(error)) throw error
    return readPieces(file, buffer, position)
  }
}

function isUnreadable(error: unknown): boolean {
  return error instanceof DiskError && error.code === 'EIO'
}

function readPieces(file: DiskFile, buffer: Uint8Array, position: number): number {
  const wanted = Math.min(buffer.length, Math.max(0, file.size() - position))
  let done = 0
  while (done < wanted) {
    const end = Math.min(done + PIECE_BYTES - ((position + done) % PIECE_BYTES), wanted)
    const piece = buffer.subarray(done, end)
    try {
      if (file.read(piece, position + done) < piece.length) return done
    } catch (error) {
      if (!isUnreadable(error)) throw error
      piece.fill(0)
    }
    done = end
  }
  return done
}

/** The disk, with files of which what cannot be read is zeros: for what is compared with what it should be. */
export function tolerantDisk(disk: Disk): Disk {
  return withReading(disk, (path) => readingBy(disk.openRead(path), readTolerantly))
}

/** The disk, with files that end before a read that fails: for what is believed unless it is missing. */
export function missingIfUnreadable(disk: Disk): Disk {
  return withReading(disk, (path) =>
    readingBy(disk.openRead(path), (file, buffer, position) => {
      try {
        return file.read(buffer, position)
      } catch (error) {
        if (!isUnreadable(error)) throw error
        return 0
      }
    }),
  )
}

function readingBy(file: DiskFile, read: typeof readTolerantly): DiskFile {
  return {
    read: (buffer, position) => read(file, buffer, position),
    write: (buffer, position) => file.write(buffer, position),
    datasync: () => file.datasync(),
    writeDurably: (buffer, position) => file.writeDurably(buffer, position),
    size: () => file.size(),
    truncate: (sizeBytes) => file.truncate(sizeBytes),
    close: () => file.close(),
  }
}

/** The disk, read in another way. */
export function withReading(disk: Disk, openRead: (path: string) => DiskFile): Disk {
  return {
    ...(disk.concurrency === undefined ? {} : { concurrency: disk.concurrency }),
    openRead,
    openWrite: (path, mode) => disk.openWrite(path, mode),
    exists: (path) => disk.exists(path),
    list: (path) => disk.list(path),
    makeDirectory: (path) => disk.makeDirectory(path),
    rename: (from, to) => disk.rename(from, to),
    link: (from, to) => disk.link(from, to),
    remove: (path) => disk.remove(path),
    syncDirectory: (path) => disk.syncDirectory(path),
  }
}
