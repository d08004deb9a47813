// Opening an account that is not as it was left: what can be rebuilt is rebuilt, what cannot be trusted is not continued, and no
// committed record is ever overwritten. And opening a ledger of which the commit journal is damaged.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { LedgerDamagedError, LedgerRefusedError } from '#ledger/errors.ts'
import { encodeHead } from '#ledger/record.ts'
import { quiesce } from './ledger-world.ts'
import { ACCOUNT, ScratchLedger } from './scratch-ledger.ts'

const RECORDS = 30
const LAST = RECORDS - 1

async function closed(): Promise<{ scratch: ScratchLedger; root: string; last: { path: string; offset: number } }> {
  const scratch = await ScratchLedger.open()
  await scratch.fill(RECORDS)
  const root = scratch.ledger.checkpoint(ACCOUNT).root.toString('hex')
  await scratch.close()
  using reader = scratch.reader()
  const location = reader.locate(LAST as Seq)?.location ?? { segment: 0 as Seq, offset: 0 }
  return { scratch, root, last: { path: scratch.segmentPath(location.segment), offset: location.offset } }
}

async function appends(scratch: ScratchLedger): Promise<void> {
  await scratch.append(Buffer.from('another'))
  await quiesce()
  using reader = scratch.reader()
  const record = reader.locate(RECORDS as Seq)
  assert.ok(record !== null)
  assert.equal(reader.readPayload(record.location, record.header).toString(), 'another')
}

async function refusesAppends(scratch: ScratchLedger): Promise<void> {
  const append = scratch.append(Buffer.from('another'))
  await assert.rejects(append, (error) => error instanceof LedgerRefusedError && error.reason === 'unavailable')
}

test('a cold account is opened without reading its records, however many they are', async () => {
  const { scratch, root } = await closed()
  await scratch.reopen()
  const { reads, restore } = countReads(scratch)
  assert.equal(scratch.ledger.checkpoint(ACCOUNT).root.toString('hex'), root)
  assert.equal(scratch.ledger.size(ACCOUNT), RECORDS)
  restore()
  assert.ok(reads.bytes < 4096, `${reads.bytes} bytes were read`)
})

/** Of segments. */
function countReads(scratch: ScratchLedger): { reads: { bytes: number }; restore: () => void } {
  const reads = { bytes: 0 }
  const { disk } = scratch
  const openRead = disk.openRead.bind(disk)
  disk.openRead = (path) => {
    const file = openRead(path)
    const read = (buffer: Uint8Array, position: number): number => {
      const count = file.read(buffer, position)
      if (path.includes('/segments/')) reads.bytes += count
      return count
    }
    return { ...file, read }
  }
  return { reads, restore: () => void (disk.openRead = openRead) }
}

for (const names of [['tree/0'], ['checkpoints'], ['tree/0', 'checkpoints'], ['slots']]) {
  test(`without ${names.join(' and ')}: made again, with the same tree`, async () => {
    const { scratch, root } = await closed()
    for (const name of names) scratch.disk.remove(scratch.path(name))
    await scratch.reopen()
    assert.equal(scratch.ledger.checkpoint(ACCOUNT).root.toString('hex'), root)
    await appends(scratch)
    await scratch.ledger.append(ACCOUNT, [{ kind: 'slot', payload: Buffer.from('slot') }])
    await scratch.close()
    assert.deepEqual((await scratch.verify()).findings, [])
  })
}

test('a wrong hash in the stored tree is found by the signed root, and made again', async () => {
  const { scratch, root } = await closed()
  scratch.flip(scratch.path('tree/0'), LAST * 32)
  await scratch.reopen()
  assert.equal(scratch.ledger.checkpoint(ACCOUNT).root.toString('hex'), root)
  await scratch.close()
  assert.deepEqual((await scratch.verify()).findings, [])
})

test('a torn end of the checkpoints file is cut', async () => {
  const { scratch } = await closed()
  const file = scratch.disk.file(scratch.path('checkpoints'))
  file.write(Buffer.alloc(128 + 17), file.size)
  await scratch.reopen()
  await appends(scratch)
  await scratch.close()
  assert.deepEqual((await scratch.verify()).findings, [])
})

test('bytes after the last record are not overwritten: the next record begins a segment', async () => {
  const { scratch, last } = await closed()
  const file = scratch.disk.file(last.path)
  const { size } = file
  file.write(Buffer.from('whatever this may be'), size)
  await scratch.reopen()
  await appends(scratch)
  const kept = Buffer.alloc(20)
  file.read(kept, size)
  assert.equal(kept.toString(), 'whatever this may be')
  assert.ok(scratch.disk.exists(scratch.segmentPath(RECORDS)))
})

test('a damaged head in the last segment does not stop the account', async () => {
  const { scratch, root, last } = await closed()
  scratch.flip(last.path, last.offset + 30)
  await scratch.reopen()
  assert.equal(scratch.ledger.checkpoint(ACCOUNT).root.toString('hex'), root)
  await appends(scratch)
})

test('a log that is shorter than what was signed is not continued; others are', async () => {
  const { scratch, last } = await closed()
  scratch.disk.file(last.path).truncate(last.offset)
  await scratch.reopen()
  await refusesAppends(scratch)
  assert.throws(() => scratch.ledger.size(ACCOUNT), /damaged/)
  await scratch.ledger.append('e'.repeat(32) as typeof ACCOUNT, [{ kind: 'mail', payload: Buffer.of(1) }])
})

test('records that are not those that were signed are not continued', async () => {
  const { scratch, last } = await closed()
  using reader = scratch.reader()
  const header = reader.locate(LAST as Seq)?.header
  assert.ok(header !== undefined)
  scratch.disk.file(last.path).corrupt(last.offset, encodeHead({ ...header, kind: 'journal' }))
  scratch.disk.remove(scratch.path('tree/0'))
  await scratch.reopen()
  await refusesAppends(scratch)
})

test('a signing key that has gone or is damaged is not replaced', async () => {
  const { scratch } = await closed()
  scratch.flip('/ledger/key', 3)
  await assert.rejects(scratch.reopen(), LedgerDamagedError)
  scratch.disk.remove('/ledger/key')
  await assert.rejects(scratch.reopen(), LedgerDamagedError)
})

/** The journal holds records that were acknowledged and are nowhere else: of ten groups. */
async function unsettled(): Promise<ScratchLedger> {
  const scratch = await ScratchLedger.open()
  await scratch.fill(10)
  await quiesce()
  await scratch.kill()
  return scratch
}

test('a damaged group with others after it: refused, and with consent the rest is used and the file kept', async () => {
  const scratch = await unsettled()
  scratch.flip('/ledger/journal/0', 4096 * 4 + 300)
  await assert.rejects(
    scratch.reopen(),
    (error) => error instanceof LedgerDamagedError && /journal\/0: bytes 16384 to \d+/.test(error.message),
  )
  await scratch.reopen({ acceptDamage: true })
  // The damaged record had settled already, so that not even it is lost.
  assert.equal(scratch.ledger.size(ACCOUNT), 10)
  assert.equal(scratch.ledger.recovered.damage.length, 1)
  assert.ok(scratch.disk.list('/ledger/journal').some((name) => name.startsWith('0.damaged-')))
  await scratch.fill(3)
  await scratch.close()
  await scratch.reopen()
  assert.equal(scratch.ledger.size(ACCOUNT), 13)
  assert.deepEqual((await scratch.verify()).findings, [])
})

test('a damaged file head does not lose the groups behind it', async () => {
  const scratch = await unsettled()
  for (const name of scratch.disk.files()) if (name.includes('/segments/')) scratch.disk.file(name).truncate(64)
  scratch.flip('/ledger/journal/0', 9)
  await scratch.reopen()
  assert.equal(scratch.ledger.size(ACCOUNT), 10)
  assert.deepEqual((await scratch.verify()).findings, [])
})

test('a head that was torn while an empty file was cut does not bring back what was there long ago', async () => {
  const scratch = await unsettled()
  // Each start cuts both files, and writes no group: those of the first life stay in their blocks.
  await scratch.reopen()
  await scratch.fill(3)
  await scratch.close()
  await scratch.reopen()
  await scratch.close()
  for (const index of [0, 1]) {
    scratch.flip(`/ledger/journal/${index}`, 9)
    await scratch.reopen()
    assert.deepEqual([scratch.ledger.recovered.records, scratch.ledger.recovered.damage], [0, []])
    assert.equal(scratch.ledger.size(ACCOUNT), 13)
    await scratch.close()
  }
  assert.deepEqual((await scratch.verify()).findings, [])
})

test('a torn last group is no damage: it was not acknowledged', async () => {
  const scratch = await unsettled()
  const file = scratch.disk.file('/ledger/journal/0')
  const torn = Buffer.alloc(4096)
  file.read(torn, 4096 * 10)
  file.write(torn.fill(0xaa, 64), 4096 * 11)
  await scratch.reopen()
  assert.deepEqual(scratch.ledger.recovered.damage, [])
  assert.equal(scratch.ledger.size(ACCOUNT), 10)
})

test('what follows a large record that the journal names is cut', async () => {
  const scratch = await ScratchLedger.open()
  await scratch.append(scratch.random.bytes(9000))
  await quiesce()
  await scratch.kill()
  const segment = scratch.disk.file(scratch.segmentPath(0))
  const { size } = segment
  segment.write(Buffer.from('stray'), size)
  await scratch.reopen()
  assert.equal(scratch.ledger.size(ACCOUNT), 1)
  assert.equal(scratch.disk.file(scratch.segmentPath(0)).size, size)
  await scratch.close()
  assert.deepEqual((await scratch.verify()).findings, [])
})

test('a journal that goes on after what the segments have: refused, and with consent others go on', async () => {
  const scratch = await ScratchLedger.open()
  await scratch.fill(10)
  await scratch.close()
  await scratch.reopen()
  await scratch.fill(1)
  await scratch.ledger.append('e'.repeat(32) as typeof ACCOUNT, [{ kind: 'mail', payload: Buffer.of(1) }])
  await quiesce()
  await scratch.kill()
  for (const name of scratch.disk.files()) if (name.startsWith(scratch.path(''))) scratch.disk.remove(name)
  await assert.rejects(
    scratch.reopen(),
    (error) => error instanceof LedgerDamagedError && error.message.includes(ACCOUNT),
  )
  await scratch.reopen({ acceptDamage: true })
  assert.equal(scratch.ledger.size('e'.repeat(32) as typeof ACCOUNT), 1)
})
