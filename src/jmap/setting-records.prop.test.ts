import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { SettingRecords } from './setting-records.ts'

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('create' as const), pick: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('update' as const, 'destroy' as const), pick: fc.nat(20) }),
  },
)

for (const evicts of [true, false]) {
  test(`changes since any state are exact, or cannot be told, where the oldest ${evicts ? 'give way' : 'stay'}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), async (steps) => {
        const account = new MemoryAccount()
        const options = {
          prefix: 'jmap/test',
          slots: 4,
          evicts,
          decode: (value: unknown) => (typeof value === 'string' ? value : null),
        }
        let records = new SettingRecords<string>(account, options)
        const moments: [number, Map<number, string>][] = []
        const now = (): Map<number, string> => new Map(records.all().map(({ id, value }) => [id, value]))
        moments.push([records.state, now()])
        for (const [at, { kind, pick }] of steps.entries()) {
          const ids = [...now().keys()]
          const id = ids[pick % Math.max(1, ids.length)]
          if (kind === 'create') {
            const made = await records.create(`v${at}`)
            assert.equal(made === null, !evicts && ids.length === 4)
          } else if (id !== undefined) {
            if (kind === 'update') assert.ok(await records.update(id, `v${at}`))
            else assert.ok(await records.destroy(id))
          }
          if (pick === 0) {
            records[Symbol.dispose]()
            records = new SettingRecords<string>(account, options)
          }
          moments.push([records.state, now()])
        }
        const end = now()
        assert.ok(end.size <= 4)
        for (const [at, [state, then]] of moments.entries()) {
          const changes = records.changesSince(state)
          // Recent states are always known.
          assert.ok(changes !== null || moments.length - at > 3)
          if (changes === null) continue
          const known = new Map(then)
          for (const id of changes.destroyed) assert.ok(known.delete(id))
          for (const id of changes.updated) assert.ok(known.has(id))
          for (const id of changes.created) assert.ok(!known.has(id))
          for (const id of [...changes.created, ...changes.updated]) known.set(id, end.get(id) as string)
          assert.deepEqual(new Map([...known].sort(([a], [b]) => a - b)), end)
        }
        assert.equal(records.changesSince(records.state + 1), null)
      }),
      { numRuns: 150 },
    )
  })
}

test('changes at the same time have numbers of their own', async () => {
  const account = new MemoryAccount()
  account.beforeCommit = () => new Promise((resolve) => setImmediate(resolve))
  const records = new SettingRecords<string>(account, {
    prefix: 'jmap/test',
    slots: 20,
    evicts: false,
    decode: (value) => value as string,
  })
  const ids = await Promise.all(Array.from({ length: 10 }, (_, at) => records.create(`v${at}`)))
  assert.deepEqual(ids, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  assert.deepEqual(
    records.all().map(({ value }) => value),
    Array.from({ length: 10 }, (_, at) => `v${at}`),
  )
})

test('what a refused commit would have made is not there, and the next has its number', async () => {
  const account = new MemoryAccount()
  const records = new SettingRecords<string>(account, {
    prefix: 'x',
    slots: 4,
    evicts: false,
    decode: (value) => value as string,
  })
  account.refusal = 'noSpace'
  await assert.rejects(records.create('a'), { name: 'CommitRefusedError' })
  account.refusal = null
  assert.equal(await records.create('b'), 1)
})
