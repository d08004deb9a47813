// Restore/preview (docs/formats/jmap-restore.md §5): one message of then, as text.

import * as v from 'valibot'
import { RESTORE } from './capabilities.ts'
import { formatDate } from './dates.ts'
import { MethodFailure } from './failure.ts'
import { parseEmailId } from './ids.ts'
import { defineMethod } from './method.ts'
import { pastAccount } from './restore-past.ts'
import { id, unsigned } from './schema.ts'

const schema = v.strictObject({ accountId: id, record: unsigned, emailId: id })

export const restorePreview = defineMethod('Restore/preview', RESTORE, schema, async (context, args) => {
  context.checkAccount(args.accountId)
  const past = await pastAccount(context, { record: args.record })
  const email = parseEmailId(args.emailId)
  const record = email === null ? -1 : past.state.emails.recordOf(email)
  if (record < 0) throw new MethodFailure('notFound', 'There was no such message then')
  const { accountId, emailId } = args
  const found = await context.account.timeTravel.preview(record)
  if ('state' in found) return { accountId, emailId, state: found.state }
  const { summary, text, isCut, files, sizeBytes } = found
  const { subject, from, to, cc, sentAt } = summary
  return {
    accountId,
    emailId,
    state: 'present',
    subject,
    from,
    to,
    cc,
    sentAt: sentAt === null ? null : formatDate(sentAt),
    text,
    isTruncated: isCut,
    files,
    size: sizeBytes,
  }
})
