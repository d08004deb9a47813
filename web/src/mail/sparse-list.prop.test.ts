import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SparseList } from './sparse-list.ts'

/** Two states of a list, which stretches of the first are known, and what a server says of the way between them. */
const arbitrary = fc
  .record({
    before: fc.uniqueArray(fc.nat(60), { maxLength: 25 }),
    after: fc.uniqueArray(fc.nat(60), { maxLength: 25 }),
    known: fc.array(fc.tuple(fc.nat(25), fc.nat(10)), { maxLength: 3 }),
  })
  .map(({ before, after, known }) => {
    const [from, to] = [before, after].map((list) => list.map(String)) as [string[], string[]]
    // Those that stay keep their order where the server says so; here everything else is said to go and come.
    const stays = to.filter((id, at) => from.includes(id) && at < to.length / 2)
    const isOrdered = stays.every((id, at) => at === 0 || from.indexOf(stays[at - 1] as string) < from.indexOf(id))
    const kept = isOrdered ? stays : []
    return {
      from,
      to,
      known,
      changes: {
        removed: from.filter((id) => !kept.includes(id)),
        added: to.flatMap((id, index) => (kept.includes(id) ? [] : [{ id, index }])),
        total: to.length,
      },
    }
  })

test('what is known after the changes is what the server has', () => {
  fc.assert(
    fc.property(arbitrary, ({ from, to, known, changes }) => {
      const list = new SparseList()
      list.resize(from.length)
      for (const [start, length] of known) list.put(start, from.slice(start, start + length))
      if (!list.apply(changes)) return
      assert.equal(list.length, to.length)
      list.forEach((id, at) => assert.equal(id, to[at]))
    }),
    { numRuns: 2000 },
  )
})

test('a list that is known whole is known whole afterwards', () => {
  fc.assert(
    fc.property(arbitrary, ({ from, to, changes }) => {
      const list = new SparseList()
      list.put(0, from)
      assert.ok(list.apply(changes))
      assert.deepEqual(list.known(), to)
    }),
  )
})

test('a new message on top of a list of which two stretches are known', () => {
  const list = new SparseList()
  list.resize(100)
  list.put(0, ['a', 'b'])
  list.put(50, ['m', 'n'])
  assert.ok(list.apply({ removed: [], added: [{ id: 'new', index: 0 }], total: 101 }))
  assert.deepEqual([list.at(0), list.at(1), list.indexOf('m'), list.length], ['new', 'a', 51, 101])
})
