// Responses (RFC 5804 §1.2, §4): a word, perhaps a code, perhaps text. Text is UTF-8; what a quoted string cannot have is sent as a literal.

/** RFC 5804 §1.3. */
export type ResponseCode =
  | 'ACTIVE'
  | 'ALREADYEXISTS'
  | 'ENCRYPT-NEEDED'
  | 'NONEXISTENT'
  | 'QUOTA'
  | 'QUOTA/MAXSCRIPTS'
  | 'QUOTA/MAXSIZE'
  | 'TRYLATER'
  | 'WARNINGS'

const QUOTED_BYTES_MAX = 1_024
// eslint-disable-next-line no-control-regex -- what must not stand in quotes
const QUOTABLE = /^[^\x00\r\n]*$/

/** As latin1 text whose characters are the bytes to send. */
export function quoteString(text: string): string {
  const bytes = Buffer.from(text, 'utf8')
  const octets = bytes.toString('latin1')
  if (bytes.length > QUOTED_BYTES_MAX || !QUOTABLE.test(octets)) return `{${bytes.length}}\r\n${octets}`
  return `"${octets.replace(/["\\]/g, '\\$&')}"`
}

export function responseLine(
  word: 'OK' | 'NO' | 'BYE',
  text: string | null,
  code?: ResponseCode | `TAG ${string}`,
): string {
  const parts: string[] = [word]
  if (code !== undefined) parts.push(`(${code})`)
  if (text !== null) parts.push(quoteString(text))
  return `${parts.join(' ')}\r\n`
}
