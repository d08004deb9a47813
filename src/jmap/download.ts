// Downloading a blob (RFC 8620 §6.2), or a range of it, in pieces: of a large message no more than a piece is in memory at a time.

import { DamagedMessageError } from '#account/account.ts'
import { isEncoded } from '#message/body.ts'
import { type BlobRef, parseBlobId } from './blob-ids.ts'
import { type BlobSource, checkIntact, openBlob, storedPart } from './blobs.ts'
import { contentPieces, contentSize, storedPieces } from './part-content.ts'
import { shownMailboxes } from './shown.ts'

const PIECE_BYTES = 262_144

/** Bytes `first` to `last`, as of HTTP (RFC 9110 §14.1.2): `last` null for the end, `first` null for the last `last` bytes. */
export interface ByteRange {
  readonly first: number | null
  readonly last: number | null
}

/** Dispose it, sent or not. */
export interface Download extends Disposable {
  readonly kind: 'found'
  /** Of the whole blob. */
  readonly sizeBytes: number
  /** The first byte that is sent, and the one after the last. */
  readonly start: number
  readonly end: number
  /**
   * Each piece is valid until the next is asked for; it is wiped then. Stop early by `return`. Throws DamagedMessageError where the rest cannot
   * be read: the connection is to be cut then, for what was announced does not come.
   */
  pieces(): AsyncGenerator<Buffer, void, undefined>
}

export type DownloadOutcome =
  | Download
  | { readonly kind: 'notFound' }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'rangeNotSatisfiable'; readonly sizeBytes: number }

/** Bytes that are in the log, as they are or encoded. */
interface Stored {
  readonly sizeBytes: number
  readonly pieces: (from: number, to: number) => AsyncGenerator<Buffer, void, undefined>
}

export async function openDownload(
  source: BlobSource,
  blobId: string,
  range: ByteRange | null,
): Promise<DownloadOutcome> {
  const blob = parseBlobId(blobId)
  if (blob === null) return { kind: 'notFound' }
  try {
    const stored = await findStored(source, blob)
    if (stored !== null) return ranged(stored.sizeBytes, range, nothing, stored.pieces)
    const opened = await openBlob(source, blob)
    if (opened === null) return { kind: 'notFound' }
    const { bytes } = opened
    const outcome = ranged(
      bytes.length,
      range,
      () => opened[Symbol.dispose](),
      async function* (from, to) {
        for (let at = from; at < to; at += PIECE_BYTES) {
          const piece = Buffer.from(bytes.subarray(at, Math.min(at + PIECE_BYTES, to)))
          yield piece
          piece.fill(0)
        }
      },
    )
    if (outcome.kind !== 'found') opened[Symbol.dispose]()
    return outcome
  } catch (error) {
    if (error instanceof DamagedMessageError) return { kind: 'damaged' }
    throw error
  }
}

/** Null for what is no part of a stored message, or does not exist. Throws DamagedMessageError. */
async function findStored(source: BlobSource, { base, path }: BlobRef): Promise<Stored | null> {
  const { account } = source
  if (base.kind !== 'email' || path.length > 1 || shownMailboxes(account, base.email).length === 0) return null
  await checkIntact(account, base.email)
  const [number] = path
  const { email } = base
  if (number === undefined) {
    const pieces: Stored['pieces'] = (from, to) => storedPieces(source, email, from, to)
    return { sizeBytes: account.sizes([email])[0] ?? 0, pieces }
  }
  const part = storedPart(account, email, number)
  if (part === null) return null
  if (!isEncoded(part)) {
    const pieces: Stored['pieces'] = (from, to) =>
      storedPieces(source, email, part.bodyStart + from, part.bodyStart + to)
    return { sizeBytes: part.end - part.bodyStart, pieces }
  }
  const sizeBytes = await contentSize(source, email, part)
  return { sizeBytes, pieces: (from, to) => cut(contentPieces(source, email, part), from, to) }
}

/** Bytes `from` to `to` of all pieces together. */
async function* cut(
  pieces: AsyncGenerator<Buffer, void, undefined>,
  from: number,
  to: number,
): AsyncGenerator<Buffer, void, undefined> {
  let at = 0
  for await (const piece of pieces) {
    const wanted = piece.subarray(Math.max(0, from - at), Math.max(0, to - at))
    if (wanted.length > 0) yield wanted
    at += piece.length
    if (at >= to) break
  }
}

function ranged(
  sizeBytes: number,
  range: ByteRange | null,
  dispose: () => void,
  pieces: (start: number, end: number) => AsyncGenerator<Buffer, void, undefined>,
): Download | { readonly kind: 'rangeNotSatisfiable'; readonly sizeBytes: number } {
  let start = 0
  let end = sizeBytes
  if (range !== null && range.first === null) start = Math.max(0, sizeBytes - (range.last ?? 0))
  else if (range !== null) {
    start = range.first ?? 0
    end = Math.min(sizeBytes, (range.last ?? Infinity) + 1)
  }
  if (range !== null && start >= end) return { kind: 'rangeNotSatisfiable', sizeBytes }
  return { kind: 'found', sizeBytes, start, end, pieces: () => pieces(start, end), [Symbol.dispose]: dispose }
}

function nothing(): void {
  // No more than a piece is ever held.
}
