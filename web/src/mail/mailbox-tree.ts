// The mailboxes as they are listed: those with a role first and in the order of a day's work, then the owner's own by name, each with what is
// nested in it behind it.

import type { Id, Mailbox, MailboxRole } from '#web/jmap/types.ts'

export interface MailboxNode {
  readonly mailbox: Mailbox
  readonly depth: number
}

const ROLES: readonly (MailboxRole | null)[] = ['inbox', 'flagged', 'drafts', 'sent', 'archive', 'junk', 'trash']

function rank({ role }: Mailbox): number {
  const at = ROLES.indexOf(role)
  return at < 0 || role === null ? ROLES.length : at
}

export function mailboxTree(mailboxes: Iterable<Mailbox>): readonly MailboxNode[] {
  const all = [...mailboxes]
  const known = new Set(all.map(({ id }) => id))
  const children = new Map<Id | null, Mailbox[]>()
  for (const mailbox of all) {
    const parent = mailbox.parentId !== null && known.has(mailbox.parentId) ? mailbox.parentId : null
    const list = children.get(parent)
    if (list === undefined) children.set(parent, [mailbox])
    else list.push(mailbox)
  }
  const nodes: MailboxNode[] = []
  const visit = (parent: Id | null, depth: number): void => {
    const list = children.get(parent) ?? []
    children.delete(parent)
    list.sort((a, b) => rank(a) - rank(b) || a.sortOrder - b.sortOrder || a.name.localeCompare(b.name))
    for (const mailbox of list) {
      nodes.push({ mailbox, depth })
      visit(mailbox.id, depth + 1)
    }
  }
  visit(null, 0)
  return nodes
}

/** The name with those above it. */
export function mailboxPath(mailboxes: ReadonlyMap<Id, Mailbox>, mailbox: Mailbox): string {
  const names = [mailbox.name]
  let parent = mailbox.parentId
  for (let depth = 0; parent !== null && depth < 32; depth++) {
    const above = mailboxes.get(parent)
    if (above === undefined) break
    names.unshift(above.name)
    parent = above.parentId
  }
  return names.join(' / ')
}
