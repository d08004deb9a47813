// EmailSubmission/set (RFC 8621 §7.5). What is created is sent at once, so that nothing can be called back; what is destroyed is forgotten, no more.

import * as v from 'valibot'
import { CommitInDoubtError, CommitRefusedError } from '#account/account.ts'
import type { EmailId } from '#base/ids.ts'
import { SUBMISSION } from './capabilities.ts'
import type { Context } from './context.ts'
import { setEmails } from './email-set.ts'
import { createSubmission } from './email-submission-create.ts'
import { parseSubmissionId, submissionObject } from './email-submission-object.ts'
import { MethodFailure, SetFailure, invalidProperties } from './failure.ts'
import { formatEmailId } from './ids.ts'
import type { JsonObject } from './json-object.ts'
import { type ImplicitResponse, defineCompoundMethod } from './method.ts'
import { applyPatch, changedMembers } from './patch.ts'
import { anyObject, nullable, strings } from './schema.ts'
import { SetAnswer, readObjects, readSetRequest, setArguments } from './standard-set.ts'
import { checkState } from './state-strings.ts'
import type { Submission } from './submissions.ts'

const schema = v.strictObject({
  ...setArguments,
  onSuccessUpdateEmail: nullable(anyObject),
  onSuccessDestroyEmail: nullable(strings),
})

export const emailSubmissionSet = defineCompoundMethod(
  'EmailSubmission/set',
  SUBMISSION,
  schema,
  async (context, args) => {
    context.checkAccount(args.accountId)
    const { submissions } = context.shared
    const request = readSetRequest(args)
    const patches = readObjects(args.onSuccessUpdateEmail, 'onSuccessUpdateEmail')
    const oldState = String(submissions.state)
    checkState(args.ifInState, oldState)
    const answer = new SetAnswer(context)
    /** The e-mails of those that succeeded, by the reference that names the submission. */
    const emails = new Map<string, EmailId>()
    for (const [creationId, object] of request.create) {
      await answer.attempt(answer.notCreated, creationId, async () => {
        const { id, email, properties } = await createSubmission(context, object)
        answer.create(creationId, { ...properties, id })
        emails.set(`#${creationId}`, email)
      })
    }
    for (const [reference, patch] of request.update) {
      await answer.attempt(answer.notUpdated, reference, () => {
        if (request.destroy.includes(reference)) throw new SetFailure('willDestroy')
        const { id, value } = submissionOf(context, reference)
        update(id, value, patch)
        answer.updated[`s${id}`] = null
        emails.set(reference, value.email)
      })
    }
    for (const reference of request.destroy) {
      await answer.attempt(answer.notDestroyed, reference, async () => {
        const { id, value } = submissionOf(context, reference)
        if (!(await submissions.destroy(id))) throw new SetFailure('notFound')
        answer.destroyed.push(`s${id}`)
        emails.set(reference, value.email)
      })
    }
    const response = {
      accountId: args.accountId,
      oldState,
      newState: String(submissions.state),
      ...answer.toResponse(),
    }
    return { args: response, implicit: await changeEmails(context, emails, patches, args.onSuccessDestroyEmail ?? []) }
  },
)

function submissionOf(context: Context, reference: string): { readonly id: number; readonly value: Submission } {
  const id = parseSubmissionId(context.resolveId(reference) ?? '')
  const value = id === null ? null : context.shared.submissions.get(id)
  if (id === null || value === null) throw new SetFailure('notFound')
  return { id, value }
}

/** Only `undoStatus` could change, and it is final. Throws SetFailure. */
function update(id: number, value: Submission, patch: JsonObject): void {
  const before = submissionObject({ id, value }) as unknown as JsonObject
  const after = applyPatch(before, patch, {})
  if (after['undoStatus'] === 'canceled') throw new SetFailure('cannotUnsend')
  const wrong = changedMembers(before, after, [])
  if (wrong.length > 0) throw invalidProperties(wrong)
}

/** One implicit Email/set for all of them, if anything is to be done. */
async function changeEmails(
  context: Context,
  emails: ReadonlyMap<string, EmailId>,
  patches: ReadonlyMap<string, JsonObject>,
  destroy: readonly string[],
): Promise<ImplicitResponse[]> {
  const update = new Map<string, JsonObject>()
  for (const [reference, patch] of patches) {
    const email = emails.get(reference)
    if (email !== undefined) update.set(formatEmailId(email), patch)
  }
  const destroyed = destroy.map((reference) => emails.get(reference)).filter((email) => email !== undefined)
  if (update.size + destroyed.length === 0) return []
  const request = { create: new Map<string, JsonObject>(), update, destroy: [...new Set(destroyed.map(formatEmailId))] }
  try {
    return [{ name: 'Email/set', args: await setEmails(context, request, null) }]
  } catch (error) {
    // The submissions have been made: their response stands.
    if (error instanceof MethodFailure) return [{ name: 'error', args: error.toResponse() }]
    if (error instanceof CommitInDoubtError)
      return [{ name: 'error', args: new MethodFailure('serverPartialFail').toResponse() }]
    if (!(error instanceof CommitRefusedError)) throw error
    return [{ name: 'error', args: new MethodFailure('serverUnavailable').toResponse() }]
  }
}
