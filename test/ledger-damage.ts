// Damage to copies of a ledger: what disks, copying and restoring do to files. The same seed does the same to the same ledger.

import fs from 'node:fs'
import path from 'node:path'

type Random = () => number

/** Park and Miller's generator: 0 up to, not including, 1. */
export function randomFrom(seed: number): Random {
  let state = (seed % 2_147_483_646) + 1
  return () => {
    state = (state * 16_807) % 2_147_483_647
    return (state - 1) / 2_147_483_646
  }
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}

/** Files are links to the original's until `write` replaces them: the original stays as it is. */
export function linkedCopy(from: string, to: string): void {
  for (const entry of fs.readdirSync(from, { recursive: true, withFileTypes: true })) {
    const target = path.join(to, path.relative(from, entry.parentPath), entry.name)
    fs.mkdirSync(entry.isDirectory() ? target : path.dirname(target), { recursive: true })
    if (entry.isFile()) fs.linkSync(path.join(entry.parentPath, entry.name), target)
  }
}

/** Null: the file goes. */
export function write(file: string, content: Uint8Array | null): void {
  fs.rmSync(file, { force: true })
  if (content !== null) fs.writeFileSync(file, content)
}

type FileKind = 'segment' | 'tree' | 'checkpoints' | 'slots'

const BLOCK = 512

/** Each returns the new content, or null for no file. `old` is what the file was some time ago, `other` the same file of another account. */
interface Damage {
  readonly name: string
  readonly kinds: readonly FileKind[]
  apply(content: Buffer, random: Random, beside: { readonly old: Buffer; readonly other: Buffer }): Buffer | null
}

const ALL: readonly FileKind[] = ['segment', 'tree', 'checkpoints', 'slots']

function blockAt(content: Buffer, random: Random): readonly [start: number, end: number] {
  const start = BLOCK * below(random, Math.ceil(content.length / BLOCK))
  return [start, Math.min(start + BLOCK, content.length)]
}

function flip(content: Buffer, random: Random): Buffer {
  const changed = Buffer.from(content)
  const at = below(random, content.length)
  changed[at] = (content[at] as number) ^ (1 << below(random, 8))
  return changed
}

// A file `checkpoints` that ends early, or is not there, is told by the independent verifier alone: docs/formats/ledger.md §10.
// So are bytes after the last copy in `slots`.
const damages: readonly Damage[] = [
  { name: 'one bit', kinds: ALL, apply: flip },
  { name: 'another bit', kinds: ALL, apply: flip },
  {
    name: 'truncated',
    kinds: ['segment', 'tree', 'slots'],
    apply: (content, random) => content.subarray(0, below(random, content.length)),
  },
  { name: 'missing', kinds: ['segment', 'tree', 'slots'], apply: () => null },
  {
    name: 'a block of zeros',
    kinds: ALL,
    apply(content, random) {
      const [start, end] = blockAt(content, random)
      return Buffer.from(content).fill(0, start, end)
    },
  },
  {
    name: 'two blocks swapped',
    kinds: ALL,
    apply(content, random) {
      const [first, second] = [blockAt(content, random)[0], blockAt(content, random)[0]].toSorted((a, b) => a - b)
      const [a, b] = [first as number, second as number]
      const changed = Buffer.from(content)
      content.copy(changed, a, b, Math.min(b + BLOCK, content.length))
      content.copy(changed, b, a, Math.min(a + BLOCK, content.length - b + a))
      return changed
    },
  },
  {
    name: 'a block twice',
    kinds: ['segment', 'tree', 'checkpoints'],
    apply(content, random) {
      const [start, end] = blockAt(content, random)
      return Buffer.concat([content.subarray(0, end), content.subarray(start)])
    },
  },
  {
    name: 'a block too few',
    kinds: ['segment', 'tree', 'slots'],
    apply(content, random) {
      const [start, end] = blockAt(content, random)
      return Buffer.concat([content.subarray(0, start), content.subarray(end)])
    },
  },
  { name: 'as it was', kinds: ['segment', 'tree', 'slots'], apply: (_content, _random, { old }) => old },
  { name: "another account's", kinds: ALL, apply: (_content, _random, { other }) => other },
]

export interface Planted {
  readonly account: string
  readonly damage: string
  readonly file: string
}

export interface Ledgers {
  readonly now: string
  readonly earlier: string
}

function accountDirectory(ledger: string, account: string): string {
  return `${ledger}/accounts/${account.slice(0, 2)}/${account}`
}

function relativeFile(ledger: string, account: string, kind: FileKind, random: Random): string {
  if (kind === 'tree') return 'tree/0'
  if (kind !== 'segment') return kind
  const names = fs.readdirSync(`${accountDirectory(ledger, account)}/segments`).filter((name) => name.endsWith('.seg'))
  return `segments/${names[below(random, names.length)] as string}`
}

function contentOf(file: string): Buffer {
  return fs.existsSync(file) ? fs.readFileSync(file) : Buffer.alloc(0)
}

/** Damages one file of an account in `copy`; null if what was drawn changes nothing. */
export function damageAccount(
  copy: string,
  ledgers: Ledgers,
  account: string,
  otherAccount: string,
  random: Random,
): Planted | null {
  const damage = damages[below(random, damages.length)] as Damage
  const kind = damage.kinds[below(random, damage.kinds.length)] as FileKind
  const file = relativeFile(copy, account, kind, random)
  const target = `${accountDirectory(copy, account)}/${file}`
  const content = fs.readFileSync(target)
  if (content.length === 0) return null
  const changed = damage.apply(content, random, {
    old: contentOf(`${accountDirectory(ledgers.earlier, account)}/${file}`),
    other: contentOf(`${accountDirectory(ledgers.now, otherAccount)}/${file}`),
  })
  if (changed?.equals(content) === true) return null
  write(target, changed)
  return { account, damage: damage.name, file }
}
