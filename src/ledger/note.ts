// Tree heads as text, and who signed them: what C2SP tlog-checkpoint and C2SP signed-note have in common for the ledger's checkpoints and
// the owner's marks (docs/formats/ledger.md §7, docs/formats/marks.md).
//
// Rejected: another origin, sizes and hashes in any but their one form, keys and signatures of another length.

import { type AccountId, isAccountId } from '#base/ids.ts'
import { asBuffer } from '#base/bytes.ts'
import { sha256 } from '#crypto/hash.ts'

export interface TreeHead {
  readonly account: AccountId
  /** Number of records. */
  readonly size: number
  readonly root: Buffer
}

/** An Ed25519 key that signs notes. */
export interface NoteKey {
  readonly name: string
  readonly publicKey: Uint8Array
}

const ORIGIN = 'mailkeep/'
const ED25519 = 1
const KEY_ID_BYTES = 4
const PUBLIC_KEY_BYTES = 32
const SIGNATURE_BYTES = 64
const ROOT_BYTES = 32
const MAX_NOTE_BYTES = 64 * 1024

/** The text that is signed; `extensions` are lines of their own. */
export function treeHeadText({ account, size, root }: TreeHead, extensions: readonly string[] = []): string {
  const lines = [`${ORIGIN}${account}`, String(size), asBuffer(root).toString('base64'), ...extensions]
  return `${lines.join('\n')}\n`
}

/** The lines of a note's text, and those of its signatures; null if it has not both. */
export function splitNote(
  note: string,
): { readonly lines: readonly string[]; readonly signatures: readonly string[] } | null {
  if (note.length > MAX_NOTE_BYTES) return null
  const split = note.lastIndexOf('\n\n')
  if (split < 0 || !note.endsWith('\n')) return null
  return { lines: note.slice(0, split).split('\n'), signatures: note.slice(split + 2, -1).split('\n') }
}

export function parseTreeHead(
  lines: readonly string[],
): (TreeHead & { readonly extensions: readonly string[] }) | null {
  const [origin = '', sizeText = '', rootText = '', ...extensions] = lines
  const account = origin.slice(ORIGIN.length)
  const size = Number(sizeText)
  const root = Buffer.from(rootText, 'base64')
  if (!origin.startsWith(ORIGIN) || !isAccountId(account)) return null
  if (!Number.isSafeInteger(size) || size < 0 || String(size) !== sizeText) return null
  if (root.length !== ROOT_BYTES || root.toString('base64') !== rootText) return null
  return { account, size, root, extensions }
}

function keyId({ name, publicKey }: NoteKey): Buffer {
  return sha256(Buffer.from(`${name}\n`), Buffer.of(ED25519), publicKey).subarray(0, KEY_ID_BYTES)
}

export function signatureLine(key: NoteKey, signature: Uint8Array): string {
  return `— ${key.name} ${Buffer.concat([keyId(key), signature]).toString('base64')}\n`
}

/** The signature in a line of a note if it is by this key; others may have signed the note, too. Not verified. */
export function signatureOf(line: string, key: NoteKey): Buffer | null {
  const [dash, name, text = '', ...rest] = line.split(' ')
  if (dash !== '—' || name !== key.name || rest.length > 0) return null
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== KEY_ID_BYTES + SIGNATURE_BYTES || bytes.toString('base64') !== text) return null
  return bytes.subarray(0, KEY_ID_BYTES).equals(keyId(key)) ? bytes.subarray(KEY_ID_BYTES) : null
}

/** As signed-note tools read it: `<name>+<key id>+<base64 of algorithm and key>`. */
export function formatNoteKey(key: NoteKey): string {
  const bytes = Buffer.concat([Buffer.of(ED25519), key.publicKey])
  return `${key.name}+${keyId(key).toString('hex')}+${bytes.toString('base64')}`
}

/** The public key of that name; null for anything else. */
export function parseNoteKey(text: string, name: string): Buffer | null {
  const [first, id, encoded = '', ...rest] = text.split('+')
  // Base64 has `+` in it.
  const key = Buffer.from([encoded, ...rest].join('+'), 'base64')
  const publicKey = key.subarray(1)
  if (first !== name || key[0] !== ED25519 || publicKey.length !== PUBLIC_KEY_BYTES) return null
  return formatNoteKey({ name, publicKey }) === text && id !== undefined ? publicKey : null
}
