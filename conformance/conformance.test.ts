// Every case against Mailkeep's engine, within the process.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameOf } from './case.ts'
import { cases } from './cases/all.ts'
import { inProcess } from './in-process.ts'
import { type Result, surprises } from './report.ts'
import { CaseRunner } from './run-case.ts'
import { verdicts } from './verdicts.ts'

test('Mailkeep answers every case as the RFCs have it, but for what is known', async () => {
  using runner = await CaseRunner.on(inProcess())
  const results: Result[] = []
  for (const one of cases) results.push({ server: 'Mailkeep', one, outcome: await runner.run(one) })
  assert.deepEqual(surprises(results, verdicts), [])
  assert.deepEqual(
    results.filter(({ outcome }) => outcome.kind === 'notApplicable'),
    [],
  )
})

test('no two cases have one name', () => {
  const names = cases.map(nameOf)
  assert.deepEqual(
    names.filter((name, at) => names.indexOf(name) !== at),
    [],
  )
})
