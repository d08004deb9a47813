// Creating an EmailSubmission: sending an Email (RFC 8621 §7.5).

import * as v from 'valibot'
import { wipe } from '#base/bytes.ts'
import type { EmailId } from '#base/ids.ts'
import { CommitInDoubtError, CommitRefusedError, DamagedMessageError } from '#account/account.ts'
import { checkIntact } from './blobs.ts'
import type { Context } from './context.ts'
import { formatUtcDate } from './dates.ts'
import { formatSubmissionId } from './email-submission-object.ts'
import { SetFailure, invalidProperties } from './failure.ts'
import type { SubmitOutcome } from './host.ts'
import { type Identity, covers } from './identities.ts'
import { formatThreadId, parseEmailId } from './ids.ts'
import { type JsonObject, has } from './json-object.ts'
import { RECIPIENTS_MAX } from './limits.ts'
import { isMailAddress } from './mail-address.ts'
import { type OutgoingHeader, normalized, readOutgoingHeader, withoutBcc } from './outgoing-message.ts'
import { isShownIn } from './shown.ts'
import type { Submission } from './submissions.ts'

interface Envelope {
  readonly mailFrom: string
  readonly rcptTo: readonly string[]
}

export interface CreatedSubmission {
  readonly id: string
  readonly email: EmailId
}

/** No extension of SMTP is offered, so that there are no parameters. */
const parameters = v.optional(v.nullable(v.strictObject({})), null)
const address = v.strictObject({ email: v.string(), parameters })
const envelopeSchema = v.strictObject({ mailFrom: address, rcptTo: v.array(address) })

const GIVEN = ['identityId', 'emailId', 'envelope']

/** Throws SetFailure. What was sent stays sent. */
export async function createSubmission(
  context: Context,
  object: JsonObject,
): Promise<CreatedSubmission & { readonly properties: Record<string, unknown> }> {
  const { account, host } = context
  const wrong = new Set(Object.keys(object).filter((name) => !GIVEN.includes(name)))
  const identity = identityOf(context, object['identityId'])
  const email = emailOf(context, object['emailId'])
  if (identity === null) wrong.add('identityId')
  if (email === null) wrong.add('emailId')
  const given = has(object, 'envelope') && object['envelope'] !== null ? readEnvelope(object['envelope']) : null
  if (given === 'wrong') wrong.add('envelope')
  if (identity === null || email === null || given === 'wrong' || wrong.size > 0) throw invalidProperties(wrong)
  const thread = account.email(email)?.thread
  const { message, header } = await prepare(context, email)
  let envelope: Envelope
  try {
    envelope = checkedEnvelope(context, identity, header, given)
    const outcome = await host.submit({ ...envelope, message })
    if (outcome.kind !== 'accepted') throw refusalOf(outcome)
  } finally {
    wipe(message)
  }
  const sendAt = Math.floor(host.now() / 1000) * 1000
  const submission: Submission = {
    identity: identity.id,
    email,
    thread: thread ?? (email as never),
    ...envelope,
    sendAt,
  }
  const id = await remember(context, submission)
  const properties = {
    id,
    threadId: formatThreadId(submission.thread),
    ...(given === null ? { envelope: envelopeObject(envelope) } : {}),
    sendAt: formatUtcDate(sendAt),
    undoStatus: 'final',
    deliveryStatus: null,
    dsnBlobIds: [],
    mdnBlobIds: [],
  }
  return { id, email, properties }
}

function envelopeObject({ mailFrom, rcptTo }: Envelope): object {
  return {
    mailFrom: { email: mailFrom, parameters: null },
    rcptTo: rcptTo.map((email) => ({ email, parameters: null })),
  }
}

function identityOf(context: Context, value: unknown): Identity | null {
  const id = typeof value === 'string' ? context.resolveId(value) : null
  return id === null ? null : context.shared.identities.get(id)
}

function emailOf(context: Context, value: unknown): EmailId | null {
  const id = typeof value === 'string' ? context.resolveId(value) : null
  const email = id === null ? null : parseEmailId(id)
  return email !== null && isShownIn(context.account, email, null) ? email : null
}

function readEnvelope(value: unknown): Envelope | 'wrong' {
  const result = v.safeParse(envelopeSchema, value, { abortEarly: true })
  if (!result.success) return 'wrong'
  const { mailFrom, rcptTo } = result.output
  const recipients = new Map(rcptTo.map(({ email }) => [normalized(email), email]))
  return { mailFrom: mailFrom.email, rcptTo: [...recipients.values()] }
}

/** The message as it is sent, which the caller wipes, and what its header says. Throws SetFailure. */
async function prepare(context: Context, email: EmailId): Promise<{ message: Buffer; header: OutgoingHeader }> {
  const { account, shared } = context
  try {
    await checkIntact(account, email)
    const headerEnd = account.parts(email)?.bodyStart ?? 0
    using opened = await account.open(email)
    const header = readOutgoingHeader(opened.bytes, headerEnd)
    if (header.invalid.length > 0) throw new SetFailure('invalidEmail', { properties: header.invalid })
    if (opened.bytes.length > shared.messageBytesMax)
      throw new SetFailure('tooLarge', { maxSize: shared.messageBytesMax })
    return { message: withoutBcc(opened.bytes, headerEnd), header }
  } catch (error) {
    if (error instanceof DamagedMessageError)
      throw new SetFailure('invalidEmail', { description: 'The message is damaged' })
    throw error
  }
}

/** Throws SetFailure. */
function checkedEnvelope(
  context: Context,
  identity: Identity,
  header: OutgoingHeader,
  given: Envelope | null,
): Envelope {
  const { identities } = context.shared
  if (!header.from.every((from) => identities.isAllowed(from))) throw new SetFailure('forbiddenFrom')
  const { mailFrom, rcptTo } = given ?? derivedEnvelope(identity, header)
  if (!identities.isAllowed(mailFrom)) throw new SetFailure('forbiddenMailFrom')
  if (rcptTo.length === 0) throw new SetFailure('noRecipients')
  if (rcptTo.length > RECIPIENTS_MAX) throw new SetFailure('tooManyRecipients', { maxRecipients: RECIPIENTS_MAX })
  const invalidRecipients = rcptTo.filter((recipient) => !isMailAddress(recipient))
  if (invalidRecipients.length > 0) throw new SetFailure('invalidRecipients', { invalidRecipients })
  return { mailFrom, rcptTo }
}

/** §7: from Sender, else From; the identity's address if it does not allow that one. */
function derivedEnvelope(identity: Identity, { sender, from, recipients }: OutgoingHeader): Envelope {
  const [mailFrom = ''] = sender.length > 0 ? sender : from
  return { mailFrom: covers(identity.email, mailFrom) ? mailFrom : identity.email, rcptTo: recipients }
}

function refusalOf(outcome: Exclude<SubmitOutcome, { kind: 'accepted' }>): SetFailure {
  switch (outcome.kind) {
    case 'invalidRecipients':
      return new SetFailure('invalidRecipients', { invalidRecipients: outcome.recipients })
    case 'tooManyRecipients':
      return new SetFailure('tooManyRecipients', { maxRecipients: outcome.recipientsMax })
    case 'tooLarge':
      return new SetFailure('tooLarge', { maxSize: outcome.sizeBytesMax })
    case 'forbiddenToSend':
      return new SetFailure('forbiddenToSend', { description: outcome.text })
    case 'forbiddenMailFrom':
    case 'forbiddenFrom':
      return new SetFailure(outcome.kind)
    case 'unavailable':
      return new SetFailure('serverUnavailable', { description: 'The message cannot be sent at the moment' })
  }
}

/** The message has been taken. If that cannot be written down, the submission is one that has been forgotten already (§7). */
async function remember(context: Context, submission: Submission): Promise<string> {
  try {
    const id = await context.shared.submissions.create(submission)
    if (id !== null) return formatSubmissionId(id)
  } catch (error) {
    if (!(error instanceof CommitRefusedError || error instanceof CommitInDoubtError)) throw error
  }
  return `sx${context.host.random(8).toString('hex')}`
}
