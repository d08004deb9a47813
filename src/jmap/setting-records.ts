// Small records kept as settings of the account, in the log like everything else: identities, submissions. There are as many keys as there may be
// records, `<prefix>/<slot>`, so that what they take is bounded, and each write costs one record.
//
// Every create, update and destroy has a number, the next one; the last is the state (RFC 8620 §5.1). A record's id is the number of its creation.
// A slot remembers, besides its record, which was destroyed or gave way there before, so that `/changes` is exact for a long time; of a state that
// is older than what any slot remembers, nothing can be told.

import type { Account } from '#account/account.ts'
import type { SettingValue } from '#account/operation.ts'
import { type Slot, freeSlot, latestOf, newSlot, readSlot } from '#account/setting-slots.ts'

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
    return latestOf(this.#load())
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
      const at = freeSlot(slots, this.#options.evicts)
      if (at < 0) return null
      const number = this.state + 1
      await this.#write(at, newSlot(slots[at] ?? null, number, value))
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
