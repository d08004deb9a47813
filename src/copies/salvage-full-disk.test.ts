// An export to a disk that is full, or that fails: an error that says so, nothing half-written that looks whole, and the next run goes on with it.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type Disk, DiskError, type DiskFile, systemDisk } from '#platform/disk.ts'
import type { ExportFormat } from './export-target.ts'
import { openIndexCopy } from './index-copy.ts'
import { SalvageFixture } from './salvage-fixture.test-support.ts'
import type { SalvageOptions } from './salvage.ts'

let fixture: SalvageFixture
let ledger: string
before(async () => {
  fixture = await SalvageFixture.make()
  ledger = fixture.copy().ledger
})
after(() => fixture[Symbol.dispose]())

/** What is done to the export: everything that changes its disk asks `change`, with the bytes that it would write. */
function watchedDisk(directory: string, change: (bytes: number) => number): Disk {
  const isOurs = (name: string): boolean => name.startsWith(directory)
  const watched = (file: DiskFile): DiskFile => ({
    read: (buffer, position) => file.read(buffer, position),
    write: (buffer, position) => file.write(buffer.subarray(0, change(buffer.length)), position),
    datasync: () => file.datasync(),
    writeDurably: (buffer, position) => file.writeDurably(buffer, position),
    size: () => file.size(),
    truncate(size) {
      // To make a file shorter always works, on a disk that works.
      if (size > 0) change(0)
      file.truncate(size)
    },
    close: () => file.close(),
  })
  return {
    ...systemDisk,
    openWrite(name, mode) {
      if (isOurs(name)) change(0)
      const file = systemDisk.openWrite(name, mode)
      return isOurs(name) ? watched(file) : file
    },
    makeDirectory(name) {
      if (isOurs(name)) change(0)
      systemDisk.makeDirectory(name)
    },
    rename(from, to) {
      if (isOurs(from)) change(0)
      systemDisk.rename(from, to)
    },
  }
}

/** Takes so many bytes: of what does not fit, a part is written, as by a real one. */
function smallDisk(directory: string, bytes: number): Disk {
  let left = bytes
  return watchedDisk(directory, (length) => {
    if (length > 0 && left === 0) throw new DiskError('ENOSPC')
    const taken = Math.min(length, left)
    left -= taken
    return taken
  })
}

/** The operation of that number fails, and all after it. */
function failingDisk(directory: string, operation: number): Disk {
  let count = 0
  return watchedDisk(directory, (length) => {
    if (++count >= operation) throw new DiskError('EIO')
    return length
  })
}

function filesOf(directory: string): string[] {
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort()
}

function snapshot(directory: string): Record<string, string> {
  const digest = (name: string): string =>
    createHash('sha256')
      .update(fs.readFileSync(`${directory}/${name}`))
      .digest('hex')
  return Object.fromEntries(filesOf(directory).map((name) => [name, digest(name)]))
}

const LISTS = ['SHA256SUMS', 'damage.json', 'damage.txt', 'mailboxes.json', 'settings.json']

/** Everything that has the name of something whole is as it is in a whole export. */
function assertNothingHalf(directory: string, whole: string): void {
  for (const name of filesOf(directory)) {
    // Named as what is on its way, or gone on with line by line.
    if (name.endsWith('.part') || name.includes('/tmp/') || name === 'manifest.jsonl' || name === '.writable') continue
    const [now, then] = [directory, whole].map((at) => fs.readFileSync(`${at}/${name}`)) as [Buffer, Buffer]
    if (name === 'salvage.json') assert.match(now.toString(), /"complete": false/)
    else if (name.startsWith('mbox/')) {
      assert.ok(then.subarray(0, now.length).equals(now), name)
      const next = then.subarray(now.length, now.length + 5).toString()
      assert.ok(next === '' || next === 'From ', `${name} ends within a message`)
    } else assert.ok(now.equals(then), `${name} is whole`)
  }
}

interface Totals {
  readonly target: string
  readonly whole: Record<string, string>
  readonly bytes: number
  readonly operations: number
}

async function wholeRun(format: ExportFormat): Promise<Totals> {
  const { target } = fixture.copy()
  let [bytes, operations] = [0, 0]
  const disk = watchedDisk(target, (length) => {
    operations++
    bytes += length
    return length
  })
  await fixture.run(ledger, target, { format, disk })
  return { target, whole: snapshot(target), bytes, operations }
}

/** Places where it fails, for each way of failing. */
const PLACES = { eml: 3, maildir: 2, mbox: 3 } as const

for (const format of ['eml', 'maildir', 'mbox'] as const) {
  test(`a disk that is full or fails anywhere, as ${format}: nothing half-written looks whole, and it is gone on with`, async () => {
    const { target, whole, bytes, operations } = await wholeRun(format)
    const disks = Array.from({ length: PLACES[format] }, (_, at) => at / (PLACES[format] - 1)).flatMap((part) => [
      // The last bytes, too, are of a list.
      (at: string) => smallDisk(at, Math.floor(part * (bytes - 40))),
      (at: string) => failingDisk(at, 1 + Math.floor(part * (operations - 1))),
    ])
    for (const [number, make] of disks.entries()) {
      const again = `${target}-${number}`
      fs.mkdirSync(again)
      const options: Partial<SalvageOptions> = { format, disk: make(again) }
      await assert.rejects(fixture.run(ledger, again, options), (error) => {
        assert.ok(error instanceof DiskError)
        assert.match(error.code, /ENOSPC|EIO/)
        return true
      })
      assertNothingHalf(again, target)
      await fixture.run(ledger, again, { format })
      assert.deepEqual(snapshot(again), whole)
      fs.rmSync(again, { recursive: true })
    }
    assert.ok(LISTS.every((name) => name in whole))
  })
}

test('a directory that cannot be written is told of before the log is read', async () => {
  const { target } = fixture.copy()
  const phases: string[] = []
  const options = { disk: failingDisk(target, 1), progress: ({ phase }: { phase: string }) => void phases.push(phase) }
  await assert.rejects(fixture.run(ledger, target, options), DiskError)
  assert.deepEqual(phases, [])
  assert.deepEqual(filesOf(target), [])
})

test('what the index knows is not left out because there is no room for its copy', () => {
  const { target } = fixture.copy()
  fs.mkdirSync(target, { recursive: true })
  const { made } = fixture
  const index = `${made.indexDirectory}/${made.id}.index`
  const open = (disk: Disk): unknown => openIndexCopy(disk, index, `${target}/.index-copy`, made.id, made.root)
  assert.throws(() => open(smallDisk(target, 50_000)), DiskError)
  assert.deepEqual(filesOf(target), [])
  const opened = open(smallDisk(target, 50_000_000)) as Disposable | null
  assert.ok(opened !== null)
  opened[Symbol.dispose]()
  assert.deepEqual(filesOf(target), [])
})
