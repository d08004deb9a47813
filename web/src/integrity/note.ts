// Signed tree heads as text (docs/formats/ledger.md §7, docs/formats/marks.md §1), parsed and verified in the browser. Null is said of anything
// that is not exactly that.

import { type Bytes, type TreeHead, sameBytes, sha256 } from './merkle.ts'

const KEY_BYTES = 32
const KEY_ID_BYTES = 4
const SIGNATURE_BYTES = 64
const ED25519 = 1
const NOTE_LENGTH_MAX = 65_536

export interface SignedHead extends TreeHead {
  readonly account: string
  /** Lines of the text after the root. */
  readonly extensions: readonly string[]
}

/** Whether this browser can verify Ed25519 signatures; without a secure context it can do nothing at all. */
export async function canVerify(): Promise<'all' | 'proofs' | 'nothing'> {
  // Not there in a page that came over plain HTTP from another machine.
  if ((globalThis.crypto as Crypto | undefined)?.subtle === undefined) return 'nothing'
  return (await importKey(new Uint8Array(KEY_BYTES).fill(1))) === null ? 'proofs' : 'all'
}

async function importKey(key: Bytes): Promise<CryptoKey | null> {
  try {
    return await crypto.subtle.importKey('raw', key, { name: 'Ed25519' }, false, ['verify'])
  } catch {
    return null
  }
}

/**
 * The head, if the note is one that `verifier` (as signed-note tools write keys) has signed. Where the browser cannot verify signatures, that there is one is
 * all that is looked at.
 */
export async function readNote(note: string, verifier: string): Promise<SignedHead | null> {
  const split = note.lastIndexOf('\n\n')
  if (note.length > NOTE_LENGTH_MAX || split < 0 || !note.endsWith('\n')) return null
  const text = note.slice(0, split + 1)
  const key = await readVerifier(verifier)
  if (key === null) return null
  for (const line of note.slice(split + 2, -1).split('\n')) {
    const [dash, name, encoded = ''] = line.split(' ')
    const bytes = fromBase64(encoded)
    if (dash !== '—' || name !== key.name || bytes?.length !== KEY_ID_BYTES + SIGNATURE_BYTES) continue
    if (!sameBytes(bytes.slice(0, KEY_ID_BYTES), key.id)) continue
    if (await isSigned(key.bytes, text, bytes.slice(KEY_ID_BYTES))) return readHead(text)
  }
  return null
}

async function isSigned(key: Bytes, text: string, signature: Bytes): Promise<boolean> {
  const imported = await importKey(key)
  if (imported === null) return (await canVerify()) === 'proofs'
  return crypto.subtle.verify({ name: 'Ed25519' }, imported, signature, new TextEncoder().encode(text))
}

async function readVerifier(
  verifier: string,
): Promise<{ readonly name: string; readonly id: Bytes; readonly bytes: Bytes } | null> {
  const [name = '', id = '', ...rest] = verifier.split('+')
  const key = fromBase64(rest.join('+'))
  if (key?.length !== 1 + KEY_BYTES || key[0] !== ED25519) return null
  const digest = await sha256(new TextEncoder().encode(`${name}\n`), key)
  const keyId = digest.slice(0, KEY_ID_BYTES)
  return toHex(keyId) === id ? { name, id: keyId, bytes: key.slice(1) } : null
}

function readHead(text: string): SignedHead | null {
  const [origin = '', sizeText = '', rootText = '', ...extensions] = text.slice(0, -1).split('\n')
  const size = Number(sizeText)
  const root = fromBase64(rootText)
  if (!/^mailkeep\/[0-9a-f]{32}$/.test(origin) || !Number.isSafeInteger(size) || String(size) !== sizeText) return null
  if (root?.length !== KEY_BYTES) return null
  return { account: origin.slice('mailkeep/'.length), size, root, extensions }
}

export function fromBase64(text: string): Bytes | null {
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
    return toBase64(bytes) === text ? bytes : null
  } catch {
    return null
  }
}

export function toBase64(bytes: Bytes): string {
  return btoa(String.fromCharCode(...bytes))
}

export function toHex(bytes: Bytes): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
