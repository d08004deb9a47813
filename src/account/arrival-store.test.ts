// When memberships began.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import type { AccountId, MailboxId } from '#base/ids.ts'
import { RootSecret } from '#keys/root.ts'
import { AccountIndex } from './account-index.ts'
import { CHAIN_START } from './journal.ts'
import type { JournalOperation } from './operation.ts'

const INBOX = 1 as MailboxId
const BOX = 2 as MailboxId

test('messages came when the record was written that filed, copied or moved them, to the second', (t) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-arrival-'))
  t.after(() => fs.rmSync(directory, { recursive: true }))
  using root = RootSecret.generate()
  const open = (): AccountIndex => AccountIndex.open(path.join(directory, 'index'), root, 'a'.repeat(32) as AccountId)
  let index = open()
  t.after(() => index[Symbol.dispose]())
  let seq = 0
  const apply = (second: number, ...operations: JournalOperation[]): void => {
    index.apply(seq++, second * 1000 + 999, CHAIN_START, operations)
  }
  const saved = (mailbox: MailboxId, ...uids: number[]): number[] =>
    Array.from(index.savedAt(mailbox, uids), (ms) => ms / 1000)
  const create = { kind: 'createMailbox', parent: null, subscribed: true } as const
  apply(
    1,
    { ...create, name: 'INBOX', role: 'inbox', uidValidity: 1 },
    { ...create, name: 'box', role: null, uidValidity: 2 },
  )
  index.mails.addDamaged(0)
  const file: JournalOperation = {
    kind: 'file',
    record: { seq: 0 as never },
    mailboxes: [INBOX],
    keywords: [],
    internalDate: 5,
    thread: null,
    source: 'delivered',
  }
  apply(10, file, file)
  apply(10, file)
  apply(20, file, { kind: 'remove', mailbox: INBOX, set: [[1, 2]] })
  // The clock was put back.
  apply(15, file)
  apply(30, { kind: 'addToMailbox', from: INBOX, set: [[3, 3]], to: BOX })
  apply(40, { kind: 'move', from: INBOX, set: [[4, 4]], to: BOX })
  const check = (): void => {
    assert.deepEqual(saved(INBOX, 3, 5), [10, 15])
    assert.deepEqual(saved(INBOX, 1, 2, 3, 4, 5), [10, 10, 10, 20, 15])
    assert.deepEqual(saved(BOX, 1, 2), [30, 40])
    assert.deepEqual(saved(BOX, 2), [40])
    assert.deepEqual(saved(BOX), [])
  }
  check()
  apply(50, { kind: 'changeKeywords', mailbox: BOX, set: [[1, 2]], mode: 'add', keywords: ['x'], unchangedSince: null })
  check()
  apply(
    60,
    { kind: 'destroyMailbox', mailbox: BOX, destroyEmails: true },
    { ...create, name: 'box', role: null, uidValidity: 3 },
  )
  apply(70, { ...file, mailboxes: [3 as MailboxId] })
  assert.deepEqual(saved(BOX, 1), [0])
  assert.deepEqual(saved(3 as MailboxId, 1), [70])
})
