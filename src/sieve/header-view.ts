// One header, field by field: the message's, as a script has changed it so far, or that of one of its parts.

import { fields, unfold } from '#message/header.ts'
import { HEADER_BYTES_MAX } from '#message/limits.ts'
import type { Octets, Part } from '#message/part.ts'
import { asciiLower } from './octets.ts'

export interface ViewedField {
  /** In lower case. */
  readonly name: string
  /** Unfolded, as it was sent. */
  readonly value: Octets
  /** Where it lies in the message; negative if a script added it. */
  readonly start: number
  readonly end: number
  /** What a script added, as it is sent; otherwise empty. */
  readonly written: Octets
  /** It was added behind all others. */
  readonly isAddedLast: boolean
}

const NONE: readonly ViewedField[] = []

export class HeaderView {
  /** In the order in which they stand. */
  readonly fields: readonly ViewedField[]
  /** Where the last line of the header ends in the message's bytes. */
  readonly end: number
  #named: ReadonlyMap<string, readonly ViewedField[]> | null = null

  constructor(of: readonly ViewedField[], end: number) {
    this.fields = of
    this.end = end
  }

  /** `name` in any case. */
  named(name: Octets): readonly ViewedField[] {
    return this.#byName.get(asciiLower(name)) ?? NONE
  }

  get #byName(): ReadonlyMap<string, readonly ViewedField[]> {
    if (this.#named !== null) return this.#named
    const named = new Map<string, ViewedField[]>()
    for (const field of this.fields) {
      const known = named.get(field.name)
      if (known === undefined) named.set(field.name, [field])
      else known.push(field)
    }
    this.#named = named
    return named
  }
}

/** Of a message, or of a part: its first megabyte. */
export function readHeader(bytes: Buffer, { start, bodyStart }: Part): HeaderView {
  const found: ViewedField[] = []
  let end = start
  for (const field of fields(bytes, start, Math.min(bodyStart, start + HEADER_BYTES_MAX))) {
    ;({ end } = field)
    if (field.name === '') continue
    const value = unfold(bytes.toString('latin1', field.valueStart, field.valueEnd))
    found.push({ name: asciiLower(field.name), value, start: field.start, end, written: '', isAddedLast: false })
  }
  return new HeaderView(found, end)
}

/** A field as it will be sent, with its name and its line break. */
export function addedField(written: Octets, isAddedLast: boolean): ViewedField {
  const colon = written.indexOf(':')
  const value = unfold(written.slice(colon + 1).replace(/\r\n$/, ''))
  return { name: asciiLower(written.slice(0, colon)), value, start: -1, end: -1, written, isAddedLast }
}
