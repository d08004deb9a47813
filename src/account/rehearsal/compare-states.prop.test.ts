// What the comparison finds is what a client could see, or would come to see: it finds nothing where everything is the same, and something wherever the plain data of both differ.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { atOnce } from '#base/steps.ts'
import type { MailRecords } from '#account/fold-context.ts'
import { applyRecord } from '#account/fold.ts'
import { operationArbitrary } from '#account/operation-arbitrary.test-support.ts'
import type { JournalOperation } from '#account/operation.ts'
import { AccountState } from '#account/state.ts'
import { visibleState } from '#account/visible-state.test-support.ts'
import { compareStates } from './compare-states.ts'
import type { RehearsalFinding } from './finding.ts'

const records: MailRecords = {
  isMail: () => true,
  sizeOf: () => 0,
  named: () => undefined,
  began: () => undefined,
  ended: () => undefined,
}
const FIRST: JournalOperation = {
  kind: 'createMailbox',
  parent: null,
  name: 'INBOX',
  role: 'inbox',
  uidValidity: 1,
  subscribed: true,
}
const operations = fc.array(operationArbitrary(fc.nat(40)), { maxLength: 6 })

function fold(journal: readonly (readonly JournalOperation[])[]): AccountState {
  const state = new AccountState()
  for (const [at, record] of [[FIRST], ...journal].entries()) applyRecord(state, records, at + 100, record)
  return state
}

function differences(made: AccountState, used: AccountState): RehearsalFinding[] {
  const findings: RehearsalFinding[] = []
  atOnce(
    compareStates(
      made,
      used,
      () => true,
      (finding) => void findings.push(finding),
    ),
  )
  return findings
}

test('the same journal gives the same account, and a copy of it is the same', () => {
  fc.assert(
    fc.property(fc.array(operations, { maxLength: 12 }), (journal) => {
      const state = fold(journal)
      assert.deepEqual(differences(state, fold(journal)), [])
      assert.deepEqual(differences(state, state.copy()), [])
    }),
    { numRuns: 60 },
  )
})

test('whatever can be seen to differ is found', () => {
  fc.assert(
    fc.property(fc.array(operations, { maxLength: 8 }), operations, (journal, more) => {
      const [state, other] = [fold(journal), fold([...journal, more])]
      const isSame = isDeepStrictEqual(visibleState(state), visibleState(other))
      if (!isSame) assert.ok(differences(state, other).length > 0)
      assert.equal(differences(state, other).length > 0, differences(other, state).length > 0)
    }),
    { numRuns: 120 },
  )
})
