// Collects replies in one buffer and hands it to the host when it is full or flushed.
//
// Writing never waits, so that a reply is never half written when something else wants to write. Whoever produces more than a
// few lines calls `room` between them and waits if it must: that is what keeps a session with a slow reader small.

const CHUNK_BYTES = 65_536
/** Small replies begin with a small buffer: most sessions are idle most of the time. */
const FIRST_BYTES = 512
/** Beyond this, copying by the engine's own loop loses to a native copy. */
const LOOP_BYTES = 40

export class ResponseWriter {
  readonly #send: (bytes: Buffer) => Promise<void> | null
  #buffer = Buffer.alloc(0)
  #length = 0
  #drain: Promise<void> | null = null

  constructor(send: (bytes: Buffer) => Promise<void> | null) {
    this.#send = send
  }

  /** ASCII text. */
  text(text: string): void {
    this.#reserve(text.length)
    this.#length += this.#buffer.write(text, this.#length, 'latin1')
  }

  /** One line. */
  line(text: string): void {
    this.text(text)
    this.text('\r\n')
  }

  bytes(bytes: Uint8Array): void {
    const length = bytes.length
    this.#reserve(length)
    const buffer = this.#buffer
    let at = this.#length
    if (length > LOOP_BYTES) buffer.set(bytes, at)
    else for (let index = 0; index < length; index++) buffer[at++] = bytes[index] as number
    this.#length += length
  }

  /** A whole number from 0 to 2^53 - 1, in decimal. */
  number(value: number): void {
    this.#reserve(16)
    if (value > 0x7fff_ffff) {
      this.#length += this.#buffer.write(String(value), this.#length, 'latin1')
      return
    }
    const buffer = this.#buffer
    let size = 1
    for (let bound = 10; value >= bound && size < 10; bound *= 10) size++
    let at = this.#length + size
    this.#length = at
    let rest = value | 0
    do {
      const next = (rest / 10) | 0
      buffer[--at] = 0x30 + (rest - next * 10)
      rest = next
    } while (rest > 0)
  }

  /** Hands over what is written. */
  flush(): void {
    if (this.#length === 0) return
    const full = this.#buffer.subarray(0, this.#length)
    this.#buffer = Buffer.alloc(0)
    this.#length = 0
    const drain = this.#send(full)
    if (drain === null) return
    const all = this.#drain === null ? drain : Promise.all([this.#drain, drain]).then(() => undefined)
    this.#drain = all
    void all.then(() => {
      if (this.#drain === all) this.#drain = null
    })
  }

  /** Null: go on writing. Otherwise wait for the promise first. */
  room(): Promise<void> | null {
    return this.#drain
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#buffer.length) return
    const needed = this.#length + size
    if (needed > CHUNK_BYTES || this.#buffer.length >= CHUNK_BYTES) {
      this.flush()
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, size))
      return
    }
    // Most of what is longer than a line is one literal, and then little else.
    const length = Math.min(CHUNK_BYTES, Math.max(needed + FIRST_BYTES, this.#buffer.length * 4))
    const grown = Buffer.allocUnsafeSlow(needed <= FIRST_BYTES ? FIRST_BYTES : length)
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}
