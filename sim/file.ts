// The content of a simulated file: what the page cache has, and what the device has. A crash leaves of each 512-byte sector that was
// written and not synced either version, or one that was on its way.

import type { Random } from './random.ts'

const SECTOR_BYTES = 512

/** Bytes of which the length can be changed; what was never written is zeros. */
class Content {
  bytes = Buffer.alloc(0)
  size = 0

  resize(size: number): void {
    if (size > this.bytes.length) {
      const grown = Buffer.alloc(Math.max(size, this.bytes.length * 2))
      this.bytes.copy(grown, 0, 0, this.size)
      this.bytes = grown
    }
    if (size < this.size) this.bytes.fill(0, size, this.size)
    this.size = size
  }

  sector(index: number): Buffer {
    const sector = Buffer.alloc(SECTOR_BYTES)
    this.bytes.copy(sector, 0, index * SECTOR_BYTES, Math.min((index + 1) * SECTOR_BYTES, this.size))
    return sector
  }

  setSector(index: number, sector: Buffer): void {
    const at = index * SECTOR_BYTES
    sector.copy(this.bytes, at, 0, Math.max(0, Math.min(SECTOR_BYTES, this.size - at)))
  }
}

/** A write-back under way. */
export interface WriteBack {
  /** It reached the device. */
  complete(): void
}

export class SimulatedFile {
  readonly #cached = new Content()
  readonly #durable = new Content()
  readonly #dirty = new Set<number>()
  readonly #flying = new Map<number, Buffer[]>()
  #syncs = 0
  /** The sync that made the durable size. */
  #sizeFrom = 0
  /** Sectors that cannot be read. */
  readonly unreadable = new Set<number>()

  get size(): number {
    return this.#cached.size
  }

  read(buffer: Uint8Array, position: number): number {
    const end = Math.min(position + buffer.length, this.size)
    if (end <= position) return 0
    buffer.set(this.#cached.bytes.subarray(position, end))
    return end - position
  }

  /** As it is on the device; what was not written back yet is, before it is read. */
  readDevice(buffer: Uint8Array, position: number): number {
    const read = this.read(buffer, position)
    const durable = this.#durable.bytes.subarray(0, this.#durable.size)
    for (let at = position; at < position + read;) {
      const sector = Math.floor(at / SECTOR_BYTES)
      const end = Math.min((sector + 1) * SECTOR_BYTES, position + read)
      const isClean = !this.#dirty.has(sector) && !this.#flying.has(sector)
      if (isClean) buffer.set(durable.subarray(at, Math.min(end, durable.length)), at - position)
      at = end
    }
    return read
  }

  /** Whether a range has a sector that cannot be read. */
  isUnreadable(position: number, length: number): boolean {
    if (this.unreadable.size === 0) return false
    const last = Math.floor((Math.min(position + length, this.size) - 1) / SECTOR_BYTES)
    for (let sector = Math.floor(position / SECTOR_BYTES); sector <= last; sector++) {
      if (this.unreadable.has(sector)) return true
    }
    return false
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return
    if (position + bytes.length > this.size) this.#cached.resize(position + bytes.length)
    this.#cached.bytes.set(bytes, position)
    this.#touch(position, position + bytes.length)
    // A device stores elsewhere what is written whole to a sector that it cannot read.
    for (const sector of this.unreadable) {
      const [start, end] = [sector * SECTOR_BYTES, Math.min((sector + 1) * SECTOR_BYTES, this.size)]
      if (start >= position && end <= position + bytes.length) this.unreadable.delete(sector)
    }
  }

  truncate(size: number): void {
    const from = Math.min(size, this.size)
    const to = Math.max(size, this.size)
    this.#cached.resize(size)
    this.#touch(from, to)
  }

  /** What is dirty is clean from now on, and durable when the write-back completes. */
  beginSync(): WriteBack {
    const sectors = [...this.#dirty].map((index) => ({ index, bytes: this.#cached.sector(index) }))
    const { size } = this.#cached
    const number = ++this.#syncs
    this.#dirty.clear()
    for (const { index, bytes } of sectors) this.#flying.set(index, [...(this.#flying.get(index) ?? []), bytes])
    return {
      complete: () => {
        if (number > this.#sizeFrom) {
          this.#durable.resize(size)
          this.#sizeFrom = number
        }
        for (const { index, bytes } of sectors) {
          const versions = this.#flying.get(index) ?? []
          const own = versions.indexOf(bytes)
          // A later version got there first: an older one does not come after it.
          if (own < 0) continue
          this.#durable.setSector(index, bytes)
          if (own === versions.length - 1) this.#flying.delete(index)
          else this.#flying.set(index, versions.slice(own + 1))
        }
      },
    }
  }

  /** A write-back that failed: the cache is clean, and nobody knows what reached the device. */
  failSync(random: Random): void {
    const writeBack = this.beginSync()
    if (random.chance(0.3)) writeBack.complete()
    else this.#flying.clear()
  }

  /** The file after a power failure. */
  crash(random: Random): SimulatedFile {
    const after = new SimulatedFile()
    const size = this.#sizeAfterCrash(random)
    for (const content of [after.#cached, after.#durable]) {
      content.resize(Math.max(size, this.#durable.size))
      this.#durable.bytes.copy(content.bytes, 0, 0, this.#durable.size)
    }
    // Often nothing got out, or everything; sometimes any part.
    const survival = random.pick([0, 0.5, 0.9, 1])
    for (const index of new Set([...this.#dirty, ...this.#flying.keys()])) {
      if (!random.chance(survival)) continue
      const survivor = random.pick([...(this.#flying.get(index) ?? []), this.#cached.sector(index)])
      after.#cached.setSector(index, survivor)
      after.#durable.setSector(index, survivor)
    }
    after.#cached.resize(size)
    after.#durable.resize(size)
    return after
  }

  /** Changes bytes behind everybody's back, as a bad disk does. */
  corrupt(position: number, bytes: Uint8Array): void {
    this.#cached.bytes.set(bytes, position)
    this.corruptDevice(position, bytes)
  }

  /** The same where the page cache has what was there. */
  corruptDevice(position: number, bytes: Uint8Array): void {
    const durable = bytes.subarray(0, Math.max(0, this.#durable.size - position))
    if (durable.length > 0) this.#durable.bytes.set(durable, position)
  }

  #sizeAfterCrash(random: Random): number {
    const { size } = this.#durable
    if (this.#cached.size === size || random.chance(0.4)) return size
    if (random.chance(0.6) || this.#cached.size < size) return this.#cached.size
    return size + random.below(this.#cached.size - size)
  }

  #touch(start: number, end: number): void {
    for (let sector = Math.floor(start / SECTOR_BYTES); sector * SECTOR_BYTES < end; sector++) this.#dirty.add(sector)
  }
}
