// Creating, renaming, moving and deleting mailboxes.

import { JmapFailure } from '#web/jmap/failure.ts'
import type { Id, SetError, SetResponse } from '#web/jmap/types.ts'
import type { MailStore } from './mail-store.ts'

export interface MailboxFields {
  readonly name: string
  readonly parentId: Id | null
}

/** Rejects with JmapFailure. What has changed comes by the server's own word of it. */
export async function saveMailbox(mail: MailStore, id: Id | null, fields: MailboxFields): Promise<void> {
  const args = id === null ? { create: { mailbox: { ...fields, isSubscribed: true } } } : { update: { [id]: fields } }
  const response = (await mail.connection.call([['Mailbox/set', args]])).of(0) as SetResponse
  const error = response.notCreated?.['mailbox'] ?? (id === null ? undefined : response.notUpdated?.[id])
  if (error !== undefined) throw failure(error)
}

/** Messages that are in no other mailbox go to Trash first: nothing is lost with a mailbox. */
export async function deleteMailbox(mail: MailStore, id: Id): Promise<void> {
  const trash = mail.mailboxOf('trash')?.id
  const list = mail.list({ filter: { inMailbox: id }, mailbox: id, without: [] })
  for (;;) {
    const answers = await mail.connection.call([['Email/query', { filter: list.query.filter, limit: 500 }]])
    const { ids } = answers.of(0) as { readonly ids: readonly Id[] }
    if (ids.length === 0 || trash === undefined) break
    const patch = { [`mailboxIds/${id}`]: null, [`mailboxIds/${trash}`]: true }
    const update = Object.fromEntries(ids.map((email) => [email, patch]))
    const moved = (await mail.connection.call([['Email/set', { update }]])).of(0) as SetResponse
    const [error] = Object.values(moved.notUpdated ?? {})
    if (error !== undefined) throw failure(error)
  }
  const response = (await mail.connection.call([['Mailbox/set', { destroy: [id] }]])).of(0) as SetResponse
  const error = response.notDestroyed?.[id]
  if (error !== undefined) throw failure(error)
}

function failure({ type, description, properties }: SetError): JmapFailure {
  if (type === 'mailboxHasChild')
    return new JmapFailure('refused', 'There are mailboxes in it: move or delete those first.')
  if (type === 'alreadyExists') return new JmapFailure('refused', 'There is a mailbox of that name already.')
  if (properties?.includes('name') === true)
    return new JmapFailure('refused', 'The server does not take this name: another mailbox may have it.')
  return new JmapFailure('refused', description ?? `The server does not allow it (${type}).`)
}
