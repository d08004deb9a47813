// Marks: tree heads that the owner of the account has signed with the account's own key, kept in the log as records of kind `mark`
// (docs/formats/marks.md). A server that has not the key can neither make one nor change what was before one.
//
// Invariant: `parseMark(formatMark(mark))` is the mark, and there is one text of each but for what others signed.

import { asBuffer } from '#base/bytes.ts'
import { type SigningKey, verifySignature } from '#crypto/ed25519.ts'
import {
  type TreeHead,
  formatNoteKey,
  parseNoteKey,
  parseTreeHead,
  signatureLine,
  signatureOf,
  splitNote,
  treeHeadText,
} from './note.ts'

export interface Mark extends TreeHead {
  /** Of the account's marks, from 0, without gaps. */
  readonly number: number
  readonly publicKey: Buffer
}

const MARK_BYTES_MAX = 4_096

const KEY_NAME = 'mailkeep-owner'
const NUMBER = 'mark '
const OWNER = 'owner '

function textOf(mark: Omit<Mark, 'publicKey'>, publicKey: Uint8Array): string {
  return treeHeadText(mark, [`${NUMBER}${mark.number}`, `${OWNER}${formatOwnerKey(publicKey)}`])
}

/** The payload of a `mark` record. */
export function signMark(key: SigningKey, mark: Omit<Mark, 'publicKey'>): Buffer {
  const { publicKey } = key
  const text = textOf(mark, publicKey)
  return Buffer.from(`${text}\n${signatureLine({ name: KEY_NAME, publicKey }, key.sign(Buffer.from(text)))}`)
}

/** Null unless it is a mark that is signed by the key that it names. Whose key that is, is for the caller to know. */
export function parseMark(payload: Uint8Array): Mark | null {
  if (payload.length > MARK_BYTES_MAX) return null
  const parts = splitNote(asBuffer(payload).toString('utf8'))
  const head = parts === null ? null : parseTreeHead(parts.lines)
  if (parts === null || head === null || head.extensions.length !== 2) return null
  const [numberLine = '', ownerLine = ''] = head.extensions
  const number = Number(numberLine.slice(NUMBER.length))
  const publicKey = parseOwnerKey(ownerLine.slice(OWNER.length))
  if (publicKey === null || !Number.isSafeInteger(number) || number < 0) return null
  const { account, size, root } = head
  const mark = { account, size, root, number, publicKey }
  const text = textOf(mark, publicKey)
  if (text !== `${parts.lines.join('\n')}\n`) return null
  const key = { name: KEY_NAME, publicKey }
  const isSigned = parts.signatures.some((line) => {
    const signature = signatureOf(line, key)
    return signature !== null && verifySignature(publicKey, Buffer.from(text), signature)
  })
  return isSigned ? mark : null
}

/** As signed-note tools read it. */
export function formatOwnerKey(publicKey: Uint8Array): string {
  return formatNoteKey({ name: KEY_NAME, publicKey })
}

function parseOwnerKey(text: string): Buffer | null {
  return parseNoteKey(text, KEY_NAME)
}
