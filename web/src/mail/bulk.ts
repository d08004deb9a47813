// A deed for any number of conversations, most of which this page does not know: they are read and changed in portions, so that neither a request
// nor the wait for it grows with their number. What one portion changed stays changed when a later one fails; it is told how far it came.

import { result } from '#web/jmap/connection.ts'
import type { Email, GetResponse, Id, QueryResponse, Thread } from '#web/jmap/types.ts'
import type { Deed, Marks } from './deeds.ts'
import { type ListQuery, belongs, listArguments } from './email-list.ts'
import type { MailStore } from './mail-store.ts'
import { type EmailPatch, invertPatch } from './patch.ts'

/** Conversations, or messages, that are changed at a time. */
const PORTION = 200
const GET_MAX = 500
/** How often a list that changes while it is read is read again, before it is taken as it is. */
const READINGS_MAX = 4
const MARKS: readonly (keyof Marks)[] = ['id', 'threadId', 'mailboxIds', 'keywords']

export interface Bulk {
  readonly deed: Deed
  /** A message of each conversation; without a query, the messages themselves. */
  readonly rows: readonly Id[]
  /** Which messages of the conversations are meant. */
  readonly query: ListQuery | null
}

export interface BulkEnd {
  /** Those that were not reached. */
  readonly rest: readonly Id[]
  /** What undoes it, as far as it can be undone. */
  readonly inverse: ReadonlyMap<Id, EmailPatch>
  /** Why it ended before its end; undefined if it was stopped, null if it was not. */
  readonly failure: unknown
}

/** Ends with what is left, and never rejects. */
export async function runBulk(
  mail: MailStore,
  { deed, rows, query }: Bulk,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<BulkEnd> {
  const inverse = new Map<Id, EmailPatch>()
  for (let at = 0; at < rows.length; at += PORTION) {
    if (signal.aborted) return { rest: rows.slice(at), inverse, failure: undefined }
    try {
      const portion = rows.slice(at, at + PORTION)
      await change(mail, deed, await read(mail, portion, query), inverse)
      onProgress(Math.min(at + PORTION, rows.length))
    } catch (failure) {
      return { rest: rows.slice(at), inverse, failure }
    }
  }
  return { rest: [], inverse, failure: null }
}

async function change(
  mail: MailStore,
  deed: Deed,
  conversations: readonly (readonly Marks[])[],
  inverse: Map<Id, EmailPatch>,
): Promise<void> {
  const patches = new Map<Id, EmailPatch>()
  const destroyed: Id[] = []
  const before = new Map(conversations.flat().map((email) => [email.id, email]))
  for (const conversation of conversations) {
    for (const [id, made] of deed.changes(conversation)) {
      if (made === 'destroy') destroyed.push(id)
      else patches.set(id, made)
    }
  }
  if (patches.size > 0) await mail.update(patches).done
  for (const [id, patch] of patches) {
    const email = before.get(id)
    if (email !== undefined) inverse.set(id, invertPatch(email, patch))
  }
  if (destroyed.length > 0) await mail.destroy(destroyed)
}

/** The messages by conversation, oldest first. Those that are gone are left out. */
async function read(mail: MailStore, rows: readonly Id[], query: ListQuery | null): Promise<readonly Marks[][]> {
  if (query === null) return (await readMarks(mail, rows)).map((email) => [email])
  const answers = await mail.connection.call([
    ['Email/get', { ids: rows, properties: ['threadId'] }],
    ['Thread/get', { '#ids': result(0, 'Email/get', '/list/*/threadId') }],
  ])
  const threads = (answers.of(1) as GetResponse<Thread>).list
  const emails = await readMarks(
    mail,
    threads.flatMap(({ emailIds }) => emailIds),
  )
  const byId = new Map(emails.map((email) => [email.id, email]))
  return threads.map(({ emailIds }) =>
    emailIds.map((id) => byId.get(id)).filter((email) => email !== undefined && belongs(email, query)),
  ) as Marks[][]
}

async function readMarks(mail: MailStore, ids: readonly Id[]): Promise<readonly Marks[]> {
  const all: Marks[] = []
  for (let at = 0; at < ids.length; at += GET_MAX) {
    const answers = await mail.connection.call([['Email/get', { ids: ids.slice(at, at + GET_MAX), properties: MARKS }]])
    all.push(...(answers.of(0) as GetResponse<Email>).list)
  }
  return all
}

/**
 * All ids of a list, as the server has them now: the last message of each conversation, or all messages. The server gives a long list in pieces; if
 * it changes between two of them, it is read again. Rejects with JmapFailure.
 */
export async function readAllIds(mail: MailStore, query: ListQuery, isCollapsed: boolean): Promise<readonly Id[]> {
  const ids = new Set<Id>()
  for (let reading = 1; ; reading++) {
    ids.clear()
    if ((await readPieces(mail, query, isCollapsed, ids)) || reading === READINGS_MAX) return [...ids]
  }
}

/** False if the list changed on the way. */
async function readPieces(mail: MailStore, query: ListQuery, isCollapsed: boolean, ids: Set<Id>): Promise<boolean> {
  const states = new Set<string>()
  let position = 0
  for (;;) {
    const args = { ...listArguments(query), collapseThreads: isCollapsed, position }
    const answer = (await mail.connection.call([['Email/query', args]])).of(0) as QueryResponse
    states.add(answer.queryState)
    for (const id of answer.ids) ids.add(id)
    position += answer.ids.length
    if (answer.ids.length === 0 || position >= (answer.total ?? 0)) return states.size === 1
  }
}
