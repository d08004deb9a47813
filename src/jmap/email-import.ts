// Email/import (RFC 8621 §4.8): messages that were uploaded become e-mails, byte for byte.

import * as v from 'valibot'
import { DamagedMessageError } from '#account/account.ts'
import { unfold } from '#message/header.ts'
import { dateForm } from '#message/header-forms.ts'
import { MAIL } from './capabilities.ts'
import { parseBlobId } from './blob-ids.ts'
import { openBlob } from './blobs.ts'
import type { Context } from './context.ts'
import { type CreatedEmail, fileMessage } from './email-create.ts'
import { readKeywords, readMailboxIds, readReceivedAt } from './email-metadata.ts'
import { MethodFailure, SetFailure, invalidProperties } from './failure.ts'
import { type HeaderFields, readHeader } from './header-value.ts'
import { isId } from './ids.ts'
import { type JsonObject, has } from './json-object.ts'
import { OBJECTS_IN_SET_MAX } from './limits.ts'
import { defineMethod } from './method.ts'
import { anyObject, id, nullable } from './schema.ts'
import { SetAnswer, readObjects } from './standard-set.ts'
import { checkState, emailState } from './state-strings.ts'

const schema = v.strictObject({ accountId: id, ifInState: nullable(v.string()), emails: anyObject })

const KNOWN = ['blobId', 'mailboxIds', 'keywords', 'receivedAt']

export const emailImport = defineMethod('Email/import', MAIL, schema, async (context, args) => {
  context.checkAccount(args.accountId)
  const emails = readObjects(args.emails, 'emails')
  if (emails.size > OBJECTS_IN_SET_MAX) throw new MethodFailure('requestTooLarge', 'Too many objects')
  if ([...emails.keys()].some((name) => !isId(name))) {
    throw new MethodFailure('invalidArguments', 'emails: a creation id is not an id')
  }
  const oldState = emailState(context.account)
  checkState(args.ifInState, oldState)
  const answer = new SetAnswer(context)
  for (const [creationId, object] of emails) {
    await answer.attempt(answer.notCreated, creationId, async () => {
      answer.create(creationId, await importEmail(context, object))
    })
  }
  const { created, notCreated } = answer.toResponse()
  return { accountId: args.accountId, oldState, newState: emailState(context.account), created, notCreated }
})

/** Throws SetFailure, CommitRefusedError. */
async function importEmail(context: Context, object: JsonObject): Promise<CreatedEmail> {
  const wrong = new Set(Object.keys(object).filter((name) => !KNOWN.includes(name)))
  const mailboxes = readMailboxIds(context, object['mailboxIds'])
  const keywords = readKeywords(context.account, object['keywords'])
  const given = has(object, 'receivedAt') && object['receivedAt'] !== null
  const receivedAt = readReceivedAt(object['receivedAt'], context.host.now())
  const ref = typeof object['blobId'] === 'string' ? parseBlobId(object['blobId']) : null
  if (mailboxes === null) wrong.add('mailboxIds')
  if (keywords === null) wrong.add('keywords')
  if (receivedAt === null) wrong.add('receivedAt')
  using blob = ref === null ? null : await openMessageBlob(context, ref)
  if (blob === null) wrong.add('blobId')
  if (mailboxes === null || keywords === null || receivedAt === null || blob === null || wrong.size > 0) {
    throw invalidProperties(wrong)
  }
  const { bytes } = blob
  if (bytes.length > context.shared.messageBytesMax) {
    throw new SetFailure('tooLarge', { maxSize: context.shared.messageBytesMax })
  }
  const header = readHeader(bytes, 0, bytes.length)
  // Anything is read as a message, somehow; without any header field it is none.
  if (header.list.length === 0) throw new SetFailure('invalidEmail')
  const date = given ? receivedAt : (receivedDate(header) ?? receivedAt)
  return await fileMessage(context, bytes, { mailboxes, keywords, receivedAt: date, source: 'imported' })
}

type Blob = Awaited<ReturnType<typeof openBlob>>

async function openMessageBlob(context: Context, ref: Parameters<typeof openBlob>[1]): Promise<Blob> {
  try {
    return await openBlob(context.shared, ref)
  } catch (error) {
    if (error instanceof DamagedMessageError) throw new SetFailure('forbidden', { description: 'The blob is damaged' })
    throw error
  }
}

/** §4.8: of the most recent Received field, which is the first; its date is behind the last semicolon (RFC 5322 §3.6.7). */
function receivedDate({ byName }: HeaderFields): number | null {
  const received = byName.get('received')?.[0]
  if (received === undefined) return null
  const value = unfold(received)
  return dateForm(value.slice(value.lastIndexOf(';') + 1))?.ms ?? null
}
