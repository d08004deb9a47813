// Email/parse (RFC 8621 §4.9): attached and uploaded messages as Email objects.

import * as v from 'valibot'
import { DamagedMessageError } from '#account/account.ts'
import { MAIL } from './capabilities.ts'
import { type BlobRef, parseBlobId } from './blob-ids.ts'
import { openBlob } from './blobs.ts'
import type { Context } from './context.ts'
import type { BodyValueOptions } from './email-body.ts'
import { bodyArguments } from './email-get.ts'
import { messageProperties } from './email-object.ts'
import { type EmailProperties, PARSE_DEFAULTS, parseEmailProperties } from './email-properties.ts'
import { newMap, orNull } from './json-object.ts'
import { ParsedMessage } from './message-source.ts'
import { parseInSteps } from '#message/parse.ts'
import { defineMethod } from './method.ts'
import { id, ids, nullable, strings } from './schema.ts'
import { boundedIds } from './standard-get.ts'

const schema = v.strictObject({ accountId: id, blobIds: ids, properties: nullable(strings), ...bodyArguments })

/** What no message has that is not in a mailbox. */
const ABSENT = ['id', 'mailboxIds', 'keywords', 'receivedAt', 'threadId']

type Parsed = { readonly email: object } | 'notFound' | 'notParsable'

export const emailParse = defineMethod('Email/parse', MAIL, schema, async (context, args) => {
  context.checkAccount(args.accountId)
  const properties = parseEmailProperties(args.properties ?? PARSE_DEFAULTS, args.bodyProperties)
  const parsed = newMap<object>()
  const notParsable: string[] = []
  const notFound: string[] = []
  for (const blobId of boundedIds(args.blobIds)) {
    const ref = parseBlobId(blobId)
    const result = ref === null ? 'notFound' : await parse(context, ref, properties, args)
    if (result === 'notFound') notFound.push(blobId)
    else if (result === 'notParsable') notParsable.push(blobId)
    else parsed[blobId] = result.email
    await context.pause()
  }
  return {
    accountId: args.accountId,
    parsed: orNull(parsed),
    notParsable: notEmpty(notParsable),
    notFound: notEmpty(notFound),
  }
})

async function parse(
  context: Context,
  ref: BlobRef,
  wanted: EmailProperties,
  values: BodyValueOptions,
): Promise<Parsed> {
  try {
    using blob = await openBlob(context.shared, ref)
    if (blob === null) return 'notFound'
    using source = new ParsedMessage(ref, blob.bytes, await context.run(parseInSteps(blob.bytes)))
    // Anything is read as a message, somehow; without any header field it is none.
    if (source.header().list.length === 0) return 'notParsable'
    context.spend(500)
    const absent = Object.fromEntries(ABSENT.filter((name) => wanted.names.has(name)).map((name) => [name, null]))
    return { email: { ...absent, ...(await messageProperties(context, source, wanted, values)) } }
  } catch (error) {
    if (error instanceof DamagedMessageError) return 'notParsable'
    throw error
  }
}

function notEmpty(ids: string[]): string[] | null {
  return ids.length === 0 ? null : ids
}
