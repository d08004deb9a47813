// Bounds on what a client may ask for: those that the Session object tells (RFC 8620 §2), and those of requests themselves.

/** Bytes of one uploaded file. */
export const UPLOAD_BYTES_MAX = 50_000_000
export const CONCURRENT_UPLOADS_MAX = 4
export const REQUEST_BYTES_MAX = 10_000_000
export const PASSWORD_BYTES_MAX = 1_024
export const CONCURRENT_REQUESTS_MAX = 8
export const CALLS_IN_REQUEST_MAX = 64
export const OBJECTS_IN_GET_MAX = 1000
export const OBJECTS_IN_SET_MAX = 1000

/** Levels of arrays and objects in a request. */
export const JSON_DEPTH_MAX = 64
/** Values (numbers, strings, arrays, …) and member names in a request. */
export const JSON_VALUES_MAX = 200_000

/** Characters of one id (RFC 8620 §1.2). */
export const ID_LENGTH_MAX = 255

/** Bytes of the responses to one request. A method whose response does not fit is refused. */
export const RESPONSE_BYTES_MAX = 64 * 1_048_576
/** Values that a result reference may give. */
export const REFERENCE_ITEMS_MAX = 100_000

/** Ids of one query's response. */
export const QUERY_IDS_MAX = 25_000
/** Ids of one `/changes` response, if the client names no number. */
export const CHANGES_MAX = 10_000
/** Items of one `/queryChanges` response. A client that missed more asks for the query again. */
export const QUERY_CHANGES_MAX = 10_000

/** Conditions and operators of one filter, and its depth. */
export const FILTER_TERMS_MAX = 256
export const FILTER_DEPTH_MAX = 16
/** Comparators of one sort. */
export const SORT_LENGTH_MAX = 8

/** As docs/formats/journal.md §3.4 has it. */
export const KEYWORDS_PER_EMAIL_MAX = 128
/** Different keywords in one account: each costs memory, and IMAP's clients a line. */
export const KEYWORDS_MAX = 500
export const MAILBOXES_PER_EMAIL_MAX = 1000
/** Bytes of the last component of a mailbox's path, and how deep mailboxes nest. */
export const MAILBOX_NAME_BYTES_MAX = 255
export const MAILBOX_DEPTH_MAX = 32

/** Bytes of attachments in one message that is composed, before they are encoded. */
export const ATTACHMENT_BYTES_MAX = 50_000_000
/** Bytes of all blobs that a client uploaded and that wait to be used. */
export const UPLOADED_BYTES_MAX = 2 * UPLOAD_BYTES_MAX
export const UPLOADS_MAX = 1000
/** RFC 8620 §6: at least an hour. */
export const UPLOAD_LIFETIME_MS = 90 * 60_000

/** Recipients of one submission. */
export const RECIPIENTS_MAX = 1000
export const IDENTITIES_MAX = 64
/** Submissions that are remembered; the oldest give way. */
export const SUBMISSIONS_MAX = 256

/** Seconds between pings (RFC 8620 §7.3). */
export const PING_SECONDS_MIN = 30
export const PING_SECONDS_MAX = 900
/** Changes that come within this time are told together. */
export const PUSH_DELAY_MS = 100

/** Points in time of one response (docs/formats/jmap-restore.md). */
export const POINTS_IN_ANSWER_MAX = 1000
/** Minutes that a clock may be ahead of UTC, or behind it. */
export const UTC_OFFSET_MAX = 1440
/** Messages of then in one response: most have to be opened. */
export const PAST_MESSAGES_MAX = 100
/** Messages that one call of Restore/run brings back. */
export const RESTORED_AT_ONCE_MAX = 200
/** Paths of mailboxes for one message of a report. */
export const LISTED_MAILBOXES_MAX = 16
