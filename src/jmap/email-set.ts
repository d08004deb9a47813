// Email/set (RFC 8621 §4.6).

import * as v from 'valibot'
import type { EmailId, MailboxId } from '#base/ids.ts'
import { rangeSetOf } from '#account/range-set.ts'
import { CommitRefusedError } from '#account/account.ts'
import { MAIL } from './capabilities.ts'
import type { Context } from './context.ts'
import { createEmail } from './email-create.ts'
import { updateEmails } from './email-update.ts'
import { parseEmailId } from './ids.ts'
import type { JsonObject } from './json-object.ts'
import { type ResponseArguments, defineMethod } from './method.ts'
import { shownMailboxes } from './shown.ts'
import { SetAnswer, type SetRequest, readSetRequest, setArguments, setErrorOf } from './standard-set.ts'
import { checkState, emailState } from './state-strings.ts'

/** Messages that are composed at a time: their commits share the log's writes. */
const CREATES_AT_ONCE = 8

export const emailSet = defineMethod('Email/set', MAIL, v.strictObject(setArguments), (context, args) => {
  context.checkAccount(args.accountId)
  return setEmails(context, readSetRequest(args), args.ifInState)
})

/** Throws MethodFailure, CommitRefusedError. */
export async function setEmails(
  context: Context,
  request: SetRequest,
  ifInState: string | null,
): Promise<ResponseArguments> {
  const { account } = context
  const oldState = emailState(account)
  checkState(ifInState, oldState)
  const answer = new SetAnswer(context)
  await createAll(context, request.create, answer)
  await settled(request.update.keys(), answer.notUpdated, () => updateEmails(context, request, answer))
  await settled(request.destroy, answer.notDestroyed, () => destroyEmails(context, request.destroy, answer))
  const { accountId } = context.shared
  return { accountId, oldState, newState: emailState(account), ...answer.toResponse() }
}

async function createAll(context: Context, objects: ReadonlyMap<string, JsonObject>, answer: SetAnswer): Promise<void> {
  const waiting = [...objects]
  while (waiting.length > 0) {
    const some = waiting.splice(0, CREATES_AT_ONCE)
    await Promise.all(
      some.map(([creationId, object]) =>
        answer.attempt(answer.notCreated, creationId, async () => {
          answer.create(creationId, await createEmail(context, object))
        }),
      ),
    )
  }
}

/** What the log refuses, it refuses for all of them. */
async function settled(
  references: Iterable<string>,
  failed: SetAnswer['notUpdated'],
  action: () => Promise<void>,
): Promise<void> {
  try {
    await action()
  } catch (error) {
    if (!(error instanceof CommitRefusedError)) throw error
    for (const reference of references) failed[reference] ??= setErrorOf(error)
  }
}

/** An e-mail is destroyed by taking it out of all mailboxes, in one record of the log. */
async function destroyEmails(context: Context, references: readonly string[], answer: SetAnswer): Promise<void> {
  const { account } = context
  const uids = new Map<MailboxId, number[]>()
  const destroyed = new Map<string, EmailId>()
  for (const reference of references) {
    const id = context.resolveId(reference)
    const email = id === null ? null : parseEmailId(id)
    if (id === null || email === null || shownMailboxes(account, email).length === 0) {
      answer.notDestroyed[reference] = { type: 'notFound' }
    } else destroyed.set(id, email)
  }
  for (const email of destroyed.values()) {
    for (const { mailbox, uid } of account.uidsOf(email)) {
      const known = uids.get(mailbox)
      if (known === undefined) uids.set(mailbox, [uid])
      else known.push(uid)
    }
  }
  if (destroyed.size === 0) return
  await account.commit(
    [...uids].map(([mailbox, list]) => ({
      kind: 'remove',
      mailbox,
      set: rangeSetOf(list.sort((a, b) => a - b)),
    })),
  )
  answer.destroyed.push(...destroyed.keys())
}
