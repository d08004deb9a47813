// Sets of mailboxes that a client names by what they are (RFC 5465 §6, as RFC 7377 §2.2 uses it).

import type { MailboxId } from '#base/ids.ts'
import type { Mailbox } from '#account/account.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import { DELIMITER, parentPath, parseMailboxPath } from './mailbox-name.ts'
import type { Session } from './session.ts'

export type MailboxFilter =
  | { readonly kind: 'selected' | 'inboxes' | 'personal' | 'subscribed' }
  | { readonly kind: 'mailboxes' | 'subtree' | 'subtree-one'; readonly paths: readonly string[] }

const NAMES: Readonly<Record<string, MailboxFilter['kind']>> = {
  SELECTED: 'selected',
  INBOXES: 'inboxes',
  PERSONAL: 'personal',
  SUBSCRIBED: 'subscribed',
  MAILBOXES: 'mailboxes',
  SUBTREE: 'subtree',
  'SUBTREE-ONE': 'subtree-one',
}

/** One filter. Throws SyntaxFailure. */
export function parseMailboxFilter(cursor: Cursor, session: Session): MailboxFilter {
  const name = cursor.word()
  const kind = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined
  if (kind === undefined) throw new SyntaxFailure(`there is no set of mailboxes ${name}`)
  if (kind !== 'mailboxes' && kind !== 'subtree' && kind !== 'subtree-one') return { kind }
  cursor.space()
  const parse = (): string => parsePath(cursor, session)
  return { kind, paths: cursor.isAtList ? cursor.list(parse) : [parse()] }
}

function parsePath(cursor: Cursor, session: Session): string {
  const path = parseMailboxPath(cursor.astring(), session.isUtf8)
  if (path === null) throw new SyntaxFailure('the mailbox name is not well-formed')
  return path
}

/** What a filter looks at. */
export type FilteredMailbox = Pick<Mailbox, 'path' | 'subscribed'> & { readonly id: MailboxId | null }

/**
 * Whether the mailbox is one that any of the filters means. All mailboxes are personal ones (RFC 2342), and new mail may be filed in any of them
 * (RFC 5465 §6.3).
 */
export function filterTest(filters: readonly MailboxFilter[], session: Session): (mailbox: FilteredMailbox) => boolean {
  const exact = new Set<string>()
  const trees = new Set<string>()
  const parents = new Set<string>()
  const kinds = new Set(filters.map(({ kind }) => kind))
  for (const filter of filters) {
    if (!('paths' in filter)) continue
    for (const path of filter.paths) {
      exact.add(path)
      if (filter.kind === 'subtree') trees.add(path)
      if (filter.kind === 'subtree-one') parents.add(path)
    }
  }
  return ({ id, path, subscribed }) => {
    if (kinds.has('personal') || kinds.has('inboxes') || exact.has(path)) return true
    if (kinds.has('selected') && id !== null && session.selected?.id === id) return true
    if (kinds.has('subscribed') && subscribed) return true
    return parents.has(parentPath(path) ?? '') || isWithin(path, trees)
  }
}

function isWithin(path: string, trees: ReadonlySet<string>): boolean {
  if (trees.size === 0) return false
  if (trees.has('')) return true
  for (let end = path.indexOf(DELIMITER); end >= 0; end = path.indexOf(DELIMITER, end + 1)) {
    if (trees.has(path.slice(0, end))) return true
  }
  return false
}
