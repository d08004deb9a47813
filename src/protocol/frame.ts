// Frames (docs/formats/frames.md §1): a length and one message. The reader gives messages as views into what was received, and keeps
// no more than one incomplete frame.

import { type Codec, decode, encode } from '#base/codec.ts'

const LENGTH_BYTES = 4
const NOTHING = Buffer.alloc(0)

/** What comes over the socket is not of its boundary: the connection has to end. */
export class ProtocolError extends Error {
  override name = 'ProtocolError'
}

export function encodeFrame<T>(codec: Codec<T>, message: T): Buffer {
  const frame = encode(codec, message, LENGTH_BYTES)
  frame.writeUInt32BE(frame.length - LENGTH_BYTES)
  return frame
}

export class FrameReader<T> {
  readonly #codec: Codec<T>
  readonly #bytesMax: number
  /** Bytes that were received and not yet read: `#start` up to `#end` of the buffer. */
  #buffer: Buffer = NOTHING
  #start = 0
  #end = 0

  /** `bytesMax` bounds the length of a message. */
  constructor(codec: Codec<T>, bytesMax: number) {
    this.#codec = codec
    this.#bytesMax = bytesMax
  }

  /** Takes the chunk over. */
  push(chunk: Buffer): void {
    if (this.#start === this.#end) {
      this.#buffer = chunk
      this.#start = 0
      this.#end = chunk.length
      return
    }
    const length = this.#end - this.#start
    if (this.#end + chunk.length > this.#buffer.length) {
      // Room for the whole frame at once, if its length is known and may be.
      const frame = length < LENGTH_BYTES ? 0 : this.#buffer.readUInt32BE(this.#start) + LENGTH_BYTES
      const needed = Math.max(length + chunk.length, Math.min(frame, this.#bytesMax + LENGTH_BYTES))
      const larger = Buffer.allocUnsafeSlow(needed)
      this.#buffer.copy(larger, 0, this.#start, this.#end)
      this.#buffer.fill(0, this.#start, this.#end)
      this.#buffer = larger
      this.#start = 0
      this.#end = length
    }
    chunk.copy(this.#buffer, this.#end)
    this.#end += chunk.length
    chunk.fill(0)
  }

  /** Null: it is not complete. Byte fields are views, good until `release`, which wipes them. Throws ProtocolError. */
  next(): { readonly message: T; readonly release: () => void } | null {
    if (this.#end - this.#start < LENGTH_BYTES) return null
    const length = this.#buffer.readUInt32BE(this.#start)
    if (length === 0 || length > this.#bytesMax) throw new ProtocolError('a frame out of bounds')
    const start = this.#start + LENGTH_BYTES
    if (this.#end - start < length) return null
    const body = this.#buffer.subarray(start, start + length)
    const decoded = decode(this.#codec, body)
    if (!decoded.ok) throw new ProtocolError(`a malformed message: ${decoded.error}`)
    this.#start = start + length
    return { message: decoded.value, release: () => void body.fill(0) }
  }

  /** What came behind the frames that were read, for who reads on in another way. The reader is empty then. */
  takeRest(): Buffer {
    const rest = this.#buffer.subarray(this.#start, this.#end)
    this.#reset()
    return rest
  }

  wipe(): void {
    this.#buffer.fill(0, this.#start, this.#end)
    this.#reset()
  }

  #reset(): void {
    this.#buffer = NOTHING
    this.#start = 0
    this.#end = 0
  }
}
