// The message as tests see it: header fields and addresses as octets of UTF-8, made when they are asked for.
//
// Bounded by what `#message` reads: a header's first megabyte, so many words and addresses.

import { addressesForm } from '#message/header-forms.ts'
import { parseDate } from '#message/date.ts'
import type { DateTime } from '#message/date.ts'
import { decodeHeaderText } from '#message/encoded-word.ts'
import { fields, unfold } from '#message/header.ts'
import { HEADER_BYTES_MAX } from '#message/limits.ts'
import { parseMessage } from '#message/parse.ts'
import type { Octets, Part } from '#message/part.ts'
import { asciiLower, toOctets } from './octets.ts'

interface ViewedField {
  /** In lower case. */
  readonly name: string
  /** Unfolded, as it was sent. */
  readonly value: Octets
}

/** Fields that hold addresses (RFC 5228 §5.1). */
const ADDRESS_FIELDS: ReadonlySet<string> = new Set([
  'from',
  'to',
  'cc',
  'bcc',
  'sender',
  'reply-to',
  'resent-from',
  'resent-to',
  'resent-cc',
  'resent-bcc',
  'resent-sender',
  'resent-reply-to',
  'return-path',
  'delivered-to',
  'envelope-to',
  'x-envelope-to',
  'x-original-to',
  'apparently-to',
  'errors-to',
  'mail-followup-to',
  'mail-reply-to',
  'disposition-notification-to',
  'return-receipt-to',
])

/** `name` in lower case. */
export function isAddressField(name: string): boolean {
  return ADDRESS_FIELDS.has(name)
}

const NONE: readonly ViewedField[] = []

export class MessageView {
  readonly bytes: Buffer
  readonly root: Part
  #fields: readonly ViewedField[] | null = null
  #named: ReadonlyMap<string, readonly ViewedField[]> | null = null
  readonly #decoded = new Map<ViewedField, Octets>()
  readonly #addresses = new Map<ViewedField, readonly Octets[]>()

  /** `root` is what `parseMessage` makes of the bytes, which must stay as they are. */
  constructor(bytes: Buffer, root: Part = parseMessage(bytes)) {
    this.bytes = bytes
    this.root = root
  }

  /** In the order in which they stand. */
  get all(): readonly ViewedField[] {
    if (this.#fields !== null) return this.#fields
    const { start, bodyStart } = this.root
    const found: ViewedField[] = []
    for (const field of fields(this.bytes, start, Math.min(bodyStart, start + HEADER_BYTES_MAX))) {
      if (field.name === '') continue
      const value = unfold(this.bytes.toString('latin1', field.valueStart, field.valueEnd))
      found.push({ name: asciiLower(field.name), value })
    }
    this.#fields = found
    return found
  }

  get #byName(): ReadonlyMap<string, readonly ViewedField[]> {
    if (this.#named !== null) return this.#named
    const named = new Map<string, ViewedField[]>()
    for (const field of this.all) {
      const known = named.get(field.name)
      if (known === undefined) named.set(field.name, [field])
      else known.push(field)
    }
    this.#named = named
    return named
  }

  /** `name` in any case. */
  fieldsOf(name: Octets): readonly ViewedField[] {
    return this.#byName.get(asciiLower(name)) ?? NONE
  }

  /** RFC 5228 §2.7.2: encoded words decoded, without white space around. */
  text(field: ViewedField): Octets {
    let text = this.#decoded.get(field)
    if (text === undefined) {
      text = toOctets(decodeHeaderText(field.value).trim())
      this.#decoded.set(field, text)
    }
    return text
  }

  /** The addresses in the field, those of groups too. */
  addresses(field: ViewedField): readonly Octets[] {
    let addresses = this.#addresses.get(field)
    if (addresses === undefined) {
      addresses = addressesForm(field.value).map(({ email }) => toOctets(email))
      this.#addresses.set(field, addresses)
    }
    return addresses
  }

  /** RFC 5260 §4: the whole field, or what follows its last semicolon. */
  date({ value }: ViewedField): DateTime | null {
    const semicolon = value.lastIndexOf(';')
    return parseDate(semicolon < 0 ? value : value.slice(semicolon + 1))
  }
}
