// What an account's log has released, read by itself: mail records that no e-mail stands for, and no others.

import type { Seq } from '#base/ids.ts'
import type { LogReader } from '#ledger/reader.ts'
import { parseRelease } from '#ledger/release.ts'

export interface ReleasedMail {
  readonly mail: ReadonlySet<number>
  readonly released: ReadonlySet<number>
  /** Release records, and those of them that did not come along with a journal record. */
  readonly records: number
  readonly alone: number
}

export function releasedIn(reader: LogReader): ReleasedMail {
  const mail = new Set<number>()
  const released = new Set<number>()
  let [records, alone, previous] = [0, 0, '']
  for (const record of reader.records({ seq: 0 as Seq, location: null })) {
    if (record.header === null) throw new Error('a damaged head')
    const { header, location } = record
    if (header.kind === 'mail') mail.add(header.seq)
    if (header.kind === 'release') {
      records++
      if (previous !== 'journal') alone++
      const release = parseRelease(reader.readPayload(location, header))
      for (const [first, last] of release?.released ?? []) {
        for (const seq of mail) if (seq >= first && seq <= last) released.add(seq)
      }
      for (const [first, last] of release?.kept ?? []) {
        for (const seq of mail) if (seq >= first && seq <= last) released.delete(seq)
      }
    }
    previous = header.kind
  }
  return { mail, released, records, alone }
}
