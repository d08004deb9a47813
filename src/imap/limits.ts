// Bounds on what a client may send, so that neither memory nor time can be taken by asking for it.

export interface ReaderLimits {
  /** Bytes of one command without its literals, line ends included. */
  readonly lineBytesMax: number
  /** Bytes of one literal that is kept in memory (that of APPEND is not: it goes to the account as it comes). */
  readonly literalBytesMax: number
  /** Bytes of one command with the literals kept in memory. */
  readonly commandBytesMax: number
  /** Bytes of a command that are read past because it was refused or is too long; for more than this the connection is not worth keeping. */
  readonly discardedBytesMax: number
}

export const sessionLimits: ReaderLimits = {
  lineBytesMax: 65_536,
  literalBytesMax: 65_536,
  commandBytesMax: 262_144,
  discardedBytesMax: 128 * 1_048_576,
}

/** Before login the longest honest command is AUTHENTICATE with its initial response. */
export const preauthLimits: ReaderLimits = {
  lineBytesMax: 8_192,
  literalBytesMax: 1_024,
  commandBytesMax: 16_384,
  discardedBytesMax: 65_536,
}

/** Parentheses within parentheses, in SEARCH and everywhere else. */
export const NESTING_MAX = 24

/** Items of one list: FETCH items, header names, flags, SEARCH keys. */
export const LIST_ITEMS_MAX = 1_000

/** Length of one keyword (flag). */
export const KEYWORD_BYTES_MAX = 100

/** Keywords in one command: what the journal's operations allow (docs/formats/journal.md §3). */
export const COMMAND_KEYWORDS_MAX = 100

/** Different keywords in one account: they cost memory and a line at each SELECT. */
export const KEYWORDS_MAX = 500

/** Bytes of a whole mailbox path, in UTF-8. */
export const PATH_BYTES_MAX = 1_000

/** Malformed commands in a row after which the session ends. */
export const ERRORS_MAX = 25

/** A session that sends nothing for this long is ended (RFC 3501 §5.4: at least 30 minutes; so that IDLE, RFC 2177, renewed every 29 minutes, lives). */
export const AUTOLOGOUT_MS = 30 * 60_000 + 15_000
