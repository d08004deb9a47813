// Downloading a blob (RFC 8620 §6.2), or a range of it, in pieces: of a large message no more than a piece is in memory at a time.

import { asBuffer } from '#base/bytes.ts'
import type { EmailId } from '#base/ids.ts'
import { type Account, DamagedMessageError } from '#account/account.ts'
import { type BlobRef, parseBlobId } from './blob-ids.ts'
import { type BlobSource, checkIntact, openBlob, storedPart } from './blobs.ts'
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

/** Bytes that lie in the log as they are sent. */
interface Stored {
  readonly email: EmailId
  readonly start: number
  readonly end: number
}

export async function openDownload(
  source: BlobSource,
  blobId: string,
  range: ByteRange | null,
): Promise<DownloadOutcome> {
  const blob = parseBlobId(blobId)
  if (blob === null) return { kind: 'notFound' }
  try {
    const stored = await storedAsItIs(source.account, blob)
    if (stored !== null) {
      const size = stored.end - stored.start
      return ranged(size, range, nothing, (from, to) => storedPieces(source, stored, from, to))
    }
    const opened = await openBlob(source, blob)
    if (opened === null) return { kind: 'notFound' }
    const { bytes } = opened
    const outcome = ranged(
      bytes.length,
      range,
      () => opened[Symbol.dispose](),
      async function* (from, to) {
        for (let at = from; at < to; at += PIECE_BYTES) {
          yield Buffer.from(bytes.subarray(at, Math.min(at + PIECE_BYTES, to)))
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

/** Null for what has to be decoded, is no part of a stored message, or does not exist. Throws DamagedMessageError. */
async function storedAsItIs(account: Account, { base, path }: BlobRef): Promise<Stored | null> {
  if (base.kind !== 'email' || path.length > 1 || shownMailboxes(account, base.email).length === 0) return null
  await checkIntact(account, base.email)
  const [number] = path
  const { email } = base
  if (number === undefined) return { email, start: 0, end: account.sizes([email])[0] ?? 0 }
  const part = storedPart(account, email, number)
  if (part === null || (part.children.length === 0 && !AS_IT_IS.has(part.encoding))) return null
  return { email, start: part.bodyStart, end: part.end }
}

const AS_IT_IS = new Set(['7bit', '8bit', 'binary', '7-bit', '8-bit'])

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
  return { kind: 'found', sizeBytes, start, end, pieces: () => wiped(pieces(start, end)), [Symbol.dispose]: dispose }
}

function nothing(): void {
  // No more than a piece is ever held.
}

async function* storedPieces(
  { account }: BlobSource,
  stored: Stored,
  from: number,
  to: number,
): AsyncGenerator<Buffer, void, undefined> {
  for (let at = from; at < to; at += PIECE_BYTES) {
    const end = Math.min(at + PIECE_BYTES, to)
    using opened = await account.openRange(stored.email, stored.start + at, stored.start + end)
    if (opened.bytes.length !== end - at) throw new DamagedMessageError('the message has another size')
    yield Buffer.from(asBuffer(opened.bytes))
  }
}

async function* wiped(pieces: AsyncGenerator<Buffer, void, undefined>): AsyncGenerator<Buffer, void, undefined> {
  for await (const piece of pieces) {
    try {
      yield piece
    } finally {
      piece.fill(0)
    }
  }
}
