// Reading messages from the log: one positioned read of the sealed payload, its digest, then its own encryption. What comes out is what
// was received, or nothing.

import { wipe } from '#base/bytes.ts'
import { type Steps, atOnce } from '#base/steps.ts'
import type { Identity } from '#crypto/age/identity.ts'
import { openAgeHeader } from '#crypto/age/open.ts'
import {
  SEALED_CHUNK_LENGTH,
  agePlaintextLength,
  openAgePayload,
  openAgePayloadInSteps,
  openAgeRange,
} from '#crypto/age/stream.ts'
import { DamagedRecordError, describeDamage } from '#ledger/damage.ts'
import type { LogReader } from '#ledger/reader.ts'
import { HEAD_BYTES } from '#ledger/record.ts'
import type { LogEntry } from './account-log.ts'
import type { PayloadKey } from './content-store.ts'
import { type RecordPlace, entryOf } from './stored-message.ts'

/**
 * What records of one chunk are read into, whoever's they are: nothing else is read before they have been deciphered, and what is in it is
 * sealed. Memory for each would be much of what it takes to open a message.
 */
const memory = Buffer.allocUnsafeSlow(HEAD_BYTES + SEALED_CHUNK_LENGTH)

export interface OpenedMail {
  /** Wiped by the caller. */
  readonly bytes: Buffer
  readonly payload: PayloadKey
}

export class MailReader implements Disposable {
  readonly #reader: LogReader
  readonly #identities: readonly Identity[]
  /** Told of each record that cannot be read. */
  unreadable: (entry: LogEntry) => void = () => undefined

  /** Takes the identities over. */
  constructor(reader: LogReader, identities: readonly Identity[]) {
    this.#reader = reader
    this.#identities = identities
  }

  /** Opens a record by the account's own key. Null if it is damaged, or was not sealed to this account. */
  openByIdentity(entry: LogEntry): OpenedMail | null {
    return atOnce(this.openByIdentityInSteps(entry))
  }

  /** The same in steps. */
  *openByIdentityInSteps(entry: LogEntry): Steps<OpenedMail | null> {
    const file = this.#payload(entry)
    if (file === null) return null
    const header = openAgeHeader(file, this.#identities)
    if (!header.ok) return null
    const { payloadKey, payloadOffset } = header.value
    const bytes = yield* openAgePayloadInSteps(payloadKey, file.subarray(payloadOffset))
    return bytes === null ? null : { bytes, payload: { key: payloadKey, offset: payloadOffset } }
  }

  /** Opens a record by its payload's key. Null if it is damaged. */
  open(entry: LogEntry, payload: PayloadKey): Buffer | null {
    return atOnce(this.openInSteps(entry, payload))
  }

  /** The same in steps. */
  *openInSteps(entry: LogEntry, { key, offset }: PayloadKey): Steps<Buffer | null> {
    const file = this.#payload(entry)
    return file === null ? null : yield* openAgePayloadInSteps(key, file.subarray(offset))
  }

  /** The same, all at once, by what the index knows of the record. */
  openStored({ location, head }: RecordPlace, payload: PayloadKey): Buffer | null {
    const file = this.#reader.readWholePayload(location, head, memory)
    if (file === null) return this.open(entryOf({ location, head }), payload)
    return openAgePayload(payload.key, file.subarray(payload.offset))
  }

  /**
   * Bytes `start` to `end` of the message, which are within it. Of a long one only the chunks that hold them are read, each of which
   * verifies by itself; of a short one all, with its digest.
   */
  openRange(place: RecordPlace, payload: PayloadKey, start: number, end: number): Buffer | null {
    const { key, offset } = payload
    const { header, location } = entryOf(place)
    const length = header.payloadLength - offset
    if (length <= SEALED_CHUNK_LENGTH) {
      const bytes = this.openStored(place, payload)
      if (bytes === null) return null
      const range = Buffer.from(bytes.subarray(start, end))
      wipe(bytes)
      return range
    }
    if (end > agePlaintextLength(length)) return null
    const stored = (from: number, to: number): Buffer => this.#reader.readPayloadRange(location, header, from, to)
    const repaired = (from: number, to: number): Buffer | null =>
      this.#reader.readRepairedRange(location, header, from, to)
    return openRangeOf(stored) ?? openRangeOf(repaired)

    function openRangeOf(source: (from: number, to: number) => Buffer | null): Buffer | null {
      try {
        // What is too short does not open.
        const read = (at: number, size: number): Buffer => source(offset + at, offset + at + size) ?? Buffer.alloc(0)
        return openAgeRange(key, length, read, start, end)
      } catch (error) {
        if (error instanceof DamagedRecordError) return null
        throw error
      }
    }
  }

  /** What is wrong with the record, in words; null if it is whole, as one that was not sealed to this account. */
  describeDamage({ header, location }: LogEntry): string | null {
    try {
      wipe(this.#reader.readPayload(location, header))
      return null
    } catch (error) {
      if (error instanceof DamagedRecordError) return describeDamage(error)
      throw error
    }
  }

  #payload({ header, location }: LogEntry): Buffer | null {
    try {
      return this.#reader.readPayload(location, header)
    } catch (error) {
      if (!(error instanceof DamagedRecordError)) throw error
      if (error.fault !== 'dropped') this.unreadable({ header, location })
      return null
    }
  }

  [Symbol.dispose](): void {
    for (const identity of this.#identities) identity[Symbol.dispose]()
  }
}
