// What a rehearsal finds missing or different, as data and as a line for people. What is wrong with the log has the names that `mailkeep verify` has for it
// (`FindingKind`); what only who has the account's key can see, and what is about the index, has names of its own.

import type { ByteRange } from '#ledger/damage.ts'
import type { FindingKind } from '#ledger/finding.ts'

const LOG_KINDS = [
  'recordHead',
  'missingRecords',
  'payloadZeroed',
  'payloadChanged',
  'payloadDropped',
] as const satisfies readonly FindingKind[]

const OTHER_KINDS = [
  /** A payload is as it was committed, and the account's key does not open it. */
  'payloadSealed',
  /** A journal record cannot be applied: nothing that the owner did from there on can be made again. */
  'journalBroken',
  /** No slot in force was written by the owner: there is nothing to open the account with. */
  'keySlots',
  /** A mailbox is in the log and not in the index in use; or only there; or otherwise there. */
  'mailboxMissing',
  'mailboxUnknown',
  'mailboxChanged',
  /** The same of an e-mail. */
  'messageMissing',
  'messageUnknown',
  'messageChanged',
  /** A setting is not what the log says. */
  'settingChanged',
  /** What the index keeps of a message is not what follows from it; or is not there. */
  'contentChanged',
  'contentMissing',
  /** The same of what searches run over. */
  'searchChanged',
  'searchMissing',
  /** What the index counts on by is not what the log says. */
  'countersChanged',
] as const

export const REHEARSAL_FINDING_KINDS = [...LOG_KINDS, ...OTHER_KINDS] as const

export type RehearsalFindingKind = (typeof REHEARSAL_FINDING_KINDS)[number]

export interface RehearsalFinding {
  readonly kind: RehearsalFindingKind
  /** Of the log: the first, and the one after the last. Null if it is not about records. */
  readonly records: { readonly from: number; readonly to: number } | null
  /** Below the account's directory in the ledger; empty if it is about the index. */
  readonly file: string
  readonly bytes: ByteRange
  /** Of a mailbox or an e-mail. */
  readonly id: number | null
  /** Of a mailbox or a setting. Text of the owner's: it is kept in the account alone. */
  readonly name: string | null
  /** Which of its parts differ, in words of ours; empty if that is said already. */
  readonly what: string
}

const NAME_LENGTH_MAX = 200
const NOWHERE: ByteRange = { start: 0, end: 0 }

/** About the log. */
export function logFinding(
  kind: RehearsalFindingKind,
  records: { readonly from: number; readonly to: number } | null,
  file = 'segments',
  bytes: ByteRange = NOWHERE,
): RehearsalFinding {
  return { kind, records, file, bytes, id: null, name: null, what: '' }
}

/** About the index in use. */
export function indexFinding(
  kind: RehearsalFindingKind,
  about: Partial<Pick<RehearsalFinding, 'records' | 'id' | 'name' | 'what'>>,
): RehearsalFinding {
  const name = about.name?.slice(0, NAME_LENGTH_MAX).toWellFormed() ?? null
  return { kind, records: null, file: '', bytes: NOWHERE, id: null, what: '', ...about, name }
}

export function ofRecord(seq: number): { readonly from: number; readonly to: number } {
  return { from: seq, to: seq + 1 }
}

/** Without text of the owner's, in ASCII. */
export function describeRehearsalFinding({ kind, records, file, bytes, id, what }: RehearsalFinding): string {
  const isMailbox = kind.startsWith('mailbox')
  const which = [
    ...(id === null ? [] : [`${isMailbox ? 'mailbox' : 'e-mail'} ${id}`]),
    ...(records === null
      ? []
      : [records.to - records.from === 1 ? `record ${records.from}` : `records ${records.from} to ${records.to - 1}`]),
  ].join(', ')
  const place = file === '' ? ' in the index' : ` in ${file}`
  const where = bytes.end > 0 ? `, bytes ${bytes.start} to ${bytes.end}` : ''
  return `${which === '' ? '' : `${which}: `}${kind}${place}${where}${what === '' ? '' : ` (${what})`}`
}

/** Findings that a result lists. */
export const FINDINGS_LISTED = 50

export class Findings {
  readonly listed: RehearsalFinding[]
  count: number

  constructor(listed: readonly RehearsalFinding[] = [], count = listed.length) {
    this.listed = [...listed]
    this.count = count
  }

  readonly add = (finding: RehearsalFinding): void => {
    this.count++
    if (this.listed.length < FINDINGS_LISTED) this.listed.push(finding)
  }
}

/** The same thing found again. */
export function sameFinding(a: RehearsalFinding, b: RehearsalFinding): boolean {
  return (
    a.kind === b.kind &&
    a.records?.from === b.records?.from &&
    a.records?.to === b.records?.to &&
    a.id === b.id &&
    a.file === b.file &&
    a.bytes.start === b.bytes.start &&
    (a.name === b.name || a.name === null || b.name === null)
  )
}
