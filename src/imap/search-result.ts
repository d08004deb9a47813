// Responses to SEARCH: the list of RFC 3501 §7.2.5 and the ESEARCH of RFC 9051 §7.3.4, and the result that `$` stands for.

import type { Mailbox } from '#account/account.ts'
import { renderMailboxName } from './mailbox-name.ts'
import { type PartialRange, partOf } from './partial-range.ts'
import type { Mask } from './search-node.ts'
import type { SearchRows } from './search-rows.ts'
import type { SearchReturns } from './search-return.ts'
import { formatNumbersInOrder, rangesOf } from './sequence-set.ts'
import type { Session } from './session.ts'

/** Numbers that are written without a look at whether the client keeps up. */
const NUMBERS_PER_LOOK = 65_536

export function foundRows(mask: Mask): number[] {
  const rows: number[] = []
  for (let row = 0; row < mask.length; row++) if (mask[row] === 1) rows.push(row)
  return rows
}

function numberOf(rows: SearchRows, row: number, isUid: boolean): number {
  return isUid ? (rows.uids[row] as number) : (rows.positions[row] as number) + 1
}

function highestModseq(rows: SearchRows, found: readonly number[]): number {
  let highest = 0
  for (const row of found) highest = Math.max(highest, rows.modseqs[row] as number)
  return highest
}

/** `* SEARCH` or `* SORT` and the numbers of the rows, in their order. */
export async function writeNumbers(
  session: Session,
  name: 'SEARCH' | 'SORT',
  rows: SearchRows,
  found: readonly number[],
  isUid: boolean,
  hasModseq: boolean,
): Promise<void> {
  const { out } = session
  out.text(`* ${name}`)
  session.isWithinReply = true
  for (let index = 0; index < found.length; index++) {
    out.text(' ')
    out.number(numberOf(rows, found[index] as number, isUid))
    if (index % 4096 === 4095) await session.room()
  }
  session.isWithinReply = false
  // RFC 7162 §3.1.6: of the messages found.
  if (hasModseq && found.length > 0) out.text(` (MODSEQ ${highestModseq(rows, found)})`)
  out.line('')
}

/**
 * Of the found rows, those that the options ask for when nothing asks for all (RFC 5182 §2.4, RFC 7162 §3.1.10, RFC 9394 §3.2): the ends
 * for MIN and MAX, and the part for PARTIAL.
 */
function chosen(found: readonly number[], { names, partial }: SearchReturns): readonly number[] {
  const isPart = names.has('MIN') || names.has('MAX') || partial !== null
  if (!isPart || names.has('ALL') || names.has('COUNT') || found.length === 0) return found
  const rows = new Set(partial === null ? [] : partialRows(found, partial))
  if (names.has('MIN')) rows.add(found[0] as number)
  if (names.has('MAX')) rows.add(found.at(-1) as number)
  return [...rows]
}

function partialRows(found: readonly number[], partial: PartialRange): readonly number[] {
  const { start, end } = partOf(found.length, partial)
  return found.slice(start, end)
}

export function saveResult(session: Session, rows: SearchRows, found: readonly number[], returns: SearchReturns): void {
  const uids = Uint32Array.from(chosen(found, returns), (row) => rows.uids[row] as number)
  session.savedUids = rangesOf(uids.sort())
}

/**
 * `found` in the order of the mailbox, or sorted (RFC 5267 §3.1): MIN and MAX are the first and the last of it. With a mailbox the response says
 * of which it is.
 */
export async function writeEsearch(
  session: Session,
  rows: SearchRows,
  found: readonly number[],
  returns: SearchReturns,
  isUid: boolean,
  hasModseq: boolean,
  mailbox: Mailbox | null = null,
): Promise<void> {
  const { names, partial } = returns
  // RFC 9051 §6.4.4.1: SAVE alone asks for no response.
  if (names.size === 1 && names.has('SAVE')) return
  const { out } = session
  out.text(`* ESEARCH (TAG "${session.tag}"`)
  if (mailbox !== null) {
    // RFC 7377 §2.1.
    out.text(' MAILBOX ')
    out.bytes(renderMailboxName(mailbox.path, session.isUtf8))
    out.text(` UIDVALIDITY ${mailbox.uidValidity}`)
  }
  out.text(')')
  if (isUid) out.text(' UID')
  if (found.length > 0) {
    if (names.has('MIN')) out.text(` MIN ${numberOf(rows, found[0] as number, isUid)}`)
    if (names.has('MAX')) out.text(` MAX ${numberOf(rows, found.at(-1) as number, isUid)}`)
  }
  session.isWithinReply = true
  if (found.length > 0 && names.has('ALL')) {
    out.text(' ALL ')
    await writeSet(session, rows, found, isUid)
  }
  if (partial !== null) {
    const part = partialRows(found, partial)
    out.text(` PARTIAL (${partial.text} `)
    if (part.length === 0) out.text('NIL')
    else await writeSet(session, rows, part, isUid)
    out.text(')')
  }
  session.isWithinReply = false
  if (names.has('COUNT')) out.text(` COUNT ${found.length}`)
  const told = hasModseq ? chosen(found, returns) : []
  if (told.length > 0) out.text(` MODSEQ ${highestModseq(rows, told)}`)
  out.line('')
}

/** As a sequence set, in the order given. */
async function writeSet(session: Session, rows: SearchRows, found: readonly number[], isUid: boolean): Promise<void> {
  let start = 0
  while (start < found.length) {
    const end = Math.min(start + NUMBERS_PER_LOOK, found.length)
    if (start > 0) session.out.text(',')
    session.out.text(formatNumbersInOrder(found.slice(start, end).map((row) => numberOf(rows, row, isUid))))
    await session.room()
    start = end
  }
}
