// What a client needs to check the log by itself, from a real account: docs/formats/jmap-integrity.md.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { makeFixture } from '#account/account-fixture.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { logFinding } from '#account/rehearsal/finding.ts'
import { rehearsalOperation } from '#account/rehearsal/result.ts'
import { leafHash, verifyConsistency, verifyInclusion } from '#crypto/merkle.ts'
import { parseCheckpoint, parseVerifier } from '#ledger/checkpoint.ts'
import { parseMark } from '#ledger/mark.ts'
import { INTEGRITY } from './capabilities.ts'
import { type Any, TestClient } from './test-client.test-support.ts'

interface Scene {
  readonly client: TestClient
  account(): OpenAccount
  /** Mail comes, and the account is closed and opened again, with what is signed of it durable. */
  grow(count: number): Promise<void>
}

async function scene(t: TestContext): Promise<Scene> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-integrity-'))
  const fixture = await makeFixture(directory, { quick: true })
  let account: OpenAccount | null = null
  const made = { client: null as unknown as TestClient, grow, account: () => account ?? assert.fail('not open') }
  async function grow(count: number): Promise<void> {
    for (let at = 0; at < count; at++) await fixture.deliver(Buffer.from(`Subject: ${at}\r\n\r\ntext\r\n`))
    account ??= await fixture.open()
    await account.filed()
    await account.close()
    account = await fixture.open()
    made.client = new TestClient(account)
    made.client.using = [INTEGRITY]
    // A checkpoint is stored soon after what it is about.
    while (checkpointOf(await made.client.call('Integrity/get')).size < fixture.ledger.size(fixture.id)) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  t.after(async () => {
    await account?.close()
    await fixture.close()
    fs.rmSync(directory, { recursive: true })
  })
  await grow(3)
  return made
}

function checkpointOf({ checkpoint, ledgerKey }: Any): { readonly size: number; readonly root: Buffer } {
  if (checkpoint === null) return { size: -1, root: Buffer.alloc(0) }
  const key = parseVerifier(ledgerKey) ?? assert.fail('no key')
  return parseCheckpoint(checkpoint, key) ?? assert.fail('not signed by the ledger')
}

const hashes = (proof: readonly string[]): Buffer[] => proof.map((hash) => Buffer.from(hash, 'base64'))

test('a checkpoint, that it goes on from an earlier one, and the mark of the owner', async (t) => {
  const made = await scene(t)
  const first = checkpointOf(await made.client.call('Integrity/get', { since: null }))
  await made.grow(4)
  const answer = await made.client.call('Integrity/get', { since: first.size })
  const newest = checkpointOf(answer)
  assert.ok(newest.size > first.size)
  assert.ok(verifyConsistency(first.size, newest.size, first.root, newest.root, hashes(answer.consistency)))
  const mark = parseMark(Buffer.from(answer.mark.note)) ?? assert.fail('not a mark')
  assert.equal(mark.number, 1)
  assert.ok(answer.ownerKey.startsWith('mailkeep-owner+'))
  assert.ok(verifyConsistency(mark.size, newest.size, mark.root, newest.root, hashes(answer.mark.consistency)))
  assert.deepEqual(answer.alarms, [])
  assert.equal((await made.client.call('Integrity/get', { since: newest.size + 1 })).consistency, null)
  assert.deepEqual((await made.client.call('Integrity/get', { since: newest.size })).consistency, [])
})

test('a message is in the tree; what is not there is not found', async (t) => {
  const { client } = await scene(t)
  const { size, root } = checkpointOf(await client.call('Integrity/get'))
  const { list, notFound } = await client.call('Integrity/prove', { ids: ['e1', 'e3', 'e4', 'x'], size })
  assert.deepEqual(notFound, ['e4', 'x'])
  for (const { record, header, proof } of list) {
    const leaf = leafHash(Buffer.from(header, 'base64'))
    assert.ok(verifyInclusion(record, size, leaf, hashes(proof), root))
  }
  assert.equal(list.length, 2)
  assert.deepEqual((await client.call('Integrity/prove', { ids: ['e1'], size: size + 1 })).notFound, ['e1'])
  assert.deepEqual((await client.call('Integrity/prove', { ids: ['e1'], size: 0 })).notFound, ['e1'])
  assert.equal((await client.error('Integrity/prove', { ids: ['e1'], size: -1 })).type, 'invalidArguments')
  assert.equal((await client.error('Integrity/get', { since: 'x' })).type, 'invalidArguments')
})

test('what rehearsals of restoring came to, and whether there is something to be told', async (t) => {
  const { client, account } = await scene(t)
  const none = (await client.call('Integrity/get')).rehearsal
  assert.deepEqual([none.last, none.whole, none.isAlarming, none.every], [null, null, false, null])
  const finding = logFinding('payloadChanged', { from: 4, to: 5 }, 'segments/0.seg', { start: 1, end: 2 })
  const last = {
    began: 1000,
    ended: 2000,
    tookMs: 1500,
    records: 9,
    payloads: 8,
    bytes: 100,
    mails: 3,
    dropped: 0,
    isDirect: true,
    restored: { messages: 3, mailboxes: 6 },
    keySlots: 1,
    findingCount: 1,
    findings: [finding],
    point: { record: 2, time: 500, messages: 1, changes: 4, gone: 0, problems: 0 },
  }
  await account().commit([rehearsalOperation({ last, wholeAt: 10, isAcknowledged: false })])
  const { rehearsal } = await client.call('Integrity/get')
  assert.deepEqual([rehearsal.isAlarming, rehearsal.whole], [true, '1970-01-01T00:00:00.010Z'])
  assert.deepEqual(rehearsal.last.findings, [
    { text: 'record 4: payloadChanged in segments/0.seg, bytes 1 to 2', name: null },
  ])
  assert.deepEqual(
    [rehearsal.last.seconds, rehearsal.last.messages, rehearsal.last.isWhole, rehearsal.last.point.time],
    [2, 3, false, '1970-01-01T00:00:00.500Z'],
  )
  await account().integrity.acknowledge()
  assert.equal((await client.call('Integrity/get')).rehearsal.isAlarming, false)
})

test('only who uses the capability may ask', async (t) => {
  const { client } = await scene(t)
  client.using = ['urn:ietf:params:jmap:core']
  assert.equal((await client.error('Integrity/get')).type, 'unknownMethod')
})
