// What clients say, each with what it does to the model when it is sent and when it is answered.

import { codeOf } from './heard.ts'
import { letterOf } from './letter.ts'
import { type Box, type FlagOperation, type Message, type Removal, applied, textOfFlags } from './model.ts'
import { numbersIn, setOf } from './number-sets.ts'
import type { Action, Report, Session } from './session.ts'
import type { Entry, View } from './view.ts'
import { must } from './violation.ts'

const OPEN = { end: Number.POSITIVE_INFINITY, isCertain: false } as const

export interface Letter {
  readonly token: string
  readonly flags: readonly string[]
}

/** Several are MULTIAPPEND (RFC 3502). `waits`: with synchronizing literals. */
export function append(box: Box, letters: readonly Letter[], waits: boolean): Action {
  const plus = waits ? '' : '+'
  const heads = letters.map(({ token, flags }) => ` (${flags.join(' ')}) {${letterOf(token).length}${plus}}`)
  const whole = waits
    ? [
        `APPEND ${box.name}${heads[0]}`,
        ...letters.map(({ token }, at) => `${letterOf(token)}${heads[at + 1] ?? ''}\r\n`),
      ]
    : [`APPEND ${box.name}${letters.map(({ token }, at) => `${heads[at]}\r\n${letterOf(token)}`).join('')}`]
  const count = (token: string, more: number): void => {
    box.appends.set(token, (box.appends.get(token) ?? 0) + more)
  }
  return {
    parts: whole,
    name: 'APPEND',
    mayExpunge: true,
    begin() {
      for (const { token } of letters) count(token, 1)
    },
    done({ response, report, end }) {
      for (const { token } of letters) count(token, -1)
      if (response.status !== 'OK') return
      const code = codeOf(response, 'APPENDUID')
      must(code !== null, 'RFC 9051 §6.3.12', () => `APPEND without APPENDUID: ${response.raw}`)
      const [validity = '', set = ''] = code
      box.validity(validity)
      const uids = numbersIn(set)
      must(uids.length === letters.length, 'RFC 3502 §4', () => `${letters.length} messages: ${response.raw}`)
      for (const [at, { token, flags }] of letters.entries()) {
        const message = box.given(uids[at] as number, marksOf(report, box), report.start)
        box.learn(message, token)
        const operation = { start: report.start, end, isCertain: true, sign: '=', flags: new Set(flags) } as const
        message.operations.unshift(operation)
      }
    },
  }
}

function marksOf({ marks }: Report, box: Box) {
  return marks.get(box) ?? { uidMax: 0, uidNextMax: 0, modseqMax: 0 }
}

export interface Target {
  readonly entries: readonly Entry[]
  readonly byUid: boolean
}

const messageOf = (entry: Entry): Message => entry.message as Message

function setFor(view: View, { entries, byUid }: Target): string {
  return setOf(entries.map((entry) => (byUid ? messageOf(entry).uid : (view.numberOf(entry) as number))))
}

export interface Storing {
  readonly sign: FlagOperation['sign']
  readonly flags: readonly string[]
  readonly isSilent: boolean
  readonly unchangedSince: number | null
}

export function store(session: Session, view: View, target: Target, storing: Storing): Action {
  const { sign, flags, isSilent, unchangedSince } = storing
  const { entries, byUid } = target
  const condition = unchangedSince === null ? '' : ` (UNCHANGEDSINCE ${unchangedSince})`
  const item = `${sign === '=' ? '' : sign}FLAGS${isSilent ? '.SILENT' : ''}`
  const named = new Map(entries.map((entry) => [byUid ? messageOf(entry).uid : view.numberOf(entry), entry]))
  const operations = new Map<Entry, FlagOperation>()
  return {
    parts: [`${byUid ? 'UID ' : ''}STORE ${setFor(view, target)}${condition} ${item} (${flags.join(' ')})`],
    name: byUid ? 'UID STORE' : 'STORE',
    mayExpunge: byUid,
    begin(start) {
      for (const entry of entries) {
        const operation: FlagOperation = { ...OPEN, start, sign, flags: new Set(flags) }
        operations.set(entry, operation)
        messageOf(entry).operations.push(operation)
      }
    },
    done({ response, report, end }) {
      const [modified = ''] = codeOf(response, 'MODIFIED') ?? []
      const failed = new Set(numbersIn(modified).map((number) => named.get(number)))
      for (const [entry, operation] of operations) {
        const message = messageOf(entry)
        operation.end = end
        if (failed.has(entry)) message.operations = message.operations.filter((one) => one !== operation)
        else if (response.status === 'OK') {
          operation.isCertain = true
          stored(session, view, entry, operation, storing, report)
        } else if (isSilent) forget(entry)
      }
    },
  }
}

function forget(entry: Entry): void {
  entry.flags = null
  entry.modseq = 0
}

function stored(
  session: Session,
  view: View,
  entry: Entry,
  operation: FlagOperation,
  { isSilent, unchangedSince }: Storing,
  report: Report,
): void {
  const message = messageOf(entry)
  const told = report.told.get(entry) ?? []
  const hasFlags = told.some((one) => one.flags !== null)
  // One that is gone needs no MODIFIED.
  if (unchangedSince !== null && told.some(({ modseq }) => modseq !== null))
    view.box.conditionals.push({ message, since: unchangedSince, operation })
  // RFC 7162 §3.1.3: a new modseq is told even when silent. That it is new is certain where the flags before are known.
  const before = unchangedSince === null ? null : (message.told.get(unchangedSince)?.flags ?? null)
  const isNew = before !== null && textOfFlags(applied(before, operation)) !== textOfFlags(before)
  // Where nothing was to be changed, Dovecot tells nothing.
  const isAsTold = entry.flags !== null && textOfFlags(applied(entry.flags, operation)) === textOfFlags(entry.flags)
  const isTold = isSilent ? !isNew || told.some(({ modseq }) => modseq !== null) : hasFlags || isAsTold
  if (!isTold) session.miss(message, 'STORE')
  if (!isSilent) return
  if (!hasFlags) {
    if (entry.flags !== null) entry.flags = applied(entry.flags, operation)
    if (told.length === 0) entry.modseq = 0
    return
  }
  // What was told may be how it was before the command, or after another client's.
  const last = entry.flags
  if (last === null || textOfFlags(last) === textOfFlags(applied(last, operation))) return
  forget(entry)
}

/** `uids`: UID EXPUNGE. */
export function expunge(view: View, uids: readonly number[] | null, name = 'EXPUNGE'): Action {
  const removal: Removal & { start: number } = {
    ...OPEN,
    start: 0,
    kind: 'expunge',
    uids: uids === null ? null : new Set(uids),
  }
  return {
    parts: [uids === null ? name : `UID EXPUNGE ${setOf(uids)}`],
    name,
    mayExpunge: true,
    begin(start) {
      removal.start = start
      view.box.removals.push(removal)
    },
    done({ response, end }) {
      removal.end = end
      removal.isCertain = response.status === 'OK'
    },
  }
}

export function transfer(session: Session, view: View, target: Target, to: Box, moves: boolean): Action {
  const { box } = view
  const verb = moves ? 'MOVE' : 'COPY'
  const messages = target.entries.map(messageOf)
  const copies = messages.map((source) => ({ source }))
  const open = { ...OPEN, start: 0, kind: 'move' as const, uids: new Set(messages.map(({ uid }) => uid)) }
  return {
    parts: [`${target.byUid ? 'UID ' : ''}${verb} ${setFor(view, target)} ${to.name}`],
    name: target.byUid ? `UID ${verb}` : verb,
    mayExpunge: true,
    begin(start) {
      to.copies.push(...copies)
      open.start = start
      if (moves) box.removals.push(open)
    },
    done({ response, report, end }) {
      open.end = end
      // RFC 9051 §6.4.7: nothing was copied; of MOVE, a part may have been moved.
      if (!moves || response.status === 'OK') to.copies = to.copies.filter((one) => !copies.includes(one))
      if (response.status !== 'OK') return
      const uids = transferred(report, messages, to)
      for (const message of messages) if (!uids.has(message.uid)) session.miss(message, verb)
      if (!moves) return
      box.removals.push({ ...open, isCertain: true, uids: new Set(uids.keys()) })
      for (const uid of uids.keys()) {
        const message = box.see(uid, 0)
        message.goneAt = Math.min(message.goneAt, end)
      }
    },
  }
}

/** Response codes COPYUID that a command has been told by. */
const claimed = new WeakSet<readonly string[]>()

/** Source UID → new one, as COPYUID says it; both sets in their order (RFC 4315 §3). */
function transferred(report: Report, sources: readonly Message[], to: Box): ReadonlyMap<number, number> {
  // Of several commands, the first that names what was asked for, and is not the answer to another one.
  const own = report.copyUids.find(
    (one) => !claimed.has(one) && numbersIn(one[1] ?? '').every((uid) => sources.some((source) => source.uid === uid)),
  )
  if (own === undefined) return new Map()
  claimed.add(own)
  const [validity = '', from = '', into = ''] = own
  to.validity(validity)
  const [left, right] = [numbersIn(from), numbersIn(into)]
  must(left.length === right.length, 'RFC 4315 §3', () => `COPYUID ${from} ${into}`)
  for (const [at, uid] of left.entries()) {
    const source = sources.find((one) => one.uid === uid) as Message
    const message = to.given(right[at] as number, marksOf(report, to), report.start)
    if (source.token !== null) to.learn(message, source.token)
  }
  return new Map(left.map((uid, at) => [uid, right[at] as number]))
}

export interface Fetching {
  readonly items: string
  /** What every answer must have. */
  readonly wants: 'flags' | 'body' | 'uid' | null
  readonly setsSeen?: true
  readonly modifier?: string
}

export function fetch(session: Session, view: View, target: Target, { items, wants, ...more }: Fetching): Action {
  const { entries, byUid } = target
  const operations = new Map<Entry, FlagOperation>()
  return {
    parts: [`${byUid ? 'UID ' : ''}FETCH ${setFor(view, target)} (${items})${more.modifier ?? ''}`],
    name: byUid ? 'UID FETCH' : 'FETCH',
    mayExpunge: byUid,
    begin(start) {
      if (more.setsSeen !== true) return
      for (const entry of entries) {
        const operation: FlagOperation = { ...OPEN, start, sign: '+', flags: new Set(['\\Seen']) }
        operations.set(entry, operation)
        messageOf(entry).operations.push(operation)
      }
    },
    done({ response, report, end }) {
      for (const entry of entries) {
        const told = report.told.get(entry) ?? []
        const body = told.find((one) => one.body !== null)?.body ?? null
        if (body !== null) readBody(view.box, entry, body)
        const isTold = { flags: told.some(({ flags }) => flags !== null), body: body !== null, uid: told.length > 0 }
        if (wants !== null && response.status === 'OK' && !isTold[wants])
          session.miss(messageOf(entry), `FETCH (${items})`)
        const operation = operations.get(entry)
        if (operation === undefined) continue
        operation.end = end
        operation.isCertain = response.status === 'OK' && body !== null
      }
    },
  }
}

/** `FETCH FIRST:LAST`, whose UIDs may not be known. */
export function fetchNumbers(first: number, last: number, items: string): Action {
  return { parts: [`FETCH ${first}:${last} (${items})`], name: 'FETCH', mayExpunge: false }
}

/** From a UID to the end. */
export function fetchFrom(uid: number, items: string): Action {
  return { parts: [`UID FETCH ${uid}:* (${items})`], name: 'UID FETCH', mayExpunge: true }
}

/** Of a number that no message has. */
export function fetchBeyond(view: View): Action {
  const number = view.count + 1
  return {
    parts: [`FETCH ${number} (FLAGS)`],
    name: 'BEYOND FETCH',
    mayExpunge: false,
    done({ response }) {
      const isRefused = response.status !== 'OK' || view.count >= number
      must(isRefused, 'RFC 9051 §9', () => `FETCH ${number} of ${view.count} messages: ${response.raw}`)
    },
  }
}

function readBody(box: Box, entry: Entry, body: string): void {
  const message = messageOf(entry)
  must(message.token === null || letterOf(message.token) === body, 'RFC 9051 §2.3.1.1', () => {
    return `${box.name}: UID ${message.uid} has other bytes than ${message.token}: ${body.slice(0, 200)}`
  })
}

export function plain(text: string): Action {
  return { parts: [text], name: text, mayExpunge: true }
}
