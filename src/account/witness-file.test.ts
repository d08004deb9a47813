import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId } from '#base/ids.ts'
import { systemDisk } from '#platform/disk.ts'
import type { LogAlarm } from './log-alarm.ts'
import { parseWitness, readWitness, withAlarm, witnessPath, writeWitness } from './witness-file.ts'

const account = '0123456789abcdef0123456789abcdef' as AccountId
const alarm: LogAlarm = {
  kind: 'rollback',
  found: 1_800_000_000_000,
  known: { size: 9, root: '0'.repeat(64) },
  met: { size: 4, root: '' },
  acknowledged: null,
}

test('what is written is read back; of another account, or damaged, nothing', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-witness-'))
  const file = witnessPath(directory, account)
  const remembered = { ledgerKey: 'a'.repeat(64), seen: { size: 9, root: 'b'.repeat(64) }, alarms: [alarm] }
  await writeWitness(systemDisk, file, account, remembered)
  assert.deepEqual(readWitness(systemDisk, file, account), remembered)
  const text = fs.readFileSync(file, 'utf8')
  assert.equal(parseWitness(text, '1'.repeat(32) as AccountId), null)
  fs.writeFileSync(file, text.slice(0, -10))
  assert.deepEqual(readWitness(systemDisk, file, account), { ledgerKey: null, seen: null, alarms: [] })
  fs.rmSync(directory, { recursive: true })
})

test('nothing that a file can hold throws', () => {
  fc.assert(fc.property(fc.json(), (text) => void parseWitness(text, account)))
  fc.assert(
    fc.property(fc.anything(), (alarms) => {
      const text = JSON.stringify({ version: 1, account, ledgerKey: null, seen: null, alarms })
      const parsed = parseWitness(text, account)
      assert.ok(parsed === null || parsed.alarms.length === 0)
    }),
  )
})

test('of too many alarms those that were acknowledged go first', () => {
  let alarms: LogAlarm[] = []
  for (let found = 0; found < 300; found++) {
    alarms = withAlarm(alarms, { ...alarm, found, acknowledged: found % 2 === 0 ? 1 : null })
  }
  assert.equal(alarms.length, 200)
  assert.ok(alarms.some(({ found }) => found === 1))
})
