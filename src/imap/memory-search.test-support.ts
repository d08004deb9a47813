// Search by reading every message, for the account in memory.

import { fieldValue, fields } from '#message/header.ts'
import { textForm } from '#message/header-forms.ts'
import { parseMessage } from '#message/parse.ts'
import { searchableText } from '#message/text.ts'
import type { TextCriterion } from '#account/account.ts'

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
