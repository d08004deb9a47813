// A ledger on a simulated disk, for tests that look at one thing: syncs complete by themselves, nothing fails unless the test says so.

import type { AccountId, Seq } from '#base/ids.ts'
import type { AccountReport } from '#ledger/verify-account.ts'
import { verifyAccount } from '#ledger/verify-account.ts'
import type { DigestOptions } from '#ledger/digest-upgrade.ts'
import type { Finding } from '#ledger/finding.ts'
import type { Ledger } from '#ledger/ledger.ts'
import type { LedgerLimits } from '#ledger/limits.ts'
import type { ScrubOptions } from '#ledger/scrubber.ts'
import type { RetentionOptions } from '#ledger/retention.ts'
import type { ParityOptions } from '#ledger/upkeep.ts'
import { openLedger } from '#ledger/ledger.ts'
import { LogReader } from '#ledger/reader.ts'
import { SimulatedClock } from './clock.ts'
import { SimulatedDisk } from './disk.ts'
import { quiesce } from './ledger-world.ts'
import { Random } from './random.ts'

export const ACCOUNT = '0123456789abcdef0123456789abcdef' as AccountId
const DIRECTORY = '/ledger'

/** Segments of a few records. */
const LIMITS: Partial<LedgerLimits> = {
  journalBytes: 256 * 1024,
  segmentBytes: 8 * 1024,
  inlineBytes: 4 * 1024,
  groupBytes: 32 * 1024,
  appendBytes: 64 * 1024,
}

interface ScratchOptions {
  readonly limits: Partial<LedgerLimits>
  readonly parity: ParityOptions | null
  readonly scrub: ScrubOptions | null
  readonly acceptDamage?: boolean
  readonly retention: RetentionOptions | null
  readonly digests?: DigestOptions
}

export class ScratchLedger {
  readonly random = new Random(1)
  readonly clock: SimulatedClock
  readonly options: ScratchOptions
  disk: SimulatedDisk
  ledger: Ledger

  private constructor(ledger: Ledger, disk: SimulatedDisk, clock: SimulatedClock, options: ScratchOptions) {
    this.ledger = ledger
    this.disk = disk
    this.clock = clock
    this.options = options
  }

  static async open(
    limits: Partial<LedgerLimits> = {},
    parity: ParityOptions | null = null,
    seed = 2,
    scrub: ScrubOptions | null = null,
    retention: RetentionOptions | null = null,
    digests: DigestOptions | null = null,
  ): Promise<ScratchLedger> {
    const disk = new SimulatedDisk(new Random(seed))
    const clock = new SimulatedClock()
    const upkeep = { parity, scrub, retention, ...(digests === null ? {} : { digests }) }
    const options = { limits: { ...LIMITS, ...limits }, ...upkeep }
    return new ScratchLedger(await openOn(disk, clock, options), disk, clock, options)
  }

  /** Appends records of kind mail with these payloads, each on its own. */
  async append(...payloads: readonly Uint8Array[]): Promise<void> {
    for (const payload of payloads) await this.ledger.append(ACCOUNT, [{ kind: 'mail', payload }])
  }

  /** Appends `count` records of about 1 KB, and returns their payloads. */
  async fill(count: number): Promise<Buffer[]> {
    const payloads = Array.from({ length: count }, () => this.random.bytes(800 + this.random.below(400)))
    await this.append(...payloads)
    return payloads
  }

  async close(): Promise<void> {
    await this.ledger.close()
  }

  async reopen(options: { readonly acceptDamage?: boolean } = {}): Promise<Ledger> {
    this.ledger = await openOn(this.disk, this.clock, { ...this.options, ...options })
    return this.ledger
  }

  /** Ends the process: nothing is settled in order. */
  async kill(): Promise<void> {
    this.disk = this.disk.kill()
    await quiesce()
  }

  /** `damaged`: as LogReader has it. */
  reader(account = ACCOUNT, damaged?: (segment: Seq | null) => void): LogReader {
    return new LogReader(this.disk, DIRECTORY, account, damaged)
  }

  /** Below the account's directory. */
  path(name: string, account = ACCOUNT): string {
    return `${DIRECTORY}/accounts/${account.slice(0, 2)}/${account}/${name}`
  }

  segmentPath(first: number): string {
    return this.path(`segments/${first.toString(16).padStart(16, '0')}.seg`)
  }

  /** Flips the bits of `mask` in one byte, behind everybody's back. */
  flip(name: string, at: number, mask = 1): void {
    const file = this.disk.file(name)
    const byte = Buffer.alloc(1)
    file.read(byte, at)
    byte[0] = (byte[0] as number) ^ mask
    file.corrupt(at, byte)
  }

  async verify(account = ACCOUNT): Promise<{ readonly report: AccountReport; readonly findings: readonly Finding[] }> {
    const findings: Finding[] = []
    const { publicKey } = this.ledger
    const options = { disk: this.disk, directory: DIRECTORY, publicKey, found: (one: Finding) => findings.push(one) }
    return { report: await verifyAccount(options, account), findings }
  }
}

async function openOn(disk: SimulatedDisk, clock: SimulatedClock, options: ScratchOptions): Promise<Ledger> {
  const random = new Random(disk.operations + 3)
  return openLedger({ disk, clock, directory: DIRECTORY, random: (bytes) => random.bytes(bytes), ...options })
}
