// What THREAD looks at of the messages found, as numbers: ids of messages, subjects and dates (RFC 5256 §2.1, §2.2, §3).

import { type BaseSubject, baseSubject } from '#account/base-subject.ts'
import { fold } from '#account/searched-text.ts'
import { sortIds } from '#base/sliced-sort.ts'
import { TimeSlice } from '#base/time-slice.ts'
import type { SearchRows } from './search-rows.ts'

/** Nearest ancestors that are looked at. */
const REFERENCES_MAX = 100
const ID_LENGTH_MAX = 1_000
/** Ids that messages name are remembered up to so many for each message, and some more: beyond it those of messages not met yet are passed over. */
const NAMED_PER_MESSAGE = 8
const NAMED_MIN = 10_000
const MESSAGES_PER_LOOK = 32

/** Messages are numbered from 0 in the order of the mailbox. */
export interface ThreadMessages {
  readonly count: number
  /** Message numbers in the order of their sent dates. */
  readonly byDate: Uint32Array
  /** Equal for equal base subjects, 0 for the empty one. */
  readonly subjects: Uint32Array
  readonly isReply: Uint8Array
  /** Nodes: that of a message is its number, other ids that are named have the numbers after those. */
  readonly nodes: number
  /** Of each message the nodes of its ancestors, the farthest first. */
  readonly ancestors: readonly (readonly number[])[]
}

/** Throws SessionEndedError. */
export async function threadMessages(rows: SearchRows, found: readonly number[]): Promise<ThreadMessages> {
  const { length: count } = found
  const subjects = new Uint32Array(count)
  const isReply = new Uint8Array(count)
  const dates = new Float64Array(count)
  const subjectNumbers = new Map<string, number>([['', 0]])
  const ids = new IdNumbers(count)
  const named: number[][] = []
  for (const [at, row] of found.entries()) {
    const summary = rows.summary(row)
    const subject: BaseSubject = baseSubject(summary?.subject ?? '')
    subjects[at] = numberOf(subjectNumbers, fold(subject.base))
    isReply[at] = subject.isReply ? 1 : 0
    dates[at] = summary?.sentAt?.ms ?? rows.internalDate(row)
    ids.own(at, summary?.messageId[0])
    // RFC 5256 §3: In-Reply-To where there are no references, and of it the first.
    const { references = [], inReplyTo = [] } = summary ?? {}
    const ancestors = references.length > 0 ? references.slice(-REFERENCES_MAX) : inReplyTo.slice(0, 1)
    named.push(ancestors.map((id) => ids.named(id)).filter((id) => id >= 0))
    if (at % MESSAGES_PER_LOOK === 0) await rows.pause()
  }
  const slice = new TimeSlice(rows.session.host)
  const order = new Uint32Array(count)
  for (let at = 0; at < count; at++) order[at] = at
  const compare = (left: number, right: number): number =>
    (dates[left] as number) - (dates[right] as number) || left - right
  const byDate = await sortIds(order, count, compare, slice)
  rows.session.checkConnected()
  const { nodeOf, nodes } = ids.nodes()
  const ancestors = named.map((list) => list.map((id) => nodeOf[id] as number))
  return { count, byDate, subjects, isReply, nodes, ancestors }
}

function numberOf(numbers: Map<string, number>, text: string): number {
  let number = numbers.get(text)
  if (number === undefined) numbers.set(text, (number = numbers.size))
  return number
}

/** RFC 5256 §3: the same id, whatever of it is quoted. */
function unquoted(id: string): string {
  return id.includes('"') ? id.replace(/\\(.)|"/gsu, '$1') : id
}

/** Numbers for message ids, in the order in which they are met. */
class IdNumbers {
  readonly #count: number
  readonly #numbers = new Map<string, number>()
  /** By id, the message that has it. Of several the first (RFC 5256 §3: the others have none). */
  readonly #messages: number[] = []

  constructor(count: number) {
    this.#count = count
  }

  own(message: number, id: string | undefined): void {
    if (id === undefined || id.length > ID_LENGTH_MAX) return
    const number = numberOf(this.#numbers, unquoted(id))
    this.#messages[number] ??= message
  }

  /** -1 for one that is passed over. */
  named(id: string): number {
    const isFull = this.#numbers.size >= NAMED_PER_MESSAGE * this.#count + NAMED_MIN
    if (id.length > ID_LENGTH_MAX) return -1
    const normal = unquoted(id)
    return isFull ? (this.#numbers.get(normal) ?? -1) : numberOf(this.#numbers, normal)
  }

  nodes(): { readonly nodeOf: Uint32Array; readonly nodes: number } {
    const nodeOf = new Uint32Array(this.#numbers.size)
    let nodes = this.#count
    for (let id = 0; id < nodeOf.length; id++) nodeOf[id] = this.#messages[id] ?? nodes++
    return { nodeOf, nodes }
  }
}
