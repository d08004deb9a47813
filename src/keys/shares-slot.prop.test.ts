import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId } from '#base/ids.ts'
import { openByMeans, readMeans } from './means.ts'
import { RootSecret } from './root.ts'
import { type Share, formatShare, parseShare } from './share.ts'
import { openSharesProperties } from './shares-properties.ts'
import { makeSharesSlot, openSharesSlot } from './shares-slot.ts'
import { type Slot, decodeSlot, encodeSlot, foldSlots, slotIsAuthentic } from './slot.ts'

const account = '00112233445566778899aabbccddeeff' as AccountId
const root = new RootSecret(Buffer.alloc(32, 7))

const size = fc
  .integer({ min: 2, max: 16 })
  .chain((count) => fc.record({ count: fc.constant(count), threshold: fc.integer({ min: 2, max: count }) }))

async function make(threshold: number, count: number): Promise<{ slots: Slot[]; shares: readonly Share[] }> {
  const contacts = Array.from({ length: count }, (_, at) => `contact ${at + 1}`)
  const { slot, shares } = await makeSharesSlot(root, account, { threshold, contacts }, 5)
  const stored = decodeSlot(encodeSlot(slot)) ?? assert.fail('not decoded')
  return { slots: foldSlots([stored]), shares: shares.map((share) => retyped(share)) }
}

/** As it comes back from paper. */
function retyped(share: Share): Share {
  const read = parseShare(formatShare(share))
  return read.ok ? read.value : assert.fail('not read')
}

async function problemOf(slots: Slot[], shares: readonly Share[]): Promise<string> {
  const outcome = await openSharesSlot(slots, shares)
  return outcome.ok ? 'opened' : outcome.problem.kind
}

test('any so many of them open the slot, fewer never do', async () => {
  await fc.assert(
    fc.asyncProperty(size, fc.infiniteStream(fc.nat(1000)), async ({ count, threshold }, numbers) => {
      const { slots, shares } = await make(threshold, count)
      const shuffled = shares
        .map((share) => ({ share, order: numbers.next().value }))
        .toSorted((a, b) => a.order - b.order)
        .map(({ share }) => share)
      const outcome = await openSharesSlot(slots, shuffled.slice(0, threshold))
      assert.ok(outcome.ok && outcome.opened.root.equals(root) && outcome.forged.length === 0)
      assert.equal(await problemOf(slots, shuffled.slice(0, threshold - 1)), 'tooFew')
      const all = await openSharesSlot(slots, shuffled)
      assert.ok(all.ok && all.opened.root.equals(root) && all.forged.length === 0)
    }),
    { numRuns: 30 },
  )
})

test('fewer than the threshold open nothing, whatever they say of themselves', async () => {
  const { slots, shares } = await make(4, 6)
  for (const threshold of [2, 3]) {
    const lying = shares.slice(0, threshold).map((share) => retyped({ ...share, threshold }))
    assert.equal(await problemOf(slots, lying), 'wrong')
  }
})

test('each mistake has an error of its own', async () => {
  const { slots, shares } = await make(3, 5)
  const other = await make(3, 5)
  const [a, b, c, d, e] = shares as [Share, Share, Share, Share, Share]
  const forged = retyped({ ...c, bytes: Buffer.concat([Buffer.alloc(32, 1), c.bytes.subarray(32)]) })
  assert.equal(await problemOf(slots, []), 'none')
  assert.equal(await problemOf(slots, [a, b]), 'tooFew')
  assert.equal(await problemOf(slots, [a, b, b]), 'twice')
  assert.equal(await problemOf(slots, [a, b, { ...c, bytes: a.bytes }]), 'twice')
  assert.equal(await problemOf(slots, [a, b, other.shares[2] as Share]), 'otherSet')
  assert.equal(await problemOf(other.slots, [a, b, c]), 'unknownSet')
  assert.equal(await problemOf([], [a]), 'unknownSet')
  assert.equal(await problemOf(slots, [a, b, forged]), 'wrong')
  const found = await openSharesSlot(slots, [forged, a, b, d, e])
  assert.ok(found.ok)
  assert.deepEqual(found.forged, [3])
  const [slot] = slots as [Slot]
  assert.equal(await problemOf([{ ...slot, sealedRoot: slot.sealedRoot.subarray(1) }], [a, b, c]), 'damagedSlot')
})

test('what was typed is named by its place, and nothing of it is in the sentence', async () => {
  const { slots, shares } = await make(2, 3)
  const [a, b] = shares.map(formatShare) as [string, string]
  const wrong = `${b.slice(0, -1)}${b.endsWith('0') ? '1' : '0'}`
  assert.equal(
    readMeans({ kind: 'shares', shares: [a, wrong] }),
    'The share that was given as number 2 is wrong: there is a mistake in its group 14.',
  )
  const one = readMeans({ kind: 'shares', shares: [a] })
  if (typeof one === 'string') return assert.fail(one)
  const opening = await openByMeans(slots, one)
  assert.deepEqual(opening, { kind: 'refused', why: '2 shares are needed, and 1 is here: 1 more.' })
})

test('a slot of shares tells who has them to its owner alone', async () => {
  const { slots } = await make(2, 3)
  const [slot] = slots as [Slot]
  assert.ok(slotIsAuthentic(root, account, slot))
  const told = openSharesProperties(root, account, slot.properties as Buffer)
  assert.deepEqual(told, { threshold: 2, contacts: ['contact 1', 'contact 2', 'contact 3'] })
  using other = RootSecret.generate()
  assert.equal(openSharesProperties(other, account, slot.properties as Buffer), null)
  assert.ok(!encodeSlot(slot).includes('contact'))
})
