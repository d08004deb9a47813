// What is there when everything is quiet, read by a session of its own, and whether the operations since the last time explain it.

import { type Box, type FlagOperation, type Message, type Model, type Removal, applied, textOfFlags } from './model.ts'
import { must } from './violation.ts'

export interface Listed {
  readonly uid: number
  readonly flags: ReadonlySet<string>
  /** 0 where the server has none. */
  readonly modseq: number
  readonly token: string
}

export interface Listing {
  readonly box: Box
  readonly messages: readonly Listed[]
  readonly highestModseq: number
  /** When SELECT was sent. */
  readonly openedAt: number
}

const DELETED = '\\Deleted'

/** Checks the listings, and begins anew from them. */
export function settle(model: Model, listings: readonly Listing[]): void {
  for (const { box, messages } of listings) for (const { uid, token } of messages) box.learn(box.see(uid, 0), token)
  for (const listing of listings) check(listing, model.copiesShareFlags ? listings : [])
  for (const listing of listings) begin(listing)
}

function check({ box, messages, openedAt }: Listing, sharing: readonly Listing[]): void {
  const there = new Map(messages.map((listed) => [listed.uid, listed]))
  for (const listed of messages) {
    const message = box.see(listed.uid, openedAt)
    if (listed.modseq > 0) box.flagsAt(message, listed.modseq, listed.flags, openedAt)
    checkFlags(box, message, listed.flags, sharedOperations(message, sharing))
    const removal = box.removals.find((one) => mustHaveTaken(one, message))
    must(removal === undefined, 'RFC 9051 §6.4.3', () => `${box.name}: UID ${listed.uid} was expunged, and is there`)
  }
  for (const message of box.messages.values()) {
    if (there.has(message.uid) || message.goneAt !== Number.POSITIVE_INFINITY) continue
    const wasAdded = message.wasThere || message.operations.length > 0 || message.token !== null
    const isExplained = !wasAdded || box.removals.some((one) => mayHaveTaken(one, message))
    must(isExplained, 'RFC 9051 §5.2', () => `${box.name}: UID ${message.uid} (${message.token}) was lost`)
  }
  checkOrigins(box)
  checkConditionals(box, there)
}

function begin({ box, messages, openedAt }: Listing): void {
  const there = new Map(messages.map((listed) => [listed.uid, listed]))
  box.removals = []
  box.conditionals = []
  for (const message of box.messages.values()) {
    const listed = there.get(message.uid)
    message.base = listed?.flags ?? null
    message.wasThere = listed !== undefined
    message.operations = []
    if (listed === undefined) message.goneAt = Math.min(message.goneAt, openedAt)
  }
}

/** Nothing appears that nobody made: what was not answered with a UID is one of those that were not answered. */
function checkOrigins(box: Box): void {
  const seen = new Map<string, number>()
  for (const { token, isExplained } of box.messages.values())
    if (token !== null && !isExplained) seen.set(token, (seen.get(token) ?? 0) + 1)
  for (const [token, count] of seen) {
    // A source that was gone before anybody read it may have been any.
    const copies = box.copies.filter(({ source }) => source.token === null || source.token === token).length
    const made = (box.appends.get(token) ?? 0) + copies
    must(
      count <= made,
      'RFC 9051 §6.3.12',
      () => `${box.name}: ${token} is there ${count} times more than it was put there, of which ${made} may be`,
    )
  }
}

/** RFC 7162 §3.1.3: it is not done if the message has changed since. */
function checkConditionals(box: Box, there: ReadonlyMap<number, Listed>): void {
  const done = new Map<string, number>()
  for (const { message, since, operation } of box.conditionals) {
    // Of one that is gone, what was told may have been told before it went.
    if (!there.has(message.uid)) continue
    const newer = [...message.told].find(([modseq, { at }]) => modseq > since && at < operation.start)
    must(
      newer === undefined,
      'RFC 7162 §3.1.3',
      () => `${box.name}: UID ${message.uid}: UNCHANGEDSINCE ${since} was done, but ${newer?.[0]} was told before`,
    )
    // Of several that would each have changed it, only the first may be done.
    const before = message.told.get(since)?.flags ?? null
    if (before === null || textOfFlags(applied(before, operation)) === textOfFlags(before)) continue
    const which = `${message.uid} ${since}`
    done.set(which, (done.get(which) ?? 0) + 1)
    must(done.get(which) === 1, 'RFC 7162 §3.1.3', () => {
      return `${box.name}: UID ${message.uid}: UNCHANGEDSINCE ${since} was done twice, with a change each time`
    })
  }
}

/** The value that an operation gives a flag; null if it does not touch it. */
function valueOf({ sign, flags }: FlagOperation, flag: string): boolean | null {
  if (sign === '=') return flags.has(flag)
  return flags.has(flag) ? sign === '+' : null
}

/** Whether one of the values that the flag can have now is this one. */
function mayBe(message: Message, flag: string, value: boolean, shared: readonly FlagOperation[]): boolean {
  const all = flag === DELETED ? message.operations : [...message.operations, ...shared]
  const touching = all.filter((one) => valueOf(one, flag) !== null)
  const certain = touching.filter(({ isCertain }) => isCertain)
  // The last to take effect is one behind which no other was sent that took effect.
  const last = touching.filter((one) => !certain.some(({ start }) => start > one.end))
  if (last.some((one) => valueOf(one, flag) === value)) return true
  return certain.length === 0 && (message.base === null || message.base.has(flag) === value)
}

/** Of what may be the same message in other mailboxes: nobody was told which copy is of which, and not of each what it was. */
function sharedOperations(message: Message, sharing: readonly Listing[]): readonly FlagOperation[] {
  if (message.token === null) return []
  return sharing.flatMap(({ box }) =>
    [...box.messages.values()]
      .filter((one) => one !== message && (one.token === message.token || one.token === null))
      .flatMap(({ operations }) => operations)
      .map((one) => ({ ...one, isCertain: false })),
  )
}

function checkFlags(box: Box, message: Message, flags: ReadonlySet<string>, shared: readonly FlagOperation[]): void {
  const named = message.operations.flatMap((one) => [...one.flags])
  for (const flag of new Set([...flags, ...(message.base ?? []), ...named])) {
    must(
      mayBe(message, flag, flags.has(flag), shared),
      'RFC 9051 §6.4.6',
      () =>
        `${box.name}: UID ${message.uid}: ${flag} ${flags.has(flag) ? 'is set' : 'is not set'}, which nobody did: ${historyOf(message)}`,
    )
  }
}

function historyOf({ base, operations }: Message): string {
  const all = operations.map(
    ({ sign, flags, start, end, isCertain }) => `${sign}${textOfFlags(flags)} ${start}-${end}${isCertain ? '' : '?'}`,
  )
  return [`at rest ${base === null ? 'unknown' : textOfFlags(base)}`, ...all].join(', ')
}

function mayHaveTaken({ kind, uids, end }: Removal, message: Message): boolean {
  if (uids !== null && !uids.has(message.uid)) return false
  if (kind === 'move') return true
  if (message.base === null ? !hasKnownBeginning(message) : message.base.has(DELETED)) return true
  return message.operations.some((one) => one.start < end && valueOf(one, DELETED) === true)
}

/** It was made by an APPEND, whose flags are known. */
function hasKnownBeginning({ operations }: Message): boolean {
  return operations[0]?.sign === '=' && operations[0].isCertain
}

/** It was marked before the command was sent, and nobody may have taken the mark away before it was answered. */
function mustHaveTaken(removal: Removal, message: Message): boolean {
  if (!removal.isCertain || (removal.uids !== null && !removal.uids.has(message.uid))) return false
  if (removal.kind === 'move') return true
  const clears = message.operations.filter((one) => valueOf(one, DELETED) === false && one.start < removal.end)
  if (message.wasThere && message.base?.has(DELETED) === true && clears.length === 0) return true
  return message.operations.some(
    (one) =>
      one.isCertain &&
      valueOf(one, DELETED) === true &&
      one.end < removal.start &&
      clears.every(({ end }) => end < one.start),
  )
}
