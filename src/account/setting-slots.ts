// Slots of records that are kept as settings (docs/formats/jmap-settings.md §1): each change of a kind of record has a number, and a slot remembers
// what was there before.

import type { SettingValue } from './operation.ts'

export interface Slot {
  readonly id: number
  readonly changed: number
  /** When it was destroyed, or 0. */
  readonly destroyed: number
  /** Null: the record was destroyed. */
  readonly value: SettingValue
  /** What was there before, and when it went. */
  readonly before: readonly [id: number, destroyed: number] | null
  /** What went before that is forgotten: states before this one are too old. */
  readonly floor: number
}

/** The number of the last change. */
export function latestOf(slots: readonly (Slot | null)[]): number {
  return slots.reduce((state, slot) => Math.max(state, latest(slot)), 0)
}

function latest(slot: Slot | null): number {
  return slot === null ? 0 : Math.max(slot.id, slot.changed, slot.destroyed, slot.before?.[1] ?? 0, slot.floor)
}

/** An empty one, else that of the record that was destroyed first, else perhaps that of the oldest; -1 if there is no room. */
export function freeSlot(slots: readonly (Slot | null)[], evicts: boolean): number {
  const empty = slots.indexOf(null)
  if (empty >= 0) return empty
  const rank = (slot: Slot | null): number => (slot === null ? 0 : slot.destroyed > 0 ? slot.destroyed : Infinity)
  const oldest = slots.reduce((best, slot, at) => (rank(slot) < rank(slots[best] ?? null) ? at : best), 0)
  if (rank(slots[oldest] ?? null) < Infinity) return oldest
  if (!evicts) return -1
  return slots.reduce((best, slot, at) => ((slot?.id ?? 0) < (slots[best]?.id ?? 0) ? at : best), 0)
}

/** A new record, of the change `number`, in the place of `old`. */
export function newSlot(old: Slot | null, number: number, value: SettingValue): Slot {
  const went = old === null ? 0 : old.destroyed > 0 ? old.destroyed : number
  return {
    id: number,
    changed: number,
    destroyed: 0,
    value,
    before: old === null ? null : [old.id, went],
    floor: Math.max(old?.floor ?? 0, old?.before?.[1] ?? 0),
  }
}

/** Null for what is no slot. */
export function readSlot(value: SettingValue): Slot | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) return null
  const { id, changed, destroyed, value: kept, before, floor } = value as { readonly [key: string]: SettingValue }
  if (![id, changed, destroyed, floor].every((number) => Number.isSafeInteger(number))) return null
  const went = Array.isArray(before) && before.length === 2 ? (before as readonly number[]) : null
  return {
    id: id as number,
    changed: changed as number,
    destroyed: destroyed as number,
    value: kept ?? null,
    before: went === null ? null : [went[0] as number, went[1] as number],
    floor: floor as number,
  }
}
