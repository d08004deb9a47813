// What a client needs to check the log by itself, from a real account: docs/formats/jmap-integrity.md.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { makeFixture } from '#account/account-fixture.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { leafHash, verifyConsistency, verifyInclusion } from '#crypto/merkle.ts'
import { parseCheckpoint, parseVerifier } from '#ledger/checkpoint.ts'
import { parseMark } from '#ledger/mark.ts'
import { INTEGRITY } from './capabilities.ts'
import { type Any, TestClient } from './test-client.test-support.ts'

interface Scene {
  readonly client: TestClient
  /** Mail comes, and the account is closed and opened again, with what is signed of it durable. */
  grow(count: number): Promise<void>
}

async function scene(t: TestContext): Promise<Scene> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-integrity-'))
  const fixture = await makeFixture(directory, { quick: true })
  let account: OpenAccount | null = null
  const made = { client: null as unknown as TestClient, grow }
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

test('only who uses the capability may ask', async (t) => {
  const { client } = await scene(t)
  client.using = ['urn:ietf:params:jmap:core']
  assert.equal((await client.error('Integrity/get')).type, 'unknownMethod')
})
