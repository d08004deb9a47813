// Email/get (RFC 8621 §4.2).

import * as v from 'valibot'
import type { EmailId } from '#base/ids.ts'
import { DamagedMessageError } from '#account/account.ts'
import { MAIL } from './capabilities.ts'
import type { Context } from './context.ts'
import { formatUtcDate } from './dates.ts'
import type { BodyValueOptions } from './email-body.ts'
import { messageProperties } from './email-object.ts'
import { type EmailProperties, GET_DEFAULTS, parseEmailProperties } from './email-properties.ts'
import { MethodFailure } from './failure.ts'
import { formatMailboxId, formatThreadId, parseEmailId } from './ids.ts'
import { newMap } from './json-object.ts'
import { StoredMessage } from './message-source.ts'
import { defineMethod } from './method.ts'
import { flag, nullable, strings, unsigned, withDefault } from './schema.ts'
import { shownMailboxes } from './shown.ts'
import { boundedIds, getArguments } from './standard-get.ts'
import { emailState } from './state-strings.ts'

export const bodyArguments = {
  bodyProperties: nullable(strings),
  fetchTextBodyValues: withDefault(flag, false),
  fetchHTMLBodyValues: withDefault(flag, false),
  fetchAllBodyValues: withDefault(flag, false),
  maxBodyValueBytes: withDefault(unsigned, 0),
}

const schema = v.strictObject({ ...getArguments, ...bodyArguments })

export const emailGet = defineMethod('Email/get', MAIL, schema, async (context, args) => {
  context.checkAccount(args.accountId)
  const properties = parseEmailProperties(args.properties ?? GET_DEFAULTS, args.bodyProperties)
  if (args.ids === null) throw new MethodFailure('requestTooLarge', 'ids: null is not supported for e-mails')
  const ids = boundedIds(args.ids)
  const state = emailState(context.account)
  const list: object[] = []
  const notFound: string[] = []
  for (const id of ids) {
    const email = parseEmailId(id)
    const object = email === null ? null : await emailObject(context, id, email, properties, args)
    if (object === null) notFound.push(id)
    else list.push(object)
    await context.pause()
  }
  return { accountId: args.accountId, state, list, notFound }
})

/** Null if there is no such e-mail. Throws MethodFailure. */
async function emailObject(
  context: Context,
  id: string,
  email: EmailId,
  wanted: EmailProperties,
  values: BodyValueOptions,
): Promise<object | null> {
  const { account } = context
  const row = account.email(email)
  const mailboxes = shownMailboxes(account, email)
  if (row === null || mailboxes.length === 0) return null
  const { names } = wanted
  const object: Record<string, unknown> = { id }
  if (names.has('threadId')) object['threadId'] = formatThreadId(row.thread)
  if (names.has('mailboxIds')) object['mailboxIds'] = setOf(mailboxes.map(formatMailboxId))
  if (names.has('keywords')) object['keywords'] = setOf(row.keywords)
  if (names.has('receivedAt')) object['receivedAt'] = formatUtcDate(row.internalDate)
  context.spend(500)
  using source = new StoredMessage(context.shared, email, row.sizeBytes)
  try {
    return { ...object, ...(await messageProperties(context, source, wanted, values)) }
  } catch (error) {
    if (!(error instanceof DamagedMessageError)) throw error
    // It has gone while others were read.
    if (account.email(email) === null) return null
    throw new MethodFailure('serverFail', 'A message is damaged')
  }
}

/** RFC 8620 §1.2: a set is an object whose members are true. */
export function setOf(names: readonly string[]): Record<string, true> {
  const set = newMap<true>()
  for (const name of names) set[name] = true
  return set
}
