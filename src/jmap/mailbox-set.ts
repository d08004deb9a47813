// Mailbox/set (RFC 8621 §2.5).

import * as v from 'valibot'
import { MAIL } from './capabilities.ts'
import type { Context } from './context.ts'
import { type SetError, SetFailure, invalidProperties } from './failure.ts'
import { formatMailboxId, parseMailboxId } from './ids.ts'
import { type JsonObject, has, newMap } from './json-object.ts'
import { MAILBOX_DEFAULTS, readMailboxFields, refusal } from './mailbox-fields.ts'
import { MAILBOX_PROPERTIES, mailboxObject } from './mailbox-object.ts'
import { MailboxUpdates } from './mailbox-update.ts'
import { defineMethod } from './method.ts'
import { flag, withDefault } from './schema.ts'
import { SetAnswer, readSetRequest, setArguments } from './standard-set.ts'
import { checkState, mailboxState } from './state-strings.ts'

const schema = v.strictObject({ ...setArguments, onDestroyRemoveEmails: withDefault(flag, false) })

const GIVEN: readonly string[] = ['name', ...Object.keys(MAILBOX_DEFAULTS)]

export const mailboxSet = defineMethod('Mailbox/set', MAIL, schema, async (context, args) => {
  context.checkAccount(args.accountId)
  const { account } = context
  const request = readSetRequest(args)
  const oldState = mailboxState(account)
  checkState(args.ifInState, oldState)
  const answer = new SetAnswer(context)
  await createAll(context, request.create, answer)
  await new MailboxUpdates(context, request, answer).run()
  await destroyAll(context, request.destroy, args.onDestroyRemoveEmails, answer)
  return { accountId: args.accountId, oldState, newState: mailboxState(account), ...answer.toResponse() }
})

/** Those first whose parents are there: a parent may be created in the same call, in whatever order. */
async function createAll(context: Context, objects: ReadonlyMap<string, JsonObject>, answer: SetAnswer): Promise<void> {
  const waiting = new Map(objects)
  const waitsFor = ({ parentId }: JsonObject): boolean =>
    typeof parentId === 'string' && parentId.startsWith('#') && waiting.has(parentId.slice(1))
  while (waiting.size > 0) {
    const ready = [...waiting].filter(([, object]) => !waitsFor(object))
    // What is left waits for itself, in a ring: its parents are unknown.
    for (const [creationId, object] of ready.length > 0 ? ready : waiting) {
      await answer.attempt(answer.notCreated, creationId, () => create(context, creationId, object, answer))
      waiting.delete(creationId)
    }
  }
}

async function create(context: Context, creationId: string, object: JsonObject, answer: SetAnswer): Promise<void> {
  const { account, host } = context
  const others = Object.keys(object).filter((name) => !GIVEN.includes(name))
  if (others.length > 0) throw invalidProperties(others)
  const { sortOrder, ...fields } = readMailboxFields(context, { ...MAILBOX_DEFAULTS, ...object }, null)
  if (fields.role !== null && account.mailboxByRole(fields.role) !== null) throw invalidProperties(['role'])
  const uidValidity = Math.max(1, Math.floor(host.now() / 1000))
  const [outcome] = await account.commit([{ kind: 'createMailbox', ...fields, uidValidity }])
  if (outcome?.applied !== true || outcome.mailbox === undefined) {
    throw refusal(outcome?.applied === false ? outcome.reason : '')
  }
  const mailbox = outcome.mailbox
  if (sortOrder !== 0) await account.commit([{ kind: 'updateMailbox', mailbox, patch: { sortOrder } }])
  const made = account.mailbox(mailbox)
  if (made === null) throw new SetFailure('notFound')
  const whole = mailboxObject(account, made, { threads: 0, unread: 0 }, false)
  const told = MAILBOX_PROPERTIES.filter((name) => !has(object, name))
  answer.create(creationId, {
    ...Object.fromEntries(told.map((name) => [name, whole[name]])),
    id: formatMailboxId(mailbox),
  })
}

/** Children before their parents, whatever the order. */
async function destroyAll(
  context: Context,
  references: readonly string[],
  removesEmails: boolean,
  answer: SetAnswer,
): Promise<void> {
  const depths = newMap<number>()
  for (const reference of references) {
    const id = parseMailboxId(context.resolveId(reference) ?? '')
    depths[reference] = id === null ? 0 : (context.account.mailbox(id)?.path.split('/').length ?? 0)
  }
  const inOrder = references.toSorted((a, b) => (depths[b] ?? 0) - (depths[a] ?? 0))
  for (const reference of inOrder) {
    const failed: Record<string, SetError> = answer.notDestroyed
    await answer.attempt(failed, reference, async () => {
      const id = context.resolveId(reference) ?? ''
      await destroy(context, id, removesEmails)
      answer.destroyed.push(id)
    })
  }
}

async function destroy(context: Context, id: string, removesEmails: boolean): Promise<void> {
  const { account } = context
  const number = parseMailboxId(id)
  const mailbox = number === null ? null : account.mailbox(number)
  if (mailbox === null) throw new SetFailure('notFound')
  if (mailbox.role === 'inbox') throw new SetFailure('forbidden', { description: 'The inbox stays' })
  // What IMAP has marked \Deleted is not there.
  const isEmpty = mailbox.messages === mailbox.deleted
  if (!isEmpty && !removesEmails) throw notEmpty(account.mailboxes().some(({ parent }) => parent === mailbox.id))
  const [outcome] = await account.commit([{ kind: 'destroyMailbox', mailbox: mailbox.id, destroyEmails: true }])
  if (outcome?.applied === true) return
  if (outcome?.reason === 'hasChildren') throw new SetFailure('mailboxHasChild')
  throw new SetFailure(outcome?.reason === 'noSuchMailbox' ? 'notFound' : 'forbidden')
}

function notEmpty(hasChildren: boolean): SetFailure {
  return new SetFailure(hasChildren ? 'mailboxHasChild' : 'mailboxHasEmail')
}
