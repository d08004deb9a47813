// Writes the header fields of a draft.

import { type DraftField, DraftError } from './draft.ts'
import {
  addressTokens,
  dateTokens,
  foldField,
  isFieldName,
  messageIdTokens,
  rawValue,
  textTokens,
  urlTokens,
} from './header-writer.ts'

/** Fields that only the composer writes. */
const COMPOSERS = /^(?:content-(?:type|transfer-encoding|disposition|id|language|location)|mime-version)$/i

export function isComposersField(name: string): boolean {
  return COMPOSERS.test(name)
}

/** The field's lines; none if its value is empty. Throws DraftError. */
export function writeField(field: DraftField, utf8: boolean): string {
  const { name } = field
  if (!isFieldName(name) || isComposersField(name)) throw new DraftError('fieldName')
  return writeMimeField(field, utf8)
}

/** As `writeField`, for fields that only the composer writes. */
export function writeMimeField(field: DraftField, utf8: boolean): string {
  const { name } = field
  if ('raw' in field) {
    const value = rawValue(field.raw, utf8)
    return value === null ? writeMimeField({ name, text: field.raw }, utf8) : `${name}:${value}\r\n`
  }
  const tokens = fieldTokens(field, utf8)
  return tokens.length === 0 ? '' : foldField(name, tokens)
}

function fieldTokens(field: Exclude<DraftField, { readonly raw: string }>, utf8: boolean): string[] {
  if ('text' in field) return textTokens(field.text, utf8)
  if ('addresses' in field) return addressTokens([{ name: null, addresses: field.addresses }], utf8)
  if ('groups' in field) return addressTokens(field.groups, utf8)
  if ('messageIds' in field) return messageIdTokens(field.messageIds)
  if ('date' in field) return dateTokens(field.date.ms, field.date.zoneMinutes)
  return urlTokens(field.urls)
}
