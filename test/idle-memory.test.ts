// What the whole set of processes takes when nobody is served: it runs day and night on small machines.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMailkeep } from './harness.ts'

const LIMIT_MB = 450
const SETTLED_MS = 5_000

/** Resident, in MB. A page that several processes share is divided among them. */
function residentOf(pid: number): number {
  const match = /^Pss:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))
  return Number(match?.[1]) / 1024
}

test(`idle, all processes together have less than ${LIMIT_MB} MB resident`, async (context) => {
  await using mailkeep = await startMailkeep({ accounts: { 'ada@example.org': 'a long pass phrase' } })
  await sleep(SETTLED_MS)
  const { pid, processes } = await mailkeep.status()
  const all = [pid, ...processes.map((one) => one.pid)].map(residentOf)
  const total = all.reduce((sum, one) => sum + one, 0)
  context.diagnostic(`${Math.round(total)} MB in ${all.length} processes`)
  assert.ok(total < LIMIT_MB, `${total} MB`)
})
