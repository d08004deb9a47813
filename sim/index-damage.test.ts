// Damages of every kind to an index that is closed: its account opens with everything that is in its log, and what the index then holds is whole. MAILKEEP_DAMAGE_SEED and MAILKEEP_DAMAGE_RUNS as in ledger-damage.test.ts.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { type Fixture, makeFixture } from '#account/account-fixture.ts'
import { DAMAGES } from './damages.ts'
import { Random } from './random.ts'

const RUNS = Math.ceil(Number(process.env['MAILKEEP_DAMAGE_RUNS'] ?? 1000) / 25)
const SEED = Number(process.env['MAILKEEP_DAMAGE_SEED'] ?? 1)
const MESSAGES = 20

const message = (number: number): Buffer =>
  Buffer.from(
    `From: bob@example.net\r\nSubject: number ${number}\r\n\r\n${`line of ${number}\r\n`.repeat(number * 30)}`,
  )

/** True if the index was of no use, and was made again. */
async function openDamaged(fixture: Fixture): Promise<boolean> {
  let wasDiscarded = false
  let account = await fixture.open({ report: ({ kind }) => (wasDiscarded ||= kind === 'indexDiscarded') })
  await account.filed()
  if (!(await account.checkIndex(() => Promise.resolve(true)))) {
    // Found by reading it: the account fails, and is opened again.
    await account.failed
    await account.close()
    account = await fixture.open()
    wasDiscarded = true
  }
  for (let email = 1; email <= MESSAGES; email++) {
    const opened = await account.open(email as never)
    const bytes = Buffer.from(opened.bytes)
    assert.ok(bytes.includes(message(email - 1)), `the message ${email}`)
    opened[Symbol.dispose]()
    assert.equal(account.summary(email as never)?.subject, `number ${email - 1}`)
  }
  assert.equal(await account.checkIndex(() => Promise.resolve(true)), true)
  await account.close()
  return wasDiscarded
}

test(`${RUNS} damages to an index`, async (context) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-index-'))
  const fixture = await makeFixture(directory, { quick: true })
  try {
    await fixture.deliver(...Array.from({ length: MESSAGES }, (_, number) => message(number)))
    assert.equal(await openDamaged(fixture), false)
    const index = `${fixture.indexDirectory}/${fixture.id}.index`
    const original = fs.readFileSync(index)
    let discarded = 0
    for (let run = 0; run < RUNS; run++) {
      const random = new Random(SEED * 1_000_000 + run)
      const kind = random.pick(Object.keys(DAMAGES))
      const damaged = DAMAGES[kind]?.(original, random) ?? null
      for (const name of fs.readdirSync(fixture.indexDirectory)) {
        if (name.includes('.index')) fs.rmSync(path.join(fixture.indexDirectory, name))
      }
      if (damaged !== null) fs.writeFileSync(index, damaged)
      try {
        if (await openDamaged(fixture)) discarded++
      } catch (error) {
        throw new Error(`case ${run} of seed ${SEED}: ${kind}`, { cause: error })
      }
    }
    context.diagnostic(`made again ${discarded} times`)
    assert.ok(discarded > RUNS / 2)
  } finally {
    await fixture.close()
    fs.rmSync(directory, { recursive: true })
  }
})
