// What a client does with the server's answer to Integrity/get: docs/formats/jmap-integrity.md §1. It knows what it saw the last time, and
// believes the server nothing that is not signed and proven.

import { type Bytes, verifyConsistency } from './merkle.ts'
import { type SignedHead, fromBase64, readNote, toBase64 } from './note.ts'

/** What this browser verified the last time. */
export interface KnownLog {
  readonly size: number
  /** Base64. */
  readonly root: string
  readonly ledgerKey: string
  readonly ownerKey: string
  /** Of the newest mark, or -1. */
  readonly mark: number
}

export interface ServerAlarm {
  readonly kind: string
  readonly text: string
  readonly found: string
  readonly acknowledged: string | null
}

/** How the server's disk is read again, whether somebody opens the mail or not. */
export interface ServerScrub {
  /** Promised, in seconds; null if nothing is. */
  readonly every: number | null
  readonly since: string | null
  readonly isRead: boolean
  readonly isDirect: boolean
  readonly repaired: number
  readonly unrepairable: number
}

/** What rehearsals of restoring the account came to. */
export interface ServerRehearsal {
  /** How often there is to be one, in seconds; null: only when somebody asks. */
  readonly every: number | null
  readonly isOverdue: boolean
  readonly isUnderWay: boolean
  /** The last one failed, and nobody has acknowledged it. */
  readonly isAlarming: boolean
  /** When there was no room on the disk for one. */
  readonly noRoom: string | null
  /** When one found everything. */
  readonly whole: string | null
  readonly last: {
    readonly ended: string
    readonly seconds: number
    readonly isWhole: boolean
    readonly isDirect: boolean
    readonly payloads: number
    readonly bytes: number
    readonly messages: number | null
    readonly mailboxes: number | null
    readonly point: { readonly time: string; readonly messages: number; readonly gone: number } | null
    readonly found: number
    readonly findings: readonly { readonly text: string; readonly name: string | null }[]
  } | null
}

export interface IntegrityResponse {
  readonly accountId: string
  readonly checkpoint: string | null
  readonly ledgerKey: string | null
  readonly ownerKey: string
  readonly consistency: readonly string[] | null
  readonly mark: { readonly note: string; readonly record: number; readonly consistency: readonly string[] } | null
  readonly alarms: readonly ServerAlarm[]
  readonly scrub: ServerScrub | null
  readonly rehearsal: ServerRehearsal | null
}

export type Checked =
  /** `log` is null if nothing is signed yet. */
  { readonly kind: 'good'; readonly log: KnownLog | null } | { readonly kind: 'alarm'; readonly text: string }

const alarm = (text: string): Checked => ({ kind: 'alarm', text })

export async function checkLog(answer: IntegrityResponse, known: KnownLog | null): Promise<Checked> {
  const { checkpoint, ledgerKey, ownerKey } = answer
  if (known !== null && ownerKey !== known.ownerKey) return alarm('The server names another key as yours.')
  if (known !== null && ledgerKey !== known.ledgerKey) return alarm('The server signs with another key than before.')
  if (checkpoint === null || ledgerKey === null) {
    return known === null
      ? { kind: 'good', log: null }
      : alarm('The server shows no signed state of your mail, and did so before.')
  }
  const head = await readNote(checkpoint, ledgerKey)
  if (head === null || `a${head.account}` !== answer.accountId || head.extensions.length > 0)
    return alarm('The state of your mail that the server shows is not signed by the server.')
  if (known !== null) {
    if (head.size < known.size)
      return alarm(
        `Your mail store had ${known.size} records, and has ${head.size} now: it was put back to an older state.`,
      )
    if (!(await goesOn(known, head, answer.consistency)))
      return alarm(
        `Your mail store is not the one that this browser saw: the server cannot prove that it goes on from there.`,
      )
  }
  const mark = await readMark(answer, head)
  if (mark === null) return alarm('The server shows a signature as yours that is not, or is of another mail store.')
  if (known !== null && mark < known.mark)
    return alarm('Your own signatures, which this browser saw, are missing from the mail store.')
  return { kind: 'good', log: { size: head.size, root: toBase64(head.root), ledgerKey, ownerKey, mark } }
}

async function goesOn(known: KnownLog, head: SignedHead, proof: readonly string[] | null): Promise<boolean> {
  const root = fromBase64(known.root)
  const hashes = hashesOf(proof)
  return root !== null && hashes !== null && verifyConsistency({ size: known.size, root }, head, hashes)
}

/** The number of the owner's last mark; -1 if there is none, null if it is not right. */
async function readMark({ mark, ownerKey }: IntegrityResponse, head: SignedHead): Promise<number | null> {
  if (mark === null) return -1
  const signed = await readNote(mark.note, ownerKey)
  const hashes = hashesOf(mark.consistency)
  if (signed === null || hashes === null || signed.account !== head.account) return null
  const [numberLine = '', ownerLine] = signed.extensions
  const number = /^mark (0|[1-9]\d{0,14})$/.exec(numberLine)?.[1]
  if (number === undefined || ownerLine !== `owner ${ownerKey}`) return null
  return (await verifyConsistency(signed, head, hashes)) ? Number(number) : null
}

function hashesOf(proof: readonly string[] | null): Bytes[] | null {
  const hashes = (proof ?? []).map(fromBase64)
  return proof === null || hashes.includes(null) ? null : (hashes as Bytes[])
}
