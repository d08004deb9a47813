// The header of a message that its author submits (RFC 6409): collected before the rest goes on, so that it can be seen whose name it bears, and
// completed with what every message must have (§8.1, §8.2; RFC 5322 §3.6).

import { wipe } from '#base/bytes.ts'
import { randomBytes } from '#crypto/random.ts'
import { formatDate } from '#message/date.ts'
import { type AddressText, addressesForm } from '#message/header-forms.ts'
import { readFields } from '#message/header.ts'
import { HEADER_BYTES_MAX } from '#message/limits.ts'

export interface HeaderFacts {
  /** All addresses of all From fields. */
  readonly from: readonly AddressText[]
  readonly hasDate: boolean
  readonly hasMessageId: boolean
}

const NAMES = new Set(['from', 'date', 'message-id'])
const FIRST_BYTES = 4_096
const LINE_END = Buffer.from('\r\n')
const HEADER_END = Buffer.from('\r\n\r\n')
const ID_BYTES = 16

/** Collects until the header is complete. What it holds is wiped by `wipe`. */
export class HeaderCollector {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #length = 0

  /** True when the empty line is there, or more came than a header may have. Takes a copy. */
  push(chunk: Uint8Array): boolean {
    const before = this.#length
    this.#reserve(before + chunk.length)
    this.#buffer.set(chunk, before)
    this.#length += chunk.length
    // The empty line may have come in pieces.
    const from = Math.max(0, before - HEADER_END.length + 1)
    const beginsEmpty = this.#buffer.subarray(0, Math.min(2, this.#length)).equals(LINE_END)
    return beginsEmpty || this.bytes.includes(HEADER_END, from) || this.#length > HEADER_BYTES_MAX
  }

  /** What came so far, with what came behind the header. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  wipe(): void {
    wipe(this.#buffer)
    this.#length = 0
  }

  #reserve(needed: number): void {
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#length)
    wipe(this.#buffer)
    this.#buffer = larger
  }
}

export function headerFacts(bytes: Uint8Array): HeaderFacts {
  const fields = readFields(bytes, 0, bytes.length, NAMES)
  return {
    from: (fields.get('from') ?? []).flatMap((value) => addressesForm(value)),
    hasDate: fields.has('date'),
    hasMessageId: fields.has('message-id'),
  }
}

/** Fields to stand before the message. `domain`: of the sender. */
export function missingFields({ hasDate, hasMessageId }: HeaderFacts, domain: string, now: number): Buffer {
  const fields = [
    ...(hasDate ? [] : [`Date: ${formatDate(now, 0)}\r\n`]),
    ...(hasMessageId ? [] : [`Message-ID: <${randomBytes(ID_BYTES).toString('base64url')}@${domain}>\r\n`]),
  ]
  return Buffer.from(fields.join(''), 'latin1')
}
