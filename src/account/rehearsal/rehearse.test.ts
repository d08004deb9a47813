import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { atOnce } from '#base/steps.ts'
import type { Fixture } from '#account/account-fixture.ts'
import { INBOX } from '#account/state.ts'
import { dropPayloads } from '#ledger/drop-payloads.ts'
import { OpenFiles } from '#ledger/open-files.ts'
import { accountPaths, listSegments, parityPath, segmentPath } from '#ledger/paths.ts'
import { HEAD_BYTES } from '#ledger/record.ts'
import { systemDisk } from '#platform/disk.ts'
import {
  COUNT,
  accountWithHistory,
  found,
  hastyClock,
  message,
  recordOf,
  rehearsed,
  rehearsing,
  tamper,
} from './rehearsal-fixture.test-support.ts'
import { isWhole } from './result.ts'

/** Changes bytes of a record: those of its payload begin at HEAD_BYTES. */
function change(made: Fixture, seq: number, start: number, length: number, to: (byte: number) => number): void {
  const place = made.reader.locate(seq as Seq) ?? assert.fail('no such record')
  const descriptor = fs.openSync(
    segmentPath(accountPaths(made.reader.directory, made.id), place.location.segment),
    'r+',
  )
  const bytes = Buffer.alloc(length)
  fs.readSync(descriptor, bytes, 0, length, place.location.offset + start)
  fs.writeSync(descriptor, bytes.map(to), 0, length, place.location.offset + start)
  fs.closeSync(descriptor)
}

const flipped = (byte: number): number => byte ^ 0x10
const zeroed = (): number => 0

async function rehearsedAnew(made: Fixture): Promise<string[]> {
  const account = await made.open()
  const result = await rehearsed(made, account)
  await account.close()
  return found(result)
}

test('a whole account is restored beside the one in use, which stays as it is', async (t) => {
  const made = await accountWithHistory(t)
  const account = await made.open()
  const phases = new Set<string>()
  const result = await rehearsed(made, account, { progress: ({ phase }) => void phases.add(phase) })
  assert.deepEqual(found(result), [])
  assert.ok(isWhole(result))
  const emails = account.mailboxes().reduce((sum, { messages }) => sum + messages, 0)
  // Four are in two mailboxes.
  assert.deepEqual(result.restored, { messages: emails - 4, mailboxes: account.mailboxes().length })
  // Expunged mail that is still kept was read and opened, too.
  assert.equal(result.mails, COUNT + 1)
  assert.ok(result.payloads > COUNT + 5 && result.bytes > COUNT * 1000)
  assert.equal(result.records, made.ledger.size(made.id))
  assert.equal(result.keySlots, 1)
  assert.ok(result.point !== null && result.point.record < result.records && result.point.gone === 0)
  phases.delete('journal')
  assert.deepEqual([...phases], ['reading', 'messages', 'comparing', 'planning'])
  assert.deepEqual(
    fs.readdirSync(made.indexDirectory).filter((name) => name.includes('rehears')),
    [],
  )
  assert.deepEqual(account.integrity.alarms, [])
  await account.close()
})

test('damage beyond the parity is named as verification names it; what the parity has is restored', async (t) => {
  const made = await accountWithHistory(t, { parity: { percent: 10 } })
  const paths = accountPaths(made.reader.directory, made.id)
  const [first] = listSegments(systemDisk, paths)
  while (!fs.existsSync(parityPath(paths, first as Seq))) await new Promise((resolve) => setTimeout(resolve, 10))
  change(made, 5, 600, 1, flipped)
  assert.deepEqual(await rehearsedAnew(made), [])

  // The last segment has no parity.
  const place = made.reader.locate(37 as Seq) ?? assert.fail('no such record')
  const start = place.location.offset + HEAD_BYTES
  const segment = segmentPath(paths, place.location.segment).slice(paths.directory.length + 1)
  change(made, 37, 600, 1, flipped)
  const line = `record 37: payloadChanged in ${segment}, bytes ${start} to ${start + place.header.payloadLength}`
  assert.deepEqual(await rehearsedAnew(made), [line])

  // A third of the blocks of a segment.
  change(made, 11, 1000, 50_000, zeroed)
  const lines = await rehearsedAnew(made)
  assert.ok(lines.includes(line))
  const lost = lines.find((one) => one.startsWith('record 11:')) ?? ''
  assert.match(lost, /^record 11: payloadZeroed in segments\/[0-9a-f]{16}\.seg, bytes \d+ to \d+$/)
})

test('a head that cannot be read, and a segment that has gone', async (t) => {
  const made = await accountWithHistory(t)
  const paths = accountPaths(made.reader.directory, made.id)
  change(made, 7, 0, 16, zeroed)
  const [head] = await rehearsedAnew(made)
  assert.match(head ?? '', /^record 7: recordHead in segments\/[0-9a-f]{16}\.seg, bytes \d+ to \d+$/)

  const [, second, third] = listSegments(systemDisk, paths)
  fs.rmSync(segmentPath(paths, second as Seq))
  const names = await rehearsedAnew(made)
  assert.equal(names.filter((name) => name.includes('missingRecords')).length, 1, names.join('\n'))
  assert.match(
    names.find((name) => name.includes('missingRecords')) ?? '',
    new RegExp(`^records ${second} to ${(third as number) - 1}: missingRecords`),
  )
})

test('a payload that has gone, and that an e-mail stands for', async (t) => {
  const made = await accountWithHistory(t)
  const directory = made.reader.directory
  const files = new OpenFiles(systemDisk, 4)
  for (const first of listSegments(systemDisk, accountPaths(directory, made.id))) {
    await dropPayloads(
      { disk: systemDisk, directory, files, run: (steps) => Promise.resolve(atOnce(steps)) },
      {
        account: made.id,
        first,
        // The second of them was expunged.
        mayDrop: ({ kind, seq }) => kind === 'mail' && (seq === recordOf(3) || seq === recordOf(21)),
        confirm(_records, replace) {
          replace()
          return Promise.resolve(true)
        },
      },
    )
  }
  files.close()
  const account = await made.open()
  const result = await rehearsed(made, account)
  assert.deepEqual(found(result), [`record ${recordOf(3)}: payloadDropped in segments`])
  assert.equal(result.dropped, 2)
  await account.close()
})

test('what is other in the index in use than the log says has its name', async (t) => {
  const made = await accountWithHistory(t)
  const file = path.join(made.indexDirectory, `${made.id}.index`)
  const good = fs.readFileSync(file)
  const cases: [string, RegExp][] = [
    [
      `UPDATE content SET summary = replace(summary, 'number 5', 'number 6') WHERE record = 6`,
      /^record 6: contentChanged in the index \(message\)$/,
    ],
    [
      `UPDATE content SET payload_key = zeroblob(32) WHERE record = 6`,
      /^record 6: contentChanged in the index \(message\)$/,
    ],
    [`DELETE FROM envelope WHERE record = 6`, /^record 6: contentChanged in the index \(envelope\)$/],
    [`UPDATE header SET bytes = x'00' WHERE record = 6`, /^record 6: contentChanged in the index \(header\)$/],
    [`DELETE FROM content WHERE record = 6`, /^record 6: contentMissing in the index$/],
    [`DELETE FROM thread_reference WHERE record = 6`, /^record 6: contentMissing in the index \(references\)$/],
    [`DELETE FROM mail WHERE record = 6`, /^record 6: contentMissing in the index \(record\)$/m],
    [`UPDATE search_text SET body = 'other' WHERE record = 6`, /^record 6: searchChanged in the index \(text\)$/],
    [`DELETE FROM word WHERE rowid = 6`, /^record 6: searchMissing in the index \(words\)$/],
    [`DELETE FROM mailbox WHERE id = 5`, /^mailbox 5: mailboxMissing in the index: \w+$/],
    [
      `INSERT INTO mailbox SELECT 90, parent, 'Other', NULL, subscribed, sort_order, uid_validity, uid_next, modseq, highest_modseq FROM mailbox WHERE id = 5`,
      /^mailbox 90: mailboxUnknown in the index: Other$/,
    ],
    [
      `UPDATE mailbox SET name = 'Elsewhere', uid_next = uid_next + 1 WHERE id = 3`,
      /^mailbox 3: mailboxChanged in the index \(name, uidNext\): \w+$/,
    ],
    [`UPDATE setting SET value = x'01' WHERE key = 'jmap/something'`, /^settingChanged in the index: jmap\/something$/],
    [
      `UPDATE flag_set SET keywords = '$flagged' WHERE keywords = '$seen'`,
      /^e-mail 1, record 2: messageChanged in the index \(keywords\)$/m,
    ],
    [`UPDATE position SET next_email = next_email + 1`, /^countersChanged in the index \(e-mails\)$/],
  ]
  for (const [statement, name] of cases) {
    fs.writeFileSync(file, good)
    tamper(made, statement)
    const names = await rehearsedAnew(made)
    assert.match(names.join('\n'), name, statement)
  }
})

test('mail that comes, is expunged, filed and flagged meanwhile makes no difference', async (t) => {
  const made = await accountWithHistory(t)
  const account = await made.open({ clock: hastyClock() })
  let rests = 0
  const busy = async (): Promise<void> => {
    const number = ++rests
    if (number % 4 === 0 && number < 400) await made.deliver(message(100 + number))
    if (number % 7 === 0)
      await account.commit([{ kind: 'remove', mailbox: INBOX, set: [[(number % 50) + 1, (number % 50) + 2]] }])
    if (number % 9 === 0) {
      const keywords = [number % 2 === 0 ? '$flagged' : 'later']
      await account.commit([
        { kind: 'changeKeywords', mailbox: INBOX, set: [[10, 60]], mode: 'add', keywords, unchangedSince: null },
        { kind: 'set', key: 'jmap/x', value: number },
      ])
    }
  }
  const result = await rehearsed(made, account, { rest: busy })
  assert.deepEqual(found(result), [])
  assert.ok(rests > 50, String(rests))
  assert.ok(result.mails > COUNT + 5)
  assert.deepEqual(account.integrity.alarms, [])
  await account.close()
})

test('where the disk is full, nothing is said, and nothing is left', async (t) => {
  const made = await accountWithHistory(t)
  const account = await made.open({ clock: hastyClock() })
  const listed = fs.readdirSync(made.indexDirectory)
  let left = 0
  for (const looks of [0, 20, 60]) {
    left = looks
    const { outcome } = rehearsing(made, account, { freeBytes: () => (left-- > 0 ? 2 ** 40 : 1024) })
    assert.deepEqual(await outcome, { kind: 'noRoom' }, `after ${looks}`)
    assert.deepEqual(fs.readdirSync(made.indexDirectory), listed)
  }
  assert.deepEqual(found(await rehearsed(made, account)), [])
  await account.close()
})
