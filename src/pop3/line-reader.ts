// Cuts the client's bytes into lines (RFC 1939 §3). Any division into chunks gives the same lines; what is longer than allowed is
// dropped up to its end. Lines are views that end with the next call.

/** `flood`: so much of one line was dropped that its end is not waited for. Nothing else comes after it. */
export type LineEvent = { readonly kind: 'line'; readonly bytes: Buffer } | { readonly kind: 'tooLong' | 'flood' }

const FLOOD_BYTES = 65_536

const LF = 0x0a
const CR = 0x0d

export class LineReader {
  readonly #lineBytesMax: number
  #buffer = Buffer.alloc(0)
  #start = 0
  #end = 0
  #scan = 0
  #isDropping = false
  /** Of the line that is dropped. */
  #droppedBytes = 0

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax
  }

  /** Copies the chunk. Take all lines with `next` before the next one. */
  push(chunk: Uint8Array): void {
    const length = this.#end - this.#start
    const needed = length + chunk.length
    if (this.#end + chunk.length > this.#buffer.length) {
      const target = needed <= this.#buffer.length ? this.#buffer : Buffer.alloc(Math.max(256, needed * 2))
      this.#buffer.copy(target, 0, this.#start, this.#end)
      // The old buffer may have held a password.
      if (target !== this.#buffer) this.#buffer.fill(0)
      this.#scan -= this.#start
      this.#start = 0
      this.#end = length
      this.#buffer = target
    }
    this.#buffer.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /** The next line without its end, or null when more bytes are needed. */
  next(): LineEvent | null {
    const found = this.#buffer.subarray(this.#scan, this.#end).indexOf(LF)
    if (found < 0) {
      this.#scan = this.#end
      if (this.#end - this.#start > this.#lineBytesMax) {
        this.#isDropping = true
      }
      if (this.#isDropping) {
        this.#droppedBytes += this.#end - this.#start
        this.#start = this.#end
      }
      if (this.#start === this.#end) this.wipe()
      return this.#droppedBytes > FLOOD_BYTES ? { kind: 'flood' } : null
    }
    const end = this.#scan + found
    const start = this.#start
    this.#start = this.#scan = end + 1
    if (this.#isDropping || end - start > this.#lineBytesMax) {
      this.#droppedBytes += end - start
      if (this.#droppedBytes > FLOOD_BYTES) return { kind: 'flood' }
      this.#isDropping = false
      this.#droppedBytes = 0
      return { kind: 'tooLong' }
    }
    const textEnd = end > start && this.#buffer[end - 1] === CR ? end - 1 : end
    return { kind: 'line', bytes: this.#buffer.subarray(start, textEnd) }
  }

  get isEmpty(): boolean {
    return this.#start === this.#end && !this.#isDropping
  }

  /** What was not read yet, as a new buffer; the reader is empty and overwritten afterwards. */
  takeRest(): Buffer {
    const rest = Buffer.from(this.#buffer.subarray(this.#start, this.#end))
    this.wipe()
    return rest
  }

  wipe(): void {
    this.#buffer.fill(0)
    this.#buffer = Buffer.alloc(0)
    this.#start = this.#end = this.#scan = 0
  }
}
