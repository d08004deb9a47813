// What the administrator's command asks of a vault about restoring an account from what is on the disk (docs/formats/frames.md §4.4). The account is unlocked. Until it is
// answered, `rehearsing` is told as news.

import { bool, fixed, list, nullable, oneOf, struct, text, u53 } from '#base/codec.ts'
import { FINDINGS_LISTED, REHEARSAL_FINDING_KINDS } from '#account/rehearsal/finding.ts'

const FILE_BYTES_MAX = 255
const NAME_BYTES_MAX = 1_000
const WHAT_BYTES_MAX = 1_000

const finding = struct({
  kind: oneOf(...REHEARSAL_FINDING_KINDS),
  records: nullable(struct({ from: u53, to: u53 })),
  file: text(FILE_BYTES_MAX),
  bytes: struct({ start: u53, end: u53 }),
  id: nullable(u53),
  name: nullable(text(NAME_BYTES_MAX)),
  what: text(WHAT_BYTES_MAX),
})

export const rehearsalRequests = {
  /** One from the beginning, now. When the connection ends, so does the work. */
  rehearse: { id: fixed(16) },
} as const

export const rehearsalResponses = {
  rehearsing: { phase: oneOf('reading', 'journal', 'messages', 'comparing', 'planning'), done: u53, total: u53 },
  /** There is no room for a second index. */
  noRoom: {},
  rehearsed: {
    began: u53,
    ended: u53,
    tookMs: u53,
    records: u53,
    payloads: u53,
    bytes: u53,
    mails: u53,
    dropped: u53,
    isDirect: bool,
    restored: nullable(struct({ messages: u53, mailboxes: u53 })),
    keySlots: u53,
    point: nullable(struct({ record: u53, time: u53, messages: u53, changes: u53, gone: u53, problems: u53 })),
    findingCount: u53,
    findings: list(finding, FINDINGS_LISTED),
  },
} as const
