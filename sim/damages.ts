// What disks do to files: bit flips, zeroed, swapped and duplicated blocks, files that end too early or have gone.

import type { Random } from './random.ts'

const BLOCK = 4096

/** The file afterwards; null if it has gone. */
export type Damage = (bytes: Buffer, random: Random) => Buffer | null

function flip(bytes: Buffer, random: Random): Buffer {
  const damaged = Buffer.from(bytes)
  for (let count = random.pick([1, 1, 2, 5]); count > 0; count--) {
    const at = random.below(bytes.length)
    damaged[at] = (damaged[at] as number) ^ (1 << random.below(8))
  }
  return damaged
}

export function blocks(bytes: Buffer): number {
  return Math.ceil(bytes.length / BLOCK)
}

function zeroes(bytes: Buffer, random: Random): Buffer {
  const damaged = Buffer.from(bytes)
  const first = random.below(blocks(bytes))
  damaged.fill(0, first * BLOCK, Math.min((first + random.pick([1, 1, 1, 2, 3, 10])) * BLOCK, bytes.length))
  return damaged
}

function swap(bytes: Buffer, random: Random): Buffer {
  const damaged = Buffer.from(bytes)
  const [a, b] = [random.below(blocks(bytes)) * BLOCK, random.below(blocks(bytes)) * BLOCK]
  bytes.copy(damaged, a, b, Math.min(b + BLOCK, bytes.length))
  bytes.copy(damaged, b, a, Math.min(a + BLOCK, bytes.length))
  return damaged.subarray(0, bytes.length)
}

function duplicate(bytes: Buffer, random: Random): Buffer {
  const damaged = Buffer.from(bytes)
  const [from, to] = [random.below(blocks(bytes)) * BLOCK, random.below(blocks(bytes)) * BLOCK]
  bytes.copy(damaged, to, from, Math.min(from + BLOCK, bytes.length))
  return damaged
}

export const DAMAGES: Readonly<Record<string, Damage>> = {
  flip,
  zeroes,
  swap,
  duplicate,
  truncate: (bytes, random) => Buffer.from(bytes.subarray(0, random.below(bytes.length))),
  remove: () => null,
}
