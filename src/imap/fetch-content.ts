// The content of one message while it is fetched.
//
// A message of usual size is opened once for all that is asked of it. Of a large one no more than a piece is in memory at a time:
// it is read twice, first to verify that all of it can be served, because a literal whose size has been announced cannot be
// taken back. What is held whole can be read again in small pieces, too: from where a client has come that takes its time
// (docs/adr/0100-slow-readers-and-turns.md).

import { asBuffer, wipe } from '#base/bytes.ts'
import type { EmailId } from '#base/ids.ts'
import { TimeSlice, type TimeSliceHost } from '#base/time-slice.ts'
import type { Part } from '#message/part.ts'
import { type TransferStream, transferStream } from '#message/transfer-stream.ts'
import { type Account, DamagedMessageError, type OpenedMessage } from '#account/account.ts'

/** Messages up to this size are held whole while they are sent. */
const WHOLE_BYTES_MAX = 4 * 1_048_576
const PIECE_BYTES = 1_048_576
/** While a client takes its time, this much is held of what it is sent. */
const SMALL_PIECE_BYTES = 65_536

/** The same bytes from an offset on, each piece read when it is asked for and valid until the next is. */
type Again = (from: number) => AsyncGenerator<Uint8Array>

/** Bytes in memory until the content is disposed, or a verified range of the stored message. */
export type Slice =
  | { readonly kind: 'held'; bytes: Uint8Array; readonly again?: Again }
  | { readonly kind: 'stored'; readonly start: number; readonly end: number }

export function sliceLength(slice: Slice): number {
  return slice.kind === 'held' ? slice.bytes.length : slice.end - slice.start
}

export class MessageContent implements Disposable {
  readonly sizeBytes: number
  readonly #account: Account
  readonly #email: EmailId
  readonly #held: OpenedMessage[] = []
  readonly #slice: TimeSlice
  #whole: OpenedMessage | null = null

  private constructor(account: Account, email: EmailId, sizeBytes: number, host: TimeSliceHost) {
    this.#account = account
    this.#slice = new TimeSlice(host)
    this.#email = email
    this.sizeBytes = sizeBytes
  }

  /**
   * Throws DamagedMessageError, also for an e-mail whose place a notice of damage takes: clients keep what they were given
   * for ever, so the notice is only shown in lists.
   */
  static async of(account: Account, email: EmailId, host: TimeSliceHost): Promise<MessageContent> {
    let known = account.email(email)
    let damage: string | null = null
    if (known?.damaged === true) {
      // To open it is to look whether it has been repaired.
      using opened = await account.open(email)
      damage = opened.damage ?? null
      known = account.email(email)
    }
    if (known === null || known.damaged) throw new DamagedMessageError('the e-mail is damaged or has gone', damage)
    return new MessageContent(account, email, known.sizeBytes, host)
  }

  /** Where the parts of the message are. */
  structure(): Part {
    const structure = this.#account.parts(this.#email)
    if (structure === null) throw new DamagedMessageError('the e-mail has gone')
    return structure
  }

  /** All of it verified. Throws DamagedMessageError. */
  async slice(start: number, end: number): Promise<Slice> {
    if (start >= end) return { kind: 'held', bytes: Buffer.alloc(0) }
    const isMuch = end - start >= this.sizeBytes / 4
    const again = (from: number): AsyncGenerator<Uint8Array> => this.pieces(start + from, end, SMALL_PIECE_BYTES)
    if (this.#whole !== null || (this.sizeBytes <= WHOLE_BYTES_MAX && isMuch)) {
      return { kind: 'held', bytes: (await this.#open()).subarray(start, end), again }
    }
    if (end - start <= PIECE_BYTES) return { kind: 'held', bytes: await this.hold(start, end), again }
    for await (const piece of this.pieces(start, end)) void piece
    return { kind: 'stored', start, end }
  }

  /** These bytes, in memory until the content is disposed. Throws DamagedMessageError. */
  async hold(start: number, end: number): Promise<Uint8Array> {
    if (this.#whole !== null) return this.#whole.bytes.subarray(start, end)
    if (end - start > PIECE_BYTES) return this.#collect(end - start, this.pieces(start, end))
    const opened = await this.#piece(start, end)
    this.#held.push(opened)
    return opened.bytes
  }

  /** A part without its transfer encoding, likewise. */
  async decode(part: Part): Promise<Uint8Array> {
    using stream = transferStream(part)
    if (stream === null) return await this.hold(part.bodyStart, part.end)
    // No encoding makes more of less.
    return await this.#collect(part.end - part.bodyStart, this.#decoded(stream, part))
  }

  /** Bytes `start` to `end` of what `decode` gives. */
  async *decodedPieces(part: Part, start: number, end: number): AsyncGenerator<Uint8Array> {
    using stream = transferStream(part)
    if (stream === null) {
      yield* this.pieces(part.bodyStart + start, Math.min(part.bodyStart + end, part.end), SMALL_PIECE_BYTES)
      return
    }
    let at = 0
    for await (const piece of this.#decoded(stream, part, SMALL_PIECE_BYTES)) {
      if (at + piece.length > start) yield piece.subarray(Math.max(start - at, 0), end - at)
      at += piece.length
      if (at >= end) return
    }
  }

  async *#decoded(stream: TransferStream, part: Part, pieceBytes?: number): AsyncGenerator<Uint8Array> {
    for await (const piece of this.pieces(part.bodyStart, part.end, pieceBytes)) {
      const decoded = stream.write(asBuffer(piece))
      yield decoded
      wipe(decoded)
    }
    const rest = stream.end()
    yield rest
    wipe(rest)
  }

  async #collect(sizeMax: number, pieces: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafeSlow(sizeMax)
    this.#held.push({ bytes, [Symbol.dispose]: () => wipe(bytes) })
    let length = 0
    for await (const piece of pieces) {
      bytes.set(piece, length)
      length += piece.length
    }
    return bytes.subarray(0, length)
  }

  #piece(start: number, end: number): Promise<OpenedMessage> {
    return this.#account.openRange(this.#email, start, end)
  }

  /** Each piece is valid until the next is asked for. Other sessions have their turn between them. Throws DamagedMessageError. */
  async *pieces(start: number, end: number, pieceBytes = PIECE_BYTES): AsyncGenerator<Uint8Array> {
    for (let at = start; at < end; at += pieceBytes) {
      using opened = await this.#piece(at, Math.min(at + pieceBytes, end))
      yield opened.bytes
      if (this.#slice.isOver) await this.#slice.next()
    }
  }

  async #open(): Promise<Uint8Array> {
    this.#whole ??= await this.#account.open(this.#email)
    return this.#whole.bytes
  }

  /** Wipes all that is held. What can be read again can be read. */
  letGo(): void {
    this.#whole?.[Symbol.dispose]()
    this.#whole = null
    for (const opened of this.#held) opened[Symbol.dispose]()
    this.#held.length = 0
  }
  [Symbol.dispose](): void {
    this.letGo()
  }
}
