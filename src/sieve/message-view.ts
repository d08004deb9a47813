// The message as tests see it: header fields and addresses as octets of UTF-8, made when they are asked for.
//
// A view stays as it is: what a script does to the header (RFC 5293) makes another one, of the same bytes.
//
// Bounded by what `#message` reads: a header's first megabyte, so many words and addresses.

import { addressesForm } from '#message/header-forms.ts'
import { parseDate } from '#message/date.ts'
import type { DateTime } from '#message/date.ts'
import { decodeHeaderText } from '#message/encoded-word.ts'
import { HEADER_BYTES_MAX } from '#message/limits.ts'
import { parseMessage } from '#message/parse.ts'
import type { Octets, Part } from '#message/part.ts'
import type { HeaderEdit } from './header-edit.ts'
import { HeaderView, type ViewedField, addedField, readHeader } from './header-view.ts'
import { toOctets } from './octets.ts'

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

function writtenText(some: readonly ViewedField[]): Octets {
  return some.map(({ written }) => written).join('')
}

/** What was made of fields, for all views of one message. */
interface Made {
  readonly decoded: Map<ViewedField, Octets>
  readonly addresses: Map<ViewedField, readonly Octets[]>
  readonly parts: Map<Part, HeaderView>
}

export class MessageView {
  readonly bytes: Buffer
  readonly root: Part
  #header: HeaderView | null
  readonly #made: Made

  /** `root` is what `parseMessage` makes of the bytes, which must stay as they are. */
  constructor(
    bytes: Buffer,
    root: Part = parseMessage(bytes),
    header: HeaderView | null = null,
    made: Made = { decoded: new Map(), addresses: new Map(), parts: new Map() },
  ) {
    this.bytes = bytes
    this.root = root
    this.#header = header
    this.#made = made
  }

  get header(): HeaderView {
    this.#header ??= readHeader(this.bytes, this.root)
    return this.#header
  }

  /** In the order in which they stand. */
  get all(): readonly ViewedField[] {
    return this.header.fields
  }

  /** `name` in any case. */
  fieldsOf(name: Octets): readonly ViewedField[] {
    return this.header.named(name)
  }

  /** Of a part; the message's own as it is now. */
  headerOf(part: Part): HeaderView {
    if (part === this.root) return this.header
    const { parts } = this.#made
    let header = parts.get(part)
    if (header === undefined) parts.set(part, (header = readHeader(this.bytes, part)))
    return header
  }

  /** RFC 5228 §2.7.2: encoded words decoded, without white space around. */
  text(field: ViewedField): Octets {
    const { decoded } = this.#made
    let text = decoded.get(field)
    if (text === undefined) {
      text = toOctets(decodeHeaderText(field.value).trim())
      decoded.set(field, text)
    }
    return text
  }

  /** The addresses in the field, those of groups too. */
  addresses(field: ViewedField): readonly Octets[] {
    const made = this.#made.addresses
    let addresses = made.get(field)
    if (addresses === undefined) {
      addresses = addressesForm(field.value).map(({ email }) => toOctets(email))
      made.set(field, addresses)
    }
    return addresses
  }

  /** RFC 5260 §4: the whole field, or what follows its last semicolon. */
  date({ value }: ViewedField): DateTime | null {
    const semicolon = value.lastIndexOf(';')
    return parseDate(semicolon < 0 ? value : value.slice(semicolon + 1))
  }

  /** Whether all of its header is seen, so that it can be changed. */
  get canEdit(): boolean {
    return this.root.bodyStart - this.root.start <= HEADER_BYTES_MAX
  }

  /** RFC 5293 §4. `written` is the whole field, with its line break. */
  withField(written: Octets, isLast: boolean): MessageView {
    const { fields, end } = this.header
    const field = addedField(written, isLast)
    const changed = isLast ? [...fields, field] : [field, ...fields]
    return new MessageView(this.bytes, this.root, new HeaderView(changed, end), this.#made)
  }

  /** RFC 5293 §5. */
  withoutFields(gone: ReadonlySet<ViewedField>): MessageView {
    const { fields, end } = this.header
    const left = fields.filter((field) => !gone.has(field))
    return new MessageView(this.bytes, this.root, new HeaderView(left, end), this.#made)
  }

  /** What is other than in the bytes; null if nothing is. */
  edit(): HeaderEdit | null {
    const { fields, end } = this.header
    const own = fields.filter(({ start }) => start >= 0)
    const kept = new Set(own.map(({ start }) => start))
    const removed: [number, number][] = []
    for (const { start, end: fieldEnd } of readHeader(this.bytes, this.root).fields) {
      if (kept.has(start)) continue
      const last = removed.at(-1)
      if (last !== undefined && last[1] === start) last[1] = fieldEnd
      else removed.push([start, fieldEnd])
    }
    if (removed.length === 0 && own.length === fields.length) return null
    // What was added stands at either end of what is left of the message's own.
    const first = fields.findIndex(({ start, isAddedLast }) => start >= 0 || isAddedLast)
    const addedFirst = first < 0 ? fields : fields.slice(0, first)
    const addedLast = fields.filter(({ isAddedLast }) => isAddedLast)
    return { removed, headerEnd: end, before: writtenText(addedFirst), after: writtenText(addedLast) }
  }
}
