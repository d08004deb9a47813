// What SEARCH asks of an account's texts. This is the whole of it, so that the account's index can take the place of the reading done here:
// here each candidate's stored header, or the message itself, is read and decoded.

import type { EmailId } from '#base/ids.ts'
import { fieldValue, fields } from '#message/header.ts'
import { textForm } from '#message/header-forms.ts'
import { parseMessage } from '#message/parse.ts'
import { searchableText } from '#message/text.ts'
import { type Account, DamagedMessageError } from '#account/account.ts'

export type TextQuery =
  | { readonly field: 'subject' | 'from' | 'to' | 'cc' | 'bcc' | 'body' | 'text'; readonly text: string }
  /** `header` in lower case; an empty text asks whether there is such a field. */
  | { readonly field: 'header'; readonly header: string; readonly text: string }

/** E-mails asked about at a time. */
export const SEARCH_BATCH = 256

/** For each e-mail 1 or 0. Damaged messages are found by their headers only. */
export async function searchTexts(
  account: Account,
  query: TextQuery,
  emails: Uint32Array,
  pause: () => Promise<void>,
): Promise<Uint8Array> {
  const needle = fold(query.text)
  const found = new Uint8Array(emails.length)
  const headers = query.field === 'body' ? [] : account.items('header', emails)
  for (const [index, email] of emails.entries()) {
    const header = headers[index] ?? null
    if (header !== null && matchesHeader(query, needle, header)) found[index] = 1
    else if (query.field === 'body' || query.field === 'text') {
      found[index] = (await bodyOf(account, email as EmailId)).includes(needle) ? 1 : 0
      await pause()
    }
  }
  return found
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

function matchesHeader(query: TextQuery, needle: string, header: Buffer): boolean {
  const name = query.field === 'header' ? query.header : query.field
  for (const field of fields(header, 0, header.length)) {
    if (query.field !== 'text' && field.name.toLowerCase() !== name) continue
    const value = textForm(fieldValue(header, field))
    if (fold(query.field === 'text' ? `${field.name}: ${value}` : value).includes(needle)) return true
  }
  return false
}

async function bodyOf(account: Account, email: EmailId): Promise<string> {
  try {
    using opened = await account.open(email)
    const { body, attachmentNames } = searchableText(opened.bytes, parseMessage(opened.bytes))
    return fold(`${body}\n${attachmentNames}`)
  } catch (error) {
    if (error instanceof DamagedMessageError) return ''
    throw error
  }
}
