import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { parseRelease } from '#ledger/release.ts'
import { ReleaseNotes } from '#ledger/release-notes.ts'
import { FILE, makeVectors } from './release-vectors.ts'
import { ACCOUNT } from './scratch-ledger.ts'

interface Vectors {
  readonly releases: readonly { readonly released: unknown; readonly kept: unknown; readonly payload: string }[]
  readonly none: readonly { readonly why: string; readonly payload: string }[]
  readonly retention: { readonly size: number; readonly ranges: readonly number[][]; readonly file: string }
}

test('the vectors of releases are what is written now, and each is read back', async () => {
  const vectors = JSON.parse(fs.readFileSync(FILE, 'utf8')) as Vectors
  assert.deepEqual(vectors, JSON.parse(JSON.stringify(await makeVectors())))
  for (const { released, kept, payload } of vectors.releases) {
    assert.deepEqual(parseRelease(Buffer.from(payload, 'hex')), { released, kept })
  }
  for (const { why, payload } of vectors.none) assert.equal(parseRelease(Buffer.from(payload, 'hex')), null, why)
  const notes = ReleaseNotes.decode(Buffer.from(vectors.retention.file, 'hex'), ACCOUNT)
  assert.equal(notes?.size, vectors.retention.size)
  const ranges = notes.ranges.map(({ first, last, seenMs }) => [first, last, seenMs])
  assert.deepEqual(ranges, vectors.retention.ranges)
})
