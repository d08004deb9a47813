// The payload of a record of kind `digests`: docs/formats/ledger.md §15. The ledger's own word, under its checkpoint key, of digests of a stronger algorithm
// for records that are in the log already: each was computed from bytes that had the digest of the record's header. Its `chain` is a digest of all headers so far,
// under the stronger algorithm alone, so that what it says rests neither on the tree nor on the older digests.
//
// Invariant: there is one encoding of each. `parseDigests` rejects what has another version, other numbers of digests than it says, or padding.

import type { AccountId } from '#base/ids.ts'
import { asBuffer } from '#base/bytes.ts'
import { type SigningKey, verifySignature } from '#crypto/ed25519.ts'
import { sha512 } from '#crypto/hash.ts'
import { readU53, writeU53 } from './integer.ts'
import { FRAME_BYTES, HEAD_BYTES, type RecordHeader, encodeHead } from './record.ts'

/**
 * What is said of one record. `own`: the digest in its header is of this algorithm. `dropped`: the payload was gone already. `damaged`: the payload had not the digest
 * of its header, whatever was tried. `headDamaged`: the head could not be read.
 */
export type AddedDigest =
  | { readonly kind: 'added'; readonly digest: Buffer }
  | { readonly kind: 'own' | 'dropped' | 'damaged' | 'headDamaged' }

export interface Digests {
  /** Number of the first record. */
  readonly first: number
  readonly entries: readonly AddedDigest[]
  /** 64 bytes: over the headers of all records before `first + entries.length`. */
  readonly chain: Buffer
}

/** Of one record of the log. */
export const DIGEST_ENTRIES_MAX = 1024
/** Before the first record. */
export const CHAIN_START = Buffer.alloc(64)

const VERSION = 1
const SHA512 = 2
const HEAD_LENGTH = 80
const DIGEST_LENGTH = 64
const SIGNATURE_LENGTH = 64
const KINDS: readonly AddedDigest['kind'][] = ['added', 'own', 'dropped', 'damaged', 'headDamaged']

export function signDigests(key: SigningKey, account: AccountId, { first, entries, chain }: Digests): Buffer {
  const added = entries.flatMap((entry) => (entry.kind === 'added' ? [entry.digest] : []))
  const head = Buffer.alloc(HEAD_LENGTH + entries.length)
  head[0] = VERSION
  head[1] = SHA512
  head.writeUInt32BE(entries.length, 4)
  writeU53(head, 8, first)
  chain.copy(head, 16)
  for (const [index, { kind }] of entries.entries()) head[HEAD_LENGTH + index] = KINDS.indexOf(kind) + 1
  const body = Buffer.concat([head, ...added])
  return Buffer.concat([body, key.sign(signedText(account, body))])
}

function signedText(account: AccountId, body: Uint8Array): Buffer {
  return Buffer.from(`mailkeep-digests/${account}\nsha512\n${sha512(body).toString('base64')}\n`)
}

/** Null for bytes that are no such payload. Who signed it is not looked at. */
export function parseDigests(payload: Uint8Array): Digests | null {
  const bytes = asBuffer(payload)
  if (bytes.length < HEAD_LENGTH + SIGNATURE_LENGTH || bytes[0] !== VERSION || bytes[1] !== SHA512) return null
  const count = bytes.readUInt32BE(4)
  const first = readU53(bytes, 8)
  if (bytes.readUInt16BE(2) !== 0 || first === null || count === 0 || count > DIGEST_ENTRIES_MAX) return null
  if (bytes.length < HEAD_LENGTH + count + SIGNATURE_LENGTH) return null
  let at = HEAD_LENGTH + count
  const entries: AddedDigest[] = []
  for (const code of bytes.subarray(HEAD_LENGTH, at)) {
    const kind = KINDS[code - 1]
    if (kind === undefined) return null
    if (kind !== 'added') entries.push({ kind })
    else {
      entries.push({ kind, digest: Buffer.from(bytes.subarray(at, at + DIGEST_LENGTH)) })
      at += DIGEST_LENGTH
    }
  }
  if (bytes.length !== at + SIGNATURE_LENGTH) return null
  return { first, entries, chain: Buffer.from(bytes.subarray(16, HEAD_LENGTH)) }
}

/** Whether it is signed by this key, for this account. */
export function isSignedDigests(publicKey: Uint8Array, account: AccountId, payload: Uint8Array): boolean {
  const end = payload.length - SIGNATURE_LENGTH
  if (end < HEAD_LENGTH) return false
  return verifySignature(publicKey, signedText(account, payload.subarray(0, end)), payload.subarray(end))
}

const UNREADABLE_HEADER = Buffer.alloc(HEAD_BYTES - FRAME_BYTES)

/** What a record adds to the chain: its header, or zeros where that could not be read. */
export function chainInput(header: RecordHeader | null): Buffer {
  return header === null ? UNREADABLE_HEADER : encodeHead(header).subarray(FRAME_BYTES)
}
