// The searches that a client is kept up to date with in its selected mailbox (RFC 5267 §4.3).
//
// A change costs one look at the messages that changed, whatever the size of the mailbox. For that their UIDs are gathered while there is a context,
// and each context keeps which messages are in its result. Bounded are the contexts of a session and what they keep together; beyond that the client
// is told that a search will not be updated (NOUPDATE).

import { TimeSlice } from '#base/time-slice.ts'
import type { FetchItem } from './fetch-item.ts'
import { renderMailboxName } from './mailbox-name.ts'
import { PendingUids } from './pending-uids.ts'
import { type ContextQuery, type ResultChange, SearchContext, formatSteps } from './search-context.ts'
import { evaluate, freeze } from './search-node.ts'
import { SearchRows } from './search-rows.ts'
import type { SelectedMailbox } from './selected-mailbox.ts'
import type { Session } from './session.ts'

const CONTEXTS_MAX = 16
/** 256 KiB, for all contexts of a session. One alone may have more (RFC 5267 §4.3.1): four bytes for each message of the mailbox, or less. */
const WORDS_MAX = 65_536

/** What a look at the changed messages came to. */
export type ContextChanges = ReadonlyMap<SearchContext, ResultChange>

export class SearchContexts {
  #contexts: readonly SearchContext[] = []
  /** Searches that may become contexts are at work. */
  #isOpening = false
  /** Messages that changed since the contexts were brought up to date. */
  readonly #changed = new PendingUids()
  readonly #wordsMax: number

  constructor(wordsMax = WORDS_MAX) {
    this.#wordsMax = wordsMax
  }

  get isEmpty(): boolean {
    return this.#contexts.length === 0
  }

  noteChanged(uids: readonly number[]): void {
    if (this.#isOpening || !this.isEmpty) this.#changed.add(uids)
  }

  hasTag(tag: string): boolean {
    return this.#contexts.some(({ query }) => query.tag === tag)
  }

  /** From here on changes are gathered, so that none is lost while the search is at work. */
  open(): void {
    this.#isOpening = true
  }

  /** After the search, whose rows in order are `found`. Tells the client if there will be no updates. */
  keep(session: Session, rows: SearchRows, found: readonly number[], query: ContextQuery): void {
    const node = freeze(query.node, rows)
    const uids = Uint32Array.from(found, (row) => rows.uids[row] as number)
    const context = node === null ? null : new SearchContext({ ...query, node }, uids)
    this.#isOpening = false
    if (context === null) return refuse(session, query.tag, 'The result changes by more than changes of messages')
    this.#contexts = [...this.#contexts, context]
    if (this.#contexts.length > CONTEXTS_MAX) this.#drop(session, context, 'There are too many searches')
    else if (this.#areTooLarge()) this.#drop(session, context, 'The results are too large')
  }

  #areTooLarge(): boolean {
    const words = this.#contexts.reduce((sum, context) => sum + context.words, 0)
    return this.#contexts.length > 1 && words > this.#wordsMax
  }

  /** The search was not one of the selected mailbox after all. */
  refuse(session: Session, tag: string): void {
    this.#isOpening = false
    refuse(session, tag, 'The selected mailbox was not searched')
  }

  #drop(session: Session, context: SearchContext, why: string): void {
    this.#contexts = this.#contexts.filter((one) => one !== context)
    refuse(session, context.query.tag, why)
  }

  /** False if there is no such context. */
  cancel(tag: string): boolean {
    const rest = this.#contexts.filter(({ query }) => query.tag !== tag)
    if (rest.length === this.#contexts.length) return false
    this.#contexts = rest
    if (this.isEmpty) this.#changed.take()
    return true
  }

  /** Before the client is told that messages are gone (RFC 5267 §4.3.4): their sequence numbers, by which it knows them still. */
  writeGone(session: Session, selected: SelectedMailbox, numbers: readonly number[]): void {
    if (this.isEmpty) return
    const gone = new Set(numbers.map((number) => selected.uids[number - 1] as number))
    for (const context of this.#contexts) {
      this.#write(session, selected, context, '', 'REMOVEFROM', context.remove(gone))
    }
  }

  /** Looks at what changed, and at what the client was not told of before the position `from`. Throws SessionEndedError. */
  async look(session: Session, selected: SelectedMailbox, from: number): Promise<ContextChanges> {
    const changes = new Map<SearchContext, ResultChange>()
    if (this.isEmpty) return changes
    const positions = changedPositions(selected, this.#changed.take(), from)
    if (positions.length === 0) return changes
    const rows = new SearchRows(session, selected, positions)
    for (const context of this.#contexts) {
      const matches = await evaluate(context.query.node, rows, rows.all())
      changes.set(context, context.compare(rows.uids, rows.count, matches))
    }
    return changes
  }

  /** After EXISTS and FETCH (RFC 5465 §5.1, §7). Throws SessionEndedError. */
  async write(session: Session, selected: SelectedMailbox, changes: ContextChanges): Promise<void> {
    const slice = new TimeSlice(session.host)
    const pause = async (): Promise<void> => {
      if (slice.isOver) await slice.next()
      session.checkConnected()
    }
    for (const [context, { added, removed }] of changes) {
      const removal = formatSteps('REMOVEFROM', context.remove(removed), (uid) => nameOf(selected, context, uid))
      const steps = await context.add(session, selected, added, pause)
      this.#write(session, selected, context, removal, 'ADDTO', steps)
      if (this.#areTooLarge()) this.#drop(session, context, 'The result has become too large')
      await session.room()
    }
  }

  #write(
    session: Session,
    selected: SelectedMailbox,
    context: SearchContext,
    before: string,
    name: 'ADDTO' | 'REMOVEFROM',
    steps: Parameters<typeof formatSteps>[1],
  ): void {
    const data = `${before}${formatSteps(name, steps, (uid) => nameOf(selected, context, uid))}`
    if (data === '') return
    const { out, account, isUtf8 } = session
    const { tag, isUid, namesMailbox } = context.query
    out.text(`* ESEARCH (TAG "${tag}"`)
    const mailbox = namesMailbox ? account.mailbox(selected.id) : null
    if (mailbox !== null) {
      out.text(' MAILBOX ')
      out.bytes(renderMailboxName(mailbox.path, isUtf8))
      out.text(` UIDVALIDITY ${mailbox.uidValidity}`)
    }
    out.line(`)${isUid ? ' UID' : ''}${data}`)
  }
}

/** Items to give of messages that came and are in the result of a context, by context. */
export function itemsOfNew(
  changes: ContextChanges,
): { readonly items: readonly FetchItem[]; readonly uids: ReadonlySet<number> }[] {
  return [...changes]
    .filter(([{ query }]) => query.items.length > 0)
    .map(([{ query }, { added }]) => ({ items: query.items, uids: new Set(added) }))
}

function refuse(session: Session, tag: string, why: string): void {
  session.out.line(`* NO [NOUPDATE "${tag}"] ${why}: it will not be updated`)
}

function nameOf(selected: SelectedMailbox, { query }: SearchContext, uid: number): number {
  return query.isUid ? uid : selected.positionOf(uid) + 1
}

/** Increasing. */
function changedPositions(selected: SelectedMailbox, changed: Uint32Array, from: number): number[] {
  const positions: number[] = []
  for (const uid of changed) {
    const position = selected.positionOf(uid)
    if (position >= 0 && position < from) positions.push(position)
  }
  for (let position = from; position < selected.count; position++) positions.push(position)
  return positions
}
