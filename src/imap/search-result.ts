// Responses to SEARCH: the list of RFC 3501 §7.2.5 and the ESEARCH of RFC 9051 §7.3.4, and the result that `$` stands for.

import type { Mask } from './search-node.ts'
import type { SearchRows } from './search-rows.ts'
import { formatRanges, rangesOf } from './sequence-set.ts'
import type { Session } from './session.ts'

export type SearchReturn = 'MIN' | 'MAX' | 'ALL' | 'COUNT' | 'SAVE'

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

/** Of the found rows, those that MIN and MAX ask for when nothing asks for all (RFC 5182 §2.4, RFC 7162 §3.1.10). */
function chosen(found: readonly number[], returns: ReadonlySet<SearchReturn>): readonly number[] {
  const isPartial = (returns.has('MIN') || returns.has('MAX')) && !returns.has('ALL') && !returns.has('COUNT')
  if (!isPartial || found.length === 0) return found
  const ends = new Set<number>()
  if (returns.has('MIN')) ends.add(found[0] as number)
  if (returns.has('MAX')) ends.add(found.at(-1) as number)
  return [...ends]
}

export function saveResult(
  session: Session,
  rows: SearchRows,
  found: readonly number[],
  returns: ReadonlySet<SearchReturn>,
): void {
  session.savedUids = rangesOf(chosen(found, returns).map((row) => rows.uids[row] as number))
}

export function writeEsearch(
  session: Session,
  rows: SearchRows,
  found: readonly number[],
  returns: ReadonlySet<SearchReturn>,
  isUid: boolean,
  hasModseq: boolean,
): void {
  // RFC 9051 §6.4.4.1: SAVE alone asks for no response.
  if (returns.size === 1 && returns.has('SAVE')) return
  const parts = [`* ESEARCH (TAG "${session.tag}")`]
  if (isUid) parts.push('UID')
  if (found.length > 0) {
    if (returns.has('MIN')) parts.push(`MIN ${numberOf(rows, found[0] as number, isUid)}`)
    if (returns.has('MAX')) parts.push(`MAX ${numberOf(rows, found.at(-1) as number, isUid)}`)
    if (returns.has('ALL')) parts.push(`ALL ${formatRanges(rangesOf(found.map((row) => numberOf(rows, row, isUid))))}`)
  }
  if (returns.has('COUNT')) parts.push(`COUNT ${found.length}`)
  if (hasModseq && found.length > 0) parts.push(`MODSEQ ${highestModseq(rows, chosen(found, returns))}`)
  session.out.line(parts.join(' '))
}
