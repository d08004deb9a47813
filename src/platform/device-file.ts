// Reading a file from its device, past the page cache (O_DIRECT): only that says what is on the disk. The page cache would answer from memory what was
// written or read long ago.
//
// The system wants memory, position and length aligned, and says by EINVAL where they are not. Addresses cannot be seen from here, but where a large
// ArrayBuffer begins in its page stays the same: the place in it that is aligned is found by trying. File systems without O_DIRECT, and systems without
// it, are read as usual, and say so.

import fs from 'node:fs'

/** Positions and lengths are multiples of it. */
export const DEVICE_BLOCK_BYTES = 4096
/** The most that one call reads. */
export const DEVICE_READ_BYTES = 256 * 1024

/** Addresses of memory are multiples of it already. */
const ADDRESS_STEP = 16

/** Null where the system has no such thing. */
const O_DIRECT: number | null = fs.constants.O_DIRECT ?? null

const memory = {
  buffer: null as Buffer | null,
  /** Where it worked last. */
  offset: 0,
}

export class SystemDeviceFile {
  readonly #path: string
  #descriptor: number
  #isDirect: boolean

  private constructor(path: string, descriptor: number, isDirect: boolean) {
    this.#path = path
    this.#descriptor = descriptor
    this.#isDirect = isDirect
  }

  /** Throws what the system says. */
  static open(path: string): SystemDeviceFile {
    if (O_DIRECT !== null) {
      try {
        return new SystemDeviceFile(path, fs.openSync(path, fs.constants.O_RDONLY | O_DIRECT), true)
      } catch (error) {
        if (!isRefusal(error)) throw error
      }
    }
    return new SystemDeviceFile(path, fs.openSync(path, 'r'), false)
  }

  get isDirect(): boolean {
    return this.#isDirect
  }

  size(): number {
    return fs.fstatSync(this.#descriptor).size
  }

  /** As `DeviceFile.read`. Throws what the system says. */
  read(position: number, length: number): Buffer {
    memory.buffer ??= Buffer.allocUnsafeSlow(DEVICE_READ_BYTES + DEVICE_BLOCK_BYTES)
    if (!this.#isDirect) return this.#readAt(0, position, length)
    try {
      return this.#readAt(memory.offset, position, length)
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
    for (let offset = 0; offset < DEVICE_BLOCK_BYTES; offset += ADDRESS_STEP) {
      try {
        const bytes = this.#readAt(offset, position, length)
        memory.offset = offset
        return bytes
      } catch (error) {
        if (!isRefusal(error)) throw error
      }
    }
    // The file system opens with O_DIRECT, and does not read so.
    const descriptor = fs.openSync(this.#path, 'r')
    fs.closeSync(this.#descriptor)
    this.#descriptor = descriptor
    this.#isDirect = false
    return this.#readAt(0, position, length)
  }

  close(): void {
    fs.closeSync(this.#descriptor)
  }

  #readAt(offset: number, position: number, length: number): Buffer {
    const target = memory.buffer as Buffer
    let done = 0
    while (done < length) {
      const count = fs.readSync(this.#descriptor, target, offset + done, length - done, position + done)
      done += count
      // A count that is not whole blocks is the end of the file.
      if (count === 0 || count % DEVICE_BLOCK_BYTES !== 0) break
    }
    return target.subarray(offset, offset + done)
  }
}

function isRefusal(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EINVAL' || code === 'EOPNOTSUPP' || code === 'ENOTSUP'
}
