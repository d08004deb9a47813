import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signingKeyFromSeed } from '#crypto/ed25519.ts'
import { MerkleFrontier, consistencyProof, leafHash } from '#crypto/merkle.ts'
import { formatCheckpoint, formatVerifier, signCheckpoint } from '#ledger/checkpoint.ts'
import { formatOwnerKey, signMark } from '#ledger/mark.ts'
import type { AccountId } from '#base/ids.ts'
import { type IntegrityResponse, type KnownLog, checkLog } from './check.ts'

const account = '0123456789abcdef0123456789abcdef' as AccountId
const ledger = signingKeyFromSeed(Buffer.alloc(32, 1))
const owner = signingKeyFromSeed(Buffer.alloc(32, 2))

/** A log, of which proofs can be had. */
function logOf(name: string, branchAt = 0): (size: number) => { root: Buffer; proof: (from: number) => string[] } {
  const leaves = Array.from({ length: 40 }, (_, at) => leafHash(Buffer.from(`${at < branchAt ? '' : name}${at}`)))
  const frontierOf = (start: number, end: number): Buffer => MerkleFrontier.fromLeaves(leaves.slice(start, end)).root()
  const subtrees = {
    hash: (level: number, index: number) => frontierOf(index * 2 ** level, (index + 1) * 2 ** level),
  }
  return (size) => ({
    root: frontierOf(0, size),
    proof: (from) => consistencyProof(from, size, subtrees).map((hash) => Buffer.from(hash).toString('base64')),
  })
}

const honest = logOf('honest')

function answer(size: number, since: number | null, markSize: number, log = honest): IntegrityResponse {
  const { root, proof } = log(size)
  const note = formatCheckpoint(signCheckpoint(ledger, { account, size, root, time: 0 }), ledger.publicKey)
  const mark = signMark(owner, { account, size: markSize, root: log(markSize).root, number: markSize })
  return {
    accountId: `a${account}`,
    checkpoint: note,
    ledgerKey: formatVerifier(ledger.publicKey).trimEnd(),
    ownerKey: formatOwnerKey(owner.publicKey),
    consistency: since === null || since > size ? null : proof(since),
    mark: { note: mark.toString(), record: markSize, consistency: proof(markSize) },
    alarms: [],
    scrub: null,
    rehearsal: null,
  }
}

async function seen(size: number): Promise<KnownLog> {
  const checked = await checkLog(answer(size, null, Math.min(size, 5)), null)
  assert.ok(checked.kind === 'good' && checked.log !== null)
  return checked.log
}

test('a log that goes on is good, at every pair of sizes', async () => {
  for (let size = 1; size <= 20; size++) {
    for (let later = size; later <= 20; later += 3) {
      const checked = await checkLog(answer(later, size, Math.min(size, 5)), await seen(size))
      assert.equal(checked.kind, 'good', `${size} to ${later}`)
    }
  }
})

test('a log that is shorter, another branch, another key, no proof, no mark: each is an alarm', async () => {
  const known = await seen(12)
  const cases: Readonly<Record<string, IntegrityResponse>> = {
    shorter: answer(11, 12, 5),
    branch: answer(15, 12, 5, logOf('other', 10)),
    'branch of the same size': answer(12, 12, 5, logOf('other', 10)),
    'no proof': { ...answer(15, 12, 5), consistency: null },
    'another proof': { ...answer(15, 12, 5), consistency: answer(16, 12, 5).consistency },
    'no checkpoint': { ...answer(15, 12, 5), checkpoint: null },
    'another ledger': { ...answer(15, 12, 5), ledgerKey: formatVerifier(owner.publicKey).trimEnd() },
    'another owner': { ...answer(15, 12, 5), ownerKey: formatOwnerKey(ledger.publicKey) },
    'another account': { ...answer(15, 12, 5), accountId: `a${'0'.repeat(32)}` },
    'no mark any more': { ...answer(15, 12, 5), mark: null },
    'an older mark': answer(15, 12, 4),
    'a mark of another log': { ...answer(15, 12, 5), mark: answer(15, 12, 12, logOf('other', 10)).mark },
  }
  for (const [name, response] of Object.entries(cases)) {
    assert.equal((await checkLog(response, known)).kind, 'alarm', name)
  }
})

test('hostile notes and proofs are alarms, never faults', async () => {
  const known = await seen(12)
  for (const note of ['', '\n\n', 'x\n\n— y z\n', answer(15, 12, 5).checkpoint?.replace('15', '16') ?? '']) {
    assert.equal((await checkLog({ ...answer(15, 12, 5), checkpoint: note }, known)).kind, 'alarm')
  }
  for (const consistency of [[], ['!'], ['AAAA'], Array.from({ length: 500 }, () => 'A'.repeat(43) + '=')]) {
    assert.equal((await checkLog({ ...answer(15, 12, 5), consistency }, known)).kind, 'alarm')
  }
})
