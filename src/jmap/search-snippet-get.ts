// SearchSnippet/get (RFC 8621 §5.1): where in a message the words of a search are.

import * as v from 'valibot'
import type { EmailId } from '#base/ids.ts'
import { asBuffer } from '#base/bytes.ts'
import { DamagedMessageError } from '#account/account.ts'
import { searchableTextInSteps } from '#message/text.ts'
import { MAIL } from './capabilities.ts'
import type { Context } from './context.ts'
import { type FilterNode, parseEmailFilter } from './email-filter.ts'
import { Highlighter } from './highlight.ts'
import { parseEmailId } from './ids.ts'
import { defineMethod } from './method.ts'
import { anyObject, id, ids, nullable } from './schema.ts'
import { isShownIn } from './shown.ts'
import { boundedIds } from './standard-get.ts'

const schema = v.strictObject({ accountId: id, filter: nullable(anyObject), emailIds: ids })

export const searchSnippetGet = defineMethod('SearchSnippet/get', MAIL, schema, async (context, args) => {
  context.checkAccount(args.accountId)
  const filter = parseEmailFilter(args.filter)
  const inSubject = new Highlighter(phrasesOf(filter, ['text', 'subject']))
  const inBody = new Highlighter(phrasesOf(filter, ['text', 'body']))
  const list: object[] = []
  const notFound: string[] = []
  for (const emailId of boundedIds(args.emailIds)) {
    const email = parseEmailId(emailId)
    if (email === null || !isShownIn(context.account, email, null)) notFound.push(emailId)
    else {
      const subject = inSubject.mark(context.account.summary(email)?.subject ?? '')
      list.push({ emailId, subject, preview: await previewOf(context, email, inBody) })
    }
    context.spend(600)
    await context.pause()
  }
  return { accountId: args.accountId, list, notFound: notFound.length === 0 ? null : notFound }
})

/** What is looked for in these fields, but not what must not be there. */
function phrasesOf(node: FilterNode, fields: readonly string[]): string[] {
  if (node.kind === 'not') return []
  if ('parts' in node) return node.parts.flatMap((part) => phrasesOf(part, fields))
  return node.kind === 'text' && fields.includes(node.field) ? [...node.query.phrases] : []
}

async function previewOf(context: Context, email: EmailId, highlighter: Highlighter): Promise<string | null> {
  if (highlighter.isEmpty) return null
  const parts = context.account.parts(email)
  if (parts === null) return null
  try {
    using opened = await context.account.open(email)
    const { body } = await context.run(searchableTextInSteps(asBuffer(opened.bytes), parts))
    return highlighter.excerpt(body)
  } catch (error) {
    if (error instanceof DamagedMessageError) return null
    throw error
  }
}
