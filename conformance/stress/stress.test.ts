// A short stress within the process, the same at every run; and servers broken on purpose, each of which it must find.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../sim/random.ts'
import { inProcess } from '../in-process.ts'
import type { Server } from '../wire.ts'
import { broken, canaries } from './canaries.ts'
import { type Stressed, stress } from './run.ts'

/** Commits take their time, so that commands of several clients are under way at once. */
function slowServer(seed: number): Server {
  const random = new Random(seed)
  return inProcess(async () => {
    for (let left = random.below(5); left > 0; left--) await new Promise((resolve) => setImmediate(resolve))
  })
}

function run(server: Server, seed: number, rounds: number): Promise<Stressed> {
  const isOver = (done: number): boolean => done >= rounds
  return stress(server, { seed, stepsPerRound: 15, messagesMax: 20, idleMoments: 8, isOver })
}

test('ten clients in one mailbox: what each of them is told, the RFCs explain', async () => {
  const { problem, kinds, commands } = await run(slowServer(1), 1, 2)
  assert.equal(problem, null)
  assert.ok(commands > 300)
  assert.deepEqual(
    kinds.filter((kind) => kind === 'plain'),
    ['plain'],
    'Mailkeep serves every kind',
  )
})

for (const canary of canaries)
  test(`it is noticed that ${canary.name}`, async () => {
    // What one run does not come to, another does.
    let problem: string | null = null
    for (let seed = 7; problem === null && seed < 12; seed++) {
      problem = (await run(broken(slowServer(seed), canary), seed, 4)).problem
    }
    assert.match(problem?.split('\n')[0] ?? 'nothing', canary.found)
  })
