// What can be done with conversations, as data: what becomes of each message, and the words for it. Thus the same is done to one conversation that
// is looked at and to thousands that this page has never seen.

import type { Email, Id, Mailbox } from '#web/jmap/types.ts'
import type { EmailPatch } from './patch.ts'

/** What a deed has to know of a message. */
export type Marks = Pick<Email, 'id' | 'threadId' | 'mailboxIds' | 'keywords'>

type Change = EmailPatch | 'destroy'

export interface Deed {
  /** As in “Archiving”. */
  readonly doing: string
  /** As in “archived”. */
  readonly done: string
  /** One sees that it is done: nothing need be said. */
  readonly isPlain: boolean
  /** Of a conversation's messages, oldest first; those that stay as they are are left out. */
  changes(conversation: readonly Marks[]): ReadonlyMap<Id, Change>
}

type Words = Pick<Deed, 'doing' | 'done' | 'isPlain'>

function toEach(words: Words, change: (email: Marks) => Change | null): Deed {
  return {
    ...words,
    changes: (conversation) =>
      new Map(
        conversation.flatMap((email) => {
          const made = change(email)
          return made === null ? [] : [[email.id, made] as const]
        }),
      ),
  }
}

function toLast(deed: Deed): Deed {
  return { ...deed, changes: (conversation) => deed.changes(conversation.slice(-1)) }
}

function keyword(words: Words, name: string, isSet: boolean): Deed {
  return toEach(words, ({ keywords }) =>
    (keywords[name] === true) === isSet ? null : { keywords: { [name]: isSet ? true : null } },
  )
}

export const read = keyword({ doing: 'Marking as read', done: 'marked as read', isPlain: true }, '$seen', true)
/** The last message of each: that makes the conversation unread. */
export const unread = toLast(
  keyword({ doing: 'Marking as unread', done: 'marked as unread', isPlain: true }, '$seen', false),
)
export const flagged = toLast(keyword({ doing: 'Flagging', done: 'flagged', isPlain: true }, '$flagged', true))
export const unflagged = keyword(
  { doing: 'Taking flags off', done: 'no longer flagged', isPlain: true },
  '$flagged',
  false,
)

/** From one mailbox, or from all that the messages are in. */
export function moved(target: Mailbox, from: Id | null, keywords: EmailPatch['keywords'] = {}): Deed {
  return toEach({ ...moveWords(target), isPlain: false }, ({ mailboxIds }) => {
    const leaves = from === null ? Object.keys(mailboxIds) : [from]
    if (mailboxIds[target.id] === true && leaves.every((id) => id === target.id)) return null
    return {
      mailboxes: { ...Object.fromEntries(leaves.map((id) => [id, null])), [target.id]: true as const },
      keywords,
    }
  })
}

function moveWords({ role, name }: Mailbox): Pick<Deed, 'doing' | 'done'> {
  if (role === 'archive') return { doing: 'Archiving', done: 'archived' }
  if (role === 'trash') return { doing: 'Moving to Trash', done: 'moved to Trash' }
  if (role === 'junk') return { doing: 'Marking as junk', done: 'marked as junk' }
  return { doing: `Moving to ${name}`, done: `moved to ${name}` }
}

/** For ever; but a message that is in another mailbox too stays there. */
export function destroyed(mailbox: Id): Deed {
  return toEach({ doing: 'Deleting', done: 'deleted for ever', isPlain: false }, ({ mailboxIds }) =>
    Object.keys(mailboxIds).some((id) => id !== mailbox) ? { mailboxes: { [mailbox]: null } } : 'destroy',
  )
}

/** What leads back, message by message. */
export function undone(inverse: ReadonlyMap<Id, EmailPatch>): Deed {
  return toEach({ doing: 'Putting back', done: 'put back', isPlain: false }, ({ id }) => inverse.get(id) ?? null)
}
