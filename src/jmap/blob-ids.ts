// Blob ids (RFC 8620 §6): of an e-mail's message, `b` and its number; of an upload, `u` and 16 random bytes; of a part of either, `-` and the part's
// number behind it, and so on into messages within messages.

import type { EmailId } from '#base/ids.ts'
import { formatEmailId, parseNumbered } from './ids.ts'

type BlobBase = { readonly kind: 'email'; readonly email: EmailId } | { readonly kind: 'upload'; readonly key: string }

export interface BlobRef {
  readonly base: BlobBase
  /** Part numbers, from the outermost message inwards. */
  readonly path: readonly number[]
}

/** Messages within messages that have blobs of their own. */
const PATH_LENGTH_MAX = 8
const PATH = /^(?:-[1-9]\d{0,6}){1,8}$/
const UPLOAD = /^u[0-9a-f]{32}$/

export function formatBlobId({ base, path }: BlobRef): string {
  const start = base.kind === 'email' ? `b${formatEmailId(base.email).slice(1)}` : base.key
  return path.length === 0 ? start : `${start}-${path.join('-')}`
}

/** The blob of a part, or null where the nesting is too deep to name it. */
export function partBlob(blob: BlobRef, number: number): BlobRef | null {
  return blob.path.length < PATH_LENGTH_MAX ? { base: blob.base, path: [...blob.path, number] } : null
}

/** Null if no blob has such an id. */
export function parseBlobId(text: string): BlobRef | null {
  const dash = text.indexOf('-')
  const start = dash < 0 ? text : text.slice(0, dash)
  const rest = dash < 0 ? '' : text.slice(dash)
  if (rest !== '' && !PATH.test(rest)) return null
  const path = rest === '' ? [] : rest.slice(1).split('-').map(Number)
  if (UPLOAD.test(start)) return { base: { kind: 'upload', key: start }, path }
  const email = parseNumbered(start, 'b') as EmailId | null
  return email === null ? null : { base: { kind: 'email', email }, path }
}
