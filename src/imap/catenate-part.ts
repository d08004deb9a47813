// The part of a message that CATENATE's URL names (RFC 4469 §3).

import type { EmailId } from '#base/ids.ts'
import type { MessageUrl } from './catenate-url.ts'
import { type Completion, no } from './command.ts'
import type { MessageContent, Slice } from './fetch-content.ts'
import { filterHeader } from './fetch-header-fields.ts'
import { applyPartial, findSection } from './fetch-section.ts'
import type { Session } from './session.ts'

/** Null if there is no such message, or the UID is that of another mailbox of the name. */
export function emailOf({ account }: Session, { path, uidValidity, uid }: MessageUrl): EmailId | null {
  const mailbox = account.mailboxByPath(path)
  const view = mailbox === null ? null : account.view(mailbox.id)
  if (mailbox === null || view === null) return null
  if (uidValidity !== null && uidValidity !== mailbox.uidValidity) return null
  const at = view.indexOf(uid)
  return at < 0 ? null : (view.emails[at] as EmailId)
}

/** Null if the message has no such part. Throws DamagedMessageError. */
export async function urlPart(content: MessageContent, { section, partial }: MessageUrl): Promise<Slice | null> {
  const whole = { start: 0, end: content.sizeBytes }
  const range = section === null ? whole : findSection(content.structure(), section)
  if (range === null) return null
  if (section === null || section.filter === null) {
    const { start, end } = applyPartial(range, partial)
    return content.slice(start, end)
  }
  const header = filterHeader(await content.hold(range.start, range.end), section.filter)
  const { start, end } = applyPartial({ start: 0, end: header.length }, partial)
  return { kind: 'held', bytes: header.subarray(start, end) }
}

/** RFC 4469 §4. What is not fit for a response code is not said back. */
export function badUrl(url: string): Completion {
  const text = 'There is no such part of a message'
  return /^[\x21\x23-\x5b\x5e-\x7e]{1,1000}$/.test(url) ? no(text, `BADURL "${url}"`) : no(text)
}
