// A drill: the owner types the recovery code, or shares, and it is proven that they open the account as it is now. And when that was done last.

import { formatRecipient } from '#crypto/age/recipient.ts'
import { type ReadMeans, openByMeans } from '#keys/means.ts'
import type { RootSecret } from '#keys/root.ts'
import { type Slot, slotIsAuthentic } from '#keys/slot.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { Operation, SettingValue } from './operation.ts'
import { readSlots } from './slots.ts'

/** Kinds of slots that a drill is about. */
export type DrillKind = 'recoveryCode' | 'shares'

export type DrillOutcome =
  | { readonly kind: 'opened'; readonly root: RootSecret; readonly slot: Slot; readonly note: string | null }
  | { readonly kind: 'refused'; readonly why: string }

const DRILL_SETTING = 'unlock/drill'
/** A recovery code, or shares, that nobody has tried for so long may be lost without anybody knowing. */
const DRILL_EVERY_MS = 365 * 86_400_000

/**
 * `reader` is new: what it reads, it reads from the files. `recipient` is that to which mail for the account is sealed, as age writes it: the root has to
 * be the one that opens it. The root is the caller's.
 */
export async function drill(reader: LogReader, means: ReadMeans, recipient: string): Promise<DrillOutcome> {
  const opening = await openByMeans(readSlots(reader), means)
  if (opening.kind !== 'opened') return { kind: 'refused', why: opening.why }
  const { root, slot } = opening.opened
  const why = whatIsWrong(reader, root, slot, recipient)
  if (why === null) return { kind: 'opened', root, slot, note: opening.note }
  root[Symbol.dispose]()
  return { kind: 'refused', why }
}

function whatIsWrong(reader: LogReader, root: RootSecret, slot: Slot, recipient: string): string | null {
  if (!slotIsAuthentic(root, reader.account, slot))
    return 'It opens a slot that the owner did not write: do not use it.'
  const own = (['hybrid', 'x25519'] as const).map((kind) => formatRecipient(root.recipient(kind)))
  return own.includes(recipient) ? null : "It opens something, but not this account's mail."
}

export interface Drills {
  readonly recoveryCode: Drill | null
  readonly shares: Drill | null
}

export interface Drill {
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  /** The name of the slot that it was about. */
  readonly slot: Buffer
}

export function readDrills(setting: (key: string) => SettingValue): Drills {
  const value = setting(DRILL_SETTING)
  const of = (kind: DrillKind): Drill | null => readDrill(isMap(value) ? value[kind] : undefined)
  return { recoveryCode: of('recoveryCode'), shares: of('shares') }
}

function readDrill(value: SettingValue | undefined): Drill | null {
  if (!isMap(value)) return null
  const { at, slot } = value
  return typeof at === 'number' && slot instanceof Uint8Array ? { at, slot: Buffer.from(slot) } : null
}

function isMap(value: SettingValue | undefined): value is { readonly [key: string]: SettingValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

/** That it was proven now. */
export function drillOperation(setting: (key: string) => SettingValue, kind: DrillKind, drilled: Drill): Operation {
  const kept = setting(DRILL_SETTING)
  return { kind: 'set', key: DRILL_SETTING, value: { ...(isMap(kept) ? kept : {}), [kind]: { ...drilled } } }
}

/** When the slot as it is now was proven last; null if never. */
export function drilledAt(slot: Slot | null, done: Drill | null): number | null {
  return slot !== null && done !== null && done.slot.equals(slot.name) ? done.at : null
}

/** Whether its owner should try it: it was not proven for a year, counted from when it was made if never. */
export function isDrillDue(created: number, drilled: number | null, now: number): boolean {
  return now - (drilled ?? created) >= DRILL_EVERY_MS
}
