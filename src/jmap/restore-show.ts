// Restore/show and Restore/messages (docs/formats/jmap-restore.md §3 and §4): mailboxes and settings as of then, and the messages of one mailbox.

import * as v from 'valibot'
import type { PastRow } from '#account/past/past-account.ts'
import type { PastSummary } from '#account/past/past-mail.ts'
import { RESTORE } from './capabilities.ts'
import { formatUtcDate } from './dates.ts'
import { MethodFailure } from './failure.ts'
import { formatEmailId, formatMailboxId, parseMailboxId } from './ids.ts'
import { PAST_MESSAGES_MAX } from './limits.ts'
import { mailboxName } from './mailbox-object.ts'
import { defineMethod } from './method.ts'
import { limitOf, momentArguments, pastAccount, readMoment } from './restore-past.ts'
import { id, unsigned, withDefault } from './schema.ts'

export const restoreShow = defineMethod(
  'Restore/show',
  RESTORE,
  v.strictObject(momentArguments),
  async (context, args) => {
    context.checkAccount(args.accountId)
    const past = await pastAccount(context, readMoment(args))
    return {
      accountId: args.accountId,
      record: past.record,
      time: formatUtcDate(past.time),
      mailboxes: past.mailboxes().map((mailbox) => {
        const { parent, role, subscribed, sortOrder, messages, unseen, path } = mailbox
        context.spend(path.length + 200)
        return {
          id: formatMailboxId(mailbox.id),
          name: mailboxName(mailbox),
          parentId: parent === null ? null : formatMailboxId(parent),
          path,
          role,
          sortOrder,
          isSubscribed: subscribed,
          totalEmails: messages,
          unreadEmails: unseen,
        }
      }),
      settings: past.settings().map(([key]) => key),
    }
  },
)

const messagesSchema = v.strictObject({
  accountId: id,
  record: unsigned,
  mailboxId: id,
  position: withDefault(unsigned, 0),
  limit: limitOf(PAST_MESSAGES_MAX),
})

export const restoreMessages = defineMethod('Restore/messages', RESTORE, messagesSchema, async (context, args) => {
  context.checkAccount(args.accountId)
  const past = await pastAccount(context, { record: args.record })
  const mailbox = parseMailboxId(args.mailboxId)
  const found = mailbox === null ? null : past.mailbox(mailbox)
  if (found === null) throw new MethodFailure('notFound', 'There was no such mailbox then')
  const rows = past.rows(found.id, args.position, args.limit)
  const summaries = await context.account.timeTravel.summaries(rows)
  const until = context.account.timeTravel.restorableUntil(rows)
  const list = rows.map((row, at) => listed(row, summaries[at] as PastSummary, until[at] ?? null))
  return { accountId: args.accountId, record: past.record, position: args.position, total: found.messages, list }
})

function listed({ email, receivedAt, keywords, deleted }: PastRow, found: PastSummary, until: number | null): object {
  const common = {
    id: formatEmailId(email),
    state: found.state,
    receivedAt: formatUtcDate(receivedAt),
    keywords: Object.fromEntries(keywords.map((keyword) => [keyword, true])),
    isDeleted: deleted,
    restorableUntil: until === null || found.state === 'dropped' ? null : formatUtcDate(until),
  }
  if (found.state !== 'present') return { ...common, subject: null, from: null, preview: null, size: null }
  const { subject, from, preview } = found.summary
  return { ...common, subject, from, preview, size: found.sizeBytes }
}
