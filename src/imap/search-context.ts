// A search whose result the client is kept up to date with (RFC 5267 §4.3): one context, with what is known to be in its result.
//
// UIDs are kept, and sequence numbers made of them when something is told.

import type { FetchItem } from './fetch-item.ts'
import type { Mask, SearchNode } from './search-node.ts'
import type { SelectedMailbox } from './selected-mailbox.ts'
import { formatNumbersInOrder, rangesOf } from './sequence-set.ts'
import type { Session } from './session.ts'
import { type SortCriterion, compareEmails } from './sort-order.ts'
import { SortedUids } from './sorted-uids.ts'
import { UidSet } from './uid-set.ts'

export interface ContextQuery {
  readonly tag: string
  readonly isUid: boolean
  /** Its responses name the mailbox, as those to ESEARCH do (RFC 7377 §2.1). */
  readonly namesMailbox: boolean
  readonly node: SearchNode
  /** Null: in the order of the mailbox. */
  readonly criteria: readonly SortCriterion[] | null
  /** To be given of messages that come later and are in the result (RFC 5465 §7). */
  readonly items: readonly FetchItem[]
}

/** UIDs at a place in the result, counted from 1; 0: where they belong in the order of the mailbox. */
interface Step {
  readonly position: number
  readonly uids: readonly number[]
}

export interface ResultChange {
  readonly added: readonly number[]
  readonly removed: ReadonlySet<number>
}

export class SearchContext {
  readonly query: ContextQuery
  readonly #found: UidSet | SortedUids

  constructor(query: ContextQuery, found: Uint32Array) {
    this.query = query
    this.#found = query.criteria === null ? new UidSet(rangesOf(found)) : new SortedUids(found)
  }

  /** What it keeps, in words of four bytes. */
  get words(): number {
    return this.#found instanceof UidSet ? this.#found.rangeCount * 2 : this.#found.count
  }

  /** `matches`: for each of the UIDs, whether it is found now. */
  compare(uids: Uint32Array, count: number, matches: Mask): ResultChange {
    const added: number[] = []
    const removed = new Set<number>()
    // Looking for one in a sorted result is a walk through it.
    const found = this.#found instanceof SortedUids && count > 16 ? new Set(this.#found.all()) : this.#found
    for (let row = 0; row < count; row++) {
      const uid = uids[row] as number
      const has = found.has(uid)
      if (matches[row] === 1 && !has) added.push(uid)
      else if (matches[row] !== 1 && has) removed.add(uid)
    }
    return { added, removed }
  }

  /** Those of them that are in it. */
  remove(uids: ReadonlySet<number>): Step[] {
    const found = this.#found
    if (uids.size === 0) return []
    if (found instanceof SortedUids) return found.remove(uids).map(({ index, uids }) => ({ position: index + 1, uids }))
    const known = [...uids].filter((uid) => found.has(uid)).sort((left, right) => left - right)
    for (const uid of known) found.delete(uid)
    return known.length === 0 ? [] : [{ position: 0, uids: known }]
  }

  /** `uids` increase. */
  async add(
    session: Session,
    selected: SelectedMailbox,
    uids: readonly number[],
    pause: () => Promise<void>,
  ): Promise<Step[]> {
    if (uids.length === 0) return []
    const found = this.#found
    if (found instanceof UidSet) {
      for (const uid of uids) found.add(uid)
      return [{ position: 0, uids }]
    }
    const { account } = session
    const emailOf = (uid: number): number | null => {
      const live = selected.live()
      const at = live?.indexOf(uid) ?? -1
      return live === null || at < 0 ? null : (live.emails[at] as number)
    }
    const steps: { position: number; uids: number[] }[] = []
    for (const uid of uids) {
      const email = emailOf(uid)
      const index = found.insert(uid, (there) => {
        const other = emailOf(there)
        if (email === null || other === null) return null
        return compareEmails(account, this.query.criteria ?? [], other, email) || there - uid
      })
      const step = steps.at(-1)
      if (step !== undefined && step.position + step.uids.length === index + 1) step.uids.push(uid)
      else steps.push({ position: index + 1, uids: [uid] })
      await pause()
    }
    return steps
  }
}

/** ` ADDTO (0 1:3)` or the like; empty if there are no steps. `numberOf`: what the client calls a message. */
export function formatSteps(
  name: 'ADDTO' | 'REMOVEFROM',
  steps: readonly Step[],
  numberOf: (uid: number) => number,
): string {
  if (steps.length === 0) return ''
  const pairs = steps.map(({ position, uids }) => `${position} ${formatNumbersInOrder(uids.map(numberOf))}`)
  return ` ${name} (${pairs.join(' ')})`
}
