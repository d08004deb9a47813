// Text as it is searched: white space, line breaks included, is one space, so that a phrase is found wherever its lines were broken; and
// case does not count. Normalization Form C, because `é` may be written in two ways.

import { asBuffer } from '#base/bytes.ts'
import { normalized } from '#base/normalization.ts'
import { fieldValues } from '#message/header.ts'
import { textForm } from '#message/header-forms.ts'

/** Of one message's header, what is searched beyond its addresses and subject. */
const HEADER_BYTES_MAX = 256 * 1024

export function collapse(text: string): string {
  // Single spaces between words, which are most, are left alone.
  return text.replace(/[^\S ]\s*| \s+/g, ' ').trim()
}

/** Two texts that differ in case only, or in how their characters are composed, fold to the same. */
export function fold(text: string): string {
  return normalized(text.toLowerCase(), 'NFC')
}

/** All of a header as text: a line `name: value` for each field, unfolded and decoded. */
export function headerText(header: Uint8Array): string {
  const bytes = asBuffer(header).subarray(0, HEADER_BYTES_MAX)
  let text = ''
  for (const { name, value } of fieldValues(bytes, 0, bytes.length)) text += `${name}: ${collapse(textForm(value))}\n`
  return text
}

/** The values of the fields of one name, in lower case, as text. */
export function headerFieldTexts(header: Uint8Array, name: string): string[] {
  const bytes = asBuffer(header).subarray(0, HEADER_BYTES_MAX)
  const texts: string[] = []
  for (const field of fieldValues(bytes, 0, bytes.length)) {
    if (field.name.toLowerCase() === name) texts.push(collapse(textForm(field.value)))
  }
  return texts
}
