// Creates a mailbox and those above it that are missing (RFC 9051 §6.3.4). Each is an operation of its own: what stays after a
// failure half-way is a mailbox without the one that was to be in it.

import type { MailboxId } from '#base/ids.ts'
import { type Result, fail, ok } from '#base/result.ts'
import type { MailboxRole } from '#account/operation.ts'
import { type Completion, no } from './command.ts'
import { DELIMITER, isValidPath } from './mailbox-name.ts'
import type { Session } from './session.ts'
import { changeDangling, danglingSubscriptions } from './subscriptions.ts'

const MAILBOXES_MAX = 10_000

/** Null for the top. Throws CommitRefusedError. */
export async function createPath(
  session: Session,
  path: string,
  role: MailboxRole | null,
): Promise<Result<MailboxId, Completion>> {
  const { account } = session
  if (!isValidPath(path)) return fail(no('A mailbox cannot have that name', 'CANNOT'))
  if (account.mailboxByPath(path) !== null) return fail(no('There is a mailbox of that name', 'ALREADYEXISTS'))
  const components = path.split(DELIMITER)
  let parent: MailboxId | null = null
  for (let depth = 1; depth <= components.length; depth++) {
    const here = components.slice(0, depth).join(DELIMITER)
    const isLast = depth === components.length
    const existing = account.mailboxByPath(here)
    if (existing !== null && !isLast) {
      parent = existing.id
      continue
    }
    if (account.mailboxes().length >= MAILBOXES_MAX) return fail(no('There are too many mailboxes', 'LIMIT'))
    const created = await createOne(session, here, parent, isLast ? role : null)
    if (created !== null) session.notifications?.forgetEvents(({ id, kind }) => id === created && kind === 'created')
    // Another session may have been faster: a mailbox above is then as good as ours.
    const taken: MailboxId | null = created ?? (isLast ? null : (account.mailboxByPath(here)?.id ?? null))
    if (taken === null) return fail(no('The mailbox could not be created', isLast ? 'ALREADYEXISTS' : 'CANNOT'))
    parent = taken
  }
  return parent === null ? fail(no('A mailbox cannot have that name', 'CANNOT')) : ok(parent)
}

async function createOne(
  session: Session,
  path: string,
  parent: MailboxId | null,
  role: MailboxRole | null,
): Promise<MailboxId | null> {
  const { account } = session
  const wasSubscribed = danglingSubscriptions(account).includes(path)
  const [outcome] = await account.commit([
    {
      kind: 'createMailbox',
      parent,
      name: path.slice(path.lastIndexOf(DELIMITER) + 1),
      role,
      // The account makes it greater than any before, so that a name used again is known to be (RFC 3501 §2.3.1.1).
      uidValidity: Math.max(1, Math.floor(session.host.now() / 1000)),
      subscribed: wasSubscribed,
    },
    ...(wasSubscribed ? [changeDangling(account, null, path)] : []),
  ])
  return outcome?.applied === true ? (outcome.mailbox ?? null) : null
}
