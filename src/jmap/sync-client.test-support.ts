// A client that keeps everything it knows up to date by `/changes` and `/queryChanges` alone, and the plain truth to compare it with.

import assert from 'node:assert/strict'
import type { Any, TestClient } from './test-client.test-support.ts'

interface KnownEmail {
  readonly threadId: string
  readonly mailboxIds: object
  readonly keywords: object
  readonly receivedAt: string
  readonly size: number
  readonly subject: string
}

export interface SyncQuery {
  readonly filter: object | null
  readonly sort: readonly object[] | null
  readonly collapseThreads: boolean
}

const EMAIL_PROPERTIES = ['threadId', 'mailboxIds', 'keywords', 'receivedAt', 'size', 'subject']

export class SyncClient {
  readonly client: TestClient
  readonly #queries: readonly SyncQuery[]
  readonly #isAlone: boolean
  readonly emails = new Map<string, KnownEmail>()
  readonly threads = new Map<string, readonly string[]>()
  readonly mailboxes = new Map<string, Any>()
  readonly #results: { state: string; ids: string[] }[] = []
  #emailState = ''
  #threadState = ''
  #mailboxState = ''

  /** Not `isAlone`: others change the account between, and during, its requests. */
  constructor(client: TestClient, queries: readonly SyncQuery[], isAlone = true) {
    this.client = client
    this.#queries = queries
    this.#isAlone = isAlone
  }

  /** Gets everything anew. */
  async start(): Promise<void> {
    this.#emailState = (await this.client.call('Email/get', { ids: [] })).state
    this.#threadState = (await this.client.call('Thread/get', { ids: [] })).state
    const { ids } = await this.client.call('Email/query')
    await this.#fetchEmails(ids)
    await this.#fetchThreads([...new Set([...this.emails.values()].map(({ threadId }) => threadId))])
    const { state, list } = await this.client.call('Mailbox/get')
    this.#mailboxState = state
    for (const mailbox of list) this.mailboxes.set(mailbox.id, mailbox)
    for (const query of this.#queries) {
      const { queryState, ids } = await this.client.call('Email/query', query)
      this.#results.push({ state: queryState, ids })
    }
  }

  async #fetchEmails(ids: readonly string[]): Promise<void> {
    const { list, notFound } = await this.client.call('Email/get', { ids, properties: EMAIL_PROPERTIES })
    for (const { id, ...email } of list) this.emails.set(id, email)
    for (const id of notFound) this.emails.delete(id)
  }

  async #fetchThreads(ids: readonly string[]): Promise<void> {
    const { list, notFound } = await this.client.call('Thread/get', { ids })
    for (const { id, emailIds } of list) this.threads.set(id, emailIds)
    for (const id of notFound) this.threads.delete(id)
  }

  /** Asks what changed, in portions if `maxChanges` is given. */
  async sync(maxChanges: number | null): Promise<void> {
    for (let more = true; more;) {
      const changes = await this.client.call('Email/changes', { sinceState: this.#emailState, maxChanges })
      const { created, updated, destroyed, newState, hasMoreChanges } = changes
      if (maxChanges !== null) assert.ok(created.length + updated.length + destroyed.length <= maxChanges)
      // One that was there in the state before, was gone when it was asked for, and is there again, is new to this client and yet an update.
      if (this.#isAlone)
        for (const id of updated) assert.ok(this.emails.has(id), `${id} is updated, but was never created`)
      for (const id of destroyed) this.emails.delete(id)
      await this.#fetchEmails([...created, ...updated])
      this.#emailState = newState
      more = hasMoreChanges
    }
    for (let more = true; more;) {
      const changes = await this.client.call('Thread/changes', { sinceState: this.#threadState, maxChanges })
      const { created, updated, destroyed, newState, hasMoreChanges } = changes
      if (maxChanges !== null && maxChanges > 1) {
        assert.ok(created.length + updated.length + destroyed.length <= maxChanges)
      }
      for (const id of destroyed) this.threads.delete(id)
      await this.#fetchThreads([...new Set<string>([...created, ...updated])])
      this.#threadState = newState
      more = hasMoreChanges
    }
    await this.#syncMailboxes()
    for (const [at, query] of this.#queries.entries()) await this.#syncQuery(at, query)
  }

  async #syncMailboxes(): Promise<void> {
    const changes = await this.client.call('Mailbox/changes', { sinceState: this.#mailboxState })
    const { created, updated, destroyed, updatedProperties, newState } = changes
    for (const id of destroyed) this.mailboxes.delete(id)
    const fetch = async (ids: string[], properties: string[] | null): Promise<void> => {
      const { list } = await this.client.call('Mailbox/get', { ids, properties })
      for (const mailbox of list) {
        this.mailboxes.set(mailbox.id, { ...this.mailboxes.get(mailbox.id), ...mailbox })
      }
    }
    await fetch(created, null)
    await fetch(updated, updatedProperties)
    this.#mailboxState = newState
  }

  /** RFC 8620 §5.6: splices out what is removed, splices in what is added, lowest index first. */
  async #syncQuery(at: number, query: SyncQuery): Promise<void> {
    const known = this.#results[at]
    assert.ok(known !== undefined)
    const args = { ...query, sinceQueryState: known.state, calculateTotal: true }
    const { removed, added, total, newQueryState } = await this.client.call('Email/queryChanges', args)
    const gone = new Set(removed)
    const ids = known.ids.filter((id) => !gone.has(id))
    let last = -1
    for (const { id, index } of added) {
      assert.ok(index > last)
      last = index
      ids.splice(index, 0, id)
    }
    assert.equal(ids.length, total, JSON.stringify([query, known.ids, removed, added]))
    this.#results[at] = { state: newQueryState, ids }
  }

  /** Compares what is known with what is there. */
  async check(): Promise<void> {
    const { ids } = await this.client.call('Email/query')
    const { list } = await this.client.call('Email/get', { ids, properties: EMAIL_PROPERTIES })
    const truth = new Map(list.map(({ id, ...email }: Any) => [id, email]))
    assert.deepEqual(this.emails, truth)
    assert.deepEqual(this.threads, this.#trueThreads())
    const mailboxes = (await this.client.call('Mailbox/get')).list
    assert.deepEqual([...this.mailboxes.values()].sort(byNumber), mailboxes)
    for (const mailbox of mailboxes) this.#checkCounts(mailbox, mailboxes)
    for (const [at, query] of this.#queries.entries()) {
      const { ids, queryState, total } = await this.client.call('Email/query', { ...query, calculateTotal: true })
      assert.deepEqual(this.#results[at]?.ids, ids, JSON.stringify(query))
      assert.equal(total, ids.length)
      assert.deepEqual(ids, naiveQuery(this.emails, query), JSON.stringify([query, queryState]))
    }
  }

  #trueThreads(): Map<string, readonly string[]> {
    const threads = Map.groupBy([...this.emails], ([, { threadId }]) => threadId)
    return new Map([...threads].map(([id, emails]) => [id, emails.sort(oldestFirst).map(([email]) => email)]))
  }

  /** RFC 8621 §2, as it is written there. */
  #checkCounts(mailbox: Any, mailboxes: Any[]): void {
    const trash = mailboxes.find(({ role }) => role === 'trash')?.id
    const inside = [...this.emails.values()].filter(({ mailboxIds }) => mailbox.id in mailboxIds)
    const threads = new Set(inside.map(({ threadId }) => threadId))
    const unreadThreads = [...threads].filter((thread) =>
      [...this.emails.values()].some((email) => {
        const inTrash = trash in email.mailboxIds
        const counts = mailbox.id === trash ? inTrash : !inTrash || Object.keys(email.mailboxIds).length > 1
        return email.threadId === thread && isUnread(email) && counts
      }),
    )
    assert.deepEqual(
      [mailbox.totalEmails, mailbox.unreadEmails, mailbox.totalThreads, mailbox.unreadThreads],
      [inside.length, inside.filter(isUnread).length, threads.size, unreadThreads.length],
      mailbox.name,
    )
  }
}

function isUnread({ keywords }: KnownEmail): boolean {
  return !('$seen' in keywords) && !('$draft' in keywords)
}

function number(id: string): number {
  return Number(id.slice(1))
}

function byNumber(a: Any, b: Any): number {
  return number(a.id) - number(b.id)
}

function oldestFirst([a, left]: [string, KnownEmail], [b, right]: [string, KnownEmail]): number {
  return Date.parse(left.receivedAt) - Date.parse(right.receivedAt) || number(a) - number(b)
}

/** The query in the plainest way. */
function naiveQuery(emails: ReadonlyMap<string, KnownEmail>, query: SyncQuery): string[] {
  const inThread = (email: KnownEmail, keyword: string): boolean[] =>
    [...emails.values()]
      .filter(({ threadId }) => threadId === email.threadId)
      .map(({ keywords }) => keyword in keywords)
  const matches = (filter: Any, email: KnownEmail): boolean => {
    if (filter === null) return true
    if (filter.operator === 'AND') return filter.conditions.every((part: Any) => matches(part, email))
    if (filter.operator === 'OR') return filter.conditions.some((part: Any) => matches(part, email))
    if (filter.operator === 'NOT') return !filter.conditions.some((part: Any) => matches(part, email))
    return Object.entries(filter).every(([name, value]: [string, Any]) => {
      switch (name) {
        case 'inMailbox':
          return value in email.mailboxIds
        case 'inMailboxOtherThan':
          return Object.keys(email.mailboxIds).some((id) => !value.includes(id))
        case 'hasKeyword':
          return value in email.keywords
        case 'notKeyword':
          return !(value in email.keywords)
        case 'allInThreadHaveKeyword':
          return inThread(email, value).every(Boolean)
        case 'someInThreadHaveKeyword':
          return inThread(email, value).some(Boolean)
        case 'noneInThreadHaveKeyword':
          return !inThread(email, value).some(Boolean)
        case 'before':
          return Date.parse(email.receivedAt) < Date.parse(value)
        case 'after':
          return Date.parse(email.receivedAt) >= Date.parse(value)
        case 'minSize':
          return email.size >= value
        case 'maxSize':
          return email.size < value
        case 'subject':
          return email.subject.split(/\W+/).includes(value)
        default:
          throw new TypeError(name)
      }
    })
  }
  const valueOf = ({ property, keyword }: Any, email: KnownEmail): number | string => {
    switch (property) {
      case 'receivedAt':
        return Date.parse(email.receivedAt)
      case 'size':
        return email.size
      case 'subject':
        return email.subject
      case 'hasKeyword':
        return Number(keyword in email.keywords)
      case 'someInThreadHaveKeyword':
        return Number(inThread(email, keyword).some(Boolean))
      case 'allInThreadHaveKeyword':
        return Number(inThread(email, keyword).every(Boolean))
      default:
        throw new TypeError(property)
    }
  }
  const found = [...emails].filter(([, email]) => matches(query.filter, email)).sort((a, b) => -oldestFirst(a, b))
  // The one key alone decides in the direction it has; otherwise the newest is first of what is equal.
  const isReversed =
    query.sort?.length === 1 &&
    (query.sort[0] as Any).property === 'receivedAt' &&
    (query.sort[0] as Any).isAscending !== false
  const sorted = isReversed
    ? found.toReversed()
    : found.toSorted(([, a], [, b]) => {
        for (const comparator of query.sort ?? []) {
          const [left, right] = [valueOf(comparator, a), valueOf(comparator, b)]
          const sign = (comparator as Any).isAscending === false ? -1 : 1
          if (left !== right) return left < right ? -sign : sign
        }
        return 0
      })
  const seen = new Set<string>()
  return sorted
    .filter(([, { threadId }]) => !query.collapseThreads || (!seen.has(threadId) && seen.add(threadId)))
    .map(([id]) => id)
}
