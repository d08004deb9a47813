// Which UIDs were expunged after a modseq.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import type { AccountId, MailboxId, Modseq } from '#base/ids.ts'
import { RootSecret } from '#keys/root.ts'
import { AccountIndex } from './account-index.ts'
import { ChangeHistory } from './changes-since.ts'
import { CHAIN_START } from './journal.ts'
import type { JournalOperation } from './operation.ts'

const INBOX = 1 as MailboxId
const BOX = 2 as MailboxId

test('what went is known by modseq, mailbox by mailbox; when it is too much, all that is not there is told', (t) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-vanished-'))
  t.after(() => fs.rmSync(directory, { recursive: true }))
  using root = RootSecret.generate()
  using index = AccountIndex.open(path.join(directory, 'index'), root, 'a'.repeat(32) as AccountId)
  let seq = 0
  const apply = (...operations: JournalOperation[]): Modseq => {
    index.apply(seq++, CHAIN_START, operations)
    return seq as Modseq
  }
  const create = { kind: 'createMailbox', parent: null, subscribed: true } as const
  apply(
    { ...create, name: 'INBOX', role: 'inbox', uidValidity: 1 },
    { ...create, name: 'box', role: null, uidValidity: 2 },
  )
  index.mails.addDamaged(0)
  const file = { kind: 'file', keywords: [], internalDate: 0, thread: null, source: 'delivered' } as const
  for (let at = 0; at < 8; at++) {
    apply({ ...file, record: { seq: 0 as never }, mailboxes: at === 7 ? [INBOX, BOX] : [INBOX] })
  }
  const before = apply({ kind: 'remove', mailbox: INBOX, set: [[1, 2]] })
  const between = apply({
    kind: 'remove',
    mailbox: INBOX,
    set: [
      [4, 4],
      [6, 9],
    ],
  })
  apply({ kind: 'remove', mailbox: INBOX, set: [[3, 3]] })
  const whole = new ChangeHistory(index)
  assert.deepEqual(whole.vanished(INBOX, 0 as Modseq), [
    [1, 4],
    [6, 8],
  ])
  assert.deepEqual(whole.vanished(INBOX, before), [
    [3, 4],
    [6, 8],
  ])
  assert.deepEqual(whole.vanished(INBOX, between), [[3, 3]])
  assert.deepEqual(whole.vanished(BOX, 0 as Modseq), [])
  const short = new ChangeHistory(index, 1)
  assert.deepEqual(short.vanished(INBOX, between), [[3, 3]])
  assert.deepEqual(short.vanished(INBOX, before), [
    [1, 4],
    [6, 8],
  ])
  apply({ kind: 'remove', mailbox: BOX, set: [[1, 1]] }, { kind: 'destroyMailbox', mailbox: BOX, destroyEmails: true })
  assert.deepEqual(whole.vanished(BOX, 0 as Modseq), [])
})
