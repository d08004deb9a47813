// Settings as they were then. Some are left as they are: what says who can open the account, and what only records what was done.
//
// Records that are kept in numbered slots (docs/formats/jmap-settings.md) come back under new numbers: clients that know of a later state must
// see the change.

import type { Operation, SettingValue } from '#account/operation.ts'
import { sameValue } from '#account/same-value.ts'
import { type Slot, freeSlot, latestOf, newSlot, readSlot } from '#account/setting-slots.ts'
import type { PastAccount } from './past-account.ts'
import type { ReportBuilder } from './restore-request.ts'
import type { RestoreWorld } from './restore-world.ts'

/** By what their keys begin with. */
const LEFT = ['account/', 'unlock/', 'restore/', 'integrity/', 'keys/', 'jmap/submission/']
const SLOTTED = [{ prefix: 'jmap/identity', slots: 64 }]

const OPERATION_BYTES_MAX = 1 << 20

type Settings = ReadonlyMap<string, SettingValue>

export async function restoreSettings(world: RestoreWorld, past: PastAccount, report: ReportBuilder): Promise<void> {
  const then = past.state.settings
  const planned = settingOperations(then, world.state.settings)
  for (const { key, value } of planned) {
    report.change({ kind: value === null ? 'removeSetting' : 'setSetting', key })
  }
  // Each may be long: a few in a commit, worked out again from what is there then.
  for (let left = planned.length; left > 0;) {
    const outcomes = await world.commit((state) => firstOf(settingOperations(then, state.settings)))
    if (outcomes.length === 0) break
    left -= outcomes.length
    await world.pause()
  }
}

type SetOperation = Extract<Operation, { kind: 'set' }>

function firstOf(operations: readonly SetOperation[]): readonly SetOperation[] {
  let bytes = 0
  const count = operations.findIndex(({ value }, at) => (bytes += sizeOf(value)) > OPERATION_BYTES_MAX && at > 0)
  return count < 0 ? operations : operations.slice(0, count)
}

/** Bytes, about. */
function sizeOf(value: SettingValue): number {
  if (typeof value === 'string') return 9 + value.length * 3
  if (value instanceof Uint8Array) return 9 + value.length
  if (Array.isArray(value))
    return (value as readonly SettingValue[]).reduce<number>((sum, item) => sum + sizeOf(item), 9)
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).reduce((sum, [key, item]) => sum + sizeOf(key) + sizeOf(item), 9)
  }
  return 9
}

function isPlain(key: string): boolean {
  return !LEFT.some((prefix) => key.startsWith(prefix)) && !SLOTTED.some(({ prefix }) => key.startsWith(`${prefix}/`))
}

function settingOperations(then: Settings, now: Settings): SetOperation[] {
  const operations: SetOperation[] = []
  for (const key of [...new Set([...then.keys(), ...now.keys()])].filter(isPlain).sort()) {
    const value = then.get(key) ?? null
    if (!sameValue(value, now.get(key) ?? null)) operations.push({ kind: 'set', key, value })
  }
  for (const { prefix, slots } of SLOTTED) operations.push(...slotOperations(prefix, slots, then, now))
  return operations
}

function slotOperations(prefix: string, count: number, then: Settings, now: Settings): SetOperation[] {
  const load = (settings: Settings): (Slot | null)[] =>
    Array.from({ length: count }, (_, at) => readSlot(settings.get(`${prefix}/${at}`) ?? null))
  const slots = load(now)
  const operations: SetOperation[] = []
  const write = (at: number, slot: Slot): void => {
    slots[at] = slot
    operations.push({ kind: 'set', key: `${prefix}/${at}`, value: { ...slot } })
  }
  const next = (): number => latestOf(slots) + 1
  const matched = new Set<number>()
  const missing: SettingValue[] = []
  for (const old of load(then)) {
    if (old === null || old.destroyed > 0) continue
    const at = slots.findIndex(
      (slot, at) =>
        slot?.destroyed === 0 && !matched.has(at) && (slot.id === old.id || sameValue(slot.value, old.value)),
    )
    if (at < 0) {
      missing.push(old.value)
      continue
    }
    matched.add(at)
    const slot = slots[at] as Slot
    if (!sameValue(slot.value, old.value)) write(at, { ...slot, changed: next(), value: old.value })
  }
  for (const [at, slot] of slots.entries()) {
    if (slot?.destroyed === 0 && !matched.has(at)) write(at, { ...slot, destroyed: next(), value: null })
  }
  for (const value of missing) {
    const at = freeSlot(slots, false)
    if (at >= 0) write(at, newSlot(slots[at] ?? null, next(), value))
  }
  return operations
}
