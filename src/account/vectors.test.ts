// The vectors of docs/formats/journal.md: a log of an account from its first record, what its journal says, and the state it folds to.
// CBOR and chain were checked against an implementation in another language when they were made.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { RootSecret } from '#keys/root.ts'
import type { EmailId } from '#base/ids.ts'
import type { MailRecords } from './fold-context.ts'
import { FoldModel } from './fold-model.test-support.ts'
import { applyRecord } from './fold.ts'
import { CHAIN_START, JournalSealer, chainPosition, nextHead } from './journal.ts'
import { encodeOperation } from './operation-codec.ts'
import { AccountState } from './state.ts'
import { visibleModel, visibleState } from './visible-state.test-support.ts'

const file = path.join(import.meta.dirname, '../../docs/formats/vectors/journal/vectors.json')
const vectors = JSON.parse(fs.readFileSync(file, 'utf8'))

class Mails implements MailRecords {
  readonly known = new Set<number>()
  readonly unnamed = new Set<number>()
  isMail = (record: number): boolean => this.known.has(record)
  sizeOf = (): number => 0
  named = (record: number): void => void this.unnamed.delete(record)
  began = (_record: number, _email: EmailId): void => undefined
  ended = (_record: number, _email: EmailId): void => undefined
}

/** As JSON would hold it. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

test('the log opens, is a chain, and folds to the state', () => {
  using root = new RootSecret(Buffer.from(vectors.root, 'hex'))
  using sealer = new JournalSealer(root, vectors.account)
  const state = new AccountState()
  const mails = new Mails()
  const model = new FoldModel()
  let head = CHAIN_START
  for (const { seq, kind, payload, plaintext, operations, outcomes } of vectors.records) {
    if (kind === 'mail') {
      mails.known.add(seq)
      mails.unnamed.add(seq)
      model.mail(seq)
    }
    if (kind !== 'journal') continue
    const bytes = Buffer.from(payload, 'hex')
    const entry = sealer.open(bytes)
    assert.ok(entry !== null && entry !== 'unknownOperation')
    assert.equal(chainPosition(head, entry), 'next')
    head = nextHead(head, bytes)
    assert.deepEqual(plain(entry.operations), operations)
    const encoded = Buffer.concat(entry.operations.map(encodeOperation))
    assert.ok(Buffer.from(plaintext, 'hex').subarray(-encoded.length).equals(encoded))
    const applied = applyRecord(state, mails, seq, entry.operations)
    assert.deepEqual(
      applied.outcomes.map((outcome) => (outcome.applied ? 'applied' : outcome.reason)),
      outcomes,
    )
    assert.deepEqual(
      model.journal(seq, entry.operations).map((reason) => reason ?? 'applied'),
      outcomes,
    )
  }
  assert.deepEqual(plain(visibleState(state)), vectors.state)
  assert.deepEqual(plain(visibleModel(model)), vectors.state)
  assert.deepEqual([...mails.unnamed], vectors.newMail)
})
