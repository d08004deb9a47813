// Appending: order, atomicity, limits, staging, watching, group commit.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '#base/ids.ts'
import { verifyCheckpoint } from '#ledger/checkpoint.ts'
import { LedgerRefusedError, type RefusalReason } from '#ledger/errors.ts'
import type { CommittedRecord } from '#ledger/group.ts'
import { quiesce } from './ledger-world.ts'
import { ACCOUNT, ScratchLedger } from './scratch-ledger.ts'

const OTHER = 'f'.repeat(32) as AccountId

async function assertRefused(append: Promise<unknown>, reason: RefusalReason): Promise<void> {
  await assert.rejects(append, (error) => error instanceof LedgerRefusedError && error.reason === reason)
}

function payloads(scratch: ScratchLedger, account = ACCOUNT): string[] {
  using reader = scratch.reader(account)
  const found: string[] = []
  for (const { header, location } of reader.records({ seq: 0 as never, location: null })) {
    if (header !== null) found.push(reader.readPayload(location, header).toString('latin1'))
  }
  return found
}

test('several records are contiguous, have one time, and are told with their places', async () => {
  const scratch = await ScratchLedger.open()
  await scratch.append(Buffer.from('before'))
  const first = scratch.ledger.append(ACCOUNT, [
    { kind: 'mail', payload: Buffer.from('a mail') },
    { kind: 'journal', payload: Buffer.from('its filing') },
  ])
  const second = scratch.ledger.append(ACCOUNT, [{ kind: 'mark', payload: Buffer.alloc(0) }])
  const appended = await first
  assert.equal(appended.firstSeq, 1)
  assert.equal(appended.time, scratch.clock.now())
  assert.deepEqual(
    appended.records.map(({ header }) => [header.seq, header.kind, header.time]),
    [
      [1, 'mail', appended.time],
      [2, 'journal', appended.time],
    ],
  )
  assert.equal((await second).firstSeq, 3)
  await quiesce()
  using reader = scratch.reader()
  for (const { header, location } of appended.records) reader.readPayload(location, header)
  assert.deepEqual(payloads(scratch), ['before', 'a mail', 'its filing', ''])
})

test('time never goes back', async () => {
  const scratch = await ScratchLedger.open()
  await scratch.append(Buffer.from('1'))
  const now = scratch.clock.now()
  scratch.clock.setBack(60_000)
  const { time } = await scratch.ledger.append(ACCOUNT, [{ kind: 'mail', payload: Buffer.from('2') }])
  assert.equal(time, now)
})

test('appends that arrive together share syncs, whatever their accounts', async () => {
  const scratch = await ScratchLedger.open()
  let syncs = 0
  scratch.disk.faults = (_number, kind, path) => {
    if (kind === 'datasync' && path.includes('/journal/')) syncs++
    return null
  }
  const accounts = Array.from({ length: 50 }, (_, index) => index.toString(16).padStart(32, '0') as AccountId)
  await Promise.all(
    accounts.map((account) => scratch.ledger.append(account, [{ kind: 'mail', payload: Buffer.from('hello') }])),
  )
  assert.ok(syncs <= 2, `${syncs} syncs`)
  await quiesce()
  for (const account of accounts) assert.deepEqual(payloads(scratch, account), ['hello'])
})

test('quota, size and count are bounded', async () => {
  const scratch = await ScratchLedger.open()
  const { ledger } = scratch
  await scratch.append(Buffer.alloc(1000))
  const used = ledger.usageBytes(ACCOUNT)
  assert.equal(used, 64 + 128 + 1000)
  const payload = Buffer.alloc(100)
  await assertRefused(ledger.append(ACCOUNT, [{ kind: 'mail', payload }], { quotaBytes: used + 227 }), 'overQuota')
  await ledger.append(ACCOUNT, [{ kind: 'mail', payload }], { quotaBytes: used + 228 })
  await assertRefused(ledger.append(ACCOUNT, [{ kind: 'slot', payload: Buffer.alloc(65_537) }]), 'tooLarge')
  await assertRefused(ledger.append(ACCOUNT, [{ kind: 'journal', payload: Buffer.alloc(2 ** 24 + 1) }]), 'tooLarge')
  const many = Array.from({ length: 4097 }, () => ({ kind: 'mail' as const, payload }))
  await assertRefused(ledger.append(ACCOUNT, many), 'tooLarge')
  await assertRefused(ledger.append(ACCOUNT, many.slice(0, 1000)), 'tooLarge')
  assert.equal(ledger.size(ACCOUNT), 2)
})

test('what waits is bounded, too', async () => {
  const scratch = await ScratchLedger.open({ waitingBytes: 10_000 })
  const append = (): Promise<unknown> => scratch.ledger.append(ACCOUNT, [{ kind: 'mail', payload: Buffer.alloc(3000) }])
  const [first, second, third, fourth] = [append(), append(), append(), append()]
  await assertRefused(fourth, 'unavailable')
  await Promise.all([first, second, third])
})

test('a large payload, staged or not, has a segment of its own and leaves nothing behind', async () => {
  const scratch = await ScratchLedger.open()
  const { ledger, random } = scratch
  const large = random.bytes(20_000)
  const staged = ledger.stage(ACCOUNT)
  for (let at = 0; at < large.length; at += 999) await staged.write(large.subarray(at, at + 999))
  await staged.finish()
  assert.equal(staged.length, large.length)
  await scratch.append(Buffer.from('before'))
  await ledger.append(ACCOUNT, [
    { kind: 'mail', payload: staged },
    { kind: 'journal', payload: Buffer.from('filed') },
  ])
  await scratch.append(large, Buffer.from('after'))
  await quiesce()
  const text = large.toString('latin1')
  assert.deepEqual(payloads(scratch), ['before', text, 'filed', text, 'after'])
  assert.equal(scratch.disk.file(scratch.segmentPath(1)).size, 64 + 128 + large.length)
  assert.deepEqual(scratch.disk.list('/ledger/incoming'), [])
  assert.deepEqual((await scratch.verify()).findings, [])
})

test('a small payload can be staged; one that is given up, or refused, leaves no file', async () => {
  const scratch = await ScratchLedger.open()
  const { ledger } = scratch
  const small = ledger.stage(ACCOUNT)
  await small.write(Buffer.from('in two '))
  await small.write(Buffer.from('pieces'))
  await small.finish()
  const kept = [{ kind: 'mail' as const, payload: small }]
  await assertRefused(ledger.append(ACCOUNT, kept, { quotaBytes: 1 }), 'overQuota')
  await ledger.append(ACCOUNT, kept)
  {
    using givenUp = ledger.stage(ACCOUNT)
    await givenUp.write(Buffer.alloc(300_000))
    assert.equal(scratch.disk.list('/ledger/incoming').length, 1)
  }
  assert.deepEqual(scratch.disk.list('/ledger/incoming'), [])
  scratch.disk.faults = (_number, kind, path) => (kind === 'write' && path.includes('/incoming/') ? 'ENOSPC' : null)
  const refused = ledger.stage(ACCOUNT)
  await assertRefused(refused.write(Buffer.alloc(600_000)), 'noSpace')
  assert.deepEqual(scratch.disk.list('/ledger/incoming'), [])
  await quiesce()
  assert.deepEqual(payloads(scratch), ['in two pieces'])
})

test('a payload that is given up while its append waits is refused, and harms nobody', async () => {
  const scratch = await ScratchLedger.open()
  const staged = scratch.ledger.stage(ACCOUNT)
  await staged.write(Buffer.alloc(20_000))
  await staged.finish()
  const append = scratch.ledger.append(ACCOUNT, [{ kind: 'mail', payload: staged }])
  staged.discard()
  const other = scratch.append(Buffer.from('other'))
  await assertRefused(append, 'unavailable')
  await other
  await quiesce()
  assert.deepEqual(payloads(scratch), ['other'])
})

test('what was left in incoming/ is deleted at the next start', async () => {
  const scratch = await ScratchLedger.open()
  const staged = scratch.ledger.stage(ACCOUNT)
  await staged.write(Buffer.alloc(300_000))
  await scratch.kill()
  assert.equal(scratch.disk.list('/ledger/incoming').length, 1)
  await scratch.reopen()
  assert.deepEqual(scratch.disk.list('/ledger/incoming'), [])
})

test('watchers hear of every record once, in order, and then that it can be read', async () => {
  const scratch = await ScratchLedger.open()
  const seen: number[] = []
  const settled: number[] = []
  await scratch.append(Buffer.from('not seen'))
  const heard = (records: readonly CommittedRecord[]): void => {
    seen.push(...records.map(({ header }) => header.seq))
  }
  const watch = scratch.ledger.watch(ACCOUNT, heard, (size) => {
    assert.ok(size <= seen.length + 1, 'first it is committed')
    settled.push(size)
  })
  await Promise.all(Array.from({ length: 20 }, () => scratch.append(Buffer.from('seen'))))
  await scratch.ledger.append(OTHER, [{ kind: 'mail', payload: Buffer.alloc(1) }])
  await quiesce()
  watch[Symbol.dispose]()
  await scratch.append(Buffer.from('not seen, either'))
  assert.deepEqual(
    seen,
    [...Array.from({ length: 20 }).keys()].map((index) => index + 1),
  )
  assert.equal(settled.at(-1), 21)
})

test('a checkpoint is of everything acknowledged; it is stored soon after', async () => {
  const scratch = await ScratchLedger.open()
  const { ledger } = scratch
  assert.equal(ledger.checkpoint(ACCOUNT).size, 0)
  await scratch.append(Buffer.from('1'), Buffer.from('2'))
  const checkpoint = ledger.checkpoint(ACCOUNT)
  assert.equal(checkpoint.size, 2)
  assert.ok(verifyCheckpoint(checkpoint, ledger.publicKey))
  await quiesce()
  using reader = scratch.reader()
  assert.deepEqual([...reader.checkpoints()], [])
  scratch.clock.advance(100)
  await quiesce()
  assert.deepEqual(
    [...reader.checkpoints()].map((stored) => stored?.size),
    [2],
  )
})

test('a closed ledger refuses, and has left nothing to recover', async () => {
  const scratch = await ScratchLedger.open()
  await scratch.fill(5)
  await scratch.close()
  await assertRefused(scratch.append(Buffer.from('late')), 'unavailable')
  const ledger = await scratch.reopen()
  assert.deepEqual([ledger.recovered.records, ledger.recovered.damage], [0, []])
  assert.equal(ledger.size(ACCOUNT), 5)
})

test('memory holds a bounded number of accounts, and those that left come back as they were', async () => {
  const scratch = await ScratchLedger.open({ accounts: 3, openFiles: 4 })
  const accounts = Array.from({ length: 12 }, (_, index) => index.toString(16).padStart(32, '0') as AccountId)
  for (let round = 0; round < 3; round++) {
    for (const account of accounts) {
      await scratch.ledger.append(account, [{ kind: 'mail', payload: Buffer.from(`${round}`) }])
      scratch.clock.advance(100)
      await quiesce()
    }
  }
  for (const account of accounts) {
    assert.equal(scratch.ledger.size(account), 3)
    assert.deepEqual(payloads(scratch, account), ['0', '1', '2'])
    assert.deepEqual((await scratch.verify(account)).findings, [])
  }
})
