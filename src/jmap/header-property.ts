// Properties that name a header field: `header:Name`, `header:Name:asForm`, `header:Name:asForm:all` (RFC 8621 §4.1.3), and which forms a field
// may be had in (§4.1.2).

const FORMS = ['Raw', 'Text', 'Addresses', 'GroupedAddresses', 'MessageIds', 'Date', 'URLs'] as const
export type HeaderForm = (typeof FORMS)[number]

export interface HeaderProperty {
  /** As the client wrote the property. */
  readonly property: string
  /** As the client wrote it, and in lower case. */
  readonly name: string
  readonly key: string
  readonly form: HeaderForm
  readonly all: boolean
}

const ADDRESS_FIELDS = ['from', 'sender', 'reply-to', 'to', 'cc', 'bcc']
const RESENT_ADDRESS_FIELDS = ADDRESS_FIELDS.map((name) => `resent-${name}`)

/** Fields of RFC 5322 and RFC 2369, and the one form, besides the raw one, that each has. */
const FIELD_FORMS: ReadonlyMap<string, readonly HeaderForm[]> = new Map<string, readonly HeaderForm[]>([
  ...[...ADDRESS_FIELDS, ...RESENT_ADDRESS_FIELDS].map(
    (name) => [name, ['Addresses', 'GroupedAddresses']] as [string, HeaderForm[]],
  ),
  ...['subject', 'comments', 'keywords'].map((name) => [name, ['Text']] as [string, HeaderForm[]]),
  ...['message-id', 'in-reply-to', 'references', 'resent-message-id'].map(
    (name) => [name, ['MessageIds']] as [string, HeaderForm[]],
  ),
  ...['date', 'resent-date'].map((name) => [name, ['Date']] as [string, HeaderForm[]]),
  ...['list-help', 'list-unsubscribe', 'list-subscribe', 'list-post', 'list-owner', 'list-archive'].map(
    (name) => [name, ['URLs']] as [string, HeaderForm[]],
  ),
  ...['return-path', 'received'].map((name) => [name, []] as [string, HeaderForm[]]),
])

const PROPERTY = /^header:([\x21-\x39\x3b-\x7e]{1,200})(?::as([A-Za-z]+))?(:all)?$/

/** Null if it is no such property, or asks for a form that the field does not have. */
export function parseHeaderProperty(property: string): HeaderProperty | null {
  const match = PROPERTY.exec(property)
  if (match === null) return null
  const [, name = '', formName = 'Raw', all] = match
  const form = FORMS.find((known) => known === formName)
  const key = name.toLowerCase()
  if (form === undefined) return null
  // Any form is allowed of a field that neither RFC defines.
  const allowed = FIELD_FORMS.get(key)
  if (form !== 'Raw' && allowed !== undefined && !allowed.includes(form)) return null
  return { property, name, key, form, all: all !== undefined }
}

/** Properties that stand for one (RFC 8621 §4.1.3). */
export const CONVENIENCE: ReadonlyMap<string, HeaderProperty> = new Map(
  (
    [
      ['messageId', 'Message-ID', 'MessageIds'],
      ['inReplyTo', 'In-Reply-To', 'MessageIds'],
      ['references', 'References', 'MessageIds'],
      ['sender', 'Sender', 'Addresses'],
      ['from', 'From', 'Addresses'],
      ['to', 'To', 'Addresses'],
      ['cc', 'Cc', 'Addresses'],
      ['bcc', 'Bcc', 'Addresses'],
      ['replyTo', 'Reply-To', 'Addresses'],
      ['subject', 'Subject', 'Text'],
      ['sentAt', 'Date', 'Date'],
    ] as const
  ).map(([property, name, form]) => [property, { property, name, key: name.toLowerCase(), form, all: false }]),
)
