// Untagged responses, taken apart.

import type { Response, Value } from '../response.ts'
import { isAtom, isList, textOf } from '../values.ts'
import { numbersIn } from './number-sets.ts'
import type { Told } from './view.ts'
import { Violation } from './violation.ts'

export type Heard =
  | { readonly kind: 'exists' | 'expunge'; readonly number: number }
  | { readonly kind: 'fetch' | 'uidfetch'; readonly number: number; readonly told: Told }
  | { readonly kind: 'vanished'; readonly isEarlier: boolean; readonly uids: readonly number[] }
  | { readonly kind: 'search'; readonly numbers: readonly number[] }
  | ({ readonly kind: 'esearch' } & Esearch)
  | { readonly kind: 'other' }

export interface Esearch {
  readonly tag: string | null
  readonly isUid: boolean
  readonly returned: ReadonlyMap<string, Value>
}

export function heardIn({ values }: Response): Heard {
  const [first, second] = values.map((value) => textOf(value)?.toUpperCase() ?? null)
  if (first !== null && first !== undefined && /^\d+$/.test(first)) {
    const number = Number(first)
    if (second === 'EXISTS') return { kind: 'exists', number }
    if (second === 'EXPUNGE') return { kind: 'expunge', number }
    if (second === 'FETCH') return { kind: 'fetch', number, told: toldIn(values[2]) }
    if (second === 'UIDFETCH') return { kind: 'uidfetch', number, told: toldIn(values[2]) }
  }
  if (first === 'VANISHED') {
    const isEarlier = isList(values[1])
    return { kind: 'vanished', isEarlier, uids: numbersIn(textOf(values[isEarlier ? 2 : 1]) ?? '') }
  }
  if (first === 'SEARCH') {
    const numbers = values.slice(1).filter((value) => !isList(value))
    return { kind: 'search', numbers: numbers.map((value) => Number(textOf(value))) }
  }
  if (first === 'ESEARCH') return { kind: 'esearch', ...esearchIn(values.slice(1)) }
  return { kind: 'other' }
}

function esearchIn(values: readonly Value[]): Esearch {
  let tag: string | null = null
  let isUid = false
  const returned = new Map<string, Value>()
  for (let at = 0; at < values.length; at++) {
    const value = values[at]
    const name = textOf(value)?.toUpperCase()
    if (isList(value)) tag = textOf(value[1])
    else if (name === 'UID') isUid = true
    else if (name !== undefined) returned.set(name, values[++at] ?? null)
  }
  return { tag, isUid, returned }
}

function toldIn(items: Value | undefined): Told {
  if (!isList(items)) throw new Violation('RFC 9051 §7.5.2: FETCH without a list')
  let uid: number | null = null
  let flags: ReadonlySet<string> | null = null
  let modseq: number | null = null
  let body: string | null = null
  for (let at = 0; at < items.length; at += 2) {
    const name = textOf(items[at])?.toUpperCase()
    const value = items[at + 1] ?? null
    if (name === 'UID') uid = Number(textOf(value))
    else if (name === 'FLAGS') flags = flagsIn(value)
    else if (name === 'MODSEQ') modseq = isList(value) ? Number(textOf(value[0])) : 0
    else if (name === 'BODY[]') body = typeof value === 'string' ? value : null
  }
  return { uid, flags, modseq, body }
}

/** Without \Recent, which every session has its own of. */
function flagsIn(value: Value): ReadonlySet<string> {
  const flags = isList(value) ? value.map((one) => (isAtom(one) ? one.atom : '')) : []
  return new Set(flags.filter((flag) => flag !== '\\Recent'))
}

/** `[NAME value …]`. */
export function codeOf({ code }: Response, name: string): readonly string[] | null {
  if (textOf(code?.[0])?.toUpperCase() !== name) return null
  return (code as readonly Value[]).slice(1).map((value) => textOf(value) ?? '')
}

/** What a search that goes on finds by now (RFC 5267 §4.3): ADDTO and REMOVEFROM have positions, each with UIDs. */
export function follow(uids: Set<number>, { returned }: Esearch): void {
  for (const [name, value] of returned) {
    if (name !== 'ADDTO' && name !== 'REMOVEFROM') continue
    if (!isList(value)) throw new Violation('RFC 5267 §4.3: not a list of positions and UIDs')
    const changed = value.flatMap((one, at) => (at % 2 === 0 ? [] : numbersIn(textOf(one) ?? '')))
    for (const uid of changed) {
      if (name === 'ADDTO') uids.add(uid)
      else uids.delete(uid)
    }
  }
}
