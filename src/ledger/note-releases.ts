// Reading what an account's log releases, and keeps again, from where it was read before.

import type { AccountId, Seq } from '#base/ids.ts'
import type { NumberRange } from '#base/number-ranges.ts'
import type { Steps } from '#base/steps.ts'
import { DamagedRecordError } from './damage.ts'
import type { OpenContext } from './open-context.ts'
import { LogReader } from './reader.ts'
import { type Release, parseRelease } from './release.ts'
import { ReleaseNotes } from './release-notes.ts'

const RECORDS_PER_STEP = 64

export interface Noted {
  readonly notes: ReleaseNotes
  /** False: a record that says, or may say, what is kept again cannot be read. What comes after it is not noted. */
  readonly isWhole: boolean
}

/** Up to the records that are settled. `known` is null if nothing is noted of the account; else it is what is returned. */
export function* noteReleases(
  { disk, directory }: Pick<OpenContext, 'disk' | 'directory'>,
  account: AccountId,
  known: ReleaseNotes | null,
  settled: number,
  nowMs: number,
): Steps<Noted> {
  const notes = known ?? new ReleaseNotes()
  notes.notAfter(nowMs)
  // From the beginning, once there is room for what did not fit: what is noted keeps its time.
  if (notes.isCut && notes.hasRoom) notes.readAgain()
  if (notes.size >= settled) return { notes, isWhole: true }
  using reader = new LogReader(disk, directory, account)
  let walked = 0
  for (const record of reader.records({ seq: notes.size as Seq, location: null }, { onlyHeads: true })) {
    if (record.headDamage !== null) return { notes, isWhole: false }
    const { header, location } = record
    if (header.seq >= settled) break
    if (header.kind === 'release') {
      const payload = payloadOrNull(() => reader.readPayload(location, header))
      if (payload === null) return { notes, isWhole: false }
      const release = parseRelease(payload)
      if (release !== null) notes.add(before(release, header.seq), nowMs)
    }
    notes.size = header.seq + 1
    if (++walked % RECORDS_PER_STEP === 0) yield
  }
  return { notes, isWhole: true }
}

function payloadOrNull(read: () => Buffer): Buffer | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof DamagedRecordError) return null
    throw error
  }
}

/** Nothing is released before it is there. */
function before({ released, kept }: Release, seq: number): Release {
  const cut = (ranges: readonly NumberRange[]): NumberRange[] =>
    ranges.flatMap(([first, last]): NumberRange[] => (first < seq ? [[first, Math.min(last, seq - 1)]] : []))
  return { released: cut(released), kept: cut(kept) }
}
