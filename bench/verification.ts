// What it costs FETCH that every read is verified: the digest of each record's payload and the comparison of its head, as the vault computes them for every message that it
// reads, against the time that a whole Mailkeep takes to give that message to an IMAP client. In turns, in one run. The verification is measured in this process, one after the
// other on one processor; the vault spends its time on one processor, too, so that the ratio is an upper bound of what FETCH would gain without it. Run: `sh tools/run bench/verification.ts`.

import { type AccountId, type Seq, accountIdFromBytes } from '#base/ids.ts'
import { randomBytes } from '#crypto/random.ts'
import { type RecordHeader, encodeHead, payloadDigest, payloadIfWhole } from '#ledger/record.ts'
import { TEN_KILOBYTES, opened, sizeOf } from './mailboxes.ts'
import { median } from './measure.ts'
import { startMeasured } from './peers/mailkeep.ts'

const ROUNDS = 9
const SCALE = { messages: 2000 }
/** Of the fetch's time. */
const SHARE_MAX = 0.1
const ACCOUNT: AccountId = accountIdFromBytes(Buffer.alloc(16, 7))
/** What a seal adds to a message of this size. */
const SEALED_BYTES = TEN_KILOBYTES + 1800

interface Sealed {
  readonly head: Buffer
  readonly record: Buffer
}

function sealed(seq: number): Sealed {
  const payload = randomBytes(SEALED_BYTES)
  const header: RecordHeader = {
    kind: 'mail',
    digestAlgorithm: 'sha256',
    seq: seq as Seq,
    time: 0,
    payloadLength: payload.length,
    account: ACCOUNT,
    digest: payloadDigest('sha256', payload),
  }
  const head = encodeHead(header)
  return { head, record: Buffer.concat([head, payload]) }
}

/** Microseconds for each. */
function verify(records: readonly Sealed[]): number {
  const begin = performance.now()
  for (const { head, record } of records) {
    if (payloadIfWhole(record, head) === null) throw new Error('the record is whole')
  }
  return ((performance.now() - begin) * 1000) / records.length
}

await using server = await startMeasured()
using connection = (await opened(server, 'tenKilobytes', SCALE)) as NonNullable<Awaited<ReturnType<typeof opened>>>
const messages = sizeOf('tenKilobytes', SCALE)
const records = Array.from({ length: messages }, (_, seq) => sealed(seq))
const fetches: number[] = []
const verifications: number[] = []
for (let round = -2; round < ROUNDS; round++) {
  const begin = performance.now()
  await connection.command('FETCH 1:* (UID BODY.PEEK[])')
  const fetched = ((performance.now() - begin) * 1000) / messages
  const verified = verify(records)
  if (round < 0) continue
  fetches.push(fetched)
  verifications.push(verified)
}
const shares = fetches.map((fetched, round) => (verifications[round] as number) / fetched)
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
console.log(
  `FETCH of ${messages} messages of 10 KB: ${median(fetches).toFixed(0)} µs for each, of which ${median(verifications).toFixed(1)} µs verify it: ` +
    `${percent(median(shares))} [${percent(Math.min(...shares))} to ${percent(Math.max(...shares))}], at most ${percent(SHARE_MAX)}: ${median(shares) <= SHARE_MAX ? 'met' : 'MISSED'}`,
)
