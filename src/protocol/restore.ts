// What the administrator's command asks of a vault about an account of then (docs/formats/frames.md §4.4): points in time, what there was, and
// making it so again. The account is unlocked.

import { bool, fixed, list, nullable, oneOf, text, u32, u53, variant, struct } from '#base/codec.ts'
import { POINT_KINDS } from '#account/past/points.ts'
import { LISTED_MAX, RESTORE_KINDS } from '#account/past/restore-request.ts'
import { PREVIEW_FILES_MAX, PREVIEW_LENGTH_MAX } from '#account/past/preview.ts'

export const POINTS_IN_ANSWER = 1000
export const MESSAGES_IN_ANSWER = 100
/** A day ahead of UTC, in minutes: offsets are told from there, so that none is negative. */
export const OFFSET_BASE = 1440

const MAILBOXES_MAX = 10_000
export const SETTINGS_MAX = 10_000
/** Nested 32 deep, with names of 255 bytes. */
const PATH_BYTES_MAX = 8_192
const KEY_BYTES_MAX = 255
const LINE_BYTES_MAX = 1_000
const KEYWORDS_MAX = 256

const path = text(PATH_BYTES_MAX)
const line = text(LINE_BYTES_MAX)
const keywords = list(text(128), KEYWORDS_MAX)
const kinds = list(oneOf(...RESTORE_KINDS), RESTORE_KINDS.length)

const moment = variant({ time: { ms: u53 }, record: { record: u53 } })
const scope = variant({ everything: {}, mailbox: { mailbox: u32 }, message: { email: u32 } })
const message = { email: u32, record: u53 }

const change = variant({
  createMailbox: { path },
  changeMailbox: { path, was: path, what: list(text(32), 8) },
  removeMailbox: { path },
  mergeMailbox: { path },
  restoreMessage: { ...message, mailboxes: list(path, 16) },
  moveMessage: { ...message, mailboxes: list(path, 16) },
  flagMessage: { ...message, keywords },
  removeMessage: message,
  setSetting: { key: text(KEY_BYTES_MAX) },
  removeSetting: { key: text(KEY_BYTES_MAX) },
})

const problem = variant({
  message: { ...message, reason: oneOf('dropped', 'damaged', 'noMailbox') },
  mailbox: { path },
})

const counts = struct({
  createMailbox: u53,
  changeMailbox: u53,
  removeMailbox: u53,
  mergeMailbox: u53,
  restoreMessage: u53,
  moveMessage: u53,
  flagMessage: u53,
  removeMessage: u53,
  setSetting: u53,
  removeSetting: u53,
})

export const restoreRequests = {
  /** Older than the record `before`, the newest first. */
  pastPoints: {
    id: fixed(16),
    unit: oneOf('day', 'hour'),
    utcOffset: u32,
    before: nullable(u53),
  },
  pastAccount: { id: fixed(16), moment },
  pastMessages: { id: fixed(16), record: u53, mailbox: u32, position: u53, limit: u32 },
  pastMessage: { id: fixed(16), record: u53, email: u32 },
  restore: {
    id: fixed(16),
    record: u53,
    scope,
    kinds,
    conflict: oneOf('merge', 'rename'),
    dry: bool,
  },
} as const

export const restoreResponses = {
  pastPoints: {
    points: list(struct({ record: u53, from: u53, to: u53, counts: list(u53, POINT_KINDS.length) }), POINTS_IN_ANSWER),
    isCut: bool,
  },
  /** There was no account then. */
  noPast: {},
  /** There was no such mailbox or message then. */
  noneThen: {},
  pastAccount: {
    record: u53,
    time: u53,
    mailboxes: list(
      struct({ id: u32, path, role: nullable(text(32)), subscribed: bool, messages: u53, unseen: u53 }),
      MAILBOXES_MAX,
    ),
    settings: list(text(KEY_BYTES_MAX), SETTINGS_MAX),
  },
  pastMessages: {
    total: u53,
    messages: list(
      struct({
        email: u32,
        receivedAt: u53,
        state: oneOf('present', 'dropped', 'damaged'),
        subject: line,
        from: line,
        sizeBytes: u53,
        keywords,
        deleted: bool,
        /** It has gone, and can be brought back until then at least. */
        restorableUntil: nullable(u53),
      }),
      MESSAGES_IN_ANSWER,
    ),
  },
  pastMessage: {
    state: oneOf('present', 'dropped', 'damaged'),
    from: line,
    to: line,
    subject: line,
    sentAt: nullable(u53),
    text: text(PREVIEW_LENGTH_MAX * 3),
    isCut: bool,
    files: list(line, PREVIEW_FILES_MAX),
    sizeBytes: u53,
  },
  restored: {
    counts,
    changes: list(change, LISTED_MAX),
    problemCount: u53,
    problems: list(problem, LISTED_MAX),
    staying: u53,
    isFinished: bool,
  },
} as const
