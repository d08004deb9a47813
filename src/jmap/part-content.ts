// The content of a part of a stored message, its transfer encoding undone, piece by piece: of a large one no more than a piece is in memory.

import { asBuffer, wipe } from '#base/bytes.ts'
import type { EmailId } from '#base/ids.ts'
import { TimeSlice } from '#base/time-slice.ts'
import { DamagedMessageError } from '#account/account.ts'
import type { Part } from '#message/part.ts'
import { transferStream } from '#message/transfer-stream.ts'
import type { Shared } from './context.ts'

export type ContentSource = Pick<Shared, 'account' | 'host' | 'contentSizes'>

/** Of a body as it is stored. */
const PIECE_BYTES = 262_144

/** Bytes `start` to `end` of a message as it is stored. Each piece is wiped when the next is asked for. Throws DamagedMessageError. */
export async function* storedPieces(
  { account, host }: Pick<ContentSource, 'account' | 'host'>,
  email: EmailId,
  start: number,
  end: number,
): AsyncGenerator<Buffer, void, undefined> {
  const slice = new TimeSlice(host)
  for (let at = start; at < end; at += PIECE_BYTES) {
    const until = Math.min(at + PIECE_BYTES, end)
    using opened = await account.openRange(email, at, until)
    if (opened.bytes.length !== until - at) throw new DamagedMessageError('the message has another size')
    yield asBuffer(opened.bytes)
    if (slice.isOver) await slice.next()
  }
}

/** The content of a part whose encoding has a stream. Each piece is wiped when the next is asked for. Throws DamagedMessageError. */
export async function* contentPieces(
  source: ContentSource,
  email: EmailId,
  part: Part,
): AsyncGenerator<Buffer, void, undefined> {
  using stream = transferStream(part)
  for await (const encoded of storedPieces(source, email, part.bodyStart, part.end)) {
    const piece = stream === null ? encoded : stream.write(encoded)
    try {
      yield piece
    } finally {
      wipe(piece)
    }
  }
  if (stream === null) return
  const rest = stream.end()
  try {
    yield rest
  } finally {
    wipe(rest)
  }
}

/** Bytes of the content of a part. It has to be decoded to be measured, once. Throws DamagedMessageError. */
export async function contentSize(source: ContentSource, email: EmailId, part: Part): Promise<number> {
  const known = source.contentSizes.get(email, part)
  if (known !== undefined) return known
  let size = 0
  for await (const piece of contentPieces(source, email, part)) size += piece.length
  source.contentSizes.set(email, part, size)
  return size
}

/** The content of a part in one buffer, which is the caller's. Throws DamagedMessageError. */
export async function openContent(source: ContentSource, email: EmailId, part: Part): Promise<Buffer> {
  // No encoding makes less of more.
  const content = Buffer.alloc(part.end - part.bodyStart)
  let length = 0
  try {
    for await (const piece of contentPieces(source, email, part)) length += piece.copy(content, length)
  } catch (error) {
    wipe(content)
    throw error
  }
  return content.subarray(0, length)
}

const SIZES_MAX = 4096

/** Sizes of the content of parts that were measured last. What an e-mail is never changes. */
export class ContentSizes {
  readonly #sizes = new Map<string, number>()

  get(email: EmailId, part: Part): number | undefined {
    return this.#sizes.get(keyOf(email, part))
  }

  set(email: EmailId, part: Part, size: number): void {
    this.#sizes.set(keyOf(email, part), size)
    for (const oldest of this.#sizes.keys()) {
      if (this.#sizes.size <= SIZES_MAX) break
      this.#sizes.delete(oldest)
    }
  }
}

function keyOf(email: EmailId, part: Part): string {
  return `${email}-${part.bodyStart}`
}
