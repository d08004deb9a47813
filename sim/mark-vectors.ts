// The test vectors of docs/formats/marks.md. `sh tools/run sim/mark-vectors.ts` writes them; the test beside this file compares.

import fs from 'node:fs'
import path from 'node:path'
import type { AccountId } from '#base/ids.ts'
import { signingKeyFromSeed } from '#crypto/ed25519.ts'
import { sha256 } from '#crypto/hash.ts'
import { MerkleFrontier, leafHash } from '#crypto/merkle.ts'
import { RootSecret } from '#keys/root.ts'
import { formatOwnerKey, signMark } from '#ledger/mark.ts'

export const FILE = path.join(path.dirname(import.meta.dirname), 'docs/formats/vectors/marks/vectors.json')
const ACCOUNT = '00112233445566778899aabbccddeeff' as AccountId
const SIZES = [0, 1, 5, 300]

export function makeVectors(): unknown {
  using secret = new RootSecret(Buffer.alloc(32, 0x17))
  const seed = secret.derive('checkpoint')
  const key = signingKeyFromSeed(seed)
  const rootOf = (size: number): Buffer =>
    MerkleFrontier.fromLeaves(Array.from({ length: size }, (_, leaf) => leafHash(sha256(Buffer.of(leaf & 255))))).root()
  return {
    about: 'docs/formats/marks.md. The leaf n of each tree is the 32 bytes SHA-256(n mod 256, one byte).',
    account: ACCOUNT,
    root: '17'.repeat(32),
    seed: seed.toString('hex'),
    owner: formatOwnerKey(key.publicKey),
    marks: SIZES.map((size, number) => ({
      size,
      number,
      root: rootOf(size).toString('hex'),
      payload: signMark(key, { account: ACCOUNT, size, root: rootOf(size), number }).toString('utf8'),
    })),
  }
}

if (import.meta.main) fs.writeFileSync(FILE, `${JSON.stringify(makeVectors(), null, 2)}\n`)
