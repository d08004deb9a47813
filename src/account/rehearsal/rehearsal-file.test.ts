import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId } from '#base/ids.ts'
import { decodeCbor, encodeCbor } from '#keys/cbor.ts'
import { systemDisk } from '#platform/disk.ts'
import { settingFromCbor } from '#account/operation-codec.ts'
import { indexFinding, logFinding, ofRecord } from './finding.ts'
import {
  NO_NOTES,
  type RehearsalNotes,
  isRehearsalDue,
  isRehearsalOverdue,
  parseRehearsalNotes,
  readRehearsalNotes,
  writeRehearsalNotes,
} from './rehearsal-file.ts'
import { type RehearsalResult, laterOf, plainRehearsed, readRehearsed, withResult } from './result.ts'

const ACCOUNT = 'a'.repeat(32) as AccountId
const DAY_MS = 86_400_000
const FINDINGS = [
  logFinding('payloadChanged', ofRecord(7), 'segments/0000000000000000.seg', { start: 10, end: 20 }),
  indexFinding('mailboxChanged', { id: 3, name: 'Ünsere Post', what: 'name' }),
]
const RESULT: RehearsalResult = {
  began: 1000,
  ended: 2000,
  tookMs: 12,
  records: 9,
  payloads: 8,
  bytes: 800,
  mails: 5,
  dropped: 1,
  isDirect: true,
  restored: { messages: 4, mailboxes: 6 },
  keySlots: 2,
  point: { record: 3, time: 900, messages: 2, changes: 5, gone: 1, problems: 0 },
  findingCount: 2,
  findings: FINDINGS,
}
const NOTES: RehearsalNotes = {
  last: RESULT,
  wholeAt: 500,
  isAcknowledged: false,
  everyMs: DAY_MS,
  hindered: { at: 1500, why: 'noRoom' },
  progress: {
    began: 100,
    tookMs: 3,
    reading: { next: 4, payloads: 3, bytes: 30, mails: 2, dropped: 0, isDirect: false, unreadable: [[1, 2]] },
    findingCount: 1,
    findings: FINDINGS.slice(0, 1),
  },
}

test('the file says what was written, without text of the owner', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-notes-'))
  const file = path.join(directory, 'notes')
  assert.deepEqual(readRehearsalNotes(systemDisk, file, ACCOUNT), NO_NOTES)
  await writeRehearsalNotes(systemDisk, file, ACCOUNT, NOTES)
  assert.ok(!fs.readFileSync(file, 'utf8').includes('Post'))
  const read = readRehearsalNotes(systemDisk, file, ACCOUNT)
  const findings = FINDINGS.map((finding) => ({ ...finding, name: null }))
  assert.deepEqual(read, { ...NOTES, last: { ...RESULT, findings } })
  assert.deepEqual(readRehearsalNotes(systemDisk, file, 'b'.repeat(32) as AccountId), NO_NOTES)
  fs.rmSync(directory, { recursive: true })
})

test('the account keeps it all, and what is not of the form is as if it were not there', () => {
  const stored = settingFromCbor(decodeCbor(encodeCbor(plainRehearsed(NOTES))))
  assert.deepEqual(readRehearsed(stored), { last: RESULT, wholeAt: 500, isAcknowledged: false })
  const text = JSON.stringify({
    version: 1,
    account: ACCOUNT,
    ...plainRehearsed(NOTES),
    everyMs: null,
    hindered: null,
    progress: null,
  })
  assert.notEqual(parseRehearsalNotes(text, ACCOUNT), null)
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom('', '9', '"', '{', 'x', '-', 'null'), (at, put) => {
      const changed = text.slice(0, at) + put + text.slice(at + 1)
      const read = parseRehearsalNotes(changed, ACCOUNT)
      if (read !== null) assert.notEqual(new Date(read.last?.ended ?? 0).toISOString(), '')
    }),
  )
  fc.assert(fc.property(fc.anything(), (value) => void readRehearsed(value)))
})

test('when one is due, and when it is overdue', () => {
  const since = (days: number): RehearsalNotes => ({
    ...NO_NOTES,
    last: { ...RESULT, ended: 100 * DAY_MS - days * DAY_MS },
  })
  const now = 100 * DAY_MS
  assert.ok(isRehearsalDue(NO_NOTES, DAY_MS, now))
  assert.ok(!isRehearsalDue(NO_NOTES, null, now))
  assert.ok(!isRehearsalDue(since(29), 30 * DAY_MS, now))
  assert.ok(isRehearsalDue(since(30), 30 * DAY_MS, now))
  // The clock was set back since.
  assert.ok(isRehearsalDue(since(-1), 30 * DAY_MS, now))
  assert.ok(!isRehearsalOverdue(since(30), 30 * DAY_MS, null, now))
  assert.ok(isRehearsalOverdue(since(31), 30 * DAY_MS, null, now))
  assert.ok(!isRehearsalOverdue(since(31), null, null, now))
  // There was none, and the account is new, or old.
  assert.ok(!isRehearsalOverdue(NO_NOTES, 30 * DAY_MS, now - DAY_MS, now))
  assert.ok(isRehearsalOverdue(NO_NOTES, 30 * DAY_MS, now - 31 * DAY_MS, now))
})

test('what is known stays acknowledged; of two places the later counts', () => {
  const acknowledged = { last: RESULT, wholeAt: 500, isAcknowledged: true }
  assert.ok(withResult(acknowledged, { ...RESULT, ended: 3000 }).isAcknowledged)
  const more = {
    ...RESULT,
    ended: 3000,
    findings: [...FINDINGS, logFinding('payloadZeroed', ofRecord(8))],
    findingCount: 3,
  }
  assert.ok(!withResult(acknowledged, more).isAcknowledged)
  const other = { ...RESULT, ended: 3000, findings: [logFinding('payloadZeroed', ofRecord(8))], findingCount: 1 }
  assert.ok(!withResult(acknowledged, other).isAcknowledged)
  const whole = { ...RESULT, ended: 4000, findings: [], findingCount: 0 }
  assert.deepEqual(withResult(acknowledged, whole), { last: whole, wholeAt: 4000, isAcknowledged: false })
  const before = { last: RESULT, wholeAt: null, isAcknowledged: false }
  assert.deepEqual(laterOf(before, acknowledged), acknowledged)
  assert.equal(laterOf(acknowledged, withResult(before, whole)).last, whole)
})
