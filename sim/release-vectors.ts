// The test vectors of docs/formats/release.md. `sh tools/run sim/release-vectors.ts` writes them; the test beside this file compares.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { atOnce } from '#base/steps.ts'
import { dropPayloads } from '#ledger/drop-payloads.ts'
import { OpenFiles } from '#ledger/open-files.ts'
import { encodeRelease } from '#ledger/release.ts'
import { ReleaseNotes } from '#ledger/release-notes.ts'
import { LedgerTime } from '#ledger/ledger-time.ts'
import type { Seq } from '#base/ids.ts'
import { SimulatedClock } from './clock.ts'
import { SimulatedDisk } from './disk.ts'
import { Random } from './random.ts'
import { ACCOUNT, ScratchLedger } from './scratch-ledger.ts'

export const FILE = path.join(path.dirname(import.meta.dirname), 'docs/formats/vectors/release/vectors.json')

const RELEASES = [
  { released: [[7, 7]], kept: [] },
  {
    released: [
      [0, 3],
      [5, 5],
    ],
    kept: [[10, 4_294_967_296]],
  },
  { released: [], kept: [[1, Number.MAX_SAFE_INTEGER]] },
] as const

const ZERO_RANGE = '00'.repeat(16)

/** No release, and what is wrong. */
const NONE: readonly (readonly [why: string, payload: string])[] = [
  ['empty', ''],
  ['another version', `02000000000000010000000000000000${ZERO_RANGE}`],
  ['no range', '01000000000000000000000000000000'],
  ['padding', `01000001000000010000000000000000${ZERO_RANGE}`],
  ['too short', `01000000000000020000000000000000${ZERO_RANGE}`],
  [
    'touching',
    hexOf({
      released: [
        [1, 2],
        [3, 4],
      ],
      kept: [],
    }),
  ],
  [
    'out of order',
    hexOf({
      released: [
        [5, 6],
        [1, 2],
      ],
      kept: [],
    }),
  ],
  ['both', hexOf({ released: [[1, 5]], kept: [[4, 9]] })],
]

function hexOf(release: Parameters<typeof encodeRelease>[0]): string {
  return encodeRelease(release).toString('hex')
}

function contentOf(disk: SimulatedDisk, name: string): Buffer {
  const file = disk.file(name)
  const bytes = Buffer.alloc(file.size)
  file.read(bytes, 0)
  return bytes
}

async function clockFile(): Promise<string> {
  const disk = new SimulatedDisk(new Random(1))
  const clock = new SimulatedClock()
  disk.makeDirectory('/ledger')
  const time = new LedgerTime(disk, clock, '/ledger', 2_592_000_000)
  clock.advance(123_456_789)
  await time.store()
  return contentOf(disk, '/ledger/clock').toString('hex')
}

function notes(): string {
  const notes = new ReleaseNotes()
  notes.add({ released: [[2, 9]], kept: [] }, 1_000)
  notes.add({ released: [[20, 20]], kept: [[4, 4]] }, 86_400_000)
  notes.size = 25
  return notes.encode(ACCOUNT).toString('hex')
}

async function segments(): Promise<object> {
  const scratch = await ScratchLedger.open({ segmentBytes: 1024 })
  for (let number = 0; number < 6; number++) {
    await scratch.append(Buffer.from(`payload ${number} `.repeat(20)))
  }
  await scratch.close()
  const { disk } = scratch
  const before = contentOf(disk, scratch.segmentPath(0))
  const outcome = await dropPayloads(
    { disk, directory: '/ledger', files: new OpenFiles(disk, 4), run: (steps) => Promise.resolve(atOnce(steps)) },
    {
      account: ACCOUNT,
      first: 0 as Seq,
      mayDrop: ({ seq }) => seq === 0 || seq === 2,
      confirm(_records, replace) {
        replace()
        return Promise.resolve(true)
      },
    },
  )
  assert.equal(outcome.kind, 'dropped')
  return {
    before: before.toString('hex'),
    dropped: [0, 2],
    after: contentOf(disk, scratch.segmentPath(0)).toString('hex'),
  }
}

export async function makeVectors(): Promise<unknown> {
  return {
    about: 'docs/formats/release.md. All bytes in hexadecimal.',
    account: ACCOUNT,
    releases: RELEASES.map((release) => ({ ...release, payload: hexOf(release) })),
    none: NONE.map(([why, payload]) => ({ why, payload })),
    clock: { passed: 123_456_789, retention: 2_592_000_000, file: await clockFile() },
    retention: {
      size: 25,
      ranges: [
        [2, 3, 1_000],
        [5, 9, 1_000],
        [20, 20, 86_400_000],
      ],
      file: notes(),
    },
    segment: await segments(),
  }
}

if (import.meta.main) {
  fs.mkdirSync(path.dirname(FILE), { recursive: true })
  fs.writeFileSync(FILE, `${JSON.stringify(await makeVectors(), null, 2)}\n`)
}
