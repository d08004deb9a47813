// JMAP's forms of header field values (RFC 8621 §4.1.2). Each takes a field's value as octets: unfolded, except for `rawForm`.

import { type Address, type Mailbox, parseAddressList } from './address.ts'
import { decodeOctets } from './charset.ts'
import { type DateTime, parseDate } from './date.ts'
import { type WordBudget, decodeHeaderText, newWordBudget } from './encoded-word.ts'
import { skipComment } from './lexer.ts'
import { MESSAGE_IDS_MAX } from './limits.ts'
import type { Octets } from './part.ts'

export interface AddressText {
  readonly name: string | null
  readonly email: string
}

export interface AddressGroup {
  /** Null for addresses that are in no group. */
  readonly name: string | null
  readonly addresses: readonly AddressText[]
}

/** §4.1.2.1, of a value that was not unfolded: everything between the colon and the last line break. */
export function rawForm(value: Octets): string {
  return Buffer.from(value, 'latin1').toString('utf8').replaceAll('\0', '')
}

/** §4.1.2.2. */
export function textForm(value: Octets): string {
  return decodeHeaderText(value)
}

/** §4.1.2.3: without the groups. */
export function addressesForm(value: Octets): readonly AddressText[] {
  return addressTexts(parseAddressList(value))
}

/** The same of a list that was parsed. */
export function addressTexts(list: readonly Address[]): readonly AddressText[] {
  const budget = newWordBudget()
  return list.flatMap((address) => {
    const mailboxes = address.kind === 'group' ? address.members : [address]
    return mailboxes.map((mailbox) => addressText(mailbox, budget))
  })
}

/** §4.1.2.4: consecutive addresses outside of groups share one. */
export function groupedAddressesForm(value: Octets): readonly AddressGroup[] {
  const groups: { name: string | null; addresses: AddressText[] }[] = []
  const budget = newWordBudget()
  const text = (mailbox: Mailbox): AddressText => addressText(mailbox, budget)
  for (const address of parseAddressList(value)) {
    const last = groups.at(-1)
    if (address.kind === 'group') {
      groups.push({ name: decodeHeaderText(address.name, budget), addresses: address.members.map(text) })
    } else if (last === undefined || last.name !== null) groups.push({ name: null, addresses: [text(address)] })
    else last.addresses.push(text(address))
  }
  return groups
}

/** §4.1.2.5: without angle brackets. Null if there is none. */
export function messageIdsForm(value: Octets): readonly string[] | null {
  const ids = bracketed(value)
  // Some senders leave the brackets out.
  if (ids.length === 0 && value.includes('@') && !value.includes(' ')) ids.push(decodeOctets(value))
  return ids.length === 0 ? null : ids
}

/** §4.1.2.6. Null if it is not a date. */
export function dateForm(value: Octets): DateTime | null {
  return parseDate(value)
}

/** §4.1.2.7, RFC 2369 §2. Null if there is none. */
export function urlsForm(value: Octets): readonly string[] | null {
  const urls = bracketed(value)
  return urls.length === 0 ? null : urls
}

/** What stands in angle brackets, outside of comments, without white space. */
function bracketed(value: Octets): string[] {
  const found: string[] = []
  let at = 0
  while (at < value.length && found.length < MESSAGE_IDS_MAX) {
    const char = value[at]
    if (char === '(') at = skipComment(value, at)
    else if (char === '<') {
      const end = value.indexOf('>', at)
      if (end < 0) break
      const inner = value.slice(value.lastIndexOf('<', end) + 1, end).replace(/[\t-\r ]+/g, '')
      if (inner !== '') found.push(decodeOctets(inner))
      at = end + 1
    } else at++
  }
  return found
}

function isDotAtom(localPart: Octets): boolean {
  // RFC 5322 §3.2.3, with the eight-bit bytes of RFC 6532 §3.2.
  return /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\x80-\xff]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\x80-\xff]+)*$/.test(localPart)
}

function addressText(mailbox: Mailbox, budget: WordBudget): AddressText {
  const { localPart, domain } = mailbox
  const name = mailbox.name === null ? null : decodeHeaderText(mailbox.name, budget).trim()
  // §4.1.2.3: an addr-spec, whose local part is quoted where it must be. Without a domain it is what the sender wrote.
  const local =
    domain === '' || localPart === '' || isDotAtom(localPart) ? localPart : `"${localPart.replace(/["\\]/g, '\\$&')}"`
  const email = domain === '' ? local : `${local}@${domain}`
  return { name: name === '' ? null : name, email: decodeOctets(email) }
}

/** Names and addresses as one text, for search. */
export function addressesAsText(addresses: readonly AddressText[]): string {
  return addresses.map(({ name, email }) => (name === null ? email : `${name} <${email}>`)).join(', ')
}
