// Addresses as people type and read them.

import type { Address } from '#web/jmap/types.ts'

export function formatAddress({ name, email }: Address): string {
  if (name === null || name === '') return email
  return /[(),.:;<>@[\]\\"]/.test(name) ? `"${name.replaceAll(/["\\]/g, '\\$&')}" <${email}>` : `${name} <${email}>`
}

export function displayName({ name, email }: Address): string {
  return name === null || name.trim() === '' ? email : name
}

/** Short enough for a line of names. */
export function shortName(address: Address): string {
  const name = displayName(address)
  if (name.includes('@')) return name.split('@')[0] ?? name
  return name.replaceAll(/^["']|["']$/g, '').split(/[\s,]+/)[0] ?? name
}

/** Null for what is no address. The server judges the rest. */
function parseAddress(text: string): Address | null {
  const trimmed = text.trim()
  const open = trimmed.lastIndexOf('<')
  const email =
    open >= 0
      ? trimmed
          .slice(open + 1)
          .replace(/>.*$/, '')
          .trim()
      : trimmed
  const name =
    open > 0
      ? trimmed
          .slice(0, open)
          .trim()
          .replace(/^"(.*)"$/, '$1')
          .replaceAll(/\\(.)/g, '$1')
      : ''
  const at = email.lastIndexOf('@')
  if (at < 1 || at === email.length - 1 || /[\s,;<>]/.test(email)) return null
  return { name: name === '' ? null : name, email }
}

/** What is pasted or typed with commas between; what is no address is given back as text. */
export function parseAddresses(text: string): { readonly addresses: Address[]; readonly rest: string } {
  const addresses: Address[] = []
  const rest: string[] = []
  for (const piece of splitList(text)) {
    if (piece.trim() === '') continue
    const address = parseAddress(piece)
    if (address === null) rest.push(piece.trim())
    else addresses.push(address)
  }
  return { addresses, rest: rest.join(', ') }
}

/** At commas, semicolons and line ends that are not within quotation marks. */
function splitList(text: string): string[] {
  const pieces: string[] = []
  let piece = ''
  let isQuoted = false
  for (const char of text) {
    if (char === '"') isQuoted = !isQuoted
    if (!isQuoted && (char === ',' || char === ';' || char === '\n')) {
      pieces.push(piece)
      piece = ''
    } else piece += char
  }
  return [...pieces, piece]
}
