// Files that the client has uploaded and not used yet (RFC 8620 §6.1). They wait in the memory of the unlocked account, for 90 minutes: nothing of
// them reaches a disk, and they go with the lock. When there is no room for another, the oldest give way, as the RFC wants it.

import { wipe } from '#base/bytes.ts'
import type { JmapHost, JmapTimer } from './host.ts'
import {
  CONCURRENT_UPLOADS_MAX,
  UPLOADED_BYTES_MAX,
  UPLOADS_MAX,
  UPLOAD_BYTES_MAX,
  UPLOAD_LIFETIME_MS,
} from './limits.ts'

interface Stored {
  readonly bytes: Buffer
  readonly endsAt: number
}

export class Uploads implements Disposable {
  readonly #host: JmapHost
  readonly #stored = new Map<string, Stored>()
  #bytes = 0
  #running = 0
  #timer: JmapTimer | null = null

  constructor(host: JmapHost) {
    this.#host = host
  }

  /** Null if as many are under way as may be. */
  begin(): Upload | null {
    if (this.#running >= CONCURRENT_UPLOADS_MAX) return null
    this.#running++
    return new Upload(
      (bytes) => this.#store(bytes),
      () => this.#running--,
    )
  }

  /** Valid until the caller waits for something. */
  get(key: string): Buffer | null {
    const stored = this.#stored.get(key)
    return stored === undefined || stored.endsAt <= this.#host.monotonic() ? null : stored.bytes
  }

  /** A new blob's id, which nobody can guess. */
  #store(bytes: Buffer): string {
    this.#expire()
    for (const key of this.#stored.keys()) {
      if (this.#bytes + bytes.length <= UPLOADED_BYTES_MAX && this.#stored.size < UPLOADS_MAX) break
      this.#remove(key)
    }
    const key = `u${this.#host.random(16).toString('hex')}`
    this.#stored.set(key, { bytes, endsAt: this.#host.monotonic() + UPLOAD_LIFETIME_MS })
    this.#bytes += bytes.length
    this.#timer ??= this.#host.after(UPLOAD_LIFETIME_MS, () => this.#tick())
    return key
  }

  #tick(): void {
    this.#timer = null
    this.#expire()
    const [next] = this.#stored.values()
    if (next === undefined) return
    this.#timer = this.#host.after(Math.max(1000, next.endsAt - this.#host.monotonic()), () => this.#tick())
  }

  #expire(): void {
    const now = this.#host.monotonic()
    for (const [key, { endsAt }] of this.#stored) if (endsAt <= now) this.#remove(key)
  }

  #remove(key: string): void {
    const stored = this.#stored.get(key)
    if (stored === undefined) return
    this.#stored.delete(key)
    this.#bytes -= stored.bytes.length
    wipe(stored.bytes)
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel()
    this.#timer = null
    for (const key of this.#stored.keys()) this.#remove(key)
  }
}

const CAPACITY_MIN = 65_536

/** A file on its way. Dispose it, finished or not. */
export class Upload implements Disposable {
  readonly #store: (bytes: Buffer) => string
  readonly #ended: () => void
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0
  #state: 'open' | 'tooLarge' | 'ended' = 'open'

  constructor(store: (bytes: Buffer) => string, ended: () => void) {
    this.#store = store
    this.#ended = ended
  }

  get sizeBytes(): number {
    return this.#length
  }

  /** False when it is larger than a file may be: what was written is gone. */
  write(chunk: Uint8Array): boolean {
    if (this.#state !== 'open') return false
    if (this.#length + chunk.length > UPLOAD_BYTES_MAX) {
      this.#state = 'tooLarge'
      wipe(this.#bytes)
      this.#bytes = Buffer.alloc(0)
      return false
    }
    this.#reserve(this.#length + chunk.length)
    this.#bytes.set(chunk, this.#length)
    this.#length += chunk.length
    return true
  }

  /** The blob's id, or null if it was too large. Once. */
  finish(): string | null {
    if (this.#state !== 'open') return null
    this.#state = 'ended'
    const bytes = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#length)
    const key = this.#store(bytes)
    this.#ended()
    return key
  }

  #reserve(needed: number): void {
    if (needed <= this.#bytes.length) return
    const capacity = Math.min(Math.max(needed, this.#bytes.length * 2, CAPACITY_MIN), UPLOAD_BYTES_MAX)
    const grown = Buffer.allocUnsafeSlow(capacity)
    this.#bytes.copy(grown, 0, 0, this.#length)
    wipe(this.#bytes)
    this.#bytes = grown
  }

  [Symbol.dispose](): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    wipe(this.#bytes)
    this.#ended()
  }
}
