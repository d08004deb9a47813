// Values of header fields in the forms that JMAP has (RFC 8621 §4.1.2).

import { unreachable } from '#base/assert.ts'
import { asBuffer } from '#base/bytes.ts'
import { fields, unfold } from '#message/header.ts'
import {
  addressesForm,
  dateForm,
  groupedAddressesForm,
  messageIdsForm,
  rawForm,
  textForm,
  urlsForm,
} from '#message/header-forms.ts'
import { HEADER_BYTES_MAX } from '#message/limits.ts'
import type { Octets } from '#message/part.ts'
import { formatDate } from './dates.ts'
import type { HeaderForm, HeaderProperty } from './header-property.ts'

/** Fields of one header that are looked at: sound mail has a few hundred at most. */
const FIELDS_MAX = 10_000

/** A header's fields, read once. */
export interface HeaderFields {
  /** All, in order. */
  readonly list: readonly { readonly name: string; readonly value: Octets }[]
  /** Raw values by name in lower case, in order. */
  readonly byName: ReadonlyMap<string, readonly Octets[]>
}

/** The header that `bytes` begins with; of an over-long one its first part. */
export function readHeader(bytes: Uint8Array, start: number, end: number): HeaderFields {
  const limit = Math.min(end, start + HEADER_BYTES_MAX)
  const buffer = asBuffer(bytes)
  const list: { name: string; value: Octets }[] = []
  const byName = new Map<string, Octets[]>()
  for (const field of fields(buffer, start, limit)) {
    if (field.name === '') continue
    if (list.length === FIELDS_MAX) break
    const value = buffer.toString('latin1', field.valueStart, field.valueEnd)
    list.push({ name: field.name, value })
    const key = field.name.toLowerCase()
    const known = byName.get(key)
    if (known === undefined) byName.set(key, [value])
    else known.push(value)
  }
  return { list, byName }
}

/** `headers`: name and raw value of each. */
export function headerList({ list }: HeaderFields): { name: string; value: string }[] {
  return list.map(({ name, value }) => ({ name: rawForm(name), value: rawForm(value) }))
}

/** RFC 8621 §4.1.3: of several the last counts, unless all are asked for. */
export function headerValue({ byName }: HeaderFields, { key, form, all }: HeaderProperty): unknown {
  const values = byName.get(key) ?? []
  if (all) return values.map((value) => valueInForm(value, form))
  const last = values.at(-1)
  return last === undefined ? null : valueInForm(last, form)
}

function valueInForm(value: Octets, form: HeaderForm): unknown {
  switch (form) {
    case 'Raw':
      return rawForm(value)
    case 'Text':
      return textForm(unfold(value))
    case 'Addresses':
      return addressesForm(unfold(value))
    case 'GroupedAddresses':
      return groupedAddressesForm(unfold(value))
    case 'MessageIds':
      return messageIdsForm(unfold(value))
    case 'Date': {
      const date = dateForm(unfold(value))
      return date === null ? null : formatDate(date)
    }
    case 'URLs':
      return urlsForm(unfold(value))
    default:
      return unreachable(form)
  }
}
