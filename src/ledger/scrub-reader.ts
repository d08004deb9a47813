// Re-reading what the ledger has on its device, item by item, in portions. What it finds is told; it changes nothing. Made for a thread of its own, whose waiting for the
// device keeps nobody.
//
// Whoever appends meanwhile is not stopped: only what was there before is judged, and whatever is found is looked at again by the ledger itself.

import type { AccountId } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import type { Disk } from '#platform/disk.ts'
import { DiskError } from '#platform/disk.ts'
import { CheckpointFile, storedSize } from './checkpoint-file.ts'
import { AccountDigests } from './account-digests.ts'
import { type DeviceReads, deviceDisk } from './device-disk.ts'
import { type SegmentFault, examineSegment } from './examine-segment.ts'
import { openReadOrNull } from './open-files.ts'
import { ParityFile } from './parity-file.ts'
import { PARITY_BLOCK_BYTES, blockChecksum, blockCount } from './parity-format.ts'
import { accountPaths, listSegments, parityPath, segmentPath } from './paths.ts'
import {
  NOTHING_FOUND,
  type OwnFault,
  type ScrubFindings,
  type ScrubItem,
  type ScrubStep,
  type ScrubTask,
} from './scrub-items.ts'
import { readOwnFiles, readThrough } from './scrub-own-files.ts'
import { readSlotCopies } from './slots.ts'
import { missingIfUnreadable, tolerantDisk } from './tolerant-read.ts'
import { StoredTree } from './tree.ts'
import { TreeVerifier } from './verify-tree.ts'

/** A task that has little to read, and much to compute, ends after this. */
const TASK_MS = 100
const LEAVES_PER_STEP = 64
const BLOCKS_PER_STEP = 64

export class ScrubReader {
  readonly #disk: Disk
  readonly #monotonic: () => number
  readonly #digests: AccountDigests
  #reads: DeviceReads = { bytes: 0, isDirect: true }
  #steps: Steps<ScrubFindings> | null = null

  constructor(disk: Disk, monotonic: () => number) {
    this.#disk = disk
    this.#monotonic = monotonic
    this.#digests = new AccountDigests(disk)
  }

  /** Throws DiskError; then the item has come to its end. */
  do({ directory, publicKey, item, bytes }: ScrubTask): ScrubStep {
    if (item !== null) {
      this.stop()
      this.#reads = { bytes: 0, isDirect: true }
      this.#steps = readItem(
        { disk: this.#disk, reads: this.#reads, directory, publicKey, digests: this.#digests },
        item,
      )
    }
    const steps = this.#steps
    if (steps === null) throw new RangeError('there is no item to go on with')
    const before = this.#reads.bytes
    const until = this.#monotonic() + TASK_MS
    try {
      for (;;) {
        const step = steps.next()
        const read = this.#reads.bytes - before
        const { isDirect } = this.#reads
        if (step.done === true) {
          this.#steps = null
          return { bytes: read, isDirect, findings: step.value }
        }
        if (read >= bytes || this.#monotonic() >= until) return { bytes: read, isDirect, findings: null }
      }
    } catch (error) {
      this.#steps = null
      throw error
    }
  }

  /** Leaves the item as it is. */
  stop(): void {
    this.#steps?.return(NOTHING_FOUND)
    this.#steps = null
  }
}

interface Reading {
  readonly disk: Disk
  readonly reads: DeviceReads
  /** The ledger's. */
  readonly directory: string
  readonly publicKey: Uint8Array
  readonly digests: AccountDigests
}

function readItem(reading: Reading, item: ScrubItem): Steps<ScrubFindings> {
  switch (item.kind) {
    case 'derived':
      return readDerived(reading, item)
    case 'segment':
      return readSegment(reading, item)
    case 'slots':
      return readSlots(reading, item)
    case 'own':
      return readOwn(reading)
  }
}

/** Every leaf hash leads to the roots that were signed, and to the hashes above it. */
function* readDerived(
  { disk, reads, directory, publicKey }: Reading,
  { account, stored }: ScrubItem & { readonly kind: 'derived' },
): Steps<ScrubFindings> {
  const device = tolerantDisk(deviceDisk(disk, reads))
  return { ...NOTHING_FOUND, isDerivedWrong: yield* isDerivedWrong(device, directory, publicKey, account, stored) }
}

/** `stored`: how many checkpoints there must be. */
export function* isDerivedWrong(
  device: Disk,
  directory: string,
  publicKey: Uint8Array,
  account: AccountId,
  stored: number | null,
): Steps<boolean> {
  const paths = accountPaths(directory, account)
  const tree = new StoredTree(device, paths.tree)
  const checkpoints = new CheckpointFile(device, paths.checkpoints, account)
  let wrong = 0
  try {
    if (checkpoints.count < (stored ?? 0)) return true
    const verifier = new TreeVerifier({ tree, checkpoints, publicKey }, () => void wrong++)
    while (verifier.size < verifier.signedSize && wrong === 0) {
      verifier.addStored()
      if (verifier.size % LEAVES_PER_STEP === 0) yield
    }
    verifier.finish()
  } finally {
    tree.close()
    checkpoints.close()
  }
  return wrong > 0
}

function* readSegment(
  { disk, reads, directory, publicKey, digests }: Reading,
  { account, first, settled }: ScrubItem & { readonly kind: 'segment' },
): Steps<ScrubFindings> {
  const paths = accountPaths(directory, account)
  const path = segmentPath(paths, first)
  const blocks = new BlockChecksums()
  const device = deviceDisk(disk, reads, (name, bytes, position) => {
    if (name === path) blocks.add(bytes, position)
  })
  const following = listSegments(disk, paths).find((other) => other > first) ?? null
  const end = following ?? settled ?? storedSize(device, paths.checkpoints, account)
  const added = yield* digests.of(directory, publicKey, account)
  const segment = openReadOrNull(device, path)
  if (segment === null) {
    const records = { from: first, to: Math.max(end, first + 1) }
    const fault = { kind: 'missingRecords', records, bytes: { start: 0, end: 0 } } as const
    return { ...NOTHING_FOUND, faults: [fault], next: records.to }
  }
  const tree = new StoredTree(missingIfUnreadable(device), paths.tree)
  let slots = 0
  let next: number = first
  try {
    const faults = yield* examineSegment(segment, {
      account,
      first,
      next: Math.max(end, first),
      leaf: (seq) => tree.leaf(seq),
      added: (seq) => added?.of(seq) ?? null,
      record: ({ kind, seq }, state) => {
        next = seq + 1
        if (kind === 'slot' && state === 'present') slots++
      },
    })
    if (following !== null) {
      const parity = yield* readParity(device, segment, blocks, { path: parityPath(paths, first), account, first })
      return { ...NOTHING_FOUND, faults, parity, next: Math.max(next, end), slots }
    }
    // What comes after the records that were there when this began is being written.
    const size = segment.size()
    const isOld = ({ records, bytes }: SegmentFault): boolean =>
      records === null ? bytes.end < size : settled === null || records.from < settled
    return { ...NOTHING_FOUND, faults: faults.filter(isOld), next: Math.max(next, end), slots }
  } finally {
    segment.close()
    tree.close()
  }
}

/** A parity file by itself, and whether it is of this segment. */
function* readParity(
  device: Disk,
  segment: { read(buffer: Uint8Array, position: number): number },
  blocks: BlockChecksums,
  { path, account, first }: { readonly path: string } & Pick<ScrubItem & { kind: 'segment' }, 'account' | 'first'>,
): Steps<ScrubFindings['parity']> {
  if (!device.exists(path)) return 'missing'
  const parity = ParityFile.open(device, path, account, first)
  if (parity === null) return 'damaged'
  try {
    let steps = 0
    for (const range of parity.damagedRanges()) {
      if (range !== null) return 'damaged'
      if (++steps % BLOCKS_PER_STEP === 0) yield
    }
    for (let block = 0; block < blockCount(parity.head.shape.length); block++) {
      if (block % BLOCKS_PER_STEP === 0) yield
      const checksum = blocks.of(block) ?? blockChecksum(readBlock(segment, block))
      if (parity.hasChecksum(block, checksum) !== true) return 'damaged'
    }
    return 'whole'
  } finally {
    parity[Symbol.dispose]()
  }
}

function readBlock(file: { read(buffer: Uint8Array, position: number): number }, block: number): Buffer {
  const bytes = Buffer.alloc(PARITY_BLOCK_BYTES)
  try {
    file.read(bytes, block * PARITY_BLOCK_BYTES)
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
  }
  return bytes
}

/** Of the blocks of one file, as they were read. */
class BlockChecksums {
  readonly #checksums: (number | undefined)[] = []

  add(bytes: Buffer, position: number): void {
    for (let at = 0; at < bytes.length; at += PARITY_BLOCK_BYTES) {
      const block = bytes.subarray(at, at + PARITY_BLOCK_BYTES)
      const whole = block.length === PARITY_BLOCK_BYTES ? block : filledUp(block)
      this.#checksums[(position + at) / PARITY_BLOCK_BYTES] = blockChecksum(whole)
    }
  }

  of(block: number): number | undefined {
    return this.#checksums[block]
  }
}

/** A file's last block, as parity has it. */
function filledUp(block: Buffer): Buffer {
  const whole = Buffer.alloc(PARITY_BLOCK_BYTES)
  block.copy(whole)
  return whole
}

function* readSlots(
  { disk, reads, directory }: Reading,
  { account, before, records }: ScrubItem & { readonly kind: 'slots' },
): Steps<ScrubFindings> {
  const paths = accountPaths(directory, account)
  const device = deviceDisk(disk, reads)
  const own: OwnFault[] = []
  for (const name of [paths.retention, paths.destroyed]) {
    yield* readThrough(device, name, name.slice(directory.length + 1), own)
  }
  // Its slots have gone, on purpose.
  if (disk.exists(paths.destroyed)) return { ...NOTHING_FOUND, own }
  const copies = readSlotCopies(tolerantDisk(device), paths, account)
  const known = copies?.records.filter(({ header }) => header.seq < before).length ?? 0
  const isDerivedWrong = copies === null || copies.hasStrayRecord || known < (records ?? 0)
  return { ...NOTHING_FOUND, isDerivedWrong, own }
}

function* readOwn({ disk, reads, directory, publicKey }: Reading): Steps<ScrubFindings> {
  const own = yield* readOwnFiles(deviceDisk(disk, reads), directory, publicKey)
  return { ...NOTHING_FOUND, own }
}
