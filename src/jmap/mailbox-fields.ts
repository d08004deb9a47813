// What a client gives of a Mailbox when it creates or changes one (RFC 8621 §2).

import type { MailboxId } from '#base/ids.ts'
import { normalized } from '#base/normalization.ts'
import type { Mailbox } from '#account/account.ts'
import { ROLES, isMailboxName } from '#account/operation-bounds.ts'
import type { MailboxRole } from '#account/operation.ts'
import type { Context } from './context.ts'
import { SetFailure, invalidProperties } from './failure.ts'
import { parseMailboxId } from './ids.ts'
import type { Json, JsonObject } from './json-object.ts'

export interface MailboxFields {
  readonly name: string
  readonly parent: MailboxId | null
  readonly role: MailboxRole | null
  readonly sortOrder: number
  readonly subscribed: boolean
}

export const MAILBOX_DEFAULTS: JsonObject = { parentId: null, role: null, sortOrder: 0, isSubscribed: true }

/** Of a whole object, with its defaults. Throws SetFailure that names all properties that are wrong. */
export function readMailboxFields(context: Context, object: JsonObject, itself: Mailbox | null): MailboxFields {
  const { name, parentId, role, sortOrder, isSubscribed } = object
  const wrong: string[] = []
  const check = <T>(property: string, value: T | undefined): T => {
    if (value === undefined) wrong.push(property)
    return value as T
  }
  const fields = {
    name: check('name', readName(name, itself)),
    parent: check('parentId', readParent(context, parentId)),
    role: check('role', readRole(role)),
    sortOrder: check('sortOrder', readSortOrder(sortOrder)),
    subscribed: check('isSubscribed', typeof isSubscribed === 'boolean' ? isSubscribed : undefined),
  }
  if (wrong.length > 0) throw invalidProperties(wrong)
  return fields
}

function readName(value: Json | undefined, itself: Mailbox | null): string | undefined {
  if (typeof value !== 'string') return undefined
  // INBOX is shown by another name (mailbox-object.ts).
  if (itself?.role === 'inbox') return value === 'Inbox' ? itself.name : undefined
  const name = normalized(value, 'NFC')
  return isMailboxName(name) ? name : undefined
}

function readParent(context: Context, value: Json | undefined): MailboxId | null | undefined {
  if (value === null) return null
  if (typeof value !== 'string') return undefined
  const id = context.resolveId(value)
  const mailbox = id === null ? null : parseMailboxId(id)
  return mailbox === null || context.account.mailbox(mailbox) === null ? undefined : mailbox
}

function readRole(value: Json | undefined): MailboxRole | null | undefined {
  return value === null ? null : ROLES.find((role) => role === value)
}

/** RFC 8621 §2: less than 2^31. */
function readSortOrder(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31 ? value : undefined
}

/** Why the log's operation did nothing. */
export function refusal(reason: string): SetFailure {
  switch (reason) {
    case 'nameTaken':
      return invalidProperties(['name'], 'There is a mailbox of that name')
    case 'noSuchMailbox':
    case 'cycle':
      return invalidProperties(['parentId'])
    case 'isInbox':
      return invalidProperties(['role'])
    case 'limit':
      return new SetFailure('overQuota', { description: 'Too many mailboxes, or nested too deep' })
    default:
      return new SetFailure('forbidden')
  }
}
