// Small records kept as settings of the account, in the log like everything else: identities, submissions. There are as many keys as there may be
// records, `<prefix>/<slot>`, so that what they take is bounded, and each write costs one record.
//
// Every create, update and destroy has a number, the next one; the last is the state (RFC 8620 §5.1). A record's id is the number of its creation.
// A slot remembers, besides its record, which was destroyed or gave way there before, so that `/changes` is exact for a long time; of a state that
// is older than what any slot remembers, nothing can be told.

import type { Account } from '#account/account.ts'
import type { SettingValue } from '#account/operation.ts'

/** What a slot holds. Null values: the record was destroyed. */
interface Slot {
  readonly id: number
  readonly changed: number
  /** When it was destroyed, or 0. */
  readonly destroyed: number
  readonly value: SettingValue
  /** What was there before, and when it went. */
  readonly before: readonly [id: number, destroyed: number] | null
  /** What went before that is forgotten: states before this one are too old. */
  readonly floor: number
}

export interface SettingRecord<T> {
  readonly id: number
  readonly value: T
}

export interface RecordChanges {
  readonly created: readonly number[]
  readonly updated: readonly number[]
  readonly destroyed: readonly number[]
}

export interface RecordOptions<T extends SettingValue> {
  readonly prefix: string
  readonly slots: number
  /** When all slots are in use: the oldest record gives way; otherwise there is no room. */
  readonly evicts: boolean
  /** Null for what no version of this program wrote. */
  readonly decode: (value: SettingValue) => T | null
}

export class SettingRecords<T extends SettingValue> implements Disposable {
  readonly #account: Account
  readonly #options: RecordOptions<T>
  readonly #subscription: Disposable
  #slots: (Slot | null)[] | null = null
  #last: Promise<unknown> = Promise.resolve()

  constructor(account: Account, options: RecordOptions<T>) {
    this.#account = account
    this.#options = options
    this.#subscription = account.subscribe(({ settings }) => {
      if (settings.some((key) => key.startsWith(`${options.prefix}/`))) this.#slots = null
    })
  }

  /** Of the last change. */
  get state(): number {
    return this.#load().reduce((state, slot) => Math.max(state, latest(slot)), 0)
  }

  /** In the order of their creation. */
  all(): SettingRecord<T>[] {
    const records: SettingRecord<T>[] = []
    for (const slot of this.#load()) {
      if (slot === null || slot.destroyed > 0) continue
      const value = this.#options.decode(slot.value)
      if (value !== null) records.push({ id: slot.id, value })
    }
    return records.sort((a, b) => a.id - b.id)
  }

  get(id: number): T | null {
    return this.all().find((record) => record.id === id)?.value ?? null
  }

  /** Null if the state is too old, or none. */
  changesSince(state: number): RecordChanges | null {
    if (state > this.state) return null
    const created: number[] = []
    const updated: number[] = []
    const destroyed: number[] = []
    for (const slot of this.#load()) {
      if (slot === null) continue
      if (slot.floor > state) return null
      if (slot.before !== null && slot.before[1] > state && slot.before[0] <= state) destroyed.push(slot.before[0])
      if (slot.destroyed > 0) {
        if (slot.destroyed > state && slot.id <= state) destroyed.push(slot.id)
      } else if (slot.id > state) created.push(slot.id)
      else if (slot.changed > state) updated.push(slot.id)
    }
    return { created: inOrder(created), updated: inOrder(updated), destroyed: inOrder(destroyed) }
  }

  /** The new record's id, or null if there is no room. Throws CommitRefusedError. */
  create(value: T): Promise<number | null> {
    return this.#exclusively(async () => {
      const slots = this.#load()
      const at = this.#freeSlot(slots)
      if (at < 0) return null
      const number = this.state + 1
      const old = slots[at] ?? null
      const went = old === null ? 0 : old.destroyed > 0 ? old.destroyed : number
      const slot: Slot = {
        id: number,
        changed: number,
        destroyed: 0,
        value,
        before: old === null ? null : [old.id, went],
        floor: Math.max(old?.floor ?? 0, old?.before?.[1] ?? 0),
      }
      await this.#write(at, slot)
      return number
    })
  }

  /** False if there is no such record. Throws CommitRefusedError. */
  update(id: number, value: T): Promise<boolean> {
    return this.#change(id, (slot) => ({ ...slot, changed: this.state + 1, value }))
  }

  /** False if there is no such record. Throws CommitRefusedError. */
  destroy(id: number): Promise<boolean> {
    return this.#change(id, (slot) => ({ ...slot, destroyed: this.state + 1, value: null }))
  }

  #change(id: number, change: (slot: Slot) => Slot): Promise<boolean> {
    return this.#exclusively(async () => {
      const slots = this.#load()
      const at = slots.findIndex((slot) => slot?.id === id && slot.destroyed === 0)
      if (at < 0) return false
      await this.#write(at, change(slots[at] as Slot))
      return true
    })
  }

  /** An empty one, else that of the record that was destroyed first, else perhaps that of the oldest. */
  #freeSlot(slots: readonly (Slot | null)[]): number {
    const empty = slots.indexOf(null)
    if (empty >= 0) return empty
    const rank = (slot: Slot | null): number => (slot === null ? 0 : slot.destroyed > 0 ? slot.destroyed : Infinity)
    const oldest = slots.reduce((best, slot, at) => (rank(slot) < rank(slots[best] ?? null) ? at : best), 0)
    if (rank(slots[oldest] ?? null) < Infinity) return oldest
    if (!this.#options.evicts) return -1
    return slots.reduce((best, slot, at) => ((slot?.id ?? 0) < (slots[best]?.id ?? 0) ? at : best), 0)
  }

  /** One change at a time: each has the next number. */
  #exclusively<R>(work: () => Promise<R>): Promise<R> {
    const done = this.#last.then(work, work)
    this.#last = done.catch(() => undefined)
    return done
  }

  async #write(at: number, slot: Slot): Promise<void> {
    const { id, changed, destroyed, value, before, floor } = slot
    await this.#account.commit([
      { kind: 'set', key: `${this.#options.prefix}/${at}`, value: { id, changed, destroyed, value, before, floor } },
    ])
  }

  #load(): readonly (Slot | null)[] {
    this.#slots ??= Array.from({ length: this.#options.slots }, (_, at) =>
      readSlot(this.#account.setting(`${this.#options.prefix}/${at}`)),
    )
    return this.#slots
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
  }
}

function inOrder(ids: number[]): number[] {
  return ids.sort((a, b) => a - b)
}

function latest(slot: Slot | null): number {
  return slot === null ? 0 : Math.max(slot.id, slot.changed, slot.destroyed, slot.before?.[1] ?? 0, slot.floor)
}

function readSlot(value: SettingValue): Slot | null {
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
