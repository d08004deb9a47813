// The scrub: how fast it reads and what that costs the processor; and what scrub and parity together cost deliveries by SMTP to a whole Mailkeep, against another one without them, in turns. A pass is always under way in the first, which
// waits for its deliveries as the scrub does when somebody asked for it: a tenth of a second before each mebibyte. Run: `sh tools/run bench/scrub.ts`; TMPDIR names the disk to measure.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { accountIdFromBytes } from '#base/ids.ts'
import { randomBytes } from '#crypto/random.ts'
import { listSegments, accountPaths } from '#ledger/paths.ts'
import { openLedger } from '#ledger/ledger.ts'
import { ScrubReader } from '#ledger/scrub-reader.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { type Mailkeep, startMailkeep } from '../test/harness.ts'
import { dotStuffed, sendAll } from './load-smtp.ts'
import { cpuMs } from './process-tree.ts'

const MIB = 1024 * 1024
const READ_MIB = 96
const ROUNDS = 11
const MESSAGES = 400
const MESSAGE_BYTES = 40_000
const CONNECTIONS = 8
const PREFILL_ROUNDS = 4
const ADDRESS = 'ada@example.org'
const ACCOUNT = accountIdFromBytes(Buffer.alloc(16, 7))

async function benchReading(): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'scrub-'))
  try {
    const parity = { percent: 10 }
    const ledger = await openLedger({ disk: systemDisk, clock: systemClock, directory, parity })
    for (let mib = 0; mib < READ_MIB; mib++) {
      const records = Array.from({ length: 32 }, () => ({
        kind: 'mail' as const,
        payload: randomBytes(MIB / 32 - 128),
      }))
      await ledger.append(ACCOUNT, records)
    }
    const { publicKey } = ledger
    // Parity is encoded beside.
    await sleep(3000)
    await ledger.close()
    const reader = new ScrubReader(systemDisk, () => performance.now())
    const [before, began] = [process.cpuUsage(), performance.now()]
    let bytes = 0
    let isDirect = true
    for (const first of listSegments(systemDisk, accountPaths(directory, ACCOUNT))) {
      const item = { kind: 'segment', account: ACCOUNT, first, settled: null } as const
      for (let begin = true; ; begin = false) {
        const step = reader.do({ directory, publicKey, item: begin ? item : null, bytes: MIB })
        bytes += step.bytes
        isDirect &&= step.isDirect
        if (step.findings === null) continue
        if (step.findings.faults.length > 0) throw new Error('everything is whole')
        break
      }
    }
    const { user, system } = process.cpuUsage(before)
    const elapsed = performance.now() - began
    const how = isDirect ? 'past the page cache' : 'through the page cache'
    console.log(
      `reading ${Math.round(bytes / MIB)} MiB of segments and parity ${how}: ${Math.round(bytes / 1000 / elapsed)} MB/s, ` +
        `${(((user + system) / 1000) * (MIB / bytes)).toFixed(2)} ms of processor time for a MiB`,
    )
  } finally {
    fs.rmSync(directory, { recursive: true })
  }
}

const message = dotStuffed(
  Buffer.from(`From: bob@example.net\r\nSubject: bench\r\n\r\n${'0123456789abcdef '.repeat(MESSAGE_BYTES / 17)}\r\n`),
)

interface Delivered {
  /** Messages per second. */
  readonly rate: number
  /** Of all processes, in milliseconds for a message: at the scrub's thread's low priority, too. */
  readonly cpu: number
}

async function deliver(mailkeep: Mailkeep, pid: number): Promise<Delivered> {
  const load = { messages: Array(MESSAGES).fill(message) as Buffer[], connections: CONNECTIONS, recipients: [ADDRESS] }
  const before = cpuMs(pid)
  const ms = await sendAll({ port: mailkeep.ports.smtp, isLmtp: false }, load)
  return { rate: (MESSAGES * 1000) / ms, cpu: (cpuMs(pid) - before) / MESSAGES }
}

interface LedgerScrub {
  readonly bytesDone: number
  readonly pass: { readonly number: number; readonly endedMs: number | null } | null
}

async function scrubOf(mailkeep: Mailkeep): Promise<LedgerScrub> {
  const { ledger } = JSON.parse(await mailkeep.mustCli(['scrub', 'status', '--json'])) as {
    readonly ledger: LedgerScrub
  }
  return ledger
}

async function benchDeliveries(): Promise<void> {
  const options = { accounts: { [ADDRESS]: 'a long pass phrase' } }
  await using protectedOne = await startMailkeep(options)
  await using plainOne = await startMailkeep({ ...options, config: 'parity: {percent: 0}\nscrub: {every: off}\n' })
  const pids = new Map([protectedOne, plainOne].map((one) => [one, 0]))
  for (const one of pids.keys()) pids.set(one, (await one.status()).pid)
  const deliverTo = (one: Mailkeep): Promise<Delivered> => deliver(one, pids.get(one) ?? 0)
  for (let round = 0; round < PREFILL_ROUNDS; round++) {
    await deliverTo(protectedOne)
    await deliverTo(plainOne)
  }
  const ratios: number[] = []
  const cpu = { protected: 0, plain: 0 }
  let isOver = false
  let read = 0
  const scrubbing = (async (): Promise<void> => {
    while (!isOver) {
      await protectedOne.cli(['scrub', 'run'])
      read += (await scrubOf(protectedOne)).bytesDone
    }
  })()
  const began = performance.now()
  for (let round = 0; round < ROUNDS; round++) {
    // Each is first every other time.
    const [first, second] = round % 2 === 0 ? [plainOne, protectedOne] : [protectedOne, plainOne]
    const [one, other] = [await deliverTo(first), await deliverTo(second)]
    const [plain, guarded] = round % 2 === 0 ? [one, other] : [other, one]
    ratios.push(guarded.rate / plain.rate)
    cpu.protected += guarded.cpu / ROUNDS
    cpu.plain += plain.cpu / ROUNDS
  }
  const seconds = (performance.now() - began) / 1000
  isOver = true
  await scrubbing
  ratios.sort((a, b) => a - b)
  const [lowest, median, highest] = [0, ratios.length >> 1, ratios.length - 1].map((at) =>
    (ratios[at] as number).toFixed(2),
  )
  const segments = fs.globSync(`${protectedOne.directory}/ledger/accounts/*/*/segments/*.par`).length
  console.log(
    `deliveries of ${MESSAGE_BYTES / 1000} KB by ${CONNECTIONS} connections with scrub and parity: ${median} of those without (${lowest} to ${highest}); ` +
      `${segments} segments were encoded, and about ${Math.round(read / MIB / seconds)} MiB/s read meanwhile; ${cpu.protected.toFixed(1)} and ${cpu.plain.toFixed(1)} ms of processor time for a message`,
  )
}

await benchReading()
await benchDeliveries()
process.exit(0)
