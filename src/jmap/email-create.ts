// Creating an Email, mostly a draft (RFC 8621 §4.6).

import { wipe } from '#base/bytes.ts'
import { type MailboxId } from '#base/ids.ts'
import { DamagedMessageError } from '#account/account.ts'
import type { Source } from '#account/operation.ts'
import { composeMessage, needsUtf8 } from '#message/compose.ts'
import { type DraftField, DraftError } from '#message/draft.ts'
import { formatBlobId } from './blob-ids.ts'
import type { Context } from './context.ts'
import { type GivenField, headerPropertyOf, readFields } from './email-fields.ts'
import { readKeywords, readMailboxIds, readReceivedAt } from './email-metadata.ts'
import { BodyBuilder } from './email-parts.ts'
import { SetFailure, invalidProperties } from './failure.ts'
import { formatEmailId, formatThreadId } from './ids.ts'
import type { JsonObject } from './json-object.ts'

const OTHERS = [
  'mailboxIds',
  'keywords',
  'receivedAt',
  'bodyStructure',
  'bodyValues',
  'textBody',
  'htmlBody',
  'attachments',
]

/** The order in which fields are written; others come behind. */
const ORDER = [
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'bcc',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
]

/** Where and how a message is filed. */
export interface Filing {
  readonly mailboxes: readonly MailboxId[]
  readonly keywords: readonly string[]
  readonly receivedAt: number
  readonly source: Source
}

export interface CreatedEmail {
  readonly id: string
  readonly blobId: string
  readonly threadId: string
  readonly size: number
}

/** Throws SetFailure, CommitRefusedError. */
export async function createEmail(context: Context, object: JsonObject): Promise<CreatedEmail> {
  const wrong = new Set(Object.keys(object).filter((name) => !OTHERS.includes(name) && headerPropertyOf(name) === null))
  const mailboxes = readMailboxIds(context, object['mailboxIds'])
  const keywords = readKeywords(context.account, object['keywords'])
  const receivedAt = readReceivedAt(object['receivedAt'], context.host.now())
  if (mailboxes === null) wrong.add('mailboxIds')
  if (keywords === null) wrong.add('keywords')
  if (receivedAt === null) wrong.add('receivedAt')
  const given = readFields(object, (key) => !key.startsWith('content-') && key !== 'mime-version', wrong)
  const message = await compose(context, object, given, wrong)
  try {
    if (message.length > context.shared.messageBytesMax) {
      throw new SetFailure('tooLarge', { maxSize: context.shared.messageBytesMax })
    }
    const filing = { mailboxes, keywords, receivedAt } as Pick<Filing, 'mailboxes' | 'keywords' | 'receivedAt'>
    return await fileMessage(context, message, { ...filing, source: 'appended' })
  } finally {
    wipe(message)
  }
}

/** Throws SetFailure that names all properties that are wrong, of the metadata too. */
async function compose(
  context: Context,
  object: JsonObject,
  given: readonly GivenField[],
  wrong: Set<string>,
): Promise<Buffer> {
  using builder = new BodyBuilder(context.shared, object, new Set(given.map(({ key }) => key)), wrong)
  try {
    const body = await builder.build(object)
    if (wrong.size > 0 || body === null) throw invalidProperties(wrong)
    const fields = withGenerated(context, given)
    return composeMessage({ fields, body, boundarySeed: random(context), utf8: needsUtf8(fields) })
  } catch (error) {
    if (error instanceof DraftError) throw invalidProperties([], `The message cannot be written: ${error.reason}`)
    if (error instanceof DamagedMessageError) throw new SetFailure('forbidden', { description: 'A blob is damaged' })
    throw error
  }
}

/** With Message-ID and Date, which every message has (§4.6). */
function withGenerated(context: Context, given: readonly GivenField[]): DraftField[] {
  const fields = [...given]
  const has = (key: string): boolean => given.some((field) => field.key === key)
  if (!has('date')) {
    fields.push({
      property: '',
      key: 'date',
      field: { name: 'Date', date: { ms: context.host.now(), zoneMinutes: 0 } },
    })
  }
  if (!has('message-id')) {
    const { address } = context.account
    const messageId = `${random(context)}@${address.slice(address.lastIndexOf('@') + 1)}`
    fields.push({ property: '', key: 'message-id', field: { name: 'Message-ID', messageIds: [messageId] } })
  }
  return fields.toSorted((a, b) => rank(a.key) - rank(b.key)).map(({ field }) => field)
}

function rank(key: string): number {
  return ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length
}

function random({ host }: Context): string {
  return host.random(16).toString('hex')
}

/** Throws SetFailure, CommitRefusedError. */
export async function fileMessage(context: Context, message: Buffer, filing: Filing): Promise<CreatedEmail> {
  const { account } = context
  using staged = account.stage(message.length)
  await staged.write(message)
  const { mailboxes, keywords, receivedAt, source } = filing
  const file = { kind: 'file', record: { message: 0 }, mailboxes, keywords, thread: null, source } as const
  const [outcome] = await account.commit([{ ...file, internalDate: receivedAt }], [{ staged }])
  const email = outcome?.applied === true ? outcome.email : undefined
  if (email === undefined) throw invalidProperties(['mailboxIds'])
  return {
    id: formatEmailId(email),
    blobId: formatBlobId({ base: { kind: 'email', email }, path: [] }),
    threadId: formatThreadId(account.email(email)?.thread ?? (email as never)),
    size: message.length,
  }
}
