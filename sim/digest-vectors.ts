// The test vectors of docs/formats/ledger.md §15. `sh tools/run sim/digest-vectors.ts` writes them; the test beside this file compares.

import fs from 'node:fs'
import path from 'node:path'
import type { AccountId, Seq } from '#base/ids.ts'
import { signingKeyFromSeed } from '#crypto/ed25519.ts'
import { sha512 } from '#crypto/hash.ts'
import { type AddedDigest, CHAIN_START, chainInput, signDigests } from '#ledger/digests.ts'
import { type DigestAlgorithm, type RecordHeader, encodeHead, payloadDigest } from '#ledger/record.ts'

export const FILE = path.join(path.dirname(import.meta.dirname), 'docs/formats/vectors/ledger/digests.json')
const ACCOUNT = '00112233445566778899aabbccddeeff' as AccountId
const PAYLOADS = ['one', 'two', '', 'four', 'five', 'six'].map((text) => Buffer.from(text))
const SAID = ['added', 'dropped', 'added', 'damaged', 'headDamaged', 'own'] as const

function headerOf(seq: number, digestAlgorithm: DigestAlgorithm): RecordHeader {
  const payload = PAYLOADS[seq] ?? Buffer.alloc(0)
  const digest = payloadDigest(digestAlgorithm, payload)
  const time = 1_790_000_000_000 + seq
  return {
    kind: 'mail',
    digestAlgorithm,
    seq: seq as Seq,
    time,
    payloadLength: payload.length,
    account: ACCOUNT,
    digest,
  }
}

export function makeVectors(): unknown {
  const key = signingKeyFromSeed(Buffer.alloc(32, 0x42))
  const headers = SAID.map((said, seq) => headerOf(seq, said === 'own' ? 'sha512' : 'sha256'))
  let chain: Buffer = CHAIN_START
  const records = [
    [0, 4],
    [4, 6],
  ].map(([first = 0, end = 0]) => {
    const covered = headers.slice(first, end)
    chain = sha512(chain, ...covered.map((header) => chainInput(SAID[header.seq] === 'headDamaged' ? null : header)))
    const entries = covered.map(({ seq }): AddedDigest => {
      const kind = SAID[seq] ?? 'own'
      return kind === 'added' ? { kind, digest: sha512(PAYLOADS[seq] as Buffer) } : { kind }
    })
    return {
      first,
      said: entries.map(({ kind }) => kind),
      digests: entries.flatMap((entry) => (entry.kind === 'added' ? [entry.digest.toString('hex')] : [])),
      chain: chain.toString('hex'),
      payload: signDigests(key, ACCOUNT, { first, entries, chain }).toString('hex'),
    }
  })
  return {
    about: 'docs/formats/ledger.md §15. Made by sim/digest-vectors.ts. Bytes are hexadecimal.',
    account: ACCOUNT,
    signingSeed: '42'.repeat(32),
    publicKey: key.publicKey.toString('hex'),
    heads: headers.map((header) => encodeHead(header).toString('hex')),
    payloads: PAYLOADS.map((payload) => payload.toString('hex')),
    records,
  }
}

if (import.meta.main) fs.writeFileSync(FILE, `${JSON.stringify(makeVectors(), null, 2)}\n`)
