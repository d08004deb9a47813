// Verification of what a ledger has beside its accounts: the commit journal, with the large payloads that it names, and both halves of the signing key. Nothing is written.
//
// The ledger may write meanwhile: a journal file that was cut while it was read is read again.

import { bytesEqual, wipe } from '#base/bytes.ts'
import type { AccountId } from '#base/ids.ts'
import { type Disk, DiskError, type DiskFile } from '#platform/disk.ts'
import type { Finding, FindingKind } from './finding.ts'
import type { GroupRecord } from './journal-format.ts'
import { type JournalContent, holdsGroups, inspectJournals, replayJournal } from './journal-replay.ts'
import { openReadOrNull } from './open-files.ts'
import { accountPaths, incomingPath, journalPath, listAccounts, listSegments, segmentPath } from './paths.ts'
import { LogReader } from './reader.ts'
import { HEAD_BYTES } from './record.ts'
import { readScrub } from './scrub-progress.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'
import { decodeSigningKey } from './signing-key.ts'
import { verifyPayload } from './verify-payload.ts'

interface OwnVerification {
  readonly disk: Disk
  /** The ledger's. */
  readonly directory: string
  readonly publicKey: Uint8Array
  readonly found: (finding: Finding) => void
}

const TRIES = 8
const KEY_BYTES_MAX = 65
const NOWHERE = { start: 0, end: 0 }

/** `sizes`: records that were in the segments of accounts, a moment ago. Throws DiskError for what concerns more than single blocks. */
export function verifyOwnFiles(options: OwnVerification, sizes: ReadonlyMap<AccountId, number>): void {
  verifyKey(options)
  const journal = readJournal(options)
  for (const finding of journal.findings) options.found(finding)
  for (const [account, first] of journal.firsts) verifyBeginning(options, account, first)
  for (const record of journal.large) verifyIncoming(options, record)
  // The journal, while it holds records of an account, holds its last.
  for (const [account, end] of journal.ends) {
    const size = sizes.get(account) ?? 0
    if (size > end) options.found(report(account, 'journal', '../../../journal', NOWHERE, { from: end, to: size }))
  }
  verifyThatThereIsSomething(options, journal)
}

function report(
  account: Finding['account'],
  kind: FindingKind,
  file: string,
  bytes: Finding['bytes'],
  records: Finding['records'] = null,
): Finding {
  return { account, kind, records, file, bytes, derived: kind === 'journalHead' }
}

/** If whoever verifies may read it. */
function verifyKey({ disk, directory, publicKey, found }: OwnVerification): void {
  const bytes = Buffer.alloc(KEY_BYTES_MAX)
  try {
    const file = openReadOrNull(disk, `${directory}/key`)
    if (file === null) return
    try {
      const key = decodeSigningKey(bytes.subarray(0, file.read(bytes, 0)))
      if (key === null || !bytesEqual(key.publicKey, publicKey))
        found(report('', 'signingKey', 'key', { start: 0, end: 64 }))
    } finally {
      file.close()
    }
  } catch (error) {
    if (!(error instanceof DiskError) || (error.code !== 'EACCES' && error.code !== 'EPERM')) throw error
  } finally {
    wipe(bytes)
  }
}

interface JournalSummary {
  readonly findings: Finding[]
  /** The first record that it holds of each account. */
  readonly firsts: Map<AccountId, number>
  /** The one after the last. */
  readonly ends: Map<AccountId, number>
  /** Those whose payloads are in files of their own. */
  readonly large: GroupRecord[]
}

function readJournal(options: OwnVerification): JournalSummary {
  for (let tries = 1; ; tries++) {
    const files = ([0, 1] as const).map((index) => openReadOrNull(options.disk, journalPath(options.directory, index)))
    const [first, second] = files
    try {
      const summary: JournalSummary = { findings: [], firsts: new Map(), ends: new Map(), large: [] }
      if (first === null || second === null || first === undefined || second === undefined) return summary
      const contents = inspectJournals([first, second])
      for (const content of contents.toSorted((a, b) => (a.stamp?.generation ?? 0) - (b.stamp?.generation ?? 0))) {
        readFile(content, summary)
      }
      const isSame = inspectJournals([first, second]).every(
        ({ stamp }, index) => stamp?.generation === contents[index as 0 | 1].stamp?.generation,
      )
      if (isSame || tries === TRIES) return summary
    } finally {
      for (const file of files) file?.close()
    }
  }
}

function readFile(content: JournalContent, { findings, firsts, ends, large }: JournalSummary): void {
  const file = `journal/${content.index}`
  if (!content.headValid && content.file.size() > 0)
    findings.push(report('', 'journalHead', file, { start: 0, end: 64 }))
  const groups = replayJournal(content)
  for (;;) {
    const next = groups.next()
    if (next.done === true) {
      if (next.value !== null) findings.push(report('', 'journal', file, next.value.bytes))
      return
    }
    for (const record of next.value.records) {
      const { account, seq } = record.header
      if (!firsts.has(account)) firsts.set(account, seq)
      ends.set(account, seq + 1)
      if (record.incoming !== null) large.push(record)
    }
  }
}

/** What the journal holds of an account goes on from its segments. */
function verifyBeginning({ disk, directory, found }: OwnVerification, account: AccountId, first: number): void {
  using reader = new LogReader(disk, directory, account)
  const size = reader.size()
  if (size < first) found(report(account, 'missingRecords', 'segments', NOWHERE, { from: size, to: first }))
}

/** The payload is in `incoming/`, or is its segment already, which is verified as such. */
function verifyIncoming({ disk, directory, found }: OwnVerification, { header, incoming }: GroupRecord): void {
  const { account, seq } = header
  const file = incoming === null ? null : openReadOrNull(disk, incomingPath(directory, incoming))
  const records = { from: seq, to: seq + 1 }
  if (file === null) {
    const paths = accountPaths(directory, account)
    if (listSegments(disk, paths).includes(seq) && disk.exists(segmentPath(paths, seq))) return
    found(report(account, 'missingRecords', `incoming/${incoming}`, NOWHERE, records))
    return
  }
  try {
    verifyIncomingPayload(file, { header, incoming }, found)
  } finally {
    file.close()
  }
}

function verifyIncomingPayload(
  file: DiskFile,
  { header, incoming }: Pick<GroupRecord, 'header' | 'incoming'>,
  found: OwnVerification['found'],
): void {
  const records = { from: header.seq, to: header.seq + 1 }
  const fault = verifyPayload(file, header, SEGMENT_HEAD_BYTES + HEAD_BYTES, null)
  for (const bytes of fault?.ranges ?? []) {
    found(report(header.account, fault?.kind ?? 'payloadChanged', `incoming/${incoming}`, bytes, records))
  }
}

/** A ledger without accounts is a new one, unless something shows that it had some. */
function verifyThatThereIsSomething({ disk, directory, found }: OwnVerification, { firsts }: JournalSummary): void {
  if (firsts.size > 0 || !hadAccounts(disk, directory)) return
  if (listAccounts(disk, directory).next().done === true) found(report('', 'accountsMissing', 'accounts', NOWHERE))
}

/** What is left of earlier groups in the commit journal, or the progress of the scrub, tells of accounts, and nobody has set one aside. */
export function hadAccounts(disk: Disk, directory: string): boolean {
  if (disk.list(`${directory}/aside`).length > 0) return false
  if ((readScrub(disk, directory)?.accounts.size ?? 0) > 0) return true
  return ([0, 1] as const).some((index) => {
    const file = openReadOrNull(disk, journalPath(directory, index))
    if (file === null) return false
    try {
      return holdsGroups(file)
    } finally {
      file.close()
    }
  })
}
