// What a reply or a forwarded message begins with: recipients, subject, references and quoted text (RFC 5322 §3.6.4).

import type { Address, Email, Identity } from '#web/jmap/types.ts'
import { displayName, formatAddress } from './addresses.ts'

export interface Beginning {
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
  readonly subject: string
  readonly text: string
  readonly inReplyTo: readonly string[] | null
  readonly references: readonly string[] | null
}

/** References beyond these say nothing more of the thread; the first one is kept. */
const REFERENCES_MAX = 30

export function references({ messageId, references, inReplyTo }: Email): readonly string[] | null {
  const own = messageId ?? []
  const before = references ?? (inReplyTo?.length === 1 ? inReplyTo : [])
  const all = [...before, ...own]
  if (all.length === 0) return null
  const [first] = all
  return first === undefined || all.length <= REFERENCES_MAX ? all : [first, ...all.slice(1 - REFERENCES_MAX)]
}

function isOwn(address: Address, identities: readonly Identity[]): boolean {
  return identities.some(({ email }) => email.toLowerCase() === address.email.toLowerCase())
}

function withoutTwice(addresses: readonly Address[], taken: readonly Address[] = []): readonly Address[] {
  const seen = new Set(taken.map(({ email }) => email.toLowerCase()))
  return addresses.filter(({ email }) => {
    const key = email.toLowerCase()
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew
  })
}

export function replyRecipients(
  email: Email,
  isToAll: boolean,
  identities: readonly Identity[],
): { readonly to: readonly Address[]; readonly cc: readonly Address[] } {
  const from = email.from ?? []
  // Whoever answers a message of their own goes on writing to its recipients.
  const isFromSelf = from.length > 0 && from.every((address) => isOwn(address, identities))
  const replyTo = email.replyTo ?? []
  const to = withoutTwice(isFromSelf ? (email.to ?? []) : replyTo.length > 0 ? replyTo : from)
  if (!isToAll) return { to, cc: [] }
  const others = isFromSelf ? (email.cc ?? []) : [...(email.to ?? []), ...(email.cc ?? [])]
  const cc = withoutTwice(others, to).filter((address) => !isOwn(address, identities))
  return { to, cc }
}

/** The identity that the message was sent to, else the first. */
export function identityFor(email: Email | null, identities: readonly Identity[]): Identity | undefined {
  const addressed = [...(email?.from ?? []), ...(email?.to ?? []), ...(email?.cc ?? [])]
  return (
    identities.find((identity) =>
      addressed.some(({ email: to }) => to.toLowerCase() === identity.email.toLowerCase()),
    ) ?? identities[0]
  )
}

export function withPrefix(prefix: 'Re' | 'Fwd', subject: string | null): string {
  const bare = (subject ?? '').trim()
  const has = prefix === 'Re' ? /^(?:re|aw|sv|antw)\s*(?:\[\d+\])?:/i : /^(?:fwd?|wg)\s*:/i
  return has.test(bare) ? bare : `${prefix}: ${bare}`.trim()
}

const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

export function quote(email: Email, text: string): string {
  const who = email.from?.[0] === undefined ? 'somebody' : displayName(email.from[0])
  const lines = text.replaceAll('\r\n', '\n').trimEnd().split('\n')
  const quoted = lines.map((line) => (line === '' ? '>' : line.startsWith('>') ? `>${line}` : `> ${line}`))
  return `On ${date.format(new Date(email.sentAt ?? email.receivedAt))}, ${who} wrote:\n${quoted.join('\n')}\n`
}

function list(addresses: readonly Address[] | null): string {
  return (addresses ?? []).map(formatAddress).join(', ')
}

export function forwardedText(email: Email, text: string): string {
  const head = [
    '---------- Forwarded message ----------',
    `From: ${list(email.from)}`,
    `Date: ${date.format(new Date(email.sentAt ?? email.receivedAt))}`,
    `Subject: ${email.subject ?? ''}`,
    `To: ${list(email.to)}`,
    ...(email.cc === null || email.cc.length === 0 ? [] : [`Cc: ${list(email.cc)}`]),
  ]
  return `${head.join('\n')}\n\n${text.replaceAll('\r\n', '\n').trimEnd()}\n`
}

export function signatureText(identity: Identity | undefined): string {
  const signature = identity?.textSignature.trim() ?? ''
  return signature === '' ? '' : `\n\n-- \n${signature}\n`
}
