import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { parseRecoveryCode } from '#keys/recovery-code.ts'
import { openRecoverySlot } from '#keys/recovery-slot.ts'
import { openPasswordSlot } from '#keys/stretched-slot.ts'
import { systemClock } from '#platform/clock.ts'
import { FIXTURE_ADDRESS, FIXTURE_PASSWORD, FIXTURE_SALT, type Fixture, makeFixture } from './account-fixture.ts'
import type { AccountLog } from './account-log.ts'
import { changePassword, readSlots, replaceRecoveryCode, suspiciousSlots } from './slots.ts'

async function fixture(t: TestContext): Promise<Fixture> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-slots-'))
  const made = await makeFixture(directory)
  t.after(async () => {
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })
  return made
}

const NEW_PASSWORD = Buffer.from('another one')
const change = { address: FIXTURE_ADDRESS, password: NEW_PASSWORD, salt: FIXTURE_SALT }

async function opens({ reader, root, id }: Fixture, password: Buffer): Promise<boolean> {
  const opened = await openPasswordSlot(readSlots(reader), id, password, FIXTURE_SALT)
  if (opened === null) return false
  assert.ok(opened.root.equals(root))
  return true
}

test('a new account opens by its password and by its recovery code', async (t) => {
  const made = await fixture(t)
  assert.ok(await opens(made, FIXTURE_PASSWORD))
  const code = parseRecoveryCode(made.recoveryCode)
  assert.ok(code !== null && openRecoverySlot(readSlots(made.reader), code)?.root.equals(made.root))
  assert.deepEqual(suspiciousSlots(made.reader, made.root), [])
})

test('a password change that is cut short at any step leaves a password that opens the account', async (t) => {
  for (let step = 0; ; step++) {
    const made = await fixture(t)
    let calls = 0
    const crash = async <T>(action: () => Promise<T>, when: 'before' | 'after'): Promise<T> => {
      if (calls++ === step && when === 'before') throw new Error('crash')
      const result = await action()
      if (calls++ === step) throw new Error('crash')
      return result
    }
    const log: AccountLog = {
      append: (records) => crash(() => made.log.append(records), 'before'),
      settled: (seq) => crash(() => made.log.settled(seq), 'before'),
      stage: () => made.log.stage(),
      watch: (listener) => made.log.watch(listener),
    }
    const { reader, root } = made
    const parts = { log, reader, root, clock: systemClock }
    const outcome = await changePassword(parts, change).then(
      () => 'done',
      (error: Error) => error.message,
    )
    await made.log.settled((made.ledger.size(made.id) - 1) as never)
    const [before, after] = [await opens(made, FIXTURE_PASSWORD), await opens(made, NEW_PASSWORD)]
    assert.ok(before || after, `step ${step}`)
    if (outcome === 'done') {
      assert.deepEqual([before, after], [false, true])
      assert.ok(step >= 5)
      break
    }
    assert.equal(outcome, 'crash')
    // Trying again ends well, whatever was left.
    await changePassword({ ...parts, log: made.log }, change)
    assert.deepEqual([await opens(made, FIXTURE_PASSWORD), await opens(made, NEW_PASSWORD)], [false, true])
  }
})

test('a slot that cannot be read back is not trusted', async (t) => {
  const made = await fixture(t)
  const { root, reader } = made
  const log: AccountLog = {
    append: (records) =>
      made.log.append(records.map(({ kind, payload }) => ({ kind, payload: Buffer.from(payload as Buffer).fill(1, 60, 70) }))),
    settled: (seq) => made.log.settled(seq),
    stage: () => made.log.stage(),
    watch: (listener) => made.log.watch(listener),
  }
  await assert.rejects(changePassword({ log, reader, root, clock: systemClock }, change), /does not open/)
  assert.ok(await opens(made, FIXTURE_PASSWORD))
  assert.equal(suspiciousSlots(reader, root).length, 1)
})

test('a new recovery code replaces the old one', async (t) => {
  const made = await fixture(t)
  const { log, root, reader } = made
  const text = await replaceRecoveryCode({ log, reader, root, clock: systemClock })
  await log.settled((made.ledger.size(made.id) - 1) as never)
  const opensBy = (code: string): boolean =>
    openRecoverySlot(readSlots(reader), parseRecoveryCode(code) as Buffer)?.root.equals(root) === true
  assert.deepEqual([opensBy(made.recoveryCode), opensBy(text)], [false, true])
  assert.ok(await opens(made, FIXTURE_PASSWORD))
})
