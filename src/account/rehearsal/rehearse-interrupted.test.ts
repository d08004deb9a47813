// A rehearsal that is ended at any of its pauses, by the closing of the account, goes on where it was, and comes to the same.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COUNT, accountWithHistory, found, hastyClock, rehearsing } from './rehearsal-fixture.test-support.ts'
import type { RehearsalProgress } from './rehearsal-file.ts'
import { AccountClosingError } from './running-rehearsals.ts'

test('ended at every few of its pauses, and gone on with', async (t) => {
  const made = await accountWithHistory(t)
  let begun: RehearsalProgress | null = null
  const phases: string[] = []
  const reached: number[] = []
  for (let end = 5; ; end += 16) {
    const account = await made.open({ clock: hastyClock() })
    let pauses = 0
    let phase = 'reading'
    const closing: Promise<void>[] = []
    const { outcome, kept } = rehearsing(made, account, {
      begun,
      progress: (told) => void (phase = told.phase),
      rest() {
        if (++pauses === end) closing.push(account.close())
        return Promise.resolve()
      },
    })
    try {
      const result = await outcome
      assert.ok(result.kind === 'rehearsed')
      assert.deepEqual(found(result.result), [])
      assert.equal(result.result.mails, COUNT + 1)
      assert.equal(result.result.records, made.ledger.size(made.id))
      await Promise.all(closing)
      await account.close()
      break
    } catch (error) {
      assert.ok(error instanceof AccountClosingError, String(error))
      begun = kept()
      assert.ok(begun !== null)
      phases.push(phase)
      reached.push(begun.reading.next)
    }
    await Promise.all(closing)
  }
  assert.deepEqual(
    reached,
    reached.toSorted((a, b) => a - b),
  )
  assert.ok(new Set(phases).size >= 3, phases.join(' '))
})
