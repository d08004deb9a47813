// An account over a real log for tests of time travel: what it had, and how it loses that.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import type { EmailId, MailboxId, Seq } from '#base/ids.ts'
import { type Fixture, makeFixture } from '#account/account-fixture.ts'
import type { OpenAccount } from '#account/open-account.ts'
import type { Operation, RangeSet } from '#account/operation.ts'
import { INBOX } from '#account/state.ts'
import type { PastAccount } from './past-account.ts'
import { RESTORE_KINDS, type RestoreRequest } from './restore-request.ts'

export async function fixture(t: TestContext): Promise<Fixture> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-past-'))
  const made = await makeFixture(directory, { quick: true })
  t.after(async () => {
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })
  return made
}

export const message = (number: number): Buffer =>
  Buffer.from(`From: A <a@x.test>\r\nSubject: number ${number}\r\n\r\nbody ${number}\r\n`)

export const ALL: RestoreRequest = {
  scope: { kind: 'everything' },
  kinds: new Set(RESTORE_KINDS),
  conflict: 'merge',
  messagesMax: 10_000,
}
/** Behind those that every account begins with. */
export const WORK = 7 as MailboxId
export const DEEP = 8 as MailboxId
export const EVERY: RangeSet = [[1, 0xffff_ffff]]

export function recordNow(account: OpenAccount): number {
  return account.modseq - 1
}

export async function at(account: OpenAccount, record: number): Promise<PastAccount> {
  const past = await account.timeTravel.at({ record })
  assert.ok(past !== null)
  return past
}

/** It is in INBOX afterwards. */
export async function deliver(made: Fixture, account: OpenAccount, number: number): Promise<void> {
  await made.deliver(message(number))
  await made.log.settled((made.ledger.size(made.id) - 1) as Seq)
  await account.filed()
}

export async function textOf(account: OpenAccount, id: number): Promise<string> {
  using opened = await account.open(id as EmailId)
  return Buffer.from(opened.bytes).toString()
}

export function mailbox(name: string, parent: MailboxId | null = null): Operation {
  return { kind: 'createMailbox', parent, name, role: null, uidValidity: 1, subscribed: false }
}

function flag(set: RangeSet, keywords: readonly string[]): Operation {
  return { kind: 'changeKeywords', mailbox: null, set, mode: 'replace', keywords, unchangedSince: null }
}

/** Everything but ids, UIDs and modseqs. */
export async function contents(account: OpenAccount): Promise<unknown> {
  const list: unknown[] = []
  for (const { id, path, role, subscribed } of account.mailboxes()) {
    const view = account.view(id)
    const messages: string[] = []
    for (let index = 0; index < (view?.count ?? 0); index++) {
      const { keywords, deleted } = account.flagSet(view?.flags[index] as number)
      const email = view?.emails[index] as EmailId
      messages.push(`${await textOf(account, email)} ${keywords.join(' ')} ${deleted} ${account.email(email)?.thread}`)
    }
    list.push({ path, role, subscribed, messages: messages.sort() })
  }
  return list.sort((a, b) => ((a as { path: string }).path < (b as { path: string }).path ? -1 : 1))
}

/** Three messages and mailboxes, seen, flagged, filed; then all of it lost. */
export async function loseEverything(made: Fixture, account: OpenAccount): Promise<number> {
  for (const number of [1, 2, 3]) await deliver(made, account, number)
  await account.commit([mailbox('Work'), mailbox('Deep', WORK)])
  await account.commit([
    { kind: 'setMailboxes', emails: [[2, 2]], mailboxes: [INBOX, DEEP] },
    { kind: 'setMailboxes', emails: [[3, 3]], mailboxes: [WORK] },
    flag([[2, 3]], ['$seen', 'later']),
    { kind: 'markDeleted', mailbox: INBOX, set: [[1, 1]], deleted: true, unchangedSince: null },
    { kind: 'set', key: 'a', value: { nested: [1, 'x'] } },
  ])
  const then = recordNow(account)
  await account.commit([
    { kind: 'updateMailbox', mailbox: WORK, patch: { name: 'Else', subscribed: true } },
    { kind: 'destroyMailbox', mailbox: DEEP, destroyEmails: true },
    { kind: 'remove', mailbox: INBOX, set: EVERY },
    flag(EVERY, []),
    { kind: 'set', key: 'a', value: null },
    { kind: 'set', key: 'b', value: 1 },
  ])
  return then
}
