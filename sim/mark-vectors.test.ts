import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { parseMark } from '#ledger/mark.ts'
import { FILE, makeVectors } from './mark-vectors.ts'

test('the vectors of marks are what is written now, and each is read back', () => {
  const vectors = JSON.parse(fs.readFileSync(FILE, 'utf8')) as {
    readonly marks: readonly {
      readonly size: number
      readonly number: number
      readonly root: string
      readonly payload: string
    }[]
  }
  assert.deepEqual(vectors, makeVectors())
  for (const { size, number, root, payload } of vectors.marks) {
    const mark = parseMark(Buffer.from(payload)) ?? assert.fail('not a mark')
    assert.deepEqual([mark.size, mark.number, mark.root.toString('hex')], [size, number, root])
  }
})
