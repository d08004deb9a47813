// Signed tree heads: docs/formats/ledger.md §7. As text they are C2SP tlog-checkpoints in C2SP signed notes; in the
// account's `checkpoints` file they are entries of 128 bytes, which also say where the tree's last record ends.
//
// Rejected: notes with another origin or no signature under this ledger's key, sizes and hashes in any but their one form.

import { crc32 } from 'node:zlib'
import { type AccountId, type Seq, isAccountId } from '#base/ids.ts'
import { asBuffer } from '#base/bytes.ts'
import { type SigningKey, verifySignature } from '#crypto/ed25519.ts'
import { sha256 } from '#crypto/hash.ts'
import { readU53, writeU53 } from './integer.ts'

export interface Checkpoint {
  readonly account: AccountId
  /** Number of records. */
  readonly size: number
  readonly root: Buffer
  /** Of the last record; not signed. */
  readonly time: number
  readonly signature: Buffer
}

export interface StoredCheckpoint extends Checkpoint {
  /** The segment that the last record is in, and where it ends there; not signed. */
  readonly segment: Seq
  readonly end: number
}

export const CHECKPOINT_BYTES = 128

const KEY_NAME = 'mailkeep-ledger'
const ORIGIN = 'mailkeep/'
const ED25519 = 1
const KEY_ID_BYTES = 4
const PUBLIC_KEY_BYTES = 32
const SIGNATURE_BYTES = 64
const ROOT_BYTES = 32
const MAX_NOTE_BYTES = 64 * 1024

/** The text that is signed. */
function checkpointBody(account: AccountId, size: number, root: Uint8Array): string {
  return `${ORIGIN}${account}\n${size}\n${asBuffer(root).toString('base64')}\n`
}

export function signCheckpoint(
  key: SigningKey,
  head: { readonly account: AccountId; readonly size: number; readonly root: Buffer; readonly time: number },
): Checkpoint {
  const signature = key.sign(Buffer.from(checkpointBody(head.account, head.size, head.root)))
  return { account: head.account, size: head.size, root: head.root, time: head.time, signature }
}

export function verifyCheckpoint(checkpoint: Checkpoint, publicKey: Uint8Array): boolean {
  const body = checkpointBody(checkpoint.account, checkpoint.size, checkpoint.root)
  return verifySignature(publicKey, Buffer.from(body), checkpoint.signature)
}

function keyId(publicKey: Uint8Array): Buffer {
  return sha256(Buffer.from(`${KEY_NAME}\n`), Buffer.of(ED25519), publicKey).subarray(0, KEY_ID_BYTES)
}

/** As a signed note. */
export function formatCheckpoint(checkpoint: Checkpoint, publicKey: Uint8Array): string {
  const signature = Buffer.concat([keyId(publicKey), checkpoint.signature]).toString('base64')
  const body = checkpointBody(checkpoint.account, checkpoint.size, checkpoint.root)
  return `${body}\n— ${KEY_NAME} ${signature}\n`
}

/** Null unless the note is a checkpoint whose signature under this key is good. Its time is not in the note: 0. */
export function parseCheckpoint(note: string, publicKey: Uint8Array): Checkpoint | null {
  if (note.length > MAX_NOTE_BYTES) return null
  const split = note.lastIndexOf('\n\n')
  if (split < 0 || !note.endsWith('\n')) return null
  const [origin = '', sizeText = '', rootText = '', ...extensions] = note.slice(0, split).split('\n')
  const account = origin.slice(ORIGIN.length)
  const size = Number(sizeText)
  const root = Buffer.from(rootText, 'base64')
  if (!origin.startsWith(ORIGIN) || !isAccountId(account) || extensions.length > 0) return null
  if (!Number.isSafeInteger(size) || size < 0 || String(size) !== sizeText) return null
  if (root.length !== ROOT_BYTES || root.toString('base64') !== rootText) return null
  for (const line of note.slice(split + 2, -1).split('\n')) {
    const signature = parseSignature(line, publicKey)
    if (signature === null) continue
    const checkpoint = { account, size, root, time: 0, signature }
    if (verifyCheckpoint(checkpoint, publicKey)) return checkpoint
  }
  return null
}

/** The signature in a line of a note if it is by this key; others may have signed the note, too. */
function parseSignature(line: string, publicKey: Uint8Array): Buffer | null {
  const [dash, name, text = '', ...rest] = line.split(' ')
  if (dash !== '—' || name !== KEY_NAME || rest.length > 0) return null
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== KEY_ID_BYTES + SIGNATURE_BYTES || bytes.toString('base64') !== text) return null
  return bytes.subarray(0, KEY_ID_BYTES).equals(keyId(publicKey)) ? bytes.subarray(KEY_ID_BYTES) : null
}

/** The public key as a line that signed-note tools read. */
export function formatVerifier(publicKey: Uint8Array): string {
  const key = Buffer.concat([Buffer.of(ED25519), publicKey])
  return `${KEY_NAME}+${keyId(publicKey).toString('hex')}+${key.toString('base64')}\n`
}

/** The public key; null for anything else. */
export function parseVerifier(text: string): Buffer | null {
  const [name, id, encoded = '', ...rest] = text.trimEnd().split('+')
  // Base64 has `+` in it.
  const key = Buffer.from([encoded, ...rest].join('+'), 'base64')
  const publicKey = key.subarray(1)
  if (name !== KEY_NAME || key[0] !== ED25519 || publicKey.length !== PUBLIC_KEY_BYTES) return null
  return id === keyId(publicKey).toString('hex') ? publicKey : null
}

export function encodeCheckpoint(checkpoint: StoredCheckpoint): Buffer {
  const bytes = Buffer.alloc(CHECKPOINT_BYTES)
  writeU53(bytes, 0, checkpoint.size)
  writeU53(bytes, 8, checkpoint.time)
  checkpoint.root.copy(bytes, 16)
  checkpoint.signature.copy(bytes, 48)
  writeU53(bytes, 112, checkpoint.segment)
  bytes.writeUInt32BE(checkpoint.end, 120)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 124)), 124)
  return bytes
}

/** Null for bytes that are no entry. Does not verify the signature. */
export function decodeCheckpoint(account: AccountId, entry: Uint8Array): StoredCheckpoint | null {
  const bytes = asBuffer(entry)
  if (bytes.length !== CHECKPOINT_BYTES || bytes.readUInt32BE(124) !== crc32(bytes.subarray(0, 124))) return null
  const size = readU53(bytes, 0)
  const time = readU53(bytes, 8)
  const segment = readU53(bytes, 112)
  const end = bytes.readUInt32BE(120)
  if (size === null || time === null || segment === null || segment >= size) return null
  const root = Buffer.from(bytes.subarray(16, 48))
  const signature = Buffer.from(bytes.subarray(48, 112))
  return { account, size, root, time, signature, segment: segment as Seq, end }
}
