// Search by reading every message, for the account in memory.

import { fieldValue, fields } from '#message/header.ts'
import { textForm } from '#message/header-forms.ts'
import { parseMessage } from '#message/parse.ts'
import { searchableText } from '#message/text.ts'
import type { TextCriterion, WordQuery } from '#account/account.ts'

export function matchesText(bytes: Uint8Array, criterion: TextCriterion): boolean {
  const needle = fold(criterion.value)
  const part = parseMessage(bytes)
  const isHeaderMatch = (): boolean => {
    const name = criterion.field === 'header' ? criterion.name : criterion.field
    for (const field of fields(bytes, part.start, part.bodyStart)) {
      if (criterion.field !== 'text' && field.name.toLowerCase() !== name) continue
      const value = textForm(fieldValue(bytes, field))
      if (fold(criterion.field === 'text' ? `${field.name}: ${value}` : value).includes(needle)) return true
    }
    return false
  }
  const isBodyMatch = (): boolean => {
    const { body, attachmentNames } = searchableText(bytes, part)
    return fold(`${body}\n${attachmentNames}`).includes(needle)
  }
  if (criterion.field === 'body') return isBodyMatch()
  return isHeaderMatch() || (criterion.field === 'text' && isBodyMatch())
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

export function matchesWords(bytes: Uint8Array, query: WordQuery): boolean {
  if ('all' in query) return query.all.every((part) => matchesWords(bytes, part))
  if ('any' in query) return query.any.some((part) => matchesWords(bytes, part))
  if ('not' in query) return !matchesWords(bytes, query.not)
  const texts = searchableText(bytes, parseMessage(bytes))
  const searched = query.field === null ? Object.values(texts) : [texts[query.field]]
  const fields = searched.map((text) => ` ${words(text).join(' ')} `)
  const phrases = [...query.text.matchAll(/"([^"]*)"?|([^\s"]+)/g)]
    .map(([, quoted, plain]) => words(quoted ?? plain ?? ''))
    .filter(({ length }) => length > 0)
  if (phrases.length === 0) return false
  return phrases.every((phrase) => fields.some((field) => field.includes(` ${phrase.join(' ')} `)))
}

/** Characters of scripts without spaces are words of their own. */
function words(text: string): string[] {
  const plain = text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
  const spaceless = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu
  return plain.replaceAll(spaceless, ' $& ').match(/[\p{L}\p{N}]+/gu) ?? []
}
