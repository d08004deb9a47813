import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EmailId } from '#base/ids.ts'
import type { MailRecords } from './fold-context.ts'
import { FoldModel } from './fold-model.ts'
import { applyRecord } from './fold.ts'
import { FIRST_OPERATION, operationArbitrary } from './operation-arbitrary.ts'
import { AccountState } from './state.ts'
import { visibleModel, visibleState } from './visible-state.ts'

class MemoryRecords implements MailRecords {
  readonly mails = new Set<number>()
  readonly unfiled = new Set<number>()
  readonly emails = new Map<number, Set<EmailId>>()

  isMail(record: number): boolean {
    return this.mails.has(record)
  }

  sizeOf(record: number): number {
    return record * 10
  }

  named(record: number): void {
    this.unfiled.delete(record)
  }

  began(record: number, email: EmailId): void {
    this.emails.set(record, (this.emails.get(record) ?? new Set()).add(email))
  }

  ended(record: number, email: EmailId): void {
    assert.ok(this.emails.get(record)?.delete(email))
  }
}

const step = fc.oneof(
  { weight: 1, arbitrary: fc.constant('mail' as const) },
  { weight: 2, arbitrary: fc.array(operationArbitrary(fc.nat(30)), { minLength: 1, maxLength: 4 }) },
)

test('the fold over columns is the fold of the format', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 50 }), (steps) => {
      const model = new FoldModel()
      const state = new AccountState()
      const records = new MemoryRecords()
      let seq = 0
      for (const step of [[FIRST_OPERATION], 'mail' as const, 'mail' as const, ...steps]) {
        if (step === 'mail') {
          model.mail(seq)
          records.mails.add(seq)
          records.unfiled.add(seq)
        } else {
          const reasons = model.journal(seq, step)
          const { outcomes, changes } = applyRecord(state, records, seq, step)
          assert.deepEqual(
            outcomes.map((outcome) => (outcome.applied ? null : outcome.reason)),
            reasons,
          )
          const change = changes.build((seq + 1) as never)
          for (const { added, removed, changed } of change.mailboxes.values()) {
            assert.equal(
              new Set([...added, ...removed, ...changed]).size,
              added.length + removed.length + changed.length,
            )
          }
          assert.deepEqual(visibleState(state), visibleModel(model))
        }
        seq++
      }
      assert.deepEqual(records.unfiled, model.unfiled)
      const alive = [...records.emails].flatMap(([record, emails]) => [...emails].map((email) => [email, record]))
      assert.deepEqual(
        alive.sort((a, b) => Number(a[0]) - Number(b[0])),
        [...model.emails].map(([id, { record }]) => [id, record]).sort((a, b) => Number(a[0]) - Number(b[0])),
      )
    }),
    { numRuns: 300 },
  )
})
