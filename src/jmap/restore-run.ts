// Restore/dryRun and Restore/run (docs/formats/jmap-restore.md §6 and §7): what a restore would change, and the restore itself, a bounded number of
// messages at a time.

import * as v from 'valibot'
import {
  RESTORE_KINDS,
  type RestoreChange,
  type RestoreProblem,
  type RestoreReport,
  type RestoreScope,
} from '#account/past/restore-request.ts'
import { wasThere } from '#account/past/time-travel.ts'
import { RESTORE } from './capabilities.ts'
import type { Context } from './context.ts'
import { MethodFailure } from './failure.ts'
import { formatEmailId, parseEmailId, parseMailboxId } from './ids.ts'
import { LISTED_MAILBOXES_MAX, RESTORED_AT_ONCE_MAX } from './limits.ts'
import { type ResponseArguments, defineMethod } from './method.ts'
import { pastAccount, unlessDamaged } from './restore-past.ts'
import { id, nullable, unsigned, withDefault } from './schema.ts'

const schema = v.strictObject({
  accountId: id,
  record: unsigned,
  mailboxId: nullable(id),
  emailId: nullable(id),
  only: nullable(v.pipe(v.array(v.picklist(RESTORE_KINDS)), v.minLength(1), v.maxLength(RESTORE_KINDS.length))),
  onConflict: withDefault(v.picklist(['merge', 'rename']), 'merge'),
})

type Arguments = v.InferOutput<typeof schema>

export const restoreDryRun = defineMethod('Restore/dryRun', RESTORE, schema, (context, args) =>
  run(context, args, true),
)

export const restoreRun = defineMethod('Restore/run', RESTORE, schema, (context, args) => run(context, args, false))

async function run(context: Context, args: Arguments, isDry: boolean): Promise<ResponseArguments> {
  context.checkAccount(args.accountId)
  const scope = readScope(args)
  const past = await pastAccount(context, { record: args.record })
  if (!wasThere(past, scope)) throw new MethodFailure('notFound', 'There was no such mailbox or message then')
  const { timeTravel } = context.account
  const before = context.account.modseq - 1
  const request = {
    scope,
    kinds: new Set(args.only ?? RESTORE_KINDS),
    conflict: args.onConflict,
    messagesMax: RESTORED_AT_ONCE_MAX,
  }
  const report = await unlessDamaged(isDry ? timeTravel.dryRun(past, request) : timeTravel.restore(past, request))
  return { accountId: args.accountId, record: past.record, before, ...reportObject(report) }
}

function readScope({ mailboxId, emailId }: Arguments): RestoreScope {
  if (mailboxId !== null && emailId !== null) {
    throw new MethodFailure('invalidArguments', 'Either mailboxId or emailId, or none of them')
  }
  const mailbox = mailboxId === null ? null : parseMailboxId(mailboxId)
  const email = emailId === null ? null : parseEmailId(emailId)
  if (mailbox !== null) return { kind: 'mailbox', mailbox }
  if (email !== null) return { kind: 'message', email }
  if (mailboxId !== null || emailId !== null)
    throw new MethodFailure('notFound', 'There was no such mailbox or message then')
  return { kind: 'everything' }
}

function reportObject({
  counts,
  changes,
  problemCount,
  problems,
  staying,
  isFinished,
}: RestoreReport): ResponseArguments {
  return {
    counts,
    changes: changes.map(changeObject),
    problemCount,
    problems: problems.map(problemObject),
    staying,
    isFinished,
  }
}

function changeObject(change: RestoreChange): object {
  if (!('email' in change)) return change
  const { email, record: _record, ...others } = change
  const paths = 'mailboxes' in others ? { mailboxes: others.mailboxes.slice(0, LISTED_MAILBOXES_MAX) } : {}
  return { ...others, ...paths, emailId: formatEmailId(email) }
}

function problemObject(problem: RestoreProblem): object {
  if (problem.kind === 'mailbox') return problem
  return { kind: problem.kind, emailId: formatEmailId(problem.email), reason: problem.reason }
}
