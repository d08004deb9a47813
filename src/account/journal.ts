// Journal records: sealed, counted and chained (docs/formats/journal.md §1, §2 and §4).

import { wipe } from '#base/bytes.ts'
import { type AccountId, accountIdToBytes } from '#base/ids.ts'
import { gcmOpen, gcmSeal } from '#crypto/aead.ts'
import { sha256 } from '#crypto/hash.ts'
import { decodeCbor, encodeCbor } from '#keys/cbor.ts'
import type { RootSecret } from '#keys/root.ts'
import { operationFromCbor } from './operation-codec.ts'
import type { JournalOperation } from './operation.ts'

const VERSION = 1
const ARRAY_OF_4 = 0x84
export const JOURNAL_PAYLOAD_BYTES_MAX = 8 * 1024 * 1024
const CHAIN_DIGEST_BYTES = 32

/** What the next journal record must name. */
export interface ChainHead {
  readonly counter: number
  /** SHA-256 of the payload of the record before; zeros before the first. */
  readonly previous: Buffer
}

export const CHAIN_START: ChainHead = { counter: 0, previous: Buffer.alloc(CHAIN_DIGEST_BYTES) }

export interface JournalEntry {
  readonly counter: number
  readonly previous: Buffer
  readonly time: number
  readonly operations: readonly JournalOperation[]
}

/** A journal record that this version cannot read, or that does not continue the chain. Nothing after it may be applied. */
export class JournalDamagedError extends Error {
  override name = 'JournalDamagedError'
  readonly seq: number
  readonly reason: 'payload' | 'unknownOperation' | 'chain'

  constructor(seq: number, reason: JournalDamagedError['reason'], options?: ErrorOptions) {
    super(`journal record ${seq}: ${reason}`, options)
    this.seq = seq
    this.reason = reason
  }
}

/** Seals and opens the journal of one account; holds its key. */
export class JournalSealer implements Disposable {
  readonly #key: Buffer
  readonly #additionalData: Buffer

  constructor(root: RootSecret, account: AccountId) {
    this.#key = root.derive('journal')
    this.#additionalData = Buffer.concat([
      Buffer.from('mailkeep/journal/v1'),
      accountIdToBytes(account),
      Buffer.of(VERSION),
    ])
  }

  /** The payload of a journal record. `operations` are encoded one by one: see `encodeOperation`. A clock before 1970 is taken as 1970: no record has a time before. */
  seal(head: ChainHead, time: number, operations: readonly Uint8Array[]): Buffer {
    // The same as the array of four, but for its last element, whose items are encoded already.
    const before = encodeCbor([head.counter, head.previous, Math.max(time, 0)])
    before[0] = ARRAY_OF_4
    const plaintext = Buffer.concat([before, arrayHead(operations.length), ...operations])
    const payload = Buffer.concat([Buffer.of(VERSION), gcmSeal(this.#key, this.#additionalData, plaintext)])
    wipe(plaintext)
    return payload
  }

  /** Null if the payload does not open; 'unknownOperation' if it does, but holds something that this version does not know. */
  open(payload: Uint8Array): JournalEntry | 'unknownOperation' | null {
    if (payload[0] !== VERSION || payload.length > JOURNAL_PAYLOAD_BYTES_MAX) return null
    const plaintext = gcmOpen(this.#key, this.#additionalData, payload.subarray(1))
    if (plaintext === null) return null
    // Byte strings in the result are copies: cborg slices.
    const value = decodeCbor(plaintext)
    wipe(plaintext)
    if (!Array.isArray(value) || value.length !== 4) return null
    const [counter, previous, time, operations] = value as unknown[]
    if (!isCount(counter) || !isCount(time) || !Array.isArray(operations)) return null
    if (!(previous instanceof Uint8Array) || previous.length !== CHAIN_DIGEST_BYTES) return null
    const decoded: JournalOperation[] = []
    for (const item of operations) {
      const operation = operationFromCbor(item)
      if (operation === null) return 'unknownOperation'
      decoded.push(operation)
    }
    return { counter, previous: Buffer.from(previous), time, operations: decoded }
  }

  [Symbol.dispose](): void {
    wipe(this.#key)
  }
}

/** RFC 8949 §3: the head of an array of `length` items. */
function arrayHead(length: number): Buffer {
  // An unsigned integer's encoding is its head; an array's differs in the major type only.
  const head = Buffer.from(encodeCbor(length))
  head[0] = (head[0] as number) | 0x80
  return head
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** The head after `payload` was found to continue `head`. */
export function nextHead(head: ChainHead, payload: Uint8Array): ChainHead {
  return { counter: head.counter + 1, previous: sha256(payload) }
}

/** §4: whether an opened record is the next one, one to pass over, or proof that operations are missing. */
export function chainPosition(head: ChainHead, entry: JournalEntry): 'next' | 'passOver' | 'broken' {
  if (entry.counter < head.counter) return 'passOver'
  return entry.counter === head.counter && entry.previous.equals(head.previous) ? 'next' : 'broken'
}
