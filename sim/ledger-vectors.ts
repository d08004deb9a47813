// The test vectors of docs/formats/ledger.md, made from fixed seeds and times. `sh tools/run sim/ledger-vectors.ts` writes them to
// docs/formats/vectors/ledger/; the test beside this file compares.

import fs from 'node:fs'
import path from 'node:path'
import type { AccountId } from '#base/ids.ts'
import { signingKeyFromSeed } from '#crypto/ed25519.ts'
import { MerkleFrontier } from '#crypto/merkle.ts'
import { formatCheckpoint } from '#ledger/checkpoint.ts'
import { openLedger } from '#ledger/ledger.ts'
import { LogReader } from '#ledger/reader.ts'
import { type RecordHeader, encodeHead, leafHashOf } from '#ledger/record.ts'
import { SimulatedClock } from './clock.ts'
import { SimulatedDisk } from './disk.ts'
import { quiesce } from './ledger-world.ts'
import { Random } from './random.ts'

export const VECTORS = path.join(path.dirname(import.meta.dirname), 'docs/formats/vectors/ledger')
export const DIRECTORY = '/ledger'

/** Small, so that the vectors are: a large payload has over 1,000 bytes, and a segment is full at 2,000. */
export const LIMITS = {
  journalBytes: 64 * 1024,
  segmentBytes: 2000,
  inlineBytes: 1000,
  groupBytes: 8 * 1024,
  appendBytes: 8 * 1024,
}

const FIRST = '00112233445566778899aabbccddeeff' as AccountId
const SECOND = 'ffeeddccbbaa99887766554433221100' as AccountId

/** Hexadecimal content of files, by name below the ledger directory; zeros at the end of journal files are left out. */
export type Files = Readonly<Record<string, string>>

export interface Vectors {
  readonly about: string
  readonly signingSeed: string
  readonly verifier: string
  readonly records: readonly {
    readonly header: Omit<RecordHeader, 'digest'> & { readonly digest: string }
    readonly payload: string
    readonly head: string
    readonly leafHash: string
    readonly segment: number
    readonly offset: number
  }[]
  /** By account: roots of the trees of 0, 1, 2, … records. */
  readonly roots: Readonly<Record<string, readonly string[]>>
  /** By account: of all records, as a signed note. */
  readonly checkpoints: Readonly<Record<string, string>>
}

const text = (words: string): Buffer => Buffer.from(words, 'utf8')

export async function makeVectors(): Promise<{ vectors: Vectors; unsettled: Files; settled: Files }> {
  const random = new Random(26)
  const seed = Buffer.alloc(32, 0x42)
  const disk = new SimulatedDisk(random)
  const clock = new SimulatedClock(1_790_000_000_000)
  // The first bytes that are asked for are the seed of the signing key.
  let isSeed = true
  const bytes = (length: number): Buffer => {
    const result = isSeed ? Buffer.from(seed) : random.bytes(length)
    isSeed = false
    return result
  }
  const ledger = await openLedger({ disk, clock, directory: DIRECTORY, limits: LIMITS, random: bytes })
  await ledger.append(FIRST, [{ kind: 'slot', payload: text('not really a slot') }])
  clock.advance(1500)
  await Promise.all([
    ledger.append(SECOND, [{ kind: 'mail', payload: text('of another account, in the same group') }]),
    ledger.append(FIRST, [
      { kind: 'mail', payload: random.bytes(700) },
      { kind: 'journal', payload: text('appended together') },
    ]),
  ])
  clock.advance(20)
  await ledger.append(FIRST, [{ kind: 'mail', payload: random.bytes(1200) }])
  await ledger.append(FIRST, [{ kind: 'epoch', payload: Buffer.alloc(0) }])
  await quiesce()
  const unsettled = { ...contentOf(disk, ['key', 'journal/0', 'journal/1']), ...incomingOf(disk) }
  const checkpoints = Object.fromEntries(
    [FIRST, SECOND].map((id) => [id, formatCheckpoint(ledger.checkpoint(id), ledger.publicKey)]),
  )
  await ledger.close()
  const names = disk.files().map((name) => name.slice(DIRECTORY.length + 1))
  const settled = contentOf(
    disk,
    names.filter((name) => !name.startsWith('journal/')),
  )
  const logs = [FIRST, SECOND].map((id) => readLog(disk, id))
  const vectors: Vectors = {
    about: 'docs/formats/ledger.md, version 1. Made by sim/ledger-vectors.ts. Bytes are hexadecimal.',
    signingSeed: seed.toString('hex'),
    verifier: Buffer.from(settled['verifier'] ?? '', 'hex').toString('latin1'),
    records: logs.flatMap(({ records }) => records),
    roots: Object.fromEntries(logs.map(({ account, roots }) => [account, roots])),
    checkpoints,
  }
  if (!signingKeyFromSeed(seed).publicKey.equals(ledger.publicKey))
    throw new Error('the seed was used for something else')
  return { vectors, unsettled, settled }
}

function contentOf(disk: SimulatedDisk, names: readonly string[]): Files {
  const entries = names.map((name) => {
    const file = disk.file(`${DIRECTORY}/${name}`)
    const content = Buffer.alloc(file.size)
    file.read(content, 0)
    const hex = content.toString('hex')
    return [name, name.startsWith('journal/') ? hex.replace(/(?:00)+$/, '') : hex] as const
  })
  return Object.fromEntries(entries)
}

/**
 * What the files of large payloads were before they settled: the replay of `unsettled` finds them there. They are made from the
 * segments that they became.
 */
function incomingOf(disk: SimulatedDisk): Files {
  const journal = Buffer.alloc(disk.file(`${DIRECTORY}/journal/0`).size)
  disk.file(`${DIRECTORY}/journal/0`).read(journal, 0)
  const account = `accounts/${FIRST.slice(0, 2)}/${FIRST}/segments/0000000000000003.seg`
  const head = journal.indexOf(Buffer.from('MKr\u0003', 'latin1'))
  const name = journal.toString('hex', head + 128, head + 144)
  const content = Object.values(contentOf(disk, [account]))[0] ?? ''
  return { [`incoming/${name}`]: '00'.repeat(192) + content.slice(2 * 192) }
}

interface ReadLog {
  readonly account: AccountId
  readonly records: Vectors['records'][number][]
  readonly roots: string[]
}

function readLog(disk: SimulatedDisk, account: AccountId): ReadLog {
  using reader = new LogReader(disk, DIRECTORY, account)
  const frontier = new MerkleFrontier()
  const log: ReadLog = { account, records: [], roots: [frontier.root().toString('hex')] }
  for (const { header, location } of reader.records({ seq: 0 as RecordHeader['seq'], location: null })) {
    if (header === null) throw new Error('a new log is not damaged')
    frontier.append(leafHashOf(header))
    log.roots.push(frontier.root().toString('hex'))
    log.records.push({
      header: { ...header, digest: header.digest.toString('hex') },
      payload: reader.readPayload(location, header).toString('hex'),
      head: encodeHead(header).toString('hex'),
      leafHash: leafHashOf(header).toString('hex'),
      ...location,
    })
  }
  return log
}

if (import.meta.main) {
  const { vectors, unsettled, settled } = await makeVectors()
  fs.mkdirSync(VECTORS, { recursive: true })
  for (const [name, content] of Object.entries({ vectors, unsettled, settled })) {
    fs.writeFileSync(path.join(VECTORS, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`)
  }
}
