// The header of a message as its summary, its envelope and its searchable text need it: read once, and no list of addresses parsed twice. Made for one
// message, and forgotten with it.

import { type Address, parseAddressList } from './address.ts'
import { type FieldValues, readFields } from './header.ts'
import { type AddressText, addressTexts, textForm } from './header-forms.ts'
import type { Octets, Part } from './part.ts'

const NAMES = new Set([
  'subject',
  'from',
  'to',
  'cc',
  'bcc',
  'reply-to',
  'sender',
  'date',
  'message-id',
  'in-reply-to',
  'references',
])

export class MainHeader {
  readonly values: FieldValues
  readonly #lists = new Map<Octets, readonly Address[]>()
  readonly #addresses = new Map<Octets, readonly AddressText[]>()
  readonly #texts = new Map<Octets, string>()
  /** Texts of parts, decoded whole, that its summary and its search both need. */
  readonly partTexts = new Map<Part, string>()

  constructor(bytes: Uint8Array, part: Part) {
    this.values = readFields(bytes, part.start, part.bodyStart, NAMES)
  }

  list(value: Octets): readonly Address[] {
    return known(this.#lists, value, parseAddressList)
  }

  /** RFC 8621 §4.1.2.3. */
  addresses(value: Octets): readonly AddressText[] {
    return known(this.#addresses, value, () => addressTexts(this.list(value)))
  }

  /** RFC 8621 §4.1.2.2. */
  text(value: Octets): string {
    return known(this.#texts, value, textForm)
  }
}

function known<T>(form: Map<Octets, T>, value: Octets, make: (value: Octets) => T): T {
  let made = form.get(value)
  if (made === undefined) form.set(value, (made = make(value)))
  return made
}
