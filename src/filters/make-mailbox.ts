// Makes a mailbox and those above it that are missing (RFC 5490 §3.2). What stays after a failure half-way is a mailbox without the one that was to be
// in it.

import type { MailboxId } from '#base/ids.ts'
import type { Account } from '#account/account.ts'
import type { MailboxRole } from '#account/operation.ts'

/** Null: it cannot be made. Throws CommitRefusedError. */
export async function makeMailbox(
  account: Account,
  path: string,
  role: MailboxRole | null,
  now: number,
): Promise<MailboxId | null> {
  const components = path.split('/')
  let parent: MailboxId | null = null
  for (let depth = 1; depth <= components.length; depth++) {
    const here = components.slice(0, depth).join('/')
    const existing = account.mailboxByPath(here)
    if (existing !== null) {
      parent = existing.id
      continue
    }
    const isLast = depth === components.length
    const [outcome] = await account.commit([
      {
        kind: 'createMailbox',
        parent,
        name: components[depth - 1] as string,
        role: isLast ? role : null,
        uidValidity: Math.max(1, Math.floor(now / 1000)),
        subscribed: true,
      },
    ])
    const made: MailboxId | null = outcome?.applied === true ? (outcome.mailbox ?? null) : null
    // A session may have been faster.
    parent = made ?? account.mailboxByPath(here)?.id ?? null
    if (parent === null) return null
  }
  return parent
}
