// How far the digests of an account have come, from its log: the `digests` records that it has.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import { DamagedRecordError } from './damage.ts'
import { type DigestProgress, NO_PROGRESS } from './digest-note.ts'
import { type Digests, isSignedDigests, parseDigests } from './digests.ts'
import type { OpenContext } from './open-context.ts'
import { LogReader } from './reader.ts'

const RECORDS_PER_STEP = 64

/**
 * Up to the records that are settled. `known` is what is known of the log's beginning. A `digests` record that cannot be read, or that the ledger has not signed, covers
 * nothing: what it covered is covered again.
 */
export function* readProgress(
  { disk, directory, publicKey }: Pick<OpenContext, 'disk' | 'directory' | 'publicKey'>,
  account: AccountId,
  known: DigestProgress,
  settled: number,
): Steps<DigestProgress> {
  // The log is another than the one that was looked at.
  let progress = known.scanned > settled || known.reach > known.scanned ? NO_PROGRESS : known
  if (progress.scanned === settled) return progress
  using reader = new LogReader(disk, directory, account)
  let walked = 0
  for (const record of reader.records({ seq: progress.scanned as Seq, location: null }, { onlyHeads: true })) {
    if (++walked % RECORDS_PER_STEP === 0) yield
    if (record.headDamage !== null) continue
    const { header, location, state } = record
    if (header.seq >= settled) break
    if (header.kind !== 'digests' || state !== 'present') continue
    const payload = payloadOrNull(() => reader.readPayload(location, header))
    const digests = payload === null ? null : parseDigests(payload)
    if (payload === null || digests?.first !== progress.reach) continue
    if (isSignedDigests(publicKey, account, payload)) progress = withDigests(progress, digests)
  }
  return { ...progress, scanned: settled }
}

function payloadOrNull(read: () => Buffer): Buffer | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof DamagedRecordError) return null
    throw error
  }
}

export function withDigests(progress: DigestProgress, { first, entries, chain }: Digests): DigestProgress {
  const count = (...kinds: string[]): number => entries.filter(({ kind }) => kinds.includes(kind)).length
  return {
    scanned: progress.scanned,
    reach: first + entries.length,
    chain,
    added: progress.added + count('added'),
    dropped: progress.dropped + count('dropped'),
    damaged: progress.damaged + count('damaged', 'headDamaged'),
  }
}
