// Random damage, planted over all files of a log: what is not touched by it comes out byte for byte, everything else is named, and nothing wrong is written.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { systemDisk } from '#platform/disk.ts'
import { isDamage, readManifest } from './manifest.ts'
import { SalvageFixture } from './salvage-fixture.test-support.ts'

const RUNS = 30
const BLOCK = 4096

let fixture: SalvageFixture
before(async () => {
  fixture = await SalvageFixture.make()
})
after(() => fixture[Symbol.dispose]())

interface Damage {
  readonly kind: 'flip' | 'zero' | 'truncate' | 'remove' | 'swap' | 'duplicate'
  /** Parts of the whole, from 0 to 1. */
  readonly file: number
  readonly at: number
  readonly to: number
  readonly blocks: number
}

const part = fc.integer({ min: 0, max: 999_999 }).map((millionths) => millionths / 1e6)
const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('flip', 'zero', 'truncate', 'remove', 'swap', 'duplicate'),
  file: part,
  at: part,
  to: part,
  blocks: fc.integer({ min: 1, max: 4 }),
})

function inflict(file: string, { kind, at, to, blocks }: Damage): void {
  if (!fs.existsSync(file)) return
  if (kind === 'remove') return fs.rmSync(file)
  const bytes = fs.readFileSync(file)
  if (bytes.length === 0) return
  const byte = Math.floor(at * bytes.length)
  const [from, other] = [at, to].map((place) => Math.floor((place * bytes.length) / BLOCK) * BLOCK) as [number, number]
  const length = Math.min(blocks * BLOCK, bytes.length - Math.max(from, other))
  switch (kind) {
    case 'flip':
      bytes[byte] = (bytes[byte] as number) ^ (1 << Math.floor(to * 8))
      break
    case 'zero':
      bytes.fill(0, from, Math.min(bytes.length, from + blocks * BLOCK))
      break
    case 'truncate':
      return fs.truncateSync(file, byte)
    case 'swap': {
      const kept = Buffer.from(bytes.subarray(from, from + length))
      bytes.copy(bytes, from, other, other + length)
      kept.copy(bytes, other)
      break
    }
    case 'duplicate':
      bytes.copy(bytes, other, from, from + length)
  }
  fs.writeFileSync(file, bytes)
}

function filesOf(ledger: string): string[] {
  const root = fixture.file(ledger, '.')
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
}

test('whatever is damaged, whole messages are exported as they are and all others are named', async () => {
  const seen = { repaired: 0, lost: 0, broken: 0, untouched: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 8 }), part, async (damages, hasJournal) => {
      const { ledger, target } = fixture.copy()
      // Most of these records are still in it: in a log that has grown it has others.
      if (hasJournal < 0.8) fs.rmSync(`${ledger}/journal`, { recursive: true })
      const all = filesOf(ledger)
      for (const one of damages) inflict(all[Math.floor(one.file * all.length)] as string, one)
      const report = await fixture.run(ledger, target, { expunged: true })
      const exported = new Map<number, string[]>()
      const named = new Set<number>()
      for (const { line } of readManifest(systemDisk, `${target}/manifest.jsonl`)) {
        if (isDamage(line)) named.add(line.record)
        else
          exported.set(
            line.record,
            line.files.map((file) => file.path),
          )
      }
      // That there were more records is known as long as anything is left that says so.
      const last = Math.max(-1, ...exported.keys(), ...named)
      const isEndKnown = ['checkpoints', 'tree/0'].some((name) => isAsItWas(ledger, name))
      for (const { record, bytes, segment, start, end } of fixture.originals) {
        const written = exported.get(record)
        for (const name of written ?? [])
          assert.ok(fs.readFileSync(`${target}/${name}`).equals(bytes), `${record}: ${name}`)
        const isUntouched = partOf(fixture.file(ledger, segment), start, end).equals(
          partOf(fixture.file(`${fixture.made.directory}/ledger`, segment), start, end),
        )
        if (isUntouched) seen.untouched++
        if (written !== undefined) continue
        assert.ok(!isUntouched, `${record} is whole, and not exported`)
        assert.ok(named.has(record) || (record > last && !isEndKnown), `${record} is nowhere`)
      }
      const files = [...exported.values()].flat()
      const stored = fs
        .readdirSync(`${target}/mail`, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
      assert.equal(stored.length, new Set(files).size)
      seen.repaired += report.repaired
      seen.lost += report.lost
      seen.broken += report.journal === null ? 0 : 1
      fs.rmSync(path.dirname(ledger), { recursive: true })
    }),
    { numRuns: RUNS, seed: 20_261_127 },
  )
  // The cases are of all sorts.
  assert.ok(
    Object.values(seen).every((count) => count > 0),
    JSON.stringify(seen),
  )
})

function isAsItWas(ledger: string, name: string): boolean {
  const [now, then] = [ledger, `${fixture.made.directory}/ledger`].map((at) =>
    partOf(fixture.file(at, name), 0, Infinity),
  )
  return now?.equals(then as Buffer) === true
}

/** Less where the file ends, or has gone. */
function partOf(file: string, start: number, end: number): Buffer {
  return fs.existsSync(file) ? fs.readFileSync(file).subarray(start, end) : Buffer.alloc(0)
}
