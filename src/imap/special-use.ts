// Special-use attributes (RFC 6154 §2; \Important: RFC 8457 §3) and the roles of mailboxes in the account.

import type { MailboxRole } from '#account/operation.ts'

const ATTRIBUTES: Readonly<Record<MailboxRole, string | null>> = {
  inbox: null,
  archive: '\\Archive',
  drafts: '\\Drafts',
  flagged: '\\Flagged',
  important: '\\Important',
  junk: '\\Junk',
  sent: '\\Sent',
  trash: '\\Trash',
  all: '\\All',
}

export function attributeOf(role: MailboxRole | null): string | null {
  return role === null ? null : ATTRIBUTES[role]
}

/** Null for an attribute that is none of these. */
export function roleOf(attribute: string): MailboxRole | null {
  for (const [role, known] of Object.entries(ATTRIBUTES)) {
    if (known?.toLowerCase() === attribute.toLowerCase()) return role as MailboxRole
  }
  return null
}
