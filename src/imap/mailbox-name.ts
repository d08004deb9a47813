// Names of mailboxes: from and to the client's bytes. Paths inside the server are UTF-8 text, components joined by `/`.
//
// IMAP4rev1 writes names in modified UTF-7 (RFC 3501 §5.1.3); a session that enabled IMAP4rev2 in UTF-8 (RFC 9051 §5.1). INBOX is
// one mailbox in any case of letters, also as the first component of a path.
// Rejected: names that are not well-formed in the session's encoding, control characters, empty components, components over
// 255 bytes, leading or trailing white space in a component, paths over PATH_BYTES_MAX.

import { utf8TextOrNull } from '#base/bytes.ts'
import { normalized } from '#base/normalization.ts'
import { isAtom } from './cursor.ts'
import { PATH_BYTES_MAX } from './limits.ts'
import { encodeModifiedUtf7, parseModifiedUtf7 } from './modified-utf7.ts'

export const DELIMITER = '/'

const COMPONENT_BYTES_MAX = 255

/** The text of a name or pattern as the client wrote it, or null if it is not well-formed in the session's encoding. */
export function parseNameText(bytes: Uint8Array, isUtf8: boolean): string | null {
  const text = utf8TextOrNull(bytes)
  if (text === null) return null
  if (isUtf8) return text
  for (const byte of bytes) if (byte >= 0x80) return null
  return parseModifiedUtf7(text)
}

/** INBOX and what is under it by its one name; other paths unchanged. */
export function canonicalPath(path: string): string {
  const first = path.slice(0, 5)
  if (first.toUpperCase() !== 'INBOX') return path
  return path.length === 5 || path[5] === DELIMITER ? `INBOX${path.slice(5)}` : path
}

/** The path of an existing mailbox that a client names, or null if no mailbox could have that name. */
export function parseMailboxPath(bytes: Uint8Array, isUtf8: boolean): string | null {
  const text = parseNameText(bytes, isUtf8)
  return text === null ? null : canonicalPath(normalized(text, 'NFC'))
}

/** True if a mailbox may be created or renamed to this path. */
export function isValidPath(path: string): boolean {
  return Buffer.byteLength(path) <= PATH_BYTES_MAX && path.split(DELIMITER).every(isValidComponent)
}

function isValidComponent(component: string): boolean {
  if (component === '' || component.trim() !== component) return false
  return Buffer.byteLength(component) <= COMPONENT_BYTES_MAX && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(component)
}

/** The name as it is sent: an atom where it can be one, else a quoted string. */
export function renderMailboxName(path: string, isUtf8: boolean): Buffer {
  const name = Buffer.from(isUtf8 ? path : encodeModifiedUtf7(path), 'utf8')
  if (isAtom(name) && path.toUpperCase() !== 'NIL') return name
  return quote(name)
}

/** A quoted string; the bytes must hold no CR, LF or NUL. */
function quote(content: Uint8Array): Buffer {
  const text = Buffer.from(content).toString('latin1').replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return Buffer.from(`"${text}"`, 'latin1')
}

/** Of the mailbox above, or null for a path at the top. */
export function parentPath(path: string): string | null {
  const at = path.lastIndexOf(DELIMITER)
  return at < 0 ? null : path.slice(0, at)
}

export function lastComponent(path: string): string {
  return path.slice(path.lastIndexOf(DELIMITER) + 1)
}
