// A disk as its device has it: what is read comes past the page cache (`Disk.openDevice`), everything else is as on the disk itself. For whoever wants to know
// what a crash would leave: the scrub, and repairs of what it finds.
//
// What is read one after the other is read in large pieces, other places block by block. A few pieces are kept: what was written meanwhile may not be seen.

import { type DeviceFile, type Disk, DiskError, type DiskFile } from '#platform/disk.ts'
import { DEVICE_BLOCK_BYTES, DEVICE_READ_BYTES } from '#platform/device-file.ts'
import { withReading } from './tolerant-read.ts'

export interface DeviceReads {
  /** Bytes that came from the device. */
  bytes: number
  /** False as soon as something was read through the page cache. */
  isDirect: boolean
}

interface Piece {
  start: number
  length: number
  readonly bytes: Buffer
}

const PIECES_MAX = 2

/** `reads` is counted on. `read` is told each piece, in the order in which they are read; its start is a multiple of DEVICE_BLOCK_BYTES. */
export function deviceDisk(
  disk: Disk,
  reads: DeviceReads = { bytes: 0, isDirect: true },
  read: (path: string, bytes: Buffer, position: number) => void = () => undefined,
): Disk {
  const open = (path: string): DeviceFile => disk.openDevice?.(path) ?? asDeviceFile(disk.openRead(path))
  return withReading(disk, (path) => {
    return new FileOnDevice(open(path), reads, (bytes, position) => read(path, bytes, position))
  })
}

/** Of a disk that has no other way to be read. */
function asDeviceFile(file: DiskFile): DeviceFile {
  return {
    isDirect: false,
    size: () => file.size(),
    close: () => file.close(),
    read(position, length) {
      const bytes = Buffer.allocUnsafe(length)
      return bytes.subarray(0, file.read(bytes, position))
    },
  }
}

class FileOnDevice implements DiskFile {
  readonly #file: DeviceFile
  readonly #reads: DeviceReads
  readonly #told: (bytes: Buffer, position: number) => void
  /** Least recently read first. */
  readonly #pieces: Piece[] = []
  /** Where the last piece ended. */
  #end = 0

  constructor(file: DeviceFile, reads: DeviceReads, told: (bytes: Buffer, position: number) => void) {
    this.#file = file
    this.#reads = reads
    this.#told = told
  }

  read(buffer: Uint8Array, position: number): number {
    let done = 0
    while (done < buffer.length) {
      const at = position + done
      const piece = this.#pieceWith(at, buffer.length - done)
      const bytes = piece.bytes.subarray(
        at - piece.start,
        Math.min(piece.length, at - piece.start + buffer.length - done),
      )
      if (bytes.length === 0) break
      buffer.set(bytes, done)
      done += bytes.length
    }
    return done
  }

  size(): number {
    return this.#file.size()
  }

  close(): void {
    this.#file.close()
  }

  write(): number {
    throw new DiskError('EROFS')
  }

  writeDurably(): Promise<void> {
    return Promise.reject(new DiskError('EROFS'))
  }

  datasync(): Promise<void> {
    return Promise.reject(new DiskError('EROFS'))
  }

  truncate(): void {
    throw new DiskError('EROFS')
  }

  #pieceWith(position: number, wanted: number): Piece {
    const known = this.#pieces.findIndex(({ start, length }) => position >= start && position < start + length)
    if (known >= 0) {
      const [piece] = this.#pieces.splice(known, 1) as [Piece]
      this.#pieces.push(piece)
      return piece
    }
    const start = position - (position % DEVICE_BLOCK_BYTES)
    const blocks = Math.ceil((position + wanted - start) / DEVICE_BLOCK_BYTES) * DEVICE_BLOCK_BYTES
    const needed = Math.min(blocks, DEVICE_READ_BYTES)
    const read = start === this.#end ? this.#readAhead(start, needed) : this.#file.read(start, needed)
    this.#reads.bytes += read.length
    if (!this.#file.isDirect) this.#reads.isDirect = false
    const bytes = this.#memory(read.length)
    read.copy(bytes)
    const piece = { start, length: read.length, bytes }
    this.#pieces.push(piece)
    this.#end = start + read.length
    this.#told(bytes.subarray(0, read.length), start)
    return piece
  }

  /** What comes behind may be what cannot be read. */
  #readAhead(start: number, needed: number): Buffer {
    try {
      return this.#file.read(start, DEVICE_READ_BYTES)
    } catch (error) {
      if (!(error instanceof DiskError) || error.code !== 'EIO' || needed === DEVICE_READ_BYTES) throw error
      return this.#file.read(start, needed)
    }
  }

  /** Of the piece that was read longest ago, if that is large enough. */
  #memory(length: number): Buffer {
    const oldest = this.#pieces.length < PIECES_MAX ? undefined : this.#pieces.shift()
    return oldest !== undefined && oldest.bytes.length >= length ? oldest.bytes : Buffer.allocUnsafe(length)
  }
}
