// Header fields of an Email that a client creates (RFC 8621 §4.6): properties of whatever form become fields of a draft.

import * as v from 'valibot'
import { writeField } from '#message/compose-field.ts'
import { type DraftField, DraftError } from '#message/draft.ts'
import type { AddressText } from '#message/header-forms.ts'
import { unreachable } from '#base/assert.ts'
import { needsUtf8 } from '#message/compose.ts'
import { parseJmapDate } from './dates.ts'
import { CONVENIENCE, type HeaderProperty, parseHeaderProperty } from './header-property.ts'
import type { Json, JsonObject } from './json-object.ts'

/** Fields of one message. */
const FIELDS_MAX = 1000

const address = v.strictObject({ name: v.optional(v.nullable(v.string()), null), email: v.string() })
const addresses = v.array(address)
const groups = v.array(v.strictObject({ name: v.optional(v.nullable(v.string()), null), addresses }))
const texts = v.array(v.string())

/** A field of the draft, and the property that asked for it. */
export interface GivenField {
  readonly property: string
  /** In lower case. */
  readonly key: string
  readonly field: DraftField
}

/** Null if the property names no header field. */
export function headerPropertyOf(name: string): HeaderProperty | null {
  return CONVENIENCE.get(name) ?? (name.startsWith('header:') ? parseHeaderProperty(name) : null)
}

/**
 * The header fields among an object's properties; `wrong` gets those that are not valid, that name a field twice, or (`isAllowed`) one that may
 * not be given there.
 */
export function readFields(object: JsonObject, isAllowed: (key: string) => boolean, wrong: Set<string>): GivenField[] {
  const given: GivenField[] = []
  const properties = new Map<string, string>()
  for (const [name, value] of Object.entries(object)) {
    const property = headerPropertyOf(name)
    if (property === null) continue
    const twin = properties.get(property.key)
    if (twin !== undefined) wrong.add(twin).add(name)
    properties.set(property.key, name)
    if (!isAllowed(property.key)) {
      wrong.add(name)
      continue
    }
    if (value === null) continue
    const values = property.all ? (Array.isArray(value) ? (value as readonly Json[]) : null) : [value]
    const fields = values?.map((one) => fieldOf(property, one)) ?? [null]
    for (const field of fields) {
      if (field === null || !isWritable(field)) wrong.add(name)
      else given.push({ property: name, key: property.key, field })
    }
  }
  if (given.length > FIELDS_MAX) for (const { property } of given.slice(FIELDS_MAX)) wrong.add(property)
  return given
}

function isWritable(field: DraftField): boolean {
  try {
    writeField(field, needsUtf8([field]))
    return true
  } catch (error) {
    if (error instanceof DraftError) return false
    throw error
  }
}

/** Null for a value that is not of the form. */
function fieldOf({ name, form }: HeaderProperty, value: Json): DraftField | null {
  switch (form) {
    case 'Raw':
      return typeof value === 'string' ? { name, raw: value } : null
    case 'Text':
      return typeof value === 'string' ? { name, text: value } : null
    case 'Addresses':
      return parsed(addresses, value, (list) => addressField(name, list))
    case 'GroupedAddresses':
      return parsed(groups, value, (list) => groupField(name, list))
    case 'MessageIds':
      return parsed(texts, value, (messageIds) => ({ name, messageIds }))
    case 'Date': {
      const date = typeof value === 'string' ? parseJmapDate(value) : null
      return date === null ? null : { name, date }
    }
    case 'URLs':
      return parsed(texts, value, (urls) => ({ name, urls }))
    default:
      return unreachable(form)
  }
}

function parsed<T extends v.GenericSchema>(
  schema: T,
  value: Json,
  make: (parsed: v.InferOutput<T>) => DraftField,
): DraftField | null {
  const result = v.safeParse(schema, value, { abortEarly: true })
  return result.success ? make(result.output) : null
}

/** RFC 8621 §4.6: a draft may be half finished. What is no address yet is kept as text. */
function addressField(name: string, list: readonly AddressText[]): DraftField {
  const field: DraftField = { name, addresses: list }
  return isWritable(field) ? field : { name, text: list.map(looseAddress).join(', ') }
}

function groupField(
  name: string,
  list: readonly { name: string | null; addresses: readonly AddressText[] }[],
): DraftField {
  const field: DraftField = { name, groups: list }
  if (isWritable(field)) return field
  return { name, text: list.flatMap(({ addresses }) => addresses.map(looseAddress)).join(', ') }
}

function looseAddress({ name, email }: AddressText): string {
  const phrase = name === null ? '' : plain(name)
  return phrase === '' ? plain(email) : `${phrase} <${plain(email)}>`
}

function plain(text: string): string {
  return text.replaceAll(/[",;:<>()[\]\\]/g, ' ').trim()
}
