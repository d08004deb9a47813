import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { IndexDatabase } from './index-database.ts'
import { SortKeyReader } from './sort-key-reader.ts'

const KEYS = ['', 'plain', 'with "quotes" and \\', 'é\u{1f600}', 'nul\0nul', '[1,2]', '\u2028']

test('keys of many records are those of each, in any order and with gaps', (context) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-'))
  context.after(() => fs.rmSync(directory, { recursive: true }))
  using database = IndexDatabase.open(path.join(directory, 'index'), Buffer.alloc(32, 1))
  database.exec(
    'CREATE TABLE sort_key (record INTEGER PRIMARY KEY, subject TEXT, from_box TEXT, to_box TEXT, cc_box TEXT, ' +
      'from_name TEXT, to_name TEXT, sent INTEGER, zone INTEGER)',
  )
  const put = database.write('INSERT INTO sort_key VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const remove = database.write('DELETE FROM sort_key')
  const reader = new SortKeyReader(database)
  const record = fc.oneof(fc.nat(40), fc.nat(5000))
  fc.assert(
    fc.property(
      fc.dictionary(fc.nat(40).map(String), fc.constantFrom(...KEYS)),
      fc.uniqueArray(fc.integer({ min: 41, max: 5000 }), { maxLength: 200 }),
      fc.array(fc.oneof(record, fc.constant(-1)), { maxLength: 300 }),
      (few, many, asked) => {
        remove.run()
        const known = new Map<number, { readonly subject: string; readonly sentAt: number | null }>()
        for (const [number, subject] of Object.entries(few)) known.set(Number(number), { subject, sentAt: null })
        for (const number of many) known.set(number, { subject: `s${number % 7}`, sentAt: number * 1e9 - 1e12 })
        for (const [number, { subject, sentAt }] of known)
          put.run(number, subject, 'f', 't', 'c', 'fn', 'tn', sentAt, 60)
        assert.deepEqual(
          reader.read('subject', asked),
          asked.map((number) => known.get(number)?.subject ?? null),
        )
        assert.deepEqual(
          reader.read('sentAt', asked),
          asked.map((number) => known.get(number)?.sentAt ?? null),
        )
      },
    ),
    { numRuns: 50 },
  )
  assert.deepEqual(reader.read('subject', []), [])
})
