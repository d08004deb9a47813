// The search box's language, made into a filter of Email/query: words, "phrases", -not, and from: to: cc: subject: body: in: is: has: before:
// after: larger: smaller:. What has no meaning is searched for as a word.

import type { Filter, FilterCondition, Id, Mailbox } from '#web/jmap/types.ts'

export interface Search {
  readonly filter: Filter
  /** Mailboxes whose messages are left out, since the search does not name a mailbox. */
  readonly without: readonly Id[]
}

interface Term {
  readonly isNegated: boolean
  /** In lower case; empty for a word. */
  readonly key: string
  readonly value: string
}

const TERMS_MAX = 50

/** Never fails: a quotation mark that is missing at the end is thought there. */
export function splitTerms(text: string): Term[] {
  const terms: Term[] = []
  let at = 0
  while (at < text.length && terms.length < TERMS_MAX) {
    if (isSpace(text[at])) {
      at++
      continue
    }
    const isNegated = text[at] === '-' && at + 1 < text.length && !isSpace(text[at + 1])
    if (isNegated) at++
    let key = ''
    let value = ''
    let isQuoted = false
    let wasQuoted = false
    while (at < text.length && (isQuoted || !isSpace(text[at]))) {
      const char = text[at++] as string
      if (char === '"') {
        isQuoted = !isQuoted
        wasQuoted = true
      } else if (char === ':' && key === '' && !wasQuoted && /^[a-z]+$/i.test(value)) {
        key = value.toLowerCase()
        value = ''
      } else value += char
    }
    if (value === '' && key !== '') continue
    const isPhrase = wasQuoted && /\s/.test(value)
    if (value !== '') terms.push({ isNegated, key, value: isPhrase ? `"${value}"` : value })
  }
  return terms
}

function isSpace(char: string | undefined): boolean {
  return char === undefined || /\s/.test(char)
}

export function parseSearch(text: string, mailboxes: Iterable<Mailbox>): Search {
  const all = [...mailboxes]
  const conditions: Filter[] = []
  let namesMailbox = false
  for (const term of splitTerms(text)) {
    const condition = conditionOf(term, all)
    if (condition === 'anywhere') {
      namesMailbox = true
      continue
    }
    if (condition.inMailbox !== undefined) namesMailbox = true
    conditions.push(term.isNegated ? { operator: 'NOT', conditions: [condition] } : condition)
  }
  const hidden = all.filter(({ role }) => role === 'trash' || role === 'junk').map(({ id }) => id)
  const without = namesMailbox ? [] : hidden
  if (without.length > 0) conditions.push({ inMailboxOtherThan: without })
  const [first] = conditions
  const filter = conditions.length === 1 && first !== undefined ? first : { operator: 'AND' as const, conditions }
  return { filter, without }
}

function conditionOf({ key, value }: Term, mailboxes: readonly Mailbox[]): FilterCondition | 'anywhere' {
  const bare = value.replaceAll('"', '')
  switch (key) {
    case '':
      return { text: value }
    case 'from':
    case 'to':
    case 'cc':
    case 'subject':
    case 'body':
      return { [key]: value }
    case 'in':
      return inCondition(bare, mailboxes)
    case 'is':
    case 'has':
      return stateCondition(bare.toLowerCase()) ?? { text: `${key}:${value}` }
    case 'before':
    case 'after': {
      const date = dateOf(bare)
      return date === null ? { text: `${key}:${value}` } : { [key]: date }
    }
    case 'larger':
    case 'smaller': {
      const size = sizeOf(bare)
      if (size === null) return { text: `${key}:${value}` }
      return key === 'larger' ? { minSize: size } : { maxSize: size }
    }
    default:
      return { text: `${key}:${value}` }
  }
}

function inCondition(name: string, mailboxes: readonly Mailbox[]): FilterCondition | 'anywhere' {
  const wanted = name.toLowerCase()
  if (wanted === 'anywhere' || wanted === 'all') return 'anywhere'
  const mailbox =
    mailboxes.find(({ role }) => role === wanted) ??
    mailboxes.find((candidate) => candidate.name.toLowerCase() === wanted) ??
    mailboxes.find((candidate) => candidate.name.toLowerCase().startsWith(wanted))
  // An id that no mailbox has: nothing is found there.
  return { inMailbox: mailbox?.id ?? 'none' }
}

function stateCondition(state: string): FilterCondition | null {
  switch (state) {
    case 'unread':
      return { notKeyword: '$seen' }
    case 'read':
      return { hasKeyword: '$seen' }
    case 'flagged':
    case 'starred':
      return { hasKeyword: '$flagged' }
    case 'answered':
    case 'replied':
      return { hasKeyword: '$answered' }
    case 'forwarded':
      return { hasKeyword: '$forwarded' }
    case 'draft':
      return { hasKeyword: '$draft' }
    case 'attachment':
    case 'attachments':
      return { hasAttachment: true }
    default:
      return null
  }
}

function dateOf(text: string): string | null {
  const parts = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/.exec(text)
  if (parts === null) return null
  const date = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3] ?? 1))
  return Number.isNaN(date.getTime()) ? null : `${date.toISOString().slice(0, 19)}Z`
}

function sizeOf(text: string): number | null {
  const parts = /^(\d{1,9})([kmg])?b?$/i.exec(text)
  if (parts === null) return null
  const unit = { k: 1000, m: 1_000_000, g: 1_000_000_000 }[parts[2]?.toLowerCase() ?? ''] ?? 1
  return Number(parts[1]) * unit
}
