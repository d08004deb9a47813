// What processes ask of the ledger (docs/formats/frames.md §4.1). There is no request that changes or removes a record. Which accounts
// and kinds a client may append follows from its socket (`src/processes/ledger.ts`).

import { bytes, fixed, list, nullable, oneOf, struct, u32, u53, variant } from '#base/codec.ts'
import { APPEND_BYTES_MAX, APPEND_RECORDS_MAX } from '#account/account-log.ts'
import { HEAD_BYTES } from '#ledger/record.ts'
import type { CallSchema } from './call-server.ts'

/** Bytes of one piece of a staged payload. */
export const CHUNK_BYTES_MAX = 65_536
const ENTRIES_MAX = 4_096

const account = fixed(16)

/** A record that is in the log: its head (docs/formats/ledger.md §2), and where it is. */
const entry = struct({ head: fixed(HEAD_BYTES), segment: u53, offset: u32 })

const request = variant({
  append: {
    account,
    /** Segments of the account may have this many bytes afterwards. */
    quotaBytes: nullable(u53),
    records: list(
      struct({
        kind: oneOf('mail', 'journal', 'slot', 'mark', 'release'),
        payload: variant({ inline: { bytes: bytes(APPEND_BYTES_MAX) }, staged: { stage: u32 } }),
      }),
      APPEND_RECORDS_MAX,
    ),
  },
  /** Begins a payload that comes in pieces. The client chooses the number, which is free. */
  stage: { stage: u32, account },
  chunk: { stage: u32, bytes: bytes(CHUNK_BYTES_MAX) },
  finish: { stage: u32 },
  discard: { stage: u32 },
  /** From here on the client is told of every record. */
  watch: { account },
  unwatch: { account },
  /** Bytes of the account's segments. */
  usage: { account },
  /** Answered when the record, which is durable, can be read. */
  settled: { account, seq: u53 },
  /**
   * Something of the segment, named by its first record, cannot be read as it was written; null: of what can be made again from segments.
   * Answered when what can be repaired is.
   */
  repair: { account, segment: nullable(u53) },
})

const response = variant({
  done: {},
  refused: { reason: oneOf('noSpace', 'overQuota', 'tooLarge', 'unavailable') },
  appended: { firstSeq: u53, time: u53, entries: list(entry, ENTRIES_MAX) },
  watching: { size: u53 },
  usage: { bytes: u53 },
  examined: { outcome: oneOf('intact', 'repaired', 'unrepairable', 'unavailable') },
  /** News, in order and without gaps: records that can be read now. */
  records: { account, entries: list(entry, ENTRIES_MAX) },
})

export const ledgerSchema = {
  request,
  response,
  requestBytesMax: 2 * APPEND_BYTES_MAX,
  responseBytesMax: 1024 * 1024,
} satisfies CallSchema<unknown, unknown>

export type LedgerRequest = Parameters<typeof request.write>[1]
export type LedgerResponse = Parameters<typeof response.write>[1]
