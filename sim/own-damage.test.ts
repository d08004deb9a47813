// Damages of every kind, at random places, to what a ledger has beside its accounts (commit journal, payloads on their way in, keys, the scrub's progress) and to the queue: no wrong byte is served, what is lost is named, and
// what is in memory is not lost. MAILKEEP_DAMAGE_SEED and MAILKEEP_DAMAGE_RUNS as in ledger-damage.test.ts.

import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { ContentDamagedError } from '#delivery/queue-errors.ts'
import { openQueue } from '#delivery/queue-open.ts'
import { verifyQueue } from '#delivery/verify-queue.ts'
import type { AccountId, Seq } from '#base/ids.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import { LedgerDamagedError } from '#ledger/errors.ts'
import { type Ledger, openLedger } from '#ledger/ledger.ts'
import { LogReader } from '#ledger/reader.ts'
import { verifyLedger } from '#ledger/verify.ts'
import { SimulatedClock } from './clock.ts'
import { DAMAGES } from './damages.ts'
import { SimulatedDisk } from './disk.ts'
import { quiesce } from './ledger-world.ts'
import { DIRECTORY as QUEUE, KEY, LIMITS as QUEUE_LIMITS } from './queue-world.ts'
import { Random } from './random.ts'

const RUNS = Math.ceil(Number(process.env['MAILKEEP_DAMAGE_RUNS'] ?? 1000) / 8)
const SEED = Number(process.env['MAILKEEP_DAMAGE_SEED'] ?? 1)
const LEDGER = '/ledger'
const IDS = ['1', '2', '3'].map((digit) => digit.repeat(32) as AccountId)
const DAY = 86_400_000
const LIMITS = {
  journalBytes: 80 * 1024,
  segmentBytes: 8 * 1024,
  inlineBytes: 4 * 1024,
  groupBytes: 16 * 1024,
  appendBytes: 32 * 1024,
}

/** A machine as it was at a moment: its files, and what was acknowledged. */
interface Moment {
  readonly files: ReadonlyMap<string, Buffer>
  readonly publicKey: Buffer
  readonly logs: ReadonlyMap<AccountId, readonly Buffer[]>
  readonly now: number
}

function filesOf(disk: SimulatedDisk): Map<string, Buffer> {
  return new Map(
    disk.files().map((name) => {
      const file = disk.file(name)
      const bytes = Buffer.alloc(file.size)
      file.read(bytes, 0)
      return [name, bytes]
    }),
  )
}

function diskOf(files: ReadonlyMap<string, Buffer>, random: Random): SimulatedDisk {
  const disk = new SimulatedDisk(random)
  for (const [name, bytes] of files) {
    disk.makeDirectory(path.dirname(name))
    const file = disk.openWrite(name)
    if (bytes.length > 0) file.write(bytes, 0)
    file.close()
  }
  return disk
}

const scrub = { everyMs: 30 * DAY }

function open(disk: SimulatedDisk, clock: SimulatedClock, acceptDamage = false): Promise<Ledger> {
  const random = new Random(disk.operations + 1)
  const options = { disk, clock, directory: LEDGER, limits: LIMITS, scrub, acceptDamage }
  return openLedger({ ...options, random: (bytes) => random.bytes(bytes) })
}

/** `killed`: groups are in the journal, and in segments. `unsettled`: the last groups are in the journal alone, and name files in `incoming/`. */
async function momentOf(kind: 'killed' | 'unsettled'): Promise<Moment> {
  const random = new Random(7)
  const disk = new SimulatedDisk(random)
  const clock = new SimulatedClock()
  const ledger = await open(disk, clock)
  const logs = new Map<AccountId, Buffer[]>(IDS.map((id) => [id, []]))
  const append = async (id: AccountId, bytes: number): Promise<void> => {
    const payload = random.bytes(bytes)
    await ledger.append(id, [{ kind: 'mail', payload }])
    logs.get(id)?.push(payload)
  }
  for (let round = 0; round < 12; round++) for (const id of IDS) await append(id, 200 + random.below(1500))
  // A scrub has read everything.
  clock.advance(40_000)
  for (let turn = 0; turn < 80; turn++) {
    clock.advance(1000)
    await quiesce()
  }
  for (const id of IDS) await append(id, 900)
  if (kind === 'killed') await quiesce()
  else await append(IDS[0] as AccountId, 9000)
  const moment = { files: filesOf(disk), publicKey: ledger.publicKey, logs, now: clock.now() }
  await ledger.close()
  return moment
}

/** How many of the acknowledged records are served; none otherwise than it was. */
function served(disk: SimulatedDisk, { logs }: Moment): { readonly right: number; readonly all: number } {
  let right = 0
  let all = 0
  for (const [id, payloads] of logs) {
    using reader = new LogReader(disk, LEDGER, id)
    all += payloads.length
    for (const record of reader.records({ seq: 0 as Seq, location: null })) {
      if (record.headDamage !== null) continue
      try {
        const payload = reader.readPayload(record.location, record.header)
        assert.ok(payload.equals(payloads[record.header.seq] as Buffer), 'what is served is what was acknowledged')
        right++
      } catch (error) {
        assert.ok(error instanceof DamagedRecordError)
      }
    }
  }
  return { right, all }
}

async function isNamed(disk: SimulatedDisk, publicKey: Buffer): Promise<boolean> {
  let count = 0
  await verifyLedger(disk, LEDGER, publicKey, () => void count++)
  return count > 0
}

async function damageOne(moment: Moment, name: string, kind: string, random: Random): Promise<string> {
  const original = moment.files.get(name) as Buffer
  const damaged = original.length === 0 ? null : (DAMAGES[kind]?.(original, random) ?? null)
  const files = new Map(moment.files)
  if (damaged === null) files.delete(name)
  else files.set(name, damaged)
  const disk = diskOf(files, random)
  const clock = new SimulatedClock(moment.now)
  const wasNamed = await isNamed(disk, moment.publicKey)
  let ledger: Ledger
  try {
    ledger = await open(disk, clock)
  } catch (error) {
    assert.ok(error instanceof LedgerDamagedError, String(error))
    const isKey = name.endsWith('/key')
    // That there was a key, only the refusal says; that the journal's end is damaged, only what is in the segments.
    assert.ok(wasNamed || isKey || name.includes('/journal/'), 'what the start refuses is named by verify')
    if (!isKey) {
      const accepted = await open(disk, clock, true)
      served(disk, moment)
      await accepted.close()
    }
    return 'refused'
  }
  const { right, all } = served(disk, moment)
  if (right < all) assert.ok(await isNamed(disk, moment.publicKey), 'what is lost is named')
  if (name.endsWith('/scrub') && damaged?.equals(original) !== true) {
    clock.advance(3 * DAY)
    const { oldestMs, unread } = ledger.scrubber?.status ?? assert.fail('there is a scrub')
    assert.ok(oldestMs === null || oldestMs >= 3 * DAY || unread > 0, `${oldestMs}`)
  }
  await ledger.close()
  assert.equal(served(disk, moment).right, right)
  return right < all ? 'lost and named' : 'whole'
}

test(`${2 * RUNS} damages to commit journal, incoming payloads, keys and progress`, async (context) => {
  const counts: Record<string, number> = {}
  for (const moment of [await momentOf('killed'), await momentOf('unsettled')]) {
    const isUnsettled = [...moment.files.keys()].some((name) => name.includes('/incoming/'))
    const names = [...moment.files.keys()].filter((name) => !name.includes('/accounts/'))
    // A group that was acknowledged, is nowhere else, and is torn, looks like one that was not acknowledged.
    const own = isUnsettled ? names.filter((name) => !name.includes('/journal/')) : names
    for (let run = 0; run < RUNS; run++) {
      const random = new Random(SEED * 1_000_000 + run)
      const name = random.pick(own)
      const kind = random.pick(Object.keys(DAMAGES))
      try {
        const outcome = await damageOne(moment, name, kind, random)
        const what = `${name.split('/')[2]}, ${outcome}`
        counts[what] = (counts[what] ?? 0) + 1
      } catch (error) {
        throw new Error(`case ${run} of seed ${SEED}: ${kind} in ${name}`, { cause: error })
      }
    }
  }
  for (const [what, count] of Object.entries(counts).sort(([a], [b]) => a.localeCompare(b))) {
    context.diagnostic(`${what}: ${count}`)
  }
  for (const what of [
    'journal, refused',
    'incoming, lost and named',
    'key, refused',
    'verifier, whole',
    'scrub, whole',
  ]) {
    assert.ok((counts[what] ?? 0) > 0, what)
  }
})

test('a ledger whose accounts have gone is not taken for a new one', async () => {
  const moment = await momentOf('killed')
  const disk = diskOf(moment.files, new Random(1))
  const clock = new SimulatedClock(moment.now)
  const ledger = await open(disk, clock)
  await ledger.close()
  for (const name of disk.files()) if (name.includes('/accounts/')) disk.remove(name)
  const bare = diskOf(new Map([...filesOf(disk)].filter(([name]) => !name.endsWith('/scrub'))), new Random(2))
  const onlyScrub = diskOf(new Map([...filesOf(disk)].filter(([name]) => !name.includes('/journal/'))), new Random(3))
  for (const left of [bare, onlyScrub]) {
    assert.ok(await isNamed(left, moment.publicKey))
    await assert.rejects(open(left, clock), /its accounts have gone/)
  }
  await (await open(bare, clock, true)).close()
})

const SIZES = [50, 3000, 9000, 700, 4800, 200, 12_000, 3500]

test(`${RUNS} damages to a queue that is open: what is said about messages stays, and a content that is lost is named`, async (context) => {
  const counts: Record<string, number> = {}
  for (let run = 0; run < RUNS; run++) {
    const random = new Random(SEED * 1_000_000 + run)
    const kind = random.pick(Object.keys(DAMAGES))
    try {
      const outcome = await damageQueue(kind, random)
      counts[outcome] = (counts[outcome] ?? 0) + 1
    } catch (error) {
      throw new Error(`case ${run} of seed ${SEED}: ${kind}`, { cause: error })
    }
  }
  for (const [what, count] of Object.entries(counts)) context.diagnostic(`${what}: ${count}`)
})

async function damageQueue(kind: string, random: Random): Promise<string> {
  let disk = new SimulatedDisk(random)
  const clock = new SimulatedClock()
  const openAgain = () => openQueue({ disk, clock, directory: QUEUE, key: KEY, limits: QUEUE_LIMITS })
  const queue = await openAgain()
  const contents = new Map<string, Buffer>()
  for (const size of SIZES) {
    const content = Buffer.concat([Buffer.from('Subject: x\r\n\r\n'), random.bytes(size)])
    const submission = { sender: 'a@example.org', recipients: ['b@example.net'], submitter: null, smtpUtf8: false }
    using writer = queue.begin(submission)
    await writer.write(content)
    contents.set(await writer.commit(), content)
  }
  const isLog = random.chance(0.7)
  const name = random.pick(disk.files().filter((one) => one.includes(isLog ? '/log/0' : '/large/')))
  const original = filesOf(disk).get(name) as Buffer
  const damaged = DAMAGES[kind]?.(original, random) ?? null
  if (damaged === null) {
    disk.remove(name)
    await disk.syncDirectory(path.dirname(name))
  } else {
    const file = disk.openWrite(name)
    file.truncate(damaged.length)
    if (damaged.length > 0) file.write(damaged, 0)
    await file.datasync()
    file.close()
  }
  const faults: string[] = []
  verifyQueue(disk, QUEUE, ({ file }) => void faults.push(file))
  const read = await queue.examination.read(() => Promise.resolve(true))
  for (let turn = 0; turn < 6; turn++) await quiesce()
  if (faults.length > 0) assert.notEqual(read?.outcome, 'whole', 'the scrub finds what verify finds')
  await queue.close()
  disk = disk.crash()
  const after = await openAgain()
  assert.deepEqual(after.damage, [])
  let lost = 0
  for (const [id, content] of contents) {
    assert.notEqual(after.get(id as never), null, 'no message is forgotten')
    try {
      assert.ok(Buffer.concat([...after.content(id as never)]).equals(content), 'a content is what it was')
    } catch (error) {
      assert.ok(error instanceof ContentDamagedError, String(error))
      lost++
    }
  }
  if (lost > 0) assert.notEqual(read?.outcome, 'whole')
  await after.close()
  const where = name.includes('/large/') ? 'large content' : 'log'
  return `${where}, ${lost > 0 ? 'content lost and named' : read?.outcome}`
}
