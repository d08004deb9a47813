// Repairing a closed segment from its parity: docs/formats/ledger.md §11, "Repair". Blocks whose checksums do not fit are computed; the repaired file is
// written beside the damaged one, made durable, verified, and takes its name; the damaged one stays under another until the repaired one has been
// verified where it is read. A crash leaves one or the other. Nothing that verifies is changed.
//
// What the parity cannot repair is told by byte range and kind, and stays as it is.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import { IncrementalHash } from '#crypto/hash.ts'
import { type Clock, yieldToEventLoop } from '#platform/clock.ts'
import { type Disk, DiskError, type DiskFile, writeAll } from '#platform/disk.ts'
import { type DamageAction, type DamageEntry, type DamagedRange, appendDamage } from './damage-log.ts'
import { orDurabilityError } from './dirty-files.ts'
import { keepsRecords } from './keeps-records.ts'
import { type ExaminedSegment, type SegmentFault, examineSegment } from './examine-segment.ts'
import { type OpenFiles, openReadOrNull } from './open-files.ts'
import { ParityFile } from './parity-file.ts'
import { PARITY_BLOCK_BYTES } from './parity-format.ts'
import {
  type AccountPaths,
  accountPaths,
  damagedPath,
  listSegments,
  parityPath,
  repairedPath,
  segmentPath,
} from './paths.ts'
import type { AddedDigests } from './added-digests.ts'
import { RepairedFile } from './repaired-file.ts'
import { type Damage, findDamage, findParityDamage, rangesOf, recordsOf } from './segment-damage.ts'
import { missingIfUnreadable } from './tolerant-read.ts'
import { StoredTree } from './tree.ts'
import { AccountDigests } from './account-digests.ts'
import type { StepRunner } from './write-parity.ts'

export interface RepairContext {
  readonly disk: Disk
  readonly clock: Clock
  /** The ledger's. */
  readonly directory: string
  /** Files that the ledger has open: the damaged one must not be among them afterwards. */
  readonly files: OpenFiles
  readonly run: StepRunner
  /** Of the ledger: signs added digests. */
  readonly publicKey: Uint8Array
  /** What the damage log said last of each file, so that it does not say it again. */
  readonly told: Map<string, string>
}

export interface SegmentRepair {
  /** `unrepairable`: something of it is; the rest was repaired. */
  readonly outcome: 'intact' | 'repaired' | 'unrepairable'
  readonly repaired: readonly DamagedRange[]
  readonly lost: readonly DamagedRange[]
  /** Records that are not whole afterwards. */
  readonly faults: readonly SegmentFault[]
  /** Of the parity file, which should be made again; null if it cannot be used at all, or is not there. */
  readonly parityDamage: readonly DamagedRange[] | null
}

const COPY_BLOCKS = 64
const TOLD_MAX = 1024
/** File systems without hard links: the damaged copy is not kept. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS']

/** Throws DiskError: then the segment is as it was, or repaired; and DurabilityError. One at a time for a segment. */
export async function repairSegment(context: RepairContext, account: AccountId, first: Seq): Promise<SegmentRepair> {
  const tree = new StoredTree(missingIfUnreadable(context.disk), accountPaths(context.directory, account).tree)
  const added = new AccountDigests(context.disk)
  try {
    const digests = context.run(added.of(context.directory, context.publicKey, account))
    return await new Repair(context, account, first, { tree, added: await digests }).run()
  } finally {
    added.forget()
    tree.close()
  }
}

class Repair {
  readonly #context: RepairContext
  readonly #paths: AccountPaths
  readonly #segment: ExaminedSegment
  readonly #path: string

  constructor(
    context: RepairContext,
    account: AccountId,
    first: Seq,
    { tree, added }: { readonly tree: StoredTree; readonly added: AddedDigests | null },
  ) {
    this.#context = context
    this.#paths = accountPaths(context.directory, account)
    const next = listSegments(context.disk, this.#paths).find((other) => other > first) ?? null
    this.#segment = { account, first, next, leaf: (seq) => tree.leaf(seq), added: (seq) => added?.of(seq) ?? null }
    this.#path = segmentPath(this.#paths, first)
  }

  async run(): Promise<SegmentRepair> {
    await this.#endEarlier()
    const parity = this.#openParity()
    // The last segment grows: only whoever writes it may touch it.
    if (parity === null || this.#segment.next === null) {
      parity?.[Symbol.dispose]()
      return this.#tell({ repaired: [], lost: [] }, null)
    }
    const view = new RepairedFile(openReadOrNull(this.#context.disk, this.#path), parity)
    try {
      const parityDamage = await this.#context.run(findParityDamage(parity))
      const found = await this.#context.run(findDamage(view, parity))
      if (found.repaired.length === 0) return await this.#tell(found, parityDamage)
      const before = await this.#faults()
      const repaired = await this.#write(view, parity, found)
      if (!repaired) {
        this.#context.disk.remove(repairedPath(this.#paths, this.#segment.first))
        return await this.#tell({ repaired: [], lost: [...found.lost, ...found.repaired] }, parityDamage)
      }
      await this.#log('repairing', found.repaired, before)
      await this.#putInPlace()
      const after = await this.#faults()
      if (!(await this.#context.run(this.#isAsEncoded(found)))) throw new DiskError('EIO')
      await this.#dropDamaged()
      await this.#log(
        'repaired',
        found.repaired,
        before.filter((fault) => !isIn(fault, after)),
      )
      if (after.length > 0 || found.lost.length > 0) await this.#log('unrepairable', found.lost, after)
      return { ...found, outcome: found.lost.length > 0 ? 'unrepairable' : 'repaired', faults: after, parityDamage }
    } finally {
      view.close()
    }
  }

  /** Ends what a crash interrupted. */
  async #endEarlier(): Promise<void> {
    const { disk } = this.#context
    const [damaged, repaired] = [
      damagedPath(this.#paths, this.#segment.first),
      repairedPath(this.#paths, this.#segment.first),
    ]
    if (disk.exists(repaired)) disk.remove(repaired)
    if (!disk.exists(damaged)) return
    // The repaired one has its place, or never got it.
    if (disk.exists(this.#path)) disk.remove(damaged)
    else disk.rename(damaged, this.#path)
    await orDurabilityError(disk.syncDirectory(this.#paths.segments))
  }

  #openParity(): ParityFile | null {
    const { account, first } = this.#segment
    return ParityFile.open(this.#context.disk, parityPath(this.#paths, first), account, first)
  }

  /** Nothing can be repaired. If all records are whole although blocks are not those of the parity, it is the parity that has to be made again. */
  async #tell({ lost }: Damage, parityDamage: SegmentRepair['parityDamage']): Promise<SegmentRepair> {
    const faults = await this.#faults()
    if (faults.length === 0) {
      return { outcome: 'intact', repaired: [], lost: [], faults, parityDamage: lost.length > 0 ? null : parityDamage }
    }
    const bytes = lost.length > 0 ? lost : rangesOf(faults)
    await this.#log('unrepairable', bytes, faults)
    return { outcome: 'unrepairable', repaired: [], lost: bytes, faults, parityDamage }
  }

  async #faults(): Promise<readonly SegmentFault[]> {
    const file = openReadOrNull(this.#context.disk, this.#path)
    if (file === null) {
      const { first, next } = this.#segment
      const records = { from: first, to: next ?? first + 1 }
      return [{ kind: 'missingRecords', records, bytes: { start: 0, end: 0 } }]
    }
    try {
      return await this.#context.run(examineSegment(file, this.#segment))
    } finally {
      file.close()
    }
  }

  /** Writes the repaired file beside the damaged one. False if it is not what was encoded, or lacks what the damaged one has, so that it must not be used. */
  async #write(view: RepairedFile, parity: ParityFile, { lost }: Damage): Promise<boolean> {
    const { disk, run } = this.#context
    const target = disk.openWrite(repairedPath(this.#paths, this.#segment.first))
    try {
      target.truncate(0)
      const digest = await run(copy(view, target, parity.head.shape.length))
      if (lost.length === 0 && !digest.equals(parity.head.digest)) return false
      if (!(await this.#keepsRecords(target))) return false
      await target.datasync()
      return true
    } finally {
      target.close()
    }
  }

  async #keepsRecords(repaired: DiskFile): Promise<boolean> {
    const stored = openReadOrNull(this.#context.disk, this.#path)
    if (stored === null) return true
    try {
      return await this.#context.run(keepsRecords(stored, repaired, this.#segment))
    } finally {
      stored.close()
    }
  }

  async #putInPlace(): Promise<void> {
    const { disk, files } = this.#context
    const { first } = this.#segment
    try {
      if (disk.exists(this.#path)) disk.link(this.#path, damagedPath(this.#paths, first))
    } catch (error) {
      if (!(error instanceof DiskError) || !NO_LINKS.includes(error.code)) throw error
    }
    while (files.isBusy(this.#path)) await yieldToEventLoop()
    files.forget(this.#path)
    disk.rename(repairedPath(this.#paths, first), this.#path)
    await orDurabilityError(disk.syncDirectory(this.#paths.segments))
  }

  /** Reads again what was put in place. */
  *#isAsEncoded({ lost }: Damage): Steps<boolean> {
    const parity = this.#openParity()
    const file = openReadOrNull(this.#context.disk, this.#path)
    if (parity === null || file === null) {
      parity?.[Symbol.dispose]()
      file?.close()
      return false
    }
    const view = new RepairedFile(file, parity)
    try {
      const found = yield* findDamage(view, parity)
      return found.repaired.length === 0 && found.lost.length === lost.length
    } finally {
      view.close()
    }
  }

  async #dropDamaged(): Promise<void> {
    const { disk } = this.#context
    const path = damagedPath(this.#paths, this.#segment.first)
    if (!disk.exists(path)) return
    disk.remove(path)
    await orDurabilityError(disk.syncDirectory(this.#paths.segments))
  }

  #log(action: DamageAction, bytes: readonly DamagedRange[], faults: readonly SegmentFault[]): Promise<void> {
    const file = this.#path.slice(this.#paths.directory.length + 1)
    return tellDamage(this.#context, {
      account: this.#segment.account,
      file,
      action,
      bytes,
      records: recordsOf(faults),
    })
  }
}

/** Into the damage log, unless it says so already: what cannot be repaired is found again whenever somebody reads it. */
export async function tellDamage(
  { disk, directory, clock, told }: Pick<RepairContext, 'disk' | 'directory' | 'clock' | 'told'>,
  entry: Omit<DamageEntry, 'time'>,
): Promise<void> {
  const { account, file, action, bytes, records } = entry
  const [key, what] = [`${account}/${file}`, JSON.stringify([action, bytes, records])]
  if (told.get(key) === what) return
  if (told.size >= TOLD_MAX) told.clear()
  told.set(key, what)
  await appendDamage(disk, directory, { ...entry, time: new Date(clock.now()).toISOString() })
}

/** All of it, with what is stored beyond what the parity covers; returns the digest of what it covers. */
function* copy(view: RepairedFile, target: DiskFile, coveredBytes: number): Steps<Buffer> {
  const hash = new IncrementalHash('sha256')
  const size = view.size()
  const piece = Buffer.alloc(COPY_BLOCKS * PARITY_BLOCK_BYTES)
  for (let at = 0; at < size; at += piece.length) {
    const bytes = piece.subarray(0, Math.min(piece.length, size - at))
    view.read(bytes, at)
    writeAll(target, bytes, at)
    if (at < coveredBytes) hash.update(bytes.subarray(0, Math.min(bytes.length, coveredBytes - at)))
    yield
  }
  return hash.digest()
}

function isIn({ records }: SegmentFault, faults: readonly SegmentFault[]): boolean {
  return faults.some((other) => other.records !== null && records !== null && other.records.from === records.from)
}
