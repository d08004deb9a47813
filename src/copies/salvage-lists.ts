// The lists of a finished export, made from its manifest: what is damaged, for programs and for people, and digests as sha256sum reads them. Written as they
// are read, whatever their length.

import type { AccountId } from '#base/ids.ts'
import { IncrementalHash } from '#crypto/hash.ts'
import { type Disk, type DiskFile, writeAll } from '#platform/disk.ts'
import { replaceFile } from './export-target.ts'
import { MANIFEST, type ManifestLine, describeDamageLine, isDamage, readManifest } from './manifest.ts'
import type { SalvageReport } from './salvage.ts'
import type { JournalBreak } from './salvaged-account.ts'

const READ_BYTES = 1024 * 1024

export function writeLists(disk: Disk, directory: string, account: AccountId, report: SalvageReport): void {
  const lines = (): Generator<ManifestLine> => manifestLines(disk, directory)
  write(disk, `${directory}/damage.json`, damageJson(account, report, lines))
  write(disk, `${directory}/damage.txt`, damageText(account, report, lines))
  write(disk, `${directory}/SHA256SUMS`, sums(disk, directory, lines))
}

function* manifestLines(disk: Disk, directory: string): Generator<ManifestLine> {
  for (const { line } of readManifest(disk, `${directory}/${MANIFEST}`)) yield line
}

function write(disk: Disk, path: string, pieces: Iterable<string>): void {
  replaceFile(disk, path, (file) => {
    let position = 0
    for (const piece of pieces) {
      const bytes = Buffer.from(piece)
      writeAll(file, bytes, position)
      position += bytes.length
    }
  })
}

function* damageJson(
  account: AccountId,
  report: SalvageReport,
  lines: () => Iterable<ManifestLine>,
): Generator<string> {
  const { journal, ...counts } = report
  yield `{\n"account": ${JSON.stringify(account)},\n"counts": ${JSON.stringify(counts)},\n"journal": ${JSON.stringify(journal)},\n"damaged": [`
  let count = 0
  for (const line of lines()) if (isDamage(line)) yield `${count++ === 0 ? '' : ','}\n${JSON.stringify(line)}`
  yield '\n],\n"repaired": ['
  count = 0
  for (const line of lines()) {
    if (isDamage(line) || line.source === 'segment') continue
    const { record, source, files } = line
    yield `${count++ === 0 ? '' : ','}\n${JSON.stringify({ record, source, files: files.map(({ path }) => path) })}`
  }
  yield '\n]\n}\n'
}

function* damageText(
  account: AccountId,
  report: SalvageReport,
  lines: () => Iterable<ManifestLine>,
): Generator<string> {
  const { lost, otherDamage, repaired, journal } = report
  if (lost + otherDamage === 0 && journal === null) yield 'Everything is whole.\n'
  if (journal !== null) yield `${describeBreak(journal)}\n`
  for (const line of lines()) if (isDamage(line)) yield `${describeDamageLine(account, line)}\n`
  if (repaired > 0)
    yield `\n${repaired} more were not whole in their segment, and are exported as they were, from its parity or from the commit journal: see "repaired" in damage.json.\n`
}

const REASONS: Readonly<Record<JournalBreak['reason'], string>> = {
  missing: 'journal records before it are missing',
  payload: 'it is damaged',
  unknownOperation: 'a newer version of Mailkeep wrote it',
}

export function describeBreak({ seq, reason, after }: JournalBreak): string {
  const later = after === 0 ? '' : ` ${after} later journal records were used for settings alone.`
  return `The journal can be read up to record ${seq}: ${REASONS[reason]}. Mailboxes and flags are as of then; messages that were filed later are in "unfiled".${later}`
}

/** Of files that hold one message its digest; of others that of the whole. */
function* sums(disk: Disk, directory: string, lines: () => Iterable<ManifestLine>): Generator<string> {
  const shared = new Set<string>()
  for (const line of lines()) {
    if (isDamage(line)) continue
    for (const { path, bytes } of line.files) {
      if (bytes === undefined) yield `${line.sha256}  ${path}\n`
      else shared.add(path)
    }
  }
  for (const path of shared) yield `${digestOf(disk.openRead(`${directory}/${path}`))}  ${path}\n`
}

/** Closes the file. */
function digestOf(file: DiskFile): string {
  try {
    const hash = new IncrementalHash('sha256')
    const block = Buffer.allocUnsafe(READ_BYTES)
    for (let position = 0; ;) {
      const read = file.read(block, position)
      if (read === 0) return hash.digest().toString('hex')
      hash.update(block.subarray(0, read))
      position += read
    }
  } finally {
    file.close()
  }
}
