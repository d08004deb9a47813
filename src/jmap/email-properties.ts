// Which properties of an Email, and of the parts of its body, a client asks for (RFC 8621 §4.1, §4.2).

import { MethodFailure } from './failure.ts'
import { type HeaderProperty, CONVENIENCE, parseHeaderProperty } from './header-property.ts'

const METADATA = ['id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'size', 'receivedAt'] as const
const BODY = ['bodyStructure', 'bodyValues', 'textBody', 'htmlBody', 'attachments'] as const
const OTHERS = ['headers', 'hasAttachment', 'preview'] as const

export const GET_DEFAULTS: readonly string[] = [
  ...METADATA,
  'messageId',
  'inReplyTo',
  'references',
  'sender',
  'from',
  'to',
  'cc',
  'bcc',
  'replyTo',
  'subject',
  'sentAt',
  'hasAttachment',
  'preview',
  'bodyValues',
  'textBody',
  'htmlBody',
  'attachments',
]

const METADATA_NAMES: readonly string[] = METADATA
export const PARSE_DEFAULTS: readonly string[] = GET_DEFAULTS.filter((name) => !METADATA_NAMES.includes(name))

const BODY_DEFAULTS = [
  'partId',
  'blobId',
  'size',
  'name',
  'type',
  'charset',
  'disposition',
  'cid',
  'language',
  'location',
] as const

const BODY_PROPERTIES: readonly string[] = [...BODY_DEFAULTS, 'headers', 'subParts']

export interface BodyOptions {
  readonly properties: ReadonlySet<string>
  readonly headers: readonly HeaderProperty[]
}

export interface EmailProperties {
  /** But header fields by name. */
  readonly names: ReadonlySet<string>
  readonly headers: readonly HeaderProperty[]
  readonly body: BodyOptions
}

/** Properties per call. Each header field costs a look at the header. */
const PROPERTIES_MAX = 500

const KNOWN: readonly string[] = [...METADATA, ...CONVENIENCE.keys(), ...OTHERS, ...BODY]

export function isEmailProperty(name: string): boolean {
  return KNOWN.includes(name) || parseHeaderProperty(name) !== null
}

/** Throws MethodFailure for one that there is not, or a form that a field does not have. */
export function parseEmailProperties(
  wanted: readonly string[],
  bodyProperties: readonly string[] | null,
): EmailProperties {
  const { names, headers } = parse(wanted, KNOWN, 'properties')
  const body = parse(bodyProperties ?? BODY_DEFAULTS, BODY_PROPERTIES, 'bodyProperties')
  return { names: new Set(names), headers, body: { properties: new Set(body.names), headers: body.headers } }
}

function parse(
  wanted: readonly string[],
  known: readonly string[],
  argument: string,
): { readonly names: readonly string[]; readonly headers: readonly HeaderProperty[] } {
  if (wanted.length > PROPERTIES_MAX) throw new MethodFailure('invalidArguments', `${argument}: too many`)
  const names: string[] = []
  const headers: HeaderProperty[] = []
  for (const name of new Set(wanted)) {
    const header = name.startsWith('header:') ? parseHeaderProperty(name) : null
    if (header !== null) headers.push(header)
    else if (known.includes(name)) names.push(name)
    else throw new MethodFailure('invalidArguments', `${argument}: one of them is unknown`)
  }
  return { names, headers }
}

/** Whether anything asks for the parts of the body. */
export function needsBody({ names }: EmailProperties): boolean {
  return BODY.some((name) => names.has(name))
}
