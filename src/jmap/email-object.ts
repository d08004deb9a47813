// The Email object (RFC 8621 §4.1): the properties that are asked for, from wherever they are cheapest.

import type { AddressText } from '#message/header-forms.ts'
import type { Summary } from '#message/summary.ts'
import { BodyReader, type BodyValueOptions } from './email-body.ts'
import { formatBlobId } from './blob-ids.ts'
import type { Context } from './context.ts'
import { formatDate } from './dates.ts'
import { type EmailProperties, needsBody } from './email-properties.ts'
import { CONVENIENCE, type HeaderProperty } from './header-property.ts'
import { headerList, headerValue } from './header-value.ts'
import { newMap } from './json-object.ts'
import type { MessageSource } from './message-source.ts'

/** All properties but those that say where the e-mail is. Throws DamagedMessageError, MethodFailure. */
export async function messageProperties(
  context: Context,
  source: MessageSource,
  wanted: EmailProperties,
  values: BodyValueOptions,
): Promise<Record<string, unknown>> {
  const { names } = wanted
  const email = newMap<unknown>()
  if (names.has('blobId')) email['blobId'] = formatBlobId(source.blob)
  if (names.has('size')) email['size'] = source.sizeBytes
  for (const [name, property] of CONVENIENCE) {
    if (names.has(name)) email[name] = convenienceValue(source, name, property)
  }
  if (names.has('hasAttachment')) email['hasAttachment'] = source.summary().hasAttachment
  if (names.has('preview')) email['preview'] = source.summary().preview
  if (names.has('headers')) email['headers'] = headerList(source.header())
  for (const header of wanted.headers) email[header.property] = headerValue(source.header(), header)
  if (needsBody(wanted)) {
    Object.assign(email, await new BodyReader(context, source, wanted.body).read(names, values))
  }
  return email
}

/**
 * The summary has it ready for most messages. It does not tell an empty field from none, so that where it has nothing, the header is asked
 * (RFC 8621 §4.1.3: the value is that of the header property).
 */
function convenienceValue(source: MessageSource, name: string, property: HeaderProperty): unknown {
  const summary = source.summary()
  const value = summaryValue(summary, name)
  return value ?? headerValue(source.header(), property)
}

function summaryValue(summary: Summary, name: string): unknown {
  switch (name) {
    case 'subject':
      return summary.subject === '' ? null : summary.subject
    case 'sentAt':
      return summary.sentAt === null ? null : formatDate(summary.sentAt)
    case 'messageId':
    case 'inReplyTo':
    case 'references':
    case 'sender':
    case 'from':
    case 'to':
    case 'cc':
    case 'bcc':
    case 'replyTo': {
      const values: readonly (string | AddressText)[] = summary[name]
      return values.length === 0 ? null : values
    }
    default:
      return null
  }
}
