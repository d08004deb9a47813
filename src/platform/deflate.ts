// DEFLATE (RFC 1951) of a connection, in both directions (RFC 4978).
//
// Outgoing, every piece is compressed by itself: nothing of one is ever referred to by another, so that what a secret in one piece compresses to does not
// depend on what a stranger could put into another (docs/adr/0071-compression-without-a-window.md). No state is kept between pieces.
// Incoming, the client's window is kept, which is 32 KiB and zlib's own state. What comes out is handed on in small pieces, each taken before
// the next is made, and a stream that grows beyond all that mail programs say is given up.

import zlib from 'node:zlib'

/** Below this a compressed block is seldom shorter. */
const STORED_BYTES = 64
/** A stored block holds no more (RFC 1951 §3.2.4). */
const BLOCK_BYTES_MAX = 65_535
const LEVEL = 4

/** Byte-aligned, and not the end of the stream. The piece is wiped. */
export function deflatePiece(piece: Buffer): Buffer {
  const deflated = piece.length < STORED_BYTES ? null : deflateAlone(piece)
  const stored = deflated === null || deflated.length > piece.length ? storedBlocks(piece) : deflated
  piece.fill(0)
  return stored
}

function deflateAlone(piece: Buffer): Buffer {
  // A window no larger than what there is costs less to set up.
  const windowBits = Math.min(Math.max(Math.ceil(Math.log2(piece.length)), 9), 15)
  return zlib.deflateRawSync(piece, {
    level: LEVEL,
    windowBits,
    memLevel: windowBits < 13 ? 5 : 8,
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
  })
}

function storedBlocks(piece: Buffer): Buffer {
  const blocks: Buffer[] = []
  for (let at = 0; at < piece.length; at += BLOCK_BYTES_MAX) {
    const content = piece.subarray(at, at + BLOCK_BYTES_MAX)
    const header = Buffer.alloc(5)
    header.writeUInt16LE(content.length, 1)
    header.writeUInt16LE(content.length ^ 0xffff, 3)
    blocks.push(header, content)
  }
  return Buffer.concat(blocks)
}

const OUTPUT_BYTES = 16_384
/** What may come out of a session's first bytes, and of each byte. DEFLATE can make a thousand of one. */
const GROWTH_FREE_BYTES = 16 * 1_048_576
const GROWTH_MAX = 100

export class Inflater implements Disposable {
  readonly #stream = zlib.createInflateRaw({ chunkSize: OUTPUT_BYTES })
  #inputBytes = 0
  #outputBytes = 0
  #isOver = false
  #wake: () => void = () => undefined

  constructor() {
    this.#stream.on('readable', () => this.#wake())
    const over = (): void => {
      this.#isOver = true
      this.#wake()
    }
    this.#stream.on('error', over)
    this.#stream.on('end', over)
    this.#stream.on('close', over)
  }

  /** One call at a time. `take` gets pieces that are wiped after it. False: the stream is malformed, grows too much, or ended in a chunk before. */
  async push(chunk: Uint8Array, take: (piece: Buffer) => Promise<void>): Promise<boolean> {
    if (this.#isOver) return false
    this.#inputBytes += chunk.length
    let isWritten = false
    this.#stream.write(chunk, (error) => {
      if (error instanceof Error) this.#isOver = true
      isWritten = true
      this.#wake()
    })
    for (;;) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      const piece = this.#stream.read() as Buffer | null
      if (piece !== null) {
        this.#outputBytes += piece.length
        if (this.#outputBytes > GROWTH_FREE_BYTES + this.#inputBytes * GROWTH_MAX) this[Symbol.dispose]()
        else await take(piece)
        piece.fill(0)
        // Its error is told later.
      } else if (this.#stream.destroyed) this.#isOver = true
      else if (isWritten && !this.#isOver) return true
      else if (!this.#isOver) await promise
      if (this.#isOver) return false
    }
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    this.#stream.destroy()
  }
}
