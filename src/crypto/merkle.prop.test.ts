// The tree against RFC 9162's own recursive definitions, written as they stand there.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  consistencyProof,
  EMPTY_ROOT,
  inclusionProof,
  leafHash,
  MerkleFrontier,
  nodeHash,
  verifyConsistency,
  verifyInclusion,
  type SubtreeHashes,
} from './merkle.ts'

const leaves = Array.from({ length: 300 }, (_, index) => leafHash(Buffer.from(`entry ${index}`)))

function split(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/** §2.1.1 */
function mth(d: readonly Uint8Array[]): Uint8Array {
  if (d.length === 0) return EMPTY_ROOT
  if (d.length === 1) return d[0] as Uint8Array
  const k = split(d.length)
  return nodeHash(mth(d.slice(0, k)), mth(d.slice(k)))
}

/** §2.1.3.1 */
function path(m: number, d: readonly Uint8Array[]): Uint8Array[] {
  if (d.length <= 1) return []
  const k = split(d.length)
  return m < k ? [...path(m, d.slice(0, k)), mth(d.slice(k))] : [...path(m - k, d.slice(k)), mth(d.slice(0, k))]
}

/** §2.1.4.1 */
function subproof(m: number, d: readonly Uint8Array[], b: boolean): Uint8Array[] {
  const n = d.length
  if (m === n) return b ? [] : [mth(d)]
  const k = split(n)
  return m <= k
    ? [...subproof(m, d.slice(0, k), b), mth(d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))]
}

const hexOf = (hashes: readonly Uint8Array[]): string[] => hashes.map((hash) => Buffer.from(hash).toString('hex'))

/** Stored hashes as an appending log has them: nothing about subtrees that are not complete. */
function store(): { subtrees: SubtreeHashes; put: (level: number, index: number, hash: Uint8Array) => void } {
  const hashes = new Map<string, Uint8Array>()
  return {
    subtrees: {
      hash: (level, index) => hashes.get(`${level}/${index}`) ?? assert.fail(`asked for ${level}/${index}`),
    },
    put(level, index, hash) {
      assert.equal(hashes.has(`${level}/${index}`), false)
      hashes.set(`${level}/${index}`, Uint8Array.from(hash))
    },
  }
}

const { subtrees, put } = store()
const whole = new MerkleFrontier()
const roots: Uint8Array[] = [whole.root()]
for (const leaf of leaves) {
  whole.append(leaf, put)
  roots.push(whole.root())
}
const size = fc.integer({ min: 0, max: leaves.length })
const rootOf = (size: number): Uint8Array => roots[size] as Uint8Array

test("hashes of RFC 6962's reference tree", () => {
  // The same entries and roots as in the test data of certificate-transparency.
  const entries = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  const frontier = MerkleFrontier.fromLeaves(entries.map((entry) => leafHash(Buffer.from(entry, 'hex'))))
  assert.equal(frontier.root().toString('hex'), '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')
  assert.equal(
    Buffer.from(EMPTY_ROOT).toString('hex'),
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  )
})

test('the frontier has the root of the definition, and can be taken up again from stored subtrees', () => {
  fc.assert(
    fc.property(size, fc.nat(20), (size, more) => {
      const frontier = MerkleFrontier.fromSubtrees(size, subtrees)
      assert.equal(frontier.size, size)
      assert.deepEqual(hexOf([frontier.root()]), hexOf([mth(leaves.slice(0, size))]))
      assert.equal(MerkleFrontier.decode(size, Buffer.concat([frontier.encode(), leaves[0] as Uint8Array])), null)
      assert.deepEqual(frontier.copy().encode(), frontier.encode())
      const copy = MerkleFrontier.decode(size, frontier.encode()) ?? assert.fail('its own encoding')
      for (const leaf of leaves.slice(size, size + more)) copy.append(leaf)
      assert.deepEqual(hexOf([copy.root()]), hexOf([rootOf(copy.size)]))
      assert.deepEqual(hexOf([frontier.root()]), hexOf([rootOf(size)]))
    }),
  )
})

test('inclusion proofs are those of the definition, and verify for their leaf, place, size and root only', () => {
  fc.assert(
    fc.property(size, fc.nat(), fc.nat(), (anySize, anyIndex, other) => {
      const size = Math.max(1, anySize)
      const index = anyIndex % size
      const proof = inclusionProof(index, size, subtrees)
      assert.deepEqual(hexOf(proof), hexOf(path(index, leaves.slice(0, size))))
      const leaf = leaves[index] as Uint8Array
      assert.ok(verifyInclusion(index, size, leaf, proof, rootOf(size)))
      const otherIndex = other % leaves.length
      if (otherIndex !== index) {
        assert.equal(verifyInclusion(index, size, leaves[otherIndex] as Uint8Array, proof, rootOf(size)), false)
        assert.equal(verifyInclusion(otherIndex, size, leaf, proof, rootOf(size)), false)
      }
      const otherSize = other % (leaves.length + 1)
      if (otherSize !== size) assert.equal(verifyInclusion(index, size, leaf, proof, rootOf(otherSize)), false)
      assert.equal(verifyInclusion(index, size, leaf, [...proof, leaf], rootOf(size)), false)
      if (proof.length > 0) assert.equal(verifyInclusion(index, size, leaf, proof.slice(1), rootOf(size)), false)
    }),
    { numRuns: 300 },
  )
})

test('consistency proofs are those of the definition, and verify for their sizes and roots only', () => {
  fc.assert(
    fc.property(size, size, fc.nat(), (a, b, other) => {
      const [oldSize, newSize] = [Math.min(a, b), Math.max(a, b)]
      const proof = consistencyProof(oldSize, newSize, subtrees)
      const expected = oldSize === 0 ? [] : subproof(oldSize, leaves.slice(0, newSize), true)
      assert.deepEqual(hexOf(proof), hexOf(expected))
      assert.ok(verifyConsistency(oldSize, newSize, rootOf(oldSize), rootOf(newSize), proof))
      const otherSize = other % (leaves.length + 1)
      if (otherSize !== oldSize) {
        assert.equal(verifyConsistency(oldSize, newSize, rootOf(otherSize), rootOf(newSize), proof), false)
      }
      // From the empty tree there is nothing to prove, so that any root will do.
      if (otherSize !== newSize && oldSize > 0) {
        assert.equal(verifyConsistency(oldSize, newSize, rootOf(oldSize), rootOf(otherSize), proof), false)
      }
      assert.equal(verifyConsistency(oldSize, newSize, rootOf(oldSize), rootOf(newSize), [...proof, rootOf(1)]), false)
      if (proof.length > 0) {
        assert.equal(verifyConsistency(oldSize, newSize, rootOf(oldSize), rootOf(newSize), proof.slice(1)), false)
        const forged = proof.map((hash) => Uint8Array.from(hash))
        const one = forged[other % forged.length] as Uint8Array
        one[other % 32] = (one[other % 32] as number) ^ 1
        assert.equal(verifyConsistency(oldSize, newSize, rootOf(oldSize), rootOf(newSize), forged), false)
      }
    }),
    { numRuns: 300 },
  )
})

test('sizes beyond 32 bits', () => {
  // A tree whose subtrees of one height are all the same stands for any size.
  const heights: Uint8Array[] = [leafHash(Buffer.from('same'))]
  for (let level = 1; level <= 53; level++) {
    heights.push(nodeHash(heights[level - 1] as Uint8Array, heights[level - 1] as Uint8Array))
  }
  const uniform: SubtreeHashes = { hash: (level) => heights[level] as Uint8Array }
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      const [oldSize, newSize] = [Math.min(a, b), Math.max(a, b)]
      const [oldRoot, newRoot] = [oldSize, newSize].map((size) => MerkleFrontier.fromSubtrees(size, uniform).root())
      assert.ok(oldRoot !== undefined && newRoot !== undefined)
      const proof = consistencyProof(oldSize, newSize, uniform)
      assert.ok(verifyConsistency(oldSize, newSize, oldRoot, newRoot, proof))
      if (oldSize === newSize) return
      const inclusion = inclusionProof(oldSize, newSize, uniform)
      assert.ok(verifyInclusion(oldSize, newSize, heights[0] as Uint8Array, inclusion, newRoot))
    }),
    { numRuns: 200 },
  )
})

test('sizes that are none, and hashes that are none, do not verify and do not throw', () => {
  const leaf = leaves[0] as Uint8Array
  for (const wrong of [-1, 0.5, Number.NaN, Infinity, 2 ** 60]) {
    assert.equal(verifyInclusion(wrong, 2, leaf, [leaf], rootOf(2)), false)
    assert.equal(verifyInclusion(0, wrong, leaf, [leaf], rootOf(2)), false)
    assert.equal(verifyConsistency(wrong, 2, leaf, rootOf(2), []), false)
    assert.equal(verifyConsistency(1, wrong, leaf, rootOf(2), []), false)
  }
  const short = leaf.subarray(1)
  assert.equal(verifyInclusion(0, 2, leaf, [short], rootOf(2)), false)
  assert.equal(verifyInclusion(0, 1, short, [], short), false)
  assert.equal(verifyConsistency(1, 2, leaf, rootOf(2), [short]), false)
  assert.equal(verifyConsistency(2, 2, short, short, []), false)
  assert.throws(() => inclusionProof(3, 3, subtrees), RangeError)
  assert.throws(() => consistencyProof(4, 3, subtrees), RangeError)
})
