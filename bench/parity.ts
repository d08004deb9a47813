// Parity of closed segments: how fast it is encoded, and how fast a segment with as many lost blocks as it can bear is computed again, in data of the
// segment per second of one core; and what encoding in its thread costs the ledger's appends meanwhile. Run: `sh tools/run bench/parity.ts [directory on the disk to measure]`.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type AccountId, type Seq, accountIdFromBytes } from '#base/ids.ts'
import { atOnce } from '#base/steps.ts'
import { randomBytes } from '#crypto/random.ts'
import { openLedger } from '#ledger/ledger.ts'
import { encodeParity } from '#ledger/parity-encode.ts'
import { ParityFile } from '#ledger/parity-file.ts'
import { shapeFor } from '#ledger/parity-format.ts'
import { RepairedFile } from '#ledger/repaired-file.ts'
import type { ParityTask } from '#ledger/write-parity.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { UpkeepThread } from '#processes/upkeep-thread.ts'

const MIB = 1024 * 1024
const SEGMENT_BYTES = 16 * MIB
const BLOCK_BYTES = 4096
const ACCOUNT = accountIdFromBytes(Buffer.alloc(16, 7))
const FIRST = 0 as Seq
const ROUNDS = 9
const SECONDS = 2

let segments = 0

/** Megabytes (10^6) of `bytes` per second of this thread's processor time. */
function perSecond(bytes: number, work: () => void): string {
  const before = process.cpuUsage()
  const begin = performance.now()
  work()
  const { user, system } = process.cpuUsage(before)
  const wall = performance.now() - begin
  return `${Math.round(bytes / (user + system))} MB/s of processor time, ${Math.round(bytes / wall / 1000)} MB/s elapsed`
}

function benchCode(directory: string): void {
  const path = `${directory}/segment`
  fs.writeFileSync(path, randomBytes(SEGMENT_BYTES))
  for (const percent of [10, 10, 20, 50]) {
    const segment = systemDisk.openRead(path)
    const target = systemDisk.openWrite(`${directory}/parity`)
    target.truncate(0)
    const shape = shapeFor(SEGMENT_BYTES, percent)
    const speed = perSecond(SEGMENT_BYTES, () =>
      atOnce(encodeParity(segment, target, { account: ACCOUNT, first: FIRST, shape })),
    )
    const { sections, stripes, parity } = shape
    console.log(`encode at ${percent} %: ${speed} (${sections} × ${stripes} codewords with ${parity} parity blocks)`)
    target.close()
    segment.close()
    if (percent !== 10) continue
    const damaged = Buffer.from(fs.readFileSync(path))
    damaged.fill(0, 100 * BLOCK_BYTES, (100 + stripes * parity) * BLOCK_BYTES)
    fs.writeFileSync(`${path}-damaged`, damaged)
    const file = ParityFile.open(systemDisk, `${directory}/parity`, ACCOUNT, FIRST)
    if (file === null) throw new Error('the parity is whole')
    const view = new RepairedFile(systemDisk.openRead(`${path}-damaged`), file)
    const bytes = Buffer.alloc(SEGMENT_BYTES)
    console.log(
      `repair ${stripes * parity} lost blocks in a row: ${perSecond(SEGMENT_BYTES, () => view.read(bytes, 0))}`,
    )
    if (!bytes.equals(fs.readFileSync(path))) throw new Error('repaired to something else')
    view.close()
  }
}

/** Appends per second of eight callers, to 8 accounts; with parity from a thread as in the ledger process, or without. */
async function appends(root: string, thread: UpkeepThread | null): Promise<number> {
  const directory = fs.mkdtempSync(path.join(root, 'ledger-'))
  let encoded = 0
  const parity =
    thread === null
      ? null
      : {
          percent: 10,
          encode: (task: ParityTask) => {
            encoded++
            return thread.encode(task)
          },
        }
  const ledger = await openLedger({ disk: systemDisk, clock: systemClock, directory, parity })
  try {
    const ids: AccountId[] = Array.from({ length: 8 }, () => accountIdFromBytes(randomBytes(16)))
    const payload = randomBytes(64 * 1024)
    const end = performance.now() + SECONDS * 1000
    let count = 0
    const caller = async (account: AccountId): Promise<void> => {
      for (; performance.now() < end; count++) await ledger.append(account, [{ kind: 'mail', payload }])
    }
    await Promise.all(ids.map(caller))
    segments += encoded
    return count / SECONDS
  } finally {
    await ledger.close()
    fs.rmSync(directory, { recursive: true })
  }
}

const root = process.argv[2] ?? os.tmpdir()
const directory = fs.mkdtempSync(path.join(root, 'parity-'))
try {
  benchCode(directory)
} finally {
  fs.rmSync(directory, { recursive: true })
}
const thread = new UpkeepThread((error) => console.error(error))
/** Of the same seconds with and without, so that what else the machine does meets both. */
const ratios: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  // Each is first every other time.
  const first = await appends(root, round % 2 === 0 ? null : thread)
  const second = await appends(root, round % 2 === 0 ? thread : null)
  ratios.push(round % 2 === 0 ? second / first : first / second)
}
ratios.sort((a, b) => a - b)
const [lowest, median, highest] = [0, ratios.length >> 1, ratios.length - 1].map((at) =>
  (ratios[at] as number).toFixed(2),
)
console.log(
  `appends of 64 KiB by 8 callers while ${segments} segments were encoded: ${median} of those without (${lowest} to ${highest})`,
)
process.exit(0)
