// Every case that applies to Mailkeep passes; and the suite notices what is wrong.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameOf } from './case.ts'
import { cases } from './cases/all.ts'
import { inProcess } from './in-process.ts'
import { CaseRunner } from './run-case.ts'

test('Mailkeep answers every case as the RFCs have it', async () => {
  using runner = await CaseRunner.on(inProcess())
  const failures: string[] = []
  for (const one of cases) {
    const outcome = await runner.run(one)
    if (outcome.kind === 'failed') failures.push(`${nameOf(one)}\n${outcome.problem}`)
    if (outcome.kind === 'notApplicable') failures.push(`${nameOf(one)}: does not apply`)
  }
  assert.deepEqual(failures, [])
})

test('no two cases have one name', () => {
  const names = cases.map(nameOf)
  assert.deepEqual(names.filter((name, at) => names.indexOf(name) !== at), [])
})
