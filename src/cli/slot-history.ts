// Slot records as the history of a log tells of them. What sort of slot it was needs no key; whose it was, and what it is called, is sealed.

import { decodeSlot } from '#keys/slot.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { Location, RecordHeader } from '#ledger/record.ts'
import { KIND_WORDS } from './key-slot-commands.ts'

export class SlotHistory {
  /** Of slots by their names. Null: not read yet. */
  #kinds: Map<string, string> | null = null

  /** One line. */
  describe(reader: LogReader, header: RecordHeader, location: Location): string {
    try {
      const record = decodeSlot(reader.readPayload(location, header))
      if (record === null) return 'a key slot that is malformed'
      const words = record.action === 'add' ? KIND_WORDS[record.kind] : this.#kindOf(reader, record.name)
      return `a key slot was ${record.action === 'add' ? 'added' : 'revoked'}: ${words}`
    } catch (error) {
      if (error instanceof DamagedRecordError) return 'damaged'
      throw error
    }
  }

  #kindOf(reader: LogReader, name: Buffer): string {
    this.#kinds ??= kindsOf(reader)
    return this.#kinds.get(name.toString('hex')) ?? 'unknown'
  }
}

function kindsOf(reader: LogReader): Map<string, string> {
  const kinds = new Map<string, string>()
  for (const { payload } of reader.readSlots()) {
    const record = decodeSlot(payload)
    if (record?.action === 'add') kinds.set(record.name.toString('hex'), KIND_WORDS[record.kind])
  }
  return kinds
}
