// Proofs of the Merkle tree of RFC 9162 §2.1, verified with the browser's own SHA-256. Whoever verifies trusts nothing that it is given: what is
// malformed does not verify, and does not throw.

const HASH_LENGTH = 32
const NODE = 1

export type Bytes = Uint8Array<ArrayBuffer>

export async function sha256(...parts: readonly Bytes[]): Promise<Bytes> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', joined))
}

function nodeHash(left: Bytes, right: Bytes): Promise<Bytes> {
  return sha256(Uint8Array.of(NODE), left, right)
}

export function sameBytes(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

const half = (value: number): number => Math.floor(value / 2)

export interface TreeHead {
  readonly size: number
  readonly root: Bytes
}

/** That the newer tree begins with the older one. RFC 9162 §2.1.4.2. */
export async function verifyConsistency(older: TreeHead, newer: TreeHead, proof: readonly Bytes[]): Promise<boolean> {
  if (older.size > newer.size || newer.root.length !== HASH_LENGTH) return false
  if (older.size === 0) return proof.length === 0 && sameBytes(older.root, await sha256())
  if (older.size === newer.size) return proof.length === 0 && sameBytes(older.root, newer.root)
  let position = older.size - 1
  let last = newer.size - 1
  while (position % 2 === 1) [position, last] = [half(position), half(last)]
  const [first, ...rest] = position === 0 ? [older.root, ...proof] : proof
  if (first === undefined || [first, ...rest].some((hash) => hash.length !== HASH_LENGTH)) return false
  let oldHash = first
  let newHash = first
  for (const hash of rest) {
    if (last === 0) return false
    if (position % 2 === 1 || position === last) {
      oldHash = await nodeHash(hash, oldHash)
      newHash = await nodeHash(hash, newHash)
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)]
    } else {
      newHash = await nodeHash(newHash, hash)
    }
    position = half(position)
    last = half(last)
  }
  return last === 0 && sameBytes(oldHash, older.root) && sameBytes(newHash, newer.root)
}
