// Reading from a disk with bad sectors: what cannot be read is zeros, so that the damage stays as small as it is. Heads
// and payloads have digests: zeros are noticed.

import { DiskError, type DiskFile } from '#platform/disk.ts'

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
