// Signed tree heads: docs/formats/ledger.md §7. As text they are C2SP tlog-checkpoints in C2SP signed notes; in the
// account's `checkpoints` file they are entries of 128 bytes, which also say where the tree's last record ends.
//
// Rejected: notes with another origin or no signature under this ledger's key, sizes and hashes in any but their one form.
// What the owner signs is in mark.ts.

import { crc32 } from 'node:zlib'
import type { AccountId, Seq } from '#base/ids.ts'
import { asBuffer } from '#base/bytes.ts'
import { type SigningKey, verifySignature } from '#crypto/ed25519.ts'
import { readU53, writeU53 } from './integer.ts'
import {
  type NoteKey,
  formatNoteKey,
  parseNoteKey,
  parseTreeHead,
  signatureLine,
  signatureOf,
  splitNote,
  treeHeadText,
} from './note.ts'

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

const keyOf = (publicKey: Uint8Array): NoteKey => ({ name: KEY_NAME, publicKey })

export function signCheckpoint(
  key: SigningKey,
  head: { readonly account: AccountId; readonly size: number; readonly root: Buffer; readonly time: number },
): Checkpoint {
  const signature = key.sign(Buffer.from(treeHeadText(head)))
  return { account: head.account, size: head.size, root: head.root, time: head.time, signature }
}

export function verifyCheckpoint(checkpoint: Checkpoint, publicKey: Uint8Array): boolean {
  return verifySignature(publicKey, Buffer.from(treeHeadText(checkpoint)), checkpoint.signature)
}

/** As a signed note. */
export function formatCheckpoint(checkpoint: Checkpoint, publicKey: Uint8Array): string {
  return `${treeHeadText(checkpoint)}\n${signatureLine(keyOf(publicKey), checkpoint.signature)}`
}

/** Null unless the note is a checkpoint whose signature under this key is good. Its time is not in the note: 0. */
export function parseCheckpoint(note: string, publicKey: Uint8Array): Checkpoint | null {
  const parts = splitNote(note)
  const head = parts === null ? null : parseTreeHead(parts.lines)
  if (parts === null || head === null || head.extensions.length > 0) return null
  for (const line of parts.signatures) {
    const signature = signatureOf(line, keyOf(publicKey))
    if (signature === null) continue
    const { account, size, root } = head
    const checkpoint = { account, size, root, time: 0, signature }
    if (verifyCheckpoint(checkpoint, publicKey)) return checkpoint
  }
  return null
}

/** The public key as a line that signed-note tools read. */
export function formatVerifier(publicKey: Uint8Array): string {
  return `${formatNoteKey(keyOf(publicKey))}\n`
}

/** The public key; null for anything else. */
export function parseVerifier(text: string): Buffer | null {
  return parseNoteKey(text.trimEnd(), KEY_NAME)
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
