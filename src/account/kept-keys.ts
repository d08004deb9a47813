// How the payloads of an account's messages are opened, from the index that is being replaced, as far as that can be read: with a payload's own key nothing
// public-key is to be done, which is a third of what it takes to derive a message. Nothing else of that index is believed, and this is not either: a key
// that is another's opens nothing, and then the account's identity does it, as where no key is known.

import { wipe } from '#base/bytes.ts'
import type { RootSecret } from '#keys/root.ts'
import { systemDisk } from '#platform/disk.ts'
import { type PayloadKey, type PayloadKeys, payloadKeysIn } from './content-store.ts'
import { IndexDatabase } from './index-database.ts'

/** Records of which keys are looked up at a time. */
const RECORDS_AT_ONCE = 2048

/** An account that is open. */
export interface KeySource {
  /** Of the records between these, with them; none if they cannot be read. The caller wipes them. */
  payloadKeys(first: number, last: number): PayloadKeys
}

export class KeptKeys implements Disposable {
  readonly #file: string
  readonly #root: RootSecret
  readonly #opened: () => KeySource | null
  #known: Map<number, PayloadKey> = new Map()
  /** Those before it have been looked up. */
  #next = 0

  /** `file` is the index that is there, if it is; `opened` the account that has it open. */
  constructor(file: string, root: RootSecret, opened: () => KeySource | null = () => null) {
    this.#file = file
    this.#root = root
    this.#opened = opened
  }

  /** Null if it is not known. Records are asked for in order. The caller wipes the key. */
  take(record: number): PayloadKey | null {
    if (record >= this.#next) {
      this[Symbol.dispose]()
      const last = record + RECORDS_AT_ONCE - 1
      this.#known = (this.#opened() ?? this).payloadKeys(record, last)
      this.#next = last + 1
    }
    const known = this.#known.get(record) ?? null
    this.#known.delete(record)
    return known
  }

  /** The file is open for no longer than this, so that whoever logs in meanwhile can have it. */
  payloadKeys(first: number, last: number): PayloadKeys {
    if (!systemDisk.exists(this.#file)) return new Map()
    const key = this.#root.derive('index')
    try {
      using database = IndexDatabase.open(this.#file, key)
      return payloadKeysIn(database, first, last)
    } catch {
      // It is damaged, has other tables, or somebody uses it.
      return new Map()
    } finally {
      wipe(key)
    }
  }

  [Symbol.dispose](): void {
    for (const { key } of this.#known.values()) wipe(key)
    this.#known.clear()
  }
}
